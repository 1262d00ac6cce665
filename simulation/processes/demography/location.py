"""Where firms settle: a logit over cells with keyed tastes, and who gets an incubator place."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulation.draws import favourites, pair_keys
from simulation.space.proximity import distance_km

if TYPE_CHECKING:

    from simulation.draws import Draws
    from simulation.populations.columns import Array
    from simulation.space.region import Region

LEAST_VACANCY = 0.02
"""Share of a full cell's floor space that changes hands anyway."""


@lru_cache(maxsize=16)
def distances(region: Region) -> Array:
    """Return the distances between the cells of a region, (n, n) km, read-only."""
    between = distance_km(region.cells.x, region.cells.y)
    between.flags.writeable = False
    return between


def vacant_space(floor_space: Array, occupied: Array) -> Array:
    """Return the floor space that a firm can hope to find in each cell.

    Parameters
    ----------
    floor_space, occupied : (n,) thousand m2

    Returns
    -------
    (n,) thousand m2; a small turnover remains where all is taken
    """
    return np.maximum(floor_space - occupied, LEAST_VACANCY * floor_space)


def technological(rd_intensity: Array, mean: float) -> Array:
    """Return how much research weighs in a firm or an industry relative to the mean industry, at most 2.

    Parameters
    ----------
    rd_intensity : (n,) R&D over sales
    mean : of the industries
    """
    return np.minimum(rd_intensity / mean, 2.0)


def to_be_heard(research: Array, knowledge: Array) -> Array:
    """Return what a firm would overhear in each cell: more where much research is done, by those who know much.

    Parameters
    ----------
    research : (n, F) effective R&D of the quarter in reach, million CNY at 1:1
    knowledge : (n, F) knowledge of those who do it, relative to the frontier

    Returns
    -------
    (n, F) float; the log of one plus research, as in what firms do overhear
    """
    return np.log1p(research) * knowledge


def cell_values(
    vacant: Array,
    peers: Array,
    knowledge: Array,
    access: Array,
    amenity: Array,
    log_rent: Array,
    technological: Array,
    weights: tuple[float, float, float, float, float],
) -> Array:
    """Return the value of each cell to the firms of each industry.

    Parameters
    ----------
    vacant : (n,) thousand m2 at 1:1; counts with weight one, as places to choose from do
    peers : (S, n) firms of the industry in reach, at 1:1
    knowledge : (S, n) what is `to_be_heard` of the industry's fields
    access, amenity, log_rent : (n,)
    technological : (S,) R&D intensity of the industry relative to the mean
    weights : on ln(1 + peers), knowledge, access and amenity (these three times `technological`), ln rent

    Returns
    -------
    (S, n) float, log points; minus infinity where there is no floor space at all

    References
    ----------
    Carlton (1983), The location and employment choices of new firms (conditional logit).
    Audretsch and Feldman (1996), R&D spillovers and the geography of innovation and production (knowledge near by is
    worth the more, the more a firm or an industry does research).
    """
    w_peers, w_knowledge, w_access, w_amenity, w_rent = weights
    with np.errstate(divide="ignore"):
        room = np.log(vacant)
    setting = w_knowledge * knowledge + w_access * access + w_amenity * amenity
    return room - w_rent * log_rent + w_peers * np.log1p(peers) + technological[:, None] * setting


def squeeze(vacant: Array, needed: Array, weight: float) -> Array:
    """Return what a cell loses in value to a firm for which it has too little room.

    Parameters
    ----------
    vacant : (n,) thousand m2
    needed : (m,) thousand m2
    weight : on the log of the share of the need that can be met

    Returns
    -------
    (m, n) log points, zero where there is room enough
    """
    met = np.minimum(np.maximum(vacant, 1e-6) / np.maximum(needed, 1e-6)[:, None], 1.0)
    return weight * np.log(met)


def relieved(relief: Array, weight: float) -> Array:
    """Return by how much rent relief makes cells better.

    Parameters
    ----------
    relief : (m, n) share of rent relieved for each firm in each cell, below one
    weight : on ln rent

    Returns
    -------
    (m, n) log points
    """
    return -weight * np.log1p(-relief)


def inclusive_value(values: Array) -> Array:
    """Return the expected value of the best cell under Gumbel tastes (log-sum).

    Parameters
    ----------
    values : (S, n) log points

    Returns
    -------
    (S,) log points
    """
    top = values.max(axis=1)
    return top + np.log(np.exp(values - top[:, None]).sum(axis=1))


def chosen_cells(draws: Draws, stream: str, keys: Array, values: Array) -> Array:
    """Return the cell that each firm likes best: value plus a Gumbel taste keyed by firm and cell.

    Parameters
    ----------
    draws, stream : keyed draws and the name of the purpose; tastes last for life
    keys : (m,) int64 keys of the firms
    values : (m, n) value of each cell to each firm, log points

    Returns
    -------
    (m,) int64; a cell that becomes better never loses a firm
    """
    pairs = pair_keys(keys[:, None], np.arange(1, values.shape[1] + 1))
    return favourites(values, draws.uniform(stream, pairs, fixed=True))


def allotted(cell: Array, wanting: Array, priority: Array, free: Array) -> Array:
    """Return who gets an incubator place: the first of each cell by priority, as long as there are places.

    Parameters
    ----------
    cell : (m,) cell of each applicant
    wanting : (m,) bool, whether it applies
    priority : (m,) keyed luck; lower comes first
    free : (n,) free places by cell; a part of a place is none

    Returns
    -------
    (m,) bool
    """
    given = np.zeros(len(cell), dtype=bool)
    asking = np.flatnonzero(wanting)
    if asking.size == 0:
        return given
    order = asking[np.lexsort((priority[asking], cell[asking]))]
    sorted_cells = cell[order]
    first = np.searchsorted(sorted_cells, sorted_cells, side="left")
    given[order] = np.arange(len(order)) - first < np.floor(free[sorted_cells] + 1e-9)
    return given


def space_needed(sales_year: Array, norm: float) -> Array:
    """Return the floor space that firms of a size need; larger firms need less for each yuan sold.

    Parameters
    ----------
    sales_year : (m,) million CNY a year
    norm : the district's norm at the start

    Returns
    -------
    (m,) thousand m2
    """
    return norm * (0.15 + np.maximum(sales_year, 0.0) ** 0.85)
