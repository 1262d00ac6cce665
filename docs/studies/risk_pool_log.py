"""What the study of the risk pool keeps of a world, and how a pair of worlds is reduced to a few rows.

A world leaves keys of firms alive, loans, defaults and money by quarter; only the reduced rows leave the process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.evidence.guarantees import OLDEST, TIERS
from experiments.twins.additionality import YEAR, obtained_within
from simulation.dates import FIRST_QUARTER
from simulation.processes.credit.lending import DEFAULT, NEW

if TYPE_CHECKING:
    from simulation.model import Ecosystem

Array = np.ndarray
POOL = "risk_pool"
OUTCOMES = ("firms", "jobs", "gdp", "patents_granted", "high_tech_enterprises", "tech_loans", "rationed_share",
            "default_share")  # fmt: skip
"""Outcomes of the model that are read at each horizon; the study's own follow in `reduced`."""
FOLLOWED = 12
"""Quarters for which a borrower is followed after its first loan under cover."""
FLOWS = ("pool_claims", "guarantee_claims", "credit_losses", "public_spending")
ACCOUNTS = ("guarantee_fee", "cover_fee")


def _code(keys: Array, quarters: Array | int) -> Array:
    return np.asarray((np.asarray(keys, np.int64) << 10) + quarters)


class Log:
    """What is kept of one world from the quarter before the pool starts; keeping it changes nothing.

    Parameters
    ----------
    model : world that is watched, just after a quarter
    """

    def __init__(self, model: Ecosystem) -> None:
        self.scale = model.scenario.scale
        self.alive: dict[int, Array] = {}
        self._loans: list[pd.DataFrame] = []
        self._defaults: list[Array] = []
        self._money: dict[int, dict[str, float]] = {}
        self.bound = False
        """Whether the pool's capacity may have held a loan back; if not, a higher multiple changes nothing."""
        self.outcomes = pd.DataFrame()
        self.note(model)

    def note(self, model: Ecosystem) -> None:
        """Note the quarter that has just ended."""
        world, q = model.world, model.world.quarter
        f, book, events = world.firms, world.loans, world.records.tables.get("loans", {})
        self.alive[q] = np.sort(f.key[f.live])
        flows = {name: world.records.flows.get(name, 0.0) for name in FLOWS}
        self._money[q] = flows | {name: world.ledger.sum_of(name) for name in ACCOUNTS}
        if not events:
            return
        qualified = np.isin(events["tier"], TIERS) & (events["age"] <= OLDEST)
        # A pool that has stopped for its defaults offers nothing, whatever its multiple.
        levers = model.levers
        if POOL in model.scenario.policies and (levers.loss_cover.active or levers.guarantee_share.active):
            capacity = levers.cover_capacity.value()
            asked = events["asked"][qualified & (events["kind"] != DEFAULT)].sum()
            self.bound |= bool(capacity <= 0.0 or asked > capacity)
        # The guarantor's part is told by the loan book alone; it stands by itself where the pool's share is zero.
        aided = book.firm[(book.born == q) & (book.covered + book.guaranteed > 0.0)]
        made = (events["kind"] == NEW) & (events["granted"] > 0.0)
        key = events["firm_key"][made]
        self._loans.append(pd.DataFrame({
            "key": key, "quarter": q, "amount": events["granted"][made], "unaided": events["unaided"][made],
            "qualified": qualified[made], "aided": np.isin(key, aided) | (events["covered"][made] > 0.0),
        }))  # fmt: skip
        self._defaults.append(_code(np.unique(events["firm_key"][events["kind"] == DEFAULT]), q))

    def close(self, model: Ecosystem) -> Log:
        """Keep the outcomes of a world at its end, and join what was noted."""
        self.outcomes = model.datacollector.get_model_vars_dataframe()
        columns = ["key", "quarter", "amount", "unaided", "qualified", "aided"]
        self.loans = pd.concat([pd.DataFrame(columns=columns), *self._loans] if not self._loans else self._loans,
                               ignore_index=True)  # fmt: skip
        codes = np.concatenate([np.empty(0, np.int64), *self._defaults])
        self.default_keys, self.default_quarters = codes >> 10, codes & 1023
        self.living = np.sort(np.concatenate([_code(keys, q) for q, keys in self.alive.items()]))
        self.money = (pd.DataFrame(self._money).T.cumsum() / self.scale)
        return self

    def lives(self, keys: Array, quarters: Array | int) -> Array:
        """Return which firms (n,) are alive at the end of quarters (n,)."""
        wanted = _code(keys, quarters)
        return self.living[np.minimum(np.searchsorted(self.living, wanted), len(self.living) - 1)] == wanted

    def defaults(self, keys: Array, quarters: Array) -> Array:
        """Return which firms (n,) default on a loan within the quarters followed, from quarters (n,) on."""
        return obtained_within(keys, quarters, self.default_keys, self.default_quarters, FOLLOWED)


