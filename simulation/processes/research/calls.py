"""Calls for grants: who hands in a proposal, how a panel ranks them, and how grant money is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World


def panel_score(quality: Array, error: Array, connections: Array, integrity: float, p: Any) -> Array:
    """Return the scores by which a panel ranks proposals.

    Parameters
    ----------
    quality, error, connections : (n,) standard normal
    integrity : weight of assessed merit, in [0, 1]; the rest is for connections
    p : panel_noise

    Returns
    -------
    (n,) float
    """
    merit = (quality + p.panel_noise * error) / np.sqrt(1.0 + p.panel_noise**2)
    return integrity * merit + (1.0 - integrity) * connections


def spending(left: Array, cash: Array, p: Any) -> Array:
    """Return what firms spend of their grants in a quarter, no more than their cash.

    Parameters
    ----------
    left : (n,) grant money bound to R&D, million CNY
    cash : (n,) million CNY
    p : grant_pace

    Returns
    -------
    (n,) million CNY
    """
    return np.minimum(p.grant_pace * left, np.maximum(cash, 0.0))


def replaced(granted: Array, sales: Array, cash: Array, p: Any) -> Array:
    """Return own R&D that a grant replaces: a part where cash is ample, none where it is shortest.

    Parameters
    ----------
    granted : (n,) grant money spent, million CNY a quarter
    sales : (n,) million CNY a quarter
    cash : (n,) million CNY before the quarter's wages, without the grant
    p : grant_fungible, liquidity_buffer, smallest_base

    Returns
    -------
    (n,) million CNY a quarter

    References
    ----------
    Lach (2002), Do R&D subsidies stimulate or displace private R&D? (large firms replace, small ones add).
    """
    ample = np.clip(cash / (p.liquidity_buffer * np.maximum(sales, p.smallest_base)), 0.0, 1.0)
    return p.grant_fungible * ample * granted


def ranked(
    world: World, draws: Draws, rows: Array, integrity: float, p: Any, stream: str = "research.panel"
) -> tuple[Array, Array]:
    """Return scores and places (n,) of proposals by the firms in `rows`, as a panel ranks them."""
    f, keys = world.firms, world.firms.key[rows]
    score = panel_score(
        f.quality[rows], draws.normal(stream, keys),
        draws.normal("research.connections", keys, fixed=True), integrity, p,
    )
    place = np.empty(len(rows), dtype=np.int64)
    place[np.lexsort((keys, -score))] = np.arange(len(rows))
    return score, place


def hold(world: World, levers: Levers, draws: Draws, rows: Array, p: Any) -> None:
    """Rank the proposals of a call and name the winners, whom the policy pays; record every applicant.

    Parameters
    ----------
    rows : (n,) rows of living firms
    """
    if not levers.grant_size.active or (number := int(levers.grant_number.value() + 1e-9)) < 1:
        return
    f = world.firms
    size = np.broadcast_to(levers.grant_size.on(world.firm_view(rows)), len(rows))
    researching = (f.tier[rows] >= 2) | (f.rd_intensity[rows] >= p.technology_norm)
    keys = f.key[rows]
    at = np.flatnonzero((size > 0.0) & researching & draws.happens("research.proposal", keys, p.application_rate))
    rows, keys, size = rows[at], keys[at], size[at]
    score, place = ranked(world, draws, rows, levers.grant_integrity.value(), p)
    won = place < number
    world.records.table(
        "grants", firm_key=keys, score=score, place=place, won=won, grant=np.where(won, size, 0.0),
        earlier=f.grants[rows].astype(np.int64), cash=f.cash[rows].copy(), sales=f.sales[rows].copy(),
        age=world.quarter - f.born[rows], stage=f.stage[rows].astype(np.int64),
    )
    world.records.flow("proposals", len(rows))
    world.records.flow("grants", won.sum())
    winners = rows[won]
    f.grants[winners] += 1
    f.grant_left[winners] += size[won] * (1.0 - levers.grant_misuse.value())
