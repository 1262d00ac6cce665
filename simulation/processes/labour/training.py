"""Training: courses for skilled workers, which employers or a policy pay for, and for who learns a new trade."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.segments import segment_of
from simulation.populations.talent import SKILLED, SKILLS
from simulation.processes.labour.hiring import JOBLESS
from simulation.processes.labour.staffing import lowest_in_groups

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.processes.labour.hiring import Workforce
    from simulation.processes.labour.parameters import LabourParameters
    from simulation.world import World

Array = np.ndarray

MOST_SUPPORT = 0.95
"""Share of the cost of a course beyond which support makes no more employers want one."""


def learnt(gain: Array, trained: Array, most: float) -> Array:
    """Return log ability gained in a course: the less, the more has been learnt in earlier ones.

    Parameters
    ----------
    gain : (n,) of a first course
    trained : (n,) log ability gained in courses so far
    most : log ability that courses can add in all
    """
    return gain * np.maximum(1.0 - trained / most, 0.0)


def usual_training(p: LabourParameters) -> float:
    """Return log ability that courses at their employers have given skilled workers where gain and loss balance."""
    gained = p.training_rate * p.course_gain
    return gained / (gained / p.training_most + p.training_loss) if gained > 0.0 else 0.0


def course_chance(usual: float, support: Array, elasticity: float) -> Array:
    """Return the chance that an employer wants to send a worker to a course.

    Parameters
    ----------
    usual : chance without support
    support : (n,) share of the employer's cost that others bear, below one
    elasticity : percent more courses for each percent of cost less

    Returns
    -------
    (n,) float in [0, 1]
    """
    return np.minimum(usual * (1.0 - support) ** -elasticity, 1.0)


def train(world: World, levers: Levers, draws: Draws, workforce: Workforce, spare: Array, p: LabourParameters) -> None:
    """Send skilled workers to courses, some of them paid for by a policy, and publish what firms miss and pay.

    A policy cannot see which courses would be held anyway: its places go by a keyed queue among all that employers
    then want, and who gets none is sent at the firm's cost if the firm would have done so without the policy.

    Parameters
    ----------
    spare : (employers,) bool, firms that are not short of money
    """
    t, firms = world.talent, world.firms
    places = int(levers.training_places.value() + 1e-9)
    able = np.flatnonzero((workforce.skill == SKILLED) & spare[workforce.place] & (workforce.place >= 0))
    wish = draws.uniform("labour.course", workforce.key[able])
    if places <= 0:  # then nobody else is sent
        chosen = np.flatnonzero(wish < p.training_rate)
        able, wish = able[chosen], wish[chosen]
    place, key = workforce.place[able], workforce.key[able]
    trained = t.trained[workforce.rows[able]]
    gain = learnt(np.full(len(able), p.course_gain), trained, p.training_most)
    own = (wish < p.training_rate) & (gain >= p.training_least * p.course_gain)
    paid = np.zeros(len(able), dtype=bool)
    if places > 0:
        view = world.firm_view(firms.live)
        gains, awards = np.zeros(workforce.employers.size), np.zeros(workforce.employers.size)
        gains[firms.live], awards[firms.live] = levers.training_gain.on(view), levers.training_award.on(view)
        offered = learnt(gains[place], trained, p.training_most)
        cost = p.course_cost + p.course_time * t.wage[workforce.rows[able]] / 4.0
        support = np.minimum(awards[place] / cost, MOST_SUPPORT)
        wanted = (wish < course_chance(p.training_rate, support, p.training_elasticity)) & (gains[place] > 0.0)
        wanted = np.flatnonzero(wanted & (offered >= p.training_least * gains[place]))
        first = np.argsort(draws.uniform("labour.course_queue", key[wanted]), kind="stable")
        paid[wanted[first[:places]]] = True
        gain = np.where(paid, offered, gain)
        world.records.table("training", person_key=key[paid], firm_key=firms.key[place[paid]])
    sent = np.flatnonzero(own | paid)
    rows, host = workforce.rows[able[sent]], place[sent]
    t.ability[rows] += gain[sent]
    t.trained[rows] += gain[sent]
    world.records["training_away"] = p.course_time * np.bincount(host, minlength=len(firms))
    bill = p.course_cost * np.bincount(place[own & ~paid], minlength=len(firms))
    payers = np.flatnonzero(bill)
    world.ledger.pay("courses", firms.at(payers), "households", bill[payers])
    world.records["training_cost"] = bill
    world.records.flow("trained", len(sent))


def begin(world: World, p: LabourParameters) -> None:
    """Publish what skilled workers have usually learnt in courses; those of the start have that behind them."""
    world.records["usual_training"] = usual = usual_training(p)
    if "usual_training" not in world.published:
        t = world.talent
        t.trained[t.live[t.skill[t.live] == SKILLED]] = usual


def forget(world: World, p: LabourParameters) -> None:
    """Let part of what was learnt in courses be forgotten or go out of date."""
    t = world.talent
    lost = p.training_loss * t.trained  # rows of the dead too: whoever is given one brings an ability
    t.trained[:] -= lost
    t.ability[:] -= lost


def publish_gains(world: World, workforce: Workforce) -> None:
    """Publish what the skilled workers of each firm have gained by training on average, beyond what is usual."""
    t, firms = world.talent, world.firms
    skilled = np.flatnonzero(workforce.skill == SKILLED)
    beyond = t.trained[workforce.rows[skilled]] - world.records["usual_training"]
    gained = workforce.summed(beyond, skilled)[: len(firms)]
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
