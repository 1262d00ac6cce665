import warnings

import fake_district
import matplotlib as mpl
import pandas as pd
import pytest

from experiments.comparison import replicate
from experiments.figures.comparison import differences, effect_forest, trajectories
from experiments.plots import save, set_theme


@pytest.fixture
def study(scenarios, outcomes_declared):
    return replicate(scenarios, "baseline", range(4), jobs=1, run=fake_district.run)


def drawn(study, folder, **options):
    set_theme()
    drawings = [draw(study, **options) for draw in (trajectories, differences, effect_forest)]
    return [path for drawing in drawings for path in save(drawing, folder)]


def texts_of(figure):
    return [text.get_text() for text in figure.findobj(mpl.text.Text) if text.get_text()]


@pytest.mark.parametrize("lang", ["en", "zh", "both"])
def test_figures_are_saved_with_their_data_and_without_missing_glyphs(study, tmp_path, lang):
    with warnings.catch_warnings():
        # matplotlib warns of every glyph that no font has.
        warnings.simplefilter("error")
        paths = drawn(study, tmp_path, lang=lang)
    names = {path.name for path in paths}
    assert names == {
        f"{figure}.{kind}" for figure in ("trajectories", "differences", "effects") for kind in ("png", "svg", "csv")
    }
    assert all(path.stat().st_size > 500 for path in paths)


def test_trajectories_show_means_of_the_runs_and_the_benchmark(study):
    set_theme()
    drawing = trajectories(study, outcomes=["patents_per_10k"], lang="zh")
    base = study.outcomes[study.outcomes["scenario"] == "baseline"].groupby("quarter")["patents_per_10k"].mean()
    [axes] = drawing.figure.axes
    assert axes.lines[0].get_ydata() == pytest.approx(base.to_numpy())
    assert axes.lines[-1].get_ydata() == [99.04, 99.04]
    assert {"杨浦", "每万人有效发明专利", "基线", "件/万人"} <= set(texts_of(drawing.figure))
    assert (drawing.data["benchmark"] == 99.04).all()


def test_shares_are_drawn_in_per_cent_and_their_differences_in_points(study):
    set_theme()
    drawing = differences(study, outcomes=["rd_intensity"], lang="en")
    effect = study.effects.query("outcome == 'rd_intensity' and scenario == 'risk_pool'")["effect"]
    lines = [line.get_ydata() for line in drawing.figure.axes[0].lines]
    assert lines[1] == pytest.approx(100 * effect.to_numpy())
    assert "percentage points" in texts_of(drawing.figure)


def test_forest_shows_every_scenario_for_every_outcome(study):
    set_theme()
    data = effect_forest(study, outcomes=["jobs", "gdp"]).data
    assert data[["outcome", "scenario"]].to_numpy().tolist() == [
        ["jobs", "risk_pool"],
        ["jobs", "rd_subsidy"],
        ["gdp", "risk_pool"],
        ["gdp", "rd_subsidy"],
    ]
    assert data["effect_percent"].tolist() == pytest.approx((100 * data["effect"] / data["mean_baseline"]).tolist())


def test_one_pair_of_runs_can_be_drawn(scenarios, outcomes_declared, tmp_path):
    study = replicate(scenarios, "baseline", [0], jobs=1, run=fake_district.run)
    drawn(study, tmp_path)
    assert pd.read_csv(tmp_path / "effects.csv")["low"].isna().all()
