"""What one visitor compares: the chosen scenario with changes, and others beside it. Nothing here knows the page."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from sim.app.catalogue import Number, catalogue, part_in_words
from sim.app.wording import beyond
from sim.files.problems import refusal
from sim.files.toml import decoded
from sim.scenario import Problem, Scenario, ScenarioError, load_scenario, scenario_warnings, shipped_names
from sim.scenario.fields import numbers
from sim.scenario.files import NOTHING_BESIDE, scenario_of_text
from sim.scenario.toml_text import scenario_text

MOST_NUMBERS = 3_000
"""So many an uploaded scenario may hold; the shipped ones have some 300. The page goes through all at every click."""
MOST_ALTERNATIVES = 5
LONGEST_NAME = 60
MOST_PEOPLE = 200_000
"""So many may ask for care in a replication on the page: more would fill the memory of the machine that serves it."""

FIRST = "hybrid"


@dataclass(frozen=True)
class ChosenScenario:
    """The chosen scenario, and the name that it is shipped under; "" for one that was uploaded."""

    scenario: Scenario
    shipped: str = ""

    @cached_property
    def numbers(self) -> dict[str, Number]:
        """The numbers of the scenario, by path: looked up at every change that a visitor makes."""
        return catalogue(self.scenario)

    @cached_property
    def warnings(self) -> list[Problem]:
        """What is allowed but worth a look."""
        return scenario_warnings(self.scenario)

    @cached_property
    def text(self) -> str:
        """The scenario as a file."""
        return _text(self.scenario, self)


@dataclass(frozen=True)
class System:
    """The chosen scenario or an alternative. number: which, never given twice; 0 is the chosen one.

    start: the shipped scenario that it starts from; "" is the chosen one, for an alternative as changed.
    alike: whether the changes of the chosen one hold here too, as far as they can.
    automatic: whether it came with the chosen one, and nobody has touched it since.
    """

    number: int
    name: str
    start: str = ""
    alike: bool = True
    changes: Mapping[str, float] = field(default_factory=dict)
    automatic: bool = False


@dataclass(frozen=True)
class Described:
    """A system as a scenario, or what is wrong with it. start: what its own changes are made to, with its numbers.

    inherited: changes of the chosen one that hold here too. left_out: those for which this system has no place.
    """

    system: System
    source: ChosenScenario
    start: Scenario
    scenario: Scenario | None
    problems: tuple[Problem, ...] = ()
    inherited: Mapping[str, float] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    @cached_property
    def numbers(self) -> dict[str, Number]:
        """The numbers before this system's own changes."""
        return self.source.numbers if self.start is self.source.scenario else catalogue(self.start)

    @cached_property
    def warnings(self) -> list[Problem]:
        """What is allowed but worth a look."""
        if self.scenario is self.source.scenario:
            return self.source.warnings
        return scenario_warnings(self.scenario) if self.scenario is not None else []

    @cached_property
    def text(self) -> str:
        """A sound system as a file for the command line; ValueError where it cannot be written as one."""
        if self.scenario is None or self.scenario is self.source.scenario:
            return self.source.text
        return _text(self.scenario, self.source)

    def in_words(self, problem: Problem) -> str:
        """A problem with words, as on the page, in place of its path."""
        number = self.numbers.get(problem.path)
        path = number.label if number is not None else part_in_words(self.start, problem.path)
        return str(replace(problem, source="", path=path)).removeprefix("warning: ")


@dataclass
class Comparison:
    """All that one visitor has laid out; it is kept in their session alone.

    baseline: number of the system that the others are compared with.
    """

    source: ChosenScenario
    systems: list[System] = field(default_factory=list)
    baseline: int = 0
    version: int = 0
    _last: int = 0
    _seen: dict[str, Described] = field(default_factory=dict)

    def choose(self, source: ChosenScenario) -> None:
        """Start afresh from another scenario, with what its question is asked against as the baseline.

        The alternative that came with the scenario before goes with it; those that somebody made or touched stay.
        """
        others = [system for system in self.systems[1:] if not system.automatic]
        self.source = source
        self.version += 1
        self.systems = [System(0, _cut(source.scenario.name))]
        self.systems += [replace(each, name=self._free(each.name)) for each in others]
        self.baseline = self._against(source)

    def _against(self, source: ChosenScenario) -> int:
        """The number of what a scenario's question is asked against; set beside it if it is not there."""
        against = source.scenario.compared_with
        if against not in shipped_names() or against == source.shipped:
            return 0
        there = [system.number for system in self.systems[1:] if system.start == against]
        if there:
            return there[0]
        if len(self.systems) > MOST_ALTERNATIVES:
            return 0
        self.add(against, automatic=True)
        return self._last

    def add(self, start: str = "", automatic: bool = False) -> None:
        """One more alternative."""
        self._last += 1
        name = shipped(start).scenario.name if start else f"Alternative {len(self.systems)}"
        self.systems.append(System(self._last, self._free(name), start, automatic=automatic))

    def change(self, number: int, **values: Any) -> None:
        """Other values of a system; a name that is empty or taken is made one that is not."""
        index = next(i for i, system in enumerate(self.systems) if system.number == number)
        if "name" in values:
            others = [system.name for system in self.systems if system.number != number]
            values["name"] = _unlike(_cut(values["name"]) or f"Alternative {number}", others)
        self.systems[index] = replace(self.systems[index], **values, automatic=False)

    def set(self, number: int, path: str, value: float | None) -> None:
        """Change one number of a system; None takes the change back."""
        system = next(system for system in self.systems if system.number == number)
        changes = {key: old for key, old in system.changes.items() if key != path}
        self.change(number, changes=changes if value is None else {**changes, path: value})

    def remove(self, number: int) -> None:
        """Take an alternative away."""
        self.systems = [system for system in self.systems if system.number != number]
        if number == self.baseline:
            self.baseline = 0

    def arms(self) -> dict[str, Scenario]:
        """The systems that can be simulated, by name, the baseline first."""
        ordered = sorted(self.described(), key=lambda each: each.system.number != self.baseline)
        return {each.system.name: each.scenario for each in ordered if each.scenario is not None}

    def described(self) -> list[Described]:
        """Every system as a scenario, the chosen one first; anew where it, or what it stands on, is another."""
        before, self._seen = self._seen, {}
        chosen = self.systems[0]
        for system in self.systems:
            source = shipped(system.start) if system.start else self.source
            wanted = chosen.changes if system is not chosen and (system.alike or not system.start) else {}
            key = repr((self.version, system, wanted))
            self._seen[key] = before.get(key) or _described(system, source, wanted)
        return list(self._seen.values())

    def _free(self, name: str) -> str:
        return _unlike(_cut(name), [system.name for system in self.systems])


