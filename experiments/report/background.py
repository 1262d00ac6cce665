"""What the results rest on: assumptions that matter, and how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from experiments import sensitivity
from experiments.catalogue import declared_parameters
from experiments.report.blocks import Section, Table, same, unit_label
from experiments.report.scenarios import meaning, touched, value_text
from experiments.results import Results
from simulation.parameters import Label, describe

MOST_ASSUMPTIONS, MOST_SCREENED = 15, 10
INFLUENCES = Path(sensitivity.__file__).with_name("influences.csv")
"""Screening of all numbers of the model, from which docs/assumptions.md is made."""


def _width(value: Any, low: float | None, high: float | None) -> float:
    """Return how wide a declared range is relative to the value in it."""
    if low is None or high is None or not isinstance(value, (int, float)) or isinstance(value, bool) or not value:
        return 0.0
    return (high - low) / abs(float(value))


def assumptions(results: Results) -> list[dict[str, Any]]:
    """Return the assumed parameters of the policies compared, widest declared range relative to the value first."""
    found: dict[str, dict[str, Any]] = {}
    for scenario in results.study.policies:
        for item in touched(results, scenario):
            for key, value in item.values.items():
                doc = item.docs.get(key)
                if doc is None or not doc.assumed or doc.low is None:
                    continue
                path = f"{item.kind}.{item.name}.{key}"
                found[path] = {
                    "parameter": path, "value": value, "low": doc.low, "high": doc.high,
                    "unit": unit_label(doc.unit, doc.per), "meaning": meaning(doc),
                    "width": _width(value, doc.low, doc.high),
                }  # fmt: skip
    return sorted(found.values(), key=lambda row: -row["width"])


def screened(file: Path = INFLUENCES) -> pd.Series:
    """Return the mean share of each parameter in all influence on levels, strongest first, from the screening kept.

    Parameters
    ----------
    file : shares by factor and outcome, as the assumption ledger keeps them; nothing is known where it is not there
    """
    if not file.is_file():
        return pd.Series(dtype=float)
    table = pd.read_csv(file)
    shares = [name for name in table.columns if name.startswith("share_")]
    if "kind" in table:
        table = table[table["kind"] == "level"]
    return table[shares].mean(axis="columns").groupby(table["factor"]).mean().sort_values(ascending=False)


def _screened_table(results: Results) -> Table | None:
    """Return the strongest parameters of the screening with their values in the baseline and their sources."""
    from simulation.parameters import PARAMETERS
    from simulation.scenario import declare

    declare()
    groups = results.content(results.study.baseline).get("parameters") or {}
    rows = []
    for path, share in screened().head(MOST_SCREENED).items():
        _, group, name = str(path).split(".")[:3]
        docs = {doc.name: doc for doc in describe(PARAMETERS[group])} if group in PARAMETERS else {}
        doc = docs.get(name)
        if doc is not None:
            value = (groups.get(group) or {}).get(name, doc.default)
            rows.append([same(f"{group}.{name}"), same(value_text(value)), unit_label(doc.unit, doc.per),
                         same(doc.source), same(f"{share:.1%}"), meaning(doc)])  # fmt: skip
    header = [Label("Parameter", "参数"), Label("Value", "取值"), Label("Unit", "单位"), Label("Source", "来源")]
    header += [Label("Share of influence", "影响份额"), Label("Meaning", "含义")]
    return Table(header, rows) if rows else None


def assumptions_section(results: Results) -> Section:
    """Return the assumptions that bear on the scenarios compared."""
    section = Section("assumptions", Label("Assumptions that matter most", "影响最大的假设"))
    declared = declared_parameters()
    total, assumed = len(declared), sum(doc.assumed for doc in declared)
    section.say(
        f"Of {total} declared parameters {assumed} are assumptions or come from a sketch. How much the results of "
        "this folder hang on each was not measured; yanzhen sensitivity measures it in a sweep.",
        f"模型声明了 {total} 个参数，其中 {assumed} 个为假设或来自草模。本结果未测量其影响；"
        "可用 yanzhen sensitivity 在扫描实验中测量。",
    )
    strongest = _screened_table(results)
    if strongest is not None:
        section.say(
            "A screening of the whole model, kept in docs/assumptions.md, found that levels depend most on:",
            "对全模型的筛选（见 docs/assumptions.md）显示，各指标水平最依赖于：",
        )
        section.blocks.append(strongest)
    rows = [
        [same(row["parameter"]), same(value_text(row["value"])), same(f"{row['low']:g}–{row['high']:g}"),
         row["unit"], row["meaning"]]
        for row in assumptions(results)[:MOST_ASSUMPTIONS]
    ]  # fmt: skip
    if rows:
        section.say(
            "Assumed settings of the policies compared, those with the widest allowed range for their value first:",
            "所比较政策的假设参数，允许范围相对取值最宽者在前：",
        )
        header = [Label("Parameter", "参数"), Label("Value", "取值"), Label("Allowed", "允许范围")]
        header += [Label("Unit", "单位"), Label("Meaning", "含义")]
        section.blocks.append(Table(header, rows))
    else:
        section.say(
            "No setting of these scenarios is declared an assumption.", "这些情景的参数均未声明为假设。", quiet=True
        )
    section.say(
        "Intervals cover luck only, unless a sentence says that uncertain parameters were drawn. The district is "
        "stylised; its levels are fitted, its parameters are not estimated from its firms.",
        "除非注明已抽取不确定参数，区间只反映随机因素。区域为示意性；其水平经拟合，参数并非由其企业数据估计。",
    )
    return section


def provenance(results: Results) -> list[tuple[Label, str]]:
    """Return how the results came about, as pairs of what and which."""
    manifest: Mapping[str, Any] = results.manifest
    packages = manifest.get("packages") or {}
    seeds = [int(seed) for seed in manifest.get("seeds") or []]
    spread = f"{seeds[0]}–{seeds[-1]} ({len(seeds)})" if len(seeds) > 1 else ", ".join(map(str, seeds))
    base = results.content(results.study.baseline)
    failed = results.study.failed
    region = base.get("region") or {}
    entries = [
        (Label("Command", "命令"), _command(manifest.get("command") or [])),
        (Label("Seeds", "种子"), spread),
        (Label("Runs that failed", "失败运行"), str(len(failed))),
        (Label("Region", "区域"), f"{region.get('name', '–')} {str(region.get('sha256', ''))[:16]}"),
        (Label("Quarters, scale", "季度数、规模"), f"{base.get('quarters', '–')}, {base.get('scale', '–')}"),
        *((Label(f"Scenario {name}", f"情景 {name}"), f"SHA-256 {entry['sha256'][:16]}")
          for name, entry in manifest["scenarios"].items()),
        (Label("Plug-ins", "插件"), ", ".join(one["sha256"][:16] for one in manifest.get("plugins") or []) or "–"),
        (Label("Model code", "模型代码"), f"SHA-256 {str(manifest.get('model_sha256', '–'))[:16]}"),
        (Label("Commit", "提交"), str(manifest.get("commit") or "–")),
        (Label("Versions", "版本"), ", ".join(f"{name} {number}" for name, number in packages.items())),
        (Label("Python, platform", "Python、平台"), f"{manifest.get('python', '–')}, {manifest.get('platform', '–')}"),
        (Label("Started, finished", "开始、结束"), f"{manifest.get('started', '–')}, {manifest.get('finished', '–')}"),
    ]  # fmt: skip
    return entries


def _command(words: list[str]) -> str:
    """Return what was typed, without the folders in which files of the person lie."""
    return " ".join(word.rsplit("/", 1)[-1] if word.startswith("/") else word for word in words) or "–"


def provenance_section(results: Results) -> Section:
    """Return how the results came about."""
    section = Section("provenance", Label("How these results came about", "来源与复现"))
    rows = [[label, same(text)] for label, text in provenance(results)]
    section.blocks.append(Table([Label("What", "项目"), Label("Which", "内容")], rows))
    missing = results.missing()
    if missing:
        names = ", ".join(f"{name}.parquet" for name in missing)
        section.say(f"Not in this folder: {names}.", f"本结果文件夹未含：{names}。", quiet=True)
    return section
