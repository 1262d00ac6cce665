"""Words for one agent's history, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from experiments.labels import Language, label_text, number_text, phrase
from simulation.parameters import Label
from simulation.policy import POLICIES

if TYPE_CHECKING:
    from experiments.twins.history import TwinHistory

COLUMNS = {
    "present": Label("Exists", "存在"),
    "industry": Label("Industry", "行业"),
    "zone": Label("Zone", "片区"),
    "cell": Label("Cell", "网格"),
    "age": Label("Age", "年龄"),
    "origin": Label("Origin", "来源"),
    "tier": Label("Tier (1 to 4)", "层级（1至4）"),
    "sales": Label("Sales, million CNY a quarter", "销售额，百万元/季"),
    "value_added": Label("Value added, million CNY a quarter", "增加值，百万元/季"),
    "profit": Label("Profit, million CNY a quarter", "利润，百万元/季"),
    "cash": Label("Cash, million CNY", "现金，百万元"),
    "debt": Label("Debt, million CNY", "负债，百万元"),
    "equity_public": Label("Equity with public money", "公共资金持股"),
    "equity_private": Label("Equity of private funds", "私人基金持股"),
    "rd_spend": Label("R&D, million CNY a quarter", "研发支出，百万元/季"),
    "rd_reported": Label("Reported R&D, million CNY a quarter", "申报研发，百万元/季"),
    "staff": Label("Staff with special skills, people", "专业人员，人"),
    "staff_research": Label("Researchers, people", "研发人员，人"),
    "patents": Label("Patents in force", "有效发明专利，件"),
    "productivity": Label("Productivity (log)", "生产率（对数）"),
    "new_product_share": Label("Share of new products", "新产品占比"),
    "digital": Label("Digital adoption", "数字化程度"),
    "incubated": Label("Holds an incubator place", "在孵"),
    "wage": Label("Wage, million CNY a year", "工资，百万元/年"),
    "ability": Label("Ability (log)", "能力（对数）"),
    "skill": Label("Skill", "技能"),
    "field": Label("Field", "领域"),
    "top": Label("Top talent", "顶尖人才"),
    "employer_kind": Label("Kind of employer", "雇主类型"),
    "employer_key": Label("Employer (numbered as met)", "雇主（按出现顺序编号）"),
}
WAYS = {
    "paid": Label("paid", "拨付"),
    "used": Label("used", "使用"),
    "offered": Label("offered", "可享受"),
}
KINDS = {"firms": Label("Firm", "企业"), "talent": Label("Person", "人才")}
SHOWN = {"firms": ("sales", "staff", "cash", "debt", "tier"), "talent": ("wage", "employer_kind", "skill")}
"""Columns of the history that the text shows."""


class ColumnShown(NamedTuple):
    """How a column of an agent is shown: its label with the unit, and the factor from the recorded number."""

    label: str
    factor: float


def column_shown(name: str, lang: Language, *, separator: str = " ") -> ColumnShown:
    """Return how a column is shown; money is in 万元 for Chinese readers."""
    label = COLUMNS.get(name, Label(name, name))
    if lang == "zh" and "百万元" in label.zh:
        return ColumnShown(label.zh.replace("百万元", "万元"), 100.0)
    return ColumnShown(label_text(label, lang, separator=separator), 1.0)


def touch_text(touch: Any, dates: Any, lang: Language) -> str:
    """Return one payment, use or offer as a phrase."""
    policy = POLICIES[touch["policy"]].label if touch["policy"] in POLICIES else Label(touch["policy"], touch["policy"])
    money = float(touch["amount"])
    en, zh = (f" {number_text(money)} million CNY", f" {number_text(100.0 * money)} 万元") if money > 0.0 else ("", "")
    way = WAYS[touch["way"]]
    date = dates.get(int(touch["quarter"]), int(touch["quarter"]))
    by = touch["by"]
    return phrase(f"{date}: {policy.en}, {way.en} {by}{en}", f"{date}：{policy.zh}，{way.zh} {by}{zh}", lang)


def why_text(history: TwinHistory, titles: dict[str, Label], lang: Language) -> str:
    """Return the history of one agent as text: first difference, what made it, and its state by year."""
    kind, base, own = KINDS[history.table], titles[history.baseline], titles[history.scenario]
    en = f"{kind.en} {history.key}, seed {history.seed}: {base.en} / {own.en}"
    zh = f"{kind.zh} {history.key}，种子 {history.seed}：{base.zh} / {own.zh}"
    lines = [phrase(en, zh, lang, separator="\n")]
    lines += [_first(history, lang), *_made(history, lang), *_gone(history, titles, lang), "", *_table(history, lang)]
    return "\n".join(lines)


def _first(history: TwinHistory, lang: Language) -> str:
    if history.first is None:
        return phrase("The two worlds never differ for it.", "两个世界中该主体始终相同。", lang, separator="\n")
    date = history.dates.get(history.first, str(history.first))
    changes = sorted(history.changed.items(), key=lambda item: -_relative(*item[1]))[:4]
    parts = []
    for name, (one, other) in changes:
        label, factor = column_shown(name, lang)
        parts.append(f"{label} {' → '.join(_told_apart(_times(one, factor), _times(other, factor)))}")
    more = len(history.changed) - len(parts)
    tail = phrase(f"; {more} more", f"；另有 {more} 项", lang) if more else ""
    head = phrase(f"First difference in {date}", f"首次差异 {date}", lang)
    return f"{head}{phrase(': ', '：', lang) if lang != 'both' else ': '}{'; '.join(parts)}{tail}"


def _relative(one: Any, other: Any) -> float:
    """Return the size of a change over the larger value; one for what is no number."""
    if any(isinstance(value, str) or value is None for value in (one, other)):
        return 1.0
    return abs(float(other) - float(one)) / max(abs(float(one)), abs(float(other)), 1e-12)


def _told_apart(one: Any, other: Any) -> tuple[str, str]:
    """Return two values with as many digits as tell them apart."""
    for digits in range(3, 16):
        texts = _shown(one, digits), _shown(other, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _made(history: TwinHistory, lang: Language) -> list[str]:
    if history.first is None:
        return []
    causes = history.causes
    if len(causes):
        head = phrase("Made by", "起因", lang)
        return [f"{head}: {touch_text(row, history.dates, lang)}" for _, row in causes.iterrows()]
    channel = history.channel
    en = "No policy had touched it by then: the difference came through others"
    zh = "此前没有政策直接触及：差异经由其他主体传来"
    if channel is not None:
        en, zh = f"{en}, first in {channel.en}", f"{zh}，首先体现在{channel.zh}"
    return [phrase(f"{en}.", f"{zh}。", lang, separator="\n")]


def _gone(history: TwinHistory, titles: dict[str, Label], lang: Language) -> list[str]:
    """Return until when it lives in each world, where it does not live to the end."""
    worlds = ((history.baseline, history.before), (history.scenario, history.after))
    last = [(titles[name], int(states.index.max())) for name, states in worlds if len(states)]
    ended = [(title, history.dates[quarter]) for title, quarter in last if quarter < max(history.dates)]
    return [phrase(f"Last seen in {date}: {title.en}", f"最后出现于 {date}：{title.zh}", lang) for title, date in ended]


def _table(history: TwinHistory, lang: Language) -> list[str]:
    from experiments.tables import text_table

    columns = SHOWN[history.table]
    shown = [column_shown(name, lang) for name in columns]
    header = [phrase("Date", "日期", lang), *(label for label, _ in shown)]
    start = history.first if history.first is not None else min(history.quarters)
    end = max((int(states.index.max()) for states in (history.before, history.after) if len(states)), default=start)
    wanted = [q for q in history.quarters if q in (start - 1, start, end) or (start < q < end and (q - start) % 4 == 0)]
    rows = []
    for quarter in wanted:
        cells = [history.dates[quarter]]
        for name, (_, factor) in zip(columns, shown, strict=True):
            values = [states[name].get(quarter) for states in (history.before, history.after)]
            cells.append(" / ".join(_shown(_times(value, factor)) for value in values))
        rows.append(cells)
    return [text_table(header, rows)]


def _times(value: Any, factor: float) -> Any:
    return value if factor == 1.0 or value is None else value * factor


def _shown(value: Any, digits: int = 3) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "–"
    if isinstance(value, str):
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value}" if isinstance(value, int) else number_text(float(value), digits=digits)
