from datetime import date

from sim.scenario.distributions import Weibull
from sim.scenario.shape import scenario_shape, shape_at


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
    assert without_unit == {".price_year", ".evidence.*.low", ".reads.0.low", ".reads.0.high", ".evidence.*.high"}


def test_the_alias_is_the_key():
    assert shape_at(("levels", "iop", "on_relapse", "continue")) is not None
    assert shape_at(("levels", "iop", "on_relapse", "continue_")) is None


def test_data_tells_distributions_apart():
    path = ("levels", "iop", "dropout", "shape")
    assert shape_at(path) is not None
    assert shape_at(path, {"levels": {"iop": {"dropout": {"distribution": "exponential"}}}}) is None
    assert set(shape_at(path[:-1]).keys({"distribution": "weibull"})) == set(Weibull.model_fields)


def test_bounds_are_read_and_told():
    follow_up = shape_at(("time", "follow_up_days"))
    assert not follow_up.admits(0)
    assert follow_up.admits(36_525)
    assert not follow_up.admits(36_526)
    assert follow_up.allowed() == "a number, at least 0.001 and at most 36525 (unit: days)"
    assert shape_at(("places", "beds", "capacity")).allowed().startswith("a whole number, at least 0")
