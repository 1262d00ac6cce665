from itertools import combinations, pairwise

import matplotlib as mpl
import numpy as np
import pytest
from fontTools.ttLib import TTFont

from experiments import plots


def font_file():
    return plots.resources.files("experiments") / "fonts" / plots.FONT


def test_font_has_every_character_of_gb2312_han():
    with plots.resources.as_file(font_file()) as path, TTFont(path) as font:
        known = set(font.getBestCmap())
    rows = (bytes([high, low]) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    han = {row.decode("gb2312", errors="ignore") for row in rows} - {""}
    assert len(han) == 6763
    assert {ord(character) for character in han} <= known


def test_font_is_renamed_as_its_licence_asks():
    with plots.resources.as_file(font_file()) as path, TTFont(path) as font:
        names = {str(record) for record in font["name"].names if record.nameID in (1, 4, 6, 16)}
    assert not any("noto" in name.lower() or "source" in name.lower() for name in names)
    assert "SIL OPEN FONT LICENSE" in (plots.resources.files("experiments") / "fonts" / "OFL.txt").read_text()


def test_our_font_comes_first_after_the_theme():
    plots.set_theme()
    assert mpl.rcParams["font.family"][0] == "Yanzhen Sans SC"


def test_each_scenario_keeps_its_colour_in_every_figure():
    colours = plots.scenario_colours("baseline", ["risk_pool", "rd_subsidy"])
    assert colours["baseline"] == plots.BASELINE_COLOUR
    assert colours["risk_pool"] == plots.POLICY_COLOURS[0]
    assert len(set(colours.values())) == 3


def lab(linear):
    """Return CIE lightness, green-red and blue-yellow of linear RGB."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratios = xyz @ np.clip(linear, 0, 1) / [0.9505, 1.0, 1.089]
    x, y, z = np.where(ratios > 216 / 24389, np.cbrt(ratios), (24389 / 27 * ratios + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def linear(colour):
    values = np.array(mpl.colors.to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


SEEN = {
    "everybody": np.eye(3),
    "deuteranopia": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "protanopia": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
    "tritanopia": np.array([[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]]),
}
"""How linear RGB is seen: Machado, Oliveira and Fernandes (2009), full severity."""


@pytest.mark.parametrize("matrix", SEEN.values(), ids=SEEN)
def test_colours_of_scenarios_are_told_apart_by_the_colour_blind(matrix):
    colours = [plots.BASELINE_COLOUR, *plots.POLICY_COLOURS]
    for one, other in combinations(colours, 2):
        assert np.linalg.norm(lab(matrix @ linear(one)) - lab(matrix @ linear(other))) > 14, (one, other)


def test_scenarios_next_to_each_other_are_told_apart_in_grey_print():
    lightness = [lab(linear(colour))[0] for colour in (plots.BASELINE_COLOUR, *plots.POLICY_COLOURS)]
    assert min(abs(one - other) for one, other in pairwise(lightness)) > 13
    # Most comparisons have up to three policies: all of those, and the baseline, differ in grey.
    assert min(abs(one - other) for one, other in combinations(lightness[:4], 2)) > 13
