"""The command itself: its help, its exit status, and what becomes of errors, interrupts and closed streams."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from cli.commands import FILES, Command, files, refused
from processes import PROGRAM, PROGRAM_OF_SEVERAL, finish, members, on_linux, on_posix, start, workers
from support import PATIENCE, WARD, wait_until


def test_version_and_help(stepdown: Command) -> None:
    from importlib.metadata import version

    assert stepdown("--version") == (0, f"stepdown {version('stepdown')}\n", "")
    for arguments in ((), ("--help",), ("-h",)):
        spoken = stepdown(*arguments)
        assert (spoken.status, spoken.err) == (0, "")
        assert spoken.out.startswith("Usage: stepdown")
    assert "--replications" in stepdown("run", "--help").out


def test_the_help_cuts_no_summary_of_a_command(stepdown: Command) -> None:
    spoken = stepdown("--help").out
    commands = spoken[spoken.index("Commands:") :].splitlines()[1:]
    assert len([line for line in commands if line.strip()]) > 20
    assert not any("..." in line for line in commands)
    assert all(len(line) < 80 for line in commands)


def test_commands_that_do_not_exist_or_lack_something(stepdown: Command) -> None:
    refused(stepdown("rnu", "ward.toml"), "rnu", "stepdown --help")
    refused(stepdown("run"), "Missing argument", "stepdown run --help")
    refused(stepdown("compare", "ward.toml"), "a baseline and at least one alternative")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "folder"), "folder: is a folder, not a scenario"),
        (("run", "clinic.toml", "--out", "afile/x"), "afile is a file"),
        (
            ("report", "out", "--format", "pdf"),
            "'--format': 'pdf' is not one of 'html', 'markdown' (see stepdown report",
        ),
        (("run",), "(see stepdown run --help)"),
        (("store", "foo"), "(see stepdown store --help)"),
        (("foo",), "(see stepdown --help)"),
        (("run", "clinic.toml", "--workers", "2", "--cluster", "head:8786"), "state one of the two"),
        (("compare", "clinic.toml", "wider.toml", "--cluster", "dask"), "--cluster must be the address of a dask"),
        (("select", "days_well", "clinic.toml", "wider.toml", "--cluster", "8786"), "as tcp://head:8786, not '8786'"),
        (("run", "hybrid", "--by", "severity,housing"), "Did you mean 'severity x housing'?"),
        (("explain", "clinic.toml", "wider.toml", "days_wel"), "Did you mean days_well?"),
        (
            ("explain", "clinic.toml", "wider.toml", "foo"),
            "no metric 'foo'. Those that can be split: retention.30_days",
        ),
    ],
)
def test_a_mistake_is_told_as_what_it_is(stepdown: Command, arguments: tuple[str, ...], message: str) -> None:
    Path("folder").mkdir()
    Path("afile").touch()
    spoken = stepdown(*arguments)
    assert spoken.status == 2
    assert message in spoken.err
    assert "Value error" not in spoken.err
    assert "{level}" not in spoken.err
    assert len(spoken.err.strip().splitlines()) == 1


def test_debug_shows_the_traceback_too(stepdown: Command) -> None:
    spoken = stepdown("--debug", "run", "wrad.toml")
    assert spoken.status == 2
    assert "Traceback" in spoken.err
    assert spoken.err.splitlines()[-1].startswith("stepdown: wrad.toml: there is no such file")


def test_a_mistake_of_ours_is_one_line_too(stepdown: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("sim.experiment.replications.replicate", fail)
    spoken = stepdown("run", "ward.toml")
    assert (spoken.status, spoken.out) == (1, "")
    assert spoken.err.splitlines() == [
        "stepdown: unexpected ZeroDivisionError: division by zero (a mistake of ours: --debug shows where)"
    ]
    assert "Traceback" in stepdown("run", "ward.toml", "--debug").err


BUSY = ("--set", "arrivals.per_day=60", "--set", "places.beds.capacity=900")
STORED = "with --store DIR what is finished is kept"
LONG = ("run", "ward.toml", *BUSY, "--replications", "100000", "--out", "out", "--engine", "simpy")


def test_a_process_says_the_same(folder: Path) -> None:
    assert finish(start((*PROGRAM, "validate", "ward.toml"), folder)) == (0, "ward.toml: sound\n", "")
    spoken = finish(start((*PROGRAM, "run", "gone.toml"), folder))
    assert (spoken.status, spoken.out) == (2, "")
    assert spoken.err.startswith("stepdown: gone.toml: there is no such file")


def test_a_reader_who_has_seen_enough_is_no_error(folder: Path) -> None:
    """As `stepdown schema | head -1`, where head is gone before anything is written."""
    process = start((*PROGRAM, "schema"), folder)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(PATIENCE) == 0


@on_linux
@pytest.mark.parametrize("moment", [0.0, 0.2, 1.5])
def test_ctrl_c_in_a_parallel_run(folder: Path, moment: float) -> None:
    """At once when the workers are started, while they are starting, and in the middle of their work."""
    process = start((*PROGRAM, *LONG, "--workers", "2"), folder)
    wait_until(lambda: len(workers(process)) == 2)
    time.sleep(moment)
    os.killpg(process.pid, signal.SIGINT)
    assert finish(process) == (130, "", f"interrupted; nothing was written; {STORED}\n")
    wait_until(lambda: not members(process))
    assert files(folder) == set(FILES)


@on_linux
def test_ctrl_c_in_a_serial_run(folder: Path) -> None:
    process = start((*PROGRAM, *LONG), folder)
    # The command is under way when it has loaded what it needs.
    wait_until(lambda: "pandas" in Path(f"/proc/{process.pid}/maps").read_text())
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    assert finish(process) == (130, "", f"interrupted; nothing was written; {STORED}\n")
    assert files(folder) == set(FILES)


@on_linux
def test_an_answer_that_cannot_be_written_says_so(folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run((*PROGRAM, "list"), cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 2
    assert ended.stderr.startswith("stepdown: standard output: No space left on device: make room, or send")


@on_linux
def test_a_killed_worker_is_one_clear_line(folder: Path) -> None:
    process = start((*PROGRAM, *LONG, "--workers", "2"), folder)
    wait_until(lambda: len(workers(process)) == 2)
    time.sleep(1.5)
    os.kill(workers(process)[0], signal.SIGKILL)
    spoken = finish(process)
    refused(spoken, "stepdown: a worker process was killed, most likely for lack of memory; with fewer workers")
    assert spoken.err.endswith(f"; nothing was written; {STORED}\n")
    wait_until(lambda: not members(process))
    assert files(folder) == set(FILES)


NAMES = 'name = "病房 🏥 été"\n'
"""Signs that the font which comes with matplotlib lacks."""


def lay_out(folder: Path) -> None:
    lines = [line for line in WARD.splitlines(keepends=True) if not line.startswith("name =")]
    for name in ("病房.toml", "更多.toml"):
        (folder / name).write_text(NAMES + "".join(lines), encoding="utf-8")


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    lay_out(tmp_path)
    return tmp_path


def spoken(folder: Path, *arguments: str, closed: str = "", **environment: str) -> tuple[int, str, str]:
    """Status and what is said by commands that a shell starts, ";" between them, with some of its streams closed."""
    command = f'"$@" {closed}'
    process = subprocess.run(
        ["sh", "-c", command, "sh", *PROGRAM_OF_SEVERAL, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return process.returncode, process.stdout, process.stderr


RUN = ("run", "病房.toml", "--replications", "2")
SEVERAL = ("--help", ";", "draw", "病房.toml", "--figure", "way.png", ";", *RUN)


def whole(folder: Path) -> dict[str, bytes]:
    """What is in a folder of a study, but for when it was made."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}


