"""Venture capital: funds are raised, find firms, hold stakes and sell them; returns are heavy-tailed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.parameters import Parameters, param
from simulation.populations.funds import ANGEL, SUB_FUND, VENTURE
from simulation.populations.talent import FUND, NO_EMPLOYER
from simulation.processes.venture import deals, fund_raising, offices, portfolio, stakes

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import World

READS = (
    "firms.industry", "firms.born", "firms.cash", "firms.debt", "firms.sales", "firms.sales_year", "firms.profit",
    "firms.margin", "firms.quality", "firms.competitiveness", "firms.rd_intensity", "firms.rd_spend", "firms.rd_stock",
    "firms.patents", "firms.patent_value", "firms.tier", "firms.finance_gap", "firms.defaulted", "funds.staff",
    "funds.wage_bill", "funds.kind", "levers.anchor_commitment", "levers.anchor_public_share",
    "levers.anchor_reinvestment", "levers.anchor_tolerance", "levers.office_support", "levers.registration_support",
    "levers.office_inspection",
    "levers.investor_caution",
)
WRITES = (
    "funds.births", "funds.deaths", "funds.drawn", "funds.invested", "funds.invested_local", "funds.returned",
    "funds.mark", "funds.domicile", "funds.own_domicile", "funds.cell",
    "holdings", "firms.equity_public", "firms.equity_private", "firms.stage", "firms.raised",
    "talent.employer_kind", "talent.employer", "talent.since",
)


class VentureParameters(Parameters, group="venture"):
    """Search, screening, value, exits, money and raising of venture funds."""

    seeking_age: int = param(60, unit="quarter", bounds=(4, 200), source="assumption")
    """Age up to which a firm looks for venture money."""
    open_to_equity: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of technology firms whose founders would sell shares."""
    seek_rate: float = param(0.35, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Chance a quarter that a willing firm in need of money looks for it."""
    runway: float = param(6.0, unit="quarter", bounds=(1.0, 20.0), source="assumption")
    """Quarters of its plan that a firm wants to finance."""
    plan_floor: float = param(0.15, unit="million CNY", bounds=(0.0, 10.0), indexed=True, source="assumption")
    """Smallest plan, spending a quarter."""
    ambition: tuple[float, float, float] = param((1.0, 2.0, 3.5), unit="1", source="assumption")
    """Planned spending over present R&D and losses, by stage: seed, early, growth."""
    smallest_ticket: tuple[float, float, float] = param(
        (0.4, 2.0, 8.0), unit="million CNY", indexed=True, source="assumption"
    )
    """Smallest round, by stage."""
    largest_dilution: float = param(0.28, unit="1", bounds=(0.05, 0.6), source="assumption")
    """Largest share of a firm sold in one round."""
    round_gap: int = param(4, unit="quarter", bounds=(1, 20), source="assumption")
    """Quarters between two rounds of a firm."""
    funds_seen: int = param(5, unit="funds", bounds=(1, 100), source="assumption")
    """Funds that a seeker talks to."""
    outside_offers: int = param(4, unit="companies", bounds=(0, 50), source="assumption")
    """Companies elsewhere that a fund looks at in a quarter."""
    outside_tickets: tuple[float, float, float] = param(
        (3.0, 9.0, 22.0), unit="million CNY", indexed=True, source="assumption"
    )
    """Median round of companies elsewhere, by stage."""

    signal_noise: float = param(0.9, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Standard deviation of an average fund's signal of a firm's prospects (themselves 1)."""
    skill_effect: float = param(0.3, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Fall of log noise with screening skill."""
    staff_effect: float = param(0.06, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Fall of log noise with log(1 + finance staff)."""
    record_effect: float = param(0.12, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Fall of log noise with what a firm can show: log(1 + patents), a certificate, an earlier round."""
    afar: tuple[float, float, float] = param((1.4, 1.8, 1.0), unit="1", source="assumption")
    """Factor on the noise about local firms by presence in fund town: none, virtual, real."""
    office_cost: float = param(0.8, unit="million CNY a year", bounds=(0.0, 20.0), indexed=True, source="assumption")
    """What a real office in fund town costs managers more, at the median."""
    registration_cost: float = param(
        0.08, unit="million CNY a year", bounds=(0.0, 5.0), indexed=True, source="assumption"
    )
    """What an address in fund town costs managers more, at the median."""
    office_spread: float = param(0.7, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Standard deviation of the log of these costs."""
    office_review: float = param(0.15, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Chance a quarter that managers think about their presence anew while it is or was supported."""
    sham_offices: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of managers who would claim support for an office that is only a name on a door."""
    hurdle: float = param(0.45, unit="1", bounds=(-2.0, 3.0), source="assumption")
    """Expected quality from which a fund invests."""
    stage_mismatch: float = param(0.35, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Expected quality that a stage away from the preferred one must make up for."""
    public_distaste: float = param(0.25, unit="1", bounds=(0.0, 3.0), source="Colonnelli, Li, Liu (2024), size assumed")
    """Utility that a mean firm loses with government money; better firms lose more."""
    blame_weight: float = param(0.5, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Expected quality by which managers who answer for public losses mark a seed deal down."""
    duty_weight: float = param(1.2, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Expected quality that a fund behind its local duty gives up for a local deal."""

    investing_quarters: int = param(20, unit="quarter", bounds=(4, 60), source="assumption")
    """Quarters after closing in which a fund makes new deals."""
    life: int = param(40, unit="quarter", bounds=(12, 100), source="assumption")
    """Life of a fund."""
    deployed_share: float = param(0.82, unit="1", bounds=(0.3, 1.0), source="assumption")
    """Share of the capital that goes into deals; fees take the rest."""
    largest_ticket: float = param(0.12, unit="1", bounds=(0.01, 1.0), source="assumption")
    """Largest deal over the fund's capital (angels: three times as much)."""

    revenue_multiple: float = param(1.5, unit="year", bounds=(0.1, 20.0), source="assumption")
    """Value over yearly sales of a firm without growth or margin."""
    growth_horizon: float = param(3.0, unit="1", bounds=(0.0, 12.0), source="assumption")
    """Rise of log value with recent log growth."""
    margin_weight: float = param(2.5, unit="1", bounds=(0.0, 10.0), source="assumption")
    """Rise of log value with the margin."""
    intangible_weight: float = param(1.0, unit="1", bounds=(0.0, 10.0), source="assumption")
    """Value of a yuan of R&D stock or of patents."""
    value_floor: float = param(0.5, unit="million CNY", bounds=(0.0, 10.0), indexed=True, source="assumption")
    """Value of a team with an idea."""
    news: float = param(0.30, unit="1", bounds=(0.0, 1.0), source="assumption; Cochrane (2005) finds 0.45 in all")
    """Standard deviation of a quarter's log change of a firm's price by news beyond its books."""
    volatility_prior: float = param(0.34, unit="1", bounds=(0.05, 1.0), source="assumption")
    """Prior of the standard deviation of a quarter's log change of stakes elsewhere."""
    volatility_weight: float = param(60.0, unit="stakes", bounds=(1.0, 1e5), source="assumption")
    """Weight of that prior against the marks of local stakes that are seen."""
    volatility_until: int = param(7, unit="quarter", bounds=(0, 40), source="burn-in")
    """Last quarter in which local marks are counted; the same in every world that differs only later."""
    sale_noise: float = param(0.3, unit="1", bounds=(0.0, 1.5), source="assumption")
    """Standard deviation of the log of a price over the mark when a stake is sold."""
    outside_drift: float = param(-0.034, unit="1", bounds=(-0.3, 0.3), source="assumption")
    """Mean log change a quarter of stakes elsewhere."""
    outside_quality_effect: float = param(0.030, unit="1", bounds=(0.0, 0.3), source="assumption")
    """Rise of that drift with quality."""
    outside_death: float = param(0.012, unit="1", bounds=(0.0, 0.2), source="assumption")
    """Chance a quarter that a company elsewhere fails."""

    shortest_holding: int = param(20, unit="quarter", bounds=(2, 60), source="assumption")
    """Quarters after which a fund may want to sell."""
    longest_holding: int = param(32, unit="quarter", bounds=(4, 80), source="assumption")
    """Quarters after which every fund wants to sell."""
    exit_rate: float = param(0.4, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Chance a quarter of finding a buyer once a fund wants to sell."""
    listing_value: float = param(600.0, unit="million CNY", bounds=(10.0, 1e5), indexed=True, source="assumption")
    """Value from which a profitable firm may be listed; innovation leaders may be from half of it."""
    listing_rate: float = param(0.05, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Chance a quarter that such a firm is listed before its funds want to sell."""
    redeemed_below: float = param(0.9, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Value over money put in below which a fund asks the firm to buy it out."""
    redemption_rate: float = param(0.08, unit="1", bounds=(0.0, 0.3), per="year", kind="growth", source="assumption")
    """Interest agreed for redemption."""
    redemption_cash: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of a firm's cash that a redemption can take."""

    fee: float = param(0.02, unit="1", bounds=(0.0, 0.1), per="year", kind="flow", source="assumption")
    """Management fee on capital; half of it after the investing period, none for angels."""
    carry: float = param(0.2, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Managers' share of profit once investors have their money back."""
    prior_multiple: float = param(1.5, unit="1", bounds=(0.2, 5.0), source="assumption")
    """Multiple that investors expect of a fund without a record."""
    prior_weight: float = param(0.5, unit="1", bounds=(0.01, 10.0), source="assumption")
    """Weight of that prior, in units of a fund's capital."""

    candidates: float = param(1.07, unit="1/1000 firms", bounds=(0.0, 1e3), source="assumption")
    """Managers a quarter who try to raise a venture fund, for each thousand firms of the region's level.

    At the expected multiple a third of them succeed; over a fund's life that replaces `initial.venture_funds`.
    """
    angel_candidates: float = param(0.135, unit="1/1000 firms", bounds=(0.0, 1e3), source="assumption")
    """People a quarter who become angels, for each thousand firms of the region's level."""
    target: float = param(160.0, unit="million CNY", bounds=(1.0, 1e4), indexed=True, source="assumption")
    """Median target of a venture fund."""
    target_spread: float = param(0.7, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation of its log."""
    angel_wealth: float = param(12.0, unit="million CNY", bounds=(0.1, 1e3), indexed=True, source="assumption")
    """Median money of an angel over ten years."""
    interest_mean: float = param(0.68, unit="1", bounds=(0.05, 3.0), source="assumption")
    """Median private interest in a fund, share of its target."""
    interest_spread: float = param(0.35, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Standard deviation of its log."""
    interest_skill: float = param(0.12, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Rise of log interest with the manager's skill."""
    return_sensitivity: float = param(0.5, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Elasticity of private interest to published returns."""
    closing_share: float = param(0.8, unit="1", bounds=(0.1, 1.0), source="assumption")
    """Share of the target that must be committed for a fund to close."""
    hard_cap: float = param(1.1, unit="1", bounds=(1.0, 3.0), source="assumption")
    """Most that a fund takes, share of its target."""
    duty_aversion: float = param(0.15, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Fall of log private interest with the duty times the public share."""


PARAMETERS = VentureParameters


def step(world: World, levers: Levers, draws: Draws, p: Any) -> None:
    """Mark and sell stakes, raise funds, call capital, make deals and publish returns."""
    if world.quarter == 0 and not len(world.holdings):
        stakes.open_portfolios(world, draws, p, investors(world))
    close_empty_funds(world)
    fund_raising.raise_funds(world, levers, draws, p)
    offices.settle_offices(world, levers, draws, p)
    rows = investors(world)
    due, held = stakes.sell(world, draws, p, rows)
    pay_managers(world, p, rows)
    call_capital(world, p, rows, due)
    deals.invest(world, draws, p, rows, due, held)
    publish(world, p, rows, due)


def investors(world: World) -> Array:
    """Return the rows of venture funds, sub-funds and angels."""
    funds = world.funds
    live = funds.live
    kind = funds.kind[live]
    return live[(kind == VENTURE) | (kind == SUB_FUND) | (kind == ANGEL)]


def close_empty_funds(world: World) -> None:
    """Close funds whose life is over and that hold nothing; their people look for other work."""
    funds, talent = world.funds, world.talent
    rows = investors(world)
    over = rows[(funds.ends[rows] >= 0) & (funds.ends[rows] < world.quarter) & (funds.cash[rows] < 1e-9)]
    if not len(over):
        return
    closing = np.zeros(len(funds), dtype=bool)
    closing[over] = True
    closing[funds.rows_of(world.holdings.fund)] = False
    over = over[closing[over]]
    world.ledger.pay("managers_support", "households", funds.at(over), np.maximum(-funds.cash[over], 0.0))
    people = talent.live
    people = people[talent.employer_kind[people] == FUND]
    released = people[closing[talent.employer[people]]]
    talent.employer_kind[released], talent.employer[released] = NO_EMPLOYER, -1
    talent.since[released] = world.quarter
    funds.remove(over)


def pay_managers(world: World, p: Any, rows: Array) -> None:
    """Pay the management fee that is left after the wages of the fund's people; managers cover a shortfall."""
    funds = world.funds
    investing = world.quarter - funds.born[rows] < p.investing_quarters
    over = (funds.ends[rows] >= 0) & (world.quarter > funds.ends[rows])
    fee = p.fee * funds.committed[rows] * np.where(investing, 1.0, 0.5) * ((funds.kind[rows] != ANGEL) & ~over)
    short = np.maximum(-funds.cash[rows], 0.0)
    world.ledger.pay("managers_support", "households", funds.at(rows), short)
    fee = np.clip(fee - funds.wage_bill[rows], 0.0, np.maximum(funds.cash[rows], 0.0))
    world.ledger.pay("management_fee", funds.at(rows), "households", fee)


def call_capital(world: World, p: Any, rows: Array, due: Array) -> None:
    """Call capital for deals to come; the public part is published for the policy that owes it.

    Parameters
    ----------
    due : (investors,) million CNY in the funds that belongs to the public investor
    """
    funds = world.funds
    kind, committed, drawn = funds.kind[rows], funds.committed[rows], funds.drawn[rows]
    investing = (world.quarter - funds.born[rows] < p.investing_quarters) & (world.quarter <= funds.ends[rows])
    wanted = portfolio.capital_call(funds.cash[rows] - due, committed, drawn, investing, p)
    angel = kind == ANGEL
    wealth = np.where(funds.cash[rows] < 0.5 * committed, committed / p.life, 0.0)
    call = np.where(angel, wealth * ((funds.ends[rows] < 0) | investing), wanted)
    public = call * funds.public_share[rows]
    world.ledger.pay("capital_call", "households", funds.at(rows), call - public)
    funds.drawn[rows] = drawn + call
    owed = public > 0
    world.records["public_calls"] = (funds.key[rows[owed]], public[owed])


def publish(world: World, p: Any, rows: Array, due: Array) -> None:
    """Publish each fund's multiple and the district's, and the equity that funds hold in each firm."""
    funds, firms, h = world.funds, world.firms, world.holdings
    place = np.full(len(funds), -1)
    place[rows] = np.arange(len(rows))
    stake = h.amount * h.value
    nav = np.bincount(place[funds.rows_of(h.fund)], weights=stake, minlength=len(rows))
    worth = funds.returned[rows] + nav + np.maximum(funds.cash[rows] - due, 0.0)
    committed, drawn = funds.committed[rows], funds.drawn[rows]
    funds.mark[rows] = portfolio.published_multiple(worth, drawn, committed, p)
    fund = funds.kind[rows] != ANGEL
    if fund.any():
        total = portfolio.published_multiple(worth[fund].sum(), drawn[fund].sum(), committed[fund].sum(), p)
        world.records["fund_return"] = float(total)
    world.records["public_holdings_value"] = float((stake * h.public_share).sum())
    firm = firms.rows_of(h.firm)
    live = firms.live
    mine = firm >= 0
    for column, part in (("equity_public", h.public_share), ("equity_private", 1.0 - h.public_share)):
        shares = np.bincount(firm[mine], weights=(h.share * part)[mine], minlength=len(firms))
        firms.arrays[column][live] = np.minimum(shares[live], 1.0)
