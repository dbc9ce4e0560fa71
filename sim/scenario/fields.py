"""The numbers of a scenario by dotted path."""

from collections.abc import Iterator

from sim.files.paths import join_path
from sim.scenario.schema import Scenario
from sim.scenario.shape import Node, nodes, scenario_shape

NO_INPUTS = ("evidence", "evidence_correlation", "evidence_structures", "price_year", "reads", "targets")
"""Where numbers stand that are none of the system's."""


def numbers(scenario: Scenario) -> dict[str, float]:
    """Every number of a scenario by dotted path, in the schema's order; none of NO_INPUTS, no dates."""
    return {join_path(node.path): node.value for node in _numbers(scenario)}


def stated_numbers(scenario: Scenario) -> dict[str, float]:
    """The numbers that differ from the schema's default or have none: those that deserve an evidence card."""
    return {join_path(node.path): node.value for node in _numbers(scenario) if node.value != node.default}


def _numbers(scenario: Scenario) -> Iterator[Node]:
    for key, shape, value in scenario_shape().children(scenario):
        if key not in NO_INPUTS:
            below = nodes(value, shape, (key,), shape.default)
            yield from (node for node in below if node.shape.is_number and node.value is not None)
