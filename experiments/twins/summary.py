"""What `compare` tells of twins: a short table on the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from experiments.labels import UNITS_ZH, Language, label_text, number_text, phrase
from experiments.tables import text_table
from simulation.parameters import Label

if TYPE_CHECKING:
    from experiments.comparison import Study

HEADER = (
    Label("Twins", "双生对照"), Label("mean", "均值"), Label("95 % interval", "95% 区间"),
    Label("noise floor", "噪声下限"), Label("unit", "单位"),
)  # fmt: skip
QUANTITIES = {
    "reached": Label("Reached", "受惠"),
    "effect_treated": Label("Effect on the treated", "对受惠者的效应"),
    "additional_moment": Label("Additional: not to be had at that moment", "额外性：当时得不到"),
    "additional_year": Label("Additional: twin without it for a year", "额外性：孪生体一年内未获得"),
    "deadweight": Label("Deadweight: would have happened anyway", "无谓支出：本来也会发生"),
    "displaced": Label("Lost by untreated firms", "未受惠企业的损失"),
    "private_money": Label("Private money drawn in", "带动社会资金"),
    "leverage": Label("Private per public yuan", "每元公共资金带动社会资金"),
}
THINGS = {
    "firms": Label("firms", "企业"),
    "talent": Label("people", "人才"),
    "institutes": Label("institutes", "院所"),
    "funds": Label("funds", "基金与银行"),
    "neighbours": Label("neighbour districts", "周边区县"),
    "survival": Label("survival", "存活"),
    "sales": Label("sales", "销售额"),
    "value_added": Label("value added", "增加值"),
    "rd_spend": Label("R&D", "研发"),
    "staff": Label("staff", "专业人员"),
    "patents": Label("patents", "专利"),
    "high_tech": Label("high-tech enterprises", "高新技术企业"),
    "residence": Label("living here", "在区居住"),
    "wage": Label("wage", "工资"),
    "loan": Label("new loans", "新增贷款"),
    "renewal": Label("renewed loans", "续贷"),
    "research": Label("R&D paid for", "受资助研发"),
    "title": Label("titles", "资质"),
    "digital": Label("going digital", "数字化"),
    "founding": Label("founding", "创办"),
    "all": Label("in all", "合计"),
    "bank_loans": Label("bank loans", "银行贷款"),
    "venture": Label("venture capital", "创业投资"),
    "founding_capital": Label("founding capital", "创业资本"),
    "relocation_capital": Label("capital of firms moving in", "迁入企业资本"),
    "own_research": Label("firms' own R&D", "企业自有研发投入"),
}
UNITS = {
    "share": Label("%", "%"),
    "ratio": Label("ratio", "倍"),
    "million CNY": Label("million CNY", "万元"),
    "million CNY a quarter": Label("million CNY a quarter", "万元/季"),
    "million CNY a quarter per firm": Label("million CNY a quarter per firm", "万元/季·家"),
    "million CNY a year per person": Label("million CNY a year per person", "万元/年·人"),
    "people per firm": Label("people per firm", "人/家"),
    "patents per firm": Label("patents per firm", "件/家"),
    "institutes": Label("institutes", "家"),
    "funds": Label("funds and banks", "家"),
}


def twins_table(study: Study, lang: Language) -> str:
    """Return the quantities of twins that can be told from chance, one table for each scenario, as text."""
    table = study.twin_tables.twins
    parts = []
    for scenario in study.policies:
        mine = table[(table["scenario"] == scenario) & ~table["group"].str.contains(":")]
        if mine.empty:
            continue
        # A quantity of which placebos say nothing is not shown either.
        told = mine[~mine["below_noise"] & mine["noise_floor"].notna()]
        several = len(mine["policy"].unique()) > 1
        header = [label_text(label, lang) for label in HEADER]
        rows = [_cells(row, lang, several) for _, row in told[told["mean"] != 0.0].iterrows()]
        title, pairs = study.scenarios[scenario].title, int(mine["n"].max())
        date = study.scenarios[scenario].date(int(mine["quarter"].iloc[0]))
        hidden = int(mine["below_noise"].sum())
        en = f"{title.en}: twins in {date}, {pairs} pairs of runs"
        head = phrase(en, f"{title.zh}：{date} 双生对照，{pairs} 对运行", lang, separator="\n")
        foot = phrase(
            f"{hidden} quantities are smaller than what one missing person makes of them, and are not shown.",
            f"另有 {hidden} 项小于“少一个人”所造成的变动，不予显示。", lang, separator="\n",
        )  # fmt: skip
        parts.append(f"{head}\n\n{text_table(header, rows, right=(1, 2, 3))}\n{foot}")
    return "\n\n".join(parts)


def _cells(row: pd.Series, lang: Language, several: bool) -> list[str]:
    names = [THINGS[name] for name in (row["group"], row["outcome"]) if name in THINGS]
    label = label_text(QUANTITIES[row["quantity"]], lang)
    if names:
        separator = ", " if lang == "en" else "，"
        label += f" ({separator.join(label_text(name, lang) for name in names)})"
    if several and row["policy"]:
        label = f"{row['policy']}: {label}"
    money = row["unit"].startswith("million CNY")
    factor = 100.0 if row["unit"] == "share" or (money and lang == "zh") else 1.0
    mean, low, high, floor = (float(row[name]) * factor for name in ("mean", "low", "high", "noise_floor"))
    interval = f"[{number_text(low, digits=3)}, {number_text(high, digits=3)}]" if math.isfinite(low) else "–"
    unit = UNITS.get(row["unit"], Label(row["unit"], UNITS_ZH.get(row["unit"], row["unit"])))
    if money and lang == "both":
        unit = Label(unit.en, unit.zh.replace("万元", "百万元"))
    return [label, number_text(mean, digits=3), interval, number_text(floor, digits=3), label_text(unit, lang)]
