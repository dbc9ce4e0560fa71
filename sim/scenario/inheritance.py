"""What a changed scenario keeps of what was said of the one it comes from."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.files.paths import Segments, child_of, exists, has_child, is_list, join_path, split_path
from sim.files.problems import Problem
from sim.files.toml import Data
from sim.scenario.differences import ABOUT
from sim.scenario.merge import kind_of_law, merged, removed, replaces
from sim.scenario.schema import Scenario
from sim.scenario.shape import nodes, shape_at

OF_THE_INPUTS = ("question", "hypothesis", "compared_with", "reads", "targets")
"""What is asked, expected and known of these very inputs, and of no others."""


def laid_over(parent: Data, child: Data, extended: Data | None = None) -> tuple[Data, list[Problem]]:
    """What a file that states `child` makes of its `parent`; problems of what it removes.

    extended: what the child itself extends, where the parent is more than that: another file that it knows nothing of.
    Its question, hypothesis and targets then are of other inputs, and it brings a card only where its value stands.
    """
    problems: list[Problem] = []
    below = parent
    if "remove" in child:
        rest, problems = removed(parent, child["remove"], gone=extended)
        below = inherited(parent, rest, own={})
    own = {key: value for key, value in child.items() if key not in ("extends", "remove")}
    if extended is None:
        return inherited(below, merged(below, own), own), problems
    alone, _ = laid_over(extended, child)
    of_others = ("evidence", *OF_THE_INPUTS)
    own = {key: value for key, value in own.items() if key not in of_others}
    after = inherited(below, merged(below, own), own)
    return {**after, "evidence": _cards_of_both(below, after, alone, child.get("evidence", {}))}, problems


def _cards_of_both(below: Data, after: Data, alone: Data, own: Any) -> Any:
    """The evidence of `after`, in which a file that makes `alone` of what it extends is laid over what is `below`.

    own: its own cards. They stand on the values that are as the file has them, and so do those that it inherits, where
    the value has come back with it.
    """
    theirs, there = alone.get("evidence", {}), after.get("evidence", {})
    if not all(isinstance(cards, Mapping) for cards in (own, theirs, there)):
        return own or there or theirs  # One of which is no table; a rule will say so.
    of_own, of_theirs = (kept_cards(alone, {**after, "evidence": cards}, {}) for cards in (own, theirs))
    as_below = kept_cards(below, {**after, "evidence": of_theirs}, {})
    come_back = {path: card for path, card in of_theirs.items() if path not in as_below}
    return {**come_back, **there, **of_own}


def inherited(before: Data, after: Data, own: Data) -> Data:
    """`after`, which a file that states `own` made of `before`, without what was said of other inputs.

    Inherited cards go with the values that have changed (`kept_cards`), correlations with inputs that are gone;
    question, hypothesis and what belongs to them, and targets, go when any input has changed.
    """
    result = {**after}
    if "evidence" in after:
        result["evidence"] = kept_cards(before, after, own.get("evidence", {}))
    if "evidence_correlation" in after:
        result["evidence_correlation"] = _kept_correlations(before, after, own.get("evidence_correlation", {}))
    keys = [key for key in {**before, **after} if key not in ABOUT]
    if not all(_same(_value(before, key, ()), _value(after, key, ()), (key,)) for key in keys):
        for key in OF_THE_INPUTS:
            if key not in own:
                result.pop(key, None)
            elif isinstance(own[key], Mapping):
                result[key] = own[key]  # A table, of which the parent's part would have stayed.
    return result


def stamped(data: Data, name: str) -> Data:
    """The data with the scenario's name on those of its evidence cards that no other name stands on yet."""
    cards = data.get("evidence")
    if not isinstance(cards, Mapping):
        return data
    marked = {
        path: {"inherited_from": name, **card} if isinstance(card, Mapping) else card for path, card in cards.items()
    }
    return {**data, "evidence": marked}


def kept_cards(before: Data, after: Data, own: Any) -> Any:
    """The evidence of `after` without inherited cards of values that are no longer what they were in `before`.

    A card of a whole table of which a part has changed goes on to speak of the rest, part by part. `own` holds the
    paths of cards that stay whatever has changed. Prices in another currency, or of another year, are other values.
    """
    cards = after.get("evidence")
    if not isinstance(cards, Mapping):
        return cards
    whole = {path: card for path, card in cards.items() if path in own}
    kept: Data = {}
    seen: set[Segments] = set()
    defaults = {key: Scenario.model_fields[key].default for key in ("currency", "price_year")}
    repriced = any(before.get(key, default) != after.get(key, default) for key, default in defaults.items())
    for path, card in cards.items():
        if path in whole:
            kept[path] = card
            continue
        try:
            segments = split_path(path)
        except ValueError:
            kept[path] = card
            continue
        if segments in seen or (repriced and _is_price(segments, after)):
            continue
        seen.add(segments)
        for part in _unchanged(segments, before, after):
            name = path if part == segments else join_path(part)
            if name not in whole:
                kept.setdefault(name, card)
    return kept


