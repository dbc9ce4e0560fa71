"""What a visitor lays out: changes, alternatives, uploads that are meant to do harm, and the files that they get."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from support import CLINIC

from sim.app import systems
from sim.app.catalogue import GROUPS, catalogue, matching
from sim.app.systems import (
    MOST_ALTERNATIVES,
    ChosenScenario,
    Comparison,
    first_comparison,
    shipped,
    text_sent,
    uploaded,
)
from sim.app.wording import labelled, markdown_line
from sim.files.formats import CURRENT
from sim.files.toml import LARGEST_FILE
from sim.scenario import Scenario, ScenarioError, load_scenario, shipped_names
from sim.scenario.files import scenario_of_text
from sim.scenario.toml_text import scenario_text, toml_text

LINK = "levels.residential.next.0.probability"


@pytest.fixture
def comparison() -> Comparison:
    found = Comparison(uploaded(CLINIC, "clinic.toml"))
    found.choose(found.source)
    return found


def sound(comparison: Comparison, index: int) -> Scenario:
    found = comparison.described()[index]
    assert found.scenario is not None, found.problems
    return found.scenario


@pytest.mark.parametrize("name", shipped_names())
def test_a_scenario_is_compared_with_what_its_question_is_asked_against(name: str) -> None:
    comparison = first_comparison()
    comparison.choose(shipped(name))
    arms = list(comparison.arms().values())
    against = shipped(name).scenario.compared_with
    assert arms == [*([shipped(against).scenario] if against else []), shipped(name).scenario]


def test_any_system_can_be_the_baseline(comparison: Comparison) -> None:
    comparison.add("hybrid")
    comparison.add()
    assert next(iter(comparison.arms())) == "Clinic"
    comparison.baseline = comparison.systems[2].number
    assert list(comparison.arms()) == ["Alternative 2", "Clinic", shipped("hybrid").scenario.name]
    comparison.remove(comparison.baseline)
    assert next(iter(comparison.arms())) == "Clinic"


def test_choosing_another_keeps_only_alternatives_that_somebody_made_or_worked_on() -> None:
    comparison = first_comparison()
    comparison.choose(shipped("more_beds"))
    assert [system.start for system in comparison.systems[1:]] == ["hybrid"]
    comparison.set(comparison.systems[1].number, "arrivals.per_day", 3.0)
    comparison.choose(shipped("residential_only"))
    assert [dict(system.changes) for system in comparison.systems] == [{}, {"arrivals.per_day": 3.0}]
    assert comparison.baseline == comparison.systems[1].number


@pytest.mark.parametrize("touched", [{"name": "Plan B"}, {"start": "early_step_down"}, {"alike": False}])
def test_work_on_an_alternative_is_not_lost_with_another_choice(touched: dict[str, object]) -> None:
    comparison = first_comparison()
    comparison.change(1, **touched)
    comparison.choose(shipped("more_beds"))
    kept = next(system for system in comparison.systems if system.number == 1)
    assert {key: getattr(kept, key) for key in touched} == touched


def test_there_is_never_one_alternative_too_many() -> None:
    comparison = Comparison(uploaded(CLINIC, "clinic.toml"))
    comparison.choose(comparison.source)
    for _ in range(MOST_ALTERNATIVES):
        comparison.add()
    comparison.choose(shipped("hybrid"))
    assert len(comparison.systems) == MOST_ALTERNATIVES + 1
    assert next(iter(comparison.arms())) == shipped("hybrid").scenario.name


def test_an_alternative_stands_on_the_baseline_as_changed(comparison: Comparison) -> None:
    comparison.add()
    comparison.set(0, "places.beds.capacity", 12)
    comparison.set(1, "arrivals.per_day", 2.0)
    base, other = sound(comparison, 0), sound(comparison, 1)
    assert (base.places["beds"].capacity, base.arrivals.per_day) == (12, 1.0)
    assert (other.places["beds"].capacity, other.arrivals.per_day) == (12, 2.0)
    assert comparison.described()[1].numbers["places.beds.capacity"].value == 12
    comparison.set(0, "places.beds.capacity", None)
    assert sound(comparison, 0) == comparison.source.scenario


def test_a_shipped_alternative_takes_over_the_changes_that_fit_it_if_wanted(comparison: Comparison) -> None:
    comparison.add("hybrid")
    comparison.set(0, "relapse.median_days", 55.0)
    comparison.set(0, "arrivals.per_day", 1.5)
    comparison.set(0, "places.beds.capacity", 12)
    assert sound(comparison, 1).relapse.median_days == 55.0
    # It states calls in all, and has no such beds.
    assert comparison.described()[1].left_out == ("arrivals.per_day", "places.beds.capacity")
    comparison.change(1, alike=False)
    assert sound(comparison, 1) == shipped("hybrid").scenario


def test_names_are_never_empty_or_taken(comparison: Comparison) -> None:
    comparison.add()
    comparison.change(1, name="  \n ")
    assert comparison.systems[1].name == "Alternative 1"
    comparison.change(1, name="Clinic")
    assert comparison.systems[1].name == "Clinic (2)"
    comparison.change(1, name="x" * 500)
    assert len(comparison.systems[1].name) == 60


def test_the_name_of_an_alternative_is_that_of_its_scenario(comparison: Comparison) -> None:
    comparison.add("hybrid")
    comparison.change(1, name="Plan B")
    assert sound(comparison, 1).name == "Plan B"
    assert sound(comparison, 0) == comparison.source.scenario
    text = scenario_text(sound(comparison, 1), "hybrid", shipped("hybrid").scenario)
    assert scenario_of_text(text).name == "Plan B"


def test_new_people_are_asked_for_where_a_scenario_states_them() -> None:
    known = catalogue(uploaded(CLINIC, "clinic.toml").scenario)
    assert [path for path, number in known.items() if "asking for care" in number.label] == ["arrivals.per_day"]


def test_a_card_says_the_limits_that_it_has() -> None:
    number = catalogue(uploaded(CLINIC, "clinic.toml").scenario)[LINK]
    assert number.card is not None
    ends = {(0.3, 0.6): "0.3 to 0.6", (None, 0.6): "up to 0.6", (0.3, None): "from 0.3", (None, None): ""}
    for (low, high), said in ends.items():
        card = number.card.model_copy(update={"low": low, "high": high})
        assert replace(number, card=card).limits() == said


def test_a_wrong_value_is_said_and_changes_nothing_else(comparison: Comparison) -> None:
    comparison.add()
    comparison.set(0, "relapse.median_days", 0.0)
    base, other = comparison.described()
    assert base.scenario is None
    assert other.scenario is None
    assert "relapse.median_days" in str(base.problems[0])
    said = base.in_words(base.problems[0])
    assert said.startswith("Days at home until half have had any use (days) = 0.0: must be a number, at least 0.001")
    comparison.set(0, "relapse.median_days", None)
    assert sound(comparison, 1).relapse == comparison.source.scenario.relapse


@pytest.mark.parametrize("value", [1e306, -1.0, 5e-324])
def test_no_number_takes_the_comparison_down(comparison: Comparison, value: float) -> None:
    comparison.add()
    for path in list(comparison.described()[0].numbers):
        comparison.set(0, path, value)
        for found in comparison.described():
            assert found.scenario is not None or found.problems
        comparison.arms()
        comparison.set(0, path, None)
    assert len(comparison.arms()) == 2


@pytest.mark.parametrize("planted", [OverflowError("far out"), MemoryError(), RecursionError(), ZeroDivisionError()])
@pytest.mark.parametrize("name", ["scenario_warnings", "people"])
def test_whatever_a_system_raises_is_said_of_it_alone(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch, planted: Exception, name: str
) -> None:
    honest = getattr(systems, name)

    def raising(scenario: Scenario) -> object:
        if scenario.arrivals.per_day == 5.0:
            raise planted
        return honest(scenario)

    monkeypatch.setattr(systems, name, raising)
    comparison.add()
    comparison.set(1, "arrivals.per_day", 5.0)
    sound, faulty = comparison.described()
    assert sound.scenario is not None
    assert faulty.scenario is None
    [problem] = faulty.problems
    assert ("memory" in str(problem)) == isinstance(planted, MemoryError)
    assert list(comparison.arms()) == ["Clinic"]
    comparison.remove(1)
    assert len(comparison.described()) == 1


def test_a_system_that_would_fill_the_memory_is_refused(comparison: Comparison) -> None:
    comparison.set(0, "arrivals.per_day", 9_000.0)
    assert "200,000 at most" in str(comparison.described()[0].problems[0])


def test_every_number_is_there_once_with_its_evidence() -> None:
    known = catalogue(shipped("hybrid").scenario)
    assert {number.group for number in known.values()} == {*GROUPS, ""}
    link = known["levels.iop.next.0.probability"]
    assert (link.group, link.is_share, link.outside(0.9)) == ("Linkage", True, True)
    assert "Range 0.4 to 0.8" in link.evidence()
    assert len({number.label for number in known.values() if number.group}) == sum(
        1 for number in known.values() if number.group
    )
    others = [number for number in known.values() if not number.group]
    assert [number.path for number in matching(others, "IOP no show")] == [
        "effects.employed.yes.levels.iop.no_show",
        "levels.iop.no_show",
    ]
    assert not list(matching(others, " "))


def test_labels_are_in_the_words_of_the_condition() -> None:
    known = catalogue(shipped("depression").scenario)
    assert known["relapse.share_of_setbacks"].label == "Share of any return of symptoms that begins a relapse"
    assert known["arrivals.per_day"].label == "New people asking for care (per day)"
    assert not [number.label for number in known.values() if re.search(r"[{}\\]", number.label)]


@pytest.mark.parametrize("name", [name for name in shipped_names() if not name.startswith("depression")])
def test_a_label_speaks_of_its_own_number(name: str) -> None:
    known = catalogue(shipped(name).scenario)
    demand = {path: number.label for path, number in known.items() if number.group == "Demand"}
    assert demand == {
        "arrivals.calls_per_month": "Calls for care, of new people and of people known (people per month)",
        "arrivals.known_share": "Share of these calls that come from people known",
        "return_to_care.probability": "Share who come back after a relapse outside care",
        "exits.moving_away_per_year": "Former patients who move away (per year)",
    }
    assert known["relapse.share_of_setbacks"].label == "Share of any use that begins a relapse"
    curves = [number.label for path, number in known.items() if path.startswith("relapse.by.substance.opioids")]
    assert curves == ["Share of any use that begins a relapse, substance opioids"]
    assert not [number.label for number in known.values() if re.search(r"[{}\\]", number.label)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * (LARGEST_FILE + 1), "larger than"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'extends = "/etc/passwd"', "name of a shipped scenario"),
        (b'extends = "../../../etc/hostname.toml"', "name of a shipped scenario"),
        (b'extends = "base.toml"', "name of a shipped scenario"),
        (b'extends = ["base", "/etc/passwd"]', "name of a shipped scenario"),
        (b"a = " + b"[" * 5_000, "nested too deeply"),
        (b"a." * 3_000 + b"b = 1", "dotted parts"),
        (b"a = 1" + b"0" * 9_000, "too many digits"),
        (b"name = 'x'\nname = 'y'", "not valid TOML"),
        (b"", "is missing"),
        (b'extends = "base"\n[levels.iop]\nno_show = 7\ncolour = 1', "no_show"),
    ],
)
def test_hostile_uploads_are_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        uploaded(text_sent(content, "up\nload<script>.toml"), "up\nload<script>.toml")


def test_an_upload_of_more_numbers_than_a_page_can_show_is_refused() -> None:
    changes = "".join(f"[[arrivals.changes]]\nfrom_day = {day}\nfactor = 1\n" for day in range(1_400))
    with pytest.raises(ScenarioError, match=r"^long\.toml: holds 3,[0-9]{3} numbers; the page takes 3,000 at most"):
        uploaded(f'extends = "hybrid"\n{changes}', "long.toml")


def test_an_upload_may_extend_a_shipped_scenario() -> None:
    found = uploaded(text_sent(b'\xef\xbb\xbfextends = "hybrid"\nname = "Mine"', "mine.toml"), "mine.toml")
    assert found.scenario.name == "Mine"
    assert found.shipped == ""


def test_all_problems_of_an_upload_are_said_at_once() -> None:
    with pytest.raises(ScenarioError) as found:
        uploaded(CLINIC.replace("= 9", "= -9").replace("312.5", "-1"), "clinic.toml")
    assert len(found.value.problems) == 2


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_scenario_is_written_as_it_was(name: str) -> None:
    scenario = shipped(name).scenario
    assert scenario_of_text(scenario_text(scenario)) == scenario
    assert scenario_text(scenario, name, scenario) == f'format = {CURRENT["scenario"]}\nextends = "{name}"\n'
    over = scenario_text(scenario, "base", shipped("base").scenario)
    # What has nothing in common with it is written in full.
    assert ("extends" in over) == ("addiction" in scenario.conditions)
    assert scenario_of_text(over) == scenario


def test_a_changed_system_is_written_as_what_differs_and_loads_from_disk(tmp_path: Path) -> None:
    comparison = first_comparison()
    comparison.set(0, "levels.iop.next.0.probability", 0.95)
    comparison.set(0, "places.residential_beds.capacity", 41)
    scenario = sound(comparison, 0)
    text = scenario_text(scenario, "hybrid", shipped("hybrid").scenario)
    assert len(text.splitlines()) < 40
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    assert load_scenario(tmp_path / "mine.toml") == scenario
    # Outside its evidence, the number is a choice from now on, and says so.
    assert scenario.evidence["levels.iop.next.0.probability"].grade == "choice"


def test_an_uploaded_scenario_is_written_in_full(comparison: Comparison) -> None:
    comparison.set(0, LINK, 0.9)
    assert scenario_of_text(scenario_text(sound(comparison, 0))) == sound(comparison, 0)


def test_any_text_survives_being_written() -> None:
    nasty = 'a "quote" \\ \' # [x] \x7f \x00 \u2028 é 🪜 = 1'
    data = {"key with space": nasty, "t": {"x": {}, "y": [{"z": 1.5e-9}, {}]}, "n": [1, True, 1e300]}
    assert tomllib.loads(toml_text(data)) == data
    scenario = load_scenario({**tomllib.loads(CLINIC), "name": nasty})
    assert scenario_of_text(scenario_text(scenario)) == scenario
    with pytest.raises(TypeError, match="TOML has no set"):
        toml_text({"a": set()})


def test_texts_of_a_scenario_are_never_markup() -> None:
    hostile = "![x](http://evil.example/x.png) <b>*bold*</b>\n# head :red[x] $x$"
    shown = markdown_line(hostile)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)[!\[\]()<>*#:$`_~]", shown)
    assert len(markdown_line("x" * 5_000, 100)) <= 103
    assert not re.search(r"[\[\]<>*#$`~\\]", labelled(hostile))


@pytest.mark.parametrize("text", ["http://a.example", "HTTPS://a.example", "www.a.example", "me@a.example", ":smile:"])
def test_no_address_and_no_picture_comes_out_of_a_text_whole(text: str) -> None:
    for shown in (markdown_line(f"See {text}").replace("\\", ""), labelled(f"See {text}")):
        assert text not in shown
        assert shown.replace("\u200b", "").replace(" ", "") == f"See{text}"


@pytest.mark.parametrize(("text", "shown"), [(":red[hi]", ": red(hi)"), ("::note", ": : note")])
def test_no_directive_of_the_page_swallows_a_word(text: str, shown: str) -> None:
    assert labelled(text) == shown


def test_ordinary_texts_are_shown_as_they_are() -> None:
    text = "Beds: 12:30 to 14:00, 3-5 (a/b)"
    assert labelled(text) == markdown_line(text).replace("\\", "") == text
    assert labelled("Cost in US$ 500") == "Cost in US dollar 500"


def test_visitors_share_nothing_that_changes() -> None:
    one, other = first_comparison(), first_comparison()
    one.set(0, "arrivals.per_day", 5.0)
    one.choose(ChosenScenario(uploaded(CLINIC, "c.toml").scenario))
    assert other.systems[0].changes == {}
    assert other.source == shipped("hybrid")
