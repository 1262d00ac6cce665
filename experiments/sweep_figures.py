"""Figures of a sweep: outcomes against a dial, or against two factors at once."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import seaborn as sns

from experiments.labels import Language, key_outcomes, known_outcomes, label_text, phrase, shown_unit
from experiments.plots import (
    BASELINE_COLOUR,
    MARKERS,
    POLICY_COLOURS,
    Drawing,
    add_note,
    head,
    largest,
    legend,
    panels_of,
    save,
    set_theme,
)
from experiments.responses import Responses, effect_table, reading, responses

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from experiments.axes import Axis
    from experiments.plan import Plan
    from experiments.store import ResultFolder

COST, LEFT_OUT = "public_spending", "default_share"
MOST_POINTS = 400
"""Points of a design up to which the effect of every point is written as a table."""


def draw_and_read(plan: Plan, folder: ResultFolder, *, lang: Language = "en") -> tuple[list[Path], str]:
    """Draw a finished sweep, write its effects and its reading, and return the figures and the reading.

    Parameters
    ----------
    plan : the experiment
    folder : its results
    lang : language of the figure and of the reading that is returned; the file has both

    Returns
    -------
    paths of the figure and of its data; nothing for designs that no figure here suits
    """
    outcomes = folder.outcomes()
    if plan.has_reference and 0 < len(plan.points) <= MOST_POINTS:
        folder.write_effects(effect_table(plan, outcomes))
    axes = _shown_axes(plan)
    if not axes or not plan.has_reference:
        return [], ""
    recorded = [name for name in known_outcomes(outcomes.columns.tolist()) if name in outcomes.columns]
    found = responses(plan, outcomes, _shown_outcomes(recorded))
    set_theme()
    if len(axes) == 2 and axes[1].numeric and axes[0].path != "dial":
        return save(heat_maps(plan, found, axes[0], axes[1], lang=lang), folder.path / "figures"), ""
    figures = save(lines(plan, found, axes, lang=lang), folder.path / "figures")
    (folder.path / "reading.md").write_text(
        f"{reading(plan, found, 'zh')}\n\n{reading(plan, found, 'en')}\n", encoding="utf-8"
    )
    return figures, reading(plan, found, lang)


def _shown_outcomes(recorded: list[str]) -> list[str]:
    """Return the outcomes to show: the key ones, with what is really spent in the place of one of them."""
    names = key_outcomes(recorded)
    if COST not in recorded:
        return names
    return [*(name for name in names if name != LEFT_OUT), COST]


def _shown_axes(plan: Plan) -> list[Axis]:
    """Return the factors on the axes: the dial (or first number), then what tells lines apart; none if unsuited."""
    design = plan.declaration.design
    axes = [axis for axis in plan.axes if axis.path != "scenario"]
    first = next((axis for axis in axes if axis.path == "dial"), next((axis for axis in axes if axis.numeric), None))
    gridded = design.kind == "grid" and not (design.levers or design.uncertainties)
    if first is None or not gridded or len(axes) > 2 or len(plan.starts) != len(plan.points):
        return []
    return [first, *(axis for axis in axes if axis is not first)]


def lines(plan: Plan, found: Responses, axes: list[Axis], *, lang: Language = "en") -> Drawing:
    """Draw the effect on each key outcome at the horizon against a dial, with its 95 % interval.

    Parameters
    ----------
    plan : the experiment
    found : its responses
    axes : the dial, and a second factor for the colours if there is one
    lang : language of the labels
    """
    chosen = known_outcomes(found.outcomes)
    data = found.table[found.table["outcome"].isin(list(chosen))].sort_values([axis.path for axis in axes])
    colour_by = axes[1].path if len(axes) > 1 else None
    groups = list(dict.fromkeys(data[colour_by])) if colour_by else [None]
    colours = sns.color_palette("crest", len(groups)).as_hex() if len(groups) > 1 else [POLICY_COLOURS[0]]
    figure, panels, columns = panels_of(len(chosen), lang)
    for number, (panel, (name, outcome)) in enumerate(zip(panels, chosen.items(), strict=True)):
        rows = data[data["outcome"] == name]
        size = largest(rows[["low", "high", "effect"]])
        shown = shown_unit(outcome, lang, size=size, difference=True)
        panel.axhline(0, color=BASELINE_COLOUR, linewidth=1.0)
        for group, colour, mark in zip(groups, colours, cycle(MARKERS), strict=False):
            line = rows if colour_by is None else rows[rows[colour_by] == group]
            label = "" if colour_by is None else f"{label_text(axes[1].label, lang)}: {group}"
            x = line[axes[0].path].to_numpy(float)
            sns.lineplot(x=x, y=line["effect"] * shown.factor, ax=panel, color=colour, label=label or None,
                         legend=False, linewidth=1.6, marker=mark, markersize=4, errorbar=None)  # fmt: skip
            low, high = line["low"] * shown.factor, line["high"] * shown.factor
            panel.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
        if size == 0:
            panel.set_ylim(-1, 1)
        head(panel, outcome, shown, lang)
        bottom = number + columns >= len(panels)
        panel.set_xlabel(label_text(axes[0].label, lang, separator="\n") if bottom else "", fontsize=8)
        if axes[0].path == "dial":
            _mark_ends(panel, plan, lang, bottom=bottom)
    legend(figure, panels[0], lang, _note(plan, found, axes[0], lang))
    return Drawing("dial" if axes[0].path == "dial" else "responses", figure, data.drop(columns="world"))


def _mark_ends(panel: Axes, plan: Plan, lang: Language, *, bottom: bool) -> None:
    panel.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
    dial = plan.declaration.dial
    if dial is None or not bottom:
        return
    for place, group, side in ((0.0, dial.zero, "left"), (1.0, dial.one, "right")):
        text = phrase(group.label, group.label_zh, lang, separator="\n")
        panel.annotate(text, (place, 0), xycoords="axes fraction", xytext=(0, -17), textcoords="offset points",
                       ha=side, va="top", fontsize=7, color="#555555")  # fmt: skip
    panel.xaxis.labelpad = 20 if lang == "both" else 11


def _note(plan: Plan, found: Responses, axis: Axis, lang: Language) -> str:
    reference, seeds = plan.bases[0].title, len(plan.seeds)
    money_en = money_zh = ""
    dial = plan.declaration.dial
    if dial is not None and axis.path == "dial":
        money_en, money_zh = f" {dial.budget:g} million CNY a year in all.", f"总预算每年 {dial.budget / 100:g} 亿元。"
    return phrase(
        f"{found.date}: difference to {reference.en}, mean of {seeds} seeds; band: 95 % interval, paired.{money_en}",
        f"{found.date}：与“{reference.zh}”之差，{seeds} 个种子的均值；色带：95% 配对区间。{money_zh}",
        lang,
        separator="\n",
    )


def heat_maps(plan: Plan, found: Responses, across: Axis, up: Axis, *, lang: Language = "en") -> Drawing:
    """Draw the effect on each key outcome at the horizon for every pair of values of two factors.

    Parameters
    ----------
    plan : the experiment
    found : its responses
    across, up : factors on the two axes
    lang : language of the labels
    """
    chosen = known_outcomes(found.outcomes)
    data = found.table[found.table["outcome"].isin(list(chosen))]
    figure, panels, columns = panels_of(len(chosen), lang)
    for number, (panel, (name, outcome)) in enumerate(zip(panels, chosen.items(), strict=True)):
        rows = data[data["outcome"] == name]
        size = largest(rows[["effect"]])
        shown = shown_unit(outcome, lang, size=size, difference=True)
        rows = rows.assign(effect=rows["effect"] * shown.factor)
        cells = rows.pivot_table(index=up.path, columns=across.path, values="effect", dropna=False)
        told = rows.pivot_table(index=up.path, columns=across.path, values="p_adjusted", dropna=False) < 0.05
        edge = size * shown.factor or 1.0
        options: dict[str, Any] = {"cmap": "RdBu", "center": 0.0, "vmin": -edge, "vmax": edge}
        signs = cells.map(lambda value: "+" if value > 0 else "−" if value < 0 else "")
        marks = (signs + np.where(told, "*", "")).sort_index(ascending=False)
        sns.heatmap(cells.sort_index(ascending=False), ax=panel, annot=marks, fmt="", linewidths=0.5,
                    cbar_kws={"format": _colour_tick, "shrink": 0.9}, annot_kws={"fontsize": 9}, **options)  # fmt: skip
        head(panel, outcome, shown, lang)
        panel.yaxis.set_major_formatter("{x}")
        _ticks(panel, cells)
        panel.set_xlabel(label_text(across.label, lang, separator="\n") if number + columns >= len(panels) else "")
        panel.set_ylabel(label_text(up.label, lang, separator="\n") if number % columns == 0 else "")
        panel.xaxis.label.set_fontsize(8)
        panel.yaxis.label.set_fontsize(8)
    base, seeds = plan.bases[0].title, len(plan.seeds)
    note = phrase(
        f"{found.date}: difference to {base.en}, mean of {seeds} pairs of runs; + more, − less; * adjusted p < 0.05.",
        f"{found.date}：与“{base.zh}”之差，{seeds} 对运行的均值；+ 增加，− 减少，* 校正后 p 小于 0.05。",
        lang,
        separator="\n",
    )
    add_note(figure, note, lang)
    return Drawing("two_factors", figure, data.drop(columns="world"))


def _ticks(panel: Axes, cells: pd.DataFrame) -> None:
    up, across = cells.sort_index(ascending=False).index, cells.columns
    panel.set_xticks(np.arange(len(across)) + 0.5, [f"{value:g}" for value in across], rotation=0, fontsize=8)
    panel.set_yticks(np.arange(len(up)) + 0.5, [f"{value:g}" for value in up], rotation=0, fontsize=8)


def _colour_tick(value: float, _: float | None = None) -> str:
    return f"{value:,.3g}".replace("-", "−")
