"""What the numbers of the study of the risk pool say, in sentences of both languages that follow from them by rule."""
# ruff: noqa: E501 - prose in two languages

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from risk_pool_results import GOOD, LEVEL, Results, labels, number, shown

from experiments.words import PHRASES, smallest_relevant, verdict
from simulation.parameters import Label

Told = tuple[list[str], list[str]]
"""Sentences in English and in Chinese."""


def verdict_of(row: pd.Series) -> Label:
    """Return the fixed phrase for an effect."""
    level = max(abs(row["mean"]), abs(row["mean_baseline"]))
    return PHRASES[verdict(row["sign_share"], row["effect"], smallest_relevant(str(row["outcome"]), level), row["n"])]


def sized(row: pd.Series, lang: str) -> str:
    """Return effect and interval with their unit."""
    unit, factor = shown(str(row["outcome"]), lang)
    effect, low, high = (number(row[side] * factor, sign=True) for side in ("effect", "low", "high"))
    return f"{effect} [{low}, {high}] {unit}".strip()


def multiples(found: Results) -> Told:
    """Tell whether the multiple matters."""
    english, chinese = [], []
    low, high = found.design.multiples[0], found.design.multiples[-1]
    for deposit in found.design.deposits:
        free = 100.0 * found.unbound(deposit)
        english.append(f"Deposit {deposit:g} million CNY: in {number(free)} % of the worlds with multiple {low:g} the capacity "
                       f"lies above all that qualified firms ask in every quarter, so that up to {high:g} any multiple "
                       "gives the same world to the bit.")  # fmt: skip
        chinese.append(f"存入 {deposit:g} 百万元：倍数为 {low:g} 的世界中有 {number(free)}% 各季额度均高于合格企业的全部申请，"
                       f"倍数提高到 {high:g} 结果逐位相同。")  # fmt: skip
    return english, chinese


def main_effects(found: Results, names: Sequence[str]) -> Told:
    """Tell the effects at the scenario's deposit and multiple, by loss share."""
    english, chinese = [], []
    for name in names:
        parts_en, parts_zh = [], []
        for share in found.design.shares:
            row = found.effects_of(found.name(found.deposit, share, found.multiple), found.end).loc[name]
            words = verdict_of(row)
            parts_en.append(f"at {share:g} {words.en} ({sized(row, 'en')})")
            parts_zh.append(f"{share:g} 时{words.zh}（{sized(row, 'zh')}）")
        english.append(f"{labels(name).en}: {'; '.join(parts_en)}.")
        chinese.append(f"{labels(name).zh}：{'；'.join(parts_zh)}。")
    return english, chinese


def loans(found: Results) -> Told:
    """Tell additionality and default of covered loans by loss share."""
    english, chinese = [], []
    for share in found.design.shares:
        name = found.name(found.deposit, share, found.multiple)
        moment, year, default, twins, others = (found.ratio(name, *pair) for pair in (
            ("moment", "judged"), ("year", "judged"), ("defaulted", "followed"), ("twin_defaulted", "followed"),
            ("others_defaulted", "others")))  # fmt: skip
        told = [f"{number(one.value)} % [{number(one.low)}, {number(one.high)}]"
                for one in (moment, year, default, twins, others)]  # fmt: skip
        kept = found.kept(name)
        net = f"{number(kept.value, sign=True)} % [{number(kept.low, sign=True)}, {number(kept.high, sign=True)}]"
        english.append(f"Loss share {share:g}: {told[0]} of covered loans would have been refused then, and in {told[1]} the "
                       f"twin got none within a year; {told[2]} of their borrowers default within three years, {told[3]} of "
                       f"their twins, {told[4]} of qualified borrowers without cover. Borrowers alive at the end in this world only, less those in the twin's only: {net}.")  # fmt: skip
        chinese.append(f"补偿比例 {share:g}：受补偿贷款中 {told[0]} 当时会被拒，{told[1]} 的孪生体一年内未获贷款；"
                       f"三年内违约：借款企业 {told[2]}，其孪生体 {told[3]}，未受补偿的合格借款企业 {told[4]}。期末仅本世界存续者减仅孪生世界存续者：{net}。")  # fmt: skip
    return english, chinese


def costs(found: Results) -> Told:
    """Tell cost for each additional surviving firm, and whether pool and rebate of the same outlay differ."""
    english, chinese = [], []
    for share in found.design.shares:
        name = found.name(found.deposit, share, found.multiple)
        pool, rebate = (found.cost(name, "survivors", world) for world in ("pool", "rebate"))
        row = found.beside_rebate(name)[1].loc["survivors"]
        words = verdict_of(row)
        en = [f"{number(one)} million CNY" if np.isfinite(one) else "not defined (interval holds zero or less)"
              for one in (pool, rebate)]  # fmt: skip
        zh = [f"{number(one)} 百万元" if np.isfinite(one) else "无法确定（区间含零或为负）" for one in (pool, rebate)]
        english.append(f"Loss share {share:g}, cost per additional surviving firm: pool {en[0]}; rebate of the same outlay "
                       f"{en[1]}. Pool against that rebate, surviving firms: {words.en} ({sized(row, 'en')}).")  # fmt: skip
        chinese.append(f"补偿比例 {share:g}，每增一家存续企业的成本：资金池{zh[0]}；等额退税{zh[1]}。"
                       f"资金池与等额退税相比，存续企业{words.zh}（{sized(row, 'zh')}）。")  # fmt: skip
    return english, chinese


