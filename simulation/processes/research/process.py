"""Research: R&D budgets, knowledge with spillovers, inventions and patents, projects; institutes spend too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array
from simulation.populations.talent import FIRM, RESEARCH
from simulation.processes.research import calls, challenges, invention, knowledge, patents, reporting
from simulation.processes.research.parameters import ResearchParameters
from simulation.space.proximity import reach

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World

READS = (
    "firms.industry",
    "firms.cell",
    "firms.born",
    "firms.cash",
    "firms.sales",
    "firms.sales_year",
    "firms.sales_3y",
    "firms.margin",
    "firms.quality",
    "firms.tier",
    "firms.wage_bill",
    "firms.research_ability",
    "firms.memberships",
    "institutes.cell",
    "institutes.expertise",
    "institutes.budget",
    "institutes.cash",
    "institutes.wage_bill",
    "talent.skill",
    "talent.employer_kind",
    "talent.employer",
    "talent.wage",
    "segments.wage",
    "cells.knowledge_pool",
    "cells.access",
    "externals.travel_time",
    "externals.link",
    "externals.knowledge",
    "memberships",
    "consortia",
    "levers.rd_subsidy_rate",
    "levers.audit_rate",
    "levers.project_cost_saved",
    "levers.certificate_award",
    "levers.focus_support",
    "levers.grant_size", "levers.grant_number", "levers.grant_integrity", "levers.grant_misuse",
    "levers.market_entry_speed", "levers.platform_access", "levers.joint_support", "levers.institute_funding",
    "levers.challenge_size", "levers.challenge_number", "levers.challenge_integrity", "levers.challenge_upfront",
    "levers.outside_knowledge_lost", "levers.support_withdrawn",
)
WRITES = (
    "firms.rd_intensity",
    "firms.rd_spend",
    "firms.rd_reported",
    "firms.rd_reported_3y",
    "firms.rd_stock",
    "firms.rd_subsidy_due",
    "firms.grants", "firms.grant_left",
    "firms.knowledge",
    "firms.productivity",
    "firms.projects",
    "firms.project_gain",
    "firms.patents",
    "firms.patents_pending",
    "firms.patent_value",
    "institutes.rd_spend", "institutes.budget",
    "challenges",
)


PARAMETERS = ResearchParameters

CERTIFIED_TIER = 3
"""Tier from which a firm holds a high-tech certificate and pays the lower income tax."""


def next_rd_intensity(
    intensity: Array, norm: Array, sales_year: Array, quality: Array, user_cost: Array | float, luck: Array, p: Any
) -> Array:
    """Return R&D intensity as it adjusts partially to the industry's norm, size and user cost.

    Parameters
    ----------
    intensity : (n,) target R&D over sales now
    norm : (n,) of the industry
    sales_year : (n,) million CNY
    quality : (n,) standard normal
    user_cost : (n,) or scalar, cost of a yuan of R&D after subsidy and tax
    luck : (n,) standard normal
    p : research parameters

    Returns
    -------
    (n,) in [0.0005, 2]

    References
    ----------
    Bloom, Griffith and Van Reenen (2002), Do R&D tax credits work?
    """
    goal = np.log(norm) + p.rd_level + p.rd_size_slope * np.log(np.maximum(sales_year, 4.0 * p.smallest_base))
    goal += p.rd_quality * quality + p.user_cost_elasticity * np.log(user_cost / p.usual_user_cost)
    log = np.log(np.maximum(intensity, 5e-4))
    return np.clip(np.exp(log + p.rd_adjustment * (goal - log) + p.rd_noise * luck), 5e-4, 2.0)


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


def _researcher_wages(world: World, kind: int, rows: int) -> Array:
    """Return quarterly wages of researchers by row of their employers' population (million CNY)."""
    t = world.talent
    staff = np.flatnonzero((t.skill == RESEARCH) & (t.employer_kind == kind) & t.alive)
    return np.bincount(t.employer[staff], weights=t.wage[staff], minlength=rows)[:rows] / 4.0


