"""Funding winter: private investors commit less to new funds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.parameters import Label, param
from simulation.stress import Stress

if TYPE_CHECKING:
    from simulation.levers import Levers
    from simulation.world import World


class FundingWinter(
    Stress,
    name="funding_winter",
    label=Label("Funding winter", "募资寒冬"),
    summary=Label(
        "Private investors commit less to new funds of the district; fewer of them close.",
        "社会资本对新设基金的出资意愿下降，能够设立的基金减少。",
    ),
):
    """Takes part of private commitments away; funds that have closed already keep theirs.

    减少部分民间出资承诺；已募成的基金不受影响。
    """

    loss: float = param(0.5, unit="1", bounds=(0.0, 0.99), source="assumption")
    """Share of what private investors would commit that is lost.
    民间投资者本会承诺的出资中失去的比例。"""

    def announce(self, world: World, levers: Levers) -> None:
        """Let investors hold back."""
        levers.investor_caution.move(self.loss * self.strength)
