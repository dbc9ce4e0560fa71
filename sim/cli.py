"""The command line: thin commands over the public API. Heavy things are imported by the command that needs them."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from sim.scenario import Problem, Scenario

DONE, CHECK_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="stepdown",
    help="Simulate treatment pathways: residential care, step-down to IOP, outpatient follow-up.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Setting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change one value of every scenario, by its dotted path."),
]
Replications = Annotated[int, typer.Option(help="Simulated futures of each scenario.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same result, to the bit.")]
Workers = Annotated[int, typer.Option(help="Processes to use; 0 is one for each core. Never changes a number.")]
Out = Annotated[Path | None, typer.Option(help="Folder for manifest, tables and records.", show_default=False)]
KeepRecords = Annotated[bool, typer.Option("--keep-records", help="Write patients, stays, waits and spells as well.")]
Metric = Annotated[
    list[str] | None,
    typer.Option("--metric", metavar="NAME", help="Metric to show; * stands for anything. Default: the main ones."),
]


@app.callback(invoke_without_command=True)
def stepdown(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Simulate treatment pathways for addiction and mental health, and compare ways to run them."""
    if version:
        from importlib import metadata

        typer.echo(f"stepdown {metadata.version('stepdown')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a shipped scenario.")],
    settings: Setting = None,
    replications: Replications = 30,
    seed: Seed = 1,
    workers: Workers = 1,
    out: Out = None,
    keep_records: KeepRecords = False,
    metric: Metric = None,
) -> None:
    """Simulate one scenario and show its metrics with 95 % intervals."""
    from sim.experiment import run as simulate
    from sim.experiment.store import check_folder
    from sim.report.tables import summary_table

    described = _load([scenario], settings)[0]
    chosen = _chosen_metrics(metric, [described])
    if out is not None:
        check_folder(out)
    with _progress() as progress:
        result = simulate(described, replications, seed, workers, keep_records, progress)
    _show(summary_table(result.summary(), chosen))
    if out is not None:
        result.save(out)
        _say(f"wrote {out}")


@app.command()
def compare(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="BASE ALT...", help="Two or more; the first is the baseline.")
    ],
    settings: Setting = None,
    replications: Replications = 30,
    seed: Seed = 1,
    workers: Workers = 1,
    out: Out = None,
    keep_records: KeepRecords = False,
    metric: Metric = None,
) -> None:
    """Simulate scenarios on the same people with the same luck, and show paired differences from the first."""
    from sim.experiment import compare as simulate
    from sim.experiment.store import check_folder
    from sim.report.tables import cost_effectiveness, difference_tables

    if len(scenarios) < 2:
        raise typer.BadParameter("compare needs a baseline and at least one alternative")
    described = _load(scenarios, settings)
    chosen = _chosen_metrics(metric, described)
    if out is not None:
        check_folder(out)
    with _progress() as progress:
        study = simulate(_labelled(scenarios, described), replications, seed, workers, keep_records, progress)
    for table in difference_tables(study.differences(), described[0], chosen):
        _show(table)
    _show(cost_effectiveness(study.cost_effectiveness(), described[0].currency))
    if out is not None:
        study.save(out)
        _say(f"wrote {out}")


@app.command()
def validate(
    scenarios: Annotated[list[str], typer.Argument(help="Scenario files, or names of shipped scenarios.")],
) -> None:
    """Check scenario files: all problems of each, or one line saying that it is sound."""
    from sim.scenario import ScenarioError, load_scenario, scenario_warnings

    failed = False
    for name in scenarios:
        try:
            scenario = load_scenario(name)
        except ScenarioError as error:
            failed = True
            _say(str(error))
            continue
        warnings = scenario_warnings(scenario)
        for warning in warnings:
            _say(f"{name}: {warning}")
        typer.echo(f"{name}: sound" + (f", with {len(warnings)} warning(s)" if warnings else ""))
    if failed:
        raise typer.Exit(BAD_INPUT)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    import json

    from sim.scenario import json_schema

    typer.echo(json.dumps(json_schema(), indent=1))


