"""Budget impact: what each level and payer spends by month or year, and how that differs from the baseline."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from sim.analysis.intervals import CONFIDENCE, row_intervals

Period = Literal["month", "year"]

DIMENSIONS = ("measure", "level", "place", "category", "fixed", "payer")
"""What amounts can be told apart by, beside scenario and period, where they are told."""


def budget_impact(
    budget: pd.DataFrame,
    baseline: str,
    period: Period = "month",
    by: Sequence[str] = ("level", "fixed", "payer"),
    replications: int | None = None,
    scenarios: Sequence[str] = (),
    confidence: float = CONFIDENCE,
) -> pd.DataFrame:
    """Undiscounted amounts by period and dimension, and their paired differences from the baseline.

    budget: columns scenario, replication, month ("2026-01"), days, level, category, fixed, payer, amount; a missing
    level is of places that no level uses. period: "month" or "year". by: which of DIMENSIONS to tell apart; the others
    are added up, so `by=()` gives totals. replications: how many there were, numbered from 0; those without a row spent
    nothing. Default: those that have a row. scenarios: further ones, which may have spent nothing at all.

    Returns scenario, the period, days (of it that lie in the window), the dimensions, amount, ci_low, ci_high (t
    intervals over replications), and difference, difference_low, difference_high (NaN for the baseline). What a
    scenario does not spend on something that another spends on is 0. Raises ValueError for an unknown period, dimension
    or baseline.
    """
    if period not in ("month", "year"):
        raise ValueError(f"period must be month or year, not {period!r}")
    known = [name for name in DIMENSIONS if name in budget.columns]
    if unknown := [name for name in by if name not in known]:
        raise ValueError(f"by must be of {', '.join(known)}, not {', '.join(unknown)}")
    scenarios = list(dict.fromkeys((*scenarios, *budget["scenario"].unique())))
    if scenarios and baseline not in scenarios:
        raise ValueError(f"there is no scenario {baseline!r}; there are {', '.join(scenarios)}")
    frame = budget.assign(level=budget["level"].astype(object).where(budget["level"].notna(), ""))
    if period == "year":
        frame = frame.assign(year=frame["month"].str[:4])
    # The window is the same for all: a scenario that spent nothing in a month has no row that would say how long it is.
    spans = budget.groupby("month")["days"].max()
    days = spans.groupby(spans.index if period == "month" else spans.index.str[:4]).sum()
    keys = [period, *by]
    amounts = frame.groupby(["scenario", "replication", *keys], sort=False)["amount"].sum()
    wide = amounts.unstack("replication", fill_value=0)
    if replications is not None:
        wide = wide.reindex(columns=range(replications), fill_value=0)
    place = {key: row for row, key in enumerate(wide.index)}
    rows = [(scenario, *parts) for parts in dict.fromkeys(key[1:] for key in wide.index) for scenario in scenarios]
    # The last row is of what nothing is spent on.
    amounts_of = np.vstack([wide.to_numpy(dtype=float), np.zeros(wide.shape[1])])
    spent, base = (
        amounts_of[np.array([place.get(key, -1) for key in wanted], dtype=int)]
        for wanted in (rows, [(baseline, *parts) for _, *parts in rows])
    )
    columns = ["scenario", period, "days", *by, "amount", "ci_low", "ci_high"]
    table = pd.DataFrame(rows, columns=["scenario", *keys])
    for names, values in (
        (("amount", "ci_low", "ci_high"), spent),
        (("difference", "difference_low", "difference_high"), spent - base),
    ):
        mean, _, low, high, _ = row_intervals(values, confidence)
        table = table.assign(**dict(zip(names, (mean, low, high), strict=True)))
    changes = ["difference", "difference_low", "difference_high"]
    table.loc[table["scenario"] == baseline, changes] = np.nan
    return table.assign(days=table[period].map(days))[[*columns, *changes]]
