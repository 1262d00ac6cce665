"""Chain of talent: places within the money, a change of trade for those who pass, and nobody hired by decree."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.talent_chain import TalentChain
from simulation.populations.talent import BROKER, FINANCE, MANAGEMENT, RESEARCH, SKILLED, SKILLS
from simulation.space.region import load_region
from simulation.world import World


def school(**changes):
    """The policy in the invented region, with its account after one appropriation."""
    world = World(load_region("testbed"))
    policy = TalentChain(**changes).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    world.begin_quarter(START)
    policy.appropriate(account)
    return world, policy, account


def test_offers_places_by_skill_as_far_as_the_money_goes():
    values = {"brokers": 40, "finance": 20, "managers": 20, "course": 0.1}
    for changes, part in (({}, 1.0), ({"strength": 0.5}, 0.5), ({"budget": 4.0}, 0.5)):
        world, policy, account = school(**{"budget": 400.0, **values, **changes})
        levers = Levers()
        policy.announce(world, levers, account)
        places = levers.course_places.on(SKILLS)
        assert places[[BROKER, FINANCE, MANAGEMENT]] == pytest.approx(np.array([10.0, 5.0, 5.0]) * part)
        assert not places[[RESEARCH, SKILLED]].any()


def test_pays_for_every_place_taken_passed_or_not():
    world, policy, account = school(course=0.1, budget=40.0)
    world.records.table("courses", person_key=np.arange(3), skill=np.full(3, BROKER), passed=np.array([1, 0, 0]))
    policy.settle(world, world.records, account)
    assert account.paid == pytest.approx(0.3)
    assert world.ledger.sum_of("courses", "district", "households") == pytest.approx(0.3)


def test_people_between_jobs_change_trade_and_are_missing_in_the_old_one():
    changes = {"brokers": 3000.0, "finance": 3000.0, "managers": 0.0, "budget": 900.0}
    with_policy, without = twins("talent_chain", quarters=START + 1, scale=0.1, **changes)
    counts = [np.bincount(m.world.talent.skill[m.world.talent.live], minlength=5) for m in (with_policy, without)]
    change = counts[0] - counts[1]
    assert change[BROKER] + change[FINANCE] == with_policy.world.records.flows["converted"] > 0
    assert change[RESEARCH] + change[SKILLED] == -with_policy.world.records.flows["converted"]
    assert change[MANAGEMENT] == 0
    taken = len(with_policy.world.records.column("courses", "person_key"))
    assert taken > with_policy.world.records.flows["converted"]


def test_courses_end_with_the_policy():
    model = walk(simulation.Ecosystem(policy_scenario("talent_chain", end="2023Q2"), rng=2), START + 4)
    assert max(model.world.ledger.account("talent_chain").paid_by_quarter) <= START + 1
    assert not model.levers.course_places.active
