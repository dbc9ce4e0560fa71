import pytest

FIXED_3 = {"distribution": "fixed", "value": 3}
STEP_UP = {"discharge": 0.5, "step_up": 0.5}
RELAPSE = {"median_days": 90, "shape": 1.2}
SETBACK = {"duration_days": FIXED_3, "into_relapse_days": FIXED_3}
AT_DOOR = {"levels.residential.round_the_clock": True, "levels.residential.risk_at_discharge": {"completed": 0.3}}
PAID = {"attribute": "severity", "residual_payer": "county"}
TWO_CURVES = {"severity": {"severe": {"median_days": 9}}, "housing": {"none": {"median_days": 8}}}


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({"arrivals": {}}, "arrivals", "not none of them"),
        ({"arrivals.closed_cohort": 10}, "arrivals", "not per_day and closed_cohort"),
        ({"arrivals": {"closed_cohort": 10}, "time.recruitment_days": 0}, "time.warm_up_days", "must be 0"),
        ({"arrivals": {"closed_cohort": 10}, "time.warm_up_days": 0}, "time.recruitment_days", "must be 0"),
        ({"time.recruitment_days": 0}, "time.recruitment_days", "must be above 0"),
        ({"time.start": "1800-01-01"}, "time.start", "1900 to 2200"),
        ({"arrivals.weekday": [1, 1, 1]}, "arrivals.weekday", "7 entries, or none, not 3"),
        ({"arrivals.weekday": [0] * 7}, "arrivals.weekday", "all zero"),
        ({"arrivals.month": [1] * 11}, "arrivals.month", "12 entries"),
        ({"arrivals.month": [0] * 12}, "arrivals.month", "all zero"),
        (
            {"arrivals.changes": [{"from_day": 9, "factor": 1}, {"from_day": 9, "factor": 2}]},
            "arrivals.changes.1.from_day",
            "later than the one before, 9",
        ),
        (
            {"places.beds.changes": [{"from_day": 9, "capacity": 1}, {"from_day": 8, "capacity": 2}]},
            "places.beds.changes.1.from_day",
            "later",
        ),
        (
            {"death.windows": [{"until_day": 28, "ratio": 3}, {"until_day": 14, "ratio": 5}]},
            "death.windows.1.until_day",
            "later",
        ),
        ({"initial": {"iop": {"in_care": 1}}}, "initial", "warm_up_days = 0, not 100"),
        ({"initial": {"iop": {"in_care": 61}}, "time.warm_up_days": 0}, "initial.iop.in_care", "61 people"),
        ({"population.severity.mild": 0.5001}, "population.severity", "sum to 1, not 1.0001"),
        ({"population": {"x": {}}, "effects": {}, "entry": [{"to": {"iop": 1.0}}]}, "population.x", "sum to 1, not 0"),
        ({"population.arrived": {"a": 1.0}}, "population.arrived", "column of the records"),
        ({"population.replication": {"a": 1.0}}, "population.replication", "column of the records"),
        ({"entry.1.to.iop": 0.5}, "entry.1.to", "sum to 1, not 0.9"),
        ({"payers": {"a": 0.5, "b": 0.4}}, "payers", "sum to 1"),
        ({"levels.iop.payers": {"a": 0.5}}, "levels.iop.payers", "sum to 1"),
        ({"levels.iop.rates": {"mild": {"per_day": 9}}}, "levels.iop.rates", "needs [reimbursement]"),
        (
            {"levels.iop.rates": {"mlid": {"per_day": 9}}, "reimbursement": PAID},
            "levels.iop.rates.mlid",
            'there is no payer "mlid"',
        ),
        ({"reimbursement": {**PAID, "attribute": "payer"}}, "reimbursement.attribute", "there is no attribute"),
        ({"reimbursement": {**PAID, "residual_payer": "patient"}}, "reimbursement.residual_payer", "a third party"),
        (
            {
                "population.severity": {"society": 0.5, "severe": 0.5},
                "entry.0.when.severity": "severe",
                "reimbursement": PAID,
            },
            "population.severity.society",
            "must not be a payer",
        ),
        (
            {
                "levels.iop.rates": {"mild": {"extension": {"days": 3, "probability": 0.5}}},
                "reimbursement": PAID,
            },
            "levels.iop.rates.mild.extension",
            "needs authorised_days",
        ),
        ({"levels.iop.extension": {"days": 3, "probability": 0.5}}, "levels.iop.extension", "needs authorised_days"),
        ({"levels.residential.on_relapse.continue": 0.2}, "levels.residential.on_relapse", "sum to 1, not 0.9"),
        ({"levels.iop.on_relapse": STEP_UP}, "levels.iop.step_up_to", "is missing"),
        ({"levels.iop.on_relapse": STEP_UP, "levels.iop.step_up_to": "iop"}, "levels.iop.step_up_to", "another level"),
        ({"levels.iop.places": ["iop_seats", "iop_seats"]}, "levels.iop.places.1", "listed twice"),
        ({"levels.iop.length_of_stay.value": 0}, "levels.iop.length_of_stay", "a stay takes time"),
        ({"levels.residential.length_of_stay.max": 0}, "levels.residential.length_of_stay", "a stay takes time"),
        (
            {"levels.iop.early_step_down": {"from_day": 3, "probability": 0.1}},
            "levels.iop.early_step_down",
            "needs review_every_days",
        ),
        ({"levels.iop.hand_over": "bridge"}, "levels.iop.bridge", "is missing"),
        ({"levels.residential.bridge": "iop"}, "levels.residential.bridge", 'no effect with hand_over = "hold"'),
        ({"levels.iop.hand_over": "bridge", "levels.iop.bridge": "iop"}, "levels.iop.bridge", "another level"),
        (
            {"levels.residential.hand_over": "bridge", "levels.residential.bridge": "iop"},
            "levels.residential.bridge",
            "without places",
        ),
        ({"return_to_care.probability": 0.5}, "return_to_care.delay_days", "is missing"),
        ({"relapse": {**RELAPSE, "share_of_setbacks": 0.5}}, "setback.duration_days", "some setbacks begin no relapse"),
        (
            {"relapse": {**RELAPSE, "by": {"severity": {"severe": {"share_of_setbacks": 0.5}}}}, "setback": {}},
            "setback.duration_days",
            "some setbacks begin no relapse",
        ),
        ({"relapse": {**RELAPSE, "share_of_setbacks": 0.0}}, "relapse.share_of_setbacks", "above 0"),
        ({"relapse": {**RELAPSE, "by": TWO_CURVES}}, "relapse.by", "nobody has two curves"),
        ({"setback": {"into_relapse_days": {**FIXED_3, "value": 0}}}, "setback.into_relapse_days", "at once"),
        ({**AT_DOOR, "relapse": RELAPSE}, "setback.into_relapse_days", "levels.residential.risk_at_discharge begins"),
        ({**AT_DOOR, "setback": SETBACK}, "relapse", "nobody has one"),
        (
            {**AT_DOOR, "levels.residential.round_the_clock": False, "relapse": RELAPSE, "setback": SETBACK},
            "levels.residential.risk_at_discharge",
            "round_the_clock = true",
        ),
        ({"levels.transferred": {"length_of_stay": FIXED_3}}, "levels.transferred", "reason"),
    ],
)
def test_a_broken_rule_is_told_at_its_path(problems, settings, path, words):
    found = problems(settings)
    assert list(found) == [path]
    assert words in found[path].message


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"arrivals": {"closed_cohort": 10}, "time": {"follow_up_days": 10}},
        {"initial": {"iop": {"in_care": 60, "waiting": 99}}, "time.warm_up_days": 0},
        {
            "initial": {"iop": {"in_care": 70}},
            "time.warm_up_days": 0,
            "places.iop_seats.changes": [{"from_day": 0, "capacity": 70}],
        },
        {"population.severity": {"a": 0.1, "b": 0.2, "c": 0.7}, "effects": {}, "entry": [{"to": {"iop": 1.0}}]},
        {"arrivals.weekday": [1, 1, 1, 1, 1, 0, 0], "arrivals.month": [1] * 12},
        {"levels.iop.on_relapse": STEP_UP, "levels.iop.step_up_to": "residential"},
        {
            "levels.residential.hand_over": "bridge",
            "levels.residential.bridge": "calls",
            "levels.calls": {"length_of_stay": FIXED_3},
        },
        {"return_to_care": {"probability": 0.5, "delay_days": FIXED_3}},
        {"relapse": RELAPSE},
        {"relapse": {**RELAPSE, "share_of_setbacks": 0.4}, "setback": SETBACK, **AT_DOOR},
        {"relapse": {**RELAPSE, "by": {"severity": {"severe": {"shape": 0.7}}}}, "setback": {}},
    ],
)
def test_what_keeps_the_rules_is_sound(problems, settings):
    assert problems(settings) == {}


def test_people_in_care_share_the_places_of_their_levels(problems):
    settings = {
        "initial": {"iop": {"in_care": 20}, "residential": {"in_care": 21}},
        "time.warm_up_days": 0,
        "levels.iop.places": ["beds"],
        "places.iop_seats.capacity": 0,
    }
    assert "41 people in care need beds, which has 40" in problems(settings)["initial"].message


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
        ({"relapse": {**RELAPSE, "by": {"sevrity": {}}}}, "relapse.by.sevrity", "Did you mean severity?"),
        (
            {"relapse": {**RELAPSE, "by": {"severity": {"sever": {}}}}},
            "relapse.by.severity.sever",
            "Did you mean severe?",
        ),
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


def test_all_that_setback_at_the_door_needs_is_told_at_once(problems):
    found = problems({**AT_DOOR, "levels.iop.relapse_exposure": -1, "levels.iop.relapse_clock": 11})
    assert {"levels.iop.relapse_exposure", "levels.iop.relapse_clock"} <= set(found)
    assert set(problems(AT_DOOR)) == {"relapse", "setback.into_relapse_days"}
