"""The programme's budget by calendar month, level, category and payer over the window of the system, undiscounted."""

from datetime import date, timedelta
from itertools import pairwise
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.outcomes.ledger import borne_by, window_ledger
from sim.outcomes.observed import Observed, place_days
from sim.outcomes.sums import exact_total
from sim.scenario.change import DatedChange, as_run, in_force
from sim.scenario.schema import Scenario, Time
from sim.vocabulary import CATEGORIES, NONE, PAYMENTS, PROGRAMME

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
    ledger = window_ledger(observed).of(*PROGRAMME, *PAYMENTS)
    of_nobody = ledger.patient == NONE
    patients = set(zip(ledger.level[~of_nobody].tolist(), ledger.category[~of_nobody].tolist(), strict=True))
    kinds = sorted(
        {*patients, *zip(ledger.level[of_nobody].tolist(), ledger.category[of_nobody].tolist(), strict=True)}
    )
    priced = np.unique(ledger.prices).tolist()
    names = [*observed.scenario.levels, None]
    rows = []
    for month, start, end in months(observed.scenario.time, observed.start, observed.end):
        part = ledger.clipped(start, end)
        amounts = part.amounts()
        for level, code in kinds:
            fixed = (level, code) not in patients
            paid: dict[str, float] = {}
            for number in priced:
                for payer, chosen, share in borne_by(observed, part, number, level, CATEGORIES[code]):
                    paid[payer] = paid.get(payer, 0.0) + exact_total(amounts[chosen]) * share
            rows += [(month, end - start, names[level], CATEGORIES[code], fixed, *each) for each in paid.items()]
    return rows


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
