"""Fund town: from virtual to real, support for funds that work on the spot and for finance people who come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy
from simulation.populations.talent import FINANCE

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import Records, World


class FundTown(
    Policy,
    name="fund_town",
    label=Label("Fund town", "基金小镇由虚向实"),
    summary=Label(
        "Supports funds with a real office in fund town, and finance people who come; an address may be supported too.",
        "支持基金在小镇实际办公并引进科技金融人才；也可设置虚拟注册奖励以作对照。",
    ),
    essay="推动基金小镇从虚拟入驻集聚向完善服务、功能配套、构建生态、实际办公等方向转变",
    note=Label(
        "Since January 2025 counties need approval from above for new government funds, and funds may not be set up to "
        "attract investment; fair-competition rules (August 2024) bar selective awards for registering. To be "
        "verified.",
        "2025年1月起县区新设政府投资基金须经上级批准，不得以招商引资为目的设基金；公平竞争审查条例（2024年8月起施行）"
        "禁止以选择性奖补吸引注册。以上待核实。",
    ),
):
    """Pays managers for presence, not for deals: also those who would be there anyway, and some whose office is sham.

    Support for an address alone (`registration`) fills the town with funds that book capital and screen from afar.

    按入驻而非按投资付款：本来就会入驻者、办公室徒有其名者也能得到。仅凭注册地址给予支持（`registration`）会让小镇充满
    账面注册、异地筛选的基金。
    """

    criteria: ClassVar[tuple[str, ...]] = ()

    office: float = param(0.8, unit="million CNY a year", bounds=(0.0, 50.0), source="assumption")
    """Support of a fund with a real office a year.
    每年对一只设有实际办公室的基金的支持。"""
    registration: float = param(0.0, unit="million CNY a year", bounds=(0.0, 50.0), source="assumption")
    """Support of a fund that is only registered there a year.
    每年对一只仅在此注册的基金的支持。"""
    inspection: float = param(0.5, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Chance that an office that is only a name on a door is seen and refused.
    徒有其名的办公室被查出并拒付的概率。"""
    inspection_cost: float = param(0.02, unit="million CNY a year", bounds=(0.0, 1.0), source="assumption")
    """Cost of inspecting an office a year.
    每年检查一处办公室的成本。"""
    finance_talent: float = param(0.03, unit="million CNY a year", bounds=(0.0, 2.0), source="assumption")
    """Support of a finance person from outside or from college a year.
    每年对一名外来或毕业的金融人才的支持。"""
    duration: int = param(12, unit="quarter", bounds=(1, 200), source="assumption")
    """How long a finance person is supported after arrival.
    金融人才到来后享受支持的时长。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    def _supported(self, world: World, view: Any) -> Array:
        """Return (n,) bool: finance people who arrived since the start and not too long ago (a candidate: now)."""
        arrived = np.asarray(getattr(view, "arrived", np.full(len(view), world.quarter)))
        return (view.skill == FINANCE) & (arrived >= self.start) & (world.quarter - arrived < self.duration)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Let managers and finance people expect what the account can pay."""
        if self.strength <= 0.0:
            return
        expected = self.strength * account.payout_ratio
        levers.office_support.move(self.office * expected)
        levers.registration_support.move(self.registration * expected)
        levers.office_inspection.move(self.inspection * expected)
        levers.relocation_grant.move(lambda view: self.finance_talent * expected * self._supported(world, view))

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay managers for the presence that they claim, inspectors, and finance people."""
        offices, addresses = (len(records.get(name, ())) for name in ("office_claims", "registration_claims"))
        people = int(self._supported(world, world.talent_view(world.talent.live)).sum())
        yearly = (self.office + self.inspection_cost) * offices + self.registration * addresses
        yearly += self.finance_talent * people
        world.ledger.pay_dues("fund_town", account, "households", self.strength * yearly / 4.0, self.upper_share)
