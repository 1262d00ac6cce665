"""The market for venture rounds: firms that seek money meet funds, which also look at companies elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulation.draws import pair_keys
from simulation.populations.columns import Array
from simulation.populations.funds import ANGEL
from simulation.populations.talent import FINANCE
from simulation.processes.venture import portfolio, rounds

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.world import World

EXACT = (1 << 50) - 1
"""Keys of deals stay below 2**50, exact in every language that reads the result files."""
ROUNDS = 3
"""Rounds of offers in a quarter."""


class Pool(NamedTuple):
    """Investors at work this quarter, arrays over funds."""

    rows: Array
    allowance: Array
    ticket: Array
    noise_staff: Array
    duty: Array


class Offers(NamedTuple):
    """Pairs of a fund and a company that asks, arrays over pairs; `firm` is -1 for a company elsewhere."""

    fund: Array
    firm: Array
    score: Array
    utility: Array
    amount: Array
    quality: Array
    stage: Array
    key: Array


def deal_keys(fund: Array, quarter: int, other: Array) -> Array:
    """Return keys of deals from the fund, the quarter and the other side's key or ordinal (n,)."""
    return pair_keys(pair_keys(fund, other), np.full(len(fund), quarter)) & EXACT


def horizons(draws: Draws, keys: Array, born: Array, p: Any) -> Array:
    """Return the quarters in which funds want to sell stakes bought in `born` (n,)."""
    span = p.longest_holding - p.shortest_holding
    return born + p.shortest_holding + np.floor(span * draws.uniform("venture.horizon", keys, fixed=True))


def investors_at_work(world: World, p: Any, rows: Array, due: Array) -> Pool:
    """Return the funds that may make new deals, with what each may invest now.

    Parameters
    ----------
    rows : (n,) rows of the venture investors
    due : (n,) million CNY in their purses that belongs to the public investor
    """
    funds = world.funds
    angel = funds.kind[rows] == ANGEL
    span = np.where(angel, p.life, p.investing_quarters)
    age = world.quarter - funds.born[rows]
    committed = funds.committed[rows]
    pace = p.deployed_share * committed / span
    ticket = p.largest_ticket * committed * np.where(angel, 3.0, 1.0)
    behind = p.deployed_share * committed * np.minimum((age + 1) / span, 1.0) - funds.invested[rows]
    free = funds.cash[rows] - due - np.where(angel, 0.0, p.fee * committed)
    allowance = np.minimum(np.minimum(np.where(angel, free, behind + ticket), free), 3.0 * pace + ticket)
    open_ended = funds.ends[rows] < 0
    works = (allowance > 0) & ((age < span) | open_ended) & ((world.quarter <= funds.ends[rows]) | open_ended)
    duty = portfolio.duty_shortfall(
        funds.invested_local[rows], funds.reinvestment[rows] * funds.public_share[rows] * committed, (age + 4) / span)
    return Pool(rows[works], allowance[works], ticket[works], funds.staff[rows[works], FINANCE], duty[works])


def _fund_score(
    world: World, pool: Pool, fund: Array, quality: Array, noise: Array, luck: Array, stage: Array, p: Any
) -> Array:
    """Return how funds rank companies: expected quality less what the stage costs them."""
    funds, rows = world.funds, pool.rows[fund]
    expected = portfolio.expected_quality(quality + noise * luck, noise)
    away = np.abs(stage - funds.stage_preference[rows])
    blamed = portfolio.blame(stage, funds.public_share[rows], funds.tolerance[rows], p)
    return expected - p.stage_mismatch * away - blamed


