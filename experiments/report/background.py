"""What the results rest on: assumptions that matter, and how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.report.blocks import Section, Table, same, unit_label
from experiments.report.scenarios import meaning, touched, value_text
from experiments.results import Results
from simulation.parameters import Label

ASSUMED = ("assumption", "prototype")
MOST_ASSUMPTIONS = 15


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
                if doc is None or doc.source not in ASSUMED or doc.low is None:
                    continue
                path = f"{item.kind}.{item.name}.{key}"
                found[path] = {
                    "parameter": path, "value": value, "low": doc.low, "high": doc.high,
                    "unit": unit_label(doc.unit, doc.per), "meaning": meaning(doc),
                    "width": _width(value, doc.low, doc.high),
                }  # fmt: skip
    return sorted(found.values(), key=lambda row: -row["width"])


def declared_assumptions() -> tuple[int, int]:
    """Return how many parameters the model declares, and how many of them are assumptions or come from a sketch."""
    from simulation.parameters import PARAMETERS
    from simulation.policy import POLICIES
    from simulation.scenario import declare

    declare()
    sources = [
        str((field.json_schema_extra or {}).get("source", ""))  # type: ignore[union-attr]
        for group in (*PARAMETERS.values(), *POLICIES.values())
        for field in group.model_fields.values()
    ]
    return len(sources), sum(source in ASSUMED for source in sources)


def assumptions_section(results: Results) -> Section:
    """Return the assumptions that bear on the scenarios compared."""
    section = Section("assumptions", Label("Assumptions that matter most", "影响最大的假设"))
    total, assumed = declared_assumptions()
    section.say(
        f"Of {total} declared parameters {assumed} are assumptions. Their influence was not measured in this folder; "
        "listed are the assumed settings of the policies compared, the widest declared range relative to the value "
        "first. yanzhen sensitivity ranks parameters by their influence.",
        f"模型声明了 {total} 个参数，其中 {assumed} 个为假设。本结果未测量其影响；下表列出所比较政策的假设参数，"
        "按声明范围相对取值的宽度排列。yanzhen sensitivity 可按影响大小排序。",
    )
    rows = [
        [same(row["parameter"]), same(value_text(row["value"])), same(f"{row['low']:g}–{row['high']:g}"),
         row["unit"], row["meaning"]]
        for row in assumptions(results)[:MOST_ASSUMPTIONS]
    ]  # fmt: skip
    if rows:
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
