import numpy as np
import pytest

from experiments.validation.estimators import geography


def test_localisation_ratio_by_hand():
    cells, strata = np.array([0, 0, 1, 1, 1, 1, 0, 1]), np.array([0, 0, 0, 0, 1, 1, 1, 1])
    source, receiver, stratum = np.array([0, 0]), np.array([0, 1]), np.array([0, 1])
    # Half of stratum 0 and a quarter of stratum 1 stand in cell 0; one of two flows stays there.
    found = geography.localisation_ratio(source, receiver, stratum, cells, strata)
    assert found == pytest.approx(1.0 / 0.75)


def test_flows_to_anybody_are_not_local_though_the_industry_gathers():
    rng = np.random.default_rng(1)
    strata = rng.integers(0, 3, 6_000)
    cells = np.where(rng.random(6_000) < 0.5, strata, rng.integers(0, 20, 6_000))
    buyer = rng.integers(0, 6_000, 20_000)
    source = strata[buyer]
    found = geography.localisation_ratio(source, cells[buyer], strata[buyer], cells, strata)
    assert found == pytest.approx(1.0, abs=0.05)


def test_patents_thrown_at_random_over_jobs_concentrate_no_more_than_chance():
    rng = np.random.default_rng(2)
    jobs = np.exp(rng.normal(size=200))
    patents = rng.multinomial(400, jobs / jobs.sum())
    assert geography.gini_beyond_chance(patents, jobs, rng) == pytest.approx(0.0, abs=0.05)
    gathered = rng.multinomial(400, jobs**2 / (jobs**2).sum())
    assert geography.gini_beyond_chance(gathered, jobs, rng) > 0.1
