"""Innovation: patents, R&D, knowledge flows, networks, certification, institutes."""

from __future__ import annotations

import numpy as np
from scipy import stats

from experiments.validation.estimators import bunching, distributions, geography, networks, panels
from experiments.validation.observation import Array, History

BANDS = ((0.0, 50.0, 0.05), (50.0, 200.0, 0.04), (200.0, np.inf, 0.03))
"""Yearly sales from and to, million CNY, and the R&D over sales that certification asks for."""
LINK_YEARS = 5
"""Years for which a joint project counts as a link."""

Figures = dict[str, float]


def patents_per_firm(history: History) -> Figures:
    """Return the power-law exponent of the number of patents granted to a firm in the window."""
    firm = history.firm_index(history.event("patents", "firm_key"))
    return {"exponent": distributions.count_exponent(np.bincount(firm[firm >= 0], minlength=len(history.firm_key)))}


def invention_value(history: History) -> Figures:
    """Return the share of the value of all patents granted in the window that the best tenth holds."""
    return {"top_decile": distributions.top_share(history.event("patents", "value"))}


def value_and_count(history: History) -> Figures:
    """Return the rank correlation over firms of mean value per patent with the number of patents.

    The mean of few skewed values lies mostly below that of many, so this is above zero even where value has nothing
    to do with count: `dealt` says how far, as it is the same after the values have been dealt out among all patents at
    random; `logs` takes the mean of log values, which is free of that.
    """
    firm = history.firm_index(history.event("patents", "firm_key"))
    values, firm = history.event("patents", "value")[firm >= 0], firm[firm >= 0]
    count = np.bincount(firm, minlength=len(history.firm_key))

    def with_count(of_patents: Array) -> float:
        holds, sums = count > 0, np.bincount(firm, of_patents, minlength=len(count))
        return _spearman(sums[holds] / count[holds], count[holds])

    dealt = np.random.default_rng(0).permutation(values)
    return {
        "correlation": with_count(values),
        "dealt": with_count(dealt),
        "logs": with_count(np.log(np.maximum(values, 1e-12))),
    }


def research_cycle(history: History) -> Figures:
    """Return the correlation of growth over four quarters of the district's real R&D and of its output.

    Output is the value added of modelled firms. `persistence` is the yearly autocorrelation of firms' log R&D, each
    year less its mean.
    """
    output, research = history.series["value_added"], history.series["rd_firms"]
    if len(output) < 12:
        return {}
    rates = [np.log(series[4:] / series[:-4]) for series in (output, research)]
    level = np.log(np.where(history.yearly("rd_spend") > 0, history.yearly("rd_spend"), np.nan))
    year, firm = np.nonzero(np.isfinite(level[:-1]) & np.isfinite(level[1:]))
    before, after = (panels.within_groups(level[year + step, firm], year) for step in (0, 1))
    return {
        "correlation": float(np.corrcoef(rates[0], rates[1])[0, 1]),
        "persistence": panels.slope(before, after),
    }


def knowledge_flows(history: History) -> Figures:
    """Return how many technology contracts stay in the institute's cell, over what matched controls would.

    Controls share the buyer's industry (hence its fit) and its quarter of the R&D stock (hence what it can absorb).
    `consortia` is the same for members and the leader's cell.
    """
    contracts = (history.event("contracts", "quarter"), history.event("contracts", "firm_key"))
    home = dict(zip(history.institute_key.tolist(), history.institute_cell.tolist(), strict=True))
    source = np.array([home.get(k, -1) for k in history.event("contracts", "institute_key").tolist()], dtype=np.int64)
    leader = dict(
        zip(history.event("consortia", "key").tolist(), history.event("consortia", "leader").tolist(), strict=True)
    )
    groups, members = history.event("memberships", "consortium"), history.event("memberships", "firm")
    heads = np.array([leader.get(k, 0) for k in groups.tolist()], dtype=np.int64)
    joined = members != heads
    quarter = history.event("memberships", "quarter")[joined]
    head_cell = _cell_of(history, quarter, heads[joined])
    return {
        "contracts": _localised(history, *contracts, source),
        "consortia": _localised(history, quarter, members[joined], head_cell),
        "contracts_observed": float(np.count_nonzero(contracts[1] > 0)),
    }


def _cell_of(history: History, quarter: Array, firm_key: Array) -> Array:
    """Return the cells of firms (n,) in quarters (n,), -1 where the firm does not live then."""
    firm = history.firm_index(firm_key)
    cell = history.firms["cell"][(quarter - history.quarters[0]).astype(np.int64), firm] if len(firm) else np.empty(0)
    return np.where((firm >= 0) & np.isfinite(cell), np.nan_to_num(cell), -1).astype(np.int64)


def _localised(history: History, quarter: Array, firm_key: Array, source: Array) -> float:
    observed = expected = 0.0
    industry, here = history.fixed["industry"], history.firms["cell"]
    firm, cell = history.firm_index(firm_key), _cell_of(history, quarter, firm_key)
    known = (firm >= 0) & (cell >= 0) & (source >= 0)
    quarter, firm, cell, source = quarter[known], firm[known], cell[known], source[known]
    for at, now in enumerate(history.quarters.tolist()):
        mine = quarter == now
        if not mine.any():
            continue
        alive = np.flatnonzero(np.isfinite(here[at]))
        stock = history.firms["rd_stock"][at]
        rank = np.searchsorted(np.quantile(stock[alive], [0.25, 0.5, 0.75]), np.nan_to_num(stock))
        stratum = 4 * industry + rank
        stays, usual = geography.local_flows(
            source[mine], cell[mine], stratum[firm[mine]], here[at][alive].astype(np.int64), stratum[alive]
        )
        observed, expected = observed + stays, expected + usual
    return observed / expected if expected > 0 else float("nan")


