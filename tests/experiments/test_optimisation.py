"""Searches over mixes: on a formula whose best division is known, and once over the real model, small and short."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import quick_mixes

from experiments import cli
from experiments.optimisation.command import digest_of, search_from, search_of
from experiments.optimisation.mixes import shares_of
from experiments.optimisation.search import optimise
from experiments.plan import plan_of
from experiments.store import ResultFolder
from simulation.errors import ScenarioError

EXPERIMENT = """
scenarios = ["baseline"]
runs = 2
quarters = 16
{more}
[optimise]
outlay = 100
trials = {trials}
batch = 5
{sampler}
tolerance = 0.02
[optimise.policies]
rd_subsidy = {{}}
uniform_rebate = {{}}
[[objectives]]
outcome = "firms"
"""
SECOND = '[[objectives]]\noutcome = "gdp"\ndirection = "maximise"\n'


@pytest.fixture
def begun(tmp_path, in_this_process):
    """Begin a search in a folder of a name; return it and the folder."""

    def begin(name, text):
        file = tmp_path / "mix.toml"
        file.write_text(text, encoding="utf-8")
        search = search_of(plan_of(str(file)))
        folder = ResultFolder.create(
            tmp_path / name, command=["test"], scenarios={"baseline": search.plan.bases[0]}, seeds=search.plan.seeds,
            design={"kind": "optimise", "sha256": digest_of(search)}, total=len(search),
            experiment={"kind": "optimise", "name": "mix", **search.plan.declared()},
        )  # fmt: skip
        return search, folder

    return begin


def text(trials=30, sampler="", more="", second=""):
    return EXPERIMENT.format(trials=trials, sampler=sampler, more=more) + second


@pytest.mark.parametrize("sampler", ["", 'sampler = "cmaes"'])
def test_the_best_division_of_a_known_return_is_found(begun, sampler):
    search, folder = begun("r", text(40, sampler))
    assert optimise(search, folder, jobs=1, run=quick_mixes.run) == "done"
    best = search.table[search.table["best"]]
    assert len(best) == 1
    paid = best[["paid_rd_subsidy", "paid_uniform_rebate"]].to_numpy()[0]
    assert paid[0] / paid.sum() == pytest.approx(0.8, abs=0.06)
    # The luck of the seeds is a hundred times the effect, and cancels in the pairs.
    assert best["firms_high"].iloc[0] - best["firms_low"].iloc[0] < 1e-6


def test_what_is_paid_is_held_equal_though_a_policy_pays_half_of_its_budget(begun):
    search, folder = begun("r", text(10))
    optimise(search, folder, jobs=1, run=quick_mixes.run)
    assert search.table["paid"].to_numpy() == pytest.approx(100.0)
    assert search.table["feasible"].all()
    budgets = search.table[["budget_rd_subsidy", "budget_uniform_rebate"]].sum(axis=1)
    assert budgets.max() > 1.5 * budgets.min()


def test_without_corrections_the_deviation_is_told_and_the_mix_not_called_feasible(begun):
    search, folder = begun("r", text(4, "corrections = 0"))
    optimise(search, folder, jobs=1, run=quick_mixes.run)
    only_rebate = search.table[search.table["share_uniform_rebate"] == 1.0].iloc[0]
    assert only_rebate["deviation"] == pytest.approx(-0.5)
    assert not only_rebate["feasible"]


def test_several_objectives_give_a_set_of_which_none_beats_another(begun):
    search, folder = begun("r", text(30, second=SECOND))
    optimise(search, folder, jobs=1, run=quick_mixes.run)
    best = search.table[search.table["best"]].sort_values("firms")
    assert len(best) > 3
    assert best["gdp"].is_monotonic_decreasing
    # gdp grows with the rebate alone: the set goes from all of it to the best for firms.
    assert best["share_uniform_rebate"].iloc[0] == pytest.approx(1.0)


def test_a_search_taken_up_again_ends_like_one_that_was_never_interrupted(begun, tmp_path):
    whole, folder = begun("whole", text(20, second=SECOND))
    optimise(whole, folder, jobs=1, run=quick_mixes.run)
    broken, folder = begun("broken", text(20, second=SECOND))
    quick_mixes.interrupted_at_forty.made = 0
    with pytest.raises(KeyboardInterrupt):
        optimise(broken, folder, jobs=1, run=quick_mixes.interrupted_at_forty)
    folder = ResultFolder.take_up(tmp_path / "broken")
    assert len(folder.done) == 40
    again = search_from(folder.manifest["experiment"])
    assert digest_of(again) == folder.manifest["design"]["sha256"]
    optimise(again, folder, jobs=1, run=quick_mixes.run)
    pd.testing.assert_frame_equal(again.table, whole.table)
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "broken" / "outcomes"), pd.read_parquet(tmp_path / "whole" / "outcomes")
    )


def test_shares_add_up_to_one_and_keep_to_the_largest_allowed():
    most = {"a": 0.3, "b": 1.0, "c": 0.5}
    for weights in ((1.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.9, 0.1, 0.9), (1.0, 1.0, 1.0)):
        shares = shares_of(dict(zip("abc", weights, strict=True)), most)
        assert sum(shares.values()) == pytest.approx(1.0)
        assert all(shares[name] <= most[name] + 1e-9 for name in most)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("rd_subsidy = {}", "rd_subsidie = {}", "13: optimise.policies.rd_subsidie: there is no policy rd_subsidie; "
                                                'did you mean "rd_subsidy"'),
        ("rd_subsidy = {}", "rd_subsidy = { mots = 1 }", '13: optimise.policies.rd_subsidy.mots: is neither most .*'
                                                         'did you mean "most"'),
        ('"firms"', '"firm"', '16: objectives.0.outcome: there is no outcome firm; did you mean "firms"'),
        ("outlay = 100", "outlays = 100", 'optimise.outlays: unknown key; did you mean "outlay"'),
        ("batch = 5", 'sampler = "tpee"', "optimise.sampler: 'tpee' must be 'tpe', 'cmaes' or 'nsga2'"),
        ("batch = 5", 'start = "2033Q1"', "optimise.start: 2033Q1 is after the end of the run"),
        ("rd_subsidy = {}", "rd_subsidy = { most = 0.2 }\n[optimise.policies.risk_pool]\nmost = 0.2\n"
                            "[optimise.policies.uniform_rebate]\nmost = 0.1", "add up to less than 1"),
    ],
)  # fmt: skip
def test_faults_of_a_declaration_are_told_with_line_and_nearest_name(tmp_path, old, new, told):
    file = tmp_path / "mix.toml"
    said = text(4).replace("{}\nuniform_rebate = {}", "{}") if "risk_pool" in new else text(4)
    file.write_text(said.replace(old, new), encoding="utf-8")
    with pytest.raises(ScenarioError, match=told):
        search_of(plan_of(str(file)))


def test_the_command_writes_candidates_scenarios_of_the_best_and_a_figure(tmp_path, capsys):
    file, out = tmp_path / "mix.toml", tmp_path / "r"
    said = text(3, "corrections = 0", more="scale = 0.03").replace("quarters = 16", "quarters = 12")
    said = said.replace("tolerance = 0.02", "tolerance = 1.0").replace("runs = 2", "runs = 1")
    said = said.replace('"firms"', '"gdp"')
    file.write_text(said, encoding="utf-8")
    assert cli.main(["optimise", str(file), "--out", str(out), "--jobs", "1", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["best"]) == 1
    table = pd.read_parquet(out / "candidates.parquet")
    assert len(table) == 3
    assert table["share_rd_subsidy"].tolist() == [1.0, 0.0, pytest.approx(0.5)]
    (mix,) = (out / "mixes").iterdir()
    assert cli.main(["check", str(mix), "--quiet"]) == 0
    assert {path.suffix for path in (out / "figures").iterdir()} == {".png", ".svg", ".csv"}
    assert cli.main(["resume", str(out), "--quiet"]) == 0
    assert cli.main(["sweep", str(file), "--out", str(tmp_path / "s")]) == 2
    assert "yanzhen optimise" in capsys.readouterr().err


def test_an_experiment_without_a_search_is_refused(capsys):
    assert cli.main(["optimise", "core_and_flock"]) == 2
    assert "optimise: is missing" in capsys.readouterr().err
