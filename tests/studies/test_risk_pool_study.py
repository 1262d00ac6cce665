"""The study of the risk pool, small: it resumes, its page has every cell, and its numbers keep to their identities."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "studies"))

import risk_pool
import risk_pool_page
from risk_pool_results import GOOD, Results

DESIGN = risk_pool.Design(scale=0.05, quarters=20, deposits=(1000.0, 0.5), shares=(0.0, 0.9), multiples=(5.0, 20.0),
                          budgets=(20.0,))  # fmt: skip
SEEDS = (0, 1)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    out = tmp_path_factory.mktemp("risk_pool")
    counts = {"grid": 2, "draws": 2, "calm": 1}
    tasks = [(part, seed, DESIGN, out) for part, count in counts.items() for seed in range(count)]
    said = [risk_pool.make(task) for task in tasks]
    assert all(words.endswith("done") for words in said)
    return SimpleNamespace(out=out, tasks=tasks, tables=risk_pool.collected(out, DESIGN))


def test_a_finished_seed_is_kept_and_another_design_is_not_taken_for_it(study):
    before = {path: path.stat().st_mtime_ns for path in study.out.iterdir()}
    assert [risk_pool.make(task) for task in study.tasks] == [f"{part} {seed} kept" for part, seed, *_ in study.tasks]
    assert {path: path.stat().st_mtime_ns for path in study.out.iterdir()} == before
    assert risk_pool.collected(study.out, risk_pool.Design(scale=0.05, quarters=24)) == {}


def test_tables_of_something_else_in_the_folder_are_let_be(study):
    other = study.out / "effects.parquet"
    pd.DataFrame({"firms": [1.0]}).to_parquet(other)
    again = risk_pool.collected(study.out, DESIGN)
    other.unlink()
    assert again.keys() == study.tables.keys()
    assert all(len(again[part]) == len(table) for part, table in study.tables.items())


def test_shares_are_shares_and_the_baseline_has_no_pool(study):
    grid = study.tables["grid"]
    parts = (("moment", "judged"), ("year", "judged"), ("judged", "loans"), ("kept", "borrowers"),
             ("defaulted", "followed"), ("twin_gone", "followed"), ("others_defaulted", "others"))  # fmt: skip
    for part, whole in parts:
        assert ((grid[part] >= 0.0) & (grid[part] <= grid[whole] + 1e-9)).all(), part
    base = grid[grid["scenario"] == "baseline"]
    assert (base[["loans", "claims", "fees", "outlay", "appropriated"]] == 0.0).all(axis=None)
    assert np.allclose(grid["public"], grid["outlay"] + grid["guarantor"])
    pools = grid[grid["scenario"].str.startswith("pool")]
    assert pools["loans"].sum() > 0.0
    assert np.allclose(pools["outlay"], pools["claims"] - pools["fees"])


def test_without_a_loss_share_the_pool_pays_nothing_and_banks_pay_no_fee(study):
    grid = study.tables["grid"]
    none = grid[grid["scenario"].str.contains("_0_")]
    assert len(none)
    assert (none[["claims", "fees"]] == 0.0).all(axis=None)


def test_a_world_taken_over_from_a_lower_multiple_is_the_world_itself(study):
    """Where the lowest multiple never binds, the copied rows equal a world that is really walked."""
    grid = study.tables["grid"]
    names = grid.loc[grid["copied"] & (grid["seed"] == 0), "scenario"].unique()
    name = next(name for name in names if "_0.9_" in name)
    scenarios = risk_pool.seed_worlds("grid", 0, DESIGN)
    walked = risk_pool.results("calm", {"baseline": scenarios["baseline"], name: scenarios[name]}, 0, DESIGN)
    rows = [table for table in walked if (table["scenario"] == name).all()]
    kept = grid[(grid["scenario"] == name) & (grid["seed"] == 0)].reset_index(drop=True)
    apart = ["part", "copied", "bound"]
    pd.testing.assert_frame_equal(pd.concat(rows).drop(columns=apart), kept.drop(columns=apart), check_dtype=False)


def test_a_draw_is_shared_by_all_worlds_of_a_seed_and_differs_between_seeds(study):
    draws = study.tables["draws"]
    drawn = [name for name in draws.columns if name.startswith("draw:")]
    assert {f"draw:{name}" for name in risk_pool.DECISIVE} <= set(drawn)
    assert (np.ptp(draws.groupby("seed")[drawn].agg(["min", "max"]).to_numpy().reshape(2, -1, 2), axis=2) == 0.0).all()
    assert (draws.groupby("seed")[drawn].first().nunique() == 2).all()


def test_the_page_has_every_cell_and_both_languages_and_says_that_it_is_a_trial(study, tmp_path):
    page = tmp_path / "risk_pool.md"
    risk_pool_page.write(study.tables, DESIGN, "python docs/studies/risk_pool.py", page)
    text = page.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| 0.9 | 20 |")]
    assert len(rows) == len(DESIGN.deposits) * 3  # effects at the end, loans, cost
    assert "A trial with few seeds" in text
    assert "示意性模拟，非预测" in text
    assert "nan" not in text.lower().replace("finance", "").replace("nanhu", "")
    pictures = [line.partition("(")[2].rstrip(")") for line in text.splitlines() if line.startswith("![")]
    assert len(pictures) == 6
    assert all((tmp_path / name).exists() for name in pictures)


def test_the_rebate_of_the_same_outlay_pays_what_the_pool_costs(study):
    """The interpolated rebate lies between none and the lower of the two that were run."""
    found = Results(study.tables, DESIGN)
    name = found.name(1000.0, 0.9, 5.0)
    equal = found.equal_rebate(name).sort_values("seed")
    outlay = found.sums(name, ("public",)) - found.sums("baseline", ("public",))
    assert set(GOOD) <= set(equal.columns)
    assert (found.sums(DESIGN.rebates[0], ("outlay",)) > outlay).all()
    base, level = (found.sums(one, ("firms",))[:, 0] for one in ("baseline", DESIGN.rebates[0]))
    paid = (found.sums(DESIGN.rebates[0], ("public",)) - found.sums("baseline", ("public",)))[:, 0]
    share = np.maximum(outlay[:, 0], 0.0) / paid
    assert np.allclose(equal["firms"], base + share * (level - base))


def test_later_seeds_leave_out_the_small_deposit_and_costs_are_taken_over_the_same_seeds(study):
    few = risk_pool.replace(DESIGN, few=1)
    first, later = (set(risk_pool.seed_worlds("grid", seed, few)) for seed in (0, 1))
    assert first - later == {name for name in first if name.startswith("pool_0.5_")}
    assert {risk_pool.path_of("grid", seed, few, study.out).name.split("-")[2] for seed in (1, 2)} != {
        risk_pool.path_of("grid", 0, few, study.out).name.split("-")[2]
    }
    grid = study.tables["grid"]
    cut = grid[~((grid["seed"] == 1) & grid["scenario"].str.startswith("pool_0.5_"))]
    found = Results({**study.tables, "grid": cut}, few)
    assert (found.pairs_of(1000.0), found.pairs_of(0.5)) == (2, 1)
    assert found.sums("pool_0.5_0.9_20", ("public",), "baseline").shape == (1, 1)
    assert found.effects_of("pool_0.5_0.9_20", "end")["n"].eq(1).all()
    assert len(found.equal_rebate("pool_0.5_0.9_20")) == 1
