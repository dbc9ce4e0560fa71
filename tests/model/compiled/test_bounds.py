"""What is told to come later, without a logarithm, does come later."""

import math
from itertools import accumulate
from random import Random

import numpy as np
import pytest

from sim.model.compiled.bounds import STEPS, hazards_reached, surely_later
from sim.model.compiled.jit import entry
from sim.model.compiled.layout import WORLD
from sim.model.compiled.memory import row
from sim.scenario.laws import (
    DISCRETE,
    EXPONENTIAL,
    FIXED,
    LOGLOGISTIC,
    LOGNORMAL,
    PARETO,
    UNIFORM,
    WEIBULL,
    Law,
    time_of,
)
from sim.vocabulary import Column

KINDS = (FIXED, EXPONENTIAL, WEIBULL, LOGLOGISTIC, LOGNORMAL, UNIFORM, DISCRETE, PARETO)
VALUES = tuple(float(day) for day in (0, 1, 2, 3, 7, 14, 30, 60))
SHARES = tuple(accumulate([0.125] * len(VALUES)))


@entry
def ask(world: int, law: int, drawn: float, ratio: float, days: float) -> bool:
    """As the engine asks."""
    return surely_later(row(WORLD, world, 0), law, drawn, ratio, days)


def drawn_law(luck: Random, kind: int) -> Law:
    """Of everyday size, now and then with a shape of the odd sort, and cut or not."""
    a, shape = luck.choice([1.0, 7.0, 30.0, luck.uniform(0.01, 400)]), luck.choice([0.1, 0.5, 1.0, 1.7, 5.0, 60.0])
    most = luck.choice([math.inf, 14.0, luck.uniform(1, 400)])
    if kind == LOGNORMAL:
        return Law(kind, luck.uniform(-2, 6), luck.choice([1e-3, 0.3, 2.0]), most)
    if kind == DISCRETE:
        return Law(kind, 0, len(VALUES), most)
    return Law(kind, a, luck.uniform(0, 50) if kind == UNIFORM else 1 / shape, most)


@pytest.mark.parametrize("kind", KINDS)
def test_what_surely_comes_later_does(kind: int) -> None:
    """On whole days too, where times are cut and fall together; and most of what does come later is told."""
    luck, told, later = Random(kind), 0, 0
    for _ in range(200):
        law = drawn_law(luck, kind)
        reached = np.array(hazards_reached(law, VALUES, SHARES))
        world = np.zeros(1, WORLD)
        world["reached"] = reached.ctypes.data
        for _ in range(40):
            drawn = luck.choice([0.0, 2.0**-53, luck.random(), luck.random(), 1 - 2.0**-53])
            ratio = luck.choice([0.0, 0.4, 1.0, 1.0, 2.5, 1e40])
            days = luck.choice([0.0, 1.0, 6.0, 14.0, luck.uniform(0, 2), luck.uniform(0, 400), 1e6, math.inf, math.nan])
            hazard = -math.log1p(-drawn) / ratio if ratio else math.inf if drawn else math.nan
            comes = math.nan if math.isnan(hazard) else time_of(law, VALUES, SHARES, hazard)
            sure = ask(world.ctypes.data, 0, drawn, ratio, days)
            assert not sure or comes >= days, (law, drawn, ratio, days, comes)
            told += sure
            later += comes >= days
    assert told > (0.3 if kind in (FIXED, DISCRETE) else 0.5) * later


def test_the_last_step_is_open() -> None:
    law = Law(EXPONENTIAL, 1e9)
    reached = hazards_reached(law, (), ())
    assert len(reached) == STEPS
    assert reached == sorted(reached)
    assert reached[-1] == math.inf
    assert 0 < reached[0] < reached[-2] < 1e-4


def test_bounds_belong_to_one_law_each() -> None:
    """The second of two laws is looked up in its own row."""
    laws = Law(EXPONENTIAL, 1e6), Law(EXPONENTIAL, 1e-3)
    table: Column = np.array([each for law in laws for each in hazards_reached(law, (), ())])
    world = np.zeros(1, WORLD)
    world["reached"] = table.ctypes.data
    assert [ask(world.ctypes.data, law, 0.5, 1.0, 10.0) for law in (0, 1)] == [True, False]
