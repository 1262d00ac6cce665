import json
import subprocess
import sys

import fake_district
import pandas as pd
import pytest

from experiments import cli, comparison, engine
from experiments.figures import catalogue
from simulation.errors import ScenarioError


@pytest.fixture
def district(monkeypatch, outcomes_declared, scenarios, tmp_path):
    """Run commands over the fake district, in a folder of their own."""

    def load_scenario(name, *, set=None, region=None, quarters=None, scale=None, plugins=()):
        if name not in scenarios:
            raise ScenarioError(f'{name}: no such scenario; did you mean "risk_pool"?')
        return scenarios[name]

    monkeypatch.chdir(tmp_path)
    for name in engine.THREAD_VARIABLES:
        monkeypatch.setenv(name, "1")
    monkeypatch.setattr(comparison.simulation, "load_scenario", load_scenario, raising=False)
    monkeypatch.setattr(engine, "_threads_limited_in_time", True)
    monkeypatch.setattr(engine, "_simulate", fake_district.run)
    # One figure is enough here; test_report.py has them all.
    monkeypatch.setattr(catalogue, "FIGURES", {"effects": catalogue.FIGURES["effects"]})
    return tmp_path


def yanzhen(*words):
    return cli.main([*words])


def test_run_writes_a_result_folder_named_after_the_scenario(district, capsys):
    assert yanzhen("run", "risk_pool", "--runs", "2", "--jobs", "1", "--lang", "en") == 0
    rows = pd.read_parquet(district / "results" / "risk_pool" / "outcomes")
    assert rows["seed"].unique().tolist() == [0, 1]
    shown = capsys.readouterr()
    assert "Risk-compensation pool, mean of 2 runs" in shown.out
    assert "2/2 runs" in shown.err


def test_run_makes_one_run_unless_told_otherwise(district):
    assert yanzhen("run", "baseline", "--seed", "5", "--quiet") == 0
    assert pd.read_parquet(district / "results" / "baseline" / "outcomes")["seed"].unique().tolist() == [5]


def test_compare_writes_effects_figures_and_report(district, capsys):
    assert yanzhen("compare", "baseline", "risk_pool", "--runs", "3", "--jobs", "1", "--lang", "zh") == 0
    folder = district / "results" / "baseline-risk_pool"
    assert set(pd.read_parquet(folder / "effects.parquet")["scenario"]) == {"risk_pool"}
    assert [path.name for path in (folder / "figures").glob("*.svg")] == ["effects.svg"]
    assert "风险补偿资金池" in (folder / "report.html").read_text(encoding="utf-8")
    assert "风险补偿资金池与基线相比" in capsys.readouterr().out


def test_baseline_may_be_named(district, capsys):
    words = [
        "risk_pool",
        "rd_subsidy",
        "--baseline",
        "rd_subsidy",
        "--runs",
        "2",
        "--jobs",
        "1",
        "--json",
        "--quiet",
    ]
    assert yanzhen("compare", *words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["baseline"] == "rd_subsidy"
    assert {row["scenario"] for row in answer["effects"]} == {"risk_pool"}


def test_json_is_one_object_on_standard_output_and_progress_goes_elsewhere(district, capsys):
    assert yanzhen("run", "baseline", "--runs", "2", "--jobs", "1", "--json") == 0
    shown = capsys.readouterr()
    answer = json.loads(shown.out)
    assert [entry["seed"] for entry in answer["runs"]] == [0, 1]
    assert answer["outcomes"]["date"] == "2025Q4"
    assert "runs" in shown.err


def test_quiet_says_nothing(district, capsys):
    assert yanzhen("run", "baseline", "--quiet") == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "")


def test_demo_compares_the_baseline_with_the_risk_pool(district):
    assert yanzhen("demo", "--runs", "2", "--jobs", "1", "--quiet") == 0
    assert set(pd.read_parquet(district / "results" / "demo" / "effects.parquet")["scenario"]) == {"risk_pool"}
    assert (district / "results" / "demo" / "figures" / "effects.png").exists()


def test_failed_runs_are_listed_and_give_exit_code_1(district, monkeypatch, capsys):
    monkeypatch.setattr(engine, "_simulate", fake_district.run_or_fail)
    assert yanzhen("run", "risk_pool", "--runs", "3", "--jobs", "1", "--quiet") == 1
    assert capsys.readouterr().err == "failed: risk_pool seed 1: ValueError: the books differ\n"


