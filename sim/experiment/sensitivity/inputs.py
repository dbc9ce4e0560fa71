"""Which inputs are varied, and how far: those with a ranged evidence card, as far as it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from sim.experiment.psa import UnfitInputs
from sim.experiment.sensitivity.evaluation import InputSettings
from sim.files.nearest import name_hint
from sim.files.paths import join_path, split_path
from sim.scenario import Scenario
from sim.scenario.fields import numbers
from sim.scenario.frozen import FrozenDict
from sim.scenario.input_draws import CardLaw, InputDraws, draw_inputs
from sim.scenario.input_draws.drawing import STRUCTURE, ShareTable

ALL = ("*",)
TAIL = 0.025
"""Below the low end of an input whose distribution has no ends, and above its high end."""


@dataclass(frozen=True)
class OneWay:
    """An input and the settings of its two ends; of a choice between alternatives, of each of them.

    base, low, high: its values in the first scenario that has it; None of alternatives, whose names `ends` has. A share
    that is nobody's, or everybody's, has no ends.
    """

    name: str
    base: float | None
    ends: Mapping[str, InputSettings]
    low: float | None = None
    high: float | None = None


def uncertain_inputs(scenarios: Mapping[str, Scenario], patterns: Sequence[str] = ALL) -> tuple[InputDraws, list[str]]:
    """Draws (one) of all inputs that have a ranged card in any scenario, and the names of those that fit a pattern.

    Raises UnfitInputs with everything that forbids it, a line each: patterns that fit nothing, cards that cannot be
    drawn from, nothing uncertain.
    """
    drawn, unfit = draw_inputs(scenarios, 1)
    known = list(drawn.shares.columns)
    asked = [join_path(split_path(each)) if "*" not in each else each for each in patterns]
    named = [*known, *(card.path for card in unfit)]
    lines = []
    for pattern in asked:
        if not any(fnmatchcase(path, pattern) for path in named):
            why = "nothing is uncertain: no number has an evidence card with low and high, or mean and standard_error"
            hint = name_hint(pattern, known)
            lines.append(f"no input {pattern!r} has a card with a range. {hint}".rstrip() if named else why)
    for label, path, why in unfit:
        if any(fnmatchcase(path, pattern) for pattern in asked):
            lines.append(f"{label}: the evidence card of {path} cannot be drawn from: {why}")
    if lines:
        raise UnfitInputs("\n".join(dict.fromkeys(lines)))
    return drawn, [path for path in known if any(fnmatchcase(path, pattern) for pattern in asked)]


def one_way(scenarios: Mapping[str, Scenario], patterns: Sequence[str] = ALL) -> list[OneWay]:
    """Each input at the ends of its card, everything else as stated.

    The ends of a uniform, triangular or PERT distribution are its own, of any other its 2.5 and 97.5 % points; both in
    all scenarios that have the input, each by its own card. A share of a table that sums to one has the beta
    distribution that it has in the table's Dirichlet distribution; the others keep their proportions. Raises
    UnfitInputs.
    """
    drawn, chosen = uncertain_inputs(scenarios, patterns)
    of_tables = {path: table.path for label in scenarios for table in drawn.tables[label] for path in table.inputs}
    inputs = []
    for name in chosen:
        if name.startswith(STRUCTURE):
            inputs.append(OneWay(name, None, _alternatives(scenarios, name.removeprefix(STRUCTURE))))
        elif name in of_tables:
            inputs.append(_share(scenarios, drawn, name))
        else:
            inputs.append(_number(scenarios, drawn, name))
    return inputs


def _number(scenarios: Mapping[str, Scenario], drawn: InputDraws, path: str) -> OneWay:
    having = [label for label in scenarios if path in drawn.laws[label]]
    ends = {label: _ends(drawn.laws[label][path], path in drawn.whole[label]) for label in having}
    settings = {end: {label: {path: ends[label][i]} for label in having} for i, end in enumerate(("low", "high"))}
    first = having[0]
    return OneWay(path, numbers(scenarios[first])[path], settings, *ends[first])


def _ends(law: CardLaw, whole: bool) -> tuple[float, float]:
    own = law.kind in ("uniform", "triangular", "pert")
    low, high = (law.low, law.high) if own else map(float, law.quantile(np.array([TAIL, 1 - TAIL])))
    return (round(low), round(high)) if whole else (low, high)


def _alternatives(scenarios: Mapping[str, Scenario], name: str) -> dict[str, InputSettings]:
    ends: dict[str, dict[str, Mapping[str, Any]]] = {}
    for label, scenario in scenarios.items():
        for alternative, stated in scenario.evidence_structures.get(name, {}).items():
            ends.setdefault(alternative, {})[label] = stated.set
    return dict(ends)


def _share(scenarios: Mapping[str, Scenario], drawn: InputDraws, path: str) -> OneWay:
    from scipy.special import betaincinv

    settings: dict[str, dict[str, Mapping[str, Any]]] = {"low": {}, "high": {}}
    ends: list[tuple[float, float, float]] = []
    stated = 0.0
    for label in scenarios:
        for table in (table for table in drawn.tables[label] if path in table.inputs):
            size, total = table.sizes[table.inputs.index(path)], sum(table.sizes)
            stated = size / total
            if not 0 < size < total:
                continue  # Nobody, or everybody: so it is in every draw.
            low, high = (float(betaincinv(size, total - size, share)) for share in (TAIL, 1 - TAIL))
            ends.append((size / total, low, high))
            for end, value in (("low", low), ("high", high)):
                settings[end][label] = {table.path: _rescaled(table, path, value)}
    if not ends:
        return OneWay(path, stated, {})
    base, low, high = ends[0]
    return OneWay(path, base, settings, low, high)


def _rescaled(table: ShareTable, path: str, value: float) -> dict[str, float]:
    """The table with one share at a value and the others in proportion."""
    at = table.inputs.index(path)
    rest = sum(size for i, size in enumerate(table.sizes) if i != at)
    shares = {
        name: value if i == at else (1 - value) * size / rest
        for i, (name, size) in enumerate(zip(table.names, table.sizes, strict=True))
    }
    last = next(name for i, name in reversed(list(enumerate(table.names))) if i != at)
    shares[last] = 1.0 - sum(share for name, share in shares.items() if name != last)
    return shares


def restricted(drawn: InputDraws, chosen: Sequence[str]) -> InputDraws:
    """Draws of these inputs alone, of scenarios without their cards; a table of shares is drawn whole or not at all."""
    keep = set(chosen)
    scenarios = {}
    for label, scenario in drawn.scenarios.items():
        structures = {name: each for name, each in scenario.evidence_structures.items() if STRUCTURE + name in keep}
        scenarios[label] = scenario.model_copy(
            update={"evidence": FrozenDict({}), "evidence_structures": FrozenDict(structures)}
        )
    laws = {label: {path: law for path, law in of.items() if path in keep} for label, of in drawn.laws.items()}
    tables = {label: [table for table in of if keep.intersection(table.inputs)] for label, of in drawn.tables.items()}
    return replace(drawn, scenarios=scenarios, laws=laws, tables=tables, _values={})