def _spend_institutes(world: World, levers: Levers, p: Any) -> None:
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


def _budget_and_report(world: World, levers: Levers, draws: Draws, rows: Array, p: Any) -> tuple[Array, Array]:
    """Write the firms' R&D intensity, spending and report; return effective R&D and the R&D stock."""
    f, key = world.firms, world.firms.key[rows]
    norm = world.region.industries.rd_intensity[f.industry[rows]]
    sales, wage_bill = f.sales[rows], f.wage_bill[rows]
    subsidy = levers.rd_subsidy_rate.on(world.firm_view(rows)) if levers.rd_subsidy_rate.active else 0.0
    cost = _user_cost(world, rows, subsidy, p)
    intensity = next_rd_intensity(
        f.rd_intensity[rows],
        norm,
        f.sales_year[rows],
        f.quality[rows],
        cost,
        draws.normal("research.intensity", key),
        p,
    )
    bound = f.grant_left[rows]
    cash = f.cash[rows] - bound
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
    stock = f.rd_stock[rows] * (1.0 - p.stock_decay) + spend
    f.rd_stock[rows] = stock
    world.records.flow("rd_firms", spend.sum())
    world.records.flow("rd_reported", reported.sum())
    world.records.flow("rd_relabelled", relabelled.sum())
    _audit(world, levers, draws, rows, relabelled, spend, p)
    usual_wage = float(world.segments.wage[: len(world.region.fields)].mean()) / 4.0 / _dearness(world)
    pace = (1.0 + p.frontier_effort) ** -world.quarter
    return pace * knowledge.effective_rd(f.research_ability[rows], purchases, usual_wage, p), stock


def _dearness(world: World) -> float:
    """Return the mean wage of researchers relative to the start and the common trend."""
    return float(world.records.get("research_dear", 1.0))


def _research_capital(world: World, rows: Array, stock: Array, p: Any) -> Array:
    """Return the log of firms' R&D capital over the usual, above their industry's initial mean.

    Firms found at the start have had the time to become as productive as their R&D makes them.
    """
    f = world.firms
    industry, norms = f.industry[rows], world.region.industries.rd_intensity
    capital = knowledge.research_capital(
        stock, f.sales_year[rows], world.quarter - f.born[rows], norms[industry], _dearness(world), p
    )
    first = "research_capital_reference" not in world.published
    capital -= _starting_means(world, "research_capital_reference", capital, industry)[industry]
    if first:
        f.productivity[rows] += p.rd_effect * capital
    return capital


def _starting_means(world: World, name: str, values: Array, industry: Array) -> Array:
    """Return the mean of firms' values (n,) in each industry in the first quarter, and publish it for the next.

    Where an industry had no firm then, the mean of all firms stands for it.
    """
    means = world.published.get(name)
    if means is None:
        sectors = len(world.industries)
        count = np.bincount(industry, minlength=sectors)
        means = np.bincount(industry, weights=values, minlength=sectors) / np.maximum(count, 1)
        means = np.where(count > 0, means, values.mean())
    world.records[name] = means
    return means


def _user_cost(world: World, rows: Array, subsidy: Array | float, p: Any) -> Array | float:
    """Return the user cost of R&D under last quarter's published tax rules, by the rate that each firm pays."""
    rules = world.published
    if "super_deduction" not in rules:
        return np.maximum(p.usual_user_cost - subsidy, 0.05)
    rate = np.where(world.firms.tier[rows] >= CERTIFIED_TIER, rules["high_tech_rate"], rules["standard_rate"])
    return reporting.user_cost(subsidy, rate, rules["super_deduction"])


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


