"""Words for effects: fixed phrases by the share of paired runs that point one way, in English and Chinese."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from experiments.labels import Language, known_outcomes, number_text, shown_unit
from simulation.parameters import Label

STAMP: Mapping[Language, str] = {
    "en": "illustrative simulation, not a forecast",
    "zh": "示意性模拟，非预测",
    "both": "示意性模拟，非预测 illustrative simulation, not a forecast",
}
"""Stands on every page that is shown to people."""

PHRASES: Mapping[str, Label] = {
    "very_likely_rises": Label("very likely rises", "很可能增加"),
    "likely_rises": Label("likely rises", "可能增加"),
    "unclear": Label("direction unclear", "方向不明"),
    "likely_falls": Label("likely falls", "可能减少"),
    "very_likely_falls": Label("very likely falls", "很可能减少"),
    "negligible": Label("little practical effect", "实际影响很小"),
    "too_few": Label("too few runs to tell", "运行次数不足，无法判断"),
}
"""Every verdict by its key."""

VERY_LIKELY, LIKELY = 0.95, 0.8
FEWEST_PAIRS = 8
"""Pairs of runs below which a sign share says little: of eight, seven alike are luck in one case of fourteen."""
RELEVANT_SHARE = 0.001
"""Smallest relevant difference of a share, where its outcome declares none: 0.1 percentage points, as published."""
RELEVANT_PART = 0.005
"""Smallest relevant difference of anything else, as a part of its level, where its outcome declares none."""

COMPARATORS: Mapping[str, Label] = {
    "baseline": Label("no policy", "不实施政策"),
    "uniform_rebate": Label("a uniform rebate that pays the same money", "等额普惠退税"),
}
READINGS: Mapping[str, Label] = {
    "district": Label("", ""),
    "region_net": Label(" (net of the neighbours' loss)", "（扣除周边损失）"),
}


def verdict(sign_share: float, effect: float, smallest_relevant: float, n: float | None = None) -> str:
    """Return the key of the phrase for an effect.

    Parameters
    ----------
    sign_share : share of paired runs (or draws) in which the effect is above zero, ties counted half
    effect : mean difference, in the outcome's unit
    smallest_relevant : size below which a difference does not matter, in the same unit
    n : pairs of runs, where known

    Returns
    -------
    key of `PHRASES`; "too_few" where nothing is known or there are fewer than `FEWEST_PAIRS` pairs
    """
    if not (math.isfinite(sign_share) and math.isfinite(effect)) or (n is not None and n < FEWEST_PAIRS):
        return "too_few"
    if effect == 0.0 or abs(effect) < smallest_relevant:
        return "negligible"
    if sign_share >= LIKELY and effect > 0.0:
        return "very_likely_rises" if sign_share >= VERY_LIKELY else "likely_rises"
    # Counted from the other side, so that rising and falling are judged alike to the last bit.
    falling = round(1.0 - sign_share, 12)
    if falling >= LIKELY and effect < 0.0:
        return "very_likely_falls" if falling >= VERY_LIKELY else "likely_falls"
    return "unclear"


def phrase(key: str, lang: Language) -> str:
    """Return the fixed phrase of a verdict; in both languages Chinese comes first."""
    words = PHRASES[key]
    return {"en": words.en, "zh": words.zh, "both": f"{words.zh} {words.en}"}[lang]


def smallest_relevant(outcome: str, level: float) -> float:
    """Return the smallest difference of an outcome that matters to anybody, in its unit.

    Shares: what the outcome declares, else 0.1 percentage points. Anything else: the part of its level that it
    declares, else half a per cent.

    Parameters
    ----------
    outcome : name
    level : size of the outcome, in its unit; the larger of the two worlds that are compared
    """
    known = known_outcomes([outcome]).get(outcome)
    declared = getattr(known, "relevant", None)
    if known is not None and known.unit in ("share", "log"):
        return RELEVANT_SHARE if declared is None else float(declared)
    return (RELEVANT_PART if declared is None else float(declared)) * abs(level)


def shown_interval(row: Mapping[str, Any]) -> tuple[float, float, bool]:
    """Return the interval to show, and whether it is the wider one over draws of uncertain parameters.

    Parameters
    ----------
    row : of `horizons.parquet` or `effects.parquet`
    """
    low, high, low_model, high_model = (_number(row, name) for name in ("low", "high", "low_model", "high_model"))
    if not (math.isfinite(low_model) and math.isfinite(high_model)):
        return low, high, False
    # With few draws their percentiles may lie within the interval of the mean.
    return min(low_model, low), max(high_model, high), True


def sentence(
    row: Mapping[str, Any], lang: Language, *, title: Label | None = None, comparator: Label | None = None
) -> str:
    """Return an effect as one sentence with its unit, horizon, comparator and confidence.

    Parameters
    ----------
    row : of `horizons.parquet`; `date` is told where there is one, and the wider interval where it was measured
    lang : "en", "zh", or "both" (Chinese, then English in a new line)
    title : of the scenario; its name when left out
    comparator : what to call the comparator, where the baseline is not that without policies
    """
    if lang == "both":
        return "\n".join(sentence(row, one, title=title, comparator=comparator) for one in ("zh", "en"))
    title = title or Label(str(row["scenario"]), str(row["scenario"]))
    beside = comparator or COMPARATORS.get(str(row["comparator"])) or Label(row["comparator"], row["comparator"])
    return (_chinese if lang == "zh" else _english)(row, title, beside)


def _number(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return math.nan if value is None else float(value)


def _parts(row: Mapping[str, Any], lang: Language) -> dict[str, Any]:
    """Return what both languages tell: label, unit, numbers as texts, verdict."""
    name = str(row["outcome"])
    outcome = known_outcomes([name]).get(name)
    effect, (low, high, drawn) = _number(row, "effect"), shown_interval(row)
    level = max((abs(x) for key in ("mean_comparator", "mean") if math.isfinite(x := _number(row, key))), default=0.0)
    size = max((abs(x) for x in (effect, low, high) if math.isfinite(x)), default=0.0)
    unit, factor = ("", 1.0) if outcome is None else shown_unit(outcome, lang, size=size, difference=True)
    label = Label(name, name) if outcome is None else outcome.label
    share = _number(row, "sign_share_model" if drawn else "sign_share")
    key = row.get("verdict") or verdict(share, effect, smallest_relevant(name, level), _number(row, "n"))
    numbers = {"effect": effect, "low": low, "high": high}
    texts = {
        side: number_text(number * factor, sign=True, digits=3).replace("-", "−") for side, number in numbers.items()
    }
    relevant = number_text(smallest_relevant(name, level) * factor, digits=2)
    # Rounded down, so that 95 % is never told of less.
    alike = f"{math.floor(max(share, 1.0 - share) * 100 + 1e-9)}" if math.isfinite(share) else "–"
    n = _number(row, "n")
    return {
        "label": label, "unit": unit, "key": key, "relevant": relevant, "alike": alike, "drawn": drawn,
        "interval": math.isfinite(low), "n": int(n) if math.isfinite(n) else 0, **texts,
    }  # fmt: skip


def _english(row: Mapping[str, Any], title: Label, beside: Label) -> str:
    told = _parts(row, "en")
    horizon, date = str(row["horizon"]), row.get("date")
    when = f"after {horizon.removesuffix('y')} years" if horizon.endswith("y") else "at the end of the run"
    when += f" ({date})" if date else ""
    what = told["label"].en + READINGS.get(str(row.get("reading", "district")), Label("", "")).en
    unit = f" {told['unit']}" if told["unit"] else ""
    key, words = told["key"], PHRASES[told["key"]].en
    said = {
        "unclear": f"{what}: {words}",
        "negligible": f"{what}: {words}, below {told['relevant']}{unit}",
        "too_few": f"{what}: {words}",
    }.get(key, f"{what} {words}")
    interval = f", 95 % interval [{told['low']}, {told['high']}] of luck" if told["interval"] else ""
    if told["drawn"]:
        interval = f", 5-95 % [{told['low']}, {told['high']}] with uncertain parameters"
    return (
        f"{title.en}, {when}, against {beside.en}: {said} ({told['effect']}{unit}{interval}; "
        f"{told['alike']} % of {told['n']} {'paired draws' if told['drawn'] else 'paired runs'} point the same way)."
    )


def _chinese(row: Mapping[str, Any], title: Label, beside: Label) -> str:
    told = _parts(row, "zh")
    horizon, date = str(row["horizon"]), row.get("date")
    when = f"{horizon.removesuffix('y')} 年后" if horizon.endswith("y") else "期末"
    when += f"（{date}）" if date else ""
    what = told["label"].zh + READINGS.get(str(row.get("reading", "district")), Label("", "")).zh
    unit = f" {told['unit']}" if told["unit"] else ""
    words = PHRASES[told["key"]].zh
    said = f"{what}{words}" + (f"，小于 {told['relevant']}{unit}" if told["key"] == "negligible" else "")
    interval = f"，95% 随机区间 [{told['low']}, {told['high']}]" if told["interval"] else ""
    if told["drawn"]:
        interval = f"，计入参数不确定性的 5–95% 区间 [{told['low']}, {told['high']}]"
    return (
        f"{title.zh}，{when}，与{beside.zh}相比：{said}（{told['effect']}{unit}{interval}；"
        f"{told['n']} 对{'参数抽样' if told['drawn'] else '配对'}运行中 {told['alike']}% 方向一致）。"
    )
