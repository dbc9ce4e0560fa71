import pytest

from sim.files.problems import hinted
from sim.scenario.merge import merged, removed

CARD = {"source": "a study", "grade": "choice"}


def test_tables_merge_and_everything_else_replaces():
    parent = {"a": {"x": 1, "y": [1, 2, 3]}, "b": 1}
    assert merged(parent, {"a": {"y": [4]}, "c": 2}) == {"a": {"x": 1, "y": [4]}, "b": 1, "c": 2}
    assert parent == {"a": {"x": 1, "y": [1, 2, 3]}, "b": 1}


def test_another_distribution_leaves_nothing_of_the_first():
    parent = {"levels": {"iop": {"dropout": {"distribution": "lognormal", "mean": 3, "sd": 2, "max": 9}}}}
    weibull = {"distribution": "weibull", "shape": 0.7, "scale": 9}
    assert merged(parent, {"levels": {"iop": {"dropout": weibull}}})["levels"]["iop"]["dropout"] == weibull
    same = merged(parent, {"levels": {"iop": {"dropout": {"distribution": "lognormal", "mean": 4}}}})
    assert same["levels"]["iop"]["dropout"] == {"distribution": "lognormal", "mean": 4, "sd": 2, "max": 9}
    partly = merged(parent, {"levels": {"iop": {"dropout": {"mean": 4}}}})
    assert partly["levels"]["iop"]["dropout"]["sd"] == 2


@pytest.mark.parametrize(
    "wrap",
    [
        lambda shares: {"population": {"severity": shares}},
        lambda shares: {"payers": shares},
        lambda shares: {"levels": {"iop": {"payers": shares}}},
        lambda shares: {"levels": {"iop": {"on_relapse": shares}}},
    ],
)
def test_shares_are_replaced_together(wrap):
    assert merged(wrap({"discharge": 0.7, "continue": 0.3}), wrap({"discharge": 1.0})) == wrap({"discharge": 1.0})


def test_times_of_the_plan_leave_nothing_of_times_in_days():
    """Their numbers mean something else, so that all must be stated."""
    clock = {"distribution": "weibull", "shape": 0.7, "scale": 60}
    parent = {"levels": {"iop": {"dropout": clock}}}

    def over(table, inherited=parent):
        return merged(inherited, {"levels": {"iop": {"dropout": table}}})["levels"]["iop"]["dropout"]

    assert over({"of": "plan", "scale": 2}) == {"of": "plan", "scale": 2}
    assert over({"of": "days", "scale": 2}) == {**clock, "of": "days", "scale": 2}
    of_plan = {"levels": {"iop": {"dropout": {**clock, "of": "plan"}}}}
    assert over({"scale": 2}, of_plan) == {**clock, "of": "plan", "scale": 2}
    assert over({"of": "days"}, of_plan) == {"of": "days"}


def test_a_card_is_replaced_whole_and_others_stay():
    parent = {"evidence": {"name": {**CARD, "note": "old"}, "places": CARD}}
    child = {"evidence": {"name": {"source": "new", "grade": "choice"}}}
    assert merged(parent, child)["evidence"] == {"name": {"source": "new", "grade": "choice"}, "places": CARD}


def test_a_single_card_can_be_removed(data):
    result, problems = removed(data, ['evidence."levels.residential.cost_per_day"'])
    assert (problems, list(result["evidence"])) == ([], ["places"])


def test_what_is_removed_goes_and_the_parent_stays(data):
    result, problems = removed(data, ["levels.residential", "effects.severity"])
    assert problems == []
    assert set(result["levels"]) == {"iop"}
    assert result["effects"] == {}
    assert "residential" in data["levels"]


@pytest.mark.parametrize(
    ("paths", "place", "hint"),
    [
        (["levels.residentail"], "remove.0", "Did you mean levels.residential?"),
        (["levels.iop", "places.bedz"], "remove.1", "Did you mean places.beds?"),
        (["levels.residential.next.0"], "remove.0", "State levels.residential.next anew"),
        (["levels..iop"], "remove.0", ""),
        ("levels.iop", "remove", ""),
        ([3], "remove", ""),
    ],
)
def test_what_cannot_be_removed_is_told(data, paths, place, hint):
    problems = hinted(removed(data, paths)[1])
    assert [(problem.path, problem.hint) for problem in problems] == [(place, hint)]
