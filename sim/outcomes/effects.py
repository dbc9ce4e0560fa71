"""What a health economist may set against cost: the effects that a cost-effectiveness table can be about."""

from collections.abc import Iterable
from dataclasses import dataclass

from sim.files.nearest import name_hint
from sim.outcomes.registry import describe, metric_names
from sim.scenario.schema import Scenario
from sim.vocabulary import Direction


@dataclass(frozen=True)
class Effect:
    """One effect. metric: which it is read from. unit: in words, of one of it; units: of several."""

    metric: str
    unit: str
    units: str

    @property
    def direction(self) -> Direction:
        """Whether more of the metric is better; "lower" counts what is averted."""
        return describe(self.metric).direction


EFFECTS = {
    "qaly": Effect("qalys.per_patient_discounted", "QALY", "QALYs"),
    "day_abstinent": Effect("days_abstinent_discounted", "day abstinent", "days abstinent"),
    "retained": Effect("retention.90_days", "person retained at 90 days", "people retained at 90 days"),
    "relapse_averted": Effect("relapse_free.share", "person kept from relapse", "people kept from relapse"),
}
"""By name. The first two are discounted at the scenario's rate for effects; the others are states at one time."""


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


def effect_of(name: str, scenario: Scenario) -> Effect:
    """The effect of this name.

    Raises ValueError for an unknown name, and where the scenario's follow-up is too short for it; NotStated where the
    scenario says nothing about it, as about QALYs without utilities.
    """
    if name not in EFFECTS:
        raise ValueError(f"there is no effect {name!r}. {name_hint(name, EFFECTS)}")
    effect = EFFECTS[name]
    needs = describe(effect.metric).needs
    if needs and getattr(scenario, needs) is None:
        raise NotStated(
            f"Cost per {effect.unit} is not told: {scenario.name} states no {needs}, so {effect.metric} is not known"
        )
    if effect.metric not in metric_names(scenario):
        days = scenario.time.follow_up_days
        raise ValueError(f"effect {name!r} needs {effect.metric}, which a follow-up of {days:g} days does not give")
    return effect
