import warnings

import fake_district
import numpy as np
import pandas as pd
import pytest

from experiments import plots
from experiments.comparison import replicate
from experiments.figures.availability import NotAvailableError
from experiments.figures.catalogue import FIGURES, check_names, draw_figures
from experiments.figures.costs import cost_plane, efficiency_frontier
from experiments.figures.futures import future_label, regret_figures
from experiments.figures.gains import gains
from experiments.figures.maps import change_map
from experiments.results import Results, read_results, results_of
from experiments.tables import width, wrapped
from simulation.errors import ScenarioError
from simulation.space.region import load_region

POLICIES = ("risk_pool", "rd_subsidy")


@pytest.fixture
def results(scenarios, outcomes_declared):
    return results_of(replicate(scenarios, "baseline", range(4), jobs=1, run=fake_district.run))


@pytest.fixture(scope="module")
def region():
    return load_region("testbed")


def with_tables(results, region):
    """Add made-up effects by cell, by group and over futures."""
    for name, scenario in results.study.scenarios.items():
        results.study.scenarios[name] = scenario.__class__(name, scenario.title, scenario.strength, region=region)
    cells = [
        {"scenario": policy, "cell": cell, "outcome": "firms", "effect": effect, "noise_floor": 1.0}
        for policy in POLICIES
        for cell, effect in enumerate((-2.0, -0.5, 0.0, 3.0))
    ]
    groups = [("tier", "1", 5.0), ("tier", "2", 0.5), ("zone", region.zones[0].name, -4.0), ("age", "0-8", 2.0)]
    rows = [
        {"scenario": policy, "dimension": dimension, "group": group, "outcome": "staff", "effect": effect,
         "low": effect - 1.0, "high": effect + 1.0, "noise_floor": 1.0, "n": 4}
        for policy in POLICIES
        for dimension, group, effect in groups
    ]  # fmt: skip
    regrets = [
        {"scenario": policy, "future": future, "outcome": "gdp", "regret": float(place * number)}
        for place, policy in enumerate(POLICIES)
        for number, future in enumerate(("undisturbed", "demand"))
    ]
    tables = {"cells": cells, "gains": rows, "regret": regrets}
    return Results(results.study, results.manifest, {name: pd.DataFrame(rows) for name, rows in tables.items()})


def test_frontier_leaves_out_what_costs_more_for_less_and_what_a_mixture_beats():
    cost = np.array([0.0, 10.0, 20.0, 30.0, 40.0])
    effect = np.array([0.0, 8.0, 5.0, 9.0, 16.0])
    # The third is dominated by the second; the fourth lies below the line from the second to the fifth.
    assert efficiency_frontier(cost, effect) == [0, 1, 4]


def test_frontier_of_harmful_policies_is_to_do_nothing():
    assert efficiency_frontier(np.array([5.0, 0.0]), np.array([-1.0, 0.0])) == [1]


def test_horizons_of_an_older_folder_agree_with_its_effects(results):
    rows = Results(results.study, results.manifest).horizons
    end = rows[(rows["horizon"] == "end") & (rows["scenario"] == "risk_pool")].set_index("outcome")
    last = results.study.effects.query("scenario == 'risk_pool' and quarter == quarter.max()").set_index("outcome")
    assert end["effect"].to_dict() == last["effect"].to_dict()
    outcomes = results.study.outcomes.query("quarter == quarter.max()").set_index(["scenario", "seed"])["gdp"]
    assert end.loc["gdp", "sign_share"] == (outcomes["risk_pool"] > outcomes["baseline"]).mean()
    assert set(rows["horizon"]) == {"3y", "end"}
    assert set(rows["verdict"]) == {"too_few"}


def test_paid_money_is_the_sum_over_quarters_beyond_the_baseline(results):
    mean, low, high = Results(results.study, results.manifest).cost("rd_subsidy", "paid")
    assert mean == pytest.approx(0.5 * 5.0 * 10)
    assert low <= mean <= high
    assert np.isnan(results.cost("rd_subsidy", "contingent")).all()


