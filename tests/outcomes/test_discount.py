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


GREEN_BOOK = ((0.0, 0.035), (30.0, 0.03), (75.0, 0.025))
"""HM Treasury's long-run rates: 3.5 % for 30 years, then 3 %, and from year 75 on 2.5 %."""


def test_rates_that_fall_with_the_years() -> None:
    """The factors of the Green Book's own table: 1.035^-30 after 30 years, times 1.03^-45 after 75, and so on."""
    years = np.array([0, 10, 30, 31, 75, 125], dtype=float)
    after_30, after_75 = 1.035**-30, 1.035**-30 * 1.03**-45
    expected = [1, 1.035**-10, after_30, after_30 / 1.03, after_75, after_75 * 1.025**-50]
    assert discount_factors(years * 365.25, GREEN_BOOK) == pytest.approx(expected, rel=1e-13)


def test_the_value_of_years_at_falling_rates() -> None:
    """A currency unit a day for 100 years: an annuity at each rate, worth less by what came before it."""

    def annuity(rate: float, years: float) -> float:
        return (1 - (1 + rate) ** -years) / math.log1p(rate) * 365.25

    whole = annuity(0.035, 30) + 1.035**-30 * (annuity(0.03, 45) + 1.03**-45 * annuity(0.025, 25))
    knots = np.array([0, 10, 29.9, 30, 44, 75, 80, 100]) * 365.25
    assert discounted_days(knots[:1], knots[-1:], GREEN_BOOK)[0] == pytest.approx(whole, rel=1e-13)
    assert discounted_days(knots[:-1], knots[1:], GREEN_BOOK).sum() == pytest.approx(whole, rel=1e-13)


def test_rates_that_begin_or_end() -> None:
    """Nothing is discounted for a year, and a year later nothing more is."""
    rates = ((0.0, 0.0), (1.0, 0.05), (2.0, 0.0))
    assert discount_factors(np.array([300.0, 548.0, 1_000.0]), rates) == pytest.approx(
        [1, 1.05 ** -((548 - 365.25) / 365.25), 1 / 1.05], rel=1e-13
    )
    worth = discounted_days(np.array([0.0]), np.array([1_000.0]), rates)[0]
    year = 365.25
    assert worth == pytest.approx(year + (1 - 1 / 1.05) / math.log(1.05) * year + (1_000 - 2 * year) / 1.05, rel=1e-13)


def test_the_same_rate_again_is_one_rate() -> None:
    rng = np.random.default_rng(5)
    began = rng.uniform(-100, 5_000, 500)
    ended = began + rng.exponential(400, 500)
    again = ((0.0, 0.03), (1.5, 0.03), (9.0, 0.03))
    assert discounted_days(began, ended, again) == pytest.approx(discounted_days(began, ended, 0.03), rel=1e-12)
    assert discount_factors(began, again) == pytest.approx(discount_factors(began, 0.03), rel=1e-12)
    assert discounted_days(began, ended, ((0.0, 0.03),)).tolist() == discounted_days(began, ended, 0.03).tolist()
