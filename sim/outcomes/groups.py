"""Outcomes by group of patients: every outcome of the cohort, for each value of an attribute or of two crossed."""

import itertools
import re
from collections.abc import Sequence

import numpy as np

from sim.files.nearest import name_hint
from sim.outcomes.observed import Observed
from sim.outcomes.registry import metrics_of
from sim.scenario.schema import Scenario

CROSS = " x "
"""Between two attributes, and between two values, that are crossed."""

GROUP_SIZE = "patients"
"""Beside the metrics of a group, how many members of the cohort it has."""


def grouping(text: str, scenario: Scenario) -> tuple[str, ...]:
    """The attributes of a grouping such as "severity" or "severity x housing".

    Raises ValueError for an attribute that the scenario does not have, or more than two.
    """
    attributes = tuple(re.split(r"\s+x\s+", text.strip()))
    for attribute in attributes:
        if attribute not in scenario.population:
            known = scenario.population
            hint = name_hint(attribute, known) if known else "This scenario has no attributes"
            several = [part.strip() for part in re.split(r"[,;*]|\bx\b", attribute)]
            if len(several) == 2 and all(part in known for part in several):
                hint = f"Did you mean '{CROSS.join(several)}'?"
            raise ValueError(f"there is no attribute {attribute!r} to group by. {hint}")
    if not 1 <= len(set(attributes)) == len(attributes) <= 2:
        raise ValueError(f"{text!r}: group by one attribute, or by two different ones such as 'severity x housing'")
    return attributes


def metrics_by_group(observed: Observed, attributes: Sequence[str]) -> dict[str, dict[str, float]]:
    """Group -> metric -> value, for each combination of values of the attributes, the references first.

    Every metric about patients, as `metrics` defines it, over the members of the group; "patients" is their number. A
    group without members has NaN.
    """
    records, scenario = observed.records, observed.scenario
    groups = {}
    for values in itertools.product(*(scenario.population[attribute] for attribute in attributes)):
        among = np.ones(len(records.patients), dtype=bool)
        for attribute, value in zip(attributes, values, strict=True):
            among &= observed.having(attribute, value)
        group = observed.narrowed(among)
        groups[CROSS.join(values)] = {GROUP_SIZE: float(group.cohort_size), **metrics_of(group, about="patients")}
    return groups
