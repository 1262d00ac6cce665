"""Paired comparison: the same districts, the same people and the same luck, with and without a policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import simulation
from experiments import engine
from experiments.statistics import IDENTITY_COLUMNS, paired_effects
from experiments.store import ResultFolder, command_line
from simulation.errors import Problem, ScenarioError, YanzhenError

if TYPE_CHECKING:
    from simulation.scenario import Scenario


KINDS = {"policies": "policy", "stresses": "stress"}
"""Tables of a scenario whose entries are present or not, and what one of them is called."""

RUN_COLUMNS = ("run_id", "scenario", "seed", "seconds", "error")


@dataclass
class Study:
    """Finished runs of several scenarios over common seeds.

    Parameters
    ----------
    scenarios : loaded scenarios by name, in the order given
    baseline : name of the scenario that the others are compared with
    seeds : seeds of the replications
    runs : one entry per run, without its tables: `run_id`, `scenario`, `seed`, `seconds`, `error`
    outcomes : one row per run and quarter
    folder : where the results were written, if anywhere
    """

    scenarios: Mapping[str, Scenario]
    baseline: str
    seeds: Sequence[int]
    runs: pd.DataFrame
    outcomes: pd.DataFrame
    folder: Path | None = None
    plugins: Sequence[str] = ()
    run: Any = None
    _pairs: dict[tuple[str, str, int], pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def policies(self) -> list[str]:
        """Names of the scenarios that are compared with the baseline."""
        return [name for name in self.scenarios if name != self.baseline]

    @property
    def failed(self) -> pd.DataFrame:
        """Runs that failed, with their reasons."""
        return self.runs[self.runs["error"].notna()]

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Paired effect of each scenario on each outcome in each quarter; columns as in `effects.parquet`."""
        return paired_effects(self.outcomes, self.baseline, self.policies)

    def twins(self, table: str, quarter: int, *, scenario: str | None = None, seed: int | None = None) -> pd.DataFrame:
        """Return every agent's state in both worlds in one quarter: one row per agent key.

        A run is a pure function of scenario and seed, so the two runs are made again with the table
        switched on; the tables of a pair are kept.

        Parameters
        ----------
        table : table of agents, e.g. "firms"
        quarter : quarter to look at
        scenario : policy world; by default the first scenario after the baseline
        seed : seed of the pair; by default the first

        Returns
        -------
        DataFrame indexed by `key`, with `in_baseline`, `in_policy` and each column of the table twice,
        as `<column>_baseline` and `<column>_policy` (undefined where the agent does not exist)
        """
        scenario = scenario if scenario is not None else next(iter(self.policies), None)
        if scenario is None or scenario not in self.policies:
            raise ScenarioError(f"twins: {scenario!r} is not one of the compared scenarios {self.policies}")
        seed = self.seeds[0] if seed is None else seed
        worlds = []
        for name in (self.baseline, scenario):
            rows = self._micro(table, name, seed)
            if quarter not in set(rows["quarter"]):
                last = rows["quarter"].max()
                raise ScenarioError(f"twins: quarter {quarter} has no rows in {table} (the last is {last})")
            worlds.append(rows[rows["quarter"] == quarter].set_index("key").drop(columns="quarter"))
        before, after = worlds
        joined = before.add_suffix("_baseline").join(after.add_suffix("_policy"), how="outer")
        presence = pd.DataFrame(
            {"in_baseline": joined.index.isin(before.index), "in_policy": joined.index.isin(after.index)},
            index=joined.index,
        )
        return pd.concat([presence, joined], axis="columns").sort_index()

    def _micro(self, table: str, name: str, seed: int) -> pd.DataFrame:
        if (table, name, seed) not in self._pairs:
            [finished] = engine.run_many(
                [self.scenarios[name]], [seed], micro=[table], jobs=1, plugins=self.plugins, run=self.run
            )
            if finished.result is None:
                raise YanzhenError(f"{name} with seed {seed} failed: {finished.error}")
            self._pairs[table, name, seed] = finished.result.micro[table]
        return self._pairs[table, name, seed]


