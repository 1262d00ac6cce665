"""Segments of the labour market: research and skilled work by field, then brokers, finance and management."""

from __future__ import annotations

from functools import lru_cache
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
    segment = _first_segments(fields).take(skill)
    segment += field * (skill <= SKILLED)
    return segment


@lru_cache(maxsize=16)
def _first_segments(fields: int) -> Array:
    return np.array([0, fields, 2 * fields, 2 * fields + 1, 2 * fields + 2])


STEPS = 4096
"""Steps in which tables of choices divide luck."""


def choice_table(cumulated: Array) -> Array:
    """Return what is chosen at each step of luck, so that many choices take one look each.

    Parameters
    ----------
    cumulated : (k, m) chances of m choices in each of k cases, cumulated; the last needs not be 1 but is taken so

    Returns
    -------
    (k, STEPS) int16 in [0, m)
    """
    luck = (np.arange(STEPS) + 0.5) / STEPS
    return np.stack([np.searchsorted(chances[:-1], luck) for chances in cumulated]).astype(np.int16)


def chosen(table: Array, case: Array, luck: Array) -> Array:
    """Return choices.

    Parameters
    ----------
    table : see `choice_table`
    case : (n,) int row of the table
    luck : (n,) uniform draws
    """
    place = np.multiply(case, STEPS, dtype=np.int64)
    place += (luck * STEPS).astype(np.int64)
    return table.take(place).astype(np.int64)


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
