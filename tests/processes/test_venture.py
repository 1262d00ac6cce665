"""Venture capital: rules by hand, directions, and a small district that must balance its books."""

from types import SimpleNamespace

import numpy as np
import pytest

from simulation.draws import Draws
from simulation.levers import Levers
from simulation.populations.columns import origin_keys
from simulation.populations.funds import ANGEL, SUB_FUND, VENTURE
from simulation.populations.talent import FUND, NO_EMPLOYER
from simulation.processes.venture import fund_raising, offices, portfolio, rounds, stakes
from simulation.processes.venture import process as venture
from simulation.space.region import load_region
from simulation.world import World

P = venture.VentureParameters().quarterly()


def parameters(**changes):
    """Quarterly parameters with some changed."""
    return SimpleNamespace(**{**vars(P), **changes}) if isinstance(P, SimpleNamespace) else P.model_copy(update=changes)


def district(firms=150, funds=16, seed=3, **fund_values):
    """A world of young technology firms and funds that have drawn half of their capital."""
    world = World(load_region("testbed"))
    chance = np.random.default_rng(seed)
    sales = np.exp(chance.normal(1.5, 1.0, firms))
    industries = len(world.region.industries.name)
    world.firms.add(
        origin_keys("firm", 0, 0, np.arange(firms)),
        industry=chance.integers(0, industries, firms),
        cell=0,
        born=-chance.integers(0, 20, firms),
        sales=sales / 4,
        sales_year=sales,
        rd_intensity=0.06,
        rd_spend=0.015 * sales,
        rd_stock=0.06 * sales,
        tier=2,
        margin=0.05,
        profit=0.0125 * sales,
        quality=chance.normal(size=firms),
    )
    values = {
        "kind": VENTURE,
        "born": -chance.integers(0, 16, funds),
        "ends": 30,
        "committed": 150.0,
        "drawn": 75.0,
        "invested": 40.0,
        "stage_preference": 2.0,
        "thesis": np.full((funds, industries), 1.0 / industries),
    }
    rows = world.funds.add(origin_keys("fund", 0, 0, np.arange(funds)), **{**values, **fund_values})
    world.funds.cash[rows] = 35.0
    return world


def run(world, quarters, levers=None, seed=1, p=P, each=None):
    """Run venture alone under the guard, from the world's next quarter; return the flows of each quarter."""
    draws, flows = Draws(seed), []
    world.lock(True)
    for quarter in quarters:
        draws.quarter = quarter
        world.begin_quarter(quarter)
        with world.writing(venture.WRITES):
            venture.step(world, levers or Levers(), draws, p)
        if each:
            each(world)
        assert world.end_quarter() < 1e-9
        assert world.invariants() == []
        flows.append(world.records.flows)
    world.lock(False)
    return flows


def total(flows, name):
    """Sum of a flow over quarters."""
    return sum(f.get(name, 0.0) for f in flows)


# rules by hand


def test_a_firm_is_worth_its_sales_times_the_multiple_plus_intangibles_and_net_cash():
    p = parameters(revenue_multiple=2.0, growth_horizon=3.0, margin_weight=2.0, intangible_weight=0.5, value_floor=0.5)
    value = portfolio.equity_value(*map(np.array, ([10.0], [0.1], [0.05], [4.0], [1.0], [3.0])), p)
    assert value == pytest.approx([20.0 * np.exp(0.4) + 2.0 + 1.0 - 3.0])


def test_a_heavily_indebted_firm_keeps_a_small_positive_value():
    value = portfolio.equity_value(*map(np.array, ([10.0], [0.0], [0.0], [0.0], [0.0], [100.0])), P)
    assert value == pytest.approx([P.value_floor + 0.05 * P.revenue_multiple * 10.0])


def test_growth_raises_value_more_than_in_proportion():
    slow, fast = portfolio.equity_value(
        *(np.array(a) for a in ([8.0, 8.0], [0.0, 0.2], [0, 0], [0, 0], [0, 0], [0, 0])), P
    )
    assert fast / slow > np.exp(0.2)


def test_expected_quality_shrinks_a_noisy_signal():
    assert portfolio.expected_quality(np.array([1.0, 1.0]), np.array([0.0, 2.0])) == pytest.approx([1.0, 0.2])


