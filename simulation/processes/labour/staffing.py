"""How many people of each skill an employer needs, can afford, and lets go."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import exprel

from simulation.populations.funds import ANGEL, BANK, GUARANTOR, GUIDANCE
from simulation.populations.talent import BROKER, FINANCE, MANAGEMENT, RESEARCH, SKILLED, SKILLS

if TYPE_CHECKING:
    from simulation.processes.labour.parameters import LabourParameters
    from simulation.space.region import Region

Array = np.ndarray


class Work(NamedTuple):
    """What the firms and institutes of a 1:1 district have to do, million CNY a year."""

    value_added: float
    research: float
    """R&D budgets of firms."""
    sales: float
    institutes: float
    """Budgets of institutes."""


class StaffNorms(NamedTuple):
    """People needed at the start for each million CNY a year; ratios, the same at every scale."""

    skilled: float
    """Skilled workers per value added of firms."""
    research: float
    """Researchers per R&D budget of firms."""
    broker: float
    """Brokers per R&D budget of firms."""
    finance: float
    """Finance people per sales of firms."""
    management: float
    """Managers per skilled worker and researcher of firms."""
    institute: float
    """Staff of all skills per budget of institutes."""


def staff_norms(region: Region, work: Work, p: LabourParameters) -> StaffNorms:
    """Return the staffing norms at which the work of the start gives the region's talent its jobs.

    Parameters
    ----------
    region : gives levels of talent and unemployment, and institutes
    work : in the quarter in which those levels hold
    p : parameters of the labour market
    """
    levels = {name: level.value for name, level in region.levels.items()}
    employed = levels["talent"] * (1.0 - levels["unemployment"]) * (1.0 + p.usual_openings)
    supply = employed * np.array([levels[f"talent_{skill}"] for skill in SKILLS])
    institutes = float(region.institutes.staff.sum())
    in_firms = supply - institutes * institute_mix(p)
    in_firms[FINANCE] -= supply[FINANCE] * p.finance_in_funds
    in_firms = np.maximum(in_firms, 0.1 * supply)
    return StaffNorms(
        skilled=in_firms[SKILLED] / work.value_added,
        research=in_firms[RESEARCH] / work.research,
        broker=in_firms[BROKER] / work.research,
        finance=in_firms[FINANCE] / work.sales,
        management=in_firms[MANAGEMENT] / (in_firms[SKILLED] + in_firms[RESEARCH]),
        institute=institutes / work.institutes,
    )


def institute_mix(p: LabourParameters) -> Array:
    """Return the share of each skill in an institute's staff, (5,), adding to one."""
    rest = 1.0 - p.institute_skilled - p.institute_broker - p.institute_management
    return np.array([rest, p.institute_skilled, p.institute_broker, 0.0, p.institute_management])


def firm_staff_needed(value_added: Array, rd_budget: Array, sales: Array, industry: Array, wages: Array,
                      norms: StaffNorms, elasticity: float) -> Array:
    """Return the people a firm needs for what it sells and means to research.

    Parameters
    ----------
    value_added, rd_budget, sales : (n,) million CNY a year, at the labour productivity of the start
    industry : (n,) index
    wages : (S, 5) by industry and skill, relative to the start and the common trend
    norms : needs at the start
    elasticity : percent fewer people of a skill for each percent higher wage

    Returns
    -------
    (n, 5) float people by skill; a research budget buys fewer researchers in proportion to their wage

    References
    ----------
    Lichter, Peichl and Siegloch (2015), The own-wage elasticity of labor demand: a meta-regression analysis.
    """
    dear = (wages**-elasticity)[industry]
    needed = np.empty((len(sales), len(SKILLS)))
    needed[:, SKILLED] = norms.skilled * value_added * dear[:, SKILLED]
    needed[:, RESEARCH] = norms.research * rd_budget / wages[industry, RESEARCH]
    needed[:, BROKER] = norms.broker * rd_budget * dear[:, BROKER]
    needed[:, FINANCE] = norms.finance * sales * dear[:, FINANCE]
    needed[:, MANAGEMENT] = norms.management * (needed[:, SKILLED] + needed[:, RESEARCH]) * dear[:, MANAGEMENT]
    return needed


