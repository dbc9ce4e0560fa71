"""The compiler: how functions of this package are compiled, and the clinical rules with them.

`formulas` and `laws` say each rule once, for both engines. `twin` compiles what stands twice: the flow of control.
"""

import inspect
from bisect import bisect_right
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar, cast

from numba import njit, types
from numba.extending import overload, register_jitable

from sim.model import formulas, pace
from sim.scenario import laws

Function = TypeVar("Function", bound=Callable[..., Any])

OPTIONS = {"error_model": "numpy", "fastmath": False}
"""Division by zero gives what IEEE 754 says; it is not to be had from a sound scenario."""
WITHIN = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""What Python does not call needs no way in."""


def twin(function: Function) -> Function:
    """Compile a function that stands for one of the same name in the model; others of this package call it."""
    compiled: Any = njit(**OPTIONS, **WITHIN)(function)
    call = compiled.get_call_template

    def call_with_numbers(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        # Not for each constant, and each size of whole numbers, anew, as numba would.
        return call(tuple(map(_any_such, arguments)), keywords)

    compiled.get_call_template = call_with_numbers
    return cast(Function, compiled)


def _any_such(kind: Any) -> Any:
    kind = types.unliteral(kind)
    small = isinstance(kind, types.Boolean) or (isinstance(kind, types.Integer) and kind.bitwidth < 64)
    return types.int64 if small else kind


def entry(function: Function) -> Function:
    """Compile a function that Python calls."""
    compiled: Function = njit(**OPTIONS)(function)
    return compiled


def rule(function: Function) -> Function:
    """Have compiled functions call one that is said over plain numbers, which Python calls as it is."""
    ruled: Function = register_jitable(**OPTIONS, **WITHIN)(function)
    return ruled


def _register(module: ModuleType) -> None:
    """What a module says over plain numbers can be called by compiled functions."""
    for function in vars(module).values():
        if inspect.isfunction(function) and function.__module__ == module.__name__:
            rule(function)


_register(laws)
_register(formulas)
_register(pace)


@overload(bisect_right)
def _bisect_right(row: Any, value: Any, start: Any = 0, end: Any = -1) -> Any:
    """What `bisect` does, step by step."""

    def search(row: Any, value: Any, start: Any = 0, end: Any = -1) -> int:
        low, high = start, len(row) if end < 0 else end
        while low < high:
            middle = (low + high) // 2
            if value < row[middle]:
                high = middle
            else:
                low = middle + 1
        return low

    return search
