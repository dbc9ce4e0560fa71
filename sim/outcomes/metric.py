"""A metric: a named number of one replication, with its unit, its direction, its definition and how it is computed."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from sim.outcomes.payers import PERSPECTIVES, payers
from sim.scenario.schema import Level, Scenario
from sim.vocabulary import CATEGORIES, Direction

Compute = Callable[..., float]

About = Literal["patients", "system"]

WORD = {
    **dict.fromkeys(("level", "place", "payer", "target"), "[a-z][a-z0-9_]*"),
    "days": "[0-9]+",
    "perspective": "|".join(PERSPECTIVES),
    "category": "|".join(CATEGORIES),
}
"""What may stand for each placeholder of a name pattern."""


def matched(pattern: str, name: str) -> Mapping[str, str] | None:
    """What stands for each placeholder of a pattern in a concrete name that fits it, else None."""
    literal_or_word = re.split(r"\{(\w+)\}", pattern)
    parts = (f"(?P<{part}>{WORD[part]})" if i % 2 else re.escape(part) for i, part in enumerate(literal_or_word))
    match = re.fullmatch("".join(parts), name)
    return None if match is None else match.groupdict()


class Member(NamedTuple):
    """One concrete metric of a scenario: its name, the words for its definition, the arguments of its computation."""

    name: str
    words: Mapping[str, str]
    arguments: tuple[int | str, ...]


@dataclass(frozen=True)
class Metric:
    """A family of metrics with one definition.

    name: a pattern; `{level}`, `{place}` and `{payer}` stand for each one that the scenario has, `{days}` for each of
        `days` up to the scenario's follow-up, `{perspective}` and `{category}` for each one of the cost analysis.
    unit: `{currency}` stands for the scenario's, `{unit}` for that of what a target is of.
    direction: which is better; "neutral" where that depends.
    compute: from the observed facts and the code of the level, place or payer, the number of days, or the name of the
        perspective or category.
    about: "patients" for an outcome of the cohort, which any group of patients has too; "system" for one of the
        programme over its window.
    stated: the levels that have the metric at all; one of no single level is there if any level has it.
    placed: the places that do; all of them, if it is not given.
    needs: the table without which a scenario says nothing about it ("death"), and so has no such metric; or "".
    aimed: the members of the family of `{target}`, which each scenario names itself.
    """

    name: str
    unit: str
    direction: Direction
    definition: str
    compute: Compute = field(repr=False, compare=False)
    about: About
    days: tuple[int, ...] = ()
    stated: Callable[[Level], bool] = field(default=lambda level: True, repr=False, compare=False)
    needs: Literal["", "death", "utilities"] = ""
    placed: Callable[[Scenario], Collection[str]] | None = field(default=None, repr=False, compare=False)
    aimed: Callable[[Scenario], Iterator["Member"]] | None = field(default=None, repr=False, compare=False)

    @property
    def missing(self) -> str:
        """When there is no value, in the words of the definition: "without an ask"."""
        conditions = re.findall(r"[Mm]issing ((?:without|if|for) [^.;)]+)", self.definition)
        return conditions[-1] if conditions else "if nobody asks" if self.about == "patients" else ""

    def members(self, scenario: Scenario) -> Iterator[Member]:
        """The concrete metrics that a scenario has, in the scenario's order."""
        if self.needs and getattr(scenario, self.needs) is None:
            return
        if not any(map(self.stated, scenario.levels.values())):
            return
        if self.aimed is not None:
            yield from self.aimed(scenario)
        elif "{level}" in self.name:
            for code, (key, level) in enumerate(scenario.levels.items()):
                if self.stated(level):
                    yield self._member("level", key, level.title or key, code)
        elif "{place}" in self.name:
            having = scenario.places if self.placed is None else self.placed(scenario)
            for code, (key, place) in enumerate(scenario.places.items()):
                if key in having:
                    yield self._member("place", key, place.title or key, code)
        elif "{payer}" in self.name:
            for code, key in enumerate(payers(scenario)):
                yield self._member("payer", key, key, code)
        elif "{days}" in self.name:
            for days in self.days:
                if days <= scenario.time.follow_up_days:
                    yield self._member("days", str(days), str(days), days)
        elif "{perspective}" in self.name:
            for perspective, words in PERSPECTIVES.items():
                yield self._member("perspective", perspective, f"{perspective} ({words})", perspective)
        elif "{category}" in self.name:
            for category in CATEGORIES:
                yield self._member("category", category, category.replace("_", " "), category)
        else:
            yield Member(self.name, {}, ())

    def described(self, words: Mapping[str, str], name: str, currency: str) -> "Metric":
        """This family as one concrete metric."""
        unit = self.unit.format(**{"currency": currency, "unit": "of what it is of", **words})
        definition = self.definition.format(**words)
        return replace(self, name=name, unit=unit, definition=definition)

    def match(self, name: str) -> Mapping[str, str] | None:
        """The words of a concrete name that this pattern fits, else None."""
        return matched(self.name, name)

    def _member(self, placeholder: str, key: str, title: str, argument: int | str) -> Member:
        return Member(self.name.replace(f"{{{placeholder}}}", key), {placeholder: title}, (argument,))


class MetricList(list[Metric]):
    """Metrics in the order in which they are defined."""

    def __init__(self, about: About) -> None:
        super().__init__()
        self.about = about

    def define(
        self,
        name: str,
        unit: str,
        direction: Direction,
        definition: str | None = None,
        days: tuple[int, ...] = (),
        needs: Literal["", "death", "utilities"] = "",
        stated: Callable[[Level], bool] = lambda level: True,
    ) -> Callable[[Compute], Compute]:
        """Decorate the function that computes a metric; its docstring is the definition, unless one is given."""

        def add(compute: Compute) -> Compute:
            text = " ".join((definition or compute.__doc__ or "").split())
            self.append(Metric(name, unit, direction, text, compute, self.about, days, stated, needs))
            return compute

        return add
