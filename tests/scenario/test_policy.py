"""A policy in one line."""

from typing import Any

import pytest

import sim
from sim.scenario import Scenario
from sim.scenario.differences import differences
from sim.scenario.policy import decision_line, policy_line

STAY = {"distribution": "exponential", "mean": 20}


def county(**changes: Any) -> Scenario:
    """Beds, seats, and two levels that use them. `changes` are dotted paths with dots written as two underscores."""
    described = sim.load_scenario(
        {
            "name": "County",
            "time": {"recruitment_days": 60, "follow_up_days": 60},
            "arrivals": {"per_day": 1.0},
            "entry": [{"to": {"residential": 1.0}}],
            "places": {
                "beds": {"title": "Beds", "capacity": 28},
                "seats": {"title": "IOP seats", "capacity": 40},
            },
            "levels": {
                "residential": {"title": "Residential care", "places": ["beds"], "length_of_stay": STAY},
                "iop": {"title": "IOP", "places": ["seats"], "length_of_stay": STAY},
            },
        }
    )
    settings = {path.replace("__", "."): value for path, value in changes.items()}
    return described.with_overrides(settings) if settings else described


HOUSING = {"title": "Housing places", "kind": "housing", "capacity": 8}
TRACK = {"title": "Evening track", "places": ["seats"], "length_of_stay": STAY}


def test_the_option_of_a_county() -> None:
    option = county(places__beds__capacity=22, places__seats__capacity=60, places__housing=HOUSING)
    assert policy_line(county(), option) == "beds 28 -> 22, IOP seats 40 -> 60, 8 housing places new"
    assert policy_line(option, county()) == "beds 22 -> 28, IOP seats 60 -> 40, 8 housing places closed"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, ""),
        ({"places__beds__capacity": 0}, "beds 28 -> 0"),
        ({"places__beds__changes": [{"from_day": 90, "capacity": 22}]}, "beds 28 -> 22 from day 90"),
        (
            {"places__beds__changes": [{"from_day": 30, "capacity": 22}, {"from_day": 60.5, "capacity": 28}]},
            "beds 28 -> 22 from day 30, as before from day 60.5",
        ),
        (
            {"places__seats__changes": [{"from_day": 10 * day, "capacity": 40 + day} for day in range(1, 6)]},
            "IOP seats 40 -> 41 from day 10, and otherwise on 4 more days",
        ),
        (
            {"places__housing": {**HOUSING, "capacity": 0, "changes": [{"from_day": 365, "capacity": 8}]}},
            "housing places new (8 from day 365)",
        ),
        ({"places__respite_beds": {"capacity": 3}}, "3 respite beds new"),
        ({"levels__evening": TRACK}, "level evening track new"),
        ({"levels__iop__length_of_stay__mean": 30}, "length of stay of IOP"),
        (
            {"levels__iop__length_of_stay__mean": 30, "levels__residential__length_of_stay__mean": 30},
            "lengths of stay of 2 levels",
        ),
        (
            {
                "levels__residential__cost_per_day": 9.0,
                "levels__iop__cost_per_session": 9.0,
                "places__beds__fixed_cost_per_day": 5.0,
                "arrivals__per_day": 2.0,
            },
            "arrivals, prices of 2 levels, price of beds",
        ),
        ({"levels__iop__authorised_days": 30.0}, "authorised days of IOP"),
        ({"places__beds__title": "Rooms"}, "title of rooms"),
        ({"places__beds__title": "Rooms", "places__beds__capacity": 30}, "rooms 28 -> 30"),
    ],
)
def test_policies_in_words(changes: dict[str, Any], line: str) -> None:
    assert policy_line(county(), county(**changes)) == line


PAID = {
    "population": {"sex": {"men": 0.6, "women": 0.4}, "payer": {"medicaid": 0.7, "commercial": 0.3}},
    "reimbursement": {"attribute": "payer", "residual_payer": "county"},
    "levels__residential__rates": {"medicaid": {"per_day": 300.0}, "commercial": {"per_day": 500.0}},
    "levels__residential__authorised_days": 28.0,
    "places__beds__accepts": {"sex": ["women"]},
    "places__seats__accepts": {"sex": ["men", "women"], "payer": ["medicaid", "commercial"]},
    "emergencies": {"overdose": {"unwell": 0.3, "cost_per_visit": 3_000.0}},
    "entry": [{"to": {"iop": 1.0}}],
}
OF_RATES = "payers' rates and authorised days of residential care"
OF_MEDICAID = "levels__residential__rates__medicaid"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"places__beds__accepts": {}}, "beds: women -> everybody"),
        (
            {"places__seats__accepts": {"sex": ["men", "women"]}, "places__seats__capacity": 50},
            "IOP seats 40 -> 50, IOP seats: men or women and medicaid or commercial -> men or women",
        ),
        ({f"{OF_MEDICAID}__per_day": 350.0}, "medicaid in residential care 300 -> 350 a day"),
        (
            {f"{OF_MEDICAID}__authorised_days": 21.0, f"{OF_MEDICAID}__denied_share": 0.1},
            "medicaid in residential care 0 -> 10 % denied, medicaid in residential care 28 -> 21 authorised days",
        ),
        (
            # Too many to be told as numbers.
            {f"{OF_MEDICAID}__{key}": 0.9 for key in ("per_day", "per_session", "denied_share", "collected_share")},
            OF_RATES,
        ),
        (
            {"levels__residential__rates": {"medicaid": {"per_day": 300.0}}},
            OF_RATES,
        ),
        (
            {"emergencies": {}, "levels__residential__authorised_days": None},
            "no authorised days of residential care, no emergencies",
        ),
        (
            {
                "reimbursement": None,
                "levels__residential__rates": {},
                "emergencies": {},
                "payers": {"state": 1.0},
                "arrivals__per_day": 2.0,
                "time__follow_up_days": 90,
            },
            f"no {OF_RATES}, no emergencies, no reimbursement, times of the run, arrivals, payers",
        ),
    ],
)
def test_what_is_decided_of_patients_and_their_payers(changes: dict[str, Any], line: str) -> None:
    assert policy_line(county(**PAID), county(**{**PAID, **changes})) == line


