"""Cluster platform: built before it serves, only its industries and zones, and shared when crowded."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.cluster_platform import ClusterPlatform
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World

REGION = load_region("testbed")


def served(capacity=10.0, payout=1.0, **changes):
    """Return the share saved by eight firms: of two industries, in two cells of different zones."""
    world = World(REGION)
    other = int(np.flatnonzero(REGION.cells.zone != REGION.cells.zone[0])[0])
    world.firms.add(origin_keys("firm", 0, 0, np.arange(8)), industry=np.arange(8) % 2, cell=np.arange(8) // 4 * other)
    world.begin_quarter(START)
    chosen = Eligibility(
        industries=(REGION.industries.name[1],), zones=(REGION.zones[REGION.cells.zone[0]].name,)
    )
    policy = ClusterPlatform(construction=0.0, delay=0, saving=0.3, capacity=capacity, eligible=chosen, **changes)
    account, levers = world.ledger.account(policy.name), Levers()
    account.payout_ratio = payout
    policy.bound(REGION, 1.0).announce(world, levers, account)
    return np.broadcast_to(levers.project_cost_saved.on(world.firm_view(world.firms.live)), 8)


def test_serves_the_chosen_industry_in_the_chosen_zone():
    assert served() == pytest.approx([0.0, 0.3, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0])


def test_a_crowded_platform_saves_each_of_its_users_less():
    assert served(capacity=1.0)[1] == pytest.approx(0.15)
    assert served(payout=0.5)[1] == pytest.approx(0.15)


def test_nothing_is_saved_before_the_works_are_paid_and_open():
    scenario = policy_scenario("cluster_platform", construction=40.0, budget=80.0, delay=2)
    model = walk(simulation.Ecosystem(scenario, rng=2), START)
    active = []
    for _ in range(6):
        model.step()
        active.append(model.levers.project_cost_saved.active)
    assert active == [False, False, False, False, True, True]
    account = model.world.ledger.account("cluster_platform")
    assert account.paid_in(START + 1) > account.paid_in(START + 2) == 0.0 < account.paid_in(START + 4)


def test_its_firms_start_more_projects_and_no_one_else_does():
    changes = {"construction": 0.0, "delay": 0, "saving": 0.8, "capacity": 1e4}
    with_policy, without = twins("cluster_platform", START + 1, 0.15, **changes)
    policy = with_policy.policies[0]
    f, g = with_policy.world.firms, without.world.firms
    mine = policy.eligible.matches(with_policy.world.firm_view(f.live))
    more = f.projects[f.live].sum(axis=1) - g.projects[g.rows_of(f.key[f.live])].sum(axis=1)
    assert more[mine].sum() > 0
    assert more[mine].min() >= 0
    assert not more[~mine].any()
