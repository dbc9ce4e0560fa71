"""Scenarios simulated for many draws of their inputs, each in replications of its own, paired by draw and by luck."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, overload

import numpy as np
import pandas as pd

from sim.analysis.uncertainty import best_replications, variance_parts
from sim.experiment.changes import ChangeOn, changes_of
from sim.experiment.psa.folder import ABOUT, GROUPS, PARTS, PRICE_DRAWS, PsaFolder
from sim.experiment.psa.groups import columns_of_groups, values_of_groups
from sim.experiment.psa.parts import columns_of_parts, values_of_parts
from sim.experiment.psa.result import PsaResult
from sim.experiment.replications import Progress, each, keeping_workers
from sim.experiment.repricing import OF_COURSES, is_price
from sim.experiment.run import DEFAULT_SEED, check_metric, check_numbers, check_scenarios
from sim.files.problems import ScenarioError
from sim.files.provenance import libraries, version
from sim.files.whole_files import BadFolder
from sim.model.engine import Engine, replicate
from sim.model.engines import EngineChoice, engine_for
from sim.outcomes import Observed, metric_names
from sim.outcomes.compiling import ready
from sim.outcomes.effects import EFFECTS, metrics_of_worth, why_not_told
from sim.outcomes.headline import HEADLINE, OF_LEVELS, OF_LEVELS_BUDGET, OF_PAYERS, OF_SHEETS, fitting
from sim.outcomes.payers import PERSPECTIVES
from sim.outcomes.registry import metrics_named
from sim.scenario import Scenario
from sim.scenario.change import DatedChange, Lists, UnfitChange, as_run
from sim.scenario.input_draws import Design, InputDraws, UnfitCard, draw_inputs
from sim.scenario.plain import plain_data
from sim.vocabulary import Column

DEFAULT_DRAWS, DEFAULT_REPLICATIONS = 200, 4
MOST_REPLICATIONS = 1_000
"""A draw. Replication r of draw d is future 1,000 d + r, whose luck no other draw shares."""
MOST_DRAWS = 1_000_000
MOST_PRICE_DRAWS = 100
PILOT_DRAWS, PILOT_REPLICATIONS = 20, 4
SMALLEST_BUDGET = 200
"""Replications, of which the pilot takes less than half."""
MOST_BROKEN = 0.02
"""The share of draws that may break a scenario's rules; they are left out."""


Judged = Callable[[PsaResult], Column]
"""What a decision is judged by: of an analysis, (draws, replications, scenarios)."""


class UnfitInputs(ValueError):
    """Cards that cannot be drawn from, or whose draws break rules too often; every one, in a line each."""


@dataclass(frozen=True)
class _Work:
    """One draw of all scenarios in one replication after the other, read with each of its draws of prices.

    scenarios: as they stand, by label, pickled. settings: of each draw of prices, what it changes of each scenario.
    """

    scenarios: bytes
    settings: tuple[dict[str, dict[str, Any]], ...]
    draw: int
    replications: int
    seed: int
    metrics: tuple[str, ...]
    change_on: ChangeOn
    lists: Lists
    engine: Engine
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)


class _Tasks(Sequence[_Work]):
    """What is to be done for each of these draws, with its own inputs alone, which are looked up when it is handed out:
    those of all draws, sent along with each, would take longer than many a replication."""

    def __init__(self, drawn: InputDraws, draws: Sequence[int], how: tuple[Any, ...]) -> None:
        self._drawn, self._draws, self._how = drawn, draws, how
        self._scenarios = pickle.dumps(dict(drawn.scenarios))

    def __len__(self) -> int:
        return len(self._draws)

    @overload
    def __getitem__(self, at: int) -> _Work: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[_Work]: ...
    def __getitem__(self, at: int | slice) -> _Work | Sequence[_Work]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        draw, drawn = self._draws[at], self._drawn
        rows = range(drawn.times * draw, drawn.times * (draw + 1))
        settings = tuple({label: drawn.settings(label, row) for label in drawn.scenarios} for row in rows)
        return _Work(self._scenarios, settings, draw, *self._how)


