"""The rule that nobody goes round in no time: a way back to where one was takes some.

Time passes in a stay, unless a clock of the level ends it at once; in a wait, unless patience is 0 or a place is free;
in a lag; outside care until one asks again; and in abstinence, always: no relapse comes at once. So whoever is back in
no time was using throughout, or never left care.
"""

from collections.abc import Iterator, Mapping

from sim.scenario.combinations import Kind, fits, kinds_of_patients
from sim.scenario.problems import Problem, error
from sim.scenario.schema import Level, Scenario

HOME = ""
"""At home, using. Levels stand for admission to them."""

LEAVING = {"dropout": None, "burnout": None, "termination": "terminated", "transfer": "transferred"}
"""Causes that may end a stay at once, by the reason after which links lead on; the first one at once has its way."""

Steps = Mapping[str, Mapping[str, str]]
"""From where to where in no time, and through what."""


def instant_errors(scenario: Scenario) -> Iterator[Problem]:
    """The first circle that someone can go round in no time, for any kind of patient."""
    back = scenario.return_to_care.delay_days
    if not any(map(_ends_at_once, scenario.levels.values())) and (back is None or not back.takes_no_time()):
        return
    conditions = [rule.when for rule in scenario.entry]
    conditions += [link.when for level in scenario.levels.values() for link in level.next]
    for kind, _ in kinds_of_patients(scenario, conditions) or [({}, 1.0)]:
        for steps in (_in_care(scenario, kind), _using(scenario, kind)):
            circle = _circle(steps)
            if circle:
                through = [steps[here][there] for here, there in zip(circle, [*circle[1:], circle[0]], strict=True)]
                first = next((name for name in circle if name != HOME), None)
                path = "return_to_care.delay_days" if HOME in circle else f"levels.{first}"
                message = f"people could go round in no time: {'; '.join(through)}"
                yield error(path, message, hint="Give one of these some time, if only a few minutes (0.01 days)")
                return


def _in_care(scenario: Scenario, kind: Kind) -> Steps:
    """From admission to admission, whoever the patient is."""
    return {name: _onward(name, scenario, kind) for name in scenario.levels}


def _using(scenario: Scenario, kind: Kind) -> Steps:
    """Of someone who goes on using: from home to home, by asking in vain or by stays that end at once."""
    levels = scenario.levels
    steps = {
        name: _onward(name, scenario, kind) | _home_from(name, level, scenario, kind)
        for name, level in levels.items()
        if level.days_to_abstinence is not None
    }
    back = scenario.return_to_care
    if back.probability > 0 and back.delay_days is not None and back.delay_days.takes_no_time():
        rule = next((r for r in scenario.entry if r.returning in (None, True) and fits(r.when, kind)), None)
        asked = [name for name, share in rule.to.items() if share > 0 and name in levels] if rule is not None else []
        again = "outside care until return_to_care.delay_days"
        steps[HOME] = {name: f"{again}, levels.{name}" for name in asked if name in steps}
        in_vain = {name: why for name in asked if (why := _in_vain(name, levels[name]))}
        if in_vain:
            steps[HOME][HOME] = f"{again}, {next(iter(in_vain.values()))}"
    return steps


def _onward(name: str, scenario: Scenario, kind: Kind) -> dict[str, str]:
    """The levels that a stay which ends at once leads to at once."""
    level, cause = scenario.levels[name], _ends_at_once(scenario.levels[name])
    reason = LEAVING[cause] if cause is not None else None
    return {
        link.to: f"levels.{name}.{cause}, levels.{name}.next to {link.to}"
        for link in level.next
        if reason in link.after
        and link.probability > 0
        and fits(link.when, kind)
        and link.to in scenario.levels
        and (link.delay_days is None or link.delay_days.takes_no_time())
    }


def _home_from(name: str, level: Level, scenario: Scenario, kind: Kind) -> dict[str, str]:
    """Home, from a stay that ends at once: without a link, or because the next level is asked for in vain."""
    cause = _ends_at_once(level)
    if cause is None:
        return {}
    by_cause = f"levels.{name}.{cause}"
    linked = sum(link.probability for link in level.next if LEAVING[cause] in link.after and fits(link.when, kind))
    if linked < 1:
        return {HOME: by_cause}
    onward = _onward(name, scenario, kind)
    in_vain = next((why for to in onward if (why := _in_vain(to, scenario.levels[to]))), None)
    return {} if in_vain is None else {HOME: f"{by_cause}, {in_vain}"}


def _ends_at_once(level: Level) -> str | None:
    """The cause that ends every stay at once."""
    for cause in LEAVING:
        clock = getattr(level, cause)
        if clock is not None and clock.takes_no_time():
            return cause
    return None


def _in_vain(name: str, level: Level) -> str | None:
    """Why someone may ask for a level and have left its list at once."""
    if level.places and level.patience is not None and level.patience.takes_no_time():
        return f"levels.{name}.patience"
    return f"levels.{name}.no_show" if level.no_show > 0 else None


def _circle(steps: Steps) -> list[str]:
    """The nodes of a circle, in their order; empty without one."""
    done: set[str] = set()
    for start in steps:
        way: list[str] = []
        open_ways = [iter((start,))]
        while open_ways:
            node = next((each for each in open_ways[-1] if each not in done), None)
            if node is None:
                open_ways.pop()
                if way:
                    done.add(way.pop())
            elif node in way:
                return way[way.index(node) :]
            else:
                way.append(node)
                open_ways.append(iter(steps.get(node, {})))
    return []
