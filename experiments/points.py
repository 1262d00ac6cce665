"""The points of an experiment: which values of its factors are run together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from experiments.axes import Axis, axes_of
from experiments.declaration import Declaration, Factor, Sampling
from experiments.designs import SAMPLED, grid, one_at_a_time, unit_points
from simulation.scenario import Scenario

DEFAULT_POINTS = {"lhs": 100, "sobol": 128, "morris": 10, "saltelli": 128}
DEFAULT_LEVELS = {"grid": 5, "oat": 2, "morris": 4}

Point = tuple[Any, ...]


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested tables as values by dotted path."""
    values: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            values |= flat(value, f"{prefix}{key}.")
        else:
            values[f"{prefix}{key}"] = value
    return values


def points_of(
    declaration: Declaration, axes: list[Axis], bases: list[Scenario], fault: Any
) -> tuple[list[Axis], list[Point]]:
    """Return the factors and their points: sampled, crossed, or as the file lists them.

    Parameters
    ----------
    declaration : what the file says
    axes : the factors that it declares
    bases : loaded scenarios, which a listed point may name further factors of
    fault : is told the key and what is wrong there
    """
    design = declaration.design
    parts = {"lever": design.levers, "uncertainty": design.uncertainties}
    if design.kind == "list" or declaration.points:
        return _listed(declaration, axes, bases, fault)
    if not any(parts.values()):
        return axes, _sampled(design, axes, "design", fault)
    # Kept apart: every point of the levers meets every point of the uncertainties.
    sides = []
    for role, sampling in parts.items():
        some = [axis for axis in axes if axis.role == role]
        sides.append(_sampled(sampling or design, some, f"design.{role}", fault) if some else [()])
    return axes, [left + right for left, right in grid(sides)]


def _sampled(sampling: Sampling, axes: list[Axis], key: str, fault: Any) -> list[Point]:
    if not axes:
        if sampling.kind in SAMPLED:
            fault(key, f"{sampling.kind} needs factors; add [[levers]] or [[uncertainties]]")
        return [()]
    if sampling.kind not in SAMPLED:
        levels = sampling.levels or DEFAULT_LEVELS[sampling.kind]
        values = [axis.grid(axis.levels or levels) for axis in axes]
        return grid(values) if sampling.kind == "grid" else one_at_a_time(values)
    points = sampling.points or DEFAULT_POINTS[sampling.kind]
    if sampling.kind in ("sobol", "saltelli") and points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        fault(f"{key}.points", f"{points} must be a power of 2 for {sampling.kind}, such as {below} or {2 * below}")
        return []
    levels = sampling.levels or DEFAULT_LEVELS["morris"]
    if sampling.kind == "morris" and levels % 2:
        fault(f"{key}.levels", f"{levels} must be even for morris")
        return []
    unit = unit_points(sampling.kind, [axis.path for axis in axes], points, seed=sampling.seed, levels=levels,
                       second_order=sampling.second_order)  # fmt: skip
    return [tuple(axis.at(float(share)) for axis, share in zip(axes, row, strict=True)) for row in unit]


def _listed(
    declaration: Declaration, axes: list[Axis], bases: list[Scenario], fault: Any
) -> tuple[list[Axis], list[Point]]:
    """Return the points written in the file; what they name is varied even if it stands nowhere else."""
    points = [flat(point) for point in declaration.points]
    if not points:
        fault("points", "a list design needs its points, each as [[points]]")
    if declaration.design.kind != "list":
        fault("design.kind", f'points are written one by one, but the design is {declaration.design.kind}, not "list"')
    known = {axis.path: axis for axis in axes}
    for place, point in enumerate(points):
        for path in sorted(point.keys() - known.keys()):
            values = [other[path] for other in points if path in other]
            alone = Declaration(levers=[Factor(vary=path, values=values)], dial=declaration.dial)
            found = axes_of(alone, bases, partial(_at_point, fault, place))
            if found:
                known[path] = found[0]
    return list(known.values()), [tuple(point.get(path) for path in known) for point in points]


def _at_point(fault: Any, place: int, _: str, message: str) -> None:
    fault(f"points.{place}", message)