def harm(found: Results, names: Sequence[str]) -> Told:
    """Tell which steps of cover do harm, or good, by something that can be told from zero."""
    english, chinese = [], []
    for deposit in found.design.deposits:
        rows = found.step_data(deposit)
        rows = rows[rows["outcome"].isin(names)]
        clear = rows[(rows["p_adjusted"] < LEVEL) & (rows["effect"] != 0.0)]
        worse = clear[np.sign(clear["effect"]) != clear["outcome"].map(GOOD)]
        tests = len(rows)
        for side, en, zh in ((worse, "for the worse", "变差"), (clear.drop(worse.index), "for the better", "变好")):
            told_en, told_zh = [], []
            for (step, outcome), own in side.groupby(["step", "outcome"], sort=False):
                when = ", ".join(sorted({found.date_of(h) for h in own["horizon"]}))
                cells = ", ".join(f"{m:g}" for m in sorted(own["multiple"].unique()))
                largest = own.loc[own["effect"].abs().idxmax()]
                told_en.append(f"{step}: {labels(str(outcome)).en} (multiple {cells}; {when}; at most {sized(largest, 'en')})")
                told_zh.append(f"{step}：{labels(str(outcome)).zh}（倍数 {cells}；{when}；至多 {sized(largest, 'zh')}）")
            none = Label("no step that can be told from zero", "没有可辨别于零的一步")
            english.append(f"Deposit {deposit:g}, more cover changes {en}: {'; '.join(told_en) or none.en} "
                           f"({len(side)} of {tests} differences, adjusted p below 0.05).")  # fmt: skip
            chinese.append(f"存入 {deposit:g}，提高补偿使指标{zh}：{'；'.join(told_zh) or none.zh}"
                           f"（{tests} 项差异中 {len(side)} 项，校正后 p<0.05）。")  # fmt: skip
    return english, chinese


def robustness(found: Results, parts: Mapping[str, Label], names: Sequence[str]) -> Told:
    """Tell effects under stresses and drawn parameters, and which parameter goes with the effect most."""
    english, chinese = [], []
    for part, label in parts.items():
        for scenario in found.tested(part):
            own = found.part_effects(part, scenario).set_index("outcome", drop=False)
            share = scenario.removeprefix("share_")
            en = "; ".join(f"{labels(n).en} {verdict_of(own.loc[n]).en} ({sized(own.loc[n], 'en')})" for n in names)
            zh = "；".join(f"{labels(n).zh}{verdict_of(own.loc[n]).zh}（{sized(own.loc[n], 'zh')}）" for n in names)
            english.append(f"{label.en}, loss share {share}, {int(own['n'].max())} pairs: {en}.")
            chinese.append(f"{label.zh}，补偿比例 {share}，{int(own['n'].max())} 对：{zh}。")
    ranked = found.correlations(names, most=1)
    if len(ranked):
        clear = ranked[ranked["p"] < LEVEL]
        en = "; ".join(f"{labels(r['outcome']).en}, {r['scenario'].removeprefix('share_')}: `{r['parameter']}` "
                       f"(rank correlation {number(r['rho'], sign=True)})" for _, r in clear.iterrows())  # fmt: skip
        zh = "；".join(f"{labels(r['outcome']).zh}，{r['scenario'].removeprefix('share_')}：`{r['parameter']}`"
                      f"（秩相关 {number(r['rho'], sign=True)}）" for _, r in clear.iterrows())  # fmt: skip
        english.append(f"Drawn parameter that goes with the effect most: {en or 'none that can be told from chance'}.")
        chinese.append(f"与效应关系最强的抽样参数：{zh or '没有可与偶然区分者'}。")
    return english, chinese


def reading(
    found: Results, parts: Mapping[str, Label], names: Sequence[str], stepped: Sequence[str], tested: Sequence[str]
) -> list[str]:
    """Return the reading in markdown, English and Chinese by topic.

    Parameters
    ----------
    parts : of the study on robustness
    names, stepped, tested : outcomes told of against no policy, between steps of cover, and in those parts
    """
    place = f"{found.date}, deposit {found.deposit:g} million CNY, multiple {found.multiple:g}, {found.pairs} pairs"
    place_zh = f"{found.date}，存入 {found.deposit:g} 百万元，倍数 {found.multiple:g}，{found.pairs} 对"
    topics = [
        (Label("Does the multiple matter?", "倍数是否重要？"), multiples(found)),
        (Label(f"Effects against no policy, by loss share ({place})", f"与不实施政策相比（{place_zh}）"),
         main_effects(found, names)),
        (Label(f"Covered loans ({place})", f"受补偿贷款（{place_zh}）"), loans(found)),
        (Label(f"Cost ({place})", f"成本（{place_zh}）"), costs(found)),
        (Label("Does more cover do harm?", "补偿过高是否有害？"), harm(found, stepped)),
        (Label("Robustness", "稳健性"), robustness(found, parts, tested)),
    ]
    lines = []
    for title, (english, chinese) in topics:
        if english:
            lines += [f"**{title.en}**", "", *(f"- {line}" for line in english), "", f"**{title.zh}**", "",
                      *(f"- {line}" for line in chinese), ""]  # fmt: skip
    return lines[:-1]
