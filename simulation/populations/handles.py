"""Mesa agents as handles on rows: made when somebody asks, reading and writing the columns.

A handle is convenient for looking at single agents and for Mesa's tools. It is no way to compute: a scalar
`step` through handles is slower than plain Mesa objects. Dynamics are functions over columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from mesa.discrete_space import Cell, CellAgent, OrthogonalMooreGrid

from simulation.errors import YanzhenError
from simulation.populations.columns import MANAGED, Array, Population
from simulation.populations.talent import NO_EMPLOYER

if TYPE_CHECKING:
    from simulation.model import Ecosystem


class DeadAgentError(YanzhenError, LookupError):
    """The agent behind a handle has died."""


class Handle(CellAgent):
    """An agent of a population; its attributes are the columns of its row."""

    POPULATION: ClassVar[str] = ""

    def __init__(self, model: Ecosystem, key: int, row: int) -> None:
        object.__setattr__(self, "_row", row)
        super().__init__(model)
        self.unique_id = key

    @property
    def population(self) -> Population:
        """The population that the agent belongs to."""
        return getattr(self.model.world, self.POPULATION)

    @property
    def row(self) -> int:
        """Row of the agent.

        Raises
        ------
        DeadAgentError
            The agent has died; its key is never used again.
        """
        population, row = self.population, self.__dict__["_row"]
        if not population.alive[row] or population.key[row] != self.__dict__["unique_id"]:
            raise DeadAgentError(f"{type(self).__name__} {self.unique_id} has died")
        return row

    @property
    def cell(self) -> Cell | None:
        """Grid cell where the agent is (home of a person)."""
        index = int(self.population.cell[self.row])
        return self.model.grid.cell_of(index) if index >= 0 else None

    @cell.setter
    def cell(self, cell: RegionCell) -> None:
        self._write("cell", cell.index)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or "model" not in self.__dict__ or name not in self.population.columns:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        value = self.population.arrays[name][self.row]
        return value.copy() if value.ndim else value.item()

    def __setattr__(self, name: str, value: Any) -> None:
        model = self.__dict__.get("model")
        if model is not None and name != "cell" and name in self.population.columns:
            self._write(name, value)
        else:
            super().__setattr__(name, value)

    def _write(self, name: str, value: Any) -> None:
        population = self.population
        if self.model.world.in_quarter:
            raise PermissionError("handles write only between quarters")
        if population.columns[name].ledger or name in MANAGED:
            raise PermissionError(f"{population.name}.{name} is written by the ledger or the population only")
        with population.unlocked(name):
            population.arrays[name][self.row] = value

    def remove(self) -> None:
        """Refuse: an agent with money closes through the model's own processes."""
        name = type(self).__name__.lower()
        raise PermissionError(f"a {name} closes only through the model: its books must be settled")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.unique_id}>"


class Firm(Handle):
    """A firm."""

    POPULATION = "firms"


class Talent(Handle):
    """A skilled person."""

    POPULATION = "talent"

    def remove(self) -> None:
        """Take the person out of the world, between quarters (a placebo for twin comparisons)."""
        if self.model.world.in_quarter:
            raise PermissionError("handles write only between quarters")
        population, row = self.population, self.row
        with population.unlocked("employer_kind", "employer"):
            population.employer_kind[row] = NO_EMPLOYER
            population.employer[row] = -1
        allowed, population.deaths_allowed = population.deaths_allowed, True
        population.remove(np.array([row]))
        population.deaths_allowed = allowed
        self.model.deregister_agent(self)


class Institute(Handle):
    """A research institute."""

    POPULATION = "institutes"


class Fund(Handle):
    """A fund, bank or guarantor."""

    POPULATION = "funds"


HANDLES: tuple[type[Handle], ...] = (Firm, Talent, Institute, Fund)


class RegionCell(Cell):
    """A one-km cell that reads its columns: `cell.rent`; outside the mask it has none (`index` is -1)."""

    index: int = -1
    model: Any = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or self.model is None or self.index < 0:
            raise AttributeError(f"cell has no attribute {name!r}")
        table = self.model.world.cells
        if name not in table.columns:
            raise AttributeError(f"cell has no attribute {name!r}")
        value: Array = table.arrays[name][self.index]
        return value.copy() if value.ndim else value.item()

    @property
    def zone(self) -> str:
        """Name of the zone."""
        region = self.model.world.region
        return region.zones[region.cells.zone[self.index]].name

    @property
    def agents(self) -> list[Any]:
        """Agents in the cell: firms, institutes and funds seated here, people who live here."""
        if self.model is None or self.index < 0:
            return []
        return self.model.handles_in_cell(self.index)


class RegionGrid(OrthogonalMooreGrid):
    """Mesa grid over the region's bounding box; its cells read the model's columns.

    Parameters
    ----------
    model : the ecosystem that the cells show
    """

    def __init__(self, model: Ecosystem) -> None:
        region = model.world.region
        super().__init__((region.width, region.height), torus=False, random=model.random, cell_klass=RegionCell)
        self._by_index: list[RegionCell] = []
        for index, (x, y) in enumerate(zip(region.cells.x.tolist(), region.cells.y.tolist(), strict=True)):
            cell = self._cells[x, y]
            cell.index, cell.model = index, model
            self._by_index.append(cell)

    def cell_of(self, index: int) -> RegionCell:
        """Return the grid cell of a region cell."""
        return self._by_index[index]