def _certificate_plan(
    world: World, levers: Levers, draws: Draws, rows: Array, planned: Array, subsidy: Array | float, p: Any
) -> tuple[Array, Array]:
    """Return real R&D added and R&D relabelled with last quarter's published rules of certification in view."""
    f, n = world.firms, len(rows)
    paid = np.broadcast_to(subsidy, n)
    rules = world.published.get("certificate")
    if rules is None:
        caution = _caution(draws, f.key[rows], p)
        return np.zeros(n), reporting.relabelling(np.zeros(n), caution, paid, p) * planned
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


def _learn(
    world: World, levers: Levers, rows: Array, effective: Array, absorption: Array, p: Any
) -> tuple[Array, Array]:
    """Write the firms' knowledge; return their lead in the industry's fields and the mean knowledge overheard."""
    f, u, region = world.firms, world.institutes, world.region
    industry, cell, z = f.industry[rows], f.cell[rows], f.knowledge.take(rows, axis=0)
    weights = region.field_weights
    share = weights / weights.max(axis=1, keepdims=True)
    places = len(world.cells)
    density = knowledge.research_density(cell, industry, effective, weights, places)
    host = u.live
    density += knowledge.research_density(
        u.cell[host], np.arange(len(host)), u.rd_spend[host], u.expertise[host], places
    )
    near = reach(region) @ density

    own, own_share = weights.take(industry, axis=0), share.take(industry, axis=0)
    others = near.take(cell, axis=0)
    others -= effective[:, None] * own
    np.maximum(others, 0.0, out=others)
    others *= 1.0 / world.scale
    local = np.log1p(others, out=others)
    local *= knowledge.proximity_gain(world.cells.knowledge_pool.take(cell, axis=0) - z, p.best_gap)
    x = world.externals
    strength = knowledge.link_strength(x.travel_time, x.link, p)
    openness = strength.sum() * (0.5 + world.cells.access[cell])
    outside = knowledge.outside_knowledge(strength, x.knowledge)
    linked = knowledge.proximity_gain(outside - z, p.best_gap)
    linked *= openness[:, None]
    if levers.outside_knowledge_lost.active:
        linked *= 1.0 - np.asarray(levers.outside_knowledge_lost.on(region.fields))
    advisers = world.published.get("advisers")
    if advisers is not None:
        linked *= 1.0 + p.adviser_reach * np.log1p(advisers / world.scale)
    interest = knowledge.field_interest(share, p).take(industry, axis=0)
    heard = knowledge.overheard(absorption, interest, local, linked, p)
    if levers.platform_access.active:
        access = 1.0 + levers.platform_access.on(world.firm_view(rows))
        heard *= np.broadcast_to(access, len(rows))[:, None]
    taken_up = np.einsum("nf,nf->n", heard, own)
    attention = knowledge.attention(f.memberships[rows], p) * challenges.focus(world, f.key[rows], p)
    if levers.focus_support.active:
        view = world.firm_view(rows)
        attention = knowledge.focused(attention, own_share, np.broadcast_to(levers.focus_support.on(view), len(rows)))
    z = knowledge.next_knowledge(z, effective, own_share, heard, attention, p)
    f.knowledge[rows] = z
    _share_in_consortia(world, p)
    level = np.einsum("nf,nf->n", f.knowledge.take(rows, axis=0), own)
    return level - _starting_means(world, "knowledge_reference", level, industry)[industry], taken_up


def _share_in_consortia(world: World, p: Any) -> None:
    """Let members learn in their consortium's field from each other and from the institute at the frontier."""
    members, groups = world.memberships, world.consortia
    if not len(members):
        return
    f = world.firms
    order = np.argsort(groups.key, kind="stable")
    place = np.minimum(np.searchsorted(groups.key[order], members.consortium), len(order) - 1)
    group, row = order[place], f.rows_of(members.firm)
    known = (groups.key[group] == members.consortium) & (row >= 0)
    group, row = group[known], row[known]
    field = groups.field[group].astype(np.int64)
    mine = f.knowledge[row, field]
    count = np.bincount(group, minlength=len(groups))
    shared = (np.bincount(group, weights=mine, minlength=len(groups)) + 1.0) / (count + 1.0)
    absorption = knowledge.absorptive_capacity(f.rd_stock[row], p)
    gain = p.consortium_rate * absorption * knowledge.proximity_gain(shared[group] - mine, p.best_gap)
    gain *= knowledge.attention(f.memberships[row], p)
    np.add.at(f.knowledge, (row, field), gain)
    f.knowledge[row, field] = np.minimum(f.knowledge[row, field], 2.0)


