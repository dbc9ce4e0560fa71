"""One replication as it is measured: its facts clipped to the window of the system and to the cohort's follow-up.

Two views. *The system* is seen over a window [start, end), all patients until they move away: the recruitment window,
or the whole run of a closed cohort. *A cohort member* is seen on [0, follow-up) in days since first asking
for care. What reaches beyond is cut there. Rows of stays and of spells are taken to be in the order of patients and,
within a patient, of time.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property, lru_cache, wraps
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar
from weakref import ReferenceType, ref

import numpy as np

from sim.model.engine import plan_of, plans_of
from sim.model.plan import Plan
from sim.model.records import Records, read_places_held
from sim.outcomes.discount import discounted_days
from sim.outcomes.partition import Partition, first_rows
from sim.outcomes.sums import exact_total, exact_totals
from sim.outcomes.survival import TimesToEvent, incidences
from sim.scenario.change import DatedChange, as_run, in_force
from sim.scenario.schema import Place, Scenario, StateCosts, Time, Utilities
from sim.vocabulary import DEAD, SETBACK, STATES, UNWELL, WELL, Column

T = TypeVar("T")

MOST_PEOPLE, AS_MANY = 2**14, 8
"""Of a part of a replication, whose lives are laid out at once; a member of the cohort counts for so many."""


def ratio(part: float, whole: float) -> float:
    """part / whole as a float; NaN where there is nothing to divide by, or next to nothing."""
    share = float(part) / float(whole) if whole else math.nan
    return math.nan if math.isinf(share) else share


def ratios(part: Column, whole: Column) -> Column:
    """The same by group."""
    pairs = zip(part.tolist(), whole.tolist(), strict=True)
    shares = [some / every if every else math.nan for some, every in pairs]
    return np.array([math.nan if abs(share) == math.inf else share for share in shares], dtype=float)


def are_among(codes: Column, chosen: Iterable[int]) -> Column:
    """Which codes are these; as of `numpy.isin`, which is slower where they are few."""
    among = np.zeros(len(codes), dtype=bool)
    for code in chosen:
        among |= codes == code
    return among


class Intervals(NamedTuple):
    """Intervals of cohort members within follow-up: row numbers in the records, and days since asking."""

    rows: Column
    began: Column
    ended: Column

    @property
    def days(self) -> Column:
        """How long each lasted within follow-up."""
        return self.ended - self.began


def by_state(values: StateCosts | Utilities) -> Column:
    """What is stated of each clinical state, in the order of their codes; 0 of the dead.

    A partial response of which nothing is stated is as being unwell.
    """
    stated = (getattr(values, state) for state in STATES[:DEAD])
    return np.array([*(values.unwell if value is None else value for value in stated), 0.0])


def place_days(kind: Place, time: Time, start: float, end: float) -> float:
    """Days that places of a kind are open in [start, end), held or not."""
    from_days, capacity = np.array(kind.steps(time), dtype=float).T
    until = np.concatenate((from_days[1:], [math.inf]))
    return float(np.sum(capacity * np.maximum(np.minimum(until, end) - np.maximum(from_days, start), 0.0)))


def relapse_starts(patient: Column, state: Column) -> Column:
    """Which spells began with a relapse: being unwell after being well or in a setback of the same patient.

    patient, state (codes): of spells in the order of patients and, within a patient, of time.
    """
    relapse = np.zeros(len(patient), dtype=bool)
    was_well = (state[:-1] == WELL) | (state[:-1] == SETBACK)
    relapse[1:] = (state[1:] == UNWELL) & was_well & (patient[1:] == patient[:-1])
    return relapse


def shared(work: Callable[["Observed"], T]) -> Callable[["Observed"], T]:
    """Make `work`, which gives facts of the cohort, run once for a replication, however many metrics need them."""
    return _once(work, attrgetter("results"))


def shared_by_groups(work: Callable[["Observed"], T]) -> Callable[["Observed"], T]:
    """Make `work`, which depends neither on whom of the cohort one looks at nor for how long, run once for all."""
    once = shared(work)
    return lambda observed: once(observed.whole)


def shared_by_replications(work: Callable[["Observed"], T]) -> Callable[["Observed"], T]:
    """Make `work`, which depends on the system alone, run once for all its replications in each process."""
    return _once(work, attrgetter("known"))


def _once(
    work: Callable[["Observed"], T], kept: Callable[["Observed"], dict[Callable[..., Any], Any]]
) -> Callable[["Observed"], T]:
    """`work`, run once for all that keep their results in the same place."""

    @wraps(work)
    def once(observed: "Observed") -> T:
        results = kept(observed)
        if work not in results:
            results[work] = work(observed)
        result: T = results[work]
        return result

    return once


@lru_cache(maxsize=16)
def _known(system: Scenario | DatedChange) -> dict[Callable[..., Any], Any]:
    """What is known of a system: nothing at first."""
    return {}


class Observed:
    """The facts of one replication, clipped; whatever several metrics need is worked out once.

    system: the scenario that was simulated, or the change from one to another; scenario: what the records are of, and
        in_force: whose prices hold on which days. before: how many people the replication has before those that are
        patient 0 and so on here (`parts`). whole: the same replication with everyone of the cohort, followed to
        the end; itself, unless it was `narrowed` or is `followed_for` less. groups: of the cohort, whose outcomes are
        told at once; one group of all, unless it was `grouped`.
    """

    def __init__(self, records: Records, system: Scenario | DatedChange) -> None:
        self.records = records
        self.system = system
        self.scenario = scenario = as_run(system)
        self.in_force = in_force(system)
        self._whole: Observed | ReferenceType[Observed] | None = None
        self._ungrouped: Observed | None = None
        self._among: Column | None = None
        self.before = 0
        self._shorter: dict[float, Observed] = {}
        self.levels = tuple(scenario.levels.values())
        self.places = tuple(scenario.places.values())
        self.known = _known(system)
        self.results: dict[Callable[..., Any], Any] = {}
        self.groups = Partition.of_everyone(len(records.patients))
        self.of_groups: dict[tuple[Any, ...], Any] = {}
        self.follow_up = scenario.time.follow_up_days
        self.start, self.end = scenario.window

    def narrowed(self, among: Column) -> "Observed":
        """The same replication, looking at some members of the cohort only (a mask by patient number)."""
        group = Observed(self.records, self.system)
        group._among, group._whole = among, self.whole
        group.follow_up = self.follow_up
        return group

    def grouped(self, groups: Partition) -> "Observed":
        """The same, whose outcomes are told of these groups; facts are shared."""
        view = copy(self)
        view.groups, view.of_groups, view._shorter = groups, {}, {}
        view._whole, view._ungrouped = self.whole, self._ungrouped or self
        return view

    def parts(self) -> Iterator["Observed"]:
        """The same of some people after the other, for what is added up over all; of no more than a few, itself."""
        count = len(self.cohort) + (AS_MANY - 1) * self.cohort_size
        if count <= MOST_PEOPLE:
            yield self
            return
        people = np.cumsum(np.where(self.cohort, AS_MANY, 1))
        edges = np.searchsorted(people, np.arange(MOST_PEOPLE, count, MOST_PEOPLE), side="right").tolist()
        for first, last in pairwise([0, *edges, len(people)]):
            tables = {name: table.of_patients(first, last) for name, table in vars(self.records).items()}
            part = Observed(Records(**tables), self.system)
            part.before, part.follow_up, part.cohort = first, self.follow_up, self.cohort[first:last]
            part.groups = Partition(self.groups.cell[first:last], self.groups.of_cell, self.groups.count)
            yield part

    @property
    def is_whole(self) -> bool:
        """Whether these are all members of the cohort, followed to the end; in groups or not."""
        return self.whole is (self._ungrouped or self)

    @property
    def whole(self) -> "Observed":
        """The same replication with everyone of the cohort, followed to the end."""
        if self._whole is None:
            return self
        if isinstance(self._whole, Observed):
            return self._whole
        whole = self._whole()
        if whole is None:
            self._whole = whole = Observed(self.records, self.system)
        return whole

    def having(self, attribute: str, value: str) -> Column:
        """Which patients have this value of an attribute, by patient number."""
        has: Column = self.records.patients[attribute] == list(self.scenario.population[attribute]).index(value)
        return has

    def followed_for(self, days: float) -> "Observed":
        """The same members, seen no longer than so many days since first asking."""
        if days >= self.follow_up:
            return self
        if days not in self._shorter:
            if self._ungrouped is not None:
                shorter = self._ungrouped.followed_for(days).grouped(self.groups)
            elif self._among is not None:
                shorter = self.whole.followed_for(days).narrowed(self._among)
            else:
                shorter = Observed(self.records, self.system)
                # Weakly, as that one keeps this one: records held in a circle stay until the collector comes by.
                shorter._whole, shorter.follow_up = ref(self.whole), float(days)
            self._shorter[days] = shorter
        return self._shorter[days]

    # --- the system, over its window ---

    @property
    def window_days(self) -> float:
        """Length of the window of the system."""
        return self.end - self.start

    @cached_property
    def plan(self) -> Plan:
        """The plan of the scenario: that which the engine has followed last."""
        return plans_of(self.system)[-1] if isinstance(self.system, DatedChange) else plan_of(self.system)

    @property
    @shared_by_groups
    def moved_away(self) -> Column:
        """By patient number, when each moved away and was of the system no more; infinite for who did not."""
        moved = self.records.patients["moved_away"]
        return np.where(np.isnan(moved), math.inf, moved)

    def in_window(self, time: Column) -> Column:
        """Which instants fall into the window."""
        return (time >= self.start) & (time < self.end)

    @property
    def is_followed_by_more(self) -> bool:
        """Whether the run goes on after the window of the system; that of a closed cohort ends with it."""
        return self.scenario.arrivals.closed_cohort is None

    def after_window(self, time: Column) -> Column:
        """Which instants fall between the window and the end of the run."""
        return (time >= self.end) & (time < self.end + self.follow_up)

    def days_in_window(self, started: Column, ended: Column) -> Column:
        """Days of each interval that fall into the window."""
        return np.asarray(np.maximum(np.minimum(ended, self.end) - np.maximum(started, self.start), 0.0))

    def drift(self, level: Column, started: Column, ended: Column) -> Column:
        """By level, the mean number of intervals under way after the window minus that within it.

        NaN for a closed cohort, whose run ends with the window.
        """
        if not self.is_followed_by_more:
            return np.full(len(self.levels), math.nan)
        later = np.maximum(np.minimum(ended, self.end + self.follow_up) - np.maximum(started, self.end), 0.0)
        within = self.per_level(level, self.days_in_window(started, ended)) / self.window_days
        return np.asarray(self.per_level(level, later) / self.follow_up - within)

    def per_level(self, level: Column, days: Column) -> Column:
        """Sums of `days` by level."""
        return np.bincount(level, weights=days, minlength=len(self.levels))

    @property
    @shared_by_groups
    def stay_days(self) -> Column:
        """Patient-days in each level within the window."""
        stays = self.records.stays
        return self.per_level(stays["level"], self.days_in_window(stays["admitted"], stays["discharged"]))

    @property
    @shared_by_groups
    def stay_days_in_force(self) -> list[Column]:
        """For each scenario that is in force, patient-days in each level within the window meanwhile."""
        stays = self.records.stays
        admitted, discharged = stays["admitted"], stays["discharged"]
        return [
            self.per_level(
                stays["level"],
                self.days_in_window(np.clip(admitted, since, until), np.clip(discharged, since, until)),
            )
            for _, since, until in self.in_force
        ]

    @property
    @shared_by_groups
    def held(self) -> list[Column]:
        """By kind of place, how many of it each stay holds: what it was granted, whatever its level needs by now."""
        stays = self.records.stays
        words = [read_places_held(word) for word in stays.categories["places"]]
        return [
            np.array([kinds.get(name, 0) for kinds in words], dtype=np.int32)[stays["places"]]
            for name in self.scenario.places
        ]

    @property
    @shared_by_groups
    def held_days(self) -> list[Column]:
        """By kind of place, the days that stays in each level held some within the window, times how many."""
        stays = self.records.stays
        days = self.days_in_window(stays["admitted"], stays["discharged"])
        return [self.per_level(stays["level"], days * held) for held in self.held]

    @property
    @shared_by_groups
    def place_days(self) -> list[float]:
        """Days that places of each kind were held within the window."""
        return [exact_total(days) for days in self.held_days]

    @property
    @shared_by_groups
    def open_place_days(self) -> list[float]:
        """Days that places of each kind were open within the window, held or not."""
        return [place_days(kind, self.scenario.time, self.start, self.end) for kind in self.places]

    def outages(self, place: int, cause: int | None = None) -> tuple[Column, Column]:
        """When places of a kind went out of use and came back, in the whole run; of one cause, or of any."""
        outages = self.records.outages
        chosen = outages["place"] == place
        if cause is not None:
            chosen &= outages["cause"] == cause
        return outages["started"][chosen], outages["ended"][chosen]

    def days_out_of_use(self, place: int, cause: int) -> float:
        """Days within the window that places of a kind were out of use for a cause."""
        return exact_total(self.days_in_window(*self.outages(place, cause)))

    def levels_using(self, place: int) -> list[int]:
        """Codes of the levels whose stays may hold places of this kind."""
        name = list(self.scenario.places)[place]
        return [code for code, level in enumerate(self.levels) if name in level.all_places]

    def accepted_by(self, place: int) -> Column:
        """By patient number, whether a kind of place accepts them."""
        everyone, accepted = self.records.patients, np.ones(len(self.records.patients), dtype=bool)
        for attribute, values in self.places[place].accepts.items():
            of_value = np.array([value in values for value in everyone.categories[attribute]], dtype=bool)
            accepted &= of_value[everyone[attribute]]
        return accepted

    # --- the cohort, over each member's follow-up ---

    @cached_property
    def cohort(self) -> Column:
        """Who belongs to the cohort, by patient number; of these only the ones that are looked at."""
        everyone = np.asarray(self.records.patients["cohort"], dtype=bool)
        return everyone if self._among is None else everyone & self._among

    @cached_property
    def cohort_size(self) -> int:
        """How many people asked for care for the first time while the cohort was recruited, of those looked at."""
        return int(np.count_nonzero(self.cohort))

    @property
    @shared_by_groups
    def stays_in_window(self) -> Column:
        """Row numbers of the stays that touch the window."""
        stays = self.records.stays
        return np.flatnonzero((stays["admitted"] < self.end) & (stays["discharged"] >= self.start))

    @property
    @shared_by_groups
    def spells_in_window(self) -> Column:
        """Row numbers of the spells of everybody that touch the window."""
        spells = self.records.spells
        return np.flatnonzero((spells["started"] < self.end) & (spells["ended"] >= self.start))

    @property
    def sizes(self) -> Column:
        """By group, how many of these there are."""
        return _sizes(self)

    @property
    @shared
    def followed_stays(self) -> Intervals:
        """Stays of cohort members that began within follow-up."""
        stays = self.records.stays
        if not self.is_whole:
            return self.cut(self.whole.followed_stays, stays["patient"])
        return self.followed(stays["patient"], stays["admitted"], stays["discharged"])

    @property
    @shared
    def followed_spells(self) -> Intervals:
        """Spells of cohort members that began within follow-up."""
        spells = self.records.spells
        if not self.is_whole:
            return self.cut(self.whole.followed_spells, spells["patient"])
        return self.followed(spells["patient"], spells["started"], spells["ended"])

    @property
    @shared
    def followed_courses(self) -> Intervals:
        """Courses of medication of cohort members that began within follow-up."""
        courses = self.records.medications
        started = np.flatnonzero(~np.isnan(courses["started"])) if len(courses) else np.zeros(0, dtype=np.int64)
        followed = self.followed(*(courses[name][started] for name in ("patient", "started", "ended")))
        return followed._replace(rows=started[followed.rows])

    @property
    @shared
    def spell_state(self) -> Column:
        """State of each followed spell."""
        return self.records.spells["state"][self.followed_spells.rows]

    @property
    @shared
    def spell_patient(self) -> Column:
        """Patient of each followed spell."""
        return self.records.spells["patient"][self.followed_spells.rows]

    @property
    def state_days(self) -> Column:
        """Days of the cohort in each state within follow-up; shape (states, groups)."""
        return _state_days(self)

    @property
    def life_days(self) -> Column:
        """By group, days that the cohort lived within follow-up."""
        return _life_days(self)

    @property
    @shared
    def died_at(self) -> Column:
        """Each patient's death in days since asking; infinite without one, or outside cohort and follow-up."""
        return self.first(self.spell_state == DEAD)

    def first(self, chosen: Column) -> Column:
        """By patient number, when the first chosen one of the followed spells began; infinite without one."""
        rows, began = np.flatnonzero(chosen), np.full(len(self.cohort), math.inf)
        first = rows[first_rows(self.spell_patient[rows])]
        began[self.spell_patient[first]] = self.followed_spells.began[first]
        return began

    def began_with_relapse(self, rows: Column) -> Column:
        """Which of these spells, of all patients, began with a relapse (`relapse_starts`)."""
        patient, state = self.records.spells["patient"], self.records.spells["state"]
        began = (state[rows] == UNWELL) & (rows > 0)
        unwell = rows[began]
        was = state[unwell - 1]
        began[began] = ((was == WELL) | (was == SETBACK)) & (patient[unwell] == patient[unwell - 1])
        return np.asarray(began)

    @property
    @shared
    def relapses(self) -> Column:
        """Which of the followed spells began with a relapse."""
        return self.began_with_relapse(self.followed_spells.rows)

    @property
    @shared
    def discounted_spell_days(self) -> Column:
        """Days of each followed spell, discounted from first asking at the scenario's rate for effects."""
        spells = self.followed_spells
        return discounted_days(spells.began, spells.ended, self.scenario.discounting.rates("effects"))

    def cut(self, whole: Intervals, patient: Column) -> Intervals:
        """Of intervals of all members, followed to the end, those of who is looked at, for as long. patient: by row."""
        seen = np.flatnonzero((whole.began < self.follow_up) & self.cohort[patient[whole.rows]])
        return Intervals(whole.rows[seen], whole.began[seen], np.minimum(whole.ended[seen], self.follow_up))

    def rows_of_members(self, patient: Column) -> Column:
        """Numbers of the rows that are of cohort members; patients are in order."""
        members = np.flatnonzero(self.cohort)
        if not len(members):
            return members
        # Of the type that the column has, which is copied otherwise.
        first, last = np.searchsorted(patient, np.array([members[0], members[-1] + 1], dtype=patient.dtype))
        return np.asarray(np.flatnonzero(self.cohort[patient[first:last]]) + first)

    def followed(self, patient: Column, started: Column, ended: Column) -> Intervals:
        """Of rows with these columns, those of cohort members that began within follow-up; patients are in order."""
        mine = self.rows_of_members(patient)
        arrived = self.records.patients["arrived"][patient[mine]]
        began = started[mine] - arrived
        within = began < self.follow_up
        rows = mine[within]
        return Intervals(rows, began[within], np.minimum(ended[rows] - arrived[within], self.follow_up))


