"""The tables of a report about outcomes, groups of patients and money, as data."""

from collections.abc import Mapping, Sequence

import pandas as pd

from sim.analysis import judged
from sim.analysis.intervals import paired_differences
from sim.experiment import Study
from sim.outcomes import EFFECTS, PERSPECTIVES, Perspective
from sim.report.answers import with_verdicts
from sim.report.page_parts import Sheet, shortened
from sim.report.tables import OF_EQUITY, interval, number, p_text, records_of
from sim.report.wording import Measure, title_of

STANDINGS = {"ND": "on the frontier", "D": "dominated", "ED": "extendedly dominated"}
ACROSS = "\x1f"
"""Between the parts of a key that stands for a metric of a group."""

OF_GROUPS = ("retention.90_days", "days_abstinent", "relapse.365_days")
"""Outcomes that are told by group; a follow-up under a year has no third."""


def summary_sheet(summary: pd.DataFrame, measures: Mapping[str, Measure], replications: int) -> Sheet:
    """Every main outcome of one scenario with its interval."""
    rows = []
    for row in records_of(summary):
        if row["metric"] in measures:
            measure = measures[row["metric"]]
            limits = measure.range(row["ci_low"], row["ci_high"])
            rows.append((measure.head, measure.bare(row["mean"]) or "not measured", limits))
    return Sheet(f"Main outcomes, means of {_futures(replications)}", ("outcome", "mean", "95 % interval"), rows)


def difference_sheet(rows: pd.DataFrame, measures: Mapping[str, Measure]) -> Sheet:
    """Every main outcome of one scenario beside the baseline's. rows: of `answers.with_verdicts`, of one pair."""
    label, against = (shortened(str(rows[name].iloc[0])) for name in ("scenario", "against"))
    cells = []
    for row in records_of(rows):
        measure = measures[row["metric"]]
        cells.append(
            (
                measure.head,
                measure.bare(row["baseline"]),
                measure.bare(row["mean"]),
                measure.bare(row["difference"], sign=True) or "not measured",
                measure.change_range(row["ci_low"], row["ci_high"]),
                p_text(row["p_adjusted"]),
                row["verdict"],
            )
        )
    heads = ("outcome", against, label, "difference", "95 % interval", "p (Holm)", "finding")
    note = (
        "Paired by replication: the same people with the same luck. p values are adjusted by Holm over all rows that "
        "this report compares; at 0.05 or more, no difference was found. Differences of percentages are in "
        "points. Means are of replications that have the "
        "outcome."
    )
    return Sheet(f"{label} against {against}", heads, cells, frozenset({0, 6}), note)


def group_differences(study: Study, measures: Mapping[str, Measure]) -> pd.DataFrame:
    """What each scenario changes for each group of patients, with verdicts (Holm over all of them).

    Columns as of `paired_differences`, with metric that of the group, and by, group, called (both in words).
    """
    groups = study.groups[study.groups["metric"].isin(measures)]
    keyed = groups.assign(metric=groups["by"] + ACROSS + groups["group"] + ACROSS + groups["metric"])
    rows = paired_differences(keyed, study.baseline)
    parts = rows["metric"].str.split(ACROSS, expand=True).reindex(columns=range(3))
    by, group = parts[0].astype(str), parts[1].astype(str)
    rows = rows.assign(by=by, group=group, called=by.str.replace("_", " ") + ": " + group, metric=parts[2])
    return with_verdicts(rows, measures)


def group_sheet(rows: pd.DataFrame, measures: Mapping[str, Measure]) -> Sheet:
    """What one scenario changes for each group. rows: of `group_differences`, of one scenario."""
    label = shortened(str(rows["scenario"].iloc[0]))
    against = shortened(str(rows["against"].iloc[0]))
    columns = [metric for metric in measures if metric in set(rows["metric"])]
    cells = []
    for called, of_group in rows.groupby("called", sort=False):
        found = {row["metric"]: row for row in records_of(of_group)}
        line = [str(called)]
        for metric in columns:
            row = found.get(metric)
            line.append("" if row is None else _change_and_verdict(measures[metric], row))
        cells.append(line)
    heads = ("group", *(measures[metric].words for metric in columns))
    note = "Difference, its 95 % interval, and the finding by the p value adjusted over all groups and outcomes shown."
    words = frozenset(range(len(heads)))
    return Sheet(f"What {label} changes for each group of patients, against {against}", heads, cells, words, note)


