"""Fund town: what is supported is what funds become, real or by name."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.fund_town import FundTown
from simulation.populations.columns import origin_keys
from simulation.populations.funds import DOMICILES, SUB_FUND, VENTURE
from simulation.populations.talent import FINANCE, RESEARCH
from simulation.space.region import load_region
from simulation.world import World

VIRTUAL, REAL = DOMICILES.index("virtual"), DOMICILES.index("real")


def domiciles(model):
    funds = model.world.funds
    rows = funds.live[np.isin(funds.kind[funds.live], (VENTURE, SUB_FUND))]
    return np.bincount(funds.domicile[rows], minlength=3)


def test_pays_for_every_claim_for_inspectors_and_for_finance_people_who_came():
    world = World(load_region("testbed"))
    world.talent.add(origin_keys("talent", 0, 0, np.arange(3)), skill=[FINANCE, FINANCE, RESEARCH],
                     arrived=[START, START - 1, START])
    policy = FundTown(budget=400.0, office=1.0, registration=0.4, inspection_cost=0.2, finance_talent=0.1)
    policy = policy.bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    world.begin_quarter(START)
    policy.appropriate(account)
    levers = Levers()
    policy.announce(world, levers, account)
    assert levers.relocation_grant.on(world.talent_view(world.talent.live)) == pytest.approx([0.1, 0.0, 0.0])
    world.records["office_claims"], world.records["registration_claims"] = np.arange(3), np.arange(5)
    policy.settle(world, world.records, account)
    assert account.paid == pytest.approx((3 * 1.2 + 5 * 0.4 + 0.1) / 4)
    assert world.ledger.sum_of("fund_town", "district", "households") == pytest.approx(account.paid)


def test_support_for_offices_fills_offices_and_for_addresses_fills_addresses():
    money = {"office": 0.0, "inspection": 1.0, "budget": 900.0, "finance_talent": 0.0}
    real, plain = twins("fund_town", START + 3, 0.3, **money | {"office": 3.0})
    virtual, _ = twins("fund_town", START + 3, 0.3, **money | {"registration": 1.0})
    assert domiciles(real)[REAL] > domiciles(plain)[REAL]
    assert domiciles(virtual)[VIRTUAL] > domiciles(plain)[VIRTUAL]
    assert domiciles(virtual)[REAL] <= domiciles(plain)[REAL]
    town = real.world.region.zone_mask("finance")
    funds = real.world.funds
    moved = funds.live[(funds.own_domicile[funds.live] >= 0) & (funds.domicile[funds.live] == REAL)]
    assert town[funds.cell[moved]].all()


def test_without_inspection_some_offices_are_a_name_on_a_door():
    shams = []
    for inspection in (0.0, 1.0):
        scenario = policy_scenario("fund_town", scale=0.3, office=3.0, inspection=inspection, budget=900.0)
        model = walk(simulation.Ecosystem(scenario, rng=2), START + 1)
        shams.append(model.world.records.flows["sham_offices"])
        assert len(model.world.records["office_claims"]) == domiciles(model)[REAL] + shams[-1]
    assert shams[0] > shams[1] == 0


def test_support_ends_with_the_policy():
    model = walk(simulation.Ecosystem(policy_scenario("fund_town", end="2023Q1"), rng=2), START + 3)
    assert list(model.world.ledger.account("fund_town").paid_by_quarter) == [START]
    assert not model.levers.office_support.active
    assert not model.levers.relocation_grant.active
