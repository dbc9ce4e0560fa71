"""The ledger: every amount of money with who it was spent on, where, on what and when. All totals come from here.

An entry is a flow (so much a day over an interval) or a payment at once; who bears it follows from its level and
category (`payers.py`), and of what payers pay from the patient. Prices, and who pays, are those of the day: what spans
the day on which a change begins has an entry before it and one from it on. Totals are exactly rounded sums
(`math.fsum`) of entries, so they are the same in any order, and whatever is added up from the same entries reconciles.
"""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.outcomes.checkups import made
from sim.outcomes.compiling import compiled
from sim.outcomes.discount import Rates, discount_factors, discounted_days, pieces
from sim.outcomes.observed import Observed, are_among, by_state, shared, shared_by_groups
from sim.outcomes.payers import bearers, payers
from sim.outcomes.sums import exact_total
from sim.scenario.schema import Level, PayerRate, Place, Scenario
from sim.vocabulary import (
    BY_STATE,
    CATEGORIES,
    DAYS_PER_WEEK,
    DEAD,
    NONE,
    PATIENT,
    Column,
    CostCategory,
    EntryCategory,
)

if TYPE_CHECKING:
    import pandas as pd

CODE = {category: code for code, category in enumerate(CATEGORIES)}


@dataclass(frozen=True)
class Ledger:
    """Entries as equally long columns.

    patient: number, or NONE for open places. level: code, or NONE outside care. category: index into CATEGORIES. began,
    ended: days; equal for a payment at once. per_day: currency a day of a flow. at_once: currency of a payment. prices:
    whose they are, an index into `Observed.in_force`.
    """

    patient: Column
    level: Column
    category: Column
    began: Column
    ended: Column
    per_day: Column
    at_once: Column
    prices: Column

    def __len__(self) -> int:
        return len(self.patient)

    def where(self, chosen: Column) -> "Ledger":
        """The chosen entries (a mask or row numbers)."""
        return Ledger(*(column[chosen] for column in vars(self).values()))

    def of(self, *categories: EntryCategory) -> "Ledger":
        """The entries of these categories."""
        return self.where(are_among(self.category, [CODE[category] for category in categories]))

    def clipped(self, start: float, end: float | Column) -> "Ledger":
        """What falls into [start, end): the part of each flow, and the payments made in it. An end may be by entry."""
        if isinstance(end, float) and (start, end) == (-math.inf, math.inf):
            return self
        began, ended = np.maximum(self.began, start), np.minimum(self.ended, end)
        at_an_instant = (self.began >= self.ended) & (self.began >= start) & (self.began < end)
        inside = (began < ended) & (self.began < self.ended) | at_an_instant
        entries = replace(self, began=began, ended=ended)
        return entries if inside.all() else entries.where(np.flatnonzero(inside))

    def since(self, day: float | Column) -> "Ledger":
        """The same entries, with days counted from this one, or from one for each entry."""
        return replace(self, began=self.began - day, ended=self.ended - day)

    def amounts(self, rates: Rates = 0.0) -> Column:
        """Currency of each entry; its present value on day 0 at effective annual `rates`."""
        amounts = np.zeros(len(self))
        if kernels := compiled():
            columns = (self.began, self.ended, self.per_day, self.at_once)
            numbers = (np.ascontiguousarray(column, dtype=float) for column in columns)
            kernels.amounts(*numbers, pieces(rates), amounts)
            return amounts
        flows, payments = np.flatnonzero(self.per_day), np.flatnonzero(self.at_once)
        amounts[flows] += self.per_day[flows] * discounted_days(self.began[flows], self.ended[flows], rates)
        amounts[payments] += self.at_once[payments] * discount_factors(self.began[payments], rates)
        return amounts

    def total(self, rates: Rates = 0.0) -> float:
        """The exactly rounded sum of all amounts."""
        return exact_total(self.amounts(rates))


def merged(parts: list[Ledger]) -> Ledger:
    """The entries of several ledgers, one after the other; of none, a ledger without any."""
    some = [part for part in parts if len(part)]
    if not some:
        nobody, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        return _entries(nobody, nobody, "payments", nothing, nothing, nothing)
    return Ledger(*map(np.concatenate, zip(*(vars(part).values() for part in some), strict=True)))


