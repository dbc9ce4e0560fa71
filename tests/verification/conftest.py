"""With STEPDOWN_ENGINE=compiled, what is verified here is the compiled engine."""

import os

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
