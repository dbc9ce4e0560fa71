"""Contributions add up to the registry's metrics, and stand where things happened."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outcomes.build import at_random, clinic, records, stay
from random_scenarios import build, descriptions
from support import briefly

from sim.model import Records, replicate
from sim.outcomes import metrics
from sim.outcomes.contributions import contributions, decomposable, incidence_weights
from sim.outcomes.observed import Observed
from sim.outcomes.survival import cumulative_incidence
from sim.scenario import Scenario

some = settings(max_examples=20, deadline=None, derandomize=True)

ALWAYS = {
    "continuity.30_days",
    "days_well",
    "days_in_care",
    "deaths.share",
    "setbacks",
    "life_days",
    "qalys.per_patient",
    "qalys.per_patient_discounted",
    "readmission.30_days",
    "relapse.30_days",
    "retention.30_days",
}


def reconcile(facts: Records, described: Scenario) -> None:
    """Every metric is the sum of its contributions, in which every member has a part."""
    observed, numbers = Observed(facts, described), metrics(facts, described)
    names = decomposable(described)
    assert set(names) >= ALWAYS
    members = set(np.flatnonzero(observed.cohort))
    for name in names:
        table = contributions(observed, name)
        assert list(table.columns) == ["patient", "level", "reason", "value"]
        assert not table.duplicated(["patient", "level", "reason"]).any()
        if not len(table):
            assert not len(members)
            continue
        assert set(table["patient"]) >= members
        whole = math.fsum(table["value"])
        assert whole == pytest.approx(numbers[name], rel=1e-12, abs=1e-12, nan_ok=True), name


@pytest.mark.parametrize("name", ["hybrid", "warm_handoff", "early_step_down"])
def test_shipped_scenarios(name: str) -> None:
    described = briefly(name, 60, 40, 365)
    reconcile(replicate(described, 3, 0), described)


@some
@given(descriptions())
def test_random_scenarios(description: dict[str, Any]) -> None:
    described = build(description)
    reconcile(replicate(described, 1, 0), described)


@pytest.mark.parametrize("seed", range(4))
def test_records_that_follow_no_model(seed: int) -> None:
    described = clinic(utilities__well=0.8, utilities__setback=0.7, utilities__unwell=0.5, discounting__effects=0.05)
    reconcile(at_random(described, 250, seed), described)


def test_of_a_group_of_patients() -> None:
    described = clinic()
    facts = at_random(described, 100, 2)
    observed = Observed(facts, described).narrowed(np.arange(100) % 3 == 0)
    table = contributions(observed, "days_in_care")
    assert set(table["patient"]) == set(np.flatnonzero(observed.cohort))
    assert math.fsum(table["value"]) == pytest.approx(observed.followed_stays.days.sum() / observed.cohort_size)


def test_nobody() -> None:
    described = clinic()
    reconcile(records(described, []), described)


# --- where ---


def placed(observed: Observed, metric: str) -> list[tuple[Any, ...]]:
    table = contributions(observed, metric)
    table["value"] = (table["value"] * observed.cohort_size).round(9)
    return list(table.itertuples(index=False, name=None))


def four() -> Observed:
    """All ask on day 100. 0: residential to day 120, IOP from 125 to 150, relapses on day 140 in it. 1: never admitted,
    dies on day 160. 2: drops out of detox on day 110, relapses at home on day 115, returns on day 130. 3: dies in IOP.
    """
    described = clinic()
    stays = [
        stay(0, "residential", 100, 120),
        stay(0, "iop", 125, 150, route="step_down"),
        stay(2, "detox", 105, 110, "dropped_out"),
        stay(2, "iop", 130, 170, "relapsed", route="return"),
        stay(3, "iop", 100, 145, "died"),
    ]
    spells = [
        (0, "unwell", 100, 100),
        (0, "well", 100, 140),
        (0, "unwell", 140, 140),
        (0, "well", 140, 180),
        (0, "setback", 180, 182),
        (0, "well", 182, 300),
        (1, "unwell", 100, 160),
        (1, "dead", 160, 300),
        (2, "unwell", 100, 105),
        (2, "well", 105, 115),
        (2, "unwell", 115, 300),
        (3, "unwell", 100, 145),
        (3, "dead", 145, 300),
    ]
    return Observed(records(described, [100.0] * 4, stays=stays, spells=spells), described)


def test_days_stand_where_they_were_spent() -> None:
    observed = four()
    assert placed(observed, "days_in_care") == [
        (0, "residential", "in care", 20.0),
        (0, "iop", "in care", 25.0),
        (1, "outside care", "not yet in care", 0.0),
        (2, "detox", "in care", 5.0),
        (2, "iop", "in care", 40.0),
        (3, "iop", "in care", 45.0),
    ]
    assert placed(observed, "days_well") == [
        (0, "residential", "in care", 20.0),
        (0, "outside care", "completed", 5.0 + 48.0),
        (0, "iop", "in care", 25.0),
        (1, "outside care", "not yet in care", 0.0),
        (2, "detox", "in care", 5.0),
        (2, "outside care", "dropped_out", 5.0),
        (3, "outside care", "not yet in care", 0.0),
    ]


def test_moments_stand_where_people_were_just_before() -> None:
    observed = four()
    assert placed(observed, "deaths.share") == [
        (0, "outside care", "not yet in care", 0.0),
        (1, "outside care", "not yet in care", 1.0),
        (2, "outside care", "not yet in care", 0.0),
        (3, "iop", "in care", 1.0),
    ]
    assert placed(observed, "retention.30_days") == [
        (0, "iop", "in care", 1.0),
        (1, "outside care", "not yet in care", 0.0),
        # Back on day 130 itself, which is not before it.
        (2, "outside care", "not yet in care", 0.0),
        (3, "iop", "in care", 1.0),
    ]
    assert placed(observed, "continuity.30_days")[2] == (2, "outside care", "dropped_out", 1.0)
    assert placed(observed, "setbacks")[0] == (0, "outside care", "completed", 1.0)


def test_relapse_stands_where_it_happened_and_readmission_where_the_count_began() -> None:
    observed = four()
    # Two became well; 0 relapses after 40 days, 2 after 10.
    assert [row for row in placed(observed, "relapse.90_days") if row[3]] == [
        (0, "iop", "in care", 2.0),
        (2, "outside care", "dropped_out", 2.0),
    ]
    assert [row for row in placed(observed, "relapse.30_days") if row[3]] == [(2, "outside care", "dropped_out", 2.0)]
    # Two left care with time to come back; 2 did, after 20 days.
    assert [row for row in placed(observed, "readmission.30_days") if row[3]] == [(2, "detox", "dropped_out", 2.0)]


def test_an_undefined_metric_has_no_number_anywhere() -> None:
    described = clinic()
    observed = Observed(records(described, [100.0, 110.0], spells=[(i, "unwell", 100, 300) for i in (0, 1)]), described)
    for name in ("relapse.30_days", "readmission.30_days"):
        table = contributions(observed, name)
        assert table["patient"].tolist() == [0, 1]
        assert table["value"].isna().all()


# --- the identity behind relapse and readmission ---


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), min_size=1, max_size=40), st.integers(0, 7))
def test_weighted_sums_are_aalen_and_johansens_estimate(seen: list[tuple[int, int]], day: int) -> None:
    """Whole days, so that events and censorings fall together all the time."""
    time, cause = (np.array(column, dtype=float) for column in zip(*seen, strict=True))
    weights = incidence_weights(time, cause)
    whole = math.fsum(weights[time <= day])
    assert whole == pytest.approx(cumulative_incidence(time, cause).at(day), abs=1e-13)
    assert (weights[cause != 1] == 0).all()
    assert (weights[cause == 1] >= 1 / len(time) - 1e-15).all()


def test_weights_without_censoring_are_one_over_n_and_rise_after_it() -> None:
    time = np.array([1.0, 2.0, 3.0, 4.0])
    assert incidence_weights(time, np.array([1, 2, 1, 1])).tolist() == [0.25, 0, 0.25, 0.25]
    # One of three who are still there is lost on day 2: those who are left stand for one and a half.
    assert incidence_weights(time, np.array([1, 0, 1, 1])) == pytest.approx([0.25, 0, 0.375, 0.375])


# --- refusals ---


def test_a_metric_that_is_no_sum_is_refused_with_those_that_are() -> None:
    observed = Observed(at_random(clinic(), 30, 1), clinic())
    with pytest.raises(ValueError, match=r"'wait.iop.mean' cannot be split.*days_in_care.*qalys.per_patient_disc"):
        contributions(observed, "wait.iop.mean")
    with pytest.raises(ValueError, match=r"relapses.per_well_year.*no sum"):
        contributions(observed, "relapses.per_well_year")
    with pytest.raises(ValueError, match=r"retention.365_days.*Did you mean retention.*?"):
        contributions(observed, "retention.365_days")
    with pytest.raises(ValueError, match=r"there is no metric 'days_in_cear'. Did you mean days_in_care"):
        contributions(observed, "days_in_cear")


def test_contributions_are_plain_words_and_numbers() -> None:
    table = contributions(four(), "qalys.per_patient")
    assert table["level"].map(type).eq(str).all()
    assert table["reason"].map(type).eq(str).all()
    assert pd.api.types.is_float_dtype(table["value"])
