"""Draws of the inputs that have evidence cards, the same for all scenarios that are compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.files.paths import exists, join_path, lookup, split_path
from sim.files.problems import ScenarioError
from sim.scenario.fields import numbers
from sim.scenario.input_draws.card_laws import CardLaw, law_of
from sim.scenario.input_draws.points import Design, correlated, points
from sim.scenario.schema import Scenario
from sim.scenario.shape import shape_at
from sim.vocabulary import Column

PRICE_DRAW = "price_draw"
"""Which of the draws of one block it is."""
STRUCTURE = "structure:"
"""What the name of an input begins with that is no number but a choice between alternatives."""


class ShareTable(NamedTuple):
    """Shares that sum to one and are drawn together: their path, names, and the people counted behind each."""

    path: str
    names: list[str]
    sizes: list[float]

    @property
    def inputs(self) -> list[str]:
        """The paths of the shares."""
        return [join_path((*split_path(self.path), name)) for name in self.names]


class UnfitCard(NamedTuple):
    """An evidence card that no draws can be taken from as it stands, and why."""

    scenario: str
    path: str
    why: str


@dataclass(frozen=True)
class InputDraws:
    """So many draws of everything uncertain in some scenarios; in blocks where some inputs are drawn again.

    scenarios: as they stand, by label. shares: what share of its distribution lies below each draw, one column an
    input, shared by all scenarios that have it. laws: by scenario and path. tables: by scenario. whole: by scenario,
    the paths of numbers that can only be whole; what is drawn of them is the nearest one. times: draws in a block.
    """

    scenarios: Mapping[str, Scenario]
    shares: pd.DataFrame
    laws: Mapping[str, Mapping[str, CardLaw]]
    tables: Mapping[str, Sequence[ShareTable]]
    whole: Mapping[str, frozenset[str]]
    times: int = 1
    _values: dict[str, dict[str, Column]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.shares)

    def values(self, label: str) -> pd.DataFrame:
        """What the draws hold of a scenario, one column an input: numbers, also where an alternative sets them, and the
        names of alternatives."""
        columns: dict[str, Any] = {}
        for path, law in self.laws[label].items():
            columns[path] = self._drawn(label, path, law)
        for table in self.tables[label]:
            columns |= dict(zip(table.inputs, self._dirichlet(label, table), strict=True))
        for name, alternatives in self.scenarios[label].evidence_structures.items():
            names, picked = list(alternatives), self._picked(label, name)
            columns[STRUCTURE + name] = [names[i] for i in picked]
            for i, alternative in enumerate(alternatives.values()):
                for path, value in alternative.set.items():
                    if (name_of_input := _as_told(path)) in columns:
                        columns[name_of_input] = np.where(picked == i, value, columns[name_of_input])
        return pd.DataFrame(columns, index=self.shares.index)

    def settings(self, label: str, draw: int) -> dict[str, Any]:
        """What one draw changes of a scenario, by dotted path; shares that sum to one as their whole table."""
        scenario = self.scenarios[label]
        changes: dict[str, Any] = {
            path: self._drawn(label, path, law)[draw].item() for path, law in self.laws[label].items()
        }
        for table in self.tables[label]:
            shares = (column[draw].item() for column in self._dirichlet(label, table))
            changes[table.path] = dict(zip(table.names, shares, strict=True))
        for name, alternatives in scenario.evidence_structures.items():
            changes |= list(alternatives.values())[self._picked(label, name)[draw]].set
        return changes

    def scenario(self, label: str, draw: int) -> Scenario:
        """A scenario with the inputs of one draw. ScenarioError where they break its rules."""
        return self.scenarios[label].with_overrides(self.settings(label, draw))

    def broken(self, label: str, sample: int = 64) -> tuple[float, str]:
        """The share of draws (of so many, spread over all) that break a scenario's rules, and what the first says."""
        chosen = np.unique(np.linspace(0, len(self) - 1, min(sample, len(self))).astype(int))
        first, count = "", 0
        for draw in chosen:
            try:
                self.scenario(label, int(draw))
            except ScenarioError as refused:
                count += 1
                first = first or "; ".join(f"{p.path} {p.message}" for p in refused.problems[:3])
        return count / len(chosen), first

    def _drawn(self, label: str, path: str, law: CardLaw) -> Column:
        held = self._values.setdefault(label, {})
        if path not in held:
            drawn = law.quantile(self.shares[path].to_numpy())
            held[path] = np.rint(drawn).astype(np.int64) if path in self.whole[label] else drawn
        return held[path]

    def _picked(self, label: str, name: str) -> Column:
        held = self._values.setdefault(label, {})
        if STRUCTURE + name not in held:
            weights = np.array([each.weight for each in self.scenarios[label].evidence_structures[name].values()])
            ends, shares = np.cumsum(weights) / weights.sum(), self.shares[STRUCTURE + name].to_numpy()
            held[STRUCTURE + name] = np.minimum(np.searchsorted(ends, shares, "right"), len(weights) - 1)
        return held[STRUCTURE + name]

    def _dirichlet(self, label: str, table: ShareTable) -> Column:
        """Shares, (names, draws): independent gamma variables, over their sum."""
        held = self._values.setdefault(label, {})
        if table.path not in held:
            logs = [
                _log_gamma(size, self.shares[path].to_numpy()) if size else np.full(len(self), -np.inf)
                for path, size in zip(table.inputs, table.sizes, strict=True)
            ]
            parts = np.exp(logs - np.max(logs, axis=0))
            held[table.path] = parts / parts.sum(axis=0)
        return held[table.path]


