"""Major project: land, plant and fund equity for one large firm, and clawback when promised output is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulation.parameters import Label, param
from simulation.policy import Policy
from simulation.populations.firms import ORIGINS

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import Records, World


class MajorProject(
    Policy,
    name="major_project",
    label=Label("Major project", "重大项目招引、“万亩千亿”平台"),
    summary=Label(
        "Offers land, part of the plant and fund equity to one large firm; claws back when promised output is missed.",
        "以供地、厂房设备补助和基金股权招引一家大企业，未达承诺产出的按约追回。",
    ),
    essay="做强“万亩千亿”新产业平台",
    note=Label(
        "fair-competition rules (in force since August 2024) bar selective awards to single firms without a basis in "
        "law; since January 2025 government funds may not be set up to attract investment, and counties need approval "
        "from above for new ones. To be verified.",
        "公平竞争审查条例（2024年8月起施行）禁止无法律依据给予特定经营者选择性奖补；2025年1月起不得以招商引资为目的设立政府投资基金，"
        "县区新设须经上级批准。以上待核实。",
    ),
):
    """Courts projects until one comes, pays it as the money allows, and recovers what it can.

    What is recovered is not paid out again. The firm hires in the labour market, buys from local suppliers, wins
    customers from its rivals, and may fail.

    洽谈项目直到一个落地，按资金能力付款，并尽可能追回；追回的钱不再支出。该企业在劳动力市场招人，向本地供应商采购，从
    对手处赢得客户，也可能失败。
    """

    criteria: ClassVar[tuple[str, ...]] = ("industries", "zones", "size")

    land_share: float = param(0.10, unit="1", bounds=(0.0, 0.3), source="assumption")
    """Cost of land cleared and halls built for it, over the cost of its plant.
    为其平整土地、建设厂房的成本与其设备投资之比。"""
    plant_share: float = param(0.20, unit="1", bounds=(0.0, 0.4), source="assumption")
    """Share of the cost of its plant that is granted.
    设备投资中给予补助的比例。"""
    equity_share: float = param(0.20, unit="1", bounds=(0.0, 0.3), source="assumption")
    """Share of the cost of its plant that the district's fund puts in as equity, to be bought back at cost.
    设备投资中由区级基金入股的比例，按成本回购。"""
    floor_cost: float = param(3.0, unit="million CNY per thousand m2", bounds=(0.5, 50.0), source="assumption")
    """Cost of land and halls.
    土地与厂房的成本。"""
    promise_term: int = param(12, unit="quarter", bounds=(1, 60), source="assumption")
    """Age from which its sales are held against its promise, once a year.
    自何年龄起每年以销售额对照承诺考核一次。"""
    tolerance: float = param(0.8, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the promise below which it counts as missed.
    低于承诺的此比例即算未达标。"""
    clawback: float = param(0.8, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of land and plant money claimed back for each part of the promise that is missing.
    承诺每缺一份，追回土地和设备资金的比例。"""
    equity_term: int = param(20, unit="quarter", bounds=(1, 60), source="assumption")
    """Age from which it buys the equity back.
    自何年龄起回购股权。"""
    cash_limit: float = param(0.25, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of its cash that recoveries can take in a quarter.
    一个季度内追偿最多占其现金的比例。"""
    upper_share: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """Share of the cost borne by upper governments.
    上级政府承担的费用比例。"""

    @staticmethod
    def _firm(world: World) -> Array:
        """Return the row of the project's firm, (1,); (0,) before it comes and after it has closed."""
        firms = world.firms
        return firms.live[firms.origin[firms.live] == ORIGINS.index("large_project")][:1]

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Make an offer until a project has come, and open the land that was paid for."""
        if self.strength > 0.0 and account.paid == 0.0 and account.balance > 0.0 and not len(self._firm(world)):
            share = self.strength * (self.land_share + self.plant_share + self.equity_share)
            levers.project_offer.move(share, self.eligible)
        self.complete(world, levers, account)

    def complete(self, world: World, levers: Levers, account: Account) -> None:
        """Open the land that was paid for in the quarter before."""
        cleared = account.paid_in(world.quarter - 1, "project_land") / self.floor_cost
        row = self._firm(world)
        if cleared > 0.0 and len(row):
            floor = np.zeros(len(world.cells))
            floor[world.firms.cell[row]] = cleared
            levers.construction_floor_space.move(floor)

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay what is due to the project as far as there is money, and recover what is due from it."""
        row = self._firm(world)
        if not len(row):
            return
        firms, ledger = world.firms, world.ledger
        intensity = world.region.industries.capital_intensity[firms.industry[row]]
        plant = float((intensity * firms.promised[row]).sum()) * self.strength
        paid: dict[str, float] = {}
        shares = {
            "project_land": self.land_share, "project_plant": self.plant_share, "project_equity": self.equity_share
        }
        for purpose, share in shares.items():
            before = sum(account.paid_for.get(purpose, {}).values())
            due = min(max(share * plant - before, 0.0), max(account.appropriated - account.paid, 0.0))
            payee = "world" if purpose == "project_land" else firms.at(row)
            ledger.pay_dues(purpose, account, payee, np.full(1, due), self.upper_share, for_assets=True)
            paid[purpose] = before + due
        age = int(world.quarter - firms.born[row[0]])
        claims = {"equity_return": paid["project_equity"] if age >= self.equity_term else 0.0}
        missing = 1.0 - float(firms.sales_year[row[0]]) / max(float(firms.promised[row[0]]), 1e-9)
        missed = age >= self.promise_term and (age - self.promise_term) % 4 == 0 and missing > 1.0 - self.tolerance
        granted = paid["project_land"] + paid["project_plant"]
        claims["project_clawback"] = self.clawback * missing * granted if missed else 0.0
        for purpose, total in claims.items():
            due = max(total - account.recovered_as.get(purpose, 0.0), 0.0)
            due = min(due, self.cash_limit * max(float(firms.cash[row[0]]), 0.0))
            ledger.pay(purpose, firms.at(row), "upper", due * self.upper_share, account)
            ledger.pay(purpose, firms.at(row), "district", due * (1.0 - self.upper_share), account)

    def wind_down(self, world: World, records: Records, account: Account) -> None:
        """Meet what was promised before the end, and go on recovering."""
        self.settle(world, records, account)
