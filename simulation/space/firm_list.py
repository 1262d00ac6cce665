"""A user's own firms: `firms.csv`, read with units and names checked, nothing loaded when anything is wrong."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulation.errors import Problem, RegionError, nearest_name
from simulation.space.region_files import ABOVE_ZERO, Bounds, read_only
from simulation.units import in_unit

if TYPE_CHECKING:
    from simulation.space.region import Region


class FirmColumn(NamedTuple):
    """A column of the file: its Chinese names, unit, range, and whether it must be there."""

    chinese: tuple[str, ...]
    unit: str = ""
    per: str | None = None
    bounds: Bounds | None = None
    needed: bool = False


def _money(high: float, low: float = 0.0, per: str | None = None) -> dict[str, Any]:
    unit = "million CNY" + (f" a {per}" if per else "")
    return {"unit": "million CNY", "per": per, "bounds": Bounds(low, high, unit)}


def _people(high: float = 1e6) -> dict[str, Any]:
    return {"unit": "person", "bounds": Bounds(0.0, high, "people", whole=True)}


COLUMNS = {
    "name": FirmColumn(("名称", "企业名称", "公司名称"), needed=True),
    "industry": FirmColumn(("行业", "产业", "所属产业"), needed=True),
    "sales": FirmColumn(("销售额", "营业收入", "年销售额"), **_money(1e5, ABOVE_ZERO, "year"), needed=True),
    "zone": FirmColumn(("片区", "区域")),
    "x": FirmColumn((), bounds=Bounds(0, whole=True)),
    "y": FirmColumn((), bounds=Bounds(0, whole=True)),
    "founded": FirmColumn(("成立年份", "成立年度"), bounds=Bounds(1800, 2200, "year", whole=True)),
    "staff": FirmColumn(("职工人数", "从业人数", "员工人数"), **_people()),
    "research_staff": FirmColumn(("研发人员", "研发人数"), **_people()),
    "rd_spend": FirmColumn(("研发支出", "研发费用", "研发投入"), **_money(1e5, per="year")),
    "patents": FirmColumn(("发明专利", "有效发明专利"), bounds=Bounds(0, 1e5, whole=True)),
    "tier": FirmColumn(("梯队", "企业梯队"), bounds=Bounds(1, 4, whole=True)),
    "cash": FirmColumn(("现金", "货币资金"), **_money(1e5)),
    "debt": FirmColumn(("负债", "银行贷款", "贷款余额"), **_money(1e5)),
}
NUMBERS = tuple(name for name, column in COLUMNS.items() if column.bounds is not None)
LARGEST_RD_SHARE = 5.0
"""R&D over sales, at most."""

_HEADER = re.compile(r"(.*?)\s*[\[(（【](.*)[\])）】]")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")


@dataclass(frozen=True, eq=False)
class FirmList:
    """Firms that a user names, arrays over n lines; NaN or -1 where the file says nothing.

    Units: `sales` and `rd_spend` million CNY a year, `cash` and `debt` million CNY, `founded` a year;
    `industry`, `zone` and `cell` are indices of the region.
    """

    file: Path
    name: tuple[str, ...]
    industry: np.ndarray
    zone: np.ndarray
    cell: np.ndarray
    sales: np.ndarray
    founded: np.ndarray
    staff: np.ndarray
    research_staff: np.ndarray
    rd_spend: np.ndarray
    patents: np.ndarray
    tier: np.ndarray
    cash: np.ndarray
    debt: np.ndarray

    def __len__(self) -> int:
        """Return the number of firms."""
        return len(self.name)


class _Row(NamedTuple):
    line: int
    texts: dict[str, str]
    numbers: dict[str, float]


def read_firm_list(path: Path, region: Region) -> FirmList:
    """Return the firms of a file, checked throughout against a region.

    Parameters
    ----------
    path : CSV file with a header; columns as in `COLUMNS`, units in brackets behind their names
    region : whose industries, zones, cells and start year are meant

    Raises
    ------
    RegionError
        Every fault found, each with file and line.
    """
    faults: list[Problem] = []
    rows = _rows(path, faults)
    industries = _by_name(region.industries.name, region.industries.label)
    zones = _by_name(tuple(zone.name for zone in region.zones), tuple(zone.label for zone in region.zones))
    at = {place: i for i, place in enumerate(zip(region.cells.x.tolist(), region.cells.y.tolist(), strict=True))}
    first: dict[str, int] = {}
    industry, zone, cell = [], [], []
    for row in rows:
        told = _RowFaults(path, row, faults)
        name = row.texts.get("name", "")
        if not name:
            told.add("name", "a name is needed")
        elif first.setdefault(name, row.line) != row.line:
            told.add("name", f'"{name}" stands already in line {first[name]}')
        industry.append(told.index("industry", industries))
        zone.append(told.index("zone", zones) if row.texts.get("zone") else -1)
        cell.append(told.place(at))
        if cell[-1] >= 0 and zone[-1] >= 0 and region.cells.zone[cell[-1]] != zone[-1]:
            told.add("zone", f'the cell at x, y lies in "{region.zones[region.cells.zone[cell[-1]]].name}"')
        told.check_sense(int(region.start[:4]))
    if not faults:
        _check_total(path, rows, region, faults)
    if faults:
        raise RegionError(faults)
    numbers = {key: np.array([row.numbers[key] for row in rows]) for key in NUMBERS if key not in ("x", "y")}
    return FirmList(
        file=path,
        name=tuple(row.texts["name"] for row in rows),
        industry=read_only(np.array(industry, dtype=np.int64)),
        zone=read_only(np.array(zone, dtype=np.int64)),
        cell=read_only(np.array(cell, dtype=np.int64)),
        **{key: read_only(values) for key, values in numbers.items()},
    )


def _by_name(names: tuple[str, ...], labels: tuple[Any, ...]) -> dict[str, int]:
    """Return indices by name and by both labels."""
    indices: dict[str, int] = {}
    for index, (name, label) in enumerate(zip(names, labels, strict=True)):
        indices |= {label.en: index, label.zh: index, name: index}
    return indices


class _RowFaults:
    """Checks what a row says, and records what is wrong under its line."""

    def __init__(self, path: Path, row: _Row, faults: list[Problem]) -> None:
        self.path, self.row, self.faults = path, row, faults

    def add(self, column: str, message: str) -> None:
        self.faults.append(Problem(f'column "{column}": {message}', self.path, self.row.line))

    def index(self, column: str, known: dict[str, int]) -> int:
        written = self.row.texts.get(column, "")
        if written not in known:
            names = ", ".join(name for name in known if re.fullmatch(r"[a-z0-9_]+", name))
            self.add(column, f'"{written}" is not one of {names}{nearest_name(written, known)}')
        return known.get(written, -1)

    def place(self, at: dict[tuple[int, int], int]) -> int:
        x, y = self.row.numbers["x"], self.row.numbers["y"]
        stated = [bool(self.row.texts.get(column)) for column in ("x", "y")]
        if stated[0] != stated[1]:
            self.add("y" if stated[0] else "x", "x and y go together")
        if math.isnan(x) or math.isnan(y):
            return -1
        if (int(x), int(y)) not in at:
            self.add("x", f"x {x:g}, y {y:g} is not a cell of the region")
        return at.get((int(x), int(y)), -1)

    def check_sense(self, start: int) -> None:
        n = self.row.numbers
        if n["founded"] > start:
            self.add("founded", f"{n['founded']:g} is after the start of the region, {start}")
        if n["research_staff"] > n["staff"]:
            self.add("research_staff", f"{n['research_staff']:g} is more than the staff, {n['staff']:g}")
        if n["rd_spend"] > LARGEST_RD_SHARE * n["sales"]:
            self.add("rd_spend", f"is more than {LARGEST_RD_SHARE:g} times the sales; are the units right?")


def _check_total(path: Path, rows: list[_Row], region: Region, faults: list[Problem]) -> None:
    total, district = math.fsum(row.numbers["sales"] for row in rows), region.levels["firm_sales"].value
    if total > district:
        told = f"the sales add up to {total:,.0f} million CNY a year, all firms of the region to {district:,.0f}"
        faults.append(Problem(f"{told}; is the unit right (write it as sales [万元])?", path, 1))


def _rows(path: Path, faults: list[Problem]) -> list[_Row]:
    """Return the rows of a file in declared units; NaN where nothing (or nothing valid) is written."""
    text = _text(path, faults)
    if text is None:
        return []
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    rows: list[_Row] = []
    try:
        header = next((line for line in reader if any(cell.strip() for cell in line)), None)
        if header is None:
            faults.append(Problem("the file is empty", path))
            return []
        columns = _header(header, path, reader.line_num, faults)
        for line in reader:
            if not any(cell.strip() for cell in line):
                continue
            if len(line) != len(header):
                faults.append(
                    Problem(f"the line has {len(line)} values, the header {len(header)}", path, reader.line_num)
                )
                continue
            rows.append(_row(line, columns, path, reader.line_num, faults))
    except csv.Error as error:
        faults.append(Problem(f"not a CSV file: {error}", path, reader.line_num))
    if not rows and not faults:
        faults.append(Problem("has a header but no firms", path))
    return rows


def _text(path: Path, faults: list[Problem]) -> str | None:
    try:
        content = path.read_bytes()
    except OSError as error:
        faults.append(Problem(f"cannot be read ({(error.strerror or str(error)).lower()})", path))
        return None
    for encoding in ("utf-8-sig", "gb18030"):  # spreadsheets in Chinese save the latter
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text
    faults.append(Problem("is not a text file in UTF-8 or GB18030; save the sheet as CSV", path))
    return None


def _header(cells: list[str], path: Path, line: int, faults: list[Problem]) -> list[tuple[str, float]]:
    """Return for each column its name (empty if unknown) and the factor to its declared unit."""
    known = {alias: name for name, column in COLUMNS.items() for alias in (*column.chinese, name)}
    found: list[tuple[str, float]] = []
    for cell in cells:
        with_unit = _HEADER.fullmatch(cell.strip())
        title, unit = (with_unit[1], with_unit[2].strip()) if with_unit else (cell.strip(), "")
        name = known.get(title, known.get(title.lower(), ""))
        factor = 1.0
        if not name:
            message = f'unknown column "{title}"{nearest_name(title, known)} (known: {", ".join(COLUMNS)})'
            faults.append(Problem(message, path, line))
        elif name in [earlier for earlier, _ in found]:
            faults.append(Problem(f'column "{name}" stands twice', path, line))
        elif unit and not COLUMNS[name].unit:
            faults.append(Problem(f'column "{name}" has no unit, not "{unit}"', path, line))
        elif unit:
            try:
                factor = in_unit(f"1 {unit}", COLUMNS[name].unit, COLUMNS[name].per)
            except ValueError as error:
                faults.append(Problem(f'column "{name}": unit {error}', path, line))
        found.append((name, factor))
    present = {name for name, _ in found}
    for name, column in COLUMNS.items():
        if column.needed and name not in present:
            faults.append(Problem(f'column "{name}" is missing', path, line))
    return found


def _row(cells: list[str], columns: list[tuple[str, float]], path: Path, line: int, faults: list[Problem]) -> _Row:
    row = _Row(line, {}, dict.fromkeys(NUMBERS, math.nan))
    for cell, (name, factor) in zip(cells, columns, strict=True):
        if not name:
            continue
        written = row.texts[name] = cell.strip()
        bounds = COLUMNS[name].bounds
        if bounds is None or not (written or COLUMNS[name].needed):
            continue
        try:
            row.numbers[name] = _number(written, COLUMNS[name], factor)
        except ValueError as error:
            faults.append(Problem(f'column "{name}": {error}', path, line))
            continue
        fault = bounds.fault(row.numbers[name])
        if fault:
            faults.append(Problem(f'column "{name}": {written} {fault}', path, line))
            row.numbers[name] = math.nan
    return row


def _number(written: str, column: FirmColumn, factor: float) -> float:
    """Return a cell in the declared unit; a unit in the cell itself goes before that of the header."""
    plain = written.replace(",", "") if _THOUSANDS.fullmatch(written) else written
    try:
        return float(plain) * factor
    except ValueError:
        if column.unit and written:
            return in_unit(written, column.unit, column.per)
        bounds = column.bounds or Bounds()
        raise ValueError(f'"{written}" {bounds.fault(math.nan)}') from None
