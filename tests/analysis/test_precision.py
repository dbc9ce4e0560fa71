"""How many replications a metric needs: the rule by hand, against its definition, and what it must not be fooled by."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.analysis.intervals import mean_interval
from sim.analysis.precision import Precision, half_widths, parse_precision, replications_needed

NAN = math.nan
some = settings(max_examples=60, deadline=None, derandomize=True)
numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))

# --- the curve ---


def test_half_widths_by_hand() -> None:
    """4 and 6: sd sqrt(2), t(1; 0.975) = 12.706205; 4, 6, 8: sd 2, t(2; 0.975) = 4.302653."""
    table = half_widths([4.0, 6.0, 8.0])
    assert list(table.columns) == ["replications", "mean", "half_width", "relative_half_width"]
    assert table["replications"].tolist() == [1, 2, 3]
    assert table["mean"].tolist() == [4.0, 5.0, 6.0]
    assert table["half_width"].tolist() == pytest.approx([NAN, 12.706205, 4.302653 * 2 / math.sqrt(3)], nan_ok=True)
    assert table["relative_half_width"].tolist()[1:] == pytest.approx([12.706205 / 5, 4.968275 / 6], abs=1e-6)


@some
@given(st.lists(numbers, min_size=2, max_size=30), st.sampled_from([0.01, 0.05, 0.2]))
@example([1e6, *[0.001, 0.002] * 10], 0.05)
def test_every_row_is_the_interval_over_the_values_so_far(values: list[float], alpha: float) -> None:
    table = half_widths(values, alpha)
    for n in range(2, len(values) + 1):
        mean, _, low, high = mean_interval(np.array(values[:n]), 1 - alpha)
        row = table.iloc[n - 1]
        assert row["mean"] == pytest.approx(mean, rel=1e-9, abs=1e-6)
        assert row["half_width"] == pytest.approx((high - low) / 2, rel=1e-6, abs=1e-6)


def test_a_large_mean_does_not_swallow_a_small_spread() -> None:
    values = 1e9 + np.tile([-0.5, 0.5], 10)
    expected = stats.t.ppf(0.975, 19) * math.sqrt(20 * 0.25 / 19) / math.sqrt(20)
    assert half_widths(values)["half_width"].iloc[-1] == pytest.approx(expected)


def test_equal_values_have_a_half_width_of_exactly_0() -> None:
    for value in (0.1, -3.7, 0.0):
        table = half_widths([value] * 7)
        assert (table["half_width"][1:] == 0).all()
        assert (table["relative_half_width"][1:] == 0).all()


def test_a_share_of_a_mean_of_0_is_infinite() -> None:
    table = half_widths([-1.0, 1.0])
    assert table["relative_half_width"].iloc[1] == math.inf
    assert table["half_width"].iloc[1] == pytest.approx(12.706205)


def test_undefined_replications_count_as_run_and_have_no_row() -> None:
    table = half_widths([NAN, 4.0, NAN, NAN, 6.0])
    assert table["replications"].tolist() == [2, 5]
    assert table["half_width"].tolist() == pytest.approx([NAN, 12.706205], nan_ok=True)
    assert len(half_widths([])) == len(half_widths([NAN, NAN])) == 0


# --- how many ---


def needed_by_definition(values: list[float], precision: float, relative: bool, minimum: int, ahead: int) -> int | None:
    """The rule word by word, with scipy's interval."""

    def within(n: int) -> bool:
        sample = np.array(values[:n])
        half = stats.t.ppf(0.975, n - 1) * sample.std(ddof=1) / math.sqrt(n)
        return bool(half <= precision * (abs(sample.mean()) if relative else 1))

    for n in range(minimum, len(values) + 1):
        last = n + math.floor(ahead / 100 * max(n, 100))
        if last <= len(values) and all(within(m) for m in range(n, last + 1)):
            return n
    return None


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize(("minimum", "ahead"), [(3, 5), (2, 0), (10, 10)])
def test_it_is_what_its_definition_says(relative: bool, minimum: int, ahead: int) -> None:
    rng = np.random.default_rng(8)
    found = []
    for _ in range(25):
        values = rng.normal(10, 3, 60).round(3).tolist()
        precision = 0.12 if relative else 1.2
        expected = needed_by_definition(values, precision, relative, minimum, ahead)
        assert replications_needed(values, precision, 0.05, relative, minimum, ahead) == expected
        found.append(expected)
    assert len(set(found)) > 5


def test_the_smallest_number_is_where_the_curve_stays_below() -> None:
    """4, 6, 8 over again have squares of 8, 11, 11.2 and 16 about their means at n = 3, 4, 5 and 6."""
    values = [4.0, 6.0, 8.0] * 5
    t, squares, n = np.array([[4.302653, 3.182446, 2.776445, 2.570582], [8, 11, 11.2, 16], [3, 4, 5, 6]])
    halves = half_widths(values)["half_width"].to_numpy()
    assert halves[2:6] == pytest.approx(t * np.sqrt(squares / (n - 1) / n), abs=1e-5)
    assert halves[2:6] == pytest.approx([4.9683, 3.0470, 2.0777, 1.8773], abs=1e-4)
    assert replications_needed(values, 3.0, relative=False) == 5
    assert replications_needed(values, 3.1, relative=False) == 4
    assert replications_needed(values, halves[3], relative=False) == 4
    assert replications_needed(values, math.nextafter(halves[3], 0), relative=False) == 5


def test_precision_that_is_lost_again_does_not_count() -> None:
    """Three alike are precise by luck; the fourth, far off, shows it within the look-ahead."""
    values = [10.0, 10.01, 9.99, 14.0, *[10.0, 10.1, 9.9] * 10]
    assert replications_needed(values, 0.05, look_ahead=0) == 3
    later = replications_needed(values, 0.05)
    assert later is not None
    assert later > 10