def _by_cell(history: History) -> tuple[Array, Array, Array]:
    """Return patents granted, mean employment and mean research staff of firms by cell."""
    width = history.cells["people"].shape[1]
    cell = _cell_of(history, history.event("patents", "quarter"), history.event("patents", "firm_key"))
    patents = np.bincount(cell[cell >= 0], minlength=width).astype(np.float64)
    place = history.firms["cell"]
    known = np.isfinite(place)
    totals = [
        np.bincount(place[known].astype(np.int64), history.firms[name][known], minlength=width) / len(place)
        for name in ("employment", "researchers")
    ]
    return patents, totals[0], totals[1]


def location(history: History) -> Figures:
    """Return the Gini over cells of patents granted less that of firms' employment, cells with either only.

    `beyond_chance` takes off what as many patents thrown at random over jobs would show.
    """
    patents, jobs, _ = _by_cell(history)
    used = (patents > 0) | (jobs > 0)
    patents, jobs = patents[used], jobs[used]
    rng = np.random.default_rng(0)
    return {
        "difference": distributions.gini(patents) - distributions.gini(jobs),
        "patents": distributions.gini(patents),
        "jobs": distributions.gini(jobs),
        "beyond_chance": geography.gini_beyond_chance(patents, jobs, rng),
    }


def scaling(history: History) -> Figures:
    """Return the elasticity over cells of patents granted in the window to mean research staff of firms.

    Poisson pseudo maximum likelihood (Santos Silva and Tenreyro 2006) over cells with research staff. `least_squares`
    in logs leaves out cells without a patent, which flattens the slope: where it is one it finds 0.7 to 0.9 with counts
    as small as here. `larger` is the same for cells with at least two researchers on average.
    """
    patents, _, staff = _by_cell(history)
    both, larger = (patents > 0) & (staff > 0), (patents > 0) & (staff >= 2)
    return {
        "elasticity": panels.count_elasticity(staff[staff > 0], patents[staff > 0]),
        "least_squares": panels.slope(np.log(staff[both]), np.log(patents[both])),
        "larger": panels.slope(np.log(staff[larger]), np.log(patents[larger])),
        "cells": float(both.sum()),
    }


def collaboration(history: History) -> Figures:
    """Return shape figures of the network of joint projects in the last five years.

    Nodes are firms and institutes; all who belong to a consortium are linked to each other and to its institute, and
    a buyer of a result to the institute that sold it.
    """
    since = history.quarters[-1] - 4 * LINK_YEARS
    pairs = []
    contracts = (history.event("contracts", "quarter") > since) & (history.event("contracts", "firm_key") > 0)
    pairs.append(np.stack([history.event("contracts", name)[contracts] for name in ("firm_key", "institute_key")], 1))
    recent = history.event("memberships", "quarter") > since
    group, member = history.event("memberships", "consortium")[recent], history.event("memberships", "firm")[recent]
    host = dict(
        zip(history.event("consortia", "key").tolist(), history.event("consortia", "institute").tolist(), strict=True)
    )
    for key in np.unique(group):
        who = np.append(member[group == key], host[int(key)])
        first, second = np.triu_indices(len(who), 1)
        pairs.append(np.stack([who[first], who[second]], 1))
    graph = networks.graph_of(np.concatenate(pairs).astype(np.int64))
    return {
        "clustering": networks.clustering_over_null(graph),
        "clustering_random": networks.clustering_over_random(graph),
        "degree_gini": networks.degree_gini(graph),
        "links": float(graph.number_of_edges()),
    }


def notches(history: History) -> Figures:
    """Return excess mass of reported R&D over sales of the year just above each certification threshold.

    Firm-years in the sales band to which the threshold applies; log-cubic counterfactual in bins of a quarter of a
    percentage point from 2.5 points below to 5 above, without the point on either side of the notch.
    `_mean` is the same for the mean of three years by which certification judges.
    """
    sales, reported = history.yearly("sales"), history.yearly("rd_reported")
    ratio3 = history.year_end("ratio")
    figures: Figures = {}
    for low, high, notch in BANDS:
        mine = (sales > low) & (sales <= high)
        for name, ratio in (("", reported[mine] / sales[mine]), ("_mean", ratio3[mine])):
            found = bunching.bunching(
                ratio[np.isfinite(ratio)], notch, low=notch - 0.025, high=notch + 0.05, below=0.01, above=0.01, bins=30
            )
            figures[f"notch_{notch:.0%}{name}"] = found.excess
    return figures


def institutes(history: History) -> Figures:
    """Return the share of a year's contract value that the best tenth of institutes holds, mean over years."""
    quarter, owner = history.event("contracts", "quarter"), history.event("contracts", "institute_key")
    shares = []
    for year in range(history.years):
        first = history.quarters[4 * year]
        mine = (quarter >= first) & (quarter < first + 4)
        value = history.event("contracts", "value")[mine]
        held = np.array([value[owner[mine] == key].sum() for key in history.institute_key])
        shares.append(distributions.top_share(held))
    kept = [share for share in shares if np.isfinite(share)]
    return {"top_share": float(np.mean(kept)) if kept else float("nan")}


def _spearman(x: Array, y: Array) -> float:
    if len(x) < 10 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(stats.spearmanr(x, y).statistic)
