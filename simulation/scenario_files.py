"""Scenario files as written: found by name or path, read, laid over what they extend.

What comes out is one table of values and, for each of them, the file and line that say it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from simulation.errors import Problem, ScenarioError, nearest_name
from simulation.space.region_files import key_lines

OPTION = "--set"
"""File named in faults of values that were given outside any file."""

ABOUT = ("title", "title_zh", "description", "description_zh")
"""What a file says about itself; a scenario that extends it says its own."""

LARGEST_FILE = 1_000_000


@dataclass(frozen=True)
class Layer:
    """One file of a chain of scenarios, or the values given beside them."""

    file: Path | str
    data: dict[str, Any]
    lines: dict[str, int] = field(default_factory=dict)

    def problem(self, key: str, message: str) -> Problem:
        """Return a fault at a dotted key; its line is that of the nearest key that is written."""
        nearest, line = key, None
        while nearest and line is None:
            inside = (number for name, number in self.lines.items() if name.startswith(f"{nearest}."))
            line = self.lines.get(nearest) or min(inside, default=None)
            nearest = nearest.rpartition(".")[0]
        return Problem(f"{key}: {message}" if key else message, self.file, line)


@dataclass
class Sheet:
    """Values of a scenario after all its files, with the layer that each was last written in."""

    data: dict[str, Any]
    layers: dict[str, Layer]
    top: Layer
    problems: list[Problem]
    in_files: frozenset[str] = frozenset()

    def layer(self, key: str) -> Layer:
        """Return the layer that says a dotted key, or the nearest table around it."""
        while key and key not in self.layers:
            key = key.rpartition(".")[0]
        return self.layers.get(key, self.top)

    def fault(self, key: str, message: str) -> None:
        """Record a fault at a dotted key, under the name by which it was written."""
        layer = self.layer(key)
        short = key.removeprefix("parameters.")
        if short != key and short.startswith("financing") and "financing" in layer.data:
            key = short
        self.problems.append(layer.problem(key, message))


def scenario_folder() -> Path:
    """Return the folder of the bundled scenarios."""
    return Path(str(resources.files("scenarios")))


def scenario_names() -> list[str]:
    """Return the names of the bundled scenarios, the baseline first."""
    names = [path.stem for path in scenario_folder().glob("*.toml")]
    return sorted(names, key=lambda name: (name != "baseline", name))


def find_scenario(name_or_path: str | Path, beside: Path | None = None) -> Path:
    """Return the file of a bundled scenario or of a path.

    Parameters
    ----------
    name_or_path : bundled name, or path of a TOML file
    beside : folder that a relative path starts from; by default the current one

    Raises
    ------
    ScenarioError
        There is none; the nearest bundled name is told.
    """
    names, wanted = scenario_names(), str(name_or_path)
    if wanted in names:
        return scenario_folder() / f"{wanted}.toml"
    path = Path(name_or_path)
    if beside is not None:
        path = beside / path
    if path.is_dir():
        raise ScenarioError(Problem(f'"{wanted}" is a folder; give a scenario file (.toml) or a bundled name', path))
    if wanted.strip() and path.exists():
        return path
    known = f"bundled: {', '.join(names)}; or give the path of a .toml file"
    raise ScenarioError(Problem(f'there is no scenario "{wanted}"{nearest_name(Path(wanted).stem, names)} ({known})'))


def read_layer(path: Path) -> Layer:
    """Return a scenario file as tables with the line of every key.

    Raises
    ------
    ScenarioError
        The file cannot be read, is empty, is not text, or is not valid TOML.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ScenarioError(Problem("is too large for a scenario file (over 1 MB)", path))
        content = path.read_bytes()
    except OSError as error:
        raise ScenarioError(Problem(f"cannot be read ({(error.strerror or str(error)).lower()})", path)) from error
    try:
        text = content.decode("utf-8-sig")
        if "\0" in text:
            raise ValueError("zero bytes")
    except ValueError as error:
        raise ScenarioError(Problem("is not a text file in UTF-8; a scenario is written in TOML", path)) from error
    if not text.strip():
        hint = 'a scenario needs at least extends = "baseline"'
        raise ScenarioError(Problem(f"the file is empty; {hint}", path))
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        told = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
        place = re.search(r"\(at line (\d+)", told)
        line = int(place[1]) if place else len(text.splitlines())
        raise ScenarioError(Problem(f"not valid TOML: {told}", path, line)) from error
    return _with_financing(Layer(path, data, key_lines(_without_long_texts(text))))


def _without_long_texts(text: str) -> str:
    """Return TOML text with what stands inside triple quotes left out, line by line."""
    return re.sub(r"(\"\"\"|''')(.*?)(\1)", lambda found: "\n" * found[2].count("\n"), text, flags=re.DOTALL)


