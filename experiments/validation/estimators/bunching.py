"""Bunching at a notch: mass above what a smooth distribution would hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from scipy import optimize

Array = np.ndarray


@dataclass(frozen=True)
class Bunching:
    """Counts around a notch and what a smooth distribution would hold.

    Parameters
    ----------
    middle : (m,) middles of the bins
    counts, expected : (m,) observations, and the smooth density through the bins outside the excluded range
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

    Bins from `low` to `high`; the log of the expected count is a polynomial in the log of the bin, fitted by Poisson
    maximum likelihood outside the excluded range from `below` short of the notch to `above` beyond it, and continued
    through that range. Such a density is positive, falls steeply where it has to, and has the hump of a skewed one;
    a polynomial in the bin itself has none and finds less mass at the hump than there is, and least squares in the
    logs of small counts give the bins that are full by chance more weight than those that are empty by chance.

    Parameters
    ----------
    values : (n,) the running variable, positive
    notch : where the incentive jumps
    low, high : range of the fit, positive
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
    place = np.log(middle)
    place = 2.0 * (place - place[0]) / (place[-1] - place[0]) - 1.0
    expected = np.exp(chebyshev.chebval(place, _poisson_fit(place[~excluded], counts[~excluded], order)))
    return Bunching(middle, counts, expected, excluded & (middle > notch))


def _poisson_fit(place: Array, counts: Array, order: int) -> Array:
    """Return the (order + 1,) Chebyshev coefficients of the log expected counts."""
    terms = chebyshev.chebvander(place, order)
    seen = counts + 0.5
    start = chebyshev.chebfit(place, np.log(seen), order, w=np.sqrt(seen))

    def surprise(coefficients: Array) -> tuple[float, Array]:
        log = np.minimum(terms @ coefficients, 50.0)
        expected = np.exp(log)
        return float((expected - counts * log).sum()), terms.T @ (expected - counts)

    return optimize.minimize(surprise, start, jac=True, method="BFGS").x
