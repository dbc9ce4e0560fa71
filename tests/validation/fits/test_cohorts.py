"""Fast cohorts live as the patients of the model do, and by the closed forms."""

import math
from typing import Any

import numpy as np
import pytest

import sim
from sim.model import replicate
from sim.model.plan import plan_for
from sim.model.records import Records
from sim.outcomes import Observed
from sim.scenario import Scenario
from sim.validation.arms import ARMS, cohort
from sim.validation.fits.cohorts import simulated
from sim.validation.fits.course_targets import READ
from sim.validation.fits.luck import Luck
from sim.validation.measurements import use_after_discharge
from sim.validation.targets import binomial

SEED, REPLICATION, PEOPLE = 3, 2, 150


@pytest.fixture(scope="module")
def base() -> Scenario:
    """The shipped scenario, in which nobody dies."""
    return sim.load_scenario("base").with_overrides({"death": {}})


def fast(scenario: Scenario, people: int = PEOPLE) -> Records:
    return simulated(plan_for(scenario), Luck(SEED, REPLICATION, people))


def assert_same_lives(scenario: Scenario) -> None:
    """The stays and spells of the model, patient by patient, to rounding."""
    scenario = scenario.with_overrides({"arrivals.closed_cohort": PEOPLE})
    model, cohorts = replicate(scenario, SEED, REPLICATION), fast(scenario)
    for table in ("patients", "stays", "spells"):
        theirs, ours = getattr(model, table), getattr(cohorts, table)
        assert len(theirs) == len(ours), table
        for name, column in ours.columns.items():
            np.testing.assert_allclose(column, theirs[name], rtol=0, atol=1e-6, err_msg=f"{table}.{name}")
    assert len(cohorts.stays) > PEOPLE / 2
    assert len(cohorts.spells) > PEOPLE


@pytest.mark.parametrize("arm", sorted(READ))
def test_a_patient_lives_as_in_the_model(base: Scenario, arm: str) -> None:
    for scenario in ARMS[arm].build(base):
        assert_same_lives(scenario)


def other_ways(base: Scenario) -> dict[str, Any]:
    """What the shipped scenario does not say: other laws and other ways on."""
    link = {"after": ["completed", "transferred", "terminated"], "probability": 0.9}
    return {
        "levels.detox.next": [{**link, "to": "residential", "delay_days": {"distribution": "fixed", "value": 4.0}}],
        "levels.detox.hand_over": "hold",
        "levels.residential.no_show": 0.5,
        "levels.residential.dropout": {"distribution": "exponential", "mean": 3.0, "of": "plan"},
        "levels.residential.authorised_days": 21.0,
        "levels.residential.hand_over": "hold",
        "levels.residential.relapse_exposure": 2.0,
        "levels.residential.relapse_clock": 0.5,
        "levels.residential.days_to_remission": {"distribution": "uniform", "low": 1.0, "high": 9.0},
        "levels.residential.risk_at_discharge.halved_every_days": None,
        "levels.iop.days_to_remission": None,
        "levels.iop.relapse_exposure": 0.0,
        "levels.outpatient.length_of_stay": {"distribution": "discrete", "values": [20, 90], "shares": [0.3, 0.7]},
        "remission": {"distribution": "loglogistic", "median": 90.0, "shape": 1.5},
        "return_to_care": {"probability": 0.6, "delay_days": {"distribution": "weibull", "shape": 0.7, "scale": 90.0}},
        "frailty": {"sd": 0.5, "dropout": 0.5, "return_to_care": -1.0, "recovery_sd": 0.3},
        "setback.duration_days": {"distribution": "lognormal", "mean": 12.0, "sd": 9.0},
    }


def test_they_live_as_in_the_model_by_other_ways_too(base: Scenario) -> None:
    assert_same_lives(cohort(base, None, PEOPLE, 1_000).with_overrides(other_ways(base)))


NO_RISK = {f"levels.{level}.risk_at_discharge": None for level in ("detox", "residential")}


def test_where_every_setback_is_a_relapse_there_is_no_setback(base: Scenario) -> None:
    changes = {"relapse.share_of_setbacks": 1.0, "relapse.by": {}, "setback": None, **NO_RISK}
    assert_same_lives(cohort(base, None, PEOPLE, 700).with_overrides(changes))


def test_where_nobody_uses_everyone_stays_well(base: Scenario) -> None:
    assert_same_lives(cohort(base, None, PEOPLE, 700).with_overrides({"relapse": None, "setback": None, **NO_RISK}))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"death": {"unwell": 1.0}}, "death"),
        ({"death.background": {"ratio": 1.0}}, "death"),
        ({"known.unwell": {"people": 3, "days": {"distribution": "fixed", "value": 9.0}}}, "people known before"),
        ({"exits.moving_away_per_year": 0.1}, "moving away"),
        ({"exits.recovery_per_year": 0.1}, "lasting recovery"),
        ({"initial.iop.in_care": 3}, "people on day 0"),
        ({"arrivals": {"per_day": 1.0}, "time.recruitment_days": 10}, "a stream of arrivals"),
        ({"levels.iop.group.dropout_ratio_when_full": 1.5}, "peer groups"),
        ({"levels.residential.early_step_down": {"from_day": 7, "probability": 0.2}}, "early step-down"),
    ],
)
def test_what_is_not_followed_is_refused(base: Scenario, changes: dict[str, Any], what: str) -> None:
    scenario = cohort(base, None, PEOPLE, 100).with_overrides(changes)
    with pytest.raises(ValueError, match=what):
        fast(scenario)


def test_any_setback_and_relapse_follow_the_closed_forms(base: Scenario) -> None:
    """Everyone leaves sheltered care abstinent: 1 - F_any = 1 / (1 + (t / m)^b), and 1 - F_regular = (1 - F_any)^p."""
    people, share = 6_000, 0.6
    detox = {
        "length_of_stay": {"distribution": "fixed", "value": 5.0},
        "relapse_exposure": 0.0,
        **dict.fromkeys(("dropout", "termination", "transfer", "days_to_remission", "relapse_clock")),
        "next": [],
    }
    changes: dict[str, Any] = {f"levels.detox.{key}": value for key, value in detox.items()} | NO_RISK
    curve = {"median_days": 60.0, "shape": 0.8, "share_of_setbacks": share}
    changes |= {"effects": {}, "frailty": {"sd": 0.0}, "relapse": curve, "setback.into_relapse_days": None}
    scenario = cohort(base, "detox", people, 400).with_overrides(changes)
    days = (7, 30, 90, 365)
    found = use_after_discharge(days, days)(Observed(fast(scenario, people), scenario))
    for day in days:
        kept = 1 / (1 + (day / 60.0) ** 0.8)
        for name, expected in (("any", 1 - kept), ("regular", 1 - kept**share)):
            measured = found[f"{name} {day}"]
            assert isinstance(measured, float)
            assert math.isclose(measured, expected, abs_tol=4 * binomial(expected, people)), (name, day)
