"""Policies that build something first and then run it: works are paid, open after a delay, and cost money to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from simulation.parameters import param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.world import Records, World


class Works(Policy):
    """Base of such policies; what is run lasts as far as its running is paid for, and stops with the policy.

    Class variable `payment` names the ledger's account.
    """

    payment: ClassVar[str] = "works"

    construction: float = param(120.0, unit="million CNY", bounds=(0.0, 1e5), extensive=True, source="assumption")
    """District's part of the cost of the works.
    工程成本的本区承担部分。"""
    operation: float = param(
        12.0, unit="million CNY", bounds=(0.0, 1e4), per="year", kind="flow", extensive=True, source="assumption"
    )
    """District's part of the yearly cost of running what was built.
    建成后年度运行费的本区承担部分。"""
    delay: int = param(4, unit="quarter", bounds=(0, 40), source="assumption")
    """Quarters from the last payment for works to opening.
    工程款付清到启用的季度数。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of these costs borne by upper governments.
    上级政府承担的费用比例。"""

    def appropriate(self, account: Account) -> None:
        """Ask for what the works or the running still need, within the budget."""
        due = max(self.construction * self.strength - account.paid, self.operation * self.strength)
        account.appropriate(min(self.budget * self.strength, max(due - account.balance, 0.0)))

    def _works_left(self, account: Account, until: int) -> float:
        """Return what of the works had not been paid by the end of a quarter, million CNY."""
        paid = sum(amount for quarter, amount in account.paid_by_quarter.items() if quarter <= until)
        return max(self.construction * self.strength - paid, 0.0)

    def _opened(self, world: World, account: Account) -> bool:
        return self._works_left(account, world.quarter - 1 - self.delay) <= 1e-9

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the builders until the works are done, and the running from the opening."""
        works = self._works_left(account, world.quarter)
        if works > 0.0:
            world.ledger.pay_dues(self.payment, account, "world", min(works, account.balance), self.upper_share)
        elif self._opened(world, account):
            world.ledger.pay_dues(self.payment, account, "world", self.operation * self.strength, self.upper_share)
