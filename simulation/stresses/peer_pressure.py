"""Peer pressure: neighbour districts grow faster, draw people more strongly, and offer firms more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.parameters import Label, param
from simulation.stress import Stress

if TYPE_CHECKING:
    from simulation.levers import Levers
    from simulation.world import World


class PeerPressure(
    Stress,
    name="peer_pressure",
    label=Label("Pressure of peers", "同类城区竞争"),
    summary=Label(
        "Wages of neighbour districts grow faster; they draw talent more strongly and offer moving firms more.",
        "周边城区薪酬增长更快，对人才的吸引力与对迁移企业的条件同步增强。",
    ),
):
    """Makes neighbour districts better places to be in; at its end they are what they would have been.

    使邻区成为更好的去处；结束后邻区回到本来的样子。
    """

    wage_growth: float = param(0.01, unit="1", bounds=(0.0, 0.2), per="year", kind="growth", source="assumption")
    """Yearly growth of neighbours' wages beyond that of the baseline, from the start on.
    自开始起，邻区工资超出基线的年增长。"""
    pull: float = param(0.4, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Rise of the log of the strength with which neighbours draw residents.
    邻区吸引居民强度的对数增幅。"""
    offer: float = param(0.3, unit="1", bounds=(0.0, 3.0), source="assumption")
    """Rise of what firms of neighbour districts have where they are, on the scale of the decision to move.
    邻区企业留在原地所得的提高幅度，以迁移决策的尺度计。"""

    def announce(self, world: World, levers: Levers) -> None:
        """Raise wages, pull and offers of neighbours."""
        quarters = world.quarter - self.start + 1
        levers.peer_wage.move(self.strength * quarters * float(np.log1p(self.wage_growth)))
        levers.peer_pull.move(self.strength * self.pull)
        levers.peer_offer.move(self.strength * self.offer)
