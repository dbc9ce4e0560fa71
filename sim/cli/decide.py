"""Commands that look behind a result: why scenarios differ, what it means for a patient, how long it warms up."""

from pathlib import Path

import typer

from sim.cli import inputs
from sim.cli.outputs import save_figure
from sim.cli.speaking import progress_bar, say_json, say_on_terminal, show, tell, tell_json


def explain(
    base: str,
    alternative: str,
    metric: str,
    replications: int = 10,
    most: int = 12,
    whole_paths: bool = False,
    as_json: bool = False,
    *,
    how: inputs.Taking,
) -> None:
    """Split the difference of a metric by level, reason for leaving, attribute, and change of path."""
    from sim.experiment.explanation import explain as split
    from sim.report.change import change_line
    from sim.report.render.json_answers import of_change, rows_of
    from sim.report.sheets.explanation import explanation_sheets

    described = inputs.load([base, alternative], how.settings)
    arms = (inputs.labelled if as_json else inputs.called)([base, alternative], described)
    (first, second), begins, which = arms, how.begins(arms), inputs.engine_named(how.engine)
    with progress_bar() as progress:
        made = metric, replications, how.seed, how.workers, (first, second), progress, *begins
        explanation = split(described[0], described[1], *made, engine=which, say=say_on_terminal)
    change = inputs.change_of(arms, begins)
    if as_json:
        by = {what: rows_of(explanation.by(what)) for what in ("level", "reason", *explanation.attributes)}
        paths = rows_of(explanation.changed_paths(most, whole_paths))
        about = {"metric": metric, "baseline": first, "alternative": second, "change": of_change(change)}
        say_json({**about, "engine": explanation.engine, "by": by, "changed_paths": paths})
        return
    sheets = explanation_sheets(explanation, *described, most=most, whole_paths=whole_paths)
    show(change_line(first, change), *sheets)


def story(
    base: str,
    alternative: str,
    settings: list[str] | None = None,
    patient: int | None = None,
    most_changed: str | None = None,
    replication: int = 0,
    seed: int = 1,
    engine: str = "auto",
    change_on: str | None = None,
    lists: str = "carry_over",
    figure: Path | None = None,
) -> None:
    """Tell one patient's two journeys side by side: the same person with the same luck in two systems."""
    from sim.report.change import change_line
    from sim.report.story import retell, story_lines

    inputs.check_figure(figure)
    if patient is not None and most_changed is not None:
        raise typer.BadParameter("state --patient or --most-changed, not both")
    described = inputs.load([base, alternative], settings)
    arms = inputs.called([base, alternative], described)
    (first, second), begins, which = arms, inputs.day_of(change_on, lists, arms), inputs.engine_named(engine)
    metric = most_changed or "days_well"
    whose = described[0], described[1], (first, second), patient, metric
    retold = retell(*whose, seed, replication, *begins, which, say_on_terminal)
    for line in story_lines(retold):
        tell(line)
    tell(change_line(first, inputs.change_of(arms, begins)))
    if figure is not None:
        from sim.report.pictures.story_figure import story_figure

        save_figure(story_figure(retold), figure)


def warmup(
    scenario: str,
    settings: list[str] | None = None,
    replications: int = 30,
    seed: int = 1,
    workers: int = 1,
    figure: Path | None = None,
    as_json: bool = False,
) -> None:
    """Estimate how long the system takes to fill, and say whether the scenario's warm-up is long enough."""
    from sim.experiment.run import run as simulate
    from sim.report.render.json_answers import as_records
    from sim.report.sheets.warm_up import warm_up_sheet, warm_up_verdict

    inputs.check_figure(figure)
    described = inputs.load([scenario], settings)[0]
    with progress_bar() as progress:
        result = simulate(described, replications, seed, workers, by=(), progress=progress)
    if as_json:
        tell_json(as_records(result.warm_up()))
    else:
        show(warm_up_sheet(result.warm_up()))
        tell(warm_up_verdict(result.warm_up()))
    if figure is not None:
        from sim.report.pictures.warm_up_figure import warm_up_figure

        save_figure(warm_up_figure(result), figure)
