"""Place: prices, building, amenity and knowledge pools by hand, and quarters under the guard."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import identity

from simulation.draws import Draws
from simulation.levers import Levers
from simulation.populations.columns import origin_keys
from simulation.processes import place
from simulation.processes.place import PlaceParameters
from simulation.space.proximity import reach
from simulation.space.region import load_region
from simulation.world import World

P = PlaceParameters().quarterly()


def small_world(occupied: float = 0.88, housed: float = 0.93) -> World:
    """A testbed district in which every cell is used and lived in to the same degree."""
    world = World(load_region("testbed"))
    site, n = world.region.cells, len(world.cells)
    for column in ("floor_space", "housing", "rent", "housing_cost", "access", "amenity", "incubator_places"):
        world.cells.arrays[column][:] = getattr(site, column)
    world.cells.housing[:] = 100.0
    world.cells.knowledge_pool[:] = 0.35
    world.firms.add(
        origin_keys("firm", 0, 0, np.arange(n)), cell=np.arange(n), industry=np.arange(n) % len(world.industries),
        sales=2.0, space=occupied * world.cells.floor_space, knowledge=0.5, rd_spend=0.15,
    )
    people = round(100 * housed)
    world.talent.add(origin_keys("talent", 0, 0, np.arange(people * n)), cell=np.repeat(np.arange(n), people))
    return world


def run(world: World, quarters: int = 1, levers: Levers | None = None, **changes: float) -> World:
    """Run place alone, under the guard."""
    p = PlaceParameters(**changes).quarterly()
    for _ in range(quarters):
        world.begin_quarter(world.quarter + 1)
        with world.writing(place.WRITES):
            place.step(world, levers or Levers(), Draws(1), p)
        world.end_quarter()
        assert world.invariants() == []
        world.lock(False)
    return world


def test_occupancy_is_that_of_the_market_around_a_cell():
    kernel = np.array([[1.0, 0.5], [0.5, 1.0]])
    assert place.occupancy(np.array([8.0, 0.0]), np.array([10.0, 10.0]), kernel) == pytest.approx([8 / 15, 4 / 15])


def test_prices_rest_at_usual_occupancy_and_close_part_of_the_gap_otherwise():
    start = np.full(3, 0.1)
    price = place.price_after(start, start, np.array([0.8, 1.6, 0.8]), 0.8, 1.0, np.array([0.0, 0.0, 0.2]), 0.5)
    assert price == pytest.approx([0.1, 0.1 * np.sqrt(2), 0.1 * np.exp(0.1)])


def test_landlords_build_where_the_market_is_tight_and_stop_at_what_the_land_carries():
    new = place.begun(
        np.full(3, 100.0), np.array([0.0, 25.0, 0.0]), np.full(3, 100.0), 0.8, 0.5, np.array([500.0, 500.0, 104.0])
    )
    assert new == pytest.approx([10.0, 0.0, 4.0])


def test_amenity_gathers_with_talent_and_services_and_wears_off():
    zero = np.zeros(1)
    assert place.amenity_after(zero, zero, zero, zero, 1.0, P) == pytest.approx([0.0])
    assert place.amenity_after(zero, zero, zero + 0.1, zero + 0.2, 1.0, P) == pytest.approx(
        [0.1 * P.talent_amenity + 0.2 * P.services_amenity]
    )
    assert place.amenity_after(zero + 1.0, zero, zero, zero, 1.0, P) == pytest.approx([1.0 - P.amenity_memory])
    assert place.amenity_after(zero, zero, zero, zero, 0.9, P)[0] < 0


def test_knowledge_pools_follow_those_who_do_research_nearby():
    research, weighted = np.array([[2.0], [0.0]]), np.array([[1.6], [0.0]])
    pool = place.knowledge_in_reach(np.zeros((2, 1)), identity(2, format="csr"), research, weighted, 2.0, 1.0)
    assert pool[:, 0] == pytest.approx([0.8, 0.8])
    research[1], weighted[1] = 2.0, 0.4
    pool = place.knowledge_in_reach(np.zeros((2, 1)), identity(2, format="csr"), research, weighted, 2.0, 1.0)
    assert pool[:, 0] == pytest.approx([(1.6 + 1.0) / 4, (0.4 + 1.0) / 4])


def test_usual_occupancy_moves_no_price():
    world = small_world()
    rent, housing = world.cells.rent.copy(), world.cells.housing_cost.copy()
    run(world, 5)
    used = world.cells.floor_space > 0
    assert world.cells.rent[used] == pytest.approx(rent[used], rel=1e-9)
    assert world.cells.housing_cost == pytest.approx(housing, rel=1e-9)
    assert world.cells.amenity == pytest.approx(world.region.cells.amenity)


def test_counts_are_of_those_who_are_there():
    world = run(small_world())
    assert world.cells.firms == pytest.approx(np.ones(len(world.cells)))
    assert world.cells.residents == pytest.approx(np.full(len(world.cells), 93.0))
    assert world.cells.occupied == pytest.approx(0.88 * world.cells.floor_space)


def test_crowded_districts_become_dear_and_are_built_up_after_a_while():
    world = small_world(1.0, 1.0)
    floor = world.cells.floor_space.sum()
    run(world, P.build_time)
    assert world.cells.rent.mean() > world.region.cells.rent.mean()
    assert world.cells.floor_space.sum() == pytest.approx(floor)
    run(world, 1)
    assert world.cells.floor_space.sum() > floor
    assert world.ledger.totals["construction"].sum() > 0


def test_public_works_open_in_their_cells_only():
    world, levers = small_world(), Levers()
    works = np.zeros(len(world.cells))
    works[4] = 1.0
    before = {c: world.cells.arrays[c].copy() for c in ("floor_space", "incubator_places", "amenity", "access")}
    levers.construction_floor_space.move(works)
    levers.construction_places.move(3 * works)
    levers.construction_amenity.move(0.1 * works)
    levers.construction_access.move(0.1 * works)
    run(world, 1, levers, amenity_memory=0.0)
    rise = {c: world.cells.arrays[c] - before[c] for c in before}
    assert rise["floor_space"] == pytest.approx(works)
    assert rise["incubator_places"] == pytest.approx(3 * works)
    assert rise["amenity"] == pytest.approx(0.1 * works)
    assert rise["access"] == pytest.approx(0.1 * works)


def test_newcomers_raise_amenity_and_housing_cost_where_they_live():
    world = run(small_world())
    world.talent.add(origin_keys("talent", 1, 1, np.arange(60)), cell=3)
    before = world.cells.amenity.copy()
    run(world, 1)
    assert world.cells.amenity[3] > before[3]
    assert world.cells.housing_cost[3] > world.region.cells.housing_cost[3]
    far = np.flatnonzero(reach(world.region).toarray()[3] == 0)
    assert (world.cells.amenity[far] <= before[far] + 1e-12).all()


def test_pools_close_in_on_local_knowledge():
    world = run(small_world(), 40)
    assert world.cells.knowledge_pool == pytest.approx(0.5, abs=0.01)


def test_a_yuan_of_research_weighs_the_same_whether_an_institute_or_a_firm_spends_it():
    def without_anchor(firm_knows: float, institute_knows: float) -> np.ndarray:
        world = small_world()
        world.firms.rd_spend[:], world.firms.knowledge[:] = 0.0, firm_knows
        world.firms.rd_spend[3] = 1.0
        fields = len(world.region.fields)
        world.institutes.add(origin_keys("institute", 0, 0, np.arange(1)), cell=3, rd_spend=1.0,
                             expertise=world.region.field_weights[world.firms.industry[3]].reshape(1, fields))
        run(world, pool_anchor=0.0, pool_speed=1.0, institute_level=institute_knows)
        return world.cells.knowledge_pool[3]

    main = np.argmax(load_region("testbed").field_weights[3 % len(load_region("testbed").industries.name)])
    assert without_anchor(0.2, 0.8)[main] == pytest.approx(0.5)
    assert without_anchor(0.8, 0.2)[main] == pytest.approx(0.5)


def test_new_institutes_take_the_fields_that_industry_lacks_most():
    need, supply = np.array([5.0, 3.0, 2.0, 0.0]), np.array([4.0, 0.0, 0.0, 4.0])
    expertise = place.expertise_lacking(need, supply, np.zeros((1, 4)), 2)
    assert expertise == pytest.approx(np.array([[0.0, 0.6, 0.4, 0.0]]))
    shifted = place.expertise_lacking(need, supply, np.array([[9.0, 0.0, 0.0, 0.0]]), 2)
    assert shifted[0].argmax() == 1, "what is offered already is not lacking, whatever the taste"


def test_institutes_open_where_asked_with_nobody_and_no_sponsor():
    levers = Levers()
    levers.institute_openings.move(np.bincount([2, 2, 5], minlength=len(load_region("testbed").cells.x)))
    world = run(small_world(), levers=levers)
    u, rows = world.institutes, world.institutes.live
    assert sorted(u.cell[rows]) == [2, 2, 5]
    assert (u.budget[rows] == 0.0).all()
    assert (u.staff[rows] == 0).all()
    assert (u.ordinal[rows] == -1).all()
    assert u.expertise[rows].sum(axis=1) == pytest.approx(1.0)
    assert (np.count_nonzero(u.expertise[rows], axis=1) <= P.institute_fields).all()
    again = run(small_world(), levers=levers)
    assert (again.institutes.expertise[rows] == u.expertise[rows]).all()
