import pytest

from sim.scenario import load_scenario
from sim.scenario.load import expected_stay, load_warnings, mean_of_steps

NO_DROPOUT = {"levels.residential.dropout": {"distribution": "fixed", "value": 10_000}}


def test_offered_load_is_flow_times_stay(changed):
    """0.5 a day; residential: half severe all, half mild 0.4 -> 0.35 x 30 = 10.5; iop: 0.15 + 0.175 -> x 60 = 19.5."""
    both_short = {"places.beds.capacity": 9, "places.iop_seats.capacity": 18}
    warnings = {w.path: w.message for w in load_warnings(load_scenario(changed({**NO_DROPOUT, **both_short})))}
    assert "offered load is about 10.5, above" in warnings["places.beds.capacity"]
    assert "offered load is about 19.5, above the capacity of 18 " in warnings["places.iop_seats.capacity"]
    enough = {"places.beds.capacity": 10, "places.iop_seats.capacity": 19}
    assert list(load_warnings(load_scenario(changed({**NO_DROPOUT, **enough})))) == []


def test_readmissions_through_links_are_counted(changed):
    """Each iop stay leads to another with 0.5: twice as many."""
    again = {"levels.iop.next": [{"to": "iop", "probability": 0.5}], "places.iop_seats.capacity": 37}
    (warning,) = load_warnings(load_scenario(changed({**NO_DROPOUT, **again})))
    assert "offered load is about 39" in warning.message


def test_conditions_weigh_links_by_shares(changed):
    half = {"levels.residential.next.0.when": {"severity": "severe"}, "places.iop_seats.capacity": 13}
    (warning,) = load_warnings(load_scenario(changed({**NO_DROPOUT, **half})))
    assert "offered load is about 14.2" in warning.message


def test_a_closed_cohort_has_no_steady_load(changed):
    cohort = {"arrivals": {"closed_cohort": 5000}, "time": {"follow_up_days": 10}, "places.beds.capacity": 1}
    assert list(load_warnings(load_scenario(changed(cohort)))) == []


def test_an_expected_stay_waits_for_the_review_and_ends_with_the_authorised_days(changed):
    scenario = load_scenario(changed({"levels.iop.review_every_days": 7}))
    assert expected_stay(scenario.levels["iop"]).days == pytest.approx(63.5, rel=2e-3)
    cut = expected_stay(scenario.with_overrides({"levels.iop.authorised_days": 28}).levels["iop"])
    assert cut.days == 28
    assert cut.shares == {"completed": 0.0, "terminated": 1.0}


def test_an_expected_stay_is_the_least_of_its_clocks(changed):
    """Exponential clocks of means 50 and 100: mean 100/3, and two thirds end by the first."""
    clocks = {
        "levels.iop.length_of_stay": {"distribution": "exponential", "mean": 50},
        "levels.iop.dropout": {"distribution": "exponential", "mean": 100},
    }
    stay = expected_stay(load_scenario(changed(clocks)).levels["iop"])
    assert stay.days == pytest.approx(100 / 3, rel=1e-3)
    assert stay.shares["completed"] == pytest.approx(2 / 3, rel=1e-3)
    assert stay.shares["dropped_out"] == pytest.approx(1 / 3, rel=1e-3)


def test_a_value_that_changes_is_averaged():
    assert mean_of_steps(1.0, [], 0) == 1.0
    assert mean_of_steps(10.0, [(50, 20.0), (500, 99.0)], 100) == 15.0
    assert mean_of_steps(10.0, [(0, 20.0)], 100) == 20.0
