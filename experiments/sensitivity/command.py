"""`yanzhen sensitivity`: indices of a finished sweep as a table, figures and files."""

from __future__ import annotations

import math
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.labels import Language, known_outcomes, number_text, phrase, shown_unit
from experiments.sensitivity.indices import MAIN, Sensitivity, sampling_of, sensitivity, unfinished
from experiments.store import ResultFolder
from experiments.tables import text_table

TOP = 15
"""Factors that the table shows."""
LAST_COLUMNS = (("95 % interval", "95% 区间"), ("unit", "单位"))


def command(options: Namespace) -> tuple[dict[str, Any], str]:
    """Write indices and figures of a sweep into its folder; return the answer as data and as text.

    Raises
    ------
    ResultFolderError
        The folder's design tells nothing of sensitivity, or runs are missing.
    """
    from experiments.catalogue import declare
    from experiments.labels import language

    lang, folder = language(options.lang), ResultFolder.open(Path(options.folder))
    declare([entry["path"] for entry in folder.manifest.get("plugins", [])])
    design, _ = sampling_of(folder)
    told = _factorial(folder, lang) if design["kind"] == "grid" else _indices(folder, lang)
    return {"folder": str(folder.path), **told[0]}, told[1]


def _indices(folder: ResultFolder, lang: Language) -> tuple[dict[str, Any], str]:
    from experiments.plots import save, set_theme
    from experiments.sensitivity.figures import bars

    found = sensitivity(folder)
    if unfinished(folder):
        print(f"{unfinished(folder)}; what is whole of them counts", file=sys.stderr)
    folder.write_table("sensitivity.parquet", found.table)
    set_theme()
    drawings = [bars(found, scenario, lang=lang) for scenario in dict.fromkeys(found.table["scenario"])]
    figures = [path for drawing in drawings for path in save(drawing, folder.path / "figures")]
    answer = {"method": found.method, "date": found.date, "indices": found.table.to_dict("records")}
    return {**answer, "figures": _shown(figures)}, f"{ranking_text(found, lang)}\n\n{_where(folder, lang)}"


def ranking_text(found: Sensitivity, lang: Language) -> str:
    """Return the strongest factors with their mean share and the quantity that depends on them most, as text."""
    main = found.table[found.table["index"] == MAIN[found.method]]
    outcomes = known_outcomes(main["outcome"].unique().tolist())
    words = [("Factor", "因素"), ("mean share", "平均份额"), ("most on", "影响最大"), ("index", "指数")]
    header = [phrase(*pair, lang) for pair in (*words, *LAST_COLUMNS)]
    rows = []
    for factor, share in found.ranking["mean"].head(TOP).items():
        top = main[main["factor"] == factor].sort_values("share", ascending=False).iloc[0]
        outcome = outcomes.get(top["outcome"])
        en, zh = (top["outcome"], top["outcome"]) if outcome is None else outcome.label
        if top["kind"] == "effect":
            title = found.titles[top["scenario"]]
            en, zh = f"effect of {title.en} on {en}", f"{title.zh}对{zh}的效应"
        name = phrase(en, zh, lang)
        unit, factor_of = "", 1.0
        if outcome is not None and found.method == "morris":
            unit, factor_of = shown_unit(outcome, lang, size=abs(top["value"]), difference=True)
        value, low, high = (number_text(top[end] * factor_of, digits=3) for end in ("value", "low", "high"))
        interval = f"[{low}, {high}]" if math.isfinite(top["low"]) else "–"
        rows.append([str(factor), f"{share:.1%}", name, value, interval, unit])
    head = phrase(
        f"{found.date}: {'Morris, mean absolute effect' if found.method == 'morris' else 'Sobol, total index'}; "
        f"{len(found.ranking)} factors, n = {int(main['n'].max())}, {found.seeds} seeds",
        f"{found.date}：{'Morris 平均绝对效应' if found.method == 'morris' else 'Sobol 总效应指数'}；"
        f"{len(found.ranking)} 个因素，n = {int(main['n'].max())}，{found.seeds} 个种子",
        lang,
        separator="\n",
    )
    return f"{head}\n\n{text_table(header, rows, right=(1, 3, 4))}"


def _factorial(folder: ResultFolder, lang: Language) -> tuple[dict[str, Any], str]:
    from experiments.plots import save, set_theme
    from experiments.sensitivity.factorial import factorial_effects
    from experiments.sensitivity.figures import factorial_forest

    table = factorial_effects(folder)
    folder.write_table("synergies.parquet", table)
    set_theme()
    figures = save(factorial_forest(table, str(table["scenario"].iloc[0]), lang=lang), folder.path / "figures")
    answer = {"method": "factorial", "date": table["date"].iloc[0], "effects": table.to_dict("records")}
    return {**answer, "figures": _shown(figures)}, f"{factorial_text(table, lang)}\n\n{_where(folder, lang)}"


def factorial_text(table: pd.DataFrame, lang: Language) -> str:
    """Return main effects and synergies that can be told from zero, and how many cannot, as text."""
    words = {"main": ("main effect", "主效应"), "synergy": ("synergy", "协同"), "alone": ("alone", "单独实施")}
    words |= {"together": ("all together", "全部同时")}
    words |= {"beyond_sum": ("all, beyond the sum of each", "全部：超出各自之和")}
    outcomes = known_outcomes(table["outcome"].unique().tolist())
    told = table[table["p_adjusted"] < 0.05]
    rows = []
    for row in told.to_dict("records"):
        outcome = outcomes.get(row["outcome"])
        name = row["outcome"] if outcome is None else phrase(*outcome.label, lang)
        size = abs(row["value"])
        unit, factor = ("", 1.0) if outcome is None else shown_unit(outcome, lang, size=size, difference=True)
        value, low, high = (number_text(row[end] * factor, sign=True, digits=3) for end in ("value", "low", "high"))
        rows.append([name, row["term"], phrase(*words[row["kind"]], lang), value, f"[{low}, {high}]", unit])
    first = [("Outcome", "指标"), ("policies", "政策"), ("kind", "类别"), ("effect", "效应")]
    header = [phrase(*pair, lang) for pair in (*first, *LAST_COLUMNS)]
    rest = phrase(
        f"{len(table) - len(told)} of {len(table)} effects cannot be told from zero.",
        f"{len(table)} 项效应中有 {len(table) - len(told)} 项与零不可区分。",
        lang,
    )
    return f"{text_table(header, rows, right=(3, 4))}\n\n{rest}" if rows else rest


def _shown(figures: list[Path]) -> list[str]:
    return [str(path) for path in figures if path.suffix != ".csv"]


def _where(folder: ResultFolder, lang: Language) -> str:
    return f"{phrase('Results and figures', '结果与图', lang)}: {folder.path}"
