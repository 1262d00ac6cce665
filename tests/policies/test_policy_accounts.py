"""Every policy: money is appropriated while it lasts, never overspent, and equals what the ledger says was paid."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation import scenario
from simulation.ledger import SECTORS
from simulation.parameters import QUARTERS_PER_YEAR
from simulation.policy import POLICIES
from simulation.works import Works

scenario.declare()
POLICY_NAMES = sorted(name for name, cls in POLICIES.items() if cls.__module__.startswith("simulation.policies."))
WINDING_DOWN = ("guidance_fund", "key_technology_projects", "major_project", "risk_pool")
"""Policies that may have to pay after their end for contracts made before."""
END = START + 3


@pytest.fixture(scope="module", params=POLICY_NAMES)
def finished(request):
    """A model after a policy of one year and a year more, its account noted each quarter."""
    name = request.param
    changes = {"start": "2023Q1", "end": "2023Q4"} | ({"stop_threshold": 1.0} if name == "risk_pool" else {})
    scale = 0.2 if name in WINDING_DOWN else 0.06
    scenario = policy_scenario(name, quarters=END + 5, scale=scale, **changes)
    model = walk(simulation.Ecosystem(scenario, rng=1), START)
    appropriated = []
    while model.running:
        model.step()
        account = model.world.ledger.account(name)
        appropriated.append(account.appropriated)
        assert account.paid <= account.appropriated + account.recovered + 1e-9
    return name, model, account, appropriated


def test_the_account_is_what_the_ledger_paid_and_recovered(finished):
    name, model, account, _ = finished
    governments = [SECTORS.index("district"), SECTORS.index("upper")]
    totals = model.world.ledger.totals
    paid = sum(totals[purpose][governments].sum() for purpose in account.paid_for)
    assert paid == pytest.approx(account.paid, rel=1e-12)
    recovered = sum(totals[purpose][:, governments].sum() for purpose in account.recovered_as)
    assert recovered == pytest.approx(account.recovered, rel=1e-12)
    spending = model.datacollector.get_model_vars_dataframe()[f"spending_{name}"]
    assert spending.sum() * model.world.scale == pytest.approx(account.paid, rel=1e-12)
    assert sum(account.paid_by_quarter.values()) == pytest.approx(account.paid, rel=1e-12)


def test_money_is_appropriated_by_the_year_while_the_policy_lasts(finished):
    name, model, account, appropriated = finished
    policy = model.scenario.policies[name]
    yearly = policy.budget * model.world.scale
    if name == "risk_pool":
        deposit = policy.deposit * model.world.scale
        assert deposit <= account.appropriated <= deposit + yearly
    else:
        first, whole = yearly / QUARTERS_PER_YEAR, yearly
        if isinstance(policy, Works):  # asks for no more than what works and running need
            assert 0.0 < appropriated[0] <= first * (1.0 + 1e-9)
            assert appropriated[END - START] <= whole * (1.0 + 1e-9)
        else:
            assert appropriated[0] == pytest.approx(first)
            assert appropriated[END - START] == pytest.approx(whole)
    assert appropriated[-1] == appropriated[END - START]


def test_it_ends_when_it_ends(finished):
    name, model, account, _ = finished
    if name not in WINDING_DOWN:
        assert max(account.paid_by_quarter) <= END
    from_policy = [lever for lever in vars(model.levers)["_levers"].values() if lever.active]
    charging = {"cover_fee", "cover_paperwork"}
    works = {"construction_floor_space", "construction_places", "construction_amenity", "construction_access"}
    allowed = {"risk_pool": charging}.get(name, works)
    assert {lever.name for lever in from_policy} <= allowed


@pytest.mark.parametrize("name", POLICY_NAMES)
def test_half_strength_appropriates_half(name):
    accounts = []
    for strength in (1.0, 0.5):
        model = walk(simulation.Ecosystem(policy_scenario(name, strength=strength), rng=1), START + 1)
        accounts.append(model.world.ledger.account(name).appropriated)
    assert accounts[1] == pytest.approx(accounts[0] / 2)


@pytest.mark.parametrize("name", POLICY_NAMES)
def test_zero_strength_changes_no_bit_and_costs_nothing(name):
    with_policy, without = twins(name, quarters=START + 4, strength=0.0)
    for table in without.world.tables:
        other = getattr(with_policy.world, table.name)
        for column, values in table.arrays.items():
            assert np.array_equal(values, other.arrays[column], equal_nan=values.dtype.kind == "f"), column
    assert with_policy.world.ledger.account(name).paid == 0.0
