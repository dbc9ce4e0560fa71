"""Ages, and mortality by age, against closed forms."""

import math
from itertools import accumulate, pairwise

import numpy as np
import pytest
from support import cohort, fixed, scenario

from sim.model import Records, replicate
from sim.model.plan import plan_for
from sim.scenario import Scenario, load_scenario
from sim.scenario.schema import Background
from sim.vocabulary import DAYS_PER_YEAR, STATES, Column

PEOPLE, YEARS = 20_000, 30
BANDS = {"young": {"youngest": 18, "oldest": 30}, "old": {"youngest": 60, "oldest": 70}}
DEAD = STATES.index("dead")


def ageing(excess: float = 0.0, people: int = PEOPLE, **background: float) -> Scenario:
    """People who leave a ward at once and use at home, of two ages and both sexes."""
    return scenario(
        {"ward": {"length_of_stay": fixed(0.001)}},
        population={"age": {"young": 0.5, "old": 0.5}, "sex": {"men": 0.4, "women": 0.4, "other": 0.2}},
        age=BANDS,
        death={"in_care": excess, "well": excess, "unwell": excess, "background": background},
        **cohort(people, YEARS * DAYS_PER_YEAR),
    )


def died(records: Records) -> Column:
    """Years until each one's death; infinite for who lived."""
    years = np.full(len(records.patients), math.inf)
    dead = records.spells["state"] == DEAD
    years[records.spells["patient"][dead]] = records.spells["started"][dead] / DAYS_PER_YEAR
    return years


def cumulative(sex: str) -> Column:
    """By birthday, from the shipped rates alone: geometric between the ages of the table, and a year at a time."""
    ages = np.array([rate.age for rate in Background().rates])
    men, women = (np.array([getattr(rate, of) for rate in Background().rates]) for of in ("men", "women"))
    rates = {"men": men, "women": women}.get(sex, (men + women) / 2)
    middle = np.arange(80) + 0.5
    yearly = np.where(middle < 20, rates[0], np.exp(np.interp(middle, ages, np.log(rates)))) / 1000
    return np.array([*accumulate(yearly, initial=0.0)])


def test_ages_are_drawn_within_the_band_and_go_on() -> None:
    patients = replicate(ageing(), 3, 0).patients
    age = -patients["born"] / DAYS_PER_YEAR
    for code, band in enumerate(BANDS.values()):
        mine = age[patients["age"] == code]
        assert band["youngest"] <= mine.min() < mine.max() <= band["oldest"]
        width = band["oldest"] - band["youngest"]
        assert abs(mine.mean() - band["youngest"] - width / 2) < 4 * width / math.sqrt(12 * len(mine))


@pytest.mark.parametrize(("excess", "ratio"), [(0.0, 1.0), (20.0, 0.5)])
def test_people_die_of_their_state_and_of_their_age(excess: float, ratio: float) -> None:
    """Survival is the mean over drawn ages of exp(-(H(age + t) - H(age)) - excess x t), within 4 standard errors."""
    records = replicate(ageing(excess, ratio=ratio), 3, 0)
    years, age = died(records), -records.patients["born"] / DAYS_PER_YEAR
    for band in range(2):
        for sex, name in enumerate(("men", "women", "other")):
            who = (records.patients["age"] == band) & (records.patients["sex"] == sex)
            hazard, birthdays = cumulative(name), np.arange(81)
            for t in (1.0, 7.5, 20.0) if band == 0 else (1.0, 7.5):
                spent = np.interp(age[who] + t, birthdays, hazard) - np.interp(age[who], birthdays, hazard)
                alive = np.exp(-ratio * spent - excess / 1000 * t)
                error = math.sqrt(float(np.sum(alive * (1 - alive)))) / who.sum()
                assert abs((years[who] > t).mean() - alive.mean()) < 4 * error


def test_a_lower_hazard_brings_no_death_forward() -> None:
    luck = [died(replicate(ageing(excess, 3_000, ratio=ratio), 5, 0)) for excess, ratio in ((9, 1), (9, 0.8), (4, 0.8))]
    for higher, lower in pairwise(luck):
        assert (lower >= higher - 1e-9).all()
        assert (lower > higher + 1e-9).any()


def test_whom_no_background_mortality_kills_has_the_luck_that_they_had() -> None:
    described = ageing().model_dump(by_alias=True)
    described["death"] = {"unwell": 30.0}
    with_ages = replicate(load_scenario(described), 3, 0)
    described.pop("age")
    without = replicate(load_scenario(described), 3, 0)
    assert np.isnan(without.patients["born"]).all()
    assert (with_ages.spells["started"] == without.spells["started"]).all()


def test_rates_that_rise_however_steeply_only_mean_that_nobody_lives() -> None:
    described = ageing(people=50).model_dump(by_alias=True)
    steep = [{"age": 0.0, "men": 0.001, "women": 0.001}, {"age": 1e-6, "men": 1e5, "women": 1e5}]
    described["death"]["background"] = {"ratio": 1_000.0, "rates": steep}
    assert died(replicate(load_scenario(described), 3, 0)).max() < 0.01
    described["death"]["background"]["rates"] = [steep[1] | {"age": 0.0}, steep[0] | {"age": 1e-6}]
    assert died(replicate(load_scenario(described), 3, 0)).min() == math.inf


def test_the_rates_are_lowered_once_for_each_sex() -> None:
    plan = plan_for(ageing())
    of = {sex: plan.profile((0, code)).background for code, sex in enumerate(("men", "women", "other"))}
    for sex, by_age in of.items():
        assert by_age[:81] == pytest.approx(cumulative(sex))
    assert plan.profile((1, 2)).background is of["other"]
