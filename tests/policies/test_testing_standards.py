"""Testing and standards: set up before it opens, used by the eligible, paid by use, and an end that ends it."""

import numpy as np
import pytest
from twin_worlds import START

from simulation.levers import Levers
from simulation.policies.tech_firm_doubling import TechFirmDoubling
from simulation.policies.testing_standards import TestingStandards
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World


@pytest.fixture
def world():
    """Three firms with projects at market entry; the first two hand in dossiers."""
    district = World(load_region("testbed"))
    rows = district.firms.add(
        origin_keys("firm", 0, 0, np.arange(3)), tier=[3, 4, 3], projects=[[9, 10], [9, 20], [9, 40]]
    )
    district.begin_quarter(START)
    district.lock(False)
    district.records.table(
        "applications", firm_key=district.firms.key[rows[:2]], tier=np.array([2, 4]), cost=np.array([0.2, 0.2])
    )
    return district


def service(world, money=100.0, **changes):
    """Return the policy, set up already, and its account with money."""
    at_once = {"construction": 0.0, "operation": 0.0, "delay": 0}
    policy = TestingStandards(**(at_once | changes)).bound(world.region, world.scale)
    account = world.ledger.account("testing_standards")
    account.appropriate(money)
    return policy, account


def speeds(policy, world, account):
    levers = Levers()
    policy.announce(world, levers, account)
    return np.broadcast_to(levers.market_entry_speed.on(world.firm_view(world.firms.live)), 3).tolist()


def test_pays_by_use_and_repays_dossiers_of_the_eligible_as_they_were_when_they_applied(world):
    changes = {"service_cost": 0.04, "dossier_share": 0.5, "eligible": Eligibility(tiers=(2, 3))}
    policy, account = service(world, **changes)
    assert speeds(policy, world, account) == pytest.approx([0.4, 0.0, 0.4])
    policy.settle(world, world.records, account)
    assert world.ledger.sum_of("testing", payee="households") == pytest.approx(0.01 * (10 + 40))
    assert world.firms.cash[:3] == pytest.approx([0.1, 0.0, 0.0])
    assert account.paid == pytest.approx(0.6)
    world.end_quarter()


def test_a_dossier_that_two_policies_repay_is_expected_to_cost_what_is_left(world):
    levers = Levers()
    policy, account = service(world, dossier_share=0.3)
    policy.announce(world, levers, account)
    other = TechFirmDoubling(consulting=0.4).bound(world.region, world.scale)
    account = world.ledger.account("tech_firm_doubling")
    account.appropriate(100.0)
    other.announce(world, levers, account)
    assert np.broadcast_to(levers.dossier_support.on(world.firm_view(world.firms.live)), 3) == pytest.approx([0.7] * 3)


def test_short_money_is_prorated_and_expected(world):
    policy, account = service(world, money=0.225, service_cost=0.04, eligible=Eligibility(tiers=(2, 3)))
    policy.settle(world, world.records, account)
    assert account.balance == pytest.approx(0.0, abs=1e-12)
    assert world.firms.cash[0] == pytest.approx(0.0375)
    assert speeds(policy, world, account) == pytest.approx([0.15, 0.0, 0.15])
    world.end_quarter()


def test_opens_only_after_it_is_set_up_and_the_delay_has_passed():
    world = World(load_region("testbed"))
    world.firms.add(origin_keys("firm", 0, 0, np.arange(3)), tier=3, projects=[0, 50])
    policy, account = service(world, money=0.0, construction=30.0, delay=2, budget=80.0)
    opened, paid = [], []
    for quarter in range(START, START + 6):
        world.begin_quarter(quarter)
        policy.appropriate(account)
        opened.append(speeds(policy, world, account)[0] > 0.0)
        policy.settle(world, world.records, account)
        paid.append(account.paid_in(quarter))
        world.end_quarter()
    assert opened == [False, False, False, False, True, True]
    assert paid == pytest.approx([20.0, 10.0, 0.0, 0.0, 0.75, 0.75])
