"""The formats of files: the number of each kind, with the names that were given up on the way there.

Every file states the number of its format, so that a version that does not know it refuses it, and does not misread it.
To rename a key of a file: raise the number of its kind, and add a line to `RENAMED_KEYS`; to give one up that no other
takes the place of, to `GIVEN_UP_KEYS`. To rename a metric: add one to `RENAMED_METRICS`, or to `RENAMED_FAMILIES`. A
name that was given up is never used for anything else, so whoever meets one knows what is meant: readers say what to
state instead, `stepdown migrate` rewrites what has a successor, stored metrics are read under their names of today.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from sim.files.nearest import name_hint
from sim.files.paths import Segments, exists, is_list, join_path, lookup, split_path
from sim.files.problems import Problem, ScenarioError, refusal
from sim.files.provenance import version
from sim.files.toml import Data

FileKind = Literal["scenario", "suite", "baseline", "study"]

CURRENT: Mapping[FileKind, int] = {"scenario": 3, "suite": 1, "baseline": 2, "study": 7}
"""The format that this version writes, and the newest that it reads. Since format 2 scenarios have one clock of any
setback, of which a share begins a relapse, and measure a setting by a hazard ratio; since format 3 their keys have
names that fit any illness, and people's words come from its condition. Baselines state a checksum since format 2;
studies put a quote before texts that a spreadsheet would run, since format 3 say how full places are, and which stays
are interim, since format 4 when patients were born, moved away and recovered for good, and on which day scenarios took
over from the baseline, and since format 5 name states and metrics so that they fit any illness, say who was linked to
care by a check-up, who was offered which medication and was on it, when places were out of use, and which waits are
steps before a list, since format 6 who visited an emergency department, and until when stays were authorised, and since
format 7 who was in a partial response.
Scenarios and suites without a number are of format 1."""


@dataclass(frozen=True)
class RenamedKey:
    """A key that has another name in its table by now.

    old: its dotted path, `*` standing for whatever name or number is there. new: its name.
    """

    kind: FileKind
    old: str
    new: str


RENAMED_KEYS: tuple[RenamedKey, ...] = tuple(
    RenamedKey("scenario", old, new)
    for old, new in (
        ("lapse", "setback"),
        ("relapse.share_of_uses", "share_of_setbacks"),
        ("relapse.by.*.*.share_of_uses", "share_of_setbacks"),
        ("levels.*.days_to_abstinence", "days_to_remission"),
        *((f"{table}.abstinent", "well") for table in ("costs.*", "utilities", "death", "known")),
        *((f"{table}.lapse", "setback") for table in ("costs.*", "utilities")),
        *((f"{table}.using", "unwell") for table in ("costs.*", "utilities", "death", "known")),
    )
)
"""Keys of files that have another name: until format 3 of scenarios they were words of addiction."""


@dataclass(frozen=True)
class GivenUpKey:
    """A key that nothing can take the place of without its author.

    old: its dotted path, as in `RenamedKey`. instead: what to state, in a sentence.
    """

    kind: FileKind
    old: str
    instead: str


GIVEN_UP_KEYS: tuple[GivenUpKey, ...] = (
    GivenUpKey(
        "scenario",
        "lapse.per_day",
        "They come from the clock of setbacks: state relapse.share_of_setbacks, how many begin a relapse, and in "
        "relapse.median_days and .shape when any setback comes",
    ),
    GivenUpKey(
        "scenario",
        "effects.*.*.lapse",
        "The effect on relapse is one on any setback; other shares of these begin a relapse by relapse.by.<attribute>."
        "<value>.share_of_setbacks",
    ),
)
"""Keys of files that are no more, and have no successor."""

RENAMED_UNITS: Mapping[str, tuple[str, str]] = {"levels.*.relapse_exposure": ("exposed days per day", "ratio")}
"""Of evidence cards, by the path that they speak of: the unit that was, and what it is called now."""

RENAMED_METRICS: Mapping[str, str] = {
    "cost.other_health_care": "cost.category.other_health_care",
    "cost.per_patient": "cost.per_patient.society",
    "cost.per_patient_discounted": "cost.per_patient_discounted.society",
    "relapses.per_abstinent_year": "relapses.per_well_year",
    "day_abstinent": "day_well",
    "outside care, abstinent": "outside care, well",
    "outside care, using": "outside care, unwell",
}
"""Metrics that were given up, and what the same number is called now, as are the effects of a cost-effectiveness table
and the curves that a target may be of. Before there were perspectives and categories, every cost was counted once,
whoever bore it; before there were conditions, states were called by addiction's words."""

