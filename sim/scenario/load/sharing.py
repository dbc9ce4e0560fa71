"""How those who come to levels share the places that could take them."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.scenario.schema import Scenario
from sim.scenario.ways import PatientKind, accepted
from sim.vocabulary import Column

Census = tuple[Mapping[str, Column], Mapping[str, Column]]
"""By level, people there and admissions a day, by kind of patient."""


class Class(NamedTuple):
    """Kinds of patients, by number, who could hold the same in a level: by kind of place how many, in the order of
    trying."""

    level: str
    kinds: tuple[int, ...]
    holdings: tuple[Mapping[str, int], ...]


def classes_of(scenario: Scenario, kinds: Sequence[PatientKind]) -> list[Class]:
    """The classes of every level; first those who have the least choice, since the others can make way for them."""
    classes: dict[tuple[str, tuple[int, ...]], list[int]] = {}
    for name, level in scenario.levels.items():
        for number, kind in enumerate(kinds):
            classes.setdefault((name, accepted(scenario, level, kind)), []).append(number)
    rows = [
        Class(name, tuple(numbers), tuple(scenario.levels[name].holdings()[each] for each in kept))
        for (name, kept), numbers in classes.items()
    ]
    return sorted(rows, key=lambda row: len(row.holdings))


def shared_out(
    scenario: Scenario, classes: Sequence[Class], census: Census, room: Mapping[str, float]
) -> list[list[float]]:
    """By class, which share of it has each of its holdings: of each as many as there is room for, of the last the rest.

    room: mean capacity by kind of place.
    """
    left, shares = dict(room), []
    for row in classes:
        rest, of_class = 1.0, []
        for number, holding in enumerate(row.holdings, 1):
            load = {place: load_of(scenario, row, census, place) * each for place, each in holding.items()}
            fits = min((max(left[place], 0.0) / part for place, part in load.items() if part > 0), default=math.inf)
            share = rest if number == len(row.holdings) else min(fits, rest)
            for place, part in load.items():
                left[place] -= share * part
            of_class.append(share)
            rest -= share
        shares.append(of_class)
    return shares


def load_of(scenario: Scenario, row: Class, census: Census, place: str) -> float:
    """How many places of a kind a class would hold, if each stay held one; days until one is ready again count too."""
    present, admitted = (float(each[row.level][list(row.kinds)].sum()) for each in census)
    return present + admitted * scenario.places[place].turnover_days


def share_through(row: Class, shares: Sequence[float], takes: Mapping[str, float]) -> float:
    """The share of a class who get through. takes: of those who ask for a kind of place, the share that it can take."""
    return sum(
        share * min((takes[place] for place in holding), default=1.0)
        for share, holding in zip(shares, row.holdings, strict=True)
    )
