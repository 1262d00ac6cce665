"""R&D subsidy: who is paid, how much, and what firms expect."""

import numpy as np
import pytest
from twin_worlds import START, rows_of_both, twins

from simulation.levers import Levers
from simulation.policies.rd_subsidy import RdSubsidy
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World


@pytest.fixture
def world():
    district = World(load_region("testbed"))
    district.firms.add(
        origin_keys("firm", 0, 0, np.arange(3)),
        tier=[1, 3, 4],
        rd_reported=[2.0, 4.0, 10.0],
        sales_year=[5.0, 80.0, 900.0],
    )
    district.begin_quarter(START)
    district.lock(False)
    return district


def subsidy(world, money, **changes):
    """Return the policy bound to the region, and its account with money."""
    account = world.ledger.account("rd_subsidy")
    account.appropriate(money)
    return RdSubsidy(**changes).bound(world.region, world.scale), account


def test_pays_the_rate_on_reported_rd(world):
    policy, account = subsidy(world, 100.0, rate=0.1)
    policy.settle(world, world.records, account)
    assert world.firms.cash[:3] == pytest.approx([0.2, 0.4, 1.0])
    assert account.paid == pytest.approx(1.6)
    assert world.end_quarter() < 1e-9


def test_pays_eligible_firms_only(world):
    policy, account = subsidy(world, 100.0, rate=0.1, eligible=Eligibility(tiers=(3,)))
    policy.settle(world, world.records, account)
    assert world.firms.cash[:3] == pytest.approx([0.0, 0.4, 0.0])


def test_prorates_when_money_is_short_and_firms_then_expect_less(world):
    policy, account = subsidy(world, 0.4, rate=0.1)
    policy.settle(world, world.records, account)
    assert world.firms.cash[:3] == pytest.approx([0.05, 0.1, 0.25])
    assert account.balance == pytest.approx(0.0, abs=1e-12)
    levers = Levers()
    policy.announce(world, levers, account)
    view = world.firm_view(world.firms.live)
    assert levers.rd_subsidy_rate.on(view) == pytest.approx([0.025] * 3)


def test_upper_governments_bear_their_share(world):
    policy, account = subsidy(world, 100.0, rate=0.1, upper_share=0.25)
    policy.settle(world, world.records, account)
    assert world.ledger.sum_of("rd_subsidy", "upper") == pytest.approx(0.4)
    assert world.ledger.sum_of("rd_subsidy", "district") == pytest.approx(1.2)


def test_raises_the_rd_of_eligible_firms_and_of_nobody_else_at_first():
    with_policy, without = twins("rd_subsidy", rate=0.2, eligible={"tiers": [3, 4]})
    mine, theirs = rows_of_both(with_policy, without)
    f, g = with_policy.world.firms, without.world.firms
    before = with_policy.world.quarter - f.born[mine] > 0
    mine, theirs = mine[before], theirs[before]
    gain = f.rd_intensity[mine] - g.rd_intensity[theirs]
    changed = gain != 0.0
    assert changed.any()
    assert (gain >= 0.0).all()
    due = f.rd_subsidy_due[mine] > 0
    assert not (changed & ~due).any()


def test_ends_with_the_last_quarter(world):
    with_policy, _ = twins("rd_subsidy", quarters=START + 4, end="2023Q2")
    account = with_policy.world.ledger.account("rd_subsidy")
    assert sorted(account.paid_by_quarter) == [8, 9]