RENAMED_FAMILIES: Mapping[str, str] = {
    "days_abstinent": "days_well",
    "days_using": "days_unwell",
    "any_use": "any_setback",
    "lapses": "setbacks",
}
"""The same of all metrics whose names begin so: `days_abstinent.year_1`, `days_abstinent_discounted`, `any_use.*`."""

OF_METRICS: Mapping[FileKind, tuple[str, ...]] = {
    "scenario": ("reads.*.metric", "targets.*.metric"),
    "suite": ("metrics.*", "case.*.metrics.*"),
}
"""Where the values of a file are names of metrics."""

BY_METRIC: Mapping[FileKind, tuple[str, ...]] = {"suite": ("margins", "case.*.margins")}
"""Tables of a file whose keys are."""


def without_format(data: Data, kind: FileKind, source: str) -> Data:
    """What a file says beside its format. ScenarioError for a format that this version does not read."""
    if "format" in data:
        check_format(data["format"], kind, source)
    return {key: value for key, value in data.items() if key != "format"}


def check_format(stated: object, kind: FileKind, source: str, by: str = "") -> None:
    """ScenarioError unless this version reads this format of this kind of file. by: the version that wrote it."""
    most = CURRENT[kind]
    if isinstance(stated, bool) or not isinstance(stated, int) or stated < 1:
        raise refusal(source, "format", f"must be a whole number from 1 to {most}", stated)
    if stated > most:
        needed = f"version {by} of Stepdown, which wrote it, or a later one" if by else "a later version of Stepdown"
        raise refusal(source, "format", f"needs {needed}: this one, {version()}, reads formats up to {most}", stated)


def successor(path: Segments, kind: FileKind) -> Segments | None:
    """What the key at a path, or one that it leads through, is called now; None if none was given up."""
    renamed = path
    for each in RENAMED_KEYS:
        old = tuple(each.old.split("."))
        if each.kind == kind and _fits(path[: len(old)], old):
            renamed = (*renamed[: len(old) - 1], each.new, *renamed[len(old) :])
    return renamed if renamed != path else None


def key_hint(path: Segments, kind: FileKind) -> str:
    """The hint that says what to state instead of a key that was given up; "" for any other path."""
    if instead := _instead(path, kind):
        return f"It was given up. {instead}"
    renamed = successor(path, kind)
    return f"It is called {join_path(renamed)} now; stepdown migrate rewrites files" if renamed else ""


def _instead(path: Segments, kind: FileKind) -> str:
    return next(
        (each.instead for each in GIVEN_UP_KEYS if each.kind == kind and _fits(path, tuple(each.old.split(".")))), ""
    )


def metric_of_today(name: str) -> str:
    """What a metric, or a pattern of metrics, is called now; the same name where it was not given up."""
    if name in RENAMED_METRICS:
        return RENAMED_METRICS[name]
    for old, new in RENAMED_FAMILIES.items():
        if name.startswith(old) and not name[len(old) :][:1].isalnum():
            return new + name[len(old) :]
    return name


def metric_hint(name: str, names: Iterable[str]) -> str:
    """A hint for an unknown metric: what it is called now if it was given up, or else `name_hint`."""
    if (new := metric_of_today(name)) != name:
        return f"It is called {new} now; stepdown migrate rewrites files"
    return name_hint(name, names)


@dataclass(frozen=True)
class Renaming:
    """A name of today for one that was given up. text: for the value at the path; otherwise it is the key's name."""

    path: Segments
    new: str
    text: bool = False


