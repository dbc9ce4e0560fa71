"""Commands that tell how sure an answer is with inputs as uncertain as they are: draws, and the worth of knowing."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from sim.cli import inputs as options
from sim.cli.outputs import save_figure
from sim.cli.speaking import keeping, progress_bar, say, say_json, say_on_terminal, show

if TYPE_CHECKING:
    from sim.experiment.psa import PsaResult
    from sim.experiment.psa.result import RankedBy
    from sim.report.sheets.study_value import Trial
    from sim.report.sheets.uncertainty import Population, Worth
    from sim.scenario import Scenario


NAME, LONGEST_NAME = 32, 60
"""Characters of a scenario's name at the head of a column, as in a comparison, and in a picture."""
LEAST_DRAWS = 10
"""Of which anything is told of a decision."""
SIZES = "25,50,100,200,400,800,1600"
"""Observations of a study, unless others are asked for."""
FREE, TOP = "0,0", 15


def psa(
    scenarios: list[str],
    out: Path,
    draws: int | None = None,
    replications: int | None = None,
    prices: int = 1,
    by: list[str] | None = None,
    budget: int | None = None,
    design: Literal["sobol", "latin_hypercube", "random"] = "sobol",
    as_json: bool = False,
    *,
    how: options.Taking,
    value: options.Valuing,
) -> None:
    """Simulate scenarios again for many draws of their inputs: how sure a difference is, and the decision.

    Draws and luck are the same for all scenarios. Ctrl-C keeps what was written.
    """
    from sim.experiment.psa import psa as analyse
    from sim.experiment.psa.folder import OUTCOME_FILES
    from sim.experiment.psa.groups import columns_of_groups
    from sim.experiment.run import check_numbers

    if len(scenarios) < 2:
        raise typer.BadParameter("psa needs a baseline and at least one alternative")
    if budget is not None and (draws or replications):
        raise typer.BadParameter("--budget finds draws and replications itself: state it, or those")
    if draws is not None and draws < LEAST_DRAWS:
        raise typer.BadParameter(f"--draws must be at least {LEAST_DRAWS}: fewer tell nothing of a decision")
    arms = options.labelled(scenarios, options.load(scenarios, how.settings))
    begins, engine, (worth, not_told), *_ = options.answers(
        lambda: how.begins(arms),
        lambda: options.engine_named(how.engine),
        lambda: _worth(value, list(arms.values())),
        lambda: check_numbers(4 if replications is None else replications, how.seed, how.workers),
        lambda: columns_of_groups(arms, by or ()),
    )
    judged = None if worth is None else lambda pilot: pilot.net_benefit(*worth.how)
    counts = 200 if draws is None else draws, 4 if replications is None else replications
    keeping(out, OUTCOME_FILES)
    with progress_bar("draws") as progress:
        heard = progress, say_on_terminal, budget, judged, prices, by or ()
        result = analyse(*(arms, *counts, None, design, how.seed, how.workers, out, *begins, engine, *heard))
    _show_analysed(result, worth, not_told, as_json)
    say(f"wrote {out}; next: stepdown voi {out}" if worth is not None else f"wrote {out}")


def _show_analysed(result: "PsaResult", worth: "Worth | None", not_told: str, as_json: bool) -> None:
    if as_json:
        from sim.report.render.json_answers import of_psa

        say_json(of_psa(result, worth, not_told))
        return
    from sim.report.sheets.uncertainty import psa_parts

    show(*psa_parts(_named(result), worth, not_told))
    if result.groups:
        show("Groups of patients were kept as well: --psa of compare --all and of report tells of them.")


def voi(
    folder: Path,
    group: list[str] | None = None,
    people_per_year: float | None = None,
    years: float = 1.0,
    top: int = TOP,
    show_of: Literal["worth", "plane", "loss", "convergence"] = "worth",
    study: list[str] | None = None,
    sizes: str = SIZES,
    study_cost: str = FREE,
    figure: Path | None = None,
    as_json: bool = False,
    *,
    value: options.Valuing,
) -> None:
    """What it would be worth to know the inputs before deciding, of a stored psa: all, each, groups; or to study some.

    --show loss: what each choice forgoes; convergence: whether more draws would still move the answer.
    """
    from sim.report.sheets.uncertainty import weighed

    _check_asked(show_of, study is not None, group is not None or top != TOP, sizes != SIZES or study_cost != FREE)
    result = _stored(folder)
    described = [result.scenario(label) for label in result.scenarios]
    inputs = list(result.drawn().columns)
    (worth, not_told), groups, trial, *_ = options.answers(
        lambda: weighed(result, *_worth(value, described)),
        lambda: groups_of(group or [], inputs),
        lambda: _trial(result, study or [], sizes, study_cost),
        lambda: options.check_figure(figure),
    )
    if worth is None and show_of != "convergence":
        raise ValueError(not_told)
    population = None if worth is None else _population(result, worth, people_per_year, years)
    shown = result if as_json else _named(result)
    if trial is not None and worth is not None:
        _show_study(shown, worth, trial, population, figure, as_json)
        return
    if worth is not None and show_of in ("worth", "plane"):
        _show_worth(shown, worth, groups, top, population, as_json)
    else:
        _show_other(shown, worth, show_of, as_json)
    if figure is not None:
        _draw(_named(result, LONGEST_NAME), worth, figure, show_of)


