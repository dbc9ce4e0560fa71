"""Reading records as a clinician would: rows in words, and numbers per patient."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.model import Facts, Records, replicate
from sim.scenario import Scenario

FOREVER = 1_000.0
"""Days longer than any run of these tests."""


def run(scenario: Scenario, seed: int = 7, replication: int = 0) -> Records:
    """One replication."""
    return replicate(scenario, seed, replication)


def rows(facts: Facts, *columns: str) -> list[tuple[Any, ...]]:
    """Rows in words: categories by name, missing values as None, times to a millionth of a day."""
    frame = facts.frame()[list(columns)].astype(object)
    return [tuple(_plain(value) for value in row) for row in frame.itertuples(index=False)]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value


def where(facts: Facts, **words: str) -> np.ndarray:
    """Which rows have these category names."""
    chosen = np.ones(len(facts), dtype=bool)
    for column, word in words.items():
        chosen &= facts[column] == facts.categories[column].index(word)
    return chosen


def first(facts: Facts, column: str, people: int, chosen: np.ndarray) -> np.ndarray:
    """Each patient's first value of a column over the chosen rows; infinity without one."""
    values = np.full(people, np.inf)
    np.minimum.at(values, facts["patient"][chosen], facts[column][chosen])
    return values


def assert_share(happened: np.ndarray, probability: float) -> None:
    """A share of independent cases is within 4 standard errors of its probability."""
    cases = len(happened)
    error = math.sqrt(probability * (1 - probability) / cases)
    assert cases >= 100, "too few to be a test"
    assert abs(float(np.mean(happened)) - probability) < 4 * error, (np.mean(happened), probability, error)


def assert_mean(values: np.ndarray, mean: float, sd: float) -> None:
    """The mean of independent values is within 4 standard errors of what it should be."""
    assert len(values) >= 100, "too few to be a test"
    assert abs(float(np.mean(values)) - mean) < 4 * sd / math.sqrt(len(values)), (np.mean(values), mean)


Measure = Callable[[Records], np.ndarray]
