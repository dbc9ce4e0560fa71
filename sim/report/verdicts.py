"""Whether a difference is a finding. Every table, picture and sentence goes by the same verdict."""

import math
from collections.abc import Mapping
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


def with_verdicts(differences: pd.DataFrame, directions: Mapping[Any, str]) -> pd.DataFrame:
    """The rows, of `Study.differences` or `paired_differences`, with a column verdict. directions: by metric."""
    columns = (differences[name] for name in ("difference", "p_value", "p_adjusted"))
    of_metric = differences["metric"].map(dict(directions)).fillna("neutral")
    words = [verdict(*row) for row in zip(*columns, of_metric, strict=True)]
    return differences.assign(verdict=pd.Series(words, index=differences.index, dtype=object))
