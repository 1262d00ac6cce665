"""What the numbers of the study of the risk pool say, in sentences of both languages that follow from them by rule."""
# ruff: noqa: E501 - prose in two languages

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from risk_pool_results import GOOD, LEVEL, Results, labels, number, shown

from experiments.evidence.claims import Figure
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


INDENT = "  - "
"""Begins a sentence that belongs under the one before it."""
PLAIN = ("firms", "survivors", "jobs", "gdp")
"""Outcomes of the summary."""
NONE = Label("none", "无")


def percents(*figures: Figure) -> list[str]:
    """Return shares with their intervals."""
    return [f"{number(one.value)} % [{number(one.low)}, {number(one.high)}]" for one in figures]


def told_apart(rows: Mapping[str, pd.DataFrame], wanted: int) -> Label:
    """Return, by outcome, where effects of one sign can be told from zero.

    Parameters
    ----------
    rows : effects by outcome, by where they were found (a loss share, a step)
    wanted : 1 for the better, -1 for the worse
    """
    found = {}
    for name in PLAIN:
        own = {at: table.loc[name] for at, table in rows.items()}
        found[name] = [at for at, row in own.items()
                       if row["p_adjusted"] < LEVEL and np.sign(row["effect"]) == wanted * GOOD[name]]  # fmt: skip
    en = "; ".join(f"{labels(name).en} ({', '.join(at)})" for name, at in found.items() if at)
    zh = "；".join(f"{labels(name).zh}（{'、'.join(at)}）" for name, at in found.items() if at)
    return Label(en or NONE.en, zh or NONE.zh)


