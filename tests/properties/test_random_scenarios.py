"""Whatever a scenario switches on or changes: books, people, bounds and public money hold in every quarter."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_scenarios import faults_of, scenarios

SAME = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=24, **SAME)
@given(draft=scenarios(), seed=st.integers(0, 10_000))
def test_books_people_bounds_and_accounts_hold_in_every_quarter(draft, seed):
    assert faults_of(draft, seed) == []


@pytest.mark.slow
@settings(max_examples=1000, **SAME)
@given(draft=scenarios(), seed=st.integers(0, 10_000))
def test_they_hold_in_a_thousand_scenarios(draft, seed):
    assert faults_of(draft, seed) == []