def check_nothing_given_up(data: Data, kind: FileKind, source: str) -> None:
    """ScenarioError for what only its author can put into the words of today: each key, removal and evidence card."""
    patterns = [each.old for each in GIVEN_UP_KEYS if each.kind == kind]
    given_up = [(path, _instead(path, kind)) for path in _paths(data, patterns)]
    if kind == "scenario":
        spoken_of = [*_texts(data, ("remove.*",)), *((("evidence", card), card) for card in _keys(data, ("evidence",)))]
        given_up += [(path, _instead(split, kind)) for path, text in spoken_of if (split := _split(text))]
    message = "was given up, and cannot be rewritten without you; take it out by hand"
    problems = [Problem(source, join_path(path), None, message, instead) for path, instead in given_up if instead]
    if problems:
        raise ScenarioError(problems)


def renamings(data: Data, kind: FileKind, source: str) -> list[Renaming]:
    """What in the data of a file was given up, the deepest first. ScenarioError where a file states both names."""
    texts = _texts(data, OF_METRICS.get(kind, ()))
    outdated = [Renaming(path, new, True) for path, name in texts if (new := metric_of_today(name)) != name]
    for path in _paths(data, BY_METRIC.get(kind, ())):
        names = ((name, metric_of_today(name)) for name in _keys(data, path))
        outdated += [Renaming((*path, name), new) for name, new in names if new != name]
    outdated += [
        Renaming(path, each.new) for each in RENAMED_KEYS if each.kind == kind for path in _paths(data, (each.old,))
    ]
    if kind == "scenario":
        paths = [(path, text, True) for path, text in _texts(data, ("remove.*",))]
        paths += [(("evidence", card), card, False) for card in _keys(data, ("evidence",))]
        outdated += [Renaming(path, new, text) for path, name, text in paths if (new := _path_of_now(name))]
        outdated += [
            Renaming(path, RENAMED_UNITS[pattern][1], True)
            for pattern in RENAMED_UNITS
            for path, unit in _texts(data, ("evidence.*.unit",))
            if unit == RENAMED_UNITS[pattern][0] and _fits(_split(path[1]), tuple(pattern.split(".")))
        ]
    for each in outdated:
        if not each.text and exists(data, (*each.path[:-1], each.new)):
            message = f"is called {each.new} now, and the file states that as well; keep one of them"
            raise refusal(source, join_path(each.path), message)
    return sorted(outdated, key=lambda each: -len(each.path))


def of_today(data: Data, changes: Iterable[Renaming]) -> Data:
    """A copy of the data of a file in which these changes have been made."""
    copy = deepcopy(data)
    for each in changes:
        *around, last = each.path
        table = lookup(copy, tuple(around))
        if each.text:
            table[int(last) if is_list(table) else last] = each.new
        else:
            table[each.new] = table.pop(last)
    return copy


def _paths(data: Any, patterns: Iterable[str]) -> Iterator[Segments]:
    """The paths that there are of each pattern."""
    for pattern in patterns:
        paths: list[Segments] = [()]
        for part in pattern.split("."):
            paths = [(*path, name) for path in paths for name in _keys(data, path) if part in ("*", name)]
        yield from paths


def _keys(data: Any, path: Segments) -> list[str]:
    try:
        value = lookup(data, path)
    except KeyError:
        return []
    return (
        [str(index) for index in range(len(value))]
        if is_list(value)
        else [*value]
        if isinstance(value, Mapping)
        else []
    )


def _texts(data: Any, patterns: Iterable[str]) -> Iterator[tuple[Segments, str]]:
    for path in _paths(data, patterns):
        if isinstance(value := lookup(data, path), str):
            yield path, value


def _path_of_now(text: str) -> str:
    """The successor of a dotted path into a scenario; "" for one that nothing has become of."""
    renamed = successor(_split(text), "scenario")
    return join_path(renamed) if renamed is not None else ""


def _split(text: str) -> Segments:
    """A dotted path of somebody's; empty for what is none."""
    try:
        return split_path(text)
    except ValueError:
        return ()


def _fits(path: Segments, pattern: Segments) -> bool:
    return len(path) == len(pattern) and all(mark in ("*", part) for part, mark in zip(path, pattern, strict=True))
