"""The clinical rules, each against a hand calculation or a closed form."""

import ast
import math
from pathlib import Path
from random import Random

import pytest

from sim.model import formulas
from sim.model.formulas import (
    CONTINUE,
    DISCHARGE,
    NO_SETBACK,
    RELAPSE_THEN,
    SETBACK_THEN,
    STEP_UP_NOW,
    at_discharge,
    authorised_until,
    background_hazard,
    chosen,
    death_hazard,
    death_rate,
    dies_at,
    early_step_down,
    exposed_days_at,
    frailty_ratio,
    fullness_ratio,
    hazard_to_relapse,
    hazard_with_ratio,
    lasting_benefit,
    leaves_at,
    moves_away_at,
    next_review,
    next_slot,
    odds,
    on_relapse,
    probability,
    rate_at,
    recovers_for_good_at,
    recovery_budget,
    relapse_hazard,
    relapse_ratio,
    relapses_at,
    risk_at_discharge,
    setback_begins,
    setback_hazard,
    setback_ratio,
    surely_no_setback,
)

WINDOWS = (14.0, 28.0), (4.0, 2.0)
"""Hazard times 4 in the first fortnight after 24-hour care, times 2 in the second."""

FORBIDDEN = (
    ast.Lambda,
    ast.Try,
    ast.With,
    ast.Yield,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.Starred,
)
FORBIDDEN += (ast.ClassDef, ast.keyword)


def test_shares_and_odds() -> None:
    assert odds(0.75) == 3.0
    assert odds(1.0) == math.inf
    assert probability(3.0) == 0.75
    assert probability(math.inf) == 1.0
    assert probability(odds(0.2) * 4) == pytest.approx(0.5)
    assert [chosen((0.2, 0.7), drawn) for drawn in (0.0, 0.19, 0.2, 0.69, 0.7, 0.99)] == [0, 0, 1, 1, 2, 2]
    assert chosen((), 0.99) == 0
    assert frailty_ratio(0.5, -2.0) == math.exp(-1.0)


def test_reviews() -> None:
    assert leaves_at(0.4, 90.0, True) == 36.0
    assert leaves_at(0.4, 90.0, False) == 0.4
    assert [next_review(planned, 7.0) for planned in (0.0, 0.5, 7.0, 7.1, 20.9)] == [7.0, 7.0, 7.0, 14.0, 21.0]
    # Half step down at each review from day 10 on: the first is on day 14, and a hazard of ln 2 passes one.
    half = math.log(0.5)
    assert [early_step_down(hazard, half, 10.0, 7.0) for hazard in (0.0, 0.69, 0.70, 1.39)] == [14, 14, 21, 28]
    assert early_step_down(3.0, -math.inf, 0.0, 7.0) == 7.0


def test_authorised_days_are_extended_until_a_review_refuses() -> None:
    """Half are granted 7 days more than 14 at each review: ln 2 of the unit exponential is spent on each."""
    half = math.log(0.5)
    assert [authorised_until(hazard, 14.0, 7.0, half, math.inf) for hazard in (0.0, 0.69, 0.70, 1.39)] == [
        14,
        14,
        21,
        28,
    ]
    assert authorised_until(1.39, 14.0, 7.0, half, 1.0) == 21
    assert authorised_until(0.0, 14.0, 7.0, math.log(1.0), 3.0) == 35
    assert authorised_until(0.0, 14.0, 7.0, math.log(1.0), math.inf) == math.inf


def test_a_full_group() -> None:
    assert fullness_ratio(0, 8, math.log(2.0)) == 1.0
    assert fullness_ratio(4, 8, math.log(2.0)) == pytest.approx(math.sqrt(2.0))
    assert fullness_ratio(20, 8, math.log(2.0)) == pytest.approx(2.0)


def test_a_relapse_in_care() -> None:
    answers = [on_relapse(drawn, 0.2, 0.7) for drawn in (0.0, 0.19, 0.2, 0.69, 0.7, 0.99)]
    assert answers == [DISCHARGE, DISCHARGE, CONTINUE, CONTINUE, STEP_UP_NOW, STEP_UP_NOW]


