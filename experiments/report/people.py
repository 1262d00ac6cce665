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
from simulation.parameters import Label

QUANTITIES: Mapping[str, Label] = {
    "reached": Label("reached", "覆盖对象"),
    "effect_treated": Label("effect on those reached", "对覆盖对象的效应"),
    "deadweight": Label("deadweight: would have happened anyway", "无谓支出：本来也会发生"),
    "additional_moment": Label("additional: refused by all at that moment", "增量：当时无人提供"),
    "additional_year": Label("additional: not obtained by the twin within a year", "增量：孪生一年内未获得"),
    "displaced": Label("lost by those not reached", "未覆盖者的损失"),
    "private_money": Label("private money beside it", "带动的社会资金"),
    "leverage": Label("private per public yuan", "每元财政带动社会资金"),
}
GROUPS: Mapping[str, Label] = {
    "": Label("", ""),
    "firms": Label("firms", "企业"),
    "talent": Label("people", "人才"),
    "institutes": Label("institutes", "科研机构"),
    "funds": Label("funds", "基金"),
    "neighbours": Label("neighbour districts", "周边区县"),
}
OUTCOMES: Mapping[str, Label] = {
    "loan": Label("loans", "贷款"),
    "renewal": Label("renewals", "续贷"),
    "research": Label("R&D", "研发"),
    "title": Label("titles", "资质认定"),
    "digital": Label("digital adoption", "数字化"),
    "founding": Label("founding", "创办"),
    "residence": Label("residence", "落户"),
    "wage": Label("wages", "工资"),
    "all": Label("all", "合计"),
    "bank_loans": Label("bank loans", "银行贷款"),
    "venture": Label("venture capital", "创业投资"),
    "founding_capital": Label("founders' capital", "创办资本"),
    "relocation_capital": Label("capital of firms moving in", "迁入资本"),
    "own_research": Label("firms' own R&D", "企业自有研发"),
}
TARGETS: Mapping[str, Label] = {
    "wages": Label("wages", "工资"),
    "rents": Label("rents", "租金"),
    "bank_margin": Label("banks' margin", "银行息差"),
    "fund_fees": Label("funds' fees", "基金管理费"),
    "tax_district": Label("taxes back to the district", "区级税收回流"),
    "tax_upper": Label("taxes to upper levels", "上级税收"),
    "outside": Label("outside the region", "流出区外"),
    "real_rd": Label("real R&D", "真实研发"),
    "relabelled_rd": Label("relabelled R&D", "虚报研发"),
    "support": Label("support of households", "对居民的补助"),
    "owners": Label("owners", "企业所有者"),
    "recovered": Label("recovered", "回收"),
    "firms_kept": Label("kept by firms", "留存企业"),
    "rest": Label("the rest", "其余"),
}
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
        return table["below_noise"].fillna(value=False).astype(bool)
    return table["mean"].abs() <= table["noise_floor"]


def _measure_row(row: Mapping[Any, Any], region: Any) -> list[Label]:
    group, outcome, unit = str(row["group"]), str(row["outcome"] or ""), str(row["unit"])
    kind, colon, name = group.partition(":")
    if colon:
        who = Label(group_label(kind, name, region, "en"), group_label(kind, name, region, "zh"))
    else:
        who = GROUPS.get(group, same(group))
    what = OUTCOMES.get(outcome) or (quantity_label(outcome) if outcome else Label("", ""))
    factor, shown = 1.0, Label(unit, unit_zh(unit))
    if unit == "share":
        factor, shown = 100.0, same("%")
    numbers = [float(row[part]) * factor for part in ("mean", "low", "high")]
    interval = "–" if not math.isfinite(numbers[1]) else f"[{_number(numbers[1])}, {_number(numbers[2])}]"
    floor = float(row["noise_floor"]) * factor
    separator = ": " if who.en and what.en else ""
    return [
        QUANTITIES.get(str(row["quantity"]), same(row["quantity"])),
        Label(f"{who.en}{separator}{what.en}", f"{who.zh}{'：' if separator else ''}{what.zh}"),
        same(_number(numbers[0])), same(interval), same(_number(floor)), shown,
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
    shares = table.pivot_table(index="target", columns="scenario", values="share", aggfunc="sum", sort=False)
    rows = [
        [TARGETS.get(str(target), same(str(target).replace("_", " "))),
         *(same(f"{shares.loc[target, name]:.2f}".replace("-", "−")) for name in policies)]
        for target in shares.index
    ]  # fmt: skip
    rows.append([Label("in all", "合计"), *(same(f"{shares[name].sum():.2f}") for name in policies)])
    section.blocks.append(Table([Label("To", "去向"), *(results.titles[name] for name in policies)], rows, right=1))

