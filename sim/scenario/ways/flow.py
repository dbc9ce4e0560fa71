"""Whether everyone finds a way in, through the levels, and out again."""

from collections.abc import Iterator, Mapping

from sim.files.problems import Problem, error, warning
from sim.scenario.rules import EXACT
from sim.scenario.schema import Level, Scenario
from sim.scenario.ways.kinds import PatientKind, described, fits, kinds_of_patients
from sim.vocabulary import ONWARD


def flow_errors(scenario: Scenario) -> Iterator[Problem]:
    """Patients without a way in, links that promise too much, and circles without a way out."""
    yield from _entry(scenario)
    for name, level in scenario.levels.items():
        for reason in ONWARD:
            yield from _link_sums(f"levels.{name}.next", level, reason, scenario)
    for reason in ONWARD:
        yield from _circles(scenario, reason)


def _entry(scenario: Scenario) -> Iterator[Problem]:
    rules = scenario.entry
    kinds = kinds_of_patients(scenario, [rule.when for rule in rules])
    if kinds is None:
        if rules[-1].when or rules[-1].returning is not None:
            message = "too many combinations of attributes to check: the last rule must fit everyone"
            yield error(f"entry.{len(rules) - 1}", message)
        return
    used: set[int | None] = set()
    uncovered: dict[bool, PatientKind] = {}
    for returning in (False, True):
        for kind, _ in kinds:
            fitting = (i for i, r in enumerate(rules) if r.returning in (None, returning) and fits(r.when, kind))
            first = next(fitting, None)
            if first is None:
                uncovered.setdefault(returning, kind)
            used.add(first)
    if len(uncovered) == 2 and uncovered[False] == uncovered[True]:
        del uncovered[True]
    for returning, kind in uncovered.items():
        who = "people who come back" if returning else "new people"
        example = f" with {described(kind)}" if kind else ""
        hint = "End with a rule that has neither when nor returning"
        yield error("entry", f"no rule fits {who}{example}", hint=hint)
    for index in range(len(rules)):
        if index not in used:
            yield error(f"entry.{index}", "never decides: the rules before it fit everyone whom it fits")


def _link_sums(path: str, level: Level, reason: str, scenario: Scenario) -> Iterator[Problem]:
    links = [link for link in level.next if reason in link.after]
    if sum(link.probability for link in links) <= 1 + EXACT:
        return
    kinds = kinds_of_patients(scenario, [link.when for link in links])
    if kinds is None:
        yield error(path, f"too many combinations of attributes in the rules after {reason} to check their sum")
        return
    totals = [(sum(link.probability for link in links if fits(link.when, kind)), kind) for kind, _ in kinds]
    total, kind = max(totals, key=lambda pair: pair[0])
    if total > 1 + EXACT:
        example = f" for {described(kind)}" if kind else ""
        yield error(path, f"probabilities after {reason} must sum to at most 1, not {total:.9g}{example}")


def _circles(scenario: Scenario, reason: str) -> Iterator[Problem]:
    """Levels that every patient of some kind leaves only for one another, if each stay ends by this reason."""
    levels = {name: level for name, level in scenario.levels.items() if reason in level.reasons()}
    conditions = [link.when for level in levels.values() for link in level.next if reason in link.after]
    kinds = kinds_of_patients(scenario, conditions) or [({}, 1.0)]
    for kind, _ in kinds:
        caught = _caught({name: _links(level, reason, kind) for name, level in levels.items()})
        if caught:
            example = f" for {described(kind)}" if kind else ""
            names = ", ".join(caught)
            message = f"can never be left{example}: after {reason}, every way from {names} leads back to them"
            hint = "Let the probabilities of one of them sum to less than 1"
            yield error(f"levels.{caught[0]}.next", message, hint=hint)
            return


def _links(level: Level, reason: str, kind: PatientKind) -> dict[str, float]:
    shares: dict[str, float] = {}
    for link in level.next:
        if reason in link.after and link.probability > 0 and fits(link.when, kind):
            shares[link.to] = shares.get(link.to, 0.0) + link.probability
    return shares


def _caught(links: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The largest set of levels that are left with probability 1, and only for levels of the set."""
    caught = {name for name, shares in links.items() if sum(shares.values()) >= 1 - EXACT}
    while escaping := {name for name in caught if not caught.issuperset(links[name])}:
        caught -= escaping
    return [name for name in links if name in caught]


def _ways_on(level: Level) -> set[str]:
    """The levels that a stay here can lead to."""
    onward = {link.to for link in level.next if link.probability > 0}
    if level.on_relapse.step_up > 0 and level.step_up_to is not None:
        onward.add(level.step_up_to)
    if level.bridge is not None:
        onward.add(level.bridge)
    return onward


def unreached_levels(scenario: Scenario) -> Iterator[Problem]:
    """A warning of each level that nobody reaches."""
    reached = {name for rule in scenario.entry for name, share in rule.to.items() if share > 0} | set(scenario.initial)
    reached |= {each.to for each in scenario.emergencies.values() if each.to is not None}
    fresh = reached
    while fresh:
        fresh = {to for name in fresh if name in scenario.levels for to in _ways_on(scenario.levels[name])} - reached
        reached = reached | fresh
    for name in scenario.levels:
        if name not in reached:
            yield warning(
                f"levels.{name}", "no one can reach it: no entry, next, step_up_to, bridge or emergency leads here"
            )
