"""The load that a scenario offers to its places: how many of each would be held if nobody had to wait.

A renewal equation in steps of time, for each kind of patient that conditions and clock of setbacks tell apart: people
are admitted, leave by the least of their clocks, go on to other levels or home, relapse there, come back or recover,
and so on. Effects that no condition names are averaged over the population. Whoever is in care on day 0 is somewhere in
the stay. Left out are both frailties, setbacks, those with which a relapse begins too, and what waiting itself does:
relapse on a list, a bed that is kept meanwhile. Emergencies count from every state, but their windows only outside care
until the state changes: not in care after 24-hour care, nor after a relapse within them. Check-ups find everybody who
is unwell at home at any time between two of them.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from sim.scenario.laws import ratio_of
from sim.scenario.load.sharing import classes_of, load_of, share_through, shared_out
from sim.scenario.load.stays import (
    CELLS,
    NEVER,
    ExpectedStay,
    beyond,
    days_to_linkage,
    days_to_well,
    durations,
    stay_of,
)
from sim.scenario.schema import AccessStep, Effects, Level, LevelEffects, NextRule, Response, Scenario
from sim.scenario.schema.course import Window
from sim.scenario.ways import PatientKind, conditions_of_places, conditions_of_ways, fits, kinds_of_patients
from sim.vocabulary import DAYS_PER_YEAR, Column

STEPS = 400
"""Steps from day 0 to the end of the window."""
FEW = 12
"""Equally likely durations that stand for a lag, which matters less than a stay."""
MOST_WAYS = 1_000
"""Ways from state to state, of all kinds together: within a second. The most frequent kinds stand for the others."""
ENOUGH = 0.5
"""The share of people whom these kinds must be: fewer tell nothing of the others, and there is no estimate."""
ROUNDS = 12
"""How often places that are full are made to let fewer people through to what follows, at the most."""
CLOSE = 0.01
"""Until the share whom they let through moves by less than that."""

NOTHING: Mapping[str, float] = MappingProxyType({})
NO_ESTIMATE = NOTHING, NOTHING


def offered_loads(scenario: Scenario) -> Mapping[str, float]:
    """By kind of place, the mean number that people would hold in the window of measurement, if there were enough.

    Days until a place is ready again count as held. Where the load of a place is above its capacity, only so many
    people as it can take go on to the levels that follow. Empty without a stream of arrivals, where they go round
    without end, and where there are too many kinds of people.
    """
    return _offered(scenario)[0]


def admissions_a_day(scenario: Scenario) -> Mapping[str, float]:
    """By level, how many a day would be admitted in the window of measurement if nobody had to wait for it; empty as of
    `offered_loads`."""
    return _offered(scenario)[1]


@lru_cache(maxsize=16)
def _offered(scenario: Scenario) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """By kind of place, and by level."""
    time, levels = scenario.time, scenario.levels
    end = time.recruitment_end
    if not scenario.arrivals.first_per_day or not time.recruitment_days:
        return NO_ESTIMATE
    kinds = kinds_that_stand_for_all(scenario)
    if not kinds:
        return NO_ESTIMATE
    everyone = _Everyone([_Ways(scenario, kind, end / STEPS) for kind, _ in kinds], [share for _, share in kinds])
    arriving = scenario.arrivals.first_per_day * _means(scenario.arrivals.steps(), 0.0, end, STEPS)
    window = np.clip((np.arange(1, STEPS + 1) * end / STEPS - time.warm_up_days) / (end / STEPS), 0.0, 1.0)
    classes = classes_of(scenario, [kind for kind, _ in kinds])
    room = {name: mean_capacity(scenario, name) for name in scenario.places}
    takes = dict.fromkeys(scenario.places, 1.0)
    shares = [[1 / len(row.holdings) for _ in row.holdings] for row in classes]
    for _ in range(ROUNDS):
        through = {name: np.ones(len(kinds)) for name in levels}
        for row, of_class in zip(classes, shares, strict=True):
            through[row.level][list(row.kinds)] = share_through(row, of_class, takes)
        steps = everyone.census(arriving, through)
        if steps is None:
            return NO_ESTIMATE
        present, admitted = (
            {level: people @ window / window.sum() for level, people in each.items()} for each in steps
        )
        census = present, admitted
        shares = shared_out(scenario, classes, census, room)
        loads = dict.fromkeys(scenario.places, 0.0)
        for row, of_class in zip(classes, shares, strict=True):
            for holding, share in zip(row.holdings, of_class, strict=True):
                for name, number in holding.items():
                    # Who needs places of two kinds holds none while one is missing.
                    others = min((takes[other] for other in holding if other != name), default=1.0)
                    loads[name] += load_of(scenario, row, census, name) * number * share * others
        # Half way on a logarithmic scale, or those who are let through and come back would make it swing.
        taken = {name: math.sqrt(takes[name] * _share_taken(scenario, name, load)) for name, load in loads.items()}
        settled = all(abs(taken[name] - takes[name]) < CLOSE for name in taken)
        takes = taken
        if settled:
            break
    return MappingProxyType(loads), MappingProxyType({level: float(each.sum()) for level, each in admitted.items()})


def _share_taken(scenario: Scenario, name: str, load: float) -> float:
    """The share of those who ask for a kind of place that it can take."""
    capacity = mean_capacity(scenario, name)
    return min(capacity / load, 1.0) if load else float(capacity > 0)


def mean_capacity(scenario: Scenario, name: str) -> float:
    """The mean number of places of a kind over the window of measurement."""
    return _mean_in_window(scenario, scenario.places[name].steps(scenario.time))


def first_asks_a_day(scenario: Scenario) -> dict[str, float]:
    """By level, how many a day ask for it first, over the window of measurement; nobody where there are too many kinds
    of people to tell."""
    rules = [rule for rule in scenario.entry if rule.returning is not True]
    asking = (scenario.arrivals.first_per_day or 0.0) * _mean_in_window(scenario, scenario.arrivals.steps())
    asks = dict.fromkeys(scenario.levels, 0.0)
    for kind, share in kinds_of_patients(scenario, [rule.when for rule in rules]) or ():
        for level, probability in next(rule for rule in rules if fits(rule.when, kind)).to.items():
            asks[level] += asking * share * probability
    return asks


def _mean_in_window(scenario: Scenario, steps: Sequence[tuple[float, float]]) -> float:
    return float(_means(steps, scenario.time.warm_up_days, scenario.time.recruitment_end, 1)[0])


def _means(steps: Sequence[tuple[float, float]], start: float, end: float, count: int) -> Column:
    """Means over `count` equal parts of [start, end] of a value that is so much from some days on."""
    edges = np.linspace(start, end, count + 1)
    days, values = np.array(steps, dtype=float).T
    until = np.concatenate((days[1:], [math.inf]))
    inside = np.minimum(edges[1:, None], until) - np.maximum(edges[:-1, None], days)
    return np.asarray((np.maximum(inside, 0.0) * values).sum(axis=1) / np.diff(edges))


def kinds_that_stand_for_all(scenario: Scenario) -> list[tuple[PatientKind, float]]:
    """The most frequent kinds of patients, with their share among these; none where so few stand for nobody else."""
    told_apart = [
        *conditions_of_ways(scenario),
        *conditions_of_places(scenario),
        *_own_curves(scenario),
        *_own_authorisations(scenario),
    ]
    kinds = kinds_of_patients(scenario, told_apart) or []
    kept, ways = [], 0
    for kind, share in sorted(kinds, key=lambda each: -each[1]):
        ways += most_ways(scenario, kind)
        if ways > MOST_WAYS or not share:
            break
        kept.append((kind, share))
    total = sum(share for _, share in kept)
    return [(kind, share / total) for kind, share in kept] if total >= ENOUGH else []


def _own_curves(scenario: Scenario) -> list[PatientKind]:
    """Who has a clock of setbacks of their own: the quick ones come round more often, which no average shows."""
    by = scenario.relapse.by if scenario.relapse else {}
    return [{attribute: value} for attribute, curves in by.items() for value in curves]


def _own_authorisations(scenario: Scenario) -> list[PatientKind]:
    """Whose payer authorises days of its own in any level."""
    payment, levels = scenario.reimbursement, scenario.levels.values()
    rates = [rate for level in levels for rate in level.rates.items()] if payment else []
    return [{payment.attribute: payer} for payer, rate in rates if payment and rate.authorised_days is not None]


def most_ways(scenario: Scenario, kind: PatientKind) -> int:
    """How many ways from state to state a kind of patient has at the most; a link counts for each reason before it."""
    links = [link for level in scenario.levels.values() for link in level.next if fits(link.when, kind)]
    asked = max((len(rule.to) for rule in scenario.entry), default=0)
    own = 4 * (len(scenario.levels) + len(scenario.initial)) + sum(len(link.after) for link in links)
    sent_on = len({each.to for each in scenario.emergencies.values() if each.admitted > 0})
    anywhere = sent_on * (2 * len(scenario.levels) + len(scenario.initial) + 3)
    return own + anywhere + (2 if sent_on else 1) * (asked + 3)


class _Ways:
    """How people of one kind move: for each way from one state to another, how many take it, by steps since entering.

    States: admitted to each level; at home after each level, well; at home and unwell, and the same since 24-hour care,
    where emergencies have windows; recovered at home; and in care on day 0, of each level where people are then.
    """

    def __init__(self, scenario: Scenario, kind: PatientKind, step: float) -> None:
        self.scenario, self.kind, self.step = scenario, kind, step
        self.levels = list(scenario.levels)
        self.moving_away = (scenario.exits.moving_away_per_year or 0.0) / DAYS_PER_YEAR
        count = len(self.levels)
        self.unwell, self.recovered = 2 * count, 2 * count + 1
        self.after = {name: count + code for code, name in enumerate(self.levels)}
        self.code = {name: code for code, name in enumerate(self.levels)}
        self.already_in = {name: 2 * count + 2 + code for code, name in enumerate(scenario.initial)}
        windows = any(each.windows for each in scenario.emergencies.values())
        self.unwell_since_care = 2 * count + 2 + len(self.already_in) if windows else self.unwell
        self.states = 2 * count + 2 + len(self.already_in) + windows
        self.kernel: defaultdict[tuple[int, int], Column] = defaultdict(lambda: np.zeros(STEPS + 1))
        """By state from and to: how many move, by steps since entering."""
        self.staying: dict[int, Column] = {}
        """By state in care: days that those who entered it so many steps ago spend in it, of a step."""
        for name, level in scenario.levels.items():
            self._level(name, level)
        after_remission = scenario.relapse.after_remission if scenario.relapse else 1.0
        self._home(self.recovered, 0.0, self._ratio("relapse") * after_remission, since_care=False)
        self._use(self.unwell, since_care=False)
        if windows:
            self._use(self.unwell_since_care, since_care=True)

    def entering(self, arriving: Column) -> Column:
        """Who enters a state from outside, a day, by step. arriving: first asks a day by step."""
        entering = np.zeros((STEPS, self.states))
        for name, probability in self._entry(returning=False).items():
            comes = self._comes_through_steps(name)
            entering[:, self.code[name]] += arriving * probability * comes
            entering[:, self.unwell] += arriving * probability * (1 - comes)
        return entering

    # --- what becomes of them ---

    def _level(self, name: str, level: Level) -> None:
        """The ways out of a level, and how long people stay there."""
        stay = self._stay(name, level)
        mean = float(stay.alive.sum())
        relapse = self._ratio("relapse", name) * level.relapse_ratio
        if level.lasting_benefit is not None:
            benefit = level.lasting_benefit
            relapse *= ratio_of(math.log(benefit.hazard_ratio) * min(mean, benefit.max_days) / benefit.at_days)
        exposed = level.exposed_days_a_day() * mean
        self._home(self.after[name], exposed, relapse, level.round_the_clock)
        self._leave(self.code[name], name, level, stay, exposed, relapse)
        if name in self.already_in:
            self._leave(self.already_in[name], name, level, stay.in_progress(), exposed, relapse)

    def _leave(self, state: int, name: str, level: Level, stay: ExpectedStay, exposed: float, relapse: float) -> None:
        home, unwell = self.after[name], self.unwell_since_care if level.round_the_clock else self.unwell
        held = np.zeros(STEPS + 1)
        for reason, ending in stay.endings.items():
            if reason == "relapsed":
                up = level.on_relapse.step_up if level.step_up_to else 0.0
                gone = level.on_relapse.discharge + up
                if not gone:  # Everybody is treated where they are.
                    continue
                self._goes(state, unwell, stay.days, ending * (level.on_relapse.discharge / gone))
                if level.step_up_to and up:
                    self._asks(state, level.step_up_to, stay.days, ending * (up / gone), 1.0)
                continue
            if reason in self.code:  # Where an emergency leads.
                self._asks(state, reason, stay.days, ending, self._comes(reason))
                continue
            left = ending.copy()
            set_back = self._uses_at_once(name, level, reason, stay)
            chance, links = self._links(name, level, reason)
            for rule, share in links:
                lags = durations(rule.delay_days, FEW) if rule.delay_days else np.zeros(1)
                for lag in lags:
                    linked = ending * (chance * share / len(lags))
                    left = left - linked
                    kept = 1.0 if level.hand_over == "hold" else self._still(exposed, float(lag), relapse)
                    if level.hand_over == "release":
                        kept *= 1 - set_back
                    self._asks(state, rule.to, stay.days + lag, linked * kept, self._comes(rule.to), home)
                    self._goes(state, unwell, stay.days + lag, linked * (1 - kept))
                    if level.hand_over == "hold":
                        self._add(held, stay.days, linked * lag)
            well = stay.well * (1 - set_back)
            self._goes(state, home, stay.days, left * well)
            self._goes(state, unwell, stay.days, left * (1 - well))
        staying = np.zeros(STEPS + 1)
        self._add(staying, stay.days, stay.alive)
        self.staying[state] = np.asarray(staying + held)[:STEPS]

    def _asks(self, source: int, to: str, days: Column, people: Column, comes: float, home: int | None = None) -> None:
        self._goes(source, self.code[to], days, people * comes)
        self._goes(source, self.unwell if home is None else home, days, people * (1 - comes))

    def _home(self, state: int, exposed: float, ratio: float, since_care: bool) -> None:
        """From being well at home to use, after so many exposed days of the same spell, or where an emergency leads."""
        death = self.scenario.death
        gone = death.well * self._ratio("death") / (1_000 * DAYS_PER_YEAR) if death else 0.0
        gone += self.moving_away
        edges = np.arange(STEPS + 2) * self.step
        left = self._survival(exposed + edges, ratio) / max(float(self._survival(np.array([exposed]), ratio)[0]), 1e-12)
        middle = (edges[1:] + edges[:-1]) / 2
        exits = self.scenario.exits
        recovering = exits.recovery_per_year / DAYS_PER_YEAR * np.maximum(middle - exits.recovery_after_days, 0.0)
        sent_on = self._sent_on("well", since_care)
        there = np.exp(-gone * middle - recovering)
        self._goes(state, self.unwell, middle, -np.diff(left) * there * np.exp(-_by(sent_on, middle)))
        self._emergencies(state, sent_on, (left[1:] + left[:-1]) / 2 * there)

    def _sent_on(self, setting: str, since_care: bool) -> list[tuple[str, float, tuple[Window, ...]]]:
        """Of each kind of emergency that leads to a level: which, hazard a day, and windows, if 24-hour care was left
        as the state began. setting: well, unwell or in_care."""
        return [
            (each.to, getattr(each, setting) * each.admitted / DAYS_PER_YEAR, each.windows if since_care else ())
            for each in self.scenario.emergencies.values()
            if each.to is not None and getattr(each, setting) * each.admitted and fits(each.when, self.kind)
        ]

    def _emergencies(self, state: int, sent_on: Sequence[tuple[str, float, tuple[Window, ...]]], there: Column) -> None:
        """From home to where emergencies lead. there: who is there in the middle of each step, but for these."""
        edges = np.arange(STEPS + 2) * self.step
        middle = (edges[1:] + edges[:-1]) / 2
        total = _by(sent_on, edges)
        hazard = np.maximum(np.diff(total), 1e-300)
        for each in sent_on:
            people = there * -np.diff(np.exp(-total)) * np.diff(_by([each], edges)) / hazard
            comes = self._comes(each[0])
            self._goes(state, self.code[each[0]], middle, people * comes)
            self._goes(state, state, middle, people * (1 - comes))

    def _use(self, state: int, since_care: bool) -> None:
        """From being unwell at home: back to care, or to remission without it, whichever comes first, once in each
        spell; or, by the hazard of being unwell there, to where an emergency leads. since_care: they came so from
        24-hour care."""
        back, remission, death = self.scenario.return_to_care, self.scenario.remission, self.scenario.death
        gone = death.unwell * self._ratio("death") / (1_000 * DAYS_PER_YEAR) if death else 0.0
        gone += self.moving_away
        sent_on = self._sent_on("unwell", since_care)

        def there(days: Column) -> Column:
            return np.asarray(np.exp(-gone * days - _by(sent_on, days)))

        never = np.full(CELLS, NEVER)
        recovers = days_to_well(remission, self.scenario.response or Response(), self._ratio("remission"))
        assert recovers is not None
        chance = _with_odds(back.probability, self._ratio("return_to_care")) if back.delay_days else 0.0
        delays = durations(back.delay_days, CELLS) if back.delay_days else never
        linked = days_to_linkage(self.scenario.checkups) if self.scenario.checkups else never
        still = beyond(recovers, delays) * beyond(linked, delays) * there(delays)
        asking = [(self._comes_through_steps, delays, chance / CELLS * still)]
        if self.scenario.checkups:
            not_back = 1 - chance * (1 - beyond(delays, linked))
            asking.append((self._comes, linked, not_back / CELLS * beyond(recovers, linked) * there(linked)))
        for name, probability in self._entry(returning=True).items():
            for share_who_come, days, people in asking:
                comes = share_who_come(name)
                self._goes(state, self.code[name], days, people * probability * comes)
                self._goes(state, self.unwell, days, people * probability * (1 - comes))
        # Who has neither asked nor recovered by then.
        days = (np.arange(STEPS + 1) + 0.5) * self.step
        left = beyond(recovers, days) * beyond(linked, days) * (1 - chance * (1 - beyond(delays, days)))
        self._emergencies(state, sent_on, left * np.exp(-gone * days))
        if recovers[0] < NEVER:
            recovering = (1 - chance * (1 - beyond(delays, recovers))) / CELLS * there(recovers)
            self._goes(state, self.recovered, recovers, recovering * beyond(linked, recovers))

    # --- parts ---

    def _stay(self, name: str, level: Level) -> ExpectedStay:
        """What becomes of stays: the least of independent clocks."""

        def ratio(cause: str) -> float:
            return self._ratio(cause, name)

        payment = self.scenario.reimbursement
        if payment is not None:
            level = level.as_authorised_by(self.kind.get(payment.attribute, ""))
        sent_on: defaultdict[str, float] = defaultdict(float)
        for to, a_day, _ in () if level.round_the_clock else self._sent_on("in_care", since_care=False):
            if to != name:
                sent_on[to] += a_day
        return stay_of(level, ratio, self._relapse_in_care(name, level), sent_on)

    def _relapse_in_care(self, name: str, level: Level) -> Callable[[Column], Column]:
        """Cumulative hazard, at equally distant days in care, of the relapses that end a stay.

        Whoever goes on after a relapse becomes well again, with the hazard of a new spell.
        """
        stays = level.on_relapse.continue_ + (0.0 if level.step_up_to else level.on_relapse.step_up)
        ratio = self._ratio("relapse", name) * level.relapse_ratio

        def hazard(edges: Column) -> Column:
            if self.scenario.relapse is None or stays >= 1 or not level.relapse_exposure:
                return np.zeros_like(edges)
            clock = level.exposed_days_a_day()
            first = -np.diff(self._survival(clock * edges, ratio * level.relapse_exposure / clock))
            unwell = days_to_well(level.days_to_remission, level.response)
            if unwell is not None:
                well = -np.diff(beyond(unwell, edges))
                first = np.convolve(first, well)[: len(first)]
            relapses = np.zeros(len(first))
            for i in range(len(first)):
                relapses[i] = first[i] + stays * (first[:i] @ relapses[:i][::-1])
            gone = np.concatenate(([0.0], np.cumsum((1 - stays) * relapses)))
            return np.asarray(-np.log(np.maximum(1 - gone, 1e-12)))

        return hazard

    def _survival(self, exposed: Column, ratio: float) -> Column:
        """Share who have not relapsed after so many exposed days."""
        if self.scenario.relapse is None:
            return np.ones_like(exposed)
        curve = self.scenario.relapse.curve_of(self.kind)
        with np.errstate(over="ignore"):
            return np.asarray((1 + (exposed / curve.median_days) ** curve.shape) ** -(ratio * curve.share_of_setbacks))

    def _uses_at_once(self, name: str, level: Level, reason: str, stay: ExpectedStay) -> float:
        """The share of those who go home for this reason who begin a relapse on that day."""
        relapse, risk = self.scenario.relapse, level.risk_at_discharge
        first = risk.by_reason().get(reason, 0.0) if risk else 0.0
        if relapse is None or risk is None or not first:
            return 0.0
        days = float(stay.days @ stay.endings[reason]) / max(float(stay.endings[reason].sum()), 1e-12)
        halved = days / risk.halved_every_days if risk.halved_every_days else 0.0
        risk_now = _with_odds(first, self._ratio("risk_at_discharge", name)) * math.pow(0.5, halved)
        return relapse.curve_of(self.kind).share_of_setbacks * risk_now

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

    def _comes_through_steps(self, name: str) -> float:
        """Of those who ask by themselves: who comes, and is not lost in a step before the list by its delay alone."""
        share = self._comes(name)
        for step in self.scenario.levels[name].access:
            share *= share_ready(step, self._ratio("renege", name))
        return share

    def _entry(self, returning: bool) -> Mapping[str, float]:
        rules = self.scenario.entry
        return next((r.to for r in rules if r.returning in (None, returning) and fits(r.when, self.kind)), {})

    def _ratio(self, cause: str, level: str = "") -> float:
        return mean_ratio(self.scenario, cause, level, self.kind)

    def _goes(self, source: int, to: int, days: Column, people: Column) -> None:
        self._add(self.kernel[source, to], days, people)

    def _add(self, steps: Column, days: Column, people: Column) -> None:
        """Spread people who move after so many days over the two steps nearest to it; beyond the end they are lost."""
        at = np.minimum(days / self.step, STEPS + 1)
        below = np.floor(at)
        for where, part in ((below, 1 - (at - below)), (below + 1, at - below)):
            inside = (where <= STEPS) & (people > 0)
            np.add.at(steps, where[inside].astype(np.int64), (part * people)[inside])


def _by(sent_on: Sequence[tuple[str, float, tuple[Window, ...]]], days: Column) -> Column:
    """The cumulative hazard by these days of a state of all these emergencies together."""
    total = np.zeros_like(days)
    for _, a_day, windows in sent_on:
        raised, until = np.zeros_like(days), 0.0
        for window in windows:
            raised += (window.ratio - 1) * (np.minimum(days, window.until_day) - np.minimum(days, until))
            until = window.until_day
        total += a_day * (days + raised)
    return total


class _Everyone:
    """People of all kinds at once: the states of one kind after those of another."""

    def __init__(self, kinds: list[_Ways], shares: list[float]) -> None:
        self.kinds, self.shares, self.first = kinds, shares, kinds[0]
        count = self.first.states
        moves = [(kind, *way) for kind, ways in enumerate(kinds) for way in ways.kernel]
        self.kernel = np.array([kinds[kind].kernel[source, to] for kind, source, to in moves]).T
        kind, self.source, self.to = np.array(moves, dtype=np.int64).reshape(-1, 3).T
        self.kind, self.sources, self.targets = kind, kind * count + self.source, kind * count + self.to

    def census(
        self, arriving: Column, through: Mapping[str, Column]
    ) -> tuple[dict[str, Column], dict[str, Column]] | None:
        """People in each level, and admissions a day, by kind and step, with room for all of those who ask.

        arriving: first asks a day by step. through: by level and kind, of those who ask the share whom places can take.
        None where people go round faster than a step and without end.
        """
        first, step = self.first, self.first.step
        levels = first.scenario.levels
        kinds, count = len(self.kinds), first.states
        passing = np.ones((kinds, count))
        passing[:, : len(levels)] = np.array([through[name] for name in levels]).T
        # Those who find no room leave the list for home, if they have patience to lose; otherwise they wait for ever.
        kernel = self.kernel * passing[self.kind, self.source]
        at_once = np.zeros((kinds, count, count))
        at_once[self.kind, self.source, self.to] = kernel[0]
        for name, code in first.code.items():
            if levels[name].patience is not None:
                at_once[:, code, first.unwell] += 1 - passing[:, code]
        try:
            inverse = np.linalg.inv(np.eye(count) - at_once.transpose(0, 2, 1))
        except np.linalg.LinAlgError:
            return None
        entering = np.stack(
            [share * ways.entering(arriving) for share, ways in zip(self.shares, self.kinds, strict=True)], axis=1
        )
        for name, initial in first.scenario.initial.items():
            entering[0, :, first.already_in[name]] += np.array(self.shares) * initial.in_care / step
            entering[0, :, first.code[name]] += np.array(self.shares) * initial.waiting / step
        flow = np.zeros((STEPS, kinds, count))
        moving = np.zeros((STEPS, len(self.sources)))
        for i in range(STEPS):
            earlier = np.einsum("jw,jw->w", moving[:i][::-1], kernel[1 : i + 1])
            arrived = entering[i] + np.bincount(self.targets, earlier, kinds * count).reshape(kinds, count)
            flow[i] = (inverse @ arrived[:, :, None])[:, :, 0]
            moving[i] = flow[i].ravel()[self.sources]
        if not np.isfinite(flow).all() or (flow < -1e-9).any():
            return None
        present = {name: np.zeros((kinds, STEPS)) for name in levels}
        for places in (first.code, first.already_in):
            for name, code in places.items():
                for kind, ways in enumerate(self.kinds):
                    present[name][kind] += np.convolve(flow[:, kind, code], ways.staying[code])[:STEPS]
        return present, {name: flow[:, :, code].T for name, code in first.code.items()}


def share_ready(step: AccessStep, renege: float) -> float:
    """Of those who come to a step, the share who are there when its delay is over. renege: ratio of losing patience."""
    share = 1 - step.lost_at_once
    if step.patience is not None and step.delay_days is not None:
        patience = durations(step.patience, CELLS, renege)
        share *= float(np.mean(beyond(patience, durations(step.delay_days, FEW))))
    return share


def mean_ratio(scenario: Scenario, cause: str, level: str, kind: PatientKind) -> float:
    """The mean ratio of people of a kind: of each attribute that is told apart, of their value. level: "" for none."""
    product = 1.0
    for attribute, shares in scenario.population.items():
        values = scenario.effects.get(attribute, {})
        if not values:
            continue
        ratios = {value: _of(values.get(value), cause, level) for value in shares}
        if attribute in kind and kind[attribute] in ratios:
            product *= ratios[kind[attribute]]
        else:
            product *= sum(share * ratios[value] for value, share in shares.items())
    return product


def _of(effects: Effects | None, cause: str, level: str) -> float:
    if effects is None:
        return 1.0
    in_level = effects.levels.get(level, LevelEffects())
    return float(getattr(effects, cause) * getattr(in_level, cause, 1.0))


def _with_odds(share: float, ratio: float) -> float:
    """A share with its odds multiplied."""
    return share * ratio / (1 - share + share * ratio) if share else 0.0
