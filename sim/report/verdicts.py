"""Whether a difference of a metric is a finding. Tables, pictures and sentences go by the same verdict.

Of cost against effect there are only intervals, which are not adjusted for their number.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

LEVEL = 0.05
"""A p value from here on is no finding."""

CLAIMS = ("better", "worse", "higher", "lower")
SAME, NOT_FOUND, MAYBE, TOO_FEW = "same", "no difference found", "may be chance", "too few replications"


def verdict(difference: float, p_value: float, p_adjusted: float, direction: str) -> str:
    """One of CLAIMS, where the adjusted p value is below LEVEL; else why nothing is claimed.

    SAME: no replication differs. MAYBE: its own interval leaves 0 out, but among so many comparisons one that does may
    well be chance. direction: of the metric, "higher" or "lower" is better; otherwise neither.
    """
    if math.isnan(p_adjusted):
        return TOO_FEW
    if difference == 0 and p_value == 1:
        return SAME
    if p_adjusted >= LEVEL:
        return MAYBE if p_value < LEVEL else NOT_FOUND
    rises = difference > 0
    if direction not in ("higher", "lower"):
        return "higher" if rises else "lower"
    return "better" if rises == (direction == "higher") else "worse"


def none_found(verdicts: Iterable[str]) -> str:
    """How to say that there is no finding among these: not at all, or only beyond chance."""
    return "no difference was found beyond chance" if MAYBE in set(verdicts) else "no difference was found"


def with_verdicts(differences: pd.DataFrame, directions: Mapping[Any, str]) -> pd.DataFrame:
    """The rows, of `Study.differences` or `paired_differences`, with a column verdict. directions: by metric."""
    columns = (differences[name] for name in ("difference", "p_value", "p_adjusted"))
    of_metric = differences["metric"].map(dict(directions)).fillna("neutral")
    words = [verdict(*row) for row in zip(*columns, of_metric, strict=True)]
    return differences.assign(verdict=pd.Series(words, index=differences.index, dtype=object))
