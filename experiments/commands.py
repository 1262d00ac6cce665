"""What each command does, once its options are read; `cli.py` lists them."""

from __future__ import annotations

import json
import math
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.cli import BAD_INPUT, DONE, SOME_FAILED
from experiments.labels import language, phrase

if TYPE_CHECKING:
    from experiments.catalogue import Findings
    from experiments.comparison import Study
    from experiments.replication import Extent
    from simulation.scenario import Scenario

DEMO_SCENARIOS = ("baseline", "risk_pool")
DEMO_RUNS = 8
COMPARE_RUNS = 20
LONGEST_FOLDER_NAME = 80


def run(options: Namespace) -> int:
    """Run one scenario with one or more seeds."""
    from experiments.comparison import load_scenarios

    scenarios = load_scenarios([options.scenario], **_scenario_options(options))
    name = next(iter(scenarios))
    options.scenarios = [options.scenario]
    return _tell_run(options, _replicate(options, scenarios, name, "run", runs=options.runs or 1, name=name))


def _tell_run(options: Namespace, study: Study) -> int:
    from experiments.summaries import how_sure, levels, levels_table

    if options.json:
        _print_json({**_folder_and_runs(study), "outcomes": levels(study), "precision": study.precision})
    elif not options.quiet and len(study.outcomes):
        lang = language(options.lang)
        print(levels_table(study, lang))
        for line in how_sure(study, lang):
            print(f"\n{line}")
        print(f"\n{phrase('Results', '结果', lang)}: {study.folder}")
    return _report_failures(study)


def compare(options: Namespace) -> int:
    """Compare scenarios with a baseline, paired by seed; write effects and figures."""
    return _compare(options, options.scenarios, options.baseline, runs=options.runs or COMPARE_RUNS)


def demo(options: Namespace) -> int:
    """Compare the baseline with the risk pool at a size that takes about 20 seconds; an earlier demo is replaced."""
    options.force = options.force or options.out is None
    return _compare(options, DEMO_SCENARIOS, None, runs=options.runs or DEMO_RUNS, name="demo")


def evidence(options: Namespace) -> int:
    """Set published policy effects beside the same estimates on simulated data and the truth from twins."""
    from experiments.evidence import command

    found, answer = command.run(options)
    if options.json:
        _print_json(answer)
    elif not options.quiet and found.claims:
        lang = language(options.lang)
        print(command.summary(found, lang))
        print(f"\n{phrase('Results and figures', '结果与图', lang)}: {found.folder}")
    for seed, error in found.runs.loc[found.runs["error"].notna(), ["seed", "error"]].itertuples(index=False):
        print(f"seed {seed} failed: {error}", file=sys.stderr)
    return SOME_FAILED if answer["failed"] else DONE


def _compare(
    options: Namespace, names: Sequence[str], baseline: str | None, *, runs: int, name: str | None = None
) -> int:
    from experiments.comparison import load_scenarios
    from simulation.errors import ScenarioError, nearest_name

    wanted = list(names)
    if baseline is not None and baseline not in wanted and not any(Path(item).stem == baseline for item in wanted):
        wanted.insert(0, baseline)
    scenarios = load_scenarios(wanted, **_scenario_options(options))
    if len(scenarios) < 2:
        raise ScenarioError("compare needs at least two scenarios, or one and --baseline NAME")
    base = next(iter(scenarios)) if baseline is None else _name_of(baseline, scenarios)
    if base is None:
        hint = nearest_name(str(baseline), scenarios)
        raise ScenarioError(f"--baseline {baseline}: not one of {', '.join(scenarios)}{hint}")
    ordered = {base: scenarios[base], **scenarios}
    options.scenarios = wanted
    study = _replicate(options, ordered, base, "compare", runs=runs, name=name or _folder_name(ordered))
    return _tell_comparison(options, study)


