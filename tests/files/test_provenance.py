import ast
from pathlib import Path

import sim
from sim.files.provenance import LIBRARIES, Provenance, libraries, version


def test_what_runs_now_is_named() -> None:
    now = Provenance.of_now()
    assert now.version == version()
    assert list(now.versions) == ["python", *LIBRARIES] == list(libraries())
    assert now.system
    assert " core" in now.processor


def test_what_was_not_recorded_is_empty() -> None:
    assert (Provenance("1", {}).system, Provenance("1", {}).processor) == ("", "")
    assert Provenance("1", {}, None, {"processor": "x86_64", "cores": 1}).processor == "x86_64, 1 core"


def test_reading_naming_and_the_version_have_one_home_each() -> None:
    """Nobody else reads TOML, looks for the nearest name, or asks which version is installed."""
    homes: dict[str, set[str]] = {"tomllib": set(), "difflib": set(), "importlib.metadata": set()}
    package = Path(sim.__file__).parent
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        # To take apart only what has one of the words in it is a twentieth of the work.
        tree = ast.parse(text if any(word in text for word in ("tomllib", "difflib", "metadata")) else "")
        for node in ast.walk(tree):
            names = [each.name for each in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = node.module if isinstance(node, ast.ImportFrom) else ""
            for name in [*names, module, *(f"{module}.{name}" for name in names)]:
                homes.get(str(name), set()).add(path.relative_to(package).as_posix())
    assert homes == {
        "tomllib": {"files/toml.py"},
        "difflib": {"files/nearest.py"},
        "importlib.metadata": {"files/provenance.py"},
    }
