"""What levels tell about parameters, by hand."""

import numpy as np
import pytest

from experiments.calibration.identifiability import damped_steps, draws_around, identify, sensitivities


def test_sensitivities_are_central_differences_over_the_width_of_the_bounds():
    above, below = np.array([[[3.0, 1.0]]]), np.array([[[1.0, 1.0]]])
    assert sensitivities(above, below, np.array([0.2])).tolist() == [[10.0], [0.0]]


def test_differences_that_seeds_do_not_agree_on_count_as_zero():
    luck = np.array([[[1.0, 1.0], [-1.0, 1.1], [0.1, 0.9]]])
    assert sensitivities(luck, np.zeros_like(luck), np.array([1.0])) == pytest.approx(np.array([[0.0], [1.0]]))


def test_a_level_pins_down_what_moves_it_and_nothing_else():
    known = identify(np.array([[6.0, 0.0]]), np.array([1.0]))
    assert known.eigenvalues.tolist() == [36.0, 0.0]
    assert known.pinned == pytest.approx([36.0 / 48.0, 0.0])
    assert known.errors == pytest.approx([np.sqrt(1 / 48), np.sqrt(1 / 12)])


def test_two_parameters_that_move_one_level_alike_are_not_told_apart():
    known = identify(np.array([[30.0, 30.0]]), np.array([1.0]))
    assert known.pinned == pytest.approx([0.5, 0.5], abs=0.01)
    assert np.abs(known.directions[:, -1]) == pytest.approx([np.sqrt(0.5)] * 2)


def test_weight_counts_as_repeated_measurement():
    once, twice = (identify(np.array([[2.0]]), np.array([weight])) for weight in (1.0, 2.0))
    both = identify(np.array([[2.0], [2.0]]), np.ones(2))
    assert twice.errors == pytest.approx(both.errors)
    assert twice.errors[0] < once.errors[0]


def test_draws_spread_where_levels_say_least_and_stay_in_bounds():
    known = identify(np.array([[40.0, 0.0]]), np.array([1.0]))
    points = draws_around(np.array([0.5, 0.95]), known, 1.0, 400, seed=1)
    assert points.min() >= 0.0
    assert points.max() <= 1.0
    assert points[:, 0].std() < 0.05 < 0.15 < points[:, 1].std()


def test_a_step_with_little_damping_solves_a_linear_problem_and_more_damping_goes_less_far():
    known = identify(np.array([[30.0, 0.0], [0.0, 20.0]]), np.array([1.0, 2.0]))
    little, some, much = damped_steps(known, np.array([3.0, -2.0]), np.array([1.0, 2.0]))
    assert little == pytest.approx([-0.1, 0.1], rel=0.01)
    assert np.all(np.abs(much) < np.abs(some))
    assert np.all(np.abs(some) < np.abs(little))


def test_draws_raise_the_loss_by_as_much_as_asked():
    sensitivity = np.array([[40.0, 3.0, 0.0], [5.0, 20.0, 0.0]])
    known, best = identify(sensitivity, np.ones(2)), np.full(3, 0.5)
    for rise in (0.2, 1.0):
        points = draws_around(best, known, rise, 4000, seed=2)
        assert (((points - best) @ sensitivity.T) ** 2).sum(axis=1).mean() == pytest.approx(rise, rel=0.1)
    wide = draws_around(best, known, 100.0, 4000, seed=2)
    assert wide.std(axis=0)[2] == pytest.approx(np.sqrt(1 / 12), rel=0.15)


def test_draws_beyond_a_bound_are_reflected_at_it():
    points = draws_around(np.array([0.0]), identify(np.array([[0.0]]), np.ones(1)), 1.0, 500, seed=3)
    normal = np.random.default_rng(3).standard_normal((500, 1)) / np.sqrt(12)
    inside = np.abs(normal) < 1
    assert points[inside] == pytest.approx(np.abs(normal[inside]))