def load_scenarios(
    scenarios: Sequence[str | Path | Scenario],
    *,
    set: Mapping[str, Any] | None = None,
    region: str | None = None,
    quarters: int | None = None,
    scale: float | None = None,
    plugins: Sequence[str] = (),
) -> dict[str, Scenario]:
    """Load scenarios with common overrides, by name.

    An override of a policy's (or a stress's) parameter reaches the scenarios that have it: it never switches one
    on in a world that lacks it.

    Parameters
    ----------
    scenarios : bundled names, paths, or scenarios already loaded (taken as they are)
    set : values by dotted path, as after `--set`
    region, quarters, scale : as in `simulation.load_scenario`
    plugins : files of the user that declare policies

    Raises
    ------
    ScenarioError
        With every fault of every scenario.
    """
    loaded: dict[str, Scenario] = {}
    problems: list[Problem] = []
    options: dict[str, Any] = {"region": region, "quarters": quarters, "scale": scale, "plugins": plugins}
    unused = {path: name for path in set or {} if (name := _policy_of(path)) is not None}
    for item in scenarios:
        try:
            if isinstance(item, str | Path):
                overrides = _overrides_for(item, set or {}, options) if len(scenarios) > 1 else dict(set or {})
                unused = {path: name for path, name in unused.items() if path not in overrides}
                scenario = simulation.load_scenario(str(item), set=overrides, **options)
            else:
                scenario = item
        except ScenarioError as fault:
            problems += [problem for problem in fault.problems if problem not in problems]
            continue
        if scenario.name in loaded:
            message = f"{scenario.name}: given twice; compared scenarios need different names"
            problems.append(Problem(message))
        loaded[scenario.name] = scenario
    if not problems:
        problems = [
            Problem(f"--set {path}: no scenario given here has the {KINDS[path.partition('.')[0]]} {name}")
            for path, name in unused.items()
        ]
    if problems:
        raise ScenarioError(problems)
    return loaded