class TableRows(NamedTuple):
    """Rows of the records of which a ledger is, by table."""

    stays: Column
    spells: Column
    courses: Column
    visits: Column


@shared_by_groups
def whole_ledger(observed: Observed) -> Ledger:
    """Everything that was spent on patients in the whole run, on the calendar of the run.

    A patient is charged the days that they hold a place, at what a day of an open place costs.
    """
    records = observed.records
    tables = (records.stays, records.spells, records.medications, records.emergencies)
    lived = TableRows(*(np.arange(len(table)) for table in tables))
    return merged([*_of_lives(observed, lived), _checkups(observed)])


def _of_lives(observed: Observed, lived: TableRows) -> list[Ledger]:
    """All entries of these rows of the records, on the calendar of the run."""
    return [
        *(*_stays(observed, lived.stays), *_used_places(observed, lived.stays), *_spells(observed, lived.spells)),
        *(*_medications(observed, lived.courses), *_emergencies(observed, lived.visits)),
    ]


@shared
def cohort_ledger(observed: Observed) -> Ledger:
    """What was spent on members of the cohort within follow-up; days count from each one's first asking."""
    if not observed.is_whole:
        entries = cohort_ledger(observed.whole)
        mine = observed.cohort[entries.patient]
        return (entries if mine.all() else entries.where(mine)).clipped(-math.inf, observed.follow_up)
    records, checkups = observed.records, _checkups(observed)
    tables = (records.stays, records.spells, records.medications, records.emergencies)
    lived = TableRows(*(observed.rows_of_members(table["patient"]) for table in tables))
    entries = merged([*_of_lives(observed, lived), checkups.where(observed.cohort[checkups.patient])])
    return entries.since(records.patients["arrived"][entries.patient]).clipped(-math.inf, observed.follow_up)


@shared_by_groups
def window_ledger(observed: Observed) -> Ledger:
    """What was spent in the window of the system, on all patients and on open places, on the calendar of the run.

    Places are in it as open, used or not, and so no patient's days in them. Of relapses, of deaths, of what goes by
    state, of medication and of emergencies it has what fell due before someone moved away.
    """
    return merged([window_of_patients(observed), *itertools.chain(*open_places(observed))])


def parts_of_window(observed: Observed) -> Iterator[tuple[Observed, Ledger]]:
    """The same entries, of some patients after the other, and then of open places; each with whose records tell."""
    yield from ((part, window_of_patients(part)) for part in observed.whole.parts())
    yield observed, merged([*itertools.chain(*open_places(observed))])


@shared_by_groups
def window_of_patients(observed: Observed) -> Ledger:
    """Those of patients."""
    records, start, end = observed.records, observed.start, observed.end
    # What lies wholly before or behind the window has no entry in it.
    stays = merged(_stays(observed, observed.stays_in_window, start))
    spells = _spells(observed, observed.spells_in_window, start)
    courses = _medications(observed, np.arange(len(records.medications)))
    visits = _emergencies(observed, np.arange(len(records.emergencies)))
    lives = merged([*spells, *courses, *visits])
    until = np.minimum(observed.moved_away[lives.patient], end)
    return merged([stays.clipped(start, end), lives.clipped(start, until), _checkups(observed).clipped(start, end)])


def _of_the_day(
    observed: Observed, priced: Callable[[Scenario], Iterable[Ledger]], began: Column, from_day: float = -math.inf
) -> list[Ledger]:
    """Entries at the prices of the day: those that each scenario gives, as far as they fall into its days.

    began: no entry begins before all of these. from_day: what lies before it is not looked at.
    """
    first = max(float(began.min(initial=math.inf)), from_day)
    return [
        (replace(part, prices=np.full(len(part), number, dtype=np.int8)) if number else part).clipped(
            -math.inf if since <= first else since, until
        )
        for number, (scenario, since, until) in enumerate(observed.in_force)
        if until > first
        for part in priced(scenario)
        if len(part)
    ]


def _stays(observed: Observed, chosen: Column, from_day: float = -math.inf) -> list[Ledger]:
    """Days, sessions, admissions and patients' time of the chosen stays."""
    began = observed.records.stays["admitted"][chosen]
    return _of_the_day(observed, lambda scenario: _stays_at(observed, scenario, chosen), began, from_day)


