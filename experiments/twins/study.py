"""The tables of twins over all seeds: who was reached, what changed, who gained, and where the yuan went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.statistics import FEWEST_TO_RESAMPLE, bootstrap_interval, student_interval
from experiments.twins import yuan
from experiments.twins.additionality import RESEARCH
from experiments.twins.measures import COUNTS, FIRM_OUTCOMES, LOST, RATIOS, Case, cell_changes, gains, measures
from experiments.twins.watch import watch_for
from experiments.twins.worlds import Twins, World, pairs

if TYPE_CHECKING:
    from simulation.scenario import Scenario

FLOOR = 2.0
"""Noise floor over the root mean square of what one missing person makes of a quantity, over the placebo seeds."""
MEASURE_COLUMNS = ("scenario", "policy", "quantity", "group", "outcome", "unit", "quarter", "mean", "low", "high",
                   "noise_floor", "below_noise", "n")  # fmt: skip
GAIN_COLUMNS = ("scenario", "dimension", "group", "outcome", "quarter", "effect", "low", "high", "noise_floor",
                "below_noise", "n")  # fmt: skip
CELL_COLUMNS = ("scenario", "cell", "outcome", "quarter", "effect", "noise_floor", "below_noise", "n")
YUAN_COLUMNS = ("scenario", "source", "target", "quarter", "share", "low", "high", "noise_floor", "below_noise", "n")


RANGES = {"reached": (0.0, np.inf), **dict.fromkeys(("additional_moment", "additional_year", "deadweight"), (0.0, 1.0))}
"""What quantities can be, to which their intervals are cut."""


class TwinTables(NamedTuple):
    """The tables of twins, as in the files of their names."""

    twins: pd.DataFrame
    gains: pd.DataFrame
    cells: pd.DataFrame
    yuan: pd.DataFrame


class Sums:
    """What the pairs of a scenario say, gathered one pair at a time."""

    def __init__(self) -> None:
        self.measures: dict[tuple[str, ...], dict[int, tuple[float, float]]] = defaultdict(dict)
        self.noise: dict[tuple[str, ...], dict[int, tuple[float, float]]] = defaultdict(dict)
        self.groups: dict[str, list[pd.Series]] = {"gains": [], "cells": [], "yuan": []}
        self.group_noise: dict[str, list[pd.Series]] = {"gains": [], "cells": [], "yuan": []}
        self.paid: list[float] = []
        self.pairs = 0

    def add(self, base: World, own: World, placebo: World | None, case: Case) -> None:
        """Add a pair and its placebo."""
        number, self.pairs = self.pairs, self.pairs + 1
        for item in measures(base, own, case):
            self.measures[item[:5]][number] = item[5:]
        self.groups["gains"].append(gains(base, own, case))
        self.groups["cells"].append(cell_changes(base, own, case))
        self.groups["yuan"].append(yuan.parts(base, own, case.reading))
        self.paid.append(yuan.public_paid(base, own, case.reading))
        if placebo is None:
            return
        for item in measures(base, own, case, placebo):
            self.noise[item[:5]][number] = item[5:]
        self.group_noise["gains"].append(gains(base, placebo, case))
        self.group_noise["cells"].append(cell_changes(base, placebo, case))
        self.group_noise["yuan"].append(yuan.parts(base, placebo, case.reading))


def noise_floor(values: Any, least: Any = 0.0) -> Any:
    """Return the noise floor from what placebos (n, ...) make of a quantity; undefined without placebos.

    Parameters
    ----------
    values : (n, ...) the quantity between the baseline and its placebos
    least : smallest floor, such as one agent
    """
    values = np.asarray(values, dtype=float)
    if not len(values):
        return np.full(values.shape[1:], np.nan)
    return np.maximum(FLOOR * np.sqrt(np.mean(values**2, axis=0)), least)


def _intervals(values: Any) -> tuple[Any, Any]:
    interval = bootstrap_interval if len(values) >= FEWEST_TO_RESAMPLE else student_interval
    return interval(values)


def ratio_with_interval(numerators: Any, denominators: Any) -> tuple[Any, Any, Any]:
    """Return ratios of sums over seeds with their 95 % intervals, linearised around the ratio.

    Parameters
    ----------
    numerators, denominators : (seeds, m)

    Returns
    -------
    (m,) value, low and high; undefined where nothing is divided by
    """
    totals = denominators.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(totals > 0.0, numerators.sum(axis=0) / totals, np.nan)
    defined = np.isfinite(value)
    low, high = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
    if defined.any():
        mean = totals[defined] / len(numerators)
        apart = (numerators[:, defined] - value[defined] * denominators[:, defined]) / mean
        reach = _intervals(apart)
        low[defined], high[defined] = value[defined] + reach[0], value[defined] + reach[1]
    return value, low, high


def _measure_rows(sums: Sums, scenario: str, case: Case) -> pd.DataFrame:
    keys = list(sums.measures)
    upper, lower = np.zeros((sums.pairs, len(keys))), np.zeros((sums.pairs, len(keys)))
    floors = []
    for column, key in enumerate(keys):
        ratio = key[1] in RATIOS
        if not ratio:
            lower[:, column] = 1.0
        for number, (value, weight) in sums.measures[key].items():
            upper[number, column], lower[number, column] = value, weight
        chances = [value / weight for value, weight in sums.noise.get(key, {}).values() if weight > 0.0]
        floors.append(float(noise_floor(chances, _one_agent(key, lower[:, column].mean(), case))))
    mean, low, high = ratio_with_interval(upper, lower)
    for column, key in enumerate(keys):
        least, most = RANGES.get(key[1], (-np.inf, np.inf))
        low[column], high[column] = np.clip((low[column], high[column]), least, most)
    table = pd.DataFrame(keys, columns=["policy", "quantity", "group", "outcome", "unit"])
    table = table.assign(mean=mean, low=low, high=high, noise_floor=floors, scenario=scenario, n=sums.pairs)
    table = table.assign(quarter=case.reading, below_noise=_below(table["mean"], table["noise_floor"]))
    return table[table["mean"].notna()]


def _one_agent(key: tuple[str, ...], cases: float, case: Case) -> float:
    """Return what one agent makes of a count, or of a share or mean over `cases` agents; 0 for sums of money."""
    _, quantity, _, outcome, unit = key
    if quantity in ("reached", "additional_moment") or outcome == RESEARCH or "CNY" in unit or quantity == "leverage":
        return 0.0
    if quantity in RATIOS:
        return 1.0 / cases if cases > 0.0 else 0.0
    return 1.0 / case.scale if unit in COUNTS else 0.0


def _below(size: pd.Series, floor: pd.Series) -> pd.Series:
    """Return whether a quantity cannot be told from what a missing person would make of it."""
    return size.abs() < floor


def _group_rows(sums: Sums, name: str, scenario: str, case: Case) -> pd.DataFrame:
    values = np.stack([series.to_numpy(float) for series in sums.groups[name]])
    noise = sums.group_noise[name]
    low, high = _intervals(values)
    index = sums.groups[name][0].index
    counted = [FIRM_OUTCOMES[LOST.get(str(name), str(name))] in COUNTS for name in index.get_level_values("outcome")]
    chances = np.stack([series.to_numpy(float) for series in noise]) if noise else np.zeros((0, len(index)))
    floor = noise_floor(chances, np.where(counted, 1.0 / case.scale, 0.0))
    table = pd.DataFrame({"effect": values.mean(axis=0), "low": low, "high": high, "noise_floor": floor}, index=index)
    below = _below(table["effect"], table["noise_floor"])
    return table.assign(scenario=scenario, quarter=case.reading, below_noise=below, n=sums.pairs).reset_index()


def _yuan_rows(sums: Sums, scenario: str, case: Case) -> pd.DataFrame:
    paid, amounts = np.array(sums.paid), np.stack([series.to_numpy(float) for series in sums.groups["yuan"]])
    if paid.sum() <= 0.0:
        return pd.DataFrame()
    share, low, high = ratio_with_interval(amounts, np.repeat(paid[:, None], amounts.shape[1], axis=1))
    # Chance moves as much money whatever is paid, so it is set against the mean outlay.
    chances = [series.to_numpy(float) / paid.mean() for series in sums.group_noise["yuan"]]
    floor = noise_floor(np.stack(chances) if chances else np.zeros((0, len(share))))
    table = pd.DataFrame({"target": list(yuan.PARTS), "share": share, "low": low, "high": high, "noise_floor": floor})
    below = _below(table["share"], table["noise_floor"])
    return table.assign(scenario=scenario, source=yuan.SOURCE, quarter=case.reading, below_noise=below, n=sums.pairs)


def case_of(scenario: Scenario, reading: int) -> Case:
    """Return what is compared when a scenario is."""
    region = scenario.region
    starts = [policy.start for policy in scenario.policies.values()]
    return Case(
        scenario.scale, tuple(scenario.policies), min(starts, default=reading), reading,
        np.asarray(region.cells.zone), tuple(zone.name for zone in region.zones), tuple(region.industries.name),
    )  # fmt: skip


def twin_tables(
    twins: Twins, scenarios: Mapping[str, Scenario], baseline: str, seeds: Sequence[int]
) -> TwinTables:
    """Return the tables of twins of a comparison.

    Parameters
    ----------
    twins : its worlds
    scenarios : by name
    baseline : name of the scenario that the others are compared with
    seeds : of the runs; those without both worlds are left out

    Returns
    -------
    four tables; a quantity smaller than its noise floor is marked `below_noise`, and must not be shown to people
    """
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in TwinTables._fields}
    reading = watch_for(scenarios, baseline, seeds).reading
    for name, scenario in scenarios.items():
        if name == baseline or not scenario.policies:
            continue
        case, sums = case_of(scenario, reading), Sums()
        for base, own, placebo in pairs(twins, baseline, name, list(seeds)):
            sums.add(base, own, placebo, case)
        if sums.pairs:
            found["twins"].append(_measure_rows(sums, name, case))
            found["gains"].append(_group_rows(sums, "gains", name, case))
            found["cells"].append(_group_rows(sums, "cells", name, case))
            found["yuan"].append(_yuan_rows(sums, name, case))
    columns = {"twins": MEASURE_COLUMNS, "gains": GAIN_COLUMNS, "cells": CELL_COLUMNS, "yuan": YUAN_COLUMNS}
    tables = {}
    for table, parts in found.items():
        filled = [part for part in parts if len(part)]
        whole = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns[table]))
        tables[table] = whole[list(columns[table])]
    return TwinTables(**tables)
