"""Files rewritten to the format of today: what was given up gets its name of today, and nothing else moves."""

import re
import tomllib
from pathlib import Path

import pytest
import tomlkit

from sim.files import formats
from sim.files.formats import CURRENT, RenamedKey
from sim.files.problems import ScenarioError
from sim.files.rewriting import rewritten, stating
from sim.scenario.shipped import shipped_folder

HOME = shipped_folder() or Path()

KEYS = (
    RenamedKey("scenario", "levels.*.hazard_ratio", "relapse_ratio"),
    RenamedKey("scenario", "levels.*.leaving", "dropout"),
    RenamedKey("scenario", "levels.*.onwards.*.chance", "probability"),
    RenamedKey("scenario", "levels.*.onwards", "next"),
    RenamedKey("scenario", "money", "costs"),
    RenamedKey("suite", "case.*.runs", "replications"),
)
"""As a later version might give keys up."""

OLD = """\
# The file of a clinic.

extends = "base"   # the shipped one
remove = [
    "levels.iop.leaving",   # nobody leaves
    "levels.iop.next",
]
money.per_relapse = 3

[levels . "iop"] # day care
hazard_ratio   =   0.8   # of Smith
leaving = { distribution = "fixed", value = 3 }

[places.beds]
capacity = 3

[levels.residential]
title = "A house"
\thazard_ratio=1

[levels.residential.leaving] # its own table
distribution = "fixed"
value = 3

[[levels.residential.onwards]]
to = "iop"
chance = 0.5 # half

[[reads]]
metric = "cost.per_patient" # of all

[evidence."levels.iop.hazard_ratio"]
source = "Smith"
"""

NEW = """\
# The file of a clinic.

format = 3
extends = "base"   # the shipped one
remove = [
    "levels.iop.dropout",   # nobody leaves
    "levels.iop.next",
]
costs.per_relapse = 3

[levels . "iop"] # day care
relapse_ratio   =   0.8   # of Smith
dropout = { distribution = "fixed", value = 3 }

[places.beds]
capacity = 3

[levels.residential]
title = "A house"
\trelapse_ratio=1

[levels.residential.dropout] # its own table
distribution = "fixed"
value = 3

[[levels.residential.next]]
to = "iop"
probability = 0.5 # half

[[reads]]
metric = "cost.per_patient.society" # of all

[evidence."levels.iop.relapse_ratio"]
source = "Smith"
"""


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "RENAMED_KEYS", KEYS)


@pytest.mark.usefixtures("keys")
def test_only_what_was_given_up_changes() -> None:
    new, done = rewritten(OLD, "scenario", "a.toml")
    assert new == NEW
    assert set(done) == {
        "format = 3",
        "remove.0: levels.iop.leaving is levels.iop.dropout now",
        "money is costs now",
        "levels.iop.hazard_ratio is levels.iop.relapse_ratio now",
        "levels.iop.leaving is levels.iop.dropout now",
        "levels.residential.hazard_ratio is levels.residential.relapse_ratio now",
        "levels.residential.leaving is levels.residential.dropout now",
        "levels.residential.onwards.0.chance is levels.residential.onwards.0.probability now",
        "levels.residential.onwards is levels.residential.next now",
        "reads.0.metric: cost.per_patient is cost.per_patient.society now",
        'evidence."levels.iop.hazard_ratio" is evidence."levels.iop.relapse_ratio" now',
    }
    assert rewritten(new, "scenario", "a.toml") == (new, [])


@pytest.mark.usefixtures("keys")
def test_what_states_both_names_is_left_to_its_author() -> None:
    with pytest.raises(ScenarioError, match=r"a\.toml: money: is called costs now, and the file states that as well"):
        rewritten("money = { per_relapse = 1 }\n[costs]\nper_relapse = 2\n", "scenario", "a.toml")


def test_the_metrics_of_a_suite() -> None:
    text = """\
# What we watch.
metrics = ["cost.per_patient", "wait.*"]
[[case]]
scenario = "base"
metrics = [
    "cost.other_health_care", # outside
]
margins = { "cost.per_patient_discounted" = "5%", "wait.*" = 1 }
"""
    new, done = rewritten(text, "suite", "suite.toml")
    assert new == text.replace("# What we watch.\n", "# What we watch.\nformat = 1\n").replace(
        '"cost.per_patient"', '"cost.per_patient.society"'
    ).replace("cost.other_health_care", "cost.category.other_health_care").replace(
        "cost.per_patient_discounted", "cost.per_patient_discounted.society"
    )
    assert len(done) == 4


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "\n# nothing", 'name = "x"\r\n[time]\r\n', '\nname = """\n# no comment\nformat = 2"""']
)
def test_the_format_comes_before_what_is_said_first(text: str) -> None:
    new, done = rewritten(text, "scenario", "a.toml")
    assert tomllib.loads(new) == {"format": CURRENT["scenario"], **tomllib.loads(text)}
    assert ("\r\n" in new) == ("\r\n" in text)
    assert done == [f"format = {CURRENT['scenario']}"]


def test_an_earlier_number_is_replaced_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "CURRENT", {"scenario": 4})
    monkeypatch.setattr("sim.files.rewriting.CURRENT", {"scenario": 4})
    assert rewritten('name = "x"\nformat = 1 # old\n', "scenario", "a")[0] == 'name = "x"\nformat = 4 # old\n'


def test_nobodys_file_is_replaced_by_one_that_says_something_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tomlkit, "dumps", lambda document: 'name = "another"\n')
    with pytest.raises(ScenarioError, match="cannot be rewritten without a risk to what it says"):
        rewritten('reads = [{ metric = "cost.per_patient" }]\n', "scenario", "a.toml")


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("path", sorted(HOME.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_scenario_comes_through_with_its_comments(path: Path) -> None:
    """Written with the old names, each gets those of today, to the last byte."""
    text = path.read_text("utf-8")
    today = f"format = {CURRENT['scenario']}\n"
    without = re.sub(r"^format = \d+\n", "", text, flags=re.MULTILINE)
    new, _ = rewritten(without.replace("relapse_ratio", "hazard_ratio"), "scenario", path.name)
    assert tomllib.loads(new) == tomllib.loads(text) | {"format": CURRENT["scenario"]}
    assert new.replace(today, "") == without


def test_a_table_that_would_take_other_keys_with_it_is_not_written() -> None:
    """tomlkit puts a header among dotted keys, under which the lines after it fall; the file stays as it is."""
    text = "relapse.shape = 1\nrelapse.median_days = 90\nseats = 3\n"
    document = tomlkit.parse(text)
    document["relapse"]["by"] = {"sex": 2}  # type: ignore[index]
    assert tomllib.loads(tomlkit.dumps(document)) != document.unwrap()
    with pytest.raises(ScenarioError, match=r"cannot be rewritten without a risk to what it says.*relapse\.by\.sex\.f"):
        stating(text, {("relapse", "by", "sex", "f"): 2}, "ours.toml")
    new = stating(text, {("relapse", "by"): {"sex": {"f": 2}}}, "ours.toml")
    assert tomllib.loads(new) == {"relapse": {"shape": 1, "median_days": 90, "by": {"sex": {"f": 2}}}, "seats": 3}
