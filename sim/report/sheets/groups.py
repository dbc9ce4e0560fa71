"""Tables of groups of patients: their outcomes, what scenarios change for each, and gaps between them."""

from collections.abc import Iterator, Mapping

import pandas as pd

from sim.analysis.intervals import paired_differences
from sim.experiment.psa import PsaResult
from sim.experiment.psa.groups import gap_changes_of_draws, group_levels
from sim.experiment.result import Study
from sim.outcomes import OF_EQUITY
from sim.outcomes.definitional import defined_by
from sim.report.answers import rows_about
from sim.report.drawn_verdicts import OF_DRAWS, drawn_rows
from sim.report.sheets.numbers import records_of
from sim.report.sheets.sheet import Sheet, TableCell, side_by_side
from sim.report.sheets.uncertainty import share_text
from sim.report.wording import PEOPLE, Measure, group_words
from sim.report.words import listed, sentence

ACROSS = "\x1f"
"""Between the parts of a key that stands for a metric of a group."""
CHANGED = ("narrower", "wider", "reversed", "opened")
"""Verdicts of `sim.analysis.judged` that claim a change."""
LEAST_SHARE = 0.9
"""Of draws, in which a gap changes to the same side where that is claimed."""
ENDS_OF_CHANCE = {"simulation_low": "ci_low", "simulation_high": "ci_high"}
HOLM = "Found with all groups and outcomes that are told here allowed for (Holm)."
LEFT_OUT = "Groups by {} are left out: the draws have none. stepdown psa --by each, with another --out, keeps them."


def groups_of_draws(study: Study, psa: PsaResult | None) -> PsaResult | None:
    """The analysis if it kept any of the groups that the study tells apart, under the labels of the study."""
    if psa is None or not psa.groups or study.groups.empty:
        return None
    known = set(zip(study.groups["by"], study.groups["group"], study.groups["metric"], strict=True))
    return psa if any(tuple(of) in known for of in psa.groups.values()) else None


def left_out(study: Study, psa: PsaResult) -> str:
    """What must be known of groups that the study tells apart and the draws do not; "" where there are none."""
    kept = {by for by, *_ in psa.groups.values()}
    lacking = [by for by in study.groups["by"].unique() if by not in kept]
    return LEFT_OUT.format(listed(lacking)) if lacking else ""


def group_differences(study: Study, measures: Mapping[str, Measure], psa: PsaResult | None = None) -> pd.DataFrame:
    """What each scenario changes for each group of patients, with verdicts (Holm over all of them).

    Columns as of `paired_differences`, with metric that of the group, and by, group, called (both in words). psa: with
    groups, which alone are told then, over draws (`drawn_rows`).
    """
    groups = study.groups[study.groups["metric"].isin(measures)]
    keyed = groups.assign(metric=groups["by"] + ACROSS + groups["group"] + ACROSS + groups["metric"])
    rows = paired_differences(keyed, study.baseline)
    parts = rows["metric"].str.split(ACROSS, expand=True).reindex(columns=range(3))
    by, group = parts[0].astype(str), parts[1].astype(str)
    called = [group_words(study.scenarios.values(), *each) for each in zip(by, group, strict=True)]
    rows = rows.assign(by=by, group=group, called=called, metric=parts[2])
    # What a changed input defines of everybody, it defines of each group.
    today = study.results[study.baseline].scenario
    defined = {label: defined_by(measures, today, result.scenario) for label, result in study.results.items()}
    by_definition = [defined[of].get(metric, "") for of, metric in zip(rows["scenario"], rows["metric"], strict=True)]
    rows = rows_about(rows.assign(defined_by=pd.Series(by_definition, index=rows.index, dtype=object)), measures)
    if psa is None:
        return rows
    kept = set(map(tuple, psa.groups.values()))
    is_kept = [each in kept for each in zip(rows["by"], rows["group"], rows["metric"], strict=True)]
    return drawn_rows(rows[is_kept], measures, psa)


