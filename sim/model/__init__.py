"""One replication: keyed draws, the patients' pathway through places and waiting lists, and the records it leaves."""

from sim.model.pace import EndlessCircle
from sim.model.records import OUTCOMES, REASONS, ROUTES, STATES, Facts, Records
from sim.model.replication import replicate

__all__ = ["OUTCOMES", "REASONS", "ROUTES", "STATES", "EndlessCircle", "Facts", "Records", "replicate"]
