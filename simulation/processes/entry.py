"""Who might found or bring a firm: fixed pools of candidates with keyed attributes, and their decision."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from simulation.populations.columns import derived_keys, origin_keys
from simulation.populations.firms import ORIGINS
from simulation.populations.talent import FIRM, INSTITUTE, MANAGEMENT, RESEARCH

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.populations.columns import Array
    from simulation.processes.demography_parameters import DemographyParameters
    from simulation.world import World

_NAMES = ("background", "spin_off", "founder", "relocation")
BACKGROUND, SPIN_OFF, FOUNDER, RELOCATION = (ORIGINS.index(name) for name in _NAMES)
BACKGROUND_POOL, SPIN_OFF_POOL, EXTERNAL_POOL, NEIGHBOUR_POOL, FOUNDER_POOLS = 1, 2, 3, 4, 64
_NODE = 1 << 16


@dataclass
class Candidates:
    """Firms that may come into being this quarter, arrays of shape (n,).

    Units: `sales` million CNY a quarter, `cash` million CNY, `age` quarters; `home` is a cell or -1, `field` a
    technology field or -1, `node` an external region or a neighbour or -1, `person` a row of talent or -1;
    `outside` is the value of the outside option in the units of `entry_value`.
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

    def __len__(self) -> int:
        return len(self.key)

    def chosen(self, mask: Array) -> Candidates:
        """Return those for which `mask` (n,) holds."""
        return Candidates(**{f.name: getattr(self, f.name)[mask] for f in fields(self)})


def joined(pools: list[Candidates]) -> Candidates:
    """Return several pools of candidates as one."""
    return Candidates(**{f.name: np.concatenate([getattr(pool, f.name) for pool in pools]) for f in fields(Candidates)})


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
    credit : share of loan applications that banks refused last quarter
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
        - p.credit_weight * (credit - p.usual_refusal)
        + p.place_weight * place
        + p.services_weight * services
        - outside
    )


def candidates(world: World, draws: Draws, p: DemographyParameters) -> Candidates:
    """Return every candidate of the quarter: background, spin-offs, talent founders, relocating firms."""
    grown_here = (_background, _spin_offs, _founders)
    return joined([*(pool(world, draws, p) for pool in grown_here), *_relocations(world, draws, p)])


def _with_attributes(
    world: World, draws: Draws, p: DemographyParameters, key: Array, origin: int, outside: float | Array,
    industry: Array | None = None, quality: float | Array = 0.0, **known: Array,
) -> Candidates:
    """Return a pool whose missing attributes come from draws that belong to the key for life."""
    n = len(key)
    region = world.region.industries
    if industry is None:
        lean = region.firms_share * np.exp(p.growth_lean * region.world_growth)
        industry = drawn_industry(draws.uniform("demography.industry", key, fixed=True), lean)

    def normal(what: str) -> Array:
        return draws.normal(f"demography.{what}", key, fixed=True)

    moved = origin == RELOCATION
    sales = (p.mover_sales if moved else p.start_sales) * np.exp(p.start_sales_spread * normal("sales"))
    luck = normal("research")
    intensity = region.rd_intensity[industry] * np.exp(p.research_spread * luck) * (4 * sales) ** p.research_size_slope
    intensity = np.minimum(intensity * (p.bred_research if origin in (SPIN_OFF, FOUNDER) else 1.0), p.most_research)
    cash = p.start_cash * np.exp(p.start_cash_spread * normal("cash"))
    if moved:
        cash = cash + p.mover_cash * sales
    cash = cash * np.where(intensity >= p.technology_threshold, p.technology_cash, 1.0)
    none = np.full(n, -1, dtype=np.int64)
    base = {
        "key": key, "origin": np.full(n, origin), "parent": np.zeros(n, dtype=np.int64), "industry": industry,
        "quality": quality + 0.3 * luck + np.sqrt(1 - 0.09) * normal("quality"), "sales": sales, "cash": cash,
        "rd_intensity": intensity, "gain": np.zeros(n), "outside": np.full(n, outside, dtype=float),
        "age": np.zeros(n, dtype=np.int64), **dict.fromkeys(("home", "field", "node", "neighbour", "person"), none),
    }
    return Candidates(**{**base, **known})


