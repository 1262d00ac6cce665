"""The population at quarter 0: firms, talent, institutes and funds that meet the region's levels.

Ordinary generators are used here only; everything after is drawn by key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.dates import FIRST_QUARTER
from simulation.listed_firms import place_listed_firms, with_listed_debt
from simulation.parameters import Parameters, param
from simulation.populations.columns import Array, origin_keys
from simulation.populations.firms import NOT_ADOPTED
from simulation.populations.funds import ANGEL, BANK, GUARANTOR, GUIDANCE, VENTURE
from simulation.populations.talent import FIRM, INSTITUTE, NO_EMPLOYER, RESEARCH, SKILLS
from simulation.processes.demography.location import space_needed, technological
from simulation.processes.labour.plans import staff_wanted_by
from simulation.processes.venture.fund_raising import office_cells

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.world import World


class InitialParameters(Parameters, group="initial"):
    """Shape of the population at quarter 0; its sums are the region's levels."""

    size_spread: float = param(1.05, unit="1", bounds=(0.2, 2.0), source="assumption")
    """Standard deviation of log sales in the body of the distribution."""
    size_tail: float = param(1.12, unit="1", bounds=(0.8, 3.0), source="Axtell (2001)")
    """Exponent of the Pareto tail of sales."""
    largest_share: float = param(0.10, unit="1", bounds=(0.02, 0.25), source="assumption")
    """Largest share of an industry's sales that one firm starts with."""
    growth_to_start: float = param(1.10, unit="1", bounds=(0.5, 2.0), source="assumption")
    """Growth of sales over the burn-in; levels are those of the first quarter after it."""
    mean_age: float = param(8.0, unit="year", bounds=(1.0, 30.0), source="assumption")
    """Mean age of firms."""
    rd_spread: float = param(1.0, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation of log R&D intensity within an industry."""
    quality_spread: float = param(0.24, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Standard deviation of log productivity that lasts."""
    knowledge: float = param(0.45, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Mean knowledge in a firm's own fields relative to the frontier."""
    occupancy: float = param(0.88, unit="1", bounds=(0.3, 1.0), source="assumption")
    """Share of floor space in use."""
    cash_share: float = param(0.09, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Cash over yearly sales."""
    debt_share: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Debt over yearly sales of firms that borrow."""
    borrowing: float = param(0.45, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of firms with a bank loan."""
    ability_spread: float = param(0.30, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Standard deviation of log ability."""
    top_share: float = param(0.02, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Share of researchers who are top talent."""
    venture_funds: float = param(13.8, unit="1/1000 firms", bounds=(0.0, 1e3), source="assumption")
    """Private venture funds for each thousand firms of the region's level."""
    angels: float = param(5.4, unit="1/1000 firms", bounds=(0.0, 1e3), source="assumption")
    """Angels for each thousand firms of the region's level."""
    banks: int = param(6, unit="banks", bounds=(2, 50), source="assumption")
    """Banks that lend in the district."""
    fund_size: float = param(160.0, unit="million CNY", bounds=(1.0, 1e4), source="assumption")
    """Median committed capital of a venture fund."""
    wage: tuple[float, float, float, float, float] = param(
        (0.25, 0.12, 0.18, 0.30, 0.30), unit="million CNY a year", source="assumption"
    )
    """Mean wage by skill."""


PARAMETERS = InitialParameters


def tailed_sizes(normal: Array, uniform: Array, spread: float, tail: float) -> Array:
    """Return sizes with a log-normal body and a Pareto tail.

    Parameters
    ----------
    normal, uniform : (n,) standard normal and uniform draws
    spread : standard deviation of logs in the body
    tail : exponent of the tail

    Returns
    -------
    (n,) sizes of median near one

    References
    ----------
    Reed and Jorgensen (2004), The double Pareto-lognormal distribution.
    """
    return np.exp(spread * normal - np.log(uniform) / tail)


def shares_below(weights: Array, largest: float) -> Array:
    """Return weights as shares that sum to one, none above `largest` (which must be above 1 / n).

    Parameters
    ----------
    weights : (n,) positive
    largest : highest share
    """
    largest = max(largest, 1.5 / len(weights))
    shares = weights / weights.sum()
    for _ in range(60):
        high = shares > largest
        if not high.any():
            break
        free = ~high & (shares < largest)
        shares[high] = largest
        shares[free] *= (1.0 - shares[~free].sum()) / shares[free].sum()
    return shares


def apportioned(weights: Array, total: int) -> Array:
    """Return whole numbers in proportion to weights that sum to a total (largest remainders).

    Parameters
    ----------
    weights : (n,) non-negative, not all zero
    total : sum wanted
    """
    exact = weights / weights.sum() * total
    whole = np.floor(exact).astype(np.int64)
    rest = np.argsort(-(exact - whole), kind="stable")[: total - whole.sum()]
    whole[rest] += 1
    return whole


def populate(world: World, draws: Draws, rng: np.random.Generator, parameters: dict[str, Any]) -> None:
    """Fill an empty world at quarter 0.

    Parameters
    ----------
    world : with empty populations
    draws : keyed draws of the run
    rng : generator for initialisation
    parameters : quarterly parameters by group
    """
    p: InitialParameters = parameters["initial"]
    _fill_places(world, p, parameters)
    _found_firms(world, rng, p)
    _open_institutes(world)
    _close_funds(world, rng, p)
    _settle_talent(world, rng, p, parameters)
    _open_loans(world, rng, p)


def _fill_places(world: World, p: InitialParameters, parameters: dict[str, Any]) -> None:
    region, cells = world.region, world.cells
    data = region.cells
    for column in ("floor_space", "housing", "incubator_places"):
        cells.arrays[column][:] = getattr(data, column) * world.scale
    for column in ("rent", "housing_cost", "amenity", "access"):
        cells.arrays[column][:] = getattr(data, column)
    cells.knowledge_pool[:] = 0.35
    nodes = region.externals
    world.externals.travel_time[:] = nodes.travel_time
    world.externals.knowledge[:] = nodes.knowledge
    world.externals.wage[:] = nodes.wage * float(np.mean(p.wage))
    near = region.neighbours
    for column in ("firms", "talent"):
        world.neighbours.arrays[column][:] = getattr(near, column) * world.scale
    world.neighbours.tax[:] = near.tax / 4.0 * world.scale
    world.records["tightness_reference"] = parameters["labour"].tightness_reference
    world.segments.tightness[:] = world.records["tightness_reference"]
    n_fields = len(region.fields)
    world.segments.wage[:] = np.concatenate(
        [np.full(n_fields, p.wage[0]), np.full(n_fields, p.wage[1]), np.array(p.wage[2:])]
    )


def _found_firms(world: World, rng: np.random.Generator, p: InitialParameters) -> None:
    region, scale = world.region, world.scale
    industries = region.industries
    n = max(round(region.levels["firms"].value * scale), 4 * len(industries.name))
    industry = np.repeat(np.arange(len(industries.name)), apportioned(industries.firms_share, n))
    age = np.minimum(rng.exponential(p.mean_age, n), 40.0)
    size = tailed_sizes(rng.standard_normal(n), 1.0 - rng.random(n), p.size_spread, p.size_tail) * (1.0 + age) ** 0.35
    yearly = region.levels["firm_sales"].value * scale / p.growth_to_start
    sales_year = np.empty(n)
    for s, share in enumerate(industries.sales_share):
        mine = industry == s
        sales_year[mine] = shares_below(size[mine], p.largest_share) * share * yearly
    luck = rng.standard_normal(n)
    intensity = industries.rd_intensity[industry] * np.exp(p.rd_spread * luck)
    # Firms that spent more than they could earn have left or been refinanced long ago.
    intensity = np.minimum(intensity, 0.08 + 0.27 * np.exp(-age / 3.0))
    rd_total = region.levels["gdp"].value * scale * region.levels["rd_intensity"].value / p.growth_to_start
    rd_goal = rd_total * region.levels["firm_rd_share"].value
    intensity *= rd_goal / (intensity * sales_year).sum()
    rd_year = intensity * sales_year

    weights = region.field_weights[industry]
    quality = 0.3 * luck + np.sqrt(1 - 0.09) * rng.standard_normal(n)
    reach = p.knowledge * np.exp(0.25 * rng.standard_normal(n) + 0.15 * luck)[:, None]
    knowledge = np.clip(reach * (0.3 + 0.7 * weights / weights.max(axis=1, keepdims=True)), 0.0, 1.5)
    productivity = p.quality_spread * quality
    rd_rank = np.argsort(np.argsort(-(intensity * sales_year**0.3), kind="stable"), kind="stable")
    levels = region.levels
    counts = [levels[name].value for name in ("leaders", "high_tech_enterprises", "tech_smes")]
    steps = np.cumsum(counts) * scale
    tier = np.select([rd_rank < steps[0], rd_rank < steps[1], rd_rank < steps[2]], [4, 3, 2], 1)
    population = levels["population"].value * 1e6 * scale
    per_head = levels["patents_per_10k"].value / 1e4
    propensity = rd_year**0.8 * np.exp(0.9 * rng.standard_normal(n)) * np.minimum(age / 5.0, 1.0)
    patents = rng.poisson(propensity / propensity.sum() * population * per_head)

    space = space_needed(sales_year, 1.0)
    space *= p.occupancy * region.cells.floor_space.sum() * scale / space.sum()
    cell = _placed(world, rng, intensity, space)
    certified = np.isin(tier, (3, 4))
    # What is smoothed over years past lags behind in firms that grow, at the start as ever after.
    growth = p.growth_to_start ** (1.0 / FIRST_QUARTER) - 1.0
    behind = [(1.0 + quarters * growth) / (1.0 + growth) for quarters in (4, 12)]
    capital = industries.capital_intensity[industry] * sales_year
    rows = world.firms.add(
        origin_keys("firm", 0, 0, np.arange(n)),
        industry=industry, cell=cell, born=-np.ceil(age * 4).astype(int), origin=0,
        capital=capital, sales=sales_year / 4, sales_year=sales_year / behind[0],
        sales_3y=3.0 * sales_year / behind[1],
        value_added=industries.value_added_share[industry] * sales_year / 4,
        market_share=sales_year / (industries.sales_share[industry] * yearly), margin=0.05,
        profit=0.05 * sales_year / 4, capacity=sales_year / 4 * 1.1, unit_cost=0.85,
        quality=quality, productivity=productivity, rd_intensity=intensity, rd_usual=intensity,
        rd_spend=rd_year / 4, rd_reported=rd_year / 4, rd_reported_3y=3.0 * rd_year / behind[1],
        rd_stock=rd_year / 4 / 0.05 * 0.8,
        knowledge=knowledge, patents=patents, tier=tier,
        patents_pending=rng.poisson((patents * 0.02)[:, None], (n, 8)),
        certificate_until=np.where(certified, rng.integers(0, 12, n), -1),
        rd_centre=np.select([tier == 4, (tier == 3) & (rng.random(n) < 0.5)], [3, 1], 0),
        champion=certified & (rng.random(n) < 0.12),
        new_product_share=np.clip(0.05 + 2.0 * intensity, 0, 0.6),
        digital=np.where(rng.random(n) < 0.2, 0.6, 0.0), space=space,
    )
    firms = world.firms
    firms.digital_since[rows] = np.where(firms.digital[rows] > 0, -8, NOT_ADOPTED)
    firms.cash[rows] = sales_year * p.cash_share * np.exp(0.6 * rng.standard_normal(n)) + 0.1
    place_listed_firms(world)


def _placed(world: World, rng: np.random.Generator, rd_intensity: Array, space: Array) -> Array:
    """Return a cell for each firm: firms that do research near access and amenity, others where there is room.

    The largest choose first; who comes later prefers cells where its space still fits.
    """
    cells, region = world.region.cells, world.region
    weight = technological(rd_intensity, region.industries.rd_intensity.mean())
    room = cells.floor_space * world.scale
    taste = rng.gumbel(size=(len(space), len(room))) + 0.3 * cells.amenity
    cell = np.empty(len(space), dtype=np.int64)
    for i in np.argsort(-space, kind="stable"):
        left = np.maximum(room - 0.98 * space[i], 1e-3 * room)
        cell[i] = choice = int(np.argmax(1.2 * weight[i] * cells.access + np.log(left) + taste[i]))
        room[choice] = max(room[choice] - space[i], 1e-6)
    return cell


def _open_institutes(world: World) -> None:
    data, scale = world.region.institutes, world.scale
    kinds, systems = list(dict.fromkeys(data.kind)), list(world.region.systems)
    n = len(data.name)
    budget = data.budget / 4 * scale / (1.0 + world.region.background["growth"]) ** (FIRST_QUARTER / 4)
    rows = world.institutes.add(
        origin_keys("institute", 0, 0, np.arange(n)),
        ordinal=np.arange(n), kind=[kinds.index(k) for k in data.kind], system=[systems.index(s) for s in data.system],
        cell=data.cell, opened=data.opened, expertise=data.expertise, budget=budget,
        places=np.rint(data.places * scale),
    )
    world.institutes.cash[rows] = budget


def _close_funds(world: World, rng: np.random.Generator, p: InitialParameters) -> None:
    region, funds = world.region, world.funds
    n_industries = len(region.industries.name)
    thousands = region.levels["firms"].value * world.scale / 1000.0
    ventures, angels = max(round(p.venture_funds * thousands), 2), max(round(p.angels * thousands), 1)
    counts = {VENTURE: ventures, ANGEL: angels, BANK: p.banks, GUARANTOR: 1, GUIDANCE: 1}
    kind = np.repeat(list(counts), list(counts.values()))
    n = kind.size
    taste = rng.dirichlet(np.full(n_industries, 0.5), n) * (0.2 + region.industries.emerging)
    thesis = taste / taste.sum(axis=1, keepdims=True)
    is_venture, is_angel = kind == VENTURE, kind == ANGEL
    committed = np.select(
        [is_venture, is_angel],
        [p.fund_size * np.exp(0.7 * rng.standard_normal(n)), 12.0 * np.exp(0.5 * rng.standard_normal(n))],
    )
    office = np.where(is_venture, rng.random(n), 0.5 + 0.5 * rng.random(n))  # angels have no virtual one
    domicile = np.where(is_venture | is_angel, np.select([office < 0.5, office < 0.6], [1, 2], 0), 0)
    born = -rng.integers(0, 38, n)
    invests = np.minimum(-born / np.where(is_angel, 40.0, 20.0), 1.0)  # as far as it has invested its capital
    drawn = committed * np.where(is_venture, np.minimum(0.2 + invests, 1.0), np.minimum(0.1 + invests, 1.0))
    rows = funds.add(
        origin_keys("fund", 0, 0, np.arange(n)),
        kind=kind, cell=office_cells(region, rng.random(n), domicile == 2),
        born=np.where(is_venture | is_angel, born, -40),
        ends=np.where(is_venture | is_angel, born + 40, -1), committed=committed, drawn=drawn,
        invested=0.82 * invests * committed, thesis=thesis,
        stage_preference=np.where(is_angel, 1.0, 1.5 + rng.random(n)),
        skill=0.5 * rng.standard_normal(n),
        domicile=domicile, mark=1.0,
    )
    banks = region.levels["firm_sales"].value * world.scale * 0.02 / p.banks
    fees = np.where(is_venture, 0.02 * committed * -born / 4.0, 0.0)
    left = np.maximum(drawn - funds.invested[rows] - fees, 0.01 * committed)
    funds.cash[rows] = np.select([kind == BANK, kind == GUARANTOR], [banks, 60.0 * world.scale], left)


def _settle_talent(world: World, rng: np.random.Generator, p: InitialParameters, parameters: dict[str, Any]) -> None:
    region, scale = world.region, world.scale
    levels = region.levels
    n = round(levels["talent"].value * scale)
    shares = np.array([levels[f"talent_{s}"].value for s in SKILLS])
    skill = np.repeat(np.arange(len(SKILLS)), apportioned(shares, n))
    field = _fields_in_demand(world, rng, skill)
    ability = p.ability_spread * rng.standard_normal(n)
    living = world.cells.housing * np.exp(0.2 * world.cells.amenity)
    rows = world.talent.add(
        origin_keys("talent", 0, 0, np.arange(n)),
        skill=skill, field=field, ability=ability, age=np.clip(rng.normal(36, 8, n), 22, 59),
        top=(skill == RESEARCH) & (ability > np.quantile(ability, 1 - p.top_share)),
        employer_kind=NO_EMPLOYER, employer=-1,
        wage=np.array(p.wage)[skill] * np.exp(ability), cell=rng.choice(len(living), size=n, p=living / living.sum()),
        since=-rng.integers(1, 40, n), arrived=-1,
    )
    wanted = staff_wanted_by(world, parameters["labour"])
    unemployed = levels["unemployment"].value
    for k in range(len(SKILLS)):
        mine = rows[skill == k]
        mine = mine[rng.permutation(len(mine))]
        hired = mine[: round(len(mine) * (1.0 - unemployed))]
        slots: list[Array] = []
        for kind, population in ((FIRM, world.firms), (INSTITUTE, world.institutes), (3, world.funds)):
            live = population.live
            count = wanted[population.name][:, k]
            slots.append(np.stack([np.full(int(count.sum()), kind), np.repeat(live, count)]))
        places = np.concatenate(slots, axis=1)
        places = places[:, rng.permutation(places.shape[1])][:, : len(hired)]
        hired = hired[: places.shape[1]]
        world.talent.employer_kind[hired] = places[0]
        world.talent.employer[hired] = places[1]


def _fields_in_demand(world: World, rng: np.random.Generator, skill: Array) -> Array:
    """Return a field for each person: researchers by where R&D is done, others by value added of the industries."""
    region = world.region
    industries = region.industries
    rd = region.levels["gdp"].value * region.levels["rd_intensity"].value
    by_firms = region.field_weights.T @ (industries.sales_share * industries.rd_intensity)
    by_institutes = region.institutes.expertise.T @ region.institutes.budget
    firm_share = region.levels["firm_rd_share"].value
    research = rd * (firm_share * by_firms / by_firms.sum() + (1 - firm_share) * by_institutes / by_institutes.sum())
    work = region.field_weights.T @ (industries.sales_share * industries.value_added_share)
    field = np.empty(len(skill), dtype=np.int64)
    for mine, weights in ((skill == RESEARCH, research), (skill != RESEARCH, work)):
        field[mine] = rng.choice(len(weights), size=int(mine.sum()), p=weights / weights.sum())
    return field


def _open_loans(world: World, rng: np.random.Generator, p: InitialParameters) -> None:
    firms, funds = world.firms, world.funds
    rows = firms.live
    borrowers = rows[rng.random(len(rows)) < p.borrowing]
    n = len(borrowers)
    principal = firms.sales_year[borrowers] * p.debt_share * np.exp(0.4 * rng.standard_normal(n))
    borrowers, principal = with_listed_debt(world, borrowers, principal)
    n = len(borrowers)
    banks = funds.live[funds.kind[funds.live] == BANK]
    bank = banks[rng.integers(0, len(banks), n)]
    world.loans.append(
        firm=firms.key[borrowers], bank=funds.key[bank], principal=principal, rate=np.full(n, 0.053 / 4),
        born=-rng.integers(1, 4, n), due=rng.integers(0, 8, n),
    )
    firms.debt[borrowers] = principal
    np.add.at(funds.loan_book, bank, principal)
