"""Building a region from its files: what each table must hold, and what must agree between them."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from simulation.errors import Problem, RegionError
from simulation.parameters import Label
from simulation.space.calibration_file import CALIBRATION_FILE, read_calibration
from simulation.space.firm_list import read_firm_list
from simulation.space.region import (
    INDUSTRY_GROUPS,
    INSTITUTE_KINDS,
    Cells,
    Industries,
    Institutes,
    Region,
    Zone,
)
from simulation.space.region_context import (
    EXTERNAL,
    PER_YEAR,
    POSITIVE,
    named,
    read_background,
    read_benchmarks,
    read_externals,
    read_levels,
    read_neighbours,
)
from simulation.space.region_files import AMOUNT, SHARE, Bounds, Rule, Sheet, Table, read_only, read_table

TOP_KEYS = (
    *("title", "title_zh", "start", "map", "zones", "fields", "systems", "externals", "neighbours"),
    *("levels", "background", "benchmarks", "tables"),
)
CSV_TABLES = ("cells", "industries", "inputs", "fields", "institutes")
INDUSTRY: dict[str, Rule] = {
    "name": str,
    "label_en": str,
    "label_zh": str,
    "group": INDUSTRY_GROUPS,
    "services": bool,
    "sales_share": SHARE,
    "firms_share": SHARE,
    "world_growth": PER_YEAR,
    "cycle": SHARE,
    "value_added_share": SHARE,
    "rd_intensity": SHARE,
    "opportunity": POSITIVE,
    "capital_intensity": POSITIVE,
    "demand_local": SHARE,
}


def read_region(directory: Path) -> Region:
    """Return the region that a folder describes.

    Parameters
    ----------
    directory : folder with `region.toml`, the five CSV files and, if there are any, `firms.csv` and `calibration.toml`

    Raises
    ------
    RegionError
        every fault found in any of the files, each with file and line
    """
    faults: list[Problem] = []
    sheet = Sheet(directory / "region.toml", faults)
    if not sheet.data:
        raise RegionError(faults or Problem("file is empty", sheet.path))
    sheet.check_keys("", sheet.data, TOP_KEYS)
    title = Label(sheet.text("", sheet.data, "title"), sheet.text("", sheet.data, "title_zh"))
    start = sheet.text("", sheet.data, "start")
    if start and not re.fullmatch(r"\d{4}Q[1-4]", start):
        sheet.fault("start", f'"{start}" must be a quarter such as "2021Q1"')
    chart = sheet.table("map")
    sheet.check_keys("map", chart, ("label", "width", "height", "lat", "lon", "source", "confidence"))
    size = Bounds(1, 10_000, whole=True)
    width, height = (sheet.number("map", chart, key, size) for key in ("width", "height"))
    origin = tuple(sheet.number("map", chart, key, EXTERNAL[key]) for key in ("lat", "lon"))

    zones = _zones(sheet)
    fields, field_labels = named(sheet, "fields")
    systems, system_labels = named(sheet, "systems")
    _table_sources(sheet)
    cells = _cells(directory, faults, zones, width, height)
    industries = _industries(directory, faults)
    names = industries.name
    inputs = _square(directory / "inputs.csv", faults, names, names)
    weights = _square(directory / "fields.csv", faults, names, fields)
    if not faults:
        _check_inputs(directory / "inputs.csv", faults, industries, inputs.matrix(names))
        weights.check_row_sums(fields)
    region = Region(
        name=directory.resolve().name,
        title=title,
        start=start,
        map_label=sheet.label("map", chart),
        width=0 if math.isnan(width) else int(width),
        height=0 if math.isnan(height) else int(height),
        cells=cells,
        zones=zones,
        externals=read_externals(sheet, fields, origin),
        neighbours=read_neighbours(sheet),
        industries=industries,
        inputs=inputs.matrix(names),
        fields=fields,
        field_labels=field_labels,
        systems=systems,
        system_labels=system_labels,
        field_weights=weights.matrix(fields),
        institutes=_institutes(directory, faults, cells, fields, systems),
        levels=read_levels(sheet),
        background=read_background(sheet),
        benchmarks=read_benchmarks(sheet),
        sources=sheet.sources,
        directory=directory,
        calibration=read_calibration(directory / CALIBRATION_FILE, faults),
    )
    if faults:
        raise RegionError(faults)
    own_firms = directory / "firms.csv"
    return replace(region, firm_list=read_firm_list(own_firms, region)) if own_firms.exists() else region


def _zones(sheet: Sheet) -> tuple[Zone, ...]:
    flags = ("core", "wing", "axis", "urban", "finance")
    names, labels = named(sheet, "zones", flags)
    rows = sheet.entries("zones") if names else []
    return tuple(
        Zone(name, label, **{flag: sheet.flag(where, row, flag) for flag in flags})
        for name, label, (where, row) in zip(names, labels, rows, strict=True)
    )


def _table_sources(sheet: Sheet) -> None:
    """Note the source of each CSV file."""
    tables = sheet.table("tables")
    sheet.check_keys("tables", tables, CSV_TABLES)
    for name in CSV_TABLES:
        entry = tables.get(name)
        sheet.note_source(f"tables.{name}", entry if isinstance(entry, dict) else {}, {})


def _cells(
    directory: Path, faults: list[Problem], zones: tuple[Zone, ...], width: float, height: float
) -> Cells:
    """Return the cells of the grid; each place once, each in a zone of the region."""
    names = [zone.name for zone in zones]
    rules: dict[str, Rule] = {
        "x": Bounds(0, width - 1 if width == width else math.inf, whole=True),
        "y": Bounds(0, height - 1 if height == height else math.inf, whole=True),
        "zone": names,
        "buildable": SHARE,
        "floor_space": AMOUNT,
        "housing": AMOUNT,
        "amenity": Bounds(-5.0, 5.0),
        "access": SHARE,
        "incubator_places": AMOUNT,
        "rent": POSITIVE,
        "housing_cost": POSITIVE,
        "axis": bool,
        "name": str,
        "name_zh": str,
    }
    table = read_table(directory / "cells.csv", rules, faults, optional=("axis", "name", "name_zh"))
    table.check_unique(("x", "y"))
    index = [names.index(zone) if zone in names else -1 for zone in table.columns["zone"]]
    english, chinese = table.columns["name"], table.columns["name_zh"]
    kept = {key: table[key] for key in rules if key not in ("x", "y", "zone", "name", "name_zh")}
    return Cells(
        x=_whole(table, "x"),
        y=_whole(table, "y"),
        zone=read_only(np.array(index, dtype=np.int64)),
        name=tuple(english),
        label=tuple(Label(en, zh or en) for en, zh in zip(english, chinese, strict=True)),
        **kept,
    )


def _whole(table: Table, column: str) -> np.ndarray:
    """Return a column of whole numbers; faulty ones, told elsewhere, become -1."""
    return read_only(np.nan_to_num(np.array(table.columns[column], dtype=float), nan=-1.0).astype(np.int64))


def _industries(directory: Path, faults: list[Problem]) -> Industries:
    table = read_table(directory / "industries.csv", INDUSTRY, faults)
    table.check_unique(("name",))
    for column in ("sales_share", "firms_share"):
        total = math.fsum(table.columns[column])
        if math.isfinite(total) and abs(total - 1.0) > 1e-6:
            faults.append(Problem(f'column "{column}" adds up to {total:g}, must be 1', table.path))
    return Industries(
        name=tuple(table.columns["name"]),
        label=_labels(table),
        group=tuple(table.columns["group"]),
        emerging=read_only(np.isin(table.columns["group"], ("lead", "emerging"))),
        **{key: table[key] for key in INDUSTRY if key not in ("name", "label_en", "label_zh", "group")},
    )


def _labels(table: Table) -> tuple[Label, ...]:
    return tuple(map(Label, table.columns["label_en"], table.columns["label_zh"]))


def _square(path: Path, faults: list[Problem], rows: tuple[str, ...], columns: tuple[str, ...]) -> Table:
    """Return a table of shares with one row per industry, in the order of the industries."""
    table = read_table(path, {"industry": list(rows), **dict.fromkeys(columns, SHARE)}, faults)
    found = tuple(table.columns["industry"])
    if table.lines and set(found) <= set(rows) and found != rows:
        message = f"the rows must be the industries in their order: {', '.join(rows)}"
        faults.append(Problem(message, path, table.lines[0]))
    return table


def _check_inputs(path: Path, faults: list[Problem], industries: Industries, inputs: np.ndarray) -> None:
    """Record industries that would buy and add more value than they sell."""
    added_shares = industries.value_added_share
    for name, bought, added in zip(industries.name, inputs.sum(axis=1), added_shares, strict=True):
        if bought + added > 1.0 + 1e-6:
            message = f"{name}: inputs {bought:g} and value added {added:g} of sales exceed 1"
            faults.append(Problem(message, path, 2 + industries.name.index(name)))


def _institutes(
    directory: Path, faults: list[Problem], cells: Cells, fields: tuple[str, ...], systems: tuple[str, ...]
) -> Institutes:
    expertise = [f"expertise_{name}" for name in fields]
    rules: dict[str, Rule] = {
        **dict.fromkeys(("name", "label_en", "label_zh"), str),
        **{"kind": INSTITUTE_KINDS, "system": systems, "x": Bounds(whole=True), "y": Bounds(whole=True)},
        **{"budget": AMOUNT, "staff": AMOUNT, "places": AMOUNT, "opened": Bounds(whole=True)},
        **dict.fromkeys(expertise, SHARE),
        "source": str,
    }
    table = read_table(directory / "institutes.csv", rules, faults, optional=("source",))
    table.check_unique(("name",))
    table.check_row_sums(expertise)
    at = {place: index for index, place in enumerate(zip(cells.x.tolist(), cells.y.tolist(), strict=True))}
    places = list(zip(_whole(table, "x").tolist(), _whole(table, "y").tolist(), strict=True))
    for place, line in zip(places, table.lines, strict=True):
        if place not in at:
            faults.append(Problem(f"x {place[0]}, y {place[1]} is not a cell of cells.csv", table.path, line))
    return Institutes(
        name=tuple(table.columns["name"]),
        label=_labels(table),
        kind=tuple(table.columns["kind"]),
        system=tuple(table.columns["system"]),
        cell=read_only(np.array([at.get(place, -1) for place in places], dtype=np.int64)),
        expertise=table.matrix(expertise),
        budget=table["budget"],
        staff=table["staff"],
        places=table["places"],
        opened=_whole(table, "opened"),
    )
