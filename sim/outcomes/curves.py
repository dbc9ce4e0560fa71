"""The cohort day by day after asking: in care, relapsed, and where everyone is; and the ways from level to level."""

from typing import TYPE_CHECKING

import numpy as np

from sim.outcomes.observed import Observed
from sim.outcomes.relapse import first_relapse
from sim.outcomes.survival import cumulative_incidence
from sim.outcomes.trajectory import trajectory
from sim.scenario.schema import Scenario
from sim.vocabulary import (
    DEAD,
    END,
    NEVER_ADMITTED,
    NONE,
    OUTSIDE_CARE,
    REASONS,
    RESPONSE,
    STATES,
    STEP_DOWN,
    STEP_UP,
    WELL,
    Column,
)

if TYPE_CHECKING:
    import pandas as pd

WAITING, OUT_WELL, OUT_UNWELL = "waiting", f"{OUTSIDE_CARE}, well", f"{OUTSIDE_CARE}, unwell"
OUT_RESPONSE = f"{OUTSIDE_CARE}, response"
NOWHERE = (WAITING, OUT_WELL, OUT_UNWELL, STATES[DEAD])
"""Where people are who are in no level. Waiting: on a list, whatever their state. Unwell: in a setback too."""

WITH_RESPONSE = (WAITING, OUT_WELL, OUT_RESPONSE, OUT_UNWELL, STATES[DEAD])
"""The same where anybody may come to a partial response."""


def nowhere(scenario: Scenario) -> tuple[str, ...]:
    """Where people of a scenario are who are in no level; OUT_RESPONSE where anybody may come to one."""
    return WITH_RESPONSE if scenario.responses else NOWHERE


def nowhere_words(scenario: Scenario) -> dict[str, str]:
    """What people who are in no level are called, by NOWHERE, in the words of the scenario's condition."""
    words = scenario.condition.words
    return {
        **{place: place for place in NOWHERE},
        OUT_WELL: f"{OUTSIDE_CARE}, {words['well']}",
        OUT_RESPONSE: f"{OUTSIDE_CARE}, {words['in_response']}",
        OUT_UNWELL: f"{OUTSIDE_CARE}, {words['unwell']}",
    }


ASKED, STILL, FURTHER = "asked", "still in care", "further care"
ENDS = (*REASONS[:END], STILL, FURTHER, NEVER_ADMITTED)
"""How the first way through care ends: as the last stay ended, or not yet, or in more levels than are told apart."""


def retention_curve(observed: Observed, days: Column) -> Column:
    """Share of the cohort in care, in any level, at each of these days since asking, as `retention.{days}_days`."""
    stays = observed.followed_stays
    # A patient is in one stay at a time, so that stays can be counted for people.
    present = np.searchsorted(np.sort(stays.began), days) - np.searchsorted(np.sort(stays.ended), days)
    return _share(present, observed)


def relapse_curve(observed: Observed, days: Column) -> Column:
    """Cumulative incidence of the first relapse at each of these days since the first time well, death competing.

    As `relapse.{days}_days`: Aalen-Johansen, beyond the longest time observed carried forward; NaN if nobody became
    well.
    """
    followed = first_relapse(observed)
    curve = cumulative_incidence(followed.time, followed.cause)
    return np.array([curve.at(float(day)) for day in days])


def relapse_at_risk(observed: Observed, days: Column) -> Column:
    """How many are still followed at each of these days since the first time well, without relapse and alive."""
    time = np.sort(first_relapse(observed).time)
    return len(time) - np.searchsorted(time, days)


def whereabouts(observed: Observed, days: Column) -> dict[str, Column]:
    """By level, and by `nowhere` for everyone else: the share of the cohort there at each of these days since asking.

    Everyone is in exactly one place, so that the shares of a day sum to 1. On the last day of follow-up: just before
    it ends. NaN without a cohort.
    """
    segments = trajectory(observed)
    level, state = segments["level"], segments["state"]
    dead, on_list = state == DEAD, segments["waiting"] != NONE
    outside = ~dead & (level == NONE)
    masks = {name: ~dead & (level == code) for code, name in enumerate(observed.scenario.levels)}
    masks[WAITING] = outside & on_list
    masks[OUT_WELL] = outside & ~on_list & (state == WELL)
    responds = (state == RESPONSE) & observed.scenario.responses
    if observed.scenario.responses:
        masks[OUT_RESPONSE] = outside & ~on_list & responds
    masks[OUT_UNWELL] = outside & ~on_list & (state != WELL) & ~responds
    masks[STATES[DEAD]] = dead
    at = np.minimum(days, np.nextafter(observed.follow_up, 0.0))
    shares = {}
    for place, mask in masks.items():
        began, ended = np.sort(segments["began"][mask]), np.sort(segments["ended"][mask])
        present = np.searchsorted(began, at, side="right") - np.searchsorted(ended, at, side="right")
        shares[place] = _share(present, observed)
    return shares


def transitions(observed: Observed, levels: int = 3) -> "pd.DataFrame":
    """The cohort's first way through care: step, source, target, people.

    A way leads from the first admission over steps down and up to the first discharge that none follows. step 0 leads
    from ASKED to the first level or NEVER_ADMITTED; step k from the k-th level of a way to its next level or to one of
    ENDS, which is FURTHER for those who go on after so many levels. As many people come into the k-th level as leave
    it, and as many end as asked. People who come back later, by asking anew, are not counted again.
    """
    import pandas as pd

    stays, followed = observed.records.stays, observed.followed_stays
    patient, names = stays["patient"][followed.rows], list(observed.scenario.levels)
    level, route, reason = (stays[name][followed.rows] for name in ("level", "route", "reason"))
    first = np.ones(len(patient), dtype=bool)
    first[1:] = patient[1:] != patient[:-1]
    onward = np.zeros(len(patient) + 1, dtype=bool)
    onward[:-1] = ~first & ((route == STEP_DOWN) | (route == STEP_UP))

    rows = [(0, ASKED, NEVER_ADMITTED, observed.cohort_size - int(first.sum()))]
    rows += [(0, ASKED, names[code], int(count)) for code, count in enumerate(np.bincount(level[first]))]
    at_step = np.flatnonzero(first)
    for step in range(1, levels + 1):
        goes_on = onward[at_step + 1]
        still = ~goes_on & (followed.ended[at_step] >= observed.follow_up)
        for code, name in enumerate(names):
            from_source = level[at_step] == code
            rows += [
                (step, name, names[to], int(count))
                for to, count in enumerate(np.bincount(level[at_step[from_source & goes_on] + 1]))
            ]
            ended = reason[at_step[from_source & ~goes_on & ~still]]
            rows += [(step, name, REASONS[how], int(count)) for how, count in enumerate(np.bincount(ended))]
            rows.append((step, name, STILL, int(np.sum(from_source & still))))
        at_step = at_step[goes_on] + 1
    frame = pd.DataFrame(rows, columns=["step", "source", "target", "people"])
    # After the last level that is told apart, it does not matter which one comes next.
    beyond = (frame["step"] == levels) & frame["target"].isin(names)
    frame.loc[beyond, "target"] = FURTHER
    frame = frame[frame["people"] > 0]
    return frame.groupby(["step", "source", "target"], sort=False)["people"].sum().reset_index()


def _share(people: Column, observed: Observed) -> Column:
    if observed.cohort_size == 0:
        return np.full(len(people), np.nan)
    return np.asarray(people / observed.cohort_size)
