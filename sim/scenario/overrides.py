"""Changing single values of a scenario by dotted path."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from sim.files.nearest import name_hint
from sim.files.paths import Segments, has_child, is_list, join_path, split_path
from sim.files.problems import ABSENT, Problem, ScenarioError
from sim.files.toml import Data, parse_toml
from sim.scenario.inheritance import inherited
from sim.scenario.path_hints import path_hint
from sim.scenario.plain import plain_data
from sim.scenario.schema import Scenario
from sim.scenario.shape import Shape, scenario_shape
from sim.scenario.validation import validated

SOURCE = "override"


def with_overrides(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """A new scenario with the values at these dotted paths changed, in the order given; the original stays as it is.

    An index names an entry of an array (`levels.residential.next.0.probability`). A dict replaces a whole table, and
    may add a level, a place or an attribute; None clears an optional value. `levels.<level>.capacity` stands for the
    capacity of the level's only kind of place. The evidence card of a changed value goes, unless it is set as well:
    another number has another source (`scenario_warnings(changed, since=scenario)` tells which left the range that the
    card gave). So do question, hypothesis, compared_with, reads and targets when any input changes. ScenarioError
    lists every problem.
    """
    before = plain_data(scenario)
    data = before
    problems: list[Problem] = []
    for path, value in settings.items():
        try:
            segments = _target(split_path(path), scenario)
            data = _changed(data, segments, plain_data(value, segments))
        except ScenarioError as refused:
            problems += [Problem(SOURCE, path, value, p.message, p.hint) for p in refused.problems]
        except ValueError as reason:
            problems.append(Problem(SOURCE, path, value, str(reason)))
    set_here = {path.partition(".")[0]: None for path, _ in settings.items()}
    data = inherited(before, data, {**set_here, "evidence": _own_cards(settings, data)})
    try:
        changed = validated(data, SOURCE)
    except ScenarioError as refused:
        # What is wrong with the values is heard even where some path is wrong as well.
        problems += refused.problems
    if problems:
        raise ScenarioError(problems)
    return changed


def _own_cards(settings: Mapping[str, Any], data: Data) -> set[str]:
    """The paths whose evidence cards are set; one that is changed in part is nobody else's any more."""
    own: set[str] = set()
    for path, value in settings.items():
        try:
            segments = split_path(path)
        except ValueError:
            continue
        if segments == ("evidence",) and isinstance(value, Mapping):
            own |= {str(key) for key in value}
        elif segments[0] == "evidence" and len(segments) > 1:
            own.add(segments[1])
            card = data["evidence"].get(segments[1])
            if len(segments) == 3 and segments[2] != "inherited_from" and isinstance(card, dict):
                card["inherited_from"] = ""
    return own


def parse_setting(text: str) -> tuple[str, Any]:
    """The path and value of a `PATH=VALUE` from a command line.

    VALUE is read as TOML (a number, a boolean, a date, an array, an inline table, a quoted text); what is none of
    these is a text, so that `levels.iop.hand_over=hold` needs no quotes. ScenarioError without a path, `=` or value.
    """
    path, equals, value = text.partition("=")
    path, value = path.strip(), value.strip()
    if not equals or not path or not value:
        example = "Write PATH=VALUE, such as levels.residential.cost_per_day=250"
        raise ScenarioError([Problem(SOURCE, text, ABSENT, "is not of the form PATH=VALUE", example)])
    try:
        parsed = parse_toml(f"value = {value}", SOURCE)
    except ScenarioError:
        parsed = {}
    if set(parsed) == {"value"}:
        return path, parsed["value"]
    if value[0] in "[{\"'":
        raise ScenarioError([Problem(SOURCE, path, value, "the value begins like a TOML value but is not valid TOML")])
    return path, value


def _target(segments: Segments, scenario: Scenario) -> Segments:
    """The path that is meant: the capacity of a level is that of its only kind of place."""
    if len(segments) != 3 or (segments[0], segments[2]) != ("levels", "capacity"):
        return segments
    level = scenario.levels.get(segments[1])
    if level is None:
        raise _unknown(segments, "there is no such level", name_hint(segments[1], scenario.levels))
    if not level.all_places:
        raise _unknown(segments, "this level has no places, so its capacity is unlimited")
    if len(level.all_places) > 1:
        choices = " or ".join(f"places.{place}.capacity" for place in level.all_places)
        raise _unknown(segments, "this level uses several kinds of place", f"Set {choices}")
    return ("places", level.all_places[0], "capacity")


def _changed(data: Data, segments: Segments, value: Any) -> Data:
    """The data with the value at its place; ScenarioError if the schema or the scenario has no such place.

    Only the tables around it are new ones, and `data` stays as it is, even where a path turns out to be wrong.
    """
    shape: Shape = scenario_shape()
    changed = dict(data)
    node: Any = changed
    for at, segment in enumerate(segments):
        last = at == len(segments) - 1
        below = shape.child(segment, node)
        if below is None or (not has_child(node, segment) and not _may_create(shape, segments[:at], last, value)):
            raise _unknown(segments, _why(shape, segments[:at], node), path_hint(segments, data))
        if is_list(node):
            index = int(segment)
            node[index] = value if last else copy(node[index])
            node = node[index]
        elif last:
            node[segment] = value
        else:
            node[segment] = copy(node[segment]) if isinstance(node.get(segment), (dict, list)) else {}
            node = node[segment]
        shape = below
    return changed


def _may_create(shape: Shape, path: Segments, last: bool, value: Any) -> bool:
    """Whether a key that is not there yet may be set.

    Fixed keys may. Names that refer to something may too, since a wrong one is found by its reference. Names that
    define something come only with their whole table: there a misspelling would add a nameless twin.
    """
    if shape.entries is None:
        return shape.items is None
    defines = path in (("levels",), ("places",), ("population",), ("evidence",), ("targets",))
    shares = shape.mark.sums_to_one and shape.entries.key_refers is None
    return last and isinstance(value, dict) if defines else not shares


def _why(shape: Shape, path: Segments, node: Any) -> str:
    if is_list(node):
        return f"{join_path(path)} has {len(node)} entries, counted from 0"
    if shape.entries is not None:
        return f"there is no such name in {join_path(path)}"
    return "there is no such key"


def _unknown(segments: Segments, message: str, hint: str = "") -> ScenarioError:
    return ScenarioError([Problem(SOURCE, join_path(segments), ABSENT, message, hint)])
