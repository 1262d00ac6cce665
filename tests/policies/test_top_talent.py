"""Top talent: packages reach the ablest newcomers for some years, teams follow, and packages end."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.top_talent import TopTalent
from simulation.populations.columns import origin_keys
from simulation.populations.talent import FIRM, INSTITUTE, NO_EMPLOYER, RESEARCH
from simulation.space.region import load_region
from simulation.world import TalentView, World


def district(quarter, arrived, age, top=True, employer_kind=NO_EMPLOYER, **changes):
    """People with an arrival and an age, a firm, an institute, and the policy with money."""
    world = World(load_region("testbed"))
    world.firms.add(origin_keys("firm", 0, 0, np.arange(1)))
    world.institutes.add(origin_keys("institute", 0, 0, np.arange(1)))
    world.talent.add(
        origin_keys("talent", 0, 0, np.arange(len(arrived))), arrived=arrived, age=age, top=top, skill=RESEARCH,
        employer_kind=employer_kind, employer=0,
    )
    policy = TopTalent(**{"budget": 400.0, **changes}).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    world.begin_quarter(quarter)
    policy.appropriate(account)
    return world, policy, account


def test_supports_top_talent_of_age_that_arrived_since_the_start_for_some_years():
    top = np.array([True, True, True, True, False])
    world, policy, account = district(
        START + 8, arrived=[7, START, START + 4, START + 8, START + 8], age=[40, 40, 31.0, 29, 40], top=top, duration=8,
        package=0.6, team=3.0,
    )
    levers = Levers()
    account.payout_ratio = 0.5
    policy.announce(world, levers, account)
    view = world.talent_view(world.talent.live)
    assert levers.relocation_grant.on(view) == pytest.approx([0.0, 0.0, 0.3, 0.0, 0.0])
    newcomer = TalentView(np.array([RESEARCH]), np.array([35.0]), np.zeros(1), np.array([True]))
    assert levers.relocation_grant.on(newcomer) == pytest.approx([0.3])
    assert levers.team_size.on(newcomer) == pytest.approx([1.5])


def test_pays_people_and_the_firm_or_institute_that_employs_them():
    kinds = np.array([FIRM, INSTITUTE, NO_EMPLOYER])
    world, policy, account = district(
        START, arrived=[START] * 3, age=[40.0] * 3, employer_kind=kinds, package=0.4, project=0.8
    )
    policy.settle(world, world.records, account)
    assert world.firms.cash[0] == pytest.approx(0.2)
    assert world.institutes.cash[0] == pytest.approx(0.2)
    assert world.ledger.sum_of("talent_package", "district", "households") == pytest.approx(0.3)
    assert account.paid == pytest.approx(0.7)


def test_people_and_teams_come_who_would_not_and_nobody_stays_away_for_it():
    changes = {"package": 20.0, "budget": 9000.0, "youngest": 25.0}
    with_policy, without = twins("top_talent", quarters=START + 4, scale=0.3, **changes)
    first, best = [], []
    for model in (with_policy, without):
        t = model.world.talent
        first.append(set(t.key[t.live[t.arrived[t.live] == START]].tolist()))
        best.append(int(t.top[t.live[t.arrived[t.live] >= START]].sum()))
    assert best[0] > best[1]
    assert len(first[1] - first[0]) < 0.05 * len(first[1])
    assert len(first[0] - first[1]) > 0


def test_packages_end_with_the_policy():
    scenario = policy_scenario("top_talent", end="2023Q1", scale=0.3, package=20.0, budget=9000.0, youngest=25.0)
    model = walk(simulation.Ecosystem(scenario, rng=2), START + 2)
    assert list(model.world.ledger.account("top_talent").paid_by_quarter) == [START]
    assert not model.levers.relocation_grant.active
