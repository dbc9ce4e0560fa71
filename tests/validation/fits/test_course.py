"""The fit of the clinical course: targets, parameters, and what is printed."""

import math

import numpy as np
import pytest
from typer.testing import CliRunner

import sim
from sim.scenario import Scenario
from sim.scenario.differences import differences
from sim.scenario.fields import numbers
from sim.validation.arms import ARMS
from sim.validation.estimates import Estimate
from sim.validation.fits import course, course_targets
from sim.validation.fits.calibrator import Calibrator
from sim.validation.fits.changes import with_numbers
from sim.validation.fits.course_parameters import PARAMETERS
from sim.validation.fits.course_targets import NOWHERE_NEAR, READ, WANTED, Wanted, misses
from sim.validation.fits.luck import luck_of
from sim.validation.targets import Target

SHARE = Target("a share", 0.40, "somewhere", "something", "somebody", error=0.03)


@pytest.fixture(scope="module")
def base() -> Scenario:
    return sim.load_scenario("base")


@pytest.fixture
def few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the arms of the page have would take seconds."""
    monkeypatch.setattr(course_targets, "PEOPLE", 1)


@pytest.mark.usefixtures("few_people")
def test_the_objective_is_a_function_of_scenario_and_luck(base: Scenario) -> None:
    found = misses(base, {}, 1)
    assert found.shape == (len(WANTED),)
    assert np.all(np.abs(found) < NOWHERE_NEAR)
    luck_of.cache_clear()
    assert np.array_equal(misses(base, {}, 1), found)
    assert not np.array_equal(misses(base, {}, 2), found)


def test_a_fit_starts_from_the_shipped_values(base: Scenario) -> None:
    """Each lies within its bounds, and what has one value in the fit has one in the scenario."""
    calibrator = Calibrator(PARAMETERS, base, lambda settings: np.zeros(1), lambda line: None)
    shipped = numbers(base)
    for path, value in calibrator.settings(calibrator.start).items():
        assert value == pytest.approx(shipped[path]), path


def test_what_is_fitted_to_is_said_to_be_used() -> None:
    assert [wanted.target.name for wanted in WANTED if not wanted.target.used] == []


@pytest.mark.parametrize("arm", sorted(READ))
def test_fitted_numbers_reach_every_cohort_as_overrides_would(base: Scenario, arm: str) -> None:
    """What an arm has switched off stays off."""
    calibrator = Calibrator(PARAMETERS, base, lambda settings: np.zeros(1), lambda line: None)
    settings = calibrator.settings(np.full(len(PARAMETERS), 0.5))
    assert differences(base, with_numbers(base, settings))
    for scenario, wanted in zip(ARMS[arm].build(base), ARMS[arm].build(base.with_overrides(settings)), strict=True):
        assert differences(with_numbers(scenario, settings), wanted) == []


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        (Wanted(SHARE, 0.05), 0.40, 0.0),
        (Wanted(SHARE, 0.05), 0.50, 2.0),
        (Wanted(SHARE, 0.05), 0.35, -1.0),
        (Wanted(SHARE, 0.05, (0.3, 0.5)), 0.45, 0.0),
        (Wanted(SHARE, 0.05, (0.3, 0.5)), 0.20, -2.0),
        (Wanted(SHARE, 0.05, (0.3, math.inf)), 9.0, 0.0),
        (Wanted(SHARE, 0.05), math.nan, NOWHERE_NEAR),
    ],
)
def test_a_miss_is_told_in_tolerances(wanted: Wanted, found: float, expected: float) -> None:
    assert wanted.miss(found) == pytest.approx(expected)


def test_every_target_is_printed_with_both_errors_and_hit_or_miss() -> None:
    found = Estimate(0.51, 0.004, 0.50, 0.52)
    lines = list(course.table([(Wanted(SHARE, 0.05), found), (Wanted(SHARE, 0.06), found)]))
    assert lines[1].split() == ["a", "share", "0.400", "0.030", "0.510", "0.004", "2.2", "MISS"]
    assert lines[2].endswith("hit")
    assert lines[-1].startswith("1 of 2 within 2 tolerances")


@pytest.mark.usefixtures("few_people")
def test_the_command_fits_and_then_says_how_near_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "REPLICATIONS", 2)
    done = CliRunner().invoke(course.command, ["--seconds", "0.001", "--seed", "4"])
    assert done.exit_code == 0, done.output
    assert "the time is up" in done.output
    assert all(parameter.paths[0] in done.output for parameter in PARAMETERS)
    assert f"of {len(WANTED)} within" in done.output
