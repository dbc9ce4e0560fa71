"""From plain data to a sound scenario, or to every problem at once."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from sim.scenario.cards import card_problems
from sim.scenario.checks import scenario_errors
from sim.scenario.frozen import Frozen
from sim.scenario.paths import Segments, exists, is_list, join_path, lookup, split_path
from sim.scenario.problems import Problem, ScenarioError, error
from sim.scenario.schema import Scenario
from sim.scenario.shape import shape_at
from sim.scenario.translation import Origin, segments_of, translate

DEEPEST = 12
"""Tables and arrays nested deeper than this are no scenario."""

MOST_ROUNDS = 4
"""How often what is faulty is replaced or left out, to hear the rules across fields about the rest."""

NAMED = (("levels",), ("places",), ("population",))
"""Tables whose keys are names that others refer to."""

ALONE = (
    ("currency",),
    ("price_year",),
    ("question",),
    ("hypothesis",),
    ("compared_with",),
    ("reads",),
    ("discounting",),
)
"""What can be left out of a scenario without a word from any rule."""


def plain(value: Any, path: Segments = ()) -> Any:
    """Mappings and sequences as fresh dicts and lists, numpy's numbers as Python's. ScenarioError if too deep."""
    if len(path) > DEEPEST:
        raise ScenarioError([error(join_path(path[:4]) + " ...", f"is nested more than {DEEPEST} deep")])
    if isinstance(value, Frozen):
        value = value.model_dump(by_alias=True)
    if isinstance(value, Mapping):
        return {str(key): plain(item, (*path, str(key))) for key, item in value.items()}
    if is_list(value):
        return [plain(item, (*path, str(index))) for index, item in enumerate(value)]
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return plain(value.tolist(), path)
    return value


def validated(data: dict[str, Any], origin: Origin, card_ranges: bool = True) -> Scenario:
    """The scenario that `data` describes.

    `card_ranges` says whether a value outside its evidence card's low..high is an error. ScenarioError with every
    problem: what is sound is checked against the rules across fields even where something else is not.
    """
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as found:
        problems = translate(found, data, origin)
        raise ScenarioError(problems + _beyond(found, data, origin, card_ranges)) from None
    if problems := _sourced(_cross_field(scenario, card_ranges), origin):
        raise ScenarioError(problems)
    return scenario


def _cross_field(scenario: Scenario, card_ranges: bool) -> list[Problem]:
    problems = scenario_errors(scenario) + card_problems(scenario)
    return [problem for problem in problems if problem.severity == "error" or card_ranges]


def _sourced(problems: list[Problem], origin: Origin) -> list[Problem]:
    return [replace(problem, source=origin(_segments(problem.path)), severity="error") for problem in problems]


def _segments(path: str) -> Segments:
    try:
        return split_path(path)
    except ValueError:
        return (path,)


def _beyond(found: ValidationError, data: dict[str, Any], origin: Origin, card_ranges: bool) -> list[Problem]:
    """What the rules across fields say once every fault is replaced or left out; nothing where that could mislead.

    A rule that looks at the table with a fault is not heard: an unknown key may be the misspelling of what it misses,
    and a stand-in is no number of anyone's.
    """
    mended = deepcopy(data)
    spoilt: list[Segments] = []
    for _ in range(MOST_ROUNDS):
        details = found.errors(include_url=False)
        for segments, kind in [(segments_of(each, mended), each["type"]) for each in details]:
            if not exists(mended, segments[:-1]):
                continue  # It stood in what has been left out or replaced.
            touched = _mend(mended, segments, kind)
            if touched is None:
                return []
            spoilt.append(touched[:-1] or touched)
        try:
            scenario = Scenario.model_validate(mended)
        except ValidationError as again:
            found = again
            continue
        return [
            problem
            for problem in _sourced(_cross_field(scenario, card_ranges), origin)
            if not any(_concerns(_segments(problem.path), table) for table in spoilt)
        ]
    return []


def _mend(data: dict[str, Any], segments: Segments, kind: str) -> Segments | None:
    """Put something sound in the place of a fault, or leave it out; returns what was touched, None if that is too much.

    Without a whole level, place or attribute its name would seem wrong everywhere, and indices must stay what they are.
    """
    if segments == ("name",):
        data["name"] = "a scenario"
        return segments
    shape = shape_at(segments, data)
    fixed = {"distribution": "fixed", "value": 1.0}
    stand_in = None if shape is None else 1 if shape.is_number else fixed if "fixed" in shape.variants else None
    if segments[-1:] == ("distribution",):
        segments, stand_in = segments[:-1], fixed
    if kind == "missing" and stand_in is None:
        segments = segments[:-1]
    while segments and (is_list(lookup(data, segments[:-1])) and stand_in is None):
        segments = segments[:-1]
    if (len(segments) < 2 and segments not in ALONE) or (segments[:-1] in NAMED and stand_in is None):
        return None
    table = lookup(data, segments[:-1])
    if stand_in is None:
        table.pop(segments[-1], None)
    elif is_list(table):
        table[int(segments[-1])] = stand_in
    else:
        table[segments[-1]] = stand_in
    return segments


def _concerns(path: Segments, table: Segments) -> bool:
    """Whether a finding at a path may come of what was put into a table: it is there, or depends on it."""
    if path[:1] == ("evidence",) and len(path) > 1:
        path = _segments(path[1])
    depends = path[:1] == ("initial",) and table[:1] in (("places",), ("time",), ("levels",))
    return depends or _overlap(path, table)


def _overlap(path: Segments, table: Segments) -> bool:
    shorter = min(len(path), len(table))
    return path[:shorter] == table[:shorter]
