"""What draws talent here and away: places outside, homes on offer, and the balance of the start."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from simulation.populations.talent import SKILLS
from simulation.space.proximity import distance_km

if TYPE_CHECKING:
    from simulation.processes.migration.parameters import MigrationParameters
    from simulation.space.region import Region

Array = np.ndarray


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


def places_outside(
    region: Region, travel_time: Array, wage: Array, p: MigrationParameters, neighbour_growth: float
) -> Outside:
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


def grant_value(grant: Array | float, wage: Array, weight: Array) -> Array:
    """Return what money on top of the wage is worth to people, as a rise of what they earn.

    Parameters
    ----------
    grant : (n,) or scalar, million CNY a year
    wage : (n,) million CNY a year
    weight : (n,) weight of the log wage

    References
    ----------
    Moretti and Wilson (2017): the mobility of star scientists answers net pay with an elasticity of about 1.8.
    """
    return weight * np.log1p(grant / np.maximum(wage, 1e-6))


class Homes(NamedTuple):
    """What the district offers as a home, by skill."""

    appeal: Array
    """(5, cells) log of the chance to settle in a cell over its share of all dwellings."""
    housing_cost: Array
    """(5,) expected housing cost, million CNY a year."""
    amenity: Array
    """(5,) expected amenity."""


def homes_offered(
    housing: Array, vacant: Array, housing_cost: Array, amenity: Array, nearness: Array, p: MigrationParameters
) -> Homes:
    """Return where people of each skill would settle, and what they would find there on average.

    Parameters
    ----------
    housing, vacant : (cells,) dwellings
    housing_cost : (cells,) million CNY a year
    amenity : (cells,) index
    nearness : (cells,) nearness to floor space for business, above 0
    p : parameters
    """
    value = p.job_pull * np.log(nearness) + np.outer(p.amenity_weight, amenity)
    value -= np.outer(p.housing_weight, np.log(housing_cost))
    weight = vacant * np.exp(value - value.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    appeal = np.log(np.maximum(weight, 1e-300)) - np.log(np.maximum(housing / housing.sum(), 1e-12))
    return Homes(appeal, weight @ housing_cost, weight @ amenity)


@lru_cache(maxsize=16)
def _decay_between_cells(region: Region, distance: float) -> Array:
    return np.exp(-distance_km(region.cells.x, region.cells.y) / distance)


def nearness_to_jobs(region: Region, floor_space: Array, p: MigrationParameters) -> Array:
    """Return how much of the district's floor space for business lies near each cell, (cells,) in (0, 1]."""
    return np.maximum(_decay_between_cells(region, p.job_distance) @ floor_space / floor_space.sum(), 1e-6)


@lru_cache(maxsize=16)
def dwellings_drawn(region: Region) -> Array:
    """Return the cells of 65,536 dwellings spread evenly over those of the region, (65536,) int32."""
    share = np.cumsum(region.cells.housing)
    return np.searchsorted(share, (np.arange(65536) + 0.5) / 65536 * share[-1]).astype(np.int32)


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
        wanted = float(np.clip(wanted, 0.1 * residents * p.leaving, 0.9 * places.candidates[:, k].sum()))

        def missing(level: float, k: int = k, wanted: float = wanted) -> float:
            chance = expit(gain[:, k, None] - p.ability_reluctance * ability - level).mean(axis=1)
            return float(places.candidates[:, k] @ chance) - wanted

        reluctance[k] = brentq(missing, -20.0, 20.0)
    cells = region.cells
    near = nearness_to_jobs(region, cells.floor_space, p)
    homes = homes_offered(cells.housing, cells.housing, cells.housing_cost, cells.amenity, near, p)
    mean_cost, mean_amenity = (float(np.average(v, weights=cells.housing)) for v in (cells.housing_cost, cells.amenity))
    return Balance(reluctance, drawing_power(places, p).sum(axis=0), homes, mean_cost, mean_amenity)


def chosen_homes(homes: Homes, skill: Array, offers: Array, taste: Array) -> Array:
    """Return the home cells that people choose among the few that they are shown.

    A change in one cell reaches only those who are shown it; drawing from the whole distribution would move everybody.

    Parameters
    ----------
    homes : see `homes_offered`
    skill : (n,) int
    offers : (n, m) int cells shown to each person, drawn in proportion to dwellings
    taste : (n, m) standard Gumbel draws

    Returns
    -------
    (n,) int64 cells

    References
    ----------
    McFadden (1978), Modelling the choice of residential location (sampling of alternatives).
    """
    liking = homes.appeal[skill[:, None], offers] + taste
    return offers[np.arange(len(offers)), np.argmax(liking, axis=1)]
