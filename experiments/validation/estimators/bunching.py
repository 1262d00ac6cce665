"""Bunching at a notch: mass above what a smooth distribution would hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial

Array = np.ndarray


@dataclass(frozen=True)
class Bunching:
    """Counts around a notch and what a smooth distribution would hold.

    Parameters
    ----------
    middle : (m,) middles of the bins
    counts, expected : (m,) observations, and the polynomial through the bins outside the excluded range
    above : (m,) bool, bins in which firms bunch
    """

    middle: Array
    counts: Array
    expected: Array
    above: Array

    @property
    def excess(self) -> float:
        """Mass in excess just above the notch, over the mass expected there."""
        usual = float(self.expected[self.above].sum())
        return float(self.counts[self.above].sum()) / usual - 1.0 if usual > 0 else float("nan")


def bunching(
    values: Array,
    notch: float,
    *,
    low: float,
    high: float,
    below: float,
    above: float,
    bins: int = 40,
    order: int = 3,
) -> Bunching:
    """Return excess mass just above a notch against a polynomial counterfactual.

    Bins from `low` to `high`; a polynomial in the bin is fitted to the log counts outside the excluded range from
    `below` short of the notch to `above` beyond it, weighted by the counts, and continued through that range. Logs
    keep the counterfactual positive and follow a density that falls steeply; a polynomial in the counts themselves
    does not, and finds mass where there is none.

    Parameters
    ----------
    values : (n,) the running variable
    notch : where the incentive jumps
    low, high : range of the fit
    below, above : width of the excluded range on either side
    bins : number of bins; edges are shifted so that the notch is one of them
    order : of the polynomial

    References
    ----------
    Kleven and Waseem (2013), Using notches to uncover optimization frictions; Kleven (2016), Bunching; for the
    notches of China's high-tech certificate Chen, Liu, Suarez Serrato and Xu (2021).
    """
    width = (high - low) / bins
    first = notch - width * np.floor((notch - low) / width + 1e-9)
    edges = first + width * np.arange(int((high - first) / width + 1e-9) + 1)
    counts = np.histogram(values, edges)[0].astype(np.float64)
    middle = 0.5 * (edges[:-1] + edges[1:])
    excluded = (middle > notch - below) & (middle < notch + above)
    if counts[~excluded].sum() < 10 * (order + 1):
        return Bunching(middle, counts, np.full(len(middle), np.nan), excluded & (middle > notch))
    seen = counts[~excluded] + 0.5
    curve = Polynomial.fit(middle[~excluded], np.log(seen), order, w=np.sqrt(seen))
    return Bunching(middle, counts, np.exp(curve(middle)), excluded & (middle > notch))
