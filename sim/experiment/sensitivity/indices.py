"""What share of the uncertainty of an answer each input decides, when all vary at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sim.analysis.uncertainty.sobol_indices import SobolIndices, sobol_indices, sobol_points
from sim.experiment.psa import UnfitInputs
from sim.experiment.psa.run import MOST_BROKEN, MOST_REPLICATIONS
from sim.experiment.sensitivity.criterion import Criterion
from sim.experiment.sensitivity.evaluation import How, InputSettings, Varied, arms_of_study, evaluation_of
from sim.experiment.sensitivity.inputs import ALL, restricted, uncertain_inputs
from sim.scenario import Scenario
from sim.scenario.input_draws import InputDraws
from sim.scenario.input_draws.drawing import correlations_of
from sim.scenario.input_draws.points import correlated


@dataclass(frozen=True)
class Sobol(Varied):
    """Indices of each input or group.

    mean: of the difference, or of the only scenario's value, over all draws. groups: by name, the inputs of each that
    has several. joined: groups that were made of inputs that depend on each other: only together have they indices.
    left_out: draws of which a point broke a scenario's rules.
    """

    mean: float
    indices: SobolIndices
    groups: Mapping[str, Sequence[str]]
    joined: tuple[str, ...]
    left_out: int


def sobol(
    scenarios: Mapping[str, Scenario],
    draws: int = 64,
    replications: int = 4,
    inputs: Sequence[str] = ALL,
    groups: Mapping[str, Sequence[str]] | None = None,
    criterion: Criterion | None = None,
    how: How = How(),  # noqa: B008 - frozen
) -> Sobol:
    """First-order and total indices of every input with a ranged card, freed of the simulation's chance.

    scenarios, criterion, inputs: as of `tornado`; inputs that are not chosen stay as stated. draws: a power of two;
    each takes as many settings as there are groups, and two. replications: futures of each setting, at least 2; the
    settings of one draw share their luck, draws do not. groups: by name, inputs that count as one. Inputs that are
    correlated, and shares of one table, depend on each other, and single indices would not add up: they are joined in
    one group each.

    Raises UnfitInputs as `tornado`, and when more than 2 % of settings break rules; ValueError for groups that cut what
    depends on each other, for fewer than two groups, and without SALib.

    >>> about = {"grade": "estimated", "source": "our accounts"}
    >>> cost = {"low": 80.0, "high": 125.0, "unit": "USD per day", **about}
    >>> stay = {"low": 15.0, "high": 25.0, "unit": "days", **about}
    >>> cards = {"levels.ward.cost_per_day": cost, "levels.ward.length_of_stay.value": stay}
    >>> unsure = {"ward": ward.with_overrides({"levels.ward.cost_per_day": 100.0, "evidence": cards})}
    >>> shares = sim.sobol(unsure, 64, 2, criterion=sim.criterion_of(unsure, "cost.total")).indices.table
    >>> list(shares["input"])
    ['levels.ward.length_of_stay.value', 'levels.ward.cost_per_day']
    """
    if not 2 <= replications <= MOST_REPLICATIONS:
        raise ValueError(f"replications must be from 2 to {MOST_REPLICATIONS:,}, not {replications}")
    arms = arms_of_study(scenarios, criterion, replications, how)
    drawn, chosen = uncertain_inputs(scenarios, inputs)
    whole, joined = _grouped(drawn, chosen, groups or {})
    of_inputs = {path: name for name, of in whole.items() for path in of}
    names = [path for path in drawn.shares.columns if path in of_inputs]
    labels = [of_inputs[path] for path in names]
    points = _points(drawn, names, sobol_points(labels, draws, how.seed))
    each, rows = len(whole) + 2, range(len(points))
    settings = [_settings(points, row) for row in rows]
    _check_sound([arms.why_not(settings[row]) for row in np.unique(np.linspace(0, len(points) - 1, 64).astype(int))])
    luck = [range(first := MOST_REPLICATIONS * (row // each), first + replications) for row in rows]
    evaluation = evaluation_of(arms, how, len(points) * len(scenarios) * replications)
    outcomes = evaluation.differences(settings, luck).reshape(draws, each, replications)
    sound = np.isfinite(outcomes).all(axis=(1, 2))
    if sound.sum() < max(2, (1 - MOST_BROKEN * each) * draws):
        raise UnfitInputs(f"{draws - sound.sum()} of {draws} draws hold a setting without an outcome, or a broken rule")
    indices = sobol_indices(outcomes[sound].reshape(-1, replications), labels)
    several = {name: of for name, of in whole.items() if list(of) != [name]}
    about = (scenarios, arms.criterion, replications, how.seed, evaluation.engine)
    return Sobol(*about, float(outcomes[sound].mean()), indices, several, joined, int(draws - sound.sum()))


def _grouped(
    drawn: InputDraws, chosen: Sequence[str], groups: Mapping[str, Sequence[str]]
) -> tuple[dict[str, list[str]], tuple[str, ...]]:
    """By group its inputs, and which groups were made of what depends on each other. Whole tables are drawn at once."""
    bound = _dependent(drawn, chosen)
    whole = {path: of for of in bound for path in of}
    made: dict[str, list[str]] = {}
    problems = []
    for name, of in groups.items():
        made[name] = list(dict.fromkeys(of))
        if unknown := [path for path in of if path not in chosen]:
            problems.append(f"group {name}: {', '.join(unknown)} is not among the inputs")
        if twice := [path for path in of if any(path in other for key, other in made.items() if key != name)]:
            problems.append(f"group {name}: {', '.join(twice)} is in another group as well")
        if cut := [path for path in of if not set(whole.get(path, of)) <= set(of)]:
            problems.append(
                f"group {name}: {', '.join(cut)} depends on inputs outside it ({', '.join(whole[cut[0]])}): take all"
            )
    if problems:
        raise ValueError("\n".join(problems))
    taken = {path for of in made.values() for path in of}
    joined = []
    for of in bound:
        if not taken.intersection(of):
            table = next(
                (t.path for label in drawn.tables for t in drawn.tables[label] if set(of) == set(t.inputs)), ""
            )
            joined.append(table or " with ".join(of))
            made[joined[-1]] = list(of)
            taken |= set(of)
    made |= {path: [path] for path in chosen if path not in taken}
    return made, tuple(joined)


def _dependent(drawn: InputDraws, chosen: Sequence[str]) -> list[list[str]]:
    """Inputs that depend on each other, directly or by way of others, together: of one table, or correlated."""
    ties = [set(table.inputs) for of in drawn.tables.values() for table in of if set(table.inputs) & set(chosen)]
    ties += [set(pair) for pair in correlations_of(drawn.scenarios, list(chosen))]
    made: list[set[str]] = []
    for tie in ties:
        touched = [each for each in made if each & tie]
        made = [each for each in made if not each & tie] + [tie.union(*touched)]
    order = list(drawn.shares.columns)
    return [sorted(each, key=order.index) for each in made]


def _points(drawn: InputDraws, names: Sequence[str], laid: np.ndarray) -> InputDraws:
    """Draws at these points, (points, inputs), as far as inputs were chosen."""
    correlations = correlations_of(drawn.scenarios, list(names))
    shares = pd.DataFrame(correlated(laid, list(names), correlations), columns=pd.Index(names, name="input"))
    return replace(restricted(drawn, names), shares=shares)


def _settings(points: InputDraws, row: int) -> InputSettings:
    return {label: points.settings(label, row) for label in points.scenarios}


def _check_sound(whys: Sequence[str]) -> None:
    broken = [why for why in whys if why]
    if len(broken) > MOST_BROKEN * len(whys):
        raise UnfitInputs(
            f"{len(broken) / len(whys):.0%} of settings break a scenario's rules, as {broken[0]}. Narrow the ranges on "
            "these cards, leave them out (--inputs), or correlate them (evidence_correlation)"
        )
