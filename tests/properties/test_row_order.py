"""Agents are known by their keys: the order of their rows changes nothing but the last bits of sums."""

import numpy as np
import pytest
from worlds import SMALL, outcomes

import simulation
from simulation.populations.talent import FIRM, FUND, INSTITUTE


def shuffle_rows(world, rng):
    """Permute the rows of every population and every table of links; keys and row references follow."""
    moved = {}
    world.lock(False)
    for population in world.populations:
        order = rng.permutation(population.size)
        for array in population.arrays.values():
            array[: population.size] = array[order]
        moved[population.name] = np.argsort(order, kind="stable")
        population._live = population._order = None
    t = world.talent
    for kind, name in ((FIRM, "firms"), (INSTITUTE, "institutes"), (FUND, "funds")):
        staff = np.flatnonzero(t.employer_kind[: t.size] == kind)
        t.employer[staff] = moved[name][t.employer[staff]]
    for links in (world.loans, world.holdings, world.results):
        order = rng.permutation(len(links))
        for array in links.arrays.values():
            array[:] = array[order]
    if world.guarded:
        world.lock(True)


def by_key(population, column):
    order = np.argsort(population.key[population.live], kind="stable")
    return population.arrays[column][population.live][order]


@pytest.mark.parametrize(("scenario", "region"), [("five_policies", "nanhu"), ("risk_pool", "testbed")])
def test_permuting_rows_changes_outcomes_by_less_than_a_billionth(scenario, region):
    loaded = simulation.load_scenario(scenario, region=region, quarters=12, **SMALL)
    straight, shuffled = (simulation.Ecosystem(loaded, rng=5) for _ in range(2))
    shuffle_rows(shuffled.world, np.random.default_rng(1))
    assert not np.array_equal(straight.world.firms.key, shuffled.world.firms.key)
    for _ in range(12):
        straight.step()
        shuffled.step()
    np.testing.assert_allclose(outcomes(shuffled), outcomes(straight), rtol=1e-9, atol=1e-9)
    for name, columns in {"firms": ("key", "sales", "cash", "productivity"), "talent": ("key", "wage", "cell")}.items():
        for column in columns:
            values = (by_key(getattr(model.world, name), column) for model in (shuffled, straight))
            np.testing.assert_allclose(*values, rtol=1e-9, atol=1e-9, err_msg=f"{name}.{column}")