def test_noise_falls_with_skill_staff_and_record_and_rises_with_distance():
    base = {"skill": 0.0, "finance_staff": 0.0, "distance_factor": 1.0, "record": 0.0}
    noise = {"base": portfolio.screening_noise(**base, p=P)}
    for name, value in (("skill", 1.0), ("finance_staff", 5.0), ("distance_factor", 1.8), ("record", 1.0)):
        noise[name] = portfolio.screening_noise(**{**base, name: value}, p=P)
    assert noise["base"] == pytest.approx(P.signal_noise)
    assert max(noise["skill"], noise["finance_staff"], noise["record"]) < noise["base"] < noise["distance_factor"]


def test_blame_falls_on_early_stages_of_unprotected_public_money_only():
    stage, share, tolerance = np.array([1, 3, 1, 1]), np.array([0.3, 0.3, 0.3, 0.0]), np.array([0.0, 0.0, 1.0, 0.0])
    assert portfolio.blame(stage, share, tolerance, P) == pytest.approx([P.blame_weight, 0.0, 0.0, 0.0])


def test_duty_shortfall_compares_with_the_time_that_has_passed():
    shortfall = portfolio.duty_shortfall(
        np.array([0.0, 30.0, 60.0, 5.0]), np.array([60.0, 60.0, 60.0, 0.0]), np.array([0.5, 1.0, 1.0, 1.0])
    )
    assert shortfall == pytest.approx([0.5, 0.5, 0.0, 0.0])


def test_funds_finance_the_best_first_until_the_allowance_is_used_up():
    fund, score = np.array([0, 0, 0, 1, 1]), np.array([1.0, 3.0, 2.0, 1.0, 2.0])
    chosen = portfolio.affordable(fund, score, np.array([4.0, 4.0, 4.0, 5.0, 9.0]), np.array([8.0, 10.0]))
    assert chosen.tolist() == [False, True, True, False, True]


def test_a_firm_takes_its_best_offer():
    assert portfolio.best_offer(np.array([0, 0, 2]), np.array([1.0, 2.0, 0.5]), 3).tolist() == [1, -1, 2]


def test_redemption_adds_the_agreed_interest():
    assert portfolio.redemption_claim(np.array([10.0]), np.array([2]), 0.1) == pytest.approx([12.1])


def test_several_claims_on_one_firm_share_its_cash():
    paid = portfolio.paid_from_cash(np.array([1, 1, 2]), np.array([3.0, 1.0, 2.0]), np.array([9.0, 2.0, 5.0]))
    assert paid == pytest.approx([1.5, 0.5, 2.0])


def test_managers_share_only_what_exceeds_the_capital():
    carry = portfolio.carried_interest(
        np.array([10.0, 10.0, 10.0]), np.array([0.0, 95.0, 200.0]), np.full(3, 100.0), 0.2
    )
    assert carry == pytest.approx([0.0, 1.0, 2.0])


def test_a_young_fund_with_write_offs_publishes_more_than_its_books():
    p = parameters(prior_multiple=1.5, prior_weight=0.5)
    assert portfolio.published_multiple(np.array([5.0]), np.array([20.0]), np.array([100.0]), p) == pytest.approx(
        [80.0 / 70.0]
    )


def test_volatility_starts_at_the_prior_and_moves_to_what_is_seen():
    p = parameters(volatility_prior=0.3, volatility_weight=50.0)
    assert portfolio.measured_volatility(None, p) == pytest.approx(0.3)
    assert portfolio.measured_volatility((0.01 * 5000, 5000.0), p) == pytest.approx(np.sqrt((4.5 + 50.0) / 5050.0))


def test_funds_distribute_proceeds_then_spare_cash_and_at_the_end_everything():
    p = parameters(fee=0.005)
    payout = portfolio.distribution(
        cash=np.array([30.0, 30.0, 30.0, 30.0]),
        net_proceeds=np.array([10.0, 10.0, 10.0, 0.0]),
        committed=np.full(4, 100.0),
        angel=np.array([False, False, True, False]),
        investing=np.array([True, False, False, False]),
        finished=np.array([False, False, False, True]),
        p=p,
    )
    assert payout == pytest.approx([10.0, 29.0, 0.0, 30.0])


