"""A criterion of one scenario, or of two, at many settings of their inputs, in luck that is stated for each.

What has the same course is simulated once: settings that differ in prices alone are read from the same records, and a
baseline that a setting does not touch from those that are there.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from sim.experiment import changes
from sim.experiment.changes import ChangeOn, changes_of
from sim.experiment.replications import Progress, each, keeping_workers
from sim.experiment.repricing import unpriced
from sim.experiment.run import DEFAULT_SEED, check_numbers, check_scenarios
from sim.experiment.sensitivity.criterion import Criterion, criterion_of
from sim.experiment.store.labels import VARIED, label_of_series
from sim.experiment.store.reading_file import Label
from sim.experiment.store.result_store import ResultStore
from sim.files.problems import ScenarioError
from sim.model.engine import Engine, replicate
from sim.model.engines import EngineChoice, engine_for
from sim.outcomes import Observed
from sim.outcomes.compiling import ready
from sim.outcomes.registry import metrics_named
from sim.scenario import Scenario
from sim.scenario.change import DatedChange, Lists, UnfitChange
from sim.scenario.frozen import FrozenDict
from sim.vocabulary import Column

InputSettings = Mapping[str, Mapping[str, Any]]
"""Values by dotted path, by the label of a scenario; of one that is left out nothing changes."""

AT_ONCE = 64
"""Readings in one task, about: with many of one course, it is only a few replications."""


@dataclass(frozen=True)
class How:
    """How systems are simulated: as of `compare`. store: a folder that keeps what was evaluated, so that the same call
    goes on from there after an interrupt; it changes no number."""

    seed: int = DEFAULT_SEED
    workers: int = 1
    change_on: ChangeOn = None
    lists: Lists = "carry_over"
    engine: EngineChoice = "auto"
    store: str | PathLike[str] | None = None
    progress: Progress | None = field(default=None, compare=False)
    say: Callable[[str], None] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Varied:
    """What was varied: one scenario, or a baseline and an alternative, by label; and how."""

    scenarios: Mapping[str, Scenario]
    criterion: Criterion
    replications: int
    seed: int
    engine: Engine


@dataclass(frozen=True)
class VariedArms:
    """One scenario, or a baseline and an alternative, without their evidence; and what is read of each."""

    scenarios: Mapping[str, Scenario]
    criterion: Criterion
    seed: int
    change_on: ChangeOn
    lists: Lists

    def system(self, label: str, settings: InputSettings) -> Scenario | DatedChange:
        """What is simulated of a scenario at some settings. ScenarioError or UnfitChange if these break its rules."""
        first = next(iter(self.scenarios))
        needed = (first, label) if label != first else (first,)
        set_so = {name: _with(self.scenarios[name], settings.get(name, {})) for name in needed}
        return changes_of(set_so, self.change_on, self.lists)[label] or set_so[label]

    def why_not(self, settings: InputSettings) -> str:
        """Why there are no such systems; "" if there are."""
        try:
            for label in self.scenarios:
                self.system(label, settings)
        except (ScenarioError, UnfitChange) as refused:
            return str(refused).partition("\n")[0]
        return ""

    def course(self, label: str, settings: InputSettings) -> tuple[Any, ...]:
        """What the records of a scenario depend on: they are the same where it is equal."""
        first = next(iter(self.scenarios))
        dated = label != first and self.change_on != "start"
        names = (first, label) if dated else (label,)
        return label, *(tuple(sorted(map(repr, unpriced(settings.get(name, {})).items()))) for name in names)


def arms_of_study(
    scenarios: Mapping[str, Scenario], criterion: Criterion | None, replications: int, how: How
) -> VariedArms:
    """Scenarios ready to be varied, judged by net benefit unless stated otherwise. ValueError as of `compare`, and for
    other than one or two."""
    check_scenarios(scenarios)
    check_numbers(replications, how.seed, how.workers)
    if len(scenarios) > 2:
        raise ValueError(
            f"inputs are varied of one scenario, or of a baseline and an alternative, not {len(scenarios)}"
        )
    changes_of(scenarios, how.change_on, how.lists)
    by = criterion_of(scenarios) if criterion is None else criterion
    varied = {label: bare(each) for label, each in scenarios.items()}
    return VariedArms(varied, by, how.seed, how.change_on, how.lists)


def bare(scenario: Scenario) -> Scenario:
    """A scenario without what is said of its inputs, which would only have to be checked again at each setting."""
    nothing: dict[str, Any] = {
        key: FrozenDict({}) for key in ("evidence", "evidence_correlation", "evidence_structures", "targets")
    }
    return scenario.model_copy(update={**nothing, "reads": ()})


def _with(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    return scenario.with_overrides(settings) if settings else scenario


@dataclass(frozen=True)
class _Course:
    """Replications of one course of events, and every setting that is read from them. kept: where, and as what."""

    arms: VariedArms
    label: str
    readings: tuple[InputSettings, ...]
    numbers: Sequence[int]
    engine: Engine
    kept: tuple[ResultStore, Label] | None = None


@dataclass(frozen=True)
class Evaluation:
    """Evaluates settings of one study, with its engine and workers."""

    arms: VariedArms
    how: How
    engine: Engine
    store: ResultStore | None = None

    def differences(self, points: Sequence[InputSettings], luck: Sequence[Sequence[int]]) -> Column:
        """(points, replications): what the alternative has more of the criterion, or the only scenario has.

        luck: the numbers of the replications of each point, as many of each. NaN where a setting breaks rules.
        """
        labels = list(self.arms.scenarios)
        values = self._values(points, luck)
        return values[:, :, 0] if len(labels) == 1 else values[:, :, 1] - values[:, :, 0]

    def _values(self, points: Sequence[InputSettings], luck: Sequence[Sequence[int]]) -> Column:
        labels, count = list(self.arms.scenarios), len(luck[0])
        courses: dict[Any, dict[Any, list[int]]] = {}
        for number, settings in enumerate(points):
            for label in labels:
                key = (*self.arms.course(label, settings), tuple(luck[number]))
                courses.setdefault(key, {}).setdefault(repr(settings), []).append(number)
        tasks, places = [], []
        for (label, *_), read in courses.items():
            readings = tuple(points[of[0]] for of in read.values())
            size = max(1, AT_ONCE // len(readings))
            numbers = luck[next(iter(read.values()))[0]]
            for start in range(0, count, size):
                chosen = numbers[start : start + size]
                tasks.append(_Course(self.arms, label, readings, chosen, self.engine))
                places.append((labels.index(label), list(read.values()), slice(start, start + len(chosen))))
        values = np.full((len(points), count, len(labels)), np.nan)
        if self.store is not None:
            labels_of = _labels(self.arms, tasks)
            tasks = [replace(task, kept=(self.store, of)) for task, of in zip(tasks, labels_of, strict=True)]
        # The longest first, so that all workers end together.
        order = sorted(range(len(tasks)), key=lambda i: -len(tasks[i].readings))
        with keeping_workers(), closing(each(_perform, [tasks[i] for i in order], self.how.workers)) as performed:
            for finished, i in enumerate(order, start=1):
                column, of, where = places[i]
                for numbers_of, row in zip(of, next(performed), strict=True):
                    values[numbers_of, where, column] = row
                if self.how.progress is not None:
                    self.how.progress(finished, len(tasks))
        return values


def evaluation_of(arms: VariedArms, how: How, simulations: int) -> Evaluation:
    """Ready to evaluate settings, with about so many simulations to come. BadFolder for a store that is none."""
    store = None if how.store is None else ResultStore(how.store)
    systems = [arms.system(label, {}) for label in arms.scenarios]
    engine = engine_for(how.engine, systems * max(1, simulations // len(systems)), how.workers, how.say)
    ready(engine)
    return Evaluation(arms, how, engine, store)


def _labels(arms: VariedArms, tasks: Sequence[_Course]) -> list[Label]:
    """Of each task everything on which it depends, all of one series in a store."""
    digest = hashlib.sha256()
    for part in (Path(__file__), Path(changes.__file__)):
        digest.update(part.read_bytes())
    digest.update(repr((arms.criterion, arms.seed, arms.change_on, arms.lists)).encode())
    for label, scenario in arms.scenarios.items():
        digest.update(f"{label} {scenario.digest()}".encode())
    for task in tasks:
        digest.update(repr((task.label, task.readings, list(task.numbers))).encode())
    first = next(iter(arms.scenarios.values()))
    series = label_of_series(f"{first.name}: inputs varied", first.digest(), arms.seed, {VARIED: digest.hexdigest()})
    return [{**series, "replication": at} for at in range(len(tasks))]


def _perform(course: _Course) -> Column:
    """(readings, replications) of the criterion, from the store, or else computed; NaN of what breaks rules."""
    if course.kept is None:
        return _computed(course)
    store, label = course.kept
    values = store.numbers(label)
    if values is None or len(values) != len(course.readings) * len(course.numbers):
        store.keep_numbers(label, (values := _computed(course)).ravel())
    return values.reshape(len(course.readings), len(course.numbers))


def _computed(course: _Course) -> Column:
    ready(course.engine)
    arms, systems = course.arms, {}
    for i, settings in enumerate(course.readings):
        try:
            systems[i] = arms.system(course.label, settings)
        except (ScenarioError, UnfitChange):
            continue
    values = np.full((len(course.readings), len(course.numbers)), np.nan)
    for column, number in enumerate(course.numbers if systems else ()):
        records = replicate(next(iter(systems.values())), arms.seed, number, course.engine)
        for i, system in systems.items():
            read = metrics_named(Observed(records, system), arms.criterion.metrics)
            values[i, column] = arms.criterion.value(read)
    return values
