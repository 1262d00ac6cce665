"""Small worlds to compare bit by bit."""

from __future__ import annotations

import numpy as np

import simulation
from simulation.populations.columns import Population

SMALL = {"scale": 0.06}


def walked(scenario, quarters=12, seed=3, guarded=True):
    """Return a model after some quarters of a scenario (a name or a loaded one)."""
    if isinstance(scenario, str):
        scenario = simulation.load_scenario(scenario, quarters=quarters, **SMALL)
    model = simulation.Ecosystem(scenario, rng=seed, guarded=guarded)
    for _ in range(quarters):
        model.step()
    return model


def outcomes(model):
    return model.datacollector.get_model_vars_dataframe()


def differing_columns(one, other, rtol=0.0):
    """Return every column of the two worlds that differs, living agents only."""
    found = []
    for a, b in zip(one.world.tables, other.world.tables, strict=True):
        for column in a.columns:
            x, y = (t.arrays[column][t.live] if isinstance(t, Population) else t.arrays[column] for t in (a, b))
            same = x.shape == y.shape and (np.allclose(x, y, rtol=rtol, atol=rtol) if rtol else np.array_equal(x, y))
            if not same:
                found.append(f"{a.name}.{column}")
    return found
