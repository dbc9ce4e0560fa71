"""How stays end and the load that they are to places, estimated before anything is simulated."""

from sim.scenario.load.excess import load_warnings
from sim.scenario.load.walls import wall_warnings

__all__ = ["load_warnings", "wall_warnings"]
