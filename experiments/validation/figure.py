"""The scorecard as a figure: each measure against its band, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.labels import Language, label_text, phrase
from experiments.plots import Drawing, add_note
from experiments.validation.scorecard import FAIL, PASS, REPORTED, UNDEFINED, VERDICTS, band_text, counts, value_text
from simulation.parameters import Label

LEFT, RIGHT = -1.3, 2.3
"""Ends of the axis, in widths of the band, which reaches from 0 to 1."""
BAND_COLOUR, INK, QUIET = "#d5d9dd", "#22303c", "#5b6770"
MARKERS = {PASS: "o", FAIL: "D", UNDEFINED: "x"}


def positions(row: dict[str, Any]) -> tuple[float, float, float, float, float]:
    """Return where median, interval and band of a measure are drawn, in widths of the band.

    A band that is open on one side is as wide as the median or the interval is far from its end, so that the median
    stays in view.

    Parameters
    ----------
    row : of a scorecard

    Returns
    -------
    median, low, high, start and end of the band
    """
    values = np.array([row["median"], row["low"], row["high"]])
    low, high = row["band_low"], row["band_high"]
    if np.isfinite(low) and np.isfinite(high):
        return (*((values - low) / (high - low)), 0.0, 1.0)
    end = low if np.isfinite(low) else high
    wide = max(abs(values[0] - end), 0.5 * (values[2] - values[1]), 1e-12)
    if np.isfinite(low):
        return (*((values - low) / wide), 0.0, np.inf)
    return (*(1.0 + (values - high) / wide), -np.inf, 1.0)


def scorecard_figure(card: pd.DataFrame, *, lang: Language = "en", runs: int = 0) -> Drawing:
    """Draw every judged measure with its band, median and 90 % interval over seeds.

    Parameters
    ----------
    card : of `experiments.validation.scorecard.scorecard`
    lang : language of the labels
    runs : seeds that it rests on
    """
    rows = card[card["verdict"] != REPORTED].to_dict("records")
    lines = _lines(rows, lang)
    half = _turn(lines)
    columns = [lines[:half], lines[half:]]
    height = max(len(column) for column in columns)
    step = 0.33 if lang == "both" else 0.235
    figure = Figure(figsize=(18.0 if lang == "both" else 14.5, step * height + 1.6), layout="constrained")
    panels = figure.subplots(1, 2, squeeze=False)[0]
    for axes, column in zip(panels, columns, strict=True):
        _draw_column(axes, column, height, lang)
    passed, firm, total = counts(card)
    title = phrase(
        f"Stylised facts: {passed} of {total} predictions hold, {firm} of them in nine seeds out of ten",
        f"典型事实：{total} 项预测中 {passed} 项成立，其中 {firm} 项在九成种子中成立",
        lang,
        separator="\n",
    )
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    _legend(figure, lang)
    note = phrase(
        f"Median and 90 % interval over {runs} seeds, drawn in widths of the band; open bands are cut off.",
        f"{runs} 个种子的中位数与 90% 区间，以标准区间宽度为单位；单侧区间作截断。",
        lang,
    )
    add_note(figure, note, lang)
    return Drawing("scorecard", figure, pd.DataFrame(rows))


def _lines(rows: Sequence[dict[Any, Any]], lang: Language) -> list[tuple[str, dict[Any, Any] | None, str]]:
    """Return what stands in each line: a heading (no row) for each fact, then its measures."""
    lines: list[tuple[str, dict[Any, Any] | None, str]] = []
    checks = phrase("Consistency checks, not counted", "一致性检查，不计入", lang)
    for kind in ("prediction", "consistency"):
        last = None
        for row in rows:
            if row["kind"] != kind:
                continue
            if row["fact"] != last:
                if kind == "consistency" and last is None:
                    lines.append((checks, None, "title"))
                verdict = label_text(VERDICTS[row["fact_verdict"]], lang)
                label = label_text(Label(row["label"], row["label_zh"]), lang)
                lines.append((f"{row['fact']}  {label}: {verdict}", None, row["fact_verdict"]))
                last = row["fact"]
            lines.append((label_text(Label(row["measure_label"], row["measure_label_zh"]), lang), row, row["verdict"]))
    return lines


def _turn(lines: Sequence[tuple[str, dict[Any, Any] | None, str]]) -> int:
    """Return the line with which the second column begins: the heading nearest to the middle."""
    headings = [number for number, (_, row, _) in enumerate(lines) if row is None and number]
    return min(headings, key=lambda number: abs(number - len(lines) / 2), default=len(lines))


def _draw_column(
    axes: Axes, lines: Sequence[tuple[str, dict[Any, Any] | None, str]], height: int, lang: Language
) -> None:
    size, room = (7.5, 290) if lang == "both" else (8, 212)
    for y, (text, row, verdict) in enumerate(lines):
        heading = row is None
        axes.annotate(
            text, (0, y), xycoords=("axes fraction", "data"), xytext=(12 - room if not heading else -room, 0),
            textcoords="offset points", va="center", fontsize=size + heading, color=INK if heading else QUIET,
            annotation_clip=False, style="italic" if verdict == "title" else "normal",
        )  # fmt: skip
        if row is not None:
            _draw_measure(axes, y, row, size, lang)
    axes.set_xlim(LEFT, RIGHT)
    axes.set_ylim(height - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _draw_measure(axes: Axes, y: int, row: dict[Any, Any], size: float, lang: Language) -> None:
    verdict = row["verdict"]
    if verdict == UNDEFINED:
        axes.barh(y, 1.0, left=0.0, height=0.62, color=BAND_COLOUR, linewidth=0)
        axes.plot(0.5, y, MARKERS[UNDEFINED], color=INK, markersize=5)
    else:
        median, low, high, start, end = positions(row)
        start, end = max(start, LEFT), min(end, RIGHT)
        axes.barh(y, end - start, left=start, height=0.62, color=BAND_COLOUR, linewidth=0)
        axes.hlines(y, *np.clip((low, high), LEFT, RIGHT), color=INK, linewidth=1.4)
        shown = float(np.clip(median, LEFT, RIGHT))
        beyond = "" if shown == median else "<" if median < LEFT else ">"
        marker = beyond or MARKERS[verdict]
        axes.plot(shown, y, marker, color=INK, markersize=5.5, markerfacecolor=INK if verdict == PASS else "white",
                  clip_on=False, zorder=3)  # fmt: skip
    unit = " %" if row["percent"] else ""
    text = f"{value_text(row)} [{value_text(row, 'low')}, {value_text(row, 'high')}]{unit}"
    band = band_text(row["band_low"], row["band_high"], lang, percent=row["percent"])
    for x, what in ((6, text), (118, band)):
        axes.annotate(what, (1, y), xycoords=("axes fraction", "data"), xytext=(x, 0), textcoords="offset points",
                      va="center", fontsize=size, color=INK if x == 6 else QUIET, annotation_clip=False)  # fmt: skip


def _legend(figure: Figure, lang: Language) -> None:
    def marker(shape: str, face: str, label: str) -> Line2D:
        return Line2D([], [], marker=shape, color=INK, markerfacecolor=face, markersize=5.5, linewidth=1.4, label=label)

    handles: list[Any] = [
        marker(MARKERS[PASS], INK, phrase("median in the band", "中位数在区间内", lang)),
        marker(MARKERS[FAIL], "white", phrase("median outside", "中位数在区间外", lang)),
        marker(">", "white", phrase("off the axis", "超出坐标", lang)),
        Patch(color=BAND_COLOUR, label=phrase("published band", "文献区间", lang)),
    ]
    figure.legend(handles=handles, loc="outside upper right", ncols=4, frameon=False, fontsize=8)
