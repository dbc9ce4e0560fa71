"""Which engine runs where a test asks for the SimPy engine: the compiled one does, in a fraction of the time.

Their records are the same in every bit, which tests/model/compiled holds. The SimPy engine itself runs in tests/model,
in tests that change it from within, and everywhere with STEPDOWN_ENGINE=simpy, or without numba. So it is with loops
over rows: the plain ones run in tests/outcomes, whose test_kernels.py holds that the compiled ones give their bits.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

ROOM = Path(__file__).parent / "model"
"""Tests of the SimPy engine."""
PLAIN = Path(__file__).parent / "outcomes"
"""Tests of loops over rows, as Python runs them."""
WITHIN = {"median_luck", "life_at_home"}
"""Fixtures that change it from within."""
KEPT = 16

_kept = threading.local()


def wants_simpy(item: "pytest.Item") -> bool:
    """Whether a test is about the SimPy engine itself."""
    return (
        os.environ.get("STEPDOWN_ENGINE") == "simpy"
        or ROOM in item.path.parents
        or not WITHIN.isdisjoint(getattr(item, "fixturenames", ()))
    )


def wants_plain(item: "pytest.Item") -> bool:
    """Whether a test is about loops over rows without machine code."""
    return os.environ.get("STEPDOWN_ENGINE") == "simpy" or (
        PLAIN in item.path.parents and item.path.name != "test_kernels.py"
    )


def choose(simpy: bool, plain: bool) -> None:
    """From now on, in this process."""
    from sim.model import engine
    from sim.outcomes import compiling

    simpy_engine = _simpy()  # Before anything takes its place.
    engine.Replication = simpy_engine if simpy or not made() else _compiled  # type: ignore[assignment,misc]
    compiling._loaded[:] = [] if plain or not made() else _kernels()


@cache
def _simpy() -> Any:
    from sim.model import engine

    return engine.Replication


def _compiled(plans: Any, seed: int, replication: int) -> Any:
    """In the place of `Replication`; each thread has tables of its own."""
    from sim.model.compiled.engine import CompiledReplication
    from sim.model.compiled.plan_arrays import PlanArrays

    plans = plans if isinstance(plans, tuple) else (plans,)
    kept: dict[tuple[int, ...], PlanArrays] = _kept.__dict__.setdefault("lowered", {})
    key = tuple(map(id, plans))
    if key not in kept:
        if len(kept) == KEPT:
            del kept[next(iter(kept))]
        kept[key] = PlanArrays(plans)
    return CompiledReplication(kept[key], seed, replication)


@cache
def made() -> bool:
    """Have the compiled engine ready, which is made once for all processes that test, and all that they start."""
    from sim.model.engines import can_compile

    if not can_compile():
        return False
    from sim.model.compiled import building, cache

    with _one_at_a_time(cache.folder()):
        building.build()
        _kernels()
    return True


@cache
def _kernels() -> list[Any]:
    from sim.outcomes import compiling

    compiling.ready("compiled")
    return compiling._loaded[:]


@contextmanager
def _one_at_a_time(folder: Path | None) -> Iterator[None]:
    """Processes that want to make the same wait for the one that does."""
    try:
        import fcntl
    except ImportError:  # On Windows, where each makes its own.
        folder = None
    if folder is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
