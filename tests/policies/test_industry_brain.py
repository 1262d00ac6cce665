"""Industry brain: the platform is paid first, adopters are co-paid, and local suppliers are found more easily."""

import numpy as np
import pytest
from twin_worlds import START, rows_of_both, twins

from simulation.levers import Levers
from simulation.policies.industry_brain import IndustryBrain
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World


@pytest.fixture
def world():
    district = World(load_region("testbed"))
    district.firms.add(origin_keys("firm", 0, 0, np.arange(3)), sales_year=[2.0, 20.0, 40.0])
    district.begin_quarter(START)
    district.lock(False)
    district.records["digital_adoptions"] = (district.firms.key[:2].copy(), np.array([0.1, 1.0]))
    return district


def settled(world, money):
    policy = IndustryBrain(adoption_share=0.3, operation=8.0, search_saved=0.4, eligible=Eligibility(size={"low": 5.0}))
    policy = policy.bound(world.region, world.scale)
    account, levers = world.ledger.account(policy.name), Levers()
    account.appropriate(money)
    policy.announce(world, levers, account)
    policy.settle(world, world.records, account)
    return account, levers


def test_pays_the_platform_and_the_share_of_eligible_adopters(world):
    account, levers = settled(world, 5.0)
    assert levers.search_cost_saved.value() == pytest.approx(0.4)
    assert levers.digital_subsidy.on(world.firm_view(np.arange(3))) == pytest.approx([0.0, 0.3, 0.3])
    assert account.paid_in(START, "industry_brain") == pytest.approx(2.0)
    assert world.firms.cash[:3] == pytest.approx([0.0, 0.3, 0.0])
    assert not world.firms.support[:3].any()  # equipment is no income


def test_half_pay_runs_half_the_platform_and_leaves_nothing_for_adopters(world):
    account, levers = settled(world, 1.0)
    assert levers.search_cost_saved.value() == pytest.approx(0.2)
    assert world.firms.cash[:3] == pytest.approx([0.0, 0.0, 0.0])
    assert account.payout_ratio == 0.0


def test_more_firms_go_digital_whoever_would_have_anyway_does_and_local_purchases_rise():
    changes = {"budget": 2000.0, "adoption_share": 0.45, "search_saved": 0.8}
    with_policy, without = twins("industry_brain", START + 3, 0.15, **changes)
    mine, theirs = rows_of_both(with_policy, without)
    adopted, twin = (m.world.firms.digital_since[rows] >= START for m, rows in ((with_policy, mine), (without, theirs)))
    assert adopted.sum() > twin.sum()
    assert (adopted[twin]).mean() > 0.9
    sourcing = [model.world.industries.local_sourcing.mean() for model in (with_policy, without)]
    assert sourcing[0] > sourcing[1] + 0.001
