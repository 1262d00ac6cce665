"""What a page can hold: the question, three sentences, money, time, winners and losers, risks, sources."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from experiments import words
from experiments.figures.quantities import group_label, within_noise
from experiments.labels import Language, known_outcomes, number_text
from experiments.report.background import provenance
from experiments.report.blocks import interval_label, money_label
from experiments.report.content import title_of
from experiments.report.findings import (
    TELLING,
    rows_of,
    sentence,
    shown_names,
    told,
    worse,
)
from experiments.report.page import PLACES
from experiments.report.public_money import financing
from experiments.report.scenarios import headline, touched
from experiments.results import Results
from simulation.parameters import Label

MOST_SCENARIOS = 3
SENTENCES = 3
MOST_NAMES = 4
FONTS = {"latin": "Calibri", "chinese": "微软雅黑"}
"""Fonts by the names that Word and WPS know; nothing is embedded."""


class Part(NamedTuple):
    """A heading of the brief and what stands below it, in one language."""

    key: str
    title: str
    lines: Sequence[str]


TITLES = {
    "question": Label("Question", "问题"),
    "conclusions": Label("Conclusions in three sentences", "结论三句"),
    "cost": Label("How much, and who pays", "花多少、谁出"),
    "timing": Label("How soon it works", "多久见效"),
    "people": Label("Who gains, who loses", "谁受益、谁受损"),
    "risks": Label("Risks, and where it does not apply", "风险与不适用"),
    "sources": Label("Sources", "来源"),
}


def brief_title(results: Results, lang: Language) -> str:
    """Return the title of the brief."""
    return title_of(results)[PLACES[lang]]


def parts(results: Results, lang: Language) -> list[Part]:
    """Return the parts of the brief in one language, "en" or "zh"."""
    place = PLACES[lang]
    made = {
        "question": _question(results),
        "conclusions": conclusions(results),
        "cost": _cost(results),
        "timing": _timing(results),
        "people": _people(results),
        "risks": _risks(results),
        "sources": _sources(results),
    }
    return [Part(key, TITLES[key][place], [line[place] for line in lines]) for key, lines in made.items()]


def _few(results: Results) -> list[str]:
    return results.study.policies[:MOST_SCENARIOS]


def _question(results: Results) -> list[Label]:
    dates = [results.dates[quarter] for quarter in sorted(results.dates)]
    place = getattr(results.study.scenarios[results.study.baseline].region, "title", Label("the district", "本区"))
    base = results.titles[results.study.baseline]
    lines = [
        Label(
            f"What would the following change in {place.en}, {dates[0]} to {dates[-1]}, against {base.en}?",
            f"{dates[0]} 至 {dates[-1]}，下列做法在{place.zh}与“{base.zh}”相比会带来什么变化？",
        )
    ]
    for name in _few(results):
        title, items = results.titles[name], touched(results, name)
        if len(items) == 1:
            line = headline(items[0])
            lines.append(Label(f"{title.en}: {line.en}.", f"{title.zh}：{line.zh}。"))
        else:
            lines.append(Label(f"{title.en}: {len(items)} policies.", f"{title.zh}：共 {len(items)} 项政策。"))
    rest = len(results.study.policies) - MOST_SCENARIOS
    if rest > 0:
        lines.append(Label(f"{rest} more scenarios are in the report.", f"另有 {rest} 个情景见报告。"))
    return lines


def conclusions(results: Results) -> list[Label]:
    """Return three sentences: the strongest of each scenario in turn, one against the rebate, and what is not told."""
    by_scenario = [told(results, name) for name in results.study.policies]
    strongest = [rows[turn] for turn in range(SENTENCES) for rows in by_scenario if turn < len(rows)]
    beside = [row for name in results.study.policies for row in told(results, name, "uniform_rebate")]
    chosen = strongest[: SENTENCES - 1] + beside[:1]
    chosen += [row for row in strongest[SENTENCES - 1 :] if len(chosen) < SENTENCES][: SENTENCES - len(chosen)]
    lines = [sentence(results, row) for row in chosen[:SENTENCES]]
    for name in results.study.policies:
        if len(lines) < SENTENCES:
            lines += _not_told(results, name)
    while len(lines) < SENTENCES:
        lines.append(_rest(results, len(lines)))
    return lines[:SENTENCES]


def _not_told(results: Results, scenario: str) -> list[Label]:
    rows = rows_of(results, scenario, outcomes=shown_names(results))
    unclear = [row for row in rows if row["verdict"] not in TELLING]
    if not unclear:
        return []
    labels = [known_outcomes([str(row["outcome"])])[str(row["outcome"])].label for row in unclear]
    title, date, n = results.titles[scenario], unclear[0]["date"], results.pairs
    base = results.titles[results.study.baseline]
    en, zh = ", ".join(label.en for label in labels[:MOST_NAMES]), "、".join(label.zh for label in labels[:MOST_NAMES])
    more = len(labels) - MOST_NAMES
    en, zh = (f"{en} and {more} more", f"{zh}等 {len(labels)} 项") if more > 0 else (en, zh)
    few = n < words.FEWEST_PAIRS
    why = words.PHRASES["too_few"] if few else Label("no direction can be told", "方向无法判断")
    return [
        Label(
            f"{title.en}, at the end ({date}), against {base.en}: {why.en} on {en} ({n} pairs of runs).",
            f"{title.zh}，期末（{date}），与{base.zh}相比：{zh}{why.zh}（{n} 对运行）。",
        )
    ]


def _rest(results: Results, place: int) -> Label:
    """Return what fills the three sentences when there is nothing more to tell."""
    if place < SENTENCES - 1:
        return Label(
            "Nothing more can be told on the key outcomes from these runs; this is no evidence of no effect.",
            "就主要指标而言，这些运行不能说明更多；这不等于没有效应。",
        )
    return Label(
        f"All of this is from {results.pairs} pairs of runs of a stylised district and covers luck only.",
        f"以上来自示意性区域的 {results.pairs} 对运行，只反映随机因素。",
    )


def _cost(results: Results) -> list[Label]:
    lines = []
    for name in _few(results):
        paid, present = results.cost(name, "paid"), results.cost(name, "net_present")
        title, source = results.titles[name], financing(results, name)
        amount = interval_label(*paid)
        en, zh = f"{title.en}: paid {amount.en} over the run", f"{title.zh}：全期已支付 {amount.zh}"
        if math.isfinite(present[0]):
            net = money_label(present[0])
            en, zh = f"{en}, net present {net.en} after recoveries", f"{zh}，扣除回收后净现值 {net.zh}"
        contingent = results.cost(name, "contingent")[0]
        if math.isfinite(contingent) and contingent != 0:
            owed = money_label(contingent)
            en, zh = f"{en}, contingent {owed.en}", f"{zh}，或有负债 {owed.zh}"
        lines.append(Label(f"{en}; financed by: {source.en}.", f"{zh}；资金来源：{source.zh}。"))
    return lines


def _timing(results: Results) -> list[Label]:
    table = results.tables.get("timing")
    if table is not None and "first_date" in table:
        lines = []
        names = shown_names(results)
        for scenario in _few(results):
            own = table[(table["scenario"] == scenario) & table["first_date"].notna() & table["outcome"].isin(names)]
            rows: list[Any] = own.sort_values("first_date").head(MOST_NAMES).to_dict("records")
            title = results.titles[scenario]
            if not rows:
                lines.append(
                    Label(
                        f"{title.en}: no effect on a key outcome can be told for a year in a row.",
                        f"{title.zh}：各主要指标均无连续一年可辨的效应。",
                    )
                )
                continue
            labels = [known_outcomes([str(row["outcome"])])[str(row["outcome"])].label for row in rows]
            en = ", ".join(f"{label.en} {row['first_date']}" for label, row in zip(labels, rows, strict=True))
            zh = "，".join(f"{label.zh} {row['first_date']}" for label, row in zip(labels, rows, strict=True))
            lines.append(Label(f"{title.en}, first told: {en}.", f"{title.zh}，首次可辨：{zh}。"))
        return lines
    return [Label("When effects come is not in this folder.", "本结果未含见效时间。")]


def _people(results: Results) -> list[Label]:
    lines = []
    table = results.tables.get("gains")
    if table is not None and len(table):
        lines += [line for name in _few(results) for line in _groups(results, table, name)]
    else:
        for name in _few(results):
            rows = told(results, name)
            better, for_worse = [row for row in rows if not worse(row)], [row for row in rows if worse(row)]
            if rows:
                title = results.titles[name]
                lines.append(
                    Label(
                        f"{title.en}: better on {_names(better, 'en')}; worse on {_names(for_worse, 'en')}.",
                        f"{title.zh}：改善 {_names(better, 'zh')}；变差 {_names(for_worse, 'zh')}。",
                    )
                )
        lines.append(Label("Groups of firms were not told apart in this folder.", "本结果未按企业分组。"))
    net = [row for name in _few(results) for row in rows_of(results, name, reading="region_net")]
    telling = [row for row in net if row["verdict"] in TELLING]
    if telling:
        lines.append(sentence(results, telling[0]))
    elif net:
        lines.append(
            Label("Net of the neighbours' loss, no direction can be told.", "扣除周边损失后，方向无法判断。")
        )
    return lines


def _names(rows: Sequence[Any], lang: Language) -> str:
    known = known_outcomes([str(row["outcome"]) for row in rows[:MOST_NAMES]])
    labels = [outcome.label[PLACES[lang]] for outcome in known.values()]
    if not labels:
        return "nothing that can be told" if lang == "en" else "无可判断者"
    return (", " if lang == "en" else "、").join(labels)


def _groups(results: Results, table: pd.DataFrame, scenario: str) -> list[Label]:
    region = results.study.scenarios[results.study.baseline].region
    own = table[(table["scenario"] == scenario) & (table["outcome"] == "staff") & ~within_noise(table)]
    own = own.sort_values("effect")
    if own.empty:
        title = results.titles[scenario]
        text = "no group of firms changes its staff beyond noise", "各组企业从业人员变化均未超过噪声"
        return [Label(f"{title.en}: {text[0]}.", f"{title.zh}：{text[1]}。")]
    texts = []
    languages: tuple[Language, ...] = ("en", "zh")
    for lang in languages:
        told_groups = []
        for rows in (own[own["effect"] > 0][::-1].head(2), own[own["effect"] < 0].head(2)):
            names = [
                f"{group_label(str(row['dimension']), str(row['group']), region, lang)} "
                f"{number_text(float(row['effect']), sign=True, digits=2)}".replace("-", "−")
                for row in rows.to_dict("records")
            ]
            none = "none beyond noise" if lang == "en" else "无超过噪声者"
            told_groups.append((", " if lang == "en" else "、").join(names) or none)
        texts.append(told_groups)
    title = results.titles[scenario]
    return [
        Label(
            f"{title.en}, staff: gain {texts[0][0]}; lose {texts[0][1]} (people, against their twins).",
            f"{title.zh}，从业人员：增加 {texts[1][0]}；减少 {texts[1][1]}（人，与孪生相比）。",
        )
    ]


def _risks(results: Results) -> list[Label]:
    bad = [row for name in _few(results) for row in rows_of(results, name) if worse(row)]
    lines = [sentence(results, row) for row in bad[:2]]
    if "regret" not in results.tables:
        lines.append(
            Label(
                "Not tried under stress (slump, controls, funding winter, peers).",
                "未做压力检验（需求下滑、管制、融资寒冬、周边竞争）。",
            )
        )
    cover = Label("luck only", "随机因素")
    if results.drawn:
        cover = Label("luck and uncertain parameters", "随机因素与参数不确定性")
    lines.append(
        Label(
            f"Holds for the model's rules and a stylised district; intervals cover {cover.en}.",
            f"仅适用于模型规则与示意性区域；区间只反映{cover.zh}。",
        )
    )
    return lines


def _sources(results: Results) -> list[Label]:
    known = {label.en: text for label, text in provenance(results)}
    seeds, commit = known["Seeds"], known["Commit"][:12]
    model, version = known["Model code"], (results.manifest.get("packages") or {}).get("yanzhen", "")
    return [
        Label(
            f"Yanzhen {version}; {known['Command']}; seeds {seeds}; model {model}; commit {commit}.",
            f"雁阵 {version}；{known['Command']}；种子 {seeds}；模型 {model}；提交 {commit}。",
        )
    ]
