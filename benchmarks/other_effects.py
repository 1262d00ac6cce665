"""Published effects that played no part in the making of the model, tried in it: what twins say beside what was found.

Run with `python benchmarks/other_effects.py [--runs 20] [--jobs 2]`. Five years of a policy for each seed, branched
from the baseline before it starts; means over seeds with 95 % intervals (Student). Prints a table for
`docs/evidence.md`. The rows were settled before the first run; a row is never dropped for what it shows.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, NamedTuple

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy import stats  # noqa: E402

import simulation  # noqa: E402
from simulation.dates import FIRST_QUARTER  # noqa: E402

YEARS = 5
COLUMNS = ("sales", "rd_spend", "investment", "productivity", "cell")


class History(NamedTuple):
    """A world's five years: firms by quarter, and what happened to them."""

    firms: list[pd.DataFrame]
    """By quarter, indexed by key."""
    defaults: dict[int, int]
    """Quarter of default by key."""
    covered: dict[int, int]
    """Quarter of the first new loan under cover by key."""
    grants: dict[int, tuple[int, float, float]]
    """Quarter, size and sales at the first grant by key."""
    research_wage: float
    """Mean wage of researchers in the last quarter."""


def walk(model: simulation.Ecosystem) -> History:
    """Return the history of a world from its next quarter on."""
    found = History([], {}, {}, {}, 0.0)
    world = model.world
    while model.running:
        model.step()
        f, rows, records = world.firms, world.firms.live, world.records
        found.firms.append(pd.DataFrame({name: f.arrays[name][rows] for name in COLUMNS}, index=f.key[rows].copy()))
        gone, failed = records.column("exits", "firm_key"), records.column("exits", "defaulted").astype(bool)
        found.defaults.update(dict.fromkeys(gone[failed].astype(int).tolist(), world.quarter))
        new = (records.column("loans", "kind") == 0) & (records.column("loans", "granted") > 0.0)
        for key in records.column("loans", "firm_key")[new & (records.column("loans", "covered") > 0.0)].tolist():
            found.covered.setdefault(int(key), world.quarter)
        won = records.column("grants", "won").astype(bool)
        names = ("firm_key", "grant", "sales")
        for key, size, sales in zip(*(records.column("grants", name)[won].tolist() for name in names), strict=True):
            found.grants.setdefault(int(key), (world.quarter, size, sales))
    fields = len(world.region.fields)
    return found._replace(research_wage=float(world.segments.wage[:fields].mean()))


def worlds(policy: str, seed: int) -> tuple[simulation.Region, History, History]:
    """Return the region and the histories with a policy and without it."""
    quarters = FIRST_QUARTER + 4 * YEARS
    without = simulation.Ecosystem(simulation.load_scenario("baseline", quarters=quarters), rng=seed, guarded=False)
    while without.quarter < FIRST_QUARTER - 1:
        without.step()
    with_policy = without.branch(simulation.load_scenario(policy, quarters=quarters))
    return without.world.region, walk(with_policy), walk(without)


def summed(history: History, column: str, key: int, first: int, quarters: int) -> float:
    """Return what a firm's column adds up to over some quarters; nothing once it is gone."""
    tables = history.firms[first - FIRST_QUARTER : first - FIRST_QUARTER + quarters]
    return sum(float(table.loc[key, column]) for table in tables if key in table.index)


