"""One day of a treatment centre, with one more place at one step or another, against a published table.

Monks and Harper: A simpy model of a treatment centre, github.com/pythonhealthdatascience/stars-simpy-example-docs
(MIT), table 3: mean waits in minutes, after exercise 13 of Nelson (2013). It is of five days, without errors, and the
same days for each centre. So the tolerance is 4 standard errors of the difference between five of their days and so
many of ours, by the spread from day to day that we see: wide for each wait, since days differ, and less so for what one
more place changes on the same days. Half a minute is added for waits that are nearly nothing.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.model import replicate

DAYS, PUBLISHED_DAYS = 24, 5
LEVELS = ("triage", "registration", "examination", "treatment", "stabilisation", "trauma_treatment")

WAITS = {
    "base": (32.56, 104.69, 23.36, 130.73, 166.98, 14.39),
    "triage": (1.26, 131.82, 24.44, 133.09, 189.67, 14.77),
    "rooms": (32.56, 104.69, 0.14, 144.50, 166.98, 14.39),
    "cubicles": (32.56, 104.69, 23.36, 2.15, 166.98, 14.39),
}
"""By the kind of which there is one place more: the mean wait for each level, in minutes."""


@lru_cache
def days(one_more: str) -> np.ndarray:
    """Of each day, the mean wait for each level, of those who have been called by the end."""
    system = sim.load_scenario(Path(__file__).parent / "treatment_centre.toml")
    if one_more != "base":
        path = f"places.{one_more}.capacity"
        system = system.with_overrides({path: system.places[one_more].capacity + 1})
    rows = []
    for number in range(DAYS):
        waits = replicate(system, 5, number).waits
        called = waits["outcome"] == waits.categories["outcome"].index("admitted")
        lengths = waits["ended"] - waits["asked"]
        codes = [waits.categories["level"].index(level) for level in LEVELS]
        rows.append([lengths[called & (waits["level"] == code)].mean() for code in codes])
    return np.array(rows)


def check(ours: np.ndarray, published: Sequence[float]) -> None:
    errors = 4 * ours.std(axis=0, ddof=1) * np.sqrt(1 / DAYS + 1 / PUBLISHED_DAYS) + 0.5
    for level, mean, number, error in zip(LEVELS, ours.mean(axis=0), published, errors, strict=True):
        assert abs(mean - number) < error, (level, mean, number, error)


@pytest.mark.parametrize("one_more", WAITS)
def test_mean_waits(one_more: str) -> None:
    check(days(one_more), WAITS[one_more])


@pytest.mark.parametrize("one_more", [name for name in WAITS if name != "base"])
def test_what_one_more_place_changes_on_the_same_days(one_more: str) -> None:
    published = [more - base for more, base in zip(WAITS[one_more], WAITS["base"], strict=True)]
    check(days(one_more) - days("base"), published)


def test_one_more_place_ends_the_wait_for_it_and_moves_the_next() -> None:
    """Of the same days: what the table shows of each of the three."""
    base = days("base").mean(axis=0)
    for one_more, level, following in (("triage", 0, 1), ("rooms", 2, 3), ("cubicles", 3, None)):
        more = days(one_more).mean(axis=0)
        assert more[level] < 0.1 * base[level]
        assert following is None or more[following] > base[following]
