import warnings

import fake_district
import matplotlib as mpl
import pandas as pd
import pytest
from fontTools.ttLib import TTFont

from experiments import plots
from experiments.comparison import replicate


@pytest.fixture
def study(scenarios, outcomes_declared):
    return replicate(scenarios, "baseline", range(4), jobs=1, run=fake_district.run)


def texts_of(figure):
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_text()]


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


@pytest.mark.parametrize("lang", ["en", "zh", "both"])
def test_figures_are_saved_with_their_data_and_without_missing_glyphs(study, tmp_path, lang):
    with warnings.catch_warnings():
        # matplotlib warns of every glyph that no font has.
        warnings.simplefilter("error")
        paths = plots.draw_comparison(study, tmp_path, lang=lang)
    names = {path.name for path in paths}
    assert names == {
        f"{figure}.{kind}" for figure in ("trajectories", "differences", "effects") for kind in ("png", "svg", "csv")
    }
    assert all(path.stat().st_size > 500 for path in paths)


def test_our_font_comes_first_after_the_theme():
    plots.set_theme()
    assert mpl.rcParams["font.family"][0] == "Yanzhen Sans SC"


def test_trajectories_show_means_of_the_runs_and_the_benchmark(study):
    plots.set_theme()
    drawing = plots.trajectories(study, outcomes=["patents_per_10k"], lang="zh")
    base = study.outcomes[study.outcomes["scenario"] == "baseline"].groupby("quarter")["patents_per_10k"].mean()
    [axes] = drawing.figure.axes
    assert axes.lines[0].get_ydata() == pytest.approx(base.to_numpy())
    assert axes.lines[-1].get_ydata() == [99.04, 99.04]
    assert {"杨浦", "每万人有效发明专利", "基线", "件/万人"} <= set(texts_of(drawing.figure))
    assert (drawing.data["benchmark"] == 99.04).all()


def test_shares_are_drawn_in_per_cent_and_their_differences_in_points(study):
    plots.set_theme()
    drawing = plots.differences(study, outcomes=["rd_intensity"], lang="en")
    effect = study.effects.query("outcome == 'rd_intensity' and scenario == 'risk_pool'")["effect"]
    lines = [line.get_ydata() for line in drawing.figure.axes[0].lines]
    assert lines[1] == pytest.approx(100 * effect.to_numpy())
    assert "percentage points" in texts_of(drawing.figure)


def test_forest_shows_every_scenario_for_every_outcome(study):
    plots.set_theme()
    data = plots.effect_forest(study, outcomes=["jobs", "gdp"]).data
    assert data[["outcome", "scenario"]].to_numpy().tolist() == [
        ["jobs", "risk_pool"],
        ["jobs", "rd_subsidy"],
        ["gdp", "risk_pool"],
        ["gdp", "rd_subsidy"],
    ]
    assert data["effect_percent"].tolist() == pytest.approx((100 * data["effect"] / data["mean_baseline"]).tolist())


def test_each_scenario_keeps_its_colour_in_every_figure():
    colours = plots.scenario_colours("baseline", ["risk_pool", "rd_subsidy"])
    assert colours["baseline"] == "#667788"
    assert colours["risk_pool"] == "#d1495b"
    assert len(set(colours.values())) == 3


def test_one_pair_of_runs_can_be_drawn(scenarios, outcomes_declared, tmp_path):
    study = replicate(scenarios, "baseline", [0], jobs=1, run=fake_district.run)
    plots.draw_comparison(study, tmp_path)
    assert pd.read_csv(tmp_path / "effects.csv")["low"].isna().all()
