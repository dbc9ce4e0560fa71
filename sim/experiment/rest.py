"""A system at rest: how many must move away, and the pool of people known that a long run comes to."""

import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.experiment.migration import check_rewritable
from sim.experiment.replications import Progress, each
from sim.experiment.run import DEFAULT_SEED, check_numbers
from sim.files.paths import Segments, split_path
from sim.files.rewriting import stating
from sim.files.toml import read_text
from sim.files.whole_files import whole_file
from sim.model import Records, replicate
from sim.model.engine import Engine
from sim.model.engines import EngineChoice, check_engine, engine_for
from sim.scenario import Scenario
from sim.vocabulary import (
    CHECKUP,
    DAYS_PER_YEAR,
    EMERGENCY,
    ENTRY,
    NONE,
    NOT_WELL,
    OUTCOMES,
    PASSED,
    REASONS,
    RESPONSE,
    RETURN,
    SETBACK,
    STATES,
    UNWELL,
    WELL,
    Column,
)

BACK = (RETURN, CHECKUP, EMERGENCY)
"""Routes of people known who ask again."""
PEOPLE, LIFETIME = 1_000, 36_525.0
"""Newcomers who are followed with room for everyone, and for how long, to see how often they ask again."""
MOST_A_YEAR = 100.0
YEARS, ROUNDS, FEWEST_ROUNDS = 20, 8, 2
"""Of one long run, and how many of them follow one another at the most and, but for luck, at the least."""
CLOSE = 0.02
"""The relative change of the pool from one long run to the next that is none, beside twice its standard error."""
PARTS = 20
"""Equally likely durations that stand for those of all people in the pool."""


class NeverAtRest(ValueError):
    """A share of calls that nothing brings about, or a pool that grows and grows."""


class Exit(NamedTuple):
    """The rate at which former patients must move away, a year, and its standard error."""

    rate: float
    error: float


@dataclass(frozen=True)
class Rest:
    """A scenario at rest. values: what it states for it, by dotted path.

    exit: where the share of calls of people known is stated. known_share: of calls in the last long run. before, after:
    people in the pool at its beginning and end, on average. years: how long all long runs were together. runs: of them
    at once, over which it is averaged. engine: by which it was run.
    """

    scenario: Scenario
    exit: Exit | None
    known_share: float
    before: int
    after: int
    years: int
    runs: int
    values: Mapping[str, Any]
    engine: Engine = "simpy"


def rest(
    scenario: Scenario,
    replications: int = 2,
    seed: int = DEFAULT_SEED,
    workers: int = 1,
    progress: Progress | None = None,
    engine: EngineChoice = "auto",
    say: Callable[[str], None] | None = None,
) -> Rest:
    """The scenario with the pool of people known that a long run comes to, by clinical state, as its fixed point.

    Runs of twenty years follow one another, each from the pool that the one before has left (the first from none, or
    what the scenario knows), until the pool changes no more. Where calls are stated with the share of people known,
    the rate at which people move away is solved for first. engine, say: as of `run`. Raises NeverAtRest where there is
    no such rate, or no rest.
    """
    check_numbers(replications, seed, workers)
    check_engine(engine)
    if scenario.arrivals.closed_cohort is not None:
        raise NeverAtRest("a closed cohort comes to no rest: state arrivals as a stream")
    by = engine_for(engine, [_over(scenario)] * (FEWEST_ROUNDS * replications), workers, say)
    solved, values = None, dict[str, Any]()
    if scenario.arrivals.known_share:
        solved = moving_away(scenario, scenario.arrivals.known_share, seed, by)
        values["exits.moving_away_per_year"] = float(f"{solved.rate:.3g}")
        scenario = scenario.with_overrides(values)
    for round_ in range(1, ROUNDS + 1):
        before = scenario.known.well.people + scenario.known.unwell.people
        tasks = [_LongRun(_over(scenario), seed, number, by) for number in range(replications)]
        ends = []
        for end in each(_end_of, tasks, workers):
            ends.append(end)
            if progress is not None:
                progress((round_ - 1) * replications + len(ends), ROUNDS * replications)
        sizes = [sum(part.people for part in end.states.values()) for end in ends]
        after, error = (
            float(np.mean(sizes)),
            float(np.std(sizes, ddof=1) / math.sqrt(len(sizes))) if len(sizes) > 1 else 0.0,
        )
        known = _stated(scenario, [end.states for end in ends])
        scenario = scenario.with_overrides({"known": known})
        if abs(after - before) <= CLOSE * after + 2 * error:
            share = float(np.mean([end.known_share for end in ends]))
            values["known"] = known
            return Rest(scenario, solved, share, before, round(after), round_ * YEARS, replications, values, by)
    raise NeverAtRest(
        f"no rest in {ROUNDS * YEARS} years: the pool of people known has {after:,.0f} people, and had {before:,} "
        f"{YEARS} years before; let some leave it (exits.moving_away_per_year, exits.recovery_per_year, death)"
    )


