"""Figures and intervals of the study of the risk pool, from the finished tables of its seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from experiments.evidence.claims import Figure, over_seeds
from experiments.labels import known_outcomes, number_text, shown_unit
from experiments.rebates import between_levels
from experiments.statistics import adjusted_probability, paired_effects, with_wider_interval
from simulation.parameters import Label

if TYPE_CHECKING:
    from risk_pool import Design

LEVEL = 0.05
BASELINE, REBATE = "baseline", "rebate"
GOOD = {"firms": 1, "survivors": 1, "jobs": 1, "gdp": 1, "patents_granted": 1, "high_tech_enterprises": 1,
        "tech_loans": 1, "default_share": -1, "bank_losses": -1, "public": -1}  # fmt: skip
"""Outcomes that are compared, and the direction that is good."""
OWN = {
    "survivors": (Label("Surviving firms, of those before the start", "存续企业（起始前已有）"), "家 firms"),
    "bank_losses": (Label("Banks' losses so far, after claims", "银行累计损失（扣代偿）"), "百万元 million CNY"),
    "public": (Label("Public outlay so far, guarantor in", "公共累计净支出（含担保）"), "百万元 million CNY"),
}
IDENTITY = ["scenario", "seed", "quarter"]


def labels(name: str) -> Label:
    """Return the label of an outcome."""
    return OWN[name][0] if name in OWN else known_outcomes([name])[name].label


def shown(name: str, lang: str = "both") -> tuple[str, float]:
    """Return unit and factor in which differences of an outcome are shown."""
    if name in OWN:
        unit = OWN[name][1]
        return {"both": unit, "zh": unit.partition(" ")[0], "en": unit.partition(" ")[2]}[lang], 1.0
    found = shown_unit(known_outcomes([name])[name], lang, difference=True)  # type: ignore[arg-type]
    if lang == "zh" and found.unit.startswith("万元"):
        return "百万元" + found.unit.removeprefix("万元"), 1.0
    return found.unit, found.factor


def number(value: float, *, sign: bool = False) -> str:
    """Return a number as the page shows it."""
    return number_text(float(value), sign=sign, digits=2).replace("-", "−")


def cell_text(row: pd.Series) -> str:
    """Return effect and interval, in bold where the effect can be told from zero."""
    factor = shown(str(row["outcome"]))[1]
    effect, low, high = (number(row[side] * factor, sign=True) for side in ("effect", "low", "high"))
    mark = "**" if row["p_adjusted"] < LEVEL else ""
    return f"{mark}{effect}{mark} [{low}, {high}]"


class Results:
    """What the tables of the study say.

    Parameters
    ----------
    tables : finished rows by part, the grid among them
    design : of the study
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame], design: Design) -> None:
        self.tables, self.design, self.grid = tables, design, tables["grid"]
        self._base = design.load(BASELINE)
        self.horizons = dict(self.grid.drop_duplicates("horizon").set_index("horizon")["quarter"])
        self.end = "end"
        self.last = self.grid[self.grid["horizon"] == self.end]
        self.pairs = self.pairs_of(design.deposits[0])
        self.deposit = design.deposits[0]
        self.multiple = design.multiples[len(design.multiples) // 2]
        self.date = self.date_of(self.end)
        self._beside: dict[tuple[str, str], tuple[pd.DataFrame, pd.DataFrame]] = {}
        self._steps: dict[tuple[float, float, float], pd.DataFrame] = {}

    def date_of(self, horizon: str) -> str:
        """Return the date of a horizon, such as "2035Q4"."""
        return self._base.date(int(self.horizons[horizon]))

    def when(self, horizon: str) -> Label:
        """Return a horizon in words."""
        date = self.date_of(horizon)
        if horizon == self.end:
            return Label(f"At the end of the run ({date})", f"期末（{date}）")
        years = horizon.removesuffix("y")
        return Label(f"After {years} years ({date})", f"{years}年后（{date}）")

    def pairs_of(self, deposit: float) -> int:
        """Return with how many seeds the pools of a deposit were run."""
        first = self.name(deposit, self.design.shares[0], self.design.multiples[0])
        return int((self.last["scenario"] == first).sum())

    def name(self, deposit: float, share: float, multiple: float) -> str:
        """Return the name of a world of the grid."""
        return f"pool_{deposit:g}_{share:g}_{multiple:g}"

    def cells(self, deposit: float) -> list[tuple[float, float, str]]:
        """Return loss share, multiple and name of the pools with a deposit, in order."""
        pairs = product(self.design.shares, self.design.multiples)
        return [(share, multiple, self.name(deposit, share, multiple)) for share, multiple in pairs]

    def _paired(self, rows: pd.DataFrame, baseline: str, scenarios: Sequence[str], drawn: bool = False) -> pd.DataFrame:
        kept = rows[[*IDENTITY, *GOOD]].drop_duplicates(IDENTITY)
        found = paired_effects(kept, baseline, scenarios, drawn=drawn)
        names = pd.DataFrame({"horizon": list(self.horizons), "quarter": list(self.horizons.values())})
        return found.merge(names, on="quarter")

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Effects of all worlds of the grid against no policy, at all horizons."""
        names = [name for name in self.grid["scenario"].unique() if name != BASELINE]
        return self._paired(self.grid, BASELINE, names)

    def effects_of(self, scenario: str, horizon: str) -> pd.DataFrame:
        """Return the effects of a world by outcome."""
        own = self.effects[(self.effects["scenario"] == scenario) & (self.effects["horizon"] == horizon)]
        return own.set_index("outcome", drop=False)

    def grid_effects(self, deposit: float) -> pd.DataFrame:
        """Return the effects of the pools with a deposit, with their loss shares and multiples."""
        cells = pd.DataFrame(self.cells(deposit), columns=["share", "multiple", "scenario"])
        return self.effects.merge(cells, on="scenario")

    def sums(self, scenario: str, columns: Sequence[str], less: str = "") -> np.ndarray:
        """Return columns of a world at the end of the run, (seeds, k), less those of another where one is named."""
        by_seed = self.last.set_index("seed")
        own = by_seed.loc[by_seed["scenario"] == scenario, list(columns)].sort_index()
        if less:
            own = own - by_seed.loc[by_seed["scenario"] == less, list(columns)].loc[own.index]
        return own.to_numpy(float)

    def ratio(self, scenario: str, above: str, below: str) -> Figure:
        """Return one count over another in per cent, with its interval over seeds."""
        counts = self.sums(scenario, (above, below))
        if counts[:, 1].sum() <= 0.0:
            return Figure(np.nan, np.nan, np.nan)
        return over_seeds(counts, lambda s: 100.0 * s[..., 0] / s[..., 1])

    def kept(self, scenario: str) -> Figure:
        """Return borrowers that live in the pool's world only, less those in the twin's only, in % of borrowers."""
        counts = self.sums(scenario, ("kept", "lost", "borrowers"))
        if counts[:, 2].sum() <= 0.0:
            return Figure(np.nan, np.nan, np.nan)
        return over_seeds(counts, lambda s: 100.0 * (s[..., 0] - s[..., 1]) / s[..., 2])

    def cost_kept(self, scenario: str) -> float:
        """Return public outlay for each borrower kept, net (million CNY); undefined where the interval holds zero."""
        spent = float(self.sums(scenario, ("public",), BASELINE).sum())
        kept, lost = self.sums(scenario, ("kept", "lost")).sum(axis=0)
        return spent / (kept - lost) if self.kept(scenario).low > 0.0 and spent > 0.0 else np.nan

    def additionality(self) -> pd.DataFrame:
        """Return both readings of additionality by cell, in per cent."""
        rows = []
        for deposit in self.design.deposits:
            for share, multiple, name in self.cells(deposit):
                for reading in ("moment", "year"):
                    found = self.ratio(name, reading, "judged")
                    rows.append((deposit, share, multiple, reading, found.value, found.low, found.high))
        return pd.DataFrame(rows, columns=["deposit", "share", "multiple", "reading", "effect", "low", "high"])

    def equal_rebate(self, scenario: str, money: str = "public") -> pd.DataFrame:
        """Return, seed by seed, the outcomes at the end of the run with a rebate that costs what a pool costs."""
        cost = self.last.set_index(["scenario", "seed"])[money]
        paid = {key: float(value - cost[BASELINE, key[1]]) for key, value in cost.items()}
        seeds = self.last.loc[self.last["scenario"] == scenario, "seed"]
        kept = self.last.loc[self.last["seed"].isin(seeds), [*IDENTITY, *GOOD]]
        found = between_levels(kept, paid, scenario, BASELINE, self.design.rebates, list(GOOD))
        return found.assign(scenario=REBATE, quarter=self.horizons[self.end])

    def beside_rebate(self, scenario: str, money: str = "public") -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the effects of the rebate of the same money against no policy, and of the pool against that rebate."""
        if (scenario, money) in self._beside:
            return self._beside[scenario, money]
        rows = pd.concat([self.last, self.equal_rebate(scenario, money)])
        found = []
        for base, other in ((BASELINE, REBATE), (REBATE, scenario)):
            effects = self._paired(rows, base, [other])
            found.append(effects[effects["horizon"] == self.end].set_index("outcome", drop=False))
        self._beside[scenario, money] = found[0], found[1]
        return found[0], found[1]

    def cost(self, scenario: str, measure: str, world: str) -> float:
        """Return cost for each additional firm (million CNY); undefined where the effect's interval holds zero.

        Parameters
        ----------
        measure : "survivors" or "firms"
        world : "pool", "rebate" (of the same outlay), or "bound" (the pool, by money appropriated)
        """
        money = "appropriated" if world == "bound" else "public"
        own = self.beside_rebate(scenario)[0] if world == REBATE else self.effects_of(scenario, self.end)
        spent = float(self.sums(scenario, (money,), BASELINE).mean())
        return spent / own.loc[measure, "effect"] if own.loc[measure, "low"] > 0.0 and spent > 0.0 else np.nan

    def costs(self) -> pd.DataFrame:
        """Return additional firms of pool and equal rebate, and cost for each, as in the scenario."""
        rows = []
        for share in self.design.shares:
            name = self.name(self.deposit, share, self.multiple)
            for world in ("pool", REBATE):
                own = self.beside_rebate(name)[0] if world == REBATE else self.effects_of(name, self.end)
                for measure in ("survivors", "firms"):
                    sides = (float(own.loc[measure, side]) for side in ("effect", "low", "high"))
                    rows.append((measure, world, share, *sides, self.cost(name, measure, world)))
        return pd.DataFrame(rows, columns=["measure", "world", "share", "effect", "low", "high", "cost"])

    def steps_of(self, deposit: float) -> list[tuple[tuple[float, float, float], pd.DataFrame]]:
        """Return what each step of the loss share changes: lower and higher share and multiple, and paired effects."""
        found = []
        for low, high in zip(self.design.shares, self.design.shares[1:], strict=False):
            for multiple in self.design.multiples:
                names = [self.name(deposit, share, multiple) for share in (low, high)]
                key = (deposit, low, multiple)
                if key not in self._steps:
                    self._steps[key] = self._paired(self.grid, names[0], [names[1]])
                found.append(((low, high, multiple), self._steps[key]))
        return found

    def step_data(self, deposit: float) -> pd.DataFrame:
        """Return all steps as one table."""
        return pd.concat([own.assign(step=f"{low:g} → {high:g}", low_share=low, high_share=high, multiple=multiple)
                          for (low, high, multiple), own in self.steps_of(deposit)], ignore_index=True)  # fmt: skip

    def unbound(self, deposit: float) -> float:
        """Return the share of seeds and loss shares in which the lowest multiple never could hold a loan back."""
        names = [self.name(deposit, share, self.design.multiples[0]) for share in self.design.shares]
        return float(1.0 - self.last[self.last["scenario"].isin(names)]["bound"].mean())

    @property
    def has_robustness(self) -> bool:
        """Whether any part beside the grid is there."""
        return len(self.tables) > 1

    def tested(self, part: str) -> list[str]:
        """Return the pools of a part; none where it was not run."""
        found = self.tables.get(part)
        return [] if found is None else [name for name in found["scenario"].unique() if name != BASELINE]

    def part_effects(self, part: str, scenario: str) -> pd.DataFrame:
        """Return the effects of a pool of a part at the end of the run, with the wider interval where it is drawn."""
        found = self._paired(self.tables[part], BASELINE, [scenario], drawn=part == "draws")
        return with_wider_interval(found[found["horizon"] == self.end])

    def robust_data(self, parts: Mapping[str, Label]) -> pd.DataFrame:
        """Return the effects of the pools of all parts on robustness."""
        found = [self.part_effects(part, name).assign(part=part) for part in parts for name in self.tested(part)]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame()

    def correlations(self, outcomes: Sequence[str], most: int = 3) -> pd.DataFrame:
        """Return the drawn parameters that go with an effect most, by rank; p adjusted for their number."""
        rows = []
        table = self.tables.get("draws", pd.DataFrame())
        drawn = [name for name in table.columns if name.startswith("draw:")]
        last = table[table["horizon"] == self.end].set_index("seed") if len(table) else table
        for scenario in self.tested("draws") if drawn and last.index.nunique() > 2 else ():
            base, own = (last[last["scenario"] == name].sort_index() for name in (BASELINE, scenario))
            for outcome in outcomes:
                effect = (own[outcome] - base[outcome]).to_numpy(float)
                if np.ptp(effect) == 0.0:
                    continue
                found = [spearmanr(own[name], effect) for name in drawn]
                adjusted = adjusted_probability(np.array([[one.pvalue for one in found]]))[0]
                order = np.argsort([-abs(one.statistic) for one in found], kind="stable")[:most]
                rows += [(outcome, scenario, drawn[i].removeprefix("draw:"), float(found[i].statistic), adjusted[i])
                         for i in order]  # fmt: skip
        return pd.DataFrame(rows, columns=["outcome", "scenario", "parameter", "rho", "p"])
