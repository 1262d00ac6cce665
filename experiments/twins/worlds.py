"""The tables of one world, looked up by agent and quarter, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.twins.watch import OWN, PLACEBO, TABLES, empty_table

Array = np.ndarray
QUARTER_BITS = 10
"""Keys are below 2**50, so key and quarter fit one whole number."""


class World:
    """Tables of one world as `watch.Notes` makes them.

    Parameters
    ----------
    tables : by name
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self.firms, self.people, self.loans, self.books, self.flows, self.reached = (tables[name] for name in TABLES)
        code = _code(self.firms["key"].to_numpy(), self.firms["quarter"].to_numpy())
        self._order = np.argsort(code, kind="stable")
        self._code = code[self._order]

    @property
    def last(self) -> int:
        """Last quarter of the run."""
        return int(self.books["quarter"].max())

    def firms_in(self, quarter: int) -> pd.DataFrame:
        """Return the firms that live in a quarter, by key."""
        return self.firms[self.firms["quarter"] == quarter].set_index("key").drop(columns="quarter")

    def firm_values(self, column: str, keys: Array, quarters: Array, missing: float = 0.0) -> Array:
        """Return a column of firms (n,) in quarters (n,), and a value for those that do not live then."""
        if not len(self._code):
            return np.full(len(keys), missing)
        wanted = _code(keys, quarters)
        place = np.minimum(np.searchsorted(self._code, wanted), len(self._code) - 1)
        values = self.firms[column].to_numpy(float)[self._order[place]]
        return np.where(self._code[place] == wanted, values, missing)

    def present(self, keys: Array, quarters: Array) -> Array:
        """Return which people (n,) are in the district in quarters (n,)."""
        return np.asarray((self._spell("first", keys, 2**15) <= quarters) & (quarters <= self._spell("last", keys, -1)))

    def arrives(self, keys: Array, quarters: Array) -> Array:
        """Return which people (n,) are seen in the district for the first time in quarters (n,)."""
        return np.asarray(self._spell("first", keys, -1) == quarters)

    def _spell(self, column: str, keys: Array, missing: int) -> Array:
        spells = self.people.set_index("key")[column].astype("int64")
        return spells.reindex(keys, fill_value=missing).to_numpy()

    def first_seen(self) -> pd.DataFrame:
        """Return the state in which each firm was first seen, by key, with that quarter."""
        return self.firms.drop_duplicates("key").set_index("key")

    def reached_by(self, policy: str | None, agent: str, until: int) -> Array:
        """Return keys of the agents of a kind that a policy (or any) reached up to a quarter.

        Reached are those whom it paid or who used what it offers; where it never does either for that kind of agent,
        those for whom its levers held. Candidates who stayed away are not among them.

        Parameters
        ----------
        policy : by name; None for all of them
        agent : "firms", "talent", "institutes" or "funds"
        until : last quarter
        """
        notes = self.reached
        notes = notes[(notes["agent"] == agent) & (notes["quarter"] <= until)]
        found = [np.empty(0, dtype=np.int64)]
        for name in notes["policy"].unique() if policy is None else [policy]:
            mine = notes[notes["policy"] == name]
            direct = mine[mine["way"].isin(["paid", "used"])]
            found.append((direct if len(direct) else mine)["key"].to_numpy())
        keys = np.unique(np.concatenate(found))
        known = {"firms": self.firms, "talent": self.people}.get(agent)
        return keys if known is None else keys[np.isin(keys, known["key"].to_numpy())]

    def public_money(self, until: int, policy: str | None = None, by: Sequence[str] | None = None) -> float:
        """Return what policies paid less what they recovered up to a quarter, at the run's scale (million CNY)."""
        notes = self.reached[self.reached["quarter"] <= until]
        if policy is not None:
            notes = notes[notes["policy"] == policy]
        if by is not None:
            notes = notes[notes["by"].isin(by)]
        amount = notes.groupby("way", observed=False)["amount"].sum()
        return float(amount.get("paid", 0.0) - amount.get("recovered", 0.0))

    def paid_between(self, until: int) -> pd.Series:
        """Return all payments up to a quarter by account, payer and payee, at the run's scale (million CNY)."""
        rows = self.flows[self.flows["quarter"] <= until]
        return rows.groupby(["account", "payer", "payee"], observed=True)["amount"].sum()


def _code(keys: Array, quarters: Array) -> Array:
    return np.asarray((np.asarray(keys, np.int64) << QUARTER_BITS) + quarters)


@dataclass
class Twins:
    """The worlds of a comparison by scenario and seed, read one pair at a time.

    Parameters
    ----------
    folder : result folder, whose micro-data are read; None if the tables are at hand
    tables : micro tables of runs by scenario and seed
    """

    folder: Path | None
    tables: Mapping[tuple[str, int], Mapping[str, pd.DataFrame]]

    def world(self, scenario: str, seed: int, kind: str = OWN) -> World | None:
        """Return a world, or None if it was not watched."""
        found = self.tables.get((scenario, seed))
        if found is None or not found:
            found = {f"{kind}/{name}": self._read(kind, name, scenario, seed) for name in TABLES}
        if found.get(f"{kind}/books") is None or found[f"{kind}/books"].empty:
            return None
        return World({name: found[f"{kind}/{name}"] for name in TABLES})

    def placebo(self, baseline: str, seed: int) -> World | None:
        """Return the world of a seed in which one person is missing."""
        return self.world(baseline, seed, PLACEBO)

    def _read(self, kind: str, name: str, scenario: str, seed: int) -> pd.DataFrame:
        path = None if self.folder is None else self.folder / "micro" / kind / name
        if path is None or not path.is_dir():
            return empty_table(name)  # tables without rows are not written
        rows = pd.read_parquet(path, filters=[("scenario", "==", scenario), ("seed", "==", seed)])
        return rows.drop(columns=["run_id", "scenario", "seed"])


def pairs(twins: Twins, baseline: str, scenario: str, seeds: list[int]) -> Iterator[tuple[World, World, World | None]]:
    """Yield both worlds of each seed, and its placebo if there is one."""
    for seed in seeds:
        before, after = twins.world(baseline, seed), twins.world(scenario, seed)
        if before is not None and after is not None:
            yield before, after, twins.placebo(baseline, seed)
