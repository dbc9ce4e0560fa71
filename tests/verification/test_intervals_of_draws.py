"""Whether both intervals of a probabilistic sensitivity analysis hold what they say, over synthetic studies.

Each study is a scenario of its own beside one that is 0 throughout, so that a thousand are read at once.
"""

import os

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gamma, norm

from sim.analysis.uncertainty import VarianceParts, best_replications, spread_of
from sim.experiment.psa import PsaResult

STUDIES = int(os.environ.get("STEPDOWN_PSA_STUDIES", "200"))
"""1,000 in a night, of which 93 to 97 % must cover; of 200, within 4 standard errors of 95 %."""
MARGIN = 0.02 if STUDIES >= 1000 else 4 * np.sqrt(0.95 * 0.05 / STUDIES)
DRAWS, REPLICATIONS = 200, 4

NORMAL_INPUTS = norm(3, 2)
SKEWED_INPUTS = gamma(4, scale=1.5)


@pytest.mark.parametrize("inputs", [NORMAL_INPUTS, SKEWED_INPUTS], ids=["normal", "skewed"])
@pytest.mark.parametrize("noise", [0.0, 1.0, 3.0])
def test_both_intervals_cover_what_they_are_of(inputs: object, noise: float) -> None:
    """Inputs: a further draw's difference. Simulation: the mean difference of just these draws, without chance."""
    rng = np.random.default_rng(31)
    true = inputs.rvs((DRAWS, STUDIES), random_state=rng)  # type: ignore[attr-defined]
    simulated = true[:, None, :] + rng.normal(0, noise, (DRAWS, REPLICATIONS, STUDIES)) if noise else true[:, None, :]
    simulated = np.broadcast_to(simulated, (DRAWS, REPLICATIONS, STUDIES))
    table = differences(simulated)
    further = inputs.rvs(STUDIES, random_state=rng)  # type: ignore[attr-defined]
    covered = (table["inputs_low"] <= further) & (further <= table["inputs_high"])
    assert covered.mean() == pytest.approx(0.95, abs=MARGIN)
    if noise:
        means = true.mean(axis=0)
        covered = (table["simulation_low"] <= means) & (means <= table["simulation_high"])
        assert covered.mean() == pytest.approx(0.95, abs=MARGIN)


@pytest.mark.parametrize("replications", [4, 10])
def test_chance_is_taken_out_as_far_as_it_can_be_told(replications: int) -> None:
    """Nine times as much chance as the inputs bring: as it is, the interval of inputs is too wide.

    Freed of chance it is right with the replications that such a pilot asks for; with four, two thirds of what draws
    differ by are chance, so that what is left of inputs is badly known, and a further draw lies outside more often.
    """
    assert best_replications(VarianceParts(4.0, 0.1, 36.0, 0.1, 200, 4), 20_000) == 10
    rng = np.random.default_rng(32)
    true = NORMAL_INPUTS.rvs((DRAWS, STUDIES), random_state=rng)
    simulated = true[:, None, :] + rng.normal(0, 6, (DRAWS, replications, STUDIES))
    ends = np.quantile(simulated.mean(axis=1), [0.025, 0.975], axis=0)
    further = NORMAL_INPUTS.rvs(STUDIES, random_state=rng)
    assert ((ends[0] <= further) & (further <= ends[1])).mean() > 0.97
    table = differences(simulated)
    covered = ((table["inputs_low"] <= further) & (further <= table["inputs_high"])).mean()
    assert covered == pytest.approx(0.95, abs=MARGIN if replications == 10 else 1.5 * MARGIN)


@pytest.mark.parametrize(("others", "prices"), [(2.0, 1.0), (1.0, 2.0)], ids=["others", "prices"])
def test_both_intervals_cover_what_they_are_of_in_blocks(others: float, prices: float) -> None:
    """Four draws of prices share all other inputs and their luck, three times as large. As if each draw had luck of its
    own, the interval of simulation would be half as wide as it should be."""
    rng = np.random.default_rng(33)
    covered = []
    for _ in range(STUDIES):
        true, chance = rng.normal(3, others, (DRAWS // 2, 1)), rng.normal(0, 3, (DRAWS // 2, REPLICATIONS))
        priced = rng.normal(0, prices, (2 * DRAWS, 1))
        spread = spread_of(np.repeat(true + chance, 4, axis=0) + priced, 4)
        assert spread is not None
        further, mean = rng.normal(3, np.hypot(others, prices)), float((np.repeat(true, 4, axis=0) + priced).mean())
        covered.append(
            (
                spread.inputs_low <= further <= spread.inputs_high,
                spread.simulation_low <= mean <= spread.simulation_high,
            )
        )
    assert np.mean(covered, axis=0) == pytest.approx(0.95, abs=MARGIN)


@pytest.mark.parametrize(("noise", "replications"), [(0.0, 4), (2.0, 4), (2.0, 2)])
def test_how_well_ends_and_shares_are_known_is_told_as_it_is(noise: float, replications: int) -> None:
    """With up to twice as much chance in a draw as the inputs bring. Ends are quantiles far out, of which a bootstrap
    is a little too sure, so that theirs may hold the truth less often by as much again."""
    rng = np.random.default_rng(34)
    covered = []
    for _ in range(STUDIES):
        spread = spread_of(rng.normal(0.5, 1, (DRAWS, 1)) + rng.normal(0, noise, (DRAWS, replications)))
        assert spread is not None
        ends = (spread.inputs_low, spread.inputs_low_error, -1.46), (spread.inputs_high, spread.inputs_high_error, 2.46)
        covered.append(
            (
                *(abs(end - true) <= 1.96 * error for end, error, true in ends),
                spread.above_low <= norm.cdf(0.5) <= spread.above_high,
                abs(spread.inputs_share - 1 / (1 + noise**2)) <= 1.96 * spread.inputs_share_error + 1e-12,
            )
        )
    low, high, share, _ = np.mean(covered, axis=0)
    assert min(low, high) > 0.95 - 2 * MARGIN
    assert share == pytest.approx(0.95, abs=MARGIN)
    assert np.mean(covered, axis=0)[3] > 0.95 - MARGIN


def differences(simulated: np.ndarray) -> pd.DataFrame:
    """`PsaResult.differences` of each study, (draws, replications, studies), from 0."""
    labels = ["zero", *(f"study {i}" for i in range(STUDIES))]
    replications = simulated.shape[1]
    values = np.concatenate([np.zeros((DRAWS, replications, 1)), simulated], axis=2)
    index = pd.MultiIndex.from_product([range(DRAWS), range(replications), labels])
    outcomes = pd.DataFrame(
        {"cost.total": values.ravel()}, index=index.set_names(["draw", "replication", "scenario"])
    ).reset_index()
    about = {"scenarios": dict.fromkeys(labels), "metrics": ["cost.total"], "replications": replications}
    return PsaResult({**about, "draws": DRAWS}, pd.DataFrame(), outcomes).differences()
