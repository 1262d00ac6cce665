"""Transfer: institutes' results meet firms; contracts, consortia, spin-off candidates, technology services."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.draws import pair_keys
from simulation.populations.columns import Array
from simulation.populations.talent import BROKER
from simulation.processes.transfer import alliances, integration, results
from simulation.processes.transfer.parameters import TransferParameters
from simulation.processes.transfer.searchers import Searchers
from simulation.space.proximity import morton_code, travel_decay

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.space.region import Cells
    from simulation.world import World

READS = (
    "firms.industry",
    "firms.cell",
    "firms.cash",
    "firms.sales",
    "firms.sales_year",
    "firms.rd_stock",
    "firms.tier",
    "firms.new_product_share",
    "firms.staff",
    "institutes.ordinal",
    "institutes.cell",
    "institutes.expertise",
    "institutes.rd_spend",
    "institutes.research_ability",
    "institutes.staff",
    "externals.travel_time",
    "externals.link",
    "externals.knowledge",
    "levers.consortium_matching", "levers.consortium_cost_share", "levers.park_matching", "levers.park_price_support",
)
WRITES = (
    "firms.project_gain",
    "firms.knowledge",
    "firms.memberships",
    "institutes.results_made",
    "institutes.contracts_made",
    "results",
    "trust",
    "consortia",
    "memberships",
)
COHORTS = 8
"""Quarters over which dual-chain integration is read."""

PARAMETERS = TransferParameters


def _produce(world: World, draws: Draws, p: Any) -> None:
    """Let institutes put this quarter's results on the shelf."""
    u = world.institutes
    rows = u.live
    world.records.flow("results_produced", 0.0)
    world.records.flow("results_produced_value", 0.0)
    if not len(rows):
        return
    expected = results.results_expected(u.rd_spend[rows], u.research_ability[rows], p)[:, None] * u.expertise[rows]
    fields = np.arange(expected.shape[1])
    pair = (u.key[rows][:, None] + (fields << 50)).ravel()
    made = draws.poisson("transfer.results", pair, expected.ravel())
    where = np.repeat(np.arange(made.size), made)
    if not len(where):
        return
    count = np.arange(len(where)) - np.repeat(np.cumsum(made) - made, made)
    host, field = rows[where // len(fields)], where % len(fields)
    opened = np.sort(u.key[rows[u.ordinal[rows] < 0]])  # in order of opening, since none ever closes
    ordinal = np.where(u.ordinal[host] >= 0, u.ordinal[host], 255 - np.searchsorted(opened, u.key[host]) % 56)
    key = results.result_keys(ordinal, world.quarter, field, count)
    value = np.exp(p.value_level + p.value_spread * draws.normal("transfer.value", key, fixed=True))
    world.results.append(
        key=key, institute=u.key[host], field=field, value=value, born=np.full(len(key), world.quarter)
    )
    u.results_made[rows] += made.reshape(expected.shape).sum(axis=1)
    world.records.flow("results_produced", len(key))
    world.records.flow("results_produced_value", value.sum())


def _broker_capacity(world: World, p: Any) -> float:
    """Return technology brokers at work relative to the start of a district of this size."""
    firms, institutes, levels = world.firms, world.institutes, world.region.levels
    working = firms.staff[firms.live, BROKER].sum() + institutes.staff[institutes.live, BROKER].sum()
    usual = levels["talent"].value * levels["talent_broker"].value * world.scale
    return p.broker_free + (1.0 - p.broker_free) * float(working) / max(usual, 1e-9)


def _partners(world: World, host_key: Array, start: Array, p: Any) -> Array:
    """Return (n, K) rows of firms known to institutes from earlier links, -1 where there are fewer."""
    trust = world.trust
    size = p.partner_window
    if not len(trust):
        return np.full((len(host_key), size), -1, dtype=np.int64)
    order = np.argsort(trust.second, kind="stable")
    second, first = trust.second[order], trust.first[order]
    low, high = np.searchsorted(second, host_key, "left"), np.searchsorted(second, host_key, "right")
    count = high - low
    offset = results.ring_window(start, size, 1 << 40) % np.maximum(count, 1)[:, None]
    place = np.minimum(low[:, None] + offset, len(first) - 1)
    return np.where(np.arange(size) < count[:, None], world.firms.rows_of(first[place]), -1)


@lru_cache(maxsize=8)
def _road(cells: Cells) -> Array:
    """Return positions of cells along a line that keeps near cells near."""
    return morton_code(cells.x, cells.y).astype(np.float64)


def _candidates(world: World, draws: Draws, firms: Searchers, host: Array, p: Any) -> Array:
    """Return (n, K) places in the list of living firms that each result comes before; -1 for none."""
    shelf, grid, n = world.results, world.region.cells, len(firms.rows)
    turn, step = draws.uniform(("transfer.turn", "transfer.step"), shelf.key)
    anywhere = firms.ring[results.ring_window((turn * n).astype(np.int64), p.ring_window, n)]

    code = _road(grid)
    position = code[firms.cell] + draws.uniform("transfer.place", firms.key, fixed=True)
    road = np.argsort(position, kind="stable")
    here = np.searchsorted(position[road], code[world.institutes.cell[host]] + step)
    near = road[results.ring_window(here - p.local_window // 2, p.local_window, n)]

    partner = _partners(world, shelf.institute, (turn * 4096).astype(np.int64), p)
    place = np.full(len(world.firms), -1, dtype=np.int64)
    place[firms.rows] = np.arange(n)
    known = np.where(partner >= 0, place[partner], -1)
    return np.concatenate([anywhere, near, known], axis=1)


def _contract(world: World, levers: Levers, draws: Draws, firms: Searchers, p: Any) -> Array:
    """Let results meet firms and sell to the highest bidder; return (n,) bool, results adopted."""
    f, u, shelf = world.firms, world.institutes, world.results
    adopted = np.zeros(len(shelf), dtype=bool)
    host = u.rows_of(shelf.institute)
    firm = _candidates(world, draws, firms, host, p)
    exists, firm = firm >= 0, np.maximum(firm, 0)
    cell = u.cell[host]
    distance = firms.distance(world, cell, firm)
    fit = firms.fit[firms.industry[firm], shelf.field[:, None]]
    pair = pair_keys(shelf.key[:, None], firms.key[firm])
    luck, brokers = draws.uniform("transfer.meeting", pair), _broker_capacity(world, p)
    # trust is looked up only for pairs that would meet with full trust
    view, park = world.firm_view(firms.rows), distance <= p.park_reach
    most = results.meeting_rate(fit, distance, 1.0, brokers, p)
    brought: Array | None = None
    if levers.park_matching.active:
        brought = 1.0 + park * np.broadcast_to(levers.park_matching.on(view), len(view))[firm]
        most *= brought
    near = luck < -np.expm1(-most)
    at, column = np.nonzero(near & exists & (fit > 0.0))
    trust = world.trust.lookup(firms.key[firm[at, column]], shelf.institute[at], world.quarter, p.trust_decay)
    rate = results.meeting_rate(fit[at, column], distance[at, column], trust, brokers, p)
    if brought is not None:
        rate *= brought[at, column]
    met = luck[at, column] < -np.expm1(-rate)
    at, column = at[met], column[met]
    who = firm[at, column]
    worth = results.value_to_firm(
        shelf.value[at],
        world.quarter - shelf.born[at],
        fit[at, column],
        firms.absorption[who],
        draws.normal("transfer.taste", pair[at, column], fixed=True),
        p,
    )
    purse = p.purse_share * np.maximum(f.cash[firms.rows[who]], 0.0)
    support: Array | float = 0.0
    if levers.park_price_support.active:
        support = park[at, column] * np.broadcast_to(levers.park_price_support.on(view), len(view))[who]
    price = results.bids(worth, np.ones(len(at), dtype=bool), purse, p, support)
    good = np.flatnonzero(price > 0.0)
    good = good[results.one_each(at[good], price[good])]
    good = good[results.one_each(who[good], worth[good])]
    at, who, price, worth = at[good], who[good], price[good], worth[good]
    adopted[at] = True

    rows, hosts, field = firms.rows[who], host[at], shelf.field[at].astype(np.int64)
    world.ledger.pay("technology_contracts", f.at(rows), u.at(hosts), price)
    f.project_gain[rows] += np.minimum(p.licence_gain * worth / firms.lines[who], p.largest_gain)
    level = f.knowledge[rows, field]
    f.knowledge[rows, field] = level + p.lesson * firms.absorption[who] * np.maximum(1.0 - level, 0.0)
    u.contracts_made[:] += np.bincount(hosts, minlength=len(u)).astype(np.int32)
    world.trust.deepen(firms.key[who], shelf.institute[at], p.trust_contract, world.quarter, p.trust_decay)
    world.records.table(
        "contracts",
        key=shelf.key[at],
        firm_key=firms.key[who],
        institute_key=shelf.institute[at],
        field=field,
        value=price,
        distance_km=distance[at, column[good]],
        park=park[at, column[good]],
    )
    world.records.flow("contracts", len(at))
    world.records.flow("results_adopted_value", shelf.value[at].sum())
    world.records.flow("technology_contracts_institutes", price.sum())
    return adopted


def _leave_the_shelf(world: World, draws: Draws, adopted: Array, p: Any) -> None:
    """Sell results outside, offer some to founders, give up the old ones and drop all that are gone."""
    shelf, u, x = world.results, world.institutes, world.externals
    field, age = shelf.field.astype(np.int64), world.quarter - shelf.born
    strength = x.link * travel_decay(x.travel_time, p.travel_elasticity, p.travel_full)
    wanted = strength @ x.knowledge
    rest = ~adopted
    leaving, founding = draws.uniform(("transfer.leak", "transfer.spin_off"), shelf.key)
    leaked = rest & (leaving < -np.expm1(-p.leak_rate * wanted[field]))
    host = u.rows_of(shelf.institute)
    value = shelf.value * (1.0 - p.ageing) ** age
    sold = np.flatnonzero(leaked)
    world.ledger.pay("technology_contracts", "world", u.at(host[sold]), p.price_share * value[sold])
    world.records.flow("results_leaked", len(sold))
    world.records.flow("technology_contracts_institutes", p.price_share * value[sold].sum())
    world.records.table(
        "contracts",
        key=shelf.key[sold],
        firm_key=np.zeros(len(sold), dtype=np.int64),
        institute_key=shelf.institute[sold],
        field=field[sold],
        value=p.price_share * value[sold],
        distance_km=np.full(len(sold), np.nan),
        park=np.zeros(len(sold), dtype=bool),
    )
    rest &= ~leaked
    chance = -np.expm1(-p.spin_off_rate * value)
    idea = np.flatnonzero(rest & (age >= 1) & (founding < chance))
    world.records["spin_off_candidates"] = {
        "key": shelf.key[idea],
        "institute": shelf.institute[idea],
        "field": field[idea],
        "value": value[idea],
        "cell": u.cell[host[idea]],
    }
    old = rest & (age >= p.shelf_life)
    world.records.flow("results_expired", old.sum())
    shelf.keep(rest & ~old)


def _integration(world: World, adopted: Array, made: Array, p: Any) -> None:
    """Publish what was produced, adopted and needed by field, this quarter and over eight."""
    shelf, region = world.results, world.region
    n_fields = len(region.fields)
    before = world.published.get("dual_chain_cohorts")
    cohorts = {name: np.zeros((COHORTS, n_fields)) for name in ("produced", "adopted", "need")}
    if before is not None:
        cohorts = {name: integration.moved_on(window) for name, window in before.items()}
    field, age = shelf.field.astype(np.int64), world.quarter - shelf.born
    used = adopted & (age < COHORTS)
    np.add.at(cohorts["adopted"], (age[used], field[used]), shelf.value[used])
    cohorts["produced"][0] = np.bincount(field[made], weights=shelf.value[made], minlength=n_fields)
    firms = np.bincount(world.firms.industry[world.firms.live], minlength=len(region.field_weights))
    cohorts["need"][0] = integration.field_need(firms, region.field_weights, region.industries.rd_intensity, p.need)
    world.records["dual_chain"] = {
        "produced": cohorts["produced"][0],
        "need": cohorts["need"][0],
        "adopted": np.bincount(field[adopted], weights=shelf.value[adopted], minlength=n_fields),
    }
    world.records["dual_chain_cohorts"] = cohorts
    world.records["dual_chain_8q"] = {name: window.sum(axis=0) for name, window in cohorts.items()}


def _sell_services(world: World, draws: Draws, firms: Searchers, p: Any) -> None:
    """Count the technology contracts that firms sell as part of their sales, and what of it is registered."""
    f, industries = world.firms, world.region.industries
    rows = firms.rows
    norm = industries.rd_intensity / industries.rd_intensity.mean()
    sales = f.sales[rows]
    real = results.service_contracts(
        sales,
        industries.services[firms.industry],
        norm[firms.industry],
        f.new_product_share[rows],
        draws.normal("transfer.services", firms.key, fixed=True),
        p,
    )
    registered = real * results.registered_share(real, p)
    titled = np.flatnonzero(f.tier[rows] >= 2)
    tempted = titled[draws.happens("transfer.sham", firms.key[titled], p.sham_firms, fixed=True)]
    sham = p.sham_share * (sales[tempted] - real[tempted])
    sham *= results.registered_share(sham, p)
    institutes = world.records.flows.get("technology_contracts_institutes", 0.0)
    world.records.flow("technology_contracts_real", real.sum() + institutes)
    world.records.flow("technology_contracts_registered", registered.sum() + sham.sum() + institutes)
    world.records.flow("technology_contracts_sham", sham.sum())


def step(world: World, levers: Levers, draws: Draws, p: Any) -> None:
    """Let results find users, firms sell technology services, and consortia form, work and end."""
    shelf = world.results
    if len(shelf):
        taken = world.firms.rows_of(results.spin_off_firm_keys(shelf.key)) >= 0
        gone = world.institutes.rows_of(shelf.institute) < 0
        shelf.keep(~taken & ~gone)
    _produce(world, draws, p)
    firms = Searchers(world, draws, p)
    adopted = np.zeros(len(shelf), dtype=bool)
    for name in ("contracts", "results_adopted_value", "technology_contracts_institutes", "consortia_formed"):
        world.records.flow(name, 0.0)
    if len(shelf) and len(firms.rows):
        adopted = _contract(world, levers, draws, firms, p)
    _integration(world, adopted, shelf.born == world.quarter, p)
    _leave_the_shelf(world, draws, adopted, p)
    _sell_services(world, draws, firms, p)
    alliances.dissolve(world)
    alliances.found(world, levers, draws, firms, p)
    alliances.work_together(world, draws, firms, p)
    if world.quarter % 8 == 0:
        world.trust.forget(world.quarter, p.trust_decay, p.trust_forgotten)
