"""Commands that help to decide: select, explain, story, warmup, and what compare can be asked beside differences."""

import json
import os
import re
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from cli.test_cli import PROGRAM, Spoken, files, refused
from support import PATIENCE

from sim import cli

CLINIC = """
name = "Clinic"
[time]
warm_up_days = 60
recruitment_days = 60
follow_up_days = 100
[arrivals]
per_day = 1.0
[population]
severity = { mild = 0.4, severe = 0.6 }
housing = { stable = 0.5, none = 0.5 }
[effects.severity.severe]
relapse = 2.0
[[entry]]
to = { residential = 1.0 }
[places.residential_beds]
capacity = 9
fixed_cost_per_day = 210.0
[levels.residential]
places = ["residential_beds"]
length_of_stay = { distribution = "exponential", mean = 8 }
patience = { distribution = "exponential", mean = 6 }
cost_per_day = 312.5
patient_time_per_day = 90.0
[[levels.residential.next]]
to = "iop"
probability = 0.5
[levels.iop]
length_of_stay = { distribution = "exponential", mean = 20 }
cost_per_day = 61.7
[relapse]
median_days = 40.0
shape = 0.7
[utilities]
abstinent = 0.9
lapse = 0.8
using = 0.6
"""

WIDER = 'extends = "clinic.toml"\nname = "Wider"\n[places.residential_beds]\ncapacity = 16\n'
FEWER = 'extends = "clinic.toml"\nname = "Fewer"\n[places.residential_beds]\ncapacity = 2\n'

Command = Callable[..., Spoken]
FEW = ("--replications", "3")


def write_files(folder: Path) -> None:
    for name, text in (("clinic", CLINIC), ("wider", WIDER), ("fewer", FEWER)):
        (folder / f"{name}.toml").write_text(text)


@pytest.fixture
def stepdown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process, in a folder of its own with three clinics."""
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)

    def command(*arguments: str) -> Spoken:
        with pytest.raises(SystemExit) as stopped:
            cli.main([str(argument) for argument in arguments])
        spoken = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return Spoken(stopped.value.code, spoken.out, spoken.err)

    return command


@pytest.fixture
def in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever simulates a replication fails."""

    def never(*_: object) -> None:
        raise AssertionError("simulated in vain")

    for module in ("sim.experiment.replications", "sim.report.story"):
        monkeypatch.setattr(f"{module}.replicate", never)


def words(line: str) -> str:
    return " ".join(line.split())


# --- select ---


def test_select_says_which_is_best_and_which_were_dropped(stepdown: Command) -> None:
    spoken = stepdown("select", "admitted", "fewer.toml", "wider.toml", "clinic.toml", "--indifference", "0.05")
    assert spoken.status == 0
    assert [line.split(":")[0] for line in spoken.err.splitlines()] == ["fewer.toml"]
    title, head, *rows = spoken.out.splitlines()
    assert title.rstrip() == (
        "admitted: wider, if it is better than every other by 0.05 share or more, with a probability of at least 0.95"
    )
    assert words(head) == "scenario mean, share replications"
    assert [row.split()[0] for row in rows] == ["fewer", "wider", "clinic"]
    assert rows[0].rstrip().endswith("dropped: not the best by 0.05 share")
    assert rows[1].rstrip().endswith("best")
    again = (
        "select",
        "admitted",
        "fewer.toml",
        "wider.toml",
        "clinic.toml",
        "--indifference",
        "0.05",
        "--workers",
        "2",
    )
    assert stepdown(*again).out == spoken.out