def _stays_at(observed: Observed, scenario: Scenario, chosen: Column) -> list[Ledger]:
    """The same at a scenario's prices, whatever the day."""
    stays, levels = of_stays(observed, chosen), scenario.levels.values()
    level = stays["level"]

    def each(price: Column, category: EntryCategory, at_once: bool = False, of_whom: Column | None = None) -> Ledger:
        worth = price[level] if of_whom is None else price[level] * of_whom[stays["patient"]]
        rows = np.flatnonzero(worth)
        worth = worth[rows]
        began = stays["admitted"][rows]
        ended = began if at_once else stays["discharged"][rows]
        return _entries(stays["patient"][rows], level[rows], category, began, ended, worth, at_once)

    def prices(of: str) -> Column:
        return np.array([getattr(level, of) for level in levels], dtype=float)

    sessions_per_day = np.array([sessions_per_week(level) / DAYS_PER_WEEK for level in levels])
    time = prices("patient_time_per_day") + prices("patient_time_per_session") * sessions_per_day
    return [
        *_bed_days(scenario, stays),
        each(prices("cost_per_session") * sessions_per_day, "session"),
        each(prices("cost_per_admission"), "admission", at_once=True),
        each(time, "patient_time", of_whom=_worth_of_time(observed, scenario)),
        *_payments(observed, scenario, stays),
    ]


def of_stays(observed: Observed, chosen: Column) -> dict[str, Column]:
    """Columns of the chosen stays, as far as they bear on money."""
    columns = ("patient", "level", "admitted", "discharged", "authorised_until")
    return {name: observed.records.stays[name][chosen] for name in columns}


def _payments(observed: Observed, scenario: Scenario, stays: Mapping[str, Column]) -> list[Ledger]:
    """What is paid for stays, by payers and by patients who are their own; and all of it once more below 0, as revenue,
    which spares the residual payer so much."""
    parts = rated(observed, scenario, lambda rate: rate.paid_share, stays)
    if not parts:
        return []
    paid = merged(parts)
    payer = observed.records.patients[_payer_attribute(scenario)][paid.patient]
    themselves = np.array([name == PATIENT for name in scenario.payers_of_patients])[payer]
    codes = np.where(themselves, CODE["own_payments"], CODE["payments"])
    revenue = np.full(len(paid), CODE["revenue"])
    taken = replace(paid, category=revenue, per_day=-paid.per_day, at_once=-paid.at_once)
    return [replace(paid, category=codes), taken]


def rated(
    observed: Observed, scenario: Scenario, share: Callable[[PayerRate], float], stays: Mapping[str, Column]
) -> list[Ledger]:
    """A share of what stays come to by a scenario's rates, whatever the day: days and sessions, then admissions.

    Days are those that a stay holds its place and that are authorised: not those that somebody is blocked thereafter.
    """
    level, patient = stays["level"], stays["patient"]
    if scenario.reimbursement is None:
        return []
    payer = observed.records.patients[_payer_attribute(scenario)][patient]
    until = np.fmin(stays["authorised_until"], stays["discharged"])

    def prices(of: Callable[[Level, PayerRate], float]) -> Column:
        none = PayerRate()
        of_levels = [
            [
                of(each, rate) * share(rate)
                for rate in (each.rates.get(name, none) for name in scenario.payers_of_patients)
            ]
            for each in scenario.levels.values()
        ]
        return np.array(of_levels)[level, payer]

    of_a_day = prices(lambda each, rate: rate.per_day + rate.per_session * sessions_per_week(each) / DAYS_PER_WEEK)
    of_admission = prices(lambda each, rate: rate.per_admission)
    parts = []
    for price, ended, at_once in ((of_a_day, until, False), (of_admission, stays["admitted"], True)):
        rows = np.flatnonzero(price)
        began = stays["admitted"][rows]
        parts.append(_entries(patient[rows], level[rows], "payments", began, ended[rows], price[rows], at_once))
    return parts


def _payer_attribute(scenario: Scenario) -> str:
    assert scenario.reimbursement is not None
    return scenario.reimbursement.attribute


