"""Costs, worked out by hand and held to what must be true of any prices."""

import math
from typing import Any

import numpy as np
import pytest
from outcomes.build import at_random, clinic, records, stay

from sim.outcomes import Observed, metrics, metrics_by_group
from sim.scenario import Scenario

PRICES: dict[str, Any] = {
    "levels.detox.cost_per_day": 300.0,
    "levels.residential.cost_per_day": 200.0,
    "levels.residential.cost_per_admission": 50.0,
    "levels.iop.cost_per_day": 60.0,
    "levels.outpatient.cost_per_day": 20.0,
    "places.bed.fixed_cost_per_day": 10.0,
    "places.meal.fixed_cost_per_day": 5.0,
    "places.seat.fixed_cost_per_day": 2.0,
    "costs.per_relapse": 1_000.0,
    "costs.other_health_care": {"well": 1.0, "setback": 2.0, "unwell": 3.0},
}
MORE_PRICES: dict[str, Any] = {
    "levels.iop.cost_per_session": 70.0,
    "levels.iop.patient_time_per_session": 35.0,
    "levels.residential.patient_time_per_day": 90.0,
    "costs.productivity": {"well": 0.0, "setback": 4.0, "unwell": 8.0},
}
PAYERS: dict[str, Any] = {
    "payers": {"medicaid": 0.75, "patient": 0.25},
    "levels.iop.payers": {"insurer": 1.0},
}

# Patients 0 and 1 are the cohort, followed on days 100-200 and 150-250; patient 2 came on day 90.
ARRIVED = [100.0, 150.0, 90.0]
STAYS = [
    stay(0, "residential", 110, 140),
    stay(0, "iop", 150, 230, route="step_down"),
    stay(1, "residential", 150, 210),
    stay(1, "residential", 260, 270, route="return"),
    stay(2, "detox", 95, 105, "dropped_out"),
]
SPELLS = [
    (0, "unwell", 100, 110),
    (0, "well", 110, 190),
    (0, "unwell", 190, 300),
    (1, "well", 150, 300),
    (2, "unwell", 90, 300),
]


def priced(factor: float = 1.0, **more: Any) -> Scenario:
    """The clinic with every price times `factor`."""

    def scaled(price: Any) -> Any:
        return {key: value * factor for key, value in price.items()} if isinstance(price, dict) else price * factor

    return clinic().with_overrides({path: scaled(price) for path, price in PRICES.items()} | PAYERS | more)


def test_a_patients_cost() -> None:
    described = priced()
    numbers = metrics(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described)
    # Patient 0: 30 and 50 days, one admission, one relapse, 20 days of use, 80 of being well. Patient 1: 60 days.
    first = 30 * 200 + 50 + 50 * 60 + 1_000 + 20 * 3 + 80 * 1
    second = 60 * 200 + 50 + 100 * 1
    # A bed and a meal for 30 and 60 days, and a seat for 50: nothing of what stands idle.
    fixed = 90 * (10 + 5) + 50 * 2
    assert numbers["cost.per_patient.society"] == pytest.approx((first + second + fixed) / 2)
    assert numbers["cost.category.other_health_care"] == pytest.approx((20 * 3 + 80 + 100) / 2)
    assert numbers["cost.category.relapse"] == 1_000 / 2
    assert numbers["cost.category.admission"] == 2 * 50 / 2
    assert numbers["cost.category.fixed_capacity"] == fixed / 2
    assert numbers["cost.per_patient_discounted.society"] == numbers["cost.per_patient.society"]


