"""Shanghai window: a paid office in regions outside, where candidates meet the district."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy
from simulation.populations.firms import ORIGINS

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.space.region import Region
    from simulation.world import Records, World

RELOCATION = ORIGINS.index("relocation")


class ShanghaiWindow(
    Policy,
    name="shanghai_window",
    label=Label("Shanghai window", "南湖智立方（上海中心）"),
    summary=Label(
        "Keeps an office in named regions outside; firms and people there meet the district, and results find a way.",
        "在区外重点地区设立常驻窗口，让当地企业与人才认识本区，并对接科技成果；成果也可能由此外流。",
    ),
    essay="发挥南湖智立方（上海中心）“窗口”效应，招引产业链重大投资项目、产业升级项目、创新人才项目",
    note=Label(
        "Fair-competition rules (in force since August 2024) bar selective fiscal awards for moving a firm; whether a "
        "fee to agents counts as one has to be checked. To be verified.",
        "公平竞争审查条例（2024年8月起施行）禁止以选择性财政奖补招引企业迁移；招商中介费是否属于此列须核对。以上待核实。",
    ),
):
    """Pays for rent and staff of the offices, and agents a fee for every firm that comes from there.

    Whoever meets the district finds coming easier; many would have come anyway, and the fee is paid for them too.
    Results travel both ways along the stronger link.

    支付窗口的租金与人员，并就每家迁来的企业付给中介费用。接触到本区的人来得更容易；许多人本来就会来，也照付费用。成果
    沿更强的联系双向流动。
    """

    criteria: ClassVar[tuple[str, ...]] = ()

    regions: tuple[str, ...] = param((), unit="", source="scenario")
    """Regions outside with an office, by name; all when left out.
    设有窗口的区外地区，按名称列出；省略则为全部。"""
    reach: float = param(0.10, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the firms and people there who think of moving that meet the district at the office.
    当地考虑迁移的企业与人才中，在窗口接触到本区的比例。"""
    link: float = param(0.05, unit="1", bounds=(0.0, 5.0), source="assumption")
    """Strength that scouting adds to links in knowledge with these regions (1 without policy).
    科技侦察为与这些地区的知识联系增加的强度（无政策时为 1）。"""
    office: float = param(
        5.0, unit="million CNY", bounds=(0.0, 1e3), per="year", kind="flow", extensive=True, source="assumption"
    )
    """Rent and staff of the office in one region a year.
    一个地区的窗口每年的租金与人员成本。"""
    referral: float = param(0.3, unit="million CNY", bounds=(0.0, 20.0), source="assumption")
    """Fee to agents for every firm that moves in from these regions.
    每家从这些地区迁来的企业付给中介的费用。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    def bound(self, region: Region, scale: float) -> Self:
        """Return a copy for a region and scale; see `Policy.bound` and `Policy.check_names`."""
        self.check_names("regions", self.regions, region.externals.name)
        return super().bound(region, scale)

    def _offices(self, region: Region) -> Array:
        """Return which regions outside have an office, (E,) bool."""
        return np.array([not self.regions or name in self.regions for name in region.externals.name])

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Receive visitors as far as the offices are paid for."""
        open_to = self.strength * account.payout_ratio * self._offices(world.region)
        levers.window_reach.move(self.reach * open_to)
        levers.outside_link.move(self.link * open_to)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay for the offices, and agents for the firms that came."""
        offices = self._offices(world.region)
        node = records.column("entries", "node")[records.column("entries", "origin") == RELOCATION].astype(np.int64)
        came = int(offices[node[node >= 0]].sum())
        dues = self.strength * (self.office * offices.sum() + self.referral * came)
        world.ledger.pay_dues("window", account, "world", dues, self.upper_share)
