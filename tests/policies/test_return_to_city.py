"""Return to the city: relief for young producer services in urban zones, and works that open there after a delay."""

import numpy as np
import pytest
from twin_worlds import START, twins

from simulation.errors import ScenarioError
from simulation.levers import Levers
from simulation.policies.return_to_city import ReturnToCity
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World

REGION = load_region("testbed")
SERVICES = REGION.industries.name.index("design_services")
URBAN = np.array([zone.urban for zone in REGION.zones])[REGION.cells.zone]
TOWN, ELSEWHERE = np.flatnonzero(URBAN)[0], np.flatnonzero(~URBAN)[0]


@pytest.fixture
def world():
    """Five firms: services in town (young, old), services elsewhere, industry in town, and services there too large."""
    district = World(REGION)
    district.firms.add(
        origin_keys("firm", 0, 0, np.arange(5)), industry=[SERVICES, SERVICES, SERVICES, 0, SERVICES],
        cell=[TOWN, TOWN, ELSEWHERE, TOWN, TOWN], born=[START, -40, START, START, START], space=2.0,
        sales_year=[1.0, 1.0, 1.0, 1.0, 900.0],
    )
    district.cells.rent[:] = 0.1
    district.begin_quarter(START)
    district.lock(False)
    return district


def settled(world, money, **changes):
    policy = ReturnToCity(eligible={"size": {"high": 100.0}}, **changes).bound(world.region, world.scale)
    account, levers = world.ledger.account(policy.name), Levers()
    account.appropriate(money)
    policy.announce(world, levers, account)
    policy.settle(world, world.records, account)
    return account, levers


def test_rent_is_relieved_for_young_services_in_town_and_works_get_the_rest(world):
    account, levers = settled(world, 10.0, rent_relief=0.4)
    assert levers.rent_relief.on(world.firm_view(world.firms.live)) == pytest.approx([0.4, 0.0, 0.0, 0.0, 0.0])
    assert world.firms.cash[:5] == pytest.approx([0.4 * 0.2, 0.0, 0.0, 0.0, 0.0])
    assert account.paid_in(START, "city_rent") == pytest.approx(0.08)
    assert account.paid_in(START, "city_works") == pytest.approx(9.92)
    assert account.payout_ratio == 1.0


def test_founders_expect_the_relief_that_was_paid(world):
    account, _ = settled(world, 0.02, rent_relief=0.4)
    assert account.paid == pytest.approx(0.02)
    levers = Levers()
    ReturnToCity(rent_relief=0.4).bound(REGION, 1.0).announce(world, levers, account)
    assert levers.rent_relief.on(world.firm_view(np.array([0]))) == pytest.approx([0.1])


def test_works_open_in_urban_cells_after_the_delay_and_rent_opens_nothing(world):
    policy = ReturnToCity(delay=3, building_share=0.5, floor_cost=5.0, places_per_floor=4.0).bound(REGION, 1.0)
    account = world.ledger.account(policy.name)
    account.paid_for |= {"city_works": {START: 20.0}, "city_rent": {START: 7.0}}
    for quarter, floor in ((START + 2, 0.0), (START + 3, 2.0), (START + 4, 0.0)):
        world.quarter, levers = quarter, Levers()
        policy.complete(world, levers, account)
        opened = levers.construction_floor_space.on(REGION.cells)
        assert opened.sum() == pytest.approx(floor)
        assert not opened[~URBAN].any()
        assert np.sum(levers.construction_places.on(REGION.cells)) == pytest.approx(4.0 * floor)


def test_an_unknown_zone_is_told_with_the_nearest_name():
    with pytest.raises(ScenarioError, match="old_town"):
        ReturnToCity(zones=("old_twn",)).bound(REGION, 1.0)


def test_renewal_raises_amenity_in_the_city_only():
    with_policy, without = twins("return_to_city", quarters=START + 3, delay=1)
    urban = np.array([zone.urban for zone in with_policy.world.region.zones])[with_policy.world.region.cells.zone]
    more = with_policy.world.cells.amenity - without.world.cells.amenity
    assert np.median(more[urban]) > 0.002
    assert np.median(more[~urban]) < 0.0  # elsewhere other public spending is cut
