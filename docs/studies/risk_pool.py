"""How much cover: a study of the risk-compensation pool, which makes docs/studies/risk_pool.md and its figures.

Run with `python docs/studies/risk_pool.py [--runs 200] [--seed 0] [--scale 1] [--jobs 2] [--out results/risk_pool]`.
Each seed of each part leaves one small table; finished ones are kept, so that an interrupted study goes on where it
was. All worlds of a seed are branches of one baseline, bit for bit what separate runs would be. `--page-only` makes
the page from what is there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
sys.path[:0] = [str(ROOT), str(FOLDER)]

import pandas as pd  # noqa: E402
from risk_pool_log import Log, reduced, walked  # noqa: E402

from experiments.factors import World  # noqa: E402
from experiments.horizons import horizon_quarters  # noqa: E402
from experiments.uncertainty import HALF, Range, Uncertainty, uncertainty_of  # noqa: E402
from experiments.workers import altered  # noqa: E402
from simulation import Ecosystem, load_scenario  # noqa: E402
from simulation.dates import FIRST_QUARTER  # noqa: E402
from simulation.errors import ScenarioError  # noqa: E402
from simulation.scenario import Scenario  # noqa: E402

BASELINE, POOL, REBATE = "baseline", "risk_pool", "uniform_rebate"
GRID, DRAWS = "grid", "draws"
FUTURES = {"calm": None, "funding_winter": "shock_funding_winter", "demand": "shock_demand"}
"""Parts that repeat two pools without and with a stress, and the scenario of the stress."""
DECISIVE = {
    "credit.effort_loss_borrower": Range(0.02, 0.06, HALF),
    "credit.effort_loss_bank": Range(0.3, 0.9, HALF),
    "policies.risk_pool.paperwork": Range(0.00375, 0.01125, HALF),
}
"""Assumptions on which the pool's effect rests, drawn beside those that every study draws."""


@dataclass(frozen=True)
class Design:
    """What is run.

    Parameters
    ----------
    deposits : million CNY at 1:1; that of the scenario, and one so small that the multiple can bind
    shares, multiples : loss shares and multiples of the pool
    budgets : million CNY a year of the rebates between which one of equal outlay is interpolated
    tested : loss shares of the two pools in the parts on robustness, at the scenario's deposit and multiple
    few : the small deposit is run with seeds below this number only
    """

    scale: float = 1.0
    quarters: int = 60
    deposits: tuple[float, ...] = (60.0, 3.0)
    shares: tuple[float, ...] = (0.0, 0.3, 0.6, 0.9)
    multiples: tuple[float, ...] = (5.0, 10.0, 20.0)
    budgets: tuple[float, ...] = (5.0, 25.0)
    tested: tuple[float, ...] = (0.4, 0.9)
    few: int = 16

    def load(self, name: str, **values: float) -> Scenario:
        """Return a bundled scenario with values of its policy of the same name."""
        changes = {f"policies.{name}.{key}": value for key, value in values.items()}
        return load_scenario(name, set=changes, scale=self.scale, quarters=self.quarters)

    @property
    def rebates(self) -> list[str]:
        """Names of the worlds with a rebate, by rising outlay."""
        return [f"{REBATE}_{budget:g}" for budget in self.budgets]

    def tested_pools(self) -> dict[str, Scenario]:
        """Return the pools in the parts on robustness."""
        return {f"share_{share:g}": self.load(POOL, loss_share=share) for share in self.tested}


def cell(deposit: float, share: float, multiple: float) -> str:
    """Return the name of a world of the grid."""
    return f"pool_{deposit:g}_{share:g}_{multiple:g}"


@cache
def drawn(design: Design) -> Uncertainty:
    """Return what is drawn: as `--uncertainty calibration` does, and the decisive assumptions."""
    found = uncertainty_of("calibration", [design.load(BASELINE)])
    if found is None:
        raise ScenarioError("nothing is drawn")
    fitted = {path for one in found.sets for path in one}
    extra = {path: span for path, span in DECISIVE.items() if path not in fitted}
    return replace(found, ranges={**found.ranges, **extra})


def with_draw(scenario: Scenario, design: Design, seed: int) -> Scenario:
    """Return a scenario with a seed's draw of uncertain parameters; a policy that it lacks is left out."""

    def fault(path: str, message: str) -> None:
        raise ScenarioError(f"{path}: {message}")

    values = drawn(design).draw(seed)[1]
    paths = {path if path.startswith("policies.") else f"parameters.{path}": value for path, value in values.items()}
    return altered(scenario, World(scenario, fault).changes(paths))


@cache
def worlds(part: str, design: Design) -> dict[str, Scenario]:
    """Return the scenarios of a part by name, the baseline first, without draws."""
    base = design.load(BASELINE)
    if part == GRID:
        found = {BASELINE: base}
        for deposit in design.deposits:
            for share in design.shares:
                for multiple in design.multiples:
                    values = {"deposit": deposit, "loss_share": share, "multiple": multiple}
                    found[cell(deposit, share, multiple)] = design.load(POOL, **values)
        rebates = [design.load(REBATE, budget=budget) for budget in design.budgets]
        return found | dict(zip(design.rebates, rebates, strict=True))
    stress = FUTURES.get(part)
    if stress is None:
        return {BASELINE: base, **design.tested_pools()}
    struck = design.load(stress).stresses
    return {name: replace(one, stresses=struck)
            for name, one in {BASELINE: base, **design.tested_pools()}.items()}  # fmt: skip


def seed_worlds(part: str, seed: int, design: Design) -> dict[str, Scenario]:
    """Return the scenarios of a part as they are run with a seed."""
    found = worlds(part, design)
    if part == DRAWS:
        return {name: with_draw(one, design, seed) for name, one in found.items()}
    if part == GRID and seed >= design.few:
        small = tuple(f"pool_{deposit:g}_" for deposit in design.deposits[1:])
        return {name: one for name, one in found.items() if not name.startswith(small)}
    return found


