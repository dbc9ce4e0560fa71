"""A naive SimPy model of the shipped `hybrid` pathway, as a good student would write it on a page; and M/M/10.

    pip install 'simpy==4.1.2'

A request or a timeout, a process a patient, one scalar draw after the other. The same levels, places, queues with
priority, arrivals, known patients, stays and their endings, links, relapse in care and at home, remission, return,
moving away and death as `hybrid`. Left out: draws by purpose (two scenarios have nothing in common), other causes of
death, deaths in care, raised risks after discharge, setbacks that are no relapse, death and relapse on a waiting list,
beds held on the way on, arrivals by weekday, lasting benefit and recovery, metrics and costs.
"""

import random
from collections.abc import Generator
from typing import Any

import simpy
from programme import NEWCOMERS, RETURNING, Person, Programme, Size, weibull
from turn import QUEUE, Case, Outcome, serve

Process = Generator[simpy.Event, Any, Any]


class Dies(Exception):
    """The patient dies."""


class Clinic:
    """The programme, its places, and the rows that the patients leave."""

    def __init__(self, env: simpy.Environment, programme: Programme) -> None:
        self.env, self.programme = env, programme
        self.places = {name: simpy.PriorityResource(env, count) for name, count in programme.places.items()}
        self.waits: list[tuple[Any, ...]] = []
        self.stays: list[tuple[Any, ...]] = []
        self.spells: list[tuple[Any, ...]] = []
        self.lives: list[list[float]] = []

    def arrivals(self) -> Process:
        """People ask for the first time."""
        while True:
            yield self.env.timeout(random.expovariate(self.programme.newcomers_per_day))
            self.env.process(self.patient("unwell", known=False))

    def patient(self, state: str, known: bool) -> Process:
        """One person's way: into care, from level to level, home, and back."""
        env, person = self.env, Person(self.programme)
        life = [env.now, self.programme.days]
        self.lives.append(life)
        level = None if known else person.entry(NEWCOMERS)
        asked_from = "home"
        try:
            while True:
                while level is not None:
                    level, state = yield from self.care(person, level, state, asked_from)
                    asked_from = "care"
                yield from self.home(person, state)
                level, state, asked_from = person.entry(RETURNING), "unwell", "home"
        except Dies:
            life[1] = env.now

    def care(self, person: Person, level: str, state: str, asked_from: str) -> Process:
        """Wait for a place or give up; the stay. Returns the next level, or None, and the patient's state."""
        env, laws = self.env, self.programme.levels[level]
        asked = env.now
        rank = 1 if asked_from == "care" and "priority" in laws else 2
        with self.places[level].request(rank) as request:
            yield request | env.timeout(weibull(laws["patience"]))
            admitted = request.triggered and random.random() >= laws.get("no_show", 0.0)
            self.waits.append((id(person), level, asked, env.now, admitted))
            if not admitted:
                return None, state
            start, (days, reason) = env.now, self.programme.stay(level, person.dropout)
            while env.now < start + days:
                left = start + days - env.now
                if state == "unwell":
                    change = weibull(laws["days_to_remission"])
                else:
                    change = person.days_to_relapse(laws["relapse_exposure"]) / laws["relapse_clock"]
                yield env.timeout(min(change, left))
                if change >= left:
                    break
                state = "well" if state == "unwell" else "unwell"
                self.spells.append((id(person), state, env.now))
                if state == "unwell":
                    answer = random.random()
                    if answer < laws["on_relapse"]["discharge"]:
                        days, reason = env.now - start, "relapsed"
                    elif answer >= 1 - laws["on_relapse"].get("step_up", 0.0):
                        days, reason = env.now - start, "stepped_up"
            self.stays.append((id(person), level, start, env.now, reason))
        if reason == "stepped_up":
            return laws["step_up_to"], state
        onward, lag = self.programme.link(level, reason)
        if onward is not None and lag:
            yield env.timeout(lag)
        return onward, state

    def home(self, person: Person, state: str) -> Process:
        """Well until relapse, unwell until recovery or until they ask again; who moves away does not ask again."""
        env, text = self.env, self.programme.text
        moves = env.now + random.expovariate(self.programme.moving_per_day)
        remitted = False
        while True:
            if state == "well":
                yield from self.live(person, "well", person.days_to_relapse(after_remission=remitted))
                yield from self.live(person, "well", weibull(text["setback"]["into_relapse_days"]))
                state = "unwell"
            else:
                asks, remits = weibull(text["return_to_care"]["delay_days"]), weibull(text["remission"])
                if env.now + asks >= moves:
                    asks = float("inf")
                yield from self.live(person, "unwell", min(asks, remits))
                if asks < remits:
                    return
                state, remitted = "well", True
            self.spells.append((id(person), state, env.now))

    def live(self, person: Person, state: str, days: float) -> Process:
        """Pass time at home, or die."""
        dies = random.expovariate(self.programme.text["death"][state] * person.death / 365_250)
        yield self.env.timeout(min(days, dies))
        if dies < days:
            raise Dies


def pathway(size: Size, seed: int) -> Clinic:
    """One replication."""
    random.seed(seed)
    env = simpy.Environment()
    clinic = Clinic(env, Programme(size))
    for state, people in clinic.programme.known.items():
        for _ in range(people):
            env.process(clinic.patient(state, known=True))
    env.process(clinic.arrivals())
    env.run(until=clinic.programme.days)
    return clinic


def told_of_pathway(clinic: Clinic) -> Outcome:
    """Patients and patient-years."""
    return Outcome(len(clinic.lives), years=sum(end - start for start, end in clinic.lives) / 365.25)


def queue(size: Size, seed: int) -> list[float]:
    """M/M/10: the waits."""
    random.seed(seed)
    env = simpy.Environment()
    beds = simpy.Resource(env, QUEUE.places)
    waits: list[float] = []

    def patient() -> Process:
        asked = env.now
        with beds.request() as request:
            yield request
            waits.append(env.now - asked)
            yield env.timeout(random.expovariate(1 / QUEUE.stay))

    def arrivals() -> Process:
        while True:
            yield env.timeout(random.expovariate(QUEUE.arrivals))
            env.process(patient())

    env.process(arrivals())
    env.run(until=size.horizon * QUEUE.days)
    return waits


def told_of_queue(waits: list[float]) -> Outcome:
    """Patients and waits."""
    return Outcome(len(waits), waits=waits)


if __name__ == "__main__":
    serve({"pathway": Case(pathway, told_of_pathway), "queue": Case(queue, told_of_queue)})