def psa(
    scenarios: Mapping[str, Scenario],
    draws: int = DEFAULT_DRAWS,
    replications: int = DEFAULT_REPLICATIONS,
    metrics: Sequence[str] | None = None,
    design: Design = "sobol",
    seed: int = DEFAULT_SEED,
    workers: int = 1,
    folder: str | Path | None = None,
    change_on: ChangeOn = None,
    lists: Lists = "carry_over",
    engine: EngineChoice = "auto",
    progress: Progress | None = None,
    say: Callable[[str], None] | None = None,
    budget: int | None = None,
    judged: Judged | None = None,
    price_draws: int = 1,
    by: Sequence[str] = (),
) -> PsaResult:
    """A probabilistic sensitivity analysis: what scenarios lead to when every number with a ranged card is drawn anew.

    scenarios: by label; the first is the baseline. draws: how many, of each of which all scenarios are simulated with
    the same inputs where they share them (`scenario.input_draws`). replications: futures of each draw, at least 2, in
    the same luck for all scenarios and in other luck than any other draw, so that chance can be told apart and taken
    out. metrics: which are kept; default: those that matter most, those of which a report tells places, waits, costs,
    who pays and targets, NaN of a scenario that lacks one, all that cost and effect are told by, and the parts of days
    well by level. design: how draws are laid: "sobol", "latin_hypercube" or "random". folder: where outcomes are kept
    as they come; the same call goes on from there, and `load_psa` reads it. budget: replications of each scenario in
    all, which a pilot then lays out as draws and replications (`analysis.uncertainty.best_replications`), for what
    `judged` makes of it, or at the median of all metrics kept. price_draws: of each draw, so many of prices, payers'
    rates, utilities and whatever else nobody's course depends on (`experiment.repricing`), which are read from the same
    records. by: attributes, or two crossed ("severity x housing"), of whose groups of patients what becomes of them is
    kept as well (`sim.outcomes.OF_EQUITY`); "each" stands for every attribute. seed, workers, change_on, lists, engine,
    progress, say: as of `compare`; only processes of this machine can be workers.

    Raises UnfitInputs, before anything is simulated, for cards that cannot be drawn from, when there are none, and when
    too many draws break a scenario's rules; ValueError as `compare`; BadFolder for a folder of something else.

    >>> card = {"low": 80.0, "high": 125.0, "unit": "USD per day", "grade": "estimated", "source": "our accounts"}
    >>> unsure = ward.with_overrides({'evidence."levels.ward.cost_per_day"': card, "levels.ward.cost_per_day": 100.0})
    >>> sim.psa({"ward": unsure}, 10, 2, ["cost.total"]).values("cost.total").shape
    (10, 2, 1)
    """
    check_scenarios(scenarios)
    _check_counts(draws, replications, price_draws, seed, workers)
    begins = changes_of(scenarios, change_on, lists)
    kept, groups = _kept(scenarios, metrics, begins), columns_of_groups(scenarios, by)
    parts = {} if metrics is not None else columns_of_parts(as_run(begins[of] or scenarios[of]) for of in scenarios)
    if budget is not None:
        how = metrics, design, seed, workers, None, change_on, lists, engine, progress, say
        pilot = partial(psa, scenarios, PILOT_DRAWS, PILOT_REPLICATIONS, *how)
        draws, replications = _laid_out(budget, judged, folder, pilot, say)
    drawn, unfit = draw_inputs(scenarios, draws, design, seed, price_draws, is_price)
    _check_inputs(drawn, unfit)
    laid = {"draws": draws, "replications": replications, "metrics": list(kept), "design": design, "seed": seed}
    laid |= {PRICE_DRAWS: price_draws, GROUPS: groups, PARTS: parts, "change_on": change_on, "lists": lists}
    about = {**_described(scenarios), **laid, **({} if budget is None else {"budget": budget})}
    with TemporaryDirectory(prefix="stepdown-psa-") as scratch:
        place = PsaFolder(Path(scratch) / "psa" if folder is None else Path(folder))
        return _simulated(place, about, drawn, kept, workers, engine, progress, say)


def _described(scenarios: Mapping[str, Scenario]) -> dict[str, Any]:
    return {
        "version": version(),
        "libraries": libraries(),
        "scenarios": {label: each.model_dump(by_alias=True, mode="json") for label, each in scenarios.items()},
        "digests": {label: each.digest() for label, each in scenarios.items()},
    }