def of_payers(observed: Observed, ledger: Ledger) -> Column:
    """By entry, the code of its patient's payer among `payers` of the whole run; NONE of open places, and on days of
    rates of no payer."""
    names = payers(observed.scenario)
    codes = np.full(len(ledger), NONE)
    for number, (scenario, _, _) in enumerate(observed.in_force):
        if scenario.reimbursement is not None:
            rows = np.flatnonzero((ledger.prices == number) & (ledger.patient != NONE))
            known = np.array([names.index(name) if name in names else NONE for name in scenario.payers_of_patients])
            codes[rows] = known[observed.records.patients[_payer_attribute(scenario)][ledger.patient[rows]]]
    return codes


def borne_by(
    observed: Observed, ledger: Ledger, number: int, level: int, category: EntryCategory
) -> Iterator[tuple[str, Column, float]]:
    """Who bears entries of a level (NONE: outside care) and category at one scenario's prices: whom, which of them (row
    numbers), which share of these."""
    of_them = (ledger.level == level) & (ledger.category == CODE[category]) & (ledger.prices == number)
    rows, scenario = np.flatnonzero(of_them), observed.in_force[number].scenario
    if category != "payments":
        yield from ((name, rows, share) for name, share in bearers(scenario, level, category).items())
    elif len(rows):
        payer = observed.records.patients[_payer_attribute(scenario)][ledger.patient[rows]]
        yield from ((name, rows[payer == code], 1.0) for code, name in enumerate(scenario.payers_of_patients))


def _bed_days(scenario: Scenario, stays: Mapping[str, Column]) -> list[Ledger]:
    """Days of stays by what they cost: the first ones, then those after them, as far as any level tells them apart."""
    by_level = [level.daily_costs() for level in scenario.levels.values()]
    parts = []
    for step in range(max(map(len, by_level))):
        # A level without so many steps has no days of this one.
        start, price = np.array([costs[step] if step < len(costs) else (math.inf, 0.0) for costs in by_level]).T
        until = np.array([costs[step + 1][0] if step + 1 < len(costs) else math.inf for costs in by_level])
        level = stays["level"]
        began = stays["admitted"] + start[level]
        ended = np.minimum(stays["discharged"], stays["admitted"] + until[level])
        rows = np.flatnonzero((price[level] != 0) & (began <= ended))
        level = level[rows]
        parts.append(_entries(stays["patient"][rows], level, "bed_day", began[rows], ended[rows], price[level]))
    return parts


def _worth_of_time(observed: Observed, scenario: Scenario) -> Column:
    """By patient number, what their time is worth, relative to what levels state."""
    patients = observed.records.patients
    worth = np.ones(len(patients))
    for attribute, values in scenario.costs.patient_time.items():
        known = tuple(scenario.population[attribute])
        worth *= np.array([values.get(value, 1.0) for value in known])[patients[attribute]]
    return worth


def sessions_per_week(level: Level) -> float:
    """Sessions of each patient in a week: individual ones, and those of the level's groups."""
    return level.sessions_per_week + (level.group.sessions_per_week if level.group else 0.0)


def _spells(observed: Observed, chosen: Column, from_day: float = -math.inf) -> list[Ledger]:
    """Relapses, deaths, and what depends on the clinical state: other health care, lost work, crime, transfers."""
    began = observed.records.spells["started"][chosen]
    return _of_the_day(observed, lambda scenario: _spells_at(observed, scenario, chosen), began, from_day)


def _spells_at(observed: Observed, scenario: Scenario, chosen: Column) -> list[Ledger]:
    """The same at a scenario's prices, whatever the day."""
    costs = scenario.costs
    spells = {name: observed.records.spells[name][chosen] for name in ("patient", "state", "started", "ended")}
    parts = []
    for category in BY_STATE:
        if not (prices := _by_state(scenario, category)).any():
            continue
        per_day = prices[spells["state"]]
        rows = np.flatnonzero(per_day)
        nowhere, patient = np.full(len(rows), NONE, dtype=np.int32), spells["patient"][rows]
        parts.append(
            _entries(patient, nowhere, category, spells["started"][rows], spells["ended"][rows], per_day[rows])
        )
    events: list[tuple[CostCategory, float, Callable[[], Column]]] = [
        ("relapse", costs.per_relapse, lambda: observed.began_with_relapse(chosen)),
        ("death", costs.per_death, lambda: spells["state"] == DEAD),
    ]
    for category, each, happened in events:
        if not each:
            continue
        rows = np.flatnonzero(happened())
        when, price = spells["started"][rows], np.full(len(rows), each)
        nowhere = np.full(len(rows), NONE, dtype=np.int32)
        parts.append(_entries(spells["patient"][rows], nowhere, category, when, when, price, at_once=True))
    return parts


