"""Short tables for the terminal: levels of one scenario, and effects of a comparison at the horizon."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

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
from experiments.statistics import outcome_columns
from experiments.tables import text_table

if TYPE_CHECKING:
    from experiments.comparison import Study
    from simulation.outcome import Outcome


FIGURES = ("mean_baseline", "effect", "low", "high", "p_adjusted")


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
    """Return the effects on the key outcomes in the last quarter, one table per scenario, as text."""
    last = horizon(study.effects)
    names = last["outcome"].unique().tolist()
    date = study.outcomes.loc[study.outcomes["quarter"] == last["quarter"].iloc[0], "date"].iloc[0]
    header = [
        phrase("Outcome", "指标", lang),
        phrase("baseline", "基线", lang),
        phrase("effect", "效应", lang),
        phrase("95 % interval", "95% 区间", lang),
        phrase("adj. p", "校正 p", lang),
        phrase("unit", "单位", lang),
    ]
    parts = []
    for scenario in study.policies:
        table = last[last["scenario"] == scenario].set_index("outcome")
        if table.empty:
            continue
        rows = []
        for name, outcome in _rows_shown(names).items():
            row = dict(zip(FIGURES, table.loc[name, list(FIGURES)].to_numpy(float).tolist(), strict=True))
            level = shown_unit(outcome, lang, size=abs(row["mean_baseline"]))
            shown = shown_unit(outcome, lang, size=abs(row["effect"]), difference=True)
            low, high = (number_text(row[side] * shown.factor, sign=True, digits=3) for side in ("low", "high"))
            base = number_text(row["mean_baseline"] * level.factor)
            if level.unit != shown.unit:
                base = f"{base} {level.unit}"
            effect = number_text(row["effect"] * shown.factor, sign=True, digits=3)
            interval = f"[{low}, {high}]" if math.isfinite(row["low"]) else "–"
            p = row["p_adjusted"]
            p_text = "–" if not math.isfinite(p) else "<0.001" if p < 0.001 else f"{p:.3f}"
            rows.append([label_text(outcome.label, lang), base, effect, interval, p_text, shown.unit])
        title, base_title = study.scenarios[scenario].title, study.scenarios[study.baseline].title
        pairs = int(table["n"].max())
        head = phrase(
            f"{title.en} against {base_title.en}, {date}, {pairs} pairs of runs",
            f"{title.zh}与{base_title.zh}相比，{date}，{pairs} 对运行",
            lang,
            separator="\n",
        )
        parts.append(f"{head}\n\n{text_table(header, rows, right=(1, 2, 3, 4))}")
    return "\n\n".join(parts)
