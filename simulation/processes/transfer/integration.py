"""Dual-chain integration: how far what institutes produce is used locally where industry needs it."""

from __future__ import annotations

import numpy as np

from simulation.populations.columns import Array


def dual_chain_integration(adopted: Array, produced: Array, need: Array) -> float:
    """Return the integration of innovation chain and industry chain: an F2 mean of usefulness and of need met.

    Usefulness is the share of what was produced that was adopted locally within the need of each field; need met is
    the share of the need that was so served. Need met weighs more: cutting research cannot raise the index.

    Parameters
    ----------
    adopted : (F,) value adopted locally with a net gain, of results produced in the window
    produced : (F,) value of results produced in the window
    need : (F,) value that local industry needs

    Returns
    -------
    float in [0, 1]

    References
    ----------
    van Rijsbergen (1979), Information retrieval: the F measure.
    """
    met = float(np.minimum(adopted, need).sum())
    if met <= 0.0:
        return 0.0
    usefulness, coverage = met / float(produced.sum()), met / float(need.sum())
    return 5.0 * usefulness * coverage / (4.0 * usefulness + coverage)


def field_need(firms_by_industry: Array, field_weights: Array, research_norm: Array, unit: float) -> Array:
    """Return the value of results that local industry needs in a quarter, by field.

    Parameters
    ----------
    firms_by_industry : (S,) number of firms
    field_weights : (S, F) rows sum to 1
    research_norm : (S,) R&D over sales that is usual in the industry
    unit : million CNY a quarter for a firm of an industry of mean R&D norm

    Returns
    -------
    (F,) million CNY
    """
    return unit * (firms_by_industry * research_norm / research_norm.mean()) @ field_weights


def moved_on(window: Array) -> Array:
    """Return a window over cohorts one quarter later: the oldest cohort leaves, an empty one enters.

    Parameters
    ----------
    window : (Q, F) by age of the cohort, youngest first

    Returns
    -------
    (Q, F) new array
    """
    moved = np.zeros_like(window)
    moved[1:] = window[:-1]
    return moved
