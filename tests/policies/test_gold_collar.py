"""Gold collar: no more places than money, trainees of eligible firms only, and what they learn stays with them."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.gold_collar import GoldCollar
from simulation.populations.columns import origin_keys
from simulation.populations.talent import FIRM, SKILLED
from simulation.space.region import load_region
from simulation.world import World


def district(**changes):
    """Three firms, and the policy with a quarter's money."""
    world = World(load_region("testbed"))
    world.firms.add(origin_keys("firm", 0, 0, np.arange(3)))
    policy = GoldCollar(**changes).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    world.begin_quarter(START)
    policy.appropriate(account)
    return world, policy, account


@pytest.mark.parametrize(("strength", "budget", "places"), [(1.0, 400.0, 100.0), (0.5, 400.0, 50.0), (1.0, 0.4, 10.0)])
def test_offers_the_places_that_it_can_pay_for(strength, budget, places):
    world, policy, account = district(places=400, course=0.008, allowance=0.002, strength=strength, budget=budget)
    levers = Levers()
    policy.announce(world, levers, account)
    assert levers.training_places.value() == pytest.approx(places)
    assert levers.training_award.on(world.firm_view(world.firms.live)) == pytest.approx(0.01)


def test_pays_trainers_for_each_trainee_and_employers_that_still_live():
    world, policy, account = district(course=0.01, allowance=0.004, budget=4.0)
    keys = world.firms.key[[0, 0, 1, 2]]
    world.lock(False)
    world.firms.remove(np.array([2]))
    world.records.table("training", person_key=np.arange(4), firm_key=keys)
    policy.settle(world, world.records, account)
    assert world.firms.cash[:2] == pytest.approx([0.008, 0.004])
    assert world.ledger.sum_of("training", "district", "households") == pytest.approx(0.04)
    assert account.paid == pytest.approx(0.052)


def test_trains_skilled_workers_of_eligible_firms_only_and_makes_their_firms_better():
    changes = {"places": 1e5, "budget": 4e3, "gain": 0.3, "eligible.tiers": [3, 4]}
    with_policy, without = twins("gold_collar", scale=0.1, **changes)
    t, f = with_policy.world.talent, with_policy.world.firms
    rows = t.rows_of(with_policy.world.records.column("training", "person_key").astype(np.int64))
    assert (t.skill[rows] == SKILLED).all()
    assert 0 < len(rows) < with_policy.world.records.flows["trained"]
    there = rows[t.employer_kind[rows] == FIRM]
    assert (f.best_tier[t.employer[there]] >= 3).all()
    twin = without.world.talent.rows_of(t.key[rows])
    rows, twin = rows[twin >= 0], twin[twin >= 0]
    more = [mine[rows] - theirs[twin] for mine, theirs in
            ((t.ability, without.world.talent.ability), (t.trained, without.world.talent.trained))]  # fmt: skip
    assert more[0] == pytest.approx(more[1])
    assert (more[1] > 0.0).all()
    hosts = np.unique(f.key[t.employer[there]])
    unit_cost = [m.world.firms.unit_cost[m.world.firms.rows_of(hosts)].mean() for m in (with_policy, without)]
    assert unit_cost[0] < unit_cost[1]


def test_many_of_its_courses_would_have_been_held_anyway():
    with_policy, without = twins("gold_collar", scale=0.2)
    paid = len(with_policy.world.records.column("training", "person_key"))
    added = with_policy.world.records.flows["trained"] - without.world.records.flows["trained"]
    assert 0 < added < 0.6 * paid
    spent = [m.world.records["training_cost"].sum() for m in (with_policy, without)]
    assert spent[0] < spent[1]


def test_courses_end_with_the_policy_and_what_was_learnt_is_forgotten_slowly():
    model = walk(simulation.Ecosystem(policy_scenario("gold_collar", end="2023Q1", gain=0.3), rng=2), START + 1)
    rows = model.world.talent.rows_of(model.world.records.column("training", "person_key").astype(np.int64))
    keys, learnt = model.world.talent.key[rows], model.world.talent.trained[rows].sum()
    walk(model, 2)
    assert list(model.world.ledger.account("gold_collar").paid_by_quarter) == [START]
    assert not model.levers.training_places.active
    left = model.world.talent.rows_of(keys)
    assert 0.75 * learnt < model.world.talent.trained[left[left >= 0]].sum() < learnt
