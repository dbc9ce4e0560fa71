"""Plans as tables: what `plan` says in tuples, once for all replications.

Numbers of laws, places, steps and windows are those of one table each, for all plans one after the other.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from sim.model.compiled.bounds import STEPS, hazards_reached
from sim.model.compiled.draws import FIRST_OF_LEVELS, OF_A_LEVEL, OF_A_MEDICATION, OF_A_STEP, OF_AN_EMERGENCY
from sim.model.compiled.layout import (
    CODE,
    EMERGENCY,
    GROWING,
    HOLDING,
    KIND,
    LAW,
    LEVEL,
    LEVEL_KIND,
    LINK,
    LIST_PLAN,
    MEDICATION,
    NEED,
    PLAN,
    STEP,
)
from sim.model.plan import Entry, LevelPlan, LevelProfile, Link, ListPlan, Plan, Profile, ResponsePlan, StepPlan
from sim.scenario.laws import DISCRETE, LOGLOGISTIC, Law
from sim.vocabulary import NONE, Column


class PlanArrays:
    """Plans, one or one after the other, as tables, with those kinds of patients that have been met so far.

    tables: by name of `layout.RULES`.
    """

    _buffers: ClassVar[dict[str, Column]] = {}
    """Of this process, whatever the plans: many scenarios, as a probabilistic analysis has, would each keep theirs."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self.plans = plans
        self._rows: dict[str, list[Any]] = {
            name: []
            for name in (
                *("laws", "values", "shares", "reached", "levels", "needs", "steps", "medications", "window_days"),
                *("window_ratios", "links", "entry_uptos", "entry_levels", "offers", "backgrounds"),
                *("list_plans", "list_places", "holdings", "emergencies", "risks"),
            )
        }
        self._law_numbers: list[int] = []
        self._kinds: dict[tuple[int, ...], int] = {}
        self._alike: dict[tuple[Any, ...], int] = {}
        self._profiles: list[list[tuple[Any, list[Any]]]] = [[] for _ in plans]
        self._curves: dict[Law, int] = {}
        self._there: dict[Any, tuple[int, int]] = {}
        self._level_kinds: dict[tuple[int, int], dict[str, Any]] = {}
        self._of_rules: dict[tuple[int, int, int], dict[str, int]] = {}
        self._linked: dict[tuple[int, int], tuple[int, int]] = {}
        self._births: dict[int, tuple[int, int]] = {}
        self.plan_rows = np.zeros(len(plans), PLAN)
        for number in range(len(plans)):
            self._lower(number)
        holdings = [holding for plan in plans for each in plan.lists for holding in each.holdings]
        self.most_needs = max((sum(number for _, number in holding.needs) for holding in holdings), default=0)
        self.most_lists = max(len(plan.lists) for plan in plans)
        self.most_steps = max((len(level.access) for plan in plans for level in plan.levels), default=0)
        self.tables = self._fixed_tables()

    def kind(self, values: tuple[int, ...]) -> int:
        """The number of a kind of patient, by attribute values; kinds whom all plans treat alike share one."""
        if values not in self._kinds:
            profiles = tuple(plan.profile(values) for plan in self.plans)
            # Parts of profiles that are equal are one: to look at each number of each would take most of the time.
            alike = tuple(map(_identity, profiles))
            if alike not in self._alike:
                self._alike[alike] = len(self._alike)
                worst = max(
                    plan.mortality.highest * profile.death for plan, profile in zip(self.plans, profiles, strict=True)
                )
                for number, profile in enumerate(profiles):
                    self._profiles[number].append(self._profile(number, profile, worst))
                self.tables = {}
            self._kinds[values] = self._alike[alike]
        return self._kinds[values]

    def complete(self) -> dict[str, Column]:
        """All tables, with all kinds of patients that there are by now."""
        if "kinds" not in self.tables:
            self.tables = self._fixed_tables()
            everybody = [each for of_plan in self._profiles for each in of_plan]
            self.tables["kinds"] = _table(KIND, (kind for kind, _ in everybody))
            self.tables["level_kinds"] = _table(LEVEL_KIND, (level for _, levels in everybody for level in levels))
            self.kind_count = len(self._alike)
        return self.tables

    def buffer(self, name: str, rows: int, kind: np.dtype[Any]) -> Column:
        """An array of so many rows or more, with whatever is in it: the one of the last replication, if it is free.

        Memory that is fresh costs more than what is written into it.
        """
        there = self._buffers.pop(name, None)
        return np.empty(rows, kind) if there is None or len(there) < rows else there

    def keep(self, tables: dict[str, Column]) -> None:
        """The replication has handed over its records, and needs its tables no more."""
        PlanArrays._buffers = {name: tables[name] for name in (*GROWING, "patients", "of_levels")}

    # --- plans ---

    def _lower(self, number: int) -> None:
        plan = self.plans[number]
        self._law_numbers.append(len(self._rows["laws"]))
        shift = len(self._rows["values"])
        bounded = {plan.remission, *(clock.law for level in plan.levels for clock in level.clocks)}
        for position, law in enumerate(plan.laws):
            reached = hazards_reached(law, plan.values, plan.shares) if position in bounded else [math.inf] * STEPS
            self._rows["reached"] += reached
            discrete = law.kind == DISCRETE
            self._rows["laws"].append((law._replace(a=law.a + shift, b=law.b + shift) if discrete else law)._asdict())
        self._rows["values"] += plan.values
        self._rows["shares"] += plan.shares
        before = self.plans[number - 1].levels if number else plan.levels
        for level, earlier in zip(plan.levels, before, strict=True):
            same = level.intake == earlier.intake
            self._rows["levels"].append(self._level(number, level, same_intake=same, closed=level.code in plan.closed))
        self.plan_rows[number]["lists"] = len(self._rows["list_plans"])
        self._rows["list_plans"] += [self._list(each) for each in plan.lists]
        for emergency in plan.emergencies:
            windows, windows_end = self._windows(emergency.days, emergency.ratios)
            self._rows["emergencies"].append(_by_name(emergency) | {"windows": windows, "windows_end": windows_end})
        for medication in plan.medications:
            start, start_end = self._windows(medication.start_days, medication.start_ratios)
            stop, stop_end = self._windows(medication.stop_days, medication.stop_ratios)
            lowered = {name: value for name, value in _by_name(medication).items() if name in _names(MEDICATION)}
            for name in ("delay", "in_care", "at_home"):
                lowered[name] = self.law(number, lowered[name])
            self._rows["medications"].append(
                lowered | {"start": start, "start_end": start_end, "stop": stop, "stop_end": stop_end}
            )
        self._plan(number)

    def _plan(self, number: int) -> None:
        plan, row = self.plans[number], self.plan_rows[number]
        for name in ("since", "after_remission", "moving_away", "places_anew"):
            row[name] = getattr(plan, name)
        for name in ("setback_duration", "into_relapse", "return_delay", "remission"):
            row[name] = self.law(number, getattr(plan, name))
        for name, value in self._response(number, plan.response).items():
            row[name] = value
        for name in ("in_care", "well", "unwell"):
            row[name] = getattr(plan.mortality, name)
        row["windows"], row["windows_end"] = self._windows(plan.mortality.days, plan.mortality.ratios)
        row["since_of"] = max(n for n, other in enumerate(self.plans) if other.since == plan.since)
        days = [*(each.since for each in self.plans), self.plans[0].horizon]
        row["begins"], row["ends"] = list(pairwise(days))[number]
        row["checkups"] = plan.checkups is not None
        if plan.checkups is not None:
            row["every"], row["days"], row["log_missed"] = plan.checkups

    def _response(self, number: int, response: ResponsePlan) -> dict[str, int]:
        laws = (self.law(number, law) for law in (response.days, response.to_remission, response.to_return))
        names = ("to_response", "from_response", "response_lost")
        return {"responds": response.stated, **dict(zip(names, laws, strict=True))}

    def law(self, number: int, law: int) -> int:
        """The number of a law of a plan in the table of all laws."""
        return law if law == NONE else self._law_numbers[number] + law

    def _windows(self, days: tuple[float, ...], ratios: tuple[float, ...]) -> tuple[int, int]:
        start = len(self._rows["window_days"])
        self._rows["window_days"] += days
        self._rows["window_ratios"] += ratios
        return start, start + len(days)

    def _level(self, number: int, level: LevelPlan, *, same_intake: bool, closed: bool) -> dict[str, Any]:
        lowered = {name: value for name, value in _by_name(level).items() if name in _names(LEVEL)}
        for law in ("plan_of_care", "patience", "days_to_learn", "to_remission"):
            lowered[law] = self.law(number, lowered[law])
        steps = len(self._rows["steps"])
        self._rows["steps"] += [self._step(number, level.code, step) for step in level.access]
        clocks = level.clocks
        lowered |= self._response(number, level.response)
        return lowered | {
            "access": steps,
            "access_end": len(self._rows["steps"]),
            "clocks": len(clocks),
            "cause": _padded([clock.cause for clock in clocks], LEVEL, "cause"),
            "reason": _padded([clock.reason for clock in clocks], LEVEL, "reason"),
            "law": _padded([self.law(number, clock.law) for clock in clocks], LEVEL, "law"),
            "of_plan": _padded([clock.of_plan for clock in clocks], LEVEL, "of_plan"),
            "takes_in": bool(level.intake.days),
            "days": _padded(level.intake.days, LEVEL, "days"),
            "opens": level.intake.opens,
            "closes": level.intake.closes,
            "most": level.intake.most,
            "same_intake": same_intake,
            "closed": closed,
        }

    def _list(self, waiting_list: ListPlan) -> dict[str, Any]:
        holdings = len(self._rows["holdings"])
        for holding in waiting_list.holdings:
            needs = len(self._rows["needs"])
            self._rows["needs"] += [{"place": place, "number": number} for place, number in holding.needs]
            self._rows["holdings"].append(
                {"needs": needs, "needs_end": needs + len(holding.needs), "word": holding.word}
            )
        places, places_end = self._codes("list_places", waiting_list.places)
        return {
            "level": waiting_list.level,
            "holdings": holdings,
            "holdings_end": holdings + len(waiting_list.holdings),
            "places": places,
            "places_end": places_end,
        }

    def _step(self, number: int, level: int, step: StepPlan) -> dict[str, Any]:
        names = self.plans[number].names
        steps = len(self.plans[number].categories["waits"]["step"])
        before = FIRST_OF_LEVELS + len(names.levels) * len(OF_A_LEVEL) + len(names.medications) * len(OF_A_MEDICATION)
        before += len(names.emergencies) * len(OF_AN_EMERGENCY)
        lowered = _by_name(step)
        for law in ("delay", "patience"):
            lowered[law] = self.law(number, lowered[law])
        return lowered | {"chances": before + (level * steps + step.code) * len(OF_A_STEP)}

    # --- kinds of patients ---

    def _profile(self, number: int, profile: Profile, worst: float) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        background, background_end = self._background(profile.background)
        kind = {name: getattr(profile, name) for name in _OF_KINDS}
        kind |= {"median": profile.curve[0], "shape": profile.curve[1], "worst_death_rate": worst}
        kind |= {"curve": self._curve(*profile.curve)}
        kind |= {"background": background, "background_end": background_end}
        kind |= self._at_home(profile)
        return kind, [self._level_kind(number, level) for level in profile.levels]

    def _at_home(self, profile: Profile) -> dict[str, int]:
        """What rules say of life at home, once for all kinds of whom they say the same."""
        key = id(profile.entry), id(profile.medications), id(profile.emergencies)
        if key not in self._of_rules:
            entry, entry_end = self._entry(profile.entry[0])
            back, back_end = self._entry(profile.entry[1])
            offers, offers_end = self._codes("offers", profile.medications)
            emergencies, emergencies_end = self._codes("risks", profile.emergencies)
            self._of_rules[key] = {
                "entry": entry,
                "entry_end": entry_end,
                "back": back,
                "back_end": back_end,
                "offers": offers,
                "offers_end": offers_end,
                "emergencies": emergencies,
                "emergencies_end": emergencies_end,
            }
        return self._of_rules[key]

    def _curve(self, median: float, shape: float) -> int:
        """The number of the law by which exposed days pass until the baseline's hazard of relapse is reached."""
        if not median:
            return NONE
        law = Law(LOGLOGISTIC, median, 1 / shape)
        if law not in self._curves:
            self._curves[law] = len(self._rows["laws"])
            self._rows["laws"].append(law._asdict())
            self._rows["reached"] += hazards_reached(law, (), ())
        return self._curves[law]

    def _level_kind(self, number: int, level: LevelProfile) -> dict[str, Any]:
        """One row for all kinds that share it: the plan keeps it, and so its number."""
        if (number, id(level)) not in self._level_kinds:
            self._level_kinds[number, id(level)] = self._row_of_level(number, level)
        return self._level_kinds[number, id(level)]

    def _row_of_level(self, number: int, level: LevelProfile) -> dict[str, Any]:
        links, links_end = zip(*(self._links(number, way.links) for way in level.ways), strict=True)
        offers, offers_end = self._codes("offers", level.medications)
        authorised, extension, log_extended, most_extensions = level.authorised
        lowered = {name: getattr(level, name) for name in _OF_LEVEL_KINDS}
        return lowered | {
            "ratio": _padded(level.ratios, LEVEL_KIND, "ratio"),
            "chance": [way.chance for way in level.ways],
            "links": links,
            "links_end": links_end,
            "offers": offers,
            "offers_end": offers_end,
            "authorised": authorised,
            "extension": extension,
            "log_extended": log_extended,
            "most_extensions": most_extensions,
        }

    def _links(self, number: int, links: tuple[Link, ...]) -> tuple[int, int]:
        """Rules keep them, and so their number."""
        if (number, id(links)) not in self._linked:
            mine = [_by_name(link) | {"lag": self.law(number, link.lag)} for link in links]
            self._linked[number, id(links)] = self._once("links", (number, links), mine)
        return self._linked[number, id(links)]

    def _entry(self, entry: Entry) -> tuple[int, int]:
        self._once("entry_uptos", entry, [*entry.uptos, math.inf])
        return self._once("entry_levels", entry, [(level,) for level in entry.levels])

    def _codes(self, table: str, codes: tuple[int, ...]) -> tuple[int, int]:
        start = len(self._rows[table])
        self._rows[table] += [(code,) for code in codes]
        return start, start + len(codes)

    def _background(self, by_age: tuple[float, ...]) -> tuple[int, int]:
        if id(by_age) not in self._births:
            self._births[id(by_age)] = self._once("backgrounds", by_age, by_age)
        return self._births[id(by_age)]

    def _once(self, table: str, key: Any, rows: Iterable[Any]) -> tuple[int, int]:
        """Where rows are in a table that many kinds of patients share: a small one is more often in the cache."""
        if (table, key) not in self._there:
            start = len(self._rows[table])
            self._rows[table] += rows
            self._there[table, key] = start, len(self._rows[table])
        return self._there[table, key]

    def _fixed_tables(self) -> dict[str, Column]:
        rows = self._rows
        tables: dict[str, Column] = {name: np.array(rows[name], dtype=float) for name in rows if name in _NUMBERS}
        kinds = {"laws": LAW, "levels": LEVEL, "steps": STEP, "medications": MEDICATION, "links": LINK}
        kinds |= {"list_plans": LIST_PLAN, "holdings": HOLDING, "needs": NEED, "emergencies": EMERGENCY}
        tables |= {name: _table(kind, rows[name]) for name, kind in kinds.items()}
        tables |= {name: np.array(rows[name], CODE) for name in ("list_places", "entry_levels", "offers", "risks")}
        tables["turnover"] = np.array([plan.turnover for plan in self.plans], dtype=float).reshape(-1)
        return tables | {"plans": self.plan_rows}


