"""What policies cost the public, in four readings: appropriated, paid, net present after recoveries, contingent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from experiments.statistics import mean_interval
from simulation.dates import FIRST_QUARTER

INTEREST = 0.03
"""Yearly rate at which payments and recoveries are brought to the first quarter after burn-in."""

READINGS = ("appropriated", "paid", "net_present", "contingent")
ACCOUNTS = ("public_appropriated", "public_spending", "public_recovered", "public_contingent")
"""Outcomes from which the readings follow."""
COST_COLUMNS = ("scenario", "reading", "mean", "low", "high", "n")


def costs_of_runs(runs: pd.DataFrame, interest: float = INTEREST) -> pd.DataFrame:
    """Return the four readings of cost of every run, over its whole length.

    Parameters
    ----------
    runs : one row per scenario, seed and quarter, with the outcomes of `ACCOUNTS` (million CNY)
    interest : yearly rate of the net present reading

    Returns
    -------
    indexed by scenario and seed, a column for each of `READINGS`, million CNY. Net present: paid less recovered,
    brought to the first quarter after burn-in. Contingent: as it stands in the last quarter.
    """
    rows = {}
    for name, run in runs.groupby(["scenario", "seed"]):
        run = run.sort_values("quarter")
        flow = run["public_spending"].to_numpy() - np.diff(run["public_recovered"].to_numpy(), prepend=0.0)
        present = (1.0 + interest) ** -((run["quarter"].to_numpy() - FIRST_QUARTER) / 4.0)
        last = run.iloc[-1]
        paid = run["public_spending"].sum(min_count=1)
        rows[name] = (last["public_appropriated"], paid, float(flow @ present), last["public_contingent"])
    index = pd.MultiIndex.from_tuples(list(rows), names=["scenario", "seed"])
    return pd.DataFrame(list(rows.values()), index=index, columns=list(READINGS), dtype=float)


def costs_table(
    runs: pd.DataFrame,
    baseline: str,
    scenarios: Sequence[str],
    rebates: Mapping[str, str] | None = None,
    interest: float = INTEREST,
) -> pd.DataFrame:
    """Return what each scenario costs more than the baseline, with the 95 % interval over pairs of runs.

    Parameters
    ----------
    runs : as in `costs_of_runs`; columns may be missing, whose readings are then undefined
    baseline, scenarios : what is compared
    rebates : name of the world with a rebate of the same yuan, for the scenarios that have one
    interest : yearly rate of the net present reading

    Returns
    -------
    columns `COST_COLUMNS`, million CNY; the reading "paid_rebate" is what was paid in the rebate world, undefined
    where there is none
    """
    known = runs.reindex(columns=["scenario", "seed", "quarter", *ACCOUNTS])
    money = costs_of_runs(known.astype(dict.fromkeys(ACCOUNTS, float)), interest)
    rows = []
    for scenario in scenarios:
        worlds = [(scenario, reading, reading) for reading in READINGS]
        worlds.append(((rebates or {}).get(scenario, ""), "paid", "paid_rebate"))
        for world, reading, told in worlds:
            more = _more(money[reading], baseline, world)
            low, high = mean_interval(more[:, None])
            mean = more.mean() if len(more) else np.nan
            rows.append((scenario, told, mean, low[0], high[0], int(np.isfinite(more).sum())))
    return pd.DataFrame(rows, columns=list(COST_COLUMNS))


def _more(money: pd.Series, baseline: str, scenario: str) -> np.ndarray:
    """Return by how much a world costs more than the baseline, for the seeds that have both."""
    names = money.index.get_level_values("scenario").unique()
    if baseline not in names or scenario not in names:
        return np.array([])
    return (money.loc[scenario] - money.loc[baseline]).dropna().to_numpy(float)