def test_every_figure_is_drawn_with_its_data_and_without_missing_glyphs(results, region, tmp_path):
    names = [name for name in FIGURES if name not in ("trajectories", "differences", "effects", "one_yuan")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paths, lacking = draw_figures(with_tables(results, region), tmp_path, lang="both", names=names)
    assert lacking == {}
    assert {path.name for path in paths} == {f"{name}.{kind}" for name in names for kind in ("png", "svg", "csv")}


def test_figures_without_data_say_what_is_missing(results, tmp_path):
    paths, lacking = draw_figures(results, tmp_path, lang="en", names=["gains", "change_map", "regret"])
    assert paths == []
    assert set(lacking) == {"gains", "change_map", "regret"}
    assert all(reason.en and reason.zh for reason in lacking.values())


def test_cells_within_noise_are_masked_on_the_map(results, region):
    plots.set_theme()
    drawing = change_map(with_tables(results, region))
    assert drawing.data.groupby("cell")["within_noise"].first().tolist() == [False, True, True, False]
    image = drawing.figure.axes[0].images[-1].get_array()
    assert sorted(image.compressed()) == [-2.0, 3.0]


def test_groups_within_noise_are_hollow(results, region):
    plots.set_theme()
    drawing = gains(with_tables(results, region))
    data = drawing.data.set_index(["scenario", "group"])["within_noise"]
    assert data["risk_pool", "2"]
    assert not data["risk_pool", "1"]


def test_plane_needs_money_that_was_paid(results):
    outcomes = results.study.outcomes.assign(public_spending=0.0)
    study = results.study.__class__(results.study.scenarios, "baseline", range(4), results.study.runs, outcomes)
    with pytest.raises(NotAvailableError, match="paid"):
        cost_plane(results_of(study))


def test_mistyped_figure_tells_the_nearest_name():
    with pytest.raises(ScenarioError, match='unknown "cost_plan"; did you mean "cost_plane"'):
        check_names(["cost_plan"])


def test_scenarios_can_be_told_apart_without_colour():
    assert len(set(plots.scenario_markers([f"policy_{i}" for i in range(8)]).values())) == 8


def test_notes_are_broken_to_fit():
    text = "20 次运行的均值；色带：第 10 至第 90 百分位。Mean of 20 runs; band: 10th to 90th percentile of runs."
    lines = wrapped(text, 30)
    assert max(map(width, lines)) <= 30
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert not any(line.startswith(("；", "。", "：")) for line in lines)


def test_folder_is_read_without_running_anything(results, scenarios, tmp_path):
    folder = tmp_path / "out"
    replicate(scenarios, "baseline", range(2), jobs=1, run=fake_district.run, out=folder)
    read = read_results(folder)
    assert read.study.policies == list(POLICIES)
    assert read.titles["risk_pool"].zh == "风险补偿资金池"
    assert read.pairs == 2


def test_futures_are_called_by_their_stresses():
    assert future_label("undisturbed").zh == "无冲击"
    assert future_label("future 3") == ("future 3", "情形 3")
    both = future_label("demand + peer_pressure")
    assert " + " in both.en
    assert "demand" not in both.zh


def test_regrets_of_a_sweep_have_a_figure_for_each_objective(outcomes_declared, tmp_path):
    rows = [(name, future, outcome, float(place)) for place, name in enumerate(("baseline", "risk_pool"))
            for future in ("undisturbed", "demand") for outcome in ("gdp", "jobs")]  # fmt: skip
    pd.DataFrame(rows, columns=["scenario", "future", "outcome", "regret"]).to_parquet(tmp_path / "regret.parquet")
    manifest = {"scenarios": {name: {"title": {"en": name, "zh": name}} for name in ("baseline", "risk_pool")}}
    plots.set_theme()
    drawings = regret_figures(tmp_path, manifest, "en")
    assert [drawing.name for drawing in drawings] == ["regret_gdp", "regret_jobs"]
    assert drawings[0].data["regret"].max() == 1.0
