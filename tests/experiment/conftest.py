"""What tests of the store and of faults watch."""

import pytest

import sim
from sim.experiment import replications
from sim.model.engine import Engine
from sim.model.records import Records


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the replications that this process simulates."""
    numbers: list[int] = []
    replicate = replications.replicate

    def counted(scenario: sim.Scenario, seed: int, replication: int, engine: Engine) -> Records:
        numbers.append(replication)
        return replicate(scenario, seed, replication, engine)

    monkeypatch.setattr(replications, "replicate", counted)
    return numbers
