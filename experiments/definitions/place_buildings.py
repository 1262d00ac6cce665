"""The same buildings in two places: in the core and its wings, or in every zone; used by core_and_flock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulation.parameters import Label
from simulation.policies.innovation_corridor import InnovationCorridor

if TYPE_CHECKING:
    from simulation.space.region import Region


class CoreBuildings(
    InnovationCorridor,
    name="core_buildings",
    label=Label("Buildings in core and wings", "“一核两翼”载体建设"),
    summary=Label("Construction in the zones that are core or wing.", "在核心区与两翼建设载体与配套。"),
    essay="“一核两翼”引领",
):
    """Builds like the innovation corridor, in the zones that are core or wing."""

    @staticmethod
    def _sites(region: Region) -> np.ndarray:
        chosen = np.array([zone.core or zone.wing for zone in region.zones])
        return chosen[region.cells.zone] & (region.cells.buildable > 0.0)


class CoreBuildingsFirst(
    CoreBuildings,
    name="core_buildings_first",
    label=Label("Buildings in core and wings, first years", "“一核两翼”先行载体建设"),
    summary=Label("As core_buildings, before spreading begins.", "全域铺开之前的“一核两翼”建设。"),
    essay="以点带面",
):
    """Builds in core and wings until the money begins to be spread."""


class BuildingsEverywhere(
    InnovationCorridor,
    name="buildings_everywhere",
    label=Label("Buildings in all zones", "全域载体建设"),
    summary=Label("Construction in every zone.", "在全区各片区建设载体与配套。"),
    essay="全域“雁阵齐飞”",
):
    """Builds like the innovation corridor, in every zone."""

    @staticmethod
    def _sites(region: Region) -> np.ndarray:
        return region.cells.buildable > 0.0
