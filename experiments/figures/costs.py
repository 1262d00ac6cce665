"""What a policy costs: effect against public money, and budgets and pools over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from experiments.figures.availability import NotAvailableError
from experiments.figures.comparison import spread
from experiments.labels import Language, known_outcomes, label_text, phrase, shown_unit
from experiments.plots import (
    BASELINE_COLOUR,
    INK,
    QUIET,
    Drawing,
    head,
    legend,
    panels_of,
    scenario_colours,
    scenario_markers,
    tick_text,
    year_axis,
)
from experiments.results import Results
from simulation.parameters import Label

RETURNS = (
    "gdp",
    "patents_per_10k",
    "high_tech_enterprises",
    "jobs",
    "talent_total",
    "technology_contracts_real",
)
"""Outcomes of the plane: of each, more is better."""
MONEY = ("public_spending", "pool_balance", "pool_claims", "pool_leverage", "net_cost_district", "net_cost_all_levels")
MOST_POLICIES = 6


def efficiency_frontier(cost: NDArray[np.float64], effect: NDArray[np.float64]) -> list[int]:
    """Return which options lie on the frontier: none does more for less, nor does a mixture of two others.

    Parameters
    ----------
    cost, effect : (n,) of the options, doing nothing among them

    Returns
    -------
    places of the options on the frontier, by rising cost
    """
    order = sorted(range(len(cost)), key=lambda i: (cost[i], -effect[i]))
    kept: list[int] = []
    for option in order:
        if kept and effect[option] <= effect[kept[-1]]:
            continue
        while len(kept) > 1:
            first, middle = kept[-2], kept[-1]
            steeper = (effect[option] - effect[first]) * (cost[middle] - cost[first])
            if steeper < (effect[middle] - effect[first]) * (cost[option] - cost[first]):
                break
            kept.pop()
        kept.append(option)
    return kept


def cost_plane(results: Results, *, lang: Language = "en") -> Drawing:
    """Draw effects at the end against the public money paid, the frontier, and the rebate of the same money.

    Raises
    ------
    NotAvailableError
        If no scenario has paid anything.
    """
    study = results.study
    rows = results.horizons
    rows = rows[(rows["horizon"] == "end") & (rows["reading"] == "district")]
    costs = results.costs[results.costs["reading"] == "paid"].set_index("scenario")
    chosen = known_outcomes([name for name in RETURNS if (rows["outcome"] == name).any()])
    if not chosen or costs.empty or not (costs["mean"] != 0).any():
        raise NotAvailableError(Label("no scenario has paid any public money", "各情景均无政策支出"))
    plain = rows[rows["comparator"] == "baseline"]
    data = plain[plain["outcome"].isin(list(chosen))][["scenario", "outcome", "effect", "low", "high"]].copy()
    for part in ("mean", "low", "high"):
        data[f"paid_{part}" if part != "mean" else "paid"] = data["scenario"].map(costs[part])
    beside = rows[rows["comparator"] == "uniform_rebate"].set_index(["scenario", "outcome"])["mean_comparator"]
    base = plain.set_index(["scenario", "outcome"])["mean_comparator"]
    index = pd.MultiIndex.from_frame(data[["scenario", "outcome"]])
    data["rebate_effect"] = (beside.reindex(index) - base.reindex(index)).to_numpy(float)
    data["on_frontier"] = False
    # Of the whole run, not of a quarter.
    spending = replace(known_outcomes(["public_spending"])["public_spending"], quarterly=False)
    money = shown_unit(spending, lang, size=float(costs[["mean", "high"]].abs().max().max()))
    colours, markers = scenario_colours(study.baseline, study.policies), scenario_markers(study.policies)
    figure, panels, columns = panels_of(len(chosen), lang)
    for number, (axes, (name, outcome)) in enumerate(zip(panels, chosen.items(), strict=True)):
        own = data[data["outcome"] == name]
        size = float(np.nan_to_num(own[["effect", "low", "high"]].abs().to_numpy(float)).max(initial=0.0))
        shown = shown_unit(outcome, lang, size=size, difference=True)
        axes.axhline(0, color=BASELINE_COLOUR, linewidth=1.0)
        axes.plot(0, 0, "+", color=BASELINE_COLOUR, markersize=9, markeredgewidth=2.2, zorder=4, linestyle="",
                  label=label_text(results.titles[study.baseline], lang))  # fmt: skip
        paid = np.append(own["paid"].to_numpy(float), 0.0)
        effect = np.append(own["effect"].to_numpy(float), 0.0)
        known = np.flatnonzero(np.isfinite(paid) & np.isfinite(effect))
        line = known[efficiency_frontier(paid[known], effect[known])]
        on = own.index[line[line < len(own)]]
        data.loc[on, "on_frontier"] = True
        axes.plot(paid[line] * money.factor, effect[line] * shown.factor, color=INK, linewidth=1.0,
                  linestyle=(0, (1, 1.5)), zorder=1, label=phrase("frontier", "效率前沿", lang))  # fmt: skip
        for row in own.to_dict("records"):
            x, y = row["paid"] * money.factor, row["effect"] * shown.factor
            colour = colours[row["scenario"]]
            axes.hlines(y, row["paid_low"] * money.factor, row["paid_high"] * money.factor, color=colour, linewidth=1.2)
            axes.vlines(x, row["low"] * shown.factor, row["high"] * shown.factor, color=colour, linewidth=1.2)
            axes.plot(x, y, markers[row["scenario"]], color=colour, markersize=6, zorder=3,
                      label=label_text(results.titles[row["scenario"]], lang))  # fmt: skip
            if np.isfinite(row["rebate_effect"]):
                axes.plot(x, row["rebate_effect"] * shown.factor, markers[row["scenario"]], color=colour, markersize=6,
                          markerfacecolor="white", zorder=2)  # fmt: skip
        axes.margins(0.12)
        head(axes, outcome, shown, lang)
        axes.locator_params(axis="x", nbins=4)
        axes.xaxis.set_major_formatter(tick_text)
        if number + columns >= len(panels):
            label = phrase("Public money paid", "已支付财政资金", lang, separator="\n")
            axes.set_xlabel(f"{label}\n{money.unit}", fontsize=8)
    note = phrase(
        "Effects at the end against the baseline and public money paid over the whole run: means and 95 % intervals; "
        "dotted: frontier, above which no scenario lies",
        "期末相对基线的效应，与全期已支付财政资金：均值与 95% 区间；点线为效率前沿，没有情景在其上方",
        lang,
    )
    if np.isfinite(data["rebate_effect"]).any():
        note += phrase("; hollow: the same money as a uniform rebate", "；空心：等额普惠退税", lang)
    legend(figure, panels[0], lang, f"{note}{'。' if lang == 'zh' else '.'}")
    return Drawing("cost_plane", figure, data.reset_index(drop=True))


def _money_outcomes(results: Results) -> list[str]:
    """Return what is drawn of money: spending, each policy's own when there are several, pools, net cost."""
    outcomes = results.study.outcomes
    policies = [name for name in outcomes.columns if name.startswith("spending_")]
    total = outcomes[policies].sum()
    policies = [name for name in total.sort_values(ascending=False, kind="stable").index if total[name] > 0]
    names = ["public_spending", *(policies[:MOST_POLICIES] if len(policies) > 1 else []), *MONEY[1:]]
    return [name for name in names if name in outcomes and (outcomes[name] != 0).any()]


