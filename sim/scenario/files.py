"""Reading scenarios: TOML files that extend one another, shipped names, and plain dicts.

A file may begin with `extends = "base.toml"` (relative to the file, or a shipped scenario's name without `.toml`) and
then states only what differs (`merge.merged` says how the two combine). To take away something inherited it lists
dotted paths: `remove = ["levels.iop", "levels.residential.burnout"]`; their evidence cards go with them, and what the
file states itself is laid on afterwards, so that a table can be removed and stated anew.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.scenario import shipped
from sim.scenario.merge import Data, merged, removed
from sim.scenario.nearest import did_you_mean, nearest
from sim.scenario.paths import Segments, exists
from sim.scenario.problems import ABSENT, Problem, ScenarioError, error
from sim.scenario.schema import Scenario
from sim.scenario.validation import plain, validated

LARGEST_FILE = 1_000_000
"""Bytes; a scenario file is a few dozen kilobytes."""

LONGEST_CHAIN = 20
"""So many files may extend one another."""

_ENDLESS_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){50}""")
"""A key of so many dotted parts takes tomllib a time that grows with the square of its length."""

Source = str | os.PathLike[str] | Mapping[str, Any]


@dataclass(frozen=True)
class Layer:
    """What one file, or a dict, states by itself."""

    source: str
    data: Data


def load_scenario(source: Source) -> Scenario:
    """Read and validate a scenario: a path, a shipped scenario's name, or a dict of what a file would hold.

    A text with the suffix `.toml` or a path separator is a path, any other a shipped name. ScenarioError lists every
    problem at once. In a file a value outside the range of its evidence card is an error; in a dict, which may hold
    a scenario that was explored with overrides, it is a warning.
    """
    layers = _layers(source)
    data = _combined(layers)

    def origin(segments: Segments) -> str:
        while segments:
            for layer in reversed(layers):
                if exists(layer.data, segments):
                    return layer.source
            segments = segments[:-1]
        return layers[-1].source

    return validated(data, origin, card_ranges=not isinstance(source, Mapping))


def scenario_of_text(text: str, source: str = "text") -> Scenario:
    """Read and validate a scenario from the text of a file, of which nothing else is known.

    It may extend a shipped scenario by its name, and no file: a text from somewhere else must not open files here.
    ScenarioError lists every problem at once.
    """
    if len(text.encode()) > LARGEST_FILE:
        raise _stop(source, "", f"is larger than {LARGEST_FILE:,} bytes; a scenario is a few dozen kilobytes")
    data = _plain(parse_toml(text, source), source)
    extended = data.get("extends")
    if extended is not None and extended not in shipped.shipped_names():
        names = ", ".join(shipped.shipped_names())
        raise _stop(source, "extends", "must be the name of a shipped scenario here", extended, f"There are {names}")
    layers = [*(_layers(extended) if isinstance(extended, str) else []), Layer(source, data)]
    return validated(_combined(layers), lambda segments: source)


def _layers(source: Source) -> list[Layer]:
    """The files of a chain of `extends`, the one that extends nothing first."""
    if isinstance(source, Mapping):
        layer, folder, seen = Layer("dict", _plain(source, "dict")), Path(), []
    else:
        path = _resolved(source, Path(), "")
        layer, folder, seen = Layer(path.name, _read(path)), path.parent, [path.resolve()]
    layers = [layer]
    while "extends" in layers[0].data:
        name, here = layers[0].data["extends"], layers[0].source
        if not isinstance(name, str):
            raise _stop(here, "extends", 'must be a file such as "base.toml" or the name of a shipped scenario', name)
        path = _resolved(name, folder, here)
        if path.resolve() in seen:
            chain = [*(p.name for p in seen[seen.index(path.resolve()) :]), path.name]
            raise _stop(here, "extends", f"goes in a circle: {' extends '.join(chain)}", name)
        seen.append(path.resolve())
        if len(seen) > LONGEST_CHAIN:
            raise _stop(here, "extends", f"is a chain of more than {LONGEST_CHAIN} files", name)
        layers.insert(0, Layer(path.name, _read(path)))
        folder = path.parent
    return layers


