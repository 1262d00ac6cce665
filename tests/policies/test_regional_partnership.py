"""Regional partnership: named partners only, set up first, projects paid in part to partners outside, and leakage."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, walk

import simulation
from simulation.errors import ScenarioError
from simulation.levers import Levers
from simulation.policies.regional_partnership import RegionalPartnership
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World

AT_ONCE = {"construction": 0.0, "delay": 0}


@pytest.fixture
def world():
    """Two firms, of which the first has made three joint inventions."""
    district = World(load_region("testbed"))
    rows = district.firms.add(origin_keys("firm", 0, 0, np.arange(2)))
    district.begin_quarter(START)
    district.lock(False)
    key = district.firms.key[rows[0]]
    district.records.table("joint_inventions", firm_key=np.array([key, 99]), number=np.array([3, 1]))
    return district


def partnership(world, money, **changes):
    """Return the policy, open already, and its account with money."""
    policy = RegionalPartnership(**(AT_ONCE | changes)).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    account.appropriate(money)
    return policy, account


def test_pays_running_and_projects_of_which_a_part_leaves_the_district(world):
    policy, account = partnership(world, 50.0, operation=8.0, cofunding=0.5, project_cost=2.0, partner_share=0.25)
    policy.settle(world, world.records, account)
    assert world.firms.cash[:2] == pytest.approx([2.25, 0.0])
    assert world.ledger.sum_of("partnership", payee="world") == pytest.approx(2.0 + 0.75)
    assert account.paid == pytest.approx(5.0)
    assert world.end_quarter() < 1e-9


def test_short_money_is_prorated_and_the_offer_reaches_partners_only(world):
    policy, account = partnership(
        world, 2.5, operation=8.0, cofunding=0.5, project_cost=2.0, link=0.4, regions=("capital",)
    )
    policy.settle(world, world.records, account)
    assert account.balance == pytest.approx(0.0, abs=1e-12)
    levers, outside = Levers(), world.region.externals
    policy.announce(world, levers, account)
    named = np.array([name == "capital" for name in outside.name])
    assert levers.outside_link.on(outside) == pytest.approx(0.2 * named)
    assert levers.joint_support.on(outside) == pytest.approx(0.25 * named)
    world.end_quarter()


def test_platforms_open_after_they_are_set_up_and_the_delay_has_passed():
    world = World(load_region("testbed"))
    policy, account = partnership(world, 0.0, budget=40.0, construction=15.0, delay=1, operation=8.0)
    opened = []
    for quarter in range(START, START + 5):
        world.begin_quarter(quarter)
        policy.appropriate(account)
        levers = Levers()
        policy.announce(world, levers, account)
        opened.append(levers.outside_link.active)
        policy.settle(world, world.records, account)
        world.end_quarter()
    assert opened == [False, False, False, True, True]
    assert account.paid == pytest.approx(15.0 + 2 * 2.0)


def test_an_unknown_region_is_told_with_the_nearest_name():
    with pytest.raises(ScenarioError, match="hongqiao"):
        RegionalPartnership(regions=("hongqao",)).bound(load_region("nanhu"), 1.0)


def test_joint_inventions_rise_and_results_leave_easier_until_it_ends():
    flows = {}
    for link in (3.0, 0.0):
        changes = {**AT_ONCE, "link": link, "cofunding": 0.3 * link, "end": "2023Q4", "budget": 300.0}
        model = walk(simulation.Ecosystem(policy_scenario("regional_partnership", scale=0.2, **changes), rng=2), START)
        flows[link] = dict.fromkeys(("collaborations", "results_leaked"), 0.0)
        for _ in range(5):
            model.step()
            for flow in flows[link]:
                flows[link][flow] += model.world.records.flows.get(flow, 0.0)
        assert (model.world.externals.link == 1.0).all()
    assert flows[3.0]["collaborations"] > 1.5 * flows[0.0]["collaborations"]
    assert flows[3.0]["results_leaked"] > flows[0.0]["results_leaked"]
