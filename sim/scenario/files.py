"""Reading scenarios: TOML files that extend one another, shipped names, and plain dicts.

A file may begin with `extends = "base.toml"` (relative to the file, or a shipped scenario's name without `.toml`) and
then states only what differs (`merge.merged` says how the two combine). To take away something inherited it lists
dotted paths: `remove = ["levels.iop", "levels.residential.burnout"]`; their evidence cards go with them, and what the
file states itself is laid on afterwards, so that a table can be removed and stated anew. `inheritance` says what
becomes of the cards and texts of what a file changes.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from sim.files.formats import without_format
from sim.files.nearest import did_you_mean, nearest
from sim.files.paths import exists
from sim.files.problems import Problem, ScenarioError, refusal
from sim.files.toml import Data, parse_toml, read_toml
from sim.scenario import shipped
from sim.scenario.inheritance import laid_over, stamped
from sim.scenario.schema import Scenario
from sim.scenario.validation import checked, plain_data, segments_at

LONGEST_CHAIN = 20
"""So many files may extend one another."""

LONGEST_NAME = 255
"""What is longer is cut where a refusal names it; no file system takes it."""

Source = str | os.PathLike[str] | Mapping[str, Any]


NOTHING_BESIDE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Layer:
    """What one file, text or dict states by itself.

    key: which of all it is, however it was called. parent: reads what its `extends` names.
    """

    source: str
    data: Data
    key: str
    parent: Callable[[str], "Layer"]


def load_scenario(source: Source) -> Scenario:
    """Read and validate a scenario: a path, a shipped scenario's name, or a dict of what a file would hold.

    A text with the suffix `.toml` or a path separator is a path, any other a shipped name. ScenarioError lists every
    problem at once, each with the file that brought it about.
    """
    if isinstance(source, Mapping):
        layer = Layer("dict", _given_data(source, "dict"), "", lambda name: _file(_resolved(name, Path(), "dict")))
    else:
        layer = _file(_resolved(source, Path(), ""))
    return _scenario(_chain(layer))


def scenario_of_text(text: str, source: str = "text", beside: Mapping[str, str] = NOTHING_BESIDE) -> Scenario:
    """Read and validate a scenario from the text of a file, of which nothing else is known.

    It may extend a shipped scenario by its name, and the texts `beside` it by their file names, which may extend one
    another: never a file, since a text from somewhere else must not open files here. ScenarioError lists every
    problem at once, each with the name of the text that it is in.
    """
    return _scenario(_chain(_text(text, source, beside)))


def _scenario(layers: list[Layer]) -> Scenario:
    stages = _stages(layers)
    scenario, problems, _ = checked(stages[-1])
    if scenario is None:
        raise ScenarioError(_sourced(problems, layers, stages))
    return scenario


def _sourced(problems: list[Problem], layers: list[Layer], stages: list[Data]) -> list[Problem]:
    """Each problem with the layer that brought it about: the first from which on it is there.

    So a file that takes away what its parent needs is named, not the parent. Where what lies below is too little of a
    scenario to tell (a file that is only meant to be extended), it is the last layer that states the value.
    """
    sources: dict[str, str] = {}
    left = {_finding(problem): problem for problem in problems}
    for index in range(len(layers) - 1, 0, -1):
        below = checked(stages[index - 1])
        known = {_finding(problem) for problem in below.problems}
        for finding in [finding for finding in left if finding not in known]:
            problem = left.pop(finding)
            sources[finding] = layers[index].source if below.all_heard else _stating(problem, layers[: index + 1])
        if not left:
            break
    return [replace(problem, source=sources.get(_finding(problem), layers[0].source)) for problem in problems]


def _finding(problem: Problem) -> str:
    return str(replace(problem, hint="", look=None))


def _stating(problem: Problem, layers: list[Layer]) -> str:
    """The last of the layers that states the value at the problem's path, or what is nearest around it."""
    segments = segments_at(problem)
    while segments:
        for layer in reversed(layers):
            if exists(layer.data, segments):
                return layer.source
        segments = segments[:-1]
    return layers[-1].source


def _chain(layer: Layer) -> list[Layer]:
    """What extends one another, the layer that extends nothing first."""
    layers = [layer]
    while "extends" in layers[0].data:
        name, source = layers[0].data["extends"], layers[0].source
        if not isinstance(name, str):
            raise refusal(
                source, "extends", 'must be a file such as "base.toml" or the name of a shipped scenario', name
            )
        parent = layers[0].parent(name)
        keys = [each.key for each in layers]
        if parent.key in keys:
            circle = [each.source for each in layers[: keys.index(parent.key) + 1]]
            chain = " extends ".join([*reversed(circle), parent.source])
            raise refusal(source, "extends", f"goes in a circle: {chain}", name)
        if len(layers) == LONGEST_CHAIN:
            raise refusal(source, "extends", f"is a chain of more than {LONGEST_CHAIN} files", name)
        layers.insert(0, parent)
    return layers


