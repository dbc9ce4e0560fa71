"""Revenue from the ledger, where each patient has a payer: what is paid, what is left of it, and what nobody pays.

A rate is a price and no cost: what is paid goes from one to another, and moves nothing but who bears a cost.
"""

import math
from collections.abc import Callable

import numpy as np

from sim.outcomes.cost import level_total, payer_total, place_fixed, spent_in_window, system_amounts, total
from sim.outcomes.ledger import Ledger, merged, of_payers, of_stays, rated, used_places, window_ledger
from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Observed, ratio, shared, shared_by_groups
from sim.outcomes.payers import payers
from sim.outcomes.sums import exact_total
from sim.scenario.schema import PayerRate
from sim.vocabulary import NONE, Column

REVENUE = MetricList("system")


@shared
def paid_in_window(observed: Observed) -> tuple[Ledger, Column]:
    """Payments for stays in the window, by whoever, and their amounts."""
    payments = window_ledger(observed).of("payments", "own_payments")
    return payments, payments.amounts()


@shared
def of_patients(observed: Observed) -> tuple[Ledger, Column]:
    """What the programme spends on patients in the window, at home too, and its amounts: all but the cost of places."""
    ledger = window_ledger(observed)
    chosen = (spent_in_window(observed) != 0) & (ledger.patient != NONE)
    return ledger.where(chosen), system_amounts(observed)[chosen]


@shared_by_groups
def held_places(observed: Observed) -> Ledger:
    """The days in the window on which patients held places, at the fixed cost of these."""
    return merged(used_places(observed))


def _sum(*parts: Column) -> float:
    return exact_total(np.concatenate([np.zeros(0), *parts]))


# --- revenue ---


@REVENUE.define("revenue.total", "{currency}", "neutral", needs="reimbursement")
def revenue(observed: Observed) -> float:
    """What is paid to the programme for stays in the window of the system, by the rates of patients' payers: of days,
    sessions and admissions of the window, what is neither denied nor left uncollected. A price and no cost.
    """
    return _sum(paid_in_window(observed)[1])


@REVENUE.define("revenue.{level}.total", "{currency}", "neutral", needs="reimbursement")
def level_revenue(observed: Observed, level: int) -> float:
    """What is paid to the programme for stays in {level} in the window of the system."""
    payments, amounts = paid_in_window(observed)
    return _sum(amounts[payments.level == level])


@REVENUE.define("revenue.payer.{payer}.total", "{currency}", "neutral", needs="reimbursement")
def payer_revenue(observed: Observed, payer: int) -> float:
    """What is paid to the programme in the window of the system for stays of patients whose payer is {payer}."""
    payments, amounts = paid_in_window(observed)
    return _sum(amounts[of_payers(observed, payments) == payer])


def _billed(observed: Observed, share: Callable[[PayerRate], float]) -> float:
    """A share of what stays in the window come to by the rates of the day."""
    stays = of_stays(observed, np.arange(len(observed.records.stays)))
    parts = [
        part.clipped(max(since, observed.start), min(until, observed.end))
        for scenario, since, until in observed.in_force
        for part in rated(observed, scenario, share, stays)
    ]
    return _sum(*(part.amounts() for part in parts))


@REVENUE.define("revenue.denied", "{currency}", "lower", needs="reimbursement")
def denied(observed: Observed) -> float:
    """What stays in the window of the system come to by the rates of patients' payers, times the share of admissions
    that the payer denies.
    """
    return _billed(observed, lambda rate: rate.denied_share)


@REVENUE.define("revenue.uncollected", "{currency}", "lower", needs="reimbursement")
def uncollected(observed: Observed) -> float:
    """What stays in the window of the system come to by the rates of patients' payers and is not denied, times the
    share that is not collected.
    """
    return _billed(observed, lambda rate: (1 - rate.denied_share) * (1 - rate.collected_share))


@REVENUE.define("uncompensated.total", "{currency}", "lower", needs="reimbursement")
def uncompensated(observed: Observed) -> float:
    """Cost of care for which nothing is paid, over the window of the system: of what patients in levels cost (days,
    sessions, admissions, and the places that they hold at what a day of an open one costs) the share that their payer
    denies or that is not collected, and all of it where the payer has no rate. At cost, not at rates: who pays less
    than care costs pays nonetheless.
    """
    return _sum(*(amounts for _, amounts in _unpaid(observed)))


@REVENUE.define("uncompensated.payer.{payer}.total", "{currency}", "lower", needs="reimbursement")
def payer_uncompensated(observed: Observed, payer: int) -> float:
    """The part of uncompensated.total of patients whose payer is {payer}."""
    return _sum(*(amounts[of_payers(observed, entries) == payer] for entries, amounts in _unpaid(observed)))


@shared
def _unpaid(observed: Observed) -> list[tuple[Ledger, Column]]:
    """What patients in levels cost in the window, and how much of each entry nobody pays for."""
    spent, amounts = of_patients(observed)
    held = held_places(observed)
    parts = []
    for entries, cost in ((spent, amounts), (held, held.amounts())):
        share = np.zeros(len(entries))
        for number, (scenario, _, _) in enumerate(observed.in_force):
            if scenario.reimbursement is None:
                continue
            rows = np.flatnonzero((entries.prices == number) & (entries.level != NONE))
            rates = [
                [each.rates.get(name) for name in scenario.payers_of_patients] for each in scenario.levels.values()
            ]
            unpaid = np.array([[_unpaid_share(rate) for rate in row] for row in rates])
            payer = observed.records.patients[scenario.reimbursement.attribute][entries.patient[rows]]
            share[rows] = unpaid[entries.level[rows], payer]
        parts.append((entries, cost * share))
    return parts


