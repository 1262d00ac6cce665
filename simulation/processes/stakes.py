"""Stakes of venture funds: marked to the firms' own books, sold, redeemed or written off, and paid out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array
from simulation.populations.funds import ANGEL
from simulation.processes import portfolio
from simulation.processes.deals import deal_keys, firm_values, horizons

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.world import World

LEADER, EXITED = 4, 4
FORCED_DISCOUNT = 0.7
"""Price over mark when a fund's life is over and it must sell."""


def open_portfolios(world: World, draws: Draws, p: Any, rows: Array) -> None:
    """Give the funds of the start the stakes elsewhere that their books say they paid for.

    Parameters
    ----------
    rows : (n,) rows of the venture investors
    """
    funds = world.funds
    rows = rows[funds.invested[rows] > 0]
    stage = np.rint(np.clip(funds.stage_preference[rows], 1, 3)).astype(np.int64)
    ticket = np.minimum(np.array(p.outside_tickets)[stage - 1], p.largest_ticket * funds.committed[rows])
    number = np.maximum(np.rint(funds.invested[rows] / ticket), 1).astype(np.int64)
    owner = np.repeat(np.arange(len(rows)), number)
    ordinal = np.arange(len(owner)) - np.repeat(np.cumsum(number) - number, number)
    keys = deal_keys(funds.key[rows][owner], 1023, ordinal)
    age = np.floor(draws.uniform("venture.start.age", keys, fixed=True) * -funds.born[rows][owner])
    quality = 0.6 + 0.7 * draws.normal("venture.start.quality", keys, fixed=True)
    drift = (p.outside_drift + p.outside_quality_effect * quality) * age
    shock = p.volatility_prior * np.sqrt(age) * draws.normal("venture.start.value", keys, fixed=True)
    world.holdings.append(
        fund=funds.key[rows][owner], firm=np.zeros(len(owner), dtype=np.int64), key=keys,
        amount=(funds.invested[rows] / number)[owner], share=np.full(len(owner), 0.15), value=np.exp(drift + shock),
        quality=quality, stage=stage[owner], born=-age, horizon=horizons(draws, keys, -age, p),
    )


def mark(world: World, draws: Draws, p: Any, firm: Array) -> tuple[Array, Array]:
    """Mark every stake: local ones to what the firm is worth now, others by their own path.

    Parameters
    ----------
    firm : (n,) row of the firm of each stake, -1 if it is closed or elsewhere

    Returns
    -------
    (n,) bool, stakes whose company has failed, and (n,) million CNY, what local firms are worth
    """
    h = world.holdings
    local, alive = h.firm != 0, firm >= 0
    worth = np.zeros(len(firm))
    worth[alive] = firm_values(world, firm[alive], p)
    squares, number = world.published.get("mark_volatility", (0.0, 0.0))
    volatility = portfolio.measured_volatility((squares, number), p)
    failed = local & ~alive
    before = h.value.copy()
    h.value[:] = np.where(alive, h.share * worth / h.amount, 0.0)
    there = np.flatnonzero(~local)
    keys = h.key[there]
    shock = draws.normal("venture.outside", keys)
    failed[there] = draws.happens("venture.failure", keys, p.outside_death)
    now = portfolio.outside_step(before[there], h.quality[there], shock, volatility, p)
    h.value[there] = np.where(failed[there], 0.0, now)
    if world.quarter <= p.volatility_until:
        seen = alive & (before > 0) & (h.value > 0)
        changes = np.clip(np.log(h.value[seen] / before[seen]), -1.5, 1.5)
        squares, number = squares + float(changes @ changes), number + float(seen.sum())
    world.records["mark_volatility"] = (squares, number)
    return failed, worth


def exit_ways(world: World, draws: Draws, p: Any, firm: Array, worth: Array, over: Array) -> tuple[Array, Array, Array]:
    """Return which stakes are listed, sold and to be redeemed this quarter.

    A listing or a sale takes all stakes in the firm along.

    Parameters
    ----------
    firm, worth : see `mark`
    over : (n,) bool, the life of the stake's fund is over

    Returns
    -------
    three (n,) bool
    """
    firms, h = world.firms, world.holdings
    alive = firm >= 0
    wants = over | (world.quarter >= h.horizon)
    waiting = np.flatnonzero(wants & ~over)
    wants[waiting] = draws.happens("venture.exit", h.key[waiting], p.exit_rate)
    big = (worth >= p.listing_value) | ((firms.tier[firm] == LEADER) & (worth >= 0.5 * p.listing_value))
    listable = alive & big & (firms.profit[firm] > 0)
    starts = listable & wants
    could = np.flatnonzero(listable)
    starts[could] |= draws.happens("venture.listing", h.firm[could], p.listing_rate)
    listed = along(firm, starts, len(firms))
    sold = along(firm, wants & alive & ~listed & (h.value >= p.redeemed_below), len(firms)) | (wants & (h.firm == 0))
    redeemed = wants & alive & ~listed & ~sold
    return listed, sold, redeemed


