"""Figures of the study of the risk pool, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from experiments.labels import label_text
from experiments.plots import (
    BASELINE_COLOUR,
    BENCHMARK_COLOUR,
    INK,
    MARKERS,
    PALE,
    POLICY_COLOURS,
    Drawing,
    add_note,
    tick_text,
)  # fmt: skip
from simulation.parameters import Label

DODGE = 0.035
"""Distance between multiples along the axis of loss shares."""
NOTHING = 1e-9
"""Height of an axis on which only rounding would be seen."""
SHARE = Label("Loss share of the pool", "资金池补偿比例")
STEPS = ("#9bb8d3", POLICY_COLOURS[1], INK)


def _panels(count: int, columns: int, height: float = 2.5) -> tuple[Figure, list[Axes]]:
    rows = -(-count // columns)
    figure = Figure(figsize=(3.3 * columns + 0.4, height * rows + 1.3), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for unused in axes[count:]:
        unused.remove()
    return figure, axes[:count]


def _title(axes: Axes, label: Label, unit: str) -> None:
    # The unit stands beside the shorter of the two.
    axes.set_title(f"{label.zh}{f', {unit}' if unit else ''}\n{label.en}", loc="left", fontsize=8.5, linespacing=1.3)
    axes.tick_params(labelsize=8)


def _head(axes: Axes, label: Label, unit: str) -> None:
    _title(axes, label, unit)
    axes.axhline(0.0, color=BASELINE_COLOUR, linewidth=0.8)
    if np.ptp(axes.get_ylim()) < NOTHING:
        axes.set_ylim(-1.0, 1.0)
    axes.locator_params(axis="y", nbins=5)
    axes.yaxis.set_major_formatter(tick_text)


def _shares(axes: Axes, data: pd.DataFrame) -> None:
    shares = sorted(data["share"].unique())
    axes.set_xticks(shares)
    axes.set_xlim(min(shares) - 0.08, max(shares) + 0.08)


def _series(
    axes: Axes, x: np.ndarray, rows: pd.DataFrame, colour: str, marker: str, label: str, line: str = "-"
) -> None:  # fmt: skip
    middle, low, high = (rows[name].to_numpy(float) for name in ("effect", "low", "high"))
    axes.vlines(x, low, high, color=colour, linewidth=1.2)
    axes.plot(x, middle, linestyle=line, marker=marker, color=colour, markersize=4.5, linewidth=1.0, label=label)


def _finish(figure: Figure, axes: Axes, note: Label, columns: int = 3, x: Label | None = SHARE) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=columns, frameon=False, fontsize=8.5)
    if x is not None:
        for one in figure.axes:
            one.set_xlabel(label_text(x, "both"), fontsize=8)
    add_note(figure, label_text(note, "both", separator="\n"), "both")


def effects(data: pd.DataFrame, labels: dict[str, tuple[Label, str]], name: str, note: Label) -> Drawing:
    """Draw effects over loss share by multiple; `data`: outcome, share, multiple, effect, low, high as shown."""
    figure, axes = _panels(len(labels), 3)
    multiples = sorted(data["multiple"].unique())
    for panel, (outcome, (label, unit)) in zip(axes, labels.items(), strict=True):
        for i, multiple in enumerate(multiples):
            rows = data[(data["outcome"] == outcome) & (data["multiple"] == multiple)].sort_values("share")
            x = rows["share"].to_numpy(float) + DODGE * (i - (len(multiples) - 1) / 2)
            _series(panel, x, rows, STEPS[i % 3], MARKERS[i], f"倍数 multiple {multiple:g}")
        _head(panel, label, unit)
        _shares(panel, data)
    _finish(figure, axes[0], note)
    return Drawing(name, figure, data)


def additionality(data: pd.DataFrame, note: Label) -> Drawing:
    """Draw shares of additional loans; `data`: deposit, share, multiple, reading, effect, low, high in per cent."""
    deposits = sorted(data["deposit"].unique(), reverse=True)
    figure, axes = _panels(len(deposits), max(2, len(deposits)), 3.0)
    readings = {"moment": Label("refused then", "当时均拒贷"),
                "year": Label("twin: none in a year", "孪生体一年未获贷")}  # fmt: skip
    multiples = sorted(data["multiple"].unique())
    for panel, deposit in zip(axes, deposits, strict=True):
        for (reading, label), colour, line in zip(readings.items(), (POLICY_COLOURS[1], POLICY_COLOURS[2]), ("-", "--"),
                                                  strict=True):  # fmt: skip
            for i, multiple in enumerate(multiples):
                rows = data[(data["deposit"] == deposit) & (data["reading"] == reading)
                            & (data["multiple"] == multiple)].sort_values("share")  # fmt: skip
                x = rows["share"].to_numpy(float) + DODGE * (i - (len(multiples) - 1) / 2)
                told = f"{label_text(label, 'both')}, ×{multiple:g}"
                _series(panel, x, rows, colour, MARKERS[i], told, line)
        title = Label(f"Additional covered loans, deposit {deposit:g} million CNY", f"新增性，存入 {deposit:g} 百万元")
        _head(panel, title, "%")
        panel.set_ylim(-2, 102)
        _shares(panel, data)
    _finish(figure, axes[0], note, columns=2)
    return Drawing("risk_pool_additionality", figure, data)


def cost(data: pd.DataFrame, note: Label) -> Drawing:
    """Draw additional firms, and cost for each; `data`: measure, world, share, effect, low, high, cost."""
    measures = {"survivors": Label("Surviving firms", "存续企业"), "firms": Label("Firms", "企业数")}
    worlds = {"pool": (POLICY_COLOURS[0], "o", Label("pool", "资金池")),
              "rebate": (BENCHMARK_COLOUR, "s", Label("rebate of the same outlay", "等额退税"))}  # fmt: skip
    figure, axes = _panels(4, 2, 2.8)
    shares = sorted(data["share"].unique())
    for column, (measure, label) in enumerate(measures.items()):
        upper, lower = axes[column], axes[2 + column]
        rows = data[data["measure"] == measure]
        known = rows["cost"].dropna()
        for i, (world, (colour, marker, words)) in enumerate(worlds.items()):
            own = rows[rows["world"] == world].sort_values("share")
            x = own["share"].to_numpy(float) + 2 * DODGE * (i - 0.5)
            _series(upper, x, own, colour, marker, label_text(words, "both"), "none")
            told = own["cost"].notna().to_numpy()
            lower.plot(x[told], own["cost"].to_numpy(float)[told], linestyle="none", marker=marker, color=colour)
            for place in x[~told]:
                lower.annotate("?", (place, 0.93), xycoords=("data", "axes fraction"), ha="center", fontsize=10,
                               color=colour)  # fmt: skip
        _head(upper, Label(f"{label.en}: effect", f"{label.zh}：效应"), "家 firms")
        if len(known):
            lower.set_yscale("log")
            lower.set_ylim(known.min() / 3.0, known.max() * 3.0)
            lower.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            lower.yaxis.set_major_formatter(tick_text)
            lower.yaxis.set_minor_formatter(NullFormatter())
        else:
            lower.set_yticks([])
        title = Label(f"Cost per additional firm: {label.en.lower()}", f"每增一家的成本：{label.zh}")
        _title(lower, title, "百万元 million CNY")
        for panel in (upper, lower):
            panel.set_xticks(shares)
            panel.set_xlim(min(shares) - 0.1, max(shares) + 0.1)
            panel.tick_params(labelsize=8)
    _finish(figure, axes[0], note)
    return Drawing("risk_pool_cost", figure, data)


def steps(data: pd.DataFrame, labels: dict[str, tuple[Label, str]], bad: dict[str, int], note: Label) -> Drawing:
    """Draw what each step of cover changes; `data`: outcome, step, multiple, effect, low, high; harm is shaded."""
    figure, axes = _panels(len(labels), 3)
    names = list(dict.fromkeys(data["step"]))
    multiples = sorted(data["multiple"].unique())
    for panel, (outcome, (label, unit)) in zip(axes, labels.items(), strict=True):
        for i, multiple in enumerate(multiples):
            rows = data[(data["outcome"] == outcome) & (data["multiple"] == multiple)].set_index("step").loc[names]
            x = np.arange(len(names)) + 0.18 * (i - (len(multiples) - 1) / 2)
            _series(panel, x, rows, STEPS[i % 3], MARKERS[i], f"倍数 multiple {multiple:g}", "none")
        _head(panel, label, unit)
        low, high = panel.get_ylim()
        if bad[outcome]:
            side = (low, 0.0) if bad[outcome] < 0 else (0.0, high)
            panel.axhspan(*side, color=PALE, alpha=0.5, zorder=0, linewidth=0)
        panel.set_ylim(low, high)
        panel.set_xticks(range(len(names)), names)
        panel.set_xlim(-0.5, len(names) - 0.5)
    _finish(figure, axes[0], note, x=Label("Step of the loss share", "补偿比例的提高"))
    return Drawing("risk_pool_steps", figure, data)


def robustness(
    data: pd.DataFrame, labels: dict[str, tuple[Label, str]], parts: dict[str, Label], note: Label
) -> Drawing:  # fmt: skip
    """Draw effects of two pools by part; `data`: part, scenario, outcome, effect, low, high as shown."""
    figure, axes = _panels(len(labels), 2, 2.4)
    scenarios: Sequence[str] = list(dict.fromkeys(data["scenario"]))
    for number, (panel, (outcome, (label, unit))) in enumerate(zip(axes, labels.items(), strict=True)):
        for i, scenario in enumerate(scenarios):
            rows = data[(data["outcome"] == outcome) & (data["scenario"] == scenario)].set_index("part").reindex(parts)
            y = np.arange(len(parts)) + 0.24 * (i - (len(scenarios) - 1) / 2)
            colour = (POLICY_COLOURS[1], POLICY_COLOURS[2])[i % 2]
            panel.hlines(y, rows["low"], rows["high"], color=colour, linewidth=1.5)
            told = scenario.replace("share_", "补偿比例 loss share ")
            panel.plot(rows["effect"], y, MARKERS[i], color=colour, markersize=5, label=told)
        _title(panel, label, unit)
        panel.axvline(0.0, color=BASELINE_COLOUR, linewidth=0.8)
        panel.xaxis.set_major_formatter(tick_text)
        panel.locator_params(axis="x", nbins=5)
        words = [label_text(one, "both", separator="\n") if number % 2 == 0 else "" for one in parts.values()]
        panel.set_yticks(range(len(parts)), words, fontsize=8)
        panel.set_ylim(len(parts) - 0.5, -0.5)
    _finish(figure, axes[0], note, x=None)
    return Drawing("risk_pool_robustness", figure, data)
