"""Reading a region's files: every fault is collected with its file and line, none is guessed away."""

from __future__ import annotations

import csv
import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from simulation.errors import Problem, nearest_name
from simulation.parameters import Label

CONFIDENCES = ("A", "B", "D", "M", "assumption")
"""Read in the primary text, in the press, derived by arithmetic, widely known, or assumed."""


ABOVE_ZERO = 1e-9
"""Lowest value of a number that must not be zero."""


class Provenance(NamedTuple):
    """Where a figure comes from and how far to trust it."""

    source: str
    confidence: str


@dataclass(frozen=True)
class Bounds:
    """What a number in a file may be: its range, its unit, and whether it is whole."""

    low: float = -math.inf
    high: float = math.inf
    unit: str = "1"
    whole: bool = False

    def fault(self, value: float) -> str | None:
        """Return what is allowed when a number is not, else None."""
        inside = math.isfinite(value) and self.low <= value <= self.high
        if inside and (not self.whole or value == int(value)):
            return None
        kind = "a whole number" if self.whole else "a number"
        if self.low == ABOVE_ZERO:
            kind += " above 0" + (f" and up to {self.high:g}" if math.isfinite(self.high) else "")
        elif math.isfinite(self.low) and math.isfinite(self.high):
            kind += f" from {self.low:g} to {self.high:g}"
        elif math.isfinite(self.low):
            kind += f" of at least {self.low:g}"
        return f"must be {kind}" + ("" if self.unit == "1" else f" ({self.unit})")


SHARE = Bounds(0.0, 1.0)
AMOUNT = Bounds(0.0)
FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}

Rule = Bounds | type[bool] | type[str] | Sequence[str]
"""Rule of a CSV column: a number within bounds, a flag, text, or one of the listed names."""


@dataclass
class Table:
    """A CSV file column by column; cells that could not be read are NaN, False or empty."""

    path: Path
    columns: dict[str, list[Any]]
    lines: list[int]
    faults: list[Problem] = field(repr=False)

    def __getitem__(self, column: str) -> np.ndarray:
        """Return a column as a read-only array; text stays Python strings."""
        values = self.columns[column]
        text = bool(values) and isinstance(values[0], str)
        return read_only(np.array(values, dtype=object if text else None))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    def matrix(self, columns: Sequence[str]) -> np.ndarray:
        """Return some number columns side by side, (rows, columns) float."""
        values = np.array([self.columns[name] for name in columns], dtype=float)
        return read_only(np.ascontiguousarray(values.reshape(len(columns), len(self)).T))

    def check_row_sums(self, columns: Sequence[str], wanted: float = 1.0, tolerance: float = 1e-6) -> None:
        """Record a fault for every row whose shares do not add up to what is wanted."""
        for total, line in zip(self.matrix(columns).sum(axis=1), self.lines, strict=True):
            if math.isfinite(total) and abs(total - wanted) > tolerance:
                shares = f'the shares "{columns[0]}" to "{columns[-1]}"'
                message = f"{shares} add up to {total:g}, must be {wanted:g}"
                self.faults.append(Problem(message, self.path, line))

    def check_unique(self, columns: Sequence[str]) -> None:
        """Record a fault for every row that repeats an earlier one in the given columns."""
        first: dict[tuple[Any, ...], int] = {}
        for line, *values in zip(self.lines, *(self.columns[name] for name in columns), strict=True):
            earlier = first.setdefault(tuple(values), line)
            if earlier != line:
                texts = [value if isinstance(value, str) else f"{value:g}" for value in values]
                shown = ", ".join(f"{name} {text}" for name, text in zip(columns, texts, strict=True))
                self.faults.append(Problem(f"{shown} stands already in line {earlier}", self.path, line))


def read_only(values: np.ndarray) -> np.ndarray:
    """Return the array with writing switched off: a region is shared by every model of the process."""
    values.setflags(write=False)
    return values


