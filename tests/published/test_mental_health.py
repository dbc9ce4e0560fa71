"""A regional mental-health network of ten services against a published table.

Murch, Cooper, Hodgett, Gara, Walker, Wood (2021): Modelling the effect of first-wave COVID-19 on mental health
services. Operations Research for Health Care 30:100311, table 2, before the pandemic; parameters from
github.com/nhs-bnssg-analytics/simulation-dts-renege (GPL-3.0). A wait there is that of everybody who leaves a list,
called or not. That model moves in steps of a day, and who asks is called on the next day at the earliest: where there
is room for all a wait is 1 day, and the queue those who ask in a day.

The table has no errors, and whole numbers: allowed is half of the last digit, 4 standard errors of ours, and what the
step of a day may add or take, one day of the wait and those who ask in one day of the queue. Inpatient care and the
columns after the lockdown are not compared: these are of another demand on every day, and of the referral of those who
give up waiting, which this format does not have.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.model import Records, replicate

RUNS = 3
SINCE, UNTIL = 150.0, 515.0
"""A year, after lists and services have come to rest."""
SCALE = 10
"""The scenario is a tenth of the region."""

LISTS = {"social_prescribing": (273, 21), "iapt_assessment": (3658, 59), "community": (519, 34)}
"""Queue (people) and wait (days)."""

ASKS = {"iapt_therapy": 8, "gp_initial": 152, "gp_low": 12, "gp_high": 42, "triage": 100, "crisis": 8}
"""Where the wait is one day: those who ask in a day."""


@lru_cache
def runs() -> list[Records]:
    system = sim.load_scenario(Path(__file__).parent / "mental_health.toml")
    return [replicate(system, 9, number) for number in range(RUNS)]


def of(level: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By run: people on a list on average, how long those who left it in the year had been on it, and asks a day."""
    rows = []
    for records in runs():
        waits = records.waits
        here = waits["level"] == waits.categories["level"].index(level)
        asked, ended = waits["asked"][here], waits["ended"][here]
        inside = np.clip(ended, SINCE, UNTIL) - np.clip(asked, SINCE, UNTIL)
        left = (ended >= SINCE) & (ended < UNTIL)
        came = np.sum((asked >= SINCE) & (asked < UNTIL))
        rows.append((inside.sum(), (ended - asked)[left].mean() * (UNTIL - SINCE), came))
    queue, wait, asks = np.array(rows).T / (UNTIL - SINCE)
    return queue, wait, asks


def error(values: np.ndarray) -> float:
    return float(4 * np.std(values, ddof=1) / np.sqrt(len(values)))


@pytest.mark.parametrize("level", LISTS)
def test_lists(level: str) -> None:
    queue, wait, asks = of(level)
    people, days = LISTS[level]
    assert error(wait) < 0.12 * days, "too noisy to be a test"
    assert abs(wait.mean() - days) < 0.5 + error(wait) + 1, (wait, days)
    step = SCALE * asks.mean()
    assert abs(SCALE * queue.mean() - people) < 0.5 + SCALE * error(queue) + step, (SCALE * queue, people)


@pytest.mark.parametrize("level", ASKS)
def test_flows(level: str) -> None:
    """Those who ask in a day. Of talking therapy the published number is 0.9 above what its own parameters give (30
    places, 2.1 days, and half of those go on: 7.1 a day): allowed is the one of rounding up."""
    _, _, asks = of(level)
    rounded = 1.0 if level == "iapt_therapy" else 0.5
    assert abs(SCALE * asks.mean() - ASKS[level]) < rounded + SCALE * error(asks), (SCALE * asks, ASKS[level])
