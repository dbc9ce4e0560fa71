"""Everybody in the system during its window: what became of all who had asked for care by then, whenever they did.

Who moves away is of the system until then. It goes with `cost.system`: all that was spent in the window, on all of them
and on idle places.
"""

import numpy as np

from sim.outcomes.discount import Rates, discounted_days
from sim.outcomes.emergencies import qalys_lost, visits_in_window
from sim.outcomes.health import in_full_health
from sim.outcomes.metric import MetricList
from sim.outcomes.observed import Intervals, Observed, shared_by_groups
from sim.outcomes.partition import first_rows
from sim.vocabulary import DAYS_PER_YEAR, DEAD, WELL, Column

METRICS = MetricList("system")


@shared_by_groups
def spells_in_window(observed: Observed) -> Intervals:
    """Spells of everybody, until they move away, as far as they fall into the window; days count from its first one."""
    spells, rows = observed.records.spells, observed.spells_in_window
    began = np.maximum(spells["started"][rows], observed.start)
    moved_away = observed.moved_away[spells["patient"][rows]]
    ended = np.minimum(np.minimum(spells["ended"][rows], moved_away), observed.end)
    lived = began < ended
    return Intervals(rows[lived], began[lived] - observed.start, ended[lived] - observed.start)


def _state(observed: Observed) -> Column:
    return observed.records.spells["state"][spells_in_window(observed).rows]


@shared_by_groups
def _discounted_days(observed: Observed) -> Column:
    spells = spells_in_window(observed)
    return discounted_days(spells.began, spells.ended, observed.scenario.discounting.rates("effects"))


@METRICS.define("people.system", "people", "neutral")
def people(observed: Observed) -> float:
    """Everybody in the system during its window: people who had asked for care before it ended and lived in it, whether
    they are in care or not; not those who had moved away before it.
    """
    alive = _state(observed) != DEAD
    return len(first_rows(observed.records.spells["patient"][spells_in_window(observed).rows[alive]]))


@METRICS.define("days_well.system", "days", "higher")
def days_well(observed: Observed) -> float:
    """Days {well} within the window of the system of everybody who had asked for care by then, {setbacks} not
    counted, all together; of who moves away, the days before.
    """
    return float(np.sum(spells_in_window(observed).days[_state(observed) == WELL]))


@METRICS.define("days_well.system_discounted", "days", "higher")
def discounted_days_well(observed: Observed) -> float:
    """Days {well} as in days_well.system, discounted continuously from the first day of the window at the
    scenario's effective annual rate for effects.
    """
    return float(np.sum(_discounted_days(observed)[_state(observed) == WELL]))


@METRICS.define("qalys.system", "QALY", "higher", needs="utilities")
def qalys(observed: Observed) -> float:
    """Quality-adjusted life years within the window of the system of everybody who had asked for care by then, all
    together, not discounted: years in each state times its utility, 0 after death, and by age where the scenario states
    `utilities.age`; of who moves away, the years before.
    """
    return _qalys(observed, spells_in_window(observed).days, 0.0)


@METRICS.define("qalys.system_discounted", "QALY", "higher", needs="utilities")
def discounted_qalys(observed: Observed) -> float:
    """Quality-adjusted life years as in qalys.system, discounted continuously from the first day of the window at the
    scenario's effective annual rate for effects.
    """
    return _qalys(observed, _discounted_days(observed), observed.scenario.discounting.rates("effects"))


def _qalys(observed: Observed, days: Column, rates: Rates) -> float:
    spells = spells_in_window(observed)
    patient = observed.records.spells["patient"][spells.rows]
    of_whom = patient, _state(observed), spells.began, spells.ended
    lived = float(np.sum(in_full_health(observed, *of_whom, days, rates, origin=observed.start))) / DAYS_PER_YEAR
    visits = visits_in_window(observed)
    when = observed.records.emergencies["happened"][visits] - observed.start
    return lived - float(np.sum(qalys_lost(observed, visits, when, rates)))
