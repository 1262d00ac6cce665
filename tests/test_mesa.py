"""The model is a Mesa model, its agents are Mesa agents, and Mesa's own tools work on them."""

import copy
import pickle

import mesa
import numpy as np
import pytest
from mesa.discrete_space import CellAgent, OrthogonalMooreGrid

import simulation
from simulation.populations.handles import DeadAgentError


def sales_of(agent):
    return agent.sales


def test_agents_are_mesa_agents_with_their_keys_as_ids(small_model):
    assert isinstance(small_model, mesa.Model)
    agents = small_model.agents
    assert len(agents) == sum(p.count for p in small_model.world.populations)
    firm = small_model.agents_by_type[simulation.Firm][0]
    assert isinstance(firm, CellAgent)
    assert firm.unique_id == firm.key
    assert small_model.agent(firm.key) is firm
    assert set(small_model.agent_types) == {simulation.Firm, simulation.Talent, simulation.Institute, simulation.Fund}


def test_agent_sets_select_get_aggregate_and_group(small_model):
    world = small_model.world
    firms = small_model.agents_by_type[simulation.Firm]
    rows = world.firms.live
    assert sorted(firms.get("sales")) == pytest.approx(sorted(world.firms.sales[rows]))
    large = firms.select(lambda f: f.tier >= 3)
    assert len(large) == np.count_nonzero(world.firms.tier[rows] >= 3)
    assert firms.agg("sales", sum) == pytest.approx(world.firms.sales[rows].sum())
    groups = firms.groupby("tier").count()
    assert groups[1] == np.count_nonzero(world.firms.tier[rows] == 1)


def test_wide_columns_read_as_copies(small_model):
    firm = small_model.agents_by_type[simulation.Firm][0]
    knowledge = firm.knowledge
    knowledge[:] = -1
    assert (firm.knowledge >= 0).all()


def test_handles_write_between_quarters_and_never_money(small_model):
    firm = small_model.agents_by_type[simulation.Firm][0]
    firm.rd_intensity = 0.123
    assert small_model.world.firms.rd_intensity[firm.row] == 0.123
    with pytest.raises(PermissionError, match="ledger"):
        firm.cash = 1e9
    with pytest.raises(AttributeError, match="no attribute 'sale'"):
        _ = firm.sale


def test_handles_of_the_dead_raise_and_newborns_appear(small_scenario):
    model = simulation.Ecosystem(small_scenario, rng=2)
    model.step()
    before = {f.unique_id: f for f in model.agents_by_type[simulation.Firm]}
    for _ in range(8):
        model.step()
    after = {f.unique_id for f in model.agents_by_type[simulation.Firm]}
    dead, born = set(before) - after, after - set(before)
    assert dead
    assert born
    with pytest.raises(DeadAgentError, match="has died"):
        _ = before[dead.pop()].sales
    survivor = (set(before) & after).pop()
    assert model.agent(survivor) is before[survivor]


def test_a_person_can_be_taken_out_but_a_firm_cannot(small_model):
    person = next(iter(small_model.agents_by_type[simulation.Talent].select(lambda t: t.employer_kind == 1)))
    count = small_model.world.talent.count
    person.remove()
    assert small_model.world.talent.count == count - 1
    with pytest.raises(DeadAgentError):
        _ = person.age
    firm = small_model.agents_by_type[simulation.Firm][0]
    with pytest.raises(PermissionError, match="books must be settled"):
        firm.remove()
    small_model.step()
    assert small_model.world.invariants() == []


