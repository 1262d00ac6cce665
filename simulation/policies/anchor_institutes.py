"""Anchor institutes ("2+2+X"): more money for institutes, new ones after a delay, and incubator places around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from simulation.errors import ScenarioError
from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.space.region import Region
    from simulation.world import Records, World

BUILDING, PLACES, SUPPORT = "institute_building", "incubator_building", "institute_support"


class AnchorInstitutes(
    Policy,
    name="anchor_institutes",
    label=Label("Anchor institutes", "“2+2+X”科创平台"),
    summary=Label(
        "More money for existing institutes, new ones after a time of building, and incubator places around them.",
        "增加现有科创平台经费，建设新平台，并围绕创新母体建设孵化空间。",
    ),
    essay="提升“2+2+X”科创平台功能",
):
    """Pays builders from shares of its budget; what is left supports institutes by the quarter while it lasts.

    New institutes have no other sponsor and draw their people from the local labour market; whether local firms want
    what they find out is not given.

    先按预算的一定比例向建设方付款，余款按季度支持院所，用完为止。新院所没有其他出资方，人员来自本地劳动力市场；本地企
    业是否需要其成果，不作预设。
    """

    criteria: ClassVar[tuple[str, ...]] = ()

    institutes: tuple[str, ...] = param((), unit="", source="scenario")
    """Existing institutes that are supported (mother bodies), by name; all when left out.
    获得支持的现有院所（创新母体），按名称列出；省略则为全部。"""
    top_up: float = param(0.10, unit="1", bounds=(0.0, 2.0), source="assumption")
    """Money for each of them, over its budget.
    在其原有预算之上给予每家的资金。"""
    new: int = param(2, unit="institutes", bounds=(0, 20), source="assumption")
    """New institutes.
    新建院所数。"""
    zones: tuple[str, ...] = param((), unit="", source="scenario")
    """Zones in which they are built, by name; any when left out. The best sites come first.
    建设所在片区，按名称列出；省略则不限。最佳地点优先。"""
    build_cost: float = param(40.0, unit="million CNY", bounds=(0.1, 1e4), extensive=True, source="assumption")
    """Cost of building a new institute.
    新建一家院所的成本。"""
    building_share: float = param(0.4, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Largest share of the budget that goes to building until all are paid for.
    全部建设款付清之前，预算用于建设的最高比例。"""
    delay: int = param(6, unit="quarter", bounds=(1, 40), source="assumption")
    """Quarters from the last payment for a building to its opening.
    建设款付清到启用的季度数。"""
    core: float = param(
        15.0, unit="million CNY", bounds=(0.0, 1e4), per="year", kind="flow", extensive=True, source="assumption"
    )
    """Yearly money for each new institute.
    每家新院所的年度经费。"""
    places_share: float = param(0.05, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the budget that goes to incubator places near the mother bodies (cells).
    预算中用于母体周边孵化空间（创新细胞）的比例。"""
    place_cost: float = param(0.15, unit="million CNY", bounds=(0.01, 10.0), source="assumption")
    """Cost of an incubator place.
    一个孵化工位的成本。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of these costs borne by upper governments.
    上级政府承担的费用比例。"""

    def bound(self, region: Region, scale: float) -> Self:
        """Return a copy for a region and scale; see `Policy.bound`.

        Raises
        ------
        ScenarioError
            An institute or a zone is not known, or no cell of the zones can be built on.
        """
        self.check_names("institutes", self.institutes, region.institutes.name)
        self.check_names("zones", self.zones, [zone.name for zone in region.zones])
        if not len(self._sites(region)):
            raise ScenarioError(f"policies.{self.name}.zones: no cell of these zones can be built on")
        return super().bound(region, scale)

    def _sites(self, region: Region) -> Array:
        """Return cells where new institutes may stand, the best first."""
        cells = region.cells
        allowed = np.array([not self.zones or zone.name in self.zones for zone in region.zones])[cells.zone]
        score = np.where(allowed, cells.buildable * (0.5 + cells.access), 0.0)
        return np.argsort(-score, kind="stable")[: np.count_nonzero(score)]

    def _planned(self) -> int:
        return int(self.new * self.strength + 1e-9)

    @staticmethod
    def _built(account: Account, until: int) -> float:
        """Return what had been paid for buildings by the end of a quarter, million CNY."""
        return sum(paid for quarter, paid in account.paid_for.get(BUILDING, {}).items() if quarter <= until)

    def _opened(self, account: Account, quarter: int) -> int:
        """Return how many institutes have opened by a quarter: those paid for `delay` quarters before."""
        return int(self._built(account, quarter - self.delay) / self.build_cost + 1e-9)

    def _supported(self, world: World) -> Array:
        names = world.region.institutes.name
        return np.array([not self.institutes or name in self.institutes for name in names])

    def _dues(self, world: World, view: Any) -> Array:
        """Return what each institute in a view is to get in a quarter, million CNY."""
        mother = self._supported(world)[view.ordinal] & (view.ordinal >= 0)
        due = np.where(mother, self.top_up * view.budget, np.where(view.ordinal < 0, self.core, 0.0))
        return self.strength * due

    def _open(self, world: World, levers: Levers, account: Account) -> None:
        before, now = self._opened(account, world.quarter - 1), self._opened(account, world.quarter)
        if now > before:
            sites = self._sites(world.region)
            openings = np.bincount(sites[np.arange(before, now) % len(sites)], minlength=len(world.region.cells.x))
            levers.institute_openings.move(openings)
        places = account.paid_in(world.quarter - self.delay, PLACES) / self.place_cost
        if places > 0.0:
            data = world.region.institutes
            weights = np.bincount(data.cell, self._supported(world) * data.budget, len(world.region.cells.x))
            levers.construction_places.move(places * weights / weights.sum())

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Open what was paid for in time, and let institutes count on the support that the account can pay."""
        if self.strength > 0.0:
            self._open(world, levers, account)
            expected = account.payout_ratio
            levers.institute_funding.move(lambda view: expected * self._dues(world, view))

    def complete(self, world: World, levers: Levers, account: Account) -> None:
        """Open what was paid for before the end, though nobody supports it."""
        if self.strength > 0.0:
            self._open(world, levers, account)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the builders their shares, then support the institutes."""
        ledger, rows, money = world.ledger, world.institutes.live, self.budget * self.strength
        left = max(self._planned() * self.build_cost - self._built(account, world.quarter), 0.0)
        ledger.pay_dues(BUILDING, account, "world", min(left, self.building_share * money), self.upper_share)
        ledger.pay_dues(PLACES, account, "world", self.places_share * money, self.upper_share)
        dues = self._dues(world, world.institute_view(rows))
        ledger.pay_dues(SUPPORT, account, world.institutes.at(rows), dues, self.upper_share)
