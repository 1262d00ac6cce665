"""Short tables for the terminal: levels of one scenario, and effects of a comparison at the horizon."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.horizons import BASELINE, END, rows_at
from experiments.labels import (
    COST_OUTCOMES,
    Language,
    key_outcomes,
    known_outcomes,
    label_text,
    number_text,
    phrase,
    shown_unit,
)
from experiments.precision import told
from experiments.rebates import REBATE
from experiments.statistics import outcome_columns
from experiments.tables import text_table
from experiments.words import STAMP, shown_interval
from experiments.words import phrase as words
from simulation.parameters import Label

if TYPE_CHECKING:
    from experiments.comparison import Study
    from simulation.outcome import Outcome


def horizon(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the last quarter."""
    return table[table["quarter"] == table["quarter"].max()] if len(table) else table


def levels(study: Study) -> dict[str, Any]:
    """Return the mean over runs of every outcome in the last quarter."""
    if study.outcomes.empty:
        return {}
    last = horizon(study.outcomes)
    return {"date": last["date"].iloc[0], "mean": last[outcome_columns(study.outcomes)].mean().to_dict()}


def _rows_shown(names: list[str]) -> dict[str, Outcome]:
    return known_outcomes([*key_outcomes(names), *(name for name in COST_OUTCOMES if name in names)])


def levels_table(study: Study, lang: Language) -> str:
    """Return the key outcomes of one scenario in the first and the last quarter, as text."""
    names = outcome_columns(study.outcomes)
    quarters = study.outcomes["quarter"]
    own = study.outcomes["scenario"] == study.baseline
    first, last = (study.outcomes[own & (quarters == edge)] for edge in (quarters.min(), quarters.max()))
    header = [
        phrase("Outcome", "指标", lang),
        first["date"].iloc[0],
        last["date"].iloc[0],
        phrase("Unit", "单位", lang),
    ]
    rows = []
    for name, outcome in _rows_shown(names).items():
        start, end = first[name].mean(), last[name].mean()
        shown = shown_unit(outcome, lang, size=max(abs(start), abs(end)))
        values = [number_text(value * shown.factor) for value in (start, end)]
        rows.append([label_text(outcome.label, lang), *values, shown.unit])
    title, runs = study.scenarios[study.baseline].title, len(last)
    head = phrase(f"{title.en}, mean of {runs} runs", f"{title.zh}，{runs} 次运行的均值", lang, separator="\n")
    return f"{head}\n\n{text_table(header, rows, right=(1, 2))}"


def effects_table(study: Study, lang: Language) -> str:
    """Return the effects on the key outcomes in the last quarter, and what each scenario costs, as text.

    One table against the baseline for each scenario, and one against the rebate of the same yuan where it was run.
    """
    horizons, parts = study.horizons, []
    for scenario in study.policies:
        for comparator in (BASELINE, REBATE):
            names = _rows_shown(horizons["outcome"].unique().tolist())
            rows = rows_at(horizons, scenario, comparator, END, list(names))
            if len(rows):
                head = _head(study, scenario, comparator, rows, lang)
                parts.append(f"{head}\n\n{_table(rows, names, comparator, lang)}")
        if parts:
            parts.append(_costs(study, scenario, lang))
    return "\n\n".join([*parts, *how_sure(study, lang), STAMP[lang]])


def how_sure(study: Study, lang: Language) -> list[str]:
    """Return what was drawn besides luck, and what was reached of a wanted precision, as text."""
    drawn = None if study.worlds is None else study.worlds.uncertainty
    parts = [] if drawn is None else [drawn.told(lang)]
    return parts if study.precision is None else [*parts, told(study.precision, lang)]


def _head(study: Study, scenario: str, comparator: str, rows: pd.DataFrame, lang: Language) -> str:
    title, base = study.scenarios[scenario].title, study.scenarios[study.baseline].title
    if comparator != BASELINE:
        base = Label("a rebate that pays firms the same yuan", "等额退税")
    pairs, date = int(rows["n"].max()), rows["date"].iloc[0]
    return phrase(
        f"{title.en} against {base.en}, {date}, {pairs} pairs of runs",
        f"{title.zh}与{base.zh}相比，{date}，{pairs} 对运行",
        lang,
        separator="\n",
    )


def _table(rows: pd.DataFrame, names: Mapping[str, Outcome], comparator: str, lang: Language) -> str:
    drawn = "low_model" in rows and bool(rows["low_model"].notna().any())
    header = [
        phrase("Outcome", "指标", lang),
        phrase("baseline", "基线", lang) if comparator == BASELINE else phrase("rebate", "退税", lang),
        phrase("effect", "效应", lang),
        phrase("5-95 % of draws", "5–95% 抽样区间", lang) if drawn else phrase("95 % interval", "95% 区间", lang),
        phrase("adj. p", "校正 p", lang),
        phrase("unit", "单位", lang),
        phrase("in words", "判断", lang),
    ]
    lines = []
    for name, outcome in names.items():
        if name not in rows.index:
            continue
        row: dict[str, Any] = {str(key): value for key, value in rows.loc[name].items()}
        level = shown_unit(outcome, lang, size=abs(row["mean_comparator"]))
        shown = shown_unit(outcome, lang, size=abs(row["effect"]), difference=True)
        edges = [number_text(edge * shown.factor, sign=True, digits=3) for edge in shown_interval(row)[:2]]
        base = number_text(row["mean_comparator"] * level.factor)
        if level.unit != shown.unit:
            base = f"{base} {level.unit}"
        effect = number_text(row["effect"] * shown.factor, sign=True, digits=3)
        interval = f"[{edges[0]}, {edges[1]}]" if "–" not in edges else "–"
        p = row["p_adjusted"]
        p_text = "–" if not math.isfinite(p) else "<0.001" if p < 0.001 else f"{p:.3f}"
        told_as = words(row["verdict"], lang)
        lines.append([label_text(outcome.label, lang), base, effect, interval, p_text, shown.unit, told_as])
    return text_table(header, lines, right=(1, 2, 3, 4))


READINGS = {
    "appropriated": Label("appropriated", "安排"),
    "paid": Label("paid", "支付"),
    "net_present": Label("net present after recoveries", "扣除回收后净现值"),
    "contingent": Label("contingent", "或有"),
    "paid_rebate": Label("paid as the rebate", "等额退税支付"),
}


def _costs(study: Study, scenario: str, lang: Language) -> str:
    """Return what a scenario costs more than the baseline over the whole run, and why no rebate stands beside it."""
    costs = study.conclusions.costs
    rows = costs[costs["scenario"] == scenario].set_index("reading")["mean"]

    large = rows.abs().max() >= 100.0

    def list_of(language: Language) -> str:
        factor, between = (0.01 if large else 100.0, "，") if language == "zh" else (1.0, ", ")
        return between.join(
            f"{label_text(label, language)} {number_text(rows[name] * factor, digits=3)}"
            for name, label in READINGS.items()
            if math.isfinite(rows[name])
        )

    english = f"Public cost over the run, million CNY: {list_of('en')}"
    chinese = f"全期公共成本（{'亿元' if large else '万元'}）：{list_of('zh')}"
    line = phrase(english, chinese, lang, separator="\n")
    absent = None if study.worlds is None else study.worlds.absent.get(scenario)
    if absent:
        reason = f"No rebate of the same yuan beside it: {absent.en}."
        line += "\n" + phrase(reason, f"无等额退税对照：{absent.zh}。", lang, separator="\n")
    return line
