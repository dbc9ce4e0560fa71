"""People known from before day 0: each of their clocks goes on where it would be, and they are nobody else."""

import math
from typing import Any

import numpy as np
import pytest
from support import cohort, exponential, fixed, scenario

from sim.model import Records, replicate
from sim.scenario import Scenario
from sim.vocabulary import DAYS_PER_YEAR, ROUTES, STATES, Column

PEOPLE = 20_000
UNWELL, WELL = STATES.index("unwell"), STATES.index("well")
FOREVER = {"ward": {"length_of_stay": fixed(10_000)}}


def known(described: dict[str, Any], **parts: Any) -> Records:
    """Nobody but people known from before, who are followed for 1,000 days."""
    return replicate(scenario(FOREVER, known=described, **{**cohort(0, 1_000), **parts}), 3, 0)


def share_by(days: Column, day: float) -> float:
    return float((days <= day).mean())


def assert_share(share: float, expected: float) -> None:
    assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / PEOPLE), (share, expected)


def first(records: Records, state: int) -> Column:
    """When each one's state first became this one, after day 0."""
    days = np.full(len(records.patients), math.inf)
    starts = (records.spells["state"] == state) & (records.spells["started"] > 0)
    np.minimum.at(days, records.spells["patient"][starts], records.spells["started"][starts])
    return days


def asked(records: Records) -> Column:
    days = np.full(len(records.patients), math.inf)
    np.minimum.at(days, records.waits["patient"], records.waits["asked"])
    return days


def test_they_are_at_home_in_their_state_and_belong_to_no_cohort() -> None:
    records = known({"well": {"people": 3}, "unwell": {"people": 2, "days": fixed(40.0)}})
    assert not records.patients["cohort"].any()
    assert records.patients["arrived"].tolist() == [0, 0, 0, -40, -40]
    assert records.spells["state"].tolist() == [WELL] * 3 + [UNWELL] * 2
    assert records.spells["started"].tolist() == [0.0] * 5
    assert len(records.stays) == 0


@pytest.mark.parametrize("days", [0.0, 30.0, 400.0])
def test_the_relapse_clock_goes_on(days: float) -> None:
    """Of those well for d days a share S(d + t) / S(d) is so t days later, S of the log-logistic."""
    relapse = {"median_days": 200.0, "shape": 0.7}
    records = known({"well": {"people": PEOPLE, "days": fixed(days)}}, relapse=relapse)

    def survival(x: float) -> float:
        return 1 / (1 + (x / 200.0) ** 0.7)

    relapsed = first(records, UNWELL)
    for day in (10.0, 100.0, 900.0):
        assert_share(share_by(relapsed, day), 1 - survival(days + day) / survival(days))


@pytest.mark.parametrize("days", [0.0, 100.0, 900.0])
def test_who_is_unwell_returns_and_recovers_as_is_left_of_both(days: float) -> None:
    """By Bayes: of a Weibull delay that 60 % have, and a log-normal time to remission, both not over by then."""
    from scipy import integrate, stats

    delay, remission = stats.weibull_min(0.8, scale=150.0), stats.lognorm(0.9, scale=300.0)
    mean, sd = float(remission.mean()), float(remission.std())
    records = known(
        {"unwell": {"people": PEOPLE, "days": fixed(days)}},
        return_to_care={"probability": 0.6, "delay_days": {"distribution": "weibull", "shape": 0.8, "scale": 150.0}},
        remission={"distribution": "lognormal", "mean": mean, "sd": sd},
    )
    left = 0.6 * delay.sf(days) / (0.4 + 0.6 * delay.sf(days))

    def returns(t: float) -> float:
        return float(left * delay.pdf(days + t) / delay.sf(days) * remission.sf(days + t) / remission.sf(days))

    back = asked(records)
    assert (records.waits["route"] == ROUTES.index("return")).all()
    for day in (20.0, 150.0, 900.0):
        assert_share(share_by(back, day), integrate.quad(returns, 1e-9, day, limit=200)[0])


def test_lasting_recovery_counts_the_days_that_have_passed() -> None:
    """Its hazard begins after 100 days well: 60 more for some, and at once for others."""
    recovery = {"recovery_per_year": 1.0, "recovery_after_days": 100.0}
    for days, delay in ((40.0, 60.0), (300.0, 0.0)):
        records = known({"well": {"people": PEOPLE, "days": fixed(days)}}, exits=recovery)
        recovered = records.patients["recovered"]
        assert np.nanmin(recovered) >= delay
        assert_share(share_by(recovered, 365.0), 1 - math.exp(-(365.0 - delay) / DAYS_PER_YEAR))


