"""Fixtures: a tiny district in place of the model, and worker processes that can import it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import fake_district

from simulation import outcome, outcomes


@pytest.fixture
def outcomes_declared(monkeypatch):
    """Declare the outcomes of the fake district."""
    outcomes.load()
    monkeypatch.setattr(outcome, "OUTCOMES", fake_district.OUTCOMES)


@pytest.fixture
def scenarios():
    """A baseline and two policies of the fake district, by name."""
    return fake_district.scenarios()
