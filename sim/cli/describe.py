"""Commands that simulate nothing, or only to write a page: what a scenario is, and what can be said about it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.cli.inputs import check_figure, check_page, load
from sim.cli.outputs import save_figure
from sim.cli.speaking import keeping, progress_bar, say, say_json, tell, tell_json, writing
from sim.cli.written_parts import write_or_check

if TYPE_CHECKING:
    from sim.scenario import Scenario

BAD_INPUT = 2


def validate(
    scenarios: list[str],
    as_json: bool = False,
) -> None:
    """Check scenario files: all problems of each, or one line saying that it is sound and on whose evidence."""
    from sim.files.problems import ABSENT
    from sim.outcomes import read_problems, target_problems
    from sim.report.sheets.evidence import homes
    from sim.scenario import Problem, ScenarioError, load_scenario, scenario_warnings
    from sim.scenario.cards import homes_of_cards, numbers_without_card

    problems_of: dict[str, list[Problem]] = {}
    sound: dict[str, Scenario] = {}
    for name in scenarios:
        try:
            scenario = load_scenario(name)
            unread = (*read_problems(scenario), *target_problems(scenario))
            problems_of[name] = [replace(each, source=name) for each in unread] or scenario_warnings(scenario)
            sound[name] = scenario
        except ScenarioError as error:
            problems_of[name] = list(error.problems)
        except Exception as error:  # Whatever is wrong with one file, the others are checked.
            what = f"could not be checked: unexpected {type(error).__name__}: {error} (a mistake of ours)"
            problems_of[name] = [Problem(name, "", ABSENT, what)]
    unsound = {name for name, problems in problems_of.items() if any(each.severity == "error" for each in problems)}
    if as_json:
        keys = ("source", "severity", "path", "message", "hint")
        answer: list[dict[str, Any]] = []
        for name, problems in problems_of.items():
            listed = [{key: getattr(each, key) for key in keys} for each in problems]
            answer.append({"scenario": name, "sound": name not in unsound, "problems": listed})
            if known := sound.get(name):
                answer[-1] |= {"cards": homes_of_cards(known), "without_card": numbers_without_card(known)}
        say_json(answer)
    else:
        for name, problems in problems_of.items():
            for problem in problems:
                say(str(problem) if name in unsound else f"{name}: {problem}")
            if name not in unsound:
                line = f"{name}: sound" + (f", with {len(problems)} warning(s)" if problems else "")
                evidence = homes(sound[name])
                tell(f"{line}; of its numbers {evidence}" if evidence else line)
    if unsound:
        raise typer.Exit(BAD_INPUT)


def draw(
    scenario: str,
    settings: list[str] | None = None,
    figure: Path | None = None,
) -> None:
    """Draw a scenario: its levels as steps, with their places and stays, and the ways between them."""
    from sim.report.pictures.pathway import pathway_figure

    path = figure if figure is not None else Path(f"{Path(scenario).stem}_pathway.svg")
    check_figure(path)
    save_figure(pathway_figure(load([scenario], settings)[0]), path)


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from sim.scenario import json_schema

    say_json(json_schema())


def metrics(
    scenario: str = "base",
    metric: list[str] | None = None,
    as_json: bool = False,
) -> None:
    """List the metrics of a scenario: name, unit, which direction is better, definition."""
    from sim.outcomes import metric_table
    from sim.report.render.json_answers import as_records
    from sim.report.sheets.outcomes import choose_metrics
    from sim.scenario import load_scenario

    described = load_scenario(scenario)
    table = metric_table(described)
    table = table[table["metric"].isin(choose_metrics(metric or ["*"], [described]))]
    if as_json:
        tell_json(as_records(table))
        return
    for row in table.itertuples():
        tell(f"{row.metric} [{row.unit}; {row.direction}]")
        tell(f"    {row.definition}")


def readings(
    out: Path = Path("docs/scenarios.md"),
    check: bool = False,
    psa: Path | None = None,
    workers: int = 1,
) -> None:
    """Write the page of shipped scenarios: question, hypothesis, and a reading of the result in one line each."""
    from sim.experiment.psa.folder import OUTCOME_FILES
    from sim.report.drawn_readings import kept_beside, read_drawn, write_drawn
    from sim.report.readings import drawn_readings_table, readings_page

    check_page(out, check)
    if check and psa is not None:
        raise ValueError("--check writes nothing, so there is nothing to keep with --psa: leave out one of the two")
    beside = kept_beside(out)
    if psa is not None:
        with progress_bar("draws") as progress:
            keeping(psa, f"*/{OUTCOME_FILES}")
            table = drawn_readings_table(psa, workers, progress)
        keeping(None)
        with writing(beside):
            write_drawn(table, beside)
    with progress_bar() as progress:
        page = readings_page(read_drawn(beside), workers, progress)
    write_or_check("readings", out, page, check)
