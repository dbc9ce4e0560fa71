"""Groups of patients over draws: what becomes of them, what scenarios change for each, and gaps between them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.analysis.uncertainty import Spread
from sim.experiment.psa.result import ENDS, OF_ENDS, PsaResult
from sim.experiment.run import groupings_of
from sim.outcomes import CROSS, OF_EQUITY, Observed, metric_names, metrics_by_groups
from sim.outcomes.headline import fitting
from sim.scenario import Scenario
from sim.vocabulary import Column

EACH = "each"
"""Stands for every attribute, each by itself."""
GAP_COLUMNS = [
    *("scenario", "by", "metric", "group", "reference"),
    *("gap_baseline", "gap", "change", *ENDS, "wider_in", "verdict"),
    *(*OF_ENDS, "wider_low", "wider_high", "share_error"),
]
"""Columns of `gap_changes_of_draws`."""
SAME, NO_GAP, MAYBE, UNDECIDED = "same", "no gap found", "may be chance", "undecided"


def columns_of_groups(scenarios: Mapping[str, Scenario], by: Sequence[str]) -> dict[str, list[str]]:
    """By column, the grouping, the group and the metric that it holds: of every group of any of the scenarios.

    by: as of `psa`. Raises ValueError for an attribute that none of them has, and where there are no groups.
    """
    columns: dict[str, list[str]] = {}
    apart = [text for text in by if text != EACH or any(EACH in scenario.population for scenario in scenarios.values())]
    groupings = groupings_of(apart, scenarios)
    for label, scenario in scenarios.items():
        every = [(name,) for name in scenario.population] if len(apart) < len(by) else []
        kept = fitting(metric_names(scenario), OF_EQUITY)
        for grouping in dict.fromkeys([*every, *groupings[label]]):
            groups = [""]
            for name in grouping:
                groups = [
                    f"{group}{CROSS if group else ''}{value}" for group in groups for value in scenario.population[name]
                ]
            of = CROSS.join(grouping)
            columns |= {f"{metric}[{of}: {group}]": [of, group, metric] for metric in kept for group in groups}
    if by and not columns:
        raise ValueError(f"by {', '.join(by)}: no scenario tells groups of patients apart; leave it out")
    return columns


def values_of_groups(
    observed: Observed, columns: Mapping[str, Sequence[str]], without: Sequence[str] = ()
) -> dict[str, float]:
    """By column, its value in one replication, of the groups that the scenario has. without: patterns of metrics that
    are not asked for.
    """
    left_out = fitting({metric for *_, metric in columns.values()}, without)
    wanted = {column: of for column, of in columns.items() if of[2] not in left_out}
    groupings = {tuple(by.split(CROSS)) for by, *_ in wanted.values()}
    known = [each for each in sorted(groupings) if all(name in observed.scenario.population for name in each)]
    of_groups = metrics_by_groups(observed, known, {metric for *_, metric in wanted.values()})
    values = {}
    for column, (by, group, metric) in wanted.items():
        of_group = of_groups.get(tuple(by.split(CROSS)), {}).get(group, {})
        if metric in of_group:
            values[column] = of_group[metric]
    return values


def group_levels(psa: PsaResult) -> pd.DataFrame:
    """Outcomes of every group that was kept: by, group, metric, and further columns as of `PsaResult.levels`."""
    return _of_groups(psa, psa.levels(list(psa.groups)))


def group_differences_of_draws(psa: PsaResult) -> pd.DataFrame:
    """What each other scenario changes for every group: by, group, metric, and further columns as of
    `PsaResult.differences`."""
    return _of_groups(psa, psa.differences(list(psa.groups)))


def _of_groups(psa: PsaResult, table: pd.DataFrame) -> pd.DataFrame:
    """With by, group and metric in the place of a column's name."""
    of = pd.DataFrame([psa.groups[column] for column in table["metric"]], table.index, ["by", "group", "metric"])
    return pd.concat([of, table.drop(columns="metric")], axis="columns")


def gap_changes_of_draws(psa: PsaResult) -> pd.DataFrame:
    """Whether scenarios narrow or widen the gaps of the baseline, over draws: GAP_COLUMNS, a row a scenario and gap.

    A gap is a group's value less that of the first group of its attribute. change: of the gap from the baseline's,
    counted in the direction that this has on average over draws, so that it is below 0 where it shrinks; with both
    intervals as of `PsaResult.differences`. wider_in: the share of draws, freed of chance, in which it is above 0;
    wider_low, wider_high: 95 % for it. inputs_low_error, inputs_high_error, share_error: standard errors.
    verdict: as of `sim.analysis.judged`, by the side on which most draws are; NO_GAP where 0 lies within an interval of
    both gaps, each its own; MAYBE where the draws agree and chance leaves open what their mean is; UNDECIDED where the
    interval of the share of draws holds one half.
    """
    members: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for column, (by, group, metric) in psa.groups.items():
        members.setdefault((by, metric), []).append((group, column))
    rows = []
    for (by, metric), ((reference, first), *others) in members.items():
        of_reference = psa.values(first)
        for group, column in others:
            gaps = psa.values(column) - of_reference
            for j, label in enumerate(psa.scenarios[1:], start=1):
                if (of_pair := _changed(psa, gaps[:, :, 0], gaps[:, :, j])) is not None:
                    rows.append((label, by, metric, group, reference, *of_pair))
    return pd.DataFrame(rows, columns=GAP_COLUMNS)


def _changed(psa: PsaResult, before: Column, after: Column) -> tuple[float | str, ...] | None:
    """The last of GAP_COLUMNS for gaps (draws, replications); None where too few draws have both."""
    both = np.isfinite(before) & np.isfinite(after)
    before, after = (np.where(both, each, np.nan) for each in (before, after))
    gaps = [psa.spread(each) for each in (before, after)]
    if gaps[0] is None or gaps[1] is None:
        return None
    change = psa.spread((-1.0 if gaps[0].mean < 0 else 1.0) * (after - before))
    if change is None:
        return None
    errors = change.inputs_low_error, change.inputs_high_error, change.above_low, change.above_high, change.above_error
    return (gaps[0].mean, gaps[1].mean, *change[:6], _verdict(gaps[0], gaps[1], change), *errors)


def _verdict(before: Spread, after: Spread, change: Spread) -> str:
    if change.mean == change.inputs_low == change.inputs_high == 0:
        return SAME
    was, is_there = (not (_holds_zero(gap[1:3]) or _holds_zero(gap[3:5])) for gap in (before, after))
    if not was and not is_there:
        return NO_GAP
    if _holds_zero(change[3:5]) and not _holds_zero(change[1:3]):
        return MAYBE
    if was and is_there and before.mean * after.mean < 0:
        return "reversed"
    if is_there and not was:
        return "opened"
    if change.above_low <= 0.5 <= change.above_high:
        return UNDECIDED
    return "wider" if change.above >= 0.5 else "narrower"


def _holds_zero(ends: tuple[float, float]) -> bool:
    return ends[0] <= 0 <= ends[1]
