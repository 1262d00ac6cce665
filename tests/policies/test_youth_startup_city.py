"""Youth start-up city: young founders only, mentors for those with a place in the zone, building from the rest."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.youth_startup_city import YouthStartupCity
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World

REGION = load_region("testbed")
TOWN = int(np.flatnonzero([REGION.zones[z].urban for z in REGION.cells.zone])[0])
ELSEWHERE = int(np.flatnonzero([not REGION.zones[z].urban for z in REGION.cells.zone])[0])


@pytest.fixture
def world():
    """Four new firms: young with a place in town, young without, old with a place, young with a place elsewhere."""
    district = World(REGION)
    district.firms.add(
        origin_keys("firm", 0, 0, np.arange(4)), born=START, cell=[TOWN, TOWN, TOWN, ELSEWHERE],
        incubated=[True, False, True, True],
    )
    district.begin_quarter(START)
    district.lock(False)
    ages = np.array([30.0, 30.0, 50.0, 35.0])
    district.records.table("newcomers", firm_key=district.firms.key[:4].copy(), founder_age=ages)
    return district


def settled(world, money):
    policy = YouthStartupCity(grant=0.4, mentoring=0.04, mentor_cost=0.2, works=8.0, delay=2, floor_cost=4.0)
    policy = policy.bound(REGION, 1.0)
    account, levers = world.ledger.account(policy.name), Levers()
    account.appropriate(money)
    policy.announce(world, levers, account)
    policy.settle(world, world.records, account)
    return policy, account, levers


def test_grants_go_to_the_young_mentors_to_those_with_a_place_and_the_rest_is_built(world):
    policy, account, levers = settled(world, 10.0)
    assert world.firms.cash[:4] == pytest.approx([0.4, 0.4, 0.0, 0.4])
    assert account.paid_in(START, "mentors") == pytest.approx(0.2)
    assert account.paid_in(START, "youth_works") == pytest.approx(2.0)
    view = world.firm_view(np.arange(4))
    view.founder_age, view.incubated = np.array([30.0, 30.0, 50.0, 35.0]), world.firms.incubated[:4]
    assert levers.start_grant.on(view) == pytest.approx([0.4, 0.4, 0.0, 0.4])
    assert levers.mentoring.on(view) == pytest.approx([0.04, 0.0, 0.0, 0.0])
    world.quarter, later = START + 2, Levers()
    policy.complete(world, later, account)
    assert later.construction_floor_space.on(REGION.cells).sum() == pytest.approx(0.5)
    assert world.end_quarter() < 1e-9


def test_too_little_money_is_shared_and_expected_next_time(world):
    _, account, _ = settled(world, 0.7)
    assert account.paid == pytest.approx(0.7)
    assert account.payout_ratio == pytest.approx(0.5)
    assert account.paid_in(START, "youth_works") == 0.0


def test_everyone_who_enters_without_it_enters_with_it_and_the_added_ones_are_young():
    with_policy, without = twins("youth_startup_city", START + 1, 0.3, grant=5.0, budget=2000.0)
    entered = [set(m.world.records.column("entries", "firm_key").tolist()) for m in (with_policy, without)]
    assert entered[1] < entered[0]
    newcomers = with_policy.world.records.tables["newcomers"]
    added = np.isin(newcomers["firm_key"], sorted(entered[0] - entered[1]))
    assert (newcomers["founder_age"][added] <= 35.0).all()


def test_it_ends_with_the_last_quarter_and_opens_what_was_paid_for():
    model = walk(simulation.Ecosystem(policy_scenario("youth_startup_city", end="2023Q2"), rng=2), START + 6)
    account = model.world.ledger.account("youth_startup_city")
    assert sorted(account.paid_for["youth_works"]) == [START, START + 1]
    assert not model.levers.start_grant.active
    assert model.levers.construction_places.active
