"""Park, institute and firm: results of institutes find firms in the same park, and part of the price is repaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import Records, World


class ParkInstituteFirm(
    Policy,
    name="park_institute_firm",
    label=Label("Park, institute and firm", "产业园+科研院所+企业"),
    summary=Label(
        "Transfer offices bring institutes' results to firms in the same park and repay part of the price.",
        "在园区内设立转化专班，促成院所成果就近落地，并补助部分成交价款。",
    ),
    essay="探索“产业园+科研院所+企业”一体发展模式，打通创新平台与本地企业合作的交流通道",
):
    """Works between firms in the parks (eligible zones) and institutes next door only.

    What would have been sold there anyway is repaid as well, and a result sold next door is lost to a better user.

    只作用于园区（合格片区）内的企业与相邻院所之间。本来就会在那里成交的也同样返还；卖给近邻的成果就失去了更合适的用户。
    """

    matching: float = param(1.5, unit="1", bounds=(0.0, 20.0), source="assumption")
    """Rise of the rate at which results meet firms in the same park.
    同一园区内成果与企业相遇速率的提高幅度。"""
    price_support: float = param(0.3, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of the price that is repaid to the firm.
    返还企业的价款比例。"""
    office: float = param(
        6.0, unit="million CNY", bounds=(0.0, 1e3), per="year", kind="flow", extensive=True, source="assumption"
    )
    """Yearly cost of the transfer offices in the parks.
    园区转移机构每年的成本。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of these costs borne by upper governments.
    上级政府承担的费用比例。"""

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Bring results to firms next door, and let them expect the support that the account can pay."""
        expected = self.strength * account.payout_ratio
        levers.park_matching.move(self.matching * expected, self.eligible)
        levers.park_price_support.move(self.price_support * expected, self.eligible)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the offices, and repay part of the price of results bought next door."""
        firms = world.firms
        bought = records.column("contracts", "park").astype(bool)
        rows = firms.rows_of(records.column("contracts", "firm_key")[bought].astype(np.int64))
        buyers = (rows >= 0) & self.eligible.matches(world.firm_view(rows))
        dues = self.price_support * self.strength * records.column("contracts", "value")[bought][buyers]
        office = self.office * self.strength
        world.ledger.pay_bills(
            "park_support", account, [("households", office), (firms.at(rows[buyers]), dues)], self.upper_share
        )
