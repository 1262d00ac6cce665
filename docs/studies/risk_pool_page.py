"""The page of the study of the risk pool: tables with intervals, figures, and a reading."""
# ruff: noqa: E501 - prose in two languages

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import risk_pool_figures as figures
from risk_pool_log import FOLLOWED
from risk_pool_reading import reading
from risk_pool_results import GOOD, Results, cell_text, labels, number, shown

from experiments.labels import label_text
from experiments.plots import save, set_theme
from experiments.words import STAMP
from simulation.parameters import Label

if TYPE_CHECKING:
    from risk_pool import Design

MAIN = ("firms", "survivors", "jobs", "gdp", "patents_granted", "high_tech_enterprises", "tech_loans", "default_share",
        "bank_losses")  # fmt: skip
STEPPED = (*MAIN[:6], "default_share", "bank_losses", "public")
TESTED = ("firms", "survivors", "jobs", "default_share")
FUTURES = {
    "calm": Label("no stress", "无冲击"), "funding_winter": Label("funding winter", "募资寒冬"),
    "demand": Label("fall of world demand", "外部需求下滑"), "draws": Label("drawn parameters", "参数抽样"),
}  # fmt: skip
LIMITS = """- Behaviour under cover rests on assumptions without a source: how much less borrowers strive
  (`credit.effort_loss_borrower`), how much less banks look (`credit.effort_loss_bank`), what a covered loan costs a bank
  in paperwork (`policies.risk_pool.paperwork`, once set with a published additionality in view: see `../evidence.md`).
  The study varies them by half; it cannot say what they are. Fees are the scenario's at every loss share.
- The guarantor's share falls as the pool's rises, by the rule that a part stays with the bank: steps of the loss share
  are steps of the pool's share, not of cover alone. At loss share 0 nothing counts as covered by the pool, so its
  capacity is not used up and its stop never acts: that column is a guarantee that the pool only lets in.
- Borrowers are compared with their own twins where both live just before the first covered loan; after some years
  single firms differ by chance (`../twins.md`), which widens the intervals but favours neither side.
- The guarantor's losses are public money of upper levels here; capital bound in the deposit costs nothing but is shown.
- 补偿下企业努力下降、银行审查放松、备案成本均为无来源的假设，本研究只作上下一半的变动；各补偿比例下费率相同。
- 担保比例随补偿比例上升而下降（银行须自留一部分）；补偿为零时不占用资金池额度，也不触发停止线，该列仅为担保。
- 孪生企业数年后会因偶然而分化：区间变宽，但不偏向任何一方。担保损失计为上级公共资金；存入资金的占用未计成本。"""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table in markdown."""
    return ["| " + " | ".join(header) + " |", "|---" * len(header) + "|", *("| " + " | ".join(r) + " |" for r in rows)]


def unit_of(name: str) -> str:
    """Return the unit in which differences of an outcome are shown."""
    return shown(name)[0]


def header(names: Sequence[str]) -> list[str]:
    """Return column heads of outcomes with their units."""
    return [label_text(labels(name), "both") + (f", {unit_of(name)}" if unit_of(name) else "") for name in names]


def scaled(rows: pd.DataFrame) -> pd.DataFrame:
    """Return effects in the units in which they are shown."""
    factor = rows["outcome"].map(lambda name: shown(name)[1])
    return rows.assign(**{side: rows[side] * factor for side in ("effect", "low", "high")})


def panels(names: Sequence[str]) -> dict[str, tuple[Label, str]]:
    """Return label and unit of outcomes, as figures need them."""
    return {name: (labels(name), unit_of(name)) for name in names}


def design_table(design: Design) -> list[str]:
    """Return who bears a loss at each loss share, as the model reckons it from the scenario."""
    pool = design.load("risk_pool")
    least = pool.parameters["credit"].model_dump()["bank_share"]
    guarantor = pool.policies["risk_pool"].model_dump()["guarantor_share"]
    rows = []
    for share in design.shares:
        beside = min(guarantor, max(1.0 - least - share, 0.0))
        rows.append([f"{100 * part:.0f} %" for part in (share, beside, 1.0 - share - beside)])
    return table(["pool 资金池", "guarantor 担保机构", "bank 银行"], rows)


def effect_table(found: Results, deposit: float, horizon: str) -> list[str]:
    """Return effects against no policy by cell."""
    rows = []
    for share, multiple, name in found.cells(deposit):
        own = found.effects_of(name, horizon)
        rows.append([f"{share:g}", f"{multiple:g}", *(cell_text(own.loc[outcome]) for outcome in MAIN)])
    return table(["loss share 补偿比例", "multiple 倍数", *header(MAIN)], rows)


def loan_table(found: Results, deposit: float) -> list[str]:
    """Return covered loans, both readings of additionality, and defaults beside others and twins, by cell."""
    rows = []
    for share, multiple, name in found.cells(deposit):
        own = found.last[found.last["scenario"] == name].mean(numeric_only=True)
        ratios = [found.ratio(name, *pair) for pair in (
            ("moment", "judged"), ("year", "judged"), ("defaulted", "followed"), ("others_defaulted", "others"),
            ("twin_defaulted", "followed"), ("gone", "followed"), ("twin_gone", "followed"))]  # fmt: skip
        ratios.append(found.kept(name))
        rows.append([f"{share:g}", f"{multiple:g}", number(own["loans"]), number(own["amount"]),
                     *(f"{number(r.value)} [{number(r.low)}, {number(r.high)}]" for r in ratios)])  # fmt: skip
    names = ["loans 笔数", "amount 金额, million CNY", "additional at that moment 当时新增, %",
             "additional within a year 一年内新增, %", "default 违约, %", "default of others 其他贷款违约, %",
             "default of twins 孪生违约, %", "gone 退出, %", "twins gone 孪生退出, %", "borrowers kept, net 净留存, %"]  # fmt: skip
    return table(["loss share 补偿比例", "multiple 倍数", *names], rows)


def cost_table(found: Results, deposit: float) -> list[str]:
    """Return what the pool costs, and cost for each additional firm beside the rebate's at the same outlay."""
    rows = []
    for share, multiple, name in found.cells(deposit):
        own = found.last[found.last["scenario"] == name].mean(numeric_only=True)
        money = [number(own[column]) for column in ("claims", "fees", "guarantor", "public", "appropriated")]
        costs = [number(found.cost(name, measure, world)) for measure in ("survivors", "firms")
                 for world in ("pool", "rebate", "bound")]  # fmt: skip
        rows.append([f"{share:g}", f"{multiple:g}", *money, number(found.cost_kept(name)), *costs])
    names = ["claims 代偿", "fees 费用", "guarantor, net 担保净支出", "public outlay 公共净支出", "bound 安排资金", "per borrower kept 每净留存借款企业"]
    for what in ("surviving firm 存续企业", "firm 企业"):
        names += [f"per {what}", "rebate 退税", "by money bound 按安排资金"]
    return table(["loss share 补偿比例", "multiple 倍数", *names], rows)


