"""What it costs and who pays, and when effects come and go."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from experiments.labels import known_outcomes
from experiments.report.blocks import Heading, Section, Table, interval_label, money_label, same
from experiments.report.findings import rows_of, shown_names
from experiments.results import Results, total_difference
from simulation.parameters import Label

READINGS: Mapping[str, Label] = {
    "appropriated": Label("appropriated", "安排"),
    "paid": Label("paid", "已支付"),
    "net_present": Label("net present, after recoveries", "净现值（扣除回收）"),
    "contingent": Label("contingent at the end", "期末或有负债"),
    "paid_rebate": Label("paid in the rebate world beside it", "等额退税世界已支付"),
}
BEARERS: Mapping[str, Label] = {
    "net_cost_district": Label("net cost to the district, after taxes", "区级净成本（计入税收变化）"),
    "net_cost_all_levels": Label("net cost to all levels, after taxes", "各级净成本（计入税收变化）"),
    "tax_expenditure_local": Label("tax relief borne by the district", "区级承担的税收优惠"),
    "tax_expenditure_upper": Label("tax relief borne by upper levels", "上级承担的税收优惠"),
}
SHARES: Mapping[str, Label] = {
    "background_cut": Label("cuts of other public spending", "压减其他支出"),
    "land_revenue": Label("land revenue", "土地收入"),
    "debt": Label("debt", "举债"),
    "upper_transfer": Label("transfers from upper levels", "上级转移支付"),
}
PER_UNIT = (
    Label("Scenario", "情景"),
    Label("Unit of which a rise was told", "可判断增加的单位"),
    Label("Net present (else paid) per unit", "净现值（无则已支付）/单位"),
)
UNITS = ("jobs", "high_tech_enterprises", "patents_in_force", "firms")


def financing(results: Results, scenario: str) -> Label:
    """Return where a scenario says that its money comes from."""
    shares = (results.content(scenario).get("parameters") or {}).get("financing") or {}
    known = {name: float(shares.get(name) or 0.0) for name in SHARES}
    total = sum(known.values())
    if total <= 0:
        return Label("where the money comes from is not recorded", "未记录资金来源")
    parts = [(label, known[name] / total) for name, label in SHARES.items() if known[name] > 0]
    return Label(
        ", ".join(f"{label.en} {share:.0%}" for label, share in parts),
        "、".join(f"{label.zh} {share:.0%}" for label, share in parts),
    )


def cost_section(results: Results) -> Section:
    """Return the cost of each scenario beyond the baseline in all readings, who bears it, and the cost per unit."""
    section = Section("cost", Label("What it costs and who pays", "花多少、谁出"))
    section.say(
        "Public money beyond the baseline over the whole run, for the district at 1:1 in 2022 prices; 95 % interval.",
        "全期相对基线多花的财政资金，按 1:1 区域、2022 年价格计；95% 区间。",
        quiet=True,
    )
    policies = results.study.policies
    header = [Label("Reading", "口径"), *(results.titles[name] for name in policies)]
    rows = []
    for reading, label in READINGS.items():
        cells = [results.cost(name, reading) for name in policies]
        if any(math.isfinite(cell[0]) for cell in cells):
            rows.append([label, *(interval_label(*cell) for cell in cells)])
    for name, label in BEARERS.items():
        cells = [total_difference(results.study, name, scenario) for scenario in policies]
        if any(math.isfinite(cell[0]) for cell in cells):
            rows.append([label, *(interval_label(*cell) for cell in cells)])
    rows.append([Label("financed by", "资金来源"), *(financing(results, name) for name in policies)])
    section.blocks.append(Table(header, rows, right=1))
    per_unit = [row for name in policies for row in _per_unit(results, name)]
    if per_unit:
        section.blocks += [
            Heading(Label("Cost per additional unit at the end", "期末每新增一单位的花费")),
            Table(PER_UNIT, per_unit, right=2),
        ]
    return section


def _per_unit(results: Results, scenario: str) -> list[list[Label]]:
    cost = results.cost(scenario, "net_present")[0]
    cost = cost if math.isfinite(cost) else results.cost(scenario, "paid")[0]
    found = []
    for row in rows_of(results, scenario, outcomes=UNITS):
        if str(row["verdict"]).endswith("rises") and cost > 0 and row["effect"] > 0:
            label = known_outcomes([str(row["outcome"])])[str(row["outcome"])].label
            found.append([results.titles[scenario], label, money_label(cost / float(row["effect"]))])
    return found


def timing_section(results: Results) -> Section:
    """Return when effects can first be told, peak, and have halved after the end of a policy."""
    section = Section("timing", Label("How soon it works, and how long it lasts", "多久见效、能持续多久"))
    if "timing" not in results.tables:
        section.say("When effects come and go is not in this folder.", "本结果未含见效时间。")
        return section
    table = results.tables["timing"]
    table = table[table["outcome"].isin(shown_names(results))]
    if "first_date" not in table or not table["first_date"].notna().any():
        section.say(
            "On none of the key outcomes can an effect be told for four quarters in a row.",
            "各主要指标均没有连续四个季度可辨别的效应。",
        )
        return section
    header = [Label("Outcome", "指标"), Label("First told", "首次可辨"), Label("Peak", "峰值")]
    header.append(Label("After the end", "政策结束后"))
    for scenario in results.study.policies:
        rows = []
        for row in table[(table["scenario"] == scenario) & table["first_date"].notna()].to_dict("records"):
            label = known_outcomes([str(row["outcome"])])[str(row["outcome"])].label
            wait, date = row.get("quarters_to_detect"), str(row["first_date"])
            first = same(date)
            if wait is not None and not pd.isna(wait):
                quarters = "1 quarter" if wait == 1 else f"{int(wait)} quarters"
                first = Label(f"{date}, {quarters} after the start", f"{date}，启动后 {int(wait)} 个季度")
            rows.append([label, first, same(row.get("peak_date") or "–"), _fading(row)])
        if rows:
            section.blocks += [Heading(results.titles[scenario]), Table(header, rows)]
    return section


def _fading(row: Mapping[object, object]) -> Label:
    half = row.get("half_life")
    if half is not None and not pd.isna(half):  # type: ignore[call-overload]
        return Label(f"halved after {int(half)} quarters", f"{int(half)} 个季度后减半")  # type: ignore[call-overload]
    return {
        "no end": Label("the policy lasts to the end", "政策持续至期末"),
        "not yet": Label("not halved by the end of the run", "至期末尚未减半"),
        "not told": Label("not told any more when it ends", "政策结束时已不可辨"),
    }.get(str(row.get("fading")), same("–"))

