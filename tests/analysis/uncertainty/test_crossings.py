"""Where a noisy curve crosses 0, against lines and parabolas whose crossings are known."""

import math

import numpy as np
import pytest

from sim.analysis.uncertainty.crossings import crossings, wanted_points


def curves(at: np.ndarray, mean: np.ndarray, noise: float = 0.0, seed: int = 1, slope: float = 0.0) -> np.ndarray:
    """(points, 8): each replication has luck of its own, the same at every point."""
    luck = np.random.default_rng(seed).normal(size=(2, 8))
    return mean[:, None] + noise * (luck[0] + slope * np.outer(at, luck[1]))


def test_a_line_is_crossed_where_it_is() -> None:
    at = np.linspace(0, 10, 6)
    (found,), open_at = crossings(at, curves(at, 7.0 - 2 * at))
    assert found == pytest.approx((3.5, 3.5, 3.5, True, False))
    assert open_at == ()


def test_a_line_without_chance_is_crossed_whatever_rounding_makes_of_its_interval() -> None:
    drawn = np.random.default_rng(0)
    for _ in range(50):
        at = np.sort(drawn.uniform(size=2))
        mean = np.array([drawn.uniform(0.1, 1), -drawn.uniform(0.1, 1)])
        (found,), open_at = crossings(at, curves(at, mean))
        right = at[0] + (at[1] - at[0]) * mean[0] / (mean[0] - mean[1])
        assert found == pytest.approx((right, right, right, True, False))
        assert open_at == ()


def test_the_interval_holds_the_crossing_of_a_line_in_95_of_100_studies() -> None:
    at, studies = np.linspace(-4, 14, 40), 400
    held = 0
    for seed in range(studies):
        (found, *_), _ = crossings(at, curves(at, 0.8 * (at - 5), 1.2, seed, 0.05))
        held += found.low <= 5 <= found.high
    # The lines between points differ from the ends of the interval, which are curved, by less than is seen here.
    assert abs(held / studies - 0.95) < 4 * math.sqrt(0.95 * 0.05 / studies)


def test_several_crossings_are_told_apart_or_share_an_interval() -> None:
    at = np.linspace(0, 10, 41)
    parabola = (at - 3) * (at - 7)
    first, second = crossings(at, curves(at, parabola, 0.1)).crossed
    assert (round(first.at, 1), first.falling, first.shared) == (3.0, True, False)
    assert (round(second.at, 1), second.falling, second.shared) == (7.0, False, False)
    assert first.high < second.low
    assert all(each.shared for each in crossings(at, curves(at, parabola, 8.0)).crossed)


def test_none_is_found_where_there_is_none_but_chance_may_leave_one_open() -> None:
    at = np.linspace(0, 10, 11)
    assert crossings(at, curves(at, 3 + at, 0.1)) == ((), ())
    found, ((low, high),) = crossings(at, curves(at, 0.5 + at, 3.0))
    assert found == ()
    assert low == -math.inf
    assert 0 < high < 10


def test_an_end_that_the_points_do_not_tell_is_infinite() -> None:
    at = np.linspace(0, 10, 11)
    (found,), _ = crossings(at, curves(at, 1.0 - at, 3.0))
    assert found.low == -math.inf
    assert found.high < 10


def test_points_close_in_on_every_end_and_then_it_is_enough() -> None:
    at = np.linspace(0, 10, 3)
    for _ in range(8):
        wanted = wanted_points(at, curves(at, np.sqrt(at) - 2, 0.05), 0.01)
        if not wanted:
            break
        at = np.array(sorted({*at, *wanted}))
    assert not wanted
    assert len(at) < 45
    (found,), _ = crossings(at, curves(at, np.sqrt(at) - 2, 0.05))
    luck = 0.05 * np.random.default_rng(1).normal(size=(2, 8))[0]
    half = 2.364624 * luck.std(ddof=1) / math.sqrt(8)
    truth = [(2 - luck.mean() + shift) ** 2 for shift in (0, -half, half)]
    assert [found.at, found.low, found.high] == pytest.approx(truth, abs=0.01)


def test_a_curve_without_chance_is_crossed_at_a_point_whatever_the_rounding() -> None:
    rng = np.random.default_rng(3)
    for _ in range(300):
        at = np.sort(rng.uniform(0, 100, 4))
        mean = rng.normal(size=4) * 10.0 ** rng.integers(-3, 6)
        found, open_at = crossings(at, curves(at, mean))
        assert [each.falling for each in found] == [mean[i] > 0 for i in range(3) if (mean[i] > 0) != (mean[i + 1] > 0)]
        assert open_at == ()
        assert all(each.high - each.low < 1e-9 for each in found)


def test_beside_a_point_without_an_outcome_nothing_is_known() -> None:
    at = np.linspace(0, 10, 6)
    lost = curves(at, 7.0 - 2 * at)
    lost[2] = math.nan
    assert crossings(at, lost) == ((), ((2.0, 6.0),))
    assert wanted_points(at, lost, 0.1) == []
