"""Why two scenarios differ: every split adds up to the paired difference that a comparison finds."""

import math
from functools import cache
from typing import Any

import pandas as pd
import pytest
from experiment.systems import small
from support import cohort, exponential, fixed, scenario

import sim
from sim.experiment.explanation import explain, explain_kept
from sim.outcomes.contributions import decomposable
from sim.scenario import Scenario

TOTAL = "total"


def priced(**parts: Any) -> Scenario:
    described = small(
        population={"severity": {"mild": 0.4, "severe": 0.6}, "housing": {"stable": 0.5, "none": 0.5}},
        return_to_care={"probability": 0.6, "delay_days": fixed(4)},
        relapse={"median_days": 40.0, "shape": 0.7, "share_of_setbacks": 0.6},
        setback={"duration_days": fixed(1), "into_relapse_days": exponential(3)},
        **parts,
    )
    return described.with_overrides(
        {
            "places.beds.fixed_cost_per_day": 20.0,
            "costs.per_relapse": 500.0,
            "levels.iop.patient_time_per_day": 12.0,
            "discounting.costs": 0.03,
            "discounting.effects": 0.03,
        }
    )


def bigger() -> Scenario:
    return priced().with_overrides({"places.beds.capacity": 9, "levels.ward.next.0.probability": 0.9})


def without_iop() -> Scenario:
    """A system with another level in the place of IOP."""
    ward = {
        "places": ["beds"],
        "length_of_stay": exponential(8),
        "patience": exponential(6),
        "cost_per_day": 100.0,
        "next": [{"to": "clinic", "probability": 0.5, "delay_days": fixed(1)}],
    }
    return scenario(
        {"ward": ward, "clinic": {"length_of_stay": exponential(20), "cost_per_day": 10.0}},
        {"beds": 4},
        time={"recruitment_days": 60, "follow_up_days": 40},
        population={"severity": {"mild": 0.4, "severe": 0.6}},
        relapse={"median_days": 40.0, "shape": 0.7},
        utilities={"well": 0.9, "setback": 0.8, "unwell": 0.6},
        discounting=priced().discounting.model_dump(),
    )


@cache
def differences(base: Scenario, other: Scenario, replications: int, seed: int) -> pd.Series:
    """By metric; compared once for all who ask of another metric."""
    table = sim.compare({"a": base, "b": other}, replications=replications, seed=seed, by=()).differences()
    return table.set_index("metric")["difference"]


def difference(base: Scenario, other: Scenario, metric: str, replications: int, seed: int) -> float:
    return float(differences(base, other, replications, seed)[metric])


METRICS = (
    *("days_well", "days_in_care", "retention.30_days", "relapse.30_days", "readmission.30_days", "setbacks"),
    *("qalys.per_patient_discounted", "cost.per_patient.society", "cost.per_patient_discounted.payer"),
    *("cost.per_patient.patient", "cost.category.fixed_capacity", "cost.category.relapse"),
)


@pytest.mark.parametrize("metric", METRICS)
def test_every_split_adds_up_to_the_paired_difference(metric: str) -> None:
    found = explain(priced(), bigger(), metric, replications=4, seed=9)
    expected = difference(priced(), bigger(), metric, 4, 9)
    close = {"rel": 1e-9, "abs": 1e-10}
    assert found.attributes == ("severity", "housing")
    for what in ("level", "reason", *found.attributes):
        table = found.by(what)
        assert table["part"].iloc[-1] == TOTAL
        parts = table.iloc[:-1]
        assert table["difference"].iloc[-1] == math.fsum(parts["difference"])
        assert table["difference"].iloc[-1] == pytest.approx(expected, **close), what
        for column in ("baseline", "alternative"):
            assert table[column].iloc[-1] == math.fsum(parts[column])
    for whole_paths in (False, True):
        for most in (None, 1, 3):
            changes = found.changed_paths(most, whole_paths)
            assert changes["from"].iloc[-1] == TOTAL
            assert changes["contribution"].iloc[-1] == math.fsum(changes["contribution"].iloc[:-1])
            assert changes["contribution"].iloc[-1] == pytest.approx(expected, **close)
    if metric not in ("setbacks", "cost.category.fixed_capacity"):
        assert abs(expected) > 1e-4


