"""One-stop services: less administrative time for founding, certification and registration across regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from simulation.parameters import Label, param
from simulation.populations.firms import ORIGINS
from simulation.works import Works

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import World


class OneStopServices(
    Works,
    name="one_stop_services",
    label=Label("One-stop services", "一网通办、一网统管"),
    summary=Label(
        "Builds and runs one-stop offices: founding, certification and moving across regions take less time.",
        "建设运营一网通办、一网统管，缩短企业开办、资质申报和跨区域迁移登记的办理时间。",
    ),
    essay="推进与虹桥商务区及南北向拓展带区域“一网通办”“一网统管”",
):
    """Open to all alike. Easier founding brings in those for whom it was only just not worth it.

    Firms that move in are their old place's loss, and neighbours match part of the gain in time.

    对所有人一视同仁。创办更容易，会引来原先刚好觉得不值得的人。迁入的企业是原所在地的损失，邻区会追回一部分省时优势。
    """

    payment: ClassVar[str] = "one_stop"

    entry: float = param(0.40, unit="1", bounds=(0.0, 0.95), source="assumption")
    """Share of the administrative time of founding a firm that is saved.
    创办企业的办事时间节省比例。"""
    cross_region: float = param(0.30, unit="1", bounds=(0.0, 0.95), source="assumption")
    """Share of the administrative time of moving a firm here from another region that is saved.
    企业跨区迁入的办事时间节省比例。"""
    certification: float = param(0.30, unit="1", bounds=(0.0, 0.95), source="assumption")
    """Share of the waiting and paperwork of certificates that is saved.
    各类认定的等候与材料节省比例。"""

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Serve everyone eligible once the system is open, as far as its running is paid for."""
        if not self._opened(world, account):
            return
        served = self.strength * account.payout_ratio

        def entrants(view: Any) -> Array:
            moving = np.isin(view.origin, [ORIGINS.index("relocation"), ORIGINS.index("large_project")])
            return served * np.where(moving, self.cross_region, self.entry)

        levers.entry_time_saved.move(entrants, self.eligible)
        levers.certification_time_saved.move(self.certification * served, self.eligible)
