"""Credit market: rules by hand, directions, and a small district that must balance its books."""

from types import SimpleNamespace

import numpy as np
import pytest

from simulation.draws import Draws
from simulation.levers import Levers
from simulation.populations.columns import origin_keys
from simulation.populations.funds import BANK, GUARANTOR
from simulation.processes.credit import process as credit
from simulation.processes.credit import screening
from simulation.space.region import load_region
from simulation.world import World

P = credit.CreditParameters().quarterly()


def small_district(n=120, cash=0.2, gap=0.5, seed=7):
    """A world of n firms that ask for money at three banks."""
    world = World(load_region("testbed"))
    chance = np.random.default_rng(seed)
    sales = np.exp(chance.normal(1.5, 0.8, n))
    firms = world.firms.add(
        origin_keys("firm", 0, 0, np.arange(n)), industry=0, cell=0, born=-chance.integers(1, 60, n),
        sales=sales / 4, sales_year=sales, capital=0.5 * sales, margin=0.06, quality=chance.normal(0, 1, n), tier=2,
        investment_wanted=0.1, finance_gap=gap,
    )
    banks = world.funds.add(origin_keys("fund", 0, 0, np.arange(3)), kind=BANK)
    guarantor = world.funds.add(origin_keys("fund", 0, 0, np.array([9])), kind=GUARANTOR)
    world.firms.cash[firms] = cash
    world.funds.cash[banks], world.funds.cash[guarantor] = 50.0, 20.0
    return world


def run_quarter(world, quarter, levers=None, seed=1):
    """Run the credit market for a quarter under the guard; return the quarter's loan events."""
    draws = Draws(seed)
    draws.quarter = quarter
    world.begin_quarter(quarter)
    with world.writing(credit.WRITES):
        credit.step(world, levers or Levers(), draws, P)
    assert world.end_quarter() < 1e-9
    assert world.invariants() == []
    world.lock(False)
    return world.records.tables["loans"]


def covering(cover=0.8, capacity=1e3, fee=0.0, paperwork=0.0, guarantee=0.0):
    """Levers with cover for everyone."""
    levers = Levers()
    levers.loss_cover.move(cover)
    levers.cover_capacity.move(capacity)
    levers.cover_fee.move(fee)
    levers.cover_paperwork.move(paperwork)
    if guarantee:
        levers.guarantee_share.move(guarantee)
    return levers


def test_required_rate_pays_for_funds_and_expected_loss():
    p = SimpleNamespace(funding_rate=0.008, administration_rate=0.002, bank_margin=0.0, trouble=0.1)
    rate = screening.required_rate(np.array([0.0, 0.02]), np.array([0.5, 0.5]), 0.0, 0.001, p)
    assert rate == pytest.approx([0.011, (0.011 + 0.012) / 0.98])


def test_cover_lowers_the_required_rate_by_the_loss_it_repays():
    p = SimpleNamespace(funding_rate=0.01, administration_rate=0.0, bank_margin=0.0, trouble=0.1)
    plain, half = (screening.required_rate(np.array([0.02]), np.array([0.5]), c, 0.0, p)[0] for c in (0.0, 0.5))
    assert plain - half == pytest.approx(0.006 / 0.98)


def test_books_are_scored_after_the_loan():
    debt, capital, cash, sales_year = np.array([[1.0], [3.0], [-2.0], [8.0]])
    assert screening.leverage_after(debt, 0.0, capital, cash, sales_year) == pytest.approx(1 / 4)
    assert screening.leverage_after(debt, 1.0, capital, cash, sales_year) == pytest.approx(2 / 5)


def test_beliefs_shrink_to_the_mean_when_the_bank_does_not_look():
    quality, noise = np.array([-2.0, 2.0]), np.zeros(2)
    full = screening.believed(quality, noise, 0.8, 1.0)
    lazy = screening.believed(quality, noise, 0.8, screening.screening_effort(np.array([0.9, 0.9]), P))
    assert full == pytest.approx(quality / 1.64)
    assert np.ptp(lazy) < 0.5 * np.ptp(full)


def test_default_probability_is_quarterly_and_falls_with_quality():
    risk = screening.default_probability(np.array([0.0, 0.0]), np.array([0.0, 1.0]), SimpleNamespace(score_quality=1.0))
    assert 1.0 - (1.0 - risk[0]) ** 4 == pytest.approx(0.5)
    assert 1.0 - (1.0 - risk[1]) ** 4 == pytest.approx(1 / (1 + np.e))


def test_recovery_comes_from_collateral_between_its_limits():
    capital, sales_year, debt = np.array([[0.0, 2.0, 99.0], [0.0, 4.0, 0.0], [1.0, 2.0, 1.0]])
    share = screening.recoverable_share(capital, sales_year, debt, P)
    assert share == pytest.approx([0.10, (0.35 * 2 + 0.06) / 2, 0.85])


