"""Green channel for talent: housing support and access to schools and health care."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from simulation.parameters import Label, param
from simulation.policy import Policy

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.world import Records, World


class TalentGreenChannel(
    Policy,
    name="talent_green_channel",
    label=Label("Talent green channel", "人才绿色通道"),
    summary=Label(
        "Housing support, school places and health care for talent households with work in their first years here.",
        "为来区且签有工作合同的人才家庭在最初几年提供住房保障、子女就学和就医便利。",
    ),
    essay="设立人才公共服务“绿色通道”，完善住房保障、子女就学、就医等方面保障体系",
):
    """Supports newcomers of eligible skills for some years after arrival, while they are in work.

    Residents of longer standing get nothing, nor do newcomers without a contract; who thinks of coming reckons with
    the share of newcomers who had one last.

    支持合格类别的新来者若干年，以在职为条件；久居者与无工作合同者没有。考虑来者按最近一季新来者的在职比例预期。
    """

    criteria: ClassVar[tuple[str, ...]] = ("skills", "age", "ability")

    housing_support: float = param(
        0.012, unit="million CNY a year", bounds=(0.0, 0.2), source="assumption"
    )
    """Housing support of a household a year.
    每户每年的住房支持。"""
    access: float = param(0.25, unit="amenity index", bounds=(0.0, 2.0), source="assumption")
    """Worth of school and health access to a household, on the scale of amenity.
    就学就医便利对一户的价值，以宜居指数计。"""
    access_cost: float = param(0.010, unit="million CNY a year", bounds=(0.0, 0.2), source="assumption")
    """Public cost of a household's school and health access a year.
    每户每年就学就医便利的公共成本。"""
    duration: int = param(20, unit="quarter", bounds=(1, 200), source="assumption")
    """How long a household is supported after its arrival.
    一户到来后享受支持的时长。"""

    def _recent(self, world: World, view: Any) -> Array:
        """Return (n,) bool: who arrived since the start and not too long ago, of eligible skills."""
        recent = (view.arrived >= self.start) & (world.quarter - view.arrived < self.duration)
        return recent & self.eligible.matches(view)

    def _supported(self, world: World, view: Any) -> Array:
        """Return (n,) in [0, 1]: newcomers with a contract; candidates count with their chance to have one."""
        if hasattr(view, "arrived"):
            return self._recent(world, view) & view.employed
        return self.eligible.matches(view) * world.published.get("newcomers_in_work", 1.0)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Let people expect the support that the account can pay."""
        expected = self.strength * account.payout_ratio
        levers.housing_subsidy.move(lambda view: self.housing_support * expected * self._supported(world, view))
        levers.service_access.move(lambda view: self.access * expected * self._supported(world, view))

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay the support of every household in the channel."""
        talent = world.talent
        view = world.talent_view(talent.live[talent.arrived[talent.live] >= self.start])
        recent = self._recent(world, view)
        households = int((recent & view.employed).sum())
        records["newcomers_in_work"] = households / int(recent.sum()) if recent.any() else 1.0
        yearly = (self.housing_support + self.access_cost) * self.strength
        world.ledger.pay_dues("talent_support", account, "households", households * yearly / 4.0)
