"""What becomes of everybody in the system during its window, worked out by hand."""

import math

import pytest
from outcomes.build import clinic, records, stay

from sim.outcomes import metrics

# The window is days 100 to 200. Patient 0 came before it, patient 1 within it and dies, patient 2 died before it,
# patient 3 comes after it.
ARRIVED = [20.0, 150.0, 40.0, 210.0]
SPELLS = [
    (0, "unwell", 20, 120),
    (0, "well", 120, 180),
    (0, "setback", 180, 190),
    (0, "well", 190, 300),
    (1, "well", 150, 170),
    (1, "dead", 170, 300),
    (2, "unwell", 40, 90),
    (2, "dead", 90, 300),
    (3, "well", 210, 300),
]


def test_everybody_who_had_asked_counts_as_far_as_they_live_in_the_window() -> None:
    described = clinic(utilities={"well": 0.8, "setback": 0.7, "unwell": 0.5}, discounting__effects=0.035)
    numbers = metrics(records(described, ARRIVED, spells=SPELLS), described)
    assert numbers["people.system"] == 2
    assert numbers["days_well.system"] == pytest.approx(60 + 10 + 20)
    adjusted = 20 * 0.5 + 70 * 0.8 + 10 * 0.7 + 20 * 0.8
    assert numbers["qalys.system"] == pytest.approx(adjusted / 365.25)
    force = math.log(1.035) / 365.25

    def value(began: float, ended: float) -> float:
        return (math.exp(-force * began) - math.exp(-force * ended)) / force

    well = value(20, 80) + value(90, 100) + value(50, 70)
    assert numbers["days_well.system_discounted"] == pytest.approx(well)
    discounted = 0.5 * value(0, 20) + 0.8 * well + 0.7 * value(80, 90)
    assert numbers["qalys.system_discounted"] == pytest.approx(discounted / 365.25)


def test_nobody() -> None:
    described = clinic()
    numbers = metrics(records(described, []), described)
    assert numbers["people.system"] == numbers["qalys.system"] == numbers["days_well.system"] == 0


def test_who_moves_away_is_of_the_system_until_then() -> None:
    """Patient 0 moves on day 150, patient 1 never, 2 before the window, 3 after it."""
    prices = {
        "costs__other_health_care": {"well": 1.0, "unwell": 3.0},
        "costs__productivity": {"well": 0.0, "unwell": 10.0},
        "costs__crime_and_justice": {"well": 0.0, "unwell": 100.0},
        "costs__per_relapse": 1_000.0,
    }
    described = clinic(utilities={"well": 0.8, "setback": 0.7, "unwell": 0.5}, **prices)
    spells = [
        (0, "unwell", 20, 120),
        (0, "well", 120, 180),
        (0, "unwell", 180, 300),
        (1, "well", 160, 300),
        (2, "unwell", 40, 300),
        (3, "unwell", 90, 300),
    ]
    of_all = records(described, [20.0, 160.0, 40.0, 90.0], spells=spells)
    of_all.patients.columns["moved_away"][:] = [150.0, math.nan, 90.0, 250.0]
    numbers = metrics(of_all, described)
    assert numbers["people.system"] == 3
    assert numbers["days_well.system"] == numbers["days_well.system_discounted"] == 30 + 40
    unwell = 20 + 100
    assert numbers["qalys.system"] == pytest.approx((70 * 0.8 + unwell * 0.5) / 365.25)
    assert numbers["qalys.system_discounted"] == pytest.approx(numbers["qalys.system"])
    # The relapse of day 180 comes after patient 0 has moved away.
    assert numbers["cost.system.society"] == pytest.approx(70 * 1 + unwell * (3 + 10 + 100))
    assert numbers["cost.system_discounted.society"] == pytest.approx(numbers["cost.system.society"])


def test_a_member_of_the_cohort_who_moves_away_is_followed_as_before() -> None:
    described = clinic(costs__other_health_care={"well": 1.0})
    of_all = records(described, [150.0])
    of_all.patients.columns["moved_away"][:] = 170.0
    numbers = metrics(of_all, described)
    assert numbers["days_well.system"] == numbers["cost.system.society"] == 20
    assert numbers["days_well"] == numbers["cost.per_patient.society"] == 100


def test_qalys_by_age_at_the_time() -> None:
    """Patient 0, who asked 80 days before the window, turns 50 on day 130; patient 1 is 20 years old."""
    norms = [{"from_age": 18, "utility": 1.0}, {"from_age": 30, "utility": 0.9}, {"from_age": 50, "utility": 0.8}]
    described = clinic(
        population={"age": {"any": 1.0}},
        age={"any": {"youngest": 18, "oldest": 60}},
        utilities={"well": 0.8, "setback": 0.7, "unwell": 0.5, "age": {"norms": norms}},
        discounting__effects=0.035,
    )
    of_all = records(described, [20.0, 150.0])
    of_all.patients.columns["born"][:] = [130 - 50 * 365.25, 150 - 20 * 365.25]
    numbers = metrics(of_all, described)
    worth = 0.8 * (30 + 70 * 8 / 9 + 50 / 0.9)
    assert numbers["qalys.system"] == pytest.approx(worth / 365.25)
    force = math.log(1.035) / 365.25

    def value(began: float, ended: float) -> float:
        return (math.exp(-force * began) - math.exp(-force * ended)) / force

    worth = 0.8 * (value(0, 30) + value(30, 100) * 8 / 9 + value(50, 100) / 0.9)
    assert numbers["qalys.system_discounted"] == pytest.approx(worth / 365.25)


def test_a_stay_is_charged_the_places_that_it_holds() -> None:
    """Admitted when residential care needed a bed only, as detox does; by now it needs a meal, too."""
    described = clinic(places__bed__fixed_cost_per_day=10.0, places__meal__fixed_cost_per_day=5.0)
    stays = [stay(0, "residential", 110, 140), stay(1, "residential", 120, 170)]
    of_all = records(described, [110.0, 120.0], stays=stays)
    of_all.stays.columns["places"][0] = of_all.stays.categories["places"].index("bed")
    numbers = metrics(of_all, described)
    assert numbers["cost.place.bed.used"] == (30 + 50) * 10
    assert numbers["cost.place.meal.used"] == 50 * 5
    assert numbers["cost.place.meal.idle"] == (2 * 100 - 50) * 5
    assert numbers["cost.category.fixed_capacity"] == ((30 + 50) * 10 + 50 * 5) / 2
