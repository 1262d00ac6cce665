"""One run: a pure function of a resolved scenario and a seed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from simulation.errors import ScenarioError, nearest_name
from simulation.micro import TABLES
from simulation.model import Ecosystem
from simulation.scenario import FIRST_QUARTER, Scenario


@dataclass
class RunResult:
    """What a run leaves.

    Parameters
    ----------
    outcomes : indexed by quarter from 8 (burn-in left out): `date`, then a column for each outcome
    micro : table name to rows of (quarter, key, columns), for the tables asked for
    seconds : wall time
    balance_gap : largest relative disagreement of the two books over the run
    """

    outcomes: pd.DataFrame
    micro: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    seconds: float = 0.0
    balance_gap: float = 0.0


def run(
    scenario: Scenario | str,
    seed: int = 0,
    micro: Iterable[str] = (),
    micro_every: int = 1,
    guarded: bool = True,
    observe: Callable[[Ecosystem], None] | None = None,
) -> RunResult:
    """Run a scenario with a seed.

    Parameters
    ----------
    scenario : loaded scenario, name or path
    seed : non-negative integer
    micro : tables to snapshot each quarter, of `simulation.micro.TABLES`
    micro_every : quarters between snapshots, counted from the first quarter after burn-in
    guarded : whether processes may write only what they declare (turn off for large sweeps)
    observe : called with the model after each quarter, burn-in included; it must change nothing

    Raises
    ------
    ScenarioError
        The scenario is not valid or a table is not known.
    AccountingError
        The two books of a sector disagree.
    """
    tables = list(micro)
    for name in tables:
        if name not in TABLES:
            raise ScenarioError(f'micro: unknown table "{name}"{nearest_name(name, TABLES)} ({", ".join(TABLES)})')
    started = time.perf_counter()
    model = Ecosystem(scenario, rng=seed, guarded=guarded)
    if "reached" in tables:
        model.world.watch_reach()
    snapshots: dict[str, list[pd.DataFrame]] = {name: [] for name in tables}
    while model.running:
        model.step()
        if observe is not None:
            observe(model)
        since = model.quarter - FIRST_QUARTER
        if tables and since >= 0 and since % micro_every == 0:
            for name in tables:
                frame = TABLES[name](model.world)
                frame.insert(0, "quarter", model.quarter)
                snapshots[name].append(frame)
    outcomes = model.datacollector.get_model_vars_dataframe().loc[FIRST_QUARTER:]
    outcomes.index.name = "quarter"
    outcomes.insert(0, "date", [model.scenario.date(q) for q in outcomes.index])
    return RunResult(
        outcomes,
        {name: pd.concat(frames, ignore_index=True) for name, frames in snapshots.items()},
        time.perf_counter() - started,
        model.balance_gap,
    )
