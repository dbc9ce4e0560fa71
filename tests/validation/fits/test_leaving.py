"""The fit of causes of leaving: that its cohorts are the model's, and that it finds what made the numbers."""

import numpy as np
import pytest

import sim
from sim.model import replicate
from sim.scenario import Scenario
from sim.validation.arms import cohort
from sim.validation.fits import leaving
from sim.validation.fits.leaving import (
    MEDIANS,
    POINTS,
    REASONS_OF,
    SHORT,
    STAYS,
    TEDS_D_2004,
    Candidate,
    Cause,
    Cohort,
    Parameters,
    PlanOfCare,
    changed,
    cohorts,
    errors,
    fitted,
    kronecker,
    of_the_plan,
    proposed,
    searched,
    seen_of,
    shipped,
    stays_of,
    the_best,
)
from sim.vocabulary import REASONS

PARAMETERS = Parameters(
    PlanOfCare(80.0, 40.0, 365.0),
    {"dropout": Cause(0.7, 600.0, "days"), "transfer": Cause(1.9, 2.6, "plan")},
)

MISSES = {SHORT: {"completed": 0.167}}
"""By kind of stay, medians that are further off than is allowed: a plan is only seen to be finished at a weekly review.
"""


@pytest.fixture(scope="module")
def base() -> Scenario:
    return sim.load_scenario("base")


@pytest.fixture(scope="module")
def people(base: Scenario) -> dict[str, Cohort]:
    return cohorts(base)


def test_points_are_even() -> None:
    points = kronecker(4_096, 8)
    assert points.shape == (8, 4_096)
    for row in points:
        assert np.abs(np.histogram(row, 16, (0, 1))[0] - 256).max() <= 16


def test_a_cohort_ends_its_stays_as_the_model_does(base: Scenario, people: dict[str, Cohort]) -> None:
    """Another plan, one cause of the plan, and no relapse: both at once, to within four standard errors."""
    plan = PARAMETERS.plan
    of_plan, in_days = PARAMETERS.causes["transfer"], PARAMETERS.causes["dropout"]
    size = 4_000
    system = cohort(
        base,
        "residential",
        size,
        400,
        relapse=None,
        setback=None,
        levels__detox__risk_at_discharge=None,
        levels__residential__risk_at_discharge=None,
        death=None,
        levels__residential__no_show=0.0,
        levels__residential__length_of_stay={
            "distribution": "lognormal",
            "mean": plan.mean,
            "sd": plan.sd,
            "max": plan.most,
        },
        levels__residential__dropout={"distribution": "weibull", "shape": in_days.shape, "scale": in_days.scale},
        levels__residential__transfer={
            "distribution": "weibull",
            "shape": of_plan.shape,
            "scale": of_plan.scale,
            "of": "plan",
        },
        levels__residential__burnout=None,
        levels__residential__termination=None,
        levels__residential__next=[],
    )
    records = replicate(system, 11, 0)
    first = np.unique(records.stays["patient"], return_index=True)[1]
    days = (records.stays["discharged"] - records.stays["admitted"])[first]
    groups = [[REASONS.index(name) for name in ours] for ours in REASONS_OF.values()]
    reason = np.argmax([np.isin(records.stays["reason"][first], ours) for ours in groups], axis=0)
    model = seen_of(days, reason)
    own = people["residential"]
    # Everyone is admitted, by no rule of entry, so the case mix is the population's: only its ratios differ.
    ratios = np.ones_like(own.ratios)
    ratios[0] = dropout_ratios(base, ratios.shape[1])
    mine = seen_of(*stays_of(PARAMETERS, Cohort(ratios, own.plans, own.budgets, own.relapses * 1e9, own.steps_up, 7.0)))
    error = 100 * np.sqrt(mine.shares / 100 * (1 - mine.shares / 100) / size)
    assert (np.abs(model.shares - mine.shares) <= 4 * error + 0.3).all(), (model.shares, mine.shares)
    assert model.medians[:4] == pytest.approx(mine.medians[:4], rel=0.1)


