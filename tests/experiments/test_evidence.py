"""Estimators of the evidence find known answers, and the command shows them."""

import json

import numpy as np
import pandas as pd
import pytest

import simulation
from experiments.cli import main
from experiments.evidence import grants, guarantees, notch, rail, worlds
from experiments.evidence.claims import Claim, Figure, over_seeds, table_of
from simulation.errors import ScenarioError
from simulation.parameters import Label


def claim(value, low, high, **more):
    return Claim("E9", "x", Label("x", "某"), "1", 1.0, 2.0, Figure(value, low, high), **more)


def test_a_claim_passes_inside_its_band_and_is_clear_where_the_interval_agrees():
    assert (claim(1.5, 1.2, 1.8).passed, claim(1.5, 1.2, 1.8).clear) == (True, True)
    assert (claim(1.5, 0.8, 1.8).passed, claim(1.5, 0.8, 1.8).clear) == (True, False)
    assert (claim(0.5, 0.1, 0.9).passed, claim(0.5, 0.1, 0.9).clear) == (False, True)
    assert (claim(0.9, 0.1, 1.3).passed, claim(0.9, 0.1, 1.3).clear) == (False, False)
    assert not claim(np.nan, np.nan, np.nan).passed
    assert claim(9.0, 8.0, 10.0, twin=Figure(1.5, 1.4, 1.6), judged_by_twin=True).passed


def test_whole_seeds_are_drawn_again():
    sums = np.array([[10.0, 1.0], [30.0, 9.0], [20.0, 2.0], [40.0, 8.0]])
    found = over_seeds(sums, lambda s: s[..., 1] / s[..., 0])
    assert found.value == pytest.approx(0.2)
    assert 0.05 < found.low < 0.2 < found.high < 0.3
    assert np.isnan(over_seeds(sums[:1], lambda s: s[..., 1] / s[..., 0]).low)


def empty_quarter():
    return {"loans": {}, "deals": {}, "grants": {}}


def test_venture_finance_counts_from_the_quarter_after_the_call_for_two_years():
    logs = [empty_quarter() for _ in range(20)]
    for quarter, firm in ((9, 1), (10, 2), (17, 3), (18, 4)):
        logs[quarter]["deals"] = {"firm_key": np.array([firm, 0]), "exited": np.array([False, False])}
    logs[12]["deals"] = {"firm_key": np.array([9]), "exited": np.array([True])}
    assert grants.financed(logs, 9, 19).tolist() == [2, 3]


def proposals(winners, losers, vc_winners, vc_losers, twins):
    """Rows of one seed and call at the cutoff, first winners then losers; as many rounds and twins' rounds as said."""
    n = winners + losers
    vc = np.r_[np.arange(winners) < vc_winners, np.arange(losers) < vc_losers]
    return pd.DataFrame(
        {"call": 11, "number": winners, "place": np.arange(n), "won": np.arange(n) < winners, "earlier": 0,
         "young": True, "short": False, "vc": vc, "twin": np.arange(n) < twins, "seed": 0}
    )  # fmt: skip


def test_the_window_compares_winners_with_as_many_near_losers():
    rows = proposals(winners=40, losers=80, vc_winners=40, vc_losers=10, twins=20)
    near = grants.near_cutoff(rows)
    assert near["place"].tolist() == list(range(20, 60))
    sums = grants.group_sums(near, pd.Index([0, 1]))
    assert sums[1].sum() == 0.0
    assert grants.near_ratio(sums.sum(axis=0)) == pytest.approx((20 / 20) / (10 / 20))
    assert grants.twin_ratio(grants.group_sums(rows, pd.Index([0]))[0]) == pytest.approx(40 / 20)


