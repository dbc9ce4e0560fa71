"""The waiting lists against queueing theory. Tolerances are 4 standard errors over independent replications."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pytest
from erlang import erlang_a_share_abandoned, erlang_b_in_service, erlang_c_in_service, erlang_c_mean_wait
from support import exponential, fixed, scenario

import sim
from sim.model import replicate
from sim.scenario import Scenario
from sim.vocabulary import OUTCOMES

ADMITTED, RENEGED = OUTCOMES.index("admitted"), OUTCOMES.index("reneged")


def assert_mean(values: list[float], expected: float) -> None:
    """The mean over replications is within 4 standard errors of what theory says."""
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    assert error < 0.2 * expected, "too noisy to be a test"
    assert abs(np.mean(values) - expected) < 4 * error, (np.mean(values), expected, error)


def queue(arrivals: float, places: int, days: float, **level: object) -> Scenario:
    """One level with unit mean exponential stays, measured after 100 days."""
    return scenario(
        {"ward": {"places": ["beds"], "length_of_stay": exponential(1.0), **level}},
        {"beds": places},
        arrivals={"per_day": arrivals},
        time={"warm_up_days": 100, "recruitment_days": days, "follow_up_days": 60},
    )


def waits_in_window(system: Scenario, replication: int, level: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Lengths and outcomes of the waits for a level that began in the recruitment window."""
    waits, time = replicate(system, 11, replication).waits, system.time
    inside = (waits["asked"] >= time.warm_up_days) & (waits["asked"] < time.warm_up_days + time.recruitment_days)
    inside &= waits["level"] == level
    return (waits["ended"] - waits["asked"])[inside], waits["outcome"][inside]


@pytest.mark.parametrize(
    ("arrivals", "places", "days", "expected"), [(2.0, 3, 2_000, 0.4444), (9.0, 10, 1_200, 0.6687)]
)
def test_mean_wait_is_erlang_c(arrivals: float, places: int, days: float, expected: float) -> None:
    assert erlang_c_mean_wait(arrivals, 1.0, places) == pytest.approx(expected, abs=5e-5)
    system = queue(arrivals, places, days)
    assert_mean([float(waits_in_window(system, r)[0].mean()) for r in range(8)], expected)


def four_groups(**places: dict[str, object]) -> Scenario:
    """34 people a day, of four groups alike, for 40 beds."""
    groups = dict.fromkeys(("north", "east", "south", "west"), 0.25)
    ward = {"length_of_stay": exponential(1.0), "any_place_of": list(places)}
    return sim.load_scenario(
        {
            "name": "four groups",
            "population": {"group": groups},
            "entry": [{"to": {"ward": 1.0}}],
            "arrivals": {"per_day": 34.0},
            "time": {"warm_up_days": 20, "recruitment_days": 150, "follow_up_days": 5},
            "levels": {"ward": ward},
            "places": places,
        }
    )


def test_pooled_beds_are_erlang_c_of_all_and_dedicated_ones_of_each_group() -> None:
    """40 beds for everybody, or ten that accept one group each: M/M/40, or four times M/M/10.

    Who waits at all: C(c, a), the mean wait times c mu - lambda.
    """
    pooled = four_groups(beds={"capacity": 40})
    own = {name: {"capacity": 10, "accepts": {"group": [name]}} for name in ("north", "east", "south", "west")}
    dedicated = four_groups(**own)
    shares = [[float((waits_in_window(each, r)[0] > 0).mean()) for r in range(8)] for each in (pooled, dedicated)]
    expected = 6.0 * erlang_c_mean_wait(34.0, 1.0, 40), 1.5 * erlang_c_mean_wait(8.5, 1.0, 10)
    assert expected == pytest.approx((0.2349, 0.5299), abs=5e-4)
    for values, chance in zip(shares, expected, strict=True):
        assert_mean(values, chance)


LOSS = 1e-6
"""Days of patience; people who find no place free are as good as lost."""

ARRIVALS, BEDS, DAYS = 2.0, 3, 1_500


@lru_cache
def three_beds(patience: float | None) -> sim.Result:
    level = {} if patience is None else {"patience": fixed(patience)}
    return sim.run(queue(ARRIVALS, BEDS, DAYS, **level), 8, seed=11)


