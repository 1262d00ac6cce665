"""Credit market: banks ration loans to firms by expected loss; firms renew, roll over or default.

Books are scored after the loan, with an impression of quality that is fixed for a firm, a bank and a year.
A loan that falls due is repaid from spare cash, renewed if the bank would lend again, else rolled over for a
while (a true default that nobody recognises yet) and at last called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.parameters import Parameters, param
from simulation.populations.columns import Array
from simulation.populations.funds import BANK, GUARANTOR
from simulation.processes.credit import insolvency, lending, screening

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World

READS = (
    "firms.finance_gap", "firms.investment_wanted", "firms.sales_year", "firms.margin", "firms.capital", "firms.cash",
    "firms.debt", "firms.quality", "firms.born", "firms.tier", "firms.certificate_until", "firms.industry",
    "firms.cell", "funds.kind", "funds.skill", "funds.staff", "funds.loan_book", "levers.loss_cover",
    "levers.guarantee_share", "levers.cover_capacity", "levers.cover_fee", "levers.cover_paperwork",
)
WRITES = (
    "firms.interest", "firms.overdue", "firms.refused", "firms.defaulted", "firms.covered_share", "firms.finance_gap",
    "firms.capital", "firms.investment", "firms.investment_wanted", "firms.productivity", "funds.standard",
    "funds.guaranteed", "loans",
)


class CreditParameters(Parameters, group="credit"):
    """How banks judge, price and recover loans, and what cover does to behaviour."""

    funding_rate: float = param(0.028, unit="1", bounds=(0.0, 0.1), per="year", kind="flow", source="assumption")
    """Interest that banks pay on the deposits behind their loans."""
    administration_rate: float = param(
        0.012, unit="1", bounds=(0.0, 0.05), per="year", kind="flow", source="assumption"
    )
    """Banks' running cost, share of the loan book."""
    bank_margin: float = param(0.006, unit="1", bounds=(0.0, 0.05), per="year", kind="flow", source="assumption")
    """Return that banks require beyond costs and expected loss."""
    trouble: float = param(0.20, unit="1", bounds=(0.0, 1.0), source="assumption")
    """What a default costs a bank beside lost principal: provisions, work-out, blame; share of the loan."""
    loan_cost: float = param(
        0.001, unit="million CNY", bounds=(0.0, 0.02), per="year", kind="flow", source="assumption"
    )
    """Cost of looking after a loan whatever its size."""
    rate_cap: float = param(0.070, unit="1", bounds=(0.03, 0.24), per="year", kind="flow", source="assumption")
    """Rate above which banks refuse: inclusive loans are capped by guidance, and higher rates draw worse borrowers."""
    renewal_leniency: float = param(0.06, unit="1", bounds=(0.0, 0.2), per="year", kind="flow", source="assumption")
    """How far the rate that a bank would need may lie above the cap when it renews its own loan (at the cap)."""
    overdraft_rate: float = param(0.075, unit="1", bounds=(0.0, 0.3), per="year", kind="flow", source="assumption")
    """Interest on overdrawn accounts."""

    score_constant: float = param(-1.9, unit="1", bounds=(-9.0, 2.0), source="assumption")
    """Log odds of default within a year at zero leverage and runway and half a year of age."""
    score_leverage: float = param(11.0, unit="1", bounds=(0.0, 20.0), source="assumption")
    """Weight of debt over assets."""
    score_runway: float = param(5.5, unit="1", bounds=(0.0, 12.0), source="assumption")
    """Weight of the cash, over a quarter's sales, that will be left after `outlook` quarters at the believed margin."""
    outlook: float = param(6.0, unit="quarter", bounds=(0.0, 20.0), source="assumption")
    """Quarters over which banks project a firm's margin."""
    score_age: float = param(0.10, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Weight of log age."""
    score_quality: float = param(0.35, unit="1", bounds=(0.0, 4.0), source="assumption")
    """Weight of believed quality."""
    book_noise: float = param(0.2, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Noise of a firm's books, over the spread of margins; the same for all banks in a year."""
    book_noise_young: float = param(0.5, unit="year", bounds=(0.0, 10.0), source="assumption")
    """How much noisier books are of young firms, which have few years to show."""
    margin_spread: float = param(0.10, unit="1", bounds=(0.01, 0.5), source="assumption")
    """Standard deviation of margins among applicants, as banks know it."""
    margin_mean: float = param(-0.02, unit="1", bounds=(-0.2, 0.2), source="assumption")
    """Mean margin of applicants, as banks know it."""
    impression_noise: float = param(0.8, unit="1", bounds=(0.05, 5.0), source="assumption")
    """Standard deviation of a bank's impression of quality; a firm, a bank and a year share one."""
    skill_effect: float = param(0.3, unit="1", bounds=(0.0, 2.0), source="assumption")
    """How much a bank's screening skill lowers the noise of its impressions (log)."""
    finance_staff_effect: float = param(0.05, unit="1", bounds=(0.0, 1.0), source="assumption")
    """How much science-finance people per billion CNY of loans lower that noise (log per log)."""
    standard_response: float = param(0.25, unit="1", bounds=(0.0, 2.0), source="assumption")
    """How far the required return rises with a bank's losses of the past year beyond their usual share."""
    usual_loss: float = param(0.008, unit="1", bounds=(0.0, 0.1), per="year", kind="flow", source="assumption")
    """Loss share of the loan book that leaves standards as they are."""

    collateral_capital: float = param(0.35, unit="1", bounds=(0.0, 1.0), source="assumption")
    """What a forced sale of capital brings."""
    collateral_sales: float = param(0.06, unit="1", bounds=(0.0, 1.0), source="assumption")
    """What receivables bring, share of a quarter's sales."""
    recovery_lowest: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the debt recovered from owners of firms without assets."""
    recovery_highest: float = param(0.85, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share recovered with ample collateral; the rest is the cost of the procedure."""

    discouragement: int = param(4, unit="quarter", bounds=(0, 40), source="assumption")
    """Quarters for which a refused firm does not ask again, unless cover is open to it."""
    smallest_loan: float = param(0.02, unit="million CNY", bounds=(0.0, 1.0), source="assumption")
    """Firms do not ask for less."""
    term: float = param(4.0, unit="quarter", bounds=(1.0, 20.0), source="assumption")
    """Term of loans for working capital."""
    investment_term: float = param(12.0, unit="quarter", bounds=(1.0, 40.0), source="assumption")
    """Term of loans that finance investment."""
    rollover_term: float = param(2.0, unit="quarter", bounds=(1.0, 8.0), source="assumption")
    """Delay that a rolled-over loan is given."""
    rollovers: int = param(2, unit="times", bounds=(0, 20), source="assumption")
    """How often a bank rolls over a loan that it would not grant again."""
    spare_cash: float = param(0.25, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Cash over a quarter's sales that firms keep when they repay."""
    overdraft_share: float = param(0.10, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Overdraft over a quarter's sales that banks bear."""
    overdraft_profitable: float = param(0.30, unit="1", bounds=(0.0, 2.0), source="assumption")
    """The same for firms with a profit."""
    overdraft_base: float = param(0.02, unit="million CNY", bounds=(0.0, 1.0), source="assumption")
    """Overdraft that every firm is given."""
    patience: int = param(2, unit="quarter", bounds=(1, 12), source="assumption")
    """Quarters in a row beyond the overdraft limit that make a default."""

    effort_loss_bank: float = param(0.6, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of its screening effort that a bank saves on a fully covered loan."""
    effort_loss_borrower: float = param(0.04, unit="1", bounds=(0.0, 0.3), source="assumption")
    """Log productivity a quarter lost by a firm whose debt is fully covered; falls with the square of the cover."""
    paperwork_spread: float = param(0.4, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation of log paperwork between pairs of firm and bank."""
    guarantee_fee: float = param(
        0.01, unit="1", bounds=(0.0, 0.05), per="year", kind="flow", source="State Council office 2019 No. 6: 1 %"
    )
    """Guarantor's fee, share of the risk that it bears."""
    covered_floor: float = param(30.0, unit="million CNY", bounds=(0.0, 1e4), extensive=True, source="assumption")
    """Least covered book over which its default share is reckoned, so that the last few loans do not decide."""
    guarantor_leverage: float = param(10.0, unit="1", bounds=(0.0, 50.0), source="assumption")
    """Guarantees that a guarantor may give over its capital."""
    bank_share: float = param(0.2, unit="1", bounds=(0.0, 1.0), source="finance ministry")
    """Least share of a loss that stays with the bank when a guarantor joins."""
    liquidity_share: float = param(0.15, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Cash that banks keep, share of the loan book; deposits of households fill or drain the rest."""


PARAMETERS = CreditParameters


def step(world: World, levers: Levers, draws: Draws, p: Any) -> None:
    """Collect interest and loans due, screen applications, lend, and settle defaults."""
    funds = world.funds
    banks = funds.live[funds.kind[funds.live] == BANK]
    banks = banks[np.argsort(funds.key[banks], kind="stable")]
    if not len(banks):
        return
    outlook = lending.Outlook(world, draws, banks, p)
    lending.collect_interest(world, outlook)
    due = lending.collect_due(world, outlook)
    cases = lending.applications(world, levers, outlook, due)
    lending.screen(world, levers, cases, outlook, draws)
    lending.lend(world, cases, outlook)
    called = lending.renew(world, cases, outlook)
    insolvent = _insolvent(world, called, p)
    insolvency.settle_defaults(world, insolvent, outlook)
    _dull_effort(world, outlook)
    _run_banks(world, banks, levers, outlook)
    _publish(world, p)


def _insolvent(world: World, called: Array, p: Any) -> Array:
    """Count quarters beyond the overdraft limit; return (n,) rows of the firms that default now.

    A firm that cannot pay any more but owes no loan and has enough to make up for its overdraft does not default: it
    is wound up, and `wound_up` says which those are.
    """
    f = world.firms
    rows = f.live
    beyond = f.cash[rows] < -screening.overdraft_limit(f.sales_year[rows], f.margin[rows], p)
    f.overdue[rows] = np.where(beyond, f.overdue[rows] + 1, 0)
    out = rows[f.overdue[rows] >= p.patience]
    sound = (f.debt[out] <= lending.DUST) & (f.cash[out] + p.collateral_capital * f.capital[out] >= 0.0)
    world.records["wound_up"] = out[sound]
    failing = np.zeros(len(f), dtype=bool)
    failing[out[~sound]] = True
    failing[called] = True
    f.defaulted[rows] = failing[rows]
    return np.flatnonzero(failing)


def _dull_effort(world: World, outlook: lending.Outlook) -> None:
    """Let firms whose debt is covered work less hard; the loss grows with the square of the cover."""
    f, loans = world.firms, world.loans
    rows = f.live
    f.covered_share[rows] = 0.0
    if not loans.covered.any():
        return
    debt = np.bincount(outlook.owner, loans.principal, minlength=len(f))[rows]
    covered = np.bincount(outlook.owner, loans.principal * loans.covered, minlength=len(f))[rows]
    share = np.minimum(covered / np.maximum(debt, 1e-9), 1.0)
    f.covered_share[rows] = share
    f.productivity[rows[share > 0.0]] -= outlook.p.effort_loss_borrower * share[share > 0.0] ** 2


def _run_banks(world: World, banks: Array, levers: Levers, outlook: lending.Outlook) -> None:
    """Pay for deposits and administration, note what cover costs, let deposits balance cash."""
    funds, loans, ledger, p = world.funds, world.loans, world.ledger, outlook.p
    book = np.maximum(funds.loan_book[banks], 0.0)
    ledger.pay("funding_cost", funds.at(banks), "households", book * p.funding_rate)
    ledger.pay("bank_administration", funds.at(banks), "households", book * p.administration_rate)
    borne = np.bincount(outlook.lender, loans.principal * loans.covered, minlength=len(funds))[banks]
    covered = np.bincount(outlook.lender, loans.principal * (loans.covered > 0.0), minlength=len(funds))[banks]
    # The fee is owed to the policy's account, which collects it when it settles.
    world.records["cover_fees"] = {"bank": funds.key[banks], "fee": borne * levers.cover_fee.value() / 4.0}
    ledger.pay("cover_paperwork", funds.at(banks), "households", covered * levers.cover_paperwork.value() / 4.0)
    guarantors = funds.live[funds.kind[funds.live] == GUARANTOR]
    if len(guarantors):
        burden = loans.principal * loans.guaranteed
        shares = np.bincount(outlook.lender, burden, minlength=len(funds))[banks]
        guarantor = funds.at(np.full(len(banks), guarantors[0]))
        ledger.pay("guarantee_fee", funds.at(banks), guarantor, shares * p.guarantee_fee)
        funds.guaranteed[guarantors[0]] = burden.sum()
        # Its owner, upper governments, bears the running cost; claims are paid from its capital and fees only.
        ledger.pay("guarantor_support", "upper", funds.at(guarantors), funds.wage_bill[guarantors])
    gap = p.liquidity_share * book - funds.cash[banks]
    ledger.pay("deposits", "households", funds.at(banks), np.maximum(gap, 0.0))
    ledger.pay("deposits_withdrawn", funds.at(banks), "households", np.maximum(-gap, 0.0))


def _publish(world: World, p: Any) -> None:
    """Publish what everyone may know next quarter: rates, refusals, defaults recognised and true."""
    records, loans = world.records, world.loans
    table = records.tables["loans"]
    new = table["kind"] == lending.NEW
    asked, granted = table["asked"] * new, table["granted"] * new
    young = new & (table["age"] < 20)
    records.flow("loans_asked", asked.sum())
    records.flow("loans_granted", granted.sum())
    records.flow("loans_refused", (asked - granted).sum())
    technology = table["technology"]
    records.flow("loans_tech", granted[technology].sum())
    for group, mask in (("young", young), ("old", new & ~young)):
        records.flow(f"applications_{group}", mask.sum())
        records.flow(f"refused_{group}", (mask & (granted == 0.0)).sum())

    book = float(loans.principal.sum())
    covered_book = float(loans.principal[loans.covered > 0.0].sum())
    # What was under cover in the past year: the book a year ago and all that came since.
    books = [*world.published.get("covered_books", [0.0] * 4)[-3:], covered_book]
    opening = world.published.get("covered_books", [0.0] * 4)[0]
    records["covered_books"] = books
    exposed = opening + world.yearly("covered_new") + world.yearly("covered_already_banked")
    least = 1e-6 * world.scale
    exposed = max(exposed, p.covered_floor)
    lent, rate = float(granted.sum()), float((granted * table["rate"]).sum())
    records["loan_rate"] = rate / lent if lent > least else world.published.get("loan_rate", p.rate_cap * 4.0)
    records["loan_book"], records["covered_book"] = book, covered_book
    ratios = {
        "default_share": ("defaulted_principal", book),
        "true_default_share": ("true_default_principal", book),
        "covered_default_share": ("covered_defaulted", exposed),
    }
    unmet = world.yearly("loans_refused") + world.yearly("loans_discouraged")
    demand = world.yearly("loans_asked") + world.yearly("loans_discouraged")
    records["rationed_share"] = unmet / demand if demand > least else 0.0
    for name, (flow, base) in ratios.items():
        records[name] = min(world.yearly(flow) / base, 1.0) if base > least else 0.0