_NUMBERS = ("values", "shares", "reached", "window_days", "window_ratios", "entry_uptos", "backgrounds")


def _names(kind: np.dtype[np.void]) -> tuple[str, ...]:
    return kind.names or ()


_OF_KINDS = tuple(name for name in _names(KIND) if name in Profile.__dataclass_fields__ and name != "entry")
_OF_LEVEL_KINDS = tuple(name for name in _names(LEVEL_KIND) if name in LevelProfile.__dataclass_fields__)
"""What these tables and what they are made of name alike."""


def _identity(profile: Profile) -> tuple[Any, ...]:
    """What tells a profile from others of its plan: its numbers, and which parts it has."""
    parts = profile.levels, profile.background, profile.entry, profile.medications, profile.emergencies
    numbers = profile.relapse, profile.curve, profile.share_of_setbacks, profile.setbacks, profile.remission
    return (*map(id, parts), *numbers, profile.death, profile.return_odds)


def _by_name(row: Any) -> dict[str, Any]:
    """What a row of a plan holds."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _padded(values: Sequence[float], kind: np.dtype[np.void], column: str) -> list[float]:
    """Values in a column that has room for more."""
    length = kind[column].shape[0]
    return [*values, *(0 for _ in range(length - len(values)))]


def _table(kind: np.dtype[np.void], rows: Iterable[dict[str, Any]]) -> Column:
    """Rows, by the names of their columns, as a table; one that is there several times is written once, and copied."""
    listed = list(rows)
    different = {id(row): row for row in listed}
    table = np.zeros(len(different), kind)
    for name in _names(kind):
        if listed:
            table[name] = [row[name] for row in different.values()]
    if len(different) == len(listed):
        return table
    number = {row: at for at, row in enumerate(different)}
    return table[[number[id(row)] for row in listed]]
