"""The load that a scenario offers to its places: how many of each would be held if nobody had to wait.

A renewal equation in steps of time, for each kind of patient that conditions tell apart: people are admitted, leave by
the least of their clocks, go on to other levels or home, relapse there, come back or recover, and so on. Effects that
no condition names are averaged over the population. Left out are frailty, lapses, people present on day 0, and what
waiting itself does: relapse on a list, a bed that is kept meanwhile.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sim.scenario.combinations import Kind, fits, kinds_of_patients
from sim.scenario.distributions import Distribution
from sim.scenario.schema import Effects, Level, LevelEffects, NextRule, Scenario

Column = np.ndarray[Any, Any]

STEPS = 400
"""Steps from day 0 to the end of the window."""
CELLS = 400
"""Equally likely durations that stand for a distribution; FEW of them for a lag, which matters less."""
FEW = 12
MOST_KINDS = 60
"""Kinds of patients; where there are more, the most frequent stand for all."""
ROUNDS = 12
"""How often places that are full are made to let fewer people through to what follows, at the most."""
CLOSE = 0.01
"""Until the share whom they let through moves by less than that."""

CLOCKS = {"dropout": "dropped_out", "burnout": "burned_out", "termination": "terminated", "transfer": "transferred"}
DAYS_PER_YEAR = 365.25
NEVER = 1e9
"""Days; longer ones, which a heavy tail may have, are cut to that."""


def offered_loads(scenario: Scenario) -> dict[str, float]:
    """By kind of place, the mean number that people would hold in the window of measurement, if there were enough.

    Where the load of a place is above its capacity, only so many people as it can take go on to the levels that follow.
    Empty without a stream of arrivals, or where they go round without end.
    """
    time, levels = scenario.time, scenario.levels
    end = time.warm_up_days + time.recruitment_days
    if not scenario.arrivals.per_day or not time.recruitment_days:
        return {}
    kinds = kinds_of_patients(scenario, _conditions(scenario)) or []
    kinds = sorted(kinds, key=lambda kind: -kind[1])[:MOST_KINDS]
    share = sum(share for _, share in kinds)
    ways = [(weight / share, _Ways(scenario, kind, end / STEPS)) for kind, weight in kinds if weight > 0]
    arriving = scenario.arrivals.per_day * _steps(
        1.0, [(change.from_day, change.factor) for change in scenario.arrivals.changes], 0.0, end, STEPS
    )
    window = np.clip((np.arange(1, STEPS + 1) * end / STEPS - time.warm_up_days) / (end / STEPS), 0.0, 1.0)
    takes = dict.fromkeys(scenario.places, 1.0)
    for _ in range(ROUNDS):
        through = {name: min((takes[place] for place in item.places), default=1.0) for name, item in levels.items()}
        present = dict.fromkeys(levels, 0.0)
        for weight, way in ways:
            census = way.census(weight * arriving, through)
            if census is None:
                return {}
            for level, people in census.items():
                present[level] += float(people @ window / window.sum())
        # Who needs places of two kinds holds none while one is missing.
        loads = {
            name: sum(
                present[level] * min((takes[other] for other in item.places if other != name), default=1.0)
                for level, item in levels.items()
                if name in item.places
            )
            for name in scenario.places
        }
        # Half way on a logarithmic scale, or those who are let through and come back would make it swing.
        taken = {name: math.sqrt(takes[name] * _share_taken(scenario, name, load)) for name, load in loads.items()}
        settled = all(abs(taken[name] - takes[name]) < CLOSE for name in taken)
        takes = taken
        if settled:
            break
    return loads


def _share_taken(scenario: Scenario, name: str, load: float) -> float:
    """The share of those who ask for a kind of place that it can take."""
    capacity = mean_capacity(scenario, name)
    return min(capacity / load, 1.0) if load else float(capacity > 0)


def mean_capacity(scenario: Scenario, name: str) -> float:
    """The mean number of places of a kind over the window of measurement."""
    place, time = scenario.places[name], scenario.time
    changes = [(change.from_day, float(change.capacity)) for change in place.changes]
    end = time.warm_up_days + time.recruitment_days
    return float(_steps(float(place.capacity), changes, time.warm_up_days, end, 1)[0])


def _steps(first: float, changes: list[tuple[float, float]], start: float, end: float, count: int) -> Column:
    """Means over `count` equal parts of [start, end] of a value that is `first` until the changes (day, value)."""
    edges = np.linspace(start, end, count + 1)
    days = np.array([0.0, *(day for day, _ in changes)])
    values = np.array([first, *(value for _, value in changes)])
    until = np.concatenate((days[1:], [math.inf]))
    inside = np.minimum(edges[1:, None], until) - np.maximum(edges[:-1, None], days)
    return np.asarray((np.maximum(inside, 0.0) * values).sum(axis=1) / np.diff(edges))


def _conditions(scenario: Scenario) -> list[Mapping[str, str]]:
    return [rule.when for rule in scenario.entry] + [
        rule.when for item in scenario.levels.values() for rule in item.next
    ]


class _Ways:
    """How people of one kind move: for each way from one state to another, how many take it, by steps since entering.

    States: admitted to each level; at home after each level, abstinent; at home and using; recovered at home.
    """

    def __init__(self, scenario: Scenario, kind: Kind, step: float) -> None:
        self.scenario, self.kind, self.step = scenario, kind, step
        self.levels = list(scenario.levels)
        count = len(self.levels)
        self.using, self.recovered = 2 * count, 2 * count + 1
        self.after = {name: count + code for code, name in enumerate(self.levels)}
        self.code = {name: code for code, name in enumerate(self.levels)}
        # (steps since entering, from, to)
        self.kernel = np.zeros((STEPS + 1, 2 * count + 2, 2 * count + 2))
        self.staying = {}
        for name, level in scenario.levels.items():
            self.staying[name] = self._level(name, level)
        self._home(self.recovered, 0.0, self._ratio("relapse"))
        self._use()

    def census(self, arriving: Column, through: Mapping[str, float]) -> dict[str, Column] | None:
        """People in each level by step, as it would be with room for all of those who ask.

        arriving: first asks a day by step. through: the share of those who ask for a level that its places can take.
        None where people go round faster than a step and without end.
        """
        count = len(self.levels)
        kernel = self.kernel.copy()
        passing = np.ones(2 * count + 2)
        passing[:count] = [through[name] for name in self.levels]
        # Those who find no room leave the list for home, if they have patience to lose; otherwise they wait for ever.
        kernel *= passing[:, None]
        for code, name in enumerate(self.levels):
            if self.scenario.levels[name].patience is not None:
                kernel[0, code, self.using] += 1 - passing[code]
        try:
            inverse = np.linalg.inv(np.eye(2 * count + 2) - kernel[0].T)
        except np.linalg.LinAlgError:
            return None
        entering = np.zeros((STEPS, 2 * count + 2))
        for name, probability in self._entry(returning=False).items():
            entering[:, self.code[name]] += arriving * probability * self._comes(name)
            entering[:, self.using] += arriving * probability * (1 - self._comes(name))
        flow = np.zeros((STEPS, 2 * count + 2))
        for i in range(STEPS):
            earlier = np.einsum("js,jst->t", flow[:i][::-1], kernel[1 : i + 1]) if i else 0.0
            flow[i] = inverse @ (entering[i] + earlier)
        if not np.isfinite(flow).all() or (flow < -1e-9).any():
            return None
        return {name: np.convolve(flow[:, self.code[name]], self.staying[name])[:STEPS] for name in self.levels}

    # --- what becomes of them ---

    def _level(self, name: str, level: Level) -> Column:
        """The ways out of a level; returns the days that those who entered so many steps ago spend in it, of a step."""
        stay = self._stay(name, level)
        mean = float(stay.alive.sum())
        relapse = self._ratio("relapse", name) * level.relapse_ratio
        if level.lasting_benefit is not None:
            benefit = level.lasting_benefit
            relapse *= benefit.hazard_ratio ** (min(mean, benefit.max_days) / benefit.at_days)
        here, home = self.code[name], self.after[name]
        exposed = level.relapse_exposure * mean
        self._home(home, exposed, relapse)
        held = np.zeros(STEPS + 1)
        for reason, ending in stay.endings.items():
            if reason == "relapsed":
                up = level.on_relapse.step_up if level.step_up_to else 0.0
                gone = level.on_relapse.discharge + up
                self._goes(here, self.using, stay.days, ending * (level.on_relapse.discharge / gone))
                if level.step_up_to and up:
                    self._asks(here, level.step_up_to, stay.days, ending * (up / gone), 1.0)
                continue
            left = ending.copy()
            chance, links = self._links(name, level, reason)
            for rule, share in links:
                lags = _durations(rule.delay_days, FEW) if rule.delay_days else np.zeros(1)
                for lag in lags:
                    linked = ending * (chance * share / len(lags))
                    left = left - linked
                    kept = 1.0 if level.hand_over == "hold" else self._still(exposed, float(lag), relapse)
                    self._asks(here, rule.to, stay.days + lag, linked * kept, self._comes(rule.to), home)
                    self._goes(here, self.using, stay.days + lag, linked * (1 - kept))
                    if level.hand_over == "hold":
                        self._add(held, stay.days, linked * lag)
            self._goes(here, home, stay.days, left * stay.abstinent)
            self._goes(here, self.using, stay.days, left * (1 - stay.abstinent))
        here_still = np.zeros(STEPS + 1)
        self._add(here_still, stay.days, stay.alive)
        return np.asarray(here_still + held)[:STEPS]

    def _asks(self, source: int, to: str, days: Column, people: Column, comes: float, home: int | None = None) -> None:
        self._goes(source, self.code[to], days, people * comes)
        self._goes(source, self.using if home is None else home, days, people * (1 - comes))

    def _home(self, state: int, exposed: float, ratio: float) -> None:
        """From abstinence at home to use, after so many exposed days of the same spell."""
        relapse, death = self.scenario.relapse, self.scenario.death
        if relapse is None:
            return
        die = death.abstinent * self._ratio("death") / (1_000 * DAYS_PER_YEAR) if death else 0.0
        edges = np.arange(STEPS + 2) * self.step
        left = self._survival(exposed + edges, ratio) / max(float(self._survival(np.array([exposed]), ratio)[0]), 1e-12)
        middle = (edges[1:] + edges[:-1]) / 2
        self._goes(state, self.using, middle, -np.diff(left) * np.exp(-die * middle))

    def _use(self) -> None:
        """From use at home: back to care, or to remission without it, whichever comes first, once in each spell."""
        back, remission, death = self.scenario.return_to_care, self.scenario.remission, self.scenario.death
        die = death.using * self._ratio("death") / (1_000 * DAYS_PER_YEAR) if death else 0.0
        never = np.full(CELLS, NEVER)
        recovers = _durations(remission, CELLS, self._ratio("remission")) if remission else never
        chance = _with_odds(back.probability, self._ratio("return_to_care")) if back.delay_days else 0.0
        delays = _durations(back.delay_days, CELLS) if back.delay_days else never
        returning = chance / CELLS * _beyond(recovers, delays) * np.exp(-die * delays)
        for name, probability in self._entry(returning=True).items():
            comes = self._comes(name)
            self._goes(self.using, self.code[name], delays, returning * probability * comes)
            self._goes(self.using, self.using, delays, returning * probability * (1 - comes))
        if remission:
            recovering = (1 - chance * (1 - _beyond(delays, recovers))) / CELLS * np.exp(-die * recovers)
            self._goes(self.using, self.recovered, recovers, recovering)

    # --- parts ---

    def _stay(self, name: str, level: Level) -> "_Stay":
        """What becomes of stays: the least of independent clocks."""

        def ratio(cause: str) -> float:
            return self._ratio(cause, name)

        planned = _durations(level.length_of_stay, CELLS) * ratio("length_of_stay")
        if level.review_every_days is not None:
            planned = np.maximum(np.ceil(planned / level.review_every_days), 1) * level.review_every_days
        clocks = {
            reason: _durations(distribution, CELLS, ratio(cause))
            for cause, reason in CLOCKS.items()
            if (distribution := getattr(level, cause)) is not None
        }
        return _stay_of(planned, clocks, level, self._relapse_in_care(name, level))

    def _relapse_in_care(self, name: str, level: Level) -> Callable[[Column], Column]:
        """Cumulative hazard, at equally distant days in care, of the relapses that end a stay.

        Whoever goes on after a relapse becomes abstinent again, with the hazard of a new spell.
        """
        stays = level.on_relapse.continue_ + (0.0 if level.step_up_to else level.on_relapse.step_up)
        ratio = self._ratio("relapse", name) * level.relapse_ratio

        def hazard(edges: Column) -> Column:
            if self.scenario.relapse is None or stays >= 1 or not level.relapse_exposure:
                return np.zeros_like(edges)
            first = -np.diff(self._survival(level.relapse_exposure * edges, ratio))
            if level.days_to_abstinence is not None:
                abstinent = -np.diff(_beyond(_durations(level.days_to_abstinence, CELLS), edges))
                first = np.convolve(first, abstinent)[: len(first)]
            relapses = np.zeros(len(first))
            for i in range(len(first)):
                relapses[i] = first[i] + stays * (first[:i] @ relapses[:i][::-1])
            gone = np.concatenate(([0.0], np.cumsum((1 - stays) * relapses)))
            return np.asarray(-np.log(np.maximum(1 - gone, 1e-12)))

        return hazard

    def _survival(self, exposed: Column, ratio: float) -> Column:
        """Share who have not relapsed after so many exposed days."""
        relapse = self.scenario.relapse
        if relapse is None:
            return np.ones_like(exposed)
        with np.errstate(over="ignore"):
            return np.asarray((1 + (exposed / relapse.median_days) ** relapse.shape) ** -ratio)

    def _still(self, exposed: float, lag: float, ratio: float) -> float:
        first, later = self._survival(np.array([exposed, exposed + lag]), ratio)
        return float(later / first) if first > 0 else 0.0

    def _links(self, name: str, level: Level, reason: str) -> tuple[float, list[tuple[NextRule, float]]]:
        rules = [rule for rule in level.next if reason in rule.after and fits(rule.when, self.kind)]
        total = math.fsum(rule.probability for rule in rules)
        if not total:
            return 0.0, []
        return _with_odds(min(total, 1.0), self._ratio("linkage", name)), [(r, r.probability / total) for r in rules]

    def _comes(self, name: str) -> float:
        """The share who come when a place is granted."""
        return 1 - _with_odds(self.scenario.levels[name].no_show, self._ratio("no_show", name))

    def _entry(self, returning: bool) -> Mapping[str, float]:
        rules = self.scenario.entry
        return next((r.to for r in rules if r.returning in (None, returning) and fits(r.when, self.kind)), {})

    def _ratio(self, cause: str, level: str = "") -> float:
        """The mean ratio of people of this kind: of each attribute that is told apart, of their value."""
        product = 1.0
        for attribute, shares in self.scenario.population.items():
            values = self.scenario.effects.get(attribute, {})
            if not values:
                continue
            ratios = {value: _of(values.get(value), cause, level) for value in shares}
            if attribute in self.kind and self.kind[attribute] in ratios:
                product *= ratios[self.kind[attribute]]
            else:
                product *= sum(share * ratios[value] for value, share in shares.items())
        return product

    def _goes(self, source: int, to: int, days: Column, people: Column) -> None:
        self._add(self.kernel[:, source, to], days, people)

    def _add(self, steps: Column, days: Column, people: Column) -> None:
        """Spread people who move after so many days over the two steps nearest to it; beyond the end they are lost."""
        at = np.minimum(days / self.step, STEPS + 1)
        below = np.floor(at)
        for where, part in ((below, 1 - (at - below)), (below + 1, at - below)):
            inside = (where <= STEPS) & (people > 0)
            np.add.at(steps, where[inside].astype(np.int64), (part * people)[inside])


class _Stay:
    """Stays by day: midpoints of equal parts; days spent in each; people who leave in each, by reason; and the share of
    these who are abstinent by then.
    """

    def __init__(self, days: Column, alive: Column, endings: dict[str, Column], abstinent: Column) -> None:
        self.days, self.alive, self.endings, self.abstinent = days, alive, endings, abstinent


def _stay_of(planned: Column, clocks: Mapping[str, Column], level: Level, relapse: Callable[[Column], Column]) -> _Stay:
    authorised = math.inf if level.authorised_days is None else level.authorised_days
    end = max(min(float(planned[-1]), authorised), 1e-9)
    edges = np.linspace(0.0, end, CELLS + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    hazards = {"completed": planned, **clocks}
    rates = {reason: -np.diff(np.log(np.maximum(_beyond(times, edges), 1e-12))) for reason, times in hazards.items()}
    rates["relapsed"] = np.diff(relapse(edges))
    early = level.early_step_down
    if early is not None and early.probability and level.review_every_days:
        at = np.arange(
            max(math.ceil(early.from_day / level.review_every_days), 1) * level.review_every_days,
            end,
            level.review_every_days,
        )
        passing = np.histogram(at, edges)[0] * -math.log(max(1 - early.probability, 1e-12))
        rates["transferred"] = rates.get("transferred", 0.0) + passing
    total = sum(rates.values())
    alive = np.exp(-np.concatenate(([0.0], np.cumsum(total))))
    leaving = alive[:-1] - alive[1:]
    endings = {
        reason: np.divide(leaving * rate, total, out=np.zeros(CELLS), where=total > 0) for reason, rate in rates.items()
    }
    last = np.zeros(CELLS)
    last[-1] = alive[-1]
    reason = "terminated" if authorised < planned[-1] else "completed"
    endings[reason] = endings.get(reason, 0.0) + last
    using = level.days_to_abstinence
    abstinent = np.ones(CELLS) if using is None else 1 - _beyond(_durations(using, CELLS), middle)
    return _Stay(middle, (alive[:-1] + alive[1:]) / 2 * np.diff(edges), endings, abstinent)


def _durations(distribution: Distribution, cells: int, ratio: float = 1.0) -> Column:
    """Equally likely durations, shortest first, with the hazard multiplied by a ratio."""
    inverse = distribution.inverse()
    return np.array([min(inverse(-math.log1p(-(cell + 0.5) / cells) / ratio), NEVER) for cell in range(cells)])


def _beyond(times: Column, days: Column) -> Column:
    """Share of equally likely durations, in order, that are longer than these days."""
    return np.asarray(1 - np.searchsorted(times, days, side="right") / len(times))


def _of(effects: Effects | None, cause: str, level: str) -> float:
    if effects is None:
        return 1.0
    here = effects.levels.get(level, LevelEffects())
    return float(getattr(effects, cause) * getattr(here, cause, 1.0))


def _with_odds(share: float, ratio: float) -> float:
    """A share with its odds multiplied."""
    return share * ratio / (1 - share + share * ratio) if share else 0.0
