"""Sweeps from the command line over the real model, small and short; kills over runs that cost nothing."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

import simulation
from experiments import cli

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import kills

EXPERIMENT = """
title = "Cover"
title_zh = "补偿"
scenarios = ["risk_pool"]
reference = "baseline"
runs = 2
scale = 0.03
quarters = 12
[design]
kind = "grid"
[[levers]]
vary = "policies.risk_pool.loss_share"
label = "Cover"
label_zh = "补偿比例"
values = [0.1, 0.6]
[keep]
outcomes = ["gdp", "tech_loans", "firms", "public_spending"]
"""

WAITING = """
import os
import time

import simulation

make = simulation.run


def run(scenario, seed, **given):
    while seed == 1 and not os.path.exists({gate!r}):
        time.sleep(0.01)
    return make(scenario, seed, **given)


simulation.run = run
"""
"""A plugin that holds the runs of the second seed until a file is there, so that no machine is too quick."""


def yanzhen(*words):
    return cli.main([*map(str, words)])


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """The folder of a finished sweep, with its experiment beside it."""
    place = tmp_path_factory.mktemp("sweeps")
    (place / "cover.toml").write_text(EXPERIMENT, encoding="utf-8")
    assert yanzhen("sweep", place / "cover.toml", "--out", place / "r", "--jobs", 2, "--quiet") == 0
    return place / "r"


def test_a_sweep_keeps_what_was_asked_for_and_the_factors(swept):
    rows = pd.read_parquet(swept / "outcomes")
    known = ["run_id", "scenario", "seed", "quarter", "date", "point", "policies.risk_pool.loss_share"]
    assert list(rows.columns) == [*known, "gdp", "tech_loans", "firms", "public_spending"]
    assert len(rows) == 3 * 2 * 4
    worlds = rows.drop_duplicates("run_id")
    assert worlds["seed"].tolist() == [0, 0, 0, 1, 1, 1]
    assert worlds["point"].tolist() == [-1, 0, 1] * 2
    assert worlds["policies.risk_pool.loss_share"].fillna(-1).tolist() == [-1, 0.1, 0.6] * 2


def test_a_run_of_a_sweep_is_the_run_of_its_scenario(swept):
    rows = pd.read_parquet(swept / "outcomes")
    changes = {"policies.risk_pool.loss_share": 0.6}
    scenario = simulation.load_scenario("risk_pool", set=changes, scale=0.03, quarters=12)
    alone = simulation.run(scenario, 1).outcomes
    own = rows[(rows["point"] == 1) & (rows["seed"] == 1)].set_index("quarter")
    for name in ("gdp", "tech_loans", "firms", "public_spending"):
        assert own[name].tolist() == alone[name].tolist()


def test_effects_of_every_point_are_told_against_the_reference(swept):
    effects = pd.read_parquet(swept / "effects.parquet")
    rows = pd.read_parquet(swept / "outcomes")
    last = rows[rows["quarter"] == 11].set_index(["point", "seed"])["public_spending"]
    by_hand = (last[1] - last[-1]).mean()
    told = effects[(effects["point"] == 1) & (effects["outcome"] == "public_spending")].iloc[0]
    assert told["effect"] == pytest.approx(by_hand)
    assert told["policies.risk_pool.loss_share"] == 0.6
    assert (swept / "figures" / "responses.svg").exists()
    reading = (swept / "reading.md").read_text(encoding="utf-8")
    assert "种子" in reading
    assert "2 seeds" in reading


def test_a_finished_sweep_is_told_and_not_made_again(swept, capsys):
    assert yanzhen("status", swept, "--json") == 0
    state = json.loads(capsys.readouterr().out)
    assert (state["status"], state["done"], state["total"], state["left"]) == ("done", 6, 6, 0)
    assert yanzhen("sweep", swept.parent / "cover.toml", "--out", swept) == 2
    assert "already holds 6 runs (done)" in capsys.readouterr().err
    before = (swept / "outcomes" / "part-00000.parquet").stat().st_mtime_ns
    assert yanzhen("resume", swept, "--quiet") == 0
    assert (swept / "outcomes" / "part-00000.parquet").stat().st_mtime_ns == before


def test_a_folder_made_otherwise_is_refused_with_what_differs(swept, capsys):
    manifest = swept / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    try:
        manifest.write_text(text.replace('"loss_share": 0.4', '"loss_share": 0.3').replace(
            json.loads(text)["scenarios"]["risk_pool"]["sha256"], "0" * 64))  # fmt: skip
        assert yanzhen("resume", swept) == 2
        told = capsys.readouterr().err
        assert "scenario risk_pool: policies.risk_pool.loss_share was 0.3, is 0.4" in told
        assert "--force" in told
        assert "Traceback" not in told
    finally:
        manifest.write_text(text, encoding="utf-8")


def test_an_interrupted_sweep_goes_on_to_the_same_result(swept, tmp_path):
    words = [sys.executable, "-m", "experiments.cli"]
    folder, gate, plugin = tmp_path / "r", tmp_path / "gate", tmp_path / "waiting.py"
    plugin.write_text(WAITING.format(gate=str(gate)), encoding="utf-8")
    call = [*words, "sweep", str(swept.parent / "cover.toml"), "--out", str(folder), "--plugin", str(plugin)]
    call += ["--jobs", "1", "--lang", "en"]
    # Under nohup, or in the background of a script, this process ignores Ctrl-C, and its children would inherit that.
    heeding = {"preexec_fn": partial(signal.signal, signal.SIGINT, signal.SIG_DFL)} if os.name == "posix" else {}
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **heeding) as process:
        made = folder / "journal.sqlite"
        kills.wait_for(lambda: process.poll() is not None or (made.exists() and len(kills.journaled(folder)) == 3))
        process.send_signal(signal.SIGINT)
        try:
            _, told = process.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 130, told
    assert f"go on with: yanzhen resume {folder}" in told
    assert "Traceback" not in told
    assert pd.read_parquet(folder / "outcomes")["seed"].unique().tolist() == [0]
    gate.touch()
    done = subprocess.run([*words, "resume", str(folder), "--quiet"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # The plugin is part of what a run is, so of its identity as well.
    resumed, whole = (pd.read_parquet(place / "outcomes").drop(columns="run_id") for place in (folder, swept))
    pd.testing.assert_frame_equal(resumed, whole)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sweep", "guidance_and_vitalty"], 'did you mean "guidance_and_vitality"?'),
        (["sweep", "core_and_flock", "--engine", "dask://nowhere"], "local, or dask://HOST:PORT"),
        (["sweep", "core_and_flock", "--time-limit", "0"], "a number above 0"),
        (["resume", "nowhere"], "nowhere: not a result folder"),
        (["status", "nowhere"], "nowhere: not a result folder"),
        (["schema", "region"], "scenario, experiment"),
    ],
)
def test_bad_input_is_told_in_one_line(words, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert yanzhen(*words) == 2
    shown = capsys.readouterr().err
    assert told in shown
    assert shown.count("\n") == 1


def test_check_tells_how_many_runs_there_are_and_how_long_they_take(swept, capsys):
    assert yanzhen("check", swept.parent / "cover.toml") == 0
    told = capsys.readouterr().out
    assert "6 runs: (2 points + the reference) x 2 seeds; about" in told


@pytest.mark.skipif(os.name != "posix", reason="needs kill -9")
def test_nothing_kept_is_made_again_when_coordinators_are_killed(tmp_path):
    counted = kills.kill_coordinators(tmp_path, kills=2, runs=120, jobs=1, seconds=0.02, seed=1)
    assert counted["journaled runs made again"] == 0
    assert counted["most runs lost with one kill"] <= 2
    assert counted["workers left behind"] == 0
    assert counted["equal to an undisturbed sweep"]


@pytest.mark.skipif(os.name != "posix", reason="needs kill -9")
def test_only_the_killed_runs_are_made_again_when_workers_are_killed(tmp_path):
    counted = kills.kill_workers(tmp_path, kills=2, runs=120, jobs=1, seconds=0.02, seed=1)
    assert counted["begun again in all"] <= counted["kills"] == 2
    assert counted["begun again without a death blamed on them"] == 0
    assert counted["failed"] == 0
    assert counted["equal to an undisturbed sweep"]
