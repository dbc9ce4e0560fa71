"""A metric: a named number of one replication, with its unit, its direction, its definition and how it is computed."""

import itertools
import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeVar, cast

from sim.outcomes.observed import Observed, by_group
from sim.outcomes.payers import PERSPECTIVES, payers
from sim.scenario.schema import NEUTRAL, Condition, Level, Scenario
from sim.vocabulary import CATEGORY, COSTS, Column, Direction

Compute = Callable[..., float | Column]

Definition = TypeVar("Definition", bound=Compute)

About = Literal["patients", "system"]

Needed = Literal["", "death", "utilities", "checkups", "reimbursement", "emergencies", "responses"]
"""The part without which a scenario has no such metric; `responses`: a partial response that somebody may come to."""

WORD = {
    **dict.fromkeys(("level", "place", "payer", "target", "medication", "emergency", "step"), "[a-z][a-z0-9_]*"),
    "days": "[0-9]+",
    "years": "[0-9]+",
    "perspective": "|".join(PERSPECTIVES),
    "category": "|".join(COSTS),
}
"""What may stand for each placeholder of a name pattern."""


def matched(pattern: str, name: str) -> Mapping[str, str] | None:
    """What stands for each placeholder of a pattern in a concrete name that fits it, else None."""
    literal_or_word = re.split(r"\{(\w+)\}", pattern)
    parts = (f"(?P<{part}>{WORD[part]})" if i % 2 else re.escape(part) for i, part in enumerate(literal_or_word))
    match = re.fullmatch("".join(parts), name)
    return None if match is None else match.groupdict()


HORIZONS = (1, 5, 10, 20)
"""Years after first asking at which outcomes are told, up to the follow-up."""

DAYS_OF_A_YEAR = 365
"""Of a horizon, as of the shares that are told by days."""

AT_HORIZON = ".year_{years}"
"""Behind the name of a metric: at this horizon."""


def horizons(scenario: Scenario) -> list[int]:
    """The years at which a scenario's outcomes are told."""
    return [years for years in HORIZONS if years * DAYS_OF_A_YEAR <= scenario.time.follow_up_days]


def years_words(years: int) -> str:
    """So many years: "1 year", "5 years"."""
    return f"{years} year{'' if years == 1 else 's'}"


class Choice(NamedTuple):
    """One of what may stand for a placeholder: in a name, in the definition, and for the computation."""

    key: str
    words: str
    argument: int | str


class Member(NamedTuple):
    """One concrete metric of a scenario: its name, the words for its definition, the arguments of its computation."""

    name: str
    words: Mapping[str, str]
    arguments: tuple[int | str, ...]


