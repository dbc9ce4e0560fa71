import math

import pytest

DAYS = "at least 0.001 and at most 1e+09 (unit: days)"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "levels.residential.length_of_stay.mean",
            -3,
            f"must be a number, {DAYS}",
        ),
        (
            "levels.residential.length_of_stay.mean",
            "30",
            f"must be a number, {DAYS}",
        ),
        (
            "levels.residential.length_of_stay.mean",
            True,
            f"must be a number, {DAYS}",
        ),
        (
            "levels.residential.length_of_stay.mean",
            math.nan,
            f"must be a finite number, {DAYS}",
        ),
        (
            "levels.residential.cost_per_day",
            math.inf,
            "must be a finite number, at least 0 and at most 1e+09 (unit: currency per day)",
        ),
        ("places.beds.capacity", 40.5, "must be a whole number, at least 0 and at most 100000 (unit: places)"),
        ("places.beds.capacity", "40", "must be a whole number, at least 0 and at most 100000 (unit: places)"),
        ("levels.residential.on_relapse.continue", 1.5, "must be a number, at least 0 and at most 1 (unit: share)"),
        (
            "levels.residential.next.0.delay_days.mean",
            0,
            f"must be a number, {DAYS}",
        ),
        ("levels.residential.round_the_clock", "yes", "must be true or false"),
        ("levels.residential.round_the_clock", 1, "must be true or false"),
        ("levels.residential.places", "beds", "must be an array"),
        ("levels.residential.payers", 1, "must be a table"),
        ("levels.residential", 1, "must be a table"),
        ("levels.residential.title", 1, "must be text"),
        ("time.start", "soon", "must be a date such as 2025-01-06, without quotes and without a time of day"),
        ("currency", "usd", "must be a currency code of three capitals such as USD"),
        ("name", "", "must not be empty"),
        ("entry", [], "must not be empty"),
        ("levels.residential.hand_over", "holt", 'must be one of "hold", "release", "bridge"'),
    ],
)
def test_a_wrong_value_is_told_in_plain_words_at_its_path(problems, path, value, message):
    found = problems({path: value})
    assert list(found) == [path]
    assert found[path].message == message
    assert found[path].source == "dict"
    assert found[path].severity == "error"


def test_a_missing_key_says_what_is_wanted(problems, removed):
    found = problems({"levels.residential.length_of_stay.sd": removed, "time.follow_up_days": removed})
    sd = found["levels.residential.length_of_stay.sd"]
    assert sd.message == "is missing, must be a number, at least 0.001 and at most 1e+09 (unit: days)"
    assert found["time.follow_up_days"].message.startswith("is missing")


def test_distributions_are_named_and_offered(problems):
    found = problems(
        {
            "levels.iop.length_of_stay": {"distribution": "lognrmal", "mean": 3},
            "levels.iop.dropout": {"mean": 3},
            "levels.iop.burnout": {"distribution": "uniform", "low": 3, "high": 2},
        }
    )
    wrong = found["levels.iop.length_of_stay.distribution"]
    assert wrong.value == "lognrmal"
    assert wrong.hint == 'Did you mean "lognormal"?'
    assert found["levels.iop.dropout.distribution"].message.startswith('is missing, must be one of "fixed"')
    assert found["levels.iop.burnout"].message == "high (2) must not be below low (3)"


def test_an_unknown_key_gets_the_nearest_right_path(problems):
    found = problems({"levels.iop.capcity": 30, "levels.residential.length_of_stay.sdd": 1, "time.warmup_days": 3})
    assert found["levels.iop.capcity"].hint == "Did you mean places.iop_seats.capacity?"
    assert found["levels.residential.length_of_stay.sdd"].hint == "Did you mean levels.residential.length_of_stay.sd?"
    assert found["time.warmup_days"].hint == "Did you mean time.warm_up_days?"


def test_a_bad_name_is_told_where_it_stands(problems):
    found = problems({"places.Big Room": {"capacity": 3}})
    assert found['places."Big Room"'].message.startswith("is not a name")


def test_no_jargon_reaches_the_reader(problems):
    found = problems({"levels.iop": 3, "time": [], "arrivals.weekday": {"a": 1}, "entry": {"to": 1}, "population.a": 3})
    assert len(found) == 5
    for problem in found.values():
        assert "Input" not in str(problem)
        assert "pydantic" not in str(problem)
        assert "valid" not in problem.message


def test_a_new_level_that_is_not_described_may_be_a_misspelt_one(problems):
    found = problems({"levels.residental": {"cost_per_day": 200.0}})
    assert found["levels.residental.length_of_stay"].hint == "Did you mean levels.residential?"
    assert problems({"levels.day_hospital": {"cost_per_day": 200.0}})["levels.day_hospital.length_of_stay"].hint == ""