def write_rest(path: Path, settled: Rest) -> None:
    """State what brings a scenario to rest in its file, with evidence cards that say where it is from.

    Its comments stay. Raises ScenarioError where that cannot be, OSError when the file cannot be written.
    """
    check_rewritable(path)
    pool = (
        f"what a long run comes to: {settled.after:,} people after {settled.years} years, mean of {settled.runs} runs "
        "(stepdown rest)"
    )
    values: dict[Segments, Any] = {split_path(key): value for key, value in settled.values.items()}
    values["evidence", "known"] = {"grade": "choice", "source": pool}
    if settled.exit is not None:
        rate, error = settled.exit
        wanted = f"{settled.scenario.arrivals.known_share:.1%} of calls are of people known (stepdown rest)"
        values["evidence", "exits.moving_away_per_year"] = {
            "low": float(f"{max(rate - 2 * error, 0.0):.2g}"),
            "high": float(f"{rate + 2 * error:.2g}"),
            "unit": "per year",
            "grade": "estimated",
            "source": f"solved for: {wanted}",
        }
    text = stating(read_text(path), values, path.name)
    with whole_file(path) as part:
        part.write_bytes(text.encode())
        shutil.copymode(path, part)


# --- how many must move away ---


def moving_away(scenario: Scenario, share: float, seed: int = DEFAULT_SEED, engine: Engine = "simpy") -> Exit:
    """The rate of moving away, a year, at which this share of calls is at rest from people known already.

    By renewal: each newcomer asks again R times in a lifetime, and of all calls R / (1 + R) are such. Newcomers are
    simulated once with room for everyone while nobody moves away; with a rate m the k-th return is still made by
    exp(-m h) of those who have been at home for h years before it, so R(m) is a sum of exponentials. Raises NeverAtRest
    where R(0) is too low.
    """
    from scipy.optimize import brentq

    records = replicate(_with_room(scenario), seed, 0, engine)
    who, years = _years_at_home_before_returns(records)

    def returns(rate: float) -> Column:
        """By newcomer."""
        return np.bincount(who, weights=np.exp(-rate * years), minlength=PEOPLE)

    wanted, most = share / (1 - share) if share < 1 else math.inf, float(returns(0.0).mean())
    if wanted >= most:
        raise NeverAtRest(
            f"arrivals.known_share: {share:.1%} of calls cannot be of people known already; if nobody ever moves away "
            f"they are {most / (1 + most):.1%}. State a lower share, or let more come back (return_to_care)"
        )
    rate = float(brentq(lambda m: float(returns(m).mean()) - wanted, 0.0, MOST_A_YEAR))
    slope = float((np.exp(-rate * years) * years).sum() / PEOPLE)
    return Exit(rate, float(returns(rate).std(ddof=1) / math.sqrt(PEOPLE)) / slope)


