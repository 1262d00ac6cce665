"""R&D budgets: what institutes and firms spend, what firms report, and what audits find of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array
from simulation.populations.talent import FIRM, RESEARCH
from simulation.processes.research import calls, knowledge, reporting

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World

CERTIFIED_TIER = 3
"""Tier from which a firm holds a high-tech certificate and pays the lower income tax."""
LEAST_INTENSITY = 5e-4
"""R&D over sales of firms that do next to none."""


def next_rd_intensity(
    intensity: Array, usual: Array, sales_year: Array, user_cost: Array | float, luck: Array, p: Any
) -> Array:
    """Return R&D intensity as it adjusts partially to the firm's lasting expertise and to user cost.

    Chance moves the research of large firms, which have many lines of it, less than that of small ones.

    Parameters
    ----------
    intensity : (n,) target R&D over sales now
    usual : (n,) R&D over sales that its expertise makes worth while at the usual user cost
    sales_year : (n,) million CNY
    user_cost : (n,) or scalar, cost of a yuan of R&D after subsidy and tax
    luck : (n,) standard normal
    p : research parameters

    Returns
    -------
    (n,) in [0.0005, 2]

    References
    ----------
    Bloom, Griffith and Van Reenen (2002), Do R&D tax credits work?
    Cohen and Klepper (1992), The anatomy of industry R&D intensity distributions.
    Plerou, Amaral, Gopikrishnan, Meyer and Stanley (1999), Similarities between the growth dynamics of university
    research and of competitive economic activities.
    """
    goal = np.log(np.maximum(usual, LEAST_INTENSITY)) + p.user_cost_elasticity * np.log(user_cost / p.usual_user_cost)
    log = np.log(np.maximum(intensity, LEAST_INTENSITY))
    noise = p.rd_noise * np.maximum(sales_year, 4.0 * p.smallest_base) ** p.rd_noise_size
    return np.clip(np.exp(log + p.rd_adjustment * (goal - log) + noise * luck), LEAST_INTENSITY, 2.0)


def retrenched(intensity: Array, margin: Array, spent: Array, sales: Array, cash: Array, p: Any) -> Array:
    """Return R&D intensity after firms with losses have moved it towards what they can afford.

    A firm can afford what it earns before R&D, and its cash spread over its runway.

    Parameters
    ----------
    intensity : (n,) target R&D over sales
    margin : (n,) profit over sales, smoothed
    spent : (n,) R&D of last quarter, million CNY
    sales : (n,) million CNY a quarter
    cash : (n,) million CNY after the quarter's wages, which the margin bears already
    p : research parameters

    Returns
    -------
    (n,) never above `intensity`; the same where a firm makes no loss

    References
    ----------
    Himmelberg and Petersen (1994), R&D and internal finance: a panel study of small firms in high-tech industries.
    Brown, Fazzari and Petersen (2009), Financing innovation and growth: cash flow, external equity, and the 1990s R&D
    boom.
    """
    means = np.maximum(margin * sales + spent, 0.0) + np.maximum(cash, 0.0) / p.runway
    affordable = means / (p.liquidity_high * np.maximum(sales, p.smallest_base))
    gap = np.where(margin < 0.0, np.maximum(intensity - affordable, 0.0), 0.0)
    return np.maximum(intensity - p.retrenchment * gap, LEAST_INTENSITY)


def rd_budget(intensity: Array, sales: Array, cash: Array, young: Array, p: Any) -> Array:
    """Return planned R&D: the target share of sales, cut when cash is short; the young also invest cash.

    Parameters
    ----------
    intensity : (n,) target R&D over sales
    sales : (n,) million CNY a quarter
    cash : (n,) million CNY before the quarter's wages
    young : (n,) bool, young technology firms
    p : research parameters

    Returns
    -------
    (n,) million CNY a quarter
    """
    base = np.maximum(sales, p.smallest_base)
    liquidity = np.clip(p.liquidity_high * cash / (p.liquidity_buffer * base), p.liquidity_low, p.liquidity_high)
    return intensity * base * liquidity + np.where(young, p.young_cash_share * np.maximum(cash, 0.0), 0.0)


def spend_institutes(world: World, levers: Levers, p: Any) -> None:
    """Receive budgets and spend them, and part of what contracts brought, on research."""
    u = world.institutes
    rows = u.live
    if world.quarter > 0:
        u.budget[rows] *= (1.0 + world.region.background["growth"]) ** 0.25
    budget = u.budget[rows]
    purse = u.at(rows)
    kept = 1.0 - levers.support_withdrawn.value()
    world.ledger.pay("institute_budget", "district", purse, budget * p.budget_district_share * kept)
    world.ledger.pay("institute_budget", "upper", purse, budget * (1.0 - p.budget_district_share))
    if levers.support_withdrawn.active:
        world.records["budget_kept"] = 1.0 - p.budget_district_share * (1.0 - kept)
        budget = budget * world.records["budget_kept"]
    wages, cash = u.wage_bill[rows], u.cash[rows]
    means = budget + levers.institute_funding.on(world.institute_view(rows))
    ordinary = np.clip(means - wages, 0.0, np.maximum(cash, 0.0))
    surplus = np.maximum(cash - ordinary - p.institute_reserve * means, 0.0)
    purchases = ordinary + p.institute_spending * surplus
    world.ledger.pay("rd_purchases", purse, "world", purchases)
    u.rd_spend[rows] = wages + purchases
    world.records.flow("rd_institutes", u.rd_spend[rows].sum())


def spend_firms(world: World, levers: Levers, draws: Draws, rows: Array, p: Any) -> tuple[Array, Array]:
    """Write the firms' R&D intensity, spending and report; return effective R&D and the R&D stock."""
    f, key = world.firms, world.firms.key[rows]
    norm = world.region.industries.rd_intensity[f.industry[rows]]
    sales, wage_bill = f.sales[rows], f.wage_bill[rows]
    subsidy = levers.rd_subsidy_rate.on(world.firm_view(rows)) if levers.rd_subsidy_rate.active else 0.0
    cost = _user_cost(world, rows, subsidy, p)
    intensity = next_rd_intensity(
        f.rd_intensity[rows],
        f.rd_usual[rows],
        f.sales_year[rows],
        cost,
        draws.normal("research.intensity", key),
        p,
    )
    bound = f.grant_left[rows]
    cash = f.cash[rows] - bound
    intensity = retrenched(intensity, f.margin[rows], f.rd_spend[rows], sales, cash, p)
    young = (world.quarter - f.born[rows] < p.young_age) & (norm >= p.technology_norm)
    planned = rd_budget(intensity, sales, cash + wage_bill, young, p)
    wages = _researcher_wages(world, FIRM, len(f))[rows]
    added, relabelled = _certificate_plan(world, levers, draws, rows, np.maximum(planned, wages), subsidy, p)
    added = np.minimum(added, 0.5 * np.maximum(cash, 0.0))
    means = planned
    if bound.any():  # a grant pays for researchers as well as for what is bought
        granted = calls.spending(bound, f.cash[rows], p)
        f.grant_left[rows] = bound - granted
        means = planned + granted - np.minimum(calls.replaced(granted, sales, cash + wage_bill, p), planned)
    purchases = np.maximum(means - wages, 0.1 * wages) + added
    spend = wages + purchases
    world.ledger.pay("rd_purchases", f.at(rows), "world", purchases)
    world.records["rd_purchases"] = purchases
    reported = spend + relabelled
    f.rd_intensity[rows] = intensity
    f.rd_spend[rows] = spend
    f.rd_reported[rows] = reported
    f.rd_reported_3y[rows] = f.rd_reported_3y[rows] * (1.0 - 1.0 / (4 * p.reporting_years)) + reported
    f.rd_subsidy_due[rows] = subsidy * reported
    f.rd_invested[rows] = spend - p.stock_decay * f.rd_stock[rows]
    stock = f.rd_stock[rows] + f.rd_invested[rows]
    f.rd_stock[rows] = stock
    world.records.flow("rd_firms", spend.sum())
    world.records.flow("rd_reported", reported.sum())
    world.records.flow("rd_relabelled", relabelled.sum())
    _audit(world, levers, draws, rows, relabelled, spend, p)
    usual_wage = float(world.segments.wage[: len(world.region.fields)].mean()) / 4.0 / dearness(world)
    pace = (1.0 + p.frontier_effort) ** -world.quarter
    return pace * knowledge.effective_rd(f.research_ability[rows], purchases, usual_wage, p), stock


