"""Sums of rows by group: exactly rounded ones, and those that numpy adds up in the order of the rows.

A row is of a cell, and a group is made of cells: each row is looked at once, however many groups it counts for.
"""

import math

import numpy as np

from sim.outcomes.compiling import compiled
from sim.vocabulary import Column

ALL = np.ones((1, 1), dtype=bool)
"""One group of the one cell."""
AS_THEY_ARE = np.ones((1, 1))


def exact_total(values: Column) -> float:
    """The exactly rounded sum, as of `math.fsum`."""
    return float(exact_sums(values, _zeros(len(values)), ALL)[0])


def exact_totals(values: Column, code: Column, count: int) -> Column:
    """Exactly rounded sums by code, of 0 to count - 1."""
    return exact_sums(values, code, np.eye(count, dtype=bool))


def exact_sums(values: Column, cell: Column, members: Column) -> Column:
    """By group, the exactly rounded sum of the values of its cells.

    cell: of each value. members: which cells belong to a group; shape (groups, cells).
    """
    sums: Column = weighted_sums(values, cell, members, _zeros(len(values)), AS_THEY_ARE)[0]
    return sums


def weighted_sums(values: Column, cell: Column, members: Column, key: Column, weights: Column) -> Column:
    """The same of values, each times the weight of its key, for several kinds of weights.

    key: of each value. weights: shape (kinds, keys). Result: shape (kinds, groups).
    """
    sums = np.zeros((len(weights), len(members)))
    if kernels := compiled():
        codes = (np.ascontiguousarray(each, dtype=np.int64) for each in (cell, key))
        tables = (np.ascontiguousarray(weights, dtype=float), np.ascontiguousarray(members))
        if kernels.exact_sums(np.ascontiguousarray(values, dtype=float), *codes, *tables, sums):
            return sums
    for number, of_kind in enumerate(weights):
        weighed = values * of_kind[key]
        for group, cells in enumerate(members):
            sums[number, group] = math.fsum(weighed[cells[cell]].tolist())
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
