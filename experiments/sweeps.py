"""Designed experiments from the command line: make them, take them up again, and tell how far they are."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments import engine
from experiments.provenance import PACKAGES, command_line, environment
from experiments.store import ReplicateError, ResultFolder, ResultFolderError, is_being_written, journal_of
from simulation.errors import ScenarioError, YanzhenError

if TYPE_CHECKING:
    from experiments.plan import Plan
    from simulation.parameters import Label
    from simulation.scenario import Scenario

PROBE_SECONDS = 2.0
MOST_TOLD = 12
NOT_IN_RUNS = ("matplotlib", "seaborn")
"""Packages that draw only: another version of them does not make another experiment."""


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


def _interrupted(path: Path, total: int) -> KeyboardInterrupt:
    over = sum(_counts(path).values())
    return KeyboardInterrupt(
        f"interrupted: {over} of {total} runs are done and kept in {path}; go on with: yanzhen resume {path}"
    )


def _counts(path: Path) -> dict[str, int]:
    from experiments.store import runs_over

    return runs_over(path)


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


def _finish(options: Namespace, plan: Plan, folder: ResultFolder) -> int:
    try:
        make(plan, folder, jobs=options.jobs, engine_name=options.engine, progress=not options.quiet)
    except KeyboardInterrupt:
        raise _interrupted(folder.path, len(plan)) from None
    except ReplicateError as fault:
        raise ReplicateError(f"{folder.path}: {fault}") from None
    return tell(options, plan, folder)


def tell(options: Namespace, plan: Plan, folder: ResultFolder) -> int:
    """Draw and tell the results of a finished experiment; return the exit code."""
    from experiments.cli import DONE, SOME_FAILED
    from experiments.labels import language, phrase
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
        from experiments.commands import _print_json

        answer = {"folder": str(folder.path), "status": folder.manifest["status"], "runs": over, "failed": len(failed)}
        shown = [str(path) for path in figures if path.suffix != ".csv"]
        _print_json({**answer, "factors": [axis.described() for axis in plan.axes], "figures": shown})
    elif not options.quiet:
        title = label_of(plan)
        print(phrase(title.en, title.zh, lang))
        if reading:
            print(f"\n{reading}")
        print(f"\n{phrase('Results', '结果', lang)}: {folder.path}")
    for entry in failed[:MOST_TOLD]:
        print(f"failed: {_run_told(entry)}: {entry['error']}", file=sys.stderr)
    if len(failed) > MOST_TOLD:
        print(f"failed: {len(failed) - MOST_TOLD} more, listed in {folder.path / 'manifest.json'}", file=sys.stderr)
    return SOME_FAILED if failed else DONE


def _run_told(entry: Mapping[str, Any]) -> str:
    factors = ", ".join(f"{path} {value}" for path, value in (entry.get("factors") or {}).items())
    point = f" point {entry['point']} ({factors})" if entry.get("point") is not None and factors else ""
    return f"{entry['scenario']} seed {entry['seed']}{point}"


def resume(options: Namespace) -> int:
    """Go on with an experiment where it stopped."""
    path = Path(options.folder)
    manifest = ResultFolder.open(path).manifest
    declared = manifest.get("experiment")
    if not declared:
        raise ResultFolderError(f"{path}: was made in Python, which alone knows its scenarios; call it there again")
    if declared["kind"] == "optimise":
        from experiments.commands import tell_search
        from experiments.optimisation.command import resume as search_on

        return tell_search(options, *search_on(options, path, manifest))
    if declared["kind"] != "sweep":
        from experiments.commands import go_on

        return go_on(options, path, manifest, differences)
    from experiments.declaration import from_data
    from experiments.plan import planned

    data = {key: value for key, value in declared.items() if key not in ("kind", "name")}
    plan = planned(from_data(declared["name"], data))
    _refuse_others(path, manifest, plan.bases, options.force, plan.digest)
    folder = take_up(options, path)
    if len(folder.done) == len(plan) and not options.quiet:
        print(f"{path}: all {len(plan)} runs are done", file=sys.stderr)
    options.out = str(path)
    return _finish(options, plan, folder)


def take_up(options: Namespace, path: Path) -> ResultFolder:
    """Return a folder taken up as options say."""
    folder = ResultFolder.take_up(path, force=options.force)
    if options.failed:
        folder.forget_failed()
    return folder


def _refuse_others(
    path: Path, manifest: Mapping[str, Any], bases: Sequence[Scenario], force: bool, digest: str | None = None
) -> None:
    differ = differences(manifest, bases, digest)
    if differ and not force:
        told = "\n".join(f"{path}: {line}" for line in differ)
        raise ResultFolderError(f"{told}\n{path}: its runs would not belong together; go on all the same with --force")


def differences(manifest: Mapping[str, Any], bases: Sequence[Scenario], digest: str | None = None) -> list[str]:
    """Return what has changed since a result folder was begun, one line each.

    Parameters
    ----------
    manifest : of the folder
    bases : its scenarios as they load now
    digest : of the plan as it is now
    """
    lines = []
    now = environment()
    for name in PACKAGES:
        before, after = manifest["packages"].get(name), now["packages"].get(name)
        if before != after and name not in NOT_IN_RUNS:
            lines.append(f"was made with {name} {before}, here is {after}")
    for key, label in (("python", "Python"), ("processor", "processor")):
        if manifest.get(key) != now[key]:
            lines.append(f"was made with {label} {manifest.get(key)}, here is {now[key]}")
    if manifest.get("model_sha256") != now["model_sha256"]:
        at = manifest.get("commit")
        lines.append("the model's source code has changed since" + (f" (it was made at commit {at})" if at else ""))
    known = {entry["sha256"] for entry in manifest["scenarios"].values()}
    resolved = {name.partition("@")[0]: entry["resolved"] for name, entry in manifest["scenarios"].items()}
    changed = False
    for base in bases:
        if base.digest not in known:
            changed = True
            lines += _changes_told(base.name, resolved.get(base.name, {}), base.resolved())
    if digest is not None and digest != manifest["design"].get("sha256") and not changed and not lines:
        lines.append("the design makes other points than it did, or a policy that it switches on has changed")
    return lines


def _changes_told(name: str, before: Any, after: Any) -> list[str]:
    from experiments.plan import flat

    old, new = flat(before), flat(json.loads(json.dumps(after, default=str)))
    paths = [path for path in (*old, *(path for path in new if path not in old)) if old.get(path) != new.get(path)]
    lines = [f"scenario {name}: {path} was {old.get(path)}, is {new.get(path)}" for path in paths[:MOST_TOLD]]
    return lines or [f"scenario {name} has changed"]


def status(options: Namespace) -> int:
    """Tell what of an experiment is done, running and failed."""
    from experiments.cli import DONE
    from experiments.labels import language, phrase

    answer = state_of(Path(options.folder))
    if options.json:
        from experiments.commands import _print_json

        _print_json(answer)
        return DONE
    lang = language(options.lang)
    words = {
        "running": ("running", "正在运行"),
        "stopped": ("stopped", "已停止"),
        "interrupted": ("interrupted", "已中断"),
        "done": ("done", "已完成"),
        "failed": ("done, some runs failed", "已完成，部分运行失败"),
    }
    en, zh = words.get(answer["status"], (answer["status"], answer["status"]))
    state = phrase(en, zh, lang)
    done, failed, total = answer["done"], answer["failed"], answer["total"]
    print(f"{options.folder}: {state}")
    text = phrase(
        f"{done} of {total} runs done, {failed} failed, {len(answer['running'])} in hand, {answer['left']} left",
        f"共 {total} 次运行：完成 {done}，失败 {failed}，进行中 {len(answer['running'])}，剩余 {answer['left']}",
        lang,
        separator="\n",
    )
    print(text)
    if answer["seconds_a_run"] is not None:
        mean = answer["seconds_a_run"]
        print(phrase(f"{mean:.2f} s a run on average", f"平均每次运行 {mean:.2f} 秒", lang))
    for line in answer["failures"][:MOST_TOLD]:
        print(f"failed: {line}")
    for line in answer["damage"]:
        print(line)
    if answer["resume"]:
        print(f"{phrase('Go on with', '继续运行', lang)}: {answer['resume']}")
    return DONE


def state_of(path: Path) -> dict[str, Any]:
    """Return what of an experiment is done, running, failed and damaged.

    Raises
    ------
    ResultFolderError
        It is not a result folder.
    """
    folder = ResultFolder.open(path)
    entries, in_hand, damage = journal_of(folder)
    state = folder.manifest["status"]
    writing = is_being_written(path)
    if state == "running" and not writing:
        state, in_hand = "stopped", []
    total = folder.manifest.get("total", len(entries))
    failed = [entry for entry in entries if entry["status"] == "failed"]
    seconds = [entry["seconds"] for entry in entries if entry["status"] == "done"]
    left = total - len(entries) - len(in_hand)
    go_on = state in ("stopped", "interrupted") or (damage and not writing)
    force = " --force" if damage else ""
    return {
        "folder": str(path),
        "status": state,
        "total": total,
        "done": len(entries) - len(failed),
        "failed": len(failed),
        "running": in_hand,
        "left": left,
        "seconds_a_run": sum(seconds) / len(seconds) if seconds else None,
        "failures": [f"{_run_told(entry)}: {entry['error']}" for entry in failed],
        "damage": [f"{name}: {fault}" for name, fault in damage.items()],
        "resume": f"yanzhen resume {path}{force}" if go_on else None,
    }


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
