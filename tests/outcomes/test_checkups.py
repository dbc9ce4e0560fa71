"""Check-ups counted, and what they cost, on timelines worked out by hand."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from outcomes.build import clinic, records, stay, wait

from sim.model.records import Records
from sim.outcomes import metrics, whole_ledger
from sim.outcomes.budget import COLUMNS, budget
from sim.outcomes.checkups import at_home, made
from sim.outcomes.contributions import contributions
from sim.outcomes.observed import Observed
from sim.scenario.change import DatedChange

RULE = {
    "every_days": 10.0,
    "found_share": 0.5,
    "linked_share": 0.5,
    "cost_per_checkup": 30.0,
    "cost_per_linkage": 200.0,
}


def checked(**more: Any) -> Any:
    return clinic(**{"checkups": RULE, **more})


def timeline(described: Any) -> Records:
    """One patient: in IOP from day 110 to 120; at home; on a list from day 147 to 155, and again in IOP until 165; at
    home, and linked to care on day 195 by the third check-up; on the list from then on, to the end on day 300."""
    return records(
        described,
        [110.0],
        stays=[stay(0, "iop", 110, 120), stay(0, "iop", 155, 165, route="return")],
        waits=[
            wait(0, "iop", 110, 110),
            wait(0, "iop", 147, 155, route="return"),
            wait(0, "iop", 195, 300, "end_of_follow_up", route="checkup"),
        ],
    )


def test_there_is_one_on_every_day_of_the_schedule_that_finds_them_at_home() -> None:
    observed = Observed(timeline(checked()), checked())
    home = at_home(observed)
    assert [*zip(home.began, home.ended, home.discharged, strict=True)] == [(120, 147, 120), (165, 195, 165)]
    assert np.sort(made(observed).day).tolist() == [130, 140, 175, 185, 195]
    assert made(observed).day[made(observed).linked].tolist() == [195]


def test_what_they_cost() -> None:
    """Five at 30, and the linkage at 200, each discounted from its day; the programme's, but of no level."""
    described = checked(discounting__costs=0.05)
    facts = timeline(described)
    found = metrics(facts, described)
    assert found["cost.category.checkups"] == pytest.approx(5 * 30 + 200)
    days = (20, 30, 65, 75, 85)
    expected = math.fsum(30 * 1.05 ** (-day / 365.25) for day in days) + 200 * 1.05 ** (-85 / 365.25)
    assert found["cost.per_patient_discounted.payer"] == pytest.approx(expected)
    assert found["cost.total"] == pytest.approx(350)
    assert found["cost.per_patient.patient"] == 0
    table = pd.DataFrame(budget(Observed(facts, described)), columns=COLUMNS)
    assert table["category"].unique().tolist() == ["checkups"]
    assert table["level"].isna().all()
    assert not table["fixed"].any()
    assert table.loc[table["amount"] > 0, "amount"].tolist() == [60.0, 30.0, 260.0]
    own = contributions(Observed(facts, described), "cost.per_patient.payer")
    assert own["value"].sum() == pytest.approx(350)
    assert set(own["level"]) == {"outside care"}
    a_month = 30.4375 / 100
    assert found["checkups.made.per_month"] == pytest.approx(5 * a_month)
    assert found["checkups.found.per_month"] == pytest.approx(2.5 * a_month)
    assert found["asks.checkup.per_month"] == pytest.approx(a_month)


def test_none_after_the_days_that_they_last_nor_after_someone_is_gone() -> None:
    short = checked(checkups={**RULE, "for_days": 15.0})
    assert np.sort(made(Observed(timeline(short), short)).day).tolist() == [130, 175, 195]
    facts = timeline(checked())
    for column, day in (("moved_away", 136.0), ("recovered", 136.0)):
        gone = timeline(checked())
        gone.patients.columns[column] = np.array([day])
        alone = Observed(gone, checked())
        assert np.sort(made(alone).day).tolist() == [130, 195]
    assert len(made(Observed(facts, checked())).day) == 5


def test_whoever_is_on_the_way_is_not_at_home() -> None:
    """Released from residential care on day 130 with a link; relapses on day 148, before the appointment."""
    described = checked(levels__residential__hand_over="release")
    facts = records(
        described,
        [110.0, 110.0],
        stays=[
            stay(0, "residential", 110, 130, next_level="iop"),
            stay(1, "residential", 110, 130, next_level="iop"),
            stay(1, "iop", 155, 300, "end_of_follow_up", route="step_down"),
        ],
        waits=[wait(1, "iop", 155, 155, route="step_down")],
        spells=[
            (0, "well", 110, 135),
            (0, "setback", 135, 136),
            (0, "well", 136, 148),
            (0, "unwell", 148, 300),
            (1, "well", 110, 300),
        ],
    )
    home = at_home(Observed(facts, described))
    assert [*zip(home.patient, home.began, home.ended, home.discharged, strict=True)] == [(0, 148, 300, 130)]
    assert np.sort(made(Observed(facts, described)).day)[:2].tolist() == [150, 160]


def test_prices_and_rhythm_are_those_of_the_day() -> None:
    """From day 135 on every 7 days since the last discharge, at 50: 141; 172, 179, 186, 193, and that of day 195."""
    change = DatedChange(checked(), checked(checkups={**RULE, "every_days": 7.0, "cost_per_checkup": 50.0}), 135.0)
    observed = Observed(timeline(checked()), change)
    assert np.sort(made(observed).day).tolist() == [130, 141, 172, 179, 186, 193, 195]
    assert whole_ledger(observed).total() == pytest.approx(30 + 6 * 50 + 200)
    begun = DatedChange(clinic(), checked(), 135.0)
    assert np.sort(made(Observed(timeline(clinic()), begun)).day).tolist() == [140, 175, 185, 195]
    ended = DatedChange(checked(), clinic(), 135.0)
    assert np.sort(made(Observed(timeline(clinic()), ended)).day)[:1].tolist() == [130]


def test_without_them_there_are_none() -> None:
    found = metrics(timeline(clinic()), clinic())
    assert not [name for name in found if "checkup" in name]
