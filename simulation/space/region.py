"""A region as data: grid of cells, zones, places outside, industries, institutes, levels with their sources.

Everything that is particular to a district stands in the files of its folder, so any district can be loaded.
Arrays are read-only and may be shared by many models; a world that changes one takes a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulation.errors import Problem, RegionError, nearest_name
from simulation.parameters import Label
from simulation.space.region_files import Provenance

if TYPE_CHECKING:
    from simulation.space.calibration_file import Calibration
    from simulation.space.firm_list import FirmList

INDUSTRY_GROUPS = ("lead", "emerging", "traditional", "services")
INSTITUTE_KINDS = ("institute", "university", "platform", "other")


class Zone(NamedTuple):
    """A named part of the district."""

    name: str
    label: Label
    core: bool
    wing: bool
    axis: bool
    urban: bool
    finance: bool


@dataclass(frozen=True, eq=False)
class Cells:
    """One-km cells, arrays of shape (n,); x counts columns eastwards, y rows northwards, both from 0.

    Units: shares in [0, 1] for `buildable` and `access`; `floor_space` thousand m2; `housing` dwellings for
    skilled households; `rent` million CNY per thousand m2 a quarter; `housing_cost` million CNY a year for a
    household; `axis` marks the cells along the district's development axis.
    """

    x: np.ndarray
    y: np.ndarray
    zone: np.ndarray
    buildable: np.ndarray
    floor_space: np.ndarray
    housing: np.ndarray
    amenity: np.ndarray
    access: np.ndarray
    incubator_places: np.ndarray
    rent: np.ndarray
    housing_cost: np.ndarray
    axis: np.ndarray
    name: tuple[str, ...]
    label: tuple[Label, ...]


@dataclass(frozen=True, eq=False)
class Externals:
    """Places outside that offer people and firms and draw them away, arrays over E nodes.

    Units: `travel_time` minutes; `wage`, `housing_cost` relative to the district, `knowledge` (E, F) to the
    frontier; `candidates` (E, 5) people a quarter by skill; `firm_candidates` firms a quarter; `distance_x`,
    `distance_y` km east and north of cell (0, 0); `settlement_barrier` in [0, 1].
    """

    name: tuple[str, ...]
    label: tuple[Label, ...]
    group: tuple[str, ...]
    travel_time: np.ndarray
    wage: np.ndarray
    housing_cost: np.ndarray
    amenity: np.ndarray
    knowledge: np.ndarray
    pull: np.ndarray
    candidates: np.ndarray
    firm_candidates: np.ndarray
    distance_x: np.ndarray
    distance_y: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    settlement_barrier: np.ndarray


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Neighbour districts with finite stocks, arrays (n,).

    Units: `tax` million CNY a year, `travel_time` minutes; `firms` and `talent` are counts.
    """

    name: tuple[str, ...]
    label: tuple[Label, ...]
    firms: np.ndarray
    talent: np.ndarray
    tax: np.ndarray
    travel_time: np.ndarray


@dataclass(frozen=True, eq=False)
class Industries:
    """Industries, arrays over S; growth and `cycle` (standard deviation of demand) are yearly.

    `sales_share` and `firms_share` are shares of the modelled district and add up to 1; `rd_intensity` and
    `value_added_share` are shares of sales; `capital_intensity` is capital over yearly sales; `demand_local`
    is the share of demand that comes from the district itself.
    """

    name: tuple[str, ...]
    label: tuple[Label, ...]
    group: tuple[str, ...]
    emerging: np.ndarray
    services: np.ndarray
    sales_share: np.ndarray
    firms_share: np.ndarray
    world_growth: np.ndarray
    cycle: np.ndarray
    value_added_share: np.ndarray
    rd_intensity: np.ndarray
    opportunity: np.ndarray
    capital_intensity: np.ndarray
    demand_local: np.ndarray


