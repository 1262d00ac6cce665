"""What a run must keep to be measured: columns of the model noted quarter by quarter as plain arrays."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulation.dates import FIRST_QUARTER
from simulation.populations.segments import segment_of
from simulation.populations.talent import NO_EMPLOYER, RESEARCH

if TYPE_CHECKING:
    from simulation.model import Ecosystem

Array = np.ndarray

FIXED = ("industry", "born", "origin")
"""Columns of firms that last for life."""
MOVING = (
    "cell", "sales", "value_added", "capital", "investment", "cash", "debt", "productivity", "rd_spend", "rd_reported",
    "rd_stock", "tier",
)  # fmt: skip
"""Columns of firms noted each quarter, besides employment, researchers and the three-year ratio of reported R&D."""
NEW_LOAN = 0
"""Kind of event in the records of loans: an application for new money."""
OLDEST_MIGRANT = 55.0
"""Age from which those who go may have retired; they are left out of migration."""
POOL_SHIFT, POOL_MASK, GRADUATES = 38, 0xFF, 0
"""Where a key tells its pool of candidates, and the pool of local graduates."""


@dataclass(frozen=True)
class History:
    """What happened in a run from the first quarter after burn-in; Q quarters, F firms that ever lived.

    Parameters
    ----------
    quarters : (Q,) numbers of the quarters
    firm_key : (F,) ascending
    fixed : column to (F,)
    firms : column to (Q, F), not-a-number where the firm does not live
    events : table to columns (n,), `quarter` among them
    series : name to (Q,) figures of the district
    segments : name to (Q, S): people of a labour segment, who came, who left, its wage
    cells : name to (Q, C): people who live in a cell, who came, who left, its amenity and housing cost
    institute_key, institute_cell : (I,)
    """

    quarters: Array
    firm_key: Array
    fixed: dict[str, Array]
    firms: dict[str, Array]
    events: dict[str, dict[str, Array]]
    series: dict[str, Array]
    segments: dict[str, Array]
    cells: dict[str, Array]
    institute_key: Array
    institute_cell: Array

    @property
    def years(self) -> int:
        """Whole years observed."""
        return len(self.quarters) // 4

    def yearly(self, column: str) -> Array:
        """Return sums over the four quarters of each year, (years, F); undefined unless the firm lived in all."""
        values = self.firms[column]
        return values[: 4 * self.years].reshape(self.years, 4, values.shape[1]).sum(axis=1)

    def year_end(self, column: str) -> Array:
        """Return values in the last quarter of each year, (years, F)."""
        return self.firms[column][3 : 4 * self.years : 4]

    def event(self, table: str, column: str) -> Array:
        """Return a column of a table of events; empty if nothing happened."""
        return self.events.get(table, {}).get(column, np.empty(0))

    def firm_index(self, keys: Array) -> Array:
        """Return the place of firms (n,) by key, -1 for those that never lived in the window."""
        if not len(self.firm_key):
            return np.full(len(keys), -1)
        place = np.minimum(np.searchsorted(self.firm_key, keys), len(self.firm_key) - 1)
        return np.where(self.firm_key[place] == keys, place, -1)


class Observation:
    """Notes of one run, taken after each quarter; observation changes nothing.

    Parameters
    ----------
    model : the running model
    firms_only : note firms alone, which is enough to see whether they bunch
    """

    def __init__(self, model: Ecosystem, *, firms_only: bool = False) -> None:
        self.model, self.firms_only = model, firms_only
        self._quarters: list[int] = []
        self._firms: list[dict[str, Array]] = []
        self._events: dict[str, list[dict[str, Array]]] = defaultdict(list)
        self._series: dict[str, list[float]] = defaultdict(list)
        self._segments: dict[str, list[Array]] = defaultdict(list)
        self._cells: dict[str, list[Array]] = defaultdict(list)
        self._residents: dict[str, Array] = {}

    def note(self) -> None:
        """Take notes of the quarter that has just ended; in burn-in only of who lives where."""
        world = self.model.world
        shown = world.quarter >= FIRST_QUARTER
        if shown:
            self._quarters.append(world.quarter)
            self._note_firms()
        if self.firms_only:
            return
        if shown:
            self._note_events()
            self._note_series()
        if world.quarter >= FIRST_QUARTER - 1:
            self._note_migration(shown)

    def _note_firms(self) -> None:
        f, rows = self.model.world.firms, self.model.world.firms.live
        noted = {name: f.arrays[name][rows] for name in (*FIXED, *MOVING)}
        noted["key"] = f.key[rows]
        noted["researchers"] = f.staff[rows, RESEARCH]
        noted["employment"] = f.staff[rows].sum(axis=1) + f.labour[rows]
        noted["ratio"] = f.rd_reported_3y[rows] / np.maximum(f.sales_3y[rows], 1e-6)
        self._firms.append(noted)

    def _note_events(self) -> None:
        world = self.model.world
        tables = dict(world.records.tables)
        loans = tables.get("loans")
        if loans is not None:
            new = loans["kind"] == NEW_LOAN
            tables["loans"] = {name: loans[name][new] for name in ("asked", "granted", "rate", "age", "tier")}
        deals = tables.get("deals")
        if deals is not None:
            tables["deals"] = {name: deals[name][deals["exited"]] for name in ("amount", "multiple")}
        c, m = world.consortia, world.memberships
        fresh = c.started == world.quarter
        mine = np.isin(m.consortium, c.key[fresh])
        tables["consortia"] = {name: c.arrays[name][fresh] for name in ("key", "leader", "institute")}
        tables["memberships"] = {"consortium": m.consortium[mine], "firm": m.firm[mine]}
        for name in ("patents", "contracts", "loans", "deals", "exits", "consortia", "memberships"):
            columns = tables.get(name)
            if columns is not None:
                n = len(next(iter(columns.values())))
                self._events[name].append({**columns, "quarter": np.full(n, world.quarter)})

    def _note_series(self) -> None:
        world, note = self.model.world, self._series
        flows, t = world.records.flows, world.talent
        for name in ("value_added", "sales", "rd_firms"):
            note[name].append(flows.get(name, 0.0))
        for name in ("loan_rate", "default_share", "vacancy_rate"):
            note[name].append(float(world.records.get(name, np.nan)))
        jobless = np.count_nonzero(t.alive & (t.employer_kind == NO_EMPLOYER))
        note["unemployment"].append(jobless / max(t.count, 1))

    def _note_migration(self, shown: bool) -> None:
        """Note who came, who left and who lives where, by labour segment and by home cell.

        An agent keeps its row for life, so a row whose key has changed tells that somebody left.
        """
        world = self.model.world
        t, fields = world.talent, len(world.region.fields)
        size = t.size
        settled = t.alive[:size] & (t.age[:size] < OLDEST_MIGRANT)
        now = {"key": np.where(t.alive[:size], t.key[:size], 0), "cell": t.cell[:size].copy(), "settled": settled}
        now["segment"] = segment_of(t.skill[:size], t.field[:size].astype(np.int64), fields)
        if shown:
            before = self._residents
            n = len(before["key"])
            gone = before["settled"] & (now["key"][:n] != before["key"])
            graduate = (t.key[:size] >> POOL_SHIFT) & POOL_MASK == GRADUATES
            came = settled & (t.arrived[:size] == world.quarter) & ~graduate
            for table, name, width in (
                (self._segments, "segment", len(world.segments)),
                (self._cells, "cell", len(world.cells)),
            ):
                table["left"].append(np.bincount(before[name][gone], minlength=width))
                table["came"].append(np.bincount(now[name][came], minlength=width))
                table["people"].append(np.bincount(now[name][settled], minlength=width))
            self._segments["wage"].append(world.segments.wage.copy())
            self._cells["amenity"].append(world.cells.amenity.copy())
            self._cells["housing_cost"].append(world.cells.housing_cost.copy())
        self._residents = now

    def history(self) -> History:
        """Return the notes as arrays over quarters and firms."""
        every = [noted["key"] for noted in self._firms]
        keys = np.unique(np.concatenate(every)) if every else np.empty(0, dtype=np.int64)
        fixed = {name: np.zeros(len(keys), dtype=np.int64) for name in FIXED}
        columns = (*MOVING, "researchers", "employment", "ratio")
        firms = {name: np.full((len(self._firms), len(keys)), np.nan) for name in columns}
        for number, noted in enumerate(self._firms):
            place = np.searchsorted(keys, noted["key"])
            for name in FIXED:
                fixed[name][place] = noted[name]
            for name in columns:
                firms[name][number, place] = noted[name]
        events = {
            table: {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
            for table, parts in self._events.items()
        }
        u = self.model.world.institutes
        return History(
            np.array(self._quarters), keys, fixed, firms, events,
            {name: np.array(values) for name, values in self._series.items()},
            {name: np.array(values) for name, values in self._segments.items()},
            {name: np.array(values) for name, values in self._cells.items()},
            u.key[u.live], u.cell[u.live].astype(np.int64),
        )  # fmt: skip
