"""A district of forty firms in which only demography runs, shared by tests."""

import numpy as np

from simulation.draws import Draws
from simulation.levers import Levers
from simulation.populations.columns import origin_keys
from simulation.populations.funds import BANK, VENTURE
from simulation.populations.talent import FIRM, MANAGEMENT, RESEARCH
from simulation.processes.demography import process as demography
from simulation.processes.demography.parameters import DemographyParameters
from simulation.space.region import load_region
from simulation.world import World

P = DemographyParameters().quarterly()


def small_world() -> World:
    """A testbed district with forty firms, two hundred researchers and managers, and a bank."""
    world = World(load_region("testbed"))
    region, cells = world.region, world.cells
    for column in ("floor_space", "housing", "rent", "access", "amenity", "incubator_places"):
        cells.arrays[column][:] = getattr(region.cells, column)
    cells.knowledge_pool[:] = 0.35
    world.externals.travel_time[:] = region.externals.travel_time
    world.neighbours.firms[:] = region.neighbours.firms
    world.neighbours.tax[:] = region.neighbours.tax / 4.0
    n = 40
    industry = np.arange(n) % len(world.industries)
    sales = 1.0 + np.arange(n) / 4.0
    rows = world.firms.add(
        origin_keys("firm", 0, 0, np.arange(n)), industry=industry, cell=np.arange(n) % len(cells), born=-20,
        capital=sales, sales=sales, sales_year=4 * sales, space=0.4, margin=0.05, labour=sales * 5, knowledge=0.4,
    )
    world.firms.cash[rows] = sales
    world.industries.sales[:] = np.bincount(industry, sales)
    people = np.arange(200)
    world.talent.add(
        origin_keys("talent", 0, 0, people), skill=np.where(people % 2, RESEARCH, MANAGEMENT), employer_kind=FIRM,
        employer=people % n, wage=0.27, age=35.0, field=people % len(region.fields),
    )
    np.add.at(world.firms.staff, (world.talent.employer[:200], world.talent.skill[:200]), 1)
    world.funds.add(origin_keys("fund", 0, 0, np.arange(2)), kind=[BANK, VENTURE], thesis=1.0 / len(world.industries))
    return world


def run(
    world: World, quarters: int = 1, seed: int = 3, levers: Levers | None = None,
    noted: dict[str, np.ndarray] | None = None, **changes: float,
) -> World:
    """Run demography alone, on what earlier phases noted, under the guard and with both books checked."""
    p = DemographyParameters(**changes).quarterly()
    draws, levers = Draws(seed), levers or Levers()
    for _ in range(quarters):
        draws.quarter = world.quarter + 1
        world.begin_quarter(world.quarter + 1)
        world.records.state.update(noted or {})
        with world.writing(demography.WRITES):
            demography.step(world, levers, draws, p)
        assert world.end_quarter() < 1e-9
        assert world.invariants() == []
        world.lock(False)
    return world
