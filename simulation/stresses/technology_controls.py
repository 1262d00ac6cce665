"""Technology controls: knowledge of some fields no longer comes from outside, and some industries lose customers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulation.parameters import Label, param
from simulation.stress import Stress, among, unknown_names

if TYPE_CHECKING:
    from simulation.levers import Levers
    from simulation.space.region import Region
    from simulation.world import World


class TechnologyControls(
    Stress,
    name="technology_controls",
    label=Label("Technology controls", "技术管制"),
    summary=Label(
        "Firms learn less from outside in the fields under control, and the industries under control lose demand.",
        "受管制领域从区外获取知识受阻，受管制产业失去部分外部需求。",
    ),
):
    """Closes fields to learning from outside; whether firms then learn more at home is not given.

    使若干领域无法向区外学习；企业是否因此在本地学得更多，不作预设。
    """

    fields: tuple[str, ...] = param((), unit="", source="assumption")
    """Fields under control, by name; all when none is named.
    受管制的领域，按名称列出；省略则为全部。"""
    knowledge_loss: float = param(0.6, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of what firms would learn from outside in these fields that is lost.
    企业在这些领域本可向区外学到的知识中失去的比例。"""
    industries: tuple[str, ...] = param((), unit="", source="assumption")
    """Industries that lose customers, by name; all when none is named.
    失去客户的产业，按名称列出；省略则为全部。"""
    demand_loss: float = param(0.1, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of these industries' world demand that is lost.
    这些产业失去的区外需求比例。"""

    def name_faults(self, region: Region) -> Iterable[tuple[str, str]]:
        """Yield fields and industries that the region does not have."""
        yield from unknown_names("fields", self.fields, region.fields)
        yield from unknown_names("industries", self.industries, region.industries.name)

    def announce(self, world: World, levers: Levers) -> None:
        """Close the fields and lower demand."""
        closed = among(world.region.fields, self.fields)
        levers.outside_knowledge_lost.move(self.knowledge_loss * self.strength * closed)
        struck = among(world.region.industries.name, self.industries)
        levers.demand_lost.move(self.demand_loss * self.strength * struck)
