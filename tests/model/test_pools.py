"""Places that accept only some, levels that take one kind or another, and stays that hold several of a kind.

Timelines by hand: a closed cohort asks on day 0, in the order of its numbers, and every stay lasts ten days.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from ledger import audited
from model.histories import FOREVER, rows, run
from support import cohort, exponential, fixed, scenario

import sim
from sim.model import replicate
from sim.scenario import Scenario
from sim.scenario.change import DatedChange

SEX = {"woman": 0.5, "man": 0.5}
OF_WOMEN = {"sex": ["woman"]}


def ward(sexes: str, places: dict[str, Any], days: float = FOREVER, **parts: Any) -> Scenario:
    """A ward for people of these sexes, by their letters."""
    level = {"length_of_stay": fixed(10), "any_place_of": list(places), **parts.pop("level", {})}
    described = {
        "name": "test",
        "population": {"sex": SEX},
        "entry": [{"to": {"ward": 1.0}}],
        "levels": {"ward": level},
        "places": places,
        **cohort(len(sexes), days),
        **parts,
    }
    return sim.load_scenario(described)


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that decides who comes: by letter, a woman or a man."""

    def come(sexes: str) -> None:
        values = [("wm".index(letter),) for letter in sexes]
        monkeypatch.setattr("sim.model.world.attribute_values", lambda *_: values)

    return come


def test_one_whom_no_free_place_takes_does_not_block_another(people: Any) -> None:
    """One bed for women, one for anybody. Day 0: the first woman has the first bed that she may have, the second the
    other. Day 10: the first man, who has the lower number, has the mixed bed; the third woman passes the second man.
    Day 20: he has the mixed bed, and nobody is left for the bed of the women, into which nobody moves.
    """
    people("wwmmwm")
    records = run(ward("wwmmwm", {"women": {"capacity": 1, "accepts": OF_WOMEN}, "mixed": {"capacity": 1}}))
    assert rows(records.stays, "patient", "places", "admitted", "discharged") == [
        (0, "women", 0, 10),
        (1, "mixed", 0, 10),
        (2, "mixed", 10, 20),
        (3, "mixed", 20, 30),
        (4, "women", 10, 20),
        (5, "mixed", 30, 40),
    ]


def test_kinds_are_tried_in_the_order_that_is_stated(people: Any) -> None:
    people("wwm")
    places = {"mixed": {"capacity": 1}, "women": {"capacity": 1, "accepts": OF_WOMEN}}
    assert rows(run(ward("wwm", places)).stays, "patient", "places", "admitted") == [
        (0, "mixed", 0),
        (1, "women", 0),
        (2, "mixed", 10),
    ]


def test_a_rank_goes_over_all_lists_of_a_level(people: Any) -> None:
    """Two mixed beds, and one for women, who come last: both men have a bed before any of them takes a mixed one."""
    people("wwwmm")
    places = {"women": {"capacity": 1, "accepts": OF_WOMEN}, "mixed": {"capacity": 2}}
    priority = [{"when": {"sex": "man"}, "rank": 0}]
    records = run(ward("wwwmm", places, level={"priority": priority}))
    assert [(row[0], row[2]) for row in rows(records.stays, "patient", "places", "admitted")] == [
        (0, 0),
        (1, 10),
        (2, 10),
        (3, 0),
        (4, 0),
    ]


def test_a_stay_holds_several_places_of_one_kind_and_all_that_it_needs() -> None:
    """Five nurses, two to a bed: of four beds two are in use. They are charged, counted and made ready as two."""
    nurses = {"beds": {"capacity": 4}, "nurses": {"capacity": 5, "fixed_cost_per_day": 100.0, "turnover_days": 1.0}}
    level = {"places": ["beds", "nurses"], "any_place_of": [], "places_each": {"nurses": 2}}
    system = ward("wwww", nurses, 40, level=level)
    result = sim.run(system, 1, keep_records=True)
    assert result.stays["admitted"].tolist() == [0, 0, 11, 11]
    assert set(result.stays["places"]) == {"beds+nurses*2"}
    assert result.outages[["place", "started", "ended"]].astype(object).values.tolist() == [
        ["nurses", day, day + 1] for day in (10.0, 10.0, 10.0, 10.0, 21.0, 21.0, 21.0, 21.0)
    ]
    values = result.metrics.set_index("metric")["value"]
    assert values["occupancy.nurses"] == pytest.approx(4 * 20 / (5 * 40))
    assert values["occupancy.beds"] == pytest.approx(2 * 20 / (4 * 40))
    assert values["full.nurses"] == 0
    in_use = result.occupancy.set_index(["place", "in_use"])["days"]
    assert in_use["nurses"].to_dict() == {0: 20, 1: 0, 2: 0, 3: 0, 4: 20}
    assert values["cost.place.nurses.used"] == pytest.approx(4 * 20 * 100)
    assert values["cost.place.nurses.fixed"] == pytest.approx(5 * 40 * 100)


def test_who_is_there_on_day_0_has_the_first_that_is_free(people: Any) -> None:
    people("wwmw")
    places = {"women": {"capacity": 1, "accepts": OF_WOMEN}, "mixed": {"capacity": 2}}
    there = {"arrivals": {"per_day": 0.0}, "initial": {"ward": {"in_care": 3, "waiting": 1}}}
    time = {"recruitment_days": 1, "follow_up_days": 60}
    records = replicate(ward("wwmw", places, time=time, **there), 1, 0)
    assert rows(records.stays, "patient", "places")[:3] == [(0, "women"), (1, "mixed"), (2, "mixed")]