def _check_asked(show_of: str, studied: bool, of_inputs: bool, of_study: bool) -> None:
    """BadParameter for options that would say nothing. of_inputs: --group or --top; of_study: --sizes, --study-cost."""
    if studied and (show_of != "worth" or of_inputs):
        raise typer.BadParameter("--study tells of the study alone: leave out --show, --group and --top")
    if of_study and not studied:
        raise typer.BadParameter("--sizes and --study-cost are of a study: state with --study of which input")
    if of_inputs and show_of not in ("worth", "plane"):
        raise typer.BadParameter(f"--show {show_of} tells of no input by itself: leave out --group and --top")


def _stored(folder: Path) -> "PsaResult":
    """The analysis in a folder. BadFolder if there is none; ValueError if it has too few draws to tell anything."""
    from sim.experiment.psa import load_psa

    result = load_psa(folder)
    if len(result.draws) < LEAST_DRAWS:
        raise ValueError(
            f"{folder} has outcomes of fewer than {LEAST_DRAWS} draws ({len(result.draws)}), too few to decide by: let "
            "its psa come to an end, or run stepdown psa with more --draws and another folder"
        )
    return result


def _named(result: "PsaResult", longest: int = NAME) -> "PsaResult":
    """The analysis with its scenarios under their names."""
    from sim.report.sheets.uncertainty import psa_with_names

    return psa_with_names(result, longest)


def _show_worth(
    result: "PsaResult",
    worth: "Worth",
    groups: dict[str, list[str]],
    top: int,
    population: "Population | None",
    as_json: bool,
) -> None:
    from sim.report.sheets.uncertainty import drawn_line, stability_line, value_lines, value_sheet

    everything = result.evpi(*worth.how)
    with progress_bar("inputs") as progress:
        table = result.evppi(*worth.how, groups, progress)
    if as_json:
        from sim.report.render.json_answers import of_voi

        say_json(of_voi(result, worth, everything, table, groups, population))
        return
    show(*value_lines(result, worth, everything, table))
    show(value_sheet(result, worth, everything, table, list(groups), top, population))
    if top:
        show("What --study and --group take for an input stands beside it in a wide terminal, and with --json.")
    show(stability_line(result, worth), drawn_line(result))


def _show_other(result: "PsaResult", worth: "Worth | None", show_of: str, as_json: bool) -> None:
    """Expected losses, or how differences settle."""
    from sim.report.sheets.uncertainty import convergence_sheet, drawn_line, loss_sheet, main_metrics, stability_line

    if as_json:
        from sim.report.render.json_answers import of_analysis

        if worth is not None and show_of == "loss":
            table = result.acceptability(worth.thresholds, *worth.how[1:])
        else:
            table = result.running(main_metrics(result))
        say_json(of_analysis(result, worth, **{show_of: table}))
        return
    show(loss_sheet(result, worth) if worth is not None and show_of == "loss" else convergence_sheet(result, worth))
    if worth is not None:
        show(stability_line(result, worth))
    show(drawn_line(result))


def _show_study(
    result: "PsaResult",
    worth: "Worth",
    trial: "Trial",
    population: "Population | None",
    figure: Path | None,
    as_json: bool,
) -> None:
    from sim.report.sheets.study_value import study_sheet, study_table
    from sim.report.sheets.uncertainty import drawn_line

    table = study_table(result, worth, trial, population)
    if as_json:
        from sim.report.render.json_answers import of_analysis

        say_json(of_analysis(result, worth, study=table))
    else:
        show(study_sheet(result, worth, trial, table, population), drawn_line(result))
    if figure is not None:
        from sim.report.pictures.study_value import study_figure

        save_figure(study_figure(result, worth, trial, table, population), figure)


