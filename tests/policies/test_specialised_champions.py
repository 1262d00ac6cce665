"""Specialised champions: the award draws applicants, support reaches champions only, and what it pays adds up."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.specialised_champions import SpecialisedChampions
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World


def district(champion, **changes):
    """Firms with and without the title that report four million, and the policy with money."""
    world = World(load_region("testbed"))
    world.firms.add(origin_keys("firm", 0, 0, np.arange(len(champion))), champion=champion, rd_reported=4.0, tier=3)
    policy = SpecialisedChampions(**{"budget": 400.0, **changes}).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    world.begin_quarter(START)
    policy.appropriate(account)
    return world, policy, account


def test_support_is_for_champions_and_the_award_for_all_who_may_become_one():
    world, policy, account = district([True, False], award=0.4, rate=0.1, focus=0.2)
    levers = Levers()
    account.payout_ratio = 0.5
    policy.announce(world, levers, account)
    view = world.firm_view(world.firms.live)
    assert levers.focus_support.on(view) == pytest.approx([0.1, 0.0])
    assert levers.rd_subsidy_rate.on(view) == pytest.approx([0.05, 0.0])
    assert levers.champion_award.on(view) == pytest.approx([0.2, 0.2])


def test_pays_new_champions_an_award_and_all_champions_their_share():
    world, policy, account = district([True, True, False], award=0.4, rate=0.1, advice=0.2)
    world.records["champions_new"] = world.firms.key[[1]]
    policy.settle(world, world.records, account)
    assert world.firms.cash[:3] == pytest.approx([0.4, 0.8, 0.0])
    assert world.ledger.sum_of("champion_support", "district", "households") == pytest.approx(2 * 0.05)
    assert account.paid == pytest.approx(1.3)


def test_firms_and_advisers_share_a_short_account_alike():
    world, policy, account = district([True], award=0.0, rate=0.1, advice=1.6, budget=1.6)
    policy.settle(world, world.records, account)
    assert account.payout_ratio == pytest.approx(0.5)
    assert world.firms.cash[0] == pytest.approx(0.2)
    assert world.ledger.sum_of("champion_support", "district", "households") == pytest.approx(0.2)


def test_the_ineligible_get_nothing():
    world, policy, account = district([True], eligible=Eligibility(tiers=(4,)))
    policy.settle(world, world.records, account)
    assert account.paid == 0.0


def test_an_award_brings_champions_and_focus_moves_their_knowledge():
    changes = {"award": 20.0, "rate": 0.0, "focus": 0.9, "budget": 900.0}
    with_policy, without = twins("specialised_champions", quarters=START + 3, scale=0.3, **changes)
    champions = [model.world.firms.champion[model.world.firms.live].sum() for model in (with_policy, without)]
    assert champions[0] > champions[1]
    f, g = with_policy.world.firms, without.world.firms
    rows = f.live[f.champion[f.live]]
    other = g.rows_of(f.key[rows])
    rows, other = rows[other >= 0], other[other >= 0]
    weights = with_policy.world.region.field_weights[f.industry[rows]]
    change = f.knowledge[rows] - g.knowledge[other]
    main, unused = weights == weights.max(axis=1, keepdims=True), weights < 0.1 * weights.max(axis=1, keepdims=True)
    assert change[main].mean() > 0.0
    assert change[unused].mean() < change[main].mean()


def test_support_ends_with_the_policy():
    model = walk(simulation.Ecosystem(policy_scenario("specialised_champions", end="2023Q2"), rng=2), START + 4)
    paid = model.world.ledger.account("specialised_champions").paid_by_quarter
    assert max(paid) == START + 1
    assert not model.levers.focus_support.active
