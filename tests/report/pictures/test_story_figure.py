"""The figure of a story: nothing overlaps, everything is there, and files are the same every time."""

from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from outcomes.build import clinic, records, stay, wait

import sim
from sim.model import replicate
from sim.outcomes.observed import Observed
from sim.report.pictures.figure_file import write_figure
from sim.report.pictures.story_figure import SHADES, arrange, story_figure
from sim.report.story import Story, story
from sim.scenario.schema.condition import BUILT_IN
from sim.vocabulary import STATES

RECORDS = ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies")


def drawn_texts(figure: Figure) -> list[tuple[str, Any]]:
    """All texts that are seen, with their boxes in pixels."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent()) for text in texts]


def check(figure: Figure) -> None:
    texts = drawn_texts(figure)
    assert len(texts) > 5
    for (one, box), (other, its_box) in combinations(texts, 2):
        assert not box.overlaps(its_box), (one, other)
    for name, box in texts:
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, name
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1, name


@pytest.fixture(scope="module")
def simulated() -> list[Story]:
    """Stories of the patients with the most stays and waits, and of some others."""
    pair = [sim.load_scenario(name) for name in ("residential_only", "warm_handoff")]
    facts = [replicate(described, 1, 0) for described in pair]
    tables = [{name: getattr(each, name).frame() for name in RECORDS} for each in facts]
    cohort = np.flatnonzero(Observed(facts[1], pair[1]).cohort)
    busy = np.bincount(facts[1].stays["patient"], minlength=cohort[-1] + 1)[cohort]
    chosen = [*cohort[np.argsort(-busy, kind="stable")[:12]], *cohort[::150]]
    labels = (pair[0].name, pair[1].name)
    return [story(tables[0], tables[1], int(patient), labels, 365.0) for patient in chosen]


def test_every_state_has_its_shade_and_its_word(simulated: list[Story]) -> None:
    told = next(each for each in simulated if any(spell.state == "unwell" for spell in each.journeys[0].spells))
    first, second = told.journeys
    partly = tuple(each._replace(state="response") if each.state == "unwell" else each for each in first.spells)
    figure = story_figure(replace(told, journeys=(replace(first, spells=partly), second)))
    assert told.condition.words["in_response"] in [text for text, _ in drawn_texts(figure)]
    check(figure)
    assert len(set(SHADES.values())) == len(SHADES) == len(STATES)


def test_no_text_overlaps_another_or_leaves_the_figure(simulated: list[Story]) -> None:
    for told in simulated:
        check(story_figure(told))


def crowded() -> Story:
    """Many short stays in levels with long names, visits, a death, people who come back, and long labels."""
    described = clinic(emergencies={"crisis": {"unwell": 1.0}})
    stays, waits, day = [], [], 100.0
    for i in range(18):
        level = ("residential", "outpatient", "detox")[i % 3]
        waits.append(wait(0, level, day, day + 1, route="return" if i else "entry"))
        stays.append(stay(0, level, day + 1, day + 2, "dropped_out", route="return" if i else "entry"))
        day += 2.5 if i < 14 else 12
    spells = [(0, "unwell", 100, 110), (0, "well", 110, 150), (0, "setback", 150, 152), (0, "unwell", 152, 195)]
    spells += [(0, "dead", 195, 300)]
    visits = [(0, "crisis", None, float(on), None) for on in (101, 131, 160, 190)]
    facts = records(described, [100.0], stays=stays, waits=waits, spells=spells, emergencies=visits)
    tables = {name: getattr(facts, name).frame() for name in RECORDS}
    attributes = {f"attribute_number_{i}": "a rather long value" for i in range(8)}
    tables["patients"] = tables["patients"].assign(**attributes)
    label = "A scenario whose name goes on and on, since its author wanted to say everything in it"
    return story(tables, tables, 0, (label, label), 100.0)


def test_a_crowded_life() -> None:
    check(story_figure(replace(crowded(), condition=BUILT_IN["depression"])))
    figure = story_figure(crowded())
    check(figure)
    names = [name for name, _ in drawn_texts(figure)]
    assert {"residential", "outpatient", "detox", "dead", "setback", "waiting", "relapse", "comes back"} <= set(names)
    assert "emergency visit" in names
    marks = [line for line in figure.axes[0].lines if line.get_marker() == "P"]
    assert [float(line.get_xdata()[0]) for line in marks] == [1, 31, 60, 90] * 2


def test_one_who_comes_back_through_steps_is_marked_once() -> None:
    named = [{"name": name, "lost_at_once": 0.1} for name in ("call", "assessment")]
    described = clinic().with_overrides({"levels.iop.access": named})
    first = stay(0, "residential", 100, 110)
    steps = [
        (0, "iop", "return", 130, 132, "passed", None, 130, "call"),
        (0, "iop", "return", 132, 135, "passed", None, 130, "assessment"),
        wait(0, "iop", 135, 136, route="return"),
    ]
    spells = [(0, "well", 100, 120), (0, "unwell", 120, 300)]
    facts = records(described, [100.0], stays=[first], waits=[wait(0, "residential", 100, 100), *steps], spells=spells)
    tables = {name: getattr(facts, name).frame() for name in RECORDS}
    figure = story_figure(story(tables, tables, 0, ("one", "other"), 100.0))
    marks = [line for axes in figure.axes for line in axes.lines if line.get_marker() == "^"]
    assert [float(line.get_xdata()[0]) for line in marks] == [30, 30]


def test_the_title_says_what_differs_and_levels_are_named_directly() -> None:
    facts = [
        records(
            clinic(),
            [100.0],
            stays=[stay(0, "residential", 100, 130), *more],
            spells=[(0, "well", 100, until), (0, "unwell", until, 300)],
        )
        for more, until in (((), 140), ([stay(0, "iop", 130, 180, route="step_down")], 186))
    ]
    tables = [{name: getattr(each, name).frame() for name in RECORDS} for each in facts]
    figure = story_figure(story(tables[0], tables[1], 0, ("today", "linked"), 100.0))
    texts = [name for name, _ in drawn_texts(figure)]
    assert "Patient 0: linked to iop, 46 more days well" in texts
    assert texts.count("residential") == 2
    assert texts.count("iop") == 1
    assert {"today", "linked", "well", "unwell", "relapse"} <= set(texts)
    assert "waiting" not in texts
    # Told apart in grey print too.
    hatches = {patch.get_hatch() for patch in figure.axes[0].patches if patch.get_facecolor()[3] > 0}
    assert len(hatches) >= 3


def test_files_are_written_and_the_same_every_time(tmp_path: Path) -> None:
    figures = {name: story_figure(crowded()) for name in ("one", "other")}
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        for name, figure in figures.items():
            write_figure(figure, tmp_path / f"{name}.{kind}")
        written = [(tmp_path / f"{name}.{kind}").read_bytes() for name in figures]
        assert written[0].startswith(start)
        assert written[0] == written[1]
    with pytest.raises(ValueError, match=r"png, \.svg or \.pdf"):
        write_figure(figures["one"], tmp_path / "one.jpg")


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(20, 120)), max_size=10))
def test_labels_above_the_bars_never_cross(labels: list[tuple[float, float]]) -> None:
    labels = sorted(labels)
    placed = arrange(labels, 0.0, 1000.0)
    assert len(placed) == len(labels)
    there = [label for label in placed if label is not None]
    for one, other in combinations(there, 2):
        if one.row == other.row:
            assert one.right <= other.left or other.right <= one.left
        else:
            lower, upper = sorted((one, other), key=lambda label: label.row)
            assert not lower.left < upper.anchor < lower.right
    assert bool(there) == bool(labels)
    if all(b - a > 120 for a, b in pairwise([60.0, *(anchor for anchor, _ in labels), 940.0])):
        assert [label.row for label in there] == [0] * len(labels)
