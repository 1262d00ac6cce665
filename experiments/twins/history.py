"""One agent in both worlds: its history, the first quarter in which they differ, and what made the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments import engine
from simulation import Ecosystem, run
from simulation.dates import FIRST_QUARTER
from simulation.errors import ScenarioError, YanzhenError
from simulation.micro import TABLES
from simulation.parameters import Label
from simulation.populations.columns import KINDS

if TYPE_CHECKING:
    from simulation.runs import RunResult
    from simulation.scenario import Scenario

TABLE_OF = {KINDS["firm"]: "firms", KINDS["talent"]: "talent"}
"""Micro table of the agents whose history can be told, by the kind that begins their key."""
KIND_BITS = 46
BEFORE = 4
"""Quarters before the first policy that are shown."""
NOTED = ("quarter", "policy", "way", "by", "amount")

CHANNELS: Mapping[str, Sequence[tuple[Label, tuple[str, ...]]]] = {
    "firms": (
        (Label("the labour market", "劳动力市场"), ("staff", "staff_research")),
        (Label("research and knowledge", "研发与知识"), ("rd_spend", "rd_reported", "patents", "productivity")),
        (Label("the product market", "产品市场"), ("sales", "value_added", "profit", "new_product_share", "digital")),
        (Label("credit", "信贷"), ("debt",)),
        (Label("venture capital", "创业投资"), ("equity_public", "equity_private")),
        (Label("entry, exit and location", "进入、退出与选址"), ("present", "cell", "zone", "incubated")),
        (Label("certificates", "资质认定"), ("tier",)),
        (Label("payments", "收支"), ("cash",)),
    ),
    "talent": (
        (Label("coming and leaving", "来去"), ("present",)),
        (Label("the labour market", "劳动力市场"), ("employer_kind", "employer_key", "wage")),
        (Label("training", "培训"), ("ability", "skill")),
        (Label("housing", "居住"), ("cell",)),
    ),
}
"""What may have carried a difference to an agent that no policy touched: processes in the order of the quarter, and
the columns that they write."""


@dataclass(frozen=True)
class Trace:
    """A run that keeps one agent only: its state each quarter, and the policies that touched it.

    Parameters
    ----------
    table : micro table of the agent
    key : of the agent
    """

    table: str
    key: int

    def __call__(self, scenario: Scenario, seed: int, micro: Sequence[str], micro_every: int) -> RunResult:
        """Return the run with the tables `history`, `touches` and `keys` (all of the kind that ever lived)."""
        parts: dict[str, list[pd.DataFrame]] = {"history": [], "touches": []}
        known: set[int] = set()

        def observe(model: Ecosystem) -> None:
            world = model.world
            world.watch_reach()
            population = getattr(world, self.table)
            known.update(population.key[population.live].tolist())
            for name, source in (("history", self.table), ("touches", "reached")):
                rows = TABLES[source](world)
                rows = rows[rows["key"] == self.key]
                if name == "history" or len(rows):
                    parts[name].append(rows.assign(quarter=model.quarter))

        result = run(scenario, seed, guarded=False, observe=observe)
        touches = pd.concat(parts["touches"]) if parts["touches"] else pd.DataFrame(columns=list(NOTED))
        keys = pd.DataFrame({"key": np.sort(np.fromiter(known, np.int64, len(known)))})
        found = {"history": pd.concat(parts["history"]), "touches": touches[list(NOTED)], "keys": keys}
        return replace(result, micro={name: rows.reset_index(drop=True) for name, rows in found.items()})


@dataclass(frozen=True)
class TwinHistory:
    """The life of one agent in two worlds.

    Parameters
    ----------
    table, key, seed : which agent
    baseline, scenario : names of the worlds
    before, after : its state by quarter; no row while it does not live
    touches : what policies paid or offered to it, with the quarter
    quarters, dates : the quarters that are shown, and the dates of all
    """

    table: str
    key: int
    seed: int
    baseline: str
    scenario: str
    before: pd.DataFrame
    after: pd.DataFrame
    touches: pd.DataFrame
    quarters: Sequence[int]
    dates: Mapping[int, str]
    first: int | None = field(init=False)
    """First quarter in which the worlds differ for the agent; None if they never do."""
    changed: Mapping[str, tuple[Any, Any]] = field(init=False)
    """Columns that differ then, with both values; `present` tells whether it lives."""

    def __post_init__(self) -> None:
        first, changed = first_difference(self.before, self.after)
        object.__setattr__(self, "first", first)
        object.__setattr__(self, "changed", changed)

    @property
    def causes(self) -> pd.DataFrame:
        """Touches that made the first difference: those of that quarter, else the last before it; none if indirect."""
        if self.first is None:
            return self.touches.iloc[:0]
        early = self.touches[self.touches["quarter"] <= self.first]
        return early[early["quarter"] == early["quarter"].max()] if len(early) else early

    @property
    def channel(self) -> Label | None:
        """What carried the first difference, by the first process of the quarter whose columns differ."""
        for label, columns in CHANNELS[self.table]:
            if any(column in self.changed for column in columns):
                return label
        return None


def first_difference(before: pd.DataFrame, after: pd.DataFrame) -> tuple[int | None, dict[str, tuple[Any, Any]]]:
    """Return the first quarter in which an agent differs between worlds, and the columns that do.

    Parameters
    ----------
    before, after : its state, indexed by quarter

    Returns
    -------
    quarter (None if there is none), and both values by column
    """
    for quarter in sorted(set(before.index) | set(after.index)):
        here, there = quarter in before.index, quarter in after.index
        if here != there:
            return int(quarter), {"present": (here, there)}
        one, other = before.loc[quarter], after.loc[quarter]
        changed = {str(name): (one[name], other[name]) for name in before.columns if not _same(one[name], other[name])}
        if changed:
            return int(quarter), changed
    return None, {}


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or (pd.isna(one) and pd.isna(other))


def twin_history(
    scenarios: Mapping[str, Scenario], baseline: str, scenario: str, seed: int, key: int, **options: Any
) -> TwinHistory:
    """Return the history of an agent in two worlds, which are run again: a run is a function of scenario and seed.

    Parameters
    ----------
    scenarios : by name
    baseline, scenario : names of the two worlds
    seed : of both
    key : of a firm or a person
    options : as in `run_many` (jobs, plugins)

    Raises
    ------
    ScenarioError
        No firm and no person of either world has the key.
    """
    table = TABLE_OF.get(key >> KIND_BITS)
    if table is None:
        start = Ecosystem(scenarios[baseline], rng=seed, guarded=False).world.firms
        raise ScenarioError(_unknown(key, seed, "firms", start.key[start.live]))
    runs = engine.run_many([scenarios[baseline], scenarios[scenario]], [seed], run=Trace(table, key), **options)
    worlds: dict[str, Any] = {}
    for finished in runs:
        if finished.result is None:
            raise YanzhenError(f"{finished.scenario} with seed {seed} failed: {finished.error}")
        worlds[finished.scenario] = finished.result
    before, after = (worlds[name].micro["history"] for name in (baseline, scenario))
    if not len(before) + len(after):
        known = np.concatenate([world.micro["keys"]["key"].to_numpy() for world in worlds.values()])
        raise ScenarioError(_unknown(key, seed, table, known))
    touches = worlds[scenario].micro["touches"]
    first = min([policy.start for policy in scenarios[scenario].policies.values()], default=FIRST_QUARTER)
    quarters = list(range(max(first - BEFORE, 0), scenarios[scenario].quarters))
    dates = {quarter: scenarios[scenario].date(quarter) for quarter in range(scenarios[scenario].quarters)}
    here, there = (rows.set_index("quarter").drop(columns="key") for rows in (before, after))
    return TwinHistory(table, key, seed, baseline, scenario, here, there, touches, quarters, dates)


def _unknown(key: int, seed: int, table: str, known: Any) -> str:
    keys = np.unique(known)
    nearest = np.sort(keys[np.argsort(np.abs(keys - key), kind="stable")[:3]])
    return (f"{key}: no firm or person of seed {seed} has this key; the nearest of {len(keys):,} keys in {table} are "
            f"{', '.join(map(str, nearest))} (keys are in the micro-data, or in `study.twins(\"{table}\", quarter)`)")
