"""Stays, competing causes, relapse and discounting against their closed forms."""

import math

import numpy as np
import pytest
from support import cohort, exponential, fixed, scenario

from sim.model import replicate
from sim.outcomes import metrics
from sim.vocabulary import REASONS, STATES

PEOPLE = 20_000
WELL, UNWELL = STATES.index("well"), STATES.index("unwell")


def assert_share(share: float, expected: float, people: int = PEOPLE) -> None:
    """A share of independent people is within 4 standard errors of its probability."""
    assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / people), (share, expected)


def test_exponential_stay_survives_as_stated() -> None:
    stays = replicate(scenario({"ward": {"length_of_stay": exponential(90.0)}}, **cohort(PEOPLE, 400)), 3, 0).stays
    assert math.exp(-30 / 90) == pytest.approx(0.71653, abs=5e-6)
    assert_share(float((stays["discharged"] - stays["admitted"] > 30).mean()), 0.71653)


def test_competing_constant_hazards() -> None:
    """Incidence of one cause by day 30 among two with hazards 0.02 and 0.01 a day."""
    ward = {"length_of_stay": fixed(1_000), "dropout": exponential(50.0), "termination": exponential(100.0)}
    stays = replicate(scenario({"ward": ward}, **cohort(PEOPLE, 2_000)), 3, 0).stays
    expected = 2 / 3 * -math.expm1(-0.03 * 30)
    assert expected == pytest.approx(0.39562, abs=5e-6)
    early = stays["discharged"] - stays["admitted"] <= 30
    assert_share(float((early & (stays["reason"] == REASONS.index("dropped_out"))).mean()), expected)


@pytest.mark.parametrize("plan", [fixed(20), fixed(90), {"distribution": "lognormal", "mean": 60, "sd": 40}])
def test_causes_of_the_plan_leave_the_same_share_whatever_the_plan(plan: dict[str, object]) -> None:
    """Completed: the product of S_c(1) ** ratio; of the first half of the plan, the share who leave for one cause."""
    shares = {
        "dropout": {"distribution": "weibull", "shape": 0.7, "scale": 3.0, "of": "plan"},
        "transfer": {"distribution": "weibull", "shape": 0.7, "scale": 2.0, "of": "plan"},
    }
    system = scenario(
        {"ward": {"length_of_stay": plan, **shares}},
        population={"severity": {"all": 1.0}},
        effects={"severity": {"all": {"dropout": 2.0}}},
        **cohort(PEOPLE, 36_000),
    )
    stays = replicate(system, 3, 0).stays
    dropout, transfer = 2 * (1 / 3) ** 0.7, (1 / 2) ** 0.7
    assert_share(float((stays["reason"] == REASONS.index("completed")).mean()), math.exp(-dropout - transfer))
    left = stays["reason"] == REASONS.index("transferred")
    expected = transfer / (dropout + transfer) * -math.expm1(-(dropout + transfer))
    assert_share(float(left.mean()), expected)
    if plan["distribution"] == "fixed":
        half = left & (stays["discharged"] < plan["value"] / 2)  # type: ignore[operator]
        by_half = transfer / (dropout + transfer) * -math.expm1(-(dropout + transfer) * 0.5**0.7)
        assert_share(float(half.mean()), by_half)


def test_a_cause_in_days_and_one_of_the_plan() -> None:
    """Plans uniform from 10 to 50 days: E[exp(-D / 40 - 0.5)], completed; the rest by the ratio of their hazards."""
    ward = {
        "length_of_stay": {"distribution": "uniform", "low": 10, "high": 50},
        "dropout": exponential(40.0),
        "transfer": {**exponential(2.0), "of": "plan"},
    }
    stays = replicate(scenario({"ward": ward}, **cohort(PEOPLE, 100)), 3, 0).stays
    completed = math.exp(-0.5) * (math.exp(-10 / 40) - math.exp(-50 / 40))
    assert completed == pytest.approx(0.29859, abs=5e-6)
    assert_share(float((stays["reason"] == REASONS.index("completed")).mean()), completed)
    plans = np.linspace(10, 50, 20_001)
    # Hazards of 1 / 40 and 1 / (2 D) a day: the share of leaving that is transfer is 20 / (D + 20).
    transferred = float(np.mean(20 / (plans + 20) * -np.expm1(-plans / 40 - 0.5)))
    assert_share(float((stays["reason"] == REASONS.index("transferred")).mean()), transferred)


