"""How outcomes answer to the factors of a sweep at the horizon, paired by seed, and that as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from experiments.labels import Language, known_outcomes, number_text, phrase, shown_unit
from experiments.plan import REFERENCE_POINT, Plan
from experiments.statistics import IDENTITY_COLUMNS, paired_effects

if TYPE_CHECKING:
    from simulation.outcome import Outcome

TOLD = 0.05
"""Adjusted p below which a difference is told."""


@dataclass(frozen=True)
class Responses:
    """Effects of every point of a sweep on its outcomes at the horizon.

    Parameters
    ----------
    table : one row per world (point and scenario) and outcome: the factors, and the paired statistics of
        `paired_effects` against the reference, or levels alone where there is none
    rows : outcomes of every run at the horizon, with `world`
    outcomes : names of the outcomes
    date : of the horizon
    """

    table: pd.DataFrame
    rows: pd.DataFrame
    outcomes: list[str]
    date: str

    def between(self, before: str, after: str) -> pd.DataFrame:
        """Return the paired difference between two worlds, by outcome."""
        return paired_effects(self.rows_of([before, after]), before, [after]).set_index("outcome")

    def rows_of(self, worlds: Sequence[str]) -> pd.DataFrame:
        """Return the runs of some worlds as `paired_effects` takes them."""
        rows = self.rows[self.rows["world"].isin(worlds)]
        return rows[["run_id", "seed", "quarter", "date", *self.outcomes]].assign(scenario=rows["world"])


def responses(plan: Plan, outcomes: pd.DataFrame, names: Sequence[str]) -> Responses:
    """Return how outcomes answer to the factors in the last quarter.

    Parameters
    ----------
    plan : the experiment
    outcomes : its results
    names : outcomes to look at
    """
    rows = outcomes[outcomes["quarter"] == outcomes["quarter"].max()].copy()
    reference = rows["point"] == REFERENCE_POINT
    rows["world"] = [
        "reference" if point == REFERENCE_POINT else f"{scenario}/{point}"
        for point, scenario in zip(rows["point"], rows["scenario"], strict=True)
    ]
    factors = [axis.path for axis in plan.axes if axis.path in rows.columns]
    worlds = rows.loc[~reference, ["world", "scenario", "point", *factors]].drop_duplicates("world")
    frame = Responses(pd.DataFrame(), rows, list(names), str(rows["date"].iloc[0]))
    listed = worlds["world"].tolist()
    if plan.has_reference:
        effects = paired_effects(frame.rows_of(["reference", *listed]), "reference", listed)
        table = worlds.merge(effects.drop(columns=["baseline"]).rename(columns={"scenario": "world"}), on="world")
    else:
        long = rows.loc[~reference, ["world", *names]].melt("world", var_name="outcome", value_name="mean")
        table = worlds.merge(long.groupby(["world", "outcome"], sort=False)["mean"].mean().reset_index(), on="world")
    return Responses(table, rows, list(names), frame.date)


def effect_table(plan: Plan, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the effect of every point on every outcome at the horizon, with the values of its factors."""
    factors = {axis.path for axis in plan.axes}
    names = [
        name
        for name in outcomes.columns
        if name not in (*IDENTITY_COLUMNS, "point")
        and name not in factors
        and pd.api.types.is_numeric_dtype(outcomes[name])
    ]
    table = responses(plan, outcomes, names).table.drop(columns="world")
    table.insert(1, "baseline", plan.bases[0].name)
    return table


def reading(plan: Plan, found: Responses, lang: Language) -> str:
    """Return what a sweep over one numeric factor shows, in sentences that its intervals bear out.

    Parameters
    ----------
    plan : an experiment with a reference whose first numeric factor is a dial
    found : its responses
    lang : language of the sentences
    """
    axis = next(axis for axis in plan.axes if axis.numeric)
    others = [other.path for other in plan.axes if other is not axis and other.path in found.table.columns]
    known = known_outcomes(found.outcomes)
    lines = [_head(plan, found, axis.path, lang)]
    groups = found.table.groupby(others, sort=False) if others else [((), found.table)]
    for values, table in groups:
        if others:
            told = ", ".join(map(str, values if isinstance(values, tuple) else (values,)))
            label = next(other.label for other in plan.axes if other.path == others[0])
            lines.append(phrase(f"{label.en} {told}:", f"{label.zh}{told}：", lang, separator="\n"))
        lines += _lines(found, table, axis.path, known, lang)
    return "\n".join(lines)


