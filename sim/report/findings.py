"""What titles say: the finding in words, and no more than the numbers bear."""

import re
from collections.abc import Callable
from typing import Any

import pandas as pd

from sim.analysis import holm
from sim.report.story import spoken
from sim.report.style import shortened
from sim.report.tables import number

KNOWN = ("iop", "php", "mat")
"""Abbreviations in names of levels."""

MOST_P = 0.05
"""An adjusted p value from here on is no finding."""


SAID = {
    r"qalys": "QALYs",
    r"^wait (.+) (mean|median|\d+th percentile)$": r"\2 wait for \1",
    r"^wait (mean|median)$": r"\1 wait",
}
SAID |= {r"^cost per patient( discounted)? (\w+)$": r"cost per patient to \2\1", r" discounted$": " (discounted)"}
"""Names of metrics, as words in their order, and as people say them."""


def level_words(level: str) -> str:
    """A level as people say it: `iop_evening` is IOP evening."""
    return " ".join(spoken(word) if word in KNOWN else word for word in spoken(level).split(" "))


def metric_words(metric: str) -> str:
    """A metric as people say it: `retention.90_days` is retention at 90 days."""
    words = " ".join(_part_words(part) for part in metric.split("."))
    for pattern, said in SAID.items():
        words = re.sub(pattern, said, words)
    return words


def _part_words(part: str) -> str:
    part = " ".join(spoken(word) if word in KNOWN else word for word in part.split("_"))
    return re.sub(r"^(\d+) days$", r"at \1 days", re.sub(r"^p(\d+)$", r"\1th percentile", part))


def rounded(amount: float) -> str:
    """To three significant figures, as no more of a simulated amount of money can be known."""
    return number(float(f"{amount:.3g}"))


def per_cent(share: float) -> str:
    """A share as people read it."""
    return f"{number(100 * share, figures=2 if abs(share) < 0.995 else 3)} %"


def adjusted(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with p_adjusted by Holm over them all; the rows of a baseline, which have no p value, do not count."""
    return rows.assign(p_adjusted=holm(rows["p_value"].to_numpy(dtype=float)))


def told_apart(row: Any) -> bool:
    """Whether a difference can be told from chance: by its adjusted p value and by its own interval."""
    return bool(row.p_adjusted < MOST_P and not row.difference_low <= 0 <= row.difference_high)


def compared(words: str, rows: pd.DataFrame, say: Callable[[float], str]) -> str:
    """How scenarios differ from the first of them in one quantity, or that no difference was found.

    words: the quantity. rows: scenario, mean, difference, difference_low, difference_high, p_adjusted; the first row is
    the baseline's. say: a value with its unit.
    """
    base, *others = tuples(rows)
    if not others:
        return f"{words}: {say(base.mean)}"
    found = [row for row in others if told_apart(row)]
    if not found:
        doubt = "too few replications to compare" if rows["p_adjusted"].isna().all() else "no difference was found in"
        return f"{doubt} {words}"
    most = max(found, key=lambda row: abs(row.difference))
    values = f"{say(base.mean)} in {shortened(base.scenario)}, {say(most.mean)} in {shortened(most.scenario)}"
    count = f" ({len(found)} of {len(others)} scenarios differ)" if len(others) > 1 else ""
    return f"{words}: {values}{count}"


def tuples(frame: pd.DataFrame) -> list[Any]:
    """The rows of a DataFrame, with their columns as attributes."""
    return list(frame.itertuples(index=False))


def sentence(text: str) -> str:
    """With a capital first."""
    return text[:1].upper() + text[1:]
