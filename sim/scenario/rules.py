"""Rules that a scenario keeps, its ways aside (`ways`)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from sim.files.nearest import name_hint
from sim.files.paths import Segments, is_index, join_path
from sim.files.problems import Problem, error
from sim.scenario.frozen import Frozen
from sim.scenario.schema import Level, Scenario
from sim.scenario.shape import nodes, scenario_shape
from sim.vocabulary import REASONS, SOCIETY

EXACT = 1e-9
"""Shares that sum to one do so this closely; they are never rescaled."""

SHORTEST_WINDOW = 1e-3
"""Days: about a minute. Rates over less of a window say nothing."""

RESERVED_ATTRIBUTES = frozenset(
    {"patient", "arrived", "cohort", "born", "moved_away", "recovered", "frailty", "replication", "scenario"}
)
"""Columns of the patients' records, beside which the attributes stand."""

MOST_ATTRIBUTES, MOST_VALUES = 40, 1_000
"""Of the population, and of each attribute: outcomes are told for every value."""

MOST_PEOPLE = 10_000_000
"""Who ask for care for the first time in one run; more are in no memory."""


def part_problems(scenario: Scenario) -> Iterator[Problem]:
    """What each part says of itself, errors and warnings, in the order of the schema.

    By its `Mark` and its own rules (`Frozen.own_problems`).
    """
    for path, shape, value, default in nodes(scenario, scenario_shape(), with_rules=True):
        own = list(value.own_problems()) if isinstance(value, Frozen) else []
        if shape.mark.sums_to_one and value != default:
            own += _not_one(dict(value))
        if shape.mark.rising is not None:
            own += _not_rising(shape.mark.rising, value)
        for problem in own:
            yield replace(problem, path=".".join(filter(None, (join_path(path), problem.path))))


def _not_one(shares: Mapping[str, float]) -> Iterator[Problem]:
    total = sum(shares.values())
    if abs(total - 1) > EXACT:
        yield error("", f"shares must sum to 1, not {total:.9g}")


def _not_rising(key: str, entries: Sequence[Frozen]) -> Iterator[Problem]:
    days = [getattr(entry, key) for entry in entries]
    for index, (before, after) in enumerate(pairwise(days), start=1):
        if not after > before:
            yield error(f"{index}.{key}", f"must be later than the one before, {before:g}", after)


def rule_errors(scenario: Scenario) -> Iterator[Problem]:
    """Every broken rule across parts; of names, see `reference_errors`."""
    yield from _conditions(scenario)
    yield from _cohort(scenario)
    yield from _initial(scenario)
    yield from _population(scenario)
    yield from _use(scenario)
    yield from _ages(scenario)
    yield from _rates(scenario)
    for name, level in scenario.levels.items():
        if name in REASONS:
            yield error(f"levels.{name}", "a level must not be called like a reason why a stay ends")
        yield from _level(f"levels.{name}", name, level, scenario)


def _conditions(scenario: Scenario) -> Iterator[Problem]:
    if len(scenario.conditions) > 1:
        first, *others = scenario.conditions
        message = f"one condition a scenario, not {len(scenario.conditions)}: {', '.join(scenario.conditions)}"
        hint = f'In a file that extends another, remove = ["conditions.{first}"] takes away what is inherited'
        yield error(f"conditions.{others[0]}", message, hint=hint)


def _cohort(scenario: Scenario) -> Iterator[Problem]:
    time, arrivals = scenario.time, scenario.arrivals
    if arrivals.first_per_day is None and arrivals.closed_cohort is not None:
        for key, days in (("warm_up_days", time.warm_up_days), ("recruitment_days", time.recruitment_days)):
            if days != 0:
                yield error(f"time.{key}", "must be 0: everyone of a closed cohort asks for care on day 0", days)
    elif arrivals.closed_cohort is None and arrivals.first_per_day is not None:
        if time.recruitment_days < SHORTEST_WINDOW:
            message = (
                f"must be above 0 (at least {SHORTEST_WINDOW:g}): with a stream of arrivals the cohort is recruited"
            )
            yield error("time.recruitment_days", message, time.recruitment_days)
        else:
            yield from _people(arrivals.first_per_day, scenario)


