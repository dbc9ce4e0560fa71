"""Tables for the terminal: numbers in the units people read, with their intervals."""

import math
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sim.outcomes import metric_names, metric_table
from sim.scenario import Scenario

HEADLINE = (
    "arrivals",
    "admitted",
    "wait.*.mean",
    "occupancy.*",
    "*.completed",
    "linkage.*",
    "retention.90_days",
    "relapse.90_days",
    "relapse.365_days",
    "days_abstinent",
    "readmission.90_days",
    "deaths*",
    "qalys.per_patient",
    "cost.per_patient",
    "cost.total",
)
"""What a planner looks at first."""


def choose_metrics(patterns: Sequence[str] | None, scenarios: Sequence[Scenario]) -> list[str]:
    """Names of the metrics that fit any of the patterns (`*` stands for anything), in the registry's order.

    Raises ValueError, with the nearest names, for a pattern that fits nothing.
    """
    known = list(dict.fromkeys(name for scenario in scenarios for name in metric_names(scenario)))
    for pattern in patterns or ():
        if not any(fnmatchcase(name, pattern) for name in known):
            near = get_close_matches(pattern, known, n=3, cutoff=0.4)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise ValueError(f"no metric {pattern!r}{hint} (all of them: stepdown metrics)")
    return [name for name in known if any(fnmatchcase(name, pattern) for pattern in patterns or HEADLINE)]


def summary_table(summary: pd.DataFrame, chosen: Sequence[str]) -> Table:
    """A `Result.summary` for the terminal."""
    table = _table("metric", "unit", "mean", "95 % interval")
    for row in _rows(summary[summary["metric"].isin(chosen)]):
        table.add_row(row["metric"], row["unit"], number(row["mean"]), interval(row["ci_low"], row["ci_high"]))
    return table


def difference_tables(differences: pd.DataFrame, scenario: Scenario, chosen: Sequence[str]) -> Iterator[Table]:
    """`Study.differences` for the terminal: one table a scenario.

    The last column says in a word what the interval and the metric's direction say together.
    """
    kinds = metric_table(scenario).set_index("metric")
    for label, rows in differences[differences["metric"].isin(chosen)].groupby("scenario", sort=False):
        heads = ("metric", "unit", "baseline", "here", "difference", "95 % interval", "p (Holm)", "")
        table = _table(*heads, title=f"{label} against the baseline, paired by replication")
        for row in _rows(rows):
            low, high = row["ci_low"], row["ci_high"]
            table.add_row(
                row["metric"],
                kinds["unit"].get(row["metric"], ""),
                number(row["baseline"]),
                number(row["mean"]),
                number(row["difference"], sign=True),
                interval(low, high, sign=True),
                "" if math.isnan(row["p_adjusted"]) else f"{row['p_adjusted']:.3f}",
                verdict(low, high, kinds["direction"].get(row["metric"], "neutral")),
            )
        yield table


def verdict(low: float, high: float, direction: str) -> str:
    """better, worse, higher, lower, same (exactly), or no difference found."""
    if math.isnan(low):
        return "too few replications"
    if low == high == 0:
        return "same"
    if low <= 0 <= high:
        return "no difference found"
    rises = low > 0
    if direction == "neutral":
        return "higher" if rises else "lower"
    return "better" if rises == (direction == "higher") else "worse"


def cost_effectiveness(table: pd.DataFrame, currency: str) -> Table:
    """A cost-effectiveness table for the terminal."""
    heads = ("strategy", f"cost, {currency}", "effect, QALYs", "more cost", "more effect", f"ICER, {currency}/QALY", "")
    shown = _table(*heads, title="Cost-effectiveness, per patient, discounted, means over replications")
    meaning = {"ND": "on the frontier", "D": "dominated", "ED": "extendedly dominated"}
    for row in _rows(table):
        shown.add_row(
            escape(row["strategy"]),
            number(row["cost"]),
            _effect(row["effect"]),
            number(row["incremental_cost"], sign=True),
            _effect(row["incremental_effect"], sign=True),
            number(row["icer"]),
            meaning[row["status"]],
        )
    return shown


def _effect(value: float, sign: bool = False) -> str:
    return "" if math.isnan(value) else f"{value:{'+' if sign else ''}.4f}"


def number(value: float, sign: bool = False, figures: int = 4) -> str:
    """So many significant figures, thousands separated, whole parts never cut; NaN is empty."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    digits = min(max(0, figures - 1 - math.floor(math.log10(abs(value) or 1))), 6)
    if round(value, digits) == 0:
        return "0"
    text = f"{value:{'+' if sign else ''},.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def interval(low: float, high: float, sign: bool = False, figures: int = 4) -> str:
    """Two ends; empty when there is none."""
    return "" if math.isnan(low) else f"{number(low, sign, figures)} to {number(high, sign, figures)}"


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")  # type: ignore[return-value]


def _table(*heads: str, title: str | None = None) -> Table:
    # A title may be longer than the table is wide.
    heading = Text(title, style="table.title", no_wrap=True, overflow="ignore") if title else None
    table = Table(title=heading, box=None, title_justify="left", pad_edge=False)
    for position, head in enumerate(heads):
        words = position == 0 or head in ("unit", "")
        table.add_column(head, justify="left" if words else "right", no_wrap=True)
    return table
