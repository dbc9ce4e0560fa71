"""Who simulates: the processes of this machine, or the workers of a cluster."""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from sim.experiment.replications import Reading, Task, each, keeping_workers, perform

ADDRESS = re.compile(r"[a-z]+://\S+|(\[[0-9a-f:.]+\]|[^\s:/]+):\d+", re.IGNORECASE)


class Keeper(Protocol):
    """A place where finished replications are kept, as a `ResultStore`."""

    def perform(self, task: Task) -> Reading:
        """Compute a replication and keep it."""

    def keep(self, task: Task, reading: Reading) -> None:
        """Keep one that was computed elsewhere."""


class Workforce(Protocol):
    """Whoever computes replications; never changes a number."""

    def readings(self, tasks: Sequence[Task], keeper: Keeper | None = None) -> Generator[Reading, None, None]:
        """The reading of each task, in their order, kept as soon as it is there; nobody is at work once this ends."""


@dataclass(frozen=True)
class Processes:
    """So many on this machine, 0 for one a core."""

    count: int

    def readings(self, tasks: Sequence[Task], keeper: Keeper | None = None) -> Generator[Reading, None, None]:
        """See `replications.each`."""
        return each(keeper.perform if keeper else perform, tasks, self.count)


def is_address(text: str) -> bool:
    """Whether this may be the address of a scheduler: scheme://somewhere, or host:port."""
    return ADDRESS.fullmatch(text) is not None


@contextmanager
def workforce(workers: int | str) -> Iterator[Workforce]:
    """So many processes, or the cluster whose scheduler has this address, for several runs one after the other.

    Raises what `cluster.Cluster` does.
    """
    if isinstance(workers, str):
        from sim.experiment.cluster import Cluster

        with Cluster(workers) as cluster:
            yield cluster
    else:
        with keeping_workers() if workers != 1 else nullcontext():
            yield Processes(workers)
