"""Robustness: what a choice between scenarios costs in each future, against the best choice in that future."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.folders import ResultFolderError
from experiments.sensitivity.indices import at_horizon
from experiments.statistics import FEWEST_TO_RESAMPLE, bootstrap_interval, student_interval
from experiments.store import ResultFolder

Floats = NDArray[np.float64]
COLUMNS = ("scenario", "future", "outcome", "value", "regret", "low", "high", "best", "n")
UNDISTURBED = "undisturbed"
"""Future in which no stress is on and nothing is varied."""


def objectives_of(folder: ResultFolder) -> dict[str, str]:
    """Return the outcomes that a sweep judges scenarios by, with the direction that is wanted.

    Raises
    ------
    ResultFolderError
        It is no sweep of at least two scenarios, or declares no objectives.
    """
    path, manifest = folder.path, folder.manifest
    if manifest.get("design", {}).get("kind") != "sweep":
        raise ResultFolderError(f"{path}: is no sweep; regret needs a finished sweep of scenarios over futures")
    objectives = {one["outcome"]: one.get("direction", "maximise")
                  for one in (manifest.get("experiment") or {}).get("objectives", [])}  # fmt: skip
    if not objectives:
        raise ResultFolderError(f"{path}: its experiment declares no [[objectives]] (outcome, direction) to judge by")
    over, total = len(manifest["runs"]), manifest.get("total")
    if over != total:
        raise ResultFolderError(f"{path}: {over} of {total} runs are done; go on with yanzhen resume {path}")
    if len(manifest["scenarios"]) < 2:
        raise ResultFolderError(f"{path}: has one scenario only; regret needs two or more to choose from")
    return objectives


def futures(rows: pd.DataFrame, factors: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Return the name of each design point as a future: the stresses that are on, else its number.

    Parameters
    ----------
    rows : outcomes with `point` and a column per factor
    factors : of the design, as the manifest tells them
    """
    paths = [factor["path"] for factor in factors if factor["path"] in rows.columns]
    points = rows.drop_duplicates("point").set_index("point")[paths].sort_index()
    switches = [path for path in paths if path.startswith("stresses.") and path.count(".") == 1]
    if not paths or set(paths) != set(switches):
        return {point: f"future {point}" for point in points.index.tolist()}
    on = [[path.partition(".")[2] for path in switches if bool(row[path])] for _, row in points.iterrows()]
    return {point: " + ".join(names) or UNDISTURBED for point, names in zip(points.index.tolist(), on, strict=True)}


def regret(values: Floats, wanted: str) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Return what each choice loses against the best one in a future, with the paired interval of that loss.

    Parameters
    ----------
    values : (scenarios, seeds) float, of one outcome in one future; seeds in which any is undefined do not count
    wanted : "maximise" or "minimise"

    Returns
    -------
    regret, low and high (95 %, paired by seed, against the best by mean), each (scenarios,) in the outcome's unit, and
    which is best

    References
    ----------
    Savage (1951), The theory of statistical decision; Lempert et al. (2006), robust decision making.
    """
    sign = 1.0 if wanted == "maximise" else -1.0
    sound = values[:, np.isfinite(values).all(axis=0)] * sign
    count = len(values)
    if not sound.shape[1]:
        unknown = np.full(count, np.nan)
        return unknown, unknown, unknown, np.zeros(count, bool)
    means = sound.mean(axis=1)
    top = int(np.argmax(means))
    losses = (sound[top] - sound).T
    interval = bootstrap_interval if len(losses) >= FEWEST_TO_RESAMPLE else student_interval
    low, high = interval(losses)
    return losses.mean(axis=0), low, high, means == means[top]


def regret_table(folder: ResultFolder) -> pd.DataFrame:
    """Return value and regret of every scenario in every future, for each objective.

    Parameters
    ----------
    folder : of a finished sweep of scenarios over uncertainties or stresses

    Returns
    -------
    columns `COLUMNS`: value is the mean over seeds; regret is what the best scenario of that future has more of (or
    less, if less is wanted), with its paired interval; n seeds
    """
    objectives, rows = objectives_of(folder), at_horizon(folder)
    told = futures(rows, folder.manifest["design"]["factors"])
    scenarios = list(dict.fromkeys(rows["scenario"]))
    tables = []
    for outcome, wanted in objectives.items():
        for point, future in told.items():
            cell = rows[rows["point"] == point].pivot_table(index="scenario", columns="seed", values=outcome)
            values = cell.reindex(scenarios).to_numpy(float)
            loss, low, high, best = regret(values, wanted)
            about = {"scenario": scenarios, "future": future, "outcome": outcome}
            with np.errstate(invalid="ignore"):
                mean = np.nanmean(values, axis=1) if values.size else np.full(len(scenarios), np.nan)
            n = int(np.isfinite(values).all(axis=0).sum())
            tables.append(pd.DataFrame({**about, "value": mean, "regret": loss, "low": low, "high": high,
                                        "best": best, "n": n}))  # fmt: skip
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return largest and mean regret of each scenario over the futures, and in how many of them it is best.

    Parameters
    ----------
    table : as `regret_table` returns it
    """
    grouped = table.groupby(["outcome", "scenario"], sort=False)
    found = grouped["regret"].agg(largest="max", mean="mean")
    worst = table.loc[grouped["regret"].idxmax().dropna(), ["outcome", "scenario", "future"]]
    found["worst_future"] = worst.set_index(["outcome", "scenario"])["future"]
    return found.assign(best=grouped["best"].mean(), futures=grouped.size()).reset_index()
