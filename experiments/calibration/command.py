"""The command `yanzhen calibrate`: its folder, its record, and what it writes."""

from __future__ import annotations

import hashlib
import json
import os
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import simulation
from experiments.calibration.figures import fit_figure, identifiability_figure
from experiments.calibration.report import calibration_toml, fit_rows, fit_table, parameters_table
from experiments.calibration.runs import ModelRuns
from experiments.calibration.search import JOURNAL, Fit, Settings, calibrate
from experiments.calibration.targets import Plan, read_plan
from experiments.engine import default_jobs
from experiments.folders import clear
from experiments.labels import Language
from experiments.plots import save, set_theme
from simulation.errors import ScenarioError
from simulation.scenario import Scenario
from simulation.space.calibration_file import CALIBRATION_FILE
from simulation.space.region import Region, load_region

SCENARIO = "baseline"
TRIALS, RUNS, DRAWS = 400, 4, 60
RECORD = "calibration.json"
OWN_ENTRIES = (RECORD, JOURNAL, f"{JOURNAL}.lock", CALIBRATION_FILE, "trials.csv", "figures")


def run_calibration(options: Namespace, lang: Language) -> tuple[Fit, dict[str, Any]]:
    """Calibrate as the options say, and write file, table of trials and figures.

    Parameters
    ----------
    options : of the command
    lang : language of the figures

    Returns
    -------
    the fit, and what was written where

    Raises
    ------
    ScenarioError
        The region has no targets, or the folder or a file cannot be used.
    KeyboardInterrupt
        With a message that says what is kept and how to go on.
    """
    region = load_region(options.region or "nanhu")
    plan = read_plan(region)
    folder = Path(options.out or Path("results") / f"calibrate-{region.name}")
    earlier = _earlier(folder, options)
    seeds = _seeds(options, earlier)
    scale = options.scale if options.scale is not None else (earlier or {}).get("scale", 1.0)
    # What an installed calibration says must not colour a new one, except as a set to try.
    installed = region.calibration
    region_bare = replace(region, calibration=None)
    bare = simulation.load_scenario(SCENARIO, region=region_bare, quarters=plan.quarters, scale=scale)
    record = _record(plan, bare, seeds)
    if earlier is not None:
        _must_agree(folder, earlier, record)
    target = _destination(options, region, folder)
    settings = Settings(options.trials or TRIALS, seeds, DRAWS if options.draws is None else options.draws,
                        options.jobs or default_jobs(len(seeds) * 2))  # fmt: skip
    _begin(folder, record)
    starts = [] if installed is None else [_free_values(plan, installed.parameters)]
    try:
        fit = calibrate(plan, ModelRuns(bare, plan), settings, folder, starts=starts, progress=not options.quiet)
    except KeyboardInterrupt:
        told = f"interrupted: what is done is kept; go on with: yanzhen calibrate --out {folder} --resume"
        raise KeyboardInterrupt(told + (f" --region {options.region}" if options.region else "")) from None
    about = {
        "region": region.name, "scenario": SCENARIO, "scale": scale, "seeds": list(seeds),
        "trials": int((fit.tried["stage"] == "search").sum()), "quarters": plan.quarters, "model": record["model"],
    }  # fmt: skip
    text = calibration_toml(fit, about)
    files = [_written(path, text) for path in dict.fromkeys([folder / CALIBRATION_FILE, target])]
    fit.tried.to_csv(folder / "trials.csv", index=False)
    set_theme()
    drawings = [draw(fit, lang) for draw in (fit_figure, identifiability_figure)]
    figures = [path for drawing in drawings for path in save(drawing, folder / "figures")]
    return fit, {"folder": folder, "files": files, "figures": [path for path in figures if path.suffix != ".csv"]}


def answer(fit: Fit, written: Mapping[str, Any]) -> dict[str, Any]:
    """Return a calibration as the `--json` answer."""
    known, fitted = fit.identifiability, fit.values
    numbers = zip(fit.plan.free, known.errors, known.pinned, strict=True)
    return {
        "folder": str(written["folder"]),
        "loss": fit.loss,
        "loss_before": fit.default_loss,
        "parameters": {
            one.path: {"before": one.default, "fitted": fitted[one.path], "error": error * one.range, "pinned": share}
            for one, error, share in numbers
        },
        "levels": fit_rows(fit),
        "eigenvalues": known.eigenvalues.tolist(),
        "not_pinned_down": fit.open_parameters,
        "at_bounds": fit.at_bounds,
        "spread": {"drawn": fit.drawn, "kept": fit.kept, "threshold": fit.plan.threshold},
        "failed": list(fit.failed),
        "files": [str(path) for path in (*written["files"], *written["figures"])],
    }


