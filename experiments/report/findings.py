"""What was found: key results in sentences, two verdicts, when it fails, and what cannot be told apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from experiments import words
from experiments.figures.futures import future_label
from experiments.horizons import BASELINE
from experiments.labels import Language, key_outcomes, known_outcomes, number_text, shown_unit
from experiments.report.blocks import Block, Bullets, Heading, Paragraph, Section, Table, same
from experiments.results import Results
from simulation.parameters import Label

LANGUAGES: tuple[Language, ...] = ("en", "zh")
MOST_SENTENCES = 8
MOST_RUNS = 10_000
"""Above this, the number of runs that would tell an effect is not spelt out."""
TELLING = ("very_likely_rises", "very_likely_falls", "likely_rises", "likely_falls")
UNWELCOME = (
    "rationed_share", "loan_rate", "default_share", "true_default_share", "housing_cost", "rent", "vacancy_rate",
    "firm_deaths", "migration_out", "neighbour_loss_firms", "neighbour_loss_talent",
    "covered_already_banked_share", "pool_claims", "spatial_gini",
)  # fmt: skip
"""Outcomes of which more is worse; what a policy costs stands in the section on money."""
WELCOME = (
    "gdp", "rd_intensity", "patents_per_10k", "patents_in_force", "high_tech_enterprises", "tech_smes", "startups",
    "leaders", "firms", "jobs", "talent_total", "talent_research", "tech_loans", "venture_investment",
    "technology_contracts_real", "emerging_share", "new_product_share", "productivity", "local_adoption_share",
    "dual_chain_integration", "digital_adoption", "siphon_balance", "private_per_public",
)  # fmt: skip
"""Outcomes of which more is better; of all others neither more nor less is."""
HORIZONS: Mapping[str, Label] = {
    "3y": Label("after 3 years", "3 年后"),
    "5y": Label("after 5 years", "5 年后"),
    "10y": Label("after 10 years", "10 年后"),
    "end": Label("at the end", "期末"),
}


def rows_of(
    results: Results,
    scenario: str,
    *,
    comparator: str = "baseline",
    horizon: str = "end",
    reading: str = "district",
    outcomes: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """Return rows of the horizons, strongest evidence first.

    Parameters
    ----------
    results : of a comparison
    scenario, comparator, horizon, reading : which rows
    outcomes : names wanted; all when left out
    """
    rows = results.horizons
    rows = rows[(rows["scenario"] == scenario) & (rows["comparator"] == comparator)]
    rows = rows[(rows["horizon"] == horizon) & (rows["reading"] == reading)]
    if outcomes is not None:
        rows = rows[rows["outcome"].isin(list(outcomes))]
    found = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    return sorted(found, key=_strength)


def _strength(row: Mapping[str, Any]) -> tuple[int, float]:
    size = row.get("standardised", math.nan)
    certain = TELLING.index(row["verdict"]) // 2 if row["verdict"] in TELLING else len(TELLING)
    return certain, -abs(float(size)) if size is not None and math.isfinite(float(size)) else 0.0


def sentence(results: Results, row: Mapping[str, Any]) -> Label:
    """Return an effect as a sentence in both languages."""
    title = results.titles[str(row["scenario"])]
    beside = None
    if row["comparator"] == BASELINE and results.content(results.study.baseline).get("policies"):
        beside = results.titles[results.study.baseline]
    texts = [words.sentence(row, lang, title=title, comparator=beside) for lang in LANGUAGES]
    return Label(*texts)


def shown_names(results: Results) -> list[str]:
    """Return the key outcomes that were recorded."""
    recorded = results.horizons["outcome"].unique().tolist()
    return list(known_outcomes(key_outcomes(recorded)))


def told(results: Results, scenario: str, comparator: str = "baseline") -> list[dict[str, Any]]:
    """Return the effects on key outcomes at the end whose direction can be told."""
    rows = rows_of(results, scenario, comparator=comparator, outcomes=shown_names(results))
    return [row for row in rows if row["verdict"] in TELLING]


def worse(row: Mapping[str, Any]) -> bool:
    """Return whether an effect whose direction can be told is for the worse."""
    rises = str(row["verdict"]).endswith("rises")
    return row["verdict"] in TELLING and row["outcome"] in (UNWELCOME if rises else WELCOME)


def _too_few(results: Results) -> bool:
    return results.pairs < words.FEWEST_PAIRS


def few_note(results: Results) -> Paragraph:
    """Return what to do when there are too few runs to tell anything."""
    n, least = results.pairs, words.FEWEST_PAIRS
    return Paragraph(
        Label(
            f"With {n} pairs of runs no direction can be told: at least {least} are needed, and 20 are usual "
            "(--runs 20). The figures and tables below show what these runs gave.",
            f"仅有 {n} 对运行，无法判断任何方向：至少需要 {least} 对，通常为 20 对（--runs 20）。"
            "下列图表仅反映这些运行的结果。",
        )
    )


def key_results(results: Results) -> Section:
    """Return the key results in sentences, against no policy and against a rebate of the same money."""
    section = Section("results", Label("Key results", "主要结果"))
    if _too_few(results):
        section.blocks.append(few_note(results))
    for scenario in results.study.policies:
        title = results.titles[scenario]
        section.blocks.append(Heading(title))
        rows = told(results, scenario)[:MOST_SENTENCES]
        if rows:
            section.blocks.append(Bullets([sentence(results, row) for row in rows]))
        elif not _too_few(results):
            section.say(
                f"{title.en}: on none of the key outcomes can a direction be told at the end.",
                f"{title.zh}：期末各主要指标的变化方向均无法判断。",
            )
        section.blocks += _against_rebate(results, scenario)
    return section


def _against_rebate(results: Results, scenario: str) -> list[Block]:
    rows = rows_of(results, scenario, comparator="uniform_rebate", outcomes=shown_names(results))
    if not rows:
        text = Label("It was not compared with a rebate of the same money.", "未与等额普惠退税比较。")
        return [Paragraph(text, quiet=True)]
    telling = [row for row in rows if row["verdict"] in TELLING][: MOST_SENTENCES // 2]
    if not telling:
        text = Label(
            "Against the same money paid as a uniform rebate, no direction can be told on the key outcomes.",
            "与等额普惠退税相比，各主要指标的变化方向均无法判断。",
        )
        return [Paragraph(text)]
    return [
        Paragraph(Label("Against the same money paid as a uniform rebate:", "与等额普惠退税相比：")),
        Bullets([sentence(results, row) for row in telling]),
    ]


def _effect_cell(row: Mapping[str, Any]) -> Label:
    """Return an effect with interval and verdict as a cell of a table."""
    outcome = known_outcomes([str(row["outcome"])])[str(row["outcome"])]
    texts = []
    for lang in LANGUAGES:
        sides = [float(row["effect"]), *words.shown_interval(row)[:2]]
        size = max((abs(side) for side in sides if math.isfinite(side)), default=0.0)
        shown = shown_unit(outcome, lang, size=size, difference=True)
        effect, low, high = (number_text(side * shown.factor, sign=True, digits=3) for side in sides)
        interval = f" [{low}, {high}]" if math.isfinite(sides[1]) else ""
        unit = f" {shown.unit}" if shown.unit else ""
        mark = words.phrase(str(row["verdict"]), lang)
        texts.append(f"{effect}{interval}{unit}".replace("-", "−") + f"\n{mark}")
    return Label(*texts)


def effects_section(results: Results) -> Section:
    """Return the tables of effects on key outcomes at all horizons."""
    section = Section("effects", Label("Effects by horizon", "各期效应"))
    interval = Label("95 % interval of luck alone", "95% 随机区间")
    if results.drawn:
        interval = Label("5-95 % interval with uncertain parameters", "计入参数不确定性的 5–95% 区间")
    section.say(
        f"Difference to the baseline, mean of {results.pairs} pairs of runs, {interval.en}; the phrase tells how many "
        "pairs point one way.",
        f"与基线之差，{results.pairs} 对运行的均值与{interval.zh}；短语反映方向一致的运行比例。",
        quiet=True,
    )
    names = shown_names(results)
    horizons = [name for name in HORIZONS if (results.horizons["horizon"] == name).any()]
    for scenario in results.study.policies:
        cells = {name: {row["outcome"]: row for row in rows_of(results, scenario, horizon=name, outcomes=names)}
                 for name in horizons}  # fmt: skip
        kept = [name for name in horizons if cells[name]]
        header = [Label("Outcome", "指标")]
        for name in kept:
            dates = {str(row["date"]) for row in cells[name].values()}
            header.append(Label(*(f"{HORIZONS[name][place]} ({', '.join(sorted(dates))})" for place in (0, 1))))
        rows = [
            [known_outcomes([name])[name].label]
            + [_effect_cell(cells[horizon][name]) if name in cells[horizon] else same("–") for horizon in kept]
            for name in names
        ]
        section.blocks += [Heading(results.titles[scenario]), Table(header, rows, right=1)]
    return section


def verdicts_section(results: Results) -> Section:
    """Return the two verdicts: for the district's own figures, and net of what its neighbours lose."""
    section = Section("verdicts", Label("Two verdicts: the district, and the region net", "两种结论：本区与区域净效应"))
    rows = results.horizons
    known = (rows["reading"] == "region_net").any()
    if not known:
        section.say(
            "Only the district's own figures are in this folder; what its neighbours lose was not set against them.",
            "本结果仅含本区数字，未扣除周边区县的损失。",
        )
        return section
    section.say(
        "What the district draws from its neighbours is their loss. The first verdict is the district's figure; the "
        "second takes off the firms and people that neighbours lost.",
        "本区从周边吸引来的，就是周边的损失。第一种结论是本区数字；第二种扣除周边流失的企业与人才。",
    )
    for scenario in results.study.policies:
        net = {row["outcome"]: row for row in rows_of(results, scenario, reading="region_net")}
        plain = {row["outcome"]: row for row in rows_of(results, scenario, outcomes=list(net))}
        items = [sentence(results, pair[name]) for name in net for pair in (plain, net) if name in pair]
        if items:
            section.blocks += [Heading(results.titles[scenario]), Bullets(items)]
    return section


