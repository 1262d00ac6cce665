"""Key technology projects: promised money is kept, paid in two parts, and lost in part when a project fails."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, walk

import simulation
from simulation.draws import Draws
from simulation.levers import Levers
from simulation.policies.key_technology_projects import KeyTechnologyProjects
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.processes.research import PARAMETERS, challenges
from simulation.space.region import load_region
from simulation.world import World

CALL = START + 3
P = PARAMETERS().quarterly()


@pytest.fixture
def world():
    """A district of four hundred firms that do research and lack knowledge."""
    district = World(load_region("testbed"))
    keys = origin_keys("firm", 0, 0, np.arange(400))
    district.firms.add(keys, tier=2, rd_stock=5.0, knowledge=0.4, quality=np.linspace(-2.0, 2.0, 400))
    return district


def quarter_of_research(world, policy, account, quarter, p=P):
    """Let a quarter's reviews and call be held, and settle."""
    levers, draws = Levers(), Draws(7)
    draws.quarter = quarter
    world.begin_quarter(quarter)
    world.lock(False)
    if policy.active(quarter):
        policy.announce(world, levers, account)
    challenges.review(world, draws, p)
    challenges.announce(world, levers, draws, world.firms.live, p)
    policy.settle(world, world.records, account)
    world.end_quarter()


def opened(world, money, **changes):
    """Return the policy, its account and the rows of the firms that began at the first call."""
    policy = KeyTechnologyProjects(**changes).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    account.appropriate(money)
    quarter_of_research(world, policy, account, CALL)
    return policy, account, world.firms.rows_of(world.challenges.firm)


def test_as_many_begin_as_can_be_paid_to_the_end_and_the_first_part_is_paid(world):
    _, account, began = opened(world, 31.0, size=3.0, upfront=0.4)
    assert len(began) == 10
    assert world.firms.cash[began] == pytest.approx(1.2)
    assert world.firms.grant_left[began] == pytest.approx(1.2)
    assert account.paid == pytest.approx(12.0)
    assert account.contingent == pytest.approx(18.0)


def test_only_the_eligible_begin_and_the_better_ones_rather(world):
    world.firms.tier[:300] = 4
    _, _, began = opened(world, 60.0, eligible=Eligibility(tiers=(2, 3)))
    assert began.min() >= 300
    assert world.firms.quality[began].mean() > world.firms.quality[300:400].mean()


def test_those_who_pass_leap_and_are_paid_the_rest_and_the_others_get_nothing_more(world):
    policy, account, began = opened(world, 300.0, size=3.0, upfront=0.4, end=CALL)
    field = world.challenges.field.copy()
    quarter_of_research(world, policy, account, CALL + P.challenge_duration - 1)
    assert len(world.challenges) == len(began) == 100
    quarter_of_research(world, policy, account, CALL + P.challenge_duration)
    rest = world.firms.cash[began] - 1.2
    passed = rest > 1.0
    assert rest[~passed] == pytest.approx(0.0, abs=1e-12)
    assert rest[passed] == pytest.approx(1.8)
    assert 5 < passed.sum() < 50, "a quarter in the mean"
    level = world.firms.knowledge[began, field]
    assert level == pytest.approx(np.where(passed, 0.4 + 0.6 * P.challenge_leap, 0.4))
    assert account.paid == pytest.approx(120.0 + 1.8 * passed.sum())
    assert len(world.challenges) == 0
    assert account.contingent == 0.0


def test_a_firm_takes_on_one_project_at_a_time(world):
    policy, account, first = opened(world, 300.0)
    account.appropriate(300.0)
    quarter_of_research(world, policy, account, CALL + 4)
    assert len(np.unique(world.challenges.firm)) == len(world.challenges) > len(first)


def test_money_of_failed_projects_is_free_for_the_next_call(world):
    policy, account, _first = opened(world, 30.0, size=3.0, upfront=0.4)
    never = PARAMETERS(challenge_pass=0.0).quarterly()
    quarter_of_research(world, policy, account, CALL + P.challenge_duration, never)
    assert account.paid == pytest.approx(12.0)
    quarter_of_research(world, policy, account, CALL + P.challenge_duration + 4, never)
    assert len(world.challenges) == 6, "18 million are left of 30"


def test_there_is_no_call_between_two_calls_or_after_the_end():
    changes = {"end": "2023Q4", "quarters": START + 13, "scale": 0.04, "budget": 200.0}
    scenario = policy_scenario("key_technology_projects", **changes)
    model = walk(simulation.Ecosystem(scenario, rng=2), CALL)
    assert len(model.world.challenges) == 0
    walk(model, 1)
    began = len(model.world.challenges)
    assert began > 0
    walk(model, 9)
    account = model.world.ledger.account("key_technology_projects")
    assert len(model.world.challenges) == 0
    assert max(account.paid_by_quarter) <= CALL + P.challenge_duration
    assert account.contingent == 0.0
