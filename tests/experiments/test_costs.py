import numpy as np
import pandas as pd
import pytest

from experiments.costs import costs_of_runs, costs_table


def run_of(scenario, seed, paid, recovered=0.0, appropriated=0.0, contingent=0.0):
    """Return the rows of a run that pays in its first and fifth quarter and recovers in the fifth."""
    paths = {
        "public_spending": [paid, 0.0, 0.0, 0.0, paid],
        "public_recovered": [0.0, 0.0, 0.0, 0.0, recovered],
        "public_appropriated": [appropriated] * 5,
        "public_contingent": [0.0, 9.0, 9.0, 9.0, contingent],
    }
    return pd.DataFrame({"scenario": scenario, "seed": seed, "quarter": range(8, 13), **paths})


def test_the_four_readings_by_hand():
    cost = costs_of_runs(run_of("pool", 0, 10.0, recovered=4.0, appropriated=30.0, contingent=7.0)).loc[("pool", 0)]
    assert cost.to_dict() == pytest.approx(
        {"appropriated": 30.0, "paid": 20.0, "net_present": 10.0 + 6.0 / 1.03, "contingent": 7.0}
    )


def test_the_rate_of_interest_is_a_parameter():
    run = run_of("pool", 0, 10.0)
    assert costs_of_runs(run, 0.0)["net_present"].item() == pytest.approx(20.0)
    assert costs_of_runs(run, 0.25)["net_present"].item() == pytest.approx(10.0 + 10.0 / 1.25)


@pytest.fixture
def runs():
    worlds = [run_of("baseline", seed, 1.0) for seed in (0, 1, 2)]
    worlds += [run_of("pool", seed, 5.0 + seed, appropriated=40.0) for seed in (0, 1, 2)]
    return pd.concat([*worlds, run_of("rebate", 0, 5.0), run_of("rebate", 1, 6.0)])


def test_costs_are_told_beyond_the_baseline_with_their_interval(runs):
    table = costs_table(runs, "baseline", ["pool"], {"pool": "rebate"}).set_index("reading")
    paid = table.loc["paid"]
    # 8, 10, 12: mean 10, deviation 2, Student's 4.30 over the root of three
    assert (paid["mean"], paid["n"]) == (10.0, 3)
    assert (paid["low"], paid["high"]) == pytest.approx((10 - 4.3027 * 2 / 3**0.5, 10 + 4.3027 * 2 / 3**0.5), rel=1e-4)
    assert (table.loc["paid_rebate", "mean"], table.loc["paid_rebate", "n"]) == (9.0, 2)


def test_a_rebate_that_was_not_run_and_accounts_that_were_not_kept_are_undefined(runs):
    table = costs_table(runs.drop(columns="public_recovered"), "baseline", ["pool"]).set_index("reading")
    assert np.isnan(table.loc["paid_rebate", "mean"])
    assert np.isnan(table.loc["net_present", "mean"])
    assert table.loc["paid", "mean"] == 10.0