def test_of_too_many_kinds_only_the_number_is_told() -> None:
    many = {
        "arrivals__per_day": 2.0,
        "levels__iop__no_show": 0.1,
        "levels__iop__length_of_stay__mean": 30,
        "levels__residential__dropout": STAY,
        "levels__residential__cost_per_day": 9.0,
    }
    count = len(differences(county(), county(**many)))
    assert policy_line(county(), county(**many)) == f"{count} inputs"
    assert policy_line(county(), county(**many, places__beds__capacity=22)) == f"beds 28 -> 22, {count} other inputs"


def test_many_places_and_levels_are_counted() -> None:
    places = {f"places__p{index}": {"capacity": index} for index in range(7)}
    levels = {f"levels__l{index}": TRACK for index in range(7)}
    line = policy_line(county(), county(**places, **levels))
    assert line == "numbers of 7 kinds of place, 7 levels new or closed"


def test_a_title_is_cut_and_stays_in_the_line() -> None:
    line = policy_line(county(), county(places__beds__title="Wide\nbeds " + "x" * 1_000, places__beds__capacity=30))
    assert "\n" not in line
    assert len(line) < 80


def test_titles_and_words_are_no_policy() -> None:
    """A medication in another title, and the same condition in other words."""
    medication = sim.load_scenario("medication")
    renamed = medication.with_overrides(
        {"medications.buprenorphine.title": "Tablets", "conditions.addiction.well": "sober"}
    )
    assert policy_line(medication, renamed) == "title"
    assert (
        policy_line(medication, renamed.with_overrides({"levels.iop.no_show": 0.5}))
        == "no-shows of intensive outpatient (ASAM 2.1)"
    )


def test_every_shipped_policy_is_told() -> None:
    hybrid = sim.load_scenario("hybrid")
    lines = {name: policy_line(hybrid, sim.load_scenario(name)) for name in sim.shipped_names()}
    assert lines["more_beds"] == "residential beds 40 -> 48"
    assert lines["base"] == lines["hybrid"] == ""
    assert all(lines[name] for name in lines if name not in ("base", "hybrid"))


@pytest.mark.parametrize(
    ("changes", "decision", "besides"),
    [
        ({}, "", ""),
        ({"places__beds__capacity": 30}, "Add 2 beds", ""),
        ({"places__beds__capacity": 20}, "Close 8 beds", ""),
        (
            {"places__beds__capacity": 22, "places__seats__capacity": 60, "places__housing": HOUSING},
            "Convert 6 beds into 20 IOP seats and 8 housing places",
            "",
        ),
        ({"levels__track": TRACK, "arrivals__per_day": 2.0}, "Open evening track", "arrivals"),
        ({"arrivals__per_day": 2.0}, "Change arrivals", ""),
        (
            {"places__beds__changes": [{"from_day": 30.0, "capacity": 20}]},
            "Change beds from 28 to 20 from day 30",
            "",
        ),
    ],
)
def test_a_decision_is_in_the_imperative(changes: dict[str, Any], decision: str, besides: str) -> None:
    option = county(**changes)
    assert decision_line(county(), option) == (decision, besides)


def test_links_that_are_the_decision_are_told_as_numbers() -> None:
    none, hybrid, warm = map(sim.load_scenario, ("residential_only", "hybrid", "warm_handoff"))
    residential, iop, outpatient = "residential", "intensive outpatient", "outpatient"
    onward = f"64 % instead of 0 % from {iop} to {outpatient}"
    told = f"Link 36 % instead of 0 % from {residential} to {iop} and 28 % instead of 0 % to {outpatient}; {onward}"
    assert decision_line(none, hybrid) == decision_line(none, hybrid, whole_links=False) == (told, "")
    assert decision_line(hybrid, warm)[0] == (
        f"Link 47.25 % instead of 36 % from {residential} to {iop} after another delay and 36.75 % instead of 28 % to "
        f"{outpatient} after another delay"
    )
    seats = hybrid.with_overrides({"places.iop_seats.capacity": 40})
    assert decision_line(none, seats)[1].startswith("links (36 % instead of 0 % from")
    assert decision_line(none, seats, whole_links=False)[1] == "links of 2 levels"
    assert policy_line(none, hybrid) == f"l{told[1:]}"
    assert policy_line(none, seats) == f"seats in intensive outpatient groups 36 -> 40, l{told[1:]}"
    later = hybrid.with_overrides({"levels.iop.next.0.delay_days.mean": 9.0})
    assert decision_line(hybrid, later)[0] == f"Change links of {iop} (ASAM 2.1)"
    for_some = hybrid.with_overrides({"levels.iop.next.0.when": {"severity": "severe"}})
    assert decision_line(hybrid, for_some)[0] == f"Change links of {iop} (ASAM 2.1)"


def test_more_is_told_of_a_decision_than_of_a_policy() -> None:
    first, second = sim.load_scenario("county"), sim.load_scenario("county_convert")
    decision, besides = decision_line(first, second)
    assert decision.startswith("Convert 6 residential beds into 20 seats")
    assert besides.startswith("risks by group of patients, who is placed where")
    assert policy_line(first, second).endswith("28 other inputs")
