"""What one pair of worlds says: quantities of a policy as numerators and denominators, to be added up over seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from experiments.twins.additionality import PURPOSES, RESEARCH, cases
from experiments.twins.worlds import World
from simulation.populations.firms import TIERS

Array = np.ndarray
UNITS = {"firms": "firms", "talent": "people", "institutes": "institutes", "funds": "funds"}
FIRM_OUTCOMES = {
    "survival": "firms", "sales": "million CNY a quarter", "value_added": "million CNY a quarter",
    "rd_spend": "million CNY a quarter", "staff": "people", "patents": "patents", "high_tech": "firms",
}  # fmt: skip
HIGH_TECH = 3
LOST = {"firms": "survival", "sales": "sales", "staff": "staff", "patents": "patents"}
"""Outcomes by which displacement is told, and the firm outcome that each sums up."""
PRIVATE = {
    "bank_loans": (("loan_principal", "banks", "firms", 1.0), ("loan_repayment", "firms", "banks", -1.0)),
    "venture": (("capital_call", "households", "funds", 1.0),),
    "founding_capital": (("founding_capital", "households", "firms", 1.0),),
    "relocation_capital": (("relocation_capital", "world", "firms", 1.0),),
}
"""Private money put into firms and funds of the district: accounts of the ledger, payer, payee and sign."""
SIZES = ((0.0, "below 2"), (2.0, "2 to 20"), (20.0, "20 to 200"), (200.0, "200 and more"))
AGES = ((0, "below 3 years"), (12, "3 to 8 years"), (32, "8 years and more"))
NEWCOMER = "founded since"
CELL_OUTCOMES = ("firms", "sales", "staff", "patents")


class Case(NamedTuple):
    """What is compared.

    Parameters
    ----------
    scale : of the runs
    policies : of the scenario, by name
    start : first quarter of any of them
    reading : quarter in which agents are compared
    zone_of, zones, industries : zone of each cell, and names
    """

    scale: float
    policies: Sequence[str]
    start: int
    reading: int
    zone_of: Array
    zones: Sequence[str]
    industries: Sequence[str]

    @property
    def sole(self) -> str:
        """The policy to which what cannot be told apart belongs; empty for several."""
        return self.policies[0] if len(self.policies) == 1 else ""


RATIOS = ("effect_treated", "additional_moment", "additional_year", "deadweight", "leverage")
"""Quantities that are ratios of sums over seeds; the others are means over seeds."""
COUNTS = ("firms", "people", "patents", "institutes", "funds")
"""Units in which a difference of less than one agent, or one patent, is no difference."""


class Measure(NamedTuple):
    """A quantity of one pair: its value is a ratio of sums over seeds."""

    policy: str
    quantity: str
    group: str
    outcome: str
    unit: str
    numerator: float
    denominator: float = 1.0


def firm_states(world: World, quarter: int) -> pd.DataFrame:
    """Return the outcomes of living firms in a quarter, by key, with their industry and cell."""
    table = world.firms_in(quarter)
    return table.assign(survival=1.0, high_tech=(table["tier"] >= HIGH_TECH).astype(float))


def changes(before: pd.DataFrame, after: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return each firm's outcomes in the second world less those in the first; 0 where it does not live."""
    keys = before.index.union(after.index)
    names = list(columns)
    after, before = (table[names].reindex(keys, fill_value=0.0).astype(float) for table in (after, before))
    return after - before


def measures(base: World, own: World, case: Case, other: World | None = None) -> Iterator[Measure]:
    """Yield the quantities of a pair; with a placebo in place of the policy's world, what chance makes of them.

    Parameters
    ----------
    base : world without the policy
    own : world with the policy, which tells whom it reached
    case : what is compared
    other : world compared with the base; by default `own`
    """
    placebo, other = other is not None, own if other is None else other
    change = changes(firm_states(base, case.reading), firm_states(other, case.reading), list(FIRM_OUTCOMES))
    for policy in case.policies:
        yield from _reach(base, own, other, case, policy, change, placebo)
        yield from _anyway(base, own, other, case, policy)
    yield from _displaced(base, own, other, case, change)
    yield from _money(base, own, other, case)


