"""Parts of an outcome over draws: they add up to it."""

import numpy as np
import pytest
from experiment.psa.test_psa import METRICS, stepped, ward

import sim


def test_days_well_are_kept_by_where_they_are_spent() -> None:
    found = sim.psa({"today": ward(), "stepped": stepped()}, 10, 2)
    assert list(found.parts.values()) == [
        ["days_well", "ward"],
        ["days_well", "day"],
        ["days_well", "outside care"],
    ]
    parts = np.stack([found.values(column) for column in found.parts])
    assert np.isnan(parts[1, :, :, 0]).all()
    assert (parts[0] > 0).all()
    assert (parts[1, :, :, 1] > 0).all()
    whole = found.values("days_well")
    assert np.nansum(parts, axis=0) == pytest.approx(whole, rel=1e-12)


def test_no_parts_are_kept_beside_chosen_metrics() -> None:
    assert not sim.psa({"today": ward()}, 10, 2, METRICS).parts