def _unpaid_share(rate: PayerRate | None) -> float:
    """The share of care for which nothing is paid."""
    if rate is None or rate.per_day + rate.per_session + rate.per_admission == 0:
        return 1.0
    return 1 - rate.paid_share


# --- margin ---


@REVENUE.define("margin.total", "{currency}", "higher", needs="reimbursement")
def margin(observed: Observed) -> float:
    """Revenue less the programme's budget, over the window of the system: revenue.total less cost.total. Below 0 it is
    what the residual payer has to find, beside what it pays by rates.
    """
    return _sum(paid_in_window(observed)[1], -spent_in_window(observed))


@REVENUE.define("margin.share", "share", "higher", needs="reimbursement")
def margin_share(observed: Observed) -> float:
    """Net margin: margin.total divided by revenue.total. Missing without revenue."""
    return ratio(margin(observed), revenue(observed))


@REVENUE.define("margin.{level}.total", "{currency}", "higher", needs="reimbursement")
def level_margin(observed: Observed, level: int) -> float:
    """Revenue of {level} less its budget over the window of the system: revenue.{level}.total less cost.{level}.total,
    with its share of the fixed cost of places, used or idle.
    """
    return level_revenue(observed, level) - level_total(observed, level)


@REVENUE.define("margin.payer.{payer}.total", "{currency}", "higher", needs="reimbursement")
def payer_margin(observed: Observed, payer: int) -> float:
    """What is paid for patients whose payer is {payer}, less what the programme spends on them over the window of the
    system, with the place-days that they hold at what a day of an open one costs. Margins of all payers add up to
    margin.total plus cost.idle: idle places are no payer's.
    """
    spent, amounts = of_patients(observed)
    held = held_places(observed)
    theirs, holding = (of_payers(observed, each) == payer for each in (spent, held))
    return math.fsum((payer_revenue(observed, payer), -_sum(amounts[theirs]), -_sum(held.amounts()[holding])))


@REVENUE.define("margin.place.{place}.total", "{currency}", "higher", needs="reimbursement")
def place_margin(observed: Observed, place: int) -> float:
    """Revenue of stays that hold {place}, less what their days, sessions and admissions cost and the fixed cost of
    {place}, used or idle, over the window of the system. A level whose stays hold places of several kinds counts for
    each in proportion to the fixed cost of the days that they held it, or to these days where they cost nothing; one
    that needs none counts for no place.
    """
    return _contribution(observed, place) - place_fixed(observed, place)


@REVENUE.define("break_even.{place}.occupancy", "share", "lower", needs="reimbursement")
def break_even(observed: Observed, place: int) -> float:
    """The share of open place-days of {place} at which what they bring in, beyond what patients cost, pays for the
    fixed cost of {place}, if a day in use goes on to bring in what it did over the window of the system. Above 1 no
    occupancy is enough. Missing if a day in use brings in no more than it costs.
    """
    opened, held = observed.open_place_days[place], observed.place_days[place]
    contribution = _contribution(observed, place)
    if contribution <= 0:
        return math.nan
    return ratio(place_fixed(observed, place) * held, contribution * opened)


def _contribution(observed: Observed, place: int) -> float:
    """What stays in a kind of place bring in beyond what their patients cost, over the window."""
    (paid, amounts), (spent, costs) = paid_in_window(observed), of_patients(observed)
    return _sum(amounts * _of_place(observed, paid, place), -costs * _of_place(observed, spent, place))


def _of_place(observed: Observed, ledger: Ledger, place: int) -> Column:
    """The share of each entry that counts for a kind of place, by what stays in its level held at the time."""
    share = np.zeros(len(ledger))
    for number, of_levels in enumerate(_shares_of_places(observed)):
        rows = np.flatnonzero((ledger.prices == number) & (ledger.level != NONE))
        share[rows] = of_levels[place, ledger.level[rows]]
    return share


@shared_by_groups
def _shares_of_places(observed: Observed) -> list[Column]:
    """For each scenario in force, what each kind of place counts for in each level: shares by place and level, which
    sum to one over the places; all 0 of a level that needs none.

    By the fixed cost of the place-days that its stays held in the window meanwhile; by these days where they cost
    nothing; in equal parts where nobody held one.
    """
    stays = observed.records.stays
    shares = []
    for scenario, since, until in observed.in_force:
        days = observed.days_in_window(*(np.clip(stays[of], since, until) for of in ("admitted", "discharged")))
        held = np.array([observed.per_level(stays["level"], days * how_many) for how_many in observed.held])
        levels = scenario.levels.values()
        needed = np.array([[name in level.all_places for level in levels] for name in scenario.places])
        parts = np.where(held.any(axis=0), held, needed)
        fixed = parts * np.array([[kind.fixed_cost_per_day] for kind in scenario.places.values()])
        parts = np.where(fixed.any(axis=0), fixed, parts)
        whole = parts.sum(axis=0)
        shares.append(np.divide(parts, whole, out=np.zeros(parts.shape), where=whole > 0))
    return shares


@REVENUE.define("residual.share", "share", "lower", needs="reimbursement")
def residual_share(observed: Observed) -> float:
    """Share of the programme's budget over the window of the system that the residual payer bears: all that nobody else
    pays. Below 0 where others pay more than the programme costs. Missing without a budget.
    """
    assert observed.scenario.reimbursement is not None
    code = payers(observed.scenario).index(observed.scenario.reimbursement.residual_payer)
    return ratio(payer_total(observed, code), total(observed))


METRICS = [*REVENUE]
