"""Scenarios as a readable difference to the baseline, from what the manifest has recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from experiments.report.blocks import Block, Heading, Paragraph, Section, Table, money_label, same, unit_label
from experiments.results import Results
from simulation.parameters import Label, ParameterDoc, describe

COMMON = ("start", "end", "budget", "strength", "eligible")
CRITERIA: Mapping[str, Label] = {
    "tiers": Label("tiers", "梯队"),
    "industries": Label("industries", "产业"),
    "zones": Label("zones", "片区"),
    "skills": Label("skills", "人才类别"),
    "age": Label("age in quarters (people: years)", "年龄（企业按季度，人员按年）"),
    "size": Label("yearly sales, million CNY", "年销售额，百万元"),
    "ability": Label("log ability", "能力（对数）"),
}
HEADER = (
    Label("Setting", "参数"),
    Label("Value", "取值"),
    Label("Usual value", "缺省值"),
    Label("Unit", "单位"),
    Label("Source", "来源"),
    Label("Meaning", "含义"),
)


class Touched(NamedTuple):
    """A policy or stress that a scenario has and the baseline lacks, or has otherwise."""

    kind: str
    name: str
    values: Mapping[str, Any]
    docs: Mapping[str, ParameterDoc]
    label: Label
    summary: Label


def _declared(kind: str, name: str) -> Any:
    from simulation.policy import POLICIES
    from simulation.scenario import declare
    from simulation.stress import STRESSES

    declare()
    return (POLICIES if kind == "policies" else STRESSES).get(name)


def touched(results: Results, scenario: str) -> list[Touched]:
    """Return the policies and stresses in which a scenario differs from the baseline."""
    own, base = results.content(scenario), results.content(results.study.baseline)
    found = []
    for kind in ("policies", "stresses"):
        for name, values in (own.get(kind) or {}).items():
            if (base.get(kind) or {}).get(name) == values:
                continue
            declared = _declared(kind, name)
            docs = {} if declared is None else {doc.name: doc for doc in describe(declared)}
            label = Label(name, name) if declared is None else declared.label
            summary = Label("", "") if declared is None else getattr(declared, "summary", Label("", ""))
            found.append(Touched(kind, name, values, docs, label, summary))
    return found


def differences(results: Results, scenario: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield path, value in the baseline and own value of whatever else differs between two scenarios."""
    own, base = results.content(scenario), results.content(results.study.baseline)
    for kind in ("policies", "stresses"):
        for name in (base.get(kind) or {}).keys() - (own.get(kind) or {}).keys():
            yield f"{kind}.{name}", "on", "off"
    for key in sorted(own.keys() | base.keys()):
        if key not in ("policies", "stresses", "region", "plugins"):
            yield from _differing(key, base.get(key), own.get(key))
    if (own.get("region") or {}) != (base.get("region") or {}):
        yield "region", *((one.get("region") or {}).get("name", "–") for one in (base, own))


