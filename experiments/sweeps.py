"""Designed experiments from the command line: make them, tell what came of them, and how long they take."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments import engine
from experiments.answers import DONE, SOME_FAILED, print_json
from experiments.labels import language, phrase
from experiments.progress import MOST_TOLD, run_told
from experiments.provenance import command_line
from experiments.resuming import interrupted, refuse_others, take_up
from experiments.store import ReplicateError, ResultFolder
from simulation.errors import ScenarioError, YanzhenError

if TYPE_CHECKING:
    from experiments.plan import Plan
    from simulation.parameters import Label

PROBE_SECONDS = 2.0


def given_in(options: Namespace) -> dict[str, Any]:
    """Return what options say in place of an experiment's file."""
    given: dict[str, Any] = {"runs": options.runs, "quarters": options.quarters, "scale": options.scale}
    given |= {"region": options.region, "set": dict(options.set) or None, "micro": options.micro or None}
    given |= {"seed": options.seed or None, "time_limit": options.time_limit}
    if options.micro_every != 1:
        given["micro_every"] = options.micro_every
    return {key: value for key, value in given.items() if value is not None}


def begin(plan: Plan, out: Path, *, force: bool = False) -> ResultFolder:
    """Return a new result folder for an experiment."""
    names = [base.name for base in plan.bases]
    bases = {
        name if names.count(name) == 1 else f"{name}@{base.region.name}" if place else name: base
        for place, (name, base) in enumerate(zip(names, plan.bases, strict=True))
    }
    return ResultFolder.create(
        out,
        command=command_line(),
        scenarios=bases,
        seeds=plan.seeds,
        design=plan.described(),
        plugins=plan.plugins,
        force=force,
        total=len(plan),
        experiment={"kind": "sweep", "name": plan.experiment.name, **plan.declared()},
    )


def make(
    plan: Plan,
    folder: ResultFolder,
    *,
    jobs: int | None = None,
    engine_name: str = engine.LOCAL,
    progress: bool = False,
    run: Any = None,
) -> str:
    """Make the runs of an experiment that its folder does not have yet; return the status.

    Parameters
    ----------
    plan : the experiment
    folder : begun or taken up
    jobs, engine_name, progress : as in `engine.make`
    run : replaces the simulation, for tests

    Raises
    ------
    KeyboardInterrupt
        Interrupted; what is done is kept, and how to go on is told.
    ReplicateError, ResultFolderError
        Seeds do not matter, or the folder cannot be written; what is done is kept.
    """
    declaration, done = plan.declaration, folder.done
    setting = engine.Setting(
        plan.bases,
        run or engine._simulate_unguarded,
        tuple(declaration.micro),
        declaration.micro_every,
        outcomes=tuple(declaration.keep.outcomes),
        quarters=tuple(plan.kept_quarters()),
        plugins=plan.plugins,
    )
    finished = engine.make(
        plan.replications(done),
        setting,
        len(plan),
        jobs=jobs,
        progress=progress,
        engine=engine_name,
        time_limit=declaration.time_limit,
        done_before=len(done),
        isolated=True,
        started=lambda replication: folder.hand_out(replication.position),
    )
    return folder.keep(finished)


def _folder_of(options: Namespace, plan: Plan) -> Path:
    return Path(options.out) if options.out else Path("results") / plan.experiment.name


def sweep(options: Namespace) -> int:
    """Make a designed experiment."""
    from experiments.plan import plan_of

    plan = plan_of(options.experiment, given_in(options), options.plugin)
    if plan.declaration.optimise is not None:
        raise plan.experiment.error([("optimise", f"is made by yanzhen optimise {options.experiment}")])
    path = _folder_of(options, plan)
    if not options.quiet:
        print(size_told(plan), file=sys.stderr)
    return _finish(options, plan, begin(plan, path, force=options.force))


def go_on(options: Namespace, path: Path, manifest: Mapping[str, Any]) -> int:
    """Go on with a designed experiment that stopped."""
    from experiments.declaration import from_data
    from experiments.plan import planned

    declared = manifest["experiment"]
    data = {key: value for key, value in declared.items() if key not in ("kind", "name")}
    plan = planned(from_data(declared["name"], data))
    refuse_others(path, manifest, plan.bases, options.force, plan.digest)
    folder = take_up(options, path)
    if len(folder.done) == len(plan) and not options.quiet:
        print(f"{path}: all {len(plan)} runs are done", file=sys.stderr)
    options.out = str(path)
    return _finish(options, plan, folder)


