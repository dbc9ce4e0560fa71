"""A system small enough to work out by hand: three patients, one bed, all durations fixed, all draws at the median."""

import math

import numpy as np
import pytest
from support import cohort, fixed, scenario

from sim.model import replicate
from sim.model.draws import Decision
from sim.scenario import Scenario
from sim.vocabulary import OUTCOMES, REASONS, ROUTES, STATES


def system() -> Scenario:
    """One bed of 24-hour care for 10 days, then a day's lag, then 20 days in a programme with room for all."""
    return scenario(
        {
            "residential": {
                "places": ["bed"],
                "round_the_clock": True,
                "length_of_stay": fixed(10),
                "patience": fixed(15),
                "relapse_exposure": 0.0,
                "next": [{"to": "iop", "probability": 0.6, "delay_days": fixed(1)}],
                "cost_per_day": 200.0,
                "cost_per_admission": 50.0,
            },
            "iop": {"length_of_stay": fixed(20), "relapse_exposure": 0.5, "cost_per_day": 30.0},
        },
        {"bed": 1},
        relapse={"median_days": 30.0, "shape": 0.7},
        return_to_care={"probability": 0.6, "delay_days": fixed(6)},
        costs={"per_relapse": 1000.0, "other_health_care": {"well": 1.0, "unwell": 3.0}},
        utilities={"well": 0.8, "setback": 0.7, "unwell": 0.5},
        **cohort(3, 59),
    )


