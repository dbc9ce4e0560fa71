"""Outcomes by group of patients: every outcome of the cohort, for each value of an attribute or of two crossed."""

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from sim.files.nearest import name_hint
from sim.outcomes.observed import Observed
from sim.outcomes.partition import Partition
from sim.outcomes.registry import in_their_order, metrics_of, metrics_of_groups
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
    return metrics_by_groups(observed, [tuple(attributes)])[tuple(attributes)]


def metrics_and_groups(
    observed: Observed, groupings: Sequence[tuple[str, ...]]
) -> tuple[dict[str, float], dict[tuple[str, ...], dict[str, dict[str, float]]]]:
    """Every metric, and those about patients as of `metrics_by_groups`: at once, as everybody is a group too."""
    if not groupings:
        return metrics_of(observed), {}
    by_groups = metrics_by_groups(observed, ((), *groupings))
    ((_, everybody),) = by_groups.pop(()).items()
    return in_their_order(observed, metrics_of(observed, "system") | everybody), by_groups


def metrics_by_groups(
    observed: Observed, groupings: Sequence[tuple[str, ...]], names: Collection[str] | None = None
) -> dict[tuple[str, ...], dict[str, dict[str, float]]]:
    """Grouping -> group -> metric -> value, as of `metrics_by_group`, of all groups of all groupings at once.

    A grouping by no attribute has one group, of everybody. names: of metrics, if not all are wanted.
    """
    if not groupings:
        return {}
    population, patients = observed.scenario.population, observed.records.patients
    attributes = list(dict.fromkeys(name for grouping in groupings for name in grouping))
    numbers = [[attributes.index(name) for name in grouping] for grouping in groupings]
    codes, sizes = [patients[name] for name in attributes], [len(population[name]) for name in attributes]
    of_groups = observed.grouped(Partition.of_values(codes, numbers, sizes))
    values = {GROUP_SIZE: of_groups.sizes.astype(float).tolist(), **metrics_of_groups(of_groups, names)}
    each = (dict(zip(values, of_group, strict=True)) for of_group in zip(*values.values(), strict=True))
    return {
        grouping: {CROSS.join(group): next(each) for group in _values(grouping, population)} for grouping in groupings
    }


def _values(grouping: Sequence[str], population: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, ...]]:
    """Every combination of values of the attributes."""
    return itertools.product(*(population[name] for name in grouping))
