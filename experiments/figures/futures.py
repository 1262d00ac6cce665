"""Regret over futures: how much each scenario falls short of the best one, whatever the future brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from experiments.figures.availability import NotAvailableError
from experiments.figures.quantities import quantity_label
from experiments.labels import Language, known_outcomes, label_text, number_text, phrase, shown_unit
from experiments.plots import QUIET, Drawing, add_note
from experiments.results import Results
from simulation.parameters import Label

MOST_FUTURES = 14
UNDISTURBED = "undisturbed"


def future_label(name: str) -> Label:
    """Return how a future is called: by the labels of the stresses that are on in it, else by its number."""
    from simulation.scenario import declare
    from simulation.stress import STRESSES

    declare()
    if name == UNDISTURBED:
        return Label(name, "无冲击")
    number = name.removeprefix("future ")
    if number != name:
        return Label(name, f"情形 {number}")
    labels = [STRESSES[one].label if one in STRESSES else Label(one, one) for one in name.split(" + ")]
    return Label(" + ".join(label.en for label in labels), " + ".join(label.zh for label in labels))


def regret_figures(path: Path, manifest: Mapping[str, Any], lang: Language) -> list[Drawing]:
    """Return a figure for each outcome by which the scenarios of a finished sweep were judged.

    Parameters
    ----------
    path : folder of the sweep, with its `regret.parquet`
    manifest : of the folder
    lang : language of the labels
    """
    table = pd.read_parquet(path / "regret.parquet")
    titles = {name: Label(entry["title"]["en"], entry["title"]["zh"]) for name, entry in manifest["scenarios"].items()}
    outcomes = list(dict.fromkeys(table["outcome"]))
    drawings = [regret_figure(table, titles, lang=lang, outcome=outcome) for outcome in outcomes]
    if len(drawings) == 1:
        return drawings
    return [replace(drawing, name=f"regret_{outcome}") for drawing, outcome in zip(drawings, outcomes, strict=True)]


def regret_map(results: Results, *, lang: Language = "en") -> Drawing:
    """Draw the regret of each scenario in each future.

    Raises
    ------
    NotAvailableError
        If the folder has no regrets.
    """
    if "regret" not in results.tables or results.tables["regret"].empty:
        raise NotAvailableError(Label("the scenarios were not tried on several futures", "情景未在多种未来中检验"))
    return regret_figure(results.tables["regret"], results.titles, lang=lang)


def regret_figure(
    table: pd.DataFrame, titles: Mapping[str, Label], *, lang: Language = "en", outcome: str | None = None
) -> Drawing:
    """Draw the regret of each scenario in each future; the best scenario of a future has none.

    Parameters
    ----------
    table : columns `scenario`, `future`, `outcome`, `regret` (in the outcome's unit)
    titles : of the scenarios
    lang : language of the labels
    outcome : by which scenarios are judged; by default the first in the table
    """
    known = list(dict.fromkeys(table["outcome"]))
    outcome = outcome or known[0]
    data = table[table["outcome"] == outcome].reset_index(drop=True)
    values = data.pivot_table(index="scenario", columns="future", values="regret", sort=False)
    worst = values.max(axis="columns").sort_values(kind="stable")
    values = values.loc[worst.index, values.max().sort_values(ascending=False, kind="stable").index[:MOST_FUTURES]]
    declared = known_outcomes([outcome]).get(outcome)
    size = float(np.nan_to_num(values.to_numpy(float)).max(initial=0.0))
    unit, factor = ("", 1.0) if declared is None else shown_unit(declared, lang, size=size, difference=True)
    shown = values * factor
    width = 2.6 + 0.72 * len(shown.columns) + (1.4 if lang == "both" else 0.0)
    figure = Figure(figsize=(max(width, 6.4), 0.45 * len(shown) + 2.5), layout="constrained")
    axes = figure.subplots()
    texts = shown.map(lambda value: number_text(value, digits=2))
    sns.heatmap(
        shown, ax=axes, cmap="cividis_r", annot=texts, fmt="", annot_kws={"fontsize": 7.5}, linewidths=1.0,
        vmin=0.0, cbar_kws={"label": unit or phrase("index", "指数", lang), "shrink": 0.8, "pad": 0.02},
    )  # fmt: skip
    names = {name: label_text(title, lang) for name, title in titles.items()}
    named = {name: label_text(future_label(str(name)), lang, separator="\n") for name in shown.columns}
    axes.set_yticklabels([names.get(str(name), str(name)) for name in shown.index], rotation=0, fontsize=8)
    axes.set_xticklabels(
        list(named.values()),
        rotation=40, ha="right", rotation_mode="anchor", fontsize=8,
    )  # fmt: skip
    axes.tick_params(length=0)
    axes.set_xlabel(phrase("Future", "未来情形", lang), color=QUIET, fontsize=8)
    axes.set_ylabel("")
    axes.set_title(label_text(quantity_label(outcome), lang), loc="left", fontsize=10)
    left = len(values.columns) < table.loc[table["outcome"] == outcome, "future"].nunique()
    note = phrase(
        "Regret: what the scenario falls short of the best one in the same future; smallest worst regret first."
        + (f" The {MOST_FUTURES} futures with the largest regrets." if left else ""),
        "遗憾值：同一未来情形下与最优情景的差距；按最大遗憾由小到大排列。"
        + (f"仅列遗憾最大的 {MOST_FUTURES} 种未来。" if left else ""),
        lang,
    )
    add_note(figure, note, lang)
    return Drawing("regret", figure, data)
