"""Shanghai window: who meets the district comes more readily, agents are paid for every mover, and it ends."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.errors import ScenarioError
from simulation.levers import Levers
from simulation.policies.shanghai_window import RELOCATION, ShanghaiWindow
from simulation.space.region import load_region
from simulation.world import World


def opened(**changes):
    """A window in a world of the invented region, with its account after one appropriation."""
    world = World(load_region("testbed"))
    policy = ShanghaiWindow(**changes).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    world.begin_quarter(START)
    policy.appropriate(account)
    return world, policy, account


def test_reaches_the_named_regions_only_and_as_far_as_it_is_paid_for():
    world, policy, account = opened(regions=("capital",), reach=0.2, link=0.1, strength=0.5)
    account.payout_ratio = 0.5
    levers = Levers()
    policy.announce(world, levers, account)
    capital = np.array([name == "capital" for name in world.region.externals.name])
    assert levers.window_reach.on(world.region.externals) == pytest.approx(0.05 * capital)
    assert levers.outside_link.on(world.region.externals) == pytest.approx(0.025 * capital)


def test_an_unknown_region_is_told_with_the_nearest_name():
    with pytest.raises(ScenarioError, match=r"shanghai_window\.regions.*hongqiao"):
        ShanghaiWindow(regions=("hongqao",)).bound(load_region("nanhu"), 1.0)


def test_pays_for_its_offices_and_for_every_firm_that_came_from_there():
    world, policy, account = opened(regions=("capital",), office=4.0, referral=0.5, budget=80.0)
    there = world.region.externals.name.index("capital")
    world.records.table(
        "entries", origin=np.array([RELOCATION, RELOCATION, RELOCATION, 1]),
        node=np.array([there, (there + 1) % len(world.externals), -1, -1]),
    )
    policy.settle(world, world.records, account)
    assert account.paid == pytest.approx(1.0 + 0.5)
    assert world.ledger.sum_of("window", "district", "world") == pytest.approx(account.paid)


def test_firms_and_people_come_who_would_not_and_nobody_stays_away_for_it():
    changes = {"regions": [], "reach": 1.0, "link": 0.0, "budget": 500.0}
    with_policy, without = twins("shanghai_window", scale=0.3, **changes)
    for population, mark in (("firms", "born"), ("talent", "arrived")):
        keys = []
        for model in (with_policy, without):
            agents = getattr(model.world, population)
            rows = agents.live
            if mark == "born":
                rows = rows[agents.origin[rows] == RELOCATION]
            keys.append(set(agents.key[rows].tolist()))
        assert keys[1] <= keys[0], population
        assert keys[1] < keys[0] or population == "firms"


def test_the_offices_close_when_the_policy_ends():
    model = walk(simulation.Ecosystem(policy_scenario("shanghai_window", end="2023Q1"), rng=2), START + 3)
    assert list(model.world.ledger.account("shanghai_window").paid_by_quarter) == [START]
    assert not model.levers.window_reach.active
    assert (model.world.externals.link == 1.0).all()
