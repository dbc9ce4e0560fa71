"""Tables for the terminal: numbers in the units people read, with their intervals."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sim.files.formats import metric_of_today
from sim.files.nearest import nearest
from sim.outcomes import OF_EQUITY, fitting, main_outcomes, metric_names, metric_table
from sim.report.verdicts import with_verdicts
from sim.scenario import Scenario
from sim.vocabulary import ASKING

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis import Selection

WORDS = ("unit", "question", "", "to", "level", "spent on", "scenario", "metric", "group", "gap between", "source")
"""Heads of columns that hold words."""


def choose_metrics(patterns: Sequence[str] | None, scenarios: Sequence[Scenario]) -> list[str]:
    """Names of the metrics that fit any of the patterns (`*` stands for anything), in the registry's order.

    Raises ValueError, with the nearest names, for a pattern that fits nothing.
    """
    known = list(dict.fromkeys(name for scenario in scenarios for name in metric_names(scenario)))
    for pattern in patterns or ():
        if not fitting(known, [pattern]):
            near = nearest(pattern, known, most=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            hint = f"; it is called {new} now" if (new := metric_of_today(pattern)) != pattern else hint
            raise ValueError(f"no metric {pattern!r}{hint} (all of them: stepdown metrics)")
    return fitting(known, patterns) if patterns else main_outcomes(scenarios)


def summary_table(summary: "pd.DataFrame", chosen: Sequence[str]) -> Table:
    """A `Result.summary` for the terminal."""
    shown = records_of(summary[summary["metric"].isin(chosen)])
    notes = [defined_in(row, summary["replications"].max()) for row in shown]
    table = plain_table("metric", "unit", "mean", "95 % interval", *([""] if any(notes) else []))
    for row, note in zip(shown, notes, strict=True):
        cells = with_limits(row["mean"], row["ci_low"], row["ci_high"])
        table.add_row(row["metric"], row["unit"], *cells, *([note] if any(notes) else []))
    return table


def defined_in(row: Mapping[str, Any], futures: int) -> str:
    """In how many of so many replications a mean or a difference is defined, where it is in some of them only."""
    return f"in {row['replications']} of {futures} futures" if 0 < row["replications"] < futures else ""


def asks_line(summary: "pd.DataFrame") -> str:
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
    return f"asks for care, a month: {first} first, {again} returning{linked}; {inside}"


def difference_tables(differences: "pd.DataFrame", scenario: Scenario, chosen: Sequence[str]) -> Iterator[Table]:
    """`Study.differences` for the terminal: one table a pair of scenarios."""
    kinds = metric_table(scenario).set_index("metric")
    shown = with_verdicts(differences[differences["metric"].isin(chosen)], kinds["direction"].to_dict())
    for (label, against), rows in shown.groupby(["scenario", "against"], sort=False):
        heads = ("metric", "unit", "baseline", "here", "difference", "95 % interval", "p (Holm)", "")
        table = plain_table(*heads, title=f"{label} against {against}, paired by replication")
        for row in records_of(rows):
            table.add_row(
                row["metric"],
                kinds["unit"].get(row["metric"], ""),
                number(row["baseline"]),
                number(row["mean"]),
                *with_limits(row["difference"], row["ci_low"], row["ci_high"], sign=True),
                p_text(row["p_adjusted"]),
                ", ".join(filter(None, (row["finding"], defined_in(row, differences["replications"].max())))),
            )
        yield table


def lone_table(summary: "pd.DataFrame", chosen: Sequence[str]) -> Table | None:
    """Chosen metrics of a `Study.summary` that only some scenarios have, such as of a new kind of place; or None."""
    rows = summary[summary["metric"].isin(chosen)]
    lone = rows.groupby("metric")["scenario"].transform("nunique") < summary["scenario"].nunique()
    if not lone.any():
        return None
    heads = ("metric", "unit", "scenario", "mean", "95 % interval", "")
    table = plain_table(*heads, title="What only some scenarios have")
    for row in records_of(
        rows[lone].sort_values("metric", key=lambda names: names.map(list(chosen).index), kind="stable")
    ):
        values = with_limits(row["mean"], row["ci_low"], row["ci_high"])
        note = defined_in(row, summary["replications"].max())
        table.add_row(row["metric"], row["unit"], escape(row["scenario"]), *values, note)
    return table


def group_tables(equity: "pd.DataFrame", scenario: Scenario, chosen: Sequence[str]) -> Iterator[Table]:
    """`Result.equity` for the terminal: one table a grouping."""
    units = metric_table(scenario).set_index("metric")["unit"]
    for by, rows in equity[equity["metric"].isin(chosen)].groupby("by", sort=False):
        table = plain_table("metric", "unit", "group", "mean", "95 % interval", title=f"By {by}")
        for row in records_of(
            rows.sort_values("metric", key=lambda names: names.map(list(chosen).index), kind="stable")
        ):
            values = with_limits(row["mean"], row["ci_low"], row["ci_high"])
            table.add_row(row["metric"], units[row["metric"]], escape(row["group"]), *values)
        yield table


CHANGED = ("narrower", "wider", "reversed", "opened")
"""Verdicts of `sim.analysis.judged` that claim a change."""


def gap_table(changes: "pd.DataFrame", scenario: Scenario) -> Table | str:
    """The gaps between groups that a scenario changes, of `Study.gap_changes`; or that none was found to, and why."""
    units = metric_table(scenario).set_index("metric")["unit"]
    rows = changes[changes["metric"].isin(OF_EQUITY)]
    if rows.empty:
        return "Equity: the scenarios have no groups of patients in common."
    if (rows["verdict"] == "too few replications").all():
        return "Equity: too few replications to tell whether gaps between groups change."
    rows = rows[rows["verdict"].isin(CHANGED)]
    if rows.empty:
        return "Equity: no gap between groups of patients was found to change."
    heads = ("scenario", "metric", "unit", "gap between", "baseline", "here", "change", "95 % interval", "")
    table = plain_table(*heads, title="Gaps between groups of patients that change")
    for row in records_of(rows):
        table.add_row(
            escape(row["scenario"]),
            row["metric"],
            units.get(row["metric"], ""),
            escape(f"{row['by']}: {row['group']} and {row['reference']}"),
            number(row["gap_baseline"], sign=True),
            number(row["gap"], sign=True),
            *with_limits(row["change"], row["ci_low"], row["ci_high"], sign=True),
            row["verdict"],
        )
    return table


def selection_table(selection: "Selection", metric: str, scenario: Scenario) -> Table:
    """What a `sim.select` found, for the terminal."""
    unit = metric_table(scenario).set_index("metric")["unit"][metric]
    by = (
        f"{number(selection.indifference, figures=3)} {unit.removesuffix('s') if selection.indifference == 1 else unit}"
    )
    tied = [name for name in selection.surviving if name != selection.best]
    title = f"{metric} in this model: {selection.best or 'undecided'}"
    if selection.best is not None:
        title += f", if it is better than every other by {by} or more, "
        title += f"with a probability of at least {selection.probability:g}"
        title += f"; cannot be told from {', '.join(tied)}" if tied else ""
    table = plain_table("scenario", f"mean, {unit}", "replications", "", title=title)
    for row in records_of(selection.table):
        status = f"dropped: not the best by {by}" if row["status"] == "eliminated" else row["status"]
        table.add_row(escape(row["system"]), number(row["mean"]), str(row["replications"]), status)
    return table


def p_text(p: float) -> str:
    """A p value to three decimals; never as zero."""
    return "" if math.isnan(p) else "<0.001" if p < 0.001 else f"{p:.3f}"


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


def with_limits(value: float, low: float, high: float, sign: bool = False, figures: int = 4) -> tuple[str, str]:
    """A value and its interval, to as many decimals as the interval can bear; without one, to so many figures."""
    place = _place(low, high)
    return number(value, sign, figures) if place is None else _to(value, place, sign), interval(low, high, sign)


def interval(low: float, high: float, sign: bool = False) -> str:
    """Two ends, of which half the width has one or two significant figures; empty when there is none."""
    if math.isnan(low) or math.isnan(high):
        return ""
    place = _place(low, high)
    ends = (number(end, sign) if place is None else _to(end, place, sign) for end in (low, high))
    return " to ".join(ends)


ROUNDING = 1e-9
"""Of its ends, the half-width of an interval that comes of adding up doubles."""

FINEST = 6
"""Decimals after which nothing that people count in is left."""


def _place(low: float, high: float) -> int | None:
    """The power of ten in which half the width counts 5 to 50; None where there is no width but rounding error."""
    half = (high - low) / 2
    if not ROUNDING * max(abs(low), abs(high)) < half < math.inf:
        return None
    return math.floor(math.log10(half / 5))


def _to(value: float, place: int, sign: bool) -> str:
    """A number to this power of ten; zero has no sign."""
    if math.isnan(value) or math.isinf(value):
        return number(value)
    decimals = min(max(0, -place), FINEST)
    rounded = round(value, min(-place, FINEST)) + 0.0
    if rounded == 0 and decimals == FINEST:
        return "0"
    return f"{rounded:{'+' if sign and rounded else ''},.{decimals}f}"


def records_of(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a DataFrame, by name of column."""
    return frame.to_dict("records")  # type: ignore[return-value]


def plain_table(*heads: str, title: str | None = None) -> Table:
    """An empty table: columns of words may wrap, numbers are never cut."""
    # A title may be longer than the table is wide.
    heading = Text(title, style="table.title", no_wrap=True, overflow="ignore") if title else None
    table = Table(title=heading, box=None, title_justify="left", pad_edge=False)
    for position, head in enumerate(heads):
        words = position == 0 or head in WORDS
        table.add_column(escape(head), justify="left" if words else "right", no_wrap=not words, overflow="fold")
    return table


def with_intervals(
    table: "pd.DataFrame", value: str, low: str = "ci_low", high: str = "ci_high", sign: bool = False
) -> list[str]:
    """A column of values as text, each with its interval: "4.8 (3.3 to 6.4)". low, high: columns of the ends."""
    ends = zip(table[value], table[low], table[high], strict=True)
    return ["{} ({})".format(*with_limits(*row, sign)) for row in ends]
