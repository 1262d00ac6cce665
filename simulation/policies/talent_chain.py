"""Chain of talent: courses and certificates for technology brokers, science-finance people and managers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy
from simulation.populations.talent import BROKER, FINANCE, MANAGEMENT, SKILLS

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import Records, World


class TalentChain(
    Policy,
    name="talent_chain",
    label=Label("Chain of talent", "科技中介、科技金融与管理人才链条"),
    summary=Label(
        "Courses in which people between jobs become certified brokers, finance people or managers.",
        "面向待业和转岗人员开设技术经纪、科技金融、经营管理课程并发证，壮大服务创新的人才链条。",
    ),
    essay="加快构建研发人员、技能人才、科技中介、科技金融、高层次管理人才的链条",
):
    """Adds to the supply of trades that firms, institutes and funds hire; nobody hires because of it.

    Whoever changes trade is missing in the old one, and certificates without vacancies leave people without work.

    增加企业、院所与基金所需职业的供给；没有谁因此而招人。转行者在原行业成为缺口，没有岗位的证书让人失业。
    """

    criteria: ClassVar[tuple[str, ...]] = ()

    brokers: float = param(
        60.0, unit="places", bounds=(0.0, 1e5), per="year", kind="flow", extensive=True, source="assumption"
    )
    """Places a year in courses for technology brokers.
    技术经纪人课程每年名额。"""
    finance: float = param(
        60.0, unit="places", bounds=(0.0, 1e5), per="year", kind="flow", extensive=True, source="assumption"
    )
    """Places a year in courses for science-finance people.
    科技金融人才课程每年名额。"""
    managers: float = param(
        80.0, unit="places", bounds=(0.0, 1e5), per="year", kind="flow", extensive=True, source="assumption"
    )
    """Places a year in courses for managers.
    管理人才课程每年名额。"""
    course: float = param(0.03, unit="million CNY", bounds=(0.0, 2.0), source="assumption")
    """Cost of a place, examination included.
    每个名额的成本，含考试。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    def _places(self) -> Array:
        """Return places of a quarter by skill, (5,)."""
        places = np.zeros(len(SKILLS))
        places[[BROKER, FINANCE, MANAGEMENT]] = self.brokers, self.finance, self.managers
        return places * self.strength

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Offer as many places as the account can pay for."""
        places = self._places()
        cost = self.course * float(places.sum())
        if cost > account.balance:
            places = places * (account.balance / cost)
        if places.any():
            levers.course_places.move(places)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay for the places that were taken, whether their holders passed or not."""
        taken = len(records.column("courses", "person_key")) if self.strength > 0.0 else 0
        world.ledger.pay_dues("courses", account, "households", self.course * taken, self.upper_share)
