"""Whether what an option gains outweighs what it costs: at which worth of a QALY, of what it is made up, and whether it
hangs on what patients bear."""

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sim.outcomes import PERSPECTIVES, Perspective, why_not_told
from sim.outcomes.effects import USUAL_WORTH, metrics_of_worth
from sim.report.brief.arms import Arms
from sim.report.brief.facts import BETTER, UNTOLD, WORSE, Quantity
from sim.report.drawn_verdicts import IN_DRAWS, in_draws, share_better
from sim.report.sheets.numbers import number, records_of
from sim.report.sheets.uncertainty import between_text, chance_text, is_open
from sim.report.wording import measured_time, span, whose
from sim.report.words import listed
from sim.vocabulary import Column

WORTHS = (50_000.0, USUAL_WORTH, 150_000.0)
"""Of a QALY, at which shares of draws are told."""
GAINS, LOSSES = "gains outweigh losses", "losses outweigh gains"
TIME, BORNE = "cost.category.patient_time", "cost.per_patient.patient"
MOSTLY = 0.5
"""Of what patients bear more or less, from which on it is mostly their time."""


def weighed_by(arms: Arms, perspective: Perspective) -> str:
    """In whose eyes, and of whom, what is gained is held against what is lost; "" where no QALYs are told."""
    if not arms.options or arms.study.replications < 2:
        return ""
    if why_not_told("qaly", list(arms.scenarios.values())):
        return ""
    counted = arms.study.counted("qaly")[0].words
    return (
        f" Value {whose(perspective)} ({PERSPECTIVES[perspective]}) is counted of {counted}. A QALY is a year in full "
        "health."
    )


def condition_of(arms: Arms, label: str, perspective: Perspective) -> str:
    """At which worth of a QALY what is gained outweighs what is lost, of which its interval leaves no doubt."""
    if not weighed_by(arms, perspective):
        return ""
    table = arms.study.net_benefit(perspective=perspective)
    rows = records_of(table[table["strategy"] == label]) if len(table) else []
    if not rows:
        return ""
    at: dict[str, list[float]] = {GAINS: [], LOSSES: [], "": []}
    for row in rows:
        at[_side(row["difference_low"], row["difference_high"])].append(row["threshold"])
    currency, to_whom = arms.scenarios[arms.baseline].currency, f"By value {whose(perspective)}"
    if len(at[""]) == len(rows):
        return f"{to_whom}, it cannot be told whether {GAINS}, whatever a QALY is worth"
    for word in (GAINS, LOSSES):
        if len(at[word]) == len(rows):
            return f"{to_whom}, {word} at any worth of a QALY up to {number(max(at[word]))} {currency}"
    told_at = {word: f"{_named(at[word])} {currency}" for word in at if at[word]}
    parts = [f"{word} where a QALY is worth {told_at[word]}" for word in (GAINS, LOSSES) if at[word]]
    parts += [f"at {told_at['']} it cannot be told"] if at[""] else []
    return f"{to_whom}, {'; '.join(parts)}"


def most_draws(arms: Arms, label: str, perspective: Perspective) -> tuple[str, str]:
    """In which share of draws an option is worth more than it costs, at the usual worth of a QALY, or that it cannot be
    told, where the interval of that share holds one half; and at others. "" where inputs were not varied, or no QALYs
    are told."""
    if arms.psa is None or not weighed_by(arms, perspective) or arms.psa.why_not_weighed("qaly", perspective):
        return "", ""
    shares = {worth: share_better(arms.psa, label, worth, perspective) for worth in WORTHS}
    share, low, high = shares[USUAL_WORTH]
    currency = arms.scenarios[arms.baseline].currency
    others = [
        f"in {chance_text(*shares[worth])} at {number(worth, figures=6)}" for worth in WORTHS if worth != USUAL_WORTH
    ]
    because = f"by value {whose(perspective)}, at {number(USUAL_WORTH, figures=6)} {currency} a QALY"
    because += f"; better {listed(others)}" if len(arms.options) < 3 else ""
    if is_open(low, high):
        return f"{UNTOLD}: better {IN_DRAWS.format(between_text(low, high))}", because
    word, *of = (BETTER, share, low, high) if share >= 0.5 else (WORSE, 1 - share, 1 - high, 1 - low)
    return f"{word} {IN_DRAWS.format(chance_text(*of))}", because


