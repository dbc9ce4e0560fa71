"""Money as tables for the terminal: cost, effect and budget."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from rich.markup import escape
from rich.table import Table

from sim.experiment.result import Study
from sim.outcomes import EFFECTS, PERSPECTIVES, Counted, Perspective
from sim.report.tables import number, plain_table, records_of, with_limits
from sim.vocabulary import CATEGORY


def cost_effectiveness_tables(study: Study, effect: str, perspective: Perspective) -> Iterator[Table]:
    """Increments along the frontier with intervals, and, for QALYs, net benefit at usual thresholds.

    First by the view by which the scenarios are judged, then by the other one, and at horizons before the last.
    """
    scenario = study.results[study.baseline].scenario
    currency, unit = scenario.currency, EFFECTS[effect].of(scenario.condition).unit
    judged, *others = study.counted(effect)
    yield _frontier(study.cost_effectiveness(effect, perspective), currency, unit, perspective, judged)
    if effect == "qaly":
        yield _net_benefit(study.net_benefit(effect=effect, perspective=perspective), currency, perspective, judged)
    for counted in others:
        table = study.cost_effectiveness(effect, perspective, "fieller", *counted)
        yield _frontier(table, currency, unit, perspective, counted)


def _frontier(table: pd.DataFrame, currency: str, unit: str, perspective: Perspective, counted: Counted) -> Table:
    heads = (
        *("strategy", f"cost, {currency}", "effect", "more cost", "95 % interval", "more effect", "95 % interval "),
        *(f"ICER, {currency}", "95 % interval  ", ""),
    )
    title = f"Cost per {unit} of {counted.words}; perspective: {perspective} ({PERSPECTIVES[perspective]})"
    shown = plain_table(*heads, title=title)
    for row in records_of(table):
        shown.add_row(
            escape(row["strategy"]),
            number(row["cost"]),
            _effect(row["effect"]),
            *_with_limits(row, "incremental_cost", sign=True),
            *_with_limits(row, "incremental_effect", sign=True),
            *_with_limits(row, "icer"),
            escape(_place(row["status"], row["note"])),
        )
    return shown


def _net_benefit(table: pd.DataFrame, currency: str, perspective: Perspective, counted: Counted) -> Table:
    heads = ("strategy", f"a QALY worth, {currency}", "more net benefit", "95 % interval", "")
    title = f"Net monetary benefit against the baseline, {currency}, of {counted.words}; perspective: {perspective}"
    shown = plain_table(*heads, title=title)
    for row in records_of(table.sort_values("threshold", kind="stable")):
        shown.add_row(
            escape(row["strategy"]),
            number(row["threshold"]),
            *_with_limits(row, "difference", sign=True),
            "highest mean" if row["best"] else "",
        )
    return shown


def budget_table(table: pd.DataFrame, currency: str) -> Table:
    """`Study.spending` and `Study.budget_impact("year", by=())` below each other, for the terminal."""
    heads = ("year", "days", "spent on", "scenario", f"budget, {currency}", "difference", "95 % interval")
    title = "Budget of the programme by calendar year, undiscounted: patients, places"
    shown = plain_table(*heads, title=title)
    for row in records_of(table):
        spent_on = f"{row['place']} (fixed)" if row["place"] else row["level"] or CATEGORY["checkups"].phrase
        shown.add_row(
            row["year"],
            number(row["days"]),
            "all" if pd.isna(row["level"]) else spent_on,
            escape(row["scenario"]),
            number(row["amount"]),
            *_with_limits(row, "difference", sign=True),
        )
    return shown


def margin_table(table: pd.DataFrame, currency: str) -> Table:
    """`Study.margins` by level and of the whole programme below each other, for the terminal."""
    compared = table["scenario"].nunique() > 1
    heads = ["year", "days", "level", "", *(["scenario"] if compared else []), currency]
    heads += ["difference", "95 % interval"] if compared else ["95 % interval"]
    shown = plain_table(*heads, title="Revenue, budget and margin by calendar year, undiscounted")
    for row in records_of(table):
        amount, limits = _with_limits({**row, "amount_low": row["ci_low"], "amount_high": row["ci_high"]}, "amount")
        shown.add_row(
            row["year"],
            number(row["days"]),
            "all" if pd.isna(row["level"]) else row["level"] or "no level",
            row["measure"],
            *([escape(row["scenario"])] if compared else []),
            amount,
            *(_with_limits(row, "difference", sign=True) if compared else [limits]),
        )
    return shown


def _place(status: str, note: str) -> str:
    """On the frontier or not, and why there is no ICER where there is none."""
    if status != "ND":
        return note
    return f"on the frontier: no ICER, {note}" if note else "on the frontier"


def _effect(value: float, sign: bool = False) -> str:
    return "" if pd.isna(value) else f"{value:{'+' if sign else ''}{'.4f' if abs(value) < 100 else ',.1f'}}"


def _with_limits(row: Mapping[str, Any], name: str, sign: bool = False) -> tuple[str, str]:
    return with_limits(row[name], row[f"{name}_low"], row[f"{name}_high"], sign)
