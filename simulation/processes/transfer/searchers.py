"""Firms of a quarter as institutes and leaders of consortia come upon them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from simulation.draws import Draws
    from simulation.populations.columns import Array
    from simulation.world import World


class Searchers:
    """What institutes see of the firms of the quarter: arrays over the living firms, in the order of their rows."""

    def __init__(self, world: World, draws: Draws, p: Any) -> None:
        f, region = world.firms, world.region
        self.rows = f.live
        rows = self.rows
        self.key, self.industry, self.cell = f.key[rows], f.industry[rows], f.cell[rows]
        stock = f.rd_stock[rows]
        self.absorption = stock / (stock + p.absorption_stock)
        self.x, self.y = region.cells.x[self.cell].astype(float), region.cells.y[self.cell].astype(float)
        weights = region.field_weights
        self.fit = weights / weights.max(axis=1, keepdims=True)
        self.ring = np.argsort(draws.uniform("transfer.ring", self.key, fixed=True), kind="stable")
        self.lines = 1.0 + (f.sales_year[rows] / p.line_sales) ** p.line_exponent

    def distance(self, world: World, cell: Array, firm: Array) -> Array:
        """Return km between cells (n,) and firms (n, K)."""
        grid = world.region.cells
        east, north = self.x[firm] - grid.x[cell][:, None], self.y[firm] - grid.y[cell][:, None]
        return np.sqrt(east * east + north * north)
