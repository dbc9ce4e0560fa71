"""Discounting against closed forms."""

import math

import numpy as np
import pytest

from sim.outcomes.discount import discount_factors, discounted_days


def test_one_year_at_three_percent() -> None:
    year = np.array([365.25, 730.5])
    assert discount_factors(year, 0.03) == pytest.approx([1 / 1.03, 1 / 1.03**2], rel=1e-14)
    assert discounted_days(np.zeros(1), year[:1], 0.03)[0] == pytest.approx((1 - 1 / 1.03) / math.log(1.03) * 365.25)


def test_no_rate_is_no_discount() -> None:
    began, ended = np.array([0.0, 3.7]), np.array([10.1, 99.3])
    assert discounted_days(began, ended, 0.0).tolist() == (ended - began).tolist()
    assert discount_factors(began, 0.0).tolist() == [1, 1]


def test_a_tiny_rate_loses_no_digits() -> None:
    """To first order the value of a day is 1 - rate t / 365.25: the mean over days 100 to 101 has t = 100.5."""
    value = discounted_days(np.array([100.0]), np.array([101.0]), 1e-9)[0]
    assert 1 - value == pytest.approx(1e-9 * 100.5 / 365.25, rel=1e-4)


def test_pieces_add_up() -> None:
    knots = np.array([0.0, 1.5, 40.0, 41.0, 365.0])
    whole = discounted_days(knots[:1], knots[-1:], 0.05)[0]
    assert discounted_days(knots[:-1], knots[1:], 0.05).sum() == pytest.approx(whole, rel=1e-14)


def test_an_exponential_stay() -> None:
    """100 a day for an exponential stay of mean 90 days at 3 % a year has mean 100 / (1/90 + ln(1.03)/365.25)."""
    cells = 200_000
    lengths = -90 * np.log1p(-(np.arange(cells) + 0.5) / cells)
    mean = 100 * discounted_days(np.zeros(cells), lengths, 0.03).mean()
    assert 100 / (1 / 90 + math.log(1.03) / 365.25) == pytest.approx(8_934.92, abs=0.005)
    assert mean == pytest.approx(8_934.92, abs=0.05)