def test_an_anchor_fills_a_gap_but_takes_room_in_a_full_fund():
    p = parameters(closing_share=0.8, hard_cap=1.0, duty_aversion=0.0)
    interest = np.array([0.6, 0.6, 1.2, 1.2])
    closed, private = fund_raising.closing(interest, np.array([0.0, 0.3, 0.0, 0.3]), 0.0, p)
    assert closed.tolist() == [False, True, True, True]
    assert private == pytest.approx([0.6, 0.6, 1.0, 0.7])


def test_a_duty_puts_some_private_investors_off():
    free, bound = (fund_raising.closing(np.array([0.6]), np.array([0.25]), duty, P)[1] for duty in (0.0, 2.0))
    assert bound < free


def test_private_interest_rises_with_past_returns():
    low, high = (fund_raising.private_interest(np.zeros(1), np.zeros(1), past, P) for past in (1.0, 2.0))
    assert high / low == pytest.approx(2.0**P.return_sensitivity)


def test_a_blamed_public_investor_picks_safe_names_and_a_protected_one_early_stages():
    interest, stage = np.array([0.5, 1.0]), np.array([1.5, 2.5])
    blamed, protected = (fund_raising.anchor_choice(interest, stage, np.zeros(2), t) for t in (0.0, 1.0))
    assert blamed[1] > blamed[0]
    assert protected[0] > protected[1]


def test_the_anchor_never_promises_more_than_its_money():
    chosen = fund_raising.anchored(
        np.array([10.0, 20.0, 5.0]), np.array([3.0, 2.0, 9.0]), np.array([True, True, False]), 25.0
    )
    assert chosen.tolist() == [True, False, False]


def test_all_stakes_in_a_firm_leave_together():
    assert stakes.along(np.array([4, -1, 4, 2]), np.array([True, False, False, False]), 5).tolist() == [
        True,
        False,
        True,
        False,
    ]


def test_the_next_round_follows_the_last_or_the_size():
    assert rounds.round_stage(np.array([0, 0, 1, 3]), np.array([1.0, 50.0, 1.0, 1.0])).tolist() == [1, 3, 2, 3]


def test_real_offices_of_the_fund_town_stand_in_its_zone():
    region = load_region("nanhu")
    town, luck = region.zone_mask("finance"), np.linspace(0.001, 0.999, 200)
    assert town[fund_raising.office_cells(region, luck, np.full(200, True))].all()
    assert not town[fund_raising.office_cells(region, luck, np.full(200, False))].all()


def test_money_needed_is_the_plan_less_cash():
    p = parameters(runway=4.0, plan_floor=0.1, ambition=(1.0, 2.0, 3.0))
    need = rounds.money_needed(
        np.array([2, 1]), np.array([0.3, 0.3]), np.array([-0.1, 1.0]), np.array([0.5, 0.0]), np.array([1.0, 9.0]), p
    )
    assert need == pytest.approx([4.0 * 2.0 * 0.5 + 0.5 - 1.0, 0.0])


# the market


def test_a_small_district_balances_its_books_through_the_life_of_its_funds():
    world = district()
    flows = run(world, range(45))
    assert total(flows, "venture_investment") > 0
    assert total(flows, "exits") > 50
    assert world.funds.cash[world.funds.live].min() > -1e-9


def test_the_same_seed_gives_the_same_deals_and_another_seed_does_not():
    values = [run(district(), range(6), seed=s)[-1]["venture_outside"] for s in (1, 1, 2)]
    assert values[0] == values[1] != values[2]


def test_rounds_raise_cash_stage_and_the_equity_that_funds_hold():
    world = district()
    run(world, [0], p=parameters(hurdle=-3.0, seek_rate=1.0, open_to_equity=1.0))
    f, h = world.firms, world.holdings
    backed = f.live[f.stage[f.live] > 0]
    assert len(backed) > 5
    assert f.cash[backed] == pytest.approx(f.raised[backed])
    assert f.equity_private[backed] == pytest.approx([h.share[h.firm == k].sum() for k in f.key[backed]])
    assert (f.equity_private[backed] <= P.largest_dilution + 1e-9).all()


