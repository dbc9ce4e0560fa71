"""The engine: a plan, a seed and a number in; the records of one replication out."""

import gc
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from traceback import clear_frames
from typing import Any, Literal

import numpy as np
from simpy import Event

from sim.model.arrivals import arrival_times_by_day
from sim.model.calendar import PATIENT_ACTS, PLACES_CHANGE, Due
from sim.model.desk import Desk
from sim.model.pathway import Journey
from sim.model.plan import Plan, plan_for, plans_for
from sim.model.records import Records
from sim.model.setbacks import Setbacks
from sim.model.world import World
from sim.scenario.change import DatedChange
from sim.scenario.schema import Scenario
from sim.vocabulary import END, NONE, WAIT_END, Column

Engine = Literal["simpy", "compiled"]
"""What runs a replication: what stands here, which people read, or `sim.model.compiled`, with the same records."""


def replicate(scenario: Scenario | DatedChange, seed: int, replication: int, engine: Engine = "simpy") -> Records:
    """Simulate one future of a scenario, or of a change from one to another.

    The result depends on scenario, seed and replication alone: never on what ran before, on order, on the number of
    workers, or on the engine. See `engines` for when the compiled one can be had.
    """
    with _without_garbage_collection():
        if engine == "compiled":
            from sim.model.compiled.engine import replicate_compiled

            return replicate_compiled(scenario, seed, replication)
        if isinstance(scenario, DatedChange):
            return Replication(plans_of(scenario), seed, replication).run()
        return Replication(plan_of(scenario), seed, replication).run()


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """A replication leaves no garbage before it ends; looking for it all along would take a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@lru_cache(maxsize=16)
def plan_of(scenario: Scenario) -> Plan:
    """The scenario's plan, lowered once in each process."""
    return plan_for(scenario)


@lru_cache(maxsize=16)
def plans_of(change: DatedChange) -> tuple[Plan, Plan]:
    """The plans before and after a change, lowered once in each process."""
    return plans_for(change)


