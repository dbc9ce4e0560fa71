"""The commands `list`, `diff` and `new`."""

import json
import os
import select
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from cli.commands import FILES, Command, files
from processes import PROGRAM, on_posix
from support import heeding_interrupts

import sim
from sim.scenario.starting import Programme

QUESTIONS = 9


def test_what_ships_is_listed_with_its_question(stepdown: Command) -> None:
    status, out, _ = stepdown("list")
    assert status == 0
    assert all(name in out for name in sim.shipped_names())
    listed = json.loads(stepdown("list", "--json")[1])
    assert [row["scenario"] for row in listed] == list(sim.shipped_names())
    assert listed[0]["question"] in out


def test_a_difference_names_the_path_and_both_values(stepdown: Command) -> None:
    ours = Path("ours.toml")
    ours.write_text('extends = "hybrid"\nplaces.iop_seats.capacity = 41\n')
    status, out, _ = stepdown("diff", "hybrid", ours)
    capacity = sim.load_scenario("hybrid").places["iop_seats"].capacity
    assert status == 0
    assert ["places.iop_seats.capacity", str(capacity), "41"] in [line.split() for line in out.splitlines()]
    assert out.splitlines()[0] == f"ours.toml: seats in intensive outpatient groups {capacity} -> 41"
    told = json.loads(stepdown("diff", "hybrid", ours, "--json")[1])
    assert told["policy"] == f"seats in intensive outpatient groups {capacity} -> 41"
    assert {"path": "places.iop_seats.capacity", "first": capacity, "second": 41} in told["differences"]
    assert stepdown("diff", "hybrid", "hybrid")[1] == "no input differs\n"


def test_of_one_file_it_is_shown_what_each_of_its_files_changes(stepdown: Command) -> None:
    Path("programme.toml").write_text('extends = "base"\nplaces.residential_beds.capacity = 28\n')
    Path("policy.toml").write_text("places.residential_beds.capacity = 22\nplaces.iop_seats.capacity = 48\n")
    Path("ours.toml").write_text('extends = ["programme.toml", "policy.toml"]\nname = "Ours"\n')
    status, out, _ = stepdown("diff", "ours.toml")
    assert status == 0
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines == [
        "base.toml lies at the bottom",
        "programme.toml: residential beds 40 -> 28",
        *("path before after", "places.residential_beds.capacity 40 28"),
        "policy.toml: residential beds 28 -> 22, seats in intensive outpatient groups 36 -> 48",
        *("path before after", "places.residential_beds.capacity 28 22", "places.iop_seats.capacity 36 48"),
        "ours.toml: no input differs",
    ]
    answer = json.loads(stepdown("diff", "ours.toml", "--json")[1])
    assert answer["lowest"] == "base.toml"
    assert [layer["file"] for layer in answer["layers"]] == ["programme.toml", "policy.toml", "ours.toml"]
    assert answer["layers"][0]["differences"] == [
        {"path": "places.residential_beds.capacity", "first": 40, "second": 28}
    ]
    assert stepdown("diff", "base")[1] == "base.toml extends no other file\n"


def test_a_new_file_is_what_the_options_say(stepdown: Command) -> None:
    path = Path("ours.toml")
    options = ("--name", "Ours", "--calls-per-month", "30", "--beds", "21", "--stay-days", "28", "--seats", "0")
    status, out, err = stepdown("new", path, *options)
    assert (status, out) == (0, "")
    assert err.startswith(f"wrote {path}")
    written = sim.load_scenario(path)
    assert (written.name, written.arrivals.calls_per_month, written.places["beds"].capacity) == ("Ours", 30, 21)
    assert set(written.levels) == {"residential", "outpatient"}


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("ours.txt", (), "must end in .toml"),
        ("there.toml", (), "exists already"),
        ("nowhere/ours.toml", (), "there is no folder"),
        ("ours.toml", ("--beds", "-3", "--linked", "1.5"), "--beds -3: must be from 1 to 100,000; --linked 1.5"),
        ("ours.toml", ("--seats", "0", "--linked", "0.5"), "--linked needs seats"),
        ("ours.toml", ("--residential", "1.01"), "--residential 1.01: must be from 0.01 to 1"),
    ],
)
def test_a_new_file_that_cannot_be_is_not_begun(
    stepdown: Command, name: str, options: tuple[str, ...], words: str
) -> None:
    Path("there.toml").write_text("")
    status, out, err = stepdown("new", name, *options)
    assert (status, out) == (2, "")
    assert words in err
    assert files() == {*FILES, "there.toml"}


def test_a_programme_that_nobody_asks_for_is_refused(stepdown: Command) -> None:
    status, _, err = stepdown("new", "ours.toml", "--calls-per-month", "0")
    assert status == 2
    assert "--calls-per-month 0.0: must be from 0.01" in err
    assert not Path("ours.toml").exists()


@on_posix
@pytest.mark.parametrize(
    ("typed", "status", "expected"),
    [
        ("\n" * QUESTIONS, 0, Programme()),
        ("Ours\nWhy?\n0.7\n\n21\n28\n0\n\n", 0, Programme("Ours", "Why?", 0.7, beds=21, stay_days=28.0, seats=0)),
        (
            "\n\nmany\n-1\ninf\n0.9\n1\n0.4\n0\n2.5\n25\n\n\n1.2\n0.6\n2\n0.8\n",
            0,
            Programme(calls_per_month=0.9, known_share=0.4, beds=25, linked=0.6, residential=0.8),
        ),
        ("Ours\n\n\x03", 130, None),
        ("Ours\n\n\x04", 130, None),
    ],
)
def test_on_a_terminal_it_asks(tmp_path: Path, typed: str, status: int, expected: Programme | None) -> None:
    """Enter takes the default, what cannot be is asked again; Ctrl-C and the end of the input write nothing."""
    import pty

    path = tmp_path / "ours.toml"
    process, terminal = pty.fork()
    if process == 0:
        heeding_interrupts()
        os.execv(sys.executable, [*PROGRAM, "new", str(path)])
    shown, answers = b"", [f"{line}\n" for line in typed.split("\n")[:-1]] + [typed.rpartition("\n")[2]]
    while True:
        # A control key that comes just before the line editor waits for it is lost, so it is typed again.
        if not select.select([terminal], [], [], 10.0)[0]:
            with suppress(OSError):  # It has just ended.
                os.write(terminal, b"" if answers else typed[-1:].encode())
            continue
        try:
            shown += os.read(terminal, 4096)
        except OSError:
            break
        # A question ends in its default, in brackets; it is answered once it has been asked.
        if shown.endswith(b"] ") and answers:
            os.write(terminal, answers.pop(0).encode())
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == status, shown.decode()
    if expected is None:
        assert b"interrupted; nothing was written" in shown
        assert not path.exists()
        return
    written = sim.load_scenario(path)
    assert (written.name, written.question) == (expected.name, expected.question)
    assert written.arrivals.calls_per_month == expected.calls_per_month
    assert written.arrivals.known_share == expected.known_share
    assert written.entry[0].to["residential"] == expected.residential
    assert written.places["beds"].capacity == expected.beds
    assert written.levels["residential"].length_of_stay.model_dump()["mean"] == expected.stay_days
    if expected.seats:
        assert written.places["seats"].capacity == expected.seats
        assert written.levels["residential"].next[0].probability == expected.linked
    else:
        assert "iop" not in written.levels
