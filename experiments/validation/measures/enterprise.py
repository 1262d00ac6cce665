"""Firms: sizes, growth, survival, productivity, investment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from experiments.validation.estimators import distributions, panels, survival
from experiments.validation.observation import Array, History
from simulation.populations.firms import ORIGINS

RELOCATION = ORIGINS.index("relocation")
DESIGNATED_SIZE = 20.0
"""Yearly sales from which official statistics count an enterprise as above designated size, million CNY."""
YEARS_OF_LIFE = 10
HIGH_HAZARD_YEARS = 7
"""Years among which the peak is looked for; later ones, of few firms, are compared as a whole."""
DECOMPOSED_YEARS = 9
"""Span over which Brandt et al. (2012) decompose productivity growth, 1998 to 2007."""
INACTION, SPIKE = 0.01, 0.20
"""Investment over capital below which a firm-year counts as inactive and above which as a spike."""

Figures = dict[str, float]


def sizes(history: History) -> Figures:
    """Return the Hill exponent of yearly sales among firms that lived through the year, mean over years."""
    sales = history.yearly("sales")
    exponents = [distributions.hill_exponent(year[year > 0]) for year in sales]
    return {"hill": _mean(exponents)}


def _growth(history: History) -> tuple[Array, Array, Array]:
    """Return year, opening size and log growth of yearly sales for firms that lived through both years."""
    sales = history.yearly("sales")
    both = (sales[:-1] > 0) & (sales[1:] > 0)
    year, firm = np.nonzero(both)
    return year, sales[year, firm], np.log(sales[year + 1, firm] / sales[year, firm])


def growth(history: History) -> Figures:
    """Return the Subbotin shape of yearly log growth of sales, standardised by year and pooled.

    `designated` is the same among firms above designated size at the start of the year.
    """
    if history.years < 2:
        return {}
    year, size, rate = _growth(history)
    large = size >= DESIGNATED_SIZE
    return {
        "shape": distributions.subbotin_shape(_standardised(rate, year)),
        "shape_designated": distributions.subbotin_shape(_standardised(rate[large], year[large])),
        "spread": float(rate.std()) if len(rate) else float("nan"),
    }


def _standardised(rate: Array, year: Array) -> Array:
    away = panels.within_groups(rate, year)
    spread = np.sqrt(np.bincount(year, away**2) / np.maximum(np.bincount(year), 1))
    return away / np.maximum(spread[year], 1e-12)


def size_and_variance(history: History) -> Figures:
    """Return the slope of the log standard deviation of yearly growth on log size, over twenty classes of size."""
    if history.years < 2:
        return {}
    year, size, rate = _growth(history)
    return {"slope": panels.size_variance_slope(size, panels.within_groups(rate, year))}


def survival_of_entrants(history: History) -> Figures:
    """Return yearly exit hazards of firms founded in the window, and what their profile is.

    As in the statistics of registered enterprises: from the quarter of registration to that of closing; firms that
    moved in are left out, those still alive are censored. Hazards and survival are Kaplan-Meier and go by calendar
    years, the first being the rest of the year of founding, as the published ones do; `age_` measures go by years of
    age.
    """
    alive = np.isfinite(history.firms["sales"])
    if not alive.size:
        return {}
    born = history.fixed["born"]
    mine = (born >= history.quarters[0]) & (history.fixed["origin"] != RELOCATION)
    last = history.quarters[len(alive) - 1 - alive[::-1].argmax(axis=0)]
    ended = last < history.quarters[-1]
    duration = last + ended - born
    hazard = survival.calendar_hazards(duration[mine], ended[mine], YEARS_OF_LIFE)
    by_age = survival.yearly_hazards(duration[mine], ended[mine], 3)
    figures = {f"hazard_{year + 1}": float(hazard[year]) for year in range(YEARS_OF_LIFE)}
    figures |= {f"age_{year + 1}": float(by_age[year]) for year in range(3)}
    early = hazard[:HIGH_HAZARD_YEARS]
    middle, late = (1.0 - np.prod(1.0 - part) ** (1.0 / len(part)) for part in (early[3:], hazard[HIGH_HAZARD_YEARS:]))
    return figures | {
        "hazard_middle": float(middle),
        "fall": float(late / middle) if middle > 0 else float("nan"),
        "peak": float(np.argmax(early) + 1) if np.isfinite(early).all() else float("nan"),
        "survival_5": float(survival.calendar_survival(duration[mine], ended[mine], 5)[-1]),
        "age_survival_5": float(survival.survival(duration[mine], ended[mine], np.array([20.0]))[0]),
    }


def exit_rate(history: History) -> Figures:
    """Return firms that closed in a year over firms at its start, mean over years."""
    alive = np.isfinite(history.firms["sales"])
    start, rates = alive.sum(axis=1), []
    quarter = history.event("exits", "quarter")
    for year in range(1, history.years):
        first = history.quarters[4 * year]
        closed = np.count_nonzero((quarter >= first) & (quarter < first + 4))
        rates.append(closed / max(int(start[4 * year - 1]), 1))
    return {"exit_rate": _mean(rates)}


def productivity(history: History) -> Figures:
    """Return the 90:10 ratio of productivity within industries at year ends, and its yearly autocorrelation.

    Productivity is the firm's log productivity as the model holds it (physical efficiency); `labour_ratio` is the
    same ratio for value added per head, which is what statisticians see.
    """
    level, industry = history.year_end("productivity"), history.fixed["industry"]
    ratios = [
        distributions.percentile_ratio(year[here], industry[here])
        for year, here in ((year, np.isfinite(year)) for year in level)
    ]
    labour, found = labour_productivity(history), []
    for year in labour:
        here = np.isfinite(year)
        found.append(distributions.percentile_ratio(year[here], industry[here]))
    return {
        "ratio": _mean(ratios),
        "persistence": _autoregression(level, industry),
        "labour_ratio": _mean(found),
        "labour_persistence": _autoregression(labour, industry),
    }


def labour_productivity(history: History) -> Array:
    """Return log value added of the year per head (the owner counted), (years, F)."""
    added = history.yearly("value_added")
    heads = 1.0 + history.yearly("employment") / 4.0
    return np.log(np.where(added > 0, added / heads, np.nan))


def _autoregression(level: Array, group: Array) -> float:
    """Return the slope of a year's level on the last one's, both less the mean of their industry and year."""
    if len(level) < 2:
        return float("nan")
    year, firm = np.nonzero(np.isfinite(level[:-1]) & np.isfinite(level[1:]))
    cell = year * (int(group.max()) + 1) + group[firm]
    before = panels.within_groups(level[year, firm], cell)
    return panels.slope(before, panels.within_groups(level[year + 1, firm], cell))


def investment(history: History) -> Figures:
    """Return how lumpy investment is: firm-years by investment over capital at the start of the year."""
    if history.years < 2:
        return {}
    made, capital = history.yearly("investment")[1:], history.year_end("capital")[:-1]
    here = np.isfinite(made) & (capital > 1e-6)
    rate, amount = made[here] / capital[here], made[here]
    if not len(rate):
        return {}
    spikes = rate > SPIKE
    return {
        "inaction": float(np.mean(rate < INACTION)),
        "kurtosis": float(stats.kurtosis(np.minimum(rate, np.quantile(rate, 0.999)))),
        "spikes": float(spikes.mean()),
        "spikes_amount": float(amount[spikes].sum() / max(amount.sum(), 1e-12)),
    }


def net_entry(history: History) -> Figures:
    """Return net entry's share of productivity growth over nine years, all windows of that length together.

    Sales-weighted mean log productivity, decomposed industry by industry and added up by their mean share of sales
    (Foster-Haltiwanger-Krizan); `dynamic` is the Melitz-Polanec version, `designated` looks at firms while they are
    above designated size, `labour` uses value added per head with employment weights.
    """
    span = min(DECOMPOSED_YEARS, history.years - 1)
    if span < 3:
        return {}
    sales, heads = history.yearly("sales"), history.yearly("employment")
    level, labour = history.year_end("productivity"), labour_productivity(history)
    physical = _decomposed(history, level, sales, span, panels.growth_parts)
    dynamic = _decomposed(history, level, sales, span, panels.dynamic_parts)
    large = sales >= DESIGNATED_SIZE
    designated = _decomposed(
        history, np.where(large, level, np.nan), np.where(large, sales, 0.0), span, panels.growth_parts
    )
    output = _decomposed(history, labour, heads, span, panels.growth_parts)
    return {
        "share": _over(physical[0], physical[1]),
        "growth": physical[1] / physical[2] / span,
        "entry": _over(physical[3], physical[1]),
        "within": _over(physical[4], physical[1]),
        "dynamic": _over(dynamic[0], dynamic[1]),
        "designated": _over(designated[0], designated[1]),
        "labour": _over(output[0], output[1]),
    }


def _over(part: float, total: float) -> float:
    return float(part / total) if total else float("nan")


def _decomposed(
    history: History,
    level: Array,
    weight: Array,
    span: int,
    parts: Callable[[Array, Array, Array, Array], panels.GrowthParts],
) -> Array:
    """Return net entry, growth, windows, entry and within, summed over windows and weighted over industries."""
    industry, total = history.fixed["industry"], np.zeros(5)
    for year in range(history.years - span):
        here = [np.where(np.isfinite(level[at]), np.nan_to_num(weight[at]), 0.0) for at in (year, year + span)]
        for sector in range(int(industry.max()) + 1):
            mine = industry == sector
            size = 0.5 * sum(float(w[mine].sum()) / max(float(w.sum()), 1e-12) for w in here)
            found = parts(level[year, mine], here[0][mine], level[year + span, mine], here[1][mine])
            total += size * np.array([found.entry + found.exit, found.total, 0.0, found.entry, found.within])
        total[2] += 1
    return total


def _mean(values: Sequence[float]) -> float:
    kept = [value for value in values if np.isfinite(value)]
    return float(np.mean(kept)) if kept else float("nan")
