"""The programmes of a study as a brief needs them: named, with their metrics by replication."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from sim.analysis.intervals import mean_interval
from sim.experiment.psa import PsaResult
from sim.experiment.psa.matching import matched
from sim.experiment.result import Result, Study
from sim.outcomes import main_outcomes
from sim.report.answers import rows_about
from sim.report.brief.facts import NamedProgramme, Quantity, alike
from sim.report.drawn_verdicts import drawn_rows, in_draws
from sim.report.sheets.groups import groups_of_draws, left_out
from sim.report.wording import Measure, measures
from sim.report.words import short_names, shortened, some
from sim.scenario import Scenario
from sim.scenario.schema import NEUTRAL
from sim.vocabulary import Column

MOST_OPTIONS = 4
"""Options that two pages have room for."""
LONGEST_NAME, LONGEST_TITLE, LONGEST_COLUMN, LONGEST_QUESTION = 60, 180, 34, 260
FEW = 3
"""Programmes beside one another of which columns have room for the whole names."""
NOTHING = Quantity(float("nan"))
FINEST = 500.0
"""Steps, of ten to some power, that the largest sum of money comes to at the least."""
MONEY = (
    *("cost.total", "revenue.total", "margin.total"),
    *(f"cost.system.{whose}" for whose in ("society", "payer", "patient")),
)
"""Sums of money over the time that is measured, which are told beside one another."""
STATED = "Told at the inputs as stated, not of draws, with chance alone in the intervals."
NO_GROUPS = "Groups are told of draws by stepdown psa --by each, with another --out."
NOT_KEPT = "The draws lack what this takes ({lacking}); stepdown psa with another --out keeps it."
"""Of what an earlier version, or a choice of metrics, left out."""


@dataclass(frozen=True, eq=False)
class Arms:
    """A study of a baseline and no more options than a brief has room for. rows: every difference, with verdicts.

    psa: of these scenarios, where inputs were varied. at_inputs: the same without it, at the inputs as stated.
    """

    study: Study
    programmes: Mapping[str, NamedProgramme]
    measured: Mapping[str, Measure]
    rows: pd.DataFrame
    psa: PsaResult | None = None
    at_inputs: "Arms | None" = None

    @property
    def intervals(self) -> str:
        """What stands in brackets behind a number."""
        return "95 % interval of chance" if self.psa is None else "in 95 % of draws; ± chance"

    @property
    def baseline(self) -> str:
        """Label of today's programme."""
        return self.study.baseline

    @property
    def options(self) -> list[str]:
        """Labels of the others."""
        return list(self.study.results)[1:]

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """As they run, with levels and places that vanish on the day of the change."""
        return {label: result.as_run for label, result in self.study.results.items()}

    @property
    def words(self) -> Mapping[str, str]:
        """Those of the condition."""
        return (self.scenarios[self.baseline].condition or NEUTRAL).words

    def values(self, label: str, metric: str) -> Column | None:
        """The metric in each replication; None where the programme has none of it."""
        return self.study.results[label].by_metric.get(metric)

    def sample(self, label: str, metric: str) -> Column | None:
        """The same; where inputs were varied, of each draw, (draws, replications), which must have been kept."""
        if self.psa is None or self.values(label, metric) is None:
            return self.values(label, metric)
        return self.psa.values(metric)[:, :, self.psa.scenarios.index(label)]

    @cached_property
    def zeros(self) -> Column:
        """As many as a sample has values."""
        if self.psa is None:
            return np.zeros(self.study.replications)
        return np.zeros((len(self.psa.draws) * self.psa.price_draws, int(self.psa.about["replications"])))

    def quantity(self, sample: Column, unit: str = "", sign: bool = False) -> Quantity:
        """The mean of a sample with its interval; of draws with both."""
        if self.psa is None:
            return quantity(sample, unit, sign)
        over = self.psa.spread(sample)
        return NOTHING if over is None else Quantity(over.mean, *over[3:5], unit, sign, *over[1:3])

    def told_by(self, metrics: Iterable[str]) -> "tuple[Arms, str]":
        """By what a part is told that takes these metrics: by draws if all were kept, else at the inputs as stated, and
        then what must be known of it."""
        if self.psa is None or self.at_inputs is None:
            return self, ""
        if lacking := [metric for metric in metrics if metric not in self.psa.about["metrics"]]:
            return self.at_inputs, f"{STATED} {NOT_KEPT.format(lacking=some(lacking, 2))}"
        return self, ""

    def groups_told_by(self) -> tuple[PsaResult | None, str]:
        """The draws if groups of patients were kept of them, and what must be known of groups that were not."""
        if (of_groups := groups_of_draws(self.study, self.psa)) is not None:
            return of_groups, left_out(self.study, of_groups)
        return None, "" if self.psa is None else f"{STATED} {NO_GROUPS}"

    def mean(self, label: str, metric: str) -> float:
        """Its mean over the replications that have it; NaN without any."""
        values = self.values(label, metric)
        return float("nan") if values is None else mean_interval(values)[0]

    def level(self, label: str, metric: str, unit: str = "", factor: float = 1.0) -> Quantity:
        """The metric with its interval, rounded like that of the other programmes; money like all sums of it."""
        labels = list(self.study.results)
        level = alike(self._level(each, metric, unit, factor) for each in labels)[labels.index(label)]
        return replace(level, rounded_to=self.money_place) if metric in MONEY else level

    @cached_property
    def money_place(self) -> int | None:
        """The power of ten to which sums of money are rounded, in sentences and tables alike, so that they can be added
        up: three figures of the largest change are told. None where nothing is compared."""
        changes = [self.change(label, metric) for label in self.options for metric in MONEY]
        largest = max((abs(float(each.mean())) for each in changes if each is not None), default=0.0)
        return math.floor(math.log10(max(largest, FINEST) / FINEST)) if self.options else None

    def change(self, label: str, metric: str) -> Column | None:
        """By how much a metric that both have differs from today, in each replication or of each draw; None where they
        have not, or draws did not keep it."""
        if any(self.values(each, metric) is None for each in (label, self.baseline)):
            return None
        if self.psa is not None and metric not in self.psa.about["metrics"]:
            return None
        option, today = (self.sample(each, metric) for each in (label, self.baseline))
        return None if option is None or today is None else option - today

    def _level(self, label: str, metric: str, unit: str, factor: float) -> Quantity:
        values = self.values(label, metric)
        kept = self.psa is not None and metric in self.psa.about["metrics"]
        if kept and (sample := self.sample(label, metric)) is not None:
            of_draws = self.quantity(factor * sample, unit)
            if of_draws is not NOTHING:
                return of_draws
        return NOTHING if values is None else quantity(values * factor, unit)

    def difference(self, label: str, metric: str) -> tuple[Quantity, str]:
        """How an option differs from today in a main outcome, and the verdict; nothing where both do not have it."""
        chosen = self.rows[(self.rows["scenario"] == label) & (self.rows["metric"] == metric)]
        if chosen.empty or metric not in self.measured:
            return NOTHING, ""
        row, measure = chosen.iloc[0], self.measured[metric]
        names = ("difference", "ci_low", "ci_high", "inputs_low", "inputs_high")
        change, low, high, inputs_low, inputs_high = (float(row[name]) * measure.factor for name in names)
        place = self.money_place if metric in MONEY else None
        change_of = Quantity(change, low, high, measure.of_change, True, inputs_low, inputs_high, rounded_to=place)
        return change_of, str(row["verdict"])

    def share_of_draws(self, label: str, metric: str) -> str:
        """In which share of draws the verdict holds; "" where inputs were not varied, or none is claimed."""
        chosen = self.rows[(self.rows["scenario"] == label) & (self.rows["metric"] == metric)]
        if chosen.empty or "share" not in chosen or math.isnan(chosen.iloc[0]["share"]):
            return ""
        return in_draws(*chosen.iloc[0][["share", "share_low", "share_high"]])

    def share_above(self, sample: Column) -> tuple[float, float, float]:
        """In which share of draws such a sample is above 0, with the interval; NaN where inputs were not varied."""
        over = None if self.psa is None else self.psa.spread(sample)
        return (math.nan,) * 3 if over is None else (over.above, over.above_low, over.above_high)

    def verdict_text(self, label: str, metric: str) -> str:
        """The verdict on it as it is told: of draws with their share."""
        return " ".join(filter(None, (self.difference(label, metric)[1], self.share_of_draws(label, metric))))