def test_cover_serves_by_keyed_priority_until_it_is_used_up():
    served = screening.within_capacity(np.array([4.0, 3.0, 2.0]), np.array([0.9, 0.1, 0.5]), 6.0)
    assert served.tolist() == [False, True, True]
    assert not screening.within_capacity(np.array([1.0]), np.array([0.5]), 0.0).any()


def test_profitable_firms_may_overdraw_more():
    limit = screening.overdraft_limit(np.array([4.0, 4.0]), np.array([-0.1, 0.1]), P)
    assert limit == pytest.approx([0.12, 0.32])


def test_loans_are_paid_out_invested_and_booked():
    world = small_district()
    table = run_quarter(world, 1)
    lent = table["granted"].sum()
    assert 0 < lent < table["asked"].sum()
    assert world.loans.principal.sum() == pytest.approx(lent)
    assert world.firms.debt.sum() == pytest.approx(lent) == pytest.approx(world.funds.loan_book.sum())
    assert world.ledger.totals["investment"].sum() == pytest.approx(0.1 * (table["granted"] > 0).sum())
    assert world.records["loan_rate"] == pytest.approx((table["granted"] * table["rate"]).sum() / lent)
    assert table["rate"][table["granted"] > 0].min() > 0.04
    assert table["rate"].max() <= 0.0700001


def test_young_firms_are_refused_more_often_than_old_ones():
    world = small_district(n=1500)
    table = run_quarter(world, 1)
    refused, young = table["granted"] == 0, table["age"] < 12
    assert refused[young].mean() > 1.2 * refused[~young].mean()


def test_refused_firms_are_discouraged_unless_cover_is_open_to_them():
    world = small_district(n=400)
    first = run_quarter(world, 1)
    refused = set(first["firm_key"][first["granted"] == 0].tolist())
    world.firms.finance_gap[world.firms.live] = 0.5
    assert not refused & set(run_quarter(world, 2)["firm_key"].tolist())
    world.firms.finance_gap[world.firms.live] = 0.5
    assert refused <= set(run_quarter(world, 3, covering(0.6))["firm_key"].tolist())


def test_a_firm_without_a_gap_does_not_ask():
    assert len(run_quarter(small_district(gap=0.0), 1)["asked"]) == 0


def test_interest_reaches_banks_and_is_remembered_by_firms():
    world = small_district()
    run_quarter(world, 1)
    owed = (world.loans.principal * world.loans.rate).sum()
    world.firms.finance_gap[:] = 0.0
    world.firms.cash[world.firms.live] += 5.0
    run_quarter(world, 2)
    assert world.firms.interest.sum() == pytest.approx(owed)


def test_loans_due_are_repaid_from_spare_cash():
    world = small_district()
    run_quarter(world, 1)
    world.firms.finance_gap[:] = 0.0
    world.firms.cash[world.firms.live] += 50.0
    world.loans.due[:] = 2
    run_quarter(world, 2)
    assert len(world.loans) == 0
    assert world.firms.debt.sum() == pytest.approx(0.0, abs=1e-9)


def test_a_loan_that_cannot_be_repaid_is_rolled_over_before_it_is_recognised():
    world = small_district()
    run_quarter(world, 1)
    f = world.firms
    f.finance_gap[:], f.capital[:], f.margin[:], f.quality[:], f.cash[f.live] = 0.0, 0.0, -0.5, -3.0, 0.01
    world.loans.due[:] = 2
    run_quarter(world, 2)
    assert world.loans.troubled.all()
    assert (world.loans.rolled == 1).all()
    assert world.records.flows["true_default_principal"] > 0
    assert world.records.flows["defaulted_principal"] == 0
    world.loans.due[:], world.loans.rolled[:] = 3, P.rollovers
    world.firms.cash[f.live] = 0.0
    run_quarter(world, 3)
    assert len(world.loans) == 0
    assert world.records.flows["defaulted_principal"] > 0
    assert world.records.flows["true_default_principal"] == 0


def test_default_leaves_nothing_behind_and_the_bank_bears_the_overdraft():
    world = small_district()
    run_quarter(world, 1)
    f = world.firms
    owner = f.rows_of(world.loans.firm[:1])
    owed, f.cash[owner], f.capital[owner] = f.debt[owner].copy(), -9.0, 1.0
    f.finance_gap[:] = 0.0
    run_quarter(world, 2)
    assert f.overdue[owner] == 1
    assert not f.defaulted[owner].any()
    table = run_quarter(world, 3)
    assert f.defaulted[owner].all()
    assert f.cash[owner] == pytest.approx(0.0, abs=1e-12)
    assert f.debt[owner] == pytest.approx(0.0, abs=1e-12)
    share = screening.recoverable_share(np.array([1.0]), f.sales_year[owner], owed, P)
    assert table["loss"][table["defaulted"]].sum() == pytest.approx((owed * (1 - share))[0])
    assert world.ledger.totals["overdraft_loss"].sum() > 8.9


