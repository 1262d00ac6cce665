"""Twin worlds of a small district, with and without a policy, brought to the quarter in which it acts first."""

from __future__ import annotations

from functools import cache

import numpy as np

import simulation
from simulation.scenario import FIRST_QUARTER

START = FIRST_QUARTER


def policy_scenario(name, quarters=20, scale=0.06, **changes):
    """Return a bundled policy's scenario with other values, on a small district."""
    values = {f"policies.{name}.{key}": value for key, value in changes.items()}
    return simulation.load_scenario(name, quarters=quarters, scale=scale, set=values)


def walk(model, quarters):
    for _ in range(quarters):
        model.step()
    return model


@cache
def _baseline(scale, seed, quarters):
    return walk(
        simulation.Ecosystem(simulation.load_scenario("baseline", scale=scale, quarters=20), rng=seed), quarters
    )


def twins(name, quarters=START + 1, scale=0.06, seed=2, **changes):
    """Return a policy world and its twin without, after some quarters (the first with the policy by default)."""
    model = simulation.Ecosystem(policy_scenario(name, scale=scale, **changes), rng=seed)
    return walk(model, quarters), _baseline(scale, seed, quarters)


def rows_of_both(one, other):
    """Return rows of firms that live in both worlds, in the same order."""
    keys = np.intersect1d(one.world.firms.key[one.world.firms.live], other.world.firms.key[other.world.firms.live])
    return one.world.firms.rows_of(keys), other.world.firms.rows_of(keys)