def arms_of(study: Study, psa: PsaResult | None = None) -> Arms:
    """The study without the options that there is no room for. ValueError for a psa of other scenarios."""
    at_inputs = None if psa is None else arms_of(study)
    labels = list(study.results)[: MOST_OPTIONS + 1]
    study = Study({label: study.results[label] for label in labels}, study.reached)
    scenarios = list(study.scenarios.values())
    measured = measures(scenarios, main_outcomes(scenarios))
    psa = None if psa is None else matched(psa, study.scenarios, study.change)
    rows = (
        rows_about(study.differences(), measured) if len(labels) > 1 else pd.DataFrame(columns=["scenario", "metric"])
    )
    rows = drawn_rows(rows, measured, psa) if len(rows) else rows
    return Arms(study, _programmes(study.results), measured, rows, psa, at_inputs)


def quantity(values: Column, unit: str = "", sign: bool = False) -> Quantity:
    """The mean of these replications with its interval."""
    mean, _, low, high = mean_interval(np.asarray(values, dtype=float))
    return Quantity(mean, low, high, unit, sign)


def _programmes(results: Mapping[str, Result]) -> dict[str, NamedProgramme]:
    """By label; those of one name are told apart by their labels."""
    together = sum(min(len(result.scenario.name), LONGEST_NAME) for result in results.values())
    longest = LONGEST_NAME if together <= LONGEST_TITLE else min(LONGEST_NAME, LONGEST_TITLE // len(results))
    names = {label: shortened(result.scenario.name, longest) for label, result in results.items()}
    several = list(names.values())
    for label, name in names.items():
        if not name or several.count(name) > 1:
            own = shortened(label, 25)
            names[label] = f"{name} ({own})" if name and own else name or own or "The programme"
    columns = short_names(list(names.values()), LONGEST_COLUMN if len(names) > FEW else 2 * LONGEST_NAME)
    asked = {label: shortened(result.scenario.question, LONGEST_QUESTION) for label, result in results.items()}
    return {
        label: NamedProgramme(name, columns[name], _row(position, len(names)), asked[label])
        for position, (label, name) in enumerate(names.items())
    }


def _row(position: int, programmes: int) -> str:
    return "today" if not position else "option" if programmes == 2 else f"option {position}"