def hold(world, firm, **values):
    """Give the first fund a stake, key 7, in a firm that was worth what its books say now."""
    stake = {"amount": 1.0, "share": 0.2, "stage": 1, "born": -8, "horizon": 30, **values}
    row = world.firms.rows_of(np.array([firm]))
    stake.setdefault("worth", float(rounds.firm_values(world, row, P)[0]) if row[0] >= 0 else 1.0)
    columns = {name: np.array([value]) for name, value in stake.items()}
    world.holdings.append(fund=world.funds.key[:1], firm=np.array([firm]), key=np.array([7]), **columns)


def test_a_mark_follows_the_books_when_there_is_no_news():
    world = district(firms=1, funds=2)
    books = rounds.firm_values(world, np.array([0]), P)[0]
    hold(world, world.firms.key[0], worth=books / 1.5, value=2.0)
    run(world, [1], p=parameters(news=0.0, open_to_equity=0.0, listing_rate=0.0))
    assert world.holdings.value[world.holdings.key == 7] == pytest.approx([3.0])


def test_a_later_round_dilutes_earlier_stakes():
    world = district(firms=1, funds=6)
    hold(world, world.firms.key[0])
    p = parameters(hurdle=-9.0, seek_rate=1.0, open_to_equity=1.0, outside_offers=0)
    run(world, [1], p=p)
    h = world.holdings
    assert h.share[h.key == 7] == pytest.approx(0.2 * (1.0 - h.share[h.key != 7]))
    assert h.worth[h.key == 7] == pytest.approx(h.worth[h.key != 7])


def test_a_stake_in_a_closed_firm_is_written_off():
    world = district(firms=3, funds=4)
    hold(world, 123456789)
    run(world, [1])
    table = world.records.tables["deals"]
    assert table["multiple"][table["exited"] & (table["key"] == 7)].tolist() == [0.0]
    assert 7 not in world.holdings.key


def test_what_a_closing_firm_paid_its_funds_counts_in_the_multiple():
    world = district(firms=3, funds=4)
    hold(world, 123456789, amount=4.0)
    world.records.table("liquidations", deal_key=np.array([7]), amount=np.array([1.0]))
    run(world, [1])
    table = world.records.tables["deals"]
    assert table["multiple"][table["key"] == 7].tolist() == [0.25]


def test_a_firm_that_cannot_be_sold_buys_its_fund_out():
    world = district(firms=1, funds=4)
    world.firms.cash[0] = 4.0
    hold(world, world.firms.key[0], amount=100.0, born=-24, horizon=0, worth=1e6)
    run(world, [1], p=parameters(exit_rate=1.0, open_to_equity=0.0))
    assert world.firms.cash[0] == pytest.approx(4.0 * (1.0 - P.redemption_cash))
    assert world.firms.stage[0] == 4
    assert world.records.flows["exits_redeemed"] == 1


def test_a_listing_takes_every_stake_in_the_firm_along():
    world = district(firms=1, funds=4)
    world.firms.tier[0], world.firms.sales_year[0], world.firms.sales[0] = 4, 2000.0, 500.0
    hold(world, world.firms.key[0], amount=600.0, horizon=90)
    run(world, [1], p=parameters(listing_rate=1.0, open_to_equity=0.0))
    assert world.records.flows["exits_listed"] == 1
    assert world.ledger.totals["exit_proceeds"].sum() > 0


def test_funds_at_the_end_of_life_pay_everything_out_close_and_free_their_people():
    world = district(firms=3, funds=3, born=-40, ends=0, drawn=150.0)
    row = world.talent.add(origin_keys("talent", 0, 0, np.arange(1)), skill=3, employer_kind=FUND, employer=1)
    run(world, range(4))
    assert not np.isin(origin_keys("fund", 0, 0, np.arange(3)), world.funds.key[world.funds.live]).any()
    assert world.talent.employer_kind[row] == NO_EMPLOYER


def test_a_fund_invests_where_its_managers_prefer():
    rates = []
    for preference in (1.0, 3.0):
        world = district(stage_preference=preference)
        run(world, range(3))
        rates.append(world.holdings.stage[world.holdings.born >= 0].mean())
    assert rates[0] < rates[1]


