"""Outcomes by group: groups part the cohort, and each has the metrics that it would have alone."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from outcomes.build import at_random, clinic, records, stay
from random_scenarios import build, descriptions
from support import exponential, scenario

from sim.model import replicate
from sim.model.records import Facts, Records
from sim.outcomes import GROUP_SIZE, REGISTRY, Observed, grouping, metrics, metrics_by_group, metrics_of
from sim.outcomes.discount import discounted_days
from sim.scenario import Scenario
from sim.vocabulary import Column

POPULATION = {
    "severity": {"mild": 0.4, "severe": 0.6},
    "housing": {"stable": 0.5, "shelter": 0.3, "none": 0.2},
}
PRICES = {
    "levels.residential.cost_per_day": 200.0,
    "levels.iop.cost_per_session": 70.0,
    "levels.iop.sessions_per_week": 3.0,
    "costs.per_relapse": 1_000.0,
    "costs.other_health_care": {"well": 1.0, "setback": 2.0, "unwell": 3.0},
    "discounting.costs": 0.03,
    "discounting.effects": 0.03,
}
FIXED = {"places.bed.fixed_cost_per_day": 10.0, "places.seat.fixed_cost_per_day": 3.0}
FOLLOWED = {"time.follow_up_days": 400.0}

PLAIN_MEANS = ("retention.", "continuity.", "days_in_care", "days_well", "setbacks", "life_days", "qalys.", "cost.")
"""Beginnings of the names of metrics that are a mean over members of the cohort."""


def described(**more: Any) -> Scenario:
    changes = {**PRICES, **FOLLOWED, **{path.replace("__", "."): value for path, value in more.items()}}
    return clinic(population=POPULATION).with_overrides(changes)


def with_attributes(facts: Records, **codes: Any) -> Records:
    """The same facts about people with these attributes, as codes in the order of POPULATION; 0 of those not given."""
    nothing = dict.fromkeys(POPULATION, np.zeros(len(facts.patients)))
    codes = nothing | codes
    columns = {name: np.asarray(values, dtype=np.int16) for name, values in codes.items()}
    categories = {name: tuple(POPULATION[name]) for name in codes}
    return replace(facts, patients=Facts({**facts.patients.columns, **columns}, categories))


def people(of: Scenario, seed: int, count: int = 200) -> Records:
    facts, rng = at_random(of, count, seed), np.random.default_rng(seed + 1_000)
    return with_attributes(facts, severity=rng.integers(0, 2, count), housing=rng.integers(0, 3, count))


# --- what to group by ---


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("severity", ("severity",)),
        ("severity x housing", ("severity", "housing")),
        ("housing x severity", ("housing", "severity")),
        ("  severity  x   housing ", ("severity", "housing")),
    ],
)
def test_a_grouping_is_one_attribute_or_two_crossed(text: str, attributes: tuple[str, ...]) -> None:
    assert grouping(text, described()) == attributes


@pytest.mark.parametrize("name", ["sex", "x", "tax_exempt"])
def test_an_attribute_may_have_an_x_in_its_name(name: str) -> None:
    population = {name: {"no": 0.5, "yes": 0.5}, "housing": {"stable": 1.0}}
    here = clinic(population=population)
    assert grouping(name, here) == (name,)
    assert grouping(f"{name} x housing", here) == (name, "housing")
    assert grouping(f"housing x {name}", here) == ("housing", name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("severty", "there is no attribute 'severty' to group by. Did you mean severity?"),
        ("severity x huosing", "there is no attribute 'huosing' to group by. Did you mean housing?"),
        ("age", "there is no attribute 'age' to group by. There are severity, housing"),
        ("", "there is no attribute ''"),
        ("severity x severity", "'severity x severity': group by one attribute, or by two different ones"),
        ("severity x housing x severity", "group by one attribute, or by two different ones"),
    ],
)
def test_what_cannot_be_grouped_by(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        grouping(text, described())


def test_three_attributes_are_too_many() -> None:
    here = clinic(population={**POPULATION, "work": {"no": 1.0}})
    with pytest.raises(ValueError, match="'severity x housing x work': group by one attribute, or by two"):
        grouping("severity x housing x work", here)


@pytest.mark.parametrize("text", ["   ", "x", " x "])
def test_nothing_to_group_by(text: str) -> None:
    with pytest.raises(ValueError, match="group by"):
        grouping(text, described())


def test_a_scenario_without_attributes_says_so() -> None:
    with pytest.raises(ValueError, match=r"there is no attribute 'severity' to group by.*no attributes"):
        grouping("severity", clinic())


# --- values ---


def test_names_and_order_of_groups() -> None:
    here = described()
    observed = Observed(people(here, 1), here)
    assert list(metrics_by_group(observed, ["housing"])) == ["stable", "shelter", "none"]
    crossed = [f"{one} x {other}" for one in POPULATION["severity"] for other in POPULATION["housing"]]
    assert list(metrics_by_group(observed, ["severity", "housing"])) == crossed
    swapped = metrics_by_group(observed, ["housing", "severity"])
    assert list(swapped)[:2] == ["stable x mild", "stable x severe"]
    assert swapped["none x mild"] == metrics_by_group(observed, ["severity", "housing"])["mild x none"]


def test_a_group_has_every_metric_about_patients_and_its_size() -> None:
    here = described()
    (group, *_) = metrics_by_group(Observed(people(here, 1), here), ["severity"]).values()
    about_patients = [
        member.name for metric in REGISTRY if metric.about == "patients" for member in metric.members(here)
    ]
    assert list(group) == [GROUP_SIZE, *about_patients]
    assert len(about_patients) > 30
    assert not any(name.startswith(("census", "wait", "occupancy", "cost.total")) for name in group)


def test_by_hand() -> None:
    """Two mild members, one retained at 30 days, and one severe member who is; patient 3 is not of the cohort."""
    here = described()
    stays = [
        stay(0, "iop", 100, 180),
        stay(1, "iop", 110, 115),
        stay(2, "residential", 120, 160),
        stay(3, "iop", 90, 190),
    ]
    spells = [(0, "well", 100, 150), (0, "unwell", 150, 700), (1, "unwell", 110, 700), (2, "well", 120, 700)]
    spells.append((3, "well", 90, 700))
    facts = records(here, [100.0, 110.0, 120.0, 90.0], stays=stays, spells=spells)
    groups = metrics_by_group(Observed(with_attributes(facts, severity=[0, 0, 1, 0]), here), ["severity"])
    assert [group[GROUP_SIZE] for group in groups.values()] == [2, 1]
    assert [group["retention.30_days"] for group in groups.values()] == [0.5, 1.0]
    assert [group["days_well"] for group in groups.values()] == [25.0, 400.0]
    assert [group["days_in_care"] for group in groups.values()] == [42.5, 40.0]
    assert groups["severe"]["cost.category.bed_day"] == 40 * 200
    assert groups["mild"]["cost.category.relapse"] == 500
    assert groups["mild"]["relapse.90_days"] == 1.0
    assert groups["severe"]["relapse.90_days"] == 0.0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("by", [["severity"], ["housing"], ["severity", "housing"]])
def test_groups_part_the_cohort_and_their_weighted_means_are_the_cohorts(seed: int, by: list[str]) -> None:
    here = described().with_overrides(FIXED)
    observed = Observed(people(here, seed), here)
    whole, groups = metrics_of(observed, about="patients"), metrics_by_group(observed, by)
    sizes = [group[GROUP_SIZE] for group in groups.values()]
    assert min(sizes) > 0
    assert math.fsum(sizes) == observed.cohort_size
    means = [name for name in whole if name.startswith(PLAIN_MEANS)]
    assert len(means) > 20
    for name in means:
        weighted = math.fsum(group[GROUP_SIZE] * group[name] for group in groups.values()) / observed.cohort_size
        assert weighted == pytest.approx(whole[name], rel=1e-11, abs=1e-12), name


@pytest.mark.parametrize("seed", range(4))
def test_a_group_is_a_cohort_of_its_own(seed: int) -> None:
    """Also for what is no mean: times that are not always seen to their end, rates, shares of discharges."""
    here = described()
    facts = people(here, seed)
    severity, housing = facts.patients["severity"], facts.patients["housing"]
    groups = metrics_by_group(Observed(facts, here), ["severity", "housing"])
    for i, one in enumerate(POPULATION["severity"]):
        for j, other in enumerate(POPULATION["housing"]):
            members = facts.patients["cohort"] & (severity == i) & (housing == j)
            columns = {**facts.patients.columns, "cohort": members}
            alone = replace(facts, patients=Facts(columns, facts.patients.categories))
            expected = metrics_of(Observed(alone, here), about="patients")
            found = groups[f"{one} x {other}"]
            assert found.pop(GROUP_SIZE) == np.count_nonzero(members)
            assert found == pytest.approx(expected, rel=0, abs=0, nan_ok=True)
    for metric in ("relapse.30_days", "readmission.30_days"):
        assert len({group[metric] for group in groups.values()}) > 2


def test_each_group_is_charged_the_places_that_it_uses() -> None:
    here, free = described().with_overrides(FIXED), described()
    facts = people(here, 2)
    observed = Observed(facts, here)
    stays, followed = facts.stays, observed.followed_stays
    level = stays["level"][followed.rows]
    prices = np.array([sum(FIXED.get(f"places.{p}.fixed_cost_per_day", 0) for p in x.places) for x in observed.levels])
    of_housing = facts.patients["housing"][stays["patient"][followed.rows]]
    groups, without = (metrics_by_group(Observed(facts, system), ["housing"]) for system in (here, free))
    for code, (name, group) in enumerate(groups.items()):
        spent = math.fsum((followed.days * prices[level])[of_housing == code].tolist())
        each = spent / group[GROUP_SIZE]
        assert each > 0
        assert group["cost.category.fixed_capacity"] == pytest.approx(each, rel=1e-12)
        for perspective in ("provider", "payer", "society"):
            metric = f"cost.per_patient.{perspective}"
            assert group[metric] - without[name][metric] == pytest.approx(each, rel=1e-9), metric


def test_a_group_without_members_has_no_outcomes() -> None:
    here = described().with_overrides(FIXED)
    facts = with_attributes(at_random(here, 80, 3), severity=np.zeros(80))
    groups = metrics_by_group(Observed(facts, here), ["severity"])
    assert groups["severe"].pop(GROUP_SIZE) == 0
    assert all(math.isnan(value) for value in groups["severe"].values())
    assert groups["mild"]["days_well"] == metrics(facts, here)["days_well"]


def test_nobody_at_all() -> None:
    here = described()
    groups = metrics_by_group(Observed(with_attributes(records(here, []), severity=[]), here), ["severity"])
    assert [group[GROUP_SIZE] for group in groups.values()] == [0, 0]


def test_looking_at_groups_leaves_the_whole_as_it_is() -> None:
    here = described().with_overrides(FIXED)
    facts = people(here, 5)
    observed = Observed(facts, here)
    metrics_by_group(observed, ["severity"])
    assert metrics_of(observed) == pytest.approx(metrics(facts, here), rel=0, abs=0, nan_ok=True)


def test_groups_of_a_simulation_differ_as_their_effects_do() -> None:
    """Severe cases relapse at five times the hazard: 25 replications of some 100 patients."""
    here = scenario(
        {"ward": {"length_of_stay": exponential(8)}},
        population={"severity": {"mild": 0.5, "severe": 0.5}},
        effects={"severity": {"severe": {"relapse": 5.0}}},
        relapse={"median_days": 60.0, "shape": 1.0},
    )
    gaps = []
    for number in range(25):
        groups = metrics_by_group(Observed(replicate(here, 8, number), here), ["severity"])
        gaps.append(groups["severe"]["days_well"] - groups["mild"]["days_well"])
    error = np.std(gaps, ddof=1) / math.sqrt(len(gaps))
    assert np.mean(gaps) < -5 * error < 0


@settings(max_examples=20)
@given(description=descriptions())
def test_whatever_the_scenario(description: dict[str, Any]) -> None:
    here = build(description)
    observed = Observed(replicate(here, 5, 0), here)
    whole = metrics_of(observed, about="patients")
    for by in (["work"], ["work", "severity"]):
        groups = metrics_by_group(observed, by).values()
        assert sum(group[GROUP_SIZE] for group in groups) == observed.cohort_size
        for name in ("days_well", "retention.30_days", "cost.per_patient.society"):
            parts = [group[GROUP_SIZE] * group[name] for group in groups if group[GROUP_SIZE]]
            if parts:
                assert math.fsum(parts) / observed.cohort_size == pytest.approx(whole[name], rel=1e-9, abs=1e-12)


def test_what_is_discounted_is_worked_out_once_however_many_groups_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    of = described()
    calls: list[int] = []

    def counted(began: Column, ended: Column, rate: float) -> Column:
        calls.append(len(began))
        return discounted_days(began, ended, rate)

    for module in ("observed", "ledger"):
        monkeypatch.setattr(f"sim.outcomes.{module}.discounted_days", counted)
    observed = Observed(people(of, 3), of)
    metrics_of(observed)
    before = len(calls)
    for attributes in (["severity"], ["housing"], ["severity", "housing"]):
        metrics_by_group(observed, attributes)
    assert 0 < before == len(calls)
