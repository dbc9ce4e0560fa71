"""Whether a warm-up is long enough, as a table and in a sentence."""

import pandas as pd
from rich.table import Table

from sim.report.tables import number, plain_table


def warm_up_table(found: pd.DataFrame) -> Table:
    """A `Result.warm_up` for the terminal."""
    heads = ("metric", "warm-up, days", "settles after", "measured", "drift", "95 % interval", "")
    table = plain_table(*heads, title="How long the system takes to fill (MSER-5), mean number of people")
    for row in found.to_dict("records"):
        after = f"{row['truncation_days']:.0f}" if row["conclusive"] else f"over {row['truncation_days']:.0f}"
        drift = [_percent(row[column]) for column in ("drift", "drift_low", "drift_high")]
        limits = f"{drift[1]} to {drift[2]}" if drift[1] else ""
        words = _word(row["long_enough"])
        days = f"{row['warm_up_days']:g}"
        table.add_row(row["metric"], days, after, number(row["measured"]), drift[0], limits, words)
    return table


def warm_up_verdict(found: pd.DataFrame) -> str:
    """One sentence on all series together."""
    if found.empty:
        return "There is no warm-up to judge: everyone is present, or asks, on day 0."
    if found["long_enough"].isna().any():
        return "The run is too short to tell whether the warm-up is long enough: it must last 50 days or more."
    days = f"{found['warm_up_days'].iloc[0]:g}"
    if found["long_enough"].all():
        return (
            f"A warm-up of {days} days is long enough: nothing moves by more than 10 % after the window, but by chance."
        )
    moving = ", ".join(found.loc[~found["long_enough"].astype(bool), "metric"])
    return f"A warm-up of {days} days is too short: {moving} still moved by more than 10 %. Raise time.warm_up_days."


def _percent(share: float) -> str:
    return "" if pd.isna(share) else f"{100 * share:+.1f} %"


def _word(long_enough: object) -> str:
    return "cannot tell" if pd.isna(long_enough) else "long enough" if long_enough else "too short"  # type: ignore[call-overload]
