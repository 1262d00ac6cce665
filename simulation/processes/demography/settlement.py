"""Entrants settle: a cell, an incubator place, money and equipment; founders leave their jobs; origins are booked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.columns import Array
from simulation.populations.firms import NOT_ADOPTED
from simulation.populations.talent import FIRM, INSTITUTE
from simulation.processes.demography import entry, location, projects, teams
from simulation.processes.demography.closure import among

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.processes.demography.entry import Candidates
    from simulation.processes.demography.parameters import DemographyParameters
    from simulation.world import World


LEARNT = 8
"""Quarters of digital production that entrants bring along: nothing is left to learn of it."""

Relief = Callable[[Array, Array, Array, Array], Array]


class Market:
    """Value of cells to industries, for ordinary firms and for those that may hold an incubator place.

    Parameters
    ----------
    values : (S, n) value of each cell, log points
    vacant : (n,) floor space to be had, thousand m2 at the run's scale
    free : (n,) free incubator places
    bonus : value that a free place adds
    norm : floor space norm, see `location.space_needed`
    setting : (S, n) what knowledge, access and amenity of a cell are worth at mean R&D intensity, log points
    intensity : (S,) R&D over sales of the industries
    relief : what rent relief adds to the value of cells for firms of industry, age, tier and size; None without any
    """

    def __init__(
        self, values: Array, vacant: Array, free: Array, bonus: float, norm: float, setting: Array, intensity: Array,
        relief: Relief | None = None,
    ) -> None:
        self.vacant, self.free, self.norm, self.relief = vacant, free, norm, relief
        self.values = (values, values + bonus * (free >= 1.0))
        self._setting, self._intensity = setting, intensity

    def to_firms(self, industry: Array, rd_intensity: Array, placed: Array | None = None) -> Array:
        """Return the value of each cell to firms, which weigh its setting by their own R&D intensity.

        Parameters
        ----------
        industry, rd_intensity : (m,)
        placed : (m,) bool, who may hold an incubator place; nobody when left out

        Returns
        -------
        (m, n) log points
        """
        ordinary = self.values[0].take(industry, axis=0)
        values = ordinary if placed is None else np.where(placed[:, None], self.values[1][industry], ordinary)
        mean = self._intensity.mean()
        own = location.technological(rd_intensity, mean) - location.technological(self._intensity, mean)[industry]
        return values + own[:, None] * self._setting.take(industry, axis=0)


def settle(
    world: World, levers: Levers, draws: Draws, p: DemographyParameters, market: Market, new: Candidates,
    technological: Array,
) -> None:
    """Give entrants a cell, an incubator place if there is one, money and equipment, and book where they came from."""
    if len(new) == 0:
        return
    firms, region = world.firms, world.region
    large = new.origin == projects.PROJECT
    young = technological & (new.age < p.incubation) & ~large
    values = market.to_firms(new.industry, new.rd_intensity, young)
    near = new.home >= 0
    values[near] -= p.distance_weight * location.distances(region)[new.home[near]]
    space = location.space_needed(np.where(large, new.promised, 4 * new.sales), market.norm)
    free = values[large]
    values += location.squeeze(market.vacant, space, p.room_weight)
    if large.any():  # the public has land cleared for them where it makes its offer, and only there
        values[large] = np.where(projects.offers(world, levers, new)[large] > 0.0, free, -np.inf)
    if market.relief is not None:
        values += market.relief(new.industry, new.age, np.ones(len(new)), 4 * new.sales)
    cell = location.chosen_cells(draws, "demography.site", new.key, values)
    incubated = location.allotted(cell, young, draws.uniform("demography.place", new.key, fixed=True), market.free)
    space *= np.where(incubated, p.shared_space, 1.0)

    capital = region.industries.capital_intensity[new.industry] * np.where(large, new.promised, 4 * new.sales)
    moved = (new.origin == entry.RELOCATION) | large
    columns = _attributes(world, draws, p, new, cell, incubated, moved)
    if levers.mentoring.active or levers.start_grant.active:
        view = entry.candidate_view(world, draws, new, region.cells.zone[cell], incubated, p)
        columns["productivity"] = columns["productivity"] + np.where(moved, 0.0, levers.mentoring.on(view))
        world.records.table("newcomers", firm_key=new.key, founder_age=entry.founder_ages(world, draws, new, p))
    rows = firms.add(new.key, cell=cell, incubated=incubated, space=space, capital=capital, **columns)
    ledger = world.ledger
    ledger.pay("founding_capital", "households", firms.at(rows[~moved]), (new.cash + capital)[~moved])
    ledger.pay("investment", firms.at(rows[~moved]), "world", capital[~moved])
    ledger.pay("relocation_capital", "world", firms.at(rows[moved]), (new.cash + capital * large)[moved])
    if large.any():
        ledger.pay("investment", firms.at(rows[large]), "world", capital[large])
        projects.bring_customers(world, new.industry[large], new.sales[large], p)
        world.records.flow("large_projects", large.sum())
    _hand_over(world, p, new, rows)
    teams.bring(world, draws, p, new, rows)
    _book(world, new, cell)


def _attributes(
    world: World, draws: Draws, p: DemographyParameters, new: Candidates, cell: Array, incubated: Array, moved: Array
) -> dict[str, Array]:
    """Return the columns of entrants that follow from the candidate and its cell."""
    firms, region, quarter = world.firms, world.region, world.quarter
    live = firms.live
    learnt, able = draws.normal(("demography.knowledge", "demography.productivity"), new.key, fixed=True)
    weights = region.field_weights[new.industry]
    own = p.start_knowledge * (0.3 + 0.7 * weights / weights.max(axis=1, keepdims=True))
    found = world.cells.knowledge_pool[cell]
    knowledge = 0.5 * (own + found) * np.exp(0.25 * learnt)[:, None]
    knowledge += p.incubator_lessons * incubated[:, None] * np.maximum(found - knowledge, 0.0)
    bred = np.flatnonzero(new.field >= 0)
    parents = firms.rows_of(_employer_keys(world, new.person[bred]))
    known = np.where(parents >= 0, firms.knowledge[parents, new.field[bred]], 0.0)
    known = np.where(new.origin[bred] == entry.SPIN_OFF, p.spin_off_knowledge, known)
    knowledge[bred, new.field[bred]] = np.maximum(knowledge[bred, new.field[bred]], known)

    sales = firms.sales[live].sum()
    labour = firms.labour[live].sum() / sales if sales > 0 else 0.0
    industry_sales = np.bincount(firms.industry[live], firms.sales[live], len(region.industries.name))[new.industry]
    research = new.rd_intensity * new.sales
    certified = moved & (new.rd_intensity >= p.technology_threshold)
    held, validity = draws.uniform(("demography.certificate", "demography.validity"), new.key, fixed=True)
    certified &= held < p.mover_certified
    valid = np.floor(12 * validity).astype(np.int64)
    patents = np.zeros(len(new), dtype=np.int64)
    own = np.flatnonzero(new.origin == entry.RELOCATION)  # those of a large project stay with its parent
    patents[own] = draws.poisson("demography.patents", new.key[own], 3.0 * (1 + 4 * research[own]), fixed=True)
    projects = np.zeros((len(new), 2), dtype=np.int64)
    projects[:, 0] = new.origin == entry.SPIN_OFF
    world.records.flow("certified_moved_in", certified.sum())
    return {
        "industry": new.industry, "born": quarter - new.age, "origin": new.origin, "parent": new.parent,
        "sales": new.sales, "sales_year": 4 * new.sales, "capacity": 1.1 * new.sales, "labour": labour * new.sales,
        "market_share": np.minimum(new.sales / np.maximum(industry_sales + new.sales, 1e-9), 1.0),
        "quality": new.quality, "knowledge": np.clip(knowledge, 0.0, 2.0),
        "rd_intensity": new.rd_intensity, "rd_usual": new.rd_intensity,
        "productivity": _usual_productivity(world)[new.industry] + p.quality_spread * new.quality
        + 0.1 * able + 0.1 * np.log1p(new.gain),
        "rd_stock": research * np.where(moved, 16.0, 4.0), "projects": projects,
        "sales_3y": np.where(moved, 12 * new.sales, 0.0), "rd_reported_3y": np.where(moved, 12 * research, 0.0),
        "patents": patents, "promised": new.promised, **_technology(world, draws, new),
        "tier": np.where(certified, 3, 1), "certificate_until": np.where(certified, quarter + valid, -1),
        "new_product_share": np.clip(0.05 + 2.0 * new.rd_intensity, 0.0, 0.6),
    }


def _usual_productivity(world: World) -> Array:
    """Return the mean log productivity of the firms of each industry, (S,), each firm counting once.

    Foster, Haltiwanger and Syverson (2008), Reallocation, firm turnover, and efficiency: new firms lack customers, not
    efficiency, beside the average incumbent; the large ones are better than both.
    """
    firms, rows = world.firms, world.firms.live
    return _means(firms.industry[rows], firms.productivity[rows], world.industries.cost)


def _technology(world: World, draws: Draws, new: Candidates) -> dict[str, Array]:
    """Return whether entrants begin with digital production: as many as in their industry, as far as those are.

    Dunne (1994), Plant age and technology use in US manufacturing industries: age and use of technology are unrelated.
    """
    firms, rows, none = world.firms, world.firms.live, np.zeros(len(world.industries))
    digital = firms.digital_since[rows] != NOT_ADOPTED
    share = _means(firms.industry[rows], digital, none)
    degree = _means(firms.industry[rows[digital]], firms.digital[rows[digital]], none)
    begins = draws.happens("demography.digital", new.key, share[new.industry], fixed=True)
    return {
        "digital": np.where(begins, degree[new.industry], 0.0),
        "digital_since": np.where(begins, world.quarter - LEARNT, NOT_ADOPTED),
    }


def _means(industry: Array, values: Array, otherwise: Array) -> Array:
    """Return the mean of firms' values (n,) in each industry, (S,), and something else (S,) where there are none."""
    count = np.bincount(industry, minlength=len(otherwise))
    total = np.bincount(industry, values, len(otherwise))
    return np.where(count > 0, total / np.maximum(count, 1), otherwise)


