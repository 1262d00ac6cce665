"""What firms ask venture funds for: who seeks, how much, at which stage, and at what price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array
from simulation.processes.venture import portfolio

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.world import World


def firm_values(world: World, rows: Array, p: Any) -> Array:
    """Return what investors would pay for all shares of firms (rows (n,)), million CNY."""
    f = world.firms
    sales_year = f.sales_year[rows]
    growth = np.log((4.0 * f.sales[rows] + 0.02) / (sales_year + 0.02))
    intangibles = f.rd_stock[rows] + f.patent_value[rows]
    return portfolio.equity_value(sales_year, growth, f.margin[rows], intangibles, f.cash[rows], f.debt[rows], p)


def mark_over_books(world: World, stakes: Array) -> Array:
    """Return what the market pays for a firm over its value by the books, (firm rows,): 1 without earlier rounds.

    Parameters
    ----------
    stakes : (holdings,) row of the firm of each stake, -1 for a company elsewhere
    """
    h = world.holdings
    known = np.flatnonzero(stakes >= 0)
    ratio = np.ones(len(world.firms))
    marked = h.amount[known] * h.value[known] / (h.share[known] * h.worth[known])
    ratio[stakes[known]] = np.clip(marked, 0.1, 10.0)
    return ratio


def round_stage(stage: Array, sales_year: Array) -> Array:
    """Return the stage of a firm's next round: after the last one, or as its size says.

    Parameters
    ----------
    stage : (n,) stage reached, 0 for none
    sales_year : (n,) million CNY
    """
    by_size = 1 + (sales_year >= 5.0).astype(np.int64) + (sales_year >= 40.0)
    return np.clip(np.maximum(stage + 1, by_size), 1, 3)


def money_needed(stage: Array, rd_spend: Array, profit: Array, gap: Array, cash: Array, p: Any) -> Array:
    """Return the money that a firm lacks for its plan of the next quarters.

    Parameters
    ----------
    stage : (n,) 1 to 3
    rd_spend, profit : (n,) million CNY a quarter
    gap : (n,) finance gap, million CNY
    cash : (n,) million CNY
    p : runway, plan_floor, ambition

    Returns
    -------
    (n,) million CNY
    """
    plan = np.array(p.ambition)[stage - 1] * (p.plan_floor + rd_spend + np.maximum(-profit, 0.0))
    return np.maximum(p.runway * plan + gap - np.maximum(cash, 0.0), 0.0)


def seekers(world: World, draws: Draws, p: Any, stakes: Array) -> Array:
    """Return rows of young technology firms that look for venture money this quarter.

    Parameters
    ----------
    stakes : (holdings,) row of the firm of each stake, -1 for a company elsewhere
    """
    f, h = world.firms, world.holdings
    rows = f.live
    young = (world.quarter - f.born[rows] <= p.seeking_age) & (f.stage[rows] < 4) & ~f.defaulted[rows]
    rows = rows[young & ((f.tier[rows] >= 2) | (f.rd_intensity[rows] >= 0.03))]
    rows = rows[draws.happens("venture.seek", f.key[rows], p.seek_rate)]
    rows = rows[draws.happens("venture.open", f.key[rows], p.open_to_equity, fixed=True)]
    recent = np.zeros(len(f) + 1, dtype=bool)
    recent[stakes[world.quarter - h.born < p.round_gap]] = True
    return rows[~recent[rows]]