def step_table(found: Results, deposit: float) -> list[str]:
    """Return what each step of cover changes by the end of the run."""
    rows = []
    for (low, high, multiple), own in found.steps_of(deposit):
        last = own[own["horizon"] == found.end].set_index("outcome", drop=False)
        rows.append([f"{low:g} → {high:g}", f"{multiple:g}", *(cell_text(last.loc[name]) for name in STEPPED)])
    return table(["step 提高", "multiple 倍数", *header(STEPPED)], rows)


def robustness_tables(found: Results) -> list[str]:
    """Return effects of the two pools under stresses and drawn parameters, and what goes with the effect."""
    rows = []
    for part, label in FUTURES.items():
        for scenario in found.tested(part):
            own = found.part_effects(part, scenario).set_index("outcome", drop=False)
            same = own["sign_share"].where(own["effect"] > 0.0, 1.0 - own["sign_share"])
            rows.append([label_text(label, "both"), scenario.removeprefix("share_"), str(int(own["n"].iloc[0])),
                         *(f"{cell_text(own.loc[name])}; {100 * same[name]:.0f} %" for name in TESTED)])  # fmt: skip
    lines = table(["world 情景", "loss share 补偿比例", "pairs 对数", *header(TESTED)], rows)
    ranked = found.correlations(TESTED)
    if len(ranked):
        lines += ["", "Rank correlation of a drawn parameter with the effect, the three strongest of each (p adjusted for "
                  "the number of parameters). 抽样参数与效应的秩相关（各取最强三项，p 已按参数个数校正）。", ""]  # fmt: skip
        told = [[label_text(labels(row["outcome"]), "both"), row["scenario"].removeprefix("share_"), f"`{row['parameter']}`",
                 number(row["rho"], sign=True), number(row["p"])] for _, row in ranked.iterrows()]  # fmt: skip
        lines += table(["outcome 指标", "loss share 补偿比例", "parameter 参数", "rho", "p"], told)
    return lines


