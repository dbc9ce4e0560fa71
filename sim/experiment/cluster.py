"""Replications on a cluster: on the workers of a dask.distributed scheduler, as on those of this machine.

Scenarios travel there as JSON, readings come back as they are. Before the first task, scheduler and workers must show
that they run what runs here: every number is then the same to the bit, whoever computes it. A worker computes one
replication at a time. Finished replications are kept here, as they come: no worker needs the folder of a store.
"""

import errno
import hashlib
import logging
import math
import platform
import queue
import re
import secrets
import signal
import struct
import threading
import time
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sim.experiment.replications import AHEAD, SMALLER, Batches, Reading, Task, perform, several
from sim.experiment.store.fingerprint import CODE
from sim.experiment.workforce import Keeper
from sim.files.provenance import LIBRARIES
from sim.scenario.change import DatedChange
from sim.scenario.schema import Scenario

CONNECTING = 10.0
"""Seconds in which a scheduler answers for the first time, and has a first worker."""
ANSWER = 60.0
"""Seconds in which it answers, and its workers do: a worker that is at work does so between two of its steps."""
LOOK = 5.0
"""Seconds between two looks at whether the scheduler is there, and how many workers."""
GONE = 60.0
"""Seconds after which no worker is expected back any more; one whose process has died is back within a few."""
LONG = 1.0
"""Seconds that a batch takes: a scheduler hands out some hundred a second."""

PACKAGES = ("stepdown", *LIBRARIES, "numba", "dask", "distributed", "cloudpickle")
"""Packages whose versions must agree."""
MISSING = (
    "a cluster needs dask.distributed, which is not installed; install it, in the folder of Stepdown, with: "
    "python3 -m pip --python .venv install -c .ci/constraints.txt -e '.[cluster]'"
)
SAME = "install the same there, in the same way (one container image for all is the simplest)"
LOGS = ("distributed", "distributed.client", "tornado.application", "asyncio")
"""Where dask, and the loop that it runs in, tell of a scheduler that is lost, or of what was under way when a client is
closed, with tracebacks, and on the terminal; an error of ours says it."""
LISTED = 8
"""Workers, or replications, that an error names at the most."""


# --- on a worker ---

Simulated = Scenario | DatedChange
Timed = tuple[list[Reading], float]
"""Readings, and the seconds that they took."""


Assignment = tuple[int, dict[str, Any]]
"""A task as it travels: which of the systems that are sent along it is about, and the rest of it, by name."""


def assignment(task: Task, system: int) -> Assignment:
    """A task, about the system of this number."""
    names = (part.name for part in fields(Task) if part.name not in ("scenario", "change"))
    return system, {name: getattr(task, name) for name in names}


def _task(of: Simulated, parts: Mapping[str, Any]) -> Task:
    return Task(of.after, change=of, **parts) if isinstance(of, DatedChange) else Task(of, **parts)


_one_at_a_time = threading.Lock()


class OtherCode(Exception):
    """A worker runs something else than whoever sent it work: it came after the others had been asked."""


@cache
def code_here() -> Mapping[str, str]:
    """What the last bit of a number may depend on, beside versions of packages; the same wherever one may compute."""
    points = (number / 256 for number in range(1, 4_097))
    values = (f(x) for x in points for f in (math.log, math.log1p, math.expm1, _power, _decay))
    rounded = hashlib.sha256(b"".join(struct.pack("d", value) for value in values))
    return {
        "machine": " ".join((platform.machine(), *platform.libc_ver())).strip(),
        "source": CODE[:12],
        "cluster.py": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12],
        "rounding of exp, log and pow": rounded.hexdigest()[:12],
    }


def _power(x: float) -> float:
    return math.pow(x, 0.7)


def _decay(x: float) -> float:
    return math.exp(-x)


def compute(systems: Sequence[bytes], assignments: Sequence[Assignment], code: Mapping[str, str]) -> Timed:
    """The readings of some tasks. Raises OtherCode unless this worker runs what runs where they come from."""
    if code != code_here():
        raise OtherCode(_different(code_here(), code))
    tasks = [_task(unpacked(systems[system]), parts) for system, parts in assignments]
    try:
        with _one_at_a_time:  # A worker may have several threads, of which Python runs one at a time in any case.
            return several(perform, tasks)
    except RecursionError as error:
        deep = str(error)
    # Anew, without the long way to it: what is sent must be small enough to be sent.
    raise RecursionError(deep)


