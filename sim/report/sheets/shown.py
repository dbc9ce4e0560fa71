"""What a terminal shows of a study: on a screen what a decision looks at first, or everything that is told of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import pandas as pd

from sim.experiment.psa import PsaResult
from sim.experiment.psa.matching import matched
from sim.experiment.result import Result, Study
from sim.outcomes import EFFECTS, Perspective
from sim.outcomes.headline import OF_GROUPS
from sim.report.answers import caveat
from sim.report.change import change_line
from sim.report.sheets.groups import gap_counts, gap_sheet, group_differences, group_sheets, groups_of_draws, left_out
from sim.report.sheets.money import STANDINGS, budget_sheet, margin_sheet, value_sheets, window_sheets
from sim.report.sheets.numbers import records_of
from sim.report.sheets.outcomes import headline_sheet, measured, outcome_sheets
from sim.report.sheets.sheet import Amount, Sheet, TableCell
from sim.report.sheets.targets import are_missed, targets_sheets, targets_told
from sim.report.sheets.uncertainty import psa_parts, worth_of
from sim.report.unrest import unrest
from sim.report.wording import Measure, names_of, with_names
from sim.report.words import listed, some
from sim.scenario.policy import policy_line
from sim.vocabulary import ASKING

NAME = 32
"""Characters of a name at the head of a column, where everything is to be seen at a glance."""
WHOLE_NAME = 1_000
MOST_TARGETS = 6
"""Targets with which a comparison still fits one screen."""
MOST_WARNINGS = 6
"""So many are shown on one screen."""


STATED = (
    "What follows is of draws where it says so; else it is at the inputs as stated, with chance alone in the intervals."
)


class Value(NamedTuple):
    """What effect is held against cost, in whose eyes, and why that is not told. psa: of these."""

    effect: str = "qaly"
    perspective: Perspective = "society"
    not_told: str = ""
    psa: PsaResult | None = None


def first_look(study: Study, value: Value | None = None) -> Iterator[Sheet | str]:
    """What a decision looks at first: what intervals hold, what is decided, headline outcomes beside one another, and
    what to beware of. Of a psa its differences stand in place of those at the inputs as stated."""
    named = with_names(study, NAME)
    if value is not None and value.psa is not None:
        yield from _decisions(study, NAME)
        yield from _varied(named, value)
        yield from _missed_targets(named, varied_of(named, value))
        yield from _warned_together(named.results)
        yield change_line(named.baseline, study.change)
        return
    yield caveat(study.replications)
    few = sum(len(result.scenario.targets) for result in named.results.values()) <= MOST_TARGETS
    if few:
        yield from targets_sheets(named)
    yield from _decisions(study, NAME)
    sheet = headline_sheet(named)
    if value is not None and not value.not_told:
        sheet = _with_row(sheet, *_worth(named, value))
    if gaps := gap_counts(named):
        sheet = _with_row(sheet, "gaps between groups of patients", gaps)
    yield replace(sheet, note="")
    if value is not None and value.not_told:
        yield value.not_told
    if not few:
        yield from _missed_targets(named)
    yield from _warned_together(named.results)
    if len(study.results) > 1:
        yield change_line(named.baseline, study.change)
    else:
        yield asks_line(study.summary())


def everything(study: Study, value: Value, every_pair: bool, by: bool) -> Iterator[Sheet | str]:
    """Everything that is told of a study. by: groups of patients were asked for."""
    named, single = with_names(study, WHOLE_NAME), len(study.results) == 1
    yield from _opening(study, named, value)
    varied = varied_of(named, value)
    yield from outcome_sheets(named, measured(named), every_pair, names=True, psa=varied)
    psa = groups_of_draws(named, varied)
    if not single:
        yield gap_sheet(named, measured(named), psa)
    if by or psa is not None:
        yield from _groups(named, measured(named, OF_GROUPS), psa)
    yield from window_sheets(named, varied) if varied is not None else ()
    yield budget_sheet(named)
    if any(result.scenario.reimbursement for result in named.results.values()):
        yield margin_sheet(named)
    if not single:
        yield from [value.not_told] if value.not_told else value_sheets(named, value.effect, value.perspective, varied)


def chosen_outcomes(
    study: Study, value: Value, metrics: Sequence[str], every_pair: bool, by: bool
) -> Iterator[Sheet | str]:
    """Chosen metrics alone. by: of each group of patients as well."""
    named = with_names(study, WHOLE_NAME)
    yield from _opening(study, named, value, metrics)
    varied = varied_of(named, value)
    yield from outcome_sheets(named, measured(named, metrics), every_pair, names=True, psa=varied)
    if by:
        psa = groups_of_draws(named, varied)
        kept = {metric for *_, metric in psa.groups.values()} if psa is not None else set()
        yield from _groups(named, measured(named, metrics), psa if kept.issuperset(metrics) else None)


def varied_of(study: Study, value: Value) -> PsaResult | None:
    """The analysis under the labels of a study, if there is one."""
    return value.psa and matched(value.psa, study.scenarios, study.change)


def _varied(named: Study, value: Value, metrics: Sequence[str] | None = None) -> Iterator[Sheet | str]:
    """What the draws say; of chosen metrics as far as they were kept."""
    if (psa := varied_of(named, value)) is None:
        return
    chosen = None if metrics is None else [name for name in metrics if name in psa.about["metrics"]]
    yield from psa_parts(psa, worth_of(value.effect, value.perspective, value.not_told), value.not_told, chosen)
    if lacking := [name for name in metrics or () if name not in psa.about["metrics"]]:
        yield f"The psa did not keep {some(lacking)}, which {'is' if len(lacking) == 1 else 'are'} not told of draws."


def _opening(study: Study, named: Study, value: Value, metrics: Sequence[str] | None = None) -> Iterator[Sheet | str]:
    """named: the study with the names of its scenarios. metrics: those that were chosen."""
    yield from _varied(named, value, metrics)
    yield caveat(named.replications) if value.psa is None else STATED
    yield from _decisions(study, WHOLE_NAME)
    yield from warned(named.results)
    yield from targets_sheets(named, varied_of(named, value))
    if len(named.results) > 1:
        yield change_line(named.baseline, named.change)
    for name, result in named.results.items():
        yield f"{f'{name}: ' if len(named.results) > 1 else ''}{asks_line(result.summary())}"


def _groups(study: Study, known: Mapping[str, Measure], psa: PsaResult | None) -> Iterator[Sheet | str]:
    compared = len(study.results) > 1 and not study.groups.empty
    changed = group_differences(study, known, psa) if compared else None
    if psa is not None and (lacking := left_out(study, psa)):
        yield lacking
    yield from group_sheets(study, known, changed, psa)


def _decisions(study: Study, longest: int) -> Iterator[str]:
    """What each other scenario does otherwise than the baseline, a line each."""
    scenarios = study.scenarios
    names = names_of(scenarios, longest)
    for label in islice(scenarios, 1, None):
        called = f"{names[label]} ({label})" if names[label] != label else label
        yield f"{called}: {policy_line(scenarios[study.baseline], scenarios[label]) or 'no input differs'}"


def warned(results: Mapping[str, Result]) -> Iterator[str]:
    """Of every scenario, that what was measured depends on how long was measured."""
    for label, result in results.items():
        yield from (f"{f'{label}: ' if label else ''}warning: {sentence}" for sentence in unrest(result))


def _warned_together(results: Mapping[str, Result]) -> Iterator[str]:
    """Warnings up to their first full stop, those of several scenarios together."""
    labels_of: dict[str, list[str]] = {}
    for label, result in results.items():
        for sentence in unrest(result):
            labels_of.setdefault(sentence.split(". ")[0], []).append(label)
    for sentence, labels in islice(labels_of.items(), MOST_WARNINGS):
        yield f"{f'{listed(labels)}: ' if len(results) > 1 else ''}warning: {sentence} (more: --all)"
    if len(labels_of) > MOST_WARNINGS:
        yield f"... and {len(labels_of) - MOST_WARNINGS} more warnings (--all)"


def _missed_targets(study: Study, psa: PsaResult | None = None) -> Iterator[str]:
    """How many targets each scenario misses, and which; of a psa, in most of its draws."""
    every = targets_told(study, psa)
    for label in study.results:
        targets = every[every["scenario"] == label]
        missed = list(targets.loc[are_missed(targets), "target"]) if len(targets) else []
        if len(targets):
            which = f": {listed([str(each) for each in missed[:4]])}" if missed else ""
            whose = f"{label}: " if len(study.results) > 1 else ""
            how = "missed" if psa is None else "missed in most draws"
            yield f"{whose}{len(missed)} of {len(targets)} targets {how} (you say / the model says: --all){which}"


def _worth(study: Study, value: Value) -> tuple[str, dict[str, TableCell]]:
    """What a unit of effect costs, by the view by which the scenarios are judged."""
    scenario = study.results[study.baseline].scenario
    unit = EFFECTS[value.effect].of(scenario.condition).unit
    table = study.cost_effectiveness(value.effect, value.perspective)
    cells: dict[str, TableCell] = {}
    for row in records_of(table):
        standing = STANDINGS.get(row["status"], row["status"])
        cells[row["strategy"]] = standing if pd.isna(row["icer"]) else Amount.of(row, "icer")
    view = study.view(value.effect)
    return f"{scenario.currency} per {unit}, {value.perspective}, of the {view}; against the next cheaper", cells


def _with_row(sheet: Sheet, head: str, cells: Mapping[str, TableCell]) -> Sheet:
    row = [head, *(cells.get(column.name, "") for column in sheet.columns[1:])]
    return replace(sheet, rows=[*sheet.rows, row])


def asks_line(summary: pd.DataFrame) -> str:
    """Who asks for care, a month, by route, from a `Result.summary`: what demand comes to beside `arrivals.per_day`."""
    mean = summary.set_index("metric")["mean"]
    number: dict[str, str] = {route: f"{mean.get(f'asks.{route}.per_month', 0.0):.3g}" for route in ASKING}
    first, again, down, up = (number[route] for route in ("entry", "return", "step_down", "step_up"))
    linked = "".join(
        f", {number[route]} {words}"
        for route, words in (("checkup", "by check-ups"), ("emergency", "after an emergency"))
        if number[route] != "0"
    )
    inside = f"beside these {down} by step-down" + (f" and {up} by step-up" if up != "0" else "")
    return f"requests for care, a month: {first} first, {again} returning{linked}; {inside}"
