"""Retention, continuity, linkage and readmission, each worked out by hand."""

import math

import pytest
from outcomes.build import at_random, clinic, records, stay

from sim.outcomes import metrics


def test_retention_and_continuity() -> None:
    """Everyone asks on day 100, so day 30 of follow-up is day 130 and day 90 is day 190.

    0: in care on both. 1: leaves on day 130 itself, counted; then nothing. 2: leaves on day 129, back on day 150 (a
    gap of 21 days). 3: leaves on day 110, back on day 145 (35 days: a second episode). 4: never admitted. 5: admitted
    on day 130 itself, which is too late. 6: dies on day 125. 7: asked before the window, is not in the cohort.
    """
    described = clinic()
    stays = [
        stay(0, "iop", 105, 195),
        stay(1, "residential", 101, 130),
        stay(2, "residential", 100, 129),
        stay(2, "iop", 150, 250, route="return"),
        stay(3, "detox", 100, 110),
        stay(3, "iop", 145, 300, "end_of_follow_up", route="return", episode=1),
        stay(5, "iop", 130, 131),
        stay(6, "iop", 100, 125, "died"),
        stay(7, "iop", 90, 300, "end_of_follow_up"),
    ]
    spells = [(patient, "well", 100, 300) for patient in range(6)]
    spells += [(6, "unwell", 100, 125), (6, "dead", 125, 300), (7, "well", 90, 300)]
    numbers = metrics(records(described, [100.0] * 7 + [90.0], stays=stays, spells=spells), described)
    assert numbers["arrivals"] == 7
    assert numbers["retention.30_days"] == pytest.approx(2 / 7)
    assert numbers["retention.90_days"] == pytest.approx(3 / 7)
    # Day 30: 0, 1, 2, and 3, who left 20 days ago. Not 6, who is dead.
    assert numbers["continuity.30_days"] == pytest.approx(4 / 7)
    # Day 90: 0 and 2. Patient 1 left 60 days ago, 5 left 59 days ago, 3 is in another episode.
    assert numbers["continuity.90_days"] == pytest.approx(2 / 7)
    assert "retention.180_days" not in numbers
    # Within follow-up, which ends on day 200: 90, 29, 29 + 50, 10 + 55, 1, 25.
    assert numbers["days_in_care"] == pytest.approx((90 + 29 + 79 + 65 + 1 + 25) / 7)


def test_a_stay_that_lasts_to_the_end_of_a_closed_cohort_is_retained_on_the_last_day() -> None:
    described = clinic().with_overrides(
        {
            "arrivals": {"closed_cohort": 2},
            "time.warm_up_days": 0,
            "time.recruitment_days": 0,
            "time.follow_up_days": 90,
        }
    )
    stays = [stay(0, "iop", 0, 90, "end_of_follow_up"), stay(1, "iop", 0, 89)]
    numbers = metrics(records(described, [0.0, 0.0], cohort=[True, True], stays=stays), described)
    assert numbers["retention.90_days"] == 1 / 2
    assert numbers["continuity.90_days"] == 1


def test_linkage() -> None:
    """Discharges from residential care; follow-up ends on day 200 for all.

    0: IOP the same day. 1: IOP 14 days later. 2: IOP 15 days later. 3: residential again after 3 days, then IOP 9 days
    after the first discharge: the first is linked, the second too. 4: dropped out, not counted. 5: discharged on day
    187, too late to be followed for 14 days. 6: dies after the discharge, not linked. 7: transferred, and in detox
    10 days later by a return.
    """
    described = clinic()
    stays = [
        stay(0, "residential", 100, 120),
        stay(0, "iop", 120, 300, "end_of_follow_up", route="step_down"),
        stay(1, "residential", 100, 120),
        stay(1, "iop", 134, 150, route="step_down"),
        stay(2, "residential", 100, 120),
        stay(2, "iop", 135, 150, route="step_down"),
        stay(3, "residential", 100, 120),
        stay(3, "residential", 123, 125, route="return"),
        stay(3, "iop", 129, 150, route="step_down"),
        stay(4, "residential", 100, 120, "dropped_out"),
        stay(4, "iop", 121, 150, route="return"),
        stay(5, "residential", 100, 187),
        stay(5, "iop", 187, 190, route="step_down"),
        stay(6, "residential", 100, 120),
        stay(7, "residential", 100, 120, "transferred"),
        stay(7, "detox", 130, 135, route="return"),
    ]
    numbers = metrics(records(described, [100.0] * 8, stays=stays), described)
    # Counted: 0, 1, 2, 3 twice, 6, 7. Linked: 0, 1, 3 twice, 7.
    assert numbers["linkage.residential"] == pytest.approx(5 / 7)
    # Four completed stays in IOP with 14 days left, and nothing after any of them.
    assert numbers["linkage.iop"] == 0
    assert math.isnan(numbers["linkage.outpatient"])


