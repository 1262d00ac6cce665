"""What surrounds a district and describes it as a whole: places outside, levels, benchmark lines."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from simulation.parameters import Label
from simulation.populations.talent import SKILLS
from simulation.space.region import Benchmark, Externals, Level, Neighbours
from simulation.space.region_files import ABOVE_ZERO, AMOUNT, SHARE, Bounds, Sheet, read_only

USES = ("F", "P", "L")
KM_PER_DEGREE = 111.2

PER_YEAR, MONEY = Bounds(-1.0, 1.0, "1/year"), Bounds(0.0, unit="million CNY/year")
POSITIVE, MINUTES, PEOPLE = Bounds(ABOVE_ZERO), Bounds(0.0, unit="minute"), Bounds(0.0, unit="person")
FIRMS = Bounds(0.0, unit="firm")

LEVELS: dict[str, Bounds] = {
    "gdp": MONEY,
    "population": Bounds(0.0, unit="million people"),
    "rd_intensity": SHARE,
    "rd_staff": Bounds(0.0, unit="FTE"),
    "firm_rd_share": SHARE,
    "firms": FIRMS,
    "firm_sales": MONEY,
    "high_tech_enterprises": FIRMS,
    "tech_smes": FIRMS,
    "leaders": FIRMS,
    "patents_per_10k": Bounds(0.0, unit="patents/10000 people"),
    "talent": PEOPLE,
    **{f"talent_{skill}": SHARE for skill in SKILLS},
    "turnover": PER_YEAR,
    "unemployment": SHARE,
    "loan_rate": PER_YEAR,
    "default_share": SHARE,
}
"""Levels that a region states: range and unit."""

BACKGROUND = {
    "gdp_share": SHARE,
    "growth": PER_YEAR,
    "population_growth": PER_YEAR,
    "government_spending": MONEY,
    "land_revenue": MONEY,
    "vat_local_share": SHARE,
    "corporate_tax_local_share": SHARE,
    "personal_tax_local_share": SHARE,
}
"""Scalars of the rest of the economy."""

EXTERNAL = {
    "travel_time": MINUTES,
    "wage": POSITIVE,
    "housing_cost": POSITIVE,
    "amenity": Bounds(-5.0, 5.0),
    "pull": AMOUNT,
    "firm_candidates": Bounds(0.0, unit="firm/quarter"),
    "lat": Bounds(-90.0, 90.0, "degree"),
    "lon": Bounds(-180.0, 180.0, "degree"),
    "settlement_barrier": SHARE,
}
NEIGHBOUR = {"firms": FIRMS, "talent": PEOPLE, "tax": MONEY, "travel_time": MINUTES}


def named(sheet: Sheet, key: str, columns: Iterable[str] = ()) -> tuple[tuple[str, ...], tuple[Label, ...]]:
    """Return names and labels of an array of tables; its keys are checked."""
    names, labels = [], []
    for where, row in sheet.entries(key):
        sheet.check_keys(where, row, ("name", "label", "source", "confidence", *columns))
        names.append(str(row.get("name", "")))
        labels.append(sheet.label(where, row))
    return tuple(names), tuple(labels)


def _numbers(sheet: Sheet, key: str, rules: dict[str, Bounds]) -> dict[str, np.ndarray]:
    rows = sheet.entries(key)
    return {
        name: read_only(np.array([sheet.number(where, row, name, bounds) for where, row in rows]))
        for name, bounds in rules.items()
    }


def read_externals(sheet: Sheet, fields: tuple[str, ...], origin: tuple[float, ...]) -> Externals:
    """Return the places outside; their distances follow from the coordinates of cell (0, 0).

    Parameters
    ----------
    sheet : the region's `region.toml`
    fields : names of the technology fields
    origin : latitude and longitude of cell (0, 0), degrees
    """
    names, labels = named(sheet, "externals", (*EXTERNAL, "group", "knowledge", "candidates"))
    rows = sheet.entries("externals") if names else []
    numbers = _numbers(sheet, "externals", EXTERNAL) if names else {key: np.zeros(0) for key in EXTERNAL}
    matrices = {}
    for key, columns, bounds in (
        ("knowledge", fields, Bounds(ABOVE_ZERO, 1.2)),
        ("candidates", SKILLS, Bounds(0.0, unit="person/quarter")),
    ):
        values = []
        for where, row in rows:
            written = row.get(key)
            entry: dict[str, Any] = written if isinstance(written, dict) else {}
            cover = {part: row[part] for part in ("source", "confidence") if part in row} | entry
            sheet.check_keys(f"{where}.{key}", entry, (*columns, "source", "confidence"))
            values.append([sheet.number(f"{where}.{key}", cover, column, bounds) for column in columns])
        matrices[key] = read_only(np.array(values).reshape(len(rows), len(columns)))
    north = (numbers["lat"] - origin[0]) * KM_PER_DEGREE
    east = (numbers["lon"] - origin[1]) * KM_PER_DEGREE * math.cos(math.radians(origin[0]))
    return Externals(
        name=names,
        label=labels,
        group=tuple(sheet.text(where, row, "group") for where, row in rows),
        distance_x=read_only(east),
        distance_y=read_only(north),
        **matrices,
        **numbers,
    )


def read_neighbours(sheet: Sheet) -> Neighbours:
    """Return the neighbour districts."""
    names, labels = named(sheet, "neighbours", NEIGHBOUR)
    numbers = _numbers(sheet, "neighbours", NEIGHBOUR) if names else {key: np.zeros(0) for key in NEIGHBOUR}
    return Neighbours(name=names, label=labels, **numbers)


def read_levels(sheet: Sheet) -> dict[str, Level]:
    """Return the levels at the start, each with range, source and use."""
    table = sheet.table("levels")
    sheet.check_keys("levels", table, LEVELS)
    levels = {}
    for name, bounds in LEVELS.items():
        value = sheet.number("levels", table, name, bounds)
        entry = table.get(name)
        where = f"levels.{name}"
        if not isinstance(entry, dict):
            if name in table:
                sheet.fault(where, "must be { value = , unit = , source = , confidence = , use = }")
            continue
        sheet.check_keys(
            where, entry, ("value", "unit", "low", "high", "source", "confidence", "use", "scope", "note")
        )
        use = sheet.text(where, entry, "use", USES)
        stated = "low" in entry or "high" in entry
        low, high = 0.85 * value, 1.15 * value
        if stated:
            low, high = (sheet.number(where, entry, key, bounds) for key in ("low", "high"))
            if not low <= value <= high and not math.isnan(low + value + high):
                sheet.fault(where, f"the value {value:g} is outside its own range {low:g} to {high:g}")
        source = sheet.sources[where]
        scope = str(entry.get("scope", ""))
        levels[name] = Level(value, bounds.unit, low, high, *source, use, scope, stated)
    shares = [levels[f"talent_{skill}"].value for skill in SKILLS if f"talent_{skill}" in levels]
    if len(shares) == len(SKILLS) and not math.isclose(math.fsum(shares), 1.0, abs_tol=1e-6):
        total = math.fsum(shares)
        sheet.fault("levels.talent_research", f"the shares of the skills add up to {total:g}, must be 1")
    return levels


def read_background(sheet: Sheet) -> dict[str, float]:
    """Return the scalars of the rest of the economy."""
    table = sheet.table("background")
    sheet.check_keys("background", table, (*BACKGROUND, "source", "confidence"))
    return {name: sheet.number("background", table, name, bounds) for name, bounds in BACKGROUND.items()}


def read_benchmarks(sheet: Sheet) -> dict[str, Benchmark]:
    """Return the lines that figures draw, by outcome."""
    table = sheet.table("benchmarks") if "benchmarks" in sheet.data else {}
    benchmarks = {}
    for name, entry in table.items():
        where = f"benchmarks.{name}"
        if not isinstance(entry, dict):
            sheet.fault(where, "must be a table with value, label, note, source and confidence")
            continue
        sheet.check_keys(where, entry, ("value", "label", "note", "note_zh", "source", "confidence"))
        value = sheet.number(where, entry, "value", Bounds())
        label, note = sheet.label(where, entry), sheet.text(where, entry, "note")
        source = sheet.sources.get(f"{where}.value")
        cited = source.source if source else ""
        benchmarks[name] = Benchmark(value, label, note, cited, str(entry.get("note_zh", note)))
    return benchmarks
