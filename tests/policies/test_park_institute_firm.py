"""Park, institute and firm: only purchases next door by firms in the parks are repaid, in part and within the money."""

import numpy as np
import pytest
from twin_worlds import START

from simulation.levers import Levers
from simulation.policies.park_institute_firm import ParkInstituteFirm
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World

REGION = load_region("testbed")


@pytest.fixture
def world():
    """Three firms buy results: the first next door in a park, the second far away, the third next door elsewhere."""
    district = World(REGION)
    zone = REGION.cells.zone
    inside, outside = np.flatnonzero(zone == zone[0])[0], np.flatnonzero(zone != zone[0])[0]
    rows = district.firms.add(origin_keys("firm", 0, 0, np.arange(3)), cell=[inside, inside, outside])
    district.begin_quarter(START)
    district.lock(False)
    district.records.table(
        "contracts", firm_key=np.array([*district.firms.key[rows], 0]), value=np.array([0.5, 0.5, 0.5, 2.0]),
        park=np.array([True, False, True, False]),
    )
    return district


def support(world, money, **changes):
    """Return the policy for the park, and its account with money."""
    park = Eligibility(zones=(REGION.zones[REGION.cells.zone[0]].name,))
    policy = ParkInstituteFirm(**({"eligible": park} | changes)).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    account.appropriate(money)
    return policy, account


def test_repays_what_park_firms_bought_next_door_and_nothing_else(world):
    policy, account = support(world, 9.0, price_support=0.4, office=4.0)
    policy.settle(world, world.records, account)
    assert world.firms.cash[:3] == pytest.approx([0.2, 0.0, 0.0])
    assert account.paid == pytest.approx(1.2)
    assert world.end_quarter() < 1e-9


def test_short_money_is_prorated_and_expected_in_the_parks_only(world):
    policy, account = support(world, 0.6, price_support=0.4, office=4.0, matching=2.0)
    policy.settle(world, world.records, account)
    assert account.balance == pytest.approx(0.0, abs=1e-12)
    levers = Levers()
    policy.announce(world, levers, account)
    view = world.firm_view(world.firms.live)
    assert levers.park_price_support.on(view) == pytest.approx([0.2, 0.2, 0.0])
    assert levers.park_matching.on(view) == pytest.approx([1.0, 1.0, 0.0])
    world.end_quarter()
