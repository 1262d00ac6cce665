"""Shapes of distributions: tails, tents, concentration and dispersion."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, zeta

Array = np.ndarray

FEWEST_IN_TAIL = 10
"""Observations below which a tail is not estimated."""


def hill_exponent(values: Array, share: float = 0.1) -> float:
    """Return the exponent of the upper tail, P(X > x) ~ x^-exponent, by Hill's estimator.

    The maximum likelihood estimate for a Pareto tail above the order statistic at `share`; 1 is Zipf's law.

    Parameters
    ----------
    values : (n,) positive
    share : part of the observations, the largest, that make the tail

    Returns
    -------
    float, not-a-number if the tail has fewer than ten observations

    References
    ----------
    Hill (1975), A simple general approach to inference about the tail of a distribution.
    """
    ordered = np.sort(values[values > 0])[::-1]
    tail = int(share * len(ordered))
    if tail < FEWEST_IN_TAIL or len(ordered) <= tail:
        return float("nan")
    excess = float(np.log(ordered[:tail] / ordered[tail]).mean())
    return 1.0 / excess if excess > 0 else float("nan")


def subbotin_shape(values: Array) -> float:
    """Return the shape b of a Subbotin (exponential power) distribution by maximum likelihood.

    The density is proportional to exp(-|x - m|^b / (b a^b)): b = 1 is the Laplace tent, b = 2 the normal bell. The
    scale is profiled out, a^b = mean |x - m|^b, and the location m is the median, which is its maximum likelihood
    estimate at b = 1.

    Parameters
    ----------
    values : (n,) float

    Returns
    -------
    float in (0.2, 6), not-a-number for fewer than 100 values or no spread

    References
    ----------
    Bottazzi and Secchi (2006), Explaining the distribution of firm growth rates.
    """
    away = np.abs(values - np.median(values))
    if len(away) < 100 or not away.any():
        return float("nan")
    log = np.log(np.maximum(away / away.mean(), 1e-12))

    def loss(shape: float) -> float:
        scale = float(np.log(np.exp(shape * log).mean())) / shape
        return float(np.log(2.0) + np.log(shape) / shape + gammaln(1.0 + 1.0 / shape) + scale + 1.0 / shape)

    return float(minimize_scalar(loss, bounds=(0.2, 6.0), method="bounded", options={"xatol": 1e-4}).x)


def count_exponent(counts: Array, fewest: int = 50) -> float:
    """Return the exponent of a discrete power law, P(K = k) ~ k^-exponent, by maximum likelihood.

    The smallest count at which the law holds is the one whose fit lies nearest to the data (Kolmogorov-Smirnov), among
    those that leave enough observations.

    Parameters
    ----------
    counts : (n,) non-negative integers; zeros are left out
    fewest : observations that the tail must keep

    Returns
    -------
    float, not-a-number if there are fewer positive counts

    References
    ----------
    Clauset, Shalizi and Newman (2009), Power-law distributions in empirical data; as in O'Neale and Hendy (2012).
    """
    counts = np.sort(counts[counts > 0]).astype(np.float64)
    best, distance = float("nan"), np.inf
    for smallest in np.unique(counts):
        tail = counts[np.searchsorted(counts, smallest) :]
        if len(tail) < fewest or tail[-1] == smallest:
            break
        exponent = _zeta_exponent(tail, smallest)
        levels, numbers = np.unique(tail, return_counts=True)
        seen = np.cumsum(numbers) / len(tail)
        fitted = 1.0 - zeta(exponent, levels + 1.0) / zeta(exponent, smallest)
        gap = float(np.abs(seen - fitted).max())
        if gap < distance:
            best, distance = exponent, gap
    return best


def _zeta_exponent(tail: Array, smallest: float) -> float:
    log = float(np.log(tail).mean())

    def loss(exponent: float) -> float:
        return float(np.log(zeta(exponent, smallest))) + exponent * log

    return float(minimize_scalar(loss, bounds=(1.01, 8.0), method="bounded").x)


def top_share(values: Array, share: float = 0.1) -> float:
    """Return what part of the total the largest observations hold.

    Parameters
    ----------
    values : (n,) non-negative
    share : part of the observations, at least one of them

    Returns
    -------
    float in [0, 1], not-a-number if nothing is held
    """
    total = float(values.sum()) if len(values) else 0.0
    if total <= 0:
        return float("nan")
    return float(np.sort(values)[::-1][: max(round(share * len(values)), 1)].sum()) / total


def gini(values: Array) -> float:
    """Return the Gini coefficient: half the mean absolute difference of pairs over the mean.

    Parameters
    ----------
    values : (n,) non-negative

    Returns
    -------
    float in [0, 1), not-a-number if nothing is held
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n, total = len(ordered), float(ordered.sum())
    if n == 0 or total <= 0:
        return float("nan")
    return float(2.0 * (np.arange(1, n + 1) @ ordered) / (n * total) - (n + 1) / n)


def percentile_ratio(log_values: Array, groups: Array, upper: float = 0.9, lower: float = 0.1) -> float:
    """Return the ratio of two percentiles within groups, weighted by their observations.

    Parameters
    ----------
    log_values : (n,) logs of what is compared
    groups : (n,) int, such as industries
    upper, lower : percentiles as shares

    Returns
    -------
    float, exponential of the weighted mean log ratio; groups of fewer than ten are left out

    References
    ----------
    Syverson (2011), What determines productivity?
    """
    ratios, weights = [], []
    for group in np.unique(groups):
        mine = log_values[groups == group]
        if len(mine) >= 10:
            high, low = np.quantile(mine, [upper, lower])
            ratios.append(high - low)
            weights.append(len(mine))
    return float(np.exp(np.average(ratios, weights=weights))) if ratios else float("nan")
