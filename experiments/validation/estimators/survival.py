"""Survival of firms: the product-limit estimate and the hazards in it."""

from __future__ import annotations

import numpy as np
from scipy import integrate, stats

Array = np.ndarray


def survival(durations: Array, ended: Array, at: Array) -> Array:
    """Return the Kaplan-Meier share of firms that live longer than given times.

    Parameters
    ----------
    durations : (n,) time from birth to the end, or to the last look
    ended : (n,) bool, false where the firm still lived at the last look (right-censored)
    at : (m,) times

    Returns
    -------
    (m,) float, not-a-number at times that nobody has been observed for

    References
    ----------
    Kaplan and Meier (1958), Nonparametric estimation from incomplete observations.
    """
    at = np.asarray(at, dtype=np.float64)
    if not len(durations):
        return np.full(len(at), np.nan)
    sample = stats.CensoredData(uncensored=durations[ended], right=durations[~ended])
    curve = stats.ecdf(sample).sf.evaluate(at)
    return np.where(at <= durations.max(), curve, np.nan)


def yearly_hazards(durations: Array, ended: Array, years: int) -> Array:
    """Return the share of firms alive at each birthday that end before the next.

    Parameters
    ----------
    durations, ended : see `survival`; durations in quarters
    years : of age to look at

    Returns
    -------
    (years,) float, not-a-number where nobody has been observed for long enough
    """
    return _hazards(survival(durations, ended, 4.0 * np.arange(years + 1)))


def calendar_survival(durations: Array, ended: Array, years: int) -> Array:
    """Return the share of firms alive at the end of each calendar year, as registries count.

    Year 1 is what is left of the year of founding. Founding dates are spread evenly over that year, and the curve of
    survival is taken as straight within a quarter.

    Parameters
    ----------
    durations, ended : see `survival`; durations in quarters
    years : calendar years to look at

    Returns
    -------
    (years,) float, not-a-number where nobody has been observed for long enough
    """
    curve = survival(durations, ended, np.arange(4.0 * years + 1.0))
    ages = np.lib.stride_tricks.sliding_window_view(curve, 5)[::4]
    return np.asarray(integrate.trapezoid(ages, dx=0.25, axis=1))


def calendar_hazards(durations: Array, ended: Array, years: int) -> Array:
    """Return the share of firms alive at the end of a calendar year that end in the next.

    Parameters
    ----------
    durations, ended, years : see `calendar_survival`

    Returns
    -------
    (years,) float, not-a-number where nobody has been observed for long enough
    """
    return _hazards(np.concatenate([[1.0], calendar_survival(durations, ended, years)]))


def _hazards(alive: Array) -> Array:
    """Return the share that ends between points of time, (n - 1,), from the share alive at each, (n,)."""
    before = np.where(alive[:-1] > 0, alive[:-1], np.nan)
    return 1.0 - alive[1:] / before
