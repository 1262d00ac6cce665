"""Uniform rebate: the same share of value added to every firm, whatever it is."""

import numpy as np
import pytest
from twin_worlds import START, rows_of_both, twins

from simulation.policies.uniform_rebate import UniformRebate
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World


@pytest.fixture
def world():
    district = World(load_region("testbed"))
    district.firms.add(
        origin_keys("firm", 0, 0, np.arange(4)),
        tier=[1, 2, 3, 4],
        industry=[0, 1, 1, 2],
        value_added=[1.0, 3.0, -2.0, 6.0],
    )
    district.begin_quarter(START)
    district.lock(False)
    return district


def settled(world, money, **changes):
    policy, account = UniformRebate(**changes).bound(world.region, world.scale), world.ledger.account("uniform_rebate")
    account.appropriate(money)
    policy.settle(world, world.records, account)
    return account


def test_returns_the_whole_account_by_value_added(world):
    account = settled(world, 20.0)
    assert world.firms.cash[:4] == pytest.approx([2.0, 6.0, 0.0, 12.0])
    assert (account.paid, account.balance) == (pytest.approx(20.0), pytest.approx(0.0))
    assert world.end_quarter() < 1e-9


def test_reaches_the_eligible_only(world):
    settled(world, 20.0, eligible=Eligibility(industries=(world.region.industries.name[1],)))
    assert world.firms.cash[:4] == pytest.approx([0.0, 20.0, 0.0, 0.0])


def test_pays_nothing_when_nobody_adds_value(world):
    world.firms.value_added[:4] = -1.0
    assert settled(world, 20.0).paid == 0.0


def test_every_firm_is_richer_by_its_share_in_the_first_quarter():
    with_policy, without = twins("uniform_rebate", budget=400.0)
    mine, theirs = rows_of_both(with_policy, without)
    f = with_policy.world.firms
    gain = f.cash[mine] - without.world.firms.cash[theirs]
    base = np.maximum(f.value_added[mine], 0.0)
    paid = with_policy.world.ledger.account("uniform_rebate").paid
    assert gain == pytest.approx(paid * base / np.maximum(f.value_added[f.live], 0.0).sum(), abs=1e-9)


def test_given_payments_take_the_place_of_the_budget_quarter_by_quarter(world):
    policy = UniformRebate(payments=(3.0, 0.0, 5.0), budget=400.0).bound(world.region, 0.5)
    account = world.ledger.account("uniform_rebate")
    paid = []
    for quarter in range(START, START + 5):
        world.quarter = quarter
        before = account.paid
        policy.appropriate(account)
        policy.announce(world, None, account)
        policy.settle(world, world.records, account)
        paid.append(account.paid - before)
    assert paid == pytest.approx([1.5, 0.0, 2.5, 0.0, 0.0])
