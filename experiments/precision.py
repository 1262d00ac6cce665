"""How precisely the headline outcomes are known, and how many more pairs of runs a wanted precision takes.

Precision is about the luck of the runs (and, where they were drawn, of parameters): it says nothing about equations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.labels import Language, known_outcomes, label_text
from experiments.labels import phrase as told_in
from experiments.statistics import mean_interval
from experiments.words import smallest_relevant

HEADLINES = ("gdp", "rd_intensity", "patents_per_10k", "high_tech_enterprises", "jobs")
"""Outcomes whose precision is asked for."""

MOST_RUNS = 100
"""Runs of each scenario after which a precision is given up, unless told otherwise."""


@dataclass(frozen=True)
class Until:
    """A precision that is wanted.

    Parameters
    ----------
    precision : half-width of the 95 % interval as a share of the effect (of the level where nothing is compared)
    most : runs of each scenario after which to stop all the same
    """

    precision: float
    most: int = MOST_RUNS


def precision_table(outcomes: pd.DataFrame, baseline: str, scenarios: Sequence[str], wanted: float) -> pd.DataFrame:
    """Return how precisely the headline outcomes of the last quarter are known.

    Parameters
    ----------
    outcomes : one row per run and quarter
    baseline : scenario that the others are compared with
    scenarios : those that are compared; none where the baseline alone was run, whose levels then count
    wanted : half-width of the 95 % interval as a share of effect or level

    Returns
    -------
    one row per scenario and outcome: `n`, `value` (effect or level), `half_width`, `relative` (their ratio),
    `needed` (runs in all that would do), `met`. An effect is precise enough, too, when its whole interval lies
    below the smallest relevant size: that it does not matter is then known.
    """
    last = outcomes[outcomes["quarter"] == outcomes["quarter"].max()]
    names = [name for name in HEADLINES if name in last.columns]
    before = last[last["scenario"] == baseline].set_index("seed")[names]
    rows = []
    for scenario in scenarios or [baseline]:
        own = last[last["scenario"] == scenario].set_index("seed")[names]
        for name in names:
            values = (own[name] - before[name] if scenarios else own[name]).dropna().to_numpy(float)
            low, high = (float(edge[0]) for edge in mean_interval(values[:, None]))
            value = float(values.mean()) if len(values) else math.nan
            half = (high - low) / 2.0
            relevant = smallest_relevant(name, float(before[name].abs().mean())) if scenarios else 0.0
            small = max(abs(low), abs(high)) < relevant
            target = max(wanted * abs(value), relevant - abs(value) if scenarios else 0.0)
            needed = len(values) * (half / target) ** 2 if target > 0.0 else math.inf
            met = bool(half <= wanted * abs(value) or small)
            relative = half / abs(value) if value else math.nan
            rows.append((scenario, name, len(values), value, half, relative, needed, met))
    columns = ["scenario", "outcome", "n", "value", "half_width", "relative", "needed", "met"]
    return pd.DataFrame(rows, columns=columns)


def runs_next(table: pd.DataFrame, runs: int, most: int) -> int:
    """Return how many runs of each scenario to have next; as many as now when the precision is reached or given up.

    Never more than twice as many at a time, for the spread is not known well from few.

    Parameters
    ----------
    table : of `precision_table`
    runs : made so far
    most : allowed
    """
    missing = table[~table["met"]]
    if missing.empty or runs >= most:
        return runs
    needed = missing["needed"].max()
    wanted = 2 * runs if not np.isfinite(needed) else math.ceil(needed)
    return min(max(wanted, runs + 1), 2 * runs, most)


def described(table: pd.DataFrame, until: Until, runs: int, *, drawn: bool = False) -> dict[str, Any]:
    """Return what the manifest says of the precision that was reached."""
    plain = table.astype(object).where(table.notna() & ~table.isin([np.inf]), None)
    return {
        "wanted": until.precision,
        "most_runs": until.most,
        "runs": runs,
        "reached": bool(table["met"].all()) if len(table) else False,
        "noise": "seeds and parameter draws" if drawn else "seeds only",
        "of": "half-width of the 95 % interval over the absolute value, last quarter",
        "outcomes": plain.to_dict("records"),
    }


def told(precision: Mapping[str, Any], lang: Language) -> str:
    """Return in words whether the wanted precision was reached, and that it is of luck only."""
    rows = [row for row in precision["outcomes"] if not row["met"]]
    outcomes = known_outcomes([row["outcome"] for row in rows])

    def list_of(language: Language) -> str:
        parts = []
        for row in rows:
            outcome = outcomes.get(row["outcome"])
            label = row["outcome"] if outcome is None else label_text(outcome.label, language)
            size = "–" if row["relative"] is None else f"{row['relative']:.0%}"
            parts.append(f"{label} ({row['scenario']}) ±{size}")
        return ("，" if language == "zh" else ", ").join(parts)

    runs, most = precision["runs"], precision["most_runs"]
    wanted = f"{100 * precision['wanted']:.3g}"
    luck = ("luck and parameter draws", "随机性与参数抽样") if "draws" in precision["noise"] else ("luck", "随机性")
    if precision["reached"]:
        return told_in(
            f"Precision of {wanted} % reached with {runs} seeds; it is about {luck[0]} only, not about the equations.",
            f"以 {runs} 个种子达到 {wanted}% 精度；仅就{luck[1]}而言，不涉及方程。",
            lang,
            separator="\n",
        )
    return told_in(
        f"Precision of {wanted} % not reached with {runs} seeds (at most {most}): {list_of('en')}; "
        f"it is about {luck[0]} only, not about the equations.",
        f"{runs} 个种子（上限 {most}）未达到 {wanted}% 精度：{list_of('zh')}；仅就{luck[1]}而言，不涉及方程。",
        lang,
        separator="\n",
    )