def test_discounting_runs_from_each_ones_asking() -> None:
    described = priced(**{"discounting.costs": 0.03})
    numbers = metrics(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described)
    force = math.log(1.03) / 365.25

    def value(began: float, ended: float) -> float:
        return (math.exp(-force * began) - math.exp(-force * ended)) / force

    first = 200 * value(10, 40) + 50 * math.exp(-force * 10) + 60 * value(50, 100) + 1_000 * math.exp(-force * 90)
    first += 3 * (value(0, 10) + value(90, 100)) + value(10, 90)
    second = 200 * value(0, 60) + 50 + value(0, 100)
    fixed = (10 + 5) * (value(10, 40) + value(0, 60)) + 2 * value(50, 100)
    assert numbers["cost.per_patient_discounted.society"] == pytest.approx((first + second + fixed) / 2, rel=1e-10)


def test_the_programmes_budget() -> None:
    """In the window (days 100 to 200): 5 days in detox, 30 + 50 in residential care, 50 in IOP."""
    described = priced()
    numbers = metrics(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described)
    assert numbers["cost.place.bed.fixed"] == pytest.approx(4_000, rel=1e-14)
    assert numbers["cost.place.meal.fixed"] == 1_000
    assert numbers["cost.place.seat.fixed"] == 600
    detox = 5 * 300 + 4_000 * 5 / 85
    residential = 80 * 200 + 2 * 50 + 4_000 * 80 / 85 + 1_000
    iop = 50 * 60 + 600
    assert numbers["cost.detox.total"] == pytest.approx(detox)
    assert numbers["cost.residential.total"] == pytest.approx(residential)
    assert numbers["cost.iop.total"] == pytest.approx(iop)
    assert numbers["cost.outpatient.total"] == 0
    assert numbers["cost.total"] == pytest.approx(detox + residential + iop)
    assert numbers["cost.payer.medicaid.total"] == pytest.approx(0.75 * (detox + residential))
    assert numbers["cost.payer.patient.total"] == pytest.approx(0.25 * (detox + residential))
    assert numbers["cost.payer.insurer.total"] == pytest.approx(iop)


def test_idle_capacity_is_a_line_of_its_own() -> None:
    """Of 4 beds, 2 meals and 3 seats in the window, 85, 80 and 50 days were used."""
    described = priced()
    numbers = metrics(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described)
    used, idle = {"bed": 850, "meal": 400, "seat": 100}, {"bed": 3_150, "meal": 600, "seat": 500}
    for place, amount in used.items():
        assert numbers[f"cost.place.{place}.used"] == pytest.approx(amount, rel=1e-14)
        assert numbers[f"cost.place.{place}.idle"] == pytest.approx(idle[place], rel=1e-14)
    assert numbers["cost.idle"] == pytest.approx(4_250, rel=1e-14)


def test_the_system_spends_on_everybody_and_on_idle_places() -> None:
    """In the window all three live: use for 120 days in all, being well for 130; one relapse; all places open."""
    described = priced(**{"discounting.costs": 0.03})
    facts = records(described, ARRIVED, stays=STAYS, spells=SPELLS)
    numbers = metrics(facts, described)
    care = 5 * 300 + 80 * 200 + 2 * 50 + 50 * 60
    outside = 1_000 + 120 * 3 + 130 * 1
    assert numbers["cost.system.society"] == pytest.approx(care + outside + 5_600, rel=1e-12)
    assert numbers["cost.system.provider"] == pytest.approx(numbers["cost.total"], rel=1e-12)
    force = math.log(1.03) / 365.25

    def value(began: float, ended: float) -> float:
        return (math.exp(-force * began) - math.exp(-force * ended)) / force

    care = 300 * value(0, 5) + 200 * (value(10, 40) + value(50, 100)) + 60 * value(50, 100)
    care += 50 * (math.exp(-force * 10) + math.exp(-force * 50)) + 56 * value(0, 100)
    outside = 1_000 * math.exp(-force * 90) + 3 * (value(0, 10) + value(90, 100) + value(0, 100))
    outside += value(10, 90) + value(50, 100)
    assert numbers["cost.system_discounted.society"] == pytest.approx(care + outside, rel=1e-12)


