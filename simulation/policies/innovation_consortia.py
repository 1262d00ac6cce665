"""Innovation consortia: matchmaking for joint research of firms and institutes, and part of its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import Records, World


class InnovationConsortia(
    Policy,
    name="innovation_consortia",
    label=Label("Innovation consortia", "创新联合体"),
    summary=Label(
        "Brings leading firms, suppliers and institutes together and repays part of what members contribute.",
        "撮合龙头企业、配套企业与高校院所组建创新联合体，并分担成员投入。",
    ),
    essay="牵头组建“政府—企业—高校院所”联盟，推广创新联合体，依托其开展以企业技术需求为导向的技术和产品攻关",
):
    """Makes founding and joining likelier and repays a share of the fees of all eligible members.

    Fees of consortia that would exist anyway are repaid too, and members who joined for the money fit less well.

    使联合体的组建和加入更容易，并返还所有合格成员的部分会费。本来就会存在的联合体也能得到返还；为钱而来的成员契合度较
    低。
    """

    matching: float = param(1.0, unit="1", bounds=(0.0, 20.0), source="assumption")
    """Rise of the rate at which firms found consortia and join when asked.
    企业组建联合体、应邀加入的速率的提高幅度。"""
    cost_share: float = param(0.5, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of the members' fees that is repaid.
    返还成员会费的比例。"""
    office: float = param(
        6.0, unit="million CNY", bounds=(0.0, 1e3), per="year", kind="flow", extensive=True, source="assumption"
    )
    """Yearly cost of the people who do the matchmaking.
    每年撮合人员的成本。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of these costs borne by upper governments.
    上级政府承担的费用比例。"""

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Bring firms together, and let members expect the share that the account can pay."""
        expected = self.strength * account.payout_ratio
        levers.consortium_matching.move(self.matching * expected, self.eligible)
        levers.consortium_cost_share.move(self.cost_share * expected, self.eligible)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the office, and repay eligible members part of the quarter's fees."""
        firms = world.firms
        rows = firms.rows_of(records.column("consortium_fees", "firm_key").astype(np.int64))
        members = (rows >= 0) & self.eligible.matches(world.firm_view(rows))
        dues = self.cost_share * self.strength * records.column("consortium_fees", "fee")[members]
        office = self.office * self.strength
        world.ledger.pay_bills(
            "consortium_support", account, [("households", office), (firms.at(rows[members]), dues)], self.upper_share
        )
