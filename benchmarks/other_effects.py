"""Published effects that played no part in the making of the model, tried in it: what twins say beside what was found.

Run with `python benchmarks/other_effects.py [--runs 20] [--jobs 2]`. Five years of a policy for each seed, branched
from the baseline before it starts; means over seeds with 95 % intervals (Student). Prints a table for
`docs/evidence.md`. Rows were settled before their first run; a row is never dropped for what it shows.
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
COLUMNS = ("sales", "rd_spend", "investment", "productivity", "cell", "industry", "labour")


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
    outcomes: pd.DataFrame
    """Outcomes by quarter."""
    people: pd.DataFrame
    """Talent in the last quarter, indexed by key: whether employed."""
    courses: tuple[int, int]
    """Courses that skilled workers took, and those of them that a policy paid for."""
    research_wage: float
    """Mean wage of researchers in the last quarter."""


def walk(model: simulation.Ecosystem) -> History:
    """Return the history of a world from its next quarter on."""
    found = History([], {}, {}, {}, pd.DataFrame(), pd.DataFrame(), (0, 0), 0.0)
    world = model.world
    courses = paid = 0
    while model.running:
        model.step()
        f, rows, records = world.firms, world.firms.live, world.records
        table = pd.DataFrame({name: f.arrays[name][rows] for name in COLUMNS}, index=f.key[rows].copy())
        found.firms.append(table.assign(staff=f.staff[rows].sum(axis=1)))
        courses += int(records.flows["trained"])
        paid += len(records.column("training", "firm_key"))
        gone, failed = records.column("exits", "firm_key"), records.column("exits", "defaulted").astype(bool)
        found.defaults.update(dict.fromkeys(gone[failed].astype(int).tolist(), world.quarter))
        new = (records.column("loans", "kind") == 0) & (records.column("loans", "granted") > 0.0)
        for key in records.column("loans", "firm_key")[new & (records.column("loans", "covered") > 0.0)].tolist():
            found.covered.setdefault(int(key), world.quarter)
        won = records.column("grants", "won").astype(bool)
        names = ("firm_key", "grant", "sales")
        for key, size, sales in zip(*(records.column("grants", name)[won].tolist() for name in names), strict=True):
            found.grants.setdefault(int(key), (world.quarter, size, sales))
    t, alive, fields = world.talent, world.talent.live, len(world.region.fields)
    people = pd.DataFrame({"skill": t.skill[alive], "employed": t.employer_kind[alive] > 0}, index=t.key[alive].copy())
    return found._replace(
        outcomes=model.datacollector.get_model_vars_dataframe(), people=people, courses=(courses, paid),
        research_wage=float(world.segments.wage[:fields].mean()),
    )


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
    staff = [sum(summed(h, "staff", key, when + 12, 1) for key, when in borrowers) for h in (mine, theirs)]
    return {"more": 100.0 * (share[0] - share[1]), "staff": 100.0 * (staff[0] / staff[1] - 1.0)}


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
    """Return the log changes of researchers' wages and of what firms spend on R&D, as an R&D subsidy moves both."""
    spent = [history.firms[-1]["rd_spend"].sum() for history in (mine, theirs)]
    return {"pay": float(np.log(mine.research_wage / theirs.research_wage)),
            "spending": float(np.log(spent[0] / spent[1]))}  # fmt: skip


