"""Drift: what counts as moved, in the exact tier and in the statistical one."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.analysis.drift import DRIFT_COLUMNS, exact_drift, statistical_drift

NAN = math.nan


def table(*rows: tuple[str, float, float, int], runs: int = 10, case: str = "a") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["metric", "mean", "sd", "replications"])
    return frame.assign(case=case, runs=runs)


def one(frame: pd.DataFrame, metric: str = "m") -> dict[str, Any]:
    (row,) = frame[frame["metric"] == metric].to_dict("records")
    return row  # type: ignore[return-value]


def exact(old: tuple[float, float], new: tuple[float, float], relative: float = 1e-9) -> dict[str, Any]:
    return one(exact_drift(table(("m", *old, 10)), table(("m", *new, 10)), relative))


def by_chance(
    old: tuple[float, float, int], new: tuple[float, float, int], margin: float | None = None, alpha: float = 0.05
) -> dict[str, Any]:
    margins = {} if margin is None else {("a", "m"): margin}
    return one(statistical_drift(table(("m", *old)), table(("m", *new)), margins, alpha))


# --- exact ---


def test_equal_numbers_hold() -> None:
    row = exact((5.0, 1.0), (5.0, 1.0))
    assert (row["verdict"], row["in_tolerances"], row["difference"]) == ("held", 0.0, 0.0)


@pytest.mark.parametrize("share", [0.5, 2.0])
@pytest.mark.parametrize("of", ["mean", "sd"])
def test_a_difference_is_told_in_tolerances_of_the_larger_of_mean_and_sd(of: str, share: float) -> None:
    moved = share * 1e-9 * 8
    row = exact((8.0, 2.0), (8.0 + moved, 2.0) if of == "mean" else (8.0, 2.0 + moved))
    assert row["of"] == of
    assert row["tolerance"] == 8e-9
    assert row["in_tolerances"] == pytest.approx(share, rel=1e-6)
    assert row["verdict"] == ("drift" if share > 1 else "held")


def test_the_sd_counts_where_the_mean_holds_and_is_not_compared_with_its_own_rounding() -> None:
    assert exact((0.1, 0.0), (0.1, 1.4e-17))["verdict"] == "held"
    assert exact((0.0, 3.0), (1e-10, 3.0))["verdict"] == "held"
    assert exact((5.0, 1.0), (5.0, 1.1))["verdict"] == "drift"


def test_the_replications_in_which_a_metric_is_defined_are_compared() -> None:
    """One value more, and mean and sd as they were: a metric that has come to be defined where it was not."""
    row = one(exact_drift(table(("m", 5.0, 1.0, 8)), table(("m", 5.0, 1.0, 9))))
    assert (row["of"], row["baseline"], row["now"], row["difference"]) == ("replications", 8, 9, 1)
    assert (row["tolerance"], row["verdict"]) == (0.0, "drift")


def test_a_metric_without_a_value_that_vanished_was_undefined() -> None:
    row = one(exact_drift(table(("m", NAN, NAN, 0)), table()))
    assert (row["verdict"], row["of"]) == ("vanished", "mean")
    assert math.isnan(row["baseline"])


def test_nothing_but_0_is_0() -> None:
    assert exact((0.0, 0.0), (0.0, 0.0))["verdict"] == "held"
    row = exact((0.0, 0.0), (1e-300, 0.0))
    assert (row["verdict"], row["in_tolerances"]) == ("drift", math.inf)


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ((NAN, NAN), (NAN, NAN), "held"),
        ((5.0, NAN), (5.0, NAN), "held"),
        ((NAN, NAN), (5.0, 1.0), "drift"),
        ((5.0, 1.0), (NAN, NAN), "drift"),
        ((5.0, 1.0), (5.0, NAN), "drift"),
        ((math.inf, NAN), (math.inf, NAN), "held"),
        ((5.0, 1.0), (math.inf, NAN), "drift"),
    ],
)
def test_nan_equals_nan_and_nothing_else(old: tuple[float, float], new: tuple[float, float], verdict: str) -> None:
    assert exact(old, new)["verdict"] == verdict


# --- both ---


def test_vanished_and_new_metrics_are_told_apart_by_case() -> None:
    old = pd.concat([table(("gone", 1.0, 1.0, 10), ("same", 2.0, 1.0, 10)), table(("m", 1.0, 1.0, 10), case="b")])
    new = pd.concat([table(("same", 2.0, 1.0, 10), ("added", NAN, NAN, 0)), table(("m", 1.0, 1.0, 10), case="b")])
    for found in (exact_drift(old, new), statistical_drift(old, new, {("a", "gone"): 1.0}, 0.05)):
        assert list(found.columns) == DRIFT_COLUMNS
        verdicts = dict(zip(found["metric"], found["verdict"], strict=True))
        assert verdicts == {"same": "held", "added": "new", "m": "held", "gone": "vanished"}
        assert found[found["metric"].isin(["gone", "added"])]["in_tolerances"].isna().all()


def test_tables_without_rows() -> None:
    for found in (exact_drift(table(), table()), statistical_drift(table(), table(), {}, 0.05)):
        assert len(found) == 0
        assert list(found.columns) == DRIFT_COLUMNS


# --- statistical: by chance ---


def test_one_metric_is_welch_s_t_test() -> None:
    """Against scipy, which has it from summary statistics: the tolerance is where the p value is alpha."""
    row = by_chance((10.0, 2.0, 8), (11.0, 3.0, 20))
    result = stats.ttest_ind_from_stats(10.0, 2.0, 8, 10.0 + row["tolerance"], 3.0, 20, equal_var=False)
    assert result.pvalue == pytest.approx(0.05, rel=1e-9)
    assert row["standard_error"] == pytest.approx(math.sqrt(4 / 8 + 9 / 20))


@pytest.mark.parametrize("seed", range(30))
def test_the_verdict_is_holm_s_over_all_metrics_of_all_cases(seed: int) -> None:
    """Computed the long way round: Welch's p values by scipy, Holm's steps one by one. Some have moved."""
    rng = np.random.default_rng(seed)
    count, alpha = 12, 0.05
    rows = [(f"m{i}", *rng.uniform(1, 3, 2), 6) for i in range(count)]
    moved = [(name, mean + rng.choice([0, 2, 5]) * sd * rng.uniform(), sd, 9) for name, mean, sd, _ in rows]
    half = count // 2
    old = pd.concat([table(*rows[:half]), table(*rows[half:], case="b")])
    new = pd.concat([table(*moved[:half]), table(*moved[half:], case="b")])
    found = statistical_drift(old, new, {}, alpha)
    p_values = [
        stats.ttest_ind_from_stats(a[1], a[2], a[3], b[1], b[2], b[3], equal_var=False).pvalue
        for a, b in zip(rows, moved, strict=True)
    ]
    expected = ["held"] * count
    for step, at in enumerate(np.argsort(p_values)):
        if p_values[at] > alpha / (count - step):
            break
        expected[at] = "drift"
    assert list(found["verdict"]) == expected
    assert list(found["in_tolerances"] > 1) == [verdict == "drift" for verdict in expected]


def test_more_metrics_need_a_larger_difference() -> None:
    alone = by_chance((10.0, 2.0, 8), (13.0, 2.0, 8))
    names = [f"m{i}" for i in range(30)]
    old = table(("m", 10.0, 2.0, 8), *((name, 1.0, 1.0, 8) for name in names))
    new = table(("m", 13.0, 2.0, 8), *((name, 1.0, 1.0, 8) for name in names))
    among = one(statistical_drift(old, new, {}, 0.05))
    assert (alone["verdict"], among["verdict"]) == ("drift", "held")
    assert among["tolerance"] > alone["tolerance"]


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ((5.0, 0.0, 10), (5.0, 0.0, 10), "held"),
        ((0.0, 0.0, 10), (0.0, 0.0, 10), "held"),
        ((5.0, 0.0, 10), (5.0 + 1e-15, 1e-16, 10), "held"),  # an sd that is rounding
        ((5.0, 0.0, 10), (5.01, 0.0, 10), "drift"),
        ((0.0, 0.0, 10), (0.001, 0.0, 10), "drift"),
        ((0.0, 0.0, 10), (0.1, 0.316, 10), "held"),  # a first event in ten replications
        ((NAN, NAN, 0), (NAN, NAN, 0), "held"),
        ((5.0, 1.0, 10), (NAN, NAN, 0), "drift"),  # always there, now never
        ((NAN, NAN, 0), (5.0, 1.0, 10), "drift"),
        ((5.0, 1.0, 4), (NAN, NAN, 0), "unclear"),
        ((5.0, NAN, 1), (6.0, NAN, 1), "unclear"),
        ((5.0, NAN, 1), (5.0, NAN, 1), "held"),
    ],
)
def test_constants_and_what_is_undefined(
    old: tuple[float, float, int], new: tuple[float, float, int], verdict: str
) -> None:
    assert by_chance(old, new)["verdict"] == verdict


def test_what_cannot_be_told_has_no_tolerance() -> None:
    row = by_chance((5.0, NAN, 1), (6.0, NAN, 1))
    assert math.isnan(row["tolerance"])
    assert math.isnan(row["in_tolerances"])


# --- statistical: by a margin ---


@pytest.mark.parametrize(("moved", "verdict"), [(0.9, "held"), (-0.9, "held"), (1.1, "drift"), (-1.1, "drift")])
def test_a_margin_decides_alone(moved: float, verdict: str) -> None:
    """Neither what chance would forbid (an sd of 0.001) nor what it would allow (of 100) matters."""
    for sd in (0.001, 100.0):
        row = by_chance((10.0, sd, 10), (10.0 + moved, sd, 10), margin=1.0)
        assert (row["rule"], row["verdict"]) == ("margin", verdict)
        assert row["in_tolerances"] == pytest.approx(abs(moved))


def test_metrics_with_a_margin_do_not_count_for_holm() -> None:
    names = [f"m{i}" for i in range(30)]
    old = table(("m", 10.0, 2.0, 8), *((name, 1.0, 1.0, 8) for name in names))
    new = table(("m", 13.0, 2.0, 8), *((name, 1.0, 1.0, 8) for name in names))
    found = statistical_drift(old, new, {("a", name): 5.0 for name in names}, 0.05)
    assert one(found)["tolerance"] == pytest.approx(by_chance((10.0, 2.0, 8), (13.0, 2.0, 8))["tolerance"])


def test_a_margin_compares_means_of_one_value_but_nothing_undefined() -> None:
    assert by_chance((5.0, NAN, 1), (6.0, NAN, 1), margin=2.0)["verdict"] == "held"
    assert by_chance((5.0, 1.0, 10), (NAN, NAN, 0), margin=2.0)["verdict"] == "drift"
    assert by_chance((5.0, 1.0, 4), (NAN, NAN, 0), margin=2.0)["verdict"] == "unclear"
    assert by_chance((5.0, 1.0, 10), (5.0, 1.0, 10), margin=0.0)["verdict"] == "held"
