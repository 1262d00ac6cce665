"""What each process declares is what its code touches."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

from simulation.schedule import QUARTER
from simulation.space.region import load_region
from simulation.world import World

PROCESSES = [phase for phase in QUARTER if not isinstance(phase, str)]


@pytest.fixture(scope="module")
def world():
    return World(load_region("testbed"))


def test_the_quarter_has_its_phases_in_order():
    names = [p if isinstance(p, str) else p.__name__.rsplit(".", 1)[-1] for p in QUARTER]
    assert names == [
        "policies announce", "migration", "labour", "research", "transfer", "production", "credit", "venture",
        "demography", "certification", "place", "policies settle", "treasury", "outcomes are recorded",
    ]


@pytest.mark.parametrize("process", PROCESSES, ids=lambda p: p.__name__.rsplit(".", 1)[-1])
def test_declared_columns_exist(process, world):
    from simulation.levers import LEVERS

    for entry in (*process.READS, *process.WRITES):
        table, _, column = entry.partition(".")
        if table == "levers":
            assert column in LEVERS
        elif column and column not in ("births", "deaths"):
            assert column in getattr(world, table).columns, entry
        else:
            assert hasattr(world, table), entry


@pytest.mark.parametrize("process", PROCESSES, ids=lambda p: p.__name__.rsplit(".", 1)[-1])
def test_no_process_knows_of_policies(process):
    home = Path(inspect.getfile(process))
    for file in home.parent.glob("*.py") if home.name == "__init__.py" else [home]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("simulation.polic"), file
            if isinstance(node, ast.Import):
                assert all("polic" not in alias.name for alias in node.names), file


def test_every_lever_has_a_reader():
    from simulation.levers import LEVERS

    read = {entry.partition(".")[2] for p in PROCESSES for entry in p.READS if entry.startswith("levers.")}
    assert set(LEVERS) == read


def test_every_process_declares_its_parameters():
    for process in PROCESSES:
        assert process.PARAMETERS.group
        assert importlib.import_module(process.__name__) is process
