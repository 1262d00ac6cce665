import numpy as np
import pytest

from experiments.validation.estimators.bunching import bunching

RANGE = {"low": 0.025, "high": 0.10, "below": 0.01, "above": 0.01, "bins": 30}


def _ratios(n, seed):
    return np.exp(np.random.default_rng(seed).normal(-3.2, 0.8, n))


def test_a_smooth_density_has_no_excess_mass():
    assert bunching(_ratios(60_000, 1), 0.05, **RANGE).excess == pytest.approx(0.0, abs=0.05)


def test_excess_mass_put_above_a_notch_is_found():
    values = _ratios(60_000, 2)
    moved = np.flatnonzero((values > 0.04) & (values < 0.05))[::2]
    usual = np.count_nonzero((values >= 0.05) & (values < 0.06))
    values[moved] = np.random.default_rng(2).uniform(0.05, 0.054, len(moved))
    assert bunching(values, 0.05, **RANGE).excess == pytest.approx(len(moved) / usual, rel=0.12)


def test_the_notch_is_an_edge_of_bins():
    found = bunching(_ratios(5_000, 3), 0.05, **{**RANGE, "low": 0.0261})
    width = found.middle[1] - found.middle[0]
    assert np.isclose((found.middle - 0.05) / width % 1.0, 0.5).all()


def test_too_few_firms_leave_it_undefined():
    assert np.isnan(bunching(np.array([0.04, 0.05]), 0.05, **RANGE).excess)


def test_a_hundred_firms_whose_research_lasts_show_less_than_nothing_at_the_lowest_notch():
    rng, found = np.random.default_rng(0), []
    for _ in range(300):
        luck, years = rng.normal(size=110), []
        for _ in range(13):
            luck = 0.98 * luck + np.sqrt(1 - 0.98**2) * rng.normal(size=110)
            years.append(0.035 * np.exp(luck))
        values = np.concatenate(years)
        found.append(bunching(values, 0.03, **{**RANGE, "low": 0.005, "high": 0.08}).excess)
    assert np.median(found) == pytest.approx(-0.14, abs=0.02)  # a cubic does not follow the hump of a skewed density
    assert np.quantile(found, [0.05, 0.95]) == pytest.approx([-0.35, 0.15], abs=0.03)
