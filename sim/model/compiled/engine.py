"""The compiled engine: plans, a seed and a number in; the records of one replication out, as of `Replication`."""

from functools import lru_cache

import numpy as np
from numpy.lib.recfunctions import structured_to_unstructured

from sim.model.arrivals import arrival_times_by_day
from sim.model.book import Book
from sim.model.calendar import PLACES_CHANGE
from sim.model.compiled.building import build
from sim.model.compiled.calendar import CAPACITY, PLAN_COMES
from sim.model.compiled.draws import decisions, keys
from sim.model.compiled.layout import (
    ANSWER,
    CHAIN,
    CODE,
    GROWING,
    OF_EMERGENCY,
    OF_LEVEL,
    OF_MEDICATION,
    OPEN_LEVEL,
    OPEN_LIST,
    PATIENT,
    PLACE,
    WORLD,
)
from sim.model.compiled.loop import OVER, by_patient, finish, run
from sim.model.compiled.pathway import RUNNING, SETBACKS_CIRCLE, SHORT_OF_ROOM
from sim.model.compiled.plan_arrays import PlanArrays
from sim.model.draws import IN_CARE_ON_DAY_0, KNOWN_ON_DAY_0, NEWCOMERS, Draws
from sim.model.engine import plan_of, plans_of
from sim.model.pace import EndlessCircle
from sim.model.population import ages_in, attribute_codes, former_patients
from sim.model.records import Facts, Records
from sim.model.setbacks import Spell
from sim.scenario.change import DatedChange
from sim.scenario.schema import Scenario
from sim.vocabulary import NONE, SETBACK, WELL, Column

MOST_SPANS = 2**16
"""Into which the calendar cuts time: about so many that a handful of events fall into each."""

MOST_KEPT = 64 * 2**20
"""Bytes of tables up to which they are kept for the next replication, and not given back as soon as they are read."""
ROOM = {"spells": 12, "stays": 2, "waits": 2, "requests": 2}
"""How much longer than others tables are made: what is not written into takes no memory, but moving to another does."""


@lru_cache(maxsize=16)
def lowered(system: Scenario | DatedChange) -> PlanArrays:
    """The plans of a scenario, or of a change, as tables, once in each process."""
    return PlanArrays(plans_of(system) if isinstance(system, DatedChange) else (plan_of(system),))


def replicate_compiled(system: Scenario | DatedChange, seed: int, replication: int) -> Records:
    """What `engine.replicate` gives."""
    return CompiledReplication(lowered(system), seed, replication).run()


