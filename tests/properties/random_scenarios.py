"""Random scenarios for property tests, and what a small run of one must never show."""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import strategies as st

import simulation
from simulation.ledger import GOVERNMENTS, SECTORS
from simulation.outcome import OUTCOMES
from simulation.parameters import PARAMETERS, describe
from simulation.policy import POLICIES
from simulation.populations.talent import SKILLS
from simulation.scenario import declare
from simulation.scenario_values import FINANCING_SHARES
from simulation.space.region import load_region
from simulation.works import Works

declare()

POLICY_NAMES = sorted(name for name, cls in POLICIES.items() if cls.__module__.startswith("simulation.policies."))

OPEN_SHARES = ("exit_rate", "turnover")
"""Yearly flows over a stock: shares that a very bad year may bring above one."""


@cache
def region(name):
    return load_region(name)


@cache
def varied_parameters():
    """Return numbers of processes that may be drawn anywhere within their bounds, by group and name."""
    found = {}
    for group, cls in PARAMETERS.items():
        for doc in describe(cls):
            if isinstance(doc.default, float) and doc.low is not None and doc.high is not None and group != "financing":
                found[group, doc.name] = doc
    return found


@st.composite
def policies(draw, name):
    """Draw one policy: dates, strength, budget, and who is eligible."""
    start = draw(st.integers(8, 11))
    values = {
        "start": start,
        "end": draw(st.none() | st.integers(start, 12)),
        "strength": draw(st.sampled_from([0.0, 0.3, 1.0])),
        "budget": draw(st.sampled_from([0.0, 5.0, 100.0, 1000.0])),
    }
    if issubclass(POLICIES[name], Works):
        values |= {"delay": draw(st.sampled_from([0, 2])), "construction": draw(st.sampled_from([0.0, 20.0]))}
    if name in (
        "gold_collar", "grant_competition", "innovation_consortia", "key_technology_projects", "park_institute_firm",
        "rd_centres", "rd_subsidy", "risk_pool", "specialised_champions", "tech_firm_doubling", "testing_standards",
        "traditional_upgrade", "uniform_rebate",
    ):
        values["eligible"] = {
            "tiers": draw(st.sampled_from([(), (2, 3), (4,)])),
            "age": {"high": draw(st.sampled_from([20, 400]))},
        }
    if name == "risk_pool":
        values |= {
            "loss_share": draw(st.sampled_from([0.1, 0.9])),
            "stop_threshold": draw(st.sampled_from([0.01, 1.0])),
        }
    if name == "grant_competition":
        values |= {"interval": draw(st.sampled_from([1, 2])), "integrity": draw(st.sampled_from([0.0, 1.0]))}
    if name == "g60_corridor":
        values |= {"minutes": draw(st.sampled_from([10.0, 120.0]))}
    harmful = {
        "anchor_institutes": {"delay": (1, 3), "build_cost": (1.0, 40.0)},
        "fund_town": {"registration": (0.0, 2.0), "inspection": (0.0, 1.0)},
        "innovation_consortia": {"matching": (0.0, 20.0), "cost_share": (0.0, 0.9)},
        "key_technology_projects": {"interval": (1, 2), "upfront": (0.0, 1.0)},
        "park_institute_firm": {"matching": (0.0, 20.0)},
        "regional_partnership": {"construction": (0.0, 20.0), "cofunding": (0.0, 0.9)},
        "shanghai_window": {"reach": (0.1, 1.0), "referral": (0.0, 5.0)},
        "specialised_champions": {"focus": (0.0, 0.9), "rate": (0.0, 0.5)},
        "talent_chain": {"brokers": (0.0, 5000.0)},
        "tech_firm_doubling": {"certificate_award": (0.0, 10.0), "consulting": (0.0, 0.95)},
        "testing_standards": {"delay": (0, 2), "construction": (0.0, 40.0)},
        "top_talent": {"package": (0.0, 20.0), "duration": (1, 40), "team": (0.0, 20.0)},
    }
    values |= {key: draw(st.sampled_from(choice)) for key, choice in harmful.get(name, {}).items()}
    return POLICIES[name](**values)


