"""Green channel: newcomers are supported for some years, others never; people come who would not have come."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.talent_green_channel import TalentGreenChannel
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.populations.talent import RESEARCH, SKILLED
from simulation.space.region import load_region
from simulation.world import TalentView, World


def world_with(arrived, skill, quarter, employer=0):
    district = World(load_region("testbed"))
    keys = origin_keys("talent", 0, 0, np.arange(len(arrived)))
    district.talent.add(keys, arrived=arrived, skill=skill, employer=employer)
    district.begin_quarter(quarter)
    district.lock(False)
    return district


def channel(world, **changes):
    policy = TalentGreenChannel(start=START, **changes).bound(world.region, world.scale)
    account, levers = world.ledger.account(policy.name), Levers()
    policy.appropriate(account)
    policy.announce(world, levers, account)
    return policy, account, levers


def test_supports_who_arrived_since_the_start_for_some_years():
    world = world_with(arrived=[-1, 7, 8, 11, 12], skill=SKILLED, quarter=12)
    policy, account, levers = channel(
        world, duration=4, housing_support=0.02, access_cost=0.01, access=0.3, budget=100.0
    )
    view = world.talent_view(world.talent.live)
    assert levers.housing_subsidy.on(view) == pytest.approx([0.0, 0.0, 0.0, 0.02, 0.02])
    assert levers.service_access.on(view) == pytest.approx([0.0, 0.0, 0.0, 0.3, 0.3])
    policy.settle(world, world.records, account)
    assert account.paid == pytest.approx(2 * 0.03 / 4)
    assert world.ledger.sum_of("talent_support", "district", "households") == pytest.approx(account.paid)


def test_candidates_count_as_arriving_now_and_skills_are_respected():
    world = world_with(arrived=[8, 8], skill=[RESEARCH, SKILLED], quarter=8)
    _, _, levers = channel(world, access=0.3, eligible=Eligibility(skills=("research",)))
    people = TalentView(np.array([RESEARCH, SKILLED]), np.full(2, 30.0), np.zeros(2), np.zeros(2, dtype=bool))
    assert levers.service_access.on(people).tolist() == [0.3, 0.0]
    assert levers.service_access.on(world.talent_view(world.talent.live)).tolist() == [0.3, 0.0]


def test_newcomers_without_a_contract_get_nothing_and_candidates_reckon_with_that():
    world = world_with(arrived=[8, 8, 9, 9], skill=SKILLED, quarter=10, employer=[0, -1, 3, -1])
    policy, account, levers = channel(world, access=0.3, housing_support=0.02, access_cost=0.0, budget=100.0)
    assert levers.service_access.on(world.talent_view(world.talent.live)).tolist() == [0.3, 0.0, 0.3, 0.0]
    people = TalentView(np.array([SKILLED]), np.full(1, 30.0), np.zeros(1), np.zeros(1, dtype=bool))
    assert levers.service_access.on(people).tolist() == [0.3]
    policy.settle(world, world.records, account)
    assert account.paid == pytest.approx(2 * 0.02 / 4)
    world.lock(True)
    world.begin_quarter(11)
    levers = Levers()
    policy.announce(world, levers, account)
    assert levers.service_access.on(people) == pytest.approx([0.15])


def test_people_expect_what_the_account_could_pay():
    world = world_with(arrived=[8] * 5, skill=SKILLED, quarter=8)
    policy, account, _ = channel(world, budget=0.05, housing_support=0.02, access_cost=0.0, access=0.2)
    policy.settle(world, world.records, account)
    assert account.payout_ratio == pytest.approx(0.0125 / (5 * 0.005))
    levers = Levers()
    policy.announce(world, levers, account)
    view = world.talent_view(world.talent.live)
    assert levers.housing_subsidy.on(view) == pytest.approx([0.02 * account.payout_ratio] * 5)


def test_whoever_comes_without_it_comes_with_it_and_others_besides():
    with_policy, without = twins("talent_green_channel", scale=0.3)
    came = []
    for model in (with_policy, without):
        t = model.world.talent
        came.append(set(t.key[t.live[t.arrived[t.live] == START]].tolist()))
    assert came[1] < came[0]


def test_ends_with_the_last_quarter():
    model = walk(simulation.Ecosystem(policy_scenario("talent_green_channel", end="2023Q1"), rng=2), START + 3)
    assert list(model.world.ledger.account("talent_green_channel").paid_by_quarter) == [START]
    assert not model.levers.housing_subsidy.active
