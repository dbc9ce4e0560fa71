"""Cutting setbacks out of spells of being well that are known."""

import math

import pytest
from support import fixed, scenario

from sim.model.draws import Decision, Draws
from sim.model.formulas import setback_ratio
from sim.model.pace import EndlessCircle
from sim.model.plan import plan_for
from sim.model.setbacks import Setbacks, Spell, Stretch
from sim.vocabulary import SETBACK, UNWELL, WELL

GAPS = [math.log(3), math.log(2), math.log(7 / 6)]
"""Hazard before each setback, over and over. It is ln(1 + x) after x exposed days: setbacks on exposed days 2, 5 and
6."""

MEAN_GAP = math.log(7) / 3


@pytest.fixture(autouse=True)
def known_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Decision, "uniform", lambda self, patient, occurrence=0: -math.expm1(-GAPS[occurrence % len(GAPS)])
    )


def stretch(began: float, clock: float, before: float, after: float, ratio: float = 1.0) -> Stretch:
    return began, clock, before, after, ratio, 1.0, 1.0, 0.0, math.log1p(after)


def setbacks(days: float = 0.5) -> Setbacks:
    system = scenario({"ward": {"length_of_stay": fixed(5)}}, setback={"duration_days": fixed(days)})
    return Setbacks([plan_for(system)], Draws(1, 0, ((0, 10),)))


def cut(setbacks: Setbacks, patient: int, spells: list[Spell]) -> list[tuple[float, ...]]:
    """The rows, each as a tuple; times to a billionth of a day."""
    numbers = [round(number, 9) for number in setbacks.cut_out(patient, spells)]
    return [tuple(numbers[start : start + 4]) for start in range(0, len(numbers), 4)]


def test_a_setback_begins_when_the_hazard_before_it_has_passed() -> None:
    """Two exposed days come 4 days after a spell at half the pace began, three more on day 17.5, at full pace."""
    spell: Spell = (WELL, 10.0, 20.0, [stretch(10.0, 0.5, 0.0, 2.5), stretch(15.0, 1.0, 2.5, 7.5)])
    assert cut(setbacks(), 3, [spell]) == [
        (3, WELL, 10.0, 14.0),
        (3, SETBACK, 14.0, 14.5),
        (3, WELL, 14.5, 17.5),
        (3, SETBACK, 17.5, 18.0),
        (3, WELL, 18.0, 18.5),
        (3, SETBACK, 18.5, 19.0),
        (3, WELL, 19.0, 20.0),
    ]


def test_a_setback_ends_with_its_spell_and_swallows_those_that_begin_during_it() -> None:
    spell: Spell = (WELL, 0.0, 9.0, [stretch(0.0, 1.0, 0.0, 9.0)])
    assert cut(setbacks(days=100.0), 0, [spell]) == [
        (0, WELL, 0.0, 2.0),
        (0, SETBACK, 2.0, 9.0),
        (0, WELL, 9.0, 9.0),
    ]


def test_each_spell_of_being_well_begins_a_gap_of_its_own() -> None:
    """The first gap, which takes 2 days, is cut off after 1; the second, of ln 2, takes one day of a new spell."""
    spells: list[Spell] = [
        (WELL, 0.0, 1.0, [stretch(0.0, 1.0, 0.0, 1.0)]),
        (UNWELL, 1.0, 5.0, []),
        (WELL, 5.0, 6.2, [stretch(5.0, 1.0, 0.0, 1.2)]),
    ]
    assert cut(setbacks(), 0, spells) == [
        (0, WELL, 0.0, 1.0),
        (0, UNWELL, 1.0, 5.0),
        (0, WELL, 5.0, 6.0),
        (0, SETBACK, 6.0, 6.2),
        (0, WELL, 6.2, 6.2),
    ]


def test_a_hazard_ratio_of_two_halves_the_hazard_before_a_setback() -> None:
    """1 + x is the root of 3, not 3."""
    spell: Spell = (WELL, 0.0, 1.0, [stretch(0.0, 1.0, 0.0, 1.0, ratio=2.0)])
    assert [row[2] for row in cut(setbacks(), 0, [spell]) if row[1] == SETBACK] == [round(math.sqrt(3) - 1, 9)]


