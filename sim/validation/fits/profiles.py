"""Profiles as tables: what a plan says of each combination of attribute values, and then by level and reason.

Row k of every table is the k-th kind. Short rows are filled up with what is never chosen.
"""

import math
from collections.abc import Sequence

import numpy as np

from sim.model.plan import Entry, Plan, Ways
from sim.vocabulary import NONE, Column


class Profiles:
    """The kinds of patient that are met, and of which kind each patient is (`of`)."""

    def __init__(self, plan: Plan, values: Sequence[tuple[int, ...]]) -> None:
        """values: attribute values of each patient."""
        number = {own: code for code, own in enumerate(dict.fromkeys(values))}
        profiles = [plan.profile(own) for own in number]
        levels = [profile.levels for profile in profiles]
        self.of = np.array([number[own] for own in values])
        # The clock of use, and the chances of life at home.
        self.median = np.array([profile.curve[0] for profile in profiles])
        self.shape = np.array([profile.curve[1] for profile in profiles])
        self.share_of_setbacks = np.array([profile.share_of_setbacks for profile in profiles])
        self.relapse = np.array([profile.relapse for profile in profiles])
        self.remission = np.array([profile.remission for profile in profiles])
        self.return_odds = np.array([profile.return_odds for profile in profiles])
        self.entry = [Placements([profile.entry[returning] for profile in profiles]) for returning in (False, True)]
        # By level.
        self.relapse_in = np.array([[level.relapse for level in row] for row in levels])
        self.risk_odds = np.array([[level.risk_odds for level in row] for row in levels])
        self.no_show = np.array([[level.no_show for level in row] for row in levels])
        self.length_of_stay = np.array([[level.length_of_stay for level in row] for row in levels])
        self.authorised = np.array([[level.authorised.days for level in row] for row in levels])
        self.extended = any(level.authorised.most for row in levels for level in row)
        self.clock_ratios = [
            np.array([row[level.code].ratios for row in levels]).reshape(len(levels), -1) for level in plan.levels
        ]
        self.links = [Links([row[level.code].ways for row in levels]) for level in plan.levels]


class Placements:
    """Where kinds enter: running shares of the levels, and the levels."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        most = max(len(entry.levels) for entry in entries)
        self._uptos = np.array([_filled(entry.uptos, most, math.inf) for entry in entries])
        self._levels = np.array([_filled(entry.levels, most, NONE) for entry in entries])

    def level(self, kind: Column, drawn: Column) -> Column:
        """The first level of patients of these kinds."""
        return np.asarray(self._levels[kind, np.sum(self._uptos[kind] <= drawn[:, None], axis=1)])


class Links:
    """The links of one level, by kind and reason of leaving."""

    def __init__(self, ways: Sequence[tuple[Ways, ...]]) -> None:
        most = max(1, *(len(own.links) for row in ways for own in row))
        self._chance = np.array([[own.chance for own in row] for row in ways])
        self._uptos = np.array([[_filled([link.upto for link in own.links], most, 0.0) for own in row] for row in ways])
        self._to = np.array([[_filled([link.to for link in own.links], most, NONE) for own in row] for row in ways])
        self._lag = np.array([[_filled([link.lag for link in own.links], most, NONE) for own in row] for row in ways])

    def of(self, kind: Column, reason: Column, drawn: Column) -> tuple[Column, Column]:
        """Level and law of the lag of each one's link; NONE of who has none."""
        chance = self._chance[kind, reason]
        which = np.argmax(drawn[:, None] < self._uptos[kind, reason] * chance[:, None], axis=1)
        linked = drawn < chance
        to, lag = self._to[kind, reason, which], self._lag[kind, reason, which]
        return np.where(linked, to, NONE), np.where(linked, lag, NONE)


def _filled(row: Sequence[float], most: int, filling: float) -> list[float]:
    """A row of this length."""
    return [*row, *[filling] * (most - len(row))]
