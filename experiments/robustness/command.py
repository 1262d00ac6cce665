"""`yanzhen regret`: what a choice between scenarios costs in each future, and in which futures it fails."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.labels import Language, known_outcomes, language, number_text, phrase, shown_unit
from experiments.robustness.discovery import FEWEST_CASES, Box, WorkbenchError, failing_boxes, told
from experiments.robustness.regret import UNDISTURBED, objectives_of, regret_table, summary
from experiments.store import ResultFolder
from experiments.tables import text_table
from simulation.parameters import Label

if TYPE_CHECKING:
    from experiments.labels import Shown

EXTREMES = ("largest", "mean")
MOST_FUTURES = 12
"""Futures up to which the table has a column for each."""


def command(options: Namespace) -> tuple[dict[str, Any], str]:
    """Write the regrets of a sweep into its folder; return the answer as data and as text.

    Raises
    ------
    ResultFolderError
        It is no finished sweep of two scenarios or more with objectives.
    """
    from experiments.catalogue import declare

    lang, folder = language(options.lang), ResultFolder.open(Path(options.folder))
    declare([entry["path"] for entry in folder.manifest.get("plugins", [])])
    wanted = objectives_of(folder)
    table = regret_table(folder)
    folder.write_table("regret.parquet", table)
    short = summary(table)
    titles = {name: Label(entry["title"]["en"], entry["title"]["zh"])
              for name, entry in folder.manifest["scenarios"].items()}  # fmt: skip
    parts = [regret_text(table, outcome, titles, lang) for outcome in wanted]
    boxes, lines = _boxes(folder, wanted, table, titles, lang)
    if boxes:
        folder.write_table("boxes.parquet", pd.DataFrame(boxes))
    where = f"{phrase('Results', '结果', lang)}: {folder.path}"
    answer = {"folder": str(folder.path), "summary": short.to_dict("records"), "regret": table.to_dict("records")}
    return {**answer, "boxes": boxes}, "\n\n".join([*parts, *lines, where])


def regret_text(table: pd.DataFrame, outcome: str, titles: Mapping[str, Label], lang: Language) -> str:
    """Return the regrets of one outcome as a table of scenarios and futures, or of their extremes if there are many.

    Parameters
    ----------
    table : as `experiments.robustness.regret.regret_table` returns it
    outcome : of which
    titles : of the scenarios
    lang : language
    """
    rows = table[table["outcome"] == outcome]
    declared = known_outcomes([outcome])[outcome]
    shown = shown_unit(declared, lang, size=float(rows["regret"].abs().max()), difference=True)
    futures = list(dict.fromkeys(rows["future"]))
    short = summary(rows)
    header = [phrase("Scenario", "情景", lang)]
    wide = len(futures) <= MOST_FUTURES
    if wide:
        header += [_future(name, lang) for name in futures]
    header += [phrase("largest", "最大", lang), phrase("mean", "平均", lang), phrase("best in", "最优占比", lang)]
    cells = []
    for scenario, own in rows.groupby("scenario", sort=False):
        title = titles[str(scenario)]
        line = [phrase(title.en, title.zh, lang)]
        if wide:
            ordered = own.set_index("future").loc[futures]
            told_of = zip(ordered["regret"], ordered["low"], ordered["best"], strict=True)
            line += [_cell(regret, low, best, shown) for regret, low, best in told_of]
        extremes = short[short["scenario"] == scenario]
        line += [number_text(float(extremes[name].sum()) * shown.factor, digits=3) for name in EXTREMES]
        cells.append([*line, f"{float(extremes['best'].sum()):.0%}"])
    head = phrase(
        f"Regret: {declared.label.en} ({shown.unit}), against the best of each future; {len(futures)} futures, "
        f"{int(rows['n'].max())} seeds; ~ cannot be told from the best",
        f"遗憾值：{declared.label.zh}（{shown.unit}），与每种未来的最优情景相比；{len(futures)} 种未来，"
        f"{int(rows['n'].max())} 个种子；~ 表示与最优不可区分",
        lang,
        separator="\n",
    )
    return f"{head}\n\n{text_table(header, cells, right=range(1, len(header)))}"


def _cell(regret: float, low: float, best: bool, shown: Shown) -> str:
    text = number_text(regret * shown.factor, digits=3)
    return text if best or low > 0 else f"{text}~"


def _future(name: str, lang: Language) -> str:
    from simulation.stress import STRESSES

    if name == UNDISTURBED:
        return phrase("undisturbed", "无冲击", lang)
    known = [STRESSES[part].label if part in STRESSES else Label(part, part) for part in name.split(" + ")]
    return phrase(" + ".join(one.en for one in known), " + ".join(one.zh for one in known), lang)


def _boxes(
    folder: ResultFolder, wanted: Mapping[str, str], table: pd.DataFrame, titles: Mapping[str, Label], lang: Language
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the boxes of futures in which scenarios fail, as rows and in plain language."""
    futures, scenarios = table["future"].nunique(), list(dict.fromkeys(table["scenario"]))
    if futures < FEWEST_CASES:
        return [], [phrase(
            f"Too few futures ({futures} of at least {FEWEST_CASES}) to look for those in which a scenario fails.",
            f"未来情形过少（{futures} 个，至少需 {FEWEST_CASES} 个），不作失效情形识别。", lang, separator="\n",
        )]  # fmt: skip
    try:
        found = failing_boxes(folder, wanted)
    except WorkbenchError as fault:
        return [], [str(fault)]
    outcomes, base = known_outcomes(list(wanted)), titles[scenarios[0]]
    rows, lines = [], []
    for (scenario, outcome), box in found.items():
        label, title = outcomes[outcome].label, titles[scenario]
        event = Label(f"{title.en} does no better than {base.en} for {label.en}",
                      f"{title.zh}在“{label.zh}”上不优于{base.zh}")  # fmt: skip
        lines.append(told(box, event, lang))
        rows += _rows(scenario, outcome, box, lines[-1])
    return rows, lines


def _rows(scenario: str, outcome: str, box: Box | None, sentence: str) -> list[dict[str, Any]]:
    about = {"scenario": scenario, "outcome": outcome, "told": sentence}
    if box is None:
        return [{**about, "factor": "", "limit": "", "density": None, "coverage": None, "mass": None, "before": None}]
    shares = {"density": box.density, "coverage": box.coverage, "mass": box.mass, "before": box.before}
    return [{**about, "factor": factor, "limit": str(limit), **shares} for factor, limit in box.limits.items()]
