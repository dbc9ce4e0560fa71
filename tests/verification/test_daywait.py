"""Demand, occupancy and days waited of the shipped programmes against what is published of them.

Tolerances of what is random are 4 standard errors over independent replications.
"""

import numpy as np
import pytest
from outcomes.build import clinic, records, wait

from sim.model import replicate
from sim.outcomes import Observed
from sim.scenario import load_scenario
from sim.validation.arms import SMALL, waits, with_lists
from sim.validation.daywait import ALL, BANDS, WEIGHTS, bands_of, read_waits
from sim.validation.estimates import Estimate
from sim.validation.fits import demand
from sim.validation.fits.daywait import fitted, published, shares
from sim.validation.fits.demand import CALLS, FULL, LIST, OCCUPANCY, nearest, with_calls
from sim.validation.targets import TEDS_A, WAITED
from sim.vocabulary import Column

REPLICATIONS = 12


@pytest.fixture(autouse=True)
def few_replications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others than those by which demand was set: of another seed."""
    monkeypatch.setattr(demand, "REPLICATIONS", REPLICATIONS)


def measured(name: str, *metrics: str) -> list[Estimate]:
    return demand.measured(load_scenario(name), metrics, seed=7, workers=1)


def test_the_shipped_beds_are_as_full_as_they_were_set_to_be() -> None:
    """A call a month is 0.4 points."""
    (full,) = measured("base", FULL)
    assert abs(full.mean - OCCUPANCY) < 4 * full.error + 0.004


def test_the_list_of_the_shipped_scenario_is_as_long_as_its_target_says() -> None:
    target = load_scenario("waiting_list").targets[LIST]
    assert target.value is not None
    (median,) = measured("waiting_list", target.metric)
    assert abs(median.mean - target.value) < 4 * median.error + 2  # a bed is 3 to 4 days


def test_people_known_go_with_the_calls() -> None:
    base = load_scenario("base")
    twice = with_calls(base, 2 * (base.arrivals.calls_per_month or 0))
    assert twice.arrivals.calls_per_month == 2 * (base.arrivals.calls_per_month or 0)
    assert twice.known.well.people == 2 * base.known.well.people
    assert twice.known.unwell.people == 2 * base.known.unwell.people
    assert with_calls(base, base.arrivals.calls_per_month or 0) == base
    assert CALLS == "arrivals.calls_per_month"


@pytest.mark.parametrize(("wanted", "found"), [(4.4, 4), (4.6, 5), (-3.0, 0), (99.0, 10)])
def test_the_nearest_whole_number_is_found_of_what_rises_and_of_what_falls(wanted: float, found: int) -> None:
    assert nearest(0, 10, wanted, float) == found
    assert nearest(0, 10, -wanted, lambda number: -float(number)) == found


# --- days from first contact to first care ---

SEED, YEARS = 11, 10
"""Another seed than that of the fit, and replications of each programme."""


@pytest.fixture(scope="module")
def programmes() -> list[list[dict[str, Column]]]:
    """Of each of the three programmes, the shares by band of every replication."""
    return [
        [shares([scenario], SEED + number, 1, 1)[0] for number in range(YEARS)]
        for scenario in waits(load_scenario("base"))
    ]


def weighted(programmes: list[list[dict[str, Column]]], level: str) -> tuple[Column, Column]:
    """The weighted shares by band of a level, and their standard errors."""
    runs = np.array([[run[level] for run in own] for own in programmes])
    sums = np.tensordot(np.array(WEIGHTS), runs, axes=1)
    return sums.mean(axis=0), sums.std(axis=0, ddof=1) / YEARS**0.5


def test_days_are_counted_by_dates_from_the_call_to_admission() -> None:
    """Calls and admissions by hand: an hour before midnight to an hour after it is a day, 23 hours of one date none.

    Who is lost counts nowhere, nor who is admitted after the window (day 200); who called before it (day 100) does.
    """
    rows = [
        wait(0, "detox", 110.02, 110.98),
        wait(1, "detox", 110.96, 111.04),
        wait(2, "detox", 110.0, 117.9),
        wait(3, "detox", 110.9, 118.0),
        wait(4, "iop", 90.5, 104.9),
        wait(5, "iop", 110.0, 125.0),
        wait(6, "iop", 110.0, 140.5, route="return"),
        wait(7, "iop", 110.0, 141.0, route="step_down", held="detox"),
        wait(8, "iop", 110.0, 112.0, "reneged"),
        wait(9, "iop", 199.0, 201.0),
    ]
    described = clinic()
    bands = bands_of(Observed(records(described, [80.0] * len(rows), waits=rows), described))
    assert list(BANDS) == ["0", "1 to 7", "8 to 14", "15 to 30", "31 and more"]
    assert bands["detox"].tolist() == [0.25, 0.5, 0.25, 0, 0]
    assert bands["iop"].tolist() == [0, 0, 0.25, 0.5, 0.25]
    assert bands[ALL].tolist() == [0.125, 0.25, 0.25, 0.25, 0.125]
    assert np.isnan(bands["outpatient"]).all()


def test_weights_are_recovered_from_sums_that_were_made_with_them() -> None:
    """None is negative: what lies beyond a programme, as seen from the others, is nearest to that one alone."""
    random, levels = np.random.default_rng(1), {level for level, *_ in WAITED.values()}
    made = [{level: random.dirichlet(np.ones(len(BANDS))) for level in sorted(levels)} for _ in range(3)]

    def summed(*weights: float) -> dict[str, Column]:
        parts = [
            [weight * own[level] for level, *_ in WAITED.values()] for weight, own in zip(weights, made, strict=True)
        ]
        return dict(zip(WAITED, np.sum(parts, axis=0), strict=True))

    assert fitted(made, summed(0.5, 0.3, 0.2)) == pytest.approx([0.5, 0.3, 0.2], abs=1e-6)
    assert fitted(made[:2], summed(1.5, -0.5, 0.0)) == pytest.approx([1, 0], abs=1e-6)


def test_what_is_published_is_what_the_tables_say() -> None:
    """117 of 182 in outpatient care waited 0 days; of the 65 others 55.4 % waited 1 to 7."""
    assert published()["outpatient care"] == pytest.approx(
        [117 / 182, 65 / 182 * 0.554, 0.0632, 0.0525, 0.0436], abs=1e-4
    )
    assert {round(float(shares.sum()), 2) for shares in published().values()} == {1.0}


def test_the_stored_weights_are_those_of_the_fit(programmes: list[list[dict[str, Column]]]) -> None:
    means = [{level: np.nanmean([run[level] for run in own], axis=0) for level in own[0]} for own in programmes]
    assert sum(WEIGHTS) == pytest.approx(1)
    assert fitted(means, published()) == pytest.approx(WEIGHTS, abs=0.05)


@pytest.mark.parametrize("kind", WAITED)
def test_the_weighted_sum_is_within_five_points_of_every_band(
    programmes: list[list[dict[str, Column]]], kind: str
) -> None:
    level, *_ = WAITED[kind]
    mean, error = weighted(programmes, level)
    assert (np.abs(mean - published()[kind]) < 0.05 + 4 * error).all()


def test_over_all_levels_most_are_admitted_on_the_day_and_few_after_a_month(
    programmes: list[list[dict[str, Column]]],
) -> None:
    """The bands over all levels are not fitted: 0 days 60 to 75 %, 31 and more 2 to 3 %, others within 5 points."""
    mean, error = weighted(programmes, ALL)
    assert 0.60 - 4 * error[0] < mean[0] < 0.75 + 4 * error[0]
    assert 0.02 - 4 * error[-1] < mean[-1] < 0.03 + 4 * error[-1]
    of_years = np.array([np.array(people) / sum(people) for people in TEDS_A.values()])
    low, high = of_years.min(axis=0), of_years.max(axis=0)
    assert ((low - 0.05 - 4 * error < mean) & (mean < high + 0.05 + 4 * error)).all()


def test_the_validation_reads_the_same_sum() -> None:
    scenarios = waits(load_scenario("base"))
    observed = [Observed(replicate(scenario, SEED, 0), scenario) for scenario in scenarios]
    measured = read_waits(*observed)
    expected = sum(weight * bands_of(each)["iop"][0] for weight, each in zip(WEIGHTS, observed, strict=True))
    assert measured["iop 0"] == pytest.approx(expected)
    assert isinstance(measured["beds in use"], float)


def test_the_small_programme_is_asked_a_quarter_as_often() -> None:
    base = load_scenario("base")
    small = with_lists(base)
    assert base.arrivals.first_per_day
    assert small.arrivals.first_per_day == pytest.approx(SMALL * base.arrivals.first_per_day)
    assert small.known.well.people == round(SMALL * base.known.well.people)
    listed = load_scenario("waiting_list").levels["residential"]
    assert small.levels["residential"].patience == listed.patience
    assert small.levels["residential"].intake == listed.intake