@app.command()
def metrics(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of a shipped scenario.")] = "base",
) -> None:
    """List the metrics of a scenario: name, unit, which direction is better, definition."""
    from sim.outcomes import metric_table
    from sim.scenario import load_scenario

    for row in metric_table(load_scenario(scenario)).itertuples():
        typer.echo(f"{row.metric} [{row.unit}; {row.direction}]\n    {row.definition}")


@app.command()
def readings(
    out: Annotated[Path, typer.Argument(help="The page to write.")] = Path("docs/scenarios.md"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if the page is out of date.")] = False,
    workers: Workers = 1,
) -> None:
    """Write the page of shipped scenarios: question, hypothesis, and a reading of the result in one line each."""
    from sim.report.readings import readings_page

    with _progress() as progress:
        page = readings_page(workers, progress)
    if not check:
        out.write_text(page, encoding="utf-8")
        _say(f"wrote {out}")
    elif not out.exists() or out.read_text(encoding="utf-8") != page:
        _say(f"{out} is out of date; write it anew with: stepdown readings {out}")
        raise typer.Exit(CHECK_FAILED)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 done, 1 a check failed, 2 the input is wrong, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    sys.exit(_run([argument for argument in arguments if argument != "--debug"] if debug else arguments, debug))


def _run(arguments: list[str], debug: bool) -> int:
    try:
        status = int(app(args=arguments, prog_name="stepdown", standalone_mode=False) or DONE)
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except typer.TyperException as error:
        _say(f"stepdown: {error.format_message()} (see stepdown --help)")
        return BAD_INPUT
    except (BrokenPipeError, SystemExit):
        # Whoever read our output (head, less) has seen enough. Typer turns a broken pipe into an exit of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    except Exception as error:
        if debug:
            traceback.print_exc()
        if isinstance(error, (ValueError, OSError)):
            _say(f"stepdown: {_plainly(error)}")
            return BAD_INPUT
        _say(f"stepdown: unexpected {type(error).__name__}: {error} (a mistake of ours: --debug shows where)")
        return CHECK_FAILED
    if status == INTERRUPTED:
        _say("interrupted; nothing was written")
    return status


def _plainly(error: Exception) -> str:
    """The text of an error; of one from the operating system without its number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _load(names: list[str], settings: list[str] | None) -> "list[Scenario]":
    """The scenarios with every setting applied; the problems of all of them at once."""
    from dataclasses import replace

    from sim.scenario import ScenarioError, load_scenario, parse_setting, scenario_warnings

    loaded: list[Scenario] = []
    problems: list[Problem] = []
    changes: dict[str, Any] = {}
    for setting in settings or []:
        try:
            changes.update([parse_setting(setting)])
        except ScenarioError as error:
            problems.extend(error.problems)
    for name in names:
        try:
            scenario = load_scenario(name)
            loaded.append(scenario.with_overrides(changes) if changes else scenario)
        except ScenarioError as error:
            problems.extend(
                replace(p, source=f"{name} with --set") if p.source == "override" else p for p in error.problems
            )
    if problems:
        raise ScenarioError(problems)
    for scenario, name in zip(loaded, names, strict=True):
        for warning in scenario_warnings(scenario):
            _say(f"{name}: {warning}")
    return loaded


def _labelled(names: list[str], scenarios: "list[Scenario]") -> "dict[str, Scenario]":
    """Scenarios by the stem of their file; the second and later of one stem get a number."""
    labelled: dict[str, Scenario] = {}
    for name, scenario in zip(names, scenarios, strict=True):
        stem = label = Path(name).stem
        number = 2
        while label in labelled:
            label, number = f"{stem} ({number})", number + 1
        labelled[label] = scenario
    return labelled


def _chosen_metrics(patterns: list[str] | None, scenarios: "list[Scenario]") -> list[str]:
    from sim.report.tables import choose_metrics

    return choose_metrics(patterns, scenarios)


@contextmanager
def _progress() -> Iterator[Any]:
    """A progress bar on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("replications"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show(table: Any) -> None:
    from rich.console import Console

    # In a pipe there is no width to respect: nothing is cut or wrapped.
    Console(width=None if sys.stdout.isatty() else 10_000, highlight=False).print(table)


def _say(line: str) -> None:
    typer.echo(line, err=True)
