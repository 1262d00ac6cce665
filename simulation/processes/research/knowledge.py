"""Knowledge of firms relative to the moving world frontier: own research, spillovers, links outside.

Knowledge decays as the frontier moves on. It grows with a firm's own research, with what it overhears from
neighbours, and with links to regions outside; the last two need absorptive capacity and a gap of the right size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from simulation.populations.columns import Array
from simulation.space.proximity import travel_decay


def effective_rd(ability: Array, purchases: Array, wage: float, p: Any) -> Array:
    """Return effective R&D, Cobb-Douglas in the work of researchers and in what money buys besides.

    A part of the purchases is research work done outside, so a firm without researchers still does some R&D. With equal
    shares of work and purchases the result is about the money spent.

    Parameters
    ----------
    ability : (n,) sum of ability of the researchers (1 is the mean), people
    purchases : (n,) R&D spending besides wages of researchers, million CNY a quarter
    wage : wage of a researcher of mean ability, million CNY a quarter
    p : research parameters

    Returns
    -------
    (n,) million CNY a quarter

    References
    ----------
    Cohen and Levinthal (1989), Innovation and learning: the two faces of R&D.
    """
    work = ability * wage + p.outside_research * purchases
    goods = (1.0 - p.outside_research) * purchases
    share = p.research_work_share
    level = share**share * (1.0 - share) ** (1.0 - share)
    return work**share * goods ** (1.0 - share) / level


def absorptive_capacity(stock: Array, p: Any) -> Array:
    """Return the share of overheard knowledge that a firm understands, rising with its own R&D stock.

    Parameters
    ----------
    stock : (n,) R&D stock, million CNY
    p : research parameters

    Returns
    -------
    (n,) in [0, 1)
    """
    return stock / (stock + p.absorption_stock)


def attention(memberships: Array, p: Any) -> Array:
    """Return the share of a firm's attention that is left for learning beside its consortia.

    Parameters
    ----------
    memberships : (n,) consortia the firm belongs to; the first costs nothing
    p : research parameters

    Returns
    -------
    (n,) in (0, 1]
    """
    return np.exp(-p.attention_cost * np.maximum(memberships - 1, 0))


def focused(attention: Array, field_share: Array, focus: Array) -> Array:
    """Return attention by field when a firm keeps to its niche: more for its main fields, less for the others.

    Parameters
    ----------
    attention : (n,) of `attention`
    field_share : (n, F) field weights relative to the firm's own main field, in [0, 1]
    focus : (n,) part of the learning that is moved, in [0, 1)

    Returns
    -------
    (n, F); with focus f, 1 + f times the attention in the main field and 1 - f times where the firm has no use
    """
    return attention[:, None] * (1.0 + focus[:, None] * (2.0 * field_share - 1.0))


def proximity_gain(gap: Array, best: float) -> Array:
    """Return how much is learnt over a cognitive gap: nothing from the too near, little from the too far.

    Parameters
    ----------
    gap : (...) knowledge of the source above one's own; negative gaps teach nothing
    best : gap over which most is learnt

    Returns
    -------
    (...) in [0, 1], one at the best gap

    References
    ----------
    Nooteboom et al. (2007), Optimal cognitive distance and absorptive capacity.
    """
    ratio = np.maximum(gap, 0.0)
    ratio *= 1.0 / best
    fading = np.subtract(1.0, ratio)
    np.exp(fading, out=fading)
    fading *= ratio
    return fading


def research_density(cell: Array, group: Array, amount: Array, weights: Array, cells: int) -> Array:
    """Return research by cell and field, from performers that share field weights by group.

    Parameters
    ----------
    cell, group : (n,) cell and group (industry, or the performer itself)
    amount : (n,) effective R&D, million CNY
    weights : (G, F) field weights by group
    cells : number of cells

    Returns
    -------
    (cells, F) million CNY
    """
    groups = len(weights)
    sums = np.bincount(cell.astype(np.int64) * groups + group, weights=amount, minlength=cells * groups)
    return sums.reshape(cells, groups) @ weights


def link_strength(travel_time: Array, link: Array, p: Any) -> Array:
    """Return how strongly knowledge of regions outside reaches the district, discounted by travel time.

    Parameters
    ----------
    travel_time : (E,) minutes
    link : (E,) strength of links beside travel, 1 without policy
    p : research parameters

    Returns
    -------
    (E,) non-negative
    """
    return link * travel_decay(travel_time, p.travel_elasticity, p.travel_full)


def outside_knowledge(strength: Array, knowledge: Array) -> Array:
    """Return the knowledge outside that is in reach by field: mean over regions by strength of link.

    Parameters
    ----------
    strength : (E,) of `link_strength`
    knowledge : (E, F) relative to the frontier

    Returns
    -------
    (F,) relative to the frontier, zero where nothing is in reach
    """
    total = strength.sum()
    return strength @ knowledge / total if total > 0 else np.zeros(knowledge.shape[1])


def overheard(absorption: Array, interest: Array, near: Array, outside: Array, p: Any) -> Array:
    """Return knowledge that spills over from neighbours and from regions outside in a quarter.

    Parameters
    ----------
    absorption : (n,) of `absorptive_capacity`
    interest : (n, F) of `field_interest`
    near : (n, F) log of one plus research near by, times `proximity_gain` over the gap to it
    outside : (n, F) strength of links, times `proximity_gain` over the gap to it
    p : research parameters

    Returns
    -------
    (n, F) growth of relative knowledge
    """
    heard = near + outside
    heard *= interest
    heard *= (p.spillover_rate * absorption)[:, None]
    return heard


def field_interest(field_share: Array, p: Any) -> Array:
    """Return the share of what is overheard that firms take up: all in the main field, some in any other.

    Parameters
    ----------
    field_share : (..., F) field weights relative to the main field
    p : research parameters

    Returns
    -------
    (..., F) in [0, 1]
    """
    return p.curiosity + (1.0 - p.curiosity) * field_share


def next_knowledge(knowledge: Array, effective: Array, field_share: Array, heard: Array, focus: Array, p: Any) -> Array:
    """Return next quarter's knowledge relative to the frontier.

    Parameters
    ----------
    knowledge : (n, F) relative to the frontier
    effective : (n,) effective R&D, million CNY a quarter
    field_share : (n, F) field weights relative to the firm's own main field
    heard : (n, F) of `overheard`
    focus : (n,) of `attention`, or (n, F) of `focused`
    p : research parameters

    Returns
    -------
    (n, F) in [0, 2]
    """
    push = np.multiply(knowledge, -0.5)
    push += 1.0
    push *= field_share
    push *= (p.learning_rate * np.log1p(effective / p.learning_scale))[:, None]
    push += heard
    push *= focus if focus.ndim == 2 else focus[:, None]
    push += (1.0 - p.frontier_growth) * knowledge
    return np.minimum(push, 2.0, out=push)


def research_capital(stock: Array, sales_year: Array, age: Array, norm: Array, dear: float, p: Any) -> Array:
    """Return the log of R&D capital over what is usual for a firm of its industry, size and age.

    Parameters
    ----------
    stock : (n,) R&D stock, million CNY
    sales_year : (n,) million CNY a year
    age : (n,) quarters; a firm starts with the R&D of a year
    norm : (n,) R&D over sales of the industry
    dear : wage of researchers relative to the start and the common trend; money buys the less research
    p : research parameters

    Returns
    -------
    (n,) float in [-1.5, 1.5]

    References
    ----------
    Griliches (1979), Issues in assessing the contribution of R&D to productivity growth.
    Goolsbee (1998), Does government R&D policy mainly benefit scientists and engineers?
    """
    whole = 1.0 / p.stock_decay
    quarters = whole - (whole - 4.0) * (1.0 - p.stock_decay) ** np.maximum(age, 0)
    usual = norm * np.maximum(sales_year / 4.0, p.smallest_base) * quarters
    ratio = np.log(np.maximum(stock, 1e-9) / usual) - p.research_work_share * np.log(dear)
    return np.clip(ratio, -1.5, 1.5)


def next_productivity(productivity: Array, quality: Array, lead: Array, capital: Array, luck: Array, p: Any) -> Array:
    """Return log productivity as it drifts to what quality, knowledge and R&D support.

    Parameters
    ----------
    productivity : (n,) log
    quality : (n,) lasting quality, standard normal
    lead : (n,) knowledge in the industry's fields above the industry's initial mean
    capital : (n,) log R&D capital over the usual, above the industry's initial mean
    luck : (n,) standard normal
    p : research parameters

    Returns
    -------
    (n,) log
    """
    goal = p.quality_effect * quality + p.knowledge_effect * lead + p.rd_effect * capital
    return productivity + p.productivity_speed * (goal - productivity) + p.productivity_noise * luck
