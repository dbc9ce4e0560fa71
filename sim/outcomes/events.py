"""Rare events: by how many of them two scenarios differ, and when those are too few to tell anything."""

import re
from collections.abc import Mapping

import numpy as np

from sim.vocabulary import Column

LEAST = 6
"""Events by which two scenarios must differ, in all replications together, before a difference could be found at all:
were they all on one side, the exact sign test would give p = 2 * 0.5 ** 6 = 0.03, and of five 0.06 (McNemar 1947)."""

COUNTED = {
    r"deaths\.share(\.year_\d+|)": (r"deaths.share\1", "arrivals"),
    r"deaths\.per_1000_person_years": ("deaths.share", "arrivals"),
    r"(discharges\.\w+)\.died": (r"\1.died", r"\1"),
}
"""A pattern of a metric about rare events: the share of whom they happen to, and the number of whom that is a share."""

COURSE = ("days_in_care", "days_well")
"""Where no replication differs in any of these, nobody's course was changed, so events are the same for certain."""


def events_apart(before: Mapping[str, Column], after: Mapping[str, Column], metric: str) -> float:
    """By how many events two scenarios differ in a metric, whichever has more, over all replications.

    before, after: the metrics of each scenario, by replication. Where the denominators of a replication differ, it
    counts at their mean. NaN for a metric that is not of rare events, where death is not modelled or the metric never
    defined, and where nobody's course was changed.
    """
    pattern = next((each for each in COUNTED if re.fullmatch(each, metric)), None)
    if pattern is None:
        return float("nan")
    share, number = (re.sub(pattern, each, metric) for each in COUNTED[pattern])
    modelled = "deaths.share" in after
    if not modelled or any(name not in arm for name in (share, number) for arm in (before, after)):
        return float("nan")
    courses = [(before.get(name), after.get(name)) for name in COURSE]
    if all(a is not None and b is not None and np.array_equal(a, b, equal_nan=True) for a, b in courses):
        return float("nan")
    apart = np.abs(after[share] - before[share]) * (before[number] + after[number]) / 2
    return float(np.nansum(apart)) if np.any(~np.isnan(apart)) else float("nan")
