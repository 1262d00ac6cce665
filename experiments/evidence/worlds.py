"""The worlds behind the evidence: one baseline per seed, and branches of it that differ in one policy.

All worlds of a seed are made in one go, so that the quarters before the first policy are walked once. What a quarter
leaves is copied into a small log; the experiments reduce the logs to tables before anything leaves the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from simulation import Ecosystem, RunResult, load_scenario
from simulation.dates import FIRST_QUARTER
from simulation.scenario import Scenario

Array = np.ndarray
Log = dict[str, dict[str, Array]]
"""What a quarter left, by table and column."""
Logs = Mapping[str, Sequence[Log]]
"""Logs by world; the place in the sequence is the quarter."""
Reduction = Callable[[Logs, int], dict[str, pd.DataFrame]]

BASE, POOL, FLAT_TAX, GRANTS, ONE_GRANT, RAIL = "baseline", "pool", "flat_tax", "grants", "one_grant", "rail"
WORLDS = {"E1": (POOL,), "E2": (FLAT_TAX,), "E3": (GRANTS, ONE_GRANT), "E4": (RAIL,)}
"""Worlds that each experiment needs beside the baseline."""
LAST = {BASE: 27, POOL: 19, FLAT_TAX: 24, GRANTS: 27, ONE_GRANT: 23, RAIL: 24}
"""Last quarter that is read of each world."""
QUARTERS = LAST[BASE] + 1
FEWEST_QUARTERS = 20
SECOND_CALL = FIRST_QUARTER + 7
"""Quarter of the second yearly call for grants: where `one_grant` parts from `grants`."""


def evidence_scenarios(only: Sequence[str], **options: Any) -> dict[str, Scenario]:
    """Return the scenarios of the worlds that some experiments need, the baseline first.

    Parameters
    ----------
    only : experiments, of "E1" to "E4"
    options : region, quarters, scale, plugins and set, as in `load_scenario`
    """
    base = load_scenario("baseline", **options)
    metropolis = [n for n, near in zip(base.region.externals.name, base.region.metropolis, strict=True) if near]
    standard_rate = base.parameters["production"].model_dump()["standard_rate"]
    clean = {"policies.grant_competition.integrity": 1.0, "policies.grant_competition.misuse": 0.0}
    rail = {"regions": metropolis, "link": 0.0, "construction": 0.0, "delay": 0}
    changes: dict[str, tuple[str, dict[str, Any]]] = {
        POOL: ("risk_pool", {}),
        FLAT_TAX: ("baseline", {"parameters.production.high_tech_rate": standard_rate}),
        GRANTS: ("grant_competition", clean),
        ONE_GRANT: ("grant_competition", {**clean, "policies.grant_competition.most": 1}),
        RAIL: ("g60_corridor", {f"policies.g60_corridor.{name}": value for name, value in rail.items()}),
    }
    own = dict(options.pop("set", None) or {})
    worlds = {BASE: base}
    for experiment in only:
        for name in WORLDS[experiment]:
            source, values = changes[name]
            worlds[name] = load_scenario(source, set={**own, **values}, **options)
    return worlds


def watched(model: Ecosystem) -> Log:
    """Return what the experiments read of a quarter that is over, as copies.

    Returns
    -------
    tables of columns: `firms` (state), `loans`, `deals` and `grants` (events), `links` (regions outside)
    """
    world, records = model.world, model.world.records
    f, rows = world.firms, world.firms.live
    columns = ("key", "tier", "born", "cash", "debt", "capital", "margin", "sales", "sales_year", "sales_3y",
               "rd_spend", "rd_reported", "rd_reported_3y")  # fmt: skip
    log: Log = {"firms": {name: f.arrays[name][rows] for name in columns}}
    for table in ("loans", "deals", "grants"):
        log[table] = {name: np.array(values) for name, values in records.tables.get(table, {}).items()}
    log["links"] = {
        "joint": np.array(records["collaborations"], dtype=float),
        "travel_time": np.array(world.externals.travel_time),
    }
    return log


def walk(model: Ecosystem, logs: list[Log], until: int) -> None:
    """Let a world go on up to and including a quarter, and log what each leaves."""
    while model.running and model.quarter < until:
        model.step()
        logs.append(watched(model))


def walk_worlds(scenarios: Mapping[str, Scenario], seed: int) -> tuple[Ecosystem, dict[str, list[Log]]]:
    """Walk all worlds of a seed; branches share the quarters before they part from the world that they come from.

    Returns
    -------
    the baseline at its end, and the logs by world
    """
    base = Ecosystem(scenarios[BASE], rng=seed, guarded=False)
    logs: dict[str, list[Log]] = {BASE: []}
    walk(base, logs[BASE], FIRST_QUARTER - 1)
    for name in (POOL, GRANTS, RAIL):
        if name not in scenarios:
            continue
        world, logs[name] = base.branch(scenarios[name]), list(logs[BASE])
        if name == GRANTS:
            walk(world, logs[name], SECOND_CALL - 1)
            once, logs[ONE_GRANT] = world.branch(scenarios[ONE_GRANT]), list(logs[name])
            walk(once, logs[ONE_GRANT], LAST[ONE_GRANT])
        walk(world, logs[name], LAST[name])
    if FLAT_TAX in scenarios:
        logs[FLAT_TAX] = []
        walk(Ecosystem(scenarios[FLAT_TAX], rng=seed, guarded=False), logs[FLAT_TAX], LAST[FLAT_TAX])
    walk(base, logs[BASE], max(LAST[name] for name in scenarios if name != BASE))
    return base, logs


@dataclass(frozen=True)
class Observation:
    """A run as the engine makes it: all worlds of a seed, reduced to the tables of the experiments.

    Parameters
    ----------
    scenarios : by world
    reductions : rule of each experiment, from logs and the last quarter to tables
    """

    scenarios: Mapping[str, Scenario]
    reductions: Mapping[str, Reduction] = field(default_factory=dict)

    def __call__(self, scenario: Scenario, seed: int, micro: Sequence[str], micro_every: int) -> RunResult:
        """Return the tables of the experiments as micro tables, with no outcomes."""
        started = time.perf_counter()
        base, logs = walk_worlds(self.scenarios, seed)
        tables: dict[str, pd.DataFrame] = {}
        for reduce in self.reductions.values():
            tables |= reduce(logs, scenario.quarters - 1)
        outcomes = base.datacollector.get_model_vars_dataframe().loc[FIRST_QUARTER:]
        outcomes.index.name = "quarter"
        outcomes.insert(0, "date", [scenario.date(q) for q in outcomes.index])
        return RunResult(outcomes, tables, time.perf_counter() - started, base.balance_gap)