def _finish(options: Namespace, plan: Plan, folder: ResultFolder) -> int:
    try:
        make(plan, folder, jobs=options.jobs, engine_name=options.engine, progress=not options.quiet)
    except KeyboardInterrupt:
        raise interrupted(folder.path, len(plan)) from None
    except ReplicateError as fault:
        raise ReplicateError(f"{folder.path}: {fault}") from None
    return tell(options, plan, folder)


def tell(options: Namespace, plan: Plan, folder: ResultFolder) -> int:
    """Draw and tell the results of a finished experiment; return the exit code."""
    from experiments.plan import label_of

    lang = language(options.lang)
    failed = [entry for entry in folder.manifest["runs"] if entry["status"] == "failed"]
    over = len(folder.manifest["runs"])
    figures: list[Path] = []
    reading = ""
    if over > len(failed):
        from experiments.sweep_figures import draw_and_read

        figures, reading = draw_and_read(plan, folder, lang=lang)
    if options.json:
        answer = {"folder": str(folder.path), "status": folder.manifest["status"], "runs": over, "failed": len(failed)}
        shown = [str(path) for path in figures if path.suffix != ".csv"]
        print_json({**answer, "factors": [axis.described() for axis in plan.axes], "figures": shown})
    elif not options.quiet:
        title = label_of(plan)
        print(phrase(title.en, title.zh, lang))
        if reading:
            print(f"\n{reading}")
        print(f"\n{phrase('Results', '结果', lang)}: {folder.path}")
    for entry in failed[:MOST_TOLD]:
        print(f"failed: {run_told(entry)}: {entry['error']}", file=sys.stderr)
    if len(failed) > MOST_TOLD:
        print(f"failed: {len(failed) - MOST_TOLD} more, listed in {folder.path / 'manifest.json'}", file=sys.stderr)
    return SOME_FAILED if failed else DONE


def size_told(plan: Plan) -> str:
    """Return how many runs an experiment has, and why."""
    parts = [f"{len(plan.points):,} points"] if plan.axes else []
    names = len(plan.starts) // max(len(plan.points), 1)
    parts += [f"{names} scenarios"] if names > 1 else []
    worlds = " x ".join(parts) or f"{names} scenario"
    worlds = f"({worlds} + the reference)" if plan.has_reference else worlds
    seeds = len(plan.seeds)
    return f"{len(plan):,} runs: {worlds} x {seeds} {'seed' if seeds == 1 else 'seeds'}"


def expected_seconds(plan: Plan, jobs: int | None = None) -> float:
    """Return about how long an experiment takes, from the first quarters of one of its runs.

    Parameters
    ----------
    plan : the experiment
    jobs : worker processes; by default one for each core
    """
    from simulation import Ecosystem

    scenario = plan.scenario(len(plan.starts) // 2)
    begun = time.perf_counter()
    model = Ecosystem(scenario, rng=plan.seeds[0], guarded=False)
    model.step()
    made = time.perf_counter()
    quarters = 1
    while model.running and (quarters < 4 or time.perf_counter() - made < PROBE_SECONDS):
        model.step()
        quarters += 1
    a_quarter = (time.perf_counter() - made) / max(quarters - 1, 1)
    a_run = made - begun + a_quarter * (scenario.quarters - 1)
    return a_run * len(plan) / (jobs or engine.default_jobs(len(plan)))


def checked(file: str, plugins: Sequence[str] = ()) -> tuple[list[str], dict[str, Label], str]:
    """Return the faults of an experiment, notes of its policies, and how many runs it has and how long they take.

    Parameters
    ----------
    file : bundled name or path
    plugins : files of the user that declare policies
    """
    from experiments.plan import plan_of

    try:
        plan = plan_of(file, None, plugins)
        search = None
        if plan.declaration.optimise is not None:
            from experiments.optimisation import command as optimisation_command

            search = optimisation_command.search_of(plan)
    except ScenarioError as fault:
        return [str(problem) for problem in fault.problems], {}, ""
    total = len(plan) if search is None else len(search)
    jobs = engine.default_jobs(total)
    try:
        seconds = expected_seconds(plan, jobs) * total / len(plan)
    except YanzhenError as fault:
        return [f"{file}: {fault}"], {}, ""
    policies = {policy.name: policy for world in range(len(plan.starts)) for policy in plan.policies(world)}
    notes = {name: policy.note for name, policy in sorted(policies.items()) if policy.note is not None}
    size = size_told(plan) if search is None else optimisation_command.size_told(search)
    return [], notes, f"{size}; about {_span(seconds)} on {jobs} {'core' if jobs == 1 else 'cores'}"


def _span(seconds: float) -> str:
    for size, unit in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{max(seconds, 1.0):.0f} seconds"