def _log_gamma(size: float, shares: Column) -> Column:
    """Logarithms of quantiles of the gamma distribution, of which that of few people has some too small for a float.

    There the distribution function is x ** size / Gamma(size + 1).
    """
    from scipy.special import gammaincinv, gammaln

    values = gammaincinv(size, shares)
    small = values < 1e-200
    return np.where(small, (np.log(shares) + gammaln(size + 1)) / size, np.log(np.where(small, 1.0, values)))


def draw_inputs(
    scenarios: Mapping[str, Scenario],
    draws: int,
    design: Design = "sobol",
    seed: int = 1,
    times: int = 1,
    again: Callable[[str], bool] = lambda _: False,
) -> tuple[InputDraws, list[UnfitCard]]:
    """Draws of every input with a ranged card in any of the scenarios; and the cards that none can be taken from.

    An input is a path. Where scenarios share it, all take the same share of its distribution below the draw, so that
    equal cards give equal values and different ones are best in the same draws. Inputs that differ by path are
    independent, unless `evidence_correlation` of a scenario says otherwise. Shares that sum to one and have a card of
    their whole table (dirichlet) are drawn by that one, whatever cards there are of single ones.

    times: so many draws follow one another with the same values of every input, except those that are drawn `again`: by
    path, of a table or alternatives only if so is all that they set. Within such a block these are drawn independently,
    given what the others are, with which they may be correlated.

    A card is unfit when it has no such distribution, or when the value that the scenario states lies outside the
    middle 99.9 % of it, or beyond its ends: then the card speaks of another value, and its draws would too.
    Raises ValueError for correlations that cannot be.
    """
    laws: dict[str, dict[str, CardLaw]] = {}
    tables = {label: _share_tables(scenario) for label, scenario in scenarios.items()}
    whole: dict[str, frozenset[str]] = {}
    unfit: list[UnfitCard] = []
    for label, scenario in scenarios.items():
        laws[label] = {}
        values = numbers(scenario)
        whole[label] = frozenset(path for path, value in values.items() if isinstance(value, int))
        of_tables = {path for table in tables[label] for path in table.inputs}
        for spelt, card in scenario.evidence.items():
            path = _as_told(spelt)
            varies = (card.low is not None and card.high is not None) or card.mean is not None
            if path not in values or path in of_tables or not varies:
                continue
            try:
                law = law_of(card, values[path])
                least, most = law.reach
                if not least <= values[path] <= most:
                    raise ValueError(f"the value, {values[path]:g}, is hardly ever drawn: {least:.4g} to {most:.4g}")
            except ValueError as reason:
                unfit.append(UnfitCard(label, path, str(reason)))
            else:
                laws[label][path] = law
    names = _inputs(scenarios, laws, tables)
    redrawn = [name for name in names if times > 1 and all(map(again, _sets(name, scenarios, tables)))]
    # What is kept comes first: it is then correlated among itself alone.
    order = [*(name for name in names if name not in redrawn), *redrawn]
    laid = correlated(
        _in_blocks(draws, times, len(order), len(redrawn), design, seed), order, correlations_of(scenarios, order)
    )
    index: pd.Index[Any] = pd.RangeIndex(draws, name="draw")
    if times > 1:
        index = pd.MultiIndex.from_product([range(draws), range(times)], names=["draw", PRICE_DRAW])
    shares = pd.DataFrame(laid, columns=pd.Index(order, name="input"), index=index)[names]
    return InputDraws(scenarios, shares, laws, tables, whole, times), unfit


