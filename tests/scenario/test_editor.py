import json
import tomllib

import jsonschema
import pytest

from sim.scenario.editor import json_schema


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(json.dumps(json_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_a_sound_file_passes(validator, data):
    validator.validate(data)


def test_an_extending_file_may_leave_anything_out(validator):
    text = """
    extends = "base.toml"
    remove = ["levels.detox"]
    [levels.iop]
    cost_per_day = 3.0
    length_of_stay = { mean = 20 }
    """
    validator.validate(tomllib.loads(text))


def test_a_file_may_extend_several(validator):
    validator.validate({"extends": ["base", "policy.toml"], "name": "Ours"})


@pytest.mark.parametrize(
    "settings",
    [
        {"levels.iop.capcity": 3},
        {"levels.iop.on_relapse.continue_": 0.5},
        {"places.beds.capacity": -1},
        {"places.Beds": {"capacity": 1}},
        {"levels.iop.hand_over": "holt"},
        {"levels.iop.length_of_stay": {"distribution": "lognrmal"}},
        {"levels.iop.authorised_days": None},
        {"entry": [{"when": {}}]},
        {"extends": 3},
        {"extends": []},
        {"extends": ["base", 3]},
        {"extends": ["base", "base"]},
        {"evidence.places": {"grade": "choice"}},
    ],
)
def test_faulty_files_are_marked(validator, changed, settings):
    assert not validator.is_valid(changed(settings))


def test_a_file_that_extends_nothing_needs_its_parts(validator, changed, removed):
    assert not validator.is_valid(changed({"time": removed}))


def test_editors_see_descriptions_and_units():
    schema = json_schema()
    level = schema["$defs"]["Level"]["properties"]
    assert level["cost_per_session"]["description"] == "(unit: currency)"
    assert level["review_every_days"]["description"].endswith("(unit: days)")
    assert "$id" not in schema
    assert "null" not in json.dumps(schema)