def _people(per_day: float, scenario: Scenario) -> Iterator[Problem]:
    end = scenario.time.horizon
    steps = [*scenario.arrivals.steps(), (end, 0.0)]
    spans = [(factor, min(until, end) - min(since, end)) for (since, factor), (until, _) in pairwise(steps)]
    people = per_day * sum(factor * days for factor, days in spans)
    if people > MOST_PEOPLE:
        message = f"about {people:,.0f} people would ask for care in {end:,.0f} days, at most {MOST_PEOPLE:,} may"
        key = "per_day" if scenario.arrivals.calls_per_month is None else "calls_per_month"
        yield error(f"arrivals.{key}", message, getattr(scenario.arrivals, key))


def _initial(scenario: Scenario) -> Iterator[Problem]:
    if scenario.initial and scenario.time.warm_up_days != 0:
        yield error("initial", f"needs time.warm_up_days = 0, not {scenario.time.warm_up_days:g}: it replaces it")
    for name, there in scenario.initial.items():
        cap = scenario.levels[name].list_cap if name in scenario.levels else None
        if cap is not None and there.waiting > cap:
            yield error(f"initial.{name}.waiting", f"is above levels.{name}.list_cap, {cap:,}", there.waiting)
    capacity = {name: place.capacity_on(0, scenario.time) for name, place in scenario.places.items()}
    begun = {
        name: level
        for name, level in scenario.levels.items()
        if name in scenario.initial and capacity.keys() >= set(level.all_places)
    }
    yield from list(_without_room(scenario, begun, capacity)) or _without_room_beside(scenario, begun, capacity)


def _without_room(scenario: Scenario, begun: Mapping[str, Level], capacity: Mapping[str, int]) -> Iterator[Problem]:
    """People in care on day 0, for whom there are too few of a kind of place, or too few for their level alone.

    begun: levels with people on day 0. capacity: by kind of place, on day 0.
    """
    for place in scenario.places:
        users = {name: level.places_each.get(place, 1) for name, level in begun.items() if place in level.places}
        needed = sum(scenario.initial[name].in_care * number for name, number in users.items())
        if needed > capacity[place]:
            path = f"initial.{next(iter(users))}.in_care" if len(users) == 1 else "initial"
            alone = all(number == 1 for number in users.values())
            need = f"{needed} people in care need" if alone else f"people in care need {needed}"
            yield error(path, f"{need} {place}, which has {capacity[place]} on day 0")
    for name, level in begun.items():
        people = scenario.initial[name].in_care
        if level.any_place_of and people > level.room(capacity):
            kinds = ", ".join(level.any_place_of)
            message = f"{people} people in care need one of {kinds}, with room for {level.room(capacity)} on day 0"
            yield error(f"initial.{name}.in_care", message)


