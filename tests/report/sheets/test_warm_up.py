"""Whether a warm-up is long enough, as a table and in a sentence."""

import math

import pandas as pd
import pytest
from report.sheets.test_tables import lines

from sim.analysis.warm_up import WARM_UP_COLUMNS
from sim.report.sheets.warm_up import warm_up_sheet, warm_up_verdict

NAN = math.nan


def found(*rows: tuple[object, ...]) -> pd.DataFrame:
    """metric, truncation, conclusive, measured, drift, low, high, within, p, long enough; of a warm-up of 90 days."""
    trend = (0.0, 0.0, 0.0)
    frame = pd.DataFrame([(metric, 90.0, *r[:6], *trend, *r[6:]) for metric, *r in rows], columns=WARM_UP_COLUMNS)
    return frame.astype({"within": bool, "p_adjusted": float, "long_enough": "boolean"})


SETTLED = ("census.ward", 35, True, 12.3456, 0.0123, -0.01, 0.0345, True, 1.0, True)
MOVING = ("census.clinic", 180, False, 4.0, -0.25, -0.3, -0.2, False, 0.001, False)
ALSO = ("asks.all", 120, True, 8.0, 0.15, 0.11, 0.19, False, 0.01, False)
LIST = ("queue.ward", NAN, False, 2.0, 0.5, 0.4, 0.6, False, 0.01, False)
EMPTY = ("census.empty", 0, True, 0.0, NAN, NAN, NAN, True, 1.0, True)

UNKNOWN = ("wait.iop", 120, False, 8.0, 0.05, -0.2, 0.3, False, 1.0, pd.NA)
CALENDAR = ("census.iop", 120, False, 8.0, 0.005, -0.02, 0.03, True, 1.0, pd.NA)
UNTOLD = ("census.iop", 120, False, 8.0, 0.05, NAN, NAN, False, NAN, pd.NA)
CANNOT = "It cannot be told whether the warm-up is long enough: too few replications."
ENOUGH = (
    "A warm-up of 90 days is long enough: asks, people in care, waiting lists and waits move by no more than 10 % "
    "after the window, or by no more than one ask a month, one person waiting or one day."
)

TOO_SHORT = (
    "A warm-up of 90 days is too short: census.clinic -25.0 %, asks.all +15.0 % after the window. "
    "Raise time.warm_up_days."
)
GROWS = (
    "A warm-up of 90 days is too short: queue.ward +50.0 % after the window. Raise time.warm_up_days. A list that goes "
    "on growing all the same has more asks than places."
)


def words(line: str) -> str:
    return " ".join(line.split())


def test_a_row_a_series() -> None:
    title, head, *rows = lines(warm_up_sheet(found(SETTLED, MOVING, EMPTY)))
    assert title == "How long the system takes to settle (MSER-5), and how it moves after the window"
    assert words(head) == "metric warm-up, days settles after measured drift 95 % interval"
    assert [words(row) for row in rows] == [
        "census.ward 90 35 12.35 +1.2 % -1.0 % to +3.5 % long enough",
        "census.clinic 90 over 180 4 -25.0 % -30.0 % to -20.0 % too short",
        "census.empty 90 0 0 long enough",
    ]


def test_a_series_too_short_to_tell_has_no_day_on_which_it_settles() -> None:
    (row,) = lines(warm_up_sheet(found(LIST)))[2:]
    assert words(row).endswith("2 +50.0 % +40.0 % to +60.0 % too short")
    assert "nan" not in row


def test_one_replication_has_no_interval() -> None:
    (row,) = lines(warm_up_sheet(found(("census.ward", 35, True, 12.0, 0.01, NAN, NAN, False, NAN, pd.NA))))[2:]
    assert words(row) == "census.ward 90 35 12 +1.0 %"


def test_parts_of_a_day_are_kept() -> None:
    (row,) = lines(warm_up_sheet(found(SETTLED).assign(warm_up_days=0.5)))[2:]
    assert words(row).startswith("census.ward 0.5 35")


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ((SETTLED, EMPTY), ENOUGH),
        ((SETTLED, MOVING, ALSO), TOO_SHORT),
        ((SETTLED, LIST), GROWS),
        (
            (SETTLED, UNKNOWN),
            (
                "A warm-up of 90 days was not found to be too short, but may be, for wait.iop (-20.0 % to +30.0 %): "
                "more replications would tell."
            ),
        ),
        (
            (CALENDAR,),
            (
                "A warm-up of 90 days was not found to be too short, but may be, for census.iop (-2.0 % to +3.0 %): "
                "demand or places change on the calendar."
            ),
        ),
        ((UNTOLD,), CANNOT),
        ((), "There is no warm-up to judge: everyone is present, or asks, on day 0."),
    ],
)
def test_one_sentence_on_all(rows: tuple[tuple[object, ...], ...], verdict: str) -> None:
    assert warm_up_verdict(found(*rows)) == verdict


def test_nothing_to_judge_is_an_empty_table() -> None:
    assert len(lines(warm_up_sheet(found()))) == 2
