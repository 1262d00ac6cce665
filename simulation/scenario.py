"""Scenarios: a region, a horizon, parameters and policies, from TOML files or made in Python.

A scenario file says only what differs from what it extends. A policy that is present is on. Every fault of a
scenario is told at once, each with its file and line.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simulation import policies as policy_modules
from simulation import processes
from simulation import stresses as stress_modules
from simulation.dates import FIRST_QUARTER, date_of
from simulation.errors import Problem, ScenarioError, nearest_name
from simulation.parameters import PARAMETERS, Label, Parameters
from simulation.policy import Policy
from simulation.scenario_files import scenario_names
from simulation.scenario_values import (
    QUARTERS,
    financing_faults,
    policy_faults,
    region_groups,
    size_faults,
    stress_faults,
)
from simulation.space.region import Region
from simulation.stress import Stress

__all__ = ["FIRST_QUARTER", "Scenario", "load_scenario", "new_scenario", "scenario_names", "schema"]

NO_LABEL = Label("", "")


@cache
def declare() -> None:
    """Import whatever declares parameters and policies, so that all of them are known by name."""
    importlib.import_module("simulation.initial")
    for module in pkgutil.iter_modules(processes.__path__):
        importlib.import_module(f"{processes.__name__}.{module.name}")
    policy_modules.load()
    stress_modules.load()


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
    parameters : groups that differ from the region's defaults, by name; all groups are there afterwards
    policies, stresses : policies and stresses that are on, as a list or by name
    plugins : SHA-256 of the user's own files that were loaded

    Raises
    ------
    ScenarioError
        Every fault of dates, names and shares.
    """

    name: str
    region: Region
    title: Label = NO_LABEL
    description: Label = NO_LABEL
    quarters: int = QUARTERS
    scale: float = 1.0
    parameters: Mapping[str, Parameters] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    stresses: Mapping[str, Stress] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        declare()
        unknown = [group for group in self.parameters if group not in PARAMETERS]
        faults: list[str] = []
        usual: dict[str, Parameters] = {}
        if PARAMETERS.keys() - self.parameters.keys():
            usual = region_groups(self.region, lambda key, message: faults.append(f"{key}: {message}"))
        groups = {name: self.parameters.get(name) or usual[name] for name in sorted(PARAMETERS)}
        for kind in ("policies", "stresses"):
            given: Any = getattr(self, kind)
            by_name = dict(given) if isinstance(given, Mapping) else {one.name: one for one in given}
            object.__setattr__(self, kind, dict(sorted(by_name.items())))
        object.__setattr__(self, "parameters", groups)
        if not any(self.title):
            object.__setattr__(self, "title", Label(self.name, self.name))
        problems = [Problem(f"{self.name}: {message}") for message in (*faults, *self._kind_faults(unknown))]
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
        for name, stress in self.stresses.items():
            if not isinstance(stress, Stress) or stress.name != name:
                yield f'stresses: "{name}" must be a stress of that name, not {stress!r}'

    def _faults(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []

        def note(key: str, message: str) -> None:
            found.append((key, message))

        size_faults(self.quarters, self.scale, note)
        financing_faults(self.parameters["financing"], note)
        for name, policy in self.policies.items():
            policy_faults(policy, f"policies.{name}", self.region, self.quarters, note)
        for name, stress in self.stresses.items():
            stress_faults(stress, f"stresses.{name}", self.region, self.quarters, note)
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
        policies = {name: self._dated(policy) for name, policy in self.policies.items()}
        for name, policy in self.policies.items():
            policies[name]["eligible"] = policy.eligible.model_dump(mode="json", exclude_defaults=True)
        stresses = {name: self._dated(stress) for name, stress in self.stresses.items()}
        return {
            "region": {"name": self.region.name, "sha256": self._region_digest, **self._calibrated()},
            "quarters": self.quarters,
            "scale": self.scale,
            "parameters": {group: values.model_dump(mode="json") for group, values in self.parameters.items()},
            "policies": policies,
            **({"stresses": stresses} if stresses else {}),
            "plugins": sorted(self.plugins),
        }

    def _dated(self, one: Policy | Stress) -> dict[str, Any]:
        """Return the values of a policy (who is eligible left out) or a stress, with dates as texts."""
        values = one.model_dump(mode="json", exclude={"eligible"})
        return values | {"start": self.date(one.start), "end": None if one.end is None else self.date(one.end)}

    def _calibrated(self) -> dict[str, Any]:
        """Return which defaults the region's calibration has set, so that a record tells them from the code's."""
        fitted = self.region.calibration
        return {} if fitted is None else {"calibrated": {group: dict(row) for group, row in fitted.parameters.items()}}

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
    """Yield the content of a region as bytes, in a fixed order; where its files lie does not count.

    Nor does the spread of a calibration, which no run reads.
    """
    if is_dataclass(value):
        for entry in fields(value):
            if entry.name not in ("directory", "file", "lines", "spread"):
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
    from simulation.scenario_loading import read_scenario

    return read_scenario(name_or_path, set or {}, region, quarters, scale, plugins)


def new_scenario(base: str, policies: Iterable[str]) -> str:
    """Return a commented scenario file that a person can edit.

    Parameters
    ----------
    base : scenario that it extends, a bundled name or a path
    policies : names of the policies and stresses that it switches on

    Raises
    ------
    ScenarioError
        The base, a policy or a stress is not known.
    """
    from simulation.scenario_writing import scenario_draft

    declare()
    return scenario_draft(base, list(policies))


def schema() -> dict[str, Any]:
    """Return the JSON schema of scenario files, for editors."""
    from simulation.scenario_writing import scenario_schema

    declare()
    return scenario_schema()
