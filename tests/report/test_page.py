"""The report as a file: its order, that hostile texts stay texts, and that nothing outside is asked for."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from accessibility import barriers
from matplotlib.text import Text
from support import exponential, fixed

import sim
from sim.files.provenance import Provenance
from sim.report.page import report_page, section_modules
from sim.report.page_parts import Page
from sim.report.render.files import rendered, write_page, write_tables
from sim.report.render.markdown import markdown_text
from sim.scenario import Scenario

HOSTILE = "<script>alert(1)</script> {{ 7 * 7 }} {% raw %} \"'>< | `x` **b** [a](javascript:alert(1)) & ünï"
PROVENANCE = Provenance("1.2.3", {"python": "3.11", "<b>numpy</b>": "2"}, f"stepdown run {HOSTILE}")
SECTIONS = [
    "question",
    "answer",
    "table",
    "pictures",
    "equity",
    "cost",
    "certainty",
    "assumptions",
    "method",
]


def clinic(text: str, capacity: int = 3, **parts: Any) -> Scenario:
    described: dict[str, Any] = {
        "name": text,
        "question": text,
        "hypothesis": text,
        "time": {"recruitment_days": 60, "follow_up_days": 100},
        "arrivals": {"per_day": 1.0},
        "population": {"severity": {"mild": 0.5, "severe": 0.5}},
        "entry": [{"to": {"ward": 1.0}}],
        "places": {"beds": {"title": text, "capacity": capacity, "fixed_cost_per_day": 10.0}},
        "levels": {"ward": {"title": text, "places": ["beds"], "length_of_stay": exponential(8), "patience": fixed(5)}},
        "relapse": {"median_days": 50, "shape": 1.0},
        "evidence": {
            "places.beds.fixed_cost_per_day": {
                "low": 5.0,
                "high": 20.0,
                "unit": "USD per day",
                "grade": "assumption",
                "source": f"as told: {text}",
                "note": text,
            },
            "arrivals.per_day": {"grade": "choice", "source": f"as told: {text}"},
        },
        **parts,
    }
    return sim.load_scenario(described)


class Parsed(HTMLParser):
    """Tags with their attributes, and text outside of style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def study() -> sim.Study:
    arms = {f"base {HOSTILE}": clinic(HOSTILE), f"more {HOSTILE}": clinic(HOSTILE, 9)}
    return sim.compare(arms, replications=3, keep_records=True)


@pytest.fixture(scope="module")
def page(study: sim.Study) -> Page:
    return report_page(study, PROVENANCE)


@pytest.fixture(scope="module")
def html(page: Page) -> str:
    return rendered(page, "html")


def test_sections_stand_in_the_order_in_which_a_planner_asks(html: str) -> None:
    assert [section["id"] for section in Parsed(html).named("section")] == SECTIONS


@pytest.mark.usefixtures("undrawn")
def test_what_an_interval_means_is_said_once_and_with_the_decision(study: sim.Study) -> None:
    several = sim.Study({**study.results, "again": list(study.results.values())[-1]})
    for of in (study, several, sim.Study({"": next(iter(study.results.values()))})):
        text = rendered(report_page(of, PROVENANCE), "html")
        before, after = text.split("Only chance is in the brackets")
        assert '<div class="leaf">' in before
        assert "<h3" not in before
        assert "<table" in after


def test_headings_go_down_one_step_at_a_time(html: str) -> None:
    steps = [int(tag[1]) for tag, _ in Parsed(html).tags if re.fullmatch(r"h[1-6]", tag)]
    assert steps.count(1) == 1
    assert steps[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(steps))


def test_hostile_texts_are_shown_and_not_run(html: str) -> None:
    parsed = Parsed(html)
    assert parsed.named("script") == parsed.named("b") == []
    assert "{{ 7 * 7 }}" in parsed.text
    assert "{% raw %}" in parsed.text
    assert "<script>alert(1)</script>" in parsed.text
    assert not any(name.startswith("on") for _, attributes in parsed.tags for name in attributes)
    assert all(str(link["href"]).startswith("#") for link in parsed.named("a"))


def test_nothing_outside_the_file_is_asked_for(html: str) -> None:
    assert not re.search(r"(https?:)?//[a-z0-9]", html)
    assert "url(" not in html
    assert "@import" not in html
    assert all(str(image["src"]).startswith("data:image/") for image in Parsed(html).named("img"))


def test_the_page_is_accessible_as_far_as_its_source_shows(html: str) -> None:
    parsed = Parsed(html)
    assert parsed.named("html") == [{"lang": "en"}]
    assert len(parsed.named("main")) == len(parsed.named("header")) == len(parsed.named("footer")) == 1
    assert parsed.named("a")[0]["href"] == "#main"
    assert len(parsed.named("caption")) == len(parsed.named("table")) > 10
    assert all(head["scope"] in ("col", "row") for head in parsed.named("th"))
    # Rows of marks say nothing that the row of their table does not.
    pictures = [image for image in parsed.named("img") if image.get("class") not in ("marks", "key")]
    assert all(len(str(image["alt"])) > 10 for image in pictures)
    assert len(parsed.named("img")) > 5
    identifiers = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


