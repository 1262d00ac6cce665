"""Withdrawal of support: the district no longer pays its part of the institutes' budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.parameters import Label, param
from simulation.stress import Stress

if TYPE_CHECKING:
    from simulation.levers import Levers
    from simulation.world import World


class SupportWithdrawal(
    Stress,
    name="support_withdrawal",
    label=Label("Withdrawal of district support", "区级支持退出"),
    summary=Label(
        "The district stops paying part or all of its share of institutes' budgets; upper levels go on with theirs.",
        "区级停止拨付部分或全部院所经费分担额，上级拨款照旧。",
    ),
):
    """Takes the district's money from institutes; what it saves is not spent on anything in the model.

    撤走本区给院所的资金；省下的钱在模型中不作他用。
    """

    share: float = param(1.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the district's part of institutes' budgets that is no longer paid.
    院所预算中本区部分不再支付的比例。"""

    def announce(self, world: World, levers: Levers) -> None:
        """Withdraw the money."""
        levers.support_withdrawn.move(self.strength * self.share)