def read_table(
    path: Path, rules: Mapping[str, Rule], faults: list[Problem], optional: Iterable[str] = ()
) -> Table:
    """Return a CSV file as columns; every bad cell is recorded with its line, column and value.

    Parameters
    ----------
    path : file to read (UTF-8, comma separated, one header line)
    rules : what each column may hold
    faults : list that faults are appended to
    optional : columns that may be missing; they read as empty text, False or NaN
    """
    table = Table(path, {name: [] for name in rules}, [], faults)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        faults.append(Problem("file is missing; a region needs it", path))
        return table
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Problem(f"cannot be read as UTF-8 text ({type(error).__name__})", path))
        return table
    reader = csv.DictReader(text.splitlines(), restkey="", restval=None, strict=True)
    header = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = header
    missing = [name for name in rules if name not in header and name not in set(optional)]
    faults.extend(Problem(f'column "{name}" is missing', path, 1) for name in missing)
    unknown = [name for name in header if name not in rules]
    faults.extend(
        Problem(f'unknown column "{name}"{nearest_name(name, missing or rules)}', path, 1) for name in unknown
    )
    twice = sorted({name for name in header if header.count(name) > 1})
    faults.extend(Problem(f'column "{name}" stands twice', path, 1) for name in twice)
    try:
        for row in reader:
            if row.get("") is not None or None in row.values():
                count = sum(value is not None for name, value in row.items() if name) + len(row.get("") or ())
                message = f"the line has {count} values, the header {len(header)}"
                faults.append(Problem(message, path, reader.line_num))
            table.lines.append(reader.line_num)
            for name, rule in rules.items():
                value, fault = _cell(row.get(name) if name in header else None, rule, name in header)
                table.columns[name].append(value)
                if fault:
                    faults.append(Problem(f'column "{name}": {fault}', path, reader.line_num))
    except csv.Error as error:
        faults.append(Problem(f"not a CSV file: {error}", path, reader.line_num))
    if not table.lines:
        faults.append(Problem("has no rows", path))
    return table


def _cell(text: str | None, rule: Rule, present: bool) -> tuple[Any, str | None]:
    """Return the value of one CSV cell, and what is wrong with it."""
    shown = (text or "").strip()
    if rule is str:
        return shown, None
    if rule is bool:
        known = shown.lower() in FLAGS or not present
        return FLAGS.get(shown.lower(), False), None if known else f'"{shown}" must be true or false'
    if isinstance(rule, Bounds):
        try:
            value = float(shown) if present else math.nan
        except ValueError:
            return math.nan, f'"{shown}" {rule.fault(math.nan)}'
        fault = rule.fault(value) if present else None
        return (math.nan if fault else value), f"{shown} {fault}" if fault else None
    names = list(rule)  # type: ignore[arg-type]
    if shown in names:
        return shown, None
    return shown, f'"{shown}" is not one of {", ".join(names)}{nearest_name(shown, names)}'