def walked(model: Ecosystem) -> Log:
    """Let a world go on to its end and return what is kept of it."""
    log = Log(model)
    while model.running:
        model.step()
        log.note(model)
    return log.close(model)


def reduced(own: Log, twin: Log, horizons: dict[str, int]) -> pd.DataFrame:
    """Return a world, beside its twin without the pool, as one row for each horizon.

    Numbers of agents and money are at 1:1; money is summed from the start of the pool to the horizon (million CNY).

    Parameters
    ----------
    own, twin : the world and the one without the pool, of the same seed
    horizons : quarters by name

    Returns
    -------
    `OUTCOMES` and: `survivors` of the firms alive before the start; `claims`, `fees`, `guarantor` (its claims less its
    fees), `outlay` (payments of the policy less what came back), `public` (outlay and guarantor), `appropriated`,
    `bank_losses` (after claims); on loans under cover made by then: `loans`, `amount`, `judged` (the twin's year is
    over), and of these `moment` and `year` (additional in the two readings); on their borrowers, first loan each, alive
    in both worlds just before: `borrowers`, `kept` and `lost` (alive by then in one world only); on those followed for
    three years: `followed`, `defaulted`, `gone`, the same of the twins, and `others`, `others_defaulted` for
    qualified borrowers without cover in the same world
    """
    scale, last, start = own.scale, max(own.alive), own.alive[FIRST_QUARTER - 1]
    loans = own.loans[own.loans["quarter"] >= FIRST_QUARTER]
    covered = loans[loans["aided"].astype(bool)]
    keys, quarters = covered["key"].to_numpy(np.int64), covered["quarter"].to_numpy(np.int64)
    others = twin.loans
    covered = covered.assign(
        judged=quarters + YEAR - 1 <= last, moment=~covered["unaided"].astype(bool),
        year=~obtained_within(keys, quarters, others["key"], others["quarter"]),
    )  # fmt: skip
    first = covered.drop_duplicates("key")
    first = first[own.lives(first["key"], first["quarter"] - 1) & twin.lives(first["key"], first["quarter"] - 1)]
    plain = loans[~loans["aided"].astype(bool) & loans["qualified"].astype(bool)].drop_duplicates("key")
    rows = []
    for name, q in horizons.items():
        made = covered[covered["quarter"] <= q]
        told, money = made[made["judged"]], own.money.loc[q]
        row: dict[str, float] = {column: float(own.outcomes.loc[q, column]) for column in OUTCOMES}
        recovered = own.outcomes.loc[q, "public_recovered"]
        guarantor = money["guarantee_claims"] - money["guarantee_fee"]
        row |= {
            "survivors": np.isin(start, own.alive[q]).sum() / scale, "claims": money["pool_claims"],
            "fees": money["cover_fee"], "guarantor": guarantor, "outlay": money["public_spending"] - recovered,
            "public": money["public_spending"] - recovered + guarantor,
            "appropriated": own.outcomes.loc[q, "public_appropriated"],
            "bank_losses": money["credit_losses"] - money["pool_claims"] - money["guarantee_claims"],
            "loans": len(made) / scale, "amount": made["amount"].sum() / scale, "judged": len(told) / scale,
            "moment": told["moment"].sum() / scale, "year": told["year"].sum() / scale,
        }  # fmt: skip
        row |= {column: count / scale for column, count in _borrowers(own, twin, first, plain, q, last).items()}
        rows.append({"horizon": name, "quarter": q, **row})
    return pd.DataFrame(rows)


def _borrowers(
    own: Log, twin: Log, first: pd.DataFrame, plain: pd.DataFrame, q: int, last: int
) -> dict[str, float]:  # fmt: skip
    mine = first[first["quarter"] <= q]
    here, there = own.lives(mine["key"], q), twin.lives(mine["key"], q)
    long = mine[mine["quarter"] + FOLLOWED - 1 <= last]
    keys, quarters = long["key"].to_numpy(np.int64), long["quarter"].to_numpy(np.int64)
    beside = plain[(plain["quarter"] <= q) & (plain["quarter"] + FOLLOWED - 1 <= last)]
    end = quarters + FOLLOWED - 1
    return {
        "borrowers": len(mine), "kept": (here & ~there).sum(), "lost": (there & ~here).sum(), "followed": len(long),
        "defaulted": own.defaults(keys, quarters).sum(), "twin_defaulted": twin.defaults(keys, quarters).sum(),
        "gone": (~own.lives(keys, end)).sum(), "twin_gone": (~twin.lives(keys, end)).sum(), "others": len(beside),
        "others_defaulted": own.defaults(beside["key"].to_numpy(np.int64), beside["quarter"].to_numpy(np.int64)).sum(),
    }  # fmt: skip