def test_select_undecided_is_status_1(stepdown: Command) -> None:
    arguments = (
        "select",
        "qalys.per_patient",
        "clinic.toml",
        "wider.toml",
        "--indifference",
        "0.00001",
        "--most",
        "12",
    )
    spoken = stepdown(*arguments)
    assert spoken.status == 1
    assert spoken.err == "undecided after 12 replications: raise --most, or --indifference\n"
    assert spoken.out.splitlines()[0].rstrip() == "qalys.per_patient: undecided"


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("admited", "clinic.toml", "wider.toml"), ("no metric 'admited'", "Did you mean admitted?")),
        (("arrivals", "clinic.toml", "wider.toml"), ("arrivals has no better direction",)),
        (("admitted", "clinic.toml"), ("select needs at least two scenarios",)),
        (("admitted", "clinic.toml", "wdier.toml"), ("wdier.toml: there is no such file", 'Did you mean "wider.toml"')),
        (("admitted", "clinic.toml", "wider.toml", "--most", "5"), ("at least 10 replications, not 5",)),
        (("admitted", "clinic.toml", "wider.toml", "--probability", "1.5"), ("probability", "1.5")),
        (("admitted", "clinic.toml", "wider.toml", "--indifference", "0"), ("indifference", "0")),
        (("admitted", "clinic.toml", "wider.toml", "--indiference", "1"), ("--indifference",)),
    ],
)
def test_select_refuses(stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    refused(stepdown("select", *arguments), *said)


# --- explain ---


def test_explain_has_a_table_for_each_split(stepdown: Command) -> None:
    spoken = stepdown("explain", "clinic.toml", "wider.toml", "days_abstinent", *FEW)
    assert (spoken.status, spoken.err) == (0, "")
    for what in ("level", "reason", "severity", "housing"):
        assert f"days_abstinent (days) by {what}: wider minus clinic" in spoken.out
    assert "Who took another path" in spoken.out
    totals = [words(line).split() for line in spoken.out.splitlines() if line.startswith("total")]
    assert len(totals) == 5
    assert len({total[3] for total in totals[:4]}) == 1
    assert totals[0][3] in totals[4]
    compared = stepdown("compare", "clinic.toml", "wider.toml", *FEW, "--metric", "days_abstinent").out
    row = next(words(line).split() for line in compared.splitlines() if line.startswith("days_abstinent"))
    assert float(row[4]) == pytest.approx(float(totals[0][3]), abs=0.05)


def test_explain_shows_so_many_paths_as_wanted(stepdown: Command) -> None:
    arguments = ("explain", "clinic.toml", "wider.toml", "days_abstinent", *FEW)
    one, whole = (stepdown(*arguments, "--whole-paths", "--most", most).out for most in ("1", "30"))
    assert "all other changes" in one
    assert len(whole.splitlines()) > len(one.splitlines())
    assert "(completed) > iop (completed)" in whole


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cost.total",), ("'cost.total' cannot be split", "no sum over the cohort")),
        (("days_abstinant",), ("no metric 'days_abstinant'", "Did you mean days_abstinent?")),
        (("relapse.365_days",), ("'relapse.365_days' cannot be split", "Did you mean relapse.")),
        (("days_abstinent", "--replications", "0"), ("replications must be a whole number from 1",)),
        (("days_abstinent", "--set", "levels.iop.cost_per_dya=1"), ("cost_per_dya", "cost_per_day")),
    ],
)
def test_explain_refuses(stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    spoken = stepdown("explain", "clinic.toml", "wider.toml", *arguments)
    if "--set" in arguments:
        assert (spoken.status, spoken.out) == (2, "")
        assert len(spoken.err.splitlines()) == 2
        assert all(word in spoken.err for word in said)
        return
    refused(spoken, *said)


# --- story ---


def test_story_of_a_patient(stepdown: Command) -> None:
    spoken = stepdown("story", "clinic.toml", "wider.toml", "--patient", "80")
    assert (spoken.status, spoken.err) == (0, "")
    first, *rest = spoken.out.splitlines()
    assert re.fullmatch(
        r"Patient 80: severity (mild|severe), housing (stable|none)(, (frail|hardi)er than most)?", first
    )
    assert words(rest[1]) == "day clinic wider"
    assert "days abstinent" in rest[-1] or "days abstinent" in rest[-2]
    assert stepdown("story", "clinic.toml", "wider.toml", "--patient", "80").out == spoken.out
    others = [
        stepdown("story", "clinic.toml", "wider.toml", "--patient", "80", *more).out
        for more in (("--seed", "2"), ("--replication", "1"))
    ]
    assert len({spoken.out, *others}) == 3


def test_story_of_the_most_changed(stepdown: Command) -> None:
    by_default = stepdown("story", "clinic.toml", "wider.toml")
    abstinent = stepdown("story", "clinic.toml", "wider.toml", "--most-changed", "days_abstinent")
    relapsed = stepdown("story", "clinic.toml", "wider.toml", "--most-changed", "relapse.90_days")
    assert by_default == abstinent
    assert abstinent.status == relapsed.status == 0
    assert abstinent.out != relapsed.out


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_story_as_a_figure(stepdown: Command, kind: str, start: bytes) -> None:
    spoken = stepdown("story", "clinic.toml", "wider.toml", "--figure", f"life.{kind}")
    assert (spoken.status, spoken.err) == (0, f"wrote life.{kind}\n")
    assert spoken.out.startswith("Patient ")
    assert Path(f"life.{kind}").read_bytes().startswith(start)


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--patient", "3", "--most-changed", "days_abstinent"), ("state --patient or --most-changed, not both",)),
        (("--patient", "many"), ("--patient", "valid integer")),
        (("--figure", "life.jpg"), ("life.jpg: a figure must end in .png, .svg or .pdf",)),
        (("--figure", "life"), ("a figure must end in",)),
        (("--figure", "no/life.png"), ("no/life.png: there is no folder",)),
        (("--replication", "-1"), ("replication", "-1")),
        (("--seed", "-1"), ("seed must be",)),
    ],
)
def test_story_refuses_before_anything_is_simulated(
    stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]
) -> None:
    refused(stepdown("story", "clinic.toml", "wider.toml", *arguments), *said)
    assert files() == {"clinic.toml", "wider.toml", "fewer.toml"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--patient", "99999"), ("patient 99999",)),
        (("--patient", "-1"), ("patient -1",)),
        (("--most-changed", "days_abstinant"), ("no metric 'days_abstinant'", "Did you mean days_abstinent?")),
        (("--most-changed", "cost.total"), ("'cost.total' cannot be split",)),
    ],
)
def test_story_of_nobody(stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    refused(stepdown("story", "clinic.toml", "wider.toml", *arguments, "--figure", "life.png"), *said)
    assert not Path("life.png").exists()


# --- warmup ---


def test_warmup_judges_each_series(stepdown: Command) -> None:
    spoken = stepdown("warmup", "clinic.toml", *FEW)
    assert (spoken.status, spoken.err) == (0, "")
    title, _, *rows, verdict = spoken.out.splitlines()
    assert title.rstrip() == "How long the system takes to settle (MSER-5), and how it moves after the window"
    series = [f"{kind}.{level}" for level in ("residential", "iop") for kind in ("census", "queue", "wait")]
    assert [row.split()[0] for row in rows] == [*series, "asks.all"]
    assert all(row.split()[1] == "60" for row in rows)
    assert verdict.startswith("A warm-up of 60 days was not found to be too short, but may be, for census.residential")


def test_a_warm_up_that_is_too_short(stepdown: Command) -> None:
    """Stays of 200 days on average, measured from the day on which the doors open."""
    slow = ("--set", "time.warm_up_days=0", "--set", "levels.iop.length_of_stay.mean=200")
    spoken = stepdown("warmup", "clinic.toml", "--replications", "6", *slow)
    assert spoken.status == 0
    assert spoken.out.splitlines()[-1].startswith("A warm-up of 0 days is too short: ")
    assert "census.iop" in spoken.out.splitlines()[-1]
    ran = stepdown("run", "clinic.toml", "--replications", "6", *slow, "--metric", "arrivals")
    assert ran.status == 0
    assert ran.err.startswith("clinic.toml: warning: time.warm_up_days = 0 may be too short: ")
    assert ran.err.rstrip().endswith("; see stepdown warmup")


def test_warmup_as_a_figure(stepdown: Command) -> None:
    spoken = stepdown("warmup", "clinic.toml", *FEW, "--figure", "full.svg")
    assert (spoken.status, spoken.err) == (0, "wrote full.svg\n")
    assert Path("full.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("settings", "verdict"),
    [
        (("--set", "arrivals={'closed_cohort': 20}"), None),
        (
            ("--set", "time.warm_up_days=0", "--set", "time.recruitment_days=10", "--set", "time.follow_up_days=30"),
            # Three replications find one interval beyond 10 %, but not beyond the chance that one of many is.
            "A warm-up of 0 days was not found to be too short, but may be, for census.residential (+43.9 % to ",
        ),
    ],
)
def test_warmup_where_it_cannot_tell(stepdown: Command, settings: tuple[str, ...], verdict: str | None) -> None:
    if verdict is None:
        cohort = CLINIC.replace("per_day = 1.0", "closed_cohort = 20")
        cohort = cohort.replace("warm_up_days = 60\nrecruitment_days = 60\n", "")
        Path("closed.toml").write_text(cohort)
        spoken = stepdown("warmup", "closed.toml", *FEW)
        verdict = "There is no warm-up to judge: everyone is present, or asks, on day 0."
    else:
        spoken = stepdown("warmup", "clinic.toml", *FEW, *settings)
    assert spoken.status == 0
    assert spoken.out.splitlines()[-1].startswith(verdict)
    assert "nan" not in spoken.out


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("clinic.toml", "--figure", "full.gif"), ("full.gif: a figure must end in .png, .svg or .pdf",)),
        (("clnic.toml",), ("clnic.toml: there is no such file", 'Did you mean "clinic.toml"')),
        (("clinic.toml", "--replications", "0"), ("replications must be a whole number from 1",)),
    ],
)
def test_warmup_refuses(stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    refused(stepdown("warmup", *arguments), *said)


# --- compare and run ---


def compare(stepdown: Command, *arguments: str) -> Spoken:
    return stepdown("compare", "clinic.toml", "wider.toml", *FEW, *arguments)


@pytest.mark.parametrize("perspective", ["provider", "payer", "patient", "society"])
def test_compare_from_a_perspective(stepdown: Command, perspective: str) -> None:
    spoken = compare(stepdown, "--perspective", perspective)
    assert spoken.status == 0
    assert f"Cost per QALY, a patient, perspective: {perspective} (" in spoken.out
    assert f"against the baseline, USD, perspective: {perspective}" in spoken.out


@pytest.mark.parametrize(
    ("effect", "unit"), [("day_abstinent", "day abstinent"), ("retained", "person retained at 90 days")]
)
def test_compare_by_another_effect(stepdown: Command, effect: str, unit: str) -> None:
    spoken = compare(stepdown, "--effect", effect)
    assert spoken.status == 0
    assert f"Cost per {unit}, a patient, perspective: society" in spoken.out
    assert "Net monetary benefit" not in spoken.out


def test_compare_every_pair(stepdown: Command) -> None:
    arguments = ("compare", "clinic.toml", "wider.toml", "fewer.toml", *FEW, "--metric", "admitted")
    few, all_of_them = stepdown(*arguments).out, stepdown(*arguments, "--every-pair").out
    titles = [f"{one} against {other}, paired" for one, other in (("wider", "clinic"), ("fewer", "clinic"))]
    for title in titles:
        assert title in few
        assert title in all_of_them
    assert "fewer against wider, paired" in all_of_them
    assert "fewer against wider, paired" not in few


def test_compare_until_it_is_precise(stepdown: Command) -> None:
    arguments = ("compare", "clinic.toml", "wider.toml", "--metric", "admitted")
    spoken = stepdown(*arguments, "--precision", "admitted=0.5", "--precision", "arrivals=1")
    assert spoken.status == 0
    assert spoken.err.splitlines()[-2:] == [
        "reached: admitted within 0.5, after 3 of 10 replications",
        "reached: arrivals within 1, after 3 of 10 replications",
    ]
    spoken = stepdown(*arguments, "--precision", "admitted=0.001%", "--replications", "8")
    assert spoken.status == 0
    assert spoken.err.splitlines()[-1] == (
        "NOT reached: admitted within 0.001 % of the mean; 8 replications, the most allowed, are not enough"
    )


def test_run_until_it_is_precise_and_by_group(stepdown: Command) -> None:
    arguments = ("run", "clinic.toml", "--metric", "days_abstinent", "--precision", "days_abstinent=50%")
    spoken = stepdown(*arguments, "--by", "severity x housing", "--by", "severity")
    assert spoken.status == 0
    assert spoken.err.splitlines()[-1] == "reached: days_abstinent within 50 % of the mean, after 3 of 10 replications"
    assert "By severity x housing" in spoken.out
    groups = [line for line in spoken.out.splitlines() if "severe x none" in line]
    assert len(groups) == 1
    assert "By severity\n" in re.sub(" +\n", "\n", spoken.out)
    assert "By " not in stepdown("run", "clinic.toml", *FEW, "--metric", "days_abstinent").out


def test_compare_by_group_writes_what_was_asked_for(stepdown: Command) -> None:
    import pandas as pd

    assert compare(stepdown, "--by", "housing", "--out", "out").status == 0
    assert set(pd.read_parquet("out/by_group.parquet")["by"]) == {"housing"}


@pytest.mark.usefixtures("in_vain")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--perspective", "societal"), ("no perspective 'societal'", "Did you mean society?")),
        (("--perspective", "zzz"), ("There are provider, payer, patient, society",)),
        (("--effect", "qalys"), ("no effect 'qalys'", "Did you mean qaly?")),
        (("--precision", "admited=0.1"), ("no metric 'admited'", "Did you mean admitted?")),
        (("--precision", "admitted"), ("names no metric with a precision", 'write "relapse.365_days=0.02"')),
        (("--precision", "admitted=0"), ("must be a number above 0, not '0'",)),
        (("--precision", "admitted=-5%"), ("must be a number above 0, not '-5%'",)),
        (("--precision", "admitted=little"), ("must be a number above 0, not 'little'",)),
        (("--by", "severty"), ("no attribute 'severty' to group by", "Did you mean severity?")),
        (("--by", "severity x huosing"), ("no attribute 'huosing' to group by", "Did you mean housing?")),
        (("--by", "severity x severity"), ("group by one attribute, or by two different ones",)),
        (("--every-pairs",), ("--every-pair",)),
        (("--metric", "admited"), ("no metric 'admited'", "admitted")),
    ],
)
def test_compare_refuses(stepdown: Command, arguments: tuple[str, ...], said: tuple[str, ...]) -> None:
    refused(compare(stepdown, *arguments, "--out", "out"), *said)
    assert not Path("out").exists()


