"""Which engine runs replications: SimPy's, which people read, or the compiled one; records are the same to the bit.

Compiled code takes about a thirtieth of the time once it is there. Making it takes a quarter of a minute of a free
core, once on a machine for each version, and loading it half a second.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Literal, get_args

from sim.model.engine import Engine, plan_of, plans_of
from sim.model.plan import Plan
from sim.scenario.change import DatedChange
from sim.scenario.schema import Scenario
from sim.vocabulary import DAYS_PER_YEAR, NONE

EngineChoice = Literal["auto", "simpy", "compiled"]
CHOICES: tuple[EngineChoice, ...] = get_args(EngineChoice)

PER_PERSON, PER_YEAR = 88e-6, 44e-6
"""Seconds that the SimPy engine takes for somebody, and for a year of a life, more or less."""
TO_LOAD, TO_MAKE = 1.0, 25.0
"""Seconds of that engine below which it is not worth while to load compiled code, or to make it."""
MAKING = "compiling the engine, once for this version on this machine; this takes about half a minute ..."


def check_engine(choice: str) -> None:
    """ValueError unless this engine can be had."""
    if choice not in CHOICES:
        raise ValueError(f"engine must be {', '.join(CHOICES[:-1])} or {CHOICES[-1]}, not {choice!r:.80}")
    if choice == "compiled" and not can_compile():
        raise ValueError(
            "engine='compiled' needs numba, which cannot be imported here; engine='simpy' gives the same results"
        )


def engine_for(
    choice: EngineChoice,
    systems: Sequence[Scenario | DatedChange],
    workers: int | str = 1,
    say: Callable[[str], None] | None = None,
) -> Engine:
    """The engine for a replication of each of these, ready for use, also by other processes.

    auto: the one that is sooner done, by an estimate. workers: processes, or the address of a cluster, each of whose
    machines makes its own. say: told in a sentence what takes long, before it does.
    """
    check_engine(choice)
    if choice == "simpy" or not systems:
        return "simpy"
    if choice == "auto":
        # What several workers share, each of them waits for.
        each = {id(system): system for system in systems}
        often = Counter(map(id, systems))
        processes = 1 if isinstance(workers, str) else workers or os.cpu_count() or 1
        seconds = sum(_seconds(each[which]) * often[which] for which in each) / processes
        if seconds < TO_LOAD or not can_compile() or not (seconds >= TO_MAKE or _is_made()):
            return "simpy"
    from sim.model.compiled.building import build
    from sim.model.compiled.cache import folder

    if choice == "auto" and workers != 1 and folder() is None:
        return "simpy"  # Every worker would make its own.
    build(lambda: say(MAKING) if say else None)
    return "compiled"


@cache
def can_compile() -> bool:
    """Whether there is a compiler that can be imported."""
    if find_spec("numba") is None:
        return False
    try:
        import numba  # noqa: F401
    except Exception:  # One for another numpy, say, which has an error of its own.
        return False
    return True


def _is_made() -> bool:
    from sim.model.compiled.cache import is_filled

    return is_filled()


def _seconds(system: Scenario | DatedChange) -> float:
    """About how long the SimPy engine takes for a replication."""
    plan: Plan = plans_of(system)[-1] if isinstance(system, DatedChange) else plan_of(system)
    there = sum(in_care + waiting for _, in_care, waiting in plan.initial) + sum(each.people for each in plan.known)
    years = plan.horizon / DAYS_PER_YEAR
    if plan.newcomers != NONE:
        return (there + plan.newcomers) * (PER_PERSON + PER_YEAR * years)
    newcomers = float(plan.arrivals[1][-1])
    return there * (PER_PERSON + PER_YEAR * years) + newcomers * (PER_PERSON + PER_YEAR * years / 2)