def outcome_by_group_sheet(equity: pd.DataFrame, measures: Mapping[str, Measure]) -> Sheet:
    """Outcomes of each group in one scenario. equity: columns as of `Result.equity`."""
    rows = equity[equity["metric"].isin(measures)]
    cells = []
    for (by, group), of_group in rows.groupby(["by", "group"], sort=False):
        found = {row["metric"]: row for row in records_of(of_group)}
        line = [f"{str(by).replace('_', ' ')}: {group}"]
        for metric, measure in measures.items():
            row = found.get(metric)
            limits = "" if row is None else measure.range(row["ci_low"], row["ci_high"])
            line.append("" if row is None else f"{measure.level(row['mean'])}{f' ({limits})' if limits else ''}")
        cells.append(line)
    heads = ("group", *(measure.words for measure in measures.values()))
    return Sheet("Outcomes of each group of patients, with 95 % intervals", heads, cells, frozenset(range(len(heads))))


def judged_gaps(study: Study) -> pd.DataFrame:
    """`Study.gap_changes` of the main outcomes, judged over all of them."""
    changes = study.gap_changes()
    return judged(changes[changes["metric"].isin(OF_EQUITY)])


def gap_sheet(changes: pd.DataFrame, measures: Mapping[str, Measure]) -> Sheet | None:
    """The gaps between groups that were found to change; None where none was. changes: of `judged_gaps`."""
    rows = changes[changes["verdict"].isin(["narrower", "wider", "reversed", "opened"])]
    if rows.empty:
        return None
    cells = []
    for row in records_of(rows):
        measure = measures[row["metric"]]
        cells.append(
            (
                shortened(row["scenario"]),
                measure.words,
                f"{row['by'].replace('_', ' ')}: {row['group']} and {row['reference']}",
                measure.change(row["gap_baseline"]),
                measure.change(row["gap"]),
                f"{measure.change(row['change'])} ({measure.change_range(row['ci_low'], row['ci_high'])})",
                row["verdict"],
            )
        )
    heads = (
        "scenario",
        "outcome",
        "gap between",
        "at the baseline",
        "here",
        "change of size (95 % interval)",
        "finding",
    )
    return Sheet("Gaps between groups of patients that change", heads, cells, frozenset({0, 1, 2, 6}))


def budget_sheet(table: pd.DataFrame, by: str, caption: str, study: Study) -> Sheet:
    """The programme's budget by year and, unless empty, `by`: level or payer. table: of `Study.budget_impact`."""
    rows = []
    baseline = study.results[study.baseline].scenario
    for row in records_of(table):
        part = (
            "" if not by else title_of(baseline, row[by]) if by == "level" and row[by] else str(row[by]) or "no level"
        )
        rows.append(
            (
                f"{row['year']} ({row['days']:.0f} days)",
                *((part,) if by else ()),
                *((_name(row["scenario"]),) if len(study.results) > 1 else ()),
                number(row["amount"], figures=4),
                *(
                    (number(row["difference"], sign=True), _interval(row, "difference", sign=True))
                    if len(study.results) > 1
                    else (interval(row["ci_low"], row["ci_high"]),)
                ),
            )
        )
    compared = len(study.results) > 1
    heads = (
        "year",
        *((by,) if by else ()),
        *(("scenario",) if compared else ()),
        f"budget, {baseline.currency}",
        *(("difference", "95 % interval of it") if compared else ("95 % interval",)),
    )
    return Sheet(caption, heads, rows, frozenset(range(1 + bool(by) + compared)))


def perspective_sheet(summary: pd.DataFrame, study: Study) -> Sheet:
    """What a member of the cohort costs, by whose costs count. summary: of `Study.summary`."""
    found = {(row["scenario"], row["metric"]): row for row in records_of(summary)}
    rows = []
    for perspective, meaning in PERSPECTIVES.items():
        line = [f"{perspective}: {meaning}"]
        for label in study.results:
            row = found[(label, f"cost.per_patient.{perspective}")]
            line.append(_both(number(row["mean"]), interval(row["ci_low"], row["ci_high"])))
        rows.append(line)
    currency = study.results[study.baseline].scenario.currency
    heads = ("whose costs count", *(_name(label) or "mean (95 % interval)" for label in study.results))
    caption = f"Cost a person within follow-up, undiscounted, {currency}: mean (95 % interval)"
    return Sheet(caption, heads, rows)


