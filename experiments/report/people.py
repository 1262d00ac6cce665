"""Twins: whom a policy reached, what it changed for them, who lost, and where the money went."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.figures.quantities import group_label, quantity_label, within_noise
from experiments.labels import Language, number_text
from experiments.report.blocks import Heading, Section, Table, same, unit_zh
from experiments.results import Results
from experiments.twins.figures import UNTOLD, UNTOLD_LABEL, shown_shares
from experiments.twins.summary import QUANTITIES, THINGS
from experiments.twins.yuan import PARTS
from simulation.parameters import Label

MOST_GROUPS = 6


def twins_section(results: Results) -> Section:
    """Return what twins tell agent by agent; counts within the noise floor are left out."""
    title = Label("Twins: who was reached, and would it have happened anyway", "孪生对照：谁受惠、是否本来就会发生")
    section = Section("twins", title)
    table = results.tables.get("twins")
    if table is None or table.empty:
        section.say("Agents were not compared with their twins in this folder.", "本结果未做个体孪生对照。")
    else:
        _measures(section, results, table)
    _gains(section, results)
    _yuan(section, results)
    return section


def _measures(section: Section, results: Results, table: pd.DataFrame) -> None:
    section.say(
        "Every agent has a twin in the baseline world. Counts no larger than the noise floor (one person removed), "
        "and those that are zero in every pair, are left out.",
        "每个主体在基线世界都有孪生。未超过噪声底（移除一人所致差异）的数字，以及各对均为零的数字，不予列出。",
        quiet=True,
    )
    header = [Label("Quantity", "项目"), Label("Of what", "对象"), Label("Mean", "均值")]
    header += [Label("95 % interval", "95% 区间"), Label("Noise floor", "噪声底"), Label("Unit", "单位")]
    region = results.study.scenarios[results.study.baseline].region
    for scenario in results.study.policies:
        own = table[table["scenario"] == scenario]
        own = own[~_below(own) & (own[["mean", "low", "high"]].abs().sum(axis="columns") > 0)]
        rows = [_measure_row(row, region) for row in own.to_dict("records")]
        section.blocks.append(Heading(results.titles[scenario]))
        if rows:
            section.blocks.append(Table(header, rows, right=2))
        else:
            section.say("Nothing rises above the noise floor.", "没有超过噪声底的数字。")


def _below(table: pd.DataFrame) -> pd.Series:
    if "below_noise" in table:
        # A quantity of which placebos say nothing is not shown either.
        return table["below_noise"].astype(bool) | table["noise_floor"].isna()
    return ~(table["mean"].abs() > table["noise_floor"])


def _measure_row(row: Mapping[Any, Any], region: Any) -> list[Label]:
    group, outcome, unit = str(row["group"]), str(row["outcome"] or ""), str(row["unit"])
    kind, colon, name = group.partition(":")
    if colon:
        who = Label(group_label(kind, name, region, "en"), group_label(kind, name, region, "zh"))
    else:
        who = THINGS.get(group, same(group))
    what = THINGS.get(outcome) or (quantity_label(outcome) if outcome else Label("", ""))
    shown = same("%") if unit == "share" else Label(unit, unit_zh(unit).replace("百万元", "万元"))
    factors = (100.0, 100.0) if unit == "share" else (1.0, 100.0 if unit.startswith("million CNY") else 1.0)
    mean, low, high, floor = (float(row[part]) for part in ("mean", "low", "high", "noise_floor"))
    numbers = [Label(*(_number(value * factor) for factor in factors)) for value in (mean, low, high, floor)]
    interval = Label(*(f"[{numbers[1][place]}, {numbers[2][place]}]" for place in (0, 1)))
    if not math.isfinite(low):
        interval = same("–")
    separator = ": " if who.en and what.en else ""
    return [
        QUANTITIES.get(str(row["quantity"]), same(row["quantity"])),
        Label(f"{who.en}{separator}{what.en}", f"{who.zh}{'：' if separator else ''}{what.zh}"),
        numbers[0], interval, numbers[3], shown,
    ]  # fmt: skip


def _number(value: float) -> str:
    return number_text(value, digits=3).replace("-", "−")


def _gains(section: Section, results: Results) -> None:
    """Add the groups that gain and lose most among those beyond the noise floor."""
    table = results.tables.get("gains")
    if table is None or table.empty:
        return
    region = results.study.scenarios[results.study.baseline].region
    table = table[~within_noise(table)]
    for scenario in results.study.policies:
        own = table[(table["scenario"] == scenario) & (table["outcome"] == "staff")].sort_values("effect")
        rising, falling = own[own["effect"] > 0][::-1], own[own["effect"] < 0]
        ends = {"lose": falling.head(MOST_GROUPS), "gain": rising.head(MOST_GROUPS)}
        texts = []
        languages: tuple[Language, ...] = ("en", "zh")
        for lang in languages:
            told = {
                side: (", " if lang == "en" else "、").join(
                    f"{group_label(row['dimension'], str(row['group']), region, lang)} "
                    f"({_number(float(row['effect'])) if row['effect'] < 0 else '+' + _number(float(row['effect']))})"
                    for row in rows.to_dict("records")
                )
                for side, rows in ends.items()
            }
            none = "none beyond noise" if lang == "en" else "无超过噪声者"
            texts.append((told["gain"] or none, told["lose"] or none))
        title = results.titles[scenario]
        section.say(
            f"{title.en}, staff by group of firms: gain {texts[0][0]}; lose {texts[0][1]}.",
            f"{title.zh}，按企业分组的从业人员：增加 {texts[1][0]}；减少 {texts[1][1]}。",
        )


def _yuan(section: Section, results: Results) -> None:
    """Add where one public yuan went."""
    table = results.tables.get("yuan")
    if table is None or table.empty:
        return
    section.blocks.append(Heading(Label("Where one public yuan went", "一元钱去哪了")))
    policies = [name for name in results.study.policies if (table["scenario"] == name).any()]
    rows_of = {name: shown_shares(table[table["scenario"] == name]) for name in policies}
    shares = {name: dict(zip(rows["target"], rows["share"], strict=True)) for name, rows in rows_of.items()}
    targets = [target for target in (*PARTS, UNTOLD) if any(target in own for own in shares.values())]
    labels = {**PARTS, UNTOLD: UNTOLD_LABEL}
    rows = [[labels[target], *(same(_share(shares[name].get(target))) for name in policies)] for target in targets]
    rows.append([Label("in all", "合计"), *(same(f"{sum(shares[name].values()):.2f}") for name in policies)])
    section.blocks.append(Table([Label("To", "去向"), *(results.titles[name] for name in policies)], rows, right=1))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")
