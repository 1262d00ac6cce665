import math

import pytest

from experiments.words import PHRASES, STAMP, phrase, sentence, smallest_relevant, verdict
from simulation.parameters import Label

ROW = {
    "scenario": "risk_pool", "comparator": "baseline", "outcome": "gdp", "horizon": "3y", "quarter": 19,
    "date": "2025Q4", "reading": "district", "n": 20, "mean_comparator": 70_000.0, "mean": 70_130.0,
    "effect": 130.0, "low": 90.0, "high": 170.0, "sign_share": 0.95,
}  # fmt: skip


@pytest.mark.parametrize(
    ("share", "effect", "key"),
    [
        (1.0, 3.0, "very_likely_rises"),
        (0.95, 3.0, "very_likely_rises"),
        (0.94, 3.0, "likely_rises"),
        (0.8, 3.0, "likely_rises"),
        (0.79, 3.0, "unclear"),
        (0.5, 3.0, "unclear"),
        (0.21, -3.0, "unclear"),
        (0.2, -3.0, "likely_falls"),
        (0.06, -3.0, "likely_falls"),
        (0.05, -3.0, "very_likely_falls"),
        (1.0, 0.9, "negligible"),
        (0.0, -0.9, "negligible"),
        (0.5, 0.0, "negligible"),
    ],
)
def test_the_verdict_follows_the_share_of_signs_and_the_smallest_relevant_size(share, effect, key):
    assert verdict(share, effect, 1.0) == key


def test_a_mean_against_most_of_its_signs_has_no_clear_direction():
    assert verdict(0.9, -5.0, 1.0) == "unclear"
    assert verdict(0.1, 5.0, 1.0) == "unclear"


def test_too_few_pairs_or_no_numbers_give_no_verdict():
    assert verdict(1.0, 3.0, 1.0, n=7) == "too_few"
    assert verdict(1.0, 3.0, 1.0, n=8) == "very_likely_rises"
    assert verdict(math.nan, 3.0, 1.0) == "too_few"
    assert verdict(1.0, math.nan, 1.0) == "too_few"


def test_an_outcome_declares_its_smallest_relevant_size_or_gets_it_by_the_rule():
    assert smallest_relevant("gdp", 70_000.0) == pytest.approx(70.0)
    assert smallest_relevant("rd_intensity", 0.037) == pytest.approx(0.0005)
    assert smallest_relevant("default_share", 0.03) == pytest.approx(0.001)
    assert smallest_relevant("firms", -2_600.0) == pytest.approx(13.0)


def test_every_sentence_has_unit_horizon_comparator_and_confidence():
    english, chinese = sentence(ROW, "en"), sentence(ROW, "zh")
    for part in ("very likely rises", "million CNY a year", "3 years", "2025Q4", "no policy", "95 %", "20 paired runs"):
        assert part in english
    for part in ("很可能增加", "亿元/年", "+1.30", "3 年后", "2025Q4", "不实施政策", "95%", "20 对"):
        assert part in chinese
    assert sentence(ROW, "both") == f"{chinese}\n{english}"


def test_small_sums_are_told_in_wan_yuan_and_large_ones_in_yi_yuan():
    small = {**ROW, "outcome": "tech_loans", "mean_comparator": 900.0, "effect": 9.0, "low": 5.0, "high": 12.0}
    assert "万元" in sentence(small, "zh")
    assert "+900 " in sentence(small, "zh")


def test_a_sentence_uses_the_wider_interval_where_parameters_were_drawn():
    drawn = {**ROW, "low_model": -50.0, "high_model": 300.0, "sign_share_model": 0.7}
    english = sentence(drawn, "en")
    assert "direction unclear" in english
    assert "[−50.0, +300]" in english
    assert "70 % of 20 paired draws" in english
    assert "[+90.0" not in english


def test_the_comparison_with_the_rebate_and_net_of_neighbours_is_told():
    row = {**ROW, "outcome": "firms", "comparator": "uniform_rebate", "reading": "region_net", "horizon": "end"}
    english = sentence(row, "en", title=Label("Risk pool", "风险池"))
    assert english.startswith("Risk pool, at the end of the run (2025Q4), against a uniform rebate")
    assert "net of the neighbours' loss" in english
    chinese = sentence(row, "zh", title=Label("Risk pool", "风险池"))
    assert "风险池，期末（2025Q4），与等额普惠退税相比" in chinese
    assert "扣除周边损失" in chinese


def test_a_baseline_with_policies_of_its_own_is_called_by_its_title():
    assert "against R&D subsidy:" in sentence(ROW, "en", comparator=Label("R&D subsidy", "研发补助"))
    assert "与研发补助相比" in sentence(ROW, "both", comparator=Label("R&D subsidy", "研发补助"))


@pytest.mark.parametrize("key", PHRASES)
@pytest.mark.parametrize("lang", ["en", "zh", "both"])
def test_no_sentence_promises_anything(key, lang):
    told = sentence({**ROW, "verdict": key}, lang)
    assert phrase(key, "zh" if lang == "both" else lang) in told
    assert not {"proves", "will", "shows"} & set(told.lower().replace(",", " ").split())
    assert not {"证明", "必将", "将会"} & {told[i : i + 2] for i in range(len(told))}


def test_the_stamp_stands_in_every_language():
    assert STAMP["zh"] == "示意性模拟，非预测"
    assert STAMP["en"] == "illustrative simulation, not a forecast"
    assert STAMP["zh"] in STAMP["both"]
    assert STAMP["en"] in STAMP["both"]
