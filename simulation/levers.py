"""What policies and stresses may move: each lever's neutral value, shape, unit and combining rule.

A policy stores a rule in a lever (a value, and who is eligible); the process that owns the mechanism
evaluates it on the agents or candidates in hand. All levers return to neutral at the start of a quarter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from simulation.parameters import Label

if TYPE_CHECKING:
    from simulation.populations.columns import Array
    from simulation.reach import Reach

Rule = Callable[[Any], "Array"]


class Eligible(Protocol):
    """Who a policy is for: answers for agents or candidates given as a view of their attributes."""

    def matches(self, view: Any) -> Array:
        """Return (n,) bool."""


@dataclass(frozen=True)
class LeverSpec:
    """Declaration of a lever.

    Parameters
    ----------
    neutral : value without policy
    on : what it is evaluated on: "district", "firms", "talent", "skills", "institutes", "cells", "externals",
        "industries" or "fields"
    unit : unit of the value
    combine : how two policies on one lever combine: "add", "max" or "complement" (1 - product of 1 - x)
    high : highest combined value
    doc : meaning in both languages, and in brackets the processes that read it
    """

    neutral: float
    on: str
    unit: str
    combine: str
    doc: Label
    high: float = np.inf


# fmt: off
LEVERS: dict[str, LeverSpec] = {
    "rd_subsidy_rate": LeverSpec(0.0, "firms", "1", "add",
        Label("Share of R&D cost paid to the firm (research)", "支付给企业的研发成本比例（research）"), 0.9),
    "audit_rate": LeverSpec(0.0, "firms", "1", "add",
        Label("Added chance a quarter to find relabelled R&D (research)",
              "查出虚报研发的季度概率增加值（research）"), 1.0),
    "loss_cover": LeverSpec(0.0, "firms", "1", "max",
        Label("Share of a bank's loss that a pool repays (credit)", "资金池偿付的银行损失比例（credit）"), 0.95),
    "guarantee_share": LeverSpec(0.0, "firms", "1", "max",
        Label("Share of a bank's loss a guarantor repays (credit)", "担保机构偿付的银行损失比例（credit）"), 0.8),
    "cover_capacity": LeverSpec(0.0, "district", "million CNY", "add",
        Label("New loans that may still be covered (credit)", "仍可纳入补偿的新增贷款额度（credit）")),
    "cover_fee": LeverSpec(0.0, "district", "1", "max",
        Label("Yearly fee of cover, share of the risk borne (credit)", "补偿年费，占所担风险的比例（credit）")),
    "cover_paperwork": LeverSpec(0.0, "district", "1", "max",
        Label("Bank's yearly cost of using cover, share (credit)", "银行使用补偿的年成本比例（credit）")),
    "anchor_commitment": LeverSpec(0.0, "district", "million CNY", "add",
        Label("Public money for new sub-funds (venture)", "投入新设子基金的财政资金（venture）")),
    "anchor_public_share": LeverSpec(0.0, "district", "1", "max",
        Label("Largest public share of a sub-fund (venture)", "子基金财政出资比例上限（venture）"), 1.0),
    "anchor_reinvestment": LeverSpec(0.0, "district", "1", "max",
        Label("Local investment duty, of public money (venture)", "返投要求，占财政出资的比例（venture）")),
    "anchor_tolerance": LeverSpec(0.0, "district", "1", "max",
        Label("Public managers' freedom from blame (venture)", "国资管理人的容错程度（venture）"), 1.0),
    "office_support": LeverSpec(0.0, "district", "million CNY a year", "add",
        Label("For a fund's real office (venture)", "对基金真实办公的支持（venture）")),
    "registration_support": LeverSpec(0.0, "district", "million CNY a year", "add",
        Label("For a fund's address (venture)", "对基金注册地址的支持（venture）")),
    "office_inspection": LeverSpec(0.0, "district", "1", "max",
        Label("Chance that a sham office is seen (venture)", "查出空壳办公的概率（venture）"), 1.0),
    "housing_subsidy": LeverSpec(0.0, "talent", "million CNY a year", "add",
        Label("Housing support, household (migration)", "每户住房补贴（migration）")),
    "service_access": LeverSpec(0.0, "talent", "amenity index", "add",
        Label("Access to schools and health care (migration)", "就学就医便利（migration）")),
    "relocation_grant": LeverSpec(0.0, "talent", "million CNY a year", "add",
        Label("Money on top of the wage (migration)", "工资之外的补助（migration）")),
    "team_size": LeverSpec(0.0, "talent", "people", "max",
        Label("People who follow a newcomer (migration)", "随新来者同来的人数（migration）"), 20.0),
    "training_places": LeverSpec(0.0, "district", "places", "add",
        Label("Training places of the quarter (labour)", "本季度培训名额（labour）")),
    "training_gain": LeverSpec(0.0, "firms", "1", "max",
        Label("Log ability gained in a first course at the firm (labour)",
              "首次企业内培训带来的能力提升（对数）（labour）")),
    "training_award": LeverSpec(0.0, "firms", "million CNY", "add",
        Label("Employer's cost of a course borne by others (labour)", "由他人承担的雇主培训成本（labour）")),
    "course_places": LeverSpec(0.0, "skills", "places", "add",
        Label("Places in courses for a new trade, by skill (labour)", "转行课程名额，按技能（labour）")),
    "construction_floor_space": LeverSpec(0.0, "cells", "thousand m2", "add",
        Label("Floor space opening (place)", "启用的载体面积（place）")),
    "construction_places": LeverSpec(0.0, "cells", "places", "add",
        Label("Incubator places opening (place)", "启用的孵化名额（place）")),
    "construction_amenity": LeverSpec(0.0, "cells", "amenity index", "add",
        Label("Amenity works finished (place)", "建成的宜居工程（place）")),
    "construction_access": LeverSpec(0.0, "cells", "access index", "add",
        Label("Access works finished (place)", "建成的交通可达工程（place）")),
    "travel_time_saved": LeverSpec(0.0, "externals", "minute", "add",
        Label("Minutes saved to regions outside (place)", "到区外各地节省的分钟数（place）")),
    "outside_link": LeverSpec(0.0, "externals", "1", "add",
        Label("Strength added to links with regions outside (place)", "与区外各地联系强度的增加值（place）")),
    "window_reach": LeverSpec(0.0, "externals", "1", "complement",
        Label("Share of candidates who meet the district there (demography, migration)",
              "在当地接触到本区的候选者比例（demography、migration）")),
    "certificate_award": LeverSpec(0.0, "firms", "million CNY", "add",
        Label("First certificate (certification, research)", "首次认定高新技术企业的奖励（certification、research）")),
    "listing_award": LeverSpec(0.0, "firms", "million CNY", "add",
        Label("First listing as tech SME (certification)", "首次入库科技型中小企业的奖励（certification）")),
    "dossier_support": LeverSpec(0.0, "firms", "1", "add",
        Label("Share of a dossier's cost paid (certification)", "申报材料成本的补助比例（certification）"), 0.95),
    "champion_award": LeverSpec(0.0, "firms", "million CNY", "add",
        Label("Award for a title as champion (certification)", "专精特新称号的奖励（certification）")),
    "focus_support": LeverSpec(0.0, "firms", "1", "max",
        Label("Part of a firm's learning moved to its main fields (research)",
              "转向主攻领域的学习比例（research）"), 0.9),
    "rent_relief": LeverSpec(0.0, "firms", "1", "max",
        Label("Share of rent relieved on a site (demography)", "减免的场地租金比例（demography）"), 0.9),
    "digital_subsidy": LeverSpec(0.0, "firms", "1", "add",
        Label("Share of cost of going digital paid (production)", "数字化改造成本的补助比例（production）"), 0.95),
    "equipment_subsidy": LeverSpec(0.0, "firms", "1", "add",
        Label("Share of the cost of equipment paid (production)", "设备成本的补助比例（production）"), 0.9),
    "search_cost_saved": LeverSpec(0.0, "district", "1", "complement",
        Label("Share of the cost of finding local suppliers saved (production)",
              "寻找本地供应商成本的节省比例（production）"), 0.95),
    "project_cost_saved": LeverSpec(0.0, "firms", "1", "complement",
        Label("Share of project cost saved (research)", "项目成本的节省比例（research）"), 0.8),
    "entry_time_saved": LeverSpec(0.0, "firms", "1", "complement",
        Label("Share of candidates' administrative time saved (demography)",
              "候选者办事时间的节省比例（demography）"), 0.99),
    "start_grant": LeverSpec(0.0, "firms", "million CNY", "add",
        Label("Grant that a new firm may expect (demography)", "新企业可预期的创业资助（demography）")),
    "mentoring": LeverSpec(0.0, "firms", "1", "max",
        Label("Log productivity that mentors give a new firm (demography)",
              "导师使新企业提高的对数生产率（demography）"), 0.5),
    "project_offer": LeverSpec(0.0, "firms", "1", "max",
        Label("Share of a large project's plant that the public pays on a site (demography)",
              "大项目落地时由公共资金承担的厂房设备比例（demography）"), 1.0),
    "certification_time_saved": LeverSpec(0.0, "firms", "1", "complement",
        Label("Share of the time and paperwork of certificates saved (certification)",
              "认定所需时间与材料的节省比例（certification）"), 0.99),
    "grant_size": LeverSpec(0.0, "firms", "million CNY", "max",
        Label("Grant that a firm may compete for (research)", "企业可竞争的资助额（research）")),
    "grant_number": LeverSpec(0.0, "district", "grants", "add",
        Label("Grants of this quarter's call (research)", "本季度征集的资助项数（research）")),
    "grant_integrity": LeverSpec(0.0, "district", "1", "max",
        Label("Weight of merit against connections (research)", "评审中实力相对关系的权重（research）"), 1.0),
    "grant_misuse": LeverSpec(0.0, "district", "1", "max",
        Label("Share of a grant not bound to R&D (research)", "资助中不限于研发使用的比例（research）"), 1.0),
    "market_entry_speed": LeverSpec(0.0, "firms", "1", "add",
        Label("Rise of the rate of leaving market entry (research)", "项目走完市场导入阶段速率的提高（research）")),
    "consortium_matching": LeverSpec(0.0, "firms", "1", "add",
        Label("Rise of the rate of founding and joining (transfer)", "组建和加入联合体速率的提高（transfer）")),
    "consortium_cost_share": LeverSpec(0.0, "firms", "1", "max",
        Label("Share of consortium fees repaid (transfer)", "返还的联合体费用比例（transfer）"), 0.9),
    "park_matching": LeverSpec(0.0, "firms", "1", "add",
        Label("Rise of meetings with institutes next door (transfer)", "与相邻院所对接次数的提高（transfer）")),
    "park_price_support": LeverSpec(0.0, "firms", "1", "max",
        Label("Share repaid of what results cost so (transfer)", "如此购得成果的价款返还比例（transfer）"), 0.9),
    "platform_access": LeverSpec(0.0, "firms", "1", "add",
        Label("Rise of what firms learn from others (research)", "企业相互学习所得的提高（research）")),
    "joint_support": LeverSpec(0.0, "externals", "1", "max",
        Label("Share of joint projects' cost funded (research)", "跨区域合作项目成本的资助比例（research）"), 0.9),
    "challenge_size": LeverSpec(0.0, "firms", "million CNY", "max",
        Label("Money of a key technology project (research)", "每个揭榜挂帅项目的资金（research）")),
    "challenge_number": LeverSpec(0.0, "district", "projects", "add",
        Label("Key technology projects of the call (research)", "本次征集的揭榜挂帅项目数（research）")),
    "challenge_integrity": LeverSpec(0.0, "district", "1", "max",
        Label("Weight of merit in their ranking (research)", "揭榜排序中实力的权重（research）"), 1.0),
    "challenge_upfront": LeverSpec(0.0, "district", "1", "max",
        Label("Share of it paid at once (research)", "项目资金即时拨付的比例（research）"), 1.0),
    "centre_award": LeverSpec(0.0, "firms", "million CNY", "max",
        Label("Money for the next level (certification)", "研发中心升级的奖励（certification）")),
    "centre_money": LeverSpec(0.0, "district", "million CNY", "add",
        Label("Money there is for centres (certification)", "可用于研发中心的资金（certification）")),
    "institute_funding": LeverSpec(0.0, "institutes", "million CNY", "add",
        Label("Money beside budgets (labour, research)", "预算之外的院所资金（labour、research）")),
    "institute_openings": LeverSpec(0.0, "cells", "institutes", "add",
        Label("New institutes opening (place)", "新设院所（place）")),
    "demand_lost": LeverSpec(0.0, "industries", "1", "complement",
        Label("Share of world demand lost (production)", "损失的外部需求比例（production）"), 0.95),
    "outside_knowledge_lost": LeverSpec(0.0, "fields", "1", "complement",
        Label("Share of learning from outside that is lost (research)", "损失的外部学习比例（research）"), 1.0),
    "investor_caution": LeverSpec(0.0, "district", "1", "complement",
        Label("Share of private commitments to funds that is lost (venture)",
              "损失的社会资本基金认缴比例（venture）"), 0.99),
    "peer_wage": LeverSpec(0.0, "district", "log", "add",
        Label("Rise of the wage in neighbour districts (migration)", "周边区县工资的上升（migration）")),
    "peer_pull": LeverSpec(0.0, "district", "log", "add",
        Label("Rise of how strongly neighbours draw people (migration)", "周边区县引才力度的上升（migration）")),
    "peer_offer": LeverSpec(0.0, "district", "1", "add",
        Label("Rise of what neighbours offer their firms (demography)",
              "周边区县对其企业所给条件的提高（demography）")),
    "support_withdrawn": LeverSpec(0.0, "district", "1", "complement",
        Label("Share of the district's part of budgets withdrawn (research, labour)",
              "区级预算支持的撤减比例（research、labour）"), 1.0),
}
# fmt: on
"""What policies and stresses move, by name; its reader is the process named in brackets."""


AGENTS = ("firms", "talent", "institutes")
"""What levers are evaluated on that has keys."""


@dataclass
class Moving:
    """Who moves levers now.

    Parameters
    ----------
    policy : by name; empty for a stress
    quarter : now
    reach : notes of whom it holds for, if anybody asked for them
    """

    policy: str = ""
    quarter: int = 0
    reach: Reach | None = None


class Lever:
    """A lever in a quarter: the rules that policies have stored in it."""

    def __init__(self, name: str, spec: LeverSpec, moving: Moving | None = None) -> None:
        self.name = name
        self.spec = spec
        self._moving = moving or Moving()
        self._rules: list[tuple[float | Array | Rule, Eligible | None, str]] = []

    @property
    def active(self) -> bool:
        """Whether any policy moves this lever now."""
        return bool(self._rules)

    def move(self, value: float | Array | Rule, eligible: Eligible | None = None) -> None:
        """Store a rule.

        Parameters
        ----------
        value : scalar, (5,), (n_cells,) or (n_externals,) array, or a function of the view returning (n,)
        eligible : who it holds for; everyone when left out
        """
        now = self._moving
        self._rules.append((value, eligible, now.policy))
        if now.reach is not None and now.policy:
            now.reach.moved(self.name, now.policy, now.quarter)

    def value(self) -> float:
        """Return the combined value of a district lever."""
        total = self.spec.neutral
        for value, _, _ in self._rules:
            total = self._combined(total, value)
        return float(min(total, self.spec.high))

    def on(self, view: Any) -> Array | float:
        """Return the combined value for agents, candidates or cells.

        Parameters
        ----------
        view : attributes of n agents or candidates (`world.firm_view(rows)`), as eligibility rules read them

        Returns
        -------
        (n,) array, or the neutral scalar while no policy moves the lever
        """
        if not self._rules:
            return self.spec.neutral
        total: Any = self.spec.neutral
        for value, eligible, policy in self._rules:
            values = value(view) if callable(value) else value
            if eligible is not None:
                values = np.where(eligible.matches(view), values, self.spec.neutral)
            if self._moving.reach is not None and policy:
                self._note(self._moving.reach, policy, view, values)
            total = self._combined(total, values)
        return np.minimum(total, self.spec.high)

    def _note(self, reach: Reach, policy: str, view: Any, values: Any) -> None:
        """Note for whom a rule holds, where it is read for agents with a key."""
        keys = getattr(view, "key", None)
        if keys is not None and self.spec.on in AGENTS:
            holds = np.broadcast_to(values != self.spec.neutral, np.shape(keys))
            reach.offered(policy, self.spec.on, self.name, np.asarray(keys)[holds])

    def _combined(self, total: Any, value: Any) -> Any:
        if self.spec.combine == "add":
            return total + value
        if self.spec.combine == "max":
            return np.maximum(total, value)
        return 1.0 - (1.0 - total) * (1.0 - value)


class Levers:
    """All levers of a world, by name: `levers.loss_cover`."""

    def __init__(self) -> None:
        self.moving = Moving()
        self._levers = {name: Lever(name, spec, self.moving) for name, spec in LEVERS.items()}
        self.__dict__.update(self._levers)

    def __getstate__(self) -> dict[str, Any]:
        # Rules last for a quarter and may hold functions, so a copy made between quarters starts without any.
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()  # type: ignore[misc]

    def __getattr__(self, name: str) -> Lever:
        raise AttributeError(f"there is no lever {name!r}")

    def reset(self) -> None:
        """Return every lever to neutral."""
        for lever in self._levers.values():
            lever._rules.clear()
