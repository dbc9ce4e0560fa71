"""The load that a scenario offers to its places, estimated before anything is simulated."""

from sim.scenario.load.excess import load_warnings

__all__ = ["load_warnings"]
