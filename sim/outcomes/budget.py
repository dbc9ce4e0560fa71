"""The programme's budget by calendar month, level, category and payer over the window of the system, undiscounted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.outcomes.ledger import CODE, Ledger, parts_of_window
from sim.outcomes.observed import Observed, place_days
from sim.outcomes.payers import bearers
from sim.outcomes.sums import AS_THEY_ARE, Rows, each_by_itself, sums_of_parts
from sim.scenario.change import DatedChange, as_run, in_force
from sim.scenario.schema import Scenario, Time
from sim.vocabulary import CATEGORIES, NONE, PAYMENTS, PROGRAMME, Column

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["month", "days", "level", "category", "fixed", "payer", "amount"]
"""Of the rows of `budget`."""


def budget(observed: Observed) -> list[tuple[Any, ...]]:
    """One row a calendar month, level, category and payer that has an amount in any month.

    month ("2026-01"), days (of the month that lie in the window), level (None for places that no level uses, for check-
    ups and for medication), category, fixed (whether it is the cost of places, occupied or not, rather than of
    patients), payer, amount (currency, not discounted). The amounts add up to `cost.total`. Where each patient has a
    payer, the residual payer bears all that is spent; `payments` and `own_payments` are what others bear of it, and
    `revenue`, below 0, is all of these together, which the residual payer does not bear.
    """
    stretches = months(observed.scenario.time, observed.start, observed.end)
    totals, there, of_patients = _totals(observed, np.array([*(start for _, start, _ in stretches), observed.end]))
    priced, names = np.flatnonzero(there.any(axis=(0, 1, 2, 4))).tolist(), [None, *observed.scenario.levels]
    kinds = np.argwhere(there.any(axis=(0, 3, 4))).tolist()
    borne = {
        (level, code, number): bearers(observed.in_force[number].scenario, level - 1, CATEGORIES[code])
        for level, code in kinds
        for number in priced
    }
    rows = []
    for (month, start, end), total, is_there in zip(stretches, totals, there, strict=True):
        for level, code in kinds:
            paid: dict[str, float] = {}
            for number in priced:
                shares, amounts = borne[level, code, number], total[level, code, number].tolist()
                if CATEGORIES[code] != "payments":
                    each = [(payer, amounts[0] * share) for payer, share in shares.items()]
                elif is_there[level, code, number].any():
                    each = list(zip(observed.in_force[number].scenario.payers_of_patients, amounts, strict=False))
                else:
                    continue
                for payer, amount in each:
                    paid[payer] = paid.get(payer, 0.0) + amount
            fixed = not of_patients[level, code]
            rows += [(month, end - start, names[level], CATEGORIES[code], fixed, *each) for each in paid.items()]
    return rows


def _totals(observed: Observed, edges: Column) -> tuple[Column, Column, Column]:
    """By month, level (first: none), category, whose prices and, of payments, whose payer: the exact sum of the entries
    of the budget, and whether there is any; and by level and category, whether there is any of patients.

    edges: days on which a month begins, and the last one ends.
    """
    several = max(1, *(len(scenario.payers_of_patients) for scenario, _, _ in observed.in_force))
    shape = (len(observed.levels) + 1, len(CATEGORIES), len(observed.in_force), several)
    count = len(edges) - 1
    there, of_patients = np.zeros((count, *shape), dtype=bool), np.zeros(shape[:2], dtype=bool)

    def rows() -> Iterator[Rows]:
        for part, ledger in parts_of_window(observed):
            entries, month = _by_month(ledger.of(*PROGRAMME, *PAYMENTS), edges)
            payer = np.zeros(len(entries), dtype=np.int64)
            for number, (scenario, _, _) in enumerate(observed.in_force):
                if scenario.reimbursement is not None:
                    paid = (entries.prices == number) & (entries.category == CODE["payments"])
                    payer[paid] = part.records.patients[scenario.reimbursement.attribute][entries.patient[paid]]
            where = month, entries.level + 1, entries.category, entries.prices, payer
            there[where] = True
            of_patients[tuple(each[entries.patient != NONE] for each in where[1:3])] = True
            yield Rows(entries.amounts(), np.ravel_multi_index(where, there.shape), np.zeros_like(month))

    sums = sums_of_parts(rows, each_by_itself(there.size), AS_THEY_ARE)
    return sums.reshape(there.shape), there, of_patients


def _by_month(ledger: Ledger, edges: Column) -> tuple[Ledger, Column]:
    """The part of each entry that falls into each month, and the number of the month."""
    first = np.searchsorted(edges, ledger.began, side="right") - 1
    count = np.maximum(np.searchsorted(edges, ledger.ended) - first, 1)
    month = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count - first, count)
    entries = ledger.where(np.repeat(np.arange(len(ledger)), count))
    began, ended = np.maximum(entries.began, edges[month]), np.minimum(entries.ended, edges[month + 1])
    return replace(entries, began=began, ended=ended), month


def fixed_costs(system: Scenario | DatedChange) -> "pd.DataFrame":
    """The fixed cost of each kind of place in each calendar month of the window, occupied or not: the same in every
    replication, and nobody's share of it.

    month ("2026-01"), days (of the month that lie in the window), place, amount (currency, not discounted). Places that
    cost nothing have no row.
    """
    import pandas as pd

    rows, scenario = [], as_run(system)
    for month, start, end in months(scenario.time, *scenario.window):
        for name, place in scenario.places.items():
            amount = fsum(
                place_days(place, scenario.time, max(start, since), min(end, until))
                * each.places[name].fixed_cost_per_day
                for each, since, until in in_force(system)
            )
            rows.append((month, end - start, name, amount))
    frame = pd.DataFrame(rows, columns=["month", "days", "place", "amount"])
    return frame[frame["place"].isin(frame.loc[frame["amount"] != 0, "place"])]


def months(time: Time, start: float, end: float) -> list[tuple[str, float, float]]:
    """The calendar months that [start, end) touches: name ("2026-01"), and the part of it, in days since day 0."""
    edges, day = [start], _next_month(time.start + timedelta(days=int(start)))
    while (edge := float((day - time.start).days)) < end:
        edges.append(edge)
        day = _next_month(day)
    return [(f"{time.start + timedelta(days=int(a)):%Y-%m}", a, b) for a, b in pairwise([*edges, end])]


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
