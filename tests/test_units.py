"""Figures with units are brought to the declared unit, or refused with its name."""

import pytest

from simulation.units import in_unit


@pytest.mark.parametrize(
    ("text", "unit", "per", "value"),
    [
        ("0.06 billion CNY", "million CNY", None, 60.0),
        ("20 million CNY", "million CNY", "year", 20.0),
        ("20 million CNY / year", "million CNY", "year", 20.0),
        ("20 million CNY a year", "million CNY", "year", 20.0),
        ("5 million CNY a quarter", "million CNY", "year", 20.0),
        ("120000 CNY a year", "million CNY a year", None, 0.12),
        ("50 million CNY", "million CNY/year", None, 50.0),
        ("600 万元", "million CNY", None, 6.0),
        ("2亿元/年", "million CNY", "year", 200.0),
        ("40 %", "1", None, 0.4),
        ("3% a year", "1", "year", 0.03),
        ("0.05", "1", None, 0.05),
        ("1e-3", "1", None, 0.001),
        ("2 years", "quarter", None, 8.0),
        ("3 quarters", "quarter", None, 3.0),
        ("6 quarters", "year", None, 1.5),
        ("30 minutes", "minute", None, 30.0),
        ("1 hour", "minute", None, 60.0),
        ("2000 CNY per m2", "million CNY per thousand m2", None, 2.0),
        ("12万平方米", "thousand m2", None, 120.0),
        ("12000 m²", "thousand m2", None, 12.0),
        ("0.2 amenity index", "amenity index", None, 0.2),
        ("7 funds", "funds", None, 7.0),
    ],
)
def test_figures_are_brought_to_the_declared_unit(text, unit, per, value):
    assert in_unit(text, unit, per) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "unit", "per", "named"),
    [
        ("3 km", "quarter", None, "quarter"),
        ("40 million", "million CNY", None, "million CNY"),
        ("5 USD", "million CNY", "year", "million CNY a year"),
        ("5 million CNY", "1", None, "a plain number or %"),
        ("1 % / quarter", "1", "year", "a plain number or % a year"),
        ("20 million CNY / year", "million CNY", None, "million CNY"),
        ("much", "minute", None, "minute"),
        ("", "minute", None, "minute"),
        ("nan", "1", None, "a plain number"),
        ("9**9**9", "1", None, "a plain number"),
        ("1 m**9**9", "thousand m2", None, "thousand m2"),
        ("__import__('os')", "1", None, "a plain number"),
    ],
)
def test_another_dimension_is_refused_and_the_declared_unit_named(text, unit, per, named):
    with pytest.raises(ValueError, match="the unit here is") as caught:
        in_unit(text, unit, per)
    assert str(caught.value).endswith(f"the unit here is {named}") or named in str(caught.value)
    assert text in str(caught.value)
