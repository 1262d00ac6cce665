"""The contract of a stress: a dated event from outside that moves levers and costs nobody's budget.

Stresses stand beside policies in a scenario, so that any policy can be tried on them. They have no account, pay
nothing, and move levers of their own; processes read these as they read those of policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from simulation.errors import nearest_name
from simulation.parameters import Label, Parameters, param

if TYPE_CHECKING:
    from simulation.levers import Levers
    from simulation.populations.columns import Array
    from simulation.space.region import Region
    from simulation.world import World


class Stress(Parameters):
    """Base of all stresses; a subclass registers under its name.

    Class keywords: `name`, `label` and `summary` (Label).
    """

    name: ClassVar[str] = ""
    label: ClassVar[Label] = Label("", "")
    summary: ClassVar[Label] = Label("", "")

    start: int = param(8, unit="quarter", source="scenario")
    """First quarter; a date such as "2027Q1" in files.
    起始季度；文件中写日期，如 "2027Q1"。"""
    end: int | None = param(None, unit="quarter", source="scenario")
    """Last quarter, included; never ends when left out.
    最后一个季度（含）；省略则不结束。"""
    strength: float = param(1.0, unit="1", bounds=(0.0, 1.0), source="scenario")
    """Multiplies the size of the event; 0 changes nothing.
    乘以事件的大小；0 表示毫无改变。"""

    def __init_subclass__(
        cls, name: str = "", label: Label | None = None, summary: Label | None = None, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        if name:
            cls.name, cls.label, cls.summary = name, label or Label(name, name), summary or Label("", "")
            STRESSES[name] = cls

    def name_faults(self, region: Region) -> Iterable[tuple[str, str]]:
        """Yield the parameter and the fault of each name that the region does not know; none by default."""
        return ()

    def active(self, quarter: int) -> bool:
        """Whether the event lasts in a quarter."""
        return self.start <= quarter and (self.end is None or quarter <= self.end)

    def announce(self, world: World, levers: Levers) -> None:
        """Move levers for this quarter."""


STRESSES: dict[str, type[Stress]] = {}
"""Stresses by name, as written under `[stresses.<name>]` in a scenario."""


def unknown_names(key: str, given: Iterable[str], known: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Yield a fault for each name of a parameter that is not known, with the nearest one that is."""
    for name in given:
        if name not in known:
            yield key, f'"{name}" is not one of {", ".join(known)}{nearest_name(str(name), known)}'


def among(names: Sequence[str], chosen: Iterable[str]) -> Array:
    """Return which names are chosen, (n,) bool; all when none is."""
    few = set(chosen)
    return np.array([not few or name in few for name in names])
