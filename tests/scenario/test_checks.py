import pytest

from sim.scenario import load_scenario, scenario_warnings

GROUP = {"size": 10, "groups": 6, "sessions_per_week": 5, "hours_per_session": 1.5}


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({"places.spare": {"capacity": 3}}, "places.spare", "no level uses"),
        ({"places.iop_seats.capacity": 0}, "places.iop_seats.capacity", "no one is ever admitted to iop"),
        ({"levels.iop.group": {**GROUP, "groups": 5}}, "levels.iop.group", "hold 50 people, but the level has 60"),
        ({"arrivals.per_day": 0}, "arrivals", "nobody ever asks"),
        (
            {"arrivals": {"closed_cohort": 3, "weekday": [1] * 7}, "time": {"follow_up_days": 9}},
            "arrivals.weekday",
            "no effect",
        ),
        ({"levels.iop.step_up_to": "residential"}, "levels.iop.step_up_to", "no effect"),
        ({"levels.residential.patient_time_per_day": 0}, "costs", "what it costs the payer"),
        ({"time.follow_up_days": 730, "time.recruitment_days": 500}, "discounting", "730 days are not discounted"),
        ({"places.beds.capacity": 3}, "places.beds.capacity", "offered load"),
    ],
)
def test_what_may_not_be_meant_is_a_warning(changed, settings, path, words):
    (warning,) = scenario_warnings(load_scenario(changed(settings)))
    assert (warning.path, warning.severity) == (path, "warning")
    assert words in warning.message


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"levels.iop.group": GROUP},
        {"places.iop_seats.capacity": 0, "places.iop_seats.changes": [{"from_day": 1, "capacity": 60}]},
        {"levels.residential.patient_time_per_day": 0, "payers": {"state": 0.9, "patient": 0.1}},
        {"levels.residential.patient_time_per_day": 0, "costs": {"productivity": {"using": 20}}},
        {"time.follow_up_days": 730, "discounting": {"costs": 0.03, "effects": 0.03}},
        {"arrivals.per_day": 0, "initial": {"iop": {"waiting": 5}}, "time.warm_up_days": 0},
    ],
)
def test_a_well_meant_scenario_has_no_warnings(changed, settings):
    assert scenario_warnings(load_scenario(changed(settings))) == []
