"""Commands that simulate: one scenario, several against each other, or the best of several."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from sim.cli import inputs
from sim.cli.outputs import save
from sim.cli.report import report_name, write_report
from sim.cli.speaking import amiss, keeping, plainly, progress_bar, say, say_json, say_on_terminal, show
from sim.cli.uncertainty import rank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.experiment.psa import PsaResult
    from sim.experiment.result import Result, Study
    from sim.report.sheets.shown import Value
    from sim.scenario import Scenario

UNDECIDED = 1


@dataclass(frozen=True)
class Studying:
    """What is simulated of a study, where it is kept, and what is shown of it; a group of options."""

    settings: list[str] | None = None
    replications: int | None = None
    precision: list[str] | None = None
    seed: int = 1
    workers: int = 1
    cluster: str | None = None
    engine: str = "auto"
    by: list[str] | None = None
    out: Path | None = None
    store: Path | None = None
    keep_records: bool = False
    metric: list[str] | None = None
    whole: bool = False
    as_json: bool = False

    def checks(self, described: "list[Scenario]") -> list[Callable[[], Any]]:
        """What gives the metrics to show, precisions, who works, and engine; then those that only refuse."""
        from sim.analysis import parse_precision
        from sim.experiment.run import check_numbers
        from sim.experiment.study_folder import check_folder
        from sim.report.sheets.outcomes import choose_metrics

        return [
            lambda: choose_metrics(self.metric, described),
            lambda: [parse_precision(text) for text in self.precision or ()],
            lambda: inputs.who_works(self.workers, self.cluster),
            lambda: inputs.engine_named(self.engine),
            lambda: check_numbers(1 if self.replications is None else self.replications, self.seed, self.workers),
            partial(check_folder, self.out) if self.out is not None else str,
        ]


def run(scenario: str, *, how: Studying) -> None:
    """Simulate one scenario and show its metrics with 95 % intervals."""
    from sim.experiment.result import Study
    from sim.experiment.run import run as simulate
    from sim.report.render.json_answers import of_run
    from sim.report.sheets.shown import warned

    described = inputs.load([scenario], how.settings)[0]
    chosen, wanted, force, engine, *_ = inputs.answers(*how.checks([described]))
    say_what_is_replaced(how.out)
    keeping(how.store, option="--store DIR")
    with progress_bar() as progress:
        made = how.replications, how.seed, force, how.keep_records, how.by, wanted, progress, how.store, how.out
        result = simulate(described, *made, engine, say_on_terminal)
    if how.out is not None:
        save(result, how.out)
    if how.as_json:
        study = Study({Path(scenario).stem: result}, result.reached)
        warnings = [*inputs.warnings_of([scenario], [described], how.settings), *warned({scenario: result})]
        say_json(of_run(study, chosen, warnings))
    else:
        _show(Study({"": result}, result.reached), chosen, how)
    _say_reached(result, len(wanted))


def compare(
    scenarios: list[str],
    perspective: str = "society",
    effect: str = "qaly",
    every_pair: bool = False,
    report: bool = False,
    psa: Path | None = None,
    change_on: str | None = None,
    lists: str = "carry_over",
    *,
    how: Studying,
) -> None:
    """Simulate scenarios on the same people with the same luck, and show paired differences from the first: all run as
    that until the day of the change, and from then on as themselves."""
    from sim.experiment.run import compare as simulate
    from sim.outcomes import check_perspective, why_not_told
    from sim.report.render.json_answers import of_comparison
    from sim.report.sheets.shown import Value

    if len(scenarios) < 2:
        raise typer.BadParameter("compare needs a baseline and at least one alternative")
    arms = inputs.labelled(scenarios, described := inputs.load(scenarios, how.settings))
    chosen, wanted, force, engine, _, _, seen_by, not_told, begins, _, varied = inputs.answers(
        *how.checks(described),
        lambda: check_perspective(perspective),
        lambda: why_not_told(effect, described),
        lambda: inputs.day_of(change_on, lists, arms),
        lambda: _page_beside(how.out, report),
        lambda: _stored_beside(psa, arms, change_on, lists),
    )
    say_what_is_replaced(how.out)
    keeping(how.store, option="--store DIR")
    with progress_bar() as progress:
        made = how.replications, how.seed, force, how.keep_records, how.by, wanted, progress, how.store, how.out
        study = simulate(arms, *made, begins[0], begins[1], engine, say_on_terminal)
    _keep(study, how.out, report, value := Value(effect, seen_by, not_told, varied))
    if how.as_json:
        say_json(
            of_comparison(study, chosen, inputs.warnings_of(scenarios, described, how.settings), value, every_pair)
        )
    else:
        _show(study, chosen, how, every_pair, value)
    _say_reached(study, len(wanted))


def _show(
    study: "Study", chosen: list[str], how: Studying, every_pair: bool = False, value: "Value | None" = None
) -> None:
    """What a decision looks at first; or the metrics that were chosen, or everything."""
    from sim.report.sheets.shown import Value, chosen_outcomes, everything, first_look

    if how.metric:
        show(*chosen_outcomes(study, value or Value(), chosen, every_pair, bool(how.by)))
    elif how.whole or every_pair or how.by:
        show(*everything(study, value or Value(), every_pair, bool(how.by)))
    else:
        show(*first_look(study, value), short=True)


def select(
    metric: str,
    scenarios: list[str] | None = None,
    indifference: float | None = None,
    probability: float = 0.95,
    most: int = 1_000,
    cluster: str | None = None,
    psa: Path | None = None,
    by: Literal["mean", "chance"] = "mean",
    as_json: bool = False,
    *,
    how: inputs.Taking,
    value: inputs.Valuing,
) -> None:
    """Pick the best of several scenarios with a stated probability, on no more replications than that takes.

    Or, with --psa, put those of a stored psa in order: by net benefit or a metric, on average or by the chance of being
    the best. --threshold, --effect and --perspective are of net benefit there.
    """
    if psa is not None and scenarios:
        raise typer.BadParameter("--psa DIR ranks the scenarios of that psa: leave out the others, or --psa")
    if psa is None and not scenarios:
        raise typer.BadParameter("state two or more scenarios, or --psa DIR for those of a stored psa")
    if psa is not None:
        if not rank(psa, metric, by, value, as_json):
            raise typer.Exit(UNDECIDED)
        return
    scenarios = scenarios or []
    from sim.experiment.selection import select as pick
    from sim.report.change import change_line
    from sim.report.render.json_answers import of_selection
    from sim.report.sheets.outcomes import selection_sheet

    described = inputs.load(scenarios, how.settings)
    arms = (inputs.labelled if as_json else inputs.called)(scenarios, described)
    begins, force, engine = inputs.answers(
        lambda: how.begins(arms),
        lambda: inputs.who_works(how.workers, cluster),
        lambda: inputs.engine_named(how.engine),
    )
    with progress_bar() as progress:
        stop = indifference, probability, most, how.seed, force, progress
        selection = pick(arms, metric, *stop, begins[0], begins[1], engine, say_on_terminal)
    change = inputs.change_of(arms, begins)
    if as_json:
        say_json(of_selection(selection, metric, change))
    else:
        show(change_line(next(iter(arms)), change), selection_sheet(selection, metric, described[0]))
    if selection.best is None:
        say(f"undecided after {selection.replications} replications: raise --most, or --indifference")
        raise typer.Exit(UNDECIDED)


def _page_beside(out: Path | None, report: bool) -> Path:
    """Where the report of a comparison goes. Raises ValueError, or OSError, where it cannot go anywhere."""
    from sim.files.destinations import check_file

    if out is None:
        if report:
            raise ValueError("--report needs --out: it is written from the folder, and beside it")
        return Path()
    page = Path(os.path.relpath(out.absolute().with_name(report_name(out))))
    if report and page.is_dir():
        raise ValueError(f"{page} is a folder; the report would be written there")
    if report and page.absolute().parent.is_dir():
        check_file(page)
    return page


def _stored_beside(
    folder: Path | None, arms: "Mapping[str, Scenario]", change_on: str | None, lists: str
) -> "PsaResult | None":
    """A stored psa, which must be of these scenarios. Raises ValueError, and BadFolder where there is none."""
    from sim.experiment.psa import load_psa
    from sim.experiment.psa.matching import matched

    if folder is None:
        return None
    matched(stored := load_psa(folder), arms, inputs.change_of(arms, inputs.day_of(change_on, lists, arms)))
    return stored


def _keep(study: "Study", out: Path | None, report: bool, value: "Value") -> None:
    """Save a study, and write its report; what was simulated is told and kept, also where that fails."""
    if out is None or (folder := save(study, out, value.psa)) is None or not report:
        return
    try:
        page = _page_beside(folder, report=True)
        write_report(folder, page, "html", value.effect, value.perspective, psa=value.psa)
    except (OSError, ValueError) as error:
        amiss(f"{plainly(error)}; the study is in {folder}: stepdown report {folder} --out FILE writes its report")


def say_what_is_replaced(out: Path | None) -> None:
    """Name the earlier result that a folder holds, while there is still time to stop."""
    from sim.experiment.manifest import MANIFEST, read_manifest

    if out is None or not (out / MANIFEST).is_file():
        return
    try:
        earlier = read_manifest(out)
    except ValueError:
        say(f"{out}: the result there, of another format or damaged, will be replaced")
        return
    labels = ", ".join(label for label in earlier.scenarios if label)
    what = f"the {earlier.kind}{f' of {labels}' if labels else ''}"
    say(f"{out}: {what} there (seed {earlier.seed}, {earlier.replications} replications) will be replaced")


def _say_reached(result: "Result | Study", asked: int) -> None:
    """Whether each wanted precision was reached, and if not, that it was not."""
    for each in result.reached[:asked]:
        wanted = f"{each.precision.metric} within {each.precision.text}"
        if each.replications is None:
            say(f"NOT reached: {wanted}; {result.replications} replications, the most allowed, are not enough")
        else:
            say(f"reached: {wanted}, after {each.replications} of {result.replications} replications")
