"""Guidance fund: promises no more than it has, pays calls, takes its part back."""

import numpy as np
import pytest

from simulation.draws import Draws
from simulation.ledger import Account
from simulation.levers import Levers
from simulation.policies.guidance_fund import GuidanceFund
from simulation.populations.columns import origin_keys
from simulation.populations.funds import GUIDANCE, SUB_FUND
from simulation.processes.venture import process as venture
from simulation.space.region import load_region
from simulation.world import World

P = venture.VentureParameters(candidates=8.0).quarterly()


def run(policy, quarters, seed=1):
    """Run venture under the policy alone; return the world."""
    world, draws = World(load_region("testbed")), Draws(seed)
    world.funds.add(origin_keys("fund", 0, 0, np.array([0])), kind=GUIDANCE)
    policy = policy.bound(world.region, 1.0)
    world.lock(True)
    for quarter in range(quarters):
        draws.quarter = quarter
        world.begin_quarter(quarter)
        levers, account = Levers(), world.ledger.account(policy.name)
        if policy.active(quarter):
            policy.appropriate(account)
            policy.announce(world, levers, account)
        with world.writing(venture.WRITES):
            venture.step(world, levers, draws, P)
        if quarter >= policy.start:
            (policy.settle if policy.active(quarter) else policy.wind_down)(world, world.records, account)
        assert world.end_quarter() < 1e-9
        assert world.invariants() == []
        promised = account.paid + policy.uncalled(world)
        assert promised <= account.appropriated + account.recovered + 1e-6
        assert account.payout_ratio == pytest.approx(1.0)
    return world


def test_commits_pays_calls_and_recovers():
    world = run(GuidanceFund(start=2, budget=120.0), 45)
    account = world.ledger.account("guidance_fund")
    assert account.paid > 0
    assert account.recovered > 0
    matrix = world.ledger.totals["guidance_commitment"]
    assert matrix.sum() == pytest.approx(account.paid)


def test_meets_calls_on_commitments_made_before_the_end():
    world = run(GuidanceFund(start=0, end=6, budget=200.0), 30)
    account = world.ledger.account("guidance_fund")
    assert sum(amount for quarter, amount in account.paid_by_quarter.items() if quarter > 6) > 0


def test_sub_funds_carry_share_duty_and_tolerance_of_the_policy():
    world = run(GuidanceFund(start=0, budget=200.0, public_share=0.2, reinvestment=2.0, tolerance=0.6), 12)
    rows = world.funds.live[world.funds.kind[world.funds.live] == SUB_FUND]
    assert len(rows) > 0
    assert np.all((world.funds.public_share[rows] > 0) & (world.funds.public_share[rows] <= 0.25 + 1e-9))
    assert np.all(world.funds.reinvestment[rows] == 2.0)
    assert np.all(world.funds.tolerance[rows] == 0.6)


def test_strength_zero_changes_nothing():
    quiet, off = (run(GuidanceFund(start=start, strength=0.0), 15) for start in (2, 14))
    for column in ("cash", "committed", "invested", "mark"):
        assert np.array_equal(quiet.funds.arrays[column], off.funds.arrays[column])
    assert quiet.ledger.account("guidance_fund").paid == 0.0


def test_what_is_not_recycled_is_not_offered_again():
    for recycled, offered in ((0.0, 40.0), (0.5, 55.0), (1.0, 70.0)):
        world, levers, account = World(load_region("testbed")), Levers(), Account("guidance_fund")
        account.appropriated, account.paid, account.recovered = 100.0, 60.0, 30.0
        GuidanceFund(recycled=recycled).announce(world, levers, account)
        assert levers.anchor_commitment.value() == pytest.approx(offered)
