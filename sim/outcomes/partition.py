"""Groups of patients whose outcomes are told at once: all of the cohort, or its parts by one attribute and another."""

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from sim.outcomes.sums import exact_sums, plain_sums
from sim.vocabulary import NONE, Column

LARGEST_CODE = 2**40
"""Of people with several values, before those that there are get codes of their own."""
FEW_CODES = 2**16
"""Up to so many a table is laid of them, and nobody sorted."""


def first_rows(column: Column) -> Column:
    """The number of the first row of each value of a column that is in order."""
    begins = np.ones(len(column), dtype=bool)
    begins[1:] = column[1:] != column[:-1]
    return np.flatnonzero(begins)


def alike(codes: Sequence[Column], sizes: Sequence[int]) -> tuple[Column, Column]:
    """By person, the number of those with the same codes, in the order of these; and one person of each.

    codes: of each attribute, by person; sizes: how many values it has.
    """
    mixed, room = np.zeros(len(codes[0]), dtype=np.int64), 1
    for code, size in zip(codes, sizes, strict=True):
        if room > LARGEST_CODE // size:
            known, mixed = np.unique(mixed, return_inverse=True)
            room = len(known)
        mixed, room = mixed * size + code, room * size
    if room > FEW_CODES or np.any(mixed < 0):
        _, one, number = np.unique(mixed, return_index=True, return_inverse=True)
        return number.astype(np.int64), one
    somebody, number = np.full(room, NONE), np.empty(room, dtype=np.int64)
    somebody[mixed] = np.arange(len(mixed))
    known = np.flatnonzero(somebody != NONE)
    number[known] = np.arange(len(known))
    return number[mixed], somebody[known]


class Partition:
    """Groups of patients, in one grouping or in several at once, each of which has everybody in one group at most.

    cell: by patient number; people of one cell are in the same groups. of_cell: by grouping and cell, the number of the
    group, or NONE. count: how many groups there are, over all groupings. What is asked by patient is of rows, each with
    its patient; the answers are by group.
    """

    def __init__(self, cell: Column, of_cell: Column, count: int) -> None:
        self.cell, self.of_cell, self.count = cell, of_cell, count

    @classmethod
    def of_everyone(cls, people: int) -> "Partition":
        """One group."""
        return cls(np.zeros(people, dtype=np.int64), np.zeros((1, 1), dtype=np.int64), 1)

    @classmethod
    def of_values(
        cls, codes: Sequence[Column], groupings: Sequence[Sequence[int]], sizes: Sequence[int]
    ) -> "Partition":
        """By values of attributes.

        codes: of each attribute, by patient number; sizes: how many values it has. groupings: attributes that are
        crossed; of none, one group of everybody. The groups of a grouping follow those of the one before, the values of
        its last attribute changing soonest.
        """
        cell, one = alike(codes, sizes)
        of_cell, count = [], 0
        for attributes in groupings:
            number = np.zeros(len(one), dtype=np.int64)
            for attribute in attributes:
                number = number * sizes[attribute] + codes[attribute][one]
            of_cell.append(count + number)
            count += math.prod(sizes[attribute] for attribute in attributes)
        return cls(cell, np.array(of_cell, dtype=np.int64), count)

    @cached_property
    def members(self) -> Column:
        """Which cells belong to a group; shape (groups, cells)."""
        belongs = np.zeros((self.count, self.of_cell.shape[1]), dtype=bool)
        for groups in self.of_cell:
            inside = np.flatnonzero(groups != NONE)
            belongs[groups[inside], inside] = True
        return belongs

    def rows(self, patient: Column) -> Column:
        """How many rows there are."""
        cells = np.bincount(self.cell[patient], minlength=self.of_cell.shape[1])
        return np.asarray(self.members @ cells)

    def people(self, patient: Column) -> Column:
        """How many different patients there are."""
        among = np.zeros(len(self.cell), dtype=bool)
        among[patient] = True
        return self.rows(np.flatnonzero(among))

    def rows_by_code(self, patient: Column, code: Column, count: int) -> Column:
        """How many rows of each code there are; shape (codes, groups)."""
        cells = self.of_cell.shape[1]
        each = np.bincount(code * cells + self.cell[patient], minlength=count * cells).reshape(count, cells)
        return np.asarray(each @ self.members.T)

    def exact(self, patient: Column, values: Column) -> Column:
        """The exactly rounded sum of values."""
        return exact_sums(values, self.cell[patient], self.members)

    def in_order(self, patient: Column, values: Column) -> Column:
        """The sum of values in the order of rows, as `numpy.sum` has it."""
        return plain_sums(values, self.cell[patient], self.of_cell, self.count)

    def by_code(self, patient: Column, code: Column, count: int, values: Column) -> Column:
        """The sum of the values of each code, added up row by row; shape (codes, groups)."""
        cell = self.cell[patient]
        sums = np.zeros((self.count + 1) * count)
        for groups in self.of_cell:
            # Behind the last group: those of none.
            first = (groups % (self.count + 1)) * count
            sums += np.bincount(first[cell] + code, weights=values, minlength=len(sums))
        return sums.reshape(self.count + 1, count)[:-1].T
