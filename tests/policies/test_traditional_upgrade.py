"""Upgrading: co-pays what traditional firms spent, marginal firms invest more, the rest take the money."""

import numpy as np
import pytest
from twin_worlds import START, rows_of_both, twins

from simulation.levers import Levers
from simulation.policies.traditional_upgrade import TraditionalUpgrade
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.space.region import load_region
from simulation.world import World

REGION = load_region("testbed")
TRADITIONAL = REGION.industries.group.index("traditional")


def paid_for_adoption(model, rows):
    keys, cost = model.world.records["digital_adoptions"]
    by_key = dict(zip(keys.tolist(), cost.tolist(), strict=True))
    return np.array([by_key.get(key, 0.0) for key in model.world.firms.key[rows].tolist()])


def test_pays_its_shares_to_eligible_traditional_firms_that_invested():
    world = World(REGION)
    world.firms.add(
        origin_keys("firm", 0, 0, np.arange(4)), industry=[TRADITIONAL, TRADITIONAL, 0, TRADITIONAL],
        investment=[10.0, 0.0, 10.0, 10.0], sales_year=[50.0, 50.0, 50.0, 5.0],
    )
    world.begin_quarter(START)
    world.lock(False)
    world.records["digital_adoptions"] = (world.firms.key[1:3].copy(), np.array([2.0, 2.0]))
    policy = TraditionalUpgrade(equipment_share=0.1, adoption_share=0.3, eligible=Eligibility(size={"low": 20.0}))
    policy = policy.bound(REGION, 1.0)
    account, levers = world.ledger.account(policy.name), Levers()
    account.appropriate(100.0)
    policy.announce(world, levers, account)
    view = world.firm_view(np.arange(4))
    assert levers.equipment_subsidy.on(view) == pytest.approx([0.1, 0.1, 0.0, 0.0])
    assert levers.digital_subsidy.on(view) == pytest.approx([0.3, 0.3, 0.0, 0.0])
    policy.settle(world, world.records, account)
    assert world.firms.cash[:4] == pytest.approx([1.0, 0.6, 0.0, 0.0])
    assert not world.firms.support[:4].any()  # equipment is no income
    assert world.ledger.sum_of("upgrading", "district", "firms") == pytest.approx(account.paid)


def test_reached_firms_invest_more_than_their_twins_and_much_is_paid_for_what_they_do_anyway():
    changes = {"budget": 5000.0, "equipment_share": 0.06, "eligible.size.low": 0.0}
    with_policy, without = twins("traditional_upgrade", START + 1, 0.3, **changes)
    mine, theirs = rows_of_both(with_policy, without)
    f, g = with_policy.world.firms, without.world.firms
    reached = np.array(with_policy.world.region.industries.group)[f.industry[mine]] == "traditional"
    invested, without_it = f.investment[mine], g.investment[theirs]
    more = invested - without_it
    # Most that differ invest more; now and then a bank refuses the larger loan that a larger plan needs.
    assert (more[reached] > 0.0).sum() > 10 * (more[reached] < 0.0).sum()
    assert not more[~reached].any()
    assert np.minimum(invested, without_it)[reached].sum() > 0.4 * invested[reached].sum()
    paid = 0.06 * invested[reached].sum() + 0.25 * paid_for_adoption(with_policy, mine[reached]).sum()
    assert with_policy.world.ledger.sum_of("upgrading", "district", "firms") == pytest.approx(paid)
