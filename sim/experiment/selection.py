"""Picking the best of several scenarios with a stated probability, on no more replications than that takes."""

import math
from collections.abc import Callable, Mapping

import pandas as pd

from sim.analysis.intervals import mean_interval
from sim.analysis.selection import Selection, kn
from sim.experiment.changes import ChangeOn, changes_of
from sim.experiment.replications import Progress, Task
from sim.experiment.run import DEFAULT_SEED, MOST_REPLICATIONS, check_metric, check_numbers, check_scenarios
from sim.experiment.workforce import workforce
from sim.model.engine import Engine
from sim.model.engines import EngineChoice, check_engine, engine_for
from sim.outcomes import describe
from sim.outcomes.compiling import ready
from sim.scenario import Scenario
from sim.scenario.change import DatedChange, Lists, as_run

FIRST_STAGE = 10
"""Replications of every scenario before any is dropped: enough to know how much differences vary."""


def select(
    scenarios: Mapping[str, Scenario],
    metric: str,
    indifference: float | None = None,
    probability: float = 0.95,
    most: int = MOST_REPLICATIONS,
    seed: int = DEFAULT_SEED,
    workers: int | str = 1,
    progress: Progress | None = None,
    change_on: ChangeOn = None,
    lists: Lists = "carry_over",
    engine: EngineChoice = "auto",
    say: Callable[[str], None] | None = None,
) -> Selection:
    """The scenario with the best mean of a metric, by the procedure of Kim and Nelson (`sim.analysis.kn`).

    indifference: the smallest difference worth telling, in the metric's unit; default: a hundredth of the first
    scenario's absolute mean over the first ten replications. probability: that the selected one is the best, if it is
    better than each other by that much. most: replications after which it stops undecided (`best` is None). All
    scenarios share their luck, and those that are clearly worse are simulated no further. change_on, lists: from which
    day on each but the first is itself, and what becomes of lists, as of `compare`; engine, say: too.
    Raises ValueError for numbers out of range, a single scenario, a metric that is lacking, undirected or undefined.

    >>> sim.select({"today": ward, "wider": wider}, "wait.ward.mean", change_on="start").best
    'wider'
    """
    check_scenarios(scenarios)
    check_numbers(most, seed, workers, or_cluster=True)
    check_engine(engine)
    minimise = _checked(scenarios, metric, indifference, probability, most) == "lower"
    changes = changes_of(scenarios, change_on, lists)
    rows: list[dict[str, float]] = []
    alive = tuple(scenarios)
    done = 0
    with workforce(workers) as force:
        while True:
            # Batches of the first stage's size keep workers busy; what a batch runs too much is not looked at.
            numbers = range(len(rows), min(len(rows) + FIRST_STAGE, most))
            systems = {label: changes[label] or scenarios[label] for label in alive}
            runs = engine_for(engine, list(systems.values()) * len(numbers), workers, say)
            ready(runs)
            tasks = [_task(systems[label], seed, number, runs) for number in numbers for label in alive]
            values = []
            for reading in force.readings(tasks):
                values.append(reading.metrics[metric])
                done += 1
                if progress is not None:
                    progress(done, most * len(scenarios))
            starts = range(0, len(values), len(alive))
            rows += [dict(zip(alive, values[start:], strict=False)) for start in starts]
            frame = pd.DataFrame(rows, columns=list(scenarios))
            if indifference is None:
                indifference = _a_hundredth(frame, metric)
            selection = kn(frame, indifference, 1 - probability, FIRST_STAGE, minimise=minimise)
            if selection.best is not None or len(rows) >= most:
                return selection
            alive = selection.surviving


def _task(system: Scenario | DatedChange, seed: int, number: int, engine: Engine) -> Task:
    change = system if isinstance(system, DatedChange) else None
    return Task(as_run(system), seed, number, (), False, change, engine)


def _a_hundredth(frame: pd.DataFrame, metric: str) -> float:
    """Of the first scenario's absolute mean over the first stage."""
    indifference = abs(mean_interval(frame.iloc[:FIRST_STAGE, 0].to_numpy())[0]) / 100
    if not indifference > 0:
        why = "so a hundredth of it is no indifference: state one"
        raise ValueError(f"{metric} is 0 or undefined in the first scenario, {why}")
    return indifference


def _checked(
    scenarios: Mapping[str, Scenario], metric: str, indifference: float | None, probability: float, most: int
) -> str:
    """Which direction of the metric is better; ValueError where the best cannot be sought in this way."""
    check_metric(metric, scenarios)
    direction = describe(metric).direction
    if len(scenarios) < 2:
        raise ValueError("select needs at least two scenarios")
    if direction == "neutral":
        raise ValueError(f"{metric} has no better direction: choose a metric of which more, or less, is better")
    if most < FIRST_STAGE:
        raise ValueError(f"select needs at least {FIRST_STAGE} replications, not {most}")
    if not 1 / len(scenarios) < probability < 1:
        by_lot = f"{1 / len(scenarios):.4g} (a choice by lot)"
        raise ValueError(f"probability must be between {by_lot} and 1, not {probability}")
    if indifference is not None and not 0 < indifference < math.inf:
        raise ValueError(f"indifference must be above 0 and finite, in the metric's unit, not {indifference}")
    return direction
