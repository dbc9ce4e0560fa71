"""Conditions: the words that people read come from the scenario's, whatever it is about."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sim
from sim.cli import main
from sim.report.wording import metric_words
from sim.scenario.schema.condition import BUILT_IN, NEUTRAL, Condition

OF_ADDICTION = re.compile(
    r"abstin|(?<![a-z])laps(e|ed|es|ing)\b|\busing\b|\bany use\b|days? of use\b|\buses? again\b"
    r"|\bregular use\b|\breturn(s|ed)? to use\b|\bused when\b|\bwho uses?\b|addict|\bdrugs?\b",
    re.IGNORECASE,
)

CLINIC = """
name = "Clinic"
time = { recruitment_days = 200, follow_up_days = 400 }
arrivals.per_day = 0.3
population.severity = { mild = 0.5, severe = 0.5 }
entry = [{ to = { day_clinic = 1.0 } }]
places.beds = { capacity = 12, fixed_cost_per_day = 50.0 }

[conditions.depression]

[levels.day_clinic]
title = "Day clinic"
places = ["beds"]
round_the_clock = true
length_of_stay = { distribution = "exponential", mean = 20 }
days_to_remission = { distribution = "exponential", mean = 10 }
relapse_exposure = 0.1
risk_at_discharge = { completed = 0.2, transferred = 0.2, dropped_out = 0.4, burned_out = 0.4, terminated = 0.4 }
on_relapse = { discharge = 0.5, continue = 0.5 }
cost_per_day = 100.0

[medications.pills]
title = "Pills"
levels = ["day_clinic"]
at_home = true
probability = 0.6
delay_days = { distribution = "exponential", mean = 3 }
days_in_care = { distribution = "exponential", mean = 60 }
days_at_home = { distribution = "exponential", mean = 90 }
ends_relapse = 0.3
risk_at_stop = 0.2
effects = { relapse = 0.5, risk_at_discharge = 0.5, death = 0.5 }
cost_per_day = 2.0

[checkups]
every_days = 90.0
found_share = 0.5
linked_share = 0.5
cost_per_checkup = 20.0

[relapse]
median_days = 60
shape = 1.0
share_of_setbacks = 0.5

[setback]
duration_days = { distribution = "exponential", mean = 5 }
into_relapse_days = { distribution = "exponential", mean = 8 }

[return_to_care]
probability = 0.5
delay_days = { distribution = "exponential", mean = 40 }

[remission]
distribution = "exponential"
mean = 90

[death]
in_care = 5.0
well = 5.0
unwell = 20.0

[costs]
productivity = { unwell = 25.0 }

