"""Every policy against no policy, and against a rebate of the same yuan: makes docs/policies.md.

Run with `python benchmarks/policies_table.py [--runs 20] [--seed 0] [--scale 1] [--jobs 2] [--out results/policies]`;
finished runs are kept, so that an interrupted study goes on where it was. `--only NAME ...` leaves the others out.
All worlds of a seed are branches of one baseline, bit for bit what separate runs would be.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import pandas as pd  # noqa: E402

import simulation  # noqa: E402
from simulation.dates import FIRST_QUARTER  # noqa: E402
from simulation.policy import POLICIES  # noqa: E402
from simulation.scenario import declare, scenario_names  # noqa: E402

BASELINE, REBATE = "baseline", "uniform_rebate"
REBATE_BUDGETS = (25, 100, 250, 500)
"""Million CNY a year: the levels between which the rebate's effect is interpolated at the outlay of a policy."""
MIXES = ("all_area", "finance_first", "talent_first", "platforms_first", "open_region", "market_led")


def study(only: list[str]) -> dict[str, tuple[str, dict[str, float]]]:
    """Return the scenarios of the study by name: a file and what is changed in it, the baseline first."""
    declare()
    worlds: dict[str, tuple[str, dict[str, float]]] = {BASELINE: (BASELINE, {})}
    worlds |= {name: (name, {}) for name in sorted(POLICIES) if name != REBATE}
    for budget in REBATE_BUDGETS:
        worlds[f"{REBATE}_{budget}"] = (REBATE, {f"policies.{REBATE}.budget": float(budget)})
    worlds |= {name: (name, {}) for name in MIXES if name in scenario_names()}
    return {name: how for name, how in worlds.items() if not only or name in only}


def observed(model: simulation.Ecosystem) -> pd.DataFrame:
    """Let a world go on to its end; return its outcomes by quarter."""
    while model.running:
        model.step()
    outcomes = model.datacollector.get_model_vars_dataframe().loc[FIRST_QUARTER:]
    outcomes.index.name = "quarter"
    return outcomes


def make(task: tuple[int, float, Path, list[str]]) -> int:
    """Make all worlds of a seed that the folder does not have yet."""
    seed, scale, folder, only = task
    scenarios = {name: simulation.load_scenario(file, set=values, scale=scale)
                 for name, (file, values) in study(only).items()}
    files = {name: folder / f"{seed}-{name}-{scenario.digest[:12]}.parquet" for name, scenario in scenarios.items()}
    missing = [name for name, file in files.items() if not file.exists()]
    if missing:
        start = simulation.Ecosystem(simulation.load_scenario(BASELINE, scale=scale), rng=seed, guarded=False)
        while start.quarter < FIRST_QUARTER - 1:
            start.step()
    for name in missing:
        table = observed(start.branch(scenarios[name])).assign(scenario=name, seed=seed).reset_index()
        unfinished = files[name].with_suffix(".unfinished")
        table.to_parquet(unfinished)
        unfinished.replace(files[name])
    return seed


def runs_of(folder: Path, only: list[str], scale: float) -> pd.DataFrame:
    """Return the finished runs of the study, of those seeds for which every scenario is there."""
    names = study(only)
    digests = {name: simulation.load_scenario(file, set=values, scale=scale).digest[:12]
               for name, (file, values) in names.items()}
    files = [file for file in sorted(folder.glob("*.parquet")) if file.stem.split("-")[1] in names
             and file.stem.split("-")[2] == digests[file.stem.split("-")[1]]]
    table = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    found = table.groupby("seed")["scenario"].nunique()
    return table[table["seed"].isin(found[found == len(names)].index)]


def main() -> None:
    """Make what is missing, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/policies"))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--runs-only", action="store_true", help="do not write docs/policies.md")
    parser.add_argument("--page-only", action="store_true", help="make no runs; use the seeds that are complete")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.page_only:
        seeds = range(options.seed, options.seed + options.runs)
        tasks = [(seed, options.scale, options.out, options.only) for seed in seeds]
        with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
            for seed in pool.map(make, tasks):
                print(f"seed {seed} done", file=sys.stderr)
    if not options.runs_only:
        from policies_page import page

        runs = runs_of(options.out, options.only, options.scale)
        seeds = runs["seed"].unique()
        asked = ["--runs", str(len(seeds)), "--seed", str(seeds.min()), "--scale", f"{options.scale:g}"]
        command = shlex.join(["python", "benchmarks/policies_table.py", *asked])
        text = page(runs, command, options.scale)
        (ROOT / "docs" / "policies.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