def local_offers(world: World, draws: Draws, p: Any, pool: Pool, rows: Array, stage: Array, ask: Array) -> Offers:
    """Return what the funds that each local seeker talks to think of it.

    Parameters
    ----------
    rows, stage, ask : (n,) rows of the seekers, stage of the round and million CNY asked
    """
    f, funds = world.firms, world.funds
    n, m = len(rows), len(pool.rows)
    taste = np.log(funds.thesis[pool.rows].T + 0.02).take(f.industry[rows], axis=0)
    near = np.abs(stage[:, None] - funds.stage_preference[pool.rows])
    pair = pair_keys(f.key[rows][:, None], funds.key[pool.rows])
    meets = taste - 0.7 * near + p.duty_weight * pool.duty + draws.gumbel("venture.meet", pair)
    if m > p.funds_seen:
        threshold = np.partition(meets, m - p.funds_seen, axis=1)[:, m - p.funds_seen, None]
        firm, fund = np.nonzero(meets >= threshold)
    else:
        firm, fund = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    pair = pair[firm, fund]
    quality = portfolio.prospects(f.quality[rows], f.competitiveness[rows])[firm]
    row, owner = rows[firm], pool.rows[fund]
    shown = np.log1p(f.patents[row]) + (f.tier[row] >= 3) + (f.stage[row] > 0)
    factor = np.where(funds.kind[owner] == ANGEL, 1.0, np.array(p.afar)[funds.domicile[owner]])
    noise = portfolio.screening_noise(funds.skill[owner], pool.noise_staff[fund], factor, shown, p)
    luck = draws.normal("venture.signal", pair_keys(pair, np.full(len(pair), world.quarter // 4)), fixed=True)
    score = _fund_score(world, pool, fund, quality, noise, luck, stage[firm], p) + p.duty_weight * pool.duty[fund]
    amount = np.minimum(ask[firm], pool.ticket[fund])
    distaste = p.public_distaste * (funds.public_share[owner] > 0) * (1.0 + np.maximum(quality, 0.0))
    attraction = np.log(np.maximum(funds.mark[owner], 0.1)) + 0.5 * np.log(amount / ask[firm])
    utility = attraction - distaste + 0.5 * draws.gumbel("venture.choice", pair)
    good = (score > p.hurdle) & (amount >= np.array(p.smallest_ticket)[stage[firm] - 1])
    key = deal_keys(funds.key[owner], world.quarter, f.key[row])
    return Offers(*(a[good] for a in (fund, firm, score, utility, amount, quality, stage[firm], key)))


OUTSIDE_TRAITS = tuple(f"venture.outside.{trait}" for trait in ("quality", "stage", "signal", "ticket"))
"""Streams of what companies elsewhere are given for life."""


def outside_offers(world: World, draws: Draws, p: Any, pool: Pool) -> Offers:
    """Return what funds think of the companies elsewhere that they look at this quarter."""
    funds = world.funds
    fund = np.repeat(np.arange(len(pool.rows)), p.outside_offers)
    owner = pool.rows[fund]
    key = deal_keys(funds.key[owner], world.quarter, np.tile(np.arange(p.outside_offers), len(pool.rows)))
    quality, near, luck, size = draws.normal(OUTSIDE_TRAITS, key, fixed=True)
    stage = np.rint(np.clip(funds.stage_preference[owner] + 0.6 * near, 1, 3)).astype(np.int64)
    nothing = np.zeros(len(fund))
    noise = portfolio.screening_noise(funds.skill[owner], pool.noise_staff[fund], 1.0 + nothing, 1.0 + nothing, p)
    amount = np.minimum(np.array(p.outside_tickets)[stage - 1] * np.exp(0.5 * size), pool.ticket[fund])
    score = _fund_score(world, pool, fund, quality, noise, luck, stage, p)
    good = score > p.hurdle
    firm = np.full(len(fund), -1)
    return Offers(*(a[good] for a in (fund, firm, score, nothing, amount, quality, stage, key)))


def accepted(offers: Offers, allowance: Array, firms: int) -> Array:
    """Return which offers become deals: funds offer best first, firms take the best offer, in a few rounds.

    Parameters
    ----------
    offers : pairs whose fund would invest
    allowance : (funds,) million CNY each fund may invest now
    firms : how many local firms seek

    Returns
    -------
    (n,) places in the offers
    """
    left, open_pairs, deals = allowance.copy(), np.ones(len(offers.fund), dtype=bool), []
    taken = np.zeros(firms + 1, dtype=bool)
    for _ in range(ROUNDS):
        at = np.flatnonzero(open_pairs)
        at = at[portfolio.affordable(offers.fund[at], offers.score[at], offers.amount[at], left)]
        if not len(at):
            break
        here = at[offers.firm[at] >= 0]
        best = portfolio.best_offer(offers.firm[here], offers.utility[here], firms)
        won = np.sort(np.concatenate([at[offers.firm[at] < 0], here[best[best >= 0]]]))
        deals.append(won)
        left = left - np.bincount(offers.fund[won], weights=offers.amount[won], minlength=len(left))
        open_pairs[won] = False
        taken[offers.firm[won]] = True
        taken[-1] = False
        open_pairs &= ~taken[offers.firm]
    return np.concatenate(deals) if deals else np.empty(0, dtype=np.int64)


def invest(world: World, draws: Draws, p: Any, rows: Array, due: Array, stakes: Array) -> None:
    """Make the quarter's deals.

    Parameters
    ----------
    rows, due : see `investors_at_work`
    stakes : (holdings,) row of the firm of each stake, -1 for a company elsewhere
    """
    f = world.firms
    pool = investors_at_work(world, p, rows, due)
    if not len(pool.rows):
        return
    seeking = rounds.seekers(world, draws, p, stakes)
    stage = rounds.round_stage(f.stage[seeking], f.sales_year[seeking])
    worth = rounds.firm_values(world, seeking, p)
    gap, cash = f.finance_gap[seeking], f.cash[seeking]
    need = rounds.money_needed(stage, f.rd_spend[seeking], f.profit[seeking], gap, cash, p)
    price = worth * rounds.mark_over_books(world, stakes)[seeking]
    ask = np.minimum(need, price * p.largest_dilution / (1.0 - p.largest_dilution))
    asks = ask >= np.array(p.smallest_ticket)[stage - 1]
    seeking, stage, ask, worth, price = seeking[asks], stage[asks], ask[asks], worth[asks], price[asks]
    world.records.flow("venture_seekers", len(seeking))
    here, there = local_offers(world, draws, p, pool, seeking, stage, ask), outside_offers(world, draws, p, pool)
    offers = Offers(*(np.concatenate(pair) for pair in zip(here, there, strict=True)))
    won = accepted(offers, pool.allowance, len(seeking))
    _close_deals(world, draws, p, pool, Offers(*(a[won] for a in offers)), seeking, worth, price, stakes)


def _close_deals(world: World, draws: Draws, p: Any, pool: Pool, deals: Offers, seeking: Array, worth: Array,
                 price: Array, stakes: Array) -> None:
    """Pay for stakes, dilute earlier ones, and write the books of funds and firms."""
    f, funds, h = world.firms, world.funds, world.holdings
    owner, local = pool.rows[deals.fund], deals.firm >= 0
    firm = seeking[deals.firm[local]]
    amount = deals.amount
    world.ledger.pay("venture_investment", funds.at(owner[local]), f.at(firm), amount[local])
    world.ledger.pay("outside_investment", funds.at(owner[~local]), "world", amount[~local])
    share = np.full(len(owner), 0.15)
    share[local] = amount[local] / (price[deals.firm[local]] + amount[local])
    books = np.zeros(len(owner))
    books[local] = worth[deals.firm[local]] + amount[local]
    sold, added = np.zeros(len(f) + 1), np.zeros(len(f) + 1)
    sold[firm], added[firm] = share[local], amount[local]
    h.share[:] *= 1.0 - sold[stakes]
    h.worth[:] += added[stakes]
    firm_keys = np.zeros(len(owner), dtype=np.int64)
    firm_keys[local] = f.key[firm]
    public = funds.public_share[owner]
    now = np.full(len(owner), world.quarter)
    h.append(
        fund=funds.key[owner], firm=firm_keys, key=deals.key, amount=amount, share=share, value=np.ones(len(owner)),
        quality=deals.quality, stage=deals.stage, born=now, horizon=horizons(draws, deals.key, now, p),
        public_share=public, worth=books,
    )
    f.stage[firm] = deals.stage[local]
    f.raised[firm] += amount[local]
    np.add.at(funds.invested, owner, amount)
    np.add.at(funds.invested_local, owner[local], amount[local])
    flow, paid = world.records.flow, amount * local
    flow("venture_investment", paid.sum())
    flow("venture_public", (paid * public).sum())
    flow("venture_private", (paid * (1.0 - public)).sum())
    flow("venture_beside_public", (paid * (1.0 - public) * (public > 0)).sum())
    flow("venture_outside", (amount * ~local).sum())
    flow("venture_local_deals", local.sum())
    world.records.table(
        "deals", key=deals.key, fund_key=funds.key[owner], firm_key=firm_keys, amount=amount, stage=deals.stage,
        public_share=public, exited=np.zeros(len(owner), dtype=bool), multiple=np.ones(len(owner)),
    )
