"""How two scenarios differ: what one states that the other does not, and values that are not the same."""

from collections.abc import Iterator
from typing import Any

from sim.scenario.paths import Segments, is_list, join_path
from sim.scenario.schema import Scenario

ABOUT = frozenset({"name", "question", "hypothesis", "compared_with", "reads", "evidence"})
"""What is said of a scenario, not what is simulated."""


def differences(first: Scenario, second: Scenario) -> list[tuple[str, Any, Any]]:
    """(dotted path, value in the first, value in the second) of all inputs that differ; None where one has none.

    Texts about the scenario and evidence cards are left out. Distributions of another kind differ as wholes.
    """
    here, there = (scenario.model_dump(by_alias=True, exclude=set(ABOUT), mode="json") for scenario in (first, second))
    return [(join_path(path), a, b) for path, a, b in _differing(here, there, ())]


def _differing(here: Any, there: Any, path: Segments) -> Iterator[tuple[Segments, Any, Any]]:
    if here == there:
        return
    alike = isinstance(here, dict) and isinstance(there, dict) and here.get("distribution") == there.get("distribution")
    if alike:
        for key in dict.fromkeys((*here, *there)):
            yield from _differing(here.get(key), there.get(key), (*path, key))
    elif is_list(here) and is_list(there) and len(here) == len(there):
        for index, (a, b) in enumerate(zip(here, there, strict=True)):
            yield from _differing(a, b, (*path, str(index)))
    else:
        yield path, here, there
