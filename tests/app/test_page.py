"""The page as a visitor uses it, in Streamlit's own harness: choose, change, run, stop, upload."""

import re
from pathlib import Path

import pytest
from support import CLINIC, PATIENCE, wait_until

pytest.importorskip("streamlit")

from streamlit.testing.v1 import AppTest

from sim.app import findings, running, systems, visits
from sim.report.page import section_modules
from sim.report.page_parts import Part
from sim.report.sheets.sheet import Sheet, words

PAGE = Path(__file__).resolve().parents[2] / "sim" / "app" / "page.py"
MARKUP = re.compile(r"(?<!\\)!\[|(?<!\\)<img|(?<!\\)\]\(")
UPLOAD = "a file of my own"


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch, read_here: None) -> None:
    monkeypatch.setattr(running, "WORKERS", 1)
    monkeypatch.setattr(running, "AT_ONCE", 8)
    # Each session would read the metadata of all that is installed, for parts of a page that are none of ours.
    monkeypatch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)


def opened() -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=PATIENCE).run()
    assert not at.exception
    return at


def labelled(elements: object, label: str):  # type: ignore[no-untyped-def]
    found = [each for each in elements if each.label.replace("\\", "").startswith(label)]  # type: ignore[attr-defined]
    assert found, f"{label} is not among {[each.label for each in elements]}"  # type: ignore[attr-defined]
    return found[0]


def send(at: AppTest, content: bytes, name: str = "clinic.toml") -> AppTest:
    at.selectbox(key="choice").set_value(UPLOAD).run()
    at.file_uploader[0].set_value((name, content, "application/toml"))
    at.run()
    assert not at.exception
    return at


def run_to_the_end(at: AppTest) -> AppTest:
    at.button(key="run").click().run()
    job = at.session_state["visit"].job
    wait_until(lambda: job.state != "running")
    at.run()
    assert not any(button.key == "stop" for button in at.button)
    assert not at.exception
    return at


def texts(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.error, *at.warning, *at.info, *at.header, *at.subheader]
    return "\n".join(each.value for each in parts).replace("\\", "")


def pages_html(at: AppTest) -> str:
    return "\n".join(each.proto.body for each in at.html)


def test_every_field_has_a_label_and_headings_go_down_step_by_step() -> None:
    at = opened()
    fields = [*at.number_input, *at.slider, *at.selectbox, *at.text_input, *at.toggle]
    assert len(fields) > 30
    assert all(field.label.strip() for field in fields)
    assert [len(at.title), at.header[0].value] == [1, "1. Choose a scenario"]
    assert not at.button(key="run").disabled


def test_choose_and_change_and_take_back() -> None:
    at = opened()
    at.selectbox(key="choice").set_value("hybrid").run()
    assert "linked step-down" in texts(at)
    labelled(at.number_input, "Residential beds").set_value(45).run()
    assert "Residential beds: how many there are: 40 → **45**" in texts(at)
    labelled(at.button, "Take these changes back").click().run()
    assert labelled(at.number_input, "Residential beds").value == 40
    assert "→" not in texts(at)


def test_leaving_the_range_of_the_evidence_is_said_and_allowed() -> None:
    at = opened()
    labelled(at.number_input, "Detoxification (ASAM 3.7-WM): mean length").set_value(9.0).run()
    assert "9 lies outside the range of the evidence. Range 3.75 to 6.25" in texts(at)
    assert not at.button(key="run").disabled


def test_an_invalid_value_is_said_and_stops_the_run() -> None:
    at = opened()
    labelled(at.text_input, "Search").set_value("population employed").run()
    labelled(at.slider, "Population: employed, no").set_value(0.7).run()
    assert "population.employed" in at.error[0].value.replace("\\", "")
    assert at.button(key="run").disabled
    assert labelled(at.slider, "Population: employed, no").value == 0.7
    labelled(at.slider, "Population: employed, yes").set_value(0.3).run()
    assert not at.error
    assert not at.button(key="run").disabled


def test_complaints_speak_as_the_fields_do_and_only_once() -> None:
    at = opened()
    labelled(at.number_input, "Seats in intensive").set_value(30).run()
    [warning] = [each.value.replace("\\", "") for each in at.warning if "hold 36 people" in each.value]
    assert warning.startswith("Intensive outpatient (ASAM 2.1): group: 3 groups of 12 hold 36 people")
    labelled(at.number_input, "Calls for care").set_value(100_000.0).run()
    assert "arrivals: would be about" in texts(at)


def test_what_step_2_changes_in_an_alternative_is_said() -> None:
    at = opened()
    labelled(at.number_input, "Residential beds: how many").set_value(45).run()
    assert "As in step 2: Residential beds: how many there are: 45" in texts(at)
    labelled(at.checkbox, "With the changes of step 2").set_value(False).run()
    assert "As in step 2" not in texts(at)


