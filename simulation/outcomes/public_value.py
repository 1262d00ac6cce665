"""Public money: spending, revenue, tax expenditure and net cost by level of government."""

from __future__ import annotations

from simulation.outcome import outcome
from simulation.policies import load
from simulation.policy import POLICIES
from simulation.world import World


@outcome("public_spending", "million CNY", "Spending on policies", "政策支出", extensive=True, quarterly=True)
def public_spending(world: World) -> float:
    """Paid by all levels of government on policies in the quarter."""
    return world.records.flows.get("public_spending", 0.0)


def _booked(world: World, kind: str) -> float:
    return float(sum(getattr(account, kind) for account in world.ledger.accounts.values()))


@outcome("public_appropriated", "million CNY", "Appropriated for policies so far", "政策累计安排", extensive=True)
def public_appropriated(world: World) -> float:
    """Put into the accounts of policies since the start."""
    return _booked(world, "appropriated")


@outcome("public_recovered", "million CNY", "Recovered from policies so far", "政策累计回收", extensive=True)
def public_recovered(world: World) -> float:
    """Come back into the accounts of policies since the start: repaid, redeemed, sold."""
    return _booked(world, "recovered")


@outcome("public_contingent", "million CNY", "Contingent on policies", "政策或有负债", extensive=True)
def public_contingent(world: World) -> float:
    """Payable if it comes to the worst, as commitments stand: cover and guarantees."""
    return _booked(world, "contingent")


@outcome("public_revenue", "million CNY", "District tax revenue from modelled firms", "企业税收（区级）",
         extensive=True, quarterly=True)
def public_revenue(world: World) -> float:
    """Taxes of modelled firms that the district keeps, and fines, in the quarter."""
    return world.records.flows.get("tax_local", 0.0) + world.records.flows.get("audit_fines", 0.0)


@outcome("public_revenue_upper", "million CNY", "Upper governments' tax revenue", "企业税收（上级）",
         extensive=True, quarterly=True)
def public_revenue_upper(world: World) -> float:
    """Taxes of modelled firms that upper governments keep, in the quarter."""
    return world.records.flows.get("tax_upper", 0.0)


@outcome("tax_expenditure_local", "million CNY", "Tax relief borne by the district", "税收优惠（区级承担）",
         extensive=True, quarterly=True)
def tax_expenditure_local(world: World) -> float:
    """District's share of certificates' lower tax, in the quarter."""
    return world.records.flows.get("tax_expenditure_local", 0.0)


@outcome("tax_expenditure_upper", "million CNY", "Tax relief borne by upper levels", "税收优惠（上级承担）",
         extensive=True, quarterly=True)
def tax_expenditure_upper(world: World) -> float:
    """Upper governments' share of certificates' lower tax, in the quarter."""
    return world.records.flows.get("tax_expenditure_upper", 0.0)


@outcome("net_cost_district", "million CNY", "Net cost to the district", "区级净成本",
         extensive=True, quarterly=True)
def net_cost_district(world: World) -> float:
    """Policy payments less recoveries and upper transfers, plus debt interest, less tax revenue from modelled firms."""
    ledger = world.ledger
    cost = ledger.district_policy_cost - ledger.sum_of("upper_transfer") + ledger.sum_of("debt_interest")
    return cost - public_revenue(world)


@outcome("net_cost_all_levels", "million CNY", "Net cost to all levels", "各级净成本",
         extensive=True, quarterly=True)
def net_cost_all_levels(world: World) -> float:
    """Policy payments of all levels less recoveries, plus debt interest, less all tax revenue from modelled firms."""
    upper = world.ledger.upper_policy_cost + world.ledger.sum_of("upper_transfer")
    return net_cost_district(world) + upper - public_revenue_upper(world)


def _spending(policy: str, en: str, zh: str) -> None:
    def rule(world: World) -> float:
        return world.ledger.policy_flows.get(policy, 0.0)

    rule.__module__, rule.__doc__ = __name__, f"Paid on the policy in the quarter: {en}."
    outcome(f"spending_{policy}", "million CNY", f"Spending: {en}", f"支出：{zh}", extensive=True, quarterly=True)(rule)


load()
for _name, _policy in sorted(POLICIES.items()):
    _spending(_name, _policy.label.en, _policy.label.zh)
