"""Factors of an experiment: what their values change in a scenario."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.axes import BASES, OF_THE_RUN, SWITCHED, own_settings
from experiments.declaration import Dial, Group
from simulation.dates import FIRST_QUARTER, quarter_of
from simulation.errors import nearest_name
from simulation.parameters import describe
from simulation.policy import POLICIES, Policy
from simulation.scenario import Scenario
from simulation.scenario_values import FINANCING_SHARES, typed

Fault = Callable[[str, str], None]
"""Records a message at a dotted path."""


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


def with_money(
    policies: dict[str, Policy], group: Group, money: float, dates: Mapping[str, Any], world: World
) -> None:
    """Switch the policies of a group on, each with its part of some money a year; none with nothing.

    Parameters
    ----------
    policies : that are on, by name; changed in place
    group : policies with their weights
    money : million CNY a year
    dates : start and end, as numbers of quarters
    world : what the values are checked in
    """
    weights = _weights(group)
    for policy, weight in weights.items():
        budget = money * weight / sum(weights.values())
        policies.pop(policy, None)
        if budget > 0.0:
            part = group.policies[policy]
            times = part.items() if isinstance(part, Mapping) else ()
            amounts = {"budget": budget, **{name: value * budget for name, value in times if name != "weight"}}
            settings = world.base.policies.get(policy) or own_settings("policies", policy)
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
        present: dict[str, dict[str, Any]] = {name: dict(getattr(self.base, name)) for name in SWITCHED}
        share, start = values.pop("dial", None), values.pop("dial.start", None)
        if dial is not None and share is not None:
            self.used |= {"dial", "dial.start"}
            self._divide(present["policies"], dial, share, dial.start if start is None else start)
        tables: dict[tuple[str, str], dict[str, Any]] = {}
        for path, value in values.items():
            section, _, rest = path.partition(".")
            group, _, name = rest.partition(".")
            if name:
                tables.setdefault((section, group), {})[name] = value
                continue
            self.used.add(path)
            if value:
                present[section].setdefault(group, own_settings(section, group))
            else:
                present[section].pop(group, None)
        parameters: dict[str, Any] = {}
        for (section, group), table in tables.items():
            owner: Any = present[section].get(group) if section in SWITCHED else self.base.parameters[group]
            if owner is None:
                continue
            self.used |= {f"{section}.{group}.{name}" for name in table}
            if group == "financing" and section == "parameters":
                table = _with_remainder(table, owner)
            changed = self.with_values(owner, table, f"{section}.{group}")
            if changed is not None:
                (present[section] if section in SWITCHED else parameters)[group] = changed
        for section, ones in present.items():
            if ones != getattr(self.base, section):
                changes[section] = dict(sorted(ones.items()))
        if parameters:
            changes["parameters"] = parameters
        return changes

    def _divide(self, policies: dict[str, Policy], dial: Dial, share: float, start: Any) -> None:
        first = quarter_of(start, self.base.region.start) if isinstance(start, str) else int(start)
        with_money(policies, dial.one, share * dial.budget, {"start": first}, self)
        with_money(policies, dial.zero, (1.0 - share) * dial.budget, {"start": first}, self)
        if dial.before is not None:
            before = dial.budget if first > FIRST_QUARTER else 0.0
            with_money(policies, dial.before, before, {"start": FIRST_QUARTER, "end": first - 1}, self)

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


def as_column(values: Sequence[Any]) -> list[Any]:
    """Return the values of a factor as a column of one kind: numbers, truth values, or texts."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return [None if value is None else float(value) if float in kinds else value for value in values]
    if kinds == {bool}:
        return list(values)
    return [None if value is None else value if isinstance(value, str) else json.dumps(value) for value in values]
