"""The numbers behind the brief as a workbook: data, definitions, sources and assumptions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from experiments.figures.comparison import spread
from experiments.labels import QUARTERLY, UNITS_ZH, YEARLY, Language, known_outcomes
from experiments.plots import scenario_colours
from experiments.report.background import provenance
from experiments.report.findings import HORIZONS, rows_of, sentence, shown_names
from experiments.report.office.summary import FONTS, brief_title, conclusions
from experiments.report.page import PLACES
from experiments.report.public_money import READINGS
from experiments.report.scenarios import COMMON, headline, meaning, touched, value_text
from experiments.results import Results
from experiments.words import COMPARATORS, PHRASES, STAMP
from simulation.outcome import Outcome
from simulation.parameters import Label

SHEETS = {
    "readme": Label("Read me", "说明"),
    "findings": Label("Findings", "结论"),
    "effects": Label("Effects", "效应"),
    "courses": Label("Courses", "走势"),
    "costs": Label("Costs", "成本"),
    "definitions": Label("Definitions", "定义"),
    "assumptions": Label("Assumptions", "假设"),
    "sources": Label("Sources", "来源"),
}
READINGS_OF = {"district": Label("district", "本区"), "region_net": Label("region net", "区域净效应")}


def write_workbook(results: Results, path: Path, *, lang: Language) -> None:
    """Write the workbook; labels are in both languages, sheets are named in the one wanted.

    Parameters
    ----------
    results : of a finished comparison
    path : file to write
    lang : "en", "zh" or "both"
    """
    book = xlsxwriter.Workbook(str(path), {"nan_inf_to_errors": False})
    try:
        book.set_properties({"title": brief_title(results, "zh"), "author": "Yanzhen", "comments": STAMP["both"]})
        writer = _Writer(book, lang)
        _readme(writer, results)
        _findings(writer, results)
        _effects(writer, results)
        _courses(writer, results)
        _costs(writer, results)
        _definitions(writer, results)
        _assumptions(writer, results)
        _sources(writer, results)
    finally:
        book.close()


class _Writer:
    """Sheets with a stamp on top, a header, and columns wide enough."""

    def __init__(self, book: Any, lang: Language) -> None:
        self.book, self.lang = book, lang
        font = {"font_name": FONTS["chinese"], "font_size": 10, "valign": "top"}
        book.formats[0].set_font_name(FONTS["chinese"])
        book.formats[0].set_font_size(10)
        self.plain = book.add_format({**font, "text_wrap": True})
        self.number = book.add_format({**font, "num_format": "#,##0.0000"})
        self.whole = book.add_format({**font, "num_format": "#,##0"})
        self.head = book.add_format({**font, "bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#EEF1F4"})
        self.stamp = book.add_format({**font, "font_color": "#A92F40", "bold": True})

    def name(self, key: str) -> str:
        """Return the name of a sheet."""
        label = SHEETS[key]
        return {"en": label.en, "zh": label.zh, "both": f"{label.zh} {label.en}"}[self.lang]

    def sheet(self, key: str, header: Sequence[Label], rows: Sequence[Sequence[Any]], widths: Sequence[int]) -> Any:
        """Add a sheet of rows below a bilingual header; the first row is the stamp."""
        sheet = self.book.add_worksheet(self.name(key))
        sheet.write(0, 0, STAMP["both"], self.stamp)
        for column, (label, size) in enumerate(zip(header, widths, strict=True)):
            text = label.en if label.en == label.zh else f"{label.zh}\n{label.en}"
            sheet.write(1, column, text, self.head)
            sheet.set_column(column, column, size)
        for row, cells in enumerate(rows, start=2):
            for column, value in enumerate(cells):
                self.cell(sheet, row, column, value)
        sheet.freeze_panes(2, 0)
        if rows:
            sheet.autofilter(1, 0, 1 + len(rows), len(header) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{STAMP['both']}&R&P / &N")
        return sheet

    def cell(self, sheet: Any, row: int, column: int, value: Any) -> None:
        """Write a value: numbers as numbers, what is undefined as an empty cell."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)) or value is pd.NA:
            sheet.write_blank(row, column, None, self.plain)
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            sheet.write_string(row, column, str(value), self.plain)
        else:
            sheet.write_number(row, column, value, self.whole if isinstance(value, int) else self.number)


def header_of(*texts: str) -> list[Label]:
    """Return labels written as "English=Chinese"."""
    return [Label(*text.split("=", 1)) for text in texts]


def unit_label(outcome: Outcome) -> Label:
    """Return an outcome's unit as recorded, in both languages."""
    bare = outcome.unit.removesuffix(YEARLY)
    zh = "比例" if bare == "share" else UNITS_ZH.get(bare, bare)
    if bare in ("share", "ratio", "index", "log", "1", ""):
        return Label(bare, zh)
    if outcome.yearly or bare != outcome.unit:
        return Label(bare + YEARLY, zh + "/年")
    return Label(bare + QUARTERLY, zh + "/季") if outcome.quarterly else Label(bare, zh)