def _laid_out(
    budget: int,
    judged: Judged | None,
    folder: str | Path | None,
    analysed: Callable[[], PsaResult],
    say: Callable[[str], None] | None,
) -> tuple[int, int]:
    """Draws and replications by a pilot; or those of the analysis that the folder holds, of the same budget."""
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < SMALLEST_BUDGET:
        raise ValueError(f"budget must be a whole number of at least {SMALLEST_BUDGET} replications, not {budget!r}")
    if folder is not None and (Path(folder) / ABOUT).exists():
        about = PsaFolder(Path(folder)).about()
        if about.get("budget") != budget:
            raise BadFolder(
                f"{folder} holds another analysis, which differs in budget; name another folder, or state the same to "
                "go on with it"
            )
        return about["draws"], about["replications"]
    if folder is not None:
        PsaFolder(Path(folder)).claim()
    pilot = analysed()
    left, counts = budget - PILOT_DRAWS * PILOT_REPLICATIONS, []
    for values in [judged(pilot)] if judged is not None else map(pilot.values, pilot.about["metrics"]):
        apart = values[:, :, 1:] - values[:, :, :1] if len(pilot.scenarios) > 1 else values
        columns = np.moveaxis(apart[np.isfinite(apart).all(axis=(1, 2))], 2, 0)
        varying = [column for column in columns if len(column) > 1 and column.std() > 0]
        counts += [best_replications(variance_parts(column), left) for column in varying]
    replications = min(int(np.median(counts)) if counts else DEFAULT_REPLICATIONS, MOST_REPLICATIONS)
    if say is not None:
        say(f"by a pilot of {PILOT_DRAWS} draws: {left // replications} draws of {replications} replications")
    return left // replications, replications


def _check_counts(draws: int, replications: int, price_draws: int, seed: int, workers: int) -> None:
    check_numbers(replications, seed, workers)
    for what, count, most in (("draws", draws, MOST_DRAWS), ("draws of prices", price_draws, MOST_PRICE_DRAWS)):
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= most:
            raise ValueError(f"{what} must be a whole number from 1 to {most:,}, not {count!r}")
    if not 2 <= replications <= MOST_REPLICATIONS:
        raise ValueError(f"replications must be from 2 to {MOST_REPLICATIONS:,}, not {replications}")


def _simulated(
    folder: PsaFolder,
    about: dict[str, Any],
    drawn: InputDraws,
    kept: tuple[str, ...],
    workers: int,
    choice: EngineChoice,
    progress: Progress | None,
    say: Callable[[str], None] | None,
) -> PsaResult:
    inputs = pd.concat({label: drawn.values(label) for label in drawn.scenarios}, names=["scenario"]).reset_index()
    folder.begin(about, inputs)
    count = about["draws"]
    missing = list(folder.missing(count))
    left = sum(map(len, missing))
    done = count - left
    engine = engine_for(choice, list(drawn.scenarios.values()) * (left * about["replications"]), workers, say)
    ready(engine)
    how = (
        about["replications"],
        about["seed"],
        kept,
        about["change_on"],
        about["lists"],
        engine,
        about[GROUPS],
        about[PARTS],
    )
    tasks = _Tasks(drawn, [draw for file in missing for draw in file], how)
    columns = [*drawn.shares.index.names, "replication", "scenario", *kept, *about[GROUPS], *about[PARTS]]
    if tasks:
        with keeping_workers(), closing(each(_perform, tasks, workers)) as performed:
            for file in missing:
                rows: list[tuple[Any, ...]] = []
                for _ in file:
                    rows += next(performed)
                    done += 1
                    if progress is not None:
                        progress(done, count)
                folder.write(file, pd.DataFrame(rows, columns=columns))
    result = PsaResult(about, folder.inputs(), folder.outcomes())
    folder.write_differences(result.differences())
    return result


def _perform(work: _Work) -> list[tuple[Any, ...]]:
    """The rows of one draw; none where it, or one of its draws of prices, breaks a scenario's rules."""
    ready(work.engine)
    try:
        systems = [_systems(work, settings) for settings in work.settings]
    except (ScenarioError, UnfitChange):
        return []
    rows: list[tuple[Any, ...]] = []
    columns = (*work.metrics, *work.groups, *work.parts)
    for number in range(work.replications):
        future = MOST_REPLICATIONS * work.draw + number
        records = {label: replicate(each, work.seed, future, work.engine) for label, each in systems[0].items()}
        values: dict[str, dict[str, float]] = {label: {} for label in records}
        for price_draw, priced in enumerate(systems):
            of = (work.draw, price_draw) if len(systems) > 1 else (work.draw,)
            names = set(work.metrics).difference(fitting(work.metrics, OF_COURSES) if price_draw else ())
            for label, system in priced.items():
                observed = Observed(records[label], system)
                values[label] |= metrics_named(observed, names)
                values[label] |= values_of_groups(observed, work.groups, OF_COURSES if price_draw else ())
                values[label] |= values_of_parts(observed, {} if price_draw else work.parts)
                rows.append((*of, number, label, *(values[label].get(name, np.nan) for name in columns)))
    return rows