def tables(fit: Fit, lang: Language) -> str:
    """Return what the terminal shows."""
    return f"{fit_table(fit, lang)}\n\n{parameters_table(fit, lang)}"


def model_digest() -> str:
    """Return the SHA-256 of the model's source: runs of another version must not be mixed with these."""
    folder = Path(simulation.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _record(plan: Plan, scenario: Scenario, seeds: tuple[int, ...]) -> dict[str, Any]:
    """Return what must be the same for runs to be comparable, as JSON knows it."""
    record = {
        "region": scenario.region.name, "scenario": scenario.digest, "scale": scenario.scale, "seeds": list(seeds),
        "targets": asdict(plan), "model": model_digest(),
    }  # fmt: skip
    return dict(json.loads(json.dumps(record)))


def _earlier(folder: Path, options: Namespace) -> dict[str, Any] | None:
    """Return the record of the calibration that a folder holds, if it is to go on; refuse what must not be lost."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = None
    if options.resume:
        if not isinstance(record, dict):
            raise ScenarioError(f"{folder}: holds no calibration to go on with; leave --resume out, or give its --out")
        return record
    if record is not None and not options.force:
        raise ScenarioError(f"{folder}: already holds a calibration; go on with --resume, or replace it with --force")
    if folder.exists() and (not folder.is_dir() or (record is None and any(folder.iterdir()))):
        raise ScenarioError(f"{folder}: holds files that are not a calibration; choose an empty folder with --out")
    return None


def _seeds(options: Namespace, earlier: Mapping[str, Any] | None) -> tuple[int, ...]:
    before = [int(seed) for seed in earlier["seeds"]] if earlier else [0]
    first = before[0] if options.seed is None else options.seed
    return tuple(range(first, first + (options.runs or (len(before) if earlier else RUNS))))


def _must_agree(folder: Path, earlier: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with another model or other targets: what was run could not be compared."""
    names = {"region": "the region", "seeds": "--runs or --seed", "scale": "--scale", "targets": "targets.toml",
             "model": "the model's code", "scenario": "the region's files or declared parameters"}  # fmt: skip
    changed = [told for key, told in names.items() if earlier.get(key) != now[key]]
    if changed:
        raise ScenarioError(f"{folder}: cannot go on, changed since: {', '.join(changed)}; start anew with --force")


def _begin(folder: Path, record: Mapping[str, Any]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / RECORD).exists() or json.loads((folder / RECORD).read_text(encoding="utf-8")) != record:
            clear(folder, OWN_ENTRIES)
        _written(folder / RECORD, json.dumps(record, indent=1) + "\n")
    except OSError as fault:
        raise ScenarioError(f"{folder}: cannot write here ({(fault.strerror or str(fault)).lower()})") from fault


def _destination(options: Namespace, region: Region, folder: Path) -> Path:
    """Return where the file goes besides the folder, checked before anything is run."""
    path = folder / CALIBRATION_FILE
    if options.write:
        path = Path(options.write)
    elif options.install:
        path = region.directory / CALIBRATION_FILE
        package = Path(simulation.__file__).resolve().parents[1]
        if package in path.resolve().parents and not (package / "pyproject.toml").exists():
            raise ScenarioError(f"--install: {region.name} is part of an installed package; run it in a checkout")
    if path.is_dir():
        raise ScenarioError(f"{path}: is a folder; give a file")
    return path


def _written(path: Path, text: str) -> Path:
    """Write a file whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partial")
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    except OSError as fault:
        raise ScenarioError(f"{path}: cannot be written ({(fault.strerror or str(fault)).lower()})") from fault
    return path


def _free_values(plan: Plan, parameters: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return the free parameters among values by group, within their bounds."""
    values = {one: parameters.get(one.group, {}).get(one.name) for one in plan.free}
    return {one.path: min(max(float(value), one.low), one.high) for one, value in values.items() if value is not None}
