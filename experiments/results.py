"""A finished comparison as it is shown to people: read from its result folder, without running anything."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from experiments.comparison import Study
from experiments.costs import costs_table
from experiments.folders import ResultFolderError
from experiments.horizons import horizons_table
from experiments.provenance import environment
from experiments.statistics import mean_interval
from experiments.store import ResultFolder
from simulation.dates import FIRST_QUARTER
from simulation.errors import YanzhenError
from simulation.parameters import Label

TABLES = ("horizons", "costs", "timing", "twins", "gains", "cells", "yuan", "regret")
"""Tables beside outcomes and effects that a folder may hold, each in a parquet file of that name."""


@dataclass(frozen=True)
class RecordedScenario:
    """What a manifest keeps of a scenario.

    Parameters
    ----------
    name, title : how it is called
    content : everything that affects a run, as in the manifest
    region : the district, with its map and benchmarks; empty where it is no longer there
    """

    name: str
    title: Label
    content: Mapping[str, Any]
    region: Any


@dataclass
class Results:
    """A comparison and all tables made from it.

    Parameters
    ----------
    study : outcomes and effects
    manifest : how they came about
    tables : those of `TABLES` that are there, by name
    """

    study: Study
    manifest: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def titles(self) -> dict[str, Label]:
        """Titles of the scenarios, the baseline first."""
        return {name: scenario.title for name, scenario in self.study.scenarios.items()}

    @property
    def drawn(self) -> bool:
        """Whether every pair had its own draw of uncertain parameters, so that intervals cover them too."""
        return "low_model" in self.horizons and bool(self.horizons["low_model"].notna().any())

    @property
    def pairs(self) -> int:
        """Pairs of runs that the effects rest on."""
        return int(self.study.effects["n"].max()) if len(self.study.effects) else 0

    @cached_property
    def dates(self) -> dict[int, str]:
        """Dates of the quarters, such as "2023Q1"."""
        rows = self.study.outcomes.drop_duplicates("quarter").sort_values("quarter")
        return dict(zip(rows["quarter"].astype(int), rows["date"].astype(str), strict=True))

    def content(self, scenario: str) -> Mapping[str, Any]:
        """Return everything that affects runs of a scenario."""
        found: Mapping[str, Any] = self.manifest["scenarios"][scenario]["resolved"]
        return found

    @cached_property
    def horizons(self) -> pd.DataFrame:
        """Effects after 3, 5 and 10 years and at the end, with their verdicts; from the effects in older folders."""
        if "horizons" in self.tables:
            rows = self.tables["horizons"].copy()
        else:
            study = self.study
            rows = horizons_table(study.outcomes, study.baseline, dict.fromkeys(study.policies, FIRST_QUARTER))
        rows["date"] = rows["quarter"].map(self.dates)
        return rows

    @cached_property
    def costs(self) -> pd.DataFrame:
        """Public money beyond the baseline by reading, million CNY over all quarters; only what was paid if no more."""
        if "costs" in self.tables:
            return self.tables["costs"]
        return costs_table(self.study.outcomes, self.study.baseline, self.study.policies)

    def cost(self, scenario: str, reading: str) -> tuple[float, float, float]:
        """Return mean, low and high of one reading of a scenario's cost; NaN where it is not known."""
        rows = self.costs
        rows = rows[(rows["scenario"] == scenario) & (rows["reading"] == reading)]
        if rows.empty:
            return math.nan, math.nan, math.nan
        mean, low, high = rows[["mean", "low", "high"]].iloc[0].astype(float).tolist()
        return mean, low, high

    def missing(self) -> list[str]:
        """Return the names of the tables that this folder lacks."""
        return [name for name in TABLES if name not in self.tables]


