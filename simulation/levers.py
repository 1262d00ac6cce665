"""What policies and stresses may move: each lever's neutral value, shape, unit and combining rule.

A policy stores a rule in a lever (a value, and who is eligible); the process that owns the mechanism
evaluates it on the agents or candidates in hand. All levers return to neutral at the start of a quarter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

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
    doc : meaning, and the process that reads it
    """

    neutral: float
    on: str
    unit: str
    combine: str
    doc: str
    high: float = np.inf


LEVERS: dict[str, LeverSpec] = {
    "rd_subsidy_rate": LeverSpec(0.0, "firms", "1", "add", "Share of R&D cost paid to the firm (research)", 0.9),
    "audit_rate": LeverSpec(0.0, "firms", "1", "add", "Added chance a quarter to find relabelled R&D (research)", 1.0),
    "loss_cover": LeverSpec(0.0, "firms", "1", "max", "Share of a bank's loss that a pool repays (credit)", 0.95),
    "guarantee_share": LeverSpec(0.0, "firms", "1", "max", "Share of a bank's loss a guarantor repays (credit)", 0.8),
    "cover_capacity": LeverSpec(0.0, "district", "million CNY", "add", "New loans that may still be covered (credit)"),
    "cover_fee": LeverSpec(0.0, "district", "1", "max", "Yearly fee of cover, share of the risk borne (credit)"),
    "cover_paperwork": LeverSpec(0.0, "district", "1", "max", "Bank's yearly cost of using cover, share (credit)"),
    "anchor_commitment": LeverSpec(0.0, "district", "million CNY", "add", "Public money for new sub-funds (venture)"),
    "anchor_public_share": LeverSpec(0.0, "district", "1", "max", "Largest public share of a sub-fund (venture)", 1.0),
    "anchor_reinvestment": LeverSpec(0.0, "district", "1", "max", "Local investment duty, of public money (venture)"),
    "anchor_tolerance": LeverSpec(0.0, "district", "1", "max", "Public managers' freedom from blame (venture)", 1.0),
    "office_support": LeverSpec(0.0, "district", "million CNY a year", "add", "For a fund's real office (venture)"),
    "registration_support": LeverSpec(0.0, "district", "million CNY a year", "add", "For a fund's address (venture)"),
    "office_inspection": LeverSpec(0.0, "district", "1", "max", "Chance that a sham office is seen (venture)", 1.0),
    "housing_subsidy": LeverSpec(0.0, "talent", "million CNY a year", "add", "Housing support, household (migration)"),
    "service_access": LeverSpec(0.0, "talent", "amenity index", "add", "Access to schools and health care (migration)"),
    "relocation_grant": LeverSpec(0.0, "talent", "million CNY a year", "add", "Money on top of the wage (migration)"),
    "team_size": LeverSpec(0.0, "talent", "people", "max", "People who follow a newcomer (migration)", 20.0),
    "training_places": LeverSpec(0.0, "district", "places", "add", "Training places of the quarter (labour)"),
    "training_gain": LeverSpec(0.0, "firms", "1", "max", "Log ability gained in a first course at the firm (labour)"),
    "course_places": LeverSpec(0.0, "skills", "places", "add", "Places in courses for a new trade, by skill (labour)"),
    "construction_floor_space": LeverSpec(0.0, "cells", "thousand m2", "add", "Floor space opening (place)"),
    "construction_places": LeverSpec(0.0, "cells", "places", "add", "Incubator places opening (place)"),
    "construction_amenity": LeverSpec(0.0, "cells", "amenity index", "add", "Amenity works finished (place)"),
    "construction_access": LeverSpec(0.0, "cells", "access index", "add", "Access works finished (place)"),
    "travel_time_saved": LeverSpec(0.0, "externals", "minute", "add", "Minutes saved to regions outside (place)"),
    "outside_link": LeverSpec(0.0, "externals", "1", "add", "Strength added to links with regions outside (place)"),
    "window_reach": LeverSpec(
        0.0, "externals", "1", "complement", "Share of candidates who meet the district there (demography, migration)"
    ),
    "certificate_award": LeverSpec(0.0, "firms", "million CNY", "add", "First certificate (certification, research)"),
    "listing_award": LeverSpec(0.0, "firms", "million CNY", "add", "First listing as tech SME (certification)"),
    "dossier_support": LeverSpec(0.0, "firms", "1", "add", "Share of a dossier's cost paid (certification)", 0.95),
    "champion_award": LeverSpec(0.0, "firms", "million CNY", "add", "Award for a title as champion (certification)"),
    "focus_support": LeverSpec(
        0.0, "firms", "1", "max", "Part of a firm's learning moved to its main fields (research)", 0.9
    ),
    "rent_relief": LeverSpec(0.0, "firms", "1", "max", "Share of rent relieved on a site (demography)", 0.9),
    "digital_subsidy": LeverSpec(0.0, "firms", "1", "add", "Share of cost of going digital paid (production)", 0.95),
    "equipment_subsidy": LeverSpec(0.0, "firms", "1", "add", "Share of the cost of equipment paid (production)", 0.9),
    "search_cost_saved": LeverSpec(
        0.0, "district", "1", "complement", "Share of the cost of finding local suppliers saved (production)", 0.95
    ),
    "project_cost_saved": LeverSpec(0.0, "firms", "1", "complement", "Share of project cost saved (research)", 0.8),
    "entry_time_saved": LeverSpec(
        0.0, "firms", "1", "complement", "Share of candidates' administrative time saved (demography)", 0.99
    ),
    "start_grant": LeverSpec(0.0, "firms", "million CNY", "add", "Grant that a new firm may expect (demography)"),
    "mentoring": LeverSpec(0.0, "firms", "1", "max", "Share of a new firm's start gap closed (demography)", 1.0),
    "project_offer": LeverSpec(
        0.0, "firms", "1", "max", "Share of a large project's plant that the public pays on a site (demography)", 1.0
    ),
    "certification_time_saved": LeverSpec(
        0.0, "firms", "1", "complement", "Share of the time and paperwork of certificates saved (certification)", 0.99
    ),
    "grant_size": LeverSpec(0.0, "firms", "million CNY", "max", "Grant that a firm may compete for (research)"),
    "grant_number": LeverSpec(0.0, "district", "grants", "add", "Grants of this quarter's call (research)"),
    "grant_integrity": LeverSpec(0.0, "district", "1", "max", "Weight of merit against connections (research)", 1.0),
    "grant_misuse": LeverSpec(0.0, "district", "1", "max", "Share of a grant not bound to R&D (research)", 1.0),
    "market_entry_speed": LeverSpec(0.0, "firms", "1", "add", "Rise of the rate of leaving market entry (research)"),
    "consortium_matching": LeverSpec(0.0, "firms", "1", "add", "Rise of the rate of founding and joining (transfer)"),
    "consortium_cost_share": LeverSpec(0.0, "firms", "1", "max", "Share of consortium fees repaid (transfer)", 0.9),
    "park_matching": LeverSpec(0.0, "firms", "1", "add", "Rise of meetings with institutes next door (transfer)"),
    "park_price_support": LeverSpec(0.0, "firms", "1", "max", "Share repaid of what results cost so (transfer)", 0.9),
    "platform_access": LeverSpec(0.0, "firms", "1", "add", "Rise of what firms learn from others (research)"),
    "joint_support": LeverSpec(0.0, "externals", "1", "max", "Share of joint projects' cost funded (research)", 0.9),
    "challenge_size": LeverSpec(0.0, "firms", "million CNY", "max", "Money of a key technology project (research)"),
    "challenge_number": LeverSpec(0.0, "district", "projects", "add", "Key technology projects of the call (research)"),
    "challenge_integrity": LeverSpec(0.0, "district", "1", "max", "Weight of merit in their ranking (research)", 1.0),
    "challenge_upfront": LeverSpec(0.0, "district", "1", "max", "Share of it paid at once (research)", 1.0),
    "centre_award": LeverSpec(0.0, "firms", "million CNY", "max", "Money for the next level (certification)"),
    "centre_money": LeverSpec(0.0, "district", "million CNY", "add", "Money there is for centres (certification)"),
    "institute_funding": LeverSpec(0.0, "institutes", "million CNY", "add", "Money beside budgets (labour, research)"),
    "institute_openings": LeverSpec(0.0, "cells", "institutes", "add", "New institutes opening (place)"),
    "demand_lost": LeverSpec(0.0, "industries", "1", "complement", "Share of world demand lost (production)", 0.95),
    "outside_knowledge_lost": LeverSpec(
        0.0, "fields", "1", "complement", "Share of learning from outside that is lost (research)", 1.0
    ),
    "investor_caution": LeverSpec(
        0.0, "district", "1", "complement", "Share of private commitments to funds that is lost (venture)", 0.99
    ),
    "peer_wage": LeverSpec(0.0, "district", "log", "add", "Rise of the wage in neighbour districts (migration)"),
    "peer_pull": LeverSpec(0.0, "district", "log", "add", "Rise of how strongly neighbours draw people (migration)"),
    "peer_offer": LeverSpec(0.0, "district", "1", "add", "Rise of what neighbours offer their firms (demography)"),
    "support_withdrawn": LeverSpec(
        0.0, "district", "1", "complement", "Share of the district's part of budgets withdrawn (research, labour)", 1.0
    ),
}
"""One line for each lever; its reader is the process named in brackets."""


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

    def __getstate__(self) -> dict[str, Any]:
        # Rules last for a quarter and may hold functions, so a copy made between quarters starts without any.
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()  # type: ignore[misc]

    def __getattr__(self, name: str) -> Lever:
        try:
            return self.__dict__["_levers"][name]
        except KeyError:
            raise AttributeError(f"there is no lever {name!r}") from None

    def reset(self) -> None:
        """Return every lever to neutral."""
        for lever in self._levers.values():
            lever._rules.clear()
