"""What commands write: in time, whole, and somewhere else where it cannot go where it was wanted."""

import errno
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.commands import COMPARED, FILES, WRITTEN, Command, files, refused
from processes import PROGRAM_OF_SEVERAL, Spoken, on_posix
from support import WARD

import sim
from sim.cli.outputs import save


def test_what_is_in_the_way_is_found_before_anything_is_simulated(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("file").write_text("mine")
    Path("full").mkdir()
    Path("full/thesis.tex").write_text("mine")
    for command in (("run", "ward.toml"), ("compare", "ward.toml", "more.toml")):
        refused(stepdown(*command, "--out", "file"), "file is a file; name a folder")
        refused(stepdown(*command, "--out", "full"), "full holds other files")
        refused(stepdown(*command, "--out", "file/deeper"), "file/deeper cannot be written")
    assert files("full") == {"thesis.tex"}
    assert Path("file").read_text() == "mine"


LINKS = [
    ("run", "ward.toml", "--out"),
    ("run", "ward.toml", "--store"),
    ("compare", "ward.toml", "more.toml", "--out"),
    ("warmup", "ward.toml", "--figure"),
    ("story", "ward.toml", "more.toml", "--figure"),
    ("readings",),
]


@pytest.mark.parametrize("command", LINKS, ids=" ".join)
@pytest.mark.parametrize("inside", ["", "/deeper"])
def test_a_link_to_a_disk_that_is_not_mounted_is_refused_at_once(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], inside: str
) -> None:
    Path("gone.svg").symlink_to("/nowhere/disk")
    wanted = f"gone.svg{inside}{'/x.svg' if inside and '--figure' in command else ''}"
    spoken = stepdown(*command, wanted)
    assert spoken.status == 2
    if command == ("readings",) and inside:
        assert "there is no folder gone.svg" in spoken.err
    else:
        assert "is a link to /nowhere/disk, which is not there; is its disk mounted?" in spoken.err
    assert Path("gone.svg").is_symlink()
    assert files() == set(FILES) | {"gone.svg"}


