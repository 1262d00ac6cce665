"""Who might found or bring a firm: fixed pools of candidates with keyed attributes, and their decision."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import derived_keys, origin_keys
from simulation.populations.firms import ORIGINS
from simulation.populations.talent import FIRM, INSTITUTE, MANAGEMENT, RESEARCH
from simulation.processes.demography import projects
from simulation.world import FirmView

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.processes.demography.parameters import DemographyParameters
    from simulation.world import World

_NAMES = ("background", "spin_off", "founder", "relocation")
BACKGROUND, SPIN_OFF, FOUNDER, RELOCATION = (ORIGINS.index(name) for name in _NAMES)
BACKGROUND_POOL, SPIN_OFF_POOL, EXTERNAL_POOL, NEIGHBOUR_POOL, FOUNDER_POOLS = 1, 2, 3, 4, 64
NODE_BITS = 16


@dataclass
class Candidates:
    """Firms that may come into being this quarter, arrays of shape (n,).

    Units: `sales` million CNY a quarter, `cash` million CNY, `age` quarters; `home` is a cell or -1, `field` a
    technology field or -1, `node` an external region or a neighbour or -1, `person` a row of talent or -1;
    `outside` is the value of the outside option in the units of `entry_value`; `promised` sales of large projects,
    million CNY a year, 0 for others.
    """

    key: Array
    origin: Array
    parent: Array
    industry: Array
    quality: Array
    sales: Array
    cash: Array
    rd_intensity: Array
    gain: Array
    age: Array
    home: Array
    field: Array
    node: Array
    neighbour: Array
    person: Array
    outside: Array
    promised: Array

    def __len__(self) -> int:
        return len(self.key)

    def chosen(self, mask: Array) -> Candidates:
        """Return those for which `mask` (n,) holds."""
        return Candidates(**{f.name: getattr(self, f.name)[mask] for f in fields(self)})


def offered(rate: Array | float, quarter: int) -> Array:
    """Return how many candidates fixed pools offer in a quarter, so that fractions add up over time.

    Parameters
    ----------
    rate : (n,) or scalar, candidates a quarter
    quarter : from 0

    Returns
    -------
    (n,) int64; over any quarters from 0 the sum is the rate times their number, rounded down
    """
    rate = np.atleast_1d(np.asarray(rate, dtype=float))
    return (np.floor(rate * (quarter + 1) + 1e-9) - np.floor(rate * quarter + 1e-9)).astype(np.int64)


def drawn_industry(uniform: Array, weights: Array) -> Array:
    """Return an industry for each candidate by its weights.

    Parameters
    ----------
    uniform : (n,) in (0, 1)
    weights : (S,) or (n, S), non-negative, not all zero

    Returns
    -------
    (n,) int64
    """
    steps = np.cumsum(np.broadcast_to(weights, (len(uniform), weights.shape[-1])), axis=1)
    return (uniform[:, None] * steps[:, -1:] >= steps).sum(axis=1)


def spin_off_keys(results: Array) -> Array:
    """Return the keys of the firms that would exploit results; one for each result of any institute.

    Parameters
    ----------
    results : (n,) int64 keys of results (pool: institute; quarter; ordinal below 2**20)
    """
    institute, quarter, ordinal = (results >> 38) & 0xFF, (results >> 28) & 0x3FF, results & 0xFFFFF
    return origin_keys("firm", SPIN_OFF_POOL, quarter, (institute << 20) + ordinal)


def founder_ages(world: World, draws: Draws, pool: Candidates, p: DemographyParameters) -> Array:
    """Return the ages of candidates' founders: people's own, a lasting draw for background founders, none for movers.

    Parameters
    ----------
    pool : n candidates

    Returns
    -------
    (n,) years; infinite for firms that exist already
    """
    spread = draws.uniform("demography.founder_age", pool.key, fixed=True)
    ages = p.youngest_founder + spread * (p.founder_age - p.youngest_founder)
    known = pool.person >= 0
    ages[known] = world.talent.age[pool.person[known]]
    ages[(pool.origin == RELOCATION) | (pool.origin == projects.PROJECT)] = np.inf
    return ages


def candidate_view(world: World, draws: Draws, pool: Candidates, zone: Array, incubated: Array,
                   p: DemographyParameters) -> FirmView:
    """Return what eligibility rules and levers read of candidates.

    Parameters
    ----------
    zone : (n,) of the cell that they have chosen, -1 before
    incubated : (n,) bool, hold an incubator place
    """
    return FirmView(np.ones(len(pool)), pool.industry, zone, pool.age, 4 * pool.sales, key=pool.key,
                    origin=pool.origin, incubated=incubated, founder_age=founder_ages(world, draws, pool, p))


def time_worth(sales: Array, p: DemographyParameters) -> Array:
    """Return what it is worth to candidates to have all administrative time of founding a firm saved.

    That time does not grow with the firm, so it weighs the more, the smaller the firm; on average over new firms as
    much as `administration_weight`.

    Parameters
    ----------
    sales : (n,) million CNY a quarter with which they start
    p : parameters

    Returns
    -------
    (n,) float in units of the logistic taste, at most five times `administration_weight`

    References
    ----------
    Branstetter, Lima, Taylor and Venancio (2014), Do entry regulations deter entrepreneurship and job creation?
    """
    inverse = p.start_sales / np.maximum(sales, 1e-9) * np.exp(-0.5 * p.start_sales_spread**2)  # one on average
    return p.administration_weight * np.minimum(inverse, 5.0)


def entry_value(
    margin: Array, quality_signal: Array, funds: Array, credit: float, place: Array, services: float, outside: Array,
    p: DemographyParameters,
) -> Array:
    """Return how much better founding here looks than the outside option, in units of the logistic taste.

    Parameters
    ----------
    margin : (n,) published profit margin of the industry
    quality_signal : (n,) what the candidate believes of its own quality, in standard deviations
    funds : (n,) own money over the money that a start of this size takes
    credit : share of firms' demand for loans that went without in the past year, those who did not ask among it
    place : (n,) log points by which the best cell is better than at the start
    services : log points by which producer services weigh more than at the start
    outside : (n,) value of the outside option
    p : parameters

    Returns
    -------
    (n,) float; the candidate enters if this plus its keyed taste is above zero
    """
    return (
        p.margin_weight * (margin - p.usual_margin)
        + p.quality_weight * quality_signal
        + p.funds_weight * np.log(funds)
        - p.credit_weight * (credit - p.usual_rationing)
        + p.place_weight * place
        + p.services_weight * services
        - outside
    )


def candidates(world: World, levers: Levers, draws: Draws, p: DemographyParameters) -> Candidates:
    """Return every candidate of the quarter: background, spin-offs, talent founders, relocating firms.

    Large projects look at the district only while they are made an offer.
    """
    spin_offs = _spin_offs(world, draws, p)
    founders = _founders(world, draws, p, spin_offs["person"])
    pools = [_background(world, p), spin_offs, founders, *_relocations(world, levers, draws, p)]
    if levers.project_offer.active:
        pools.append(projects.draft(world, p))
    bounds = np.cumsum([0, *(len(pool["key"]) for pool in pools)])
    drafts = {name: np.full(bounds[-1], usual) for name, usual in _DRAFT.items()}
    for begin, end, pool in zip(bounds[:-1], bounds[1:], pools, strict=True):
        for name, values in pool.items():
            drafts[name][begin:end] = values
    return _with_attributes(world, draws, p, drafts)


Draft = dict[str, Any]
_NOBODY = np.int64(-1)
_DRAFT: Draft = {
    "key": np.int64(0), "origin": np.int64(0), "parent": np.int64(0), "industry": _NOBODY, "quality": 0.0, "gain": 0.0,
    "age": np.int64(0), "home": _NOBODY, "field": _NOBODY, "node": _NOBODY, "neighbour": _NOBODY, "person": _NOBODY,
    "outside": 0.0, "savings": 1.0,
}
"""What a pool knows of its candidates, with the value where it says nothing."""


LASTING_LUCK = ("demography.sales", "demography.research", "demography.cash", "demography.quality")
"""Streams of what candidates are given for life."""


def _with_attributes(world: World, draws: Draws, p: DemographyParameters, known: dict[str, Array]) -> Candidates:
    """Return candidates whose missing attributes come from draws that belong to the key for life."""
    region, key = world.region, known["key"]
    data = region.industries
    lean = data.firms_share * np.exp(p.growth_lean * data.world_growth)
    bred = known["field"] >= 0
    weights = np.where(bred[:, None], region.field_weights.T[known["field"]] * data.firms_share, lean)
    drawn = drawn_industry(draws.uniform("demography.industry", key, fixed=True), weights)
    industry = np.where(known["industry"] >= 0, known["industry"], drawn)
    size, luck, money, skill = draws.normal(LASTING_LUCK, key, fixed=True)

    moved = known["origin"] == RELOCATION
    sales = np.where(moved, p.mover_sales, p.start_sales) * np.exp(p.start_sales_spread * size)
    promised, large = np.zeros(len(key)), np.flatnonzero(known["origin"] == projects.PROJECT)
    if large.size:
        planned, promised[large] = projects.plans(size[large], p)
        sales[large] = 0.25 * p.project_start * planned
    intensity = data.rd_intensity[industry] * np.exp(p.research_spread * luck)
    intensity = np.minimum(intensity * np.where(bred, p.bred_research, 1.0), p.most_research)
    cash = p.start_cash * np.exp(p.start_cash_spread * money) + np.where(moved, p.mover_cash * sales, 0.0)
    cash *= np.where(intensity >= p.technology_threshold, p.technology_cash, 1.0) * known.pop("savings")
    cash[large] = p.project_cash * sales[large]
    quality = known.pop("quality") + 0.3 * luck + np.sqrt(1 - 0.09) * skill
    known["industry"] = industry
    return Candidates(**known, quality=quality, sales=sales, cash=cash, rd_intensity=intensity, promised=promised)


def _background(world: World, p: DemographyParameters) -> Draft:
    thousands = world.region.levels["firms"].value * world.scale / 1000.0
    count = int(offered(p.background_candidates * thousands, world.quarter)[0])
    key = origin_keys("firm", BACKGROUND_POOL, world.quarter, np.arange(count))
    return {"key": key, "origin": np.int64(BACKGROUND), "outside": p.outside_background}


def _spin_offs(world: World, draws: Draws, p: DemographyParameters) -> Draft:
    found = world.records.get("spin_off_candidates") or {}
    results, parents, fields_, cells = (
        np.asarray(found.get(name, ()), dtype=np.int64) for name in ("key", "institute", "field", "cell")
    )
    person = _inventors(world, draws, parents)
    known = person >= 0
    return {
        "key": spin_off_keys(results)[known], "origin": np.int64(SPIN_OFF), "outside": p.outside_spin_off,
        "quality": p.spin_off_quality, "parent": parents[known], "field": fields_[known], "home": cells[known],
        "gain": np.asarray(found.get("value", ()), dtype=float)[known], "person": person[known],
    }


def _inventors(world: World, draws: Draws, institutes: Array) -> Array:
    """Return who would leave to found each spin-off: the institute's researchers in an order of their own; -1 if none.

    Parameters
    ----------
    institutes : (n,) key of the institute behind each result
    """
    t, hosts = world.talent, world.institutes.rows_of(institutes)
    asked = np.zeros(len(world.institutes), dtype=bool)
    asked[hosts[hosts >= 0]] = True
    rows = np.flatnonzero((t.employer_kind == INSTITUTE) & (t.skill == RESEARCH) & ~t.founded & t.alive)
    rows = rows[asked[t.employer[rows]]]
    rows = rows[np.argsort(draws.uniform("demography.inventor", t.key[rows], fixed=True), kind="stable")]
    people = np.full(len(institutes), -1, dtype=np.int64)
    for host in np.unique(hosts[hosts >= 0]):
        of_host, staff = np.flatnonzero(hosts == host), rows[t.employer[rows] == host]
        several = min(len(of_host), len(staff))
        people[of_host[:several]] = staff[:several]
    return people


def _founders(world: World, draws: Draws, p: DemographyParameters, busy: Array) -> Draft:
    t, firms = world.talent, world.firms
    rows = np.flatnonzero(((t.skill == RESEARCH) | (t.skill == MANAGEMENT)) & t.alive)
    luck = draws.uniform("demography.idea", t.key[rows])
    inspired = np.flatnonzero(luck < p.most_ideas * p.idea_rate)
    rows, kind = rows[inspired], t.employer_kind[rows[inspired]]
    chance = p.idea_rate * np.minimum(np.exp(p.idea_ability * t.ability[rows]), p.most_ideas)
    able = ((kind == FIRM) | (kind == INSTITUTE)) & ~t.founded[rows] & (t.age[rows] < p.founder_age)
    able &= ~np.isin(rows, busy)
    rows = rows[able & (luck[inspired] < chance)]
    parents = t.key[rows]
    pools = (parents >> 38) & 0xFF
    at_firm = t.employer_kind[rows] == FIRM
    start = world.records.get("wage_reference", world.segments.wage)
    going = float(world.segments.wage.mean() / start.mean())
    wage = np.maximum(t.wage[rows], 0.02) / (p.founder_usual_wage * going)
    return {
        "key": derived_keys("firm", 0, parents) + ((FOUNDER_POOLS + pools) << 38), "origin": np.int64(FOUNDER),
        "outside": p.outside_founder + p.founder_wage_weight * np.log(wage), "savings": np.sqrt(wage),
        "industry": np.where(at_firm, firms.industry[np.where(at_firm, t.employer[rows], 0)], -1).astype(np.int64),
        "quality": p.founder_quality * t.ability[rows], "field": t.field[rows].astype(np.int64),
        "home": t.cell[rows].astype(np.int64), "person": rows, "parent": parents,
    }


def _relocations(world: World, levers: Levers, draws: Draws, p: DemographyParameters) -> list[Draft]:
    region = world.region
    pools: list[Draft] = []
    travel = p.travel_weight * np.log((1.0 + world.externals.travel_time) / 50.0)
    offers = (
        (EXTERNAL_POOL, region.externals.firm_candidates, "node", p.outside_external + travel),
        (NEIGHBOUR_POOL, world.neighbours.firms / world.scale * p.neighbour_candidates, "neighbour",
         p.outside_neighbour + world.neighbours.response + levers.peer_offer.value()),
    )
    for pool, rate, column, outside in offers:
        counts = offered(rate * world.scale, world.quarter)
        node = np.repeat(np.arange(len(counts)), counts)
        ordinal = np.arange(len(node)) - np.repeat(np.cumsum(counts) - counts, counts)
        key = origin_keys("firm", pool, world.quarter, (node << NODE_BITS) + ordinal)
        age = 8 + np.floor(24 * draws.uniform("demography.age", key, fixed=True)).astype(np.int64)
        pools.append({"key": key, "origin": np.int64(RELOCATION), "outside": outside[node], "quality": p.mover_quality,
                      "age": age, column: node})
    if levers.window_reach.active:
        abroad = pools[0]
        reach = np.asarray(levers.window_reach.on(region.externals))[abroad["node"]]
        met = draws.happens("demography.window", abroad["key"], reach, fixed=True)
        abroad["outside"] = abroad["outside"] - p.window_weight * met
    return pools