class Sheet:
    """A TOML file in which every number names its source, alone or through its table."""

    def __init__(self, path: Path, faults: list[Problem]) -> None:
        self.path, self.faults = path, faults
        self.sources: dict[str, Provenance] = {}
        self.data: dict[str, Any] = {}
        self._lines: dict[str, int] = {}
        try:
            text = path.read_text(encoding="utf-8-sig")
            self.data = tomllib.loads(text)
            self._lines = key_lines(text)
        except FileNotFoundError:
            faults.append(Problem("file is missing; a region needs it", path))
        except (OSError, UnicodeDecodeError) as error:
            faults.append(Problem(f"cannot be read as UTF-8 text ({type(error).__name__})", path))
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"at line (\d+)", str(error))
            faults.append(Problem(f"not valid TOML: {error}", path, int(place[1]) if place else None))

    def fault(self, where: str, message: str) -> None:
        """Record a fault at a dotted path; the line is that of the nearest key that is written."""
        nearest = where
        while nearest and nearest not in self._lines:
            nearest = nearest.rpartition(".")[0]
        self.faults.append(Problem(f"{where}: {message}", self.path, self._lines.get(nearest)))

    def table(self, key: str) -> dict[str, Any]:
        """Return a top-level table; a missing one is a fault."""
        value = self.data.get(key)
        if not isinstance(value, dict):
            self.fault(key, f"a table [{key}] is needed")
            return {}
        return value

    def entries(self, key: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the entries of an array of tables, each with its dotted path; names must differ."""
        rows = self.data.get(key)
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            self.fault(key, f"at least one [[{key}]] is needed")
            return []
        names = [row.get("name") for row in rows]
        for number, name in enumerate(names):
            if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                self.fault(
                    f"{key}.{number}", f"name {name!r} must be lower-case letters, digits, underscores"
                )
            elif name in names[:number]:
                self.fault(f"{key}.{number}", f'the name "{name}" stands twice')
        return [(f"{key}.{number}", row) for number, row in enumerate(rows)]

    def check_keys(self, where: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
        """Record a fault for every key that means nothing here."""
        names = list(known)
        for key in table:
            if key not in names:
                self.fault(f"{where}.{key}".lstrip("."), f"unknown key{nearest_name(key, names)}")

    def text(self, where: str, table: Mapping[str, Any], key: str, allowed: Sequence[str] = ()) -> str:
        """Return a text, one of `allowed` where given."""
        value = table.get(key)
        path = f"{where}.{key}".lstrip(".")
        if not isinstance(value, str) or not value.strip():
            self.fault(path, "a text is needed")
            return ""
        if allowed and value not in allowed:
            self.fault(path, f'"{value}" is not one of {", ".join(allowed)}{nearest_name(value, allowed)}')
        return value

    def label(self, where: str, table: Mapping[str, Any], key: str = "label") -> Label:
        """Return a bilingual name written as `{ en = "...", zh = "..." }`."""
        value = table.get(key)
        if not isinstance(value, dict) or not all(isinstance(value.get(part), str) for part in Label._fields):
            self.fault(f"{where}.{key}", 'a name in both languages is needed: { en = "...", zh = "..." }')
            return Label("", "")
        self.check_keys(f"{where}.{key}", value, Label._fields)
        return Label(value["en"], value["zh"])

    def flag(self, where: str, table: Mapping[str, Any], key: str) -> bool:
        """Return a flag; a missing one is false."""
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.fault(f"{where}.{key}", f"{value!r} must be true or false")
            return False
        return value

    def number(self, where: str, table: Mapping[str, Any], key: str, bounds: Bounds) -> float:
        """Return a number and note its source; NaN where it is missing or not allowed."""
        path = f"{where}.{key}".lstrip(".")
        if key not in table:
            self.fault(path, f"is missing: {bounds.fault(math.nan)}")
            return math.nan
        written = table[key]
        value = written.get("value") if isinstance(written, dict) else written
        if isinstance(written, dict) and written.get("unit", bounds.unit) != bounds.unit:
            self.fault(path, f'the unit "{written["unit"]}" must be "{bounds.unit}"')
        self.note_source(path, written if isinstance(written, dict) else {}, table)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fault(path, f"{value!r} {bounds.fault(math.nan)}")
            return math.nan
        fault = bounds.fault(float(value))
        if fault:
            self.fault(path, f"{value} {fault}")
            return math.nan
        return float(value)

    def note_source(self, path: str, own: Mapping[str, Any], table: Mapping[str, Any]) -> Provenance:
        """Return the source of a figure, its own or its table's; a figure without one is a fault."""
        source, confidence = (own.get(key, table.get(key)) for key in Provenance._fields)
        if not isinstance(source, str) or not source.strip():
            self.fault(path, 'has no source; write source = "..." beside it or in its table')
        if confidence not in CONFIDENCES:
            self.fault(path, f"confidence {confidence!r} is not one of {', '.join(CONFIDENCES)}")
        self.sources[path] = Provenance(str(source), str(confidence))
        return self.sources[path]


def key_lines(text: str) -> dict[str, int]:
    """Return the line on which each dotted key of a TOML text is written; entries of arrays are numbered."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]\]?", line)
        if header and header[1] == "[[":
            counts[header[2]] = counts.get(header[2], -1) + 1
            prefix = f"{header[2]}.{counts[header[2]]}"
        elif header:
            parent, _, child = header[2].partition(".")
            prefix = f"{parent}.{counts[parent]}.{child}" if parent in counts and child else header[2]
        key = re.match(r"\s*([\w.\-]+)\s*=", line)
        if header or key:
            lines.setdefault(f"{prefix}.{key[1]}".lstrip(".") if key else prefix, number)
    return lines
