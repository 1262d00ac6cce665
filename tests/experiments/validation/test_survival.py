import numpy as np
import pytest

from experiments.validation.estimators import survival


def test_survival_by_hand_with_a_censored_firm():
    durations, ended = np.array([1.0, 2.0, 2.0, 4.0]), np.array([True, True, False, True])
    found = survival.survival(durations, ended, np.array([0.0, 1.0, 2.0, 3.0, 4.0, 9.0]))
    assert found[:5] == pytest.approx([1.0, 0.75, 0.5, 0.5, 0.0])
    assert np.isnan(found[5])


def test_hazards_are_found_though_most_firms_are_still_alive():
    rng = np.random.default_rng(1)
    yearly = np.array([0.02, 0.06, 0.10, 0.08, 0.05])
    chance = np.repeat(1.0 - (1.0 - yearly) ** 0.25, 4)
    life = np.full(60_000, 21)
    for quarter in reversed(range(20)):
        life = np.where(rng.random(len(life)) < chance[quarter], quarter + 1, life)
    watched = rng.integers(1, 24, len(life))
    ended = life <= np.minimum(watched, 20)
    found = survival.yearly_hazards(np.where(ended, life, watched), ended, 5)
    assert found == pytest.approx(yearly, abs=0.008)


def test_calendar_years_are_those_of_founding_dates_spread_over_the_year():
    rng = np.random.default_rng(2)
    founded = rng.random(200_000)
    life = rng.weibull(1.6, len(founded)) * 9.0
    closed = np.floor(founded + life)
    counted = [np.mean(closed[closed >= year] == year) for year in range(5)]
    quarters = np.ceil(4.0 * life)
    found = survival.calendar_hazards(np.minimum(quarters, 40.0), quarters < 40.0, 5)
    assert found == pytest.approx(counted, abs=0.003)
    left = survival.calendar_survival(np.minimum(quarters, 40.0), quarters < 40.0, 5)
    assert left == pytest.approx([np.mean(closed > year) for year in range(5)], abs=0.003)
    assert np.isnan(survival.calendar_hazards(np.array([3.0, 5.0]), np.array([False, True]), 3)[2])


def test_hazards_beyond_the_observed_ages_are_undefined():
    found = survival.yearly_hazards(np.array([3.0, 5.0]), np.array([False, True]), 3)
    assert np.isfinite(found[0])
    assert np.isnan(found[1:]).all()
