"""When people ask for care: the calendar of the rate, closed cohorts, and the same n-th person at every rate."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from model.histories import run
from support import fixed, scenario

from sim.model.arrivals import arrival_times, cumulative_rate
from sim.scenario import Scenario
from sim.scenario.schema import Arrivals, Time
from sim.vocabulary import Column

WEEKDAY = [1.2, 1.1, 1.0, 1.0, 1.0, 0.4, 0.3]
MONTH = [4.0, 2.0, 2.0, 2.0, 2.0, 2.0, 0.0, 2.0, 2.0, 2.0, 2.0, 2.0]


def stream(**described: Any) -> Arrivals:
    return Arrivals.model_validate(described)


def time(**described: Any) -> Time:
    return Time.model_validate({"recruitment_days": 200, "follow_up_days": 164, **described})


def expected_between(arrivals: Arrivals, when: Time, start: float, stop: float, until: float = 364.0) -> float:
    """Expected arrivals between two days."""
    edges, cumulative = cumulative_rate(arrivals, when, until)
    return float(np.interp(stop, edges, cumulative) - np.interp(start, edges, cumulative))


def times_of(arrivals: Arrivals, when: Time, seed: int, replication: int) -> Column:
    """Times of first asking until the end of follow-up."""
    return arrival_times(
        *cumulative_rate(arrivals, when, when.recruitment_days + when.follow_up_days), seed, replication
    )


def test_constant_rate() -> None:
    edges, cumulative = cumulative_rate(stream(per_day=1.5), time(), 10.5)
    assert edges[0] == cumulative[0] == 0
    assert edges[-1] == 10.5
    assert cumulative == pytest.approx(1.5 * edges, rel=1e-12)


def test_weekdays_are_relative_to_their_mean_monday_first() -> None:
    """The rates above sum to 6, so per_day = 6 gives seven times the stated number; day 0 is a Wednesday."""
    arrivals, when = stream(per_day=6.0, weekday=WEEKDAY), time(start=date(2025, 1, 8))
    days = [expected_between(arrivals, when, day, day + 1) for day in range(7)]
    assert days == pytest.approx([7.0, 7.0, 7.0, 2.8, 2.1, 8.4, 7.7], rel=1e-9)
    assert expected_between(arrivals, when, 0, 364) == pytest.approx(6.0 * 364, rel=1e-9)


def test_months_are_relative_to_their_mean() -> None:
    """January at 4 and July at 0 among twelve that average 2; day 0 is 30 December."""
    arrivals, when = stream(per_day=3.0, month=MONTH), time(start=date(2024, 12, 30))
    first_of = {month: (date(2025, month, 1) - date(2024, 12, 30)).days for month in range(1, 13)}
    assert expected_between(arrivals, when, 0, first_of[1]) == pytest.approx(2 * 3.0)
    assert expected_between(arrivals, when, first_of[1], first_of[2]) == pytest.approx(31 * 6.0)
    assert expected_between(arrivals, when, first_of[2], first_of[3]) == pytest.approx(28 * 3.0)
    assert expected_between(arrivals, when, first_of[7], first_of[8]) == 0


def test_the_latest_dated_change_holds_from_its_very_instant() -> None:
    changes = [{"from_day": 10.25, "factor": 2.0}, {"from_day": 20.0, "factor": 0.5}, {"from_day": 30.0, "factor": 0.0}]
    arrivals = stream(per_day=2.0, changes=changes)
    assert expected_between(arrivals, time(), 0, 10.25) == pytest.approx(20.5)
    assert expected_between(arrivals, time(), 10.25, 20) == pytest.approx(9.75 * 4)
    assert expected_between(arrivals, time(), 20, 30) == pytest.approx(10)
    assert expected_between(arrivals, time(), 30, 364) == 0
    assert expected_between(stream(per_day=2.0, changes=[{"from_day": 0.0, "factor": 3.0}]), time(), 0, 10) == 60
    assert expected_between(stream(per_day=2.0, changes=[{"from_day": 900.0, "factor": 3.0}]), time(), 0, 364) == 728


def test_pattern_and_change_multiply() -> None:
    arrivals = stream(per_day=6.0, weekday=WEEKDAY, month=MONTH, changes=[{"from_day": 1.0, "factor": 0.5}])
    when = time(start=date(2025, 1, 6))
    assert expected_between(arrivals, when, 0, 1) == pytest.approx(8.4 * 2)
    assert expected_between(arrivals, when, 1, 2) == pytest.approx(7.7 * 2 * 0.5)


def test_arrivals_follow_the_calendar() -> None:
    """Counts by day of the week and by month against what the rate says, within 4 Poisson standard errors."""
    when = time(start=date(2025, 3, 5), recruitment_days=564, follow_up_days=164)
    arrivals = stream(per_day=30.0, weekday=WEEKDAY, month=MONTH, changes=[{"from_day": 500.0, "factor": 0.2}])
    times = times_of(arrivals, when, 3, 0)
    assert (np.diff(times) >= 0).all()
    assert times[0] >= 0
    assert times[-1] <= 728
    expected = {day: expected_between(arrivals, when, day, day + 1, 728.0) for day in range(728)}
    counts = np.bincount(times.astype(int), minlength=728)
    dates = [when.start + timedelta(days=day) for day in range(728)]
    groups: list[list[int]] = [[d for d in expected if dates[d].weekday() == weekday] for weekday in range(7)]
    groups += [[d for d in expected if dates[d].month == month] for month in range(1, 13)]
    groups += [[d for d in expected if d >= 500]]
    for group in groups:
        mean = sum(expected[day] for day in group)
        assert abs(counts[group].sum() - mean) <= 4 * np.sqrt(mean), (group[:3], counts[group].sum(), mean)


def test_nobody_arrives_while_the_rate_is_zero() -> None:
    weekdays_only = stream(per_day=20.0, weekday=[1, 1, 1, 1, 1, 0, 0])
    days = times_of(weekdays_only, time(start=date(2025, 1, 6)), 3, 0).astype(int) % 7
    assert set(days) == set(range(5))
    assert len(times_of(stream(per_day=0.0), time(), 3, 0)) == 0


def system(**arrivals: Any) -> Scenario:
    return scenario(
        {"ward": {"length_of_stay": fixed(5)}},
        population={"severity": {"mild": 0.3, "severe": 0.7}},
        frailty={"sd": 0.5},
        arrivals=arrivals,
    )


def test_the_nth_person_is_the_same_person_at_every_rate() -> None:
    slow, fast = run(system(per_day=1.0)).patients, run(system(per_day=2.0)).patients
    changed = system(per_day=1.0, weekday=WEEKDAY, changes=[{"from_day": 50.0, "factor": 4.0}])
    varied = run(changed).patients
    assert len(fast) > len(slow) > 150
    number = len(slow)
    assert slow["arrived"] == pytest.approx(2 * fast["arrived"][:number], rel=1e-12)
    edges, cumulative = cumulative_rate(changed.arrivals, changed.time, 200.0)
    assert slow["arrived"] == pytest.approx(np.interp(varied["arrived"][:number], edges, cumulative), rel=1e-9)
    for column in ("severity", "frailty"):
        assert (slow[column] == fast[column][:number]).all()
        assert (slow[column] == varied[column][:number]).all()


def test_a_longer_run_adds_people_only_at_the_end() -> None:
    short = times_of(stream(per_day=2.0, weekday=WEEKDAY), time(follow_up_days=100), 3, 0)
    long = times_of(stream(per_day=2.0, weekday=WEEKDAY), time(follow_up_days=900), 3, 0)
    assert short == pytest.approx(long[: len(short)], rel=1e-12)
    assert long[len(short)] > 300


def test_replications_and_seeds_are_different_futures() -> None:
    futures = [times_of(stream(per_day=2.0), time(), *key) for key in ((3, 0), (3, 1), (4, 0), (1, 3))]
    assert len({times[0] for times in futures}) == 4
    assert len({len(times) for times in futures}) > 1


def test_a_closed_cohort_asks_as_one_on_day_0() -> None:
    patients = run(
        scenario({"ward": {"length_of_stay": fixed(5)}}, arrivals={"closed_cohort": 25}, time={"follow_up_days": 9})
    )
    assert patients.patients["arrived"].tolist() == [0.0] * 25
    assert patients.patients["cohort"].all()
    assert patients.stays["admitted"].tolist() == [0.0] * 25