def test_a_notch_that_moves_firms_over_the_threshold_is_measured():
    smooth = 1000.0 - 300.0 * notch.LEFT
    counts = smooth.copy()
    hole = (notch.LEFT >= 0.7) & (notch.LEFT < 1.0)
    moved = 0.4 * counts[hole]
    counts[hole] -= moved
    counts[np.flatnonzero(notch.LEFT == 1.0)] += moved.sum()
    found = notch.counterfactual(counts)
    assert found.counts == pytest.approx(smooth, rel=0.02)
    assert notch.LEFT[found.disturbed].min() == pytest.approx(0.7, abs=0.051)
    size = len(notch.LEFT) + 1
    sums = np.zeros(10 * size)
    sums[: size - 1], sums[5 * size : 6 * size - 1] = counts, smooth
    above = smooth[(notch.LEFT >= 1.0) & (notch.LEFT < 1.1)].sum()
    assert notch.mass_above(sums) == pytest.approx(1.0 + moved.sum() / above, rel=0.02)
    assert notch.true_mass(sums) == pytest.approx(1.0 + moved.sum() / above)
    assert notch.mass_without(sums) == pytest.approx(1.0, rel=0.02)


def test_the_twins_tell_relabelled_from_real_research():
    size = len(notch.LEFT) + 1
    cube = np.zeros((2, 5, size))
    cube[0, 3:, 4], cube[1, 3:, 4] = (130.0, 120.0), (100.0, 100.0)
    assert notch.true_relabelled_share(cube.ravel()) == pytest.approx(100.0 / 3.0)
    assert notch.true_real_rise(cube.ravel()) == pytest.approx(20.0)


def test_the_scoring_model_finds_the_rule_behind_refusals():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((20_000, 2))
    refused = rng.random(20_000) < 1.0 / (1.0 + np.exp(-(0.5 + 2.0 * x[:, 0] - 1.0 * x[:, 1])))
    assert guarantees.scoring_model(x, refused, np.ones(20_000)) == pytest.approx([0.5, 2.0, -1.0], abs=0.1)


def test_a_seed_without_covered_loans_does_not_stop_the_scoring_model():
    rng = np.random.default_rng(2)
    seed = np.repeat([0, 1], 200)
    table = pd.DataFrame({name: rng.standard_normal(400) for name in guarantees.FEATURES})
    table = table.assign(seed=seed, training=(seed == 1) | (rng.random(400) < 0.5))
    table["refused"] = table[guarantees.FEATURES[0]] + rng.standard_normal(400) > 0.0
    found = guarantees.predicted_refusals(table)
    assert found.low <= found.value <= found.high


def loans(keys, granted, covered, unaided):
    n = len(keys)
    return {
        "kind": np.zeros(n), "firm_key": np.array(keys), "asked": np.ones(n), "granted": np.array(granted, dtype=float),
        "covered": np.array(covered, dtype=float), "unaided": np.array(unaided), "tier": np.full(n, 2),
        "age": np.full(n, 8),
    }  # fmt: skip


def test_covered_loans_are_followed_to_their_twins():
    books = {name: np.ones(3) for name in ("cash", "debt", "capital", "margin", "sales_year")}
    quarter = {**empty_quarter(), "firms": {"key": np.array([1, 2, 3]), **books}}
    base, pool = [dict(quarter) for _ in range(20)], [dict(quarter) for _ in range(20)]
    pool[9]["loans"] = loans([1, 2, 3, 7], [1, 1, 1, 1], [0.4, 0.4, 0.0, 0.4], [True, False, True, False])
    base[12]["loans"] = loans([1], [1.0], [0.0], [True])
    base[13]["loans"] = loans([2], [1.0], [0.0], [True])
    table = guarantees.reduce({worlds.BASE: base, worlds.POOL: pool}, 19)["e1_loans"]
    covered = table[~table["training"]]
    assert covered["unaided"].tolist() == [True, False], "one has no books, one no cover"
    assert covered["twin_borrowed"].tolist() == [True, False], "a year is four quarters"
    assert table["training"].sum() == 2


def test_growth_of_near_pairs_is_set_against_far_pairs():
    sums = np.array([10.0, 20.0, 30.0, 30.0, 0.0, 0.0, 100.0, 120.0])
    assert rail.effects(sums, 2) == pytest.approx([3.0 / 1.2 - 1.0, 1.5 / 1.2 - 1.0])


