"""One-stop services: time saved by kind of entrant, only once open, and neighbours who respond."""

import numpy as np
import pytest
from twin_worlds import START, policy_scenario, twins, walk

import simulation
from simulation.levers import Levers
from simulation.policies.one_stop_services import OneStopServices
from simulation.populations.firms import ORIGINS
from simulation.space.region import load_region
from simulation.world import FirmView, World

AT_ONCE = {"construction": 0.0, "delay": 0}


def test_time_is_saved_by_kind_of_entrant_and_by_what_was_paid():
    world = World(load_region("testbed"))
    world.quarter = START
    policy = OneStopServices(entry=0.5, cross_region=0.2, certification=0.4, **AT_ONCE).bound(world.region, 1.0)
    account, levers = world.ledger.account(policy.name), Levers()
    account.payout_ratio = 0.5
    policy.announce(world, levers, account)
    origin = np.array([ORIGINS.index("background"), ORIGINS.index("founder"), ORIGINS.index("relocation")])
    zero = np.zeros(3)
    view = FirmView(zero, zero, zero, zero, zero, origin=origin)
    assert levers.entry_time_saved.on(view) == pytest.approx([0.25, 0.25, 0.1])
    assert levers.certification_time_saved.on(view) == pytest.approx(0.2)


def test_nothing_is_saved_before_it_opens_or_after_it_ends():
    scenario = policy_scenario("one_stop_services", construction=5.0, budget=20.0, delay=1, end="2023Q4")
    model = walk(simulation.Ecosystem(scenario, rng=2), START)
    active = []
    for _ in range(6):
        model.step()
        active.append(model.levers.entry_time_saved.active)
    assert active == [False, False, True, True, False, False]


def test_neighbours_match_part_of_the_time_saved_for_movers():
    with_policy, without = twins("one_stop_services", START + 1, cross_region=0.95, **AT_ONCE)
    assert (with_policy.world.neighbours.response > without.world.neighbours.response).all()
