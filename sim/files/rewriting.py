"""A file of TOML rewritten, to the format of today or with other values: its comments, order and spacing stay."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sim.files.formats import CURRENT, FileKind, Renaming, check_nothing_given_up, of_today, renamings, without_format
from sim.files.paths import Segments, is_list, join_path, lookup
from sim.files.problems import refusal
from sim.files.toml import parse_toml

MOST_CHANGES = 2_000
"""So many names are changed in a file at most, so that a hostile one cannot keep the command busy."""

_FORMAT = re.compile(r"^([ \t]*format[ \t]*=[ \t]*)[0-9]+", re.MULTILINE)


def rewritten(text: str, kind: FileKind, source: str) -> tuple[str, list[str]]:
    """The text in the format of today, and what was changed, a line each; the same text and none if nothing is old.

    ScenarioError where it is no TOML, of a later format, or states what nothing has taken the place of, or both an old
    name and its successor.
    """
    data = parse_toml(text, source)
    check_nothing_given_up(data, kind, source)
    changes = renamings(data, kind, source)
    if len(changes) > MOST_CHANGES:
        raise refusal(source, "", f"has more than {MOST_CHANGES:,} old names, which is no file that somebody wrote")
    wanted = {"format": CURRENT[kind], **of_today(without_format(data, kind, source), changes)}
    done = [_change_line(change, data) for change in changes]
    new = _renamed(text, changes, source) if changes else text
    if data.get("format") != CURRENT[kind]:
        new = _with_format(new, CURRENT[kind], stated="format" in data)
        done.append(f"format = {CURRENT[kind]}")
    # Nobody's file is replaced by one that says something else.
    if parse_toml(new, source) != wanted:
        raise refusal(
            source, "", "cannot be rewritten without a risk to what it says; change it by hand", hint="; ".join(done)
        )
    return new, done


def stating(text: str, values: Mapping[Segments, Any], source: str) -> str:
    """The text with these values at these paths, in the place of what stands there or else in tables at its end.

    A value that is a table replaces a table; what is in it stands in tables of its own one deep, and in inline ones
    below. ScenarioError where it is no TOML, or cannot be rewritten without a risk to what it says.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    wanted = parse_toml(text, source)
    try:
        document = tomlkit.parse(text)
        for path, value in values.items():
            _state(document, path, value)
            _put(wanted, path, value)
        new = tomlkit.dumps(document)
    except (TOMLKitError, RecursionError, ValueError, TypeError, AttributeError) as reason:
        raise refusal(source, "", f"cannot be rewritten: {' '.join(str(reason).split())[:200]}") from None
    if parse_toml(new, source) != wanted:
        hint = ", ".join(map(join_path, values))
        raise refusal(source, "", "cannot be rewritten without a risk to what it says; change it by hand", hint=hint)
    return new


def _put(data: Any, path: Segments, value: Any) -> None:
    for key in path[:-1]:
        data = data.setdefault(key, {})
    data[path[-1]] = value


def _state(table: Any, path: Segments, value: Any) -> None:
    """One value in a document of tomlkit."""
    import tomlkit

    for key in path[:-1]:
        if key not in table:
            table[key] = tomlkit.table()
        table = table[key]
    # Among tables with headers of their own it has one as well: a plain value there would belong to the last of them.
    headed = hasattr(table, "is_super_table") and table.is_super_table()
    table[path[-1]] = _item(value, 1 if headed else 0 if len(path) > 1 else 2)


def _item(value: Any, deep: int) -> Any:
    """A value as tomlkit has it. deep: how many levels of it are tables with headers."""
    import tomlkit

    if not isinstance(value, Mapping):
        return tomlkit.item(value)
    item = tomlkit.table(is_super_table=deep > 1) if deep else tomlkit.inline_table()
    for key, below in value.items():
        item[key] = _item(below, max(deep - 1, 0))
    return item


def _change_line(change: Renaming, data: Any) -> str:
    if change.text:
        return f"{join_path(change.path)}: {lookup(data, change.path)} is {change.new} now"
    return f"{join_path(change.path)} is {join_path((*change.path[:-1], change.new))} now"


def _with_format(text: str, number: int, stated: bool) -> str:
    """The text with its format, before the first line that says anything, or in the place of an earlier one."""
    if stated:
        return _FORMAT.sub(rf"\g<1>{number}", text, count=1)
    lines = text.splitlines(keepends=True)
    first = next(
        (at for at, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), len(lines)
    )
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    if lines[:first] and not lines[first - 1].endswith("\n"):
        lines[first - 1] += end
    return "".join([*lines[:first], f"format = {number}{end}", *lines[first:]])


def _renamed(text: str, changes: list[Renaming], source: str) -> str:
    """The text with these changes. tomlkit knows comments and spacing; it is needed only here, and slow to import."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        for change in changes:
            _make(document, change)
        return tomlkit.dumps(document)
    except (TOMLKitError, RecursionError) as reason:
        raise refusal(source, "", f"cannot be rewritten: {' '.join(str(reason).split())[:200]}") from None


def _make(document: Any, change: Renaming) -> None:
    """One change, in every part of the document that holds the path: a table may stand in several."""
    import tomlkit

    for parts, at in list(_entries(document.body, change.path)):
        if not isinstance(parts[at], tuple):
            parts[at] = change.new
            continue
        key, item = parts[at]
        if change.text:
            new = tomlkit.item(change.new)
            for each in ("indent", "comment_ws", "comment", "trail"):
                setattr(new.trivia, each, getattr(item.trivia, each))
            parts[at] = (key, new)
            continue
        name = tomlkit.key(change.new)
        before = key.as_string()
        name.sep, name._dotted = before[len(before.rstrip()) :] + key.sep, key.is_dotted()
        parts[at] = (name, item)
        _write_headers_anew(item)


def _entries(parts: Any, path: Segments) -> Iterator[tuple[Any, int]]:
    """Where a path ends: a list of tomlkit's (key, item), or an array, and the position in it."""
    for at, (key, item) in enumerate(parts):
        if key is not None and key.key == path[0]:
            if len(path) == 1:
                yield parts, at
            else:
                yield from _entries_below(item, path[1:])


def _entries_below(item: Any, path: Segments) -> Iterator[tuple[Any, int]]:
    if not is_list(item):
        yield from _entries(item.value.body, path)
    elif int(path[0]) < len(item):
        if len(path) == 1:
            yield item, int(path[0])
        else:
            yield from _entries_below(item[int(path[0])], path[1:])


def _write_headers_anew(item: Any) -> None:
    """Of a table and those in it: their headers name the tables around them."""
    if hasattr(item, "display_name"):
        item.display_name = None
        for _, below in item.value.body:
            _write_headers_anew(below)
    elif is_list(item):
        for below in item:
            _write_headers_anew(below)
