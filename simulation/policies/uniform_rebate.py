"""Uniform rebate: the same yuan returned to every firm, the alternative use of any policy's money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import Records, World


class UniformRebate(
    Policy,
    name="uniform_rebate",
    label=Label("Uniform rebate", "统一退税"),
    summary=Label(
        "Returns its whole budget to firms in proportion to value added, with no condition.",
        "将同等金额按增加值无条件返还全部企业（等额对照）。",
    ),
    essay="激发市场主体活力",
):
    """Returns the quarter's appropriation to all eligible firms by value added.

    把本季度拨款按增加值返还给所有合格企业。
    """

    payments: tuple[float, ...] = param((), unit="million CNY", extensive=True, source="scenario")
    """What is returned quarter by quarter from the start, in place of the budget; nothing after the last of them.
    自起始季起逐季返还的金额，代替预算；最后一项之后不再返还。"""

    def appropriate(self, account: Account) -> None:
        """Put the budget into the account, unless payments are given one by one."""
        if not self.payments:
            super().appropriate(account)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Put this quarter's payment into the account, where payments are given one by one."""
        since = world.quarter - self.start
        if since < len(self.payments):
            account.appropriate(self.payments[since] * self.strength)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay out the account by value added."""
        rows = world.firms.live
        rows = rows[self.eligible.matches(world.firm_view(rows))]
        base = np.maximum(world.firms.value_added[rows], 0.0)
        if base.sum() > 0.0:
            world.ledger.pay_dues("rebate", account, world.firms.at(rows), account.balance * base / base.sum())
