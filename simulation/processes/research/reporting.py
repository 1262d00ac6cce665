"""What firms report as R&D: near the threshold of a certificate they do more, and relabel some.

References
----------
Chen, Liu, Suarez Serrato and Xu (2021), Notching R&D investment with corporate income tax cuts in China.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.populations.columns import Array


def user_cost(subsidy: Array | float, tax_rate: float, super_deduction: float) -> Array | float:
    """Return the cost of a yuan of R&D after subsidy and the super-deduction from profit tax.

    Parameters
    ----------
    subsidy : (n,) or scalar, share of R&D cost that the firm expects to be paid
    tax_rate : income tax rate at which the deduction is valued, in [0, 1)
    super_deduction : share of R&D deducted from taxable profit a second time

    Returns
    -------
    (n,) or scalar, at least 0.05

    References
    ----------
    Bloom, Griffith and Van Reenen (2002), Do R&D tax credits work?
    """
    relief = tax_rate * super_deduction / (1.0 - tax_rate)
    return np.maximum(1.0 - subsidy - relief, 0.05)


def found_chance(relabelled: Array, spend: Array, audit_rate: Array | float) -> Array:
    """Return the chance that an audit finds relabelled R&D this quarter: the larger its share, the likelier.

    Parameters
    ----------
    relabelled, spend : (n,) relabelled and real R&D of the quarter, million CNY
    audit_rate : (n,) or scalar, chance a quarter were all R&D relabelled

    Returns
    -------
    (n,) float in [0, 1]
    """
    return np.clip(audit_rate * relabelled / np.maximum(spend, 1e-9), 0.0, 1.0)


def fine(relabelled: Array, p: Any) -> Array:
    """Return the fine for a quarter's relabelled R&D (n,), million CNY, reckoned for a year of it.

    With `found_chance` its expected value is the cost that `cost_of_reaching` lets a firm of mean caution expect.
    """
    return 2.0 * p.audit_penalty * relabelled


def threshold_intensity(sales_year: Array, bands: Array, intensities: Array) -> Array:
    """Return the R&D intensity that certification asks for.

    Parameters
    ----------
    sales_year : (n,) million CNY
    bands : (B,) upper ends of the sales bands but the last, ascending
    intensities : (B + 1,) R&D over sales asked for in each band

    Returns
    -------
    (n,) share of sales
    """
    return np.asarray(intensities)[np.searchsorted(np.asarray(bands), sales_year)]


def relabelling(extra: Array, caution: Array, subsidy: Array | float, p: Any) -> Array:
    """Return the relabelled part of reported R&D that costs the firm least.

    One more relabelled yuan costs `caution` times the share relabelled (expected fines and trouble), one more real yuan
    costs `real_cost`; where nothing extra is needed, only a subsidy makes relabelling pay.

    Parameters
    ----------
    extra : (n,) reported R&D wanted above the firm's own plan, as a share of the plan
    caution : (n,) slope of the cost of relabelling
    subsidy : (n,) or scalar, share of reported R&D paid to the firm
    p : research parameters

    Returns
    -------
    (n,) share of the plan
    """
    return np.maximum(np.minimum(extra, p.real_cost / caution), subsidy / caution)


def cost_of_reaching(extra: Array, relabelled: Array, caution: Array, p: Any) -> Array:
    """Return what it costs to report extra R&D, as a share of the R&D planned.

    Parameters
    ----------
    extra, relabelled, caution : (n,) see `relabelling`
    p : research parameters

    Returns
    -------
    (n,) share of planned R&D
    """
    return p.real_cost * np.maximum(extra - relabelled, 0.0) + 0.5 * caution * relabelled**2


def reporting_plan(
    planned: Array,
    sales: Array,
    wanted: Array,
    gain: Array,
    threshold: Array,
    caution: Array,
    subsidy: Array | float,
    able: Array,
    p: Any,
) -> tuple[Array, Array]:
    """Return the real R&D added for a certificate and the R&D relabelled.

    A firm goes for the threshold when the certificate saves it more tax than the missing R&D costs; otherwise it
    stays with its plan.

    Parameters
    ----------
    planned, sales : (n,) R&D planned and sales of a quarter, million CNY
    wanted : (n,) reported R&D that would bring three years' R&D over sales to the threshold now, million CNY
    gain : (n,) tax that the certificate saves in a quarter, million CNY
    threshold : (n,) R&D over sales asked for
    caution : (n,) slope of the cost of relabelling
    subsidy : (n,) or scalar, share of reported R&D paid to the firm
    able : (n,) bool, could otherwise be certified
    p : research parameters

    Returns
    -------
    added, relabelled : (n,) million CNY a quarter
    """
    base = np.maximum(planned, 1e-9)
    lasting = np.maximum(threshold * sales / base - 1.0, 0.0)
    lasting_relabelled = np.minimum(lasting, p.real_cost / caution)
    worth = able & (cost_of_reaching(lasting, lasting_relabelled, caution, p) * base < gain)
    extra = np.where(worth, np.clip(wanted / base - 1.0, 0.0, p.largest_step), 0.0)
    relabelled = relabelling(extra, caution, subsidy, p)
    return np.maximum(extra - relabelled, 0.0) * planned, relabelled * planned
