"""Deaths as expected numbers: the hazard of death, integrated over the time that each patient was at risk.

How many of a cohort die is chance that hides small differences; how many were to be expected, given everything else
that happened to them, is known from the same lives. The two have the same mean: what is counted minus what was to be
expected so far is a martingale (Andersen, Borgan, Gill and Keiding 1993, chapter II).
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from sim.model.formulas import background_hazard, death_hazard
from sim.outcomes.compiling import compiled
from sim.outcomes.observed import Observed, by_group, shared, shared_by_groups
from sim.outcomes.partition import alike
from sim.outcomes.sums import AS_THEY_ARE, Rows, sums_of_parts
from sim.outcomes.trajectory import left_last, seen, trajectory
from sim.vocabulary import DEAD, NONE, STATES, Column

RiskWindow: TypeAlias = tuple[Sequence[float], Sequence[float]]
"""Days since something at which windows end, in order, and by how much hazards are raised in each."""


@shared
def hazards(observed: Observed) -> Column:
    """By segment of the trajectory, the cumulative hazard of death over it; 0 of the dead.

    By the formulas of the model: a rate by state, in care or not and kind of patient, raised in windows after 24-hour
    care, and the mortality of the general population at their age.
    """
    of_state = _of_state(observed, _risks(observed))
    death = observed.scenario.death
    return of_state + _of_age(observed) if death and death.background else of_state


@by_group
def expected_deaths(observed: Observed) -> Column:
    """By group, how many of the members that are looked at were to be expected to die within follow-up."""
    groups = observed.groups

    def rows() -> Iterator[Rows]:
        for part in observed.parts():
            patient = trajectory(part)["patient"]
            yield Rows(hazards(part), part.groups.cell[patient], np.zeros(len(patient), dtype=np.int64))

    of_groups: Column = sums_of_parts(rows, groups.members, AS_THEY_ARE)[0]
    return of_groups


class Raised(NamedTuple):
    """By segment: since when hazards are raised, in days since asking, and by which windows."""

    since: Column
    windows: Column


class Risks(NamedTuple):
    """By segment: the hazard of death a day, how it is raised; and the windows in which it is."""

    rates: Column
    raised: Raised
    windows: list[RiskWindow]


@shared
def _risks(observed: Observed) -> Risks:
    if not observed.is_whole:
        whole, rows = _risks(observed.whole), seen(observed)
        return Risks(whole.rates[rows], Raised(*(column[rows] for column in whole.raised)), whole.windows)
    mortality, segments = observed.plan.mortality, trajectory(observed)
    in_care = segments["level"] != NONE
    codes = range(len(STATES))
    of_states = [[0.0 if code == DEAD else mortality.rate(code, inside) for inside in (False, True)] for code in codes]
    rates = np.array(of_states)[segments["state"], in_care.astype(np.int64)]
    rates *= _kinds(observed).death[segments["patient"]]
    raised = Raised(_left_24_hour_care(observed), np.zeros(len(segments), dtype=np.int64))
    windows: list[RiskWindow] = [(mortality.days, mortality.ratios)]
    if observed.scenario.medications:
        rates, raised = _with_medication(observed, rates, raised, windows)
    return Risks(rates, raised, windows)


def _with_medication(
    observed: Observed, rates: Column, raised: Raised, windows: list[RiskWindow]
) -> tuple[Column, Raised]:
    """Hazards of death by segment, and the windows that count, from what they are without medication.

    Those that a medication states take the place of those after 24-hour care: since its start for as long as they are
    on it; since stopping, if they have not left 24-hour care later, and are not in it. Its windows join `windows`.
    """
    segments, records = trajectory(observed), observed.records
    course, level = segments["course"], segments["level"]
    round_the_clock = np.array([*(each.round_the_clock for each in observed.levels), False], dtype=bool)[level]
    since, number, ratio = raised.since.copy(), raised.windows.copy(), np.ones(len(rates))
    begun = np.flatnonzero(course != NONE)
    code = records.medications["medication"][course[begun]]
    asked = records.patients["arrived"][segments["patient"][begun]]
    on = segments["medication"][begun] != NONE
    for which, medication in enumerate(observed.whole.plan.medications):
        rows, of_it = begun[code == which], code == which
        taking, latest, first = on[of_it], course[rows], asked[of_it]
        ratio[rows[taking]] = medication.death
        started, stopped = (records.medications[moment][latest] - first for moment in ("started", "ended"))
        stops = ~taking & ~round_the_clock[rows] & (stopped >= raised.since[rows])
        for days, ratios, when, counts in (
            (medication.start_days, medication.start_ratios, started, taking),
            (medication.stop_days, medication.stop_ratios, stopped, stops),
        ):
            if days:
                since[rows[counts]], number[rows[counts]] = when[counts], len(windows)
                windows.append((days, ratios))
    return rates * ratio, Raised(since, number)


def _of_state(observed: Observed, risks: Risks) -> Column:
    """By segment, the cumulative hazard of death at rates, as windows raise them."""
    segments, (rates, raised, windows) = trajectory(observed), risks
    columns = (segments["began"], segments["ended"], rates, raised.since)
    if kernels := compiled():
        of_windows = (joined([days for days, _ in windows]), joined([ratios for _, ratios in windows]))
        (edges, days), (_, ratios) = of_windows
        return np.asarray(kernels.death_hazards(*columns, raised.windows, edges, days, ratios))
    each = zip(*(column.tolist() for column in columns), raised.windows.tolist(), strict=True)
    return np.array(
        [death_hazard(began, ended, rate, left, *windows[window]) for began, ended, rate, left, window in each],
        dtype=float,
    )


def _of_age(observed: Observed) -> Column:
    """By segment, the cumulative hazard of death of other causes, by the age that patients have come to."""
    segments, patients = trajectory(observed), observed.records.patients
    who, (_, kind, backgrounds) = segments["patient"], _kinds(observed)
    born = patients["born"] - patients["arrived"]
    if kernels := compiled():
        state = segments["state"].astype(np.int64)
        of_whom = (segments["began"], segments["ended"], state, born[who], kind[who])
        return np.asarray(kernels.background_hazards(*of_whom, *joined(backgrounds)))
    columns = (kind[who], born[who], segments["began"], segments["ended"], segments["state"] != DEAD)
    return np.array(
        [
            background_hazard(birth, ended, backgrounds[of_kind])
            - background_hazard(birth, began, backgrounds[of_kind])
            if alive
            else 0.0
            for of_kind, birth, began, ended, alive in zip(*(column.tolist() for column in columns), strict=True)
        ],
        dtype=float,
    )


def joined(rows: Sequence[Sequence[float]]) -> tuple[Column, Column]:
    """Rows one behind the other: where each begins, and the last one ends, and the numbers."""
    edges = np.concatenate(([0], np.cumsum([len(row) for row in rows], dtype=np.int64)))
    return edges, np.array([number for row in rows for number in row], dtype=float)


class OwnHazards(NamedTuple):
    """By patient number, of the cohort alone, what multiplies hazards of death and which of the backgrounds is theirs;
    and these, the cumulative hazards of other causes by birthday.
    """

    death: Column
    background: Column
    backgrounds: list[tuple[float, ...]]


@shared_by_groups
def _kinds(observed: Observed) -> OwnHazards:
    plan, patients = observed.plan, observed.records.patients
    members, population = np.flatnonzero(observed.cohort), observed.scenario.population
    codes, sizes = [patients[name][members] for name in population], [len(shares) for shares in population.values()]
    kind, one = alike(codes, sizes) if codes else (np.zeros(len(members), dtype=np.int64), members[:1])
    values = np.array([code[one] for code in codes], dtype=np.int64).T.tolist() if codes else [()] * len(one)
    profiles = [plan.profile(tuple(each)) for each in values]
    backgrounds = {id(profile.background): profile.background for profile in profiles}
    number = {each: count for count, each in enumerate(backgrounds)}
    of_member = np.zeros((2, len(patients)))
    of_kinds = [(each.death, number[id(each.background)]) for each in profiles]
    of_member[:, members] = np.array(of_kinds, dtype=float).reshape(-1, 2).T[:, kind]
    return OwnHazards(of_member[0], of_member[1].astype(np.int64), list(backgrounds.values()))


def _left_24_hour_care(observed: Observed) -> Column:
    """By segment, when its patient last left 24-hour care, in days since asking; minus infinity before, and within."""
    segments, followed, stays = trajectory(observed), observed.followed_stays, observed.records.stays
    round_the_clock = np.array([level.round_the_clock for level in observed.levels], dtype=bool)
    of_them = round_the_clock[stays["level"][followed.rows]]
    latest = left_last(observed, of_them)
    since = np.full(len(segments), -math.inf)
    inside = segments["level"] != NONE
    inside[inside] = round_the_clock[segments["level"][inside]]
    has_left = np.flatnonzero((latest != NONE) & ~inside)
    since[has_left] = followed.ended[latest[has_left]]
    return since
