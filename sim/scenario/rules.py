"""Rules across the fields of one part of a scenario: each says one thing that must hold."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from sim.files.problems import Problem, error
from sim.scenario.schema import Level, Scenario
from sim.vocabulary import REASONS

SHORTEST_WINDOW = 1e-3
"""Days: about a minute. Rates over less of a window say nothing."""

SMALLEST_SUM = 1e-6
"""Relative rates that sum to less have no mean to be relative to."""

EXACT = 1e-9
"""Shares that sum to one do so this closely; they are never rescaled."""

RESERVED_ATTRIBUTES = frozenset({"patient", "arrived", "cohort", "frailty", "replication", "scenario"})
"""Columns of the patients' records, beside which the attributes stand."""

MOST_ATTRIBUTES, MOST_VALUES = 40, 1_000
"""Of the population, and of each attribute: outcomes are told for every value."""

MOST_PEOPLE = 10_000_000
"""Who ask for care for the first time in one run; more are in no memory."""

RESERVED_LEVELS = frozenset(REASONS)
"""Reasons why a stay ends, which would be mistaken for levels wherever both are listed."""


def part_errors(scenario: Scenario) -> Iterator[Problem]:
    """Every broken rule that a single part shows, references and flows aside."""
    yield from _time_and_arrivals(scenario)
    yield from _initial(scenario)
    yield from _population(scenario)
    for index, rule in enumerate(scenario.entry):
        yield from _sums_to_one(f"entry.{index}.to", rule.to)
    yield from _sums_to_one("payers", scenario.payers)
    for category, shares in scenario.costs.payers.items():
        yield from _sums_to_one(f"costs.payers.{category}", shares)
    for name, level in scenario.levels.items():
        if name in RESERVED_LEVELS:
            yield error(f"levels.{name}", "a level must not be called like a reason why a stay ends")
        yield from _level(f"levels.{name}", name, level, scenario)
    for name, place in scenario.places.items():
        yield from _rising(f"places.{name}.changes", "from_day", [change.from_day for change in place.changes])
    windows = scenario.death.windows if scenario.death is not None else ()
    yield from _rising("death.windows", "until_day", [window.until_day for window in windows])
    back = scenario.return_to_care
    if back.probability > 0 and back.delay_days is None:
        yield error("return_to_care.delay_days", "is missing: return_to_care.probability is above 0")


def _time_and_arrivals(scenario: Scenario) -> Iterator[Problem]:
    time, arrivals = scenario.time, scenario.arrivals
    if not 1900 <= time.start.year <= 2200:
        yield error("time.start", "must lie in the years 1900 to 2200", time.start)
    if (arrivals.per_day is None) == (arrivals.closed_cohort is None):
        given = "neither" if arrivals.per_day is None else "both"
        yield error("arrivals", f"must state exactly one of per_day and closed_cohort, not {given}")
    elif arrivals.closed_cohort is not None:
        for key, days in (("warm_up_days", time.warm_up_days), ("recruitment_days", time.recruitment_days)):
            if days != 0:
                yield error(f"time.{key}", "must be 0: everyone of a closed cohort asks for care on day 0", days)
    elif time.recruitment_days < SHORTEST_WINDOW:
        message = f"must be above 0 (at least {SHORTEST_WINDOW:g}): with arrivals.per_day the cohort is recruited"
        yield error("time.recruitment_days", message, time.recruitment_days)
    else:
        yield from _people(scenario)
    for key, rates, length in (("weekday", arrivals.weekday, 7), ("month", arrivals.month, 12)):
        if len(rates) not in (0, length):
            yield error(f"arrivals.{key}", f"must have {length} entries, or none, not {len(rates)}", rates)
        elif rates and sum(rates) < SMALLEST_SUM:
            yield error(f"arrivals.{key}", "must not be all zero, or nearly", rates)
    yield from _rising("arrivals.changes", "from_day", [change.from_day for change in arrivals.changes])


