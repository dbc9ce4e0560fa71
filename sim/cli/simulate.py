"""Commands that simulate: one scenario, several against each other, or the best of several."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.inputs import (
    Against,
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
    Which,
    WhoseCosts,
    WithReport,
    Workers,
    answers,
    change_of,
    day_of,
    engine_named,
    labelled,
    load,
    precisions,
    warnings_of,
    who_works,
)
from sim.cli.machines import of_change, of_comparison, of_run, policies_of
from sim.cli.outputs import save
from sim.cli.report import report_name, write_report
from sim.cli.speaking import amiss, keeping, plainly, progress_bar, rows_of, say, say_json, say_on_terminal, show

if TYPE_CHECKING:
    from sim.experiment.result import Result, Study
    from sim.outcomes import Perspective

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
    as_json: AsJson = False,
) -> None:
    """Simulate one scenario and show its metrics with 95 % intervals."""
    from sim.experiment.result import Study
    from sim.experiment.run import check_numbers
    from sim.experiment.run import run as simulate
    from sim.experiment.study_folder import check_folder
    from sim.report.answers import caveat
    from sim.report.tables import asks_line, choose_metrics, group_tables, summary_table

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
    keeping(store)
    with progress_bar() as progress:
        how = replications, seed, force, keep_records, by, wanted, progress, store, out
        result = simulate(described, *how, by_name, say_on_terminal)
    if out is not None:
        save(result, out)
    if as_json:
        study = Study({Path(scenario).stem: result}, result.reached)
        warnings = [*warnings_of([scenario], [described], settings), *_unrest({scenario: result})]
        say_json(of_run(study, chosen, warnings))
    else:
        _show_first({scenario: result})
        show(caveat(result.replications))
        show(asks_line(result.summary()))
        show(summary_table(result.summary(), chosen))
        for table in group_tables(result.equity(), described, chosen) if by else ():
            show(table)
        if not metric:
            _show_margins(Study({Path(scenario).stem: result}, result.reached))
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
    keep_records: KeepRecords = False,
    metric: MetricPattern = None,
    change_on: DayOfChange = None,
    lists: RuleOfLists = "carry_over",
    engine: Which = "auto",
    as_json: AsJson = False,
) -> None:
    """Simulate scenarios on the same people with the same luck, and show paired differences from the first.

    All run as the first until the day of the change, and from then on as themselves.
    """
    from sim.experiment.run import check_numbers
    from sim.experiment.run import compare as simulate
    from sim.experiment.study_folder import check_folder
    from sim.outcomes import check_perspective, why_not_told
    from sim.report.tables import choose_metrics

    if len(scenarios) < 2:
        raise typer.BadParameter("compare needs a baseline and at least one alternative")
    arms = labelled(scenarios, described := load(scenarios, settings))
    chosen, wanted, force, by_name, seen_by, not_told, begins, *_ = answers(
        lambda: choose_metrics(metric, described),
        lambda: precisions(precision),
        lambda: who_works(workers, cluster),
        lambda: engine_named(engine),
        lambda: check_perspective(perspective),
        lambda: why_not_told(effect, described),
        lambda: day_of(change_on, lists, arms),
        lambda: check_numbers(1 if replications is None else replications, seed, workers),
        partial(check_folder, out) if out is not None else str,
        lambda: _page_beside(out, report),
    )
    say_what_is_replaced(out)
    keeping(store)
    with progress_bar() as progress:
        how = replications, seed, force, keep_records, by, wanted, progress, store, out
        study = simulate(arms, *how, begins[0], begins[1], by_name, say_on_terminal)
    if out is not None and (saved := save(study, out)) is not None and report:
        _write_report_beside(saved, effect, seen_by)
    if as_json:
        warnings = [*warnings_of(scenarios, described, settings), *_unrest(study.results)]
        say_json(of_comparison(study, chosen, warnings, effect, seen_by, every_pair))
    else:
        _show_comparison(study, chosen, every_pair, None if metric else (effect, seen_by, not_told))
    _say_reached(study, len(wanted))


def _show_comparison(
    study: "Study", chosen: Sequence[str], every_pair: bool, money: "tuple[str, Perspective, str] | None"
) -> None:
    """money: what effect it is held against, in whose eyes, and why that is not told, if it is not."""
    _show_differences(study, chosen, every_pair)
    if money is not None:
        _show_gaps_and_money(study, *money)


def _show_first(results: "Mapping[str, Result]") -> None:
    """Before anything that rests on it: whether systems are at rest, and whether they show what is known of them."""
    from rich.markup import escape

    from sim.report.targets import targets_table

    for sentence in _unrest(results):
        show(escape(sentence))
    for label, result in results.items():
        if result.scenario.targets:
            show(targets_table(result.targets(), label if len(results) > 1 else ""))


def _show_differences(study: "Study", chosen: Sequence[str], every_pair: bool) -> None:
    """What is known of each scenario, who asks for care in it, and what differs between them."""
    from rich.markup import escape

    from sim.report.answers import caveat
    from sim.report.change import change_line
    from sim.report.tables import asks_line, difference_tables, lone_table

    _show_first(study.results)
    show(escape(change_line(study.baseline, study.change)))
    for label, policy in policies_of(study).items():
        show(escape(f"{label}: {policy or 'no input differs'}"))
    show(f"{caveat(study.replications)} What is called a difference goes by the p (Holm).")
    for label, result in study.results.items():
        show(f"{escape(label)}: {asks_line(result.summary())}")
    for table in difference_tables(study.differences(every_pair), study.results[study.baseline].scenario, chosen):
        show(table)
    if (lone := lone_table(study.summary(), chosen)) is not None:
        show(lone)


def _show_gaps_and_money(study: "Study", effect: str, perspective: "Perspective", not_told: str) -> None:
    """Gaps between groups of patients, budgets, and what an effect costs: all that is not a chosen metric."""
    import pandas as pd
    from rich.markup import escape

    from sim.report.economics import budget_table, cost_effectiveness_tables
    from sim.report.tables import gap_table

    baseline = study.results[study.baseline].scenario
    show(gap_table(study.gap_changes(), baseline))
    show(budget_table(pd.concat([study.spending(), study.budget_impact("year", by=())]), baseline.currency))
    _show_margins(study)
    for table in [escape(not_told)] if not_told else cost_effectiveness_tables(study, effect, perspective):
        show(table)


def _show_margins(study: "Study") -> None:
    """What is paid, spent and left, where any scenario says what is paid."""
    import pandas as pd

    from sim.report.economics import margin_table

    by_level = study.margins("year", ("level",))
    if len(by_level):
        whole = study.margins("year")
        show(margin_table(pd.concat([by_level, whole]), study.results[study.baseline].scenario.currency))


def select(
    metric: Annotated[str, typer.Argument(help="What the best has more, or less, of: see stepdown metrics.")],
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO", help="Two or more.")],
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
    as_json: AsJson = False,
) -> None:
    """Pick the best of several scenarios with a stated probability, on no more replications than that takes."""
    from rich.markup import escape

    from sim.experiment.selection import select as pick
    from sim.report.change import change_line
    from sim.report.tables import selection_table

    described = load(scenarios, settings)
    arms = labelled(scenarios, described)
    begins, force, by_name = answers(
        lambda: day_of(change_on, lists, arms), lambda: who_works(workers, cluster), lambda: engine_named(engine)
    )
    with progress_bar() as progress:
        how = indifference, probability, most, seed, force, progress
        selection = pick(arms, metric, *how, begins[0], begins[1], by_name, say_on_terminal)
    if as_json:
        known = ("best", "replications", "indifference", "probability")
        say_json(
            {
                "metric": metric,
                **{key: getattr(selection, key) for key in known},
                "change": of_change(change_of(arms, begins)),
                "systems": rows_of(selection.table),
            }
        )
    else:
        show(escape(change_line(next(iter(arms)), change_of(arms, begins))))
        show(selection_table(selection, metric, described[0]))
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


def _write_report_beside(folder: Path, effect: str, perspective: "Perspective") -> None:
    """Write the report on a study that is saved; what was simulated is told and kept, also where that fails."""
    try:
        write_report(folder, _page_beside(folder, report=True), "html", effect, perspective)
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


def _unrest(results: "Mapping[str, Result]") -> list[str]:
    """Of every scenario, that what was measured depends on how long was measured."""
    from sim.report.unrest import unrest

    return [f"{label}: warning: {sentence}" for label, result in results.items() for sentence in unrest(result)]


def _say_reached(result: "Result | Study", asked: int) -> None:
    """Whether each wanted precision was reached, and if not, that it was not."""
    for each in result.reached[:asked]:
        wanted = f"{each.precision.metric} within {each.precision.text}"
        if each.replications is None:
            say(f"NOT reached: {wanted}; {result.replications} replications, the most allowed, are not enough")
        else:
            say(f"reached: {wanted}, after {each.replications} of {result.replications} replications")
