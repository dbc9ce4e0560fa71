"""Whether a difference of a metric is a finding. Tables, pictures and sentences go by the same verdict.

Of cost against effect there are only intervals, which are not adjusted for their number.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from sim.outcomes import describe
from sim.outcomes.events import LEAST

LEVEL = 0.05
"""A p value from here on is no finding."""

CLAIMS = ("better", "worse", "higher", "lower")
SAME, NOT_FOUND, MAYBE, TOO_FEW = "same", "no difference found", "may be chance", "too few replications"
UNDEFINED, TOO_RARE = "undefined", "too few to tell"
UNDECIDED = "undecided"
"""Of draws: about as many may be on one side as on the other."""


def verdict(
    difference: float, p_value: float, p_adjusted: float, direction: str, events_apart: float = math.nan
) -> str:
    """One of CLAIMS, where the adjusted p value is below LEVEL; else why nothing is claimed.

    SAME: no replication differs. MAYBE: its own interval leaves 0 out, but among so many comparisons one that does may
    well be chance. UNDEFINED: in no replication do both have a value. TOO_RARE: events so few that even all of them on
    one side could not be found. direction: of the metric, "higher" or "lower" is better; otherwise neither.
    events_apart: of `Study.differences`.
    """
    if math.isnan(difference):
        return UNDEFINED
    if events_apart < LEAST:
        return TOO_RARE
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
    """The rows, of `Study.differences` or `paired_differences`, with the columns verdict and finding.

    directions: by metric; what a changed input itself defines (`defined_by`) is neither better nor worse. finding: the
    verdict for a table, with what must be known beside it.
    """
    of_metric = differences["metric"].map(lambda metric: directions.get(metric, "neutral"))
    defined = differences.get("defined_by", pd.Series("", index=differences.index)).fillna("")
    events = differences.get("events_apart", pd.Series(math.nan, index=differences.index))
    columns = (differences[name] for name in ("difference", "p_value", "p_adjusted"))
    words = [verdict(*row) for row in zip(*columns, of_metric.where(defined == "", "neutral"), events, strict=True)]
    findings = [_finding(*row) for row in zip(words, differences["metric"], defined, strict=True)]
    return differences.assign(
        verdict=pd.Series(words, index=differences.index, dtype=object),
        finding=pd.Series(findings, index=differences.index, dtype=object),
    )


def by_definition(word: str, defined_by: str) -> str:
    """What stands behind a claim about what a changed input itself defines."""
    return f", by definition of {defined_by}" if word in CLAIMS and defined_by else ""


def _finding(word: str, metric: str, defined_by: str) -> str:
    if word == UNDEFINED and metric:
        return f"{word} {describe(metric).missing}".strip()
    return word + by_definition(word, defined_by)
