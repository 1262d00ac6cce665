"""Sensitivity: which factors of a finished sweep its outcomes, and the effects of its policies, depend on."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.designs import unit_points
from experiments.folders import ResultFolderError
from experiments.holdings import runs_over
from experiments.labels import key_outcomes
from experiments.plan import REFERENCE_POINT
from experiments.points import DEFAULT_LEVELS, DEFAULT_POINTS
from experiments.statistics import outcome_columns
from experiments.store import ResultFolder

if TYPE_CHECKING:
    from simulation.parameters import Label

Floats = NDArray[np.float64]

CONFIDENCE, RESAMPLES = 0.95, 500
MAIN = {"morris": "mu_star", "saltelli": "total"}
"""The index that a design ranks its factors by."""
ABOUT = ("kind", "scenario", "comparator", "outcome")
COLUMNS = (*ABOUT, "factor", "index", "value", "low", "high", "share", "n", "noise")


@dataclass(frozen=True)
class Sensitivity:
    """Indices of a finished sweep.

    Parameters
    ----------
    method : "morris" or "saltelli"
    table : one row per quantity (outcome, or effect of a scenario on it), factor and index; see `COLUMNS`
    labels : of the factors, by path
    titles : of the scenarios
    date : quarter that the outcomes are of
    seeds : how many runs every point is a mean of
    """

    method: str
    table: pd.DataFrame
    labels: Mapping[str, Label]
    titles: Mapping[str, Label]
    date: str
    seeds: int

    @property
    def ranking(self) -> pd.DataFrame:
        """Factors by their mean share over the quantities of each kind, strongest first."""
        main = self.table[self.table["index"] == MAIN[self.method]]
        by_kind = main.pivot_table(index="factor", columns="kind", values="share", aggfunc="mean")
        return by_kind.assign(mean=main.groupby("factor")["share"].mean()).sort_values("mean", ascending=False)


def sampling_of(folder: ResultFolder) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return how the points of a sweep were sampled, and its factors.

    Raises
    ------
    ResultFolderError
        It is no sweep, its design tells nothing of sensitivity, or a factorial is not finished.
    """
    path, told = folder.path, folder.manifest.get("design", {})
    if told.get("kind") != "sweep":
        raise ResultFolderError(f"{path}: is no sweep but a {told.get('kind')}; sensitivity needs a finished sweep")
    design = dict(told["design"])
    kind = design["kind"] if not (design.get("levers") or design.get("uncertainties")) else "levers x uncertainties"
    switches = all(isinstance(value, bool) for one in told["factors"] for value in one.get("values", [None]))
    if kind not in MAIN and not (kind == "grid" and switches and told["factors"]):
        raise ResultFolderError(
            f"{path}: its design is {kind}; sensitivity needs morris, saltelli, or a grid of policies on and off"
        )
    if kind == "grid" and unfinished(folder):
        raise ResultFolderError(unfinished(folder))
    return design, told["factors"]


def unfinished(folder: ResultFolder) -> str:
    """Return in a line that runs of a sweep are missing, and how to go on; nothing if it is finished."""
    over, total = sum(runs_over(folder.path).values()), folder.manifest.get("total")
    told = f"{folder.path}: {over} of {total} runs are done; go on with yanzhen resume {folder.path}"
    return "" if over == total else told


def sensitivity(folder: ResultFolder, outcomes: Sequence[str] | None = None) -> Sensitivity:
    """Return the indices of a Morris or Saltelli sweep, for outcomes and for effects of policies.

    Of a sweep that is not finished, or in which runs failed, the trajectories (or blocks of Saltelli's rows) that are
    whole in every seed count.

    The effect of a scenario is its difference to the first scenario at the same design point with the same seed; the
    difference is taken first, the mean over seeds next, and the indices of that mean last.

    Parameters
    ----------
    folder : of the sweep
    outcomes : names; by default those that it was made to keep, or the key outcomes

    Raises
    ------
    ResultFolderError
        Its design tells nothing of sensitivity, or no trajectory is whole.
    """
    from simulation.parameters import Label

    design, factors = sampling_of(folder)
    method, names = design["kind"], [factor["path"] for factor in factors]
    points = unit_points(
        method, names, design.get("points") or DEFAULT_POINTS[method], seed=design.get("seed", 0),
        levels=design.get("levels") or DEFAULT_LEVELS["morris"], second_order=design.get("second_order", False),
    )  # fmt: skip
    rows = at_horizon(folder)
    recorded = [name for name in outcome_columns(rows) if name not in names and name != "point"]
    kept = (folder.manifest.get("experiment") or {}).get("keep", {}).get("outcomes") or key_outcomes(recorded)
    scenarios = [name for name in folder.manifest["scenarios"] if name in set(rows["scenario"])]
    tables = []
    for outcome in outcomes or [name for name in kept if name in recorded]:
        values = {name: by_point(rows, name, outcome, len(points)) for name in scenarios}
        for name in scenarios:
            base = scenarios[0]
            effect = name != base
            sample = values[name] - values[base] if effect else values[name]
            about = {"kind": "effect" if effect else "level", "scenario": name, "comparator": base if effect else ""}
            table = indices(method, names, points, sample.mean(axis=1), design.get("second_order", False))
            tables.append(table.assign(**about, outcome=outcome, noise=noise_share(sample)))
    labels = {one["path"]: Label(one["label"]["en"], one["label"]["zh"]) for one in factors}
    titles = {name: Label(entry["title"]["en"], entry["title"]["zh"])
              for name, entry in folder.manifest["scenarios"].items()}  # fmt: skip
    table = pd.concat(tables, ignore_index=True)[list(COLUMNS)]
    if not table["n"].any():
        raise ResultFolderError(unfinished(folder) or f"{folder.path}: no trajectory is whole: too many runs failed")
    return Sensitivity(method, table, labels, titles, str(rows["date"].iloc[0]), len(folder.manifest["seeds"]))


