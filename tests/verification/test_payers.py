"""Revenue and margin: three stays of two payers by hand, and what holds in any scenario with payers."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcomes.build import clinic, records, stay
from random_scenarios import build, descriptions
from support import cohort, fixed, scenario

from sim.model import replicate
from sim.model.records import Records
from sim.outcomes import Observed, budget, ledger_frame, metrics, whole_ledger
from sim.outcomes.budget import COLUMNS
from sim.outcomes.contributions import contributions
from sim.scenario import Scenario
from sim.scenario.change import DatedChange, check_changes
from sim.scenario.frozen import FrozenDict

PRICES: dict[str, Any] = {
    "levels__residential__cost_per_day": 100.0,
    "levels__residential__cost_per_admission": 500.0,
    "levels__iop__cost_per_day": 30.0,
    "levels__iop__sessions_per_week": 3.5,
    "places__bed__fixed_cost_per_day": 20.0,
    "places__meal__fixed_cost_per_day": 5.0,
    "places__seat__fixed_cost_per_day": 10.0,
    "population__payer": {"medicaid": 0.5, "county": 0.5},
}
RATES: dict[str, Any] = {
    "levels__residential__rates": {
        "medicaid": {"per_day": 300.0, "per_admission": 50.0, "denied_share": 0.1, "collected_share": 0.9},
        "county": {"per_day": 200.0},
    },
    "levels__iop__rates__medicaid": {"per_session": 80.0},
    "reimbursement": {"attribute": "payer", "residual_payer": "county"},
}


def three_stays(payers: tuple[int, int] = (0, 1)) -> tuple[Scenario, Records]:
    """In a window of days 100 to 200: 30 days of residential care and 60 of IOP for Medicaid, and for the county 40 of
    residential care, the last ten of them blocked, when nothing is authorised any more."""
    system = clinic(**PRICES, **RATES)
    facts = records(
        system,
        [90.0, 110.0],
        stays=[
            stay(0, "residential", 90.0, 130.0),
            stay(0, "iop", 140.0, 210.0),
            stay(1, "residential", 110.0, 150.0, "terminated", ready=140.0, authorised_until=140.0),
        ],
    )
    facts.patients.columns["payer"] = np.array(payers, dtype=np.int32)
    return system, facts


def test_three_stays_of_two_payers_by_hand() -> None:
    system, facts = three_stays()
    found = metrics(facts, system)
    paid = 30 * 300 * 0.81, 30 * 200, 60 * 80 * 3.5 / 7  # A tenth is denied; of the rest a tenth is not collected.
    spent = 30 * 100, 40 * 100 + 500, 60 * 30
    opened = 100 * 4 * 20 + 100 * 2 * 5, 100 * 3 * 10
    assert (sum(paid), sum(spent) + sum(opened)) == (15_690, 21_300)
    expected = {
        "revenue.total": 15_690,
        "revenue.residential.total": paid[0] + paid[1],
        "revenue.iop.total": paid[2],
        "revenue.detox.total": 0,
        "revenue.payer.medicaid.total": paid[0] + paid[2],
        "revenue.payer.county.total": paid[1],
        "revenue.denied": 900,
        "revenue.uncollected": 810,
        "cost.total": 21_300,
        "margin.total": -5_610,
        "margin.share": -5_610 / 15_690,
        "margin.residential.total": 13_290 - 7_500 - 9_000,
        "margin.iop.total": 2_400 - 1_800 - 3_000,
        # A day of residential care holds a bed at 20 and a meal at 5.
        "margin.place.bed.total": 0.8 * (13_290 - 7_500) - 8_000,
        "margin.place.meal.total": 0.2 * (13_290 - 7_500) - 1_000,
        "margin.place.seat.total": 2_400 - 1_800 - 3_000,
        # 70 of 400 bed-days brought in 4,632; the beds cost 8,000.
        "break_even.bed.occupancy": 70 / 400 * 8_000 / 4_632,
        "break_even.seat.occupancy": 60 / 300 * 3_000 / 600,
        "margin.payer.medicaid.total": 9_690 - 4_800 - (30 * 25 + 60 * 10),
        "margin.payer.county.total": 6_000 - 4_500 - 40 * 25,
        "uncompensated.total": 0.19 * (3_000 + 30 * 25),
        "uncompensated.payer.county.total": 0,
        # The county pays all that Medicaid does not.
        "cost.payer.medicaid.total": 9_690,
        "cost.payer.county.total": 21_300 - 9_690,
        "residual.share": 1 - 9_690 / 21_300,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_who_has_no_rate_is_uncompensated_and_breaks_nothing_even() -> None:
    system, facts = three_stays(payers=(1, 1))
    found = metrics(facts, system)
    assert found["revenue.iop.total"] == 0
    assert math.isnan(found["break_even.seat.occupancy"])
    assert found["uncompensated.payer.county.total"] == pytest.approx(60 * 30 + 60 * 10)
    assert found["residual.share"] == 1


def test_a_payer_pays_where_there_is_no_kind_of_place() -> None:
    """Two people are ten days in a level that has room for everyone, at 100 a day, for which 300 are paid."""
    people = {**cohort(2, 20), "population": {"payer": {"medicaid": 1.0}}, "reimbursement": RATES["reimbursement"]}
    ward = {"length_of_stay": fixed(10), "cost_per_day": 100.0, "rates": {"medicaid": {"per_day": 300.0}}}
    system = scenario({"ward": ward}, **people)
    found = metrics(replicate(system, 1, 0), system)
    assert found["revenue.total"] == 6_000
    assert found["margin.payer.medicaid.total"] == found["margin.total"] == 4_000
    assert found["uncompensated.total"] == 0


def one_ward(kinds: dict[str, tuple[int, float]], needs: dict[str, Any]) -> dict[str, float]:
    """What comes of one person who is in a ward for ten days of twenty, for which 60 are paid each.

    kinds: of places, each with how many there are, and what a day of one costs.
    """
    people = {**cohort(1, 20), "population": {"payer": {"medicaid": 1.0}}, "reimbursement": RATES["reimbursement"]}
    ward = {"length_of_stay": fixed(10), "rates": {"medicaid": {"per_day": 60.0}}, **needs}
    system = scenario({"ward": ward}, {name: capacity for name, (capacity, _) in kinds.items()}, **people)
    priced = system.with_overrides({f"places.{name}.fixed_cost_per_day": cost for name, (_, cost) in kinds.items()})
    return metrics(replicate(priced, 1, 0), priced)


@pytest.mark.parametrize("needs", ["places", "any_place_of"])
def test_a_bed_whose_days_bring_in_four_times_their_cost_breaks_even_a_quarter_used(needs: str) -> None:
    """Twenty days at 15 cost 300; ten days in use bring in 600."""
    found = one_ward({"bed": (1, 15.0)}, {needs: ["bed"]})
    assert found["margin.place.bed.total"] == found["margin.total"] == 300
    assert found["break_even.bed.occupancy"] == 0.25


def test_a_stay_that_holds_several_of_a_kind_counts_for_it_so_often() -> None:
    """A bed and two nurses at 10 a day cost 600, and bring in 600 while they are used half the time."""
    found = one_ward({"bed": (1, 10.0), "nurse": (2, 10.0)}, {"places": ["bed", "nurse"], "places_each": {"nurse": 2}})
    for place in ("bed", "nurse"):
        assert found[f"margin.place.{place}.total"] == pytest.approx(0)
        assert found[f"break_even.{place}.occupancy"] == pytest.approx(0.5)


def test_of_several_kinds_a_stay_counts_for_the_one_that_it_held() -> None:
    """The bed is free, so the cot is not used: they bring in 600 and nothing, and cost 200 and 100."""
    found = one_ward({"bed": (1, 10.0), "cot": (1, 5.0)}, {"any_place_of": ["bed", "cot"]})
    assert (found["margin.place.bed.total"], found["margin.place.cot.total"]) == (400, -100)


def test_places_that_cost_nothing_count_by_the_days_that_they_are_held() -> None:
    found = one_ward({"bed": (1, 0.0), "nurse": (2, 0.0)}, {"places": ["bed", "nurse"], "places_each": {"nurse": 2}})
    assert (found["margin.place.bed.total"], found["margin.place.nurse.total"]) == pytest.approx((200, 400))


def blocked(length_of_stay: float, parts: dict[str, Any], **of_ward: Any) -> tuple[pd.DataFrame, float]:
    """Thirty people in a ward with ten authorised days, at 1 a day, and one seat behind it; the others are held, to the
    last day, 100, if nothing else happens. Stays in the ward, and what is paid for them."""
    people = {**cohort(30, 100), "population": {"payer": {"medicaid": 1.0}}, "reimbursement": RATES["reimbursement"]}
    ward = {
        "places": ["bed"],
        "length_of_stay": fixed(length_of_stay),
        "rates": {"medicaid": {"per_day": 1.0}},
        "authorised_days": 10.0,
        "hand_over": "hold",
        **of_ward,
        "next": [{"after": ["terminated", "completed"], "to": "iop", "probability": 1.0}],
    }
    iop = {"places": ["seat"], "length_of_stay": fixed(200), **parts.pop("iop", {})}
    levels = {"ward": ward, "iop": iop, "crisis": {"length_of_stay": fixed(200)}}
    system = scenario(levels, {"bed": 30, "seat": 1}, entry=[{"to": {"ward": 1.0}}], **people, **parts)
    facts = replicate(system, 1, 0)
    stays = facts.stays.frame()
    return stays[stays["level"] == "ward"], metrics(facts, system)["revenue.ward.total"]


@pytest.mark.parametrize(
    ("ended", "parts"),
    [
        ("end_of_follow_up", {}),
        ("terminated", {"iop": {"patience": fixed(40)}}),
        ("died", {"death": {"in_care": 1_000.0}}),
        ("transferred", {"emergencies": {"crisis": {"in_care": 3.0, "admitted": 1.0, "to": "crisis"}}}),
        ("relapsed", {"relapse": {"median_days": 40.0, "shape": 1.0}}),
    ],
)
@pytest.mark.parametrize("length_of_stay", [9.0, 90.0])
def test_days_after_the_authorised_ones_are_not_paid_however_the_stay_ends(
    length_of_stay: float, ended: str, parts: dict[str, Any]
) -> None:
    """Whether the plan was finished on day 9, or cut off on day 10: ten days are paid, or as many as there were."""
    stays, paid = blocked(length_of_stay, dict(parts), on_relapse={"discharge": 1.0})
    days = stays["discharged"] - stays["admitted"]
    ended = "completed" if (length_of_stay, ended) == (9.0, "terminated") else ended
    assert np.any((stays["reason"] == ended) & (stays["ready"] < 11) & (days > 11))
    assert paid == pytest.approx(days.clip(upper=10).sum())
    assert stays["authorised_until"].dropna().tolist() == [10.0] * np.count_nonzero(days > 10)


def test_after_a_termination_nothing_is_authorised() -> None:
    """On day 4, of ten authorised days: the run ends for everybody who is held on another day, and is paid for four."""
    stays, paid = blocked(90.0, {}, termination=fixed(4))
    assert np.count_nonzero(stays["reason"] == "end_of_follow_up") == 29
    assert paid == 30 * 4


def test_a_review_authorises_days_for_the_blocked_as_for_all() -> None:
    stays, paid = blocked(9.0, {}, extension={"days": 7, "probability": 1.0, "at_most": 2})
    assert paid == 9 + 29 * 24
    assert stays["authorised_until"].dropna().tolist() == [24.0] * 29


def test_days_in_the_interim_service_are_paid_while_they_are_authorised() -> None:
    """From day 9 to 100 in the interim service, of which the payer authorises 30 days, at 2 a day."""
    people = {**cohort(2, 100), "population": {"payer": {"medicaid": 1.0}}, "reimbursement": RATES["reimbursement"]}
    rate = {"medicaid": {"per_day": 2.0, "authorised_days": 30.0}}
    to_iop = {"hand_over": "bridge", "bridge": "interim", "next": [{"to": "iop", "probability": 1.0}]}
    levels = {
        "ward": {"length_of_stay": fixed(9), **to_iop},
        "interim": {"length_of_stay": fixed(900), "rates": rate},
        "iop": {"places": ["seat"], "length_of_stay": fixed(200)},
    }
    system = scenario(levels, {"seat": 1}, **people)
    assert metrics(replicate(system, 1, 0), system)["revenue.interim.total"] == 60


def test_rates_are_those_of_the_day() -> None:
    """Sessions in IOP from day 140 to 210 bring in 80 each until day 150, and 160 from then on."""
    system, facts = three_stays()
    dear = system.with_overrides({"levels.iop.rates.medicaid.per_session": 160.0})
    check_changes({"now": system, "then": dear}, 150.0)
    found = metrics(facts, DatedChange(system, dear, 150.0))
    assert found["revenue.iop.total"] == pytest.approx(10 * 40 + 50 * 80)
    assert found["revenue.payer.medicaid.total"] == pytest.approx(30 * 300 * 0.81 + 10 * 40 + 50 * 80)
    assert found["cost.payer.county.total"] == pytest.approx(21_300 - found["revenue.payer.medicaid.total"])


def test_payers_of_patients_may_not_begin_or_end_within_the_window() -> None:
    """Who bears the costs of a window is told with one list of payers; until its first day there may be another."""
    system, _ = three_stays()
    unpaid = clinic(**PRICES).with_overrides({"payers": {"county": 1.0}, "name": "Unpaid"})
    for scenarios in ({"now": system, "then": unpaid}, {"now": unpaid, "then": system}):
        with pytest.raises(ValueError, match=f"reimbursement, which only {system.name} states"):
            check_changes(scenarios, 150.0)
        check_changes(scenarios, 100.0)


def test_payers_without_rates_may_get_them_within_the_window() -> None:
    """From day 150 on Medicaid pays for IOP; the county bears all the rest, and margins add up."""
    system, facts = three_stays()
    unrated = clinic(**PRICES, reimbursement=RATES["reimbursement"])
    check_changes({"now": unrated, "then": system}, 150.0)
    found = metrics(facts, DatedChange(unrated, system, 150.0))
    assert found["cost.payer.medicaid.total"] == found["revenue.total"] == pytest.approx(50 * 40)
    assert found["cost.payer.county.total"] == pytest.approx(21_300 - 50 * 40)
    margins = found["margin.payer.medicaid.total"] + found["margin.payer.county.total"]
    assert margins == pytest.approx(found["margin.total"] + found["cost.idle"])


def test_by_month() -> None:
    """Day 100 is 11 April 2025: the residual payer bears all that is spent, less what all others pay."""
    system, facts = three_stays()
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in budget(Observed(facts, system))]

    def total(**of: str) -> float:
        return math.fsum(row["amount"] for row in rows if all(row[key] == value for key, value in of.items()))

    assert total(category="revenue") == pytest.approx(-15_690)
    assert total(category="payments", payer="medicaid", level="iop") == pytest.approx(2_400)
    assert total(category="revenue", month=rows[0]["month"]) == pytest.approx(
        -sum(row["amount"] for row in rows if row["category"] == "payments" and row["month"] == rows[0]["month"])
    )
    assert total() == pytest.approx(21_300)
    assert total(payer="medicaid") == pytest.approx(9_690)
    assert total(payer="county") == pytest.approx(21_300 - 9_690)


def test_a_patient_who_pays_is_seen_by_every_perspective() -> None:
    """What patients pay is theirs, not third parties'; society's total does not move."""
    system, facts = three_stays()
    themselves = {"population.payer": {"patient": 0.5, "county": 0.5}, "reimbursement.residual_payer": "county"}
    rates = {f"levels.{level}.rates": {"patient": {"per_day": 10.0}} for level in ("residential", "iop")}
    found = metrics(facts, system.with_overrides({**themselves, **rates}))
    assert found["cost.system.patient"] == found["cost.payer.patient.total"] == pytest.approx(900)
    assert found["cost.system.payer"] == pytest.approx(21_300 - 900)
    assert found["cost.system.provider"] == found["cost.system.society"] == pytest.approx(21_300)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(descriptions(), st.integers(0, 1_000))
def test_in_any_scenario(description: dict[str, Any], seed: int) -> None:
    if "reimbursement" not in description:
        return
    scenario = build(description)
    facts = replicate(scenario, seed, 0)
    found = metrics(facts, scenario)
    exact: Any = {"rel": 1e-9, "abs": 1e-6}
    payers, levels = scenario.payers_of_patients, scenario.levels

    def added(pattern: str, names: Any) -> float:
        return math.fsum(found[pattern.format(name)] for name in names)

    assert added("revenue.{}.total", levels) == pytest.approx(found["revenue.total"], **exact)
    assert added("revenue.payer.{}.total", payers) == pytest.approx(found["revenue.total"], **exact)
    assert found["margin.total"] == pytest.approx(found["revenue.total"] - found["cost.total"], **exact)
    assert added("margin.payer.{}.total", payers) == pytest.approx(found["margin.total"] + found["cost.idle"], **exact)
    nowhere = found["margin.total"] - added("margin.{}.total", levels)
    assert nowhere <= 1e-6  # Check-ups, medication, and places that no level uses cost, and bring in nothing.
    placed = added("margin.place.{}.total", scenario.places)
    placeless = [name for name, level in levels.items() if not level.all_places]
    assert placed + added("margin.{}.total", placeless) == pytest.approx(
        found["margin.total"] - nowhere + _unused(scenario, found), **exact
    )
    everyone = dict.fromkeys((*payers, scenario.reimbursement.residual_payer))
    assert added("cost.payer.{}.total", everyone) == pytest.approx(found["cost.total"], **exact)
    assert added("uncompensated.payer.{}.total", payers) == pytest.approx(found["uncompensated.total"], **exact)
    _society_is_the_same(scenario, facts, found)
    _reconciles(scenario, facts, found)


def _unused(scenario: Scenario, found: dict[str, float]) -> float:
    """Below 0, the cost of places that no level uses, which are in the margin of the place and of no level."""
    used = {place for level in scenario.levels.values() for place in level.all_places}
    return -math.fsum(found[f"cost.place.{name}.fixed"] for name in scenario.places if name not in used)


def _society_is_the_same(scenario: Scenario, facts: Records, found: dict[str, float]) -> None:
    """Rates of nothing, of the same stays, leave every cost to society and to the provider as it was."""
    unrated = {name: each.model_copy(update={"rates": FrozenDict({})}) for name, each in scenario.levels.items()}
    free = scenario.model_copy(update={"levels": FrozenDict(unrated)})
    unpaid = metrics(facts, free)
    assert unpaid["revenue.total"] == 0
    for name in (
        "cost.per_patient.{}",
        "cost.per_patient_discounted.{}",
        "cost.system.{}",
        "cost.system_discounted.{}",
    ):
        for perspective in ("society", "provider"):
            of = name.format(perspective)
            assert found[of] == unpaid[of] or math.isnan(found[of])
    assert unpaid["cost.total"] == found["cost.total"]


def _reconciles(scenario: Scenario, facts: Records, found: dict[str, float]) -> None:
    """By patient, by month, and in the ledger that people read, it is the same money."""
    observed = Observed(facts, scenario)
    for perspective in ("payer", "patient"):
        name = f"cost.per_patient.{perspective}"
        if not math.isnan(found[name]):
            assert contributions(observed, name)["value"].sum() == pytest.approx(found[name], rel=1e-9, abs=1e-6)
    by_month = math.fsum(row[COLUMNS.index("amount")] for row in budget(observed))
    assert by_month == pytest.approx(found["cost.total"], rel=1e-9, abs=1e-6)
    frame = ledger_frame(whole_ledger(observed), observed)
    moved = frame[frame["category"].isin(["payments", "own_payments", "revenue"])] if len(frame) else frame
    assert math.fsum(moved["amount"]) == pytest.approx(0, abs=1e-6)
