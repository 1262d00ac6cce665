"""Whether a district of half or twice the agents tells the same in ratios: intervals over seeds at three scales.

Run with `python benchmarks/scales.py [--runs 16] [--scales 0.5 1 2] [--jobs 2]`. Each cell is the mean over seeds with
its 95 % interval (Student); a row overlaps if every pair of intervals does. The difference is that of the scale
farthest from 1:1, in per cent of the value at 1:1.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from multiprocessing import get_context

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import pandas as pd  # noqa: E402
from scipy import stats  # noqa: E402

import simulation  # noqa: E402

RATIOS = (
    "rd_intensity", "patents_per_10k", "firm_rd_share", "emerging_share", "new_product_share", "productivity",
    "productivity_dispersion", "unemployment", "talent_wage", "rent", "loan_rate", "rationed_share", "default_share",
    "local_adoption_share", "dual_chain_integration", "digital_adoption", "vacancy_rate", "spatial_gini",
    "outside_core_share",
)
PER_FIRM = (
    "high_tech_enterprises", "tech_smes", "leaders", "startups", "jobs", "firm_births", "firm_deaths", "tech_loans",
)
QUARTERS = {"2023Q1": 8, "2029Q1": 32, "2035Q4": 59}


def ratios(task: tuple[float, int, int]) -> pd.DataFrame:
    """Return ratios (shares, and counts for each firm) of one run at each date, a row for each date."""
    scale, seed, quarters = task
    table = simulation.run(simulation.load_scenario("baseline", scale=scale, quarters=quarters), seed=seed).outcomes
    rows = table.loc[[quarter for quarter in QUARTERS.values() if quarter in table.index]]
    per_firm = rows[list(PER_FIRM)].div(rows["firms"], axis=0).add_suffix(" / firm")
    return pd.concat([rows[list(RATIOS)], per_firm], axis=1).assign(scale=scale, seed=seed)


def interval(values: pd.Series) -> tuple[float, float, float]:
    """Return mean and ends of its 95 % interval over seeds."""
    half = stats.t.ppf(0.975, len(values) - 1) * values.sem()
    return values.mean(), values.mean() - half, values.mean() + half


def main() -> None:
    """Print one line for each ratio and date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=16)
    parser.add_argument("--scales", type=float, nargs="+", default=[0.5, 1.0, 2.0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--quarters", type=int, default=60)
    options = parser.parse_args()
    scales = sorted({1.0, *options.scales})
    tasks = [(scale, seed, options.quarters) for scale in scales[::-1] for seed in range(options.runs)]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        table = pd.concat(pool.map(ratios, tasks))
    lines = []
    for date, quarter in QUARTERS.items():
        at = table[table.index == quarter]
        for name in at.columns.drop(["scale", "seed"]) if len(at) else []:
            cells = {scale: interval(at.loc[at["scale"] == scale, name]) for scale in scales}
            line = {"date": date, "ratio": name}
            line |= {f"x{scale:g}": f"{m:.4g} [{low:.4g}, {high:.4g}]" for scale, (m, low, high) in cells.items()}
            gap = max((mean - cells[1.0][0] for mean, _, _ in cells.values()), key=abs)
            line["difference, %"] = round(100.0 * gap / cells[1.0][0], 1) if cells[1.0][0] else 0.0
            line["overlap"] = all(a[1] <= b[2] and b[1] <= a[2] for a, b in combinations(cells.values(), 2))
            lines.append(line)
    result = pd.DataFrame(lines)
    print(result.to_string(index=False))
    print(f"{result['overlap'].sum()} of {len(result)} ratios overlap at all scales ({options.runs} seeds each)")


if __name__ == "__main__":
    main()