def along(firm: Array, starts: Array, firms: int) -> Array:
    """Return all stakes in the firms of some stakes.

    Parameters
    ----------
    firm : (n,) row of the firm of each stake, -1 for none
    starts : (n,) bool, stakes that start it; none with firm -1
    firms : how many rows there are
    """
    flagged = np.zeros(firms + 1, dtype=bool)
    flagged[firm[starts]] = True
    flagged[-1] = False
    return flagged[firm]


def sell(world: World, draws: Draws, p: Any, rows: Array) -> Array:
    """Mark all stakes, end those that end, and distribute what came in.

    Parameters
    ----------
    rows : (n,) rows of the venture investors

    Returns
    -------
    (n,) million CNY held for the public investor until policies settle
    """
    funds, firms, h = world.funds, world.firms, world.holdings
    place = np.full(len(funds), -1)
    place[rows] = np.arange(len(rows))
    fund = funds.rows_of(h.fund)
    firm = firms.rows_of(h.firm)
    failed, worth = mark(world, draws, p, firm)
    over = (funds.ends[fund] >= 0) & (world.quarter > funds.ends[fund])
    listed, sold, redeemed = exit_ways(world, draws, p, firm, worth, over & ~failed)
    money = np.zeros(len(h))
    at = np.flatnonzero(listed | sold)
    price = h.value[at] * np.exp(p.sale_noise * draws.normal("venture.price", h.key[at]) - 0.5 * p.sale_noise**2)
    money[at] = h.amount[at] * price * np.where(over[at], FORCED_DISCOUNT, 1.0)
    owing = np.flatnonzero(redeemed)
    claim = portfolio.redemption_claim(h.amount[owing], world.quarter - h.born[owing], p.redemption_rate)
    available = p.redemption_cash * np.maximum(firms.cash, 0.0)
    paid = portfolio.paid_from_cash(firm[owing], claim, available)
    gone = failed | listed | sold | redeemed
    from_world = np.bincount(place[fund], weights=money, minlength=len(rows)).astype(np.float64)
    world.ledger.pay("exit_proceeds", "world", funds.at(rows), from_world)
    world.ledger.pay("redemption", firms.at(firm[owing]), funds.at(fund[owing]), paid)
    money[owing] = paid
    leaving = firm[gone & (firm >= 0)]
    firms.stage[leaving] = EXITED
    multiple = money[gone] / h.amount[gone]
    ways = {"": gone, "_listed": listed, "_sold": sold, "_redeemed": redeemed, "_failed": failed,
            "_below_1": multiple < 1.0, "_above_5": multiple >= 5.0}
    for way, stakes in ways.items():
        world.records.flow(f"exits{way}", stakes.sum())
    world.records.flow("exit_proceeds", money.sum())
    world.records.flow("redemptions", paid.sum())
    world.records.table(
        "deals", key=h.key[gone], fund_key=h.fund[gone], firm_key=h.firm[gone], amount=h.amount[gone],
        stage=h.stage[gone], public_share=h.public_share[gone], exited=np.ones(len(multiple), dtype=bool),
        multiple=multiple,
    )
    proceeds = np.bincount(place[fund], weights=money, minlength=len(rows)).astype(np.float64)
    h.keep(~gone)
    holds = np.isin(funds.key[rows], h.fund)
    return _distribute(world, p, rows, proceeds, holds)


def _distribute(world: World, p: Any, rows: Array, proceeds: Array, holds: Array) -> Array:
    """Pay carry and distributions; return what is kept for the public investor until policies settle."""
    funds = world.funds
    angel = funds.kind[rows] == ANGEL
    carry = np.where(angel, 0.0, portfolio.carried_interest(proceeds, funds.returned[rows], funds.drawn[rows], p.carry))
    funds.returned[rows] += proceeds - carry
    world.ledger.pay("carried_interest", funds.at(rows), "households", carry)
    age = world.quarter - funds.born[rows]
    finished = (funds.ends[rows] >= 0) & (world.quarter > funds.ends[rows]) & ~holds
    payout = portfolio.distribution(
        funds.cash[rows], proceeds - carry, funds.committed[rows], angel, age < p.investing_quarters, finished, p)
    public = payout * funds.public_share[rows]
    world.ledger.pay("fund_distribution", funds.at(rows), "households", payout - public)
    owed = public > 0
    world.records["public_distributions"] = (funds.key[rows[owed]], public[owed])
    return public
