"""G60 corridor: a faster link to regions outside, which eases coming and leaving alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.space.region import Region
    from simulation.world import Records, World


class G60Corridor(
    Policy,
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
    """

    criteria: ClassVar[tuple[str, ...]] = ()

    regions: tuple[str, ...] = param((), unit="", source="scenario")
    """Regions outside that the link reaches, by name; all when left out."""
    minutes: float = param(10.0, unit="minute", bounds=(0.0, 120.0), source="assumption")
    """Travel time saved each way."""
    link: float = param(0.2, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Strength that joint platforms add to links in knowledge with these regions (1 without policy)."""
    construction: float = param(120.0, unit="million CNY", bounds=(0.0, 1e5), extensive=True, source="assumption")
    """District's part of the cost of the works."""
    operation: float = param(
        12.0, unit="million CNY", bounds=(0.0, 1e4), per="year", kind="flow", extensive=True, source="assumption"
    )
    """District's part of the yearly cost of running the service and the platforms."""
    delay: int = param(4, unit="quarter", bounds=(0, 40), source="assumption")
    """Quarters from the last payment for works to opening."""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of these costs borne by upper governments."""

    def bound(self, region: Region, scale: float) -> Self:
        """Return a copy for a region and scale; see `Policy.bound`.

        Raises
        ------
        ScenarioError
            A region outside is not known.
        """
        self.check_names("regions", self.regions, region.externals.name)
        return super().bound(region, scale)

    def appropriate(self, account: Account) -> None:
        """Ask for what the works or the running of the service still need, within the budget."""
        due = max(self.construction * self.strength - account.paid, self.operation * self.strength)
        account.appropriate(min(self.budget * self.strength, max(due - account.balance, 0.0)))

    def _works_left(self, account: Account, until: int) -> float:
        """Return what of the works had not been paid by the end of a quarter, million CNY."""
        paid = sum(amount for quarter, amount in account.paid_by_quarter.items() if quarter <= until)
        return max(self.construction * self.strength - paid, 0.0)

    def _open(self, world: World, account: Account) -> bool:
        return self._works_left(account, world.quarter - 1 - self.delay) <= 1e-9

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Run the service once the works are open, as far as its running is paid for."""
        if not self._open(world, account):
            return
        reached = np.array([not self.regions or name in self.regions for name in world.region.externals.name])
        effect = self.strength * account.payout_ratio * reached
        levers.travel_time_saved.move(self.minutes * effect)
        levers.outside_link.move(self.link * effect)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the builders until the works are done, and the running of the service from its opening."""
        works = self._works_left(account, world.quarter)
        if works > 0.0:
            world.ledger.pay_dues("corridor", account, "world", min(works, account.balance), self.upper_share)
        elif self._open(world, account):
            world.ledger.pay_dues("corridor", account, "world", self.operation * self.strength, self.upper_share)
