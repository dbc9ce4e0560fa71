"""Differences in parts that add up, by hand, over random numbers, and over a simulated pair of scenarios."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import exponential, fixed, scenario

from sim.analysis.decomposition import CHANGES, PARTS, changed_paths, decompose, parting
from sim.analysis.intervals import mean_interval
from sim.model import replicate
from sim.outcomes import metrics
from sim.outcomes.contributions import contributions, decomposable
from sim.outcomes.observed import Observed
from sim.outcomes.paths import paths
from sim.scenario import Scenario

NAN = math.nan
some = settings(max_examples=100, deadline=None, derandomize=True)

Row = tuple[Any, ...]


def parts(*rows: Row) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["replication", "patient", "level", "value"])


def people(*rows: Row) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["replication", "patient", "path", "value"])


def rows_of(table: pd.DataFrame) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(row["from"], row["to"]): row for row in table.to_dict("records")}


# --- parts ---


def test_parts_by_hand() -> None:
    """Replication 0: iop 1 -> 4, home 5 -> 3. Replication 1: iop 2 -> 3, home 6 -> 6, detox 0 -> 1."""
    base = parts((0, 0, "iop", 1.0), (0, 1, "home", 2.0), (0, 0, "home", 3.0), (1, 0, "iop", 2.0), (1, 1, "home", 6.0))
    alternative = parts(
        (0, 0, "iop", 4.0), (0, 1, "home", 3.0), (1, 0, "iop", 3.0), (1, 1, "home", 6.0), (1, 1, "detox", 1.0)
    )
    table = decompose(base, alternative, "level")
    assert list(table.columns) == PARTS
    assert table["part"].tolist() == ["iop", "home", "detox", "total"]
    assert table["baseline"].tolist() == [1.5, 5.5, 0.0, 7.0]
    assert table["alternative"].tolist() == [3.5, 4.5, 0.5, 8.5]
    assert table["difference"].tolist() == [2.0, -1.0, 0.5, 1.5]
    # Differences of the whole: 1 and 2, so that it may be 0, and a share of it means nothing.
    assert table["share_of_difference"].isna().all()
    for row, differences in zip((0, 3), ([3.0, 1.0], [1.0, 2.0]), strict=True):
        expected = mean_interval(np.array(differences))[2:]
        assert tuple(table.loc[row, ["ci_low", "ci_high"]]) == pytest.approx(expected)


def test_shares_of_a_difference_that_is_not_zero() -> None:
    base = parts(*((number, 0, "iop", 1.0) for number in range(4)), *((number, 0, "home", 5.0) for number in range(4)))
    more = (3.0, 3.1, 2.9, 3.0)
    alternative = parts(
        *((number, 0, "iop", value) for number, value in enumerate(more)),
        (0, 0, "home", 4.0),
        *((number, 0, "home", 4.0) for number in (1, 2, 3)),
    )
    assert decompose(base, alternative, "level")["share_of_difference"].tolist() == pytest.approx([2.0, -1.0, 1.0])


def test_an_ordered_attribute_keeps_its_order_and_parts_without_anything_are_left_out() -> None:
    order = pd.CategoricalDtype(["mild", "moderate", "severe", "unheard of"])
    base, alternative = (
        parts((0, 0, "severe", value), (0, 1, "mild", 1.0), (0, 2, "moderate", 2.0)).astype({"level": order})
        for value in (3.0, 9.0)
    )
    assert decompose(base, alternative, "level")["part"].tolist() == ["mild", "moderate", "severe", "total"]


def test_a_replication_without_the_metric_in_one_arm_drops_out_of_both() -> None:
    base = parts((0, 0, "iop", 1.0), (1, 0, "iop", 100.0), (2, 0, "iop", 1.0))
    alternative = parts((0, 0, "iop", 2.0), (1, 0, "iop", NAN))
    total = decompose(base, alternative, "level").iloc[-1]
    assert (total["baseline"], total["alternative"], total["difference"]) == (1.0, 2.0, 1.0)
    assert math.isnan(total["ci_low"])


def test_no_difference_and_no_replication() -> None:
    same = parts((0, 0, "iop", 1.0), (1, 0, "iop", 2.0))
    table = decompose(same, same, "level")
    assert table["difference"].tolist() == [0.0, 0.0]
    assert table["share_of_difference"].isna().all()
    never = decompose(parts((0, 0, "iop", NAN)), same, "level")
    assert never["part"].tolist() == ["total"]
    assert never[["baseline", "difference", "ci_low"]].isna().all(axis=None)


contribution = st.tuples(st.integers(0, 2), st.integers(0, 4), st.sampled_from("abc"), st.floats(-1e3, 1e3))


@some
@given(st.lists(contribution, min_size=1), st.lists(contribution, min_size=1))
def test_parts_add_up_exactly(base: list[Row], alternative: list[Row]) -> None:
    table = decompose(parts(*base), parts(*alternative), "level")
    *rows, total = table.to_dict("records")
    both = {row[0] for row in base} & {row[0] for row in alternative}
    if not both:
        assert math.isnan(total["difference"])
        return
    for column in ("baseline", "alternative", "difference"):
        assert math.fsum(row[column] for row in rows) == total[column]
    means = [math.fsum(row[3] for row in arm if row[0] in both) / len(both) for arm in (base, alternative)]
    assert (total["baseline"], total["alternative"]) == pytest.approx(means, abs=1e-9)
    assert total["difference"] == pytest.approx(means[1] - means[0], abs=1e-9)


# --- paths ---


def test_changed_paths_by_hand() -> None:
    base = people(
        *((0, 0, "iop", 4.0), (0, 1, "iop", 2.0), (0, 2, "iop", 1.0), (0, 3, "detox", 5.0)),
        *((1, 0, "iop", 3.0), (1, 1, "detox", 1.0), (1, 2, "detox", 1.0), (1, 3, "detox", 0.0)),
    )
    alternative = people(
        *((0, 0, "iop > op", 10.0), (0, 1, "iop > op", 4.0), (0, 2, "iop", 2.0), (0, 3, "detox", 5.0)),
        *((1, 0, "iop > op", 7.0), (1, 1, "detox", 1.0), (1, 2, "never admitted", 0.0), (1, 3, "detox", 0.0)),
    )
    table = changed_paths(base, alternative)
    assert list(table.columns) == CHANGES
    assert table["from"].tolist() == ["iop", "detox", "same path", "total"]
    assert table["to"].tolist() == ["iop > op", "never admitted", "", ""]
    assert table["patients"].tolist() == [1.5, 0.5, 2.0, 4.0]
    assert table["share"].tolist() == [3 / 8, 1 / 8, 4 / 8, 1]
    assert table["mean_change"].tolist() == [(6 + 2 + 4) / 3, -1, 1 / 4, (6 + 2 + 1 + 4 - 1) / 8]
    assert table["contribution"].tolist() == [12 / 8, -1 / 8, 1 / 8, 12 / 8]
    assert table["share_of_difference"].tolist() == pytest.approx([1, -1 / 12, 1 / 12, 1])


def test_only_the_largest_changes_and_the_sum_of_the_others() -> None:
    base = people(*((0, i, "iop", 0.0) for i in range(6)))
    alternative = people(*((0, i, f"iop > {'abcdef'[i]}", float(i)) for i in range(6)))
    table = changed_paths(base, alternative, most=2)
    assert table["to"].tolist() == ["iop > f", "iop > e", "", ""]
    assert table["from"].tolist()[2:] == ["all other changes", "total"]
    assert table["contribution"].tolist() == pytest.approx([5 / 6, 4 / 6, 6 / 6, 15 / 6])
    assert table["patients"].tolist() == [1, 1, 4, 6]
    assert len(changed_paths(base, alternative, most=6)) == 7


def test_people_of_one_arm_only_are_named() -> None:
    """Means 3 and 6. The middle of those in both is 5; a change counts with half of 1/2 + 1/3."""
    base = people((0, 0, "iop", 2.0), (0, 1, "iop", 4.0))
    alternative = people((0, 1, "iop > op", 6.0), (0, 2, "iop", 9.0), (0, 3, "iop", 3.0))
    table = rows_of(changed_paths(base, alternative, labels=("today", "more demand")))
    assert table["iop", "iop > op"]["contribution"] == pytest.approx(2 * (1 / 2 + 1 / 3) / 2)
    only_before, only_after = table["asked only in today", ""], table["asked only in more demand", ""]
    assert only_before["contribution"] == pytest.approx((5 - 2) / 2)
    assert only_after["contribution"] == pytest.approx((9 - 5 + 3 - 5) / 3)
    assert only_after["patients"] == 2
    assert math.isnan(only_after["mean_change"])
    assert table["total", ""]["contribution"] == pytest.approx(6 - 3)
    assert table["total", ""]["patients"] == 4


def test_where_paths_part() -> None:
    assert parting("a (completed)", "a (completed) > b (relapsed) > c (completed)") == (
        "a (completed) > no more care",
        "a (completed) > b",
    )
    assert parting("never admitted", "a (completed)") == ("never admitted", "a")
    assert parting("a (completed) > b (relapsed)", "a (completed) > b (completed) > c (in care)") == (
        "a (completed) > b (relapsed)",
        "a (completed) > b (completed)",
    )
    assert parting("a (died)", "b (completed) > a (died)") == ("a", "b")
    assert parting("a (x) > b (x) > c (x)", "a (x) > b (x)") == ("b (x) > c", "b (x) > no more care")


def test_paths_may_be_told_apart_where_they_part() -> None:
    base = people(*((0, i, "a (completed)", 0.0) for i in range(3)))
    ways = ["a (completed) > b (died)", "a (completed) > b (completed) > a (in care)", "a (completed)"]
    alternative = people(*((0, i, way, 1.0) for i, way in enumerate(ways)))
    assert len(changed_paths(base, alternative)) == 4
    table = changed_paths(base, alternative, whole_paths=False)
    assert table["from"].tolist() == ["a (completed) > no more care", "same path", "total"]
    assert table["to"].tolist() == ["a (completed) > b", "", ""]
    assert table["patients"].tolist() == [2, 1, 3]


member = st.tuples(st.integers(0, 1), st.integers(0, 6), st.sampled_from(["iop", "op", "iop > op"]), st.floats(-9, 9))


def cohort(rows: Sequence[Row]) -> pd.DataFrame:
    return people(*{row[:2]: row for row in rows}.values())


@some
@given(st.lists(member, min_size=1), st.lists(member, min_size=1), st.none() | st.integers(0, 2), st.booleans())
def test_changes_of_any_two_cohorts_add_up(
    base: list[Row], alternative: list[Row], most: int | None, whole: bool
) -> None:
    """Whoever is in them: the rows sum to the mean over replications of the difference of means."""
    before, after = cohort(base), cohort(alternative)
    table = changed_paths(before, after, most=most, whole_paths=whole)
    *rows, total = table.to_dict("records")
    means = [arm.groupby("replication")["value"].mean() for arm in (before, after)]
    difference = (means[1] - means[0]).dropna()
    if difference.empty:
        assert math.isnan(total["contribution"])
        return
    assert math.fsum(row["contribution"] for row in rows) == total["contribution"]
    assert total["contribution"] == pytest.approx(difference.mean(), abs=1e-9)
    assert math.fsum(row["share"] for row in rows) == pytest.approx(1)
    assert len(rows) <= (math.inf if most is None else most + 4)


# --- a simulated pair ---


def clinics(beds: int, **parts: Any) -> Scenario:
    """A ward with a waiting list and aftercare."""
    levels = {
        "ward": {
            "places": ["beds"],
            "length_of_stay": exponential(10),
            "dropout": exponential(40),
            "patience": exponential(5),
            "next": [{"after": ["completed"], "to": "aftercare", "probability": 0.5, "delay_days": exponential(3)}],
        },
        "aftercare": {"length_of_stay": fixed(30), "relapse_exposure": 0.5},
    }
    return scenario(
        levels,
        {"beds": beds},
        population={"severity": {"mild": 0.5, "severe": 0.5}},
        relapse={"median_days": 60.0, "shape": 0.7},
        return_to_care={"probability": 0.5, "delay_days": exponential(20)},
        death={"unwell": 500.0},
        **parts,
    )


@pytest.mark.parametrize("per_day", [1.0, 1.3])
def test_differences_of_two_scenarios_in_parts(per_day: float) -> None:
    pair = (clinics(6), clinics(12, arrivals={"per_day": per_day}))
    facts = [[replicate(described, 5, number) for number in range(3)] for described in pair]
    for name in decomposable(pair[0]):
        if name.startswith("cost."):
            continue
        tables, ways, means = [], [], []
        for described, arm in zip(pair, facts, strict=True):
            split, members = [], []
            for number, records in enumerate(arm):
                observed = Observed(records, described)
                table = contributions(observed, name).assign(replication=number)
                split.append(table.merge(records.patients.frame()[["patient", "severity"]], on="patient"))
                way = paths(observed).reset_index().assign(replication=number)
                values = table.groupby("patient")["value"].sum()
                members.append(way.assign(value=way["patient"].map(values) * observed.cohort_size))
            tables.append(pd.concat(split))
            ways.append(pd.concat(members))
            means.append(np.mean([metrics(records, described)[name] for records in arm]))
        difference = pytest.approx(means[1] - means[0], abs=1e-9)
        for by in ("level", "reason", "severity"):
            assert decompose(tables[0], tables[1], by)["difference"].iloc[-1] == difference, (name, by)
        for whole in (True, False):
            changes = changed_paths(ways[0], ways[1], most=5, whole_paths=whole)
            assert changes["contribution"].iloc[-1] == difference, name
            assert ("asked only in the alternative" in set(changes["from"])) == (per_day > 1)