def _file(path: Path) -> Layer:
    def parent(name: str) -> Layer:
        return _file(_resolved(name, path.parent, path.name))

    return Layer(path.name, _given_data(read_toml(path), path.name), str(path.resolve()), parent)


def _text(text: str, source: str, beside: Mapping[str, str]) -> Layer:
    def parent(name: str) -> Layer:
        if (path := _shipped(name)) is not None:
            return _file(path)
        # Texts lie in no folder, so the name of the file is what counts.
        file = PurePosixPath(name).name
        if file in beside:
            return _text(beside[file], file, beside)
        hint = f"There are {', '.join(shipped.shipped_names())}"
        if file.endswith(".toml"):
            near = nearest(file, [each for each in beside if each != source])
            hint = did_you_mean(f'"{each}"' for each in near) or f"Give {file[:60]} as well. {hint}"
        raise refusal(source, "extends", "must be the name of a shipped scenario here, or a file beside it", name, hint)

    return Layer(source, _given_data(parse_toml(text, source), source), f"text {source}", parent)


def _stages(layers: list[Layer]) -> list[Data]:
    """What stands after each layer has been laid over those before it."""
    stages: list[Data] = []
    problems: list[Problem] = []
    data: Data = {}
    for layer in layers:
        data, merge_problems = laid_over(data, layer.data)
        problems += [replace(problem, source=layer.source) for problem in merge_problems]
        stages.append(data)
        data = stamped(data, PurePosixPath(layer.source).stem)
    if problems:
        raise ScenarioError(problems)
    return stages


def _resolved(source: str | os.PathLike[str], folder: Path, said_by: str) -> Path:
    """The file that a path or a shipped name stands for; `said_by` is the file that extends it, if any."""
    try:
        text = os.fsdecode(source)
    except TypeError:
        raise ValueError(f"a scenario is a path, a shipped scenario's name or a dict, not {source!r:.80}") from None
    is_path = isinstance(source, os.PathLike) or text.endswith(".toml") or "/" in text or os.sep in text
    if not is_path and (path := _shipped(text)) is not None:
        return path
    try:
        what, hint = _refusal(folder / text, is_path), ""
        if what in (NO_FILE, NO_NAME):
            hint = _likely(text, folder)
    except PermissionError:
        what, hint = "cannot be reached: permission denied", ""
    except (OSError, RuntimeError, ValueError):
        # Too long, with a NUL byte, a circle of links, or nothing that this machine can spell.
        what, hint = "cannot be the name of a file", ""
    if not what:
        return folder / text
    if said_by:
        raise refusal(said_by, "extends", what, text, hint)
    raise refusal(text if text.isprintable() and len(text) <= LONGEST_NAME else repr(text[:60]), "", what, hint=hint)


NO_FILE, NO_NAME = "there is no such file", "there is no shipped scenario of this name"


def _shipped(name: str) -> Path | None:
    """The file of a shipped scenario."""
    home = shipped.shipped_folder()
    return home / f"{name}.toml" if home is not None and name in shipped.shipped_names() else None


def _refusal(path: Path, is_path: bool) -> str:
    """Why a path is not opened; "" if it is a scenario file. Raises OSError or ValueError if it cannot be a path."""
    if not is_path:
        return "is a folder, not a scenario" if path.is_dir() else NO_NAME
    if path.suffix != ".toml" or path.resolve().suffix != ".toml":
        return "a scenario file must end in .toml"
    if path.is_file():
        return ""
    if path.is_symlink() and not path.exists():
        return "is a link that leads to no file"
    return NO_FILE if not path.exists() else "is a folder" if path.is_dir() else "is no ordinary file"


def _likely(text: str, folder: Path) -> str:
    """The nearest names of files and shipped scenarios, for a name that leads to nothing."""
    names = shipped.shipped_names()
    parent = (folder / Path(text)).parent
    files = sorted(path.stem for path in parent.glob("*.toml")) if parent.is_dir() else []
    stem = Path(text).stem
    if stem in names:
        return did_you_mean([f'"{stem}", the shipped scenario'])
    prefix = text[: len(text) - len(Path(text).name)]
    likely = [f'"{prefix}{name}.toml"' for name in nearest(stem, files)]
    likely += [f'"{name}", the shipped scenario' for name in nearest(stem, names)]
    return did_you_mean(likely) or (f"Shipped scenarios: {', '.join(names)}" if names else "")


def _given_data(data: Mapping[str, Any], source: str) -> Data:
    try:
        return without_format(dict(plain_data(data)), "scenario", source)
    except ScenarioError as refused:
        raise ScenarioError(replace(problem, source=source) for problem in refused.problems) from None
