"""Finance: loans, venture capital, and how start-ups are financed."""

from __future__ import annotations

import numpy as np
from scipy import stats

from experiments.validation.measures.enterprise import RELOCATION
from experiments.validation.observation import Array, History

YOUNG = 20
"""Age in quarters below which a borrower is young."""
START_UP = 32
"""Age in quarters up to which a firm is a start-up: the span of the Kauffman firm survey, eight years."""

Figures = dict[str, float]


def venture_returns(history: History) -> Figures:
    """Return shares of exited deals below 1x and at 5x or more of the money put in."""
    multiple = history.event("deals", "multiple")
    if not len(multiple):
        return {}
    return {"below_1": float(np.mean(multiple < 1.0)), "above_5": float(np.mean(multiple >= 5.0))}


def rationing(history: History) -> Figures:
    """Return the refusal rate of young firms' applications for new loans over that of old firms'.

    `innovative` compares young tech SMEs and high-tech enterprises with all old firms.
    """
    refused, age = history.event("loans", "granted") <= 0, history.event("loans", "age")
    tier = history.event("loans", "tier")
    if not len(refused):
        return {}
    young, old = _share(refused, age < YOUNG), _share(refused, age >= YOUNG)
    innovative = _share(refused, (age < YOUNG) & (tier >= 2))
    return {
        "ratio": young / old if old > 0 else float("nan"),
        "innovative": innovative / old if old > 0 else float("nan"),
        "young": young,
        "old": old,
    }


def _share(what: Array, among: Array) -> float:
    return float(what[among].mean()) if among.any() else float("nan")


def loan_levels(history: History) -> Figures:
    """Return the mean loan rate and the mean recognised default share over the window."""
    return {name: float(np.nanmean(history.series[name])) for name in ("loan_rate", "default_share")}


def finance_mix(history: History) -> Figures:
    """Return rank correlations, over start-ups at year ends, of the debt share with age and with tangibles.

    Debt share is bank debt over assets (debt and equity together); tangibles are capital over assets; assets are
    capital and cash in hand. Firms founded, not moved in, up to eight years old.
    """
    age = (history.quarters[3 : 4 * history.years : 4, None] - history.fixed["born"]).astype(np.float64)
    capital, cash, debt = (history.year_end(name) for name in ("capital", "cash", "debt"))
    founded = history.fixed["born"] >= 0
    mine = np.isfinite(capital) & (age <= START_UP) & founded & (history.fixed["origin"] != RELOCATION)
    assets = capital[mine] + np.maximum(cash[mine], 0.0)
    held = assets > 1e-6
    if held.sum() < 100:
        return {}
    share, tangible = debt[mine][held] / assets[held], capital[mine][held] / assets[held]
    return {
        "age": float(stats.spearmanr(share, age[mine][held]).statistic),
        "tangibles": float(stats.spearmanr(share, tangible).statistic),
        "borrowers": float(np.mean(share > 0)),
    }
