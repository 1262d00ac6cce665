"""R&D subsidy: the textbook instrument that the others are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import Records, World


class RdSubsidy(
    Policy,
    name="rd_subsidy",
    label=Label("R&D subsidy", "研发补助"),
    summary=Label(
        "Pays eligible firms a share of the R&D that they report.",
        "按企业申报的研发支出给予一定比例补助（对照工具）。",
    ),
    essay="支持企业创新",
):
    """Pays firms a share of reported R&D; what is reported is not always real.

    The lever carries the rate that firms expect: the nominal one times last quarter's pay-out ratio.

    按申报研发的一定比例补助企业；申报的不一定真实。杠杆取企业的预期补助率：名义比例乘以上季度的兑付率。
    """

    rate: float = param(0.10, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Share of reported R&D that is paid.
    按申报研发支付的比例。"""
    audits: float = param(0.0, unit="1", bounds=(0.0, 1.0), per="year", kind="flow", source="assumption")
    """Share of the recipients audited besides the tax office's own audits.
    在税务审计之外另行抽查的受助企业比例。"""
    audit_cost: float = param(0.05, unit="million CNY", bounds=(0.0, 1.0), source="assumption")
    """Cost of an audit.
    一次审计的成本。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Let firms expect the rate that the account can pay."""
        levers.rd_subsidy_rate.move(self.rate * self.strength * account.payout_ratio, self.eligible)
        levers.audit_rate.move(self.audits * self.strength, self.eligible)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay for audits, then the rate on the quarter's reported R&D."""
        rows = world.firms.live
        rows = rows[self.eligible.matches(world.firm_view(rows))]
        audits = self.audits * self.strength * self.audit_cost * len(rows)
        world.ledger.pay_dues("audits", account, "households", audits, self.upper_share)
        dues = self.rate * self.strength * world.firms.rd_reported[rows]
        world.ledger.pay_dues("rd_subsidy", account, world.firms.at(rows), dues, self.upper_share)