def pairs(effect_near, effect_far):
    """Two seeds of three treated pairs and a far one, growth of a fifth beside the effect."""
    minutes, before = np.array([30.0, 40.0, 50.0, 70.0]), np.array([40.0, 30.0, 20.0, 20.0])
    effect = np.array([effect_near, (effect_near + effect_far) / 2, effect_far, 0.0])
    table = pd.DataFrame(
        {"region": np.arange(4), "minutes": minutes, "saved": 10.0 * (minutes < 60), "before": before,
         "after": before * 1.2 * (1.0 + effect), "twin": before * 1.2}
    )  # fmt: skip
    return {"e4_pairs": pd.concat([table.assign(seed=seed) for seed in (0, 1)], ignore_index=True)}


def test_a_link_whose_effect_fades_with_distance_is_told_from_one_that_does_not():
    fading, even = ({c.name: c for c in rail.claims(pairs(*effects))} for effects in ((0.5, 0.3), (0.4, 0.4)))
    assert fading["decay"].estimator.value == pytest.approx(-10.0)
    assert fading["decay"].twin.value == pytest.approx(-10.0)
    assert even["decay"].estimator.value == pytest.approx(0.0, abs=1e-9)
    assert even["collaboration"].estimator.value == pytest.approx(40.0)
    assert even["collaboration"].twin.value == pytest.approx(40.0)
    assert even["gain"].twin.value < 0.0


def test_a_branch_is_what_a_fresh_run_would_be():
    base, policy = (simulation.load_scenario(n, quarters=13, scale=0.06) for n in ("baseline", "grant_competition"))
    model = simulation.Ecosystem(base, rng=3)
    for _ in range(8):
        model.step()
    branch, fresh = model.branch(policy), simulation.Ecosystem(policy, rng=3)
    while fresh.running:
        fresh.step()
    while branch.running:
        branch.step()
    assert model.quarter == 7
    assert branch.world.ledger.account("grant_competition").paid > 0.0
    for table in fresh.world.tables:
        other = getattr(branch.world, table.name)
        for column, values in table.arrays.items():
            assert np.array_equal(values, other.arrays[column], equal_nan=values.dtype.kind == "f"), column


def test_too_few_quarters_are_refused(tmp_path):
    from experiments.evidence.study import study

    with pytest.raises(ScenarioError, match="at least 20"):
        study([0], tmp_path / "out", quarters=12)


def test_an_unknown_experiment_is_told_in_one_line(capsys):
    assert main(["evidence", "--only", "E1,E7"]) == 2
    assert 'unknown experiment "E7"' in capsys.readouterr().err


def test_the_command_writes_claims_figures_and_rows(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("experiments.engine._threads_limited_in_time", True)  # one job stays in this process
    out = tmp_path / "evidence"
    options = ["--only", "E4", "--runs", "1", "--quarters", "20", "--scale", "0.03", "--jobs", "1", "--out", str(out)]
    assert main(["evidence", *options, "--json", "--quiet"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [c["name"] for c in answer["claims"]] == ["collaboration", "decay", "gain"]
    assert set(answer["verdicts"]) == {"E4"}
    stored = pd.read_parquet(out / "evidence.parquet")
    assert stored["twin"][0] == pytest.approx(answer["claims"][0]["twin"])
    assert len(pd.read_csv(out / "evidence.csv")) == len(json.loads((out / "evidence.json").read_text("utf-8"))) == 3
    assert (out / "figures" / "evidence.png").stat().st_size > 10_000
    assert len(list((out / "micro" / "e4_pairs").glob("*.parquet"))) == 1
    assert main(["evidence", *options, "--quiet"]) == 2
    assert "--force" in capsys.readouterr().err


def test_the_table_keeps_both_languages_apart():
    table = table_of([claim(1.5, 1.2, 1.8)])
    assert table[["label", "label_zh", "passed", "clear"]].iloc[0].tolist() == ["x", "某", True, True]
