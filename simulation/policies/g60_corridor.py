"""G60 corridor: a faster link to regions outside, which eases coming and leaving alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from simulation.parameters import Label, param
from simulation.works import Works

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.space.region import Region
    from simulation.world import World


class G60Corridor(
    Works,
    name="g60_corridor",
    label=Label("G60 corridor", "G60科创走廊"),
    summary=Label(
        "Builds and runs a faster link to regions on the corridor, with joint platforms; it eases coming and leaving.",
        "建设并运营通往走廊沿线地区的快速交通与协作平台，流入与流出同样更便利。",
    ),
    essay="深度融入长三角G60科创走廊",
):
    """Pays for works first, opens `delay` quarters after the last is paid, then pays for running the service.

    Minutes are saved in both directions. The fast service runs as far as it is paid for and stops when the policy ends.

    先为工程付款，付清后经 `delay` 个季度开通，再为运营付款。往返双向都省时。快速服务以付费为限，政策结束即停止。
    """

    payment: ClassVar[str] = "corridor"
    criteria: ClassVar[tuple[str, ...]] = ()

    regions: tuple[str, ...] = param((), unit="", source="scenario")
    """Regions outside that the link reaches, by name; all when left out.
    联系所及的区外地区，按名称列出；省略则为全部。"""
    minutes: float = param(10.0, unit="minute", bounds=(0.0, 120.0), source="assumption")
    """Travel time saved each way.
    单程节省的出行时间。"""
    link: float = param(0.2, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Strength that joint platforms add to links in knowledge with these regions (1 without policy).
    联合平台为与这些地区的知识联系增加的强度（无政策时为 1）。"""

    def bound(self, region: Region, scale: float) -> Self:
        """Return a copy for a region and scale; see `Policy.bound`.

        Raises
        ------
        ScenarioError
            A region outside is not known.
        """
        self.check_names("regions", self.regions, region.externals.name)
        return super().bound(region, scale)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Run the service once the works are open, as far as its running is paid for."""
        if not self._opened(world, account):
            return
        reached = np.array([not self.regions or name in self.regions for name in world.region.externals.name])
        effect = self.strength * account.payout_ratio * reached
        levers.travel_time_saved.move(self.minutes * effect)
        levers.outside_link.move(self.link * effect)
