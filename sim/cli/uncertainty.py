"""Commands that tell how sure an answer is with inputs as uncertain as they are: draws, and the worth of knowing."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli.inputs import (
    Against,
    AsJson,
    BaseAndOthers,
    DayOfChange,
    Figure,
    RuleOfLists,
    Seed,
    Setting,
    Which,
    WhoseCosts,
    Workers,
    answers,
    check_figure,
    day_of,
    engine_named,
    labelled,
    load,
)
from sim.cli.speaking import keeping, progress_bar, say, say_json, say_on_terminal, show, writing

if TYPE_CHECKING:
    from sim.experiment.psa import PsaResult
    from sim.report.sheets.uncertainty import Population, Worth
    from sim.scenario import Scenario

USUAL = 100_000.0
"""What a QALY is worth unless something else is stated."""

Threshold = Annotated[
    float | None,
    typer.Option(
        metavar="WORTH",
        help="What one of the effect is worth. [default: 100,000 for a QALY]",
        show_default=False,
        min=0,
    ),
]


def psa(
    scenarios: BaseAndOthers,
    out: Annotated[
        Path, typer.Option(help="Folder for inputs and outcomes of every draw; the same command goes on from there.")
    ],
    draws: Annotated[int, typer.Option(help="Draws of all inputs that have an evidence card with a range.")] = 200,
    replications: Annotated[int, typer.Option(help="Simulated futures of each draw and scenario, at least 2.")] = 4,
    design: Annotated[
        Literal["sobol", "latin_hypercube", "random"], typer.Option(help="How draws fill the space of inputs.")
    ] = "sobol",
    settings: Setting = None,
    seed: Seed = 1,
    workers: Workers = 1,
    change_on: DayOfChange = None,
    lists: RuleOfLists = "carry_over",
    engine: Which = "auto",
    effect: Against = "qaly",
    perspective: WhoseCosts = "society",
    threshold: Threshold = None,
    as_json: AsJson = False,
) -> None:
    """Simulate scenarios again for many draws of their inputs: how sure a difference is, and the decision.

    Draws and luck are the same for all scenarios. Ctrl-C keeps what was written.
    """
    from sim.experiment.psa import psa as analyse
    from sim.experiment.run import check_numbers

    if len(scenarios) < 2:
        raise typer.BadParameter("psa needs a baseline and at least one alternative")
    arms = labelled(scenarios, load(scenarios, settings))
    begins, by_name, (worth, not_told), *_ = answers(
        lambda: day_of(change_on, lists, arms),
        lambda: engine_named(engine),
        lambda: _worth(threshold, effect, perspective, list(arms.values())),
        lambda: check_numbers(replications, seed, workers),
    )
    keeping(out)
    with progress_bar("draws") as progress:
        result = analyse(
            *(arms, draws, replications, None, design, seed, workers, out, *begins, by_name, progress, say_on_terminal)
        )
    keeping(None)
    if as_json:
        from sim.report.render.json_answers import of_psa

        say_json(of_psa(result, worth, not_told))
    else:
        from sim.report.sheets.uncertainty import psa_parts

        for part in psa_parts(result, worth, not_told):
            show(part)
    say(f"wrote {out}; next: stepdown voi {out}" if worth is not None else f"wrote {out}")


def voi(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that stepdown psa wrote.")],
    threshold: Threshold = None,
    effect: Against = "qaly",
    perspective: WhoseCosts = "society",
    group: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PATH,PATH", help="Inputs that would be known together; * in a path stands for anything."
        ),
    ] = None,
    people_per_year: Annotated[
        float | None, typer.Option(help="People a year whom the decision concerns.", show_default=False, min=0)
    ] = None,
    years: Annotated[float, typer.Option(help="Years for which the decision stands.", min=0)] = 1.0,
    top: Annotated[int, typer.Option(help="So many inputs, those worth most.", min=0)] = 15,
    figure: Figure = None,
    plane: Annotated[
        bool, typer.Option("--plane", help="--figure draws the cost-effectiveness plane, not acceptability curves.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What it would be worth to know the inputs before deciding, of a stored psa: all, each, and groups of them."""
    from sim.experiment.psa import load_psa
    from sim.report.sheets.uncertainty import drawn_line, stability_line, value_lines, value_sheet

    result = load_psa(folder)
    described = [result.scenario(label) for label in result.scenarios]
    (worth, not_told), groups, *_ = answers(
        lambda: _worth(threshold, effect, perspective, described),
        lambda: dict(group_of(text, list(result.drawn().columns)) for text in group or []),
        lambda: check_figure(figure),
    )
    if worth is None:
        raise ValueError(not_told)
    population = _population(result, worth, people_per_year, years)
    everything, table = result.evpi(*worth.how), result.evppi(worth.threshold, worth.effect, worth.perspective, groups)
    if as_json:
        from sim.report.render.json_answers import of_voi

        say_json(of_voi(result, worth, everything, table, groups, population))
    else:
        for line in value_lines(result, worth, everything, table):
            show(line)
        show(value_sheet(result, worth, everything, table, list(groups), top, population))
        show(stability_line(result, worth))
        show(drawn_line(result))
    if figure is not None:
        _draw(result, worth, figure, plane)


def _draw(result: "PsaResult", worth: "Worth", figure: Path, plane: bool) -> None:
    from sim.report.pictures.acceptability import acceptability_figure
    from sim.report.pictures.draws_plane import draws_plane_figure
    from sim.report.pictures.figure_file import write_figure

    with writing(figure):
        write_figure((draws_plane_figure if plane else acceptability_figure)(result, worth), figure)


def _worth(
    threshold: float | None, effect: str, perspective: str, scenarios: "Sequence[Scenario]"
) -> "tuple[Worth | None, str]":
    """By what the decision is judged; or None, with the reason why nothing can be said of cost and this effect."""
    from sim.outcomes import check_perspective, why_not_told
    from sim.report.sheets.uncertainty import Worth

    seen_by = check_perspective(perspective)
    if not_told := why_not_told(effect, scenarios):
        return None, not_told
    if threshold is None and effect != "qaly":
        raise ValueError(
            f"state with --threshold what one of the effect {effect} is worth; only a QALY has a usual one"
        )
    return Worth(USUAL if threshold is None else threshold, effect, seen_by), ""


def group_of(text: str, inputs: list[str]) -> tuple[str, list[str]]:
    """Name and inputs of NAME=PATH,PATH. Raises ValueError."""
    from sim.files.nearest import name_hint

    name, _, patterns = text.partition("=")
    if not name.strip() or not patterns.strip():
        raise ValueError(f"--group {text} is not of the form NAME=PATH,PATH; write utilities=utilities.*")
    known: dict[str, None] = {}
    for pattern in map(str.strip, patterns.split(",")):
        fitting = [path for path in inputs if fnmatchcase(path, pattern)]
        if not fitting:
            raise ValueError(f"--group {name}: no input {pattern!r} was drawn. {name_hint(pattern, inputs)}")
        known |= dict.fromkeys(fitting)
    return name.strip(), list(known)


def _population(
    result: "PsaResult", worth: "Worth", people_per_year: float | None, years: float
) -> "Population | None":
    """Whom the decision concerns; None if that is not stated. ValueError where people are counted already."""
    from sim.report.sheets.uncertainty import Population

    if people_per_year is None:
        return None
    baseline = result.scenario(result.scenarios[0])
    if result.view(worth.effect) == "system":
        raise ValueError(
            "places differ, so values are of the whole system in its window already, not of a person: leave out "
            "--people-per-year"
        )
    return Population(people_per_year, years, baseline.discounting.costs)
