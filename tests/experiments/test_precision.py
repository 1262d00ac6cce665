import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments import comparison
from experiments.precision import Until, described, precision_table, runs_next, told


def runs_of(**values):
    """Return one quarter of runs from the values of jobs, seed by seed, of each scenario."""
    rows = [
        {"scenario": name, "seed": seed, "quarter": 59, "date": "2035Q4", "jobs": value}
        for name, course in values.items()
        for seed, value in enumerate(course)
    ]
    return pd.DataFrame(rows)


def test_precision_of_an_effect_by_hand():
    table = runs_of(baseline=[100.0, 110.0, 120.0], pool=[148.0, 160.0, 172.0])
    [row] = precision_table(table, "baseline", ["pool"], 0.05).to_dict("records")
    # differences 48, 50, 52: half-width 4.303 * 2 / sqrt(3) = 4.97, about a tenth of 50
    half = stats.t.ppf(0.975, 2) * 2 / math.sqrt(3)
    assert (row["value"], row["half_width"], row["relative"]) == pytest.approx((50.0, half, half / 50.0))
    assert row["needed"] == pytest.approx(3 * (half / 2.5) ** 2)
    assert not row["met"]
    [wide] = precision_table(table, "baseline", ["pool"], 0.1).to_dict("records")
    assert wide["met"]


def test_a_level_counts_where_nothing_is_compared():
    [row] = precision_table(runs_of(baseline=[100.0, 102.0, 104.0]), "baseline", [], 0.05).to_dict("records")
    assert row["value"] == 102.0
    assert row["met"]


def test_an_effect_known_to_be_too_small_to_matter_is_precise_enough():
    # Half a per cent of 1,000 is 5; the interval is about 0.1 plus or minus 0.5.
    table = runs_of(baseline=[1000.0] * 3, pool=[1000.0, 1000.1, 1000.2])
    [row] = precision_table(table, "baseline", ["pool"], 0.05).to_dict("records")
    assert row["met"]
    assert row["relative"] > 1.0


@pytest.mark.parametrize(
    ("needed", "met", "runs", "following"),
    [
        ([12.2], [False], 10, 13),
        ([90.0], [False], 10, 20),
        ([90.0], [False], 45, 80),
        ([math.inf], [False], 10, 20),
        ([math.nan], [False], 1, 2),
        ([90.0], [False], 80, 80),
        ([12.0, 3.0], [True, True], 10, 10),
        ([9.0], [False], 10, 11),
    ],
)
def test_seeds_are_added_as_they_are_needed_and_at_most_doubled(needed, met, runs, following):
    assert runs_next(pd.DataFrame({"needed": needed, "met": met}), runs, 80) == following


def test_what_is_said_of_precision_names_the_noise_and_what_was_missed():
    table = precision_table(runs_of(baseline=[100.0, 90.0], pool=[150.0, 120.0]), "baseline", ["pool"], 0.05)
    known = described(table, Until(0.05, 30), 30)
    assert (known["reached"], known["noise"]) == (False, "seeds only")
    assert "not reached with 30 seeds" in told(known, "en")
    assert "luck only" in told(known, "en")
    assert "jobs (pool)" in told(known, "en").lower()
    assert "随机性" in told(known, "zh")
    assert "parameter draws" in told(described(table, Until(0.05), 30, drawn=True), "en")


def test_seeds_are_added_until_the_precision_is_reached(scenarios):
    study = comparison.compare(
        list(scenarios.values())[:2], runs=3, jobs=1, run=jobs_with_noise, until_precision=0.1, most_runs=60
    )
    half = study.effects.set_index(["outcome", "quarter"]).loc[("jobs", 19), ["low", "high"]].diff().iloc[-1] / 2
    assert study.precision["reached"]
    assert 3 < len(study.seeds) < 60
    assert half <= 0.1 * 100.0 * 1.1
    assert study.runs["seed"].unique().tolist() == list(study.seeds)


def test_a_precision_out_of_reach_stops_at_the_most_runs(scenarios):
    study = comparison.compare(
        list(scenarios.values())[:2], runs=2, jobs=1, run=jobs_with_noise, until_precision=0.001, most_runs=9
    )
    assert (study.precision["reached"], len(study.seeds)) == (False, 9)


def jobs_with_noise(scenario, seed, micro=(), micro_every=1):
    """Return a run whose paired effect is 100 with a deviation of 30."""
    from types import SimpleNamespace

    rng = np.random.default_rng(seed)
    level, noise = rng.normal(1000.0, 50.0), rng.normal(0.0, 30.0)
    jobs = level + (scenario.strength > 0) * (100.0 + noise)
    outcomes = pd.DataFrame({"date": ["2025Q4"], "jobs": [jobs]}, index=pd.Index([19], name="quarter"))
    return SimpleNamespace(outcomes=outcomes, micro={}, seconds=0.0)
