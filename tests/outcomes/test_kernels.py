"""Compiled loops over rows give the bits of the plain ones; groups that are read at once, those of one at a time."""

import ast
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from random_scenarios import build, descriptions

import sim
import sim.outcomes.observed as parts_of
from sim.model.engine import replicate
from sim.model.engines import can_compile
from sim.model.pace import EndlessCircle
from sim.model.records import Records
from sim.outcomes import Observed, budget, compiling, daily, metrics_by_groups, metrics_of, occupancy
from sim.outcomes.discount import discount_factors, discounted_days
from sim.outcomes.partition import Partition
from sim.outcomes.sums import exact_total, plain_sums, weighted_sums
from sim.outcomes.survival import estimates
from sim.scenario import Scenario
from sim.vocabulary import NONE, Column

pytestmark = pytest.mark.skipif(not can_compile(), reason="there is no numba here")

CASES = 60
"""Random scenarios."""

numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 5e-324, -5e-324, 1.0, -1.0, 1e16, -1e16, 1e308, -1e308, 2.0**53, 0.1, -0.1]),
)
any_numbers = st.one_of(numbers, st.sampled_from([math.inf, -math.inf, math.nan]))
seeds = st.integers(0, 2**32 - 1)


@contextmanager
def without_kernels() -> Iterator[None]:
    loaded = compiling._loaded[:]
    compiling._loaded.clear()
    try:
        yield
    finally:
        compiling._loaded[:] = loaded


def bits(result: Any) -> Any:
    """What tells any two results apart, -0.0 from 0.0 too; NaN is NaN."""
    if isinstance(result, Mapping):
        return {name: bits(each) for name, each in result.items()}
    if isinstance(result, list | tuple):
        return [bits(each) for each in result]
    if isinstance(result, float | np.ndarray):
        values = np.asarray(result, dtype=float)
        return np.where(np.isnan(values), math.nan, values).tobytes()
    return result


def outcome(work: Callable[[], Any]) -> Any:
    """The bits of what comes, or of which kind the error is."""
    try:
        return bits(work())
    except (ArithmeticError, ValueError) as error:
        return type(error), str(error)


def same_in_both_ways(work: Callable[[], Any]) -> Any:
    assert compiling.compiled() is not None
    fast = outcome(work)
    with without_kernels():
        assert compiling.compiled() is None
        assert fast == outcome(work)
    return fast


def test_rows_of_tables_are_gone_through_by_number() -> None:
    # A row by itself is a view, which costs more than what a loop does with it; but for few rows that are long.
    from sim.outcomes import kernels

    for function in ast.walk(ast.parse(inspect.getsource(kernels))):
        if isinstance(function, ast.FunctionDef):
            given_to_it = {argument.arg for argument in function.args.args} - {"of_cell"}
            loops = [each for each in ast.walk(function) if isinstance(each, ast.For)]
            assert not [loop for loop in loops if getattr(loop.iter, "id", "") in given_to_it], function.name


@given(st.lists(any_numbers, max_size=40))
@example([1e308, 1e308, -1e308])
@example([1e16, 1.0, 1e-16])
@example([1.0, 2.0**-53, 2.0**-1074])
@example([-0.0])
@example([math.inf, -math.inf])
@example([2.0**k for k in range(-1074, 1023, 53)])
def test_exact_sums_are_those_of_fsum(values: list[float]) -> None:
    assert same_in_both_ways(lambda: exact_total(np.array(values))) == outcome(lambda: math.fsum(values))