def test_setbacks_have_what_relapses_leave_of_the_hazard() -> None:
    """Where a quarter of setbacks are relapses, setbacks have three times the hazard: x = 3^(1/3) - 1, and so on."""
    spell: Spell = (WELL, 0.0, 0.9, [stretch(0.0, 1.0, 0.0, 0.9, ratio=setback_ratio(0.25))])
    starts = [row[2] for row in cut(setbacks(days=0.0), 0, [spell]) if row[1] == SETBACK]
    assert starts == [round(3 ** (1 / 3) - 1, 9), round(6 ** (1 / 3) - 1, 9)]


def test_where_every_setback_is_a_relapse_nothing_is_cut() -> None:
    spell: Spell = (WELL, 0.0, 9.0, [stretch(0.0, 1.0, 0.0, 9.0, ratio=setback_ratio(1.0))])
    assert cut(setbacks(), 0, [spell]) == [(0, WELL, 0.0, 9.0)]


def test_a_setback_at_the_door_begins_there_and_leaves_the_next_where_it_was() -> None:
    """On day 1 without any hazard; the one of exposed day 2 comes as if nothing had been."""
    stretches = [
        stretch(0.0, 1.0, 0.0, 1.0),
        stretch(1.0, 0.0, 1.0, 1.0, ratio=math.inf),
        stretch(1.0, 1.0, 1.0, 3.0),
    ]
    starts = [row[2] for row in cut(setbacks(), 0, [(WELL, 0.0, 3.0, stretches)]) if row[1] == SETBACK]
    assert starts == [1.0, 2.0]


def test_setbacks_are_too_many_by_their_number_not_by_their_rate() -> None:
    """A thousand, and a hundred a day. At k = ratio / mean gap there are k ln(1 + t): nearest to the bound on day
    k / 100 - 1, which they pass from k = 818 on.
    """
    spell: Spell = (WELL, 0.0, 10.0, [stretch(0.0, 1.0, 0.0, 10.0, ratio=805 * MEAN_GAP)])
    rows = cut(setbacks(days=0.0), 0, [spell])
    assert sum(row[1] == SETBACK for row in rows) == pytest.approx(805 * math.log(11), abs=2)
    spell = (WELL, 0.0, 10.0, [stretch(0.0, 1.0, 0.0, 10.0, ratio=830 * MEAN_GAP)])
    with pytest.raises(EndlessCircle, match=r"setback, 1,[5-7]\d\d times in [5-7]"):
        cut(setbacks(days=0.0), 0, [spell])


def test_a_high_rate_at_a_slow_clock_is_few_setbacks() -> None:
    """3,387 in eight exposed days, which at a fiftieth of the pace are 400 days; in 8 days they would be too many."""
    ratio = 3_387 / math.log(9) * MEAN_GAP
    slow: Spell = (WELL, 0.0, 400.0, [stretch(0.0, 0.02, 0.0, 8.0, ratio)])
    rows = cut(setbacks(days=0.0), 0, [slow])
    assert sum(row[1] == SETBACK for row in rows) == pytest.approx(3_387, abs=2)
    with pytest.raises(EndlessCircle):
        cut(setbacks(days=0.0), 0, [(WELL, 0.0, 8.0, [stretch(0.0, 1.0, 0.0, 8.0, ratio)])])


def test_setbacks_that_come_faster_all_life_long_are_too_many() -> None:
    """110 a day, in spells of 5 days; the thousand that come on top of a hundred are spent within a hundred days."""
    ratio = 550 / math.log(6) * MEAN_GAP
    spells: list[Spell] = [(WELL, day, day + 5.0, [stretch(day, 1.0, 0.0, 5.0, ratio)]) for day in range(0, 150, 5)]
    with pytest.raises(EndlessCircle) as raised:
        cut(setbacks(days=0.0), 0, spells)
    assert raised.value.day == pytest.approx(100, abs=10)