def paired(found: Results, *deposits: float) -> Label:
    """Return how many pairs a figure of pools with these deposits rests on, and what its bars are."""
    counts = ", ".join(dict.fromkeys(str(found.pairs_of(deposit)) for deposit in deposits))
    return Label(f"{counts} paired seeds, {found.date}; bars: 95 % intervals.",
                 f"{counts} 对种子，{found.date}；竖线为 95% 区间。")  # fmt: skip


def draw(found: Results, folder: Path) -> list[str]:
    """Draw all figures into a folder; return the markdown that shows them, by figure."""
    set_theme()
    design, drawings = found.design, []
    for deposit in design.deposits:
        pairs = paired(found, deposit)
        data = scaled(found.grid_effects(deposit))
        note = Label(f"Deposit {deposit:g} million CNY, against no policy. {pairs.en} Money summed from the start.",
                     f"存入 {deposit:g} 百万元，与不实施政策相比。{pairs.zh}资金自起始累计。")  # fmt: skip
        now = data[data["horizon"] == found.end]
        drawing = figures.effects(now, panels(MAIN), f"risk_pool_effects_{deposit:g}", note)
        drawings.append(figures.Drawing(drawing.name, drawing.figure, data))
    drawings.append(figures.additionality(found.additionality(), paired(found, *design.deposits)))
    pairs = paired(found, found.deposit)
    note = Label(f"Deposit {found.deposit:g} million CNY, multiple {found.multiple:g}. {pairs.en} ?: not defined, as the "
                 "effect's interval holds zero or less.", f"存入 {found.deposit:g} 百万元，倍数 {found.multiple:g}。{pairs.zh}"
                 "?：效应区间含零或为负，成本无法确定。")  # fmt: skip
    drawings.append(figures.cost(found.costs(), note))
    note = Label(f"Deposit {found.deposit:g} million CNY. {pairs.en} Shaded: the side of harm.",
                 f"存入 {found.deposit:g} 百万元。{pairs.zh}阴影为受损一侧。")  # fmt: skip
    own = scaled(found.step_data(found.deposit))
    drawings.append(figures.steps(own[own["horizon"] == found.end], panels(STEPPED),
                                  {name: -GOOD[name] for name in STEPPED}, note))  # fmt: skip
    tested = found.robust_data(FUTURES)
    if len(tested):
        note = Label(f"{found.date}; 95 % intervals over seeds, 5-95 % of draws where parameters are drawn.",
                     f"{found.date}；种子的 95% 区间；参数抽样为 5–95% 区间。")  # fmt: skip
        there = {part: label for part, label in FUTURES.items() if part in set(tested["part"])}
        drawings.append(figures.robustness(scaled(tested), panels(TESTED), there, note))
    for drawing in drawings:
        save(drawing, folder, ("png", "csv"))
    return [f"![{drawing.name.replace('_', ' ')}](figures/{drawing.name}.png)" for drawing in drawings]


