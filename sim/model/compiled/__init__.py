"""One replication by compiled code: the flow of control of `sim.model` once more, for numba, module by module."""
