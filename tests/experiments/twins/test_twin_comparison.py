"""Twins from end to end, on a twentieth of the district."""

import json

import pandas as pd
import pytest

import simulation
from experiments import cli, compare, engine
from experiments.plots import save, set_theme
from experiments.twins.figures import yuan_sankey
from experiments.twins.summary import twins_table
from experiments.twins.watch import Notes
from simulation.dates import FIRST_QUARTER
from simulation.errors import ScenarioError
from simulation.parameters import Label

SIZE = {"scale": 0.05, "quarters": 12}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_threads_limited_in_time", True)
        out = tmp_path_factory.mktemp("twins") / "study"
        return compare(["baseline", "rd_subsidy"], runs=2, jobs=1, twins=True, out=out, **SIZE)


def test_the_folder_holds_the_four_tables(study):
    for name, table in study.twin_tables._asdict().items():
        written = pd.read_parquet(study.folder / f"{name}.parquet")
        pd.testing.assert_frame_equal(written, table, check_dtype=False)


def test_notes_tell_who_produces_digitally():
    model = simulation.Ecosystem(simulation.load_scenario("baseline", scale=0.05), rng=0)
    while model.quarter < FIRST_QUARTER - 1:
        model.step()
    notes = Notes(FIRST_QUARTER)
    notes.note(model)
    f = model.world.firms
    noted = notes.tables()["firms"].set_index("key")["digital"]
    assert noted.any()
    assert not noted.all()
    assert (noted == pd.Series(f.digital[f.live] > 0.0, index=f.key[f.live])).all()


def test_watched_runs_have_the_outcomes_of_unwatched_ones(study):
    scenario = simulation.load_scenario("rd_subsidy", **SIZE)
    plain = simulation.run(scenario, seed=1, guarded=False).outcomes
    watched = study.outcomes[(study.outcomes["scenario"] == "rd_subsidy") & (study.outcomes["seed"] == 1)]
    pd.testing.assert_frame_equal(watched.set_index("quarter")[list(plain.columns)], plain, check_exact=True)


def test_a_yuan_adds_up_to_one(study):
    yuan = study.twin_tables.yuan
    assert yuan.groupby("scenario")["share"].sum().to_dict() == {"rd_subsidy": pytest.approx(1.0)}


def test_additional_and_anyway_are_shares_of_one_whole(study):
    table = study.twin_tables.twins.set_index(["quantity", "outcome"])["mean"]
    assert table["additional_year", "research"] + table["deadweight", "research"] == pytest.approx(1.0)
    assert table["reached", ""] > 0.0


def test_nothing_below_its_noise_floor_is_told(study):
    table = study.twin_tables.twins
    whole = table[~table["group"].str.contains(":")]
    lines = [line for line in twins_table(study, "en").splitlines() if "%" in line or "CNY" in line]
    shown = (~whole["below_noise"] & (whole["mean"] != 0.0)).sum()
    assert whole["below_noise"].any()
    assert len([line for line in twins_table(study, "en").splitlines() if "  " in line]) == shown + 2
    assert len(lines) <= shown + 1


def test_a_policy_of_no_strength_reaches_nobody_and_changes_nothing(monkeypatch):
    monkeypatch.setattr(engine, "_threads_limited_in_time", True)
    settings = {"policies.risk_pool.strength": 0.0}
    tables = compare(["baseline", "risk_pool"], runs=1, jobs=1, twins=True, set=settings, **SIZE).twin_tables
    assert tables.twins["mean"].abs().max() == 0.0
    assert tables.gains["effect"].abs().max() == tables.cells["effect"].abs().max() == 0.0
    assert tables.yuan.empty


def test_runs_that_were_not_watched_have_no_tables_of_twins(study, scenarios):
    from dataclasses import replace

    with pytest.raises(ScenarioError, match="--twins"):
        _ = replace(study, agents=None).twin_tables


@pytest.mark.parametrize("lang", ["en", "zh", "both"])
def test_the_figure_of_the_yuan_is_drawn_in_every_language(study, tmp_path, lang):
    set_theme()
    drawing = yuan_sankey(study.twin_tables.yuan, Label("R&D subsidy", "研发补助"), lang=lang)
    assert drawing.data["share"].sum() == pytest.approx(1.0)
    assert all(path.exists() for path in save(drawing, tmp_path))


def test_why_tells_the_payment_that_made_the_difference(study, capsys, monkeypatch):
    monkeypatch.setattr(engine, "_threads_limited_in_time", True)
    notes = pd.read_parquet(study.folder / "micro" / "twins" / "reached", filters=[("seed", "==", 0)])
    paid = notes[(notes["way"] == "paid") & (notes["agent"] == "firms")]
    key = int(paid["key"].iloc[0])
    assert cli.main(["why", str(study.folder), str(key), "--json", "--jobs", "1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["first_difference"]["quarter"] == 8
    assert {"rd_subsidy"} == {touch["policy"] for touch in told["made_by"]}
    assert (study.folder / "figures" / f"twin_{key}.png").exists()


def test_an_unknown_key_is_one_clear_line(study, capsys):
    assert cli.main(["why", str(study.folder), "5", "--quiet"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "nearest" in told
    assert cli.main(["why", str(study.folder), "5", "--scenario", "rd_subsidi"]) == 2
    assert 'did you mean "rd_subsidy"' in capsys.readouterr().err
    assert cli.main(["why", str(study.folder), "5", "--seed", "77"]) == 2
