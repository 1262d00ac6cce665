"""Factors of an experiment as axes of its design: which values each of them takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from experiments.declaration import Declaration, Dial, Factor
from simulation.dates import date_of, quarter_of
from simulation.errors import nearest_name
from simulation.parameters import PARAMETERS, Label, ParameterDoc, Parameters, describe
from simulation.policy import POLICIES
from simulation.scenario import Scenario, load_scenario, scenario_names
from simulation.stress import STRESSES

Fault = Callable[[str, str], None]
"""Records a message at a dotted path."""

DATES = ("start", "end")
OF_THE_RUN = {"quarters": int, "scale": float}
BASES = ("scenario", "region")
"""Factors that choose what a run starts from."""
SWITCHED: dict[str, Mapping[str, type[Parameters]]] = {"policies": POLICIES, "stresses": STRESSES}
"""Sections of a scenario whose entries are on when they are present."""


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


def axes_of(declaration: Declaration, bases: Sequence[Scenario], fault: Fault) -> list[Axis]:
    """Return the factors of an experiment, levers first; what is wrong is told.

    Parameters
    ----------
    declaration : as read
    bases : loaded scenarios of the experiment, whose calendar and values ranges start from
    fault : called with key and message of every fault
    """
    axes: list[Axis] = []
    for role, table in (("lever", "levers"), ("uncertainty", "uncertainties")):
        for place, factor in enumerate(getattr(declaration, table)):
            key = f"{table}.{place}"
            single = "*" not in factor.vary
            for one in [factor] if single else _each(factor, key, bases, fault):
                if one.vary in {axis.path for axis in axes}:
                    if single:
                        fault(f"{key}.vary", f"{one.vary} is varied twice")
                    continue
                axis = _axis(one, role, key, bases, declaration.dial, fault)
                if axis is not None:
                    axes.append(axis)
    return axes


def _each(factor: Factor, key: str, bases: Sequence[Scenario], fault: Fault) -> list[Factor]:
    """Return a factor for every single number that a pattern such as parameters.credit.* names."""
    if factor.values is not None or factor.low is not None or factor.high is not None:
        fault(f"{key}.vary", f"{factor.vary} names many parameters; give within, or nothing for all that is allowed")
        return []
    found, numbers = [], _numbers(bases)
    for place, path in enumerate(factor.only):
        if path not in numbers:
            fault(f"{key}.only.{place}", f"{path} is no number of these scenarios{nearest_name(path, numbers)}")
    for path, value in numbers.items():
        left_out = any(fnmatchcase(path, pattern) for pattern in factor.leave_out)
        left_out = left_out or (bool(factor.only) and path not in factor.only)
        # A share of nothing is nothing: what is 0 is left as it is.
        still = factor.within is not None and value == 0
        if fnmatchcase(path, factor.vary) and not left_out and not still:
            alone = {"vary": path, "label": "", "label_zh": "", "leave_out": [], "only": []}
            found.append(factor.model_copy(update=alone))
    if not found:
        fault(f"{key}.vary", f"{factor.vary} names no number (such as parameters.*, policies.risk_pool.*)")
    return found


def _numbers(bases: Sequence[Scenario]) -> dict[str, float]:
    """Return all single numbers with bounds that scenarios have, by dotted path; dates are none."""
    numbers: dict[str, float] = {}
    for base in bases:
        for section in ("parameters", *SWITCHED):
            for group, owner in getattr(base, section).items():
                for doc in describe(type(owner)):
                    value = getattr(owner, doc.name)
                    number = isinstance(value, (int, float)) and not isinstance(value, bool)
                    if number and not (section in SWITCHED and doc.name in DATES):
                        numbers.setdefault(f"{section}.{group}.{doc.name}", value)
    return numbers


def _around(factor: Factor, bases: Sequence[Scenario], whole: bool) -> tuple[float, float] | None:
    """Return the range around a scenario's own value; None where there is no such number."""
    section, group, name = [*factor.vary.split(".", 2), "", ""][:3]
    values = [value_at(base, factor.vary) for base in bases]
    if section in SWITCHED and group in SWITCHED[section]:
        values.append(getattr(own_settings(section, group), name, None))
    value = next((value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)), None)
    if value is None or factor.within is None or value == 0:
        return None
    reach = abs(value) * factor.within
    ends = value - reach, value + reach
    return (math.floor(ends[0]), math.ceil(ends[1])) if whole else ends