def write(tables: Mapping[str, pd.DataFrame], design: Design, command: str, path: Path) -> None:
    """Write the page and its figures.

    Parameters
    ----------
    tables : finished rows by part, the grid among them
    design : of the study
    command : that makes them
    path : of the page; its figures lie in `figures` beside it
    """
    found = Results(tables, design)
    pictures = iter(draw(found, path.parent / "figures"))
    small = found.pairs < 20 or design.scale < 0.5
    trial = ["**A trial with few seeds or a small district: no result. 少量种子或缩小区域的试运行，并非结果。**", ""] if small else []
    counts = "; ".join(f"{part} {rows['seed'].nunique()}" for part, rows in tables.items())
    lines = [
        "# How much cover? A study of the risk-compensation pool 风险补偿：补多少为宜", "",
        f"*{STAMP['both']}*", "",
        f"Made by `{command}`: seeds by part: {counts}; scale {design.scale:g}; {design.quarters} quarters. The numbers of "
        "each figure lie beside it as CSV, those of the effects for every horizon. Do not edit. 由该命令生成，请勿手改。", "",
        *trial, "## Question 问题", "",
        "Does a pool that bears more of banks' losses, or backs more loans with the same deposit, keep more firms alive, "
        "for how much, and does more cover do harm? 资金池承担更多损失、或同样存款撬动更多贷款，能否留住更多企业？代价几何？"
        "补偿过高是否有害？", "", "## Design 设计", "",
        f"Every seed has one baseline of {design.quarters} quarters and, branched from it before the pool starts, a world for "
        f"each loss share ({', '.join(f'{s:g}' for s in design.shares)}), multiple "
        f"({', '.join(f'{m:g}' for m in design.multiples)}) and deposit ({', '.join(f'{d:g}' for d in design.deposits)} million "
        f"CNY: the scenario's, and, with seeds below {design.few} only, one so small that the multiple can bind), all else as in `risk_pool`, and rebates of "
        f"{' and '.join(f'{b:g}' for b in design.budgets)} million CNY a year, between which (and zero) the rebate of the "
        "same outlay is interpolated, seed by seed. Levels just above what most pools spend would show chance more than "
        "the rebate. 每个种子一条基线，从中分出各补偿比例、倍数、存款的世界，以及两档退税（其间线性插值得等额退税）。", "",
        "Who bears a lost yuan: the guarantor joins as far as the bank's least share (`credit.bank_share`) lets it. "
        "每元损失由谁承担（担保比例受银行最低自留限制）：", "", *design_table(design), "",
        "## Reading 解读", "",
        "Sentences follow from the numbers by fixed rules. 语句按固定规则由数字生成。", "",
        *reading(found, FUTURES, MAIN, STEPPED, TESTED), "", "## Effects against no policy 与不实施政策相比", "",
    ]  # fmt: skip
    for deposit in design.deposits:
        n = found.pairs_of(deposit)
        lines += [f"### Deposit {deposit:g} million CNY 存入 {deposit:g} 百万元 ({n} seeds 种子)", "", next(pictures), ""]
        for horizon in dict.fromkeys(name for name in ("5y", found.end) if name in found.horizons):
            lines += [f"{found.when(horizon).en} {found.when(horizon).zh}:", "", *effect_table(found, deposit, horizon), ""]
    lines += ["## Covered loans 受补偿贷款", "", next(pictures), "",
              "Additional at that moment: refused then by all banks asked, judged without cover; within a year: the twin got "
              f"no new loan. Default and exit: of borrowers within {FOLLOWED // 4} years of the first loan under cover; others are "
              "qualified borrowers without cover in the same world. 当时：所询各银行无补偿均拒贷；一年内：孪生体未获新贷款。"
              f"违约与退出：首笔受补偿贷款后{FOLLOWED // 4}年内。Kept, net: borrowers alive at the end in this world only, less those alive in the twin's only, of all. 净留存：期末仅在本世界存续者减去仅在孪生世界存续者，占借款企业。", ""]  # fmt: skip
    for deposit in design.deposits:
        lines += [f"Deposit {deposit:g} million CNY 存入 {deposit:g} 百万元:", "", *loan_table(found, deposit), ""]
    lines += ["## Cost for each additional firm 每增一家企业的成本", "", next(pictures), "",
              "Million CNY to the end of the run; a dash where the effect's interval holds zero or less, so that the cost is "
              "not defined. Public outlay: claims less fees, and the guarantor's claims less its fees. The last column of each "
              "three sets the money appropriated (deposit and top-ups) against the effect. 截至期末，百万元；效应区间含零或为负"
              "时成本无法确定，以“–”表示。", ""]  # fmt: skip
    for deposit in design.deposits:
        lines += [f"Deposit {deposit:g} million CNY 存入 {deposit:g} 百万元:", "", *cost_table(found, deposit), ""]
    lines += ["## Where more cover does harm 补偿过高是否有害", "", next(pictures), ""]
    for deposit in design.deposits:
        lines += [f"Deposit {deposit:g} million CNY, {found.date} 存入 {deposit:g} 百万元:", "", *step_table(found, deposit), ""]
    lines += ["## Robustness 稳健性", ""]
    if found.has_robustness:
        lines += [next(pictures), "", "Effect [interval]; share of pairs with the sign of the mean. Draws: interval of 5-95 % of "
                  "draws where wider. 效应 [区间]；与均值同号的比例。", "", *robustness_tables(found), ""]  # fmt: skip
    lines += ["## What this cannot tell 本研究不能回答", "", LIMITS, "", f"*{STAMP['both']}*"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
