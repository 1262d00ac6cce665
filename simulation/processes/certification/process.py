"""Certification: firms climb the ladder by their own doing, hold certificates for three years, and lose them.

A firm applies when it meets the real rules and expects the certificate to be worth the trouble.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from simulation.parameters import Parameters, param
from simulation.populations.columns import Array
from simulation.populations.firms import ORIGINS
from simulation.populations.talent import RESEARCH, SKILLED
from simulation.processes.certification.ladder import (
    BAND_LIMITS,
    BAND_THRESHOLDS,
    application_probability,
    centre_level,
    core_rights,
    high_tech_income_share,
    is_champion,
    is_leader,
    meets_high_tech,
    opened_window,
    recognition_chance,
    science_staff_share,
    tech_sme_score,
)

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World

READS = (
    "firms.origin",
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
    "levers.certificate_award",
    "levers.champion_award",
    "levers.listing_award",
    "levers.dossier_support",
    "levers.centre_award",
    "levers.centre_money",
    "levers.certification_time_saved",
)
WRITES = (
    "firms.tier",
    "firms.best_tier",
    "firms.certificate_until",
    "firms.champion",
    "firms.rd_centre",
    "firms.sales_3y",
    "firms.grant_left",
)

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
    rights_stock: float = param(0.5, unit="million CNY", bounds=(0.01, 100.0), source="assumption")
    """R&D stock that brings as much in four utility models or software rights."""
    youngest: float = param(4.0, unit="quarter", bounds=(0.0, 20.0), source="certification rules: one year")
    """Least age of a high-tech enterprise."""
    certificate_life: int = param(12, unit="quarter", bounds=(1, 40), source="certification rules: three years")
    """Validity of a certificate."""
    technicians: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of skilled workers who count as science and technology staff."""
    owner_time: float = param(0.4, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of an owner's time that counts as science and technology work."""
    income_base: float = param(0.535, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Mean high-tech income share of a firm without new products in an average industry."""
    income_opportunity: float = param(0.6, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Rise of that share with the technological opportunity of the industry."""
    income_products: float = param(0.5, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Rise of that share with the share of new products."""
    income_spread: float = param(0.20, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Standard deviation of that share among firms of an industry."""
    dossier_cost: float = param(0.12, unit="million CNY", bounds=(0.0, 5.0), indexed=True, source="assumption")
    """Fees, audits and staff time of an application."""
    paperwork_share: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost of an application that is paperwork, which services can save; the rest is audits and proof."""
    reputation: float = param(0.25, unit="million CNY", bounds=(0.0, 5.0), indexed=True, source="assumption")
    """Worth of the title itself over its life, to customers, staff and lenders."""
    precision: float = param(1.5, unit="1", bounds=(0.1, 10.0), source="assumption")
    """Precision with which firms weigh the gain of a certificate against its cost."""
    review_success: float = param(0.85, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Probability that an application that meets the rules passes review."""
    window: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption: several batches a year")
    """Probability that a firm gets to a first application in a quarter."""
    sme_score: float = param(60.0, unit="points", bounds=(0.0, 100.0), source="evaluation rules for tech SMEs (2017)")
    """Points that a tech SME needs."""
    sme_sales: float = param(
        200.0, unit="million CNY a year", bounds=(0.0, 1e4), source="evaluation rules for tech SMEs (2017)"
    )
    """Highest sales of a tech SME."""
    sme_staff: float = param(500.0, unit="people", bounds=(0.0, 1e5), source="evaluation rules for tech SMEs (2017)")
    """Largest staff of a tech SME."""
    sme_interest: float = param(0.85, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Probability that a firm that qualifies as tech SME has itself listed in a year."""
    listing_effort: float = param(0.05, unit="million CNY", bounds=(0.001, 5.0), indexed=True, source="assumption")
    """Award for a first listing that wins over all but 1/e of those who do not care to be listed."""
    leader_sales: float = param(50.0, unit="million CNY a year", bounds=(0.0, 1e5), source="assumption")
    """Sales of an innovation leader."""
    leader_patents: float = param(4.0, unit="patents", bounds=(0.0, 1e4), source="assumption")
    """Patents in force of an innovation leader."""
    leader_ratio: float = param(0.03, unit="1", bounds=(0.0, 1.0), source="assumption")
    """R&D over sales of an innovation leader."""
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
    centre_pull: float = param(1.0, unit="1/million CNY", bounds=(0.0, 20.0), source="assumption")
    """Rise of the rate of recognition with the money that comes with it."""


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


def listing_interest(interest: float, award: Array | float, effort: float) -> Array | float:
    """Return the share of firms that have themselves listed as tech SME when an award is paid for it.

    Parameters
    ----------
    interest : share without an award
    award : (n,) or scalar, million CNY
    effort : award that wins over all but 1/e of the others, million CNY

    Returns
    -------
    (n,) or scalar in [0, 1]
    """
    return 1.0 - (1.0 - interest) * np.exp(-np.asarray(award) / effort)


class Case(NamedTuple):
    """What n firms can show at a review, and what a certificate is worth to them; each (n,)."""

    age: Array
    ratio: Array
    """Reported R&D over sales, three years."""
    meets: Array
    """Meets every rule of a high-tech enterprise."""
    gain: Array
    """Expected from a certificate, million CNY."""
    worth: Array
    """Probability that the firm applies and passes."""
    points: Array
    """Points as tech SME; none for firms too large or that do not care to be listed."""


def opening_tiers(
    held: Array, first: Array, leading: Array, points: Array, leaders: int, high_tech: int, tech_smes: int
) -> Array:
    """Return the tiers at the start of a run: each title goes to those first in line for it.

    Parameters
    ----------
    held : (n,) tiers that are known (a user's own firms) and stay; 0 for the others
    first, leading, points : (n,) places in line for a certificate, for leadership among the certified, for the list
    leaders, high_tech, tech_smes : numbers of titles

    Returns
    -------
    (n,) int, 1 to 4
    """
    tier = np.where(held > 0, held, OTHER)
    for title, number, line, among in (
        (HIGH_TECH, high_tech + leaders - (held >= HIGH_TECH).sum(), first, held == 0),
        (LEADER, leaders - (held == LEADER).sum(), leading, None),
        (TECH_SME, tech_smes - (held == TECH_SME).sum(), points, None),
    ):
        if among is None:
            among = (held == 0) & (tier == (HIGH_TECH if title == LEADER else OTHER))
        open_to = np.flatnonzero(among)
        tier[open_to[np.argsort(-line[open_to], kind="stable")[: max(number, 0)]]] = title
    return tier


def step(world: World, levers: Levers, draws: Draws, p: Any) -> None:
    """Review the ladder: certificates that end, applications, yearly listings, champions and centres."""
    f, now, flow = world.firms, world.quarter, world.records.flow
    rows = f.live
    if not len(rows):
        return
    key = f.key[rows]
    f.sales_3y[rows] += f.sales[rows] - SMOOTHING * f.sales_3y[rows]
    rate_gap = _rate_gap(world)
    saved = levers.certification_time_saved
    time_saved = np.broadcast_to(saved.on(world.firm_view(rows)), len(rows)) if saved.active else None
    case = _case(world, levers, draws, rows, rate_gap, time_saved, p)
    if now == 0:
        _award_opening_titles(world, draws, rows, case, p)

    tier, until = f.tier[rows].astype(np.int64), f.certificate_until[rows]
    best = np.maximum(f.best_tier[rows], tier)
    held = tier >= HIGH_TECH
    audited = np.zeros(len(f), dtype=bool)
    caught = f.rows_of(world.records.get("audit_found", ()))
    audited[caught[caught >= 0]] = True
    revoked = held & audited[rows]
    ending = (held & (until <= now)) | revoked
    applicants = np.flatnonzero(case.meets & (ending | ~held) & ~revoked)
    window = p.window if time_saved is None else opened_window(p.window, time_saved[applicants])
    chance = case.worth[applicants] * np.where(held[applicants], 1.0, window)
    passed = np.zeros(len(rows), dtype=bool)
    luck = draws.uniform("certification.review", key[applicants])
    passed[applicants] = luck < chance
    applying = rows[applicants[luck < chance / p.review_success]]
    cost = _dossier_cost(len(rows), time_saved, p)[applicants[luck < chance / p.review_success]]
    world.ledger.pay("certification", f.at(applying), "households", cost)
    world.records.table(
        "applications", firm_key=f.key[applying], tier=f.tier[applying].astype(np.int64),
        best=np.maximum(f.best_tier[applying], f.tier[applying]), cost=cost,
    )
    promoted, lapsed = passed & ~held, ending & ~passed
    until[passed] = now + p.certificate_life
    until[lapsed] = -1
    certified = (held & ~lapsed) | promoted

    due = ((key + now) % 4 == 0) | held
    listed = np.where(due, case.points >= p.sme_score, tier == TECH_SME)
    led = tier == LEADER
    leads = is_leader(f.sales_year[rows], f.patents[rows], case.ratio, np.where(led, p.leader_kept, 1.0), p)
    leads = certified & ((led & ~ending) | leads)
    new_tier = np.where(certified, np.where(leads, LEADER, HIGH_TECH), np.where(listed, TECH_SME, OTHER))
    f.certificate_until[rows], f.tier[rows] = until, new_tier
    up = np.flatnonzero(new_tier > best)
    world.records.table("titles", firm_key=key[up], tier=tier[up], best=best[up], reached=new_tier[up])
    f.best_tier[rows] = np.maximum(best, new_tier)
    _select_champions_and_centres(world, levers, draws, rows, case, p)

    flow("certified_new", promoted.sum())
    flow("certified_lapsed", lapsed.sum())
    flow("certified_revoked", revoked.sum())
    flow("tech_smes_new", ((new_tier == TECH_SME) & (tier == OTHER)).sum())
    world.records["certificate"] = {
        "bands": np.array(BAND_LIMITS),
        "intensities": np.array(BAND_THRESHOLDS),
        "tax_gain": rate_gap,
        "rights_stock": p.rights_stock,
        "life": p.certificate_life,
        "mean_gain": float(case.gain[case.meets].mean()) if case.meets.any() else 0.0,
    }


def _dossier_cost(firms: int, time_saved: Array | None, p: Any) -> Array:
    """Return what an application costs each firm, (n,) million CNY."""
    cost = np.full(firms, p.dossier_cost)
    return cost if time_saved is None else cost * (1.0 - p.paperwork_share * time_saved)


def _rate_gap(world: World) -> float:
    """Tax rate that a certificate saves, as production publishes it."""
    state = world.records.state
    return max(state.get("standard_rate", 0.25) - state.get("high_tech_rate", 0.15), 0.0)


def _case(
    world: World, levers: Levers, draws: Draws, rows: Array, rate_gap: float, time_saved: Array | None, p: Any
) -> Case:
    """Collect what firms can show, and what they expect."""
    f = world.firms
    key, age, staff = f.key[rows], world.quarter - f.born[rows], f.staff.take(rows, axis=0)
    sales_year, patents, products = f.sales_year[rows], f.patents[rows], f.new_product_share[rows]
    ratio = f.rd_reported_3y[rows] / np.maximum(f.sales_3y[rows], 1e-6)
    people = np.einsum("ns->n", staff) + f.labour[rows]
    science = science_staff_share(staff[:, RESEARCH], staff[:, SKILLED], people, p.technicians, p.owner_time)
    opportunity = world.region.industries.opportunity[f.industry[rows]]
    own = draws.normal("certification.income", key, fixed=True)
    income = high_tech_income_share(opportunity, products, own, p)
    rights = core_rights(patents, f.rd_stock[rows], p)
    meets = meets_high_tech(ratio, sales_year, science, income, rights, age, p)
    deduction = world.records.state.get("super_deduction", 0.75)
    years = p.certificate_life / 4.0
    gain = expected_gain(f.margin[rows], sales_year, ratio * sales_year, rate_gap, deduction, years, p.reputation)
    view = world.firm_view(rows)
    if levers.certificate_award.active:
        gain = gain + levers.certificate_award.on(view)
    cost = _dossier_cost(len(rows), time_saved, p)
    if levers.dossier_support.active:
        cost = cost * (1.0 - levers.dossier_support.on(view))
    worth = application_probability(gain, cost, p.precision) * p.review_success
    interest: Array | float = p.sme_interest
    if levers.listing_award.active:
        interest = listing_interest(p.sme_interest, levers.listing_award.on(view), p.listing_effort)
    wants = draws.uniform("certification.listing", key, fixed=True) < interest
    small = (sales_year <= p.sme_sales) & (people <= p.sme_staff)
    points = np.where(small & wants, tech_sme_score(science, ratio, patents, f.rd_stock[rows], p), 0.0)
    return Case(age, ratio, meets, gain, worth, points)


def _award_opening_titles(world: World, draws: Draws, rows: Array, case: Case, p: Any) -> None:
    """Give the region's opening number of titles to firms that would hold them; a user's own firms keep theirs."""
    f, levels = world.firms, world.region.levels
    own = f.origin[rows] == ORIGINS.index("listed")
    counts = [round(levels[name].value * world.scale) for name in ("leaders", "high_tech_enterprises", "tech_smes")]
    leads = is_leader(f.sales_year[rows], f.patents[rows], case.ratio, np.ones(len(rows)), p)
    order = np.argsort(f.key[rows], kind="stable")  # equal points go by key, not by row
    tier = np.empty(len(rows), dtype=np.int64)
    tier[order] = opening_tiers(
        np.where(own, f.tier[rows], 0)[order],
        (2.0 * case.meets + case.worth)[order],
        (1e6 * leads + f.sales_year[rows])[order],
        case.points[order],
        *counts,
    )
    luck = draws.uniform("certification.opening", f.key[rows], fixed=True)
    until = np.where(tier >= HIGH_TECH, np.floor(luck * p.certificate_life), -1)
    f.certificate_until[rows] = np.where(own, f.certificate_until[rows], until)
    f.tier[rows] = tier


def selection_rate(rate: float, award: Array | float, p: Any) -> Array | float:
    """Return the probability that a qualifying firm is selected as champion, who apply the more the title is worth.

    Parameters
    ----------
    rate : without an award
    award : (n,) or scalar, million CNY
    p : with `reputation`, `dossier_cost`, `precision`

    Returns
    -------
    (n,) or scalar in [0, 1]
    """
    usual, now = (application_probability(p.reputation + a, p.dossier_cost, p.precision) for a in (0.0, award))
    return np.minimum(rate * now / usual, 1.0)


def _select_champions_and_centres(world: World, levers: Levers, draws: Draws, rows: Array, case: Case, p: Any) -> None:
    """Select specialised champions and recognise R&D centres among the firms that qualify."""
    f = world.firms
    key = f.key[rows]
    fit = is_champion(f.sales_year[rows], case.ratio, f.margin[rows], f.patents[rows], case.age, p)
    kept = f.champion[rows] & (case.ratio >= 0.5 * p.champion_ratio)
    new = np.flatnonzero(fit & ~kept)
    rate: Array | float = p.champion_rate
    if levers.champion_award.active:
        rate = selection_rate(p.champion_rate, levers.champion_award.on(world.firm_view(rows[new])), p)
    kept[new] = draws.happens("certification.champion", key[new], rate)
    f.champion[rows] = kept
    world.records["champions_new"] = key[new[kept[new]]]
    centre = f.rd_centre[rows]
    carried = centre_level(4.0 * f.rd_spend[rows], f.staff[:, RESEARCH].take(rows), p)
    able = np.flatnonzero(carried > centre)
    award = np.broadcast_to(levers.centre_award.on(world.firm_view(rows[able])), len(able))
    chance = recognition_chance(award, p) if levers.centre_award.active else p.centre_rate
    gained = able[draws.happens("certification.centre", key[able], chance)]
    centre[gained] += 1
    f.rd_centre[rows] = centre
    if levers.centre_award.active:
        won = np.where(np.isin(able, gained), award, 0.0)
        won *= min(1.0, levers.centre_money.value() / max(float(won.sum()), 1e-12))
        f.grant_left[rows[able]] += won
        paid = won > 0.0
        world.records.table("centres", firm_key=key[able][paid], level=centre[able][paid], award=won[paid])
