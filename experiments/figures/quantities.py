"""Labels and units of what is counted agent by agent and is no outcome of the district."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from experiments.labels import Language, known_outcomes, label_text, phrase, shown_unit
from simulation.parameters import Label


class Quantity(NamedTuple):
    """Label and unit of a figure told by group or cell."""

    label: Label
    unit: Label


QUANTITIES: Mapping[str, Quantity] = {
    "sales": Quantity(Label("Sales", "销售额"), Label("million CNY a year", "百万元/年")),
    "value_added": Quantity(Label("Value added", "增加值"), Label("million CNY a year", "百万元/年")),
    "staff": Quantity(Label("Staff", "从业人员"), Label("people", "人")),
    "jobs": Quantity(Label("Staff", "从业人员"), Label("people", "人")),
    "firms": Quantity(Label("Firms", "企业"), Label("firms", "家")),
    "survival": Quantity(Label("Surviving firms", "存活企业"), Label("firms", "家")),
    "patents": Quantity(Label("Patents in force", "有效专利"), Label("patents", "件")),
    "rd_spend": Quantity(Label("R&D spending", "研发支出"), Label("million CNY a year", "百万元/年")),
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
TIERS: Mapping[str, Label] = {
    "0": Label("other firms", "其他企业"),
    "1": Label("startups", "初创企业"),
    "2": Label("tech SMEs", "科技型中小企业"),
    "3": Label("high-tech enterprises", "高新技术企业"),
    "4": Label("innovation leaders", "创新型领军企业"),
}


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
    group : as in `gains.parquet`: a name of the region, a tier, or a span such as "4-20" (million CNY; quarters)
    region : whose industries and zones are named
    lang : language of the label
    """
    if dimension == "tier" and group in TIERS:
        return label_text(TIERS[group], lang)
    if dimension == "zone":
        for zone in getattr(region, "zones", ()):
            if zone.name == group:
                return label_text(zone.label, lang)
    industries = getattr(region, "industries", None)
    if dimension == "industry" and industries is not None and group in industries.name:
        return label_text(industries.label[industries.name.index(group)], lang)
    unit = {"size": Label("million CNY", "百万元"), "age": Label("quarters", "季度")}.get(dimension)
    if unit is not None and group[:1].isdigit():
        return f"{group} {phrase(unit.en, unit.zh, lang)}"
    return group
