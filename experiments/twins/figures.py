"""Figures of twins: where one yuan went (a Sankey diagram), and one agent's life in both worlds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from experiments.labels import Language, label_text, phrase
from experiments.plots import BASELINE_COLOUR, POLICY_COLOURS, Drawing, add_note
from experiments.twins.words import WAYS, column_shown
from experiments.twins.yuan import PARTS
from experiments.words import STAMP
from simulation.parameters import Label

if TYPE_CHECKING:
    from experiments.twins.history import TwinHistory

UNTOLD = "not_told_apart"
UNTOLD_LABEL = Label("Not told apart from chance", "与偶然变动无法区分")
PUBLIC_LABEL = Label("One public yuan", "一元公共资金")
PUBLIC_COLOUR, UNTOLD_COLOUR = POLICY_COLOURS[0], "#cccccc"
PART_COLOURS = dict(zip(PARTS, sns.color_palette("viridis", len(PARTS)).as_hex(), strict=True))
SMALLEST_SHARE = 0.002
INFLOWS = {
    "wages": Label("Less wages", "工资减少"),
    "real_rd": Label("Less real R&D", "真实研发减少"),
    "relabelled_rd": Label("Less relabelled R&D", "虚报研发减少"),
    "support": Label("Less paid to households", "直接补助减少"),
    "rents": Label("Less rent", "租金减少"),
    "bank_margin": Label("Banks' margin, less", "银行利差减少"),
    "owners": Label("From owners and investors", "股东与出资人投入"),
    "fund_fees": Label("Less fund fees", "基金管理费减少"),
    "tax_district": Label("Less tax to the district", "区级税收减少"),
    "tax_upper": Label("Less tax to upper levels", "上级税收减少"),
    "recovered": Label("Less recovered", "政策回收减少"),
    "outside": Label("From outside the region", "区外流入"),
    "firms_kept": Label("Firms' reserves and debt", "企业动用存款与举债"),
    "rest": Label("From the rest", "其他来源"),
}
"""What a negative share of a yuan is: money that came in with the policy, or is paid less."""


def shown_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of a yuan that people are shown: those not told apart from chance are put together.

    Those are the shares below the noise floor, and those whose interval holds zero.

    Parameters
    ----------
    rows : of `yuan.parquet`, one scenario

    Returns
    -------
    `target`, `share`, `low`, `high`; the shares add up to one as before
    """
    untold = rows["below_noise"] | (rows["share"].abs() < SMALLEST_SHARE) | ((rows["low"] <= 0) & (rows["high"] >= 0))
    told = rows.loc[~untold, ["target", "share", "low", "high"]]
    rest = float(rows.loc[untold, "share"].sum())
    if abs(rest) < 1e-12:
        return told.reset_index(drop=True)
    row = pd.DataFrame({"target": [UNTOLD], "share": [rest], "low": [np.nan], "high": [np.nan]})
    return pd.concat([told, row], ignore_index=True)


