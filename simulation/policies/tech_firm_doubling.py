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
):
    """Firms count the award in what a title is worth: more apply, and more do what the rules ask, or report it.

    The rules stay as they are, so nobody is promoted. Most awards go to firms that would have got there anyway, and
    a higher gain makes relabelling pay for more firms near the threshold.
    """

    listing_award: float = param(0.02, unit="million CNY", bounds=(0.0, 5.0), source="assumption")
    """Award for the first listing as a tech SME."""
    certificate_award: float = param(0.30, unit="million CNY", bounds=(0.0, 10.0), source="assumption")
    """Award for the first certificate as a high-tech enterprise."""
    leader_award: float = param(1.0, unit="million CNY", bounds=(0.0, 100.0), source="assumption")
    """Award for becoming an innovation leader."""
    consulting: float = param(0.5, unit="1", bounds=(0.0, 0.95), source="assumption")
    """Share of the cost of a first application that is paid to consultants and auditors."""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments."""

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
        levers.dossier_relief.move(self._before(world, HIGH_TECH, self.consulting * expected), self.eligible)

    def _applied(self, world: World, records: Records, table: str) -> tuple[Array, Array, Array]:
        """Return rows of firms in a table of the quarter, their best rung before, and whether they were eligible."""
        rows = world.firms.rows_of(records.column(table, "firm_key").astype(np.int64))
        view = world.firm_view(rows)
        view.tier = records.column(table, "before").astype(np.int64)  # as it was, not after the firm rose
        return rows, records.column(table, "best").astype(np.int64), self.eligible.matches(view)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay awards to firms that first reached a rung, and consultants for the applications they helped with."""
        promised = self.consulting * self.strength * account.payout_ratio
        _, best, eligible = self._applied(world, records, "dossiers")
        help_due = promised * float((records.column("dossiers", "cost") * (eligible & (best < HIGH_TECH))).sum())
        rows, best, eligible = self._applied(world, records, "titles")
        tier = records.column("titles", "tier").astype(np.int64)
        award = self.listing_award * (tier == TECH_SME)
        award = award + self.certificate_award * ((best < HIGH_TECH) & (tier >= HIGH_TECH))
        award = award + self.leader_award * (tier == LEADER)
        bills: list[Any] = [(world.firms.at(rows), self.strength * award * eligible), ("households", help_due)]
        world.ledger.pay_bills("title_award", account, bills, self.upper_share)