def _head(plan: Plan, found: Responses, path: str, lang: Language) -> str:
    seeds = len(plan.seeds)
    dial = plan.declaration.dial
    if dial is not None and path == "dial":
        money = f"{dial.budget:g}"
        zero, one = dial.zero, dial.one
        return phrase(
            f"{found.date}, {money} million CNY a year, {seeds} seeds; 0 gives all to {zero.label}, "
            f"1 all to {one.label}. Effects are differences to the reference with the same seeds.",
            f"{found.date}，每年 {money} 百万元，{seeds} 个种子；0 为全部用于{zero.label_zh}，"
            f"1 为全部用于{one.label_zh}。效应为与同种子参照情景之差。",
            lang,
            separator="\n",
        )
    return phrase(
        f"{found.date}, {seeds} seeds; effects are differences to the reference with the same seeds.",
        f"{found.date}，{seeds} 个种子；效应为与同种子参照情景之差。",
        lang,
        separator="\n",
    )


def _lines(
    found: Responses, table: pd.DataFrame, path: str, known: dict[str, Outcome], lang: Language
) -> list[str]:
    order = table.drop_duplicates("world").sort_values(path)
    worlds, values = order["world"].tolist(), order[path].tolist()
    ends = found.between(worlds[0], worlds[-1])
    lines, open_ = [], []
    for name, outcome in known.items():
        if name not in ends.index:
            continue
        effects = table[table["outcome"] == name].set_index("world")["effect"]
        row = ends.loc[name]
        if not row["p_adjusted"] < TOLD:
            open_.append(outcome.label)
            continue
        size = float(np.nanmax(np.abs([effects[worlds[0]], effects[worlds[-1]], row["effect"]])))
        figures = [effects[worlds[0]], effects[worlds[-1]], row["effect"], row["low"], row["high"]]
        a, b, change, low, high, unit = _texts(outcome, figures, size, "en")
        zh = _texts(outcome, figures, size, "zh")
        between_en, between_zh = _peak(found, name, worlds, values, effects)
        lines.append(
            phrase(
                f"- {outcome.label.en}: effect {a} at {values[0]:g}, {b} at {values[-1]:g}{unit}; "
                f"difference {change} [{low}, {high}].{between_en}",
                f"- {outcome.label.zh}：{values[0]:g} 时效应 {zh[0]}，{values[-1]:g} 时 {zh[1]}{zh[5]}；"
                f"相差 {zh[2]} [{zh[3]}, {zh[4]}]。{between_zh}",
                lang,
                separator="\n",
            )
        )
    if open_:
        en, zh_ = "; ".join(label.en for label in open_), "、".join(label.zh for label in open_)
        lines.append(
            phrase(
                f"- The ends cannot be told apart in: {en}.", f"- 两端不可区分的指标：{zh_}。", lang, separator="\n"
            )
        )
    return lines


def _texts(outcome: Outcome, figures: Sequence[float], size: float, lang: Language) -> list[str]:
    """Return differences as texts, and after them their unit."""
    shown = shown_unit(outcome, lang, size=size, difference=True)
    texts = [number_text(float(value) * shown.factor, sign=True, digits=3) for value in figures]
    return [*texts, f" {shown.unit}" if shown.unit else ""]


def _peak(
    found: Responses, name: str, worlds: Sequence[str], values: Sequence[float], effects: pd.Series
) -> tuple[str, str]:
    """Return a sentence if a place between the ends gives more, or less, than both of them."""
    levels = effects.reindex(pd.Index(worlds)).to_numpy(float)
    for place, en, zh in (
        (int(np.nanargmax(levels)), "higher", "高于"),
        (int(np.nanargmin(levels)), "lower", "低于"),
    ):
        if place in (0, len(worlds) - 1):
            continue
        beyond = [found.between(end, worlds[place]).loc[name] for end in (worlds[0], worlds[-1])]
        # The place was chosen for being extreme: the interval must clear zero against both ends, places counted.
        if all(row["p"] * len(worlds) < TOLD for row in beyond):
            at = f"{values[place]:g}"
            return f" In between, at {at}, it is {en} than at both ends.", f"中间 {at} 处{zh}两端。"
    return "", ""