def fails_section(results: Results) -> Section:
    """Return when a scenario does harm, loses against a rebate, fades, or fails in some future."""
    section = Section("fails", Label("When it fails", "何时不适用"))
    for scenario in results.study.policies:
        items = [
            *(sentence(results, row) for row in rows_of(results, scenario) if worse(row) and _known(row)),
            *(sentence(results, row) for row in rows_of(results, scenario, comparator="uniform_rebate") if worse(row)
              and row["outcome"] in shown_names(results)),
        ]  # fmt: skip
        items = [*items[:MOST_SENTENCES], *_fading(results, scenario), *_regrets(results, scenario)]
        section.blocks.append(Heading(results.titles[scenario]))
        if items:
            section.blocks.append(Bullets(items))
        else:
            section.say(
                "In these runs nothing was told to be worse; that is no evidence that it cannot fail.",
                "在这些运行中未发现明显变差的指标；这并不说明它不会失效。",
            )
    if "regret" not in results.tables:
        section.say(
            "The scenarios were not tried under stress here: how they fare in a slump, under technology controls, in a "
            "funding winter or against peers is not known from this folder. A scenario that extends a stress "
            "(yanzhen list stresses) can be compared in the same way.",
            "此处未做压力检验：在需求下滑、技术管制、融资寒冬或周边竞争下表现如何，本结果不能回答。可用继承压力情景"
            "（yanzhen list stresses）的情景文件以同样方式比较。",
        )
    section.say(
        "The model knows only what is written into it: results hold for its rules and its stylised district, and say "
        "nothing on channels that it lacks.",
        "模型只包含写入其中的机制：结论限于这些规则与示意性区域，对未纳入的渠道不作任何说明。",
    )
    return section