def summary(found: Results) -> Told:
    """Tell the answer in a few sentences, at the scenario's deposit and multiple."""
    shares = found.design.shares
    names = {f"{share:g}": found.name(found.deposit, share, found.multiple) for share in shares}
    (low, first), *_, (high, last) = names.items()
    before, after = (found.ratio(name, "moment", "judged") for name in (first, last))
    moment = percents(before, after)
    year = percents(*(found.ratio(name, "year", "judged") for name in (first, last)))
    rises, falls = after.low > before.high, after.high < before.low
    trend = Label("more cover reaches more loans that would not have been made" if rises else
                  "more cover reaches fewer loans that would not have been made" if falls else
                  "the two cannot be told apart",
                  "补偿越高，本不会发放的贷款占比越高" if rises else
                  "补偿越高，本不会发放的贷款占比越低" if falls else "两者无法区分")  # fmt: skip
    own, twins = percents(*(found.ratio(last, column, "followed") for column in ("defaulted", "twin_defaulted")))
    kept = percents(*(found.kept(name) for name in (first, last)))
    english = [f"From loss share {low} to {high} the share of covered loans refused without cover goes from {moment[0]} to "
               f"{moment[1]}, and of those whose twin got none within a year from {year[0]} to {year[1]}: {trend.en}.",
               f"At {high}, {own} of covered borrowers default within three years, and {twins} of their twins, many of whom have "
               f"no such loan. Borrowers alive at the end only with the pool, less those only without: {kept[0]} at {low}, "
               f"{kept[1]} at {high}."]  # fmt: skip
    chinese = [f"补偿比例由 {low} 升至 {high}，受补偿贷款中无补偿即被拒者由 {moment[0]} 变为 {moment[1]}，孪生体一年内未获贷款者由 {year[0]} 变为 {year[1]}：{trend.zh}。",
               f"补偿比例 {high} 时，借款企业三年内违约 {own}，其孪生体 {twins}（其中许多没有这笔贷款）。期末仅在有资金池世界存续者减仅在无资金池世界存续者："
               f"{low} 时 {kept[0]}，{high} 时 {kept[1]}。"]  # fmt: skip
    for horizon in dict.fromkeys(name for name in ("5y", found.end) if name in found.horizons):
        rows = {at: found.effects_of(name, horizon) for at, name in names.items()}
        better, worse, when = told_apart(rows, 1), told_apart(rows, -1), found.when(horizon)
        english.append(f"{when.en}, what can be told from zero against no policy, by loss share. Better: {better.en}. Worse: {worse.en}.")
        chinese.append(f"{when.zh}，与不实施政策相比可辨别于零者（括号内为补偿比例），变好：{better.zh}。变坏：{worse.zh}。")
    effects = [row for name in names.values() for _, row in found.effects_of(name, found.end).loc[list(PLAIN)].iterrows()]
    small = sum(verdict_of(row).en == PHRASES["negligible"].en for row in effects)
    reason = Label(": the pool is small beside the district", "：资金池相对全区很小") if small == len(effects) else Label("", "")
    english.append(f"Of these {len(effects)} effects at the end {small} are below the smallest relevant size{reason.en}.")
    chinese.append(f"期末上述 {len(effects)} 项效应中有 {small} 项低于有实际意义的最小幅度{reason.zh}。")
    costed = {world: [at for at, name in names.items() if np.isfinite(found.cost(name, "survivors", world))]
              for world in ("pool", "rebate")}  # fmt: skip
    beside = {at: found.beside_rebate(name)[1] for at, name in names.items()}
    better, worse = told_apart(beside, 1), told_apart(beside, -1)
    defined_en, defined_zh = ({world: joint.join(at) or none for world, at in costed.items()}
                              for joint, none in ((", ", "none"), ("、", "无")))  # fmt: skip
    english.append(f"A cost per additional surviving firm is defined (interval above zero) at loss shares: pool {defined_en['pool']}; rebate "
                   f"of the same outlay {defined_en['rebate']}. Pool against that rebate, told from zero. Better: {better.en}. Worse: {worse.en}.")  # fmt: skip
    chinese.append(f"每增一家存续企业的成本可确定（区间大于零）的补偿比例：资金池：{defined_zh['pool']}；等额退税：{defined_zh['rebate']}。"
                   f"资金池与等额退税相比可辨别者，更好：{better.zh}。更差：{worse.zh}。")  # fmt: skip
    data = found.step_data(found.deposit)
    data = data[(data["horizon"] == found.end) & (data["multiple"] == found.multiple)]
    harm = told_apart({str(step): own.set_index("outcome") for step, own in data.groupby("step", sort=False)}, -1)
    english.append(f"Steps of the loss share that do harm by the end, told from zero: {harm.en}.")
    chinese.append(f"期末可辨别的有害提高：{harm.zh}。")
    for scenario in found.tested("draws"):
        row = found.part_effects("draws", scenario).set_index("outcome", drop=False).loc["survivors"]
        share, words = scenario.removeprefix("share_"), verdict_of(row)
        same = 100.0 * max(row["sign_share"], 1.0 - row["sign_share"])
        english.append(f"Parameters are doubtful too: over {int(row['n'])} draws of them, surviving firms at {share}: {words.en} "
                       f"({sized(row, 'en')}); {number(same)} % of draws have one sign.")  # fmt: skip
        chinese.append(f"参数本身亦不确定：{int(row['n'])} 次抽样中，补偿比例 {share} 时存续企业{words.zh}（{sized(row, 'zh')}），"
                       f"{number(same)}% 的抽样同号。")  # fmt: skip
    return english, chinese


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
        told = percents(moment, year, default, twins, others)
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
        chinese.append(f"补偿比例 {share:g}，每增一家存续企业的成本：资金池 {zh[0]}；等额退税 {zh[1]}。"
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
            english.append(f"Deposit {deposit:g}, more cover changes {en}: {len(side)} of {tests} differences, adjusted p below 0.05.")
            chinese.append(f"存入 {deposit:g}，提高补偿使指标{zh}：{tests} 项差异中 {len(side)} 项，校正后 p<0.05。")
            for step, steps in side.groupby("step", sort=False):
                told_en, told_zh = [], []
                for outcome, own in steps.groupby("outcome", sort=False):
                    when = ", ".join(sorted({found.date_of(h) for h in own["horizon"]}))
                    cells = ", ".join(f"{m:g}" for m in sorted(own["multiple"].unique()))
                    largest = own.loc[own["effect"].abs().idxmax()]
                    told_en.append(f"{labels(str(outcome)).en} (multiple {cells}; {when}; at most {sized(largest, 'en')})")
                    told_zh.append(f"{labels(str(outcome)).zh}（倍数 {cells}；{when}；至多 {sized(largest, 'zh')}）")
                english.append(f"{INDENT}{step}: {'; '.join(told_en)}.")
                chinese.append(f"{INDENT}{step}：{'；'.join(told_zh)}。")
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


def listed(line: str) -> str:
    """Return a sentence as an entry of a list."""
    return line if line.startswith(INDENT) else f"- {line}"


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
        (Label(f"In short ({place})", f"简言之（{place_zh}）"), summary(found)),
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
            lines += [f"**{title.en}**", "", *map(listed, english), "", f"**{title.zh}**", "", *map(listed, chinese), ""]
    return lines[:-1]