def test_closed_places_that_are_still_held_are_in_nobodys_budget() -> None:
    """The only bed closes on day 120; whoever lies in it stays until 140, and is charged for it all the same."""
    described = priced().with_overrides(
        {"places.bed.capacity": 1, "places.bed.changes": [{"from_day": 120, "capacity": 0}]}
    )
    numbers = metrics(records(described, [100.0], stays=[stay(0, "residential", 100, 140)]), described)
    assert numbers["cost.place.bed.fixed"] == 200
    assert numbers["cost.place.bed.used"] == 400
    assert numbers["cost.place.bed.idle"] == -200


def test_places_that_nobody_held_are_shared_equally_and_those_of_no_level_by_the_payers() -> None:
    described = priced(places={**described_places(), "van": {"capacity": 1, "fixed_cost_per_day": 7.0}})
    numbers = metrics(records(described, []), described)
    assert numbers["cost.detox.total"] == pytest.approx(2_000)
    assert numbers["cost.residential.total"] == pytest.approx(2_000 + 1_000)
    assert numbers["cost.total"] == pytest.approx(4_000 + 1_000 + 600 + 700)
    assert numbers["cost.payer.medicaid.total"] == pytest.approx(0.75 * 5_700)
    assert math.isnan(numbers["cost.per_patient.society"])


def described_places() -> dict[str, Any]:
    return {name: place.model_dump() for name, place in priced().places.items()}


@pytest.mark.parametrize("seed", range(3))
def test_all_prices_doubled_double_every_cost_and_nothing_else(seed: int) -> None:
    discounted = {"discounting.costs": 0.04}
    facts = at_random(clinic(), 200, seed)
    once, twice = (metrics(facts, priced(factor, **discounted)) for factor in (1.0, 2.0))
    costs = [name for name in once if name.startswith("cost.")]
    assert sum(once[name] > 0 for name in costs) > 25
    for name, number in once.items():
        assert twice[name] == number * (2 if name in costs else 1) or math.isnan(number), name


@pytest.mark.parametrize("seed", range(3))
def test_payers_and_levels_pay_the_whole_budget(seed: int) -> None:
    described = priced()
    numbers = metrics(at_random(described, 200, seed), described)
    levels = math.fsum(numbers[f"cost.{level}.total"] for level in described.levels)
    paid = math.fsum(numbers[f"cost.payer.{payer}.total"] for payer in ("medicaid", "patient", "insurer"))
    assert levels == pytest.approx(numbers["cost.total"], rel=1e-12)
    assert paid == pytest.approx(numbers["cost.total"], rel=1e-12)


def test_free_of_charge() -> None:
    numbers = metrics(at_random(clinic(), 100, 1), clinic())
    costs = {name: number for name, number in numbers.items() if name.startswith("cost.")}
    assert costs
    assert set(costs.values()) == {0.0}


