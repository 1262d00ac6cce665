"""What keyed draws are worth: variance of paired against unpaired effects, and how long twins stay comparable.

Run with `python benchmarks/twins.py [--runs 40] [--jobs 2]`. The first table is the variance of the effect of a policy
estimated from unpaired seeds over that from paired ones; the second the share of people who have the same employer
some quarters after one person was removed.
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

OUTCOMES = (
    "firms", "jobs", "patents_granted", "tech_loans", "default_share", "gdp", "high_tech_enterprises", "talent_total",
)


def last_quarter(task: tuple[str, int]) -> pd.Series:
    """Return the outcomes of a run's last quarter."""
    return simulation.run(task[0], seed=task[1]).outcomes[list(OUTCOMES)].iloc[-1]


def variance_ratios(baseline: pd.DataFrame, policy: pd.DataFrame) -> pd.Series:
    """Return the variance of unpaired over paired effects by outcome.

    Parameters
    ----------
    baseline, policy : (seeds, outcomes), the same seeds in the same order
    """
    return (baseline.var() + policy.var()) / (policy - baseline).var()


def employers(model: simulation.Ecosystem) -> pd.Series:
    """Return the key of each person's employer (kind and key), indexed by the person's key."""
    from simulation.micro import talent

    table = talent(model.world)
    return pd.Series(table["employer_key"].to_numpy(), index=table["key"].to_numpy())


def same_employer(seed: int, lags: tuple[int, ...], start: int = 8) -> dict[int, float]:
    """Return the share of people with the same employer some quarters after one employed person was removed."""
    worlds = [simulation.Ecosystem("baseline", rng=seed) for _ in range(2)]
    for _ in range(start):
        for world in worlds:
            world.step()
    first = employers(worlds[1])
    removed = int(first.index[np.flatnonzero(first.to_numpy() > 0)[seed % 100]])
    worlds[1].agent(removed).remove()
    shares = {}
    for quarter in range(1, max(lags) + 1):
        for world in worlds:
            world.step()
        if quarter in lags:
            a, b = employers(worlds[0]), employers(worlds[1])
            both = a.index.intersection(b.index)
            missing = len(a.index.union(b.index).difference([removed])) - len(both)
            shares[quarter] = float((a[both] == b[both]).sum() / (len(both) + missing))
    return shares


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--policy", default="risk_pool")
    parser.add_argument("--placebos", type=int, default=3)
    options = parser.parse_args()
    tasks = [(name, seed) for name in ("baseline", options.policy) for seed in range(options.runs)]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        rows = list(pool.map(last_quarter, tasks))
    table = pd.DataFrame(rows).reset_index(drop=True)
    baseline, policy = table.iloc[: options.runs], table.iloc[options.runs :].reset_index(drop=True)
    ratios = variance_ratios(baseline, policy)
    print(f"variance of the effect of {options.policy} at the last quarter, unpaired over paired, {options.runs} seeds")
    for name, ratio in ratios.items():
        print(f"  {name:24s} {ratio:10.1f} x")
    print(f"  median {ratios.median():.1f} x, minimum {ratios.min():.1f} x")
    print("share of people with the same employer after one person was removed")
    placebos = pd.DataFrame([same_employer(seed, (1, 4, 20, 40)) for seed in range(options.placebos)])
    for lag, share in placebos.mean().items():
        print(f"  after {lag:2d} quarters {share:.4f} (lowest of {options.placebos}: {placebos[lag].min():.4f})")


if __name__ == "__main__":
    main()
