"""Baselines: running a suite against the numbers that were accepted, and accepting what there is now."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from sim.analysis.drift import DRIFT_COLUMNS, FAILURES, exact_drift, statistical_drift
from sim.analysis.intervals import summary
from sim.experiment.regression.baseline_file import (
    COLUMNS,
    Baseline,
    BaselineHead,
    DamagedBaseline,
    SuiteError,
    baseline_text,
    is_baseline,
    read_baseline,
)
from sim.experiment.regression.suite import FEWEST_FOR_CHANCE, Case, Suite
from sim.experiment.replications import Progress, Task, each
from sim.files.problems import Problem
from sim.files.provenance import version
from sim.files.whole_files import move_all, write_whole
from sim.model.engine import replicate
from sim.model.engines import engine_for
from sim.outcomes import Observed, metrics_of
from sim.outcomes.compiling import ready


@dataclass(frozen=True, eq=False)
class Check:
    """What a suite gives now against its baselines.

    table: see `analysis.drift.DRIFT_COLUMNS`, cases in the suite's order. notes: (case, what is to be known beside).
    before, now: the baselines, None for a case that has none yet, and what would replace them.
    """

    suite: Suite
    table: pd.DataFrame
    notes: tuple[tuple[str, str], ...]
    before: Mapping[str, Baseline | None]
    now: Mapping[str, Baseline]

    @property
    def passed(self) -> bool:
        """Whether nothing has drifted and nothing vanished."""
        return not self.table["verdict"].isin(FAILURES).any()


def check_suite(suite: Suite, workers: int = 1, progress: Progress | None = None, blessing: bool = False) -> Check:
    """Simulate every case and compare it with its baseline.

    workers: processes to use, 0 for one a core; never changes a number. progress: called with (done, all).
    blessing: accept cases without a usable baseline; they then have none of the rows of `Check.table`.
    Raises SuiteError, before anything is simulated, with every baseline that is missing, damaged or not of this suite.
    """
    before = _baselines(suite, blessing)
    now = measure(suite.cases, workers, progress)
    tables, notes = [], []
    chance: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    margins: dict[tuple[str, str], float] = {}
    for case in suite.cases:
        old, new = before[case.name], now[case.name]
        if old is None:
            notes.append((case.name, f"has had no baseline; new: {len(new.table)} metrics"))
            continue
        notes += [(case.name, note) for note in _notes(case, old.head, new.head)]
        pair = _labelled(case, old), _labelled(case, new)
        if case.tier == "exact":
            tables.append(exact_drift(*pair, case.tolerance))
        else:
            chance.append(pair)
            means = zip(pair[0]["metric"], pair[0]["mean"], strict=True)
            margins |= {(case.name, name): margin.around(mean) for name, mean in means if (margin := case.margin(name))}
    if chance:
        olds, news = (pd.concat(frames, ignore_index=True) for frames in zip(*chance, strict=True))
        tables.append(statistical_drift(olds, news, margins, suite.alpha))
        notes += _narrow(tables[-1]) + _blind(tables[-1])
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=DRIFT_COLUMNS)
    order = {case.name: at for at, case in enumerate(suite.cases)}
    table = table.sort_values("case", key=lambda names: names.map(order), kind="stable", ignore_index=True)
    return Check(suite, table, tuple(sorted(notes, key=lambda note: order[note[0]])), before, now)


def to_bless(check: Check) -> list[str]:
    """Cases with a baseline to write: with none yet, one of another scenario, run or version, or a metric that moved.

    The others are left alone, so that what moves by less than is told does not add up from one blessing to the next.
    """
    rows = check.table
    moved = set(rows["case"][rows["verdict"] != "held"])
    return [
        name
        for name, now in check.now.items()
        if (old := check.before[name]) is None or old.head != now.head or name in moved
    ]


def orphans(suite: Suite) -> list[str]:
    """Names of baselines beside a suite that belong to none of its cases, as when one was renamed."""
    own = {case.baseline.name for case in suite.cases}
    return sorted(path.name for path in suite.path.parent.glob("*.csv") if path.name not in own and is_baseline(path))


def bless(check: Check) -> None:
    """Make what a check has found the new baselines (see `to_bless`): all or, if that fails or is stopped, none.

    Raises OSError when one cannot be written.
    """
    folder = check.suite.path.parent
    files = {f"{name}.csv": baseline_text(check.now[name]).encode() for name in to_bless(check)}
    try:
        with TemporaryDirectory(prefix=".stepdown-", suffix=".part", dir=folder) as part:
            new, earlier = Path(part) / "new", Path(part) / "earlier"
            earlier.mkdir()
            for name, content in files.items():
                write_whole(new / name, content)
            moves = [(folder / name, earlier / name) for name in files if (folder / name).exists()]
            move_all(moves + [(new / name, folder / name) for name in files])
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, f"{os.strerror(error.errno)}; no baseline was written", str(folder)) from error


def measure(cases: Sequence[Case], workers: int = 1, progress: Progress | None = None) -> dict[str, Baseline]:
    """Simulate every case: what its baseline would be now, by the case's name."""
    engine = engine_for("auto", [case.scenario for case in cases for _ in range(case.replications)], workers)
    ready(engine)
    tasks = [
        Task(case.scenario, case.seed, number, (), False, engine=engine)
        for case in cases
        for number in range(case.replications)
    ]
    readings = each(_metrics, tasks, workers)
    measured, done = {}, 0
    for case in cases:
        rows = []
        for number in range(case.replications):
            rows += [(number, name, value) for name, value in next(readings).items() if case.wants(name)]
            done += 1
            if progress is not None:
                progress(done, len(tasks))
        table = summary(pd.DataFrame(rows, columns=["replication", "metric", "value"]))[COLUMNS]
        head = BaselineHead(
            stepdown=version(), digest=case.scenario.digest(), seed=case.seed, replications=case.replications
        )
        measured[case.name] = Baseline(head, table)
    return measured


