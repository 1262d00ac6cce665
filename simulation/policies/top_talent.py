"""Top talent (Kunpeng action): packages for the ablest newcomers, whose teams follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy
from simulation.populations.talent import FIRM, INSTITUTE

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import Records, World


class TopTalent(
    Policy,
    name="top_talent",
    label=Label("Top talent", "鲲鹏行动顶尖人才"),
    summary=Label(
        "Packages for top talent from outside for some years, project money for their employers; teams follow them.",
        "对引进的顶尖人才给予数年补助，为用人单位提供项目经费，团队成员随同落户。",
    ),
    essay="围绕“鲲鹏行动”等重点人才计划，千方百计引进合作顶尖人才",
):
    """Holds for `duration` quarters after arrival; those who came for the package may leave when it ends.

    Everyone of top talent who arrives gets a package, whether it brought them or not.

    自到来起持续 `duration` 个季度；为待遇而来者可能在结束时离开。凡到来的顶尖人才都享受，无论是否因此而来。
    """

    criteria: ClassVar[tuple[str, ...]] = ("skills", "ability")

    package: float = param(0.5, unit="million CNY a year", bounds=(0.0, 20.0), source="assumption")
    """Money paid to a person a year, on top of the wage.
    每年在工资之外付给个人的资金。"""
    duration: int = param(20, unit="quarter", bounds=(1, 200), source="assumption")
    """How long a package lasts after arrival.
    到来后待遇持续的时长。"""
    team: float = param(3.0, unit="people", bounds=(0.0, 20.0), source="assumption")
    """Researchers who follow such a person.
    随其而来的研究人员数。"""
    project: float = param(0.5, unit="million CNY a year", bounds=(0.0, 50.0), source="assumption")
    """Project money a year for the firm or institute that employs such a person; it may use it as it likes.
    每年给予其用人单位的项目资金，用途自定。"""
    youngest: float = param(30.0, unit="year", bounds=(18.0, 60.0), source="assumption")
    """Least age at arrival; local graduates are younger.
    到来时的最低年龄；本地毕业生更年轻。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    def _supported(self, world: World, view: Any) -> Array:
        """Return (n,) bool: top talent that arrived since the start and not too long ago (a candidate: now)."""
        arrived = np.asarray(getattr(view, "arrived", np.full(len(view), world.quarter)))
        since = world.quarter - arrived
        recent = (arrived >= self.start) & (since < self.duration)
        return view.top & recent & (view.age - since / 4.0 >= self.youngest) & self.eligible.matches(view)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Let people expect what the account can pay."""
        if self.strength <= 0.0:
            return
        expected = self.strength * account.payout_ratio
        levers.relocation_grant.move(lambda view: self.package * expected * self._supported(world, view))
        levers.team_size.move(lambda view: self.team * expected * self._supported(world, view))

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay packages to the people and project money to their employers, all prorated alike."""
        t = world.talent
        rows = t.live
        rows = rows[self._supported(world, world.talent_view(rows))]
        bills: list[Any] = [("households", self.strength * self.package / 4.0 * len(rows))]
        for kind, employers in ((FIRM, world.firms), (INSTITUTE, world.institutes)):
            hosts = t.employer[rows[t.employer_kind[rows] == kind]]
            bills.append((employers.at(hosts), np.full(len(hosts), self.strength * self.project / 4.0)))
        world.ledger.pay_bills("talent_package", account, bills, self.upper_share)
