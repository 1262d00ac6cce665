"""Migration: candidates come or not, residents age, retire, move house, leave, or stay and work outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.segments import segment_of, skill_means, starting_wages
from simulation.populations.talent import NO_EMPLOYER, OUTSIDE, RESEARCH, SKILLED, SKILLS
from simulation.processes.migration.attraction import (
    Balance,
    Homes,
    Outside,
    chosen_homes,
    drawing_power,
    dwellings_drawn,
    grant_value,
    homes_offered,
    nearness_to_jobs,
    outside_values,
    places_outside,
    starting_balance,
    travel_costs,
)
from simulation.processes.migration.candidates import Candidates, followers, local_graduates, offered_candidates
from simulation.processes.migration.parameters import MigrationParameters
from simulation.world import TalentView

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World

Array = np.ndarray

READS = (
    "segments.wage", "segments.tightness", "cells.housing", "cells.residents", "cells.housing_cost", "cells.amenity",
    "cells.floor_space", "externals.travel_time", "talent.skill", "talent.field", "talent.ability",
    "talent.top", "talent.founded", "levers.housing_subsidy", "levers.service_access", "levers.window_reach",
    "levers.relocation_grant", "levers.team_size",
    "levers.peer_wage", "levers.peer_pull",
)
WRITES = (
    "talent.births", "talent.deaths", "talent.age", "talent.cell", "talent.employer_kind", "talent.employer",
    "talent.since", "talent.wage", "externals.came", "externals.left", "externals.wage", "neighbours.talent",
)
PARAMETERS = MigrationParameters


def step(world: World, levers: Levers, draws: Draws, p: MigrationParameters) -> None:
    """Age everybody, let some retire, move house or leave, and let candidates and graduates come."""
    region, nodes = world.region, world.externals
    balance = world.published.get("migration_balance") or starting_balance(region, p)
    world.records["migration_balance"] = balance
    if world.quarter > 0:
        nodes.wage[:] = nodes.wage * (1.0 + p.outside_wage_growth)
    start = starting_wages(world)
    outside_wage = nodes.wage / skill_means(start, len(region.fields)).mean()
    neighbour_growth = (1.0 + p.outside_wage_growth) ** world.quarter
    if levers.peer_wage.active:
        neighbour_growth *= float(np.exp(levers.peer_wage.value()))
    places = places_outside(region, nodes.travel_time, outside_wage, p, neighbour_growth)
    if levers.peer_pull.active:
        peers = np.arange(len(places.pull)) >= len(nodes)
        places = places._replace(pull=places.pull * np.exp(levers.peer_pull.value() * peers))
    cells = world.cells
    vacant = np.maximum(cells.housing - cells.residents, 0.02 * cells.housing)
    near = nearness_to_jobs(region, cells.floor_space, p)
    homes = homes_offered(cells.housing, vacant, cells.housing_cost, cells.amenity, near, p)

    t = world.talent
    t.age[:] += 0.25  # rows of the dead too: whoever is given one brings an age
    luck = draws.uniform("migration.luck", t.key[t.live])
    movers = t.live[luck > 1.0 - p.moving_house]
    retired = _retire(world, draws, p)
    luck[np.searchsorted(t.live, retired)] = 1.0  # who retires does not leave as well
    gone = np.concatenate([retired, _leave(world, levers, draws, luck, places, balance, start, p)])
    t.employer_kind[gone] = NO_EMPLOYER
    t.employer[gone] = -1
    t.remove(gone)
    t.cell[movers] = _homes_of(world, draws, t.key[movers], t.skill[movers], homes, p)
    _come(world, levers, draws, places, homes, balance, start, p)


def _retire(world: World, draws: Draws, p: MigrationParameters) -> Array:
    """Return the rows of those who reach their own age of retirement."""
    t = world.talent
    old = np.flatnonzero((t.age >= p.retirement_low) & t.alive)
    luck = draws.uniform("migration.retirement", t.key[old], fixed=True)
    retired = old[t.age[old] >= p.retirement_low + luck * (p.retirement_high - p.retirement_low)]
    world.records.flow("retired", len(retired))
    return retired


LARGEST_LEAVING, LARGEST_COMING = 0.15, 0.4
"""Highest chances of leaving and coming in a quarter; only those whose luck is within them are looked at closely."""


def _leave(world: World, levers: Levers, draws: Draws, luck: Array, places: Outside, balance: Balance, start: Array,
           p: MigrationParameters) -> Array:
    """Let residents of low luck leave or take a job outside; return the rows of those who leave."""
    t, nodes = world.talent, world.externals
    at_risk = np.flatnonzero(luck < LARGEST_LEAVING)
    rows, luck = t.live[at_risk], luck[at_risk]
    settled = world.lead_own_firm(rows) | (t.age[rows] >= p.retirement_high)
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
    tightness = np.log(world.segments.tightness[segment] / world.published.get("tightness_reference", 1.0))
    wage_weight, housing_weight, amenity_weight = (
        np.array(weight)[skill] for weight in (p.wage_weight, p.housing_weight, p.amenity_weight)
    )
    housing = housing_weight * np.log(cost / balance.housing_cost)
    if levers.relocation_grant.active:
        wage = wage + grant_value(levers.relocation_grant.on(view), t.wage[rows], np.ones(len(rows)))
    return wage_weight * wage - housing + amenity_weight * amenity + p.tightness_weight * tightness


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


def _come(world: World, levers: Levers, draws: Draws, places: Outside, homes: Homes, balance: Balance, start: Array,
          p: MigrationParameters) -> None:
    """Let candidates from outside and local graduates decide, and settle those who come."""
    region, nodes, quarter = world.region, world.externals, world.quarter
    counts = np.rint(places.candidates * world.scale).astype(np.int64)
    people = offered_candidates(region, counts, quarter, draws, p, LARGEST_COMING)
    values = outside_values(places, p) + travel_costs(places.travel_time, p)[:, None] + balance.reluctance
    gain = _value_here(world, levers, people, homes, balance, start, p) - values[people.node, people.skill]
    gain -= p.ability_reluctance * np.maximum(people.ability / p.ability_spread, 0.0)
    gain += draws.logistic("migration.coming", people.key)
    if levers.window_reach.active:
        reach = np.zeros(len(places.pull))
        reach[: len(nodes)] = levers.window_reach.on(region.externals)
        gain += p.window_weight * draws.happens("migration.window", people.key, reach[people.node], fixed=True)
    arrivals = people.chosen(gain > 0.0)
    came = np.bincount(arrivals.node, minlength=len(places.pull))
    nodes.came[:] = came[: len(nodes)]
    world.neighbours.talent[:] = np.maximum(world.neighbours.talent - came[len(nodes) :], 0.0)
    _record(world, "in", came)
    _advise(world, draws, people, gain, places, p)
    if levers.team_size.active:
        team = followers(arrivals, levers.team_size.on(_view(arrivals)) * np.ones(len(arrivals.key)), quarter, draws, p)
        came = np.bincount(team.node, minlength=len(places.pull))
        nodes.came[:] += came[: len(nodes)]
        world.neighbours.talent[:] = np.maximum(world.neighbours.talent - came[len(nodes) :], 0.0)
        _record(world, "in", came)
        world.records.flow("followers", len(team.key))
        arrivals = arrivals.with_others(team)

    # In quarter 0 the graduates' keys would be those of the initial population.
    count = round(region.levels["talent"].value * p.graduates * world.scale) if quarter > 0 else 0
    young = local_graduates(region, count, quarter, draws, p)
    lure = np.log(drawing_power(places, p).sum(axis=0) / balance.power)[young.skill]
    stay = np.log(p.graduates_staying / (1.0 - p.graduates_staying)) - lure
    stay += _value_here(world, levers, young, homes, balance, start, p)
    stay += draws.logistic("migration.staying", young.key, fixed=True)
    staying = young.chosen(stay > 0.0)
    world.records.flow("graduates", len(staying.key))
    _settle(world, draws, arrivals.with_others(staying), homes, p)


def _value_here(world: World, levers: Levers, people: Candidates, homes: Homes, balance: Balance, start: Array,
                p: MigrationParameters) -> Array:
    """Return what the district offers candidates beyond what it offered at the start."""
    skill, fields = people.skill, len(world.region.fields)
    view = _view(people)
    cost = homes.housing_cost[skill]
    cost = np.maximum(cost - levers.housing_subsidy.on(view), 0.2 * cost) / balance.homes.housing_cost[skill]
    amenity = homes.amenity[skill] - balance.homes.amenity[skill] + levers.service_access.on(view)
    widths = [fields] * 2 + [1] * (len(SKILLS) - 2)
    market = np.log(world.segments.wage / start) * np.repeat(p.wage_weight, widths)
    market += p.tightness_weight * np.log(world.segments.tightness / world.published.get("tightness_reference", 1.0))
    known = world.published
    market += p.career_weight * np.log(known.get("careers", 1.0) / known.get("careers_reference", 1.0))
    housing_weight, amenity_weight = np.array(p.housing_weight)[skill], np.array(p.amenity_weight)[skill]
    segment = segment_of(skill, people.field, fields)
    value = market[segment] - housing_weight * np.log(cost) + amenity_weight * amenity
    if levers.relocation_grant.active:
        wage = world.segments.wage[segment] * np.exp(people.ability)
        value = value + grant_value(levers.relocation_grant.on(view), wage, np.array(p.wage_weight)[skill])
    return value


def _view(people: Candidates) -> TalentView:
    return TalentView(people.skill, people.age, people.ability, people.top, key=people.key)


def _homes_of(world: World, draws: Draws, keys: Array, skill: Array, homes: Homes, p: MigrationParameters) -> Array:
    """Return the home cells that people choose this quarter among a few vacant ones."""
    offers = keys[:, None] + (np.arange(p.homes_seen) << 50)
    bits = draws.bits("migration.home", offers)  # the lowest 16 say which home is shown, the others how it is liked
    shown = dwellings_drawn(world.region)[bits & np.uint64(0xFFFF)]
    taste = -np.log(-np.log(((bits >> np.uint64(16)) + 0.5) * 2.0**-48))
    return chosen_homes(homes, skill, shown, taste)


def _settle(world: World, draws: Draws, people: Candidates, homes: Homes, p: MigrationParameters) -> None:
    """Give those who come a home; they look for a job at once."""
    wage = world.segments.wage[segment_of(people.skill, people.field, len(world.region.fields))]
    experienced = (people.skill == SKILLED) & (people.node >= 0)
    world.talent.add(
        people.key, skill=people.skill, field=people.field, ability=people.ability, age=people.age, top=people.top,
        employer_kind=NO_EMPLOYER, employer=-1, wage=wage * np.exp(people.ability),
        cell=_homes_of(world, draws, people.key, people.skill, homes, p),
        trained=experienced * world.published.get("usual_training", 0.0),
        since=world.quarter, arrived=world.quarter,
    )


def _advise(
    world: World, draws: Draws, people: Candidates, gain: Array, places: Outside, p: MigrationParameters
) -> None:
    """Let able researchers who almost came advise firms part-time; the near ones do."""
    close = (people.skill == RESEARCH) & (people.ability > 0) & (gain <= 0.0) & (gain > -p.advising_margin)
    chance = np.exp(-places.travel_time / p.advising_time)[people.node]
    advises = close & draws.happens("migration.advising", people.key, chance, fixed=True)
    before = world.published.get("advisers", np.zeros(len(world.region.fields)))
    new = np.bincount(people.field[advises], minlength=len(world.region.fields))
    world.records["advisers"] = (1.0 - p.advising_end) * before + new


def _record(world: World, way: str, people: Array) -> None:
    """Add movements to the flows: all, those with the metropolis, and those with neighbour districts."""
    there = world.region.metropolis
    world.records.flow(f"migration_{way}", int(people.sum()))
    world.records.flow(f"shanghai_{way}", int(people[: len(there)][there].sum()))
    world.records.flow(f"neighbour_{way}", int(people[len(there) :].sum()))
