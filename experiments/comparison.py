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
from experiments.conclusions import Conclusions
from experiments.precision import MOST_RUNS, Until
from experiments.precision import described as precision_described
from experiments.provenance import command_line
from experiments.replication import Extent, Making, Worlds
from experiments.statistics import IDENTITY_COLUMNS, paired_effects
from experiments.store import ResultFolder
from experiments.twins.study import TwinTables, twin_tables
from experiments.twins.watch import watch_for
from experiments.twins.worlds import Twins
from experiments.uncertainty import KINDS as KINDS_OF_DRAWS
from simulation.errors import Problem, ScenarioError, YanzhenError

if TYPE_CHECKING:
    from experiments.labels import Language
    from simulation.scenario import Scenario


KINDS = {"policies": "policy", "stresses": "stress"}
"""Tables of a scenario whose entries are present or not, and what one of them is called."""

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
    worlds: Worlds | None = None
    """How the runs were made: comparators beside the scenarios, and draws of uncertain parameters."""
    beside: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    """Outcomes of the rebate worlds."""
    precision: Mapping[str, Any] | None = None
    """What was reached of a wanted precision."""
    agents: Twins | None = None
    """Worlds to compare agent by agent, if the runs were watched for it."""
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
        return paired_effects(self.outcomes, self.baseline, self.policies, drawn=self.drawn)

    @property
    def drawn(self) -> bool:
        """Whether every seed had its own draw of uncertain parameters."""
        return self.worlds is not None and self.worlds.uncertainty is not None

    @cached_property
    def conclusions(self) -> Conclusions:
        """Effects at the horizons, costs and timing, against no policy and against the rebate of the same yuan."""
        worlds = self.worlds or Worlds(self.scenarios, self.baseline, Extent())
        return Conclusions(worlds, self.outcomes, self.beside, self.effects)

    @property
    def horizons(self) -> pd.DataFrame:
        """Effects at 3, 5, 10 years and the end of the run; columns as in `horizons.parquet`."""
        return self.conclusions.horizons

    @cached_property
    def twin_tables(self) -> TwinTables:
        """Whom policies reached and what they changed, who gained, where, and where the yuan went.

        Raises
        ------
        ScenarioError
            If the runs were not watched for it.
        """
        if self.agents is None:
            raise ScenarioError("twins: these runs were not watched; compare with twins=True, or --twins in the shell")
        return twin_tables(self.agents, self.scenarios, self.baseline, list(self.seeds))

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

    def as_run(self, name: str, seed: int) -> Scenario:
        """Return a scenario as it was run with a seed: with the draw of uncertain parameters, if there is one."""
        scenario = self.scenarios[name]
        return scenario if self.worlds is None else self.worlds.draw(scenario, seed)

    def report(self, path: Path | str, *, lang: Language = "both") -> Path:
        """Write one HTML file with results, figures, costs, assumptions and provenance; it works offline.

        Parameters
        ----------
        path : file to write
        lang : "en", "zh", or "both" (with a switch)

        Returns
        -------
        path of the file
        """
        from experiments.report.page import write_report
        from experiments.results import results_of

        return write_report(results_of(self), path, lang=lang)

    def _micro(self, table: str, name: str, seed: int) -> pd.DataFrame:
        if (table, name, seed) not in self._pairs:
            [finished] = engine.run_many(
                [self.as_run(name, seed)], [seed], micro=[table], jobs=1, plugins=self.plugins, run=self.run
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
    extent: Extent | None = None,
    twins: bool = False,
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
    extent : what is run beside the scenarios, and until when; by default nothing and just these seeds
    twins : watch the runs so that they can be compared agent by agent, and write the tables of twins

    Raises
    ------
    ResultFolderError
        If the result folder cannot be written.
    KeyboardInterrupt
        After sealing the runs that are done, with the folder marked "interrupted".
    """
    worlds = Worlds(scenarios, baseline, extent or Extent())
    folder, listed = again, worlds.listed
    design = {"kind": kind, "baseline": baseline, "micro": list(micro), "micro_every": micro_every, "twins": twins}
    if again is None and out is not None:
        folder = ResultFolder.create(
            out,
            command=command_line(),
            scenarios=listed,
            seeds=seeds,
            design={**design, **worlds.described(seeds)},
            plugins=plugins,
            force=force,
            experiment=None if given is None else {**given, **worlds.extent.asked()},
        )
    watch = watch_for(scenarios, baseline, list(seeds)) if twins else None
    make = run or watch or engine._simulate
    setting = engine.Setting(
        list(listed.values()), make, tuple(micro), micro_every, plugins=tuple(map(str, plugins))
    )
    options = {"jobs": jobs, "progress": progress, "engine": engine_name, "time_limit": time_limit}
    watched: dict[tuple[str, int], dict[str, pd.DataFrame]] = {}
    keep = watched if watch is not None and folder is None else None
    making = Making(worlds, list(seeds), setting, folder, options, keep)
    precision = None
    status = "interrupted"
    try:
        making.make()
        status = "failed" if any(entry["error"] for _, entry in making.entries) else "done"
        if making.precision is not None and worlds.extent.until is not None:
            drawn = worlds.uncertainty is not None
            precision = precision_described(making.precision, worlds.extent.until, len(making.seeds), drawn=drawn)
            if folder is not None:
                folder.note(precision=precision)
    finally:
        if folder is not None:
            status = folder.finish(status)
    runs = pd.DataFrame(making.known_entries())
    outcomes = folder.outcomes() if making.before is not None and folder is not None else making.outcomes()
    if outcomes.empty:
        outcomes = pd.DataFrame(columns=IDENTITY_COLUMNS)
    own = outcomes["scenario"].isin(list(scenarios))
    path = None if folder is None else folder.path
    agents = Twins(path, watched) if watch is not None else None
    study = Study(
        scenarios, baseline, making.seeds, runs, outcomes[own].reset_index(drop=True), path, plugins, run,
        worlds, outcomes[~own].reset_index(drop=True), precision, agents,
    )  # fmt: skip
    if folder is not None and kind == "compare" and len(study.effects):
        folder.write_effects(study.effects)
        for name, table in study.conclusions.tables().items():
            folder.write_table(f"{name}.parquet", table)
        if agents is not None:
            for name, table in study.twin_tables._asdict().items():
                folder.write_table(f"{name}.parquet", table)
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
    rebate: bool = False,
    uncertainty: str = "none",
    until_precision: float | None = None,
    most_runs: int = MOST_RUNS,
    twins: bool = False,
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
    rebate : run a rebate of the same yuan beside every scenario with policies
    uncertainty : "calibration" gives every seed its own draw of uncertain parameters
    until_precision : add seeds until headline effects are known to that share of themselves
    most_runs : seeds after which to stop adding
    twins : watch the runs, so that `.twin_tables` tells whom policies reached and where the yuan went

    Returns
    -------
    Study with `.effects`, `.horizons`, `.outcomes`, `.twins(table, quarter)` and `.twin_tables`
    """
    loaded = load_scenarios(scenarios, set=set, region=region, quarters=quarters, scale=scale, plugins=plugins)
    baseline = baseline or next(iter(loaded))
    if baseline not in loaded:
        raise ScenarioError(f"baseline {baseline!r} is not one of the scenarios {', '.join(loaded)}")
    options: dict[str, Any] = {"micro": micro, "micro_every": micro_every, "jobs": jobs, "plugins": plugins,
                               "twins": twins}  # fmt: skip
    seeds = range(seed, seed + runs)
    if uncertainty not in KINDS_OF_DRAWS:
        raise ScenarioError(f'uncertainty "{uncertainty}" is not one of {", ".join(KINDS_OF_DRAWS)}')
    until = None if until_precision is None else Until(until_precision, most_runs)
    options["extent"] = Extent(rebate, uncertainty, until)
    return replicate(loaded, baseline, seeds, out=out, force=force, progress=progress, run=run, **options)