def _with_room(scenario: Scenario) -> Scenario:
    """A closed cohort of newcomers for a lifetime, with room for everyone, of whom nobody moves away.

    Nobody waits for a place, a day of admission or an appointment; what takes its time or loses people by itself stays.
    """
    room: dict[str, Any] = {}
    for name in scenario.places:
        room |= {f"places.{name}.capacity": 100_000, f"places.{name}.changes": [], f"places.{name}.weekly": []}
    for name, level in scenario.levels.items():
        room |= {f"levels.{name}.intake": None, f"levels.{name}.list_cap": None}
        room |= {f"levels.{name}.access.{index}.slots_per_day": None for index in range(len(level.access))}
    alone = {"known": {}, "initial": {}, "arrivals": {"closed_cohort": PEOPLE}, "exits.moving_away_per_year": 0.0}
    time = {"time.warm_up_days": 0.0, "time.recruitment_days": 0.0, "time.follow_up_days": LIFETIME}
    return scenario.with_overrides({**room, **alone, **time})


def _years_at_home_before_returns(records: Records) -> tuple[Column, Column]:
    """Of each ask of someone who comes back: who it is, and the years that they had been at home by then."""
    waits, stays = records.waits, records.stays
    back = np.flatnonzero(np.isin(waits["route"], BACK) & (waits["outcome"] != PASSED))
    who, asked = waits["patient"][back], waits["called"][back]
    order = np.lexsort((asked, who))
    who, asked = who[order], asked[order]
    # A stay, or a wait that came to nothing, ends before each; one number orders people, and times of each.
    ends = np.concatenate([_ordered(stays["patient"], stays["discharged"]), _ordered(waits["patient"], waits["ended"])])
    ends.sort()
    last = ends[np.searchsorted(ends, _ordered(who, asked)) - 1]
    days = np.cumsum(_ordered(who, asked) - last)
    first = np.searchsorted(who, who)
    before = np.concatenate([[0.0], days])[first]
    return who, (days - before) / DAYS_PER_YEAR


def _ordered(patient: Column, time: Column) -> Column:
    return patient * (10 * LIFETIME) + time


# --- the pool that a long run leaves ---


class _LongRun(NamedTuple):
    scenario: Scenario
    seed: int
    replication: int
    engine: Engine = "simpy"


class PoolPart(NamedTuple):
    """People in one state: how many, their days in it, how many have each value of an attribute, and the sum of Z."""

    people: int
    days: Column
    counts: Mapping[str, Column]
    frailty: float


class _End(NamedTuple):
    """What one long run leaves. known_share: of asks in its last fifth."""

    states: dict[int, PoolPart]
    known_share: float


def _over(scenario: Scenario) -> Scenario:
    """The scenario over a long run."""
    days = YEARS * DAYS_PER_YEAR
    changes: dict[str, Any] = {f"places.{name}.changes": [] for name in scenario.places}
    time = {"time.warm_up_days": 0.8 * days, "time.recruitment_days": 0.2 * days, "time.follow_up_days": 0.001}
    return scenario.with_overrides({**changes, **time, "initial": {}, "arrivals.changes": []})


def _end_of(task: _LongRun) -> _End:
    records = replicate(*task)
    waits = records.waits
    late = waits["route"][(waits["called"] >= task.scenario.time.warm_up_days) & (waits["outcome"] != PASSED)]
    again, first = (int(np.count_nonzero(np.isin(late, routes))) for routes in (BACK, (ENTRY,)))
    return _End(pool_at_end(records, task.scenario), again / max(again + first, 1))