@dataclass(frozen=True, eq=False)
class Institutes:
    """Research institutes, arrays over I; `cell` is an index of `Cells`, rows of `expertise` (I, F) add to 1.

    Units: `budget` million CNY a year, `staff` people, `places` incubator places, `opened` quarter (negative:
    before the first).
    """

    name: tuple[str, ...]
    label: tuple[Label, ...]
    kind: tuple[str, ...]
    system: tuple[str, ...]
    cell: np.ndarray
    expertise: np.ndarray
    budget: np.ndarray
    staff: np.ndarray
    places: np.ndarray
    opened: np.ndarray


class Level(NamedTuple):
    """A measured or assumed level of the district at the start, with its range, source and use.

    Where the file states no range, `low` and `high` are 15 % either side and `range_stated` is false.
    """

    value: float
    unit: str
    low: float
    high: float
    source: str
    confidence: str
    use: str
    scope: str
    range_stated: bool


class Benchmark(NamedTuple):
    """The level of another district that a figure draws as a line, with a note on comparability."""

    value: float
    label: Label
    note: str
    source: str
    note_zh: str = ""


@dataclass(frozen=True, eq=False)
class Region:
    """A district and what surrounds it, stated at 1:1."""

    name: str
    title: Label
    start: str
    map_label: Label
    width: int
    height: int
    cells: Cells
    zones: tuple[Zone, ...]
    externals: Externals
    neighbours: Neighbours
    industries: Industries
    inputs: np.ndarray
    fields: tuple[str, ...]
    field_labels: tuple[Label, ...]
    field_weights: np.ndarray
    systems: tuple[str, ...]
    system_labels: tuple[Label, ...]
    institutes: Institutes
    levels: Mapping[str, Level]
    background: Mapping[str, float]
    benchmarks: Mapping[str, Benchmark]
    sources: Mapping[str, Provenance]
    directory: Path
    firm_list: FirmList | None = None
    calibration: Calibration | None = None

    def zone_index(self, name: str) -> int:
        """Return the index of a zone.

        Raises
        ------
        RegionError
            the region has no such zone; the nearest name is told
        """
        names = [zone.name for zone in self.zones]
        if name not in names:
            message = f'the region {self.name} has no zone "{name}"{nearest_name(name, names)}'
            raise RegionError(Problem(f"{message} (zones: {', '.join(names)})"))
        return names.index(name)

    @property
    def metropolis(self) -> np.ndarray:
        """Which external regions belong to the metropolis, the group that draws most, (E,) bool."""
        nodes = self.externals
        pull: dict[str, float] = {}
        for group, weight in zip(nodes.group, nodes.pull, strict=True):
            pull[group] = pull.get(group, 0.0) + float(weight)
        largest = max(pull, key=lambda group: pull[group], default="")
        return np.array([group == largest for group in nodes.group], dtype=bool)

    def zone_mask(self, flag: str) -> np.ndarray:
        """Return which cells lie in zones with a flag: "core", "wing", "axis", "urban" or "finance", (n,) bool."""
        return np.array([getattr(zone, flag) for zone in self.zones], dtype=bool)[self.cells.zone]


def region_names() -> list[str]:
    """Return the names of the bundled regions."""
    return sorted(path.parent.name for path in _bundled().glob("*/region.toml"))


def _bundled() -> Path:
    return Path(str(resources.files("scenarios"))) / "regions"


def load_region(name_or_directory: str | Path) -> Region:
    """Return a region from the name of a bundled one or from a folder of files, checked throughout.

    Parameters
    ----------
    name_or_directory : bundled name, folder that holds `region.toml`, or the path of that file

    Raises
    ------
    RegionError
        there is no such region, or its files have faults; every fault is told with file and line
    """
    from simulation.space.region_loading import read_region

    wanted, names = str(name_or_directory), region_names()
    if wanted in names:
        return read_region(_bundled() / wanted)
    path = Path(name_or_directory)
    if path.name == "region.toml":
        path = path.parent
    if not path.is_dir():
        known = f"bundled: {', '.join(names)}; or give a folder that holds region.toml"
        raise RegionError(Problem(f'there is no region "{wanted}"{nearest_name(wanted, names)} ({known})'))
    return read_region(path)
