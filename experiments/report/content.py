"""The report from top to bottom: its title and its sections, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.figures.catalogue import FIGURES, kind_of
from experiments.report.background import assumptions_section, provenance_section
from experiments.report.blocks import Heading, Paragraph, Picture, Section
from experiments.report.findings import effects_section, fails_section, key_results, unclear_section, verdicts_section
from experiments.report.people import twins_section
from experiments.report.public_money import cost_section, timing_section
from experiments.report.scenarios import scenarios_section, settings_section
from experiments.results import Results
from simulation.parameters import Label


@dataclass(frozen=True)
class Content:
    """What a report says."""

    title: Label
    sections: Sequence[Section]


def title_of(results: Results) -> Label:
    """Return the title: what is compared with what."""
    names = [results.titles[name] for name in results.study.policies]
    base = results.titles[results.study.baseline]
    few = names[:3]
    en, zh = ", ".join(name.en for name in few), "、".join(name.zh for name in few)
    if len(names) > len(few):
        en, zh = f"{en} and {len(names) - len(few)} more", f"{zh}等 {len(names)} 个情景"
    return Label(f"{en} against {base.en}", f"{zh}与{base.zh}比较")


def question(results: Results) -> Section:
    """Return the question that the comparison asks, with its span and place."""
    section = Section("question", Label("Question", "问题"))
    dates = [results.dates[quarter] for quarter in sorted(results.dates)]
    names = [results.titles[name] for name in results.study.policies]
    place = getattr(results.study.scenarios[results.study.baseline].region, "title", Label("", ""))
    base = results.titles[results.study.baseline]
    en, zh = "; ".join(name.en for name in names), "；".join(name.zh for name in names)
    where = Label(f" in {place.en}" if place.en else "", f"在{place.zh}" if place.zh else "在本区")
    section.say(
        f"What would change{where.en} between {dates[0]} and {dates[-1]}, for whom, and at what public cost, with: "
        f"{en}; compared with the same district, the same people and the same luck under {base.en}?",
        f"{where.zh}，{dates[0]} 至 {dates[-1]}，若实施：{zh}，与同一区域、同一批人、同样的随机因素下的“{base.zh}”"
        "相比，会改变什么、谁受影响、花费多少公共资金？",
    )
    section.say(
        f"{results.pairs} pairs of runs with the same seeds. Assumed: the model's rules and parameters, its stylised "
        "district, and that other districts and governments act as the scenarios say.",
        f"{results.pairs} 对同种子运行。前提假设：模型规则与参数、示意性区域，以及其他地区和政府按情景所列行事。",
        quiet=True,
    )
    return section


def figures_section(drawn: Sequence[str], lacking: Mapping[str, Label]) -> Section:
    """Return the figures, and why some cannot be drawn."""
    section = Section("figures", Label("Figures", "图"))
    for name, kind in FIGURES.items():
        own = [figure for figure in drawn if kind_of(figure) == name]
        if own:
            section.blocks += [Heading(kind.title), *(Picture(figure) for figure in own)]
    if lacking:
        en = "; ".join(f"{FIGURES[name].title.en} ({reason.en})" for name, reason in lacking.items())
        zh = "；".join(f"{FIGURES[name].title.zh}（{reason.zh}）" for name, reason in lacking.items())
        section.blocks.append(Paragraph(Label(f"Not drawn: {en}.", f"未绘制：{zh}。"), quiet=True))
    return section


def content(results: Results, drawn: Sequence[str], lacking: Mapping[str, Label]) -> Content:
    """Return the whole report.

    Parameters
    ----------
    results : of a finished comparison
    drawn : names of the figures that there are
    lacking : figures that cannot be drawn, with the reason
    """
    sections = [
        question(results),
        scenarios_section(results),
        key_results(results),
        verdicts_section(results),
        cost_section(results),
        timing_section(results),
        fails_section(results),
        unclear_section(results),
        figures_section(drawn, lacking),
        effects_section(results),
        twins_section(results),
        assumptions_section(results),
        settings_section(results),
        provenance_section(results),
    ]
    return Content(title_of(results), sections)
