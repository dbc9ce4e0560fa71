"""The rule that nobody goes round in no time, over and over: a way back to where one was takes some.

Time passes in a stay, unless a clock of the level ends it at once; in a wait, unless patience is 0 or a place is free;
in a lag; outside care until one asks again; and in being well, always: no relapse comes at once. So whoever is back in
no time was unwell throughout, or never left care.
"""

import heapq
import math
from collections.abc import Iterator, Mapping

from sim.files.problems import Problem, error
from sim.scenario.distributions import INSTANT, NEARLY_ALL
from sim.scenario.laws import LONGEST_PLAN
from sim.scenario.schema import Level, NextRule, Scenario
from sim.scenario.ways.kinds import PatientKind, conditions_of_ways, fits, kinds_of_patients
from sim.vocabulary import CAUSES_OF_LEAVING

HINT = "Give one of these some time, if only two hours (0.1 days), or make it less likely"
HOME = ""
"""At home, unwell. Levels stand for admission to them."""

ENDLESS = 0.9
"""The chance of one more round from which on it is refused: ten rounds on average, or more. Less likely ones come to an
end soon; should they not, the run stops at them (model/pace.py)."""

Way = tuple[str, float]
"""Through what, and the chance of it."""

Steps = Mapping[str, Mapping[str, Way]]
"""From where to where in no time."""


def instant_errors(scenario: Scenario) -> Iterator[Problem]:
    """The first circle that someone can go round in no time, for any kind of patient."""
    back = scenario.return_to_care.delay_days
    if not any(map(_ends_at_once, scenario.levels.values())) and (back is None or not back.takes_no_time()):
        return
    for kind, _ in kinds_of_patients(scenario, conditions_of_ways(scenario)) or [({}, 1.0)]:
        for steps in (_in_care(scenario, kind), _unwell(scenario, kind)):
            circle = _circle(steps)
            if circle:
                through = [
                    steps[node][following][0] for node, following in zip(circle, [*circle[1:], circle[0]], strict=True)
                ]
                first = next((name for name in circle if name != HOME), None)
                path = "return_to_care.delay_days" if HOME in circle else f"levels.{first}"
                message = f"people could go round in no time: {'; '.join(through)}"
                yield error(path, message, hint=HINT)
                return


def _in_care(scenario: Scenario, kind: PatientKind) -> Steps:
    """From admission to admission, whoever the patient is."""
    return {name: _onward(name, scenario, kind) for name in scenario.levels}


def _unwell(scenario: Scenario, kind: PatientKind) -> Steps:
    """Of someone who goes on unwell: from home to home, by asking in vain or by stays that end at once."""
    levels = scenario.levels
    steps = {
        name: _onward(name, scenario, kind) | _home_from(name, level, scenario, kind)
        for name, level in levels.items()
        if level.days_to_remission is not None or level.response is not None
    }
    back = scenario.return_to_care
    if back.probability > 0 and back.delay_days is not None and back.delay_days.takes_no_time():
        rule = next((r for r in scenario.entry if r.returning in (None, True) and fits(r.when, kind)), None)
        asked = {name: share for name, share in rule.to.items() if share > 0 and name in levels} if rule else {}
        again = "outside care until return_to_care.delay_days"
        through = {name: _through_steps(name, levels[name]) for name in asked}
        steps[HOME] = {
            name: (f"{again}, levels.{name}", back.probability * share * through[name][1] * (1 - levels[name].no_show))
            for name, share in asked.items()
            if name in steps
        }
        in_vain = [
            (why, share * missed)
            for name, share in asked.items()
            for why, missed in _in_vain_from_outside(through[name], _in_vain(name, levels[name]))
        ]
        chance = back.probability * math.fsum(missed for _, missed in in_vain)
        if chance:
            steps[HOME][HOME] = (f"{again}, {next(why for why, missed in in_vain if missed)}", chance)
    return steps


def _onward(name: str, scenario: Scenario, kind: PatientKind) -> dict[str, Way]:
    """The levels that a stay which ends at once leads to at once."""
    through = f"levels.{name}.{_ends_at_once(scenario.levels[name])}, levels.{name}.next to "
    ways: dict[str, Way] = {}
    for link in _links_at_once(name, scenario, kind):
        chance = link.probability * (1 - scenario.levels[link.to].no_show)
        ways[link.to] = (through + link.to, chance + ways.get(link.to, ("", 0.0))[1])
    return ways


