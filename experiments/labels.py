"""What people read: labels, units and numbers in English, Chinese or both."""

from __future__ import annotations

import locale
import math
import os
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from simulation.outcome import Outcome
    from simulation.parameters import Label

Language = Literal["en", "zh", "both"]

KEY_OUTCOMES = (
    "gdp",
    "rd_intensity",
    "patents_per_10k",
    "high_tech_enterprises",
    "tech_smes",
    "jobs",
    "talent_total",
    "tech_loans",
    "rationed_share",
    "default_share",
    "venture_investment",
    "technology_contracts_real",
)
"""Outcomes shown first: in the figures and, with what they cost, in the table of `compare`."""

COST_OUTCOMES = ("public_spending", "net_cost_all_levels")

UNITS_ZH = {
    "million CNY": "百万元",
    "million CNY per thousand m2 a quarter": "百万元/千平方米·季",
    "firms": "家",
    "people": "人",
    "patents": "件",
    "contracts": "项",
    "results": "项",
    "consortia": "个",
    "patents per 10,000 people": "件/万人",
    "index": "指数",
    "ratio": "倍",
    "log": "对数",
    "%": "%",
    "percentage points": "百分点",
}
YEARLY, QUARTERLY = " a year", " a quarter"


class Shown(NamedTuple):
    """How a quantity is shown: its unit as text, and the factor from the recorded number."""

    unit: str
    factor: float


def language(choice: str | None = None) -> Language:
    """Return the language to show: as chosen, else from `YANZHEN_LANG`, else from the locale."""
    for candidate in (choice, os.environ.get("YANZHEN_LANG")):
        if candidate in ("en", "zh", "both"):
            return candidate  # type: ignore[return-value]
    setting = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    setting = setting or locale.getlocale()[0] or ""
    return "zh" if setting.lower().startswith(("zh", "chinese")) else "en"


def phrase(en: str, zh: str, lang: Language, *, separator: str = " ") -> str:
    """Return a text in the wanted language; Chinese comes first in both."""
    if lang == "both":
        return en if en == zh else f"{zh}{separator}{en}"
    return zh if lang == "zh" else en


def label_text(label: Label, lang: Language, *, separator: str = " ") -> str:
    """Return a bilingual label in the wanted language."""
    return phrase(label.en, label.zh, lang, separator=separator)


def shown_unit(outcome: Outcome, lang: Language, *, size: float = math.nan, difference: bool = False) -> Shown:
    """Return how values of an outcome are shown.

    Chinese readers get money in 亿元 or 万元; shares become per cent, their differences percentage points.
    Sums of four quarters are marked as yearly, those of one quarter as quarterly.

    Parameters
    ----------
    outcome : declares the unit
    lang : "en", "zh" or "both"
    size : largest absolute value to be shown, in the declared unit
    difference : the values are differences between two worlds
    """
    unit, yearly = outcome.unit.removesuffix(YEARLY), outcome.yearly or outcome.unit.endswith(YEARLY)
    if unit == "share":
        name = "percentage points" if difference else "%"
        return Shown(phrase(name, UNITS_ZH[name], lang), 100.0)
    if unit in ("1", ""):
        return Shown("", 1.0)
    factor, zh = 1.0, UNITS_ZH.get(unit, unit)
    if unit == "million CNY" and lang == "zh":
        factor, zh = (0.01, "亿元") if size >= 100.0 else (100.0, "万元")
    if yearly and unit not in ("ratio", "index", "log"):
        unit, zh = unit + YEARLY, zh + "/年"
    elif outcome.quarterly:
        unit, zh = unit + QUARTERLY, zh + "/季"
    return Shown(phrase(unit, zh, lang), factor)


def number_text(value: float, *, sign: bool = False, digits: int = 4) -> str:
    """Return a number with a few digits that count, and thousands apart; a dash where it is undefined."""
    if not math.isfinite(value):
        return "–"
    plus = "+" if sign else ""
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    if abs(value) >= 1e-6:
        return f"{value:{plus},.{max(decimals, 0)}f}"
    return f"{value:{plus}.{digits - 1}e}"


def known_outcomes(names: list[str]) -> dict[str, Outcome]:
    """Return the declarations of those outcomes that are registered."""
    from simulation import outcomes
    from simulation.outcome import OUTCOMES

    outcomes.load()
    return {name: OUTCOMES[name] for name in names if name in OUTCOMES}


def key_outcomes(names: list[str]) -> list[str]:
    """Return the outcomes to show first, among those recorded; all when none of them is recorded."""
    return [name for name in KEY_OUTCOMES if name in names] or names[: len(KEY_OUTCOMES)]
