"""Limiting cases with known answers: what must come out when a part of the world is switched off."""

from dataclasses import replace

import numpy as np
import pytest

import simulation
from simulation.parameters import Label
from simulation.space.region import load_region

QUARTERS = 12


def ran(region, seed=4, scale=0.1, **parameters):
    """Return a model of a region before its first quarter; parameters (`group.name`) may lie beyond their bounds."""
    groups = dict(simulation.load_scenario("baseline", region="testbed").parameters)
    for name, value in parameters.items():
        group, _, key = name.partition(".")
        groups[group] = groups[group].model_copy(update={key: value})
    scenario = simulation.Scenario(name="limit", region=region, quarters=QUARTERS, scale=scale, parameters=groups)
    return simulation.Ecosystem(scenario, rng=seed)


@pytest.fixture(scope="module")
def testbed():
    return load_region("testbed")


def test_without_learning_knowledge_only_falls_behind_the_frontier(testbed):
    nothing = ("learning_rate", "spillover_rate", "consortium_rate", "invention_rate")
    model = ran(testbed, **{f"research.{name}": 0.0 for name in nothing}, **{"transfer.result_rate": 0.0})
    firms = model.world.firms
    before = dict(zip(firms.key[firms.live].tolist(), firms.knowledge[firms.live], strict=True))
    filed = 0.0
    while model.running:
        model.step()
        filed += model.world.records.flows["patents_applied"]
    pace = 1.0 - model.parameters["research"].frontier_growth
    old = [row for row in firms.live if int(firms.key[row]) in before]
    assert len(old) > 20
    for row in old:
        np.testing.assert_allclose(firms.knowledge[row], before[int(firms.key[row])] * pace**QUARTERS, rtol=1e-12)
    assert filed == 0.0


def test_without_mobility_people_only_grow_old(testbed):
    still = replace(
        testbed, externals=replace(testbed.externals, candidates=np.zeros_like(testbed.externals.candidates))
    )
    model = ran(still, **{"migration.leaving": 1e-12, "migration.graduates": 0.0, "migration.neighbour_candidates": 0.0,
                          "demography.mover_team": 0.0})
    while model.running:
        before = model.world.talent.count
        model.step()
        assert model.world.talent.count == before - model.world.records.flows.get("retired", 0.0)


def test_one_industry_is_the_whole_district(testbed):
    one = slice(0, 1)
    industries = testbed.industries
    columns = {name: np.asarray(value)[one] if isinstance(value, np.ndarray) else value[one]
               for name, value in vars(industries).items()}
    columns |= {"sales_share": np.ones(1), "firms_share": np.ones(1)}
    alone = replace(testbed, industries=replace(industries, **columns), inputs=testbed.inputs[one, one],
                    field_weights=testbed.field_weights[one])
    model = ran(alone)
    while model.running:
        model.step()
        firms = model.world.firms
        assert (firms.industry[firms.live] == 0).all()
        produced = model.world.records.flows["sales"]
        np.testing.assert_allclose(model.world.industries.sales, [produced], rtol=1e-12)
        closed_and_new = firms.market_share[firms.live].sum()
        assert 0.8 < closed_and_new < 1.2  # those who closed since are missing, those who came are not yet in


def test_in_one_cell_everybody_is_at_home_and_nothing_is_far(testbed):
    cells = testbed.cells
    largest = int(np.argmax(cells.floor_space))
    columns = {}
    for name, value in vars(cells).items():
        columns[name] = value[largest : largest + 1]
    for name in ("floor_space", "housing", "incubator_places"):
        columns[name] = getattr(cells, name).sum(keepdims=True)
    point = replace(testbed, cells=replace(cells, **columns),
                    institutes=replace(testbed.institutes, cell=np.zeros_like(testbed.institutes.cell)))
    model = ran(point)
    while model.running:
        model.step()
    world = model.world
    for population in world.populations:
        assert (population.cell[population.live] == 0).all()
    last = model.datacollector.get_model_vars_dataframe().iloc[-1]
    assert last["spatial_gini"] == pytest.approx(0.0, abs=1e-12)
    assert world.invariants() == []
    assert np.isfinite(last.to_numpy(dtype=float)).all()


def test_banks_that_lend_at_any_rate_ration_nobody(testbed):
    model = ran(testbed, **{"credit.rate_cap": 100.0, "credit.discouragement": 0})
    while model.running:
        model.step()
        refused = model.world.records.column("loans", "granted") < model.world.records.column("loans", "asked") - 1e-12
        assert not refused.any()
    assert model.datacollector.get_model_vars_dataframe()["rationed_share"].iloc[1:].max() < 0.05


def test_without_cycle_world_demand_grows_at_its_own_rate(testbed):
    calm = replace(testbed, industries=replace(testbed.industries, cycle=np.zeros_like(testbed.industries.cycle)))
    model = ran(calm)
    model.step()
    first = model.world.industries.world_demand.copy()
    while model.running:
        model.step()
        assert (model.world.industries.shock == 0.0).all()
    local = calm.industries.demand_local
    yearly = (1.0 - local) * calm.industries.world_growth + local * calm.background["growth"]
    grown = first * (1.0 + yearly) ** ((QUARTERS - 1) / 4)
    np.testing.assert_allclose(model.world.industries.world_demand, grown, rtol=1e-9)


def test_names_of_industries_mean_nothing(testbed):
    renamed = replace(testbed.industries, name=tuple(f"sector_{n}" for n in range(len(testbed.industries.name))),
                      label=tuple(Label(f"Sector {n}", f"行业{n}") for n in range(len(testbed.industries.name))))
    frames = []
    for region in (testbed, replace(testbed, industries=renamed)):
        model = ran(region)
        while model.running:
            model.step()
        frames.append(model.datacollector.get_model_vars_dataframe())
    np.testing.assert_array_equal(*(frame.to_numpy(dtype=float) for frame in frames))
