"""When effects come and go: the first quarter in which they can be told, their peak, and how fast they fade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LEVEL = 0.05
LASTING = 4
"""Quarters in a row in which an effect must be told apart, so that one lucky quarter of many does not count."""
TIMING_COLUMNS = (
    "scenario",
    "outcome",
    "start",
    "first_quarter",
    "first_date",
    "quarters_to_detect",
    "peak_quarter",
    "peak_date",
    "peak_effect",
    "end",
    "half_life",
    "fading",
)


def first_detectable(effect: NDArray[np.float64], p: NDArray[np.float64], lasting: int = LASTING) -> int | None:
    """Return the first place from which an effect is told from zero, with one sign, for some quarters in a row.

    Parameters
    ----------
    effect, p : (q,) effects quarter by quarter and their adjusted p-values
    lasting : quarters in a row
    """
    sign = np.where(p < LEVEL, np.sign(effect), 0.0)
    for place in range(len(sign) - lasting + 1):
        if sign[place] and (sign[place : place + lasting] == sign[place]).all():
            return place
    return None


def half_life(effect: NDArray[np.float64]) -> int | None:
    """Return after how many quarters an effect (q,), which starts at the policy's last quarter, is halved for good.

    Half for good: at most half of the first one, or of the other sign, in that quarter and in all that follow.
    """
    if not len(effect) or effect[0] == 0.0:
        return None
    left = effect / effect[0] > 0.5
    last = int(np.flatnonzero(left)[-1])
    return last + 1 if last + 1 < len(effect) else None


def timing_table(
    effects: pd.DataFrame, spans: Mapping[str, tuple[int, int | None]], dates: Mapping[int, str]
) -> pd.DataFrame:
    """Return when each scenario's effect on each outcome can first be told, peaks, and has halved after the end.

    Parameters
    ----------
    effects : as in `effects.parquet`
    spans : first and last quarter of each scenario's policies; None while they last to the end of the run
    dates : date of every quarter

    Returns
    -------
    columns `TIMING_COLUMNS`. Where no effect lasts four quarters, nothing is told. `fading` is "no end" (policies
    last to the end of the run), "not told" (no effect can be told when they end), "not yet" (it has not halved
    by the end of the run), or "halved", with `half_life` in quarters.
    """
    rows = []
    for (scenario, outcome), course in effects.groupby(["scenario", "outcome"], sort=False):
        start, end = spans[str(scenario)]
        course = course[course["quarter"] >= start].sort_values("quarter")
        rows.append({"scenario": scenario, "outcome": outcome, "start": start, **_timing(course, start, end, dates)})
    whole = dict.fromkeys(("start", "first_quarter", "quarters_to_detect", "peak_quarter", "end", "half_life"), "Int64")
    return pd.DataFrame(rows, columns=list(TIMING_COLUMNS)).astype({**whole, "peak_effect": float})


def _timing(course: pd.DataFrame, start: int, end: int | None, dates: Mapping[int, str]) -> dict[str, Any]:
    quarters = course["quarter"].to_numpy()
    effect, p = course["effect"].to_numpy(float), course["p_adjusted"].to_numpy(float)
    told: dict[str, Any] = {"end": end, "fading": "no end" if end is None else "not told"}
    first = first_detectable(effect, p)
    if first is None:
        return told
    # A peak is one of the quarters in which the effect can be told.
    peak = int(np.nanargmax(np.where(p < LEVEL, np.abs(effect), np.nan)))
    told |= {"first_quarter": quarters[first], "first_date": dates[quarters[first]]}
    told |= {"quarters_to_detect": quarters[first] - start, "peak_quarter": quarters[peak]}
    told |= {"peak_date": dates[quarters[peak]], "peak_effect": effect[peak]}
    if end is not None:
        after = quarters >= end
        if after.any() and p[after][0] < LEVEL:
            quarters_to_half = half_life(effect[after])
            told |= {"half_life": quarters_to_half, "fading": "not yet" if quarters_to_half is None else "halved"}
    return told