def group_sheets(
    study: Study,
    measures: Mapping[str, Measure],
    changed: pd.DataFrame | None = None,
    psa: PsaResult | None = None,
) -> Iterator[Sheet]:
    """A table an outcome: of each group at the baseline, and what scenarios change; or of each in a single run.

    changed: of `group_differences`, where scenarios are compared. psa: that of these, if they are of draws.
    """
    equity = study.equity() if psa is None else group_levels(psa).rename(columns=ENDS_OF_CHANCE)
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
            called = group_words(study.scenarios.values(), by, group)
            entries.append(([sentence(called) if called.startswith(PEOPLE) else called], cells))
        note = "" if changed is None else HOLM if psa is None else OF_DRAWS
        if entries:
            yield side_by_side(f"By group of patients: {measure.head}", ["group"], entries, list(study.results), note)


def changed_gaps(study: Study, psa: PsaResult | None = None) -> pd.DataFrame:
    """Gaps between groups, of `Study.gap_changes` or over draws, with claimed (whether a change is) and in_words (the
    verdict).

    psa: with groups. Of draws a change is claimed that has its side in LEAST_SHARE of them.
    """
    if psa is None:
        changes = study.gap_changes()
        return changes.assign(claimed=changes["verdict"].isin(CHANGED), in_words=changes["verdict"])
    changes = gap_changes_of_draws(psa).rename(columns=ENDS_OF_CHANCE)
    wider = changes["wider_in"] >= 0.5
    share, low, high = (
        changes[of].where(wider, 1 - changes[other])
        for of, other in (("wider_in", "wider_in"), ("wider_low", "wider_high"), ("wider_high", "wider_low"))
    )
    in_words = [
        f"{word} in {share_text(*each)} of draws" if word in ("narrower", "wider") else word
        for word, *each in zip(changes["verdict"], share, low, high, strict=True)
    ]
    return changes.assign(claimed=changes["verdict"].isin(CHANGED) & (share >= LEAST_SHARE), in_words=in_words)


def gap_sheet(study: Study, measures: Mapping[str, Measure], psa: PsaResult | None = None) -> Sheet | str:
    """The gaps between groups that scenarios change, beside one another; or that none was found to change, and why.

    psa: with groups, if they are told of draws.
    """
    changes = changed_gaps(study, psa)
    changes = changes[changes["metric"].isin(OF_EQUITY) & changes["metric"].isin(measures)]
    if changes.empty:
        return "The scenarios have no groups of patients in common."
    if (changes["verdict"] == "too few replications").all():
        return "Too few replications to tell whether gaps between groups change."
    if not changes["claimed"].any():
        which = "found to change" if psa is None else f"found to change in {100 * LEAST_SHARE:.0f} % of draws or more"
        return f"No gap between groups of patients was {which}, which does not show that none does."
    keys = ["metric", "by", "group", "reference"]
    entries = []
    for (metric, by, group, reference), rows in changes.groupby(keys, sort=False):
        if not rows["claimed"].any():
            continue
        measure = measures[str(metric)]
        cells: dict[str, TableCell] = {
            row["scenario"]: measure.amount(row, "change", sign=True, note=row["in_words"]) for row in records_of(rows)
        }
        cells[study.baseline] = measure.amount(records_of(rows)[0], "gap_baseline", ("ci_low", "ci_high"), bare=True)
        between = group_words(study.scenarios.values(), str(by), str(group), str(reference))
        entries.append(([measure.head, between], cells))
    title = "Gaps between groups of patients that change: at the baseline, and by how much their size changes"
    note = "" if psa is None else OF_DRAWS
    return side_by_side(title, ["outcome", "gap between"], entries, list(study.results), note)


def gap_counts(study: Study) -> dict[str, str]:
    """Of each scenario, how many gaps between groups it makes narrower or wider; empty where none changes."""
    changes = study.gap_changes()
    changes = changes[changes["metric"].isin(OF_EQUITY) & changes["verdict"].isin(CHANGED)]
    return {
        str(label): ", ".join(f"{count} {word}" for word, count in rows["verdict"].value_counts(sort=False).items())
        for label, rows in changes.groupby("scenario", sort=False)
    }
