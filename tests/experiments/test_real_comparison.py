"""Comparisons over the real model with comparators and draws, at a small scale."""

import json

import numpy as np
import pandas as pd
import pytest

import simulation
from experiments import cli, comparison, engine

WORDS = ["baseline", "rd_subsidy", "--runs", "2", "--quarters", "12", "--scale", "0.03", "--jobs", "1", "--quiet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A comparison with the rebate of the same yuan, every seed with its own draw of parameters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_threads_limited_in_time", True)
        path = tmp_path_factory.mktemp("results") / "drawn"
        assert cli.main(["compare", *WORDS, "--uncertainty", "calibration", "--out", str(path)]) == 0
        return path


@pytest.fixture(scope="module")
def manifest(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_the_rebate_pays_what_the_policy_paid_in_every_quarter_with_the_same_seed(folder):
    rows = pd.read_parquet(folder / "outcomes").set_index(["scenario", "seed", "quarter"])["public_spending"]
    paid, returned = rows.loc["rd_subsidy"], rows.loc["uniform_rebate@rd_subsidy"]
    assert paid.sum() > 10.0
    np.testing.assert_allclose(returned, paid, rtol=1e-9, atol=1e-9)
    assert (rows.loc["baseline"] == 0.0).all()
    costs = pd.read_parquet(folder / "costs.parquet").set_index("reading")["mean"]
    assert costs["paid_rebate"] == pytest.approx(costs["paid"])
    assert costs["paid"] == pytest.approx(paid.sum() / 2)
    assert costs["net_present"] < costs["paid"]


def test_effects_at_the_horizon_stand_against_both_comparators(folder):
    table = pd.read_parquet(folder / "horizons.parquet")
    assert set(table["comparator"]) == {"baseline", "uniform_rebate"}
    assert set(table["reading"]) == {"district", "region_net"}
    assert table["horizon"].unique().tolist() == ["end"]
    spent = table[(table["outcome"] == "public_spending") & (table["reading"] == "district")]
    effect = spent.set_index("comparator")["effect"]
    assert effect["baseline"] > 0.0
    assert effect["uniform_rebate"] == pytest.approx(0.0, abs=1e-9)
    effects = pd.read_parquet(folder / "effects.parquet")
    both = table[(table["comparator"] == "baseline") & (table["reading"] == "district")].set_index("outcome")
    last = effects[effects["quarter"] == 11].set_index("outcome")
    pd.testing.assert_series_equal(both["effect"], last["effect"].loc[both.index])
    assert {"low_model", "high_model", "sign_share_model"} <= set(effects.columns)


def test_the_manifest_says_which_draw_each_seed_had_and_a_run_can_be_made_again_from_it(folder, manifest):
    draws = manifest["design"]["uncertainty"]["draws"]
    assert draws.keys() == {"0", "1"}
    assert draws["0"] != draws["1"]
    settings = {f"parameters.{path}": value for path, value in draws["1"]["values"].items()}
    scenario = simulation.load_scenario("rd_subsidy", set=settings, quarters=12, scale=0.03)
    again = simulation.run(scenario, seed=1).outcomes["gdp"].to_numpy()
    rows = pd.read_parquet(folder / "outcomes")
    kept = rows[(rows["scenario"] == "rd_subsidy") & (rows["seed"] == 1)]["gdp"].to_numpy()
    np.testing.assert_array_equal(again, kept)


def test_an_interrupted_comparison_goes_on_with_its_draws_and_rebates(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "_threads_limited_in_time", True)

    def interrupted(scenario, seed, *options):
        if seed == 1 and scenario.name.startswith("uniform_rebate@"):
            raise KeyboardInterrupt
        return simulation.run(scenario, seed, *options)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_simulate", interrupted)
        words = ["compare", *WORDS, "--uncertainty", "calibration", "--out", str(tmp_path / "stopped")]
        assert cli.main(words) == 130
    assert cli.main(["resume", str(tmp_path / "stopped"), "--jobs", "1", "--quiet"]) == 0
    for name in ("horizons.parquet", "effects.parquet", "costs.parquet", "timing.parquet", "outcomes"):
        stopped, whole = (pd.read_parquet(place / name) for place in (tmp_path / "stopped", folder))
        pd.testing.assert_frame_equal(stopped, whole)


def test_twins_of_a_drawn_comparison_are_those_of_its_runs(monkeypatch):
    study = comparison.compare(
        ["baseline", "rd_subsidy"], runs=1, seed=1, jobs=1, quarters=10, scale=0.03, uncertainty="calibration"
    )
    twins = study.twins("firms", quarter=9)
    firms = study.outcomes.set_index(["scenario", "quarter"])["firms"]
    assert twins["in_baseline"].sum() / 0.03 == pytest.approx(firms["baseline", 9])
    assert twins["in_policy"].sum() / 0.03 == pytest.approx(firms["rd_subsidy", 9])
