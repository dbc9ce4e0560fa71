"""What a health economist may set against cost: the effects that a cost-effectiveness table can be about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from sim.files.formats import metric_hint
from sim.files.nearest import name_hint
from sim.outcomes.metric import AT_HORIZON, horizons, years_words
from sim.outcomes.payers import Perspective
from sim.outcomes.registry import describe, metric_names
from sim.scenario.schema import Condition, Scenario
from sim.vocabulary import Direction


@dataclass(frozen=True)
class Effect:
    """One effect.

    metric: which it is read from, a member of the cohort. unit: in words, of one of it; units: of several; of a
    scenario in the words of its condition (`of`). system: the
    metric of everybody in the system; "" where there is none.
    """

    metric: str
    unit: str
    units: str
    system: str = ""

    def of(self, condition: Condition) -> "Effect":
        """The same in the words of a condition."""
        words = condition.words
        return replace(self, unit=self.unit.format(**words), units=self.units.format(**words))

    @property
    def direction(self) -> Direction:
        """Whether more of the metric is better; "lower" counts what is averted."""
        return describe(self.metric).direction


EFFECTS = {
    "qaly": Effect("qalys.per_patient_discounted", "QALY", "QALYs", "qalys.system_discounted"),
    "day_well": Effect("days_well_discounted", "day {well}", "days {well}", "days_well.system_discounted"),
    "retained": Effect("retention.90_days", "person retained at 90 days", "people retained at 90 days"),
    "relapse_averted": Effect("relapse_free.share", "person kept from relapse", "people kept from relapse"),
}
"""By name. The first two are discounted at the scenario's rate for effects; the others are states at one time."""

USUAL_WORTH = 100_000.0
"""What a QALY is worth unless something else is stated."""


View = Literal["cohort", "system"]

VIEWS: Mapping[View, str] = {
    "cohort": "a member of the cohort, with the places that they use",
    "system": "everybody in the system during its window, with all that was spent, idle places included",
}
"""Of whom costs and effects are counted."""


class Counted(NamedTuple):
    """Of whom costs and effects are counted, and for how many years after first asking; None: for as long as can be."""

    view: View
    years: int | None = None

    @property
    def words(self) -> str:
        """In a title: of whom, and for how long."""
        if self.view == "system":
            return VIEWS[self.view]
        span = "from first asking to the end of follow-up"
        return f"{VIEWS[self.view]}, {span if self.years is None else f'within {years_words(self.years)}'}"


def view_of(effect: str, scenarios: Sequence[Scenario]) -> View:
    """How scenarios are best compared: by the system's view where they open or close places, else by the cohort's.

    The cohort is not charged for what stands idle, so that places seem to cost nothing until somebody lies in them. An
    effect that there is of the cohort alone is compared by the cohort's view in any case.
    """
    first, *others = ({name: place.steps(each.time) for name, place in each.places.items()} for each in scenarios)
    places_differ = any(each != first for each in others)
    return "system" if places_differ and effect in EFFECTS and EFFECTS[effect].system else "cohort"


def metrics_of_worth(
    effect: str, perspective: Perspective, scenario: Scenario, view: View, years: int | None = None
) -> tuple[str, str]:
    """The metrics of cost and of effect, both discounted, that a cost-effectiveness table is about.

    years: the horizon, one that the scenario's outcomes are told at; None for the whole follow-up. Raises ValueError as
    `effect_of`, and where there is no such effect in this view or at this horizon.
    """
    chosen = effect_of(effect, scenario)
    if view not in VIEWS:
        raise ValueError(f"there is no view {view!r}. {name_hint(view, VIEWS)}")
    if view == "system":
        if not chosen.system:
            known = ", ".join(name for name, each in EFFECTS.items() if each.system)
            raise ValueError(f"effect {effect!r} is one of the cohort; of the whole system there are {known}")
        if years is not None:
            raise ValueError("the system is seen over its window, and at no horizon in years; leave out one of the two")
        return f"cost.system_discounted.{perspective}", chosen.system
    cost = f"cost.per_patient_discounted.{perspective}"
    if years is None:
        return cost, chosen.metric
    if years not in horizons(scenario):
        known = ", ".join(map(str, horizons(scenario))) or "none, since its follow-up is under a year"
        raise ValueError(f"{years!r} is no horizon of {scenario.name}, in years; there are {known}")
    at = AT_HORIZON.format(years=years)
    whole = describe(chosen.metric)
    return cost + at, chosen.metric + at if whole.by_horizon else chosen.metric


class NotStated(ValueError):
    """A scenario leaves out the table that an effect is computed from."""


def why_not_told(name: str, scenarios: Iterable[Scenario]) -> str:
    """Why nothing can be said of cost and this effect, in a sentence; "" if it can. ValueError as of `effect_of`."""
    try:
        for scenario in scenarios:
            effect_of(name, scenario)
    except NotStated as why:
        return f"{why}."
    return ""


@lru_cache(maxsize=128)
def effect_of(name: str, scenario: Scenario) -> Effect:
    """The effect of this name.

    Raises ValueError for an unknown name, and where the scenario's follow-up is too short for it; NotStated where the
    scenario says nothing about it, as about QALYs without utilities.
    """
    if name not in EFFECTS:
        raise ValueError(f"there is no effect {name!r}. {metric_hint(name, EFFECTS)}")
    effect = EFFECTS[name].of(scenario.condition)
    needs = describe(effect.metric).needs
    if needs and getattr(scenario, needs) is None:
        raise NotStated(
            f"Cost per {effect.unit} is not told: {scenario.name} states no {needs}, so {effect.metric} is not known"
        )
    if effect.metric not in metric_names(scenario):
        days = scenario.time.follow_up_days
        raise ValueError(f"effect {name!r} needs {effect.metric}, which a follow-up of {days:g} days does not give")
    return effect
