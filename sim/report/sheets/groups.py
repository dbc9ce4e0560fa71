"""Tables of groups of patients: their outcomes, what scenarios change for each, and gaps between them."""

from collections.abc import Iterator, Mapping

import pandas as pd

from sim.analysis.intervals import paired_differences
from sim.experiment.result import Study
from sim.outcomes import OF_EQUITY
from sim.outcomes.definitional import defined_by
from sim.report.answers import rows_about
from sim.report.sheets.numbers import records_of
from sim.report.sheets.sheet import Sheet, TableCell, side_by_side
from sim.report.wording import Measure

ACROSS = "\x1f"
"""Between the parts of a key that stands for a metric of a group."""
CHANGED = ("narrower", "wider", "reversed", "opened")
"""Verdicts of `sim.analysis.judged` that claim a change."""


def group_differences(study: Study, measures: Mapping[str, Measure]) -> pd.DataFrame:
    """What each scenario changes for each group of patients, with verdicts (Holm over all of them).

    Columns as of `paired_differences`, with metric that of the group, and by, group, called (both in words).
    """
    groups = study.groups[study.groups["metric"].isin(measures)]
    keyed = groups.assign(metric=groups["by"] + ACROSS + groups["group"] + ACROSS + groups["metric"])
    rows = paired_differences(keyed, study.baseline)
    parts = rows["metric"].str.split(ACROSS, expand=True).reindex(columns=range(3))
    by, group = parts[0].astype(str), parts[1].astype(str)
    rows = rows.assign(by=by, group=group, called=by + ": " + group, metric=parts[2])
    # What a changed input defines of everybody, it defines of each group.
    today = study.results[study.baseline].scenario
    defined = {label: defined_by(measures, today, result.scenario) for label, result in study.results.items()}
    by_definition = [defined[of].get(metric, "") for of, metric in zip(rows["scenario"], rows["metric"], strict=True)]
    return rows_about(rows.assign(defined_by=pd.Series(by_definition, index=rows.index, dtype=object)), measures)


def group_sheets(study: Study, measures: Mapping[str, Measure], changed: pd.DataFrame | None = None) -> Iterator[Sheet]:
    """A table an outcome: of each group at the baseline, and what scenarios change; or of each in a single run.

    changed: of `group_differences`, where scenarios are compared.
    """
    equity = study.equity()
    levels = {(row["metric"], row["by"], row["group"], row["scenario"]): row for row in records_of(equity)}
    rows = [] if changed is None else records_of(changed)
    changes = {(row["metric"], row["by"], row["group"], row["scenario"]): row for row in rows}
    of_baseline = equity[equity["scenario"] == study.baseline]
    for metric, measure in measures.items():
        groups = of_baseline[of_baseline["metric"] == metric]
        entries = []
        for by, group in zip(groups["by"], groups["group"], strict=True):
            cells: dict[str, TableCell] = {}
            for label in study.results:
                key = (metric, by, group, label)
                if key in changes:
                    row = changes[key]
                    cells[label] = measure.amount(row, "difference", sign=True, note=row["finding"])
                elif key in levels:
                    cells[label] = measure.amount(levels[key], bare=changed is not None)
            entries.append(([f"{by}: {group}"], cells))
        note = "" if changed is None else "Found with all groups and outcomes that are told here allowed for (Holm)."
        if entries:
            yield side_by_side(f"By group of patients: {measure.head}", ["group"], entries, list(study.results), note)


def gap_sheet(study: Study, measures: Mapping[str, Measure]) -> Sheet | str:
    """The gaps between groups that scenarios change, beside one another; or that none was found to change, and why."""
    changes = study.gap_changes()
    changes = changes[changes["metric"].isin(OF_EQUITY) & changes["metric"].isin(measures)]
    if changes.empty:
        return "The scenarios have no groups of patients in common."
    if (changes["verdict"] == "too few replications").all():
        return "Too few replications to tell whether gaps between groups change."
    claimed = changes["verdict"].isin(CHANGED)
    if not claimed.any():
        return "No gap between groups of patients was found to change, which does not show that none does."
    keys = ["metric", "by", "group", "reference"]
    entries = []
    for (metric, by, group, reference), rows in changes.groupby(keys, sort=False):
        if not rows["verdict"].isin(CHANGED).any():
            continue
        measure = measures[str(metric)]
        cells: dict[str, TableCell] = {
            row["scenario"]: measure.amount(row, "change", sign=True, note=row["verdict"]) for row in records_of(rows)
        }
        cells[study.baseline] = measure.amount(records_of(rows)[0], "gap_baseline", ("ci_low", "ci_high"), bare=True)
        entries.append(([measure.head, f"{by}: {group} and {reference}"], cells))
    title = "Gaps between groups of patients that change: at the baseline, and by how much their size changes"
    return side_by_side(title, ["outcome", "gap between"], entries, list(study.results))


def gap_counts(study: Study) -> dict[str, str]:
    """Of each scenario, how many gaps between groups it makes narrower or wider; empty where none changes."""
    changes = study.gap_changes()
    changes = changes[changes["metric"].isin(OF_EQUITY) & changes["verdict"].isin(CHANGED)]
    return {
        str(label): ", ".join(f"{count} {word}" for word, count in rows["verdict"].value_counts(sort=False).items())
        for label, rows in changes.groupby("scenario", sort=False)
    }
