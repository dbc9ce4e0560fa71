"""How two scenarios differ: what one states that the other does not, and values that are not the same."""

from collections.abc import Iterator
from typing import Any

from sim.files.paths import Segments, is_list, join_path
from sim.scenario.schema import Scenario

ABOUT = frozenset(
    {
        *("name", "question", "hypothesis", "compared_with", "reads", "targets", "called"),
        *("evidence", "evidence_correlation", "evidence_structures"),
    }
)
"""What is said of a scenario, not what is simulated."""

NOTHING: tuple[Any, ...] = (None, [], {})
"""What stands where a scenario has nothing."""


def differences(first: Scenario, second: Scenario) -> list[tuple[str, Any, Any]]:
    """(dotted path, value in the first, value in the second) of all inputs that differ; None where one has none.

    Values are single ones, arrays of them, or distributions of other kinds, never whole levels or rules. Of what only
    one scenario has, defaults are left out. Texts about the scenario and evidence cards are no inputs.
    """
    (in_first, first_stated), (in_second, second_stated) = (
        [
            scenario.model_dump(by_alias=True, exclude=set(ABOUT), mode="json", exclude_defaults=brief)
            for brief in (False, True)
        ]
        for scenario in (first, second)
    )
    differing = _differing(in_first, in_second, first_stated, second_stated, ())
    return [(join_path(path), a, b) for path, a, b in differing]


def _differing(
    first: Any, second: Any, first_stated: Any, second_stated: Any, path: Segments
) -> Iterator[tuple[Segments, Any, Any]]:
    """Differences below a path. The stated values are the same without defaults, for what the other side lacks."""
    if first == second:
        return
    if first in NOTHING:
        yield from ((leaf, None, value) for leaf, value in _leaves(second_stated, path))
    elif second in NOTHING:
        yield from ((leaf, value, None) for leaf, value in _leaves(first_stated, path))
    elif _is_leaf(first) or _is_leaf(second):
        if _kind(first) is not None and _kind(first) == _kind(second):
            for key in dict.fromkeys((*first, *second)):
                if first.get(key) != second.get(key):
                    yield (*path, key), first.get(key), second.get(key)
        else:
            yield path, first, second
    else:
        sides = [_children(side) for side in (first, second, first_stated, second_stated)]
        for key in dict.fromkeys((*sides[0], *sides[1])):
            one, other, one_stated, other_stated = (side.get(key) for side in sides)
            yield from _differing(one, other, one_stated, other_stated, (*path, key))


def _leaves(value: Any, path: Segments) -> Iterator[tuple[Segments, Any]]:
    if value in NOTHING:
        return
    if _is_leaf(value):
        yield path, value
        return
    for key, below in _children(value).items():
        yield from _leaves(below, (*path, key))


def _is_leaf(value: Any) -> bool:
    """A single value, an array of such values, or a distribution, whose numbers mean nothing without its kind."""
    if isinstance(value, dict):
        return "distribution" in value
    return not is_list(value) or not any(isinstance(item, dict) for item in value)


def _kind(value: Any) -> str | None:
    return value.get("distribution") if isinstance(value, dict) else None


def _children(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {str(index): item for index, item in enumerate(value)} if is_list(value) else {}