@cache
def code_of(part: str, like: int, design: Design) -> str:
    """Return a short code of the scenarios of a part, of a seed that has the same as this one."""
    scenarios = seed_worlds(part, like, design)
    code = hashlib.sha256("".join(f"{name}={one.digest};" for name, one in scenarios.items()).encode()).hexdigest()
    return code[:12]


def path_of(part: str, seed: int, design: Design, out: Path) -> Path:
    """Return where the table of a part and a seed is kept: another design has other files."""
    like = seed if part == DRAWS else design.few if part == GRID and seed >= design.few else 0
    return out / f"{part}-{seed}-{code_of(part, like, design)}.parquet"


def results(part: str, scenarios: dict[str, Scenario], seed: int, design: Design) -> Iterator[pd.DataFrame]:
    """Make all worlds of a seed and yield each reduced to a few rows.

    Pools that differ in the multiple only are one world where the lowest never holds a loan back, and are made once.
    """
    horizons = horizon_quarters(FIRST_QUARTER, design.quarters - 1)
    start = Ecosystem(scenarios[BASELINE], rng=seed, guarded=False)
    while start.quarter < FIRST_QUARTER - 1:
        start.step()
    twin = walked(start.branch(scenarios[BASELINE]))
    free: dict[str, Log] = {}
    for name, scenario in scenarios.items():
        group = name.rpartition("_")[0]
        copied = part == GRID and name.startswith("pool") and group in free
        log = free[group] if copied else twin if name == BASELINE else walked(start.branch(scenario))
        if part == GRID and name.startswith("pool"):
            free = {} if log.bound else {group: log}
        yield reduced(log, twin, horizons).assign(scenario=name, seed=seed, part=part, bound=log.bound, copied=copied)


def make(task: tuple[str, int, Design, Path]) -> str:
    """Make the table of a part and a seed, unless it is there; return what was done in words."""
    part, seed, design, out = task
    path = path_of(part, seed, design, out)
    if path.exists():
        return f"{part} {seed} kept"
    table = pd.concat(results(part, seed_worlds(part, seed, design), seed, design), ignore_index=True)
    if part == DRAWS:
        number, values = drawn(design).draw(seed)
        values = {name: value for name, value in values.items() if name in drawn(design).ranges}
        table = table.assign(calibration_set=number, **{f"draw:{name}": value for name, value in values.items()})
    unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
    table.to_parquet(unfinished)
    unfinished.replace(path)
    return f"{part} {seed} done"


def tasks_of(options: argparse.Namespace, design: Design) -> list[tuple[str, int, Design, Path]]:
    """Return what the study consists of."""
    numbers = {GRID: options.runs, DRAWS: options.draws, **dict.fromkeys(FUTURES, options.stress_runs)}
    return [(part, options.seed + i, design, options.out) for part, count in numbers.items() for i in range(count)]


def collected(out: Path, design: Design) -> dict[str, pd.DataFrame]:
    """Return the finished tables of a design by part, of all seeds that are there."""
    found: dict[str, list[pd.DataFrame]] = {part: [] for part in (GRID, DRAWS, *FUTURES)}
    for path in sorted(out.glob("*-*-*.parquet")):
        part, seed, _ = path.stem.split("-")
        if part in found and path_of(part, int(seed), design, out) == path:
            found[part].append(pd.read_parquet(path))
    return {part: pd.concat(tables, ignore_index=True) for part, tables in found.items() if tables}


def parser() -> argparse.ArgumentParser:
    """Return the options of the command."""
    command = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.add_argument("--runs", type=int, default=200, help="paired seeds of the grid")
    command.add_argument("--draws", type=int, default=60, help="seeds with a draw of uncertain parameters each")
    command.add_argument("--stress-runs", type=int, default=20, help="seeds without and with each stress")
    command.add_argument("--seed", type=int, default=0, help="the first seed")
    command.add_argument("--scale", type=float, default=1.0)
    command.add_argument("--quarters", type=int, default=60)
    command.add_argument("--jobs", type=int, default=2)
    command.add_argument("--out", type=Path, default=Path("results/risk_pool"), help="folder of the finished seeds")
    command.add_argument("--page", type=Path, default=FOLDER / "risk_pool.md", help="the page; figures/ lies beside it")
    command.add_argument("--page-only", action="store_true", help="make no runs; use the seeds that are there")
    command.add_argument("--runs-only", action="store_true", help="do not write the page")
    return command


def main(arguments: list[str] | None = None, design: Design | None = None) -> None:
    """Make what is missing, then write figures and page."""
    options = parser().parse_args(arguments)
    design = design or Design(scale=options.scale, quarters=options.quarters)
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.page_only:
        tasks = tasks_of(options, design)
        with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
            for number, made in enumerate(as_completed([pool.submit(make, task) for task in tasks]), 1):
                print(f"{made.result()} ({number} of {len(tasks)})", file=sys.stderr)
    if options.runs_only:
        return
    from risk_pool_page import write

    tables = collected(options.out, design)
    counts = {part: table["seed"].nunique() for part, table in tables.items()}
    told = {"--runs": GRID, "--draws": DRAWS, "--stress-runs": "calm"}
    asked = [word for option, part in told.items() for word in (option, str(counts.get(part, 0)))]
    asked += ["--seed", str(options.seed), "--scale", f"{options.scale:g}"]
    if options.quarters != parser().get_default("quarters"):
        asked += ["--quarters", str(options.quarters)]
    write(tables, design, shlex.join(["python", "docs/studies/risk_pool.py", *asked]), options.page)


if __name__ == "__main__":
    main()
