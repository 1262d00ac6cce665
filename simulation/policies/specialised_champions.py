"""Specialised champions: support for niche leaders that keep to their main business."""

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


class SpecialisedChampions(
    Policy,
    name="specialised_champions",
    label=Label("Specialised champions", "专精特新与单项冠军"),
    summary=Label(
        "Pays an award for the title, part of champions' reported R&D, and advisers who keep them to their niche.",
        "对认定的专精特新企业给予奖励和研发补助，并派驻顾问引导其聚焦主业。",
    ),
    essay="引导中小企业聚焦主业打造优势，形成专精特新“小巨人”企业、制造业单项冠军、隐形冠军等企业群",
    note=Label(
        "Awards to single firms by title are restricted at county level since 2024-25 (fair-competition review; to be "
        "verified): state general conditions, or have the money come from above.",
        "2024—2025年起，县级按称号奖补单个企业受公平竞争审查等限制（待核实）：宜设普惠条件，或由上级资金安排。",
    ),
):
    """Moves champions' learning to their main fields, at the price of what lies beside them.

    Who is selected follows the rules of the title. The subsidy is paid on what is reported, real or not, also to
    champions that would have done the research anyway.

    把冠军企业的学习移向主业，以旁支为代价。入选依称号的规则。补助按申报支付，无论真假，也付给本来就会做研究的企业。
    """

    award: float = param(0.5, unit="million CNY", bounds=(0.0, 20.0), source="assumption")
    """Award for being selected as a champion.
    入选时的奖励。"""
    rate: float = param(0.05, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Share of champions' reported R&D that is paid.
    按冠军企业申报研发支付的比例。"""
    focus: float = param(0.15, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Part of champions' learning that is moved to the main fields of their industry.
    学习中移向其产业主要领域的部分。"""
    advice: float = param(0.05, unit="million CNY", bounds=(0.0, 5.0), per="year", kind="flow", source="assumption")
    """Cost of advisers for a champion a year.
    每年为一家冠军企业聘请顾问的成本。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    @staticmethod
    def _champion(world: World, view: Any) -> Array:
        """Return (n,) bool: who holds the title."""
        return world.firms.champion[world.firms.rows_of(view.key)]

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Let firms expect what the account can pay: an award for the title, and support for those who hold it."""
        if self.strength <= 0.0:
            return
        expected = self.strength * account.payout_ratio
        levers.champion_award.move(self.award * expected, self.eligible)
        levers.focus_support.move(lambda view: self.focus * expected * self._champion(world, view), self.eligible)
        levers.rd_subsidy_rate.move(lambda view: self.rate * expected * self._champion(world, view), self.eligible)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay awards, R&D subsidies and advisers, all prorated alike."""
        firms = world.firms
        rows = firms.live
        view = world.firm_view(rows)
        supported = self.eligible.matches(view)
        new = np.isin(firms.key[rows], records.get("champions_new", ())) & supported
        champions = self._champion(world, view) & supported
        dues = self.strength * (self.award * new + self.rate * firms.rd_reported[rows] * champions)
        advice = self.strength * self.advice * float(champions.sum())
        bills: list[Any] = [(firms.at(rows), dues), ("households", advice)]
        world.ledger.pay_bills("champion_support", account, bills, self.upper_share)
