"""Would it have happened anyway: two readings of additionality, for what a policy's money or offer is for.

At that moment: nobody would have granted it then without the policy. Within a year: the twin did not get it either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from experiments.twins.worlds import World

Array = np.ndarray
YEAR = 4
TECH_SME = 2

LOAN, RENEWAL, RESEARCH, TITLE, DIGITAL, FOUNDING, RESIDENCE = (
    "loan", "renewal", "research", "title", "digital", "founding", "residence",
)  # fmt: skip
PURPOSES = {
    "covered_loan": LOAN,
    "covered_renewal": RENEWAL,
    "rd_subsidy": RESEARCH,
    "grant": RESEARCH,
    "key_technology": RESEARCH,
    "title_award": TITLE,
    "digital_adoption_share": DIGITAL,
    "start_grant": FOUNDING,
    "housing_subsidy": RESIDENCE,
    "service_access": RESIDENCE,
    "relocation_grant": RESIDENCE,
}
"""What an account or lever is for, where the twin can tell whether it happened anyway; others have no reading."""


def obtained_within(keys: Any, quarters: Any, event_keys: Any, event_quarters: Any, span: int = YEAR) -> Array:
    """Return for which agents an event falls into some quarters from a moment on.

    Parameters
    ----------
    keys, quarters : (n,) who, and from when on
    event_keys, event_quarters : (m,)
    span : quarters looked at, the first included

    Returns
    -------
    (n,) bool
    """
    keys, quarters = np.asarray(keys, np.int64), np.asarray(quarters, np.int64)
    events = np.unique((np.asarray(event_keys, np.int64) << 10) + np.asarray(event_quarters, np.int64))
    first = np.searchsorted(events, (keys << 10) + quarters)
    after = np.searchsorted(events, (keys << 10) + quarters + span)
    return np.asarray(after > first)


def cases(own: World, twin: World, policy: str, until: int) -> pd.DataFrame:
    """Return what a policy's money or offers were used for, and how much of it the twin did without the policy.

    Parameters
    ----------
    own, twin : world with and without the policy
    policy : by name
    until : last quarter that is read; cases whose twin's year is not over by then are left out

    Returns
    -------
    one row per agent, quarter and purpose: `purpose`, `key`, `quarter`, `weight` (one; for research, million CNY of
    R&D), and the shares that were not done at that `moment` and not within a `year` (undefined where it has none)
    """
    notes = own.reached
    notes = notes[(notes["policy"] == policy) & (notes["way"] != "recovered") & (notes["quarter"] <= until - YEAR + 1)]
    purpose = notes["by"].astype(object).map(PURPOSES)
    promised = notes["way"] == "offered"
    notes = notes.assign(purpose=purpose)[purpose.notna() & (promised == (purpose == RESIDENCE))]
    table = notes.drop_duplicates(["purpose", "key", "quarter"])[["purpose", "key", "quarter"]].reset_index(drop=True)
    # Candidates who stay away were offered something too, and residents lived here before: newcomers alone are cases.
    others = (table["purpose"] == RESIDENCE) & ~own.arrives(table["key"].to_numpy(), table["quarter"].to_numpy())
    table = table[~others].reset_index(drop=True).assign(weight=1.0, moment=np.nan, year=np.nan)
    for name, rows in table.groupby("purpose"):
        readings = _RULES[str(name)](own, twin, rows["key"].to_numpy(), rows["quarter"].to_numpy())
        for column, values in zip(("weight", "moment", "year"), readings, strict=True):
            table.loc[rows.index, column] = np.asarray(values, dtype=float)
    return table


Reading = tuple[Array | float, Array | float, Array | float]


def _loan(own: World, twin: World, keys: Array, quarters: Array) -> Reading:
    """Refused then by every bank that the firm asks, judged without cover; no new loan of the twin within a year."""
    loans = own.loans[own.loans["new"]]
    unaided = loans[loans["unaided"]]
    others = twin.loans[twin.loans["new"]]
    moment = ~obtained_within(keys, quarters, unaided["firm_key"], unaided["quarter"], 1)
    year = ~obtained_within(keys, quarters, others["firm_key"], others["quarter"])
    return 1.0, moment, year


def _renewal(own: World, twin: World, keys: Array, quarters: Array) -> Reading:
    """Would not have been renewed then without cover; the twin's year cannot tell, for it may have no loan."""
    loans = own.loans[~own.loans["new"] & own.loans["unaided"]]
    return 1.0, ~obtained_within(keys, quarters, loans["firm_key"], loans["quarter"], 1), np.nan


def _research(own: World, twin: World, keys: Array, quarters: Array) -> Reading:
    """Share of the firm's real R&D beyond its twin's, in the quarter and over the year that begins with it."""
    mine, others = np.zeros((YEAR, len(keys))), np.zeros((YEAR, len(keys)))
    for ahead in range(YEAR):
        mine[ahead] = own.firm_values("rd_spend", keys, quarters + ahead)
        others[ahead] = twin.firm_values("rd_spend", keys, quarters + ahead)
    total = mine.sum(axis=0)

    def beyond(own_rd: Array, twin_rd: Array) -> Array:
        return 1.0 - np.minimum(twin_rd, own_rd) / np.maximum(own_rd, 1e-12)

    return total, beyond(mine[0], others[0]), beyond(total, others.sum(axis=0))


def _title(own: World, twin: World, keys: Array, quarters: Array) -> Reading:
    """Title that the twin does not hold in the quarter, or in none of the year."""
    tier = np.maximum(own.firm_values("tier", keys, quarters), TECH_SME)
    return _never(lambda q: twin.firm_values("tier", keys, q) >= tier, quarters)


def _digital(own: World, twin: World, keys: Array, quarters: Array) -> Reading:
    return _never(lambda q: twin.firm_values("digital", keys, q) > 0.0, quarters)


def _founding(own: World, twin: World, keys: Array, quarters: Array) -> Reading:
    return _never(lambda q: twin.firm_values("tier", keys, q) > 0.0, quarters)


def _residence(own: World, twin: World, keys: Array, quarters: Array) -> Reading:
    return _never(lambda q: twin.present(keys, q), quarters)


def _never(holds: Callable[[Array], Array], quarters: Array) -> Reading:
    """Return whether something does not hold for the twin in the first quarter, and in none of the year."""
    found = [holds(quarters + ahead) for ahead in range(YEAR)]
    return 1.0, ~found[0], ~np.any(found, axis=0)


_RULES = {LOAN: _loan, RENEWAL: _renewal, RESEARCH: _research, TITLE: _title, DIGITAL: _digital, FOUNDING: _founding,
          RESIDENCE: _residence}  # fmt: skip
