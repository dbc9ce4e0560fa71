"""Inputs found by which a scenario shows its targets: least squares under common luck."""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis import summary
from sim.analysis.intervals import t_quantile
from sim.analysis.targets import OUTSIDE
from sim.experiment.replications import Progress, each, keeping_workers
from sim.experiment.result import target_rows
from sim.experiment.run import DEFAULT_SEED, check_numbers, check_scenarios
from sim.files.paths import join_path, split_path
from sim.files.provenance import version
from sim.model.engine import Engine, replicate
from sim.model.engines import EngineChoice, check_engine, engine_for
from sim.outcomes import Observed, metric_table, shown_targets
from sim.scenario import Scenario
from sim.scenario.fields import numbers
from sim.scenario.path_hints import path_hint
from sim.scenario.shape import shape_at
from sim.vocabulary import Column

REPLICATIONS = 40
LOOKS = 4
"""So many combinations for each input are looked at before the best of them is made better."""
STEPS = 10
"""So many times it is made better, at the most."""
STEP = 0.04
"""Of the range of an input: over so much a slope is taken, so that single events of few patients do not decide it."""
WIDE = 4.0
"""Ranges of which the high end is so many times the low one are searched by their logarithm."""
AT_BOUND = 0.005
"""Of the range: what is so near its end lies at it."""
UNDEFINED = 10.0
"""Tolerances that a target without a value counts as missed by."""

Bounds = tuple[float, float]
Combination = tuple[float, ...]
"""A value from 0 to 1 for each input: its place in its range."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What was found.

    scenario: with the inputs found, the targets, and on each input's evidence card where it comes from. inputs: input,
    low, high, start, value, standard_error (over replications, given the targets as they stand; NaN where they do not
    tell the input), at_bound ("low", "high" or ""). targets: as `Result.targets`, and standard_error, of the mean.
    trace: evaluation, a column an input, misfit (squared distances to targets in tolerances, summed). stopped: it was
    interrupted, and this is the best so far. settled: no step made it better any more. engine: by which it was run.
    """

    scenario: Scenario
    inputs: pd.DataFrame
    targets: pd.DataFrame
    trace: pd.DataFrame
    replications: int
    seed: int
    stopped: bool
    settled: bool
    engine: Engine = "simpy"

    @property
    def not_reached(self) -> list[str]:
        """The targets that the best values found are outside of."""
        return list(self.targets.loc[self.targets["verdict"] == OUTSIDE, "target"])


def calibrate(
    scenario: Scenario,
    inputs: Mapping[str, Bounds],
    replications: int = REPLICATIONS,
    seed: int = DEFAULT_SEED,
    workers: int = 1,
    progress: Progress | None = None,
    engine: EngineChoice = "auto",
    say: Callable[[str], None] | None = None,
) -> Calibration:
    """Find values of these inputs, dotted path -> lowest and highest, with which the scenario shows its `targets`.

    Every combination is tried on the same people with the same luck, so that what differs is the inputs' doing. A look
    at some combinations spread over the ranges, then Gauss and Newton's steps from the best (`scipy.optimize`), of
    the distances of means to targets in tolerances (of a range without one, in quarters of its width; within a range,
    none). What is fitted is a closed cohort, or at least quick: some 50 times `replications` are simulated. After an
    interrupt it returns the best so far, if there is any. engine, say: as of `run`.

    Raises ValueError without targets, for unsound inputs or bounds, and for more inputs than targets.
    """
    check_engine(engine)
    search = _Search(scenario, dict(inputs), replications, seed, workers, progress)
    search.check()
    search.engine = engine_for(engine, [scenario] * search.at_most, workers, say)
    stopped = settled = False
    with keeping_workers() if workers != 1 else nullcontext():
        try:
            settled = search.run()
        except KeyboardInterrupt:
            if not search.tried:
                raise
            stopped = True
    return search.found_so_far(stopped, settled)


def _shown(task: tuple[Scenario, int, int, Engine]) -> dict[str, float]:
    """What one replication gives for each target."""
    scenario, seed, number, engine = task
    return shown_targets(Observed(replicate(scenario, seed, number, engine), scenario))


