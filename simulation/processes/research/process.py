"""Research: R&D budgets, knowledge with spillovers, inventions and patents, projects; institutes spend too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array
from simulation.processes.research import budgets, calls, challenges, invention, knowledge, patents
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
    "firms.rd_usual",
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
    "firms.rd_invested",
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
    "cells.research",
    "challenges",
)


PARAMETERS = ResearchParameters


def _research_capital(world: World, rows: Array, stock: Array, p: Any) -> Array:
    """Return the log of firms' R&D capital over the usual, above their industry's initial mean.

    Firms found at the start have had the time to become as productive as their R&D makes them.
    """
    f = world.firms
    industry, norms = f.industry[rows], world.region.industries.rd_intensity
    capital = knowledge.research_capital(
        stock, f.sales_year[rows], world.quarter - f.born[rows], norms[industry], budgets.dearness(world), p
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
    np.divide(near, world.scale, out=world.cells.research)

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
    budgets.spend_institutes(world, levers, p)
    f = world.firms
    rows = f.live
    if not len(rows):
        world.records["collaborations"] = np.zeros(len(world.externals), dtype=np.int64)
        return
    effective, stock = budgets.spend_firms(world, levers, draws, rows, p)
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
