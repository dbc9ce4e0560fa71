"""The waiting lists against another simulator: the same queueing networks in Ciw (Palmer et al. 2019, J Simulation).

Both engines run the same number of replications from fixed seeds; a quantity agrees if the means of the two differ by
less than 4 standard errors of the difference.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from support import exponential, scenario

from sim.model import replicate
from sim.scenario import Scenario
from sim.vocabulary import OUTCOMES

ciw = pytest.importorskip("ciw")

REPLICATIONS = 8
WARM_UP, TAIL = 50.0, 50.0
ADMITTED, RENEGED = OUTCOMES.index("admitted"), OUTCOMES.index("reneged")
NEVER = 1e9
"""Patience in days of someone who never leaves: Ciw wants one for every node, or none."""

Measures = dict[str, float]


class Node(NamedTuple):
    """One queue: servers, mean service, mean patience (None: endless), and the chance of going on to the next node."""

    servers: int
    service: float
    patience: float | None = None
    onward: float = 0.0


def in_stepdown(nodes: list[Node], arrivals: float, days: float, replication: int) -> Measures:
    """Mean wait of the served, occupancy and share who abandon of each node, by our engine."""
    system = as_scenario(nodes, arrivals, days)
    records = replicate(system, 2024, replication)
    found = {}
    waits, stays = records.waits, records.stays
    for number, node in enumerate(nodes):
        here = (waits["level"] == number) & (waits["asked"] >= WARM_UP) & (waits["asked"] < WARM_UP + days)
        served = here & (waits["outcome"] == ADMITTED)
        staying = stays["level"] == number
        found |= measures(
            number,
            node,
            (waits["ended"] - waits["asked"])[served],
            int((here & (waits["outcome"] == RENEGED)).sum()),
            stays["admitted"][staying],
            stays["discharged"][staying],
            days,
        )
    return found


def in_ciw(nodes: list[Node], arrivals: float, days: float, replication: int) -> Measures:
    """The same by Ciw."""
    count = len(nodes)
    ciw.seed(7_000 + replication)
    options: dict[str, Any] = {}
    if any(node.patience for node in nodes):
        options["reneging_time_distributions"] = [
            ciw.dists.Exponential(1 / node.patience) if node.patience else ciw.dists.Deterministic(NEVER)
            for node in nodes
        ]
    routing = [[0.0] * count for _ in nodes]
    for number, node in enumerate(nodes[:-1]):
        routing[number][number + 1] = node.onward
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(arrivals), *[None] * (count - 1)],
        service_distributions=[ciw.dists.Exponential(1 / node.service) for node in nodes],
        number_of_servers=[node.servers for node in nodes],
        routing=routing,
        **options,
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(WARM_UP + days + TAIL)
    records = simulation.get_all_records()
    found = {}
    for number, node in enumerate(nodes):
        here = [r for r in records if r.node == number + 1]
        inside = [r for r in here if WARM_UP <= r.arrival_date < WARM_UP + days]
        service = [r for r in here if r.record_type == "service"]
        found |= measures(
            number,
            node,
            np.array([r.waiting_time for r in inside if r.record_type == "service"]),
            sum(r.record_type == "renege" for r in inside),
            np.array([r.service_start_date for r in service]),
            np.array([r.service_end_date for r in service]),
            days,
        )
    return found


def measures(
    number: int, node: Node, waited: np.ndarray, abandoned: int, began: np.ndarray, ended: np.ndarray, days: float
) -> Measures:
    """What is compared of one node, over [WARM_UP, WARM_UP + days)."""
    busy = np.clip(np.minimum(ended, WARM_UP + days) - np.maximum(began, WARM_UP), 0, None).sum()
    found = {f"wait {number}": float(waited.mean()), f"occupancy {number}": float(busy / days / node.servers)}
    if node.patience:
        found[f"abandoned {number}"] = abandoned / (abandoned + len(waited))
    return found


def as_scenario(nodes: list[Node], arrivals: float, days: float) -> Scenario:
    """The network as levels with places of their own."""
    levels: dict[str, Any] = {}
    for number, node in enumerate(nodes):
        level: dict[str, Any] = {"places": [f"place_{number}"], "length_of_stay": exponential(node.service)}
        if node.patience:
            level["patience"] = exponential(node.patience)
        if node.onward:
            level["next"] = [{"to": f"node_{number + 1}", "probability": node.onward}]
        levels[f"node_{number}"] = level
    return scenario(
        levels,
        {f"place_{number}": node.servers for number, node in enumerate(nodes)},
        arrivals={"per_day": arrivals},
        time={"warm_up_days": WARM_UP, "recruitment_days": days, "follow_up_days": TAIL},
    )


NETWORKS: dict[str, tuple[list[Node], float, float]] = {
    "M/M/1": ([Node(1, 0.6)], 1.0, 4_000),
    "M/M/3": ([Node(3, 1.0)], 2.4, 2_500),
    "M/M/5, finite patience": ([Node(5, 1.0, patience=1.5)], 6.0, 1_000),
    "tandem, 60 % go on": ([Node(3, 1.0, onward=0.6), Node(2, 1.1)], 2.2, 2_000),
    "tandem, finite patience": ([Node(3, 1.0, patience=2.0, onward=0.7), Node(2, 1.5, patience=0.5)], 3.3, 1_000),
}


def repeated(engine: Callable[..., Measures], network: str) -> dict[str, np.ndarray]:
    """Each measure of every replication."""
    runs = [engine(*NETWORKS[network], replication) for replication in range(REPLICATIONS)]
    return {name: np.array([run[name] for run in runs]) for name in runs[0]}


@pytest.mark.parametrize("network", NETWORKS)
def test_both_simulators_say_the_same(network: str) -> None:
    ours, theirs = repeated(in_stepdown, network), repeated(in_ciw, network)
    assert list(ours) == list(theirs)
    for name, values in ours.items():
        others = theirs[name]
        error = math.sqrt((values.var(ddof=1) + others.var(ddof=1)) / REPLICATIONS)
        assert error < 0.1 * others.mean(), f"{name}: too noisy to be a test"
        assert abs(values.mean() - others.mean()) < 4 * error, (name, values.mean(), others.mean(), error)
