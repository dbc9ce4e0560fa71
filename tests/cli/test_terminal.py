"""Tables on a terminal of 80 columns, on one that is hardly there, and in a pipe."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest
from cli.commands import FEW, FILES, Command
from processes import PROGRAM, finish, in_a_terminal, on_posix, start
from support import WARD

NUMBER = r"[-+]?\d[\d,]*(?:\.\d+)?"
INTERVAL = re.compile(rf"(?<![\w.]){NUMBER} to {NUMBER}(?![\w.])")


def intervals(text: str) -> Counter[str]:
    """Every interval of the tables, whole; those in a note may be wrapped."""
    return Counter(INTERVAL.findall(re.sub(r"\(95 % interval [^)]*\)", "", text)))


def numbers(text: str) -> Counter[str]:
    """Every number that has a point or a comma, but for those in notes."""
    found = re.findall(rf"(?<![\w.,])({NUMBER})(?![\w.,])", re.sub(r"\(95 % interval [^)]*\)", "", text))
    return Counter(number for number in found if "." in number or "," in number)


LITTLE = ("--set", "time.warm_up_days=30", "--set", "time.recruitment_days=60", "--set", "time.follow_up_days=90")


def tables(text: str) -> dict[str, str]:
    """The tables of `compare --all` by what they are about."""
    marks = {
        "differences": "All main outcomes against",
        "budget": "Budget of the programme",
        "frontier": "Cost per ",
        "net benefit": "Net monetary benefit",
    }
    starts = sorted((text.index(mark), name) for name, mark in marks.items())
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return {name: text[start:end] for (start, name), end in zip(starts, ends, strict=True)}


pytestmark = on_posix


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    """The tables of one comparison in a pipe, and on a terminal of 80 columns."""
    folder = tmp_path_factory.mktemp("terminal")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    arguments = ("compare", "clinic.toml", "wider.toml", "--replications", "4", "--set", "arrivals.per_day=9", "--all")
    piped = finish(start((*PROGRAM, *arguments), folder)).out
    return tables(piped), tables(in_a_terminal(folder, *arguments))


@pytest.mark.parametrize("table", ["differences", "budget", "frontier", "net benefit"])
def test_no_number_is_cut_on_a_narrow_terminal(shown: tuple[dict[str, str], dict[str, str]], table: str) -> None:
    """Neither with an ellipsis nor, which is worse, without: 447,000 must not become 447."""
    whole, narrow = (each[table] for each in shown)
    assert intervals(whole)
    assert "…" not in narrow
    missing = intervals(whole) - intervals(narrow)
    assert not missing, narrow


@pytest.mark.parametrize("table", ["budget", "frontier", "net benefit"])
def test_every_number_with_a_point_or_comma_is_there(shown: tuple[dict[str, str], dict[str, str]], table: str) -> None:
    """Of these tables, no column of such numbers is expendable."""
    whole, narrow = (numbers(each[table]) for each in shown)
    assert len(whole) >= 3
    assert not whole - narrow, shown[1][table]


@pytest.mark.parametrize("table", ["differences", "budget", "frontier", "net benefit"])
def test_every_scenario_is_named_on_a_narrow_terminal(shown: tuple[dict[str, str], dict[str, str]], table: str) -> None:
    narrow = shown[1][table]
    assert "Wider" in narrow
    assert "Clinic" in narrow
    assert all(len(line.rstrip()) <= 80 for line in narrow.splitlines())


def test_a_comparison_of_four_is_one_screen(tmp_path: Path) -> None:
    four = ("residential_only", "hybrid", "more_beds", "warm_handoff")
    arguments = ("compare", *four, "--replications", "2", *LITTLE, "--store", "store")
    piped = finish(start((*PROGRAM, *arguments), tmp_path)).out.splitlines()
    assert len(piped) <= 40
    lines = in_a_terminal(tmp_path, *arguments, columns=140).splitlines()
    shown = lines[next(number for number, line in enumerate(lines) if "(hybrid)" in line) :]
    table = shown[next(number for number, line in enumerate(shown) if line.startswith("Against")) :]
    assert len(shown) <= 40
    assert all(len(line) <= 140 for line in shown)
    assert any(word in line for line in table for word in ("better", "none found", "too few runs"))


def test_row_by_row_nothing_is_left_out(shown: tuple[dict[str, str], dict[str, str]]) -> None:
    """Where a table is too wide for its columns there is room for all of them below each other."""
    narrow = shown[1]["frontier"]
    for head in ("cost, USD", "more cost", "more effect"):
        assert f"{head}: " in narrow, head
    # Several to a line: a row a field would be pages.
    assert len(narrow.splitlines()) < narrow.count(": ")


def test_a_pipe_gets_no_trailing_blanks(stepdown: Command) -> None:
    lines = stepdown("compare", "clinic.toml", "wider.toml", *FEW, "--all").out.splitlines()
    assert len(lines) > 30
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "clinic.toml", "wider.toml", "cost.per_patient.society", "--replications", "3"),
        ("warmup", "clinic.toml", "--replications", "3"),
        ("run", "clinic.toml", "--replications", "3", "--by", "severity x housing"),
        ("select", "admitted", "clinic.toml", "wider.toml", "--indifference", "0.05"),
    ],
)
def test_other_tables_are_whole_on_a_narrow_terminal(stepdown: Command, arguments: tuple[str, ...]) -> None:
    piped = stepdown(*arguments).out
    narrow = in_a_terminal(Path.cwd(), *arguments)
    assert "…" not in narrow
    assert not intervals(piped) - intervals(narrow), narrow


def test_nothing_is_cut_in_a_pipe(stepdown: Command) -> None:
    """However long a name is, a script that reads the table finds it whole."""
    level, stem = "l" * 60, "s" * 200
    long = WARD.replace("levels.ward", f"levels.{level}").replace("ward = 1.0", f"{level} = 1.0")
    Path(f"{stem}.toml").write_text(long)
    arguments = (f"{stem}.toml", f"{stem}.toml", "--replications", "2")
    spoken = stepdown("compare", *arguments, "--metric", "wait.*")
    assert spoken.status == 0
    assert f"wait.{level}.mean" in spoken.out
    assert f"{stem} (2): no input differs" in spoken.out
    # Each row of a table is one line.
    assert sum(" wait." in line for line in spoken.out.splitlines()) == 9


def test_progress_is_for_terminals_only(folder: Path) -> None:
    arguments = ("run", "ward.toml", "--replications", "3")
    assert finish(start((*PROGRAM, *arguments), folder)).err == ""
    read, written = os.pipe()
    shown = in_a_terminal(folder, *arguments, stdout=written)
    os.close(written)
    with open(read, "rb") as answer:
        assert b"replications" not in answer.read()
    assert "replications" in shown


@pytest.mark.parametrize("columns", [0, 1, 5])
def test_a_terminal_that_is_hardly_there(folder: Path, columns: int) -> None:
    """Names of letters that are two columns wide, where there is no room for one."""
    (folder / "病房.toml").write_text(WARD.replace("Small ward", "病房 Räume"), encoding="utf-8")
    in_a_terminal(folder, "run", "病房.toml", "--replications", "2", columns=columns)
