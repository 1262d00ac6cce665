"""What a calibration compares and what it may move: the `targets.toml` of a region.

Values, ranges and sources of the levels stand in `region.toml`; here stand the date at which each is compared,
how far off counts as one tolerance, and the parameters that are free. Only levels marked F can be targets, and only
parameters without a source of their own can be free: what the model is to predict cannot enter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.labels import known_outcomes
from simulation.dates import FIRST_QUARTER, quarter_of
from simulation.errors import Problem, RegionError, ScenarioError, nearest_name
from simulation.outcome import OUTCOMES
from simulation.parameters import PARAMETERS, Label, Parameters, describe
from simulation.scenario import declare
from simulation.space.region import Region
from simulation.space.region_files import ABOVE_ZERO, Bounds, Sheet

TARGETS_FILE = "targets.toml"
NO_LABEL = Label("", "")
UNSOURCED = ("assumption", "prototype")
POSITIVE, PLAIN = Bounds(ABOVE_ZERO), Bounds()
TARGET_KEYS = ("outcome", "when", "factor", "tolerance", "weight", "source", "confidence", "note")
FREE_KEYS = ("low", "high", "label", "source", "confidence")


@dataclass(frozen=True)
class Target:
    """A level to be met.

    Parameters
    ----------
    name : of the level
    outcome : that simulates it; `factor` turns its unit into the level's
    when, quarters : date or year, and the quarters whose mean is compared
    value, low, high : a simulated value at `low` or `high` is one tolerance off
    weight : of the squared deviation in the loss
    """

    name: str
    outcome: str
    when: str
    quarters: tuple[int, ...]
    value: float
    low: float
    high: float
    unit: str = "1"
    factor: float = 1.0
    weight: float = 1.0
    source: str = ""
    confidence: str = ""
    label: Label = NO_LABEL

    @property
    def tolerance(self) -> float:
        """Mean tolerance of the two sides, in the level's unit."""
        return (self.high - self.low) / 2.0

    def deviation(self, simulated: float) -> float:
        """Return how far a simulated level is off, in tolerances of its side."""
        gap = simulated - self.value
        return gap / (self.high - self.value if gap > 0 else self.value - self.low)


@dataclass(frozen=True)
class Free:
    """A parameter that a calibration may move between two bounds."""

    group: str
    name: str
    low: float
    high: float
    default: float
    label: Label = NO_LABEL

    @property
    def path(self) -> str:
        """Dotted path, such as "labour.quit_rate"."""
        return f"{self.group}.{self.name}"

    @property
    def range(self) -> float:
        """Width of the bounds."""
        return self.high - self.low


@dataclass(frozen=True)
class Plan:
    """Targets and free parameters of a calibration.

    Parameters
    ----------
    targets, free : what is compared and what is moved
    threshold : sets whose loss is at most this far above the best count as nearly as good
    """

    targets: tuple[Target, ...]
    free: tuple[Free, ...]
    threshold: float = 1.0

    @property
    def quarters(self) -> int:
        """Quarters that a run must last."""
        return max(max(target.quarters) for target in self.targets) + 1

    def loss(self, levels: Mapping[str, float]) -> float:
        """Return the weighted sum of squared deviations in tolerances.

        Parameters
        ----------
        levels : simulated levels, means over the seeds
        """
        return math.fsum(target.weight * target.deviation(levels[target.name]) ** 2 for target in self.targets)


def read_plan(region: Region) -> Plan:
    """Return what a region's `targets.toml` says.

    Parameters
    ----------
    region : loaded region

    Raises
    ------
    ScenarioError
        It has no such file, or the file has faults; each is told with its line.
    """
    path = region.directory / TARGETS_FILE
    if not path.exists():
        raise ScenarioError(f"the region {region.name} has no {TARGETS_FILE}: nothing to calibrate to ({path})")
    declare()
    known_outcomes([])
    faults: list[Problem] = []
    sheet = Sheet(path, faults)
    if sheet.data:
        sheet.check_keys("", sheet.data, ("threshold", "targets", "free", "source", "confidence"))
        threshold = sheet.number("", sheet.data, "threshold", POSITIVE)
        targets, free = _targets(sheet, region), _free(sheet)
        for key, entries in (("targets", targets), ("free", free)):
            if not entries and not faults:
                sheet.fault(key, f"at least one entry is needed under [{key}]")
    if faults or not sheet.data:
        raise RegionError(faults or [Problem("file is empty", path)])
    return Plan(tuple(targets), tuple(free), threshold)