@dataclass
class _Search:
    """One search. tried: each combination with its values of the targets; shape (replications, targets)."""

    scenario: Scenario
    bounds: dict[str, Bounds]
    replications: int
    seed: int
    workers: int
    progress: Progress | None
    tried: dict[Combination, Column] = field(default_factory=dict)
    engine: Engine = "simpy"

    @property
    def at_most(self) -> int:
        """About as many replications as it takes."""
        evaluations = 1 + LOOKS * len(self.bounds) + STEPS * (1 + 2 * len(self.bounds))
        return evaluations * self.replications

    def check(self) -> None:
        """Raise ValueError for what cannot be calibrated."""
        check_scenarios({"": self.scenario})
        check_numbers(self.replications, self.seed, self.workers)
        known = numbers(self.scenario)
        data = self.scenario.model_dump(by_alias=True)
        wrong = [
            f"{path}: there is no such number. {path_hint(split_path(path), data)}".rstrip(". ")
            for path in self.bounds
            if path not in known
        ]
        wrong += [
            f"{path}: the lowest value must be below the highest, not {low:g}..{high:g}"
            for path, (low, high) in self.bounds.items()
            if not low < high
        ]
        if not self.scenario.targets:
            wrong.append("the scenario states no targets; see `targets` in docs/design.md")
        elif len(self.bounds) > len(self.scenario.targets):
            too_few = f"{len(self.scenario.targets)} target(s) cannot tell {len(self.bounds)} inputs"
            wrong.append(f"{too_few}: state more targets, or fewer inputs")
        if not self.bounds:
            wrong.append("no input is given that may vary")
        if wrong:
            raise ValueError("\n".join(wrong))
        for place in (0.0, 0.618, 1.0):
            self.changed((place,) * len(self.bounds))  # ScenarioError where a value cannot stand there.

    def run(self) -> bool:
        """Look around, then improve on the best; whether that came to its end."""
        from scipy.optimize import least_squares

        count = len(self.bounds)
        self.residuals(np.array(self.start()))
        # Multiples of irrational numbers fill a square evenly, however many there are.
        primes = np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0])
        for number in range(1, LOOKS * count + 1):
            self.residuals((0.5 + number * np.sqrt(np.resize(primes, count))) % 1.0)
        result = least_squares(
            self.residuals, self.best(), self.slopes, bounds=(0.0, 1.0), xtol=1e-4, ftol=1e-5, gtol=1e-7, max_nfev=STEPS
        )
        best = np.array(self.best())
        self.residuals(np.where(best < AT_BOUND, 0.0, np.where(best > 1 - AT_BOUND, 1.0, best)))
        self.slopes(np.array(self.best()))  # For the errors, should the best not be where the last were taken.
        return bool(result.status > 0)

    def start(self) -> Combination:
        """Where the inputs are now, or the nearest that their ranges allow."""
        now = numbers(self.scenario)
        return tuple(_place(now[path], *ends) for path, ends in self.bounds.items())

    def values(self, point: Sequence[float]) -> dict[str, float]:
        """The inputs at a point."""
        return {p: _value(place, *ends) for place, (p, ends) in zip(point, self.bounds.items(), strict=True)}

    def changed(self, point: Sequence[float], cards: Mapping[str, Any] | None = None) -> Scenario:
        """The scenario with other inputs, and the targets all the same."""
        targets = self.scenario.model_dump(by_alias=True)["targets"]
        return self.scenario.with_overrides({**self.values(point), "targets": targets, **(cards or {})})

    def shown(self, point: Sequence[float]) -> Column:
        """What each replication gives for each target, with the inputs at a point."""
        key = tuple(round(float(place), 9) for place in point)
        if key not in self.tried:
            described = self.changed(key)
            tasks = [(described, self.seed, number, self.engine) for number in range(self.replications)]
            rows = []
            with closing(each(_shown, tasks, self.workers)) as readings:
                for reading in readings:
                    rows.append(list(reading.values()))
                    self.tell(len(rows))
            self.tried[key] = np.array(rows, dtype=float)
        return self.tried[key]

    def tell(self, done: int) -> None:
        """Progress, against about as many replications as it takes."""
        if self.progress is not None:
            so_far = len(self.tried) * self.replications + done
            self.progress(so_far, max(self.at_most, so_far))

    def residuals(self, point: Column) -> Column:
        """How far the mean of each target is from it, in tolerances."""
        shown = self.shown(tuple(point))
        missing = np.isnan(shown).all(axis=0)
        means = np.where(missing, 0.0, np.nansum(shown, axis=0) / np.maximum((~np.isnan(shown)).sum(axis=0), 1))
        low, high, scale = self.aims()
        apart = (means - np.clip(means, low, high)) / scale
        return np.where(missing, UNDEFINED, apart)

    def aims(self) -> tuple[Column, Column, Column]:
        """The ends of each target, and what its distances are measured in."""
        low, high = np.array([target.ends for target in self.scenario.targets.values()]).T
        scales = []
        for target, a, b in zip(self.scenario.targets.values(), low, high, strict=True):
            width = (b - a) / 4 if math.isfinite(b - a) else max(abs(a) if math.isfinite(a) else abs(b), 1e-9) / 20
            scales.append(target.tolerance or width or 1e-9)
        return low, high, np.array(scales)

    def slopes(self, point: Column) -> Column:
        """How each residual changes with each input; shape (targets, inputs)."""
        columns = []
        for index in range(len(self.bounds)):
            ends = [np.array(point, dtype=float) for _ in range(2)]
            ends[0][index], ends[1][index] = max(point[index] - STEP, 0.0), min(point[index] + STEP, 1.0)
            rise = self.residuals(ends[1]) - self.residuals(ends[0])
            columns.append(rise / (ends[1][index] - ends[0][index]))
        return np.array(columns).T

    def misfit(self, point: Combination) -> float:
        """Squared residuals, summed."""
        return float(np.sum(self.residuals(np.array(point)) ** 2))

    def best(self) -> Combination:
        """The combination with the least misfit of all that were tried; of several, one at the ends of ranges."""
        return min(self.tried, key=lambda point: (self.misfit(point), -sum(place in (0.0, 1.0) for place in point)))

    def errors(self, point: Combination, stopped: bool) -> Column:
        """Standard errors of the places of inputs, over replications: each one's targets moved to where it has them."""
        none = np.full(len(point), np.nan)
        if stopped or self.replications < 2:
            return none
        slopes = self.slopes(np.array(point))
        if np.linalg.matrix_rank(slopes) < len(point):
            return none
        shown = self.shown(point)
        apart = np.nan_to_num((shown - np.nanmean(shown, axis=0)) / self.aims()[2])
        moved = apart @ np.linalg.pinv(slopes).T
        return np.asarray(moved.std(axis=0, ddof=1) / np.sqrt(self.replications))

    def found_so_far(self, stopped: bool, settled: bool) -> Calibration:
        """The best of what was tried, with its errors."""
        point = self.best()
        values, start = self.values(point), numbers(self.scenario)
        rows = []
        for place, error, (path, (low, high)) in zip(
            point, self.errors(point, stopped), self.bounds.items(), strict=True
        ):
            by_place = values[path] * math.log(high / low) if _is_wide(low, high) else high - low
            bound = "low" if place < AT_BOUND else "high" if place > 1 - AT_BOUND else ""
            rows.append((path, low, high, start[path], values[path], error * by_place, bound))
        columns = ["input", "low", "high", "start", "value", "standard_error", "at_bound"]
        inputs = pd.DataFrame(rows, columns=columns)
        described = self.changed(point, self.cards(inputs))
        trace = [
            {"evaluation": number, **self.values(each_point), "misfit": self.misfit(each_point)}
            for number, each_point in enumerate(self.tried, start=1)
        ]
        run = self.replications, self.seed, stopped, settled, self.engine
        return Calibration(described, inputs, self.table(point), pd.DataFrame(trace), *run)

    def table(self, point: Combination) -> pd.DataFrame:
        """Each target beside what the model shows at a point."""
        names = [f"target.{name}" for name in self.scenario.targets]
        shown = self.shown(point)
        rows = [(number, name, v) for number, row in enumerate(shown) for name, v in zip(names, row, strict=True)]
        means = summary(pd.DataFrame(rows, columns=["replication", "metric", "value"]))
        units = metric_table(self.scenario).set_index("metric")["unit"]
        table = target_rows(self.scenario, means.assign(unit=means["metric"].map(units)))
        error = means.set_index("metric")["sd"] / np.sqrt(means.set_index("metric")["replications"])
        return table.assign(standard_error=[error[f"target.{name}"] for name in table["target"]])

    def cards(self, inputs: pd.DataFrame) -> dict[str, Any]:
        """An evidence card of each input: its 95 % interval, and by what it was found."""
        reach = float(t_quantile(0.95, self.replications - 1)) if self.replications > 1 else math.nan
        names = ", ".join(self.scenario.targets)
        source = (
            f"calibrated to the targets {names} of this file (Stepdown {version()}, seed {self.seed}, "
            f"{self.replications} replications)"
        )
        cards = {}
        for row in inputs.to_dict("records"):
            half, ends = reach * row["standard_error"], (row["low"], row["high"])
            known = not math.isnan(half)
            low, high = (max(row["value"] - half, ends[0]), min(row["value"] + half, ends[1])) if known else ends
            shape = shape_at(split_path(row["input"]), self.scenario.model_dump(by_alias=True))
            unit = (shape.unit or "") if shape is not None else ""
            note = "low and high: its interval of simulation error" if known else "low and high: what it was sought in"
            card = {"low": low, "high": high, "source": source, "grade": "estimated", "note": note}
            card["unit"] = unit.replace("currency", self.scenario.currency)
            cards[join_path(("evidence", row["input"]))] = card
        return cards


def _is_wide(low: float, high: float) -> bool:
    return low > 0 and high / low >= WIDE


def _value(place: float, low: float, high: float) -> float:
    """What stands at a place from 0 to 1 of a range; at its ends, exactly they."""
    if place in (0.0, 1.0):
        return high if place else low
    value = low * (high / low) ** place if _is_wide(low, high) else low + place * (high - low)
    return float(f"{min(max(value, low), high):.9g}")


def _place(value: float, low: float, high: float) -> float:
    """Where a value stands in a range; of one outside, the nearest end."""
    value = min(max(value, low), high)
    return math.log(value / low) / math.log(high / low) if _is_wide(low, high) else (value - low) / (high - low)