def _with_financing(layer: Layer) -> Layer:
    """Return a layer whose `[financing]` stands where all parameters do."""
    if "financing" not in layer.data:
        return layer
    parameters = layer.data.get("parameters", {})
    if not isinstance(parameters, dict) or "financing" in parameters:
        raise ScenarioError(layer.problem("financing", "is written twice, here and as [parameters.financing]"))
    layer.data["parameters"] = {**parameters, "financing": layer.data["financing"]}
    layer.lines.update({f"parameters.{key}": line for key, line in layer.lines.items() if key.startswith("financing")})
    return layer


def chain_of(name_or_path: str | Path) -> list[Layer]:
    """Return a scenario's file and all that it extends, each once, those that are extended first.

    Parameters
    ----------
    name_or_path : bundled name, or path of a TOML file

    Raises
    ------
    ScenarioError
        A file of the chain is missing or unreadable, or the chain goes in a circle.
    """
    chain: dict[Path, Layer] = {}
    _collect(find_scenario(name_or_path), (), chain)
    return list(chain.values())


def _collect(path: Path, above: tuple[Path, ...], chain: dict[Path, Layer]) -> None:
    """Put what a file extends into the chain, then the file itself."""
    layer = read_layer(path)
    bases = layer.data.get("extends", [])
    bases = [bases] if isinstance(bases, str) else bases
    if not isinstance(bases, list) or not all(isinstance(base, str) for base in bases):
        raise ScenarioError(layer.problem("extends", f"{bases!r} must be the name or path of a scenario, or a list"))
    route = (*above, path.resolve())
    for base in bases:
        try:
            file = find_scenario(base, beside=path.parent)
        except ScenarioError as error:
            raise ScenarioError([layer.problem("extends", fault.message) for fault in error.problems]) from error
        if file.resolve() in route:
            circle = [*route[route.index(file.resolve()) :], file]
            told = " -> ".join(step.name for step in circle)
            raise ScenarioError(layer.problem("extends", f"goes in a circle: {told}"))
        if file.resolve() not in chain:
            _collect(file, route, chain)
    chain[path.resolve()] = layer


def given_beside(overrides: Mapping[str, Any]) -> Layer:
    """Return values given by dotted path (options, Python) as a layer.

    Parameters
    ----------
    overrides : values by dotted path, such as "policies.risk_pool.loss_share"

    Raises
    ------
    ScenarioError
        A path is empty in a place, or goes through a value.
    """
    data: dict[str, Any] = {}
    problems = []
    for path, value in overrides.items():
        *tables, last = str(path).split(".")
        table = data
        for name in tables:
            inner = table.setdefault(name, {})
            if not isinstance(inner, dict):
                inner = table[name] = {}
                problems.append(Problem(f"{path}: part of it is set to a value as well", OPTION))
            table = inner
        if not all([*tables, last]):
            problems.append(Problem(f'"{path}": must be a dotted path such as policies.risk_pool.budget', OPTION))
        table[last] = value
    if problems:
        raise ScenarioError(problems)
    return _with_financing(Layer(OPTION, data))


def overlaid(layers: list[Layer]) -> Sheet:
    """Return the values of a chain, each layer over the ones before; dropped policies and stresses are gone.

    Parameters
    ----------
    layers : the oldest first
    """
    own = next(layer for layer in reversed(layers) if isinstance(layer.file, Path))
    sheet = Sheet({}, {}, own, [])
    for layer in layers:
        if layer.file == OPTION:
            tables = {kind: sheet.data.get(kind) for kind in ("policies", "stresses")}
            sheet.in_files = frozenset(
                f"{kind}.{name}" for kind, table in tables.items() if isinstance(table, dict) for name in table
            )
        _drop(sheet, layer)
        written = {key: value for key, value in layer.data.items() if key not in ("extends", "drop", "financing")}
        if layer is not own:
            written = {key: value for key, value in written.items() if key not in ABOUT}
        _overlay(sheet, sheet.data, written, layer, "")
    return sheet


def _overlay(sheet: Sheet, below: dict[str, Any], above: Mapping[str, Any], layer: Layer, prefix: str) -> None:
    for key, value in above.items():
        path = f"{prefix}{key}"
        sheet.layers[path] = layer
        if isinstance(value, dict):
            if not isinstance(below.get(key), dict):
                below[key] = {}
            _overlay(sheet, below[key], value, layer, f"{path}.")
        else:
            below[key] = value


def _drop(sheet: Sheet, layer: Layer) -> None:
    """Take policies and stresses out that a layer does not want to inherit."""
    names = layer.data.get("drop", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        sheet.problems.append(layer.problem("drop", f'{names!r} must be a list of policies, such as ["rd_subsidy"]'))
        return
    tables = [table for kind in ("policies", "stresses") if isinstance(table := sheet.data.get(kind), dict)]
    for name in names:
        holding = [table for table in tables if name in table]
        for table in holding:
            del table[name]
        if not holding:
            inherited = [name for table in tables for name in table]
            known = f"inherited: {', '.join(inherited) or 'none'}"
            message = f'no policy "{name}" is inherited{nearest_name(name, inherited)} ({known})'
            sheet.problems.append(layer.problem("drop", message))
