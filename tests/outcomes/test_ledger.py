"""The ledger: every total is the exactly rounded sum of its entries, however they are grouped."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from outcomes.build import at_random, clinic, records
from outcomes.test_cost import ARRIVED, MORE_PRICES, SPELLS, STAYS, priced
from random_scenarios import build, descriptions

from sim.model import replicate
from sim.outcomes import metrics
from sim.outcomes.cost import spent_in_window
from sim.outcomes.ledger import cohort_ledger, ledger_frame, open_places, used_places, whole_ledger, window_ledger
from sim.outcomes.observed import Observed
from sim.scenario import Scenario
from sim.vocabulary import CATEGORIES, NONE, PAYMENTS, PROGRAMME


def exact(amounts: object) -> Fraction:
    return sum(map(Fraction, np.asarray(amounts).tolist()), Fraction())


def test_entries_of_a_patient() -> None:
    described = priced(**MORE_PRICES)
    frame = ledger_frame(
        whole_ledger(Observed(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described)),
        Observed(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described),
    )
    first = frame[(frame["patient"] == 0) & (frame["payer"] == "medicaid")]
    rows = [tuple(row) for row in first[["level", "category", "day", "until", "amount"]].itertuples(index=False)]
    assert ("residential", "bed_day", 110.0, 140.0, 0.75 * 30 * 200) in rows
    assert ("residential", "admission", 110.0, 110.0, 0.75 * 50) in rows
    assert (None, "relapse", 190.0, 190.0, 750.0) in rows
    assert (None, "other_health_care", 190.0, 300.0, 0.75 * 110 * 3) in rows
    of_iop = frame[(frame["patient"] == 0) & (frame["level"] == "iop") & (frame["category"] == "bed_day")]
    assert of_iop[["payer", "amount"]].to_numpy().tolist() == [["insurer", 80 * 60.0]]
    time = frame[frame["category"] == "patient_time"]
    assert set(time["payer"]) == {"patient"}
    assert set(frame.loc[frame["category"] == "productivity", "payer"]) == {"society"}


def test_clipping_keeps_the_part_inside_and_payments_at_its_start() -> None:
    described = priced()
    whole = whole_ledger(Observed(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described))
    parts = [whole.clipped(start, start + 10) for start in range(0, 310, 10)]
    assert math.fsum(part.total() for part in parts) == pytest.approx(whole.total(), rel=1e-12)
    admission = whole.of("admission")
    assert len(admission.clipped(110, 120)) == 1
    assert len(admission.clipped(100, 110)) == 0


@pytest.mark.parametrize("seed", range(3))
def test_totals_are_the_exact_sums_of_entries(seed: int) -> None:
    check_reconciles(priced(**MORE_PRICES, **{"discounting.costs": 0.04}), seed)


def check_reconciles(described: Scenario, seed: int, people: int = 150) -> None:
    observed = Observed(at_random(described, people, seed), described)
    reconcile(observed)


def reconcile(observed: Observed) -> None:
    """Rational arithmetic, so that nothing is left to rounding but the last step."""
    described = observed.scenario
    numbers = metrics(observed.records, described)
    window, spent = window_ledger(observed), spent_in_window(observed)
    assert numbers["cost.total"] == float(exact(spent))
    for code, level in enumerate(described.levels):
        assert numbers[f"cost.{level}.total"] == float(exact(spent[window.level == code]))
    system = exact(window.amounts())
    assert numbers["cost.system.society"] == float(system)
    for code, place in enumerate(described.places):
        opened = sum((exact(part.amounts()) for part in open_places(observed)[code]), Fraction())
        used = exact(used_places(observed)[code].clipped(observed.start, observed.end).amounts())
        assert numbers[f"cost.place.{place}.used"] == float(used)
        assert numbers[f"cost.place.{place}.idle"] == float(opened - used)
        assert numbers[f"cost.place.{place}.fixed"] == pytest.approx(
            math.fsum(numbers[f"cost.place.{place}.{part}"] for part in ("used", "idle")), rel=1e-12, abs=1e-9
        )
    cohort = cohort_ledger(observed)
    amounts = cohort.amounts()
    per_category = [exact(amounts[cohort.category == code]) for code in range(len(CATEGORIES))]
    per_patient = [exact(amounts[cohort.patient == patient]) for patient in np.unique(cohort.patient)]
    assert sum(per_category) == sum(per_patient) == exact(amounts)

    frame = ledger_frame(window, observed)
    whole = exact(window.amounts())
    assert float(exact(frame["amount"])) == pytest.approx(float(whole), rel=1e-12, abs=1e-12)
    paid = frame[frame["category"].isin([*PROGRAMME, *PAYMENTS])].groupby("payer")["amount"].sum()
    for payer, amount in paid.items():
        assert numbers[f"cost.payer.{payer}.total"] == pytest.approx(amount, rel=1e-9, abs=1e-6)


@settings(max_examples=25)
@given(description=descriptions())
def test_reconciles_whatever_the_scenario(description: dict[str, object]) -> None:
    described = build(description)
    reconcile(Observed(replicate(described, 3, 0), described))


def test_nothing_costs_nothing() -> None:
    described = clinic()
    observed = Observed(at_random(described, 50, 1), described)
    assert len(window_ledger(observed)) == len(cohort_ledger(observed)) == 0
    assert list(ledger_frame(window_ledger(observed), observed).columns) == [
        *("patient", "level", "category", "payer", "day", "until", "amount")
    ]


def test_fixed_cost_has_no_patient_and_a_level() -> None:
    described = priced()
    window = window_ledger(Observed(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described))
    fixed = window.of("fixed_capacity")
    assert set(fixed.patient.tolist()) == {NONE}
    assert fixed.total() == pytest.approx(100 * (4 * 10 + 2 * 5 + 3 * 2), rel=1e-12)
    assert NONE not in fixed.level