def _people(scenario: Scenario) -> Iterator[Problem]:
    time, arrivals = scenario.time, scenario.arrivals
    end = time.warm_up_days + time.recruitment_days + time.follow_up_days
    steps = [(0.0, 1.0), *((change.from_day, change.factor) for change in arrivals.changes), (end, 0.0)]
    spans = [(factor, min(until, end) - min(since, end)) for (since, factor), (until, _) in pairwise(steps)]
    people = (arrivals.per_day or 0.0) * sum(factor * days for factor, days in spans)
    if people > MOST_PEOPLE:
        message = f"about {people:,.0f} people would ask for care in {end:,.0f} days, at most {MOST_PEOPLE:,} may"
        yield error("arrivals.per_day", message, arrivals.per_day)


def _initial(scenario: Scenario) -> Iterator[Problem]:
    if scenario.initial and scenario.time.warm_up_days != 0:
        yield error("initial", f"needs time.warm_up_days = 0, not {scenario.time.warm_up_days:g}: it replaces it")
    for place, kind in scenario.places.items():
        users = [name for name in scenario.initial if name in scenario.levels and place in scenario.levels[name].places]
        here = sum(scenario.initial[name].in_care for name in users)
        capacity = next((c.capacity for c in kind.changes if c.from_day == 0), kind.capacity)
        if here > capacity:
            path = f"initial.{users[0]}.in_care" if len(users) == 1 else "initial"
            yield error(path, f"{here} people in care need {place}, which has {capacity} on day 0")


def _population(scenario: Scenario) -> Iterator[Problem]:
    if len(scenario.population) > MOST_ATTRIBUTES:
        yield error("population", f"has {len(scenario.population):,} attributes, at most {MOST_ATTRIBUTES} are allowed")
    for attribute, shares in scenario.population.items():
        if attribute in RESERVED_ATTRIBUTES:
            yield error(f"population.{attribute}", "is the name of a column of the records: choose another name")
        if len(shares) > MOST_VALUES:
            message = f"has {len(shares):,} values, at most {MOST_VALUES:,} are allowed"
            yield error(f"population.{attribute}", message, hint="Join some of them")
        yield from _sums_to_one(f"population.{attribute}", shares)


def _level(path: str, name: str, level: Level, scenario: Scenario) -> Iterator[Problem]:
    for index, place in enumerate(level.places):
        if place in level.places[:index]:
            yield error(f"{path}.places.{index}", "is listed twice: a stay holds one place of each kind", place)
    if level.length_of_stay.takes_no_time():
        yield error(f"{path}.length_of_stay", "must be above 0: a stay takes time")
    if level.early_step_down is not None and level.review_every_days is None:
        yield error(f"{path}.early_step_down", "needs review_every_days: it happens at a review")
    if level.payers:
        yield from _sums_to_one(f"{path}.payers", level.payers)
    response = level.on_relapse
    yield from _sums_to_one(f"{path}.on_relapse", response.model_dump(by_alias=True))
    if level.step_up_to == name:
        yield error(f"{path}.step_up_to", "must be another level", name)
    elif response.step_up > 0 and level.step_up_to is None:
        yield error(f"{path}.step_up_to", "is missing: on_relapse.step_up is above 0")
    yield from _bridge(path, name, level, scenario)


def _bridge(path: str, name: str, level: Level, scenario: Scenario) -> Iterator[Problem]:
    if level.bridge is None:
        if level.hand_over == "bridge":
            yield error(f"{path}.bridge", 'is missing: hand_over = "bridge" needs the interim level')
        return
    if level.hand_over != "bridge":
        yield error(f"{path}.bridge", f'has no effect with hand_over = "{level.hand_over}"', level.bridge)
    elif level.bridge == name:
        yield error(f"{path}.bridge", "must be another level", name)
    elif level.bridge in scenario.levels and scenario.levels[level.bridge].places:
        yield error(f"{path}.bridge", "must be a level without places, so that nobody waits for it", level.bridge)


def _sums_to_one(path: str, shares: Mapping[str, float]) -> Iterator[Problem]:
    total = sum(shares.values())
    if abs(total - 1) > EXACT:
        yield error(path, f"shares must sum to 1, not {total:.9g}")


def _rising(path: str, key: str, days: Sequence[float]) -> Iterator[Problem]:
    for index, (before, after) in enumerate(pairwise(days), start=1):
        if not after > before:
            yield error(f"{path}.{index}.{key}", f"must be later than the one before, {before:g}", after)
