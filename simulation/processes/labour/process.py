"""Labour market: quits, layoffs, vacancies, matching on a ring of places, and segment wages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.segments import segment_of, skill_means, starting_wages
from simulation.populations.talent import FIRM, FUND, INSTITUTE, RESEARCH, SKILLED, SKILLS
from simulation.processes.labour import plans, training
from simulation.processes.labour.hiring import (
    AWAY,
    JOBLESS,
    Jobs,
    Workforce,
    employers_of,
    open_jobs,
    options_in_reach,
    pay_premium,
    ring_positions,
    seekers_gains,
)
from simulation.processes.labour.matching import deferred_acceptance
from simulation.processes.labour.parameters import LabourParameters
from simulation.processes.labour.staffing import affordable_hires, excess_staff, lowest_in_groups

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World

Array = np.ndarray

READS = (
    "talent.founded", "talent.age", "talent.cell", "firms.industry", "firms.cell", "firms.cash",
    "firms.sales_year", "firms.profit", "firms.rd_intensity", "firms.rd_spend", "firms.overdue", "firms.losses",
    "firms.productivity", "firms.tier", "industries.price",
    "institutes.budget", "institutes.expertise", "institutes.cell",
    "funds.kind", "funds.domicile", "funds.cell", "externals.wage", "externals.travel_time",
    "levers.training_places", "levers.training_gain", "levers.training_award", "levers.course_places",
    "levers.institute_funding",
    "levers.support_withdrawn",
)
WRITES = (
    "talent.employer_kind", "talent.employer", "talent.wage", "talent.since", "talent.field", "talent.ability",
    "talent.trained", "talent.skill",
    "firms.staff", "firms.staff_wanted", "firms.research_ability", "firms.wage_bill",
    "institutes.staff", "institutes.staff_wanted", "institutes.research_ability", "institutes.wage_bill",
    "funds.staff", "funds.staff_wanted", "funds.wage_bill",
    "segments.wage", "segments.vacancies", "segments.seekers", "segments.tightness",
)
PARAMETERS = LabourParameters

CERTIFIED_TIER = 3
"""Tier from which a firm counts as a place for careers: high-tech enterprises and innovation leaders."""

KINDS = {"firms": FIRM, "institutes": INSTITUTE, "funds": FUND}
"""Kind of employer of each population."""


def next_wage(wage: Array, tightness: Array, p: LabourParameters) -> Array:
    """Return a segment's going wage in the next quarter: the common trend, faster where workers are scarce.

    Parameters
    ----------
    wage : (g,) million CNY a year
    tightness : (g,) vacancies over seekers, smoothed
    p : parameters of the labour market
    """
    pressure = np.clip(np.log(np.maximum(tightness, 1e-6) / p.tightness_reference), -1.5, 1.5)
    return wage * (1.0 + p.wage_trend) * np.exp(p.wage_response * pressure)


def step(world: World, levers: Levers, draws: Draws, p: LabourParameters) -> None:
    """Let people quit, employers dismiss and hire, wages move, and pay the wages of the quarter."""
    world.records["wage_reference"] = starting_wages(world)
    world.records["work_reference"] = plans.starting_work(world, p)
    world.records["tightness_reference"] = p.tightness_reference
    plans.publish_substitution(world, p)
    employers = employers_of(world)
    wanted = np.zeros((employers.size, len(SKILLS)), dtype=np.int64)
    for name, people in plans.staff_wanted_by(world, p, levers).items():
        population = getattr(world, name)
        population.staff_wanted[population.live] = people
        wanted[employers.range_of(KINDS[name])][population.live] = people

    training.begin(world, p)
    training.forget(world, p)
    workforce = Workforce(world, employers)
    openings = world.published.get("openings_reference")
    if openings is None:
        jobs_by_segment = np.bincount(workforce.segment, minlength=len(world.segments))
        openings = np.maximum(p.usual_openings * jobs_by_segment, 0.5)
    world.records["openings_reference"] = openings
    looking = _quit(world, draws, workforce, p)
    _dismiss(world, draws, workforce, wanted, p)
    _begin_to_look(draws, workforce, looking)
    if levers.course_places.active:
        training.convert(world, levers, draws, workforce, p)
    premium = pay_premium(world, draws, employers, p)
    jobs = open_jobs(world, draws, employers, _vacancies(world, workforce, wanted, p), workforce.staff, p.place_jitter)
    _retrain(world, draws, workforce, jobs, p)
    _hire(world, draws, workforce, jobs, looking, premium, p)
    spare = np.zeros(employers.size, dtype=bool)
    spare[employers.range_of(FIRM)][world.firms.live] = ~plans.distressed(world)
    training.train(world, levers, draws, workforce, spare, p)
    training.publish_gains(world, workforce)
    _settle_wages(world, workforce, premium, p)
    _pay(world, workforce, p)


def _quit(world: World, draws: Draws, workforce: Workforce, p: LabourParameters) -> Array:
    """Let some leave without a new job; return who looked for one before. Both happen more where jobs abound."""
    eager = np.clip(world.segments.tightness / p.tightness_reference, 0.1, 4.0) ** p.cyclicality
    mood = draws.uniform("labour.mood", workforce.key)
    looking = workforce.place == JOBLESS
    free = ~looking & ~workforce.bound
    leave, look = p.quit_rate * eager, np.minimum(p.search_rate * eager, 0.9)
    leaving = np.flatnonzero(free & (mood < leave.max()))
    leaving = leaving[mood[leaving] < leave[workforce.segment[leaving]]]
    curious = np.flatnonzero(free & (mood > 1.0 - look.max()))
    looking[curious] = mood[curious] > 1.0 - look[workforce.segment[curious]]
    workforce.release(leaving)
    world.records.flow("quits", len(leaving))
    return looking


def _dismiss(world: World, draws: Draws, workforce: Workforce, wanted: Array, p: LabourParameters) -> None:
    """Let employers dismiss those they value least while they have more staff than they need."""
    short = np.zeros(len(wanted), dtype=bool)
    short[workforce.employers.range_of(FIRM)][world.firms.live] = plans.short_of_money(world)
    excess = excess_staff(workforce.staff, wanted, short, p.layoff_tolerance, p.layoff_speed).ravel()
    group = workforce.place * len(SKILLS) + workforce.skill
    exposed = np.flatnonzero((workforce.place >= 0) & ~workforce.bound & (excess.take(group) > 0))
    keys = workforce.key[exposed]
    worth = world.talent.ability[workforce.rows[exposed]] + p.judgement_noise * draws.normal("labour.dismissal", keys)
    dismissed = exposed[lowest_in_groups(group[exposed], worth, keys, excess)]
    workforce.release(dismissed)
    world.records.flow("layoffs", len(dismissed))


def _begin_to_look(draws: Draws, workforce: Workforce, looking: Array) -> None:
    """Let those who parted from their jobs in the first half of the quarter look for another within it."""
    parted = np.flatnonzero((workforce.place == JOBLESS) & ~looking)
    looking[parted] = draws.happens("labour.parted", workforce.key[parted], 0.5)


def _vacancies(world: World, workforce: Workforce, wanted: Array, p: LabourParameters) -> Array:
    """Return the jobs that employers open, (employers, 5), within what firms can pay."""
    gap = np.maximum(wanted - workforce.staff, 0)
    f, rows = world.firms, world.firms.live
    wages = skill_means(world.segments.wage, len(world.region.fields)) / 4.0
    money = p.hiring_cash * np.maximum(f.cash[rows], 0.0) + 0.5 * np.maximum(f.profit[rows], 0.0)
    share = affordable_hires(gap[rows], wages, money)
    limited = share < 1.0
    tight = rows[limited]
    gap[tight] = np.minimum(plans.rounded(gap[tight] * share[limited][:, None], f.key[tight]), gap[tight])
    return gap


def _retrain(world: World, draws: Draws, workforce: Workforce, jobs: Jobs, p: LabourParameters) -> None:
    """Let some of those long out of work turn to a field in which jobs are open."""
    t, fields = world.talent, len(world.region.fields)
    stuck = np.flatnonzero((workforce.place == JOBLESS) & (workforce.skill <= SKILLED))
    stuck = stuck[world.quarter - t.since[workforce.rows[stuck]] >= 2]
    stuck = stuck[draws.happens("labour.retraining", workforce.key[stuck], p.retraining)]
    openings = np.bincount(jobs.segment, minlength=2 * fields)[: 2 * fields].reshape(2, fields)
    skill = workforce.skill[stuck]
    options = np.repeat(workforce.key[stuck], fields) + (np.tile(np.arange(fields), len(stuck)) << 50)
    taste = draws.gumbel("labour.new_field", options).reshape(len(stuck), fields)
    field = np.argmax(np.log(openings + 0.01)[skill] + taste, axis=1)
    t.field[workforce.rows[stuck]] = field
    workforce.segment[stuck] = segment_of(skill, field, fields)


def _hire(world: World, draws: Draws, workforce: Workforce, jobs: Jobs, looking: Array, premium: Array,
          p: LabourParameters) -> None:
    """Let people look and apply, and move those who agree with an employer."""
    t, segments = world.talent, world.segments
    seekers = np.flatnonzero(looking)
    segment, home = workforce.segment[seekers], t.cell[workforce.rows[seekers]]
    position = ring_positions(world, draws, workforce.key[seekers], home, segment, p.place_jitter)
    order = np.argsort(position)  # neighbours on the ring look at the same jobs
    seekers, segment, position = seekers[order], segment[order], position[order]
    segments.vacancies[:] = np.bincount(jobs.segment, minlength=len(segments))
    effort = np.where(workforce.place[seekers] == JOBLESS, 1.0, p.effort_in_work)
    segments.seekers[:] = np.bincount(segment, weights=effort, minlength=len(segments))
    options = options_in_reach(world, position, segment, jobs, p)
    gain, value = seekers_gains(world, draws, workforce, seekers, options, jobs, premium, p)
    matched = deferred_acceptance(options, gain, value, len(jobs.place), p.rounds)

    hired, place = seekers[matched >= 0], jobs.place[matched[matched >= 0]]
    moved = int((workforce.place[hired] != JOBLESS).sum())
    workforce.employ(hired, place)
    rows = workforce.rows[hired]
    t.wage[rows] = segments.wage[workforce.segment[hired]] * np.exp(p.ability_return * t.ability[rows]) * premium[place]
    world.records.flow("hires", len(hired))
    world.records.flow("quits", moved)
    world.records.flow("job_moves", moved)


def _settle_wages(world: World, workforce: Workforce, premium: Array, p: LabourParameters) -> None:
    """Move segment wages with tightness, own wages towards the going wage, and founders' pay with the trend alone."""
    t, s = world.talent, world.segments
    start = starting_wages(world)
    prior = 3.0  # a few jobs and seekers at the reference keep small segments calm
    now = (s.vacancies + p.tightness_reference * prior) / (s.seekers + prior)
    s.tightness[:] = s.tightness + p.smoothing * (now - s.tightness)
    s.wage[:] = next_wage(s.wage, s.tightness, p)
    rows, place, segment = workforce.rows, workforce.place, workforce.segment
    going = s.wage.take(segment)
    going *= premium.take(np.maximum(place, 0))
    away = np.flatnonzero(place == AWAY)
    abroad = world.externals.wage[t.employer[rows[away]]] / skill_means(start, len(world.region.fields)).mean()
    going[away] = abroad * start[segment[away]]
    going *= np.exp(p.ability_return * t.ability.take(rows))
    last = t.wage.take(rows)
    wage = last * (1.0 + p.wage_trend)
    wage += p.wage_catch_up * (going - wage) * ~workforce.bound
    np.copyto(wage, last, where=place == JOBLESS)
    t.wage[rows] = wage


