"""Credit, the risk-compensation pool and venture capital."""

from __future__ import annotations

from simulation.outcome import outcome
from simulation.world import World


@outcome("tech_loans", "million CNY", "Loans to tech firms", "科技企业贷款投放", extensive=True, yearly=True)
def tech_loans(world: World) -> float:
    """Return new loans to tiers 1-3 and certified firms over four quarters."""
    return world.yearly("loans_tech")


@outcome("loans_outstanding", "million CNY", "Loans outstanding", "贷款余额", extensive=True)
def loans_outstanding(world: World) -> float:
    """Principal owed by firms."""
    return float(world.loans.principal.sum())


def _share(name: str, en: str, zh: str, doc: str) -> None:
    def rule(world: World) -> float:
        return float(world.records.get(name, 0.0))

    rule.__module__, rule.__doc__ = __name__, doc
    outcome(name, "share", en, zh)(rule)


_share("rationed_share", "Credit-rationed share of demand", "信贷需求未满足比例",
       "Finance that firms lack because banks refused them, now or lately, over all they would borrow; a year.")
_share("loan_rate", "Loan rate", "贷款利率", "Mean yearly rate of the quarter's new loans, weighted by amount.")
_share("default_share", "Recognised default share", "不良率（账面）", "Recognised defaults of a year over loans.")
_share("true_default_share", "True default share", "不良率（真实）", "True defaults, rolled over included, over loans.")


@outcome("covered_already_banked_share", "share", "Covered borrowers that banks had already",
         "既有优质客户移入覆盖比例",
         yearly=True)
def covered_already_banked_share(world: World) -> float:
    """Covered lending to firms that banks would have served anyway, over covered lending."""
    covered = world.yearly("covered_new") + world.yearly("covered_already_banked")
    return world.yearly("covered_already_banked") / covered if covered > 0 else 0.0


@outcome("pool_balance", "million CNY", "Pool balance", "资金池余额", extensive=True)
def pool_balance(world: World) -> float:
    """Return what the risk-compensation pool holds."""
    return world.ledger.accounts["risk_pool"].balance if "risk_pool" in world.ledger.accounts else 0.0


@outcome("pool_claims", "million CNY", "Pool claims paid", "资金池代偿", extensive=True, quarterly=True)
def pool_claims(world: World) -> float:
    """Claims paid to banks in the quarter."""
    return world.ledger.sum_of("pool_claims")


@outcome("pool_leverage", "ratio", "Covered loans over the pool", "资金池放大倍数")
def pool_leverage(world: World) -> float:
    """Covered principal outstanding over the pool's balance."""
    covered = float((world.loans.principal * (world.loans.covered > 0)).sum())
    held = pool_balance(world)
    return covered / held if held > 0 else 0.0


def _venture(name: str, en: str, zh: str) -> None:
    def rule(world: World) -> float:
        return world.yearly(name)

    rule.__module__, rule.__doc__ = __name__, f"{en} into firms of the district over four quarters."
    outcome(name, "million CNY", en, zh, extensive=True, yearly=True)(rule)


_venture("venture_investment", "Venture investment", "创投投资额")
_venture("venture_private", "Private venture money", "社会资本创投")
_venture("venture_public", "Public venture money", "政府引导创投")


@outcome("private_per_public", "ratio", "Private per public venture money", "社会资本放大倍数", yearly=True)
def private_per_public(world: World) -> float:
    """Private over public venture money of four quarters; zero without public money."""
    public = world.yearly("venture_public")
    return world.yearly("venture_private") / public if public > 0 else 0.0


@outcome("fund_multiple", "ratio", "Multiple of exited deals", "基金退出回报倍数", yearly=True)
def fund_multiple(world: World) -> float:
    """Money back over money put in, deals exited over four quarters."""
    invested = world.yearly("exits_invested")
    return world.yearly("exits_returned") / invested if invested > 0 else 0.0
