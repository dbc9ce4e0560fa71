"""Chance: keyed, patient-major, and the same number whatever else is drawn."""

import math

import numpy as np
import pytest

from sim.model.draws import WIDTH, Decision, Draws, key_of, philox, uniform_of, unit_poisson_times


def draws(decision: Decision, patients: int, occurrences: int = 1) -> np.ndarray:
    return np.array([[decision.uniform(patient, n) for n in range(occurrences)] for patient in range(patients)])


def decision(
    seed: int = 5, replication: int = 0, name: str = "dropout:iop", groups: tuple[int, ...] = (40,)
) -> Decision:
    return Decision(seed, replication, name, tuple(enumerate(groups)))


def test_a_draw_does_not_depend_on_what_was_drawn_before() -> None:
    forwards, backwards = decision(), decision()
    keys = [(patient, occurrence) for patient in (0, 17, 39) for occurrence in range(3 * WIDTH + 1)]
    ahead = {key: forwards.uniform(*key) for key in keys}
    assert {key: backwards.uniform(*key) for key in reversed(keys)} == ahead
    assert len(set(ahead.values())) == len(keys)


def test_occurrences_beyond_the_first_block_are_new_numbers() -> None:
    values = draws(decision(), 40, 5 * WIDTH)
    assert len(np.unique(values)) == values.size
    first = decision()
    assert first.uniform(39, WIDTH) == values[39, WIDTH]
    assert first.uniform(39, WIDTH - 1) == values[39, WIDTH - 1]


@pytest.mark.parametrize(
    "other",
    [
        decision(seed=6),
        decision(replication=1),
        decision(name="dropout:residential"),
        decision(name="dropout:iop "),
    ],
)
def test_every_part_of_the_key_matters(other: Decision) -> None:
    assert not set(draws(decision(), 40, 8).ravel()) & set(draws(other, 40, 8).ravel())


