"""Doses: what planned residential stays of some lengths lead to, in the same people, by the shipped parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.experiment.replications import Progress
from sim.experiment.result import Result
from sim.experiment.run import compare
from sim.scenario import Scenario
from sim.validation.arms import cohort
from sim.validation.estimates import Estimate, estimated

PLANNED = (1, 7, 21, 60, 90, 180)
"""Days."""
PEOPLE, REPLICATIONS, SEED = 1_000, 20, 1
FOLLOW_UP = 365
"""Days since asking, which is the day of admission."""

METRICS = {
    "actual stay": "length_of_stay.residential.mean",
    "completed": "discharges.residential.completed",
    "relapse within a year": "relapse.365_days",
    "days in care": "days_in_care",
    "days abstinent": "days_well",
    "cost to society": "cost.per_patient.society",
}
"""What is read off a dose, and the metric that it is."""


@dataclass(frozen=True)
class Dose:
    """A planned stay in days, and by name what is read off it."""

    planned: int
    reads: Mapping[str, Estimate]


def dose_arm(base: Scenario, planned: float) -> Scenario:
    """Everyone is admitted to residential care on day 0, plans so many days, and is linked to nothing afterwards.

    Without reviews, which would make seven days of one. A day costs what it does in a full house: a place-day that
    somebody uses, and none of those that nobody does.
    """
    level = base.levels["residential"]
    fixed_cost = sum(base.places[place].fixed_cost_per_day for place in level.places)
    return cohort(
        base,
        "residential",
        PEOPLE,
        FOLLOW_UP,
        levels__residential__length_of_stay={"distribution": "fixed", "value": float(planned)},
        levels__residential__early_step_down=None,
        levels__residential__review_every_days=None,
        levels__residential__no_show=0.0,
        levels__residential__next=[],
        levels__residential__cost_per_day=level.cost_per_day + fixed_cost,
        **{f"places__{place}__fixed_cost_per_day": 0.0 for place in base.places},
    )


def doses(base: Scenario, workers: int = 1, progress: Progress | None = None) -> tuple[Dose, ...]:
    """What each planned stay leads to, by the parameters of `base`: the same people with the same luck."""
    arms = {f"{planned} days": dose_arm(base, planned) for planned in PLANNED}
    study = compare(arms, REPLICATIONS, SEED, workers, by=(), progress=progress)
    return tuple(
        Dose(planned, {name: estimated(_values(result, metric)) for name, metric in METRICS.items()})
        for planned, result in zip(PLANNED, study.results.values(), strict=True)
    )


def _values(result: Result, metric: str) -> list[float]:
    """Of each replication."""
    return [float(value) for value in result.metrics.loc[result.metrics["metric"] == metric, "value"]]