def test_a_baseline_that_costs_nothing_can_be_compared(stepdown: Command) -> None:
    """No programme at all is a common baseline."""
    free = CLINIC.replace("cost_per_day", "#").replace("fixed_#", "#")
    Path("free.toml").write_text(free)
    spoken = stepdown("compare", "free.toml", "clinic.toml", *FEW)
    assert spoken.status == 0, spoken.err
    assert "Budget of the programme by calendar year" in spoken.out


# --- in a terminal of 80 columns ---

NUMBER = r"[-+]?\d[\d,]*(?:\.\d+)?"
INTERVAL = re.compile(rf"(?<![\w.]){NUMBER} to {NUMBER}(?![\w.])")


def in_a_terminal(folder: Path, *arguments: str, columns: int = 80) -> str:
    """What a command shows on a terminal that is so wide."""
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env={**environment, "TERM": "xterm"},
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # How Linux says that the other side is closed.
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait(PATIENCE) == 0
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).replace("\r\n", "\n")


def intervals(text: str) -> Counter[str]:
    """Every interval of the tables, whole; those in a note may be wrapped."""
    return Counter(INTERVAL.findall(re.sub(r"\(95 % interval [^)]*\)", "", text)))


def numbers(text: str) -> Counter[str]:
    """Every number that has a point or a comma, but for those in notes."""
    found = re.findall(rf"(?<![\w.,])({NUMBER})(?![\w.,])", re.sub(r"\(95 % interval [^)]*\)", "", text))
    return Counter(number for number in found if "." in number or "," in number)


