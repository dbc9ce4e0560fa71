"""When draws are enough for a decision to stand."""

import math

import numpy as np
import pytest

from sim.analysis.uncertainty import acceptability, chance_stability, decision_stability, noise_by_block, running_means


def test_by_hand() -> None:
    # Running sums 0, -1, 1, 4 of the second over the first: behind after draw 2, ahead from draw 3 on.
    found = decision_stability([[5.0, 5.0], [1.0, 0.0], [2.0, 4.0], [0.0, 3.0]])
    assert (found.best, found.next_best, found.since, found.draws) == (1, 0, 3, 4)
    assert found.lead == 1.0
    assert found.standard_error == pytest.approx(np.std([0, -1, 2, 3], ddof=1) / 2)
    assert not found.settled
    assert found.needed == math.ceil(4 * (2 * found.standard_error) ** 2)


def test_a_clear_lead_is_settled_and_a_lead_within_its_error_is_not() -> None:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((400, 3, 2))
    clear = decision_stability(noise + np.array([0.0, 1.0]))
    assert clear.settled
    assert clear.since < 50
    assert not decision_stability(noise[:, 0] + np.array([0.0, -0.001])).settled


def test_equal_strategies_lead_by_nothing() -> None:
    found = decision_stability(np.ones((8, 2)))
    assert (found.lead, found.since, found.needed) == (0.0, 1, math.inf)


def test_what_cannot_be_told_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 of each"):
        decision_stability(np.ones((8, 1)))
    with pytest.raises(ValueError, match="1 of 4 draws"):
        decision_stability([[1.0, 2.0], [1.0, np.nan], [0.0, 1.0], [0.0, 1.0]])


def test_running_means_and_their_errors_are_those_of_the_first_draws() -> None:
    values = np.random.default_rng(3).normal(1e6, 2, (40, 2))
    means, errors = running_means(values)
    assert np.isnan(errors[0]).all()
    for count in (2, 17, 40):
        first = values[:count]
        assert means[count - 1] == pytest.approx(first.mean(axis=0))
        assert errors[count - 1] == pytest.approx(first.std(axis=0, ddof=1) / np.sqrt(count), rel=1e-6)


def test_the_choice_by_chance_has_a_lead_of_its_own() -> None:
    """By hand: the second wins eleven of sixteen draws, and loses by far more in the others."""
    won = np.array([1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1], dtype=bool)
    net = np.column_stack([np.zeros(16), np.where(won, 1.0, -20.0)])
    found = chance_stability(net, np.zeros((16, 2, 2)))
    assert decision_stability(net).best == 0
    # Behind after the third draw, level after the fourth.
    assert (found.best, found.next_best, found.since, found.draws) == (1, 0, 4, 16)
    assert found.lead == pytest.approx(6 / 16)
    assert found.standard_error == pytest.approx(np.sqrt((1 - (6 / 16) ** 2) / 16), rel=0.2)
    assert not found.settled
    many = chance_stability(np.tile(net, (10, 1)), np.zeros((160, 2, 2)))
    assert many.settled


def test_equal_strategies_share_a_draw_as_in_the_chance_of_being_the_best() -> None:
    """Without any chance of the simulation: rounding must not give the draw to one of them."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        net = np.column_stack([np.zeros(50), *(rng.choice([0.0, 0.3, 1.7, -0.4], (2, 50)))])
        best = acceptability(np.zeros_like(net), net, [1.0])["probability_best"].sort_values(ascending=False)
        assert chance_stability(net, np.zeros((50, 3, 3))).lead == pytest.approx(best.iloc[0] - best.iloc[1])


def test_a_chance_of_draws_that_all_agree_is_not_without_error() -> None:
    net = np.column_stack([np.zeros(12), np.linspace(1, 2, 12)])
    found = chance_stability(net, np.zeros((12, 2, 2)))
    assert (found.lead, found.since) == (1.0, 1)
    assert found.standard_error > 0.1
    assert found.settled


def test_the_chance_of_equal_strategies_leads_by_nothing_and_too_few_are_refused() -> None:
    assert chance_stability(np.ones((8, 2)), np.zeros((8, 2, 2))).lead == 0
    with pytest.raises(ValueError, match="at least 2 of each"):
        chance_stability(np.ones((2, 2)), np.zeros((1, 2, 2)), 2)


def test_chance_is_taken_out_before_wins_are_counted() -> None:
    """The second is better by 1 for certain; chance of thrice that alone would make it lose in four of ten draws."""
    rng = np.random.default_rng(4)
    values = np.stack([np.zeros((400, 2)), 1 + rng.normal(0, 3 * np.sqrt(2), (400, 2))], axis=2)
    freed = chance_stability(values.mean(axis=1), noise_by_block(values))
    raw = chance_stability(values.mean(axis=1), np.zeros((400, 2, 2)))
    assert raw.lead < 0.4
    assert freed.lead > raw.lead + 0.2