def test_compare_tells_when_every_run_failed(district, monkeypatch, capsys):
    monkeypatch.setattr(engine, "_simulate", fake_district.always_fail)
    assert yanzhen("compare", "baseline", "risk_pool", "--runs", "2", "--jobs", "1", "--quiet") == 1
    assert capsys.readouterr().err.count("failed: ") == 4


def test_interruption_keeps_what_is_done_and_gives_exit_code_130(district, monkeypatch, capsys):
    monkeypatch.setattr(engine, "_simulate", fake_district.interrupted)
    assert yanzhen("run", "baseline", "--runs", "5", "--jobs", "1", "--quiet") == 130
    assert "2 of 5 runs are done and kept in results" in capsys.readouterr().err
    assert len(pd.read_parquet(district / "results" / "baseline" / "outcomes")) == 2 * 12


def test_an_interrupted_comparison_goes_on_to_the_same_effects(district, monkeypatch, capsys):
    words = ["compare", "baseline", "risk_pool", "--runs", "4", "--jobs", "1", "--quiet"]
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_simulate", fake_district.interrupted)
        assert yanzhen(*words, "--out", "stopped") == 130
    assert "go on with: yanzhen resume stopped" in capsys.readouterr().err
    made = []

    def noted(scenario, seed, *options):
        made.append((scenario.name, seed))
        return fake_district.run(scenario, seed, *options)

    monkeypatch.setattr(engine, "_simulate", noted)
    assert yanzhen("resume", "stopped", "--jobs", "1", "--quiet") == 0
    assert made == [(name, seed) for seed in (2, 3) for name in ("baseline", "risk_pool")]
    assert yanzhen(*words, "--out", "whole") == 0
    for name in ("effects.parquet", "outcomes"):
        stopped, whole = (pd.read_parquet(district / folder / name) for folder in ("stopped", "whole"))
        pd.testing.assert_frame_equal(stopped, whole)


def test_seeds_are_added_until_a_precision_is_reached_and_an_interruption_changes_nothing(
    district, monkeypatch, capsys
):
    words = ["compare", "baseline", "risk_pool", "--runs", "2", "--until-precision", "9%", "--most-runs", "20"]
    words += ["--jobs", "1", "--lang", "en"]
    assert yanzhen(*words, "--out", "whole") == 0
    assert "it is about luck only" in capsys.readouterr().out
    manifest = json.loads((district / "whole" / "manifest.json").read_text())
    precision, seeds = manifest["design"]["precision"], manifest["seeds"]
    assert (precision["runs"], precision["most_runs"], manifest["total"]) == (len(seeds), 20, 2 * len(seeds))
    assert len(seeds) > 2

    def interrupted(scenario, seed, *options):
        if seed == 3:
            raise KeyboardInterrupt
        return fake_district.run(scenario, seed, *options)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_simulate", interrupted)
        assert yanzhen(*words, "--out", "stopped") == 130
    assert "6 of 8 runs are done" in capsys.readouterr().err
    assert yanzhen("resume", "stopped", "--jobs", "1", "--quiet") == 0
    for name in ("effects.parquet", "horizons.parquet", "outcomes"):
        stopped, whole = (pd.read_parquet(district / folder / name) for folder in ("stopped", "whole"))
        pd.testing.assert_frame_equal(stopped, whole)
    assert json.loads((district / "stopped" / "manifest.json").read_text())["design"]["precision"] == precision


def test_a_run_may_go_on_until_its_levels_are_precise(district, capsys):
    assert yanzhen("run", "baseline", "--until-precision", "4%", "--jobs", "1", "--lang", "zh") == 0
    assert "精度；仅就随机性而言" in capsys.readouterr().out
    assert len(pd.read_parquet(district / "results" / "baseline" / "outcomes")["seed"].unique()) > 1


