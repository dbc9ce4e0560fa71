"""One replication: a plan, a seed and a number in; records out."""

import gc
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from traceback import clear_frames
from typing import Any

import numpy as np
from simpy import Environment, Event

from sim.model.arrivals import arrival_times
from sim.model.course import Mechanisms
from sim.model.desk import Desk
from sim.model.draws import Draws
from sim.model.lapses import Lapses, Spell
from sim.model.pace import EndlessCircle
from sim.model.pathway import Journey
from sim.model.plan import LevelPlan, Plan
from sim.model.population import attribute_values, frailty_ratios, frailty_values
from sim.model.records import DTYPES, TABLES, Facts, Records, categories, places_held
from sim.model.stays import Stay, Wait
from sim.scenario.schema import Scenario
from sim.vocabulary import END, OUTCOMES, REASONS, ROUTES, STATES, WAIT_END, Column

MOST_LOOKED_AT = 100_000
"""Rows that are searched for those of one patient, to say what they have gone through."""


def replicate(scenario: Scenario, seed: int, replication: int) -> Records:
    """Simulate one future of a scenario.

    The result depends on the arguments alone: never on what ran before, on order, or on the number of workers.
    """
    with _without_garbage_collection():
        return System(plan_of(scenario), seed, replication).run()


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
    return Plan.of(scenario)


class Chances:
    """The decisions of one level."""

    def __init__(self, draws: Draws, level: LevelPlan) -> None:
        name = level.name
        self.plan_of_care = draws.of(f"length_of_stay:{name}")
        self.early_step_down = draws.of(f"early_step_down:{name}")
        self.clocks = tuple(draws.of(clock.decision) for clock in level.clocks)
        self.patience = draws.of(f"patience:{name}")
        self.no_show = draws.of(f"no_show:{name}")
        self.on_relapse = draws.of(f"on_relapse:{name}")
        self.abstinence = draws.of(f"days_to_abstinence:{name}")
        self.linkage = draws.of(f"linkage:{name}")
        self.lag = draws.of(f"lag:{name}")