class CompiledReplication:
    """One future of plans, as tables in which compiled code writes."""

    def __init__(self, lowered: PlanArrays, seed: int, replication: int) -> None:
        self.lowered, self.plans = lowered, lowered.plans
        self.replication = replication
        plan, last = self.plans[0], self.plans[-1]
        curves = [(each.since, each.arrivals) for each in self.plans]
        arrivals = (
            arrival_times_by_day(curves, seed, replication) if last.newcomers == NONE else np.zeros(last.newcomers)
        )
        in_care = sum(in_care + waiting for _, in_care, waiting in plan.initial)
        known = former_patients(plan, in_care)
        self.present_on_day_0 = known[-1].stop
        self.groups = (
            (IN_CARE_ON_DAY_0, in_care),
            (KNOWN_ON_DAY_0, self.present_on_day_0 - in_care),
            (NEWCOMERS, len(arrivals)),
        )
        self.world = np.zeros(1, WORLD)
        self.tables: dict[str, Column] = {}
        people = self.present_on_day_0 + len(arrivals)
        patients = self._people(Draws(seed, replication, self.groups), known, people)
        self._lay(patients, keys(decisions(self.plans), seed, replication), np.ascontiguousarray(arrivals, dtype=float))
        self._book_changes()

    def run(self) -> Records:
        """Simulate it. Raises EndlessCircle when somebody goes round in no time."""
        build()
        plan, lowered = self.plans[0], self.lowered
        initial = np.array(plan.initial, dtype=np.int64).reshape(-1, 3)
        known = np.array([(each.state, each.people, lowered.law(0, each.days)) for each in plan.known], dtype=np.int64)
        world = self.world.ctypes.data
        for step in (lambda: run(world, initial, known), lambda: finish(world)):
            while True:
                step()
                if (status := self.world["status"][0]) == SHORT_OF_ROOM:
                    self._grow()
                elif status == OVER:
                    break
                elif status != RUNNING:
                    raise self._endless_circle(status)
        return self._records()

    # --- before ---

    def _people(self, draws: Draws, known: list[slice], people: int) -> Column:
        """Who they are."""
        plan = self.plans[0]
        self.codes = attribute_codes(plan, draws, known)
        patients = self.lowered.buffer("patients", people, PATIENT)[:people]
        patients["frailty_value"] = 0.0
        patients["patient"] = np.arange(people)
        patients["born"] = np.nan
        if plan.ages:
            bands = np.array(plan.ages, dtype=float)[self.codes[plan.names.attributes.index("age")]]
            patients["born"] = ages_in(bands, draws)
        for there, former in zip(known, plan.known, strict=True):
            patients["frailty_value"][there] = former.frailty
        start = 0
        for group, size in self.groups:
            there = slice(start, start + size)
            patients["group"][there], patients["number"][there] = group, np.arange(size)
            start += size
        sizes = [len(uptos) for uptos in plan.uptos]
        mixed = np.ravel_multi_index(self.codes, sizes) if self.codes else np.zeros(people, dtype=np.intp)
        different, which = np.unique(mixed, return_inverse=True)
        values = zip(*(each.tolist() for each in np.unravel_index(different, sizes)), strict=True) if sizes else [()]
        kinds = np.array([self.lowered.kind(each) for each in values] if people else [], dtype=np.int64)
        patients["kind"] = kinds[which]
        self.rules = self.lowered.complete()
        if people:
            patients["worst_death_rate"] = self.rules["kinds"]["worst_death_rate"][patients["kind"]]
        return patients

    def _lay(self, patients: Column, keys: Column, arrivals: Column) -> None:
        """All tables, and the world that knows where they are."""
        plan, lowered, people = self.plans[0], self.lowered, len(patients)
        levels, places, medications = len(plan.levels), len(plan.capacity), len(plan.names.medications)
        emergencies, lists = len(plan.names.emergencies), lowered.most_lists
        steps = len(plan.categories["waits"]["step"])
        margin = 32 + 4 * (lowered.most_steps + medications + lowered.most_needs + levels)
        room = 2 * people + 2 * margin
        tables = self.tables
        tables |= self.rules
        tables["keys"], tables["arrivals"], tables["patients"] = keys, arrivals, patients
        tables["of_levels"] = lowered.buffer("of_levels", people * levels, OF_LEVEL)
        tables["of_medications"] = np.zeros(people * medications, OF_MEDICATION)
        tables["of_emergencies"] = np.zeros(people * emergencies, OF_EMERGENCY)
        tables["places"] = np.zeros(places, PLACE)
        tables["places"]["capacity"] = self.plans[-1].capacity
        tables["open_levels"] = open_levels = np.zeros(levels, OPEN_LEVEL)
        open_levels["open_until"], open_levels["opens_at"] = -np.inf, np.nan
        tables["open_lists"] = np.zeros(lists, OPEN_LIST)
        tables["booked"] = np.full(levels * steps, -np.inf)
        spans = max(1, min(2 * people, MOST_SPANS))
        tables["chains"] = np.full(spans + 1, NONE, CHAIN)
        tables["answers"] = np.empty(people + 1, ANSWER)
        list_room = min(room, 2 * margin + 1_000)
        tables["lists"] = np.empty(lists * list_room, CODE)
        w = self.world
        for name, kind in GROWING.items():
            tables[name] = lowered.buffer(name, ROOM.get(name, 1) * room, kind)
            w[f"{name}_room"] = len(tables[name])
        for name, table in tables.items():
            w[name] = table.ctypes.data
        for name, number in {
            "plan_count": len(self.plans),
            "level_count": levels,
            "list_count": lists,
            "place_count": places,
            "step_count": steps,
            "medication_count": medications,
            "emergency_count": emergencies,
            "kind_count": lowered.kind_count,
            "people": people,
            "margin": margin,
            "values_count": len(tables["values"]),
            "arrival_count": len(arrivals),
            "list_room": list_room,
            "most_needs": lowered.most_needs,
            "ahead": NONE,
            "free_later": NONE,
            "free_stretch": NONE,
            "culprit": NONE,
            "span_count": spans,
        }.items():
            w[name] = number
        w["horizon"], (w["recovery_rate"], w["recovery_after"]) = plan.horizon, plan.recovery
        w["frailty_sd"], w["dropout_sd"], w["relapse_sd"], w["return_sd"] = plan.frailty
        w["recovery_sd"], w["spans_a_day"] = plan.recovery_sd, spans / plan.horizon

    def _book_changes(self) -> None:
        """Changes of capacity and of plan, on the calendar."""
        plan = self.plans[-1]
        changes = [(day, place, CAPACITY, capacity, 0) for day, place, capacity in plan.changes]
        coming = enumerate(self.plans[1:], start=1)
        changes += [(each.since, len(each.capacity), PLAN_COMES, 0, number) for number, each in coming]
        while len(self.tables["events"]) < len(changes) + self.world["margin"][0]:
            self._grow_table("events")
        for change in sorted(range(len(changes)), key=lambda number: (changes[number][0], changes[number][1], number)):
            day, number, what, detail, comes = changes[change]
            event = self.tables["events"][self.world["events_count"][0]]
            event["time"], event["order"], event["sequence"] = day, PLACES_CHANGE * 2**32 + number, change + 1
            event["what"], event["detail"], event["plan"] = what, detail, comes
            self.world["events_count"] += 1
            self.world["pending"] += 1
        self.world["sequence"] = len(changes)

    # --- meanwhile ---

    def _grow(self) -> None:
        """Room for what one turn may write, in every table."""
        w = self.world[0]
        needed = int(w["margin"] + w["gone"] * w["most_needs"] + w["newcomers_count"])
        for name in GROWING:
            there = "pending" if name == "events" else f"{name}_count"
            while w[there] + needed > w[f"{name}_room"]:
                self._grow_table(name)
        count = int(w["list_count"])
        while w["listed"] + w["margin"] > w["list_room"]:
            before, room = self.tables["lists"].reshape(count, -1), int(2 * w["list_room"])
            lists = np.empty((count, room), CODE)
            lists[:, : before.shape[1]] = before
            self.tables["lists"] = lists.reshape(-1)
            self.world["lists"], self.world["list_room"] = self.tables["lists"].ctypes.data, room

    def _grow_table(self, name: str) -> None:
        before = self.tables[name]
        self.tables[name] = table = np.empty(2 * len(before), before.dtype)
        table[: len(before)] = before
        self.world[name], self.world[f"{name}_room"] = table.ctypes.data, len(table)

    def _endless_circle(self, status: int) -> EndlessCircle:
        """The error of a patient who goes round too fast."""
        w = self.world[0]
        patient = int(w["culprit"])
        if status == SETBACKS_CIRCLE:
            name = self.plans[int(w["culprit_plan"])].names.scenario
            start, first = map(float, w["culprit_days"])
            loop = f"setback, {int(w['culprit_count']):,} times in {start - first:.3g} days"
            return EndlessCircle(name, self.replication, patient, start, loop)
        me = self.tables["patients"][patient]
        spells: list[Spell] = []
        for name in ("spells", "lived"):
            rows = self._rows(name)
            for spell in rows[rows["patient"] == patient]:
                if spell["state"] == WELL and spells and spells[-1][0] == SETBACK:
                    del spells[-2:]  # A setback that has been cut out, and the time before it.
                spells.append((int(spell["state"]), float(spell["started"]), float(spell["ended"]), []))
        book = Book(self.plans[0], self.replication)
        book.take_over(*(structured_to_unstructured(self._rows(name), float).ravel() for name in ("stays", "waits")))
        return book.endless_circle(patient, float(me["now"]), float(me["looked_at"]), spells)

    # --- after ---

    def _rows(self, name: str) -> Column:
        count = int(self.world[f"{name}_count"][0])
        return self.tables[name][:count]

    def _records(self) -> Records:
        plan = self.plans[0]
        names = {"stays": "stays", "waits": "waits", "spells": "spells", "medications": "courses", "outages": "outages"}
        names |= {"emergencies": "visits"}
        facts = [Facts(self._patients(), plan.categories["patients"])]
        small = sum(int(self.world[f"{name}_count"][0]) * kind.itemsize for name, kind in GROWING.items()) < MOST_KEPT
        if not small:
            self.tables = {name: self.tables[name] for name in names.values()}
        for table, name in names.items():
            facts.append(Facts(self._columns(name), plan.categories[table]))
            if not small:
                del self.tables[name]
        if small:
            self.lowered.keep(self.tables)
        return Records(*facts)

    def _patients(self) -> dict[str, Column]:
        plan, count = self.plans[-1], int(self.world["started"][0])
        patients = self.tables["patients"][:count]
        arrived = patients["arrived"].copy()
        newcomer = np.arange(count) >= self.present_on_day_0
        since, until = plan.recruited
        recruited = (arrived >= since) & (arrived < until) | (plan.newcomers != NONE)
        names = plan.names.attributes
        return {
            "patient": np.arange(count, dtype=np.int32),
            "arrived": arrived,
            "cohort": newcomer & recruited,
            "born": patients["born"].copy(),
            **{
                name: np.where(patients[name] < plan.horizon, patients[name], np.nan)
                for name in ("moved_away", "recovered")
            },
            "frailty": patients["frailty_value"].copy(),
            **{name: codes[:count].astype(np.int16) for name, codes in zip(names, self.codes, strict=True)},
        }

    def _columns(self, name: str) -> dict[str, Column]:
        """Rows as the columns of a table, patient by patient; one patient's rows remain in the order of writing."""
        rows = self._rows(name)
        there = {column: np.empty(len(rows), kind) for column, (kind, _) in (rows.dtype.fields or {}).items()}
        places = [rows.dtype.fields[column][1] for column in there]
        columns = [(place, new.itemsize, new.ctypes.data) for place, new in zip(places, there.values(), strict=True)]
        ends = np.zeros(int(self.world["started"][0]) + 1, np.int32)
        by_patient(rows.ctypes.data, rows.itemsize, len(rows), np.array(columns), ends)
        return there
