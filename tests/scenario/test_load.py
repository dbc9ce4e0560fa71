import pytest

from sim.scenario import load_scenario
from sim.scenario.load import load_warnings, mean_of_steps, planned_stay


def test_offered_load_is_flow_times_stay(changed):
    """0.5 a day; residential: half severe all, half mild 0.4 -> 0.35 x 30 = 10.5; iop: 0.15 + 0.175 -> x 60 = 19.5."""
    both_short = {"places.beds.capacity": 10, "places.iop_seats.capacity": 19}
    warnings = {w.path: w.message for w in load_warnings(load_scenario(changed(both_short)))}
    assert "offered load 10.4 " in warnings["places.beds.capacity"] or "10.5 " in warnings["places.beds.capacity"]
    assert "offered load 19.5 is above the capacity of 19 " in warnings["places.iop_seats.capacity"]
    enough = {"places.beds.capacity": 11, "places.iop_seats.capacity": 20}
    assert list(load_warnings(load_scenario(changed(enough)))) == []


def test_readmissions_through_links_are_counted(changed):
    """Each iop stay leads to another with 0.5: twice as many."""
    again = {"levels.iop.next": [{"to": "iop", "probability": 0.5}], "places.iop_seats.capacity": 38}
    (warning,) = load_warnings(load_scenario(changed(again)))
    assert "offered load 39 " in warning.message


def test_conditions_weigh_links_by_shares(changed):
    half = {"levels.residential.next.0.when": {"severity": "severe"}, "places.iop_seats.capacity": 14}
    (warning,) = load_warnings(load_scenario(changed(half)))
    assert "offered load 14.2 " in warning.message


def test_a_closed_cohort_has_no_steady_load(changed):
    cohort = {"arrivals": {"closed_cohort": 5000}, "time": {"follow_up_days": 10}, "places.beds.capacity": 1}
    assert list(load_warnings(load_scenario(changed(cohort)))) == []


def test_a_planned_stay_waits_for_the_review_and_ends_with_the_authorised_days(changed):
    scenario = load_scenario(changed({"levels.iop.review_every_days": 7}))
    assert planned_stay(scenario.levels["iop"]) == pytest.approx(63.5)
    assert planned_stay(scenario.with_overrides({"levels.iop.authorised_days": 28}).levels["iop"]) == 28


def test_a_value_that_changes_is_averaged():
    assert mean_of_steps(1.0, [], 0) == 1.0
    assert mean_of_steps(10.0, [(50, 20.0), (500, 99.0)], 100) == 15.0
    assert mean_of_steps(10.0, [(0, 20.0)], 100) == 20.0
