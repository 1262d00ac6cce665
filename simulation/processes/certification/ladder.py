"""The ladder's rules: what a firm must show to be a tech SME, a high-tech enterprise, a leader, a champion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from simulation.populations.columns import Array

BAND_LIMITS = (50.0, 200.0)
"""Yearly sales, million CNY, up to which the first and the second R&D threshold hold."""
BAND_THRESHOLDS = (0.05, 0.04, 0.03)
"""R&D over sales that a high-tech enterprise must show in the three bands (certification rules of 2016)."""


def _bands(values: Array, limits: Sequence[float]) -> Array:
    """Return how many limits each value reaches; faster than a binary search for a few limits."""
    reached = np.zeros(len(values), dtype=np.int64)
    for limit in limits:
        reached += values >= limit
    return reached


def rd_threshold(sales_year: Array) -> Array:
    """Return the R&D over sales that certification asks of a firm.

    Parameters
    ----------
    sales_year : (n,) million CNY

    Returns
    -------
    (n,) 0.05 up to 50 million, 0.04 up to 200 million, 0.03 above
    """
    low, middle, high = BAND_THRESHOLDS
    return np.where(sales_year <= BAND_LIMITS[0], low, np.where(sales_year <= BAND_LIMITS[1], middle, high))


def science_staff_share(
    researchers: Array, skilled: Array, employees: Array, technicians: float, owner: float
) -> Array:
    """Return science and technology staff over all staff, the owner included.

    Parameters
    ----------
    researchers, skilled, employees : (n,) people
    technicians : share of skilled workers who count
    owner : share of the owner's time that counts

    Returns
    -------
    (n,) in [0, 1]
    """
    return np.minimum((researchers + technicians * skilled + owner) / (employees + 1.0), 1.0)


def high_tech_income_share(opportunity: Array, new_products: Array, own: Array, p: Any) -> Array:
    """Return the share of income from products in the fields that the state lists as high technology.

    Parameters
    ----------
    opportunity : (n,) technological opportunity of the industry, about 1
    new_products : (n,) share of sales from new products
    own : (n,) standard normal, lasting
    p : with `income_base`, `income_opportunity`, `income_products`, `income_spread`

    Returns
    -------
    (n,) in [0, 1]
    """
    share = p.income_base + p.income_opportunity * (opportunity - 1.0) + p.income_products * new_products
    return np.clip(share + p.income_spread * own, 0.0, 1.0)


def core_rights(patents: Array, rd_stock: Array, p: Any) -> Array:
    """Return which firms own core intellectual property: invention patents, or several lesser rights.

    Parameters
    ----------
    patents : (n,) invention patents in force
    rd_stock : (n,) million CNY; utility models and software rights come with research as such
    p : with `patents_needed`, `rights_stock`

    Returns
    -------
    (n,) bool
    """
    return (patents >= p.patents_needed) | (rd_stock >= p.rights_stock)


def meets_high_tech(
    ratio: Array, sales_year: Array, science_staff: Array, high_tech_income: Array, rights: Array, age: Array, p: Any
) -> Array:
    """Return which firms meet the rules of a high-tech enterprise.

    Parameters
    ----------
    ratio : (n,) reported R&D over sales, three years
    sales_year : (n,) million CNY
    science_staff, high_tech_income : (n,) shares
    rights : (n,) bool, see `core_rights`
    age : (n,) quarters
    p : with `staff_share`, `income_share`, `youngest`

    Returns
    -------
    (n,) bool
    """
    return (
        (ratio >= rd_threshold(sales_year))
        & (science_staff >= p.staff_share)
        & (high_tech_income >= p.income_share)
        & rights
        & (age >= p.youngest)
    )


def tech_sme_score(science_staff: Array, ratio: Array, patents: Array, rd_stock: Array, p: Any) -> Array:
    """Return a firm's points out of 100 in the evaluation of tech SMEs; one criterion at zero gives none.

    Parameters
    ----------
    science_staff : (n,) science and technology staff over all staff, up to 20 points
    ratio : (n,) reported R&D over sales, up to 50 points
    patents : (n,) in force: 30 points with one invention patent
    rd_stock : (n,) million CNY: 6 points for each lesser right that it brings, up to 24
    p : with `rights_stock`, the R&D stock that brings four lesser rights

    Returns
    -------
    (n,) points

    Notes
    -----
    The bands of staff and R&D lie a step below those of the rules, which count staff and R&D projects more widely.

    References
    ----------
    Evaluation rules for tech SMEs (2017), points for staff, R&D and results.
    """
    staff = 4.0 * _bands(science_staff, (0.02, 0.10, 0.15, 0.20, 0.25))
    research = 10.0 * _bands(ratio, (0.01, 0.02, 0.03, 0.04, 0.06))
    lesser = np.minimum(np.floor(rd_stock / (0.25 * p.rights_stock)), 4.0)
    results = np.where(patents > 0, 30.0, 6.0 * lesser)
    return np.where((staff > 0) & (research > 0) & (results > 0), staff + research + results, 0.0)


def application_probability(gain: Array, cost: Array, precision: float) -> Array:
    """Return the probability that a firm finds a certificate worth the trouble.

    Parameters
    ----------
    gain : (n,) what it expects from the certificate over its life, million CNY
    cost : (n,) fees, audits and staff time, million CNY
    precision : of its reckoning; the log odds are this times log gain over cost

    Returns
    -------
    (n,) in (0, 1)
    """
    odds = (np.maximum(gain, 1e-9) / np.maximum(cost, 1e-9)) ** precision
    return odds / (1.0 + odds)


def opened_window(window: float, time_saved: Array) -> Array:
    """Return the chance that a firm gets to a first application in a quarter when part of the waiting is saved.

    Parameters
    ----------
    window : that chance without help
    time_saved : (n,) share of the waiting time saved, below one

    Returns
    -------
    (n,) in [window, 1]; the mean wait beyond the quarter itself, `1 / chance - 1`, shrinks by the share saved
    """
    return window / (window + (1.0 - window) * (1.0 - time_saved))


def is_leader(sales_year: Array, patents: Array, ratio: Array, part: Array, p: Any) -> Array:
    """Return which certified firms lead by innovation: large, with many patents and lasting R&D.

    Parameters
    ----------
    sales_year : (n,) million CNY
    patents : (n,) in force
    ratio : (n,) reported R&D over sales, three years
    part : (n,) of the sales and patents asked for; below one for those who lead already
    p : with `leader_sales`, `leader_patents`, `leader_ratio`

    Returns
    -------
    (n,) bool
    """
    return (sales_year >= p.leader_sales * part) & (patents >= p.leader_patents * part) & (ratio >= p.leader_ratio)


def is_champion(sales_year: Array, ratio: Array, margin: Array, patents: Array, age: Array, p: Any) -> Array:
    """Return which firms qualify as specialised champions: focused, profitable, of middle size.

    Parameters
    ----------
    sales_year, ratio, margin, patents : (n,) as in the other rules
    age : (n,) quarters
    p : with `champion_sales_low`, `champion_sales_high`, `champion_ratio`, `champion_patents`, `champion_age`
    """
    return (
        (sales_year >= p.champion_sales_low)
        & (sales_year <= p.champion_sales_high)
        & (ratio >= p.champion_ratio)
        & (margin > 0)
        & (patents >= p.champion_patents)
        & (age >= p.champion_age)
    )


def centre_level(rd_year: Array, researchers: Array, p: Any) -> Array:
    """Return the highest R&D-centre level that a firm's research can carry.

    Parameters
    ----------
    rd_year : (n,) real R&D, million CNY a year
    researchers : (n,) people
    p : with `centre_rd` and `centre_researchers`, three values each (district, city, province)

    Returns
    -------
    (n,) int, 0 to 3
    """
    return np.minimum(_bands(rd_year, p.centre_rd), _bands(researchers, p.centre_researchers))


def recognition_chance(award: Array, p: Any) -> Array:
    """Return the chance that a firm has a centre recognised that its research carries: money makes it hurry.

    Parameters
    ----------
    award : (n,) money that comes with the level, million CNY
    p : with `centre_rate`, `centre_pull`

    Returns
    -------
    (n,) in [0, 1]; `centre_rate` where there is no money
    """
    return np.where(award > 0.0, 1.0 - (1.0 - p.centre_rate) ** (1.0 + p.centre_pull * award), p.centre_rate)
