"""Reading scenarios: TOML files that extend one another, shipped names, and plain dicts.

A file may begin with `extends = "base.toml"` (relative to the file, or a shipped scenario's name without `.toml`) and
then states only what differs (`merge.merged` says how the two combine). To take away something inherited it lists
dotted paths: `remove = ["levels.iop", "levels.residential.burnout"]`; their evidence cards go with them, and what the
file states itself is laid on afterwards, so that a table can be removed and stated anew. `inheritance` says what
becomes of the cards and texts of what a file changes.

A file may extend several, a programme and a policy: `extends = ["programme.toml", "policy.toml"]`. All that they rest
on is laid over one another in one order, `_order`: those stated later lie over those stated earlier, a file always lies
over what it extends itself, and one that several rest on is there once, at the bottom.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from sim.files.formats import without_format
from sim.files.nearest import did_you_mean, nearest
from sim.files.paths import exists, is_list
from sim.files.problems import Problem, ScenarioError, refusal
from sim.files.toml import Data, parse_toml, read_toml
from sim.scenario import shipped
from sim.scenario.inheritance import laid_over, stamped
from sim.scenario.plain import plain_data
from sim.scenario.schema import Scenario
from sim.scenario.validation import checked, segments_at

MOST_FILES = 20
"""So many files may extend one another, the last one included."""

LONGEST_NAME = 255
"""What is longer is cut where a refusal names it; no file system takes it."""

Source = str | os.PathLike[str] | Mapping[str, Any]


NOTHING_BESIDE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Layer:
    """What one file, text or dict states by itself.

    key: which of all it is, however it was called. read: what a name in its `extends` stands for, at a place there.
    """

    source: str
    data: Data
    key: str
    read: Callable[[str, str], "Layer"]


def load_scenario(source: Source) -> Scenario:
    """Read and validate a scenario: a path, a shipped scenario's name, or a dict of what a file would hold.

    A text with the suffix `.toml` or a path separator is a path, any other a shipped name. ScenarioError lists every
    problem at once, each with the file that brought it about.

    >>> import sim
    >>> ward = sim.load_scenario({
    ...     "name": "A ward",
    ...     "arrivals": {"closed_cohort": 20},
    ...     "time": {"follow_up_days": 60},
    ...     "entry": [{"to": {"ward": 1.0}}],
    ...     "places": {"beds": {"capacity": 10}},
    ...     "levels": {"ward": {"places": ["beds"], "length_of_stay": {"distribution": "fixed", "value": 20.0}}},
    ... })
    >>> wider = ward.with_overrides({"places.beds.capacity": 15})
    >>> wider.places["beds"].capacity
    15
    """
    return _scenario(_order(_layer(source)))


def scenario_by_layer(source: Source) -> list[tuple[str, Scenario]]:
    """What stands after each of the files that a scenario is laid out of, the lowest first, and which these are.

    Those that make no scenario together with what lies below them go with the next that does. Sources and errors are
    those of `load_scenario`.
    """
    layers = _order(_layer(source))
    whole, stages = _scenario(layers), _stages(layers)
    standing: list[tuple[str, Scenario]] = []
    names: list[str] = []
    for layer, stage in zip(layers, stages, strict=True):
        names.append(layer.source)
        scenario = whole if layer is layers[-1] else checked(stage).scenario
        if scenario is not None:
            standing.append((" and ".join(names), scenario))
            names = []
    return standing


def _layer(source: Source) -> Layer:
    if isinstance(source, Mapping):
        known: dict[str, Layer] = {}
        data = _given_data(source, "dict")
        return Layer("dict", data, "", lambda name, place: _file(_resolved(name, Path(), "dict", place), known))
    return _file(_resolved(source, Path(), ""), {})


def scenario_of_text(text: str, source: str = "text", beside: Mapping[str, str] = NOTHING_BESIDE) -> Scenario:
    """Read and validate a scenario from the text of a file, of which nothing else is known.

    It may extend a shipped scenario by its name, and the texts `beside` it by their file names, which may extend one
    another: never a file, since a text from somewhere else must not open files here. ScenarioError lists every
    problem at once, each with the name of the text that it is in.
    """
    return _scenario(_order(_text(text, source, beside, {})))


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


def _order(top: Layer) -> list[Layer]:
    """Everything that a layer rests on and itself, each once, in the order in which they are laid over one another.

    What a file extends lies below it, and what it states later lies over what it states earlier, where the first rule
    leaves that open. So of two files that extend a third, this lies at the bottom, and what the first of them changed
    is not undone by the second.
    """
    done: dict[str, Layer] = {}
    _lay(top, [], done)
    return list(done.values())


def _lay(layer: Layer, above: list[Layer], done: dict[str, Layer]) -> None:
    """Put a layer on those that are done, after what it rests on. Those above it wait for it."""
    chain = [*above, layer]
    for name, place in _names(layer):
        below = layer.read(name, place)
        keys = [each.key for each in chain]
        if below.key in keys:
            circle = " extends ".join(each.source for each in [*chain[keys.index(below.key) :], below])
            raise refusal(layer.source, place, f"goes in a circle: {circle}", name)
        if below.key in done:
            continue
        if len(chain) + len(done) == MOST_FILES:
            raise refusal(layer.source, place, f"lays more than {MOST_FILES} files over one another", name)
        _lay(below, chain, done)
    done[layer.key] = layer


def _names(layer: Layer) -> list[tuple[str, str]]:
    """What a layer extends, by name, each with its path there."""
    stated = layer.data.get("extends", [])
    if isinstance(stated, str):
        return [(stated, "extends")]
    several = 'or several of these: ["programme.toml", "policy.toml"]'
    message = f'must be a file such as "base.toml" or the name of a shipped scenario, {several}'
    if (
        not is_list(stated)
        or not all(isinstance(name, str) for name in stated)
        or (not stated and "extends" in layer.data)
    ):
        raise refusal(layer.source, "extends", message, stated)
    if len(stated) > MOST_FILES:
        raise refusal(layer.source, "extends", f"names more than {MOST_FILES} files", f"{len(stated):,} names")
    for index, name in enumerate(stated):
        if name in stated[:index]:
            raise refusal(layer.source, f"extends.{index}", "is named twice", name)
    return [(name, f"extends.{index}") for index, name in enumerate(stated)]


def _file(path: Path, known: dict[str, Layer]) -> Layer:
    """known: the files that were read before, by what they are."""
    key = str(path.resolve())
    if key not in known:

        def read(name: str, place: str) -> Layer:
            return _file(_resolved(name, path.parent, path.name, place), known)

        known[key] = Layer(path.name, _given_data(read_toml(path), path.name), key, read)
    return known[key]


def _text(text: str, source: str, beside: Mapping[str, str], known: dict[str, Layer]) -> Layer:
    def read(name: str, place: str) -> Layer:
        if (path := _shipped(name)) is not None:
            return _file(path, known)
        # Texts lie in no folder, so the name of the file is what counts.
        file = PurePosixPath(name).name
        if file in beside:
            return _text(beside[file], file, beside, known)
        hint = f"There are {', '.join(shipped.shipped_names())}"
        if file.endswith(".toml"):
            near = did_you_mean(f'"{each}"' for each in nearest(file, [each for each in beside if each != source]))
            hint = f"{near} Or give {file[:60]} as well" if near else f"Give {file[:60]} as well. {hint}"
        raise refusal(source, place, "must be the name of a shipped scenario here, or a file beside it", name, hint)

    key = f"text {source}"
    if key not in known:
        known[key] = Layer(source, _given_data(parse_toml(text, source), source), key, read)
    return known[key]


def _stages(layers: list[Layer]) -> list[Data]:
    """What stands after each layer has been laid over those before it."""
    stages, _, problems = _laid(layers, {})
    if problems:
        raise ScenarioError(problems)
    return stages


def _laid(layers: list[Layer], alone: dict[str, Data]) -> tuple[list[Data], Data, list[Problem]]:
    """The same; the last of it as a file that extends it finds it, with names on all evidence cards; and problems.

    alone: by layer, what it extends by itself, as far as that is known.
    """
    stages: list[Data] = []
    problems: list[Problem] = []
    top: Data = {}
    for index, layer in enumerate(layers):
        data, merge_problems = laid_over(top, layer.data, _extended(layer, layers[:index], alone))
        problems += [replace(problem, source=layer.source) for problem in merge_problems]
        stages.append(data)
        top = stamped(data, PurePosixPath(layer.source).stem)
    return stages, top, problems


def _extended(layer: Layer, below: list[Layer], alone: dict[str, Data]) -> Data | None:
    """What a layer extends, by itself, where it lies over more than that; None where it does not, or extends none."""
    own = _order(layer)[:-1]
    if not own or len(own) == len(below):
        return None
    if layer.key not in alone:
        alone[layer.key] = _laid(own, alone)[1]
    return alone[layer.key]


def _resolved(source: str | os.PathLike[str], folder: Path, said_by: str, place: str = "extends") -> Path:
    """The file that a path or a shipped name stands for; `said_by` is the file that extends it, if any, at a place."""
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
        raise refusal(said_by, place, what, text, hint)
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