@shared_by_groups
def _checkups(observed: Observed) -> Ledger:
    """Check-ups at home, each on its day, and what linking somebody to care costs."""

    def at_prices(scenario: Scenario) -> Iterable[Ledger]:
        patient, day, _, linked = made(observed)
        rule = scenario.checkups
        price = rule.cost_per_checkup + rule.cost_per_linkage * linked if rule else np.zeros(len(day))
        rows = np.flatnonzero(price)
        patient, day, nowhere = patient[rows], day[rows], np.full(len(rows), NONE, dtype=np.int32)
        yield _entries(patient, nowhere, "checkups", day, day, price[rows], at_once=True)

    return merged(_of_the_day(observed, at_prices, made(observed).day))


def _medications(observed: Observed, chosen: Column) -> list[Ledger]:
    """Starts of courses of medication, and days on it, with doses and visits; of no level, wherever the patient is."""
    courses = observed.records.medications
    begun = chosen[~np.isnan(courses["started"][chosen])]
    patient, started, ended = (courses[of][begun] for of in ("patient", "started", "ended"))

    def at_prices(scenario: Scenario) -> Iterable[Ledger]:
        kinds = scenario.medications.values()
        of_a_day, of_a_start = [each.cost_of_a_day for each in kinds], [each.cost_per_start for each in kinds]
        for prices, until, at_once in ((of_a_day, ended, False), (of_a_start, started, True)):
            price = np.array(prices, dtype=float)[courses["medication"][begun]]
            rows = np.flatnonzero(price)
            nowhere = np.full(len(rows), NONE, dtype=np.int32)
            yield _entries(patient[rows], nowhere, "medication", started[rows], until[rows], price[rows], at_once)

    return _of_the_day(observed, at_prices, started)


def _emergencies(observed: Observed, chosen: Column) -> list[Ledger]:
    """Visits to an emergency department, each on its day; of no level, wherever the patient is."""
    visits = {name: observed.records.emergencies[name][chosen] for name in ("patient", "emergency", "happened")}

    def at_prices(scenario: Scenario) -> Iterable[Ledger]:
        prices = np.array([each.cost_per_visit for each in scenario.emergencies.values()], dtype=float)
        price = prices[visits["emergency"]] if len(prices) else np.zeros(0)
        rows = np.flatnonzero(price)
        day, nowhere = visits["happened"][rows], np.full(len(rows), NONE, dtype=np.int32)
        yield _entries(visits["patient"][rows], nowhere, "emergency", day, day, price[rows], at_once=True)

    return _of_the_day(observed, at_prices, visits["happened"])


def medication_prices(scenario: Scenario, counted: Column) -> Column:
    """What a day on each medication costs, and then of a day on none; counted: the share that counts, by category."""
    kinds = scenario.medications.values()
    return np.asarray(np.array([*(each.cost_of_a_day for each in kinds), 0.0]) * counted[CODE["medication"]])


def _by_state(scenario: Scenario, category: EntryCategory) -> Column:
    """What a day in each state costs in a category of BY_STATE; nothing after death."""
    return by_state(getattr(scenario.costs, category))


def state_prices(scenario: Scenario, counted: Column) -> Column:
    """What a day in each state costs outside the programme; counted: the share that counts, by category."""
    return np.asarray(sum(_by_state(scenario, each) * counted[CODE[each]] for each in BY_STATE))


def _category_of(place: Place) -> EntryCategory:
    """What the fixed cost of a kind of place counts as."""
    return "housing" if place.kind == "housing" else "fixed_capacity"


@shared_by_groups
def used_places(observed: Observed) -> list[Ledger]:
    """By kind of place, the days that patients held one in the window, at the fixed cost of a day that it is open.

    Whoever holds several is charged for each that the stay holds, whatever its level needs by now; a place that nobody
    holds, idle capacity, is charged to nobody.
    """
    used = _used_places(observed, observed.stays_in_window, observed.start)
    return [part.clipped(observed.start, observed.end) for part in used]


