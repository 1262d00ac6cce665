"""Regret over futures, boxes of futures, and this model as a model of the EMA Workbench."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments import cli
from experiments.folders import ResultFolderError
from experiments.robustness import discovery
from experiments.robustness.discovery import Box, WorkbenchError, ema_model, failing_boxes, find_box, told
from experiments.robustness.regret import UNDISTURBED, objectives_of, regret, regret_table, summary
from simulation.parameters import Label


def folder(rows, factors, objectives, scenarios=("baseline", "a", "b")):
    """Return what stands for the folder of a finished sweep."""
    experiment = {"objectives": objectives}
    design = {"kind": "sweep", "factors": [{"path": path} for path in factors]}
    manifest = {"design": design, "experiment": experiment, "runs": [0], "total": 1}
    manifest["scenarios"] = dict.fromkeys(scenarios)
    return SimpleNamespace(path="r", manifest=manifest, outcomes=lambda: rows)


@pytest.fixture
def stressed():
    """Three scenarios in two futures: `a` is best undisturbed, `b` under the stress; luck is common to all."""
    values = {("baseline", 0): 10, ("a", 0): 14, ("b", 0): 12, ("baseline", 1): 6, ("a", 1): 5, ("b", 1): 8}
    rows = [
        {"scenario": scenario, "point": point, "seed": seed, "quarter": 20, "date": "2026Q1",
         "stresses.demand": bool(point), "firms": value + 100.0 * seed}
        for seed in range(3) for (scenario, point), value in values.items()
    ]  # fmt: skip
    return folder(pd.DataFrame(rows), ["stresses.demand"], [{"outcome": "firms"}])


def test_regret_is_what_the_best_of_the_same_future_has_more(stressed):
    table = regret_table(stressed).set_index(["scenario", "future"])
    assert table.loc[("a", UNDISTURBED), "regret"] == 0
    assert table.loc[("b", UNDISTURBED), "regret"] == pytest.approx(2)
    assert table.loc[("a", "demand"), "regret"] == pytest.approx(3)
    assert table.loc[("baseline", "demand"), "value"] == pytest.approx(106)
    # The seeds' luck of a hundred firms cancels: every loss is known exactly.
    assert table["high"].to_numpy() == pytest.approx(table["low"].to_numpy())


def test_the_robust_choice_has_the_smallest_largest_regret(stressed):
    short = summary(regret_table(stressed)).set_index("scenario")
    assert short["largest"].idxmin() == "b"
    assert short.loc["a", "worst_future"] == "demand"
    assert short["best"].to_dict() == {"baseline": 0.0, "a": 0.5, "b": 0.5}


def test_less_can_be_what_is_wanted_and_failed_seeds_do_not_count():
    loss, *_, best = regret(np.array([[1.0, 3.0, np.nan], [2.0, 5.0, 0.0]]), "minimise")
    assert loss == pytest.approx([0.0, 1.5])
    assert best.tolist() == [True, False]
    assert np.isnan(regret(np.array([[np.nan], [1.0]]), "maximise")[0]).all()


def test_a_sweep_without_objectives_or_choice_is_refused(stressed):
    stressed.manifest["experiment"] = {}
    with pytest.raises(ResultFolderError, match=r"declares no \[\[objectives\]\]"):
        objectives_of(stressed)
    with pytest.raises(ResultFolderError, match="one scenario only"):
        objectives_of(folder(None, [], [{"outcome": "firms"}], scenarios=["baseline"]))


@pytest.fixture
def uncertain():
    """Two hundred futures in which `a` gains unless demand falls by more than a quarter while quits are low."""
    generator = np.random.default_rng(0)
    loss, quits = generator.uniform(0, 0.5, 200), generator.uniform(0, 1, 200)
    fails = (loss > 0.25) & (quits < 0.5)
    base = {"point": range(200), "stresses.demand.loss": loss, "parameters.labour.quit_rate": quits, "seed": 0,
            "quarter": 9, "date": "2023Q2"}  # fmt: skip
    worlds = [pd.DataFrame({**base, "scenario": "baseline", "firms": 10.0})]
    worlds.append(pd.DataFrame({**base, "scenario": "a", "firms": np.where(fails, 9.0, 12.0)}))
    paths = ["stresses.demand.loss", "parameters.labour.quit_rate"]
    return folder(pd.concat(worlds), paths, [{"outcome": "firms"}], scenarios=("baseline", "a"))


def test_the_futures_in_which_a_policy_fails_are_found_and_told_in_both_languages(uncertain):
    pytest.importorskip("SALib")
    box = _with_workbench(failing_boxes, uncertain, {"firms": "maximise"})["a", "firms"]
    assert box.limits["stresses.demand.loss"] == (pytest.approx(0.25, abs=0.05), None)
    assert box.limits["parameters.labour.quit_rate"] == (None, pytest.approx(0.55, abs=0.1))
    assert box.density > 0.8
    assert box.coverage > 0.8
    text = told(box, Label("A gains nothing", "A没有收益"), "both")
    assert "When stresses.demand.loss is at least 0.2" in text
    assert "A gains nothing in" in text
    assert "不低于" in text


def test_no_box_is_told_where_there_is_none():
    futures = pd.DataFrame({"x": np.linspace(0, 1, 30)})
    assert find_box(futures, np.zeros(30, bool)) is None
    assert find_box(futures.head(5), np.array([True, False, True, False, True])) is None
    assert told(None, Label("it fails", "失效"), "en") == "No simple box of futures tells when it fails."


def test_switched_and_listed_limits_are_told_as_words():
    box = Box({"stresses.demand": [True], "x": (0.1, 0.2)}, 0.9, 0.5, 0.2, 0.3, 100)
    text = told(box, Label("it fails", "失效"), "en", {"x": Label("Cover", "补偿")})
    assert text.startswith("When stresses.demand is on and Cover is between 0.1")
    assert "it fails in 90% of the futures, against 30% of all 100 futures; 50% of such futures lie here" in text


def test_without_the_workbench_one_line_tells_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ema_workbench", None)
    with pytest.raises(WorkbenchError, match=r"install it with pip install 'yanzhen\[ema\]'"):
        discovery.workbench()


def test_an_experiment_is_an_ordinary_model_of_the_workbench(tmp_path):
    file = tmp_path / "futures.toml"
    file.write_text(
        'scenarios = ["risk_pool"]\nscale = 0.03\nquarters = 22\n[[levers]]\nvary = "policies.risk_pool.loss_share"\n'
        '[[levers]]\nvary = "policies.rd_subsidy"\n[[uncertainties]]\nvary = "stresses.demand"\n'
        '[[uncertainties]]\nvary = "parameters.credit.patience"\n'
        '[[objectives]]\noutcome = "gdp"\n[[objectives]]\noutcome = "default_share"\ndirection = "minimise"\n',
        encoding="utf-8",
    )
    model = _with_workbench(ema_model, str(file))
    assert list(model.levers.keys()) == ["policies__risk_pool__loss_share", "policies__rd_subsidy"]
    assert list(model.uncertainties.keys()) == ["stresses__demand", "parameters__credit__patience"]
    kinds = [outcome.kind for outcome in model.outcomes]
    assert kinds == [model.outcomes["gdp"].MAXIMIZE, model.outcomes["default_share"].MINIMIZE]
    values = {"policies__risk_pool__loss_share": 0.5, "policies__rd_subsidy": True, "stresses__demand": False}
    outcomes = model.function(**values, parameters__credit__patience=4)
    assert outcomes.keys() == {"gdp", "default_share"}
    assert outcomes["gdp"] > 0


def _with_workbench(make, *arguments):
    """Return what the workbench makes, or skip where it is not installed."""
    try:
        return make(*arguments)
    except WorkbenchError:
        pytest.skip("the extra `ema` is not installed")


def test_regret_of_a_sweep_under_stress_is_written_and_told(tmp_path, capsys):
    file, out = tmp_path / "stress.toml", tmp_path / "r"
    file.write_text(
        'scenarios = ["baseline", "rd_subsidy"]\nscale = 0.03\nquarters = 12\n[design]\nkind = "grid"\n'
        '[[uncertainties]]\nvary = "stresses.demand"\n'
        '[[uncertainties]]\nvary = "stresses.demand.loss"\nvalues = [0.4]\n'
        '[[uncertainties]]\nvary = "stresses.demand.start"\nvalues = ["2023Q1"]\n[[objectives]]\noutcome = "gdp"\n',
        encoding="utf-8",
    )
    assert cli.main(["sweep", str(file), "--out", str(out), "--jobs", "1", "--quiet"]) == 0
    assert cli.main(["regret", str(out), "--lang", "both"]) == 0
    assert "遗憾值" in capsys.readouterr().out
    table = pd.read_parquet(out / "regret.parquet")
    assert list(table.columns[:5]) == ["scenario", "future", "outcome", "value", "regret"]
    assert len(table) == 4
    base = table[table["scenario"] == "baseline"]["value"].to_numpy()
    assert base[1] < base[0]
    assert cli.main(["sensitivity", str(out)]) == 2
