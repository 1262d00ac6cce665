"""What keyed draws are worth: how long single agents stay comparable, and variance of paired against unpaired effects.

Run with `python benchmarks/twins.py [--runs 8] [--scale 1] [--policy risk_pool] [--jobs 2]`. The first table is the
share of agents in the same state 1, 4, 20 and 40 quarters after a policy has started, and beside it after one employed
person was removed instead; the second the variance of the policy's effect in the last quarter from unpaired seeds over
that from paired ones. All worlds of a seed are branches of one baseline.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

import simulation  # noqa: E402
from experiments.twins.watch import without_one_person  # noqa: E402
from simulation.dates import FIRST_QUARTER  # noqa: E402
from simulation.micro import TABLES  # noqa: E402

LAGS = (1, 4, 20, 40)
OUTCOMES = (
    "firms", "jobs", "patents_granted", "tech_loans", "default_share", "gdp", "high_tech_enterprises", "talent_total",
)
TOLERANCE = 0.01
READINGS = {
    "firms": {"bits": None, "near": ("tier", "cell", "staff", "patents", "sales", "debt")},
    "talent": {"bits": None, "near": ("employer_key", "skill", "cell", "wage"), "employer": ("employer_key",)},
}
"""Columns that must agree: all of them to the bit, or some to one per cent."""


def alike(one: pd.DataFrame, other: pd.DataFrame, columns: tuple[str, ...] | None) -> float:
    """Return the share of agents of either world that are in the same state in both.

    Parameters
    ----------
    one, other : micro tables of a quarter
    columns : compared to one per cent; all of them, to the bit, when left out
    """
    first, second = one.set_index("key"), other.set_index("key")
    both, either = first.index.intersection(second.index), first.index.union(second.index)
    same = np.ones(len(both), dtype=bool)
    for column in first.columns if columns is None else columns:
        a, b = first.loc[both, column], second.loc[both, column]
        if columns is not None and a.dtype.kind == "f":
            same &= np.isclose(a, b, rtol=TOLERANCE, atol=1e-6)
        else:
            same &= (a.astype(object) == b.astype(object)).to_numpy()
    return float(same.sum() / max(len(either), 1))


def compare_worlds(task: tuple[int, str, float]) -> tuple[list[dict[str, object]], pd.DataFrame]:
    """Return the shares of agents alike by lag, and the outcomes of the last quarter of the baseline and the policy."""
    seed, policy, scale = task
    base = simulation.Ecosystem(simulation.load_scenario("baseline", scale=scale), rng=seed, guarded=False)
    while base.quarter < FIRST_QUARTER - 1:
        base.step()
    other = base.branch(simulation.load_scenario(policy, scale=scale))
    placebo = base.branch(base.scenario)
    without_one_person(placebo)
    rows: list[dict[str, object]] = []
    for lag in range(1, max(LAGS) + 1):
        for world in (base, other, placebo):
            world.step()
        if lag not in LAGS:
            continue
        for table, readings in READINGS.items():
            states = [TABLES[table](world.world) for world in (base, other, placebo)]
            for reading, columns in readings.items():
                shares = {name: alike(states[0], state, columns)
                          for name, state in zip(("policy", "placebo"), states[1:], strict=True)}  # fmt: skip
                rows.append({"agents": table, "reading": reading, "lag": lag, **shares})
    for world in (base, other):
        while world.running:
            world.step()
    last = [world.datacollector.get_model_vars_dataframe()[list(OUTCOMES)].iloc[-1] for world in (base, other)]
    return rows, pd.DataFrame(last, index=["baseline", policy])


def variance_ratios(baseline: pd.DataFrame, policy: pd.DataFrame) -> pd.Series:
    """Return the variance of unpaired over paired effects by outcome.

    Parameters
    ----------
    baseline, policy : (seeds, outcomes), the same seeds in the same order
    """
    return (baseline.var() + policy.var()) / (policy - baseline).var()


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=8, help="seeds, from 0")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--policy", default="risk_pool")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    tasks = [(seed, options.policy, options.scale) for seed in range(options.runs)]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(compare_worlds, tasks))
    shares = pd.DataFrame([row for rows, _ in found for row in rows])
    print(f"share of agents in the same state some quarters after {options.policy} started, {options.runs} seeds")
    print("(bits: every column to the bit; near: main columns to 1 %; placebo: one person removed instead)")
    table = shares.groupby(["agents", "reading", "lag"], sort=False)[["policy", "placebo"]].agg(["mean", "min"])
    print(table.to_string(float_format=lambda value: f"{value:.4f}"))
    baseline, policy = (pd.DataFrame([last.iloc[place] for _, last in found]) for place in (0, 1))
    ratios = variance_ratios(baseline.reset_index(drop=True), policy.reset_index(drop=True))
    print(f"variance of the effect of {options.policy} in the last quarter, unpaired over paired")
    for name, ratio in ratios.items():
        print(f"  {name:28s} {ratio:10.1f} x")
    print(f"  median {ratios.median():.1f} x, least {ratios.min():.1f} x")


if __name__ == "__main__":
    main()