def yuan_sankey(rows: pd.DataFrame, title: Label, *, lang: Language = "en") -> Drawing:
    """Draw where one public yuan went: the yuan and what came in beside it on the left, where it went on the right.

    Parameters
    ----------
    rows : of `yuan.parquet`, one scenario
    title : of the scenario
    lang : language of the labels
    """
    shares = shown_shares(rows)
    size = dict(zip(shares["target"], shares["share"], strict=True))
    left = {"public": 1.0, **{name: -share for name, share in size.items() if share < 0.0}}
    right = {name: share for name, share in size.items() if share > 0.0}
    inch = RIBBONS / sum(right.values())
    line = LINE * (2 if lang == "both" else 1)
    (starts, left_end), (ends, right_end) = (
        _stacked([share * inch for share in side.values()], line) for side in (left, right)
    )
    low = min(left_end, right_end)
    foot = 0.8 if lang == "both" else 0.62
    width, height = 8.6, HEAD - low + foot
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes((0.0, foot / height, 1.0, -low / height))
    axes.set_axis_off()
    axes.set_xlim(0.0, width)
    axes.set_ylim(low, 0.0)
    _ribbons(axes, left, starts, right, ends, inch)
    texts = {str(row["target"]): _share_text(row) for _, row in shares.iterrows()}
    for (name, share), top in zip(left.items(), starts, strict=True):
        axes.add_patch(Rectangle((LEFT - BAR, top - share * inch), BAR, share * inch, color=_colour(name), linewidth=0))
        label = PUBLIC_LABEL if name == "public" else (UNTOLD_LABEL if name == UNTOLD else INFLOWS[name])
        text = f"{label_text(label, lang, separator=chr(10))}  {texts.get(name, '1.00')}"
        middle = top - share * inch / 2
        axes.annotate(text, (LEFT - BAR - 0.07, middle), ha="right", va="center", fontsize=8.5)
    for (name, share), top in zip(right.items(), ends, strict=True):
        axes.add_patch(Rectangle((RIGHT, top - share * inch), BAR, share * inch, color=_colour(name), linewidth=0))
        label = UNTOLD_LABEL if name == UNTOLD else PARTS[name]
        text = f"{label_text(label, lang, separator=chr(10))}  {texts[name]}"
        middle = top - share * inch / 2
        axes.annotate(text, (RIGHT + BAR + 0.07, middle), va="center", fontsize=8.5)
    heading = Label(f"Where one yuan went: {title.en}", f"一元钱去哪了：{title.zh}")
    figure.suptitle(label_text(heading, lang), x=0.01, y=1.0 - 0.08 / height, ha="left", va="top", fontsize=10.5)
    pairs = int(rows["n"].max())
    note = phrase(
        f"Ledgers of {pairs} pairs of twin worlds, up to five years of policy; brackets: 95 % interval over seeds.",
        f"{pairs} 对双生世界账本之差，政策实施至多五年；方括号：种子间 95% 区间。",
        lang, separator="\n",
    )  # fmt: skip
    figure.text(0.01, 0.08 / height, f"{note}\n{STAMP[lang]}", fontsize=8, va="bottom", ha="left", color="#555555")
    name = str(rows["scenario"].iloc[0])
    data = shares.assign(scenario=name, source=rows["source"].iloc[0])
    return Drawing(f"one_yuan_{name}", figure, data)


RIBBONS, LINE, GAP, HEAD = 3.0, 0.17, 0.07, 0.42
LEFT, RIGHT, BAR = 3.35, 5.35, 0.14
"""Layout of the Sankey diagram, in inches."""


def _stacked(sizes: Sequence[float], line: float) -> tuple[list[float], float]:
    """Return the upper edge of each block, in the middle of the room that its text takes, and the lowest edge."""
    tops, at = [], 0.0
    for size in sizes:
        tops.append(at - (max(size, line) - size) / 2)
        at -= max(size, line) + GAP
    return tops, at


def _ribbons(axes: Axes, left: Mapping[str, float], starts: Sequence[float], right: Mapping[str, float],
             ends: Sequence[float], inch: float) -> None:
    """Draw ribbons from every source to every destination, in proportion to both."""
    total = sum(right.values())
    used = dict.fromkeys(right, 0.0)
    for share, start in zip(left.values(), starts, strict=True):
        at = start
        for (name, part), end in zip(right.items(), ends, strict=True):
            width = share * part / total * inch
            ribbon = _ribbon(LEFT, at, RIGHT, end - used[name], width)
            axes.add_patch(PathPatch(ribbon, facecolor=_colour(name), alpha=0.45, linewidth=0))
            used[name] += width
            at -= width


def _ribbon(x0: float, y0: float, x1: float, y1: float, width: float) -> Path:
    middle = (x0 + x1) / 2
    points = [(x0, y0), (middle, y0), (middle, y1), (x1, y1), (x1, y1 - width), (middle, y1 - width),
              (middle, y0 - width), (x0, y0 - width), (x0, y0)]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    return Path(points, codes)


def _colour(name: str) -> str:
    return {"public": PUBLIC_COLOUR, UNTOLD: UNTOLD_COLOUR}.get(name) or PART_COLOURS[name]


def _share_text(row: pd.Series) -> str:
    """Return a share with its interval, as a size: what comes in is told by its words."""
    ends = sorted((abs(row["low"]), abs(row["high"]))) if np.isfinite(row["low"]) else []
    interval = f" [{ends[0]:.2f}, {ends[1]:.2f}]" if ends else ""
    return f"{abs(row['share']):.2f}{interval}"