[utilities]
well = 0.8
setback = 0.7
unwell = 0.5
"""
WIDER = 'extends = "clinic.toml"\nname = "Wider"\nplaces.beds.capacity = 30\n'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("depression")
    (folder / "clinic.toml").write_text(CLINIC)
    (folder / "wider.toml").write_text(WIDER)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        # Nobody reads what is painted.
        patch.setattr("sim.report.render.files._saved", lambda *_: b"<svg/>")
        with pytest.raises(SystemExit) as stopped:
            main(
                [
                    *("compare", "clinic.toml", "wider.toml", "--replications", "3", "--seed", "1", "--out", "out"),
                    *("--keep-records", "--report", "--effect", "day_well"),
                ]
            )
        assert stopped.value.code == 0
        yield folder


COMMANDS = {
    "validate": ["validate", "clinic.toml"],
    "metrics": ["metrics", "clinic.toml"],
    "run": ["run", "clinic.toml", "--replications", "2", "--metric", "*"],
    "run, for machines": ["run", "clinic.toml", "--replications", "2", "--json"],
    "compare": ["compare", "clinic.toml", "wider.toml", "--replications", "2", "--effect", "day_well"],
    "explain": ["explain", "clinic.toml", "wider.toml", "days_well", "--replications", "2"],
    "story": ["story", "clinic.toml", "wider.toml"],
    "report": ["report", "out", "--format", "markdown"],
    "stress": ["stress", "out"],
    "log": ["log", "out", "--format", "csv", "--setbacks", "--replication", "0"],
    "animate": ["animate", "out"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_that_is_said_of_depression_is_in_words_of_addiction(
    home: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file()}
    with pytest.raises(SystemExit) as stopped:
        main(COMMANDS[name])
    said = capsys.readouterr()
    assert stopped.value.code == 0, said.err
    new = [path for path in home.rglob("*") if path.is_file() and before.get(path) != path.stat().st_mtime_ns]
    written = [
        path.read_text(errors="replace") for path in new if path.suffix in (".md", ".html", ".csv", ".txt", ".xml")
    ]
    text = "\n".join([said.out, said.err, *written])
    assert len(text) > 50
    assert [match[0] for match in OF_ADDICTION.finditer(text)] == []


def test_the_page_and_the_tables_of_a_study_are_in_words_of_depression(home: Path) -> None:
    """The pictures, too: their texts are in the page."""
    texts = {
        path.name: path.read_text(errors="replace") for path in home.rglob("*") if path.suffix in (".html", ".csv")
    }
    for text in texts.values():
        # What is drawn with glyphs and embedded images has no words.
        assert [match[0] for match in OF_ADDICTION.finditer(re.sub(r"base64,[A-Za-z0-9+/=]+", "", text))] == []
    assert any("in remission" in text for text in texts.values())


def test_a_planner_of_addiction_care_reads_the_same_words_as_before() -> None:
    base = sim.load_scenario("base")
    assert list(base.conditions) == ["addiction"]
    assert metric_words("days_well", base) == "days abstinent a person within 5 years"
    assert metric_words("days_unwell", base) == "days of use a person within 5 years"
    assert metric_words("any_setback.30_days", base) == "share with any use within 30 days"
    table = sim.metric_table(base).set_index("metric")
    assert table["unit"]["setbacks"] == "lapses"
    assert (
        "Mean days abstinent per member of the cohort within follow-up, lapses not counted"
        in table["definition"]["days_well"]
    )


def test_without_a_condition_it_is_addiction_and_an_unknown_one_has_neutral_words_until_it_states_its_own() -> None:
    plain = sim.load_scenario("base").model_dump(by_alias=True)
    assert sim.load_scenario({**plain, "conditions": {}}).condition == BUILT_IN["addiction"]
    gambling = sim.load_scenario({**plain, "conditions": {"gambling": {"unwell": "gambling"}}}).condition
    assert gambling == NEUTRAL.model_copy(update={"unwell": "gambling", "title": "Gambling"})
    assert gambling.words["gets_well"] == "gets well"
    ours = sim.load_scenario({**plain, "conditions": {"depression": {"well": "remitted"}}}).condition
    assert (ours.well, ours.unwell) == ("remitted", "symptomatic")
    assert ours.words["gets_well"] == "enters remission"
    said = {"be symptom-free": "is symptom-free", "have no symptoms": "has no symptoms", "try less": "tries less"}
    said |= {"stay well": "stays well", "go into remission": "goes into remission"}
    for get_well, gets_well in said.items():
        assert Condition(get_well=get_well).words["gets_well"] == gets_well


def test_a_scenario_has_one_condition(home: Path) -> None:
    (home / "two.toml").write_text('extends = "clinic.toml"\n[conditions.addiction]\n')
    with pytest.raises(sim.ScenarioError) as refused:
        sim.load_scenario("two.toml")
    (problem,) = refused.value.problems
    assert (problem.path, problem.message) == (
        "conditions.addiction",
        "one condition a scenario, not 2: depression, addiction",
    )
    assert 'remove = ["conditions.depression"]' in problem.hint
    (home / "one.toml").write_text(
        'extends = "clinic.toml"\nremove = ["conditions.depression"]\n[conditions.addiction]\n'
    )
    assert sim.load_scenario("one.toml").condition.well == "abstinent"
    (home / "two.toml").unlink()
    (home / "one.toml").unlink()


def test_other_words_change_no_number_and_keep_the_hypothesis() -> None:
    from support import briefly

    base = briefly("base", 30, 30, 60)
    other = sim.load_scenario({**base.model_dump(by_alias=True), "conditions": {"depression": {}}})
    first, second = (sim.run(each, replications=1, seed=3).metrics for each in (base, other))
    assert first.equals(second)
