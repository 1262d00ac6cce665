import numpy as np
import pytest
from scipy import stats

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


DENSITIES = {
    "log-normal": lambda z: 0.035 * np.exp(z),
    "gamma": lambda z: stats.gamma(2.0, scale=0.02).ppf(stats.norm.cdf(z)),
    "exponential": lambda z: stats.expon(scale=0.04).ppf(stats.norm.cdf(z)),
    "Weibull": lambda z: stats.weibull_min(1.5, scale=0.045).ppf(stats.norm.cdf(z)),
    "log-logistic": lambda z: 0.035 * np.exp(0.6 * stats.logistic.ppf(stats.norm.cdf(z))),
}


@pytest.mark.parametrize("name", DENSITIES)
@pytest.mark.parametrize(("notch", "firms", "spread"), [(0.03, 110, 0.27), (0.05, 110, 0.29), (0.04, 600, 0.14)])
def test_few_firms_whose_research_lasts_show_next_to_nothing_at_a_notch_that_is_none(name, notch, firms, spread):
    rng, found = np.random.default_rng(0), []
    for _ in range(100):
        luck, years = rng.normal(size=firms), []
        for _ in range(13):
            luck = 0.98 * luck + np.sqrt(1 - 0.98**2) * rng.normal(size=firms)
            years.append(luck)
        values = DENSITIES[name](np.concatenate(years))
        found.append(bunching(values, notch, **{**RANGE, "low": notch - 0.025, "high": notch + 0.05}).excess)
    assert np.median(found) == pytest.approx(0.0, abs=0.08)
    assert np.ptp(np.quantile(found, [0.05, 0.95])) / 2.0 == pytest.approx(spread, rel=0.3)


def test_excess_mass_among_few_firms_is_found():
    rng, missed = np.random.default_rng(1), []
    for _ in range(200):
        values = 0.035 * np.exp(rng.normal(size=1400))
        moved = np.flatnonzero((values > 0.02) & (values < 0.03))[::2]
        usual = np.count_nonzero((values >= 0.03) & (values < 0.04))
        values[moved] = rng.uniform(0.03, 0.034, len(moved))
        found = bunching(values, 0.03, **{**RANGE, "low": 0.005, "high": 0.08}).excess
        missed.append(found - len(moved) / usual)
    assert np.median(missed) == pytest.approx(0.0, abs=0.05)