def made_up_of(arms: Arms, label: str, perspective: Perspective) -> str:
    """The QALYs and the costs that a verdict weighs, and what the former are worth; "" where nothing is weighed."""
    changes = _changes(arms, label, perspective)
    if changes is None:
        return ""
    scenario, everybody = arms.scenarios[arms.baseline], arms.study.view() == "system"
    owed, gained = (arms.quantity(each, scenario.currency, sign=True) for each in changes)
    worth = arms.quantity(USUAL_WORTH * changes[1], scenario.currency, sign=True)
    place = _place(arms, owed)
    if place is not None:
        # As fine as what they are worth, so that this can be read off them.
        gained = replace(gained, rounded_to=place - round(math.log10(USUAL_WORTH)))
        owed, worth = (replace(each, rounded_to=place) for each in (owed, worth))
    whom = (
        f"of everybody in {measured_time(scenario)}"
        if everybody
        else f"a patient in {span(scenario.time.follow_up_days)}"
    )
    size, way, _ = owed.moved()
    at = f"worth {worth.number} {scenario.currency} at {number(USUAL_WORTH, figures=6)} each"
    limits = f" ({gained.limits})" if gained.limits and len(arms.options) < 3 else ""
    discounted = ", both discounted" if scenario.discounting.costs or scenario.discounting.effects else ""
    costs = f"costs, {size} {scenario.currency} {way}{discounted}"
    return f"Weighed are QALYs {whom}, {gained.number}{limits}, {at}, and {costs}"


class Hinge(NamedTuple):
    """That society's verdict is another without what patients bear. without: what it then is. share: of the worth of
    what they bear, below which it is. better: who then is, "today" or the option. time: that it is mostly their time.
    stated: that this is told at the inputs as stated, where all else is of draws."""

    without: str
    share: float
    better: str
    time: str
    stated: str


def hinge(arms: Arms, label: str, perspective: Perspective) -> Hinge | None:
    """None where what patients bear does not turn the verdict, or is not of this perspective."""
    scenario = arms.scenarios[arms.baseline]
    if perspective != "society" or not weighed_by(arms, perspective):
        return None
    borne_by = metrics_of_worth("qaly", "patient", scenario, arms.study.view())[0]
    by, stated = arms.told_by([borne_by])
    changes = _changes(by, label, perspective)
    if changes is None:
        return None
    borne = _change(by, label, borne_by)
    benefit = USUAL_WORTH * changes[1] - changes[0]
    with_them, without = (by.quantity(each, sign=True) for each in (benefit, benefit + borne))
    sides = _side_of(by, benefit, with_them), _side_of(by, benefit + borne, without)
    if sides[0] == sides[1] or "" in sides:
        return None
    at = f"{number(USUAL_WORTH, figures=6)} {scenario.currency} a QALY"
    if by.psa is None:
        size = replace(without, rounded_to=_place(by, without)).moved()[0]
        words = f"{sides[1]}, by {size} {scenario.currency} at {at}"
    else:
        above, low, high = by.share_above(benefit + borne)
        side, *of = (BETTER, above, low, high) if sides[1] == GAINS else (WORSE, 1 - above, 1 - high, 1 - low)
        words = f"{side.lower()} {in_draws(*of)}"
    return Hinge(
        words,
        1 + with_them.value / float(np.mean(borne)),
        arms.programmes[label if sides[1] == GAINS else arms.baseline].within_sentence,
        "mostly their own time" if mostly_time(arms, label) else "",
        " at the inputs as stated" if stated else "",
    )


def _side_of(arms: Arms, benefit: Column, mean: Quantity) -> str:
    """On which side a net benefit is, in most draws or beyond chance; "" where that cannot be told."""
    if arms.psa is None:
        return _side(mean.low, mean.high)
    above, low, high = arms.share_above(benefit)
    return "" if is_open(low, high) else GAINS if above >= 0.5 else LOSSES


def _place(arms: Arms, of: Quantity) -> int | None:
    return arms.money_place if arms.study.view() == "system" else of.place


def mostly_time(arms: Arms, label: str) -> bool:
    """Whether most of what patients bear more or less is the worth of their time, at the inputs as stated."""
    stated = arms.at_inputs or arms
    time, borne = (float(np.mean(_change(stated, label, metric))) for metric in (TIME, BORNE))
    return time * borne > 0 and abs(time) > MOSTLY * abs(borne)


def _changes(arms: Arms, label: str, perspective: Perspective) -> tuple[Column, Column] | None:
    """By how much costs and effects differ from today, in each replication or of each draw; None where it is not told
    of all."""
    if not weighed_by(arms, perspective) or (arms.psa is not None and arms.psa.why_not_weighed("qaly", perspective)):
        return None
    names = metrics_of_worth("qaly", perspective, arms.scenarios[arms.baseline], arms.study.view())
    cost, gained = (_change(arms, label, name) for name in names)
    return (cost, gained) if np.isfinite(cost + gained).all() else None


def _change(arms: Arms, label: str, metric: str) -> Column:
    option, today = (arms.sample(each, metric) for each in (label, arms.baseline))
    return np.full_like(arms.zeros, math.nan) if option is None or today is None else option - today


def _side(low: float, high: float) -> str:
    return "" if math.isnan(low) or low <= 0 <= high else GAINS if low > 0 else LOSSES


def _named(thresholds: Iterable[float]) -> str:
    return listed([number(each) for each in thresholds]).replace(" and ", " or ")
