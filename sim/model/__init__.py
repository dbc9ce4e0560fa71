"""One replication: keyed draws, the patients' pathway through places and waiting lists, and the records it leaves."""

from sim.model.pace import EndlessCircle
from sim.model.records import Facts, Records
from sim.model.replication import replicate

__all__ = ["EndlessCircle", "Facts", "Records", "replicate"]
