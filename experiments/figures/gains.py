"""Who gains: effects on groups of firms by tier, industry, zone, size and age, beside their noise floors."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.figures.availability import NotAvailableError
from experiments.figures.quantities import DIMENSIONS, group_label, quantity_label, quantity_unit, within_noise
from experiments.labels import Language, label_text, phrase
from experiments.plots import (
    BASELINE_COLOUR,
    PALE,
    QUIET,
    Drawing,
    add_note,
    scenario_colours,
    scenario_markers,
    tick_text,
)
from experiments.results import Results
from simulation.parameters import Label

PREFERRED = ("staff", "sales", "survival", "patents")
"""What is drawn when nothing is chosen: the first of these that the folder has."""


def gains(results: Results, *, lang: Language = "en", outcome: str | None = None) -> Drawing:
    """Draw the effect on each group of firms; groups within their noise floor are hollow.

    Raises
    ------
    NotAvailableError
        If the folder has no effects by group.
    """
    if "gains" not in results.tables or results.tables["gains"].empty:
        raise NotAvailableError(Label("effects by group of firms were not kept", "未保存分组效应"))
    table = results.tables["gains"]
    known = list(dict.fromkeys(table["outcome"]))
    outcome = outcome or next((name for name in PREFERRED if name in known), known[0])
    data = table[table["outcome"] == outcome].reset_index(drop=True)
    data["within_noise"] = within_noise(data)
    dimensions = [name for name in DIMENSIONS if (data["dimension"] == name).any()]
    rows_of = {name: data.loc[data["dimension"] == name, "group"].astype(str) for name in dimensions}
    groups = {name: list(dict.fromkeys(rows)) for name, rows in rows_of.items()}
    policies = [name for name in results.study.policies if (data["scenario"] == name).any()]
    columns = [dimensions[0::2], dimensions[1::2]] if len(dimensions) > 1 else [dimensions]
    row = (0.3 if lang != "both" else 0.36) * max(1.0, 0.55 * len(policies))
    rows = max(sum(len(groups[name]) + 2.2 for name in column) for column in columns)
    figure = Figure(figsize=(9.6 if lang != "both" else 12.5, max(rows * row, 2.5) + 1.4), layout="constrained")
    parts = figure.subfigures(1, len(columns), squeeze=False)[0] if len(columns) > 1 else [figure]
    region = results.study.scenarios[results.study.baseline].region
    for part, column in zip(parts, columns, strict=True):
        panels = part.subplots(len(column), 1, squeeze=False, sharex=False,
                               height_ratios=[len(groups[name]) + 1 for name in column])[:, 0]  # fmt: skip
        for axes, name in zip(panels, column, strict=True):
            _draw(axes, data[data["dimension"] == name], groups[name], results, policies)
            labels = [group_label(name, group, region, lang) for group in groups[name]]
            axes.set_yticks(range(len(labels)), labels, fontsize=8)
            axes.set_title(label_text(DIMENSIONS[name], lang), loc="left", fontsize=9)
            axes.set_xlabel(quantity_unit(outcome, lang), fontsize=7.5, color=QUIET)
    colours = scenario_colours(results.study.baseline, results.study.policies)
    markers = scenario_markers(results.study.policies)
    handles = [
        Line2D([], [], color=colours[name], marker=markers[name], linestyle="",
               label=label_text(results.titles[name], lang)) for name in policies
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper left", ncols=3, frameon=False, fontsize=9,
                  title=label_text(quantity_label(outcome), lang), alignment="left")  # fmt: skip
    pairs = int(data["n"].max()) if "n" in data and len(data) else results.pairs
    note = phrase(
        f"Change in the sum over the firms of each group against their twins, {pairs} pairs of runs, 95 % intervals; "
        "grey bar: noise floor; hollow: within it.",
        f"各组企业合计相对其孪生企业的变化，{pairs} 对运行，95% 区间；灰条：噪声底；空心：在噪声底以内。",
        lang,
    )
    add_note(figure, note, lang)
    return Drawing("gains", figure, data)


def _draw(axes: Axes, data: pd.DataFrame, groups: list[str], results: Results, policies: list[str]) -> None:
    colours = scenario_colours(results.study.baseline, results.study.policies)
    markers = scenario_markers(results.study.policies)
    axes.axvline(0, color=BASELINE_COLOUR, linewidth=1.0)
    slots = np.linspace(-0.5, 0.5, len(policies) + 2)[1:-1]
    height = 0.7 / len(policies)
    for slot, scenario in zip(slots, policies, strict=True):
        own = data[data["scenario"] == scenario]
        for row in own.to_dict("records"):
            y = groups.index(str(row["group"])) + slot
            axes.barh(y, 2 * row["noise_floor"], left=-row["noise_floor"], height=height, color=PALE, zorder=0)
            axes.hlines(y, row["low"], row["high"], color=colours[scenario], linewidth=1.4)
            face = "white" if row["within_noise"] else colours[scenario]
            axes.plot(row["effect"], y, markers[scenario], color=colours[scenario], markersize=5, markerfacecolor=face)
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8)
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter(tick_text)
    axes.margins(x=0.06)
