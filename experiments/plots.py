"""Figures of a comparison: trajectories, paired differences, and the effects at the horizon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

from experiments.comparison import Study
from experiments.labels import (
    Language,
    Shown,
    key_outcomes,
    known_outcomes,
    label_text,
    number_text,
    phrase,
    shown_unit,
)
from experiments.statistics import outcome_columns, with_wider_interval
from experiments.tables import wrapped
from experiments.words import STAMP
from simulation.parameters import Label

if TYPE_CHECKING:
    from simulation.outcome import Outcome

BASELINE_COLOUR = "#667788"
POLICY_COLOURS = ("#d1495b", "#2e6f9e", "#e09f3e", "#6a4c93", "#8d6b48", "#3d5a40", "#b56576", "#118ab2")
BENCHMARK_COLOUR = "#2a9d8f"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Beside the colours, so that scenarios can be told apart without them."""
INK, QUIET, PALE = "#22303c", "#555555", "#d5d9dd"
FONT = "YanzhenSansSC-Regular.ttf"
BAND = (0.1, 0.9)
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


def titles_of(study: Study, lang: Language) -> dict[str, str]:
    """Return the titles of the scenarios in the wanted language."""
    return {name: label_text(scenario.title, lang) for name, scenario in study.scenarios.items()}


def _chosen(study: Study, outcomes: Sequence[str] | None) -> Mapping[str, Outcome]:
    recorded = outcome_columns(study.outcomes)
    return known_outcomes(list(outcomes) if outcomes else key_outcomes(recorded))


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