def _targets(sheet: Sheet, region: Region) -> list[Target]:
    targets = []
    fitted = [name for name, level in region.levels.items() if level.use == "F"]
    for name, row in sheet.table("targets").items():
        where = f"targets.{name}"
        if not isinstance(row, dict):
            sheet.fault(where, f"{row!r} must be a table, [{where}]")
            continue
        sheet.check_keys(where, row, TARGET_KEYS)
        if name not in fitted:
            known = f"levels of region.toml for use F: {', '.join(fitted)}"
            sheet.fault(where, f"is not a level to be fitted{nearest_name(name, fitted)} ({known})")
            continue
        outcome = sheet.text(where, row, "outcome") if "outcome" in row else name
        if outcome not in OUTCOMES:
            sheet.fault(where, f'there is no outcome "{outcome}"{nearest_name(outcome, OUTCOMES)}')
            continue
        level = region.levels[name]
        low, high = level.low, level.high
        if "tolerance" in row:
            tolerance = sheet.number(where, row, "tolerance", POSITIVE)
            low, high = level.value - tolerance, level.value + tolerance
        if low >= level.value or high <= level.value:
            sheet.fault(where, "its range has no room on one side; write a tolerance")
        numbers = {"factor": 1.0, "weight": 1.0, **row, **_origin(row)}
        factor, weight = (sheet.number(where, numbers, key, POSITIVE) for key in ("factor", "weight"))
        when = sheet.text(where, row, "when")
        targets.append(
            Target(
                name, outcome, when, _quarters(sheet, where, when, region), level.value, low, high, level.unit, factor,
                weight, level.source, level.confidence, OUTCOMES[outcome].label,
            )
        )
    return targets


def _origin(row: Mapping[str, Any]) -> dict[str, str]:
    """Return where a comparison's figures come from; those left out are choices of whoever wrote the file."""
    return {"source": str(row.get("source", "assumption")), "confidence": str(row.get("confidence", "assumption"))}


def _quarters(sheet: Sheet, where: str, when: str, region: Region) -> tuple[int, ...]:
    """Return the quarters of a date ("2023Q1") or a year ("2023")."""
    dates = [f"{when}Q{place}" for place in range(1, 5)] if re.fullmatch(r"\d{4}", when) else [when]
    try:
        quarters = tuple(quarter_of(date, region.start) for date in dates)
    except ValueError:
        sheet.fault(f"{where}.when", f'"{when}" must be a quarter such as "2023Q1" or a year such as "2023"')
        return (FIRST_QUARTER,)
    if min(quarters) < FIRST_QUARTER:
        sheet.fault(f"{where}.when", f"{when} lies before the results begin")
        return (FIRST_QUARTER,)
    return quarters


def _free(sheet: Sheet) -> list[Free]:
    table = sheet.table("free")
    general: dict[str, Any] = {key: table[key] for key in ("source", "confidence") if key in table}
    free = []
    for group, rows in table.items():
        if group in general:
            continue
        if group not in PARAMETERS or not isinstance(rows, dict):
            sheet.fault(f"free.{group}", f"there is no such group of parameters{nearest_name(group, PARAMETERS)}")
            continue
        for name, row in rows.items():
            one = _free_parameter(sheet, PARAMETERS[group], name, row, general)
            free += [one] if one else []
    return free


def _free_parameter(
    sheet: Sheet, cls: type[Parameters], name: str, row: Any, general: Mapping[str, Any]
) -> Free | None:
    where = f"free.{cls.group}.{name}"
    docs = {doc.name: doc for doc in describe(cls)}
    if name not in docs:
        sheet.fault(where, f"there is no such parameter{nearest_name(name, docs)}")
        return None
    if not isinstance(row, dict):
        sheet.fault(where, "must be a table with low, high and label")
        return None
    doc = docs[name]
    sheet.check_keys(where, row, FREE_KEYS)
    if not doc.source.startswith(UNSOURCED):
        sheet.fault(where, f"stays at its source ({doc.source}); only assumptions may be fitted")
    if not isinstance(doc.default, float):
        sheet.fault(where, "is not a single number with decimals")
        return None
    allowed = Bounds(-math.inf if doc.low is None else doc.low, math.inf if doc.high is None else doc.high)
    low, high = (sheet.number(where, {**general, **row}, key, allowed) for key in ("low", "high"))
    if low >= high or not low <= doc.default <= high:
        sheet.fault(where, f"low {low:g} to high {high:g} must leave room around the default, {doc.default:g}")
    return Free(cls.group, name, low, high, doc.default, sheet.label(where, row))
