"""The verdict on a warm-up: whether it is long enough, as a table and in a sentence."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sim.analysis.warm_up import LEVEL
from sim.report.sheets.numbers import number, records_of
from sim.report.sheets.sheet import Sheet, figures, words


def warm_up_sheet(series: pd.DataFrame) -> Sheet:
    """A `Result.warm_up`."""
    rows = []
    for row in records_of(series):
        drift, low, high = (_percent(row[column]) for column in ("drift", "drift_low", "drift_high"))
        days, measured, limits = f"{row['warm_up_days']:g}", number(row["measured"]), f"{low} to {high}" if low else ""
        enough = row["long_enough"]
        verdict = "" if pd.isna(enough) else "long enough" if enough else "too short"
        rows.append((row["metric"], days, _after(row), measured, drift, limits, verdict))
    heads = figures("warm-up, days", "settles after", "measured", "drift", "95 % interval")
    title = "How long the system takes to settle (MSER-5), and how it moves after the window"
    return Sheet(title, [*words("metric"), *heads, *words("")], rows)


def warm_up_verdict(series: pd.DataFrame) -> str:
    """A sentence or two on all series together: asks, people in care, people waiting and days of wait."""
    if series.empty:
        return "There is no warm-up to judge: everyone is present, or asks, on day 0."
    days = f"{series['warm_up_days'].iloc[0]:g}"
    unknown = series[series["long_enough"].isna()]
    if len(short := moving(series)):
        growing = " A list that goes on growing all the same has more asks than places."
        lists = short["metric"].str.startswith(("queue.", "wait.")) & (short["drift"] > 0)
        moved = ", ".join(f"{row.metric} {_percent(row.drift)}".strip() for row in short.itertuples())
        more = f"Raise time.warm_up_days.{growing if lists.any() else ''}"
        return f"A warm-up of {days} days is too short: {moved} after the window. {more}"
    if unknown["p_adjusted"].isna().all() and len(unknown):
        return "It cannot be told whether the warm-up is long enough: too few replications."
    if unknown.empty:
        return (
            f"A warm-up of {days} days is long enough: asks, people in care, waiting lists and waits move by no more "
            "than 10 % after the window, or by no more than one ask a month, one person waiting or one day."
        )
    drifts = zip(*(unknown[column] for column in ("metric", "drift_low", "drift_high")), strict=True)
    ends = ", ".join(
        metric + (f" ({_percent(low)} to {_percent(high)})" if pd.notna(low) else "") for metric, low, high in drifts
    )
    # Where the interval of a drift would decide, if the calendar gave it no other cause.
    calendar = ((unknown["p_adjusted"] < LEVEL) | unknown["within"].astype(bool)).any()
    why = "demand or places change on the calendar" if calendar else "more replications would tell"
    return f"A warm-up of {days} days was not found to be too short, but may be, for {ends}: {why}."


def moving(series: pd.DataFrame) -> pd.DataFrame:
    """The series of a `Result.warm_up` for which the warm-up was found to be too short."""
    return series[~series["long_enough"].fillna(True).astype(bool)]


def _after(row: Mapping[str, Any]) -> str:
    if pd.isna(row["truncation_days"]):
        return ""
    return f"{row['truncation_days']:.0f}" if row["conclusive"] else f"over {row['truncation_days']:.0f}"


def _percent(share: object) -> str:
    return "" if pd.isna(share) else f"{100 * float(share):+.1f} %"  # type: ignore[call-overload,arg-type]
