"""Stakes of venture funds: marked to the firms' own books, sold, redeemed or written off, and paid out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array
from simulation.populations.funds import ANGEL
from simulation.processes.venture import portfolio
from simulation.processes.venture.deals import deal_keys, horizons
from simulation.processes.venture.rounds import firm_values

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.world import World

LEADER, EXITED = 4, 4
FORCED_DISCOUNT = 0.7
"""Price over mark when a fund's life is over and it must sell."""


def open_portfolios(world: World, draws: Draws, p: Any, rows: Array) -> None:
    """Give the funds of the start the stakes elsewhere that they paid for; the oldest have been sold already.

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
    oldest = -funds.born[rows][owner]
    youngest = np.maximum(oldest - p.investing_quarters, 0)
    age = np.floor(youngest + draws.uniform("venture.start.age", keys, fixed=True) * (oldest - youngest))
    quality = 0.6 + 0.7 * draws.normal("venture.start.quality", keys, fixed=True)
    drift = (p.outside_drift + p.outside_quality_effect * quality) * age
    shock = p.volatility_prior * np.sqrt(age) * draws.normal("venture.start.value", keys, fixed=True)
    amount, horizon = (funds.invested[rows] / number)[owner], horizons(draws, keys, -age, p)
    lives = draws.happens("venture.start.life", keys, (1.0 - p.outside_death) ** age, fixed=True)
    value = np.where(lives, np.exp(drift + shock), 0.0)
    held = (horizon > 0) & (value > 0)
    funds.returned[rows] += np.bincount(owner, weights=amount * value * ~held, minlength=len(rows))
    values = {"fund": funds.key[rows][owner], "key": keys, "amount": amount, "value": value, "quality": quality,
              "stage": stage[owner], "born": -age, "horizon": horizon}
    world.holdings.append(**{name: column[held] for name, column in values.items()}, share=0.15)


def mark(world: World, draws: Draws, p: Any, firm: Array) -> Array:
    """Mark every stake: local ones by the change of the firm's books and news, others by their own path.

    Parameters
    ----------
    firm : (n,) row of the firm of each stake, -1 if it is closed or elsewhere

    Returns
    -------
    (n,) bool, stakes whose company has failed
    """
    h = world.holdings
    local = h.firm != 0
    alive = np.flatnonzero(firm >= 0)
    squares, number = world.published.get("mark_volatility", (0.0, 0.0))
    volatility = portfolio.measured_volatility((squares, number), p)
    failed = local & (firm < 0)
    h.value[failed] = 0.0
    before = h.value[alive]
    worth = firm_values(world, firm[alive], p)
    news = np.exp(p.news * draws.normal("venture.news", h.firm[alive]) - 0.5 * p.news**2)
    h.value[alive] = before * worth / h.worth[alive] * news
    h.worth[alive] = worth
    there = np.flatnonzero(~local)
    keys = h.key[there]
    shock = draws.normal("venture.outside", keys)
    failed[there] = draws.happens("venture.failure", keys, p.outside_death)
    now = portfolio.outside_step(h.value[there], h.quality[there], shock, volatility, p)
    h.value[there] = np.where(failed[there], 0.0, now)
    if world.quarter <= p.volatility_until:
        changes = np.clip(np.log(np.maximum(h.value[alive], 1e-9) / np.maximum(before, 1e-9)), -1.5, 1.5)
        squares, number = squares + float(changes @ changes), number + float(len(alive))
    world.records["mark_volatility"] = (squares, number)
    return failed


def exit_ways(world: World, draws: Draws, p: Any, firm: Array, worth: Array, over: Array) -> tuple[Array, Array, Array]:
    """Return which stakes are listed, sold and to be redeemed this quarter.

    A listing or a sale takes all stakes in the firm along.

    Parameters
    ----------
    firm : see `mark`
    worth : (n,) million CNY, all shares of the company at the stake's mark
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


def sell(world: World, draws: Draws, p: Any, rows: Array) -> tuple[Array, Array]:
    """Mark all stakes, end those that end, and distribute what came in.

    Parameters
    ----------
    rows : (n,) rows of the venture investors

    Returns
    -------
    (n,) million CNY held for the public investor until policies settle, and (stakes left,) rows of their firms,
    -1 for companies elsewhere
    """
    funds, firms, h = world.funds, world.firms, world.holdings
    place = np.full(len(funds), -1)
    place[rows] = np.arange(len(rows))
    fund = funds.rows_of(h.fund)
    firm = firms.rows_of(h.firm)
    failed = mark(world, draws, p, firm)
    worth = h.amount * h.value / h.share
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
    liquidated = world.published.tables.get("liquidations")
    if liquidated is not None:  # in the funds' purses since the firm was closed
        back = dict(zip(liquidated["deal_key"].tolist(), liquidated["amount"].tolist(), strict=True))
        closed = np.flatnonzero(failed & (h.firm != 0))
        money[closed] = [back.get(key, 0.0) for key in h.key[closed].tolist()]
    leaving = firm[gone & (firm >= 0)]
    firms.stage[leaving] = EXITED
    multiple = money[gone] / h.amount[gone]
    ways = {"": gone, "_listed": listed, "_sold": sold, "_redeemed": redeemed, "_failed": failed,
            "_below_1": multiple < 1.0, "_above_5": multiple >= 5.0}
    for way, stakes in ways.items():
        world.records.flow(f"exits{way}", stakes.sum())
    world.records.flow("exits_invested", h.amount[gone].sum())
    world.records.flow("exits_returned", money.sum())
    world.records.flow("redemptions", paid.sum())
    world.records.table(
        "deals", key=h.key[gone], fund_key=h.fund[gone], firm_key=h.firm[gone], amount=h.amount[gone],
        stage=h.stage[gone], public_share=h.public_share[gone], exited=np.ones(len(multiple), dtype=bool),
        multiple=multiple,
    )
    proceeds = np.bincount(place[fund], weights=np.where(failed, 0.0, money), minlength=len(rows)).astype(np.float64)
    holds = np.bincount(place[fund[~gone]], minlength=len(rows)) > 0
    h.keep(~gone)
    return _distribute(world, p, rows, proceeds, holds), firm[~gone]


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
