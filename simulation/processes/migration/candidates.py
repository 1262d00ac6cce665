"""People who might come: drawn from fixed pools, the same ones in every world."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri

from simulation.populations.columns import origin_keys
from simulation.populations.segments import choice_table, chosen
from simulation.populations.talent import MANAGEMENT, RESEARCH, SKILLED, SKILLS

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.processes.migration.parameters import MigrationParameters
    from simulation.space.region import Region

Array = np.ndarray


@lru_cache(maxsize=16)
def fields_trained(region: Region) -> tuple[Array, Array]:
    """Return `field_chances` as tables of choices: (2 * places, steps) for outside, (2, steps) for graduates."""
    outside, local = field_chances(region)
    return choice_table(outside.reshape(-1, outside.shape[-1])), choice_table(local)


@lru_cache(maxsize=16)
def field_chances(region: Region) -> tuple[Array, Array]:
    """Return the fields of researchers and of others, cumulated over fields.

    Parameters
    ----------
    region : whose firms and institutes need the fields, and whose surroundings are good at some

    Returns
    -------
    (places, 2, F) for people from each place outside, and (2, F) for local graduates
    """
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
    """Place outside that they come from; -1 for local graduates."""
    skill: Array
    field: Array
    ability: Array
    age: Array
    top: Array

    def chosen(self, who: Array) -> Candidates:
        """Return some of them, by a (n,) bool."""
        return Candidates(*(column[who] for column in self))

    def with_others(self, others: Candidates) -> Candidates:
        """Return these candidates followed by others."""
        return Candidates(*(np.concatenate(pair) for pair in zip(self, others, strict=True)))


def offered_candidates(
    region: Region, counts: Array, quarter: int, draws: Draws, p: MigrationParameters, largest_chance: float = 1.0
) -> Candidates:
    """Return the quarter's candidates from places outside; each place and skill is a pool of its own.

    Their wish to move is `draws.logistic("migration.coming", key)`.

    Parameters
    ----------
    region : gives the fields in which people are trained
    counts : (places, 5) int candidates
    quarter : now
    draws : keyed draws
    p : parameters
    largest_chance : leave out those who would not come even if this were their chance
    """
    flat = counts.ravel()
    pool = np.repeat(np.arange(flat.size), flat)
    ordinal = np.arange(len(pool)) - np.repeat(np.cumsum(flat) - flat, flat)
    key = origin_keys("talent", 1 + pool, quarter, ordinal)
    if largest_chance < 1.0:
        willing = draws.uniform("migration.coming", key) > 1.0 - largest_chance
        key, pool = key[willing], pool[willing]
    node, skill = pool // len(SKILLS), pool % len(SKILLS)
    luck = draws.uniform("migration.field", key, fixed=True)
    field = chosen(fields_trained(region)[0], 2 * node + np.minimum(skill, SKILLED), luck)
    return _people(key, node, skill, field, 24.0, 24.0, draws, p)


FOLLOWERS, LARGEST_TEAM = 190, 20
"""First pool of followers' keys (one for each place in a team), and the largest team."""


def followers(leaders: Candidates, size: Array, quarter: int, draws: Draws, p: MigrationParameters) -> Candidates:
    """Return the researchers who follow people to the district, from the same place and in the same field.

    Parameters
    ----------
    leaders : newcomers
    size : (n,) followers expected of each; a part of a person is one by luck
    quarter : now
    draws : keyed draws
    p : parameters
    """
    luck = draws.uniform("migration.team", leaders.key, fixed=True)
    count = np.minimum(np.floor(size + luck), LARGEST_TEAM).astype(np.int64)
    leader = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(leader)) - np.repeat(np.cumsum(count) - count, count)
    first = leaders.key[leader]
    ordinal = (((first >> 38) & 0xFF) << 20) + (first & 0xFFFFF)
    key = origin_keys("talent", FOLLOWERS + place, quarter, ordinal)
    skill = np.full(len(key), RESEARCH)
    people = _people(key, leaders.node[leader], skill, leaders.field[leader], 24.0, 24.0, draws, p)
    return people._replace(top=np.zeros(len(key), dtype=bool))


def local_graduates(region: Region, count: int, quarter: int, draws: Draws, p: MigrationParameters) -> Candidates:
    """Return the quarter's local graduates.

    Parameters
    ----------
    region : gives the fields in which people are trained
    count : how many
    quarter : now, above 0 (the keys of quarter 0 are those of the initial population)
    draws : keyed draws
    p : parameters
    """
    key = origin_keys("talent", 0, quarter, np.arange(count))
    shares = np.cumsum(p.graduate_skills) / np.sum(p.graduate_skills)
    trade, luck = draws.uniform(("migration.skill", "migration.field"), key, fixed=True)
    skill = np.searchsorted(shares[:-1], trade)
    field = chosen(fields_trained(region)[1], np.minimum(skill, SKILLED), luck)
    return _people(key, np.full(count, -1), skill, field, 22.0, 6.0, draws, p)


def _people(key: Array, node: Array, skill: Array, field: Array, youngest: float, span: float, draws: Draws,
            p: MigrationParameters) -> Candidates:
    luck, spread = draws.uniform(("migration.ability", "migration.age"), key, fixed=True)
    luck = ndtri(luck)
    age = youngest + span * spread**1.3
    leading = (skill == RESEARCH) | (skill == MANAGEMENT)
    top = leading & (luck > ndtri(1.0 - p.top_share)) if p.top_share > 0 else np.zeros(len(key), dtype=bool)
    return Candidates(key, node, skill, field, p.ability_spread * luck, age, top)