def test_fields_say_what_they_take_and_what_goes_together() -> None:
    said = texts(opened())
    assert "Not below 0, not above " in said
    assert said.count("Intensive outpatient (ASAM 2.1) has 3 groups of 12, 36 seats: change all three together.") == 3


def test_all_other_numbers_are_behind_a_search() -> None:
    at = opened()
    labelled(at.text_input, "Search").set_value("iop no show").run()
    found = labelled(at.slider, "Intensive outpatient (ASAM 2.1): no show")
    assert found.value == 0.06
    found.set_value(0.1).run()
    assert "0.06 → **0.1**" in texts(at)
    labelled(at.text_input, "Search").set_value("nothing like this").run()
    assert "No other number" in texts(at)


def test_alternatives_come_and_go() -> None:
    at = opened()
    at.button(key="add").click().run()
    labelled(at.text_input, "Name").set_value("=1+1 *bold*")
    at.run()
    assert "=1+1 *bold*" in texts(at)
    assert len([button for button in at.button if button.label == "Remove this alternative"]) == 2
    labelled(at.button, "Remove this alternative").click().run()
    assert "*bold*" not in texts(at)
    for _ in range(4):
        at.button(key="add").click().run()
    assert "as many as the page compares" in texts(at)


def test_the_baseline_is_said_and_can_be_another() -> None:
    at = opened()
    assert at.subheader[0].value.replace("\\", "") == "No linked step-down after residential care"
    assert labelled(at.selectbox, "Baseline").value == at.session_state["visit"].comparison.systems[1].number
    labelled(at.selectbox, "Baseline").set_value(0).run()
    assert next(iter(at.session_state["visit"].comparison.arms())).startswith("Hybrid")
    labelled(at.button, "Remove this alternative").click().run()
    assert not any(field.label.startswith("Baseline") for field in at.selectbox)
    assert not at.exception


@pytest.mark.usefixtures("unpainted")
def test_a_run_from_upload_to_findings_and_a_story() -> None:
    at = send(opened(), CLINIC.encode())
    assert labelled(at.number_input, "beds").value == 9
    at.button(key="add").click().run()
    [toggle] = at.toggle
    toggle.set_value(True).run()
    [_, theirs] = [field for field in at.number_input if field.label == "beds: how many there are"]
    theirs.set_value(14).run()
    at.number_input(key="replications").set_value(5).run()
    run_to_the_end(at)
    assert "5 simulated futures of each system, seed 1." in texts(at)
    shown = pages_html(at)
    assert ">The decision</h2>" in shown
    assert re.search("[0-9] (more )?beds", shown[shown.index("The decision") :])
    assert "Cost-effectiveness" not in shown
    at.session_state["section/cost"] = True
    at.run()
    assert "Cost per QALY, discounted, of everybody in the system" in pages_html(at)
    at.selectbox(key="effect").set_value("retained").run()
    assert "person retained at 90 days" in pages_html(at)
    before = pages_html(at)
    at.selectbox(key="perspective").set_value("payer").run()
    assert pages_html(at) != before
    at.selectbox(key="effect").set_value("relapse_averted").run()
    assert not at.exception
    at.button(key="story/tell").click().run()
    assert "Day by day since asking for care" in pages_html(at)
    at.number_input(key="story/patient").set_value(10_000_000).run()
    at.button(key="story/tell").click().run()
    assert at.error
    labels = [button.label.replace("\\", "") for button in at.download_button]
    assert {"Everything (zip)", "Report (HTML)", "Differences (CSV)", "Scenario file: Clinic (TOML)"} <= set(labels)
    labelled(at.number_input, "beds").set_value(8).run()
    assert "Something above was changed since" in texts(at)


def test_with_draws_of_the_inputs_all_says_how_sure_it_is() -> None:
    at = send(opened(), CLINIC.encode())
    assert not [each for each in at.selectbox if each.key == "draws"]
    at.button(key="add").click().run()
    at.toggle[0].set_value(True).run()
    [_, theirs] = [field for field in at.number_input if field.label == "beds: how many there are"]
    theirs.set_value(14).run()
    at.number_input(key="replications").set_value(5).run()
    run_to_the_end(at)
    assert " of draws" not in pages_html(at)
    at.selectbox(key="draws").set_value(16).run()
    assert "Something above was changed since" not in texts(at)
    run_to_the_end(at)
    assert "5 simulated futures of each system, 16 draws of the inputs, seed 1." in texts(at)
    shown = pages_html(at)
    assert "± chance" in shown
    assert " of draws" in shown
    at.session_state["section/equity"] = True
    at.run()
    assert not at.exception
    assert not at.error
    [study] = {at.session_state["visit"].done}
    assert b"16 draws" in findings.report(study, findings._account_of(study, "qaly", "society"))


