"""Scenarios as the text of a TOML file: whole, or as what differs from a shipped one."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from sim.files.formats import CURRENT
from sim.files.paths import Segments, join_path
from sim.files.problems import ScenarioError
from sim.files.toml import Data
from sim.scenario import Scenario
from sim.scenario.files import scenario_of_text
from sim.scenario.inheritance import OF_THE_INPUTS, laid_over
from sim.scenario.merge import replaces


def scenario_text(
    scenario: Scenario,
    base: str = "",
    base_scenario: Scenario | None = None,
    read: Callable[[str], Scenario] = scenario_of_text,
) -> str:
    """A file that loads as this scenario: over the one named `base` where that is said, or else in full.

    read: what it is read back by; unless it says otherwise, `base` is a shipped one.

    Raises ValueError if the text would not give the same scenario back, which would be a mistake of ours.
    """
    for text in _texts(scenario, base, base_scenario):
        try:
            if read(text) == scenario:
                return text
        except ScenarioError:
            continue
    raise ValueError(f"{scenario.name}: cannot be written as a file")


def _texts(scenario: Scenario, base: str, base_scenario: Scenario | None) -> Iterator[str]:
    """What may be such a file, the shortest first; each made when those before it do not do."""
    if base and base_scenario is not None:
        yield _over(scenario, base, base_scenario)
    yield _in_full(scenario, brief=True)
    yield _in_full(scenario, brief=False)


def toml_text(data: Mapping[str, Any]) -> str:
    """Nested mappings, arrays, texts, numbers, booleans and dates as TOML. TypeError for anything else."""
    return "\n".join(_lines(data, ())).strip("\n") + "\n"


def _in_full(scenario: Scenario, brief: bool) -> str:
    """brief: without what is as the schema has it by default."""
    return _file(_stated(scenario.model_dump(by_alias=True, exclude_defaults=brief)))


def _file(data: Mapping[str, Any]) -> str:
    return toml_text({"format": CURRENT["scenario"], **data})


def _over(scenario: Scenario, base: str, base_scenario: Scenario) -> str:
    before, after = (_stated(each.model_dump(by_alias=True)) for each in (base_scenario, scenario))
    cards = after.pop("evidence", {})
    gone: list[str] = []
    changed = _changed({key: value for key, value in before.items() if key != "evidence"}, after, (), gone)
    if changed or gone:
        # A file that changes anything inherits no question and no hypothesis.
        of_these = {key: after[key] for key in OF_THE_INPUTS if key in after}
        changed = {**of_these, **changed, **of_these}
    kept = laid_over(before, {"remove": gone, **changed})[0].get("evidence", {})
    # What a card of a whole table still speaks of is nobody's to take away where that table has a card of its own.
    anew = tuple(f"{path}." for path in cards if _card(cards[path]) != _card(kept.get(path, {})))
    gone += [join_path(("evidence", path)) for path in kept if path not in cards and not path.startswith(anew)]
    # Cards of what is in an array go with it where the parent states it in other words, such as without defaults.
    arrays = tuple(join_path(path) + "." for path in _arrays(changed, ()))
    own = {p: card for p, card in cards.items() if _card(card) != _card(kept.get(p, {})) or p.startswith(arrays)}
    evidence = {"evidence": own} if own else {}
    return _file({"extends": base, **({"remove": gone} if gone else {}), **changed, **evidence})


def _card(card: Data) -> Data:
    """What an evidence card says, which is not whose it is."""
    return {key: value for key, value in card.items() if key != "inherited_from"}


def _changed(before: Data, after: Data, path: Segments, gone: list[str]) -> Data:
    """What a file must state over `before` to give `after`; `gone` gathers what it must remove."""
    gone += [join_path((*path, key)) for key in before if key not in after]
    result: Data = {}
    for key, value in after.items():
        was, key_path = before.get(key), (*path, key)
        if key in before and was == value:
            continue
        tables = isinstance(was, dict) and isinstance(value, dict)
        # Arrays, and tables of shares, are replaced as wholes.
        if tables and not replaces(key_path, was, value):
            result[key] = _changed(was, value, key_path, gone)  # type: ignore[arg-type]
        else:
            result[key] = value
    return result


def _arrays(data: Mapping[str, Any], path: Segments) -> Iterator[Segments]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _arrays(value, (*path, key))
        elif isinstance(value, list):
            yield (*path, key)


def _stated(value: Any) -> Any:
    """Plain data without what is not set; TOML has no word for that."""
    if isinstance(value, Mapping):
        return {str(key): _stated(item) for key, item in value.items() if item is not None}
    if isinstance(value, (tuple, list)):
        return [_stated(item) for item in value]
    return value


def _lines(table: Mapping[str, Any], path: Segments) -> Iterator[str]:
    """A table with its own values first: what follows the head of a table within it would belong to that one."""
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    own = {key: value for key, value in table.items() if key not in inner}
    if path and (own or not inner):
        yield ""
        yield f"[{join_path(path)}]"
    for key, value in own.items():
        yield f"{join_path([key])} = {_value(value)}"
    for key, value in inner.items():
        yield from _lines(value, (*path, key))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes are TOML's, but for the one control character that JSON lets stand.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = ", ".join(f"{join_path([key])} = {_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"TOML has no {type(value).__name__}")
