import pytest

from sim.scenario.nearest import name_hint, nearest, path_hint
from sim.scenario.paths import split_path


def test_nearest_offers_only_what_is_close():
    assert nearest("residentail", ["iop", "residential"]) == ["residential"]
    assert nearest("detox", ["iop", "residential"]) == []


def test_without_a_near_name_all_are_listed():
    assert name_hint("detox", ["iop", "residential"]) == "There are iop, residential"
    assert name_hint("detox", []) == "There is none"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("levels.iop.capcity", "places.iop_seats.capacity"),
        ("levels.residential.capacity", "places.beds.capacity"),
        ("levels.iop.lenth_of_stay", "levels.iop.length_of_stay"),
        ("levels.iop.lenth_of_stay.value", "levels.iop.length_of_stay.value"),
        ("level.iop.cost_per_day", "levels.iop.cost_per_day"),
        ("levels.iopp.no_show", "levels.iop.no_show"),
        ("levels.iop.on_relapse.continu", "levels.iop.on_relapse.continue"),
        ("levels.residential.dropout.scal", "levels.residential.dropout.scale"),
        ("levels.residential.next.0.probabilty", "levels.residential.next.0.probability"),
        ("population.severity.sever", "population.severity.severe"),
        ("recruitment_days", "time.recruitment_days"),
        ("warmup_days", "time.warm_up_days"),
    ],
)
def test_the_hint_is_the_right_path(data, wrong, right):
    assert path_hint(split_path(wrong), data) == f"Did you mean {right}?"


def test_the_places_of_the_level_come_before_a_place_that_only_sounds_like_it(changed):
    data = changed({"places": {"iop": {"capacity": 1}, "room": {"capacity": 2}}, "levels.iop.places": ["room"]})
    assert path_hint(("levels", "iop", "capcity"), data) == "Did you mean places.room.capacity?"


def test_an_unlike_key_elsewhere_is_not_offered(data):
    hint = path_hint(("levels", "residential", "length_of_stay", "shape"), data)
    assert hint.startswith("Allowed here: ")
    assert "sd" in hint
