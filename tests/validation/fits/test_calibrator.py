"""The calibrator finds what is to be found, always the same, and loses nothing when it is stopped."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

import sim
from sim.scenario import Scenario
from sim.validation.fits.calibrator import Calibrator, Parameter
from sim.vocabulary import Column

MEDIAN = Parameter(50, 500, ("relapse.median_days",))
EXPOSURE = Parameter(
    0.1, 0.9, ("levels.iop.relapse_exposure",), lambda iop: {"levels.outpatient.relapse_exposure": min(1.0, 2 * iop)}
)


@pytest.fixture(scope="module")
def base() -> Scenario:
    return sim.load_scenario("base").with_overrides({"relapse.median_days": 100, "levels.iop.relapse_exposure": 0.8})


def misses(settings: Mapping[str, float]) -> Column:
    """Nothing is off at a median of 300 and an exposure of 0.3; tolerances are narrow."""
    median, exposure = settings["relapse.median_days"], settings["levels.iop.relapse_exposure"]
    return np.array([np.log(median / 300) * 50, (exposure - 0.3) * 300, np.log(median * exposure / 90) * 20])


def calibrator(
    base: Scenario, misses: Callable[[Mapping[str, float]], Column] = misses, **options: Callable[[], float]
) -> Calibrator:
    return Calibrator((MEDIAN, EXPOSURE), base, misses, lambda line: None, **options)


def test_it_finds_the_values_from_where_the_scenario_is(base: Scenario) -> None:
    found = calibrator(base).fit(60)
    assert found["relapse.median_days"] == pytest.approx(300, rel=0.02)
    assert found["levels.iop.relapse_exposure"] == pytest.approx(0.3, rel=0.02)
    assert found["levels.outpatient.relapse_exposure"] == 2 * found["levels.iop.relapse_exposure"]
    assert calibrator(base).fit(60) == found


def test_it_starts_where_the_scenario_is_or_at_the_nearest_bound(base: Scenario) -> None:
    start = calibrator(base)
    assert start.settings(start.start)["relapse.median_days"] == pytest.approx(100)
    outside = calibrator(base.with_overrides({"relapse.median_days": 1_000}))
    assert outside.settings(outside.start)["relapse.median_days"] == pytest.approx(500)


def test_what_the_targets_do_not_tell_stays(base: Scenario) -> None:
    found = calibrator(base, lambda settings: misses(settings)[:1]).fit(60)
    assert found["levels.iop.relapse_exposure"] == pytest.approx(0.8, rel=0.01)


def test_an_interrupt_leaves_the_best_so_far(base: Scenario) -> None:
    tried: list[float] = []

    def interrupted(settings: Mapping[str, float]) -> Column:
        if len(tried) == 4:
            raise KeyboardInterrupt
        found = misses(settings)
        tried.append(float(np.sum(found**2)))
        return found

    stopped = calibrator(base, interrupted)
    found = stopped.fit(60)
    assert stopped.tried == 4
    assert float(np.sum(misses(found) ** 2)) == pytest.approx(min(tried))


def test_the_time_is_kept(base: Scenario) -> None:
    clock = iter(range(1_000))
    stopped = calibrator(base, now=lambda: float(next(clock)))
    stopped.fit(5)
    assert stopped.tried == 5
