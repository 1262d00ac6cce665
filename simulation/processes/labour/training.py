"""Training: courses for skilled workers at their employers, and for people out of work who learn a new trade."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.segments import segment_of
from simulation.populations.talent import FIRM, SKILLED, SKILLS
from simulation.processes.labour.hiring import JOBLESS
from simulation.processes.labour.staffing import lowest_in_groups

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


def forget(world: World, p: LabourParameters) -> None:
    """Let part of what was learnt in courses be forgotten or go out of date."""
    t = world.talent
    rows = t.live[t.trained[t.live] > 0.0]
    lost = p.training_loss * t.trained[rows]
    t.trained[rows] -= lost
    t.ability[rows] -= lost


def publish_gains(world: World, workforce: Workforce) -> None:
    """Publish what the skilled workers of each firm have gained by training on average, once anybody has."""
    t, firms = world.talent, world.firms
    if not t.trained[workforce.rows].any():
        return
    skilled = np.flatnonzero(workforce.skill == SKILLED)
    gained = workforce.summed(t.trained[workforce.rows[skilled]], skilled)[: len(firms)]
    world.records["skill_gain"] = gained / np.maximum(workforce.staff[: len(firms), SKILLED], 1)


def whole_places(places: Array, quarter: int) -> Array:
    """Return whole places of a quarter, so that fractions add up over time; (n,) int64."""
    return (np.floor(places * (quarter + 1) + 1e-9) - np.floor(places * quarter + 1e-9)).astype(np.int64)


def prospects(wage: Array, tightness: Array, elasticity: float) -> Array:
    """Return what people out of work can hope for in a trade: its wage, times a measure of the chance to get it.

    Parameters
    ----------
    wage : (g,) going wages, million CNY a year
    tightness : (g,) vacancies over seekers, smoothed
    elasticity : of the chance to find a job in a given time

    Returns
    -------
    (g,) float, comparable between trades only

    References
    ----------
    Harris and Todaro (1970), Migration, unemployment and development (people go by expected income).
    Petrongolo and Pissarides (2001), Looking into the black box.
    """
    return wage * np.maximum(tightness, 1e-3) ** elasticity


def chosen_course(wage: Array, going: Array, taste: Array, cost: float) -> Array:
    """Return which new trade people out of work would learn, -1 for none that pays.

    Parameters
    ----------
    wage : (n,) prospects in a person's present trade, see `prospects`
    going : (m,) those in the trades with places
    taste : (n, m) standard Gumbel draws
    cost : trouble of a change, in log wage

    Returns
    -------
    (n,) int64 index of a trade
    """
    gain = np.log(going)[None, :] - np.log(wage)[:, None] - cost + 0.1 * taste
    best = np.argmax(gain, axis=1)
    return np.where(gain[np.arange(len(wage)), best] > 0.0, best, -1)


def convert(world: World, levers: Levers, draws: Draws, workforce: Workforce, p: LabourParameters) -> None:
    """Let people out of work take courses for brokers, finance people and managers; who passes changes trade."""
    t, fields = world.talent, len(world.region.fields)
    places = whole_places(np.asarray(levers.course_places.on(SKILLS)), world.quarter)
    trades = np.flatnonzero(places)
    free = np.flatnonzero((workforce.place == JOBLESS) & (workforce.skill <= SKILLED))
    free = free[t.age[workforce.rows[free]] < p.course_age]
    if not len(trades) or not len(free):
        return
    keys = workforce.key[free]
    options = np.repeat(keys, len(trades)) + (np.tile(trades, len(free)) << 50)
    taste = draws.gumbel("labour.trade", options, fixed=True).reshape(len(free), len(trades))
    wages = prospects(world.segments.wage, world.segments.tightness, p.finding_elasticity)
    going = wages[segment_of(trades, np.zeros(len(trades), dtype=np.int64), fields)]
    course = chosen_course(wages[workforce.segment[free]], going, taste, p.course_trouble)
    luck = draws.uniform("labour.admission", keys)
    admitted = lowest_in_groups(np.maximum(course, 0), np.where(course >= 0, luck, np.inf), keys, places[trades])
    at = np.flatnonzero(admitted & (course >= 0))
    people, new = free[at], trades[course[at]]
    passed = draws.happens("labour.examination", keys[at], p.course_passed)
    world.records.table("courses", person_key=keys[at], skill=new, passed=passed)
    people, new = people[passed], new[passed]
    t.skill[workforce.rows[people]] = new
    workforce.skill[people] = new
    workforce.segment[people] = segment_of(new, t.field[workforce.rows[people]], fields)
    world.records.flow("converted", len(people))
