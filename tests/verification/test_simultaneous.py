"""Whole-day clocks, where releases, grants and the end of patience fall on one instant thousands of times."""

import numpy as np
import pytest
from ledger import audited
from support import fixed, scenario

from sim.model.draws import Decision
from sim.scenario import Scenario
from sim.vocabulary import OUTCOMES


def whole_days(days: list[float]) -> dict[str, object]:
    """Equally likely whole days."""
    return {"distribution": "discrete", "values": days, "shares": [1 / len(days)] * len(days)}


def crowded(hand_over: str) -> Scenario:
    """Two levels that share a kind of place, far too small for a daily rush, on a whole-day clock."""
    return scenario(
        {
            "residential": {
                "places": ["bed", "nurse"],
                "length_of_stay": whole_days([1.0, 2.0, 3.0]),
                "dropout": whole_days([1.0, 4.0]),
                "patience": whole_days([0.0, 1.0, 2.0, 3.0]),
                "no_show": 0.2,
                "hand_over": hand_over,
                "next": [{"to": "iop", "probability": 0.8, "delay_days": whole_days([0.0, 1.0])}],
            },
            "iop": {
                "places": ["seat", "nurse"],
                "length_of_stay": whole_days([1.0, 2.0]),
                "patience": whole_days([0.0, 1.0, 2.0]),
                "priority": [{"coming_from": ["step_down"], "rank": 0}],
            },
        },
        {"bed": 6, "seat": 4, "nurse": 8},
        arrivals={"closed_cohort": 1_200},
        time={"follow_up_days": 300},
        return_to_care={"probability": 1.0, "delay_days": whole_days([1.0, 2.0, 3.0])},
        entry=[{"to": {"residential": 0.6, "iop": 0.4}}],
    )


@pytest.mark.parametrize("hand_over", ["hold", "release"])
def test_no_place_is_leaked_when_everything_happens_at_once(hand_over: str) -> None:
    records, coincidences = audited(crowded(hand_over), seed=2, replication=0)
    assert coincidences > 5_000, "the clock does not coincide often enough to be a test"
    assert len(records.stays) > 1_000
    outcomes = set(records.waits["outcome"])
    assert {OUTCOMES.index("admitted"), OUTCOMES.index("reneged"), OUTCOMES.index("no_show")} <= outcomes


def bed(**level: object) -> Scenario:
    """One bed for 10 days and two patients on day 0; nobody comes back."""
    return scenario(
        {"ward": {"places": ["bed"], "length_of_stay": fixed(10), **level}},
        {"bed": 1},
        arrivals={"closed_cohort": 2},
        time={"follow_up_days": 50},
    )


def test_granted_at_the_instant_patience_ends_is_admitted() -> None:
    records, _ = audited(bed(patience=fixed(10)), 1, 0)
    assert records.waits["ended"].tolist() == [0, 10]
    assert records.waits["outcome"].tolist() == [OUTCOMES.index("admitted")] * 2


def test_patience_that_ends_a_moment_earlier_is_too_short() -> None:
    records, _ = audited(bed(patience=fixed(9.999)), 1, 0)
    assert records.waits["outcome"].tolist() == [OUTCOMES.index("admitted"), OUTCOMES.index("reneged")]


def test_all_kinds_freed_at_one_instant_go_to_the_first_in_line() -> None:
    """A bed and then a nurse come free on day 10: the patient who needs both was first, and gets both."""
    levels = {
        "nursed": {"places": ["nurse"], "length_of_stay": fixed(10)},
        "bed_only": {"places": ["bed"], "length_of_stay": fixed(10)},
        "both": {"places": ["bed", "nurse"], "length_of_stay": fixed(10)},
    }
    system = scenario(
        levels,
        {"bed": 1, "nurse": 1},
        arrivals={"closed_cohort": 4},
        time={"follow_up_days": 50},
        population={"kind": {"first": 0.25, "second": 0.25, "third": 0.25, "fourth": 0.25}},
        entry=[
            {"when": {"kind": "first"}, "to": {"bed_only": 1.0}},
            {"when": {"kind": "second"}, "to": {"nursed": 1.0}},
            {"when": {"kind": "third"}, "to": {"both": 1.0}},
            {"to": {"bed_only": 1.0}},
        ],
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Decision, "uniforms", lambda self: np.array([0.1, 0.35, 0.6, 0.85]))
        records, _ = audited(system, 1, 0)
    assert records.stays["admitted"].tolist() == [0, 0, 10, 20]
