"""The command `stepdown`: its commands, and what becomes of errors and interrupts."""

import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from typing import Annotated, NoReturn

import typer

from sim.cli.calibrate import calibrate
from sim.cli.check import check
from sim.cli.decide import explain, story, warmup
from sim.cli.describe import draw, metrics, readings, schema, validate
from sim.cli.export import animate, log
from sim.cli.migrate import migrate
from sim.cli.options import worded
from sim.cli.report import report, stress
from sim.cli.rest import rest
from sim.cli.scenarios import diff, list_scenarios
from sim.cli.sensitivity import sobol, threshold, tornado
from sim.cli.simulate import compare, run, select
from sim.cli.speaking import all_well, begin, plainly, say, say_lines, tell, tell_whole, what_is_left
from sim.cli.starting import new
from sim.cli.store import store
from sim.cli.uncertainty import psa, voi
from sim.cli.web import web_page
from sim.cli.written_parts import doses, horizons, validation

DONE, CHECK_FAILED, BAD_INPUT, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143

app = typer.Typer(
    name="stepdown",
    help="Simulate treatment pathways: residential care, step-down to IOP, outpatient follow-up.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: dict[Callable[..., None], str] = {
    list_scenarios: "The shipped scenarios and what each asks",
    run: "Simulate one scenario: metrics with 95 % intervals",
    compare: "Simulate scenarios with the same luck: differences",
    select: "The best of several, with a stated probability",
    psa: "How sure it is, with the inputs as uncertain",
    voi: "What it is worth to know an input, of a psa",
    tornado: "Which input moves the answer most, by itself",
    threshold: "The value of an input at which it flips",
    sobol: "Each input's share of the uncertainty",
    explain: "Why a metric differs, in parts that add up",
    story: "One patient's two journeys, side by side",
    warmup: "Whether the warm-up is long enough",
    rest: "Write in the former patients of a long run",
    calibrate: "Inputs with which a scenario shows its targets",
    report: "A report for planners, from a stored study",
    stress: "Reporting checklists, filled in: STRESS-DES, CHEERS",
    log: "An event log for process mining, from a study",
    animate: "A page that plays how people move, from a study",
    validate: "Check scenario files: all problems of each",
    draw: "A picture of the levels and the ways between them",
    diff: "How two scenarios differ, input by input",
    new: "Write a scenario file to start from",
    migrate: "Rewrite files of earlier versions for this one",
    metrics: "What the metrics of a scenario mean",
    schema: "JSON Schema of scenario files, for editors",
    check: "Watch results for drift against baselines",
    readings: "Write docs/scenarios.md anew, or check it",
    validation: "Predicted against published results",
    doses: "What longer planned stays do, for docs/model.md",
    horizons: "Answers by warm-up and horizon, for docs/model.md",
    web_page: "The web page, on this machine only",
}
"""The commands in the order of the help, and what it says of them: short enough for one line."""
NAMES: dict[Callable[..., None], str] = {list_scenarios: "list", web_page: "app"}
"""Of those that cannot have the name of their function."""

for command, summary in COMMANDS.items():
    app.command(NAMES.get(command), short_help=summary)(worded(command))
app.add_typer(store)


@app.callback(invoke_without_command=True)
def stepdown(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Simulate treatment pathways for addiction and mental health, and compare ways to run them."""
    if version:
        from sim.files.provenance import version as installed

        tell(f"stepdown {installed()}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        tell_whole(f"{context.get_help()}\n")


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    0 done, 1 a check failed, 2 the input is wrong, 130 interrupted, 143 terminated.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    _open_what_is_closed()
    warnings.showwarning = lambda message, *_, **__: say(f"warning: {message}")
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    debug = "--debug" in arguments
    sys.exit(_run([argument for argument in arguments if argument != "--debug"] if debug else arguments, debug))


def _open_what_is_closed() -> None:
    """Standard streams that whoever started us has closed lead nowhere: libraries expect all three of them."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        # The lowest number that is free: this one, unless something was opened since. Otherwise the next file that is
        # opened would get it, and what a library prints would go into that. Workers inherit it.
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.set_inheritable(nowhere, True)
        setattr(sys, name, open(nowhere, "w" if number else "r", encoding="utf-8"))  # noqa: SIM115 - until the end


def _run(arguments: list[str], debug: bool) -> int:
    begin()
    try:
        status = int(app(args=arguments, prog_name="stepdown", standalone_mode=False) or DONE)
        sys.stdout.flush()
        if not all_well():
            status = BAD_INPUT
    except KeyboardInterrupt:
        status = INTERRUPTED
    except typer.Abort:
        # Ctrl-C at a question: the cursor still stands behind it.
        say("")
        status = INTERRUPTED
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        message = error.format_message().replace("Value error, ", "").rstrip(".")
        say(f"stepdown: {message} (see {context.command_path if context else 'stepdown'} --help)")
        return BAD_INPUT
    except (BrokenPipeError, SystemExit) as stopped:
        if isinstance(stopped, SystemExit) and stopped.code == TERMINATED:
            say(f"terminated; {what_is_left()}")
            return TERMINATED
        # Whoever read our output (head, less) has seen enough. Typer turns a broken pipe into an exit of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    except Exception as error:
        if debug:
            say_lines(traceback.format_exc())
        if isinstance(error, (ChildProcessError, ConnectionError)):
            say_lines(f"stepdown: {plainly(error)}; {what_is_left()}")
            return BAD_INPUT
        if isinstance(error, (ValueError, OSError)):
            say_lines(f"stepdown: {plainly(error)}")
            return BAD_INPUT
        say(f"stepdown: unexpected {type(error).__name__}: {error} (a mistake of ours: --debug shows where)")
        return CHECK_FAILED
    if status == INTERRUPTED:
        say(f"interrupted; {what_is_left()}")
    return status
