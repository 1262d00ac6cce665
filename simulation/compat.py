"""What differs between the Mesa versions in use (3.3 on Python 3.11, 3.5 on 3.12 and later)."""

from __future__ import annotations

from typing import Any

import mesa


def registered(model: mesa.Model) -> Any:
    """Return Mesa's own set of the agents registered so far, without making any."""
    return mesa.Model.agents.fget(model)


def registered_by_type(model: mesa.Model) -> dict[type, Any]:
    """Return Mesa's own sets of registered agents by class, without making any."""
    return mesa.Model.agents_by_type.fget(model)


def remember_mesa_scenario(model: Any, scenario: Any) -> None:
    """Keep the scenario object that Mesa 3.5 makes for itself; `model.scenario` is ours on all versions."""
    model._mesa_scenario = scenario
