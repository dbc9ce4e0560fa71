"""All checks of a scenario."""

from collections.abc import Iterator

from sim.files.problems import Problem, warning
from sim.scenario.cards import card_problems, range_warnings
from sim.scenario.fields import stated_numbers
from sim.scenario.load import load_warnings, wall_warnings
from sim.scenario.rules import part_problems, reference_errors, rule_errors
from sim.scenario.schema import Scenario
from sim.scenario.ways import flow_errors, holding_warnings, instant_errors, unreached_levels

LONGEST_UNDISCOUNTED = 366
"""Days of follow-up up to which nobody expects discounting."""


def scenario_errors(scenario: Scenario) -> list[Problem]:
    """Every broken rule of a scenario whose single fields are sound; evidence cards aside."""
    rules = (part_problems, rule_errors, reference_errors, flow_errors, instant_errors)
    return [problem for rule in rules for problem in rule(scenario) if problem.severity == "error"]


def scenario_warnings(scenario: Scenario, since: Scenario | None = None) -> list[Problem]:
    """What a sound scenario's author may not have meant: unreachable levels, unused places, load above capacity ...

    since: the scenario that this one was changed from, if numbers that left the range of their evidence there are to be
    told as well: a changed number keeps no card to be judged by.
    """
    outside = [problem for problem in card_problems(scenario) if problem.severity == "warning"]
    return [
        *_demand(scenario),
        *(problem for problem in part_problems(scenario) if problem.severity == "warning"),
        *_places(scenario),
        *_groups(scenario),
        *_economics(scenario),
        *unreached_levels(scenario),
        *holding_warnings(scenario),
        *load_warnings(scenario),
        *wall_warnings(scenario),
        *outside,
        *(range_warnings(scenario, since) if since is not None else []),
    ]


def _demand(scenario: Scenario) -> Iterator[Problem]:
    arrivals = scenario.arrivals
    known = scenario.known.abstinent.people + scenario.known.using.people
    if not arrivals.per_day and not arrivals.closed_cohort and not scenario.initial and not known:
        yield warning("arrivals", "nobody ever asks for care")


def _places(scenario: Scenario) -> Iterator[Problem]:
    for name, place in scenario.places.items():
        users = [level for level, item in scenario.levels.items() if name in item.places]
        if not users:
            yield warning(f"places.{name}", "no level uses this kind of place")
        elif not place.is_ever_open:
            message = f"is 0 throughout: no one is ever admitted to {', '.join(users)}"
            yield warning(f"places.{name}.capacity", message, place.capacity)


def _groups(scenario: Scenario) -> Iterator[Problem]:
    for name, level in scenario.levels.items():
        if level.group is None or not level.places:
            continue
        seats = level.group.size * level.group.groups
        capacity = min(scenario.places[place].capacity for place in level.places)
        if seats != capacity:
            groups = f"{level.group.groups} groups of {level.group.size}"
            message = f"{groups} hold {seats} people, but the level has {capacity} places"
            yield warning(f"levels.{name}.group", message)


def _economics(scenario: Scenario) -> Iterator[Problem]:
    """What would make perspectives equal, or later money worth as much as earlier, without a word."""
    if not any(value > 0 for path, value in stated_numbers(scenario).items() if _is_price(path)):
        return
    levels, costs = scenario.levels.values(), scenario.costs
    borne = [scenario.payers, *(level.payers for level in levels), *costs.payers.values()]
    beside_payers = any(level.patient_time_per_day + level.patient_time_per_session > 0 for level in levels)
    beside_payers |= any(cost > 0 for cost in costs.productivity.model_dump().values())
    if not beside_payers and not any({"patient", "society"} & set(shares) for shares in borne):
        message = "nothing falls on patients or on others (patient_time, productivity, payers)"
        yield warning("costs", f"{message}: to society everything costs what it costs the payer")
    days, rates = scenario.time.follow_up_days, scenario.discounting
    if days > LONGEST_UNDISCOUNTED and rates.costs == rates.effects == 0:
        yield warning("discounting", f"costs and effects over a follow-up of {days:g} days are not discounted")


def _is_price(path: str) -> bool:
    prices = ("costs.per_relapse", "costs.other_health_care", "costs.productivity")
    return "cost_per_" in path or path.startswith(prices)