def test_overdrawn_firms_without_loans_are_wound_up_if_what_they_have_is_enough():
    world = small_district(gap=0.0)
    f = world.firms
    f.cash[:3], f.capital[:3] = -9.0, [40.0, 1.0, 40.0]
    bank = world.funds.key[:1]
    world.loans.append(firm=f.key[[2]], bank=bank, principal=np.array([0.5]), due=np.array([99]))
    f.debt[2] = world.funds.loan_book[0] = 0.5
    run_quarter(world, 1)
    assert len(world.records["wound_up"]) == 0
    run_quarter(world, 2)
    assert world.records["wound_up"].tolist() == [0]
    assert f.defaulted[:3].tolist() == [False, True, True]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_more_cover_never_means_fewer_approvals(seed):
    approvals = []
    for cover in (0.0, 0.3, 0.6):
        table = run_quarter(small_district(n=400), 1, covering(cover) if cover else None, seed)
        approvals.append(table["granted"].sum())
    assert approvals[0] < approvals[1] <= approvals[2] * 1.02
    assert approvals[0] < approvals[2]


def test_the_cost_of_cover_keeps_it_for_firms_that_would_be_refused():
    refused_share = []
    for cost in (0.0, 0.02):
        world = small_district(n=1500)
        table = run_quarter(world, 1, covering(0.6, fee=cost / 2, paperwork=cost / 2))
        used = table["covered"] > 0
        refused_share.append((~table["unaided"][used]).mean())
        flows = world.records.flows
        assert flows["covered_new"] + flows["covered_already_banked"] == pytest.approx(table["asked"][used].sum())
    assert refused_share[1] > refused_share[0] + 0.1


def test_cover_never_exceeds_its_capacity():
    table = run_quarter(small_district(n=400), 1, covering(0.6, capacity=4.0))
    assert 0 < table["granted"][table["covered"] > 0].sum() <= 4.0


def test_cover_of_zero_strength_changes_nothing():
    plain, zero = small_district(), small_district()
    run_quarter(plain, 1)
    run_quarter(zero, 1, covering(0.0, fee=0.005, paperwork=0.01))
    for column in ("cash", "debt", "productivity", "capital"):
        assert np.array_equal(plain.firms.arrays[column], zero.firms.arrays[column])
    assert np.array_equal(plain.funds.cash, zero.funds.cash)


def test_borrowers_under_cover_work_less_hard():
    world = small_district(n=400)
    run_quarter(world, 1, covering(0.6))
    f = world.firms
    covered = f.covered_share > 0
    assert covered.any()
    assert f.productivity[covered] == pytest.approx(-P.effort_loss_borrower * f.covered_share[covered] ** 2)
    assert (f.productivity[~covered] == 0).all()


def test_the_guarantor_pays_its_share_only_while_it_has_money():
    world = small_district(n=400)
    run_quarter(world, 1, covering(0.3, guarantee=0.4))
    guaranteed = world.loans.guaranteed > 0
    assert guaranteed.any()
    row = np.flatnonzero(world.funds.kind == GUARANTOR)[:1]
    assert world.funds.guaranteed[row] == pytest.approx((world.loans.principal * world.loans.guaranteed).sum())
    f = world.firms
    owners = f.rows_of(world.loans.firm[guaranteed])
    f.finance_gap[:], f.overdue[owners], f.cash[owners], f.capital[owners] = 0.0, P.patience, -9.0, 0.0
    world.funds.cash[row] = 0.5
    run_quarter(world, 2)
    assert world.records.flows["guarantee_claims"] == pytest.approx(0.5)
    assert world.funds.cash[row] == pytest.approx(0.0, abs=1e-9)


def test_banks_keep_their_liquidity_by_deposits():
    world = small_district()
    run_quarter(world, 1)
    banks = np.flatnonzero(world.funds.kind[: world.funds.size] == BANK)
    assert world.funds.cash[banks] == pytest.approx(P.liquidity_share * world.funds.loan_book[banks])


def test_the_order_of_rows_does_not_matter():
    world, again = small_district(), small_district()
    order = np.random.default_rng(0).permutation(world.firms.live)
    for column in again.firms.arrays:
        again.firms.arrays[column][: len(order)] = again.firms.arrays[column][order]
    again.firms._order = None
    first, second = run_quarter(world, 1), run_quarter(again, 1)
    granted = dict(zip(first["firm_key"].tolist(), first["granted"].tolist(), strict=True))
    assert granted == dict(zip(second["firm_key"].tolist(), second["granted"].tolist(), strict=True))
