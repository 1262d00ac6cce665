"""G60 corridor: works before service, minutes saved both ways for the named regions, and an end that ends it."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.errors import ScenarioError
from simulation.levers import Levers
from simulation.policies.g60_corridor import G60Corridor
from simulation.space.region import load_region
from simulation.world import World

AT_ONCE = {"construction": 0.0, "delay": 0, "regions": ["hongqiao", "lingang_songjiang"]}


def saved(policy, world, account, quarter):
    """Return minutes saved by region in a quarter."""
    world.quarter, levers = quarter, Levers()
    policy.announce(world, levers, account)
    return np.broadcast_to(levers.travel_time_saved.on(world.region.externals), len(world.region.externals.name))


def test_works_are_paid_first_and_open_after_the_delay():
    world = World(load_region("testbed"))
    policy = G60Corridor(budget=80.0, construction=40.0, operation=8.0, delay=2, minutes=6.0)
    policy = policy.bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    paid = []
    for quarter in range(8, 14):
        world.begin_quarter(quarter)
        policy.appropriate(account)
        opens = saved(policy, world, account, quarter).max() > 0.0
        assert opens == (quarter >= 12)
        policy.settle(world, world.records, account)
        paid.append(account.paid_in(quarter))
        world.end_quarter()
    assert paid == pytest.approx([20.0, 20.0, 0.0, 0.0, 2.0, 2.0])
    assert account.appropriated == pytest.approx(44.0)


def test_reaches_the_named_regions_only():
    world = World(load_region("testbed"))
    policy = G60Corridor(construction=0.0, delay=0, minutes=6.0, regions=("capital",)).bound(world.region, world.scale)
    minutes = saved(policy, world, world.ledger.account(policy.name), 8)
    assert minutes.tolist() == [6.0 * (name == "capital") for name in world.region.externals.name]


def test_an_unknown_region_is_told_with_the_nearest_name():
    region = load_region("nanhu")
    with pytest.raises(ScenarioError, match="hongqiao"):
        G60Corridor(regions=("hongqao",)).bound(region, 1.0)


def test_half_pay_runs_half_the_service():
    world = World(load_region("testbed"))
    policy = G60Corridor(construction=0.0, delay=0, minutes=6.0).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    account.payout_ratio = 0.5
    assert saved(policy, world, account, 9).max() == pytest.approx(3.0)


def test_the_service_stops_when_the_policy_ends():
    scenario = policy_scenario("g60_corridor", end="2023Q2", **AT_ONCE)
    model = walk(simulation.Ecosystem(scenario, rng=2), START + 2)
    start = model.world.region.externals.travel_time
    assert (model.world.externals.travel_time < start).sum() == 2
    walk(model, 1)
    assert (model.world.externals.travel_time == start).all()
    assert (model.world.externals.link == 1.0).all()
    assert model.world.ledger.account("g60_corridor").contingent == 0.0


def test_zero_strength_changes_no_bit():
    with_policy, without = twins("g60_corridor", quarters=START + 4, strength=0.0)
    for table in without.world.tables:
        other = getattr(with_policy.world, table.name)
        for column, values in table.arrays.items():
            assert np.array_equal(values, other.arrays[column], equal_nan=values.dtype.kind == "f"), column
    assert with_policy.world.ledger.account("g60_corridor").paid == 0.0


def test_a_faster_link_eases_coming_and_leaving_and_joint_inventions():
    changes = {**AT_ONCE, "minutes": 25.0, "link": 1.0}
    sums = {}
    for name, model in zip(("with", "without"), twins("g60_corridor", START + 1, 0.3, **changes), strict=True):
        model = simulation.Ecosystem(model.scenario, rng=2)
        walk(model, START + 1)
        flows = {"migration_in": 0.0, "migration_out": 0.0, "collaborations": 0.0, "commuters": 0.0}
        for _ in range(6):
            model.step()
            for flow in flows:
                flows[flow] += model.world.records.flows.get(flow, 0.0)
        sums[name] = flows
    for flow in sums["with"]:
        assert sums["with"][flow] > sums["without"][flow], flow
