"""Doubling of technology firms: awards for each rung of the ladder, and consultants for those who try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import Records, World

TECH_SME, HIGH_TECH, LEADER = 2, 3, 4


class TechFirmDoubling(
    Policy,
    name="tech_firm_doubling",
    label=Label("Doubling of technology firms", "科技企业“双倍增”"),
    summary=Label(
        "Pays firms an award when they first reach a rung of the ladder, and part of the cost of applying.",
        "企业首次成为科技型中小企业、高新技术企业、创新型领军企业时给予奖励，并补贴申报辅导费用。",
    ),
    essay="深入实施科技企业“双倍增”行动，建立“科技型中小企业—高新技术企业—创新型领军企业”的阶梯式培育机制",
    note=Label(
        "Awards by title are restricted at county level since 2024-25 (fair-competition review; to be verified): "
        "general conditions are safer than lists of names, and money from above than the county's own.",
        "2024—2025年起，县级按资质奖补企业受公平竞争审查等限制（待核实）：宜设普惠条件，或由上级资金安排。",
    ),
):
    """Firms count the award in what a title is worth: more apply, and more do what the rules ask, or report it.

    The rules stay as they are, so nobody is promoted. Most awards go to firms that would have got there anyway, and
    a higher gain makes relabelling pay for more firms near the threshold.

    企业把奖励计入称号的价值：申请者增多，按规则去做或去报的也增多。规则不变，因此没有谁被直接认定。多数奖励给了本来就
    能达到的企业；收益提高也使门槛附近更多企业觉得改报研发划算。
    """

    listing_award: float = param(0.02, unit="million CNY", bounds=(0.0, 5.0), source="assumption")
    """Award for the first listing as a tech SME.
    首次入库科技型中小企业的奖励。"""
    certificate_award: float = param(0.30, unit="million CNY", bounds=(0.0, 10.0), source="assumption")
    """Award for the first certificate as a high-tech enterprise.
    首次取得高新技术企业证书的奖励。"""
    leader_award: float = param(1.0, unit="million CNY", bounds=(0.0, 100.0), source="assumption")
    """Award for becoming an innovation leader.
    成为创新领军企业的奖励。"""
    consulting: float = param(0.5, unit="1", bounds=(0.0, 0.95), source="assumption")
    """Share of the cost of consultants and auditors for a first application that is repaid.
    首次申请的咨询与审计费用返还比例。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    def _before(self, world: World, rung: int, value: float) -> Callable[[Any], Array]:
        """Return a rule: a value for firms that never stood on a rung."""
        return lambda view: value * (world.firms.best_tier[world.firms.rows_of(view.key)] < rung)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Let firms expect the awards and the help that the account can pay."""
        if self.strength <= 0.0:
            return
        expected = self.strength * account.payout_ratio
        levers.listing_award.move(self._before(world, TECH_SME, self.listing_award * expected), self.eligible)
        levers.certificate_award.move(self._before(world, HIGH_TECH, self.certificate_award * expected), self.eligible)
        levers.dossier_support.move(self._before(world, HIGH_TECH, self.consulting * expected), self.eligible)

    def _eligible(self, world: World, records: Records, table: str) -> tuple[Array, Array]:
        """Return rows of firms in a table of the quarter, and which were eligible before they rose."""
        rows = world.firms.rows_of(records.column(table, "firm_key").astype(np.int64))
        view = world.firm_view(rows)
        view.tier = records.column(table, "tier").astype(np.int64)
        return rows, self.eligible.matches(view)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay awards to firms that first reached a rung, and help with first applications for a certificate."""
        applied, eligible = self._eligible(world, records, "applications")
        helped = eligible & (records.column("applications", "best") < HIGH_TECH)
        promised = self.consulting * self.strength * account.payout_ratio
        support = promised * records.column("applications", "cost") * helped
        rose, eligible = self._eligible(world, records, "titles")
        best, reached = records.column("titles", "best"), records.column("titles", "reached")
        award = self.listing_award * (reached == TECH_SME)
        award = award + self.certificate_award * ((best < HIGH_TECH) & (reached >= HIGH_TECH))
        award = award + self.leader_award * (reached == LEADER)
        dues = np.concatenate([support, self.strength * award * eligible])
        purses = world.firms.at(np.concatenate([applied, rose]))
        world.ledger.pay_dues("title_award", account, purses, dues, self.upper_share)
