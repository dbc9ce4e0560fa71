"""Loops over rows, compiled: each gives the very bits of what stands, for people, in the module that calls it.

Exact sums as `math.fsum` has them (Shewchuk, Discrete Comput Geom 1997;18:305-363: partials that do not overlap), sums
as `numpy.sum` adds them, the estimator of `survival`, and the formulas of `discount`, `mortality` and `checkups`.
`compiling` says when they are used.
"""

import math
from typing import Any

import numpy as np
from numba import types

from sim.model.compiled.cache import kept
from sim.model.compiled.jit import entry, rule
from sim.model.formulas import (
    background_hazard,
    checkup_after,
    checkup_from,
    checkups_until,
    death_hazard,
    spread,
)
from sim.outcomes.discount import factor, present_days
from sim.vocabulary import DEAD, NONE, Column

MOST_PARTIALS = 48
"""Of a sum; two numbers that differ by more than all that a double can tell need as many as there are of these."""

BLOCK = 128
"""Rows that `numpy.sum` adds up before it halves."""

rule(factor)
rule(present_days)


@rule
def _add(partials: Column, count: int, x: float) -> int:
    """How many partials there are once x is added to so many; NONE where only `math.fsum` can tell."""
    kept_ = 0
    for i in range(count):
        y = partials[i]
        total = x + y
        rounded = total - x
        low = (x - (total - rounded)) + (y - rounded)
        if low != 0.0:
            partials[kept_] = low
            kept_ += 1
        x = total
    if x != 0.0:
        if not math.isfinite(x) or kept_ == MOST_PARTIALS:
            return NONE
        partials[kept_] = x
        kept_ += 1
    return kept_


@rule
def _rounded(partials: Column, count: int) -> Any:
    """The sum of partials, rounded once, half to even."""
    if count == 0:
        return 0.0
    count -= 1
    high, low = partials[count], 0.0
    while count > 0:
        x = high
        count -= 1
        y = partials[count]
        high = x + y
        low = y - (high - x)
        if low != 0.0:
            break
    if count > 0 and ((low < 0.0 and partials[count - 1] < 0.0) or (low > 0.0 and partials[count - 1] > 0.0)):
        twice = low * 2.0
        x = high + twice
        if twice == x - high:
            high = x
    return high


@kept
@entry
def exact_sums(values: Column, cell: Column, key: Column, weights: Column, members: Column, sums: Column) -> bool:
    """As `sums.exact_sums`, into sums; False where only `math.fsum` can tell."""
    cells = members.shape[1]
    partials = np.empty((len(weights), cells, MOST_PARTIALS))
    count = np.zeros((len(weights), cells), np.int64)
    for i in range(len(values)):
        where = cell[i]
        for number in range(len(weights)):
            x = values[i] * weights[number, key[i]]
            if x != 0.0:
                if not math.isfinite(x):
                    return False
                much = _add(partials[number, where], count[number, where], x)
                if much < 0:
                    return False
                count[number, where] = much
    of_group = np.empty(MOST_PARTIALS)
    for number in range(len(weights)):
        for group in range(len(members)):
            much = 0
            for where in range(cells):
                if members[group, where]:
                    for i in range(count[number, where]):
                        much = _add(of_group, much, partials[number, where, i])
                        if much < 0:
                            return False
            sums[number, group] = _rounded(of_group, much)
    return True


@rule
def _added(values: Column, start: int, count: int) -> Any:
    """The sum of so many values from one on, as numpy adds up a block of them."""
    if count < 8:
        total = -0.0
        for i in range(start, start + count):
            total += values[i]
        return total
    a, b, c, d = values[start], values[start + 1], values[start + 2], values[start + 3]
    e, f, g, h = values[start + 4], values[start + 5], values[start + 6], values[start + 7]
    whole = count - count % 8
    for i in range(start + 8, start + whole, 8):
        a += values[i]
        b += values[i + 1]
        c += values[i + 2]
        d += values[i + 3]
        e += values[i + 4]
        f += values[i + 5]
        g += values[i + 6]
        h += values[i + 7]
    total = ((a + b) + (c + d)) + ((e + f) + (g + h))
    for i in range(start + whole, start + count):
        total += values[i]
    return total