def _overrides_for(item: str | Path, set: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the overrides that concern a scenario: those of policies and stresses only where it has them."""
    if not any(_policy_of(path) for path in set):
        return dict(set)
    scenario = simulation.load_scenario(str(item), **options)
    present = {"policies": scenario.policies, "stresses": scenario.stresses}
    return {
        path: value
        for path, value in set.items()
        if (name := _policy_of(path)) is None or name in present[path.partition(".")[0]]
    }


def _policy_of(path: str) -> str | None:
    parts = path.split(".")
    return parts[1] if parts[0] in KINDS and len(parts) > 1 else None


def replicate(
    scenarios: Mapping[str, Scenario],
    baseline: str,
    seeds: Sequence[int],
    *,
    micro: Sequence[str] = (),
    micro_every: int = 1,
    jobs: int | None = None,
    plugins: Sequence[str] = (),
    kind: str = "compare",
    out: Path | str | None = None,
    force: bool = False,
    progress: bool = False,
    run: Any = None,
    engine_name: str = engine.LOCAL,
    time_limit: float | None = None,
    given: Mapping[str, Any] | None = None,
    again: ResultFolder | None = None,
) -> Study:
    """Run every scenario with every seed, write each run to the result folder, and return the study.

    Parameters
    ----------
    scenarios : loaded scenarios by name
    baseline : name of the scenario to compare with
    seeds : seeds of the replications
    micro, micro_every, jobs, plugins, progress, run : as in `run_many`
    kind : what the experiment is, for the manifest; "compare" also writes the effects
    out : result folder; None keeps the outcomes in memory only
    force : replace the results in that folder
    engine_name, time_limit : `engine` and `time_limit` of `run_many`
    given : how the scenarios were asked for, from which the folder can be taken up again
    again : a folder taken up, whose finished runs are kept

    Raises
    ------
    ResultFolderError
        If the result folder cannot be written.
    KeyboardInterrupt
        After sealing the runs that are done, with the folder marked "interrupted".
    """
    folder = again
    if again is None and out is not None:
        folder = ResultFolder.create(
            out,
            command=command_line(),
            scenarios=scenarios,
            seeds=seeds,
            design={"kind": kind, "baseline": baseline, "micro": list(micro), "micro_every": micro_every},
            plugins=plugins,
            force=force,
            experiment=given,
        )
    done = folder.done if folder is not None else set()
    entries: list[tuple[int, dict[str, Any]]] = []
    frames: list[tuple[int, pd.DataFrame]] = []
    setting = engine.Setting(
        list(scenarios.values()), run or engine._simulate, tuple(micro), micro_every, plugins=tuple(map(str, plugins))
    )
    replications = engine.replications_of(len(scenarios), seeds)
    finished_runs = engine.make(
        [replication for replication in replications if replication.position not in done],
        setting,
        len(replications),
        jobs=jobs,
        progress=progress,
        engine=engine_name,
        time_limit=time_limit,
        done_before=len(done),
    )
    status = "interrupted"
    try:
        for finished in finished_runs:
            identity = {"run_id": finished.run_id, "scenario": finished.scenario, "seed": finished.seed}
            entries.append((finished.position, {**identity, "seconds": finished.seconds, "error": finished.error}))
            if finished.result is not None:
                rows = finished.result.outcomes.reset_index()
                columns = pd.DataFrame(identity, index=rows.index)
                frames.append((finished.position, pd.concat([columns, rows], axis="columns")))
            if folder is not None:
                folder.add(finished)
        status = "failed" if any(entry["error"] for _, entry in entries) else "done"
    finally:
        finished_runs.close()
        if folder is not None:
            status = folder.finish(status)
    if done and folder is not None:
        known = [(entry["position"], {"error": None, **entry}) for entry in folder.manifest["runs"]]
        entries = [(position, {name: entry[name] for name in RUN_COLUMNS}) for position, entry in known]
        frames = [(0, folder.outcomes())]
    runs = pd.DataFrame([entry for _, entry in sorted(entries, key=lambda item: item[0])])
    ordered = [frame for _, frame in sorted(frames, key=lambda item: item[0])]
    outcomes = pd.concat(ordered, ignore_index=True) if ordered else pd.DataFrame(columns=IDENTITY_COLUMNS)
    path = None if folder is None else folder.path
    study = Study(scenarios, baseline, list(seeds), runs, outcomes, path, plugins, run)
    if folder is not None and kind == "compare" and len(study.effects):
        folder.write_effects(study.effects)
    return study


def compare(
    scenarios: Sequence[str | Path | Scenario],
    *,
    runs: int = 20,
    seed: int = 0,
    baseline: str | None = None,
    set: Mapping[str, Any] | None = None,
    region: str | None = None,
    quarters: int | None = None,
    scale: float | None = None,
    micro: Sequence[str] = (),
    micro_every: int = 1,
    jobs: int | None = None,
    plugins: Sequence[str] = (),
    out: Path | str | None = None,
    force: bool = False,
    progress: bool = False,
    run: Any = None,
) -> Study:
    """Compare scenarios with a baseline, paired by seed.

    Parameters
    ----------
    scenarios : names, paths or loaded scenarios
    runs : replications of each scenario, with seeds `seed`, `seed + 1`, ...
    baseline : name of the scenario to compare with; by default the first
    set, region, quarters, scale : overrides, as in `simulation.load_scenario`
    micro, micro_every : tables of agents to write to the result folder
    jobs : worker processes; results are the same for any number
    out : result folder to write, with outcomes and effects; by default nothing is written
    force : replace the results in that folder

    Returns
    -------
    Study with `.effects`, `.outcomes` and `.twins(table, quarter)`
    """
    loaded = load_scenarios(scenarios, set=set, region=region, quarters=quarters, scale=scale, plugins=plugins)
    baseline = baseline or next(iter(loaded))
    if baseline not in loaded:
        raise ScenarioError(f"baseline {baseline!r} is not one of the scenarios {', '.join(loaded)}")
    options: dict[str, Any] = {"micro": micro, "micro_every": micro_every, "jobs": jobs, "plugins": plugins}
    seeds = range(seed, seed + runs)
    return replicate(loaded, baseline, seeds, out=out, force=force, progress=progress, run=run, **options)
