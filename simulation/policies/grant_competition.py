"""Grant competition: small grants by rank, a textbook instrument that the others are compared with."""

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


class GrantCompetition(
    Policy,
    name="grant_competition",
    label=Label("Grant competition", "竞争性小额资助"),
    summary=Label(
        "Ranks proposals of eligible firms at calls and pays the first ones a small grant for R&D.",
        "定期征集企业研发项目，按评审排名给予小额资助（对照工具）。",
    ),
    essay="支持企业创新",
):
    """Holds a call at the end of every interval; the panel ranks, the account pays the winners in cash.

    Grant money is bound to R&D save for the share misused. What it does for the winner follows from R&D done.

    每个周期末举行一次征集；评审排序，账户以现金支付获选者。除挪用部分外，资助限用于研发；对获选者的作用取决于由此开展
    的研发。
    """

    size: float = param(1.0, unit="million CNY", bounds=(0.05, 20.0), source="Innofund: up to one million CNY")
    """Money of a grant.
    每项资助金额。"""
    interval: int = param(4, unit="quarter", bounds=(1, 20), source="assumption: one call a year")
    """Quarters from call to call; the first is held when as many have passed.
    两次征集相隔的季度数；满一个周期后举行首次。"""
    integrity: float = param(0.8, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Weight of assessed merit in the ranking; the rest goes by connections. One is a clean ranking.
    排序中评定水平的权重，其余看关系；1 表示完全公正。"""
    misuse: float = param(0.1, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of a grant that is not bound to R&D in the end.
    最终未用于研发的资助比例。"""
    most: int = param(2, unit="grants", bounds=(1, 20), source="assumption")
    """Grants that a firm may win in all.
    一家企业累计最多可获的资助次数。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Open a call for as many grants as the account can pay, when one is due."""
        if self.strength <= 0.0 or (world.quarter - self.start + 1) % self.interval:
            return
        levers.grant_number.move(np.floor(account.balance / self.size + 1e-9))
        levers.grant_size.move(lambda view: self.size * self._may_win(world, view), self.eligible)
        levers.grant_integrity.move(self.integrity)
        levers.grant_misuse.move(self.misuse)

    def _may_win(self, world: World, view: Any) -> Array:
        return world.firms.grants[world.firms.rows_of(view.key)] < self.most

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the winners that still live."""
        won = records.column("grants", "won").astype(bool)
        rows = world.firms.rows_of(records.column("grants", "firm_key")[won].astype(np.int64))
        dues = records.column("grants", "grant")[won]
        alive = rows >= 0
        world.ledger.pay_dues("grant", account, world.firms.at(rows[alive]), dues[alive], self.upper_share)
