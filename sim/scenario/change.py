"""A change that begins on a day: a system that runs as one scenario until then, and from then on as another.

Both are written over the names of both, in one order: levels and places of the first, then what the second adds. So
either can be lowered by itself, and a level has one number whatever the day.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from sim.scenario.frozen import FrozenDict
from sim.scenario.schema import Effects, Emergency, Level, Medication, Place, Scenario
from sim.scenario.schema.place import CapacityChange
from sim.vocabulary import PROGRAMME

Lists = Literal["carry_over", "entry_rules"]
"""What becomes of those who wait on the day for a level that goes on: they wait on, with the rank and the patience that
they have; or those who came from outside care are placed anew by the new entry rules, and ask again."""

AS_THEMSELVES = "state no day: each scenario then runs as itself from day 0 (change_on='start', --change-on start)"


class InForce(NamedTuple):
    """A scenario, and the days of the run on which it is in force: [since, until)."""

    scenario: Scenario
    since: float
    until: float


@dataclass(frozen=True)
class DatedChange:
    """From `baseline` to `arm` on a day (since day 0, above 0). Check pairs with `check_changes` first.

    What is of day 0 alone, and what a calendar says of the days before the change, is the baseline's.
    """

    baseline: Scenario
    arm: Scenario
    day: float
    lists: Lists = "carry_over"

    @cached_property
    def before(self) -> Scenario:
        """The baseline over the names of both; places that open with the change have a capacity of 0."""
        places = self._all("places", self.baseline)
        for name in places:
            if name not in self.baseline.places:
                places[name] = places[name].model_copy(update={"capacity": 0, "changes": (), "weekly": ()})
        changed = {"levels": FrozenDict(self._all("levels", self.baseline)), "places": FrozenDict(places)}
        return self.baseline.model_copy(update=changed | self._kinds(self.baseline))

    @cached_property
    def after(self) -> Scenario:
        """The arm over the names of both, which the records and outcomes of the whole run are read with.

        A level that vanishes is as it was, for those who are still there, but that it leads to no other that does. The
        calendar of every place is that of the whole run.
        """
        levels = self._all("levels", self.arm)
        for name in self.vanishing:
            levels[name] = _leading_to(levels[name], self.arm.levels)
        places = {name: self._calendar(name) for name in self._all("places", self.arm)}
        changed = {"levels": FrozenDict(levels), "places": FrozenDict(places), "effects": self._effects()}
        return self.arm.model_copy(update=changed | self._kinds(self.arm))

    @property
    def systems(self) -> tuple[Scenario, Scenario]:
        """Before and after."""
        return self.before, self.after

    @property
    def vanishing(self) -> tuple[str, ...]:
        """Levels that only the baseline has: nobody is admitted any more, and who is there stays to the end."""
        return tuple(name for name in self.baseline.levels if name not in self.arm.levels)

    def _all(self, part: str, of: Scenario) -> dict[str, Any]:
        """All levels, places, medications or emergencies that there are, each as it is in `of` if it is there."""
        everything = {**getattr(self.baseline, part), **getattr(self.arm, part)}
        own: Mapping[str, Any] = getattr(of, part)
        return {name: own.get(name, item) for name, item in everything.items()}

    def _kinds(self, of: Scenario) -> dict[str, Any]:
        """All medications and emergencies that there are, by the name of the part."""
        return {"medications": self._medications(of), "emergencies": self._emergencies(of)}

    def _emergencies(self, of: Scenario) -> Mapping[str, Emergency]:
        """All that there are; of a kind that is not in `of` nobody has one."""
        everything: dict[str, Emergency] = self._all("emergencies", of)
        never = {"in_care": 0.0, "well": 0.0, "unwell": 0.0, "admitted": 0.0, "to": None}
        return FrozenDict(
            {
                name: each if name in of.emergencies else each.model_copy(update=never)
                for name, each in everything.items()
            }
        )

    def _medications(self, of: Scenario) -> Mapping[str, Medication]:
        """All that there are; one that is not in `of` is offered to nobody, and goes on for those who are on it."""
        everything: dict[str, Medication] = self._all("medications", of)
        offered_nowhere = {"levels": (), "at_home": False}
        return FrozenDict(
            {
                name: each if name in of.medications else each.model_copy(update=offered_nowhere)
                for name, each in everything.items()
            }
        )

    def _calendar(self, name: str) -> Place:
        """A place over the whole run: the baseline's capacity until the day, the arm's from then on."""
        ours, theirs = self.baseline.places.get(name), self.arm.places.get(name)
        if (
            ours
            and theirs
            and all(getattr(ours, key) == getattr(theirs, key) for key in ("capacity", "changes", "weekly"))
        ):
            return theirs
        time = self.arm.time
        steps = [step for step in ours.steps(time) if step[0] < self.day] if ours else [(0.0, 0)]
        new = theirs.capacity_on(self.day, time) if theirs else 0
        if new != steps[-1][1]:
            steps.append((self.day, new))
        steps += [step for step in theirs.steps(time) if step[0] > self.day] if theirs else []
        place = theirs or ours
        assert place is not None
        changes = tuple(CapacityChange(from_day=float(day), capacity=capacity) for day, capacity in steps[1:])
        return place.model_copy(update={"capacity": steps[0][1], "changes": changes, "weekly": ()})

    def _effects(self) -> Mapping[str, Mapping[str, Effects]]:
        """The arm's, and in levels that vanish the baseline's."""
        vanishing = self.vanishing
        effects = {attribute: dict(values) for attribute, values in self.arm.effects.items()}
        for attribute, values in self.baseline.effects.items():
            for value, theirs in values.items():
                kept = {name: ratios for name, ratios in theirs.levels.items() if name in vanishing}
                if kept:
                    ours = effects.setdefault(attribute, {}).get(value, Effects())
                    both = FrozenDict({**ours.levels, **kept})
                    effects[attribute][value] = ours.model_copy(update={"levels": both})
        return FrozenDict({attribute: FrozenDict(values) for attribute, values in effects.items()})


def as_run(system: Scenario | DatedChange) -> Scenario:
    """What the records of a run are of: the names, the window and the calendar of places of all of it."""
    return system.after if isinstance(system, DatedChange) else system


def in_force(system: Scenario | DatedChange) -> tuple[InForce, ...]:
    """Whose prices hold on which days of a run, one after the other, over the same names."""
    if isinstance(system, DatedChange):
        return InForce(system.before, -math.inf, system.day), InForce(system.after, system.day, math.inf)
    return (InForce(system, -math.inf, math.inf),)


def _leading_to(level: Level, levels: Mapping[str, Level]) -> Level:
    """A level without the ways to others than these, nor a bridge over one of them for which people wait."""
    changed: dict[str, Any] = {"next": tuple(rule for rule in level.next if rule.to in levels)}
    if level.step_up_to not in levels:
        changed["step_up_to"] = None
    bridge = levels.get(level.bridge or "")
    if level.hand_over == "bridge" and (bridge is None or bridge.has_list):
        changed |= {"hand_over": "release", "bridge": None}
    return level.model_copy(update=changed)


class UnfitChange(ValueError):
    """What cannot become of a scenario on the day of a change, and why."""


def check_changes(scenarios: Mapping[str, Scenario], day: float) -> None:
    """UnfitChange with everything that forbids a change on this day from the first scenario to each of the others."""
    (first, baseline), *others = scenarios.items()
    horizon = baseline.time.horizon
    if not 0 <= day < horizon:
        raise UnfitChange(f"the change must begin on a day of the run, from 0 to below {horizon:g}, not {day:g}")
    problems = []
    for label, arm in others if day > 0 else ():
        problems += [f"{label} cannot take over from {first} on day {day:g}: {why}" for why in _unlike(baseline, arm)]
        if day > baseline.window[0] and (unlike := list(_unlike_within_a_window(baseline, arm))):
            problems.append(
                f"{label} cannot take over from {first} on day {day:g}: the window of measurement begins on day "
                f"{baseline.window[0]:g}, and this may not change within it: {', '.join(unlike)}; let the change "
                "begin with the window at the latest"
            )
    if problems:
        raise UnfitChange("\n".join([*problems, AS_THEMSELVES]))


def _unlike(baseline: Scenario, arm: Scenario) -> Iterator[str]:
    """Why people of one system cannot become those of the other."""
    if baseline.time != arm.time:
        yield f"time is {arm.time}, not {baseline.time}"
    for name in dict.fromkeys((*baseline.population, *arm.population)):
        ours, theirs = baseline.population.get(name), arm.population.get(name)
        if ours != theirs:
            yield f"population.{name} is {_shares(theirs)}, not {_shares(ours)}, and nobody becomes someone else"
    if list(baseline.population) != list(arm.population) and set(baseline.population) == set(arm.population):
        yield "population lists its attributes in another order"
    if baseline.frailty != arm.frailty:
        yield f"frailty is {arm.frailty}, not {baseline.frailty}, and nobody becomes someone else"
    for name in ("age", "exits"):
        if getattr(baseline, name) != getattr(arm, name):
            yield f"{name} differs, and nobody's life changes because a programme does"
    if (baseline.death and baseline.death.background) != (arm.death and arm.death.background):
        yield "death.background differs, and nobody's life changes because a programme does"
    if baseline.arrivals.closed_cohort != arm.arrivals.closed_cohort:
        they_are, we_are = (_who(each.arrivals.closed_cohort) for each in (arm, baseline))
        yield f"arrivals are {they_are}, not {we_are}, and people come on day 0"


def _shares(shares: Mapping[str, float] | None) -> str:
    return "not there" if shares is None else ", ".join(f"{value} {share:g}" for value, share in shares.items())


def _who(closed_cohort: int | None) -> str:
    return "a stream" if closed_cohort is None else f"a closed cohort of {closed_cohort:,}"


def _unlike_within_a_window(baseline: Scenario, arm: Scenario) -> Iterator[str]:
    """What differs and is told of a window as a whole, with one value for all of it; prices are those of the day.

    Expected deaths are integrated over years with one set of hazards; a metric that one of the two lacks is of no
    window that both share.
    """
    if baseline.death != arm.death:
        yield "death"
    if _effects_on_death(baseline) != _effects_on_death(arm):
        yield "effects on death"
    if (baseline.utilities is None) != (arm.utilities is None):
        yield "utilities, which only one of the two states"
    for name in baseline.levels:
        if name in arm.levels:
            ours, theirs = baseline.levels[name], arm.levels[name]
            if ours.round_the_clock != theirs.round_the_clock:
                yield f"levels.{name}.round_the_clock"
            if (ours.caseload is None) != (theirs.caseload is None):
                yield f"levels.{name}.caseload, which only one of the two states"
    of_death = ("effects.death", "death_after_start", "death_after_stop")
    for name in (name for name in baseline.medications if name in arm.medications):
        both = baseline.medications[name], arm.medications[name]
        for key in of_death:
            if len(set(map(attrgetter(key), both))) > 1:
                yield f"medications.{name}.{key}"
    for name, price in (("checkups", "checkups"), ("costs.per_death", "costs.per_death")):
        if attrgetter(price)(baseline) and not attrgetter(price)(arm):
            yield f"{name}, which only {baseline.name} states (a price next to 0 will do)"
    if (baseline.reimbursement is None) != (arm.reimbursement is None):
        stating = baseline if baseline.reimbursement else arm
        yield f"reimbursement, which only {stating.name} states (rates of 0 will do)"
    known = set(_who_pays(arm))
    known.update(*(level.payers for name, level in baseline.levels.items() if name not in arm.levels))
    for payer in _who_pays(baseline):
        if payer not in known:
            yield f"the payer {payer}, whom only {baseline.name} has (one with a share of 0 will do)"


def _who_pays(scenario: Scenario) -> list[str]:
    """Everyone who is said to bear a cost of the programme."""
    of_categories = [shares for category, shares in scenario.costs.payers.items() if category in PROGRAMME]
    shares = [scenario.payers, *of_categories, *(level.payers for level in scenario.levels.values())]
    if scenario.reimbursement is not None:
        return list(dict.fromkeys((*scenario.payers_of_patients, scenario.reimbursement.residual_payer)))
    return list(dict.fromkeys(payer for table in shares for payer in table))


def _effects_on_death(scenario: Scenario) -> dict[tuple[str, str], float]:
    """The ratios, where they change anything."""
    ratios = {(name, value): each.death for name, of in scenario.effects.items() for value, each in of.items()}
    return {where: ratio for where, ratio in ratios.items() if ratio != 1}
