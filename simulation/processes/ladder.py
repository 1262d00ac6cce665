"""The ladder's rules: what a firm must show to be a tech SME, a high-tech enterprise, a leader, a champion."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.populations.columns import Array

BAND_LIMITS = (50.0, 200.0)
"""Yearly sales, million CNY, up to which the first and the second R&D threshold hold."""
BAND_THRESHOLDS = (0.05, 0.04, 0.03)
"""R&D over sales that a high-tech enterprise must show in the three bands (certification rules of 2016)."""


def rd_threshold(sales_year: Array) -> Array:
    """Return the R&D over sales that certification asks of a firm.

    Parameters
    ----------
    sales_year : (n,) million CNY

    Returns
    -------
    (n,) 0.05 up to 50 million, 0.04 up to 200 million, 0.03 above
    """
    return np.asarray(BAND_THRESHOLDS)[np.searchsorted(BAND_LIMITS, sales_year)]


def science_staff_share(researchers: Array, skilled: Array, all_staff: Array, technicians: float) -> Array:
    """Return science and technology staff over all staff.

    Parameters
    ----------
    researchers, skilled, all_staff : (n,) people
    technicians : share of skilled workers who count

    Returns
    -------
    (n,) in [0, 1]
    """
    return np.minimum((researchers + technicians * skilled) / np.maximum(all_staff, 1.0), 1.0)


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


def tech_sme_score(science_staff: Array, ratio: Array, patents: Array, new_products: Array) -> Array:
    """Return a firm's points out of 100 in the evaluation of tech SMEs; one criterion at zero gives none.

    Parameters
    ----------
    science_staff : (n,) science and technology staff over all staff, up to 20 points
    ratio : (n,) reported R&D over sales, up to 50 points
    patents : (n,) in force: 30 points with one invention patent
    new_products : (n,) share of sales; stands for second-class rights, up to 24 points

    Returns
    -------
    (n,) points

    References
    ----------
    Evaluation rules for tech SMEs (2017), bands of staff, R&D and results.
    """
    staff = 4.0 * np.searchsorted((0.02, 0.10, 0.15, 0.20, 0.25), science_staff, side="right")
    research = 10.0 * np.searchsorted((0.01, 0.02, 0.03, 0.04, 0.06), ratio, side="right")
    rights = 6.0 * np.searchsorted((0.01, 0.04, 0.08, 0.12), new_products, side="right")
    results = np.where(patents > 0, 30.0, rights)
    score = np.minimum(staff, 20.0) + np.minimum(research, 50.0) + results
    return np.where((staff > 0) & (research > 0) & (results > 0), score, 0.0)


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


def is_leader(sales_year: Array, patents: Array, ratio: Array, sales_needed: float, patents_needed: float) -> Array:
    """Return which certified firms lead by innovation: large, with many patents, and R&D still above the threshold.

    Parameters
    ----------
    sales_year : (n,) million CNY
    patents : (n,) in force
    ratio : (n,) reported R&D over sales
    sales_needed, patents_needed : least values
    """
    return (sales_year >= sales_needed) & (patents >= patents_needed) & (ratio >= rd_threshold(sales_year))


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
    by_money = np.searchsorted(p.centre_rd, rd_year, side="right")
    return np.minimum(by_money, np.searchsorted(p.centre_researchers, researchers, side="right"))
