"""Teams: the skilled people whom a firm brings with it when it moves in from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.columns import origin_keys
from simulation.populations.segments import segment_of
from simulation.populations.talent import FIRM, MANAGEMENT, RESEARCH, SKILLED
from simulation.processes.demography import entry, location, projects

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.populations.columns import Array
    from simulation.processes.demography.entry import Candidates
    from simulation.processes.demography.parameters import DemographyParameters
    from simulation.world import World

FROM_EXTERNAL, FROM_NEIGHBOUR, LARGEST = 150, 170, 20
"""First pools of team members' keys (one for each place in the team), and the largest team."""


def team_skills(place: Array, luck: Array, rd_intensity: Array) -> Array:
    """Return the skill of each member of a team: a manager first, then the more researchers the more R&D.

    Parameters
    ----------
    place : (n,) place in the team, from 0
    luck : (n,) uniform
    rd_intensity : (n,) R&D over sales of the firm

    Returns
    -------
    (n,) int64 index of SKILLS
    """
    research = np.minimum(0.1 + 4.0 * rd_intensity, 0.8)
    return np.where(place == 0, MANAGEMENT, np.where(luck < research, RESEARCH, SKILLED))


def bring(world: World, draws: Draws, p: DemographyParameters, new: Candidates, rows: Array) -> None:
    """Settle the teams of firms that moved in, and book them as arrivals here and as the old place's loss."""
    moved = np.flatnonzero(new.origin == entry.RELOCATION)
    rounding = draws.uniform("demography.team", new.key[moved], fixed=True)
    size = np.minimum(np.floor(p.mover_team * new.sales[moved] + rounding), LARGEST).astype(np.int64)
    member = np.repeat(moved, size)
    place = np.arange(len(member)) - np.repeat(np.cumsum(size) - size, size)
    first = np.where(new.node[member] >= 0, FROM_EXTERNAL, FROM_NEIGHBOUR)
    ordinal = new.key[member] & ((1 << 28) - 1)
    key = origin_keys("talent", 0, world.quarter, ordinal) + ((first + place) << 38)
    large = np.flatnonzero(new.origin == projects.PROJECT)
    if large.size:
        luck = draws.uniform("demography.team", new.key[large], fixed=True)
        several = np.repeat(large, projects.members(new, large, luck, p))
        place_there = np.arange(len(several))
        key = np.concatenate([key, origin_keys("talent", projects.MEMBER_POOL, world.quarter, place_there)])
        member, place = np.concatenate([member, several]), np.concatenate([place, place_there])
    if len(member):
        _settle(world, draws, p, new, rows, member, place, key)


def _settle(
    world: World, draws: Draws, p: DemographyParameters, new: Candidates, rows: Array, member: Array, place: Array,
    key: Array,
) -> None:
    """Give the people of teams skill, field, ability, wage and home, and put them on their firm's staff."""
    fields = len(world.region.fields)
    weights = world.region.field_weights[new.industry[member]]
    streams = ("demography.member_field", "demography.member_skill", "demography.member_age")
    field_luck, skill_luck, age_luck = draws.uniform(streams, key, fixed=True)
    field = entry.drawn_industry(field_luck, weights)
    skill = team_skills(place, skill_luck, new.rd_intensity[member])
    ability = p.member_ability * draws.normal("demography.member_ability", key, fixed=True)
    wage = world.segments.wage[segment_of(skill, field, fields)] * np.exp(ability)
    with np.errstate(divide="ignore"):
        homes = np.log(world.cells.housing / world.scale) + p.amenity_weight * world.cells.amenity
    firm = rows[member]
    near = p.commute_weight * location.distances(world.region)[world.firms.cell[firm]]
    world.talent.add(
        key, skill=skill, field=field, ability=ability, wage=wage, employer_kind=FIRM, employer=firm,
        age=25.0 + 20.0 * age_luck,
        trained=(skill == SKILLED) * world.records.get("usual_training", 0.0),
        since=world.quarter, arrived=world.quarter,
        cell=location.chosen_cells(draws, "demography.member_home", key, homes - near),
    )
    np.add.at(world.firms.staff, (firm, skill), 1)
    _book(world, new, member)


def _book(world: World, new: Candidates, member: Array) -> None:
    """Count arrivals by where they came from."""
    came = np.bincount(new.node[member][new.node[member] >= 0], minlength=len(world.externals))
    lost = np.bincount(new.neighbour[member][new.neighbour[member] >= 0], minlength=len(world.neighbours))
    world.externals.came[:] += came
    world.neighbours.talent[:] = np.maximum(world.neighbours.talent - lost, 0.0)
    flow = world.records.flow
    flow("team_members", len(member))
    flow("migration_in", len(member))
    flow("neighbour_in", lost.sum())
    flow("shanghai_in", came[world.region.metropolis].sum())