@st.composite
def scenarios(draw):
    """Draw what a small scenario is made of; anything may be switched on."""
    names = draw(st.lists(st.sampled_from(POLICY_NAMES), unique=True, max_size=6))
    split = draw(st.sampled_from([(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (0.4, 0.3, 0.2, 0.1)]))
    parameters = {"financing": PARAMETERS["financing"](**dict(zip(FINANCING_SHARES, split, strict=True)))}
    changed = {}
    for group, name in draw(st.lists(st.sampled_from(sorted(varied_parameters())), unique=True, max_size=3)):
        doc = varied_parameters()[group, name]
        changed.setdefault(group, {})[name] = draw(st.floats(doc.low, doc.high))
    parameters |= {group: PARAMETERS[group](**values) for group, values in changed.items()}
    return {
        "region": draw(st.sampled_from(["nanhu", "testbed"])),
        "quarters": draw(st.integers(12, 14)),
        "scale": draw(st.sampled_from([0.05, 0.1, 0.3])),
        "parameters": parameters,
        "policies": [draw(policies(name)) for name in names],
    }


def people_balance(world, before):
    """Return how many people a quarter's flows leave unexplained."""
    flows = world.records.flows
    came = sum(flows.get(name, 0.0) for name in ("migration_in", "graduates"))
    went = sum(flows.get(name, 0.0) for name in ("migration_out", "retired"))
    return world.talent.count - before - came + went


def staff_faults(world):
    """Return employers' populations whose staff columns are not the people who work there."""
    t, people = world.talent, world.talent.live
    faults = []
    for kind, population in ((1, world.firms), (2, world.institutes), (3, world.funds)):
        staff = people[t.employer_kind[people] == kind]
        counted = np.zeros((len(population), len(SKILLS)), dtype=int)
        np.add.at(counted, (t.employer[staff], t.skill[staff]), 1)
        if not np.array_equal(counted[population.live], population.staff[population.live]):
            faults.append(f"staff of {population.name} is not who works there")
    return faults


def outcome_faults(values):
    """Return outcomes that are not finite, and shares out of bounds."""
    faults = [f"{name} is {value}" for name, value in values.items() if not np.isfinite(value)]
    for name, value in values.items():
        low, high = 0.0, np.inf if name in OPEN_SHARES else 1.0
        if OUTCOMES[name].unit == "share" and not low - 1e-9 <= value <= high + 1e-9:
            faults.append(f"{name} is {value}, out of bounds")
    return faults


def account_faults(world):
    """Return policies whose account disagrees with the ledger or pays what it does not have."""
    faults = []
    for name, account in world.ledger.accounts.items():
        governments = [SECTORS.index(sector) for sector in GOVERNMENTS]
        booked = sum(float(world.ledger.totals[purpose][governments].sum()) for purpose in account.paid_for)
        if abs(booked - account.paid) > 1e-9 * (1.0 + account.paid):
            faults.append(f"{name}: the ledger says {booked} was paid, the account {account.paid}")
        if account.paid > account.appropriated + account.recovered + 1e-9 * (1.0 + account.appropriated):
            faults.append(
                f"{name}: paid {account.paid}, appropriated {account.appropriated}, recovered {account.recovered}"
            )
        if min(account.paid, account.appropriated, account.recovered, account.contingent) < 0.0:
            faults.append(f"{name}: a negative figure in its account")
    return faults


def faults_of(draft, seed):
    """Run a scenario quarter by quarter and return every fault of books, people, bounds and accounts."""
    scenario = simulation.Scenario(name="random", **draft | {"region": region(draft["region"])})
    model = simulation.Ecosystem(scenario, rng=seed)
    world, faults = model.world, []
    while model.running and not faults:
        before = world.talent.count
        model.step()
        faults = [*world.invariants(), *staff_faults(world), *account_faults(world)]
        if people_balance(world, before) != 0:
            faults.append(f"{people_balance(world, before)} people came from nowhere")
        if model.balance_gap > 1e-9:
            faults.append(f"the books differ by {model.balance_gap}")
        faults += outcome_faults(model.datacollector.get_model_vars_dataframe().iloc[-1].to_dict())
    return [f"quarter {model.quarter}: {fault}" for fault in faults]
