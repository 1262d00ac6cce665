"""The ecosystem: builds the world from a scenario and walks the schedule quarter by quarter."""

from __future__ import annotations

import pickle
from functools import partial
from typing import Any

import mesa
import numpy as np

from simulation import compat, outcomes, policies
from simulation.draws import Draws
from simulation.errors import AccountingError
from simulation.initial import populate
from simulation.levers import Levers
from simulation.outcome import OUTCOMES
from simulation.parameters import PARAMETERS
from simulation.policy import Policy
from simulation.populations.handles import HANDLES, Handle, RegionGrid
from simulation.scenario import Scenario, load_scenario
from simulation.schedule import ANNOUNCE, QUARTER, RECORD, SETTLE
from simulation.stress import Stress
from simulation.world import World

policies.load()
outcomes.load()


def read_outcome(name: str, model: Ecosystem) -> float:
    """Return an outcome of a model by name, as data collectors ask for it."""
    return OUTCOMES[name].read(model)


class Ecosystem(mesa.Model):
    """An innovation ecosystem of a district, as a Mesa model; one step is a quarter.

    Parameters
    ----------
    scenario : a loaded scenario, the name of a bundled one, or a path
    rng : seed, a non-negative integer
    guarded : whether columns are read-only for processes that do not declare them
    """

    def __init__(self, scenario: Scenario | str = "baseline", rng: int = 0, guarded: bool = True) -> None:
        self._case = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        super().__init__(rng=int(rng))
        self.seed = int(rng)
        self.quarter = -1
        self.balance_gap = 0.0
        case = self._case
        self.world = World(case.region, case.scale, guarded)
        self.levers = Levers()
        self.draws = Draws(self.seed)
        self.parameters = {group: case.parameters[group].quarterly(case.scale) for group in PARAMETERS}
        self.policies: list[Policy] = [p.bound(case.region, case.scale) for p in case.policies.values()]
        self.stresses: list[Stress] = [stress.quarterly(case.scale) for stress in case.stresses.values()]
        self._grid: RegionGrid | None = None
        self._handles: dict[int, Handle] = {}
        populate(self.world, self.draws, np.random.default_rng(np.random.SeedSequence(self.seed)), self.parameters)
        if guarded:
            self.world.lock(True)
        self.datacollector = mesa.DataCollector(
            model_reporters={name: partial(read_outcome, name) for name in OUTCOMES}
        )

    @property
    def scenario(self) -> Scenario:
        """The scenario that this model runs."""
        return self._case

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        compat.remember_mesa_scenario(self, scenario)

    def step(self) -> None:
        """Walk through one quarter."""
        self.quarter += 1
        world = self.world
        self.draws.quarter = self.quarter
        world.begin_quarter(self.quarter)
        incomes = world.income_index
        for phase in QUARTER:
            if phase is ANNOUNCE:
                self._announce()
            elif phase is SETTLE:
                self._settle()
            elif phase is RECORD:
                self.balance_gap = max(self.balance_gap, world.end_quarter())
                self.datacollector.collect(self)
            else:
                parameters = self.parameters[phase.PARAMETERS.group].at_incomes(incomes)
                with world.writing(phase.WRITES):
                    phase.step(world, self.levers, self.draws, parameters)
        self.running = self.quarter + 1 < self._case.quarters

    def branch(self, scenario: Scenario) -> Ecosystem:
        """Return a copy of this world that goes on under the policies of another scenario.

        Where no policy of either scenario has started yet, the copy is bit for bit what a fresh run of the scenario
        would be by now, at the cost of a copy instead of the quarters before.

        Parameters
        ----------
        scenario : differs from this world's in policies, stresses, length or name only
        """
        twin: Ecosystem = pickle.loads(pickle.dumps(self))
        twin._case = scenario
        twin.world.region = scenario.region  # what is cached by region is found again
        twin.policies = [policy.bound(scenario.region, scenario.scale) for policy in scenario.policies.values()]
        twin.stresses = [stress.quarterly(scenario.scale) for stress in scenario.stresses.values()]
        twin.running = twin.quarter + 1 < scenario.quarters
        return twin

    def _announce(self) -> None:
        self.levers.reset()
        moving = self.levers.moving
        moving.policy, moving.quarter, moving.reach = "", self.quarter, self.world.reach
        for stress in self.stresses:
            if stress.active(self.quarter):
                stress.announce(self.world, self.levers)
        for policy in self.policies:
            account = self.world.ledger.account(policy.name)
            moving.policy = policy.name
            if policy.active(self.quarter):
                policy.appropriate(account)
                policy.announce(self.world, self.levers, account)
            elif policy.start <= self.quarter:
                policy.complete(self.world, self.levers, account)

    def _settle(self) -> None:
        world = self.world
        for policy in self.policies:
            if policy.start <= self.quarter:
                account = world.ledger.account(policy.name)
                act = policy.settle if policy.active(self.quarter) else policy.wind_down
                act(world, world.records, account)
                if account.paid > account.appropriated + account.recovered + 1e-6:
                    raise AccountingError(
                        f"policy {policy.name}, quarter {self.quarter}: paid {account.paid:.6g} million CNY, "
                        f"more than was appropriated and recovered ({account.appropriated + account.recovered:.6g})"
                    )

    @property
    def grid(self) -> RegionGrid:
        """The regional grid of Mesa cells, made when first asked for."""
        if self._grid is None:
            self._grid = RegionGrid(self)
        return self._grid

    @property
    def agents(self) -> Any:
        """All living agents as a Mesa AgentSet of handles."""
        self._make_handles()
        return compat.registered(self)

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """Living agents by class (`Firm`, `Talent`, `Institute`, `Fund`) as Mesa AgentSets of handles."""
        self._make_handles()
        return compat.registered_by_type(self)

    @property
    def agent_types(self) -> list[type]:
        """Classes of the living agents."""
        return list(self.agents_by_type)

    def agent(self, key: int) -> Handle:
        """Return the handle of a living agent by key.

        Raises
        ------
        KeyError
            No living agent has the key.
        """
        for handle_class in HANDLES:
            row = int(getattr(self.world, handle_class.POPULATION).rows_of(np.array([key]))[0])
            if row >= 0:
                return self._handle(handle_class, key, row)
        raise KeyError(f"no living agent has the key {key}")

    def handles_in_cell(self, index: int) -> list[Handle]:
        """Return handles of the agents in a cell of the region."""
        found = []
        for handle_class in HANDLES:
            population = getattr(self.world, handle_class.POPULATION)
            rows = population.live[population.cell[population.live] == index]
            pairs = zip(population.key[rows].tolist(), rows.tolist(), strict=True)
            found += [self._handle(handle_class, key, row) for key, row in pairs]
        return found

    def _handle(self, handle_class: type[Handle], key: int, row: int) -> Handle:
        handle = self._handles.get(key)
        if handle is None:
            handle = self._handles[key] = handle_class(self, key, row)
        return handle

    def _make_handles(self) -> None:
        """Make the handles that are missing and forget those of the dead."""
        living: set[int] = set()
        for handle_class in HANDLES:
            population = getattr(self.world, handle_class.POPULATION)
            rows = population.live
            keys = population.key[rows].tolist()
            living.update(keys)
            for key, row in zip(keys, rows.tolist(), strict=True):
                if key not in self._handles:
                    self._handles[key] = handle_class(self, key, row)
        for key in [k for k in self._handles if k not in living]:
            self.deregister_agent(self._handles.pop(key))

    def deregister_agent(self, agent: Handle) -> None:
        """Forget a handle; see Mesa."""
        self._handles.pop(agent.unique_id, None)
        super().deregister_agent(agent)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_grid": None}
