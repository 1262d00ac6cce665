import numpy as np
import pandas as pd
import pytest

from experiments.rebates import between_levels, payments_of, rebate_at, rebate_world, why_absent, with_payments
from simulation.scenario import load_scenario

SMALL = {"scale": 0.03}


@pytest.fixture(scope="module")
def loaded():
    names = ("baseline", "risk_pool", "rd_subsidy", "uniform_rebate", "shock_demand")
    return {name: load_scenario(name, **SMALL) for name in names}


def test_the_effect_of_a_rebate_lies_on_straight_lines_between_the_levels_that_were_run():
    effects = np.array([[2.0, -1.0], [3.0, -2.0]])
    assert rebate_at(50.0, [100.0, 200.0], effects) == pytest.approx([1.0, -0.5])
    assert rebate_at(150.0, [100.0, 200.0], effects) == pytest.approx([2.5, -1.5])
    assert rebate_at(400.0, [100.0, 200.0], effects) == pytest.approx([6.0, -4.0])


def test_rebates_between_levels_are_read_seed_by_seed():
    last = pd.DataFrame(
        {"scenario": ["baseline", "low", "pool"] * 2, "seed": [0] * 3 + [1] * 3,
         "jobs": [10.0, 14.0, 30.0, 20.0, 26.0, 40.0]}
    )  # fmt: skip
    paid = {("low", 0): 8.0, ("low", 1): 8.0, ("pool", 0): 4.0, ("pool", 1): 16.0}
    table = between_levels(last, paid, "pool", "baseline", ["low"], ["jobs"])
    assert table["jobs"].tolist() == [12.0, 32.0]


def test_payments_are_what_the_policy_paid_more_quarter_by_quarter():
    outcomes = pd.DataFrame(
        {"scenario": ["baseline"] * 3 + ["pool"] * 3, "seed": 4, "quarter": [10, 9, 8, 8, 9, 10],
         "public_spending": [1.0, 1.0, 0.0, 5.0, 3.0, 0.5]}
    )  # fmt: skip
    assert payments_of(outcomes, "pool", "baseline", 4).tolist() == [5.0, 2.0, 0.0]
    assert payments_of(outcomes, "pool", "baseline", 5) is None
    assert payments_of(outcomes[1:], "pool", "baseline", 4) is None


def test_a_rebate_world_has_the_baselines_policies_and_the_stresses_of_the_scenario(loaded):
    world = rebate_world(loaded["risk_pool"], loaded["baseline"])
    assert (world.name, list(world.policies)) == ("uniform_rebate@risk_pool", ["uniform_rebate"])
    assert world.title.zh == "等额退税：风险补偿资金池"
    beside = rebate_world(loaded["risk_pool"], loaded["rd_subsidy"])
    assert list(beside.policies) == ["rd_subsidy", "uniform_rebate"]
    assert rebate_world(loaded["shock_demand"], loaded["baseline"]).stresses == loaded["shock_demand"].stresses
    assert with_payments(loaded["baseline"], np.array([1.0, 2.0]))["uniform_rebate"].payments == (1.0, 2.0)


@pytest.mark.parametrize(
    ("scenario", "baseline", "said"),
    [
        ("risk_pool", "baseline", None),
        ("shock_demand", "baseline", "no policy"),
        ("uniform_rebate", "baseline", "itself"),
        ("risk_pool", "uniform_rebate", "already"),
    ],
)
def test_why_a_scenario_has_no_rebate_beside_it(loaded, scenario, baseline, said):
    reason = why_absent(loaded[scenario], loaded[baseline])
    assert (reason is None) if said is None else (said in reason.en)