def test_arms_are_the_metrics_themselves() -> None:
    found = explain(priced(), bigger(), "days_well", replications=3, seed=9)
    metrics = sim.compare({"a": priced(), "b": bigger()}, replications=3, seed=9).summary()
    means = metrics[metrics["metric"] == "days_well"].set_index("scenario")["mean"]
    total = found.by("severity").iloc[-1]
    assert (total["baseline"], total["alternative"]) == pytest.approx((means["a"], means["b"]), rel=1e-12)


def test_intervals_are_those_of_the_comparison() -> None:
    found = explain(priced(), bigger(), "days_well", replications=5, seed=9).by("level").iloc[-1]
    table = sim.compare({"a": priced(), "b": bigger()}, replications=5, seed=9).differences()
    row = table.set_index("metric").loc["days_well"]
    assert (found["ci_low"], found["ci_high"]) == pytest.approx((row["ci_low"], row["ci_high"]), rel=1e-9)


@pytest.mark.parametrize("metric", ["days_well", "cost.per_patient.society", "relapse.30_days"])
def test_the_same_scenario_differs_in_nothing(metric: str) -> None:
    found = explain(priced(), priced(), metric, replications=3, seed=9)
    for what in ("level", "reason", *found.attributes):
        table = found.by(what)
        assert set(table["difference"]) == set(table["ci_low"]) == set(table["ci_high"]) == {0.0}
        assert table["share_of_difference"].isna().all()
        assert len(table) > 1
    changes = found.changed_paths()
    assert changes["from"].tolist() == ["same path", TOTAL]
    assert set(changes["contribution"]) == {0.0}
    assert changes["share"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("metric", ["days_well", "cost.per_patient.society", "relapse.30_days"])
def test_swapped_arms_flip_every_sign(metric: str) -> None:
    one, other = (
        explain(*arms, metric, replications=3, seed=9) for arms in ((priced(), bigger()), (bigger(), priced()))
    )
    for what in ("level", "reason", *one.attributes):
        first, second = (each.by(what).set_index("part") for each in (one, other))
        second = second.loc[first.index]
        assert (first["difference"] + second["difference"]).abs().max() == 0
        assert first["baseline"].tolist() == second["alternative"].tolist()
        assert (first["ci_low"] + second["ci_high"]).abs().max() < 1e-9
    first = one.changed_paths(whole_paths=True).set_index(["from", "to"])
    second = other.changed_paths(whole_paths=True).set_index(["from", "to"])
    assert len(first) > 5
    for (before, after), row in first.iterrows():
        swapped = second.loc[(after, before) if after else (before, after)]
        assert row["contribution"] == pytest.approx(-swapped["contribution"], rel=1e-9, abs=1e-12)
        assert row["patients"] == swapped["patients"]


def test_scenarios_with_different_levels() -> None:
    found = explain(priced(), without_iop(), "cost.per_patient.society", replications=4, seed=9)
    assert found.attributes == ("severity",)
    table = found.by("level").set_index("part")
    assert {"iop", "clinic", "ward"} <= set(table.index)
    assert (table.loc["iop", "alternative"], table.loc["clinic", "baseline"]) == (0, 0)
    expected = difference(priced(), without_iop(), "cost.per_patient.society", 4, 9)
    for what in ("level", "reason", "severity"):
        assert found.by(what)["difference"].iloc[-1] == pytest.approx(expected, rel=1e-9)
    changes = found.changed_paths()
    assert changes["contribution"].iloc[-1] == pytest.approx(expected, rel=1e-9)
    assert any("clinic" in to for to in changes["to"])
    with pytest.raises(ValueError, match="a difference can be told apart by level, reason, severity, not 'housing'"):
        found.by("housing")


def test_people_who_ask_in_only_one_arm() -> None:
    more = priced(arrivals={"per_day": 1.6})
    found = explain(priced(), more, "days_well", replications=4, seed=9, labels=("today", "more demand"))
    changes = found.changed_paths()
    assert "asked only in more demand" in set(changes["from"])
    expected = difference(priced(), more, "days_well", 4, 9)
    assert changes["contribution"].iloc[-1] == pytest.approx(expected, rel=1e-9)
    assert found.by("severity")["difference"].iloc[-1] == pytest.approx(expected, rel=1e-9)


def test_workers_never_change_a_number() -> None:
    one, two = (explain(priced(), bigger(), "days_well", 3, seed=9, workers=workers) for workers in (1, 2))
    pd.testing.assert_frame_equal(one.by("level"), two.by("level"), check_exact=True)
    pd.testing.assert_frame_equal(one.baseline, two.baseline, check_exact=True)
    pd.testing.assert_frame_equal(one.changed_paths(), two.changed_paths(), check_exact=True)


def test_progress_is_told_of_every_replication() -> None:
    told: list[tuple[int, int]] = []
    explain(priced(), bigger(), "days_well", 3, progress=lambda *each: told.append(each))
    assert told == [(1, 3), (2, 3), (3, 3)]


# --- what is refused ---


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> list[Scenario]:
    """The scenarios that were simulated with anyone in them."""
    from sim.experiment import explanation as module

    ran: list[Scenario] = []
    replicate = module.replicate

    def watched(described: Scenario, *task: Any) -> Any:
        if described.arrivals.closed_cohort != 0:
            ran.append(described)
        return replicate(described, *task)

    monkeypatch.setattr(module, "replicate", watched)
    return ran


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metric": "cost.total"}, "'cost.total' cannot be split into what each patient contributes"),
        ({"metric": "wait.ward.mean"}, "it is no sum over the cohort"),
        ({"metric": "days_wel"}, "there is no metric 'days_wel'. Did you mean days_well?"),
        ({"metric": "relapse.365_days"}, "'relapse.365_days' is no metric of test"),
        ({"replications": 0}, "replications must be a whole number from 1"),
        ({"seed": -1}, "seed must be"),
        ({"workers": 2_000}, "workers must be"),
    ],
)
def test_what_cannot_be_explained_is_refused_before_anything_is_simulated(
    change: dict[str, Any], message: str, simulated: list[Scenario]
) -> None:
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        explain(**{"baseline": priced(), "alternative": bigger(), "metric": "days_well", **change})
    assert not simulated
    explain(priced(), bigger(), "days_well", 1)
    assert len(simulated) == 2


