"""Presence in the fund town: an office that screens on the spot, an address that books capital, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array
from simulation.populations.funds import SUB_FUND, VENTURE
from simulation.processes.venture.fund_raising import office_cells

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World

NONE, VIRTUAL, REAL = range(3)


def preferred_presence(own: Array, support: Array, cost: Array) -> Array:
    """Return the presence that pays managers best; a tie leaves them where they would be without support.

    Parameters
    ----------
    own : (n,) presence without support, index of DOMICILES; it costs nothing more
    support : (3,) million CNY a year offered for each presence
    cost : (n, 3) million CNY a year that each presence costs more than the own one

    Returns
    -------
    (n,) int64
    """
    rows = np.arange(len(own))
    value = support - cost
    value[rows, own] = support[own]
    best = np.argmax(value, axis=1)
    return np.where(value[rows, best] > value[rows, own], best, own)


def settle_offices(world: World, levers: Levers, draws: Draws, p: Any) -> None:
    """Let managers take or give up offices and addresses as support comes and goes, and publish who claims it."""
    funds = world.funds
    rows = funds.live[np.isin(funds.kind[funds.live], (VENTURE, SUB_FUND))]
    offered = levers.office_support.active or levers.registration_support.active
    if not offered and not (funds.own_domicile[rows] >= 0).any():
        return
    key, now = funds.key[rows], funds.domicile[rows].astype(np.int64)
    own = np.where(funds.own_domicile[rows] >= 0, funds.own_domicile[rows], now)
    support = np.array([0.0, levers.registration_support.value(), levers.office_support.value()])
    scatter = np.exp(p.office_spread * draws.normal("venture.office_cost", key, fixed=True))
    cost = np.stack([0.0 * scatter, p.registration_cost * scatter, p.office_cost * scatter], axis=1)
    choice = preferred_presence(own, support, cost)

    feigned = draws.uniform("venture.sham_office", key, fixed=True)
    sham = feigned < p.sham_offices * (1.0 - levers.office_inspection.value())
    sham &= (own != REAL) & (support[REAL] > p.registration_cost * scatter)
    choice = np.where(sham, own, choice)  # a name on a door
    reviewing = (funds.born[rows] == world.quarter) | draws.happens("venture.office_review", key, p.office_review)
    moving = reviewing & (choice != now)
    to = rows[moving]
    funds.domicile[to] = choice[moving]
    funds.own_domicile[to] = np.where(choice == own, -1, own)[moving]
    other = moving & ((choice == REAL) != (now == REAL))
    luck = draws.uniform("venture.office_cell", key[other])
    funds.cell[rows[other]] = office_cells(world.region, luck, choice[other] == REAL)

    taken = (funds.domicile[rows] == REAL) & (own != REAL)
    world.ledger.pay("office_rent", "households", "landlords", float((p.office_cost * scatter)[taken].sum()) / 4.0)
    world.records["office_claims"] = key[(funds.domicile[rows] == REAL) | sham]
    world.records["registration_claims"] = key[(funds.domicile[rows] == VIRTUAL) & ~sham]
    world.records.flow("sham_offices", sham.sum())
