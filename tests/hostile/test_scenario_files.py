"""Scenario files that someone damaged or forged: a sound scenario, or a refusal that names the file; nothing else."""

import os
import random
from pathlib import Path

import pytest
from hostile.limits import CASES, in_time
from hostile.mutation import mutated

import sim
from sim.scenario.shipped import shipped_folder

ALL = sim.shipped_names()


def shipped(name: str) -> bytes:
    folder = shipped_folder()
    assert folder is not None
    return (folder / f"{name}.toml").read_bytes()


def sound_or_refused(path: Path) -> bool:
    """Whether it is sound; a refusal has lines that a person can act on, and no other error may come."""
    with in_time():
        try:
            scenario = sim.load_scenario(path)
        except sim.ScenarioError as error:
            refusal = error
        else:
            refusal = None
    if refusal is not None:
        assert refusal.problems
        assert all(problem.message and problem.source for problem in refusal.problems)
        assert "Traceback" not in str(refusal)
        assert max(len(line) for line in str(refusal).splitlines()) < 2_000
        return False
    with in_time():
        assert isinstance(sim.scenario_warnings(scenario), list)
        assert scenario.digest()
        return True


@pytest.mark.parametrize("name", ALL)
def test_damaged_copies_of_the_shipped_files(name: str, tmp_path: Path) -> None:
    """Beside the file lie sound ones, as `extends` needs them."""
    for other in ALL:
        (tmp_path / f"{other}.toml").write_bytes(shipped(other))
    source, content = random.Random(f"damage {name}"), shipped(name)
    target = tmp_path / f"{name}.toml"
    outcomes = set()
    for _ in range(max(CASES // (2 * len(ALL)), 1)):
        target.write_bytes(mutated(content, source))
        outcomes.add(sound_or_refused(target))
    assert False in outcomes


def test_damage_to_what_a_file_extends(tmp_path: Path) -> None:
    source = random.Random("parents")
    for name in ALL:
        (tmp_path / f"{name}.toml").write_bytes(shipped(name))
    for _ in range(max(CASES // 10, 1)):
        (tmp_path / "base.toml").write_bytes(mutated(shipped("base"), source))
        sound_or_refused(tmp_path / "warm_handoff.toml")


@pytest.mark.parametrize(
    "text",
    [
        'extends = "../../../../etc/passwd"',
        'extends = "/etc/passwd"',
        'extends = "/dev/zero.toml"',
        'extends = "me.toml"',
        "extends = 3",
        "a" + ".a" * 100_000 + " = 1",
        "x = " + "[" * 100_000,
        "[" + "a." * 60 + "a]",
        "name = '''" + "x" * 999_000,
        "\x00",
        "",
    ],
    ids=lambda text: text[:20],
)
def test_forged_files_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "me.toml"
    path.write_text(text)
    assert not sound_or_refused(path)


def test_a_chain_of_files_has_an_end(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number}.toml").write_text(f'extends = "{number + 1}.toml"\n')
    (tmp_path / "200.toml").write_bytes(shipped("base"))
    assert not sound_or_refused(tmp_path / "0.toml")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    (tmp_path / "away.toml").symlink_to("/etc/passwd")
    for name in ("fifo", "folder", "loop", "away"):
        assert not sound_or_refused(tmp_path / f"{name}.toml")
