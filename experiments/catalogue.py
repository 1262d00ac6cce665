"""What there is: scenarios, policies, outcomes, parameters and regions; and whether a file is valid."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.labels import Language, label_text, number_text, phrase
from experiments.tables import text_table
from simulation.errors import ScenarioError

if TYPE_CHECKING:
    from simulation.parameters import Label, ParameterDoc
    from simulation.space.region import Region

Entry = dict[str, Any]


def _bilingual(label: Label | None) -> dict[str, str] | None:
    return None if label is None else {"en": label.en, "zh": label.zh}


def _scenarios() -> list[Entry]:
    import simulation
    from simulation.scenario import scenario_names

    rows = []
    for name in scenario_names():
        scenario = simulation.load_scenario(name)
        policies, region = list(scenario.policies), scenario.region.name
        rows.append({"name": name, "title": _bilingual(scenario.title), "policies": policies, "region": region})
    return rows


def _policies() -> list[Entry]:
    import simulation
    from simulation.parameters import describe, in_both_languages
    from simulation.policy import POLICIES
    from simulation.scenario import scenario_names

    def cost(name: str) -> Entry:
        return {"cost": simulation.load_scenario(name).policies[name].budget} if name in scenario_names() else {}

    return [
        {
            "name": name,
            "label": _bilingual(policy.label),
            "summary": _bilingual(policy.summary),
            "essay": policy.essay,
            "how": _bilingual(in_both_languages(policy.__doc__)),
            "levers": levers_of(policy),
            "note": _bilingual(policy.note),
            **cost(name),
            "parameters": [_parameter(f"policies.{name}.{doc.name}", doc) for doc in describe(policy)],
        }
        for name, policy in POLICIES.items()
    ]


def levers_of(cls: type[Any]) -> list[str]:
    """Return the names of the levers that a policy or a stress moves, as its source says."""
    from simulation.parameters import Parameters

    own = [base for base in cls.__mro__ if issubclass(base, Parameters) and inspect.getmodule(base) is not None]
    sources = [inspect.getsource(base) for base in own]
    return sorted(set(re.findall(r"levers\.(\w+)\.move", "".join(sources))))


def _stresses() -> list[Entry]:
    from simulation.parameters import describe, in_both_languages
    from simulation.stress import STRESSES

    return [
        {
            "name": name,
            "label": _bilingual(stress.label),
            "summary": _bilingual(stress.summary),
            "how": _bilingual(in_both_languages(stress.__doc__)),
            "levers": levers_of(stress),
            "parameters": [_parameter(f"stresses.{name}.{doc.name}", doc) for doc in describe(stress)],
        }
        for name, stress in sorted(STRESSES.items())
    ]


def _outcomes() -> list[Entry]:
    from simulation.outcome import OUTCOMES

    return [
        {
            "name": outcome.name,
            "unit": outcome.unit,
            "label": _bilingual(outcome.label),
            "topic": outcome.topic,
            "yearly": outcome.yearly,
            "quarterly": outcome.quarterly,
        }
        for outcome in OUTCOMES.values()
    ]


def _parameter(path: str, doc: ParameterDoc) -> Entry:
    default = doc.default
    if hasattr(default, "model_dump"):
        default = default.model_dump(mode="json", exclude_defaults=True)
    return {
        "name": path,
        "default": default,
        "unit": doc.unit,
        "per": doc.per,
        "low": doc.low,
        "high": doc.high,
        "source": doc.source,
        "meaning": _bilingual(doc.meaning),
    }


def declared_parameters() -> list[ParameterDoc]:
    """Return every parameter of the model's own processes, policies and stresses, without what all policies share."""
    from simulation.parameters import PARAMETERS, describe
    from simulation.policy import POLICIES, Policy
    from simulation.stress import STRESSES, Stress

    declare()
    shared = {**Policy.model_fields, **Stress.model_fields}
    groups = [cls for name, cls in PARAMETERS.items() if name not in POLICIES and name not in STRESSES]
    found = [doc for cls in groups if cls.__module__.startswith("simulation.") for doc in describe(cls)]
    for cls in (*POLICIES.values(), *STRESSES.values()):
        if cls.__module__.startswith("simulation."):
            found += [doc for doc in describe(cls) if doc.name not in shared]
    return found


def _parameters() -> list[Entry]:
    from simulation.parameters import PARAMETERS, describe
    from simulation.policy import POLICIES

    rows = []
    for section, groups in (("parameters", PARAMETERS), ("policies", POLICIES)):
        for group, cls in groups.items():
            if section == "policies" or group not in POLICIES:
                rows += [_parameter(f"{section}.{group}.{doc.name}", doc) for doc in describe(cls)]
    return rows


