"""Metrics as planners speak of them: "share in care on day 90", numbers in per cent, points or money."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.files.paths import split_path
from sim.outcomes import REGISTRY, metric_table
from sim.outcomes.groups import CROSS
from sim.outcomes.headline import SHORT, WORDS
from sim.outcomes.metric import AT_HORIZON, DAYS_OF_A_YEAR, matched, years_words
from sim.report.sheets.numbers import with_limits
from sim.report.sheets.sheet import Amount
from sim.report.words import listed, short_names, shortened
from sim.scenario import Scenario
from sim.scenario.schema import NEUTRAL
from sim.vocabulary import CATEGORY

if TYPE_CHECKING:
    from sim.experiment.result import Study

FIGURES = 3
"""Significant figures of a value without an interval."""

LONGEST_TITLE = 60
SHORTLY = {
    **SHORT,
    "admitted": "requests that lead to admission",
    "margin.total": "the programme's margin",
    "deaths.expected_share": "expected deaths",
    "cost.system.society": "cost to society",
}
"""Outcomes that are named one after the other, where it is told beside them over which time."""
LONGEST_NAME = 60
TITLED = ("levels", "places", "medications", "emergencies")
"""Parts of a scenario that have titles."""
PEOPLE = "people "
"""What phrases for groups of patients begin with."""
STATES = {"well": "well", "setback": "in_setback", "unwell": "unwell", "response": "in_response"}
"""By the key of a clinical state, which word of the condition says that somebody is in it."""
SINGULAR = ("share", "mean", "cost", "budget", "margin", "death", "median")
"""What a phrase that takes an article begins with."""


@dataclass(frozen=True)
class Measure:
    """A quantity as it is read out. words: what it is. unit: of a level; of_change: of a difference; factor: to them.

    metric: its name; direction: "higher" or "lower" is better, or "neutral".
    """

    metric: str
    words: str
    unit: str
    of_change: str
    factor: float = 1.0
    direction: str = "neutral"

    @property
    def head(self) -> str:
        """What it is and its unit, for the head of a row whose cells are without."""
        named = self.unit in ("people", "QALY") or self.unit.split(" ")[0] in self.words.split(" ")
        return self.words if named or not self.unit else f"{self.words}, {self.unit}"

    @property
    def within_sentence(self) -> str:
        """What it is, within a sentence."""
        return f"the {self.words}" if self.words.split(" ")[0] in SINGULAR else self.words

    def change(self, value: float, low: float = math.nan, high: float = math.nan) -> tuple[str, str]:
        """A difference and its interval, with signs and without a unit."""
        return with_limits(value * self.factor, low * self.factor, high * self.factor, sign=True, figures=FIGURES)

    def amount(
        self, row: Mapping[Any, Any], name: str = "mean", ends: tuple[str, str] = ("ci_low", "ci_high"), **how: Any
    ) -> Amount:
        """The number of this name in a row of a table, without a unit; of draws with both intervals.

        how: `sign`, `note` and the like of `Amount`.
        """
        value, low, high = (self.factor * row[each] for each in (name, *ends))
        inputs = {end: self.factor * row[end] for end in ("inputs_low", "inputs_high") if end in row}
        return Amount(value, low, high, **{"figures": FIGURES, **inputs, **how})

    def level_text(self, value: float, low: float = math.nan, high: float = math.nan) -> str:
        """A value with its unit and, in brackets, its interval."""
        return str(self.amount({"mean": value, "ci_low": low, "ci_high": high}, unit=self.unit))

    def change_text(self, value: float, low: float = math.nan, high: float = math.nan) -> str:
        """A difference with its unit and, in brackets, its interval."""
        return str(self.amount({"mean": value, "ci_low": low, "ci_high": high}, unit=self.of_change, sign=True))


def names_of(scenarios: Mapping[str, Scenario], longest: int = LONGEST_NAME) -> dict[str, str]:
    """By label, what people call the scenarios: by their names, where these tell them apart, else by their labels.

    Cut to a length, and still told apart.
    """
    counts = Counter(" ".join(scenario.name.split()) for scenario in scenarios.values())
    called = {
        label: name if label and (name := " ".join(scenario.name.split())) and counts[name] == 1 else label
        for label, scenario in scenarios.items()
    }
    if len(set(called.values())) < len(called):
        called = {label: label for label in scenarios}
    shorts = short_names(list(called.values()), longest)
    return {label: shorts[name] for label, name in called.items()}


def with_names(study: "Study", longest: int = LONGEST_NAME) -> "Study":
    """The study with its scenarios under their names (`names_of`)."""
    from sim.experiment.result import Study

    names = names_of(study.scenarios, longest)
    return Study({names[label]: result for label, result in study.results.items()}, study.reached)


def measures(scenarios: Sequence[Scenario], metrics: Sequence[str]) -> dict[str, Measure]:
    """How a report speaks of these metrics of any of the scenarios, by name, in this order; others are left out."""
    known: dict[str, Measure] = {}
    bearers = {_residual_payer(scenario) for scenario in scenarios if scenario.reimbursement}
    for scenario in scenarios:
        kinds = metric_table(scenario).set_index("metric")
        for metric in metrics:
            if metric in known or metric not in kinds.index:
                continue
            unit, direction = str(kinds["unit"][metric]), str(kinds["direction"][metric])
            one_bears = metric != "residual.share" or len(bearers) == 1
            words = metric_words(metric, scenario if one_bears else None)
            known[metric] = Measure(metric, words, *scale(metric, unit), direction)
    return {metric: known[metric] for metric in metrics if metric in known}


def scale(metric: str, unit: str) -> tuple[str, str, float]:
    """In which unit a metric is read, and a difference of it, and how many of these one is: shares in per cent and
    points, those who die per 1,000."""
    if unit != "share":
        return unit, unit, 1.0
    return ("per 1,000 patients",) * 2 + (1000.0,) if metric.startswith("deaths.") else ("%", "points", 100.0)


def title_of(scenario: Scenario, name: str, part: str = "levels") -> str:
    """The title of a level, or of a place (part: "places"), or its name as it is written."""
    titled = getattr(scenario, part).get(name)
    return (shortened(titled.title, LONGEST_TITLE) if titled else "") or name


def place_title(scenario: Scenario, place: str) -> str:
    """The title of a kind of place, or its name as it is written."""
    return title_of(scenario, place, "places")


def first_title(scenarios: Iterable[Scenario], part: str, name: str) -> str:
    """The title of a level or place (part: "levels" or "places") in the first scenario that has it."""
    return next((title_of(each, name, part) for each in scenarios if name in getattr(each, part)), name)


def group_words(scenarios: Iterable[Scenario], by: str, *groups: str) -> str:
    """Groups of patients as people call them: in the words of the first scenario (`called`) that has some, if there are
    some for each of them: "people out of work and people at work"; else "severity: mild and severe"."""
    words: dict[tuple[str, str], str] = {}
    for table in (scenario.called for scenario in scenarios):
        words = {(name, value): each for name in table for value, each in table[name].items()} | words
    phrases = [
        [words.get(pair, "") for pair in zip(by.split(CROSS), each.split(CROSS), strict=False)] for each in groups
    ]
    if not all(map(all, phrases)):
        return f"{by}: {listed(groups)}"
    return listed([", ".join([first, *(other.removeprefix(PEOPLE) for other in others)]) for first, *others in phrases])


def payer_words(scenarios: Iterable[Scenario], payer: str) -> str:
    """A payer as people call it, in the words of the first scenario that has some (`called.payers`)."""
    return next((each for scenario in scenarios if (each := scenario.called.get("payers", {}).get(payer))), payer)


def titles_of(scenarios: Iterable[Scenario], part: str) -> dict[str, str]:
    """By name, the levels or places of all scenarios, in order, each by its first title; by its name where two share a
    title."""
    scenarios = list(scenarios)
    titles = {name: first_title(scenarios, part, name) for each in scenarios for name in getattr(each, part)}
    counts = Counter(titles.values())
    return {name: title if counts[title] == 1 else name for name, title in titles.items()}


def whose(perspective: str) -> str:
    """Whose costs count, in a sentence: to society."""
    names = {"payer": "third-party payers", "patient": "patients", "provider": "the provider"}
    return f"to {names.get(perspective, perspective)}"


def value_text(value: float) -> str:
    """An input as its file might state it: six significant figures, and never in powers of ten that people can read."""
    return "" if math.isnan(value) else f"{value:,.0f}" if 1e6 <= abs(value) < 1e15 else f"{value:,.6g}"


def metric_words(metric: str, scenario: Scenario | None = None, within: str = "") -> str:
    """A metric as people say it, in the words of the scenario's condition; levels and places by their titles there, or
    else by their names. within: over which time a person is followed; else the scenario's, which is told where known.
    """
    whole, at_horizon, years = metric.rpartition(AT_HORIZON.format(years=""))
    if at_horizon and years.isdigit():
        return metric_words(whole, scenario, f" within {years_words(int(years))}")
    for pattern, words in WORDS.items():
        names = matched(pattern, metric)
        if names is not None:
            called = {kind: _called(kind, name, scenario) for kind, name in names.items()}
            called["residual_payer"] = _residual_payer(scenario)
            called |= {"within": within, "measured": ""}
            if scenario is not None:
                called["within"] = within or f" within {span(scenario.time.follow_up_days)}"
                called["measured"] = f" in {measured_time(scenario)}"
            return words.format_map({**(NEUTRAL if scenario is None else scenario.condition).words, **called})
    # What the user named stays as it is written; the rest are words of ours.
    theirs = set(next((each.values() for family in REGISTRY if (each := family.match(metric))), ()))
    parts = [part if part in theirs else part.replace("_", " ") for part in metric.split(".")]
    return " ".join(f"at {part}" if re.fullmatch(r"\d+ days", part) else part for part in parts)


def short_words(metric: str, scenario: Scenario) -> str:
    """A metric in few words, without its time; without such, as `metric_words`."""
    if metric in SHORTLY:
        return SHORTLY[metric].format_map((scenario.condition or NEUTRAL).words)
    return metric_words(metric, scenario)


def input_words(path: str, scenario: Scenario) -> str:
    """An input as people say it: "cost per day of Residential (ASAM 3.5)"; levels, places and the like by title."""
    part, *keys = split_path(path)
    if priced := _of_state(part, keys, scenario):
        return priced
    titled = {name: item.title or name for kind in TITLED for name, item in getattr(scenario, kind).items()}
    owner = titled.get(keys.pop(0), "") if part in TITLED and len(keys) > 1 else part.replace("_", " ")
    if keys[:1] == ["next"] and keys[1].isdigit():
        link = scenario.levels[split_path(path)[1]].next[int(keys[1])]
        what = " ".join(key.replace("_", " ") for key in keys[2:])
        return shortened(f"{what} of going on from {owner} to {titled.get(link.to, link.to)}", 120)
    words = [f"no. {int(key) + 1}" if key.isdigit() else titled.get(key, key.replace("_", " ")) for key in keys]
    return shortened(f"{' '.join(words)} of {owner}" if words else owner, 120)


def _of_state(part: str, keys: Sequence[str], scenario: Scenario) -> str:
    """A utility or a cost as people say it, "cost of lost work while using"; "" of what is neither, or in a table."""
    if part not in ("costs", "utilities") or not keys:
        return ""
    *of, last = keys
    phrases: dict[str, str] = {category: known.phrase for category, known in CATEGORY.items()}
    named = [phrases.get(key) or key.replace("_", " ") for key in of]
    state = (scenario.condition or NEUTRAL).words[STATES[last]] if last in STATES else ""
    if part == "utilities":
        return f"utility while {state}" if state and not of else ""
    if len(of) == 1 and state:
        return f"cost of {named[0]} while {state}"
    return f"cost {last.replace('_', ' ')}" if not of and last.startswith("per_") else ""


def inputs_words(paths: Iterable[str], scenarios: Sequence[Scenario]) -> dict[str, str]:
    """Inputs of any of the scenarios as people say them (`input_words`), by path; by the path where two would be called
    alike, and what is no input as it is."""
    called: dict[str, str] = {}
    for path in paths:
        owner = next((each for each in scenarios if _has_owner(each, path)), None)
        called[path] = path if owner is None else input_words(path, owner)
    counts = Counter(called.values())
    return {path: words if counts[words] == 1 else path for path, words in called.items()}


def span(days: float) -> str:
    """So many days, as years where they are whole: "5 years", "90 days"."""
    return f"{days:g} days" if days % DAYS_OF_A_YEAR or not days else years_words(round(days / DAYS_OF_A_YEAR))


def measured_time(scenario: Scenario) -> str:
    """Of which days what is not of single people is told: "the year measured"."""
    return f"the {span(scenario.window[1] - scenario.window[0]).removeprefix('1 ')} measured"


def _has_owner(scenario: Scenario, path: str) -> bool:
    """Whether a scenario has the part, level or link whose input a path is."""
    part, *keys = split_path(path)
    if part not in TITLED or len(keys) < 2:
        return part in Scenario.model_fields
    owner = getattr(scenario, part).get(keys[0])
    is_link = keys[1] == "next" and len(keys) > 2 and keys[2].isdigit()
    return owner is not None and (not is_link or int(keys[2]) < len(owner.next))


def _called(kind: str, name: str, scenario: Scenario | None) -> str:
    """What stands for a placeholder of a metric's pattern."""
    if kind == "perspective":
        return whose(name)
    if scenario is not None and kind in ("level", "place"):
        return title_of(scenario, name, f"{kind}s")
    return name


def _residual_payer(scenario: Scenario | None) -> str:
    """Who bears what nobody else pays, by name where it is known."""
    if scenario is None or scenario.reimbursement is None:
        return "the residual payer"
    return shortened(payer_words([scenario], scenario.reimbursement.residual_payer), LONGEST_TITLE)