def test_an_interim_service_is_not_the_next_level() -> None:
    """Outpatient care bridges the way from residential care to IOP; patient 1 gives up on day 30 of it.

    Patients 2 and 3 come to outpatient care by other ways, so theirs are stays of their own.
    """
    described = clinic(levels__residential__hand_over="bridge", levels__residential__bridge="outpatient")
    stays = [
        stay(0, "residential", 100, 120, next_level="iop"),
        stay(0, "outpatient", 120, 130, "transferred", route="step_down", interim=True),
        stay(0, "iop", 130, 170, route="step_down"),
        stay(1, "residential", 100, 120, next_level="iop"),
        stay(1, "outpatient", 120, 150, "dropped_out", route="step_down", interim=True),
        stay(2, "residential", 100, 120),
        stay(2, "outpatient", 122, 150, route="return"),
        stay(3, "detox", 100, 105, next_level="outpatient"),
        stay(3, "outpatient", 105, 150, route="step_down"),
    ]
    numbers = metrics(records(described, [100.0] * 4, stays=stays), described)
    assert numbers["linkage.residential"] == pytest.approx(2 / 3)
    assert numbers["linkage.detox"] == 1
    # The interim stay of patient 0 is no discharge to link.
    assert numbers["linkage.outpatient"] == 0


def test_readmission() -> None:
    """Everyone asks on day 100 and is followed to day 200.

    0: out on day 120, back on day 130 (event after 10). 1: steps down, out on day 150, back on 180 (event after 30). 2:
    out on day 120, dies on day 140 (after 20). 3: out on day 110, never back (censored after 90). 4: out on day 190:
    not followed for 14 days. 5: out by death. 6: steps down 20 days late, which is no return; leaves again on day 160
    and returns on day 165, 55 days after the first discharge. 7: returns after the end of follow-up (censored at 80).
    """
    described = clinic()
    stays = [
        stay(0, "detox", 100, 120, "dropped_out"),
        stay(0, "detox", 130, 140, route="return"),
        stay(1, "residential", 100, 130),
        stay(1, "iop", 140, 150, route="step_down"),
        stay(1, "iop", 180, 190, route="return"),
        stay(2, "detox", 100, 120),
        stay(3, "detox", 100, 110),
        stay(4, "iop", 100, 190),
        stay(4, "iop", 195, 300, "end_of_follow_up", route="return"),
        stay(5, "iop", 100, 150, "died"),
        stay(6, "detox", 100, 110),
        stay(6, "iop", 130, 160, route="step_down"),
        stay(6, "iop", 165, 170, route="return"),
        stay(7, "detox", 100, 120),
        stay(7, "detox", 201, 210, route="return"),
    ]
    alive = [0, 1, 3, 4, 6, 7]
    spells = {patient: [(patient, "well", 100, 300)] for patient in alive}
    spells |= {2: [(2, "unwell", 100, 140), (2, "dead", 140, 300)], 5: [(5, "unwell", 100, 150), (5, "dead", 150, 300)]}
    rows = [row for patient in range(8) for row in spells[patient]]
    numbers = metrics(records(described, [100.0] * 8, stays=stays, spells=rows), described)
    # At risk 6: event at 10; 5: death at 20; 4: event at 30; 3: event at 55; censored at 80 and 90.
    after_10 = 1 / 6
    after_30 = after_10 + 5 / 6 * 4 / 5 * 1 / 4
    after_55 = after_30 + 5 / 6 * 4 / 5 * 3 / 4 * 1 / 3
    assert numbers["readmission.30_days"] == pytest.approx(after_30)
    assert numbers["readmission.90_days"] == pytest.approx(after_55)
    assert "readmission.365_days" not in numbers


@pytest.mark.parametrize("seed", range(3))
def test_linkage_as_counted_one_by_one(seed: int) -> None:
    described = clinic()
    facts = at_random(described, 300, seed)
    numbers, patients = metrics(facts, described), facts.patients
    stays = facts.stays.frame().assign(cohort=patients["cohort"][facts.stays["patient"]])
    for level in described.levels:
        eligible = linked = 0
        for row in stays[stays["cohort"] & (stays["level"] == level)].itertuples():
            until = patients["arrived"][row.patient] + 100
            if row.reason in ("completed", "transferred") and row.discharged + 14 <= until:
                later = stays[(stays["patient"] == row.patient) & (stays["level"] != level)]
                eligible += 1
                linked += bool(later["admitted"].between(row.discharged, row.discharged + 14).any())
        assert 0 < linked < eligible
        assert numbers[f"linkage.{level}"] == pytest.approx(linked / eligible)
