import numpy as np
import pandas as pd
import pytest

from experiments.timing import first_detectable, half_life, timing_table

DATES = {quarter: f"{2023 + (quarter - 8) // 4}Q{(quarter - 8) % 4 + 1}" for quarter in range(8, 40)}


def test_an_effect_counts_from_four_quarters_of_one_sign():
    effect = np.array([5.0, -5.0, 1.0, 2.0, 3.0, 3.0, 2.0])
    p = np.array([0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.9])
    assert first_detectable(effect, p) == 2
    p[4] = 0.06
    assert first_detectable(effect, p) is None
    assert first_detectable(effect[:3], p[:3]) is None


@pytest.mark.parametrize(
    ("effect", "quarters"),
    [
        ([8.0, 7.0, 4.0, 2.0], 2),
        ([8.0, 3.0, 5.0, 4.0], 3),
        ([-8.0, -3.0, 1.0], 1),
        ([8.0, 7.0], None),
        ([0.0, 1.0], None),
    ],
)
def test_half_life_counts_quarters_until_half_is_left_for_good(effect, quarters):
    assert half_life(np.array(effect)) == quarters


def course(effect, p=0.01, scenario="pool"):
    quarters = range(8, 8 + len(effect))
    known = {"scenario": scenario, "outcome": "jobs", "quarter": quarters}
    return pd.DataFrame({**known, "effect": effect, "p_adjusted": p})


def test_first_quarter_peak_and_half_life_of_a_known_course():
    # Starts in quarter 10, told at once, peaks in 12, ends in 13 and halves every quarter after it.
    effects = course([0.0, 0.0, 2.0, 4.0, 9.0, 8.0, 6.0, 4.0, 2.0, 1.0], p=[1.0, 1.0, *[0.01] * 8])
    [row] = timing_table(effects, {"pool": (10, 13)}, DATES).to_dict("records")
    assert (row["first_quarter"], row["first_date"], row["quarters_to_detect"]) == (10, "2023Q3", 0)
    assert (row["peak_quarter"], row["peak_effect"]) == (12, 9.0)
    assert (row["end"], row["half_life"], row["fading"]) == (13, 2, "halved")


@pytest.mark.parametrize(
    ("effect", "p", "end", "fading"),
    [
        ([3.0] * 8, 0.01, None, "no end"),
        ([3.0] * 8, 0.01, 11, "not yet"),
        ([3.0] * 8, 0.5, 11, "not told"),
        ([3.0] * 8, 0.5, None, "no end"),
    ],
)
def test_what_cannot_be_told_is_said(effect, p, end, fading):
    [row] = timing_table(course(effect, p), {"pool": (8, end)}, DATES).to_dict("records")
    assert row["fading"] == fading
    assert pd.isna(row["half_life"])
    assert pd.isna(row["first_quarter"]) == (p > 0.05)