def _without_room_beside(
    scenario: Scenario, begun: Mapping[str, Level], capacity: Mapping[str, int]
) -> Iterator[Problem]:
    """People in care on day 0 for whom those of other levels, who have no more choice than they, leave no place; each
    has the first kind that is free, as in a run."""
    left = dict(capacity)
    for name, level in sorted(begun.items(), key=lambda each: len(each[1].holdings())):
        people = rest = scenario.initial[name].in_care
        for holding in level.holdings():
            room = min([rest, *(left[place] // number for place, number in holding.items())])
            left.update({place: left[place] - room * number for place, number in holding.items()})
            rest -= room
        if rest:
            kinds = ", ".join(level.all_places)
            message = f"no room on day 0 for {rest} of {people} people in care ({kinds}) beside those of other levels"
            hint = "Fewer of them, more places, or another order in any_place_of"
            yield error(f"initial.{name}.in_care", message, people, hint)


def _population(scenario: Scenario) -> Iterator[Problem]:
    if len(scenario.population) > MOST_ATTRIBUTES:
        yield error("population", f"has {len(scenario.population):,} attributes, at most {MOST_ATTRIBUTES} are allowed")
    for attribute, shares in scenario.population.items():
        if attribute in RESERVED_ATTRIBUTES:
            yield error(f"population.{attribute}", "is the name of a column of the records: choose another name")
        if len(shares) > MOST_VALUES:
            message = f"has {len(shares):,} values, at most {MOST_VALUES:,} are allowed"
            yield error(f"population.{attribute}", message, hint="Join some of them")


def _use(scenario: Scenario) -> Iterator[Problem]:
    relapse, setback = scenario.relapse, scenario.setback
    if relapse is not None and relapse.setbacks() and (setback is None or setback.duration_days is None):
        yield error(
            "setback.duration_days", "is missing: some setbacks begin no relapse (share_of_setbacks is below 1)"
        )
    for name, medication in scenario.medications.items():
        if medication.risk_at_stop > 0 and relapse is None:
            why = "is of setbacks, and without [relapse] nobody has any"
            yield error(f"medications.{name}.risk_at_stop", why, medication.risk_at_stop)
    at_door = next((name for name, level in scenario.levels.items() if level.risk_at_discharge is not None), None)
    if at_door is None:
        return
    why = f"is missing: levels.{at_door}.risk_at_discharge"
    if relapse is None:
        yield error("relapse", f"{why} is of a setback, and without [relapse] nobody has one")
    if setback is None or setback.into_relapse_days is None:
        yield error("setback.into_relapse_days", f"{why} begins relapses, which come after these days")


def _ages(scenario: Scenario) -> Iterator[Problem]:
    bands = scenario.population.get("age", {})
    if scenario.age:
        if not bands:
            yield error("age", "needs an attribute of this name: population.age, with the shares of these ages")
        for value in bands:
            if value not in scenario.age:
                yield error(f"age.{value}", "is missing: state the youngest and oldest who have this value of age")
        return
    needs = "needs ages: an attribute population.age, and its years in [age]"
    if scenario.death is not None and scenario.death.background is not None:
        yield error("death.background", needs)
    if scenario.utilities is not None and scenario.utilities.age is not None:
        yield error("utilities.age", needs)


def _rates(scenario: Scenario) -> Iterator[Problem]:
    """Rates of levels, by payers that are values of the attribute that says who pays."""
    payment = scenario.reimbursement
    known = scenario.population.get(payment.attribute) if payment else None
    if payment and known and SOCIETY in known:
        path = f"population.{payment.attribute}.{SOCIETY}"
        yield error(path, "must not be a payer: it stands for what falls on neither patients nor payers")
    for name, level in scenario.levels.items():
        if level.rates and payment is None:
            message = "needs [reimbursement]: attribute, whose values are the payers, and residual_payer"
            yield error(f"levels.{name}.rates", message)
        for payer in level.rates if known else ():
            yield from _unknown(("levels", name, "rates", payer), payer, "payer", known or {})


def _level(path: str, name: str, level: Level, scenario: Scenario) -> Iterator[Problem]:
    if level.step_up_to == name:
        yield error(f"{path}.step_up_to", "must be another level", name)
    if level.bridge is None or level.hand_over != "bridge":
        return
    if level.bridge == name:
        yield error(f"{path}.bridge", "must be another level", name)
    elif level.bridge in scenario.levels and scenario.levels[level.bridge].has_list:
        message = "must be a level without places or intake, so that nobody waits for it"
        yield error(f"{path}.bridge", message, level.bridge)


def reference_errors(scenario: Scenario) -> Iterator[Problem]:
    """A problem for each name that refers to nothing."""
    tables = {"level": scenario.levels, "place": scenario.places, "attribute": scenario.population}
    for path, shape, value, _ in nodes(scenario, scenario_shape(), with_rules=True):
        if shape.key_refers == "value":
            yield from _no_value(path, path[-1], path[-2], scenario, None)
        elif shape.key_refers is not None:
            yield from _unknown(path, path[-1], shape.key_refers, tables[shape.key_refers])
        if shape.mark.refers == "value":
            attribute = path[-2] if is_index(path[-1]) else path[-1]
            yield from _no_value(path, value, attribute, scenario, value)
        elif shape.mark.refers is not None and value is not None:
            yield from _unknown(path, value, shape.mark.refers, tables[shape.mark.refers])


def _no_value(path: Segments, name: str, attribute: str, scenario: Scenario, shown: str | None) -> Iterator[Problem]:
    """An attribute that is unknown itself has been reported, and no value of it is."""
    if attribute in scenario.population:
        yield from _unknown(path, name, f"value of {attribute}", scenario.population[attribute], shown)


def _unknown(
    path: Segments, name: str, what: str, known: Mapping[str, object], shown: str | None = None
) -> Iterator[Problem]:
    if name not in known:
        yield error(join_path(path), f'there is no {what} "{name}"', shown, partial(name_hint, name, known))