@pytest.fixture(autouse=True)
def median_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every uniform is 0.5: a relapse comes at exactly the median exposed day, and chances over a half happen."""
    monkeypatch.setattr(Decision, "uniform", lambda self, patient, occurrence=0: 0.5)
    monkeypatch.setattr(Decision, "exponential", lambda self, patient, occurrence=0: math.log(2))


# Patient 0: bed 0-10, lag, IOP 11-31. Exposed days: 1 in the lag, 10 in IOP; the 30th comes 19 days after IOP, on
# day 50. Using from 50, back on day 56 to an empty bed, where the run ends on day 59.
# Patient 1: waits 10, bed 10-20, IOP 21-41, would relapse on day 60, after the run.
# Patient 2: patience ends on day 15; uses at home, asks again on day 21, finds the bed empty since day 20: bed 21-31,
# IOP 32-52, exposed days by day 59: 1 + 10 + 7.
STAYS = [
    (0, 0, "residential", "entry", 0, 0, 10, 10, "completed", "iop"),
    (0, 0, "iop", "step_down", 11, 11, 31, 31, "completed", None),
    (0, 0, "residential", "return", 56, 56, np.nan, 59, "end_of_follow_up", None),
    (1, 0, "residential", "entry", 0, 10, 20, 20, "completed", "iop"),
    (1, 0, "iop", "step_down", 21, 21, 41, 41, "completed", None),
    (2, 0, "residential", "return", 21, 21, 31, 31, "completed", "iop"),
    (2, 0, "iop", "step_down", 32, 32, 52, 52, "completed", None),
]
WAITS = [
    (0, "residential", "entry", 0, 0, "admitted"),
    (0, "iop", "step_down", 11, 11, "admitted"),
    (0, "residential", "return", 56, 56, "admitted"),
    (1, "residential", "entry", 0, 10, "admitted"),
    (1, "iop", "step_down", 21, 21, "admitted"),
    (2, "residential", "entry", 0, 15, "reneged"),
    (2, "residential", "return", 21, 21, "admitted"),
    (2, "iop", "step_down", 32, 32, "admitted"),
]
SPELLS = [
    (0, "unwell", 0, 0),
    (0, "well", 0, 50),
    (0, "unwell", 50, 56),
    (0, "well", 56, 59),
    (1, "unwell", 0, 10),
    (1, "well", 10, 59),
    (2, "unwell", 0, 21),
    (2, "well", 21, 59),
]


def test_every_interval() -> None:
    records = replicate(system(), 1, 0)
    stays, waits, spells = records.stays.frame(), records.waits.frame(), records.spells.frame()
    # Days since the last care: 31 to 56 is less than 30, so patient 0's return belongs to the first episode.
    assert stays["level"].cat.categories.tolist() == ["residential", "iop"]
    assert list(stays["reason"].cat.categories) == list(REASONS)
    assert list(waits["outcome"].cat.categories) == list(OUTCOMES)
    assert list(stays["route"].cat.categories) == list(ROUTES)
    assert list(spells["state"].cat.categories) == list(STATES)
    check(stays.drop(columns=["authorised_until", "interim", "places"]), STAYS)
    check(waits.drop(columns=["held_level", "called", "step"]), WAITS)
    assert waits["called"].tolist() == waits["asked"].tolist()
    assert waits["step"].isna().all()
    check(spells, SPELLS)
    assert waits["held_level"].isna().all()
    assert not stays["interim"].any()
    assert stays["authorised_until"].isna().all()
    assert stays["places"].tolist() == ["bed" if level == "residential" else "" for level in stays["level"]]


def check(frame: object, rows: list[tuple[object, ...]]) -> None:
    """The same rows in the same order; times to a billionth of a day."""
    values = [tuple(row) for row in frame.itertuples(index=False)]  # type: ignore[attr-defined]
    assert len(values) == len(rows)
    for value, row in zip(values, rows, strict=True):
        for got, expected in zip(value, row, strict=True):
            if isinstance(expected, str):
                assert got == expected, (value, row)
            elif expected is None:
                assert got != got, (value, row)
            else:
                assert got == pytest.approx(expected, abs=1e-9, nan_ok=True), (value, row)


def test_cost_and_health() -> None:
    """Money and quality-adjusted days of the same timeline.

    Bed days 10 + 3, 10, 10 at 200; four admissions at 50; 60 IOP days at 30; one relapse at 1,000. Using 6, 10 and 21
    days, well 53, 49 and 38 days.
    """
    from sim.outcomes import metrics

    numbers = metrics(replicate(system(), 1, 0), system())
    unwell, well = 6 + 10 + 21, 53 + 49 + 38
    cost = 33 * 200 + 4 * 50 + 60 * 30 + 1000 + well * 1.0 + unwell * 3.0
    assert numbers["cost.per_patient.society"] == pytest.approx(cost / 3, rel=1e-12)
    assert numbers["cost.per_patient_discounted.society"] == pytest.approx(cost / 3, rel=1e-12)
    qalys = (well * 0.8 + unwell * 0.5) / 365.25 / 3
    assert numbers["qalys.per_patient"] == pytest.approx(qalys, rel=1e-12)
    assert numbers["days_well"] == pytest.approx(well / 3, rel=1e-12)
    assert numbers["occupancy.bed"] == pytest.approx(33 / 59, rel=1e-12)


def test_time_in_system() -> None:
    """Patient 1 asks on day 0 and leaves IOP on day 41; patient 2, who gave up once, asks again on day 21 and leaves on
    day 52; patient 0 is in care on the last day. Before that day, the two whose episodes ended were in the system, as
    Little's law has it, for 2 x 36 person-days: 41 of patient 1, and 31 of patient 2.
    """
    from sim.outcomes import metrics

    numbers = metrics(replicate(system(), 1, 0), system())
    assert numbers["time_in_system.mean"] == pytest.approx((41 + 31) / 2, rel=1e-12)
    assert numbers["time_in_system.median"] == pytest.approx(36, rel=1e-12)


def test_occupancy() -> None:
    """The bed is held on days 0 to 20, 21 to 31 and 56 to 59. Everyone finds it free: three on day 0, when it still is,
    and the two who come back on days 21 and 56.
    """
    from sim.outcomes import Observed, occupancy

    found = occupancy(Observed(replicate(system(), 1, 0), system()))
    assert found == [("bed", 0, pytest.approx(26, rel=1e-12), 5), ("bed", 1, pytest.approx(33, rel=1e-12), 0)]


def test_asks_by_route() -> None:
    """Three first asks, two of people who come back, three on the way to IOP, in 59 days: months of 30.4375 days."""
    from sim.outcomes import metrics

    numbers = metrics(replicate(system(), 1, 0), system())
    asked = {route: numbers[f"asks.{route}.per_month"] * 59 / 30.4375 for route in ROUTES[:4]}
    assert asked == pytest.approx({"entry": 3, "return": 2, "step_down": 3, "step_up": 0})
