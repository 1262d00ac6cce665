"""What twins are compared by: narrow tables of a run, and of a placebo world in which one person is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simulation.dates import FIRST_QUARTER
from simulation.micro import flows, reached
from simulation.populations.firms import NOT_ADOPTED
from simulation.populations.talent import NO_EMPLOYER

if TYPE_CHECKING:
    from simulation.model import Ecosystem
    from simulation.runs import RunResult
    from simulation.scenario import Scenario

Array = np.ndarray

OWN, PLACEBO = "twins", "placebo"
"""Where the tables of a run's own world, and of its placebo, are kept among the micro-data."""
TABLES = ("firms", "people", "loans", "books", "flows", "reached")
PLACEBO_SEEDS = 3
"""Seeds for which a placebo world is made beside the baseline."""
NEW_LOAN = 0

FIRM_TYPES = {
    "industry": "int8", "cell": "int16", "born": "int16", "tier": "int8", "patents": "int32", "sales": "float32",
    "value_added": "float32", "rd_spend": "float32", "rd_reported": "float32",
}  # fmt: skip
LOAN_TYPES = {"firm_key": "int64", "granted": "float32", "covered": "float32", "unaided": "bool"}
TYPES: dict[str, dict[str, str]] = {
    "firms": {"key": "int64", **FIRM_TYPES, "staff": "int32", "digital": "bool"},
    "people": {"key": "int64", "first": "int16", "last": "int16", "wage": "float32"},
    "loans": {**LOAN_TYPES, "new": "bool"},
    "books": dict.fromkeys(("rd_real", "debt", "neighbour_firms", "neighbour_talent"), "float64"),
    "flows": {**dict.fromkeys(("account", "payer", "payee"), "object"), "amount": "float64"},
    "reached": {**dict.fromkeys(("policy", "agent", "way", "by"), "object"), "key": "int64", "amount": "float64"},
}
"""Columns of the tables, beside the quarter."""


def empty_table(name: str) -> pd.DataFrame:
    """Return a table of a world without rows, as a run leaves it in which nothing of the kind happened."""
    kinds = {**({} if name == "people" else {"quarter": "int64"}), **TYPES[name]}
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in kinds.items()})


