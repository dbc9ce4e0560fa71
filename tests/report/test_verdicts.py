"""What counts as a finding, and that everything goes by it."""

import math

import pandas as pd
import pytest
from report.pictures.figures import study
from support import exponential, scenario

import sim
from sim.analysis import judged
from sim.outcomes import OF_EQUITY, fitting
from sim.report.answers import rows_about
from sim.report.pictures.equity import gaps
from sim.report.verdicts import verdict, with_verdicts
from sim.report.wording import measures

NAN = math.nan


@pytest.mark.parametrize(
    ("difference", "p_value", "p_adjusted", "direction", "word"),
    [
        (NAN, NAN, NAN, "higher", "undefined"),
        (1.0, NAN, NAN, "higher", "too few replications"),
        (0.0, 1.0, 1.0, "higher", "same"),
        (0.0, 0.9, 1.0, "higher", "no difference found"),
        (0.1, 0.3, 1.0, "higher", "no difference found"),
        (0.1, 0.05, 0.05, "higher", "no difference found"),
        (0.1, 0.049, 0.05, "higher", "may be chance"),
        (0.1, 0.001, 0.2, "lower", "may be chance"),
        (0.1, 0.001, 0.049, "higher", "better"),
        (0.1, 0.001, 0.001, "lower", "worse"),
        (-1.0, 0.001, 0.001, "higher", "worse"),
        (-1.0, 0.001, 0.001, "lower", "better"),
        (0.1, 0.001, 0.001, "neutral", "higher"),
        (-1.0, 0.001, 0.001, "neutral", "lower"),
    ],
)
def test_a_verdict_joins_p_values_and_direction(
    difference: float, p_value: float, p_adjusted: float, direction: str, word: str
) -> None:
    assert verdict(difference, p_value, p_adjusted, direction) == word


@pytest.mark.parametrize(
    ("events_apart", "word"), [(0.0, "too few to tell"), (5.0, "too few to tell"), (6.0, "worse"), (NAN, "worse")]
)
def test_events_of_which_too_few_differ_are_no_finding_and_no_sameness(events_apart: float, word: str) -> None:
    """Five deaths more, one in each of five replications, are constant for the t test, but 0.06 for the exact one."""
    assert verdict(0.01, 0.0, 0.0, "lower", events_apart) == word


def test_what_a_changed_input_defines_is_neither_better_nor_worse() -> None:
    rows = pd.DataFrame(
        {
            "metric": ["discharges.a.completed", "discharges.b.completed"],
            "difference": [-0.3, -0.3],
            "p_value": [0.001] * 2,
            "p_adjusted": [0.01] * 2,
            "defined_by": ["early_step_down", ""],
        }
    )
    found = with_verdicts(rows, dict.fromkeys(rows["metric"], "higher"))
    assert list(found["verdict"]) == ["lower", "worse"]
    assert list(found["finding"]) == ["lower, by definition of early_step_down", "worse"]


def test_deaths_too_few_to_tell_have_no_p_value_and_no_interval() -> None:
    ward = {"ward": {"length_of_stay": exponential(8), "places": ["beds"], "cost_per_day": 1.0}}
    base = scenario(ward, {"beds": 4}, death={}, relapse={"median_days": 30, "shape": 1.0})
    others = {"more": {"places.beds.capacity": 5}, "dearer": {"levels.ward.cost_per_day": 2.0}}
    arms = {"base": base} | {name: base.with_overrides(changes) for name, changes in others.items()}
    rows = sim.compare(arms, replications=4).differences()
    deaths = with_verdicts(rows[rows["metric"] == "deaths.share"], {"deaths.share": "lower"}).set_index("scenario")
    assert deaths["events_apart"]["more"] < 6
    assert deaths.loc["more", ["ci_low", "ci_high", "p_value", "p_adjusted"]].isna().all()
    assert deaths["verdict"].to_dict() == {"more": "too few to tell", "dearer": "same"}
    # Whose course nothing changes has the same deaths for certain.
    assert deaths["p_value"]["dearer"] == 1


