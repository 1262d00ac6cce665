"""Screening of borrowers: what a bank believes about a firm, and the rate it then needs.

Pure rules of the credit market; `credit` gathers the columns and moves the money.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit

from simulation.populations.columns import Array

LARGEST_DEFAULT = 0.6
"""Highest yearly default probability that a bank still distinguishes."""


def leverage_after(debt: Array, loan: Array | float, capital: Array, cash: Array, sales_year: Array) -> Array:
    """Return debt over assets as the books would stand after a loan.

    Parameters
    ----------
    debt, loan, capital, cash, sales_year : (n,) million CNY; receivables count as half a quarter's sales

    Returns
    -------
    (n,) float in [0, 2]
    """
    assets = capital + np.maximum(cash, 0.0) + loan + 0.125 * sales_year
    return np.clip((debt + loan) / np.maximum(assets, 1e-6), 0.0, 2.0)


def believed(value: Array, noise: Array, noise_sd: Array | float, effort: Array | float, spread: float = 1.0,
             mean: float = 0.0) -> Array:
    """Return a bank's belief about a trait of a firm from one noisy impression.

    Less effort makes the impression noisier, so that beliefs shrink to the mean and good and bad look alike.

    Parameters
    ----------
    value : (n,) the trait
    noise : (n,) standard normal
    noise_sd : (n,) or scalar, standard deviation of the impression at full effort, in units of `spread`
    effort : (n,) or scalar in (0, 1]
    spread, mean : standard deviation and mean of the trait among applicants

    Returns
    -------
    (n,) float, posterior mean under a normal prior
    """
    blur = noise_sd / np.maximum(effort, 0.05)
    return mean + (value - mean + blur * spread * noise) / (1.0 + blur * blur)


def screening_effort(cover: Array | float, p: Any) -> Array:
    """Return a bank's screening effort when part of a loss is borne by others.

    Parameters
    ----------
    cover : (n,) or scalar, share of a loss borne by pool and guarantor

    Returns
    -------
    (n,) float in (0, 1]; one without cover
    """
    return np.maximum(1.0 - p.effort_loss_bank * cover, 0.05)


def book_score(leverage: Array, margin: Array, liquidity: Array, age: Array, p: Any) -> Array:
    """Return the log odds of default within a year that the books show, before any impression of quality.

    Parameters
    ----------
    leverage : (n,) debt over assets after the loan
    margin : (n,) profit over sales, as the bank believes it
    liquidity : (n,) cash after the loan over a quarter's sales
    age : (n,) years

    Returns
    -------
    (n,) float, log odds
    """
    runway = np.clip(liquidity + p.outlook * margin, -1.5, 1.0)
    return p.score_constant + p.score_leverage * leverage - p.score_runway * runway - p.score_age * np.log(age + 0.5)


def default_probability(score: Array, belief: Array, p: Any) -> Array:
    """Return the believed probability of default in a quarter.

    Parameters
    ----------
    score : (n,) log odds of default within a year, from `book_score`
    belief : (n,) believed quality of the business (standard normal)

    Returns
    -------
    (n,) float in (0, 0.21), per quarter
    """
    yearly = np.minimum(expit(score - p.score_quality * belief), LARGEST_DEFAULT)
    return 1.0 - (1.0 - yearly) ** 0.25


def recoverable_share(capital: Array, sales_year: Array, debt: Array, p: Any) -> Array:
    """Return the share of its debt that a firm's collateral and owner would repay after a default.

    Parameters
    ----------
    capital, sales_year, debt : (n,) million CNY

    Returns
    -------
    (n,) float in [smallest, largest recovery]
    """
    worth = p.collateral_capital * capital + p.collateral_sales * sales_year / 4.0
    return np.clip(worth / np.maximum(debt, 1e-9), p.recovery_lowest, p.recovery_highest)


def required_rate(risk: Array, loss: Array, cover: Array | float, cost: Array, p: Any) -> Array:
    """Return the rate at which a loan earns the bank its cost of funds.

    Parameters
    ----------
    risk : (n,) default probability per quarter
    loss : (n,) share of the loan lost in a default
    cover : (n,) or scalar, share of that loss which others repay, as the bank expects it
    cost : (n,) or scalar, cost per quarter beyond funds and administration: fees, paperwork, size of the loan

    Returns
    -------
    (n,) float, per quarter

    References
    ----------
    Stiglitz and Weiss (1981), Credit rationing in markets with imperfect information.
    """
    expected_loss = risk * (loss + p.trouble) * (1.0 - cover)
    return (p.funding_rate + p.administration_rate + p.bank_margin + cost + expected_loss) / (1.0 - risk)


def uses_cover(plain: Array, covered: Array, eligible: Array, highest: Array | float) -> Array:
    """Return which offers a bank makes under cover: those it would refuse without, or that cover makes cheaper.

    Parameters
    ----------
    plain, covered : (n, b) required rates without and with cover
    eligible : (n, 1) or (n, b) bool
    highest : (n, 1) or scalar, rate above which no bank lends

    Returns
    -------
    (n, b) bool
    """
    return eligible & (covered <= highest) & (covered < plain)


def within_capacity(amount: Array, priority: Array, capacity: float) -> Array:
    """Return who is served while capacity lasts, in the order of a keyed priority.

    Parameters
    ----------
    amount : (n,) what each takes up
    priority : (n,) in (0, 1), lowest first
    capacity : what there is

    Returns
    -------
    (n,) bool
    """
    served = np.zeros(len(amount), dtype=bool)
    if capacity > 0.0 and len(amount):
        order = np.argsort(priority, kind="stable")
        served[order] = np.cumsum(amount[order]) <= capacity
    return served


def overdraft_limit(sales_year: Array, margin: Array, p: Any) -> Array:
    """Return how far a firm may overdraw before it counts as unable to pay.

    Parameters
    ----------
    sales_year, margin : (n,) million CNY, and profit over sales; a profitable firm is given more room

    Returns
    -------
    (n,) million CNY
    """
    share = np.where(margin > 0.0, p.overdraft_profitable, p.overdraft_share)
    return share * sales_year / 4.0 + p.overdraft_base
