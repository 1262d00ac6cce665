"""Sites: which cells of a region public works may take, and how they share what is built."""

from __future__ import annotations

import numpy as np

from simulation.space.region import Region


def in_zones(region: Region, zones: tuple[str, ...], kind: str = "") -> np.ndarray:
    """Return which zones are meant, (zones,) bool: the named ones, else all of a kind.

    Parameters
    ----------
    region : whose zones
    zones : names; when empty, the kind decides
    kind : "core", "wing", "axis", "urban" or "finance"; all zones when empty
    """
    if zones:
        return np.array([zone.name in zones for zone in region.zones])
    return np.array([not kind or getattr(zone, kind) for zone in region.zones])


def building_weights(region: Region, sites: np.ndarray) -> np.ndarray:
    """Return how cells share what is built: by land that can be built on and by access.

    Parameters
    ----------
    region : whose cells
    sites : (n,) bool, cells that may be built in

    Returns
    -------
    (n,) that add up to one; all zero where nothing can be built
    """
    cells = region.cells
    weights = np.where(sites, cells.buildable * (0.5 + cells.access), 0.0)
    return weights / max(weights.sum(), 1e-300)
