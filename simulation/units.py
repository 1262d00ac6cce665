"""Figures with units in files: "0.06 billion CNY", "30 minutes", "40 %", "600 万元"."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

CHINESE_UNITS = {
    "万亩": "ten_thousand_mu",
    "亩": "mu",
    "万平方米": "ten_thousand m2",
    "平方米": "m2",
    "亿元": "hundred_million_CNY",
    "万元": "ten_thousand_CNY",
    "元": "CNY",
    "万人": "ten_thousand people",
    "人": "people",
    "家": "firm",
    "季度": "quarter",
    "年": "year",
    "分钟": "minute",
    "公里": "km",
    "％": "percent",
    "%": "percent",
}
"""Units as written in Chinese, the longer ones before those that they contain."""

_COUNTED = ("firm", "fund", "bank", "place", "cell", "patent", "project", "contract", "loan")
_FIGURE = re.compile(r"\s*([-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*)", re.DOTALL)
_UNIT = re.compile(r"[A-Za-z_][A-Za-z_ ]*(?:(?:\*\*|\^)?\d)?")


@cache
def registry() -> Any:
    """Return the unit registry, made at the first use (importing it takes a moment)."""
    import pint

    units: Any = pint.UnitRegistry(on_redefinition="raise")
    for definition in (
        "CNY = [money] = yuan = RMB",
        "million_CNY = 1e6 CNY",
        "ten_thousand_CNY = 1e4 CNY",
        "hundred_million_CNY = 1e8 CNY",
        "thousand = 1e3",
        "ten_thousand = 1e4",
        "million = 1e6",
        "billion = 1e9",
        "quarter_year = 0.25 year",
        "mu = 666.6667 m**2",
        "ten_thousand_mu = 1e4 mu",
        "person = [people] = people",
        *(f"{noun} = [{noun}s]" for noun in _COUNTED),
    ):
        units.define(definition)
    return units


def in_unit(text: str, unit: str, per: str | None = None) -> float:
    """Return a written figure in a declared unit.

    Parameters
    ----------
    text : a number, alone or with a unit, such as "0.06 billion CNY"
    unit : declared unit of the parameter, such as "million CNY"; "1" for shares and ratios
    per : "year" for a yearly figure; "20 million CNY" and "20 million CNY / year" are both taken

    Raises
    ------
    ValueError
        The text is not a figure, or its dimension is another one; the message names the declared unit.
    """
    declared = declared_unit(unit, per)
    figure = _FIGURE.fullmatch(text)
    if figure is None:
        raise ValueError(f'"{text}" is not a number with a unit; the unit here is {declared}')
    number, written = float(figure[1]), _plain(figure[2])
    wanted = "" if unit == "1" else _plain(unit)
    if per and written.endswith(f"/ {per}") and not wanted.endswith(f"/ {per}"):
        written = written.removesuffix(f"/ {per}").strip()
    elif not per and wanted.endswith("/ year") and "/" not in written:
        wanted = wanted.removesuffix("/ year").strip()
    elif per and unit != "1" and "/" in written and not wanted.endswith(f"/ {per}"):
        wanted = f"{wanted} / {per}"
    if written in ("", wanted):
        return number
    try:
        return float((number * _parsed(written)).to(_parsed(wanted).units).magnitude / _parsed(wanted).magnitude)
    except Exception as error:  # the parser raises many kinds of errors for what people type
        raise ValueError(f'"{text}" cannot be converted; the unit here is {declared}') from error


def declared_unit(unit: str, per: str | None = None) -> str:
    """Return a declared unit as people read it.

    Parameters
    ----------
    unit, per : as in `in_unit`
    """
    return ("a plain number or %" if unit == "1" else unit) + (f" a {per}" if per else "")


def _plain(unit: str) -> str:
    """Return a unit with English and Chinese ways of writing brought to one."""
    for written, name in CHINESE_UNITS.items():
        unit = unit.replace(written, f" {name} ")
    unit = unit.replace("²", "2").replace("㎡", "m2")
    unit = re.sub(r"\bquarters?\b", "quarter_year", unit)
    unit = re.sub(r"\b(?:per|each|an?)\b", "/", unit)
    return " ".join(unit.replace("/", " / ").split())


def _parsed(unit: str) -> Any:
    """Return a unit as a quantity; only names, powers and one level of division are taken."""
    units = registry()
    result = units.Quantity(1.0, "dimensionless")
    for place, part in enumerate(unit.split("/") if unit else []):
        if not _UNIT.fullmatch(part.strip()):
            raise ValueError(f'"{part.strip()}" is not a unit')
        factor = 1.0 * units.parse_expression(re.sub(r"\bm2\b", "m**2", part.strip()))
        result = result * factor if place == 0 else result / factor
    return result
