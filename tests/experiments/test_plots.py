import matplotlib as mpl
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
    assert colours["baseline"] == "#667788"
    assert colours["risk_pool"] == "#d1495b"
    assert len(set(colours.values())) == 3
