"""How near things are and how concentrated: distances, spillovers, rings of places, Gini, Moran's I."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from simulation.space.region import Region

SPILLOVER_BANDS = ((0.0, 1.0), (2.0, 0.25), (5.0, 0.04))
"""Squared distance in cells up to which a weight holds: the same cell, those that touch it, the next ring."""


def distance_km(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the straight-line distances between all places.

    Parameters
    ----------
    x, y : (n,) coordinates, km

    Returns
    -------
    (n, n) float, km
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    return np.hypot(x[:, None] - x, y[:, None] - y)


def spillover_kernel(x: np.ndarray, y: np.ndarray) -> csr_matrix:
    """Return how strongly knowledge at one place spills over to another: gone within about 2 km.

    Parameters
    ----------
    x, y : (n,) coordinates, km; places that coincide count as one

    Returns
    -------
    (n, n) sparse symmetric weights: 1, 0.25, 0.04 at a squared distance of 0, up to 2, up to 5, else none

    References
    ----------
    Arzaghi and Henderson (2008), Networking off Madison Avenue.
    """
    places = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    reach = np.sqrt(SPILLOVER_BANDS[-1][0])
    pairs = cKDTree(places).query_pairs(reach + 1e-9, output_type="ndarray").reshape(-1, 2)
    squared = ((places[pairs[:, 0]] - places[pairs[:, 1]]) ** 2).sum(axis=1)
    limits, weights = (np.array(values) for values in zip(*SPILLOVER_BANDS, strict=True))
    between = weights[np.minimum(np.searchsorted(limits + 1e-9, squared), len(weights) - 1)]
    own = np.arange(len(places))
    rows = np.concatenate([pairs[:, 0], pairs[:, 1], own])
    columns = np.concatenate([pairs[:, 1], pairs[:, 0], own])
    values = np.concatenate([between, between, np.full(len(places), weights[0])])
    kernel = csr_matrix((values, (rows, columns)), shape=(len(places), len(places)))
    kernel.sort_indices()
    return kernel


@lru_cache(maxsize=16)
def reach(region: Region) -> csr_matrix:
    """Return the weights with which the cells of a region are felt from each other, (n, n) sparse."""
    return spillover_kernel(region.cells.x, region.cells.y)


def morton_code(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return positions along a line that keeps near cells near, by interleaving the bits of x and y.

    Parameters
    ----------
    x, y : (n,) whole numbers from 0 to 2**32 - 1

    Returns
    -------
    (n,) uint64; bits of x at the even places

    Raises
    ------
    ValueError
        a coordinate is below 0 or too large

    References
    ----------
    Morton (1966), A computer oriented geodetic data base.
    """
    return _spread_bits(x) | (_spread_bits(y) << np.uint64(1))


def _spread_bits(values: np.ndarray) -> np.ndarray:
    """Return numbers with a zero bit put between any two of their bits."""
    values = np.asarray(values)
    if values.size and (values.min() < 0 or values.max() >= 2**32):
        raise ValueError("coordinates must be from 0 to 2**32 - 1")
    bits = values.astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def gini(values: np.ndarray) -> float:
    """Return the Gini coefficient of amounts over places: 0 when equal, near 1 when all is in one place.

    Parameters
    ----------
    values : (n,) float, none below 0; all zero or none at all counts as equal

    Raises
    ------
    ValueError
        an amount is below 0
    """
    ordered = np.sort(np.asarray(values, dtype=float))
    if ordered.size and ordered[0] < 0:
        raise ValueError("amounts must not be below 0")
    total = ordered.sum()
    if total <= 0:
        return 0.0
    n = len(ordered)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * total))


def queen_pairs(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return (pairs, 2) indices of grid cells that share an edge or a corner, each pair once.

    Parameters
    ----------
    x, y : (n,) int, grid column and row, each cell once
    """
    places = np.column_stack([np.asarray(x, dtype=float), np.asarray(y, dtype=float)])
    return cKDTree(places).query_pairs(1.5, output_type="ndarray").reshape(-1, 2)


def morans_i(values: np.ndarray, x: np.ndarray, y: np.ndarray, pairs: np.ndarray | None = None) -> float:
    """Return Moran's I over grid cells: above 0 when like lies beside like.

    Parameters
    ----------
    values : (n,) float
    x, y : (n,) int, grid column and row, each cell once
    pairs : (pairs, 2) indices of neighbours, each pair with weight 1; those of `queen_pairs` when left out

    Returns
    -------
    float; 0 when the values are all equal or no cell has a neighbour

    References
    ----------
    Moran (1950), Notes on continuous stochastic phenomena.
    """
    values = np.asarray(values, dtype=float)
    pairs = queen_pairs(x, y) if pairs is None else pairs
    deviation = values - values.mean() if values.size else values
    spread = deviation @ deviation
    if len(pairs) == 0 or spread <= 1e-24 * max(1.0, float(values @ values)):
        return 0.0
    shared = deviation[pairs[:, 0]] @ deviation[pairs[:, 1]]
    return float(len(values) / len(pairs) * shared / spread)


def travel_decay(minutes: np.ndarray, elasticity: float, full: float) -> np.ndarray:
    """Return what is left of a link over a travel time: a power of it, as in models of gravity.

    Parameters
    ----------
    minutes : travel time, at least 0, minutes
    elasticity : percent lost for each percent more travel time
    full : travel time up to which nothing is lost, minutes

    Returns
    -------
    float of the same shape in (0, 1]: min(1, ((1 + minutes) / (1 + full)) ** -elasticity)
    """
    longer = np.maximum((1.0 + np.asarray(minutes, dtype=float)) / (1.0 + full), 1.0)
    return longer**-elasticity
