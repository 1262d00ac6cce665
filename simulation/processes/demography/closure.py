"""Which firms close: those that defaulted, and those whose owners see no prospects and can settle their debts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.processes.demography import projects

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.populations.columns import Array
    from simulation.processes.demography.parameters import DemographyParameters
    from simulation.world import World


def certainty(age: Array, learning: float) -> Array:
    """Return how much owners trust what they have seen of their firm, in [0, 1).

    Parameters
    ----------
    age : (n,) years
    learning : age at which what they have seen and what they hoped weigh the same, years
    """
    return age / (age + max(learning, 1e-9))


def economic_margin(margin: Array, rd_invested: Array, sales_year: Array, owner_income: Array | float) -> Array:
    """Return the margin by which owners judge their firm: R&D is an investment, and their own work has its price.

    Parameters
    ----------
    margin : (n,) profit over sales, R&D deducted as it is spent
    rd_invested : (n,) million CNY a quarter, R&D beyond the wear of the R&D stock
    sales_year : (n,) million CNY a year
    owner_income : (n,) or scalar, million CNY a year, what unpaid owners ask for their own work

    Returns
    -------
    (n,) float

    References
    ----------
    Lev and Sougiannis (1996), The capitalization, amortization, and value-relevance of R&D; System of National
    Accounts 2008, 10.103 (R&D as capital formation).
    """
    return margin + (4.0 * rd_invested - owner_income) / np.maximum(sales_year, 1e-3)


def expected_margin(margin: Array, hoped: float, trust: Array) -> Array:
    """Return the margin that owners expect: what they hoped for, corrected by what they have seen.

    Parameters
    ----------
    margin : (n,) margin seen, see `economic_margin`
    hoped : margin hoped for at the start; who founds a firm hopes to earn more by it than elsewhere
    trust : (n,) see `certainty`

    Returns
    -------
    (n,) float

    References
    ----------
    Jovanovic (1982), Selection and the evolution of industry.
    """
    return trust * margin + (1.0 - trust) * hoped


def margin_asked(taste: Array, sales_year: Array, p: DemographyParameters) -> Array:
    """Return the margin below which owners see no prospects in their firm.

    What they could earn elsewhere is a wage, however large the firm: owners differ by no more than that in what they
    ask of it. They differ for good: one who is content with little keeps a firm that another would have closed.

    Parameters
    ----------
    taste : (n,) standard logistic, of the owner for life
    sales_year : (n,) million CNY a year
    p : parameters

    Returns
    -------
    (n,) float

    References
    ----------
    Gimeno, Folta, Cooper and Woo (1997), Survival of the fittest? (owners' own thresholds of performance).
    """
    return p.hopeless + np.minimum(p.hope_spread, p.owner_income / np.maximum(sales_year, 1e-3)) * taste


def closing_chance(
    expected: Array, asked: Array, runway: Array, trust: Array, sales_year: Array, p: DemographyParameters
) -> Array:
    """Return the chance that owners close a firm this quarter.

    While they are unsure they wait as long as cash lasts: things may turn. Those who are sure do not wait.

    Parameters
    ----------
    expected : (n,) margin that they expect
    asked : (n,) margin that they ask for, see `margin_asked`
    runway : (n,) see `runway`
    trust : (n,) see `certainty`
    sales_year : (n,) million CNY a year
    p : parameters

    Returns
    -------
    (n,) float in [0, 1]; falls with runway and size, rises with trust

    References
    ----------
    Dixit (1989), Entry and exit decisions under uncertainty (uncertainty makes waiting worth its cost).
    """
    unable_to_wait = 1.0 / (1.0 + (np.maximum(runway, 0.0) / p.waiting) ** 2)
    giving_up = p.closing_rate * (expected < asked) * (trust + (1.0 - trust) * unable_to_wait)
    stopping = p.retiring / (1.0 + sales_year / p.retiring_size)
    return 1.0 - (1.0 - giving_up) * (1.0 - stopping)


def runway(profit: Array, cash: Array, owner_income: Array | float) -> Array:
    """Return for how long a firm's cash covers its losses and its owner's living.

    Parameters
    ----------
    profit : (n,) million CNY a quarter at the rate of the past year
    cash : (n,) million CNY
    owner_income : (n,) or scalar, million CNY a year that the owner needs beside what the firm pays

    Returns
    -------
    (n,) quarters, infinite where profit is enough to live on
    """
    missing = np.maximum(0.25 * owner_income - profit, 0.0)
    return np.where(missing > 0.0, np.maximum(cash, 0.0) / np.maximum(missing, 1e-9), np.inf)


def owner_on_payroll(world: World) -> Array:
    """Return which firms pay their founder a salary, so that the owner's work is in their costs, (capacity,) bool."""
    people = np.flatnonzero(world.talent.founded & world.talent.alive)
    paid = np.zeros(len(world.firms), dtype=bool)
    paid[world.talent.employer[people[world.lead_own_firm(people)]]] = True
    return paid


def solvent(cash: Array, debt: Array, capital: Array, resale: float) -> Array:
    """Return which firms can repay all they owe from cash and what their capital fetches, (n,) bool."""
    return cash + resale * capital >= debt


def among(values: Array, few: Array) -> Array:
    """Return which values are among a few, (n,) bool; quick when those are few.

    Parameters
    ----------
    values : (n,) int64
    few : (m,) int64
    """
    if len(few) == 0:
        return np.zeros(len(values), dtype=bool)
    few = np.sort(few)
    return few[np.minimum(np.searchsorted(few, values), len(few) - 1)] == values


def close(world: World, draws: Draws, p: DemographyParameters) -> None:
    """Close defaulted firms and those that are wound up or whose owners give up, after their books are settled."""
    firms = world.firms
    rows = firms.live
    failed = firms.defaulted[rows]
    sales, margin, cash = firms.sales[rows], firms.margin[rows], firms.cash[rows]
    age = np.maximum(world.quarter - firms.born[rows], 0) / 4.0
    sales_year, trust = firms.sales_year[rows], certainty(age, p.learning)
    unpaid = np.where(owner_on_payroll(world)[rows], 0.0, p.own_work * p.owner_income)
    beyond = economic_margin(margin, firms.rd_invested[rows], sales_year, unpaid)
    asked = margin_asked(draws.logistic("demography.asked", firms.key[rows], fixed=True), sales_year, p)
    chance = closing_chance(
        expected_margin(beyond, p.hoped_margin, trust), asked, runway(margin * sales, cash, unpaid), trust,
        sales_year, p,
    )
    able = solvent(cash, firms.debt[rows], firms.capital[rows], p.resale)
    gives_up = draws.happens("demography.close", firms.key[rows], chance)
    gives_up |= among(rows, world.records.get("wound_up", rows[:0]))
    gives_up &= ~failed & able
    _settle_books(world, rows[gives_up], p.resale)
    closing = rows[failed | gives_up]
    _pay_out(world, closing)
    records = world.records
    records.flow("firm_deaths", closing.size)
    records.flow("firm_defaults", failed.sum())
    records.flow("firm_closures", gives_up.sum())
    records.table("exits", firm_key=firms.key[closing], industry=firms.industry[closing].astype(np.int64),
                  age=world.quarter - firms.born[closing].astype(np.int64), defaulted=firms.defaulted[closing].copy())
    large = closing[firms.origin[closing] == projects.PROJECT]
    if large.size:
        projects.bring_customers(world, firms.industry[large].astype(np.int64), -firms.sales[large], p)
    world.close_firms(closing)


def _settle_books(world: World, rows: Array, resale: float) -> None:
    """Sell the capital of closing firms and repay their loans in full."""
    if rows.size == 0:
        return
    firms, funds, loans = world.firms, world.funds, world.loans
    world.ledger.pay("capital_sale", "world", firms.at(rows), resale * firms.capital[rows])
    theirs = among(loans.firm, firms.key[rows])
    if theirs.any():
        borrower, bank = firms.rows_of(loans.firm[theirs]), funds.rows_of(loans.bank[theirs])
        world.ledger.repay(firms.at(borrower), funds.at(bank), loans.principal[theirs])
        loans.keep(~theirs)


def _pay_out(world: World, rows: Array) -> None:
    """Give what is left to the owners: to funds by the share they hold, the rest to the founders."""
    firms, funds, holdings = world.firms, world.funds, world.holdings
    left = np.maximum(firms.cash[rows], 0.0)
    held = among(holdings.firm, firms.key[rows[left > 0.0]])
    if held.any():
        fund = funds.rows_of(holdings.fund[held])
        known = fund >= 0
        firm, fund = firms.rows_of(holdings.firm[held][known]), fund[known]
        amount = np.minimum(holdings.share[held][known], 1.0) * np.maximum(firms.cash[firm], 0.0)
        total = np.bincount(firm, holdings.share[held][known], len(firms))[firm]
        amount /= np.maximum(total, 1.0)
        world.ledger.pay("liquidation", firms.at(firm), funds.at(fund), amount)
        np.add.at(funds.returned, fund, amount)
        world.records.table("liquidations", deal_key=holdings.key[held][known], amount=amount)
        left = np.maximum(firms.cash[rows], 0.0)
    world.ledger.pay("closure_payout", firms.at(rows), "households", left)
