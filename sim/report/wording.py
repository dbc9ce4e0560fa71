"""Metrics in the words, and numbers in the units, that planners use: "share in care on day 90", per cent, points."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sim.outcomes import metric_table
from sim.report.page_parts import shortened
from sim.report.tables import interval, number
from sim.scenario import Scenario

FIGURES = 3
"""Significant figures: no more than a planner can use, and a simulation can give."""

WORDS = (
    (r"arrivals", "people who ask for the first time"),
    (r"admitted", "share of asks that lead to admission"),
    (r"wait\.(?P<level>\w+)\.mean", "mean wait for {level}"),
    (r"occupancy\.(?P<place>\w+)", "share of {place} in use"),
    (r"discharges\.(?P<level>\w+)\.completed", "share of stays completed in {level}"),
    (r"linkage\.(?P<level>\w+)", "share linked onwards within 14 days after {level}"),
    (r"retention\.(?P<days>\d+)_days", "share in care on day {days}"),
    (r"relapse\.(?P<days>\d+)_days", "share relapsed within {days} days"),
    (r"readmission\.(?P<days>\d+)_days", "share readmitted within {days} days"),
    (r"days_abstinent", "days abstinent a person"),
    (r"deaths\.share", "share who died within follow-up"),
    (r"deaths\.per_1000_person_years", "death rate"),
    (r"qalys\.per_patient", "QALYs a person"),
    (r"cost\.per_patient\.payer", "cost a person to third-party payers"),
    (r"cost\.per_patient\.(?P<whose>\w+)", "cost a person to {whose}"),
    (r"cost\.total", "budget of the programme"),
)
"""A pattern of a metric's name, and how a report calls it."""

LONGEST_TITLE = 60
SINGULAR = ("share", "mean", "cost", "budget", "death")
"""What a phrase that takes an article begins with."""


@dataclass(frozen=True)
class Measure:
    """A metric as it is read out. words: what it is. unit: of a level; of_change: of a difference; factor: to them."""

    metric: str
    words: str
    unit: str
    of_change: str
    factor: float
    direction: str

    @property
    def head(self) -> str:
        """What it is and its unit, for the head of a row whose cells are without."""
        told = self.unit in ("people", "QALY") or self.unit.split(" ")[0] in self.words.split(" ")
        return self.words if told or not self.unit else f"{self.words}, {self.unit}"

    @property
    def spoken(self) -> str:
        """What it is, within a sentence."""
        return f"the {self.words}" if self.words.split(" ")[0] in SINGULAR else self.words

    def bare(self, value: float, sign: bool = False) -> str:
        """A value, or with its sign a difference, without a unit."""
        return number(value * self.factor, sign, FIGURES)

    def level(self, value: float) -> str:
        """A value with its unit."""
        return with_unit(number(value * self.factor, figures=FIGURES), self.unit)

    def range(self, low: float, high: float) -> str:
        """An interval of a level, without its unit; empty where there is none."""
        return interval(low * self.factor, high * self.factor, figures=FIGURES)

    def change(self, value: float) -> str:
        """A difference with its sign and unit."""
        return with_unit(number(value * self.factor, sign=True, figures=FIGURES), self.of_change)

    def change_range(self, low: float, high: float) -> str:
        """An interval of a difference, without its unit; empty where there is none."""
        return interval(low * self.factor, high * self.factor, sign=True, figures=FIGURES)


def measures(scenarios: Sequence[Scenario], metrics: Sequence[str]) -> dict[str, Measure]:
    """How a report speaks of these metrics of any of the scenarios, by name, in this order; others are left out."""
    found: dict[str, Measure] = {}
    for scenario in scenarios:
        kinds = metric_table(scenario).set_index("metric")
        for metric in metrics:
            if metric in found or metric not in kinds.index:
                continue
            unit, direction = str(kinds["unit"][metric]), str(kinds["direction"][metric])
            share = unit == "share"
            units = ("%", "points") if share else (unit, unit)
            words = _words(metric, scenario)
            found[metric] = Measure(metric, words, *units, 100.0 if share else 1.0, direction)
    return {metric: found[metric] for metric in metrics if metric in found}


def with_unit(text: str, unit: str) -> str:
    """A number and its unit, which an absent number does without."""
    return f"{text} {unit}".rstrip() if text else ""


def title_of(scenario: Scenario, level: str) -> str:
    """The title of a level, or its name without underscores."""
    return _title(scenario.levels[level].title if level in scenario.levels else "", level)


def value_text(value: float) -> str:
    """An input as its file might state it: six significant figures."""
    return "" if math.isnan(value) else f"{value:,.6g}"


def _words(metric: str, scenario: Scenario) -> str:
    for pattern, words in WORDS:
        match = re.fullmatch(pattern, metric)
        if match is None:
            continue
        names = match.groupdict()
        if "level" in names:
            names["level"] = title_of(scenario, names["level"])
        if "place" in names:
            place = scenario.places.get(names["place"])
            names["place"] = _title(place.title if place else "", names["place"])
        return words.format(**names)
    return metric


def _title(title: str, name: str) -> str:
    return shortened(title, LONGEST_TITLE) or name.replace("_", " ")
