"""The contract of a policy: dates, budget, strength, eligibility, and two moments in the quarter.

A policy is a frozen set of parameters. It announces (moves levers) at the start of a quarter and settles
(pays claims, dues and recoveries from its account) at the end. It writes no column of any agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from simulation.errors import ScenarioError, nearest_name
from simulation.parameters import Label, Parameters, param

if TYPE_CHECKING:
    from simulation.ledger import Account
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.space.region import Region
    from simulation.world import Records, World


def _among(values: Array, few: Iterable[int]) -> Array:
    """Return which values (n,) are among a few; for so few, quicker than `np.isin`."""
    found = np.zeros(len(values), dtype=bool)
    for one in few:
        found |= values == one
    return found


class Span(BaseModel):
    """A range with optional ends, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: float = -np.inf
    high: float = np.inf


class Eligibility(BaseModel):
    """Who a policy is for; a criterion left out excludes nobody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tiers: tuple[int, ...] = ()
    """Tiers of firms: 1 start-up, 2 tech SME, 3 high-tech enterprise, 4 innovation leader.
    企业梯队：1 初创，2 科技型中小企业，3 高新技术企业，4 创新领军企业。"""
    industries: tuple[str, ...] = ()
    """Industries of the region, by name.
    本地区的产业，按名称。"""
    zones: tuple[str, ...] = ()
    """Zones of the region, by name.
    本地区的片区，按名称。"""
    skills: tuple[str, ...] = ()
    """Skills of talent: research, skilled, broker, finance, management.
    人才类别：研究、技能、经纪、金融、管理。"""
    age: Span = Span()
    """Age in quarters (firms) or years (talent).
    年龄，企业以季度计，人才以岁计。"""
    size: Span = Span()
    """Yearly sales of a firm, million CNY.
    企业年销售额，百万元。"""
    ability: Span = Span()
    """Log ability of a person (0 is the mean).
    人的对数能力（0 为平均）。"""
    _codes: dict[str, Array] = PrivateAttr(default_factory=dict)

    def bound(self, region: Region) -> Eligibility:
        """Return a copy whose names are resolved to indices of a region."""
        from simulation.populations.talent import SKILLS

        known = {
            "industries": region.industries.name,
            "zones": tuple(z.name for z in region.zones),
            "skills": SKILLS,
        }
        copy = self.model_copy()
        copy._codes = {c: np.array([names.index(n) for n in getattr(self, c)], dtype=np.int64)
                       for c, names in known.items() if getattr(self, c)}
        return copy

    def matches(self, view: Any) -> Array:
        """Return (n,) bool: who of the agents or candidates in a view is eligible."""
        n = len(view)
        allowed = np.ones(n, dtype=bool)
        if self.tiers:
            allowed &= _among(view.tier, self.tiers)
        for criterion, attribute in (("industries", "industry"), ("zones", "zone"), ("skills", "skill")):
            if getattr(self, criterion):
                allowed &= _among(getattr(view, attribute), self._codes[criterion])
        for attribute in ("age", "size", "ability"):
            span: Span = getattr(self, attribute)
            if span.low > -np.inf or span.high < np.inf:
                values = getattr(view, attribute)
                allowed &= (values >= span.low) & (values <= span.high)
        return allowed


class Policy(Parameters):
    """Base of all policies; a subclass registers under its name.

    Class keywords: `name`, `label` (Label), `summary` (Label), `essay` (the phrase it comes from), `note` (Label: which
    rules bear on it; `yanzhen check` warns with it and `yanzhen list policies` shows it).
    """

    name: ClassVar[str] = ""
    label: ClassVar[Label] = Label("", "")
    summary: ClassVar[Label] = Label("", "")
    essay: ClassVar[str] = ""
    note: ClassVar[Label | None] = None
    criteria: ClassVar[tuple[str, ...]] = ("tiers", "industries", "zones", "age", "size")
    """Criteria of eligibility that the policy can choose by; those of firms unless a policy says otherwise."""

    start: int = param(8, unit="quarter", source="scenario")
    """First quarter; a date such as "2023Q1" in files.
    起始季度；文件中写日期，如 "2023Q1"。"""
    end: int | None = param(None, unit="quarter", source="scenario")
    """Last quarter, included; never ends when left out.
    最后一个季度（含）；省略则不结束。"""
    budget: float = param(
        20.0, unit="million CNY", bounds=(0.0, 1e5), per="year", kind="flow", extensive=True, source="scenario"
    )
    """Money appropriated a year while the policy lasts.
    政策期间每年的拨款。"""
    strength: float = param(1.0, unit="1", bounds=(0.0, 1.0), source="scenario")
    """Multiplies effect and cost; 0 changes nothing.
    同时乘以效果与成本；0 表示毫无改变。"""
    eligible: Eligibility = Field(Eligibility(), json_schema_extra={"unit": "", "source": "scenario"})
    """Who the policy is for.
    政策对象。"""

    def __init_subclass__(
        cls,
        name: str = "",
        label: Label | None = None,
        summary: Label | None = None,
        essay: str = "",
        note: Label | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if name:
            cls.name, cls.essay, cls.note = name, essay, note
            cls.label, cls.summary = label or Label(name, name), summary or Label("", "")
            if name in POLICIES and POLICIES[name].__module__ != cls.__module__:
                raise ScenarioError(f'there is a policy "{name}" already, in {POLICIES[name].__module__}')
            POLICIES[name] = cls

    def bound(self, region: Region, scale: float) -> Self:
        """Return a copy as the model uses it: figures per quarter and at scale, names as indices.

        Parameters
        ----------
        region : whose industries and zones the eligibility names
        scale : size of the modelled district relative to 1:1
        """
        return self.quarterly(scale).model_copy(update={"eligible": self.eligible.bound(region)})

    def check_names(self, key: str, given: Iterable[str], known: Sequence[str]) -> None:
        """Check names that a parameter lists against those of the region.

        Parameters
        ----------
        key : name of the parameter
        given, known : names in the file, and those there are

        Raises
        ------
        ScenarioError
            A name is not known.
        """
        for name in given:
            if name not in known:
                hint = nearest_name(name, known)
                raise ScenarioError(f'policies.{self.name}.{key}: unknown "{name}"{hint} (any of {", ".join(known)})')

    def active(self, quarter: int) -> bool:
        """Whether the policy is on in a quarter."""
        return self.start <= quarter and (self.end is None or quarter <= self.end)

    def appropriate(self, account: Account) -> None:
        """Put this quarter's money into the policy's account."""
        account.appropriate(self.budget * self.strength)

    def announce(self, world: World, levers: Levers, account: Account) -> None:
        """Move levers for this quarter."""

    def complete(self, world: World, levers: Levers, account: Account) -> None:
        """Move levers after the end, for what was paid before it (buildings under way); nothing by default."""

    def settle(self, world: World, records: Records, account: Account) -> None:
        """Pay what this quarter's records make due."""

    def wind_down(self, world: World, records: Records, account: Account) -> None:
        """Meet what is still due after the end (contracts already made); nothing by default."""


POLICIES: dict[str, type[Policy]] = {}
"""Policies by name, as written under `[policies.<name>]` in a scenario."""