def _tell_comparison(options: Namespace, study: Study) -> int:
    from experiments.summaries import effects_table, horizon

    lang = language(options.lang)
    figures: list[Path] = []
    report: Path | None = None
    if len(study.effects) and study.folder is not None:
        from experiments.report.command import write_all

        figures, report = write_all(study, lang)
    if options.json:
        answer = {
            **_folder_and_runs(study),
            "baseline": study.baseline,
            "effects": horizon(study.effects).to_dict("records"),
            "costs": study.conclusions.costs.to_dict("records") if len(study.effects) else [],
            "precision": study.precision,
        }
        shown = [str(path) for path in figures if path.suffix != ".csv"]
        _print_json({**answer, "figures": shown, "report": None if report is None else str(report)})
    elif not options.quiet and len(study.effects):
        print(effects_table(study, lang))
        if study.agents is not None:
            from experiments.twins.summary import twins_table

            print(f"\n{twins_table(study, lang)}")
        print(f"\n{phrase('Results and figures', '结果与图', lang)}: {study.folder}")
        print(f"{phrase('Report', '报告', lang)}: {report}")
    return _report_failures(study)


def _name_of(given: str, scenarios: Mapping[str, Scenario]) -> str | None:
    return next((name for name in (given, Path(given).stem) if name in scenarios), None)


def _folder_name(scenarios: Mapping[str, Scenario]) -> str:
    name = "-".join(scenarios)
    first = next(iter(scenarios))
    return name if len(name) <= LONGEST_FOLDER_NAME else f"{first}-and-{len(scenarios) - 1}-more"


def _scenario_options(options: Namespace) -> dict[str, Any]:
    return {
        "set": dict(options.set),
        "region": options.region,
        "quarters": options.quarters,
        "scale": options.scale,
        "plugins": tuple(options.plugin),
    }


def _extent(options: Namespace, runs: int) -> Extent:
    """Return what options say of comparators, draws and precision."""
    from experiments.costs import INTEREST
    from experiments.precision import MOST_RUNS, Until
    from experiments.replication import Extent
    from simulation.errors import ScenarioError

    precision, most = getattr(options, "until_precision", None), getattr(options, "most_runs", None)
    if precision is None and most is not None:
        raise ScenarioError("--most-runs: is for --until-precision, which is not given")
    if precision is not None and runs > (most or MOST_RUNS):
        raise ScenarioError(f"--runs {runs}: is more than --most-runs {most or MOST_RUNS} allows")
    until = None if precision is None else Until(precision, most or MOST_RUNS)
    given = getattr(options, "interest", None)
    interest = INTEREST if given is None else given
    return Extent(getattr(options, "rebate", False), getattr(options, "uncertainty", "none"), until, interest)


def _replicate(
    options: Namespace, scenarios: Mapping[str, Scenario], base: str, kind: str, *, runs: int, name: str, **known: Any
) -> Study:
    from experiments.comparison import replicate
    from experiments.store import ResultFolder

    seeds = known.pop("seeds", None) or range(options.seed, options.seed + runs)
    out = Path(options.out) if options.out else Path("results") / name
    if "again" not in known:
        known["given"] = {"kind": kind, **_asked_for(options)}
        known["extent"] = _extent(options, len(seeds))
    try:
        return replicate(
            scenarios,
            base,
            seeds,
            micro=options.micro,
            micro_every=options.micro_every,
            jobs=options.jobs,
            plugins=options.plugin,
            kind=kind,
            out=out,
            force=options.force,
            progress=not options.quiet,
            engine_name=options.engine,
            time_limit=options.time_limit,
            twins=getattr(options, "twins", False),
            **known,
        )
    except KeyboardInterrupt:
        manifest = ResultFolder.open(out).manifest
        done = sum(entry["status"] == "done" for entry in manifest["runs"])
        total = manifest.get("total", len(seeds) * len(scenarios))
        kept = f"interrupted: {done} of {total} runs are done and kept in {out}"
        raise KeyboardInterrupt(f"{kept}; go on with: yanzhen resume {out}") from None


