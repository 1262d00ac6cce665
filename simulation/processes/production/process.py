"""Production: demand along the industry chain becomes sales, costs, taxes, profit, investment and dividends.

World demand grows and cycles by industry; the district's share of it follows the productivity of its firms.
Firms of an industry divide demand by competitiveness, customers won and lost, and capacity. What is left after
inputs, wages, rent, interest and tax pays for capital and digital adoption, or goes to the owners.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.firms import NOT_ADOPTED
from simulation.populations.talent import MANAGEMENT, RESEARCH, SKILLED
from simulation.processes.production.demand import (
    chain_purchases,
    demand_shock,
    divided,
    effective_capacity,
    fill_rate,
    growing_pains,
    orders_shock,
    share_growth,
    sourcing_target,
    world_share,
)
from simulation.processes.production.investment import (
    adoption_probability,
    capital_wanted,
    cost_response,
    digital_saving,
    dividend,
    finance_gap,
    invested_from_cash,
    new_product_share,
)
from simulation.processes.production.parameters import ProductionParameters
from simulation.processes.production.taxation import shared, tax_bill, taxable_profit, value_added_tax

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import World

READS = (
    "firms.industry", "firms.cell", "firms.born", "firms.space", "firms.cash", "firms.productivity",
    "firms.promised", "firms.project_gain", "firms.rd_spend",
    "firms.rd_reported",
    "firms.staff",
    "firms.staff_wanted",
    "firms.wage_bill",
    "firms.interest",
    "firms.certificate_until",
    "firms.stage",
    "cells.rent",
    "segments.wage",
    "levers.digital_subsidy", "levers.equipment_subsidy", "levers.search_cost_saved",
    "levers.demand_lost",
)
WRITES = (
    "firms.sales",
    "firms.sales_year",
    "firms.value_added",
    "firms.profit",
    "firms.support",
    "firms.margin",
    "firms.market_share",
    "firms.competitiveness",
    "firms.capacity",
    "firms.unit_cost",
    "firms.labour",
    "firms.capital",
    "firms.investment",
    "firms.investment_wanted",
    "firms.new_product_share",
    "firms.digital",
    "firms.digital_since",
    "firms.productivity",
    "firms.finance_gap",
    "firms.losses",
    "industries",
)


PARAMETERS = ProductionParameters


def opening_shares(
    sales: Array,
    value_added_share: Array,
    other_costs: Array,
    margin: float,
    labour_floor: float,
    value_added_tax_rate: float,
) -> tuple[Array, Array]:
    """Return input and labour shares of sales at which industries open with a given margin.

    Parameters
    ----------
    sales : (S,) million CNY a quarter
    value_added_share : (S,) of sales, as the region states it
    other_costs : (S,) million CNY: wages of talent, bought R&D and courses, rent, interest, depreciation
    margin : profit over sales
    labour_floor : least part of value added for staff without a special skill
    value_added_tax_rate : with surcharges, over value added

    Returns
    -------
    input_share, labour_share : (S,); the stated value added gives way where it cannot carry costs and margin
    """
    other = np.where(sales > 0, other_costs / np.maximum(sales, 1e-300), 0.0)
    least = margin + other
    value_added = np.maximum(value_added_share, least / (1.0 - labour_floor - value_added_tax_rate))
    value_added = np.minimum(value_added, 0.95)
    labour = np.maximum(value_added * (1.0 - value_added_tax_rate) - least, labour_floor * value_added)
    return 1.0 - value_added, labour


def next_margin(margin: Array, seen: Array, age: Array) -> Array:
    """Return margins smoothed over the past year, or over a firm's life where that is shorter.

    Parameters
    ----------
    margin : (n,) smoothed margin so far
    seen : (n,) profit over sales of the quarter
    age : (n,) quarters

    Returns
    -------
    (n,) float in [-5, 5]
    """
    weight = np.maximum(0.25, 1.0 / np.maximum(age, 1))
    return np.clip(margin + weight * (seen - margin), -5.0, 5.0)


def competed_input_share(share: Array, profit: Array, sales: Array, margin: float, speed: float) -> Array:
    """Return inputs over sales after competition has moved prices towards a normal margin.

    Parameters
    ----------
    share : (S,) inputs over sales; it rises as prices fall
    profit, sales : (S,) million CNY of the quarter
    margin : normal profit over sales
    speed : share of the gap that closes in a quarter

    Returns
    -------
    (S,) in [0.05, 0.95]
    """
    gap = np.where(sales > 0, profit / np.maximum(sales, 1e-300) - margin, 0.0)
    return np.clip(share + speed * gap, 0.05, 0.95)


def unit_cost_factor(productivity: Array, mean: Array, saving: Array, sensitivity: float) -> Array:
    """Return a firm's inputs and labour per unit sold relative to the industry's mean firm.

    Parameters
    ----------
    productivity, mean : (n,) log productivity of the firm and of its industry
    saving : (n,) share saved by digital production
    sensitivity : part of a productivity advantage that lowers cost

    Returns
    -------
    (n,) float
    """
    return np.exp(-sensitivity * np.clip(productivity - mean, -2.0, 2.0)) * (1.0 - saving)


def step(world: World, levers: Levers, draws: Draws, p: Any) -> None:
    """Sell, pay, report, invest and pay out for one quarter."""
    f, industries, region = world.firms, world.industries, world.region
    rows = f.live
    if not len(rows):
        return
    industry, key = f.industry[rows].astype(np.int64), f.key[rows]
    sectors, now = len(industries), world.quarter
    rent = world.cells.rent[f.cell[rows]] * f.space[rows]
    wages, interest, capital = f.wage_bill[rows], f.interest[rows], f.capital[rows]
    purchases = _rd_purchases(world, rows) + world.records.get("training_cost", np.zeros(len(f)))[rows]
    wear = p.depreciation * capital
    gain = f.project_gain[rows]
    productivity = f.productivity[rows] + p.project_productivity * gain
    f.productivity[rows] = productivity
    trained = world.records.get("skill_gain")
    able = productivity if trained is None else productivity + p.training_effect * trained[rows]

    if not industries.input_share.all():
        fixed = wages + purchases + rent + interest + wear
        _open_books(world, rows, industry, fixed, productivity, p)

    # demand
    _move_demand(world, levers, draws, industry, f.sales[rows], able, p)
    saving = digital_saving(f.digital[rows], f.digital_since[rows] != NOT_ADOPTED, now - f.digital_since[rows], p)
    products = new_product_share(f.new_product_share[rows], gain, p.product_ageing, p.product_appeal)
    f.new_product_share[rows] = products
    before = np.maximum(f.sales[rows], 1e-4)
    total = np.maximum(np.bincount(industry, before, sectors), 1e-12)
    share = before / total[industry]
    advantage = able + saving + p.product_competitiveness * products
    competitiveness = advantage - (np.bincount(industry, before * advantage, sectors) / total)[industry]
    markets = 1.0 + np.maximum(f.sales_year[rows], 0.0) ** p.submarket_slope
    customers = draws.poisson("production.customers", key, p.customer_rate * markets)
    hit = np.flatnonzero(customers)
    luck, weight = draws.normal(("production.orders", "production.customer_size"), key[hit])
    crowding = share * world.scale
    if f.promised[rows].any():  # customers who came along with a large project are not those of the firms here
        crowding = np.maximum(crowding - 0.25 * f.promised[rows] / total[industry] * world.scale, 0.0)
    growth = share_growth(competitiveness, crowding, now - f.born[rows], p) + p.project_sales * gain
    growth[hit] += orders_shock(customers[hit], luck, weight, markets[hit], p.customer_size, p.customer_spread)
    intensity = region.industries.capital_intensity[industry]
    staff, wanted = f.staff.take(rows, axis=0), f.staff_wanted.take(rows, axis=0)
    if (needed := world.records.get("needed_share")) is not None:
        wanted = wanted * needed[industry]
    away = world.records.get("training_away")
    present = staff[:, SKILLED] if away is None else staff[:, SKILLED] - away[rows]
    skilled = fill_rate(present, wanted[:, SKILLED])
    capacity = effective_capacity(capital, intensity, skilled, p.capacity_over_norm, p.skilled_capacity)
    orders, sales = divided(industries.demand, before * np.exp(growth), industry, capacity, p.rerouted)
    f.competitiveness[rows], f.capacity[rows], f.sales[rows] = competitiveness, capacity, sales
    industries.sales[:] = np.bincount(industry, sales, sectors)
    f.market_share[rows] = sales / np.maximum(industries.sales, 1e-12)[industry]

    # cost, tax and profit
    factor = unit_cost_factor(able, industries.cost[industry], saving, p.cost_productivity)
    managed = fill_rate(staff[:, MANAGEMENT], wanted[:, MANAGEMENT])
    factor *= growing_pains(np.log(np.maximum(sales, 1e-4) / before), managed, p.growth_loss)
    inputs = industries.input_share[industry] * factor * sales
    labour_wages = industries.labour_share[industry] * factor * sales
    if (replaced := world.records.get("replaced_pay")) is not None:
        labour_wages = np.maximum(labour_wages - (staff * replaced[industry]).sum(axis=1), 0.0)
    value_added = sales - inputs
    volume = value_added + sales * np.expm1(-industries.price)[industry]
    vat, surcharge = value_added_tax(value_added, p.value_added_rate, p.surcharge_rate)
    earned = value_added - labour_wages - wages - purchases - rent - interest - wear - vat - surcharge
    support = p.support_pace * f.support[rows]
    f.support[rows] -= support
    profit = earned + support
    certified = f.certificate_until[rows] >= now
    taxable = taxable_profit(earned, f.rd_reported[rows], p.super_deduction)
    bill = tax_bill(vat, surcharge, taxable, certified, p.standard_rate, p.high_tech_rate)
    f.value_added[rows], f.profit[rows] = value_added, profit
    f.margin[rows] = next_margin(f.margin[rows], profit / np.maximum(sales, 1e-3), now - f.born[rows])
    f.sales_year[rows] += sales - 0.25 * f.sales_year[rows]
    f.unit_cost[rows] = (inputs + labour_wages + wages) / np.maximum(sales, 1e-3)
    f.labour[rows] = labour_wages / (p.labour_wage * (1.0 + p.labour_wage_growth) ** now)
    f.losses[rows] = np.where(profit < 0, f.losses[rows] + 1, 0)
    competed = competed_input_share(
        industries.input_share,
        np.bincount(industry, profit, sectors),
        industries.sales,
        p.opening_margin,
        p.competition,
    )
    cheaper = competed - industries.input_share
    local = region.industries.demand_local
    industries.share[:] = world_share(industries.share, cheaper, local, p.share_elasticity)
    industries.input_share[:] = competed
    industries.price[:] -= cheaper

    _settle_sales(world, rows, industry, sales, inputs)
    world.ledger.pay("labour_wages", f.at(rows), "households", labour_wages)
    world.ledger.pay("rent", f.at(rows), "landlords", rent)
    _settle_taxes(world, rows, bill, labour_wages + wages, p)
    spending = _use_money(world, levers, draws, rows, industry, orders, sales, profit, p)

    flow = world.records.flow
    for name, values in (("sales", sales), ("value_added", value_added), ("value_added_volume", volume),
                         ("profit", profit), ("investment", spending)):
        flow(name, values.sum())
    for name in ("standard_rate", "high_tech_rate", "super_deduction"):
        world.records[name] = getattr(p, name)


def _rd_purchases(world: World, rows: Array) -> Array:
    """R&D that firms bought this quarter; wages of researchers are in the wage bill already."""
    bought = world.records.state.get("rd_purchases")
    if bought is not None and len(bought) == len(rows):
        return bought
    f = world.firms
    n_fields = len(world.region.fields)
    research_wage = float(world.segments.wage[:n_fields].mean()) / 4.0
    research_wages = np.minimum(f.staff[rows, RESEARCH] * research_wage, f.wage_bill[rows])
    return np.maximum(f.rd_spend[rows] - research_wages, 0.0)


def _open_books(world: World, rows: Array, industry: Array, fixed: Array, productivity: Array, p: Any) -> None:
    """Anchor demand, cost shares and mean productivity of industries in the firms found at the start."""
    table, region, sectors = world.industries, world.region, len(world.industries)
    sold = world.firms.sales[rows]
    sales = np.bincount(industry, sold, sectors)
    tax = p.value_added_rate * (1.0 + p.surcharge_rate)
    table.input_share[:], table.labour_share[:] = opening_shares(
        sales,
        region.industries.value_added_share,
        np.bincount(industry, fixed, sectors),
        p.opening_margin,
        p.labour_floor,
        tax,
    )
    table.sales[:] = sales
    table.local_sourcing[:] = p.local_sourcing
    chain = chain_purchases(region.inputs, table.local_sourcing, sales).sum(axis=0)
    table.world_demand[:] = np.maximum(sales - chain, 0.2 * sales)
    table.cost[:] = np.bincount(industry, sold * productivity, sectors) / np.maximum(sales, 1e-12)


def _move_demand(
    world: World, levers: Levers, draws: Draws, industry: Array, sold: Array, productivity: Array, p: Any
) -> None:
    """Move world demand, the district's share of it, and purchases along the chain by one quarter."""
    f, table, data, region = world.firms, world.industries, world.region.industries, world.region
    sectors = len(table)
    local = data.demand_local
    growth = (1.0 - local) * data.world_growth + local * region.background["growth"]
    table.world_demand[:] *= (1.0 + growth) ** 0.25
    luck = draws.normal("production.cycle", np.arange(sectors + 1))
    table.shock[:] = demand_shock(table.shock, p.shock_persistence, data.cycle, luck[-1], luck[:-1], p.common_cycle)

    weight = np.bincount(industry, sold, sectors)
    mean = np.where(
        weight > 0, np.bincount(industry, sold * productivity, sectors) / np.maximum(weight, 1e-12), table.cost
    )
    change = p.mean_speed * (mean - table.cost)
    table.cost[:] += change
    table.share[:] = world_share(table.share, change, local, p.share_elasticity)

    base = p.local_sourcing
    if levers.search_cost_saved.active:
        online = float(f.digital[f.live] @ sold / max(sold.sum(), 1e-12))  # who is not digital is not on a platform
        base = float(base * cost_response(online * levers.search_cost_saved.value(), p.search_elasticity))
    wanted = sourcing_target(base, p.sourcing_elasticity, region.inputs, table.share, p.sourcing_ceiling)
    table.local_sourcing[:] += p.mean_speed * (wanted - table.local_sourcing)
    bought = chain_purchases(region.inputs, table.local_sourcing, table.sales).sum(axis=0)
    wanted = table.world_demand * np.exp(table.shock) * table.share
    if levers.demand_lost.active:
        wanted = wanted * (1.0 - levers.demand_lost.on(data))
    table.demand[:] = wanted + bought