class System:
    """What the patients of one replication share: the clock, the desk, the decisions, and the record book."""

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        self.plan = plan
        self.replication = replication
        self.horizon = plan.horizon
        self.env = Environment()
        self.never = self.env.event()
        self.journeys: list[Journey] = []
        scenario = plan.scenario
        self._arrivals = arrival_times(scenario.arrivals, scenario.time, seed, replication)
        self._initial = sum(initial.in_care + initial.waiting for initial in scenario.initial.values())
        patients = self._initial + len(self._arrivals)
        draws = Draws(seed, replication, (self._initial, len(self._arrivals)))
        self.chances = tuple(Chances(draws, level) for level in plan.levels)
        self.mechanisms = Mechanisms(plan, draws)
        self.lapses = Lapses(plan, draws)
        self.entry = draws.of("entry")
        self.returns = draws.of("return")
        self.return_delay = draws.of("return delay")
        self.remission = draws.of("remission")
        self.elapsed = draws.of("elapsed")
        self.values = attribute_values(plan, draws, patients)
        self.profiles = [plan.profile(values) for values in self.values]
        self.frailty = frailty_values(plan, draws, patients)
        self.frailty_ratios = frailty_ratios(plan, self.frailty)
        self.desk = Desk(
            self.env,
            needs=[level.needs for level in plan.levels],
            capacity=[scenario.places[place].capacity for place in plan.places],
        )
        # By level, those who are there: unlike the desk's count without those who were granted a place and do not come.
        self.present = [0] * len(plan.levels)
        kinds = categories("stays", scenario)["places"]
        self._places_held = [kinds.index(places_held(level)) for level in scenario.levels.values()]
        # One row after the other: a list of numbers becomes columns in a third of the time that a list of rows takes.
        self._stays: list[float] = []
        self._waits: list[float] = []
        self._spells: list[float] = []

    def run(self) -> Records:
        """From day 0 to the last day of follow-up. Raises EndlessCircle when somebody goes round in no time."""
        try:
            self.open()
            self.env.run(until=self.horizon)
            return self.close()
        except BaseException as error:
            _forget_where(error)
            raise
        finally:
            self._let_go()

    # --- the course of events ---

    def open(self) -> None:
        """Put everything on the calendar: people present on day 0, newcomers, changes of capacity."""
        for place, name in enumerate(self.plan.places):
            if self.plan.scenario.places[name].changes:
                self.env.process(self._change_capacity(place, name))
        for name, initial in self.plan.scenario.initial.items():
            level = next(level for level in self.plan.levels if level.name == name)
            for _ in range(initial.in_care):
                self._start(level, in_care=True)
            for _ in range(initial.waiting):
                self._start(level, in_care=False)
        self.env.process(self._arrive())

    def _start(self, level: LevelPlan, in_care: bool) -> None:
        """Someone who is in care, or waiting, on day 0."""
        journey = Journey(self, len(self.journeys))
        journey.begin_in_care(level) if in_care else journey.begin_waiting(level)
        self.journeys.append(journey)
        self.env.process(journey.pathway())

    def _arrive(self) -> Generator[Event, Any, None]:
        """New people ask for care, one after the other."""
        for time in self._arrivals.tolist():
            if time > self.env.now:
                yield self.env.timeout(time - self.env.now)
            journey = Journey(self, len(self.journeys))
            self.journeys.append(journey)
            self.env.process(journey.pathway())

    def _change_capacity(self, place: int, name: str) -> Generator[Event, Any, None]:
        for change in self.plan.scenario.places[name].changes:
            yield self.env.timeout(change.from_day - self.env.now)
            self.desk.set_capacity(place, change.capacity)

    # --- the record book ---

    def record_stay(self, patient: int, stay: Stay, discharged: float, reason: int) -> None:
        """Note a stay that has ended."""
        self._stays += (
            *(patient, stay.episode, stay.level.code, stay.route, stay.asked, stay.admitted, stay.ready),
            *(discharged, reason, stay.next_level, stay.interim, self._places_held[stay.level.code]),
        )

    def record_wait(self, patient: int, wait: Wait, ended: float, outcome: int) -> None:
        """Note a wait that has ended."""
        self._waits += (patient, wait.level, wait.route, wait.asked, ended, outcome, wait.held_level)

    def endless_circle(self, patient: int, now: float, since: float, spells: Sequence[Spell]) -> EndlessCircle:
        """The error of a patient who goes round too fast, with what they have gone through since then."""
        levels, ends = tuple(self.plan.scenario.levels), [(ended, f"be {STATES[s]}") for s, _, ended, _ in spells]
        for row in _latest(self._waits, tuple(TABLES["waits"]), patient):
            asked = f"wait for {levels[int(row['level'])]} ({ROUTES[int(row['route'])]})"
            ends.append((row["ended"], f"{asked} until {OUTCOMES[int(row['outcome'])]}"))
        for row in _latest(self._stays, tuple(TABLES["stays"]), patient):
            stay = f"stay in {levels[int(row['level'])]}"
            ends.append((row["discharged"], f"{stay} until {REASONS[int(row['reason'])]}"))
        steps = dict.fromkeys(step for ended, step in sorted(ends, key=lambda end: end[0]) if ended >= since)
        scenario = self.plan.scenario.name
        return EndlessCircle(scenario, self.replication, patient, now, ", ".join(steps))

    def close(self) -> Records:
        """End what is still open on the last day, and hand over the records."""
        end = self.horizon
        for journey in self.journeys:
            if journey.stay is not None:
                self.record_stay(journey.patient, journey.stay, end, END)
            if journey.wait is not None:
                self.record_wait(journey.patient, journey.wait, end, WAIT_END)
            journey.course.close(end)
            self._spells += self.lapses.cut_out(journey.patient, journey.profile.lapse, journey.course.spells)
        rows = {"stays": self._stays, "waits": self._waits, "spells": self._spells}
        scenario = self.plan.scenario
        return Records(self._patients(), *(Facts(_columns(of, rows[of]), categories(of, scenario)) for of in rows))

    def _let_go(self) -> None:
        """Break the circles between patients and what they wait for, so that nobody need search memory for them.

        Whoever still holds this, as the traceback of an error does, then holds nothing.
        """
        self.journeys.clear()
        self.desk.dismiss()
        assert self.never.callbacks is not None
        self.never.callbacks.clear()
        # What is still on the calendar, which SimPy shows to nobody, and whoever waits for it hold each other.
        for *_, event in self.env._queue:
            if event.callbacks:
                event.callbacks.clear()
        vars(self).clear()

    def _patients(self) -> Facts:
        time, population = self.plan.scenario.time, self.plan.scenario.population
        arrived = np.array([journey.arrived for journey in self.journeys], dtype=float)
        newcomer = np.arange(len(self.journeys)) >= self._initial
        if self.plan.scenario.arrivals.closed_cohort is None:
            cohort = newcomer & (arrived >= time.warm_up_days)
            cohort &= arrived < time.warm_up_days + time.recruitment_days
        else:
            cohort = newcomer
        present = len(self.journeys)
        values = np.array(self.values[:present], dtype=np.int16).reshape(present, len(population))
        return Facts(
            {
                "patient": np.arange(len(self.journeys), dtype=np.int32),
                "arrived": arrived,
                "cohort": cohort,
                "frailty": np.array(self.frailty[:present], dtype=float),
                **{name: values[:, i] for i, name in enumerate(population)},
            },
            categories("patients", self.plan.scenario),
        )


def _latest(rows: list[float], names: tuple[str, ...], patient: int) -> Iterator[dict[str, float]]:
    """Rows of one patient by the names of their columns, the first first, from the latest of everybody's."""
    width = len(names)
    for start in range(max(0, len(rows) - MOST_LOOKED_AT * width), len(rows), width):
        if rows[start] == patient:
            yield dict(zip(names, rows[start : start + width], strict=True))


def _forget_where(error: BaseException) -> None:
    """Let go of what an error and its causes hold of a run that was broken off: with it they are in a circle."""
    cause: BaseException | None = error
    while cause is not None:
        clear_frames(cause.__traceback__)
        cause = cause.__cause__


def _columns(table: str, rows: list[float]) -> dict[str, Column]:
    """Rows as the columns of a table, patient by patient; one patient's stay in the order of writing."""
    columns = TABLES[table]
    values = np.array(rows, dtype=float).reshape(-1, len(columns)).T
    values = values[:, np.argsort(values[0], kind="stable")]
    return {
        name: row.astype(DTYPES.get(kind, np.int32), copy=False)
        for (name, kind), row in zip(columns.items(), values, strict=True)
    }
