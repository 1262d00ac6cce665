"""Scenarios: a region, a horizon, parameters and policies, from TOML files or made in Python.

A scenario file says only what differs from what it extends. A policy that is present is on. Every fault of a
scenario is told at once, each with its file and line.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simulation import policies as policy_modules
from simulation import processes
from simulation.dates import FIRST_QUARTER, date_of
from simulation.errors import Problem, RegionError, ScenarioError, nearest_name
from simulation.parameters import PARAMETERS, Label, Parameters
from simulation.policy import POLICIES, Policy
from simulation.scenario_files import (
    ABOUT,
    OPTION,
    Layer,
    Sheet,
    chain_of,
    given_beside,
    overlaid,
    scenario_names,
)
from simulation.scenario_values import Fault, policy_faults, typed
from simulation.space.region import Region, load_region, region_names

__all__ = ["FIRST_QUARTER", "Scenario", "load_scenario", "new_scenario", "scenario_names", "schema"]

TOP_KEYS = (
    *(*ABOUT, "extends", "drop", "region", "quarters", "scale"),
    *("financing", "parameters", "policies"),
)
QUARTERS, QUARTERS_ALLOWED = 60, (FIRST_QUARTER + 1, 1000)
SCALE_ALLOWED = (0.005, 10.0)
FINANCING_SHARES = ("background_cut", "land_revenue", "debt", "upper_transfer")


@cache
def declare() -> None:
    """Import whatever declares parameters and policies, so that all of them are known by name."""
    importlib.import_module("simulation.initial")
    for module in pkgutil.iter_modules(processes.__path__):
        importlib.import_module(f"{processes.__name__}.{module.name}")
    policy_modules.load()


@dataclass(frozen=True, eq=False)
class Scenario:
    """What a run needs besides its seed; checked when it is made, whether from a file or in Python.

    Parameters
    ----------
    name : short name, as in result files
    region : the district and what surrounds it
    title, description : for people
    quarters : length of a run, burn-in included
    scale : size of the modelled district relative to 1:1
    parameters : groups that differ from their defaults, by name; all groups are there afterwards
    policies : policies that are on, as a list or by name
    plugins : SHA-256 of the user's own files that were loaded

    Raises
    ------
    ScenarioError
        Every fault of dates, names and shares.
    """

    name: str
    region: Region
    title: Label = Label("", "")
    description: Label = Label("", "")
    quarters: int = QUARTERS
    scale: float = 1.0
    parameters: Mapping[str, Parameters] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        declare()
        given: Any = self.policies
        by_name = dict(given) if isinstance(given, Mapping) else {policy.name: policy for policy in given}
        unknown = [group for group in self.parameters if group not in PARAMETERS]
        groups = {name: self.parameters.get(name) or cls() for name, cls in sorted(PARAMETERS.items())}
        object.__setattr__(self, "policies", dict(sorted(by_name.items())))
        object.__setattr__(self, "parameters", groups)
        if not any(self.title):
            object.__setattr__(self, "title", Label(self.name, self.name))
        problems = [Problem(f"{self.name}: {message}") for message in self._kind_faults(unknown)]
        if not problems:
            problems = [Problem(f"{self.name}: {key}: {message}") for key, message in self._faults()]
        if problems:
            raise ScenarioError(problems)

    def _kind_faults(self, unknown: Iterable[str]) -> Iterator[str]:
        """Yield what is of a wrong kind, as can happen in Python only."""
        for group in unknown:
            yield f'parameters: there is no group "{group}"{nearest_name(group, PARAMETERS)}'
        for group, values in self.parameters.items():
            if not isinstance(values, PARAMETERS[group]):
                yield f"parameters.{group}: must be {PARAMETERS[group].__name__}, not {type(values).__name__}"
        for name, policy in self.policies.items():
            if not isinstance(policy, Policy) or policy.name != name:
                yield f'policies: "{name}" must be a policy of that name, not {policy!r}'

    def _faults(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []

        def note(key: str, message: str) -> None:
            found.append((key, message))

        _check_size(self.quarters, self.scale, note)
        _check_financing(self.parameters["financing"], note)
        for name, policy in self.policies.items():
            policy_faults(policy, f"policies.{name}", self.region, self.quarters, note)
        return found

    @property
    def financing(self) -> Parameters:
        """How the district pays for its policies."""
        return self.parameters["financing"]

    def date(self, quarter: int) -> str:
        """Return the date of a quarter, such as "2023Q1"."""
        return date_of(quarter, self.region.start)

    def resolved(self) -> dict[str, Any]:
        """Return everything that affects a run, ready for JSON; dates as "2023Q1"."""
        policies = {}
        for name, policy in self.policies.items():
            values = policy.model_dump(mode="json", exclude={"eligible"})
            values["start"] = self.date(policy.start)
            values["end"] = None if policy.end is None else self.date(policy.end)
            values["eligible"] = policy.eligible.model_dump(mode="json", exclude_defaults=True)
            policies[name] = values
        return {
            "region": {"name": self.region.name, "sha256": self._region_digest},
            "quarters": self.quarters,
            "scale": self.scale,
            "parameters": {group: values.model_dump(mode="json") for group, values in self.parameters.items()},
            "policies": policies,
            "plugins": sorted(self.plugins),
        }

    @cached_property
    def _region_digest(self) -> str:
        digest = hashlib.sha256()
        for part in _parts(self.region):
            digest.update(part)
        return digest.hexdigest()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that affects a run; titles do not."""
        canonical = json.dumps(
            self.resolved(), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
        )
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_toml(self) -> str:
        """Return a scenario file that loads as this scenario."""
        from simulation.scenario_writing import scenario_toml

        return scenario_toml(self)