def test_relapse_by_the_median_is_a_half() -> None:
    assert relapse_hazard(90.0, 90.0, 0.6) == pytest.approx(math.log(2))
    for exposed in (0.5, 20.0, 4_000.0):
        assert exposed_days_at(relapse_hazard(exposed, 90.0, 0.6), 90.0, 0.6) == pytest.approx(exposed)
    assert exposed_days_at(701.0, 90.0, 0.6) == math.inf
    assert math.isfinite(relapse_hazard(1e9, 1e-3, 50.0))


def test_half_the_hazard_takes_twice_what_is_left() -> None:
    """0.2 of a budget of 1.0 is used up at ratio 1; at ratio 0.5 the other 0.8 last until 1.8 of the baseline."""
    assert hazard_to_relapse(1.0, 0.2, 1.0, 0.5) == pytest.approx(1.8)
    assert hazard_to_relapse(0.1, 0.2, 1.0, 0.5) == 0.2
    assert relapses_at(100.0, 10.0, 15.0, 0.5) == 110.0
    assert relapses_at(100.0, 10.0, 15.0, 0.0) == math.inf


def test_lasting_benefit_ends_at_its_most() -> None:
    """A ratio of 0.8 for 90 days, for at most 120 of them: 100 days, and then 40 more of which 20 count."""
    per_day = math.log(0.8) / 90
    first, second = lasting_benefit(0.0, 100.0, per_day, 120.0), lasting_benefit(100.0, 140.0, per_day, 120.0)
    assert relapse_ratio(1.0, first) == pytest.approx(0.8 ** (100 / 90))
    assert relapse_ratio(3.0, first + second) == pytest.approx(3 * 0.8 ** (120 / 90))
    assert relapse_ratio(3.0, 0.0) == 3.0


def test_death_in_windows_after_care() -> None:
    """At 0.001 a day: 14 x 0.004 and 14 x 0.002 in the windows, and 0.001 a day after them."""
    days, ratios = WINDOWS
    assert death_rate(365.25) == pytest.approx(0.001)
    assert death_hazard(50.0, 100.0, 0.001, 50.0, days, ratios) == pytest.approx(0.056 + 0.028 + 0.022)
    assert death_hazard(60.0, 70.0, 0.001, 50.0, days, ratios) == pytest.approx(4 * 0.004 + 6 * 0.002)
    assert death_hazard(60.0, 70.0, 0.001, -math.inf, days, ratios) == pytest.approx(0.01)
    nobody_ages = 0.0, (), math.inf
    assert dies_at(50.0, 0.028, 0.001, 50.0, days, ratios, *nobody_ages) == pytest.approx(57.0)
    assert dies_at(50.0, 0.056 + 0.028 + 0.005, 0.001, 50.0, days, ratios, *nobody_ages) == pytest.approx(83.0)
    assert dies_at(50.0, 0.5, 0.0, 50.0, days, ratios, *nobody_ages) == math.inf
    assert dies_at(50.0, 0.028, 0.001, 50.0, days, ratios, 0.0, (), 56.9) == math.inf
    for end in (55.0, 66.0, 90.0):
        hazard = death_hazard(50.0, end, 0.001, 50.0, days, ratios)
        assert dies_at(50.0, hazard, 0.001, 50.0, days, ratios, *nobody_ages) == pytest.approx(end)


def test_death_of_other_causes() -> None:
    """Rates double every ten years, from 4 a thousand at 30: linear on the log scale, and so on behind the last."""
    ages, rates = (30.0, 40.0, 60.0), (4.0, 8.0, 32.0)
    assert [rate_at(age, ages, rates) for age in (18.0, 30.0, 35.0, 40.0, 60.0, 70.0)] == pytest.approx(
        [4.0, 4.0, 4 * math.sqrt(2), 8.0, 32.0, 64.0]
    )
    assert rate_at(80.0, (30.0,), (4.0,)) == 4.0
    # Two years of age at 0.1 and 0.3 a year, and the last one on and on.
    by_age, year = (0.0, 0.1, 0.4), 365.25
    assert background_hazard(-100.0, -100.0 + 0.5 * year, by_age) == pytest.approx(0.05)
    assert background_hazard(-100.0, -100.0 + 1.5 * year, by_age) == pytest.approx(0.25)
    assert background_hazard(-100.0, -100.0 + 4.0 * year, by_age) == pytest.approx(1.0)


