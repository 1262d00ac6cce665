from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.horizons import horizon_quarters, horizons_table, span_of

LAST = 59


def test_horizons_are_the_last_quarters_of_so_many_years_of_policy():
    assert horizon_quarters(8, 59) == {"3y": 19, "5y": 27, "10y": 47, "end": 59}
    assert horizon_quarters(24, 59) == {"3y": 35, "5y": 43, "end": 59}


def scenario_of(**policies):
    return SimpleNamespace(policies=policies, stresses={})


def test_the_span_is_that_of_what_the_baseline_lacks():
    old = SimpleNamespace(start=8, end=None)
    base = scenario_of(old=old)
    one, two = SimpleNamespace(start=12, end=20), SimpleNamespace(start=10, end=15)
    assert span_of(scenario_of(old=old, one=one, two=two), base) == (10, 20)
    assert span_of(scenario_of(one=one, two=SimpleNamespace(start=9, end=None)), base) == (9, None)
    assert span_of(scenario_of(old=old), base) == (8, None)


@pytest.fixture
def outcomes():
    """Ten seeds: the policy adds 20 firms, 5 of them taken from neighbours, a rebate of the same yuan adds 8."""
    rows = []
    for seed in range(10):
        for scenario, firms, loss in (("baseline", 0.0, 1.0), ("pool", 20.0, 6.0), ("rebate", 8.0, 1.0)):
            for quarter in range(8, LAST + 1):
                row = {"run_id": "", "scenario": scenario, "seed": seed, "quarter": quarter, "date": f"Q{quarter}"}
                noise = 0.1 * np.sin(seed + 7 * len(scenario))
                rows.append({**row, "firms": 2_000 + 10 * seed + firms + noise, "neighbour_loss_firms": loss})
    return pd.DataFrame(rows)


def test_effects_stand_against_no_policy_and_the_rebate_and_net_of_neighbours(outcomes):
    table = horizons_table(outcomes, "baseline", {"pool": 8}, {"pool": "rebate"})
    assert table.groupby(["comparator", "reading"])["horizon"].unique().map(list).to_dict() == {
        (comparator, reading): ["3y", "5y", "10y", "end"]
        for comparator in ("baseline", "uniform_rebate")
        for reading in ("district", "region_net")
    }
    ends = table[(table["horizon"] == "end") & (table["outcome"] == "firms")].set_index(["comparator", "reading"])
    assert ends["effect"].to_dict() == pytest.approx(
        {
            ("baseline", "district"): 20.0,
            ("baseline", "region_net"): 15.0,
            ("uniform_rebate", "district"): 12.0,
            ("uniform_rebate", "region_net"): 7.0,
        },
        abs=0.15,
    )
    assert ends["quarter"].unique().tolist() == [LAST]
    assert (ends["sign_share"] == 1.0).all()
    # Half a per cent of about 2,060 firms is about ten.
    assert ends["verdict"].to_dict() == {
        ("baseline", "district"): "very_likely_rises",
        ("baseline", "region_net"): "very_likely_rises",
        ("uniform_rebate", "district"): "very_likely_rises",
        ("uniform_rebate", "region_net"): "negligible",
    }


def test_without_rebate_worlds_the_comparator_is_not_there(outcomes):
    table = horizons_table(outcomes, "baseline", {"pool": 8})
    assert table["comparator"].unique().tolist() == ["baseline"]


def test_a_short_run_has_its_end_only(outcomes):
    table = horizons_table(outcomes[outcomes["quarter"] < 12], "baseline", {"pool": 8})
    assert table["horizon"].unique().tolist() == ["end"]


def test_outcomes_without_a_known_loss_have_no_net_reading(outcomes):
    table = horizons_table(outcomes.drop(columns="neighbour_loss_firms"), "baseline", {"pool": 8})
    assert table["reading"].unique().tolist() == ["district"]


def test_draws_of_parameters_add_the_wider_interval(outcomes):
    table = horizons_table(outcomes, "baseline", {"pool": 8}, drawn=True)
    assert (table["low_model"] <= table["high_model"]).all()
    assert (table["sign_share_model"] == table["sign_share"]).all()
