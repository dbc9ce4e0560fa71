from datetime import date

import pytest

from sim.scenario import load_scenario
from sim.scenario.distributions import WeibullClock
from sim.scenario.frozen import Frozen
from sim.scenario.schema import Mark
from sim.scenario.shape import nodes, scenario_shape, shape_at


def test_every_leaf_of_the_schema_is_understood():
    """A new kind of annotation in the schema must not slip past units, hints and card checks."""
    waiting, leaves = [("", scenario_shape())], {}
    while waiting:
        path, shape = waiting.pop()
        below = {**shape.fields, **shape.variants}
        below |= {"*": shape.entries} if shape.entries else {}
        below |= {"0": shape.items} if shape.items else {}
        waiting += [(f"{path}.{key}", item) for key, item in below.items()]
        if not below:
            leaves[path] = shape
    plain = {p: s.leaf for p, s in leaves.items() if s.leaf not in (int, float, str, bool, date)}
    assert all("Literal" in str(leaf) for leaf in plain.values())
    without_unit = {path for path, shape in leaves.items() if shape.is_number and shape.unit is None}
    of_metrics = {f".targets.*.{key}" for key in ("value", "low", "high", "tolerance")}
    of_cards = {f".evidence.*.{key}" for key in ("low", "high", "level", "mean", "standard_error", "sample_size")}
    of_cards |= {".evidence_correlation.*.*", ".evidence_structures.*.*.weight", ".evidence_structures.*.*.set.*"}
    of_others = {".reads.0.low", ".reads.0.high", *of_cards}
    assert without_unit == {".price_year", *of_others, *of_metrics}


def test_the_alias_is_the_key():
    assert shape_at(("levels", "iop", "on_relapse", "continue")) is not None
    assert shape_at(("levels", "iop", "on_relapse", "continue_")) is None


def test_data_tells_distributions_apart():
    path = ("levels", "iop", "dropout", "shape")
    assert shape_at(path) is not None
    assert shape_at(path, {"levels": {"iop": {"dropout": {"distribution": "exponential"}}}}) is None
    assert set(shape_at(path[:-1]).keys({"distribution": "weibull"})) == set(WeibullClock.model_fields)


def test_times_of_the_plan_have_a_unit_of_their_own():
    path = ("levels", "iop", "dropout", "scale")
    for of, unit in (("plan", "planned stays"), ("days", "days")):
        clock = {"distribution": "weibull", "shape": 1.0, "scale": 1.0, "of": of}
        assert shape_at(path, {"levels": {"iop": {"dropout": clock}}}).unit == unit
    assert shape_at((*path[:-1], "shape"), {"levels": {"iop": {"dropout": clock}}}).unit == "1"
    assert shape_at(("levels", "iop", "length_of_stay", "of")) is None


def test_bounds_are_read_and_told():
    follow_up = shape_at(("time", "follow_up_days"))
    assert not follow_up.admits(0)
    assert follow_up.admits(36_525)
    assert not follow_up.admits(36_526)
    assert follow_up.allowed() == "a number, at least 0.001 and at most 36525 (unit: days)"
    assert shape_at(("places", "beds", "capacity")).allowed().startswith("a whole number, at least 0")


def test_marks_say_what_names_refer_to_which_shares_are_one_whole_and_what_rises():
    link = ("levels", "iop", "next", "0")
    assert shape_at((*link, "to")).mark.refers == "level"
    assert shape_at(("levels", "iop", "places", "0")).mark.refers == "place"
    assert shape_at((*link, "when", "severity")).key_refers == "attribute"
    assert shape_at((*link, "when", "severity")).mark.refers == "value"
    assert shape_at(("levels", "iop")).key_refers is None
    assert shape_at(("levels", "iop", "on_relapse")).mark.sums_to_one
    assert not shape_at(("initial",)).mark.sums_to_one
    assert shape_at(("death", "windows")).mark.rising == "until_day"


def test_a_scenario_and_its_plain_data_have_the_same_nodes(data):
    scenario = load_scenario(data)
    for of in (scenario, scenario.model_dump(by_alias=True)):
        found = {node.path: node for node in nodes(of, scenario_shape())}
        assert found["levels", "residential", "on_relapse", "continue"].value == 0.3
        assert found["levels", "residential", "on_relapse", "discharge"].default == 1.0
        assert found["levels", "residential", "next", "0", "delay_days", "mean"].value == 4
        assert found["entry", "1", "to", "iop"].shape.is_number


@pytest.mark.parametrize("name", ["county", "depression", "hybrid", "medication"])
def test_who_walks_for_rules_alone_meets_every_place_that_one_speaks_of(name):
    scenario = load_scenario(name)
    walked = {node.path for node in nodes(scenario, scenario_shape(), with_rules=True)}
    every = list(nodes(scenario, scenario_shape()))
    for path, shape, value, _ in every:
        own = isinstance(value, Frozen) and type(value).own_problems is not Frozen.own_problems
        if own or shape.mark != Mark() or shape.key_refers is not None:
            assert path in walked
    assert () in walked
    assert len(walked) < len(every) / 4