@dataclass(frozen=True)
class Metric:
    """A family of metrics with one definition.

    name: a pattern; `{level}`, `{place}`, `{payer}`, `{medication}` and `{emergency}` stand for each one that the
        scenario has, `{days}` for each of `days`, and `{years}` for each of HORIZONS, up to the scenario's follow-up,
        `{perspective}` and `{category}` for each one of the cost analysis.
    unit: `{currency}` stands for the scenario's, `{unit}` for that of what a target is of. In unit and definition a key
        of `Condition`, such as `{well}`, stands for the word of the scenario's condition.
    direction: which is better; "neutral" where that depends.
    compute: from the observed facts and the code of the level, place or payer, the number of days, or the name of the
        perspective or category. About patients: a number for each of the groups that are looked at; of the system: one.
    about: "patients" for an outcome of the cohort, which any group of patients has too; "system" for one of the
        programme over its window.
    stated: the levels that have the metric at all; one of no single level is there if any level has it.
    placed: the places that do; all of them, if it is not given.
    needs: the table without which a scenario says nothing about it ("death"), and so has no such metric; or "".
    aimed: the members of the families of `{target}` and `{step}`, which each scenario names itself.
    by_horizon: whether there is a family of the same at several horizons too (`at_horizons`).
    """

    name: str
    unit: str
    direction: Direction
    definition: str
    compute: Compute = field(repr=False, compare=False)
    about: About
    days: tuple[int, ...] = ()
    stated: Callable[[Level], bool] = field(default=lambda level: True, repr=False, compare=False)
    needs: Needed = ""
    placed: Callable[[Scenario], Collection[str]] | None = field(default=None, repr=False, compare=False)
    aimed: Callable[[Scenario], Iterator["Member"]] | None = field(default=None, repr=False, compare=False)
    by_horizon: bool = False

    @property
    def missing(self) -> str:
        """When there is no value, in the words of the definition: "without an ask"."""
        conditions = re.findall(r"[Mm]issing ((?:without|if|for) [^.;)]+)", self.definition)
        return conditions[-1] if conditions else "if nobody asks" if self.about == "patients" else ""

    def members(self, scenario: Scenario) -> Iterator[Member]:
        """The concrete metrics that a scenario has, in the scenario's order."""
        if self.needs and not getattr(scenario, self.needs):
            return
        if not any(map(self.stated, scenario.levels.values())):
            return
        if self.aimed is not None:
            yield from self.aimed(scenario)
            return
        placeholders = re.findall(r"\{(\w+)\}", self.name)
        for chosen in itertools.product(*(self._choices(each, scenario) for each in placeholders)):
            keys = {placeholder: choice.key for placeholder, choice in zip(placeholders, chosen, strict=True)}
            words = {placeholder: choice.words for placeholder, choice in zip(placeholders, chosen, strict=True)}
            yield Member(self.name.format(**keys), words, tuple(choice.argument for choice in chosen))

    def _choices(self, placeholder: str, scenario: Scenario) -> list["Choice"]:
        """What may stand for a placeholder in the metrics of a scenario."""
        if placeholder == "level":
            levels = enumerate(scenario.levels.items())
            return [Choice(key, level.title or key, code) for code, (key, level) in levels if self.stated(level)]
        if placeholder == "place":
            having = scenario.places if self.placed is None else self.placed(scenario)
            places = enumerate(scenario.places.items())
            return [Choice(key, place.title or key, code) for code, (key, place) in places if key in having]
        if placeholder == "payer":
            having = payers(scenario) if self.needs != "reimbursement" else scenario.payers_of_patients
            return [Choice(key, key, code) for code, key in enumerate(having)]
        if placeholder == "medication":
            medications = enumerate(scenario.medications.items())
            return [Choice(key, each.title or key, code) for code, (key, each) in medications]
        if placeholder == "emergency":
            emergencies = enumerate(scenario.emergencies.items())
            return [Choice(key, each.title or key, code) for code, (key, each) in emergencies]
        if placeholder == "days":
            follow_up = scenario.time.follow_up_days
            return [Choice(str(days), str(days), days) for days in self.days if days <= follow_up]
        if placeholder == "years":
            return [Choice(str(years), str(years), years) for years in horizons(scenario)]
        if placeholder == "perspective":
            return [Choice(each, f"{each} ({words})", each) for each, words in PERSPECTIVES.items()]
        stated = [each for each in COSTS if not CATEGORY[each].part or attrgetter(CATEGORY[each].part)(scenario)]
        return [Choice(each, each.replace("_", " "), each) for each in stated]

    def values(self, observed: Observed, member: "Member") -> list[float]:
        """One of this family, of each group that is looked at; of the system, the only one."""
        value = self.compute(observed, *member.arguments)
        if self.about == "system":
            return [float(value)]
        # One and the same NaN, as of `ratio`, so that dictionaries of equal values are equal.
        return [math.nan if each != each else each for each in cast("Column", value).tolist()]

    def at_horizons(self) -> "Metric":
        """The same for those who are followed for some years only, whatever the follow-up: a family by years."""

        def compute(observed: Observed, *arguments: Any) -> float | Column:
            *own, years = arguments
            return self.compute(observed.followed_for(years * DAYS_OF_A_YEAR), *own)

        definition = f"With a follow-up of {{years}} x 365 days: {self.definition}"
        return replace(self, name=self.name + AT_HORIZON, definition=definition, compute=compute, by_horizon=False)

    def described(self, words: Mapping[str, str], name: str, currency: str, condition: Condition = NEUTRAL) -> "Metric":
        """This family as one concrete metric, in the words of a condition."""
        unit = self.unit.format(**{"currency": currency, "unit": "of what it is of", **condition.words, **words})
        definition = self.definition.format(**condition.words, **words)
        return replace(self, name=name, unit=unit, definition=definition)

    def match(self, name: str) -> Mapping[str, str] | None:
        """The words of a concrete name that this pattern fits, else None."""
        return matched(self.name, name)


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
        needs: Needed = "",
        stated: Callable[[Level], bool] = lambda level: True,
        by_horizon: bool = False,
    ) -> Callable[[Definition], Definition]:
        """Decorate the function that computes a metric; its docstring is the definition, unless one is given."""

        def add(compute: Definition) -> Definition:
            text = " ".join((definition or compute.__doc__ or "").split())
            # At the horizon at which follow-up ends, it is asked for once more.
            once = by_group(compute) if by_horizon else compute
            self.append(
                Metric(name, unit, direction, text, once, self.about, days, stated, needs, by_horizon=by_horizon)
            )
            return compute

        return add
