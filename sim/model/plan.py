"""The plan: a scenario lowered once into flat, ready-to-use pieces, the same for all its replications.

Everything that depends on the kind of patient is worked out once per *profile* (a combination of attribute values),
so that the pathway only looks things up.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from sim.scenario.distributions import Inverse, ratio_of
from sim.scenario.schema import Effects, Level, LevelEffects, NextRule, Scenario
from sim.vocabulary import CAUSES_OF_LEAVING, NONE, REASONS, ROUTES


@dataclass(frozen=True, slots=True)
class Clock:
    """A cause that may end a stay: its reason code, its decision, and its inverse cumulative hazard."""

    cause: str
    reason: int
    decision: str
    reach: Inverse


@dataclass(frozen=True, slots=True)
class Link:
    """A way from one level to the next."""

    to: int
    upto: float
    lag: Inverse | None


@dataclass(frozen=True, slots=True)
class Benefit:
    """Lasting benefit of a level, on the log scale: `per_day` log hazard ratio a day, for at most `most` days."""

    per_day: float
    most: float


@dataclass(frozen=True, slots=True)
class LevelPlan:
    """One level, the same for every patient."""

    code: int
    name: str
    needs: tuple[int, ...]
    round_the_clock: bool
    plan_of_care: Inverse
    review_every: float | None
    early_from: float
    early_log_stay: float | None
    authorised: float | None
    clocks: tuple[Clock, ...]
    seats: int
    log_full_ratio: float
    patience: Inverse | None
    exposure: float
    benefit: Benefit | None
    abstinence: Inverse | None
    discharge_upto: float
    continue_upto: float
    step_up_to: int
    hand_over: str
    bridge: int


@dataclass(frozen=True, slots=True)
class LevelProfile:
    """One level as one kind of patient meets it: ratios by cause, shares, priority and links by reason."""

    ratios: tuple[float, ...]
    relapse: float
    renege: float
    no_show: float
    length_of_stay: float
    rank: tuple[int, ...]
    links: Mapping[int, tuple[float, tuple[Link, ...]]]


Entry = tuple[tuple[float, ...], tuple[int, ...]]
"""First levels: where the running share of all but the last ends, and the levels. The last takes what is left."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that depends on a combination of attribute values."""

    levels: tuple[LevelProfile, ...]
    relapse: float
    lapse: float
    remission: float
    death: float
    return_odds: float
    entry: tuple[Entry, Entry]


@dataclass(frozen=True)
class Plan:
    """A scenario, ready to run."""

    scenario: Scenario
    levels: tuple[LevelPlan, ...]
    places: tuple[str, ...]
    attributes: tuple[tuple[str, tuple[float, ...]], ...]
    horizon: float
    return_delay: Inverse | None
    remission: Inverse | None
    lapse_duration: Inverse | None
    _profiles: dict[tuple[int, ...], Profile] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, scenario: Scenario) -> "Plan":
        """Lower a scenario; it is sound, so nothing here can fail."""
        codes = {name: code for code, name in enumerate(scenario.levels)}
        places = tuple(scenario.places)
        time, back = scenario.time, scenario.return_to_care
        return cls(
            scenario=scenario,
            levels=tuple(_lower(name, level, codes, places) for name, level in scenario.levels.items()),
            places=places,
            attributes=tuple((name, tuple(accumulate(v.values()))) for name, v in scenario.population.items()),
            horizon=time.warm_up_days + time.recruitment_days + time.follow_up_days,
            return_delay=back.delay_days.inverse() if back.delay_days else None,
            remission=scenario.remission.inverse() if scenario.remission else None,
            lapse_duration=scenario.lapse.duration_days.inverse() if scenario.lapse else None,
        )

    def profile(self, values: tuple[int, ...]) -> Profile:
        """The profile of these attribute values (codes, in the scenario's order of attributes)."""
        if values not in self._profiles:
            self._profiles[values] = _profile(self.scenario, values)
        return self._profiles[values]


def _lower(name: str, level: Level, codes: Mapping[str, int], places: tuple[str, ...]) -> LevelPlan:
    clocks = []
    for cause in CAUSES_OF_LEAVING:
        distribution = getattr(level, cause)
        if distribution is not None:
            reason = REASONS.index(CAUSES_OF_LEAVING[cause])
            clocks.append(Clock(cause, reason, f"{cause}:{name}", distribution.inverse()))
    early, benefit, group = level.early_step_down, level.lasting_benefit, level.group
    return LevelPlan(
        code=codes[name],
        name=name,
        needs=tuple(places.index(place) for place in level.places),
        round_the_clock=level.round_the_clock,
        plan_of_care=level.length_of_stay.inverse(),
        review_every=level.review_every_days,
        early_from=early.from_day if early else 0.0,
        early_log_stay=_log_stay(early.probability) if early and early.probability > 0 else None,
        authorised=level.authorised_days,
        clocks=tuple(clocks),
        seats=group.size * group.groups if group else 0,
        log_full_ratio=math.log(group.dropout_ratio_when_full) if group else 0.0,
        patience=level.patience.inverse() if level.patience else None,
        exposure=level.relapse_exposure,
        benefit=Benefit(math.log(benefit.hazard_ratio) / benefit.at_days, benefit.max_days) if benefit else None,
        abstinence=level.days_to_abstinence.inverse() if level.days_to_abstinence else None,
        discharge_upto=level.on_relapse.discharge,
        continue_upto=level.on_relapse.discharge + level.on_relapse.continue_,
        step_up_to=NONE if level.step_up_to is None else codes[level.step_up_to],
        hand_over=level.hand_over,
        bridge=NONE if level.bridge is None else codes[level.bridge],
    )


