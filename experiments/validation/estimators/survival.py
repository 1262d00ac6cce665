"""Survival of firms: the product-limit estimate and the hazards in it."""

from __future__ import annotations

import numpy as np
from scipy import stats

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
    curve = survival(durations, ended, 4.0 * np.arange(years + 1))
    before = np.where(curve[:-1] > 0, curve[:-1], np.nan)
    return 1.0 - curve[1:] / before
