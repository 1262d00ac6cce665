"""Sensitivity on functions with known answers, and from sweeps over the real model, small and short."""

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest

from experiments import cli
from experiments.designs import unit_points
from experiments.sensitivity.factorial import contrasts, effects
from experiments.sensitivity.indices import indices, noise_share

NAMES = ["x1", "x2", "x3"]


def yanzhen(*words):
    return cli.main([*map(str, words)])


def ishigami(points, a=7.0, b=0.1):
    x = np.pi * (2 * points - 1)
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def index(table, name):
    return table[table["index"] == name].set_index("factor")


def test_sobol_indices_of_ishigami_are_the_known_ones_and_lie_in_their_intervals():
    points = unit_points("saltelli", NAMES, 2048, seed=1, second_order=True)
    table = indices("saltelli", NAMES, points, ishigami(points), second_order=True)
    first, total = index(table, "first"), index(table, "total")
    assert first["value"].to_numpy() == pytest.approx([0.3139, 0.4424, 0.0], abs=0.03)
    assert total["value"].to_numpy() == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)
    assert index(table, "second").loc["x1 x x3", "value"] == pytest.approx(0.2437, abs=0.04)
    assert ((total["low"] < [0.5576, 0.4424, 0.2437]) & (total["high"] > [0.5576, 0.4424, 0.2437])).all()


def test_morris_finds_the_slopes_of_a_linear_function_without_spread():
    points = unit_points("morris", NAMES, 6, seed=0)
    table = indices("morris", NAMES, points, points @ np.array([3.0, -2.0, 0.0]) + 5.0)
    assert index(table, "mu_star")["value"].to_numpy() == pytest.approx([3.0, 2.0, 0.0])
    assert index(table, "mu")["value"].to_numpy() == pytest.approx([3.0, -2.0, 0.0])
    assert index(table, "sigma")["value"].to_numpy() == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    assert index(table, "mu_star")["share"].to_numpy() == pytest.approx([0.6, 0.4, 0.0])


def test_one_trajectory_ranks_but_has_no_interval():
    points = unit_points("morris", NAMES, 1)
    table = index(indices("morris", NAMES, points, points @ np.array([3.0, -2.0, 0.0])), "mu_star")
    assert table["value"].to_numpy() == pytest.approx([3.0, 2.0, 0.0])
    assert table[["low", "high"]].isna().all(axis=None)


def test_a_trajectory_with_a_failed_run_is_left_out_whole():
    points = unit_points("morris", NAMES, 6)
    sample = points @ np.array([3.0, -2.0, 0.0])
    sample[5] = np.nan
    table = index(indices("morris", NAMES, points, sample), "mu_star")
    assert (table["n"] == 5).all()
    assert table["value"].to_numpy() == pytest.approx([3.0, 2.0, 0.0])


def test_what_a_seed_adds_everywhere_is_no_noise():
    points = np.arange(8.0)[:, None]
    assert noise_share(points + np.array([[0.0, 5.0]])) == 0.0
    assert 0.0 < noise_share(points + np.array([[0.0, 1.0], [1.0, 0.0]] * 4)) < 1.0


def test_synergy_is_what_two_add_beyond_their_sum():
    settings = np.array([[a, b] for a in (False, True) for b in (False, True)])
    value = settings @ np.array([2.0, 3.0]) + 4.0 * settings.all(axis=1)
    found = {key: weights @ value for key, weights in contrasts(settings, ["a", "b"]).items()}
    assert found["alone", "a"] == 2.0
    assert found["main", "a"] == 4.0
    assert found["synergy", "a x b"] == found["beyond_sum", "all"] == 4.0
    assert found["together", "all"] == 9.0


def test_effects_of_a_factorial_are_paired_by_seed():
    settings = np.array([[False], [True]])
    luck = np.array([100.0, -100.0, 30.0])
    table = effects(settings, ["a"], np.stack([luck, luck + np.array([1.0, 1.1, 0.9])])).set_index("kind")
    assert table.loc["main", "value"] == pytest.approx(1.0)
    assert 0.7 < table.loc["main", "low"] < table.loc["main", "high"] < 1.3


