"""Scenarios written out: as TOML, as a draft for a person to edit, and as a schema for editors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import tomli_w

from simulation.dates import FIRST_QUARTER, date_of
from simulation.errors import Problem, ScenarioError, nearest_name
from simulation.parameters import PARAMETERS, ParameterDoc, Parameters, describe
from simulation.policy import POLICIES, Policy
from simulation.populations.talent import SKILLS
from simulation.scenario_files import find_scenario, scenario_names
from simulation.scenario_values import region_groups
from simulation.space.region import Region, region_names
from simulation.stress import STRESSES, Stress
from simulation.units import declared_unit

if TYPE_CHECKING:
    from simulation.scenario import Scenario

DATE = {"type": "string", "pattern": "^[0-9]{4}Q[1-4]$"}


def scenario_toml(scenario: Scenario) -> str:
    """Return a scenario file that loads as a scenario; parameters at the region's defaults are left out.

    Parameters
    ----------
    scenario : to be written
    """
    region = scenario.region
    data: dict[str, Any] = {"title": scenario.title.en, "title_zh": scenario.title.zh}
    if any(scenario.description):
        data |= {"description": scenario.description.en, "description_zh": scenario.description.zh}
    data["region"] = region.name if region.name in region_names() else region.directory.resolve().as_posix()
    data |= {"quarters": scenario.quarters, "scale": scenario.scale}
    if region.firm_list is not None and region.firm_list.file != region.directory / "firms.csv":
        data["firms"] = region.firm_list.file.resolve().as_posix()
    usual = region_groups(region, lambda key, message: None)
    changed = {group: _changed(values, usual[group]) for group, values in scenario.parameters.items()}
    data["parameters"] = {group: values for group, values in changed.items() if values}
    data["policies"] = {}
    for name, policy in scenario.policies.items():
        values = {"start": scenario.date(policy.start), "budget": policy.budget, **_changed(policy)}
        values["start"] = scenario.date(policy.start)
        if policy.end is not None:
            values["end"] = scenario.date(policy.end)
        eligible = policy.eligible.model_dump(exclude_defaults=True)
        data["policies"][name] = values | ({"eligible": eligible} if eligible else {})
    data["stresses"] = {}
    for name, stress in scenario.stresses.items():
        data["stresses"][name] = {**_changed(stress), "start": scenario.date(stress.start)}
        if stress.end is not None:
            data["stresses"][name]["end"] = scenario.date(stress.end)
    return tomli_w.dumps({key: value for key, value in data.items() if value != {}})


def _changed(values: Parameters, usual: Parameters | None = None) -> dict[str, Any]:
    """Return the parameters that are not at their defaults (or the usual ones); financing is written as a whole."""
    whole = type(values).group == "financing"
    changed = values.model_dump(exclude_defaults=usual is None, exclude={"eligible", "end"})
    if usual is not None:
        changed = {name: value for name, value in changed.items() if value != getattr(usual, name)}
    return values.model_dump() if whole and changed else changed


def scenario_draft(base: str, policies: Sequence[str]) -> str:
    """Return a commented scenario file: each parameter with its meaning, unit, range and default.

    Parameters
    ----------
    base : scenario that it extends
    policies : names of the policies and stresses that it switches on

    Raises
    ------
    ScenarioError
        The base, a policy or a stress is not known.
    """
    from simulation.scenario import load_scenario

    problems = [
        Problem(
            f'there is no policy "{name}"{nearest_name(name, (*POLICIES, *STRESSES))} '
            f"(known: {', '.join(sorted(POLICIES))}; stresses: {', '.join(sorted(STRESSES))})"
        )
        for name in policies
        if name not in POLICIES and name not in STRESSES
    ]
    if problems:
        raise ScenarioError(problems)
    below = load_scenario(base)
    start = date_of(FIRST_QUARTER, below.region.start)
    extends = base if base in scenario_names() else find_scenario(base).resolve().as_posix()
    inherited = ", ".join(f'"{name}"' for name in below.policies)
    lines = [
        "# A scenario: a line that starts with # says nothing to the program; take the # away to switch it on.",
        "# 场景文件：以 # 开头的行是说明；去掉 # 即可启用该行。",
        '# Numbers may carry a unit in quotes / 数值可带单位: 20, "20 million CNY", "2000 万元", "40 %".',
        "",
        'title       = "My scenario"',
        'title_zh    = "我的场景"',
        f"extends     = {_toml(extends)}",
        f"# drop      = [{inherited}]     # policies of the scenario above to leave out / 不沿用的政策",
        f"# region    = {_toml(below.region.name)}",
        '# firms     = "firms.csv"     # your own firms, see docs/firms_csv.md / 自有企业名单',
        f"# quarters  = {below.quarters}     # the first {FIRST_QUARTER} are burn-in, so that results begin in {start}",
        f"# scale     = {below.scale:g}      # 1 is the district at full size",
        "",
    ]
    for name in dict.fromkeys(policies):
        if name in STRESSES:
            lines += _stress_draft(STRESSES[name], below)
            continue
        example = load_scenario(name).policies.get(name) if name in scenario_names() else None
        lines += _policy_draft(POLICIES[name], example, start, below.region)
    lines += [
        "# Where the money comes from; the shares add up to 1 / 资金来源，各项之和为 1",
        "# [financing]",
        *(f"# {line}" for doc in describe(PARAMETERS["financing"]) for line in _commented(doc)),
        "",
        "# All other parameters, for instance / 其他参数示例:",
        "# [parameters.credit]",
        *(f"# {line}" for doc in describe(PARAMETERS["credit"])[:2] for line in _commented(doc)),
    ]
    return "\n".join(lines) + "\n"


def _policy_draft(policy: type[Policy], example: Policy | None, start: str, region: Region) -> list[str]:
    """Return a policy's tables; values are those of the bundled scenario of its name, if there is one."""
    lines = [f"# {policy.label.en} / {policy.label.zh}", f"# {policy.summary.en}", f"# {policy.summary.zh}"]
    if policy.note is not None:
        lines += [f"# Note: {policy.note.en}", f"# 提示：{policy.note.zh}"]
    lines.append(f"[policies.{policy.name}]")
    for doc in describe(policy):
        if doc.name == "start":
            lines += ["# First quarter / 开始季度", f"start = {_toml(start)}"]
        elif doc.name == "end":
            lines += ["# Last quarter; never ends when left out / 结束季度，可省略", '# end = "2030Q4"']
        elif doc.name != "eligible":
            lines += _commented(doc, getattr(example, doc.name, doc.default))
    chosen = {} if example is None else example.eligible.model_dump(exclude_defaults=True)
    criteria: dict[str, tuple[Any, str]] = {
        "tiers": ((1, 2, 3, 4), "1 start-up, 2 tech SME, 3 high-tech enterprise, 4 innovation leader"),
        "industries": (region.industries.name, "industries of the region / 产业"),
        "zones": (tuple(zone.name for zone in region.zones), "zones of the region / 片区"),
        "skills": (SKILLS, "skills of talent / 人才类别"),
        "age": ({"low": 0, "high": 32}, "quarters for firms, years for talent / 企业按季度，人才按岁"),
        "size": ({"high": 400}, "yearly sales, million CNY / 年销售额（百万元）"),
    }
    if not policy.criteria:
        return [*lines, ""]
    lines += ["", "# Who it is for; what is left out excludes nobody / 适用对象，省略则不限"]
    lines.append(f"{'' if chosen else '# '}[policies.{policy.name}.eligible]")
    for key in filter(criteria.__contains__, policy.criteria):
        example_value, meaning = criteria[key]
        shown = f"{key} = {_inline(chosen.get(key, example_value))}     # {meaning}"
        lines.append(shown if key in chosen else f"# {shown}")
    return [*lines, ""]


