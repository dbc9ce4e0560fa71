"""Curves over replications: mean, band, and the difference from the first scenario, paired by replication."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

from sim.analysis import mean_intervals
from sim.experiment.psa import PsaResult
from sim.experiment.result import Result, Study
from sim.outcomes import Observed
from sim.report.wording import titles_of
from sim.vocabulary import Column

T = TypeVar("T")


class NothingToDraw(ValueError):
    """A study holds nothing that a picture could show; the message says why."""


BAND_COLUMNS = ["mean", "ci_low", "ci_high", "difference", "difference_low", "difference_high", "p_value"]
"""Columns that `banded` adds. The last four are NaN for the first scenario. The intervals are of 95 %, by Student's t,
day by day; a p value is of one day alone."""


def labelled(of: Result | Study) -> dict[str, Result]:
    """Label -> result; a single result goes by the name of its scenario."""
    return dict(of.results) if isinstance(of, Study) else {of.scenario.name: of}


def level_titles(of: Result | Study) -> dict[str, str]:
    """The levels of all scenarios, by name, as pictures call them."""
    return titles_of((result.as_run for result in labelled(of).values()), "levels")


def each_replication(result: Result, what: Callable[[Observed], T]) -> list[T]:
    """What `what` makes of the records of each replication, in order. Raises RecordsNotKept without records."""
    numbers = result.metrics["replication"].unique()
    return [what(Observed(result.records(int(number)), result.system)) for number in numbers]


def per_replication(of: Result | Study, what: Callable[[Observed], Column]) -> dict[str, Column]:
    """By label, what `what` gives for each replication, in an array whose first axis is the replications.

    Raises RecordsNotKept without records.
    """
    return {label: np.array(each_replication(result, what)) for label, result in labelled(of).items()}


def of_metrics(of: Result | Study, names: Sequence[str], psa: PsaResult | None = None) -> pd.DataFrame:
    """scenario, metric and BAND_COLUMNS of these metrics; NaN where a scenario lacks one.

    psa: of the same scenarios in the same order; where it kept all of these metrics, they are of its draws: intervals
    are of what chance leaves of their means, inputs_low and inputs_high are added, and there are no p values.
    """
    if psa is not None and all(name in psa.about["metrics"] for name in names):
        return _of_draws(psa, list(labelled(of)), names)
    values = {
        label: np.reshape(
            [result.by_metric.get(name, np.full(result.replications, np.nan)) for name in names],
            (len(names), result.replications),
        ).T
        for label, result in labelled(of).items()
    }
    return banded(values, pd.DataFrame({"metric": list(names)}))


def _of_draws(psa: PsaResult, labels: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    rows = []
    for at, label in enumerate(labels):
        for name in names:
            values = psa.values(name)
            over = psa.spread(values[:, :, at])
            apart = psa.spread(values[:, :, at] - values[:, :, 0]) if at else None
            level = [np.nan] * 5 if over is None else [over.mean, *over[3:5], *over[1:3]]
            change = [np.nan] * 3 if apart is None else [apart.mean, *apart[3:5]]
            rows.append((label, name, *level[:3], *change, np.nan, *level[3:]))
    return pd.DataFrame(rows, columns=["scenario", "metric", *BAND_COLUMNS, "inputs_low", "inputs_high"])


def followed_days(of: Result | Study) -> Column:
    """The days 0, 1, ... since asking on which every scenario follows its cohort.

    Raises NothingToDraw where that is less than a day, or where no scenario has a cohort.
    """
    last = int(min(result.scenario.time.follow_up_days for result in labelled(of).values()))
    if last < 1:
        raise NothingToDraw("nobody is followed for a whole day (time.follow_up_days)")
    if not any(map(cohort_size, labelled(of).values())):
        raise NothingToDraw(NOBODY)
    return np.arange(last + 1.0)


NOBODY = "nobody asked for care for the first time while it was measured"


def cohort_size(result: Result) -> float:
    """How many people asked for the first time in the window, in all replications together."""
    return float(np.nansum(result.by_metric["arrivals"]))


def banded(values: Mapping[str, Column], keys: pd.DataFrame) -> pd.DataFrame:
    """Mean and band of curves.

    values: scenario -> array of shape (replications, rows of `keys`), replications in the same order for all. Returns
    scenario, the columns of `keys`, BAND_COLUMNS.
    """
    first = next(iter(values.values()))
    frames = []
    for position, (scenario, each) in enumerate(values.items()):
        mean, low, high, _ = mean_intervals(each)
        change = mean_intervals(each - first) if position else np.full((4, len(keys)), np.nan)
        frame = keys.assign(**dict(zip(BAND_COLUMNS, (mean, low, high, *change), strict=True)))
        frame.insert(0, "scenario", scenario)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
