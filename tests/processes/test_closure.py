"""Closing of firms: owners' rules by hand, and what happens to debts, owners and staff."""

import numpy as np
import pytest
from firms_that_come_and_go import P, run, small_world

from simulation.populations.talent import NO_EMPLOYER
from simulation.processes.demography import closure


def test_owners_trust_what_they_have_seen_more_with_age():
    trust = closure.certainty(np.array([0.0, 1.5, 1e9]), 1.5)
    expected = closure.expected_margin(np.full(3, -0.1), 0.06, trust)
    assert expected == pytest.approx([0.06, -0.02, -0.1])


def test_owners_count_research_as_an_investment_and_their_own_work_as_a_cost():
    margin = closure.economic_margin(np.full(3, -0.1), np.array([0.0, 0.1, -0.1]), np.full(3, 4.0), 0.08)
    assert margin == pytest.approx([-0.12, -0.02, -0.22])


def test_a_founder_on_the_payroll_is_no_cost_twice():
    world = small_world()
    t = world.talent
    t.founded[[3, 4]], t.since[[3, 4]] = True, [-20, -1]  # the other one founded a firm elsewhere before
    assert np.flatnonzero(closure.owner_on_payroll(world)).tolist() == [3]
    left = {}
    for paid in (False, True):
        world = small_world()
        f, rows = world.firms, world.firms.live
        f.margin[rows], f.sales[rows], f.sales_year[rows] = -0.03, 0.25, 1.0
        world.talent.founded[:40] = paid
        world.talent.since[:40] = -20
        for quarter in range(1, 5):
            run(world, quarter, background_candidates=0.0, idea_rate=0.0, retiring=0.0, closing_rate=1.0)
        left[paid] = len(world.firms.live)
    assert left[True] > left[False] > 0


def test_who_asks_less_for_the_own_work_keeps_a_firm_longer():
    left = {}
    for asked in (0.4, 1.0):
        world = small_world()
        f, rows = world.firms, world.firms.live
        f.margin[rows], f.sales[rows], f.sales_year[rows] = 0.01, 0.25, 1.0
        for quarter in range(1, 5):
            run(world, quarter, background_candidates=0.0, idea_rate=0.0, retiring=0.0, closing_rate=1.0,
                own_work=asked)
        left[asked] = len(world.firms.live)
    assert left[0.4] > left[1.0]


def test_a_start_up_that_spends_on_research_is_closed_less_than_one_that_loses_as_much():
    left = {}
    for invested in (0.0, 0.15):
        world = small_world()
        f, rows = world.firms, world.firms.live
        f.born[rows], f.margin[rows], f.sales[rows], f.sales_year[rows] = -8, -0.15, 1.0, 4.0
        f.rd_invested[rows] = invested
        for quarter in range(1, 5):
            run(world, quarter, background_candidates=0.0, idea_rate=0.0, retiring=0.0, closing_rate=1.0)
        left[invested] = len(world.firms.live)
    assert left[0.15] > left[0.0]


def test_owners_close_for_lasting_losses_and_wait_while_there_is_cash_and_doubt():
    margin, asked = np.array([-0.05, -0.05, -0.05, 0.0]), np.full(4, -0.02)
    runway = np.array([0.0, P.waiting, np.inf, 0.0])
    p = P.model_copy(update={"retiring": 0.0})
    unsure = closure.closing_chance(margin, asked, runway, np.zeros(4), np.ones(4), p)
    assert unsure == pytest.approx([P.closing_rate, P.closing_rate / 2, 0.0, 0.0])
    sure = closure.closing_chance(margin, asked, runway, np.ones(4), np.ones(4), p)
    assert sure == pytest.approx([P.closing_rate] * 3 + [0.0])


def test_cash_covers_losses_and_the_owners_living():
    profit, cash = np.array([-0.1, 0.0, 0.025]), np.full(3, 1.0)
    assert closure.runway(profit, cash, 0.1) == pytest.approx([8.0, 40.0, np.inf])


def test_owners_of_small_firms_stop_more_often():
    chance = closure.closing_chance(
        np.full(2, 0.3), np.zeros(2), np.full(2, np.inf), np.zeros(2), np.array([0.0, P.retiring_size]), P
    )
    assert chance == pytest.approx([P.retiring, P.retiring / 2])