def _stress_draft(stress: type[Stress], below: Scenario) -> list[str]:
    """Return a stress's table; values are those of the first bundled scenario that has it, if there is one."""
    from simulation.scenario import load_scenario

    bundled = (load_scenario(name).stresses.get(stress.name) for name in scenario_names())
    example = next((one for one in bundled if one is not None), stress())
    last = date_of(below.quarters - 1, below.region.start)
    lines = [f"# {stress.label.en} / {stress.label.zh}", f"# {stress.summary.en}", f"# {stress.summary.zh}"]
    lines.append(f"[stresses.{stress.name}]")
    for doc in describe(stress):
        value = getattr(example, doc.name)
        if doc.name == "start":
            starts = date_of(min(value, below.quarters - 1), below.region.start)
            lines += ["# First quarter / 开始季度", f"start = {_toml(starts)}"]
        elif doc.name == "end":
            ends = last if value is None else date_of(value, below.region.start)
            mark = "# " if value is None else ""
            lines += ["# Last quarter; never ends when left out / 结束季度，可省略", f"{mark}end = {_toml(ends)}"]
        else:
            lines += _commented(doc, value)
    return [*lines, ""]


def _commented(doc: ParameterDoc, value: Any = None) -> list[str]:
    """Return a parameter under a comment that says what it is; at its default unless a value is given."""
    ends = "" if doc.low is None or doc.high is None else f"; {doc.low:g} to {doc.high:g}"
    unit = doc.unit if doc.unit != "1" else "share" if doc.high is not None and doc.high <= 1.0 else "ratio"
    unit = declared_unit(unit, doc.per)
    told = [f"# {doc.doc} ({f'{unit}{ends}; '.removeprefix('; ')}default {_inline(doc.default)})"]
    told += [f"# {doc.meaning.zh}"] * (doc.meaning.zh != doc.meaning.en)
    value = doc.default if value is None else value
    return [*told, f"# {doc.name} =" if value is None else f"{doc.name} = {_inline(value)}"]


