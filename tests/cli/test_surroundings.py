"""Commands where standard streams are closed, warnings are errors, and the environment is odd."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.test_cli import PROGRAM, WARD
from support import PATIENCE

from sim.files.whole_files import whole_file

NAMES = 'name = "病房 🏥 été"\n'
"""Signs that the font which comes with matplotlib lacks."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [line for line in WARD.splitlines(keepends=True) if not line.startswith("name =")]
    (tmp_path / "病房.toml").write_text(NAMES + "".join(lines), encoding="utf-8")
    (tmp_path / "更多.toml").write_text(NAMES + "".join(lines), encoding="utf-8")
    return tmp_path


def spoken(folder: Path, *arguments: str, closed: str = "", **environment: str) -> tuple[int, str, str]:
    """Status and what is said by a command that a shell starts, with some of its streams closed."""
    command = f'"$@" {closed}'
    process = subprocess.run(
        ["sh", "-c", command, "sh", *PROGRAM, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return process.returncode, process.stdout, process.stderr


on_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
RUN = ("run", "病房.toml", "--replications", "2")


@on_posix
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("arguments", [("list",), ("--help",), (*RUN, "--workers", "2"), ("new", "ours.toml")])
def test_closed_streams_are_no_fault(folder: Path, closed: str, arguments: tuple[str, ...]) -> None:
    status, _, err = spoken(folder, *arguments, closed=closed)
    assert status == 0, err
    assert "mistake of ours" not in err
    if arguments[0] == "new":
        assert (folder / "ours.toml").read_text(encoding="utf-8").startswith("#")


@on_posix
def test_an_error_is_one_though_nobody_hears_it(folder: Path) -> None:
    assert spoken(folder, "run", "gone.toml", closed=">&- 2>&-") == (2, "", "")


@on_posix
def test_what_is_written_with_closed_streams_is_whole(folder: Path) -> None:
    """The first file that is opened must not take the place of standard output."""
    (folder / "ward.toml").write_text(WARD, encoding="utf-8")
    whole, closed = (*RUN, "--out", "whole"), (*RUN, "--out", "closed", "--workers", "2")
    assert spoken(folder, *whole)[0] == 0
    assert spoken(folder, *closed, closed="<&- >&- 2>&-")[0] == 0
    names = sorted(path.name for path in (folder / "whole").iterdir() if path.name != "manifest.json")
    for name in names:
        assert (folder / "whole" / name).read_bytes() == (folder / "closed" / name).read_bytes(), name


@on_posix
def test_warnings_as_errors_stop_no_command(folder: Path) -> None:
    """Figures are made also of names for which the font has no signs."""
    two = ("病房.toml", "更多.toml")
    commands = (
        (*("compare", *two, "--replications", "2", "--keep-records", "--out", "out"), "--report"),
        ("report", "out", "--format", "markdown", "--figures", "pictures"),
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
    for arguments in commands:
        status, _, err = spoken(folder, *arguments, PYTHONWARNINGS="error")
        assert status == 0, (arguments, err)
        assert "Glyph" not in err
    assert (folder / "way.png").stat().st_size > 1_000


@on_posix
@pytest.mark.parametrize(
    "environment",
    [
        *({"COLUMNS": columns} for columns in ("0", "1", "-5", "garbage")),
        {"TERM": "dumb", "NO_COLOR": "1", "LANG": "xx", "LC_ALL": "xx"},
        {"HOME": "/nowhere", "TMPDIR": "/nowhere", "MPLCONFIGDIR": "/proc/nowhere"},
    ],
    ids=str,
)
def test_an_odd_environment_is_no_fault(folder: Path, environment: dict[str, str]) -> None:
    for arguments in (("--help",), ("draw", "病房.toml", "--figure", "way.png"), RUN):
        status, _, err = spoken(folder, *arguments, **environment)
        assert status == 0, err
        assert "Traceback" not in err


@pytest.fixture
def narrow() -> Iterator[tuple[int, int]]:
    if sys.platform == "win32":
        pytest.skip("needs a pseudo-terminal")
    import pty

    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)


@pytest.mark.parametrize("columns", [0, 1, 5])
def test_a_terminal_that_is_hardly_there(folder: Path, narrow: tuple[int, int], columns: int) -> None:
    import fcntl
    import struct
    import termios

    ours, theirs = narrow
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen([*PROGRAM, *RUN], cwd=folder, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert process.wait(PATIENCE) == 0, shown.decode()


@pytest.mark.parametrize("reason", [OSError(28, "No space left on device"), OSError("cannot write {part}")])
def test_no_error_names_the_unfinished_file(tmp_path: Path, reason: OSError) -> None:
    with pytest.raises(OSError, match="nothing was written") as raised, whole_file(tmp_path / "log.csv") as part:
        raise reason if reason.errno else OSError(f"cannot write {part}")
    assert ".part" not in str(raised.value)
    assert raised.value.filename == str(tmp_path / "log.csv")


def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".csv")
    with whole_file(path) as part:
        part.write_text("whole")
    assert path.read_text() == "whole"
