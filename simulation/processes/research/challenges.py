"""Key technology projects: an open call, years of work beside the firm's own, and a final review that few pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array
from simulation.processes.research import calls

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World


def pass_chance(stock: Array, p: Any) -> Array:
    """Return the chance that a key technology project passes its final review, rising with the firm's research.

    Parameters
    ----------
    stock : (n,) R&D stock, grant money spent included, million CNY
    p : challenge_pass, challenge_stock

    Returns
    -------
    (n,) in [0, challenge_pass)
    """
    return p.challenge_pass * stock / (stock + p.challenge_stock)


def leap(level: Array, p: Any) -> Array:
    """Return the knowledge that a passed project adds in its field: a large part of the gap to the frontier.

    Parameters
    ----------
    level : (n,) knowledge in the field relative to the frontier
    p : challenge_leap

    Returns
    -------
    (n,) non-negative
    """
    return p.challenge_leap * np.maximum(1.0 - level, 0.0)


def focus(world: World, keys: Array, p: Any) -> Array | float:
    """Return the attention left for ordinary learning (n,): a project takes as much as one consortium more."""
    if not len(world.challenges):
        return 1.0
    return np.where(np.isin(keys, world.challenges.firm), np.exp(-p.attention_cost), 1.0)


def review(world: World, draws: Draws, p: Any) -> None:
    """Hold the final reviews that are due: those who pass know more and are owed the rest of the money."""
    running, f = world.challenges, world.firms
    if not len(running):
        return
    rows = f.rows_of(running.firm)
    due = np.flatnonzero((running.ends <= world.quarter) & (rows >= 0))
    at, field, keys = rows[due], running.field[due].astype(np.int64), running.firm[due]
    passed = draws.happens("research.challenge", keys, pass_chance(f.rd_stock[at], p))
    winners, field = at[passed], field[passed]
    level = f.knowledge[winners, field]
    f.knowledge[winners, field] = level + leap(level, p)
    world.records.table(
        "challenge_payments", firm_key=keys[passed].copy(), payment=running.left[due][passed],
        final=np.ones(len(winners), dtype=bool),
    )
    world.records.flow("challenges_reviewed", len(due))
    world.records.flow("challenges_passed", len(winners))
    running.keep((rows >= 0) & (running.ends > world.quarter))


def announce(world: World, levers: Levers, draws: Draws, rows: Array, p: Any) -> None:
    """Open a call: firms offer to close the gap that they feel most, and the first ranked begin.

    Parameters
    ----------
    rows : (n,) rows of living firms
    """
    if not levers.challenge_size.active or (number := int(levers.challenge_number.value() + 1e-9)) < 1:
        return
    f, running = world.firms, world.challenges
    size = np.broadcast_to(levers.challenge_size.on(world.firm_view(rows)), len(rows))
    able = (size > 0.0) & (f.rd_stock[rows] > 0.0) & ~np.isin(f.key[rows], running.firm)
    able &= (f.tier[rows] >= 2) | (f.rd_intensity[rows] >= p.technology_norm)
    at = np.flatnonzero(able & draws.happens("research.offer", f.key[rows], p.application_rate))
    rows, size = rows[at], size[at]
    _, place = calls.ranked(world, draws, rows, levers.challenge_integrity.value(), p, "research.challenge_panel")
    world.records.flow("challenge_offers", len(rows))
    rows, size = rows[place < number], size[place < number]
    if not len(rows):
        return
    lack = world.region.field_weights[f.industry[rows]] * np.maximum(1.0 - f.knowledge[rows], 0.0)
    first = levers.challenge_upfront.value() * size
    running.append(
        firm=f.key[rows], field=lack.argmax(axis=1), started=np.full(len(rows), world.quarter),
        ends=np.full(len(rows), world.quarter + p.challenge_duration), left=size - first,
    )
    f.grant_left[rows] += first
    world.records.table(
        "challenge_payments", firm_key=f.key[rows], payment=first, final=np.zeros(len(rows), dtype=bool)
    )
    world.records.flow("challenges_started", len(rows))
