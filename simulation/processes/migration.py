"""Migration: candidates come or not, residents age, retire, move house, leave, or stay and work outside."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, ndtri

from simulation.parameters import Parameters, param
from simulation.populations.columns import origin_keys
from simulation.populations.talent import FIRM, MANAGEMENT, NO_EMPLOYER, OUTSIDE, RESEARCH, SKILLED, SKILLS
from simulation.processes.segments import segment_of, skill_means, starting_wages
from simulation.space.proximity import distance_km
from simulation.world import TalentView

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.space.region import Region
    from simulation.world import World

Array = np.ndarray

READS = (
    "segments.wage", "segments.tightness", "cells.housing", "cells.residents", "cells.housing_cost", "cells.amenity",
    "cells.floor_space", "externals.travel_time", "talent.skill", "talent.field", "talent.ability",
    "talent.top", "talent.founded", "levers.housing_subsidy", "levers.service_access",
)
WRITES = (
    "talent.births", "talent.deaths", "talent.age", "talent.cell", "talent.employer_kind", "talent.employer",
    "talent.since", "talent.wage", "externals.came", "externals.left", "externals.wage", "neighbours.talent",
)

BySkill = tuple[float, float, float, float, float]


class MigrationParameters(Parameters, group="migration"):
    """What makes talent come, stay and leave; weights by skill in the order of SKILLS."""

    wage_weight: BySkill = param((1.6, 1.5, 1.5, 1.6, 1.6), unit="1", source="Tombe and Zhu (2019), about 1.5")
    """Weight of the log wage."""
    housing_weight: BySkill = param((0.6, 1.1, 0.8, 0.7, 0.6), unit="1", source="assumption")
    """Weight of the log housing cost."""
    amenity_weight: BySkill = param((1.4, 0.5, 0.9, 1.1, 1.2), unit="1", source="assumption")
    """Weight of amenity and services."""
    tightness_weight: float = param(0.3, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Weight of log tightness: how easy it is to find a job."""
    distance_weight: float = param(0.55, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Weight of log travel time."""
    reference_time: float = param(50.0, unit="minute", bounds=(1.0, 500.0), source="assumption")
    """Travel time at which distance neither adds nor takes away."""
    ability_reluctance: float = param(0.25, unit="1", bounds=(0.0, 2.0), source="assumption")
    """How much less the able are drawn here, for each standard deviation above the mean."""
    barrier_weight: float = param(0.6, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Weight of an outside place's settlement barrier, against going there and for coming from there."""
    reference_tightness: float = param(0.4, unit="1", bounds=(0.05, 2.0), source="assumption")
    """Vacancies over seekers that neither attract nor repel."""
    leaving: float = param(0.065, unit="1", bounds=(0.0, 0.5), per="year", kind="probability", source="assumption")
    """Share of residents leaving in a year under the conditions of the start."""
    growth: float = param(0.01, unit="1", bounds=(-0.1, 0.1), per="year", kind="growth", source="assumption")
    """Growth of talent under the conditions of the start; sets how reluctant candidates are on average."""
    jobless_leaving: float = param(2.5, unit="1", bounds=(1.0, 20.0), source="assumption")
    """How much more those out of work for half a year leave."""
    settled_age: float = param(0.05, unit="1/year", bounds=(0.0, 0.3), source="assumption")
    """Fall of the readiness to move with each year of age."""
    ability_mobility: float = param(0.25, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Readiness to leave for each standard deviation of ability."""
    neighbour_pull: float = param(0.4, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Pull of a neighbour district, where external regions have theirs in the region file."""
    neighbour_wage: float = param(0.97, unit="1", bounds=(0.3, 3.0), source="assumption")
    """Wage in neighbour districts relative to here at the start."""
    neighbour_housing: float = param(0.92, unit="1", bounds=(0.2, 3.0), source="assumption")
    """Housing cost in neighbour districts relative to here at the start."""
    neighbour_amenity: float = param(-0.1, unit="index", bounds=(-3.0, 3.0), source="assumption")
    """Amenity of neighbour districts."""
    neighbour_candidates: float = param(0.03, unit="1", bounds=(0.0, 0.5), per="year", kind="flow", source="assumption")
    """Share of the neighbours' talent that thinks of moving in a year."""
    outside_wage_growth: float = param(0.04, unit="1", bounds=(0.0, 0.1), per="year", kind="growth", source="assumption")
    """Growth of wages in external regions and neighbour districts."""
    commuting_time: float = param(40.0, unit="minute", bounds=(5.0, 300.0), source="assumption")
    """Travel time at which commuting instead of moving has become rarer by 1 - 1/e."""
    advising_time: float = param(60.0, unit="minute", bounds=(5.0, 300.0), source="assumption")
    """Travel time at which advising from outside has become rarer by 1 - 1/e."""
    advising_margin: float = param(1.0, unit="1", bounds=(0.0, 5.0), source="assumption")
    """How close to coming a researcher outside must be to advise here part-time."""
    advising_end: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of advisers that stop in a quarter."""
    graduates: float = param(0.03, unit="1", bounds=(0.0, 0.3), per="year", kind="flow", source="assumption")
    """Local graduates in a year relative to the talent of the start."""
    graduate_skills: BySkill = param((0.30, 0.55, 0.03, 0.05, 0.07), unit="1", source="assumption")
    """Skills of local graduates."""
    graduates_staying: float = param(0.55, unit="1", bounds=(0.01, 0.99), source="assumption")
    """Share of local graduates that stay under the conditions of the start."""
    retirement_low: float = param(55.0, unit="year", bounds=(40.0, 75.0), source="assumption")
    """Earliest age of retirement."""
    retirement_high: float = param(65.0, unit="year", bounds=(45.0, 80.0), source="assumption")
    """Latest age of retirement; everybody has an own one between the two."""
    retiring_start: float = param(0.008, unit="1", bounds=(0.0, 0.1), per="year", kind="flow", source="assumption")
    """Share of talent retiring in a year under the conditions of the start."""
    ability_spread: float = param(0.30, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Standard deviation of candidates' log ability."""
    top_share: float = param(0.02, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Share of candidates in research and management, those of highest ability, that are top talent."""
    moving_house: float = param(0.08, unit="1", bounds=(0.0, 1.0), per="year", kind="probability", source="assumption")
    """Share of residents that move within the district in a year."""
    job_distance: float = param(5.0, unit="km", bounds=(0.5, 50.0), source="assumption")
    """Distance at which the pull of jobs on the choice of a home has fallen to 1/e."""
    job_pull: float = param(0.5, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Weight of nearness to jobs in the choice of a home."""


PARAMETERS = MigrationParameters


class Outside(NamedTuple):
    """Places outside that offer and draw people, arrays over external regions and then neighbour districts."""

    wage: Array
    housing_cost: Array
    amenity: Array
    travel_time: Array
    pull: Array
    barrier: Array
    candidates: Array
    """(places, 5) people a quarter by skill at 1:1."""


def places_outside(region: Region, travel_time: Array, wage: Array, p: MigrationParameters, neighbour_growth: float) -> Outside:
    """Return what talent compares the district with.

    Parameters
    ----------
    region : gives external regions and neighbour districts
    travel_time, wage : (E,) minutes; relative to the district at the start
    p : quarterly parameters
    neighbour_growth : wage in neighbour districts relative to their start
    """
    nodes, near = region.externals, region.neighbours
    ones = np.ones(len(near.name))
    skills = np.array([region.levels[f"talent_{skill}"].value for skill in SKILLS])
    return Outside(
        wage=np.concatenate([wage, ones * p.neighbour_wage * neighbour_growth]),
        housing_cost=np.concatenate([nodes.housing_cost, ones * p.neighbour_housing]),
        amenity=np.concatenate([nodes.amenity, ones * p.neighbour_amenity]),
        travel_time=np.concatenate([travel_time, near.travel_time]),
        pull=np.concatenate([nodes.pull, ones * p.neighbour_pull]),
        barrier=np.concatenate([nodes.settlement_barrier, ones * 0.0]),
        candidates=np.concatenate([nodes.candidates, np.outer(near.talent * p.neighbour_candidates, skills)]),
    )


def outside_values(places: Outside, p: MigrationParameters) -> Array:
    """Return the value of living in each place outside, (places, 5), by skill; 0 is the district at the start."""
    wage, housing, amenity = (np.array(w) for w in (p.wage_weight, p.housing_weight, p.amenity_weight))
    value = np.log(places.wage)[:, None] * wage - np.log(places.housing_cost)[:, None] * housing
    return value + places.amenity[:, None] * amenity - p.barrier_weight * places.barrier[:, None]


def travel_costs(travel_time: Array, p: MigrationParameters) -> Array:
    """Return what distance takes from the wish to move either way, (places,)."""
    return p.distance_weight * np.log((1.0 + travel_time) / p.reference_time)


def drawing_power(places: Outside, p: MigrationParameters) -> Array:
    """Return how strongly each place draws residents away, (places, 5); summed, so every place adds to leaving."""
    return places.pull[:, None] * np.exp(outside_values(places, p) - travel_costs(places.travel_time, p)[:, None])


class Homes(NamedTuple):
    """What the district offers as a home, by skill."""

    chance: Array
    """(5, cells) cumulated chance of each cell."""
    housing_cost: Array
    """(5,) expected housing cost, million CNY a year."""
    amenity: Array
    """(5,) expected amenity."""


def homes_offered(vacant: Array, housing_cost: Array, amenity: Array, nearness: Array, p: MigrationParameters) -> Homes:
    """Return where people of each skill would settle, and what they would find there on average.

    Parameters
    ----------
    vacant : (cells,) dwellings
    housing_cost : (cells,) million CNY a year
    amenity : (cells,) index
    nearness : (cells,) nearness to floor space for business, above 0
    p : parameters
    """
    value = p.job_pull * np.log(nearness) + np.outer(p.amenity_weight, amenity)
    value -= np.outer(p.housing_weight, np.log(housing_cost))
    weight = vacant * np.exp(value - value.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    return Homes(np.cumsum(weight, axis=1), weight @ housing_cost, weight @ amenity)


@lru_cache(maxsize=16)
def _decay_between_cells(region: Region, distance: float) -> Array:
    return np.exp(-distance_km(region.cells.x, region.cells.y) / distance)


def nearness_to_jobs(region: Region, floor_space: Array, p: MigrationParameters) -> Array:
    """Return how much of the district's floor space for business lies near each cell, (cells,) in (0, 1]."""
    return np.maximum(_decay_between_cells(region, p.job_distance) @ floor_space / floor_space.sum(), 1e-6)


class Balance(NamedTuple):
    """What makes inflow and outflow agree under the conditions of the start, by skill (5,)."""

    reluctance: Array
    """What a candidate's gain must exceed on average."""
    power: Array
    """Summed drawing power of the places outside."""
    homes: Homes
    """Homes on offer."""
    housing_cost: float
    """Mean housing cost of dwellings, million CNY a year."""
    amenity: float
    """Mean amenity of dwellings."""


@lru_cache(maxsize=32)
def starting_balance(region: Region, p: MigrationParameters) -> Balance:
    """Return the reluctance of candidates and the pull of the outside at which talent grows as `p.growth` says.

    These are the constants that a choice model needs beside its observed attributes; they are fixed
    by the region's data and do not change in a run.
    """
    places = places_outside(region, region.externals.travel_time, region.externals.wage, p, 1.0)
    gain = -outside_values(places, p) - travel_costs(places.travel_time, p)[:, None]
    talent = region.levels["talent"].value
    ability = np.sort(np.concatenate([np.linspace(0.05, 2.5, 20), np.zeros(20)]))  # half lie below the mean
    reluctance = np.empty(len(SKILLS))
    for k, skill in enumerate(SKILLS):
        residents = talent * region.levels[f"talent_{skill}"].value
        staying = talent * p.graduates * p.graduate_skills[k] * p.graduates_staying
        wanted = residents * (p.leaving + p.retiring_start + p.growth) - staying
        wanted = max(wanted, 0.1 * residents * p.leaving)

        def missing(level: float, k: int = k, wanted: float = wanted) -> float:
            chance = expit(gain[:, k, None] - p.ability_reluctance * ability - level).mean(axis=1)
            return float(places.candidates[:, k] @ chance) - wanted

        reluctance[k] = brentq(missing, -20.0, 20.0)
    cells = region.cells
    homes = homes_offered(cells.housing, cells.housing_cost, cells.amenity, nearness_to_jobs(region, cells.floor_space, p), p)
    mean_cost, mean_amenity = (float(np.average(v, weights=cells.housing)) for v in (cells.housing_cost, cells.amenity))
    return Balance(reluctance, drawing_power(places, p).sum(axis=0), homes, mean_cost, mean_amenity)


def chosen_homes(homes: Homes, skill: Array, luck: Array) -> Array:
    """Return the home cells of people by inversion of a uniform draw, (n,) int64."""
    cells = homes.chance.shape[1]
    shifted = (homes.chance / homes.chance[:, -1:] + np.arange(len(homes.chance))[:, None]).ravel()
    found = np.searchsorted(shifted, luck + skill) - skill.astype(np.int64) * cells
    return np.clip(found, 0, cells - 1)


@lru_cache(maxsize=16)
def _field_chances(region: Region) -> tuple[Array, Array]:
    """Return the fields of researchers and of others, cumulated: demand here, and what outside places are good at."""
    industries = region.industries
    research = region.field_weights.T @ (industries.sales_share * industries.rd_intensity)
    institutes = region.institutes.expertise.T @ region.institutes.budget
    share = region.levels["firm_rd_share"].value
    research = share * research / research.sum() + (1.0 - share) * institutes / institutes.sum()
    skilled = region.field_weights.T @ (industries.sales_share * industries.value_added_share)
    demand = np.stack([research, skilled / skilled.sum()])
    knowledge = np.concatenate([region.externals.knowledge, np.ones((len(region.neighbours.name), len(research)))])
    chances = demand[None] * knowledge[:, None]
    return np.cumsum(chances / chances.sum(axis=2, keepdims=True), axis=2), np.cumsum(demand, axis=1)


class Candidates(NamedTuple):
    """People who might come: the same ones in every world."""

    key: Array
    node: Array
    skill: Array
    field: Array
    ability: Array
    age: Array
    top: Array


def _offered(region: Region, counts: Array, quarter: int, draws: Draws, p: MigrationParameters) -> Candidates:
    """Return the quarter's candidates from places outside.

    Parameters
    ----------
    region : gives the fields in which people are trained
    counts : (places, 5) int candidates
    quarter : now
    draws : keyed draws
    p : parameters
    """
    flat = counts.ravel()
    pool = np.repeat(np.arange(flat.size), flat)
    ordinal = np.arange(len(pool)) - np.repeat(np.cumsum(flat) - flat, flat)
    key = origin_keys("talent", 1, quarter, ordinal) + pool * (origin_keys("talent", 2, 0, 0) - origin_keys("talent", 1, 0, 0))
    node, skill = pool // len(SKILLS), pool % len(SKILLS)
    chances = _field_chances(region)[0][node, np.minimum(skill, SKILLED)]
    return _people(key, node, skill, chances, 24.0, 24.0, draws, p)


def _graduating(region: Region, count: int, quarter: int, draws: Draws, p: MigrationParameters) -> Candidates:
    """Return the quarter's local graduates."""
    key = origin_keys("talent", 0, quarter, np.arange(count))
    shares = np.cumsum(p.graduate_skills) / np.sum(p.graduate_skills)
    skill = np.searchsorted(shares[:-1], draws.uniform("migration.skill", key, fixed=True))
    chances = _field_chances(region)[1][np.minimum(skill, SKILLED)]
    return _people(key, np.full(count, -1), skill, chances, 22.0, 6.0, draws, p)


def _people(key: Array, node: Array, skill: Array, chances: Array, youngest: float, span: float, draws: Draws,
            p: MigrationParameters) -> Candidates:
    field = (draws.uniform("migration.field", key, fixed=True)[:, None] > chances[:, :-1]).sum(axis=1)
    luck = draws.normal("migration.ability", key, fixed=True)
    age = youngest + span * draws.uniform("migration.age", key, fixed=True) ** 1.3
    leading = (skill == RESEARCH) | (skill == MANAGEMENT)
    top = leading & (luck > ndtri(1.0 - p.top_share)) if p.top_share > 0 else np.zeros(len(key), dtype=bool)
    return Candidates(key, node, skill, field, p.ability_spread * luck, age, top)


def step(world: World, levers: Levers, draws: Draws, p: MigrationParameters) -> None:
    """Age everybody, let some retire, move house or leave, and let candidates and graduates come."""
    region, nodes = world.region, world.externals
    balance = starting_balance(region, p)
    if world.quarter > 0:
        nodes.wage[:] = nodes.wage * (1.0 + p.outside_wage_growth)
    start = starting_wages(world)
    outside_wage = nodes.wage / skill_means(start, len(region.fields)).mean()
    places = places_outside(region, nodes.travel_time, outside_wage, p, (1.0 + p.outside_wage_growth) ** world.quarter)
    cells = world.cells
    vacant = np.maximum(cells.housing - cells.residents, 0.02 * cells.housing)
    homes = homes_offered(vacant, cells.housing_cost, cells.amenity, nearness_to_jobs(region, cells.floor_space, p), p)

    t = world.talent
    t.age[t.live] += 0.25
    gone = np.concatenate([_retire(world, draws, p), _leave(world, levers, draws, places, balance, start, p)])
    t.employer_kind[gone] = NO_EMPLOYER
    t.employer[gone] = -1
    t.remove(gone)
    _move_house(world, draws, homes, p)
    _come(world, levers, draws, places, homes, balance, start, p)


def _retire(world: World, draws: Draws, p: MigrationParameters) -> Array:
    """Return the rows of those who reach their own age of retirement."""
    t = world.talent
    old = t.live[t.age[t.live] >= p.retirement_low]
    luck = draws.uniform("migration.retirement", t.key[old], fixed=True)
    retired = old[t.age[old] >= p.retirement_low + luck * (p.retirement_high - p.retirement_low)]
    world.records.flow("retired", len(retired))
    return retired


LARGEST_LEAVING = 0.15
"""Highest chance of leaving in a quarter; only those who draw less are looked at more closely."""


def _leave(world: World, levers: Levers, draws: Draws, places: Outside, balance: Balance, start: Array,
           p: MigrationParameters) -> Array:
    """Let residents leave or take a job outside; return the rows of those who leave."""
    t, nodes = world.talent, world.externals
    luck = draws.uniform("migration.leaving", t.key[t.live])
    at_risk = luck < LARGEST_LEAVING
    rows, luck = t.live[at_risk], luck[at_risk]
    settled = (t.founded[rows] & (t.employer_kind[rows] == FIRM)) | (t.age[rows] >= p.retirement_high)
    rows, luck = rows[~settled], luck[~settled]
    skill, segment = t.skill[rows], segment_of(t.skill[rows], t.field[rows], len(world.region.fields))
    power = drawing_power(places, p)
    log_chance = np.log(p.leaving) + np.log(power.sum(axis=0) / balance.power)[skill]
    log_chance -= _own_value(world, levers, rows, segment, balance, start, p)
    log_chance += p.ability_mobility * t.ability[rows] / p.ability_spread - p.settled_age * (t.age[rows] - 36.0)
    idle = (t.employer_kind[rows] == NO_EMPLOYER) & (world.quarter - t.since[rows] >= 2)
    log_chance += np.log(p.jobless_leaving) * idle
    leaving = luck < np.minimum(np.exp(log_chance), LARGEST_LEAVING)
    rows, skill = rows[leaving], skill[leaving]

    chance = np.cumsum(power, axis=0) / power.sum(axis=0)
    goal = (draws.uniform("migration.destination", t.key[rows])[:, None] > chance.T[skill, :-1]).sum(axis=1)
    commutes = _commuting(world, draws, rows, goal, places, p)
    _work_outside(world, rows[commutes], goal[commutes], places, start)
    left = np.bincount(goal[~commutes], minlength=len(places.pull))
    nodes.left[:] = left[: len(nodes)]
    world.neighbours.talent[:] += left[len(nodes) :]
    _record(world, "out", left)
    return rows[~commutes]


def _own_value(world: World, levers: Levers, rows: Array, segment: Array, balance: Balance, start: Array,
               p: MigrationParameters) -> Array:
    """Return how much better residents live than the mean resident of the start."""
    t, cells, view = world.talent, world.cells, world.talent_view(rows)
    skill, home = t.skill[rows], t.cell[rows]
    wage = np.log(np.maximum(t.wage[rows], 1e-6) / start[segment]) - t.ability[rows]
    cost = cells.housing_cost[home]
    cost = np.maximum(cost - levers.housing_subsidy.on(view), 0.2 * cost)
    amenity = cells.amenity[home] - balance.amenity + levers.service_access.on(view)
    tightness = np.log(world.segments.tightness[segment] / p.reference_tightness)
    return (np.array(p.wage_weight)[skill] * wage - np.array(p.housing_weight)[skill] * np.log(cost / balance.housing_cost)
            + np.array(p.amenity_weight)[skill] * amenity + p.tightness_weight * tightness)


def _commuting(world: World, draws: Draws, rows: Array, goal: Array, places: Outside, p: MigrationParameters) -> Array:
    """Return which of those drawn to a place work there but go on living here: near places hard to settle in."""
    t = world.talent
    chance = np.minimum(places.barrier, 1.0) * np.exp(-places.travel_time / p.commuting_time)
    free = t.employer_kind[rows] != OUTSIDE
    return free & (goal < len(world.externals)) & draws.happens("migration.commuting", t.key[rows], chance[goal])


def _work_outside(world: World, rows: Array, node: Array, places: Outside, start: Array) -> None:
    """Let residents take a job in an external region, at its wage relative to the one here."""
    t = world.talent
    segment = segment_of(t.skill[rows], t.field[rows], len(world.region.fields))
    t.wage[rows] *= places.wage[node] * start[segment] / world.segments.wage[segment]
    t.employer_kind[rows] = OUTSIDE
    t.employer[rows] = node
    t.since[rows] = world.quarter
    world.records.flow("commuters", len(rows))


def _move_house(world: World, draws: Draws, homes: Homes, p: MigrationParameters) -> None:
    t = world.talent
    rows = t.live[draws.happens("migration.moving_house", t.key[t.live], p.moving_house)]
    t.cell[rows] = chosen_homes(homes, t.skill[rows], draws.uniform("migration.new_home", t.key[rows]))


def _come(world: World, levers: Levers, draws: Draws, places: Outside, homes: Homes, balance: Balance, start: Array,
          p: MigrationParameters) -> None:
    """Let candidates from outside and local graduates decide, and settle those who come."""
    region, nodes, quarter = world.region, world.externals, world.quarter
    counts = np.rint(places.candidates * world.scale).astype(np.int64)
    people = _offered(region, counts, quarter, draws, p)
    here, segment = _value_here(world, levers, people, homes, balance, start, p)
    values = outside_values(places, p) + travel_costs(places.travel_time, p)[:, None] + balance.reluctance
    gain = here - values[people.node, people.skill] - p.ability_reluctance * np.maximum(people.ability / p.ability_spread, 0.0)
    gain += draws.logistic("migration.coming", people.key, fixed=True)
    comes = gain > 0.0
    came = np.bincount(people.node[comes], minlength=len(places.pull))
    nodes.came[:] = came[: len(nodes)]
    world.neighbours.talent[:] = np.maximum(world.neighbours.talent - came[len(nodes) :], 0.0)
    _record(world, "in", came)
    _advise(world, draws, people, gain, places, p)
    _settle(world, draws, people, comes, segment, homes)

    if quarter == 0:  # keys of pool 0 and quarter 0 are those of the initial population
        world.records.flow("graduates", 0)
        return
    count = round(region.levels["talent"].value * p.graduates * world.scale)
    young = _graduating(region, count, quarter, draws, p)
    here, segment = _value_here(world, levers, young, homes, balance, start, p)
    lure = np.log(drawing_power(places, p).sum(axis=0) / balance.power)[young.skill]
    base = np.log(p.graduates_staying / (1.0 - p.graduates_staying))
    stays = base + here - lure + draws.logistic("migration.staying", young.key, fixed=True) > 0.0
    world.records.flow("graduates", int(stays.sum()))
    _settle(world, draws, young, stays, segment, homes)


def _value_here(world: World, levers: Levers, people: Candidates, homes: Homes, balance: Balance, start: Array,
                p: MigrationParameters) -> tuple[Array, Array]:
    """Return what the district offers candidates beyond what it offered at the start, and their segments."""
    skill = people.skill
    segment = segment_of(skill, people.field, len(world.region.fields))
    view = TalentView(skill, people.age, people.ability, people.top, key=people.key)
    cost = homes.housing_cost[skill]
    cost = np.maximum(cost - levers.housing_subsidy.on(view), 0.2 * cost) / balance.homes.housing_cost[skill]
    amenity = homes.amenity[skill] - balance.homes.amenity[skill] + levers.service_access.on(view)
    market = np.log(world.segments.wage / start) * np.repeat(p.wage_weight, _widths(world))
    market += p.tightness_weight * np.log(world.segments.tightness / p.reference_tightness)
    value = market[segment] - np.array(p.housing_weight)[skill] * np.log(cost) + np.array(p.amenity_weight)[skill] * amenity
    return value, segment


def _widths(world: World) -> list[int]:
    """Return how many segments each skill has."""
    return [len(world.region.fields)] * 2 + [1] * (len(SKILLS) - 2)


def _settle(world: World, draws: Draws, people: Candidates, chosen: Array, segment: Array, homes: Homes) -> None:
    """Give those who come a home; they look for a job at once."""
    keys, skill, ability = people.key[chosen], people.skill[chosen], people.ability[chosen]
    world.talent.add(
        keys, skill=skill, field=people.field[chosen], ability=ability, age=people.age[chosen], top=people.top[chosen],
        employer_kind=NO_EMPLOYER, employer=-1, wage=world.segments.wage[segment[chosen]] * np.exp(ability),
        cell=chosen_homes(homes, skill, draws.uniform("migration.home", keys, fixed=True)),
        since=world.quarter, arrived=world.quarter,
    )


def _advise(world: World, draws: Draws, people: Candidates, gain: Array, places: Outside, p: MigrationParameters) -> None:
    """Let able researchers who almost came advise firms part-time; the near ones do."""
    close = (people.skill == RESEARCH) & (people.ability > 0) & (gain <= 0.0) & (gain > -p.advising_margin)
    chance = np.exp(-places.travel_time / p.advising_time)[people.node]
    advises = close & draws.happens("migration.advising", people.key, chance, fixed=True)
    before = world.published.get("advisers", np.zeros(len(world.region.fields)))
    new = np.bincount(people.field[advises], minlength=len(world.region.fields))
    world.records["advisers"] = (1.0 - p.advising_end) * before + new


def _record(world: World, way: str, people: Array) -> None:
    """Add movements to the flows: all, those with the metropolis, and those with neighbour districts."""
    nodes = world.region.externals
    pull = {group: sum(w for g, w in zip(nodes.group, nodes.pull, strict=True) if g == group) for group in nodes.group}
    metropolis = max(pull, key=lambda group: pull[group])
    there = np.array([group == metropolis for group in nodes.group])
    world.records.flow(f"migration_{way}", int(people.sum()))
    world.records.flow(f"shanghai_{way}", int(people[: len(there)][there].sum()))
    world.records.flow(f"neighbour_{way}", int(people[len(there) :].sum()))