def test_hazards_of_death_add_up() -> None:
    """To die is the inverse of the sum of what is stated by state, raised in windows, and what comes with age."""
    by_age = (0.0, 0.1, 0.4, 1.2)
    for born, left in ((-100.0, 50.0), (-700.0, -math.inf), (40.0, 48.0), (-5_000.0, 50.0)):
        for end in (50.5, 63.0, 77.0, 300.0, 900.0, 2_500.0):
            budget = death_hazard(50.0, end, 0.001, left, *WINDOWS)
            budget += background_hazard(born, end, by_age) - background_hazard(born, 50.0, by_age)
            assert dies_at(50.0, budget, 0.001, left, *WINDOWS, born, by_age, 3_000.0) == pytest.approx(end)
            assert dies_at(50.0, budget, 0.001, left, *WINDOWS, born, by_age, end - 0.1) == math.inf
            assert dies_at(50.0, budget, 0.0, left, (), (), born, by_age, 9e9) > end


def test_lasting_recovery_and_moving_away() -> None:
    """0.5 of a hazard at 0.01 a day is 50 days; of those behind the delay what has passed is spent."""
    assert recovers_for_good_at(100.0, 30.0, 0.5, 0.01) == pytest.approx(180.0)
    assert recovers_for_good_at(100.0, 30.0, 0.5, 0.0) == math.inf
    assert recovery_budget(0.5, 180.0, 120.0, 0.01) == 0.5
    assert recovery_budget(0.5, 180.0, 150.0, 0.01) == pytest.approx(0.3)
    assert moves_away_at(100.0, 0.5, 0.01) == pytest.approx(150.0)
    assert moves_away_at(100.0, 0.5, 0.0) == math.inf


def test_setbacks_are_those_that_begin_no_relapse() -> None:
    """Of four uses one begins a relapse: three setbacks for each. Of median 30 and shape 1, 1 + x / 30 goes from 2 to 4
    between days 30 and 90; at a ratio of 0.5, half of ln 2.
    """
    assert setback_ratio(0.25) == 3.0
    assert setback_ratio(1.0) == 0.0
    assert setback_hazard(math.log(2), math.log(4), 0.5) == pytest.approx(0.5 * math.log(2))
    # After that much hazard it is due on exposed day 90, 60 on, which at half the pace takes 120 days.
    assert setback_begins(0.5 * math.log(2), 100.0, 30.0, math.log(2), 0.5, 0.5, 30.0, 1.0) == pytest.approx(220.0)


def test_setback_at_the_door() -> None:
    """Odds of 1 are an even chance, which halves with every 20 days; seven tenths of it begin a relapse."""
    assert risk_at_discharge(1.0, 0.0, 20.0) == 0.5
    assert risk_at_discharge(1.0, 40.0, 20.0) == pytest.approx(0.125)
    assert risk_at_discharge(1.0, 4_000.0, math.inf) == 0.5
    assert risk_at_discharge(math.inf, 20.0, 20.0) == 0.5
    assert [at_discharge(drawn, 0.5, 0.7) for drawn in (0.0, 0.34)] == [RELAPSE_THEN] * 2
    assert [at_discharge(drawn, 0.5, 0.7) for drawn in (0.36, 0.49)] == [SETBACK_THEN] * 2
    assert [at_discharge(drawn, 0.5, 0.7) for drawn in (0.5, 0.99)] == [NO_SETBACK] * 2
    assert at_discharge(0.4, 0.5, 1.0) == RELAPSE_THEN