def test_what_is_undefined_says_what_it_needs() -> None:
    time = {"recruitment_days": 30, "follow_up_days": 10}
    base = scenario({"ward": {"length_of_stay": exponential(2), "places": ["beds"]}}, {"beds": 4}, time=time)
    study = sim.compare({"base": base, "more": base.with_overrides({"places.beds.capacity": 9})}, replications=3)
    rows = with_verdicts(study.differences(), {}).set_index("metric")
    assert rows["verdict"]["linkage.ward"] == "undefined"
    assert rows["finding"]["linkage.ward"] == (
        "undefined without a discharge, completed or transferred, that leaves 14 days of follow-up"
    )
    assert "too few replications" not in set(rows["verdict"])
    undefined = rows[rows["verdict"] == "undefined"]
    assert all(len(finding) > len("undefined") for finding in undefined["finding"])


def test_fewer_readmissions_of_those_who_cannot_get_in_are_not_better() -> None:
    """Everyone comes back; of the ten beds one is left, for which nobody waits over a day."""
    ward = {"length_of_stay": exponential(10), "places": ["beds"], "patience": exponential(1)}
    here = scenario(
        {"ward": ward},
        {"beds": 30},
        relapse={"median_days": 10, "shape": 1.0},
        return_to_care={"probability": 1.0, "delay_days": exponential(5)},
        time={"recruitment_days": 100, "follow_up_days": 200},
    )
    study = sim.compare({"base": here, "fewer": here.with_overrides({"places.beds.capacity": 2})}, replications=8)
    known = measures([here], ["readmission.90_days", "reneged"])
    rows = rows_about(study.differences(), known).set_index("metric")
    assert rows["verdict"].to_dict() == {"readmission.90_days": "lower", "reneged": "worse"}


def test_rows_keep_their_order_and_index() -> None:
    rows = pd.DataFrame(
        {"metric": ["a", "b"], "difference": [1.0, 1.0], "p_value": [0.001] * 2, "p_adjusted": [0.01] * 2}, index=[7, 3]
    )
    found = with_verdicts(rows, {"b": "lower"})
    assert found["verdict"].to_dict() == {7: "higher", 3: "worse"}


def test_the_main_outcomes_are_one_family_whatever_else_there_is() -> None:
    """Those that no replication can change do not count: here, who asks."""
    base = scenario({"ward": {"length_of_stay": exponential(8), "places": ["beds"]}}, {"beds": 4})
    study = sim.compare({"base": base, "more": base.with_overrides({"places.beds.capacity": 5})}, replications=4)
    rows = study.differences().set_index("metric")
    main = fitting(rows.index)
    assert rows.loc["arrivals", ["p_value", "p_adjusted"]].tolist() == [1.0, 1.0]
    differing = rows.loc[main][rows.loc[main, "p_value"] < 1]
    assert 1 < len(differing) < len(main) < len(rows)
    smallest = differing["p_value"].idxmin()
    expected = min(differing["p_value"][smallest] * len(differing), 1.0)
    assert differing["p_adjusted"][smallest] == pytest.approx(expected)
    assert set(rows.index[rows["family"] == "main outcomes"]) == set(main)
    assert set(rows["family"]) == {"main outcomes", "all metrics"}


def test_gaps_have_one_verdict_wherever_they_are_asked_for() -> None:
    of = study(3)
    found = of.gap_changes().set_index(["metric", "scenario", "by", "group"])["verdict"]
    frame = gaps(of, "days_well")
    for row in frame[frame["verdict"] != ""].itertuples():
        assert row.verdict == found["days_well", row.scenario, row.by, row.group]
    changes = of.gap_changes()
    main = changes[changes["metric"].isin(OF_EQUITY)]
    assert list(judged(main)["verdict"]) == list(main["verdict"])