@pytest.mark.parametrize(
    ("patience", "theory"),
    [(None, erlang_c_in_service), (LOSS, erlang_b_in_service)],
    ids=["everyone waits", "nobody waits"],
)
def test_places_in_use_are_as_erlang_has_them_and_arrivals_find_what_time_does(
    patience: float | None, theory: Callable[[float, float, int], list[float]]
) -> None:
    """Of time and of what is found: Poisson arrivals see time averages (Wolff 1982)."""
    result, expected = three_beds(patience), theory(ARRIVALS, 1.0, BEDS)
    for column in ("days", "asks"):
        wide = result.occupancy.pivot(index="replication", columns="in_use", values=column)
        assert list(wide.columns) == list(range(BEDS + 1))
        shares = wide.div(wide.sum(axis=1), axis=0)
        for number, chance in enumerate(expected):
            assert_mean(shares[number].tolist(), chance)
    table = result.occupancy_distribution()
    assert list(table["in_use"]) == list(range(BEDS + 1))
    for number, (mean, high) in enumerate(zip(table["share_of_time"], table["share_of_time_high"], strict=True)):
        # Half the width of a 95 % interval of 8 replications is 2.36 standard errors.
        assert abs(mean - sum(expected[number:])) <= 4 / 2.36 * (high - mean) + 1e-12


def test_time_in_system_is_what_littles_law_asks_for() -> None:
    """People in the system, on the list and in a bed, are those who leave it a day times how long they were in it."""
    numbers = three_beds(None).metrics.pivot(index="replication", columns="metric", values="value")
    assert_mean(numbers["time_in_system.mean"].tolist(), erlang_c_mean_wait(ARRIVALS, 1.0, BEDS) + 1.0)
    inside = numbers["queue.ward.mean"] + numbers["census.ward.mean"]
    passing = numbers["discharges.ward"] / DAYS * numbers["time_in_system.mean"]
    # They differ by what lies across the edges of the window: some ten people for some three days, of 4,300 in all.
    assert inside.tolist() == pytest.approx(passing.tolist(), rel=0.02)


def test_exponential_patience_abandons_as_erlang_a() -> None:
    expected = erlang_a_share_abandoned(12.0, 1.0, 10, 0.5)
    system = queue(12.0, 10, 500, patience=exponential(2.0))
    shares = []
    for replication in range(8):
        outcomes = waits_in_window(system, replication)[1]
        assert set(outcomes) <= {ADMITTED, RENEGED}
        shares.append(float((outcomes == RENEGED).mean()))
    assert_mean(shares, expected)


def test_tandem_queues_wait_as_two_independent_ones() -> None:
    """Burke: the departures of M/M/c are Poisson, so the second queue waits as if it stood alone."""
    system = scenario(
        {
            "first": {
                "places": ["beds"],
                "length_of_stay": exponential(1.0),
                "next": [{"to": "second", "probability": 1.0}],
            },
            "second": {"places": ["seats"], "length_of_stay": exponential(1.5)},
        },
        {"beds": 3, "seats": 4},
        arrivals={"per_day": 2.0},
        time={"warm_up_days": 100, "recruitment_days": 1_500, "follow_up_days": 60},
    )
    for level, expected in enumerate((erlang_c_mean_wait(2, 1, 3), erlang_c_mean_wait(2, 1 / 1.5, 4))):
        assert_mean([float(waits_in_window(system, r, level)[0].mean()) for r in range(8)], expected)


def test_census_of_unlimited_places_is_poisson() -> None:
    """M/G/infinity: the number in care is Poisson with mean rate x stay, so its variance equals its mean."""
    system = scenario(
        {"clinic": {"length_of_stay": {"distribution": "lognormal", "mean": 10.0, "sd": 8.0}}},
        arrivals={"per_day": 3.0},
        time={"warm_up_days": 200, "recruitment_days": 6_000, "follow_up_days": 1},
    )
    stays = replicate(system, 5, 0).stays
    # 100 days lie between two looks: ten mean stays, so the looks are independent to all practical purpose.
    moments = np.arange(200.0, 6_200.0, 100.0)
    census = ((stays["admitted"][:, None] <= moments) & (stays["discharged"][:, None] > moments)).sum(axis=0)
    looks, mean = len(census), 30.0
    assert abs(census.mean() - mean) < 4 * math.sqrt(mean / looks)
    # Variance of the sample variance of a Poisson: (mu4 - sigma^4) / n with mu4 = mean + 3 mean^2.
    assert abs(census.var(ddof=1) - mean) < 4 * math.sqrt((mean + 2 * mean**2) / looks)
