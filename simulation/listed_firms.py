"""A user's own firms in the initial population: each takes the place of a synthetic firm like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulation.populations.columns import Array, origin_keys
from simulation.populations.firms import ORIGINS

if TYPE_CHECKING:
    from simulation.space.firm_list import FirmList
    from simulation.space.region import Region
    from simulation.world import World

LISTED_POOL = 200
WITH_SALES = ("capital", "sales", "sales_year", "sales_3y", "value_added", "profit", "capacity", "cash")
"""Columns that a synthetic firm's size sets: the listed firm has them in proportion to its sales."""
WITH_RESEARCH = ("rd_spend", "rd_reported", "rd_reported_3y", "rd_stock")
_GOLDEN = 0.6180339887498949


def listed_keys(firm_list: FirmList) -> Array:
    """Return the agent keys of listed firms, (n,) in the order of the file.

    Parameters
    ----------
    firm_list : the user's firms
    """
    return origin_keys("firm", LISTED_POOL, 0, np.arange(len(firm_list)))


def nearest_firms(industry: Array, sales: Array, of_industry: Array, of_sales: Array) -> tuple[Array, Array]:
    """Return for each listed firm the synthetic firm of its industry that is nearest in sales.

    Parameters
    ----------
    industry, sales : (n,) of the listed firms
    of_industry, of_sales : (m,) of the synthetic firms, at least one in each industry

    Returns
    -------
    model : (n,) index of the synthetic firm that it resembles
    replaced : (n,) bool, whether it takes that firm's place; false once an industry has no synthetic firm left
    """
    model = np.empty(len(sales), dtype=np.int64)
    replaced = np.zeros(len(sales), dtype=bool)
    free = np.ones(len(of_sales), dtype=bool)
    for i in np.argsort(-sales, kind="stable"):  # the largest first: few synthetic firms are like them
        same = np.flatnonzero(of_industry == industry[i])
        left = same[free[same]]
        replaced[i] = len(left) > 0
        choice = left if replaced[i] else same
        model[i] = choice[np.argmin(np.abs(np.log(of_sales[choice]) - np.log(sales[i])))]
        free[model[i]] = False
    return model, replaced


def cells_in_zone(zone: int, ordinals: Array, region: Region) -> Array:
    """Return cells for firms of which only the zone is known, spread in proportion to floor space.

    Parameters
    ----------
    zone : index of the zone
    ordinals : (n,) places in the file
    region : whose cells are meant

    Returns
    -------
    (n,) cells; the same for the same place in the file
    """
    cells = np.flatnonzero(region.cells.zone == zone)
    room = np.cumsum(region.cells.floor_space[cells] + 1e-9)
    return cells[np.searchsorted(room, (0.5 + ordinals * _GOLDEN) % 1.0 * room[-1])]


