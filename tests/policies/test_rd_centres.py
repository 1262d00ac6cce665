"""R&D centres: who is awarded what, who uses the platforms, and what is paid to whom."""

import numpy as np
import pytest
from twin_worlds import START

from simulation.draws import Draws
from simulation.levers import Levers
from simulation.policies.rd_centres import RdCentres
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.processes import certification
from simulation.space.region import load_region
from simulation.world import World

EVERYBODY_AT_ONCE = certification.PARAMETERS(centre_rate=1.0).quarterly()


@pytest.fixture
def world():
    """Four firms whose research carries a province centre, at levels 0 to 3; two institutes."""
    district = World(load_region("testbed"))
    staff = np.tile([30, 0, 0, 0, 0], (4, 1))
    district.firms.add(
        origin_keys("firm", 0, 0, np.arange(4)), born=-9, tier=[1, 3, 3, 3], rd_centre=[0, 1, 2, 3], rd_spend=5.0,
        certificate_until=99,
        staff=staff, sales=5.0, sales_year=20.0,
    )
    district.institutes.add(origin_keys("institute", 0, 0, np.arange(2)), rd_spend=[3.0, 1.0])
    district.quarter = START
    return district


def quarter_of(world, money, **changes):
    """Let the policy announce, certification recognise centres, and the policy settle."""
    policy = RdCentres(**changes).bound(world.region, world.scale)
    account, levers, draws = world.ledger.account(policy.name), Levers(), Draws(3)
    draws.quarter = START
    world.begin_quarter(START)
    account.appropriate(money)
    policy.announce(world, levers, account)
    access = np.broadcast_to(levers.platform_access.on(world.firm_view(world.firms.live)), 4).copy()
    with world.writing(certification.WRITES):
        certification.step(world, levers, draws, EVERYBODY_AT_ONCE)
    policy.settle(world, world.records, account)
    world.end_quarter()
    return account, access


def test_each_level_reached_brings_its_award_bound_to_research(world):
    account, access = quarter_of(world, 100.0, awards=(0.3, 1.0, 3.0), access=0.2, access_cost=0.4)
    assert world.firms.rd_centre[:4].tolist() == [1, 2, 3, 3]
    assert world.firms.cash[:4] == pytest.approx([0.3, 1.0, 3.0, 0.0])
    assert world.firms.grant_left[:4] == pytest.approx([0.3, 1.0, 3.0, 0.0])
    assert access.tolist() == [0.0, 0.2, 0.2, 0.2]
    assert world.institutes.cash[:2] == pytest.approx([0.3, 0.1])
    assert account.paid == pytest.approx(4.3 + 0.4)


def test_awards_are_cut_to_what_there_is_and_so_is_what_is_bound(world):
    account, _ = quarter_of(world, 2.15, awards=(0.3, 1.0, 3.0))
    assert world.firms.cash[:4] == pytest.approx([0.15, 0.5, 1.5, 0.0])
    assert world.firms.grant_left[:4] == pytest.approx([0.15, 0.5, 1.5, 0.0])
    assert account.payout_ratio == pytest.approx(0.0), "nothing is left for the platforms"


def test_reaches_the_eligible_only(world):
    _, access = quarter_of(world, 100.0, access=0.2, eligible=Eligibility(tiers=(1, 2)))
    assert world.firms.cash[:4] == pytest.approx([0.3, 0.0, 0.0, 0.0])
    assert access.tolist() == [0.0] * 4
