"""Machine code of the loop: from the folder where it is kept, or made now.

One function calls all others, so it is enough to optimize and keep the code once, for that one; numba would do so for
each function with all that it calls, and take three times as long.
"""

import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any

import numba
from numba import types

from sim.model.compiled.cache import forget_old, is_filled
from sim.model.compiled.loop import by_patient, finish, run

KNOWN = ("0.68.",)
"""Versions of numba whose inner workings `_once` knows; with others making the code takes longer."""

_one_at_a_time = Lock()


def build(before_making: Callable[[], None] = lambda: None) -> None:
    """Have the machine code ready. Takes no time when it is kept, and tens of seconds the first time.

    before_making: called before it is made.
    """
    address = types.int64
    groups, ends = types.Array(types.int64, 2, "C"), types.Array(types.int32, 1, "C")
    with _one_at_a_time:
        if not run.signatures or not finish.signatures:
            if not (made := is_filled()):
                before_making()
            with _once({"run", "finish", "by_patient"}):
                run.compile((address, groups, groups))
                finish.compile((address,))
                by_patient.compile((address, types.int64, types.int64, groups, ends))
            if not made:
                forget_old()


def make(entries: Mapping[Any, tuple[Any, ...]]) -> None:
    """Have the machine code of further functions ready, each for arguments of these types."""
    with _one_at_a_time, _once({entry.__name__ for entry in entries}):
        for entry, arguments in entries.items():
            entry.compile(arguments)


@contextmanager
def _once(entries: set[str]) -> Iterator[None]:
    """Within this, only functions of these names become machine code; what they call becomes a part of them."""
    if not numba.__version__.startswith(KNOWN):
        yield
        return
    from llvmlite.binding import Linkage
    from numba.core.codegen import CPUCodeLibrary, JITCPUCodegen

    optimize, finalize = CPUCodeLibrary._optimize_final_module, CPUCodeLibrary._finalize_final_module
    set_env = JITCPUCodegen.set_env

    def optimize_entries(library: Any) -> None:
        if library.name in entries:
            for function in library._final_module.functions:
                if function.linkage == Linkage.linkonce_odr:
                    function.linkage = Linkage.internal
            optimize(library)

    def finalize_entries(library: Any) -> None:
        if library.name in entries:
            finalize(library)
            return
        library._finalize_dynamic_globals()
        library._final_module.__library = weakref.proxy(library)
        library._finalized = True

    def set_env_of_entries(code: Any, name: str, environment: Any) -> None:
        if code._engine.is_symbol_defined(name):
            set_env(code, name, environment)

    CPUCodeLibrary._optimize_final_module = optimize_entries
    CPUCodeLibrary._finalize_final_module = finalize_entries
    JITCPUCodegen.set_env = set_env_of_entries
    try:
        yield
    finally:
        CPUCodeLibrary._optimize_final_module, CPUCodeLibrary._finalize_final_module = optimize, finalize
        JITCPUCodegen.set_env = set_env