def _log_stay(probability: float) -> float:
    """Log of the share who do not step down at a review; minus infinity when everybody does."""
    return math.log1p(-probability) if probability < 1 else -math.inf


def _profile(scenario: Scenario, values: tuple[int, ...]) -> Profile:
    names = {
        attribute: tuple(shares)[code]
        for (attribute, shares), code in zip(scenario.population.items(), values, strict=True)
    }
    effects = [
        scenario.effects[attribute][value]
        for attribute, value in names.items()
        if attribute in scenario.effects and value in scenario.effects[attribute]
    ]

    def fits(when: Mapping[str, str]) -> bool:
        return all(names[attribute] == value for attribute, value in when.items())

    def overall(ratio: Callable[[Effects], float]) -> float:
        return _product(map(ratio, effects))

    codes = {name: code for code, name in enumerate(scenario.levels)}
    return Profile(
        levels=tuple(_level_profile(name, level, effects, fits, codes) for name, level in scenario.levels.items()),
        relapse=overall(lambda e: e.relapse),
        lapse=overall(lambda e: e.lapse),
        remission=overall(lambda e: e.remission),
        death=overall(lambda e: e.death),
        return_odds=_odds(scenario.return_to_care.probability) * overall(lambda e: e.return_to_care),
        entry=(_entry(scenario, fits, codes, False), _entry(scenario, fits, codes, True)),
    )


def _entry(
    scenario: Scenario, fits: Callable[[Mapping[str, str]], bool], codes: Mapping[str, int], returning: bool
) -> Entry:
    rule = next(r for r in scenario.entry if r.returning in (None, returning) and fits(r.when))
    return tuple(accumulate(rule.to.values()))[:-1], tuple(codes[level] for level in rule.to)


def _level_profile(
    name: str,
    level: Level,
    effects: list[Effects],
    fits: Callable[[Mapping[str, str]], bool],
    codes: Mapping[str, int],
) -> LevelProfile:
    layers: list[LevelEffects] = [*effects, *(e.levels[name] for e in effects if name in e.levels)]

    def ratio(cause: str) -> float:
        return _product(getattr(layer, cause) for layer in layers)

    links = {}
    for reason in ("completed", "transferred", "terminated"):
        rules = [rule for rule in level.next if reason in rule.after and fits(rule.when)]
        if rules:
            links[REASONS.index(reason)] = _links(rules, ratio("linkage"), codes)
    return LevelProfile(
        ratios=tuple(ratio(cause) for cause in CAUSES_OF_LEAVING if getattr(level, cause) is not None),
        relapse=ratio("relapse") * level.relapse_ratio,
        renege=ratio("renege"),
        no_show=probability(_odds(level.no_show) * ratio("no_show")),
        length_of_stay=ratio("length_of_stay"),
        rank=tuple(_rank(level, route, fits) for route in ROUTES),
        links=links,
    )


def _product(ratios: Iterable[float]) -> float:
    """Ratios multiplied; many extreme ones stay within what may be multiplied further."""
    return min(max(float(math.prod(ratios)), ratio_of(-math.inf)), ratio_of(math.inf))


def _links(rules: list[NextRule], ratio: float, codes: Mapping[str, int]) -> tuple[float, tuple[Link, ...]]:
    """The chance of any link, with its odds multiplied by `ratio`, and the links by their shares of it."""
    total = math.fsum(rule.probability for rule in rules)
    if total == 0:
        return 0.0, ()
    uptos = accumulate(rule.probability / total for rule in rules)
    links = [
        Link(codes[rule.to], upto, rule.delay_days.inverse() if rule.delay_days else None)
        for rule, upto in zip(rules, uptos, strict=True)
    ]
    return probability(_odds(min(total, 1.0)) * ratio), tuple(links)


def _rank(level: Level, route: str, fits: Callable[[Mapping[str, str]], bool]) -> int:
    for rule in level.priority:
        if (not rule.coming_from or route in rule.coming_from) and fits(rule.when):
            return rule.rank
    return 9


def _odds(share: float) -> float:
    return share / (1 - share) if share < 1 else math.inf


def probability(odds: float) -> float:
    """The probability with these odds."""
    return odds / (1 + odds) if odds < math.inf else 1.0
