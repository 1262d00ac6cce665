"""Figure of a search over mixes: what the best ones gain, and how they divide the outlay."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from experiments.labels import Language, known_outcomes, label_text, phrase, shown_unit
from experiments.plots import (
    BASELINE_COLOUR,
    INK,
    POLICY_COLOURS,
    Drawing,
    add_note,
    largest,
    save,
    set_theme,
    tick_text,
)
from simulation.policy import POLICIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from experiments.labels import Shown
    from experiments.optimisation.search import MixSearch
    from simulation.outcome import Outcome

MOST_BARS = 8
HATCHES = ("", "///", "", "xxx", "\\\\\\", "...", "---", "|||", "ooo")
"""Marks of policies in the bars; one more than there are colours, so that no two policies have both in common."""


def draw(search: MixSearch, folder: Path, *, lang: Language = "en") -> list[Path]:
    """Draw and save the figure of a finished search; return the paths of its files.

    Parameters
    ----------
    search : finished
    folder : of the figures
    lang : language of the labels
    """
    set_theme()
    return save(mixes(search, lang=lang), folder)


def mixes(search: MixSearch, *, lang: Language = "en") -> Drawing:
    """Draw all mixes by their objectives, the best ones marked, and the division of the outlay by the best ones.

    Parameters
    ----------
    search : finished
    lang : language of the labels
    """
    table = search.table
    outcomes = known_outcomes([one.outcome for one in search.objectives])
    first = search.objectives[0]
    ranked = table[table["feasible"]].sort_values(first.outcome, ascending=first.direction == "minimise")
    # The best first; the next ones by the first objective stand beside them.
    shown = pd.concat([ranked[ranked["best"]], ranked[~ranked["best"]]]).head(max(MOST_BARS, int(ranked["best"].sum())))
    height = max(3.4, 0.3 * len(shown) + 2.0) + (0.4 if lang == "both" else 0.0)
    figure = Figure(figsize=(9.4, height), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.15))
    units = {name: shown_unit(outcome, lang, size=largest(table[[name]]), difference=True)
             for name, outcome in outcomes.items()}  # fmt: skip
    names = list(outcomes)
    _points(left, table, names[0], names[1] if len(names) > 1 else None, units, outcomes, lang)
    _divisions(right, search, shown, lang)
    handles, labels = left.get_legend_handles_labels()
    bars, bar_labels = right.get_legend_handles_labels()
    columns = 3 if lang == "both" else 4
    figure.legend([*handles, *bars], [*labels, *bar_labels], loc="outside upper left", ncols=columns, frameon=False,
                  fontsize=8)  # fmt: skip
    seeds, said = len(search.plan.seeds), search.said
    more = "" if len(names) < 3 else phrase(" Two of the objectives are drawn.", "仅绘制其中两个目标。", lang)
    note = phrase(
        f"{said.outlay:g} million CNY in all; feasible: paid within {said.tolerance:.0%} of it. Differences to "
        f"{search.base.title.en}, mean of {seeds} seeds; lines: 95 % interval, paired, not widened for the choice.",
        f"总支出 {said.outlay / 100:g} 亿元；可行：实际支出偏差在 {said.tolerance:.0%} 以内。"
        f"与“{search.base.title.zh}”之差，"
        f"{seeds} 个种子的均值；横竖线：95% 配对区间，未计入择优偏差。",
        lang,
        separator="\n",
    )
    add_note(figure, note + more, lang)
    return Drawing("mixes", figure, table)


def _points(
    panel: Axes, table: pd.DataFrame, across: str, up: str | None, units: dict[str, Shown],
    outcomes: dict[str, Outcome], lang: Language,
) -> None:  # fmt: skip
    kinds = [
        (table[~table["feasible"]], "x", "#b5bcc4", phrase("paid more or less", "支出不符", lang)),
        (table[table["feasible"] & ~table["best"]], "o", BASELINE_COLOUR, phrase("feasible", "可行", lang)),
        (table[table["best"]], "D", POLICY_COLOURS[0], phrase("best", "最优", lang)),
    ]
    for rows, mark, colour, label in kinds:
        x = rows[across] * units[across].factor if up else rows["candidate"]
        y = rows[up or across] * units[up or across].factor
        if mark == "D":
            low, high = (rows[f"{up or across}_{end}"] * units[up or across].factor for end in ("low", "high"))
            panel.vlines(x, low, high, color=colour, linewidth=0.9, alpha=0.7)
            if up:
                low, high = (rows[f"{across}_{end}"] * units[across].factor for end in ("low", "high"))
                panel.hlines(y, low, high, color=colour, linewidth=0.9, alpha=0.7)
        sns.scatterplot(x=x, y=y, ax=panel, marker=mark, color=colour, label=label if len(rows) else None,
                        legend=False, s=34 if mark == "D" else 22)  # fmt: skip
    for number, row in table[table["best"]].iterrows():
        place = row[across] * units[across].factor if up else row["candidate"]
        panel.annotate(str(number), (place, row[up or across] * units[up or across].factor), xytext=(4, 4),
                       textcoords="offset points", fontsize=7)  # fmt: skip
    panel.axhline(0, color="#cccccc", linewidth=0.8, zorder=0)
    mix = phrase("mix, in order of proposal", "组合（按提出次序）", lang, separator="\n")
    panel.set_xlabel(_axis_label(across, units, outcomes, lang) if up else mix, fontsize=8)
    panel.set_ylabel(_axis_label(up or across, units, outcomes, lang), fontsize=8)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(tick_text)
    panel.locator_params(nbins=5)
    panel.tick_params(labelsize=8)


def _axis_label(name: str, units: dict[str, Shown], outcomes: dict[str, Outcome], lang: Language) -> str:
    text = label_text(outcomes[name].label, lang, separator="\n")
    return f"{text} ({units[name].unit})" if units[name].unit else text


def _divisions(panel: Axes, search: MixSearch, rows: pd.DataFrame, lang: Language) -> None:
    """Draw as stacked bars how much each policy of a mix paid."""
    colours, hatches = cycle(POLICY_COLOURS), cycle(HATCHES)
    places, left = np.arange(len(rows)), np.zeros(len(rows))
    for name, colour, hatch in zip(search.names, colours, hatches, strict=False):
        paid = rows[f"paid_{name}"].to_numpy(float)
        light = np.dot(to_rgb(colour), (0.3, 0.59, 0.11)) > 0.55
        panel.barh(places, paid, left=left, color=colour, height=0.72, edgecolor=INK if light else "white",
                   linewidth=0.4, hatch=hatch,
                   label=label_text(POLICIES[name].label, lang))  # fmt: skip
        left = left + paid
    numbers = [f"◆ {number}" if best else str(number) for number, best in zip(rows.index, rows["best"], strict=True)]
    panel.set_yticks(places, numbers, fontsize=8)
    panel.set_ylim(len(rows) - 0.4 if len(rows) else 1, -0.6)
    panel.axvline(search.said.outlay, color="#222222", linewidth=0.9, linestyle="--")
    panel.set_ylabel(phrase("mix", "组合", lang), fontsize=8)
    panel.set_xlabel(phrase("paid, million CNY", "实际支出（百万元）", lang, separator="\n"), fontsize=8)
    panel.xaxis.set_major_formatter(tick_text)
    panel.tick_params(labelsize=8)