def replaced_pay(wages: Array, starting: Array, elasticity: float) -> Array:
    """Return the pay of ordinary staff whose work each person of a skill does.

    Who is hired only because a skill has become cheaper replaces ordinary staff of the pay at which the hire began to
    be worth while; a skill that has become dearer is replaced by them in turn. So the last person hired is worth the
    wage. Spread over all people of the skill; nothing at the wages of the start.

    Parameters
    ----------
    wages : (S, 5) by industry and skill, relative to the start and the common trend
    starting : (S, 5) wages of the start with the common trend, million CNY
    elasticity : percent fewer people of a skill for each percent higher wage

    Returns
    -------
    (S, 5) in the unit of `starting`; nothing for researchers, who are paid from a budget and give research

    References
    ----------
    Hamermesh (1993), Labor Demand, chapter 2 (a factor's demand curve is its marginal product).
    """
    lower = np.log(wages)
    replaced = -elasticity * starting * wages * lower * exprel((elasticity - 1.0) * lower)
    replaced[:, RESEARCH] = 0.0
    return replaced


def fund_staff_needed(kind: Array, domicile: Array, firms: float, wages: Array, p: LabourParameters) -> Array:
    """Return the people that funds, banks and guarantors need.

    Parameters
    ----------
    kind, domicile : (n,) indices, see `simulation.populations.funds`
    firms : number of firms in the district
    wages : (5,) by skill, relative to the start and the common trend
    p : parameters of the labour market

    Returns
    -------
    (n, 5) float people by skill; a virtual presence hires few people here, a real office more
    """
    needed = np.zeros((len(kind), len(SKILLS)))
    presence = np.array([1.0, p.virtual_office, p.real_office])[domicile]
    people = np.where(kind == ANGEL, p.angel_staff, p.fund_staff) * presence
    banks = max(int((kind == BANK).sum()), 1)
    people = np.where(kind == BANK, p.bank_staff * firms / banks, people)
    people = np.where(kind == GUARANTOR, p.guarantor_staff * firms, people)
    people = np.where(kind == GUIDANCE, 0.0, people)  # run by the district's own officials
    needed[:, FINANCE] = people
    needed[:, MANAGEMENT] = 0.2 * people
    return needed * wages**-p.demand_elasticity


def affordable_hires(gap: Array, wage: Array, money: Array) -> Array:
    """Return how much of a wish for more staff an employer can pay.

    Parameters
    ----------
    gap : (n, 5) people wanted beyond those there
    wage : (5,) wage of a new colleague, million CNY a quarter
    money : (n,) million CNY a quarter for more wages

    Returns
    -------
    (n,) share of the gap in [0, 1]
    """
    cost = np.maximum(gap, 0.0) @ wage
    return np.clip(money / np.maximum(cost, 1e-12), 0.0, 1.0)


def excess_staff(staff: Array, wanted: Array, short: Array, tolerance: float, speed: float) -> Array:
    """Return how many people of each skill are let go.

    Parameters
    ----------
    staff, wanted : (n, 5) people
    short : (n,) bool, the employer is short of money and keeps nobody whom it does not want
    tolerance : excess over the wanted number that the others keep, as a share of it
    speed : share of what exceeds it that goes in a quarter

    Returns
    -------
    (n, 5) int; at the others nobody while staff is within one person, or the tolerance, of what is wanted

    References
    ----------
    Giroud and Mueller (2017), Firm leverage, consumer demand, and employment losses during the Great Recession.
    """
    excess = np.zeros(staff.shape, dtype=np.int64)
    employer, skill = np.nonzero(staff > wanted)
    there, enough = staff[employer, skill], wanted[employer, skill]
    kept = np.where(short[employer], enough, np.maximum(enough * (1.0 + tolerance), enough + 1.0))
    excess[employer, skill] = np.ceil(speed * np.maximum(there - kept, 0.0))
    return excess


def lowest_in_groups(group: Array, score: Array, keys: Array, take: Array) -> Array:
    """Return which members of each group have its lowest scores.

    Parameters
    ----------
    group : (n,) int
    score : (n,) float
    keys : (n,) int64, tie-breaker
    take : (g,) int, how many of each group

    Returns
    -------
    (n,) bool
    """
    order = np.lexsort((keys, score, group))
    ordered = group[order]
    rank = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    chosen = np.zeros(len(group), dtype=bool)
    chosen[order] = rank < take[ordered]
    return chosen
