"""Designs of experiments: points in the unit cube, made by scipy and SALib."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SAMPLED = ("lhs", "sobol", "morris", "saltelli")
KINDS = ("grid", "oat", "list", *SAMPLED)
"""Full factorial, one at a time, explicit list, Latin hypercube, Sobol sequence, Morris trajectories, Saltelli."""


def unit_points(
    kind: str, names: Sequence[str], points: int, *, seed: int = 0, levels: int = 4, second_order: bool = False
) -> Floats:
    """Return the points of a sampled design.

    Parameters
    ----------
    kind : one of `SAMPLED`
    names : names of the factors
    points : points of a Latin hypercube or Sobol sequence; trajectories of Morris; base sample N of Saltelli
    seed : of the design, independent of the seeds of runs
    levels : grid levels of Morris
    second_order : whether Saltelli's design allows for second-order indices

    Returns
    -------
    (n, k) float in [0, 1]; n is `points`, for Morris points (k + 1), for Saltelli points (k + 2) or points (2 k + 2)

    References
    ----------
    McKay et al. (1979); Sobol (1967); Morris (1991); Saltelli et al. (2010).
    """
    generator = np.random.default_rng(seed)
    if kind in ("lhs", "sobol"):
        from scipy.stats import qmc

        if kind == "lhs":
            return qmc.LatinHypercube(len(names), rng=generator).random(points)
        return qmc.Sobol(len(names), scramble=True, rng=generator).random(points)
    problem: dict[str, Any] = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    if kind == "morris":
        from SALib.sample import morris

        sample = morris.sample(problem, N=points, num_levels=levels, seed=seed)
    else:
        from SALib.sample import sobol

        sample = sobol.sample(problem, N=points, calc_second_order=second_order, seed=seed)
    return np.asarray(sample, dtype=float)


def grid(levels: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Return every combination of the factors' levels, the last factor changing fastest."""
    return list(product(*levels))


def one_at_a_time(levels: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Return a point that leaves every factor as it is (None), then each factor at each of its levels alone."""
    as_it_is: tuple[Any, ...] = (None,) * len(levels)
    points = [as_it_is]
    for place, values in enumerate(levels):
        points += [(*as_it_is[:place], value, *as_it_is[place + 1 :]) for value in values]
    return points
