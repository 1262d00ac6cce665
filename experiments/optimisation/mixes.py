"""Mixes of policies: shares of one outlay, what they paid and changed, and which are best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.declaration import Objective, Optimise
from experiments.statistics import FEWEST_TO_RESAMPLE, bootstrap_interval, student_interval

Floats = NDArray[np.float64]

LEAST_SHARE = 0.01
"""Shares of the outlay below this are none."""


@dataclass
class Candidate:
    """A mix that is tried.

    Parameters
    ----------
    number : in order of proposal
    shares : of the outlay, by policy
    money : million CNY a year of all budgets together, as last corrected
    paid : million CNY from the start to the horizon beyond the baseline's, mean over seeds
    effects : (seeds, objectives), differences to the baseline with the same seed at the horizon
    by_policy : paid by each policy, mean over seeds
    fault : why it could not be run; empty if it could
    """

    number: int
    shares: dict[str, float]
    money: float
    paid: float = float("nan")
    effects: Floats = field(default_factory=lambda: np.empty((0, 0)))
    by_policy: dict[str, float] = field(default_factory=dict)
    fault: str = ""

    def deviation(self, outlay: float) -> float:
        """Return by which share of an outlay it paid more or less."""
        return self.paid / outlay - 1.0


def shares_of(weights: Mapping[str, float], most: Mapping[str, float]) -> dict[str, float]:
    """Return shares that add up to one, none above the largest that it may be.

    Exponential spacings make equal chances of all divisions from equal chances of the weights.

    Parameters
    ----------
    weights : in [0, 1], by name
    most : largest share, by name; together at least one
    """
    names = list(weights)
    raw = np.array([-np.log1p(-min(weights[name], 1.0 - 1e-9)) for name in names])
    share = raw / raw.sum() if raw.sum() > 0 else np.full(len(names), 1.0 / len(names))
    share = np.where(share < LEAST_SHARE, 0.0, share)
    share /= share.sum()
    ceiling = np.array([most[name] for name in names])
    for _ in names:
        over = share > ceiling
        if not over.any():
            break
        spare = (share - ceiling)[over].sum()
        share = np.minimum(share, ceiling)
        free = share < ceiling
        room = np.where(share[free].sum() > 0, share[free], ceiling[free])
        share[free] += spare * room / room.sum()
    return {name: float(value) for name, value in zip(names, share, strict=True)}


def mix_table(candidates: Sequence[Candidate], said: Optimise, objectives: Sequence[Objective]) -> pd.DataFrame:
    """Return a row for each mix: shares, budgets, what was paid, effects with 95 % intervals, and whether it is best.

    Best is a feasible mix (one that pays the outlay within the tolerance) which no other feasible mix beats in all
    objectives: the Pareto set. That is by means over seeds; the best of many is best by luck too.

    Parameters
    ----------
    candidates : mixes that were tried
    said : the search
    objectives : outcomes and directions
    """
    names = list(said.policies)
    rows = []
    for one in candidates:
        row: dict[str, Any] = {"candidate": one.number}
        row |= {f"share_{name}": one.shares[name] for name in names}
        row |= {f"budget_{name}": one.money * one.shares[name] for name in names}
        row |= {"paid": one.paid, "deviation": one.deviation(said.outlay)}
        row |= {"seeds": len(one.effects), "fault": one.fault}
        row |= {f"paid_{name}": one.by_policy.get(name, np.nan) for name in names}
        for place, objective in enumerate(objectives):
            sample = one.effects[:, [place]] if one.effects.size else np.empty((0, 1))
            interval = bootstrap_interval if len(sample) >= FEWEST_TO_RESAMPLE else student_interval
            low, high = interval(sample)
            value = float(sample.mean()) if len(sample) else np.nan
            row |= {objective.outcome: value, f"{objective.outcome}_low": low[0]}
            row[f"{objective.outcome}_high"] = high[0]
        rows.append(row)
    table = pd.DataFrame(rows)
    sound = (table["fault"] == "") & (table["deviation"].abs() <= said.tolerance)
    return table.assign(feasible=sound, best=_best(table, sound, objectives))


def _best(table: pd.DataFrame, sound: pd.Series, objectives: Sequence[Objective]) -> list[bool]:
    """Return which feasible mixes no other feasible mix beats in all objectives."""
    signs = np.array([1.0 if one.direction == "maximise" else -1.0 for one in objectives])
    values = table[[one.outcome for one in objectives]].to_numpy(float) * signs
    best = []
    for place in range(len(table)):
        others = values[sound.to_numpy()]
        beaten = ((others >= values[place]).all(axis=1) & (others > values[place]).any(axis=1)).any()
        best.append(bool(sound.iloc[place]) and not beaten)
    return best
