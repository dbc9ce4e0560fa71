"""One replication: keyed draws, the patients' pathway through places and waiting lists, and the records it leaves."""

from sim.model.engine import replicate
from sim.model.pace import EndlessCircle
from sim.model.records import Facts, Records

__all__ = ["EndlessCircle", "Facts", "Records", "replicate"]
