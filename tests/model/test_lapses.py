"""Cutting lapses out of spells of abstinence that are known."""

import pytest
from support import fixed, scenario

from sim.model.draws import Decision, Draws
from sim.model.lapses import Lapses, Spell
from sim.model.pace import EndlessCircle
from sim.model.plan import plan_for
from sim.vocabulary import ABSTINENT, LAPSE, USING

GAPS = [2.0, 3.0, 1.0]
"""Exposed days before each lapse, over and over; the rate is one an exposed day."""


@pytest.fixture(autouse=True)
def known_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Decision, "exponential", lambda self, patient, occurrence=0: GAPS[occurrence % len(GAPS)])


def lapses(days: float = 0.5, per_day: float = 1.0) -> Lapses:
    system = scenario({"ward": {"length_of_stay": fixed(5)}}, lapse={"per_day": per_day, "duration_days": fixed(days)})
    return Lapses(plan_for(system), Draws(1, 0, (10,)))


def cut(lapses: Lapses, patient: int, ratio: float, spells: list[Spell]) -> list[tuple[float, ...]]:
    """The rows, each as a tuple."""
    numbers = lapses.cut_out(patient, ratio, spells)
    return [tuple(numbers[start : start + 4]) for start in range(0, len(numbers), 4)]


def test_a_lapse_begins_when_the_exposed_days_before_it_have_passed() -> None:
    """Two exposed days come 4 days after a spell at half exposure began, three more on day 18, at full exposure."""
    spell: Spell = (ABSTINENT, 10.0, 20.0, [(10.0, 0.5, 0.0, 2.5), (15.0, 1.0, 2.5, 7.5)])
    assert cut(lapses(), 3, 1.0, [spell]) == [
        (3, ABSTINENT, 10.0, 14.0),
        (3, LAPSE, 14.0, 14.5),
        (3, ABSTINENT, 14.5, 17.5),
        (3, LAPSE, 17.5, 18.0),
        (3, ABSTINENT, 18.0, 18.5),
        (3, LAPSE, 18.5, 19.0),
        (3, ABSTINENT, 19.0, 20.0),
    ]


def test_a_lapse_ends_with_its_spell_and_swallows_those_that_begin_during_it() -> None:
    spell: Spell = (ABSTINENT, 0.0, 9.0, [(0.0, 1.0, 0.0, 9.0)])
    assert cut(lapses(days=100.0), 0, 1.0, [spell]) == [
        (0, ABSTINENT, 0.0, 2.0),
        (0, LAPSE, 2.0, 9.0),
        (0, ABSTINENT, 9.0, 9.0),
    ]


def test_each_spell_of_abstinence_begins_a_gap_of_its_own() -> None:
    """The first gap, of 2, is cut off after 1; the next spell has one of 3."""
    spells: list[Spell] = [
        (ABSTINENT, 0.0, 1.0, [(0.0, 1.0, 0.0, 1.0)]),
        (USING, 1.0, 5.0, []),
        (ABSTINENT, 5.0, 8.5, [(5.0, 1.0, 0.0, 3.5)]),
    ]
    assert cut(lapses(), 0, 1.0, spells) == [
        (0, ABSTINENT, 0.0, 1.0),
        (0, USING, 1.0, 5.0),
        (0, ABSTINENT, 5.0, 8.0),
        (0, LAPSE, 8.0, 8.5),
        (0, ABSTINENT, 8.5, 8.5),
    ]


def test_a_hazard_ratio_of_two_halves_the_gaps() -> None:
    spell: Spell = (ABSTINENT, 0.0, 2.0, [(0.0, 1.0, 0.0, 2.0)])
    assert [row[2] for row in cut(lapses(), 0, 2.0, [spell]) if row[1] == LAPSE] == [1.0]


def test_at_rate_0_nothing_is_cut() -> None:
    spell: Spell = (ABSTINENT, 0.0, 9.0, [(0.0, 1.0, 0.0, 9.0)])
    assert cut(lapses(per_day=0.0), 0, 1.0, [spell]) == [(0, ABSTINENT, 0.0, 9.0)]


def test_lapses_are_too_many_by_their_number_not_by_their_rate() -> None:
    """A thousand, and a hundred a day: 2,000 in ten days. Gaps of 2 on average, so 1,950 at 390 times the rate."""
    spell: Spell = (ABSTINENT, 0.0, 10.0, [(0.0, 1.0, 0.0, 10.0)])
    rows = cut(lapses(days=0.0), 0, 390.0, [spell])
    assert sum(row[1] == LAPSE for row in rows) == pytest.approx(1_950, abs=1)
    with pytest.raises(EndlessCircle, match=r"lapse, 1,9\d\d times in 9"):
        cut(lapses(days=0.0), 0, 405.0, [spell])


def test_a_high_rate_at_little_exposure_is_few_lapses() -> None:
    """110 an exposed day at an exposure of 0.02: 2.2 a day, and 1.1 with gaps of 2 on average; 440 in 400 days."""
    spell: Spell = (ABSTINENT, 0.0, 400.0, [(0.0, 0.02, 0.0, 8.0)])
    rows = cut(lapses(days=0.0, per_day=10.0), 0, 11.0, [spell])
    assert sum(row[1] == LAPSE for row in rows) == pytest.approx(440, abs=1)


def test_lapses_that_come_faster_all_life_long_are_too_many() -> None:
    """At 110 a day, 10 more than a hundred: the thousand that come on top are spent within a hundred days."""
    spells: list[Spell] = [(ABSTINENT, day, day + 50.0, [(day, 1.0, 0.0, 50.0)]) for day in (0.0, 50.0, 100.0)]
    with pytest.raises(EndlessCircle) as raised:
        cut(lapses(days=0.0), 0, 220.0, spells)
    assert raised.value.day == pytest.approx(100, abs=5)
