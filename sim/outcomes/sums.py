"""Sums of rows by group: exactly rounded ones, and those that numpy adds up in the order of the rows.

A row is of a cell, and a group is made of cells: each row is looked at once, however many groups it counts for.
"""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from sim.outcomes.compiling import compiled
from sim.vocabulary import Column

ALL = np.ones((1, 1), dtype=bool)
"""One group of the one cell."""
AS_THEY_ARE = np.ones((1, 1))


class Rows(NamedTuple):
    """Values, each with its cell and the key of its weights."""

    values: Column
    cell: Column
    key: Column


def exact_total(values: Column) -> float:
    """The exactly rounded sum, as of `math.fsum`."""
    return float(exact_sums(values, _zeros(len(values)), ALL)[0])


def exact_totals(values: Column, code: Column, count: int) -> Column:
    """Exactly rounded sums by code, of 0 to count - 1."""
    return exact_sums(values, code, each_by_itself(count))


def each_by_itself(cells: int) -> Column:
    """Members of as many groups as cells, without a table of which is in which."""
    return np.ones((0, cells), dtype=bool)


def exact_sums(values: Column, cell: Column, members: Column) -> Column:
    """By group, the exactly rounded sum of the values of its cells.

    cell: of each value. members: which cells belong to a group; shape (groups, cells), or `each_by_itself`.
    """
    sums: Column = weighted_sums(values, cell, members, _zeros(len(values)), AS_THEY_ARE)[0]
    return sums


def weighted_sums(values: Column, cell: Column, members: Column, key: Column, weights: Column) -> Column:
    """The same of values, each times the weight of its key, for several kinds of weights.

    key: of each value. weights: shape (kinds, keys). Result: shape (kinds, groups).
    """
    return sums_of_parts(lambda: (Rows(values, cell, key),), members, weights)


def sums_of_parts(parts: Callable[[], Iterable[Rows]], members: Column, weights: Column) -> Column:
    """The same of rows that come one part after the other, of which only one need be there at a time."""
    cells = members.shape[1]
    sums = np.zeros((len(weights), len(members) or cells))
    if kernels := compiled():
        digits = np.zeros((len(weights), cells, kernels.DIGITS), dtype=np.int64)
        reach = np.array([kernels.DIGITS, 0, 0])
        table = np.ascontiguousarray(weights, dtype=float)
        for values, *codes in parts():
            numbers = np.ascontiguousarray(values, dtype=float)
            cell_and_key = (np.ascontiguousarray(code, dtype=np.int64) for code in codes)
            if not kernels.add_up(numbers, *cell_and_key, table, digits, reach):
                break
        else:
            kernels.rounded_sums(digits, reach, np.ascontiguousarray(members), sums)
            return sums
    whole = Rows(*(np.concatenate(columns) for columns in zip(*parts(), strict=True)))
    for number, of_kind in enumerate(weights):
        weighed = whole.values * of_kind[whole.key]
        rows = np.flatnonzero(weighed)
        weighed, cell = weighed[rows], whole.cell[rows]
        for group in range(sums.shape[1]):
            mine = members[group][cell] if len(members) else cell == group
            sums[number, group] = math.fsum(weighed[mine].tolist())
    return sums


def plain_sums(values: Column, cell: Column, of_cell: Column, count: int) -> Column:
    """By group, what `numpy.sum` gives of the values of its cells.

    cell: of each value. of_cell: by grouping and cell, the number of the group, or NONE; shape (groupings, cells).
    """
    sums = np.zeros(count)
    if kernels := compiled():
        codes = np.ascontiguousarray(cell, dtype=np.int64)
        kernels.plain_sums(np.ascontiguousarray(values, dtype=float), codes, of_cell, sums)
        return sums
    for groups in of_cell:
        of_row = groups[cell]
        for group in np.unique(groups[groups >= 0]).tolist():
            sums[group] = np.sum(values[of_row == group])
    return sums


def _zeros(count: int) -> Column:
    return np.zeros(count, dtype=np.int64)
