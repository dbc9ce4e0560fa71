"""Other numbers in a scenario, without the seconds that it takes to check all of it a thousand times."""

from collections.abc import Mapping
from typing import Any

from sim.files.paths import Segments, split_path
from sim.scenario import Scenario
from sim.scenario.frozen import Frozen, FrozenDict


def with_numbers(scenario: Scenario, settings: Mapping[str, float]) -> Scenario:
    """The scenario with these numbers, as `with_overrides` would give it, but unchecked: for what is known to be sound.

    What the scenario does without, as an arm in which nobody recovers, it goes on to do without.
    """
    changed: Any = scenario
    for path, value in settings.items():
        changed = _with(changed, split_path(path), value)
    assert isinstance(changed, Scenario)
    return changed


def _with(part: Any, path: Segments, value: float) -> Any:
    if not path:
        return value
    key, below = path[0], path[1:]
    if isinstance(part, Frozen):
        return part.model_copy(update={key: _with(getattr(part, key), below, value)})
    if isinstance(part, FrozenDict):
        return FrozenDict({**part, key: _with(part[key], below, value)}) if key in part else part
    assert part is None, path
    return part
