"""R&D centres: money for firms that reach a level of R&D centre, and use of institutes' platforms for holders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import Records, World

AWARD, ACCESS = "centre_award", "platform_access"


class RdCentres(
    Policy,
    name="rd_centres",
    label=Label("R&D centres at three levels", "省市区三级研发机构"),
    summary=Label(
        "Pays firms that reach a district, city or province R&D centre, and lets holders use institutes' platforms.",
        "对建成区级、市级、省级研发机构的企业给予资助，并为其开放院所平台。",
    ),
    note=Label(
        "Fair-competition rules (in force since August 2024) bar selective awards to single firms; whether awards by "
        "level of R&D centre are general enough has to be checked. To be verified.",
        "公平竞争审查条例（2024年8月起施行）限制对特定企业的选择性奖补；按研发机构级别给予资助是否属于普惠条件须核对。以上待核实。",
    ),
    essay="支持高新技术企业建设技术中心、工程技术中心、重点实验室，全力配合构筑省、市、区三级研发机构发展梯队",
):
    """Awards are bound to R&D; the level itself is earned by real research and does nothing by itself.

    Firms whose research carries a level already are awarded too, and own R&D that an award replaces is not additional.

    奖励限用于研发；等级由真实研究取得，本身不起作用。研究已达等级的企业也得奖；被奖励替代的自有研发不算新增。
    """

    awards: tuple[float, float, float] = param((0.3, 1.0, 3.0), unit="million CNY", source="assumption")
    """Money for reaching the district, city and province level.
    达到区级、市级、省级的奖励金额。"""
    access: float = param(0.25, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Rise of what a firm with a centre of any level learns from others through institutes' platforms.
    设有任一级研发中心的企业，经院所平台向他人学习的提高幅度。"""
    access_cost: float = param(
        0.05, unit="million CNY", bounds=(0.0, 1.0), per="year", kind="flow", source="assumption"
    )
    """Yearly fee for a firm's use of the platforms, paid to the institutes by their R&D spending.
    企业使用平台的年费，按研发支出付给各院所。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of these costs borne by upper governments.
    上级政府承担的费用比例。"""

    def _award(self, world: World, view: Any) -> Array:
        level = world.firms.rd_centre[world.firms.rows_of(view.key)].astype(np.int64)
        return self.strength * np.array([*self.awards, 0.0])[level]

    def _holds(self, world: World, view: Any) -> Array:
        return world.firms.rd_centre[world.firms.rows_of(view.key)] > 0

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Promise awards within the balance, and open the platforms as far as they are paid for."""
        if self.strength <= 0.0:
            return
        levers.centre_award.move(lambda view: self._award(world, view), self.eligible)
        levers.centre_money.move(account.balance)
        opened = self.access * self.strength * account.payout_ratio
        levers.platform_access.move(lambda view: opened * self._holds(world, view), self.eligible)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the awards, then the platforms with what is left."""
        firms, institutes, ledger = world.firms, world.institutes, world.ledger
        rows = firms.rows_of(records.column("centres", "firm_key").astype(np.int64))
        awards = records.column("centres", "award")
        ledger.pay_dues(AWARD, account, firms.at(rows), awards, self.upper_share)
        view = world.firm_view(firms.live)
        users = int((self._holds(world, view) & self.eligible.matches(view)).sum())
        spending = institutes.rd_spend[institutes.live]
        fees = self.access_cost * self.strength * users * spending / max(float(spending.sum()), 1e-12)
        ledger.pay_dues(ACCESS, account, institutes.at(institutes.live), fees, self.upper_share)
