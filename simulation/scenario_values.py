"""Values as written in scenario files become typed parameters; what is wrong is told, never guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from simulation.dates import FIRST_QUARTER, date_of, quarter_of
from simulation.errors import nearest_name
from simulation.parameters import PARAMETERS, ParameterDoc, Parameters, describe
from simulation.policy import Eligibility, Policy
from simulation.populations.talent import SKILLS
from simulation.space.region import Region
from simulation.stress import Stress
from simulation.units import declared_unit, in_unit

Fault = Callable[[str, str], None]
"""Records a message at a dotted key."""

Group = TypeVar("Group", bound=Parameters)

QUARTERS, QUARTERS_ALLOWED = 60, (FIRST_QUARTER + 1, 1000)
SCALE_ALLOWED = (0.005, 10.0)
FINANCING_SHARES = ("background_cut", "land_revenue", "debt", "upper_transfer")
DATES = ("start", "end")
LATEST_QUARTER = 1023
SPAN_UNITS = {
    "age": "quarters for firms, years for talent",
    "size": "million CNY",
    "ability": "log ability, 0 is the mean",
}
TIERS = (1, 2, 3, 4)


def typed(cls: type[Group], table: Any, where: str, region: Region | None, fault: Fault) -> Group | None:
    """Return a group of parameters or a policy from a table of a scenario.

    Parameters
    ----------
    cls : declared class
    table : as written; numbers may be texts with a unit, dates are texts
    where : dotted key of the table
    region : whose calendar and names are used; None if it could not be loaded
    fault : called with every fault

    Returns
    -------
    None if anything is wrong
    """
    if not isinstance(table, Mapping):
        fault(where, f"{table!r} must be a table, [{where}]")
        return None
    docs = {doc.name: doc for doc in describe(cls)}
    faulty = [key for key, written in table.items() if key not in docs and _unknown(cls, where, key, docs, fault)]
    values: dict[str, Any] = {}
    for key in docs.keys() & table.keys():
        try:
            if key == "eligible" and issubclass(cls, Policy):
                values[key] = eligibility(table[key], f"{where}.{key}", region, fault)
                faulty += [key] if values[key] is None else []
            elif key in DATES and issubclass(cls, (Policy, Stress)):
                values[key] = _quarter(table[key], region)
            else:
                values[key] = _read(table[key], cls.model_fields[key].annotation, docs[key])
        except ValueError as error:
            fault(f"{where}.{key}", str(error))
            faulty.append(key)
    return None if not _accepted(cls, values, where, docs, faulty, fault) or faulty else cls(**values)


def region_groups(region: Region, fault: Fault) -> dict[str, Parameters]:
    """Return every group of parameters at the region's defaults: as declared, but for what its calibration says.

    Parameters
    ----------
    region : the district
    fault : called with every fault of its calibration
    """
    groups = {name: cls() for name, cls in PARAMETERS.items()}
    for name, written in (region.calibration.parameters if region.calibration else {}).items():
        where = f"parameters.{name}"
        if name not in PARAMETERS:
            fault(where, f"there is no such group of parameters{nearest_name(name, PARAMETERS)}")
            continue
        values = typed(PARAMETERS[name], written, where, region, fault)
        groups[name] = groups[name] if values is None else values
    return groups


def _unknown(cls: type[Parameters], where: str, key: str, docs: Mapping[str, ParameterDoc], fault: Fault) -> bool:
    hint = nearest_name(key, docs)
    if key == "enabled" and issubclass(cls, Policy):
        hint = f'; a policy that is present is on; to leave an inherited one out write drop = ["{cls.name}"] at the top'
    fault(f"{where}.{key}", f"unknown key{hint}" + ("" if hint else f" (known: {', '.join(docs)})"))
    return True


def _accepted(
    cls: type[Parameters],
    values: Mapping[str, Any],
    where: str,
    docs: Mapping[str, ParameterDoc],
    faulty: list[str],
    fault: Fault,
) -> bool:
    """Return whether the declaration accepts values, and tell each fault that is not told yet."""
    try:
        cls.model_validate(dict(values))
    except ValidationError as error:
        for found in error.errors():
            key = str(found["loc"][0]) if found["loc"] else ""
            if key in faulty:
                continue
            faulty.append(key)
            place = ".".join([where, *map(str, found["loc"][:1])])
            if found["type"] == "missing" and len(found["loc"]) == 1:
                fault(place, f"is missing: {requirement(cls, docs[key])}")
            elif key and docs[key].unit:
                fault(place, f"{_shown(values.get(key))} {requirement(cls, docs[key])}")
            else:
                fault(place, found["msg"].removeprefix("Value error, "))
        return False
    return True


def requirement(cls: type[BaseModel], doc: ParameterDoc) -> str:
    """Return what a parameter must be and what it means, as faults tell it.

    Parameters
    ----------
    cls : class that declares it
    doc : its declaration
    """
    annotation = cls.model_fields[doc.name].annotation
    kind = "a number"
    if get_args(annotation) and "tuple" in str(annotation):
        kind = f"a list of {len(get_args(annotation))} numbers"
    elif not _numeric(annotation):
        kind = "true or false" if annotation is bool else "a text"
    elif "int" in str(annotation):
        kind = "a whole number"
    ends = ""
    if doc.low is not None and doc.high is not None:
        ends = f" from {doc.low:g} to {doc.high:g}"
    elif doc.low is not None:
        ends = f" of at least {doc.low:g}"
    unit = "" if doc.unit in ("", "1") and not doc.per else f" ({declared_unit(doc.unit, doc.per)})"
    return f"must be {kind}{ends}{unit}; {doc.doc.rstrip('.')}"


def _numeric(annotation: Any) -> bool:
    """Return whether a declared type is a number, or a list or an option of numbers."""
    if annotation in (int, float):
        return True
    return any(_numeric(inner) for inner in get_args(annotation))


def _read(written: Any, annotation: Any, doc: ParameterDoc) -> Any:
    """Return a value with its unit taken off."""
    if not _numeric(annotation):
        return written
    if isinstance(written, (list, tuple)):
        return tuple(_read(part, annotation, doc) for part in written)
    if isinstance(written, bool) or not isinstance(written, (int, float, str)):
        unit = declared_unit(doc.unit, doc.per)
        raise ValueError(f"{_shown(written)} must be a number ({unit}); {doc.doc.rstrip('.')}")
    if isinstance(written, str):
        try:
            return in_unit(written, doc.unit, doc.per)
        except ValueError as error:
            raise ValueError(f"{error}; {doc.doc.rstrip('.')}") from error
    return written


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    value = list(value) if isinstance(value, tuple) else value
    return f'"{value}"' if isinstance(value, str) else f"{value}" if isinstance(value, (int, float)) else repr(value)


def _quarter(written: Any, region: Region | None) -> int:
    """Return the number of a quarter written as a date (or as that number)."""
    start = region.start if region else "2021Q1"
    if isinstance(written, str) and not re.fullmatch(r"\d{1,3}", written):
        return quarter_of(written, start)
    if isinstance(written, bool) or not isinstance(written, (int, str)) or not 0 <= int(written) <= LATEST_QUARTER:
        raise ValueError(f'{_shown(written)} must be a quarter such as "2023Q1"')
    return int(written)


def date_faults(dated: Policy | Stress, where: str, region: Region, quarters: int, fault: Fault) -> None:
    """Tell what is wrong with the dates of a policy or a stress; parameters as in `policy_faults`."""
    start, last = date_of(dated.start, region.start), date_of(quarters - 1, region.start)
    if dated.start < FIRST_QUARTER:
        first = date_of(FIRST_QUARTER, region.start)
        fault(f"{where}.start", f"{start} lies in the burn-in; the first quarter allowed is {first}")
    elif dated.start >= quarters:
        fault(f"{where}.start", f"{start} is after the last quarter of the run, {last} ({quarters} quarters)")
    if dated.end is not None and dated.end < dated.start:
        fault(f"{where}.end", f"{date_of(dated.end, region.start)} is before the start, {start}")


def stress_faults(stress: Stress, where: str, region: Region, quarters: int, fault: Fault) -> None:
    """Tell what is wrong with a stress's dates and with the names it lists; parameters as in `policy_faults`."""
    date_faults(stress, where, region, quarters, fault)
    for key, message in stress.name_faults(region):
        fault(f"{where}.{key}", message)


