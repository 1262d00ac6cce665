"""Taxes on firms: value added, its surcharges, income with the certificate's rate and the R&D deduction."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulation.populations.columns import Array


class TaxBill(NamedTuple):
    """What n firms owe for a quarter, each (n,) million CNY."""

    value_added: Array
    surcharge: Array
    income: Array
    relief: Array
    """Income tax that the certificate's lower rate forgoes."""


def income_tax_rate(certified: Array, standard_rate: float, high_tech_rate: float) -> Array:
    """Return the income tax rate of firms: the lower one for valid high-tech certificates.

    Parameters
    ----------
    certified : (n,) bool
    standard_rate, high_tech_rate : in [0, 1]

    Returns
    -------
    (n,) float
    """
    return np.where(certified, high_tech_rate, standard_rate)


def taxable_profit(profit: Array, rd_reported: Array, super_deduction: float) -> Array:
    """Return profit on which income tax is due, after the extra deduction of reported R&D.

    Parameters
    ----------
    profit : (n,) million CNY, before income tax; R&D is deducted once already
    rd_reported : (n,) million CNY
    super_deduction : share of reported R&D deducted a second time

    Returns
    -------
    (n,) million CNY, never negative; losses are not carried over
    """
    return np.maximum(profit - super_deduction * rd_reported, 0.0)


def value_added_tax(value_added: Array, rate: float, surcharge_rate: float) -> tuple[Array, Array]:
    """Return value-added tax and the surcharges that are levied on it.

    Parameters
    ----------
    value_added : (n,) million CNY
    rate : effective rate on value added, after refunds
    surcharge_rate : surcharges over the tax

    Returns
    -------
    two (n,) arrays, million CNY, never negative
    """
    tax = rate * np.maximum(value_added, 0.0)
    return tax, surcharge_rate * tax


def tax_bill(
    value_added_due: Array,
    surcharge: Array,
    taxable: Array,
    certified: Array,
    standard_rate: float,
    high_tech_rate: float,
) -> TaxBill:
    """Return what firms owe for a quarter, and the relief that certificates bring them.

    Parameters
    ----------
    value_added_due, surcharge : (n,) million CNY, from `value_added_tax`
    taxable : (n,) million CNY, from `taxable_profit`
    certified : (n,) bool
    standard_rate, high_tech_rate : income tax rates
    """
    income = taxable * income_tax_rate(certified, standard_rate, high_tech_rate)
    return TaxBill(value_added_due, surcharge, income, taxable * standard_rate - income)


def shared(bill: TaxBill, value_added_local: float, surcharge_local: float, income_local: float) -> tuple[Array, Array]:
    """Return the district's part and the upper governments' part of each firm's taxes.

    Parameters
    ----------
    bill : taxes of n firms
    value_added_local, surcharge_local, income_local : the district's share of each tax

    Returns
    -------
    two (n,) arrays, million CNY
    """
    local = bill.value_added * value_added_local + bill.surcharge * surcharge_local + bill.income * income_local
    return local, bill.value_added + bill.surcharge + bill.income - local
