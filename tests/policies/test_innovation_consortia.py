"""Innovation consortia: who is repaid what, what members expect, and what too many of them do."""

import numpy as np
import pytest
from twin_worlds import START

from simulation.levers import Levers
from simulation.policies.innovation_consortia import InnovationConsortia
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World


@pytest.fixture
def world():
    """Three firms; the first belongs to two consortia, the others to one each; one that paid has closed since."""
    district = World(load_region("testbed"))
    rows = district.firms.add(origin_keys("firm", 0, 0, np.arange(3)), tier=[2, 3, 4], sales_year=[5.0, 80.0, 900.0])
    district.begin_quarter(START)
    district.lock(False)
    keys = district.firms.key[rows]
    district.records.table(
        "consortium_fees", firm_key=np.array([*keys, keys[0], 99]), fee=np.array([0.04, 0.04, 0.04, 0.02, 0.04])
    )
    return district


def support(world, money, **changes):
    """Return the policy and its account with money."""
    policy = InnovationConsortia(**changes).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    account.appropriate(money)
    return policy, account


def test_office_and_the_share_of_every_fee_of_eligible_members_are_paid(world):
    policy, account = support(world, 9.0, cost_share=0.5, office=4.0, eligible=Eligibility(tiers=(2, 3)))
    policy.settle(world, world.records, account)
    assert world.firms.cash[:3] == pytest.approx([0.03, 0.02, 0.0])
    assert world.ledger.sum_of("consortium_support", payee="households") == pytest.approx(1.0)
    assert account.paid == pytest.approx(1.05)
    assert world.end_quarter() < 1e-9


def test_short_money_is_prorated_and_expected(world):
    policy, account = support(world, 0.535, cost_share=0.5, office=4.0)
    policy.settle(world, world.records, account)
    assert account.balance == pytest.approx(0.0, abs=1e-12)
    levers = Levers()
    policy.announce(world, levers, account)
    view = world.firm_view(world.firms.live)
    assert levers.consortium_matching.on(view) == pytest.approx([0.5] * 3)
    assert levers.consortium_cost_share.on(view) == pytest.approx([0.25] * 3)
    world.end_quarter()
