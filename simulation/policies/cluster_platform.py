"""Cluster platform: shared equipment that makes development projects of chosen industries in chosen zones cheaper."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from simulation.parameters import Label, param
from simulation.works import Works

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.world import World


class ClusterPlatform(
    Works,
    name="cluster_platform",
    label=Label("Cluster platform", "微电子等产业平台与特色产业集群"),
    summary=Label(
        "Builds and runs shared equipment (pilot lines, test beds); projects of chosen industries and zones cost less.",
        "建设运营中试线、测试平台等共享设备，降低指定片区、指定产业企业的研发项目成本。",
    ),
    essay="放大南湖微电子产业平台示范引领效应，加快打造集成电路、生物医药、智能装备特色产业集群",
):
    """Builds first, then runs; firms that crowd it share its capacity, and it may stand idle where few need it.

    Cheaper projects are more projects for the same R&D, of which as many fail as before.

    先建后用；企业拥挤时共享容量，需求少时可能闲置。项目变便宜意味着同样的研发投入做更多项目，失败比例不变。
    """

    payment: ClassVar[str] = "platform"

    saving: float = param(0.25, unit="1", bounds=(0.0, 0.8), source="assumption")
    """Share of the cost of a project that shared equipment saves a firm that finds it free.
    共享设备空闲时为企业节省的项目成本比例。"""
    capacity: float = param(150.0, unit="firms", bounds=(0.0, 1e5), extensive=True, source="assumption")
    """Eligible firms that it serves without waiting; beyond that the saving is shared.
    无需等候即可服务的合格企业数；超出后节省额由大家分摊。"""

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Serve eligible firms once the works are open, as far as its running is paid for and there is room."""
        if not self._opened(world, account):
            return
        users = int(self.eligible.matches(world.firm_view(world.firms.live)).sum())
        room = min(self.capacity / max(users, 1), 1.0)
        levers.project_cost_saved.move(self.saving * self.strength * account.payout_ratio * room, self.eligible)
