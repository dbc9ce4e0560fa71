"""The tables of a report, as data: outcomes, groups of patients, money."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from sim.analysis.intervals import paired_differences
from sim.experiment.result import Study
from sim.outcomes import EFFECTS, OF_EQUITY, PERSPECTIVES, Counted, Perspective
from sim.outcomes.definitional import defined_by
from sim.outcomes.events import LEAST
from sim.report.answers import rows_about
from sim.report.page_parts import Sheet
from sim.report.tables import CHANGED, defined_in, number, p_text, records_of, with_limits
from sim.report.wording import Measure, place_title, title_of
from sim.report.words import shortened
from sim.scenario import Scenario
from sim.scenario.schema import NEUTRAL, Condition, StateCosts
from sim.vocabulary import CATEGORY, ON_MEDICATION, TRANSFERS

STANDINGS = {"ND": "on the frontier", "D": "dominated", "ED": "extendedly dominated"}
COHORT = Counted("cohort")
ACROSS = "\x1f"
"""Between the parts of a key that stands for a metric of a group."""


def summary_sheet(summary: pd.DataFrame, measures: Mapping[str, Measure], replications: int) -> Sheet:
    """Every main outcome of one scenario with its interval."""
    rows = []
    for row in records_of(summary):
        if row["metric"] in measures:
            measure = measures[row["metric"]]
            mean, limits = measure.level(row["mean"], row["ci_low"], row["ci_high"])
            rows.append((_head(measure, row, replications), mean or "not measured", limits))
    return Sheet(f"Main outcomes, means of {futures(replications)}", ("outcome", "mean", "95 % interval"), rows)


def _head(measure: Measure, row: Mapping[str, Any], replications: int) -> str:
    """What it is, and of which futures the mean is where it is not of all."""
    note = defined_in(row, replications)
    return f"{measure.head} ({note})" if note else measure.head


def difference_sheet(rows: pd.DataFrame, measures: Mapping[str, Measure]) -> Sheet:
    """Every main outcome of one scenario beside the baseline's. rows: of `answers.rows_about`, of one pair."""
    label, against = (shortened(str(rows[name].iloc[0])) for name in ("scenario", "against"))
    cells = []
    for row in records_of(rows):
        measure = measures[row["metric"]]
        difference, limits = measure.change(row["difference"], row["ci_low"], row["ci_high"])
        cells.append(
            (
                _head(measure, row, rows["replications"].max()),
                # To as many decimals as their difference can bear.
                *(measure.level(row[arm], row["ci_low"], row["ci_high"])[0] for arm in ("baseline", "mean")),
                difference or "not measured",
                limits,
                p_text(row["p_adjusted"]),
                row["finding"],
            )
        )
    heads = ("outcome", against, label, "difference", "95 % interval", "p (Holm)", "finding")
    note = (
        "Paired by replication: the same people with the same luck. p values are adjusted by Holm over all main "
        "outcomes and scenarios, those by year apart; at 0.05 or more, no difference was found. May be chance: the "
        "interval alone leaves 0 out, but among so many comparisons that can happen. Too few to tell: the two differ "
        f"by fewer than {LEAST} events in all, which even on one side could not be told from chance. By definition: a "
        "changed input decides what is counted. Differences of percentages are in points. Means are of replications "
        "that have the outcome."
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
    rows = rows.assign(by=by, group=group, called=by + ": " + group, metric=parts[2])
    # What a changed input defines of everybody, it defines of each group.
    defined = {
        label: defined_by(measures, study.results[study.baseline].scenario, result.scenario)
        for label, result in study.results.items()
    }
    by_definition = [
        defined[label].get(metric, "") for label, metric in zip(rows["scenario"], rows["metric"], strict=True)
    ]
    return rows_about(rows.assign(defined_by=pd.Series(by_definition, index=rows.index, dtype=object)), measures)


def group_sheet(rows: pd.DataFrame, measures: Mapping[str, Measure]) -> Sheet:
    """What one scenario changes for each group. rows: of `group_differences`, of one scenario."""
    label = shortened(str(rows["scenario"].iloc[0]))
    against = shortened(str(rows["against"].iloc[0]))
    columns = [metric for metric in measures if metric in set(rows["metric"])]
    cells = []
    for called, of_group in rows.groupby("called", sort=False):
        by_metric = {row["metric"]: row for row in records_of(of_group)}
        line = [str(called)]
        for metric in columns:
            row = by_metric.get(metric)
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
        by_metric = {row["metric"]: row for row in records_of(of_group)}
        line = [f"{by}: {group}"]
        for metric, measure in measures.items():
            row = by_metric.get(metric)
            line.append("" if row is None else measure.level_text(row["mean"], row["ci_low"], row["ci_high"]))
        cells.append(line)
    heads = ("group", *(measure.words for measure in measures.values()))
    return Sheet("Outcomes of each group of patients, with 95 % intervals", heads, cells, frozenset(range(len(heads))))


def judged_gaps(study: Study) -> pd.DataFrame:
    """`Study.gap_changes` of the main outcomes."""
    changes = study.gap_changes()
    return changes[changes["metric"].isin(OF_EQUITY)]


def gap_sheet(changes: pd.DataFrame, measures: Mapping[str, Measure]) -> Sheet | None:
    """The gaps between groups that were found to change; None where none was. changes: of `judged_gaps`."""
    rows = changes[changes["verdict"].isin(CHANGED)]
    if rows.empty:
        return None
    cells = []
    for row in records_of(rows):
        measure = measures[row["metric"]]
        cells.append(
            (
                shortened(row["scenario"]),
                measure.words,
                f"{row['by']}: {row['group']} and {row['reference']}",
                measure.change_text(row["gap_baseline"]),
                measure.change_text(row["gap"]),
                measure.change_text(row["change"], row["ci_low"], row["ci_high"]),
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
    """The programme's budget by year and, unless empty, `by`: "payer", of `Study.budget_impact`; "spent on", of
    `Study.spending`; or "measure", of `Study.margins`."""
    compared = len(study.results) > 1
    scenarios = {label: result.as_run for label, result in study.results.items()}
    rows = []
    for row in records_of(table):
        scenario = scenarios[row["scenario"]]
        if by == "spent on" and not (
            _has(scenario, row["level"], row["place"]) or (_of_neither(row) and scenario.checkups)
        ):
            continue
        line = [f"{row['year']} ({row['days']:.0f} days)"]
        line += [row[by] if by in ("payer", "measure") else _spent_on(row, scenarios.values())] if by else []
        line += [shortened(row["scenario"])] if compared else []
        amount, limits = with_limits(row["amount"], row["ci_low"], row["ci_high"])
        line += [amount, *(_with_limits(row, "difference", sign=True) if compared else (limits,))]
        rows.append(line)
    heads = ["year", *([by] if by else []), *(["scenario"] if compared else [])]
    words = frozenset(range(len(heads)))
    heads.append(f"{'amount' if by == 'measure' else 'budget'}, {scenarios[study.baseline].currency}")
    heads += ["difference", "95 % interval of it"] if compared else ["95 % interval"]
    return Sheet(caption, heads, rows, words)


def _has(scenario: Scenario, level: str, place: str) -> bool:
    """Whether anything can be spent on this in a scenario."""
    on_medication = level == ON_MEDICATION and bool(scenario.medications)
    return level in scenario.levels or place in scenario.places or on_medication


def _spent_on(row: Mapping[str, Any], scenarios: Iterable[Scenario]) -> str:
    if row["place"]:
        return f"{_of_place(row['place'], scenarios)}: fixed cost"
    if _of_neither(row):
        return CATEGORY["checkups"].phrase
    if row["level"] == ON_MEDICATION:
        return f"patients {ON_MEDICATION}"
    return f"{_of_level(row['level'], scenarios)}: patients"


def _of_neither(row: Mapping[str, Any]) -> bool:
    """Whether it is spent in no level and on no place, but on check-ups at home."""
    return not row["level"] and not row["place"]


def _of_level(name: str, scenarios: Iterable[Scenario]) -> str:
    """A level by its title, wherever there is such a level."""
    return next(title_of(scenario, name) for scenario in scenarios if name in scenario.levels)


def _of_place(name: str, scenarios: Iterable[Scenario]) -> str:
    """A kind of place by its title, wherever there is one."""
    return next(place_title(scenario, name) for scenario in scenarios if name in scenario.places)


def census_sheet(study: Study) -> Sheet:
    """How many people are in each level and on its list on average, with intervals."""
    summary = {(row["scenario"], row["metric"]): row for row in records_of(study.summary())}
    scenarios = [result.as_run for result in study.results.values()]
    levels = dict.fromkeys(level for scenario in scenarios for level in scenario.levels)
    rows = []
    for level in levels:
        for kind, words in (("census", "in"), ("queue", "waiting for")):
            line = [f"{words} {_of_level(level, scenarios)}"]
            for label in study.results:
                row = summary.get((label, f"{kind}.{level}.mean"))
                line.append("" if row is None else _both(*with_limits(row["mean"], row["ci_low"], row["ci_high"])))
            rows.append(line)
    heads = ("people", *(label or "mean (95 % interval)" for label in study.results))
    return Sheet("People in care and waiting, on average over the window: mean (95 % interval)", heads, rows)


def occupancy_sheet(frame: pd.DataFrame) -> Sheet:
    """How many places of each kind there are, and how full they are. frame: of `plot_places.occupancies`."""
    measure = Measure("", "", "%", "points", 100.0)
    rows = []
    for _, of_kind in frame.groupby("place", sort=False):
        line = [str(of_kind["title"].iloc[0])]
        for row in records_of(of_kind):
            fullness = measure.level_text(row["mean"], row["ci_low"], row["ci_high"]) or "never open"
            line.append("none" if pd.isna(row["capacity"]) else f"{number(row['capacity'])}; {fullness}")
        rows.append(line)
    heads = ("kind of place", *(shortened(str(label)) for label in frame["scenario"].unique()))
    return Sheet("How many places there are on average over the window, and share in use (95 % interval)", heads, rows)


def lone_sheet(summary: pd.DataFrame, measures: Mapping[str, Measure], labels: Sequence[str]) -> Sheet | None:
    """Main outcomes that only some of the scenarios have, such as of a kind of place that is new; None without any.

    summary: of `Study.summary`. labels: of all scenarios.
    """
    rows, futures_of_all = [], summary["replications"].max()
    for metric, measure in measures.items():
        by_scenario = {row["scenario"]: row for row in records_of(summary[summary["metric"] == metric])}
        if by_scenario and len(by_scenario) < len(labels):
            cells = [by_scenario.get(label) for label in labels]
            texts = [
                "" if row is None else ", ".join(filter(None, (_mean(measure, row), defined_in(row, futures_of_all))))
                for row in cells
            ]
            rows.append((measure.head, *texts))
    heads = ("outcome", *(shortened(label) for label in labels))
    return Sheet("What only some of the scenarios have: mean (95 % interval)", heads, rows) if rows else None


def places_sheet(frame: pd.DataFrame) -> Sheet:
    """Where people are on some days since asking, with intervals. frame: of `plot_whereabouts.places`."""
    last = float(frame["day"].max())
    days = sorted({day for day in (30.0, 90.0, 180.0, 365.0) if day <= last} or {last})
    several = frame["scenario"].nunique() > 1
    measure = Measure("", "", "%", "points", 100.0)
    rows = []
    for (scenario, place), of_place in frame.groupby(["scenario", "place"], sort=False):
        on = {row["day"]: row for row in records_of(of_place)}
        cells = [measure.level_text(on[day]["mean"], on[day]["ci_low"], on[day]["ci_high"]) for day in days]
        rows.append([*([str(scenario)] if several else []), str(place), *cells])
    heads = (*(["scenario"] if several else []), "where", *(f"day {day:.0f}" for day in days))
    return Sheet(
        "Where people are, by days since asking: % of the cohort (95 % interval)", heads, rows, frozenset({0, 1})
    )


def perspective_sheets(summary: pd.DataFrame, study: Study) -> list[Sheet]:
    """What a member of the cohort, and what the system, costs, by whose costs count. summary: of `Study.summary`."""
    lines = {f"{perspective}: {meaning}": perspective for perspective, meaning in PERSPECTIVES.items()}
    of_cohort = {line: f"cost.per_patient.{perspective}" for line, perspective in lines.items()}
    of_system = {line: f"cost.system.{perspective}" for line, perspective in lines.items()}
    of_system["of it idle places, while nobody held them"] = "cost.idle"
    scenarios = [result.scenario for result in study.results.values()]
    if any(scenario.reimbursement for scenario in scenarios):
        of_system["provider: margin, what is paid by rates less what it takes; no cost"] = "margin.total"
    for category in TRANSFERS:
        if any(getattr(scenario.costs, category) != StateCosts() for scenario in scenarios):
            of_cohort[f"{CATEGORY[category].phrase}, no cost to society"] = f"cost.category.{category}"
    return [
        _costs_sheet(summary, study, of_cohort, "Cost a person within follow-up, with the places that they use"),
        _costs_sheet(summary, study, of_system, "All that was spent in the window, on everybody and on idle places"),
    ]


def margin_sheets(summary: pd.DataFrame, study: Study) -> list[Sheet]:
    """Where the margin comes from, and what nobody pays for; none where no scenario has rates. summary: of
    `Study.summary`."""
    scenarios = [result.as_run for result in study.results.values()]
    stated = [scenario for scenario in scenarios if scenario.reimbursement]
    if not stated:
        return []
    lines = {"revenue": "revenue.total", "budget": "cost.total", "margin": "margin.total"}
    for part, word, titled in (("", "levels", title_of), ("place.", "places", place_title)):
        for name in dict.fromkeys(name for scenario in stated for name in getattr(scenario, word)):
            title = titled(next(scenario for scenario in stated if name in getattr(scenario, word)), name)
            lines[f"margin of {word[:-1]} {title}"] = f"margin.{part}{name}.total"
    for payer in dict.fromkeys(payer for scenario in stated for payer in scenario.payers_of_patients):
        lines[f"margin of patients of {payer}, without idle places"] = f"margin.payer.{payer}.total"
    lines |= {"denied, at rates": "revenue.denied", "not collected, at rates": "revenue.uncollected"}
    lines["uncompensated care, at cost"] = "uncompensated.total"
    for payer in dict.fromkeys(each.reimbursement.residual_payer for each in stated if each.reimbursement):
        lines[f"borne by {payer}, who pays what is left"] = f"cost.payer.{payer}.total"
    return [_costs_sheet(summary, study, lines, "Revenue and margin in the window", "what")]


def _costs_sheet(
    summary: pd.DataFrame, study: Study, metrics: Mapping[str, str], caption: str, head: str = "whose costs count"
) -> Sheet:
    """A line of words for each of these metrics."""
    by_metric = {(row["scenario"], row["metric"]): row for row in records_of(summary)}
    rows = []
    for words, metric in metrics.items():
        line = [words]
        for label in study.results:
            row = by_metric.get((label, metric))
            line.append("" if row is None else _both(*with_limits(row["mean"], row["ci_low"], row["ci_high"])))
        rows.append(line)
    currency = study.results[study.baseline].scenario.currency
    heads = (head, *(shortened(label) or "mean (95 % interval)" for label in study.results))
    return Sheet(f"{caption}, undiscounted, {currency}: mean (95 % interval)", heads, rows)


def cost_effectiveness_sheet(
    table: pd.DataFrame,
    effect: str,
    perspective: Perspective,
    currency: str,
    counted: Counted = COHORT,
    condition: Condition = NEUTRAL,
) -> Sheet:
    """Increments along the frontier, and why there is no ratio where there is none.

    counted: of whom, and how long. condition: in whose words.
    """
    gained = EFFECTS[effect].of(condition)
    unit, units = gained.unit, gained.units
    rows = [
        (
            shortened(row["strategy"]),
            number(row["cost"]),
            number(row["effect"]),
            _both(*_with_limits(row, "incremental_cost", sign=True)),
            _both(*_with_limits(row, "incremental_effect", sign=True)),
            _both(*_with_limits(row, "icer")) or ("none" if row["note"] else ""),
            STANDINGS.get(row["status"], row["status"]),
        )
        for row in records_of(table)
    ]
    money = f"cost, {currency}"
    heads = ("scenario", money, units, "more cost", "more effect", f"{currency} per {unit}", "standing, on the means")
    caption = (
        f"Costs and {units}, discounted, of {counted.words}; costs of the perspective {perspective}: "
        f"{PERSPECTIVES[perspective]}"
    )
    note = (
        "Each scenario on the frontier is compared with the next cheaper one on it. In brackets, 95 % intervals; that "
        "of a ratio is Fieller's. They are not adjusted for their number: where the table calls a gain what may be "
        "chance, so may its price be."
    )
    without = "".join(f" {shortened(row['strategy'])}: {row['note']}." for row in records_of(table) if row["note"])
    return Sheet(caption, heads, rows, frozenset({0, 3, 4, 5, 6}), note + without)


def net_benefit_sheet(
    table: pd.DataFrame, baseline: str, currency: str, perspective: Perspective, counted: Counted = COHORT
) -> Sheet:
    """Net monetary benefit against the baseline at usual worths of a QALY."""
    rows = [
        (shortened(row["strategy"]), number(row["threshold"]), *_with_limits(row, "difference", sign=True))
        for row in records_of(table.sort_values("threshold", kind="stable"))
        if row["strategy"] != baseline
    ]
    heads = ("scenario", f"a QALY worth, {currency}", "more net benefit", "95 % interval")
    caption = (
        f"Net monetary benefit against {shortened(baseline)}, {currency}, perspective {perspective}, of {counted.words}"
    )
    note = (
        "An interval that holds 0 means that no difference was found at that worth. These are not adjusted for their "
        "number."
    )
    return Sheet(caption, heads, rows, frozenset({0}), note)


def _change_and_verdict(measure: Measure, row: Mapping[str, Any]) -> str:
    return f"{measure.change_text(row['difference'], row['ci_low'], row['ci_high'])} {row['finding']}".strip()


def _mean(measure: Measure, row: Mapping[str, Any]) -> str:
    return _both(*measure.level(row["mean"], row["ci_low"], row["ci_high"]))


def _both(value: str, limits: str) -> str:
    return f"{value} ({limits})" if value and limits else value


def _with_limits(row: Mapping[str, Any], name: str, sign: bool = False) -> tuple[str, str]:
    return with_limits(row[name], row[f"{name}_low"], row[f"{name}_high"], sign)


def futures(replications: int) -> str:
    """So many replications, in words."""
    return "one simulated future" if replications == 1 else f"{replications} simulated futures"


def present(measures: Mapping[str, Measure], names: Sequence[str]) -> dict[str, Measure]:
    """Those of these metrics that there are, in this order."""
    return {name: measures[name] for name in names if name in measures}
