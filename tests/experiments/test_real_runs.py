"""The command over the real model, at a small scale."""

import json

import pandas as pd
import pytest

from experiments import cli, compare
from simulation.outcome import OUTCOMES

SMALL = {"quarters": 12, "scale": 0.03}

PLUGIN = '''
from simulation.parameters import Label, param
from simulation.policy import Policy


class Silent(Policy, name="silent", label=Label("Silent", "无声")):
    """Does nothing."""

    loudness: float = param(0.0, unit="1", bounds=(0.0, 1.0), source="assumption")
    """How loud it is."""
'''


@pytest.fixture(scope="module")
def study():
    return compare(["baseline", "risk_pool"], runs=2, jobs=2, **SMALL)


def test_effects_cover_every_outcome_and_quarter(study):
    assert set(OUTCOMES) <= set(study.effects["outcome"])
    assert study.effects["quarter"].unique().tolist() == [8, 9, 10, 11]
    assert study.failed.empty


def test_worker_count_does_not_change_the_outcomes(study):
    alone = compare(["baseline", "risk_pool"], runs=2, jobs=1, **SMALL)
    pd.testing.assert_frame_equal(alone.outcomes, study.outcomes, check_exact=True)


def test_twins_share_their_keys(study):
    twins = study.twins("firms", quarter=9)
    assert twins.index.is_unique
    assert (twins["in_baseline"] & twins["in_policy"]).mean() > 0.9


def test_a_policy_of_ones_own_runs_in_worker_processes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "silent.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "mine.toml").write_text('title = "Mine"\nextends = "baseline"\n[policies.silent]\n', encoding="utf-8")
    words = ["baseline", "mine.toml", "--no-rebate", "--plugin", "silent.py", "--runs", "2", "--jobs", "2"]
    assert cli.main(["compare", *words, "--quarters", "10", "--scale", "0.03", "--json", "--quiet"]) == 0
    folder = tmp_path / json.loads(capsys.readouterr().out)["folder"]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["plugins"][0]["sha256"]) == 64
    assert "silent" in manifest["scenarios"]["mine"]["resolved"]["policies"]
