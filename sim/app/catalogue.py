"""The numbers of a scenario as a planner meets them: in groups, with labels, units, bounds and evidence."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.files.paths import Segments, split_path
from sim.files.toml import read_toml
from sim.report.wording import title_of, value_text
from sim.report.words import sentence
from sim.scenario import Scenario
from sim.scenario.cards import card_for
from sim.scenario.fields import numbers
from sim.scenario.schema import EvidenceCard
from sim.scenario.shape import Shape, shape_at
from sim.vocabulary import DEAD, STATES

GROUPS: Mapping[str, Mapping[str, str]] = read_toml(Path(__file__).with_name("numbers.toml"))
"""By group, patterns of paths and what a match says."""


@dataclass(frozen=True)
class Number:
    """One number. label: in words, with its unit. group: one of GROUPS, or "" for all the others. note: what to mind.

    least, most: what the schema allows, as far as it says; a limit that is itself not allowed is among them.
    """

    path: str
    label: str
    unit: str
    value: float
    whole: bool
    least: float | None
    most: float | None
    card: EvidenceCard | None
    group: str
    note: str = ""

    @property
    def is_share(self) -> bool:
        """Whether a slider in steps of a hundredth does it justice."""
        return (self.least, self.most) == (0, 1) and not self.whole and round(self.value, 2) == self.value

    def evidence(self) -> str:
        """Where the number comes from and how it may vary, in a line."""
        if self.card is None:
            return "No evidence card."
        limits = f"Range {self.limits()}. " if self.limits() else ""
        note = f" ({self.card.note})" if self.card.note else ""
        return f"{limits}{self.card.grade.capitalize()}: {self.card.source}{note}"

    def bounds(self) -> str:
        """What the schema allows, in a sentence; empty where it allows anything."""
        ends = {"not below": self.least, "not above": self.most}
        parts = [f"{words} {value_text(end)}" for words, end in ends.items() if end is not None]
        return f"{', '.join(parts).capitalize()}. " if parts else ""

    def limits(self) -> str:
        """The range of the evidence, as far as it says: both ends, one, or nothing."""
        low, high = ("" if end is None else value_text(end) for end in self._range)
        return f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}" if high else ""

    def outside(self, value: float) -> bool:
        """Whether a value leaves the range of the evidence."""
        low, high = self._range
        return (low is not None and value < low) or (high is not None and value > high)

    @property
    def _range(self) -> tuple[float | None, float | None]:
        return (self.card.low, self.card.high) if self.card is not None else (None, None)


def catalogue(scenario: Scenario) -> dict[str, Number]:
    """Every number by path: first the important ones group by group, then all others in the schema's order."""
    known = numbers(scenario)
    data = scenario.model_dump(by_alias=True)
    every = [_number(scenario, data, path, value) for path, value in known.items()]
    order = [*GROUPS, ""]

    def place(number: Number) -> tuple[int, bool]:
        """Within a group what holds everywhere comes first, then level by level."""
        return order.index(number.group), bool(number.group) and number.path.startswith("levels.")

    return {number.path: number for number in sorted(every, key=place)}


def matching(numbers: Iterable[Number], words: str) -> Iterator[Number]:
    """The numbers whose label or path has all of these words; none for no words."""
    wanted = words.lower().replace("_", " ").split()
    for number in numbers:
        text = f"{number.label} {number.path}".lower().replace("_", " ")
        if wanted and all(word in text for word in wanted):
            yield number


def part_in_words(scenario: Scenario, path: str) -> str:
    """A path with the title of its level or place, where it leads into one; any other as it is."""
    part, name, *_ = (*path.split("."), "")
    known = part in ("levels", "places") and name in getattr(scenario, part)
    return _label(scenario, split_path(path), "") if known else path


def _number(scenario: Scenario, data: Mapping[str, Any], path: str, value: float) -> Number:
    segments = split_path(path)
    shape = shape_at(segments, data) or Shape()
    least = max((limit for word, limit in shape.bounds if word in ("at least", "above")), default=None)
    most = min((limit for word, limit in shape.bounds if word in ("at most", "below")), default=None)
    unit = (shape.unit or "").replace("currency", scenario.currency)
    unit = "" if unit in ("1", "share", "groups", "places") else unit
    group, words = _important(path)
    words = words.replace("{any_setback}", scenario.condition.words["any_setback"])
    label = _label(scenario, segments, words) + (f" ({unit})" if unit else "")
    card, note = card_for(scenario, path), _note(scenario, segments)
    return Number(path, label, unit, value, shape.leaf is int, least, most, card, group, note)


def _note(scenario: Scenario, segments: Segments) -> str:
    """Seats of a group stand in three numbers that have to agree."""
    for name, level in scenario.levels.items():
        of_the_level = segments[:3] == ("levels", name, "group")
        of_the_place = segments[0] == "places" and segments[1] in level.all_places and segments[2] == "capacity"
        if level.group is not None and (of_the_level or of_the_place):
            groups, size = level.group.groups, level.group.size
            seats = f"{groups} groups of {size}, {groups * size} seats"
            return f"{title_of(scenario, name)} has {seats}: change all three together. "
    return ""


def _important(path: str) -> tuple[str, str]:
    """The group of a number, and what it says; empty for one beside the important ones."""
    for group, patterns in GROUPS.items():
        for pattern, words in patterns.items():
            match = re.fullmatch(pattern, path)
            if match is not None:
                return group, match.expand(words)
    return "", ""


def _label(scenario: Scenario, segments: Segments, words: str) -> str:
    if words[:1].isupper():
        return words
    part, *below = segments
    if part == "levels" and below[1:2] == ["next"] and len(below) > 2:
        name, _, index, *rest = below
        rule = scenario.levels[name].next[int(index)]
        when = "".join(f", {key} {value}" for key, value in rule.when.items())
        after = " or ".join(reason.replace("_", " ") for reason in rule.after)
        words = (words or _words(scenario, rest)).replace("{after}", after)
        return f"{title_of(scenario, name)} to {title_of(scenario, rule.to)}{when}: {words}"
    titled = part in ("levels", "places")
    title = title_of(scenario, below.pop(0), part) if titled else sentence(part.replace("_", " "))
    return f"{title}: {words or _words(scenario, below)}" if below else title


def _words(scenario: Scenario, segments: Sequence[str]) -> str:
    states = {"setback": "in_setback", "response": "in_response"}
    words = {state: scenario.condition.words[states.get(state, state)] for state in STATES[:DEAD]}
    return ", ".join(
        f"no. {int(each) + 1}" if each.isdecimal() else words.get(each, each.replace("_", " ")) for each in segments
    )
