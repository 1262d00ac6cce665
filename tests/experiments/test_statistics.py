import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments import statistics
from experiments.statistics import (
    EFFECT_COLUMNS,
    adjusted_probability,
    bootstrap_interval,
    paired_effects,
    paired_t_probability,
    runs_for_precision,
    widened_quantile,
)


@pytest.fixture
def differences():
    generator = np.random.default_rng(3)
    return np.column_stack([generator.normal(1.0, 2.0, 25), generator.exponential(3.0, 25) - 2.0])


def outcomes_of(values):
    """Return a table of runs from {(scenario, seed): {quarter: value}} for one outcome."""
    rows = [
        {
            "run_id": "",
            "scenario": scenario,
            "seed": seed,
            "quarter": quarter,
            "date": "2023Q1",
            "jobs": value,
        }
        for (scenario, seed), course in values.items()
        for quarter, value in course.items()
    ]
    return pd.DataFrame(rows)


def test_interval_agrees_with_scipy(differences):
    low, high = bootstrap_interval(differences, resamples=20_000)
    widened = 1 - 2 * stats.norm.cdf(widened_quantile(0.025, len(differences)))
    assert 0.95 < widened < 0.97
    for column in range(2):
        reference = stats.bootstrap(
            (differences[:, column],),
            np.mean,
            n_resamples=20_000,
            method="BCa",
            confidence_level=widened,
            rng=np.random.default_rng(0),
        ).confidence_interval
        spread = reference.high - reference.low
        assert low[column] == pytest.approx(reference.low, abs=0.03 * spread)
        assert high[column] == pytest.approx(reference.high, abs=0.03 * spread)


def test_interval_is_the_same_each_time(differences):
    assert np.array_equal(bootstrap_interval(differences), bootstrap_interval(differences.copy()))


def test_interval_of_a_constant_difference_is_that_difference():
    low, high = bootstrap_interval(np.full((10, 1), 2.5))
    assert low[0] == high[0] == 2.5


@pytest.mark.parametrize("pairs", [5, 10, 30])
def test_interval_covers_the_mean_about_as_often_as_said(pairs):
    generator = np.random.default_rng(11)
    low, high = bootstrap_interval(generator.normal(0.0, 1.0, (pairs, 3000)))
    assert 0.9 < np.mean((low <= 0) & (high >= 0)) < 0.98


def test_p_agrees_with_the_paired_t_test_of_scipy(differences):
    assert paired_t_probability(differences) == pytest.approx(stats.ttest_1samp(differences, 0.0).pvalue)


def test_p_is_one_where_no_pair_differs():
    assert paired_t_probability(np.zeros((5, 1)))[0] == 1.0


def test_runs_needed_by_hand():
    differences = np.array([[9.0], [11.0]])
    # spread sqrt(2), effect 10, wanted half-width 0.5: (1.96 * 1.4142 / 0.5) ** 2 = 30.7
    assert runs_for_precision(differences)[0] == 31


def test_no_number_of_runs_is_enough_for_an_effect_of_zero():
    assert np.isnan(runs_for_precision(np.array([[1.0], [-1.0]]))[0])


def test_adjustment_leaves_out_undefined_outcomes():
    adjusted = adjusted_probability(np.array([[0.01, np.nan, 0.04]]))
    assert adjusted[0] == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)


def test_effect_is_paired_by_seed_by_hand():
    table = outcomes_of(
        {
            ("baseline", 0): {8: 10.0, 9: 10.0},
            ("baseline", 1): {8: 100.0, 9: 100.0},
            ("pool", 1): {8: 100.0, 9: 103.0},
            ("pool", 0): {8: 10.0, 9: 11.0},
        }
    )
    effects = paired_effects(table, "baseline", ["pool"]).set_index("quarter")
    assert list(effects.columns) == [name for name in EFFECT_COLUMNS if name != "quarter"]
    assert effects.loc[8, ["n", "effect", "low", "high", "p"]].tolist() == [2, 0.0, 0.0, 0.0, 1.0]
    assert effects.loc[9, ["mean_baseline", "mean", "effect"]].tolist() == [55.0, 57.0, 2.0]
    assert effects.loc[9, ["low", "high"]].tolist() == pytest.approx([2.0 - 12.7062, 2.0 + 12.7062], abs=1e-3)