def _known(row: Mapping[str, Any]) -> bool:
    return str(row["outcome"]) in known_outcomes([str(row["outcome"])])


def _fading(results: Results, scenario: str) -> list[Label]:
    """Return the key outcomes whose early gain cannot be told any more at the end, or has turned."""
    end = {row["outcome"]: row for row in rows_of(results, scenario, outcomes=shown_names(results))}
    found = []
    for row in rows_of(results, scenario, horizon="3y", outcomes=shown_names(results)):
        late = end.get(row["outcome"])
        if late is None or row["verdict"] not in TELLING or worse(row) or late["verdict"] == row["verdict"]:
            continue
        if late["verdict"] in TELLING and str(late["verdict"])[-5:] == str(row["verdict"])[-5:]:
            continue
        label = known_outcomes([str(row["outcome"])])[str(row["outcome"])].label
        early, now = (words.PHRASES[str(one["verdict"])] for one in (row, late))
        found.append(
            Label(
                f"{label.en}: {early.en} after 3 years ({row['date']}), but at the end ({late['date']}): {now.en}.",
                f"{label.zh}：3 年后（{row['date']}）{early.zh}，但期末（{late['date']}）{now.zh}。",
            )
        )
    return found


def _regrets(results: Results, scenario: str) -> list[Label]:
    """Return the future in which a scenario falls short of the best one by most, for each outcome."""
    if "regret" not in results.tables:
        return []
    rows = results.tables["regret"]
    rows = rows[(rows["scenario"] == scenario) & (rows["regret"] > 0)]
    found = []
    for name, own in rows.groupby("outcome", sort=False):
        declared = known_outcomes([str(name)]).get(str(name))
        worst = own.sort_values("regret").to_dict("records")[-1]
        label = Label(str(name), str(name)) if declared is None else declared.label
        texts = []
        for lang in LANGUAGES:
            unit, factor = "", 1.0
            if declared is not None:
                size = float(worst["regret"])
                unit, factor = shown_unit(declared, lang, size=size, difference=True)
            texts.append(f"{number_text(float(worst['regret']) * factor, digits=3)} {unit}".strip())
        future = future_label(str(worst["future"]))
        found.append(
            Label(
                f'{label.en}: largest regret in the future "{future.en}": {texts[0]} short of the best scenario there.',
                f"{label.zh}：在“{future.zh}”情形下遗憾最大：比该情形下的最优情景少 {texts[1]}。",
            )
        )
    return found


