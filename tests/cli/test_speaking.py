"""What reaches the terminal: no text of a scenario and no name of a file steers it, forges a line or is markup."""

import html
import io
import json
import os
import re
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

import sim
from sim import cli
from sim.cli.speaking import say_json
from sim.report.words import one_line, visible
from sim.scenario import shipped

NASTY = "Up \x1b]0;owned\x07\x1b[31m\x9b31m\x7f\r\u202eeman\u2066\u2029 [red] :smile:\nstepdown: forged"
FORGED = "stepdown: forged"
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def toml(text: str) -> str:
    return json.dumps(text).replace("\x7f", "\\u007f")


WARD = f"""
name = {toml(NASTY)}
question = {toml(NASTY)}
hypothesis = {toml(NASTY)}
compared_with = {toml(NASTY)}
reads = [{{ metric = "census.ward.mean", of = "level" }}]
time = {{ recruitment_days = 30, follow_up_days = 40 }}
arrivals.per_day = 1.0
entry = [{{ to = {{ ward = 1.0 }} }}]
utilities = {{ well = 0.8, setback = 0.7, unwell = 0.5 }}
population = {{ severity = {{ mild = 0.5, severe = 0.5 }} }}
[places.beds]
capacity = 5
title = {toml(NASTY)}
[places.unused]
capacity = 5
title = {toml(NASTY)}
[levels.ward]
places = ["beds"]
title = {toml(NASTY)}
length_of_stay = {{ distribution = "exponential", mean = 8 }}
cost_per_day = 100.0
[levels.elsewhere]
title = {toml(NASTY)}
length_of_stay = {{ distribution = "exponential", mean = 8 }}
[evidence."levels.ward.cost_per_day"]
low = 90.0
high = 110.0
unit = "USD per day"
grade = "assumption"
source = {toml(NASTY)}
note = {toml(NASTY)}
"""
FILE, MORE = "ward\x1b[31m\u202e[red]\n.toml", "more\x9b.toml"
OUT, STORE = "out\x1b[31m\u202e[red]\n", "store\x07\u2066"
FEW = ("--replications", "3")
ONCE = ("--replications", "1")
AT_REST = "at\x1b\n.toml"
COMMANDS: dict[str, list[tuple[str, ...]]] = {
    "list": [(), ("--json",)],
    "run": [(FILE, *FEW), (FILE, *FEW, "--json"), (FILE, *FEW, "--by", "severity", "--out", OUT)],
    "compare": [(FILE, MORE, *FEW), (FILE, MORE, *FEW, "--json"), (FILE, MORE, *FEW, "--out", OUT, "--report")],
    "select": [
        ("census.ward.mean", FILE, MORE, "--most", "20"),
        ("census.ward.mean", FILE, MORE, "--most", "20", "--json"),
    ],
    "explain": [(FILE, MORE, "census.ward.mean", *FEW), (FILE, MORE, "census.ward.mean", *FEW, "--json")],
    "story": [(FILE, MORE), (FILE, MORE, "--patient", "1000000"), (FILE, MORE, "--figure", "story\x1b.png")],
    "warmup": [(FILE, *FEW), (FILE, *FEW, "--json")],
    "calibrate": [(FILE, "--input", "x\x1b\n=1..2"), (FILE, "--input", "levels.ward.length_of_stay.mean=4..9")],
    "rest": [(FILE, *ONCE), (AT_REST, *ONCE, "--dry-run"), (AT_REST, *ONCE), ("bad\x1b.toml",), ("no\x1b\n.toml",)],
    "psa": [(FILE, MORE, "--out", "psa\x1b\n"), (FILE, "--out", OUT), (FILE, MORE, "--draws", "0", "--out", "psa")],
    "voi": [(OUT,), ("none\x1b\n",)],
    "tornado": [(FILE, MORE), (FILE, "--inputs", "x\x1b\n"), (FILE, "--outcome", "x\x1b\n")],
    "threshold": [(FILE, MORE, "--input", "x\x1b\n"), (FILE, MORE, "--input", "places.beds.capacity", *FEW)],
    "sobol": [(FILE, MORE), (FILE, MORE, "--group", "x\x1b\n=y"), (FILE, "--figure", "nowhere\x1b/a.png")],
    "report": [(OUT,), (OUT, "--format", "markdown"), ("none\x1b\n",)],
    "stress": [(FILE,), (OUT,), (FILE, "--out", "stress\x1b.md")],
    "log": [(OUT, "--format", kind) for kind in ("csv", "xes", "ocel")] + [(OUT, "--format", "csv", "--out", OUT)],
    "animate": [(OUT,), (OUT, "--replication", "99")],
    "validate": [
        (FILE, MORE),
        (FILE, "--json"),
        ("bad\x1b.toml", FILE),
        ("bad\x1b.toml", "--json"),
        ("no\x1b\n.toml",),
    ],
    "draw": [(FILE,), (FILE, "--figure", "nowhere\x1b/a.png")],
    "diff": [(FILE, MORE), (FILE, MORE, "--json"), (FILE, FILE)],
    "new": [("new\x1b\n.toml", "--name", NASTY, "--question", NASTY), ("new\x1b\n.txt",), (FILE,)],
    "migrate": [(FILE, MORE), (FILE, "--check"), ("bad\x1b.toml",), ("no\x1b\n.toml", FILE)],
    "metrics": [(FILE,), (FILE, "--json"), (FILE, "--metric", "\x1b*")],
    "schema": [()],
    "check": [
        ("suite\x1b.toml", *more) for more in ((), *(("--format", kind) for kind in ("junit", "markdown", "json")))
    ]
    + [("suite\x1b.toml", "--bless"), ("suite\x1b.toml", "--case", "\x1b\n")],
    "readings": [("no\x1b\n.md", "--check")],
    "horizons": [("no\x1b\n.md", "--check")],
    "validation": [("no\x1b\n.md", "--check")],
    "doses": [("no\x1b\n.md", "--check")],
    "app": [("--port", "x\x1b\n")],
    "store list": [(STORE,), ("none\x1b\n",)],
    "store verify": [(STORE,), ("none\x1b\n",)],
    "store prune": [(STORE, "--dry-run"), ("none\x1b\n",)],
}
"""By command, how it is called here; OUT and STORE are there."""
JSON = ("--json", "json", "schema")