def pool_at_end(records: Records, scenario: Scenario) -> dict[int, PoolPart]:
    """People known when the run ends who may come back: alive, and not gone for good.

    Whoever is in care or waiting is one of them, unless the scenario says who is there on day 0: a run begins with
    empty places, which fill from the people who are known.
    """
    patients, stays, waits, spells = records.patients, records.stays, records.waits, records.spells
    people, end = len(patients), scenario.time.horizon
    state = np.full(people, NONE)
    state[spells["patient"]] = spells["state"]
    state[state == SETBACK] = WELL
    state[state == RESPONSE] = UNWELL
    may_return = np.isnan(patients["moved_away"]) & np.isnan(patients["recovered"])
    if scenario.initial:
        may_return[stays["patient"][stays["reason"] == REASONS.index("end_of_follow_up")]] = False
        may_return[waits["patient"][waits["outcome"] == OUTCOMES.index("end_of_follow_up")]] = False

    out_since = np.full(people, -math.inf)
    np.maximum.at(out_since, stays["patient"], stays["discharged"])
    np.maximum.at(out_since, waits["patient"], waits["ended"])
    days = {UNWELL: end - np.maximum(_since(records, UNWELL), out_since), WELL: _exposed(records, scenario)}
    ages = (end - patients["born"]) / DAYS_PER_YEAR
    values = {name: patients[name] for name in scenario.population}
    if scenario.age:
        values["age"] = _bands(scenario, ages)
    pool: dict[int, PoolPart] = {}
    for code in (WELL, UNWELL):
        mine = may_return & (state == code)
        counts = {
            name: np.bincount(each[mine], minlength=len(scenario.population[name])) for name, each in values.items()
        }
        pool[code] = PoolPart(int(mine.sum()), days[code][mine], counts, float(patients["frailty"][mine].sum()))
    return pool


def _since(records: Records, state: int) -> Column:
    """Since when each one is in the state of the end, of those for whom that is this one; a setback interrupts nothing,
    nor does a partial response.

    Who was known already on day 0 and has not changed since has been in it from before.
    """
    spells, arrived = records.spells, records.patients["arrived"]
    since = np.full(len(arrived), math.inf)
    np.minimum.at(since, spells["patient"], spells["started"])
    other = np.isin(spells["state"], NOT_WELL) != (state == UNWELL)
    np.maximum.at(since, spells["patient"][other], spells["ended"][other])
    return np.where(since == 0, np.minimum(arrived, 0.0), since)


def _exposed(records: Records, scenario: Scenario) -> Column:
    """Exposed days of each one's present spell of being well: those in care count as their level has it."""
    since, stays, end = _since(records, WELL), records.stays, scenario.time.horizon
    clock = np.array([level.exposed_days_a_day() for level in scenario.levels.values()])
    inside = np.maximum(stays["discharged"] - np.maximum(stays["admitted"], since[stays["patient"]]), 0.0)
    shielded = np.bincount(stays["patient"], weights=inside * (1 - clock[stays["level"]]), minlength=len(since))
    return end - since - shielded


def _bands(scenario: Scenario, ages: Column) -> Column:
    """The value of `age` that each age has now, or the nearest."""
    bands = [scenario.age[value] for value in scenario.population["age"]]
    away = [np.maximum(np.maximum(band.youngest - ages, ages - band.oldest), 0.0) for band in bands]
    return np.asarray(np.argmin(away, axis=0))


def _stated(scenario: Scenario, ends: list[dict[int, PoolPart]]) -> dict[str, Any]:
    """The table `known` of a scenario, of what several long runs have left on average."""
    known = {}
    for code in (WELL, UNWELL):
        people = sum(end[code].people for end in ends)
        if not people:
            continue
        days = np.concatenate([end[code].days for end in ends])
        described: dict[str, Any] = {"people": round(people / len(ends))}
        steps = np.quantile(days, (np.arange(PARTS) + 0.5) / PARTS).round().tolist()
        described["days"] = {"distribution": "discrete", "values": steps, "shares": [1 / PARTS] * PARTS}
        described["population"] = {
            name: _shares(list(shares), sum(end[code].counts[name] for end in ends))
            for name, shares in scenario.population.items()
        }
        if scenario.frailty.sd:
            described["frailty"] = round(sum(end[code].frailty for end in ends) / people, 3)
        known[STATES[code]] = described
    return known


def _shares(names: list[str], counts: Any) -> dict[str, float]:
    """Shares of three digits that sum to one, the largest taking what rounding has left."""
    shares = {name: round(float(count), 3) for name, count in zip(names, counts / counts.sum(), strict=True)}
    largest = max(shares, key=lambda name: shares[name])
    shares[largest] = round(1 - sum(share for name, share in shares.items() if name != largest), 3)
    return shares
