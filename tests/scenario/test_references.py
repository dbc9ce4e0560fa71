import pytest


@pytest.mark.parametrize(
    ("settings", "path", "hint"),
    [
        ({"initial": {"ipo": {"waiting": 1}}, "time.warm_up_days": 0}, "initial.ipo", "Did you mean iop?"),
        ({"effects.sevrity": {"severe": {}}}, "effects.sevrity", "Did you mean severity?"),
        ({"effects.severity.sever": {}}, "effects.severity.sever", "Did you mean severe?"),
        ({"effects.severity.mild": {"levels": {"ipo": {}}}}, "effects.severity.mild.levels.ipo", "Did you mean iop?"),
        ({"entry.0.to": {"residentail": 1.0}}, "entry.0.to.residentail", "Did you mean residential?"),
        ({"entry.0.when": {"sevrity": "severe"}}, "entry.0.when.sevrity", "Did you mean severity?"),
        ({"entry.0.when": {"severity": "sever"}}, "entry.0.when.severity", "Did you mean severe?"),
        ({"levels.iop.places": ["iop_seat"]}, "levels.iop.places.0", "Did you mean iop_seats?"),
        (
            {"levels.iop.priority": [{"rank": 1, "when": {"housing": "non"}}]},
            "levels.iop.priority.0.when.housing",
            "Did you mean none?",
        ),
        ({"levels.iop.step_up_to": "residentail"}, "levels.iop.step_up_to", "Did you mean residential?"),
        (
            {"levels.iop.hand_over": "bridge", "levels.iop.bridge": "calls"},
            "levels.iop.bridge",
            "There are residential, iop",
        ),
        ({"levels.residential.next.0.to": "ipo"}, "levels.residential.next.0.to", "Did you mean iop?"),
        (
            {"levels.residential.next.0.when": {"housing": "nnoe"}},
            "levels.residential.next.0.when.housing",
            "Did you mean none?",
        ),
    ],
)
def test_a_name_that_refers_to_nothing_gets_the_nearest(problems, settings, path, hint):
    found = problems(settings)
    assert list(found) == [path]
    assert found[path].hint == hint