@pytest.fixture(scope="module")
def as_usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run writes whose streams are open."""
    folder = tmp_path_factory.mktemp("usual")
    lay_out(folder)
    assert finish(start((*PROGRAM, *RUN, "--out", "whole"), folder)).status == 0
    return whole(folder / "whole")


@on_posix
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_fault(odd: Path, as_usual: dict[str, bytes], closed: str) -> None:
    """The first file that is opened must not take the place of standard output."""
    run = (*RUN, "--workers", "2", "--out", "closed")
    status, _, err = spoken(odd, *run, ";", "list", ";", "--help", ";", "new", "ours.toml", closed=closed)
    assert status == 0, err
    assert "mistake of ours" not in err
    assert whole(odd / "closed") == as_usual
    assert (odd / "ours.toml").read_text(encoding="utf-8").startswith("#")


@on_posix
def test_an_error_is_one_though_nobody_hears_it(odd: Path) -> None:
    assert spoken(odd, "run", "gone.toml", closed=">&- 2>&-") == (2, "", "")


@on_posix
def test_warnings_as_errors_stop_no_command(odd: Path) -> None:
    """Figures are made also of names for which the font has no signs."""
    two = ("病房.toml", "更多.toml")
    commands = (
        ("compare", *two, "--replications", "2", "--keep-records", "--out", "out"),
        ("report", "out", "--figures", "pictures"),
        ("draw", two[0], "--figure", "way.png"),
        ("draw", two[0], "--figure", "way.pdf"),
        ("story", *two, "--figure", "story.svg"),
        ("warmup", two[0], "--replications", "2", "--figure", "filling.png"),
        ("animate", "out"),
        ("log", "out", "--format", "xes"),
        ("stress", two[0]),
        ("validate", *two),
        ("metrics", two[0]),
        ("list",),
        (*RUN, "--workers", "2", "--store", "store"),
        ("store", "verify", "store"),
    )
    several = [word for arguments in commands for word in (*arguments, ";")][:-1]
    status, _, err = spoken(odd, *several, PYTHONWARNINGS="error")
    assert status == 0, err
    assert "Glyph" not in err
    assert (odd / "way.png").stat().st_size > 1_000


@on_posix
@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "dumb", "NO_COLOR": "1", "LANG": "xx", "LC_ALL": "xx"},
        {"HOME": "/nowhere", "TMPDIR": "/nowhere", "MPLCONFIGDIR": "/proc/nowhere"},
    ],
    ids=str,
)
def test_an_odd_environment_is_no_fault(odd: Path, environment: dict[str, str]) -> None:
    status, _, err = spoken(odd, *SEVERAL, **environment)
    assert status == 0, err
    assert "Traceback" not in err


@pytest.mark.parametrize("columns", ["0", "1", "-5", "garbage"])
def test_an_odd_width_of_the_terminal_is_no_fault(odd: Path, columns: str) -> None:
    status, _, err = finish(start((*PROGRAM_OF_SEVERAL, *SEVERAL), odd, COLUMNS=columns))
    assert status == 0, err
    assert "Traceback" not in err
