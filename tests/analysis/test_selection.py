"""Choosing the best system: by hand, as it is used step by step, and published allocations."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from sim.analysis.selection import Selection, kn

NAN = math.nan
some = settings(max_examples=60, deadline=None, derandomize=True)


def facts(selection: Selection) -> tuple[object, ...]:
    """Everything but the table."""
    return selection.surviving, dict(selection.eliminated), selection.best, selection.replications


# --- KN ---

BASE = [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]


def pair(*differences: float) -> pd.DataFrame:
    """Two systems, b so much above a in each replication."""
    base = np.resize(BASE, len(differences))
    return pd.DataFrame({"a": base, "b": base + differences})


def test_kn_by_hand() -> None:
    """eta = (0.1^-1 - 1) / 2 = 4.5 and h^2 = 18; differences 2, 0, 4 have a variance of 4, so h^2 S^2 / 4 = 18.

    b is dropped once its sum is above that of a by more than 18 - r: 6, 9, 12, 15 against 15, 14, 13, 12.
    """
    values = pair(2, 0, 4, 3, 3, 3)
    for rows in (3, 4, 5):
        undecided = kn(values[:rows], delta=2, first_stage=3)
        assert facts(undecided) == (("a", "b"), {}, None, rows)
        assert undecided.table["status"].tolist() == ["surviving", "surviving"]
    done = kn(values, delta=2, first_stage=3)
    assert facts(done) == (("a",), {"b": 6}, "a", 6)
    assert done.probability == 0.95
    expected = pd.DataFrame(
        {"system": ["a", "b"], "mean": [2.0, 4.5], "replications": [6, 6], "status": ["best", "eliminated"]}
    )
    pd.testing.assert_frame_equal(done.table, expected)


def test_on_the_boundary_a_system_stays() -> None:
    """After four, the sums differ by exactly 14 = 18 - 4."""
    assert kn(pair(2, 0, 4, 8), delta=2, first_stage=3).best is None
    assert kn(pair(2, 0, 4, 8.01), delta=2, first_stage=3).best == "a"


def test_a_close_race_ends_when_it_can_become_no_clearer() -> None:
    """The sums stay 6 apart, less than 18 - r until r is 13."""
    values = pair(2, 0, 4, *[0] * 30)
    assert kn(values[:12], delta=2, first_stage=3).best is None
    assert facts(kn(values, delta=2, first_stage=3)) == (("a",), {"b": 13}, "a", 13)


def test_a_tie_to_the_end_goes_to_the_first() -> None:
    """Sums equal from the fourth on: at r = 19, above N = 18, either will do."""
    values = pair(2, 0, 4, -6, *[0] * 30)
    assert kn(values[:18], delta=2, first_stage=3).best is None
    assert facts(kn(values, delta=2, first_stage=3)) == (("a", "b"), {}, "a", 19)
    swapped = kn(values[["b", "a"]], delta=2, first_stage=3)
    assert facts(swapped) == (("b", "a"), {}, "b", 19)
    assert swapped.table["status"].tolist() == ["best", "surviving"]


def test_systems_that_never_differ_are_decided_at_once() -> None:
    values = pd.DataFrame({"a": BASE, "same": BASE, "worse": np.array(BASE) + 0.5})
    assert facts(kn(values, delta=0.1, first_stage=6)) == (("a", "same"), {"worse": 6}, "a", 6)


def test_one_system_is_the_best_of_its_kind() -> None:
    assert facts(kn(pd.DataFrame({"only": BASE}), delta=1, first_stage=4)) == (("only",), {}, "only", 4)


def study(seed: int, systems: int = 4, rows: int = 400, common: float = 1.0) -> pd.DataFrame:
    """Systems half a standard deviation apart, with a common part in each replication."""
    rng = np.random.default_rng(seed)
    noise = common * rng.normal(size=(rows, 1)) + rng.normal(size=(rows, systems))
    return pd.DataFrame(noise + 0.5 * rng.permutation(systems), columns=list("abcdefgh")[:systems])


@pytest.mark.parametrize("seed", range(8))
def test_step_by_step_it_comes_to_the_same(seed: int) -> None:
    """As a driver uses it: systems that were dropped are no longer run."""
    values = study(seed)
    at_once = kn(values, delta=0.4)
    steps, so_far = 0, values[:10]
    while (now := kn(so_far, delta=0.4)).best is None:
        row = values.iloc[[len(so_far)]].copy()
        row.loc[:, list(now.eliminated)] = NAN
        so_far = pd.concat([so_far, row])
        steps += 1
    assert facts(now) == facts(at_once)
    assert now.replications == steps + 10 == len(so_far)
    pd.testing.assert_frame_equal(now.table, at_once.table)
    assert len(set(now.eliminated.values())) > 1


def test_what_a_system_does_after_it_was_dropped_does_not_matter() -> None:
    values = study(1)
    expected = kn(values, delta=0.4)
    assert min(expected.eliminated.values()) < expected.replications
    for junk in (-1e6, 1e6, NAN, math.inf):
        changed = values.copy()
        for name, after in expected.eliminated.items():
            changed.loc[after:, name] = junk
        changed.loc[expected.replications :] = junk
        pd.testing.assert_frame_equal(kn(changed, delta=0.4).table, expected.table)


@pytest.mark.parametrize("seed", range(4))
def test_what_all_have_in_common_does_not_matter(seed: int) -> None:
    """Only variances of differences count, so common random numbers do."""
    values = study(seed)
    common = np.random.default_rng(99).normal(0, 100, len(values))
    assert facts(kn(values.add(common, axis=0), delta=0.4)) == facts(kn(values, delta=0.4))


@pytest.mark.parametrize("seed", range(4))
def test_maximising_is_minimising_the_negative(seed: int) -> None:
    values = study(seed)
    down, up = kn(values, delta=0.4), kn(-values, delta=0.4, minimise=False)
    assert facts(up) == facts(down)
    assert up.table["mean"].tolist() == (-down.table["mean"]).tolist()
    assert kn(values, delta=0.4, minimise=False).best != down.best


@pytest.mark.parametrize("seed", range(4))
def test_order_and_unit_do_not_matter(seed: int) -> None:
    values = study(seed)
    one, other = kn(values, delta=0.4), kn(1_024 * values[["d", "b", "a", "c"]], delta=1_024 * 0.4)
    assert (other.best, dict(other.eliminated)) == (one.best, dict(one.eliminated))


def test_more_confidence_or_a_finer_difference_takes_longer() -> None:
    ends = [
        [kn(study(seed, rows=3_000), **how).replications for seed in range(10)]
        for how in ({"delta": 0.5, "alpha": 0.1}, {"delta": 0.5, "alpha": 0.01}, {"delta": 0.25, "alpha": 0.01})
    ]
    assert all((np.diff(np.array(ends), axis=0) >= 0).ravel())
    assert np.mean(ends[0]) < np.mean(ends[1]) < np.mean(ends[2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"delta": 0.0}, "delta must be above 0 and finite, not 0"),
        ({"delta": -1.0}, "delta must be above 0"),
        ({"delta": NAN}, "delta must be above 0"),
        ({"alpha": 0.0}, "alpha must be between 0 and 0.75 with 4 systems"),
        ({"alpha": 0.75}, "alpha must be between 0 and 0.75 with 4 systems"),
        ({"first_stage": 1}, "first_stage must be at least 2"),
        ({"first_stage": 401}, "at least 401 rows, the first stage, not 400"),
        ({"values": pd.DataFrame(index=range(20))}, "one column a system"),
        ({"values": pd.DataFrame(np.eye(20, 2), columns=["a", "a"])}, "its own name"),
        (
            {"values": pd.DataFrame({"a": [1.0, 2.0, NAN, 3.0], "b": [1.0] * 4, "c": 2.0, "d": 3.0}), "first_stage": 4},
            "a has no finite value in replication 3",
        ),
    ],
)
def test_kn_refuses(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kn(**{"values": study(1), "delta": 0.4, **change})  # type: ignore[arg-type]


def test_a_survivor_must_have_been_run() -> None:
    values = study(1)
    best = kn(values, delta=0.4).best
    values.loc[15, best] = NAN
    with pytest.raises(ValueError, match=f"{best} has no finite value in replication 16, but was not dropped before"):
        kn(values, delta=0.4)
