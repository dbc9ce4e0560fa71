"""Places that can all be held by people who wait for one another."""

from collections.abc import Iterator, Mapping

from sim.files.problems import Problem, warning
from sim.scenario.schema import Level, Scenario
from sim.scenario.ways.accepting import classes_accepted


def places_held_in_circles(scenario: Scenario) -> list[str]:
    """Kinds of places that can be held, all of them, by people who wait for a level that needs the same kind.

    Directly, or by way of other kinds: whoever holds these waits in turn. One kind may close the circle alone. Who
    could have any of several kinds waits only as long as all of these are held so.
    """
    waits = [
        (set(level.all_places), [set(scenario.levels[to].holdings()[number]) for number in kept])
        for level in scenario.levels.values()
        for to in _waits_inside_for(level, scenario)
        for kept in classes_accepted(scenario, scenario.levels[to])
    ]
    stuck, before = set(scenario.places), set[str]()
    while stuck != before:
        before = stuck
        waits = [each for each in waits if all(choice & stuck for choice in each[1])]
        stuck = {place for held, _ in waits for place in held} & before
    waited_for = {
        name: {place for held, choices in waits if name in held for choice in choices for place in choice & stuck}
        for name in stuck
    }
    return [name for name in scenario.places if name in stuck and name in _reached(waited_for[name], waited_for)]


def _reached(first: set[str], steps: Mapping[str, set[str]]) -> set[str]:
    """What can be come to from the first, these among it."""
    reached, fresh = set(first), set(first)
    while fresh:
        fresh = {to for name in fresh for to in steps.get(name, ())} - reached
        reached |= fresh
    return reached


def _waits_inside_for(level: Level, scenario: Scenario) -> list[str]:
    """The levels for which people wait in a place of this one."""
    if level.hand_over != "hold" or not level.all_places:
        return []
    onward = {link.to for link in level.next if link.probability > 0}
    return [name for name, to in scenario.levels.items() if name in onward and to.all_places]


def holding_warnings(scenario: Scenario) -> Iterator[Problem]:
    """A warning of levels that can block one another for ever."""
    places = places_held_in_circles(scenario)
    closing = {
        name: [to for to in _waits_inside_for(level, scenario) if set(scenario.levels[to].all_places) & set(places)]
        for name, level in scenario.levels.items()
        if set(level.all_places) & set(places)
    }
    closing = {name: onward for name, onward in closing.items() if onward}
    if not closing:
        return
    onward = list(dict.fromkeys(to for each in closing.values() for to in each))
    for_ever = any(scenario.levels[to].patience is None for to in onward)
    held = f"{', '.join(places)} can all be held by people in {', '.join(closing)} who wait for {', '.join(onward)}"
    then = "and then no one is admitted any more" + ("" if for_ever else " until one of them gives up")
    yield warning(
        f"levels.{next(iter(closing))}.hand_over",
        f'hand_over = "hold" closes a circle: {held}, {then}',
        "hold",
        'Let one of them "release", or give each level places of its own and no way back',
    )
