import numpy as np
import pytest
from scipy import stats

from experiments.validation.estimators import distributions


@pytest.mark.parametrize("exponent", [0.9, 1.1, 2.0])
def test_hill_finds_the_exponent_of_a_pareto_tail(exponent):
    values = stats.pareto(exponent).rvs(20_000, random_state=1)
    assert distributions.hill_exponent(values) == pytest.approx(exponent, rel=0.06)


def test_hill_looks_at_the_tail_alone():
    rng = np.random.default_rng(2)
    body, tail = rng.uniform(0.1, 0.9, 27_000), stats.pareto(1.3).rvs(3_000, random_state=2)
    assert distributions.hill_exponent(np.concatenate([body, tail]), 0.05) == pytest.approx(1.3, rel=0.08)


def test_hill_is_undefined_for_few_firms():
    assert np.isnan(distributions.hill_exponent(np.arange(1.0, 50.0)))


@pytest.mark.parametrize("shape", [0.7, 1.0, 1.5, 2.0])
def test_subbotin_shape_is_found_whatever_place_and_scale(shape):
    values = 3.0 + 0.2 * stats.gennorm(shape).rvs(20_000, random_state=3)
    assert distributions.subbotin_shape(values) == pytest.approx(shape, rel=0.06)


def test_subbotin_shape_agrees_with_the_fit_of_scipy():
    values = stats.gennorm(1.2).rvs(2_000, random_state=4)
    assert distributions.subbotin_shape(values) == pytest.approx(stats.gennorm.fit(values)[0], rel=0.03)


@pytest.mark.parametrize("exponent", [1.8, 2.4])
def test_count_exponent_of_a_zipf_law_is_found(exponent):
    counts = stats.zipf(exponent).rvs(5_000, random_state=5)
    assert distributions.count_exponent(np.append(counts, np.zeros(1_000, int))) == pytest.approx(exponent, abs=0.12)


def test_count_exponent_starts_where_the_law_holds():
    rng = np.random.default_rng(6)
    counts = stats.zipf(2.0).rvs(40_000, random_state=6)
    body = rng.integers(1, 5, 3_000)
    mixed = np.concatenate([body, counts[counts >= 5][:2_000]])
    assert distributions.count_exponent(mixed) == pytest.approx(2.0, abs=0.15)


def test_count_exponent_is_undefined_for_few_patentees():
    assert np.isnan(distributions.count_exponent(np.array([1, 2, 3, 0])))


def test_top_share_by_hand():
    assert distributions.top_share(np.array([6.0, 1, 1, 1, 1, 0, 0, 0, 0, 0])) == pytest.approx(0.6)
    assert np.isnan(distributions.top_share(np.zeros(3)))


def test_gini_by_hand():
    assert distributions.gini(np.ones(8)) == pytest.approx(0.0)
    assert distributions.gini(np.array([0.0, 0, 0, 1])) == pytest.approx(0.75)
    assert distributions.gini(np.array([1.0, 3.0])) == pytest.approx(0.25)


def test_percentile_ratio_leaves_differences_between_industries_out():
    rng = np.random.default_rng(7)
    group = np.repeat([0, 1], 20_000)
    values = rng.normal(0.0, 0.3, 40_000) + np.where(group == 0, 0.0, 5.0)
    expected = np.exp(0.3 * 2 * stats.norm.ppf(0.9))
    assert distributions.percentile_ratio(values, group) == pytest.approx(expected, rel=0.02)
