import numpy as np
import pytest

from experiments.designs import grid, one_at_a_time, unit_points

NAMES = ["a", "b", "c"]


def test_latin_hypercube_has_one_point_in_every_slice_of_every_factor():
    points = unit_points("lhs", NAMES, 20, seed=3)
    assert points.shape == (20, 3)
    for column in points.T:
        assert sorted(np.floor(column * 20).astype(int)) == list(range(20))


def test_sobol_points_fill_every_half_of_every_factor_equally():
    points = unit_points("sobol", NAMES, 64, seed=3)
    assert ((points < 0.5).sum(axis=0) == 32).all()


def test_morris_moves_one_factor_at_a_time_through_each_trajectory():
    points = unit_points("morris", NAMES, 5, seed=3, levels=4)
    assert points.shape == (5 * 4, 3)
    for trajectory in points.reshape(5, 4, 3):
        moved = (np.diff(trajectory, axis=0) != 0).sum(axis=1)
        assert moved.tolist() == [1, 1, 1]


@pytest.mark.parametrize(("second_order", "size"), [(False, 8 * 5), (True, 8 * 8)])
def test_saltelli_has_as_many_points_as_its_indices_need(second_order, size):
    assert unit_points("saltelli", NAMES, 8, second_order=second_order).shape == (size, 3)


@pytest.mark.parametrize("kind", ["lhs", "sobol", "morris", "saltelli"])
def test_a_design_depends_on_its_seed_alone(kind):
    again = [unit_points(kind, NAMES, 8, seed=seed) for seed in (1, 1, 2)]
    assert np.array_equal(again[0], again[1])
    assert not np.array_equal(again[0], again[2])


def test_grid_makes_every_combination():
    assert grid([[1, 2], ["x", "y", "z"]]) == [(1, "x"), (1, "y"), (1, "z"), (2, "x"), (2, "y"), (2, "z")]


def test_one_at_a_time_leaves_all_but_one_as_they_are():
    assert one_at_a_time([[1, 2], ["x"]]) == [(None, None), (1, None), (2, None), (None, "x")]