@pytest.mark.parametrize(
    ("one", "other"), [((1, 2), (2, 1)), ((1, 12), (11, 2)), ((0, 1), (1, 0)), ((3, 4), (4, 3)), ((7, 0), (0, 7))]
)
def test_seed_and_replication_are_never_added_or_joined(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert not set(draws(decision(*one), 40).ravel()) & set(draws(decision(*other), 40).ravel())


def test_number_of_patients_moves_nobodys_draw() -> None:
    few, many = draws(decision(groups=(10,)), 10, 6), draws(decision(groups=(1_000,)), 10, 6)
    assert (few == many).all()


def test_people_of_day_0_and_newcomers_do_not_move_each_others_draws() -> None:
    """Newcomers are numbered after the people of day 0; the size of one group moves nothing in the other."""
    alone, beside_three, beside_five = (draws(decision(groups=(n, 10)), n + 10, 6) for n in (0, 3, 5))
    assert (alone == beside_three[3:]).all()
    assert (alone == beside_five[5:]).all()
    assert (beside_three[:3] == beside_five[:3]).all()
    assert not set(beside_five[:5].ravel()) & set(beside_five[5:].ravel())


def test_exponential_is_the_hazard_of_the_uniform() -> None:
    here = decision()
    for patient in range(40):
        assert here.exponential(patient, 2) == -math.log1p(-here.uniform(patient, 2))


def test_draws_are_uniform_and_independent() -> None:
    from scipy import stats

    patients = 5_000
    values = draws(decision(groups=(patients,)), patients, 6)
    assert values.min() >= 0
    assert values.max() < 1
    assert stats.kstest(values.ravel(), "uniform").pvalue > 1e-4
    correlation = np.corrcoef(values.T)[np.triu_indices(6, 1)]
    assert np.abs(correlation).max() < 4.5 / math.sqrt(patients)
    neighbours = np.corrcoef(values[:-1, 0], values[1:, 0])[0, 1]
    across = np.corrcoef(values[:, 0], draws(decision(name="relapse", groups=(patients,)), patients)[:, 0])[0, 1]
    assert max(abs(neighbours), abs(across)) < 4.5 / math.sqrt(patients)


def test_draws_hand_out_one_decision_a_name() -> None:
    all_draws = Draws(5, 0, ((0, 40),))
    assert all_draws.of("dropout:iop") is all_draws.of("dropout:iop")
    assert all_draws.of("dropout:iop").uniform(3) == decision().uniform(3)
    assert all_draws.of("relapse").uniform(3) == decision(name="relapse").uniform(3)


def test_poisson_times_grow_only_at_the_end() -> None:
    short, long = unit_poisson_times(5, 0, 50.0), unit_poisson_times(5, 0, 500.0)
    assert (short == long[: len(short)]).all()
    assert long[len(short)] > 50
    assert (np.diff(long) > 0).all()
    assert len(unit_poisson_times(5, 0, 0.0)) == 0


def test_poisson_counts_have_mean_and_variance_of_the_rate() -> None:
    counts = np.array([len(unit_poisson_times(5, replication, 30.0)) for replication in range(400)])
    assert abs(counts.mean() - 30) < 4 * math.sqrt(30 / 400)
    assert abs(counts.var(ddof=1) - 30) < 4 * math.sqrt((30 + 2 * 30**2) / 400)


@pytest.mark.parametrize("groups", [(40,), (40, 3, 500), (0, 3_000)])
def test_whoever_runs_ahead_has_the_numbers_of_their_column(groups: tuple[int, ...]) -> None:
    """Drawn one by one or for everybody, in any order: what Philox gives at the patient's place of the counter."""
    here, patients = decision(groups=groups), sum(groups)
    blocks = [
        np.concatenate(
            [
                np.random.Generator(np.random.Philox(key=here._key, counter=block << 192 | group << 128)).random(
                    (size, WIDTH)
                )
                for group, size in enumerate(groups)
            ]
        )
        for block in range(150)
    ]
    chosen = np.random.default_rng(1)
    for patient, far in zip(chosen.integers(patients, size=8_000), chosen.geometric(0.01, size=8_000), strict=True):
        occurrence = min(int(far) - 1, 150 * WIDTH - 1)
        assert here.uniform(int(patient), occurrence) == blocks[occurrence // WIDTH][patient, occurrence % WIDTH]


def test_the_first_draws_of_everybody_are_those_of_each() -> None:
    here = decision(groups=(3, 40))
    table = here.first(2 * WIDTH + 1)
    assert len(table) >= 2 * WIDTH + 1
    assert np.array_equal(table.T, draws(decision(groups=(3, 40)), 43, len(table)))


def test_one_patient_who_goes_round_fast_takes_no_memory_for_all() -> None:
    import tracemalloc

    patients = 20_000
    here = decision(groups=(patients,))
    here.uniform(0)
    tracemalloc.start()
    for occurrence in range(4_000):
        here.exponential(17, occurrence)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 20e6  # 4,000 rows of everybody are 640 MB


def test_philox_gives_the_published_words() -> None:
    """Of the known answers that come with Random123 (Salmon et al., 2011), for ten rounds: all zeros, and all ones."""
    assert philox((0, 0, 0, 0), 0) == (
        *(0x16554D9ECA36314C, 0xDB20FE9D672D0FDC),
        *(0xD7E772CEE186176B, 0x7E68B68AEC7BA23B),
    )
    ones = 2**64 - 1
    assert philox((ones, ones, ones, ones), 2**128 - 1) == (
        *(0x87B092C3013FE90B, 0x438C3C67BE8D0224),
        *(0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0),
    )


def test_a_draw_is_a_function_of_key_group_patient_and_occurrence() -> None:
    here, key = decision(groups=(7, 300)), key_of(5, 0, "dropout:iop")
    for group, first, size in ((0, 0, 7), (1, 7, 300)):
        for patient in range(0, size, 3):
            for occurrence in (0, 1, 3, 4, 6, 40, 103):
                assert uniform_of(key, group, patient, occurrence) == here.uniform(first + patient, occurrence)
