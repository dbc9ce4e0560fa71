"""How compiled code reaches the tables of a replication: rows of numpy arrays, by address.

One record, the world, holds the addresses of all tables; it is all that functions hand to each other, and that keeps
compiling and calling them short. A row is a reference: what is written into it is written into the table. numba checks
no bounds, and here it could not; who asks for a row says why it is there.
"""

from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

LINE = 64
"""Bytes of a line of the processor's cache."""


@intrinsic
def row(typing: Any, kind: Any, address: Any, index: Any) -> Any:
    """The row with this index of the table at `address`, whose rows are of this (numpy) kind."""
    record = kind.dtype

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        _, start, number = arguments
        offset = builder.mul(number, context.get_constant(types.int64, record.size))
        return builder.inttoptr(builder.add(start, offset), context.get_value_type(record))

    return record(kind, types.int64, types.int64), generate


@intrinsic
def ahead(typing: Any, kind: Any, address: Any, index: Any) -> Any:
    """Have the processor fetch a row that will soon be read, all of it; nothing else comes of it, wherever it is."""
    record = kind.dtype

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from llvmlite import ir

        _, start, number = arguments
        offset = builder.mul(number, context.get_constant(types.int64, record.size))
        begins = builder.add(start, offset)
        word = ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, word, word, word])
        fetch = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0")
        for place in range(0, record.size, LINE):
            pointer = builder.inttoptr(builder.add(begins, ir.Constant(begins.type, place)), cgutils.voidptr_t)
            builder.call(fetch, [pointer, *(ir.Constant(word, each) for each in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(kind, types.int64, types.int64), generate


@intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


@njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
def numbers(address: int, start: int, stop: int) -> Any:
    """Rows `start` to `stop` of a table of numbers (float64), as an array."""
    return carray(_pointer(address + 8 * start), (stop - start,), np.float64)


@intrinsic
def wide_product(typing: Any, a: Any, b: Any) -> Any:
    """The upper and the lower 64 bits of the product of two words of 64 bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from llvmlite import ir

        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(each, wide) for each in arguments))
        word = ir.IntType(64)
        halves = builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), word), builder.trunc(product, word)
        return context.make_tuple(builder, signature.return_type, halves)

    return types.UniTuple(types.uint64, 2)(types.uint64, types.uint64), generate
