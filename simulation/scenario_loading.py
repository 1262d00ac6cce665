"""Loading a scenario: files and options become a checked scenario, or a list of all their faults."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from simulation import policies as policy_modules
from simulation.dates import FIRST_QUARTER
from simulation.errors import Problem, RegionError, ScenarioError, nearest_name
from simulation.parameters import PARAMETERS, Label, Parameters
from simulation.policy import POLICIES, Policy
from simulation.scenario import Scenario, declare
from simulation.scenario_files import ABOUT, OPTION, Layer, Sheet, chain_of, given_beside, overlaid
from simulation.scenario_values import (
    FINANCING_SHARES,
    QUARTERS,
    QUARTERS_ALLOWED,
    financing_faults,
    policy_faults,
    size_faults,
    stress_faults,
    typed,
)
from simulation.space.firm_list import read_firm_list
from simulation.space.region import Region, load_region, region_names
from simulation.stress import STRESSES, Stress

TOP_KEYS = (
    *ABOUT, "extends", "drop", "region", "quarters", "scale", "firms", "financing", "parameters", "policies",
    "stresses",
)  # fmt: skip


def read_scenario(
    name_or_path: str | Path,
    overrides: Mapping[str, Any],
    region: str | Path | Region | None,
    quarters: int | None,
    scale: float | None,
    plugins: Iterable[str | Path],
) -> Scenario:
    """Return a scenario from its files and what is given beside them; see `simulation.scenario.load_scenario`."""
    declare()
    hashes = tuple(policy_modules.load_plugin(str(file)) for file in plugins)
    problems: list[Problem] = []
    layers: list[Layer] = []
    for read in (lambda: chain_of(name_or_path), lambda: [given_beside(overrides)]):
        try:
            layers += read()
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    _check_options(layers)
    options: dict[str, Any] = {"region": region if isinstance(region, Region) or region is None else str(region)}
    options |= {"quarters": quarters, "scale": scale}
    layers += [Layer(f"--{key}", {key: value}) for key, value in options.items() if value is not None]
    sheet = overlaid(layers)
    region_found = _region(sheet)
    if region_found is not None and region_found.calibration is not None:
        # What a region's calibration says lies under all that scenarios and options say.
        fitted = region_found.calibration
        sheet = overlaid([Layer(fitted.file, {"parameters": dict(fitted.parameters)}, dict(fitted.lines)), *layers])
    for key in sheet.data:
        if key not in TOP_KEYS:
            sheet.fault(key, f"unknown key{_suggestion(key)} (known: {', '.join(TOP_KEYS)})")
    place = _with_firms(sheet, region_found)
    length, size = sheet.data.get("quarters", QUARTERS), sheet.data.get("scale", 1.0)
    size_faults(length, size, sheet.fault)
    title, title_zh, description, description_zh = (_text(sheet, key) for key in ABOUT)
    groups = _groups(sheet, place)
    whole = type(length) is int and length > FIRST_QUARTER
    span = length if whole else QUARTERS_ALLOWED[1]
    chosen = _chosen(sheet, "policies", "policy", POLICIES, policy_faults, place, span)
    struck = _chosen(sheet, "stresses", "stress", STRESSES, stress_faults, place, span)
    if sheet.problems or place is None:
        raise ScenarioError(sheet.problems)
    stem = Path(sheet.top.file).stem
    return Scenario(
        name=stem,
        region=place,
        title=Label(title or title_zh or stem, title_zh or title or stem),
        description=Label(description or description_zh, description_zh or description),
        quarters=length,
        scale=float(size),
        parameters=groups,
        policies=chosen,
        stresses=struck,
        plugins=hashes,
    )


def _check_options(layers: list[Layer]) -> None:
    """Refuse options for what only a file can say."""
    faults = [
        layer.problem(key, "is said in the scenario's file only")
        for layer in layers
        if layer.file == OPTION
        for key in ("extends", *ABOUT)
        if key in layer.data
    ]
    if faults:
        raise ScenarioError(faults)


def _suggestion(key: str) -> str:
    """Return where a key that is not a top one may belong."""
    if key in POLICIES:
        return f"; a policy is written as [policies.{key}]"
    if key in STRESSES:
        return f"; a stress is written as [stresses.{key}]"
    if key in PARAMETERS:
        return f"; parameters are written as [parameters.{key}]"
    return nearest_name(key, TOP_KEYS)


def _text(sheet: Sheet, key: str) -> str:
    value = sheet.data.get(key, "")
    if not isinstance(value, str):
        sheet.fault(key, f"{value!r} must be a text")
        return ""
    return value.strip()


@cache
def _bundled_region(name: str) -> Region:
    """Return a bundled region, read once: regions are read-only and may be shared."""
    return load_region(name)


def _region(sheet: Sheet) -> Region | None:
    wanted = sheet.data.get("region", "nanhu")
    if isinstance(wanted, Region):
        return wanted
    if not isinstance(wanted, str):
        sheet.fault("region", f"{wanted!r} must be the name or the folder of a region")
        return None
    try:
        if wanted in region_names():
            return _bundled_region(wanted)
        file = sheet.layer("region").file
        return load_region(file.parent / wanted if isinstance(file, Path) else wanted)
    except RegionError as error:
        for problem in error.problems:
            if problem.file is None:
                sheet.fault("region", problem.message)
            else:
                sheet.problems.append(problem)
        return None


def _with_firms(sheet: Sheet, region: Region | None) -> Region | None:
    """Return the region with the firms of the file that the scenario names, in place of its own list."""
    wanted = sheet.data.get("firms")
    if wanted is None or region is None:
        return region
    if not isinstance(wanted, str) or not wanted.strip():
        sheet.fault("firms", f"{wanted!r} must be the path of a CSV file of firms")
        return region
    file = sheet.layer("firms").file
    try:
        path = file.parent / wanted if isinstance(file, Path) else Path(wanted)
        return replace(region, firm_list=read_firm_list(path, region))
    except RegionError as error:
        sheet.problems += error.problems
        return region


def _table(sheet: Sheet, key: str) -> dict[str, Any]:
    value = sheet.data.get(key, {})
    if not isinstance(value, dict):
        example = {"policies": "risk_pool", "stresses": "demand"}.get(key, "credit")
        sheet.fault(key, f"{value!r} must be a table, such as [{key}.{example}]")
        return {}
    return value


def _groups(sheet: Sheet, region: Region | None) -> dict[str, Parameters]:
    groups: dict[str, Parameters] = {}
    for name, written in _table(sheet, "parameters").items():
        where = f"parameters.{name}"
        if name not in PARAMETERS:
            known = f"known: {', '.join(sorted(PARAMETERS))}"
            sheet.fault(where, f"there is no such group of parameters{nearest_name(name, PARAMETERS)} ({known})")
            continue
        values = typed(PARAMETERS[name], _with_remainder(name, written), where, region, sheet.fault)
        if values is not None:
            groups[name] = values
            if name == "financing":
                financing_faults(values, sheet.fault)
    return groups


def _with_remainder(group: str, written: Any) -> Any:
    """Return financing whose unwritten background cut bears what the other sources do not."""
    if group != "financing" or not isinstance(written, dict) or "background_cut" in written:
        return written
    others = [written.get(name, 0.0) for name in FINANCING_SHARES[1:]]
    if all(type(share) in (int, float) for share in others) and 0.0 <= math.fsum(others) <= 1.0:
        return {**written, "background_cut": 1.0 - math.fsum(others)}
    return written


Chosen = TypeVar("Chosen", Policy, Stress)


def _chosen(
    sheet: Sheet,
    section: str,
    kind: str,
    declared: Mapping[str, type[Chosen]],
    faults: Callable[..., None],
    region: Region | None,
    quarters: int,
) -> dict[str, Chosen]:
    """Return the policies or the stresses of a scenario, checked."""
    chosen: dict[str, Chosen] = {}
    for name, written in _table(sheet, section).items():
        where = f"{section}.{name}"
        if name not in declared:
            known = f"known: {', '.join(sorted(declared))}"
            sheet.fault(where, f"there is no such {kind}{nearest_name(name, declared)} ({known})")
            continue
        if where not in sheet.in_files:
            sheet.fault(where, f"the scenario does not have this {kind}; add [{where}] to its file")
            continue
        one = typed(declared[name], written, where, region, sheet.fault)
        if one is not None:
            chosen[name] = one
            if region is not None:
                faults(one, where, region, quarters, sheet.fault)
    return chosen