def _settle_sales(world: World, rows: Array, industry: Array, sales: Array, inputs: Array) -> None:
    """Collect sales and pay inputs; what the district's firms buy from each other stays among them."""
    table, region, f = world.industries, world.region, world.firms
    sectors = len(table)
    total = np.maximum(table.sales, 1e-12)
    bought = np.bincount(industry, inputs, sectors)
    weights = region.inputs / np.maximum(region.inputs.sum(axis=1, keepdims=True), 1e-12)
    local = weights * (table.local_sourcing * bought)[:, None]
    supplied = np.minimum(local.sum(axis=0), 0.9 * table.sales)
    paid = (local * (supplied / np.maximum(local.sum(axis=0), 1e-12))).sum(axis=1)
    from_chain = sales * (supplied / total)[industry]
    to_chain = inputs * (paid / np.maximum(bought, 1e-12))[industry]
    pay = world.ledger.pay
    pay("sales", "world", f.at(rows), sales - from_chain)
    pay("inputs", f.at(rows), "world", np.maximum(inputs - to_chain, 0.0))
    pay("chain_purchases", f.at(rows), "firms", to_chain)
    pay("chain_sales", "firms", f.at(rows), from_chain)
    world.records.flow("chain_sales", from_chain.sum())


def _settle_taxes(world: World, rows: Array, bill: Any, wages: Array, p: Any) -> None:
    """Pay taxes to the district and to upper governments, and note what certificates forgo."""
    background, f, pay = world.region.background, world.firms, world.ledger.pay
    income_local = background.get("corporate_tax_local_share", 0.32)
    local, upper = shared(bill, background.get("vat_local_share", 0.4), p.surcharge_local, income_local)
    pay("tax_local", f.at(rows), "district", local)
    pay("tax_upper", f.at(rows), "upper", upper)
    personal = p.personal_tax_rate * float(wages.sum())
    personal_local = personal * background.get("personal_tax_local_share", 0.32)
    pay("tax_local", "households", "district", personal_local)
    pay("tax_upper", "households", "upper", personal - personal_local)
    flow, relief = world.records.flow, float(bill.relief.sum())
    flow("tax_local", local.sum() + personal_local)
    flow("tax_upper", upper.sum() + personal - personal_local)
    flow("tax_expenditure_local", relief * income_local)
    flow("tax_expenditure_upper", relief * (1.0 - income_local))