def _metrics(task: Task) -> dict[str, float]:
    ready(task.engine)
    return metrics_of(Observed(replicate(task.scenario, task.seed, task.replication, task.engine), task.scenario))


def _labelled(case: Case, baseline: Baseline) -> pd.DataFrame:
    """The metrics that the case asks for, as `analysis.drift` wants them."""
    # A mask of rows, even where there are none: all metrics of a case may have vanished.
    table = baseline.table.loc[[case.wants(name) for name in baseline.table["metric"]]]
    return table.assign(case=case.name, runs=baseline.head.replications)


def _baselines(suite: Suite, blessing: bool) -> dict[str, Baseline | None]:
    """By case; None where there is none and one is about to be written. SuiteError with every problem."""
    stored: dict[str, Baseline | None] = {}
    problems: list[Problem] = []
    missing: list[str] = []
    how = f"To accept what it gives now: stepdown check {shlex.quote(str(suite.path))} --bless"
    for case in suite.cases:
        file, stored[case.name] = case.baseline, None
        try:
            if file.is_symlink():
                raise SuiteError(
                    [Problem(file.name, "", None, "is a link; a baseline must lie beside the suite itself")]
                )
            if not file.exists():
                missing.append(file.name)
                continue
            stored[case.name] = baseline = read_baseline(file)
        except SuiteError as error:
            # What is damaged may be written anew; what is no baseline may not.
            if not (blessing and isinstance(error, DamagedBaseline)):
                problems += error.problems
            continue
        if not blessing and (wrong := _unfit(case, baseline.head)):
            problems.append(Problem(file.name, "", None, wrong, how))
    if missing and not blessing:
        problems.append(Problem(suite.path.name, "", None, f"there is no baseline {', '.join(missing)}", how))
    if problems:
        raise SuiteError(problems)
    return stored


def _unfit(case: Case, blessed: BaselineHead) -> str:
    """Why a baseline cannot be compared with in the tier of its case; "" if it can."""
    if case.tier == "statistical":
        few = blessed.replications < FEWEST_FOR_CHANCE
        needs = f"the statistical tier needs {FEWEST_FOR_CHANCE} or more"
        return f"was blessed with replications = {blessed.replications}; {needs}" if few else ""
    wrong = [
        f"{key} = {getattr(blessed, key)}, the suite has {getattr(case, key)}"
        for key in ("seed", "replications")
        if getattr(blessed, key) != getattr(case, key)
    ]
    return f"was blessed with {' and '.join(wrong)}; the exact tier needs the same" if wrong else ""


def _notes(case: Case, old: BaselineHead, new: BaselineHead) -> list[str]:
    notes = []
    if old.digest != new.digest:
        notes.append("the scenario is not the one that was blessed: its values, or the format, have changed")
    if case.tier == "exact" and _line(old) != _line(new):
        notes.append(
            f"blessed with stepdown {old.stepdown}, compared with {new.stepdown}: numbers are the same only within one "
            "line of versions"
        )
    return notes


def _line(head: BaselineHead) -> list[str]:
    """A line of versions: major and minor."""
    return head.stepdown.split(".")[:2]


def _narrow(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Margins within which a clean run may not stay."""
    narrow = table[(table["rule"] == "margin") & (table["tolerance"] < 3 * table["standard_error"])]
    return [
        (
            str(case),
            f"margins under 3 standard errors of the difference, which chance alone exceeds: {', '.join(names)}",
        )
        for case, names in narrow.groupby("case")["metric"]
    ]


def _blind(table: pd.DataFrame) -> list[tuple[str, str]]:
    """How large a change must be to be found by chance alone: the median over the metrics of a case."""
    judged = table[(table["rule"] == "chance") & (table["standard_error"] > 0) & (table["baseline"] != 0)]
    shares = (judged["tolerance"] / judged["baseline"].abs()).groupby(judged["case"]).median().dropna()
    return [
        (
            str(case),
            f"of the metrics that chance judges, half are found only if they move by {100 * share:.2g} % or more",
        )
        for case, share in shares.items()
    ]
