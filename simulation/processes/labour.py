"""Labour market: quits, layoffs, vacancies, matching on a ring of places, and segment wages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulation.draws import Draws, pair_keys
from simulation.parameters import Parameters, param
from simulation.populations.talent import FIRM, FUND, INSTITUTE, NO_EMPLOYER, OUTSIDE, RESEARCH, SKILLED, SKILLS
from simulation.processes.matching import deferred_acceptance, next_on_ring, ring_codes
from simulation.processes.segments import segment_of, skill_means, starting_wages
from simulation.processes.staffing import (
    affordable_hires,
    excess_staff,
    firm_staff_needed,
    fund_staff_needed,
    institute_mix,
    lowest_in_groups,
    staff_norms,
)

if TYPE_CHECKING:
    from simulation.levers import Levers
    from simulation.world import World

Array = np.ndarray

READS = (
    "talent.skill", "talent.ability", "talent.founded", "talent.cell", "firms.industry", "firms.cell", "firms.sales_year",
    "firms.cash", "firms.profit", "firms.rd_intensity", "firms.rd_spend", "firms.overdue", "firms.losses",
    "firms.productivity", "institutes.budget", "institutes.expertise", "institutes.cell", "funds.kind", "funds.domicile",
    "funds.cell", "externals.wage", "externals.travel_time",
)
WRITES = (
    "talent.employer_kind", "talent.employer", "talent.wage", "talent.since", "talent.field",
    "firms.staff", "firms.staff_wanted", "firms.research_ability", "firms.wage_bill",
    "institutes.staff", "institutes.staff_wanted", "institutes.research_ability", "institutes.wage_bill",
    "funds.staff", "funds.staff_wanted", "funds.wage_bill",
    "segments.wage", "segments.vacancies", "segments.seekers", "segments.tightness",
)


class LabourParameters(Parameters, group="labour"):
    """How employers and talent find each other, and at what wage."""

    wage_trend: float = param(0.04, unit="1", bounds=(0.0, 0.1), per="year", kind="growth", source="assumption")
    """Growth of labour productivity and of wages, here and outside alike."""
    demand_elasticity: float = param(0.6, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Percent fewer skilled workers wanted for each percent higher wage beyond the trend."""
    smallest_rd_sales: float = param(1.2, unit="million CNY", bounds=(0.0, 20.0), source="assumption")
    """Yearly sales below which a firm's R&D budget no longer falls."""
    finance_in_funds: float = param(0.28, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of finance people that funds and banks employ at the start."""
    institute_skilled: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of skilled workers in an institute's staff; researchers are the rest."""
    institute_broker: float = param(0.06, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of technology brokers in an institute's staff."""
    institute_management: float = param(0.12, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of managers in an institute's staff."""
    fund_staff: float = param(3.0, unit="people", bounds=(0.0, 50.0), source="assumption")
    """Finance people of a fund with an office in the district."""
    angel_staff: float = param(0.5, unit="people", bounds=(0.0, 10.0), source="assumption")
    """Finance people of an angel."""
    virtual_office: float = param(0.3, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Local staff of a fund with a virtual presence, relative to an ordinary one."""
    real_office: float = param(1.5, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Local staff of a fund with a real office in fund town, relative to an ordinary one."""
    bank_staff: float = param(0.05, unit="people a firm", bounds=(0.0, 1.0), source="assumption")
    """Finance people that the banks together employ for each firm of the district."""
    guarantor_staff: float = param(0.004, unit="people a firm", bounds=(0.0, 0.1), source="assumption")
    """Finance people of the guarantor for each firm of the district."""
    hiring_cash: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of its cash that a firm would spend on the quarterly wages of new staff."""
    distress_cut: float = param(0.15, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of staff given up by a firm that is overdrawn, overdue or has lost money for a year."""
    layoff_tolerance: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Excess over wanted staff that a firm keeps."""
    layoff_speed: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the staff beyond the tolerance that is laid off in a quarter."""
    quit_rate: float = param(0.035, unit="1", bounds=(0.0, 0.5), per="year", kind="probability", source="assumption")
    """Yearly chance of leaving a job without a new one when tightness is at its reference."""
    search_rate: float = param(0.12, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the employed who look at other jobs in a quarter when tightness is at its reference."""
    tightness_reference: float = param(0.4, unit="1", bounds=(0.05, 2.0), source="assumption")
    """Vacancies over seekers at which wages follow the common trend."""
    wage_response: float = param(0.02, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Growth of a segment's wage in a quarter for each log point of tightness above the reference."""
    wage_catch_up: float = param(0.15, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the gap to the going wage that a person's own wage closes in a quarter."""
    ability_return: float = param(1.0, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Percent higher wage for each percent higher ability."""
    mean_ability: float = param(1.046, unit="1", bounds=(0.5, 3.0), source="assumption")
    """Mean ability; log ability has mean 0 and standard deviation 0.30 at the start."""
    pay_spread: float = param(0.06, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Standard deviation of what employers pay beyond the going wage, in logs."""
    rent_sharing: float = param(0.15, unit="1", bounds=(0.0, 0.5), source="Card et al. (2018), 0.05-0.15 (M)")
    """Percent higher wage for each percent higher productivity of the firm."""
    options: int = param(4, unit="jobs", bounds=(1, 20), source="assumption")
    """Vacancies that a seeker looks at in a quarter."""
    rounds: int = param(3, unit="rounds", bounds=(1, 20), source="assumption")
    """Applications that a seeker can make in a quarter."""
    place_jitter: float = param(4.0, unit="km", bounds=(0.0, 50.0), source="assumption")
    """Standard deviation of how far from home people look and how far from the plant jobs are known."""
    wage_weight: float = param(2.0, unit="1", bounds=(0.0, 10.0), source="assumption")
    """Weight of the log wage in the choice of a job."""
    taste: float = param(0.6, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Weight of a person's own liking of an employer."""
    distance_cost: float = param(0.02, unit="1/km", bounds=(0.0, 0.5), source="assumption")
    """Weight of the way to work."""
    travel_cost: float = param(0.008, unit="1/minute", bounds=(0.0, 0.1), source="assumption")
    """Weight of the way to a job in an external region."""
    switching_cost: float = param(0.25, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Gain that a new job must bring to those who have one."""
    taste_fading: float = param(0.05, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the liking of the present employer that is lost in a quarter."""
    reservation: float = param(0.70, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Lowest wage that those out of work accept at first, relative to the last one."""
    patience: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Fall of the lowest acceptable wage in a quarter of search."""
    interview_noise: float = param(0.5, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Standard deviation of employers' judgement of applicants, in logs of ability."""
    retraining: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Chance in a quarter that somebody out of work for half a year turns to a field with vacancies."""
    smoothing: float = param(0.3, unit="1", bounds=(0.01, 1.0), source="assumption")
    """Weight of the quarter in smoothed tightness."""


PARAMETERS = LabourParameters


class Employers(NamedTuple):
    """All employers of the district in one index: firms, then institutes, then funds."""

    key: Array
    cell: Array
    bases: Array
    """(5,) first index by kind of employer; -1 for none and outside."""
    size: int


def employers_of(world: World) -> Employers:
    """Return the common index of all employers, dead rows included."""
    parts = (world.firms, world.institutes, world.funds)
    starts = np.cumsum([0, *(len(part) for part in parts)])
    bases = np.full(OUTSIDE + 1, -1, dtype=np.int64)
    bases[[FIRM, INSTITUTE, FUND]] = starts[:3]
    return Employers(np.concatenate([part.key for part in parts]), np.concatenate([part.cell for part in parts]),
                     bases, int(starts[3]))


def rounded(needed: Array, keys: Array) -> Array:
    """Return whole people with a rounding point that each employer keeps for life, so that staff does not chatter.

    Parameters
    ----------
    needed : (n, k) float
    keys : (n,) int64 of the employers

    Returns
    -------
    (n, k) int64
    """
    points = np.stack([_ROUNDING.uniform(f"labour.rounding.{j}", keys, fixed=True) for j in range(needed.shape[1])], axis=1)
    return np.floor(needed + points).astype(np.int64)


_ROUNDING = Draws(0)


def staff_needed_by(world: World, p: LabourParameters) -> dict[str, Array]:
    """Return the people that living employers need, (n, 5) float by population, in the order of `live`.

    Parameters
    ----------
    world : with firms, institutes, funds and segment wages
    p : parameters of the labour market
    """
    region, fields = world.region, len(world.region.fields)
    trend = (1.0 + p.wage_trend) ** world.quarter
    relative = world.segments.wage / (starting_wages(world) * trend)
    norms = staff_norms(region, p)

    f, rows = world.firms, world.firms.live
    industry, sales = f.industry[rows], f.sales_year[rows]
    pay_research = region.field_weights @ relative[:fields]
    pay_skilled = region.field_weights @ relative[fields : 2 * fields]
    planned = f.rd_intensity[rows] * np.maximum(sales, p.smallest_rd_sales)
    rd_budget = 0.5 * planned + 2.0 * f.rd_spend[rows]
    firms = firm_staff_needed(
        region.industries.value_added_share[industry] * sales / trend, rd_budget / trend, sales / trend,
        pay_skilled[industry], pay_research[industry], norms, p.demand_elasticity,
    )
    short = (f.overdue[rows] > 0) | (f.cash[rows] < 0.0) | (f.losses[rows] >= 4)
    firms[short] *= 1.0 - p.distress_cut

    u = world.institutes
    budget = u.budget[u.live] * 4.0 / trend / relative[:fields].mean()
    funds = world.funds
    return {
        "firms": firms,
        "institutes": (norms.institute * budget)[:, None] * institute_mix(p),
        "funds": fund_staff_needed(funds.kind[funds.live], funds.domicile[funds.live], float(len(rows)), p),
    }


def staff_wanted_by(world: World, p: LabourParameters) -> dict[str, Array]:
    """Return whole people that living employers want, (n, 5) int by population, in the order of `live`."""
    needed = staff_needed_by(world, p)
    return {name: rounded(people, getattr(world, name).key[getattr(world, name).live]) for name, people in needed.items()}


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
    employers = employers_of(world)
    wanted = np.zeros((employers.size, len(SKILLS)), dtype=np.int64)
    for name, people in staff_wanted_by(world, p).items():
        population = getattr(world, name)
        population.staff_wanted[population.live] = people
        base = employers.bases[{"firms": FIRM, "institutes": INSTITUTE, "funds": FUND}[name]]
        wanted[base + population.live] = people

    _quit(world, draws, p)
    _dismiss(world, draws, employers, wanted, p)
    premium = _premium(world, employers, p)
    _hire(world, draws, employers, wanted, premium, p)
    _settle_wages(world, employers, premium, p)
    _count_and_pay(world, employers, p)


def _workplace(world: World, employers: Employers, people: Array) -> Array:
    """Return the index of each person's employer; -1 out of work or outside."""
    base = employers.bases[world.talent.employer_kind[people]]
    return np.where(base >= 0, base + world.talent.employer[people], -1)


def _staff(world: World, employers: Employers, people: Array) -> Array:
    """Return the people at each employer by skill, (employers, 5)."""
    place = _workplace(world, employers, people)
    here = place >= 0
    code = place[here] * len(SKILLS) + world.talent.skill[people[here]]
    return np.bincount(code, minlength=employers.size * len(SKILLS)).reshape(-1, len(SKILLS))


def _quit(world: World, draws: Draws, p: LabourParameters) -> None:
    """Let some of the employed leave without a new job, more of them where jobs are plentiful."""
    t = world.talent
    people = t.live[(t.employer_kind[t.live] != NO_EMPLOYER) & ~t.founded[t.live]]
    tightness = world.segments.tightness / p.tightness_reference
    segment = segment_of(t.skill[people], t.field[people], len(world.region.fields))
    chance = p.quit_rate * np.sqrt(np.clip(tightness, 0.1, 4.0))[segment]
    leaving = people[draws.happens("labour.quit", t.key[people], chance)]
    _release(world, leaving)
    world.records.flow("quits", len(leaving))


def _dismiss(world: World, draws: Draws, employers: Employers, wanted: Array, p: LabourParameters) -> None:
    """Let employers dismiss those they value least while they have more staff than they need."""
    t = world.talent
    people = t.live[(t.employer_kind[t.live] != NO_EMPLOYER) & ~t.founded[t.live]]
    place = _workplace(world, employers, people)
    excess = excess_staff(_staff(world, employers, t.live), wanted, p.layoff_tolerance, p.layoff_speed).ravel()
    group = place * len(SKILLS) + t.skill[people]
    exposed = (place >= 0) & (excess[group] > 0)
    people, group = people[exposed], group[exposed]
    keys = t.key[people]
    worth = t.ability[people] + p.interview_noise * draws.normal("labour.dismissal", keys)
    dismissed = people[lowest_in_groups(group, worth, keys, excess)]
    _release(world, dismissed)
    world.records.flow("layoffs", len(dismissed))


def _release(world: World, people: Array) -> None:
    world.talent.employer_kind[people] = NO_EMPLOYER
    world.talent.employer[people] = -1
    world.talent.since[people] = world.quarter


def _vacancies(world: World, employers: Employers, wanted: Array, p: LabourParameters) -> Array:
    """Return the jobs that employers open, (employers, 5), within what firms can pay."""
    staff = _staff(world, employers, world.talent.live)
    gap = np.maximum(wanted - staff, 0)
    f, rows = world.firms, world.firms.live
    base = employers.bases[FIRM]
    mine = gap[base + rows]
    fields = len(world.region.fields)
    quarterly = skill_means(world.segments.wage, fields) / 4.0
    money = p.hiring_cash * np.maximum(f.cash[rows], 0.0) + 0.5 * np.maximum(f.profit[rows], 0.0)
    share = affordable_hires(mine, quarterly, money)
    limited = np.flatnonzero(share < 1.0)
    gap[base + rows[limited]] = np.minimum(
        rounded(mine[limited] * share[limited][:, None], f.key[rows[limited]]), mine[limited])
    return gap


def _slots(world: World, draws: Draws, employers: Employers, vacancies: Array, staff: Array) -> tuple[Array, Array, Array]:
    """Return employer, skill and field of every open job; a job's field is its own for good."""
    code = np.repeat(np.arange(vacancies.size), vacancies.ravel())
    place, skill = code // len(SKILLS), code % len(SKILLS)
    first = np.repeat(np.cumsum(vacancies.ravel()) - vacancies.ravel(), vacancies.ravel())
    ordinal = staff.ravel()[code] + np.arange(len(code)) - first
    keys = pair_keys(employers.key[place], (skill << 32) + ordinal)
    field = np.zeros(len(code), dtype=np.int64)
    luck = draws.uniform("labour.slot_field", keys, fixed=True)
    in_firm = place < employers.bases[INSTITUTE]
    in_institute = ~in_firm & (place < employers.bases[FUND])
    weights = np.cumsum(world.region.field_weights, axis=1)[world.firms.industry[place[in_firm]]]
    field[in_firm] = (luck[in_firm, None] > weights[:, :-1]).sum(axis=1)
    weights = np.cumsum(world.institutes.expertise[place[in_institute] - employers.bases[INSTITUTE]], axis=1)
    field[in_institute] = (luck[in_institute, None] > weights[:, :-1]).sum(axis=1)
    return place, segment_of(skill, field, len(world.region.fields)), keys


def _ring(world: World, draws: Draws, keys: Array, cell: Array, segment: Array, p: LabourParameters) -> Array:
    """Return lasting positions on the rings, near where somebody lives or works."""
    cells = world.region.cells
    x = cells.x[cell] + p.place_jitter * draws.normal("labour.place_x", keys, fixed=True)
    y = cells.y[cell] + p.place_jitter * draws.normal("labour.place_y", keys, fixed=True)
    return ring_codes(segment, x, y, draws.bits("labour.place", keys, fixed=True))


def _hire(world: World, draws: Draws, employers: Employers, wanted: Array, premium: Array, p: LabourParameters) -> None:
    """Open jobs, let people look and apply, and move those who agree."""
    t, segments, quarter = world.talent, world.segments, world.quarter
    fields, people = len(world.region.fields), world.talent.live
    vacancies = _vacancies(world, employers, wanted, p)
    slot_place, slot_segment, slot_keys = _slots(world, draws, employers, vacancies, _staff(world, employers, people))
    slot_code = _ring(world, draws, slot_keys, employers.cell[slot_place], slot_segment, p)
    order = np.lexsort((slot_keys, slot_code))
    slot_place, slot_segment, slot_code = slot_place[order], slot_segment[order], slot_code[order]

    employed = t.employer_kind[people] != NO_EMPLOYER
    _retrain(world, draws, people[~employed], slot_segment, p)
    segment = segment_of(t.skill[people], t.field[people], fields)
    eager = np.minimum(p.search_rate * np.sqrt(np.clip(segments.tightness / p.tightness_reference, 0.1, 4.0)), 1.0)
    looks = draws.happens("labour.search", t.key[people], eager[segment])
    seeking = ~employed | (looks & ~t.founded[people])
    seekers, segment, employed = people[seeking], segment[seeking], employed[seeking]
    segments.vacancies[:] = np.bincount(slot_segment, minlength=len(segments))
    segments.seekers[:] = np.bincount(segment, minlength=len(segments))
    world.records.flow("vacancies", len(slot_code))

    code = _ring(world, draws, t.key[seekers], t.cell[seekers], segment, p)
    options = next_on_ring(code, slot_code, p.options)
    utility, scores = _judgements(world, draws, employers, seekers, segment, employed, options, slot_place, premium, p)
    matched = deferred_acceptance(options, utility, scores, len(slot_code), p.rounds)

    hired = matched >= 0
    rows, place = seekers[hired], slot_place[matched[hired]]
    kind = np.searchsorted(employers.bases[[FIRM, INSTITUTE, FUND]], place, side="right")
    t.employer_kind[rows] = kind
    t.employer[rows] = place - employers.bases[kind]
    t.since[rows] = quarter
    going = segments.wage[segment[hired]] * np.exp(p.ability_return * t.ability[rows])
    t.wage[rows] = going * premium[place]
    moved = int(employed[hired].sum())
    world.records.flow("hires", len(rows))
    world.records.flow("quits", moved)
    world.records.flow("job_moves", moved)


def _retrain(world: World, draws: Draws, jobless: Array, slot_segment: Array, p: LabourParameters) -> None:
    """Let some of those long out of work turn to a field in which jobs are open."""
    t, fields = world.talent, len(world.region.fields)
    stuck = jobless[(t.skill[jobless] <= SKILLED) & (world.quarter - t.since[jobless] >= 2)]
    stuck = stuck[draws.happens("labour.retraining", t.key[stuck], p.retraining)]
    jobs = np.bincount(slot_segment, minlength=2 * fields)[: 2 * fields].reshape(2, fields).astype(float)
    weights = np.cumsum(jobs + 0.01, axis=1)
    weights /= weights[:, -1:]
    luck = draws.uniform("labour.new_field", t.key[stuck])
    t.field[stuck] = (luck[:, None] > weights[t.skill[stuck], :-1]).sum(axis=1)


def _premium(world: World, employers: Employers, p: LabourParameters) -> Array:
    """Return what each employer pays relative to the going wage."""
    f, rows = world.firms, world.firms.live
    log_premium = p.pay_spread * _ROUNDING.normal("labour.pay", employers.key, fixed=True)
    base = employers.bases[FIRM]
    log_premium[base + rows] += p.rent_sharing * np.clip(f.productivity[rows] - f.productivity[rows].mean(), -1.0, 1.0)
    return np.exp(log_premium)


def _judgements(world: World, draws: Draws, employers: Employers, seekers: Array, segment: Array, employed: Array,
                options: Array, slot_place: Array, premium: Array, p: LabourParameters) -> tuple[Array, Array]:
    """Return what seekers gain by the jobs they see, and how employers value them; both (m, k)."""
    t, cells = world.talent, world.region.cells
    keys, home = t.key[seekers], t.cell[seekers]
    place = slot_place[options] if len(slot_place) else np.zeros_like(options)
    pairs = pair_keys(np.repeat(keys, options.shape[1]), employers.key[place].ravel())
    liking = draws.gumbel("labour.taste", pairs, fixed=True).reshape(options.shape)
    where = employers.cell[place]
    way = np.hypot(cells.x[where] - cells.x[home][:, None], cells.y[where] - cells.y[home][:, None])
    log_offer = np.log(world.segments.wage[segment]) + p.ability_return * t.ability[seekers]
    offer = p.wage_weight * (log_offer[:, None] + np.log(premium)[place]) + p.taste * liking - p.distance_cost * way
    scores = t.ability[seekers][:, None] + p.interview_noise * draws.normal("labour.interview", pairs).reshape(options.shape)

    waited = world.quarter - t.since[seekers]
    log_wage = np.log(np.maximum(t.wage[seekers], 1e-6))
    lowest = p.wage_weight * (log_wage + np.log(p.reservation) + waited * np.log1p(-p.patience))
    present = _workplace(world, employers, seekers)
    outside = employed & (present < 0)
    pairs = pair_keys(keys, employers.key[np.maximum(present, 0)])
    loyalty = p.taste * draws.gumbel("labour.taste", pairs, fixed=True) * (1.0 - p.taste_fading) ** np.maximum(waited, 0)
    where = employers.cell[np.maximum(present, 0)]
    way = p.distance_cost * np.hypot(cells.x[where] - cells.x[home], cells.y[where] - cells.y[home])
    node = np.where(outside, t.employer[seekers], 0)
    way = np.where(outside, p.travel_cost * world.externals.travel_time[node], way)
    kept = p.wage_weight * log_wage + np.where(outside, 0.0, loyalty) - way + p.switching_cost
    utility = offer - np.where(employed, kept, lowest)[:, None]
    utility[place == present[:, None]] = -np.inf
    return utility, scores


def _settle_wages(world: World, employers: Employers, premium: Array, p: LabourParameters) -> None:
    """Move segment wages with tightness and own wages towards the going wage."""
    t, s, fields = world.talent, world.segments, len(world.region.fields)
    start = starting_wages(world)
    prior = 3.0  # a few jobs and seekers at the reference keep small segments calm
    now = (s.vacancies + p.tightness_reference * prior) / (s.seekers + prior)
    s.tightness[:] = s.tightness + p.smoothing * (now - s.tightness)
    s.wage[:] = next_wage(s.wage, s.tightness, p)
    people = t.live[t.employer_kind[t.live] != NO_EMPLOYER]
    place = _workplace(world, employers, people)
    segment = segment_of(t.skill[people], t.field[people], fields)
    goal = s.wage[segment] * np.exp(p.ability_return * t.ability[people])
    outside = place < 0
    goal *= np.where(outside, 1.0, premium[np.maximum(place, 0)])
    away = np.flatnonzero(outside)
    goal[away] = (world.externals.wage[t.employer[people[away]]] * start[segment[away]] / skill_means(start, fields).mean()
                  * np.exp(p.ability_return * t.ability[people[away]]))
    wage = t.wage[people] * (1.0 + p.wage_trend)
    t.wage[people] = wage + p.wage_catch_up * (goal - wage)


def _count_and_pay(world: World, employers: Employers, p: LabourParameters) -> None:
    """Bring employers' staff columns up to date, pay wages, publish unemployment and vacancies."""
    t, people = world.talent, world.talent.live
    place = _workplace(world, employers, people)
    here = place >= 0
    staff = _staff(world, employers, people)
    bills = np.bincount(place[here], weights=t.wage[people[here]] / 4.0, minlength=employers.size)
    researchers = people[here & (t.skill[people] == RESEARCH)]
    ability = np.bincount(_workplace(world, employers, researchers), minlength=employers.size,
                          weights=np.exp(t.ability[researchers]) / p.mean_ability)
    for population, kind in ((world.firms, FIRM), (world.institutes, INSTITUTE), (world.funds, FUND)):
        rows = employers.bases[kind] + np.arange(len(population))
        population.staff[:] = staff[rows]
        population.wage_bill[:] = bills[rows]
        if kind != FUND:
            population.research_ability[:] = ability[rows]
        live = population.live
        world.ledger.pay("wages", population.at(live), "households", population.wage_bill[live])
    outside = people[t.employer_kind[people] == OUTSIDE]
    world.ledger.pay("wages", "world", "households", float(t.wage[outside].sum()) / 4.0)
    jobless = int((t.employer_kind[people] == NO_EMPLOYER).sum())
    vacancies = float(world.segments.vacancies.sum())
    world.records["unemployment"] = jobless / max(len(people), 1)
    world.records["vacancy_rate"] = vacancies / max(vacancies + len(people) - jobless, 1.0)
    world.records["outside_workers"] = len(outside)
