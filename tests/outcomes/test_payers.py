"""Who bears a cost, and whose costs count in which perspective."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from outcomes.build import clinic
from random_scenarios import build, descriptions

from sim.outcomes import PERSPECTIVES, check_perspective
from sim.outcomes.payers import bearers, counted_share, payers
from sim.scenario import Scenario
from sim.vocabulary import CATEGORIES, NONE, PATIENT, PROGRAMME, SOCIETY, CostCategory

OUTSIDE = [category for category in CATEGORIES if category not in PROGRAMME]
DETOX, RESIDENTIAL, IOP, OUTPATIENT = range(4)


def described() -> Scenario:
    return clinic().with_overrides(
        {
            "payers": {"medicaid": 0.75, "patient": 0.25},
            "levels.iop.payers": {"insurer": 0.9, "patient": 0.1},
            "costs.payers": {
                "relapse": {"state": 1.0},
                "housing": {"county": 0.6, "patient": 0.4},
                "session": {"grant": 1.0},
                "patient_time": {"patient": 0.5, "employer": 0.5},
            },
        }
    )


@pytest.mark.parametrize(
    ("level", "category", "expected"),
    [
        # The level's own payers bear the programme's costs there, before those of the category.
        (IOP, "bed_day", {"insurer": 0.9, "patient": 0.1}),
        (IOP, "session", {"insurer": 0.9, "patient": 0.1}),
        (IOP, "fixed_capacity", {"insurer": 0.9, "patient": 0.1}),
        (IOP, "housing", {"insurer": 0.9, "patient": 0.1}),
        # But not what is no cost of the programme.
        (IOP, "patient_time", {"patient": 0.5, "employer": 0.5}),
        (IOP, "relapse", {"state": 1.0}),
        # Then the category's, inside levels and outside.
        (RESIDENTIAL, "session", {"grant": 1.0}),
        (RESIDENTIAL, "housing", {"county": 0.6, "patient": 0.4}),
        (NONE, "housing", {"county": 0.6, "patient": 0.4}),
        (NONE, "relapse", {"state": 1.0}),
        # Then the scenario's, whatever the last level's are (-1 is no level, not the last one).
        (RESIDENTIAL, "bed_day", {"medicaid": 0.75, "patient": 0.25}),
        (NONE, "other_health_care", {"medicaid": 0.75, "patient": 0.25}),
        (NONE, "fixed_capacity", {"medicaid": 0.75, "patient": 0.25}),
        (NONE, "productivity", {"society": 1.0}),
    ],
)
def test_who_bears_what(level: int, category: CostCategory, expected: dict[str, float]) -> None:
    assert dict(bearers(described(), level, category)) == expected


def test_places_of_no_level_are_not_borne_by_the_last_level() -> None:
    here = clinic().with_overrides({"levels.outpatient.payers": {"insurer": 1.0}})
    assert dict(bearers(here, OUTPATIENT, "fixed_capacity")) == {"insurer": 1.0}
    assert dict(bearers(here, NONE, "fixed_capacity")) == {"payer": 1.0}


def test_patients_bear_their_time_and_society_lost_production_unless_said_otherwise() -> None:
    here = clinic()
    assert dict(bearers(here, RESIDENTIAL, "patient_time")) == {PATIENT: 1.0}
    assert dict(bearers(here, NONE, "productivity")) == {SOCIETY: 1.0}
    other = here.with_overrides({"costs.payers": {"productivity": {"employer": 1.0}, "patient_time": {"fund": 1.0}}})
    assert dict(bearers(other, NONE, "productivity")) == {"employer": 1.0}
    assert dict(bearers(other, RESIDENTIAL, "patient_time")) == {"fund": 1.0}


@pytest.mark.parametrize(
    ("level", "category", "shares"),
    [
        # provider, payer, patient, society
        (RESIDENTIAL, "bed_day", (1.0, 0.75, 0.25, 1.0)),
        (IOP, "session", (1.0, 0.9, 0.1, 1.0)),
        (RESIDENTIAL, "session", (1.0, 1.0, 0.0, 1.0)),
        (NONE, "housing", (1.0, 0.6, 0.4, 1.0)),
        (NONE, "fixed_capacity", (1.0, 0.75, 0.25, 1.0)),
        (NONE, "relapse", (0.0, 1.0, 0.0, 1.0)),
        (NONE, "other_health_care", (0.0, 0.75, 0.25, 1.0)),
        (IOP, "patient_time", (0.0, 0.5, 0.5, 1.0)),
        (NONE, "productivity", (0.0, 0.0, 0.0, 1.0)),
    ],
)
def test_whose_costs_count(level: int, category: CostCategory, shares: tuple[float, ...]) -> None:
    found = [counted_share(described(), level, category, perspective) for perspective in PERSPECTIVES]
    assert list(PERSPECTIVES) == ["provider", "payer", "patient", "society"]
    assert found == pytest.approx(shares)


def check_shares(here: Scenario) -> None:
    for level in [*range(len(here.levels)), NONE]:
        for category in CATEGORIES:
            shares = bearers(here, level, category)
            assert math.fsum(shares.values()) == pytest.approx(1.0, abs=1e-9)
            payer, patient = (counted_share(here, level, category, who) for who in ("payer", "patient"))  # type: ignore[arg-type]
            assert payer + patient + shares.get(SOCIETY, 0.0) == pytest.approx(1.0, abs=1e-9)
            assert counted_share(here, level, category, "provider") == (category in PROGRAMME)


def test_shares_are_whole() -> None:
    check_shares(described())


@settings(max_examples=20)
@given(description=descriptions())
def test_shares_are_whole_whatever_the_scenario(description: dict[str, Any]) -> None:
    check_shares(build(description))


def test_everyone_who_pays_for_the_programme_is_named_once_the_scenarios_own_first() -> None:
    """The state pays for relapses and an employer for time, which are no part of the programme."""
    assert payers(described()) == ("medicaid", "patient", "insurer", "grant", "county")
    assert payers(clinic()) == ("payer",)


@pytest.mark.parametrize("name", ["provider", "payer", "patient", "society"])
def test_a_perspective_goes_by_its_name(name: str) -> None:
    assert check_perspective(name) == name


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("societal", "Did you mean society?"),
        ("patients", "Did you mean patient?"),
        ("Payer", "Did you mean payer?"),
        ("zzz", "There are provider, payer, patient, society"),
        ("", "There are provider"),
    ],
)
def test_another_perspective_is_refused_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match=rf"there is no perspective '{name}'\. {hint}".replace("?", r"\?")):
        check_perspective(name)
