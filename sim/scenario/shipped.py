"""The scenarios that come with the package, found by name from any working directory."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def shipped_folder() -> Path | None:
    """Where the shipped scenarios are: inside an installed package, or beside it in a checkout; None if nowhere."""
    for folder in (PACKAGE / "_scenarios", PACKAGE.parent / "scenarios"):
        if folder.is_dir():
            return folder
    return None


def shipped_names() -> tuple[str, ...]:
    """The names that `load_scenario` accepts for shipped scenarios, in alphabetical order.

    >>> "hybrid" in sim.shipped_names()
    True
    """
    folder = shipped_folder()
    return tuple(sorted(path.stem for path in folder.glob("*.toml"))) if folder is not None else ()
