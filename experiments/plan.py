"""The plan of an experiment: every run that it consists of, known before any is made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from experiments.axes import Axis, axes_of, value_at
from experiments.declaration import Declaration, ExperimentFile, read_experiment
from experiments.factors import World, as_column, dial_faults
from experiments.points import Point, flat, points_of
from experiments.workers import Replication, altered
from simulation.dates import FIRST_QUARTER, date_of, quarter_of
from simulation.errors import Problem, ScenarioError, nearest_name
from simulation.micro import TABLES
from simulation.parameters import Label
from simulation.policy import Policy
from simulation.scenario import Scenario, load_scenario

REFERENCE_POINT = -1
"""Point number of runs of the reference scenario, which no factor touches."""

MOST_RUNS = 10_000_000


@dataclass(frozen=True)
class Plan:
    """All runs of an experiment.

    Parameters
    ----------
    experiment : the declaration it follows
    axes : its factors
    points : values of the factors, point by point; None leaves a factor as the scenario has it
    bases : loaded scenarios, the reference first if there is one
    starts : for each point and scenario in turn, its place among the bases
    seeds : seeds of the replicates
    """

    experiment: ExperimentFile
    axes: list[Axis]
    points: list[Point]
    bases: list[Scenario]
    starts: list[tuple[int, int]]
    seeds: list[int]
    plugins: tuple[str, ...] = ()
    columns: list[dict[str, Any]] = field(default_factory=list)

    @property
    def declaration(self) -> Declaration:
        """What the file says."""
        return self.experiment.declaration

    @property
    def has_reference(self) -> bool:
        """Whether the reference scenario is run too."""
        return self.declaration.reference is not None

    @property
    def worlds(self) -> int:
        """Runs per seed."""
        return len(self.starts) + self.has_reference

    def __len__(self) -> int:
        return self.worlds * len(self.seeds)

    def replication(self, position: int) -> Replication:
        """Return a run by its position; runs go seed by seed, so that what is interrupted has whole replicates."""
        place, world = divmod(position, self.worlds)
        seed, world = self.seeds[place], world - self.has_reference
        if world < 0:
            nothing = dict.fromkeys(axis.path for axis in self._told)
            return Replication(position, 0, seed, {}, REFERENCE_POINT, nothing)
        point, base = self.starts[world]
        return Replication(position, base, seed, self._changes[world], point, self.columns[world])

    def replications(self, done: Iterable[int] = ()) -> Iterator[Replication]:
        """Yield the runs whose positions are not done."""
        over = set(done)
        return (self.replication(position) for position in range(len(self)) if position not in over)

    @property
    def _told(self) -> list[Axis]:
        return [axis for axis in self.axes if axis.path != "scenario"]

    @cached_property
    def _changes(self) -> list[dict[str, Any]]:
        def fault(path: str, message: str) -> None:
            raise ScenarioError(f"{path}: {message}")

        return [self._changed(world, fault) for world in range(len(self.starts))]

    def _changed(self, world: int, fault: Any, used: set[str] | None = None) -> dict[str, Any]:
        point, base = self.starts[world]
        values = {axis.path: value for axis, value in zip(self.axes, self.points[point], strict=True)}
        place = World(self.bases[base], fault)
        changes = place.changes({**flat(self.declaration.set), **values}, self.declaration.dial)
        if used is not None:
            used |= place.used
        return changes

    def scenario(self, world: int) -> Scenario:
        """Return the scenario of a point, as a worker makes it."""
        return altered(self.bases[self.starts[world][1]], self._changes[world])

    def policies(self, world: int) -> list[Policy]:
        """Return the policies that are on at a point."""
        own = self.bases[self.starts[world][1]].policies
        return list(self._changes[world].get("policies", own).values())

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that decides which runs there are: bases, points, changes and seeds."""
        told = {
            "bases": [base.digest for base in self.bases],
            "worlds": [_told(changes) for changes in self._changes],
            "starts": self.starts,
            "columns": self.columns,
            "seeds": self.seeds,
            "reference": self.has_reference,
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()

    def declared(self) -> dict[str, Any]:
        """Return the declaration as data from which the same plan can be made anywhere on this machine."""
        data = self.declaration.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        data.pop("extends", None)

        def where(key: str, name: str) -> str:
            found = self.experiment.beside(key, name)
            return str(Path(found).resolve()) if Path(found).is_file() else name

        data["scenarios"] = [where(f"scenarios.{place}", name) for place, name in enumerate(self.declaration.scenarios)]
        if self.declaration.reference is not None:
            data["reference"] = where("reference", self.declaration.reference)
        data["plugins"] = [str(Path(file).resolve()) for file in self.plugins]
        return data

    def described(self) -> dict[str, Any]:
        """Return what the manifest says of the design."""
        design = self.declaration.design.model_dump(exclude_defaults=True, exclude_none=True)
        return {
            "kind": "sweep",
            "design": {"kind": self.declaration.design.kind, **design},
            "factors": [axis.described() for axis in self.axes],
            "points": len(self.points),
            "reference": None if not self.has_reference else self.bases[0].name,
            "sha256": self.digest,
            "micro": list(self.declaration.micro),
            "micro_every": self.declaration.micro_every,
        }

    def kept_quarters(self) -> list[int]:
        """Return the quarters whose outcomes are written; none means all."""
        keep, start = self.declaration.keep, self.bases[0].region.start
        quarters = [quarter_of(date, start) if isinstance(date, str) else date for date in keep.quarters]
        if keep.yearly:
            longest = max(self.scenario(world).quarters for world in range(len(self.starts)))
            quarters += [q for q in range(FIRST_QUARTER, longest) if date_of(q, start).endswith("Q4")]
        return sorted(set(quarters))


def _told(changes: Mapping[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        return value.model_dump(mode="json") if hasattr(value, "model_dump") else value

    return {
        key: {name: plain(item) for name, item in value.items()} if isinstance(value, Mapping) else plain(value)
        for key, value in changes.items()
    }


def plan_of(name_or_path: str, given: Mapping[str, Any] | None = None, plugins: Iterable[str] = ()) -> Plan:
    """Return the plan of an experiment, checked throughout.

    Parameters
    ----------
    name_or_path : bundled name or path of an experiment
    given : top-level values in place of the file's
    plugins : further files that declare policies

    Raises
    ------
    ScenarioError
        Every fault found, each with file and line.
    """
    return planned(read_experiment(name_or_path, given), plugins)


def planned(experiment: ExperimentFile, plugins: Iterable[str] = ()) -> Plan:
    """Return the plan of an experiment that was read; see `plan_of`."""
    declaration = experiment.declaration
    faults: list[tuple[str, str]] = []

    def fault(key: str, message: str) -> None:
        if (key, message) not in faults:
            faults.append((key, message))

    own = [experiment.beside("plugins", file) for file in declaration.plugins]
    files = tuple(dict.fromkeys([*own, *map(str, plugins)]))
    bases, names, regions = _bases(experiment, files)
    first = next(iter(bases.values()))
    axes = axes_of(declaration, list(bases.values()), fault)
    if declaration.dial is not None:
        dial_faults(declaration.dial, fault)
        if not any(axis.path == "dial" for axis in axes) and not any("dial" in point for point in declaration.points):
            fault("dial", 'is not used; add [[levers]] with vary = "dial"')
    _check_kept(declaration, first, fault)
    seeds = _seeds(declaration, fault)
    if faults:
        raise experiment.error(faults)
    axes, points = points_of(declaration, axes, list(bases.values()), fault)
    if faults:
        raise experiment.error(faults)
    listed = list(bases.values())
    starts = []
    for number, point in enumerate(points):
        values = {axis.path: value for axis, value in zip(axes, point, strict=True)}
        region = values.get("region")
        for name in [values["scenario"]] if values.get("scenario") else names:
            starts.append((number, listed.index(bases[name, region if region is not None else regions[0]])))
    plan = Plan(experiment, axes, points, listed, starts, seeds, files)
    if len(plan) > MOST_RUNS:
        fault("design", f"makes {len(plan):,} runs, more than {MOST_RUNS:,}")
        raise experiment.error(faults)
    _check_worlds(plan, fault)
    if faults:
        raise experiment.error([(_key_of(declaration, path), f"{path}: {message}") for path, message in faults])
    return replace(plan, columns=_columns(plan))


def _bases(experiment: ExperimentFile, plugins: tuple[str, ...]) -> tuple[dict[Any, Scenario], list[str], list[Any]]:
    """Return loaded scenarios by name and region, the names to cross with the points, and the regions."""
    declaration = experiment.declaration
    factors = {factor.vary: (f"{table}.{place}.values", factor.values or [])
               for table in ("levers", "uncertainties")
               for place, factor in enumerate(getattr(declaration, table))}  # fmt: skip
    wanted = [("reference", declaration.reference)] if declaration.reference else []
    wanted += [(f"scenarios.{place}", name) for place, name in enumerate(declaration.scenarios)]
    wanted += [(factors["scenario"][0], name) for name in factors.get("scenario", ("", []))[1]]
    regions = [declaration.region, *factors.get("region", ("", []))[1]]
    options: dict[str, Any] = {"quarters": declaration.quarters, "scale": declaration.scale, "plugins": plugins}
    bases: dict[Any, Scenario] = {}
    problems: list[Problem] = []
    for key, name in wanted:
        for region in regions if key != "reference" else regions[:1]:
            try:
                bases[name, region] = load_scenario(experiment.beside(key, str(name)), region=region, **options)
            except ScenarioError as error:
                layer = experiment.sheet.layer(key)
                found = [problem if problem.file else layer.problem(key, problem.message) for problem in error.problems]
                problems += [problem for problem in found if problem not in problems]
    if problems:
        raise ScenarioError(problems)
    return bases, list(dict.fromkeys(declaration.scenarios)), regions


def _seeds(declaration: Declaration, fault: Any) -> list[int]:
    if declaration.seeds is None:
        return list(range(declaration.seed, declaration.seed + declaration.runs))
    twice = sorted({seed for seed in declaration.seeds if declaration.seeds.count(seed) > 1})
    if twice:
        told = ", ".join(map(str, twice))
        fault("seeds", f"{told} is given more than once; replicates with one seed are one and the same run")
    return list(declaration.seeds)


def _check_kept(declaration: Declaration, base: Scenario, fault: Any) -> None:
    from simulation import outcomes
    from simulation.outcome import OUTCOMES

    outcomes.load()
    for place, name in enumerate(declaration.keep.outcomes):
        if name not in OUTCOMES:
            fault(f"keep.outcomes.{place}", f"there is no outcome {name}{nearest_name(name, OUTCOMES)}")
    for date in declaration.keep.quarters:
        try:
            quarter = quarter_of(date, base.region.start) if isinstance(date, str) else date
            if not FIRST_QUARTER <= quarter < base.quarters:
                last = date_of(base.quarters - 1, base.region.start)
                first = date_of(FIRST_QUARTER, base.region.start)
                fault("keep.quarters", f"{date} is not between {first} and {last}")
        except ValueError as error:
            fault("keep.quarters", str(error))
    for name in declaration.micro:
        if name not in TABLES:
            fault("micro", f"unknown table {name}{nearest_name(name, TABLES)} (any of {', '.join(TABLES)})")


def _check_worlds(plan: Plan, fault: Any) -> None:
    """Make the scenario of every point once, so that none fails later."""
    used: set[str] = set()
    told: set[str] = set()

    def note(path: str, message: str) -> None:
        if path not in told:
            told.add(path)
            fault(path, message)

    made = []
    for world in range(len(plan.starts)):
        before = len(told)
        changes = plan._changed(world, note, used)
        if len(told) == before:
            try:
                altered(plan.bases[plan.starts[world][1]], changes)
            except ScenarioError as error:
                for problem in error.problems:
                    path, _, message = problem.message.partition(": ")[2].partition(": ")
                    note(path, message)
        made.append(changes)
    if not told:
        constants = flat(plan.declaration.set)
        for path in [axis.path for axis in plan.axes] + list(constants):
            if path not in used and path not in ("scenario", "region"):
                note(path, "changes nothing: no scenario of this experiment has that policy or stress")
        plan.__dict__["_changes"] = made


def _key_of(declaration: Declaration, path: str) -> str:
    """Return the key in the file that a fault at a path of a scenario comes from."""
    for table in ("levers", "uncertainties"):
        for place, factor in enumerate(getattr(declaration, table)):
            if path == factor.vary or path.startswith(f"{factor.vary}."):
                return f"{table}.{place}.vary"
    if path in flat(declaration.set):
        return f"set.{path}"
    if declaration.points:
        return "points"
    return "dial" if declaration.dial is not None else "design"


def _columns(plan: Plan) -> list[dict[str, Any]]:
    """Return the values of the factors as results tell them, for each world."""
    told = plan._told
    scenarios: dict[int, Scenario] = {}
    table: dict[str, list[Any]] = {axis.path: [] for axis in told}
    for world, (point, _) in enumerate(plan.starts):
        values = {axis.path: value for axis, value in zip(plan.axes, plan.points[point], strict=True)}
        for axis in told:
            value = values[axis.path]
            if value is None:
                scenarios[world] = scenarios.get(world) or plan.scenario(world)
                value = value_at(scenarios[world], axis.path)
            table[axis.path].append(value)
    columns = {path: as_column(values) for path, values in table.items()}
    return [{path: column[world] for path, column in columns.items()} for world in range(len(plan.starts))]


def label_of(plan: Plan) -> Label:
    """Return the title of an experiment."""
    declaration, name = plan.declaration, plan.experiment.name
    return Label(declaration.title or declaration.title_zh or name, declaration.title_zh or declaration.title or name)
