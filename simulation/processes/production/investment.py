"""What firms do with their money: lumpy investment, digital adoption, finance they lack, dividends."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.populations.columns import Array


def cost_response(subsidy: Array | float, elasticity: float) -> Array | float:
    """Return the factor by which firms want more of what is subsidised: constant elasticity to the cost they bear.

    Parameters
    ----------
    subsidy : (n,) or scalar, share of the cost that others pay, below one
    elasticity : percent more for each percent of cost less

    Returns
    -------
    (n,) or scalar, one without subsidy
    """
    return (1.0 - subsidy) ** -elasticity


def capital_wanted(expected_sales: Array, capital_intensity: Array, capital: Array, trigger: float) -> Array:
    """Return investment that firms want: none until the gap to the desired stock passes a trigger (S-s).

    Parameters
    ----------
    expected_sales : (n,) million CNY a year
    capital_intensity : (n,) capital over yearly sales
    capital : (n,) million CNY
    trigger : gap, as a share of the desired stock, below which nothing is done

    Returns
    -------
    (n,) million CNY

    References
    ----------
    Doms and Dunne (1998), Capital adjustment patterns in manufacturing plants.
    """
    desired = capital_intensity * expected_sales
    gap = desired - capital
    return np.where(gap > trigger * desired, gap, 0.0)


def invested_from_cash(wanted: Array, spare: Array, smallest: float) -> Array:
    """Return investment made from own money at once: all, or a part that is worth starting, or none.

    Parameters
    ----------
    wanted, spare : (n,) million CNY; spare cash is not negative
    smallest : share of the project that must be in hand

    Returns
    -------
    (n,) million CNY
    """
    return np.where(spare >= smallest * wanted, np.minimum(wanted, spare), 0.0)


def finance_gap(cash: Array, need: Array, investment: Array) -> Array:
    """Return working capital and investment that cash does not cover.

    Parameters
    ----------
    cash : (n,) million CNY, negative while overdrawn
    need : (n,) working capital and losses to be bridged, million CNY
    investment : (n,) investment still wanted, million CNY

    Returns
    -------
    (n,) million CNY
    """
    return np.maximum(need + investment - cash, 0.0)


def dividend(cash: Array, target: Array, profitable: Array, speed: float) -> Array:
    """Return what profitable firms pay their owners out of cash above their target.

    Parameters
    ----------
    cash, target : (n,) million CNY
    profitable : (n,) bool
    speed : share of the excess paid in a quarter

    Returns
    -------
    (n,) million CNY
    """
    return np.where(profitable, speed * np.maximum(cash - target, 0.0), 0.0)


def adoption_probability(yearly_sales: Array, contact: Array, p: Any) -> Array:
    """Return the chance that a firm starts digital production this quarter: by size and by contact.

    Parameters
    ----------
    yearly_sales : (n,) million CNY
    contact : (n,) share of adopters among the firms it meets
    p : with `adoption_base`, `adoption_contact`, `adoption_size`

    Returns
    -------
    (n,) in [0, 1]
    """
    size = np.maximum(yearly_sales / 10.0, 0.05) ** p.adoption_size
    return np.minimum((p.adoption_base + p.adoption_contact * contact) * size, 1.0)


def digital_saving(digital: Array, adopted: Array, quarters: Array, p: Any) -> Array:
    """Return the share of operating cost that digital production saves; negative while it is learned.

    Parameters
    ----------
    digital : (n,) degree of adoption
    adopted : (n,) bool
    quarters : (n,) since adoption
    p : with `digital_gain`, `digital_dip`, `digital_learning`

    Returns
    -------
    (n,) float
    """
    learning = np.where(adopted, np.maximum(1.0 - quarters / p.digital_learning, 0.0), 0.0)
    return p.digital_gain * digital - p.digital_dip * learning


def new_product_share(share: Array, gain: Array, ageing: float, appeal: float) -> Array:
    """Return the share of sales from products of the last three years after this quarter's market entries.

    Parameters
    ----------
    share : (n,) in [0, 1]
    gain : (n,) log gain of projects that reached the market
    ageing : share of new products that stop being new
    appeal : how strongly a gain replaces old sales

    Returns
    -------
    (n,) in [0, 1]
    """
    kept = share * (1.0 - ageing)
    return kept + (1.0 - kept) * -np.expm1(-appeal * gain)