def _pay(world: World, workforce: Workforce, p: LabourParameters) -> None:
    """Bring employers' staff columns up to date, pay wages, publish unemployment and vacancies."""
    t, employers = world.talent, workforce.employers
    wages = t.wage.take(workforce.rows)
    bills = workforce.summed(wages) / 4.0
    research = np.flatnonzero(workforce.skill == RESEARCH)
    ability = workforce.summed(np.exp(t.ability[workforce.rows[research]]), research) / p.mean_ability
    for name, kind in KINDS.items():
        population, part = getattr(world, name), employers.range_of(kind)
        population.staff[:] = workforce.staff[part]
        population.wage_bill[:] = bills[part]
        if kind != FUND:
            population.research_ability[:] = ability[part]
        live = population.live
        world.ledger.pay("wages", population.at(live), "households", population.wage_bill[live])
    outside = workforce.place == AWAY
    world.ledger.pay("wages", "world", "households", float(wages[outside].sum()) / 4.0)
    people, jobless = len(workforce.rows), int(np.count_nonzero(workforce.place == JOBLESS))
    vacancies = float(world.segments.vacancies.sum())
    world.records.flow("vacancies", vacancies)
    world.records["unemployment"] = jobless / max(people, 1)
    unfilled = vacancies - world.records.flows["hires"]
    world.records["vacancy_rate"] = unfilled / max(unfilled + people - jobless, 1.0)
    world.records["outside_workers"] = int(np.count_nonzero(outside))
    # Careers: how much of the work is with certified firms and institutes, here and at the start.
    good = np.ones(employers.size, dtype=bool)
    good[employers.range_of(FIRM)] = world.firms.tier >= CERTIFIED_TIER
    careers = max(float(workforce.staff[good].sum() / max(workforce.staff.sum(), 1)), 0.01)
    world.records["careers"] = careers
    world.records["careers_reference"] = world.published.get("careers_reference", careers)
