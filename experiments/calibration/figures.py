"""Figures of a calibration: the fit of the levels, and what the levels tell about the parameters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from experiments.calibration.identifiability import PINNED
from experiments.calibration.report import shown_level
from experiments.calibration.search import Fit
from experiments.labels import Language, label_text, number_text, phrase
from experiments.plots import BASELINE_COLOUR, BENCHMARK_COLOUR, INK, POLICY_COLOURS, Drawing, add_note

FIT_COLOUR = POLICY_COLOURS[0]
MARKED = 0.1
"""Part of the largest move from which a cell bears its sign; smaller ones are told by their colour."""
FURTHEST = 4.0
"""Tolerances beyond which a dot is drawn at the edge, so that one miss does not hide the others."""


def fit_figure(fit: Fit, lang: Language = "en") -> Drawing:
    """Draw each level against its target range: every seed a dot, the means before and after.

    Parameters
    ----------
    fit : a calibration
    lang : language of the labels
    """
    targets = fit.plan.targets
    rows = [
        {"level": target.name, "set": name, "seed": seed, "simulated": value, "deviation": target.deviation(value),
         "target": target.value, "low": target.low, "high": target.high, "unit": target.unit, "when": target.when}
        for target in targets
        for name, table in (("before", fit.default), ("fitted", fit.best))
        for seed, value in table[target.name].items()
    ]  # fmt: skip
    data = pd.DataFrame(rows)
    height = 0.42 if lang == "both" else 0.32
    figure = Figure(figsize=(8.4, height * len(targets) + 1.5), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(-1, 1, color=BENCHMARK_COLOUR, alpha=0.14, linewidth=0,
                 label=phrase("one tolerance", "一个容差", lang))  # fmt: skip
    axes.axvline(0, color=BENCHMARK_COLOUR, linewidth=1.0, linestyle="--", label=phrase("target", "目标", lang))
    for place, target in enumerate(targets):
        for table, colour, shift, name, mark in (
            (fit.default, BASELINE_COLOUR, -0.17, phrase("before", "拟合前", lang), "s"),
            (fit.best, FIT_COLOUR, 0.17, phrase("fitted", "拟合后", lang), "D"),
        ):
            dots = np.clip([target.deviation(value) for value in table[target.name]], -FURTHEST, FURTHEST)
            mean = np.clip(target.deviation(float(table[target.name].mean())), -FURTHEST, FURTHEST)
            axes.plot(dots, np.full(len(dots), place + shift), "o", color=colour, alpha=0.35, markersize=3.5, mew=0)
            axes.plot(mean, place + shift, mark, color=colour, markersize=5, label=name if place == 0 else "_")
        factor, unit = shown_level(target, lang)
        simulated = number_text(float(fit.best[target.name].mean()) * factor)
        text = f"{simulated}  [{number_text(target.low * factor)}, {number_text(target.high * factor)}]  {unit}"
        axes.annotate(text, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=7.5,
                      annotation_clip=False)  # fmt: skip
    names = [label_text(target.label, lang, separator="\n") + f"  {target.when}" for target in targets]
    axes.set_yticks(range(len(targets)), names, fontsize=8)
    axes.set_ylim(len(targets) - 0.5, -0.5)
    axes.set_xlim(-FURTHEST - 0.2, FURTHEST + 0.2)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(phrase("Simulated less target, in tolerances", "模拟值与目标之差（容差）", lang, separator="\n"))
    figure.legend(loc="outside upper left", ncols=4, frameon=False, fontsize=9)
    seeds = len(fit.settings.seeds)
    note = phrase(
        f"Dots: {seeds} seeds; larger marks: their mean. Right: fitted mean and target range. "
        f"Loss {number_text(fit.loss, digits=3)}, before {number_text(fit.default_loss, digits=3)}.",
        f"圆点：{seeds} 个种子；大标记：均值。右侧：拟合后均值与目标区间。"
        f"损失 {number_text(fit.loss, digits=3)}，拟合前 {number_text(fit.default_loss, digits=3)}。",
        lang,
        separator="\n",
    )
    add_note(figure, note, lang)
    return Drawing("fit", figure, data)


def identifiability_figure(fit: Fit, lang: Language = "en") -> Drawing:
    """Draw how far the levels pin each parameter down, and which level it moves.

    Parameters
    ----------
    fit : a calibration
    lang : language of the labels
    """
    free, targets, known = fit.plan.free, fit.plan.targets, fit.identifiability
    data = pd.DataFrame(known.sensitivity.T, columns=[target.name for target in targets])
    data.insert(0, "parameter", [one.path for one in free])
    data.insert(1, "pinned", known.pinned)
    data.insert(2, "fitted", [fit.values[one.path] for one in free])
    data.insert(3, "error", known.errors * np.array([one.range for one in free]))
    height = 0.44 if lang == "both" else 0.3
    figure = Figure(figsize=(10.2, height * len(free) + 2.3), layout="constrained")
    bars, grid = figure.subplots(1, 2, width_ratios=[1.0, 1.7])
    colours = [FIT_COLOUR if share >= PINNED else BASELINE_COLOUR for share in known.pinned]
    names = [label_text(one.label, lang, separator="\n") for one in free]
    sns.barplot(x=100 * known.pinned, y=list(range(len(free))), hue=list(range(len(free))), palette=colours,
                orient="h", legend=False, saturation=1, ax=bars)  # fmt: skip
    bars.set_yticks(range(len(free)), names, fontsize=8)
    bars.axvline(100 * PINNED, color=BENCHMARK_COLOUR, linestyle="--", linewidth=1.0)
    bars.set_xlim(0, 100)
    bars.tick_params(axis="y", length=0)
    bars.set_xlabel(phrase("Doubt removed by the levels, %", "水平数据消除的不确定性，%", lang, separator="\n"))
    edge = max(1.0, float(np.quantile(np.abs(known.sensitivity), 0.97)))
    mesh = grid.pcolormesh(known.sensitivity.T, cmap="RdBu_r", vmin=-edge, vmax=edge, edgecolor="white", linewidth=0.5)
    for row, column in zip(*np.nonzero(np.abs(known.sensitivity.T) >= MARKED * edge), strict=True):
        value = known.sensitivity[column, row]
        grid.text(column + 0.5, row + 0.5, "+" if value > 0 else "−", ha="center", va="center", fontsize=7,
                  color="white" if abs(value) > 0.6 * edge else INK)  # fmt: skip
    grid.invert_yaxis()
    names = [label_text(target.label, lang, separator="\n") for target in targets]
    grid.set_xticks(np.arange(len(targets)) + 0.5, names, rotation=40, ha="right", rotation_mode="anchor", fontsize=7.5)
    grid.set_yticks([])
    sns.despine(ax=grid, left=True, bottom=True)
    grid.tick_params(length=0)
    colours_bar = figure.colorbar(mesh, ax=grid, shrink=0.6, pad=0.02, extend="both")
    colours_bar.ax.tick_params(labelsize=7.5, length=2)
    colours_bar.outline.set_visible(False)
    title = phrase(
        "Move of the level over the parameter's bounds, tolerances", "参数走遍其范围时水平的变动（容差）",
        lang, separator="\n",
    )  # fmt: skip
    grid.set_title(title, loc="left", fontsize=9)
    note = phrase(
        f"Grey bars: parameters that the levels do not pin down (below {100 * PINNED:.0f} %). Near the fitted values.",
        f"灰色：水平数据不能确定的参数（低于 {100 * PINNED:.0f}%）。在拟合值附近。",
        lang,
        separator="\n",
    )
    add_note(figure, note, lang)
    return Drawing("identifiability", figure, data)