def test_owners_of_large_firms_ask_no_more_of_them_than_a_wage_could_give():
    taste, sales = np.array([0.0, 1.0, -1.0]), np.array([1.0, 10.0, 1000.0])
    assert closure.margin_asked(np.zeros(3), sales, P) == pytest.approx([P.hopeless] * 3)
    spread = np.array([P.hope_spread, P.owner_income / 10.0, P.owner_income / 1000.0])
    assert spread[0] > spread[1] > spread[2]
    assert closure.margin_asked(taste, sales, P) - P.hopeless == pytest.approx(spread * taste)


def test_an_owner_who_is_content_with_little_stays_so():
    world = small_world()
    f, rows = world.firms, world.firms.live
    f.sales[rows], f.sales_year[rows] = 0.25, 1.0
    f.margin[rows] = P.hopeless + P.own_work * P.owner_income  # what half of owners ask for
    keys = set(f.key[rows].tolist())
    left = []
    for quarter in range(1, 9):
        run(world, quarter, background_candidates=0.0, idea_rate=0.0, retiring=0.0, closing_rate=1.0, learning=0.0)
        left.append(len(keys & set(f.key[f.live].tolist())))
    assert 10 < left[0] < 30
    assert left[-1] == left[0]


def test_only_owners_who_can_repay_may_close():
    able = closure.solvent(np.array([1.0, 1.0, -0.2]), np.array([1.3, 1.4, 0.0]), np.array([1.0, 1.0, 0.4]), 0.35)
    assert able.tolist() == [True, False, False]


def test_defaulted_firms_close_and_free_their_staff():
    world = small_world()
    world.firms.defaulted[5] = True
    world.firms.cash[5] = 0.0
    run(world, background_candidates=0.0, idea_rate=0.0, retiring=0.0)
    assert not world.firms.alive[5]
    assert world.records.flows["firm_defaults"] == 1
    assert (world.talent.employer_kind[:200] == NO_EMPLOYER).sum() == 5


def test_a_hopeless_firm_repays_its_bank_before_the_owners_get_the_rest():
    world = small_world()
    f = world.firms
    bank, fund = world.funds.key[:2]
    world.loans.append(firm=f.key[[3]], bank=np.array([bank]), principal=np.array([0.8]))
    world.holdings.append(fund=np.array([fund]), firm=f.key[[3]], share=np.array([0.25]), amount=np.array([1.0]))
    f.debt[3] = world.funds.loan_book[0] = 0.8
    f.margin[:] = 0.5
    f.margin[3], f.cash[3], f.capital[3] = -0.5, 0.9, 1.0
    run(world, background_candidates=0.0, idea_rate=0.0, retiring=0.0, closing_rate=1.0)
    assert not f.alive[3]
    assert world.ledger.sum_of("loan_repayment") == pytest.approx(0.8)
    assert world.ledger.sum_of("liquidation", "firms", "funds") == pytest.approx(0.25 * (0.9 + 0.35 - 0.8))
    assert world.ledger.sum_of("closure_payout") == pytest.approx(0.75 * (0.9 + 0.35 - 0.8))
    assert world.funds.returned[1] == pytest.approx(0.25 * 0.45)
    assert len(world.loans) == 0


def test_a_firm_that_is_wound_up_closes_without_a_default_if_it_can_settle():
    world = small_world()
    f = world.firms
    f.margin[:] = 0.5
    f.cash[[4, 6]], f.capital[[4, 6]] = -0.3, [1.0, 0.1]
    rules = {"background_candidates": 0.0, "idea_rate": 0.0, "retiring": 0.0, "closing_rate": 0.0}
    run(world, noted={"wound_up": np.array([4, 6])}, **rules)
    assert f.alive[[4, 6]].tolist() == [False, True]
    assert (world.records.flows["firm_closures"], world.records.flows["firm_defaults"]) == (1, 0)
    assert world.ledger.sum_of("capital_sale") == pytest.approx(P.resale * 1.0)
    assert world.ledger.sum_of("closure_payout") == pytest.approx(P.resale * 1.0 - 0.3)


def test_few_values_are_found_among_many():
    assert closure.among(np.array([5, 1, 9, 3]), np.array([9, 5])).tolist() == [True, False, True, False]
    assert closure.among(np.array([5, 1]), np.array([], dtype=np.int64)).tolist() == [False, False]