def _run_projects(world: World, levers: Levers, draws: Draws, rows: Array, effective: Array, p: Any) -> None:
    """Move projects through development and market entry, and start new ones."""
    f = world.firms
    key, projects = f.key[rows], f.projects.take(rows, axis=0).astype(np.int64)
    f.project_gain[rows] = 0.0
    busy = np.flatnonzero(projects[:, 0] | projects[:, 1])
    passing = invention.pass_probability(draws.normal("research.risk", key[busy], fixed=True), p)
    running = projects[busy].T.ravel()
    leave: Array | float = p.project_leave
    if levers.market_entry_speed.active:
        faster = invention.entry_leave(levers.market_entry_speed.on(world.firm_view(rows[busy])), p)
        leave = np.concatenate([np.full(len(busy), p.project_leave), np.broadcast_to(faster, len(busy))])
    chance = leave * np.tile(passing, 2)
    stage_key = np.concatenate([key[busy], key[busy] + (1 << 50)])
    passing_luck, failing_luck = draws.uniform(("research.pass", "research.fail"), stage_key)
    passed = invention.binomial_quantile(passing_luck, running, chance)
    failed = invention.binomial_quantile(failing_luck, running - passed, (leave - chance) / (1.0 - chance))
    passed, failed = passed.reshape(2, -1), failed.reshape(2, -1)
    cost: Array | float = p.project_cost
    if levers.project_cost_saved.active:
        cost = cost * (1.0 - levers.project_cost_saved.on(world.firm_view(rows)))
    started = draws.poisson("research.start", key, effective / cost)
    projects[busy] -= (passed + failed).T
    projects[busy, 1] += passed[0]
    projects[:, 0] += started
    f.projects[rows] = projects

    winners = np.flatnonzero(passed[1])
    at = busy[winners]
    f.project_gain[rows[at]] = invention.project_gain(
        passed[1, winners],
        draws.normal("research.gain", key[at]),
        invention.business_lines(f.sales_year[rows[at]], p),
        passing[winners],
        world.region.industries.opportunity[f.industry[rows[at]]],
        p,
    )
    world.records.flow("projects_started", started.sum())
    world.records.flow("projects_finished", failed.sum() + passed[1].sum())
    world.records.flow("projects_succeeded", passed[1].sum())


def step(world: World, levers: Levers, draws: Draws, p: Any) -> None:
    """Let institutes and firms do a quarter of research."""
    _spend_institutes(world, levers, p)
    f = world.firms
    rows = f.live
    if not len(rows):
        world.records["collaborations"] = np.zeros(len(world.externals), dtype=np.int64)
        return
    effective, stock = _budget_and_report(world, levers, draws, rows, p)
    absorption = knowledge.absorptive_capacity(stock, p)
    lead, heard = _learn(world, levers, rows, effective, absorption, p)
    capital = _research_capital(world, rows, stock, p)
    f.productivity[rows] = knowledge.next_productivity(
        f.productivity[rows], f.quality[rows], lead, capital, draws.normal("research.productivity", f.key[rows]), p
    )
    opportunity = world.region.industries.opportunity[f.industry[rows]]
    patents.renew(world, levers, draws, rows, invention.invention_mean(effective, absorption, heard, opportunity, p), p)
    _run_projects(world, levers, draws, rows, effective, p)
    calls.hold(world, levers, draws, rows, p)
    challenges.review(world, draws, p)
    challenges.announce(world, levers, draws, rows, p)