SHARE, YEARLY = 0.3, 0.8


@pytest.mark.parametrize(("days", "yearly"), [(0.0, 0.0), (400.0, 0.0), (400.0, YEARLY)])
def test_setbacks_go_on_at_their_rate(days: float, yearly: float) -> None:
    """Each by the hazard (1 - p) h(d + t), d days well on, until a relapse by p h(d + t), or lasting recovery
    by a constant one."""
    from scipy import integrate

    def hazard(x: float) -> float:
        return float(0.7 * (x / 200) ** 0.7 / x / (1 + (x / 200) ** 0.7))

    def survival(t: float) -> float:
        odds = [1 + ((days + after) / 200) ** 0.7 for after in (0.0, t)]
        return float((odds[0] / odds[1]) ** SHARE * math.exp(-yearly / DAYS_PER_YEAR * t))

    records = known(
        {"well": {"people": PEOPLE, "days": fixed(days)}},
        relapse={"median_days": 200.0, "shape": 0.7, "share_of_setbacks": SHARE},
        setback={"duration_days": fixed(1e-6)},
        exits={"recovery_per_year": yearly, "recovery_after_days": 0.0},
    )
    setbacks = records.spells["state"] == STATES.index("setback")
    patient, started = records.spells["patient"][setbacks], records.spells["started"][setbacks]
    for until in (50.0, 1_000.0):
        number = np.bincount(patient[started < until], minlength=PEOPLE)
        lived, _ = integrate.quad(lambda t: hazard(days + t) * survival(t), 0, until, limit=500)
        error = number.std() / math.sqrt(PEOPLE)
        assert abs(number.mean() - (1 - SHARE) * lived) < 4 * error, (number.mean(), (1 - SHARE) * lived)
    recovered = records.patients["recovered"][patient]
    assert not (started > recovered).any()
    assert bool(np.isfinite(recovered).any()) == (yearly > 0)
    assert (records.spells["ended"] >= records.spells["started"]).all()
    assert records.spells["started"].min() == 0


def system(people: int, **parts: Any) -> Scenario:
    return scenario(
        {"ward": {"places": ["beds"], "length_of_stay": exponential(20), "dropout": exponential(60)}},
        {"beds": 10_000},
        population={"severity": {"mild": 0.7, "severe": 0.3}},
        frailty={"sd": 0.5},
        relapse={"median_days": 60.0, "shape": 0.7},
        return_to_care={"probability": 0.5, "delay_days": exponential(40)},
        known={
            "unwell": {"people": people, "days": exponential(90), "frailty": 0.4},
            "well": {"people": people, "population": {"severity": {"severe": 0.8, "mild": 0.2}}},
        },
        **parts,
    )


def test_their_mix_is_their_own() -> None:
    patients = replicate(system(5_000), 3, 0).patients
    newcomers = patients["arrived"] > 0
    well, unwell = np.arange(len(newcomers)) < 5_000, (np.arange(len(newcomers)) >= 5_000) & ~newcomers
    severe = patients["severity"] == 1
    assert severe[well].mean() == pytest.approx(0.8, abs=0.03)
    assert severe[unwell].mean() == pytest.approx(0.3, abs=0.03)
    assert patients["frailty"][unwell].mean() == pytest.approx(0.4, abs=0.06)
    assert patients["frailty"][well].mean() == pytest.approx(0.0, abs=0.06)


def test_nobody_elses_luck_moves() -> None:
    """With room for all, newcomers live as without anybody known; and so do the known, the more there are."""
    initial = {"ward": {"in_care": 5}}
    few, many = (replicate(system(n, initial=initial), 3, 0) for n in (50, 80))
    none = replicate(system(0, initial=initial), 3, 0)

    def lives(records: Records, start: int, count: int) -> list[list[float]]:
        rows = (records.spells["patient"] >= start) & (records.spells["patient"] < start + count)
        times = [records.spells[column][rows] for column in ("started", "ended", "state")]
        return [*map(list, times), list(records.patients["severity"][start : start + count])]

    newcomers = len(none.patients) - 5
    for records, people in ((few, 50), (many, 80)):
        assert lives(records, 0, 5) == lives(none, 0, 5)
        assert lives(records, 5 + 2 * people, newcomers) == lives(none, 5, newcomers)
    assert lives(few, 5, 50) == lives(many, 5, 50)
