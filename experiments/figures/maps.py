"""The map of change: where in the district a policy changes an outcome, beyond what noise does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from experiments.figures.availability import NotAvailableError
from experiments.figures.quantities import quantity_label, quantity_unit, within_noise
from experiments.labels import Language, label_text, phrase
from experiments.plots import INK, PALE, QUIET, Drawing, add_note
from experiments.results import Results
from simulation.parameters import Label

MARKED = 0.05
"""Part of the largest change from which a cell is marked with its sign; smaller ones are told by their colour."""
MOST_OUTCOMES, MOST_SCENARIOS = 3, 3
DIFFERENCES = "RdBu"


def change_map(results: Results, *, lang: Language = "en") -> Drawing:
    """Draw the effect in each cell of the district; cells whose change is within noise are left grey.

    Raises
    ------
    NotAvailableError
        If the folder has no effects by cell, or the region with its map is no longer there.
    """
    region = results.study.scenarios[results.study.baseline].region
    if "cells" not in results.tables or results.tables["cells"].empty:
        raise NotAvailableError(Label("effects by cell were not kept", "未保存分网格效应"))
    if getattr(region, "cells", None) is None:
        raise NotAvailableError(Label("the region of these runs is no longer there", "运行所用区域文件已不存在"))
    data = results.tables["cells"].copy()
    scenarios = [name for name in results.study.policies if (data["scenario"] == name).any()][:MOST_SCENARIOS]
    outcomes = list(dict.fromkeys(data["outcome"]))[:MOST_OUTCOMES]
    data = data[data["scenario"].isin(scenarios) & data["outcome"].isin(outcomes)].reset_index(drop=True)
    data["within_noise"] = within_noise(data)
    data["x"], data["y"] = region.cells.x[data["cell"]], region.cells.y[data["cell"]]
    rows, columns = (len(scenarios), len(outcomes)) if len(scenarios) > 1 else (1, len(outcomes))
    figure = Figure(figsize=(3.3 * columns + 0.5, 2.5 * rows + (1.7 if rows == 1 else 1.1)), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False)
    numbers = _zone_numbers(region)
    for row, scenario in enumerate(scenarios):
        for column, outcome in enumerate(outcomes):
            axes = panels[row, column]
            own = data[(data["scenario"] == scenario) & (data["outcome"] == outcome)]
            nothing = phrase("all within noise", "均在噪声范围内", lang)
            _draw(figure, axes, region, own, quantity_unit(outcome, lang), numbers, nothing)
            title = label_text(results.titles[scenario], lang, separator="\n") if column == 0 or rows == 1 else ""
            what = label_text(quantity_label(outcome), lang)
            axes.set_title(f"{title}\n{what}" if title and rows > 1 else what, loc="left", fontsize=9)
            if row == rows - 1:
                axes.set_xlabel(phrase("km eastwards", "向东，公里", lang), fontsize=8)
            if column == 0:
                axes.set_ylabel(phrase("km northwards", "向北，公里", lang), fontsize=8)
    if rows == 1:
        figure.suptitle(label_text(results.titles[scenarios[0]], lang), x=0.01, ha="left", fontsize=10)
    zones = ("；" if lang == "zh" else "; ").join(
        f"{number} {label_text(region.zones[zone].label, lang)}" for zone, (number, _, _) in numbers.items()
    )
    note = phrase(
        "Change per 1-km cell against the baseline at the end; + more, − less; plain grey: within noise. "
        f"{region.map_label.en[:1].upper()}{region.map_label.en[1:]}.",
        f"期末每 1 公里网格相对基线的变化；+ 增加，− 减少；纯灰：在噪声范围内。{region.map_label.zh}。",
        lang,
    )
    left = results.tables["cells"].groupby(["scenario", "outcome"]).ngroups - len(scenarios) * len(outcomes)
    if left > 0:
        more = Label(f"More in cells.parquet ({left}).", f"另有 {left} 幅见 cells.parquet。")
        note += f"\n{label_text(more, lang)}"
    add_note(figure, f"{note}\n{zones}", lang)
    return Drawing("change_map", figure, data)


def _draw(
    figure: Figure, axes: Axes, region: Any, own: pd.DataFrame, unit: str,
    numbers: dict[int, tuple[int, float, float]], nothing: str,
) -> None:  # fmt: skip
    cells = region.cells
    grid = np.full((region.height, region.width), np.nan)
    noise = np.full(grid.shape, np.nan)
    noise[cells.y, cells.x] = 0.5
    clear = own[~own["within_noise"]]
    grid[clear["y"], clear["x"]] = clear["effect"]
    size = float(clear["effect"].abs().max()) if len(clear) else 1.0
    axes.imshow(noise, cmap="Greys", vmin=0.0, vmax=3.2, origin="lower", interpolation="nearest")
    image = axes.imshow(
        grid, cmap=DIFFERENCES, norm=TwoSlopeNorm(0.0, -size, size), origin="lower", interpolation="nearest"
    )
    for sign, marker in ((1, "+"), (-1, "_")):
        marked = clear[sign * clear["effect"] >= MARKED * size]
        strong = marked["effect"].abs() > 0.6 * size
        for some, colour in ((marked[strong], "white"), (marked[~strong], INK)):
            axes.plot(some["x"], some["y"], marker, color=colour, markersize=3.2, markeredgewidth=0.8, linestyle="")
    axes.add_collection(LineCollection(_zone_borders(region), colors=QUIET, linewidths=0.7))
    for number, x, y in numbers.values():
        axes.text(x, y, str(number), fontsize=7, ha="center", va="center", color=INK,
                  bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": PALE, "linewidth": 0.5,
                        "alpha": 0.85})  # fmt: skip
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    if not len(clear):
        # A scale of colours without a coloured cell would tell of changes that are none.
        image.set_visible(False)
        axes.annotate(nothing, (0.02, 0.98), xycoords="axes fraction", va="top", fontsize=7.5, color=QUIET)
        return
    bar = figure.colorbar(image, ax=axes, shrink=0.75, pad=0.02, aspect=24)
    bar.ax.tick_params(labelsize=7)
    bar.ax.locator_params(nbins=5)
    bar.outline.set_visible(False)
    bar.set_label(unit, fontsize=7.5, color=QUIET)


def _zone_numbers(region: Any) -> dict[int, tuple[int, float, float]]:
    """Return number and place of each zone's mark: the cell of the zone that is nearest to its middle."""
    cells = region.cells
    found: dict[int, tuple[int, float, float]] = {}
    for zone in range(len(region.zones)):
        own = np.flatnonzero(cells.zone == zone)
        if len(own):
            x, y = cells.x[own], cells.y[own]
            middle = int(np.argmin((x - x.mean()) ** 2 + (y - y.mean()) ** 2))
            found[zone] = (len(found) + 1, float(x[middle]), float(y[middle]))
    return found


def _zone_borders(region: Any) -> list[NDArray[np.float64]]:
    """Return the edges between cells of different zones, and around the district, as lines."""
    zones = np.full((region.height + 2, region.width + 2), -1)
    zones[region.cells.y + 1, region.cells.x + 1] = region.cells.zone
    lines = []
    for y, x in zip(*np.nonzero(zones[:, 1:] != zones[:, :-1]), strict=True):
        lines.append(np.array([(x - 0.5, y - 1.5), (x - 0.5, y - 0.5)]))
    for y, x in zip(*np.nonzero(zones[1:] != zones[:-1]), strict=True):
        lines.append(np.array([(x - 1.5, y - 0.5), (x - 0.5, y - 0.5)]))
    return lines
