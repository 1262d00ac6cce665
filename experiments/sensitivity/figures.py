"""Figures of sensitivity: bars of the strongest factors, and effects of policies alone and together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from experiments.labels import Language, known_outcomes, label_text, phrase, shown_unit
from experiments.plots import BASELINE_COLOUR, POLICY_COLOURS, Drawing, add_note, head, largest, tick_text
from experiments.sensitivity.factorial import JOIN
from experiments.sensitivity.indices import MAIN, Sensitivity

if TYPE_CHECKING:
    from matplotlib.axes import Axes


BARS = 8
"""Factors that each panel shows."""
KINDS = ("main", "synergy")


def _figure(count: int, rows: int, lang: Language) -> tuple[Figure, list[Axes], int]:
    """Return a figure with one panel per outcome, wide enough for names of parameters on the left."""
    columns = min(count, 2)
    lines = -(-count // columns)
    height = (0.21 * rows + (1.0 if lang == "both" else 0.85)) * lines + 0.6
    figure = Figure(figsize=(4.9 * columns, height), layout="constrained")
    panels = figure.subplots(lines, columns, squeeze=False).ravel().tolist()
    for unused in panels[count:]:
        unused.remove()
    return figure, panels[:count], columns


def _name(found: Sensitivity, factor: str, lang: Language) -> str:
    label = found.labels.get(factor)
    own = label is not None and label.en != factor
    text = label_text(label, lang) if own and label is not None else factor
    return text.removeprefix("parameters.").removeprefix("policies.")


def bars(found: Sensitivity, scenario: str, *, lang: Language = "en") -> Drawing:
    """Draw the factors that each outcome (or the effect of a scenario on it) depends on most, with 95 % intervals.

    Parameters
    ----------
    found : indices of a sweep
    scenario : whose outcomes, or effects, are drawn
    lang : language of the labels
    """
    table = found.table[(found.table["scenario"] == scenario) & (found.table["index"] == MAIN[found.method])]
    chosen = known_outcomes(list(dict.fromkeys(table["outcome"])))
    effect = bool((table["kind"] == "effect").any())
    colour = POLICY_COLOURS[0] if effect else BASELINE_COLOUR
    figure, panels, _ = _figure(len(chosen), BARS, lang)
    shown_rows = []
    for panel, (name, outcome) in zip(panels, chosen.items(), strict=True):
        own = table[(table["outcome"] == name) & (table["value"] > 0)]
        rows = own.nlargest(BARS, "value").reset_index(drop=True)
        shown_rows.append(rows)
        if rows.empty:
            unit = shown_unit(outcome, lang, difference=True)
            head(panel, outcome, unit, lang)
            panel.set(xticks=[], yticks=[])
            said = phrase("no factor changes it", "没有因素使其改变", lang, separator="\n")
            panel.text(0.5, 0.5, said, ha="center", va="center", transform=panel.transAxes, fontsize=8)
            continue
        unit = shown_unit(outcome, lang, size=largest(rows[["value", "high"]]), difference=True)
        factor = unit.factor if found.method == "morris" else 1.0
        names = [_name(found, path, lang) for path in rows["factor"]]
        places = np.arange(len(rows))
        sns.barplot(x=rows["value"] * factor, y=places, ax=panel, color=colour, errorbar=None, width=0.68,
                    orient="h", native_scale=True)  # fmt: skip
        low, high = (rows[end].fillna(rows["value"]) * factor for end in ("low", "high"))
        panel.hlines(places, low, high, color="#222222", linewidth=1.1)
        head(panel, outcome, unit, lang)
        if found.method != "morris":
            panel.texts[-1].set_text(phrase("share of the variance", "方差占比", lang))
        panel.tick_params(axis="y", length=0, labelsize=7)
        panel.set_yticks(places, names)
        panel.set_ylim(BARS - 0.4, -0.6)
        panel.xaxis.set_major_formatter(tick_text)
        panel.locator_params(axis="x", nbins=5)
        panel.set_xlabel("")
        panel.set_xlim(left=min(0.0, float(low.min())))
    figure.suptitle(_title(found, scenario, effect, lang), x=0.01, ha="left", fontsize=10)
    add_note(figure, _note(found, table, lang), lang)
    name = "sensitivity" + (f"_{scenario}" if effect else "")
    return Drawing(name, figure, pd.concat(shown_rows, ignore_index=True))


def _title(found: Sensitivity, scenario: str, effect: bool, lang: Language) -> str:
    title = found.titles[scenario]
    if effect:
        return phrase(f"Effect of: {title.en}", f"政策效应：{title.zh}", lang)
    return phrase(f"Levels in: {title.en}", f"结果水平：{title.zh}", lang)


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _note(found: Sensitivity, table: pd.DataFrame, lang: Language) -> str:
    n, seeds, noise = int(table["n"].max()), found.seeds, table["noise"].median()
    if found.method == "morris":
        en = f"{found.date}: mean absolute change while a factor goes over its range; "
        en += f"{_counted(n, 'trajectory', 'trajectories')}, {_counted(seeds, 'seed')}"
        zh = f"{found.date}：因素走完其取值范围时结果的平均绝对变化；{n} 条轨迹，{seeds} 个种子"
    else:
        en = f"{found.date}: total Sobol index; base sample {n}, {_counted(seeds, 'seed')}"
        zh = f"{found.date}：Sobol 总效应指数；基础样本 {n}，{seeds} 个种子"
    lined = bool(np.isfinite(table["high"]).any())
    en += "; line: 95 % interval." if lined else "; too few for intervals."
    zh += "；横线：95% 区间。" if lined else "；数目过少，无法给出区间。"
    if np.isfinite(noise):
        en += f" Luck of the seeds makes {noise:.0%} of the variance (median)."
        zh += f"种子随机性占方差的 {noise:.0%}（中位数）。"
    return phrase(en, zh, lang, separator="\n")


def factorial_forest(table: pd.DataFrame, scenario: str, *, lang: Language = "en") -> Drawing:
    """Draw main effects and synergies of policies on each outcome with 95 % intervals.

    Parameters
    ----------
    table : as `experiments.sensitivity.factorial.factorial_effects` returns it
    scenario : that the policies were switched in
    lang : language of the labels
    """
    data = table[(table["scenario"] == scenario) & table["kind"].isin(KINDS)].reset_index(drop=True)
    chosen = known_outcomes(list(dict.fromkeys(data["outcome"])))
    terms = list(dict.fromkeys(data["term"]))
    figure, panels, columns = _figure(len(chosen), len(terms), lang)
    colours = dict(zip(KINDS, POLICY_COLOURS, strict=False))
    words = {"main": ("Main effect", "主效应")}
    words["synergy"] = ("Synergy: both beyond the sum of each", "协同：超出两者之和")
    names = [" x ".join(_policy(name, lang) for name in term.split(JOIN)) for term in terms]
    for number, (panel, (name, outcome)) in enumerate(zip(panels, chosen.items(), strict=True)):
        rows = data[data["outcome"] == name].set_index("term").loc[terms]
        unit = shown_unit(outcome, lang, size=largest(rows[["value", "low", "high"]]), difference=True)
        panel.axvline(0, color=BASELINE_COLOUR, linewidth=1.0)
        for kind, colour in colours.items():
            places = np.flatnonzero((rows["kind"] == kind).to_numpy())
            some = rows.iloc[places]
            panel.hlines(places, some["low"] * unit.factor, some["high"] * unit.factor, color=colour, linewidth=1.6)
            mark, said = "o" if kind == "main" else "D", phrase(*words[kind], lang)
            panel.plot(some["value"] * unit.factor, places, mark, color=colour, markersize=4.5, label=said)
        head(panel, outcome, unit, lang)
        panel.set_yticks(range(len(terms)), names if number % columns == 0 else [])
        panel.tick_params(axis="y", length=0, labelsize=7)
        panel.set_ylim(len(terms) - 0.5, -0.5)
        panel.xaxis.set_major_formatter(tick_text)
        panel.locator_params(axis="x", nbins=5)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2, frameon=False, fontsize=9)
    date, seeds = data["date"].iloc[0], int(data["n"].max())
    note = phrase(
        f"{date}: mean of {seeds} seeds over all settings of the other policies; line: 95 % interval, paired.",
        f"{date}：对其余政策全部组合取平均，{seeds} 个种子；横线：95% 配对区间。",
        lang,
        separator="\n",
    )
    add_note(figure, note, lang)
    return Drawing("synergies", figure, data)


def _policy(name: str, lang: Language) -> str:
    from simulation.policy import POLICIES
    from simulation.stress import STRESSES

    one = POLICIES.get(name) or STRESSES.get(name)
    return name if one is None else label_text(one.label, lang)