def _regions() -> list[Entry]:
    from simulation.space.region import load_region, region_names

    rows = []
    for name in region_names():
        region = load_region(name)
        rows.append(
            {
                "name": name,
                "title": _bilingual(region.title),
                "cells": len(region.cells.x),
                "industries": list(region.industries.name),
                "zones": [zone.name for zone in region.zones],
                "map": _bilingual(region.map_label),
            }
        )
    return rows


def _experiments() -> list[Entry]:
    from experiments.declaration import experiment_names, read_experiment

    rows = []
    for name in experiment_names():
        said = read_experiment(name).declaration
        title = {"en": said.title, "zh": said.title_zh}
        factors = [factor.vary for factor in (*said.levers, *said.uncertainties)]
        rows.append({"name": name, "title": title, "design": said.design.kind, "factors": factors, "runs": said.runs})
    return rows


ENTRIES: dict[str, Callable[[], list[Entry]]] = {
    "scenarios": _scenarios,
    "policies": _policies,
    "stresses": _stresses,
    "outcomes": _outcomes,
    "parameters": _parameters,
    "regions": _regions,
    "experiments": _experiments,
}


def declare(plugins: Sequence[str] = ()) -> None:
    """Import whatever declares policies, parameters and outcomes, the user's own files included."""
    from simulation import outcomes, policies, scenario

    scenario.declare()
    outcomes.load()
    for file in plugins:
        policies.load_plugin(file)


def entries(what: str, *, plugins: Sequence[str] = ()) -> list[Entry]:
    """Return what there is of a kind, as plain data.

    Parameters
    ----------
    what : "scenarios", "policies", "stresses", "outcomes", "parameters", "regions" or "experiments"
    plugins : files of the user that declare policies
    """
    declare(plugins)
    return ENTRIES[what]()


def _said(label: dict[str, str] | None, lang: Language) -> str:
    return "" if label is None else phrase(label["en"], label["zh"], lang)


def _page(entry: Entry, lang: Language) -> str:
    """Return what a policy or a stress is, what it moves, what it costs, and its parameters, as text."""
    from simulation.levers import LEVERS
    from simulation.units import declared_unit

    lines = [f"{entry['name']}  {_said(entry['label'], lang)}"]
    if entry.get("essay"):
        lines.append(f"  {phrase('text', '原文', lang)}: {entry['essay']}")
    lines.append(f"  {_said(entry['summary'], lang)}")
    lines.append(f"  {phrase('how', '机制', lang)}: {_said(entry['how'], lang)}")
    moved = "; ".join(f"{lever} ({label_text(LEVERS[lever].doc, lang)})" for lever in entry["levers"])
    lines.append(f"  {phrase('levers', '杠杆', lang)}: {moved or phrase('none', '无', lang)}")
    if "cost" in entry:
        said = phrase("a year at most, in its scenario file", "每年上限（见其场景文件）", lang)
        lines.append(f"  {phrase('cost', '成本', lang)}: {entry['cost']:g} million CNY {said}")
    if entry.get("note"):
        lines.append(f"  {phrase('note', '提示', lang)}: {_said(entry['note'], lang)}")
    words = [("parameter", "参数"), ("default", "默认值"), ("unit", "单位")]
    words += [("allowed", "取值范围"), ("source", "来源"), ("meaning", "含义")]
    header = [phrase(*word, lang) for word in words]
    cells = []
    for row in entry["parameters"]:
        unit = declared_unit(row["unit"], row["per"]) if row["per"] else row["unit"]
        own = row["name"].split(".", 2)[2]
        cells.append([own, _value(row["default"]), unit, _bounds(row), row["source"], _said(row["meaning"], lang)])
    return "\n".join([*lines, *(f"  {line}" for line in text_table(header, cells).splitlines())])


def _bounds(entry: Entry) -> str:
    low, high = entry["low"], entry["high"]
    if low is None and high is None:
        return ""
    return "–".join("" if edge is None else _value(edge) for edge in (low, high))


def _value(value: Any) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, float):
        return number_text(value) if abs(value) >= 1e4 else f"{value:g}"
    return str(value)


