"""Dense tables of records that hold agent keys: loans, holdings, trust, memberships, results.

Rows of these tables have no identity of their own; they hold keys, so a death or a reused row can never
redirect a link.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simulation.draws import pair_keys
from simulation.populations.columns import Array, Column, Table


class Links(Table):
    """Records appended and dropped as a whole; each column is a dense array.

    Parameters
    ----------
    name, columns, widths : see `Table`
    """

    def __init__(self, name: str, columns: Mapping[str, Column], widths: Mapping[str, int] | None = None) -> None:
        self.open = True
        super().__init__(name, columns, 0, widths or {})

    def lock(self, locked: bool, columns: Any = None) -> None:
        """Forbid or allow changes of the whole table (see `Table.lock`)."""
        self.open = not locked
        super().lock(locked)

    def append(self, **values: Any) -> None:
        """Append records.

        Parameters
        ----------
        **values : (n,) or (n, width) for each column; columns left out take their defaults
        """
        self._check()
        unknown = set(values) - set(self.columns)
        if unknown:
            raise AttributeError(f"{self.name} has no column {sorted(unknown)[0]!r}")
        n = max((len(v) for v in values.values() if np.ndim(v)), default=1)
        if n == 0:
            return
        for column, old in list(self.arrays.items()):
            longer = np.empty((len(old) + n, *old.shape[1:]), dtype=old.dtype)
            longer[: len(old)] = old
            longer[len(old) :] = values.get(column, self.columns[column].default)
            self._place(column, longer)

    def keep(self, mask: Array) -> None:
        """Drop the records for which `mask` (n,) is false."""
        self._check()
        if not mask.all():
            kept = np.flatnonzero(mask)
            for column, old in list(self.arrays.items()):
                self._place(column, old.take(kept, axis=0))

    def _check(self) -> None:
        if not self.open:
            raise PermissionError(f'"{self.name}" is not declared in WRITES')


class TrustLinks(Links):
    """Trust between pairs of agents: raised by joint work, decaying when read, never stored twice.

    A pair is found by a sorted 64-bit code; 32 bytes a link.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            {
                "code": Column("int64", "key", "Code of the ordered pair, ascending"),
                "first": Column("int64", "key", "Firm"),
                "second": Column("int64", "key", "Institute"),
                "level": Column("float64", "1", "Trust when it was last raised", low=0, high=1),
                "since": Column("int32", "quarter", "Quarter in which it was last raised"),
            },
        )

    def lookup(self, first: Array, second: Array, quarter: int, decay: float) -> Array:
        """Return today's trust of pairs.

        Parameters
        ----------
        first, second : (n,) int64 keys
        quarter : now
        decay : share of trust lost a quarter without joint work

        Returns
        -------
        (n,) float in [0, 1], zero for pairs that never worked together
        """
        codes = self.arrays["code"]
        wanted = pair_keys(first, second)
        if not len(codes):
            return np.zeros(wanted.shape)
        places = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
        level = self.arrays["level"][places] * (1.0 - decay) ** (quarter - self.arrays["since"][places])
        return np.where(codes[places] == wanted, level, 0.0)

    def deepen(self, first: Array, second: Array, share: float, quarter: int, decay: float) -> None:
        """Raise the trust of pairs by a share of its gap to one.

        Parameters
        ----------
        first, second : (n,) int64 keys; a pair named twice is raised once
        share : in [0, 1]
        quarter, decay : see `lookup`
        """
        self._check()
        wanted, index = np.unique(pair_keys(first, second), return_index=True)
        if not len(wanted):
            return
        first, second = np.asarray(first)[index], np.asarray(second)[index]
        now = self.lookup(first, second, quarter, decay)
        level = now + share * (1.0 - now)
        codes = self.arrays["code"]
        places = np.searchsorted(codes, wanted)
        known = np.zeros(len(wanted), dtype=bool)
        if len(codes):
            known = codes[np.minimum(places, len(codes) - 1)] == wanted
            self.arrays["level"][places[known]] = level[known]
            self.arrays["since"][places[known]] = quarter
        new = ~known
        if not new.any():
            return
        # each new code goes before the first larger one, so that the codes stay in order
        at = places[new] + np.arange(np.count_nonzero(new))
        old = np.ones(len(codes) + len(at), dtype=bool)
        old[at] = False
        columns = {"code": wanted[new], "first": first[new], "second": second[new], "level": level[new],
                   "since": quarter}
        for column, values in columns.items():
            merged = np.empty(len(old), dtype=self.arrays[column].dtype)
            merged[old], merged[at] = self.arrays[column], values
            self._place(column, merged)

    def forget(self, quarter: int, decay: float, below: float) -> None:
        """Drop links whose trust has decayed below a level."""
        level = self.arrays["level"] * (1.0 - decay) ** (quarter - self.arrays["since"])
        self.keep(level >= below)
