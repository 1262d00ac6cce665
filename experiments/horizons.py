"""Effects at a few horizons, against no policy and the rebate of the same yuan, for the district and the region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from experiments.statistics import MODEL_COLUMNS, outcome_columns, paired_effects
from experiments.words import smallest_relevant, verdict
from simulation.dates import FIRST_QUARTER

YEARS = (3, 5, 10)
"""Horizons in years from the first quarter of a scenario's policies; the last quarter of the run is another."""
END = "end"
DISTRICT, REGION_NET = "district", "region_net"
BASELINE = "baseline"
"""What the comparator is called when it is the baseline, whatever that scenario's own name is."""

NET = {"firms": "neighbour_loss_firms", "talent_total": "neighbour_loss_talent"}
"""Outcomes whose gain in the district is in part the neighbours' loss, and the outcome that tells the loss."""

HORIZON_COLUMNS = (
    "scenario", "comparator", "outcome", "horizon", "quarter", "date", "reading", "n", "mean_comparator", "mean",
    "effect", "low", "high", "p", "p_adjusted", "standardised", "runs_for_5pct", "sign_share", "smallest_relevant",
    "verdict",
)  # fmt: skip


def span_of(scenario: Any, baseline: Any) -> tuple[int, int | None]:
    """Return the first and the last quarter of what a scenario has and the baseline lacks.

    Parameters
    ----------
    scenario, baseline : loaded scenarios

    Returns
    -------
    first quarter, that after burn-in where nothing differs; last quarter, None if one of them never ends
    """
    added = [
        one
        for kind in ("policies", "stresses")
        for name, one in getattr(scenario, kind).items()
        if getattr(baseline, kind).get(name) != one
    ]
    starts = [int(one.start) for one in added if hasattr(one, "start")]
    ends = [getattr(one, "end", None) for one in added]
    last = None if not ends or None in ends else max(int(end) for end in ends if end is not None)
    return max(min(starts, default=FIRST_QUARTER), FIRST_QUARTER), last


def horizon_quarters(start: int, last: int) -> dict[str, int]:
    """Return the quarter of each horizon that a run reaches, by name: the last of so many years, and the run's end.

    Parameters
    ----------
    start : first quarter of the policies
    last : last quarter of the run
    """
    reached = {f"{years}y": start + 4 * years - 1 for years in YEARS}
    return {**{name: quarter for name, quarter in reached.items() if quarter <= last}, END: last}


def horizons_table(
    outcomes: pd.DataFrame,
    baseline: str,
    starts: Mapping[str, int],
    rebates: Mapping[str, str] | None = None,
    *,
    drawn: bool = False,
) -> pd.DataFrame:
    """Return the effects of each scenario at each horizon, against each comparator, in both readings.

    p_adjusted is Benjamini-Hochberg over the outcomes of one scenario, comparator, horizon and reading.

    Parameters
    ----------
    outcomes : one row per run and quarter, those of rebate worlds included
    baseline : scenario that the others are compared with
    starts : first quarter of the policies of each scenario that is compared
    rebates : name of the world with a rebate of the same yuan, for the scenarios that have one
    drawn : every seed had its own draw of uncertain parameters

    Returns
    -------
    columns `HORIZON_COLUMNS`, and `MODEL_COLUMNS` if drawn
    """
    columns = [*HORIZON_COLUMNS, *(MODEL_COLUMNS if drawn else ())]
    if outcomes.empty:
        return pd.DataFrame(columns=columns)
    dates = outcomes.drop_duplicates("quarter").set_index("quarter")["date"]
    net = _net_of_neighbours(outcomes)
    tables = []
    for scenario, start in starts.items():
        quarters = horizon_quarters(start, int(outcomes["quarter"].max()))
        names = {quarter: [name for name, at in quarters.items() if at == quarter] for quarter in quarters.values()}
        comparators = {BASELINE: baseline}
        if rebates and scenario in rebates:
            comparators["uniform_rebate"] = rebates[scenario]
        for comparator, world in comparators.items():
            for reading, rows in ((DISTRICT, outcomes), (REGION_NET, net)):
                kept = rows[rows["quarter"].isin(names) & rows["scenario"].isin([scenario, world])]
                effects = paired_effects(kept, world, [scenario], drawn=drawn)
                effects = effects.assign(comparator=comparator, reading=reading, horizon=effects["quarter"].map(names))
                tables.append(effects.explode("horizon"))
    if not tables:
        return pd.DataFrame(columns=columns)
    table = pd.concat(tables, ignore_index=True).rename(columns={"mean_baseline": "mean_comparator"})
    table["date"] = table["quarter"].map(dates)
    return with_verdicts(table)[columns]


def with_verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return rows of effects with the smallest relevant size of each outcome and the verdict in words.

    The verdict goes by the share of draws where parameters were drawn, else by the share of seeds.
    """
    level = table[["mean_comparator", "mean"]].abs().max(axis="columns")
    share = table["sign_share_model"] if "sign_share_model" in table else table["sign_share"]
    relevant = [smallest_relevant(name, size) for name, size in zip(table["outcome"], level, strict=True)]
    verdicts = [
        verdict(*row)
        for row in zip(share.astype(float), table["effect"].astype(float), relevant, table["n"], strict=True)
    ]
    return table.assign(smallest_relevant=relevant, verdict=verdicts)


def _net_of_neighbours(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the outcomes of which the neighbours' loss is known, less that loss."""
    pairs = {name: loss for name, loss in NET.items() if {name, loss} <= set(outcomes.columns)}
    identity = [name for name in outcomes.columns if name not in outcome_columns(outcomes)]
    return outcomes[identity].assign(**{name: outcomes[name] - outcomes[loss] for name, loss in pairs.items()})


def rows_at(table: pd.DataFrame, scenario: str, comparator: str, horizon: str, names: Sequence[str]) -> pd.DataFrame:
    """Return the district's rows of some outcomes, in their order."""
    rows = table[
        (table["scenario"] == scenario)
        & (table["comparator"] == comparator)
        & (table["horizon"] == horizon)
        & (table["reading"] == DISTRICT)
    ].set_index("outcome", drop=False)
    return rows.loc[[name for name in names if name in rows.index]]