def cost_effectiveness_sheet(table: pd.DataFrame, effect: str, perspective: Perspective, currency: str) -> Sheet:
    """Increments along the frontier, and why there is no ratio where there is none."""
    unit = EFFECTS[effect].unit
    rows = [
        (
            _name(row["strategy"]),
            number(row["cost"]),
            _effect(row["effect"]),
            _both(number(row["incremental_cost"], sign=True), _interval(row, "incremental_cost", sign=True)),
            _both(_effect(row["incremental_effect"], sign=True), _effects(row)),
            _both(number(row["icer"]), _interval(row, "icer")) or ("none" if row["note"] else ""),
            STANDINGS.get(row["status"], row["status"]),
        )
        for row in records_of(table)
    ]
    heads = (
        "scenario",
        f"cost, {currency}",
        f"effect, {unit}",
        "more cost",
        "more effect",
        f"{currency} a {unit}",
        "standing",
    )
    caption = f"Cost per {unit} a person, discounted, as seen by the {perspective} ({PERSPECTIVES[perspective]})"
    note = (
        "Each scenario on the frontier is compared with the next cheaper one on it. In brackets, 95 % intervals; "
        "that of "
        "a ratio is Fieller's."
    )
    without = "".join(f" {_name(row['strategy'])}: {row['note']}." for row in records_of(table) if row["note"])
    return Sheet(caption, heads, rows, frozenset({0, 3, 4, 5, 6}), note + without)


def net_benefit_sheet(table: pd.DataFrame, baseline: str, currency: str, perspective: Perspective) -> Sheet:
    """Net monetary benefit against the baseline at usual worths of a QALY."""
    rows = []
    for row in records_of(table.sort_values("threshold", kind="stable")):
        if row["strategy"] != baseline:
            limits = _interval(row, "difference", sign=True)
            rows.append(
                (_name(row["strategy"]), number(row["threshold"]), number(row["difference"], sign=True), limits)
            )
    heads = ("scenario", f"a QALY worth, {currency}", "more net benefit a person", "95 % interval")
    caption = f"Net monetary benefit against {_name(baseline)}, {currency}, as seen by the {perspective}"
    note = (
        "An interval that holds 0 means that no difference was found at that worth. These are not adjusted for their "
        "number."
    )
    return Sheet(caption, heads, rows, frozenset({0}), note)


def _change_and_verdict(measure: Measure, row: Mapping[str, object]) -> str:
    change = measure.change(float(row["difference"]))  # type: ignore[arg-type]
    limits = measure.change_range(float(row["ci_low"]), float(row["ci_high"]))  # type: ignore[arg-type]
    return f"{_both(change, limits)} {row['verdict']}".strip()


def _both(value: str, limits: str) -> str:
    return f"{value} ({limits})" if value and limits else value


def _interval(row: Mapping[str, object], name: str, sign: bool = False) -> str:
    return interval(float(row[f"{name}_low"]), float(row[f"{name}_high"]), sign)  # type: ignore[arg-type]


def _effect(value: float, sign: bool = False) -> str:
    return "" if pd.isna(value) else f"{value:{'+' if sign else ''}.4f}"


def _effects(row: Mapping[str, object]) -> str:
    low, high = (float(row[f"incremental_effect_{end}"]) for end in ("low", "high"))  # type: ignore[arg-type]
    return "" if pd.isna(low) else f"{_effect(low, sign=True)} to {_effect(high, sign=True)}"


def _name(label: str) -> str:
    return shortened(label)


def _futures(replications: int) -> str:
    return "one simulated future" if replications == 1 else f"{replications} simulated futures"


def present(measures: Mapping[str, Measure], names: Sequence[str]) -> dict[str, Measure]:
    """Those of these metrics that there are, in this order."""
    return {name: measures[name] for name in names if name in measures}