def _kept_correlations(before: Data, after: Data, own: Any) -> Any:
    """The correlations of `after` without inherited ones of an input that was there in `before` and is gone."""
    stated = after["evidence_correlation"]
    if not isinstance(stated, Mapping) or not isinstance(own, Mapping):
        return stated

    def gone(path: str) -> bool:
        try:
            segments = split_path(path)
        except ValueError:
            return False  # A rule will say so.
        return exists(before, segments) and not exists(after, segments)

    kept: Data = {}
    for one, others in stated.items():
        if not isinstance(others, Mapping):
            kept[one] = others
            continue
        theirs = own.get(one, {})
        pairs = {other: value for other, value in others.items() if other in theirs or not (gone(one) or gone(other))}
        if pairs:
            kept[one] = pairs
    return kept


def _unchanged(path: Segments, before: Any, after: Any) -> Iterator[Segments]:
    """The path of a card if what it speaks of is the same in both, or else those of its parts that are."""
    was, now = before, after
    for index, segment in enumerate(path):
        if not has_child(was, segment) and not has_child(now, segment):
            yield path  # Neither states it: the schema's own value, or nothing at all, which a rule will say.
            return
        if not has_child(was, segment) or not has_child(now, segment) or (index and _other(path[:index], was, now)):
            return
        was, now = child_of(was, segment), child_of(now, segment)
    yield from _parts(path, was, now)


def _parts(path: Segments, was: Any, now: Any) -> Iterator[Segments]:
    if _same(was, now, path):
        yield path
    elif isinstance(was, dict) and isinstance(now, dict) and not replaces(path, was, now):
        for key in was:
            if key in now and _states_number((*path, key), was[key]):
                yield from _parts((*path, key), was[key], now[key])


def _other(path: Segments, was: Any, now: Any) -> bool:
    """Whether entries of the same place in an array, or tables of the same name, speak of different things."""
    if isinstance(was, dict) and isinstance(now, dict):
        if kind_of_law(was) != kind_of_law(now):
            return True
        if path[:1] == ("population",) and len(path) == 2 and list(was) != list(now):
            return True
        return path[-1:] != () and path[-1].isdecimal() and _outline(was) != _outline(now)
    return False


def _same(was: Any, now: Any, path: Segments) -> bool:
    """Whether two values are the same input: titles aside, 40 is 40.0, and what is not stated is the schema's own."""
    if was is now:
        return True
    if isinstance(was, dict) and isinstance(now, dict):
        if path[:1] == ("population",) and list(was) != list(now):
            return False  # The order of an attribute's values decides who has which.
        if path[:1] == ("conditions",) and len(path) == 2:
            return True  # The same condition in other words.
        titled = len(path) == 2 and path[0] in ("levels", "places", "medications", "emergencies")
        keys = [key for key in {**was, **now} if not (titled and key == "title")]
        return all(_same(_value(was, key, path), _value(now, key, path), (*path, key)) for key in keys)
    return bool(was == now and isinstance(was, bool) == isinstance(now, bool))


def _value(table: Data, key: str, path: Segments) -> Any:
    """What a table states, or else what the schema takes where nothing is stated."""
    if key in table:
        return table[key]
    shape = shape_at((*path, key), table)
    return None if shape is None else shape.default


def _states_number(path: Segments, value: Any) -> bool:
    """Whether there is a number at or below a path that is not the schema's own."""
    shape = shape_at(path)
    below = nodes(value, shape, path) if shape is not None else ()
    return any(_is_number(node.value) and node.value != node.shape.default for node in below)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_price(path: Segments, data: Data) -> bool:
    shape = shape_at(path, data)
    return shape is not None and "currency" in (shape.unit or "")


def _outline(value: Any) -> Any:
    """A value with its numbers blanked: what says whether two entries of an array speak of the same thing."""
    if isinstance(value, dict):
        return {key: _outline(item) for key, item in value.items() if item not in (None, {}, [])}
    if is_list(value):
        return [_outline(item) for item in value]
    return None if _is_number(value) else value