def test_formulas_can_be_followed_by_any_engine() -> None:
    """Scalar functions: no classes, no nested functions or lambdas, no handlers, keywords or constant whole powers."""
    for source in (Path(formulas.__file__), Path(formulas.__file__).parents[1] / "scenario" / "laws.py"):
        tree = ast.parse(source.read_text(encoding="utf-8"))
        assert {node.name for node in tree.body if isinstance(node, ast.ClassDef)} <= {"Law"}
        for function in [node for node in tree.body if isinstance(node, ast.FunctionDef)]:
            assert [*function.args.kwonlyargs, *function.args.defaults] == [], function.name
            for node in ast.walk(function):
                assert not isinstance(node, FORBIDDEN), f"{function.name}: line {node.lineno}"
                assert node is function or not isinstance(node, ast.FunctionDef), function.name
                if isinstance(node, ast.Attribute):
                    assert ast.unparse(node.value) == "math", f"{function.name}: {ast.unparse(node)}"
                    assert node.attr != "pow", function.name
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
                    assert isinstance(node.right, ast.Name), function.name


def test_a_ratio_between_two_points_of_a_hazard() -> None:
    """From 1 to 3 of the baseline's hazard it counts twice: 1 is reached at 1, 2 at 1.5, 5 at 3, 6 at 4."""
    for hazard, baseline in ((0.5, 0.5), (1.0, 1.0), (2.0, 1.5), (5.0, 3.0), (6.0, 4.0)):
        assert hazard_with_ratio(hazard, 1.0, 3.0, 2.0) == pytest.approx(baseline)
    assert hazard_with_ratio(7.0, math.inf, math.inf, 2.0) == 7.0
    assert hazard_with_ratio(7.0, 0.0, math.inf, 0.5) == 14.0
    assert hazard_with_ratio(math.inf, 1.0, 3.0, 2.0) == math.inf


@pytest.mark.parametrize(
    ("now", "booked", "expected"),
    [
        (0.0, -math.inf, 0.375),
        (0.375, -math.inf, 0.375),
        (0.4, -math.inf, 13 / 24),
        (0.0, 0.375, 13 / 24),
        (0.0, 10 / 24, 13 / 24),
        (0.0, 0.55, 2.375),
        (0.6, 0.375, 2.375),
        (1.5, -math.inf, 2.375),
        (0.0, 3.7, 7.375),
    ],
)
def test_the_next_slot_lies_behind_now_and_behind_the_last_that_is_booked(
    now: float, booked: float, expected: float
) -> None:
    """At 9 and 13 o'clock on Mondays and Wednesdays; day 0 is a Monday."""
    days = (True, False, True, False, False, False, False)
    assert next_slot(now, booked, days, 9 / 24, 17 / 24, 2) == pytest.approx(expected)


def test_slots_that_are_booked_one_after_the_other_are_all_given_once() -> None:
    booked, given = -math.inf, []
    for _ in range(300):
        booked = next_slot(0.0, booked, (True,) * 7, 0.3, 0.7, 3)
        given.append(booked)
    assert given == pytest.approx([n // 3 + 0.3 + n % 3 * 0.4 / 3 for n in range(300)])


def test_a_setback_is_ruled_out_without_a_logarithm_only_where_there_is_none() -> None:
    """By 40,000 spells that end as relapse comes, whose hazard is what `exposed_days_at` was given, but for
    rounding."""
    luck, ruled_out, none = Random(1), 0, 0
    for _ in range(40_000):
        most, ratio, drawn = luck.expovariate(1) * 10 ** luck.uniform(-6, 1), luck.uniform(0.1, 9), luck.random()
        median, shape = luck.uniform(1, 400), luck.uniform(0.2, 5)
        until = relapse_hazard(exposed_days_at(most, median, shape), median, shape)
        there_is_none = -math.log1p(-drawn) >= setback_hazard(0.0, until, ratio)
        none += there_is_none
        if surely_no_setback(drawn, most, ratio):
            assert there_is_none
            ruled_out += 1
    assert ruled_out > 0.8 * none
