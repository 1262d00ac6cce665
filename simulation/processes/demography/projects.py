"""Large projects: a firm from outside that builds a plant here for public money and promises output in return.

They look at the district only while it makes an offer; hardly one in a hundred would come without any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.columns import Array, origin_keys
from simulation.populations.firms import ORIGINS
from simulation.world import FirmView

if TYPE_CHECKING:
    from simulation.levers import Levers
    from simulation.processes.demography.entry import Candidates
    from simulation.processes.demography.parameters import DemographyParameters
    from simulation.world import World

PROJECT = ORIGINS.index("large_project")
PROJECT_POOL, MEMBER_POOL = 5, 240
"""Pools of keys: one project a quarter, and the people it brings."""


def draft(world: World, p: DemographyParameters) -> dict[str, object]:
    """Return the project that looks for a site this quarter."""
    key = origin_keys("firm", PROJECT_POOL, world.quarter, np.arange(1))
    return {"key": key, "origin": np.int64(PROJECT), "outside": p.outside_project, "quality": p.mover_quality}


def plans(luck: Array, p: DemographyParameters) -> tuple[Array, Array]:
    """Return the yearly sales that projects reckon with, and those that they promise.

    Parameters
    ----------
    luck : (n,) standard normal
    p : with `project_sales`, `project_spread`, `project_optimism`

    Returns
    -------
    planned, promised : (n,) million CNY a year
    """
    planned = p.project_sales * np.exp(p.project_spread * luck)
    return planned, planned * (1.0 + p.project_optimism)


def offers(world: World, levers: Levers, pool: Candidates) -> Array:
    """Return the share of its plant that each candidate is offered in each cell, (n, cells); zero for all but projects.

    Parameters
    ----------
    pool : n candidates
    """
    zone = world.region.cells.zone
    offered = np.zeros((len(pool), len(zone)))
    at = np.flatnonzero(pool.origin == PROJECT)
    if at.size and levers.project_offer.active:
        industry, size = (np.repeat(column[at], len(zone)) for column in (pool.industry, pool.promised))
        tier = np.ones(len(industry), dtype=np.int64)
        view = FirmView(tier, industry, np.tile(zone, at.size), 0 * tier, size)
        share = np.broadcast_to(levers.project_offer.on(view), len(industry))
        offered[at] = share.reshape(at.size, len(zone)) * (world.cells.floor_space > 0.0)
    return offered


def bring_customers(world: World, industry: Array, sales: Array, p: DemographyParameters) -> None:
    """Add to the demand for the district's industries what projects sell to customers that come along with them.

    Parameters
    ----------
    industry : (n,) index
    sales : (n,) million CNY a quarter; negative when a project closes and its customers go
    """
    table = world.industries
    change = p.project_customers * np.bincount(industry, sales, len(table)) / np.maximum(table.share, 0.2)
    table.world_demand[:] = np.maximum(table.world_demand + change, 0.1 * table.world_demand)


def members(new: Candidates, projects: Array, luck: Array, p: DemographyParameters) -> Array:
    """Return how many people each project brings from outside; it hires the others here.

    Parameters
    ----------
    projects : (m,) places in `new`
    luck : (m,) uniform, to round

    Returns
    -------
    (m,) int64
    """
    return np.floor(p.project_team * new.sales[projects] + luck).astype(np.int64)
