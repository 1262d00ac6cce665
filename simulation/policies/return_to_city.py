"""Innovation returns to the city: innovation buildings, renewal, and rent relief for young producer services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from simulation.errors import ScenarioError
from simulation.parameters import Label, param
from simulation.policy import Policy
from simulation.space.sites import building_weights, in_zones

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.space.region import Region
    from simulation.world import Records, World


class ReturnToCity(
    Policy,
    name="return_to_city",
    label=Label("Innovation returns to the city", "创新回归城区"),
    summary=Label(
        "Builds innovation space in the city, renews its surroundings, relieves the rent of young producer services.",
        "在城区建设创新楼宇与众创空间，推进有机更新，对新设生产性服务业企业给予房租补贴。",
    ),
    essay="全面实施“创新回归城区”",
):
    """Pays rent relief first; the rest of the money builds and renews in urban cells and opens `delay` quarters later.

    Buildings may stand empty; renewal and the people it draws raise rents for all who are there already.

    先付租金减免；其余用于城区的建设与更新，经 `delay` 个季度启用。楼宇可能空置；更新及其引来的人会抬高原有各方的租金。
    """

    criteria: ClassVar[tuple[str, ...]] = ("tiers", "industries", "age", "size")

    zones: tuple[str, ...] = param((), unit="", source="scenario")
    """Zones where it acts, by name; all urban zones when left out.
    作用的片区，按名称列出；省略则为全部城市片区。"""
    delay: int = param(6, unit="quarter", bounds=(1, 40), source="assumption")
    """Quarters from payment to opening.
    从付款到启用的季度数。"""
    building_share: float = param(0.60, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the money for works that is spent on buildings; renewal of public space takes the rest.
    工程资金中用于楼宇的比例，其余用于公共空间更新。"""
    floor_cost: float = param(6.0, unit="million CNY per thousand m2", bounds=(0.5, 50.0), source="assumption")
    """Cost of converting or building floor space in the city, public share of the investment only.
    城区改建或新建楼面的成本，仅计投资中的公共部分。"""
    places_per_floor: float = param(10.0, unit="places per thousand m2", bounds=(0.0, 100.0), source="assumption")
    """Incubator and makerspace places in a thousand m2 of new floor space.
    每千平方米新增楼面的孵化与众创工位数。"""
    amenity_cost: float = param(12.0, unit="million CNY per cell", bounds=(1.0, 1e4), source="assumption")
    """Cost of raising a cell's amenity index by 0.1.
    将一个网格的宜居指数提高 0.1 的成本。"""
    rent_relief: float = param(0.30, unit="1", bounds=(0.0, 0.9), source="assumption")
    """Share of rent that is paid for young firms; those of producer services unless industries are chosen.
    为年轻企业承担租金的比例；未指定产业时仅限生产性服务业。"""
    relief_age: int = param(12, unit="quarter", bounds=(0, 100), source="assumption")
    """Age up to which a firm's rent is relieved.
    享受租金减免的企业年龄上限。"""

    def _sites(self, region: Region) -> Array:
        """Return which cells it may build in, (n,) bool."""
        return in_zones(region, self.zones, "urban")[region.cells.zone] & (region.cells.buildable > 0.0)

    def bound(self, region: Region, scale: float) -> Self:
        """Return a copy for a region and scale; see `Policy.bound`.

        Raises
        ------
        ScenarioError
            A zone is not known, or nothing can be built there.
        """
        self.check_names("zones", self.zones, [zone.name for zone in region.zones])
        if not self._sites(region).any():
            raise ScenarioError(f"policies.{self.name}: the region {region.name} has no such zone to build in")
        return super().bound(region, scale)

    def _relief(self, region: Region, view: Any) -> Array:
        """Return (n,) share of rent relieved for firms, or candidates, on their sites."""
        chosen = in_zones(region, self.zones, "urban")[view.zone] & (view.age <= self.relief_age)
        if not self.eligible.industries:
            chosen &= region.industries.services[view.industry]
        return self.rent_relief * self.strength * chosen * self.eligible.matches(view)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Let founders expect the relief that the account can pay, and open what is finished."""
        ratio = account.payout_ratio
        levers.rent_relief.move(lambda view: ratio * self._relief(world.region, view))
        self.complete(world, levers, account)

    def complete(self, world: World, levers: Levers, account: Account) -> None:
        """Open what was paid for `delay` quarters ago, also after the end."""
        weights = building_weights(world.region, self._sites(world.region))
        works = account.paid_in(world.quarter - self.delay, "city_works")
        floor = works * self.building_share / self.floor_cost
        renewal = works * (1.0 - self.building_share) / world.scale
        levers.construction_floor_space.move(floor * weights)
        levers.construction_places.move(floor * self.places_per_floor * weights)
        levers.construction_amenity.move(0.1 * renewal / self.amenity_cost * weights)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay rent relief, then the builders with what is left."""
        firms, cells = world.firms, world.cells
        rows = firms.live
        relief = self._relief(world.region, world.firm_view(rows)) * firms.space[rows] * cells.rent[firms.cell[rows]]
        world.ledger.pay_dues("city_rent", account, firms.at(rows), relief)
        ratio = account.payout_ratio
        world.ledger.pay_dues("city_works", account, "world", account.balance)
        account.payout_ratio = ratio
