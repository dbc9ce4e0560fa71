"""The frames behind the plots hold the numbers of the study, and nothing else."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from experiment.systems import small
from report.pictures.figures import METRICS, study

import sim
from sim.outcomes import Observed
from sim.outcomes.curves import relapse_at_risk, retention_curve
from sim.report.pictures.budget import TOTAL, WINDOW, budgets
from sim.report.pictures.census import census
from sim.report.pictures.curves import curves
from sim.report.pictures.differences import differences
from sim.report.pictures.equity import gaps
from sim.report.pictures.flow import flows
from sim.report.pictures.plane import plane
from sim.report.pictures.waits import waits
from sim.report.pictures.whereabouts import places

LIMITS = ["mean", "ci_low", "ci_high"]
CHANGE = ["difference", "difference_low", "difference_high", "p_value"]


def agree(frame: pd.DataFrame, known: pd.DataFrame) -> None:
    assert len(frame)
    np.testing.assert_allclose(frame.to_numpy(dtype=float), known.to_numpy(dtype=float), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("make", [curves, places, lambda of: flows(of.results[of.baseline])])
def test_without_records_it_says_what_to_do(make: object) -> None:
    plain = study(2)
    scenarios = {label: result.scenario for label, result in plain.results.items()}
    without = sim.compare(scenarios, 2, seed=1)
    with pytest.raises(sim.RecordsNotKept, match="keep_records=True"):
        make(without)  # type: ignore[operator]


def test_curves_end_where_the_metrics_are() -> None:
    of = study(3)
    frame = curves(of)
    summary = of.summary().set_index(["metric", "scenario"])
    changes = of.differences().set_index(["metric", "scenario"])
    for curve, metric in (("in care", "retention.30_days"), ("relapsed", "relapse.30_days")):
        rows = frame[(frame["curve"] == curve) & (frame["day"] == 30)].set_index("scenario")
        agree(rows[LIMITS], summary.loc[metric].loc[rows.index, LIMITS])
        known = changes.loc[metric][["difference", "ci_low", "ci_high", "p_value"]]
        agree(rows.loc[known.index, CHANGE], known)
    assert frame["number"].ge(0).all()


def test_places_add_up() -> None:
    sums = places(study(3)).groupby(["scenario", "day"])["mean"].sum()
    np.testing.assert_allclose(sums, 1.0)


def test_flows_conserve_the_mean_cohort() -> None:
    of = study(2)
    frame = flows(of.results["system 1"])
    people = frame.groupby(["step", "source"])["people"].sum()
    arrivals = of.results["system 1"].metrics.query("metric == 'arrivals'")["value"].mean()
    assert people[0, "asked"] == pytest.approx(arrivals)
    for (step, target), coming in frame.groupby(["step", "target"])["people"].sum().items():
        if target in ("ward", "iop"):
            assert people[step + 1, target] == pytest.approx(coming)


def test_the_census_is_that_of_the_window() -> None:
    of = study(2)
    frame = census(of)
    window = frame[frame["phase"] == "window"].groupby(["scenario", "kind", "level"])["mean"].mean()
    known = of.summary().set_index(["scenario", "metric"])["mean"]
    for scenario in of.results:
        # Smoothing takes in a few days before and after the window.
        assert window[scenario, "in care", "ward"] == pytest.approx(known[scenario, "census.ward.mean"], rel=0.1)
        assert window[scenario, "waiting", "ward"] == pytest.approx(known[scenario, "queue.ward.mean"], rel=0.25)
    assert set(frame["phase"]) == {"window", "after"}


def test_waits_are_those_of_the_summary() -> None:
    of = study(3)
    frame = waits(of).assign(metric=lambda rows: "wait." + rows["level"] + "." + rows["statistic"])
    known = of.summary().set_index(["scenario", "metric"])
    agree(frame[LIMITS], known.loc[list(zip(frame["scenario"], frame["metric"], strict=True)), LIMITS])


def test_differences_are_adjusted_for_what_is_shown() -> None:
    frame = differences(study(3), METRICS[:2])
    assert len(frame) == 4
    assert list(dict.fromkeys(frame["metric"])) == list(METRICS[:2])
    assert differences(study(3), METRICS[1:2])["p_adjusted"].sum() <= frame["p_adjusted"][2:].sum()
    with pytest.raises(ValueError, match="no two scenarios"):
        differences(study(3), ["wait.nowhere.mean"])


def linked() -> sim.Study:
    """Arms with the same places."""
    base = small()
    return sim.compare({"base": base, "linked": base.with_overrides({"levels.ward.next.0.probability": 0.9})}, 3)


@pytest.mark.parametrize(
    ("made", "cost", "effect"),
    [
        (lambda: study(3), "cost.system_discounted.society", "qalys.system_discounted"),
        (linked, "cost.per_patient_discounted.society", "qalys.per_patient_discounted"),
    ],
)
def test_the_plane_is_about_the_baseline(made: Callable[[], sim.Study], cost: str, effect: str) -> None:
    """Of the whole system where places are opened or closed, else of a patient."""
    of = made()
    frame = plane(of)
    base = frame[frame["strategy"] == of.baseline]
    assert (base[["more_cost", "more_effect"]] == 0).all(axis=None)
    changes = of.differences().set_index(["metric", "scenario"])["difference"]
    means = frame.groupby("strategy")[["more_cost", "more_effect"]].mean()
    for scenario in list(of.results)[1:]:
        assert means["more_cost"][scenario] == pytest.approx(changes[cost, scenario])
        assert means["more_effect"][scenario] == pytest.approx(changes[effect, scenario])


def test_the_budget_adds_up() -> None:
    frame = budgets(study(3))
    monthly = frame[frame["month"] != WINDOW]
    totals = monthly[monthly["part"] == TOTAL].set_index(["scenario", "month"])["amount"]
    parts = monthly[monthly["part"] != TOTAL].groupby(["scenario", "month"])["amount"].sum()
    np.testing.assert_allclose(parts[totals.index], totals)
    whole = frame[frame["month"] == WINDOW].set_index("scenario")["amount"]
    np.testing.assert_allclose(totals.groupby("scenario").sum()[whole.index], whole)


def test_gaps_are_those_of_the_study() -> None:
    of = study(3)
    frame = gaps(of, "retention.30_days")
    known = of.equity().set_index(["scenario", "by", "group", "metric"])
    agree(
        frame[LIMITS],
        known.loc[list(frame[["scenario", "by", "group", "metric"]].itertuples(index=False, name=None)), LIMITS],
    )
    unjudged = (frame["scenario"] == of.baseline) | frame["group"].isin(["stable", "mild"])
    assert (frame.loc[unjudged, "verdict"] == "").all()
    assert (frame.loc[~unjudged, "verdict"] != "").all()
    with pytest.raises(ValueError, match="no outcome"):
        gaps(of, "occupancy.beds")


def test_the_numbers_below_the_curves_are_people() -> None:
    """In care: the share times the cohort; at risk: all who were ever well, less those whose clock has stopped."""
    of = study(1)
    frame = curves(of).set_index(["curve", "day"])["number"]
    result = of.results["system 0"]
    every = [Observed(result.records(number), result.scenario) for number in range(of.replications)]
    in_care = np.mean([each.cohort_size * retention_curve(each, np.array([10.0]))[0] for each in every])
    at_risk = np.mean([relapse_at_risk(each, np.array([0.0, 10.0])) for each in every], axis=0)
    assert frame["in care", 10.0] == pytest.approx(in_care)
    assert [frame["relapsed", day] for day in (0.0, 10.0)] == pytest.approx(list(at_risk))
    assert at_risk[0] <= np.mean([each.cohort_size for each in every])
