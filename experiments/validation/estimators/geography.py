"""Where things happen: flows that stay near, and activity that gathers."""

from __future__ import annotations

import numpy as np

from experiments.validation.estimators.distributions import gini

Array = np.ndarray


def localisation_ratio(source_cell: Array, receiver_cell: Array, stratum: Array, cells: Array, strata: Array) -> float:
    """Return how many flows stay in the cell of their source, over what matched controls would.

    Each flow's control is a receiver drawn from all that share its stratum (as likely to use the knowledge by what
    they do), wherever they are: the expected share is the share of the stratum that stands in the source's cell.

    Parameters
    ----------
    source_cell, receiver_cell, stratum : (n,) int of each flow
    cells, strata : (m,) int of every possible receiver, the actual ones included

    Returns
    -------
    float, not-a-number without flows or if no control could be near

    References
    ----------
    Jaffe, Trajtenberg and Henderson (1993), Geographic localization of knowledge spillovers.
    """
    observed, expected = local_flows(source_cell, receiver_cell, stratum, cells, strata)
    return observed / expected if expected > 0 else float("nan")


def local_flows(
    source_cell: Array, receiver_cell: Array, stratum: Array, cells: Array, strata: Array
) -> tuple[float, float]:
    """Return flows that stay in their source's cell, and those expected of controls; see `localisation_ratio`."""
    if not len(stratum) or not len(strata):
        return 0.0, 0.0
    size = np.bincount(strata, minlength=int(stratum.max()) + 1)[stratum]
    width = int(max(cells.max(), source_cell.max())) + 1
    places = np.bincount(strata * width + cells, minlength=(int(stratum.max()) + 1) * width)
    there = places[stratum * width + source_cell]
    expected = float((there / np.maximum(size, 1)).sum())
    return float(np.count_nonzero(source_cell == receiver_cell)), expected


def gini_beyond_chance(counts: Array, weights: Array, rng: np.random.Generator, draws: int = 20) -> float:
    """Return the location Gini of counts less that of as many throws at random in proportion to weights.

    Small counts look concentrated by chance alone; the throws have the same grain.

    Parameters
    ----------
    counts : (c,) events by place
    weights : (c,) activity by place that the events are compared with
    rng : of the throws
    draws : how often all are thrown

    References
    ----------
    Ellison and Glaeser (1997), Geographic concentration in U.S. manufacturing industries: a dartboard approach.
    """
    if counts.sum() <= 0 or weights.sum() <= 0:
        return float("nan")
    thrown = rng.multinomial(int(counts.sum()), weights / weights.sum(), size=draws)
    return gini(counts) - float(np.mean([gini(row) for row in thrown]))
