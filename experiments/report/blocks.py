"""The parts of a report, in both languages, before any format is chosen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from experiments.labels import UNITS_ZH, Language, number_text
from simulation.parameters import Label

MORE_UNITS_ZH = {
    "institutes": "家", "funds": "只", "quarter": "季度", "quarters": "季度", "year": "年", "km": "公里",
    "minute": "分钟", "places": "个", "amenity index": "宜居指数",
}  # fmt: skip

PER_ZH = {" a quarter per firm": "/家·季", " per firm": "/家", " a quarter": "/季", " a year per person": "/人·年",
          " a year": "/年"}  # fmt: skip


class Paragraph(NamedTuple):
    """A paragraph; `quiet` ones are remarks."""

    text: Label
    quiet: bool = False


class Heading(NamedTuple):
    """A heading inside a section."""

    text: Label


class Bullets(NamedTuple):
    """A list of sentences."""

    items: Sequence[Label]


class Table(NamedTuple):
    """Cells as text; columns from `right` on hold numbers."""

    header: Sequence[Label]
    rows: Sequence[Sequence[Label]]
    right: int = 99


class Picture(NamedTuple):
    """A figure by its name."""

    name: str


Block = Paragraph | Heading | Bullets | Table | Picture


@dataclass
class Section:
    """A part of the report under a heading."""

    key: str
    title: Label
    blocks: list[Block] = field(default_factory=list)

    def say(self, en: str, zh: str, *, quiet: bool = False) -> None:
        """Add a paragraph."""
        self.blocks.append(Paragraph(Label(en, zh), quiet))


def same(text: object) -> Label:
    """Return a text that is the same in both languages."""
    return Label(str(text), str(text))


def unit_zh(unit: str) -> str:
    """Return a unit of agents' quantities or of parameters in Chinese."""
    for ending, text in PER_ZH.items():
        if unit.endswith(ending):
            start = unit.removesuffix(ending)
            return UNITS_ZH.get(start, start) + text
    return MORE_UNITS_ZH.get(unit, UNITS_ZH.get(unit, unit))


def unit_label(unit: str, per: str | None = None) -> Label:
    """Return a parameter's unit in both languages; shares and ratios have none."""
    if unit == "1":
        return Label("a year", "每年") if per else Label("", "")
    whole = unit + (f" a {per}" if per else "")
    return Label(whole, unit_zh(whole))


def money(value: float, lang: Language, *, digits: int = 3, sign: bool = False) -> str:
    """Return an amount of money as people of a language write it.

    Parameters
    ----------
    value : million CNY
    lang : "zh" gives 万元 or 亿元
    digits : that count
    sign : write a plus
    """
    if not math.isfinite(value):
        return "–"
    if lang != "zh":
        return f"{number_text(value, digits=digits, sign=sign)} million CNY".replace("-", "−")
    factor, unit = (0.01, "亿元") if abs(value) >= 100.0 else (100.0, "万元")
    return f"{number_text(value * factor, digits=digits, sign=sign)} {unit}".replace("-", "−")


def money_label(value: float, *, digits: int = 3, sign: bool = False) -> Label:
    """Return an amount of money in both languages."""
    return Label(money(value, "en", digits=digits, sign=sign), money(value, "zh", digits=digits, sign=sign))


def interval_label(mean: float, low: float, high: float) -> Label:
    """Return an amount of money with its interval in both languages."""
    texts = []
    for lang in ("en", "zh"):
        factor, unit = (0.01, "亿元") if abs(mean) >= 100.0 else (100.0, "万元")
        if lang == "en":
            factor, unit = 1.0, "million CNY"
        text = number_text(mean * factor, digits=3)
        if math.isfinite(low) and math.isfinite(high):
            text += f" [{number_text(low * factor, digits=3)}, {number_text(high * factor, digits=3)}]"
        texts.append(f"{text} {unit}".replace("-", "−") if math.isfinite(mean) else "–")
    return Label(*texts)
