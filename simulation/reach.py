"""Whom policies reach: the quarter's payments, offers and uses by agent, noted only when somebody asks.

Notes are taken beside what happens and change nothing; a world that is not watched holds none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.populations.columns import Array

WAYS = ("paid", "used", "offered", "recovered")
"""How an agent is reached: money of the policy paid to it; an offer that it used; a lever that held for it when a
process read it (noted once for an agent, policy and lever); money that the policy took back."""
COLUMNS = ("key", "policy", "agent", "way", "by", "amount")
COVER_LEVERS = ("loss_cover", "guarantee_share")
USED_LEVERS = {"training": "training_places", "courses": "course_places"}
"""Tables of events that tell who took a place which a lever offers."""


class Reach:
    """Notes of a quarter, and of who was offered what since the start."""

    def __init__(self) -> None:
        self.moving: dict[str, dict[str, int]] = {}
        """Quarter in which a policy first moved a lever, by lever and policy."""
        self._notes: list[tuple[str, str, Array, str, str, Array]] = []
        self._holding: dict[tuple[str, str], list[Array]] = {}
        self._offered: dict[tuple[str, str], Array] = {}

    def open_quarter(self) -> None:
        """Forget the notes of the quarter before."""
        self._notes, self._holding = [], {}

    def moved(self, lever: str, policy: str, quarter: int) -> None:
        """Note that a policy moves a lever."""
        self.moving.setdefault(lever, {}).setdefault(policy, quarter)

    def paid(self, policy: str, agent: str, keys: Array, by: str, amounts: Array) -> None:
        """Note payments of a policy under an account of the ledger.

        Parameters
        ----------
        agent : population of the payees, or a sector without purses (its key is 0)
        keys, amounts : (n,), million CNY
        """
        some = amounts > 0.0
        self._notes.append((policy, agent, keys[some], "paid", by, amounts[some]))

    def recovered(self, policy: str, by: str, amount: float) -> None:
        """Note money that flows back to a policy's account (million CNY)."""
        self._notes.append((policy, "", np.zeros(1, dtype=np.int64), "recovered", by, np.full(1, amount)))

    def offered(self, policy: str, agent: str, lever: str, keys: Array) -> None:
        """Note for whom (n,) a lever holds that a process has just read."""
        self._holding.setdefault((policy, lever), []).append(keys)
        known = self._offered.get((policy, lever), np.empty(0, dtype=np.int64))
        new = np.setdiff1d(keys, known)
        if len(new):
            self._offered[policy, lever] = np.union1d(known, new)
            self._notes.append((policy, agent, new, "offered", lever, np.zeros(len(new))))

    def notes(self, tables: dict[str, dict[str, Array]], born: dict[int, int]) -> dict[str, Any]:
        """Return the quarter's notes as columns, one row for each agent, policy, way and account or lever.

        Parameters
        ----------
        tables : events of the quarter, which tell who used an offer
        born : first quarter of each fund by key, so that only funds raised under a policy are its own
        """
        notes = [*self._notes, *self._covered(tables), *self._placed(tables), *self._financed(tables, born)]
        lengths = [len(keys) for _, _, keys, _, _, _ in notes]

        def spread(place: int) -> Array:
            return np.repeat(np.array([note[place] for note in notes], dtype=object), lengths)

        def joined(place: int, dtype: str) -> Array:
            return np.concatenate([np.empty(0, dtype), *(np.asarray(note[place], dtype) for note in notes)])

        return {"policy": spread(0), "agent": spread(1), "key": joined(2, "int64"), "way": spread(3), "by": spread(4),
                "amount": joined(5, "float64")}

    def _covered(self, tables: dict[str, dict[str, Array]]) -> list[Any]:
        """Firms whose new or renewed loan is covered, by each policy whose cover held for them."""
        loans = tables.get("loans")
        if loans is None:
            return []
        used = (loans["covered"] > 0.0) & (loans["granted"] > 0.0)
        found = []
        for (policy, lever), keys in self._holding.items():
            if lever in COVER_LEVERS:
                mine = used & np.isin(loans["firm_key"], np.concatenate(keys))
                renewed = loans["kind"] != 0
                for by, which in (("covered_loan", mine & ~renewed), ("covered_renewal", mine & renewed)):
                    found.append((policy, "firms", loans["firm_key"][which], "used", by, loans["granted"][which]))
        return found

    def _placed(self, tables: dict[str, dict[str, Array]]) -> list[Any]:
        """People who took a place of a course."""
        found = []
        for table, lever in USED_LEVERS.items():
            people = tables.get(table, {}).get("person_key", np.empty(0, dtype=np.int64))
            for policy in self.moving.get(lever, {}):
                found.append((policy, "talent", people, "used", table, np.zeros(len(people))))
        return found

    def _financed(self, tables: dict[str, dict[str, Array]], born: dict[int, int]) -> list[Any]:
        """Firms in which funds that a policy anchored have put money."""
        deals, anchors = tables.get("deals"), self.moving.get("anchor_commitment", {})
        if deals is None or not anchors:
            return []
        found = []
        public = (deals["public_share"] > 0.0) & ~deals["exited"].astype(bool) & (deals["firm_key"] > 0)
        raised = np.array([born.get(key, -1) for key in deals["fund_key"].tolist()])
        for policy, since in anchors.items():
            mine = public & (raised >= since)
            found.append((policy, "firms", deals["firm_key"][mine], "used", "venture_deal", deals["amount"][mine]))
        return found
