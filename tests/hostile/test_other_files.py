"""Damaged files: a suite is sound or refused; baselines and replications are as they were written, or refused."""

import random
import shutil
import warnings
from pathlib import Path

import pytest
from experiment.systems import small
from hostile.limits import CASES, in_time
from hostile.mutation import mutated
from support import WARD

import sim
from sim.experiment.regression.baseline_file import SuiteError, read_baseline
from sim.experiment.regression.baselines import bless, check_suite
from sim.experiment.regression.suite import load_suite
from sim.experiment.store.inventory import damaged

SUITE = """# what is watched
replications = 2
seed = 3
metrics = ["wait.*", "cost.total", "arrivals"]
alpha = 0.01

[[case]]
scenario = "ward.toml"

[[case]]
name = "by_chance"
scenario = "ward.toml"
tier = "statistical"
replications = 8
margins = { "cost.total" = "5%", "arrivals" = 3 }
"""


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a suite, its scenario and its baselines."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "suite.toml").write_text(SUITE)
    (folder / "ward.toml").write_text(WARD)
    bless(check_suite(load_suite(folder / "suite.toml"), 1, blessing=True))
    return folder


def test_damaged_suites_are_sound_or_refused(watched: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(watched, tmp_path / "watched")
    source, refusals = random.Random("suites"), []
    for _ in range(max(CASES // 10, 20)):
        (folder / "suite.toml").write_bytes(mutated(SUITE.encode(), source))
        with in_time():
            try:
                load_suite(folder / "suite.toml")
            except SuiteError as refusal:
                refusals += str(refusal).splitlines()
    assert refusals
    assert max(len(line) for line in refusals) < 2_000


def test_damaged_baselines_are_read_or_refused(watched: Path, tmp_path: Path) -> None:
    source, path = random.Random("baselines"), tmp_path / "ward.csv"
    content, whole = (watched / "ward.csv").read_bytes(), read_baseline(watched / "ward.csv")
    refusals = 0
    for _ in range(max(CASES // 10, 20)):
        path.write_bytes(mutated(content, source))
        with in_time():
            try:
                found = read_baseline(path)
            except SuiteError:
                refusals += 1
                continue
        assert found.head == whole.head
        assert found.table.equals(whole.table)
    assert refusals


def test_damaged_replications_are_noticed_and_computed_anew(tmp_path: Path) -> None:
    store = tmp_path / "store"
    right = sim.run(small(), 1, store=store, by=()).metrics
    (path,) = store.glob("f*/*/*.arrow")
    content, source = path.read_bytes(), random.Random("replications")
    for _ in range(max(CASES // 25, 20)):
        spoilt = mutated(content, source)
        if spoilt == content:
            continue
        path.write_bytes(spoilt)
        assert damaged(store)[1] == [path]
        with in_time(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            again = sim.run(small(), 1, store=store, by=()).metrics
        assert again.equals(right)
        assert path.read_bytes() == content
