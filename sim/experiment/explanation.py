"""Why two scenarios differ: one metric, patient by patient, over paired replications."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from sim.analysis.decomposition import changed_paths, decompose
from sim.experiment.changes import ChangeOn, arms_of
from sim.experiment.replications import Progress, each
from sim.experiment.result import Study
from sim.experiment.run import DEFAULT_SEED, check_numbers
from sim.model.engine import Engine, replicate
from sim.model.engines import EngineChoice, check_engine, engine_for
from sim.outcomes import Observed
from sim.outcomes.contributions import contributions
from sim.outcomes.paths import paths
from sim.scenario import Scenario
from sim.scenario.change import DatedChange, Lists

DEFAULT_REPLICATIONS = 10
"""Each carries every patient of both arms, so fewer than for a study."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a metric consists of in two scenarios, with the same people and the same luck.

    baseline, alternative: replication, patient, level, reason, value (see `sim.outcomes.contributions`), one column for
    each attribute. people: the same two, as one row a patient: replication, patient, path, value (the contribution
    times the size of the cohort, so in the metric's unit). engine: by which it was run.
    """

    metric: str
    labels: tuple[str, str]
    attributes: tuple[str, ...]
    baseline: pd.DataFrame
    alternative: pd.DataFrame
    people: tuple[pd.DataFrame, pd.DataFrame]
    engine: Engine = "simpy"

    def by(self, what: str) -> pd.DataFrame:
        """The difference by "level", "reason" or an attribute: `sim.analysis.decompose`."""
        if what not in ("level", "reason", *self.attributes):
            allowed = ", ".join(("level", "reason", *self.attributes))
            raise ValueError(f"a difference can be told apart by {allowed}, not {what!r}")
        return decompose(self.baseline, self.alternative, what)

    def changed_paths(self, most: int | None = None, whole_paths: bool = False) -> pd.DataFrame:
        """Who took another path, from what to what, and what it did: `sim.analysis.changed_paths`."""
        return changed_paths(*self.people, self.labels, most, whole_paths)


@dataclass(frozen=True)
class _Pair:
    """One replication of both arms."""

    arms: tuple[Scenario | DatedChange, Scenario | DatedChange]
    seed: int
    replication: int
    metric: str
    engine: Engine = "simpy"


def explain(
    baseline: Scenario,
    alternative: Scenario,
    metric: str,
    replications: int = DEFAULT_REPLICATIONS,
    seed: int = DEFAULT_SEED,
    workers: int = 1,
    labels: tuple[str, str] = ("baseline", "alternative"),
    progress: Progress | None = None,
    change_on: ChangeOn = None,
    lists: Lists = "carry_over",
    engine: EngineChoice = "auto",
    say: Callable[[str], None] | None = None,
) -> Explanation:
    """Split the difference of a metric between two scenarios into parts that add up to it.

    metric: one of `sim.outcomes.decomposable`. Raises ValueError, before anything is simulated, for one that is no sum
    over the cohort, and for numbers out of range. change_on, lists: from which day on the alternative is itself, and
    what becomes of lists, as of `compare`; engine, say: too.

    >>> longer = ward.with_overrides({"levels.ward.length_of_stay.value": 25.0})
    >>> why = sim.explain(ward, longer, "days_in_care", replications=2, change_on="start")
    >>> float(why.by("level")["difference"].iloc[-1].round(3))
    5.0
    """
    check_engine(engine)
    scenarios = (baseline, alternative)
    arms = arms_of(baseline, alternative, labels, change_on, lists)
    check_numbers(replications, seed, workers)
    for scenario in scenarios:
        contributions(_nobody(scenario), metric)
    runs = engine_for(engine, arms * replications, workers, say)
    pairs = [_Pair(arms, seed, number, metric, runs) for number in range(replications)]
    read: list[list[pd.DataFrame]] = [[], []]
    for number, frames in enumerate(each(_read, pairs, workers)):
        for arm, frame in zip(read, frames, strict=True):
            arm.append(frame.assign(replication=number))
        if progress is not None:
            progress(number + 1, replications)
    return _explanation(metric, labels, (baseline, alternative), read, runs)


def explain_kept(study: Study, label: str, metric: str) -> Explanation:
    """The same of a scenario of a study against its baseline, from kept records: nothing is simulated.

    Raises RecordsNotKept, and ValueError for a metric that is no sum over the cohort.
    """
    pair = study.results[study.baseline], study.results[label]
    read = [
        [
            _contributions(Observed(result.records(number), result.system), metric).assign(replication=number)
            for number in range(study.replications)
        ]
        for result in pair
    ]
    of_pair = pair[0].scenario, pair[1].scenario
    return _explanation(metric, (study.baseline, label), of_pair, read, pair[1].engine)


def _explanation(
    metric: str,
    labels: tuple[str, str],
    scenarios: tuple[Scenario, Scenario],
    read: Sequence[Sequence[pd.DataFrame]],
    engine: Engine,
) -> Explanation:
    baseline, alternative = scenarios
    first, second = (pd.concat(arm, ignore_index=True) for arm in read)
    attributes = tuple(name for name in baseline.population if name in alternative.population)
    return Explanation(metric, labels, attributes, first, second, (_people(first), _people(second)), engine)


def _read(pair: _Pair) -> tuple[pd.DataFrame, ...]:
    which = pair.seed, pair.replication, pair.engine
    return tuple(_contributions(Observed(replicate(arm, *which), arm), pair.metric) for arm in pair.arms)


def _contributions(observed: Observed, metric: str) -> pd.DataFrame:
    frame = contributions(observed, metric)
    frame = frame.join(paths(observed), on="patient").assign(members=observed.cohort_size)
    patients = observed.records.patients.frame().set_index("patient")
    return frame.join(patients[list(observed.scenario.population)].astype(object), on="patient")


def _people(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.assign(value=frame["value"] * frame["members"])
    keys = ["replication", "patient", "path"]
    return frame.groupby(keys, sort=False)["value"].sum(min_count=1).reset_index()


def _nobody(scenario: Scenario) -> Observed:
    """The scenario with no records, to learn whether a metric can be decomposed."""
    closed = scenario.with_overrides(
        {
            "arrivals": {"closed_cohort": 0},
            "time.warm_up_days": 0.0,
            "time.recruitment_days": 0.0,
            "initial": {},
            "known": {},
        }
    )
    return Observed(replicate(closed, 0, 0), closed)
