"""A small labour market of the invented region, shared by tests."""

import numpy as np

from simulation.populations.columns import origin_keys
from simulation.populations.funds import BANK, VENTURE
from simulation.populations.talent import FIRM, NO_EMPLOYER
from simulation.processes.labour.parameters import LabourParameters
from simulation.space.region import load_region
from simulation.world import World

P = LabourParameters().quarterly()


def small_world() -> World:
    """Six firms, an institute and a fund of the invented region, with two hundred people, forty of them in work."""
    region = load_region("testbed")
    world = World(region, 1.0)
    rows = world.firms.add(
        origin_keys("firm", 0, 0, np.arange(6)), industry=np.arange(6) % 4, cell=np.arange(6) * 3, born=-8,
        sales_year=[4.0, 8.0, 16.0, 32.0, 64.0, 80.0], rd_intensity=0.05, rd_spend=[0.05, 0.1, 0.2, 0.4, 0.8, 1.0],
    )
    world.ledger.open_quarter(0)
    world.ledger.pay("equity", "households", world.firms.at(rows), 20.0)
    world.institutes.add(origin_keys("institute", 0, 0, np.arange(1)), expertise=region.institutes.expertise[0],
                         cell=2, budget=2.0)
    world.funds.add(origin_keys("fund", 0, 0, np.arange(2)), kind=[VENTURE, BANK])
    people = np.arange(200)
    world.talent.add(
        origin_keys("talent", 0, 0, people), skill=people % 5, field=(people // 5) % 5, ability=0.3 * np.sin(people),
        age=36, wage=np.array([0.25, 0.12, 0.18, 0.3, 0.3])[people % 5], cell=people % len(world.cells), since=-3,
        employer_kind=np.where(people < 40, FIRM, NO_EMPLOYER), employer=np.where(people < 40, people % 6, -1),
    )
    fields = len(region.fields)
    world.segments.wage[:] = np.repeat([0.25, 0.12, 0.18, 0.3, 0.3], [fields, fields, 1, 1, 1])
    world.externals.travel_time[:] = region.externals.travel_time
    world.externals.wage[:] = region.externals.wage * 0.23
    return world
