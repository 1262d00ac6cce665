"""Key technology projects: an open call, part of the money at the start, the rest only when the review is passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import Records, World


class KeyTechnologyProjects(
    Policy,
    name="key_technology_projects",
    label=Label("Key technology projects", "关键核心技术攻关"),
    summary=Label(
        "Open calls for what industry lacks (best offer wins); part is paid at the start, the rest when it passes.",
        "围绕产业链短板“揭榜挂帅”，立项先拨付部分资金，验收通过后拨付其余资金。",
    ),
    essay="谋划推进一批产业链协同创新项目、关键核心技术攻关项目",
):
    """Starts as many projects at a call as the account can pay to the end; money of failed ones is free again.

    Most projects fail their final review, years later, and what was paid at the start is lost with them.

    每次征集启动账户足以付清的项目数；失败项目的余款可再用。多数项目在数年后的终审中未通过，启动时所付随之损失。
    """

    size: float = param(3.0, unit="million CNY", bounds=(0.1, 100.0), source="assumption")
    """Public money of a project.
    每个项目的公共资金。"""
    upfront: float = param(0.4, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share paid at the start, bound to R&D; the rest is paid when the review is passed.
    启动时支付的比例，限用于研发；其余在通过评审后支付。"""
    interval: int = param(4, unit="quarter", bounds=(1, 20), source="assumption: one call a year")
    """Quarters from call to call; the first is held when as many have passed.
    两次征集相隔的季度数；满一个周期后举行首次。"""
    integrity: float = param(0.8, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Weight of assessed merit in choosing the firms; the rest goes by connections.
    遴选企业时评定水平的权重，其余看关系。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Open a call when one is due, for as many projects as there is money besides what is promised."""
        if self.strength <= 0.0 or (world.quarter - self.start + 1) % self.interval:
            return
        free = account.balance - float(world.challenges.left.sum())
        levers.challenge_number.move(np.floor(max(free, 0.0) / self.size + 1e-9))
        levers.challenge_size.move(self.size, self.eligible)
        levers.challenge_integrity.move(self.integrity)
        levers.challenge_upfront.move(self.upfront)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay firms that still live: at the start, and when they have passed."""
        rows = world.firms.rows_of(records.column("challenge_payments", "firm_key").astype(np.int64))
        dues, alive = records.column("challenge_payments", "payment"), rows >= 0
        world.ledger.pay_dues("key_technology", account, world.firms.at(rows[alive]), dues[alive], self.upper_share)
        account.contingent = min(float(world.challenges.left.sum()), account.balance)

    def wind_down(self, world: World, records: Records, account: Account) -> None:
        """Pay those who pass after the end."""
        self.settle(world, records, account)
