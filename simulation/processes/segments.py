"""Segments of the labour market: research and skilled work by field, then brokers, finance and management."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.talent import SKILLED

if TYPE_CHECKING:
    from simulation.world import World

Array = np.ndarray


def segment_of(skill: Array, field: Array, fields: int) -> Array:
    """Return the labour market segment of each person: research and skilled by field, the others without walls.

    Parameters
    ----------
    skill, field : (n,) int
    fields : number of technology fields

    Returns
    -------
    (n,) int64 index of `world.segments`
    """
    skill = skill.astype(np.int64)
    return np.where(skill <= SKILLED, skill * fields + field, 2 * fields + skill - 2)


def skill_means(values: Array, fields: int) -> Array:
    """Return a figure of the segments by skill, plain means over fields.

    Parameters
    ----------
    values : (2 * fields + 3,) float
    fields : number of technology fields

    Returns
    -------
    (5,) float
    """
    return np.concatenate([[values[:fields].mean(), values[fields : 2 * fields].mean()], values[2 * fields :]])


def starting_wages(world: World) -> Array:
    """Return the segments' wages at quarter 0, (g,) million CNY a year; later wages are read relative to them."""
    start = world.published.get("wage_reference")
    return world.segments.wage.copy() if start is None else start
