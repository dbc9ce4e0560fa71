"""Intervals and paired differences against hand-worked examples and scipy."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.analysis import holm, mean_interval, mean_intervals, paired_differences, summary
from sim.analysis.intervals import (
    COLUMNS,
    all_pairs,
    by_replication,
    holm_of_what_differs,
    p_value,
    row_intervals,
    row_p_values,
    t_quantile,
)

NAN = math.nan
some = settings(max_examples=60, deadline=None, derandomize=True)


def test_mean_interval_by_hand() -> None:
    """Mean 5, squared deviations 9 + 1 + 1 + 9 = 20, sd sqrt(20/3), t(3; 0.975) = 3.182446, half-width 4.108521."""
    mean, sd, low, high = mean_interval(np.array([2.0, 4.0, 6.0, 8.0]))
    assert mean == 5.0
    assert sd == pytest.approx(2.581989, abs=1e-6)
    assert [low, high] == pytest.approx([5 - 4.108521, 5 + 4.108521], abs=1e-6)


def test_another_confidence() -> None:
    """t(1; 0.95) = 6.313752 and a standard error of 1."""
    assert mean_interval(np.array([4.0, 6.0]), 0.9)[2:] == pytest.approx((5 - 6.313752, 5 + 6.313752), abs=1e-6)


def test_one_value_says_nothing_about_its_error() -> None:
    assert mean_interval(np.array([3.0])) == (3.0, *[pytest.approx(NAN, nan_ok=True)] * 3)
    assert all(math.isnan(each) for each in mean_interval(np.array([])))


def test_undefined_values_are_left_out() -> None:
    values = np.array([2.0, NAN, 4.0, 6.0, 8.0, NAN])
    assert mean_interval(values) == mean_interval(values[~np.isnan(values)])
    assert all(math.isnan(each) for each in mean_interval(np.array([NAN, NAN])))
    assert mean_interval(np.array([NAN, 3.0]))[0] == 3.0


def test_many_intervals_at_once_are_those_of_each_to_the_bit() -> None:
    """Numbers of very different size, so that another order of adding them up would show."""
    rng = np.random.default_rng(8)
    values = rng.normal(size=(60, 300)) * 10 ** rng.uniform(-8, 8, (60, 300))
    values[rng.random(values.shape) < rng.choice([0.0, 0.3, 0.99, 1.0], 60)[:, None]] = NAN
    values[:5] = 0.1
    mean, sd, low, high, count = row_intervals(values)
    p = row_p_values(mean, sd, count)
    for row, each in enumerate(values):
        known = each[~np.isnan(each)]
        assert count[row] == len(known)
        expected = np.mean(known) if len(known) else NAN
        spread = (np.std(known, ddof=1) if np.ptp(known) else 0.0) if len(known) > 1 else NAN
        half = t_quantile(0.95, max(len(known) - 1, 0)) * spread / np.sqrt(len(known)) if len(known) > 1 else NAN
        told = [expected, spread, expected - half, expected + half]
        np.testing.assert_array_equal([mean[row], sd[row], low[row], high[row]], told)
        np.testing.assert_array_equal([*mean_interval(each), p_value(expected, spread, len(known))], [*told, p[row]])


def test_values_by_replication_are_in_the_order_of_keys_and_of_numbers() -> None:
    frame = pd.DataFrame({"of": ["b", "a", "b"], "replication": [3, 3, 1], "value": [1.0, 2.0, 4.0]})
    keys, values = by_replication(frame, ["of"])
    assert keys["of"].tolist() == ["b", "a"]
    np.testing.assert_array_equal(values, [[4.0, 1.0], [NAN, 2.0]])
    with pytest.raises(ValueError, match="more than once"):
        by_replication(frame.assign(replication=3), ["of"])


def test_constant_values_have_an_interval_of_width_0() -> None:
    assert mean_interval(np.array([0.5, 0.5, 0.5])) == (0.5, 0.0, 0.5, 0.5)


@some
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_mean_interval_is_scipys(values: list[float]) -> None:
    mean, sd, low, high = mean_interval(np.array(values))
    assert mean == pytest.approx(np.mean(values), abs=1e-6)
    if sd > 1e-6:
        expected = stats.t.interval(0.95, len(values) - 1, loc=mean, scale=sd / math.sqrt(len(values)))
        assert (low, high) == pytest.approx(expected, abs=1e-5)


def test_the_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    samples = rng.normal(10, 2, (2_000, 6))
    covered = np.mean([low <= 10 <= high for _, _, low, high in map(mean_interval, samples)])
    assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2_000)


def test_summary_is_one_row_a_metric_in_their_order() -> None:
    metrics = pd.DataFrame(
        {
            "replication": [0, 0, 0, 1, 1, 1],
            "metric": ["wait", "cost", "never"] * 2,
            "value": [2.0, 10.0, NAN, 4.0, NAN, NAN],
        }
    )
    table = summary(metrics)
    assert list(table.columns) == ["metric", "mean", "sd", "ci_low", "ci_high", "replications"]
    assert table["metric"].tolist() == ["wait", "cost", "never"]
    assert table["replications"].tolist() == [2, 1, 0]
    assert table["mean"].tolist() == [3.0, 10.0, pytest.approx(NAN, nan_ok=True)]
    # sqrt(2) and t(1; 0.975) = 12.706205.
    assert table.loc[0, "sd"] == pytest.approx(math.sqrt(2))
    assert table.loc[0, "ci_high"] == pytest.approx(3 + 12.706205, abs=1e-6)
    assert table.loc[1:, ["sd", "ci_low", "ci_high"]].isna().all(axis=None)


# --- paired differences ---

BASE = [10.0, 12.0, 9.0, 11.0, 13.0]
HERE = [11.0, 14.0, 9.5, 12.0, 15.5]


def metrics(**arms: list[float]) -> pd.DataFrame:
    """One metric of several scenarios."""
    frames = [
        pd.DataFrame({"scenario": arm, "replication": range(len(values)), "metric": "wait", "value": values})
        for arm, values in arms.items()
    ]
    return pd.concat(frames, ignore_index=True)


def test_paired_differences_are_a_paired_t_test() -> None:
    """Differences 1, 2, 0.5, 1, 2.5: mean 1.4, sum of squares 2.7, sd sqrt(0.675); t = 3.8103 with 4 degrees."""
    table = paired_differences(metrics(base=BASE, here=HERE), "base")
    assert len(table) == 1
    row = table.iloc[0]
    expected = stats.ttest_rel(HERE, BASE)
    interval = expected.confidence_interval()
    assert (row["metric"], row["scenario"], row["against"], row["replications"]) == ("wait", "here", "base", 5)
    assert (row["baseline"], row["mean"]) == (11.0, pytest.approx(12.4))
    assert row["difference"] == pytest.approx(1.4)
    assert expected.statistic == pytest.approx(1.4 / math.sqrt(0.675 / 5))
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert row["p_adjusted"] == row["p_value"]
    assert row["correlation"] == pytest.approx(stats.pearsonr(BASE, HERE).statistic)


def test_pairs_go_by_replication_and_not_by_position() -> None:
    shuffled = metrics(base=BASE, here=HERE).sample(frac=1, random_state=1)
    one, other = (paired_differences(each, "base") for each in (metrics(base=BASE, here=HERE), shuffled))
    assert other["difference"].tolist() == pytest.approx(one["difference"].tolist())
    assert other["p_value"].tolist() == pytest.approx(one["p_value"].tolist())


def test_replications_undefined_in_one_arm_drop_out_of_both() -> None:
    row = paired_differences(metrics(base=BASE, here=[NAN, *HERE[1:]]), "base").iloc[0]
    assert row["replications"] == 4
    assert row["baseline"] == pytest.approx(np.mean(BASE[1:]))
    assert row["p_value"] == pytest.approx(stats.ttest_rel(HERE[1:], BASE[1:]).pvalue)


def test_a_metric_of_only_one_arm_is_left_out() -> None:
    only_here = pd.DataFrame({"scenario": ["here"], "replication": [0], "metric": ["wait.iop"], "value": [3.0]})
    extra = pd.concat([metrics(base=BASE, here=HERE), only_here], ignore_index=True)
    assert paired_differences(extra, "base")["metric"].tolist() == ["wait"]


def test_a_metric_defined_in_no_replication_has_a_row_without_numbers() -> None:
    row = paired_differences(metrics(base=BASE, here=[NAN] * 5), "base").iloc[0]
    assert row["replications"] == 0
    assert row[["baseline", "mean", "difference", "ci_low", "p_value", "p_adjusted", "correlation"]].isna().all()


def test_one_replication_has_a_difference_and_no_error() -> None:
    row = paired_differences(metrics(base=[1.0], here=[3.0]), "base").iloc[0]
    assert row["difference"] == 2.0
    assert row[["ci_low", "ci_high", "p_value", "p_adjusted", "correlation"]].isna().all()


def test_a_difference_of_exactly_0_is_no_evidence() -> None:
    row = paired_differences(metrics(base=BASE, here=BASE), "base").iloc[0]
    assert (row["difference"], row["ci_low"], row["ci_high"], row["p_value"]) == (0.0, 0.0, 0.0, 1.0)
    assert row["correlation"] == pytest.approx(1.0)


def test_a_constant_difference_is_certain() -> None:
    row = paired_differences(metrics(base=BASE, here=[each + 0.5 for each in BASE]), "base").iloc[0]
    assert (row["difference"], row["ci_low"], row["ci_high"], row["p_value"]) == (0.5, 0.5, 0.5, 0.0)


def test_a_constant_arm_has_no_correlation() -> None:
    row = paired_differences(metrics(base=[2.0] * 5, here=HERE), "base").iloc[0]
    assert math.isnan(row["correlation"])
    assert row["p_value"] == pytest.approx(stats.ttest_1samp(HERE, 2.0).pvalue)


def test_several_scenarios_are_adjusted_together() -> None:
    other = [each + shift for each, shift in zip(BASE, [0.3, -0.2, 0.1, 0.4, -0.1], strict=True)]
    table = paired_differences(metrics(base=BASE, here=HERE, other=other), "base")
    assert table["scenario"].tolist() == ["here", "other"]
    assert table["p_adjusted"].tolist() == pytest.approx(holm(table["p_value"].to_numpy()).tolist())
    assert table["p_adjusted"][0] == pytest.approx(2 * table["p_value"][0])


def test_any_arm_can_be_the_baseline() -> None:
    there = paired_differences(metrics(base=BASE, here=HERE), "base").iloc[0]
    back = paired_differences(metrics(base=BASE, here=HERE), "here").iloc[0]
    assert back["difference"] == -there["difference"]
    assert (back["ci_low"], back["ci_high"]) == (-there["ci_high"], -there["ci_low"])
    assert back["p_value"] == there["p_value"]


def test_columns_of_a_table_of_differences() -> None:
    assert list(paired_differences(metrics(base=BASE, here=HERE), "base").columns) == COLUMNS
    assert list(all_pairs(metrics(base=BASE, here=HERE)).columns) == COLUMNS
    nothing = paired_differences(metrics(base=BASE), "base")
    assert list(nothing.columns) == COLUMNS
    assert len(nothing) == 0


# --- what common random numbers removed ---


def reduction(a: list[float], b: list[float]) -> float:
    return float(paired_differences(metrics(a=a, b=b), "a")["variance_reduction"].iloc[0])


def test_variance_reduction_by_hand() -> None:
    """Squares about the means: 10 of BASE, 22.7 of HERE and 2.7 of the differences."""
    assert reduction(BASE, HERE) == pytest.approx(1 - 2.7 / (10 + 22.7))


def test_variance_reduction_at_its_ends() -> None:
    assert reduction(BASE, [each + 0.5 for each in BASE]) == 1.0
    assert reduction(BASE, BASE) == 1.0
    # Opposite to each other: differences vary twice as much as independent ones.
    assert reduction([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]) == pytest.approx(-1.0)
    assert reduction([1.0, 2.0, 1.0, 2.0], [1.0, 1.0, 2.0, 2.0]) == pytest.approx(0.0)
    assert reduction([2.0] * 5, HERE) == pytest.approx(0.0)


def test_variance_reduction_is_undefined_where_nothing_varies() -> None:
    assert math.isnan(reduction([0.1] * 5, [0.7] * 5))
    assert math.isnan(reduction([1.0], [3.0]))
    assert math.isnan(reduction(BASE, [NAN] * 5))


@some
@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=3, max_size=20))
def test_variance_reduction_is_the_correlation_where_both_vary_alike(pairs: list[tuple[float, float]]) -> None:
    """2 Cov / (Var(a) + Var(b)): of one sign with the correlation, at most as large, and equal for equal variances."""
    a, b = (np.array(each) for each in zip(*pairs, strict=True))
    if min(np.std(a), np.std(b)) < 1e-3:
        return
    row = paired_differences(metrics(a=a.tolist(), b=(b * np.std(a) / np.std(b)).tolist()), "a").iloc[0]
    assert row["variance_reduction"] == pytest.approx(row["correlation"], abs=1e-6)
    row = paired_differences(metrics(a=a.tolist(), b=b.tolist()), "a").iloc[0]
    assert abs(row["variance_reduction"]) <= abs(row["correlation"]) + 1e-6
    assert row["variance_reduction"] * row["correlation"] >= -1e-6


# --- every pair ---

THERE = [each + shift for each, shift in zip(BASE, [0.3, -0.2, 0.1, 0.4, -0.1], strict=True)]


def test_every_later_scenario_is_set_against_every_earlier_one() -> None:
    table = all_pairs(metrics(base=BASE, here=HERE, there=THERE))
    assert table["scenario"].tolist() == ["here", "there", "there"]
    assert table["against"].tolist() == ["base", "base", "here"]
    assert table["baseline"].tolist() == pytest.approx([11.0, 11.0, 12.4])
    assert table["mean"].tolist() == pytest.approx([12.4, 11.1, 11.1])
    assert table["p_adjusted"].tolist() == pytest.approx(holm(table["p_value"].to_numpy()).tolist())


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_pairs_are_those_of_each_baseline_and_adjusted_together(confidence: float) -> None:
    frame = metrics(base=BASE, here=HERE, there=THERE)
    other = frame.assign(metric="cost", value=frame["value"] ** 2 + frame["replication"])
    frame = pd.concat([frame, other], ignore_index=True)
    table = all_pairs(frame, confidence=confidence)
    assert table["metric"].tolist() == ["wait"] * 3 + ["cost"] * 3
    single = pd.concat(paired_differences(frame, name, confidence) for name in ("base", "here"))
    key = ["metric", "scenario", "against"]
    expected = table[key].merge(single, on=key, how="left").drop(columns="p_adjusted")
    pd.testing.assert_frame_equal(table.drop(columns="p_adjusted"), expected)
    assert table["p_adjusted"].max() <= 1
    assert (table["p_adjusted"] > table["p_value"]).any()


def test_a_metric_is_compared_where_a_pair_has_it() -> None:
    frame = metrics(base=BASE, here=HERE, there=THERE)
    extra = frame[frame["scenario"] != "base"].assign(metric="wait.iop")
    table = all_pairs(pd.concat([frame, extra], ignore_index=True)).set_index("metric")
    assert len(table.loc[["wait"]]) == 3
    assert table.loc["wait.iop", ["scenario", "against"]].tolist() == ["there", "here"]


def test_one_scenario_has_no_pairs() -> None:
    assert len(all_pairs(metrics(base=BASE))) == 0


def test_t_quantiles_are_scipys() -> None:
    degrees = np.array([1, 2, 9, 1_000])
    assert t_quantile(0.9, degrees) == pytest.approx(stats.t.ppf(0.95, degrees))
    assert math.isnan(t_quantile(0.9, 0))


# --- Holm ---


def test_holm_by_hand() -> None:
    """Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1: 0.02, 0.03, 0.06, then 0.04, raised to the 0.06 before it."""
    adjusted = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert adjusted.tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_stops_at_one_and_leaves_nan_aside() -> None:
    adjusted = holm(np.array([0.6, NAN, 0.5]))
    assert adjusted[[0, 2]].tolist() == [1.0, 1.0]
    assert math.isnan(adjusted[1])
    assert holm(np.array([0.02, NAN, 0.5])).tolist()[::2] == [0.04, 0.5]


def test_holm_of_none_and_of_one() -> None:
    assert len(holm(np.array([]))) == 0
    assert holm(np.array([0.03])).tolist() == [0.03]


@some
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_keeps_the_order_and_is_never_below_the_raw_nor_above_bonferroni(p_values: list[float]) -> None:
    raw = np.array(p_values)
    adjusted = holm(raw)
    assert (adjusted >= raw).all()
    assert (adjusted <= np.minimum(raw * len(raw), 1) + 1e-15).all()
    assert (np.diff(adjusted[np.argsort(raw, kind="stable")]) >= 0).all()


def test_what_never_differs_is_told_from_what_differs_to_both_sides() -> None:
    """A mean of 0 with spread is no proof of sameness, and counts as a comparison."""
    assert p_value(0.0, 0.0, 4) == 1.0
    assert p_value(0.0, 0.5, 4) < 1.0
    assert p_value(0.0, 0.5, 4) == pytest.approx(1.0)
    adjusted = holm_of_what_differs(np.array([1.0, p_value(0.0, 0.5, 4), 0.02, np.nan]))
    np.testing.assert_allclose(adjusted, [1.0, 1.0, 0.04, np.nan])


def test_two_equal_differences_are_not_certain() -> None:
    assert p_value(-112.5, 0.0, 2) == 0.5
    assert p_value(-112.5, 0.0, 3) == 0.0


def test_many_means_at_once_have_the_interval_that_each_has_alone() -> None:
    values = np.random.default_rng(1).normal(size=(6, 40))
    values[:, 3] = 2.0
    values[:, 4] = 0.0
    values[:5, 5] = np.nan
    values[:, 6] = np.nan
    values[2, 7] = np.nan
    mean, low, high, p = mean_intervals(values)
    for i in range(40):
        known, sd, known_low, known_high = mean_interval(values[:, i])
        count = int(np.sum(~np.isnan(values[:, i])))
        np.testing.assert_allclose([mean[i], low[i], high[i]], [known, known_low, known_high], atol=1e-12)
        np.testing.assert_allclose(p[i], p_value(known, sd, count), atol=1e-12)
