"""Policies on and off in every combination: what each adds, and what two of them add together beyond their sum."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.folders import ResultFolderError
from experiments.labels import key_outcomes
from experiments.sensitivity.indices import at_horizon, by_point, sampling_of
from experiments.statistics import (
    FEWEST_TO_RESAMPLE,
    adjusted_probability,
    bootstrap_interval,
    outcome_columns,
    paired_t_probability,
    student_interval,
)
from experiments.store import ResultFolder

Floats = NDArray[np.float64]
JOIN = " x "
"""Stands between the names of two policies."""
ROUNDING = 1e-12
"""What is smaller than this, relative to the outcome, comes from adding up in floating point."""


def contrasts(settings: NDArray[np.bool_], names: list[str]) -> dict[tuple[str, str], Floats]:
    """Return the weights by which values at all combinations make each effect, by kind and term.

    Parameters
    ----------
    settings : (points, k) bool, every combination of k switches once
    names : of the switches

    Returns
    -------
    ("main", a): mean over all settings of the others of on minus off; ("synergy", "a x b"): mean over all settings of
    the others of what a and b together add beyond the sum of each; ("alone", a): a alone minus nothing;
    ("together", "all"): all minus nothing; ("beyond_sum", "all"): that, minus the sum of each alone.

    References
    ----------
    Box, Hunter and Hunter (2005), Statistics for experimenters, chapter 5; the synergy is twice their interaction.
    """
    points, count = settings.shape
    if points != 2**count or len(np.unique(settings, axis=0)) != points:
        raise ValueError("every combination of the switches must be there once")
    sign = np.where(settings, 1.0, -1.0)
    number_on = settings.sum(axis=1)
    nothing = (number_on == 0).astype(float)
    everything = (number_on == count).astype(float)
    found: dict[tuple[str, str], Floats] = {}
    for place, name in enumerate(names):
        found["main", name] = sign[:, place] / (points / 2)
        found["alone", name] = (settings[:, place] & (number_on == 1)) - nothing
    for a, b in combinations(range(count), 2):
        found["synergy", f"{names[a]}{JOIN}{names[b]}"] = sign[:, a] * sign[:, b] / (points / 4)
    found["together", "all"] = everything - nothing
    found["beyond_sum", "all"] = found["together", "all"] - np.sum([found["alone", name] for name in names], axis=0)
    return found


def effects(settings: NDArray[np.bool_], names: list[str], sample: Floats) -> pd.DataFrame:
    """Return main effects and synergies of one outcome with 95 % intervals, paired by seed.

    Parameters
    ----------
    settings : (points, k) bool
    names : of the switches
    sample : (points, seeds) float; a seed with an undefined value is left out

    Returns
    -------
    columns `kind`, `term`, `value`, `low`, `high`, `p`, `n` seeds
    """
    weights = contrasts(settings, names)
    sample = sample[:, np.isfinite(sample).all(axis=0)]
    by_seed = sample.T @ np.array(list(weights.values())).T
    by_seed[np.abs(by_seed) < ROUNDING * np.abs(sample).max(initial=0.0)] = 0.0
    seeds = len(by_seed)
    interval = bootstrap_interval if seeds >= FEWEST_TO_RESAMPLE else student_interval
    low, high = interval(by_seed)
    mean = by_seed.mean(axis=0) if seeds else np.full(len(weights), np.nan)
    told = {"kind": [kind for kind, _ in weights], "term": [term for _, term in weights], "value": mean}
    return pd.DataFrame({**told, "low": low, "high": high, "p": paired_t_probability(by_seed), "n": seeds})


def factorial_effects(folder: ResultFolder) -> pd.DataFrame:
    """Return main effects and synergies of a finished sweep over policies on and off, for each outcome and scenario.

    `p_adjusted` is Benjamini-Hochberg over the outcomes of a scenario, for each kind and term apart.

    Parameters
    ----------
    folder : of the sweep

    Raises
    ------
    ResultFolderError
        Its design is another, or runs are missing.
    """
    _, factors = sampling_of(folder)
    rows, paths = at_horizon(folder), [factor["path"] for factor in factors]
    if any(sorted(factor["values"]) != [False, True] for factor in factors):
        raise ResultFolderError(f"{folder.path}: every policy of the grid must be both on and off; vary without values")
    settings = np.array(list(product(*(factor["values"] for factor in factors))))
    names = [path.partition(".")[2] for path in paths]
    recorded = [name for name in outcome_columns(rows) if name not in paths and name != "point"]
    kept = (folder.manifest.get("experiment") or {}).get("keep", {}).get("outcomes") or key_outcomes(recorded)
    tables = [
        effects(settings, names, by_point(rows, scenario, outcome, len(settings)))
        .assign(scenario=scenario, outcome=outcome, date=rows["date"].iloc[0])
        for scenario in dict.fromkeys(rows["scenario"])
        for outcome in kept
        if outcome in recorded
    ]  # fmt: skip
    table = pd.concat(tables, ignore_index=True)
    groups = table.groupby(["scenario", "kind", "term"], sort=False)["p"]
    table["p_adjusted"] = groups.transform(lambda p: adjusted_probability(p.to_numpy(float)[None, :])[0])
    return table