@pytest.mark.usefixtures("unpainted")
def test_what_whoever_comes_finds_runs_to_the_end() -> None:
    # With fewer futures no gap between groups would be found to change, and its table would stay undrawn; the years
    # before and after the one that is measured show nothing more of the page.
    at = opened()
    labelled(at.text_input, "Search").set_value("time days").run()
    for phase, days in (("warm up", 60.0), ("follow up", 180.0)):
        labelled(at.number_input, f"Time: {phase} days").set_value(days).run()
    at.number_input(key="replications").set_value(5).run()
    run_to_the_end(at)
    headings = ["5. What comes out", "6. One patient's two journeys", "Take it along"]
    assert [header.value for header in at.header][-3:] == headings
    for module in section_modules():
        at.session_state[f"section/{module.KEY}"] = True
    at.run()
    assert not at.exception
    assert not at.error
    assert [box.label for box in at.expander] == [module.HEADING for module in section_modules()]
    assert "Gaps between groups of patients that change" in pages_html(at)


def test_one_scenario_alone_is_described() -> None:
    at = send(opened(), CLINIC.encode())
    at.number_input(key="replications").set_value(5).run()
    run_to_the_end(at)
    assert ">The programme</h2>" in pages_html(at)
    assert [header.value[0] for header in at.header] == ["1", "2", "3", "4", "5", "T"]
    tables = [button.label for button in at.download_button if button.label.endswith("(CSV)")]
    assert "All outcomes (CSV)" in tables
    assert not {"Differences (CSV)", "Gaps between groups (CSV)"} & set(tables)
    [study] = {at.session_state["visit"].done}
    of = findings._account_of(study, "qaly", "society")
    assert findings.report(study, of).startswith(b"<!DOCTYPE html>")


def test_stop_stops_and_keeps_nothing() -> None:
    at = opened()
    at.number_input(key="replications").set_value(200).run()
    at.button(key="run").click().run()
    process = at.session_state["visit"].job._started[0]
    assert at.button(key="run").disabled
    at.button(key="stop").click().run()
    assert process.poll() is not None
    assert "Stopped. Nothing of this run is kept." in texts(at)
    assert not at.button(key="run").disabled


def test_a_run_waits_while_others_have_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 1)
    one, other = opened(), opened()
    for at in (one, other):
        at.number_input(key="replications").set_value(200).run()
        at.button(key="run").click().run()
    try:
        assert "Yours is number 1 in line" not in texts(one)
        assert "Yours is number 1 in line" in texts(other)
        assert other.button(key="run").disabled
        other.button(key="stop").click().run()
        assert "Stopped. Nothing of this run is kept." in texts(other)
    finally:
        one.button(key="stop").click().run()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'extends = "/etc/passwd"', "must be the name of a shipped scenario here"),
        (CLINIC.replace("= 9", "= -9").replace("312.5", "-1").encode(), "places.beds.capacity = -9"),
        (b"\x00\xff", "is not UTF-8 text"),
        (b"<script>alert(1)</script>", "is not valid TOML"),
    ],
)
def test_hostile_files_are_refused_in_words(content: bytes, said: str) -> None:
    at = send(opened(), content)
    assert said in texts(at)
    assert "clinic.toml cannot be used" in texts(at)
    assert "In use: Hybrid: residential" in texts(at)
    assert not at.button(key="run").disabled


def test_a_scenario_with_very_many_places_is_shown_in_part_and_can_be_searched() -> None:
    places = "".join(f"[places.more_{number}]\ncapacity = {number}\n" for number in range(1, 500))
    at = send(opened(), CLINIC.replace("[levels.residential]", places + "[levels.residential]").encode())
    assert len(at.number_input) < 140
    assert "The first 60 of 500" in texts(at)
    assert len(at.warning) < 50
    labelled(at.text_input, "Search").set_value("more 499 capacity").run()
    assert labelled(at.number_input, "more 499").value == 499


def test_a_system_that_cannot_be_written_as_a_file_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> str:
        raise ValueError("Hybrid: cannot be written as a file")

    monkeypatch.setattr(systems.Described, "text", property(refuse))
    assert "Hybrid: cannot be written as a file" in texts(opened())


def test_several_files_that_extend_one_another_are_sent_at_once() -> None:
    at = opened()
    at.selectbox(key="choice").set_value(UPLOAD).run()
    more = b'extends = "clinic.toml"\nname = "More beds"\n'
    files = [(name, content, "application/toml") for name, content in {"more.toml": more, "x.toml": b""}.items()]
    at.file_uploader[0].set_value(files[:1]).run()
    assert "more.toml cannot be used" in texts(at)
    assert "Give clinic.toml as well" in texts(at)
    at.file_uploader[0].set_value([("clinic.toml", CLINIC.encode(), "application/toml"), files[1]]).run()
    assert "In use: More beds" in texts(at)
    assert "Not in use: x.toml" in texts(at)
    assert not at.error
    assert not at.exception