def at_horizon(folder: ResultFolder) -> pd.DataFrame:
    """Return the outcomes of a sweep's runs in the last quarter, those of its reference left out."""
    rows = folder.outcomes()
    if rows.empty:
        raise ResultFolderError(f"{folder.path}: none of its runs has outcomes")
    return rows[(rows["quarter"] == rows["quarter"].max()) & (rows["point"] != REFERENCE_POINT)]


def by_point(rows: pd.DataFrame, scenario: str, outcome: str, points: int) -> Floats:
    """Return an outcome of a scenario, (points, seeds); NaN where a run failed."""
    table = rows[rows["scenario"] == scenario].pivot_table(index="point", columns="seed", values=outcome)
    return table.reindex(index=range(points), columns=sorted(rows["seed"].unique())).to_numpy(float)


def noise_share(sample: Floats) -> float:
    """Return the share of the variance between points that the luck of the seeds makes; NaN for one seed.

    What a seed adds at all points alike is no noise: it cancels in every index.

    Parameters
    ----------
    sample : (points, seeds) float
    """
    means = sample.mean(axis=1)
    between = np.nanvar(means)
    if sample.shape[1] < 2 or not between > 0:
        return float("nan")
    apart = sample - np.nanmean(sample, axis=0)
    return float(min(np.nanmean(apart.var(axis=1, ddof=1)) / sample.shape[1] / between, 1.0))


def indices(
    method: str, names: Sequence[str], points: Floats, sample: Floats, second_order: bool = False
) -> pd.DataFrame:
    """Return the sensitivity indices of one quantity.

    Parameters
    ----------
    method : "morris" (mu_star, mu, sigma: change of the quantity while a factor goes over its range) or "saltelli"
        (first, total and, if asked for, second: shares of the variance)
    names : of the factors
    points : (n, k) float in [0, 1], as `unit_points` makes them
    sample : (n,) float; a trajectory (or block of Saltelli's rows) with an undefined value is left out
    second_order : whether the points allow for second-order indices

    Returns
    -------
    columns `factor`, `index`, `value`, `low`, `high` (95 %, by resampling trajectories or rows), `share` of the sum
    over factors, `n` trajectories or rows

    References
    ----------
    Morris (1991); Campolongo et al. (2007); Saltelli et al. (2010), Variance based sensitivity analysis.
    """
    k = len(names)
    block = k + 1 if method == "morris" else 2 * k + 2 if second_order else k + 2
    whole = np.isfinite(sample.reshape(-1, block)).all(axis=1)
    kept = np.repeat(whole, block)
    points, sample, n = points[kept], sample[kept], int(whole.sum())
    problem = {"num_vars": k, "names": list(names), "bounds": [[0.0, 1.0]] * k}
    if n == 0 or (method == "saltelli" and not np.ptp(sample) > 0):
        parts = {MAIN[method]: np.full((2, k), 0.0 if n else np.nan)}
    else:
        parts = (_morris if method == "morris" else _saltelli)(problem, points, sample, n, second_order)
    tables = []
    for index, (value, reach) in parts.items():
        labels = [f"{a} x {b}" for a, b in combinations(names, 2)] if index == "second" else list(names)
        total = np.nansum(np.maximum(value, 0.0))
        share = np.maximum(value, 0.0) / total if total > 0 else np.full(len(value), np.nan)
        low = np.maximum(value - reach, 0.0) if index == "mu_star" else value - reach
        ends = {"low": low, "high": value + reach, "share": share, "n": n}
        tables.append(pd.DataFrame({"factor": labels, "index": index, "value": value, **ends}))
    return pd.concat(tables, ignore_index=True)


def _morris(problem: dict[str, Any], points: Floats, sample: Floats, n: int, _: bool) -> dict[str, Floats]:
    from SALib.analyze import morris

    with warnings.catch_warnings():
        # One trajectory has neither spread nor interval, which numpy warns of.
        warnings.simplefilter("ignore", RuntimeWarning)
        found = morris.analyze(problem, points, sample, num_resamples=RESAMPLES, conf_level=CONFIDENCE, seed=0)
    unknown = np.full(problem["num_vars"], np.nan)
    reach = np.asarray(found["mu_star_conf"], float) if n > 1 else unknown
    sigma = np.asarray(found["sigma"], float) if n > 1 else unknown
    parts = {"mu_star": (found["mu_star"], reach), "mu": (found["mu"], unknown), "sigma": (sigma, unknown)}
    return {name: np.array([np.asarray(part, float) for part in pair]) for name, pair in parts.items()}


def _saltelli(problem: dict[str, Any], _: Floats, sample: Floats, n: int, second_order: bool) -> dict[str, Floats]:
    from SALib.analyze import sobol

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = sobol.analyze(problem, sample, calc_second_order=second_order, num_resamples=RESAMPLES,
                              conf_level=CONFIDENCE, seed=0)  # fmt: skip
    unknown = np.full(problem["num_vars"], np.nan)
    told = {
        name: np.array([found[key], found[f"{key}_conf"] if n > 1 else unknown])
        for name, key in (("total", "ST"), ("first", "S1"))
    }
    if second_order:
        upper = np.triu_indices(problem["num_vars"], 1)
        told["second"] = np.array([found["S2"][upper], found["S2_conf"][upper]])
    return told