def test_relapse_curve_through_two_levels() -> None:
    """S(t) = 1 / (1 + (x(t) / median)^shape), where x adds up exposed days: 0.05 a day, then 0.5, then 1 at home."""
    levels = {
        "residential": {
            "length_of_stay": fixed(20),
            "relapse_exposure": 0.05,
            "next": [{"to": "iop", "probability": 1.0}],
        },
        "iop": {"length_of_stay": fixed(40), "relapse_exposure": 0.5},
    }
    system = scenario(levels, relapse={"median_days": 60.0, "shape": 0.6}, **cohort(PEOPLE, 300))
    spells = replicate(system, 3, 0).spells
    first = first_relapse(spells, PEOPLE)
    for day, exposed in ((10, 0.5), (20, 1.0), (50, 16.0), (60, 21.0), (120, 81.0), (290, 251.0)):
        assert_share(float((first > day).mean()), 1 / (1 + (exposed / 60.0) ** 0.6))


def first_relapse(spells: object, people: int) -> np.ndarray:
    """Day of each patient's first relapse; infinity without one."""
    first = np.full(people, np.inf)
    relapses = (spells["state"] == UNWELL) & (spells["started"] > 0)  # type: ignore[index]
    np.minimum.at(first, spells["patient"][relapses], spells["started"][relapses])  # type: ignore[index]
    return first


@pytest.mark.parametrize(
    ("effects", "ratio"),
    [({"dropout": 1.0}, 1.0), ({"relapse": 2.0}, 2.0), ({"levels": {"ward": {"relapse": 0.5}}}, 0.5)],
)
def test_relapse_hazard_is_proportional(effects: dict[str, object], ratio: float) -> None:
    system = scenario(
        {"ward": {"length_of_stay": fixed(1.0)}},
        relapse={"median_days": 30.0, "shape": 0.5},
        population={"severity": {"all": 1.0}},
        effects={"severity": {"all": effects}},
        **cohort(PEOPLE, 101),
    )
    first = first_relapse(replicate(system, 3, 0).spells, PEOPLE)
    assert_share(float((first > 100).mean()), (1 + (100 / 30) ** 0.5) ** -ratio)


def test_relapse_effects_reach_people_who_recover_without_care() -> None:
    """Nobody is admitted; everybody gives up on day 1, recovers on day 6, and relapses at four times the hazard."""
    system = scenario(
        {"ward": {"places": ["bed"], "length_of_stay": fixed(1.0), "patience": fixed(1.0)}},
        {"bed": 0},
        relapse={"median_days": 30.0, "shape": 0.5},
        remission=fixed(5.0),
        population={"severity": {"all": 1.0}},
        effects={"severity": {"all": {"relapse": 4.0}}},
        **cohort(PEOPLE, 37),
    )
    first = first_relapse(replicate(system, 3, 0).spells, PEOPLE)
    assert_share(float((first > 36).mean()), 2.0**-4)