def _inline(value: Any) -> str:
    """Return a value as TOML in one line; tables in braces."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_inline, value))}]"
    return "none" if value is None else _toml(value).removesuffix(".0")


def _toml(value: Any) -> str:
    """Return a single value as TOML writes it."""
    return tomli_w.dumps({"x": value}).removeprefix("x = ").strip()


def scenario_schema() -> dict[str, Any]:
    """Return the JSON schema of scenario files."""
    share = {"type": "number", "minimum": 0, "maximum": 1}
    financing = _object_of(PARAMETERS["financing"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Yanzhen scenario",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{key: {"type": "string"} for key in ("title", "title_zh", "description", "description_zh")},
            "extends": {
                "type": ["string", "array"],
                "items": {"type": "string"},
                "description": f"One of {', '.join(scenario_names())}, or a path.",
            },
            "drop": {"type": "array", "items": {"enum": sorted({*POLICIES, *STRESSES})}},
            "region": {"type": "string", "description": f"One of {', '.join(region_names())}, or a folder."},
            "firms": {"type": "string", "description": "CSV file of firms that take the place of synthetic ones."},
            "quarters": {"type": "integer", "minimum": FIRST_QUARTER + 1, "maximum": 1000, "default": 60},
            "scale": {**share, "minimum": 0.005, "maximum": 10, "default": 1.0},
            "financing": financing,
            "parameters": {
                "type": "object",
                "additionalProperties": False,
                "properties": {group: _object_of(cls) for group, cls in sorted(PARAMETERS.items())},
            },
            "policies": {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: _object_of(cls) for name, cls in sorted(POLICIES.items())},
            },
            "stresses": {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: _object_of(cls) for name, cls in sorted(STRESSES.items())},
            },
        },
    }


def _object_of(cls: type[Parameters]) -> dict[str, Any]:
    """Return the schema of a group or a policy, in which numbers may be texts with a unit."""
    full = cls.model_json_schema()
    span = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"low": {"type": ["number", "string"]}, "high": {"type": ["number", "string"]}},
    }
    properties: dict[str, Any] = {}
    for name, written in full["properties"].items():
        doc = next(doc for doc in describe(cls) if doc.name == name)
        kept = {key: written[key] for key in ("type", "anyOf", "prefixItems", "minItems", "maxItems") if key in written}
        if issubclass(cls, (Policy, Stress)) and name in ("start", "end"):
            kept = dict(DATE)
        elif name == "eligible":
            lists = {
                "tiers": {"type": "array", "items": {"enum": [1, 2, 3, 4]}},
                "skills": {"type": "array", "items": {"enum": list(SKILLS)}},
                **{key: {"type": "array", "items": {"type": "string"}} for key in ("industries", "zones")},
            }
            kept = {"type": "object", "additionalProperties": False}
            kept["properties"] = {**lists, **{key: span for key in ("age", "size", "ability")}}
        elif written.get("type") in ("number", "integer"):
            number = {"type": written["type"]}
            number |= {key: written[key] for key in ("minimum", "maximum") if key in written}
            kept = {"anyOf": [number, {"type": "string"}], "default": doc.default}
        unit = f" ({declared_unit(doc.unit, doc.per)})" if doc.unit not in ("", "1") else ""
        properties[name] = {**kept, "description": f"{doc.doc}{unit}"}
    result: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    if issubclass(cls, (Policy, Stress)):
        result |= {"title": cls.label.en, "description": cls.summary.en}
    return result
