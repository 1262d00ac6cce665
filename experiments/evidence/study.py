"""The evidence study: run the worlds of all seeds, reduce them, and judge the claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from experiments import engine
from experiments.evidence import grants, guarantees, notch, rail
from experiments.evidence.claims import Claim, table_of
from experiments.evidence.worlds import BASE, FEWEST_QUARTERS, QUARTERS, Observation, evidence_scenarios
from experiments.provenance import command_line
from experiments.store import ResultFolder
from simulation.errors import ScenarioError

EXPERIMENTS = {"E1": guarantees, "E2": notch, "E3": grants, "E4": rail}
"""Rooms of the experiments: each reduces the logs of a seed, and makes claims of the rows of all seeds."""


@dataclass
class Evidence:
    """Finished evidence.

    Parameters
    ----------
    claims : in the order of the experiments
    tables : rows of all seeds by name
    runs : one entry per seed: `seed`, `seconds`, `error`
    folder : where everything was written
    """

    claims: list[Claim]
    tables: Mapping[str, pd.DataFrame]
    runs: pd.DataFrame
    folder: Path

    @property
    def table(self) -> pd.DataFrame:
        """Claims as a flat table."""
        return table_of(self.claims)

    def verdicts(self) -> dict[str, bool]:
        """Return by experiment whether all its counted claims hold."""
        names = dict.fromkeys(claim.experiment for claim in self.claims)
        return {name: all(c.passed for c in self.claims if c.experiment == name and c.counted) for name in names}


def study(
    seeds: Sequence[int],
    out: Path | str,
    *,
    only: Sequence[str] = tuple(EXPERIMENTS),
    jobs: int | None = None,
    quarters: int | None = None,
    plugins: Sequence[str] = (),
    force: bool = False,
    progress: bool = False,
    **options: Any,
) -> Evidence:
    """Run the worlds, judge the claims and write everything to a result folder.

    Parameters
    ----------
    seeds : seeds of the replications
    out : result folder
    only : experiments, of "E1" to "E4"
    jobs : worker processes; results are the same for any number
    quarters : of the baseline, burn-in included; fewer than the default cut the windows of the experiments
    plugins, force, progress : as in `replicate`
    options : region, scale and set, as in `load_scenario`

    Raises
    ------
    ScenarioError
        A scenario is not valid, or the quarters are too few for the windows.
    ResultFolderError
        The result folder cannot be written.
    """
    quarters = QUARTERS if quarters is None else quarters
    if quarters < FEWEST_QUARTERS:
        raise ScenarioError(f"--quarters {quarters}: the windows of the evidence need at least {FEWEST_QUARTERS}")
    chosen = [name for name in EXPERIMENTS if name in only]
    scenarios = evidence_scenarios(chosen, quarters=quarters, plugins=plugins, **options)
    observation = Observation(scenarios, {name: EXPERIMENTS[name].reduce for name in chosen})
    folder = ResultFolder.create(
        out, command=command_line(), scenarios=scenarios, seeds=seeds, plugins=plugins, force=force,
        design={"kind": "evidence", "experiments": chosen}, total=len(seeds),
    )  # fmt: skip
    entries: list[tuple[int, dict[str, Any]]] = []
    rows: dict[str, list[tuple[int, pd.DataFrame]]] = {}
    finished_runs = engine.run_many(
        [scenarios[BASE]], seeds, jobs=jobs, plugins=plugins, progress=progress, run=observation
    )
    status = "interrupted"
    try:
        for finished in finished_runs:
            entry = {"seed": finished.seed, "seconds": finished.seconds, "error": finished.error}
            entries.append((finished.position, entry))
            if finished.result is not None:
                for name, table in finished.result.micro.items():
                    rows.setdefault(name, []).append((finished.position, table.assign(seed=finished.seed)))
            folder.add(finished)
        status = "failed" if any(entry["error"] for _, entry in entries) else "done"
    finally:
        finished_runs.close()
        folder.finish(status)
    tables = {
        name: pd.concat([frame for _, frame in sorted(frames, key=lambda item: item[0])], ignore_index=True)
        for name, frames in rows.items()
    }
    claims = [claim for name in chosen for claim in EXPERIMENTS[name].claims(tables)] if tables else []
    runs = pd.DataFrame([entry for _, entry in sorted(entries, key=lambda item: item[0])])
    evidence = Evidence(claims, tables, runs, folder.path)
    folder.write_evidence(evidence.table)
    return evidence
