"""Innovation corridor: buildings, access and amenity along the district's axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from simulation.errors import ScenarioError
from simulation.parameters import Label, param
from simulation.policy import Policy
from simulation.space.sites import building_weights, in_zones

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.space.region import Region
    from simulation.world import Records, World


class InnovationCorridor(
    Policy,
    name="innovation_corridor",
    label=Label("Innovation corridor", "亚太路科创带"),
    summary=Label(
        "Builds floor space, incubator places, access and public space in the cells of the axis; opens after a delay.",
        "在科创带沿线建设载体、孵化空间、交通与公共空间，建成后投用。",
    ),
    essay="着力打造亚太路科创带",
):
    """Spends its budget on construction in axis cells; what was paid opens `delay` quarters later.

    Whether the buildings fill is not given: they may stand empty.

    预算用于轴线网格的建设；付款后经 `delay` 个季度启用。楼宇能否住满不作预设，可能空置。
    """

    criteria: ClassVar[tuple[str, ...]] = ()

    delay: int = param(6, unit="quarter", bounds=(1, 40), source="assumption")
    """Quarters from payment to opening.
    从付款到启用的季度数。"""
    floor_share: float = param(0.60, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the money spent on floor space and incubators; access and amenity share the rest equally.
    资金中用于楼面与孵化器的比例；其余由通达性与宜居性平分。"""
    floor_cost: float = param(5.0, unit="million CNY per thousand m2", bounds=(0.5, 50.0), source="assumption")
    """Cost of floor space, public share of the investment only.
    楼面成本，仅计投资中的公共部分。"""
    places_per_floor: float = param(6.0, unit="places per thousand m2", bounds=(0.0, 100.0), source="assumption")
    """Incubator places in a thousand m2 of new floor space.
    每千平方米新增楼面的孵化工位数。"""
    access_cost: float = param(25.0, unit="million CNY per cell", bounds=(1.0, 1e4), source="assumption")
    """Cost of raising a cell's access index by 0.1.
    将一个网格的通达指数提高 0.1 的成本。"""
    amenity_cost: float = param(12.0, unit="million CNY per cell", bounds=(1.0, 1e4), source="assumption")
    """Cost of raising a cell's amenity index by 0.1.
    将一个网格的宜居指数提高 0.1 的成本。"""

    @staticmethod
    def _sites(region: Region) -> np.ndarray:
        """Return which cells lie on the axis or in its zones and can be built on, (n,) bool."""
        zones = in_zones(region, (), "axis")
        return (region.cells.axis | zones[region.cells.zone]) & (region.cells.buildable > 0.0)

    def bound(self, region: Region, scale: float) -> Self:
        """Return a copy for a region and scale; see `Policy.bound`.

        Raises
        ------
        ScenarioError
            The region has no axis to build along.
        """
        if not self._sites(region).any():
            raise ScenarioError(f"policies.{self.name}: the region {region.name} has no axis to build along")
        return super().bound(region, scale)

    def _open(self, world: World, levers: Levers, account: Account) -> None:
        weights = building_weights(world.region, self._sites(world.region))
        spent = account.paid_in(world.quarter - self.delay)
        floor = spent * self.floor_share / self.floor_cost
        works = spent * (1.0 - self.floor_share) / 2.0 / world.scale
        levers.construction_floor_space.move(floor * weights)
        levers.construction_places.move(floor * self.places_per_floor * weights)
        levers.construction_access.move(0.1 * works / self.access_cost * weights)
        levers.construction_amenity.move(0.1 * works / self.amenity_cost * weights)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Open what was paid for `delay` quarters ago."""
        self._open(world, levers, account)

    def complete(self, world: World, levers: Levers, account: Account) -> None:
        """Open what was paid for before the end."""
        self._open(world, levers, account)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the builders."""
        world.ledger.pay_dues("construction", account, "world", account.balance)
