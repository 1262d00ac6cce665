"""Factors of an experiment: what is varied, over which values, and what a value changes in a scenario."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from experiments.declaration import Declaration, Dial, Factor, Group
from simulation.dates import FIRST_QUARTER, date_of, quarter_of
from simulation.errors import nearest_name
from simulation.parameters import PARAMETERS, Label, ParameterDoc, Parameters, describe
from simulation.policy import POLICIES, Policy
from simulation.scenario import Scenario, load_scenario, scenario_names
from simulation.scenario_values import FINANCING_SHARES, typed

Fault = Callable[[str, str], None]
"""Records a message at a dotted path."""

DATES = ("start", "end")
OF_THE_RUN = {"quarters": int, "scale": float}
BASES = ("scenario", "region")
"""Factors that choose what a run starts from."""


@dataclass(frozen=True)
class Axis:
    """A factor with its values: a range of numbers or dates, or a list.

    Parameters
    ----------
    path : dotted path
    role : "lever" or "uncertainty"
    label : for figures
    values : listed values; empty for a range
    low, high : ends of the range; dates as numbers of quarters
    whole : whether values are whole numbers
    start : date of quarter 0 if values are dates, else empty
    log : whether the range is divided logarithmically
    levels : values that a grid takes; None leaves it to the design
    unit : of the values
    """

    path: str
    role: str
    label: Label
    values: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 1.0
    whole: bool = False
    start: str = ""
    log: bool = False
    levels: int | None = None
    unit: str = ""

    def at(self, share: float) -> Any:
        """Return the value at a place between the ends, from 0 to 1."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        if self.whole:
            return self._shown(min(math.floor(self.low + share * (self.high - self.low + 1)), self.high))
        if self.log:
            return self.low * (self.high / self.low) ** share
        return self.low + share * (self.high - self.low)

    def grid(self, levels: int) -> list[Any]:
        """Return that many values from end to end, each once."""
        if self.values:
            return list(self.values)
        shares = [place / (levels - 1) for place in range(levels)]
        if self.whole:
            places = [round(self.low + share * (self.high - self.low)) for share in shares]
            return [self._shown(place) for place in dict.fromkeys(places)]
        return [round(self.at(share), 12) for share in shares]

    def _shown(self, number: float) -> Any:
        return date_of(int(number), self.start) if self.start else int(number)

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers on a scale."""
        if not self.values:
            return not self.start
        return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in self.values)

    def described(self) -> dict[str, Any]:
        """Return what the manifest says of the factor."""
        ends: dict[str, Any] = {"low": self._end(self.low), "high": self._end(self.high)}
        ends = {"values": list(self.values)} if self.values else ends
        label = {"en": self.label.en, "zh": self.label.zh}
        return {"path": self.path, "role": self.role, "label": label, "unit": self.unit, **ends, "log": self.log}

    def _end(self, value: float) -> Any:
        return self._shown(value) if self.whole else value


def axes_of(declaration: Declaration, start: str, fault: Fault) -> list[Axis]:
    """Return the factors of an experiment, levers first; what is wrong is told.

    Parameters
    ----------
    declaration : as read
    start : date of quarter 0
    fault : called with key and message of every fault
    """
    axes: list[Axis] = []
    for role, table in (("lever", "levers"), ("uncertainty", "uncertainties")):
        for place, factor in enumerate(getattr(declaration, table)):
            key = f"{table}.{place}"
            before = {axis.path for axis in axes}
            if factor.vary in before:
                fault(f"{key}.vary", f"{factor.vary} is varied twice")
                continue
            axis = _axis(factor, role, key, start, declaration.dial, fault)
            if axis is not None:
                axes.append(axis)
    return axes


def _axis(factor: Factor, role: str, key: str, start: str, dial: Dial | None, fault: Fault) -> Axis | None:
    known = _known(factor.vary, dial)
    if isinstance(known, str):
        fault(f"{key}.vary", known)
        return None
    doc, whole, is_date = known
    own = doc.label if doc is not None and doc.label is not None else Label(factor.vary, factor.vary)
    label = Label(factor.label or factor.label_zh or own.en, factor.label_zh or factor.label or own.zh)
    common: dict[str, Any] = {"path": factor.vary, "role": role, "label": label, "levels": factor.levels}
    common["unit"] = "" if doc is None else doc.unit
    switch = factor.vary.count(".") == 1 and factor.vary.startswith("policies.")
    if factor.values is not None or switch:
        if factor.low is not None or factor.high is not None:
            fault(f"{key}.values", "give either values or a range (low and high)")
            return None
        values = factor.values if factor.values is not None else [False, True]
        if not values or (switch and not all(isinstance(value, bool) for value in values)):
            fault(f"{key}.values", "must be true, false or both" if switch else "must hold at least one value")
            return None
        return Axis(**common, values=tuple(tuple(value) if isinstance(value, list) else value for value in values))
    if doc is None and factor.vary not in ("dial", "dial.start", *OF_THE_RUN):
        fault(key, f"{factor.vary} needs its values one by one, values = [...]")
        return None
    low, high = (doc.low, doc.high) if doc is not None else (0.0, 1.0) if factor.vary == "dial" else (None, None)
    ends: list[float] = []
    for name, written, allowed in (("low", factor.low, low), ("high", factor.high, high)):
        value = allowed if written is None else written
        if value is None:
            fault(f"{key}.{name}", f"is missing: {factor.vary} has no {name}est value of its own")
            return None
        try:
            ends.append(_number(value, is_date, start))
        except ValueError as error:
            fault(f"{key}.{name}", str(error))
            return None
        if not is_date and allowed is not None and (ends[-1] < allowed if name == "low" else ends[-1] > allowed):
            side = "below" if name == "low" else "above"
            meaning = f"; {doc.doc.rstrip('.')}" if doc is not None else ""
            fault(f"{key}.{name}", f"{value} is {side} the {name}est value allowed, {allowed:g}{meaning}")
            return None
    if not ends[0] < ends[1]:
        fault(f"{key}.high", f"must be above low ({factor.low if factor.low is not None else low})")
        return None
    log = factor.scale == "log"
    if log and (ends[0] <= 0.0 or whole or is_date):
        fault(f"{key}.scale", "log needs a range of numbers above 0")
        return None
    return Axis(**common, low=ends[0], high=ends[1], whole=whole or is_date, start=start if is_date else "", log=log)


def _number(value: Any, is_date: bool, start: str) -> float:
    if is_date and isinstance(value, str):
        return float(quarter_of(value, start))
    if isinstance(value, str):
        raise ValueError(f'"{value}" must be a number in the declared unit')
    return float(value)


def _known(path: str, dial: Dial | None) -> tuple[ParameterDoc | None, bool, bool] | str:
    """Return declaration of what a path names, whether it is a whole number, and whether a date; or what is wrong."""
    if path in ("dial", "dial.start"):
        return (None, False, path != "dial") if dial is not None else "there is no [dial] in this experiment"
    if path in (*BASES, *OF_THE_RUN):
        return None, path == "quarters", False
    section, _, rest = path.partition(".")
    group, _, name = rest.partition(".")
    tables: Mapping[str, type[Parameters]] = POLICIES if section == "policies" else PARAMETERS
    if section not in ("policies", "parameters") or not group:
        known = "policies.NAME, policies.NAME.PARAMETER, parameters.GROUP.NAME, scenario, region, quarters, scale, dial"
        return f"{path} is nothing that can be varied (known: {known})"
    if group not in tables:
        kind = "policy" if section == "policies" else "group of parameters"
        return f"there is no {kind} {group}{nearest_name(group, tables)} (known: {', '.join(sorted(tables))})"
    if not name:
        return (None, False, False) if section == "policies" else f"{path} is a group; name one of its parameters"
    docs = {doc.name: doc for doc in describe(tables[group])}
    first = name.partition(".")[0]
    if first not in docs:
        return f"{section}.{group} has no {first}{nearest_name(first, docs)} (known: {', '.join(docs)})"
    if first == "eligible":
        return None, False, False
    annotation = str(tables[group].model_fields[first].annotation)
    is_date = section == "policies" and first in DATES
    return docs[first], "int" in annotation and "tuple" not in annotation, is_date


@cache
def own_settings(policy: str) -> Policy:
    """Return a policy as its own bundled scenario has it, or with its defaults."""
    if policy in scenario_names():
        settings = load_scenario(policy).policies.get(policy)
        if settings is not None:
            return settings
    return POLICIES[policy]()


def dial_faults(dial: Dial, fault: Fault) -> None:
    """Tell what is wrong with the groups of a dial."""
    seen: dict[str, str] = {}
    for name, group in (("one", dial.one), ("zero", dial.zero), ("before", dial.before)):
        for policy, weight in () if group is None else group.policies.items():
            key = f"dial.{name}.policies.{policy}"
            if policy not in POLICIES:
                known = f"known: {', '.join(sorted(POLICIES))}"
                fault(key, f"there is no policy {policy}{nearest_name(policy, POLICIES)} ({known})")
                continue
            if policy in seen:
                fault(key, f"stands in dial.{seen[policy]} too; a policy can be in a scenario once only")
            seen[policy] = name
            table = weight if isinstance(weight, Mapping) else {"weight": weight}
            for part, value in table.items():
                docs = {doc.name: doc for doc in describe(POLICIES[policy])}
                if part != "weight" and (part not in docs or "million CNY" not in docs[part].unit):
                    money = [doc for doc in docs if "million CNY" in docs[doc].unit]
                    fault(f"{key}.{part}", f"is not an amount of money of {policy} (weight, {', '.join(money)})")
                elif value < 0:
                    fault(f"{key}.{part}", f"{value} must not be below 0")
        if group is not None and not sum(_weights(group).values()) > 0:
            fault(f"dial.{name}.policies", "the weights must add up to more than 0")


def _weights(group: Group) -> dict[str, float]:
    return {
        policy: float(part.get("weight", 1.0) if isinstance(part, Mapping) else part)
        for policy, part in group.policies.items()
    }


def _with_money(
    policies: dict[str, Policy], group: Group, money: float, dates: Mapping[str, Any], world: World
) -> None:
    """Switch the policies of a group on, each with its part of some money a year; none with nothing."""
    weights = _weights(group)
    for policy, weight in weights.items():
        budget = money * weight / sum(weights.values())
        policies.pop(policy, None)
        if budget > 0.0:
            part = group.policies[policy]
            times = part.items() if isinstance(part, Mapping) else ()
            amounts = {"budget": budget, **{name: value * budget for name, value in times if name != "weight"}}
            settings = world.base.policies.get(policy) or own_settings(policy)
            changed = world.with_values(settings, {**amounts, **dates}, f"policies.{policy}")
            if changed is not None:
                policies[policy] = changed


class World:
    """What a point of the design makes of a scenario.

    Parameters
    ----------
    base : loaded scenario
    fault : called with path and message of what is wrong
    """

    def __init__(self, base: Scenario, fault: Fault) -> None:
        self.base, self.fault = base, fault
        self.used: set[str] = set()

    def changes(self, values: Mapping[str, Any], dial: Dial | None = None) -> dict[str, Any]:
        """Return the fields of the scenario that values replace.

        Parameters
        ----------
        values : by dotted path; None leaves a thing as it is
        dial : budget to be divided, if any
        """
        values = {path: value for path, value in values.items() if value is not None and path not in BASES}
        changes: dict[str, Any] = {name: kind(values.pop(name)) for name, kind in OF_THE_RUN.items() if name in values}
        self.used |= changes.keys()
        policies = dict(self.base.policies)
        share, start = values.pop("dial", None), values.pop("dial.start", None)
        if dial is not None and share is not None:
            self.used |= {"dial", "dial.start"}
            self._divide(policies, dial, share, dial.start if start is None else start)
        tables: dict[tuple[str, str], dict[str, Any]] = {}
        for path, value in values.items():
            section, _, rest = path.partition(".")
            group, _, name = rest.partition(".")
            if name:
                tables.setdefault((section, group), {})[name] = value
                continue
            self.used.add(path)
            if value:
                policies.setdefault(group, own_settings(group))
            else:
                policies.pop(group, None)
        parameters: dict[str, Any] = {}
        for (section, group), table in tables.items():
            owner: Any = policies.get(group) if section == "policies" else self.base.parameters[group]
            if owner is None:
                continue
            self.used |= {f"{section}.{group}.{name}" for name in table}
            if group == "financing" and section == "parameters":
                table = _with_remainder(table, owner)
            changed = self.with_values(owner, table, f"{section}.{group}")
            if changed is not None:
                (policies if section == "policies" else parameters)[group] = changed
        if policies != self.base.policies:
            changes["policies"] = dict(sorted(policies.items()))
        if parameters:
            changes["parameters"] = parameters
        return changes

    def _divide(self, policies: dict[str, Policy], dial: Dial, share: float, start: Any) -> None:
        first = quarter_of(start, self.base.region.start) if isinstance(start, str) else int(start)
        _with_money(policies, dial.one, share * dial.budget, {"start": first}, self)
        _with_money(policies, dial.zero, (1.0 - share) * dial.budget, {"start": first}, self)
        if dial.before is not None:
            before = dial.budget if first > FIRST_QUARTER else 0.0
            _with_money(policies, dial.before, before, {"start": FIRST_QUARTER, "end": first - 1}, self)

    def with_values(self, owner: Any, table: Mapping[str, Any], where: str) -> Any:
        """Return a policy or a group of parameters with some values replaced; None if one of them is not allowed."""
        given = {name: getattr(owner, name) for name in type(owner).model_fields if name != "eligible"}
        given = {name: value for name, value in given.items() if value is not None}
        eligible = getattr(owner, "eligible", None)
        if eligible is not None:
            given["eligible"] = eligible.model_dump(exclude_defaults=True)
        for path, value in table.items():
            *tables, last = path.split(".")
            place = given
            for name in tables:
                place[name] = place = dict(place.get(name, {}))
            place[last] = value
        return typed(type(owner), given, where, self.base.region, self.fault)


def _with_remainder(table: Mapping[str, Any], financing: Any) -> dict[str, Any]:
    """Return shares of financing whose unwritten background cut bears what the other sources do not."""
    if "background_cut" in table or not set(table) & set(FINANCING_SHARES):
        return dict(table)
    others = [table.get(name, getattr(financing, name)) for name in FINANCING_SHARES if name != "background_cut"]
    return {**table, "background_cut": 1.0 - math.fsum(others)}


def value_at(scenario: Scenario, path: str) -> Any:
    """Return the value that a scenario has at the path of a factor; None where it has none."""
    section, _, rest = path.partition(".")
    group, _, name = rest.partition(".")
    if path == "region":
        return scenario.region.name
    if section == "policies":
        policy = scenario.policies.get(group)
        if not name:
            return policy is not None
        owner: Any = policy
    else:
        owner = scenario.parameters.get(group)
    if not rest:
        return getattr(scenario, path, None)
    for part in name.split("."):
        owner = getattr(owner, part, None)
    if section == "policies" and name in DATES and owner is not None:
        return scenario.date(int(owner))
    return owner


def as_column(values: Sequence[Any]) -> list[Any]:
    """Return the values of a factor as a column of one kind: numbers, truth values, or texts."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return [None if value is None else float(value) if float in kinds else value for value in values]
    if kinds == {bool}:
        return list(values)
    return [None if value is None else value if isinstance(value, str) else json.dumps(value) for value in values]