class Replication:
    """One future of a plan: everybody's journey through one world, from day 0 to the last day of follow-up.

    plans: one, or one after the other, each in force from its day on. plan: the last, whose window, horizon and
    calendar of capacity are those of the run.
    """

    def __init__(self, plans: Plan | tuple[Plan, ...], seed: int, replication: int) -> None:
        self.plans = (plans,) if isinstance(plans, Plan) else plans
        self.plan = plan = self.plans[-1]
        curves = [(each.since, each.arrivals) for each in self.plans]
        self.arrivals = (
            arrival_times_by_day(curves, seed, replication) if plan.newcomers == NONE else np.zeros(plan.newcomers)
        )
        self.world = World(self.plans, seed, replication, len(self.arrivals))
        self.journeys: list[Journey] = []

    def run(self) -> Records:
        """Simulate it. Raises EndlessCircle when somebody goes round in no time."""
        try:
            self.open()
            self.world.env.run(until=self.plan.horizon)
            return self.close()
        except BaseException as error:
            _forget_where(error)
            raise
        finally:
            self._let_go()

    def open(self) -> None:
        """Put everything on the calendar: people present on day 0, newcomers, changes of capacity and of plan."""
        env, desk = self.world.env, self.world.desk
        for day, place, capacity in self.plan.changes:
            Due(env, day, PLACES_CHANGE, place, partial(_change_places, desk, place, capacity))
        for plan in self.plans[1:]:
            Due(env, plan.since, PLACES_CHANGE, len(plan.capacity), partial(self._follow, plan))
        there = [
            (self._start(), level, number < in_care)
            for level, in_care, waiting in self.plans[0].initial
            for number in range(in_care + waiting)
        ]

        def choices(person: tuple[Journey, int, bool]) -> int:
            journey, level, _ = person
            return len(desk.lists[journey.profile.levels[level].list_number].holdings)

        # Who has the least choice of places comes first: the others can make way.
        for journey, level, in_care in sorted(there, key=choices):
            journey.begin(level, in_care)
        for former in self.plans[0].known:
            for _ in range(former.people):
                self._start().begin_at_home(former)
        env.process(self._arrive())

    def close(self) -> Records:
        """End what is still open on the last day, and hand over the records."""
        end, book = self.plan.horizon, self.world.book
        setbacks = Setbacks(self.plans, self.world.draws)
        for journey in self.journeys:
            if journey.stay is not None:
                book.write_stay(journey.patient, journey.stay, end, END)
            if journey.wait is not None:
                book.write_wait(journey.patient, journey.wait, end, WAIT_END)
            journey.course.close(end)
            book.write_spells(setbacks.cut_out(journey.patient, journey.course.spells))
            if journey.course.medication is not None:
                book.write_medications(journey.course.medication.rows)
            if journey.course.emergencies is not None:
                book.write_emergencies(journey.course.emergencies.rows)
        return book.records(self._patients())

    def _follow(self, plan: Plan, _: Event) -> None:
        """A plan comes into force: for everybody, at one instant, before anybody acts."""
        world = self.world
        world.follow(plan)
        for journey in self.journeys:
            journey.follow(world.profiles[journey.patient])
        world.desk.turn_away(
            {
                journey.patient
                for journey in self.journeys
                if journey.wait is not None
                and (journey.is_closed(journey.wait.level) or (plan.places_anew and journey.waits_outside))
            }
        )
        world.desk.strike_off(range(len(plan.levels)) if plan.places_anew else plan.closed)

    def _start(self) -> Journey:
        """The next patient sets out."""
        journey = Journey(self.world, len(self.journeys))
        self.journeys.append(journey)
        self.world.env.process(journey.pathway())
        return journey

    def _arrive(self) -> Generator[Event, Any, None]:
        """New people ask for care, one after the other."""
        env = self.world.env
        for time in self.arrivals.tolist():
            if time > env.now:
                yield Due(env, env.now + (time - env.now), PATIENT_ACTS, len(self.journeys))
            self._start()

    def _patients(self) -> dict[str, Column]:
        count, world = len(self.journeys), self.world
        arrived = np.array([journey.arrived for journey in self.journeys], dtype=float)
        newcomer = np.arange(count) >= world.present_on_day_0
        since, until = self.plan.recruited
        # A closed cohort is all of them.
        recruited = (arrived >= since) & (arrived < until) | (self.plan.newcomers != NONE)
        names = self.plan.names.attributes
        values = np.array(world.values[:count], dtype=np.int16).reshape(count, len(names))
        return {
            "patient": np.arange(count, dtype=np.int32),
            "arrived": arrived,
            "cohort": newcomer & recruited,
            "born": np.array([journey.born for journey in self.journeys], dtype=float),
            "moved_away": _days([journey.moved_away for journey in self.journeys], self.plan.horizon),
            "recovered": _days([journey.course.recovered for journey in self.journeys], self.plan.horizon),
            "frailty": np.array(world.frailty[:count], dtype=float),
            **{name: values[:, i] for i, name in enumerate(names)},
        }

    def _let_go(self) -> None:
        """Break the circles between patients and what they wait for, so that nobody need search memory for them.

        Whoever still holds this, as the traceback of an error does, then holds nothing.
        """
        world = self.world
        self.journeys.clear()
        world.desk.dismiss()
        assert world.never.callbacks is not None
        world.never.callbacks.clear()
        # What is still on the calendar, which SimPy shows to nobody, and whoever waits for it hold each other.
        for *_, event in world.env._queue:
            if event.callbacks:
                event.callbacks.clear()
        vars(world).clear()
        vars(self).clear()


def _change_places(desk: Desk, place: int, capacity: int, _: Event) -> None:
    desk.set_capacity(place, capacity)


def _days(days: list[float], end: float) -> Column:
    """Days before the end of the run; NaN for what did not happen in it."""
    times = np.array(days, dtype=float)
    return np.where(times < end, times, np.nan)


def _forget_where(error: BaseException) -> None:
    """Let go of what an error and its causes hold of a run that was broken off: with it they are in a circle."""
    cause: BaseException | None = error
    while cause is not None:
        clear_frames(cause.__traceback__)
        cause = cause.__cause__