def test_an_outcome_that_no_policy_moves_has_effects_of_exactly_zero():
    settings = np.array(list(product([False, True], repeat=4)))
    found = effects(settings, list("abcd"), np.full((16, 2), 3300.1) * [1.0, 1.1])
    assert (found[["value", "low", "high"]] == 0.0).all(axis=None)


SWEEP = """
scenarios = ["baseline", "risk_pool"]
runs = {runs}
scale = 0.03
quarters = 12
[design]
{design}
[[levers]]
vary = "policies.risk_pool.loss_share"
[[uncertainties]]
vary = "parameters.demography.closing_rate"
within = 0.2
[keep]
outcomes = ["gdp", "tech_loans"]
"""


def test_a_sweep_tells_what_outcomes_and_paired_effects_depend_on(tmp_path, capsys):
    file = tmp_path / "morris.toml"
    file.write_text(SWEEP.format(runs=1, design='kind = "morris"\npoints = 2'), encoding="utf-8")
    assert yanzhen("sweep", file, "--out", tmp_path / "r", "--jobs", 1, "--quiet") == 0
    assert yanzhen("sensitivity", tmp_path / "r", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    table = pd.read_parquet(tmp_path / "r" / "sensitivity.parquet")
    assert len(answer["indices"]) == len(table) == 2 * 2 * 2 * 3
    rows = pd.read_parquet(tmp_path / "r" / "outcomes")
    rows = rows[rows["quarter"] == rows["quarter"].max()].pivot_table("tech_loans", ["point", "seed"], "scenario")
    effect = (rows["risk_pool"] - rows["baseline"]).groupby("point").mean().to_numpy()
    points = unit_points("morris", ["policies.risk_pool.loss_share", "parameters.demography.closing_rate"], 2)
    own = indices("morris", NAMES[:2], points, effect)
    told = table[(table["scenario"] == "risk_pool") & (table["outcome"] == "tech_loans")]
    assert told["value"].to_numpy() == pytest.approx(own["value"].to_numpy())
    loss_share = table[(table["factor"] == "policies.risk_pool.loss_share") & (table["kind"] == "level")]
    assert (loss_share["value"] == 0).all()
    assert (tmp_path / "r" / "figures" / "sensitivity_risk_pool.csv").is_file()


def test_switched_policies_give_main_effects_and_synergies(tmp_path, capsys):
    file = tmp_path / "factorial.toml"
    levers = '[[levers]]\nvary = "policies.risk_pool"\n[[levers]]\nvary = "policies.rd_subsidy"\n'
    head = 'runs = 2\nscale = 0.03\nquarters = 12\n[design]\nkind = "grid"\n'
    file.write_text(head + levers + '[keep]\noutcomes = ["gdp", "tech_loans"]', encoding="utf-8")
    assert yanzhen("sweep", file, "--out", tmp_path / "r", "--jobs", 1, "--quiet") == 0
    assert yanzhen("sensitivity", tmp_path / "r", "--lang", "both") == 0
    table = pd.read_parquet(tmp_path / "r" / "synergies.parquet")
    assert set(table["kind"]) == {"main", "alone", "synergy", "together", "beyond_sum"}
    assert "cannot be told from zero" in capsys.readouterr().out


def test_a_design_that_tells_nothing_of_sensitivity_is_refused_in_one_line(tmp_path, capsys):
    file = tmp_path / "lhs.toml"
    file.write_text(SWEEP.format(runs=1, design='kind = "lhs"\npoints = 1'), encoding="utf-8")
    assert yanzhen("sweep", file, "--out", tmp_path / "r", "--jobs", 1, "--quiet") == 0
    assert yanzhen("sensitivity", tmp_path / "r") == 2
    error = capsys.readouterr().err.strip()
    assert error.endswith("its design is lhs; sensitivity needs morris, saltelli, or a grid of policies on and off")
    assert "\n" not in error