def dropout_ratios(base: Scenario, size: int) -> np.ndarray:
    """Of the population of the base scenario: effects times frailty."""
    luck = np.random.default_rng(3)
    ratios = np.exp(base.frailty.sd * base.frailty.dropout * luck.standard_normal(size))
    for attribute, shares in base.population.items():
        of = [base.effects.get(attribute, {}).get(value) for value in shares]
        values = [1.0 if effects is None else effects.dropout for effects in of]
        ratios = ratios * luck.choice(values, size, p=list(shares.values()))
    return ratios


def test_todays_values_are_read_from_the_scenario(base: Scenario) -> None:
    today = shipped(base)
    level = base.levels["detox"]
    assert today["detoxification"].causes["termination"] == Cause(1.0, level.termination.mean, "days")
    assert today[SHORT].plan == PlanOfCare(
        *(getattr(base.levels["residential"].length_of_stay, key) for key in ("mean", "sd", "max"))
    )
    # Few stays are terminated: with a quarter of these points their median is a tenth off.
    people = cohorts(base, 4 * STAYS)
    for kind, parameters in today.items():
        off = errors(seen_of(*stays_of(parameters, people[TEDS_D_2004[kind].level])), TEDS_D_2004[kind])
        shares, medians = off[:4] * POINTS, off[4:] * MEDIANS
        assert (np.abs(shares) <= 3.2).all(), (kind, shares)
        reasons = ["all", *REASONS_OF]
        misses = {reasons[number]: medians[number] for number in np.flatnonzero(np.abs(medians) > MEDIANS)}
        assert misses == pytest.approx(MISSES.get(kind, {}), abs=0.02), kind


def test_errors_are_in_units_of_what_is_allowed() -> None:
    published = TEDS_D_2004["intensive outpatient"]
    exact = leaving.Seen(published.rescaled, np.array([41.0, *published.medians]))
    assert errors(exact, published) == pytest.approx(np.zeros(9))
    off = leaving.Seen(published.rescaled + POINTS, np.array([41.0 * 1.15, *published.medians]))
    assert errors(off, published) == pytest.approx([1, 1, 1, 1, 1, 0, 0, 0, 0])


def test_causes_become_of_the_plan_and_back() -> None:
    there = of_the_plan(PARAMETERS, ["dropout"])
    assert there.causes["dropout"] == Cause(0.7, 7.5, "plan")
    assert there.causes["transfer"] == Cause(1.9, 208.0, "days")
    assert of_the_plan(there, ["transfer"]) == PARAMETERS


def test_a_fit_finds_the_values_that_made_its_targets(
    people: dict[str, Cohort], monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = seen_of(*stays_of(PARAMETERS, people["iop"]))
    known = leaving.Published("iop", tuple(truth.shares), truth.medians[0], tuple(truth.medians[1:4]))
    monkeypatch.setitem(TEDS_D_2004, "intensive outpatient", known)
    free = [("dropout", "scale"), ("transfer", "scale")]
    start = changed({"intensive outpatient": PARAMETERS}, free, np.log([900.0, 2.0]))
    kinds, least = fitted(start, free, people, rounds=1, steps=120)
    assert least < 0.01
    causes = kinds["intensive outpatient"].causes
    assert (causes["dropout"].scale, causes["transfer"].scale) == pytest.approx((600, 2.6), rel=0.02)
    monkeypatch.setattr(leaving, "GENERATIONS", 10)
    kinds, least = searched(start, free, people)
    assert least < 0.01


def test_of_the_plan_are_as_few_causes_as_will_do() -> None:
    tried = [
        Candidate(("dropout", "transfer"), {}, 1, 0.7),
        Candidate(("transfer",), {}, 1, 0.8),
        Candidate(("dropout",), {}, 1, 0.9),
        Candidate((), {}, 4, 0.1),
    ]
    assert the_best(tried) == tried[1]


def test_what_is_proposed_can_stand_in_a_scenario_file(base: Scenario) -> None:
    stated = {}
    for line in proposed("long residential", PARAMETERS):
        if not line.startswith(("#", "[")):
            key, _, value = line.partition(" = ")
            stated[f"levels.residential.{key}"] = value
    settings = dict(sim.scenario.overrides.parse_setting(f"{path}={value}") for path, value in stated.items())
    level = base.with_overrides(settings).levels["residential"]
    assert level.transfer.of == "plan"
    assert level.transfer.scale == 2.6
    assert level.dropout.of == "days"