def _differing(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield from _differing(f"{path}.{key}", before.get(key), after.get(key))
    else:
        yield path, before, after


def value_text(value: Any) -> str:
    """Return a value of a scenario as text."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "−")
    if isinstance(value, Mapping):
        low, high = value.get("low"), value.get("high")
        if set(value) <= {"low", "high"}:
            sides = [f"{sign} {value_text(side)}" for sign, side in (("≥", low), ("≤", high)) if side is not None]
            return ", ".join(sides) or "–"
        return ", ".join(f"{key} {value_text(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(value_text, value))
    return str(value)


def _when(values: Mapping[str, Any]) -> Label:
    start, end = values.get("start"), values.get("end")
    en = f"from {start}" + (f" to {end}" if end else " to the end of the run")
    zh = f"{start} 起" + (f"至 {end}" if end else "至期末")
    return Label(en, zh)


def headline(item: Touched) -> Label:
    """Return in one line when a policy is on, what it may spend, and for whom it is."""
    when = _when(item.values)
    en, zh = [when.en], [when.zh]
    budget, strength = item.values.get("budget"), float(item.values.get("strength") or 1.0)
    if budget is not None:
        amount = money_label(float(budget))
        en.append(f"budget {amount.en} a year")
        zh.append(f"每年预算 {amount.zh}")
    if strength != 1.0:
        en.append(f"at strength {strength:g}")
        zh.append(f"力度 {strength:g}")
    eligible = item.values.get("eligible") or {}
    for criterion, chosen in eligible.items():
        label = CRITERIA.get(criterion, Label(criterion, criterion))
        en.append(f"for {label.en} {value_text(chosen)}")
        zh.append(f"限{label.zh} {value_text(chosen)}")
    if not eligible and item.kind == "policies":
        en.append("for everybody it can reach")
        zh.append("不限对象")
    return Label("; ".join(en), "；".join(zh))


def meaning(doc: ParameterDoc | None) -> Label:
    """Return what a parameter means; in English only where there is no Chinese."""
    if doc is None:
        return Label("", "")
    return Label(doc.meaning.en, doc.meaning.zh or doc.meaning.en)


def _settings(item: Touched) -> list[list[Label]]:
    rows = []
    for key, value in item.values.items():
        doc = item.docs.get(key)
        if key in COMMON:
            continue
        unit = Label("", "") if doc is None else unit_label(doc.unit, doc.per)
        default = "" if doc is None else value_text(doc.default)
        source = same("" if doc is None else doc.source)
        rows.append([same(key), same(value_text(value)), same(default), unit, source, meaning(doc)])
    return rows


def unusual(item: Touched) -> list[tuple[str, str, str]]:
    """Return name, value and usual value of the settings that a scenario sets otherwise than usual."""
    return [
        (key, value_text(value), value_text(item.docs[key].default))
        for key, value in item.values.items()
        if key not in COMMON and key in item.docs and value_text(value) != value_text(item.docs[key].default)
    ]


def settings_section(results: Results) -> Section:
    """Return every setting of the policies and stresses compared."""
    section = Section("settings", Label("All settings of the policies", "政策参数全表"))
    known: set[str] = set()
    for scenario in results.study.policies:
        title = results.titles[scenario]
        for item in touched(results, scenario):
            rows = _settings(item)
            mark = f"{item.kind}.{item.name}.{[[cell.en for cell in row] for row in rows]}"
            if not rows or mark in known:
                continue
            known.add(mark)
            heading = Label(f"{item.label.en} ({title.en})", f"{item.label.zh}（{title.zh}）")
            heading = item.label if item.label == title else heading
            section.blocks += [Heading(heading), Table(HEADER, rows)]
    if not section.blocks:
        section.say("There are none.", "无。")
    return section


def scenarios_section(results: Results) -> Section:
    """Return what each scenario does that the baseline does not."""
    section = Section("scenarios", Label("Scenarios, as differences to the baseline", "情景：与基线的差别"))
    base = results.titles[results.study.baseline]
    section.say(
        f'The scenario compared with is called "{base.en}". What is not named here is the same in all: the district, '
        "its people and firms, the parameters, and the luck of each pair of runs.",
        f"作为对照的情景为“{base.zh}”。未列出的内容在各情景中完全相同：区域、人员与企业、参数，以及每对运行中的随机因素。",
    )
    for scenario in results.study.policies:
        title = results.titles[scenario]
        blocks: list[Block] = [Heading(Label(f"{title.en} ({scenario})", f"{title.zh}（{scenario}）"))]
        for item in touched(results, scenario):
            line = headline(item)
            en = f"{item.label.en}: {line.en}. {item.summary.en}"
            zh = f"{item.label.zh}：{line.zh}。{item.summary.zh}"
            blocks.append(Paragraph(Label(en.strip(), zh.strip())))
            own = unusual(item)
            if own:
                told = ", ".join(f"{key} {value} ({usual})" for key, value, usual in own)
                en, zh = "Set otherwise than usual (usual value)", "与缺省不同的参数（括号内为缺省值）"
                blocks.append(Paragraph(Label(f"{en}: {told}.", f"{zh}：{told}。"), quiet=True))
        other = [[same(path), same(value_text(own)), same(value_text(before)), same("")]
                 for path, before, own in differences(results, scenario)]  # fmt: skip
        if other:
            header = (HEADER[0], HEADER[1], Label("Baseline", "基线"), HEADER[3])
            blocks.append(Table(header, other))
        if len(blocks) == 1:
            blocks.append(Paragraph(Label("Nothing differs from the baseline.", "与基线没有差别。")))
        section.blocks += blocks
    return section