@pytest.mark.parametrize("days", [0.001, 1e9])
def test_a_number_that_is_far_out_does_not_spoil_the_visit(days: float) -> None:
    at = send(opened(), CLINIC.encode())
    at.button(key="add").click().run()
    labelled(at.toggle, "Change its numbers").set_value(True).run()
    field = [field for field in at.number_input if "length of stay" in field.label][-1]
    assert (field.min, field.max) == (0.001, 1e9)
    field.set_value(days).run()
    for shown in (at, again(at)):
        assert not shown.exception
        assert [field.value for field in shown.number_input if "length of stay" in field.label][-1] == days
    labelled(at.button, "Remove this alternative").click().run()
    assert not at.error
    assert not at.button(key="run").disabled


def test_a_part_that_goes_wrong_says_so_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.app import editor

    honest = editor.value_text

    def raising(value: float) -> str:
        if value == 40:
            raise OverflowError("\x1b[31mfar out")
        return honest(value)

    monkeypatch.setattr(editor, "value_text", raising)
    at = opened()
    labelled(at.number_input, "Residential beds").set_value(45).run()
    assert not at.exception
    assert "cannot be shown: nothing can be made of its numbers" in texts(at)
    assert [header.value[0] for header in at.header] == ["1", "2", "3", "4", "T"]
    assert not at.button(key="run").disabled


def test_a_file_that_can_be_used_takes_the_complaints_away() -> None:
    at = send(opened(), b"nothing", "first.toml")
    assert "first.toml cannot be used" in texts(at)
    send(at, CLINIC.encode())
    assert "cannot be used" not in texts(at)
    assert "In use: Clinic" in texts(at)


def test_texts_of_a_file_are_shown_as_texts() -> None:
    nasty = "![x](http://evil.example/x.png) <img src=x onerror=alert(1)>"
    at = send(opened(), CLINIC.replace('"Clinic"', f'"{nasty}"\nquestion = "{nasty}"').encode())
    for each in (*at.markdown, *at.caption, *at.subheader, *at.error):
        assert not MARKUP.search(each.value)
    assert not any(MARKUP.search(button.label) for button in at.download_button)


def test_no_text_turns_a_table_round() -> None:
    sheet = Sheet("a\u202eb", words("c\u2066", "\x9bd"), [("e\u202a", "f\x1b")], "g\u2069<")
    shown = findings.piece(lambda: [Part(sheets=[sheet])])
    assert not re.search("[\x1b\x9b\u202a-\u202e\u2066-\u2069]", shown)
    assert "g\\u2069&lt;" in shown


def again(at: AppTest, token: str | None = None) -> AppTest:
    """The page after a reload, in a session of its own."""
    reloaded = AppTest.from_file(str(PAGE), default_timeout=PATIENCE)
    reloaded.query_params["visit"] = token or at.query_params["visit"]
    reloaded.run()
    assert not reloaded.exception
    return reloaded


def test_a_reload_finds_everything_again() -> None:
    at = send(opened(), CLINIC.encode())
    at.button(key="add").click().run()
    labelled(at.number_input, "beds").set_value(12).run()
    at.number_input(key="replications").set_value(200).run()
    at.number_input(key="seed").set_value(7).run()
    at.button(key="run").click().run()
    at = again(at)
    assert "In use: Clinic" in texts(at)
    assert "beds: how many there are: 9 → **12**" in texts(at)
    assert (at.number_input(key="replications").value, at.number_input(key="seed").value) == (200, 7)
    at.button(key="stop").click().run()
    assert "Stopped. Nothing of this run is kept." in texts(at)


def test_nobody_chooses_the_secret_of_a_visit() -> None:
    known = "k" * 32
    at = again(opened(), known)
    assert at.query_params["visit"] not in (known, [known])
    assert at.session_state["visit"].token != known
    assert len(at.session_state["visit"].token) >= 32


def test_visits_are_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "_KEPT", {})
    monkeypatch.setattr(visits, "MOST_VISITS", 2)
    first, second, third = (visits.Visit() for _ in range(3))
    for visit in (first, second, first, third):
        visits.keep(visit)
    assert [visits.visit_of(visit.token) is visit for visit in (first, second, third)] == [True, False, True]
    first.seen -= visits.KEPT + 1
    assert [visits.visit_of(visit.token) is visit for visit in (first, third)] == [False, True]


def test_visitors_do_not_see_each_other() -> None:
    one = send(opened(), CLINIC.replace("Clinic", "Secret clinic").encode())
    other = opened()
    assert "Secret" in texts(one)
    assert "Secret" not in texts(other)
    assert "Secret" not in str(other.selectbox(key="choice").options)
