"""Anchor institutes: who is supported, what is built when, and what new ones are when the money ends."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, walk

import simulation
from simulation.errors import ScenarioError
from simulation.levers import Levers
from simulation.policies.anchor_institutes import AnchorInstitutes
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World

REGION = load_region("testbed")


@pytest.fixture
def world():
    """The invented region's institutes, and one opened by policy."""
    district = World(REGION)
    n = len(REGION.institutes.name)
    district.institutes.add(
        origin_keys("institute", 0, 0, np.arange(n)), ordinal=np.arange(n), cell=REGION.institutes.cell,
        budget=REGION.institutes.budget / 4,
    )
    district.institutes.add(origin_keys("institute", 1, START, np.arange(1)))
    return district


def policy_of(world, **changes):
    policy = AnchorInstitutes(**changes).bound(world.region, world.scale)
    return policy, world.ledger.account(policy.name)


def test_support_goes_to_the_named_and_the_new_and_is_expected_as_it_was_paid(world):
    policy, account = policy_of(
        world, institutes=("wave_tank",), top_up=0.5, core=8.0, new=0, places_share=0.0, budget=10.0
    )
    world.begin_quarter(START)
    policy.appropriate(account)
    policy.settle(world, world.records, account)
    assert world.institutes.cash[:6] == pytest.approx([1.5, 0, 0, 0, 0, 1.0]), "half of 3 and 2 was to be had"
    assert account.paid == pytest.approx(2.5)
    levers = Levers()
    policy.announce(world, levers, account)
    funding = levers.institute_funding.on(world.institute_view(world.institutes.live))
    assert funding == pytest.approx([1.5, 0, 0, 0, 0, 1.0])
    world.end_quarter()


def test_buildings_are_paid_from_their_share_and_open_after_the_delay(world):
    policy, account = policy_of(
        world, new=2, build_cost=10.0, building_share=0.5, places_share=0.25, place_cost=0.5, delay=2, budget=80.0,
        top_up=1.0, zones=("hillside",),
    )
    opened, places = [], []
    for quarter in range(START, START + 8):
        world.begin_quarter(quarter)
        policy.appropriate(account)
        levers = Levers()
        policy.announce(world, levers, account)
        openings = np.broadcast_to(levers.institute_openings.on(REGION.cells), len(REGION.cells.x))
        assert set(REGION.cells.zone[openings > 0]) <= {[zone.name for zone in REGION.zones].index("hillside")}
        opened.append(int(openings.sum()))
        places.append(float(np.sum(levers.construction_places.on(REGION.cells))))
        policy.settle(world, world.records, account)
        world.end_quarter()
    assert account.paid_in(START, "institute_building") == pytest.approx(10.0)
    assert sum(account.paid_for["institute_building"].values()) == pytest.approx(20.0)
    assert opened == [0, 0, 1, 1, 0, 0, 0, 0]
    assert places[:3] == pytest.approx([0.0, 0.0, 10.0])


def test_unknown_names_are_told_with_the_nearest():
    with pytest.raises(ScenarioError, match="wave_tank"):
        AnchorInstitutes(institutes=("wave_tanks",)).bound(REGION, 1.0)
    with pytest.raises(ScenarioError, match="hillside"):
        AnchorInstitutes(zones=("hilside",)).bound(REGION, 1.0)


def test_new_institutes_hire_and_bring_results_and_lie_idle_when_the_money_ends():
    changes = {"delay": 1, "building_share": 1.0, "build_cost": 10.0, "core": 60.0, "budget": 400.0, "end": "2024Q4"}
    scenario = policy_scenario("anchor_institutes", quarters=START + 13, scale=0.05, **changes)
    results, staff = [], []
    for seed in range(3):  # so few people find something in one seed and nothing in another
        model = walk(simulation.Ecosystem(scenario, rng=seed), START)
        u = model.world.institutes
        before = u.count
        walk(model, 8)
        new = u.live[u.ordinal[u.live] < 0]
        assert u.count == before + 2 == before + len(new)
        assert u.expertise[new].sum(axis=1) == pytest.approx(1.0)
        assert (u.staff[new].sum(axis=1) > 0).all()
        assert (u.rd_spend[new] > 0).all()
        results.append(u.results_made[new].sum())
        keys = model.world.results.key
        assert len(np.unique(keys)) == len(keys)
        busy = u.staff[new].sum()
        walk(model, 5)
        staff.append((busy, u.staff[new].sum()))
        assert model.world.invariants() == []
    assert sum(results) > 0
    busy, idle = np.sum(staff, axis=0)
    assert idle < 0.7 * busy, staff
