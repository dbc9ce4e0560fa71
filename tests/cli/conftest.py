"""Commands in this process, in a folder of their own."""

from pathlib import Path

import pytest
from cli.commands import FILES, Command
from processes import Spoken

from sim import cli


@pytest.fixture
def stepdown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process, in a folder with a ward, a clinic, and changes of them."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).write_text(text)

    def command(*arguments: object) -> Spoken:
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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The same files, for commands in processes of their own."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path