def _asked_for(options: Namespace) -> dict[str, Any]:
    """Return how scenarios were asked for, so that they can be loaded again from anywhere."""

    def where(name: str) -> str:
        return str(Path(name).resolve()) if Path(name).is_file() else name

    region = options.region
    if region is not None and Path(region).is_dir():
        region = str(Path(region).resolve())
    known = {"set": dict(options.set), "quarters": options.quarters, "scale": options.scale, "region": region}
    plugins = [str(Path(file).resolve()) for file in options.plugin]
    limit = {"time_limit": options.time_limit}
    return {"scenarios": [where(name) for name in options.scenarios], "plugins": plugins, **known, **limit}


def _report_failures(study: Study) -> int:
    return _list_failures(study.failed.to_dict("records"))


def _list_failures(runs: Sequence[Mapping[Any, Any]]) -> int:
    for run in runs:
        print(f"failed: {run['scenario']} seed {run['seed']}: {run['error']}", file=sys.stderr)
    return SOME_FAILED if runs else DONE


def _folder_and_runs(study: Study) -> dict[str, Any]:
    return {"folder": str(study.folder), "runs": study.runs.to_dict("records")}


def _print_json(answer: Mapping[str, Any]) -> None:
    print(json.dumps(_plain(answer), ensure_ascii=False, indent=1, allow_nan=False))


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it; undefined numbers become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if str(value) == "<NA>" else str(value)


def validate(options: Namespace) -> int:
    """Measure the stylised facts over seeds; a fact that fails is a result, not an error."""
    from experiments.validation.command import run_command

    answer, text, failed = run_command(options, _scenario_options(options))
    if options.json:
        _print_json(answer)
    elif not options.quiet:
        print(text)
    return _list_failures(failed)


def list_entries(options: Namespace) -> int:
    """List scenarios, policies, outcomes, parameters or regions."""
    from experiments import catalogue

    lang = language(options.lang)
    entries = catalogue.entries(options.what, plugins=options.plugin)
    if options.json:
        _print_json({options.what: entries})
    else:
        print(catalogue.table(options.what, entries, lang))
    return DONE


def check(options: Namespace) -> int:
    """Validate files and tell every fault and every warning in its own line; warnings leave a file valid."""
    from experiments import catalogue

    lang = language(options.lang)
    found = {
        file: catalogue.findings(file, region=options.region, plugins=options.plugin, lang=lang)
        for file in options.files
    }
    for problems, warnings, _ in found.values():
        for line in (*problems, *warnings):
            print(line, file=sys.stderr)
    if options.json:
        _print_json({"files": [{"file": file, "ok": not f.problems, **_found(f)} for file, f in found.items()]})
    elif not options.quiet:
        for file, (problems, _, size) in found.items():
            if not problems:
                print(f"{file}: ok" + (f"; {size}" if size else ""))
    return BAD_INPUT if any(findings.problems for findings in found.values()) else DONE


def _found(findings: Findings) -> dict[str, Any]:
    return {name: value for name, value in findings._asdict().items() if name != "size" or value}


def new(options: Namespace) -> int:
    """Write a commented scenario file to start from."""
    from experiments import catalogue

    path = catalogue.write_new_scenario(
        Path(options.file), options.base, options.policies, plugins=options.plugin, force=options.force
    )
    if options.json:
        _print_json({"file": str(path)})
    elif not options.quiet:
        print(path)
    return DONE


def go_on(options: Namespace, path: Path, manifest: Mapping[str, Any], differences: Callable[..., list[str]]) -> int:
    """Go on with a run or a comparison that stopped."""
    from experiments.comparison import load_scenarios
    from experiments.replication import Extent
    from experiments.store import ResultFolderError
    from experiments.sweeps import take_up

    asked, design = manifest["experiment"], manifest["design"]
    plugins = tuple(asked["plugins"])
    known = {key: asked[key] for key in ("set", "region", "quarters", "scale")}
    scenarios = load_scenarios(asked["scenarios"], **known, plugins=plugins)
    differ = differences(manifest, list(scenarios.values()))
    if differ and not options.force:
        lines = [*differ, "its runs would not belong together; go on all the same with --force"]
        raise ResultFolderError("\n".join(f"{path}: {line}" for line in lines))
    base = design["baseline"]
    ordered = {base: scenarios[base], **scenarios}
    options.out, options.plugin, options.time_limit = str(path), list(plugins), asked["time_limit"]
    options.micro, options.micro_every = design["micro"], design["micro_every"]
    options.twins = design.get("twins", False)
    kept = {"seeds": manifest["seeds"], "again": take_up(options, path), "extent": Extent.of(asked)}
    study = _replicate(options, ordered, base, design["kind"], runs=0, name="", **kept)
    return (_tell_run if design["kind"] == "run" else _tell_comparison)(options, study)