@pytest.mark.parametrize("shape", [0.05, 50.0])
@pytest.mark.parametrize("ratio", [0.001, 1000.0])
def test_extreme_shapes_and_ratios_overflow_into_never(shape: float, ratio: float) -> None:
    heavy = {"distribution": "loglogistic", "median": 0.001, "shape": shape}
    ward = {
        "length_of_stay": heavy,
        "dropout": {"distribution": "weibull", "scale": 1e6, "shape": shape},
        "review_every_days": 7.0,
        "lasting_benefit": {"hazard_ratio": 0.5, "at_days": 0.01, "max_days": 1.0},
    }
    system = scenario(
        {"ward": ward},
        relapse={"median_days": 0.001, "shape": shape},
        population={"severity": {"all": 1.0}},
        effects={"severity": {"all": {"relapse": ratio, "dropout": ratio}}},
        **cohort(200, 1_000),
    )
    records = replicate(system, 3, 0)
    for facts in (records.stays, records.waits, records.spells):
        for name in ("asked", "admitted", "discharged", "ended", "started"):
            assert np.isfinite(facts.columns.get(name, np.zeros(1))).all()
    assert len(records.stays) == 200


def test_lasting_benefit_lowers_the_hazard_after_care() -> None:
    """40 protected days, capped at 30, at a ratio of 0.5 for 20 days: hazard ratio 0.5 ** 1.5 from then on."""
    ward = {
        "length_of_stay": fixed(40),
        "relapse_exposure": 0.0,
        "lasting_benefit": {"hazard_ratio": 0.5, "at_days": 20, "max_days": 30},
    }
    system = scenario({"ward": ward}, relapse={"median_days": 30.0, "shape": 0.7}, **cohort(PEOPLE, 201))
    first = first_relapse(replicate(system, 3, 0).spells, PEOPLE)
    assert (first > 40).all()
    assert_share(float((first > 200).mean()), (1 + (160 / 30) ** 0.7) ** -(0.5**1.5))


def test_death_hazards_by_state_and_window() -> None:
    """After 10 days of 24-hour care: ratio 3 for 30 days, then 1; at home and well at 500 a 1,000 years."""
    system = scenario(
        {"ward": {"length_of_stay": fixed(10), "round_the_clock": True}},
        death={"in_care": 100.0, "well": 500.0, "windows": [{"until_day": 30, "ratio": 3.0}]},
        **cohort(PEOPLE, 401),
    )
    spells = replicate(system, 3, 0).spells
    died = np.full(PEOPLE, np.inf)
    dead = spells["state"] == STATES.index("dead")
    died[spells["patient"][dead]] = spells["started"][dead]
    per_day = 1 / 365_250
    for day, hazard in ((10, 1_000), (40, 1_000 + 45_000), (400, 1_000 + 45_000 + 180_000)):
        assert_share(float((died > day).mean()), math.exp(-hazard * per_day))


def test_setbacks_come_by_the_clock_of_setbacks_and_are_no_relapse() -> None:
    """All uses but one in a milliard: as many as the hazard ln(1 + x / 60), of 25 exposed days in care and 50 more."""
    system = scenario(
        {"ward": {"length_of_stay": fixed(50), "relapse_exposure": 0.5}},
        relapse={"median_days": 60.0, "shape": 1.0, "share_of_setbacks": 1e-9},
        setback={"duration_days": fixed(0.01)},
        **cohort(PEOPLE, 100),
    )
    records = replicate(system, 3, 0)
    setbacks = records.spells["started"][records.spells["state"] == STATES.index("setback")]
    in_care, at_home = math.log1p(25 / 60), math.log1p(75 / 60) - math.log1p(25 / 60)
    # A setback hides the next for a hundredth of a day, which is far below the error.
    assert abs((setbacks < 50).sum() - in_care * PEOPLE) < 4 * math.sqrt(in_care * PEOPLE)
    assert abs((setbacks >= 50).sum() - at_home * PEOPLE) < 4 * math.sqrt(at_home * PEOPLE)
    assert (records.stays["reason"] == REASONS.index("completed")).all()