def test_a_reinvestment_duty_raises_the_local_share():
    shares = []
    for duty in (0.0, 4.0):
        world = district(kind=SUB_FUND, public_share=0.3, reinvestment=duty, born=0)
        run(world, range(8), p=parameters(candidates=0.0, angel_candidates=0.0))
        live = world.funds.live
        shares.append(world.funds.invested_local[live].sum() / (world.funds.invested[live].sum() - 40.0 * len(live)))
    assert shares[1] > shares[0]


def test_better_screening_picks_better_companies():
    means = []
    for noise in (0.3, 2.5):
        world = district(firms=400)
        run(world, range(6), p=parameters(signal_noise=noise, hurdle=0.2))
        means.append(world.holdings.quality[world.holdings.born >= 0].mean())
    assert means[0] > means[1]


def anchoring(money=60.0, share=0.25, duty=1.5, tolerance=0.3):
    """Levers of an anchor investor."""
    levers = Levers()
    levers.anchor_commitment.move(money)
    levers.anchor_public_share.move(share)
    levers.anchor_reinvestment.move(duty)
    levers.anchor_tolerance.move(tolerance)
    return levers


def test_more_funds_close_with_an_anchor():
    many = parameters(candidates=8.0)
    without = run(district(), range(12), p=many)
    with_anchor = run(district(), range(12), anchoring(), p=many)
    assert total(with_anchor, "funds_closed") > total(without, "funds_closed")
    assert total(without, "raised_public") == 0.0 < total(with_anchor, "raised_public") <= 60.0 * 12


def test_an_anchor_without_money_changes_nothing():
    plain, empty = district(), district()
    run(plain, range(8))
    run(empty, range(8), anchoring(money=0.0))
    assert np.array_equal(plain.funds.cash, empty.funds.cash)
    assert np.array_equal(plain.holdings.value, empty.holdings.value)


def test_the_public_part_of_a_call_is_published_and_not_taken_from_anyone_else():
    world = district(funds=4, kind=SUB_FUND, public_share=0.25, born=0)
    world.funds.cash[world.funds.live] = 0.0
    run(world, [1], p=parameters(candidates=0.0, angel_candidates=0.0))
    keys, public = world.records["public_calls"]
    private = world.ledger.totals["capital_call"].sum()
    assert len(keys) == 4
    assert public.sum() == pytest.approx(private / 3.0)


def test_angels_put_in_their_own_money_and_pay_no_fee():
    world = district(funds=5, kind=ANGEL, committed=12.0, drawn=6.0, invested=4.0, stage_preference=1.0)
    world.funds.cash[world.funds.live] = 2.0
    run(world, range(4), p=parameters(candidates=0.0, angel_candidates=0.0))
    assert "management_fee" not in world.ledger.totals
    assert world.ledger.totals["capital_call"].sum() > 0


def test_managers_go_where_support_exceeds_the_cost_and_stay_where_it_does_not():
    own = np.array([0, 0, 1, 2])
    cost = np.array([[0.0, 0.1, 0.5], [0.0, 0.1, 2.0], [0.0, 0.1, 0.5], [0.0, 0.1, 9.0]])
    choice = offices.preferred_presence(own, np.array([0.0, 0.0, 1.0]), cost)
    assert choice.tolist() == [2, 0, 2, 2]
    assert offices.preferred_presence(own, np.array([0.0, 0.3, 0.0]), cost).tolist() == [1, 1, 1, 1]
    assert offices.preferred_presence(own, np.zeros(3), cost).tolist() == own.tolist()


def test_funds_take_offices_while_support_lasts_and_go_back_when_it_ends():
    world, levers, draws = district(firms=10, funds=40, domicile=1), Levers(), Draws(2)
    rows = world.funds.live
    levers.office_support.move(5.0 * P.office_cost)
    seen = []
    for quarter in range(1, 61):
        world.quarter = draws.quarter = quarter
        offices.settle_offices(world, levers if quarter <= 20 else Levers(), draws, P)
        seen.append((world.funds.domicile[rows] == 2).sum())
    assert seen[0] < seen[19] > 20
    assert (world.funds.domicile[rows] == 1).all()
    assert (world.funds.own_domicile[rows] == -1).all()
