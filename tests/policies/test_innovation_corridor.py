"""Innovation corridor: builds on the axis, opens after a delay, and opens after its end what was paid for."""

import numpy as np
import pytest
from twin_worlds import START, twins

from simulation.levers import Levers
from simulation.policies.innovation_corridor import InnovationCorridor
from simulation.space.region import load_region
from simulation.world import World

LEVERS = ("construction_floor_space", "construction_places", "construction_access", "construction_amenity")


def axis(region):
    """Return the cells of the axis, as (n,) bool."""
    zones = np.array([zone.axis for zone in region.zones])
    return region.cells.axis | zones[region.cells.zone]


def opened(policy, world, account, quarter):
    """Return what opens in a quarter by lever, summed over cells."""
    world.quarter = quarter
    levers = Levers()
    act = policy.announce if policy.active(quarter) else policy.complete
    act(world, levers, account)
    return {name: np.sum(getattr(levers, name).on(world.region.cells)) for name in LEVERS}


def test_opens_after_the_delay_what_the_money_bought():
    world = World(load_region("testbed"))
    policy = InnovationCorridor(
        delay=4, floor_share=0.6, floor_cost=5.0, places_per_floor=6.0, access_cost=25.0, amenity_cost=12.0
    )
    policy = policy.bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    account.paid_by_quarter[8] = 50.0
    assert opened(policy, world, account, 11) == dict.fromkeys(LEVERS, 0.0)
    now = opened(policy, world, account, 12)
    assert now["construction_floor_space"] == pytest.approx(6.0)
    assert now["construction_places"] == pytest.approx(36.0)
    assert now["construction_access"] == pytest.approx(0.1 * 10.0 / 25.0)
    assert now["construction_amenity"] == pytest.approx(0.1 * 10.0 / 12.0)
    assert opened(policy, world, account, 13) == dict.fromkeys(LEVERS, 0.0)


@pytest.mark.parametrize("region", ["nanhu", "testbed"])
def test_builds_in_cells_of_the_axis_only(region):
    world = World(load_region(region))
    policy = InnovationCorridor(delay=1).bound(world.region, world.scale)
    account, levers = world.ledger.account(policy.name), Levers()
    account.paid_by_quarter[8] = 50.0
    world.quarter = 9
    policy.announce(world, levers, account)
    built = levers.construction_floor_space.on(world.region.cells) > 0.0
    assert built.any()
    assert not (built & ~axis(world.region)).any()


def test_what_was_paid_before_the_end_opens_after_it():
    with_policy, without = twins("innovation_corridor", quarters=START + 8, end="2023Q2")
    account = with_policy.world.ledger.account("innovation_corridor")
    assert sorted(account.paid_by_quarter) == [8, 9]
    assert account.balance == pytest.approx(0.0, abs=1e-9)
    policy = with_policy.scenario.policies["innovation_corridor"]
    wanted = account.paid * policy.floor_share / policy.floor_cost
    more = with_policy.world.cells.floor_space - without.world.cells.floor_space
    sites = axis(with_policy.world.region)
    assert more[sites].sum() == pytest.approx(wanted, rel=0.05)
    places = with_policy.world.cells.incubator_places - without.world.cells.incubator_places
    assert places.sum() == pytest.approx(wanted * policy.places_per_floor)
    assert not places[~sites].any()


def test_access_and_amenity_rise_on_the_axis_whatever_the_scale():
    gains = []
    for scale in (0.06, 0.12):
        with_policy, without = twins("innovation_corridor", quarters=START + 3, scale=scale, delay=1)
        gains.append(with_policy.world.cells.access - without.world.cells.access)
    assert gains[0].max() > 0.0
    assert gains[0] == pytest.approx(gains[1])
