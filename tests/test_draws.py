import numpy as np
import pytest
from scipy import stats

from simulation.draws import Draws, pair_keys

KEYS = np.arange(20_000, dtype=np.int64)


def draws(seed=0, quarter=3):
    d = Draws(seed)
    d.quarter = quarter
    return d


def test_a_draw_depends_on_seed_stream_quarter_and_key_alone():
    u = draws().uniform("labour.quit", KEYS)
    assert np.array_equal(u, draws().uniform("labour.quit", KEYS))
    assert np.array_equal(u[100:200], draws().uniform("labour.quit", KEYS[100:200]))
    permuted = np.random.default_rng(1).permutation(KEYS)
    assert np.array_equal(draws().uniform("labour.quit", permuted), u[permuted])


@pytest.mark.parametrize("other", [draws(seed=1), draws(quarter=4)])
def test_another_seed_or_quarter_gives_unrelated_draws(other):
    u, v = draws().uniform("a", KEYS), other.uniform("a", KEYS)
    assert abs(np.corrcoef(u, v)[0, 1]) < 0.03
    assert (u != v).all()


def test_another_stream_gives_unrelated_draws():
    u, v = draws().uniform("a", KEYS), draws().uniform("b", KEYS)
    assert abs(np.corrcoef(u, v)[0, 1]) < 0.03


def test_fixed_draws_last_for_life():
    early, late = draws(quarter=3), draws(quarter=9)
    assert np.array_equal(early.normal("a", KEYS, fixed=True), late.normal("a", KEYS, fixed=True))


def test_known_bits_never_change():
    pinned = [12624465269010407607, 6972663465271551921, 2389434447148261828]
    assert draws(seed=7, quarter=2).bits("pinned", KEYS[:3]).tolist() == pinned


@pytest.mark.parametrize(
    ("draw", "distribution"),
    [("uniform", stats.uniform), ("normal", stats.norm), ("gumbel", stats.gumbel_r), ("logistic", stats.logistic)],
)
def test_draws_follow_their_distribution(draw, distribution):
    values = getattr(draws(), draw)("a", KEYS)
    assert stats.kstest(values, distribution.cdf).pvalue > 1e-3


@pytest.mark.parametrize("mean", [0.02, 0.7, 6.0, 45.0])
def test_counts_have_poisson_mean_and_variance(mean):
    counts = draws().poisson("a", KEYS, np.full(KEYS.shape, mean))
    assert counts.mean() == pytest.approx(mean, rel=0.1)
    assert counts.var() == pytest.approx(mean, rel=0.1)


def test_keys_that_differ_only_in_their_highest_bits_draw_independently():
    u = [draws().uniform("a", KEYS + (ordinal << 50)) for ordinal in range(4)]
    correlation = np.corrcoef(u) - np.eye(4)
    assert np.abs(correlation).max() < 0.03


def test_more_expected_events_never_mean_fewer_events():
    low = draws().poisson("a", KEYS, np.full(KEYS.shape, 0.8))
    high = draws().poisson("a", KEYS, np.full(KEYS.shape, 0.9))
    assert (high >= low).all()
    assert (high > low).any()


def test_the_order_in_a_pair_matters_and_pairs_differ():
    a, b = KEYS[:1000], KEYS[1000:2000]
    assert (pair_keys(a, b) != pair_keys(b, a)).all()
    assert np.unique(pair_keys(np.repeat(a, 10), np.tile(b[:10], 1000))).size == 10_000


def test_a_quarter_reached_step_by_step_draws_as_one_begun_at():
    keys, walked = np.arange(20), Draws(5)
    streams = ("labour.quit", ("demography.sales", "demography.cash"))
    for quarter in range(4):
        walked.quarter = quarter
        begun = Draws(5)
        begun.quarter = quarter
        for stream in streams:
            for fixed in (False, True):
                np.testing.assert_array_equal(walked.bits(stream, keys, fixed), begun.bits(stream, keys, fixed))
