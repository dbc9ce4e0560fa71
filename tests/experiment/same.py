"""Whether two results are the same, to the last bit."""

import pandas as pd

from sim.experiment.result import Result

READINGS = ("metrics", "groups", "budget", "daily", "occupancy")
RECORDS = ("patients", "stays", "waits", "spells", "medications", "outages", "emergencies")


def assert_same_frame(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    for name in one.select_dtypes("number"):
        # To the bit: -0.0 is not 0.0, and one NaN is not another.
        assert one[name].to_numpy().tobytes() == other[name].to_numpy().tobytes(), name


def assert_same_result(one: Result, other: Result) -> None:
    assert (one.scenario, one.seed, one.reached) == (other.scenario, other.seed, other.reached)
    for name in READINGS:
        assert_same_frame(getattr(one, name), getattr(other, name))
    assert (one.tables is None) == (other.tables is None)
    for name in RECORDS if one.tables is not None else ():
        assert_same_frame(getattr(one, name), getattr(other, name))