def _axis(
    factor: Factor, role: str, key: str, bases: Sequence[Scenario], dial: Dial | None, fault: Fault
) -> Axis | None:
    start = bases[0].region.start
    known = _known(factor.vary, dial)
    if isinstance(known, str):
        fault(f"{key}.vary", known)
        return None
    doc, whole, is_date = known
    own = doc.label if doc is not None and doc.label is not None else Label(factor.vary, factor.vary)
    label = Label(factor.label or factor.label_zh or own.en, factor.label_zh or factor.label or own.zh)
    common: dict[str, Any] = {"path": factor.vary, "role": role, "label": label, "levels": factor.levels}
    common["unit"] = "" if doc is None else doc.unit
    switch = factor.vary.count(".") == 1 and factor.vary.partition(".")[0] in SWITCHED
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
    if factor.within is not None:
        around = _around(factor, bases, whole) if factor.low is None and factor.high is None else None
        if around is None:
            fault(f"{key}.within", "needs a number other than 0 in the scenario, and no low and high beside it")
            return None
        low = around[0] if low is None else max(low, around[0])
        high = around[1] if high is None else min(high, around[1])
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
    tables: Mapping[str, type[Parameters]] = SWITCHED.get(section, PARAMETERS)
    if section not in (*SWITCHED, "parameters") or not group:
        known = "policies.NAME, stresses.NAME, policies.NAME.PARAMETER, stresses.NAME.PARAMETER, parameters.GROUP.NAME"
        return f"{path} is nothing that can be varied (known: {known}, {', '.join((*BASES, *OF_THE_RUN))}, dial)"
    if group not in tables:
        kind = {"policies": "policy", "stresses": "stress"}.get(section, "group of parameters")
        return f"there is no {kind} {group}{nearest_name(group, tables)} (known: {', '.join(sorted(tables))})"
    if not name:
        return (None, False, False) if section in SWITCHED else f"{path} is a group; name one of its parameters"
    docs = {doc.name: doc for doc in describe(tables[group])}
    first = name.partition(".")[0]
    if first not in docs:
        return f"{section}.{group} has no {first}{nearest_name(first, docs)} (known: {', '.join(docs)})"
    if first == "eligible":
        return None, False, False
    annotation = str(tables[group].model_fields[first].annotation)
    is_date = section in SWITCHED and first in DATES
    return docs[first], "int" in annotation and "tuple" not in annotation, is_date


@cache
def own_settings(section: str, name: str) -> Any:
    """Return a policy or a stress as its own bundled scenario has it, or with its defaults.

    Parameters
    ----------
    section : "policies" or "stresses"
    name : of the policy or stress
    """
    for scenario in [name] if section == "policies" else scenario_names():
        if scenario in scenario_names():
            settings = getattr(load_scenario(scenario), section).get(name)
            if settings is not None:
                return settings
    return SWITCHED[section][name]()


def value_at(scenario: Scenario, path: str) -> Any:
    """Return the value that a scenario has at the path of a factor; None where it has none."""
    section, _, rest = path.partition(".")
    group, _, name = rest.partition(".")
    if path == "region":
        return scenario.region.name
    if section in SWITCHED:
        one = getattr(scenario, section).get(group)
        if not name:
            return one is not None
        owner: Any = one
    else:
        owner = scenario.parameters.get(group)
    if not rest:
        return getattr(scenario, path, None)
    for part in name.split("."):
        owner = getattr(owner, part, None)
    if section in SWITCHED and name in DATES and owner is not None:
        return scenario.date(int(owner))
    return owner
