"""Fixtures: a tiny district in place of the model, and worker processes that can import it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import fake_district

from experiments import engine
from simulation import outcome, outcomes


@pytest.fixture
def outcomes_declared(monkeypatch):
    """Declare the outcomes of the fake district."""
    outcomes.load()
    monkeypatch.setattr(outcome, "OUTCOMES", fake_district.OUTCOMES)


@pytest.fixture
def in_this_process(monkeypatch):
    """Make single-worker runs here: the fake district has no linear algebra whose threads could matter."""
    monkeypatch.setattr(engine, "_threads_limited_in_time", True)


@pytest.fixture
def scenarios(in_this_process):
    """A baseline and two policies of the fake district, by name."""
    return fake_district.scenarios()