def test_each_category_and_whose_costs_count() -> None:
    """Three group sessions and one of one's own a week in IOP; the third day of relapse costs falls on the state."""
    described = priced().with_overrides(
        {
            **MORE_PRICES,
            "levels.iop.sessions_per_week": 1.0,
            "levels.iop.group": {"size": 1, "groups": 3, "sessions_per_week": 3, "hours_per_session": 3},
            "places.meal.kind": "housing",
            "costs.payers": {"relapse": {"state": 1.0}, "housing": {"patient": 1.0}},
        }
    )
    numbers = metrics(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described)

    # Per member: 50 days of IOP at 4 sessions a week; 90 days in a bed; 20 days of use.
    sessions = 50 / 7 * 4
    expected = {
        "bed_day": (30 * 200 + 50 * 60 + 60 * 200) / 2,
        "session": sessions * 70 / 2,
        "admission": 2 * 50 / 2,
        "fixed_capacity": (90 * 10 + 50 * 2) / 2,
        "housing": 90 * 5 / 2,
        "relapse": 1_000 / 2,
        "other_health_care": (20 * 3 + 80 + 100) / 2,
        "patient_time": (90 * 90 + sessions * 35) / 2,
        "productivity": 20 * 8 / 2,
    }
    for category, amount in expected.items():
        assert numbers[f"cost.category.{category}"] == pytest.approx(amount, rel=1e-12), category
    programme = [expected[category] for category in ("bed_day", "session", "admission", "fixed_capacity", "housing")]
    assert numbers["cost.per_patient.provider"] == pytest.approx(math.fsum(programme), rel=1e-12)
    assert numbers["cost.per_patient.society"] == pytest.approx(math.fsum(expected.values()), rel=1e-12)

    # Patients bear a quarter of what Medicaid bears the rest of, the meals, and their time; the insurer all of IOP.
    iop = (50 * 60 + sessions * 70 + 50 * 2) / 2
    shared = math.fsum(programme) - expected["housing"] - iop + expected["other_health_care"]
    patient = 0.25 * shared + expected["housing"] + expected["patient_time"]
    assert numbers["cost.per_patient.patient"] == pytest.approx(patient, rel=1e-12)
    payer = 0.75 * shared + iop + expected["relapse"]
    assert numbers["cost.per_patient.payer"] == pytest.approx(payer, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_society_bears_what_payers_patients_and_nobody_in_particular_bear(seed: int) -> None:
    described = priced(**MORE_PRICES, **{"discounting.costs": 0.05})
    numbers = metrics(at_random(described, 200, seed), described)
    for metric in ("cost.per_patient", "cost.per_patient_discounted"):
        apart = [numbers[f"{metric}.{perspective}"] for perspective in ("payer", "patient")]
        left = numbers[f"{metric}.society"] - math.fsum(apart)
        lost = numbers["cost.category.productivity"]
        assert left == pytest.approx(lost, rel=1e-9) if metric == "cost.per_patient" else 0 < left < lost
    categories = [value for name, value in numbers.items() if name.startswith("cost.category.")]
    assert math.fsum(categories) == pytest.approx(numbers["cost.per_patient.society"], rel=1e-12)


CRIME: dict[str, Any] = {
    "costs.crime_and_justice": {"well": 2.0, "setback": 5.0, "unwell": 30.0},
    "costs.transfer_payments": {"well": 10.0, "setback": 15.0, "unwell": 20.0},
}


def test_crime_counts_to_society_and_transfers_to_nobody() -> None:
    """20 days of use and 180 of being well in the cohort; in the window 120 and 130, of all three."""
    before, described = priced(), priced(**CRIME)
    facts = records(described, ARRIVED, stays=STAYS, spells=SPELLS)
    numbers, without = metrics(facts, described), metrics(facts, before)
    crime = (20 * 30 + 180 * 2) / 2
    assert numbers["cost.category.crime_and_justice"] == pytest.approx(crime)
    assert numbers["cost.category.transfer_payments"] == pytest.approx((20 * 20 + 180 * 10) / 2)
    society = numbers["cost.per_patient.society"] - without["cost.per_patient.society"]
    assert society == pytest.approx(crime)
    assert numbers["cost.system.society"] - without["cost.system.society"] == pytest.approx(120 * 30 + 130 * 2)
    unmoved = [name for name in numbers if "society" not in name and not name.startswith("cost.category.")]
    assert {name: numbers[name] for name in unmoved} == pytest.approx(
        {name: without[name] for name in unmoved}, rel=0, abs=0, nan_ok=True
    )


def test_whoever_is_said_to_bear_them_bears_crime_and_transfers() -> None:
    payers = {"crime_and_justice": {"county": 0.5, "society": 0.5}, "transfer_payments": {"state": 1.0}}
    described = priced(**CRIME, **{"costs.payers": payers})
    facts = records(described, ARRIVED, stays=STAYS, spells=SPELLS)
    numbers, without = metrics(facts, described), metrics(facts, priced())
    crime, transfers = (20 * 30 + 180 * 2) / 2, (20 * 20 + 180 * 10) / 2
    borne = {"society": crime, "payer": crime / 2 + transfers, "patient": 0.0, "provider": 0.0}
    for perspective, more in borne.items():
        name = f"cost.per_patient.{perspective}"
        assert numbers[name] - without[name] == pytest.approx(more, abs=1e-9), perspective


FIRST = {
    "levels.residential.first_days": [{"until_day": 5, "cost_per_day": 500}, {"until_day": 20, "cost_per_day": 300}]
}


def test_the_first_days_of_a_stay_have_prices_of_their_own() -> None:
    """Stays of 30 and 60 days; of the second, 50 lie in the window, which ends on day 200."""
    described = priced(**FIRST)
    facts = records(described, ARRIVED, stays=STAYS, spells=SPELLS)
    numbers, without = metrics(facts, described), metrics(facts, priced())
    bed_days = (5 * 500 + 15 * 300 + 10 * 200) + (5 * 500 + 15 * 300 + 40 * 200) + 50 * 60
    assert numbers["cost.category.bed_day"] == pytest.approx(bed_days / 2, rel=1e-14)
    dearer = 2 * (5 * 300 + 15 * 100)
    for total in ("cost.total", "cost.residential.total", "cost.system.society"):
        assert numbers[total] - without[total] == pytest.approx(dearer)
    later = metrics(facts, priced(**FIRST, **{"levels.residential.cost_per_day": 0.0}))
    assert later["cost.category.bed_day"] == pytest.approx((2 * (5 * 500 + 15 * 300) + 50 * 60) / 2, rel=1e-14)


def test_a_stay_that_ends_among_its_first_days_costs_no_others() -> None:
    described = priced(**FIRST)
    stays = [stay(0, "residential", 110, 112), stay(0, "residential", 120, 125), stay(1, "residential", 160, 167)]
    numbers = metrics(records(described, ARRIVED, stays=stays, spells=SPELLS), described)
    assert numbers["cost.category.bed_day"] == pytest.approx(((2 + 5 + 5) * 500 + 2 * 300) / 2, rel=1e-14)


def test_first_days_at_the_price_of_all_days_change_nothing() -> None:
    described = priced()
    facts = at_random(described, 200, 4)
    same = {"levels.residential.first_days": [{"until_day": day, "cost_per_day": 200.0} for day in (3.5, 17)]}
    assert metrics(facts, priced(**same)) == pytest.approx(metrics(facts, described), rel=1e-12, nan_ok=True)


def test_a_death_costs_once_when_it_happens() -> None:
    """Patient 1 dies 50 days after asking, on the day after the window; patient 2, of no cohort, in the window; and
    patient 0 after follow-up and window.
    """
    spells = [
        *((0, "unwell", 100, 210), (0, "dead", 210, 300), (1, "well", 150, 200), (1, "dead", 200, 300)),
        *((2, "unwell", 90, 120), (2, "dead", 120, 300)),
    ]
    price = {"costs.per_death": 9_000.0, "death": {"unwell": 5.0}, "discounting": {"costs": 0.03}}
    described = priced(**price)
    facts = records(described, ARRIVED, spells=spells)
    numbers, without = metrics(facts, described), metrics(facts, priced(**{**price, "costs.per_death": 0.0}))
    assert "cost.category.death" not in without
    assert numbers["cost.category.death"] == 9_000 / 2

    def more(name: str) -> float:
        return numbers[name] - without[name]

    shares = {"provider": 0.0, "payer": 0.75, "patient": 0.25, "society": 1.0}
    assert {each: more(f"cost.per_patient.{each}") for each in shares} == pytest.approx(
        {each: share * 4_500 for each, share in shares.items()}
    )
    assert more("cost.per_patient_discounted.society") == pytest.approx(4_500 * 1.03 ** (-50 / 365.25))
    assert more("cost.system.society") == pytest.approx(9_000)
    assert more("cost.system_discounted.society") == pytest.approx(9_000 * 1.03 ** (-20 / 365.25))
    assert more("cost.total") == 0
    county = priced(**price, **{"costs.payers": {"death": {"county": 0.6, "society": 0.4}}})
    borne = metrics(facts, county)
    assert borne["cost.per_patient.payer"] - without["cost.per_patient.payer"] == pytest.approx(0.6 * 4_500)
    assert borne["cost.per_patient.society"] == pytest.approx(numbers["cost.per_patient.society"])


def test_discount_rates_that_fall_with_the_years() -> None:
    """The clinic's days are too few for years, so its rate changes a tenth of one, 36.525 days, after asking."""
    later = [{"from_year": 0.1, "costs": 0.01, "effects": 0.02}]
    described = priced(**{"discounting": {"costs": 0.05, "later": later}, "costs.per_relapse": 1_000.0})
    numbers = metrics(records(described, ARRIVED, stays=STAYS, spells=SPELLS), described)
    first, second = math.log(1.05) / 365.25, math.log(1.01) / 365.25

    def factor(day: float) -> float:
        return math.exp(-first * min(day, 36.525) - second * max(day - 36.525, 0))

    def value(began: float, ended: float) -> float:
        """By the midpoint rule, in steps of a hundredth of a day."""
        steps = round((ended - began) * 100)
        return math.fsum(factor(began + (step + 0.5) / 100) for step in range(steps)) / 100

    spent = 200 * value(10, 40) + 50 * factor(10) + 60 * value(50, 100) + 1_000 * factor(90)
    spent += 3 * (value(0, 10) + value(90, 100)) + value(10, 90)
    spent += 200 * value(0, 60) + 50 + value(0, 100)
    fixed = (10 + 5) * (value(10, 40) + value(0, 60)) + 2 * value(50, 100)
    assert numbers["cost.per_patient_discounted.society"] == pytest.approx((spent + fixed) / 2, rel=1e-8)


def test_a_patients_time_is_worth_what_their_work_is() -> None:
    """Patient 0 has work and patient 1 has none; of a third value nothing is said."""
    work = {"population": {"work": {"paid": 0.5, "none": 0.3, "other": 0.2}}}
    described = priced(**MORE_PRICES, **work, **{"costs.patient_time": {"work": {"paid": 1.5, "none": 0.2}}})
    facts = records(described, ARRIVED, stays=STAYS, spells=SPELLS)
    facts.patients.columns["work"] = np.array([0, 1, 2], dtype=np.int32)
    numbers = metrics(facts, described)
    assert numbers["cost.category.patient_time"] == pytest.approx((1.5 * 30 * 90 + 0.2 * 60 * 90) / 2)
    as_before = priced(**MORE_PRICES, **work)
    assert metrics(facts, as_before)["cost.category.patient_time"] == pytest.approx(90 * 90 / 2)
    groups = metrics_by_group(Observed(facts, described), ["work"])
    assert [group["cost.category.patient_time"] for group in groups.values()] == pytest.approx(
        [1.5 * 30 * 90, 0.2 * 60 * 90, math.nan], nan_ok=True
    )


@pytest.mark.parametrize("seed", range(3))
def test_fixed_and_other_costs_of_a_level_and_its_cost_per_day(seed: int) -> None:
    described = priced(**MORE_PRICES)
    numbers = metrics(at_random(described, 200, seed), described)
    for level in described.levels:
        days = numbers[f"census.{level}.mean"] * 100
        assert 0 <= numbers[f"cost.{level}.fixed"] <= numbers[f"cost.{level}.total"]
        assert numbers[f"cost.{level}.per_day"] * days == pytest.approx(numbers[f"cost.{level}.total"], rel=1e-12)
    fixed = math.fsum(numbers[f"cost.{level}.fixed"] for level in described.levels)
    places = math.fsum(numbers[f"cost.place.{place}.fixed"] for place in described.places)
    assert fixed == pytest.approx(places, rel=1e-12)
