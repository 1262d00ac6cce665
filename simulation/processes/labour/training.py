"""Training of skilled workers at their employers: who gets a place, what is learnt, and what it costs in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.talent import FIRM, SKILLED

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.processes.labour.hiring import Workforce
    from simulation.processes.labour.parameters import LabourParameters
    from simulation.world import World

Array = np.ndarray


def learnt(gain: Array, trained: Array, most: float) -> Array:
    """Return log ability gained in a course: the less, the more has been learnt in earlier ones.

    Parameters
    ----------
    gain : (n,) of a first course
    trained : (n,) log ability gained in courses so far
    most : log ability that courses can add in all
    """
    return gain * np.maximum(1.0 - trained / most, 0.0)


def train(world: World, levers: Levers, draws: Draws, workforce: Workforce, p: LabourParameters) -> None:
    """Fill training places with skilled workers of eligible firms, and publish their absence."""
    t, firms = world.talent, world.firms
    gains = np.zeros(workforce.employers.size)
    gains[firms.live] = levers.training_gain.on(world.firm_view(firms.live))
    at_firm = (workforce.place >= 0) & (workforce.place < workforce.employers.range_of(FIRM).stop)
    able = np.flatnonzero(at_firm & (workforce.skill == SKILLED))
    able = able[gains[workforce.place[able]] > 0.0]
    gain = learnt(gains[workforce.place[able]], t.trained[workforce.rows[able]], p.training_most)
    worth = gain >= p.training_least * gains[workforce.place[able]]
    able, gain = able[worth], gain[worth]
    first = np.argsort(draws.uniform("labour.course", workforce.key[able]), kind="stable")
    chosen = first[: int(levers.training_places.value() + 1e-9)]
    people, rows = able[chosen], workforce.rows[able[chosen]]
    t.ability[rows] += gain[chosen]
    t.trained[rows] += gain[chosen]
    away = np.bincount(workforce.place[people], minlength=workforce.employers.size)[: len(firms)]
    world.records["training_away"] = p.course_time * away
    world.records.table("training", person_key=workforce.key[people], firm_key=firms.key[workforce.place[people]])
    world.records.flow("trained", len(people))


def publish_gains(world: World, workforce: Workforce) -> None:
    """Publish what the skilled workers of each firm have gained by training on average, once anybody has."""
    t, firms = world.talent, world.firms
    if not t.trained[workforce.rows].any():
        return
    skilled = np.flatnonzero(workforce.skill == SKILLED)
    gained = workforce.summed(t.trained[workforce.rows[skilled]], skilled)[: len(firms)]
    world.records["skill_gain"] = gained / np.maximum(workforce.staff[: len(firms), SKILLED], 1)