def test_nothing_keeps_anybody_from_reading_the_page(html: str, browser: Any, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    browser.get((tmp_path / "report.html").as_uri())
    browser.execute_script("document.querySelectorAll('details').forEach(each => { each.open = true })")
    for pixels in (1280, 400):
        browser.set_window_size(pixels, 1000)
        assert barriers(browser) == []


@pytest.mark.usefixtures("unpainted")
def test_the_same_study_gives_the_same_page(study: sim.Study, html: str) -> None:
    """But for pictures: the order in which matplotlib's layout is solved depends on where it lies in memory."""

    def bare(text: str) -> str:
        return re.sub(r"data:image/[^\"]*", "", text)

    assert bare(rendered(report_page(study, PROVENANCE), "html")) == bare(html)


def test_the_report_says_how_it_was_computed(html: str) -> None:
    text = Parsed(html).text
    assert "Stepdown 1.2.3" in text
    assert clinic(HOSTILE).digest() in text
    assert f"stepdown run {HOSTILE}" in text


def test_markdown_has_the_same_sections_and_no_live_markup(page: Page) -> None:
    text = rendered(page, "markdown")
    assert re.findall(r"^## (.*)$", text, re.M) == ["In brief", *(section.heading for section in page.sections)]
    assert "\\<script\\>" in text
    assert not re.search(r"(?<!\\)[<`]", text)
    assert not re.search(r"(?<!\\)\[a", text)
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        cells = [len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()]
        assert len(set(cells)) == 1


@pytest.mark.usefixtures("unpainted")
def test_a_single_run_has_a_report_without_comparison() -> None:
    result = sim.run(clinic("One"), replications=2)
    html = rendered(report_page(sim.Study({"": result}), PROVENANCE), "html")
    parsed = Parsed(html)
    assert [section["id"] for section in parsed.named("section")] == SECTIONS
    assert "getting in:" in parsed.text
    assert "Cost-effectiveness needs a comparison" in parsed.text
    assert "kept no records of patients" in parsed.text


@pytest.mark.usefixtures("unpainted")
def test_a_study_of_one_replication_claims_nothing() -> None:
    study = sim.compare({"a": clinic("One arm"), "b": clinic("Two arms", 9)}, replications=1)
    text = Parsed(rendered(report_page(study, PROVENANCE), "html")).text
    assert "cannot tell a difference from chance" in text
    assert "better on" not in text


@pytest.mark.usefixtures("unpainted")
def test_a_scenario_without_groups_evidence_or_relapse_has_a_report() -> None:
    bare = clinic("Bare", population={}, evidence={}, relapse=None)
    study = sim.compare({"a": bare, "b": bare}, replications=2)
    text = Parsed(rendered(report_page(study, PROVENANCE), "html")).text
    assert "no groups of patients" in text
    assert "No input has an evidence card" in text
    assert "Change nothing: no input differs" in text


def test_every_table_is_a_file_of_numbers_too(page: Page, tmp_path: Path) -> None:
    files = write_tables(page, tmp_path / "tables")
    assert len(files) == sum(len(part.sheets) for section in page.sections for part in section.parts) > 10
    assert files[0].name.startswith("01_all_main_outcomes_against_base")
    assert "low" in files[0].read_text(encoding="utf-8").splitlines()[0]


def test_whoever_adds_a_section_adds_one_file() -> None:
    modules = section_modules()
    assert [module.KEY for module in modules] == SECTIONS
    assert len({module.PLACE for module in modules}) == len(modules)


@pytest.mark.usefixtures("undrawn")
def test_scenarios_go_by_their_names_where_these_tell_them_apart() -> None:
    study = sim.compare({"a_file": clinic("One arm"), "b_file": clinic("Two arms", 9)}, replications=2)
    page = report_page(study, PROVENANCE)
    assert page.title == "Two arms, against One arm"
    heads = [
        head for section in page.sections for part in section.parts for sheet in part.sheets for head in sheet.heads
    ]
    assert "Two arms" in heads
    assert not {"a_file", "b_file"} & set(heads)


@pytest.mark.usefixtures("undrawn")
def test_very_long_names_are_cut_in_headings() -> None:
    study = sim.compare({"a": clinic("One arm"), "b" * 3000: clinic("n" * 1900, 9)}, replications=2)
    page = report_page(study, PROVENANCE)
    assert len(page.title) < 200
    assert all(len(part.heading) < 250 for section in page.sections for part in section.parts)


def test_an_unknown_effect_or_perspective_is_refused(study: sim.Study) -> None:
    with pytest.raises(ValueError, match="no effect 'happiness'"):
        report_page(study, PROVENANCE, effect="happiness")
    with pytest.raises(ValueError, match="no perspective 'king'"):
        report_page(study, PROVENANCE, perspective="king")  # type: ignore[arg-type]


def test_a_file_is_written_whole(page: Page, tmp_path: Path) -> None:
    write_page(page, tmp_path / "report.md", "markdown")
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == rendered(page, "markdown")
    with pytest.raises(OSError, match="nowhere"):
        write_page(page, tmp_path / "nowhere" / "report.md", "markdown")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a|b", "a\\|b"), ("a\n# b", "a \\# b"), ("&lt;", "&amp;lt;"), ("\\", "\\\\"), ("x_y*z", "x\\_y\\*z")],
)
def test_markdown_shows_a_text_as_it_is(text: str, shown: str) -> None:
    assert markdown_text(text) == shown


