import numpy as np
import pytest

from experiments.validation.estimators import panels


def test_size_variance_slope_is_found():
    rng = np.random.default_rng(1)
    size = np.exp(rng.normal(2.0, 1.8, 40_000))
    growth = 0.2 * size**-0.18 * rng.laplace(size=len(size))
    assert panels.size_variance_slope(size, growth) == pytest.approx(-0.18, abs=0.015)


def test_size_variance_slope_is_flat_where_size_does_not_matter():
    rng = np.random.default_rng(2)
    size = np.exp(rng.normal(size=20_000))
    assert panels.size_variance_slope(size, rng.normal(size=20_000)) == pytest.approx(0.0, abs=0.02)


def test_partial_slope_takes_out_groups_and_controls():
    rng = np.random.default_rng(3)
    group, control = rng.integers(0, 6, 5_000), rng.normal(size=5_000)
    x = rng.normal(size=5_000) + 2.0 * control + group
    y = 0.5 * x - 3.0 * control + 4.0 * group + 0.1 * rng.normal(size=5_000)
    found = panels.partial_slope(y, x, control[:, None], (group,), np.ones(5_000))
    assert found == pytest.approx(0.5, abs=0.01)


def test_partial_slope_is_undefined_where_the_groups_tell_all():
    group = np.repeat([0, 1], 20)
    y = np.random.default_rng(4).normal(size=40)
    assert np.isnan(panels.partial_slope(y, group.astype(float), np.empty((40, 0)), (group,), np.ones(40)))


def test_count_elasticity_uses_places_without_any_event():
    rng = np.random.default_rng(5)
    size = np.exp(rng.normal(0.0, 1.2, 4_000))
    counts = rng.poisson(0.5 * size**1.1)
    assert (counts == 0).mean() > 0.3
    assert panels.count_elasticity(size, counts) == pytest.approx(1.1, abs=0.04)


def test_least_squares_in_logs_is_too_flat_where_small_counts_fall_out():
    rng = np.random.default_rng(6)
    size = np.exp(rng.normal(1.1, 1.6, 4_000))
    for uneven in (np.ones(4_000), rng.gamma(1.0, size=4_000)):
        counts = rng.poisson(1.2 * size * uneven)
        some = counts > 0
        assert panels.slope(np.log(size[some]), np.log(counts[some])) < 0.92
        assert panels.count_elasticity(size, counts) == pytest.approx(1.0, abs=0.08)


LEVEL0, LEVEL1 = np.array([1.0, 2.0, 0.5, 0.0]), np.array([1.2, 2.0, 0.0, 3.0])
WEIGHT0, WEIGHT1 = np.array([4.0, 4.0, 2.0, 0.0]), np.array([3.0, 4.0, 0.0, 3.0])


def test_growth_parts_by_hand():
    found = panels.growth_parts(LEVEL0, WEIGHT0, LEVEL1, WEIGHT1)
    assert found.total == pytest.approx(2.06 - 1.3)
    assert found.within == pytest.approx(0.4 * 0.2)
    assert found.between == pytest.approx(-0.1 * (1.2 - 1.3))
    assert found.entry == pytest.approx(0.3 * (3.0 - 1.3))
    assert found.exit == pytest.approx(0.2 * (1.3 - 0.5))


@pytest.mark.parametrize("parts", [panels.growth_parts, panels.dynamic_parts])
def test_parts_of_growth_add_up(parts):
    rng = np.random.default_rng(6)
    level0, level1 = rng.normal(size=(2, 300))
    weight0, weight1 = np.exp(rng.normal(size=(2, 300)))
    weight0[:60], weight1[-80:] = 0.0, 0.0
    level0[:60] = np.nan
    found = parts(level0, weight0, level1, weight1)
    assert found.within + found.between + found.entry + found.exit == pytest.approx(found.total)


def test_entrants_like_survivors_bring_nothing_in_the_dynamic_decomposition():
    level0, level1 = np.array([0.0, 0.0, 9.0]), np.array([1.0, 1.0, 1.0])
    found = panels.dynamic_parts(level0, np.array([1.0, 1.0, 0.0]), level1, np.ones(3))
    assert found.entry == pytest.approx(0.0)
    assert found.within == pytest.approx(1.0)
