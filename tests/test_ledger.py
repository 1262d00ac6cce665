import numpy as np
import pytest

from simulation.errors import AccountingError
from simulation.ledger import Account, Ledger
from simulation.populations.columns import Column, Population, origin_keys

MONEY = {
    "cash": Column("float64", "million CNY", "Cash", ledger=True),
    "debt": Column("float64", "million CNY", "Debt", ledger=True),
}
BOOK = {**MONEY, "loan_book": Column("float64", "million CNY", "Loans", ledger=True)}


@pytest.fixture
def books():
    firms = Population("firms", MONEY, {}, "firms")
    banks = Population("banks", BOOK, {}, "banks")
    firms.add(origin_keys("firm", 0, 0, np.arange(3)), cash=np.array([5.0, 1.0, 0.0]))
    banks.add(origin_keys("fund", 0, 0, np.arange(2)), cash=100.0)
    ledger = Ledger((firms, banks))
    ledger.open_quarter(0)
    return ledger, firms, banks


def test_a_payment_moves_cash_from_payer_to_payee(books):
    ledger, firms, _ = books
    paid = ledger.pay("wages", firms.at([0, 1]), "households", np.array([2.0, 0.5]))
    assert paid == 2.5
    assert firms.cash[:3].tolist() == [3.0, 0.5, 0.0]
    assert ledger.sum_of("wages", "firms", "households") == 2.5
    assert ledger.close_quarter() < 1e-9


def test_a_firm_named_twice_is_paid_twice(books):
    ledger, firms, _ = books
    ledger.pay("sales", "world", firms.at([2, 2]), np.array([1.0, 4.0]))
    assert firms.cash[2] == 5.0


def test_a_loan_raises_cash_debt_and_the_banks_book_and_its_write_off_moves_no_cash(books):
    ledger, firms, banks = books
    ledger.lend(banks.at([1]), firms.at([2]), np.array([8.0]))
    ledger.repay(firms.at([2]), banks.at([1]), np.array([3.0]))
    ledger.write_off(banks.at([1]), firms.at([2]), np.array([5.0]))
    assert (firms.cash[2], firms.debt[2]) == (5.0, 0.0)
    assert (banks.cash[1], banks.loan_book[1]) == (95.0, 0.0)
    assert ledger.close_quarter() < 1e-9


def test_cash_written_past_the_ledger_is_named_with_sector_account_and_quarter(books):
    ledger, firms, _ = books
    firms.cash[0] += 0.01
    with pytest.raises(AccountingError, match=r"sector firms, account cash, quarter 0"):
        ledger.close_quarter()


def test_a_firm_that_dies_with_cash_breaks_the_books(books):
    ledger, firms, _ = books
    firms.remove([0])
    with pytest.raises(AccountingError, match="closed an agent"):
        ledger.close_quarter()


def test_a_loan_that_vanishes_breaks_the_debt_book(books):
    ledger, firms, banks = books
    ledger.lend(banks.at([0]), firms.at([1]), np.array([2.0]))
    banks.loan_book[0] = 0.0
    with pytest.raises(AccountingError, match="sector banks, account debt"):
        ledger.close_quarter()


@pytest.mark.parametrize("amount", [-1.0, np.nan, np.inf])
def test_a_payment_must_be_a_finite_amount(books, amount):
    ledger, firms, _ = books
    with pytest.raises(ValueError, match='payment "rent"'):
        ledger.pay("rent", firms.at([0]), "landlords", np.array([amount]))


def test_dues_are_prorated_to_what_the_account_holds(books):
    ledger, firms, _ = books
    account = ledger.account("pool")
    account.appropriate(6.0)
    paid = ledger.pay_dues("claims", account, firms.at([0, 1]), np.array([9.0, 3.0]))
    assert paid.tolist() == [4.5, 1.5]
    assert account.payout_ratio == 0.5
    assert account.balance == 0.0
    assert (ledger.pay_dues("claims", account, firms.at([0, 1]), np.array([9.0, 3.0])) == 0).all()


def test_upper_governments_bear_their_share_and_recoveries_refill_the_account(books):
    ledger, firms, _ = books
    account = ledger.account("fund")
    account.appropriate(10.0)
    ledger.pay_dues("grant", account, firms.at([1]), np.array([10.0]), upper_share=0.4)
    assert ledger.sum_of("grant", "upper", "firms") == 4.0
    assert ledger.district_policy_cost == 6.0
    assert ledger.upper_policy_cost == 4.0
    ledger.pay("returns", firms.at([1]), "district", np.array([2.5]), account)
    assert account.balance == 2.5
    assert ledger.district_policy_cost == 3.5


def test_public_money_is_noted_as_support_of_firms_but_not_what_pays_for_plant():
    columns = {**MONEY, "support": Column("float64", "million CNY", "Support")}
    firms = Population("firms", columns, {}, "firms")
    firms.add(origin_keys("firm", 0, 0, np.arange(2)))
    ledger = Ledger((firms,))
    ledger.open_quarter(0)
    account = ledger.account("policy")
    account.appropriate(20.0)
    ledger.pay_dues("grant", account, firms.at([0, 1]), np.array([4.0, 2.0]), upper_share=0.5)
    ledger.pay_dues("plant", account, firms.at([0]), np.array([8.0]), for_assets=True)
    ledger.pay("sales", "world", firms.at([1]), np.array([1.0]))
    assert firms.support[:2].tolist() == [4.0, 2.0]
    assert firms.cash[:2].tolist() == [12.0, 3.0]
    assert ledger.close_quarter() < 1e-9


def test_an_account_without_dues_expects_full_payment():
    account = Account("x", payout_ratio=0.2)
    Ledger(()).pay_dues("none", account, "households", 0.0)
    assert account.payout_ratio == 1.0
