from typing import Any

import pytest
from support import scenario

from sim.scenario import load_scenario, scenario_warnings

FIXED_3 = {"distribution": "fixed", "value": 3}
RELAPSE = {"median_days": 900, "shape": 1.2}
SETBACK = {"duration_days": FIXED_3, "into_relapse_days": FIXED_3}
WAITING = {"levels.residential.relapse_exposure": 0.05, "levels.residential.relapse_clock": 0.0}
"""A clock of setbacks that stands still in residential care."""

GROUP = {"size": 10, "groups": 6, "sessions_per_week": 5, "hours_per_session": 1.5}
PAID = {"attribute": "severity", "residual_payer": "county"}
RATED = {"reimbursement": PAID, "levels.iop.rates": {"mild": {"per_day": 90}}}


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({"places.spare": {"capacity": 3}}, "places.spare", "no level uses"),
        ({"places.iop_seats.capacity": 0}, "places.iop_seats.capacity", "no one is ever admitted to iop"),
        ({"levels.iop.group": {**GROUP, "groups": 5}}, "levels.iop.group", "hold 50 people, but the level has 60"),
        ({"arrivals.per_day": 0}, "arrivals", "nobody ever asks"),
        ({"called": {"severity": {"severe": "people with severe needs"}}}, "called.severity", "has no words for mild"),
        ({"called": {"severty": {"severe": "people with severe needs"}}}, "called.severty", "no such attribute"),
        ({"called": {"severty": {"severe": "people"}}}, "called.severty", "no such attribute. Did you mean severity?"),
        (
            {"called": {"severity": {"mild": "people", "severe": "people", "svere": "people"}}},
            "called.severity.svere",
            "no such value of severity. Did you mean severe?",
        ),
        (
            {"payers": {"state": 1.0}, "called": {"payers": {"stat": "us"}}},
            "called.payers.stat",
            "there is no such payer. Did you mean state?",
        ),
        (
            {"arrivals": {"closed_cohort": 3, "weekday": [1] * 7}, "time": {"follow_up_days": 9}},
            "arrivals.weekday",
            "no effect",
        ),
        ({"levels.iop.step_up_to": "residential"}, "levels.iop.step_up_to", "no effect"),
        ({"levels.residential.patient_time_per_day": 0}, "costs", "what it costs the payer"),
        (
            {
                "levels.residential.patient_time_per_day": 0,
                "costs": {"productivity": {"unwell": 9}, "patient_time": {"severity": {"severe": 0.5}}},
            },
            "costs.patient_time",
            "no effect",
        ),
        ({"time.follow_up_days": 730, "time.recruitment_days": 500}, "discounting", "730 days are not discounted"),
        ({"discounting.later": [{"from_year": 30, "costs": 0.03}]}, "discounting.later.0", "has no effect"),
        ({"costs.per_death": 5_000.0}, "costs.per_death", "nobody dies"),
        ({"reimbursement": PAID}, "reimbursement", "no level states a rate above 0: county pays for everything"),
        ({**RATED, "levels.iop.payers": {"state": 1.0}}, "levels.iop.payers", "no effect on what the programme costs"),
        ({**RATED, "costs.payers": {"session": {"state": 1.0}}}, "costs.payers.session", "county the rest"),
        (
            {**RATED, "levels.residential.rates": {"mild": {"denied_share": 0.1}}},
            "levels.residential.rates.mild",
            "nothing is to be paid",
        ),
        (
            {**RATED, "levels.residential.rates": {"mild": {"per_session": 9}}},
            "levels.residential.rates.mild.per_session",
            "neither sessions_per_week nor a group",
        ),
        ({"places.beds.capacity": 3}, "places.beds.capacity", "offered load"),
        ({"setback": {"duration_days": FIXED_3}}, "setback.duration_days", "there is no [relapse]"),
        ({"relapse": RELAPSE, "setback": SETBACK}, "setback.duration_days", "every setback begins a relapse"),
        ({"setback": {"into_relapse_days": FIXED_3}}, "setback.into_relapse_days", "no effect"),
        ({"relapse": {**RELAPSE, "after_remission": 2}}, "relapse.after_remission", "no [remission]"),
        ({"response": {"days_to_return": FIXED_3}}, "response.days_to_return.value", "nobody comes to a partial"),
        ({"response": {}}, "response", "says nothing"),
        (
            {"levels.iop.response": {"days": FIXED_3}},
            "levels.iop.response.days_to_remission",
            "so is levels.iop.days_to_remission: nobody gets well in this level",
        ),
        (
            {"response": {"days": FIXED_3}, "utilities": {"well": 0.9, "setback": 0.8, "unwell": 0.5}},
            "utilities.response",
            "worth no more than one unwell",
        ),
        ({"frailty": {"recovery_sd": 1.0}}, "frailty.recovery_sd", "nobody recovers, or comes back"),
        (
            {"relapse": RELAPSE, "levels.iop.relapse_exposure": 0.0, "levels.iop.relapse_clock": 0.5},
            "levels.iop.relapse_clock",
            "relapse_exposure is 0",
        ),
        (
            {"effects.severity.severe.levels.iop.risk_at_discharge": 2.0},
            "effects.severity.severe.levels.iop.risk_at_discharge",
            "no level has a risk_at_discharge",
        ),
        # 0.05 x (1e-6) ** (0.5 - 1).
        (
            {"relapse": {**RELAPSE, "shape": 0.5}, **WAITING},
            "levels.residential.relapse_clock",
            "50 times the risk of their first days at home",
        ),
    ],
)
def test_what_may_not_be_meant_is_a_warning(changed, settings, path, words):
    (warning,) = scenario_warnings(load_scenario(changed(settings)))
    assert (warning.path, warning.severity) == (path, "warning")
    assert words in f"{warning.message}. {warning.hint}"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"levels.iop.group": GROUP},
        {"places.iop_seats.capacity": 0, "places.iop_seats.changes": [{"from_day": 1, "capacity": 60}]},
        {"levels.residential.patient_time_per_day": 0, "payers": {"state": 0.9, "patient": 0.1}},
        {"levels.residential.patient_time_per_day": 0, "costs": {"productivity": {"unwell": 20}}},
        {"levels.residential.patient_time_per_day": 0, "costs": {"crime_and_justice": {"unwell": 20}}},
        {"time.follow_up_days": 730, "discounting": {"costs": 0.03, "effects": 0.03}},
        {"arrivals.per_day": 0, "initial": {"iop": {"waiting": 5}}, "time.warm_up_days": 0},
        RATED,
        {**RATED, "costs.payers": {"relapse": {"state": 1.0}}},
        {"levels.iop.response": {"days": FIXED_3, "days_to_remission": FIXED_3}},
        {"relapse": RELAPSE, **WAITING},
        {"relapse": {**RELAPSE, "shape": 0.5}, **WAITING, "levels.residential.relapse_clock": 0.02},
        {"relapse": {**RELAPSE, "share_of_setbacks": 0.4}, "setback": SETBACK},
    ],
)
def test_a_well_meant_scenario_has_no_warnings(changed, settings):
    assert scenario_warnings(load_scenario(changed(settings))) == []


