"""Sites: zones by name or by kind, and how cells share what is built."""

import numpy as np
import pytest

from simulation.space.region import load_region
from simulation.space.sites import building_weights, in_zones

REGION = load_region("testbed")


def test_names_go_before_the_kind_of_zone():
    assert in_zones(REGION, ("meadows",), "urban").tolist() == [zone.name == "meadows" for zone in REGION.zones]
    assert in_zones(REGION, (), "urban").tolist() == [zone.urban for zone in REGION.zones]
    assert in_zones(REGION, ()).all()


def test_cells_share_by_land_and_access_and_others_get_nothing():
    sites = np.zeros(len(REGION.cells.x), dtype=bool)
    sites[[2, 5]] = True
    weights = building_weights(REGION, sites)
    land = REGION.cells.buildable * (0.5 + REGION.cells.access)
    assert weights[2] == pytest.approx(land[2] / (land[2] + land[5]))
    assert weights.sum() == pytest.approx(1.0)
    assert not building_weights(REGION, np.zeros_like(sites)).any()
