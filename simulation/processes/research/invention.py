"""Inventions and projects: patents granted after a lag, and projects of which about one in four succeeds."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from simulation.populations.columns import Array

SHORTEST_LAG, LAGS = 4, 4
"""Quarters from invention to grant: 4 to 7."""


def binomial_quantile(uniform: Array, trials: Array, probability: Array | float) -> Array:
    """Return binomial counts by inversion, monotone in trials and probability.

    Parameters
    ----------
    uniform : (n,) in (0, 1)
    trials : (n,) non-negative integers; where the variance is above 12 a rounded normal is used
    probability : (n,) or scalar, in [0, 1)

    Returns
    -------
    (n,) int64 in [0, trials]
    """
    trials = np.asarray(trials, dtype=np.float64)
    probability = np.asarray(probability, dtype=np.float64)
    if probability.shape != trials.shape:
        probability = np.broadcast_to(probability, trials.shape)
    mean = trials * probability
    variance = mean * (1.0 - probability)
    counts = np.zeros(trials.shape, dtype=np.int64)
    small = variance <= 12.0
    pending = np.flatnonzero((uniform > 1.0 - 1e-12 - mean) & small)  # 1 - mean lies below the chance of none
    goal, left, chance = uniform[pending], trials[pending], probability[pending]
    term = (1.0 - chance) ** left
    some = goal > term
    pending, goal, left, chance, term = (a[some] for a in (pending, goal, left, chance, term))
    odds, total, reached, k = chance / (1.0 - chance), term.copy(), np.ones(len(pending), dtype=np.int64), 0
    while pending.size:
        term *= odds
        term *= left - k
        term /= k + 1
        total += term
        k += 1
        more = (goal > total) & (k < left)
        few = np.count_nonzero(more)
        if 2 * few <= len(more):  # go on with those that are left
            counts[pending] = reached
            pending, goal, left = pending[more], goal[more], left[more]
            odds, term, total = odds[more], term[more], total[more]
            reached = np.full(few, k + 1)
        else:
            reached += more
    if not small.all():
        large = ~small
        spread = np.sqrt(variance[large]) * ndtri(uniform[large])
        counts[large] = np.clip(np.rint(mean[large] + spread), 0, trials[large])
    return counts


def invention_mean(effective: Array, absorption: Array, heard: Array, opportunity: Array, p: Any) -> Array:
    """Return the expected inventions of a quarter.

    Parameters
    ----------
    effective : (n,) effective R&D, million CNY a quarter
    absorption : (n,) absorptive capacity
    heard : (n,) knowledge overheard in the quarter, mean over the firm's fields
    opportunity : (n,) technological opportunity of the industry
    p : research parameters

    Returns
    -------
    (n,) inventions a quarter
    """
    inspiration = p.invention_base + (1.0 - p.invention_base) * absorption + p.invention_spillover * heard
    return p.invention_rate * opportunity * effective**p.invention_returns * inspiration


def joint_readiness(support: Array, p: Any) -> Array:
    """Return by how much more inventions are made jointly with regions outside when part of the cost is funded.

    Parameters
    ----------
    support : (E,) share of the cost of joint projects that is funded, below one
    p : joint_elasticity

    Returns
    -------
    (E,) at least one
    """
    return (1.0 - support) ** -p.joint_elasticity


def spread_over_lags(counts: Array, first: Array) -> Array:
    """Return inventions by quarters until they are granted: one at a keyed lag, many over all lags.

    Parameters
    ----------
    counts : (n,) inventions
    first : (n,) lag of the first one beyond the shortest, in [0, LAGS)

    Returns
    -------
    (n, LAGS) int64 that sum to `counts`
    """
    place = (np.arange(LAGS) - first[:, None]) % LAGS
    return (counts // LAGS)[:, None] + (place < (counts % LAGS)[:, None])


def pass_probability(risk: Array, p: Any) -> Array:
    """Return the probability that a project leaving a stage passes it.

    Parameters
    ----------
    risk : (n,) lasting taste for risk, standard normal
    p : research parameters

    Returns
    -------
    (n,) in (0, 1)
    """
    return p.project_pass * np.exp(-p.project_risk * np.clip(risk, -2.0, 2.0))


def entry_leave(speed: Array | float, p: Any) -> Array | float:
    """Return the share of projects that leave market entry in a quarter, passed or failed.

    Parameters
    ----------
    speed : (n,) or scalar, rise of the usual share; testing and standards near by shorten the way
    p : research parameters

    Returns
    -------
    (n,) or scalar, at most 0.9
    """
    return np.minimum(p.project_leave * (1.0 + speed), 0.9)


def project_gain(successes: Array, luck: Array, lines: Array, passing: Array, opportunity: Array, p: Any) -> Array:
    """Return the log gain of a firm whose projects reached the market; riskier ones pay more.

    Parameters
    ----------
    successes : (n,) projects that reached the market
    luck : (n,) standard normal
    lines : (n,) lines of business among which one product is diluted
    passing : (n,) of `pass_probability`
    opportunity : (n,) technological opportunity of the industry
    p : research parameters

    Returns
    -------
    (n,) log, at most `p.project_largest_gain`
    """
    reward = (p.project_pass / passing) ** (2.0 * (1.0 + p.risk_reward))
    gain = p.project_size * opportunity * reward * np.exp(p.project_spread * luck) * successes / lines
    return np.minimum(gain, p.project_largest_gain)


def business_lines(sales_year: Array, p: Any) -> Array:
    """Return the number of lines of business: nearly proportional to size, one for the smallest.

    Parameters
    ----------
    sales_year : (n,) million CNY
    p : research parameters

    Returns
    -------
    (n,) at least one
    """
    return 1.0 + (sales_year / p.line_sales) ** p.line_exponent