def _systems(work: _Work, settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Scenario | DatedChange]:
    """What is simulated of each scenario, with the inputs of one draw."""
    stated = _unpacked(work.scenarios)
    scenarios = {
        # What is known of a programme is known of every draw: no other inputs bring targets along.
        label: stated[label].with_overrides({**changes, "targets": plain_data(stated[label].targets)})
        for label, changes in settings.items()
    }
    changes = changes_of(scenarios, work.change_on, work.lists)
    return {label: changes[label] or scenario for label, scenario in scenarios.items()}


@lru_cache(maxsize=4)
def _unpacked(scenarios: bytes) -> dict[str, Scenario]:
    """Scenarios as they stand; once in each worker."""
    stated: dict[str, Scenario] = pickle.loads(scenarios)
    return stated


def _kept(
    scenarios: Mapping[str, Scenario], metrics: Sequence[str] | None, begins: Mapping[str, DatedChange | None]
) -> tuple[str, ...]:
    if metrics is None:
        matter = _default_metrics(scenarios)
        return (*matter, *(name for name in _of_parts(scenarios, begins) if name not in matter))
    for metric in metrics:
        check_metric(metric, scenarios)
    return tuple(metrics)


def _of_parts(scenarios: Mapping[str, Scenario], begins: Mapping[str, DatedChange | None]) -> list[str]:
    """What places, payers, costs and targets of any scenario are told by, also where only one has them."""
    names: dict[str, None] = {}
    for label, scenario in scenarios.items():
        run = as_run(begins[label] or scenario)
        parts = [pattern.format(level=level) for level in run.levels for pattern in (*OF_LEVELS, *OF_LEVELS_BUDGET)]
        parts += [f"occupancy.{place}" for place in run.places]
        known = metric_names(run)
        names |= dict.fromkeys(
            [*(part for part in known if part in parts), *fitting(known, (*OF_PAYERS, *OF_SHEETS, *HEADLINE))]
        )
    return list(names)


def _default_metrics(scenarios: Mapping[str, Scenario]) -> list[str]:
    """Those that matter most, and what cost and effect are told by, of all that every scenario has."""
    first, *others = scenarios.values()
    shared = [name for name in metric_names(first) if all(name in metric_names(other) for other in others)]
    worth: dict[str, None] = {}
    for effect in EFFECTS:
        if why_not_told(effect, scenarios.values()):
            continue
        for perspective in PERSPECTIVES:
            for view in ("cohort", "system"):
                if view == "cohort" or EFFECTS[effect].system:
                    worth |= dict.fromkeys(metrics_of_worth(effect, perspective, first, view))
    matters = {*worth, *fitting(shared, HEADLINE)}
    return [name for name in shared if name in matters]


def _check_prices(drawn: InputDraws) -> None:
    """UnfitInputs unless some input varies within blocks."""
    if (drawn.shares.iloc[0] == drawn.shares.iloc[1]).all():
        raise UnfitInputs(
            f"{drawn.times} draws of prices would all be the same: no price, rate of a payer or utility has a card "
            "with a range, or is set by alternatives that set nothing else. Leave them out, or state such a card"
        )


def _check_inputs(drawn: InputDraws, unfit: Sequence[UnfitCard]) -> None:
    lines = [f"{label}: the evidence card of {path} cannot be drawn from: {why}" for label, path, why in unfit]
    if drawn.shares.empty or not len(drawn.shares.columns):
        lines.append(
            "nothing is uncertain: no number has an evidence card with low and high, or mean and standard_error"
        )
    elif not lines:
        for label in drawn.scenarios:
            share, first = drawn.broken(label)
            if share > MOST_BROKEN:
                lines.append(
                    f"{label}: {share:.0%} of draws break its rules, as {first}. Narrow the ranges on these cards, or "
                    "correlate them (evidence_correlation); shares that sum to one are drawn together by one card of "
                    'their table, of distribution "dirichlet"'
                )
    if lines:
        raise UnfitInputs("\n".join(lines))
    if drawn.times > 1:
        _check_prices(drawn)