def policy_faults(policy: Policy, where: str, region: Region, quarters: int, fault: Fault) -> None:
    """Tell what is wrong with a policy's dates and with the names in its eligibility.

    Parameters
    ----------
    policy : as read, or made in Python
    where : dotted key of the policy
    region : whose calendar, industries and zones apply
    quarters : length of the run
    fault : called with every fault
    """
    date_faults(policy, where, region, quarters, fault)
    for criterion, field in Eligibility.model_fields.items():
        if getattr(policy.eligible, criterion) != field.default and criterion not in policy.criteria:
            choice = f"it can by {', '.join(policy.criteria)}" if policy.criteria else "it is open to all"
            fault(f"{where}.eligible.{criterion}", f"{policy.name} cannot choose by {criterion}; {choice}")
    known: dict[str, tuple[Any, ...]] = {
        "industries": tuple(region.industries.name),
        "zones": tuple(zone.name for zone in region.zones),
        "skills": SKILLS,
        "tiers": TIERS,
    }
    for criterion, names in known.items():
        for name in getattr(policy.eligible, criterion):
            if name not in names:
                nearest = nearest_name(str(name), map(str, names))
                told = f"{_shown(name)} is not one of {', '.join(map(str, names))}{nearest}"
                fault(f"{where}.eligible.{criterion}", told)


