"""From plain data to a sound scenario, or to every problem at once."""

from copy import deepcopy
from dataclasses import replace
from typing import NamedTuple

from pydantic import ValidationError

from sim.files.paths import Segments, exists, is_list, lookup, split_path
from sim.files.problems import Problem, ScenarioError
from sim.files.toml import Data
from sim.scenario.cards import card_problems, relation_problems
from sim.scenario.checks import scenario_errors
from sim.scenario.schema import Scenario
from sim.scenario.shape import shape_at
from sim.scenario.translation import segments_of, translate

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
    ("targets",),
    ("discounting",),
)
"""What can be left out of a scenario without a word from any rule."""


class Checked(NamedTuple):
    """A scenario, or every problem that is an error, without sources.

    all_heard: whether the rules across fields had their say. Where the schema finds too much amiss, they have not.
    """

    scenario: Scenario | None
    problems: list[Problem]
    all_heard: bool


def checked(data: Data) -> Checked:
    """What `data` describes: what is sound is checked against the rules across fields even where else is a fault."""
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as refused:
        problems, beyond = translate(refused, data), _beyond(refused, data)
        return Checked(None, problems + (beyond or []), beyond is not None)
    problems = _cross_field(scenario)
    return Checked(None if problems else scenario, problems, True)


def validated(data: Data, source: str) -> Scenario:
    """The scenario that `data` describes. ScenarioError with every problem, all of them said to be in `source`."""
    scenario, problems, _ = checked(data)
    if scenario is None:
        raise ScenarioError(replace(problem, source=source) for problem in problems)
    return scenario


def _cross_field(scenario: Scenario) -> list[Problem]:
    problems = scenario_errors(scenario) + card_problems(scenario) + relation_problems(scenario)
    return [problem for problem in problems if problem.severity == "error"]


def segments_at(problem: Problem) -> Segments:
    """The path of a problem, taken apart as far as it can be."""
    try:
        return split_path(problem.path)
    except ValueError:
        return (problem.path,)


def _beyond(refused: ValidationError, data: Data) -> list[Problem] | None:
    """What the rules across fields say once every fault is replaced or left out; None where that could mislead.

    A rule that looks at the table with a fault is not heard: an unknown key may be the misspelling of what it misses,
    and a stand-in is no number of anyone's.
    """
    mended = deepcopy(data)
    spoilt: set[Segments] = set()
    for _ in range(MOST_ROUNDS):
        details = refused.errors(include_url=False)
        for segments, kind in [(segments_of(each, mended), each["type"]) for each in details]:
            if not exists(mended, segments[:-1]):
                continue  # It stood in what has been left out or replaced.
            touched = _mend(mended, segments, kind)
            if touched is None:
                return None
            spoilt.add(touched[:-1] or touched)
        try:
            scenario = Scenario.model_validate(mended)
        except ValidationError as again:
            refused = again
            continue
        within = {table[:length] for table in spoilt for length in range(1, len(table) + 1)}
        return [p for p in _cross_field(scenario) if not _concerns(segments_at(p), spoilt, within)]
    return None


def _mend(data: Data, segments: Segments, kind: str) -> Segments | None:
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


def _concerns(path: Segments, spoilt: set[Segments], within: set[Segments]) -> bool:
    """Whether a finding at a path may come of what was put into spoilt tables: it is there, or depends on it.

    within: the spoilt tables and all tables around them.
    """
    if path[:1] == ("evidence",) and len(path) > 1:
        try:
            path = split_path(path[1])
        except ValueError:
            path = (path[1],)
    depends = path[:1] == ("initial",) and bool(within & {("places",), ("time",), ("levels",)})
    return depends or path in within or any(path[:length] in spoilt for length in range(1, len(path) + 1))
