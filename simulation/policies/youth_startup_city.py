"""Youth start-up city: places, small grants and mentoring for the new firms of young founders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

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


class YouthStartupCity(
    Policy,
    name="youth_startup_city",
    label=Label("Youth start-up city", "南湖青创城"),
    summary=Label(
        "Builds start-up places, pays small grants to new firms of young founders and mentors those that take a place.",
        "建设青年创业空间，对青年创办的新企业给予小额启动资助，并为入驻企业配备创业导师。",
    ),
    essay="优化青年创业人才服务机制，打造“南湖青创城”",
):
    """Grants and mentors come first, then building; what was paid for building opens `delay` quarters later.

    A grant also brings in founders for whom it only just pays to start, and takes people from their employers.

    先付资助与导师，再付建设；建设付款后经 `delay` 个季度启用。资助也会引来刚好觉得值得创办的人，并从雇主处带走员工。
    """

    criteria: ClassVar[tuple[str, ...]] = ("industries", "size")

    zones: tuple[str, ...] = param((), unit="", source="scenario")
    """Zones where it builds and mentors, by name; all urban zones when left out.
    建设与辅导所在片区，按名称列出；省略则为全部城市片区。"""
    oldest: float = param(35.0, unit="year", bounds=(18.0, 60.0), source="assumption")
    """Age up to which a founder counts as young.
    青年创始人的年龄上限。"""
    grant: float = param(0.2, unit="million CNY", bounds=(0.0, 5.0), source="assumption")
    """Grant to a new firm of a young founder.
    对青年创始人新企业的资助。"""
    mentoring: float = param(0.036, unit="1", bounds=(0.0, 0.5), source="assumption")
    """Log productivity that mentors give a new firm.
    导师使新企业提高的对数生产率。"""
    mentor_cost: float = param(0.05, unit="million CNY", bounds=(0.0, 1.0), source="assumption")
    """Cost of mentoring a firm.
    辅导一家企业的成本。"""
    works: float = param(
        30.0, unit="million CNY", bounds=(0.0, 1e5), per="year", kind="flow", extensive=True, source="assumption"
    )
    """Most that is spent on building a year.
    每年用于建设的上限。"""
    delay: int = param(4, unit="quarter", bounds=(1, 40), source="assumption")
    """Quarters from payment to opening.
    从付款到启用的季度数。"""
    floor_cost: float = param(6.0, unit="million CNY per thousand m2", bounds=(0.5, 50.0), source="assumption")
    """Cost of floor space with start-up places, public share of the investment only.
    带创业工位的楼面成本，仅计投资中的公共部分。"""
    places_per_floor: float = param(20.0, unit="places per thousand m2", bounds=(0.0, 100.0), source="assumption")
    """Places in a thousand m2 of it.
    每千平方米楼面的工位数。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

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

    def _young(self, view: Any) -> Array:
        return (view.founder_age <= self.oldest) & self.eligible.matches(view)

    def _mentored(self, region: Region, view: Any) -> Array:
        return self._young(view) & view.incubated & in_zones(region, self.zones, "urban")[view.zone]

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Let young founders expect what the account can pay, and open what is finished."""
        expected = self.strength * account.payout_ratio
        levers.start_grant.move(lambda view: self.grant * expected * self._young(view))
        levers.mentoring.move(lambda view: self.mentoring * expected * self._mentored(world.region, view))
        self.complete(world, levers, account)

    def complete(self, world: World, levers: Levers, account: Account) -> None:
        """Open what was paid for `delay` quarters ago, also after the end."""
        floor = account.paid_in(world.quarter - self.delay, "youth_works") / self.floor_cost
        weights = building_weights(world.region, self._sites(world.region))
        levers.construction_floor_space.move(floor * weights)
        levers.construction_places.move(floor * self.places_per_floor * weights)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay grants to the quarter's new firms, their mentors, and builders from what is left."""
        firms, pay = world.firms, world.ledger.pay_dues
        keys = records.column("newcomers", "firm_key").astype(np.int64)
        rows = firms.rows_of(keys)
        alive = rows >= 0
        rows = rows[alive]
        view: Any = world.firm_view(rows)
        view.founder_age, view.incubated = records.column("newcomers", "founder_age")[alive], firms.incubated[rows]
        grants = self.grant * self.strength * self._young(view)
        mentors = self.mentor_cost * self.strength * self._mentored(world.region, view).sum()
        ratio = min(1.0, account.balance / max(grants.sum() + mentors, 1e-12))
        pay("start_grant", account, firms.at(rows), grants * ratio, self.upper_share)
        pay("mentors", account, "households", mentors * ratio, self.upper_share)
        pay("youth_works", account, "world", min(self.works * self.strength, account.balance), self.upper_share)
        account.payout_ratio = ratio