@pytest.mark.parametrize("name", sim.shipped_names())
def test_every_shipped_scenario_can_be_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check runs the scenario with nobody in it, whatever its calendar, the people of day 0 or evidence."""
    from sim.experiment import explanation as module

    described = sim.load_scenario(name)
    assert len(decomposable(described)) > 20
    observed = module._nobody(described)
    assert len(observed.records.patients) == 0
    for metric in decomposable(described):
        assert module.contributions(observed, metric).empty
    with pytest.raises(ValueError, match="no sum over the cohort"):
        module.contributions(observed, "cost.total")


def test_a_closed_cohort_and_people_present_on_day_0() -> None:
    levels = {"ward": {"length_of_stay": exponential(8)}}
    closed = [scenario(levels, relapse={"median_days": days, "shape": 1.0}, **cohort(20, 60)) for days in (20.0, 60.0)]
    found = explain(*closed, "days_well", 3, seed=2)
    assert found.by("level")["difference"].iloc[-1] == pytest.approx(difference(*closed, "days_well", 3, 2))
    full = small(initial={"ward": {"in_care": 4, "waiting": 2}})
    found = explain(full, full, "days_well", 2)
    assert found.by("level")["difference"].iloc[-1] == 0


def test_kept_records_explain_as_a_new_simulation_does() -> None:
    arms = {"today": priced(), "bigger": bigger()}
    study = sim.compare(arms, replications=3, seed=4, keep_records=True)
    kept = explain_kept(study, "bigger", "days_well").by("level")
    anew = explain(arms["today"], arms["bigger"], "days_well", replications=3, seed=4).by("level")
    pd.testing.assert_frame_equal(kept, anew)
    with pytest.raises(sim.RecordsNotKept, match="keep_records"):
        explain_kept(sim.compare(arms, replications=2, seed=4), "bigger", "days_well")
