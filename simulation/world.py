"""The world: region, populations, markets, ledger and records. It has no behaviour of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from simulation.dates import FIRST_QUARTER
from simulation.ledger import Ledger
from simulation.populations import (
    CELL_COLUMNS,
    CHALLENGE_COLUMNS,
    CONSORTIUM_COLUMNS,
    EXTERNAL_COLUMNS,
    FIRM_COLUMNS,
    FUND_COLUMNS,
    HOLDING_COLUMNS,
    INDUSTRY_COLUMNS,
    INSTITUTE_COLUMNS,
    LOAN_COLUMNS,
    MEMBERSHIP_COLUMNS,
    NEIGHBOUR_COLUMNS,
    RESULT_COLUMNS,
    SEGMENT_COLUMNS,
    TALENT_COLUMNS,
)
from simulation.populations.columns import Array, Population, Table
from simulation.populations.funds import FUND_SECTORS
from simulation.populations.links import Links, TrustLinks
from simulation.populations.talent import FIRM, NO_EMPLOYER, SKILLS
from simulation.reach import Reach
from simulation.space.region import Region


class Records:
    """What happened in a quarter: flows (district sums) and whatever tables and arrays processes publish.

    Last quarter's records are the published statistics that agents may know.
    """

    def __init__(self) -> None:
        self.flows: dict[str, float] = {}
        self.tables: dict[str, dict[str, Array]] = {}
        self.state: dict[str, Any] = {}

    def flow(self, name: str, amount: float) -> None:
        """Add to a district sum of the quarter (at the run's scale)."""
        self.flows[name] = self.flows.get(name, 0.0) + float(amount)

    def table(self, name: str, **columns: Array) -> None:
        """Add rows to a table of events of the quarter, such as loans asked for or deals made."""
        if name in self.tables:
            old = self.tables[name]
            columns = {c: np.concatenate([old[c], v]) for c, v in columns.items()}
        self.tables[name] = columns

    def column(self, table: str, column: str) -> Array:
        """Return a column of a table of events; empty if nothing happened."""
        return self.tables.get(table, {}).get(column, np.empty(0))

    def __getitem__(self, name: str) -> Any:
        return self.state[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.state[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self.state

    def get(self, name: str, default: Any = None) -> Any:
        """Return a published array or figure, or a default if there is none."""
        return self.state.get(name, default)


class FirmView:
    """Attributes of n firms, or of candidates, as eligibility rules and levers read them."""

    def __init__(self, tier: Array, industry: Array, zone: Array, age: Array, size: Array, **more: Array) -> None:
        self.tier, self.industry, self.zone, self.age, self.size = tier, industry, zone, age, size
        self.__dict__.update(more)

    def __len__(self) -> int:
        return len(self.industry)


class TalentView:
    """Attributes of n people, or of candidates, as eligibility rules and levers read them."""

    arrived: Array
    """Quarter of arrival; candidates have none."""
    employed: Array
    """Whether in work, here or outside; candidates have none."""

    def __init__(self, skill: Array, age: Array, ability: Array, top: Array, **more: Array) -> None:
        self.skill, self.age, self.ability, self.top = skill, age, ability, top
        self.__dict__.update(more)

    def __len__(self) -> int:
        return len(self.skill)


class InstituteView:
    """Attributes of n institutes as levers read them; `ordinal` is -1 for those opened by policy."""

    def __init__(self, key: Array, ordinal: Array, budget: Array) -> None:
        self.key, self.ordinal, self.budget = key, ordinal, budget

    def __len__(self) -> int:
        return len(self.key)


class World:
    """Everything that a quarter reads and writes.

    Parameters
    ----------
    region : the district and what surrounds it
    scale : size of the modelled district relative to 1:1
    guarded : whether columns are read-only for processes that do not declare them
    """

    def __init__(self, region: Region, scale: float = 1.0, guarded: bool = True) -> None:
        widths = {"fields": len(region.fields), "skills": len(SKILLS), "industries": len(region.industries.name)}
        self.region = region
        self.scale = scale
        self.quarter = 0
        self.guarded = guarded
        self.in_quarter = False

        room = max(scale, 0.02)
        self.firms = Population("firms", FIRM_COLUMNS, widths, "firms", int(3600 * room))
        self.talent = Population("talent", TALENT_COLUMNS, widths, "", int(26000 * room))
        self.institutes = Population("institutes", INSTITUTE_COLUMNS, widths, "institutes", 64)
        self.funds = FundPopulation("funds", FUND_COLUMNS, widths, "", 256)

        self.cells = Table("cells", CELL_COLUMNS, len(region.cells.x), widths)
        self.industries = Table("industries", INDUSTRY_COLUMNS, widths["industries"], widths)
        self.segments = Table("segments", SEGMENT_COLUMNS, 2 * widths["fields"] + len(SKILLS) - 2, widths)
        self.externals = Table("externals", EXTERNAL_COLUMNS, len(region.externals.name), widths)
        self.neighbours = Table("neighbours", NEIGHBOUR_COLUMNS, len(region.neighbours.name), widths)

        self.loans = Links("loans", LOAN_COLUMNS)
        self.holdings = Links("holdings", HOLDING_COLUMNS)
        self.trust = TrustLinks("trust")
        self.memberships = Links("memberships", MEMBERSHIP_COLUMNS)
        self.consortia = Links("consortia", CONSORTIUM_COLUMNS)
        self.results = Links("results", RESULT_COLUMNS)
        self.challenges = Links("challenges", CHALLENGE_COLUMNS)

        self.ledger = Ledger((self.firms, self.institutes, self.funds))
        self.reach: Reach | None = None
        self.records = Records()
        self.published = Records()
        self.history: deque[dict[str, float]] = deque(maxlen=4)
        self._writable: dict[tuple[str, ...], tuple[int, list[Array], list[tuple[Table, str]]]] = {}

    def watch_reach(self) -> None:
        """Note from now on whom policies reach; this changes nothing that happens."""
        if self.reach is None:
            self.reach = self.ledger.reach = Reach()

    @property
    def populations(self) -> tuple[Population, ...]:
        """The four populations of agents."""
        return (self.firms, self.talent, self.institutes, self.funds)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables: populations, markets and links."""
        return (*self.populations, self.cells, self.industries, self.segments, self.externals, self.neighbours,
                self.loans, self.holdings, self.trust, self.memberships, self.consortia, self.results, self.challenges)

    @property
    def income_index(self) -> float:
        """Real income per head relative to the first quarter after burn-in, by the region's background growth."""
        growth = (1.0 + self.region.background["growth"]) / (1.0 + self.region.background["population_growth"])
        return float(growth ** ((self.quarter - FIRST_QUARTER) / 4.0))

    def yearly(self, flow: str) -> float:
        """Return a flow summed over the last four quarters (those there are, brought to a year)."""
        quarters = [*list(self.history)[-3:], self.records.flows]
        return sum(q.get(flow, 0.0) for q in quarters) * 4.0 / len(quarters)

    def begin_quarter(self, quarter: int) -> None:
        """Open the books and records of a quarter."""
        self.quarter = quarter
        self.published = self.records
        if quarter > 0:
            self.history.append(self.records.flows)
        self.records = Records()
        for population in self.populations:
            population.new_quarter()
        self.ledger.open_quarter(quarter)
        if self.reach is not None:
            self.reach.open_quarter()
        self.in_quarter = True

    def end_quarter(self) -> float:
        """Close the quarter's books; return the largest relative disagreement."""
        gap = self.ledger.close_quarter()
        self.in_quarter = False
        return gap

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_writable": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.guarded:
            self.lock(True)

    def lock(self, locked: bool) -> None:
        """Make every column read-only (or writeable)."""
        for table in self.tables:
            table.lock(locked)
            if isinstance(table, Population):
                table.births_allowed = table.deaths_allowed = not locked

    @contextmanager
    def writing(self, writes: Sequence[str]) -> Iterator[None]:
        """Allow a process to write what it declares, and nothing else, inside a with-block.

        Parameters
        ----------
        writes : "table.column", "table.births", "table.deaths", or the name of a links table
        """
        if not self.guarded:
            yield
            return
        declared = tuple(writes)
        self._set(declared, False)
        try:
            yield
        finally:
            self._set(declared, True)

    def _set(self, writes: tuple[str, ...], locked: bool) -> None:
        columns, others = self._named_in(writes)
        for array in columns:
            array.setflags(write=not locked)
        for table, event in others:
            if event:
                setattr(table, f"{event}_allowed", not locked)
            else:
                table.lock(locked)

    def _named_in(self, writes: tuple[str, ...]) -> tuple[list[Array], list[tuple[Table, str]]]:
        """Return the single columns among the entries of WRITES, and the tables with births or deaths, or as a whole.

        Columns are looked up again after a population has grown.
        """
        growths = sum(population.growths for population in self.populations)
        known = self._writable.get(writes)
        if known is None or known[0] != growths:
            columns, others = [], []
            for name, _, column in (entry.partition(".") for entry in writes):
                table = getattr(self, name)
                if column and column not in ("births", "deaths"):
                    columns.append(table.arrays[column])
                else:
                    others.append((table, column))
            known = self._writable[writes] = growths, columns, others
        return known[1:]

    def firm_view(self, rows: Array) -> FirmView:
        """Return what eligibility rules read of firms (age in quarters, size as yearly sales)."""
        f = self.firms
        return FirmView(f.tier[rows], f.industry[rows], self.region.cells.zone[f.cell[rows]],
                        self.quarter - f.born[rows], f.sales_year[rows], key=f.key[rows])

    def talent_view(self, rows: Array) -> TalentView:
        """Return what eligibility rules read of people (age in years, log ability)."""
        t = self.talent
        return TalentView(t.skill[rows], t.age[rows], t.ability[rows], t.top[rows], key=t.key[rows],
                          arrived=t.arrived[rows], employed=t.employer[rows] >= 0)

    def lead_own_firm(self, rows: Array) -> Array:
        """Return who runs the firm that they founded, (n,) bool; whose firm has closed may work for another one."""
        t = self.talent
        leading = t.founded.take(rows)
        at = np.flatnonzero(leading)
        founder = rows[at]
        born = self.firms.born.take(t.employer[founder], mode="clip")  # of other employers whatever it may be
        # staff are hired after the quarter in which a firm is founded
        leading[at] = (t.employer_kind[founder] == FIRM) & (t.since[founder] <= born)
        return leading

    def institute_view(self, rows: Array) -> InstituteView:
        """Return what levers read of institutes (budget a quarter from their sponsors)."""
        u = self.institutes
        return InstituteView(u.key[rows], u.ordinal[rows], u.budget[rows])

    def close_firms(self, rows: Array) -> None:
        """Close firms whose books are settled: staff are free, memberships end, the rows die.

        Parameters
        ----------
        rows : (n,) rows of living firms with no cash, debt or loans left
        """
        if not len(rows):
            return
        closing = np.zeros(len(self.firms), dtype=bool)
        closing[rows] = True
        t = self.talent
        theirs = closing.take(t.employer, mode="clip")  # rows of other employers may lie beyond those of firms
        released = np.flatnonzero(theirs & (t.employer_kind == FIRM) & t.alive)
        with t.unlocked("employer_kind", "employer", "since"):
            t.employer_kind[released] = NO_EMPLOYER
            t.employer[released] = -1
            t.since[released] = self.quarter
        self.firms.remove(rows)
        locked = not self.memberships.open
        self.memberships.lock(False)
        self.memberships.keep(self.firms.rows_of(self.memberships.firm) >= 0)
        self.memberships.lock(locked)

    def invariants(self) -> list[str]:
        """Return every broken rule of the state: values out of bounds, dangling rows, not-a-numbers."""
        broken = []
        for table in self.tables:
            rows = table.live if isinstance(table, Population) else slice(None)
            for column, spec in table.columns.items():
                values = table.arrays[column][rows]
                if values.dtype.kind == "f" and not np.isfinite(values).all():
                    broken.append(f"{table.name}.{column} is not finite")
                elif values.size and spec.low is not None and values.min() < spec.low - 1e-9:
                    broken.append(f"{table.name}.{column} is {values.min():.6g}, below {spec.low}")
                elif values.size and spec.high is not None and values.max() > spec.high + 1e-9:
                    broken.append(f"{table.name}.{column} is {values.max():.6g}, above {spec.high}")
        people = self.talent.live
        for kind, population in ((1, self.firms), (2, self.institutes), (3, self.funds)):
            employed = people[self.talent.employer_kind[people] == kind]
            if not population.alive[self.talent.employer[employed]].all():
                broken.append(f"talent works for a closed employer in {population.name}")
        return broken


class FundPopulation(Population):
    """Funds, banks and guarantors: their ledger sector follows from their kind."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        from simulation.ledger import SECTORS

        self.sector_codes = np.array([SECTORS.index(s) for s in FUND_SECTORS])
        """(kinds,) index of the ledger sector of each kind."""