PANELS = {
    "firms": ("sales", "staff", "cash", "debt", "rd_spend", "tier"),
    "talent": ("wage", "ability", "employer_key"),
}
"""Columns of an agent's history that are drawn."""


def twin_figure(history: TwinHistory, titles: dict[str, Label], *, lang: Language = "en") -> Drawing:
    """Draw an agent's life in both worlds, with the first difference and what policies did for it.

    Parameters
    ----------
    history : of the agent
    titles : of the two scenarios by name
    lang : language of the labels
    """
    columns = PANELS[history.table]
    figure = Figure(figsize=(8.6, 2.1 * -(-len(columns) // 3) + 1.3), layout="constrained")
    panels = figure.subplots(-(-len(columns) // 3), 3, squeeze=False).ravel()
    worlds = ((history.baseline, history.before, BASELINE_COLOUR, 2.6), (history.scenario, history.after,
              POLICY_COLOURS[0], 1.4))  # fmt: skip
    rows = []
    for axes, column in zip(panels, columns, strict=True):
        shown = column_shown(column, lang, separator="\n")
        for name, states, colour, width in worlds:
            values = states[column].reindex(list(history.quarters))
            if column == "employer_key":
                values = _as_ordinals(values, [history.before[column], history.after[column]])
            axes.step(values.index, values.to_numpy(float) * shown.factor, where="post", color=colour, linewidth=width,
                      label=label_text(titles[name], lang))  # fmt: skip
            rows.append(pd.DataFrame({"scenario": name, "quarter": values.index, "column": column,
                                      "value": values.to_numpy(float)}))  # fmt: skip
        _mark(axes, history)
        axes.set_title(shown.label, loc="left", fontsize=9)
        years = [q for q in history.quarters if history.dates[q].endswith("Q1")]
        step = max(1, -(-len(years) // 4))
        axes.set_xticks(years[::step], [history.dates[q][:4] for q in years[::step]])
        axes.tick_params(labelsize=8)
        if column == "tier":
            axes.set_ylim(0.8, 4.2)
            axes.set_yticks([1, 2, 3, 4])
        elif rows[-1]["value"].nunique() == rows[-2]["value"].nunique() == 1:  # else the axis is a hundredth wide
            level = float(rows[-1]["value"].iloc[0]) * shown.factor
            axes.set_ylim(min(0.0, 2.0 * level), max(2.0 * level, 1.0 if level == 0.0 else 0.0))
        if column in ("staff", "employer_key"):
            axes.yaxis.get_major_locator().set_params(integer=True)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=4, frameon=False, fontsize=8.5)
    en = ", ".join(f"{mark} {WAYS[way].en}" for way, mark in MARKS.items())
    zh = "，".join(f"{mark} {WAYS[way].zh}" for way, mark in MARKS.items())
    note = phrase(f"Dashed: first quarter in which the worlds differ. Marks below: {en}.",
                  f"虚线：两个世界首次出现差异的季度。下方标记：{zh}。", lang, separator="\n")  # fmt: skip
    add_note(figure, note, lang)
    return Drawing(f"twin_{history.key}", figure, pd.concat(rows, ignore_index=True))


MARKS = {"paid": "●", "used": "▲", "offered": "|"}
_MARKERS = {"paid": "o", "used": "^", "offered": "|"}


def _mark(axes: Axes, history: TwinHistory) -> None:
    if history.first is not None:
        axes.axvline(history.first, color="#2a9d8f", linestyle="--", linewidth=1.0)
    for way, marker in _MARKERS.items():
        at = history.touches.loc[history.touches["way"] == way, "quarter"].unique()
        [marks] = axes.plot(at, np.zeros(len(at)), marker=marker, linestyle="none", color=POLICY_COLOURS[0],
                            markersize=4, transform=axes.get_xaxis_transform(), clip_on=False)  # fmt: skip
        marks.set_in_layout(False)


def _as_ordinals(values: pd.Series, worlds: Sequence[pd.Series]) -> pd.Series:
    """Return keys of employers as numbers in the order in which they are met; 0 without one."""
    met = [key for key in pd.unique(pd.concat([world.sort_index() for world in worlds])) if key != 0]
    return values.map({0: 0.0, **{key: place + 1.0 for place, key in enumerate(met)}})