def table(what: str, rows: Sequence[Entry], lang: Language) -> str:
    """Return entries as an aligned table.

    Parameters
    ----------
    what : kind of the entries
    rows : as returned by `entries`
    lang : language of labels and headers
    """
    name = phrase("name", "名称", lang)
    if what == "scenarios":
        header = [name, phrase("title", "标题", lang), phrase("policies", "政策", lang)]
        cells = [[row["name"], _said(row["title"], lang), ", ".join(row["policies"]) or "–"] for row in rows]
    elif what in ("policies", "stresses"):
        return "\n\n".join(_page(row, lang) for row in rows)
    elif what == "outcomes":
        header = [
            name,
            phrase("outcome", "指标", lang),
            phrase("unit", "单位", lang),
            phrase("topic", "主题", lang),
        ]
        periods = {"yearly": phrase("yearly", "年度", lang), "quarterly": phrase("quarterly", "季度", lang)}
        cells = [
            [
                row["name"],
                _said(row["label"], lang),
                ", ".join([row["unit"], *(said for period, said in periods.items() if row[period])]),
                row["topic"],
            ]
            for row in rows
        ]
    elif what == "parameters":
        header = [
            name,
            phrase("default", "默认值", lang),
            phrase("unit", "单位", lang),
            phrase("allowed", "取值范围", lang),
            phrase("source", "来源", lang),
            phrase("meaning", "含义", lang),
        ]
        cells = [
            [row["name"], _value(row["default"]), row["unit"], _bounds(row), row["source"], _said(row["meaning"], lang)]
            for row in rows
        ]
    elif what == "experiments":
        header = [
            name,
            phrase("title", "标题", lang),
            phrase("varied", "变动因素", lang),
            phrase("seeds", "种子数", lang),
        ]
        cells = [
            [row["name"], _said(row["title"], lang), ", ".join(row["factors"]), str(row["runs"])] for row in rows
        ]
    else:
        header = [
            name,
            phrase("title", "标题", lang),
            phrase("cells", "网格", lang),
            phrase("zones", "片区", lang),
        ]
        cells = [[row["name"], _said(row["title"], lang), str(row["cells"]), ", ".join(row["zones"])] for row in rows]
    return text_table(header, cells)


def _warnings(file: str, notes: Mapping[str, Label], lang: Language) -> list[str]:
    word = phrase("warning", "提示", lang)
    return [f"{file}: policies.{name}: {word}: {_said(_bilingual(note), lang)}" for name, note in notes.items()]


class Findings(NamedTuple):
    """What a check finds in a file, one line each."""

    problems: list[str]
    """Faults, for which the file is not valid."""
    warnings: list[str]
    """What to look at before the file is acted upon; the file is valid all the same."""
    size: str = ""
    """Of an experiment: how many runs it has, and about how long they take."""


def findings(file: str, *, region: str | None = None, plugins: Sequence[str] = (), lang: Language = "en") -> Findings:
    """Return every fault of a scenario, region or experiment, and the notes of a valid scenario's policies.

    Parameters
    ----------
    file : scenario or experiment file, region folder, its region.toml, or a bundled name of one
    region : region to validate a scenario against, in place of its own
    plugins : files of the user that declare policies
    lang : language of the notes
    """
    import simulation
    from experiments.declaration import is_experiment
    from simulation.scenario import scenario_names
    from simulation.space.region import load_region, region_names

    path = Path(file)
    if is_experiment(file):
        from experiments import sweeps

        faults, notes, size = sweeps.checked(file, plugins)
        return Findings(faults, _warnings(file, notes, lang), size)
    try:
        named = file in region_names() and file not in scenario_names() and not path.exists()
        if path.name == "region.toml" or path.is_dir() or named:
            _check_region(load_region(path.parent if path.name == "region.toml" else file))
        else:
            scenario = simulation.load_scenario(file, region=region, plugins=plugins)
            noted = {name: policy.note for name, policy in scenario.policies.items() if policy.note is not None}
            return Findings([], _warnings(file, noted, lang))
    except ScenarioError as fault:
        return Findings([str(problem) for problem in fault.problems], [])
    return Findings([], [])


def _check_region(region: Region) -> None:
    """Check what a region's calibration and targets say about parameters and outcomes."""
    import simulation
    from experiments.calibration.targets import TARGETS_FILE, read_plan

    simulation.load_scenario("baseline", region=region)
    if (region.directory / TARGETS_FILE).exists():
        read_plan(region)


def write_new_scenario(
    path: Path, base: str, policies: Sequence[str], *, plugins: Sequence[str] = (), force: bool = False
) -> Path:
    """Write a commented scenario file to start from.

    Parameters
    ----------
    path : file to write
    base : scenario that it extends
    policies : policies and stresses that it switches on
    plugins : files of the user that declare policies
    force : replace an existing file

    Raises
    ------
    ScenarioError
        If the file exists and `force` is off, cannot be written, or a name is unknown.
    """
    from simulation.scenario import new_scenario

    declare(plugins)
    text = new_scenario(base, list(policies))
    if path.exists() and not force:
        raise ScenarioError(f"{path}: exists already; replace it with --force, or choose another name")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise ScenarioError(f"{path}: cannot be written ({(fault.strerror or str(fault)).lower()})") from fault
    return path
