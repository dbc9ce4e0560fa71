"""The numbers of a scenario as a planner meets them: in groups, with labels, units, bounds and evidence."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sim.app.wording import figure, spoken
from sim.scenario import Scenario
from sim.scenario.cards import card_for
from sim.scenario.fields import numbers
from sim.scenario.paths import Segments, split_path
from sim.scenario.schema import EvidenceCard, Level
from sim.scenario.shape import shape_at

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Capacity": (r"places\.[^.]+\.capacity", r"levels\.[^.]+\.group\.(groups|size)"),
    "Demand": (r"arrivals\.(per_day|closed_cohort)", r"return_to_care\.probability"),
    "Length of stay": (r"levels\.[^.]+\.length_of_stay\.(mean|median|value|scale)",),
    "Linkage": (r"levels\.[^.]+\.next\.\d+\.(probability|delay_days\.(mean|median|value|scale))",),
    "Relapse": (r"relapse\.median_days", r"levels\.[^.]+\.relapse_exposure"),
    "Costs": (r"places\.[^.]+\.fixed_cost_per_day", r"levels\.[^.]+\.cost_per_(day|session|admission)"),
}
"""The numbers that planners turn first, by what they are about, as patterns of paths."""

WORDS = {
    "capacity": "how many there are",
    "per_day": "new people asking for care",
    "closed_cohort": "people in the cohort",
    "probability": "share who do",
    "fixed_cost_per_day": "fixed cost of each, used or not",
    "cost_per_day": "cost of one more patient",
    "cost_per_session": "cost of a session",
    "cost_per_admission": "cost of an admission",
    "relapse_exposure": "risk of relapse against a day at home",
    "length_of_stay.mean": "mean length of stay",
    "length_of_stay.median": "median length of stay",
    "length_of_stay.value": "length of stay",
    "delay_days.mean": "mean days until they ask",
    "group.groups": "number of groups",
    "group.size": "seats in a group",
    "median_days": "days at risk until half have relapsed",
}
"""What the end of a path says; the rest reads well as it is."""


@dataclass(frozen=True)
class Number:
    """One number. label: in words, with its unit. group: one of GROUPS, or "" for all the others.

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

    @property
    def is_share(self) -> bool:
        """Whether a slider in steps of a hundredth does it justice."""
        return (self.least, self.most) == (0, 1) and not self.whole and round(self.value, 2) == self.value

    def evidence(self) -> str:
        """Where the number comes from and how it may vary, in a line."""
        if self.card is None:
            return "No evidence card."
        low, high = self.card.low, self.card.high
        limits = f"Range {figure(low)} to {figure(high)}. " if low is not None and high is not None else ""
        note = f" ({self.card.note})" if self.card.note else ""
        return f"{limits}{self.card.grade.capitalize()}: {self.card.source}{note}"

    def outside(self, value: float) -> bool:
        """Whether a value leaves the range of the evidence."""
        low, high = (self.card.low, self.card.high) if self.card is not None else (None, None)
        return (low is not None and value < low) or (high is not None and value > high)


def catalogue(scenario: Scenario) -> dict[str, Number]:
    """Every number by path: first the important ones group by group, then all others in the schema's order."""
    known = numbers(scenario)
    data = scenario.model_dump(by_alias=True)
    found = [_number(scenario, data, path, value) for path, value in known.items()]
    return {number.path: number for number in sorted(found, key=lambda number: _place(number.path))}


def matching(known: Mapping[str, Number], words: str) -> Iterator[Number]:
    """The numbers beside the important ones whose label or path has all of these words; none for no words."""
    wanted = words.lower().replace("_", " ").split()
    for number in known.values():
        text = f"{number.label} {number.path}".lower().replace("_", " ")
        if wanted and not number.group and all(word in text for word in wanted):
            yield number


def _number(scenario: Scenario, data: Mapping[str, Any], path: str, value: float) -> Number:
    segments = split_path(path)
    shape = shape_at(segments, data)
    bounds = shape.bounds if shape is not None else ()
    least = max((limit for word, limit in bounds if word in ("at least", "above")), default=None)
    most = min((limit for word, limit in bounds if word in ("at most", "below")), default=None)
    unit = ((shape.unit if shape is not None else None) or "").replace("currency", scenario.currency)
    unit = "" if unit in ("1", "share", "groups", "places") else unit
    label = _label(scenario, segments) + (f" ({unit})" if unit else "")
    whole = shape is not None and shape.leaf is int
    return Number(path, label, unit, value, whole, least, most, card_for(scenario, path), _group(path))


def _group(path: str) -> str:
    return [*GROUPS, ""][_place(path)[0]]


def _place(path: str) -> tuple[int, int]:
    """Which group a number is in, and which of the group's patterns it fits."""
    for group, patterns in enumerate(GROUPS.values()):
        for index, pattern in enumerate(patterns):
            if re.fullmatch(pattern, path):
                return group, index
    return len(GROUPS), 0


def _label(scenario: Scenario, segments: Segments) -> str:
    if segments[0] == "levels":
        level, name = scenario.levels[segments[1]], _title_of_level(scenario, segments[1])
        if segments[2] == "next":
            return _link(scenario, level, name, int(segments[3]), segments[4:])
        return f"{name}: {_words(segments[2:])}"
    if segments[0] == "places":
        return f"{scenario.places[segments[1]].title or spoken(segments[1])}: {_words(segments[2:])}"
    if segments == ("return_to_care", "probability"):
        return "Share who come back after a relapse outside care"
    if len(segments) == 2 and segments[0] in ("arrivals", "relapse") and segments[1] in WORDS:
        words = WORDS[segments[1]]
        return words[:1].upper() + words[1:]
    return f"{spoken(segments[0])}: {_words(segments[1:])}" if len(segments) > 1 else spoken(segments[0])


def _link(scenario: Scenario, level: Level, name: str, index: int, rest: Segments) -> str:
    rule = level.next[index]
    when = "".join(f", {spoken(key).lower()} {value}" for key, value in rule.when.items())
    after = " or ".join(reason.replace("_", " ") for reason in rule.after)
    words = f"share linked after a stay that was {after}" if rest == ("probability",) else _words(rest)
    return f"{name} to {_title_of_level(scenario, rule.to)}{when}: {words}"


def _title_of_level(scenario: Scenario, name: str) -> str:
    level = scenario.levels.get(name)
    return (level.title if level is not None else "") or spoken(name)


def _words(segments: Segments) -> str:
    for length in (2, 1):
        known = WORDS.get(".".join(segments[-length:]))
        if known is not None and len(segments) <= length:
            return known
    named = [f"no. {int(segment) + 1}" if segment.isdecimal() else segment.replace("_", " ") for segment in segments]
    return ", ".join(named)