def _trial(result: "PsaResult", studied: list[str], sizes: str, cost: str) -> "Trial | None":
    """The study that is asked about; None if there is none. Raises ValueError."""
    from math import isfinite, sqrt

    from sim.files.nearest import name_hint
    from sim.report.sheets.study_value import Trial

    if not studied:
        return None
    drawn = result.drawn()
    spreads: dict[str, float] = {}
    for text in studied:
        path, _, spread = text.partition("=")
        if path not in drawn:
            raise ValueError(f"--study: no input {path!r} was drawn. {name_hint(path, list(drawn.columns))}")
        if not spread and not drawn[path].between(0, 1).all():
            raise ValueError(f"--study {path}: state the standard deviation of one observation, as {path}=SD")
        mean = float(drawn[path].mean())
        spreads[path] = _numbers(f"--study {path}", spread, 1)[0] if spread else sqrt(mean * (1 - mean))
    fixed, each = _numbers("--study-cost", cost, 2)
    counts = _numbers("--sizes", sizes)
    if not all(isfinite(n) and n >= 1 and n == int(n) for n in counts):
        raise ValueError(f"--sizes must be whole numbers of at least 1, as {SIZES}, not {sizes}")
    if min(fixed, each) < 0 or not all(0 < spread < float("inf") for spread in spreads.values()):
        raise ValueError("a study costs 0 or more, and one observation has a standard deviation above 0")
    return Trial(spreads, [int(n) for n in sorted(set(counts))], fixed, each)


def _numbers(option: str, text: str, count: int | None = None) -> list[float]:
    """Numbers between commas; ValueError unless so many."""
    try:
        stated = [float(part) for part in text.split(",")]
    except ValueError:
        stated = []
    if not stated or count not in (None, len(stated)):
        wanted = "a number" if count == 1 else f"{count or 'one or more'} numbers, with commas between them"
        raise ValueError(f"{option} takes {wanted}, not {text!r:.80}")
    return stated


def rank(
    folder: Path,
    metric: str,
    by: "RankedBy",
    value: options.Valuing,
    as_json: bool,
) -> bool:
    """Show the scenarios of a stored psa in order; whether its draws are enough for the first to stay so."""
    from sim.experiment.psa.result import NET_BENEFIT
    from sim.outcomes.effects import USUAL_WORTH
    from sim.report.sheets.uncertainty import Worth, drawn_line, ranking_sheet, stability_line, weighed

    result = _stored(folder) if as_json else _named(_stored(folder))
    worth, not_told = weighed(result, *_worth(value, [result.scenario(label) for label in result.scenarios]))
    if worth is None and metric == NET_BENEFIT:
        raise ValueError(not_told)
    worth = worth or Worth(USUAL_WORTH, "qaly", "society")
    sheet = ranking_sheet(result, metric, by, worth)
    running = result.stability(*worth.how, metric, by)
    if as_json:
        from sim.report.render.json_answers import of_ranking

        say_json(of_ranking(result, worth, metric, by))
    else:
        show(sheet, stability_line(result, worth, metric, by), drawn_line(result))
    return running.settled or running.lead == 0


def _draw(result: "PsaResult", worth: "Worth | None", figure: Path, show_of: str) -> None:
    from sim.report.pictures.acceptability import acceptability_figure, loss_figure
    from sim.report.pictures.convergence import convergence_figure
    from sim.report.pictures.draws_plane import draws_plane_figure

    if worth is None or show_of == "convergence":
        save_figure(convergence_figure(result, worth), figure)
    else:
        drawn = {"plane": draws_plane_figure, "loss": loss_figure}.get(show_of, acceptability_figure)
        save_figure(drawn(result, worth), figure)


def _worth(value: options.Valuing, scenarios: "Sequence[Scenario]") -> "tuple[Worth | None, str]":
    """By what the decision is judged; or None, with the reason why nothing can be said of cost and this effect."""
    from sim.outcomes import check_perspective, why_not_told
    from sim.outcomes.effects import USUAL_WORTH
    from sim.report.sheets.uncertainty import Worth

    seen_by = check_perspective(value.perspective)
    if not_told := why_not_told(value.effect, scenarios):
        return None, not_told
    if value.threshold is None and value.effect != "qaly":
        raise ValueError(
            f"state with --threshold what one of the effect {value.effect} is worth; only a QALY has a usual one"
        )
    return Worth(USUAL_WORTH if value.threshold is None else value.threshold, value.effect, seen_by), ""


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


def groups_of(texts: Sequence[str], inputs: list[str]) -> dict[str, list[str]]:
    """The same of all --group options; every problem at once. Raises ValueError."""
    groups: dict[str, list[str]] = {}
    for name, of in options.answers(*(partial(group_of, text, inputs) for text in texts)):
        if name in groups:
            raise ValueError(f"--group {name} is stated twice; name its inputs together: {name}=PATH,PATH")
        groups[name] = of
    return groups


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
