"""Firms: numbers by tier, birth and death, productivity and structure."""

from __future__ import annotations

import numpy as np

from simulation.outcome import outcome
from simulation.world import World


@outcome("firms", "firms", "Firms", "企业数", extensive=True)
def firms(world: World) -> float:
    """Living firms."""
    return float(world.firms.count)


def _tier(world: World, tier: int) -> float:
    return float(np.count_nonzero(world.firms.tier[world.firms.live] == tier))


@outcome("startups", "firms", "Start-ups and others (tier 1)", "初创及其他企业", extensive=True)
def startups(world: World) -> float:
    """Firms of tier 1."""
    return _tier(world, 1)


@outcome("tech_smes", "firms", "Tech SMEs", "科技型中小企业", extensive=True)
def tech_smes(world: World) -> float:
    """Firms of tier 2."""
    return _tier(world, 2)


@outcome("high_tech_enterprises", "firms", "High-tech enterprises", "高新技术企业", extensive=True)
def high_tech_enterprises(world: World) -> float:
    """Firms of tier 3."""
    return _tier(world, 3)


@outcome("leaders", "firms", "Innovation leaders", "创新型领军企业", extensive=True)
def leaders(world: World) -> float:
    """Firms of tier 4."""
    return _tier(world, 4)


@outcome("specialised_champions", "firms", "Specialised champions", "专精特新企业", extensive=True)
def specialised_champions(world: World) -> float:
    """Firms with the specialised-champion flag."""
    return float(np.count_nonzero(world.firms.champion[world.firms.live]))


def _flow(name: str, unit: str, en: str, zh: str) -> None:
    def rule(world: World) -> float:
        return world.records.flows.get(name, 0.0)

    rule.__module__, rule.__doc__ = __name__, f"{en} in the quarter."
    outcome(name, unit, en, zh, extensive=True, quarterly=True)(rule)


_flow("firm_births", "firms", "Firm births", "新设企业")
_flow("firm_deaths", "firms", "Firm exits", "退出企业")
_flow("relocations_in", "firms", "Firms moved in", "迁入企业")
_flow("spin_offs", "firms", "Spin-offs", "衍生企业")
_flow("certified_new", "firms", "High-tech enterprises promoted", "新认定高企")
_flow("certified_moved_in", "firms", "High-tech enterprises moved in", "迁入高企")
_flow("certified_lapsed", "firms", "High-tech certificates lapsed", "失效高企")


@outcome("exit_rate", "share", "Yearly exit rate", "年退出率", yearly=True)
def exit_rate(world: World) -> float:
    """Return exits of four quarters over living firms."""
    return world.yearly("firm_deaths") / max(world.firms.count, 1)


@outcome("emerging_share", "share", "Emerging industries in value added", "新兴产业增加值占比")
def emerging_share(world: World) -> float:
    """Share of lead and emerging industries in modelled value added."""
    rows = world.firms.live
    added = world.firms.value_added[rows]
    emerging = world.region.industries.emerging[world.firms.industry[rows]]
    return float(added[emerging].sum() / max(added.sum(), 1e-12))


@outcome("sales", "million CNY", "Sales", "营业收入", extensive=True, yearly=True)
def sales(world: World) -> float:
    """Sales of modelled firms over four quarters."""
    return world.yearly("sales")


@outcome("value_added", "million CNY", "Value added of modelled firms", "企业增加值", extensive=True, yearly=True)
def value_added(world: World) -> float:
    """Value added of modelled firms over four quarters."""
    return world.yearly("value_added")


@outcome("productivity", "log", "Productivity", "生产率")
def productivity(world: World) -> float:
    """Sales-weighted mean log productivity."""
    rows = world.firms.live
    weight = world.firms.sales[rows]
    return float((world.firms.productivity[rows] * weight).sum() / max(weight.sum(), 1e-12))


@outcome("productivity_dispersion", "ratio", "Productivity dispersion 90:10", "生产率离散度（90:10）")
def productivity_dispersion(world: World) -> float:
    """Ratio of the 90th to the 10th percentile of productivity within industries, averaged."""
    rows = world.firms.live
    if not len(rows):
        return 1.0
    industry = world.firms.industry[rows].astype(np.int64)
    # one sort for all industries, which an offset keeps apart; it cancels in the gaps
    values = world.firms.productivity[rows]
    ordered = np.sort(values + industry * (1.0 + np.ptp(values)))
    count = np.bincount(industry)
    steps, first = (count - 1)[count > 0], (np.cumsum(count) - count)[count > 0]
    high, low = (np.interp(first + share * steps, np.arange(len(rows)), ordered) for share in (0.9, 0.1))
    return float(np.exp(np.mean(high - low)))


@outcome("largest_firm_share", "share", "Largest share of a firm in its industry", "行业最大企业份额")
def largest_firm_share(world: World) -> float:
    """Highest market share of any firm."""
    return float(world.firms.market_share[world.firms.live].max(initial=0.0))
