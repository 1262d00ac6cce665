"""What employers plan: the people that their work needs, and the whole people that they want for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.draws import Draws
from simulation.populations.segments import starting_wages
from simulation.populations.talent import BROKER, RESEARCH, SKILLED, SKILLS
from simulation.processes.labour.staffing import (
    Work,
    firm_staff_needed,
    fund_staff_needed,
    institute_mix,
    replaced_pay,
    staff_norms,
)

if TYPE_CHECKING:
    from simulation.levers import Levers
    from simulation.processes.labour.parameters import LabourParameters
    from simulation.space.region import Region
    from simulation.world import World

Array = np.ndarray

_ROUNDING = Draws(0)
"""Rounding points are the same in every run, so that the initial population can use them too."""


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


def publish_substitution(world: World, p: LabourParameters) -> None:
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


def short_of_money(world: World) -> Array:
    """Return which living firms are short of money, (n,) bool."""
    f, rows = world.firms, world.firms.live
    return (f.overdue[rows] > 0) | (f.cash[rows] < 0.0)


def distressed(world: World) -> Array:
    """Return which living firms are short of money or have lost some for a year, (n,) bool."""
    return short_of_money(world) | (world.firms.losses[world.firms.live] >= 4)


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
    firms[distressed(world)] *= 1.0 - p.distress_cut

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