def by_group(work: Callable[..., T]) -> Callable[..., T]:
    """Make `work`, which gives something of each group, run once for these groups and other arguments."""

    @wraps(work)
    def once(observed: Observed, *arguments: Any) -> T:
        asked = (work, *arguments)
        if asked not in observed.of_groups:
            observed.of_groups[asked] = work(observed, *arguments)
        result: T = observed.of_groups[asked]
        return result

    return once


@by_group
def incidences_by(
    observed: Observed, followed: Callable[..., TimesToEvent], days: Sequence[int], *of: Any
) -> dict[int, Column]:
    """By day since the origin, and group, the cumulative incidence of an event, death competing; NaN of nobody.

    followed: gives the times, of what is observed and what else is given.
    """
    return dict(zip(days, incidences(followed(observed, *of), observed.groups, days), strict=True))


@shared
def moments_of_stays(observed: Observed) -> list[tuple[Column, Column]]:
    """By level, when stays began, and when they ended, each in order."""
    stays = observed.records.stays
    groups = [stays["level"] == code for code in range(len(observed.levels))]
    return [(np.sort(stays["admitted"][among]), np.sort(stays["discharged"][among])) for among in groups]


@by_group
def _sizes(observed: Observed) -> Column:
    return observed.groups.rows(np.flatnonzero(observed.cohort))


@by_group
def _state_days(observed: Observed) -> Column:
    days = observed.followed_spells.days
    return observed.groups.by_code(observed.spell_patient, observed.spell_state, len(STATES), days)


@by_group
def _life_days(observed: Observed) -> Column:
    alive = observed.state_days[:DEAD]
    count = observed.groups.count
    return exact_totals(alive.reshape(-1), np.tile(np.arange(count), len(alive)), count)
