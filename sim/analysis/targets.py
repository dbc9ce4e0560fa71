"""Whether a model shows what it is known that it should: ranges against intervals of simulation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

WITHIN, OUTSIDE, CANNOT_TELL = "within", "outside", "cannot tell"

TARGET_COLUMNS = [
    *("target", "unit", "low", "high", "tolerance", "mean", "ci_low", "ci_high", "replications"),
    *("verdict", "outside_by", "source"),
]


def verdict_on(low: float, high: float, least: float, most: float) -> str:
    """Where the interval from low to high lies: all of it in the range from least to most, none of it, or some."""
    if np.isnan(low) or np.isnan(high):
        return CANNOT_TELL
    if least <= low and high <= most:
        return WITHIN
    return OUTSIDE if high < least or low > most else CANNOT_TELL


def outside_by(mean: float, least: float, most: float) -> float:
    """How far a mean is above the range (positive) or below it (negative); 0 within. NaN of NaN."""
    return float(mean - np.clip(mean, least, most))


def target_table(stated: Mapping[str, Mapping[str, Any]], summary: pd.DataFrame) -> pd.DataFrame:
    """One row a target, TARGET_COLUMNS: what is stated, what the model shows, and a verdict.

    stated: target -> low and high (equal for a single value; infinite where there is no end), tolerance, source.
    summary: metric ("target." and the name), unit, mean, ci_low, ci_high, replications. verdict: WITHIN where the whole
    95 % interval lies in the range widened by the tolerance, OUTSIDE where none of it does, else CANNOT_TELL.
    outside_by: how far the mean is outside that, in the unit, above (positive) or below.
    """
    shown = {row["metric"]: row for row in summary.to_dict("records")}
    rows = []
    for name, one in stated.items():
        of_model = shown[f"target.{name}"]
        low, high, tolerance = (float(one[key]) for key in ("low", "high", "tolerance"))
        least, most = low - tolerance, high + tolerance
        verdict = verdict_on(of_model["ci_low"], of_model["ci_high"], least, most)
        rows.append(
            {
                "target": name,
                **one,
                **{key: of_model[key] for key in ("unit", "mean", "ci_low", "ci_high", "replications")},
                "verdict": verdict,
                "outside_by": outside_by(float(of_model["mean"]), least, most),
            }
        )
    return pd.DataFrame(rows, columns=TARGET_COLUMNS)