@pytest.mark.parametrize(("enough", "expected"), [(7, None), (8, 3)])
def test_the_look_ahead_must_have_been_run(enough: int, expected: int | None) -> None:
    values = [10.0, 10.01, 9.99] * 3
    assert replications_needed(values[:enough], 0.05) == expected


def test_the_look_ahead_grows_beyond_100_replications() -> None:
    """At n = 160 it is 5 * 160 / 100 = 8; at 100, and anywhere below, 5."""
    values = np.tile([9.0, 11.0], 200)
    for minimum, ahead in ((100, 5), (139, 6), (140, 7), (160, 8)):
        assert replications_needed(values[: minimum + ahead], 0.5, minimum=minimum) == minimum
        assert replications_needed(values[: minimum + ahead - 1], 0.5, minimum=minimum) is None


def test_a_negative_mean_is_as_precise_as_a_positive_one() -> None:
    """Costs saved: a signed mean would make any spread count as precise."""
    values = np.random.default_rng(3).normal(100, 20, 200)
    assert replications_needed(values, 0.05) == replications_needed(-values, 0.05)
    assert replications_needed([-1.0, -9.0] * 4, 0.05) is None


def test_a_mean_around_0_is_never_relatively_precise_but_absolutely() -> None:
    values = [-1.0, 1.0] * 40
    assert replications_needed(values, 0.5, minimum=2) is None
    assert replications_needed(values, 0.5, relative=False) is not None


def test_undefined_values_are_no_look_ahead_and_no_minimum() -> None:
    precise = [10.0, 10.01, 9.99]
    assert replications_needed([*precise, *[NAN] * 50], 0.05) is None
    assert replications_needed([NAN] * 50, 0.05) is None
    assert replications_needed([10.0, 10.0, *[NAN] * 50], 0.05, look_ahead=0) is None


def test_undefined_values_count_as_replications() -> None:
    values = [10.0, NAN, 10.01, NAN, NAN, 9.99, *[10.0] * 5]
    assert replications_needed(values, 0.05) == 6
    assert replications_needed([value for value in values if not math.isnan(value)], 0.05) == 3


def test_infinite_values_are_never_precise() -> None:
    assert replications_needed([math.inf] * 20, 0.5) is None
    assert replications_needed([10.0, math.inf, *[10.0] * 20], 0.5, relative=False) is None


def test_equal_values_are_precise_at_the_minimum() -> None:
    assert replications_needed([0.0] * 8, 0.05) == replications_needed([0.3] * 8, 0.05) == 3
    assert replications_needed([0.0] * 20, 0.05, minimum=12) == 12


@some
@given(st.lists(numbers, min_size=3, max_size=40), st.floats(0.01, 2))
def test_a_number_once_found_stays(values: list[float], precision: float) -> None:
    answers = [replications_needed(values[:n], precision, look_ahead=2) for n in range(len(values) + 1)]
    found = [answer for answer in answers if answer is not None]
    assert len(set(found)) <= 1
    assert answers[len(answers) - len(found) :] == found


def test_as_many_as_theory_asks_for() -> None:
    """n = (1.96 * 0.3 / 0.05)^2 = 138 for a coefficient of variation of 0.3; stopping early costs a few."""
    rng = np.random.default_rng(12)
    needed = np.array([replications_needed(rng.normal(1, 0.3, 600), 0.05) or NAN for _ in range(200)])
    assert abs(needed.mean() - 138.3) < 4 * needed.std(ddof=1) / math.sqrt(200) + 5
    assert needed.std() > 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"precision": 0.0}, "precision must be above 0"),
        ({"precision": -0.1}, "precision must be above 0"),
        ({"precision": NAN}, "precision must be above 0"),
        ({"precision": math.inf}, "finite"),
        ({"alpha": 0.0}, "alpha must be between 0 and 1"),
        ({"alpha": 1.0}, "alpha must be between 0 and 1"),
        ({"minimum": 1}, "minimum must be at least 2"),
        ({"look_ahead": -1}, "look_ahead must be at least 0"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, float], message: str) -> None:
    arguments: dict[str, float] = {"precision": 0.05, **change}
    with pytest.raises(ValueError, match=message):
        replications_needed([1.0, 2.0, 3.0], **arguments)  # type: ignore[arg-type]


# --- as people write it ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relapse.365_days=0.02", Precision("relapse.365_days", 0.02, relative=False)),
        ("cost.total=5%", Precision("cost.total", 0.05, relative=True)),
        ("wait.iop.mean = 2.5 %", Precision("wait.iop.mean", 0.025, relative=True)),
        ("cost.total=150%", Precision("cost.total", 1.5, relative=True)),
        ("cost.total=1e3", Precision("cost.total", 1_000.0, relative=False)),
    ],
)
def test_a_precision_is_read(text: str, expected: Precision) -> None:
    assert parse_precision(text) == expected


@pytest.mark.parametrize("value", ["0", "0%", "-1", "-5%", "nan", "nan%", "inf", "inf%", "five", "%", "", "5%%", "1=2"])
def test_a_precision_must_be_a_number_above_0(value: str) -> None:
    with pytest.raises(ValueError, match=r"precision of cost\.total must be a number above 0, not .*cost\.total=5%"):
        parse_precision(f"cost.total={value}")


@pytest.mark.parametrize("text", ["", "cost.total", "5%", "=5%", " = 5%"])
def test_a_precision_must_name_a_metric(text: str) -> None:
    with pytest.raises(ValueError, match=r"names no metric with a precision; write .*=0\.02"):
        parse_precision(text)