def test_a_comparison_says_where_no_rebate_stands_beside_it(district, capsys):
    assert yanzhen("compare", "baseline", "risk_pool", "--runs", "2", "--jobs", "1", "--no-rebate", "--lang", "en") == 0
    shown = capsys.readouterr().out
    assert "No rebate of the same yuan beside it: it was not asked for." in shown
    assert "illustrative simulation, not a forecast" in shown
    folder = district / "results" / "baseline-risk_pool"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["design"]["rebates_absent"] == {"risk_pool": "it was not asked for"}
    costs = pd.read_parquet(folder / "costs.parquet").set_index("reading")
    assert pd.isna(costs.loc["paid_rebate", "mean"])
    assert pd.read_parquet(folder / "horizons.parquet")["comparator"].unique().tolist() == ["baseline"]


def test_micro_tables_are_written_every_few_quarters(district):
    assert yanzhen("run", "baseline", "--micro", "firms,talent", "--micro-every", "6", "--quiet") == 0
    for table in ("firms", "talent"):
        rows = pd.read_parquet(district / "results" / "baseline" / "micro" / table)
        assert rows["quarter"].unique().tolist() == [8, 14]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rum"], 'did you mean "run"?'),
        (["run"], "SCENARIO"),
        (["run", "risk_pol"], 'did you mean "risk_pool"?'),
        (["run", "baseline", "--runs", "0"], "at least 1"),
        (["run", "baseline", "--runs", "many"], "at least 1"),
        (["run", "baseline", "--quarters", "8"], "at least 9"),
        (["run", "baseline", "--seed", "-1"], "at least 0"),
        (["run", "baseline", "--scale", "0"], "above 0"),
        (["run", "baseline", "--scale", "nan"], "above 0"),
        (["run", "baseline", "--jobs", "0"], "at least 1"),
        (["run", "baseline", "--set", "loss_share"], "path=value"),
        (["run", "baseline", "--set", "policies..x=1"], "path=value"),
        (["run", "baseline", "--micro", "firm"], 'did you mean "firms"?'),
        (["run", "baseline", "--micro-every", "0"], "at least 1"),
        (["run", "baseline", "--lang", "fr"], "en, zh, both"),
        (["run", "baseline", "--out", "taken"], "is a file"),
        (["run", "baseline", "--out", "taken/below"], "is a file"),
        (["run", "baseline", "--until-precision", "0"], "above 0, below 100%"),
        (["run", "baseline", "--until-precision", "5 percent"], "such as 5%"),
        (["run", "baseline", "--until-precision", "120%"], "below 100%"),
        (["run", "baseline", "--most-runs", "9"], "for --until-precision"),
        (["run", "baseline", "--until-precision", "5%", "--most-runs", "0"], "at least 1"),
        (["run", "baseline", "--until-precision", "5%", "--most-runs", "9", "--runs", "10"], "more than --most-runs"),
        (["run", "baseline", "--uncertainty", "calibrated"], 'did you mean "calibration"?'),
        (["compare", "baseline", "risk_pool", "--interest", "three"], "such as 5%"),
        (["compare", "baseline"], "at least two scenarios"),
        (["compare", "baseline", "baseline"], "given twice"),
        (
            ["compare", "baseline", "risk_pool", "--set", "policies.rd_subsidy.rate=1"],
            "has the policy rd_subsidy",
        ),
    ],
)
def test_bad_input_is_told_in_one_clear_line(district, capsys, words, said):
    (district / "taken").write_text("")
    assert yanzhen(*words) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert said in shown.err
    assert not (district / "results").exists()


def test_a_finished_folder_is_not_overwritten_without_force(district, capsys):
    assert yanzhen("run", "baseline", "--quiet") == 0
    assert yanzhen("run", "baseline", "--quiet") == 2
    assert "--force" in capsys.readouterr().err
    assert yanzhen("run", "baseline", "--seed", "3", "--quiet", "--force") == 0
    assert pd.read_parquet(district / "results" / "baseline" / "outcomes")["seed"].unique().tolist() == [3]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a.b=0.6", 0.6),
        ("a.b=[1, 2]", [1, 2]),
        ("a.b=2024Q1", "2024Q1"),
        ("a.b=0.06 billion CNY", "0.06 billion CNY"),
        ("a.b=true", True),
    ],
)
def test_set_reads_values_as_in_a_scenario_file(text, value):
    assert cli._setting(text) == ("a.b", value)


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from experiments.cli import main; main(['run', '--help']); "
        "heavy = {'numpy', 'pandas', 'scipy', 'mesa', 'matplotlib', 'pydantic'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--micro-every" in done.stdout