def _used_places(observed: Observed, chosen: Column, from_day: float = -math.inf) -> list[Ledger]:
    """The same of the chosen stays."""
    stays = observed.records.stays
    taken = stays["admitted"][chosen]

    def held(place: int, scenario: Scenario) -> Iterable[Ledger]:
        kind = tuple(scenario.places.values())[place]
        rows = chosen[np.flatnonzero(observed.held[place][chosen] * kind.fixed_cost_per_day)]
        price = observed.held[place][rows] * kind.fixed_cost_per_day
        patient, level, admitted, discharged = (
            stays[column][rows] for column in ("patient", "level", "admitted", "discharged")
        )
        yield _entries(patient, level, _category_of(kind), admitted, discharged, price)

    places = range(len(observed.places))
    return [merged(_of_the_day(observed, partial(held, place), taken, from_day)) for place in places]


@shared_by_groups
def idle_places(observed: Observed) -> list[float]:
    """By kind of place, what it cost in the window while nobody held it: open place-days less used ones, exactly.

    Below 0 where more were held than open, while places that are closed empty: their days are in nobody's budget.
    """
    idle = []
    for opened, used in zip(open_places(observed), used_places(observed), strict=True):
        idle.append(exact_total(np.concatenate([*(part.amounts() for part in opened), -used.amounts()])))
    return idle


@shared_by_groups
def open_places(observed: Observed) -> list[list[Ledger]]:
    """By kind of place, its fixed cost in the window, used or not, shared among the levels that use it.

    By days held in the window; in equal parts where nobody held one; to no level where none uses them.
    """

    def opened(place: int, scenario: Scenario) -> Iterable[Ledger]:
        kind = tuple(scenario.places.values())[place]
        from_days, capacity = np.array(observed.places[place].steps(observed.scenario.time), dtype=float).T
        until = np.concatenate((from_days[1:], [observed.end]))
        by_level, held = observed.held_days[place], observed.place_days[place]
        users = sorted({*observed.levels_using(place), *np.flatnonzero(by_level).tolist()})
        shares = [(level, by_level[level] / held if held else 1 / len(users)) for level in users]
        for level, share in shares or [(NONE, 1.0)]:
            price = capacity * kind.fixed_cost_per_day * share
            nobody, levels = np.full(len(price), NONE), np.full(len(price), level)
            part = _entries(nobody, levels, _category_of(kind), from_days, until, price)
            yield part.where(price != 0).clipped(observed.start, observed.end)

    since, places = np.array([observed.start]), range(len(observed.places))
    return [_of_the_day(observed, partial(opened, place), since) for place in places]


def _entries(
    patient: Column,
    level: Column,
    category: EntryCategory,
    began: Column,
    ended: Column,
    price: Column,
    at_once: bool = False,
) -> Ledger:
    nothing = np.zeros(len(price))
    codes, prices = np.full(len(price), CODE[category], dtype=np.int8), np.zeros(len(price), dtype=np.int8)
    flow, payment = (nothing, price) if at_once else (price, nothing)
    return Ledger(patient, level, codes, began, ended, flow, payment, prices)


def ledger_frame(ledger: Ledger, observed: Observed) -> "pd.DataFrame":
    """The entries for people to read, one row for each that bears a part of it.

    Columns: patient (NONE as missing), level, category, payer, day, until (equal for a payment at once), amount (not
    discounted). Whoever bears nothing of an entry has no row.
    """
    import pandas as pd

    amounts = ledger.amounts()
    names = [*observed.scenario.levels, None]
    parts = []
    for number in range(len(observed.in_force)):
        for level, category in itertools.product(range(NONE, len(observed.levels)), CATEGORIES):
            for payer, rows, share in borne_by(observed, ledger, number, level, category):
                if not len(rows):
                    continue
                parts.append(
                    pd.DataFrame(
                        {
                            "patient": ledger.patient[rows],
                            "level": names[level],
                            "category": category,
                            "payer": payer,
                            "day": ledger.began[rows],
                            "until": ledger.ended[rows],
                            "amount": amounts[rows] * share,
                        },
                        index=rows,
                    )
                )
    if not parts:
        columns = ["patient", "level", "category", "payer", "day", "until", "amount"]
        return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    frame = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
    frame["patient"] = frame["patient"].where(frame["patient"] != NONE).astype("Int64")
    return frame
