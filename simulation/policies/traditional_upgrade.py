"""Upgrading of traditional industries: part of the cost of equipment and of digital adoption is paid afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from simulation.errors import ScenarioError
from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.space.region import Region
    from simulation.world import Records, World


class TraditionalUpgrade(
    Policy,
    name="traditional_upgrade",
    label=Label("Upgrading of traditional industries", "传统产业转型升级"),
    summary=Label(
        "Pays part of what firms of the traditional industries spend on equipment and on going digital.",
        "对传统产业企业的设备更新和数字化改造投资按比例补助。",
    ),
    essay="加快传统产业转型升级",
):
    """Pays after the investment is made, whether or not it would have been made anyway.

    Equipment adds capacity (and wear), digital production saves cost after a learning dip; neither is research.

    在投资完成之后付款，无论本来是否会投。设备增加产能（与损耗），数字化在学习期之后节省成本；二者都不是研究。
    """

    criteria: ClassVar[tuple[str, ...]] = ("tiers", "zones", "age", "size")

    equipment_share: float = param(0.06, unit="1", bounds=(0.0, 0.45), source="assumption")
    """Share of investment in equipment that is paid.
    承担设备投资的比例。"""
    adoption_share: float = param(0.25, unit="1", bounds=(0.0, 0.45), source="assumption")
    """Share of the cost of going digital that is paid.
    承担数字化改造成本的比例。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    @staticmethod
    def _traditional(region: Region) -> Array:
        return np.array([group == "traditional" for group in region.industries.group])

    def bound(self, region: Region, scale: float) -> Self:
        """Return a copy for a region and scale; see `Policy.bound`.

        Raises
        ------
        ScenarioError
            The region has no traditional industry.
        """
        if not self._traditional(region).any():
            raise ScenarioError(f"policies.{self.name}: the region {region.name} has no traditional industry")
        return super().bound(region, scale)

    def _reached(self, world: World, view: Any) -> Array:
        """Return (n,) bool: eligible firms of traditional industries."""
        return self._traditional(world.region)[view.industry] & self.eligible.matches(view)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Let firms expect the shares that the account can pay."""
        expected = self.strength * account.payout_ratio
        levers.equipment_subsidy.move(lambda view: self.equipment_share * expected * self._reached(world, view))
        levers.digital_subsidy.move(lambda view: self.adoption_share * expected * self._reached(world, view))

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the shares of this quarter's investment and digital adoption to the firms that live."""
        firms = world.firms
        rows = firms.live
        spent = np.zeros(len(firms))
        spent[rows] = self.equipment_share * firms.investment[rows]
        keys, cost = records.get("digital_adoptions", (np.empty(0, dtype=np.int64), np.empty(0)))
        adopters = firms.rows_of(keys)
        spent[adopters[adopters >= 0]] += self.adoption_share * cost[adopters >= 0]
        dues = self.strength * spent[rows] * self._reached(world, world.firm_view(rows))
        world.ledger.pay_dues("upgrading", account, firms.at(rows), dues, self.upper_share, for_assets=True)