on_unix = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_files(tmp_path)
    return tmp_path


LITTLE = ("--set", "time.warm_up_days=30", "--set", "time.recruitment_days=60", "--set", "time.follow_up_days=90")


def tables(text: str, first: str = "wider against clinic") -> dict[str, str]:
    """The tables of `compare` by what they are about."""
    marks = {
        "differences": first,
        "budget": "Budget of the programme",
        "frontier": "Cost per ",
        "net benefit": "Net monetary benefit",
    }
    starts = sorted((text.index(mark), name) for name, mark in marks.items())
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return {name: text[start:end] for (start, name), end in zip(starts, ends, strict=True)}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    """The tables of one comparison in a pipe, and on a terminal of 80 columns."""
    if sys.platform == "win32":
        pytest.skip("needs a pseudo-terminal")
    folder = tmp_path_factory.mktemp("terminal")
    write_files(folder)
    arguments = ("compare", "clinic.toml", "wider.toml", "--replications", "4", "--set", "arrivals.per_day=9")
    piped = subprocess.run(
        [*PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    return tables(piped.stdout), tables(in_a_terminal(folder, *arguments))


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
    assert "wider" in narrow
    assert "clinic" in narrow
    assert all(len(line.rstrip()) <= 80 for line in narrow.splitlines() if not line.startswith(("Cost", "Net")))


@on_unix
def test_a_narrow_terminal_does_without_columns_that_are_expendable(folder: Path) -> None:
    """First without the unit, rather than to show the differences row by row."""
    arguments = ("compare", "clinic.toml", "wider.toml", "--replications", "3", "--metric", "admitted")
    heads = {}
    for columns in (150, 80):
        lines = in_a_terminal(folder, *arguments, columns=columns).splitlines()
        heads[columns] = next(line.split() for line in lines if line.startswith("metric"))
    assert {"unit", "baseline", "here", "difference"} <= set(heads[150])
    assert {"baseline", "here", "difference"} <= set(heads[80])
    assert "unit" not in heads[80]


@on_unix
def test_the_differences_of_the_shipped_scenarios_are_a_table_on_80_columns(tmp_path: Path) -> None:
    arguments = ("compare", "residential_only", "hybrid", "--replications", "2", *LITTLE)
    lines = tables(in_a_terminal(tmp_path, *arguments), "hybrid against")["differences"].splitlines()
    assert all(len(line) <= 80 for line in lines)
    table = lines[1 : next(number for number, line in enumerate(lines) if line.startswith(("What only", "Equity")))]
    assert table[0].split() == ["metric", "difference", "95", "%", "interval"]
    budget = tables(in_a_terminal(tmp_path, *arguments), "hybrid against")["budget"].splitlines()
    assert budget[1].split()[-4:] == ["difference", "95", "%", "interval"]
    assert len(table) < 1.5 * sum(bool(INTERVAL.search(line)) for line in table)


def test_row_by_row_nothing_is_left_out(shown: tuple[dict[str, str], dict[str, str]]) -> None:
    """Where a table is too wide for its columns there is room for all of them below each other."""
    narrow = shown[1]["frontier"]
    for head in ("cost, USD", "effect", "more cost", "95 % interval", "more effect"):
        assert f"{head}: " in narrow, head
    # Several to a line: a row a field would be pages.
    assert len(narrow.splitlines()) < narrow.count(": ")


def test_a_pipe_gets_no_trailing_blanks(stepdown: Command) -> None:
    lines = stepdown("compare", "clinic.toml", "wider.toml", *FEW).out.splitlines()
    assert len(lines) > 30
    assert all(line == line.rstrip() for line in lines)


@on_unix
@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "clinic.toml", "wider.toml", "cost.per_patient.society", "--replications", "3"),
        ("warmup", "clinic.toml", "--replications", "3"),
        ("run", "clinic.toml", "--replications", "3", "--by", "severity x housing"),
        ("select", "admitted", "clinic.toml", "wider.toml", "--indifference", "0.05"),
    ],
)
def test_other_tables_are_whole_on_a_narrow_terminal(folder: Path, arguments: tuple[str, ...]) -> None:
    piped = subprocess.run(
        [*PROGRAM, *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    narrow = in_a_terminal(folder, *arguments)
    assert "…" not in narrow
    assert not intervals(piped.stdout) - intervals(narrow), narrow


def test_decisions_for_machines(stepdown: Command) -> None:
    chosen = json.loads(
        stepdown("select", "admitted", "fewer.toml", "wider.toml", "--indifference", "0.05", "--json").out
    )
    assert chosen["best"] == "wider"
    assert {row["system"] for row in chosen["systems"]} == {"fewer", "wider"}

    why = json.loads(stepdown("explain", "clinic.toml", "wider.toml", "days_abstinent", *FEW, "--json").out)
    (level_total,) = [row["difference"] for row in why["by"]["level"] if row["part"] == "total"]
    (reason_total,) = [row["difference"] for row in why["by"]["reason"] if row["part"] == "total"]
    assert level_total == pytest.approx(reason_total)
    assert why["changed_paths"]

    filled = json.loads(stepdown("warmup", "clinic.toml", *FEW, "--json").out)
    assert {"metric", "long_enough"} <= set(filled[0])


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
        (("run", "hybrid", "--by", "severity,housing"), "Did you mean 'severity x housing'?"),
        (("explain", "clinic.toml", "wider.toml", "days_abstinen"), "Did you mean days_abstinent?"),
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


def test_one_day_is_singular(stepdown: Command) -> None:
    spoken = stepdown("select", "days_abstinent", "clinic.toml", "wider.toml", "--indifference", "1", "--most", "10")
    assert "1 days" not in spoken.out
    assert "not the best by 1 day" in spoken.out
