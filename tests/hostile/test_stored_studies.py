"""Folders of results that someone damaged: read back as they were, or refused; never read wrong, never executed."""

import json
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest
from experiment.systems import small
from hostile.limits import CASES, in_time
from hostile.mutation import mutated

import sim


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored") / "out"
    arms = {"base": small(), "more": small().with_overrides({"places.beds.capacity": 8})}
    sim.compare(arms, replications=2, seed=3, keep_records=True).save(folder)
    return folder


def test_any_file_damaged_anywhere_is_noticed(stored: Path, tmp_path: Path) -> None:
    """Every file but the manifest is under a checksum, so a change of content is always refused."""
    source = random.Random("studies")
    names = sorted(path.name for path in stored.iterdir() if path.name != "manifest.json")
    folder = shutil.copytree(stored, tmp_path / "out")
    for _ in range(max(CASES // 10, len(names))):
        name = source.choice(names)
        content = (stored / name).read_bytes()
        spoilt = mutated(content, source)
        if spoilt == content:
            continue
        (folder / name).write_bytes(spoilt)
        with in_time(), pytest.raises(sim.BadFolder, match="damaged"):
            sim.load_study(folder)
        (folder / name).write_bytes(content)


def test_a_damaged_manifest_is_refused_or_says_the_same(stored: Path, tmp_path: Path) -> None:
    source = random.Random("manifests")
    folder = shutil.copytree(stored, tmp_path / "out")
    content = (stored / "manifest.json").read_bytes()
    whole = sim.load_study(stored)
    for _ in range(max(CASES // 10, 20)):
        (folder / "manifest.json").write_bytes(mutated(content, source))
        with in_time():
            try:
                study = sim.load_study(folder)
            except sim.BadFolder:
                continue
        for label in set(study.results) & set(whole.results):
            pd.testing.assert_frame_equal(study.results[label].metrics, whole.results[label].metrics)


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "..", "manifest.json/../../x"])
def test_a_manifest_leads_nowhere_outside_its_folder(stored: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(stored, tmp_path / "out")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(sim.BadFolder):
        sim.load_study(folder)