def _parts(value: Any) -> Iterator[bytes]:
    """Yield the content of a region as bytes, in a fixed order; where its folder lies does not count."""
    if is_dataclass(value):
        for entry in fields(value):
            if entry.name != "directory":
                yield entry.name.encode()
                yield from _parts(getattr(value, entry.name))
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield repr(key).encode()
            yield from _parts(value[key])
    elif isinstance(value, np.ndarray) and value.dtype != object:
        yield f"{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, (tuple, list, np.ndarray)):
        yield f"[{len(value)}]".encode()
        for item in value:
            yield from _parts(item)
    else:
        yield repr(value).encode()


def _check_size(quarters: Any, scale: Any, fault: Fault) -> None:
    low, high = QUARTERS_ALLOWED
    if type(quarters) is not int or not low <= quarters <= high:
        fault(
            "quarters",
            f"{quarters!r} must be a whole number from {low} to {high}; the first {FIRST_QUARTER} are burn-in",
        )
    smallest, largest = SCALE_ALLOWED
    number = isinstance(scale, (int, float)) and not isinstance(scale, bool) and math.isfinite(scale)
    if not number or not smallest <= scale <= largest:
        fault("scale", f"{scale!r} must be a number from {smallest:g} to {largest:g}; 1 is the district at full size")


def _check_financing(financing: Any, fault: Fault) -> None:
    total = math.fsum(getattr(financing, name) for name in FINANCING_SHARES)
    if abs(total - 1.0) > 1e-6:
        shares = ", ".join(f"{name} {getattr(financing, name):g}" for name in FINANCING_SHARES)
        fault("parameters.financing", f"the shares add up to {total:g}, must be 1 ({shares})")


def load_scenario(
    name_or_path: str | Path,
    *,
    set: Mapping[str, Any] | None = None,
    region: str | Path | Region | None = None,
    quarters: int | None = None,
    scale: float | None = None,
    plugins: Iterable[str | Path] = (),
) -> Scenario:
    """Return a scenario from the name of a bundled one or from a file, checked throughout.

    Parameters
    ----------
    name_or_path : bundled name, or path of a TOML file
    set : values by dotted path that replace those of the file, such as "policies.risk_pool.loss_share"
    region, quarters, scale : in place of the file's
    plugins : Python files of the user that declare policies or outcomes

    Raises
    ------
    ScenarioError
        Every fault found, each with file and line; values of `set` are told as "--set".
    """
    declare()
    hashes = tuple(policy_modules.load_plugin(str(file)) for file in plugins)
    problems: list[Problem] = []
    layers: list[Layer] = []
    for read in (lambda: chain_of(name_or_path), lambda: [given_beside(set or {})]):
        try:
            layers += read()
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    sheet = overlaid(layers)
    _check_keys(sheet, layers)
    place = _region(sheet, region)
    length = sheet.data.get("quarters", QUARTERS) if quarters is None else quarters
    size = sheet.data.get("scale", 1.0) if scale is None else scale
    _check_size(length, size, sheet.fault)
    title, title_zh, description, description_zh = (_text(sheet, key) for key in ABOUT)
    groups = _groups(sheet, place)
    chosen = _policies(sheet, place, length)
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
        plugins=hashes,
    )