def _in_blocks(draws: int, times: int, inputs: int, redrawn: int, design: Design, seed: int) -> Column:
    """(draws * times, inputs) points, of which the last so many inputs are drawn anew in every row.

    Each time has coordinates of its own, so that the rows of a block are as independent as blocks are."""
    kept = inputs - redrawn
    laid = points(draws, kept + times * redrawn, design, seed)
    return np.hstack([np.repeat(laid[:, :kept], times, axis=0), laid[:, kept:].reshape(draws * times, redrawn)])


def _sets(name: str, scenarios: Mapping[str, Scenario], tables: Mapping[str, Sequence[ShareTable]]) -> set[str]:
    """Every path that an input sets, in any of the scenarios."""
    if not name.startswith(STRUCTURE):
        return {name, *(path for of in tables.values() for each in of if name in each.inputs for path in each.inputs)}
    stated = [each.evidence_structures.get(name.removeprefix(STRUCTURE), {}) for each in scenarios.values()]
    return {path for alternatives in stated for alternative in alternatives.values() for path in alternative.set}


def _as_told(path: str) -> str:
    """A path with no more quotes than it needs, as inputs are called."""
    return join_path(split_path(path))


def _inputs(
    scenarios: Mapping[str, Scenario],
    laws: Mapping[str, Mapping[str, CardLaw]],
    tables: Mapping[str, Sequence[ShareTable]],
) -> list[str]:
    """Every input once, in the order in which scenarios state them; structures last."""
    names: dict[str, None] = {}
    for label in scenarios:
        names |= dict.fromkeys(laws[label])
        for table in tables[label]:
            names |= dict.fromkeys(table.inputs)
    for scenario in scenarios.values():
        names |= dict.fromkeys(STRUCTURE + name for name in scenario.evidence_structures)
    return list(names)


def _share_tables(scenario: Scenario) -> list[ShareTable]:
    """Tables of shares that are drawn together."""
    tables = []
    data: Any = None
    for path, card in scenario.evidence.items():
        if card.distribution != "dirichlet" or card.sample_size is None:
            continue
        data = scenario.model_dump(by_alias=True, exclude={"evidence"}) if data is None else data
        segments = split_path(path)
        shape = shape_at(segments, data)
        if shape is not None and shape.mark.sums_to_one and exists(data, segments):
            stated = lookup(data, segments)
            tables.append(ShareTable(path, list(stated), [share * card.sample_size for share in stated.values()]))
    return tables


def correlations_of(scenarios: Mapping[str, Scenario], names: list[str]) -> dict[tuple[str, str], float]:
    """Of pairs of inputs that are drawn; the first scenario that states one decides."""
    stated: dict[tuple[str, str], float] = {}
    for scenario in scenarios.values():
        for one, others in scenario.evidence_correlation.items():
            for other, value in others.items():
                pair = (_as_told(one), _as_told(other))
                if pair[0] in names and pair[1] in names:
                    stated.setdefault((min(pair), max(pair)), value)
    return stated
