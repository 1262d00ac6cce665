"""Which parameters a set of levels pins down: local sensitivities, their information matrix, and what is left open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

Array = np.ndarray

PRIOR_PRECISION = 12.0
"""Of a parameter known to lie between its bounds and no more, in units of their width: one over 1/12."""

DAMPINGS = (0.1 * PRIOR_PRECISION, PRIOR_PRECISION, 10.0 * PRIOR_PRECISION)

PINNED = 0.5
"""Share of the doubt that levels must remove for a parameter to count as pinned down."""

AGREED = 2.0
"""Standard errors by which a sensitivity must differ from zero to count, where seeds allow to tell."""


@dataclass(frozen=True)
class Identifiability:
    """What levels tell about parameters near the best set.

    Parameters
    ----------
    sensitivity : (L, P) tolerances by which a level moves over the width of a parameter's bounds
    eigenvalues : (P,) of the information matrix, descending
    directions : (P, P) its eigenvectors, one a column; the last are the combinations that levels leave open
    pinned : (P,) share of the doubt within the bounds (variance) that the levels remove, in [0, 1]
    errors : (P,) standard errors in widths of the bounds, bounds and levels taken together
    """

    sensitivity: Array
    eigenvalues: Array
    directions: Array
    pinned: Array
    errors: Array


def sensitivities(above: Array, below: Array, steps: Array) -> Array:
    """Return central differences of levels by parameters, those that seeds do not agree on set to zero.

    Parameters
    ----------
    above, below : (P, S, L) levels in tolerances with each parameter raised and lowered, by seed
    steps : (P,) distance between the two, in widths of the parameter's bounds

    Returns
    -------
    (L, P) tolerances over the width of the bounds; with three seeds or more, differences within two standard errors
    of zero count as zero
    """
    slopes = (above - below) / steps[:, None, None]
    mean = slopes.mean(axis=1)
    seeds = slopes.shape[1]
    if seeds >= 3:
        error = slopes.std(axis=1, ddof=1) / np.sqrt(seeds)
        mean = np.where(np.abs(mean) > AGREED * error, mean, 0.0)
    return np.asarray(mean.T)


def identify(sensitivity: Array, weights: Array) -> Identifiability:
    """Return what levels tell about parameters.

    Parameters
    ----------
    sensitivity : (L, P), see `Identifiability`
    weights : (L,) of the squared deviations in the loss

    Notes
    -----
    A tolerance counts as one standard deviation, so the information matrix is J'WJ (Gauss-Newton). The bounds enter as
    a prior with the variance of a uniform distribution; without them nothing could be said of directions without data.
    """
    information = sensitivity.T @ (weights[:, None] * sensitivity)
    values, vectors = np.linalg.eigh(information)
    variance = np.diag(np.linalg.inv(information + PRIOR_PRECISION * np.eye(len(information))))
    return Identifiability(
        sensitivity=sensitivity,
        eigenvalues=np.maximum(values[::-1], 0.0),
        directions=vectors[:, ::-1],
        pinned=np.clip(1.0 - PRIOR_PRECISION * variance, 0.0, 1.0),
        errors=np.sqrt(variance),
    )


def damped_steps(known: Identifiability, deviations: Array, weights: Array) -> Array:
    """Return steps towards a lower loss, by Gauss-Newton with little, some and much damping.

    Parameters
    ----------
    known : what the levels tell near the point
    deviations, weights : (L,) of the levels there, as in the loss

    Returns
    -------
    (3, P) steps in widths of the bounds

    References
    ----------
    Levenberg (1944); Marquardt (1963).
    """
    slope = known.directions.T @ (known.sensitivity.T @ (weights * deviations))
    return np.array([-known.directions @ (slope / (known.eigenvalues + damping)) for damping in DAMPINGS])


def draws_around(best: Array, known: Identifiability, rise: float, count: int, seed: int) -> Array:
    """Return sets of parameters around the best one, as wide as the bounds where levels say nothing.

    Parameters
    ----------
    best : (P,) in widths above the lower bounds, in [0, 1]
    known : what the levels tell near it
    rise : by how much the loss should rise on average; where levels speak, draws are narrowed until it does
    count, seed : number of draws and seed of the generator

    Returns
    -------
    (count, P) in [0, 1]; what would fall outside the bounds is reflected at them
    """
    values = known.eigenvalues

    def excess(narrowing: float) -> float:
        return float((values / (narrowing * values + PRIOR_PRECISION)).sum()) - rise

    # The expected rise falls towards 0 as draws are narrowed, so a root lies below P / rise.
    narrowing = 0.0 if excess(0.0) <= 0 else brentq(excess, 0.0, len(values) / rise)
    normal = np.random.default_rng(seed).standard_normal((count, len(best)))
    points = best + (normal / np.sqrt(narrowing * values + PRIOR_PRECISION)) @ known.directions.T
    return np.asarray(1.0 - np.abs(1.0 - np.mod(points, 2.0)))
