"""The nearest right path for a misspelt one, at its own place or elsewhere in the scenario."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.files.formats import key_hint
from sim.files.nearest import CLOSE, MOST_NAMES, did_you_mean, likeness, nearest
from sim.files.paths import Segments, child_of, has_child, is_list, join_path
from sim.scenario.shape import Shape, scenario_shape, shape_at

MOST_PATHS = 50
"""So many whole paths are compared for a hint at most, as `MOST_NAMES` says of names."""


def path_hint(segments: Segments, data: Any) -> str:
    """A hint for a path that does not exist: its name of today, the nearest at its place, or a closer one elsewhere.

    A key that belongs to a level's places is sought there: `levels.iop.capcity` -> `places.iop_seats.capacity`.
    """
    if _reachable(segments, data):
        return ""  # It is spelt right, and not set.
    if given_up := key_hint(segments, "scenario"):
        return given_up
    at, names = _where_it_fails(segments, data)
    wrong = segments[at]
    local = nearest(wrong, names)
    local_likeness = likeness(wrong, local[0]) if local else 0.0
    tail = segments[at + 1 :]
    parent = shape_at(segments[:at], data)
    of_a_distribution = parent is not None and bool(parent.variants)
    if not tail and not of_a_distribution and (elsewhere := _elsewhere(segments, data, local_likeness)):
        return did_you_mean(elsewhere)
    if local:
        whole = (*segments[:at], local[0], *tail)
        return did_you_mean([join_path(whole if _reachable(whole, data) else whole[: at + 1])])
    shown = ", ".join(names[:40])
    return f"Allowed here: {shown}" if shown else ""


def _where_it_fails(segments: Segments, data: Any) -> tuple[int, list[str]]:
    """The first segment that leads nowhere, and the names that would lead on there."""
    shape: Shape | None = scenario_shape()
    for at, segment in enumerate(segments):
        if shape is None:
            return at, []
        names = _names(shape, data)
        if segment not in names or at == len(segments) - 1:
            return at, names
        shape, data = shape.child(segment, data), child_of(data, segment) if has_child(data, segment) else None
    return 0, []


def _names(shape: Shape, data: Any) -> list[str]:
    if shape.entries is not None:
        return [str(key) for key in data] if isinstance(data, Mapping) else []
    if shape.items is not None:
        return [str(index) for index in range(len(data))] if is_list(data) else []
    return list(shape.keys(data))


def _reachable(segments: Segments, data: Any) -> bool:
    at, names = _where_it_fails(segments, data)
    return at == len(segments) - 1 and segments[at] in names


def _elsewhere(segments: Segments, data: Any, than: float) -> list[str]:
    """Full paths whose last name is closer than `than`: of the level's own places, of all, or the likest."""
    scored: list[tuple[float, Segments]] = []
    known: dict[str, float] = {}
    for path, _ in zip(_all_paths(scenario_shape(), data), range(10 * MOST_NAMES), strict=False):
        if path[-1] not in known:
            known[path[-1]] = likeness(segments[-1], path[-1]) if len(known) < MOST_NAMES else 0.0
        if known[path[-1]] > max(than, CLOSE):
            scored.append((known[path[-1]], path))
    if not scored:
        return []
    best = max(score for score, _ in scored)
    paths = [path for score, path in scored if score == best]
    held = {("places", place) for place in _places_of(segments, data)}
    own = [path for path in paths if path[:2] in held]
    if own:
        return [join_path(path) for path in own]
    if best == 1 and (of_all := [path for path in paths if len(path) == 1]):
        return [join_path(path) for path in of_all]
    likest = max(paths[:MOST_PATHS], key=lambda path: likeness(".".join(segments), ".".join(path), least=0.0))
    near = len(segments) == 1 or likeness(".".join(segments), ".".join(likest)) >= CLOSE
    return [join_path(likest)] if near else []


def _places_of(segments: Segments, data: Any) -> list[str]:
    try:
        level = data["levels"][segments[1]] if segments[0] == "levels" else {}
        stated = [level.get(key, ()) for key in ("places", "any_place_of")]
    except (AttributeError, KeyError, IndexError, TypeError):
        return []
    return [place for places in stated if is_list(places) for place in places if isinstance(place, str)]


def _all_paths(shape: Shape, data: Any, path: Segments = ()) -> Iterator[Segments]:
    """Every path that exists, also of optional keys that are not set; evidence cards, and words for values, aside."""
    for name in _names(shape, data):
        if not path and (name.startswith("evidence") or name == "called"):
            continue
        below, value = shape.child(name, data), child_of(data, name) if has_child(data, name) else None
        if path or name in shape.fields:
            yield (*path, name)
        if below is not None and (value is not None or (below.fields and not below.required)):
            yield from _all_paths(below, value, (*path, name))
