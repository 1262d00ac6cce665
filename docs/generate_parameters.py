"""Write docs/parameters.md from the declarations in the code.

Run with `python docs/generate_parameters.py`; a test fails while the page is not current.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("parameters.md")
sys.path.insert(0, str(PAGE.parents[1]))

from experiments.catalogue import declared_parameters  # noqa: E402
from simulation import scenario  # noqa: E402
from simulation.levers import LEVERS  # noqa: E402
from simulation.parameters import PARAMETERS, ParameterDoc, describe  # noqa: E402
from simulation.policy import POLICIES, Policy  # noqa: E402
from simulation.schedule import QUARTER  # noqa: E402
from simulation.stress import STRESSES, Stress  # noqa: E402

HEAD = """# Parameters 参数

Made by `python docs/generate_parameters.py` from the declarations in the code; do not edit. `odd.md` says where each
one enters. Values are as declared: yearly ones are converted to quarterly ones once, at load; those marked "1:1" are
multiplied by the scale of a run; those marked "indexed" are stated at incomes of 2023Q1 and keep pace with the
district's income per head. `assumption` is a choice of the authors; `prototype` is one that comes from an
exploratory sketch, no better founded than an assumption. A region's `calibration.toml` may set other
defaults. Change a value with `--set parameters.GROUP.NAME=VALUE`.
"""


def shown(value: Any) -> str:
    """Return a value as the page shows it."""
    if value is None or hasattr(value, "model_dump"):
        return ""
    if isinstance(value, (tuple, list)):
        return ", ".join(map(shown, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def rows(cls: type[Any], docs: list[ParameterDoc]) -> list[str]:
    """Return table lines for parameters of a group."""
    lines = ["| name | value | unit | allowed | source | meaning |", "|---|---|---|---|---|---|"]
    for doc in docs:
        extra = cls.model_fields[doc.name].json_schema_extra or {}
        marks = [mark for mark, key in (("1:1", "extensive"), ("indexed", "indexed")) if extra.get(key)]
        unit = doc.unit + (f" a {doc.per}" if doc.per else "") + "".join(f" ({mark})" for mark in marks)
        allowed = "" if doc.low is None and doc.high is None else f"{shown(doc.low)} to {shown(doc.high)}"
        cells = (f"`{doc.name}`", shown(doc.default), unit, allowed, doc.source, doc.doc)
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return lines


def page() -> str:
    """Return the page as text."""
    scenario.declare()
    scheduled = [phase.PARAMETERS.group for phase in QUARTER if not isinstance(phase, str)]
    own = {name: cls for name, cls in PARAMETERS.items() if cls.__module__.startswith("simulation.")}
    groups = sorted(own, key=lambda name: scheduled.index(name) if name in scheduled else -1)
    sections = []
    for name in groups:
        docs = describe(own[name])
        sections += [f"\n## parameters.{name}\n", *rows(own[name], docs)]
    common = describe(Policy)
    sections += ["\n## Every policy\n", *rows(Policy, common)]
    for name, policy in sorted(POLICIES.items()):
        if policy.__module__.startswith("simulation."):
            docs = [doc for doc in describe(policy) if doc.name not in Policy.model_fields]
            sections += [f"\n## policies.{name} {policy.label.zh}\n", policy.summary.en, ""]
            sections += rows(policy, docs) if docs else ["Nothing beyond what every policy has."]
    sections += ["\n## Every stress\n", *rows(Stress, describe(Stress))]
    for name, stress in sorted(STRESSES.items()):
        docs = [doc for doc in describe(stress) if doc.name not in Stress.model_fields]
        sections += [f"\n## stresses.{name} {stress.label.zh}\n", stress.summary.en, "", *rows(stress, docs)]
    sections += ["\n## Levers 杠杆\n",
                 "| name | neutral | on | unit | combined by | highest | meaning (reader) | 含义（读取过程） |",
                 "|---|---|---|---|---|---|---|---|"]
    sections += [f"| `{name}` | {shown(lever.neutral)} | {lever.on} | {lever.unit} | {lever.combine} | "
                 f"{'' if lever.high == float('inf') else shown(lever.high)} | {lever.doc.en} | {lever.doc.zh} |"
                 for name, lever in LEVERS.items()]
    every = declared_parameters()
    guesses = sum(doc.assumed for doc in every)
    count = f"\n{len(every)} parameters, of which {guesses} are assumptions or come from a sketch.\n"
    return HEAD + count + "\n".join(sections) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
