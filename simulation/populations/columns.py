"""Tables of columns and populations of agents: one numpy array for each attribute.

Rows of a population are reused, keys never. A key tells an agent's origin: its kind, its pool, the
quarter in which the pool offered it and its ordinal there. The same person or firm therefore has the
same key in every world.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

Array = np.ndarray

MANAGED = ("key", "alive")
"""Columns that only the population itself writes."""

KINDS = {"firm": 1, "talent": 2, "institute": 3, "fund": 4, "result": 5, "consortium": 6, "slot": 7}
_QUARTER_BITS, _ORDINAL_BITS, _POOL_BITS = 10, 28, 8


def origin_keys(kind: str, pool: int | Array, quarter: int | Array, ordinals: Array) -> Array:
    """Return stable agent keys from an origin.

    Parameters
    ----------
    kind : one of `KINDS`
    pool : which pool of candidates, in [0, 256); 0 is the initial population
    quarter : quarter in which the pool offered the candidate, in [0, 1024)
    ordinals : (n,) place in the pool, in [0, 2**28)

    Returns
    -------
    (n,) int64 below 2**50, exact in every language that reads the result files
    """
    ordinals = np.asarray(ordinals, dtype=np.int64)
    head = (KINDS[kind] << _POOL_BITS) + np.asarray(pool, dtype=np.int64)
    return (((head << _QUARTER_BITS) + np.asarray(quarter, dtype=np.int64)) << _ORDINAL_BITS) + ordinals


def derived_keys(kind: str, pool: int, parents: Array) -> Array:
    """Return keys of agents that descend from others (a founder's firm, a result's spin-off).

    Parameters
    ----------
    kind, pool : as in `origin_keys`; a parent may have at most one descendant in a pool
    parents : (n,) int64 keys of the parents; two parents of different pools need different `pool`s

    Returns
    -------
    (n,) int64
    """
    tail = np.asarray(parents, dtype=np.int64) & ((1 << (_QUARTER_BITS + _ORDINAL_BITS)) - 1)
    return tail + (((KINDS[kind] << _POOL_BITS) + pool) << (_QUARTER_BITS + _ORDINAL_BITS))


@dataclass(frozen=True)
class Column:
    """Declaration of one attribute.

    Parameters
    ----------
    dtype : numpy dtype name
    unit : unit of the values; "index", "key" and "flag" for references and booleans
    doc : meaning, in domain words
    default : value of a new row
    width : None for one value a row, else a number or the name of a dimension ("fields", "skills", ...)
    low, high : bounds that hold in every quarter (property tests check them)
    ledger : only the ledger writes this column
    """

    dtype: str
    unit: str
    doc: str
    default: float = 0
    width: int | str | None = None
    low: float | None = None
    high: float | None = None
    ledger: bool = False


class Table:
    """Columns over a fixed set of rows: cells, industries, labour segments, external regions.

    Parameters
    ----------
    name : as written in READS and WRITES ("cells.rent" is column `rent` of table `cells`)
    columns : declarations by column name
    rows : number of rows
    widths : size of each named dimension
    """

    def __init__(self, name: str, columns: Mapping[str, Column], rows: int, widths: Mapping[str, int]) -> None:
        self.name = name
        self.columns = dict(columns)
        self._widths = {c: spec.width if isinstance(spec.width, int) else widths[spec.width]
                        for c, spec in columns.items() if spec.width is not None}
        self.arrays: dict[str, Array] = {}
        for column in self.columns:
            self._place(column, self._filled(column, rows))

    def _filled(self, column: str, rows: int) -> Array:
        spec = self.columns[column]
        shape = (rows, self._widths[column]) if column in self._widths else (rows,)
        return np.full(shape, spec.default, dtype=spec.dtype)

    def _place(self, column: str, array: Array) -> None:
        self.arrays[column] = self.__dict__[column] = array
        self._rows = len(array)

    if TYPE_CHECKING:  # at run time, attributes of a class without `__getattr__` are found faster

        def __getattr__(self, name: str) -> Array: ...

    def __setstate__(self, state: dict[str, Any]) -> None:
        # pickle may hand arrays over as views on its buffer, which can never be written again
        self.__dict__.update(state)
        for name, array in list(self.arrays.items()):
            self._place(name, array if array.flags.owndata else array.copy())

    def __len__(self) -> int:
        return self._rows

    def lock(self, locked: bool, columns: Iterable[str] | None = None) -> None:
        """Make columns read-only or writeable.

        Parameters
        ----------
        locked : whether writing raises
        columns : names; all when left out
        """
        for column in self.arrays if columns is None else columns:
            self.arrays[column].setflags(write=not locked)

    @contextmanager
    def unlocked(self, *columns: str) -> Iterator[None]:
        """Allow writing to columns (all when none is named) inside a with-block; flags are restored."""
        arrays = [self.arrays[c] for c in columns] if columns else self.arrays.values()
        locked = [array for array in arrays if not array.flags.writeable]
        for array in locked:
            array.setflags(write=True)
        try:
            yield
        finally:
            for array in locked:
                array.setflags(write=False)


class Population(Table):
    """Agents of one kind as growable columns; rows are reused a quarter after a death, keys never.

    Parameters
    ----------
    name, columns, widths : see `Table`
    sector : ledger sector of the agents' money
    capacity : rows set aside at the start
    """

    def __init__(
        self, name: str, columns: Mapping[str, Column], widths: Mapping[str, int], sector: str = "", capacity: int = 64
    ) -> None:
        base = {"key": Column("int64", "key", "Stable key of the agent"),
                "alive": Column("bool", "flag", "Whether the row holds a living agent")}
        self.sector = sector
        self.size = 0
        self.births_allowed = self.deaths_allowed = True
        self.growths = 0
        """How often the columns have moved to larger arrays."""
        self._free: Array = np.empty(0, dtype=np.int64)
        self._freed: list[Array] = []
        self._live: Array | None = None
        self._order: tuple[Array, Array] | None = None
        super().__init__(name, {**base, **columns}, max(int(capacity), 1), widths)

    @property
    def live(self) -> Array:
        """(n,) rows of the living agents, ascending."""
        if self._live is None:
            self._live = np.flatnonzero(self.arrays["alive"][: self.size])
            self._live.flags.writeable = False
        return self._live

    @property
    def count(self) -> int:
        """Number of living agents."""
        return len(self.live)

    def new_quarter(self) -> None:
        """Give the rows of last quarter's dead free for reuse."""
        if self._freed:
            self._free = np.sort(np.concatenate([self._free, *self._freed]), kind="stable")
            self._freed = []

    def add(self, keys: Array, **values: Any) -> Array:
        """Give birth to agents.

        Parameters
        ----------
        keys : (n,) int64, never used before
        **values : (n,), (n, width) or scalar for each column given; the others take their defaults

        Returns
        -------
        (n,) rows of the new agents

        Raises
        ------
        PermissionError
            The running process does not declare births.
        ValueError
            A key is alive already.
        """
        if not self.births_allowed:
            raise PermissionError(f'births in "{self.name}" are not declared in WRITES ("{self.name}.births")')
        keys = np.asarray(keys, dtype=np.int64)
        n = len(keys)
        if n == 0:
            return np.empty(0, dtype=np.int64)
        order = np.argsort(keys, kind="stable")
        ascending, (known_keys, known_rows) = keys[order], self._sorted()
        before = known_keys.searchsorted(ascending)
        known = len(known_keys) and (known_keys.take(before, mode="clip") == ascending).any()
        if known or (ascending[1:] == ascending[:-1]).any():
            raise ValueError(f"a key in {self.name} is alive already")
        reused, self._free = self._free[:n], self._free[n:]
        fresh = np.arange(self.size, self.size + n - len(reused))
        self.size += len(fresh)
        self._reserve(self.size)
        rows = np.concatenate([reused, fresh])
        with self.unlocked():
            for column, spec in self.columns.items():
                self.arrays[column][rows] = values.get(column, spec.default)
            self.arrays["key"][rows] = keys
            self.arrays["alive"][rows] = True
        unknown = set(values) - set(self.columns)
        if unknown:
            raise AttributeError(f"{self.name} has no column {sorted(unknown)[0]!r}")
        self._live = None
        places = before + np.arange(n)
        old = np.ones(len(known_keys) + n, dtype=bool)
        old[places] = False
        both_keys, both_rows = np.empty((2, len(old)), dtype=np.int64)
        both_keys[old], both_keys[places] = known_keys, ascending
        both_rows[old], both_rows[places] = known_rows, rows[order]
        self._order = both_keys, both_rows
        return rows

    def remove(self, rows: Array) -> None:
        """Let agents die; their rows keep their values until they are reused next quarter.

        Parameters
        ----------
        rows : (n,) rows of living agents

        Raises
        ------
        PermissionError
            The running process does not declare deaths.
        ValueError
            A row is named twice, or its agent is dead.
        """
        if not self.deaths_allowed:
            raise PermissionError(f'deaths in "{self.name}" are not declared in WRITES ("{self.name}.deaths")')
        rows = np.asarray(rows, dtype=np.int64)
        if rows.size == 0:
            return
        alive = self.arrays["alive"]
        left = alive.copy()
        left[rows] = False
        if np.count_nonzero(alive) - np.count_nonzero(left) != rows.size:
            raise ValueError(f"an agent in {self.name} dies twice")
        with self.unlocked("alive"):
            alive[:] = left
        self._freed.append(rows)
        self._live = None
        if self._order is not None:
            keys, places = self._order
            kept = np.flatnonzero(left.take(places))
            self._order = keys.take(kept), places.take(kept)

    def rows_of(self, keys: Array) -> Array:
        """Return the rows of agents by key.

        Parameters
        ----------
        keys : (n,) int64

        Returns
        -------
        (n,) int64, -1 where no living agent has the key
        """
        sorted_keys, rows = self._sorted()
        keys = np.asarray(keys, dtype=np.int64)
        if not len(rows):
            return np.full(keys.shape, -1, dtype=np.int64)
        places = sorted_keys.searchsorted(keys)
        return np.where(sorted_keys.take(places, mode="clip") == keys, rows.take(places, mode="clip"), -1)

    def _sorted(self) -> tuple[Array, Array]:
        """Return the keys of the living in ascending order, and their rows."""
        if self._order is None:
            keys = self.arrays["key"][self.live]
            order = np.argsort(keys, kind="stable")
            self._order = keys[order], self.live[order]
        return self._order

    def at(self, rows: Array) -> Purse:
        """Return the purses of agents, as payer or payee of a payment."""
        return Purse(self, np.asarray(rows, dtype=np.int64))

    def _reserve(self, rows: int) -> None:
        have = len(self)
        if rows <= have:
            return
        self.growths += 1
        room = max(rows, have + have // 2 + 16)
        for column, old in list(self.arrays.items()):
            new = self._filled(column, room)
            new[:have] = old
            new.flags.writeable = old.flags.writeable
            self._place(column, new)


class Purse(NamedTuple):
    """Cash of some agents of a population, as payer or payee in the ledger."""

    population: Population
    rows: Array