def _reach(base: World, own: World, other: World, case: Case, policy: str, change: pd.DataFrame,
           placebo: bool) -> Iterator[Measure]:
    found = {agent: own.reached_by(policy, agent, case.reading) for agent in UNITS}
    if not any(map(len, found.values())):
        yield Measure(policy, "reached", "firms", "", UNITS["firms"], 0.0)
    for agent, keys in found.items():
        if not len(keys):
            continue
        yield Measure(policy, "reached", agent, "", UNITS[agent], 0.0 if placebo else len(keys) / case.scale)
        if agent == "firms":
            treated = change.reindex(keys, fill_value=0.0).sum()
            for outcome, name in FIRM_OUTCOMES.items():
                shown = f"{name} per firm" if name not in ("firms",) else "share"
                yield Measure(policy, "effect_treated", agent, outcome, shown, float(treated[outcome]), len(keys))
        elif agent == "talent":
            quarters = np.full(len(keys), case.reading)
            here, there = other.present(keys, quarters), base.present(keys, quarters)
            yield Measure(policy, "effect_treated", agent, "residence", "share", float(here.sum() - there.sum()),
                          len(keys))
            both = keys[here & there]
            wages = [world.people.set_index("key")["wage"].reindex(both).fillna(0.0).sum() for world in (other, base)]
            yield Measure(policy, "effect_treated", agent, "wage", "million CNY a year per person",
                          float(wages[0] - wages[1]), len(both))


def _anyway(base: World, own: World, other: World, case: Case, policy: str) -> Iterator[Measure]:
    """Yield additionality and deadweight; with a placebo, how far a year's reading would move by chance."""
    until = min(own.last, base.last)
    table = cases(own, base, policy, until)
    chance = cases(own, other, policy, until) if other is not own else None
    for name, rows in table.groupby("purpose"):
        weight = rows["weight"].to_numpy()
        for reading in ("moment", "year"):
            share = rows[reading].to_numpy(float)
            if np.isnan(share).any():
                continue
            added = float(weight @ share)
            if chance is not None:
                again = chance.loc[rows.index, reading].to_numpy(float)
                added = float(weight @ again) - added
            yield Measure(policy, f"additional_{reading}", "", str(name), "share", added, float(weight.sum()))
            if reading == "year" or name == "renewal":
                rest = -added if chance is not None else float(weight.sum()) - added
                yield Measure(policy, "deadweight", "", str(name), "share", rest, float(weight.sum()))


def _displaced(base: World, own: World, other: World, case: Case, change: pd.DataFrame) -> Iterator[Measure]:
    """Yield what untreated firms and neighbours lost: positive where there is less with the policy."""
    treated = own.reached_by(None, "firms", case.reading)
    untreated = change[~change.index.isin(treated)]
    known = pd.concat([base.first_seen(), own.first_seen(), other.first_seen()])
    known = known[~known.index.duplicated()].loc[untreated.index]
    zones = np.asarray(case.zones, dtype=object)[case.zone_of[known["cell"].to_numpy(int)]]
    industries = np.asarray(case.industries, dtype=object)[known["industry"].to_numpy(int)]
    for outcome, column in LOST.items():
        lost, unit = -untreated[column] / case.scale, FIRM_OUTCOMES[column]
        yield Measure(case.sole, "displaced", "", outcome, unit, float(lost.sum()))
        for kind, names, labels in (("zone", case.zones, zones), ("industry", case.industries, industries)):
            sums = lost.groupby(labels).sum().reindex(list(names), fill_value=0.0)
            for name, value in sums.items():
                yield Measure(case.sole, "displaced", f"{kind}:{name}", outcome, unit, float(value))
    for outcome, column in (("firms", "neighbour_firms"), ("talent", "neighbour_talent")):
        stocks = [world.books.set_index("quarter")[column].get(case.reading, 0.0) for world in (base, other)]
        yield Measure(case.sole, "displaced", "neighbours", outcome, UNITS[outcome],
                      float(stocks[0] - stocks[1]) / case.scale)


