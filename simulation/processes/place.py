"""Place: what was built opens; rents, housing cost, amenity and knowledge in reach follow what happens there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from simulation.parameters import Parameters, param
from simulation.populations.columns import origin_keys
from simulation.space.proximity import reach

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import World

READS = (
    "firms.cell", "firms.space", "firms.industry", "firms.sales", "firms.knowledge", "firms.rd_spend", "firms.rd_stock",
    "institutes.cell", "institutes.expertise", "institutes.rd_spend", "talent.cell", "levers.construction_floor_space",
    "levers.construction_places", "levers.construction_amenity", "levers.construction_access",
    "levers.travel_time_saved", "levers.outside_link", "levers.institute_openings",
)
WRITES = (
    "cells.floor_space", "cells.occupied", "cells.housing", "cells.rent", "cells.housing_cost", "cells.amenity",
    "cells.access", "cells.incubator_places", "cells.knowledge_pool", "cells.residents", "cells.firms",
    "externals.travel_time", "externals.link", "institutes.births",
)


class PlaceParameters(Parameters, group="place"):
    """How prices, buildings, amenity and knowledge of cells respond."""

    usual_occupancy: float = param(0.88, unit="1", bounds=(0.3, 1.0), source="assumption")
    """Occupancy of floor space at which rents rest."""
    usual_housing: float = param(0.93, unit="1", bounds=(0.3, 1.0), source="assumption")
    """Occupancy of dwellings at which housing cost rests."""
    rent_elasticity: float = param(1.0, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Percent by which rent rises in the end for each percent of occupancy."""
    housing_elasticity: float = param(1.5, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Percent by which housing cost rises in the end for each percent of occupancy."""
    price_speed: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the gap to where rents and housing cost tend that is closed in a quarter."""
    amenity_in_price: float = param(0.15, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Rise of log rent and log housing cost for each unit by which amenity has improved since the start."""
    levy_in_rent: float = param(1.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of what landlords pay for public land that they pass on in rents, in the end."""
    access_in_rent: float = param(0.30, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Rise of log rent for each unit by which access has improved since the start."""
    supply: float = param(0.25, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Share of the stock that landlords begin to build in a quarter for each unit of occupancy above the usual."""
    build_time: int = param(6, unit="quarter", bounds=(1, 20), source="assumption")
    """Quarters from beginning to opening."""
    floor_limit: float = param(120.0, unit="thousand m2 per km2", bounds=(1.0, 5e3), source="assumption")
    """Floor space for business that fully buildable land may carry."""
    housing_limit: float = param(1500.0, unit="dwellings per km2", bounds=(1.0, 1e5), source="assumption")
    """Dwellings for skilled households that fully buildable land may carry."""
    floor_cost: float = param(4.0, unit="million CNY per thousand m2", bounds=(0.1, 50.0), source="assumption")
    """Cost of building floor space, paid by landlords."""
    dwelling_cost: float = param(0.45, unit="million CNY", bounds=(0.01, 10.0), source="assumption")
    """Cost of building a dwelling, paid by landlords."""
    amenity_memory: float = param(0.01, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of a change of amenity that wears off in a quarter."""
    talent_amenity: float = param(0.20, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Amenity gained for each log point by which the talent living in reach has grown."""
    services_amenity: float = param(0.15, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Amenity gained for each log point by which producer services in reach have grown per resident of the district."""
    spending_amenity: float = param(0.02, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Amenity lost a quarter for each log point by which background public spending is cut."""
    few: float = param(20.0, unit="people", bounds=(0.1, 1e4), source="assumption")
    """Residents (or workers in services) that a place counts for before any live there."""
    pool_speed: float = param(0.15, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the gap to today's knowledge in reach that a cell's pool closes in a quarter."""
    pool_anchor: float = param(0.1, unit="million CNY", bounds=(0.0, 1e3), source="assumption")
    """R&D of a quarter in reach of a field at which local knowledge weighs as much as the district's mean."""
    shortest_travel: float = param(5.0, unit="minute", bounds=(0.1, 60.0), source="assumption")
    """Travel time to a region outside that no service goes below."""
    institute_level: float = param(0.9, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Knowledge of institutes in their strongest field relative to the frontier."""
    institute_fields: int = param(3, unit="fields", bounds=(1, 20), source="assumption")
    """Technology fields of a new institute: those that local industry lacks most."""
    institute_taste: float = param(0.3, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Scale of what else decides on its fields, in logs of the lack."""


PARAMETERS = PlaceParameters


def occupancy(used: Array, stock: Array, kernel: csr_matrix) -> Array:
    """Return the share in use around each cell, as its market sees it.

    Parameters
    ----------
    used, stock : (n,) in any unit
    kernel : (n, n) weights of cells for each other

    Returns
    -------
    (n,) float; zero where nothing can be used
    """
    return (kernel @ used) / np.maximum(kernel @ stock, 1e-9)


def price_after(
    price: Array, start: Array, occupied: Array, usual: float, elasticity: float, premium: Array, speed: float
) -> Array:
    """Return a price that closes part of the gap to where occupancy and improvements draw it.

    Parameters
    ----------
    price, start : (n,) price now and at the start
    occupied : (n,) share in use
    usual : share at which the price rests
    elasticity : of the resting price with respect to occupancy
    premium : (n,) log points earned by improvements since the start
    speed : share of the gap closed

    Returns
    -------
    (n,) float; the price itself where occupancy is usual and nothing has changed
    """
    pressure = np.log(np.clip(occupied / usual, 0.25, 4.0))
    goal = np.log(start) + elasticity * pressure + premium
    return np.exp(np.log(price) + speed * (goal - np.log(price)))


def begun(stock: Array, underway: Array, used: Array, usual: float, supply: float, limit: Array) -> Array:
    """Return what landlords begin to build: more where the market will be tight, up to what the land carries.

    Parameters
    ----------
    stock, underway, used : (n,) built, being built and in use, summed over what is in reach or by cell alike
    usual : occupancy above which building pays
    supply : share of the stock begun for each unit of occupancy above it
    limit : (n,) most that each cell may carry

    Returns
    -------
    (n,) in the unit of the stock
    """
    coming = stock + underway
    tight = np.maximum(used / np.maximum(coming, 1e-9) - usual, 0.0)
    return np.minimum(supply * np.minimum(tight, 0.5) * stock, np.maximum(limit - coming, 0.0))


def knowledge_in_reach(
    pool: Array, kernel: csr_matrix, research: Array, weighted: Array, anchor: float, speed: float
) -> Array:
    """Return knowledge pools that follow the knowledge of those who do research nearby.

    Parameters
    ----------
    pool : (n, F) knowledge in reach now
    kernel : (n, n) weights of cells for each other
    research : (n, F) research by field in each cell (at 1:1)
    weighted : (n, F) the same times the knowledge of those who do it
    anchor : research at which local knowledge and the district's mean weigh the same
    speed : share of the gap closed

    Returns
    -------
    (n, F) float
    """
    total = research.sum(axis=0)
    mean = np.where(total > 0, weighted.sum(axis=0) / np.maximum(total, 1e-12), pool.mean(axis=0))
    goal = (kernel @ weighted + anchor * mean) / (kernel @ research + max(anchor, 1e-9))
    return pool + speed * (goal - pool)


def expertise_lacking(need: Array, supply: Array, taste: Array, fields: int) -> Array:
    """Return the expertise of new institutes: the fields that industry needs more of than institutes offer.

    Parameters
    ----------
    need, supply : (F,) by field, in any unit each
    taste : (n, F) what else decides, in logs of the lack
    fields : number of fields of an institute

    Returns
    -------
    (n, F) float, rows sum to one
    """
    offered = supply / supply.sum() if supply.sum() > 0 else np.zeros(len(supply))
    lack = np.maximum(need / need.sum() - offered, 1e-6) * np.exp(taste)
    least = np.sort(lack, axis=1)[:, -min(fields, lack.shape[1]), None]
    chosen = np.where(lack >= least, lack, 0.0)
    return chosen / chosen.sum(axis=1, keepdims=True)


def amenity_after(
    amenity: Array, start: Array, talent_growth: Array, services_growth: Array, spending: float, p: PlaceParameters
) -> Array:
    """Return amenity after a quarter: talent and services that gather add to it, neglect wears it off.

    Parameters
    ----------
    amenity, start : (n,) index now and at the start
    talent_growth, services_growth : (n,) log growth of talent and services in reach over the quarter
    spending : background public spending relative to what it would be without policies
    p : parameters

    Returns
    -------
    (n,) float in [-5, 5]
    """
    change = (
        p.talent_amenity * talent_growth
        + p.services_amenity * services_growth
        + p.spending_amenity * np.log(max(spending, 0.1))
        - p.amenity_memory * (amenity - start)
    )
    return np.clip(amenity + change, -5.0, 5.0)


def step(world: World, levers: Levers, draws: Draws, p: PlaceParameters) -> None:
    """Open what was built, count who is there, and let prices, amenity and knowledge respond."""
    _open(world, levers, p)
    if levers.institute_openings.active:
        _open_institutes(world, levers, draws, p)
    _count_and_price(world, p)
    _spread_knowledge(world, p)


def _open(world: World, levers: Levers, p: PlaceParameters) -> None:
    """Open public works of this quarter and private buildings begun `build_time` quarters ago."""
    cells, site = world.cells, world.region.cells
    cells.floor_space[:] += levers.construction_floor_space.on(site)
    cells.incubator_places[:] += levers.construction_places.on(site)
    cells.amenity[:] = np.minimum(cells.amenity + levers.construction_amenity.on(site), 5.0)
    cells.access[:] = np.minimum(cells.access + levers.construction_access.on(site), 1.5)
    nodes, outside = world.externals, world.region.externals
    nodes.travel_time[:] = np.maximum(outside.travel_time - levers.travel_time_saved.on(outside), p.shortest_travel)
    nodes.link[:] = 1.0 + levers.outside_link.on(outside)
    underway = world.published.get("underway")
    if underway is not None:
        cells.floor_space[:] += underway[0, 0]
        cells.housing[:] += underway[1, 0]


def _open_institutes(world: World, levers: Levers, draws: Draws, p: PlaceParameters) -> None:
    """Open institutes for what local industry lacks; they have neither staff nor a sponsor's budget yet."""
    region, institutes = world.region, world.institutes
    counts = np.floor(np.broadcast_to(levers.institute_openings.on(region.cells), len(world.cells)) + 1e-9).astype(int)
    cell = np.repeat(np.arange(len(counts)), counts)
    if not len(cell):
        return
    ordinal = np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
    keys = origin_keys("institute", 1, world.quarter, (cell << 8) + ordinal)
    firms, hosts = world.firms, institutes.live
    research = np.bincount(firms.industry[firms.live], weights=firms.rd_stock[firms.live],
                           minlength=len(region.field_weights))
    need = research @ region.field_weights + 1e-9
    supply = institutes.rd_spend[hosts] @ institutes.expertise[hosts]
    fields = np.arange(len(region.fields))
    taste = draws.gumbel("place.expertise", (keys[:, None] + (fields << 50)).ravel(), fixed=True)
    expertise = expertise_lacking(
        need, supply, p.institute_taste * taste.reshape(len(keys), len(fields)), p.institute_fields
    )
    institutes.add(keys, system=len(region.systems) - 1, cell=cell, opened=world.quarter, expertise=expertise)
    world.records.flow("institutes_opened", len(keys))


def _count_and_price(world: World, p: PlaceParameters) -> None:
    cells, start, firms, talent = world.cells, world.region.cells, world.firms, world.talent
    n, kernel, scale = len(cells), reach(world.region), world.scale
    rows, people = firms.live, talent.live
    home = firms.cell[rows]
    cells.occupied[:] = np.bincount(home, firms.space[rows], n)
    cells.firms[:] = np.bincount(home, minlength=n)
    residents = np.bincount(talent.cell[people], minlength=n).astype(float)
    serving = np.where(world.region.industries.services[firms.industry[rows]], firms.sales[rows], 0.0)
    services = kernel @ np.bincount(home, serving, n) / scale
    around = kernel @ residents / scale
    known = world.published.get("around")
    talent_growth = services_growth = np.zeros(n)
    if known is not None:
        talent_growth = np.log((around + p.few) / (known[0] + p.few))
        per_head = np.log(max(residents.sum() / scale, 1.0) / max(known[2].sum(), 1.0))
        services_growth = np.log((services + 0.1 * p.few) / (known[1] + 0.1 * p.few)) - per_head
    world.records["around"] = np.stack([around, services, residents / scale])
    cells.residents[:] = residents

    ratio = world.published.get("background_spending_ratio", 1.0)
    cells.amenity[:] = amenity_after(cells.amenity, start.amenity, talent_growth, services_growth, ratio, p)
    nicer = p.amenity_in_price * (cells.amenity - start.amenity)
    nearer = p.access_in_rent * (cells.access - start.access)
    nearer = nearer + p.levy_in_rent * np.log1p(world.published.get("land_levy", 0.0))
    in_use = occupancy(cells.occupied, cells.floor_space, kernel)
    lived_in = occupancy(residents, cells.housing, kernel)
    cells.rent[:] = price_after(
        cells.rent, start.rent, in_use, p.usual_occupancy, p.rent_elasticity, nicer + nearer, p.price_speed
    )
    cells.housing_cost[:] = price_after(
        cells.housing_cost, start.housing_cost, lived_in, p.usual_housing, p.housing_elasticity, nicer, p.price_speed
    )
    _build(world, p)


def _build(world: World, p: PlaceParameters) -> None:
    """Let landlords begin what the market lacks; it opens after the time of building."""
    cells, kernel = world.cells, reach(world.region)
    land = world.region.cells.buildable * world.scale
    underway = world.published.get("underway")
    if underway is None:
        underway = np.zeros((2, p.build_time, len(cells)))
    new = np.empty((2, len(cells)))
    for i, (stock, used, usual, limit, cost) in enumerate((
        (cells.floor_space, cells.occupied, p.usual_occupancy, p.floor_limit, p.floor_cost),
        (cells.housing, cells.residents, p.usual_housing, p.housing_limit, p.dwelling_cost),
    )):
        coming = underway[i, 1:].sum(axis=0)
        tight = occupancy(used, stock + coming, kernel)
        new[i] = begun(stock, coming, tight * (stock + coming), usual, p.supply, np.maximum(limit * land, stock))
        world.ledger.pay("construction", "landlords", "world", float(cost * new[i].sum()))
    world.records["underway"] = np.concatenate([underway[:, 1:], new[:, None]], axis=1)


def _by_cell(cell: Array, values: Array, n: int) -> Array:
    """Return figures of agents, (m, F) in the cells (m,), summed by cell, (n, F)."""
    fields = values.shape[1]
    place = cell[:, None] * fields + np.arange(fields)
    return np.bincount(place.ravel(), values.ravel(), n * fields).reshape(n, fields)


def _spread_knowledge(world: World, p: PlaceParameters) -> None:
    firms, institutes, region = world.firms, world.institutes, world.region
    rows, hosts = firms.live, institutes.live
    industry, n, kinds = firms.industry[rows], len(world.cells), len(region.industries.name)
    expertise = institutes.expertise[hosts]
    level = p.institute_level * expertise / np.maximum(expertise.max(axis=1, keepdims=True), 1e-9)
    effort = institutes.rd_spend[hosts, None] * expertise
    spent = np.bincount(firms.cell[rows] * kinds + industry, firms.rd_spend[rows], n * kinds).reshape(n, kinds)
    seat = institutes.cell[hosts]
    research = spent @ region.field_weights + _by_cell(seat, effort, n)
    known = region.field_weights.take(industry, axis=0) * firms.knowledge.take(rows, axis=0)
    known *= firms.rd_spend[rows, None]
    weighted = _by_cell(firms.cell[rows], known, n) + _by_cell(seat, effort * level, n)
    pool = world.cells.knowledge_pool
    pool[:] = knowledge_in_reach(
        pool, reach(region), research / world.scale, weighted / world.scale, p.pool_anchor, p.pool_speed
    )
