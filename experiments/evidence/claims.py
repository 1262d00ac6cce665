"""Claims: what was published, what the same estimator finds in the simulation, and the truth from twins."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.labels import Language, phrase
from simulation.parameters import Label

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""From sums (..., k) to a figure (...)."""

RESAMPLES = 2000


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval over seeds."""

    value: float
    low: float
    high: float


NOTHING = Figure(np.nan, np.nan, np.nan)
NO_NOTE = Label("", "")


@dataclass(frozen=True)
class Claim:
    """One published statement, and how the simulation fares.

    Parameters
    ----------
    experiment, name : "E1" and a word
    label : what the figure is
    published : as in the source
    low, high : band of the published effect; infinite where one side is open
    estimator : the published estimator on simulated data
    twin : the true effect, from twin worlds; undefined where the claim is about the estimator alone
    counted : whether the experiment's verdict counts it
    judged_by_twin : whether the twins' truth is held against the band, not the estimator
    in_sample : whether a parameter that decides it was once set with the published figure in view
    note : how the figures are defined, and a reading
    """

    experiment: str
    name: str
    label: Label
    published: str
    low: float
    high: float
    estimator: Figure
    twin: Figure = NOTHING
    counted: bool = True
    in_sample: bool = False
    judged_by_twin: bool = False
    note: Label = NO_NOTE

    @property
    def judged(self) -> Figure:
        """The figure that is held against the band."""
        return self.twin if self.judged_by_twin else self.estimator

    @property
    def passed(self) -> bool:
        """Whether that figure lies in the band."""
        return bool(self.low <= self.judged.value <= self.high)

    @property
    def clear(self) -> bool:
        """Whether its whole interval lies on the side of the verdict."""
        if self.passed:
            return bool(self.low <= self.judged.low and self.judged.high <= self.high)
        return bool(self.judged.high < self.low or self.judged.low > self.high)


def over_seeds(sums: Floats, statistic: Statistic) -> Figure:
    """Return a statistic of sums over seeds with its bootstrap interval; whole seeds are drawn again.

    Parameters
    ----------
    sums : (seeds, k), one row for each seed
    statistic : from totals (..., k) to a figure (...)

    Returns
    -------
    Figure; without an interval for fewer than two seeds, or where it is undefined
    """
    n = len(sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic(sums.sum(axis=0)))
        if n < 2 or not np.isfinite(value):
            return Figure(value, np.nan, np.nan)
        weights = np.random.default_rng(n).multinomial(n, np.full(n, 1.0 / n), size=RESAMPLES)
        drawn = statistic(weights @ sums)
    # Values that a division by nothing made infinite must not be interpolated.
    low, high = np.quantile(drawn[~np.isnan(drawn)], (0.025, 0.975), method="nearest")
    return Figure(value, float(low), float(high))


def table_of(claims: list[Claim]) -> pd.DataFrame:
    """Return claims as a flat table, one row each."""
    rows = []
    for claim in claims:
        row = asdict(claim)
        for name in ("estimator", "twin"):
            figure = row.pop(name)
            row |= {name: figure["value"], f"{name}_low": figure["low"], f"{name}_high": figure["high"]}
        for name in ("label", "note"):
            row[name], row[f"{name}_zh"] = row[name]
        rows.append({**row, "passed": claim.passed, "clear": claim.clear})
    return pd.DataFrame(rows)


def verdict_text(claim: Claim, lang: Language) -> str:
    """Return pass or fail, marked where the interval reaches over the edge of the band, or where nothing is counted."""
    if not math.isfinite(claim.judged.value):
        return phrase("no case", "无样本", lang)
    verdict = phrase("pass", "通过", lang) if claim.passed else phrase("fail", "未过", lang)
    mark = "" if claim.clear else "?"
    return f"({verdict}{mark})" if not claim.counted else verdict + mark
