"""People of the same kind, by a table and by sorting."""

import numpy as np
import pytest

from sim.outcomes import partition
from sim.outcomes.partition import alike


def test_kinds_are_the_same_however_they_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = (3, 2, 5)
    codes = [np.random.default_rng(1).integers(0, size, 500).astype(np.int16) for size in sizes]
    kind, one = alike(codes, sizes)
    monkeypatch.setattr(partition, "FEW_CODES", 1)
    by_sorting, _ = alike(codes, sizes)
    assert np.array_equal(kind, by_sorting)
    # In the order of their codes, and whoever stands for a kind is of it.
    assert np.array_equal(kind[one], np.arange(len(one)))
    values = [tuple(code[person] for code in codes) for person in one.tolist()]
    assert values == sorted(set(zip(*(code.tolist() for code in codes), strict=True)))
