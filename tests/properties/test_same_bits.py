"""What must not change an outcome in any bit: strength zero, policies to come, guards, workers, hash seeds."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from worlds import SMALL, differing_columns, outcomes, walked

import simulation
from experiments import run_many
from simulation.policies import load
from simulation.policy import POLICIES

load()
ESSAY_POLICIES = (
    "guidance_fund",
    "innovation_corridor",
    "rd_subsidy",
    "risk_pool",
    "talent_green_channel",
    "uniform_rebate",
)


@pytest.fixture(scope="module")
def baseline():
    return walked("baseline")


def test_every_bundled_policy_is_tested_here():
    bundled = {name for name, cls in POLICIES.items() if cls.__module__.startswith("simulation.policies.")}
    assert set(ESSAY_POLICIES) <= bundled


@pytest.mark.parametrize(
    "name", sorted(n for n, c in POLICIES.items() if c.__module__.startswith("simulation.policies."))
)
def test_strength_zero_changes_no_outcome_in_any_bit(name, baseline):
    scenario = simulation.load_scenario(name, quarters=12, set={f"policies.{name}.strength": 0.0}, **SMALL)
    idle = walked(scenario)
    assert name in scenario.policies
    assert outcomes(idle).equals(outcomes(baseline))
    assert differing_columns(idle, baseline) == []


@pytest.mark.parametrize(
    ("name", "soon", "scale"),
    [
        ("guidance_fund", 14, 0.3),  # a sub-fund must close first
        ("innovation_corridor", 14, 0.06),  # a building must open first
        *((name, 9, 0.06) for name in ("rd_subsidy", "risk_pool", "talent_green_channel", "uniform_rebate")),
    ],
)
def test_a_policy_world_equals_the_baseline_until_its_start_and_differs_soon_after(name, soon, scale):
    ample = {f"policies.{name}.budget": 400.0}
    scenarios = [
        simulation.load_scenario(name, quarters=soon + 1, scale=scale, set=ample),
        simulation.load_scenario("baseline", quarters=soon + 1, scale=scale),
    ]
    assert scenarios[0].policies[name].start == 8
    with_policy, without = (walked(scenario, 8, seed=1) for scenario in scenarios)
    assert outcomes(with_policy).equals(outcomes(without))
    assert differing_columns(with_policy, without) == []
    for model in (with_policy, without):
        while model.running:
            model.step()
    public = [c for c in outcomes(without) if c.startswith(("spending_", "public_", "net_cost", "pool_"))]
    a, b = (outcomes(model).drop(columns=public) for model in (with_policy, without))
    assert not a.loc[8:].equals(b.loc[8:])


def test_different_seeds_differ(baseline):
    other = walked("baseline", seed=4)
    assert not outcomes(other).equals(outcomes(baseline))
    assert (outcomes(other).loc[0] != outcomes(baseline).loc[0]).sum() > 20


def test_the_same_seed_gives_the_same_run_with_and_without_guard():
    guarded, free = (walked("five_policies", guarded=guarded) for guarded in (True, False))
    assert outcomes(guarded).equals(outcomes(free))
    assert differing_columns(guarded, free) == []


def test_worker_count_changes_neither_outcomes_nor_single_agents():
    scenarios = [simulation.load_scenario("five_policies", quarters=11, **SMALL)]
    alone, together = (
        sorted(run_many(scenarios, [0, 1, 2], micro=["firms", "talent"], jobs=jobs), key=lambda run: run.position)
        for jobs in (1, 2)
    )
    for a, b in zip(alone, together, strict=True):
        assert a.run_id == b.run_id
        assert a.result.outcomes.equals(b.result.outcomes)
        for table in ("firms", "talent"):
            assert a.result.micro[table].equals(b.result.micro[table])


DIGEST = """
import hashlib, simulation
scenario = simulation.load_scenario("five_policies", quarters=11, scale=0.06)
outcomes = simulation.run(scenario, seed=3).outcomes.drop(columns="date")
print(scenario.digest, hashlib.sha256(outcomes.to_numpy().tobytes()).hexdigest())
"""


def test_python_hash_seeds_change_nothing():
    printed = [
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.split()
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1]
    scenario = simulation.load_scenario("five_policies", quarters=11, **SMALL)
    here = simulation.run(scenario, seed=3).outcomes.drop(columns="date").to_numpy()
    assert printed[0] == [scenario.digest, hashlib.sha256(np.ascontiguousarray(here).tobytes()).hexdigest()]
