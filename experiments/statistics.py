"""Paired effects: what a policy changes, measured between worlds that share their seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit
from scipy.stats import bootstrap, false_discovery_control

Floats = NDArray[np.float64]

RESAMPLES = 2000
FEWEST_TO_RESAMPLE = 10
"""Pairs from which resampling says more than Student's interval: fewer show too little of the tails."""
NUMBERS_AT_ONCE = 10_000_000
"""Resampled numbers held in memory at a time."""
PRECISION = 0.05
MODEL_QUANTILES = (0.05, 0.95)
FEWEST_DRAWS = 5
"""Draws of parameters from which their spread is told."""
ROUNDING = 1e-12
MOST_RUNS = 1e9
IDENTITY_COLUMNS = ("run_id", "scenario", "seed", "quarter", "date")
EFFECT_COLUMNS = (
    "scenario",
    "baseline",
    "outcome",
    "quarter",
    "n",
    "mean_baseline",
    "mean",
    "effect",
    "low",
    "high",
    "p",
    "p_adjusted",
    "runs_for_5pct",
    "standardised",
    "sign_share",
)
MODEL_COLUMNS = ("low_model", "high_model", "sign_share_model")
"""Further columns where every seed had its own draw of uncertain parameters."""


def bootstrap_interval(
    differences: Floats, *, confidence: float = 0.95, resamples: int = RESAMPLES
) -> tuple[Floats, Floats]:
    """Return the interval of the mean difference, by the BCa bootstrap of scipy over pairs.

    The tails are widened for few pairs, where a bootstrap alone covers too little. All columns share their
    resamples, and the random numbers depend on the number of pairs only.

    Parameters
    ----------
    differences : (n, m) float, one row per pair of runs, one column per quantity
    confidence : probability that the interval is meant to cover
    resamples : number of bootstrap samples

    Returns
    -------
    (m,) low and (m,) high, in the unit of the differences; NaN for fewer than two pairs

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals; Hesterberg (2015), What teachers should know about
    the bootstrap, section 3.2 (widened tails).
    """
    pairs, columns = differences.shape
    if pairs < 2:
        return np.full(columns, np.nan), np.full(columns, np.nan)
    mean = differences.mean(axis=0)
    # Differences from the mean, so that large levels do not drown small spreads in rounding.
    centred = differences - mean
    low, high = mean.copy(), mean.copy()
    varied = np.flatnonzero(np.ptp(differences, axis=0) > 0)
    if len(varied):
        found = bootstrap(
            (centred[:, varied],),
            np.mean,
            axis=0,
            vectorized=True,
            n_resamples=resamples,
            batch=max(1, NUMBERS_AT_ONCE // (pairs * len(varied))),
            confidence_level=1.0 - 2.0 * ndtr(widened_quantile((1.0 - confidence) / 2.0, pairs)),
            method="BCa",
            rng=np.random.Generator(np.random.PCG64(pairs)),
        ).confidence_interval
        low[varied] += found.low
        high[varied] += found.high
    return low, high


def student_interval(differences: Floats, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Return Student's interval of the mean difference, which agrees with the paired t-test.

    Parameters
    ----------
    differences : (n, m) float, one row per pair of runs, one column per quantity
    confidence : probability that the interval is meant to cover

    Returns
    -------
    (m,) low and (m,) high, in the unit of the differences; NaN for fewer than two pairs
    """
    pairs, columns = differences.shape
    if pairs < 2:
        return np.full(columns, np.nan), np.full(columns, np.nan)
    mean = differences.mean(axis=0)
    reach = stdtrit(pairs - 1, (1 + confidence) / 2) * differences.std(axis=0, ddof=1) / np.sqrt(pairs)
    return mean - reach, mean + reach


def mean_interval(differences: Floats) -> tuple[Floats, Floats]:
    """Return the 95 % interval of the mean: by the bootstrap, or Student's for fewer than ten pairs; (n, m) to (m,)."""
    return (bootstrap_interval if len(differences) >= FEWEST_TO_RESAMPLE else student_interval)(differences)


def widened_quantile(tail: float, pairs: int) -> float:
    """Return the normal quantile to read a bootstrap at, so that few pairs give intervals as wide as Student's."""
    return float(np.sqrt(pairs / (pairs - 1)) * stdtrit(pairs - 1, tail))


def paired_t_probability(differences: Floats) -> Floats:
    """Return the two-sided p-value of the paired t-test for each column.

    Parameters
    ----------
    differences : (n, m) float

    Returns
    -------
    (m,) float; 1 where no pair differs, NaN for fewer than two pairs
    """
    pairs, columns = differences.shape
    if pairs < 2:
        return np.full(columns, np.nan)
    mean = differences.mean(axis=0)
    error = differences.std(axis=0, ddof=1) / np.sqrt(pairs)
    statistic = np.divide(np.abs(mean), error, out=np.full(columns, np.inf), where=error > 0)
    return np.where(mean == 0, 1.0, 2.0 * stdtr(pairs - 1, -statistic))


def runs_for_precision(differences: Floats, *, precision: float = PRECISION) -> Floats:
    """Return how many pairs of runs in all would bring the 95 % interval to a share of the effect.

    Parameters
    ----------
    differences : (n, m) float
    precision : wanted half-width of the interval, as a share of the absolute effect

    Returns
    -------
    (m,) float, whole numbers of at least 2; NaN for fewer than two pairs, and where the effect is so near
    zero that no feasible number of runs is enough
    """
    pairs, columns = differences.shape
    if pairs < 2:
        return np.full(columns, np.nan)
    effect = np.abs(differences.mean(axis=0))
    spread = differences.std(axis=0, ddof=1)
    ratio = np.divide(spread, precision * effect, out=np.full(columns, np.nan), where=effect > 0)
    runs = np.maximum(np.ceil((ndtri(0.975) * ratio) ** 2), 2.0)
    return np.where(runs <= MOST_RUNS, runs, np.nan)


def standardised_size(differences: Floats, base: Floats) -> Floats:
    """Return the mean difference in standard deviations of the comparator's level between runs (Glass's delta).

    The spread of the differences themselves would not do: common random numbers make it small by design.

    Parameters
    ----------
    differences, base : (n, m) float, paired differences and levels of the comparator

    Returns
    -------
    (m,) float; 0 where no pair differs, else NaN for fewer than two pairs or a comparator that does not vary
    """
    pairs, columns = differences.shape
    if pairs < 2:
        return np.full(columns, np.nan)
    effect, spread = differences.mean(axis=0), base.std(axis=0, ddof=1)
    spread = np.where(spread > ROUNDING * np.abs(base).max(axis=0), spread, 0.0)
    size = np.divide(effect, spread, out=np.full(columns, np.nan), where=spread > 0)
    return np.where(effect == 0, 0.0, size)


def sign_share(differences: Floats) -> Floats:
    """Return the share of pairs with a difference above zero, those without any counted half; (n, m) to (m,)."""
    return (differences > 0).mean(axis=0) + 0.5 * (differences == 0).mean(axis=0)


def model_interval(differences: Floats) -> tuple[Floats, Floats]:
    """Return the 5th and 95th percentile of the paired differences, each of which had its own draw of parameters.

    Parameters
    ----------
    differences : (n, m) float, one row per draw

    Returns
    -------
    (m,) low and (m,) high, over draws and luck together; NaN for fewer than five draws
    """
    if len(differences) < FEWEST_DRAWS:
        return np.full(differences.shape[1], np.nan), np.full(differences.shape[1], np.nan)
    low, high = np.quantile(differences, MODEL_QUANTILES, axis=0)
    return low, high


def adjusted_probability(probability: Floats) -> Floats:
    """Return p-values adjusted for many outcomes (Benjamini-Hochberg), leaving out undefined ones.

    Outcomes in which no pair differs (p exactly 1, such as the spending of policies that neither world has) are not
    counted: no number of signs could make them lower.

    Parameters
    ----------
    probability : (quarters, outcomes) float; each row is one family

    References
    ----------
    Benjamini and Hochberg (1995), Controlling the false discovery rate; Tarone (1990), A modified Bonferroni method
    for discrete data (hypotheses that cannot be rejected are left out of the family).
    """
    adjusted = np.where(probability == 1.0, 1.0, np.nan)
    for row, defined in enumerate(np.isfinite(probability) & (probability < 1.0)):
        if defined.any():
            adjusted[row, defined] = false_discovery_control(probability[row, defined], method="bh")
    return adjusted


def with_wider_interval(effects: pd.DataFrame) -> pd.DataFrame:
    """Return effects with the interval that is shown and ranked by: over draws of parameters where that is wider."""
    if "low_model" not in effects:
        return effects
    low, high = effects[["low", "low_model"]].min(axis="columns"), effects[["high", "high_model"]].max(axis="columns")
    return effects.assign(low=low, high=high)


def outcome_columns(outcomes: pd.DataFrame) -> list[str]:
    """Return the names of the outcomes in a table of runs and quarters."""
    return [
        name
        for name in outcomes.columns
        if name not in IDENTITY_COLUMNS and pd.api.types.is_numeric_dtype(outcomes[name])
    ]


def _worlds(outcomes: pd.DataFrame, scenario: str, names: Sequence[str]) -> dict[int, pd.DataFrame]:
    rows = outcomes[outcomes["scenario"] == scenario].set_index("quarter")
    return {seed: rows.loc[rows["seed"] == seed, list(names)] for seed in rows["seed"].unique().tolist()}


def _patterns(defined: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.intp]]]:
    """Yield each set of pairs that some columns share, with those columns."""
    patterns, members = np.unique(defined, axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        yield patterns[:, number], np.flatnonzero(members.ravel() == number)


def _compare_worlds(base: Floats, other: Floats, *, drawn: bool = False) -> dict[str, Floats]:
    """Return the statistics of (n, m) paired values, leaving out pairs where either is undefined."""
    columns = base.shape[1]
    names = [name for name in EFFECT_COLUMNS[4:] if name != "p_adjusted"] + list(MODEL_COLUMNS if drawn else ())
    table = {name: np.full(columns, np.nan) for name in names}
    for pairs, members in _patterns(np.isfinite(base) & np.isfinite(other)):
        table["n"][members] = pairs.sum()
        if not pairs.any():
            continue
        before, after = base[np.ix_(pairs, members)], other[np.ix_(pairs, members)]
        differences = after - before
        # What only the rounding of large levels makes is no effect.
        differences[np.abs(differences) <= ROUNDING * np.maximum(np.abs(before), np.abs(after))] = 0.0
        table["mean_baseline"][members] = before.mean(axis=0)
        table["mean"][members] = after.mean(axis=0)
        table["effect"][members] = differences.mean(axis=0)
        table["low"][members], table["high"][members] = mean_interval(differences)
        table["p"][members] = paired_t_probability(differences)
        table["runs_for_5pct"][members] = runs_for_precision(differences)
        table["standardised"][members] = standardised_size(differences, before)
        table["sign_share"][members] = sign_share(differences)
        if drawn:
            table["low_model"][members], table["high_model"][members] = model_interval(differences)
            if pairs.sum() >= FEWEST_DRAWS:
                table["sign_share_model"][members] = sign_share(differences)
    return table


def paired_effects(
    outcomes: pd.DataFrame, baseline: str, scenarios: Sequence[str], *, drawn: bool = False
) -> pd.DataFrame:
    """Return the effect of each scenario on each outcome in each quarter, paired by seed.

    The interval is a BCa bootstrap over pairs (Student's for fewer than ten), p is a paired t-test, and p_adjusted is
    Benjamini-Hochberg over the outcomes of one scenario and quarter. A seed counts only when both of
    its worlds finished.

    Parameters
    ----------
    outcomes : one row per run and quarter, with `scenario`, `seed`, `quarter` and a column per outcome
    baseline : scenario to compare with
    scenarios : scenarios to compare
    drawn : every seed had its own draw of uncertain parameters, common to all worlds of the seed

    Returns
    -------
    one row per scenario, outcome and quarter, with the columns of `EFFECT_COLUMNS`, and of `MODEL_COLUMNS` if drawn
    """
    names = outcome_columns(outcomes)
    base_worlds = _worlds(outcomes, baseline, names)
    tables = []
    for scenario in scenarios:
        worlds = _worlds(outcomes, scenario, names)
        seeds = sorted(base_worlds.keys() & worlds.keys())
        if not seeds:
            continue
        quarters = base_worlds[seeds[0]].index.to_numpy()
        shape = (len(seeds), len(quarters) * len(names))
        base = np.stack([base_worlds[seed].to_numpy(float) for seed in seeds]).reshape(shape)
        other = np.stack([worlds[seed].to_numpy(float) for seed in seeds]).reshape(shape)
        statistics = _compare_worlds(base, other, drawn=drawn)
        probability = statistics["p"].reshape(len(quarters), len(names))
        statistics["p_adjusted"] = adjusted_probability(probability).ravel()
        table = pd.DataFrame(
            {
                "scenario": scenario,
                "baseline": baseline,
                "outcome": np.tile(np.array(names, dtype=object), len(quarters)),
                "quarter": np.repeat(quarters, len(names)),
                **statistics,
            }
        )
        tables.append(table.sort_values(["outcome", "quarter"], kind="stable", ignore_index=True))
    columns = [*EFFECT_COLUMNS, *(MODEL_COLUMNS if drawn else ())]
    if not tables:
        return pd.DataFrame(columns=columns)
    effects = pd.concat(tables, ignore_index=True)[columns]
    whole = {"n": "int64", "runs_for_5pct": "Int64", "outcome": "str"}
    return effects.astype(whole)
