"""Testing and standards: a shorter way from development to market, and help with certification dossiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy
from simulation.works import Works

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import Records, World


class TestingStandards(
    Works,
    name="testing_standards",
    label=Label("Testing and standards", "检测认证与标准"),
    summary=Label(
        "Branches of national testing and standards institutes: products reach the market sooner, dossiers cost less.",
        "引入国家级检测认证与标准机构，缩短产品上市周期，降低资质申报成本。",
    ),
    essay="拓宽与中国特种设备检测研究院、中国标准化研究院等合作渠道，推动更多创新创业项目落地生根",
):
    """Sets the branches up first, opens `delay` quarters after the last payment, then pays by use.

    Nothing passes that would have failed: projects leave market entry sooner, for better or worse.

    先设分支机构，付清后经 `delay` 个季度启用，再按使用付费。本来通不过的不会通过：项目只是更早走完上市环节，无论好坏。
    """

    __test__ = False  # so that pytest does not take the name for a test
    payment: ClassVar[str] = "testing"

    speed: float = param(0.4, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Rise of the share of projects that leave market entry in a quarter.
    每季度走完上市环节的项目比例的提高幅度。"""
    dossier_share: float = param(0.5, unit="1", bounds=(0.0, 0.95), source="assumption")
    """Share of the cost of a high-tech certificate's dossier that is repaid, whether it passes or not.
    高企认定材料成本的返还比例，无论通过与否。"""
    construction: float = param(40.0, unit="million CNY", bounds=(0.0, 1e4), extensive=True, source="assumption")
    """District's part of setting the branches up.
    设立分支机构的本区承担部分。"""
    operation: float = param(
        4.0, unit="million CNY", bounds=(0.0, 1e4), per="year", kind="flow", extensive=True, source="assumption"
    )
    """District's part of the yearly cost of the branches, however much they are used.
    分支机构年度运行费的本区承担部分，与使用多少无关。"""
    service_cost: float = param(
        0.02, unit="million CNY", bounds=(0.0, 1.0), per="year", kind="flow", source="assumption"
    )
    """District's part of the cost of testing for each project at market entry, a year.
    每个上市环节项目每年检测成本的本区承担部分。"""

    def appropriate(self, account: Account) -> None:
        """Put the year's budget into the account: how much will be used is not known beforehand."""
        Policy.appropriate(self, account)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Offer the service once it is open, as far as firms expect it to be paid for."""
        if self.strength > 0.0 and self._opened(world, account):
            expected = self.strength * account.payout_ratio
            levers.market_entry_speed.move(self.speed * expected, self.eligible)
            levers.dossier_support.move(self.dossier_share * expected, self.eligible)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay for setting up; once open, pay the branches by use and repay part of the dossiers handed in."""
        if self._works_left(account, world.quarter) > 0.0 or not self._opened(world, account):
            super().settle(world, records, account)
            return
        firms = world.firms
        users = firms.live[self.eligible.matches(world.firm_view(firms.live))]
        service = self.service_cost * float(firms.projects[users, 1].sum())
        rows = firms.rows_of(records.column("applications", "firm_key").astype(np.int64))
        view = world.firm_view(rows)
        view.tier = records.column("applications", "tier")  # as it was when the firm applied
        helped = (rows >= 0) & self.eligible.matches(view)
        dossiers = self.dossier_share * self.strength * records.column("applications", "cost")[helped]
        running = self.strength * (self.operation + service)
        world.ledger.pay_bills(
            self.payment, account, [("households", running), (firms.at(rows[helped]), dossiers)], self.upper_share
        )