def packed(system: Simulated) -> bytes:
    """A scenario, or a change from one to another, as JSON, deflated."""
    parts = (system.baseline, system.arm) if isinstance(system, DatedChange) else (system,)
    texts = [part.model_dump_json(by_alias=True) for part in parts]
    if isinstance(system, DatedChange):
        texts += [f"{system.day!r}", f'"{system.lists}"']
    return zlib.compress(f"[{','.join(texts)}]".encode(), level=1)


@lru_cache(maxsize=64)
def unpacked(data: bytes) -> Simulated:
    """What was packed: equal to it, in everything."""
    import json

    first, *others = json.loads(zlib.decompress(data))
    scenario = Scenario.model_validate(first)
    if not others:
        return scenario
    arm, day, lists = others
    return DatedChange(scenario, Scenario.model_validate(arm), day, lists)


# --- here ---


@dataclass(eq=False)
class _Batch:
    """Tasks that go to a worker together, and what has come back of them.

    future: of what is being computed. suspected: workers have died over it, or over what ran beside it.
    """

    tasks: Sequence[Task]
    readings: list[Reading] = field(default_factory=list)
    future: Any = None
    suspected: bool = False

    @property
    def unfinished(self) -> Sequence[Task]:
        return self.tasks[len(self.readings) :]