def easier_entry(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return how firms that only easier entry brings differ from others founded then: size, survival of two years."""
    old, seen = set(mine.firms[0].index), set().union(*(table.index for table in theirs.firms))
    rows = []
    for place, table in enumerate(mine.firms[1:-8], start=1):
        for key in table.index.difference(mine.firms[place - 1].index):
            if key not in old:
                rows.append((key not in seen, np.log(table.loc[key, "sales"]), key in mine.firms[place + 8].index))
    firms = pd.DataFrame(rows, columns=["marginal", "size", "survives"])
    means = firms.groupby("marginal").mean().reindex([False, True])
    births = [h.outcomes["firm_births"].iloc[-12:].sum() for h in (mine, theirs)]
    return {"size": means.loc[True, "size"] - means.loc[False, "size"],
            "survival": 100.0 * (means.loc[True, "survives"] - means.loc[False, "survives"]),
            "births": 100.0 * (births[0] / births[1] - 1.0),
            "incumbents": 100.0 * (incumbents(mine, "sales") / incumbents(theirs, "sales") - 1.0)}  # fmt: skip


def incumbents(history: History, column: str) -> float:
    """Return what a column adds up to in the last year over firms that were there in the first quarter."""
    before = history.firms[0].index
    return sum(float(table[column].reindex(before).sum()) for table in history.firms[-4:])


def start_ups(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return log sales after two years of firms that only support brings, less those of others; nan without any."""
    old, seen = set(mine.firms[0].index), set().union(*(table.index for table in theirs.firms))
    rows = []
    for place, table in enumerate(mine.firms[1:-8], start=1):
        later = mine.firms[place + 8]["sales"]
        new = table.index.difference(mine.firms[place - 1].index).intersection(later.index)
        rows += [(key not in seen, np.log(max(later[key], 1e-6))) for key in new if key not in old]
    means = pd.DataFrame(rows, columns=["marginal", "size"]).groupby("marginal")["size"].mean()
    return {"size": means.get(True, np.nan) - means.get(False, np.nan)}


def corridor(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return the effect on the productivity of firms that were on the axis before, in per cent."""
    before = mine.firms[0]
    there = before.index[region.cells.axis[before["cell"].to_numpy().astype(int)]]
    return {"productivity": productivity(there, mine, theirs)}


def productivity(keys: pd.Index, mine: History, theirs: History) -> float:
    """Return the effect on the productivity of firms that are there in the end in both worlds, in per cent."""
    both = keys.intersection(mine.firms[-1].index).intersection(theirs.firms[-1].index)
    gap = mine.firms[-1].loc[both, "productivity"] - theirs.firms[-1].loc[both, "productivity"]
    return 100.0 * float(gap.mean())


def cluster(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return the effect on the productivity of firms of the supported industries and zones."""
    before = mine.firms[0]
    zones = [place for place, zone in enumerate(region.zones) if zone.name in ("high_tech_zone", "fenghuang")]
    names = ("information_technology", "life_health", "smart_equipment")
    industries = [place for place, name in enumerate(region.industries.name) if name in names]
    zone = region.cells.zone[before["cell"].to_numpy().astype(int)]
    there = before.index[np.isin(zone, zones) & before["industry"].isin(industries).to_numpy()]
    return {"productivity": productivity(there, mine, theirs)}


def housing(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return the effect on the cost of housing in the last year, in per cent."""
    cost = [history.outcomes["housing_cost"].iloc[-4:].mean() for history in (mine, theirs)]
    return {"cost": 100.0 * (cost[0] / cost[1] - 1.0)}


def zones(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return how many more firms there are in the end in the supported zones and elsewhere."""
    urban = np.array([zone.urban for zone in region.zones])
    counts = [np.bincount(urban[region.cells.zone[h.firms[-1]["cell"].to_numpy().astype(int)]].astype(int), minlength=2)
              for h in (mine, theirs)]  # fmt: skip
    return {"elsewhere": float(counts[0][0] - counts[1][0]), "there": float(counts[0][1] - counts[1][1])}


def trades(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return by how many points more of those who had the trades without courses are at work in the end."""
    had = theirs.people.index[theirs.people["skill"] >= 2].intersection(mine.people.index)
    share = [history.people.loc[had, "employed"].mean() for history in (mine, theirs)]
    return {"employed": 100.0 * (share[0] - share[1])}


def training(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return the share of courses paid for that would have been held anyway, in per cent."""
    return {"anyway": 100.0 * (1.0 - (mine.courses[0] - theirs.courses[0]) / mine.courses[1])}


def institutes(region: Any, mine: History, theirs: History) -> dict[str, float]:
    """Return the effect on patents granted to firms in the last two years, in per cent."""
    granted = [history.outcomes["patents_granted"].iloc[-8:].sum() for history in (mine, theirs)]
    return {"patents": 100.0 * (granted[0] / granted[1] - 1.0)}


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
    return {"difference": found["small"] - found["large"], "productivity": productivity(eligible, mine, theirs)}


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
    over: str = ""
    """Figure by whose mean over seeds the other's is divided."""


LARGE = float("inf")
ROWS = (
    Row("risk_pool", guarantee, "more",
        "covered borrowers that default within three years, less their twins, points",
        "Lelarge, Sraer and Thesmar (2010) †", "> 0", 0.0, LARGE),
    Row("grant_competition", grant, "small", "R&D added for each yuan granted, smaller half of the winners",
        "Bronzini and Iachini (2014)", "> 0", 0.0, LARGE),
    Row("grant_competition", grant, "difference", "the same, smaller half less larger half",
        "Bronzini and Iachini (2014)", "> 0", 0.0, LARGE),
    Row("rd_subsidy", subsidy, "pay", "percent higher pay of researchers for each percent more R&D spending",
        "Goolsbee (1998)", "about 0.3", 0.1, 0.5, over="spending"),
    Row("one_stop_services", easier_entry, "size",
        "log sales at first of firms that only easier entry brings, less others'",
        "Branstetter et al. (2014) *†", "< 0", -LARGE, 0.0),
    Row("one_stop_services", easier_entry, "survival", "their survival of two years less that of others, points",
        "Branstetter et al. (2014) *†", "< 0", -LARGE, 0.0),
    Row("innovation_corridor", corridor, "productivity", "productivity of firms that were there before, %",
        "Neumark and Simpson (2015)", "about 0", -1.0, 1.0),
    Row("traditional_upgrade", equipment, "difference",
        "investment, smaller half of the eligible less larger half, points",
        "Criscuolo et al. (2019)", "> 0", 0.0, LARGE),
    Row("traditional_upgrade", equipment, "productivity", "productivity of the eligible, %",
        "Criscuolo et al. (2019)", "about 0", -1.0, 1.0),
    # Settled later than those above, before they were first run.
    Row("one_stop_services", easier_entry, "births", "firms that come, last three years, %",
        "Bruhn (2011); Branstetter et al. (2014) *", "+5 to +17", 2.0, 20.0),
    Row("one_stop_services", easier_entry, "incumbents", "sales of firms that were there before, %",
        "Bruhn (2011)", "< 0", -LARGE, 0.0),
    Row("youth_startup_city", start_ups, "size",
        "log sales after two years of firms that only support brings, less others'",
        "Caliendo, Künn and Weißenberger (2020)", "< 0", -LARGE, 0.0),
    Row("risk_pool", guarantee, "staff", "skilled staff of covered borrowers after three years, less their twins', %",
        "Lelarge, Sraer and Thesmar (2010)", "> 0", 0.0, LARGE),
    Row("cluster_platform", cluster, "productivity", "productivity of firms that may use it, %",
        "Martin, Mayer and Mayneris (2011)", "about 0", -1.0, 1.0),
    Row("talent_green_channel", housing, "cost", "cost of housing, %", "Fack (2006)", "> 0", 0.0, LARGE),
    Row("g60_corridor", housing, "cost", "cost of housing, %", "Zheng and Kahn (2013)", "> 0", 0.0, LARGE),
    Row("return_to_city", zones, "there", "firms in the supported zones", "Givord et al. (2013)", "> 0", 0.0, LARGE),
    Row("return_to_city", zones, "elsewhere", "firms elsewhere in the district",
        "Givord et al. (2013)", "< 0", -LARGE, 0.0),
    Row("talent_chain", trades, "employed", "those who had the trades without courses: at work in the end, points",
        "Crépon et al. (2013)", "< 0", -LARGE, 0.0),
    Row("gold_collar", training, "anyway", "courses paid for that would have been held anyway, %",
        "Abramovsky et al. (2011); Hidalgo et al. (2014) *†", "60 to 90", 50.0, 100.0),
    Row("anchor_institutes", institutes, "patents", "patents granted to firms, last two years, %",
        "Jaffe (1989); Cowan and Zinovyeva (2013)", "> 0", 0.0, LARGE),
)  # fmt: skip
"""A star: a parameter of the model has the same source. A dagger: the model was changed once the row had been read."""


def measured(task: tuple[str, int]) -> dict[str, float]:
    """Return the figures of a policy in one seed."""
    policy, seed = task
    region, mine, theirs = worlds(policy, seed)
    read = {row.policy: row.read for row in ROWS}[policy]
    return read(region, mine, theirs)


def interval(values: np.ndarray, over: np.ndarray) -> tuple[float, float, float]:
    """Return the ratio of two means over seeds and its 95 % interval (jackknife, Student)."""
    n, ratio = len(values), values.mean() / over.mean()
    without = (values.sum() - values) / (over.sum() - over)
    half = stats.t.ppf(0.975, n - 1) * np.sqrt((n - 1) / n * np.square(without - without.mean()).sum())
    return ratio, ratio - half, ratio + half


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
        runs = [found[row.policy, seed] for seed in range(options.runs)]
        values = np.array([run[row.figure] for run in runs])
        over = np.array([run[row.over] if row.over else 1.0 for run in runs])
        mean, low, high = interval(values[np.isfinite(values)], over[np.isfinite(values)])
        verdict = "as published" if row.low <= mean <= row.high else "**not as published**"
        unclear = "" if (row.low <= low and high <= row.high) or high < row.low or low > row.high else "?"
        figure = f"{mean:.3g} [{low:.3g}, {high:.3g}]".replace("-", "−")
        print(f"| {row.claim} | `{row.policy}` | {row.source} | {row.published} | {figure} | {verdict}{unclear} |")


if __name__ == "__main__":
    main()
