"""Yanzhen 雁阵: a simulator of a district's innovation ecosystem.

>>> import simulation
>>> scenario = simulation.load_scenario("risk_pool", set={"policies.risk_pool.loss_share": 0.6})
>>> result = simulation.run(scenario, seed=1, micro=["firms"])
"""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulation.errors import AccountingError, RegionError, ScenarioError
    from simulation.model import Ecosystem
    from simulation.populations.handles import Firm, Fund, Institute, Talent
    from simulation.runs import RunResult, run
    from simulation.scenario import Scenario, load_scenario

__all__ = [
    "AccountingError",
    "Ecosystem",
    "Firm",
    "Fund",
    "Institute",
    "RegionError",
    "RunResult",
    "Scenario",
    "ScenarioError",
    "Talent",
    "load_scenario",
    "run",
]

_HOMES = {
    "simulation.errors": ("AccountingError", "RegionError", "ScenarioError"),
    "simulation.model": ("Ecosystem",),
    "simulation.populations.handles": ("Firm", "Fund", "Institute", "Talent"),
    "simulation.runs": ("RunResult", "run"),
    "simulation.scenario": ("Scenario", "load_scenario"),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: reading a parameter file need not load Mesa."""
    for home, names in _HOMES.items():
        if name in names:
            collecting = gc.isenabled()
            gc.disable()  # modules are no garbage: looking for some while they load is an eighth of a start
            try:
                value = globals()[name] = getattr(import_module(home), name)
            finally:
                if collecting:
                    gc.enable()
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
