"""How a scenario is laid over the one it extends: tables key by key, all else replaced; evidence follows its value."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from sim.scenario.nearest import path_hint
from sim.scenario.paths import Segments, child_of, exists, has_child, is_list, lookup, split_path
from sim.scenario.problems import Problem, error

Data = dict[str, Any]


def merged(parent: Data, child: Data) -> Data:
    """The child laid over the parent; neither is changed.

    Tables merge key by key; arrays and values replace. A table is replaced wholly when its `distribution` changes, when
    it holds shares that make sense only together (a population attribute, `on_relapse`, `payers` of any kind), and when
    it is an evidence card. An inherited card goes when what it speaks of has gone.
    """
    result = _laid_over(parent, child, ())
    return without_stale_cards(parent, result, own=child.get("evidence", {}))


def _laid_over(parent: Data, child: Data, path: Segments) -> Data:
    result = dict(parent)
    for key, value in child.items():
        here = (*path, key)
        inherited = result.get(key)
        mergeable = isinstance(inherited, dict) and isinstance(value, dict)
        if mergeable and not replaces(here, inherited, value):
            result[key] = _laid_over(inherited, value, here)  # type: ignore[arg-type]
        else:
            result[key] = deepcopy(value)
    return result


def replaces(path: Segments, inherited: Any, value: Any) -> bool:
    """Whether the table `value` at this path replaces the inherited one instead of adding to it."""
    if path == ("payers",) or (len(path) == 2 and path[0] in ("population", "evidence")):
        return True
    if len(path) == 3 and path[0] == "levels" and path[2] in ("payers", "on_relapse"):
        return True
    if len(path) == 3 and path[:2] == ("costs", "payers"):
        return True
    return "distribution" in value and value["distribution"] != inherited.get("distribution")


def removed(parent: Data, paths: Any) -> tuple[Data, list[Problem]]:
    """The parent without what stands at these dotted paths and its evidence; problems for paths that do not exist."""
    if not is_list(paths) or not all(isinstance(path, str) for path in paths):
        return parent, [error("remove", 'must be an array of dotted paths such as ["levels.iop"]', paths)]
    result, problems = deepcopy(parent), []
    for index, path in enumerate(paths):
        place = f"remove.{index}"
        try:
            segments = split_path(path)
        except ValueError as reason:
            problems.append(error(place, str(reason), path))
            continue
        if not exists(parent, segments):
            problems.append(error(place, "nothing of this path is inherited", path, path_hint(segments, parent)))
        elif is_list(lookup(parent, segments[:-1])):
            whole = ".".join(segments[:-1])
            problems.append(error(place, "one entry of an array cannot be removed", path, f"State {whole} anew"))
        elif exists(result, segments):
            del lookup(result, segments[:-1])[segments[-1]]
    return without_stale_cards(parent, result, own={}), problems


def without_stale_cards(before: Data, after: Data, own: Any) -> Data:
    """`after` without inherited cards whose value existed before and has gone, or is another thing now."""
    cards = after.get("evidence")
    if not isinstance(cards, Mapping):
        return after
    kept = {path: card for path, card in cards.items() if path in own or not _has_gone(path, before, after)}
    return {**after, "evidence": kept} if len(kept) < len(cards) else after


def _has_gone(path: str, before: Any, after: Any) -> bool:
    try:
        segments = split_path(path)
    except ValueError:
        return False
    if not exists(before, segments):
        return False
    for index, segment in enumerate(segments):
        if not has_child(after, segment):
            return True
        was, now = child_of(before, segment), child_of(after, segment)
        below = index < len(segments) - 1
        if below and is_list(before) and _outline(was) != _outline(now):
            return True
        if below and isinstance(was, dict) and isinstance(now, dict):
            if was.get("distribution") != now.get("distribution"):
                return True
            if segments[:1] == ("population",) and index == 1 and list(was) != list(now):
                return True
        before, after = was, now
    return after is None


def _outline(value: Any) -> Any:
    """A value with its numbers blanked: what says whether two entries of an array speak of the same thing."""
    if isinstance(value, dict):
        return {key: _outline(item) for key, item in value.items()}
    if is_list(value):
        return [_outline(item) for item in value]
    return None if isinstance(value, (int, float)) and not isinstance(value, bool) else value