@given(seeds, st.integers(0, 60), st.integers(1, 5))
def test_exact_sums_of_groups_with_weights_are_those_of_fsum(seed: int, count: int, cells: int) -> None:
    """Of numbers that cancel, in cells that several groups share."""
    random = np.random.default_rng(seed)
    values = random.choice([1.0, -1.0], count) * 10.0 ** random.integers(-20, 20, count) * random.random(count)
    values = np.concatenate((values, -values[: count // 2]))
    cell, key = random.integers(0, cells, len(values)), random.integers(0, 3, len(values))
    weights = random.choice([0.0, 1.0, 0.3, -0.7], (2, 3))
    members = random.random((4, cells)) < 0.5
    sums = weighted_sums(values, cell, members, key, weights)
    known = [[math.fsum((values * kind[key])[cells_of[cell]].tolist()) for cells_of in members] for kind in weights]
    assert bits(sums) == bits(np.array(known))
    same_in_both_ways(lambda: weighted_sums(values, cell, members, key, weights))


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 15, 16, 127, 128, 129, 136, 255, 256, 257, 1000, 4099, 20_000])
def test_plain_sums_are_those_of_numpy(count: int) -> None:
    random = np.random.default_rng(count)
    values = random.normal(size=count) * 10.0 ** random.integers(-8, 8, count)
    values[::5] = -0.0
    one = np.zeros(count, dtype=np.int64)
    assert bits(plain_sums(values, one, np.zeros((1, 1), dtype=np.int64), 1)) == bits(np.array([np.sum(values)]))
    cell, of_cell = random.integers(0, 4, count), np.array([[0, 1, 0, NONE], [2, 2, 3, 4]])
    same_in_both_ways(lambda: plain_sums(values, cell, of_cell, 5))


@given(seeds, st.integers(0, 40), st.floats(0, 12))
def test_estimates_of_groups_are_those_of_the_curves(seed: int, people: int, day: float) -> None:
    random = np.random.default_rng(seed)
    time = random.choice([random.random(people) * 10, random.integers(0, 6, people).astype(float)])
    cause, cell = random.integers(0, 3, people), random.integers(0, 4, people)
    groups = Partition(cell, np.array([[0, 1, 0, NONE], [2, 2, 3, 4]]), 6)
    days = sorted((day, math.floor(day), 6.0))
    same_in_both_ways(lambda: estimates(np.arange(people), time, cause, groups, days))


@given(seeds, st.sampled_from([0.0, 0.03, 1e-13, ((0, 0.035), (3, 0.0), (5, 0.02))]))
def test_discounting_is_the_same(seed: int, rates: Any) -> None:
    random = np.random.default_rng(seed)
    began = random.normal(500, 1_000, 50)
    ended = began + random.choice([0.0, 1.0, 900.0], 50)
    same_in_both_ways(lambda: (discounted_days(began, ended, rates), discount_factors(began, rates)))


def readings(observed: Observed) -> Any:
    groupings = [(name,) for name in observed.scenario.population]
    groupings += [tuple(observed.scenario.population)[:2]] if len(groupings) > 1 else []
    whole = metrics_of(observed)
    return whole, metrics_by_groups(observed, groupings), budget(observed), daily(observed), occupancy(observed)


def one_at_a_time(observed: Observed, grouping: tuple[str, ...], values: tuple[str, ...]) -> dict[str, float]:
    """Metrics about patients of a group that is looked at alone."""
    among: Column = np.ones(len(observed.records.patients), dtype=bool)
    for attribute, value in zip(grouping, values, strict=True):
        among &= observed.having(attribute, value)
    return metrics_of(observed.narrowed(among), about="patients")


def in_parts(records: Records, system: Scenario) -> Any:
    """The same, of some people after the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts_of, "MOST_PEOPLE", max(50, len(records.patients) // 8))
        observed = Observed(records, system)
        assert len(records.patients) < 50 or len(list(observed.parts())) > 1
        return readings(observed)


@settings(max_examples=CASES, phases=(Phase.generate,), derandomize=True)
@given(descriptions())
def test_all_that_is_read_of_random_systems_is_the_same_either_way(described: dict[str, Any]) -> None:
    scenario = build(described)
    try:
        records = replicate(scenario, 3, 0)
    except EndlessCircle:
        return
    whole = same_in_both_ways(lambda: readings(Observed(records, scenario)))
    assert same_in_both_ways(lambda: in_parts(records, scenario)) == whole
    observed = Observed(records, scenario)
    for name, values in list(scenario.population.items())[:2]:
        at_once = metrics_by_groups(observed, [(name,)])[name,]
        for value in values:
            alone = one_at_a_time(observed, (name,), (value,))
            assert bits({of: at_once[value][of] for of in alone}) == bits(alone)


@pytest.mark.parametrize("name", ["county", "medication", "depression"])
def test_all_that_is_read_of_shipped_systems_is_the_same_either_way(name: str) -> None:
    scenario = sim.load_scenario(name).with_overrides({"time.warm_up_days": 100.0})
    records = replicate(scenario, 1, 0)
    whole = same_in_both_ways(lambda: readings(Observed(records, scenario)))
    assert same_in_both_ways(lambda: in_parts(records, scenario)) == whole
