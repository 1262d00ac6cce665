import pandas as pd
import pytest

from experiments.twins.history import TwinHistory, first_difference
from experiments.twins.words import why_text
from simulation.parameters import Label

TITLES = {"baseline": Label("Baseline", "基线"), "rd_subsidy": Label("R&D subsidy", "研发补助")}


def states(**columns):
    frame = pd.DataFrame(columns, index=pd.Index(range(8, 8 + len(next(iter(columns.values())))), name="quarter"))
    for name in ("cash", "debt", "tier", "rd_spend"):
        if name not in frame:
            frame[name] = 1.0
    return frame


def touches(*rows):
    return pd.DataFrame(rows, columns=["quarter", "policy", "way", "by", "amount"])


def history(before, after, found=()):
    dates = {quarter: f"{2023 + (quarter - 8) // 4}Q{quarter % 4 + 1}" for quarter in range(8, 13)}
    known = touches(*found)
    return TwinHistory("firms", 7, 0, "baseline", "rd_subsidy", before, after, known, list(dates), dates)


def test_the_first_difference_is_the_first_quarter_in_which_any_column_differs():
    before, after = states(sales=[1.0, 2.0, 3.0], staff=[1, 1, 1]), states(sales=[1.0, 2.0, 4.0], staff=[1, 2, 1])
    assert first_difference(before, after) == (9, {"staff": (1, 2)})
    assert first_difference(before, before) == (None, {})


def test_undefined_values_are_the_same_in_both_worlds():
    lost = states(sales=[1.0, float("nan")], staff=[1, 1])
    assert first_difference(lost, lost.copy()) == (None, {})


def test_a_firm_that_lives_in_one_world_only_differs_by_that():
    assert first_difference(states(sales=[1.0], staff=[1]), states(sales=[1.0, 1.0], staff=[1, 1])) == (
        9, {"present": (False, True)},
    )  # fmt: skip


def test_the_cause_is_what_touched_it_last_up_to_the_first_difference():
    told = history(
        states(sales=[1.0, 2.0], staff=[1, 1]), states(sales=[1.0, 3.0], staff=[1, 1]),
        [(8, "rd_subsidy", "offered", "rd_subsidy_rate", 0.0), (9, "rd_subsidy", "paid", "rd_subsidy", 0.5),
         (10, "rd_subsidy", "paid", "rd_subsidy", 9.0)],
    )  # fmt: skip
    assert told.first == 9
    assert told.causes["amount"].tolist() == [0.5]
    text = why_text(told, TITLES, "en")
    assert "First difference in 2023Q2: Sales, million CNY a quarter 2.00 → 3.00" in text
    assert "Made by: 2023Q2: R&D subsidy, paid rd_subsidy 0.5000 million CNY" in text
    assert "起因: 2023Q2：研发补助，拨付 rd_subsidy 50.00 万元" in why_text(told, TITLES, "zh")


def test_an_untouched_firm_is_told_through_what_the_difference_came():
    told = history(states(sales=[1.0], staff=[1]), states(sales=[2.0], staff=[2]))
    assert told.causes.empty
    assert told.channel == Label("the labour market", "劳动力市场")
    assert "came through others, first in the labour market" in why_text(told, TITLES, "en")


@pytest.mark.parametrize("lang", ["en", "zh", "both"])
def test_a_firm_that_never_differs_is_told_so(lang):
    same = states(sales=[1.0], staff=[1])
    text = why_text(history(same, same), TITLES, lang)
    assert ("never differ" in text) == (lang != "zh")