def guarantee(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return by how much more of covered borrowers default within three years, in points."""
    borrowers = [(key, when) for key, when in mine.covered.items() if when < FIRST_QUARTER + 8]
    share = [np.mean([key in h.defaults and h.defaults[key] <= when + 12 for key, when in borrowers])
             for h in (mine, theirs)]  # fmt: skip
    return {"more": 100.0 * (share[0] - share[1])}


def grant(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return R&D added in two years for each yuan granted, by winners below and above their median sales."""
    before = theirs.firms[0].index
    won = [(key, *case) for key, case in mine.grants.items() if case[0] < FIRST_QUARTER + 12 and key in before]
    middle = np.median([sales for *_, sales in won])
    found = {}
    for name, chosen in (("small", lambda sales: sales <= middle), ("large", lambda sales: sales > middle)):
        cases = [case for case in won if chosen(case[-1])]
        more = sum(summed(mine, "rd_spend", key, when, 9) - summed(theirs, "rd_spend", key, when, 9)
                   for key, when, *_ in cases)  # fmt: skip
        found[name] = more / sum(size for _, _, size, _ in cases)
    return found | {"difference": found["small"] - found["large"]}


def subsidy(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return the elasticity of researchers' wages to what firms spend on R&D, as an R&D subsidy moves both."""
    spent = [history.firms[-1]["rd_spend"].sum() for history in (mine, theirs)]
    return {"elasticity": float(np.log(mine.research_wage / theirs.research_wage) / np.log(spent[0] / spent[1]))}


def easier_entry(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return how firms that only easier entry brings differ from others founded then: size, survival of two years."""
    old, seen = set(mine.firms[0].index), set().union(*(table.index for table in theirs.firms))
    rows = []
    for place, table in enumerate(mine.firms[1:-8], start=1):
        for key in table.index.difference(mine.firms[place - 1].index):
            if key not in old:
                rows.append((key not in seen, np.log(table.loc[key, "sales"]), key in mine.firms[place + 8].index))
    firms = pd.DataFrame(rows, columns=["marginal", "size", "survives"])
    means = firms.groupby("marginal").mean()
    return {"size": means.loc[True, "size"] - means.loc[False, "size"],
            "survival": 100.0 * (means.loc[True, "survives"] - means.loc[False, "survives"])}  # fmt: skip


def corridor(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return the effect on the productivity of firms that were on the axis before, in per cent."""
    before = mine.firms[0]
    there = before.index[region.cells.axis[before["cell"].to_numpy().astype(int)]]
    both = there.intersection(mine.firms[-1].index).intersection(theirs.firms[-1].index)
    gap = mine.firms[-1].loc[both, "productivity"] - theirs.firms[-1].loc[both, "productivity"]
    return {"productivity": 100.0 * float(gap.mean())}


def equipment(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return the effect of support on investment by size of those eligible, and on productivity, in per cent."""
    first = mine.firms[0]
    yearly = 4.0 * first["sales"]
    eligible = first.index[yearly >= 20.0].intersection(mine.firms[-1].index).intersection(theirs.firms[-1].index)
    middle = yearly[eligible].median()
    found = {}
    for name, keys in (("small", eligible[yearly[eligible] <= middle]), ("large", eligible[yearly[eligible] > middle])):
        sums = [sum(table["investment"].reindex(keys).sum() for table in history.firms) for history in (mine, theirs)]
        found[name] = 100.0 * (sums[0] / sums[1] - 1.0)
    gap = mine.firms[-1].loc[eligible, "productivity"] - theirs.firms[-1].loc[eligible, "productivity"]
    return {"difference": found["small"] - found["large"], "productivity": 100.0 * float(gap.mean())}


class Row(NamedTuple):
    """A published effect and where to read its counterpart."""

    policy: str
    read: Callable[[Any, History, History], dict[str, float]]
    figure: str
    claim: str
    source: str
    published: str
    low: float
    high: float


LARGE = float("inf")
ROWS = (
    Row("risk_pool", guarantee, "more",
        "covered borrowers that default within three years, less their twins, points",
        "Lelarge, Sraer and Thesmar (2010)", "> 0", 0.0, LARGE),
    Row("grant_competition", grant, "small", "R&D added for each yuan granted, smaller half of the winners",
        "Bronzini and Iachini (2014)", "> 0", 0.0, LARGE),
    Row("grant_competition", grant, "difference", "the same, smaller half less larger half",
        "Bronzini and Iachini (2014)", "> 0", 0.0, LARGE),
    Row("rd_subsidy", subsidy, "elasticity",
        "percent higher pay of researchers for each percent more R&D spending",
        "Goolsbee (1998)", "about 0.3", 0.1, 0.5),
    Row("one_stop_services", easier_entry, "size",
        "log sales at first of firms that only easier entry brings, less others'",
        "Branstetter et al. (2014) *", "< 0", -LARGE, 0.0),
    Row("one_stop_services", easier_entry, "survival", "their survival of two years less that of others, points",
        "Branstetter et al. (2014) *", "< 0", -LARGE, 0.0),
    Row("innovation_corridor", corridor, "productivity", "productivity of firms that were there before, %",
        "Neumark and Simpson (2015)", "about 0", -1.0, 1.0),
    Row("traditional_upgrade", equipment, "difference",
        "investment, smaller half of the eligible less larger half, points",
        "Criscuolo et al. (2019)", "> 0", 0.0, LARGE),
    Row("traditional_upgrade", equipment, "productivity", "productivity of the eligible, %",
        "Criscuolo et al. (2019)", "about 0", -1.0, 1.0),
)  # fmt: skip
"""A star: a parameter of the model has the same source."""


def measured(task: tuple[str, int]) -> dict[str, float]:
    """Return the figures of a policy in one seed."""
    policy, seed = task
    region, mine, theirs = worlds(policy, seed)
    read = {row.policy: row.read for row in ROWS}[policy]
    return read(region, mine, theirs)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20, help="seeds, from 0")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    policies = list(dict.fromkeys(row.policy for row in ROWS))
    tasks = [(policy, seed) for policy in policies for seed in range(options.runs)]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        found = dict(zip(tasks, pool.map(measured, tasks), strict=True))
    print("| effect | policy | source | published | simulated [95 %] | |\n|---|---|---|---|---|---|")
    for row in ROWS:
        values = pd.Series([found[row.policy, seed][row.figure] for seed in range(options.runs)])
        half = stats.t.ppf(0.975, len(values) - 1) * values.sem()
        mean, low, high = values.mean(), values.mean() - half, values.mean() + half
        verdict = "as published" if row.low <= mean <= row.high else "**not as published**"
        unclear = "" if (row.low <= low and high <= row.high) or high < row.low or low > row.high else "?"
        figure = f"{mean:.3g} [{low:.3g}, {high:.3g}]".replace("-", "−")
        print(f"| {row.claim} | `{row.policy}` | {row.source} | {row.published} | {figure} | {verdict}{unclear} |")


if __name__ == "__main__":
    main()