def of_beds(**beds: Any) -> list[str]:
    """What is said of these kinds of beds in one level, of which a stay holds one."""
    described = {
        "population": {"sex": {"men": 0.6, "women": 0.4}},
        "entry": [{"to": {"ward": 1.0}}],
        "arrivals": {"per_day": 0.1},
        "time": {"recruitment_days": 50, "follow_up_days": 50},
        "name": "Ward",
        "places": beds,
        "levels": {"ward": {"any_place_of": [*beds], "length_of_stay": FIXED_3}},
    }
    return [f"{each.path}: {each.message}" for each in scenario_warnings(load_scenario(described))]


def test_whom_a_kind_of_place_that_never_opens_keeps_out():
    """One of several ways in: no one stays out whom another takes; those whom only this one takes do."""
    women, shut = {"capacity": 3, "accepts": {"sex": ["women"]}}, {"capacity": 0}
    alone = "is 0 throughout: no one is ever admitted to ward"
    assert of_beds(a=women, b=shut)[0] == (
        "places.b.capacity: is 0 throughout: ward never has a place for patients with sex = men"
    )
    assert of_beds(a={"capacity": 3}, b=shut) == ["places.b.capacity: is 0 throughout: no one in ward ever holds one"]
    assert of_beds(a={**women, "capacity": 0}, b=shut)[:2] == [
        f"places.a.capacity: {alone}",
        f"places.b.capacity: {alone}",
    ]


SILENT = {"patience": FIXED_3, "silent_share": 0.5}


@pytest.mark.parametrize(
    ("level", "key", "words"),
    [
        (SILENT, "silent_share", "has no list"),
        ({**SILENT, "intake": {}, "days_to_learn": FIXED_3}, "days_to_learn", "none that could stand idle"),
        ({"days_to_learn": FIXED_3}, "days_to_learn", "has no list"),
        ({"access": [{"name": "call"}]}, "access.0.name", "takes no time"),
        ({"access": [{"name": "call", "patience": FIXED_3}]}, "access.0.patience", "takes no time"),
        ({"intake": {}, "priority": [{"coming_from": ["checkup"]}]}, "priority.0.coming_from", "no [checkups]"),
    ],
)
def test_what_does_nothing_for_a_list_is_told_once(level: dict[str, Any], key: str, words: str) -> None:
    (warning,) = [
        each
        for each in scenario_warnings(scenario({"clinic": {"length_of_stay": FIXED_3, **level}}))
        if each.path.startswith("levels.clinic")
    ]
    assert warning.path == f"levels.clinic.{key}"
    assert words in warning.message


@pytest.mark.parametrize(
    "level",
    [
        {"intake": {}, **SILENT},
        {"access": [{"name": "call", "lost_at_once": 0.5}]},
        {"access": [{"name": "call", "slots_per_day": 8, "patience": FIXED_3}]},
        {"intake": {}, "priority": [{"coming_from": ["checkup", "return"]}]},
    ],
)
def test_what_does_something_for_a_list_is_not_told(level: dict[str, Any]) -> None:
    found = scenario_warnings(scenario({"clinic": {"length_of_stay": FIXED_3, **level}}))
    assert not [each for each in found if each.path.startswith("levels.clinic")]
