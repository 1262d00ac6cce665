"""Gold collar: training places for skilled workers at their employers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import Records, World


class GoldCollar(
    Policy,
    name="gold_collar",
    label=Label("Gold collar", "金蓝领与新时代工匠"),
    summary=Label(
        "Pays for training places of skilled workers, who stay with their employer and are away for the course.",
        "资助企业技能人才在岗培训，培训期间占用工时，所学技能随人流动。",
    ),
    essay="实施新时代工匠培育工程和“金蓝领”职业技能提升行动",
):
    """Raises ability, and with it pay and what the firm can do; the skill goes where the worker goes.

    Trainees are missed at work for part of the quarter. Later courses bring less than first ones. Employers would have
    held many of these courses anyway, and the policy cannot tell which.

    提升能力，从而提升工资和企业所能；技能随工人流动。学员有一部分时间不在岗。后续课程的收益小于首次。其中许多课程企业本来
    也会举办，政策无从分辨。
    """

    places: float = param(
        3000.0, unit="places", bounds=(0.0, 1e6), per="year", kind="flow", extensive=True, source="assumption"
    )
    """Training places a year.
    每年培训名额。"""
    gain: float = param(0.015, unit="1", bounds=(0.0, 0.3), source="Konings (2008): training, productivity +1-2 %")
    """Log ability gained in a first course.
    首次课程提升的对数能力。"""
    course: float = param(0.006, unit="million CNY", bounds=(0.0, 0.5), source="assumption")
    """Cost of a place, paid to trainers.
    支付给培训机构的每个名额成本。"""
    allowance: float = param(0.002, unit="million CNY", bounds=(0.0, 0.5), source="assumption")
    """Money to the employer for a trainee's time.
    对雇主因学员离岗给予的补贴。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Offer as many places as the account can pay for."""
        cost = self.course + self.allowance
        places = self.places * self.strength
        places = min(places, account.balance / cost) if cost > 0.0 else places
        if places > 0.0:
            levers.training_places.move(places)
            levers.training_gain.move(self.gain, self.eligible)
            levers.training_award.move(cost, self.eligible)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay trainers, and employers that still live."""
        if self.strength <= 0.0:
            return
        keys = records.column("training", "firm_key").astype(np.int64)
        rows = world.firms.rows_of(keys)
        rows = rows[rows >= 0]
        bills: list[Any] = [("households", self.course * len(keys)),
                            (world.firms.at(rows), np.full(len(rows), self.allowance))]
        world.ledger.pay_bills("training", account, bills, self.upper_share)