def _links_at_once(name: str, scenario: Scenario, kind: PatientKind) -> list[NextRule]:
    return [
        link
        for link in _links(scenario.levels[name], kind)
        if link.to in scenario.levels and (link.delay_days is None or link.delay_days.takes_no_time())
    ]


def _links(level: Level, kind: PatientKind) -> list[NextRule]:
    """Those that follow a stay which ends at once."""
    cause = _ends_at_once(level)
    reason = CAUSES_OF_LEAVING[cause] if cause is not None else None
    return [link for link in level.next if reason in link.after and link.probability > 0 and fits(link.when, kind)]


def _home_from(name: str, level: Level, scenario: Scenario, kind: PatientKind) -> dict[str, Way]:
    """Home, from a stay that ends at once: without a link, or because the next level is asked for in vain."""
    cause = _ends_at_once(level)
    if cause is None:
        return {}
    unlinked = max(1 - math.fsum(link.probability for link in _links(level, kind)), 0.0)
    asked = [
        (link.probability, *_in_vain(link.to, scenario.levels[link.to]))
        for link in _links_at_once(name, scenario, kind)
    ]
    in_vain = math.fsum(chance * missed for chance, _, missed in asked)
    if not unlinked + in_vain:
        return {}
    why = next((f", {why}" for _, why, missed in asked if missed), "") if in_vain > unlinked else ""
    return {HOME: (f"levels.{name}.{cause}{why}", unlinked + in_vain)}


def _ends_at_once(level: Level) -> str | None:
    """The cause that ends every stay at once; the first of several has its way."""
    longest = min(level.length_of_stay.inverse()(NEARLY_ALL), LONGEST_PLAN)
    for cause, clock in level.clocks().items():
        if clock.inverse()(NEARLY_ALL) * (longest if clock.of == "plan" else 1.0) < INSTANT:
            return cause
    return None


def _in_vain(name: str, level: Level) -> Way:
    """Why someone may ask for a level and have left its list at once, and the chance of it where no place is free."""
    if level.has_list and level.patience is not None and level.patience.takes_no_time():
        return f"levels.{name}.patience", 1.0
    if level.has_list and level.list_cap is not None:
        return f"levels.{name}.list_cap", 1.0
    return f"levels.{name}.no_show", level.no_show


def _in_vain_from_outside(through: tuple[Way, float], on_list: Way) -> Iterator[Way]:
    """As of `_in_vain`, of those who come to the list through its steps, or are lost in them."""
    (lost_in, lost), passed = through
    yield lost_in, lost
    yield on_list[0], passed * on_list[1]


def _through_steps(name: str, level: Level) -> tuple[Way, float]:
    """What loses people in no time before the list, and the chance of it; and the chance to have passed in no time."""
    why, lost, passed = "", 0.0, 1.0
    for index, step in enumerate(level.access):
        takes_time = step.slots_per_day or (step.delay_days is not None and not step.delay_days.takes_no_time())
        gives_up = step.patience is not None and step.patience.takes_no_time() and bool(takes_time)
        share = 1.0 if gives_up else step.lost_at_once
        if share:
            why = why or f"levels.{name}.access.{index}.{'patience' if gives_up else 'lost_at_once'}"
        lost += passed * share
        passed *= 1 - share
        if takes_time:
            return (why, lost), 0.0
    return (why, lost), passed


def _circle(steps: Steps) -> list[str]:
    """The nodes of a circle that is gone round with a chance of ENDLESS, in their order; empty without one."""
    likely = {
        node: {following: chance for following, (_, chance) in ways.items() if chance >= ENDLESS}
        for node, ways in steps.items()
    }
    for start in likely:
        # The likeliest way to each node, from the likeliest on: chances only fall along a way.
        ways = [(-1.0, [start])]
        done: set[str] = set()
        while ways:
            chance, way = heapq.heappop(ways)
            if way[-1] in done:
                continue
            # The start is reached when it is come back to.
            if len(way) > 1:
                if way[-1] == start:
                    return way[:-1]
                done.add(way[-1])
            for following, step in likely.get(way[-1], {}).items():
                if following not in done and -chance * step >= ENDLESS:
                    heapq.heappush(ways, (chance * step, [*way, following]))
    return []
