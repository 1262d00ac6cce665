"""Where things happen: concentration, rents, vacancy, what the neighbours lose."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simulation.outcome import outcome
from simulation.space.proximity import gini, morans_i, queen_pairs
from simulation.space.region import Cells
from simulation.world import World


def _patents_by_cell(world: World) -> np.ndarray:
    rows = world.firms.live
    return np.bincount(world.firms.cell[rows], weights=world.firms.patents[rows], minlength=len(world.cells))


@lru_cache(maxsize=8)
def _neighbours(cells: Cells) -> np.ndarray:
    return queen_pairs(cells.x, cells.y)


@outcome("spatial_gini", "index", "Spatial Gini of patents", "专利空间基尼系数")
def spatial_gini(world: World) -> float:
    """Gini coefficient of patents over cells."""
    return float(gini(_patents_by_cell(world)))


@outcome("morans_i", "index", "Moran's I of patents", "专利莫兰指数")
def morans(world: World) -> float:
    """Spatial autocorrelation of patents over cells (queen contiguity)."""
    cells = world.region.cells
    return float(morans_i(_patents_by_cell(world), cells.x, cells.y, _neighbours(cells)))


@outcome("outside_core_share", "share", "Patents outside the core", "核心区外专利占比")
def outside_core_share(world: World) -> float:
    """Share of patents in force outside the core zones."""
    patents = _patents_by_cell(world)
    core = world.region.zone_mask("core")
    return float(patents[~core].sum() / max(patents.sum(), 1e-12))


@outcome("rent", "million CNY per thousand m2 a quarter", "Rent", "租金")
def rent(world: World) -> float:
    """Rent weighted by occupied floor space."""
    weight = world.cells.occupied
    return float((world.cells.rent * weight).sum() / max(weight.sum(), 1e-12))


@outcome("vacancy_rate", "share", "Vacant floor space", "载体空置率")
def vacancy_rate(world: World) -> float:
    """Share of floor space that stands empty."""
    space = float(world.cells.floor_space.sum())
    return 1.0 - float(np.minimum(world.cells.occupied, world.cells.floor_space).sum()) / max(space, 1e-12)


@outcome("amenity", "index", "Amenity where talent lives", "人才居住地宜居度")
def amenity(world: World) -> float:
    """Amenity weighted by residents."""
    weight = world.cells.residents
    return float((world.cells.amenity * weight).sum() / max(weight.sum(), 1e-12))


@outcome("neighbour_loss_firms", "firms", "Firms lost by neighbour districts", "周边区县流失企业", extensive=True)
def neighbour_loss_firms(world: World) -> float:
    """Firms that moved in from neighbour districts since the start."""
    start = world.region.neighbours.firms.sum() * world.scale
    return float(start - world.neighbours.firms.sum())


@outcome("neighbour_loss_talent", "people", "Talent lost by neighbour districts", "周边区县流失人才", extensive=True)
def neighbour_loss_talent(world: World) -> float:
    """Talent that moved in from neighbour districts since the start."""
    start = world.region.neighbours.talent.sum() * world.scale
    return float(start - world.neighbours.talent.sum())
