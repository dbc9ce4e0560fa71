"""From plain data to a sound scenario, or to every problem at once."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from sim.scenario.cards import card_problems
from sim.scenario.checks import scenario_errors
from sim.scenario.frozen import Frozen
from sim.scenario.paths import Segments, is_list, join_path, lookup, split_path
from sim.scenario.problems import Problem, ScenarioError, error
from sim.scenario.schema import Scenario
from sim.scenario.translation import Origin, segments_of, translate

DEEPEST = 12
"""Tables and arrays nested deeper than this are no scenario."""


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
    problem; where only unknown keys spoil the schema, the rest is checked as well.
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
    """What the rules across fields say once unknown keys are left out; nothing where that could mislead.

    A rule that looks at the table with the unknown key is not heard: the key may be the misspelling of what it misses.
    """
    details = found.errors(include_url=False)
    unknown = [segments_of(detail, data) for detail in details if detail["type"] == "extra_forbidden"]
    if len(unknown) < len(details) or any(len(segments) == 1 for segments in unknown):
        return []
    pruned = deepcopy(data)
    for segments in unknown:
        del lookup(pruned, segments[:-1])[segments[-1]]
    try:
        scenario = Scenario.model_validate(pruned)
    except ValidationError:
        return []
    spoilt = [segments[:-1] for segments in unknown]
    return [
        problem
        for problem in _sourced(_cross_field(scenario, card_ranges), origin)
        if not any(_overlap(_segments(problem.path), table) for table in spoilt)
    ]


def _overlap(path: Segments, table: Segments) -> bool:
    shorter = min(len(path), len(table))
    return path[:shorter] == table[:shorter]
