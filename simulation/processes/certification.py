"""Certification: firms climb the ladder by their own doing, hold certificates for three years, and lose them.

A firm applies when it meets the real rules and expects the certificate to be worth the trouble.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.parameters import Parameters, param
from simulation.populations.talent import RESEARCH, SKILLED
from simulation.processes.ladder import (
    BAND_LIMITS,
    BAND_THRESHOLDS,
    application_probability,
    centre_level,
    core_rights,
    high_tech_income_share,
    is_champion,
    is_leader,
    meets_high_tech,
    science_staff_share,
    tech_sme_score,
)

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import World

READS = (
    "firms.industry",
    "firms.born",
    "firms.sales",
    "firms.sales_year",
    "firms.margin",
    "firms.rd_spend",
    "firms.rd_reported_3y",
    "firms.staff",
    "firms.labour",
    "firms.patents",
    "firms.rd_stock",
    "firms.new_product_share",
)
WRITES = ("firms.tier", "firms.certificate_until", "firms.champion", "firms.rd_centre", "firms.sales_3y")

OTHER, TECH_SME, HIGH_TECH, LEADER = 1, 2, 3, 4
SMOOTHING = 1.0 / 12.0


class CertificationParameters(Parameters, group="certification"):
    """Rules of the ladder, and what firms expect of a certificate."""

    staff_share: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="certification rules")
    """Science and technology staff over all staff that certification asks for."""
    income_share: float = param(0.60, unit="1", bounds=(0.0, 1.0), source="certification rules")
    """High-tech income over all income that certification asks for."""
    patents_needed: int = param(
        1, unit="patents", bounds=(0, 20), source="certification rules: core intellectual property"
    )
    """Invention patents that stand for core intellectual property."""
    rights_stock: float = param(1.5, unit="million CNY", bounds=(0.0, 100.0), source="assumption")
    """R&D stock that brings as much in utility models and software rights."""
    youngest: float = param(4.0, unit="quarter", bounds=(0.0, 20.0), source="certification rules: one year")
    """Least age of a high-tech enterprise."""
    certificate_life: int = param(12, unit="quarter", bounds=(1, 40), source="certification rules: three years")
    """Validity of a certificate."""
    technicians: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of skilled workers who count as science and technology staff."""
    income_base: float = param(0.53, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Mean high-tech income share of a firm without new products in an average industry."""
    income_opportunity: float = param(0.6, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Rise of that share with the technological opportunity of the industry."""
    income_products: float = param(0.5, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Rise of that share with the share of new products."""
    income_spread: float = param(0.20, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Standard deviation of that share among firms of an industry."""
    dossier_cost: float = param(0.12, unit="million CNY", bounds=(0.0, 5.0), source="assumption")
    """Fees, audits and staff time of an application."""
    reputation: float = param(0.10, unit="million CNY", bounds=(0.0, 5.0), source="assumption")
    """Worth of the title itself over its life, to customers, staff and lenders."""
    precision: float = param(1.0, unit="1", bounds=(0.1, 10.0), source="assumption")
    """Precision with which firms weigh the gain of a certificate against its cost."""
    review_success: float = param(0.85, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Probability that an application that meets the rules passes review."""
    window: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="one batch a year")
    """Probability that a firm gets to a first application in a quarter."""
    sme_score: float = param(60.0, unit="points", bounds=(0.0, 100.0), source="evaluation rules for tech SMEs (2017)")
    """Points that a tech SME needs."""
    sme_sales: float = param(
        200.0, unit="million CNY a year", bounds=(0.0, 1e4), source="evaluation rules for tech SMEs (2017)"
    )
    """Highest sales of a tech SME."""
    sme_staff: float = param(500.0, unit="people", bounds=(0.0, 1e5), source="evaluation rules for tech SMEs (2017)")
    """Largest staff of a tech SME."""
    sme_interest: float = param(0.9, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Probability that a firm that qualifies as tech SME has itself listed in a year."""
    leader_sales: float = param(150.0, unit="million CNY a year", bounds=(0.0, 1e5), source="assumption")
    """Sales of an innovation leader."""
    leader_patents: float = param(12.0, unit="patents", bounds=(0.0, 1e4), source="assumption")
    """Patents in force of an innovation leader."""
    leader_kept: float = param(0.7, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Part of the sales and patents with which a leader stays one."""
    champion_sales_low: float = param(10.0, unit="million CNY a year", bounds=(0.0, 1e4), source="assumption")
    """Least sales of a specialised champion."""
    champion_sales_high: float = param(400.0, unit="million CNY a year", bounds=(0.0, 1e5), source="assumption")
    """Highest sales of a specialised champion."""
    champion_ratio: float = param(
        0.03, unit="1", bounds=(0.0, 1.0), source="selection rules for champions: 3 % and more"
    )
    """R&D over sales of a specialised champion."""
    champion_patents: float = param(2.0, unit="patents", bounds=(0.0, 100.0), source="selection rules for champions")
    """Patents in force of a specialised champion."""
    champion_age: float = param(
        8.0, unit="quarter", bounds=(0.0, 60.0), source="selection rules for champions: two years"
    )
    """Least age of a specialised champion."""
    champion_rate: float = param(0.10, unit="1", bounds=(0.0, 1.0), per="year", kind="probability", source="assumption")
    """Probability that a firm that qualifies is selected as champion."""
    centre_rd: tuple[float, float, float] = param((1.0, 4.0, 12.0), unit="million CNY a year", source="assumption")
    """Real R&D of a district, city and province R&D centre."""
    centre_researchers: tuple[float, float, float] = param((3.0, 10.0, 25.0), unit="people", source="assumption")
    """Researchers of a district, city and province R&D centre."""
    centre_rate: float = param(0.2, unit="1", bounds=(0.0, 1.0), per="year", kind="probability", source="assumption")
    """Probability that a firm whose research carries a higher centre level has it recognised."""


PARAMETERS = CertificationParameters


def expected_gain(
    margin: Array,
    sales_year: Array,
    rd_year: Array,
    rate_gap: float,
    super_deduction: float,
    life: float,
    reputation: float,
) -> Array:
    """Return what a firm expects of a certificate over its life: lower income tax, and the title's worth.

    Parameters
    ----------
    margin : (n,) profit over sales, smoothed
    sales_year, rd_year : (n,) million CNY a year
    rate_gap : standard less high-tech rate of income tax
    super_deduction : share of R&D deducted a second time
    life : years
    reputation : million CNY

    Returns
    -------
    (n,) million CNY
    """
    profit = np.maximum(margin * sales_year - super_deduction * rd_year, 0.0)
    return rate_gap * life * profit + reputation


def step(world: World, levers: Levers, draws: Draws, p: Any) -> None:
    """Review the ladder: certificates that end, applications, yearly listings, champions and centres."""
    f, now = world.firms, world.quarter
    rows = f.live
    if not len(rows):
        return
    key, age = f.key[rows], now - f.born[rows]
    f.sales_3y[rows] += f.sales[rows] - SMOOTHING * f.sales_3y[rows]
    sales_year, patents, tier = f.sales_year[rows], f.patents[rows], f.tier[rows].astype(np.int64)
    ratio = f.rd_reported_3y[rows] / np.maximum(f.sales_3y[rows], 1e-6)
    staff = f.staff[rows]
    people = staff.sum(axis=1) + f.labour[rows]
    science = science_staff_share(staff[:, RESEARCH], staff[:, SKILLED], people, p.technicians)

    opportunity = world.region.industries.opportunity[f.industry[rows]]
    own = draws.normal("certification.income", key, fixed=True)
    income = high_tech_income_share(opportunity, f.new_product_share[rows], own, p)
    rights = core_rights(patents, f.rd_stock[rows], p)
    meets = meets_high_tech(ratio, sales_year, science, income, rights, age, p)
    state = world.records.state
    rate_gap = max(state.get("standard_rate", 0.25) - state.get("high_tech_rate", 0.15), 0.0)
    gain = expected_gain(
        f.margin[rows],
        sales_year,
        ratio * sales_year,
        rate_gap,
        state.get("super_deduction", 0.75),
        p.certificate_life / 4.0,
        p.reputation,
    )
    worth = application_probability(gain, np.full(len(rows), p.dossier_cost), p.precision) * p.review_success

    held = tier >= HIGH_TECH
    ending = held & (f.certificate_until[rows] <= now)
    chance = np.where(held, np.where(ending, worth, 0.0), worth * p.window)
    passed = meets & draws.happens("certification.review", key, chance)
    promoted, lapsed = passed & ~held, ending & ~passed
    until = f.certificate_until[rows]
    until[passed] = now + p.certificate_life
    until[lapsed] = -1
    certified = (held & ~lapsed) | promoted

    listed = _listed(world, draws, rows, tier, science, ratio, people, p)
    was_leader = tier == LEADER
    part = np.where(was_leader, p.leader_kept, 1.0)
    leads = is_leader(sales_year, patents, ratio, p.leader_sales * part, p.leader_patents * part)
    leads = certified & np.where(was_leader & ~ending, True, leads)
    new_tier = np.where(certified, np.where(leads, LEADER, HIGH_TECH), np.where(listed, TECH_SME, OTHER))
    f.certificate_until[rows], f.tier[rows] = until, new_tier

    fit = is_champion(sales_year, ratio, f.margin[rows], patents, age, p)
    kept = f.champion[rows] & (ratio >= 0.5 * p.champion_ratio)
    f.champion[rows] = kept | (fit & draws.happens("certification.champion", key, p.champion_rate))
    carried = centre_level(4.0 * f.rd_spend[rows], staff[:, RESEARCH], p)
    centre = f.rd_centre[rows]
    raised = (carried > centre) & draws.happens("certification.centre", key, p.centre_rate)
    f.rd_centre[rows] = centre + raised

    flow = world.records.flow
    flow("high_tech_promoted", promoted.sum())
    flow("high_tech_lapsed", lapsed.sum())
    flow("tech_sme_new", ((new_tier == TECH_SME) & (tier == OTHER)).sum())
    world.records["certificate"] = {
        "bands": np.array(BAND_LIMITS),
        "intensities": np.array(BAND_THRESHOLDS),
        "tax_gain": rate_gap,
        "mean_gain": float(gain[meets].mean()) if meets.any() else 0.0,
    }


def _listed(
    world: World, draws: Draws, rows: Array, tier: Array, science: Array, ratio: Array, people: Array, p: Any
) -> Array:
    """Whether a firm is listed as tech SME: evaluated once a year, in a quarter that is its own."""
    f = world.firms
    score = tech_sme_score(science, ratio, f.patents[rows], f.new_product_share[rows])
    fits = (score >= p.sme_score) & (f.sales_year[rows] <= p.sme_sales) & (people <= p.sme_staff)
    due = ((f.key[rows] + world.quarter) % 4 == 0) | (tier >= HIGH_TECH)
    wants = draws.uniform("certification.listing", f.key[rows], fixed=True) < p.sme_interest
    return np.where(due, fits & wants, tier == TECH_SME)
