"""Machine code is kept where a user may write, is made anew when its sources change, and is never trusted blindly."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sim.model.compiled import cache
from sim.model.compiled.cache import SOURCES, digest, folder

PACKAGE = Path(cache.__file__).parents[2]
WITHOUT_NUMBERS = {
    "model.compiled.cache",
    # What a level is called is of no concern to numbers.
    "scenario.change",
}
CODE = """
from sim.model import formulas
from sim.model.compiled.cache import kept
from sim.model.compiled.jit import entry

def length(time, plan):
    return formulas.leaves_at(time, plan, True)

print(length(3.0, 2.0), kept(entry(length))(3.0, 2.0))
"""
"""What a formula says, and what a compiled function makes of it, which is kept as the engine is."""


def imported(module: str) -> set[str]:
    """Modules of this package from which a module takes names, but for types alone."""
    tree = ast.parse((PACKAGE / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sim."):
            name = (node.module or "")[4:]
            for alias in node.names:
                inner = f"{name}.{alias.name}"
                found.add(inner if (PACKAGE / (inner.replace(".", "/") + ".py")).exists() else name)
    return found


def test_every_source_of_the_machine_code_is_in_its_digest() -> None:
    for module in SOURCES:
        if module.startswith("model.compiled."):
            assert imported(module) - WITHOUT_NUMBERS <= set(SOURCES), module


def test_a_change_of_a_formula_is_seen(tmp_path: Path) -> None:
    """By the very cache that holds the code of the formula as it was."""
    shutil.copytree(PACKAGE, tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    before = run(tmp_path)
    assert before == ["6.0", "6.0"]
    formulas = tmp_path / "sim" / "model" / "formulas.py"
    text = formulas.read_text(encoding="utf-8")
    assert "return time * plan if of_plan else time" in text
    formulas.write_text(text.replace("return time * plan if of_plan else time", "return 0.5 * time"), encoding="utf-8")
    after = run(tmp_path)
    assert after == ["1.5", "1.5"]
    assert len(list(tmp_path.glob("stepdown/compiled-*/*length*.nbi"))) == 2


def run(where: Path) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(where), "XDG_CACHE_HOME": str(where)}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=environment, cwd=where, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_it_is_kept_in_the_folder_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert folder() == tmp_path / "cache" / "stepdown" / f"compiled-{digest()}"


def test_it_is_kept_elsewhere_where_the_user_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = folder()
    assert found is not None
    assert found.parent.parent == tmp_path


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="others cannot write there")
def test_what_others_may_have_written_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    found = folder()
    assert found is not None
    found.chmod(0o777)
    assert folder() != found


def test_old_versions_do_not_gather(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    place = folder()
    assert place is not None
    for number in range(20):
        (place.parent / f"compiled-{number:024d}").mkdir()
    cache.forget_old()
    left = list(place.parent.iterdir())
    assert place in left
    assert len(left) <= cache.MOST_VERSIONS + 1


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    """Of what is kept, nothing is believed that cannot be read."""
    place = folder()
    assert place is not None
    copy = tmp_path / "stepdown" / place.name
    shutil.copytree(place, copy)
    copy.chmod(0o700)
    (tmp_path / "stepdown").chmod(0o700)
    for file in copy.glob("loop.finish*.nbi"):
        file.write_bytes(b"no pickle")
    code = "from sim.model.compiled.loop import finish, run; from sim.model.compiled.building import build; build()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
