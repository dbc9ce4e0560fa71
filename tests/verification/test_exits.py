"""Moving away and lasting recovery against closed forms."""

import math
from typing import Any

import numpy as np
import pytest
from support import cohort, exponential, fixed, scenario

from sim.model import Records, replicate
from sim.scenario import Scenario
from sim.vocabulary import DAYS_PER_YEAR, ROUTES, STATES

PEOPLE = 20_000
UNWELL, DEAD = STATES.index("unwell"), STATES.index("dead")


def assert_mean(values: np.ndarray, expected: float) -> None:
    assert abs(values.mean() - expected) < 4 * values.std() / math.sqrt(len(values)), (values.mean(), expected)


def returning(delay: dict[str, Any], share: float = 1.0, **parts: Any) -> Scenario:
    """People who leave a ward while unwell, and ask again, or not, after each such time at home."""
    return scenario(
        {"ward": {"length_of_stay": fixed(1), "days_to_remission": fixed(100)}},
        return_to_care={"probability": share, "delay_days": delay},
        **{**cohort(PEOPLE, 3_000), **parts},
    )


def asks_again(records: Records) -> np.ndarray:
    again = records.waits["patient"][records.waits["route"] == ROUTES.index("return")]
    return np.bincount(again, minlength=len(records.patients))


def test_who_moves_away_asks_no_more() -> None:
    """With 400 days at home between stays exp(-0.5 x 400 / 365.25) are left each time, up to seven times."""
    records = replicate(returning(fixed(400.0), exits={"moving_away_per_year": 0.5}), 3, 0)
    stays_at_home = np.arange(1, 8)
    expected = np.exp(-0.5 / DAYS_PER_YEAR * 400 * stays_at_home).sum()
    assert_mean(asks_again(records), expected)
    moved = records.patients["moved_away"]
    assert abs(np.isnan(moved).mean() - math.exp(-0.5 * (3_000 - 8) / DAYS_PER_YEAR)) < 0.01
    last_ask = np.zeros(PEOPLE)
    np.maximum.at(last_ask, records.waits["patient"], records.waits["asked"])
    assert (last_ask <= np.nan_to_num(moved, nan=math.inf)).all()


def test_the_more_move_away_the_fewer_asks_there_are_of_anybody() -> None:
    asks = [
        asks_again(replicate(returning(exponential(90), 0.7, exits={"moving_away_per_year": rate}), 3, 0))
        for rate in (0.0, 0.2, 1.0)
    ]
    assert (asks[0] >= asks[1]).all()
    assert (asks[1] >= asks[2]).all()
    assert (asks[0] > asks[2]).any()


def test_the_course_of_who_moves_away_goes_on() -> None:
    """Nobody comes back anyway: whoever moves away, not a day of anybody's spells is another."""
    parts: dict[str, Any] = {
        "relapse": {"median_days": 100.0, "shape": 0.6},
        "remission": exponential(200),
        "death": {"unwell": 30.0},
        **cohort(2_000, 2_000),
    }
    levels = {"ward": {"length_of_stay": fixed(5)}}
    stays, moves = (
        replicate(scenario(levels, exits={"moving_away_per_year": rate}, **parts), 3, 0) for rate in (0.0, 1.0)
    )
    assert np.isnan(stays.patients["moved_away"]).all()
    assert not np.isnan(moves.patients["moved_away"]).all()
    for column in ("patient", "state", "started", "ended"):
        assert (stays.spells[column] == moves.spells[column]).all()


def recovering(rate: float, after: float, people: int = PEOPLE, **more: Any) -> Records:
    """Well from day 0, with a hazard of relapse of 1 / (200 + x) a day."""
    system = scenario(
        {"ward": {"length_of_stay": fixed(1), "relapse_exposure": 1.0}},
        relapse={"median_days": 200.0, "shape": 1.0},
        exits={"recovery_per_year": rate, "recovery_after_days": after},
        **{**cohort(people, 2_000), **more},
    )
    return replicate(system, 3, 0)


@pytest.mark.parametrize("after", [0.0, 365.0])
def test_who_recovers_for_good_relapses_no_more(after: float) -> None:
    """The cumulative incidence of relapse with recovery competing, from 1 a year after so many days."""
    records = recovering(1.0, after)
    relapsed = np.full(PEOPLE, math.inf)
    starts = records.spells["state"] == UNWELL
    later = starts & (records.spells["started"] > 0)
    np.minimum.at(relapsed, records.spells["patient"][later], records.spells["started"][later])
    days = np.linspace(0, 2_000, 200_001)
    density = 200 / (200 + days) ** 2 * np.exp(-np.maximum(days - after, 0) / DAYS_PER_YEAR)
    incidence = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(days))])
    for day in (200.0, 500.0, 1_999.0):
        expected = float(np.interp(day, days, incidence))
        assert abs((relapsed <= day).mean() - expected) < 4 * math.sqrt(expected * (1 - expected) / PEOPLE)
    recovered = records.patients["recovered"]
    assert np.nanmin(recovered) >= after
    assert not (relapsed[~np.isnan(recovered)] < math.inf).any()


def test_what_is_spent_of_the_budget_of_recovery_stays_spent() -> None:
    """Relapses on every 300th day well and recovery of it at once: 200 days count in every spell."""
    system = scenario(
        {"ward": {"length_of_stay": fixed(1)}},
        relapse={"median_days": 300.0, "shape": 50.0},
        remission=fixed(10.0),
        exits={"recovery_per_year": 0.5, "recovery_after_days": 100.0},
        **cohort(PEOPLE, 2_000),
    )
    recovered = replicate(system, 3, 0).patients["recovered"]
    expected = 1 - math.exp(-0.5 * 3 * 200 / DAYS_PER_YEAR)
    assert abs((recovered < 3 * 310).mean() - expected) < 4 * math.sqrt(expected * (1 - expected) / PEOPLE) + 0.003


def test_nobody_relapses_sooner_for_a_lower_hazard() -> None:
    first = []
    for ratio in (1.0, 0.8, 0.5):
        records = recovering(
            0.7,
            100.0,
            3_000,
            population={"all": {"yes": 1.0}},
            effects={"all": {"yes": {"relapse": ratio}}},
        )
        relapsed = np.full(3_000, math.inf)
        later = (records.spells["state"] == UNWELL) & (records.spells["started"] > 0)
        np.minimum.at(relapsed, records.spells["patient"][later], records.spells["started"][later])
        first.append(relapsed)
    assert (first[0] <= first[1]).all()
    assert (first[1] <= first[2]).all()


def test_a_recovery_that_somebody_did_not_live_to_see_is_none() -> None:
    records = recovering(1.0, 0.0, 5_000, death={"in_care": 500.0, "well": 500.0, "unwell": 500.0})
    died = np.full(5_000, math.inf)
    dead = records.spells["state"] == DEAD
    died[records.spells["patient"][dead]] = records.spells["started"][dead]
    recovered = records.patients["recovered"]
    assert (recovered[~np.isnan(recovered)] < died[~np.isnan(recovered)]).all()
    assert not np.isnan(recovered).all()