def read_results(path: Path | str) -> Results:
    """Return what a finished comparison's folder holds.

    Raises
    ------
    ResultFolderError
        If it is no result folder, is not finished, is of another kind, or nothing can be compared in it.
    """
    folder = ResultFolder.open(path)
    manifest, path = folder.manifest, folder.path
    kind = (manifest.get("design") or {}).get("kind")
    if kind != "compare":
        raise ResultFolderError(f"{path}: holds a {kind}, not a comparison; make one with yanzhen compare")
    if manifest["status"] not in ("done", "failed"):
        done = sum(entry["status"] == "done" for entry in manifest["runs"])
        raise ResultFolderError(
            f"{path}: is not finished ({done} of {manifest.get('total', '?')} runs are done); go on with "
            f"yanzhen resume {path}"
        )
    try:
        effects = folder.effects()
        tables = {name: pd.read_parquet(file) for name in TABLES if (file := path / f"{name}.parquet").is_file()}
    except (OSError, ValueError) as fault:
        raise ResultFolderError(
            f"{path}: effects.parquet or a table beside it cannot be read ({fault}); has any pair of runs succeeded?"
        ) from fault
    outcomes = folder.outcomes()
    baseline = manifest["design"]["baseline"]
    region = _region(manifest)
    # Worlds that only stand beside a scenario, such as a rebate of the same yuan, have no effects of their own.
    compared = set(effects["scenario"].unique())
    names = [baseline, *(name for name in manifest["scenarios"] if name in compared)]
    outcomes = outcomes[outcomes["scenario"].isin(names)].reset_index(drop=True)
    scenarios: dict[str, Any] = {}
    for name in names:
        entry = manifest["scenarios"][name]
        title = Label(entry["title"]["en"], entry["title"]["zh"])
        scenarios[name] = RecordedScenario(name, title, entry["resolved"], region)
    runs = pd.DataFrame([{"error": None, **entry} for entry in manifest["runs"]])
    study = Study(scenarios, baseline, manifest["seeds"], runs, outcomes, path)
    vars(study)["effects"] = effects
    return Results(study, manifest, tables)


def results_of(study: Study) -> Results:
    """Return the results of a comparison in memory; with its folder, where it has one."""
    if study.folder is not None:
        read = read_results(study.folder)
        return Results(study, read.manifest, read.tables)
    manifest = {
        "status": "done", "command": [], "design": {"kind": "compare", "baseline": study.baseline},
        "seeds": list(study.seeds), "runs": [], "plugins": [], **environment(),
        "scenarios": {name: {"sha256": scenario.digest, "title": scenario.title._asdict(),
                             "resolved": scenario.resolved()} for name, scenario in study.scenarios.items()},
    }  # fmt: skip
    return Results(study, manifest, study.conclusions.tables())


def _region(manifest: Mapping[str, Any]) -> Any:
    """Return the region of the runs; one without map and benchmarks when it is no longer there."""
    from simulation.space.region import load_region

    asked = (manifest.get("experiment") or {}).get("region")
    scenarios = manifest["scenarios"].values()
    recorded = next(iter(scenarios))["resolved"].get("region") or {}
    for place in (asked, recorded.get("name") if isinstance(recorded, Mapping) else None):
        if place:
            try:
                return load_region(place)
            except YanzhenError:
                continue
    return SimpleNamespace(benchmarks={}, cells=None, zones=(), title=Label("", ""))


def total_difference(study: Study, outcome: str, scenario: str) -> tuple[float, float, float]:
    """Return by how much the sum of an outcome over all quarters differs from the baseline's: mean, low and high.

    Parameters
    ----------
    study : a comparison
    outcome : a flow per quarter; undefined (NaN) when it was not recorded
    scenario : compared with the baseline, seed by seed
    """
    nothing = (math.nan, math.nan, math.nan)
    if outcome not in study.outcomes:
        return nothing
    sums = study.outcomes.groupby(["scenario", "seed"])[outcome].sum()
    if scenario not in sums.index.get_level_values("scenario"):
        return nothing
    difference = (sums[scenario] - sums[study.baseline]).dropna().to_numpy(float)[:, np.newaxis]
    if not len(difference):
        return nothing
    low, high = mean_interval(difference)
    return float(difference.mean()), float(low[0]), float(high[0])
