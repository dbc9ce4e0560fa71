"""Loops over rows, compiled: each gives the very bits of what stands, for people, in the module that calls it.

Exact sums as `math.fsum` has them, but added up as whole numbers (Neal, arXiv 1505.05571), sums
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

DIGIT = 32
"""Bits of a digit of an exact sum, which has one digit after the other, the smallest first."""

SMALLEST, LARGEST = 800, 1248
"""Exponents (of 2, as a double has them) of numbers whose sums are such digits: from 1e-67 to 1e67."""

DIGITS = (LARGEST - SMALLEST) // DIGIT + 4
"""Of a sum."""

BLOCK = 128
"""Rows that `numpy.sum` adds up before it halves."""

rule(factor)
rule(present_days)


@rule
def _rounded(digits: Column, first: int, last: int) -> Any:
    """The number that these digits are, from first to before last, rounded once, half to even. They are changed."""
    sign = 1.0
    for _ in range(2):
        carry = 0
        for i in range(first, last):
            digit = digits[i] + carry
            digits[i], carry = digit & (2**DIGIT - 1), digit >> DIGIT
        if carry >= 0:
            break
        # Below 0: what is above it is told, with the other sign.
        sign = -1.0
        digits[last - 1] += carry << DIGIT
        for i in range(first, last):
            digits[i] = -digits[i]
    high, low = 0.0, 0.0
    for i in range(last - 1, first - 1, -1):
        if digits[i]:
            digit = math.ldexp(float(digits[i]), DIGIT * i + SMALLEST - 1075)
            if low:  # Behind what would be halfway, something comes.
                if low > 0.0:
                    twice = low * 2.0
                    if twice == (high + twice) - high:
                        high += twice
                break
            before = high
            high = before + digit
            low = digit - (high - before)
    return sign * high if high else 0.0


@kept
@entry
def add_up(values: Column, cell: Column, key: Column, weights: Column, digits: Column, reach: Column) -> bool:
    """Add values, each times the weights of its key, to the sums by kind of weight and cell that digits are.

    reach: the first digit that is not 0, the last one, and how many values there are so far. False where only
    `math.fsum` can tell the sum.
    """
    kinds, keys = weights.shape
    which, count = np.empty((keys, kinds), np.int64), np.zeros(keys, np.int64)
    for kind in range(kinds):
        for of_key in range(keys):
            if weights[kind, of_key] != 0.0:
                which[of_key, count[of_key]] = kind
                count[of_key] += 1
    first, last = reach[0], reach[1]
    reach[2] += len(values)
    if reach[2] >= 2**30:
        return False
    number = np.empty(1)
    bits = number.view(np.int64)
    for i in range(len(values)):
        number[0] = values[i]
        if (bits[0] >> 52) & 2047 > LARGEST:
            return False
        where, weight = cell[i], 0.0
        place, first_digit, second_digit, third_digit = 0, 0, 0, 0
        for j in range(count[key[i]]):
            kind = which[key[i], j]
            if weights[kind, key[i]] != weight:
                weight = weights[kind, key[i]]
                number[0] = values[i] * weight
                mantissa, exponent = bits[0] & (2**52 - 1), (bits[0] >> 52) & 2047
                if not exponent and not mantissa:
                    first_digit, second_digit, third_digit = 0, 0, 0
                    continue
                if exponent < SMALLEST or exponent > LARGEST:
                    return False
                mantissa, exponent = mantissa | 2**52, exponent - SMALLEST
                place, shift = exponent >> 5, exponent & (DIGIT - 1)
                first, last = min(first, place), max(last, place + 4)
                low, high = (mantissa & (2**DIGIT - 1)) << shift, (mantissa >> DIGIT) << shift
                sign = 1 if bits[0] >= 0 else -1
                first_digit = sign * (low & (2**DIGIT - 1))
                second_digit = sign * ((low >> DIGIT) + (high & (2**DIGIT - 1)))
                third_digit = sign * (high >> DIGIT)
            digits[kind, where, place] += first_digit
            digits[kind, where, place + 1] += second_digit
            digits[kind, where, place + 2] += third_digit
    reach[0], reach[1] = first, last
    return True


@kept
@entry
def rounded_sums(digits: Column, reach: Column, members: Column, sums: Column) -> None:
    """The sums that digits are, each rounded once, by kind and group, into sums, which are 0; without members, by
    cell."""
    first, last = reach[0], reach[1]
    of_group = np.empty(digits.shape[2], np.int64)
    for kind in range(digits.shape[0]):
        if not digits[kind].any():
            continue
        for group in range(sums.shape[1]):
            of_group[:] = 0
            among = range(digits.shape[1]) if len(members) else range(group, group + 1)
            for cell in among:
                if not len(members) or members[group, cell]:
                    for i in range(first, last):
                        of_group[i] += digits[kind, cell, i]
            sums[kind, group] = _rounded(of_group, first, last)


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
    several, of_each = np.empty(len(values)), np.zeros(of_cell.shape[1], np.int64)
    for i in range(len(values)):
        of_each[cell[i]] += 1
    for groups in of_cell:
        end = np.zeros(len(sums) + 1, np.int64)
        for each in range(len(groups)):
            end[groups[each] + 1] += of_each[each]
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
    time: Column, cause: Column, order: Column, cell: Column, of_cell: Column, days: Column, reached: Column
) -> None:
    """As `survival.estimates`, into reached: by day and group, the share without any event and the incidence of the
    first."""
    count = reached.shape[2]
    for groups in of_cell:
        risk, before, tied = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
        events, first = np.zeros(count, np.int64), np.zeros(count, np.int64)
        at, free, incidence = np.zeros(count), np.ones(count), np.zeros(count)
        for i in range(len(time)):
            if groups[cell[i]] >= 0:
                risk[groups[cell[i]]] += 1
        day, next_row = 0, 0
        while day < len(days):
            if next_row < len(order) and not time[order[next_row]] > days[day]:
                row = order[next_row]
                next_row += 1
                group = groups[cell[row]]
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
                continue
            for group in range(count):
                if risk[group]:
                    reached[0, day, group], reached[1, day, group] = free[group], incidence[group]
                    if events[group]:
                        still = risk[group] - before[group]
                        reached[1, day, group] += free[group] * first[group] / still
                        reached[0, day, group] *= (still - events[group]) / still
            day += 1


@rule
def _present(began: float, ended: float, pieces: Column) -> Any:
    """The present value of 1 a day of one interval."""
    present = 0.0
    for i in range(len(pieces)):  # Not `for piece in pieces`, which takes longer than what it is of.
        since, until = pieces[i, 0], pieces[i, 1]
        first = since if began < since else until if began > until else began
        last = since if ended < since else until if ended > until else ended
        if first != last:
            present += present_days(first, last - first, pieces[i, 2], pieces[i, 3], pieces[i, 4])
    return present


@rule
def _factor(day: float, pieces: Column) -> Any:
    """The present value of 1 on a day."""
    for i in range(len(pieces)):
        if pieces[i, 0] <= day < pieces[i, 1]:
            return factor(day, pieces[i, 2], pieces[i, 3], pieces[i, 4])
    return 1.0


@kept
@entry
def discount_factors(days: Column, pieces: Column, factors: Column) -> None:
    """As `discount.discount_factors`, into factors. pieces: rows of `discount.Piece`."""
    for i in range(len(days)):
        factors[i] = _factor(days[i], pieces)


@kept
@entry
def discounted_days(began: Column, ended: Column, pieces: Column, present: Column) -> None:
    """As `discount.discounted_days`, into present. pieces: rows of `discount.Piece`."""
    for i in range(len(began)):
        present[i] = _present(began[i], ended[i], pieces)


@kept
@entry
def amounts(began: Column, ended: Column, per_day: Column, at_once: Column, pieces: Column, currency: Column) -> None:
    """As `Ledger.amounts`, added to currency, which is 0. pieces: rows of `discount.Piece`."""
    for i in range(len(began)):
        if per_day[i] != 0.0:
            currency[i] += per_day[i] * _present(began[i], ended[i], pieces)
        if at_once[i] != 0.0:
            currency[i] += at_once[i] * _factor(began[i], pieces)


@kept
@entry
def days_by_age(
    born: Column, began: Column, ended: Column, days: Column, ages: Column, pieces: Column, weighed: Column
) -> None:
    """As `health.by_age`, into weighed. ages: rows of the first day of life, the last one, and what a day is worth."""
    for i in range(len(days)):
        group = 0
        while group + 1 < len(ages) and born[i] + ages[group + 1, 0] <= began[i]:
            group += 1
        if group + 1 == len(ages) or born[i] + ages[group + 1, 0] >= ended[i]:
            weighed[i] = ages[group, 2] * days[i]
            continue
        weighed[i] = 0.0
        for j in range(len(ages)):
            first, last = born[i] + ages[j, 0], born[i] + ages[j, 1]
            first = began[i] if first < began[i] else ended[i] if first > ended[i] else first
            last = began[i] if last < began[i] else ended[i] if last > ended[i] else last
            if first != last:
                weighed[i] += ages[j, 2] * _present(first, last, pieces)


@kept
@entry
def in_order(
    patient: Column, time: Column, edges: Column, until: float, who: Column, began: Column, latest: Column
) -> int:
    """As `trajectory.in_order`, into who, began and latest, which has room for kinds; the number of rows.

    edges: where each kind begins, and the last one ends. NONE if a kind is not in the order of patients and of time.
    """
    kinds, count = len(edges) - 1, 0
    at = edges[:-1].copy()
    so_far = np.full(kinds, NONE)
    while True:
        first = NONE
        for kind in range(kinds):
            if at[kind] < edges[kind + 1]:
                i, j = at[kind], first
                if j == NONE or patient[i] < patient[j] or (patient[i] == patient[j] and time[i] < time[j]):
                    first = i
        if first == NONE:
            return count
        for kind in range(kinds):
            i = at[kind]
            while i < edges[kind + 1] and patient[i] == patient[first] and time[i] == time[first]:
                so_far[kind] = i - edges[kind]
                i += 1
            at[kind] = i
            if i < edges[kind + 1] and (
                patient[i] < patient[first] or (patient[i] == patient[first] and time[i] < time[first])
            ):
                return NONE
        if time[first] < until:
            who[count], began[count] = patient[first], time[first]
            latest[count] = so_far
            count += 1


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
    for each in range(len(edges) - 1):
        which = slice(edges[each], edges[each + 1])
        of_days, of_ratios = days[which], ratios[which]
        for i in range(len(began)):
            if window[i] == each:
                hazards[i] = death_hazard(began[i], ended[i], rate[i], left[i], of_days, of_ratios)
    return hazards


@kept
@entry
def background_hazards(
    began: Column, ended: Column, state: Column, born: Column, kind: Column, edges: Column, by_age: Any
) -> Column:
    """By segment, the hazard of death of other causes. kind: of its patient, whose ages are from edges[kind] on."""
    hazards = np.zeros(len(began))
    for each in range(len(edges) - 1):
        ages = by_age[edges[each] : edges[each + 1]]
        for i in range(len(began)):
            if kind[i] == each and state[i] != DEAD:
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
    before: int,
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
            left, share = 0.0, spread(patient[i] + before)
        since, until = left - share * every, min(ended[i], ends)
        first = max(checkup_after(began[i], since, every), checkup_from(max(begins, 0.0), since, every))
        last = checkups_until(min(left + days, until), until, since, every)
        if last >= first:
            rows[count, 0], rows[count, 1], rows[count, 2] = patient[i], since + first * every, last - first + 1
            count += 1
    return count


NUMBERS, CODES, FLAGS = types.float64[::1], types.int64[::1], types.boolean[::1]
TABLE, CODE_TABLE, FLAG_TABLE = types.float64[:, ::1], types.int64[:, ::1], types.boolean[:, ::1]
DIGITS_OF_SUMS, NUMBERS_OF_DAYS = types.int64[:, :, ::1], types.float64[:, :, ::1]
NUMBER = types.float64

ENTRIES = {
    add_up: (NUMBERS, CODES, CODES, TABLE, DIGITS_OF_SUMS, CODES),
    rounded_sums: (DIGITS_OF_SUMS, CODES, FLAG_TABLE, TABLE),
    plain_sums: (NUMBERS, CODES, CODE_TABLE, NUMBERS),
    estimates: (NUMBERS, CODES, CODES, CODES, CODE_TABLE, NUMBERS, NUMBERS_OF_DAYS),
    discount_factors: (NUMBERS, TABLE, NUMBERS),
    discounted_days: (NUMBERS, NUMBERS, TABLE, NUMBERS),
    amounts: (NUMBERS, NUMBERS, NUMBERS, NUMBERS, TABLE, NUMBERS),
    days_by_age: (NUMBERS, NUMBERS, NUMBERS, NUMBERS, TABLE, TABLE, NUMBERS),
    in_order: (CODES, NUMBERS, CODES, NUMBER, CODES, NUMBERS, CODE_TABLE),
    death_hazards: (NUMBERS, NUMBERS, NUMBERS, NUMBERS, CODES, CODES, NUMBERS, NUMBERS),
    background_hazards: (NUMBERS, NUMBERS, CODES, NUMBERS, CODES, CODES, NUMBERS),
    checkups_of_stretches: (CODES, NUMBERS, NUMBERS, NUMBERS, FLAGS, types.int64, *(NUMBER,) * 4, TABLE),
}
"""Every function that Python calls, and with what."""
