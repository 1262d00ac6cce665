import json

import numpy as np
import pandas as pd
import pytest

from experiments import cli, engine
from experiments.validation import scorecard as card_module
from experiments.validation.facts import BASELINE, FACTS, NO_RELIEF
from experiments.validation.figure import positions, scorecard_figure
from experiments.validation.scorecard import counts, scorecard, scorecard_table


def _statistics(change=None, seeds=10):
    """Return figures in the middle of every band, except for those in `change`."""
    rows = []
    for fact in FACTS:
        for measure in fact.measures:
            ends = [end for end in (measure.low, measure.high) if end is not None]
            value = np.mean(ends) if ends else 0.0
            value += 0.0 if len(ends) == 2 else 1.0 if measure.low is not None else -1.0
            name = f"{fact.code}.{measure.key}"
            values = (change or {}).get(name, [value] * seeds)
            rows += [(measure.world, seed, name, float(v)) for seed, v in enumerate(values)]
    return pd.DataFrame(rows, columns=["world", "seed", "figure", "value"])


def test_every_fact_is_there_and_two_of_them_are_not_counted():
    card = scorecard(_statistics())
    assert card["fact"].drop_duplicates().tolist() == [f"S{n}" for n in range(1, 25)]
    assert card.loc[card["kind"] == "consistency", "fact"].unique().tolist() == ["S13", "S15"]
    assert counts(card) == (22, 22, 22)


def test_every_fact_has_a_band_and_names_in_both_languages():
    for fact in FACTS:
        assert any(measure.judged for measure in fact.measures), fact.code
        for label in (fact.label, *(measure.label for measure in fact.measures)):
            assert label.en
            assert any("一" <= character <= "鿿" for character in label.zh)


def test_one_measure_outside_its_band_fails_its_fact():
    card = scorecard(_statistics({"S6.persistence": [0.99] * 10}))
    mine = card[card["fact"] == "S6"].set_index("measure")
    assert mine.loc["ratio", "verdict"] == "pass"
    assert mine.loc["persistence", "verdict"] == "fail"
    assert (mine["fact_verdict"] == "fail").all()
    assert counts(card) == (21, 21, 22)


def test_a_median_in_the_band_with_seeds_outside_is_no_firm_pass():
    card = scorecard(_statistics({"S5.exit_rate": [0.06] * 6 + [0.2] * 4}))
    row = card[card["fact"] == "S5"].iloc[0]
    assert (row["verdict"], row["in_band"]) == ("pass", pytest.approx(0.6))
    assert counts(card) == (22, 21, 22)


def test_a_fact_without_data_does_not_hold():
    card = scorecard(_statistics({"S1.hill": [np.nan] * 10}))
    assert card.loc[card["fact"] == "S1", "fact_verdict"].tolist() == ["undefined"]
    assert counts(card)[0] == 21


def test_intervals_hold_nine_tenths_of_the_seeds():
    row = scorecard(_statistics({"S1.hill": np.linspace(0.0, 1.0, 101)})).iloc[0]
    assert (row["low"], row["median"], row["high"]) == pytest.approx((0.05, 0.5, 0.95))


def test_tables_and_figures_speak_both_languages():
    card = scorecard(_statistics({"S5.exit_rate": [0.2] * 10, "S1.hill": [np.nan] * 10}))
    english, chinese = (scorecard_table(card, lang, runs=10) for lang in ("en", "zh"))
    assert "20 of 22 predictions" in english
    assert "FAIL" in english
    assert "年退出率" in chinese
    assert "pass" not in chinese
    assert len(scorecard_figure(card, lang="both", runs=10).data) == (card["verdict"] != "reported").sum()


def test_bands_reach_from_nought_to_one_and_open_ones_keep_the_median_in_view():
    row = {"median": 1.1, "low": 0.8, "high": 1.7, "band_low": 0.8, "band_high": 1.4}
    assert positions(row) == pytest.approx((0.5, 0.0, 1.5, 0.0, 1.0))
    row = {"median": 29.0, "low": 28.0, "high": 30.0, "band_low": 2.0, "band_high": np.nan}
    assert positions(row)[0] == pytest.approx(1.0)
    row = {"median": -0.8, "low": -0.9, "high": -0.7, "band_low": np.nan, "band_high": 0.0}
    assert positions(row)[0] == pytest.approx(0.0)


def test_the_second_world_differs_in_the_certificates_tax_rate_alone():
    from simulation import load_scenario

    worlds = card_module.worlds(load_scenario("baseline", scale=0.05))
    here, there = (worlds[name].resolved() for name in (BASELINE, NO_RELIEF))
    assert there["parameters"]["production"].pop("high_tech_rate") == 0.25
    assert here["parameters"]["production"].pop("high_tech_rate") == 0.15
    assert here["parameters"] == there["parameters"]


def test_validate_writes_scorecard_statistics_and_figure(monkeypatch, tmp_path, capsys):
    for name in engine.THREAD_VARIABLES:
        monkeypatch.setenv(name, "1")
    monkeypatch.setattr(engine, "_threads_limited_in_time", True)
    out = tmp_path / "facts"
    words = ["validate", "--runs", "1", "--seed", "2", "--scale", "0.05", "--quarters", "20", "--jobs", "1"]
    assert cli.main([*words, "--out", str(out), "--json", "--quiet"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["counted"], len(answer["facts"]), len(answer["runs"])) == (22, 24, 2)
    statistics = pd.read_parquet(out / "statistics.parquet")
    assert set(statistics["world"]) == {BASELINE, NO_RELIEF}
    assert statistics["seed"].unique().tolist() == [2]
    assert pd.read_csv(out / "scorecard.csv")["fact"].nunique() == 24
    assert {path.name for path in (out / "figures").iterdir()} == {f"scorecard.{e}" for e in ("png", "svg", "csv")}
    assert {"statistics.parquet", "scorecard.parquet"} <= set(json.loads((out / "manifest.json").read_text())["parts"])
    assert cli.main([*words, "--out", str(out), "--quiet"]) == 2
    assert "already holds 2 runs" in capsys.readouterr().err
