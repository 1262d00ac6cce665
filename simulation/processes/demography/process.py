"""Demography of firms: who closes, who enters and where, who moves, and who holds an incubator place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.processes.demography import closure, entry, location, projects, settlement
from simulation.processes.demography.parameters import DemographyParameters
from simulation.processes.demography.settlement import Market, Relief
from simulation.space.proximity import reach
from simulation.world import FirmView

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import World

READS = (
    "firms.defaulted", "firms.margin", "firms.rd_invested", "firms.sales", "firms.sales_year", "firms.cash",
    "firms.debt", "firms.capital", "firms.knowledge", "firms.labour", "firms.digital", "firms.digital_since",
    "industries.cost", "industries.sales",
    "cells.floor_space", "cells.incubator_places", "cells.rent", "cells.access", "cells.amenity",
    "cells.knowledge_pool", "cells.research", "externals.travel_time", "institutes.places", "talent.wage",
    "talent.ability", "talent.field", "talent.age", "segments.wage", "cells.housing", "holdings",
    "levers.window_reach", "levers.rent_relief", "levers.entry_time_saved", "levers.start_grant", "levers.mentoring",
    "levers.project_offer",
    "levers.peer_offer",
)
WRITES = (
    "firms.births", "firms.deaths", "firms.cell", "firms.space", "firms.incubated", "firms.staff", "institutes.staff",
    "institutes.spin_offs", "talent.employer_kind", "talent.employer", "talent.since", "talent.founded",
    "talent.wage", "talent.births", "externals.came", "neighbours.firms", "neighbours.talent", "neighbours.tax",
    "neighbours.response", "loans", "results", "funds.returned", "industries.world_demand",
)


PARAMETERS = DemographyParameters


def step(world: World, levers: Levers, draws: Draws, p: DemographyParameters) -> None:
    """Close, found, bring and move firms, and publish what founders look at."""
    closure.close(world, draws, p)
    _leave_incubators(world, p)
    market = _market(world, levers, p)
    gain = _enter(world, levers, draws, p, market)
    _resize_and_move(world, draws, p, market)
    _respond(world, levers, p, gain)
    _publish(world)


def _market(world: World, levers: Levers, p: DemographyParameters) -> Market:
    firms, cells, region = world.firms, world.cells, world.region
    rows = firms.live
    n, n_industries = len(cells), len(region.industries.name)
    home = firms.cell[rows]
    space = firms.space[rows]
    vacant = location.vacant_space(cells.floor_space, np.bincount(home, space, n)) / world.scale
    counts = np.bincount(home * n_industries + firms.industry[rows], minlength=n * n_industries)
    peers = (reach(region) @ counts.reshape(n, n_industries).astype(float)).T / world.scale
    intensity = region.industries.rd_intensity
    knowledge = region.field_weights @ location.to_be_heard(cells.research, cells.knowledge_pool).T
    values = location.cell_values(
        vacant, peers, knowledge, cells.access, cells.amenity,
        np.log(np.maximum(cells.rent, 1e-6)), location.technological(intensity, intensity.mean()),
        (p.peers_weight, p.knowledge_weight, p.access_weight, p.amenity_weight, p.rent_weight),
    )
    free = _places(world) - np.bincount(home, firms.incubated[rows], n)
    norm = world.published.get("space_norm")
    if norm is None:
        needed = location.space_needed(firms.sales_year[rows], 1.0).sum()
        norm = float(space.sum() / needed) if needed > 0 else 1.0
    world.records["space_norm"] = norm
    setting = p.knowledge_weight * knowledge + p.access_weight * cells.access + p.amenity_weight * cells.amenity
    relief = _rent_relief(world, levers, p) if levers.rent_relief.active else None
    return Market(values, vacant * world.scale, free, p.incubator_weight, norm, setting, intensity, relief)


def _rent_relief(world: World, levers: Levers, p: DemographyParameters) -> Relief:
    """Return the rule by which rent relief adds to the value of cells, (m, n) log points."""
    zone = world.region.cells.zone
    cells = len(zone)

    def added(industry: Array, age: Array, tier: Array, size: Array) -> Array:
        firms = (np.repeat(column, cells) for column in (tier, industry, age, size))
        tiers, industries, ages, sizes = firms
        view = FirmView(tiers, industries, np.tile(zone, len(industry)), ages, sizes)
        relief = np.broadcast_to(levers.rent_relief.on(view), len(industries))
        return location.relieved(relief.reshape(len(industry), cells), p.rent_weight)

    return added


def _places(world: World) -> Array:
    """Return the incubator places of each cell: those of its parks and those that institutes offer."""
    institutes = world.institutes
    rows = institutes.live
    return world.cells.incubator_places + np.bincount(institutes.cell[rows], institutes.places[rows], len(world.cells))


def _leave_incubators(world: World, p: DemographyParameters) -> None:
    firms = world.firms
    rows = firms.live
    grown = rows[firms.incubated[rows] & (world.quarter - firms.born[rows] >= p.incubation)]
    firms.incubated[grown] = False


def _enter(world: World, levers: Levers, draws: Draws, p: DemographyParameters, market: Market) -> Array:
    """Let candidates decide and settle; return by how much the best cell has improved since the start."""
    published, region = world.published, world.region
    values: tuple[Array, ...] = market.values
    if market.relief is not None:
        kinds, newborn = np.arange(len(values[0])), np.zeros(len(values[0]))
        added = market.relief(kinds, newborn, newborn + 1, newborn + 4 * p.start_sales)
        values = tuple(value + added for value in values)
    inclusive = np.stack([location.inclusive_value(v) for v in values])
    reference = published.get("place_reference")
    world.records["place_reference"] = reference = inclusive if reference is None else reference
    gain = inclusive - reference

    courted = levers.project_offer.active
    pool = entry.candidates(world, levers, draws, p)
    technological = pool.rd_intensity >= p.technology_threshold
    margin = published.get("industry_margin", np.full(len(region.industries.name), p.usual_margin))
    signal = pool.quality + p.quality_noise * draws.normal("demography.belief", pool.key, fixed=True)
    signal = signal / (1.0 + p.quality_noise**2)
    grant: Array | float = 0.0
    view: FirmView | None = None
    if levers.start_grant.active or levers.entry_time_saved.active:
        nowhere = np.full(len(pool), -1)
        view = entry.candidate_view(world, draws, pool, nowhere, nowhere > 0, p)
        grant = levers.start_grant.on(view)
    index = entry.entry_value(
        margin[pool.industry], signal, (pool.cash + grant) / (p.runway * pool.sales),
        published.get("rationed_share", p.usual_rationing),
        gain[technological.astype(int), pool.industry], _services_gain(world), pool.outside, p,
    )
    if levers.entry_time_saved.active:
        index = index + entry.time_worth(pool.sales, p) * levers.entry_time_saved.on(view)
    if courted:
        offer = projects.offers(world, levers, pool).max(axis=1)
        index = np.where((pool.origin == projects.PROJECT) & (offer <= 0.0), -np.inf, index + p.offer_weight * offer)
    entering = index + draws.logistic("demography.entry", pool.key) > 0.0
    settlement.settle(world, levers, draws, p, market, pool.chosen(entering), technological[entering])
    return gain


def _services_gain(world: World) -> float:
    """Return the log of producer services' share of sales relative to the region's share at the start."""
    industries = world.region.industries
    before = float(industries.sales_share[industries.services].sum())
    sales = world.industries.sales
    now = float(sales[industries.services].sum() / sales.sum()) if sales.sum() > 0 else before
    return float(np.log(max(now, 1e-3) / before)) if before > 0 else 0.0


def _resize_and_move(world: World, draws: Draws, p: DemographyParameters, market: Market) -> None:
    """Let firms take or return floor space in their cell, and a few look for another site."""
    firms, cells, region = world.firms, world.cells, world.region
    rows = firms.live
    home, space = firms.cell[rows], firms.space[rows]
    need = location.space_needed(firms.sales_year[rows], market.norm)
    need *= np.where(firms.incubated[rows], p.shared_space, 1.0)
    small, large = need > 1.25 * space, need < 0.7 * space
    wanted = np.bincount(home, np.where(small, need - space, 0.0), len(cells))
    room = np.maximum(cells.floor_space - np.bincount(home, space, len(cells)), 0.0)
    open_share = np.minimum(room / np.maximum(wanted, 1e-9), 1.0)[home]
    luck, restlessness = draws.uniform(("demography.space", "demography.move"), firms.key[rows])
    resized = luck < p.resizing * np.where(small, open_share, large)
    firms.space[rows[resized]] = need[resized]

    stuck = small & ~resized & (open_share < 0.5)
    looking = restlessness < np.where(stuck, p.cramped, p.restless)
    looking &= firms.cash[rows] > p.moving_bill * firms.sales_year[rows]
    looking &= (world.quarter - firms.born[rows] > 0) & ~firms.incubated[rows]
    movers, need, home = rows[looking], need[looking], home[looking]
    if movers.size == 0:
        return
    values = market.to_firms(firms.industry[movers], firms.rd_intensity[movers])
    here = values[np.arange(len(movers)), home]
    values -= p.distance_weight * location.distances(region)[home]
    values += location.squeeze(market.vacant, need, p.room_weight)
    values[np.arange(len(movers)), home] = here + p.moving_cost
    if market.relief is not None:
        age = world.quarter - firms.born[movers]
        values += market.relief(firms.industry[movers], age, firms.tier[movers], firms.sales_year[movers])
    target = location.chosen_cells(draws, "demography.site", firms.key[movers], values)
    moves = target != home
    movers, need, target = movers[moves], need[moves], target[moves]
    firms.cell[movers] = target
    firms.space[movers] = need
    world.ledger.pay("moving", firms.at(movers), "world", p.moving_bill * firms.sales_year[movers])
    world.records.flow("moves", len(movers))


def _respond(world: World, levers: Levers, p: DemographyParameters, gain: Array) -> None:
    """Let neighbours match part of what the district has become more attractive by to firms that would move."""
    attraction = p.place_weight * float(gain.mean())
    if levers.entry_time_saved.active:
        one = np.ones(1, dtype=np.int64)
        mover = FirmView(one, 0 * one, -one, 20 * one, 4 * p.mover_sales * one, origin=entry.RELOCATION * one)
        worth = float(entry.time_worth(np.array([p.mover_sales]), p)[0])
        attraction += worth * float(np.max(levers.entry_time_saved.on(mover)))
    goal = p.neighbour_response * min(max(attraction, 0.0), 1.0)
    world.neighbours.response[:] += p.response_speed * (goal - world.neighbours.response)


def _publish(world: World) -> None:
    """Publish the margin of each industry, sales-weighted, as founders will read it next quarter."""
    firms = world.firms
    rows = firms.live
    n = len(world.region.industries.name)
    industry, sales = firms.industry[rows], firms.sales[rows]
    total = np.bincount(industry, sales, n)
    margin = np.bincount(industry, sales * firms.margin[rows], n) / np.maximum(total, 1e-9)
    world.records["industry_margin"] = np.clip(margin, -0.3, 0.3)
