"""Gaps between groups, and whether they change: by hand, each verdict, and what drops out."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from sim.analysis import gap_changes, gaps, group_summary, holm, mean_interval
from sim.analysis.equity import CHANGE_COLUMNS, GAP_COLUMNS

NAN = math.nan
Groups = Mapping[str, Sequence[float]]


def frame(scenarios: Mapping[str, Groups], by: str = "severity", metric: str = "retention") -> pd.DataFrame:
    """scenario -> group -> value in each replication."""
    rows = [
        (scenario, replication, by, group, metric, value)
        for scenario, groups in scenarios.items()
        for replication in range(max(map(len, groups.values())))
        for group, values in groups.items()
        for value in values[replication : replication + 1]
    ]
    return pd.DataFrame(rows, columns=["scenario", "replication", "by", "group", "metric", "value"])


def around(gap: float, spread: float = 0.1) -> Groups:
    """Two groups that are so far apart on average, within the spread."""
    reference = [10.0, 12.0, 11.0, 9.0]
    wobble = [-spread, spread, -spread, spread]
    return {"mild": reference, "severe": [a + gap + b for a, b in zip(reference, wobble, strict=True)]}


def change(before: Groups, here: Groups) -> pd.Series:
    found = gap_changes(frame({"base": before, "new": here}), "base")
    assert len(found) == 1
    return found.iloc[0]


# --- groups and gaps ---


def test_groups_by_hand() -> None:
    """Values 1, 2, 3: sd 1, and the t quantile with two degrees of freedom is 4.30265."""
    found = group_summary(frame({"base": {"mild": [1, 2, 3], "severe": [NAN, 4, 6]}, "new": {"mild": [5]}}))
    assert list(found.columns) == [
        *("scenario", "by", "group", "metric", "mean", "ci_low", "ci_high", "replications"),
    ]
    assert found[["scenario", "group", "mean", "replications"]].to_numpy().tolist() == [
        ["base", "mild", 2.0, 3],
        ["base", "severe", 5.0, 2],
        ["new", "mild", 5.0, 1],
    ]
    half = 4.302652729911275 / math.sqrt(3)
    assert found["ci_low"][0] == pytest.approx(2 - half)
    assert found["ci_high"][0] == pytest.approx(2 + half)
    assert math.isnan(found["ci_low"][2])


def test_gaps_by_hand_are_paired() -> None:
    """Differences from the first group: 1, 2, 3 and -3, NaN, -5, though each group varies by hundreds."""
    mild = [100.0, 500.0, 900.0]
    groups = {"mild": mild, "severe": [101, 502, 903], "none": [97, NAN, 895]}
    found = gaps(frame({"base": groups}))
    assert list(found.columns) == GAP_COLUMNS
    assert found[["group", "reference", "gap", "replications"]].to_numpy().tolist() == [
        ["severe", "mild", 2.0, 3],
        ["none", "mild", -4.0, 2],
    ]
    half = 4.302652729911275 / math.sqrt(3)
    assert found[["ci_low", "ci_high"]].iloc[0].tolist() == pytest.approx([2 - half, 2 + half])
    narrower = gaps(frame({"base": groups}), confidence=0.5)
    assert narrower["ci_low"][0] > found["ci_low"][0]


def test_the_first_group_is_the_reference_whatever_its_name() -> None:
    found = gaps(frame({"base": {"zebra": [1, 2], "apple": [2, 4], "monkey": [0, 0]}}))
    assert found[["group", "reference"]].to_numpy().tolist() == [["apple", "zebra"], ["monkey", "zebra"]]


def test_replications_are_paired_by_number_not_by_position() -> None:
    table = frame({"base": {"mild": [1, 2, 3], "severe": [11, 22, 33]}})
    order = table.iloc[[0, 1, 5, 3, 2, 4]]
    assert gaps(order)["gap"].tolist() == gaps(table)["gap"].tolist() == [20.0]
    assert gaps(order)["ci_low"].tolist() == gaps(table)["ci_low"].tolist()


def test_several_attributes_and_metrics_are_apart() -> None:
    parts = [frame({"base": around(1)}, by, metric) for by in ("a", "b") for metric in ("x", "y")]
    found = gaps(pd.concat(parts))
    assert found[["by", "metric"]].to_numpy().tolist() == [["a", "x"], ["a", "y"], ["b", "x"], ["b", "y"]]


def test_one_group_alone_has_no_gap() -> None:
    found = gaps(frame({"base": {"everyone": [1, 2]}}))
    assert found.empty
    assert list(found.columns) == GAP_COLUMNS


# --- changes ---


def test_changes_by_hand() -> None:
    """Gaps -2, -4 at the baseline and -1, -2 here: each is smaller in size, by 1 and 2."""
    before = {"mild": [5.0, 9.0], "severe": [3.0, 5.0]}
    here = {"mild": [6.0, 8.0], "severe": [5.0, 6.0]}
    row = change(before, here)
    assert (row["scenario"], row["by"], row["metric"]) == ("new", "severity", "retention")
    assert (row["group"], row["reference"]) == ("severe", "mild")
    assert (row["gap_baseline"], row["gap"], row["change"], row["replications"]) == (-3.0, -1.5, -1.5, 2)
    _, _, low, high = mean_interval(np.array([-1.0, -2.0]))
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high))
    # t = -1.5 / 0.5 with one degree of freedom: 2 * (1/2 - atan(3) / pi).
    assert row["p_value"] == pytest.approx(1 - 2 * math.atan(3) / math.pi)
    assert row["p_adjusted"] == row["p_value"]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("before", "here", "verdict"),
    [
        (around(2), around(1), "narrower"),
        (around(2), around(3), "wider"),
        (around(2), around(-1), "reversed"),
        (around(2), around(-3), "reversed"),
        (around(0), around(1), "opened"),
        (around(2), around(2), "no change found"),
        (around(2), around(2.1, spread=1), "no change found"),
        (around(0), around(0, spread=1), "no gap found"),
        (around(0.01), around(0.02), "no gap found"),
        # Told from 0 here and not there, yet the difference between them may be chance.
        (around(0.4, spread=0.6), around(0.6, spread=0.1), "no change found"),
        # Closed altogether: smaller, and what is left cannot be told from nothing.
        (around(2), around(0), "narrower"),
        # One replication alone, on either side.
        (around(2), {"mild": [1], "severe": [2]}, "too few replications"),
        ({"mild": [1], "severe": [2]}, around(2), "too few replications"),
        ({"mild": [1, NAN], "severe": [2, 2]}, {"mild": [NAN, 1], "severe": [2, 2]}, "undefined"),
    ],
)
def test_verdicts_do_not_depend_on_which_way_the_gap_is(before: Groups, here: Groups, verdict: str, sign: int) -> None:
    arms = [{group: [sign * value for value in values] for group, values in arm.items()} for arm in (before, here)]
    row = change(*arms)
    assert row["verdict"] == verdict
    if verdict == "narrower":
        assert row["change"] < 0
    if verdict == "wider":
        assert row["change"] > 0


def test_a_gap_that_is_the_same_to_the_bit_has_no_change() -> None:
    row = change(around(2), around(2))
    assert (row["change"], row["ci_low"], row["ci_high"], row["p_value"]) == (0, 0, 0, 1)
    nothing = change({"mild": [1, 2], "severe": [1, 2]}, {"mild": [4, 5], "severe": [4, 5]})
    assert nothing["verdict"] == "no gap found"


def test_a_change_is_paired_with_the_same_replication_of_the_baseline() -> None:
    """Gaps vary by 100, and always grow by about 1."""
    gaps_before = [100.0, 300.0, 200.0, 400.0]
    before = {"mild": [0.0] * 4, "severe": gaps_before}
    here = {"mild": [0.0] * 4, "severe": [gap + more for gap, more in zip(gaps_before, (1, 1.1, 0.9, 1), strict=True)]}
    row = change(before, here)
    assert row["verdict"] == "wider"
    assert row["ci_high"] - row["ci_low"] < 1


def test_replications_without_a_value_drop_out_of_both_arms() -> None:
    before = {"mild": [0, 0, 0, NAN], "severe": [1.0, 2.0, 300.0, 4.0]}
    here = {"mild": [0, 0, 0, 0], "severe": [2.0, 4.0, NAN, 400.0]}
    row = change(before, here)
    assert (row["replications"], row["gap_baseline"], row["gap"], row["change"]) == (2, 1.5, 3.0, 1.5)


def test_holm_is_over_all_rows() -> None:
    scenarios = {"base": around(2), "a": around(2.1, 0.05), "b": around(3), "c": around(1.95, 0.2)}
    table = pd.concat([frame(scenarios), frame({**scenarios, "a": around(1)}, by="housing")])
    found = gap_changes(table, "base")
    assert list(found.columns) == CHANGE_COLUMNS
    assert found[["by", "scenario"]].to_numpy().tolist() == [
        *(["severity", each] for each in "abc"),
        *(["housing", each] for each in "abc"),
    ]
    assert found["p_adjusted"].tolist() == holm(found["p_value"].to_numpy()).tolist()
    smallest = found["p_value"].min()
    assert found["p_adjusted"].min() == pytest.approx(6 * smallest)
    alone = gap_changes(table[table["scenario"].isin(["base", "a"])], "base")
    assert alone["p_adjusted"].min() == pytest.approx(2 * alone["p_value"].min())


def test_undefined_changes_do_not_count_in_holm() -> None:
    table = pd.concat(
        [frame({"base": around(2), "new": around(3)}), frame({"base": {"m": [1], "s": [2]}, "new": around(3)}, "x")]
    )
    found = gap_changes(frame({"base": around(2), "new": around(3)}), "base")
    both = gap_changes(table, "base")
    assert both["p_adjusted"][0] == found["p_adjusted"][0]


def test_what_a_scenario_or_the_baseline_lacks_has_no_row() -> None:
    base = pd.concat([frame({"base": around(1)}), frame({"base": around(2)}, by="housing")])
    new = pd.concat([frame({"new": around(1)}), frame({"new": around(2)}, by="work")])
    found = gap_changes(pd.concat([base, new]), "base")
    assert found["by"].tolist() == ["severity"]
    other_groups = frame({"new": {"mild": [1, 2], "critical": [3, 4]}})
    assert gap_changes(pd.concat([frame({"base": around(1)}), other_groups]), "base").empty


def test_one_scenario_has_no_changes() -> None:
    found = gap_changes(frame({"base": around(1)}), "base")
    assert found.empty
    assert list(found.columns) == CHANGE_COLUMNS


def test_no_groups_at_all() -> None:
    nothing = frame({"base": around(1)}).iloc[:0]
    assert group_summary(nothing).empty
    assert gaps(nothing).empty
    assert gap_changes(nothing, "base").empty