def dearness(world: World) -> float:
    """Return the mean wage of researchers relative to the start and the common trend."""
    return float(world.records.get("research_dear", 1.0))


def _researcher_wages(world: World, kind: int, rows: int) -> Array:
    """Return quarterly wages of researchers by row of their employers' population (million CNY)."""
    t = world.talent
    staff = np.flatnonzero((t.skill == RESEARCH) & (t.employer_kind == kind) & t.alive)
    return np.bincount(t.employer[staff], weights=t.wage[staff], minlength=rows)[:rows] / 4.0


def _user_cost(world: World, rows: Array, subsidy: Array | float, p: Any) -> Array | float:
    """Return the user cost of R&D under last quarter's published tax rules, by the rate that each firm pays."""
    rules = world.published
    if "super_deduction" not in rules:
        return np.maximum(p.usual_user_cost - subsidy, 0.05)
    rate = np.where(world.firms.tier[rows] >= CERTIFIED_TIER, rules["high_tech_rate"], rules["standard_rate"])
    return reporting.user_cost(subsidy, rate, rules["super_deduction"])


def _certificate_plan(
    world: World, levers: Levers, draws: Draws, rows: Array, planned: Array, subsidy: Array | float, p: Any
) -> tuple[Array, Array]:
    """Return real R&D added and R&D relabelled with last quarter's published rules of certification in view."""
    f, n = world.firms, len(rows)
    paid = np.broadcast_to(subsidy, n)
    rules = world.published.get("certificate")
    if rules is None:
        caution = _caution(draws, f.key[rows], p)
        as_found = np.maximum(f.rd_spend[rows] - planned, 0.0)  # quarter 0: the rules are known, though not by this run
        return as_found, reporting.relabelling(np.zeros(n), caution, paid, p) * planned
    sales, kept = f.sales[rows], 1.0 - 1.0 / (4 * p.reporting_years)
    threshold = reporting.threshold_intensity(f.sales_year[rows], rules["bands"], rules["intensities"])
    aim = threshold * (1.0 + p.safety_margin)
    wanted = aim * (kept * f.sales_3y[rows] + sales) - kept * f.rd_reported_3y[rows]
    deducted = world.published.get("super_deduction", 0.0) * planned
    gain = rules["tax_gain"] * np.maximum(f.margin[rows] * sales - deducted, 0.0)
    if levers.certificate_award.active:
        gain = gain + levers.certificate_award.on(world.firm_view(rows)) / rules["life"]
    rights = (f.patents[rows] > 0) | (f.rd_stock[rows] >= rules.get("rights_stock", np.inf))
    able = rights & (world.quarter - f.born[rows] >= 4)
    # the others report what they planned
    at = np.flatnonzero((paid > 0.0) | (able & (gain > 0.0) & (wanted > planned)))
    caution = _caution(draws, f.key[rows[at]], p)
    added, relabelled = np.zeros(n), np.zeros(n)
    added[at], relabelled[at] = reporting.reporting_plan(
        planned[at], sales[at], wanted[at], gain[at], threshold[at], caution, paid[at], able[at], p
    )
    return added, relabelled


def _caution(draws: Draws, keys: Array, p: Any) -> Array:
    """Return what firms expect relabelling to cost them, the slope by the share relabelled."""
    spread = np.exp(p.caution_spread * draws.normal("research.caution", keys, fixed=True))
    return np.maximum(4.0 * p.audit_rate * p.audit_penalty * spread, 1e-6)


def _audit(
    world: World, levers: Levers, draws: Draws, rows: Array, relabelled: Array, spend: Array, p: Any
) -> None:
    """Find some of the relabelled R&D, fine those firms, and publish them: certificates are withdrawn."""
    f = world.firms
    at = np.flatnonzero(relabelled > 0.0)
    rate = p.audit_rate + levers.audit_rate.on(world.firm_view(rows[at]))
    chance = reporting.found_chance(relabelled[at], spend[at], rate)
    found = at[draws.happens("research.audit", f.key[rows[at]], chance)]
    fines = np.minimum(reporting.fine(relabelled[found], p), np.maximum(f.cash[rows[found]], 0.0))
    world.records["audit_found"] = f.key[rows[found]]
    world.records.flow("audit_found", len(found))
    world.records.flow("audit_fines", world.ledger.pay("rd_fines", f.at(rows[found]), "district", fines))