class Cluster:
    """The workers of a dask scheduler, while this is open; it is asked for them when there is something to compute.

    That raises ValueError where dask is not installed, or scheduler or workers run something else than what runs here,
    each difference named; ConnectionError where there is no scheduler, it has no workers, or either does not answer.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._client: Any = None
        self._workers = 0
        self._levels: dict[str, int] = {}

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            with suppress(Exception):  # The scheduler has gone, or does not answer.
                self._client.close(timeout=LOOK)
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)

    def readings(self, tasks: Sequence[Task], keeper: Keeper | None = None) -> Generator[Reading, None, None]:
        """The reading of each task, in their order, kept as soon as it is there.

        When this is closed, or ends in any other way, what no worker has begun is cancelled; what one has, it ends.
        Raises ConnectionError when the scheduler is lost, ChildProcessError when all workers are, or when a replication
        ends every worker that it is given to; and what a replication raises.
        """
        if not tasks:
            return
        if self._client is None:
            self._connect()
        yield from _Run(self._client, self.address, self._workers, tasks, keeper).readings()

    def _connect(self) -> None:
        if find_spec("distributed") is None:
            raise ValueError(MISSING)
        import distributed  # noqa: F401 - it sets the levels of its logs itself

        for name in LOGS:
            self._levels[name] = logging.getLogger(name).level
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self._client = _connected(self.address)
        self._count_workers()
        self._check_versions()

    def _count_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=CONNECTING)
        except TimeoutError:
            raise ConnectionError(
                f"the scheduler at {self.address} has no workers; on each machine, this starts some: "
                f"dask worker {self.address} --nworkers auto --nthreads 1"
            ) from None
        threads = asked(self._client, self._client.nthreads)
        self._workers = len(threads)
        if idle := sum(threads.values()) - len(threads):
            warnings.warn(
                f"{idle} threads of the {len(threads)} workers at {self.address} have nothing to do: each worker "
                "computes one replication at a time; start one worker a core, with --nworkers auto --nthreads 1",
                UserWarning,
                stacklevel=2,
            )

    def _check_versions(self) -> None:
        """ValueError unless everybody there runs what runs here."""
        client = self._client
        answer = asked(client, client.get_versions, packages=PACKAGES)
        versions = {name: answer["client"]["packages"][name] for name in ("python", *PACKAGES)}
        packages = {"the scheduler": answer["scheduler"], **answer["workers"]}
        _refuse(self.address, {who: _different(of["packages"], versions) for who, of in packages.items()})
        # All have our modules, it seems: with a scheduler that lacks one, tasks would wait for ever.
        try:
            codes = {"the scheduler": asked(client, client.run_on_scheduler, code_here)}
        except ImportError as error:
            codes = {"the scheduler": error}
        codes.update(asked(client, client.run, code_here, on_error="return"))
        _refuse(self.address, {who: _different(of, code_here()) for who, of in codes.items()})


class _Run:
    """Some tasks on their way through a cluster."""

    def __init__(self, client: Any, address: str, workers: int, tasks: Sequence[Task], keeper: Keeper | None) -> None:
        self._client = client
        self._address = address
        self._keeper = keeper
        self._left = Batches(tasks, LONG, AHEAD * workers)
        self._batches: deque[_Batch] = deque()
        self._returned: queue.SimpleQueue[tuple[_Batch, Any] | None] = queue.SimpleQueue()
        self._packed: dict[Simulated, bytes] = {}
        self._looked = self._seen = time.monotonic()

    def readings(self) -> Generator[Reading, None, None]:
        """See `Cluster.readings`."""
        try:
            while True:
                with _signals_between_steps(self._returned):
                    self._hand_out()
                if not self._batches:
                    break
                while self._batches[0].unfinished:
                    with _signals_between_steps(self._returned):
                        self._hand_out_suspects()
                        if (returned := self._next_returned()) is not None:
                            self._take(*returned)
                yield from self._batches.popleft().readings
        except MemoryError as error:
            raise OSError(errno.ENOMEM, f"a worker has not enough memory for a replication; {SMALLER}") from error
        finally:
            self._let_go()

    def _hand_out(self) -> None:
        """As many batches as are handed out at once; while it is unknown which replication ends workers, no more."""
        while len(self._batches) < self._left.at_once and not any(batch.suspected for batch in self._batches):
            tasks = next(self._left, ())
            if not tasks:
                break
            self._batches.append(_Batch(tasks))
            self._send(self._batches[-1], tasks)

    def _hand_out_suspects(self) -> None:
        """When nothing else is under way, the next suspected replication, alone: dask blames whatever a worker had."""
        if not any(batch.future for batch in self._batches):
            suspect = next(batch for batch in self._batches if batch.unfinished)
            self._send(suspect, suspect.unfinished[:1])

    def _send(self, batch: _Batch, tasks: Sequence[Task]) -> None:
        of = [task.change or task.scenario for task in tasks]
        systems = list(dict.fromkeys(of))
        for system in systems:
            if system not in self._packed:
                self._packed[system] = packed(system)
        assignments = [assignment(task, systems.index(each)) for task, each in zip(tasks, of, strict=True)]
        # By a key of its own: equal calls would be one, also those of somebody else who uses the scheduler.
        batch.future = self._client.submit(
            compute,
            tuple(self._packed[system] for system in systems),
            assignments,
            dict(code_here()),
            key=f"stepdown-{secrets.token_hex(12)}",
            pure=False,
        )
        batch.future.add_done_callback(lambda future: self._returned.put((batch, future)))

    def _next_returned(self) -> tuple[_Batch, Any] | None:
        """The next batch that has been computed, or has failed; all the while the scheduler must be there. None when a
        signal has come."""
        while True:
            if time.monotonic() - self._looked > LOOK:
                self._look()
            with suppress(queue.Empty):
                return self._returned.get(timeout=LOOK)

    def _take(self, batch: _Batch, future: Any) -> None:
        """What has come back of a batch."""
        from distributed import KilledWorker

        if future.status == "cancelled":
            raise self._lost()
        try:
            readings, seconds = future.result(timeout=ANSWER)
        except KilledWorker as error:
            if batch.suspected:
                what = _named(batch.unfinished[:1])
                raise ChildProcessError(
                    f"{what} ended every worker that it was given to, most likely for lack of memory; {SMALLER}"
                ) from error
            batch.future, batch.suspected = None, True
            return
        except TimeoutError:
            # Its worker has gone with the result, and it is being computed again.
            future.add_done_callback(lambda future: self._returned.put((batch, future)))
            return
        except (OtherCode, ImportError) as error:
            raise ValueError(
                f"a worker at {self._address} came later, and is not as the others: {error}; {SAME}"
            ) from error
        batch.future = None
        self._left.learn(len(readings), seconds)
        self._keep(batch, readings)

    def _keep(self, batch: _Batch, readings: Iterable[Reading]) -> None:
        for task, reading in zip(batch.unfinished, readings, strict=False):
            if self._keeper:
                self._keeper.keep(task, reading)
            batch.readings.append(reading)

    def _look(self) -> None:
        """How many workers there are by now; ConnectionError when the scheduler has gone."""
        try:
            count = len(asked(self._client, self._client.nthreads)) if self._client.status == "running" else None
        except OSError:
            count = None
        if count is None:
            raise self._lost()
        self._looked = time.monotonic()
        if count:
            self._left.at_once = AHEAD * count
            self._seen = self._looked
        elif self._looked - self._seen > GONE:
            under_way = _named([task for batch in self._batches for task in batch.unfinished])
            why = f"no worker is left at {self._address}, and none has come back in {GONE:g} s"
            raise ChildProcessError(f"{why}; under way were {under_way}")

    def _lost(self) -> ConnectionError:
        return ConnectionError(f"the scheduler at {self._address} is there no more, or was restarted")

    def _let_go(self) -> None:
        """Keep what has come back meanwhile, and cancel the rest."""
        with suppress(Exception):  # Whatever ended this is what matters.
            while self._keeper and not self._returned.empty():
                returned = self._returned.get()
                if returned is not None and returned[1].status == "finished":
                    self._keep(returned[0], returned[1].result(timeout=LOOK)[0])
        if futures := [batch.future for batch in self._batches if batch.future is not None]:
            with suppress(Exception):
                asked(self._client, self._client.cancel, futures, within=LOOK)


@contextmanager
def _signals_between_steps(waiting: queue.SimpleQueue[Any]) -> Iterator[None]:
    """What a signal raises comes up between two steps: within one, Python ignores it if an object is just let go, as
    dask's futures are all the time. waiting: gets None, so that nobody waits on.
    """
    late: list[int] = []

    def heard(number: int, frame: Any) -> None:
        late.append(number)
        waiting.put(None)
        if late.count(number) > 1:  # Whoever asks again waits no longer.
            before[number](number, frame)

    main = threading.current_thread() is threading.main_thread()
    answered = [each for each in (signal.SIGINT, signal.SIGTERM) if main and callable(signal.getsignal(each))]
    before: dict[int, Any] = {number: signal.getsignal(number) for number in answered}
    for number in answered:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for each in answered:
            signal.signal(each, before[each])
        for came in dict.fromkeys(late):
            signal.raise_signal(came)


def asked(client: Any, method: Callable[..., Any], *arguments: Any, within: float | None = None, **named: Any) -> Any:
    """What a method of the client returns. Raises ConnectionError when the answer does not come in time."""
    within = ANSWER if within is None else within
    try:
        return client.sync(method, *arguments, callback_timeout=within, **named)
    except (TimeoutError, OSError) as error:
        address = client.scheduler.address if client.scheduler else "this address"
        raise ConnectionError(f"the scheduler at {address}, or a worker, did not answer in {within:g} s") from error


def _connected(address: str) -> Any:
    """A client of the scheduler at an address. Raises ConnectionError."""
    from distributed import Client

    clients: list[Any] = []
    errors: list[Exception] = []

    def connect() -> None:
        try:
            with warnings.catch_warnings(action="ignore"):  # Of versions; they are looked at in earnest.
                clients.append(Client(address, timeout=CONNECTING, set_as_default=False))
        except Exception as error:  # Of many kinds, as what answers may be anything.
            errors.append(error)

    # In a thread of its own, as it has no end where somebody takes the call and says nothing.
    calling = threading.Thread(target=connect, daemon=True)
    calling.start()
    calling.join(2 * CONNECTING)
    if clients:
        return clients[0]
    why = str(errors[0]) or type(errors[0]).__name__ if errors else "somebody takes the call, and says nothing"
    raise ConnectionError(
        f"no dask scheduler answers at {address} ({why}); `dask scheduler` starts one, and says its address"
    ) from (errors[0] if errors else None)


def _different(there: Any, ours: Mapping[str, str]) -> str:
    """How what is there, or the error instead, differs from ours; empty if it does not."""
    if not isinstance(there, Mapping):
        lacking = re.search(r"No module named '[^']*'", str(there))  # Told in many ways.
        return lacking[0] if lacking else f"{type(there).__name__}: {there}"
    return ", ".join(
        f"{name} {there.get(name) or 'missing'}, not {value}"
        for name, value in ours.items()
        if there.get(name) != value
    )


def _refuse(address: str, differences: Mapping[str, str]) -> None:
    """ValueError if there are any, with those who share one on one line."""
    who: dict[str, list[str]] = {}
    for name, difference in differences.items():
        if difference:
            who.setdefault(difference, []).append(name)
    if who:
        lines = [f"  {_some(names)}: {difference}" for difference, names in who.items()]
        raise ValueError(
            f"the cluster at {address} does not run what runs here, and numbers might differ in the last bit:\n"
            + "\n".join(lines[:LISTED])
            + f"\n{SAME}"
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def _named(tasks: Sequence[Task]) -> str:
    """Replications, by scenario and number."""
    return _some([f"replication {task.replication} of {task.scenario.name}" for task in tasks])
