"""The smallest and emptiest studies: every page, picture, log and film works, or leaves out what cannot be drawn."""

import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import exponential, fixed, scenario

import sim
from sim import cli
from sim.report.pictures.figure_file import write_figure
from sim.report.pictures.story_figure import story_figure
from sim.report.pictures.warm_up_figure import warm_up_figure
from sim.report.sheets.warm_up import warm_up_sheet, warm_up_verdict
from sim.report.story import retell, story_lines
from sim.scenario import Scenario

WARD = {
    "places": ["beds"],
    "length_of_stay": exponential(8),
    "patience": exponential(6),
    "cost_per_day": 100.0,
    "next": [{"to": "iop", "probability": 0.5}],
}
LEVELS = {"ward": WARD, "iop": {"length_of_stay": exponential(10), "cost_per_day": 30.0}}
HEALTH: dict[str, Any] = {
    "relapse": {"median_days": 40.0, "shape": 0.7},
    "death": {"in_care": 50.0, "well": 50.0, "unwell": 200.0},
    "utilities": {"well": 0.9, "setback": 0.8, "unwell": 0.6},
    "population": {"severity": {"mild": 0.4, "severe": 0.6}},
}
AT_ONCE = {"death": {"in_care": 1e5, "well": 1e5, "unwell": 1e5}}


def days(warm_up: float, recruitment: float, follow_up: float) -> dict[str, float]:
    return {"warm_up_days": warm_up, "recruitment_days": recruitment, "follow_up_days": follow_up}


def ward(time: dict[str, float], beds: int = 2, **parts: Any) -> Scenario:
    return scenario(LEVELS, {"beds": beds}, time=time, **{**HEALTH, **parts})


def one(level: dict[str, Any], name: str = "ward", **parts: Any) -> Scenario:
    return scenario({name: {"length_of_stay": exponential(8), **level}}, time=days(0, 6, 4), **parts)


def cohort(size: int, follow_up: float) -> Scenario:
    return ward({"follow_up_days": follow_up}, arrivals={"closed_cohort": size})


STUDIES: dict[str, Callable[[], list[Scenario]]] = {
    "half a day of follow-up, two scenarios": lambda: [ward(days(5.5, 10, 0.5)), ward(days(5.5, 10, 0.5), 4)],
    "less than a day in all": lambda: [ward(days(0, 0.25, 0.1))],
    "a closed cohort of nobody": lambda: [cohort(0, 20)],
    "a closed cohort of one, half a day": lambda: [cohort(1, 0.5)],
    "nobody arrives in one of two": lambda: [ward(days(0, 2, 5), arrivals={"per_day": 0.0001}), ward(days(0, 2, 5))],
    "no places": lambda: [ward(days(0, 6, 4), 0)],
    "nobody comes": lambda: [one({"no_show": 1.0}, **HEALTH)],
    "no relapse, death, utilities, places or costs": lambda: [one({})],
    "all die at once": lambda: [ward(days(0, 6, 4), **AT_ONCE)],
    "stays of no time": lambda: [one({"length_of_stay": fixed(0.001)}, **HEALTH)],
    "people of day 0 alone": lambda: [
        ward(days(0, 5, 3), arrivals={"per_day": 0.0}, initial={"ward": {"in_care": 1, "waiting": 1}})
    ],
    "disjoint levels": lambda: [one({}, **HEALTH), one({}, "clinic", **HEALTH)],
}
"""One scenario, or two to compare."""


@pytest.fixture(scope="module", autouse=True)
def _apart(tmp_path_factory: pytest.TempPathFactory) -> Any:
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("smallest"))
    yield
    os.chdir(before)


def command(*arguments: str) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(list(arguments))
    assert left.value.code == 0, arguments


@pytest.mark.parametrize("name", STUDIES)
def test_everything_can_be_made_of_it(name: str) -> None:
    arms = dict(zip("ab", STUDIES[name](), strict=False))
    folder = name.replace(" ", "_").replace(",", "")
    # One replication where there is one scenario: what has no interval is the emptiest of all.
    study = sim.compare(arms, replications=len(arms), keep_records=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if len(arms) == 1:
            sim.run(arms["a"], replications=1, keep_records=True).save(folder)
        else:
            study.save(folder)
        command("report", folder, "--format", "markdown")
        command("stress", folder, "--out", f"{folder}.md")
        command("animate", folder)
        for kind in ("csv", "xes", "ocel"):
            command("log", folder, "--format", kind, "--setbacks")
        for result in study.results.values():
            warm_up_sheet(result.warm_up())
            assert "nan" not in warm_up_verdict(result.warm_up())
            warm_up_figure(result)
            assert len(result.ledger().columns) == 8
            assert "nan" not in result._repr_html_()
    assert not re.search(r"\bnan\b", Path(f"{folder}_report.md").read_text(encoding="utf-8").lower())


def test_what_is_left_out_is_said_with_its_reason() -> None:
    sim.run(ward(days(0, 3, 0.5)), replications=1, keep_records=True).save("short")
    command("report", "short", "--format", "markdown", "--figures", "figures", "--figure-format", "png")
    assert len(list(Path("figures").iterdir())) >= 4
    text = Path("short_report.md").read_text(encoding="utf-8").replace("\\", "")
    said = "since nobody is followed for a whole day (time.follow_up_days): staying in care and relapse and where"
    assert said in text
    sim.run(cohort(0, 20), replications=1, keep_records=True).save("nobody")
    command("report", "nobody", "--format", "markdown")
    text = Path("nobody_report.md").read_text(encoding="utf-8")
    assert "since nobody asked for care for the first time while it was measured: staying in care and relapse" in text


def test_a_story_of_nobody_is_refused_and_the_shortest_is_told() -> None:
    with pytest.raises(ValueError, match="nobody is in both arms"):
        retell(cohort(0, 20), cohort(0, 20), ("a", "b"))
    told = retell(cohort(1, 0.5), cohort(1, 0.5), ("a", "b"))
    assert list(story_lines(told))
    write_figure(story_figure(told), "story.svg")
