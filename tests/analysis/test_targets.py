"""Verdicts on targets."""

import math

import pandas as pd
import pytest

from sim.analysis.targets import TARGET_COLUMNS, target_table

NAN = math.nan


@pytest.mark.parametrize(
    ("interval", "stated", "verdict", "outside_by"),
    [
        ((4.0, 6.0), (5.0, 5.0, 1.0), "within", 0.0),
        ((4.0, 6.0), (5.0, 5.0, 0.9), "cannot tell", 0.0),
        ((7.0, 9.0), (5.0, 5.0, 1.0), "outside", 2.0),
        ((1.0, 2.0), (5.0, 7.0, 1.0), "outside", -2.5),
        ((4.9, 5.5), (5.5, math.inf, 0.0), "cannot tell", -0.3),
        ((6.0, 7.0), (5.5, math.inf, 0.0), "within", 0.0),
        ((NAN, NAN), (5.0, 5.0, 1.0), "cannot tell", NAN),
    ],
)
def test_where_the_interval_lies(
    interval: tuple[float, float], stated: tuple[float, float, float], verdict: str, outside_by: float
) -> None:
    low, high = interval
    columns = ["metric", "unit", "mean", "ci_low", "ci_high", "replications"]
    summary = pd.DataFrame([("target.it", "days", (low + high) / 2, low, high, 9)], columns=columns)
    said = dict(zip(("low", "high", "tolerance"), stated, strict=True))
    table = target_table({"it": {**said, "source": "a list"}}, summary)
    assert list(table.columns) == TARGET_COLUMNS
    (row,) = table.to_dict("records")
    assert (row["verdict"], row["source"]) == (verdict, "a list")
    assert row["outside_by"] == pytest.approx(outside_by, nan_ok=True)