def test_frailty_is_shared_by_dropout_and_relapse() -> None:
    """P(no drop-out by t) averages exp(-h t exp(sd Z)) over Z, and those who stay are the less frail."""
    ward = {"length_of_stay": fixed(60), "dropout": exponential(100.0), "relapse_exposure": 0.0}
    system = scenario(
        {"ward": ward},
        frailty={"sd": 1.0},
        relapse={"median_days": 60.0, "shape": 1.0},
        **cohort(PEOPLE, 400),
    )
    records = replicate(system, 3, 0)
    z = records.patients["frailty"]
    assert abs(z.mean()) < 4 / math.sqrt(PEOPLE)
    assert abs(z.var() - 1) < 4 * math.sqrt(2 / PEOPLE)
    completed = records.stays["reason"] == REASONS.index("completed")
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    expected = float((weights * np.exp(-0.6 * np.exp(nodes))).sum() / weights.sum())
    assert_share(float(completed.mean()), expected)
    first = first_relapse(records.spells, PEOPLE) - records.stays["discharged"]
    assert (first[completed] > 60).mean() > (first[~completed] > 60).mean() + 0.05


def test_dear_first_days_of_an_exponential_stay() -> None:
    """160 a day for 5 days and 83 after them: a stay of mean 10 costs 160 x 10 (1 - e^-0.5) + 83 x 10 e^-0.5."""
    ward = {"length_of_stay": exponential(10.0), "cost_per_day": 83.0}
    first = [{"until_day": 5, "cost_per_day": 160.0}]
    system = scenario({"ward": {**ward, "first_days": first}}, **cohort(PEOPLE, 400))
    facts = replicate(system, 3, 0)
    expected = 1_600 * -math.expm1(-0.5) + 830 * math.exp(-0.5)
    assert expected == pytest.approx(1_132.97, abs=0.005)
    days = facts.stays["discharged"] - facts.stays["admitted"]
    each = 160 * np.minimum(days, 5) + 83 * np.maximum(days - 5, 0)
    spent = metrics(facts, system)["cost.category.bed_day"]
    assert spent == pytest.approx(each.mean(), rel=1e-12)
    assert abs(spent - expected) < 4 * each.std() / math.sqrt(PEOPLE)


def test_the_cost_of_deaths_at_a_constant_hazard() -> None:
    """Deaths at 500 per 1,000 person-years within a year, at 4 % for half a year and 1 % after it."""
    system = scenario(
        {"ward": {"length_of_stay": fixed(1_000)}},
        death={"in_care": 500.0, "well": 500.0, "unwell": 500.0},
        costs={"per_death": 9_000.0},
        discounting={"costs": 0.04, "later": [{"from_year": 0.5, "costs": 0.01}]},
        **cohort(PEOPLE, 365.25),
    )
    numbers = metrics(replicate(system, 3, 0), system)
    assert_share(numbers["cost.category.death"] / 9_000, -math.expm1(-0.5))
    first, second = (0.5 + math.log1p(rate) for rate in (0.04, 0.01))
    worth = 0.5 * (-math.expm1(-first / 2) / first + math.exp(-first / 2) * -math.expm1(-second / 2) / second)
    assert_share(numbers["cost.per_patient_discounted.society"] / 9_000, worth)


def test_years_of_full_health_at_rates_that_fall() -> None:
    """Nobody dies or uses, so three years are worth their annuity at 3.5 % for one year and 1 % for two."""
    system = scenario(
        {"ward": {"length_of_stay": fixed(10)}},
        utilities={"well": 1.0, "setback": 0.7, "unwell": 0.5},
        discounting={"effects": 0.035, "later": [{"from_year": 1, "effects": 0.01}]},
        **cohort(5, 3 * 365.25),
    )
    numbers = metrics(replicate(system, 3, 0), system)
    annuity = (1 - 1 / 1.035) / math.log(1.035) + (1 - 1.01**-2) / math.log(1.01) / 1.035
    assert numbers["qalys.per_patient_discounted"] == pytest.approx(annuity, rel=1e-12)
    assert numbers["qalys.system_discounted"] == pytest.approx(5 * annuity, rel=1e-12)
    assert numbers["days_well_discounted"] == pytest.approx(annuity * 365.25, rel=1e-12)