def budgets(results: Results, *, lang: Language = "en") -> Drawing:
    """Draw spending, budgets, and what pools hold and pay, over time in every scenario.

    Raises
    ------
    NotAvailableError
        If no public money has moved.
    """
    study = results.study
    names = _money_outcomes(results)
    if not names:
        raise NotAvailableError(Label("no public money has moved", "没有公共资金流动"))
    chosen = known_outcomes(names)
    data = spread(study, list(chosen))
    budget = {scenario: _yearly_budget(results, scenario, sorted(results.dates)) for scenario in study.policies}
    colours, markers = scenario_colours(study.baseline, study.policies), scenario_markers(study.policies)
    dates = pd.Series(results.dates)
    figure, panels, columns = panels_of(len(chosen), lang)
    for number, (axes, (name, outcome)) in enumerate(zip(panels, chosen.items(), strict=True)):
        rows = data[data["outcome"] == name]
        size = float(np.nan_to_num(rows[["mean", "low", "high"]].abs().to_numpy(float)).max(initial=0.0))
        shown = shown_unit(outcome, lang, size=size)
        for scenario in study.scenarios:
            line = rows[rows["scenario"] == scenario]
            quarters = line["quarter"].to_numpy()
            axes.plot(quarters, line["mean"] * shown.factor, color=colours[scenario],
                      label=label_text(results.titles[scenario], lang), marker=markers.get(scenario),
                      markevery=max(2, len(quarters) // 6), markersize=4.5, markeredgewidth=0,
                      linewidth=2.6 if scenario == study.baseline else 1.4)  # fmt: skip
            axes.fill_between(quarters, line["low"] * shown.factor, line["high"] * shown.factor,
                              color=colours[scenario], alpha=0.15, linewidth=0)  # fmt: skip
            if name == "public_spending" and scenario in budget:
                level = budget[scenario] / 4.0 * shown.factor
                axes.step(sorted(results.dates), level, color=colours[scenario], where="mid", linewidth=0.9,
                          linestyle="--")  # fmt: skip
        head(axes, outcome, shown, lang)
        _from_zero(axes)
        year_axis(axes, dates, lang, bottom=number + columns >= len(panels))
    note = phrase(
        f"Per quarter, mean of {results.pairs} runs; band: 10th to 90th percentile of runs; dashed: budget stated in "
        "the scenario (deposits and buildings come on top).",
        f"按季度，{results.pairs} 次运行的均值；色带：第 10 至第 90 百分位；虚线：情景所列预算（不含存入资金与建设）。",
        lang,
    )
    drawn = [name for name in chosen if name.startswith("spending_")]
    if len(drawn) == MOST_POLICIES:
        note += phrase(
            f" Of the policies, the {MOST_POLICIES} that spend most.", f"仅列支出最多的 {MOST_POLICIES} 项政策。", lang
        )
    legend(figure, panels[0], lang, note)
    return Drawing("budgets", figure, data)


def _from_zero(axes: Axes) -> None:
    """Let an axis of money that is nowhere negative begin at zero."""
    low, high = axes.get_ylim()
    if low < 0.0 <= high and all(np.nanmin(line.get_ydata(), initial=0.0) >= 0.0 for line in axes.lines):
        axes.set_ylim(0.0, high)
    axes.axhline(0, color=QUIET, linewidth=0.6, zorder=0)


def _yearly_budget(results: Results, scenario: str, quarters: Sequence[int]) -> NDArray[np.float64]:
    """Return the budgets that a scenario states, million CNY a year in each quarter."""
    total = np.zeros(len(quarters))
    dates = np.array([results.dates[quarter] for quarter in quarters])
    for policy in results.content(scenario).get("policies", {}).values():
        on = dates >= str(policy.get("start") or "")
        if policy.get("end"):
            on &= dates <= str(policy["end"])
        total += on * float(policy.get("budget") or 0.0) * float(policy.get("strength", 1.0))
    return total
