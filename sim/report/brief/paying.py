"""Who pays more or less with an option: parts of the change in society's cost, which add up to it."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.experiment.result import Result
from sim.outcomes.headline import OF_PAYERS, fitting
from sim.outcomes.ledger import sessions_per_week
from sim.outcomes.payers import bearers, payers
from sim.report.brief.arms import Arms
from sim.report.brief.facts import Paying
from sim.report.sheets.numbers import number
from sim.report.wording import first_title, measured_time, payer_words
from sim.report.words import shortened
from sim.scenario.schema import Level, Scenario
from sim.vocabulary import CATEGORY, COSTS, DAYS_PER_WEEK, NONE, PATIENT, SOCIETY, Column

MOST_PAYERS = 4
OTHERS, ELSEWHERE, PATIENTS = "other payers", "payers, outside the programme", "patients, with their time"
SUM = "together: society"

PATIENTS_TIME = (
    "Patients{}: mostly the worth of their time, no money that changes hands. {}{} in {} on an average day, at {:,.0f} "
    "{} a day, come to {:+,.0f}{}."
)


@dataclass(frozen=True, eq=False)
class PayersShares:
    """By option, the change from today of what each bears. rounded: by part, the last being their sum, to a step in
    which they add up. stated: what must be known of them."""

    rounded: Mapping[str, Mapping[str, float]]
    stated: str

    def of_others(self, label: str, residual: str) -> dict[str, float]:
        """What payers of the programme bear, but for the residual one."""
        parts = list(self.rounded[label])
        return {part: self.rounded[label][part] for part in parts[: parts.index(ELSEWHERE)] if part != residual}

    def without_patients(self, label: str) -> float:
        """What the sum is without what patients bear."""
        return self.rounded[label][SUM] - self.rounded[label][PATIENTS]


def shares_of(arms: Arms) -> PayersShares | None:
    """None where nothing is compared, or no costs are told. Of draws where they kept it."""
    arms, stated = arms.told_by(dict.fromkeys(name for each in arms.study.results.values() for name in _needed(each)))
    changes = {label: _parts(arms, label) for label in arms.options}
    if arms.money_place is None or not all(changes.values()):
        return None
    means = {label: {part: float(values.mean()) for part, values in each.items()} for label, each in changes.items()}
    own, rounded = residual_payer(arms), {}
    for label, each in means.items():
        at = list(each).index(own) if own in each else None
        whole = adding_up(list(each.values()), 10.0**arms.money_place, at)
        rounded[label] = dict(zip(each, whole, strict=True))
    return PayersShares(rounded, stated)


def residual_payer(arms: Arms) -> str:
    """Who pays what rates leave of the budget, in words; "" without payers of patients."""
    paid = [each.reimbursement for each in arms.scenarios.values() if each.reimbursement]
    return shortened(payer_words(arms.scenarios.values(), paid[-1].residual_payer), 40) if paid else ""


def paying(arms: Arms) -> Paying | None:
    """None as of `shares_of`. What everybody pays as before is left out."""
    shares = shares_of(arms)
    if shares is None:
        return None
    parts = list(next(iter(shares.rounded.values())))
    kept = [part for part in parts if part == SUM or any(each[part] for each in shares.rounded.values())]
    if len(kept) < 2:
        return None
    rows = tuple(
        (arms.programmes[label].row, *(f"{each[part]:+,.0f}" if each[part] else "0" for part in kept))
        for label, each in shares.rounded.items()
    )
    scenario = arms.scenarios[arms.baseline]
    return Paying(
        tuple(kept),
        rows,
        f"{scenario.currency}, in {measured_time(scenario)}",
        shares.stated,
        tuple(_reasons(arms)),
    )


def _needed(result: Result) -> list[str]:
    return fitting(result.by_metric, OF_PAYERS)


def _reasons(arms: Arms) -> Iterator[str]:
    """Where most of what patients bear comes from, if that is their time, and most of this in one level, at one price
    of it: of inputs as stated, since draws have each their own."""
    stated = arms.at_inputs or arms
    step, at_inputs = 10.0 ** (stated.money_place or 0), "At the inputs as stated " if arms.at_inputs else ""
    for label in arms.options:
        both, times = (stated.scenarios[label], stated.scenarios[stated.baseline]), _times(stated, label)
        most = max(times, key=lambda name: abs(times[name][0]), default="")
        worth, people, a_day = times.get(most, (0.0, 0.0, 0.0))
        together, borne = sum(each for each, *_ in times.values()), float(_parts(stated, label)[PATIENTS].mean())
        if min(together * borne, worth * borne) > 0 and 2 * min(abs(together), abs(worth)) > abs(borne) >= step:
            yield PATIENTS_TIME.format(
                f" with {arms.programmes[label].row}" if len(arms.options) > 1 else "",
                at_inputs,
                f"{number(abs(people), figures=2)} {'more' if people > 0 else 'fewer'} people",
                first_title(both, "levels", most),
                *(a_day, both[0].currency, round(worth / step) * step),
                "; other parts offset some of it" if abs(worth) > abs(borne) else "",
            )


def _times(arms: Arms, label: str) -> dict[str, tuple[float, float, float]]:
    """By level, how much more patients' time comes to than today, how many more people are in it, and what a day of one
    is worth; nothing where that is not one number, of everybody and today too."""
    of_both = today, option = arms.scenarios[arms.baseline], arms.scenarios[label]
    levels = {name: [each.levels[name] for each in of_both if name in each.levels] for name in today.levels}
    levels |= {name: [level] for name, level in option.levels.items() if name not in levels}
    prices = {name: set(map(_time_a_day, stated)) for name, stated in levels.items()}
    if any(each.costs.patient_time for each in of_both) or any(len(each) > 1 for each in prices.values()):
        return {}
    days, times = option.window[1] - option.window[0], {}
    for name, (a_day,) in prices.items():
        people, before = (np.nan_to_num(arms.mean(each, f"census.{name}.mean")) for each in (label, arms.baseline))
        times[name] = days * a_day * (people - before), people - before, a_day
    return times


def _time_a_day(level: Level) -> float:
    return level.patient_time_per_day + level.patient_time_per_session * sessions_per_week(level) / DAYS_PER_WEEK


def _parts(arms: Arms, label: str) -> dict[str, Column]:
    """By who pays, the change from today in each replication, or of each draw; the last is their sum. Empty where costs
    are unknown."""

    def change(metric: str) -> Column:
        option, today = (arms.sample(each, metric) for each in (label, arms.baseline))
        return (arms.zeros if option is None else np.nan_to_num(option)) - (
            arms.zeros if today is None else np.nan_to_num(today)
        )

    if arms.values(label, "cost.system.society") is None:
        return {}
    third, patients, society = (change(f"cost.system.{whose}") for whose in ("payer", "patient", "society"))
    every = dict.fromkeys(payer for scenario in arms.scenarios.values() for payer in payers(scenario))
    named = {payer: change(f"cost.payer.{payer}.total") for payer in every if payer not in (PATIENT, SOCIETY)}
    elsewhere = third - np.sum(list(named.values()), axis=0)
    if len(named) > MOST_PAYERS:
        rest = list(named)[MOST_PAYERS - 1 :]
        named[OTHERS] = np.sum([named.pop(payer) for payer in rest], axis=0)
    paid: dict[str, Column] = {}
    for payer, values in named.items():
        words = shortened(payer_words(arms.scenarios.values(), payer), 40)
        paid[words] = paid.get(words, arms.zeros) + values  # Those called alike are told together.
    neither = _borne_by_neither(arms.scenarios.values())
    return {**paid, ELSEWHERE: elsewhere, PATIENTS: patients, neither: society - third - patients, SUM: society}


def _borne_by_neither(scenarios: Iterable[Scenario]) -> str:
    """In words, the costs that fall on neither payers nor patients in any scenario."""
    borne = [
        category
        for category in COSTS
        if not CATEGORY[category].transfer
        and any(
            SOCIETY in bearers(scenario, level, category)
            for scenario in scenarios
            for level in (NONE, *range(len(scenario.levels)))
        )
    ]
    named = ", ".join(CATEGORY[category].phrase or category.replace("_", " ") for category in borne)
    return shortened(named or "neither payers nor patients", 40)


def adding_up(values: Sequence[float], step: float, fixed: int | None = None) -> list[float]:
    """Parts and their sum, which is last, in whole steps: those farthest from their rounded value give way, but not the
    fixed one."""
    *parts, whole = (value / step for value in values)
    steps = [round(part) if at == fixed else math.floor(part) for at, part in enumerate(parts)]
    missing = round(whole) - sum(steps)
    order = sorted((at for at in range(len(parts)) if at != fixed), key=lambda at: steps[at] - parts[at])
    for turn in range(abs(missing) if order else 0):
        at = order[turn % len(order)] if missing > 0 else order[-1 - turn % len(order)]
        steps[at] += 1 if missing > 0 else -1
    return [step * each for each in (*steps, round(whole))]
