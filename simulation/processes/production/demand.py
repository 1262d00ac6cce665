"""Demand and its division: world cycle, purchases along the industry chain, orders of firms, capacity."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.populations.columns import Array


def demand_shock(
    shock: Array, persistence: float, deviation: Array, common: float, own: Array, common_weight: float
) -> Array:
    """Return the log deviation of world demand from trend: one cycle for all and one for each industry.

    Parameters
    ----------
    shock : (S,) last quarter's deviation
    persistence : share of it that lasts a quarter
    deviation : (S,) long-run standard deviation of the cycle
    common, own : standard normal luck of the quarter, for all industries and (S,) for each
    common_weight : correlation between the industries' cycles

    Returns
    -------
    (S,) float
    """
    luck = np.sqrt(common_weight) * common + np.sqrt(1.0 - common_weight) * own
    return persistence * shock + np.sqrt(1.0 - persistence**2) * deviation * luck


def chain_purchases(inputs: Array, local_sourcing: Array, sales: Array) -> Array:
    """Return what the district's industries buy from each other.

    Parameters
    ----------
    inputs : (S, S) intermediate inputs over sales, rows buy and columns supply
    local_sourcing : (S,) share of its inputs that an industry buys in the district
    sales : (S,) sales of the buyers, million CNY

    Returns
    -------
    (S, S) million CNY, rows buy and columns supply
    """
    return inputs * (local_sourcing * sales)[:, None]


def world_share(share: Array, better: Array, local: Array, elasticity: float) -> Array:
    """Return the district's share of world demand after its goods have become better or cheaper.

    Parameters
    ----------
    share : (S,) relative to the start
    better : (S,) log points: rise of the industry's productivity, or fall of its prices that rivals force on it
    local : (S,) share of demand from near by, which goes to the district anyway
    elasticity : of the share in value; one less than that of the quantity sold, where prices fall

    Returns
    -------
    (S,) in [0.2, 5]
    """
    return np.clip(share * np.exp(elasticity * (1.0 - local) * better), 0.2, 5.0)


def sourcing_target(base: float, elasticity: float, inputs: Array, share: Array, ceiling: float) -> Array:
    """Return the share of inputs that industries want to buy in the district: more from better suppliers.

    Parameters
    ----------
    base : share at the start
    elasticity : to the suppliers' success in the world
    inputs : (S, S) intermediate inputs over sales
    share : (S,) suppliers' share of world demand relative to the start
    ceiling : highest share

    Returns
    -------
    (S,) float
    """
    weights = inputs / np.maximum(inputs.sum(axis=1, keepdims=True), 1e-12)
    return np.minimum(base * np.exp(elasticity * (weights @ np.log(share))), ceiling)


def orders_shock(count: Array, luck: Array, weight: Array, markets: Array, size: float, spread: float) -> Array:
    """Return the log change of a firm's orders from customers won and lost.

    Parameters
    ----------
    count : (n,) customers won or lost this quarter, Poisson in the number of markets
    luck, weight : (n,) standard normal: won or lost, and how large the customers were
    markets : (n,) number of submarkets that the firm serves
    size : effect of one customer on a firm with one submarket
    spread : standard deviation of the log size of customers

    Returns
    -------
    (n,) float; tent-shaped because quiet quarters are common and customers unequal, smaller for large firms

    References
    ----------
    Riccaboni et al. (2008), The size variance relationship of business firm growth rates.
    """
    return np.clip(size * np.sqrt(count) * luck * np.exp(spread * weight) / markets, -1.0, 1.0)


def share_growth(competitiveness: Array, share: Array, age: Array, p: Any) -> Array:
    """Return the expected log change of market shares: a quasi-replicator with saturation.

    Parameters
    ----------
    competitiveness : (n,) log, relative to the industry's sales-weighted mean
    share : (n,) of the industry's sales in a 1:1 district
    age : (n,) quarters
    p : with `selection`, `growth_low`, `growth_high`, `saturation`, `saturation_share`, `newness`, `newness_life`

    Returns
    -------
    (n,) float

    References
    ----------
    Dosi, Fagiolo, Roventini (2010), Schumpeter meeting Keynes (quasi-replicator).
    """
    selected = np.clip(p.selection * np.expm1(np.minimum(competitiveness, 5.0)), p.growth_low, p.growth_high)
    found = p.newness * np.exp(-np.maximum(age, 0) / p.newness_life)
    return selected + found - p.saturation * np.maximum(share - p.saturation_share, 0.0)


def fill_rate(staff: Array, wanted: Array) -> Array:
    """Return how far jobs are filled, (n,) in (0, 1]; the firm's owner counts as one of the staff.

    Parameters
    ----------
    staff, wanted : (n,) people of a skill
    """
    return np.minimum((staff + 1.0) / (wanted + 1.0), 1.0)


def effective_capacity(capital: Array, norm: Array, skilled_fill: Array, slack: float, elasticity: float) -> Array:
    """Return what a firm can sell with its plant and with the skilled workers it has.

    Parameters
    ----------
    capital : (n,) million CNY
    norm : (n,) capital over yearly sales that is usual in the industry
    skilled_fill : (n,) share of skilled jobs that are filled
    slack : capacity of a fully staffed plant over its norm
    elasticity : percent of capacity lost with each percent of skilled jobs that stand empty

    Returns
    -------
    (n,) million CNY a quarter
    """
    return slack * capital / (4.0 * norm) * skilled_fill**elasticity


def growing_pains(growth: Array, management_fill: Array, loss: float) -> Array:
    """Return the factor by which cost rises when a firm grows without the managers for it, (n,) at least 1.

    Parameters
    ----------
    growth : (n,) log growth of sales in the quarter
    management_fill : (n,) share of management jobs that are filled
    loss : rise of cost for each log point of growth with no manager at all

    References
    ----------
    Penrose (1959), The theory of the growth of the firm.
    """
    return 1.0 + loss * np.maximum(growth, 0.0) * (1.0 - management_fill)


def divided(demand: Array, weight: Array, industry: Array, capacity: Array, rerouted: float) -> tuple[Array, Array]:
    """Return orders and sales of firms: demand by weight, bounded by capacity, part of the rest rerouted.

    Parameters
    ----------
    demand : (S,) million CNY
    weight : (n,) positive, orders in proportion
    industry : (n,) index
    capacity : (n,) most that a firm can sell, million CNY
    rerouted : share of unmet orders that goes to firms of the industry with slack

    Returns
    -------
    orders, sales : (n,) million CNY
    """
    size = len(demand)
    total = np.bincount(industry, weight, size)
    orders = (demand / np.maximum(total, 1e-300))[industry] * weight
    sales = np.minimum(orders, capacity)
    slack = capacity - sales
    unmet = np.bincount(industry, orders - sales, size)
    room = np.bincount(industry, slack, size)
    filled = np.minimum(rerouted * unmet / np.maximum(room, 1e-300), 1.0)
    return orders, sales + slack * filled[industry]
