"""Labour market: quits, layoffs, vacancies, matching on a ring of places, and segment wages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.draws import Draws
from simulation.populations.segments import segment_of, skill_means, starting_wages
from simulation.populations.talent import BROKER, FIRM, FUND, INSTITUTE, RESEARCH, SKILLED, SKILLS
from simulation.processes.labour import training
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
from simulation.processes.labour.staffing import (
    Work,
    affordable_hires,
    excess_staff,
    firm_staff_needed,
    fund_staff_needed,
    institute_mix,
    lowest_in_groups,
    replaced_pay,
    staff_norms,
)

if TYPE_CHECKING:
    from simulation.levers import Levers
    from simulation.space.region import Region
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

def rounded(needed: Array, keys: Array) -> Array:
    """Return whole people with a rounding point that each employer keeps for life, so that staff does not chatter.

    Parameters
    ----------
    needed : (n, k) float, k up to 5
    keys : (n,) int64 of the employers

    Returns
    -------
    (n, k) int64
    """
    return np.floor(needed + rounding_points(keys, needed.shape[1])).astype(np.int64)


def rounding_points(keys: Array, skills: int) -> Array:
    """Return the rounding points of employers (n,) for each of up to five skills, (n, skills) in (0, 1)."""
    bits = _ROUNDING.bits("labour.rounding", keys, fixed=True)[:, None]
    parts = (bits >> (np.arange(skills, dtype=np.uint64) * np.uint64(12))) & np.uint64(4095)
    return (parts + 0.5) / 4096.0


_ROUNDING = Draws(0)
"""Rounding points are the same in every run, so that the initial population can use them too."""


def rd_budgets(world: World, p: LabourParameters) -> Array:
    """Return the R&D budgets of living firms: half the plan, half what they last spent; million CNY a year."""
    f, rows = world.firms, world.firms.live
    planned = f.rd_intensity[rows] * np.maximum(f.sales_year[rows], p.smallest_rd_sales)
    return 0.5 * planned + 2.0 * f.rd_spend[rows]


def starting_work(world: World, p: LabourParameters) -> Work:
    """Return the work at quarter 0, at 1:1, but at least a tenth of the region's levels.

    Staffing norms are read from it, so that the talent of the start has its jobs however large sales are then.
    """
    start = world.published.get("work_reference")
    if start is not None:
        return start
    region, rows = world.region, world.firms.live
    levels, industries = {name: level.value for name, level in region.levels.items()}, region.industries
    sales = world.firms.sales_year[rows]
    value_added = industries.value_added_share[world.firms.industry[rows]] @ sales
    budgets = 4.0 * world.institutes.budget[world.institutes.live]
    done = np.array([value_added, rd_budgets(world, p).sum(), sales.sum(), budgets.sum()]) / world.scale
    least = 0.1 * np.array([
        levels["firm_sales"] * (industries.sales_share @ industries.value_added_share),
        levels["gdp"] * levels["rd_intensity"] * levels["firm_rd_share"],
        levels["firm_sales"],
        region.institutes.budget.sum(),
    ])
    return Work(*np.maximum(done, least).tolist())


def usual_wages(world: World, p: LabourParameters) -> Array:
    """Return segment wages of the start with the common trend, (g,) million CNY a year."""
    return starting_wages(world) * (1.0 + p.wage_trend) ** world.quarter


def by_industry(region: Region, segments: Array) -> Array:
    """Return the mean of a figure of labour segments over the fields of each industry, (S, 5) by skill."""
    fields = len(region.fields)
    means = np.empty((len(region.field_weights), len(SKILLS)))
    means[:, RESEARCH] = region.field_weights @ segments[:fields]
    means[:, SKILLED] = region.field_weights @ segments[fields : 2 * fields]
    means[:, BROKER:] = segments[2 * fields :]
    return means


def _publish_substitution(world: World, p: LabourParameters) -> None:
    """Publish what going wages mean: for research, and for who does the work of ordinary staff, or they theirs.

    `research_dear` is the wage of researchers relative to the start and the trend. By industry and skill, (S, 5):
    `replaced_pay` is the pay that a person saves, million CNY a quarter; `needed_share` the part of the jobs wanted
    that the work itself needs, the others being wanted only because people of the skill are cheap.
    """
    usual, fields = usual_wages(world, p), len(world.region.fields)
    relative = by_industry(world.region, world.segments.wage / usual)
    pay = by_industry(world.region, usual) / 4.0
    world.records["replaced_pay"] = replaced_pay(relative, pay, p.demand_elasticity)
    world.records["needed_share"] = np.minimum(relative**p.demand_elasticity, 1.0)
    world.records["research_dear"] = float(world.segments.wage[:fields].sum() / usual[:fields].sum())


def _short(world: World) -> Array:
    """Return which living firms are short of money, (n,) bool."""
    f, rows = world.firms, world.firms.live
    return (f.overdue[rows] > 0) | (f.cash[rows] < 0.0)


def _distressed(world: World) -> Array:
    """Return which living firms are short of money or have lost some for a year, (n,) bool."""
    return _short(world) | (world.firms.losses[world.firms.live] >= 4)


def staff_needed_by(world: World, p: LabourParameters, levers: Levers | None = None) -> dict[str, Array]:
    """Return the people that living employers need, (n, 5) float by population, in the order of `live`.

    Parameters
    ----------
    world : with firms, institutes, funds and segment wages
    p : parameters of the labour market
    levers : what policies move; nothing when left out
    """
    region, fields = world.region, len(world.region.fields)
    trend = (1.0 + p.wage_trend) ** world.quarter
    relative = world.segments.wage / usual_wages(world, p)
    norms = staff_norms(region, starting_work(world, p), p)

    f, rows = world.firms, world.firms.live
    industry = f.industry[rows]
    sales = f.sales_year[rows] * np.exp(-world.industries.price[industry])
    wages = by_industry(region, relative)
    rd_budget = rd_budgets(world, p)
    firms = firm_staff_needed(
        region.industries.value_added_share[industry] * sales / trend, rd_budget / trend, sales / trend,
        industry, wages, norms, p.demand_elasticity,
    )
    firms[_distressed(world)] *= 1.0 - p.distress_cut

    u = world.institutes
    funding = 0.0 if levers is None else levers.institute_funding.on(world.institute_view(u.live))
    sponsored = u.budget[u.live] * world.published.get("budget_kept", 1.0)
    budget = (sponsored + funding) * 4.0 / trend / relative[:fields].mean()
    funds = world.funds
    offices = fund_staff_needed(
        funds.kind[funds.live], funds.domicile[funds.live], float(len(rows)), wages.mean(axis=0), p
    )
    return {
        "firms": firms,
        "institutes": (norms.institute * budget)[:, None] * institute_mix(p),
        "funds": offices,
    }


def staff_wanted_by(world: World, p: LabourParameters, levers: Levers | None = None) -> dict[str, Array]:
    """Return whole people that living employers want, (n, 5) int by population, in the order of `live`.

    An employer that has planned before leaves its plan alone until the need has moved well beyond it.
    """
    needed = staff_needed_by(world, p, levers)
    populations = [getattr(world, name) for name in needed]
    keys = np.concatenate([population.key[population.live] for population in populations])
    before = np.concatenate([population.staff_wanted[population.live] for population in populations])
    people = np.concatenate(list(needed.values()))
    point = rounding_points(keys, people.shape[1])
    least = np.floor(np.maximum(people - p.plan_inertia, 0.0) + point)
    most = np.floor(people + p.plan_inertia + point)
    stands = (np.einsum("ns->n", before) > 0)[:, None] & (least <= before) & (before <= most)
    wanted = np.where(stands, before, np.floor(people + point)).astype(np.int64)
    bounds = np.cumsum([population.count for population in populations])
    return dict(zip(needed, np.split(wanted, bounds[:-1]), strict=True))


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
    world.records["work_reference"] = starting_work(world, p)
    world.records["tightness_reference"] = p.tightness_reference
    _publish_substitution(world, p)
    employers = employers_of(world)
    wanted = np.zeros((employers.size, len(SKILLS)), dtype=np.int64)
    for name, people in staff_wanted_by(world, p, levers).items():
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
    spare[employers.range_of(FIRM)][world.firms.live] = ~_distressed(world)
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
    short[workforce.employers.range_of(FIRM)][world.firms.live] = _short(world)
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
    gap[tight] = np.minimum(rounded(gap[tight] * share[limited][:, None], f.key[tight]), gap[tight])
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
    """Move segment wages with tightness, and own wages towards the going wage."""
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
    wage += p.wage_catch_up * (going - wage)
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