def test_on_day_0_who_has_no_choice_goes_before_whoever_has_one(people: Any) -> None:
    """A level that needs one of two beds, and after it one that needs the first of them: both people have a bed; and so
    have a woman, who could have either bed, and after her a man, who could have the mixed one alone."""
    time = {"recruitment_days": 1, "follow_up_days": 60}
    there = {"arrivals": {"per_day": 0.0}, "initial": {"a": {"in_care": 2}, "b": {"in_care": 2}}, "time": time}
    levels = {"a": {"any_place_of": ["x", "y"]}, "b": {"places": ["x"]}}
    of_levels = scenario(
        {name: {**each, "length_of_stay": fixed(100)} for name, each in levels.items()}, {"x": 2, "y": 2}, **there
    )
    assert rows(replicate(of_levels, 1, 0).stays, "patient", "places") == [(0, "y"), (1, "y"), (2, "x"), (3, "x")]
    people("wm")
    beds = {"mixed": {"capacity": 1}, "women": {"capacity": 1, "accepts": OF_WOMEN}}
    of_sexes = ward("", beds, **{**there, "initial": {"ward": {"in_care": 2}}})
    assert rows(replicate(of_sexes, 1, 0).stays, "patient", "places") == [(0, "women"), (1, "mixed")]


def test_a_change_leaves_lists_to_those_whom_places_still_accept(people: Any) -> None:
    """From day 5 on the two beds are for women, and men are placed in a clinic: the man in a bed stays, the one on the
    list asks there, and the woman behind him has the next bed.
    """
    people("wmmw")
    parts = {"population": {"sex": SEX}, **cohort(4, 100)}
    levels = {"ward": {"places": ["beds"], "length_of_stay": fixed(10)}, "clinic": {"length_of_stay": fixed(3)}}
    before = scenario(levels, {"beds": 2}, **parts)
    entry = [{"when": {"sex": "man"}, "to": {"clinic": 1.0}}, {"to": {"ward": 1.0}}]
    after = before.with_overrides({"places.beds.accepts": OF_WOMEN, "entry": entry})
    records = replicate(DatedChange(before, after, 5.0), 1, 0)
    assert rows(records.stays, "patient", "level", "admitted", "discharged") == [
        (0, "ward", 0, 10),
        (1, "ward", 0, 10),
        (2, "clinic", 5, 8),
        (3, "ward", 10, 20),
    ]
    assert rows(records.waits, "patient", "outcome")[2:] == [(2, "redirected"), (2, "admitted"), (3, "admitted")]


def test_names_of_those_who_left_silently_go_with_the_lists_that_would_have_called_them(people: Any) -> None:
    people("wmw")
    silent = {"patience": fixed(2), "silent_share": 1.0, "days_to_learn": fixed(4)}
    level = {"places": ["beds"], "length_of_stay": fixed(10), **silent}
    parts = {"population": {"sex": SEX}, **cohort(3, 100)}
    before = scenario({"ward": level, "clinic": {"length_of_stay": fixed(3)}}, {"beds": 1}, **parts)
    entry = [{"when": {"sex": "man"}, "to": {"clinic": 1.0}}, {"to": {"ward": 1.0}}]
    after = before.with_overrides({"places.beds.accepts": OF_WOMEN, "entry": entry})
    outages = replicate(DatedChange(before, after, 5.0), 1, 0).outages
    assert rows(outages, "patient", "started", "ended") == [(2, 10, 14)]


def test_four_kinds_that_anybody_may_have_are_one_pool_to_the_bit() -> None:
    level = {"length_of_stay": exponential(7.0), "patience": exponential(9.0)}
    pool = scenario({"ward": {"places": ["beds"], **level}}, {"beds": 8}, arrivals={"per_day": 1.2})
    kinds = {"a": 1, "b": 4, "c": 0, "d": 3}
    parts = scenario({"ward": {"any_place_of": list(kinds), **level}}, kinds, arrivals={"per_day": 1.2})
    first, second = replicate(pool, 5, 0), replicate(parts, 5, 0)
    pd.testing.assert_frame_equal(
        first.stays.frame().drop(columns="places"), second.stays.frame().drop(columns="places")
    )
    pd.testing.assert_frame_equal(first.waits.frame(), second.waits.frame())


def test_places_are_held_by_whom_they_accept_at_every_instant() -> None:
    places = {
        "women": {"capacity": 3, "accepts": OF_WOMEN, "turnover_days": 0.5},
        "mixed": {"capacity": 5, "changes": [{"from_day": 50, "capacity": 2}]},
        "rooms": {"capacity": 9},
    }
    level = {"places": ["rooms"], "any_place_of": ["mixed", "women"], "places_each": {"mixed": 2}, "no_show": 0.2}
    parts = {"arrivals": {"per_day": 1.0}, "time": {"recruitment_days": 200, "follow_up_days": 30}}
    system = ward("", places, level={**level, "length_of_stay": exponential(6)}, **parts)
    records, _ = audited(system, 3, 0)
    sexes = records.patients["sex"][records.stays["patient"]]
    words = records.stays.frame()["places"]
    assert set(words) == {"rooms+mixed*2", "rooms+women"}
    assert not (np.asarray(words == "rooms+women") & (sexes == 1)).any()