class Notes:
    """Narrow tables of one world, taken quarter by quarter; note-taking changes nothing.

    Parameters
    ----------
    reading : quarter in which people's wages are noted
    """

    def __init__(self, reading: int) -> None:
        self.reading = reading
        self._parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
        self._people: list[Array] = []
        self._wages = pd.Series(dtype="float32")

    def note(self, model: Ecosystem) -> None:
        """Note the quarter that has just ended, from the one before results begin."""
        world = model.world
        world.watch_reach()
        if world.quarter < FIRST_QUARTER - 1:
            return
        f, rows, loans = world.firms, world.firms.live, world.records.tables.get("loans", {})
        firms = {"key": f.key[rows], **{name: f.arrays[name][rows].astype(kind) for name, kind in FIRM_TYPES.items()}}
        firms["staff"] = f.staff[rows].sum(axis=1).astype("int32")
        firms["digital"] = f.digital_since[rows] != NOT_ADOPTED
        self._add("firms", firms)
        if loans:
            made = (loans["kind"] == NEW_LOAN) & (loans["granted"] > 0.0)
            used = made | (loans["covered"] > 0.0)
            columns = {name: loans[name][used].astype(kind) for name, kind in LOAN_TYPES.items()}
            self._add("loans", {**columns, "new": made[used]})
        series = {"rd_real": world.records.flows.get("rd_firms", 0.0), "debt": f.debt[rows].sum()}
        for name in ("firms", "talent"):
            stock = getattr(world.neighbours, name)
            series[f"neighbour_{name}"] = stock.sum() - getattr(world.region.neighbours, name).sum() * world.scale
        self._add("books", {name: np.full(1, value) for name, value in series.items()})
        self._add("flows", flows(world))
        self._add("reached", reached(world))
        t = world.talent
        self._people.append(np.sort(t.key[t.live]))
        if world.quarter == self.reading:
            wage = np.where(t.employer_kind[t.live] == NO_EMPLOYER, 0.0, t.wage[t.live])
            self._wages = pd.Series(wage.astype("float32"), index=t.key[t.live])

    def _add(self, table: str, columns: Any) -> None:
        frame = pd.DataFrame(columns)
        frame.insert(0, "quarter", FIRST_QUARTER - 1 + len(self._people))
        self._parts[table].append(frame)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables.

        Returns
        -------
        firms : one row per firm and quarter; loans : new or covered loans; books : sums of the district at the run's
        scale; flows, reached : as the micro-data of that name; people : first and last quarter of each person, and
        the yearly wage in the reading quarter (0 without a job, undefined if not there)
        """
        found = {name: pd.concat(parts or [empty_table(name)], ignore_index=True)
                 for name, parts in self._parts.items()}  # fmt: skip
        for name, columns in (("flows", ("account", "payer", "payee")), ("reached", ("policy", "agent", "way", "by"))):
            found[name] = found[name].astype(dict.fromkeys(columns, "category"))
        keys = np.concatenate(self._people)
        quarters = np.repeat(np.arange(len(self._people)) + FIRST_QUARTER - 1, [len(part) for part in self._people])
        order = np.argsort(keys, kind="stable")
        key, start, count = np.unique(keys[order], return_index=True, return_counts=True)
        first, last = quarters[order][start], quarters[order][start + count - 1]
        people = {"key": key, "first": first.astype("int16"), "last": last.astype("int16")}
        return {**found, "people": pd.DataFrame({**people, "wage": self._wages.reindex(key).to_numpy()})}


def without_one_person(model: Ecosystem) -> int:
    """Remove one employed person from a world, and return the key; which one follows from the seed."""
    t = model.world.talent
    employed = t.live[t.employer_kind[t.live] != NO_EMPLOYER]
    keys = np.sort(t.key[employed])
    removed = int(keys[(model.seed * 97 + 7) % len(keys)])
    model.agent(removed).remove()
    return removed


@dataclass(frozen=True)
class Watch:
    """A run as the engine makes it, with the tables of twins among its micro-data.

    Parameters
    ----------
    reading : quarter in which agents are compared
    baseline : name of the scenario beside which placebos are made
    placebo_seeds : seeds for which they are made
    names : of the scenarios that are watched; other runs, such as rebates beside them, are made as ever
    parting : quarter after which the placebo parts from the baseline
    """

    reading: int
    baseline: str
    placebo_seeds: tuple[int, ...]
    names: tuple[str, ...]
    parting: int = FIRST_QUARTER - 1

    @staticmethod
    def tables_of(result: RunResult) -> dict[str, pd.DataFrame]:
        """Return the tables of twins among a run's micro-data."""
        return {name: table for name, table in result.micro.items() if name.partition("/")[0] in (OWN, PLACEBO)}

    def __call__(self, scenario: Scenario, seed: int, micro: Sequence[str], micro_every: int) -> RunResult:
        """Return the run's outcomes and micro-data; the outcomes are those of an unwatched run to the bit."""
        from simulation import run

        if scenario.name not in self.names:
            return run(scenario, seed, micro=micro, micro_every=micro_every, guarded=False)
        own, placebo = Notes(self.reading), Notes(self.reading)
        branches: list[Ecosystem] = []
        wanted = scenario.name == self.baseline and seed in self.placebo_seeds

        def observe(model: Ecosystem) -> None:
            own.note(model)
            if wanted and model.quarter == self.parting:
                placebo._parts = {name: list(parts) for name, parts in own._parts.items()}
                placebo._people = list(own._people)
                branches.append(model.branch(model.scenario))

        result = run(scenario, seed, micro=micro, micro_every=micro_every, guarded=False, observe=observe)
        found = {f"{OWN}/{name}": table for name, table in own.tables().items()}
        for branch in branches:
            without_one_person(branch)
            while branch.running:
                branch.step()
                placebo.note(branch)
            found |= {f"{PLACEBO}/{name}": table for name, table in placebo.tables().items()}
        return replace(result, micro={**result.micro, **found})


def watch_for(scenarios: Mapping[str, Scenario], baseline: str, seeds: Sequence[int]) -> Watch:
    """Return how the runs of a comparison are watched.

    Parameters
    ----------
    scenarios : by name, the baseline among them
    seeds : of the comparison; the first few also get a placebo
    """
    starts = [policy.start for scenario in scenarios.values() for policy in scenario.policies.values()]
    last = min(scenario.quarters for scenario in scenarios.values()) - 1
    start = min(starts, default=FIRST_QUARTER)
    parting = max(start - 1, FIRST_QUARTER - 1)
    return Watch(reading_quarter(start, last), baseline, tuple(seeds[:PLACEBO_SEEDS]), tuple(scenarios), parting)


def reading_quarter(start: int, last: int) -> int:
    """Return the quarter in which agents are compared: five years of policy, or the last quarter if that is sooner."""
    return min(start + 19, last)
