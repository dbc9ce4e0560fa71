"""Targets over draws: the shares of draws that meet them, and both intervals."""

import numpy as np
import pytest
from experiment.psa.made import analysis
from experiment.psa.test_psa import ward

import sim
from sim.experiment.psa.targets import targets_of_draws
from sim.model.engine import replicate
from sim.outcomes import Observed
from sim.outcomes.registry import metrics_named

STAY = {"metric": "length_of_stay.ward.mean", "low": 5.0, "high": 10.0, "tolerance": 1.0, "source": "our list"}


def test_shares_of_draws_that_meet_a_target() -> None:
    """By hand: of 1 to 20 days, in both futures of a draw alike, 4 to 11 are within 5 to 10 with a tolerance of 1."""
    stays = np.broadcast_to(np.arange(1.0, 21.0)[:, None, None], (20, 2, 2))
    today, other = ward(targets={"stay": STAY, "cost": {**STAY, "metric": "cost.total"}}), ward()
    (row,) = targets_of_draws(analysis({"today": today, "other": other}, {"target.stay": stays})).to_dict("records")
    assert (row["scenario"], row["target"], row["unit"], row["source"]) == ("today", "stay", "days", "our list")
    assert (row["low"], row["high"], row["tolerance"]) == (5.0, 10.0, 1.0)
    assert (row["below_in"], row["within_in"], row["above_in"]) == pytest.approx((3 / 20, 8 / 20, 9 / 20))
    assert (row["mean"], row["outside_by"]) == pytest.approx((10.5, 0.0))
    # No chance: the same in both futures. 95 % of draws reach to 2.5 % of 21 intervals from either end.
    assert (row["simulation_low"], row["simulation_high"]) == pytest.approx((10.5, 10.5))
    assert (row["inputs_low"], row["inputs_high"]) == pytest.approx((1.0, 20.0))


def test_what_is_undefined_in_a_future_is_left_out() -> None:
    stays = np.full((10, 2, 1), 7.0)
    stays[:9, 0] = np.nan
    assert targets_of_draws(analysis({"today": ward(targets={"stay": STAY})}, {"target.stay": stays})).empty


def test_targets_are_kept_as_a_simulation_of_each_draw_has_them() -> None:
    """Of each scenario its own, also where another has none, or another of that name."""
    share = {"metric": "retention", "day": 5.0, "low": 0.4, "source": "our list"}
    today, other = ward(targets={"stay": STAY, "still": share}), ward(targets={"stay": {**STAY, "low": 1.0}})
    found = sim.psa({"today": today, "other": other}, 10, 2)
    drawn = found.drawn()
    simulated = today.with_overrides({path: drawn[path].iloc[7] for path in drawn})
    observed = Observed(replicate(simulated, 1, 7_001, "simpy"), simulated)
    for metric, by_hand in metrics_named(observed, {"target.stay", "target.still"}).items():
        assert found.values(metric)[7, 1, 0] == pytest.approx(by_hand, rel=1e-12)
    assert np.isnan(found.values("target.still")[:, :, 1]).all()
    rows = targets_of_draws(found)
    assert list(zip(rows["scenario"], rows["target"], strict=True)) == [
        ("today", "stay"),
        ("today", "still"),
        ("other", "stay"),
    ]
    assert rows["low"].tolist() == [5.0, 0.4, 1.0]