def _employer_keys(world: World, people: Array) -> Array:
    """Return the keys of the firms that people work for, -1 where there is no person or no firm."""
    t = world.talent
    at_firm = (people >= 0) & (t.employer_kind[people] == FIRM)
    return np.where(at_firm, world.firms.key[np.where(at_firm, t.employer[people], 0)], -1)


def _hand_over(world: World, p: DemographyParameters, new: Candidates, rows: Array) -> None:
    """Put founders on the payroll of their firms, and count and take out the results that were spun off."""
    t, institutes = world.talent, world.institutes
    own = new.person >= 0
    people, firm = new.person[own], rows[own]
    for kind, population in ((FIRM, world.firms), (INSTITUTE, institutes)):
        there = people[t.employer_kind[people] == kind]
        np.subtract.at(population.staff, (t.employer[there], t.skill[there]), 1)
    t.employer_kind[people] = FIRM
    t.employer[people] = firm
    t.since[people] = world.quarter
    t.founded[people] = True
    t.wage[people] *= p.own_work
    world.firms.staff[firm, t.skill[people]] += 1

    spun = new.origin == entry.SPIN_OFF
    if spun.any():
        parents = institutes.rows_of(new.parent[spun])
        np.add.at(institutes.spin_offs, parents[parents >= 0], 1)
        world.results.keep(~among(entry.spin_off_keys(world.results.key), new.key[spun]))


def _book(world: World, new: Candidates, cell: Array) -> None:
    """Record entries by origin, and what the neighbours lose."""
    records, near = world.records, world.neighbours
    moved = (new.origin == entry.RELOCATION) | (new.origin == projects.PROJECT)
    records.flow("firm_births", (~moved).sum())
    records.flow("relocations_in", moved.sum())
    records.flow("spin_offs", (new.origin == entry.SPIN_OFF).sum())
    records.flow("founders", (new.origin == entry.FOUNDER).sum())
    records.table("entries", firm_key=new.key, origin=new.origin, node=new.node, neighbour=new.neighbour, cell=cell)
    lost = np.bincount(new.neighbour[new.neighbour >= 0], minlength=len(near))
    records.flow("relocations_from_neighbours", lost.sum())
    share = np.minimum(lost / np.maximum(near.firms, 1.0), 1.0)
    records.flow("neighbour_tax_lost", (near.tax * share).sum())
    near.tax[:] *= 1.0 - share
    near.firms[:] = np.maximum(near.firms - lost, 0.0)