def _check_keys(sheet: Sheet, layers: list[Layer]) -> None:
    for key in sheet.data:
        if key not in TOP_KEYS:
            sheet.fault(key, f"unknown key{_suggestion(key)} (known: {', '.join(TOP_KEYS)})")
    for key in ("extends", *ABOUT):
        if layers[-1].file == OPTION and key in layers[-1].data:
            sheet.problems.append(layers[-1].problem(key, "is said in the scenario's file only"))


def _suggestion(key: str) -> str:
    """Return where a key that is not a top one may belong."""
    if key in POLICIES:
        return f"; a policy is written as [policies.{key}]"
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


def _region(sheet: Sheet, given: str | Path | Region | None) -> Region | None:
    if isinstance(given, Region):
        return given
    wanted = sheet.data.get("region", "nanhu") if given is None else str(given)
    if not isinstance(wanted, str):
        sheet.fault("region", f"{wanted!r} must be the name or the folder of a region")
        return None
    try:
        if wanted in region_names():
            return _bundled_region(wanted)
        file = sheet.layer("region").file
        beside = Path(file).parent if given is None and file != OPTION else Path()
        return load_region(beside / wanted)
    except RegionError as error:
        told_here = given is None and len(error.problems) == 1 and error.problems[0].file is None
        for problem in error.problems:
            if told_here:
                sheet.fault("region", problem.message)
            else:
                sheet.problems.append(problem)
        return None


def _table(sheet: Sheet, key: str) -> dict[str, Any]:
    value = sheet.data.get(key, {})
    if not isinstance(value, dict):
        sheet.fault(key, f"{value!r} must be a table, such as [{key}.{'risk_pool' if key == 'policies' else 'credit'}]")
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
                _check_financing(values, sheet.fault)
    return groups


def _with_remainder(group: str, written: Any) -> Any:
    """Return financing whose unwritten background cut bears what the other sources do not."""
    if group != "financing" or not isinstance(written, dict) or "background_cut" in written:
        return written
    others = [written.get(name, 0.0) for name in FINANCING_SHARES[1:]]
    if all(type(share) in (int, float) for share in others) and 0.0 <= math.fsum(others) <= 1.0:
        return {**written, "background_cut": 1.0 - math.fsum(others)}
    return written


def _policies(sheet: Sheet, region: Region | None, quarters: Any) -> dict[str, Policy]:
    chosen: dict[str, Policy] = {}
    for name, written in _table(sheet, "policies").items():
        where = f"policies.{name}"
        if name not in POLICIES:
            known = f"known: {', '.join(sorted(POLICIES))}"
            sheet.fault(where, f"there is no such policy{nearest_name(name, POLICIES)} ({known})")
            continue
        if where not in sheet.in_files:
            sheet.fault(where, f"the scenario does not have this policy; add [{where}] to its file")
            continue
        policy = typed(POLICIES[name], written, where, region, sheet.fault)
        if policy is not None:
            chosen[name] = policy
            if region is not None:
                policy_faults(policy, where, region, quarters if type(quarters) is int else QUARTERS, sheet.fault)
    return chosen


def new_scenario(base: str, policies: Iterable[str]) -> str:
    """Return a commented scenario file that a person can edit.

    Parameters
    ----------
    base : scenario that it extends, a bundled name or a path
    policies : names of the policies that it switches on

    Raises
    ------
    ScenarioError
        The base or a policy is not known.
    """
    from simulation.scenario_writing import scenario_draft

    declare()
    return scenario_draft(base, list(policies))


def schema() -> dict[str, Any]:
    """Return the JSON schema of scenario files, for editors."""
    from simulation.scenario_writing import scenario_schema

    declare()
    return scenario_schema()
