"""The commands `run`, `compare` and `demo`: what options say, what is made of it, and how it is told."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.answers import list_failures, print_json
from experiments.labels import language, phrase

if TYPE_CHECKING:
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

    scenarios = load_scenarios([options.scenario], **scenario_options(options))
    name = next(iter(scenarios))
    options.scenarios = [options.scenario]
    return _tell_run(options, _replicate(options, scenarios, name, "run", runs=options.runs or 1, name=name))


def _tell_run(options: Namespace, study: Study) -> int:
    from experiments.summaries import how_sure, levels, levels_table

    if options.json:
        print_json({**_folder_and_runs(study), "outcomes": levels(study), "precision": study.precision})
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
    """Compare the baseline with the risk pool at a size that takes about a minute; an earlier demo is replaced."""
    options.force = options.force or options.out is None
    return _compare(options, DEMO_SCENARIOS, None, runs=options.runs or DEMO_RUNS, name="demo")


def go_on(options: Namespace, path: Path, manifest: Mapping[str, Any]) -> int:
    """Go on with a run or a comparison that stopped."""
    from experiments.comparison import load_scenarios
    from experiments.replication import Extent
    from experiments.resuming import refuse_others, take_up

    asked, design = manifest["experiment"], manifest["design"]
    plugins = tuple(asked["plugins"])
    known = {key: asked[key] for key in ("set", "region", "quarters", "scale")}
    scenarios = load_scenarios(asked["scenarios"], **known, plugins=plugins)
    refuse_others(path, manifest, list(scenarios.values()), options.force)
    base = design["baseline"]
    ordered = {base: scenarios[base], **scenarios}
    options.out, options.plugin, options.time_limit = str(path), list(plugins), asked["time_limit"]
    options.micro, options.micro_every = design["micro"], design["micro_every"]
    options.twins = design.get("twins", False)
    kept = {"seeds": manifest["seeds"], "again": take_up(options, path), "extent": Extent.of(asked)}
    study = _replicate(options, ordered, base, design["kind"], runs=0, name="", **kept)
    return (_tell_run if design["kind"] == "run" else _tell_comparison)(options, study)


def _compare(
    options: Namespace, names: Sequence[str], baseline: str | None, *, runs: int, name: str | None = None
) -> int:
    from experiments.comparison import load_scenarios
    from simulation.errors import ScenarioError, nearest_name

    wanted = list(names)
    if baseline is not None and baseline not in wanted and not any(Path(item).stem == baseline for item in wanted):
        wanted.insert(0, baseline)
    scenarios = load_scenarios(wanted, **scenario_options(options))
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
        print_json({**answer, "figures": shown, "report": None if report is None else str(report)})
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


def scenario_options(options: Namespace) -> dict[str, Any]:
    """Return what options say of how scenarios are loaded."""
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
    from experiments.resuming import interrupted
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
        total = ResultFolder.open(out).manifest.get("total", len(seeds) * len(scenarios))
        raise interrupted(out, total) from None


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
    return list_failures(study.failed.to_dict("records"))


def _folder_and_runs(study: Study) -> dict[str, Any]:
    return {"folder": str(study.folder), "runs": study.runs.to_dict("records")}
