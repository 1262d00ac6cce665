"""Firms over time: growth and size, persistence, and where productivity growth comes from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

Array = np.ndarray


def within_groups(values: Array, groups: Array) -> Array:
    """Return deviations from the mean of one's group.

    Parameters
    ----------
    values : (n,) float
    groups : (n,) non-negative int
    """
    count = np.maximum(np.bincount(groups), 1)
    return values - (np.bincount(groups, values) / count)[groups]


def size_variance_slope(size: Array, growth: Array, bins: int = 20) -> float:
    """Return the elasticity of the spread of growth rates to size: log standard deviation on log size over bins.

    Parameters
    ----------
    size : (n,) positive, at the start of the growth period
    growth : (n,) log growth
    bins : classes of size with equal numbers of observations

    Returns
    -------
    float, not-a-number for fewer than ten observations a bin

    References
    ----------
    Stanley et al. (1996), Scaling behaviour in the growth of companies; Riccaboni et al. (2008).
    """
    if len(size) < 10 * bins:
        return float("nan")
    classes = np.array_split(np.argsort(size, kind="stable"), bins)
    middle = [np.log(size[rows]).mean() for rows in classes]
    spread = [growth[rows].std(ddof=1) for rows in classes]
    return slope(np.array(middle), np.log(np.maximum(spread, 1e-12)))


def slope(x: Array, y: Array) -> float:
    """Return the least-squares slope of y on x; not-a-number for fewer than three points or no spread in x."""
    if len(x) < 3 or np.ptp(x) == 0:
        return float("nan")
    return float(stats.linregress(x, y).slope)


def count_elasticity(size: Array, counts: Array) -> float:
    """Return the elasticity of expected counts to size by Poisson pseudo maximum likelihood, zeros included.

    Parameters
    ----------
    size : (n,) positive
    counts : (n,) non-negative

    Returns
    -------
    float, not-a-number for fewer than three places or no counts

    References
    ----------
    Santos Silva and Tenreyro (2006), The log of gravity.
    """
    if len(size) < 3 or np.ptp(size) == 0 or counts.sum() <= 0:
        return float("nan")
    log = np.log(size) - np.log(size).mean()

    def score(elasticity: float) -> float:
        weight = np.exp(elasticity * log - (elasticity * log).max())
        return float(counts @ log) - float(counts.sum()) * float(weight @ log) / float(weight.sum())

    if score(-5.0) * score(5.0) > 0:
        return float("nan")
    return float(optimize.brentq(score, -5.0, 5.0))


def partial_slope(y: Array, x: Array, controls: Array, groups: tuple[Array, ...], weights: Array) -> float:
    """Return the weighted least-squares coefficient of x, given controls and a constant for each group.

    Parameters
    ----------
    y, x : (n,) float
    controls : (n, k) float, k may be 0
    groups : arrays (n,) of int, each a set of fixed effects
    weights : (n,) non-negative

    Returns
    -------
    float, not-a-number where x has no spread of its own
    """
    dummies = [(g[:, None] == np.unique(g)).astype(np.float64) for g in groups]
    others = np.column_stack([np.ones(len(y)), controls, *dummies])
    root = np.sqrt(weights)
    kept = x - others @ np.linalg.lstsq(others * root[:, None], x * root, rcond=None)[0]
    own = float((weights * kept) @ kept)
    spread = float((weights * (x - np.average(x, weights=weights))) @ x) if weights.sum() > 0 else 0.0
    if own <= 1e-12 * max(spread, 1e-300):
        return float("nan")
    return float((weights * kept) @ y) / own


@dataclass(frozen=True)
class GrowthParts:
    """Growth of an aggregate of shares and levels, split by who brought it; the parts sum to `total`."""

    total: float
    within: float
    between: float
    entry: float
    exit: float

    @property
    def net_entry_share(self) -> float:
        """Share of growth that entry and exit bring."""
        return (self.entry + self.exit) / self.total if self.total else float("nan")


def growth_parts(level0: Array, weight0: Array, level1: Array, weight1: Array) -> GrowthParts:
    """Return the Foster-Haltiwanger-Krizan decomposition of the growth of a weighted mean.

    Survivors count against the opening mean: within (own growth at opening shares), between (share gains, with the
    cross term); entrants bring their closing share times their distance from the opening mean, exits the reverse.

    Parameters
    ----------
    level0, level1 : (n,) levels (logs) at the start and the end; any value where the firm is absent
    weight0, weight1 : (n,) sizes at the start and the end, 0 where the firm is absent

    References
    ----------
    Foster, Haltiwanger and Krizan (2001), Aggregate productivity growth; as in Brandt et al. (2012).
    """
    share0, share1 = weight0 / max(weight0.sum(), 1e-300), weight1 / max(weight1.sum(), 1e-300)
    stays, enters, leaves = (share0 > 0) & (share1 > 0), (share0 <= 0) & (share1 > 0), (share0 > 0) & (share1 <= 0)
    level0, level1 = np.where(share0 > 0, level0, 0.0), np.where(share1 > 0, level1, 0.0)
    mean0, mean1 = float(share0 @ level0), float(share1 @ level1)
    within = share0[stays] @ (level1 - level0)[stays]
    between = (share1 - share0)[stays] @ (level1[stays] - mean0)
    entry = share1[enters] @ (level1[enters] - mean0)
    leaving = share0[leaves] @ (mean0 - level0[leaves])
    return GrowthParts(mean1 - mean0, float(within), float(between), float(entry), float(leaving))


def dynamic_parts(level0: Array, weight0: Array, level1: Array, weight1: Array) -> GrowthParts:
    """Return the dynamic Olley-Pakes decomposition, in which entrants and exits count against survivors.

    Within is the growth of survivors' plain mean, between that of their covariance of share and level.

    Parameters
    ----------
    level0, level1, weight0, weight1 : see `growth_parts`

    References
    ----------
    Melitz and Polanec (2015), Dynamic Olley-Pakes productivity decomposition with entry and exit.
    """
    share0, share1 = weight0 / max(weight0.sum(), 1e-300), weight1 / max(weight1.sum(), 1e-300)
    stays, enters, leaves = (share0 > 0) & (share1 > 0), (share0 <= 0) & (share1 > 0), (share0 > 0) & (share1 <= 0)
    level0, level1 = np.where(share0 > 0, level0, 0.0), np.where(share1 > 0, level1, 0.0)

    def mean(level: Array, share: Array, who: Array) -> float:
        return float(share[who] @ level[who]) / float(share[who].sum()) if share[who].sum() > 0 else 0.0

    old, new = mean(level0, share0, stays), mean(level1, share1, stays)
    within = float((level1 - level0)[stays].mean()) if stays.any() else 0.0
    entry = float(share1[enters].sum()) * (mean(level1, share1, enters) - new)
    leaving = float(share0[leaves].sum()) * (old - mean(level0, share0, leaves))
    total = float(share1 @ level1) - float(share0 @ level0)
    return GrowthParts(total, within, new - old - within, entry, leaving)
