"""With STEPDOWN_ENGINE=compiled, what is verified here is the compiled engine."""

import os

import pytest

WITHIN = {"median_luck", "life_at_home"}
"""Fixtures that change the SimPy engine from within."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("STEPDOWN_ENGINE") == "compiled":
        for item in items:
            if WITHIN & set(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.skip(reason="it changes the other engine from within"))


if os.environ.get("STEPDOWN_ENGINE") == "compiled":
    from sim.model.compiled.engine import CompiledReplication
    from sim.model.compiled.plan_arrays import PlanArrays
    from sim.model.engine import Replication
    from sim.model.records import Records

    begin = Replication.__init__

    def begin_and_note(self: Replication, plans: object, seed: int, replication: int) -> None:
        begin(self, plans, seed, replication)  # type: ignore[arg-type]
        self.which = seed, replication  # type: ignore[attr-defined]

    def run_compiled(self: Replication) -> Records:
        seed, replication = self.which  # type: ignore[attr-defined]
        return CompiledReplication(PlanArrays(self.plans), seed, replication).run()

    Replication.__init__ = begin_and_note  # type: ignore[assignment]
    Replication.run = run_compiled  # type: ignore[method-assign]