def _combined(layers: list[Layer]) -> Data:
    data: Data = {}
    problems: list[Problem] = []
    for layer in layers:
        if "remove" in layer.data:
            data, found = removed(data, layer.data["remove"])
            problems += [replace(problem, source=layer.source) for problem in found]
        data = merged(data, {key: value for key, value in layer.data.items() if key not in ("extends", "remove")})
    if problems:
        raise ScenarioError(problems)
    return data


def _resolved(source: str | os.PathLike[str], folder: Path, said_by: str) -> Path:
    """The file that a path or a shipped name stands for; `said_by` is the file that extends it, if any."""
    try:
        text = os.fsdecode(source)
    except TypeError:
        raise ValueError(f"a scenario is a path, a shipped scenario's name or a dict, not {source!r:.80}") from None
    is_path = isinstance(source, os.PathLike) or text.endswith(".toml") or "/" in text or os.sep in text
    home = shipped.shipped_folder()
    if not is_path:
        if text in shipped.shipped_names() and home is not None:
            return home / f"{text}.toml"
        is_folder = (folder / text).is_dir()
        what = "is a folder, not a scenario" if is_folder else "there is no shipped scenario of this name"
        raise _missing(text, folder, said_by, what)
    path = folder / text
    try:
        real_suffix, is_file, is_folder = path.resolve().suffix, path.is_file(), path.is_dir()
    except (OSError, RuntimeError, ValueError):
        raise _stop(said_by or repr(text[:60]), "extends" if said_by else "", "cannot be the name of a file") from None
    if path.suffix != ".toml" or real_suffix != ".toml":
        value = text if said_by else ABSENT
        raise _stop(said_by or text, "extends" if said_by else "", "a scenario file must end in .toml", value)
    if not is_file and path.exists():
        what = "is a folder" if is_folder else "is no ordinary file"
        raise _stop(said_by or text, "extends" if said_by else "", what, text if said_by else ABSENT)
    if not is_file:
        raise _missing(text, folder, said_by, "there is no such file")
    return path


def _missing(text: str, folder: Path, said_by: str, message: str) -> ScenarioError:
    """The error for a name that leads to no file, with the nearest names of files and shipped scenarios."""
    names = shipped.shipped_names()
    parent = (folder / Path(text)).parent
    files = sorted(path.stem for path in parent.glob("*.toml")) if parent.is_dir() else []
    stem = Path(text).stem
    if stem in names:
        hint = did_you_mean([f'"{stem}", the shipped scenario'])
    else:
        prefix = text[: len(text) - len(Path(text).name)]
        likely = [f'"{prefix}{name}.toml"' for name in nearest(stem, files)]
        likely += [f'"{name}", the shipped scenario' for name in nearest(stem, names)]
        hint = did_you_mean(likely) or (f"Shipped scenarios: {', '.join(names)}" if names else "")
    return _stop(said_by or text, "extends" if said_by else "", message, text if said_by else ABSENT, hint)


def _read(path: Path) -> Data:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as reason:
        raise _stop(path.name, "", f"cannot be read: {reason.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise _stop(path.name, "", f"is larger than {LARGEST_FILE:,} bytes; a scenario is a few dozen kilobytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        line = content[: reason.start].count(b"\n") + 1
        raise _stop(path.name, "", f"is not UTF-8 text (line {line})", hint="Save it as UTF-8") from None
    return _plain(parse_toml(text, path.name), path.name)


def parse_toml(text: str, source: str) -> Data:
    """TOML text as nested dicts. ScenarioError, with the line, if it is not TOML."""
    if _ENDLESS_KEY.search(text):
        raise _stop(source, "", "has a key of more than 50 dotted parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise _stop(source, "", f"is not valid TOML: {_lower_first(str(reason))}") from None
    except RecursionError:
        raise _stop(source, "", "is nested too deeply") from None
    except ValueError:
        raise _stop(source, "", "has a number with too many digits") from None


def _plain(data: Mapping[str, Any], source: str) -> Data:
    try:
        return dict(plain(data))
    except ScenarioError as found:
        raise ScenarioError(replace(problem, source=source) for problem in found.problems) from None


def _stop(source: str, path: str, message: str, value: Any = ABSENT, hint: str = "") -> ScenarioError:
    return ScenarioError([replace(error(path, message, value, hint), source=source)])


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
