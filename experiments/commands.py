"""What each command does, once its options are read; `cli.py` lists them."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.answers import BAD_INPUT, DONE, SOME_FAILED, list_failures, print_json, tell
from experiments.labels import language, phrase

if TYPE_CHECKING:
    from experiments.catalogue import Findings


def run(options: Namespace) -> int:
    """Run one scenario with one or more seeds."""
    from experiments import comparison_command

    return comparison_command.run(options)


def compare(options: Namespace) -> int:
    """Compare scenarios with a baseline, paired by seed; write effects and figures."""
    from experiments import comparison_command

    return comparison_command.compare(options)


def demo(options: Namespace) -> int:
    """Compare the baseline with the risk pool at a size that takes about a minute; an earlier demo is replaced."""
    from experiments import comparison_command

    return comparison_command.demo(options)


def evidence(options: Namespace) -> int:
    """Set published policy effects beside the same estimates on simulated data and the truth from twins."""
    from experiments.evidence import command

    found, answer = command.run(options)
    if options.json:
        print_json(answer)
    elif not options.quiet and found.claims:
        lang = language(options.lang)
        print(command.summary(found, lang))
        print(f"\n{phrase('Results and figures', '结果与图', lang)}: {found.folder}")
    for seed, error in found.runs.loc[found.runs["error"].notna(), ["seed", "error"]].itertuples(index=False):
        print(f"seed {seed} failed: {error}", file=sys.stderr)
    return SOME_FAILED if answer["failed"] else DONE


def validate(options: Namespace) -> int:
    """Measure the stylised facts over seeds; a fact that fails is a result, not an error."""
    from experiments.comparison_command import scenario_options
    from experiments.validation.command import run_command

    answer, text, failed = run_command(options, scenario_options(options))
    if options.json:
        print_json(answer)
    elif not options.quiet:
        print(text)
    return list_failures(failed)


def list_entries(options: Namespace) -> int:
    """List scenarios, policies, outcomes, parameters or regions."""
    from experiments import catalogue

    lang = language(options.lang)
    entries = catalogue.entries(options.what, plugins=options.plugin)
    if options.json:
        print_json({options.what: entries})
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
        print_json({"files": [{"file": file, "ok": not f.problems, **_found(f)} for file, f in found.items()]})
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
        print_json({"file": str(path)})
    elif not options.quiet:
        print(path)
    return DONE


def sweep(options: Namespace) -> int:
    """Make a designed experiment."""
    from experiments import sweeps

    return sweeps.sweep(options)


def resume(options: Namespace) -> int:
    """Go on with an experiment where it stopped."""
    from experiments.folders import ResultFolderError
    from experiments.store import ResultFolder

    path = Path(options.folder)
    manifest = ResultFolder.open(path).manifest
    declared = manifest.get("experiment")
    if not declared:
        raise ResultFolderError(f"{path}: was made in Python, which alone knows its scenarios; call it there again")
    if declared["kind"] == "optimise":
        from experiments.optimisation import command as optimisation_command

        return _tell_search(options, *optimisation_command.resume(options, path, manifest))
    if declared["kind"] == "sweep":
        from experiments import sweeps

        return sweeps.go_on(options, path, manifest)
    from experiments import comparison_command

    return comparison_command.go_on(options, path, manifest)


def status(options: Namespace) -> int:
    """Tell what of an experiment is done, running and failed."""
    from experiments import progress

    return progress.status(options)


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

    print_json(declaration.schema() if options.what == "experiment" else scenario.schema())
    return DONE


def calibrate(options: Namespace) -> int:
    """Fit a region's free parameters to its levels."""
    from experiments.calibration import command as calibration_command

    lang = language(options.lang)
    fit, written = calibration_command.run_calibration(options, lang)
    if options.json:
        print_json(calibration_command.answer(fit, written))
    elif not options.quiet:
        print(calibration_command.tables(fit, lang))
        print(f"\n{phrase('Results and figures', '结果与图', lang)}: {written['folder']}")
    for line in fit.failed:
        print(f"failed: {line}", file=sys.stderr)
    return SOME_FAILED if fit.failed else DONE


def why(options: Namespace) -> int:
    """Tell the history of one agent in both worlds of a comparison."""
    from experiments.twins import command

    return tell(options, *command.why(options))


def sensitivity(options: Namespace) -> int:
    """Tell what the outcomes of a finished sweep depend on."""
    from experiments.sensitivity import command as sensitivity_command

    return tell(options, *sensitivity_command.command(options))


def regret(options: Namespace) -> int:
    """Tell what a choice between scenarios costs in each future, and in which futures it fails."""
    from experiments.robustness import command as robustness_command

    return tell(options, *robustness_command.command(options))


def optimise(options: Namespace) -> int:
    """Divide a fixed outlay between policies."""
    from experiments.optimisation import command as optimisation_command

    return _tell_search(options, *optimisation_command.command(options))


def _tell_search(options: Namespace, answer: Mapping[str, Any], text: str, failed: int) -> int:
    tell(options, answer, text)
    return SOME_FAILED if failed else DONE


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