def _money(base: World, own: World, other: World, case: Case) -> Iterator[Measure]:
    """Yield private money drawn in (positive) or out, and its ratio to public money paid."""
    flows = [world.paid_between(case.reading) for world in (other, base)]
    total = 0.0
    for name, accounts in PRIVATE.items():
        sums = [sum(sign * _summed(table, account, payer, payee) for account, payer, payee, sign in accounts)
                for table in flows]
        value = sums[0] - sums[1]
        total += value
        yield Measure(case.sole, "private_money", "", name, "million CNY", value / case.scale)
    yield Measure(case.sole, "private_money", "", "all", "million CNY", total / case.scale)
    real = [world.books.loc[world.books["quarter"] <= case.reading, "rd_real"].sum() for world in (other, base)]
    research = [account for account, purpose in PURPOSES.items() if purpose == RESEARCH]
    public = own.public_money(case.reading, by=research) if other is own else 0.0
    yield Measure(case.sole, "private_money", "", "own_research", "million CNY",
                  float(real[0] - real[1] - public) / case.scale)
    yield Measure(case.sole, "leverage", "", "", "ratio", total, own.public_money(case.reading))


def _summed(flows: pd.Series, account: str, payer: str, payee: str) -> float:
    return float(flows.get((account, payer, payee), 0.0))


def groups_of(world: World, case: Case) -> pd.DataFrame:
    """Return the groups of each firm that ever lived in a world, by key: who it was just before the policy.

    Firms that came later are told apart by industry and zone only, and are otherwise `founded since`.
    """
    table = world.first_seen()
    at_start = world.firms_in(case.start - 1)
    old = table.index.isin(at_start.index)
    before = at_start.reindex(table.index)
    yearly, age = 4.0 * before["sales"].to_numpy(float), case.start - 1 - before["born"].to_numpy(float)
    labels = {
        "tier": np.asarray(TIERS, dtype=object)[np.where(old, before["tier"].fillna(1.0), 1.0).astype(int) - 1],
        "size": _banded(yearly, SIZES),
        "age": _banded(age, AGES),
    }
    found = {name: np.where(old, values, NEWCOMER) for name, values in labels.items()}
    first = before["cell"].where(old, table["cell"]).to_numpy(int)
    found["industry"] = np.asarray(case.industries, dtype=object)[table["industry"].to_numpy(int)]
    found["zone"] = np.asarray(case.zones, dtype=object)[case.zone_of[first]]
    return pd.DataFrame(found, index=table.index)


def _banded(values: Array, bands: Sequence[tuple[float, str]]) -> Array:
    place = np.searchsorted([low for low, _ in bands], np.nan_to_num(values), side="right") - 1
    return np.asarray([name for _, name in bands], dtype=object)[np.maximum(place, 0)]


DIMENSIONS: Mapping[str, Sequence[str]] = {
    "tier": (*TIERS, NEWCOMER),
    "industry": (),
    "zone": (),
    "size": (*(name for _, name in SIZES), NEWCOMER),
    "age": (*(name for _, name in AGES), NEWCOMER),
}


def gains(base: World, other: World, case: Case) -> pd.Series:
    """Return what groups of firms gained, at 1:1, by dimension, group and outcome."""
    change = changes(firm_states(base, case.reading), firm_states(other, case.reading), list(FIRM_OUTCOMES))
    groups = pd.concat([groups_of(base, case), groups_of(other, case)])
    groups = groups[~groups.index.duplicated()].loc[change.index]
    known = {**DIMENSIONS, "industry": case.industries, "zone": case.zones}
    sums = {}
    for dimension, names in known.items():
        table = (change / case.scale).groupby(groups[dimension].to_numpy()).sum().reindex(list(names), fill_value=0.0)
        sums[dimension] = _long(table)
    return pd.concat(sums, names=["dimension", "group", "outcome"])


def _long(table: pd.DataFrame) -> pd.Series:
    """Return a table of columns as one series by row and column."""
    index = pd.MultiIndex.from_product([table.index, table.columns])
    return pd.Series(table.to_numpy(float).ravel(), index=index)


def cell_changes(base: World, other: World, case: Case) -> pd.Series:
    """Return the change of every cell's sums, at 1:1, by cell and outcome."""
    sums = []
    for world in (other, base):
        states = firm_states(world, case.reading)
        table = states[[LOST[name] for name in CELL_OUTCOMES]].astype(float).groupby(states["cell"].to_numpy(int)).sum()
        sums.append(table.reindex(range(len(case.zone_of)), fill_value=0.0))
    change = (sums[0] - sums[1]) / case.scale
    change.columns = pd.Index(CELL_OUTCOMES)
    return _long(change).rename_axis(["cell", "outcome"])