def text_sent(content: bytes, name: str) -> str:
    """The text of a file that somebody sent. ScenarioError where it is none, or too large."""
    return decoded(content, _cut(name) or "the file")


def uploaded(text: str, name: str, beside: Mapping[str, str] = NOTHING_BESIDE) -> ChosenScenario:
    """The scenario in the text of a file that somebody sent. ScenarioError says everything that is wrong with it.

    It may extend shipped scenarios, and the texts beside it, by name: no path in it is ever opened.
    """
    shown = _cut(name) or "the file"
    scenario = scenario_of_text(text, shown, beside)
    count = len(numbers(scenario))
    if count > MOST_NUMBERS:
        message = f"holds {count:,} numbers; the page takes {MOST_NUMBERS:,} at most"
        raise refusal(shown, "", message, hint="Use the command line")
    return ChosenScenario(scenario)


@cache
def shipped(name: str) -> ChosenScenario:
    """A shipped scenario; scenarios never change, so that visitors may share them."""
    return ChosenScenario(load_scenario(name), name)


def first_comparison() -> Comparison:
    """What somebody who has just come finds."""
    names = shipped_names()
    comparison = Comparison(shipped(FIRST if FIRST in names else names[0]))
    comparison.choose(comparison.source)
    return comparison


def people(scenario: Scenario) -> float:
    """Roughly how many ask for care in a replication."""
    arrivals = scenario.arrivals
    most = max(factor for _, factor in arrivals.steps())
    there = sum(initial.in_care + initial.waiting for initial in scenario.initial.values())
    there += scenario.known.well.people + scenario.known.unwell.people
    return (arrivals.first_per_day or 0.0) * scenario.time.horizon * most + (arrivals.closed_cohort or 0) + there


def _described(system: System, source: ChosenScenario, wanted: Mapping[str, float]) -> Described:
    """wanted: changes of the chosen one, which hold here too as far as they can."""
    known = source.numbers if wanted else {}
    taken = {path: value for path, value in wanted.items() if path in known}
    left_out = tuple(path for path in wanted if path not in known)
    start = source.scenario
    with suppress(Exception):  # It is said below, or of the chosen one.
        start = _changed(source, taken, system.name)
    try:
        scenario = _changed(source, {**taken, **system.changes}, system.name)
        described = Described(system, source, start, scenario, (), taken, left_out)
        # Kept from here on: whatever finding them raises, it is raised here.
        _ = described.warnings
    except Exception as problem:
        refused = problem if isinstance(problem, ScenarioError) else refusal("", "", beyond(problem))
        return Described(system, source, start, None, refused.problems, taken, left_out)
    return described


def _changed(source: ChosenScenario, changes: Mapping[str, float], name: str) -> Scenario:
    settings: dict[str, Any] = {**changes, **_cards(source, changes)}
    if name != _cut(source.scenario.name):
        settings["name"] = name
    scenario = source.scenario.with_overrides(settings) if settings else source.scenario
    if (count := people(scenario)) > MOST_PEOPLE:
        message = f"would be about {count:,.0f} people a run; the page takes {MOST_PEOPLE:,} at most"
        raise refusal("", "arrivals", message, hint="Use the command line")
    return scenario


def _text(scenario: Scenario, source: ChosenScenario) -> str:
    return scenario_text(scenario, source.shipped, source.scenario if source.shipped else None)


def _cards(source: ChosenScenario, changes: Mapping[str, float]) -> dict[str, Any]:
    """Cards for numbers that leave the range of their evidence: they are choices now, and a file must say so."""
    cards = {}
    for path, value in changes.items():
        number = source.numbers.get(path)
        if number is None or number.card is None or not number.outside(value):
            continue
        why = f"set by hand outside the range of the evidence, {number.limits()} ({number.card.source})"
        cards[f'evidence."{path}"'] = {"grade": "choice", "source": why[:2_000]}
    return cards


def _cut(name: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in name).split())[:LONGEST_NAME].strip()


def _unlike(name: str, others: list[str]) -> str:
    """The name, with a number behind it where it is taken."""
    unlike, count = name, 2
    while unlike in others:
        unlike, count = f"{name[: LONGEST_NAME - 5]} ({count})", count + 1
    return unlike
