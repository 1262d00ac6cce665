"""Doubling of technology firms: awards once for each rung, more applications, and more relabelling near thresholds."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.tech_firm_doubling import TechFirmDoubling
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World

VALUES = {"listing_award": 0.1, "certificate_award": 0.4, "leader_award": 2.0, "consulting": 0.5}


def district(best, **changes):
    """Firms with a best rung so far, the policy and its account after one appropriation."""
    world = World(load_region("testbed"))
    world.firms.add(origin_keys("firm", 0, 0, np.arange(len(best))), best_tier=best, tier=best)
    policy = TechFirmDoubling(**{"budget": 400.0, **VALUES, **changes}).bound(world.region, world.scale)
    account = world.ledger.account(policy.name)
    world.begin_quarter(START)
    policy.appropriate(account)
    return world, policy, account


def titles(world, best, tier):
    world.records.table("titles", firm_key=world.firms.key[world.firms.live], tier=np.array(best),
                        best=np.array(best), reached=np.array(tier))


def test_only_firms_that_never_stood_on_a_rung_may_expect_its_award():
    world, policy, account = district(best=[1, 2, 3, 4])
    levers = Levers()
    account.payout_ratio = 0.5
    policy.announce(world, levers, account)
    view = world.firm_view(world.firms.live)
    assert levers.listing_award.on(view) == pytest.approx([0.05, 0.0, 0.0, 0.0])
    assert levers.certificate_award.on(view) == pytest.approx([0.2, 0.2, 0.0, 0.0])
    assert levers.dossier_support.on(view) == pytest.approx([0.25, 0.25, 0.0, 0.0])


def test_pays_each_rung_once_and_help_with_first_applications_of_the_eligible():
    world, policy, account = district(best=[1, 1, 2, 3, 1], eligible=Eligibility(tiers=(1, 2, 3)))
    titles(world, [1, 1, 2, 3, 1], [2, 3, 3, 4, 4])
    world.records.table("applications", firm_key=world.firms.key[:3], cost=np.full(3, 0.2), tier=np.array([1, 3, 4]),
                        best=np.array([1, 3, 2]))
    policy.settle(world, world.records, account)
    assert world.firms.cash[:5] == pytest.approx([0.2, 0.4, 0.4, 2.0, 2.4])
    assert world.ledger.sum_of("title_award", "district", "firms") == pytest.approx(account.paid)
    assert account.paid == pytest.approx(5.4)


def test_a_short_account_pays_all_claims_the_same_part():
    world, policy, account = district(best=[1, 1], budget=1.0)
    titles(world, [1, 1], [3, 3])
    policy.settle(world, world.records, account)
    assert account.payout_ratio == pytest.approx(0.25 / 0.8)
    assert world.firms.cash[:2] == pytest.approx([0.125, 0.125])
    assert account.balance == pytest.approx(0.0)


def test_an_award_brings_applications_and_titles_that_would_not_have_come_and_takes_none_away():
    generous = {"listing_award": 1.0, "certificate_award": 5.0, "consulting": 0.9, "budget": 500.0}
    with_policy, without = twins("tech_firm_doubling", scale=0.3, **generous)
    tiers = []
    for model in (with_policy, without):
        f = model.world.firms
        tiers.append(dict(zip(f.key[f.live].tolist(), f.tier[f.live].tolist(), strict=True)))
    common = [key for key in tiers[0] if key in tiers[1]]
    assert all(tiers[0][key] >= min(tiers[1][key], 3) for key in common)
    assert sum(tiers[0][key] > tiers[1][key] for key in common) > 0


def test_a_large_award_makes_firms_report_more_than_they_do():
    with_policy, without = twins("tech_firm_doubling", scale=0.3, certificate_award=5.0, budget=500.0)
    relabelled = [model.world.records.flows["rd_relabelled"] for model in (with_policy, without)]
    assert relabelled[0] > relabelled[1] > 0.0


def test_awards_end_with_the_policy():
    model = walk(simulation.Ecosystem(policy_scenario("tech_firm_doubling", end="2023Q2"), rng=2), START + 4)
    assert max(model.world.ledger.account("tech_firm_doubling").paid_by_quarter) == START + 1
    assert not model.levers.certificate_award.active