def test_a_seed_counts_only_when_both_worlds_finished():
    table = outcomes_of(
        {("baseline", 0): {8: 1.0}, ("baseline", 1): {8: 2.0}, ("pool", 1): {8: 5.0}, ("pool", 2): {8: 9.0}}
    )
    [row] = paired_effects(table, "baseline", ["pool"]).to_dict("records")
    assert (row["n"], row["effect"]) == (1, 3.0)
    assert np.isnan(row["low"])


def test_undefined_values_leave_out_their_pair_only():
    table = outcomes_of(
        {
            ("baseline", 0): {8: 1.0},
            ("baseline", 1): {8: np.nan},
            ("baseline", 2): {8: 3.0},
            ("pool", 0): {8: 2.0},
            ("pool", 1): {8: 9.0},
            ("pool", 2): {8: 4.0},
        }
    )
    [row] = paired_effects(table, "baseline", ["pool"]).to_dict("records")
    assert (row["n"], row["effect"]) == (2, 1.0)


def test_no_pairs_give_an_empty_table_with_all_columns():
    table = outcomes_of({("baseline", 0): {8: 1.0}, ("pool", 1): {8: 1.0}})
    effects = paired_effects(table, "baseline", ["pool"])
    assert effects.empty
    assert list(effects.columns) == list(EFFECT_COLUMNS)


def test_intervals_of_few_pairs_agree_with_the_t_test():
    rng = np.random.default_rng(4)
    differences = rng.normal(0.4, 1.0, (5, 200))
    low, high = statistics.student_interval(differences)
    excludes_zero = (low > 0) | (high < 0)
    np.testing.assert_array_equal(excludes_zero, statistics.paired_t_probability(differences) < 0.05)


def test_rounding_of_large_levels_is_no_effect():
    base = np.array([[1e5, 3.0], [2e5, 4.0]])
    table = statistics._compare_worlds(base, base + np.array([1e-9, 0.5]))
    assert table["effect"].tolist() == [0.0, 0.5]
    assert table["p"][0] == 1.0


def test_standardised_size_is_told_in_deviations_of_the_comparator():
    differences, base = np.array([[2.0], [4.0]]), np.array([[10.0], [14.0]])
    # mean 3 over the deviation of 10 and 14, which is sqrt(8)
    assert statistics.standardised_size(differences, base)[0] == pytest.approx(3.0 / np.sqrt(8.0))
    assert np.isnan(statistics.standardised_size(differences, np.full((2, 1), 7.0))[0])
    assert statistics.standardised_size(np.zeros((2, 1)), np.full((2, 1), 7.0))[0] == 0.0


def test_ties_count_half_in_the_share_of_signs():
    assert statistics.sign_share(np.array([[1.0], [0.0], [-1.0], [2.0]]))[0] == 0.625


def test_interval_over_draws_is_that_of_the_middle_nine_in_ten():
    low, high = statistics.model_interval(np.arange(101.0)[:, None])
    assert (low[0], high[0]) == (5.0, 95.0)
    assert np.isnan(statistics.model_interval(np.arange(4.0)[:, None])[0][0])


def test_effects_over_draws_have_the_wider_interval_beside_that_of_the_mean():
    table = outcomes_of({(name, seed): {8: 10.0 * seed + (name == "pool") * (seed - 1.0)}
                         for name in ("baseline", "pool") for seed in range(6)})  # fmt: skip
    [row] = paired_effects(table, "baseline", ["pool"], drawn=True).to_dict("records")
    # differences -1, 0, 1, 2, 3, 4
    assert (row["effect"], row["low_model"], row["high_model"]) == pytest.approx((1.5, -0.75, 3.75))
    assert row["sign_share_model"] == row["sign_share"] == pytest.approx(4.5 / 6)
    plain = paired_effects(table, "baseline", ["pool"])
    assert "low_model" not in plain.columns


def test_a_known_effect_is_found_with_known_confidence():
    rng = np.random.default_rng(5)
    base = rng.normal(100.0, 10.0, 40)
    table = outcomes_of({(name, seed): {8: base[seed] + (name == "pool") * rng.normal(2.0, 1.0)}
                         for name in ("baseline", "pool") for seed in range(40)})  # fmt: skip
    [row] = paired_effects(table, "baseline", ["pool"]).to_dict("records")
    assert row["low"] < 2.0 < row["high"]
    assert row["high"] - row["low"] == pytest.approx(2 * 2.02 / np.sqrt(40), rel=0.35)
    assert row["p_adjusted"] < 1e-6
    assert row["standardised"] == pytest.approx(0.2, rel=0.4)