@rule
def _sum(values: Column, start: int, count: int) -> Any:
    """The sum of so many values from one on, in halves that numpy adds up."""
    starts, counts, lefts = np.empty(64, np.int64), np.empty(64, np.int64), np.empty(64)
    turn = np.zeros(64, np.int64)
    starts[0], counts[0], depth = start, count, 0
    total = 0.0
    while True:
        while counts[depth] > BLOCK:
            half = counts[depth] // 2
            half -= half % 8
            turn[depth] = 0
            starts[depth + 1], counts[depth + 1] = starts[depth], half
            depth += 1
        total = _added(values, starts[depth], counts[depth])
        while depth > 0 and turn[depth - 1] == 1:
            depth -= 1
            total = lefts[depth] + total
        if depth == 0:
            return total
        lefts[depth - 1], turn[depth - 1] = total, 1
        half = counts[depth]
        starts[depth], counts[depth] = starts[depth] + half, counts[depth - 1] - half


@kept
@entry
def plain_sums(values: Column, cell: Column, of_cell: Column, sums: Column) -> None:
    """As `sums.plain_sums`, into sums, which are 0."""
    several = np.empty(len(values))
    for groups in of_cell:
        end = np.zeros(len(sums) + 1, np.int64)
        for i in range(len(values)):
            end[groups[cell[i]] + 1] += 1
        end[0] = 0
        for group in range(len(sums)):
            end[group + 1] += end[group]
        begin = end.copy()
        for i in range(len(values)):
            group = groups[cell[i]]
            if group >= 0:
                several[end[group]] = values[i]
                end[group] += 1
        for group in range(len(sums)):
            if end[group] > begin[group]:
                sums[group] = _sum(several, begin[group], end[group] - begin[group]) + 0.0


@kept
@entry
def estimates(
    time: Column, cause: Column, order: Column, cell: Column, of_cell: Column, day: float, reached: Column
) -> None:
    """As `survival.estimates`, into reached: by group, the share without any event and the incidence of the first."""
    count = reached.shape[1]
    for groups in of_cell:
        risk, before, tied = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
        events, first = np.zeros(count, np.int64), np.zeros(count, np.int64)
        at, free, incidence = np.zeros(count), np.ones(count), np.zeros(count)
        for i in range(len(time)):
            if groups[cell[i]] >= 0:
                risk[groups[cell[i]]] += 1
        for row in order:
            group = groups[cell[row]]
            if time[row] > day:
                break
            if group < 0:
                continue
            if time[row] != at[group]:
                if events[group]:
                    still = risk[group] - before[group]
                    incidence[group] += free[group] * first[group] / still
                    free[group] *= (still - events[group]) / still
                before[group] += tied[group]
                at[group], tied[group], events[group], first[group] = time[row], 0, 0, 0
            tied[group] += 1
            events[group] += cause[row] > 0
            first[group] += cause[row] == 1
        for group in range(count):
            if events[group]:
                still = risk[group] - before[group]
                incidence[group] += free[group] * first[group] / still
                free[group] *= (still - events[group]) / still
            if risk[group]:
                reached[0, group], reached[1, group] = free[group], incidence[group]


@kept
@entry
def discount_factors(days: Column, pieces: Column, factors: Column) -> None:
    """As `discount.discount_factors`, into factors. pieces: rows of `discount.Piece`."""
    for i in range(len(days)):
        factors[i] = 1.0
        for piece in pieces:
            if piece[0] <= days[i] < piece[1]:
                factors[i] = factor(days[i], piece[2], piece[3], piece[4])


