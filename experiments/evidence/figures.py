"""Figures of the evidence: published band, estimator and twin by claim; density at the notch; pairs by distance."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from experiments.evidence import notch
from experiments.evidence.claims import Claim, verdict_text
from experiments.labels import Language, label_text, phrase
from experiments.plots import BASELINE_COLOUR, BENCHMARK_COLOUR, INK, POLICY_COLOURS, Drawing, add_note, save, set_theme
from simulation.parameters import Label

if TYPE_CHECKING:
    from experiments.evidence.study import Evidence

POLICY_COLOUR = POLICY_COLOURS[0]


def _limits(claim: Claim) -> tuple[float, float]:
    """Return the range of an axis that shows the band's finite ends and both figures."""
    shown = [claim.low, claim.high]
    for figure in (claim.estimator, claim.twin):
        shown += [figure.value, figure.low, figure.high]
    finite = [value for value in shown if math.isfinite(value)]
    low, high = min(finite), max(finite)
    room = 0.12 * (high - low or max(abs(high), 1.0))
    return low - room, high + room


def forest(evidence: Evidence, lang: Language) -> Drawing:
    """Draw one row for each claim: its band, the estimator and the twins' truth, each on its own scale."""
    claims = evidence.claims
    figure = Canvas(figsize=(8.4, 0.5 * len(claims) + 1.5), layout="constrained")
    rows: list[Axes] = figure.subplots(len(claims), 1, squeeze=False).ravel().tolist()
    for axes, claim in zip(rows, claims, strict=True):
        low, high = _limits(claim)
        axes.set(xlim=(low, high), ylim=(-1, 1), yticks=[])
        axes.axvspan(max(claim.low, low), min(claim.high, high), color=BENCHMARK_COLOUR, alpha=0.22, lw=0)
        figures = ((claim.estimator, 0.35, POLICY_COLOUR, "o"), (claim.twin, -0.35, BASELINE_COLOUR, "D"))
        for value, place, colour, mark in figures:
            if math.isfinite(value.value):
                axes.plot([value.low, value.high], [place, place], color=colour, lw=1.6, solid_capstyle="butt")
                axes.plot(value.value, place, mark, color=colour, ms=4.5)
        name = f"{claim.experiment}{'*' if claim.in_sample else ''}  {label_text(claim.label, lang, separator=chr(10))}"
        axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=7.5)
        word = verdict_text(claim, lang)
        axes.text(1.01, 0.5, word, transform=axes.transAxes, va="center", fontsize=8, color=INK)
        axes.spines["left"].set_visible(False)
        axes.tick_params(labelsize=7, length=2)
        axes.locator_params(axis="x", nbins=6)
    handles = [
        figure.axes[0].plot([], [], "s", color=BENCHMARK_COLOUR, alpha=0.4, ms=7)[0],
        figure.axes[0].plot([], [], "o-", color=POLICY_COLOUR)[0],
        figure.axes[0].plot([], [], "D-", color=BASELINE_COLOUR)[0],
    ]
    names = [
        phrase("published band", "已发表区间", lang),
        phrase("published estimator, simulated data", "同一估计方法（模拟数据）", lang),
        phrase("truth from twins", "双生真值", lang),
    ]  # fmt: skip
    figure.legend(handles, names, loc="outside upper left", ncols=3, frameon=False, fontsize=8)
    _note(
        figure, evidence, lang,
        Label(
            "each claim on its own scale; lines: 95 % interval over seeds; ?: it reaches over an edge of the band",
            "各论断刻度不同；横线：种子间 95% 区间；？：区间跨越界限",
        ),
    )  # fmt: skip
    return Drawing("evidence", figure, evidence.table)


def _note(figure: Canvas, evidence: Evidence, lang: Language, what: Label) -> None:
    runs = len(evidence.runs)
    add_note(figure, phrase(f"{runs} seeds; {what.en}.", f"{runs} 个种子；{what.zh}。", lang, separator="\n"), lang)


