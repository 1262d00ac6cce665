"""Fall of world demand: customers outside buy less for a while."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulation.parameters import Label, param
from simulation.stress import Stress, among, unknown_names

if TYPE_CHECKING:
    from simulation.levers import Levers
    from simulation.space.region import Region
    from simulation.world import World


class Demand(
    Stress,
    name="demand",
    label=Label("Fall of world demand", "外部需求下滑"),
    summary=Label(
        "Customers outside the district buy less of what some or all industries make.",
        "区外客户对部分或全部产业产品的需求减少。",
    ),
):
    """Takes a share of world demand away while it lasts; purchases inside the district follow by themselves.

    期间减少一部分区外需求；区内采购自行随之变化。
    """

    loss: float = param(0.2, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of world demand that is lost.
    失去的区外需求比例。"""
    industries: tuple[str, ...] = param((), unit="", source="assumption")
    """Industries that lose it, by name; all when none is named.
    受影响的产业，按名称列出；省略则为全部。"""

    def name_faults(self, region: Region) -> Iterable[tuple[str, str]]:
        """Yield industries that the region does not have."""
        yield from unknown_names("industries", self.industries, region.industries.name)

    def announce(self, world: World, levers: Levers) -> None:
        """Lower demand."""
        struck = among(world.region.industries.name, self.industries)
        levers.demand_lost.move(self.loss * self.strength * struck)