def test_how_precise_is_half_the_width_of_the_interval(study: sim.Study, page: Page) -> None:
    (section,) = [section for section in page.sections if section.key == "certainty"]
    (sheet,) = [
        sheet for part in section.parts for sheet in part.sheets if sheet.title.startswith("How precise the differ")
    ]
    (row,) = study.differences().query("metric == 'retention.90_days'").to_dict("records")
    half = 100 * (row["ci_high"] - row["ci_low"]) / 2
    (said,) = [cells[1] for cells in sheet.texts if cells[0] == "share in care on day 90"]
    assert said == ("± 0 points" if half == 0 else f"± {half:.2g} points")


def test_two_systems_that_are_the_same_are_not_told_apart() -> None:
    base = clinic("base").with_overrides({"utilities": {"well": 0.8, "setback": 0.7, "unwell": 0.5}})
    page = report_page(sim.compare({"one": base, "other": base}, replications=2), PROVENANCE)
    text = rendered(page, "markdown")
    assert "no worth of a" not in text
    assert "No scenario gains QALYs over another" in str(
        [p.says for s in page.sections for x in s.parts for p in x.pictures]
    )


@pytest.mark.usefixtures("undrawn")
def test_what_a_hypothesis_expects_stands_with_the_answer() -> None:
    base = clinic("base")
    reads = [{"metric": "length_of_stay.ward.mean", "low": -3.0, "high": 0.0}]
    changes = {"compared_with": "base", "reads": reads, "levels.ward.length_of_stay": fixed(1)}
    arms = {"base": base, "shorter": base.with_overrides(changes)}
    section = report_page(sim.compare(arms, replications=2), PROVENANCE).sections[1]
    (line,) = [line for part in section.parts for line in part.bullets if line.startswith("Hypothesis")]
    assert line.startswith("Hypothesis: length of stay ward mean: -")
    assert line.endswith("expected -3 to 0: cannot be told.")
    other = {"first": base, **{label: arms[label] for label in ("base", "shorter")}}
    section = report_page(sim.compare(other, replications=2), PROVENANCE).sections[1]
    assert not [line for part in section.parts for line in part.bullets if line.startswith("Hypothesis")]


@pytest.mark.usefixtures("unpainted")
def test_names_without_a_title_stand_everywhere_as_they_are_written() -> None:
    """Of levels, places, attributes and values: neither in capitals, nor without their underscores."""
    here = sim.load_scenario(
        {
            "name": "names",
            "time": {"recruitment_days": 60, "follow_up_days": 100},
            "arrivals": {"per_day": 1.0},
            "population": {"co_occ": {"no_x": 0.5, "yes_x": 0.5}},
            "entry": [{"to": {"iop": 0.5, "day_x": 0.5}}],
            "places": {"bed": {"capacity": 4, "fixed_cost_per_day": 10.0}, "seat_x": {"capacity": 4}},
            "levels": {
                "iop": {"places": ["bed"], "length_of_stay": exponential(8)},
                "day_x": {"places": ["seat_x"], "length_of_stay": exponential(8)},
            },
        }
    )
    study = sim.compare({"base": here, "more": here.with_overrides({"places.bed.capacity": 9})}, 3, keep_records=True)
    page = report_page(study, PROVENANCE)
    drawn = [each.figure for section in page.sections for part in section.parts for each in part.pictures]
    texts = [text.get_text() for figure in drawn for text in figure.findobj(Text)]
    text = " ".join([Parsed(rendered(page, "html")).text, *texts])
    assert all(name in text for name in ("iop", "day_x", "bed", "seat_x", "co_occ", "no_x"))
    assert not re.findall(r"\b(IOP|BED|Iop|Bed|day x|seat x|co occ|no x|yes x)\b", text)