class Spoken(NamedTuple):
    """What a command said, to the byte."""

    status: int
    out: bytes
    err: bytes


Command = Callable[..., Spoken]


@pytest.fixture
def stepdown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Run a command in a folder of its own, in which whatever has a name has a nasty one."""
    monkeypatch.chdir(tmp_path)
    lay_out()

    def command(*arguments: str) -> Spoken:
        with pytest.raises(SystemExit) as stopped:
            cli.main(list(arguments))
        spoken = capfdbinary.readouterr()
        assert isinstance(stopped.value.code, int)
        return Spoken(stopped.value.code, *spoken)

    return command


def lay_out() -> None:
    Path(FILE).write_text(WARD)
    more = f"extends = {toml(FILE)}\nname = {toml(NASTY + '2')}\n[places.beds]\ncapacity = 6\n"
    Path(MORE).write_text(more + f"title = {toml(NASTY + '2')}\n")
    Path("bad\x1b.toml").write_text(f"{WARD}\n[{toml(NASTY)}]\n{toml(NASTY)} = {toml(NASTY)}\n[levels.ward.next]\n")
    case = f"[[case]]\nname = {{}}\nscenario = {toml(FILE)}\n"
    Path("suite\x1b.toml").write_text("replications = 3\n" + case.format('"a"') + case.format('"b"'))


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with records, for all who read one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("compared"))
        lay_out()
        with pytest.raises(SystemExit) as stopped:
            cli.main(["compare", FILE, MORE, *FEW, "--keep-records", "--out", OUT])
        assert stopped.value.code == 0
        return Path(OUT).absolute()


def commands() -> set[str]:
    """Every command that there is, as the command line itself knows them."""
    from typer.main import get_command

    app = get_command(sys.modules["sim.cli.main"].app)
    found = set()
    for name, command in app.commands.items():  # type: ignore[attr-defined]
        found |= {f"{name} {inner}" for inner in getattr(command, "commands", ())} or {name}
    return found


def prepare(stepdown: Command, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if name == "list":
        monkeypatch.setattr(shipped, "shipped_folder", lambda: Path.cwd())
        Path("bad\x1b.toml").unlink()
        Path("suite\x1b.toml").unlink()
    if name == "rest":
        Path(AT_REST).write_text(WARD + "[exits]\nmoving_away_per_year = 1.0\n")
    if name.startswith("store"):
        assert stepdown("run", FILE, *FEW, "--store", STORE).status == 0
        damaged = next(path for path in Path(STORE).rglob("*") if path.is_file())
        damaged.write_bytes(damaged.read_bytes()[:-9])
    if name == "check":
        assert stepdown("check", "suite\x1b.toml", "--bless").status == 0
        Path(FILE).write_text(WARD.replace("mean = 8", "mean = 9", 1))


def texts_in(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    for inner in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from texts_in(inner)


def test_every_command_is_tried() -> None:
    assert set(COMMANDS) == commands()


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_that_a_command_says_steers_the_terminal(
    stepdown: Command,
    compared: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    name: str,
) -> None:
    if name == "compare":  # Its pictures say what those of `report` say.
        request.getfixturevalue("undrawn")
    if name == "report":  # In them letters are lines: what a page says of them is looked at.
        request.getfixturevalue("unpainted")
    if name in ("report", "stress", "log", "animate"):
        shutil.copytree(compared, OUT)
    prepare(stepdown, monkeypatch, name)
    for arguments in COMMANDS[name]:
        spoken = stepdown(*name.split(), *arguments)
        assert b"a mistake of ours" not in spoken.err, spoken.err
        for text in (spoken.out.decode(), spoken.err.decode()):
            assert not STEERING.search(text), (arguments, text)
            assert not any(line.startswith(FORGED) for line in text.splitlines()), (arguments, text)
        if any(word in JSON for word in (name, *arguments)) and spoken.out:
            json.loads(spoken.out)
        if "junit" in arguments:
            ElementTree.fromstring(spoken.out)
    # Nor what it writes for people: browsers leave out a control character, and go by those of direction.
    for page in (*Path().glob("*.html"), *Path().glob("*.md")):
        text = page.read_text(encoding="utf-8")
        assert not STEERING.search(html.unescape(text)), page
        if data := re.search('id="data">(.*?)</script>', text):
            assert not STEERING.search("".join(texts_in(json.loads(data[1]))))


@pytest.mark.parametrize("name", ["list", "metrics", "diff", "store list"])
@pytest.mark.parametrize("terminal", [False, True])
def test_names_are_shown_as_they_are(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch, name: str, terminal: bool
) -> None:
    prepare(stepdown, monkeypatch, name)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    said = stepdown(*name.split(), *COMMANDS[name][0]).out.decode()
    assert not STEERING.search(said)
    assert "Up\\x1b]0;owned\\x07\\x1b[31m\\x9b31m\\x7f\\r\\u202eeman\\u2066\\u2029[red]:smile:" in "".join(said.split())


@pytest.mark.parametrize("debug", [(), ("--debug",)])
def test_a_fault_of_ours_does_not_steer_the_terminal(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch, debug: tuple[str, ...]
) -> None:
    def fail(*_: object) -> None:
        raise LookupError(NASTY)

    monkeypatch.setattr(sim.scenario, "load_scenario", fail)
    spoken = stepdown("draw", FILE, *debug)
    assert spoken.status == 1
    assert b"owned" in spoken.err
    assert not STEERING.search(spoken.err.decode())
    assert (b"Traceback" in spoken.err) == bool(debug)


def test_a_warning_does_not_steer_the_terminal(stepdown: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim.scenario, "load_scenario", lambda _: warnings.warn(NASTY, stacklevel=1))
    warned = stepdown("draw", FILE).err.decode()
    assert warned.startswith("warning: Up \\x1b]0;owned")
    assert not STEERING.search(warned)


def test_what_is_ordinary_in_other_scripts_stays() -> None:
    ordinary = "é ß 日本 עברית\u200f العربية می\u200cخواهم 👩\u200d⚕️ \t\n"
    assert visible(ordinary) == ordinary


def test_half_a_character_of_a_file_name_can_be_said() -> None:
    assert one_line(os.fsdecode(b"caf\xe9\n.toml")) == "caf\\udce9 .toml"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_steers_nothing_and_loses_nothing_in_any_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"Zürich \u4e2d": NASTY}
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    say_json(value)
    sys.stdout.flush()
    text = written.getvalue().decode(encoding)
    assert json.loads(text) == value
    assert not STEERING.search(text)
    assert text.isascii() == (encoding != "utf-8")


def test_the_name_of_a_file_is_no_markup(stepdown: Command) -> None:
    """Where it stands in a line, as where it stands in a table."""
    for name in ("[bold red]x", "ours [new]"):
        Path(f"{name}.toml").write_text(WARD)
    spoken = stepdown("compare", "[bold red]x.toml", "ours [new].toml", "--replications", "2")
    assert spoken.status == 0, spoken.err
    assert "Against [bold red]x" in spoken.out.decode()
    assert "ours [new]: no input differs" in spoken.out.decode()
