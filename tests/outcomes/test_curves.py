"""Curves agree with the metrics of the registry, places add up to everyone, and nobody is lost between levels."""

import numpy as np
import pytest
from experiment.systems import small
from outcomes.build import at_random, clinic, records, stay, wait

from sim.model import replicate
from sim.outcomes import metrics
from sim.outcomes.curves import (
    ASKED,
    ENDS,
    FURTHER,
    NOWHERE,
    STILL,
    relapse_at_risk,
    relapse_curve,
    retention_curve,
    transitions,
    whereabouts,
)
from sim.outcomes.observed import Observed
from sim.vocabulary import NEVER_ADMITTED


@pytest.fixture(scope="module", params=[*range(5), "simulated"])
def observed(request: pytest.FixtureRequest) -> Observed:
    if request.param == "simulated":
        described = small(time={"recruitment_days": 60, "follow_up_days": 200})
        return Observed(replicate(described, 1, 0), described)
    described = clinic(time__follow_up_days=400)
    return Observed(at_random(described, 120, request.param), described)


def test_curves_are_the_metrics_day_by_day(observed: Observed) -> None:
    known = metrics(observed.records, observed.scenario)
    days = [day for day in (30, 90, 180, 365) if f"retention.{day}_days" in known]
    assert len(days) >= 3
    at = np.array(days, dtype=float)
    np.testing.assert_array_equal(retention_curve(observed, at), [known[f"retention.{day}_days"] for day in days])
    np.testing.assert_array_equal(relapse_curve(observed, at), [known[f"relapse.{day}_days"] for day in days])
    at_risk = relapse_at_risk(observed, np.arange(observed.follow_up))
    assert np.all(np.diff(at_risk) <= 0)
    assert 0 < at_risk[0] <= observed.cohort_size


def test_everyone_is_somewhere(observed: Observed) -> None:
    days = np.arange(observed.follow_up + 1)
    shares = whereabouts(observed, days)
    assert list(shares) == [*observed.scenario.levels, *NOWHERE]
    np.testing.assert_allclose(sum(shares.values()), 1.0, rtol=0, atol=1e-12)
    assert all(np.all(share >= 0) for share in shares.values())
    # In care as retention counts it, but for those who come or go at that very instant.
    in_care = sum(shares[level] for level in observed.scenario.levels)
    assert np.max(np.abs(in_care - retention_curve(observed, days))[1:]) < 0.1


@pytest.mark.parametrize("levels", [1, 2, 3, 9])
def test_flows_conserve_people(observed: Observed, levels: int) -> None:
    frame = transitions(observed, levels)
    people = frame.groupby(["step", "source"])["people"].sum()
    assert people[0, ASKED] == observed.cohort_size
    for (step, target), coming in frame.groupby(["step", "target"])["people"].sum().items():
        if target not in ENDS:
            assert coming == people[step + 1, target]
    assert frame.loc[frame["target"].isin(ENDS), "people"].sum() == observed.cohort_size
    assert frame["step"].max() <= levels
    assert (frame["people"] > 0).all()


def test_by_hand() -> None:
    described = clinic()
    facts = records(
        described,
        [100.0, 100.0, 110.0, 120.0],
        stays=[
            stay(0, "detox", 102, 107),
            stay(0, "residential", 107, 120, "dropped_out", route="step_down"),
            stay(0, "iop", 150, 160, route="return", episode=1),
            stay(1, "residential", 100, 250, "end_of_follow_up"),
            stay(2, "detox", 110, 115),
            stay(2, "iop", 120, 130, route="step_down"),
            stay(2, "outpatient", 131, 140, "died", route="step_down"),
        ],
        waits=[wait(0, "detox", 100, 102), wait(3, "iop", 120, 125, "reneged")],
        spells=[
            (0, "unwell", 100, 104),
            (0, "well", 104, 130),
            (0, "unwell", 130, 300),
            (1, "well", 100, 300),
            (2, "well", 110, 140),
            (2, "dead", 140, 300),
            (3, "unwell", 120, 300),
        ],
    )
    observed = Observed(facts, described)
    np.testing.assert_array_equal(
        retention_curve(observed, np.array([0.0, 1.0, 6.0, 20.0, 25.0])), [0, 0.5, 0.5, 0.75, 0.5]
    )
    shares = whereabouts(observed, np.array([1.0, 22.0, 40.0, 100.0]))
    np.testing.assert_array_equal(shares["waiting"], [0.5, 0, 0, 0])
    np.testing.assert_array_equal(shares["outpatient"], [0, 0.25, 0, 0])
    np.testing.assert_array_equal(shares["outside care, well"], [0, 0.25, 0, 0])
    np.testing.assert_array_equal(shares["outside care, unwell"], [0, 0.25, 0.5, 0.5])
    np.testing.assert_array_equal(shares["dead"], [0, 0, 0.25, 0.25])
    # Patient 0 relapses 26 days after becoming well, 2 dies after 30, 1 is followed for 100.
    np.testing.assert_array_equal(relapse_at_risk(observed, np.array([0.0, 26.0, 27.0, 31.0])), [3, 3, 2, 1])
    np.testing.assert_allclose(relapse_curve(observed, np.array([25.0, 26.0, 99.0])), [0, 1 / 3, 1 / 3])
    ways = {(step, source, target): people for step, source, target, people in transitions(observed, 2).values.tolist()}
    assert ways == {
        (0, ASKED, NEVER_ADMITTED): 1,
        (0, ASKED, "detox"): 2,
        (0, ASKED, "residential"): 1,
        (1, "detox", "residential"): 1,
        (1, "detox", "iop"): 1,
        (1, "residential", STILL): 1,
        (2, "residential", "dropped_out"): 1,
        (2, "iop", FURTHER): 1,
    }


def test_nobody_asked() -> None:
    described = clinic()
    observed = Observed(records(described, [50.0]), described)
    days = np.array([0.0, 10.0])
    assert np.isnan(retention_curve(observed, days)).all()
    assert np.isnan(relapse_curve(observed, days)).all()
    assert all(np.isnan(share).all() for share in whereabouts(observed, days).values())
    assert transitions(observed).empty
