"""Labels and units of what is counted agent by agent and is no outcome of the district."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from experiments.labels import Language, known_outcomes, label_text, shown_unit
from simulation.parameters import Label


class Quantity(NamedTuple):
    """Label and unit of a figure told by group or cell."""

    label: Label
    unit: Label


QUANTITIES: Mapping[str, Quantity] = {
    "sales": Quantity(Label("Sales", "销售额"), Label("million CNY a quarter", "百万元/季")),
    "value_added": Quantity(Label("Value added", "增加值"), Label("million CNY a quarter", "百万元/季")),
    "staff": Quantity(Label("Staff", "从业人员"), Label("people", "人")),
    "jobs": Quantity(Label("Staff", "从业人员"), Label("people", "人")),
    "firms": Quantity(Label("Firms", "企业"), Label("firms", "家")),
    "survival": Quantity(Label("Surviving firms", "存活企业"), Label("firms", "家")),
    "patents": Quantity(Label("Patents in force", "有效专利"), Label("patents", "件")),
    "rd_spend": Quantity(Label("R&D spending", "研发支出"), Label("million CNY a quarter", "百万元/季")),
    "high_tech": Quantity(Label("High-tech enterprises", "高新技术企业"), Label("firms", "家")),
    "productivity": Quantity(Label("Productivity", "生产率"), Label("index", "指数")),
    "talent": Quantity(Label("Talent living there", "居住人才"), Label("people", "人")),
    "rent": Quantity(Label("Rent", "租金"), Label("million CNY per thousand m2 a quarter", "百万元/千平方米·季")),
}
DIMENSIONS: Mapping[str, Label] = {
    "tier": Label("Tier", "梯队"),
    "industry": Label("Industry", "产业"),
    "zone": Label("Zone", "片区"),
    "size": Label("Size", "规模"),
    "age": Label("Age", "企业年龄"),
}
GROUPS: Mapping[tuple[str, str], Label] = {
    ("tier", "start-up"): Label("startups", "初创企业"),
    ("tier", "tech SME"): Label("tech SMEs", "科技型中小企业"),
    ("tier", "high-tech enterprise"): Label("high-tech enterprises", "高新技术企业"),
    ("tier", "innovation leader"): Label("innovation leaders", "创新型领军企业"),
    ("size", "below 2"): Label("sales below 2 million CNY", "销售额 200 万元以下"),
    ("size", "2 to 20"): Label("2 to 20 million CNY", "200 万至 2,000 万元"),
    ("size", "20 to 200"): Label("20 to 200 million CNY", "2,000 万至 2 亿元"),
    ("size", "200 and more"): Label("200 million CNY and more", "2 亿元及以上"),
    ("age", "below 3 years"): Label("below 3 years", "不足 3 年"),
    ("age", "3 to 8 years"): Label("3 to 8 years", "3 至 8 年"),
    ("age", "8 years and more"): Label("8 years and more", "8 年及以上"),
}
"""Names of groups as files have them; industries and zones are named by their region."""
NEWCOMER = Label("founded since", "此后新设")


def within_noise(table: pd.DataFrame) -> pd.Series:
    """Return which effects of agents are no larger than their noise floor; those without a floor count so too."""
    if "below_noise" in table:
        return table["below_noise"].astype(bool) | table["noise_floor"].isna()
    return ~(table["effect"].abs() > table["noise_floor"])


def quantity_label(name: str) -> Label:
    """Return the label of a quantity or an outcome; its name when it has none."""
    if name in QUANTITIES:
        return QUANTITIES[name].label
    outcome = known_outcomes([name]).get(name)
    return Label(name, name) if outcome is None else outcome.label


def quantity_unit(name: str, lang: Language) -> str:
    """Return the unit of a quantity or an outcome's difference; empty when it is not known."""
    if name in QUANTITIES:
        return label_text(QUANTITIES[name].unit, lang)
    outcome = known_outcomes([name]).get(name)
    return "" if outcome is None else shown_unit(outcome, "en" if lang == "en" else "both", difference=True).unit


def group_label(dimension: str, group: str, region: Any, lang: Language) -> str:
    """Return the name of a group of firms for people.

    Parameters
    ----------
    dimension : "tier", "industry", "zone", "size" or "age"
    group : as in `gains.parquet`: a name of the region, or one of `GROUPS`
    region : whose industries and zones are named
    lang : language of the label
    """
    if (dimension, group) in GROUPS:
        return label_text(GROUPS[dimension, group], lang)
    if group == NEWCOMER.en:
        return label_text(NEWCOMER, lang)
    if dimension == "zone":
        for zone in getattr(region, "zones", ()):
            if zone.name == group:
                return label_text(zone.label, lang)
    industries = getattr(region, "industries", None)
    if dimension == "industry" and industries is not None and group in industries.name:
        return label_text(industries.label[industries.name.index(group)], lang)
    return group
