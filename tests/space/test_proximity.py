"""Hand-computed distances, spillover weights, ring codes and concentration measures."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.space.proximity import (
    distance_km,
    gini,
    morans_i,
    morton_code,
    spillover_kernel,
    travel_decay,
)


def test_distance_is_that_of_a_right_triangle() -> None:
    np.testing.assert_allclose(distance_km([0, 3, 0], [0, 4, 1])[0], [0.0, 5.0, 1.0])


def test_spillovers_fall_with_squared_distance_and_end() -> None:
    x = np.array([0, 0, 1, 2, 2, 2, 0])
    y = np.array([0, 0, 1, 0, 1, 2, 3])
    kernel = spillover_kernel(x, y)
    np.testing.assert_allclose(kernel.toarray()[0], [1.0, 1.0, 0.25, 0.04, 0.04, 0.0, 0.0])
    np.testing.assert_allclose(kernel.toarray(), kernel.toarray().T)


def test_spillovers_of_a_lone_place_stay_there() -> None:
    np.testing.assert_allclose(spillover_kernel([4], [4]).toarray(), [[1.0]])


def test_morton_codes_interleave_bits() -> None:
    codes = morton_code([0, 1, 0, 1, 2, 3, 5], [0, 0, 1, 1, 0, 3, 2])
    assert codes.tolist() == [0, 1, 2, 3, 4, 15, 0b011001]
    assert codes.dtype == np.uint64


def test_morton_codes_reach_to_32_bits_and_refuse_others() -> None:
    assert int(morton_code(np.array([2**32 - 1]), np.array([2**32 - 1]))[0]) == 2**64 - 1
    with pytest.raises(ValueError, match="coordinates"):
        morton_code(np.array([-1]), np.array([0]))


def test_gini_of_equal_single_and_known_amounts() -> None:
    assert gini([3, 3, 3]) == pytest.approx(0.0)
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert gini([1, 3]) == pytest.approx(0.25)
    assert gini([]) == 0.0
    assert gini([0, 0]) == 0.0
    with pytest.raises(ValueError, match="below 0"):
        gini([1, -1])


def test_morans_i_of_halves_and_of_a_row() -> None:
    x, y = np.array([0, 1, 2, 3]), np.zeros(4)
    assert morans_i([1, 1, -1, -1], x, y) == pytest.approx(4 / 3 * (1 - 1 + 1) / 4)
    assert morans_i([1, -1, 1, -1], x, y) == pytest.approx(-1.0)


def test_morans_i_counts_corners_as_neighbours() -> None:
    x, y = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    assert morans_i([1, -1, -1, 1], x, y) == pytest.approx(4 / 6 * (-4 + 2) / 4)


def test_morans_i_of_equal_values_or_lone_cells_is_zero() -> None:
    assert morans_i([2, 2], [0, 1], [0, 0]) == 0.0
    assert morans_i([1, 5], [0, 9], [0, 0]) == 0.0


def test_links_are_whole_up_to_a_travel_time_and_then_fall_by_a_power_of_it() -> None:
    kept = travel_decay(np.array([0.0, 9.0, 19.0, 39.0]), elasticity=0.5, full=9.0)
    np.testing.assert_allclose(kept, [1.0, 1.0, 2.0**-0.5, 4.0**-0.5])