def _background(world: World, draws: Draws, p: DemographyParameters) -> Candidates:
    count = int(offered(p.background_candidates, world.quarter)[0])
    key = origin_keys("firm", BACKGROUND_POOL, world.quarter, np.arange(count))
    return _with_attributes(world, draws, p, key, BACKGROUND, p.outside_background)


def _spin_offs(world: World, draws: Draws, p: DemographyParameters) -> Candidates:
    found = world.records.get("spin_off_candidates") or {}
    results = np.asarray(found.get("key", ()), dtype=np.int64)
    if results.size == 0:
        return _with_attributes(world, draws, p, results, SPIN_OFF, 0.0)
    key = spin_off_keys(results)
    field = np.asarray(found["field"], dtype=np.int64)
    industry = _industry_of_field(world, draws, key, field)
    return _with_attributes(
        world, draws, p, key, SPIN_OFF, p.outside_spin_off, industry, p.spin_off_quality,
        field=field, home=np.asarray(found["cell"], dtype=np.int64), gain=np.asarray(found["value"], dtype=float),
        parent=np.asarray(found["institute"], dtype=np.int64),
    )


def _industry_of_field(world: World, draws: Draws, key: Array, field: Array) -> Array:
    """Return an industry in which a field is of use, drawn by field weights and numbers of firms."""
    region = world.region
    use = region.field_weights.T * region.industries.firms_share
    return drawn_industry(draws.uniform("demography.industry", key, fixed=True), use[field])


def _founders(world: World, draws: Draws, p: DemographyParameters) -> Candidates:
    t, firms = world.talent, world.firms
    rows = t.live
    kind, skill = t.employer_kind[rows], t.skill[rows]
    able = ((kind == FIRM) | (kind == INSTITUTE)) & ((skill == RESEARCH) | (skill == MANAGEMENT))
    rows = rows[able & ~t.founded[rows] & (t.age[rows] < p.founder_age)]
    chance = p.idea_rate * np.exp(p.idea_ability * t.ability[rows])
    rows = rows[draws.happens("demography.idea", t.key[rows], np.minimum(chance, 1.0))]
    parents = t.key[rows]
    pools = (parents >> 38) & 0xFF
    key = derived_keys("firm", 0, parents) + ((FOUNDER_POOLS + pools) << 38)
    industry = _industry_of_field(world, draws, key, t.field[rows].astype(np.int64))
    at_firm = t.employer_kind[rows] == FIRM
    industry[at_firm] = firms.industry[t.employer[rows[at_firm]]]
    wage = np.maximum(t.wage[rows], 0.02)
    outside = p.outside_founder + p.founder_wage_weight * np.log(wage / p.founder_usual_wage)
    made = _with_attributes(
        world, draws, p, key, FOUNDER, outside, industry,
        p.founder_quality * t.ability[rows], field=t.field[rows].astype(np.int64), home=t.cell[rows].astype(np.int64),
        person=rows, parent=parents,
    )
    made.cash = made.cash * np.sqrt(wage / p.founder_usual_wage)
    return made


def _relocations(world: World, draws: Draws, p: DemographyParameters) -> list[Candidates]:
    region, pools = world.region, []
    offers = (
        (EXTERNAL_POOL, region.externals.firm_candidates * world.scale, "node"),
        (NEIGHBOUR_POOL, region.neighbours.firms * p.neighbour_candidates * world.scale, "neighbour"),
    )
    for pool, rate, column in offers:
        counts = offered(rate, world.quarter)
        node = np.repeat(np.arange(len(counts)), counts)
        ordinal = np.arange(len(node)) - np.repeat(np.cumsum(counts) - counts, counts)
        key = origin_keys("firm", pool, world.quarter, node * _NODE + ordinal)
        if column == "node":
            outside = p.outside_external + p.travel_weight * np.log((1.0 + world.externals.travel_time[node]) / 50.0)
        else:
            outside = p.outside_neighbour + world.neighbours.response[node]
        age = 8 + np.floor(24 * draws.uniform("demography.age", key, fixed=True)).astype(np.int64)
        known = {"age": age, column: node}
        pools.append(_with_attributes(world, draws, p, key, RELOCATION, outside, quality=p.mover_quality, **known))
    return pools
