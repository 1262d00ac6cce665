"""A region's `calibration.toml`: the values fitted to its levels, and the sets that fit nearly as well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulation.errors import Problem
from simulation.space.region_files import Sheet, key_lines

CALIBRATION_FILE = "calibration.toml"
TABLES = ("about", "parameters", "levels", "identifiability", "spread")
SPREAD = ("threshold", "drawn", "parameters", "loss", "sets")


@dataclass(frozen=True)
class Calibration:
    """Parameters that a region sets in place of the declared defaults.

    Parameters
    ----------
    file : where they are written
    parameters : values by group and name, as written; checked when a scenario is made
    lines : line of every dotted key of the file
    spread : sets of values by dotted path ("labour.quit_rate") that meet the levels nearly as well as the best
    """

    file: Path
    parameters: Mapping[str, Mapping[str, Any]]
    lines: Mapping[str, int]
    spread: tuple[Mapping[str, float], ...] = ()


def read_calibration(path: Path, faults: list[Problem]) -> Calibration | None:
    """Return the calibration of a region; None when it has none, or one that cannot be read.

    Parameters
    ----------
    path : file to read
    faults : list that faults are appended to
    """
    if not path.exists():
        return None
    sheet = Sheet(path, faults)
    if not sheet.data:
        return None
    sheet.check_keys("", sheet.data, TABLES)
    groups = sheet.table("parameters")
    for group, row in groups.items():
        if not isinstance(row, dict):
            sheet.fault(f"parameters.{group}", f"{row!r} must be a table, [parameters.{group}]")
    kept = {group: row for group, row in groups.items() if isinstance(row, dict)}
    lines = key_lines(path.read_text(encoding="utf-8-sig"))
    return Calibration(path, kept, lines, _spread(sheet))


def _spread(sheet: Sheet) -> tuple[Mapping[str, float], ...]:
    """Return the near-equally good sets; the table may be missing."""
    if "spread" not in sheet.data:
        return ()
    table = sheet.table("spread")
    sheet.check_keys("spread", table, SPREAD)
    names, sets = table.get("parameters", []), table.get("sets", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        sheet.fault("spread.parameters", 'must be a list of names such as ["labour.quit_rate"]')
        return ()
    if not isinstance(sets, list) or not all(_numbers(row, len(names)) for row in sets):
        sheet.fault("spread.sets", f"must be a list of lists of {len(names)} numbers, one for each parameter")
        return ()
    return tuple({name: float(value) for name, value in zip(names, row, strict=True)} for row in sets)


def _numbers(row: Any, count: int) -> bool:
    return isinstance(row, list) and len(row) == count and all(type(value) in (int, float) for value in row)