def listed_firms(
    firm_list: FirmList, model: dict[str, Array], region: Region, rd_per_researcher: float
) -> dict[str, Any]:
    """Return the columns of listed firms: what the file says, and the rest as their models have it.

    Parameters
    ----------
    firm_list : n firms of the user
    model : (n,) columns of the synthetic firms that they resemble
    region : whose cells and start year are meant
    rd_per_researcher : million CNY a year, turns research staff into R&D where only the former is known

    Returns
    -------
    columns by name, (n,) or (n, width)
    """
    columns: dict[str, Any] = {name: values.copy() for name, values in model.items() if name not in ("key", "alive")}
    sales, ordinals = firm_list.sales, np.arange(len(firm_list))

    def stated(numbers: Array, otherwise: Array) -> Array:
        return np.where(np.isnan(numbers), otherwise, numbers)

    ratio = sales / model["sales_year"]
    for name in WITH_SALES:
        columns[name] = model[name] * ratio
    columns["space"] = model["space"] * ratio**0.6
    columns["cash"] = stated(firm_list.cash, columns["cash"])

    usual = model["rd_intensity"] * sales
    research = stated(firm_list.rd_spend, stated(firm_list.research_staff * rd_per_researcher, usual))
    research = np.minimum(research, 5.0 * sales)
    for name in WITH_RESEARCH:
        columns[name] = model[name] * research / np.maximum(model["rd_spend"] * 4.0, 1e-9)
    columns["rd_intensity"] = columns["rd_usual"] = research / sales
    columns["new_product_share"] = np.clip(0.05 + 2.0 * columns["rd_intensity"], 0.0, 0.6)

    columns["patents"] = stated(firm_list.patents, model["patents"]).astype(np.int64)
    quarters = 4.0 * (firm_list.founded - int(region.start[:4])) - int(region.start[-1]) + 1.0
    columns["born"] = np.minimum(stated(quarters, model["born"]), 0.0).astype(np.int64)
    columns["tier"] = stated(firm_list.tier, model["tier"]).astype(np.int64)
    certified = columns["tier"] >= 3
    valid = np.where(model["certificate_until"] >= 0, model["certificate_until"], ordinals % 12)
    columns["certificate_until"] = np.where(certified, valid, -1)
    centre = np.select([columns["tier"] == 4, columns["tier"] == 3], [3, 1], 0)
    columns["rd_centre"] = np.where(np.isnan(firm_list.tier), model["rd_centre"], centre)
    columns["champion"] = model["champion"] & certified

    for zone in np.unique(firm_list.zone[firm_list.zone >= 0]):
        here = np.flatnonzero(firm_list.zone == zone)
        columns["cell"][here] = cells_in_zone(int(zone), here, region)
    columns["cell"] = np.where(firm_list.cell >= 0, firm_list.cell, columns["cell"])
    columns["industry"] = firm_list.industry
    columns["origin"] = np.full(len(firm_list), ORIGINS.index("listed"))
    return columns


def place_listed_firms(world: World) -> None:
    """Put the user's firms, if there are any, in the place of synthetic ones.

    Parameters
    ----------
    world : with its synthetic firms; market shares of the industries are brought to a sum of one again
    """
    region, firms = world.region, world.firms
    firm_list = region.firm_list
    if firm_list is None:
        return
    rows = firms.live
    chosen, replaced = nearest_firms(firm_list.industry, firm_list.sales, firms.industry[rows], firms.sales_year[rows])
    model = {name: values[rows[chosen]] for name, values in firms.arrays.items()}
    levels = region.levels
    researchers = levels["talent"].value * levels["talent_research"].value * world.scale
    per_researcher = 4.0 * float(firms.rd_spend[rows].sum()) / researchers
    columns = listed_firms(firm_list, model, region, per_researcher)
    firms.remove(rows[chosen[replaced]])
    firms.add(listed_keys(firm_list), **columns)
    rows = firms.live
    total = np.bincount(firms.industry[rows], firms.sales_year[rows], len(region.industries.name))
    firms.market_share[rows] = firms.sales_year[rows] / total[firms.industry[rows]]


def with_listed_debt(world: World, borrowers: Array, principal: Array) -> tuple[Array, Array]:
    """Return who owes what at the start, with the debt that the user's file states.

    Parameters
    ----------
    world : with its firms
    borrowers, principal : (n,) rows of firms that borrow, and million CNY that each owes

    Returns
    -------
    both arrays; listed firms owe what is stated, others as before
    """
    firm_list = world.region.firm_list
    if firm_list is None:
        return borrowers, principal
    known = np.flatnonzero(~np.isnan(firm_list.debt))
    rows = world.firms.rows_of(listed_keys(firm_list)[known])
    others = ~np.isin(borrowers, rows)
    owing = firm_list.debt[known] > 0.0
    return (
        np.concatenate([borrowers[others], rows[owing]]),
        np.concatenate([principal[others], firm_list.debt[known][owing]]),
    )
