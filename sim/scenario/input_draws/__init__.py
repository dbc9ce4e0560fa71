"""Inputs drawn from their evidence cards."""

from sim.scenario.input_draws.card_laws import CardLaw, law_of
from sim.scenario.input_draws.drawing import PRICE_DRAW, InputDraws, UnfitCard, draw_inputs
from sim.scenario.input_draws.points import Design, points

__all__ = ["PRICE_DRAW", "CardLaw", "Design", "InputDraws", "UnfitCard", "draw_inputs", "law_of", "points"]