def _use_money(
    world: World, levers: Levers, draws: Draws, rows: Array, industry: Array, orders: Array, sales: Array,
    profit: Array, p: Any,
) -> Array:
    """Invest, go digital, state what finance is missing, and pay owners; return investment made."""
    f, region, pay = world.firms, world.region, world.ledger.pay
    now, capital = world.quarter, f.capital[rows]
    need = p.working_capital * sales + p.bridged_losses * np.maximum(-profit, 0.0)
    yearly = np.maximum(f.sales_year[rows], 2.0 * (orders + 0.25 * f.sales_year[rows]))
    left = capital * (1.0 - p.depreciation)
    intensity = region.industries.capital_intensity[industry]
    view = world.firm_view(rows) if levers.equipment_subsidy.active or levers.digital_subsidy.active else None
    if levers.equipment_subsidy.active:
        intensity = intensity * cost_response(levers.equipment_subsidy.on(view), p.capital_elasticity)
    wanted = capital_wanted(yearly, intensity, left, p.investment_trigger)
    spare = np.maximum(f.cash[rows] - need, 0.0)
    made = invested_from_cash(wanted, spare, p.investment_smallest)
    pay("investment", f.at(rows), "world", made)
    f.capital[rows], f.investment[rows] = left + made, made
    f.investment_wanted[rows] = wanted - made

    adopted = f.digital_since[rows] != NOT_ADOPTED
    counts = np.maximum(np.bincount(industry, minlength=len(world.industries)), 1)
    contact = (np.bincount(industry, adopted, len(world.industries)) / counts)[industry]
    cost = p.digital_cost * f.sales_year[rows]
    able = np.flatnonzero(~adopted & (f.cash[rows] - need > cost))
    chance = adoption_probability(f.sales_year[rows[able]], contact[able], p)
    if levers.digital_subsidy.active:
        subsidy = np.broadcast_to(levers.digital_subsidy.on(view), len(rows))[able]
        chance = np.minimum(chance * cost_response(subsidy, p.adoption_elasticity), 1.0)
    starts = able[draws.happens("production.digital", f.key[rows[able]], chance)]
    pay("digital_adoption", f.at(rows[starts]), "world", cost[starts])
    world.records["digital_adoptions"] = (f.key[rows[starts]], cost[starts])
    f.digital_since[rows[starts]] = now
    users = rows[f.digital_since[rows] != NOT_ADOPTED]
    f.digital[users] += p.digital_speed * (1.0 - f.digital[users])

    cash = f.cash[rows]
    f.finance_gap[rows] = finance_gap(cash, need, wanted - made)
    owned_alone = (f.stage[rows] == 0) | (f.stage[rows] == 4)
    target = np.maximum(p.cash_target * sales + wanted - made, need)
    paid = dividend(cash, target, (profit > 0) & owned_alone, p.payout_speed)
    pay("dividends", f.at(rows), "households", paid)
    return made