def _marked(markers: Mapping[str, str], scenario: str, length: int) -> dict[str, Any]:
    """Return how a line is marked now and then, each scenario at other quarters than its neighbour."""
    if scenario not in markers:
        return {}
    step = max(2, length // 6)
    start = (list(markers).index(scenario) * 2 + 1) % step
    return {"marker": markers[scenario], "markevery": (start, step), "markersize": 4.5, "markeredgewidth": 0}


def _dates(outcomes: pd.DataFrame) -> pd.Series:
    return outcomes.drop_duplicates("quarter").set_index("quarter")["date"].sort_index()


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


def _largest(values: pd.DataFrame) -> float:
    """Return the largest absolute value; 0 when none is defined."""
    return float(np.nan_to_num(np.abs(values.to_numpy(float))).max(initial=0.0))


def legend(figure: Figure, axes: Axes, lang: Language, note: str) -> None:
    """Put the legend of one panel above all of them, and a note below."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper left", ncols=3 if lang == "both" else 4, frameon=False, fontsize=9
    )
    add_note(figure, note, lang)


def spread(study: Study, names: Sequence[str]) -> pd.DataFrame:
    """Return mean and band of outcomes over runs: one row per scenario, quarter and outcome."""
    grouped = study.outcomes.groupby(["scenario", "quarter"])[list(names)]
    parts = {"mean": grouped.mean(), "low": grouped.quantile(BAND[0]), "high": grouped.quantile(BAND[1])}
    long = [
        table.melt(var_name="outcome", value_name=part, ignore_index=False).set_index("outcome", append=True)
        for part, table in parts.items()
    ]
    data = pd.concat(long, axis="columns").reset_index()
    data.insert(2, "date", data["quarter"].map(_dates(study.outcomes)))
    return data


def trajectories(study: Study, *, outcomes: Sequence[str] | None = None, lang: Language = "en") -> Drawing:
    """Draw the course of outcomes in every scenario: mean of the runs, band of eight in ten, benchmark lines.

    Parameters
    ----------
    study : a comparison
    outcomes : names of the outcomes to draw; by default the key outcomes
    lang : language of the labels
    """
    chosen = _chosen(study, outcomes)
    data = spread(study, list(chosen))
    dates = _dates(study.outcomes)
    benchmarks = study.scenarios[study.baseline].region.benchmarks
    values = {name: benchmarks[name].value for name in chosen if name in benchmarks}
    data["benchmark"] = data["outcome"].map(values).astype(float)
    data["unit"] = data["outcome"].map({name: outcome.unit for name, outcome in chosen.items()})

    colours = scenario_colours(study.baseline, study.policies)
    titles, markers = titles_of(study, lang), scenario_markers(study.policies)
    figure, panels, columns = panels_of(len(chosen), lang)
    for number, (axes, (name, outcome)) in enumerate(zip(panels, chosen.items(), strict=True)):
        rows = data[data["outcome"] == name]
        shown = shown_unit(outcome, lang, size=_largest(rows[["mean", "benchmark"]]))
        for scenario in study.scenarios:
            line = rows[rows["scenario"] == scenario]
            quarters = line["quarter"].to_numpy()
            sns.lineplot(
                x=quarters,
                y=line["mean"] * shown.factor,
                ax=axes,
                color=colours[scenario],
                label=titles[scenario],
                legend=False,
                linewidth=2.6 if scenario == study.baseline else 1.4,
                errorbar=None,
                **_marked(markers, scenario, len(quarters)),
            )
            low, high = line["low"] * shown.factor, line["high"] * shown.factor
            axes.fill_between(quarters, low, high, color=colours[scenario], alpha=0.15, linewidth=0)
        if name in values:
            axes.axhline(values[name] * shown.factor, color=BENCHMARK_COLOUR, linestyle="--", linewidth=1.1)
            axes.annotate(
                label_text(benchmarks[name].label, lang), (0.02, values[name] * shown.factor),
                xycoords=("axes fraction", "data"), xytext=(0, 3), textcoords="offset points",
                fontsize=7, color=BENCHMARK_COLOUR,
            )  # fmt: skip
            axes.margins(y=0.12)
        head(axes, outcome, shown, lang)
        year_axis(axes, dates, lang, bottom=number + columns >= len(panels))
    runs = study.outcomes["seed"].nunique()
    note = phrase(
        f"Mean of {runs} runs; band: 10th to 90th percentile of runs; dashed: benchmark.",
        f"{runs} 次运行的均值；色带：运行的第 10 至第 90 百分位；虚线：对标值。",
        lang,
    )
    legend(figure, panels[0], lang, note)
    return Drawing("trajectories", figure, data)


def differences(study: Study, *, outcomes: Sequence[str] | None = None, lang: Language = "en") -> Drawing:
    """Draw the paired difference to the baseline over time, with its 95 % interval.

    Parameters
    ----------
    study : a comparison
    outcomes : names of the outcomes to draw; by default the key outcomes
    lang : language of the labels
    """
    chosen = _chosen(study, outcomes)
    dates = _dates(study.outcomes)
    effects = with_wider_interval(study.effects)
    data = effects[effects["outcome"].isin(list(chosen))].reset_index(drop=True)
    data.insert(4, "date", data["quarter"].map(dates))
    colours = scenario_colours(study.baseline, study.policies)
    titles, markers = titles_of(study, lang), scenario_markers(study.policies)
    figure, panels, columns = panels_of(len(chosen), lang)
    for number, (axes, (name, outcome)) in enumerate(zip(panels, chosen.items(), strict=True)):
        rows = data[data["outcome"] == name]
        size = _largest(rows[["low", "high", "effect"]])
        shown = shown_unit(outcome, lang, size=size, difference=True)
        axes.axhline(0, color=BASELINE_COLOUR, linewidth=1.0)
        for scenario in study.policies:
            line = rows[rows["scenario"] == scenario]
            sns.lineplot(
                x=line["quarter"].to_numpy(),
                y=line["effect"] * shown.factor,
                ax=axes,
                color=colours[scenario],
                label=titles[scenario],
                legend=False,
                linewidth=1.6,
                errorbar=None,
                **_marked(markers, scenario, len(line)),
            )
            low, high = line["low"] * shown.factor, line["high"] * shown.factor
            axes.fill_between(line["quarter"], low, high, color=colours[scenario], alpha=0.18, linewidth=0)
        if size == 0:
            axes.set_ylim(-1, 1)
        head(axes, outcome, shown, lang)
        year_axis(axes, dates, lang, bottom=number + columns >= len(panels))
    pairs = int(data["n"].max()) if len(data) else 0
    base = study.scenarios[study.baseline].title
    interval = _interval_told(study)
    note = phrase(
        f"Difference to {base.en}, mean of {pairs} pairs of runs with the same seed; band: {interval.en}.",
        f"与“{base.zh}”之差：{pairs} 对同种子运行的均值；色带：{interval.zh}。",
        lang,
    )
    legend(figure, panels[0], lang, note)
    return Drawing("differences", figure, data)


def effect_forest(study: Study, *, outcomes: Sequence[str] | None = None, lang: Language = "en") -> Drawing:
    """Draw the effects in the last quarter, in per cent of the baseline, with 95 % intervals.

    Parameters
    ----------
    study : a comparison
    outcomes : names of the outcomes to draw; by default the key outcomes
    lang : language of the labels
    """
    chosen = _chosen(study, outcomes)
    effects = with_wider_interval(study.effects)
    horizon = effects["quarter"].max()
    data = effects[(effects["quarter"] == horizon) & effects["outcome"].isin(list(chosen))].copy()
    level = data["mean_baseline"].abs().where(lambda values: values > 0)
    for column in ("effect", "low", "high"):
        data[f"{column}_percent"] = 100.0 * data[column] / level
    order = {name: place for place, name in enumerate(chosen)}
    data = data.sort_values(["outcome", "scenario"], key=lambda values: values.map({**order, **_ranks(study)}))
    colours = scenario_colours(study.baseline, study.policies)
    titles, markers = titles_of(study, lang), scenario_markers(study.policies)
    row_height = max(0.34, 0.2 * len(study.policies)) * (1.25 if lang == "both" else 1.0)
    figure = Figure(figsize=(8.2, row_height * len(chosen) + 1.5), layout="constrained")
    axes = figure.subplots()
    axes.axvline(0, color=BASELINE_COLOUR, linewidth=1.0)
    slots = np.linspace(-0.5, 0.5, len(study.policies) + 2)[1:-1]
    for slot, scenario in zip(slots, study.policies, strict=True):
        rows = data[data["scenario"] == scenario]
        height = rows["outcome"].map(order).to_numpy(float) + slot
        centre = rows["effect_percent"].to_numpy(float)
        low, high = rows["low_percent"].to_numpy(float), rows["high_percent"].to_numpy(float)
        axes.hlines(height, low, high, color=colours[scenario], linewidth=1.6)
        axes.plot(centre, height, markers[scenario], color=colours[scenario], markersize=5, label=titles[scenario])
        for y, (_, row) in zip(height, rows.iterrows(), strict=True):
            size = data.loc[data["outcome"] == row["outcome"], "effect"].abs().max()
            axes.annotate(
                _effect_text(row, chosen[row["outcome"]], lang, size),
                (1.01, y),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=7.5,
                color=colours[scenario],
                annotation_clip=False,
            )
    bent = _fit_percent_axis(axes, data)
    names = [label_text(outcome.label, lang, separator="\n") for outcome in chosen.values()]
    axes.set_yticks(range(len(chosen)), names, fontsize=8)
    axes.set_ylim(len(chosen) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    date = _dates(study.outcomes).get(horizon, horizon)
    axes.set_xlabel(phrase(f"Effect in {date}, % of the baseline", f"{date} 的效应，占基线的 %", lang, separator="\n"))
    if len(study.policies) > 1:
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=9)
    else:
        axes.set_title(" ".join(titles[name] for name in study.policies), loc="left", fontsize=10)
    pairs = int(data["n"].max()) if len(data) else 0
    interval = _interval_told(study)
    note = phrase(
        f"Mean of {pairs} pairs of runs and {interval.en}; * marks an adjusted p below 0.05."
        + ("" if bent is None else f" The axis is linear up to ±{bent:g} %, logarithmic beyond."),
        f"{pairs} 对运行的均值与{interval.zh}；* 表示校正后 p 小于 0.05。"
        + ("" if bent is None else f"横轴在 ±{bent:g}% 以内为线性，以外为对数。"),
        lang,
        separator="\n",
    )
    add_note(figure, note, lang)
    return Drawing("effects", figure, data.reset_index(drop=True))


def _interval_told(study: Study) -> Label:
    if "low_model" in study.effects and study.effects["low_model"].notna().any():
        return Label("5-95 % of parameter draws", "参数抽样的 5–95% 区间")
    return Label("95 % interval", "95% 区间")


def _ranks(study: Study) -> dict[str, int]:
    return {name: place for place, name in enumerate(study.policies)}


def _fit_percent_axis(axes: Axes, data: pd.DataFrame) -> float | None:
    """Use a scale that is linear near zero and logarithmic beyond, when effects differ by orders of size.

    Returns
    -------
    per cent beyond which the scale is logarithmic; None where it is linear throughout
    """
    size = data[["low_percent", "high_percent"]].abs().max(axis="columns")
    size = size[size > 0]
    if size.empty:
        axes.set_xlim(-1, 1)
        return None
    middle, edge = float(np.median(size)), None
    if size.max() > 20 * middle:
        edge = float(f"{max(middle, 0.01):.0e}")
        axes.set_xscale("symlog", linthresh=edge)
        decades = edge * 10.0 ** np.arange(0, max(2, int(np.log10(size.max() / edge)) + 1))
        axes.set_xticks([*(-decades[::-1]), 0.0, *decades])
        axes.minorticks_off()
        axes.xaxis.set_major_formatter(tick_text)
    axes.margins(x=0.06)
    return edge


def _effect_text(row: pd.Series, outcome: Outcome, lang: Language, size: float) -> str:
    shown = shown_unit(outcome, lang, size=size, difference=True)
    effect, low, high = (
        number_text(row[part] * shown.factor, sign=True, digits=3) for part in ("effect", "low", "high")
    )
    star = "*" if row["p_adjusted"] < 0.05 else ""
    interval = f" [{low}, {high}]" if np.isfinite(row["low"]) else ""
    unit = f" {shown.unit}" if shown.unit else ""
    return f"{effect}{star}{interval}".replace("-", "−") + unit


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


def draw_comparison(study: Study, folder: Path, *, lang: Language = "en") -> list[Path]:
    """Draw and save the three figures of a comparison.

    Parameters
    ----------
    study : a comparison with at least one pair of finished runs
    folder : folder of the figures
    lang : language of the labels

    Returns
    -------
    paths of all files written
    """
    set_theme()
    drawings = [draw(study, lang=lang) for draw in (trajectories, differences, effect_forest)]
    return [path for drawing in drawings for path in save(drawing, folder)]