def _readme(writer: _Writer, results: Results) -> None:
    texts = [
        ("Title", "标题", brief_title(results, "en"), brief_title(results, "zh")),
        ("Stamp", "声明", STAMP["en"], STAMP["zh"]),
        ("Money", "金额", "million CNY at 2022 prices, the district at 1:1; 1 million CNY is 100 wan yuan",
         "2022 年价格，1:1 区域；百万元 = 100 万元，1 亿元 = 100 百万元"),
        ("Shares", "比例", "recorded as parts of one", "以 1 为整体记录"),
        ("Effects", "效应", "differences between runs with the same seed, mean over pairs",
         "同种子运行之差，按配对取均值"),
        ("Intervals", "区间", "95 %, luck only, unless columns of parameter draws are there",
         "95%，仅随机因素；有参数抽样列者除外"),
    ]  # fmt: skip
    texts += [("Sheet", "工作表", SHEETS[key].en, SHEETS[key].zh) for key in SHEETS]
    rows = [(f"{zh} {en}", english, chinese) for en, zh, english, chinese in texts]
    writer.sheet("readme", header_of("What=项目", "English=English", "中文=中文"), rows, (22, 70, 70))


def _findings(writer: _Writer, results: Results) -> None:
    rows = [("结论三句 conclusions", "", line.zh, line.en) for line in conclusions(results)]
    for scenario in results.study.policies:
        title = results.titles[scenario]
        for comparator in ("baseline", "uniform_rebate"):
            for reading in ("district", "region_net"):
                for row in rows_of(results, scenario, comparator=comparator, reading=reading,
                                   outcomes=shown_names(results)):  # fmt: skip
                    line = sentence(results, row)
                    rows.append((f"{title.zh} {title.en}", str(row["outcome"]), line.zh, line.en))
    header = header_of("Scenario=情景", "Outcome=指标", "中文=中文", "English=English")
    writer.sheet("findings", header, rows, (26, 24, 80, 90))


def _effects(writer: _Writer, results: Results) -> None:
    table = results.horizons
    outcomes = known_outcomes(list(dict.fromkeys(table["outcome"])))
    drawn = [name for name in ("low_model", "high_model", "sign_share_model") if name in table]
    numbers = ("mean_comparator", "mean", "effect", "low", "high", "p", "p_adjusted", "standardised", "sign_share")
    rows = []
    for row in table.to_dict("records"):
        outcome = outcomes.get(str(row["outcome"]))
        label = Label("", "") if outcome is None else outcome.label
        unit = Label("", "") if outcome is None else unit_label(outcome)
        needed = row.get("runs_for_5pct")
        verdict = PHRASES[str(row["verdict"])]
        comparator = COMPARATORS.get(str(row["comparator"]), Label(str(row["comparator"]), str(row["comparator"])))
        reading = READINGS_OF.get(str(row["reading"]), Label(str(row["reading"]), str(row["reading"])))
        horizon = HORIZONS.get(str(row["horizon"]), Label(str(row["horizon"]), str(row["horizon"])))
        rows.append([
            row["scenario"], results.titles[str(row["scenario"])].zh, f"{comparator.zh} {comparator.en}",
            f"{reading.zh} {reading.en}", f"{horizon.zh} {horizon.en}", row["date"], row["outcome"], label.zh, label.en,
            f"{unit.zh} {unit.en}", int(row["n"]), *(float(row[name]) for name in numbers),
            None if needed is None or pd.isna(needed) else int(needed), f"{verdict.zh} {verdict.en}",
            *(float(row[name]) for name in drawn),
        ])  # fmt: skip
    header = header_of(
        "Scenario=情景", "Title=名称", "Against=对照", "Reading=口径", "Horizon=时点", "Quarter=季度",
        "Name=指标名", "Outcome=指标（中文）", "Outcome=指标（英文）", "Unit=单位", "Pairs=配对数",
        "Mean of comparator=对照均值", "Mean=均值", "Effect=效应", "Low=区间下限", "High=区间上限", "p=p",
        "Adjusted p=校正 p", "Standardised=标准化效应", "Share of pairs above zero=正向配对比例",
        "Runs for 5 %=达到 5% 所需运行数", "Verdict=结论",
        *(f"{name}={name}" for name in drawn),
    )  # fmt: skip
    widths = [16, 18, 16, 14, 16, 9, 24, 20, 26, 22, 7, *([13] * 9), 12, 26, *([13] * len(drawn))]
    writer.sheet("effects", header, rows, widths)