def density(evidence: Evidence, lang: Language) -> Drawing:
    """Draw firms by reported R&D relative to the threshold, with and without the lower rate, and the smooth density."""
    table = evidence.tables["e2_bins"]
    counts = table.groupby(["notch", "bin"])["firms"].sum()
    on, off = (counts[flag].to_numpy()[:-1] for flag in (True, False))
    middle = notch.LEFT + notch.WIDTH / 2
    data = pd.DataFrame(
        {"position": middle, "with_lower_rate": on / counts[True].sum(), "without": off / counts[False].sum(),
         "smooth": notch.counterfactual(on).counts / counts[True].sum()}
    )  # fmt: skip
    figure = Canvas(figsize=(6.0, 3.7), layout="constrained")
    axes = figure.subplots()
    shown = data[(data["position"] > notch.FITTED[0]) & (data["position"] < 2.0)]
    lines = (
        ("with_lower_rate", POLICY_COLOUR, "-", phrase("15 % for certified firms", "高企按15%纳税", lang)),
        ("without", BASELINE_COLOUR, "-.", phrase("25 % for all", "全部按25%纳税", lang)),
        ("smooth", BENCHMARK_COLOUR, "--", phrase("smooth density fitted", "拟合的平滑密度", lang)),
    )
    for column, colour, style, name in lines:
        axes.plot(shown["position"], shown[column], style, color=colour, label=name)
    axes.axvline(1.0, color="black", lw=0.7)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(phrase("Reported R&D over sales, relative to the threshold", "申报研发强度/认定门槛", lang))
    axes.set_ylabel(phrase("Share of firms", "企业占比", lang))
    axes.legend(frameon=False)
    _note(figure, evidence, lang, Label("firms of all seeds", "全部种子的企业"))
    return Drawing("notch", figure, data)


def pairs(evidence: Evidence, lang: Language) -> Drawing:
    """Draw the growth of joint inventions by pair against travel time, in both worlds."""
    table = evidence.tables["e4_pairs"]
    rules = {"minutes": "first", "saved": "max", "before": "sum", "after": "sum", "twin": "sum"}
    sums = table.groupby("region").agg(rules)
    sums["with_link"] = 100.0 * (sums["after"] / sums["before"] - 1.0)
    sums["without"] = 100.0 * (sums["twin"] / sums["before"] - 1.0)
    sums = sums[np.isfinite(sums["with_link"])].sort_values("minutes")
    figure = Canvas(figsize=(6.0, 3.7), layout="constrained")
    axes = figure.subplots()
    axes.margins(y=0.15)
    near = sums["saved"] > 0
    axes.vlines(sums["minutes"], sums["without"], sums["with_link"], color="#bbbbbb", lw=1.0, zorder=0)
    axes.plot(sums["minutes"], sums["without"], "x", color=BASELINE_COLOUR,
              label=phrase("without the link", "无新线路", lang))  # fmt: skip
    axes.plot(sums.loc[near, "minutes"], sums.loc[near, "with_link"], "o", color=POLICY_COLOUR,
              label=phrase("with it, metropolis", "有新线路：大都市", lang))  # fmt: skip
    axes.plot(sums.loc[~near, "minutes"], sums.loc[~near, "with_link"], "s", color=POLICY_COLOURS[1],
              label=phrase("with it, other pairs", "有新线路：其他城市", lang), alpha=0.8)  # fmt: skip
    axes.set_xlabel(phrase("Travel time before, minutes", "原旅行时间，分钟", lang))
    axes.set_ylabel(phrase("Growth of joint inventions, %", "合作发明增幅，%", lang, separator="\n"))
    axes.legend(frameon=False, loc="upper center")
    _note(figure, evidence, lang, Label("sums over all seeds", "全部种子之和"))
    return Drawing("pairs", figure, sums.reset_index())


def draw(evidence: Evidence, folder: Path, lang: Language) -> list[Path]:
    """Draw and save the figures of the experiments that were run; return the paths of all files."""
    set_theme()
    drawings = [forest(evidence, lang)]
    if "e2_bins" in evidence.tables:
        drawings.append(density(evidence, lang))
    if "e4_pairs" in evidence.tables:
        drawings.append(pairs(evidence, lang))
    return [path for drawing in drawings for path in save(drawing, folder)]