def sweep(options: Namespace) -> int:
    """Make a designed experiment."""
    from experiments import sweeps

    return sweeps.sweep(options)


def resume(options: Namespace) -> int:
    """Go on with an experiment where it stopped."""
    from experiments import sweeps

    return sweeps.resume(options)


def status(options: Namespace) -> int:
    """Tell what of an experiment is done, running and failed."""
    from experiments import sweeps

    return sweeps.status(options)


def plot(options: Namespace) -> int:
    """Draw the figures of a finished comparison again."""
    from experiments.report import command

    return command.plot(options)


def report(options: Namespace) -> int:
    """Write a finished comparison as one HTML file."""
    from experiments.report import command

    return command.report(options)


def brief(options: Namespace) -> int:
    """Write a finished comparison as a one-page brief, slides and a workbook."""
    from experiments.report import command

    return command.brief(options)


def schema(options: Namespace) -> int:
    """Print the JSON schema of scenario or experiment files."""
    from experiments import declaration
    from simulation import scenario

    _print_json(declaration.schema() if options.what == "experiment" else scenario.schema())
    return DONE


def calibrate(options: Namespace) -> int:
    """Fit a region's free parameters to its levels."""
    from experiments.calibration import command as calibration_command

    lang = language(options.lang)
    fit, written = calibration_command.run_calibration(options, lang)
    if options.json:
        _print_json(calibration_command.answer(fit, written))
    elif not options.quiet:
        print(calibration_command.tables(fit, lang))
        print(f"\n{phrase('Results and figures', '结果与图', lang)}: {written['folder']}")
    for line in fit.failed:
        print(f"failed: {line}", file=sys.stderr)
    return SOME_FAILED if fit.failed else DONE


def why(options: Namespace) -> int:
    """Tell the history of one agent in both worlds of a comparison."""
    from experiments.twins import command

    return _tell(options, *command.why(options))


def sensitivity(options: Namespace) -> int:
    """Tell what the outcomes of a finished sweep depend on."""
    from experiments.sensitivity import command as sensitivity_command

    return _tell(options, *sensitivity_command.command(options))


def regret(options: Namespace) -> int:
    """Tell what a choice between scenarios costs in each future, and in which futures it fails."""
    from experiments.robustness import command as robustness_command

    return _tell(options, *robustness_command.command(options))


def optimise(options: Namespace) -> int:
    """Divide a fixed outlay between policies."""
    from experiments.optimisation import command as optimisation_command

    return tell_search(options, *optimisation_command.command(options))


def tell_search(options: Namespace, answer: Mapping[str, Any], text: str, failed: int) -> int:
    """Tell what a search found; return the exit code."""
    _tell(options, answer, text)
    return SOME_FAILED if failed else DONE


def _tell(options: Namespace, answer: Mapping[str, Any], text: str) -> int:
    if options.json:
        _print_json(answer)
    elif not options.quiet:
        print(text)
    return DONE


COMMANDS: Mapping[str, Callable[[Namespace], int]] = {
    "demo": demo,
    "run": run,
    "compare": compare,
    "evidence": evidence,
    "validate": validate,
    "calibrate": calibrate,
    "list": list_entries,
    "check": check,
    "new": new,
    "sweep": sweep,
    "resume": resume,
    "status": status,
    "why": why,
    "plot": plot,
    "report": report,
    "brief": brief,
    "schema": schema,
    "sensitivity": sensitivity,
    "optimise": optimise,
    "regret": regret,
}