@pytest.mark.parametrize("option", ["--out", "--figure"])
def test_names_that_are_too_long_are_refused_at_once(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """Also where only the report beside the folder would be; a name that just fits is taken."""

    def never(*_: Any) -> None:
        raise AssertionError("simulated in vain")

    command = ("run", "ward.toml", "--replications", "1") if option == "--out" else ("warmup", "ward.toml")
    assert stepdown(*command, option, "x" * 251 + ".svg").status == 0
    monkeypatch.setattr("sim.experiment.replications.replicate", never)
    refused(stepdown(*command, option, "x" * 252 + ".svg"), "File name too long")
    if option == "--out":
        refused(stepdown("compare", "ward.toml", "more.toml", "--out", "x" * 250, "--report"), "File name too long")
    assert files() == set(FILES) | {"x" * 251 + ".svg"}


def test_an_interrupt_after_the_result_was_written_says_so(stepdown: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.cli.simulate._say_reached", stopped)
    spoken = stepdown("run", "ward.toml", "--replications", "1", "--out", "out")
    assert (spoken.status, spoken.err) == (130, "wrote out\ninterrupted; wrote out\n")
    lost = "interrupted; nothing was written; with --store DIR what is finished is kept\n"
    assert stepdown("run", "ward.toml", "--replications", "1").err == lost
    assert Path("out/manifest.json").exists()


def test_a_disk_that_fills_up(stepdown: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nor can any other folder be written: the tables are shown, and no report is tried."""
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(tmp_path / "temporary"))
    Path("temporary").mkdir()
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "temporary"))
    before = files()

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    alone = stepdown("run", "ward.toml", "--replications", "1", "--out", "out")
    both = stepdown("compare", "ward.toml", "more.toml", "--replications", "2", "--out", "out", "--report")
    why = "stepdown: out: No space left on device; nothing was written, nor was there another place for it"
    for spoken in (alone, both):
        assert spoken.status == 2
        assert spoken.err == f"{why}; the answer alone is left\n"
    assert "budget of the programme" in alone.out
    assert "Against Small ward" in both.out
    assert files() == before
    assert files("temporary") == set()


def test_what_was_simulated_is_kept_although_the_working_folder_is_gone(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As when its disk was unmounted; the first place for another folder is no place either."""
    for name in ("home", "gone"):
        Path(name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(tmp_path / "none"))
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "home"))
    result = sim.run(sim.load_scenario("ward.toml"), 1)
    monkeypatch.chdir("gone")
    (tmp_path / "gone").rmdir()
    saved = save(result, Path("out"))
    assert saved is not None
    assert saved.parent == tmp_path / "home"
    assert sim.load_study(saved).replications == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("mounting needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_disk_that_is_really_full(small_disk: Path, stepdown: Command) -> None:
    arguments = (
        "--replications",
        "5",
        "--keep-records",
        "--set",
        "arrivals.per_day=20",
        "--out",
        str(small_disk / "out"),
    )
    spoken = stepdown("run", "ward.toml", *arguments)
    assert spoken.status == 2
    assert re.search(rf"stepdown: {small_disk}: .*replications.*; keep fewer, or none, or name a folder", spoken.err)
    assert "Traceback" not in spoken.err
    assert files(small_disk) == set()


def kept_elsewhere(spoken: Spoken) -> Path:
    """The folder that the last line on standard error names, when the wanted one could not be written."""
    assert spoken.status == 2, spoken
    found = re.search(r"; what was simulated is in (\S+) instead", spoken.err)
    assert found, spoken.err
    return Path(found[1])


@pytest.mark.usefixtures("unpainted")
def test_what_was_simulated_is_kept_elsewhere_when_the_disk_turns_out_to_be_full(
    small_disk: Path, stepdown: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And told, and reported on."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (small_disk / "others.bin").write_bytes(bytes(20_000))
    out = small_disk / "out"
    spoken = stepdown("compare", "ward.toml", "more.toml", "--replications", "30", "--out", out, "--report")
    assert f"{out}: No space left on device; nothing was written" in spoken.err
    folder = kept_elsewhere(spoken)
    assert folder.parent == tmp_path / "temporary"
    assert files(folder) >= WRITTEN
    assert sim.load_study(folder).replications == 30
    assert files(folder.parent) == {folder.name, f"{folder.name}_report.html"}
    assert "Against Small ward" in spoken.out
    assert files(small_disk) == {"others.bin"}


def test_what_was_simulated_is_kept_elsewhere_when_somebody_else_took_the_folder(
    stepdown: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))

    def taken(*_: Any) -> None:
        Path("out").mkdir()
        Path("out/thesis.tex").write_text("mine")

    monkeypatch.setattr("sim.cli.simulate.say_what_is_replaced", taken)
    spoken = stepdown("run", "ward.toml", "--replications", "1", "--out", "out", "--json")
    assert files("out") == {"thesis.tex"}
    assert sim.load_study(kept_elsewhere(spoken)).replications == 1
    assert json.loads(spoken.out)["replications"] == 1


@pytest.mark.usefixtures("undrawn")
def test_a_report_that_cannot_be_written_loses_nothing(stepdown: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out_report.html")

    monkeypatch.setattr("sim.report.render.files.write_page", full)
    spoken = stepdown("compare", "ward.toml", "more.toml", "--replications", "2", "--out", "out", "--report")
    assert spoken.status == 2
    assert "stepdown: out_report.html: No space left on device; the study is in out: stepdown report out" in spoken.err
    assert files("out") == COMPARED - {"net_benefit.csv"}
    assert "Against Small ward" in spoken.out


BAD_NAME = b"b\xff"


def said_in(locale: str, folder: Path, *arguments: bytes) -> str:
    """What commands, b";" between them, say in a process, with names as bytes, where Python goes by the locale."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": locale, "PYTHONUTF8": "0"}
    environment |= {"PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(Path(sim.__file__).parents[1])}
    python, option, program = PROGRAM_OF_SEVERAL
    as_command = f"import sys; sys.argv[0] = 'stepdown'\n{program}"
    done = subprocess.run([python, option, as_command, *arguments], cwd=folder, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode("utf-8")


@on_posix
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_names_that_are_no_text_and_an_ascii_locale_lose_nothing(tmp_path: Path, locale: str) -> None:
    """Letters beyond ASCII come out as they were meant; what is no letter at all is replaced."""
    arms = ("gr\u00fcn.toml".encode(), BAD_NAME + b".toml")
    for name in arms:
        (tmp_path / os.fsdecode(name)).write_text(WARD.replace("Small ward", "Gr\u00fcne Station"), encoding="utf-8")
    few = (b"--replications", b"2", b"--keep-records")
    compare, report = (b"compare", *arms), (b"--report",) if locale == "C.UTF-8" else ()  # The other one: see below.
    said = said_in(locale, tmp_path, *compare, *few, b"--out", BAD_NAME, *report, b";", *compare, *few[:2], b"--json")
    shown, begins, answer = said.partition("\n{")
    assert shown
    folder = tmp_path / os.fsdecode(BAD_NAME)
    assert folder.with_name(f"{folder.name}_report.html").exists() == bool(report)
    study = sim.load_study(folder)
    assert list(study.results) == ["gr\u00fcn", "b\ufffd"]
    assert study.results["b\ufffd"].scenario.name == "Gr\u00fcne Station"
    assert len(study.results["b\ufffd"].stays)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"].startswith("stepdown compare 'gr\u00fcn.toml' 'b\ufffd.toml'")
    assert list(json.loads(begins + answer)["scenarios"]) == ["gr\u00fcn", "b\ufffd"]


@on_posix
def test_a_study_with_a_name_that_is_no_text_is_handed_on_in_an_ascii_locale(tmp_path: Path) -> None:
    ward = tmp_path / "ward.toml"
    ward.write_text(WARD.replace("Small ward", "Gr\u00fcne Station"), encoding="utf-8")
    study = sim.compare({"gr\u00fcn": sim.load_scenario(ward), "other": sim.load_scenario(ward)}, 2, keep_records=True)
    study.save(tmp_path / os.fsdecode(BAD_NAME))
    commands = [
        *((b"log", BAD_NAME, b"--format", kind) for kind in (b"csv", b"xes", b"ocel")),
        (b"animate", BAD_NAME),
        (b"report", BAD_NAME, b"--figures", b"pictures" + BAD_NAME),
        (b"stress", BAD_NAME, b"--out", BAD_NAME + b".md"),
        (b"warmup", b"ward.toml", b"--figure", BAD_NAME + b".png"),
    ]
    said_in("C", tmp_path, *[word for command in commands for word in (*command, b";")][:-1])
    written = {os.fsencode(path.name).removeprefix(BAD_NAME) for path in tmp_path.iterdir()}
    assert {b"_report.html", b"_animation.html", b".md", b".png", b"pictures" + BAD_NAME} <= written
    assert {b"_log.csv", b"_log.xes", b"_log.ocel.json"} <= written