def runs_text(needed: Any) -> str:
    """Return how many runs are needed, as people read it: an effect near zero needs more than anybody makes."""
    if needed is None or pd.isna(needed):
        return "–"
    return f"{int(needed):,}" if needed <= MOST_RUNS else f"> {MOST_RUNS:,}"


def unclear_section(results: Results) -> Section:
    """Return what cannot be told apart, and how many runs would tell it."""
    section = Section("unclear", Label("What cannot be told apart", "无法区分的内容"))
    section.say(
        "These effects on key outcomes at the end are too small, or point either way; they are not evidence of no "
        "effect. A pair without a difference counts as half. Runs needed: pairs for an interval of 5 % of the "
        "effect, luck alone.",
        "下列主要指标的期末效应过小或方向不一；这不等于没有效应。无差异的配对计一半。所需运行数：使区间收窄到效应的 5% "
        "所需的配对数，仅计随机因素。",
    )
    header = [Label("Outcome", "指标"), Label("Effect", "效应"), Label("Pairs that rise", "上升的配对"),
              Label("Runs needed", "所需运行数")]  # fmt: skip
    for scenario in results.study.policies:
        rows = []
        for row in rows_of(results, scenario, outcomes=shown_names(results)):
            if row["verdict"] in TELLING:
                continue
            share, count = float(row.get("sign_share", math.nan)), runs_text(row.get("runs_for_5pct"))
            rows.append(
                [known_outcomes([str(row["outcome"])])[str(row["outcome"])].label, _effect_cell(row),
                 same(f"{share:.0%}" if math.isfinite(share) else "–"), same(count)]
            )  # fmt: skip
        section.blocks.append(Heading(results.titles[scenario]))
        if rows:
            section.blocks.append(Table(header, rows, right=1))
        else:
            section.say("On every key outcome a direction was told.", "各主要指标的方向均可判断。")
    return section
