"""Commands that simulate: one scenario, several against each other, or the best of several."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.inputs import (
    Against,
    All,
    AsJson,
    BaseAndOthers,
    By,
    DayOfChange,
    EveryPair,
    KeepRecords,
    MetricPattern,
    OnCluster,
    OneScenario,
    Out,
    Precise,
    Replications,
    RuleOfLists,
    Seed,
    Setting,
    Store,
    StoredPsa,
    Which,
    WhoseCosts,
    WithReport,
    Workers,
    answers,
    called,
    change_of,
    day_of,
    engine_named,
    labelled,
    load,
    precisions,
    warnings_of,
    who_works,
)
from sim.cli.outputs import save
from sim.cli.report import report_name, write_report
from sim.cli.speaking import amiss, keeping, plainly, progress_bar, say, say_json, say_on_terminal, show
from sim.cli.uncertainty import InOrderOf, OfPsa, Threshold, rank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.experiment.psa import PsaResult
    from sim.experiment.result import Result, Study
    from sim.report.sheets.shown import Value
    from sim.scenario import Scenario

UNDECIDED = 1


def run(
    scenario: OneScenario,
    settings: Setting = None,
    replications: Replications = None,
    precision: Precise = None,
    seed: Seed = 1,
    workers: Workers = 1,
    cluster: OnCluster = None,
    by: By = None,
    out: Out = None,
    store: Store = None,
    keep_records: KeepRecords = False,
    metric: MetricPattern = None,
    engine: Which = "auto",
    whole: All = False,
    as_json: AsJson = False,
) -> None:
    """Simulate one scenario and show its metrics with 95 % intervals."""
    from sim.experiment.result import Study
    from sim.experiment.run import check_numbers
    from sim.experiment.run import run as simulate
    from sim.experiment.study_folder import check_folder
    from sim.report.render.json_answers import of_run
    from sim.report.sheets.outcomes import choose_metrics
    from sim.report.sheets.shown import warned

    described = load([scenario], settings)[0]
    chosen, wanted, force, by_name, *_ = answers(
        lambda: choose_metrics(metric, [described]),
        lambda: precisions(precision),
        lambda: who_works(workers, cluster),
        lambda: engine_named(engine),
        lambda: check_numbers(1 if replications is None else replications, seed, workers),
        partial(check_folder, out) if out is not None else str,
    )
    say_what_is_replaced(out)
    keeping(store, option="--store DIR")
    with progress_bar() as progress:
        how = replications, seed, force, keep_records, by, wanted, progress, store, out
        result = simulate(described, *how, by_name, say_on_terminal)
    if out is not None:
        save(result, out)
    study = Study({Path(scenario).stem: result}, result.reached)
    if as_json:
        warnings = [*warnings_of([scenario], [described], settings), *warned({scenario: result})]
        say_json(of_run(study, chosen, warnings))
    else:
        alone = Study({"": result}, result.reached)
        _show(alone, chosen if metric else None, whole, every_pair=False, by=bool(by))
    _say_reached(result, len(wanted))


def compare(
    scenarios: BaseAndOthers,
    settings: Setting = None,
    replications: Replications = None,
    precision: Precise = None,
    seed: Seed = 1,
    workers: Workers = 1,
    cluster: OnCluster = None,
    by: By = None,
    perspective: WhoseCosts = "society",
    effect: Against = "qaly",
    every_pair: EveryPair = False,
    out: Out = None,
    store: Store = None,
    report: WithReport = False,
    psa: StoredPsa = None,
    keep_records: KeepRecords = False,
    metric: MetricPattern = None,
    change_on: DayOfChange = None,
    lists: RuleOfLists = "carry_over",
    engine: Which = "auto",
    whole: All = False,
    as_json: AsJson = False,
) -> None:
    """Simulate scenarios on the same people with the same luck, and show paired differences from the first: all run as
    that until the day of the change, and from then on as themselves."""
    from sim.experiment import run as running
    from sim.experiment.study_folder import check_folder
    from sim.outcomes import check_perspective, why_not_told
    from sim.report.sheets.outcomes import choose_metrics
    from sim.report.sheets.shown import Value

    if len(scenarios) < 2:
        raise typer.BadParameter("compare needs a baseline and at least one alternative")
    arms = labelled(scenarios, described := load(scenarios, settings))
    chosen, wanted, force, by_name, seen_by, not_told, begins, _, _, _, varied = answers(
        lambda: choose_metrics(metric, described),
        lambda: precisions(precision),
        lambda: who_works(workers, cluster),
        lambda: engine_named(engine),
        lambda: check_perspective(perspective),
        lambda: why_not_told(effect, described),
        lambda: day_of(change_on, lists, arms),
        lambda: running.check_numbers(1 if replications is None else replications, seed, workers),
        partial(check_folder, out) if out is not None else str,
        lambda: _page_beside(out, report),
        lambda: _stored_beside(psa, arms, change_on, lists),
    )
    say_what_is_replaced(out)
    keeping(store, option="--store DIR")
    with progress_bar() as progress:
        how = replications, seed, force, keep_records, by, wanted, progress, store, out
        study = running.compare(arms, *how, begins[0], begins[1], by_name, say_on_terminal)
    _keep(study, out, report, value := Value(effect, seen_by, not_told, varied))
    if as_json:
        _say_comparison(study, chosen, warnings_of(scenarios, described, settings), value, every_pair)
    else:
        _show(study, chosen if metric else None, whole, every_pair, bool(by), value)
    _say_reached(study, len(wanted))


def _say_comparison(study: "Study", chosen: list[str], known: list[str], value: "Value", every_pair: bool) -> None:
    """In JSON. known: warnings that were known before."""
    from sim.report.render.json_answers import of_comparison

    say_json(of_comparison(study, chosen, known, value, every_pair))


def _show(
    study: "Study",
    chosen: list[str] | None,
    whole: bool,
    every_pair: bool,
    by: bool,
    value: "Value | None" = None,
) -> None:
    """What a decision looks at first; or the metrics that were chosen, or everything."""
    from sim.report.sheets.shown import Value, chosen_outcomes, everything, first_look

    first = False
    if chosen is not None:
        parts = chosen_outcomes(study, value or Value(), chosen, every_pair, by)
    elif whole or every_pair or by:
        parts = everything(study, value or Value(), every_pair, by)
    else:
        parts, first = first_look(study, value), True
    for part in parts:
        show(part, short=first)


def select(
    metric: Annotated[str, typer.Argument(help="What the best has more, or less, of: see stepdown metrics.")],
    scenarios: Annotated[list[str] | None, typer.Argument(metavar="SCENARIO", help="Two or more.")] = None,
    settings: Setting = None,
    indifference: Annotated[
        float | None,
        typer.Option(
            help="Smallest difference worth telling, in the metric's unit. [default: 1 % of the first one's mean]",
            show_default=False,
        ),
    ] = None,
    probability: Annotated[float, typer.Option(help="With which the selected one is to be the best.")] = 0.95,
    most: Annotated[int, typer.Option(help="Replications after which it stops undecided.")] = 1_000,
    seed: Seed = 1,
    workers: Workers = 1,
    cluster: OnCluster = None,
    change_on: DayOfChange = None,
    lists: RuleOfLists = "carry_over",
    engine: Which = "auto",
    psa: OfPsa = None,
    by: InOrderOf = "mean",
    threshold: Threshold = None,
    effect: Against = "qaly",
    perspective: WhoseCosts = "society",
    as_json: AsJson = False,
) -> None:
    """Pick the best of several scenarios with a stated probability, on no more replications than that takes.

    Or, with --psa, put those of a stored psa in order: by net benefit or a metric, on average or by the chance of being
    the best. --threshold, --effect and --perspective are of net benefit there.
    """
    if (psa is None) == (not scenarios):
        raise typer.BadParameter("state two or more scenarios, or --psa DIR for those of a stored psa")
    if psa is not None:
        if not rank(psa, metric, by, threshold, effect, perspective, as_json):
            raise typer.Exit(UNDECIDED)
        return
    scenarios = scenarios or []
    from sim.experiment.selection import select as pick
    from sim.report.change import change_line
    from sim.report.render.json_answers import of_selection
    from sim.report.sheets.outcomes import selection_sheet

    described = load(scenarios, settings)
    arms = labelled(scenarios, described) if as_json else called(scenarios, described)
    begins, force, by_name = answers(
        lambda: day_of(change_on, lists, arms), lambda: who_works(workers, cluster), lambda: engine_named(engine)
    )
    with progress_bar() as progress:
        how = indifference, probability, most, seed, force, progress
        selection = pick(arms, metric, *how, begins[0], begins[1], by_name, say_on_terminal)
    change = change_of(arms, begins)
    if as_json:
        say_json(of_selection(selection, metric, change))
    else:
        show(change_line(next(iter(arms)), change))
        show(selection_sheet(selection, metric, described[0]))
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
    matched(stored := load_psa(folder), arms, change_of(arms, day_of(change_on, lists, arms)))
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
