"""Regional partnership: joint platforms with named regions outside, and co-funding of joint projects with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy
from simulation.works import Works

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.space.region import Region
    from simulation.world import Records, World


class RegionalPartnership(
    Works,
    name="regional_partnership",
    label=Label("Regional partnership", "区域创新协作"),
    summary=Label(
        "Joint platforms with named regions and co-funded joint projects; knowledge and results flow both ways.",
        "与虹桥等区域共建协作平台、共同资助联合项目；知识与成果双向流动。",
    ),
    essay="特别是与虹桥商务区及南北向拓展带上高能级平台合作共建，提升平台发展能级",
):
    """Platforms open `delay` quarters after they are paid for and strengthen links both ways: results leave easier too.

    Part of the project money is the partners' and leaves the district.

    平台付清建设款后经 `delay` 个季度启用，双向加强联系：成果也更容易外流。部分项目资金归合作方，流出本区。
    """

    payment: ClassVar[str] = "partnership"
    criteria: ClassVar[tuple[str, ...]] = ()

    regions: tuple[str, ...] = param((), unit="", source="scenario")
    """Regions outside that are partners, by name; all when left out.
    合作的区外地区，按名称列出；省略则为全部。"""
    link: float = param(0.4, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Strength that joint platforms add to links with these regions (1 without policy).
    联合平台为与这些地区的联系增加的强度（无政策时为 1）。"""
    construction: float = param(20.0, unit="million CNY", bounds=(0.0, 1e4), extensive=True, source="assumption")
    """District's part of setting the platforms up.
    搭建平台的本区承担部分。"""
    operation: float = param(
        8.0, unit="million CNY", bounds=(0.0, 1e4), per="year", kind="flow", extensive=True, source="assumption"
    )
    """District's part of the yearly cost of running them.
    平台年度运行费的本区承担部分。"""
    delay: int = param(2, unit="quarter", bounds=(0, 40), source="assumption")
    """Quarters from the last payment for setting up to opening.
    建设款付清到启用的季度数。"""
    cofunding: float = param(0.5, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of the cost of joint projects that is funded.
    资助合作项目成本的比例。"""
    project_cost: float = param(0.5, unit="million CNY", bounds=(0.0, 20.0), source="assumption")
    """Cost of a joint project, which brings one joint invention.
    一个合作项目的成本，带来一项合作发明。"""
    partner_share: float = param(0.3, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the project money that goes to the partner outside.
    项目资金中付给区外合作方的比例。"""

    def bound(self, region: Region, scale: float) -> Self:
        """Return a copy for a region and scale; see `Policy.bound`.

        Raises
        ------
        ScenarioError
            A region outside is not known.
        """
        self.check_names("regions", self.regions, region.externals.name)
        return super().bound(region, scale)

    def _partners(self, world: World) -> Array:
        return np.array([not self.regions or name in self.regions for name in world.region.externals.name])

    def appropriate(self, account: Account) -> None:
        """Put the year's budget into the account: how many projects there will be is not known beforehand."""
        Policy.appropriate(self, account)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Offer platforms that are open, and co-funding, as far as both are expected to be paid for."""
        if self.strength > 0.0 and self._opened(world, account):
            expected = self.strength * account.payout_ratio * self._partners(world)
            levers.outside_link.move(self.link * expected)
            levers.joint_support.move(self.cofunding * expected)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay for setting up; once open, pay for running and for the quarter's joint projects with partners."""
        if self._works_left(account, world.quarter) > 0.0 or not self._opened(world, account):
            super().settle(world, records, account)
            return
        firms = world.firms
        rows = firms.rows_of(records.column("joint_inventions", "firm_key").astype(np.int64))
        alive = rows >= 0
        money = self.cofunding * self.strength * self.project_cost
        projects = money * records.column("joint_inventions", "number")[alive]
        away = self.operation * self.strength + float(projects.sum()) * self.partner_share
        own = projects * (1.0 - self.partner_share)
        world.ledger.pay_bills(
            self.payment, account, [("world", away), (firms.at(rows[alive]), own)], self.upper_share
        )
