"""Industry brain and future factories: a data platform for finding suppliers, and co-paid digital adoption."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import Records, World


class IndustryBrain(
    Policy,
    name="industry_brain",
    label=Label("Industry brain and future factories", "产业大脑+未来工厂"),
    summary=Label(
        "Runs a data platform on which local suppliers are found more easily; pays part of the cost of going digital.",
        "建设运营产业大脑，降低本地供应商搜寻成本，并对企业数字化改造给予补贴。",
    ),
    essay="推动以“产业大脑+未来工厂”为核心的数字经济系统建设",
):
    """Pays for running the platform first, then its share of the cost of eligible firms that go digital.

    Adoption costs a learning dip before it saves; some of the firms paid would have adopted anyway. The platform serves
    those who are digital.

    先支付平台运行费，再按比例承担合格企业的数字化成本。数字化先有学习期的下滑，后有节省；部分受助企业本来就会转型。平
    台服务于已数字化的企业。
    """

    adoption_share: float = param(0.25, unit="1", bounds=(0.0, 0.45), source="assumption")
    """Share of the cost of going digital that is paid.
    承担数字化改造成本的比例。"""
    search_saved: float = param(0.30, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of the cost of finding local suppliers that the platform saves firms that produce digitally.
    平台为数字化企业节省的本地供应商搜寻成本比例。"""
    operation: float = param(
        15.0, unit="million CNY", bounds=(0.0, 1e4), per="year", kind="flow", extensive=True, source="assumption"
    )
    """Yearly cost of running the platform.
    平台每年的运行成本。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Let firms expect the share that the account can pay, and run the platform as far as there is money."""
        due = self.operation * self.strength
        run = min(account.balance / due, 1.0) if due > 0.0 else 1.0
        levers.search_cost_saved.move(self.search_saved * self.strength * run)
        levers.digital_subsidy.move(self.adoption_share * self.strength * account.payout_ratio, self.eligible)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay for the platform, then the share of what firms spent on going digital this quarter."""
        firms, pay = world.firms, world.ledger.pay_dues
        pay("industry_brain", account, "world", self.operation * self.strength, self.upper_share)
        keys, cost = records.get("digital_adoptions", (np.empty(0, dtype=np.int64), np.empty(0)))
        rows = firms.rows_of(keys)
        alive = rows >= 0
        rows, cost = rows[alive], cost[alive]
        dues = self.adoption_share * self.strength * cost * self.eligible.matches(world.firm_view(rows))
        pay("digital_adoption_share", account, firms.at(rows), dues, self.upper_share, for_assets=True)
