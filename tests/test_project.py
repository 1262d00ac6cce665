"""The README, the pins and the layers say what is so."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from experiments.cli import build_parser

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
SOURCES = [
    path.relative_to(ROOT)
    for folder in ("simulation", "experiments", "benchmarks", "docs")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.name != "__init__.py"
]


def readme_blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def contracts(kind):
    return [c for c in PROJECT["tool"]["importlinter"]["contracts"] if c["type"] == kind]


def requirement(line):
    """Return name, version and marker of a pin, whatever its spacing."""
    pin, _, marker = line.partition(";")
    name, version = pin.strip().split("==")
    return name, version, marker.strip()


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_every_source_file_is_on_the_map(path):
    assert re.search(rf"`([a-z_]+/)*{re.escape(path.name)}`", README)


def test_every_file_on_the_map_exists():
    named = set(re.findall(r"`(?:[a-z_]+/)*([a-z_]+\.py)`", README.split("## Map")[1]))
    assert named <= {path.name for path in SOURCES} | {"__init__.py"}


def test_links_and_pictures_of_the_readme_exist():
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).is_file()] == []


def test_readme_fits_on_a_few_screens():
    assert len(README.splitlines()) < 260


def test_commands_of_the_readme_are_understood():
    lines = [line.partition("#")[0] for block in readme_blocks("") for line in block.splitlines()]
    commands = [shlex.split(part.split("yanzhen ", 1)[1]) for part in lines if "yanzhen " in part]
    assert len(commands) > 5
    for command in commands:
        assert build_parser().parse_args(command).command == command[0]


def test_python_of_the_readme_runs():
    [example] = readme_blocks("python")
    names = {}
    exec(compile(example, "README.md", "exec"), names)
    assert names["result"].outcomes["date"].iloc[0] == "2023Q1"
    assert set(names["study"].effects["scenario"]) == {"risk_pool"}


def test_lock_holds_hashes_and_no_addresses():
    assert "://" not in LOCK
    assert "--index" not in LOCK
    entries = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(entries) > 40
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


def test_lock_and_pins_agree():
    pinned = {requirement(line) for line in PROJECT["tool"]["uv"]["constraint-dependencies"]}
    locked = {requirement(line.rstrip("\\ ")) for line in LOCK.splitlines() if not line.startswith(" ")}
    assert {pin[:2] for pin in locked} <= {pin[:2] for pin in pinned}
    build = {requirement(line) for line in PROJECT["tool"]["uv"]["build-constraint-dependencies"]}
    assert build <= pinned


def test_every_direct_dependency_is_pinned():
    pinned = {requirement(line)[0] for line in PROJECT["tool"]["uv"]["constraint-dependencies"]}
    groups = [line for group in PROJECT["dependency-groups"].values() for line in group if isinstance(line, str)]
    direct = {re.split(r"[<>=\[ ;]", line)[0] for line in [*PROJECT["project"]["dependencies"], *groups]}
    assert direct <= pinned


@pytest.mark.parametrize("folder", ["simulation.processes", "simulation.policies", "simulation.outcomes"])
def test_processes_policies_and_outcomes_are_kept_apart(folder):
    assert any(contract["modules"] == [f"{folder}.*"] for contract in contracts("independence"))


def test_version_is_the_same_everywhere():
    version = PROJECT["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {version} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
