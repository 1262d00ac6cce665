import math
from types import SimpleNamespace

import pytest

from experiments.labels import language, number_text, shown_unit
from experiments.tables import text_table, width


def test_wide_characters_take_two_columns():
    assert width("GDP") == 3
    assert width("专利") == 4


def test_columns_are_aligned_with_chinese_and_latin_text():
    lines = text_table(["name", "x"], [["专利", "1"], ["jobs", "10"]], right=(1,)).splitlines()
    assert {width(line) for line in lines} == {8}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (67_912.34, "67,912"),
        (0.02085, "0.02085"),
        (-1.5, "-1.500"),
        (math.nan, "–"),
        (2e-7, "2.000e-07"),
    ],
)
def test_numbers_have_four_digits_that_count(value, text):
    assert number_text(value) == text


def test_signed_numbers_show_their_plus():
    assert number_text(12.345, sign=True, digits=3) == "+12.3"


def outcome(unit, *, yearly=False):
    return SimpleNamespace(unit=unit, yearly=yearly, quarterly=False)


def test_chinese_readers_get_money_in_their_units():
    assert shown_unit(outcome("million CNY"), "zh", size=68_000.0) == ("亿元", 0.01)
    assert shown_unit(outcome("million CNY"), "zh", size=5.0) == ("万元", 100.0)
    assert shown_unit(outcome("million CNY"), "en", size=5.0) == ("million CNY", 1.0)


def test_sums_of_four_quarters_are_marked_as_yearly():
    assert shown_unit(outcome("million CNY", yearly=True), "en").unit == "million CNY a year"
    assert shown_unit(outcome("million CNY a year"), "zh", size=0.03) == ("万元/年", 100.0)
    assert shown_unit(outcome("share", yearly=True), "en").unit == "%"


def test_language_is_chosen_then_of_the_environment_then_of_the_locale(monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.delenv("YANZHEN_LANG", raising=False)
    assert language() == "zh"
    monkeypatch.setenv("YANZHEN_LANG", "both")
    assert language() == "both"
    assert language("en") == "en"
