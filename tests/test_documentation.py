"""The pages about the model agree with the declarations in the code."""

import importlib.util
import re
from pathlib import Path

import pytest

from simulation import processes, scenario
from simulation.levers import LEVERS
from simulation.parameters import PARAMETERS
from simulation.policy import POLICIES, Policy
from simulation.schedule import QUARTER

ROOT = Path(__file__).resolve().parents[1]
ODD = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
scenario.declare()
GROUPS = sorted(name for name, cls in PARAMETERS.items() if cls.__module__.startswith("simulation."))
OWN_POLICIES = sorted(name for name, cls in POLICIES.items() if cls.__module__.startswith("simulation."))


def named_in(text):
    return set(re.findall(r"\w+", text))


def section_of(group):
    """Return the part of the page about a group of parameters."""
    if group == "initial":
        return ODD.split("\n## 5 ")[1].split("\n## 6 ")[0]
    return ODD.split(f"(`{group}`)\n")[1].split("\n### ")[0]


def test_page_of_parameters_is_current():
    script = ROOT / "docs" / "generate_parameters.py"
    spec = importlib.util.spec_from_file_location("generate_parameters", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), f"run python docs/{script.name}"


@pytest.mark.parametrize("group", GROUPS)
def test_odd_says_where_every_parameter_enters(group):
    assert set(PARAMETERS[group].model_fields) - named_in(section_of(group)) == set()


@pytest.mark.parametrize("policy", OWN_POLICIES)
def test_odd_says_what_every_parameter_of_a_policy_does(policy):
    row = next(line for line in ODD.splitlines() if line.startswith(f"| `{policy}` |"))
    assert set(POLICIES[policy].model_fields) - set(Policy.model_fields) - named_in(row) == set()


def test_odd_lists_the_quarter_in_order():
    table = ODD.split("\n## 3 ")[1].split("\n## 4 ")[0]
    named = re.findall(r"^\| \d+ \| ([\w ]+) \|", table, flags=re.MULTILINE)
    expected = [phase if isinstance(phase, str) else phase.__name__.rsplit(".", 1)[1] for phase in QUARTER]
    assert named == [name.replace("_", " ") for name in expected]


def test_odd_names_every_module_of_the_processes():
    files = {path.name for path in Path(processes.__path__[0]).glob("*.py")}
    files = {name for name in files if not name.startswith("__") and not name.endswith("_parameters.py")}
    scheduled = {f"{phase.__name__.rsplit('.', 1)[1]}.py" for phase in QUARTER if not isinstance(phase, str)}
    assert files - scheduled - set(re.findall(r"`(\w+\.py)`", ODD)) == set()


def test_odd_names_every_lever_that_a_policy_moves():
    rows = "\n".join(line for line in ODD.splitlines() if line.startswith("| `"))
    levers = {name for name in LEVERS if not name.startswith("construction_")}
    renamed = {"anchor_public_share", "anchor_reinvestment", "anchor_tolerance"}
    assert levers - named_in(rows) - renamed == set()
