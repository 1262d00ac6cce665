"""Guidance fund: public money joins private sub-funds, which owe the district local investment."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy
from simulation.populations.funds import GUIDANCE

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import Records, World


class GuidanceFund(
    Policy,
    name="guidance_fund",
    label=Label("Guidance fund", "成果转化引导基金"),
    summary=Label(
        "Commits public money to private sub-funds with a local reinvestment duty; what comes back may be used again.",
        "财政资金参股社会化子基金，约定返投倍数，退出回收资金可滚动使用。",
    ),
    essay="用好成果转化引导基金",
):
    """Offers anchor commitments to managers who raise a fund; private investors decide whether it closes.

    Commitments are called over the funds' investing years; until then they are contingent. Whether private
    money is crowded in or out, and whether the stakes gain, is not given.

    向募资的管理人提供锚定出资；能否募成由民间投资者决定。承诺在投资期内分期缴付，此前为或有支出。民间资金被带动还是被
    挤出、股权能否增值，都不作预设。
    """

    criteria: ClassVar[tuple[str, ...]] = ()

    public_share: float = param(0.25, unit="1", bounds=(0.0, 0.8), source="sub-fund practice: 20-30 %")
    """Largest public share of a sub-fund's target.
    子基金目标规模中公共出资的最高比例。"""
    reinvestment: float = param(1.5, unit="1", bounds=(0.0, 5.0), source="sub-fund practice: 1-2 times")
    """Local investment duty, multiple of the public money.
    返投义务，为公共出资的倍数。"""
    tolerance: float = param(0.3, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Protection of public managers from blame for losses; without it they prefer late stages and safe names.
    对公共基金管理人投资损失的容错程度；没有容错，他们偏好后期和稳妥的项目。"""
    recycled: float = param(1.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of recoveries that is committed again; the rest stays with the district.
    回收资金再次用于出资的比例，其余归区里。"""

    @staticmethod
    def uncalled(world: World) -> float:
        """Return public commitments that have not been called, million CNY."""
        funds = world.funds
        rows = funds.live
        return float(((funds.committed[rows] - funds.drawn[rows]) * funds.public_share[rows]).sum())

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Offer what is neither paid nor promised yet."""
        if self.strength <= 0.0:
            return
        free = account.appropriated + self.recycled * account.recovered - account.paid - self.uncalled(world)
        levers.anchor_commitment.move(max(free, 0.0))
        levers.anchor_public_share.move(self.public_share)
        levers.anchor_reinvestment.move(self.reinvestment)
        levers.anchor_tolerance.move(self.tolerance)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the quarter's capital calls and take the public part of distributions, both through the guidance fund."""
        funds, ledger = world.funds, world.ledger
        nothing = (np.empty(0, dtype=np.int64), np.empty(0))
        mother = funds.live[funds.kind[funds.live] == GUIDANCE][:1]
        keys, amounts = records.get("public_distributions", nothing)
        if len(keys):
            shared = funds.at(np.repeat(mother, len(keys)))
            ledger.pay("public_distribution", funds.at(funds.rows_of(keys)), shared, amounts)
            ledger.pay("guidance_recovery", funds.at(mother), "district", float(np.sum(amounts)), account)
        keys, amounts = records.get("public_calls", nothing)
        if len(keys):
            paid = ledger.pay_dues("guidance_commitment", account, funds.at(np.repeat(mother, len(keys))), amounts)
            ledger.pay("public_call", funds.at(np.repeat(mother, len(keys))), funds.at(funds.rows_of(keys)), paid)
        account.contingent = self.uncalled(world)

    def wind_down(self, world: World, records: Records, account: Account) -> None:
        """Meet calls on commitments made before the end, and go on recovering."""
        self.settle(world, records, account)
