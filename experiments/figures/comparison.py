"""The first figures of a comparison: trajectories, paired differences, and the effects at the horizon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.labels import (
    Language,
    key_outcomes,
    known_outcomes,
    label_text,
    number_text,
    phrase,
    shown_unit,
)
from experiments.plots import (
    BASELINE_COLOUR,
    BENCHMARK_COLOUR,
    INK,
    Drawing,
    add_note,
    head,
    largest,
    legend,
    panels_of,
    scenario_colours,
    scenario_markers,
    tick_text,
    year_axis,
)
from experiments.statistics import outcome_columns, with_wider_interval
from simulation.parameters import Label

if TYPE_CHECKING:
    from experiments.comparison import Study
    from simulation.outcome import Outcome

BAND = (0.1, 0.9)


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
        shown = shown_unit(outcome, lang, size=largest(rows[["mean", "benchmark"]]))
        for scenario in study.scenarios:
            line = rows[rows["scenario"] == scenario]
            width = 2.6 if scenario == study.baseline else 1.4
            _draw_course(axes, line, "mean", shown.factor, alpha=0.15, color=colours[scenario], label=titles[scenario],
                         linewidth=width, **_marked(markers, scenario, len(line)))  # fmt: skip
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
        size = largest(rows[["low", "high", "effect"]])
        shown = shown_unit(outcome, lang, size=size, difference=True)
        axes.axhline(0, color=BASELINE_COLOUR, linewidth=1.0)
        for scenario in study.policies:
            line = rows[rows["scenario"] == scenario]
            _draw_course(axes, line, "effect", shown.factor, alpha=0.18, color=colours[scenario],
                         label=titles[scenario], linewidth=1.6, **_marked(markers, scenario, len(line)))  # fmt: skip
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
                color=INK,
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


def _chosen(study: Study, outcomes: Sequence[str] | None) -> Mapping[str, Outcome]:
    recorded = outcome_columns(study.outcomes)
    return known_outcomes(list(outcomes) if outcomes else key_outcomes(recorded))


def titles_of(study: Study, lang: Language) -> dict[str, str]:
    """Return the titles of the scenarios in the wanted language."""
    return {name: label_text(scenario.title, lang) for name, scenario in study.scenarios.items()}


def _draw_course(axes: Axes, rows: pd.DataFrame, value: str, factor: float, *, alpha: float, **look: Any) -> None:
    """Draw a line over quarters, in the colour of its band from `low` to `high`."""
    quarters = rows["quarter"].to_numpy()
    sns.lineplot(x=quarters, y=rows[value] * factor, ax=axes, legend=False, errorbar=None, **look)
    low, high = rows["low"] * factor, rows["high"] * factor
    axes.fill_between(quarters, low, high, color=look["color"], alpha=alpha, linewidth=0)


def _marked(markers: Mapping[str, str], scenario: str, length: int) -> dict[str, Any]:
    """Return how a line is marked now and then, each scenario at other quarters than its neighbour."""
    if scenario not in markers:
        return {}
    step = max(2, length // 6)
    start = (list(markers).index(scenario) * 2 + 1) % step
    return {"marker": markers[scenario], "markevery": (start, step), "markersize": 4.5, "markeredgewidth": 0}


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


def _dates(outcomes: pd.DataFrame) -> pd.Series:
    return outcomes.drop_duplicates("quarter").set_index("quarter")["date"].sort_index()
