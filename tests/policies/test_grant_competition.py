"""Grant competition: who may apply, who wins, what is paid, and what winners do with it."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, rows_of_both, twins, walk

import simulation
from simulation.draws import Draws
from simulation.levers import Levers
from simulation.policies.grant_competition import GrantCompetition
from simulation.policy import Eligibility
from simulation.populations.columns import origin_keys
from simulation.processes.research import PARAMETERS, calls
from simulation.space.region import load_region
from simulation.world import World

CALL = START + 3


@pytest.fixture
def world():
    """A district of four hundred firms that differ in quality."""
    district = World(load_region("testbed"))
    quality = np.linspace(-2.0, 2.0, 400)
    district.firms.add(origin_keys("firm", 0, 0, np.arange(400)), tier=2, quality=quality, cash=1.0, sales=1.0)
    district.begin_quarter(CALL)
    district.lock(False)
    return district


def held(world, money=20.0, **changes):
    """Return the policy and its account after a call."""
    policy = GrantCompetition(**changes).bound(world.region, world.scale)
    account, levers, draws = world.ledger.account("grant_competition"), Levers(), Draws(7)
    draws.quarter = CALL
    account.appropriate(money)
    policy.announce(world, levers, account)
    calls.hold(world, levers, draws, world.firms.live, PARAMETERS())
    return policy, account


def winners(world):
    grants = world.records.tables["grants"]
    return world.firms.rows_of(grants["firm_key"][grants["won"]])


def test_as_many_win_as_the_money_pays_for(world):
    policy, account = held(world, money=20.5, size=1.0)
    assert len(winners(world)) == 20
    policy.settle(world, world.records, account)
    assert account.paid == pytest.approx(20.0)
    assert world.firms.cash[winners(world)] == pytest.approx(2.0)
    assert world.firms.grants.sum() == 20
    world.end_quarter()


def test_a_clean_panel_picks_better_firms_and_a_bought_one_does_not():
    chosen = {}
    for integrity in (1.0, 0.0):
        district = World(load_region("testbed"))
        district.firms.add(origin_keys("firm", 0, 0, np.arange(400)), tier=2, quality=np.linspace(-2.0, 2.0, 400))
        district.begin_quarter(CALL)
        district.lock(False)
        held(district, money=40.0, integrity=integrity)
        chosen[integrity] = district.firms.quality[winners(district)].mean()
    assert chosen[1.0] > 0.8
    assert abs(chosen[0.0]) < 0.5


def test_the_misused_share_is_not_bound_to_research(world):
    held(world, misuse=0.25, size=2.0)
    assert world.firms.grant_left[winners(world)] == pytest.approx(1.5)


def test_nobody_wins_more_often_than_allowed(world):
    world.firms.grants[:200] = 2
    held(world, money=100.0, most=2)
    assert winners(world).min() >= 200


def test_only_the_eligible_apply(world):
    world.firms.tier[:300] = 4
    held(world, money=100.0, eligible=Eligibility(tiers=(1, 2, 3)))
    rows = world.firms.rows_of(world.records.tables["grants"]["firm_key"])
    assert rows.min() >= 300


def test_there_is_no_call_between_two_calls(world):
    policy = GrantCompetition(interval=4).bound(world.region, world.scale)
    account, levers = world.ledger.account("grant_competition"), Levers()
    account.appropriate(10.0)
    world.quarter = CALL - 1
    policy.announce(world, levers, account)
    assert not levers.grant_number.active


def test_ample_cash_lets_a_grant_replace_own_research():
    p = PARAMETERS(grant_fungible=0.5, liquidity_buffer=0.25, smallest_base=0.3)
    replaced = calls.replaced(np.full(3, 0.2), np.full(3, 4.0), np.array([0.0, 0.5, 9.0]), p)
    assert replaced == pytest.approx([0.0, 0.05, 0.1])


def test_a_firm_spends_a_share_of_what_is_left_within_its_cash():
    p = PARAMETERS(grant_pace=0.3)
    assert calls.spending(np.array([1.0, 1.0, 0.0]), np.array([5.0, 0.1, 5.0]), p) == pytest.approx([0.3, 0.1, 0.0])


def test_zero_strength_changes_no_bit():
    with_policy, without = twins("grant_competition", quarters=CALL + 2, strength=0.0)
    for table in without.world.tables:
        other = getattr(with_policy.world, table.name)
        for column, values in table.arrays.items():
            assert np.array_equal(values, other.arrays[column], equal_nan=values.dtype.kind == "f"), column
    assert with_policy.world.ledger.account("grant_competition").paid == 0.0


def test_winners_do_more_research_than_their_twins():
    changes = {"budget": 400.0, "integrity": 1.0, "misuse": 0.0}
    model = walk(simulation.Ecosystem(policy_scenario("grant_competition", scale=0.1, **changes), rng=2), CALL + 1)
    won = model.world.firms.key[winners(model.world)]
    assert len(won) >= 20
    walk(model, 2)
    _, without = twins("grant_competition", quarters=CALL + 3, scale=0.1)
    rows, twin_rows = rows_of_both(model, without)
    mine = np.isin(model.world.firms.key[rows], won)
    more = model.world.firms.rd_stock[rows] - without.world.firms.rd_stock[twin_rows]
    assert more[mine].mean() > 0.1
    assert abs(more[~mine].mean()) < 0.02