def eligibility(table: Any, where: str, region: Region | None, fault: Fault) -> Eligibility | None:
    """Return who a policy is for; None if anything is wrong.

    Parameters
    ----------
    table, where, region, fault : as in `typed`
    """
    if not isinstance(table, Mapping):
        fault(where, f"{_shown(table)} must be a table, [{where}]")
        return None
    before: list[str] = []

    def note(key: str, message: str) -> None:
        before.append(key)
        fault(key, message)

    values: dict[str, Any] = {}
    for key, written in table.items():
        place = f"{where}.{key}"
        if key in SPAN_UNITS:
            values[key] = _span(written, place, key, note)
        elif key not in Eligibility.model_fields:
            note(place, f"unknown key{nearest_name(key, Eligibility.model_fields)}")
        elif not isinstance(written, (list, tuple)):
            example = "[1, 2]" if key == "tiers" else '["..."]'
            note(place, f"{_shown(written)} must be a list, such as {example}")
        elif not all(type(item) is (int if key == "tiers" else str) for item in written):
            note(place, f"{list(written)!r} must hold {'whole numbers' if key == 'tiers' else 'names'} only")
        else:
            values[key] = tuple(written)
    return None if before else Eligibility(**values)


def _span(written: Any, where: str, criterion: str, fault: Fault) -> dict[str, float]:
    unit = SPAN_UNITS[criterion]
    if not isinstance(written, Mapping):
        fault(where, f"{_shown(written)} must be a range such as {{ low = 2, high = 32 }} ({unit})")
        return {}
    span: dict[str, float] = {}
    for end, value in written.items():
        if end not in ("low", "high"):
            fault(f"{where}.{end}", f"unknown key{nearest_name(end, ('low', 'high'))} (known: low, high)")
            continue
        try:
            number = in_unit(value, unit) if isinstance(value, str) and criterion == "size" else value
        except ValueError as error:
            fault(f"{where}.{end}", str(error))
            continue
        if isinstance(number, bool) or not isinstance(number, (int, float)) or number != number:
            fault(f"{where}.{end}", f"{_shown(value)} must be a number ({unit})")
        else:
            span[end] = float(number)
    if span.get("low", 0.0) > span.get("high", span.get("low", 0.0)):
        fault(where, f"low {span['low']:g} is above high {span['high']:g}")
    return span


def size_faults(quarters: Any, scale: Any, fault: Fault) -> None:
    """Tell what is wrong with the length and the scale of a run.

    Parameters
    ----------
    quarters, scale : as written or given
    fault : called with every fault
    """
    low, high = QUARTERS_ALLOWED
    if type(quarters) is not int or not low <= quarters <= high:
        fault(
            "quarters",
            f"{quarters!r} must be a whole number from {low} to {high}; the first {FIRST_QUARTER} are burn-in",
        )
    smallest, largest = SCALE_ALLOWED
    number = isinstance(scale, (int, float)) and not isinstance(scale, bool) and math.isfinite(scale)
    if not number or not smallest <= scale <= largest:
        fault("scale", f"{scale!r} must be a number from {smallest:g} to {largest:g}; 1 is the district at full size")


def financing_faults(financing: Any, fault: Fault) -> None:
    """Tell when the shares of financing do not add up to one.

    Parameters
    ----------
    financing : group "financing" of the parameters
    fault : called with every fault
    """
    total = math.fsum(getattr(financing, name) for name in FINANCING_SHARES)
    if abs(total - 1.0) > 1e-6:
        shares = ", ".join(f"{name} {getattr(financing, name):g}" for name in FINANCING_SHARES)
        fault("parameters.financing", f"the shares add up to {total:g}, must be 1 ({shares})")