def _courses(writer: _Writer, results: Results) -> None:
    """Add means over time of the key outcomes, with an editable chart of the first."""
    names = shown_names(results)
    outcomes = known_outcomes(names)
    scenarios = list(results.study.scenarios)
    table = spread(results.study, names).set_index(["outcome", "scenario", "quarter"])["mean"]
    quarters = sorted(results.dates)
    columns = [(name, scenario) for name in names for scenario in scenarios]
    rows = [[results.dates[quarter], *(float(table.loc[name, scenario, quarter]) for name, scenario in columns)]
            for quarter in quarters]  # fmt: skip
    header = [Label("Quarter", "季度")]
    for name, scenario in columns:
        unit = unit_label(outcomes[name])
        title = results.titles[scenario]
        header.append(Label(f"{outcomes[name].label.en}, {unit.en}: {title.en}",
                            f"{outcomes[name].label.zh}，{unit.zh}：{title.zh}"))  # fmt: skip
    sheet = writer.sheet("courses", header, rows, [10, *([18] * len(columns))])
    place = PLACES["en" if writer.lang == "en" else "zh"]
    chart = writer.book.add_chart({"type": "line"})
    colours = scenario_colours(results.study.baseline, results.study.policies)
    last = 1 + len(rows)
    for column, scenario in enumerate(scenarios, start=1):
        chart.add_series({
            "name": results.titles[scenario][place],
            "categories": [writer.name("courses"), 2, 0, last, 0],
            "values": [writer.name("courses"), 2, column, last, column],
            "line": {"color": colours[scenario], "width": 3.0 if scenario == results.study.baseline else 1.75},
        })  # fmt: skip
    font = {"name": FONTS["chinese"]}
    chart.set_title({"name": outcomes[names[0]].label[place], "name_font": font})
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_size({"width": 760, "height": 380})
    sheet.insert_chart(last + 2, 1, chart)


def _costs(writer: _Writer, results: Results) -> None:
    rows = []
    for row in results.costs.dropna(subset="mean").to_dict("records"):
        title, label = results.titles[str(row["scenario"])], READINGS.get(str(row["reading"]))
        mean, low, high = (float(row[part]) for part in ("mean", "low", "high"))
        name = str(row["reading"]) if label is None else f"{label.zh} {label.en}"
        rows.append([row["scenario"], f"{title.zh} {title.en}", name, mean, low, high, mean * 100.0, mean * 0.01])
    header = header_of(
        "Scenario=情景", "Title=名称", "Reading=口径", "Mean, million CNY=均值，百万元",
        "Low, million CNY=下限，百万元", "High, million CNY=上限，百万元", "Mean, 10,000 CNY=均值，万元",
        "Mean, 100 million CNY=均值，亿元",
    )  # fmt: skip
    writer.sheet("costs", header, rows, (18, 34, 34, 16, 16, 16, 18, 18))


def _definitions(writer: _Writer, results: Results) -> None:
    names = list(dict.fromkeys(results.horizons["outcome"]))
    rows = []
    for name, outcome in known_outcomes(names).items():
        unit = unit_label(outcome)
        doc = " ".join((outcome.rule.__doc__ or "").split())
        rows.append([name, outcome.label.zh, outcome.label.en, unit.zh, unit.en, doc])
    header = header_of(
        "Name=指标名", "Chinese=中文", "English=英文", "Unit, Chinese=单位（中文）", "Unit=单位（英文）",
        "Definition=定义（英文）",
    )  # fmt: skip
    writer.sheet("definitions", header, rows, (30, 26, 34, 20, 26, 90))


def _assumptions(writer: _Writer, results: Results) -> None:
    rows = []
    for scenario in results.study.policies:
        for item in touched(results, scenario):
            line = headline(item)
            rows.append([scenario, f"{item.kind}.{item.name}", f"{line.zh} / {line.en}", "", "", "", "", ""])
            for key, value in item.values.items():
                doc = item.docs.get(key)
                if key in COMMON or doc is None:
                    continue
                span = "" if doc.low is None else f"{doc.low:g}–{'' if doc.high is None else format(doc.high, 'g')}"
                unit = doc.unit + (f" a {doc.per}" if doc.per else "")
                assumed = "假设 assumption" if doc.assumed else ""
                said = meaning(doc)
                told = said.en if said.en == said.zh else f"{said.zh} {said.en}"
                rows.append([scenario, f"{item.kind}.{item.name}.{key}", told, value_text(value), span, unit,
                             doc.source, assumed])  # fmt: skip
    header = header_of(
        "Scenario=情景", "Parameter=参数", "Meaning=含义", "Value=取值", "Allowed=允许范围", "Unit=单位",
        "Source=来源", "Assumed=是否假设",
    )  # fmt: skip
    writer.sheet("assumptions", header, rows, (18, 40, 70, 18, 14, 22, 30, 16))


def _sources(writer: _Writer, results: Results) -> None:
    rows: list[list[Any]] = [[f"{label.zh} {label.en}", text] for label, text in provenance(results)]
    region = results.study.scenarios[results.study.baseline].region
    for name, level in getattr(region, "levels", {}).items():
        rows.append([f"区域水平 level: {name}", f"{level.value:g} {level.unit}; {level.source}; {level.confidence}"])
    for name, benchmark in getattr(region, "benchmarks", {}).items():
        label = benchmark.label
        rows.append([f"对标 benchmark: {name}", f"{label.zh} {label.en}: {benchmark.value:g}; {benchmark.source}"])
    writer.sheet("sources", header_of("What=项目", "Which=内容"), rows, (40, 110))
