"""Treasury: where public money comes from. Public money is never free.

What policies paid this quarter is financed as the scenario says: a cut of background spending (felt next
quarter as amenity and services), land revenue, new debt (with interest every quarter after), or a transfer
from upper governments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.dates import FIRST_QUARTER
from simulation.parameters import Parameters, param

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.levers import Levers
    from simulation.world import World

READS = ()
WRITES = ()


class TreasuryParameters(Parameters, group="financing"):
    """How the district finances its policies; the shares are brought to a sum of one."""

    background_cut: float = param(1.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share paid by cutting other public spending."""
    land_revenue: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share paid from the sale of land, paid by landlords."""
    debt: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share borrowed outside the district."""
    upper_transfer: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share paid by upper governments on top of what they share by rule."""
    debt_interest: float = param(
        0.033, unit="1", bounds=(0.0, 0.2), per="year", kind="growth", source="assumption"
    )
    """Interest on the district's debt."""


PARAMETERS = TreasuryParameters


def spending_ratio(cut: float, spending: float) -> float:
    """Return next quarter's background spending relative to what it would be without policies.

    Parameters
    ----------
    cut : million CNY a quarter taken from background spending (policies and debt service)
    spending : million CNY a quarter without policies

    Returns
    -------
    float in [0.5, 1.1]; above one when recoveries exceed payments
    """
    return float(min(max(1.0 - cut / spending, 0.5), 1.1))


def step(world: World, levers: Levers, draws: Draws, p: TreasuryParameters) -> None:
    """Finance the quarter's policy payments and serve the debt; net recoveries repay debt, then raise spending."""
    ledger, records, background = world.ledger, world.records, world.region.background
    grown = (1.0 + background["growth"]) ** ((world.quarter - FIRST_QUARTER) / 4.0)
    stock = world.published.get("public_debt", 0.0)
    interest = stock * p.debt_interest
    if interest > 0:
        ledger.pay("debt_interest", "district", "world", interest)
    repaid = min(max(-ledger.district_policy_cost, 0.0), stock)
    if repaid > 0:
        ledger.pay("debt_repayment", "district", "world", repaid)
    paid = max(ledger.district_policy_cost, 0.0)
    recovered = max(-ledger.district_policy_cost, 0.0) - repaid
    shares = {"cut": p.background_cut, "land": p.land_revenue, "debt": p.debt, "upper": p.upper_transfer}
    total = sum(shares.values()) or 1.0
    parts = {name: paid * share / total for name, share in shares.items()}
    land = background["land_revenue"] / 4.0 * world.scale * grown
    parts["cut"] += max(parts["land"] - land, 0.0)
    parts["land"] = min(parts["land"], land)
    for part, account, payer in (("land", "land_revenue", "landlords"), ("debt", "public_debt", "world"),
                                 ("upper", "upper_transfer", "upper")):
        if parts[part] > 0:
            ledger.pay(account, payer, "district", parts[part])
    records["public_debt"] = stock - repaid + parts["debt"]
    records["land_levy"] = parts["land"] / max(ledger.sum_of("rent"), 1e-9)
    baseline = background["government_spending"] / 4.0 * world.scale * grown
    records["background_spending_ratio"] = spending_ratio(parts["cut"] + interest - recovered, baseline)
    for policy, amount in ledger.policy_flows.items():
        records.flow("public_spending", amount)
        records.flow(f"spending_{policy}", amount)