def test_the_grid_shows_the_region_and_its_agents(small_model):
    grid, region, world = small_model.grid, small_model.world.region, small_model.world
    assert isinstance(grid, OrthogonalMooreGrid)
    assert (grid.width, grid.height) == (region.width, region.height)
    firm = small_model.agents_by_type[simulation.Firm][0]
    cell = firm.cell
    assert firm in cell.agents
    assert cell.rent == world.cells.rent[world.firms.cell[firm.row]]
    assert len(cell.agents) == sum(
        int((p.cell[p.live] == cell.index).sum()) for p in world.populations
    )
    outside = next(c for c in grid.all_cells if c.index < 0)
    assert outside.agents == []
    neighbour = next(c for c in cell.neighborhood if c.index >= 0)
    firm.cell = neighbour
    assert firm in neighbour.agents
    assert world.firms.cell[firm.row] == neighbour.index


def test_outcomes_and_agents_go_through_a_data_collector(small_scenario):
    model = simulation.Ecosystem(small_scenario, rng=1)
    collector = mesa.DataCollector(agenttype_reporters={simulation.Institute: {"rd": "rd_spend"}})
    for _ in range(3):
        model.step()
        collector.collect(model)
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame.index) == [0, 1, 2]
    assert frame.loc[2, "firms"] == pytest.approx(model.world.firms.count / model.world.scale)
    agents = collector.get_agenttype_vars_dataframe(simulation.Institute)
    assert len(agents) == 3 * model.world.institutes.count
    reporters = mesa.DataCollector(agenttype_reporters={simulation.Firm: {"sales": sales_of}})
    reporters.collect(model)
    table = reporters.get_agenttype_vars_dataframe(simulation.Firm)
    assert table["sales"].sum() == pytest.approx(model.world.firms.sales[model.world.firms.live].sum())


@pytest.mark.parametrize(
    "duplicate", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy], ids=["pickle", "deepcopy"]
)
def test_a_copied_model_goes_on_like_the_original_and_shares_nothing(small_model, duplicate):
    firm = small_model.agents_by_type[simulation.Firm][0]
    _ = firm.cell
    other = duplicate(small_model)
    assert other.agent(firm.unique_id) is not firm
    for _ in range(3):
        other.step()
    assert small_model.quarter == 2
    for _ in range(3):
        small_model.step()
    a = small_model.datacollector.get_model_vars_dataframe()
    b = other.datacollector.get_model_vars_dataframe()
    assert a.equals(b)
    with pytest.raises(ValueError, match="read-only"):
        other.world.firms.sales[0] = 1.0
    assert not np.shares_memory(other.world.firms.sales, small_model.world.firms.sales)


@pytest.mark.parametrize(
    "duplicate", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy], ids=["pickle", "deepcopy"]
)
def test_a_model_with_policies_can_be_copied_in_mid_run(duplicate):
    model = simulation.Ecosystem(simulation.load_scenario("five_policies", scale=0.03, quarters=14), rng=2)
    while model.quarter < 11:
        model.step()
    other = duplicate(model)
    while model.running:
        model.step()
        other.step()
    assert model.datacollector.model_vars == other.datacollector.model_vars


def test_two_models_in_one_process_share_nothing(small_scenario):
    alone = simulation.Ecosystem(small_scenario, rng=5)
    for _ in range(4):
        alone.step()
    first, second = simulation.Ecosystem(small_scenario, rng=5), simulation.Ecosystem(small_scenario, rng=6)
    for _ in range(4):
        first.step()
        _ = len(second.agents)
        second.step()
    assert first.datacollector.get_model_vars_dataframe().equals(alone.datacollector.get_model_vars_dataframe())
    for mine, other in zip(first.world.tables, second.world.tables, strict=True):
        for column in mine.columns:
            assert not np.shares_memory(mine.arrays[column], other.arrays[column])


def test_the_guard_names_an_undeclared_write(small_scenario):
    model = simulation.Ecosystem(small_scenario, rng=1)
    model.world.begin_quarter(0)
    with model.world.writing(("firms.sales",)):
        model.world.firms.sales[0] = 1.0
        with pytest.raises(ValueError, match="read-only"):
            model.world.firms.patents[0] = 1
    with pytest.raises(PermissionError, match="births"):
        model.world.firms.add(np.array([1]))
