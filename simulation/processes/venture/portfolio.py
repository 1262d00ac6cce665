"""Venture finance in pure rules: what a firm is worth, how funds see it, how stakes move, end and pay out."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.populations.columns import Array


def equity_value(sales_year: Array, growth: Array, margin: Array, intangibles: Array, cash: Array, debt: Array,
                 p: Any) -> Array:
    """Return what investors would pay for all shares of a firm.

    Parameters
    ----------
    sales_year : (n,) million CNY, last four quarters
    growth : (n,) log of this quarter's sales at a yearly rate over `sales_year`
    margin : (n,) profit over sales
    intangibles : (n,) million CNY, R&D stock and patents
    cash, debt : (n,) million CNY
    p : venture parameters: revenue_multiple, growth_horizon, margin_weight, intangible_weight, value_floor

    Returns
    -------
    (n,) float, million CNY, positive

    References
    ----------
    Multiples of revenue that rise with growth and margin: Damodaran (2009), Valuing young and growth companies.
    """
    outlook = p.growth_horizon * np.clip(growth, -0.5, 0.5) + p.margin_weight * np.clip(margin, -0.3, 0.3)
    enterprise = p.revenue_multiple * sales_year * np.exp(outlook) + p.intangible_weight * intangibles
    return np.maximum(enterprise + cash - debt, p.value_floor + 0.05 * enterprise)


def prospects(quality: Array, competitiveness: Array) -> Array:
    """Return what a perfect screener would know of a firm, about standard normal.

    Parameters
    ----------
    quality : (n,) lasting quality, standard normal
    competitiveness : (n,) log competitiveness within the industry
    """
    return 0.7 * quality + 0.3 * np.clip(competitiveness / 0.25, -3.0, 3.0)


def screening_noise(skill: Array, finance_staff: Array, distance_factor: Array, record: Array, p: Any) -> Array:
    """Return the standard deviation of a fund's signal about a firm's prospects.

    Parameters
    ----------
    skill : (n,) log screening skill of the fund
    finance_staff : (n,) finance people it employs
    distance_factor : (n,) above 1 for a fund that screens from afar
    record : (n,) what the firm can show: log(1 + patents) and a certificate
    p : signal_noise, skill_effect, staff_effect, record_effect
    """
    knowing = p.skill_effect * skill + p.staff_effect * np.log1p(finance_staff) + p.record_effect * record
    return p.signal_noise * distance_factor * np.exp(-knowing)


def expected_quality(signal: Array, noise: Array) -> Array:
    """Return the posterior mean of a standard normal quality: the noisier the signal, the less it moves.

    Parameters
    ----------
    signal : (n,) quality plus noise
    noise : (n,) standard deviation of the noise
    """
    return signal / (1.0 + noise**2)


def blame(stage: Array, public_share: Array, tolerance: Array, p: Any) -> Array:
    """Return how much managers who answer for public losses mark down early stages.

    Parameters
    ----------
    stage : (n,) 1 seed, 2 early, 3 growth
    public_share : (n,) public share of the fund
    tolerance : (n,) protection from blame, in [0, 1]
    p : blame_weight
    """
    return p.blame_weight * (1.0 - tolerance) * np.minimum(public_share / 0.3, 1.0) * (3.0 - stage) / 2.0


def duty_shortfall(invested_local: Array, duty: Array, elapsed: Array) -> Array:
    """Return how far a fund is behind its local reinvestment duty, in [0, 1].

    Parameters
    ----------
    invested_local : (n,) million CNY
    duty : (n,) million CNY to be invested locally in all
    elapsed : (n,) share of the investing period that has passed
    """
    due = duty * np.clip(elapsed, 0.0, 1.0)
    return np.clip(np.divide(due - invested_local, duty, out=np.zeros_like(due), where=duty > 0), 0.0, 1.0)


def affordable(fund: Array, score: Array, amount: Array, allowance: Array) -> Array:
    """Return which candidates each fund can finance, best first, until its allowance is used up.

    Parameters
    ----------
    fund : (n,) index of the fund of each candidate
    score : (n,) how the fund ranks it
    amount : (n,) million CNY asked
    allowance : (funds,) million CNY each fund may invest now

    Returns
    -------
    (n,) bool
    """
    order = np.lexsort((-score, fund))
    sorted_fund, sorted_amount = fund[order], amount[order]
    running = np.cumsum(sorted_amount)
    first = np.searchsorted(sorted_fund, sorted_fund, side="left")
    spent = running - (running[first] - sorted_amount[first])
    chosen = np.zeros(len(fund), dtype=bool)
    chosen[order] = spent <= allowance[sorted_fund] + 1e-9
    return chosen


def best_offer(firm: Array, utility: Array, firms: int) -> Array:
    """Return the place of the best offer to each firm, -1 where it has none.

    Parameters
    ----------
    firm : (n,) index of the firm of each offer
    utility : (n,) what the offer is worth to the firm; a tie goes to the later one
    firms : how many firms there are
    """
    best = np.full(firms, -1, dtype=np.int64)
    order = np.argsort(utility, kind="stable")
    best[firm[order]] = order
    return best


def outside_step(value: Array, quality: Array, shock: Array, volatility: float, p: Any) -> Array:
    """Return the value of stakes in companies elsewhere, a quarter later.

    Parameters
    ----------
    value : (n,) value over money put in
    quality : (n,) quality of the company
    shock : (n,) standard normal
    volatility : standard deviation of a quarter's log change
    p : outside_drift, outside_quality_effect
    """
    return value * np.exp(p.outside_drift + p.outside_quality_effect * quality + volatility * shock)


def redemption_claim(amount: Array, quarters_held: Array, rate: float) -> Array:
    """Return what a firm owes a fund whose stake it must buy back: the money put in plus interest.

    Parameters
    ----------
    amount : (n,) million CNY
    quarters_held : (n,) quarters
    rate : interest a quarter agreed in the contract
    """
    return amount * (1.0 + rate) ** quarters_held


def carried_interest(proceeds: Array, returned_before: Array, drawn: Array, carry: float) -> Array:
    """Return the managers' share of proceeds once investors have their money back.

    Parameters
    ----------
    proceeds : (n,) million CNY that came in now
    returned_before, drawn : (n,) million CNY so far
    carry : share of the profit
    """
    return carry * np.clip(returned_before + proceeds - drawn, 0.0, proceeds)


def published_multiple(worth: Array, drawn: Array, committed: Array, p: Any) -> Array:
    """Return the multiple that a fund publishes: money back and marks over money drawn, shrunk to a prior.

    Without the prior, early write-offs would make every young fund look like a failure (J-curve).

    Parameters
    ----------
    worth : (n,) million CNY returned, in cash and in stakes at their marks
    drawn, committed : (n,) million CNY
    p : prior_multiple, prior_weight
    """
    weight = p.prior_weight * committed
    return (p.prior_multiple * weight + worth) / np.maximum(weight + drawn, 1e-9)


def capital_call(cash: Array, committed: Array, drawn: Array, investing: Array, p: Any) -> Array:
    """Return the capital that funds call now: two quarters of deals when cash runs low, else fees only.

    Parameters
    ----------
    cash : (n,) million CNY free
    committed, drawn : (n,) million CNY
    investing : (n,) bool, still in the investing period
    p : fee, deployed_share, investing_quarters, largest_ticket
    """
    pace = p.deployed_share * committed / p.investing_quarters
    level = np.where(investing, np.maximum(2.0 * pace, p.largest_ticket * committed), 0.0) + 2.0 * p.fee * committed
    wanted = np.where(cash < 0.5 * level, level - cash, 0.0)
    return np.clip(wanted, 0.0, np.maximum(committed - drawn, 0.0))


def measured_volatility(record: tuple[float, float] | None, p: Any) -> float:
    """Return the standard deviation of stakes elsewhere: as seen in local marks, shrunk to a prior.

    Parameters
    ----------
    record : sum of squared log changes of local marks and their number
    p : volatility_prior, volatility_weight
    """
    squares, number = record or (0.0, 0.0)
    return float(np.sqrt((p.volatility_prior**2 * p.volatility_weight + squares) / (p.volatility_weight + number)))


def paid_from_cash(firm: Array, claim: Array, cash: Array) -> Array:
    """Return what firms can pay on claims, prorated where several claims meet one purse.

    Parameters
    ----------
    firm : (n,) index of the firm of each claim
    claim : (n,) million CNY
    cash : (firms,) million CNY that may be taken

    Returns
    -------
    (n,) million CNY; the sum over a firm's claims never exceeds its cash
    """
    total = np.bincount(firm, weights=claim, minlength=len(cash)).astype(np.float64)
    share = np.minimum(np.divide(cash, total, out=np.ones_like(total), where=total > 0), 1.0)
    return claim * share[firm]


def distribution(cash: Array, net_proceeds: Array, committed: Array, angel: Array, investing: Array, finished: Array,
                 p: Any) -> Array:
    """Return what funds pay out to their investors.

    While it invests, a fund passes proceeds on; later, all but a year of fees; at the end everything. Angels invest
    proceeds again and keep what exceeds their capital.

    Parameters
    ----------
    cash : (n,) million CNY, proceeds included
    net_proceeds : (n,) million CNY that came in now, after carry
    committed : (n,) million CNY
    angel, investing, finished : (n,) bool; `finished` means life over and nothing held
    p : fee
    """
    kept = np.where(angel, committed, np.where(investing, cash - net_proceeds, 2.0 * p.fee * committed))
    return np.maximum(np.where(finished, cash, cash - np.maximum(kept, 0.0)), 0.0)