@kept
@entry
def discounted_days(began: Column, ended: Column, pieces: Column, present: Column) -> None:
    """As `discount.discounted_days`, into present. pieces: rows of `discount.Piece`."""
    for i in range(len(began)):
        present[i] = 0.0
        for piece in pieces:
            since, until = piece[0], piece[1]
            first = since if began[i] < since else until if began[i] > until else began[i]
            last = since if ended[i] < since else until if ended[i] > until else ended[i]
            if first != last:
                present[i] += present_days(first, last - first, piece[2], piece[3], piece[4])


@kept
@entry
def death_hazards(
    began: Column,
    ended: Column,
    rate: Column,
    left: Column,
    window: Column,
    edges: Column,
    days: Any,
    ratios: Any,
) -> Column:
    """By segment, the hazard of death of its state. window: which windows count, from edges[window] on."""
    hazards = np.empty(len(began))
    for i in range(len(began)):
        which = slice(edges[window[i]], edges[window[i] + 1])
        hazards[i] = death_hazard(began[i], ended[i], rate[i], left[i], days[which], ratios[which])
    return hazards


@kept
@entry
def background_hazards(
    began: Column, ended: Column, state: Column, born: Column, kind: Column, edges: Column, by_age: Any
) -> Column:
    """By segment, the hazard of death of other causes. kind: of its patient, whose ages are from edges[kind] on."""
    hazards = np.zeros(len(began))
    for i in range(len(began)):
        if state[i] != DEAD:
            ages = by_age[edges[kind[i]] : edges[kind[i] + 1]]
            hazards[i] = background_hazard(born[i], ended[i], ages) - background_hazard(born[i], began[i], ages)
    return hazards


@kept
@entry
def checkups_of_stretches(
    patient: Column,
    began: Column,
    ended: Column,
    discharged: Column,
    is_known: Column,
    every: float,
    days: float,
    begins: float,
    ends: float,
    rows: Column,
) -> int:
    """By stretch at home with check-ups: patient, day of the first, and how many, into rows; the number of rows."""
    count = 0
    for i in range(len(patient)):
        left, share = discharged[i], 0.0
        if left == -math.inf:
            if not is_known[patient[i]]:
                continue
            left, share = 0.0, spread(patient[i])
        since, until = left - share * every, min(ended[i], ends)
        first = max(checkup_after(began[i], since, every), checkup_from(max(begins, 0.0), since, every))
        last = checkups_until(min(left + days, until), until, since, every)
        if last >= first:
            rows[count, 0], rows[count, 1], rows[count, 2] = patient[i], since + first * every, last - first + 1
            count += 1
    return count


NUMBERS, CODES, FLAGS = types.float64[::1], types.int64[::1], types.boolean[::1]
TABLE, CODE_TABLE, FLAG_TABLE = types.float64[:, ::1], types.int64[:, ::1], types.boolean[:, ::1]
NUMBER = types.float64

ENTRIES = {
    exact_sums: (NUMBERS, CODES, CODES, TABLE, FLAG_TABLE, TABLE),
    plain_sums: (NUMBERS, CODES, CODE_TABLE, NUMBERS),
    estimates: (NUMBERS, CODES, CODES, CODES, CODE_TABLE, NUMBER, TABLE),
    discount_factors: (NUMBERS, TABLE, NUMBERS),
    discounted_days: (NUMBERS, NUMBERS, TABLE, NUMBERS),
    death_hazards: (NUMBERS, NUMBERS, NUMBERS, NUMBERS, CODES, CODES, NUMBERS, NUMBERS),
    background_hazards: (NUMBERS, NUMBERS, CODES, NUMBERS, CODES, CODES, NUMBERS),
    checkups_of_stretches: (CODES, NUMBERS, NUMBERS, NUMBERS, FLAGS, NUMBER, NUMBER, NUMBER, NUMBER, TABLE),
}
"""Every function that Python calls, and with what."""
