"""The regression check finds what it is for: a parameter that moved by 5 %; and it does not cry wolf.

A busy programme, so that 5 % of each parameter is more than chance over 60 replications of some 900 people. In the
exact tier two replications are enough for any change that reaches a metric.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from experiment.systems import small
from scipy.stats import ttest_ind_from_stats
from support import measured_once

from sim.analysis.drift import statistical_drift
from sim.experiment.regression.baselines import bless, check_suite
from sim.experiment.regression.suite import FEWEST_FOR_CHANCE, load_suite
from sim.model.engine import replicate
from sim.outcomes import Observed, metrics_of

PROGRAMME = """
name = "Busy programme"
time = { recruitment_days = 200, follow_up_days = 90 }
arrivals.per_day = 4.5
entry = [{ to = { ward = 1.0 } }]
relapse = { median_days = 40.0, shape = 2.0 }
[places.beds]
capacity = 40
[levels.ward]
places = ["beds"]
length_of_stay = { distribution = "lognormal", mean = 12.0, sd = 4.0 }
dropout = { distribution = "weibull", shape = 1.2, scale = 20.0 }
patience = { distribution = "exponential", mean = 5 }
relapse_exposure = 0.05
cost_per_day = 100.0
"""

SUITE = """
alpha = 0.01
[[case]]
name = "exact"
scenario = "programme.toml"
replications = 2
[[case]]
name = "by_chance"
scenario = "programme.toml"
tier = "statistical"
replications = 60
[[case]]
name = "by_margin"
scenario = "programme.toml"
tier = "statistical"
replications = 20
metrics = ["length_of_stay.ward.mean", "discharges.ward.dropped_out", "relapse.90_days", "cost.total", "occupancy.beds"]
margins = { "length_of_stay.*" = 0.15, "cost.*" = "2%", "*" = 0.01 }
"""


@pytest.fixture(scope="module", autouse=True)
def _measured_once() -> Iterator[None]:
    """Cases of one programme on one seed share its replications, and so do tests that leave it as it is."""
    with measured_once():
        yield


@pytest.fixture(scope="module")
def blessed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("suite")
    (folder / "programme.toml").write_text(PROGRAMME)
    (folder / "suite.toml").write_text(SUITE)
    bless(check_suite(load_suite(folder / "suite.toml"), blessing=True))
    return folder


def moved(folder: Path, old: str, new: str) -> dict[str, set[str]]:
    """Metrics that drifted, by case, when one number of the programme is another; the statistical cases reseeded."""
    assert PROGRAMME.count(old) == 1
    (folder / "programme.toml").write_text(PROGRAMME.replace(old, new))
    (folder / "suite.toml").write_text(SUITE.replace('tier = "statistical"', 'tier = "statistical"\nseed = 5'))
    table = check_suite(load_suite(folder / "suite.toml")).table
    drifted = table[table["verdict"] == "drift"]
    return {case: set(drifted["metric"][drifted["case"] == case]) for case in table["case"].unique()}


@pytest.mark.parametrize(
    ("old", "new", "reacts", "beyond_margin"),
    [
        (
            "mean = 12.0",
            "mean = 12.6",
            {"length_of_stay.ward.mean", "length_of_stay.ward.median"},
            "length_of_stay.ward.mean",
        ),
        ("scale = 20.0", "scale = 19.0", {"discharges.ward.dropped_out"}, "discharges.ward.dropped_out"),
        ("median_days = 40.0", "median_days = 42.0", {"relapse.30_days", "relapse.90_days"}, "relapse.90_days"),
        ("cost_per_day = 100.0", "cost_per_day = 105.0", {"cost.total", "cost.ward.per_day"}, "cost.total"),
        ("capacity = 40", "capacity = 42", {"admitted", "wait.ward.mean", "census.ward.mean"}, "cost.total"),
    ],
    ids=["length of stay", "drop-out", "relapse", "price", "capacity"],
)
def test_five_percent_are_found(blessed: Path, old: str, new: str, reacts: set[str], beyond_margin: str) -> None:
    """In every tier; and nothing is found in the statistical one that the exact one shows to be left alone."""
    found = moved(blessed, old, new)
    assert reacts <= found["exact"]
    assert reacts <= found["by_chance"] <= found["exact"]
    assert beyond_margin in found["by_margin"] <= found["exact"]


def test_nothing_is_found_where_nothing_changed_but_the_seed(blessed: Path) -> None:
    assert moved(blessed, "capacity = 40", "capacity = 40") == {"exact": set(), "by_chance": set(), "by_margin": set()}


# --- false alarms ---

CHECKS = 200
SIMULATED = 800
REPLICATIONS = FEWEST_FOR_CHANCE
ALPHA = 0.05
COLUMNS = ["mean", "sd", "replications"]


@pytest.fixture(scope="module")
def clean() -> list[pd.DataFrame]:
    """400 runs of one small system, as baselines hold them; every metric, rare ones too.

    The replications of a run and of its baseline are drawn at random, none twice, from 800 that were simulated: given
    these, no metric of the two differs in distribution, and one check is independent of the others.
    """
    system, random = small(time={"recruitment_days": 40, "follow_up_days": 40}), np.random.default_rng(3)
    simulated = pd.DataFrame([metrics_of(Observed(replicate(system, 1, i), system)) for i in range(SIMULATED)])
    runs = []
    for _ in range(CHECKS):
        for drawn in random.choice(SIMULATED, (2, REPLICATIONS), replace=False):
            values = simulated.iloc[drawn]
            table = pd.DataFrame({"mean": values.mean(), "sd": values.std(), "replications": values.notna().sum()})
            runs.append(table.rename_axis("metric").reset_index().assign(case="small", runs=REPLICATIONS))
    return runs


def test_200_clean_checks_raise_no_more_alarms_than_stated(clean: list[pd.DataFrame]) -> None:
    """Each against a baseline of its own; 4 standard errors of a binomial share."""
    found = [statistical_drift(old, new, {}, ALPHA) for old, new in zip(clean[::2], clean[1::2], strict=True)]
    alarms = sum((table["verdict"] == "drift").any() for table in found)
    assert alarms <= CHECKS * ALPHA + 4 * math.sqrt(CHECKS * ALPHA * (1 - ALPHA))
    # Not because nothing could be found: without Holm's adjustment, most checks would raise an alarm.
    unadjusted = []
    for pair in zip(clean[::2], clean[1::2], strict=True):
        numbers = [side[column].to_numpy(float) for side in pair for column in COLUMNS]
        with np.errstate(all="ignore"):
            unadjusted.append((ttest_ind_from_stats(*numbers, equal_var=False).pvalue < ALPHA).any())
    assert np.mean(unadjusted) > 5 * ALPHA


def test_metrics_that_are_0_or_1_keep_the_level() -> None:
    """Far from normal: 20 of them in each of 600 clean checks, with as few replications as are taken."""
    random, alpha, checks, names = np.random.default_rng(2), 0.01, 600, [f"m{i}" for i in range(20)]
    alarms = 0
    for _ in range(checks):
        values = (random.random((2, len(names), REPLICATIONS)) < 0.5).astype(float)
        old, new = (
            pd.DataFrame({"metric": names, "mean": side.mean(axis=1), "sd": side.std(axis=1, ddof=1)}).assign(
                replications=REPLICATIONS, runs=REPLICATIONS, case="a"
            )
            for side in values
        )
        alarms += (statistical_drift(old, new, {}, alpha)["verdict"] == "drift").any()
    assert alarms <= checks * alpha + 4 * math.sqrt(checks * alpha * (1 - alpha))
