"""The look of every figure: theme and font, colours, panels and axes, the note below, and saving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.labels import Language, Shown, label_text, phrase
from experiments.tables import wrapped
from experiments.words import STAMP

if TYPE_CHECKING:
    from simulation.outcome import Outcome

BASELINE_COLOUR = "#8793a1"
POLICY_COLOURS = ("#c4374b", "#17477c", "#e5ac3f", "#4c2350", "#5cc884", "#7a2a10", "#cfa0d8", "#4b6fe0")
"""Each as dark or light as its neighbour is not, so that lines part in grey print and for the colour-blind."""
BENCHMARK_COLOUR = "#2a9d8f"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Beside the colours, so that scenarios can be told apart without them."""
INK, QUIET, PALE = "#22303c", "#555555", "#d5d9dd"
FONT = "YanzhenSansSC-Regular.ttf"
DOTS_PER_INCH = 160


@cache
def _register_font() -> str:
    with resources.as_file(resources.files("experiments") / "fonts" / FONT) as path:
        font_manager.fontManager.addfont(str(path))
        return font_manager.FontProperties(fname=str(path)).get_name()


def set_theme() -> None:
    """Set the look of all figures; the bundled font comes after seaborn's theme, which resets the fonts."""
    sns.set_theme(context="paper", style="ticks", rc={"axes.spines.top": False, "axes.spines.right": False})
    mpl.rcParams["font.family"] = [_register_font(), "sans-serif"]
    mpl.rcParams["axes.unicode_minus"] = True
    mpl.rcParams["svg.fonttype"] = "path"
    mpl.rcParams["svg.hashsalt"] = "yanzhen"
    mpl.rcParams["pdf.fonttype"] = 42


@dataclass(frozen=True)
class Drawing:
    """A figure and the numbers that it shows."""

    name: str
    figure: Figure
    data: pd.DataFrame


def scenario_colours(baseline: str, policies: Sequence[str]) -> dict[str, str]:
    """Return one colour per scenario, the same in every figure."""
    colours = {baseline: BASELINE_COLOUR}
    colours.update({name: POLICY_COLOURS[i % len(POLICY_COLOURS)] for i, name in enumerate(policies)})
    return colours


def scenario_markers(policies: Sequence[str]) -> dict[str, str]:
    """Return one marker per scenario, the same in every figure."""
    return {name: MARKERS[i % len(MARKERS)] for i, name in enumerate(policies)}


def add_note(figure: Figure, text: str, lang: Language) -> None:
    """Write what a figure shows, and that it is no forecast, below it in lines that fit its width."""
    columns = int(figure.get_figwidth() * 15)
    lines = "\n".join([*wrapped(text, columns), STAMP[lang]])
    figure.supxlabel(lines, fontsize=8, x=0.01, ha="left", color=QUIET, linespacing=1.35)


def panels_of(count: int, lang: Language) -> tuple[Figure, list[Axes], int]:
    """Return a figure, its panels, and the number of columns that leaves the fewest panels empty."""
    columns = min(count, 3 if count < 10 and -count % 3 <= -count % 4 else 4)
    rows = -(-count // columns)
    height = 2.45 if lang == "both" else 2.25
    figure = Figure(figsize=(2.9 * columns + 0.3, height * rows + 0.9), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for unused in axes[count:]:
        unused.remove()
    return figure, axes[:count], columns


def year_axis(axes: Axes, dates: pd.Series, lang: Language, *, bottom: bool) -> None:
    """Mark years on an axis of quarters; `dates` maps quarter to "2023Q1"."""
    first = dates[dates.str.endswith("Q1")].str[:4]
    starts = list(zip(first.index.tolist(), first.tolist(), strict=True))
    step = max(1, -(-len(starts) // 5))
    axes.set_xticks([quarter for quarter, _ in starts[::step]], [year for _, year in starts[::step]])
    if bottom:
        axes.set_xlabel(phrase("Year", "年份", lang))


def head(axes: Axes, outcome: Outcome, shown: Shown, lang: Language) -> None:
    """Write what a panel shows above it, with its unit."""
    axes.set_title(label_text(outcome.label, lang, separator="\n"), loc="left", fontsize=9, pad=14)
    axes.annotate(shown.unit, (0, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points",
                  fontsize=7.5, color=QUIET)  # fmt: skip
    axes.set_ylabel("")
    axes.locator_params(axis="y", nbins=5)
    axes.yaxis.set_major_formatter(tick_text)
    axes.tick_params(labelsize=8)


def tick_text(value: float, _: float) -> str:
    """Return a tick's number with thousands apart and a true minus sign."""
    text = f"{value:,.10g}"
    return text.replace("-", "−")


def largest(values: pd.DataFrame) -> float:
    """Return the largest absolute value; 0 when none is defined."""
    return float(np.nan_to_num(np.abs(values.to_numpy(float))).max(initial=0.0))


def legend(figure: Figure, axes: Axes, lang: Language, note: str) -> None:
    """Put the legend of one panel above all of them, and a note below."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper left", ncols=3 if lang == "both" else 4, frameon=False, fontsize=9
    )
    add_note(figure, note, lang)


def save(drawing: Drawing, folder: Path, kinds: Sequence[str] = ("png", "svg", "csv")) -> list[Path]:
    """Write a figure as PNG and SVG, with the numbers that it shows as CSV.

    Parameters
    ----------
    drawing : figure and data
    folder : where the files go
    kinds : endings of the files to write

    Returns
    -------
    paths of the files
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{drawing.name}.{kind}" for kind in kinds]
    options: dict[str, dict[str, Any]] = {"png": {"dpi": DOTS_PER_INCH}, "svg": {"metadata": {"Date": None}}}
    for kind, path in zip(kinds, paths, strict=True):
        if kind == "csv":
            drawing.data.to_csv(path, index=False)
            continue
        drawing.figure.savefig(path, **options[kind])
        # Everything has its place now; finding it again would take as long as drawing.
        drawing.figure.set_layout_engine("none")
    return paths
